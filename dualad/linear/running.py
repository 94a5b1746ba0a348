"""Maps that run along an axis: running sums, and recurrences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..counts import Count
from ..shapes import Index, Shape, along, shape_of, size_of
from .maps import LinearMap
from .products import strong


class CumSum(LinearMap):
    """Running sums along an axis (negative), from the front or from the back."""

    __slots__ = ("axis", "backwards")

    def __init__(self, shape: Shape, axis: int, backwards: bool = False):
        super().__init__(shape, shape)
        self.axis = axis
        self.backwards = backwards

    def arithmetic(self, lanes: int) -> Count:
        return Count(additions=lanes * size_of(self.in_shape))

    def _run(self, t: Any, accumulate: Callable[..., Any]) -> Any:
        if self.backwards:
            t = np.flip(t, self.axis)
        t = accumulate(t, axis=self.axis)
        return np.flip(t, self.axis) if self.backwards else t

    def apply(self, t: Any) -> Any:
        return self._run(t, np.add.accumulate)

    def transpose(self) -> LinearMap:
        return CumSum(self.in_shape, self.axis, not self.backwards)

    def bits(self, b: Any) -> Any:
        return self._run(b, np.bitwise_or.accumulate)


class Recurrence(LinearMap):
    """``s[i] = t[i] + factor[i] * s[i-1]`` along an axis (negative), or from the back."""

    __slots__ = ("axis", "backwards", "factor")

    def __init__(self, factor: Any, axis: int, backwards: bool = False):
        super().__init__(shape_of(factor), shape_of(factor))
        self.factor = factor
        self.axis = axis
        self.backwards = backwards

    def _at(self, i: int) -> Index:
        return along(self.axis, i)

    def _run(self, t: Any, step: Callable[[Any, Any, Any], Any]) -> Any:
        n = self.in_shape[self.axis]
        if not n:
            return t
        steps = range(n - 1, -1, -1) if self.backwards else range(n)
        parts: list[Any] = [None] * n
        running = None
        for i in steps:
            at = self._at(i)
            if running is None:
                running = t[at]
            else:
                running = step(t[at], self.factor[self._at(i + 1) if self.backwards else at], running)
            parts[i] = running
        return np.stack(parts, axis=self.axis)

    def __call__(self, t: Any) -> Any:
        return self._run(t, lambda t, f, s: t + strong(f, s))

    apply = __call__

    def transpose(self) -> LinearMap:
        return Recurrence(self.factor, self.axis, not self.backwards)

    def bits(self, b: Any) -> Any:
        return self._run(b, lambda t, f, s: t | s)

    def stored(self) -> Sequence[Any]:
        return (self.factor,)

    def arithmetic(self, lanes: int) -> Count:
        n = lanes * size_of(self.in_shape)
        return Count(additions=n, multiplications=n)
