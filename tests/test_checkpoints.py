"""What is run again instead of being kept: the schedule, `checkpoint`, `checkpointed_loop`."""

import functools
import math
import tracemalloc
import warnings
from typing import NamedTuple

import numpy as np
import pytest
from checking import in_threads

from dualad import Dual, checkpoint, checkpointed_loop, derivative, grad, jacobian, jvp, linearize, vjp
from dualad.checkpointing.schedules import schedule
from dualad.errors import ConversionError, CornerWarning, InputError, UnsupportedError

# ---------------------------------------------------------------- the schedule


@functools.cache
def fewest(n, memory):
    """The fewest steps to be run, by trying each place for the next checkpoint (dynamic programming)."""
    if n == 1:
        return 0
    if memory == 1:
        return n * (n - 1) // 2
    return min(m + fewest(n - m, memory - 1) + fewest(m, memory) for m in range(1, n))


def steps_of(n, memory):
    """How many steps the schedule runs; it is followed, with the number of the step for its state."""
    kept, state, run, reversed_ = {0: 0}, 0, 0, []
    for action, number in schedule(n, memory):
        if action == "advance":
            state += number
            run += number
        elif action == "keep":
            kept[number] = state
        elif action == "reverse":
            assert state == number
            reversed_.append(number)
        else:
            state = kept[number]
            if action == "take":
                del kept[number]
        assert len(kept) <= memory
        assert all(number == state for number, state in kept.items())
    assert reversed_ == list(range(n))[::-1]
    assert len(kept) == (n == 1)
    return run


@pytest.mark.parametrize("memory", [1, 2, 3, 4, 6, 9, 80])
def test_the_schedule_runs_the_fewest_steps(memory):
    for n in range(1, 71):
        assert steps_of(n, memory) == fewest(n, memory)


@pytest.mark.parametrize(
    ("n", "memory", "times"), [(10_000, 50, 3), (1000, 5, 8), (1000, 50, 2), (300, 1, 299)]
)
def test_the_schedule_meets_the_published_number(n, memory, times):
    assert math.comb(memory + times, times) >= n > math.comb(memory + times - 1, times - 1)
    assert steps_of(n, memory) == times * n - math.comb(memory + times, times - 1)


def test_no_steps():
    assert list(schedule(0, 3)) == []


# ---------------------------------------------------------------- checkpoint

X = np.linspace(0.3, 1.2, 6)


def shifted(x):
    y = np.sin(x * x)
    y[1:] += x[:-1]
    return y


def loss(f, x):
    return np.sum(f(f(x)) ** 2)


@pytest.mark.parametrize(
    "way",
    [
        lambda f: grad(functools.partial(loss, f))(X),
        lambda f: jacobian(f, mode="reverse")(X),
        lambda f: jacobian(lambda x: 2 * f(x), mode="reverse", chunk=2)(X),
        lambda f: jacobian(f, mode="forward")(X),
        lambda f: vjp(f, X)[1](X),
        lambda f: linearize(f, X)[1](X),
        lambda f: jacobian(grad(functools.partial(loss, f)), mode="forward")(X),
        lambda f: jacobian(grad(functools.partial(loss, f)), mode="reverse")(X),
        lambda f: grad(lambda x: np.sum(jvp(f, x, x)[1] ** 2))(X),
        lambda f: jvp(grad(lambda x: np.sum(grad(functools.partial(loss, f))(x) ** 2)), X, X)[1],
    ],
)
def test_the_derivative_is_that_of_the_function(way):
    np.testing.assert_allclose(way(checkpoint(shifted)), way(shifted), rtol=1e-12, atol=1e-12)


def test_values_are_those_of_the_function():
    np.testing.assert_array_equal(checkpoint(shifted)(X), shifted(X))
    np.testing.assert_array_equal(vjp(checkpoint(shifted), X)[0], shifted(X))


