"""Rules of functions that gather along axes: sums, products, extrema."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ..corners import is_tidying, note
from ..linear import (
    Chosen,
    CumSum,
    Identity,
    Inner,
    LinearMap,
    Mask,
    Recurrence,
    Reshape,
    Scale,
    Sum,
    Take,
    Zero,
    is_complex,
    plain,
    reshaped,
)
from ..linear.complexes import RealPart
from ..shapes import along, kept, negative_axes, negative_axis, shape_of, size_of
from ..table import RULES, composed, linear_map
from .elementwise import where as choose
from .shaping import moved


def _summed(y: Any, x: Any, axis: Any, weights: Any = None, where: Any = True) -> LinearMap:
    """Sum over axes, of entries with weights: a gradient entry for each."""
    shape = shape_of(x)
    axes = negative_axes(axis, len(shape))
    if weights is not None and where is True and len(axes) == len(shape) > 0 and shape_of(weights) == shape:
        return Inner(weights) if not shape_of(y) else Inner(weights) >> Reshape((), shape_of(y))
    total = Sum(shape, axes)
    linear = total if weights is None else Scale(weights, shape) >> total
    return left_out(where, shape) >> linear >> reshaped(total.out_shape, shape_of(y))


def left_out(where: Any, shape: Any) -> LinearMap:
    """What ``where=`` leaves out becomes zero."""
    if where is True or not shape:
        return Identity(shape) if where is True or np.all(where) else Scale(0.0, shape)
    return Mask(np.nonzero(np.broadcast_to(~np.asarray(where, bool), shape)), shape)


def _count(x: Any, axis: Any, where: Any = True) -> Any:
    """How many entries come together, with their axes kept if that is not the same everywhere."""
    shape = shape_of(x)
    axes = negative_axes(axis, len(shape))
    if where is True or not shape:
        return size_of(tuple(shape[a] for a in axes))
    return np.sum(np.broadcast_to(where, shape), axis=axes, keepdims=True)


def _with_axes(y: Any, x: Any, axis: Any) -> Any:
    """The result of a reduction with its axes put back, so that it meets its input."""
    shape = shape_of(x)
    if not shape_of(y):  # a number meets anything
        return y
    return np.reshape(y, kept(shape, negative_axes(axis, len(shape)))) if shape else y


def _mean(
    y: Any, a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> LinearMap:
    # A count of zero makes NaN of the value; of the derivative of nothing nothing.
    share = 1 / np.maximum(_count(a, axis, where), 1)
    return _summed(y, a, axis, share.astype(getattr(a, "dtype", float))[()], where)


def _deviations(a: Any, axis: Any, ddof: float, mean: Any, where: Any) -> Any:
    if not shape_of(a):
        return a - a
    if mean is None:
        mean = np.mean(a, axis=axis, keepdims=True, where=where)
    free = _count(a, axis, where) - ddof
    if where is not True:
        free = np.maximum(free, 0).astype(np.empty(0, a.dtype).real.dtype)
    return (np.conjugate(a - mean) if is_complex(a) else a - mean) / free


def _real_sum(y: Any, a: Any, axis: Any, weights: Any, where: Any) -> LinearMap:
    """`_summed` with a real result, of complex entries too."""
    linear = _summed(y, a, axis, weights, where)
    return linear >> RealPart(linear.out_shape) if is_complex(a) else linear


def _var(
    y: Any, a: Any, axis: Any = None, dtype: Any = None, ddof: float = 0, keepdims: bool = False,
    where: Any = True, mean: Any = None, correction: float = 0, root: bool = False,
) -> LinearMap:  # fmt: skip
    """Of the variance, or its root: 0 where all entries are equal, by the convention of norm'(0)."""
    weights = _deviations(a, axis, ddof or correction, mean, where)
    return _real_sum(y, a, axis, _quotient(weights, _with_axes(y, a, axis)) if root else 2 * weights, where)


