"""What Qhull makes of points: convex hulls, triangulations, Voronoi's cells, intersections of half spaces.

Which points go together is asked of the values; sizes, planes and corners are computed from the points.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...dual import primal, settled
from ...dual.containers import mode_in
from ...linear.solves import Undefined
from ..scipy_arrays import Function, as_array, with_value


class _OfPoints:
    """SciPy's object of the values, with what moves as the points do."""

    #: What does not, by name, and what the object is called in errors.
    _fixed: Sequence[str] = ()
    _what = ""

    def __init__(self, found: Any, points: Any):
        self._found = found
        self.points = points

    @property
    def min_bound(self) -> Any:
        """The smallest of each coordinate."""
        return np.min(self.points, axis=0)

    @property
    def max_bound(self) -> Any:
        """The largest of each coordinate."""
        return np.max(self.points, axis=0)

    def close(self) -> None:
        """No more points come."""
        self._found.close()

    def __getattr__(self, name: str) -> Any:
        if name in self._fixed:
            return getattr(self._found, name)
        raise AttributeError(
            f"{self._what} of points that are Duals has no {name}; compute it from its points, or make "
            "it of dualad.value(points) where no derivative is wanted"
        )


class _Hull(_OfPoints):
    """A convex hull."""

    _fixed = ("vertices", "simplices", "neighbors", "nsimplex", "npoints", "ndim", "coplanar", "good")
    _what = "the hull"

    def __init__(self, found: Any, points: Any):
        super().__init__(found, points)
        n = found.ndim
        corners = points[found.simplices]  # facet, corner, coordinate
        inside = np.mean(primal(corners), axis=(0, 1))
        volumes = np.abs(np.linalg.det(corners - inside)) / math.factorial(n)
        edges = corners[:, 1:] - corners[:, :1]
        grams = np.linalg.det(edges @ np.swapaxes(edges, 1, 2))
        self.volume = with_value(found.volume, np.sum(volumes))
        self.area = with_value(found.area, np.sum(np.sqrt(grams)) / math.factorial(n - 1))

    @functools.cached_property
    def equations(self) -> Any:
        """The unit normals of the facets, which point outwards, and how far the origin is below each."""
        value = self._found.equations
        m, n = len(value), self._found.ndim
        corners = self.points[self._found.simplices]
        edges = corners[:, 1:] - corners[:, :1]
        normals = []
        for k in range(n):
            axis = np.broadcast_to(np.eye(n)[k], (m, 1, n))
            normals.append(np.linalg.det(np.concatenate([edges, axis], axis=1)))
        normal = np.stack(normals, axis=-1)
        along = np.sign(np.sum(primal(normal) * value[:, :-1], axis=-1, keepdims=True))
        normal = normal * (along / np.sqrt(np.sum(normal * normal, axis=-1, keepdims=True)))
        offset = -np.sum(normal * corners[:, 0], axis=-1, keepdims=True)
        return with_value(value, np.concatenate([normal, offset], axis=-1))


class _Triangulation(_OfPoints):
    """Delaunay's triangulation."""

    _fixed = (
        *("simplices", "neighbors", "nsimplex", "npoints", "ndim", "coplanar", "good", "convex_hull"),
        *("vertex_to_simplex", "vertex_neighbor_vertices", "furthest_site"),
    )
    _what = "the triangulation"

    @functools.cached_property
    def transform(self) -> Any:
        """To coordinates by the corners of each simplex: a matrix, and below it the last corner."""
        corners = self.points[self._found.simplices]
        last = corners[:, -1:]
        matrices = np.linalg.inv(np.swapaxes(corners[:, :-1] - last, 1, 2))
        return with_value(self._found.transform, np.concatenate([matrices, last], axis=1))

    def find_simplex(self, xi: Any, *args: Any, **options: Any) -> Any:
        """Which simplices these points are in."""
        return self._found.find_simplex(primal(as_array(xi)), *args, **options)


