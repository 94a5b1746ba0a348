"""Rules of functions that put entries in order: sort, partition, unique, operations on sets.

Entries that are equal share equally what becomes of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..corners import note
from ..linear import Broadcast, Chosen, LinearMap, Put, Scale, Sum, Take, plain, reshaped
from ..shapes import kept, negative_axis, shape_of, size_of, without
from ..table import composed, linear_map
from ._arrays import as_array, averaged


def _ordered(y: Any, a: Any, axis: int | None = -1, **options: Any) -> LinearMap:
    """``y`` has the entries of ``a`` in another order along the axis: each comes from its equals."""
    shape = shape_of(y)
    if not shape or not size_of(shape):
        return reshaped(shape_of(a), shape)
    n = size_of(shape)
    along = -1 if axis is None else axis
    given = shape_of(a)
    a, y = np.reshape(plain(a), shape) if axis is None else plain(a), plain(y)
    places = np.arange(n).reshape(shape)
    order_a, order_y = (np.argsort(x, axis=along, stable=True) for x in (a, y))
    sources = np.take_along_axis(places, order_a, along)
    targets = np.take_along_axis(places, order_y, along)
    came_from = np.empty(n, int)
    came_from[targets.reshape(-1)] = sources.reshape(-1)
    taken = reshaped(given, (n,)) >> Take(came_from, (n,), (n,))
    # Groups of equal entries, numbered from the front of each line.
    lines = np.moveaxis(np.take_along_axis(y, order_y, along), along, -1)
    first = np.ones(lines.shape, bool)
    first[..., 1:] = lines[..., 1:] != lines[..., :-1]
    at = (negative_axis(along, len(shape)),)
    line = kept(shape, at)
    anywhere = (
        reshaped(given, shape)
        >> Sum(shape, at)
        >> reshaped(without(shape, at), line)
        >> Broadcast(line, shape)
    )
    if first.all():
        return Chosen(taken >> reshaped((n,), shape), anywhere)
    note("the order of equal numbers")
    groups = np.empty(n, int)
    groups[np.moveaxis(targets, along, -1).reshape(-1)] = np.cumsum(first) - 1
    count = np.bincount(groups)
    m = len(count)
    shares = Scale((1.0 / count).astype(y.dtype), (m,))
    shared = taken >> Put(groups, (n,), (m,)) >> shares >> Take(groups, (m,), (n,)) >> reshaped((n,), shape)
    return Chosen(shared, anywhere)


def _sort(
    y: Any,
    a: Any,
    axis: int | None = -1,
    kind: Any = None,
    order: Any = None,
    stable: Any = None,
    descending: Any = None,
) -> LinearMap:
    return _ordered(y, a, axis)


def _partition(
    y: Any, a: Any, kth: Any, axis: int | None = -1, kind: Any = None, order: Any = None
) -> LinearMap:
    return _ordered(y, a, axis)


linear_map(np.sort, _sort)
linear_map(np.partition, _partition)


@composed(np.sort_complex)
def _sort_complex(a: Any) -> Any:
    return np.sort(a) + 0j


# ---------------------------------------------------------------- sets


def _means(x: Any, values: Any) -> Any:
    """For each of the values, which are distinct, the mean of the entries of ``x`` that are equal to it."""
    order = np.argsort(values)
    found = np.searchsorted(values[order], plain(x))
    return averaged(x, order[np.minimum(found, len(values) - 1)]) if len(values) else np.ravel(x)


@composed(np.unique)
def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    ar = as_array(ar)
    more = (None,) * (bool(return_index) + bool(return_inverse) + bool(return_counts))
    if axis is None:
        options: Any = {} if sorted else {"sorted": False}  # NumPy 2.3
        values = _means(ar, np.unique(plain(ar), equal_nan=equal_nan, **options))
    else:
        _, groups = np.unique(plain(ar), return_inverse=True, axis=axis, equal_nan=equal_nan)
        lines = np.moveaxis(ar, axis, 0)
        rest = shape_of(lines)[1:]
        each = np.arange(size_of(rest))
        flat = np.reshape(lines, (shape_of(lines)[0], -1))
        places = np.reshape(groups, (-1, 1)) * max(len(each), 1) + each
        values = np.moveaxis(np.reshape(averaged(flat, places), (-1, *rest)), 0, axis)
    return (values, *more) if more else values


def _add_unique(function: Any, more: int) -> None:
    """A function that gives the distinct values alone, or before so many arrays of places and counts."""

    @composed(function)
    def unique(x: Any) -> Any:
        found = function(plain(x))
        values = _means(as_array(x), found[0] if more else found)
        return (values, *(None,) * more) if more else values


_add_unique(np.unique_values, 0)
_add_unique(np.unique_counts, 1)
_add_unique(np.unique_inverse, 1)
_add_unique(np.unique_all, 3)


@composed(np.union1d)
def _union1d(ar1: Any, ar2: Any) -> Any:
    return np.unique(np.concatenate((ar1, ar2), axis=None))


def _distinct(x: Any, assume_unique: bool) -> Any:
    return np.ravel(x) if assume_unique else np.unique(x)


@composed(np.intersect1d)
def _intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    both = np.sort(np.concatenate((_distinct(ar1, assume_unique), _distinct(ar2, assume_unique))))
    common = both[:-1][both[1:] == both[:-1]]
    return (common, None, None) if return_indices else common


@composed(np.setxor1d)
def _setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    both = np.sort(np.concatenate((_distinct(ar1, assume_unique), _distinct(ar2, assume_unique))))
    edge = np.concatenate(([True], both[1:] != both[:-1], [True]))
    return both[edge[1:] & edge[:-1]]


@composed(np.setdiff1d)
def _setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    ar1 = _distinct(ar1, assume_unique)
    return ar1[np.isin(ar1, ar2, invert=True)]
