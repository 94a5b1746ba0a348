"""Mathieu's functions and their characteristic values, by ``q`` and the angle.

The Fourier coefficients of ``ce_m`` and ``se_m`` are an eigenvector of a symmetric tridiagonal matrix
``D + q W`` (DLMF 28.4), and the characteristic value is its eigenvalue; so their Taylor coefficients in
``q`` follow one from the other (Rayleigh and Schroedinger's perturbation series).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import scipy.special as sp

from ..table import elementwise
from ._exponential import cosdg
from ._parts import degree
from ._shapes import quiet

# ---------------------------------------------------------------- the matrix


def _matrix(even: bool, m: int, size: int) -> tuple[Any, Any, int]:
    """For ``ce_m`` (even) or ``se_m`` the waves' numbers, whose squares are D, then W, and the place of m."""
    first = m % 2 if even else 2 - m % 2
    on = np.arange(first, first + 2 * size, 2)
    corner = 0.0 if m % 2 == 0 else 1.0 if even else -1.0
    beside = np.ones(size - 1)
    if first == 0:
        beside[0] = math.sqrt(2.0)
    w = np.diag(beside, 1) + np.diag(beside, -1)
    w[0, 0] = corner
    return on, w, (m - first) // 2


def _taylor(even: bool, n: int, m: int, q: float) -> tuple[Any, Any, Any]:
    """The Taylor coefficients in q, up to the order n, of the value and of the vector; the waves' numbers."""
    size = 20 + m // 2 + int(2 * math.sqrt(abs(q)))
    on, w, place = _matrix(even, m, size)
    values, vectors = np.linalg.eigh(np.diag(on**2.0) + q * w)
    apart = values - values[place]
    apart[place] = math.inf
    start = vectors[:, place]
    # ce_m(0) > 0 and se_m'(0) > 0
    start = start * np.sign(
        np.sum(start[on == 0]) / math.sqrt(2) + np.sum((start * (1 if even else on))[on > 0])
    )
    lams, vs = [values[place]], [start]
    for k in range(1, n + 1):
        push = w @ vs[k - 1]
        lams.append(start @ push - sum(lams[j] * (start @ vs[k - j]) for j in range(1, k)))
        right = sum((lams[j] * vs[k - j] for j in range(1, k + 1)), start=-push)
        moved = vectors @ ((vectors.T @ right) / apart)
        vs.append(moved - start * sum(vs[j] @ vs[k - j] for j in range(1, k)) / 2)
    return np.array(lams), np.array(vs), on


def _by_entries(one: Callable[..., float], name: str) -> Callable[..., Any]:
    function = np.vectorize(one, otypes=[float])

    def by_entries(*args: Any) -> Any:
        return function(*args)

    by_entries.__name__ = name
    return quiet(by_entries)


def _characteristic(even: bool, n: int) -> Callable[..., Any]:
    """The derivative of order n by q of ``mathieu_a`` (even) or ``mathieu_b``."""

    def one(m: float, q: float) -> float:
        if m != int(m) or m < (not even) or not math.isfinite(q):
            return math.nan
        return float(_taylor(even, n, int(m), q)[0][n]) * math.factorial(n)

    return _by_entries(one, f"mathieu_{'a' if even else 'b'}_{n}")


def _wave(even: bool, n: int, j: int) -> Callable[..., Any]:
    """The derivative of order n by q and j by the angle, in degrees as SciPy has it, of ce or se."""

    def one(m: float, q: float, x: float) -> float:
        if m != int(m) or m < (not even) or not math.isfinite(q):
            return math.nan
        _, vs, on = _taylor(even, n, int(m), q)
        c = vs[n] * np.where(on == 0, math.sqrt(0.5), 1.0) * math.factorial(n)
        phase = math.radians(x) * on + (j if even else j - 1) * math.pi / 2
        return float(np.sum(c * on**j * np.cos(phase)))

    return _by_entries(one, f"mathieu_{'ce' if even else 'se'}_{n}_{j}")


# ---------------------------------------------------------------- the same in mpmath


def _mp_pair(c: Any, even: bool, m: int, q: Any) -> tuple[Any, Any, Any]:
    return _mp_pair_to(c, c.dps, even, m, q)


