"""Compiled parts of scipy.spatial, stats and cluster in lifted code: laws, corners and refusals.

The programs of the survey (tests/survey/further_scipy.py) compare the derivatives with differences.
"""

import numpy as np
import pytest
from scipy import optimize, spatial, stats
from scipy.cluster import hierarchy, vq

import dualad
from dualad import jacobian, jvp, vjp
from dualad.errors import UnsupportedError

random = np.random.default_rng(5)
POINTS = random.uniform(-1.0, 1.0, (9, 2))
TURN = np.array([[0.0, -1.0], [1.0, 0.0]])


def both(f, x, t):
    """The tangent, after checking the cotangents against it."""
    y, moved = jvp(f, x, t)
    c = random.uniform(-1.0, 1.0, np.shape(y))
    assert np.sum(vjp(f, x)[1](c) * t) == pytest.approx(np.sum(c * moved), rel=1e-10, abs=1e-10)
    return moved


@pytest.mark.parametrize(
    "corners", [lambda p: spatial.Voronoi(p).vertices, lambda p: spatial.Delaunay(p).transform[:, 2]]
)
def test_corners_move_and_turn_with_the_points(corners):
    at = corners(POINTS)
    np.testing.assert_allclose(both(corners, POINTS, POINTS @ TURN.T), at @ TURN.T, atol=1e-10)
    np.testing.assert_allclose(both(corners, POINTS, POINTS), at, atol=1e-10)
    np.testing.assert_allclose(both(corners, POINTS, np.ones((9, 2))), np.ones_like(at), atol=1e-10)


def test_planes_of_a_hull():
    """They turn with it, and go outwards where it grows."""

    def planes(p):
        return spatial.ConvexHull(p).equations

    at = planes(POINTS)
    turned = np.column_stack([at[:, :2] @ TURN.T, np.zeros(len(at))])
    np.testing.assert_allclose(both(planes, POINTS, POINTS @ TURN.T), turned, atol=1e-12)
    grown = np.column_stack([np.zeros((len(at), 2)), at[:, 2]])
    np.testing.assert_allclose(both(planes, POINTS, POINTS), grown, atol=1e-12)


def test_a_corner_of_many_cells_has_no_derivative():
    grid = np.array([[i, j] for i in (0.0, 1.0) for j in (0.0, 1.0)])
    corner, moved = jvp(
        lambda p: spatial.Voronoi(p).vertices, grid, np.array([[1.0, 0.0], *[[0.0, 0.0]] * 3])
    )
    np.testing.assert_array_equal(corner, [[0.5, 0.5]])
    assert np.isnan(moved).all()
    planes = np.array(
        [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [1.0, 0.0, -1.0], [0.0, 1.0, -1.0], [1.0, 1.0, -2.0]]
    )

    def corners(h):
        found = spatial.HalfspaceIntersection(h, np.array([0.5, 0.5]))
        found.close()
        return found.intersections

    moved = jvp(corners, planes, np.array([*[[0.0, 0.0, 0.0]] * 4, [0.0, 0.0, 1.0]]))[1]
    many = np.all(corners(planes) == 1.0, axis=1)
    assert np.isnan(moved[many]).all()
    assert np.isfinite(moved[~many]).all()


def test_what_is_not_known_of_a_triangulation_says_so():
    with pytest.raises(AttributeError, match=r"dualad\.value"):
        jvp(lambda p: spatial.Delaunay(p).equations, POINTS, POINTS)


def test_a_cluster_has_the_mean_of_its_points():
    centres = jacobian(lambda p: vq.kmeans2(p, POINTS[:2] * 2, minit="matrix")[0])(POINTS)
    _, which = vq.kmeans2(POINTS, POINTS[:2] * 2, minit="matrix")
    for k in (0, 1):
        weights = (which == k) / np.sum(which == k)
        np.testing.assert_allclose(centres[k, 0, :, 0], weights, atol=1e-15)
        np.testing.assert_array_equal(centres[k, 0, :, 1], 0.0)


@pytest.mark.parametrize(
    "method", ["single", "complete", "average", "weighted", "centroid", "median", "ward"]
)
def test_clusters_grow_with_their_points(method):
    heights = hierarchy.linkage(POINTS, method)[:, 2]
    moved = both(lambda p: hierarchy.linkage(p, method)[:, 2], POINTS, POINTS)
    np.testing.assert_allclose(moved, heights, rtol=1e-12)


def test_isotonic_regression_is_a_projection():
    """Onto increasing sequences: within the blocks that it has found it is linear."""
    x = np.array([1.0, 3.0, 2.0, 2.5, 5.0, 4.0])
    w = np.array([1.0, 2.0, 1.0, 1.0, 3.0, 1.0])

    def fit(x):
        return optimize.isotonic_regression(x, weights=w).x

    np.testing.assert_allclose(both(fit, x, x), fit(x), rtol=1e-15)
    np.testing.assert_allclose(jacobian(fit)(x)[4], [0, 0, 0, 0, 0.75, 0.25])


def test_the_density_of_kolmogorovs_statistic():
    x = np.array([0.2, 0.35])
    for f, sign in ((stats.kstwo.cdf, 1), (stats.kstwo.sf, -1)):
        slope = dualad.derivative(lambda x, f=f: f(x, 10))(x)
        np.testing.assert_allclose(slope, sign * stats.kstwo.pdf(x, 10), rtol=1e-14)
    with pytest.raises(UnsupportedError, match=r"dualad\.value"):
        dualad.derivative(lambda x: stats.kstwo.cdf(x, 10), order=2)(0.3)
    with pytest.raises(UnsupportedError, match="by k and df"):
        dualad.derivative(lambda k: stats.studentized_range.cdf(2.0, k, 10))(3.0)


def test_two_normal_numbers_that_are_independent():
    """Of correlation 0: a product; and by their correlation the density at the corner (Plackett)."""

    def below(x, r):
        return stats.multivariate_normal.cdf(x, [0.0, 0.0], [[1.0, r], [r, 1.0]])

    x = np.array([0.3, -0.4])
    p, d = stats.norm.cdf(x), stats.norm.pdf(x)
    np.testing.assert_allclose(dualad.grad(lambda x: below(x, 0.0))(x), d * p[::-1], rtol=1e-12)
    assert dualad.derivative(lambda r: below(x, r))(0.0) == pytest.approx(d[0] * d[1], rel=1e-12)
    expected = stats.multivariate_normal.pdf(x, [0.0, 0.0], [[1.0, 0.6], [0.6, 1.0]])
    assert dualad.derivative(lambda r: below(x, r))(0.6) == pytest.approx(expected, rel=1e-12)


def test_normal_numbers_between_bounds():
    """Where one bound moves, by what is on that edge; a bound at infinity is none."""
    x = np.array([0.3, 0.4])
    slope = dualad.grad(
        lambda x: stats.multivariate_normal.cdf([np.inf, x[0]], [x[1], 0.0], [[1, 0.5], [0.5, 1]])
    )
    np.testing.assert_allclose(slope(x), [stats.norm.pdf(0.3), 0.0], rtol=1e-12)

    estimate = stats.gaussian_kde(
        np.array([[1.0, 2.0, 3.0, 5.0], [2.0, 1.0, 0.0, 1.0]]), weights=[1, 2, 3, 2]
    )
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edge = 0.7 * weights @ estimate(np.stack([np.full(40, 0.3), 0.7 * nodes - 0.3]))
    slope = dualad.grad(lambda x: estimate.integrate_box([-1.0, -1.0], x))(x)
    assert slope[0] == pytest.approx(edge, rel=1e-12)
