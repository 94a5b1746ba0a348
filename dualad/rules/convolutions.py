"""Rules of convolutions and correlations."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..counts import Count, products
from ..linear import LinearMap, Take, reshaped
from ..shapes import shape_of, size_of
from ..table import for_each, linear_map
from .products import conjugated, conjugating


class Convolve(LinearMap):
    """The full convolution with a kernel, along the only axis."""

    __slots__ = ("kernel",)

    def __init__(self, kernel: Any, n: int):
        super().__init__((n,), (n + shape_of(kernel)[0] - 1,))
        self.kernel = kernel

    def __call__(self, t: Any) -> Any:
        lanes = shape_of(t)[:-1]
        if not lanes:
            return np.convolve(t, self.kernel)
        rows = [np.convolve(row, self.kernel) for row in np.reshape(t, (-1, self.in_shape[0]))]
        shape = (*lanes, *self.out_shape)
        return np.reshape(np.stack(rows), shape) if rows else np.zeros(shape)

    apply = __call__

    def transpose(self) -> LinearMap:
        m = shape_of(self.kernel)[0]
        back = Convolve(self.kernel[::-1], self.out_shape[0])
        n = self.in_shape[0]
        return back >> Take(slice(m - 1, m - 1 + n), back.out_shape, (n,))

    def bits(self, b: Any) -> Any:
        out = np.zeros((*b.shape[:-1], *self.out_shape), b.dtype)
        n = self.in_shape[0]
        for k in range(shape_of(self.kernel)[0]):
            out[..., k : k + n] |= b
        return out

    def stored(self) -> Any:
        return (self.kernel,)

    def arithmetic(self, lanes: int) -> Count:
        outputs = size_of(self.out_shape)
        return lanes * products(self.in_shape[0] * shape_of(self.kernel)[0], outputs)


#: The modes of convolve and correlate, which may be given by number.
_MODES = {0: "valid", 1: "same", 2: "full"}


def _convolve(which: int, y: Any, a: Any, v: Any, mode: Any = "full") -> LinearMap:
    mine, other = (a, v) if which == 0 else (v, a)
    row = shape_of(mine) or (1,)
    n, m = row[0], shape_of(np.atleast_1d(other))[0]
    full = Convolve(np.atleast_1d(other), n)
    mode = _MODES.get(mode, mode)
    start = {"full": 0, "same": (min(n, m) - 1) // 2, "valid": min(n, m) - 1}[mode]
    part = Take(slice(start, start + shape_of(y)[0]), full.out_shape, shape_of(y))
    return reshaped(shape_of(mine), row) >> full >> part


def _correlate(which: int, y: Any, a: Any, v: Any, mode: Any = "valid") -> LinearMap:
    """The convolution with ``v`` reversed, and conjugated if it is complex."""
    n, m = shape_of(a)[0], shape_of(v)[0]
    mode = _MODES.get(mode, mode)
    same = m - 1 - m // 2 if n >= m else n // 2
    start = {"full": 0, "same": same, "valid": min(n, m) - 1}[mode]
    part = slice(start, start + shape_of(y)[0])
    if which == 0:
        full = Convolve(conjugated(np.flip(v)), n)
        return full >> Take(part, full.out_shape, shape_of(y))
    full = Convolve(a, m)
    reverse = conjugating(v) >> Take(slice(None, None, -1), (m,), (m,))
    return reverse >> full >> Take(part, full.out_shape, shape_of(y))


linear_map(np.convolve, *for_each(_convolve))
linear_map(np.correlate, *for_each(_correlate))
