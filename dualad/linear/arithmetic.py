"""Maps that multiply entry by entry, repeat and add up: what broadcasting needs, and its transpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..counts import Count, products
from ..shapes import Shape, broadcast_axes, kept, shape_of, size_of, without
from .maps import Identity, LinearMap
from .moves import reshaped
from .products import by_slabs, has_nan, lane_by_lane, strong, times


class Scale(LinearMap):
    """Multiply entry by entry with ``coefficient``, broadcasting as NumPy does."""

    __slots__ = ("coefficient",)

    def __init__(self, coefficient: Any, in_shape: Shape, out_shape: Shape | None = None):
        self.in_shape = in_shape
        self.out_shape = in_shape if out_shape is None else out_shape
        self.coefficient = coefficient

    def __call__(self, t: Any) -> Any:
        t = aligned(t, self.in_shape, len(self.out_shape))
        c = self.coefficient
        if type(c) is not int or not (c == 1 or c == -1):
            t = times(c, t)
        elif c == -1:
            t = -t
        return spread(t, self.in_shape, self.out_shape)

    apply = __call__

    def transpose(self) -> LinearMap:
        if self.in_shape == self.out_shape:
            return self
        return Scale(self.coefficient, self.out_shape) >> sum_to(self.out_shape, self.in_shape)

    def bits(self, b: Any) -> Any:
        return spread(aligned(b, self.in_shape, len(self.out_shape)), self.in_shape, self.out_shape)

    def stored(self) -> Sequence[Any]:
        return () if type(self.coefficient) is int else (self.coefficient,)

    def arithmetic(self, lanes: int) -> Count:
        n = lanes * size_of(self.out_shape)
        if type(self.coefficient) is int and -1 <= self.coefficient <= 1:
            return Count(additions=n) if self.coefficient == -1 else Count()
        return Count(multiplications=n)


def aligned(t: Any, in_shape: Shape, ndim: int) -> Any:
    """``t`` with axes of length 1 between its lanes and its value axes, ``ndim`` of the latter."""
    missing = ndim - len(in_shape)
    if not missing:
        return t
    shape = shape_of(t)
    lanes = shape[: len(shape) - len(in_shape)]
    return t.reshape(lanes + (1,) * missing + in_shape) if lanes else t


def spread(t: Any, in_shape: Shape, out_shape: Shape) -> Any:
    """``t`` broadcast, as an array of its own, to the trailing shape ``out_shape``."""
    shape = shape_of(t)
    n = len(out_shape)
    if in_shape == out_shape or shape[max(len(shape) - n, 0) :] == out_shape:
        return t
    lanes = shape[: max(len(shape) - n, 0)]
    return _repeated(t, lanes + out_shape)


def _repeated(t: Any, shape: Shape) -> Any:
    """``t`` broadcast, as an array of its own."""
    if type(t) is not np.ndarray:
        return np.broadcast_to(t, shape).copy()
    out = np.empty(shape, t.dtype)  # np.broadcast_to takes ten times as long
    out[...] = t
    return out


class Broadcast(LinearMap):
    """Repeat along new axes and along axes of length 1."""

    __slots__ = ()

    def _aligned(self, t: Any) -> tuple[Any, Shape]:
        """The same with axes of length 1, and the shape to broadcast it to."""
        t = np.asarray(t)
        lanes = self.lanes(t)
        missing = len(self.out_shape) - len(self.in_shape)
        return t.reshape(lanes + (1,) * missing + self.in_shape), lanes + self.out_shape

    def view(self, t: Any) -> Any:
        """What NumPy makes of it: an array that cannot be written to and needs no memory."""
        return np.broadcast_to(*self._aligned(t))

    def apply(self, t: Any) -> Any:
        return _repeated(*self._aligned(t))

    def transpose(self) -> LinearMap:
        return sum_to(self.out_shape, self.in_shape)


class BroadcastView(Broadcast):
    """The same as a view of its argument, as ``np.broadcast_to`` gives it."""

    __slots__ = ()
    looks = True

    def apply(self, t: Any) -> Any:
        return self.view(t)


def sum_to(shape: Shape, to: Shape) -> LinearMap:
    """The map that sums what broadcasting from ``to`` to ``shape`` has repeated."""
    axes = broadcast_axes(to, shape)
    if not axes:
        return Identity(shape)
    dropped = Sum(shape, axes)
    return dropped >> reshaped(dropped.out_shape, to)


class Sum(LinearMap):
    """Sum over axes (negative numbers), which disappear."""

    __slots__ = ("axes",)

    def __init__(self, in_shape: Shape, axes: Shape):
        self.in_shape = in_shape
        self.out_shape = without(in_shape, axes)
        self.axes = axes

    def apply(self, t: Any) -> Any:
        return np.add.reduce(lane_by_lane(t, len(self.in_shape)), axis=self.axes)

    def transpose(self) -> LinearMap:
        if not self.out_shape:
            return Broadcast((), self.in_shape)
        with_ones = kept(self.in_shape, self.axes)
        return reshaped(self.out_shape, with_ones) >> Broadcast(with_ones, self.in_shape)

    def bits(self, b: Any) -> Any:
        return np.bitwise_or.reduce(b, axis=self.axes)

    def arithmetic(self, lanes: int) -> Count:
        return Count(additions=lanes * max(size_of(self.in_shape) - size_of(self.out_shape), 0))


class Inner(LinearMap):
    """The sum of ``coefficient * t`` over all entries, or of ``coefficient / over * t``."""

    __slots__ = ("_coefficient", "over")

    def __init__(self, coefficient: Any, over: Any = None):
        self.in_shape = coefficient.shape
        self.out_shape = ()
        self._coefficient = coefficient
        self.over = over

    @property
    def coefficient(self) -> Any:
        """Of each entry."""
        return self._coefficient if self.over is None else self._coefficient / self.over

    def __call__(self, t: Any) -> Any:
        c = self._coefficient
        if type(t) is np.ndarray is type(c) and t.ndim == 1 == c.ndim:  # the usual one
            total = t.dot(c)
            if self.over is None:
                if total == total:
                    return total
            elif 1e-290 < abs(total) < 1e300:  # divided at last, where no product is out of range
                return total / self.over
        c = self.coefficient
        n = size_of(self.in_shape)
        lanes = self.lanes(t)
        rows, c = t.reshape(*lanes, n), c.reshape(n)
        if not lanes:
            total = np.dot(rows, c)
        elif type(rows) is np.ndarray is type(c) and c.dtype.kind != "c":
            total = np.vecdot(c, rows)  # lane by lane
        else:
            total = by_slabs(lambda slabs: np.matmul(slabs, c), rows, lanes)
        if not hasattr(total, "mode") and has_nan(total):
            return np.where(np.isnan(total), np.sum(strong(c, rows), axis=-1), total)[()]
        return total

    apply = __call__

    def transpose(self) -> LinearMap:
        return Scale(self.coefficient, (), self.in_shape)

    def bits(self, b: Any) -> Any:
        return np.bitwise_or.reduce(b, axis=tuple(range(-len(self.in_shape), 0)))

    def stored(self) -> Sequence[Any]:
        return (self._coefficient,)

    def arithmetic(self, lanes: int) -> Count:
        return products(lanes * size_of(self.in_shape), lanes)