@lru_cache(64)
def _mp_pair_to(c: Any, digits: int, even: bool, m: int, q: Any) -> tuple[Any, Any, Any]:
    """The eigenvalue and vector, from those of doubles by Rayleigh's quotient iteration."""
    size = 12 + m // 2 + int(2 * math.sqrt(abs(float(q)))) + digits // 4
    on, w, place = _matrix(even, m, size)
    v = c.matrix([c.mpf(float(a)) for a in np.linalg.eigh(np.diag(on**2.0) + float(q) * w)[1][:, place]])
    matrix = q * c.matrix([[c.sqrt(round(a * a)) * int(np.sign(a)) for a in row] for row in w])
    for k in range(size):
        matrix[k, k] += int(on[k]) ** 2
    for _ in range(4 + int(math.log(digits, 3))):
        lam = (v.T * matrix * v)[0]
        if c.norm(matrix * v - lam * v) < c.eps * (abs(lam) + 1) * 10:
            break
        v = c.lu_solve(matrix - lam * c.eye(size), v)
        v /= c.norm(v)
    size_at_0 = sum(
        a * (c.sqrt(0.5) if k == 0 else 1 if even else int(k)) for a, k in zip(v, on, strict=True)
    )
    return lam, [a * c.sign(size_at_0) for a in v], on


def _mp_wave(even: bool) -> Callable[..., Any]:
    def both(c: Any, m: int, q: Any, x: Any) -> Any:
        _, v, on = _mp_pair(c, even, int(m), q)
        z = c.radians(x)
        pairs = [(a * (c.sqrt(0.5) if k == 0 else 1), int(k)) for a, k in zip(v, on, strict=True)]
        if even:
            return c.fsum(a * c.cos(k * z) for a, k in pairs), -c.fsum(a * k * c.sin(k * z) for a, k in pairs)
        return c.fsum(a * c.sin(k * z) for a, k in pairs), c.fsum(a * k * c.cos(k * z) for a, k in pairs)

    return both


# ---------------------------------------------------------------- the table

_Q, _ANGLES = (-10.0, 20.0), (-90.0, 180.0)


@cache
def characteristic(even: bool, n: int) -> Callable[..., Any]:
    """That derivative as a function with a rule."""
    return elementwise(
        _characteristic(even, n),
        "order m",
        lambda y, m, q: characteristic(even, n + 1)(m, q),
        mp=lambda c, m, q: c.diff(lambda q: _mp_pair(c, even, int(m), q)[0], q, n),
        domain=([int(not even), 1, 2, 3, 6], _Q),
        real=True,
    )


@cache
def wave(even: bool, n: int, j: int) -> Callable[..., Any]:
    """And that of the wave, by the angle in radians."""
    return elementwise(
        _wave(even, n, j),
        "order m",
        lambda y, m, q, x: wave(even, n + 1, j)(m, q, x),
        lambda y, m, q, x: degree(x) * wave(even, n, j + 1)(m, q, x),
        mp=None,
        domain=([int(not even), 1, 2, 3, 6], _Q, _ANGLES),
        real=True,
    )


for _even, _value, _function in ((True, sp.mathieu_a, sp.mathieu_cem), (False, sp.mathieu_b, sp.mathieu_sem)):
    _orders = [int(not _even), 1, 2, 3, 6]
    _of_q = elementwise(
        _value,
        "order m",
        lambda y, m, q, even=_even: characteristic(even, 1)(m, q),
        mp=lambda c, m, q, even=_even: _mp_pair(c, even, int(m), q)[0],
        domain=(_orders, _Q),
    )
    elementwise(
        _function,
        "order m",
        (
            lambda y, m, q, x, even=_even: wave(even, 1, 0)(m, q, x),
            lambda y, m, q, x, even=_even: wave(even, 1, 1)(m, q, x),
        ),
        (
            lambda y, m, q, x: degree(x) * y[1],
            lambda y, m, q, x, value=_of_q: degree(x) * (2 * q * cosdg(2 * x) - value(m, q)) * y[0],
        ),
        mp=_mp_wave(_even),
        domain=(_orders, _Q, _ANGLES),
    )