def _quotient(a: Any, b: Any) -> Any:
    """``a / b``, and zero where ``b`` is."""
    zero = b == 0
    if zero is False or zero is np.False_ or not np.any(zero):
        return a / b
    return choose(zero, 0.0, a / choose(zero, 1.0, b))


def tie_shares(a: Any, extremum: Any, axis: Any, initial: Any = None, where: Any = True) -> Any:
    """What each entry has of an extremum: ties share equally."""
    if not shape_of(a):
        return 1.0 if initial is None else choose(a == initial, 0.5, choose(a == extremum, 1.0, 0.0))
    at = np.equal(a, extremum)
    one_each = initial is None and where is True and np.count_nonzero(at) == size_of(shape_of(extremum))
    if one_each and np.all(np.equal(extremum, extremum)):  # no ties, and no NaN
        return at.astype(getattr(a, "dtype", float))
    note("the largest or smallest of equal numbers")
    at = at & where
    count = np.sum(at, axis=axis, keepdims=True)
    if initial is not None:  # one more candidate
        count = np.maximum(count + (extremum == initial), 1)
    return at / count.astype(getattr(a, "dtype", float))


def _extremum(
    y: Any, a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> LinearMap:
    if initial is None and where is True and size_of(shape_of(y)) == 1 and shape_of(a):
        places = (a == y).nonzero()
        if len(places[0]) == 1:  # no tie: the entry itself
            shape = shape_of(a)
            index = int(places[0][0]) if len(shape) == 1 else tuple([int(place[0]) for place in places])
            entry = Chosen(Take(index, shape, ()), Sum(shape, negative_axes(None, len(shape))))
            return entry if not shape_of(y) else entry >> Reshape((), shape_of(y))
    return _summed(y, a, axis, tie_shares(a, _with_axes(y, a, axis), axis, initial, where), where)


@composed(np.ptp)
def _ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)


