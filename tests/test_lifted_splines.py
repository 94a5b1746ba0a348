"""Splines of SciPy in lifted code, by the points that they go through, and on grids."""

import numpy as np
import pytest

from dualad import derivative, grad, jacobian
from dualad.errors import UnsupportedError

interpolate = pytest.importorskip("scipy.interpolate")
optimize = pytest.importorskip("scipy.optimize")

MODES = ("forward", "reverse")
X = np.array([0.0, 0.8, 1.5, 2.6, 3.1, 4.0, 5.2])
Y = np.sin(X) + 0.1 * X**2
AT = np.array([0.3, 1.1, 2.9, 3.6])
CUBIC = np.polynomial.Polynomial([0.3, -1.0, 0.7, 0.2])


def by_make(x, y, k):
    return interpolate.make_interp_spline(x, y, k=k)(AT)


def by_splrep(x, y, k):
    return interpolate.splev(AT, interpolate.splrep(x, y, k=k))


def by_class(x, y, k):
    return interpolate.UnivariateSpline(x, y, k=k, s=0)(AT)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("k", [1, 2, 3, 5])
@pytest.mark.parametrize("through", [by_make, by_splrep, by_class])
def test_points_that_move(through, k, mode):
    """Moved along the x axis by h, and by a factor, the spline is that of places moved back."""
    slope = interpolate.make_interp_spline(X, Y, k=k)(AT, 1)
    np.testing.assert_allclose(jacobian(lambda h: through(X + h, Y, k), mode=mode)(0.0), -slope, atol=1e-11)
    found = jacobian(lambda h: through(X * h, Y, k), mode=mode)(1.0)
    np.testing.assert_allclose(found, -slope * AT, atol=1e-10)
    by_y = through(X, np.eye(7), k) if through is by_make else [through(X, one, k) for one in np.eye(7)]
    expected = by_y if through is by_make else np.transpose(by_y)
    np.testing.assert_allclose(jacobian(lambda y: through(X, y, k), mode=mode)(Y), expected, atol=1e-11)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("through", [by_make, by_splrep, by_class])
def test_points_that_move_on_a_polynomial(through, mode):
    """Along it the spline stays what it is; away from it every point moves the spline by its own share."""

    def along(x):
        return through(x, CUBIC(x), 3)

    np.testing.assert_allclose(jacobian(along, mode=mode)(X), np.zeros((4, 7)), atol=1e-10)
    shares = jacobian(lambda y: through(X, y, 3), mode=mode)(CUBIC(X))
    found = jacobian(lambda x: through(x, CUBIC(X), 3), mode=mode)(X)
    np.testing.assert_allclose(found, -shares * CUBIC.deriv()(X), atol=1e-10)


@pytest.mark.parametrize("mode", MODES)
def test_what_a_univariate_spline_says_of_itself(mode):
    def spline(y):
        return interpolate.UnivariateSpline(X, y, s=0)

    for f in (lambda s: s.get_coeffs(), lambda s: s.derivatives(1.7)):
        expected = np.transpose([f(spline(one)) for one in np.eye(7)])
        np.testing.assert_allclose(jacobian(lambda y, f=f: f(spline(y)), mode=mode)(Y), expected, atol=1e-10)
    assert not np.any(jacobian(lambda y: spline(y).get_knots() + 0 * y[0], mode=mode)(Y))
    np.testing.assert_allclose(jacobian(lambda x: spline(Y).derivatives(x)[:3], mode=mode)(1.7),
                               spline(Y).derivatives(1.7)[1:], rtol=1e-12)  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_least_squares_with_knots_given(mode):
    w = np.array([1.0, 2.0, 1.0, 0.5, 1.0, 3.0, 1.0])

    def at(y):
        return interpolate.LSQUnivariateSpline(X, y, [2.5], w=w)(AT)

    expected = np.transpose([at(one) for one in np.eye(7)])
    np.testing.assert_allclose(jacobian(at, mode=mode)(Y), expected, atol=1e-11)
    # Weights of which one is large: there the spline goes through the point, and moves with it.
    heavy = np.array([1.0, 1.0, 1.0, 1e7, 1.0, 1.0, 1.0])
    slope = jacobian(lambda x: interpolate.LSQUnivariateSpline(x, Y, [2.5], w=heavy)(X[3]), mode=mode)(X)
    one = interpolate.LSQUnivariateSpline(X, Y, [2.5], w=heavy)
    np.testing.assert_allclose(slope[3], -one.derivative()(X[3]), rtol=1e-6)


LONG = np.sort(np.random.default_rng(5).uniform(0.0, 10.0, 40))
NOISY = np.sin(LONG) + 0.2 * np.cos(17 * LONG)


def smooth_by_class(x, y, s, k):
    return interpolate.UnivariateSpline(x, y, s=s, k=k)


def smooth_by_splrep(x, y, s, k):
    tck = interpolate.splrep(x, y, s=s, k=k)
    return lambda at: interpolate.splev(at, tck)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("k", [2, 3, 5])
@pytest.mark.parametrize("smooth", [smooth_by_class, smooth_by_splrep])
def test_smoothing(smooth, k, mode):
    """In other units of length or height the spline is the same; by its parameters against differences."""
    at, s = np.array([0.7, 4.2, 8.8]), 0.3
    plain = smooth(LONG, NOISY, s, k)(at)
    slope = jacobian(lambda h: smooth(LONG, NOISY * h, s * h**2, k)(at), mode=mode)(1.0)
    np.testing.assert_allclose(slope, plain, rtol=1e-8)
    slope = jacobian(lambda h: smooth(LONG * h, NOISY, s, k)(at * h), mode=mode)(1.0)
    np.testing.assert_allclose(slope, 0.0, atol=1e-7)
    right = differences(lambda s: smooth(LONG, NOISY, s, k)(at), s, 1e-6)
    slope = jacobian(lambda s: smooth(LONG, NOISY, s, k)(at), mode=mode)(s)
    np.testing.assert_allclose(slope, right, rtol=1e-6, atol=1e-7)