class _Cells(_OfPoints):
    """Voronoi's cells: their corners are the centres of circles through points."""

    _fixed = (
        "ridge_points",
        "ridge_vertices",
        "ridge_dict",
        "regions",
        "point_region",
        "npoints",
        "ndim",
        "furthest_site",
    )
    _what = "Voronoi's diagram"

    @functools.cached_property
    def vertices(self) -> Any:
        """The corners; NaN where more points than needed are on a circle, as any change parts the corner."""
        value, n = self._found.vertices, self._found.ndim
        around: list[set[int]] = [set() for _ in value]
        for pair, corners in zip(self._found.ridge_points.tolist(), self._found.ridge_vertices, strict=True):
            for k in corners:
                if k >= 0:
                    around[k].update(pair)
        sorted_around = [sorted(which) for which in around]
        chosen = self.points[np.array([which[: n + 1] for which in sorted_around])]
        beside = chosen[:, 1:] - chosen[:, :1]
        right = np.sum(beside * beside, axis=-1, keepdims=True) / 2
        y = chosen[:, 0] + np.linalg.solve(beside, right)[..., 0]
        return with_value(value, y + _undefined(sorted_around, n + 1, self.points, n))


class _Intersection(_OfPoints):
    """The intersection of half spaces; here a point is a half space."""

    _fixed = ("interior_point", "dual_facets", "dual_vertices", "ninequalities", "ndim", "is_bounded")
    _what = "the intersection"

    @property
    def halfspaces(self) -> Any:
        """What it was made of."""
        return self.points

    @functools.cached_property
    def intersections(self) -> Any:
        """The corners, where planes meet; NaN where more than needed do, as any change parts the corner."""
        value, n = self._found.intersections, self._found.ndim
        planes = primal(self.points)
        finite = np.isfinite(value).all(axis=-1)
        at = np.where(finite[:, None], value, 0.0)
        below = at @ planes[:, :-1].T + planes[:, -1]
        size = abs(at) @ abs(planes[:, :-1].T) + abs(planes[:, -1])
        around = [np.flatnonzero(row).tolist() for row in (abs(below) <= 1e-10 * size) & finite[:, None]]
        chosen = self.points[np.array([which[:n] for which in self._found.dual_facets])]
        matrices = np.where(finite[:, None, None], chosen[..., :-1], np.eye(n))
        y = -np.linalg.solve(matrices, chosen[..., -1:])[..., 0]
        y = np.where(finite[:, None], y, 0.0) + _undefined(around, n, self.points, n)
        return y + np.where(finite[:, None], value - primal(y), value)


def _undefined(around: Sequence[Sequence[int]], needed: int, points: Any, n: int) -> Any:
    """Zeros for each corner; those with more around than needed get NaN when one of these moves."""
    many = [k for k, which in enumerate(around) if len(which) > needed]
    if not many:
        return 0.0
    longest = max(len(around[k]) for k in many)
    rows = np.array([[*around[k], *[around[k][0]] * (longest - len(around[k]))] for k in many])
    still = (points - primal(points))[rows]
    found = Undefined(np.True_, still.shape, (len(many), 1, n))(still)[:, 0]
    place = np.zeros(len(around), int)
    place[many] = np.arange(1, 1 + len(many))
    return np.concatenate([np.zeros((1, n)), found])[place]


_KINDS: dict[str, type[_OfPoints]] = {
    "ConvexHull": _Hull,
    "Delaunay": _Triangulation,
    "Voronoi": _Cells,
    "HalfspaceIntersection": _Intersection,
}


def _of_points(cls: Any, points: Any, *args: Any, **options: Any) -> Any:
    """One of these, of points that may be Duals."""
    points = as_array(points)
    options = {k: primal(settled(v)) for k, v in options.items()}
    found = cls(np.ascontiguousarray(primal(points)), *map(primal, settled(args)), **options)
    return found if mode_in(points) is None else _KINDS[cls.__name__](found, points)


#: The name of a class -> what makes an object of it, given the class.
HULLS: dict[str, Function] = dict.fromkeys(_KINDS, _of_points)