def test_run_once_forwards_and_once_more_backwards():
    seen = []

    def square(x):
        seen.append(type(x))
        return x * x

    f = checkpoint(square, lift=False)
    y, pullback = vjp(lambda x: f(x) + 1.0, 3.0)
    assert (y, seen) == (10.0, [float])
    assert pullback(1.0) == 6.0
    assert pullback(2.0) == 12.0
    assert seen == [float, Dual, Dual]
    assert derivative(f)(3.0) == 6.0
    assert f(3.0) == 9.0
    assert seen[3:] == [Dual, float]


def test_only_the_arguments_are_kept():
    def f(x, a):
        for _ in range(50):
            x = np.sin(a * x)
        return x

    x = np.linspace(0, 1, 1000)
    assert linearize(f, x, 2.0)[1].numbers > 50 * 1000
    assert linearize(checkpoint(f), x, 2.0)[1].numbers == 1000 + 1


class Pair(NamedTuple):
    x: object
    y: object


def test_structures():
    @checkpoint
    def f(pair, weights, *, options):
        a, (b, *_) = weights["a"], weights["bs"]
        assert options == ["sum", 3, None]
        return {"out": [a * pair.x, Pair(b @ pair.y, options[1])], "text": "kept"}

    def g(x, y, a, b):
        out = f(Pair(x, y), {"a": a, "bs": (b, 1)}, options=["sum", 3, None])
        assert out["text"] == "kept"
        assert out["out"][1].y == 3
        return out["out"][0] * np.sum(out["out"][1].x ** 2)

    y, b = np.array([1.0, 2.0, 3.0]), np.arange(6.0).reshape(2, 3)
    dx, dy, da, db = grad(g, (0, 1, 2, 3))(2.0, y, 5.0, b)
    by = b @ y
    assert math.isclose(dx, 5 * by @ by)
    assert math.isclose(da, 2 * by @ by)
    np.testing.assert_allclose(dy, 20 * b.T @ by)
    np.testing.assert_allclose(db, 20 * np.outer(by, y))


def test_an_output_without_influence_and_one_that_is_an_input():
    @checkpoint
    def f(x, y):
        return x, np.sin(y), 3.0

    assert grad(lambda x, y: f(x, y)[0] * f(x, y)[2], (0, 1))(2.0, 5.0) == (3.0, 0.0)
    assert jvp(lambda x: f(x, 1.0)[1], 2.0, 1.0) == (math.sin(1.0), 0.0)
    assert linearize(lambda x: f(x, 1.0)[1] + f(x, 1.0)[2], 2.0)[1](1.0) == 0.0


def test_plain_code_inside():
    @checkpoint
    def f(x):
        out = np.zeros(3)
        out[0] = math.exp(-x)
        out[1:] = float(x)
        return out

    np.testing.assert_allclose(grad(lambda x: np.sum(f(x) * [1.0, 2.0, 4.0]))(0.5), 6 - math.exp(-0.5))


def test_what_it_closes_over_is_no_argument():
    message = r"pass what it takes from around it, as in checkpoint\(f\)\(x, a\)"
    with pytest.raises(UnsupportedError, match=message):
        grad(lambda a: checkpoint(lambda x: x * a)(a))(2.0)
    with pytest.raises(ConversionError) as caught:
        grad(lambda a: checkpoint(lambda x: x * math.sin(a))(a), lift=False)(2.0)
    assert any("pass what it takes from around it" in note for note in caught.value.__notes__)
    # Nothing among the arguments is differentiated: it is recorded like any other code.
    assert grad(lambda a: checkpoint(lambda x: x * a)(3.0))(2.0) == 3.0


def test_what_it_closes_over_of_another_call():
    # d/dx x * (d/dy a x y**2 at y = 3) with the inner call's argument checkpointed, and the outer one's
    def older(x):
        return x * grad(lambda y: checkpoint(lambda y: x * y**2)(y))(3.0)

    assert grad(older)(2.0) == derivative(older)(2.0) == 24.0

    def younger(x):
        return grad(lambda y: checkpoint(lambda x: x * y**2)(x))(3.0)

    with pytest.raises(UnsupportedError, match="pass what it takes from around it"):
        grad(younger)(2.0)


