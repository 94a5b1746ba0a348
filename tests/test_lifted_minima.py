"""Minima that compiled code of SciPy finds, in lifted code: against the equations that they satisfy."""

import numpy as np
import pytest

from dualad import derivative, grad, jacobian
from dualad.errors import UnsupportedError

optimize = pytest.importorskip("scipy.optimize")

METHODS = ("L-BFGS-B", "SLSQP", "TNC", "Nelder-Mead", "BFGS")
MODES = ("forward", "reverse")


def quartic(x, a):
    return (x[0] - a) ** 2 + x[0] ** 4 / 4


def quartic_slope(a):
    """``2 (x - a) + x**3 = 0``, of which 1 is the root for a = 1.5."""
    return 2 / (2 + 3)


@pytest.mark.parametrize("method", METHODS)
def test_a_minimum_moves_as_the_root_of_its_gradient(method):
    def at(a):
        return optimize.minimize(quartic, [0.3], args=(a,), method=method, tol=1e-10).x[0]

    assert derivative(at)(1.5) == pytest.approx(quartic_slope(1.5), rel=1e-6)
    assert grad(at)(1.5) == pytest.approx(quartic_slope(1.5), rel=1e-6)
    assert grad(lambda a: at(a) ** 2)(1.5) == pytest.approx(2 * quartic_slope(1.5), rel=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_function_and_slope_in_one(method):
    def both(x, a):
        return quartic(x, a), np.array([2 * (x[0] - a) + x[0] ** 3])

    if method == "Nelder-Mead":
        pytest.skip("takes no slopes")

    def at(a):
        return optimize.minimize(both, [0.3], args=(a,), jac=True, method=method, tol=1e-10).x[0]

    assert derivative(at)(1.5) == pytest.approx(quartic_slope(1.5), rel=1e-6)


def test_the_value_and_its_slope_at_the_minimum():
    def found(a):
        return optimize.minimize(quartic, [0.3], args=(a,), method="L-BFGS-B", tol=1e-12)

    assert derivative(lambda a: found(a).fun)(1.5) == pytest.approx(-2 * (1 - 1.5), rel=1e-6)
    assert derivative(lambda a: found(a).jac[0])(1.5) == pytest.approx(0.0, abs=1e-6)
    assert derivative(lambda a: found(1.5).x[0] * a)(2.0) == found(1.5).x[0]


def test_the_second_derivative():
    """From ``2 (x - a) + x**3 = 0``: ``x'' = -6 x x'**2 / (2 + 3 x**2)``."""

    def at(a):
        return optimize.minimize(quartic, [0.3], args=(a,), method="L-BFGS-B", tol=1e-12).x[0]

    assert derivative(at, order=2)(1.5) == pytest.approx(-6 * 0.4**2 / 5, rel=1e-6)


@pytest.mark.parametrize("form", ["pairs", "Bounds"])
def test_a_bound_that_is_reached_and_one_that_moves(form):
    def at(a):
        bounds = [(0.0, 0.4), (0.0, a), (0.0, 10.0)]
        if form == "Bounds":
            bounds = optimize.Bounds(np.zeros(3), np.array([0.4, a, 10.0]))
        return optimize.minimize(
            lambda x: (x[0] - 1) ** 2 + (x[1] - 2) ** 2 + (x[2] - a) ** 2 + x[0] * x[2],
            np.zeros(3),
            bounds=bounds,
        ).x

    np.testing.assert_allclose(derivative(at)(0.8), [0.0, 1.0, 1.0], atol=1e-7)


def test_constraints():
    """On the line x + y = a the nearest point to the origin is (a, a) / 2; the circle is not reached."""

    def at(a):
        return optimize.minimize(
            lambda x: x @ x,
            [1.0, 0.0],
            constraints=[
                {"type": "eq", "fun": lambda x: x[0] + x[1] - a},
                {"type": "ineq", "fun": lambda x: 9 - x @ x},
            ],
        ).x

    for mode in MODES:
        np.testing.assert_allclose(jacobian(at, mode=mode)(1.2), [0.5, 0.5], atol=1e-7)


def test_leastsq_with_residuals_left():
    """``p - a`` and ``p**2 - 1``: ``2 p**3 - p = a``, hence ``dp/da = 1 / (6 p**2 - 1)``."""

    def at(a):
        return optimize.leastsq(lambda p: [p[0] - a, p[0] ** 2 - 1], [2.0], ftol=1e-15, xtol=1e-15)[0][0]

    p = at(2.0)
    for d in (derivative, grad):
        assert d(at)(2.0) == pytest.approx(1 / (6 * p**2 - 1), rel=1e-7)


@pytest.mark.parametrize("f", [lambda x, a: abs(x[0] - a), lambda x, a: np.exp(-a * x[0])])
def test_where_there_is_no_smooth_minimum(f):
    with pytest.raises(UnsupportedError, match="no smooth minimum"):
        derivative(lambda a: optimize.minimize(f, [0.1], args=(a,), method="L-BFGS-B").x[0])(1.0)