def differences(f, x, h):
    """Central ones, at two steps, extrapolated."""
    once, twice = ((f(x + h) - f(x - h)) / (2 * h) for h in (h, 2 * h))
    return (4 * once - twice) / 3


@pytest.mark.parametrize("mode", MODES)
def test_smoothing_that_scipy_chooses(mode):
    """As the least generalised cross-validation moves, which SciPy finds to a few digits."""

    def data(h):
        return NOISY + np.random.default_rng(8).normal(size=40) / 3 + h * np.cos(9 * LONG)

    units = [interpolate.make_smoothing_spline(LONG, unit, lam=1.0)(LONG) for unit in np.eye(40)]
    roughness = np.linalg.inv(np.transpose(units)) - np.eye(40)

    def score(log, y):
        hat = np.linalg.inv(np.eye(40) + np.exp(log) * roughness)
        return np.sum((y - hat @ y) ** 2) / (1 - np.trace(hat) / 40) ** 2

    def at(h):
        log = optimize.minimize_scalar(score, (-3.0, -0.5), args=(data(h),), tol=1e-10).x
        return interpolate.make_smoothing_spline(LONG, data(h), lam=np.exp(log))(4.2)

    slope = jacobian(lambda h: interpolate.make_smoothing_spline(LONG, data(h))(4.2), mode=mode)(0.0)
    assert slope == pytest.approx(differences(at, 0.0, 1e-3), rel=1e-3)
    fixed = interpolate.make_smoothing_spline(LONG, np.cos(9 * LONG), lam=0.2)(4.2)
    assert slope != pytest.approx(fixed, rel=5e-3)


def test_smoothing_leaves_what_it_is_asked_to():
    """But for the thousandth at which FITPACK stops, which moves, too; to smooth it again is refused."""
    spline = interpolate.UnivariateSpline

    def left(s):
        return spline(LONG, NOISY, s=s).get_residual()

    assert left(0.3) == pytest.approx(0.3, rel=1e-3)
    assert derivative(left)(0.3) == pytest.approx(differences(left, 0.3, 1e-6), rel=1e-6)
    with pytest.raises(UnsupportedError, match="make another spline"):
        derivative(lambda h: spline(LONG, NOISY * h, s=0.3).set_smoothing_factor(1.0))(1.0)


# ---------------------------------------------------------------- grids

GRID = np.array([0.0, 0.5, 1.1, 1.9, 2.4, 3.0, 3.3])
PLACES = np.array([[0.4, 1.3], [2.2, 0.7], [1.6, 2.8]])


def on_the_grid(p, q, x, y):
    return p(x)[:, None] * q(y)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", ["slinear", "cubic", "quintic"])
def test_grids(method, mode):
    """Of products the spline is the product of the splines, by values, places and the axes of the grid."""
    k = {"slinear": 1, "cubic": 3, "quintic": 5}[method]
    p, q = np.sin, np.cos
    table = on_the_grid(p, q, GRID, GRID)

    def of(values, places=PLACES, x=GRID):
        return interpolate.RegularGridInterpolator(
            (x, GRID), values, method=method, solver=interpolate_direct()
        )(places)

    one = interpolate.make_interp_spline(GRID, p(GRID), k=k)
    two = interpolate.make_interp_spline(GRID, q(GRID), k=k)
    a, b = PLACES.T
    by_value = jacobian(lambda s: of(on_the_grid(lambda x: p(s * x), q, GRID, GRID)), mode=mode)(1.0)
    moved = interpolate.make_interp_spline(GRID, GRID * np.cos(GRID), k=k)
    np.testing.assert_allclose(by_value, moved(a) * two(b), atol=1e-9)
    by_place = jacobian(lambda h: of(table, PLACES + h * np.array([1.0, -2.0])), mode=mode)(0.0)
    np.testing.assert_allclose(by_place, one(a, 1) * two(b) - 2 * one(a) * two(b, 1), atol=1e-9)
    by_axis = jacobian(lambda h: of(table, x=GRID * h), mode=mode)(1.0)
    np.testing.assert_allclose(by_axis, -a * one(a, 1) * two(b), atol=1e-9)


def interpolate_direct():
    from scipy.sparse.linalg import spsolve

    return spsolve


class Pieces(interpolate.PPoly):
    """A class of the user's, derived from one of SciPy's."""

    def __call__(self, x, nu=0, extrapolate=None):
        return super().__call__(x, nu, extrapolate)


@pytest.mark.parametrize("mode", MODES)
def test_polynomials_of_a_derived_class(mode):
    c, x = np.array([[1.0, -0.5], [0.3, 0.7]]), np.array([0.0, 1.0, 2.0])
    J = jacobian(lambda c: Pieces(c, x)(np.array([0.25, 1.5])), mode=mode)(c)
    np.testing.assert_allclose(J, [[[0.25, 0.0], [1.0, 0.0]], [[0.0, 0.5], [0.0, 1.0]]], rtol=1e-15)


def test_a_polynomial_made_on_the_way_gives_a_number_to_compute_with():
    nodes = np.arange(4.0)

    def doubled(x, kind):
        return kind(nodes, nodes**3)(x) * 2.0

    for kind in interpolate.BarycentricInterpolator, interpolate.KroghInterpolator:
        assert derivative(doubled)(0.3, kind) == pytest.approx(6 * 0.3**2)
        assert grad(doubled)(0.3, kind) == pytest.approx(6 * 0.3**2)
