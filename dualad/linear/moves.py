"""Maps that move entries: reshape, permute, take, put.

What they do to a tangent they do to bit sets and to any other entries as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..counts import Count
from ..shapes import Index, Shape, full_index, gathered_first, is_basic, size_of
from .maps import Identity, LinearMap


def reshaped(in_shape: Shape, out_shape: Shape) -> LinearMap:
    """`Reshape`, or nothing where there is nothing to do."""
    return Identity(in_shape) if in_shape == out_shape else Reshape(in_shape, out_shape)


class Reshape(LinearMap):
    """The same entries, in the same order, in another shape."""

    __slots__ = ()
    looks = True

    def apply(self, t: Any) -> Any:
        t = np.asarray(t)
        return t.reshape(self.lanes(t) + self.out_shape)

    def transpose(self) -> LinearMap:
        return Reshape(self.out_shape, self.in_shape)


class Permute(LinearMap):
    """Axes in another order: axis ``i`` of the output is axis ``axes[i]`` (negative) of the input."""

    __slots__ = ("axes",)
    looks = True

    def __init__(self, in_shape: Shape, axes: Shape):
        self.in_shape = in_shape
        self.out_shape = tuple([in_shape[a] for a in axes])
        self.axes = axes

    def apply(self, t: Any) -> Any:
        t = np.asarray(t)
        lanes = t.ndim - len(self.axes)
        return t.transpose(*range(lanes), *(t.ndim + a for a in self.axes))

    def transpose(self) -> LinearMap:
        n = len(self.axes)
        back = [0] * n
        for i, a in enumerate(self.axes):
            back[a] = i - n
        return Permute(self.out_shape, tuple(back))


class View(LinearMap):
    """A view of entries, made by `apply`; its transpose puts them back where it looks."""

    __slots__ = ()
    looks = True

    def transpose(self) -> LinearMap:
        places = self.apply(np.arange(size_of(self.in_shape)).reshape(self.in_shape))
        return Put(np.unravel_index(places, self.in_shape), self.out_shape, self.in_shape)


class Window(View):
    """What a view shows of a vector: the entries from ``first`` on, ``steps`` apart along each axis."""

    __slots__ = ("first", "steps")

    def __init__(self, in_shape: Shape, out_shape: Shape, first: int, steps: Shape):
        self.in_shape = in_shape
        self.out_shape = out_shape
        self.first = first
        self.steps = steps

    def apply(self, t: Any) -> Any:
        t = np.asarray(t)
        *lanes, step = t.strides
        shape, strides = t.shape[:-1] + self.out_shape, (*lanes, *[step * s for s in self.steps])
        if t.flags.c_contiguous:  # in a tenth of the time
            return np.ndarray(shape, t.dtype, t, self.first * step, strides)
        return np.lib.stride_tricks.as_strided(t[..., self.first :], shape, strides)


class Diagonal(View):
    """``np.diagonal``: the entries along a diagonal of two axes (negative)."""

    __slots__ = ("axes", "offset")

    def __init__(self, in_shape: Shape, out_shape: Shape, offset: int, axes: Shape):
        super().__init__(in_shape, out_shape)
        self.offset = offset
        self.axes = axes

    def apply(self, t: Any) -> Any:
        view = np.diagonal(t, self.offset, *self.axes)
        view.flags.writeable = np.asarray(t).flags.writeable  # np.einsum("ii->i", x) can be assigned to
        return view


class Take(LinearMap):
    """``x[index]``; entries may be taken several times."""

    __slots__ = ("basic", "first", "index")

    def __init__(self, index: Any, in_shape: Shape, out_shape: Shape):
        self.in_shape = in_shape
        self.out_shape = out_shape
        self.index: Index = full_index(index, len(in_shape))
        kind = type(index)
        self.basic = kind is slice or kind is int or (kind is not np.ndarray and is_basic(self.index))
        self.first = 0 if self.basic or kind is np.ndarray else gathered_first(self.index)

    def count(self, lanes: int = 1) -> Count:
        return Count(touched=2 * lanes * size_of(self.out_shape))

    def apply(self, t: Any) -> Any:
        t = np.asarray(t)
        lanes = t.ndim - len(self.in_shape)
        if not lanes:
            return t[self.index]
        taken = t[(slice(None),) * lanes + self.index]
        if self.first:
            taken = np.moveaxis(taken, range(self.first), range(lanes, lanes + self.first))
        return taken

    def transpose(self) -> LinearMap:
        return Put(self.index, self.out_shape, self.in_shape)

    def stored(self) -> Sequence[Any]:
        return _arrays_of(self.index)


def _arrays_of(index: Index) -> list[Any]:
    return [i for i in index if isinstance(i, np.ndarray)]


class Put(LinearMap):
    """Zeros with the input added at ``index``: the transpose of `Take`."""

    __slots__ = ("first", "index")

    def __init__(self, index: Any, in_shape: Shape, out_shape: Shape):
        self.in_shape = in_shape
        self.out_shape = out_shape
        self.index = full_index(index, len(out_shape))
        self.first = gathered_first(self.index)

    def _put(self, t: Any, add: Callable[..., Any]) -> Any:
        t = np.asarray(t)
        shape = self.lanes(t)
        lanes = len(shape)
        out = np.zeros(shape + self.out_shape, t.dtype)
        if self.first and lanes:
            t = np.moveaxis(t, range(lanes, lanes + self.first), range(self.first))
        index = (slice(None),) * lanes + self.index
        if is_basic(self.index):
            out[index] = t
        else:
            add(out, index, t)
        return out

    def apply(self, t: Any) -> Any:
        return self._put(t, np.add.at)

    def transpose(self) -> LinearMap:
        return Take(self.index, self.out_shape, self.in_shape)

    def bits(self, b: Any) -> Any:
        return self._put(b, np.bitwise_or.at)

    def stored(self) -> Sequence[Any]:
        return _arrays_of(self.index)


class Mask(LinearMap):
    """Everything but the entries at ``index``, which become zero."""

    __slots__ = ("index",)

    def __init__(self, index: Any, shape: Shape):
        super().__init__(shape, shape)
        self.index = full_index(index, len(shape))

    def apply(self, t: Any) -> Any:
        out = np.array(t)
        out[(slice(None),) * (out.ndim - len(self.in_shape)) + self.index] = 0
        return out

    def transpose(self) -> LinearMap:
        return self

    def stored(self) -> Sequence[Any]:
        return _arrays_of(self.index)
