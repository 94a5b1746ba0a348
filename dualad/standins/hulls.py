"""Convex hulls of scipy.spatial: which points are corners is asked of the values, the rest computed."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import primal, settled, stacked
from ..dual.containers import mode_in
from .scipy_arrays import with_value

__all__ = ["hull_class"]


def hull_class(cls: type) -> Callable[..., Any] | None:
    """What makes a convex hull of points that may be Duals; None for another class."""
    if cls.__name__ != "ConvexHull" or not cls.__module__.startswith("scipy.spatial"):
        return None

    @functools.wraps(cls, updated=())
    def hull(points: Any, *args: Any, **options: Any) -> Any:
        points = settled(points)
        points = stacked(points) if isinstance(points, list | tuple) else points
        found = cls(np.ascontiguousarray(primal(points)), *args, **options)
        return found if mode_in(points) is None else _Hull(found, points)

    return hull


class _Hull:
    """The hull of points that are Duals: SciPy's, with sizes that move with the points."""

    def __init__(self, hull: Any, points: Any):
        self._hull = hull
        self.points = points
        corners = points[hull.simplices]  # facet, corner, coordinate
        n = hull.ndim
        inside = np.mean(primal(corners), axis=(0, 1))
        volumes = np.abs(np.linalg.det(corners - inside)) / math.factorial(n)
        edges = corners[:, 1:] - corners[:, :1]
        grams = np.linalg.det(edges @ np.swapaxes(edges, 1, 2))
        self.volume = with_value(hull.volume, np.sum(volumes))
        self.area = with_value(hull.area, np.sum(np.sqrt(grams)) / math.factorial(n - 1))

    def __getattr__(self, name: str) -> Any:
        if name in ("vertices", "simplices", "neighbors", "nsimplex", "npoints", "ndim", "coplanar", "good"):
            return getattr(self._hull, name)
        raise AttributeError(f"the hull of points that are Duals has no {name}; compute it from its vertices")
