"""Trees of scipy.spatial: who is near is asked of the values, how near is computed from the points."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...dual import primal
from ...dual.containers import mode_in
from ...errors import NoRuleError
from ..matrices.sparse_arrays import SparseMatrix
from ..scipy_arrays import Function, as_array, by_values, with_value
from .distances import distances_of_rows


def _plain(x: Any) -> Any:
    return primal(as_array(x))


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
    points = _points(tree)
    x = as_array(x)
    found, which = original(tree, np.ascontiguousarray(primal(x)), k, eps, p, *more, **options)
    missing = np.equal(which, len(points))
    from_here = x[..., None, :] if np.ndim(which) == np.ndim(x) else x
    y = distances_of_rows(points[np.where(missing, 0, which)], from_here, p)
    return np.where(missing, np.inf, with_value(np.where(missing, 0.0, found), y)), which


def _points(tree: Any) -> Any:
    return getattr(tree, "dualad_points", tree.data)


def _distances(
    original: Function,
    tree: Any,
    other: Any,
    max_distance: Any,
    p: float = 2.0,
    output_type: str = "dok_matrix",
) -> Any:
    """The distances between the points of two trees that are near, as a sparse matrix."""
    pairs = original(tree, other, _plain(max_distance), p, output_type="coo_matrix")
    y = distances_of_rows(_points(tree)[pairs.row], _points(other)[pairs.col], p)
    y = with_value(pairs.data, y)
    if output_type == "dict":
        return {(int(i), int(j)): d for i, j, d in zip(pairs.row, pairs.col, y, strict=True)}
    if output_type == "ndarray":
        raise NoRuleError(
            "sparse_distance_matrix gives records of whole numbers and distances, which hold no derivative; "
            "write output_type='coo_matrix'"
        )
    return SparseMatrix(pairs.row, pairs.col, y, pairs.shape, output_type.partition("_")[0], is_matrix=True)


def _counted(
    original: Function, tree: Any, other: Any, r: Any, p: Any = 2.0, weights: Any = None, *cumulative: Any
) -> Any:
    """How many are near has no derivative, what they weigh together has one."""
    if mode_in(weights) is not None:
        raise NoRuleError(
            "count_neighbors has no derivative by weights; find the pairs that are near by "
            "tree.sparse_distance_matrix(other, r), and add up the products of their weights"
        )
    return original(tree, other, _plain(r), _plain(p), weights, *cumulative)


def _tree(cls: Any, data: Any, *args: Any, **options: Any) -> Any:
    """A tree of this class, of points that may be Duals."""
    points = as_array(data)
    if mode_in(points) is None:
        return cls(points, *args, **options)
    made = _of_duals(cls)(np.ascontiguousarray(primal(points)), *args, **options)
    made.dualad_points = points
    return made


@functools.cache
def _of_duals(cls: type) -> Any:
    """The class of trees that know their points as Duals."""

    def query(self: Any, *args: Any, **options: Any) -> Any:
        return _query(vars(cls)["query"], self, *args, **options)

    own = {
        "query": query,
        "data": property(lambda self: self.dualad_points),
        "maxes": property(lambda self: np.max(self.dualad_points, axis=0)),
        "mins": property(lambda self: np.min(self.dualad_points, axis=0)),
    }
    return type(cls.__name__, (cls,), own)


#: The last name of a module and that of a function -> its twin, which is given the function as well.
TREES: dict[tuple[str, str], Function] = {
    ("_ckdtree", "query"): _query,
    ("_ckdtree", "sparse_distance_matrix"): _distances,
    ("_ckdtree", "count_neighbors"): _counted,
    **{("_ckdtree", name): by_values for name in ("query_ball_point", "query_ball_tree", "query_pairs")},
    ("_lsap", "linear_sum_assignment"): by_values,
}

#: The name of a class -> what makes an object of it, given the class.
TREE_CLASSES: dict[str, Function] = {"cKDTree": _tree, "KDTree": _tree}
