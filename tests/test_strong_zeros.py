"""Strong zeros: a tangent or cotangent that is exactly zero stays zero, whatever the partial is.

So a guarded singularity, ``where(x > 0, log(x), 0)`` at 0, has the derivative of the branch taken,
in both modes. The numbers are those of the rows of `edge_cases.py`.
"""

import itertools

import numpy as np
import pytest
from numpy import inf

from dualad import derivative, grad, jacobian, jvp, tape, vjp
from dualad.linear import Scale


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


both_modes = pytest.mark.parametrize("mode", ["forward", "reverse"])
two_levels = pytest.mark.parametrize(
    ("outer", "inner"), list(itertools.product(["forward", "reverse"], repeat=2))
)
D = {"forward": derivative, "reverse": grad}


def partials(f, *primals):
    """All first derivatives of a scalar function, (forward, reverse)."""
    forward = [jvp(f, primals, tuple(row))[1] for row in np.eye(len(primals)).tolist()]
    return forward, list(vjp(f, *primals)[1](1.0))


# ------------------------------------------------------------------------------- rows of the table


def test_row_40_overflowing_partials():
    """a exp(-b) at (1, -1e3): inf times a zero tangent is not NaN."""
    for got in partials(lambda a, b: a * np.exp(-b), 1.0, -1e3):
        assert got == [inf, -inf]


def test_row_45_a_variable_times_zero():
    for got in partials(lambda a, b: np.log(0 * a + b), 1.0, 0.0):
        assert got == [0.0, inf]


def test_row_45_with_arrays():
    def f(x):
        return np.log(0 * x[0] + x[1:])

    for mode in ("forward", "reverse"):
        got = jacobian(f, mode=mode)(np.array([1.0, 0.0, 2.0]))
        assert got.tolist() == [[0.0, inf, 0.0], [0.0, 0.0, 0.5]]


@both_modes
def test_row_46_clamped_reciprocal_in_single_precision(mode):
    def f(x):
        return np.log(1 / np.maximum(np.float32(1e-20), x))

    assert D[mode](f)(np.float32(0.0)) == 0.0
    x = np.array([0.0, 1.0], np.float32)
    assert jacobian(f, mode=mode)(x).tolist() == [[0.0, 0.0], [0.0, -1.0]]


BRANCHES = [
    ("47", lambda x: np.where(x < 1, x, np.sqrt(x)), [0.0, 4.0], [1.0, 0.25]),
    ("48", lambda x: np.where(x > 0, np.sqrt(x), 0.0), [-1.0, 0.0, 1.0], [0.0, 0.0, 0.5]),
    ("49", lambda x: np.where(x > 0, x * np.log(x), 0.0), [0.0, 1.0], [0.0, 1.0]),
    ("50", lambda x: np.where(x > 0, x, np.exp(x) - 1), [1000.0, 0.0], [1.0, 1.0]),
    ("log", lambda x: np.where(x > 0, np.log(x), 0.0), [0.0, -1.0, 2.0], [0.0, 0.0, 0.5]),
    ("reciprocal", lambda x: np.where(x != 0, np.reciprocal(x), 0.0), [0.0, 2.0], [0.0, -0.25]),
    ("arcsin", lambda x: np.where(np.abs(x) < 1, np.arcsin(x), x), [1.0, 2.0, 0.0], [1.0, 1.0, 1.0]),
]


@pytest.mark.parametrize(
    ("f", "point", "right"),
    [
        pytest.param(f, x, r, id=f"{name} at {x}")
        for name, f, xs, rs in BRANCHES
        for x, r in zip(xs, rs, strict=True)
    ],
)
@pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning")
@both_modes
def test_branches_of_numbers(f, point, right, mode):
    assert D[mode](f)(point) == right


@pytest.mark.parametrize(("f", "xs", "rs"), [pytest.param(*row[1:], id=row[0]) for row in BRANCHES])
@both_modes
def test_branches_of_arrays(f, xs, rs, mode):
    """The element that is singular and its ordinary neighbours, in one array."""
    x = np.array(xs)
    np.testing.assert_array_equal(jacobian(f, mode=mode)(x), np.diag(rs))
    np.testing.assert_array_equal(jacobian(lambda x: np.sum(f(x)), mode=mode)(x), rs)


