"""Clusters of points: what scipy.cluster has compiled, and Hausdorff's distance of two sets.

Which point goes with which is asked of the values; how far apart they are is computed from the points.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...corners import note
from ..scipy_arrays import Function, by_values, into, of_values, plain_copy, written
from .distances import distances_of_rows


def _vq(value: Any, points: Any, codes: Any) -> Any:
    """The nearest code of each point, and how far it is."""
    which, _ = value
    return which, distances_of_rows(np.atleast_2d(points.T).T, codes[which])


def _means(value: Any, points: Any, which: Any, count: int) -> Any:
    """The centre of each cluster; zeros for one without points."""
    belongs = (which == np.arange(count)[:, None]) * 1.0
    return belongs @ points / np.maximum(1.0, belongs.sum(1, keepdims=True)), value[1]


#: The numbers of the methods of `linkage` in which a cluster counts by its parts, not by its points.
_BY_PARTS = frozenset({4, 6})  # median, weighted


def _linkage(merged: Any, distances: Any, n: int, method: int = 0) -> Any:
    """Which clusters are merged, and how far apart they are: rows of two clusters, their distance, a size.

    All distances but the least and the largest are by means over the points of both: of the distances
    themselves, or of their squares, less those within each of the two.
    """
    values = plain_copy(distances)
    if len(np.unique(values)) < len(values):
        note("a choice between equal distances")
    weights = np.zeros((2 * n - 1, n))
    weights[np.arange(n), np.arange(n)] = 1.0
    pairs = merged[:, :2].astype(int)
    sizes = np.append(np.ones(n), merged[:, 3])
    for k, (i, j) in enumerate(pairs):
        parts = [0.5, 0.5] if method in _BY_PARTS else sizes[[i, j]] / sizes[n + k]
        weights[n + k] = parts[0] * weights[i] + parts[1] * weights[j]
    one, two = weights[pairs[:, 0]], weights[pairs[:, 1]]
    rows, columns = np.triu_indices(n, 1)
    if method in (0, 1):  # the nearest two points, or the farthest
        between = (one[:, rows] > 0) & (two[:, columns] > 0) | (two[:, rows] > 0) & (one[:, columns] > 0)
        away = np.where(between, values, np.inf if method == 0 else -np.inf)
        y = distances[np.argmin(away, axis=1) if method == 0 else np.argmax(away, axis=1)]
    elif method in (2, 6):  # average, weighted
        y = (one[:, rows] * two[:, columns] + two[:, rows] * one[:, columns]) @ distances
    else:  # centroid, median, ward
        across = one[:, rows] * two[:, columns] + two[:, rows] * one[:, columns]
        within = one[:, rows] * one[:, columns] + two[:, rows] * two[:, columns]
        y = (across - within) @ distances**2
        if method == 5:
            a, b = sizes[pairs].T
            y = y * (2 * a * b / (a + b))
        y = np.sqrt(y)
    return np.stack([merged[:, 0], merged[:, 1], y, merged[:, 3]], axis=1)


def _is_valid(called: Any, f: Function, tree: Any, *args: Any, **options: Any) -> Any:
    """A question about the tree; older SciPys ask it entry by entry, in a set."""
    return f(plain_copy(tree), *args, **options)


def _of_merges(original: Function, tree: Any, out: Any, n: int) -> None:
    """Heights at which clusters are merged, each one of those in the tree: which ones, by their ranks."""
    heights = plain_copy(tree)[:, 2]
    order = np.argsort(heights, kind="stable")
    ranked, found = plain_copy(tree), np.zeros(np.shape(out))
    ranked[order, 2] = np.arange(len(order))
    original(ranked, found, n)
    written(out, tree[:, 2][order[found.astype(int)]])


def _inconsistent(tree: Any, values: Any, n: int, depth: int) -> Any:
    """Of the merges up to so many levels below: the mean height, its deviation, a count, and how far off."""
    rows = []
    children = plain_copy(tree)[:, :2].astype(int) - n
    for k, height in enumerate(tree[:, 2]):
        level, below = [k], [k]
        for _ in range(depth - 1):
            level = [int(child) for i in level for child in children[i] if child >= 0]
            below += level
        heights = tree[:, 2][np.array(below)]
        mean, count = np.mean(heights), len(below)
        deviation = np.std(heights, ddof=1) if values[k, 1] > 0 else 0.0 * mean
        off = (height - mean) / deviation if values[k, 1] > 0 else 0.0 * mean
        rows.append(np.stack([mean, deviation, count + 0.0 * mean, off]))
    return np.stack(rows)


def _reordered(value: Any, tree: Any, distances: Any) -> Any:
    """The branches of a tree exchanged, which leaves its heights."""
    return np.stack([value[:, 0], value[:, 1], tree[:, 2], value[:, 3]], axis=1)


def _hausdorff(value: Any, a: Any, b: Any, *rng: Any) -> Any:
    """How far the farthest point of one set is from its nearest one of the other."""
    _, i, j = value
    return distances_of_rows(a[i], b[j]), i, j


#: The last name of a module and that of a function -> its twin, which is given the function as well.
CLUSTERS: dict[tuple[str, str], Function] = {
    ("_vq", "vq"): of_values(_vq),
    ("_vq", "update_cluster_means"): of_values(_means),
    ("_hausdorff", "directed_hausdorff"): of_values(_hausdorff),
    ("_hierarchy", "cophenetic_distances"): _of_merges,
    ("_hierarchy", "get_max_dist_for_each_cluster"): _of_merges,
    ("_hierarchy", "inconsistent"): into(1, _inconsistent),
    ("_optimal_leaf_ordering", "optimal_leaf_ordering"): of_values(_reordered),
    **{
        ("_hierarchy", name): by_values
        for name in (
            *("calculate_cluster_sizes", "cluster_in", "cluster_dist", "cluster_maxclust_dist", "prelist"),
            *("cluster_monocrit", "cluster_maxclust_monocrit", "leaders"),
        )
    },
    **{
        ("_hierarchy", name): of_values(_linkage)
        for name in ("mst_single_linkage", "nn_chain", "fast_linkage")
    },
}

#: Package and name -> ``(called, f, *arguments)``.
CLUSTERS_ASKED: dict[tuple[str, str], Function] = {("cluster", "is_valid_linkage"): _is_valid}
