"""Rules of functions that pick entries, and of those that make arrays like another one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linear import Broadcast, Diagonal, Identity, LinearMap, Mask, Put, Take, Zero, plain
from ..shapes import along, negative_axis, shape_of
from ..table import FLAT, composed, elementwise, linear_map
from ._arrays import as_array
from .elementwise import indicator, where
from .shaping import moved, moves


def _take(y: Any, a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> LinearMap:
    if axis is None:
        return moved(np.take, a, indices, mode=mode)
    shape = shape_of(a)
    at = negative_axis(axis, len(shape))
    indices = np.asarray(indices)
    if mode == "wrap":
        indices = indices % shape[at]
    elif mode == "clip":
        indices = np.clip(indices, 0, shape[at] - 1)
    return Take(along(at, indices), shape, shape_of(y))


def _fresh(
    y: Any,
    a: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    device: Any = None,
) -> LinearMap:
    return Zero(shape_of(a), shape_of(y))


def _diagonal(y: Any, a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> LinearMap:
    n = len(shape_of(a))
    return Diagonal(shape_of(a), shape_of(y), offset, (negative_axis(axis1, n), negative_axis(axis2, n)))


def _diag(y: Any, v: Any, k: int = 0) -> LinearMap:
    if len(shape_of(v)) == 2:
        return _diagonal(y, v, k)
    n = shape_of(v)[0]
    rows = np.arange(n) + max(-k, 0)
    return Put((rows, rows + k), (n,), shape_of(y))


def _triangle(y: Any, m: Any, k: int, upper: bool) -> LinearMap:
    """Nothing but one of the triangles; of a vector, one in each row."""
    shape, out = shape_of(m), shape_of(y)
    rows, columns = out[-2:]
    outside = np.tri(rows, columns, k - 1, bool) if upper else ~np.tri(rows, columns, k, bool)
    whole: LinearMap = Broadcast(shape, out) if shape != out else Identity(shape)
    return whole >> Mask((..., *np.nonzero(outside)), out)


linear_map(np.take, _take, linear=True)
moves(np.take_along_axis, linear=True)
linear_map(np.diag, _diag, linear=True)
linear_map(np.diagonal, _diagonal, linear=True)
linear_map(np.tril, lambda y, m, k=0: _triangle(y, m, k, False), linear=True)
linear_map(np.triu, lambda y, m, k=0: _triangle(y, m, k, True), linear=True)
linear_map(np.zeros_like, _fresh, linear=True)
linear_map(np.ones_like, _fresh)
linear_map(
    np.empty_like,
    lambda y, prototype, dtype=None, order="K", subok=True, shape=None, device=None: _fresh(y, prototype),
)


@composed(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.ravel(v), k)


@composed(np.compress)
def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    return np.take(a, np.flatnonzero(condition), axis=axis)


@composed(np.extract)
def _extract(condition: Any, arr: Any) -> Any:
    return np.ravel(arr)[np.flatnonzero(condition)]


@composed(np.choose, lists=True)
def _choose(a: Any, choices: Any, mode: str = "raise") -> Any:
    which = np.asarray(plain(a))
    n = len(choices)
    which = np.clip(which, 0, n - 1) if mode == "clip" else which % n
    y = choices[0]
    for k in range(1, n):
        y = where(which == k, choices[k], y)
    return np.broadcast_to(y, np.broadcast_shapes(which.shape, *(shape_of(as_array(c)) for c in choices)))


@composed(np.select, lists=True)
def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    y = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        y = np.where(plain(condition), choice, y)
    return y


#: A choice between branches: the one not taken has no part in the derivative, NaN or not.
elementwise(np.where, FLAT, lambda y, c, a, b: indicator(c), lambda y, c, a, b: 1.0 - indicator(c))
