"""Rules of functions that pick entries, and of those that make arrays like another one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linear import Diagonal, LinearMap, Put, Take, Zero
from ..shapes import negative_axis, shape_of
from ..table import elementwise, linear_functions, linear_map, passed
from .elementwise import where
from .shaping import moved


def _take(y: Any, a: Any, indices: Any, axis: int | None = None) -> LinearMap:
    if axis is None:
        return moved(np.take, a, indices)
    at = negative_axis(axis, len(shape_of(a)))
    return Take((..., np.asarray(indices), *(slice(None),) * (-1 - at)), shape_of(a), shape_of(y))


def _fresh(y: Any, a: Any, *args: Any, **keywords: Any) -> LinearMap:
    return Zero(shape_of(a), shape_of(y))


linear_map(np.take, _take)
linear_map(np.take_along_axis, lambda y, arr, indices, axis=-1: moved(np.take_along_axis, arr, indices, axis))
linear_map(np.diag, lambda y, v, k=0: _diag(y, v, k))
linear_map(np.diagonal, lambda y, a, offset=0, axis1=0, axis2=1: _diagonal(y, a, offset, axis1, axis2))
linear_map(np.zeros_like, lambda y, a, dtype=None, shape=None: _fresh(y, a))
linear_map(np.ones_like, lambda y, a, dtype=None, shape=None: _fresh(y, a))
linear_map(np.empty_like, lambda y, a, dtype=None, shape=None: _fresh(y, a))

linear_functions(np.take, np.take_along_axis, np.diag, np.diagonal, np.zeros_like)


def _diagonal(y: Any, a: Any, offset: int, axis1: int, axis2: int) -> LinearMap:
    n = len(shape_of(a))
    return Diagonal(shape_of(a), shape_of(y), offset, (negative_axis(axis1, n), negative_axis(axis2, n)))


def _diag(y: Any, v: Any, k: int = 0) -> LinearMap:
    if len(shape_of(v)) == 2:
        return _diagonal(y, v, k, 0, 1)
    n = shape_of(v)[0]
    rows = np.arange(n) + max(-k, 0)
    return Put((rows, rows + k), (n,), shape_of(y))


passed(
    np.shape,
    np.ndim,
    np.size,
    np.argmax,
    np.argmin,
    np.argsort,
    np.nonzero,
    np.flatnonzero,
    np.argwhere,
    np.searchsorted,
    np.count_nonzero,
    np.all,
    np.any,
    np.allclose,
    np.isclose,
    np.array_equal,
    np.result_type,
    np.iscomplexobj,
    np.isrealobj,
    np.shares_memory,
    np.may_share_memory,
)

#: A choice between branches: the one not taken has no part in the derivative, NaN or not.
elementwise(
    np.where, "condition", lambda y, c, a, b: where(c, 1.0, 0.0), lambda y, c, a, b: where(c, 0.0, 1.0)
)
