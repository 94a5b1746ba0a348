"""`least_squares` and `curve_fit` of SciPy in lifted code, against the equations of the minimum."""

import numpy as np
import pytest

from dualad import derivative, grad, jacobian
from dualad.errors import DualadError, UnsupportedError

optimize = pytest.importorskip("scipy.optimize")

MODES = ("forward", "reverse")
T = np.array([0.0, 0.5, 1.0, 2.0, 3.5])
Y = np.array([1.1, 0.9, 0.4, 0.35, -0.2])
A = np.stack([np.exp(-T), np.cos(T)], axis=1)
TIGHT = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
def test_a_linear_problem_has_the_solution_of_the_normal_equations(method):
    def fit(y):
        return optimize.least_squares(
            lambda p, scale: scale * (A @ p - y), [0.3, 0.3], args=(2.0,), method=method
        )

    expected = np.linalg.pinv(A)
    residual = A @ expected - np.eye(5)
    for mode in MODES:
        np.testing.assert_allclose(jacobian(lambda y: fit(y).x, mode=mode)(Y), expected, rtol=1e-11)
        np.testing.assert_allclose(jacobian(lambda y: fit(y).fun, mode=mode)(Y), 2 * residual, atol=1e-11)
        slope = jacobian(lambda y: fit(y).cost, mode=mode)(Y)
        np.testing.assert_allclose(slope, 4 * residual.T @ (residual @ Y), atol=1e-11)
    plain = optimize.least_squares(lambda p: 2 * (A @ p - Y), [0.3, 0.3], method=method)
    seen = []
    derivative(lambda s: seen.append(fit(s * Y).x) or s)(1.0)
    assert seen[0].value.tolist() == plain.x.tolist()


#: For each loss its second derivative by the residual, of which the weights of a location follow.
LOSSES = {
    "linear": lambda r: np.ones_like(r),
    "soft_l1": lambda r: (1 + r**2) ** -1.5,
    "huber": lambda r: 1.0 * (np.abs(r) <= 1),
    "cauchy": lambda r: (1 - r**2) / (1 + r**2) ** 2,
    "arctan": lambda r: (1 - 3 * r**4) / (1 + r**4) ** 2,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("loss", LOSSES)
def test_robust_locations_move_by_their_weights(loss, mode):
    """``sum(psi((p - y) / c)) = 0``, hence ``dp/dy_i = psi'_i / sum(psi')``."""
    scale = 0.6

    def location(y):
        return optimize.least_squares(lambda p: p - y, [0.4], loss=loss, f_scale=scale, **TIGHT).x[0]

    weights = LOSSES[loss]((location(Y) - Y) / scale)
    np.testing.assert_allclose(
        jacobian(location, mode=mode)(Y), weights / np.sum(weights), rtol=1e-7, atol=1e-9
    )


def test_a_loss_of_the_users_and_a_slope():
    """``rho(z) = z**2``: the fourth powers, whose weights are the squares of the residuals."""

    def location(y):
        return optimize.least_squares(
            fun=lambda p, y: p - y, x0=0.4, jac=lambda p, y: np.ones((5, 1)), kwargs={"y": y},
            loss=lambda z: np.array([z**2, 2 * z, 2 * np.ones_like(z)]), **TIGHT,
        ).x[0]  # fmt: skip

    weights = (location(Y) - Y) ** 2
    for mode in MODES:
        np.testing.assert_allclose(jacobian(location, mode=mode)(Y), weights / weights.sum(), rtol=1e-5)


def test_bounds_that_are_reached():
    """The second parameter stays at its bound; the first is that of the rest of the problem."""

    def fit(y, bound):
        return optimize.least_squares(
            lambda p: A @ p - y, [0.3, 0.3], bounds=([-9, bound], [9, 9]), **TIGHT
        ).x

    def curve(y, bound):
        return optimize.curve_fit(
            lambda t, a, b: a * np.exp(-t) + b * np.cos(t), T, y, [0.3, 0.3], bounds=([-9, bound], [9, 9])
        )[0]

    first = A[:, 0] / (A[:, 0] @ A[:, 0])
    for f in (fit, curve):
        for mode in MODES:
            slope = jacobian(f, argnums=(0, 1), mode=mode)(Y, 0.2)
            np.testing.assert_allclose(slope[0], np.stack([first, 0 * first]), atol=1e-8)
            np.testing.assert_allclose(slope[1], [-first @ A[:, 1], 1.0], atol=1e-8)


def test_where_nothing_depends_on_the_argument():
    assert derivative(lambda x: optimize.least_squares(lambda p: p**2 - 2, [x], method="lm").x[0])(1.0) == 0.0
    with pytest.raises(DualadError, match="no smooth minimum"):
        grad(lambda x: optimize.least_squares(lambda p: 0 * p + x, [0.4]).x[0])(1.0)


# ---------------------------------------------------------------- curve_fit


def line(t, a, b):
    return a * t + b


@pytest.mark.parametrize("mode", MODES)
def test_curve_fit_with_correlated_errors(mode):
    """Generalised least squares: ``(B' S^-1 B)^-1 B' S^-1 y``, whose first factor is the covariance."""
    B = np.stack([T, np.ones(5)], axis=1)
    S = 0.01 * np.exp(-np.abs(T[:, None] - T)) + 0.02 * np.eye(5)
    inverse = np.linalg.inv(S)
    covariance = np.linalg.inv(B.T @ inverse @ B)

    def parameters(y):
        return optimize.curve_fit(line, T, y, sigma=S, absolute_sigma=True)[0]

    def errors(s):
        return optimize.curve_fit(line, T, Y, sigma=s * S, absolute_sigma=True)[1]

    np.testing.assert_allclose(jacobian(parameters, mode=mode)(Y), covariance @ B.T @ inverse, rtol=1e-8)
    np.testing.assert_allclose(jacobian(errors, mode=mode)(1.0), covariance, rtol=1e-5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
def test_curve_fit_says_more(method, mode):
    def residuals(y):
        return optimize.curve_fit(line, T, y, method=method, full_output=True)[2]["fvec"]

    B = np.stack([T, np.ones(5)], axis=1)
    expected = B @ np.linalg.pinv(B) - np.eye(5)
    np.testing.assert_allclose(jacobian(residuals, mode=mode)(Y), expected, atol=1e-9)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.filterwarnings("ignore:Covariance of the parameters")
def test_curve_fit_through_all_points_has_no_covariance(mode):
    def fit(y):
        best, covariance = optimize.curve_fit(line, T[:2], y)
        assert np.all(np.isinf(covariance))
        return best

    with pytest.raises(UnsupportedError, match="do not determine"):
        jacobian(lambda y: optimize.curve_fit(line, T[:1], y, method="trf")[0], mode=mode)(Y[:1])
    expected = np.linalg.inv(jacobian(lambda p: line(T[:2], p[0], p[1]))(np.ones(2)))
    np.testing.assert_allclose(jacobian(fit, mode=mode)(Y[:2]), expected, atol=1e-9)