def test_what_changes_from_call_to_call_is_no_argument():
    def late(x):
        for k in (2.0, 3.0):
            x = checkpoint(lambda x: k * x**2)(x)  # noqa: B023 - the loop variable is what it is about
        return x

    with pytest.raises(UnsupportedError, match="pass the loop variable or the random numbers"):
        grad(late)(1.5)
    random = np.random.default_rng(3)
    with pytest.raises(UnsupportedError, match="gave other numbers"):
        grad(lambda x: np.sum(checkpoint(lambda x: x * random.normal(size=6))(x)))(X)
    lengths = iter([1, 2])
    with pytest.raises(UnsupportedError, match="gave other numbers"):
        grad(lambda x: checkpoint(lambda x: [x * x] * next(lengths))(x)[0])(2.0)


def test_outputs_that_are_not_numbers_may_be_run_again():
    assert grad(lambda x: np.sum(checkpoint(lambda x: x * math.inf)(x)))(2.0) == math.inf
    assert math.isnan(grad(lambda x: checkpoint(lambda x: x * math.nan)(x))(2.0))
    huge = np.full(3, 1e200)
    np.testing.assert_array_equal(grad(lambda x: np.sum(checkpoint(lambda x: 2 * x)(x)))(huge), 2.0)


def test_it_must_not_write_into_its_arguments():
    def scaled(x, table):
        table *= 2
        return x * table

    with pytest.raises(ValueError, match="read-only") as caught:
        grad(lambda x: np.sum(checkpoint(scaled)(x, np.ones(6))))(X)
    assert any("x = x.copy()" in note for note in caught.value.__notes__)
    with pytest.raises(ValueError, match="read-only"):
        jacobian(grad(lambda x: np.sum(checkpoint(shifted_in_place)(x))))(X)


def shifted_in_place(x):
    x += 1
    return x * x


def test_the_caller_may_write_into_the_arguments():
    def f(x):
        table = np.ones(6)
        y = checkpoint(np.multiply)(x, table)
        table[:] = 5.0
        z = checkpoint(np.sin)(y)
        y[2:] = 0.0
        return np.sum(z) + np.sum(y)

    np.testing.assert_allclose(grad(f)(X), np.cos(X) + np.array([1, 1, 0, 0, 0, 0]), rtol=1e-14)


def test_outputs_that_share_memory_are_not_written_to():
    def f(x):
        y, z = checkpoint(lambda x: ((y := 2 * x), y[1:]))(x)
        y[2] = 1.0
        return np.sum(z)

    with pytest.raises(ValueError, match="read-only"):
        grad(f)(X)


def test_a_zero_stays_zero():
    def root(x):
        return np.where(x > 0, np.sqrt(x), 0.0)

    x = np.array([0.0, 4.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(checkpoint(root)(x)))(x), [0.0, 0.25])


def test_complex_numbers():
    z = np.array([1.0 + 2.0j, -0.5j])
    np.testing.assert_allclose(
        jacobian(checkpoint(lambda z: np.exp(z) * z), mode="reverse")(z), np.diag(np.exp(z) * (z + 1))
    )
    with pytest.raises(UnsupportedError, match="not holomorphic"):
        jacobian(checkpoint(lambda z: np.conj(z) * z), mode="reverse")(z)
    np.testing.assert_allclose(grad(lambda z: np.sum(checkpoint(np.abs)(z) ** 2))(z), 2 * np.conj(z))


def test_methods():
    class Layer:
        @checkpoint
        def call(self, x, w):
            return np.tanh(w @ x)

    w = np.array([[1.0, 2.0], [3.0, -1.0]])
    x = np.array([0.3, 0.1])
    got = grad(lambda w: np.sum(Layer().call(x, w)))(w)
    np.testing.assert_allclose(got, np.outer(1 / np.cosh(w @ x) ** 2, x))


# ---------------------------------------------------------------- checkpointed_loop


def swing(state, k):
    x, v = state
    v = v - 0.05 * k * math.sin(x)
    return x + 0.05 * v, v


def heated(u, options):
    u[1:-1] += options["rate"] * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u


