"""Linear maps that give no account of themselves: what they do to a tangent is all that is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..shapes import Shape, shape_of, size_of
from .maps import LinearMap
from .products import strong

__all__ = ["Opaque"]


class Opaque(LinearMap):
    """A function that takes a tangent to a tangent; it is transposed by way of all its columns.

    An ``active`` one depends on Duals of an outer derivative call, and so may what it is applied to.
    """

    __slots__ = ("_columns", "active", "push")

    def __init__(
        self, push: Callable[[Any], Any], in_shape: Shape, out_shape: Shape, active: bool = False
    ) -> None:
        super().__init__(in_shape, out_shape)
        self.push = push
        self.active = active
        self._columns: Any = None

    def __call__(self, t: Any) -> Any:
        return self.apply(t) if self.active else super().__call__(t)

    def apply(self, t: Any) -> Any:
        return _each(self.push, t, self.lanes(t), self.out_shape)

    def transpose(self) -> LinearMap:
        return _Transposed(self)

    def bits(self, b: Any) -> Any:
        return _all_bits(b, self.out_shape)

    def columns(self, dtype: Any = float) -> Any:
        """What becomes of each unit tangent, stacked."""
        if self._columns is None:
            units = np.eye(size_of(self.in_shape)).reshape(-1, *self.in_shape).astype(dtype)
            self._columns = np.stack([self.push(one if self.in_shape else float(one)) for one in units])
        return self._columns

    def pull(self, ct: Any) -> Any:
        """The transpose, applied."""
        columns = self.columns()
        return np.reshape(np.sum(strong(columns, ct), axis=tuple(range(1, columns.ndim))), self.in_shape)


class _Transposed(LinearMap):
    """The transpose of an `Opaque`."""

    __slots__ = ("of",)

    def __init__(self, of: Opaque):
        super().__init__(of.out_shape, of.in_shape)
        self.of = of

    def __call__(self, t: Any) -> Any:
        return self.apply(t) if self.of.active else super().__call__(t)

    def apply(self, t: Any) -> Any:
        return _each(self.of.pull, t, self.lanes(t), self.out_shape)

    def transpose(self) -> LinearMap:
        return self.of

    def bits(self, b: Any) -> Any:
        return _all_bits(b, self.out_shape)


def _all_bits(b: Any, shape: Shape) -> Any:
    """Every output depends on every input."""
    merged = np.bitwise_or.reduce(b.reshape(len(b), -1), axis=1)
    return np.broadcast_to(merged.reshape(-1, *(1 for _ in shape)), (len(b), *shape)).copy()


def _each(function: Callable[[Any], Any], t: Any, lanes: Shape, out_shape: Shape) -> Any:
    """The function of each lane."""
    if not lanes:
        return function(t)
    shape = shape_of(t)[len(lanes) :]
    each = [function(one if shape else one[()]) for one in np.reshape(t, (-1, *shape))]
    return np.reshape(np.stack(each), lanes + out_shape) if each else np.zeros(lanes + out_shape)
