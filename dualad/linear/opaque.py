"""Linear maps that give no account of themselves: what they do to a tangent is all that is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..shapes import Shape, size_of
from .maps import LinearMap
from .products import strong


class Opaque(LinearMap):
    """A function that takes a tangent to a tangent; it is transposed by way of all its columns.

    An ``active`` one depends on Duals of an outer derivative call, and so may what it is applied to.
    """

    __slots__ = ("_back", "_columns", "active", "push")

    def __init__(
        self,
        push: Callable[[Any], Any],
        in_shape: Shape,
        out_shape: Shape,
        active: bool = False,
        back: Opaque | None = None,
    ) -> None:
        super().__init__(in_shape, out_shape)
        self.push = push
        self.active = active
        #: Of a transpose the map itself.
        self._back = back
        self._columns: Any = None

    def __call__(self, t: Any) -> Any:
        return self.apply(t) if self.active else super().__call__(t)

    def apply(self, t: Any) -> Any:
        lanes, shape = self.lanes(t), self.in_shape
        if not lanes:
            return self.push(t)
        each = [self.push(one if shape else one[()]) for one in np.reshape(t, (-1, *shape))]
        whole = lanes + self.out_shape
        return np.reshape(np.stack(each), whole) if each else np.zeros(whole)

    def transpose(self) -> LinearMap:
        return self._back or Opaque(self.pull, self.out_shape, self.in_shape, self.active, self)

    def bits(self, b: Any) -> Any:
        """Every output depends on every input."""
        merged = np.bitwise_or.reduce(b.reshape(len(b), -1), axis=1)
        shape = self.out_shape
        return np.broadcast_to(merged.reshape(-1, *(1 for _ in shape)), (len(b), *shape)).copy()

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