def driven(state, force):
    return {"x": np.sin(state["x"]) + force[state["i"]], "i": state["i"] + 1}


LOOPS = {
    "tuple": (swing, lambda x: (x[0], x[1]), lambda x: (x[2],), lambda s: s[0] * s[1]),
    "in place": (heated, lambda x: 1 * x, lambda x: ({"rate": 0.1 + x[0]},), lambda s: np.sum(s**2)),
    "counted": (
        driven,
        lambda x: {"x": x[:2], "i": 0},
        lambda x: (np.resize(x, 40),),
        lambda s: np.sum(s["x"]),
    ),
    "no parameter": (shifted, lambda x: x, lambda x: (), np.sum),
    "constant state": (swing, lambda x: (1.0, 0), lambda x: (x[0],), lambda s: s[0]),
    "constant parameter": (swing, lambda x: [x[0], x[1]], lambda x: (2.0,), lambda s: s[0]),
}


def looped(name, n, memory):
    """A function of an array: a loop, checkpointed, or plain where there is no memory."""
    step, start, parameters, end = LOOPS[name]

    def run(x):
        state = start(x)
        if memory:
            return end(checkpointed_loop(step, state, n, *parameters(x), memory=memory))
        for _ in range(n):
            state = step(state, *parameters(x))
        return end(state)

    return run


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize(("n", "memory"), [(0, 1), (1, 1), (7, 1), (13, 3), (30, 4), (12, 40)])
def test_the_loop_is_the_plain_loop(name, n, memory):
    plain, checked = looped(name, n, None), looped(name, n, memory)
    x = X[:3] if name in ("tuple", "constant parameter") else X
    assert checked(x) == plain(x)
    y, pullback = vjp(checked, x)
    assert y == plain(x)
    right = grad(plain)(x)
    np.testing.assert_allclose(pullback(1.0), right, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(pullback(2.0), 2 * right, rtol=1e-13, atol=1e-15)
    _, t = jvp(plain, x, np.cos(x))
    assert math.isclose(jvp(checked, x, np.cos(x))[1], t, rel_tol=1e-13, abs_tol=1e-15)
    assert math.isclose(linearize(checked, x)[1](np.cos(x)), t, rel_tol=1e-12, abs_tol=1e-15)


@pytest.mark.parametrize("name", LOOPS)
def test_second_derivatives_of_the_loop(name):
    plain, checked = looped(name, 9, None), looped(name, 9, 2)
    right = jacobian(jacobian(plain, mode="forward"), mode="forward")(X)
    np.testing.assert_allclose(jacobian(grad(checked), mode="forward")(X), right, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(jacobian(grad(checked), mode="reverse")(X), right, rtol=1e-12, atol=1e-14)


def test_the_loop_runs_the_published_number_of_steps():
    count = 0

    def step(x):
        nonlocal count
        count += 1
        return x + 0.01 * x

    grad(lambda x: checkpointed_loop(step, x, 100, memory=6))(1.0)
    advanced = fewest(100, 6)
    assert count == advanced + 100 + 1  # each step recorded once, and the last one also run for the value


def test_memory_of_the_loop_does_not_grow():
    def peak(n, memory):
        x = np.ones(5000)
        tracemalloc.start()
        grad(lambda x: np.sum(checkpointed_loop(lambda x: x + 0.01 * np.sin(x), x, n, memory=memory)))(x)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most / x.nbytes

    peak(3, 2)
    few = peak(30, 5)
    assert abs(peak(120, 5) - few) < 1
    assert 4 < peak(120, 10) - few < 6  # five states more


def test_the_default_memory_runs_each_step_twice_at_most():
    runs = {}

    def step(state):
        x, i = state
        runs[i] = runs.get(i, 0) + 1
        return 1.001 * x, i + 1

    _, linear = linearize(lambda x: checkpointed_loop(step, (x, 0), 200)[0], 1.0)
    assert linear.numbers <= 2 * (math.sqrt(2 * 200) + 2)
    assert math.isclose(linear.transpose(1.0), 1.001**200)
    assert max(runs.values()) <= 3  # twice, and once recorded


def test_the_step_closes_over_nothing_that_is_differentiated():
    with pytest.raises(UnsupportedError, match=r"as in checkpointed_loop\(step, state, n, a\)"):
        grad(lambda a: checkpointed_loop(lambda x: a * x, a, 5))(1.0)
    assert grad(lambda a: checkpointed_loop(lambda x: a * x, 1.0, 5))(2.0) == 80.0
    counter = iter(range(100))
    with pytest.raises(UnsupportedError, match="gave other numbers when it was run again"):
        grad(lambda a: checkpointed_loop(lambda x: x + next(counter) * x, a, 5))(1.0)
    with pytest.raises(ConversionError) as caught:
        grad(lambda a: checkpointed_loop(lambda x: x * math.sin(a), a, 5), lift=False)(1.0)
    assert any("with def step(state, a)" in note for note in caught.value.__notes__)


def test_the_callers_arrays_stay_as_they_are():
    x = X.copy()
    checkpointed_loop(heated, x, 3, {"rate": 0.1})
    grad(lambda rate: np.sum(checkpointed_loop(heated, x, 3, {"rate": rate}) ** 2))(0.1)
    np.testing.assert_array_equal(x, X)


def test_a_step_that_uses_one_array_again_and_again():
    room = np.empty(6)

    def step(x):
        return np.multiply(x, 1.5, out=room) if type(x) is np.ndarray else x * 1.5

    y, pullback = vjp(lambda x: checkpointed_loop(step, x, 7, memory=2, lift=False), X)
    np.testing.assert_allclose(pullback(np.ones(6)), np.full(6, 1.5**7))
    np.testing.assert_allclose(y, 1.5**7 * X)


@pytest.mark.parametrize("n", [-1, 2.0, "3", None])
def test_the_number_of_steps_is_checked(n):
    with pytest.raises(InputError, match=r"checkpointed_loop\(step, state, 100\)"):
        checkpointed_loop(np.sin, 1.0, n)


@pytest.mark.parametrize("memory", [0, -3, 2.0, True, "many"])
def test_the_memory_is_checked(memory):
    with pytest.raises(InputError, match="pass a whole number from 1: memory=50"):
        checkpointed_loop(np.sin, 1.0, 3, memory=memory)


def test_a_function_is_asked_for():
    with pytest.raises(InputError, match="checkpoint takes a function"):
        checkpoint(3.0)
    with pytest.raises(InputError, match="checkpointed_loop takes a function"):
        checkpointed_loop(1.0, np.sin, 3)


def test_two_threads_pull_at_once():
    _, pullback = vjp(looped("tuple", 60, 4), X[:3])
    right = grad(looped("tuple", 60, None))(X[:3])
    got = []
    in_threads(lambda: got.append(pullback(1.0)), 4)
    assert len(got) == 4
    for one in got:
        np.testing.assert_allclose(one, right, rtol=1e-13)


def there_and_back(v):
    r, angle = math.hypot(v[0], v[1]), math.atan2(v[1], v[0])
    return 2 * r * math.cos(angle) + v[0]


def inside_a_bound(v):
    square = v[0] * v[0] + v[1] * v[1]
    return 0.0 if abs(square) < 1e-14 else np.sin(np.sqrt(square)) / np.sqrt(square) * v[0]


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize(("f", "slope"), [(there_and_back, 3.0), (inside_a_bound, 1.0)])
def test_a_corner_in_a_part_is_warned_of(f, slope):
    with pytest.warns(CornerWarning, match="differences beside this point agree"):
        found = grad(checkpoint(f))(np.zeros(2))
    np.testing.assert_allclose(found, [slope, 0.0], atol=1e-8)


@pytest.mark.parametrize("f", [lambda v: np.max(v) + np.min(v), lambda v: abs(v[0]) + v[1]])
def test_a_corner_in_a_part_where_the_rules_are_right_is_not(f):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slope = grad(checkpoint(f))(np.zeros(2))
    assert slope[1] == 1.0
