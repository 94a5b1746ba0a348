"""Rules of functions that gather along axes: sums, products, extrema."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..complexes import RealPart
from ..linear import CumSum, LinearMap, Put, Recurrence, Reshape, Scale, Sum, Take, Zero, is_complex, reshaped
from ..shapes import kept, negative_axes, negative_axis, shape_of, size_of
from ..table import linear_functions, linear_map
from .elementwise import where


def _summed(y: Any, x: Any, axis: Any, weights: Any = None) -> LinearMap:
    """Sum over axes, of entries with weights: a gradient entry for each."""
    shape = shape_of(x)
    total = Sum(shape, negative_axes(axis, len(shape)))
    linear = total if weights is None else Scale(weights, shape) >> total
    out = shape_of(y)
    return linear if total.out_shape == out else linear >> Reshape(total.out_shape, out)


def _count(x: Any, axis: Any) -> int:
    shape = shape_of(x)
    return size_of(tuple(shape[a] for a in negative_axes(axis, len(shape))))


def _with_axes(y: Any, x: Any, axis: Any) -> Any:
    """The result of a reduction with its axes put back, so that it meets its input."""
    shape = shape_of(x)
    if not shape_of(y):  # a number meets anything
        return y
    return np.reshape(y, kept(shape, negative_axes(axis, len(shape)))) if shape else y


def _mean(y: Any, a: Any, axis: Any = None, keepdims: bool = False) -> LinearMap:
    # A count of zero makes NaN of the value; of the derivative of nothing nothing.
    return _summed(y, a, axis, np.asarray(1 / max(_count(a, axis), 1), getattr(a, "dtype", float))[()])


def _deviations(y: Any, a: Any, axis: Any, ddof: float) -> Any:
    mean = np.mean(a, axis=axis, keepdims=True) if shape_of(a) else a
    deviations = np.conjugate(a - mean) if is_complex(a) else a - mean
    return deviations / (_count(a, axis) - ddof)


def _real_sum(y: Any, a: Any, axis: Any, weights: Any) -> LinearMap:
    """`_summed` with a real result, of complex entries too."""
    linear = _summed(y, a, axis, weights)
    return linear >> RealPart(linear.out_shape) if is_complex(a) else linear


def _var(y: Any, a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> LinearMap:
    return _real_sum(y, a, axis, 2 * _deviations(y, a, axis, ddof))


def _std(y: Any, a: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> LinearMap:
    s = _with_axes(y, a, axis)
    # All entries equal: a kink, 0 by the convention of norm'(0).
    return _real_sum(y, a, axis, _quotient(_deviations(y, a, axis, ddof), s))


def _quotient(a: Any, b: Any) -> Any:
    """``a / b``, and zero where ``b`` is."""
    zero = b == 0
    if not np.any(zero):
        return a / b
    return where(zero, 0.0, a / where(zero, 1.0, b))


def _shares(a: Any, extremum: Any, axis: Any) -> Any:
    """What each entry has of an extremum: ties share equally."""
    if not shape_of(a):
        return 1.0
    at = a == extremum
    return at / np.sum(at, axis=axis, keepdims=True).astype(getattr(a, "dtype", float))


def _extremum(y: Any, a: Any, axis: Any = None, keepdims: bool = False) -> LinearMap:
    if size_of(shape_of(y)) == 1 and shape_of(a):
        at = (a == y).nonzero()
        if len(at[0]) == 1:  # no tie: the entry itself
            return Take(at, shape_of(a), (1,)) >> reshaped((1,), shape_of(y))
    return _summed(y, a, axis, _shares(a, _with_axes(y, a, axis), axis))


def _ptp(y: Any, a: Any, axis: Any = None, keepdims: bool = False) -> LinearMap:
    """The maximum minus the minimum."""
    largest, smallest = (
        (np.max(a, axis=axis, keepdims=True), np.min(a, axis=axis, keepdims=True)) if shape_of(a) else (a, a)
    )
    return _summed(y, a, axis, _shares(a, largest, axis) - _shares(a, smallest, axis))


def _others(x: Any, axis: int) -> Any:
    """For each entry the product of the others along the axis: no division, so zeros are no matter."""
    n = len(shape_of(x))
    at: list[Any] = [slice(None)] * n

    def part(piece: Any) -> Any:
        return x[(*at[: n + axis], piece, *at[n + axis + 1 :])]

    one = np.ones_like(part(slice(0, 1)))
    before = np.cumprod(np.concatenate([one, part(slice(None, -1))], axis=axis), axis=axis)
    after = np.cumprod(np.concatenate([one, part(slice(None, 0, -1))], axis=axis), axis=axis)
    return before * np.flip(after, axis)


def _prod(y: Any, a: Any, axis: Any = None, keepdims: bool = False) -> LinearMap:
    shape = shape_of(a)
    axes = negative_axes(axis, len(shape))
    if not shape or not size_of(shape):
        return _summed(y, a, axis)
    if len(axes) == 1:
        return _summed(y, a, axis, _others(a, axes[0]))
    # Several axes: bring them to the end, as one.
    rest = tuple(i for i in range(-len(shape), 0) if i not in axes)
    order = rest + axes
    last = np.transpose(a, order)
    flat = np.reshape(last, (*(shape[i] for i in rest), -1))
    weights = np.reshape(_others(flat, -1), shape_of(last))
    return _summed(y, a, axis, np.transpose(weights, np.argsort([i + len(shape) for i in order])))


def _cumsum(y: Any, a: Any, axis: int | None = None) -> LinearMap:
    shape = shape_of(a)
    return reshaped(shape, shape_of(y)) >> CumSum(
        shape_of(y), -1 if axis is None else negative_axis(axis, len(shape))
    )


def _cumprod(y: Any, a: Any, axis: int | None = None) -> LinearMap:
    """``y[i] = x[i] y[i-1]``, hence ``t_y[i] = y[i-1] t_x[i] + x[i] t_y[i-1]``."""
    shape = shape_of(y)
    x = np.reshape(a, shape)
    at = -1 if axis is None else negative_axis(axis, len(shape))
    first: Any = (..., slice(0, 1), *(slice(None),) * (-1 - at))
    but_last: Any = (..., slice(None, -1), *(slice(None),) * (-1 - at))
    before = np.concatenate([np.ones_like(x[first]), y[but_last]], axis=at)
    return reshaped(shape_of(a), shape) >> Scale(before, shape) >> Recurrence(x, at)


linear_map(np.sum, lambda y, a, axis=None, keepdims=False: _summed(y, a, axis))
linear_map(np.mean, _mean)
linear_map(np.var, _var)
linear_map(np.std, _std)
linear_map(np.max, _extremum)
linear_map(np.min, _extremum)
linear_map(np.amax, _extremum)
linear_map(np.amin, _extremum)
linear_map(np.prod, _prod)
linear_map(np.cumsum, _cumsum)
linear_map(np.cumprod, _cumprod)
linear_map(np.ptp, _ptp)


linear_functions(np.sum, np.mean, np.cumsum)


def _sort(y: Any, a: Any, axis: int | None = -1, kind: Any = None, stable: Any = None) -> LinearMap:
    """A permutation; entries that are equal share equally what becomes of them."""
    shape = shape_of(y)
    n = size_of(shape)
    order = np.argsort(a, axis=axis, stable=True)
    places = np.arange(size_of(shape_of(a))).reshape(shape_of(a))
    sources = places.reshape(-1)[order] if axis is None else np.take_along_axis(places, order, axis)
    taken = reshaped(shape_of(a), (n,)) >> Take(sources, (n,), shape)
    along = -1 if axis is None else axis
    tied = np.zeros(shape, bool)
    rest = (slice(None),) * (len(shape) - 1)
    np.moveaxis(tied, along, 0)[(slice(1, None), *rest)] = np.equal(
        *(np.moveaxis(y, along, 0)[(piece, *rest)] for piece in (slice(1, None), slice(None, -1)))
    )
    if not tied.any():
        return taken
    groups = np.moveaxis(
        (np.cumsum(np.moveaxis(~tied, along, -1)) - 1).reshape(np.moveaxis(tied, along, -1).shape), -1, along
    )
    count = np.bincount(groups.reshape(-1))
    m = len(count)
    return (
        taken
        >> Put(groups, shape, (m,))
        >> Scale((1.0 / count).astype(getattr(a, "dtype", float)), (m,))
        >> Take(groups, (m,), shape)
    )


linear_map(np.sort, _sort)
linear_map(np.round, lambda y, a, decimals=0: Zero(shape_of(a), shape_of(y)))
