"""Bessel functions: the derivatives by the order, as contour integrals. For plain arrays.

Schläfli's integral (DLMF 10.9.17 and 10.32), with ``h = sinh`` for J and ``cosh`` for I ::

    C_v(x) = 1 / (2 pi i) integral of exp(x h(t) - v t)    from oo - pi i to oo + pi i

is differentiated by ``v`` under the integral. Its path is put through the saddle point ``alpha``, on
``alpha + i tau`` from ``-pi`` to ``pi``, with a half line at each end; so nothing large cancels, even
where the function is as small as 1e-300. K is an integral of positive numbers.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._shapes import quadrature

#: exp(-_FAR) is nothing.
_FAR = 42.0


@functools.cache
def _gauss(count: int) -> tuple[Any, Any]:
    """Gauss's rule on (0, 1).

    The errors of NumPy's weights add up to 1e-14 and more. These are ``2 / ((1 - x**2) P'(x)**2)``
    (Abramowitz and Stegun, 25.4.29), by the differences of Legendre's polynomials P, which are small near
    1; the rule is symmetric.
    """
    x, _ = np.polynomial.legendre.leggauss(count)
    z = np.abs(x)
    before, P, difference = 0.0 * z, 0.0 * z + 1, 0.0 * z
    for k in range(count):
        difference = (k * difference - (2 * k + 1) * (1 - z) * P) / (k + 1)
        before, P = P, P + difference
    round_one = (1 - z) * (1 + z)
    return (1 + x) / 2, round_one / (count * (before - z * P)) ** 2


def integral(function: Callable[[Any], Any], low: Any, high: Any, turns: Any = 0.0) -> Any:
    """The integral between two limits of what turns so many times, or is so many times narrower."""
    length = high - low
    most = np.max(np.where(np.isfinite(length), length * 8 + turns, 0.0), initial=0.0)
    x, w = _gauss(64 * (1 + math.ceil(min(most, 4000.0) / 64)))
    return quadrature(lambda t: function(low + t), x, w, length)


def _reach(v: Any, x: Any) -> Any:
    """Where ``v t - x cosh(t)``, or with sinh, has fallen by `_FAR` from its largest value."""
    return np.arcsinh(np.abs(v) / x) + np.arccosh(1 + _FAR / np.hypot(v, x))


def _below(v: Any, x: Any) -> Any:
    """The same to the left of that."""
    r = np.hypot(v, x)
    return np.maximum(np.arcsinh(np.abs(v) / x) - _FAR / r - np.sqrt(2 * _FAR / r), 0.0)


def _contour(n: int, v: Any, x: Any, alpha: Any, h: Any, wide: Any, turns: Any) -> Any:
    """The integral on the path through ``alpha``, divided by ``exp(shift)``, about its value there."""
    slope, back = (np.cosh, np.arcsinh) if h is np.sinh else (np.sinh, np.arccosh)
    r = x * h(alpha)
    shift = r - v * alpha

    def between(tau: Any) -> Any:
        t = alpha + 1j * tau
        level = -2 * r * np.sin(tau / 2) ** 2
        return ((-t) ** n * np.exp(level + 1j * (x * slope(alpha) * np.sin(tau) - v * tau))).real

    def half_lines(s: Any) -> Any:
        t = s + math.pi * 1j
        return ((-t) ** n * np.exp(-math.pi * 1j * (v % 2)) * np.exp(-x * h(s) - v * s - shift)).imag

    falling = np.minimum(back(h(alpha) + _FAR / x) - alpha, _FAR / np.where(v > 0, v, 1e-300))
    high = np.where(v < 0, _reach(v, x), alpha + falling)
    return (integral(between, 0.0 * r, wide, turns) + integral(half_lines, alpha, high)) / math.pi


def _at_zero(v: Any, x: Any, found: Any) -> Any:
    """What I and J are at 0; below it they are complex as functions of the order."""
    return np.where(x > 0, found, np.where((x == 0) & (v > 0), 0.0, np.nan))


def i_order(n: int, v: Any, x: Any, scaled: bool = False) -> Any:
    """The derivative of order ``n`` of ``iv(v, x)``, scaled of ``ive(v, x)``, by ``v``."""
    alpha = np.arcsinh(np.maximum(v, 0.0) / x)
    r = x * np.cosh(alpha)
    wide = np.where(r > _FAR / 2, np.arccos(1 - _FAR / np.maximum(r, _FAR / 2)), math.pi)
    above = 2 * x * np.sinh(alpha / 2) ** 2 - v * alpha  # shift - x
    size = np.exp(above if scaled else above + x)
    return _at_zero(v, x, size * _contour(n, v, x, alpha, np.cosh, wide, 2 * np.abs(v)))


def ie_order(n: int, v: Any, x: Any) -> Any:
    """The same of ``ive(v, x)``."""
    return i_order(n, v, x, scaled=True)


def j_order(n: int, v: Any, x: Any) -> Any:
    """The derivative of order ``n`` of ``jv(v, x)`` by ``v``."""
    alpha = np.arccosh(np.maximum(v / x, 1.0))
    shift = x * np.sinh(alpha) - v * alpha
    wide = math.pi + 0.0 * alpha
    return _at_zero(v, x, np.exp(shift) * _contour(n, v, x, alpha, np.sinh, wide, np.abs(v) + x))


def y_order(n: int, v: Any, x: Any) -> Any:
    """The derivative of order ``n`` of ``yv(v, x)`` by ``v``."""

    def oscillating(tau: Any) -> Any:
        return ((-1j * tau) ** n * np.exp(1j * (x * np.sin(tau) - v * tau))).imag

    def growing(t: Any) -> Any:
        turned = ((math.pi * 1j - t) ** n * np.exp(math.pi * 1j * (v % 2))).real
        return (t**n * np.exp(v * t) + turned * np.exp(-v * t)) * np.exp(-x * np.sinh(t))

    zero = 0.0 * (v + x)
    inside = integral(oscillating, zero, math.pi + zero, np.abs(v) + x)
    return np.where(x > 0, (inside - integral(growing, zero, _reach(v, x))) / math.pi, np.nan)


def k_order(n: int, v: Any, x: Any, scaled: bool = False) -> Any:
    """The derivative of order ``n`` of ``kv(v, x)``, scaled of ``kve(v, x)``, by ``v``."""
    v, sign = np.abs(v), np.where(v < 0, (-1.0) ** n, 1.0)
    top = np.arcsinh(v / x)
    size = v * top - 2 * x * np.sinh(top / 2) ** 2  # with exp(-x) taken out

    def integrand(t: Any) -> Any:
        other = np.expm1(-2 * v * t) if n % 2 else 1 + np.exp(-2 * v * t)
        return t**n * (-other if n % 2 else other) / 2 * np.exp(v * t - 2 * x * np.sinh(t / 2) ** 2 - size)

    found = integral(integrand, _below(v, x), _reach(v, x))
    return np.where(x > 0, sign * np.exp(size if scaled else size - x) * found, np.nan)


def ke_order(n: int, v: Any, x: Any) -> Any:
    """The same of ``kve(v, x)``."""
    return k_order(n, v, x, scaled=True)
