"""Costs: counts against counts by hand, the two theorems, memory, and the choice of a mode."""

import math
import tracemalloc

import numpy as np
import pytest

import dualad
from dualad import cost
from dualad.classroom.recursive_sine import recursive_sine, recursive_sine_of
from dualad.costs.choice import FEW, choose
from dualad.costs.tracing import trace
from dualad.costs.work import work_of
from dualad.counts import WEIGHTS, Count, factorisation, fourier
from dualad.errors import InputError
from dualad.linear import CumSum, Inner, Permute, Recurrence, Scale, Sum, Take

RNG = np.random.default_rng(5)


def counted(f, *args):
    """The counts without times."""
    return cost(f, *args, seconds=0)


def arithmetic(way):
    """Additions, multiplications, divisions, transcendental calls."""
    c = way.count
    return c.additions, c.multiplications, c.divisions, c.transcendental


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize("k", [1, 2, 20])
def test_recursive_sine(k):
    """k times u = z x; s = sin u; z = s + x. The first z is the constant 0, and so has no tangent.

    Forward: du = dz x + z dx (only z dx in the first iteration), ds = cos(u) du, dz = ds + dx.
    Reverse: the same products transposed; x gets 2 contributions from each iteration, of which the
    very first is no addition.
    """
    found = counted(lambda x: recursive_sine(x, k), 0.7)
    assert arithmetic(found.function) == (k, k, 0, k)
    assert arithmetic(found.forward) == (k + (k - 1) + k, k + (2 * k - 1) + k, 0, 2 * k)
    assert arithmetic(found.reverse) == (k + 2 * k - 1, k + k + (2 * k - 1), 0, 2 * k)
    lanes = 8
    assert arithmetic(found.lanes) == (k + lanes * (2 * k - 1), k + lanes * (3 * k - 1), 0, 2 * k)
    # One number for the sine; both factors of a product, but for the first, whose one is constant.
    assert found.numbers_kept == k + 2 * k - 1
    assert found.function.count.touched == 3 * k + 2 * k + 3 * k


def test_several_inputs_are_one_reverse_sweep():
    n, k = 10, 40
    found = counted(lambda *xs: recursive_sine_of(*xs, iterations=k), *[0.7] * n)
    assert found.inputs == n
    assert arithmetic(found.reverse)[1:] == (k + k + 2 * k - 1, 0, 2 * k)
    assert arithmetic(found.all_inputs)[1:] == (k + n * (3 * k - 1), 0, 2 * k)
    assert arithmetic(found.differences) == ((n + 1) * k + 2 * n, (n + 1) * k, n, (n + 1) * k)


def test_horner():
    """p = (...(c_d x + c_{d-1}) x + ...) x + c_0, on n points: d products and d sums for each."""
    n, coefficients = 50, [3.0, -1.0, 0.5, 2.0, 7.0]
    d = len(coefficients) - 1

    def p(x):
        y = coefficients[0]
        for c in coefficients[1:]:
            y = y * x + c
        return y

    found = counted(p, np.linspace(0.0, 1.0, n))
    assert arithmetic(found.function) == (d * n, d * n, 0, 0)
    # the first product has a constant factor; of the others both tangents are needed
    assert arithmetic(found.forward) == (d * n + (d - 1) * n, d * n + (2 * d - 1) * n, 0, 0)


def test_chain_of_matrices():
    a, b, c = (RNG.normal(size=s) for s in ((3, 4), (4, 5), (5, 7)))
    found = counted(lambda x: a @ (b @ (c @ x)), RNG.normal(size=7))
    products = 5 * 7 + 4 * 5 + 3 * 4
    assert arithmetic(found.function) == (products - (5 + 4 + 3), products, 0, 0)
    assert arithmetic(found.forward) == (2 * (products - 12), 2 * products, 0, 0)
    assert arithmetic(found.reverse) == (products - 12 + products - (4 + 5 + 7), 2 * products, 0, 0)
    assert found.function.count.touched == (35 + 7 + 5) + (20 + 5 + 4) + (12 + 4 + 3)


def test_product_of_two_matrices():
    m, k, n = 3, 4, 5
    found = counted(lambda a, b: a @ b, RNG.normal(size=(m, k)), RNG.normal(size=(k, n)))
    one = np.array([m * n * (k - 1), m * n * k, 0, 0])
    assert arithmetic(found.function) == tuple(one)
    assert arithmetic(found.forward) == tuple(3 * one + [m * n, 0, 0, 0])
    # ct @ b.T and a.T @ ct
    assert arithmetic(found.reverse)[1] == 3 * m * k * n
    assert arithmetic(found.reverse)[0] == m * n * (k - 1) + m * k * (n - 1) + k * n * (m - 1)
    assert found.numbers_kept == m * k + k * n


