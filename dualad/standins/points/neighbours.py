"""Trees of scipy.spatial: who is near is asked of the values, how near is computed from the points."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...dual import primal, settled, stacked
from ...dual.containers import mode_in
from ..scipy_arrays import distances_of_rows, with_value

__all__ = ["TREES", "tree_class"]

Function = Callable[..., Any]


def _plain(x: Any) -> Any:
    x = settled(x)
    return primal(stacked(x) if isinstance(x, list | tuple) else x)


def _query(
    original: Function,
    tree: Any,
    x: Any,
    k: Any = 1,
    eps: Any = 0,
    p: float = 2.0,
    *more: Any,
    **options: Any,
) -> Any:
    """The distances of the nearest points, and which points these are; infinite where there are no more."""
    points = getattr(tree, "points", tree.data)
    x = settled(x)
    x = stacked(x) if isinstance(x, list | tuple) else x
    found, which = original(tree, np.ascontiguousarray(primal(x)), k, eps, p, *more, **options)
    missing = np.equal(which, len(points))
    from_here = x[..., None, :] if np.ndim(which) == np.ndim(x) else x
    y = distances_of_rows(points[np.where(missing, 0, which)], from_here, p)
    return np.where(missing, np.inf, with_value(np.where(missing, 0.0, found), y)), which


def _by_values(original: Function, *args: Any, **options: Any) -> Any:
    """Which points are near, or how many, or which go together: no derivative."""
    return original(*map(_plain, args), **{k: _plain(v) for k, v in options.items()})


def tree_class(cls: type) -> Function | None:
    """What makes a tree of this class, of points that may be Duals; None if it is not one of SciPy's."""
    if (cls.__module__, cls.__name__) not in _CLASSES:
        return None

    @functools.wraps(cls, updated=())
    def tree(data: Any, *args: Any, **options: Any) -> Any:
        points = settled(data)
        points = stacked(points) if isinstance(points, list | tuple) and mode_in(points) else points
        if mode_in(points) is None:
            return cls(points, *args, **options)
        made = _of_duals(cls)(np.ascontiguousarray(primal(points)), *args, **options)
        made.points = points
        return made

    return tree


_CLASSES = frozenset({("scipy.spatial._ckdtree", "cKDTree"), ("scipy.spatial._kdtree", "KDTree")})


@functools.cache
def _of_duals(cls: type) -> Any:
    """The class of trees that know their points as Duals."""

    def query(self: Any, *args: Any, **options: Any) -> Any:
        return _query(vars(cls)["query"], self, *args, **options)

    return type(cls.__name__, (cls,), {"query": query})


#: The last name of a module and that of a function -> its twin, which is given the function as well.
TREES: dict[tuple[str, str], Function] = {
    ("_ckdtree", "query"): _query,
    **{
        ("_ckdtree", name): _by_values
        for name in ("query_ball_point", "query_ball_tree", "query_pairs", "count_neighbors")
    },
    ("_lsap", "linear_sum_assignment"): _by_values,
}
