"""Rules of polynomials and of convolutions, which multiply them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..contractions import MatRight
from ..errors import UnsupportedError
from ..linear import LinearMap, Take
from ..shapes import Shape, shape_of
from ..table import composed, linear_map
from ._arrays import as_array, plain

# ---------------------------------------------------------------- convolution


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
        return np.reshape(np.stack(rows), (*lanes, *self.out_shape)) if rows else self._none(lanes)

    apply = __call__

    def _none(self, lanes: Shape) -> Any:
        return np.zeros((*lanes, *self.out_shape))

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


#: The modes of convolve and correlate, which may be given by number.
_MODES = {0: "valid", 1: "same", 2: "full"}


def _convolve(which: int, y: Any, a: Any, v: Any, mode: Any = "full") -> LinearMap:
    mine, other = (a, v) if which == 0 else (v, a)
    if not shape_of(mine):
        raise UnsupportedError("np.convolve of a number has no derivative rule; write a * v")
    n, m = shape_of(mine)[0], shape_of(np.atleast_1d(other))[0]
    full = Convolve(np.atleast_1d(other), n)
    mode = _MODES.get(mode, mode)
    start = {"full": 0, "same": (min(n, m) - 1) // 2, "valid": min(n, m) - 1}[mode]
    return full >> Take(slice(start, start + shape_of(y)[0]), full.out_shape, shape_of(y))


def _correlate(which: int, y: Any, a: Any, v: Any, mode: Any = "valid") -> LinearMap:
    """The convolution with ``v`` reversed."""
    n, m = shape_of(a)[0], shape_of(v)[0]
    mode = _MODES.get(mode, mode)
    same = m - 1 - m // 2 if n >= m else n // 2
    start = {"full": 0, "same": same, "valid": min(n, m) - 1}[mode]
    part = slice(start, start + shape_of(y)[0])
    if which == 0:
        full = Convolve(np.flip(v), n)
        return full >> Take(part, full.out_shape, shape_of(y))
    full = Convolve(a, m)
    return Take(slice(None, None, -1), (m,), (m,)) >> full >> Take(part, full.out_shape, shape_of(y))


linear_map(
    np.convolve,
    lambda y, a, v, mode="full": _convolve(0, y, a, v, mode),
    lambda y, a, v, mode="full": _convolve(1, y, a, v, mode),
)
linear_map(
    np.correlate,
    lambda y, a, v, mode="valid": _correlate(0, y, a, v, mode),
    lambda y, a, v, mode="valid": _correlate(1, y, a, v, mode),
)


# ---------------------------------------------------------------- polynomials


def _coefficients(p: Any) -> Any:
    return np.atleast_1d(as_array(p))


@composed(np.polyval)
def _polyval(p: Any, x: Any) -> Any:
    x = as_array(x)
    y: Any = 0.0 * x
    for c in _coefficients(p):
        y = y * x + c
    return y


def _aligned(a1: Any, a2: Any) -> tuple[Any, Any]:
    """The coefficients with zeros in front of the shorter."""
    a1, a2 = _coefficients(a1), _coefficients(a2)
    n = max(len(a1), len(a2))
    first, second = (
        a if len(a) == n else np.concatenate([np.zeros(n - len(a), a.dtype), a]) for a in (a1, a2)
    )
    return first, second


@composed(np.polyadd)
def _polyadd(a1: Any, a2: Any) -> Any:
    first, second = _aligned(a1, a2)
    return first + second


@composed(np.polysub)
def _polysub(a1: Any, a2: Any) -> Any:
    first, second = _aligned(a1, a2)
    return first - second


def _from_leading(p: Any) -> Any:
    """The coefficients from the first that is not zero, or the last one."""
    p = _coefficients(p)
    nonzero = np.flatnonzero(p)
    return p[nonzero[0] if len(nonzero) else -1 :]


@composed(np.polymul)
def _polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(_from_leading(a1), _from_leading(a2))


@composed(np.polyder)
def _polyder(p: Any, m: int = 1) -> Any:
    p = as_array(p)
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@composed(np.polyint)
def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    p = as_array(p)
    constants = np.atleast_1d(np.zeros(m) if k is None else as_array(k))
    for i in range(m):
        constant = constants[i] if len(constants) > 1 else constants[0]
        p = np.concatenate((p / np.arange(len(p), 0, -1), np.reshape(constant, 1)))
    return p


@composed(np.polydiv)
def _polydiv(u: Any, v: Any) -> Any:
    u, v = _coefficients(u) + 0.0, _coefficients(v) + 0.0
    q, r = [], u
    n = len(v)
    for k in range(len(u) - n + 1):
        q.append(r[k] / v[0])
        r = np.concatenate((r[:k], r[k : k + n] - q[-1] * v, r[k + n :]))
    rest = np.polydiv(plain(u), plain(v))[1]
    return np.stack(q) if q else np.zeros(1), r[len(r) - len(rest) :]


@composed(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    x = np.atleast_1d(as_array(seq_of_zeros))
    if len(shape_of(x)) == 2:
        return _characteristic(x)
    p: Any = np.ones(1)
    for zero in x:
        p = np.concatenate((p, np.zeros(1))) - np.concatenate((np.zeros(1), p * zero))
    return p


def _characteristic(matrix: Any) -> Any:
    """The coefficients of det(x - matrix), by the algorithm of Faddeev and LeVerrier."""
    n = shape_of(matrix)[0]
    p = [np.asarray(1.0)]
    product: Any = np.eye(n)
    for k in range(1, n + 1):
        product = matrix @ product
        p.append(-np.trace(product) / k)
        product = product + p[-1] * np.eye(n)
    return np.stack(p)


def _roots(y: Any, p: Any) -> LinearMap:
    """p(y) = 0, hence ``t_y = -(t_p[0] y**n + ... + t_p[n]) / p'(y)``."""
    if np.iscomplexobj(plain(y)):
        raise UnsupportedError(
            "np.roots has no derivative rule where roots are complex; write the real roots by a formula, "
            "or solve for them with Newton's method"
        )
    p = np.atleast_1d(p)
    nonzero = np.flatnonzero(p)
    if not len(nonzero):
        return Take(slice(0, 0), shape_of(p), (0,))
    start = nonzero[0]
    own = p[start:]
    powers = np.vander(y, len(own))
    weights = -np.transpose(powers / np.reshape(np.polyval(np.polyder(own), y), (-1, 1)))
    return Take(slice(start, None), shape_of(p), shape_of(own)) >> MatRight(weights, shape_of(own))


linear_map(np.roots, _roots)


@composed(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    x = as_array(x)
    powers = np.arange(len(x) if N is None else N)
    return np.reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1])