def test_sum_and_dot():
    x = RNG.normal(size=100)
    assert arithmetic(counted(np.sum, x).function) == (99, 0, 0, 0)
    assert arithmetic(counted(np.sum, x).reverse) == (99, 0, 0, 0)  # the transpose repeats
    dot = counted(lambda x: x @ x, x)
    assert arithmetic(dot.function) == (99, 100, 0, 0)
    assert arithmetic(dot.forward) == (3 * 99 + 1, 300, 0, 0)
    assert arithmetic(dot.reverse) == (99 + 100, 300, 0, 0)
    assert arithmetic(counted(np.mean, x).function) == (99, 0, 1, 0)


def test_network_of_two_layers():
    n, h, m, batch = 6, 5, 3, 10
    x = RNG.normal(size=(n, batch))
    w1, w2 = RNG.normal(size=(h, n)), RNG.normal(size=(m, h))

    def loss(w1, w2):
        return np.sum(np.square(w2 @ np.exp(w1 @ x)))

    found = counted(loss, w1, w2)
    layers = batch * (h * n + m * h)
    outputs = batch * (h + m)
    square = m * batch
    assert arithmetic(found.function) == (layers - outputs + square - 1, layers + square, 0, h * batch)
    # exp's partial is its output; that of the square is 2 x. dL/dx is not wanted.
    expected = layers + square + square + square + batch * (2 * m * h) + h * batch + batch * h * n
    assert arithmetic(found.reverse)[1:] == (expected, 0, h * batch)


def test_solve():
    n = 12
    a, b = RNG.normal(size=(n, n)) + n * np.eye(n), RNG.normal(size=n)
    lu, triangles = n**3 // 3, n**2
    found = counted(lambda b: np.linalg.solve(a, b), b)
    assert arithmetic(found.function) == (lu + triangles, lu + triangles, 0, 0)
    assert arithmetic(found.forward) == (2 * (lu + triangles), 2 * (lu + triangles), 0, 0)
    # all directions by one factorisation
    assert arithmetic(found.all_inputs)[1] == lu + triangles + lu + n * triangles
    # with respect to the matrix: -x on the right, then the same equations
    by_matrix = counted(lambda a: np.linalg.solve(a, b), a)
    assert arithmetic(by_matrix.forward)[1] == 2 * (lu + triangles) + n * n + n  # and the sign of x


def test_choices_and_moves_are_no_arithmetic():
    x = RNG.normal(size=(4, 5))
    for f in (
        np.max,
        np.ravel,
        lambda x: x[1:],
        lambda x: x.T,
        lambda x: np.sort(x),
        lambda x: np.maximum(x, 0),
    ):
        found = counted(f, x)
        assert arithmetic(found.function) == (0, 0, 0, 0)
        assert not found.unknown
    assert counted(lambda x: x.T, x).function.count.touched == 0
    assert counted(lambda x: np.concatenate([x, x]), x).function.count.touched == 80


def test_power_by_a_number_that_makes_it_arithmetic():
    x = RNG.uniform(1.0, 2.0, 30)
    assert arithmetic(counted(lambda x: x**2, x).function) == (0, 30, 0, 0)
    assert arithmetic(counted(lambda x: x**3, x).function) == (0, 0, 0, 30)


def test_complex_numbers_count_as_real_operations():
    z = RNG.normal(size=9) + 1j
    assert arithmetic(counted(lambda z: z * z, z).function) == (18, 36, 0, 0)
    assert arithmetic(counted(lambda z: z + 1j, z).function) == (18, 0, 0, 0)


def test_constants_are_not_counted():
    a = RNG.normal(size=(20, 20))
    assert arithmetic(counted(lambda x: np.sin(a).sum() * x, 2.0).function) == (0, 1, 0, 0)


def test_a_constant_function():
    found = counted(lambda x: 3.0, 2.0)
    assert arithmetic(found.reverse) == (0, 0, 0, 0)
    assert found.numbers_kept == 0


def test_several_outputs_of_one_call_count_once():
    a = RNG.normal(size=(6, 6))
    both = counted(lambda a: np.sum(np.linalg.eigh(a)[1]) + np.sum(np.linalg.eigh(a)[0]), a)
    one = work_of(trace(lambda a: np.linalg.eigh(a)[0], a)).function
    assert both.function.count.multiplications == 2 * one.multiplications


