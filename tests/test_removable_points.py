"""Holes of formulas, filled by a constant: warned of where a derivative is wrong, and only there.

``expm1(x) / x`` is 1 at 0, with the derivatives 1/2 and 1/3; ``sin(x) / x`` is 1 there, with 0 and -1/3.
"""

import math
import warnings

import numpy as np
import pytest
from scipy.integrate import odeint, quad, quad_vec, solve_ivp

import dualad
from dualad import derivative, grad, hessian, jacobian
from dualad.errors import CornerWarning, EqualityWarning

# What is warned of may be found by differences, which say so, too.
pytestmark = pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")

WAYS = {
    "derivative": lambda f: derivative(f)(0.0),
    "grad": lambda f: grad(f)(0.0),
    "jacobian": lambda f: jacobian(lambda x: f(x[0]) * np.ones(2))(np.zeros(1)),
}
SECOND = {
    "order 2": lambda f: derivative(f, order=2)(0.0),
    "forward over forward": lambda f: derivative(derivative(f))(0.0),
    "forward over reverse": lambda f: derivative(grad(f))(0.0),
    "reverse over forward": lambda f: grad(derivative(f))(0.0),
    "reverse over reverse": lambda f: grad(grad(f))(0.0),
    "hvp": lambda f: dualad.hvp(f, 0.0, 1.0),
    "hessian": lambda f: hessian(lambda x: f(x[0]))(np.zeros(1)),
}


def to_first_order(x):
    return math.expm1(x) / x if x != 0 else 1.0 + x / 2


def to_second_order(x):
    return 1.0 + x / 2 + x * x / 6 if x == 0 else math.expm1(x) / x


@pytest.mark.parametrize("way", WAYS)
def test_a_right_first_derivative_is_not_warned_of(way):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.all(WAYS[way](lambda x: math.sin(x) / x if x != 0 else 1.0) == 0.0)
        assert np.all(WAYS[way](to_first_order) == 0.5)
    with pytest.warns(EqualityWarning):
        assert WAYS[way](lambda x: math.expm1(x) / x if x != 0 else 1.0) == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize("way", SECOND)