def products_of_others(x: Any) -> Any:
    """For each entry the product of the others along the last axis: no division, so zeros are no matter."""
    one = np.ones_like(x[..., :1])
    before = np.cumprod(np.concatenate([one, x[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([one, x[..., :0:-1]], axis=-1), axis=-1)
    return before * np.flip(after, -1)


#: The smallest number with all its digits.
_TINY = np.finfo(float).tiny


def _prod(
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = 1.0,
    where: Any = True,
) -> LinearMap:
    shape = shape_of(a)
    axes = negative_axes(axis, len(shape))
    if not shape or not size_of(shape) or not axes:
        return _summed(y, a, axis, initial, where)
    if type(y) is np.float64 and where is True and type(a) is np.ndarray and _TINY < abs(y) < np.inf:
        return _summed(y, a, axis, y / a)  # no factor is zero
    factors = a if where is True else choose(np.broadcast_to(where, shape), a, 1.0)
    end = tuple(range(-len(axes), 0))
    last = np.moveaxis(factors, axes, end)
    weights = products_of_others(np.reshape(last, (*shape_of(last)[: -len(axes)], -1)))
    back = np.moveaxis(np.reshape(weights, shape_of(last)), end, axes)
    return _summed(y, a, axis, initial * back, where)


def _cumsum(y: Any, a: Any, axis: int | None = None, dtype: Any = None) -> LinearMap:
    shape = shape_of(y)  # a number becomes an array of one
    at = -1 if axis is None else negative_axis(axis, len(shape))
    return reshaped(shape_of(a), shape) >> CumSum(shape, at)


def _is_safe(x: Any) -> bool:
    """Whether quotients by these numbers, and sums of as large ones, are within range."""
    size = np.abs(x)
    return bool(size.size and size.min() > 1e-140 and size.max() < 1e140)


def _cumprod(y: Any, a: Any, axis: int | None = None, dtype: Any = None) -> LinearMap:
    """``y[i] = x[i] y[i-1]``, hence ``t_y[i] = y[i-1] t_x[i] + x[i] t_y[i-1]``."""
    shape = shape_of(y)
    x = np.reshape(a, shape)
    at = -1 if axis is None else negative_axis(axis, len(shape))
    if _is_safe(plain(x)) and _is_safe(plain(y)):  # t_y = y * cumsum(t_x / x)
        return reshaped(shape_of(a), shape) >> Scale(1 / x, shape) >> CumSum(shape, at) >> Scale(y, shape)
    first, but_last = along(at, slice(0, 1)), along(at, slice(None, -1))
    before = np.concatenate([np.ones_like(x[first]), y[but_last]], axis=at)
    return reshaped(shape_of(a), shape) >> Scale(before, shape) >> Recurrence(x, at)


def _sum(
    y: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = 0.0,
    where: Any = True,
) -> LinearMap:
    return _summed(y, a, axis, None, where)


linear_map(np.sum, _sum, linear=True)
linear_map(np.mean, _mean, linear=True)
linear_map(np.var, _var)
linear_map(np.std, functools.partial(_var, root=True), squared=np.var)
linear_map(np.max, _extremum)
linear_map(np.min, _extremum)
linear_map(np.amax, _extremum)
linear_map(np.amin, _extremum)
linear_map(np.prod, _prod)
linear_map(np.cumsum, _cumsum, linear=True)
linear_map(np.cumprod, _cumprod)


def _so_far(y: Any, array: Any, axis: int = 0) -> LinearMap:
    """The extremum of the entries so far; those that are equal share equally."""
    shape = shape_of(y)
    at = negative_axis(axis, len(shape))
    places = np.arange(shape[at]).reshape(-1, *(1,) * (-1 - at))
    hits = np.equal(array, y)
    starts = np.array(y != np.take(y, np.maximum(np.arange(shape[at]) - 1, 0), axis=at))
    first = along(at, slice(0, 1))
    starts[first] = True
    latest = np.maximum.accumulate(np.where(starts, places, 0), axis=at)
    if np.array_equal(hits, starts):
        return Chosen(moved(np.take_along_axis, array, latest, at), CumSum(shape, at))
    note("the largest or smallest of equal numbers")
    before = np.cumsum(hits, axis=at) - hits
    count = np.cumsum(hits, axis=at) - np.take_along_axis(before, latest, at)
    dtype = getattr(array, "dtype", float)
    shared = (
        Scale(hits.astype(dtype), shape)
        >> Recurrence((~starts).astype(dtype), at)
        >> Scale((1 / np.maximum(count, 1)).astype(dtype), shape)
    )
    return Chosen(shared, CumSum(shape, at))


for _ufunc in (np.maximum, np.minimum):
    linear_map(_ufunc.accumulate, _so_far)
    RULES[_ufunc.accumulate].name = f"{_ufunc.__name__}.accumulate"


def _round(y: Any, a: Any, decimals: int = 0) -> LinearMap:
    return Identity(shape_of(a)) if is_tidying(decimals) else Zero(shape_of(a), shape_of(y))


linear_map(np.round, _round)
linear_map(np.around, _round)


@composed(np.fix, exact=True)
def _fix(x: Any) -> Any:
    return np.trunc(x)  # as NumPy 2.5 asks for


def _accumulated(accumulate: Any, first: float, x: Any, axis: Any, include_initial: bool) -> Any:
    if axis is None:  # which NumPy allows for one axis only
        axis = -1
    y = accumulate(x, axis=axis)
    if not include_initial:
        return y
    shape = list(shape_of(y))
    shape[axis] = 1
    return np.concatenate([np.full(shape, first, getattr(y, "dtype", float)), y], axis=axis)


if hasattr(np, "cumulative_sum"):  # NumPy 2.1

    @composed(np.cumulative_sum)
    def _cumulative_sum(x: Any, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
        return _accumulated(np.cumsum, 0.0, x, axis, include_initial)

    @composed(np.cumulative_prod)
    def _cumulative_prod(x: Any, axis: Any = None, dtype: Any = None, include_initial: bool = False) -> Any:
        return _accumulated(np.cumprod, 1.0, x, axis, include_initial)