@two_levels
def test_row_48_second_derivative(outer, inner):
    def f(x):
        return np.where(x > 0, np.sqrt(x), 0.0)

    assert D[outer](D[inner](f))(-3.0) == 0.0
    assert D[outer](D[inner](f))(0.0) == 0.0
    x = np.array([-3.0, 0.0, 4.0])
    second = jacobian(jacobian(lambda x: np.sum(f(x)), mode=inner), mode=outer)(x)
    np.testing.assert_array_equal(second, np.diag([0.0, 0.0, -1 / 32]))


@two_levels
def test_row_47_second_derivative(outer, inner):
    def f(x):
        return np.where(x < 1, x, np.sqrt(x))

    assert D[outer](D[inner](f))(0.0) == 0.0
    assert D[outer](D[inner](f))(4.0) == -1 / 32


@two_levels
def test_row_45_second_derivatives(outer, inner):
    """Nothing moves with the first variable, at any order."""

    def f(a, b):
        return np.log(0 * a + b)

    by_a = jacobian(f, argnums=0, mode=inner)
    assert jacobian(by_a, argnums=0, mode=outer)(1.0, 0.0) == 0.0
    assert jacobian(by_a, argnums=1, mode=outer)(1.0, 0.0) == 0.0


# ------------------------------------------------------------------------------- the law itself

SINGULAR = [
    pytest.param(np.sqrt, 0.0, id="sqrt"),
    pytest.param(np.log, 0.0, id="log"),
    pytest.param(np.reciprocal, 0.0, id="reciprocal"),
    pytest.param(np.cbrt, 0.0, id="cbrt"),
    pytest.param(np.arccos, 1.0, id="arccos"),
    pytest.param(np.arctanh, 1.0, id="arctanh"),
    pytest.param(lambda x: x**0.5, 0.0, id="power"),
    pytest.param(np.exp, 1e3, id="exp overflows"),
    pytest.param(lambda x: x / 0.0 * x, 1.0, id="infinite coefficient"),
]


@pytest.mark.parametrize(("f", "point"), SINGULAR)
def test_a_zero_tangent_stays_zero(f, point):
    x = np.float64(point)
    assert jvp(f, x, 0.0)[1] == 0.0
    xs = np.array([point, 0.5])
    t = jvp(f, xs, np.array([0.0, 1.0]))[1]
    assert t[0] == 0.0
    assert abs(t[1]) > 0  # and its neighbour has moved


@pytest.mark.parametrize(("f", "point"), SINGULAR)
def test_a_zero_cotangent_stays_zero(f, point):
    assert vjp(f, np.float64(point))[1](0.0) == 0.0
    xs = np.array([point, 0.5])
    assert vjp(f, xs)[1](np.array([0.0, 1.0]))[0] == 0.0


@pytest.mark.parametrize(("f", "point"), SINGULAR)
@both_modes
def test_jacobian_of_neighbours_is_zero_off_the_diagonal(f, point, mode):
    """Each element depends on itself only: off the diagonal every lane has a zero tangent."""
    jac = jacobian(f, mode=mode)(np.array([point, 0.5, point]))
    off = jac[~np.eye(3, dtype=bool)]
    np.testing.assert_array_equal(off, np.zeros(6))


def test_an_infinite_tangent_is_not_hidden():
    """Only exact zeros are strong: sqrt at 0 is infinitely steep, and a NaN that is real stays."""
    assert derivative(np.sqrt)(0.0) == grad(np.sqrt)(0.0) == inf
    assert np.isnan(jvp(lambda x, y: x**y, (-1.0, 2.0), (0.0, 1.0))[1])


@both_modes
def test_products_with_a_singular_factor(mode):
    """sqrt(x) * 0 at 0: the value says that nothing comes out, but the slope of 0 sqrt(x) is 0."""
    assert D[mode](lambda x: 0.0 * np.sqrt(x))(0.0) == 0.0


