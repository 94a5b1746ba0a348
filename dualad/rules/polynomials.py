"""Rules of polynomials: evaluated, multiplied, fitted, and their roots."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..corners import note
from ..errors import NoRuleError
from ..linear import LinearMap, Take, is_complex, plain
from ..linear.contractions import MatRight
from ..shapes import shape_of
from ..table import composed, linear_map
from ._arrays import as_array
from .products import conjugated


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


_LEFT_OUT = "a coefficient that is left out as it is zero"


def _from_leading(p: Any) -> Any:
    """The coefficients from the first that is not zero, or the last one."""
    p = _coefficients(p)
    nonzero = np.flatnonzero(plain(p))
    leading = p[nonzero[0] if len(nonzero) else -1 :]
    if hasattr(p, "tangent") and shape_of(leading) != shape_of(p):
        note(_LEFT_OUT)
    return leading


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
    if len(rest) < n - 1:
        note(_LEFT_OUT)
    return np.stack(q) if q else np.zeros(1), r[len(r) - len(rest) :]


@composed(np.poly)
def _poly(seq_of_zeros: Any) -> Any:
    x = np.atleast_1d(as_array(seq_of_zeros))
    if len(shape_of(x)) == 2:
        return _characteristic(x)
    p: Any = np.ones(1)
    for zero in x:
        p = np.concatenate((p, np.zeros(1))) - np.concatenate((np.zeros(1), p * zero))
    roots = np.sort(plain(x))
    in_pairs = is_complex(roots) and np.array_equal(roots, np.sort(np.conjugate(roots)))
    return np.real(p) if in_pairs else p  # NumPy takes the real part for these


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
    p = np.atleast_1d(p)
    nonzero = np.flatnonzero(p)
    if not len(nonzero):
        return Take(slice(0, 0), shape_of(p), (0,))
    start = nonzero[0]
    own = p[start:]
    powers, slopes = np.vander(y, len(own)), np.polyval(np.polyder(own), y)
    if np.any(np.abs(plain(slopes)) <= 1e-7 * np.polyval(np.abs(np.polyder(plain(own))), np.abs(plain(y)))):
        note("a root that is there more than once")
    weights = -np.transpose(powers / np.reshape(slopes, (-1, 1)))
    return Take(slice(start, None), shape_of(p), shape_of(own)) >> MatRight(weights, shape_of(own))


linear_map(np.roots, _roots)


@composed(np.vander)
def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    x = as_array(x)
    powers = np.arange(len(x) if N is None else N)
    return np.reshape(x, (-1, 1)) ** (powers if increasing else powers[::-1])


# ---------------------------------------------------------------- fits


@composed(np.polyfit)
def _polyfit(
    x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False
) -> Any:
    """Least squares, the columns scaled to the length 1, as NumPy does it."""
    a, b = _equations(x, y, int(deg) + 1, w)
    n, order = shape_of(a)
    scale = np.sqrt(np.sum(a * a, axis=0))
    limit = n * np.finfo(a.dtype).eps if rcond is None else rcond
    scaled = a / scale
    found, squares, _, s = np.linalg.lstsq(scaled, b, limit)
    c = found / (np.reshape(scale, (-1, 1)) if len(shape_of(b)) == 2 else scale)
    if full:
        return c, squares, None, s, None
    if not cov:
        return c
    covariance = np.linalg.inv(np.transpose(scaled) @ scaled) / np.outer(scale, scale)
    rest = b - a @ c
    squares = np.sum(np.real(rest * conjugated(rest)), axis=0) / (n - order)
    covariance = covariance if len(shape_of(b)) == 1 else covariance[:, :, None]
    return c, covariance if cov == "unscaled" else covariance * squares


def _equations(x: Any, y: Any, order: int, w: Any) -> tuple[Any, Any]:
    """Matrix and right-hand side, weighted."""
    a, b = np.vander(as_array(x) + 0.0, order), as_array(y) + 0.0
    if w is not None:
        w = np.reshape(as_array(w), (-1, 1))
        a = a * w
        b = b * (w if len(shape_of(b)) == 2 else w[:, 0])
    if is_complex(a):
        raise NoRuleError(
            "np.polyfit has no derivative for a complex x or w; pass real ones, as in np.real(x)"
        )
    return a, b