def test_a_wrong_second_derivative_is_warned_of(way):
    for f, exact in (to_first_order, 1 / 3), (lambda x: math.sin(x) / x if x else 1.0, -1 / 3):
        with pytest.warns(EqualityWarning):  # differences of the first ones may find it
            assert SECOND[way](f) in (0.0, pytest.approx(exact, rel=1e-6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert SECOND[way](to_second_order) == pytest.approx(1 / 3, rel=1e-15)


def test_a_corner_is_seen_in_an_order_above_one():
    with pytest.warns(CornerWarning, match="square root of 0|infinite slope"):
        derivative(lambda x: np.sinc(np.sqrt(x * x)), order=2)(0.0)


def test_the_point_of_one_argument_while_another_moves():
    def f(x, y):
        return derivative(lambda z: 0.0 if x * z == 0 else math.sin(x * z))(y)

    with pytest.warns((EqualityWarning, CornerWarning)):  # d/dy is x, which is 0 here, and d/dx d/dy is 1
        derivative(f)(0.0, 0.0)


SQUARES = {
    "equal": lambda v: v @ v == 0,
    "not": lambda v: not np.dot(v, v),
    "in": lambda v: (v @ v) in (0, 1),
    "all": lambda v: np.all(v * v == 0),
    "array_equal": lambda v: np.array_equal(v * v, np.zeros(3)),
    "the root": lambda v: np.sqrt((v * v).sum()) == 0,
    "abs": lambda v: abs(v @ v) < 1e-14,
    "isclose": lambda v: np.isclose(v @ v, 0, atol=1e-14),
    "allclose": lambda v: np.allclose(v**2, 0, atol=1e-14),
    "math.isclose": lambda v: math.isclose(v @ v, 0, abs_tol=1e-14),
    "cosine": lambda v: np.cos(v[0]) * np.cos(v[1]) * np.cos(v[2]) == 1,
}


@pytest.mark.parametrize("guard", SQUARES)
@pytest.mark.parametrize("entry", [jacobian, grad])
def test_a_guard_by_a_square(guard, entry):
    """Rodrigues' formula: the square is zero, and so is its derivative, and the rotation is not at rest."""

    def turned(v):
        if SQUARES[guard](v):
            return 0.0
        angle = np.linalg.norm(v)
        return (np.eye(3)[0] * np.cos(angle) + np.sin(angle) / angle * np.array([0.0, -v[2], v[1]]))[1]

    with pytest.warns((EqualityWarning, CornerWarning)):
        assert entry(turned)(np.zeros(3)) == pytest.approx([0.0, 0.0, -1.0], abs=1e-9)


@pytest.mark.parametrize("ask", [np.nonzero, np.flatnonzero, np.argwhere])
@pytest.mark.parametrize("inner", [derivative, grad])
def test_the_places_of_zeros_in_a_second_derivative(ask, inner):
    def f(x):
        x, y = np.array([x, 0.5]), np.ones(2)
        for i in np.ravel(ask(x)):
            y[i] = math.sin(x[i]) / x[i]
        return y[0]

    with pytest.warns(CornerWarning):  # it is -1/3
        derivative(inner(f))(0.0)


@pytest.mark.parametrize("inner", [derivative, grad])
def test_a_second_derivative_that_short_differences_cannot_see(inner):
    def f(x):
        with np.errstate(invalid="ignore"):
            y = (1 - np.cos(x)) / x**2
        return np.where(np.isnan(y), 0.5, y)[0]

    with pytest.warns(CornerWarning):  # it is -1/12
        assert derivative(inner(lambda t: f(np.array([t, 1.0]))))(0.0) == 0


# ---------------------------------------------------------------- masks

X = np.array([0.0, 1.0])


def _assigned(mask):
    def f(x):
        y = np.ones_like(x)
        m = mask(x)
        y[m] = np.expm1(x[m]) / x[m]
        return y

    return f


def _filled(x):
    y = np.expm1(x) / x
    y[np.isnan(y)] = 1.0
    return y


def _caught(x):
    out = []
    for v in x:
        try:
            out.append(math.expm1(v) / float(v))
        except ZeroDivisionError:
            out.append(1.0)
    return np.array(out)


MASKS = {
    "==": lambda x: np.where(x == 0, 1.0, np.expm1(x) / np.where(x == 0, 1.0, x)),
    "!=": _assigned(lambda x: x != 0),
    "nonzero": _assigned(lambda x: np.nonzero(x)[0]),
    "isclose": _assigned(lambda x: ~np.isclose(x, np.zeros(2))),
    "isclose to a number": _assigned(lambda x: ~np.isclose(x, 0.0)),
    "isnan": _filled,
    "nan_to_num": lambda x: np.nan_to_num(np.expm1(x) / x, nan=1.0),
    "where=": lambda x: np.divide(np.expm1(x), x, out=np.ones_like(x), where=x != 0),
    "a condition of numbers": lambda x: np.where(x, np.expm1(x) / np.where(x, x, 1.0), 1.0),
    "neither above nor below": lambda x: np.select([x < 0, x > 0], [np.expm1(x) / x] * 2, 1.0),
    "piecewise": lambda x: np.piecewise(x, [x == 0], [1.0, lambda v: np.expm1(v) / v]),
    "an error caught": _caught,
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("mask", MASKS)
def test_a_mask_that_picks_out_a_single_point(mask, mode):
    with np.errstate(all="ignore"), pytest.warns((CornerWarning, EqualityWarning)):
        jacobian(MASKS[mask], mode=mode)(X)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_masks_at_kinks_and_where_nothing_moves_do_not_warn(mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in (
            lambda x: x * (x > 0),
            lambda x: np.where(x > np.zeros(2), x, 0.0),
            lambda x: np.where(x == 0, 0.0, np.abs(x)),
            lambda x: np.where(x == 0, 1.0, np.sinc(x)),  # right, if only to first order
        ):
            J = jacobian(f, mode=mode)(X)
            np.testing.assert_allclose(J, np.diag([0.0, np.diag(J)[1]]))
        padded = jacobian(lambda x: np.where(np.pad(x * x + 1.0, 1) == 0, 1.0, 0.0), mode=mode)(X)
        np.testing.assert_array_equal(padded, np.zeros((4, 2)))


# ---------------------------------------------------------------- NaN where there is a derivative


def _orthogonal(a):
    u, _, vh = np.linalg.svd(a)
    return u @ vh


def _exponential(a):
    w, v = np.linalg.eigh(a)
    return (v * np.exp(w)) @ v.T


def _restored(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return (u * s) @ vh


DEGENERATE = {
    "polar": (_orthogonal, np.eye(2)),
    "exponential": (_exponential, np.eye(2)),
    "low rank": (_restored, np.outer([1.0, 2.0, 3.0], [2.0, 5.0, 3.0])),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", DEGENERATE)
def test_a_smooth_function_by_way_of_undefined_vectors(name, mode):
    f, a = DEGENERATE[name]
    unit = np.eye(a.size).reshape(a.shape * 2)
    lower = np.array([[1.0, 0.0], [1.0, 1.0]])  # what eigh reads
    expected = {
        "polar": lambda: 0.5 * (unit - np.swapaxes(unit, 0, 1)),
        "exponential": lambda: math.e * lower * np.maximum(unit, np.swapaxes(unit, 0, 1)),
        "low rank": lambda: unit,
    }[name]()
    with pytest.warns(CornerWarning, match="equal eigenvalues or singular values"):
        assert jacobian(f, mode=mode)(a) == pytest.approx(expected, rel=1e-7, abs=1e-7)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jacobian(lambda a: np.sum(np.linalg.svd(a)[1]), mode=mode)(a)  # of the values alone: right


@pytest.mark.parametrize("entry", [derivative, grad])
def test_second_derivatives_by_equal_eigenvalues(entry):
    def f(x):  # the sum of (1 + x) ** 3 and (1 - x) ** 3
        return np.sum(np.linalg.eigvalsh(np.diag([1.0, 1.0]) + x * np.array([[0.0, 1.0], [1.0, 0.0]])) ** 3)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(f)(0.0) == 0.0
    with pytest.warns(CornerWarning, match="equal eigenvalues"):
        entry(entry(f))(0.0)


# ---------------------------------------------------------------- jumps that move


def _solved(p, method):
    def dosing(t, y):
        return [(1.0 if t < p else -1.0) - 0.3 * y[0]]

    return solve_ivp(dosing, (0, 3), [0.0], method=method, rtol=1e-9, atol=1e-11).y[0, -1]


def _relay(p):
    return odeint(lambda y, t: [1.0 if y[0] < p else 0.2], [0.0], [0, 3], rtol=1e-9, atol=1e-11)[-1, 0]


JUMPS = {
    "RK45": lambda p: _solved(p, "RK45"),
    "LSODA": lambda p: _solved(p, "LSODA"),
    "odeint": _relay,
    "quad": lambda p: quad(lambda x: x if x < p else 0.0, 0, 2, points=[1.0])[0],
    "quad_vec": lambda p: quad_vec(lambda x: x * (x < p), 0, 2)[0],
}


@pytest.mark.parametrize("entry", [derivative, grad])
@pytest.mark.parametrize("name", JUMPS)
def test_a_jump_that_moves_is_named(name, entry):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        entry(JUMPS[name])(1.3)
    (jump,) = [w for w in caught if w.category is CornerWarning]
    assert "that jumps" in str(jump.message)
    assert jump.filename == __file__


@pytest.mark.parametrize("entry", [derivative, grad])
def test_what_bends_and_does_not_jump_is_right(entry):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(lambda p: quad(lambda x: abs(x - p), 0, 2)[0])(1.3) == pytest.approx(0.6, rel=1e-9)
        # The solution is min(t, p + 1 - exp(p - t)); its derivative by p at the end 1 - exp(p - 3). Where
        # the slope bends is known to within a step of the solver, and these are long.
        bent = entry(
            lambda p: solve_ivp(lambda t, y: [1.0 - np.maximum(y[0] - p, 0.0)], (0, 3), [0.0]).y[0, -1]
        )
        assert bent(1.3) == pytest.approx(1 - math.exp(1.3 - 3), rel=0.1)
