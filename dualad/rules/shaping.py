"""Rules of functions that only move entries: reshape, transpose, concatenate, ...

Where NumPy returns a view of the value, the map returns a view of the tangent, so that both alias
alike. Functions that always copy are written once, as `moves`: they are run on the places of
the entries, which says where each one goes.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..linear import BroadcastView, LinearMap, Permute, Put, Reshape, Take, plain, reshaped
from ..shapes import Shape, negative_axes, negative_axis, shape_of, size_of
from ..table import RULES, LinearRule, composed, elementwise, linear_map

copy = elementwise(np.copy, 1)


def _places(x: Any) -> Any:
    """The places of the entries, laid out in memory as the array is: order="K" looks at that."""
    x = plain(x)
    places = np.empty_like(x, dtype=int) if isinstance(x, np.ndarray) else np.empty(shape_of(x), int)
    places[...] = np.arange(places.size).reshape(places.shape)
    return places


def moved(function: Callable[..., Any], x: Any, *args: Any, **keywords: Any) -> LinearMap:
    """The map of a function that only moves entries, found by running it on their places."""
    shape = shape_of(x)
    n = size_of(shape)
    places = function(_places(x), *args, **keywords)
    return reshaped(shape, (n,)) >> Take(places, (n,), places.shape)


def moves(*functions: Callable[..., Any], linear: bool = False) -> None:
    """Add functions that copy entries of their first argument to other places."""
    for function in functions:
        _moves(function, linear)


def _moves(function: Callable[..., Any], linear: bool) -> None:
    def the_map(y: Any, x: Any, *args: Any, **keywords: Any) -> LinearMap:
        return moved(function, x, *args, **keywords)

    names = tuple(inspect.signature(function).parameters)
    keywords = frozenset(names) - {"out"}
    RULES[function] = LinearRule(function, (the_map,), function.__name__, "", keywords, names[:1], linear)


def gathers(*functions: Callable[..., Any]) -> None:
    """Add functions that put the entries of several arrays into one."""
    for function in functions:
        linear_map(function, _gathered(function), several="first", linear=True)


def _gathered(function: Callable[..., Any]) -> Callable[..., Any]:
    def the_map(
        y: Any, i: int, arrays: Sequence[Any], axis: Any = None, dtype: Any = None, casting: str = ""
    ) -> LinearMap:
        return placed(functools.partial(function, **({} if axis is None else {"axis": axis})), i, arrays)

    return the_map


def placed(function: Callable[[list[Any]], Any], i: int, arrays: Sequence[Any]) -> LinearMap:
    """The map of one of the arrays whose entries a function puts into one: numbers of entries tell where."""
    shape = shape_of(arrays[i])
    n = size_of(shape)
    labels = [np.full(shape_of(a), -1) for a in arrays]
    labels[i] = np.arange(n).reshape(shape)
    sources = np.asarray(function(labels))
    at = np.nonzero(sources >= 0)
    taken = sources[at]
    return reshaped(shape, (n,)) >> Take(taken, (n,), taken.shape) >> Put(at, taken.shape, sources.shape)


def _reshape(
    y: Any, a: Any, shape: Any = None, order: str = "C", copy: Any = None, newshape: Any = None
) -> LinearMap:
    if order == "F" or (order == "A" and _runs_backwards(a)):
        reverse = _reversed(shape_of(a))
        there = reverse >> Reshape(reverse.out_shape, shape_of(y)[::-1])
        return there >> _reversed(there.out_shape)
    return Reshape(shape_of(a), shape_of(y))


def _ravel(y: Any, a: Any, order: str = "C") -> LinearMap:
    if order != "K":
        return _reshape(y, a, order=order)
    array = _array(a)
    once = tuple(slice(None) if stride else slice(1) for stride in array.strides)
    if array[once].shape != array.shape:  # repeated by np.broadcast_to: NumPy alone knows the order
        places = np.empty_like(array[once], int)
        places[...] = np.arange(array.size).reshape(array.shape)[once]
        places = np.ravel(np.broadcast_to(places, array.shape), "K")
        return reshaped(array.shape, places.shape) >> Take(places, places.shape, places.shape)
    order_in_memory = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    in_memory = _permuted(array.shape, order_in_memory)
    return in_memory >> Reshape(in_memory.out_shape, shape_of(y))


def _array(x: Any) -> Any:
    """The array inside a Dual of an outer call."""
    return np.asarray(plain(x))


def _runs_backwards(x: Any) -> bool:
    """Whether the entries lie in memory with the first axis running fastest."""
    flags = _array(x).flags
    return bool(flags.f_contiguous and not flags.c_contiguous)


def _reversed(shape: Shape) -> LinearMap:
    return _permuted(shape, range(len(shape))[::-1])


def _permuted(shape: Shape, axes: Sequence[int]) -> LinearMap:
    n = len(shape)
    return Permute(shape, tuple(negative_axis(a, n) for a in axes))


def _transpose(y: Any, a: Any, axes: Any = None) -> LinearMap:
    if isinstance(axes, int | np.integer):
        axes = (axes,)
    return _reversed(shape_of(a)) if axes is None else _permuted(shape_of(a), axes)


def _swapaxes(y: Any, a: Any, axis1: int, axis2: int) -> LinearMap:
    order = list(range(len(shape_of(a))))
    order[axis1], order[axis2] = order[axis2], order[axis1]
    return _permuted(shape_of(a), order)


def _moveaxis(y: Any, a: Any, source: Any, destination: Any) -> LinearMap:
    n = len(shape_of(a))
    sources = [int(s) % n for s in np.atleast_1d(source)]
    destinations = [int(d) % n for d in np.atleast_1d(destination)]
    order = [a for a in range(n) if a not in sources]
    for d, s in sorted(zip(destinations, sources, strict=True)):
        order.insert(d, s)
    return _permuted(shape_of(a), order)


def _flip(y: Any, m: Any, axis: Any = None) -> LinearMap:
    n = len(shape_of(m))
    flipped = negative_axes(axis, n)
    index = tuple(slice(None, None, -1) if a in flipped else slice(None) for a in range(-n, 0))
    return Take(index, shape_of(m), shape_of(y))


def _resized(y: Any, a: Any, *args: Any, **keywords: Any) -> LinearMap:
    return reshaped(shape_of(a), shape_of(y))


linear_map(np.reshape, _reshape, linear=True)
linear_map(np.ravel, _ravel, linear=True)
linear_map(np.squeeze, lambda y, a, axis=None: _resized(y, a), linear=True)
linear_map(np.expand_dims, lambda y, a, axis: _resized(y, a), linear=True)
linear_map(np.transpose, _transpose, linear=True)
linear_map(np.swapaxes, _swapaxes, linear=True)
linear_map(np.moveaxis, _moveaxis, linear=True)
linear_map(np.flip, _flip, linear=True)
linear_map(np.flipud, lambda y, m: _flip(y, m, 0), linear=True)
linear_map(np.fliplr, lambda y, m: _flip(y, m, 1), linear=True)
linear_map(np.broadcast_to, lambda y, array, shape, subok=False: BroadcastView(shape_of(array), shape_of(y)))
moves(np.roll, np.repeat, np.tile, linear=True)
moves(np.delete, np.resize)


@composed(np.rollaxis, exact=True)
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis, n = axis % len(shape_of(a)), len(shape_of(a))
    start = start + n if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@composed(np.rot90, exact=True)
def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    first, second = axes
    k %= 4
    if not k:
        return m[...]
    if k == 2:
        return np.flip(np.flip(m, first), second)
    if k == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


gathers(np.hstack, np.vstack, np.column_stack, np.dstack)


def _concatenate(
    y: Any, i: int, arrays: Sequence[Any], axis: Any = 0, dtype: Any = None, casting: str = ""
) -> LinearMap:
    shape = shape_of(arrays[i])
    if axis is None:
        start = sum(size_of(shape_of(a)) for a in arrays[:i])
        n = size_of(shape)
        return reshaped(shape, (n,)) >> Put(slice(start, start + n), (n,), shape_of(y))
    start = sum([shape_of(a)[axis] for a in arrays[:i]])
    at = [slice(None)] * len(shape)
    at[axis] = slice(start, start + shape[axis])
    return Put(tuple(at), shape, shape_of(y))


linear_map(np.concatenate, _concatenate, several="first", linear=True)


def _stack(
    y: Any, i: int, arrays: Sequence[Any], axis: int = 0, dtype: Any = None, casting: str = ""
) -> LinearMap:
    shape = shape_of(y)
    after = -1 - negative_axis(axis, len(shape))
    whole = (slice(None),)
    return Put((*whole * (len(shape) - 1 - after), i, *whole * after), shape_of(arrays[i]), shape)


linear_map(np.stack, _stack, several="first", linear=True)