@both_modes
def test_masked_sum(mode):
    """The sum over a boolean mask, as it is written in the wild."""
    x = np.array([0.0, 1.0, 4.0])

    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0) * np.array([5.0, 1.0, 2.0]))

    np.testing.assert_array_equal(jacobian(f, mode=mode)(x), [0.0, 0.5, 0.5])


@both_modes
def test_two_infinite_slopes_that_meet(mode):
    """sqrt(x - x): backwards inf - inf comes first, and only then that x - x does not change."""
    assert D[mode](lambda x: np.sqrt(x - x) + x)(2.0) == 1.0
    assert D[mode](lambda x: x * np.arccos((x - 2.0 * x) / x))(2.5) == np.pi

    def f(x):
        return np.stack([x[1] * np.sqrt(x[0] - x[0]), np.sum(x), np.arccos(x[2] / x[2])])

    x = np.array([1.0, 2.0, 3.0])
    right = np.outer([0.0, 1.0, 0.0], np.ones(3))
    np.testing.assert_array_equal(jacobian(f, mode=mode)(x), right)
    np.testing.assert_array_equal(vjp(f, x)[1](np.array([2.0, 3.0, 0.0])), [3.0, 3.0, 3.0])
    assert [float(c) for c in vjp(lambda a, b: b * np.sqrt(a - a), 2.0, 3.0)[1](1.0)] == [0.0, 0.0]


@pytest.mark.parametrize("x", [[1e-100, 2.0], [[1e-100, 2.0]], [1e-100 + 1e-100j]])
def test_a_derivative_of_which_the_square_overflows_gives_no_warning(x):
    """Where it is looked for NaN; warnings are errors in the tests."""
    x = np.array(x)
    with np.errstate(over="warn", invalid="warn"):
        forward, reverse = derivative(lambda x: 1 / x)(x), vjp(lambda x: 1 / x, x)[1](np.ones_like(x))
    np.testing.assert_allclose(forward, -1 / x**2, rtol=1e-15)
    np.testing.assert_allclose(reverse, -1 / x**2, rtol=1e-15)


def test_looking_for_nan_does_not_warn_of_large_derivatives():
    steep = np.full(3, 1e200)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(derivative(lambda x: 1e200 * x)(np.ones(3)), steep)
        np.testing.assert_array_equal(vjp(lambda x: 1e200 * x, np.ones(3))[1](np.ones(3)), steep)


# ------------------------------------------------------------------------------- from or to a number


def test_forward_to_a_number():
    """The NaN of the quick sweep ends in a number; the careful one has to follow all the same."""
    x, t = np.array([-inf, -inf]), np.array([1.0, 0.0])
    assert jvp(lambda x: np.log(np.sum(np.exp(x), keepdims=True))[0], x, t)[1] == 0.0


def test_reverse_to_a_number():
    """The neighbour without a value is not asked for."""

    slope = jacobian(lambda x: np.power(np.array([2.0, np.nan]), x))
    _, pullback = vjp(slope, 1.0)
    assert pullback(np.array([1.0, 0.0])) == pytest.approx(2 * np.log(2.0) ** 2, rel=1e-15)
    assert np.isnan(pullback(np.array([0.0, 1.0])))


def test_rows_that_have_no_value_leave_the_others_alone():
    """What a forward sweep finds for one row is kept, although another row is NaN by right."""

    def f(x):
        return np.stack([np.sqrt(x[0] - x[0]), np.arcsin(x[1]), np.sqrt(x[1] - x[1])]) * x[1:]

    x = np.array([1.0, 2.0, 0.5, 1.0])
    forward, reverse = (jacobian(f, mode=mode)(x) for mode in ("forward", "reverse"))
    np.testing.assert_array_equal(reverse, forward)
    np.testing.assert_array_equal(np.isnan(forward), [[False] * 4, [True] * 4, [False] * 4])


def test_a_map_of_a_number_may_give_nan():
    entries = {0: (), 1: ((0, Scale(np.array(np.nan), ())),)}
    assert np.isnan(tape.pull(entries, {1: 1.0}, [0])[0])