def test_what_is_not_known_is_named():
    found = counted(dualad.linalg.sqrtm, np.eye(3) + 0.1)
    assert found.unknown == ("dualad.linalg.sqrtm",)
    assert "Estimated, as their operations are not known: dualad.linalg.sqrtm." in str(found)


# ---------------------------------------------------------------- counts and maps


def test_counts_add_and_multiply():
    one = Count(additions=1, multiplications=2, divisions=3, transcendental=4, touched=5, fused=1, calls=6)
    assert one + one == 2 * one == one * 2
    assert one.arithmetic == 10
    assert one.work == sum(w * n for w, n in zip((5, 1, 2, 3, 4), (1, 1, 1, 4, 10), strict=True))
    assert set(WEIGHTS) <= set(Count.__dataclass_fields__)


def test_counts_of_maps():
    x = np.ones(6)
    assert Scale(x, (6,)).count() == Count(multiplications=6, touched=18)
    assert Scale(x, (6,)).count(3) == Count(multiplications=18, touched=3 * 12 + 6)
    assert Scale(1, (6,)).count() == Count(touched=12)
    assert Sum((2, 3), (-1,)).count() == Count(additions=4, touched=8)
    assert Sum((2, 3), (-1,)).transpose().count() == Count(touched=8)
    assert Inner(x).count() == Count(additions=5, multiplications=6, touched=13, fused=5)
    assert CumSum((6,), -1).count().additions == 6
    assert Recurrence(x, -1).count().multiplications == 6
    assert Permute((2, 3), (-1, -2)).count() == Count()
    assert Take(slice(0, 2), (6,), (2,)).count() == Count(touched=4)
    both = Scale(x, (6,)) >> Sum((6,), (-1,))
    assert both.count() == Count(additions=5, multiplications=6, touched=18 + 7)
    assert (Scale(x, (6,)) + Scale(x, (6,))).count().additions == 6


@pytest.mark.parametrize(
    ("f", "operations"),
    [
        (np.linalg.norm, (4, 5, 0, 1)),  # squares, their sum, a root
        (np.var, (4 + 5 + 4, 5, 2, 0)),  # the mean, deviations and their squares
        (np.prod, (0, 4, 0, 0)),
        (lambda x: np.cumprod(x)[-1], (0, 5, 0, 0)),
        (lambda x: np.einsum("i,i->", x, x), (4, 5, 0, 0)),
    ],
    ids=["norm", "var", "prod", "cumprod", "einsum"],
)
def test_counts_of_functions(f, operations):
    """Of five numbers, by hand."""
    assert arithmetic(counted(f, np.linspace(0.5, 1.5, 5)).function) == operations


def test_counts_of_factorisations():
    assert factorisation("lu", (2, 30, 30)).arithmetic == 2 * 2 * 30**3 // 3
    assert factorisation("cholesky", (30, 30)).arithmetic == 30**3 // 3
    assert factorisation("qr", (10, 40)) == factorisation("qr", (40, 10))
    assert fourier((8,), -1).arithmetic == 5 * 8 * 3
    assert fourier((3, 1), -1) == Count()


# ---------------------------------------------------------------- the theorems


def network(w):
    x = np.linspace(-1.0, 1.0, 40).reshape(8, 5)
    return np.sum(np.square(np.tanh(w @ x)))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def lennard_jones(x):
    r = x[:, None] - x[None, :]
    r2 = np.sum(r * r, axis=-1) + np.eye(len(x))
    return np.sum(1 / r2**6 - 1 / r2**3)


def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


def helmholtz(x):
    b = 0.1 * np.arange(1.0, len(x) + 1)
    return np.sum(x * np.log(x / (1.0 - b @ x))) - np.sqrt(2) * (x @ x) / (1.0 + b @ x)


def heat(u):
    for _ in range(10):
        u = u + 0.2 * (np.roll(u, 1) - 2.0 * u + np.roll(u, -1)) + 0.01 * u * u
    return np.sum(u)


def with_math(x):
    y = x
    for _ in range(5):
        y = math.exp(-y * y) * math.cos(x) + y
    return y


