"""Interpolation between scattered points in lifted code: closed forms, and differences by extrapolation."""

import inspect
import itertools

import numpy as np
import pytest

from dualad import derivative, jacobian
from dualad.errors import UnsupportedError

interpolate = pytest.importorskip("scipy.interpolate")

MODES = ("forward", "reverse")
CORNERS = np.array([[0.0, 0.0], [0.0, 3.0], [3.0, 0.0], [3.0, 3.0]])
POINTS = np.concatenate([np.random.default_rng(3).uniform(0.2, 2.8, (12, 2)), CORNERS])
VALUES = np.sin(POINTS[:, 0]) * np.cos(POINTS[:, 1])
PLACES = np.array([[0.4, 1.3], [2.2, 0.7], [1.6, 2.5]])
SLOPES = np.array([1.5, -0.7])  # of a linear function, which interpolation by triangles gives back


def difference(f, x, h=1e-2):
    """Central differences, extrapolated twice, of a number."""
    steps = [(f(x + h / 2**i) - f(x - h / 2**i)) / (2 * h / 2**i) for i in range(3)]
    first = [(4 * b - a) / 3 for a, b in itertools.pairwise(steps)]
    return (16 * first[1] - first[0]) / 15


# ---------------------------------------------------------------- radial basis functions


def radial(points, values, places, **options):
    return interpolate.RBFInterpolator(points, values, **options)(places)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "kernel",
    ["thin_plate_spline", "linear", "cubic", "quintic", "gaussian", "multiquadric",
     "inverse_multiquadric", "inverse_quadratic"],
)  # fmt: skip
def test_radial_functions(kernel, mode):
    """By the values, which they are linear in; by points, places and the width, against differences."""
    options = {"kernel": kernel, "epsilon": 1.2, "degree": 2}
    found = jacobian(lambda v: radial(POINTS, v, PLACES, **options), mode=mode)(VALUES)
    np.testing.assert_allclose(found, radial(POINTS, np.eye(16), PLACES, **options), atol=1e-9)

    weights = np.array([1.0, 2.0, 3.0])

    def moved(s):
        places, points = PLACES * (0.8 + 0.2 * s), POINTS + 0.1 * np.sin(s * POINTS)
        return weights @ radial(points, VALUES, places, kernel=kernel, epsilon=0.8 + s, degree=2)

    assert jacobian(moved, mode=mode)(0.4) == pytest.approx(difference(moved, 0.4), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_radial_functions_with_neighbours_and_smoothing(mode):
    def near(s):
        return np.sum(radial(POINTS, VALUES * s, PLACES * s, neighbors=9))

    def smooth(s):
        return np.sum(radial(POINTS, VALUES, PLACES, smoothing=s))

    assert jacobian(near, mode=mode)(0.97) == pytest.approx(difference(near, 0.97, 1e-4), rel=1e-6)
    assert jacobian(smooth, mode=mode)(0.5) == pytest.approx(difference(smooth, 0.5), rel=1e-6)


# ---------------------------------------------------------------- triangles, the nearest


@pytest.mark.parametrize(("mode", "rescale"), [("forward", False), ("reverse", True)])
def test_triangles(rescale, mode):
    def at(points, values, places):
        return interpolate.LinearNDInterpolator(points, values, rescale=rescale)(places)

    plane = POINTS @ SLOPES
    np.testing.assert_allclose(
        jacobian(lambda p: np.sum(at(POINTS, plane, p)), mode=mode)(PLACES),
        np.tile(SLOPES, (3, 1)),
        atol=1e-12,
    )
    made = interpolate.LinearNDInterpolator(POINTS, plane, rescale=rescale)
    np.testing.assert_allclose(jacobian(lambda x: made(x, 1.3), mode=mode)(0.4), SLOPES[0], atol=1e-12)
    units = at(POINTS, np.eye(16), PLACES)
    np.testing.assert_allclose(
        jacobian(lambda v: at(POINTS, v, PLACES), mode=mode)(VALUES), units, atol=1e-12
    )

    def moved(s):
        return np.sum(at(POINTS + 0.01 * np.sin(s * POINTS[:, ::-1]), VALUES, PLACES))

    assert jacobian(moved, mode=mode)(0.4) == pytest.approx(difference(moved, 0.4), rel=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_griddata(mode):
    def linear(s):
        x, y = PLACES.T
        return np.nansum(interpolate.griddata((POINTS[:, 0], POINTS[:, 1]), VALUES * s, (x * s, y)))

    def outside(s):
        return np.sum(interpolate.griddata(POINTS, VALUES, PLACES + 5, fill_value=s))

    def nearest(s):
        return np.sum(interpolate.griddata(POINTS, VALUES * s**2, PLACES * s, method="nearest"))

    assert jacobian(linear, mode=mode)(0.97) == pytest.approx(difference(linear, 0.97, 1e-3), rel=1e-8)
    assert jacobian(outside, mode=mode)(0.97) == 3.0
    expected = 2 * 0.97 * np.sum(interpolate.griddata(POINTS, VALUES, PLACES * 0.97, method="nearest"))
    assert jacobian(nearest, mode=mode)(0.97) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("method", ["linear", "cubic"])
def test_places_a_little_outside(method):
    """They are on a triangle by the tolerance that SciPy 1.18 takes: interpolated values and points, too."""
    if "simplex_tolerance" not in inspect.signature(interpolate.griddata).parameters:
        pytest.skip("since SciPy 1.18")
    plane, outside = POINTS @ SLOPES, np.array([-1e-6, 1.0])

    def on(p, values=plane, tolerance=1e10):
        return interpolate.griddata(POINTS, values, p, method, 7.0, simplex_tolerance=tolerance)[0]

    np.testing.assert_allclose(jacobian(on)(outside), SLOPES, atol=1e-5)
    assert derivative(lambda h: on(outside, h * plane))(1.0) == pytest.approx(outside @ SLOPES)
    assert jacobian(lambda p: on(p, tolerance=1.0))(outside).tolist() == [0.0, 0.0]


# ---------------------------------------------------------------- cubics on triangles


@pytest.mark.parametrize("mode", MODES)
def test_cubic_interpolation_by_heights(mode):
    """It is linear in them, to the six digits to which SciPy estimates slopes; others columns, too."""

    def at(values, **options):
        return interpolate.CloughTocher2DInterpolator(POINTS, values, **options)(PLACES)

    slope = jacobian(at, mode=mode)(VALUES)
    np.testing.assert_allclose(slope @ VALUES, at(VALUES, tol=1e-12), rtol=1e-9)
    np.testing.assert_allclose(slope @ (POINTS @ SLOPES), PLACES @ SLOPES, rtol=1e-9)
    np.testing.assert_allclose(np.sum(slope, axis=1), 1.0, rtol=1e-9)
    columns = jacobian(lambda h: at(np.stack([VALUES, h * VALUES], 1)), mode=mode)(2.0)
    np.testing.assert_allclose(columns[:, 0], 0.0, atol=1e-15)
    np.testing.assert_allclose(columns[:, 1], at(VALUES, tol=1e-12), rtol=1e-9)


@pytest.mark.parametrize("mode", MODES)
def test_cubic_interpolation_by_places(mode):
    """Against differences; outside there is nothing, and by the points no derivative."""
    surface = interpolate.CloughTocher2DInterpolator(POINTS, VALUES, rescale=True)
    slope = jacobian(lambda h: surface(PLACES + h * SLOPES), mode=mode)(0.0)
    for k, place in enumerate(PLACES):
        right = difference(lambda h, place=place: surface(place + h * SLOPES)[0], 0.0, 1e-3)
        assert slope[k] == pytest.approx(right, rel=1e-9)
    assert np.isnan(surface([[9.0, 9.0]])[0])
    with pytest.raises(UnsupportedError, match="the points"):
        derivative(lambda h: interpolate.CloughTocher2DInterpolator(POINTS * h, VALUES)(PLACES)[0])(1.0)
    assert derivative(lambda s: surface(1.0, 1.0) * s)(2.0) == surface(1.0, 1.0)