PROGRAMS = {
    "recursive sine": (recursive_sine, 0.7),
    "with math": (with_math, 0.7),
    "product": (lambda x: x * x, np.ones(30)),
    "network": (network, RNG.normal(size=(4, 8))),
    "Rosenbrock": (rosenbrock, RNG.normal(size=60)),
    "Lennard-Jones": (lennard_jones, RNG.normal(size=(8, 3))),
    "log-sum-exp": (log_sum_exp, RNG.normal(size=25)),
    "Helmholtz": (helmholtz, np.full(20, 0.01)),
    "heat": (heat, RNG.uniform(size=50)),
    "solve": (lambda b: np.sum(np.linalg.solve(np.eye(9) + 0.1, b * b)), RNG.normal(size=9)),
    "Fourier": (lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2), RNG.normal(size=32)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_two_theorems(name):
    found = counted(*PROGRAMS[name])
    assert 1.0 < found.evaluations(found.forward) <= 2.5
    assert 1.0 < found.evaluations(found.reverse) <= 4.0


@pytest.mark.parametrize("n", [10, 1000])
def test_a_gradient_costs_the_same_whatever_the_number_of_inputs(n):
    found = counted(rosenbrock, np.linspace(0.0, 1.0, n))
    assert 2.0 < found.evaluations(found.reverse) < 2.5
    assert found.evaluations(found.all_inputs) > n / 2
    assert n < found.evaluations(found.differences) < 1.3 * (n + 1)


def test_where_the_constant_is_larger_it_is_said():
    found = counted(lambda x: x / np.roll(x, 1), np.linspace(1.0, 2.0, 50))
    assert found.evaluations(found.forward) > 2.5
    assert "more than the theorem says" in str(found)
    assert "more than the theorem says" not in str(counted(recursive_sine, 0.7))
    a = RNG.normal(size=(40, 40))
    assert 2.9 < counted(lambda a: a @ a, a).evaluations(counted(lambda a: a @ a, a).forward) < 3.1


# ---------------------------------------------------------------- memory

BIG = 100_000


@pytest.mark.parametrize(
    ("f", "numbers"),
    [
        (lambda x: np.sum(np.sin(x) * x), 3 * BIG),  # cos x; sin x and x
        (lambda x: np.sum(3.0 * np.exp(2.0 * x)), BIG + 2),  # exp 2x; 2 and 3
        (lambda x: np.sum(x + 1.0), 0),
        (lambda x: np.sum(np.sqrt(x) / (1.0 + x)), 3 * BIG),  # of the root, and both of the quotient
    ],
)
def test_numbers_kept_are_exact(f, numbers):
    x = np.linspace(0.1, 1.0, BIG)
    found = counted(f, x)
    assert found.numbers_kept == numbers
    tracemalloc.start()
    try:
        _, linear = dualad.linearize(f, x)
        bytes_kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert linear.numbers == numbers
    beside = bytes_kept - 8 * numbers
    assert (
        beside == pytest.approx(8 * BIG, abs=40_000) or abs(beside) < 40_000
    )  # the input, if not on the tape


# ---------------------------------------------------------------- time


def test_times_are_predicted_and_measured():
    found = cost(lambda x: np.sum(np.sin(x) * x), np.linspace(0.0, 1.0, 200_000), lanes=2, seconds=0.05)
    for way in (found.function, found.forward, found.lanes, found.reverse):
        assert 0.1 < way.predicted / way.measured < 10
    assert found.all_inputs.measured is None  # it would take too long
    assert found.seconds_ratio(found.all_inputs) is None
    assert found.seconds_ratio(found.reverse) == found.reverse.measured / found.function.measured


# ---------------------------------------------------------------- the report


def test_the_table():
    text = str(cost(recursive_sine, 0.7, lanes=1, seconds=0.02))
    lines = text.splitlines()
    assert lines[0].split()[:5] == ["way", "+", "-", "*", "/"]
    assert lines[3].startswith("forward, 1 direction")
    assert lines[3].split()[3:10] == ["59", "79", "0", "40", "319", "2.143", "0"]
    assert lines[4].startswith("forward, 1 lane ")
    assert len(set(map(len, lines[2:8]))) == 1
    assert "at most 2.5 evaluations: here 2.14 counted" in text
    assert "at most 4 evaluations, whatever the number of inputs (1): here 2.38 counted" in text
    assert "Reverse keeps 59 numbers" in text
    assert all(line == line.rstrip() for line in lines)


def test_the_callers_array_is_left_alone():
    def f(x):
        x *= 2.0
        return np.sum(x)

    x = np.ones(4)
    cost(f, x, seconds=0.01)
    np.testing.assert_array_equal(x, np.ones(4))


def test_bad_input():
    with pytest.raises(InputError, match=r"cost\(f, x\)"):
        cost(np.sin)
    with pytest.raises(InputError, match=r"cost\(f, \.\.\.\)"):
        cost(3.0, 2.0)
    with pytest.raises(InputError, match="number of directions"):
        cost(np.sin, 1.0, lanes=0)
    with pytest.raises(InputError, match="argument 0 of cost"):
        cost(np.sin, "x")


# ---------------------------------------------------------------- the choice


@pytest.mark.parametrize(
    ("n", "m", "mode"),
    [
        (1, 1, "forward"),
        (FEW, 1, "forward"),
        (100, 1, "reverse"),
        (100, 75, "forward"),
        (1000, 399, "reverse"),
    ],
)
def test_shapes_decide_where_the_bounds_do_not_overlap(n, m, mode):
    assert choose(n, m, work=lambda: pytest.fail("nothing need be counted")).mode == mode
    assert (1 + 1.5 * n <= 1 + 2 * m) == (mode == "forward") or n <= FEW


def test_in_between_the_counts_decide():
    a = RNG.normal(size=(100, 200))
    for f in (lambda x: a @ x, lambda x: np.sin(a @ np.exp(x)), lambda x: np.cumsum(np.sort(x))[::2]):
        work = work_of(trace(f, RNG.normal(size=200)))
        choice = choose(200, 100, lambda work=work: work)
        assert choice.forward == work.columns(200).work
        assert choice.reverse == work.rows(100).work
        assert choice.mode == ("forward" if choice.forward <= choice.reverse else "reverse")


@pytest.mark.parametrize(("n", "m"), [(3, 1), (30, 1), (30, 15), (30, 30), (2, 40)])
def test_jacobians_are_the_same_whatever_is_chosen(n, m):
    a = RNG.normal(size=(m, n))

    def f(x):
        return np.sin(a @ x) if m > 1 else np.sin(a[0] @ x)

    x = RNG.normal(size=n)
    auto, forward, reverse = (dualad.jacobian(f, mode=mode) for mode in ("auto", "forward", "reverse"))
    for _ in range(2):  # the second time the choice is remembered
        np.testing.assert_allclose(auto(x), forward(x), rtol=1e-13)
        np.testing.assert_allclose(auto(x), reverse(x), rtol=1e-13)


def test_the_choice_is_remembered_for_each_shape():
    calls = []

    def f(x):
        calls.append(len(x))
        return np.sum(x * x)

    dualad.jacobian(f, lift=False)(np.ones(50))
    before = len(calls)
    dualad.jacobian(f, lift=False)(np.ones(50))
    assert calls[before:] == [50]
    np.testing.assert_allclose(dualad.jacobian(f)(np.ones(20)), np.full(20, 2.0))


def test_a_function_that_cannot_be_hashed_is_differentiated():
    class Sum:
        __hash__ = None

        def __call__(self, x):
            return np.sum(x * x)

    np.testing.assert_allclose(dualad.jacobian(Sum())(np.ones(20)), np.full(20, 2.0))


def test_explain(capsys):
    dualad.jacobian(lambda x: np.sum(x**2), explain=True)(np.ones(100))
    said = capsys.readouterr().out
    assert said.startswith(
        'jacobian: by rows, mode="reverse": 100 inputs and 1 output; counted, forward takes '
    )
    assert said.endswith("times fewer\n")
    dualad.jacobian(lambda x: np.sum(x**2), explain=True)(np.ones(3))
    assert "up to 8 columns are one sweep" in capsys.readouterr().out
    dualad.jacobian(lambda x: x**2, explain=True, mode="reverse")(np.ones(20))
    assert 'mode="reverse" as asked for; "auto" would go by columns' in capsys.readouterr().out
    dualad.value_and_jacobian(lambda x, y: x * y, (0, 1), explain=True)(2.0, np.ones(3))
    assert capsys.readouterr().out.count("jacobian: ") == 2
    dualad.jacobian(np.sum)(np.ones(100))
    assert not capsys.readouterr().out


def test_a_function_with_a_rule_of_the_users_is_estimated():
    f = dualad.custom(np.sin, jvp=lambda primals, tangents: np.cos(primals[0]) * tangents[0])
    assert len(dualad.cost(lambda x: f(x) * x, np.ones(5), seconds=0).unknown) == 1
    assert not dualad.cost(lambda x: np.concatenate([x[1:], x[:2] ** 2]), np.ones(5), seconds=0).unknown
