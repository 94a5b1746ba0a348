"""Functions that NumPy has not, for plain arrays: derivatives of sinc, Bessel functions I_n, polygamma.

With the order as an argument each is closed under differentiation, so that a derivative of any
order is computed as directly as the first.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np


def _in_double_precision(function: Callable[[int, Any], Any]) -> Callable[[int, Any], Any]:
    """The function of an order and of floats of any kind, which it answers in, as NumPy's own do."""

    @functools.wraps(function)
    def of_any(n: int, x: Any) -> Any:
        x = np.asarray(x)
        result = function(n, x.astype(np.float64))
        return result.astype(x.dtype)[()] if x.dtype.kind == "f" else result[()]

    return of_any


@_in_double_precision
def sinc_derivative(n: int, x: Any) -> Any:
    """The derivative of order ``n >= 1`` of ``sin(pi x) / (pi x)``.

    With ``s[n]`` for it, differentiating ``x s = sin(pi x) / pi`` gives ::

        x s[n] + n s[n-1] = pi**(n-1) sin(pi x + n pi/2)

    which loses digits for small x. There the power series is taken.
    """
    near = np.abs(x) <= (n + 1) / 4
    series, recurrence = _sinc_series(n, np.where(near, x, 0.0)), _sinc_recurrence(n, np.where(near, 1.0, x))
    return np.where(near, series, recurrence)


def _sinc_series(n: int, x: Any) -> Any:
    odd = n % 2
    squared = (math.pi * x) ** 2
    total = np.zeros_like(x)
    for k in range(5 * n + odd + 24, n - 1 + odd, -2):  # the power of pi x, before it was differentiated
        total = total * -squared + 1 / ((k + 1) * math.factorial(k - n))
    return (-1) ** ((n + odd) // 2) * math.pi ** (n + odd) * x**odd * total


def _sinc_recurrence(n: int, x: Any) -> Any:
    # x modulo 2 and its distance from a multiple of 1/2 are exact, pi x would not be.
    turns = np.fmod(x, 2.0)
    quarters = np.rint(2 * turns)
    angle = math.pi * (turns - quarters / 2)
    sine, cosine = np.sin(angle), np.cos(angle)
    result = np.zeros_like(x)
    for k in range(n + 1):
        quadrant = (quarters + k) % 4
        wave = np.where(quadrant % 2 == 0, sine, cosine) * np.where(quadrant < 2, 1.0, -1.0)
        result = (math.pi ** (k - 1) * wave - k * result) / x
    return result


@_in_double_precision
def bessel_i(n: int, x: Any) -> Any:
    """The modified Bessel function ``I_n(x)`` of integer order ``n >= 0``.

    Below 8 the power series, whose terms are all positive; above it Chebyshev expansions for n = 0
    and 1 (computed with mpmath) and ``I[n+1] = I[n-1] - 2n/x I[n]`` upwards.
    """
    size = np.abs(x)
    near = size < _NEAR
    result = np.where(near, _i_series(n, np.where(near, x, 0.0)), _i_far(n, np.where(near, _NEAR, size)))
    return np.where(near | (x > 0) | (n % 2 == 0), result, -result)


_NEAR = 8.0


def _i_series(n: int, x: Any) -> Any:
    half = x / 2
    squared = half * half
    total = np.zeros_like(x)
    for k in range(26, -1, -1):
        total = total * squared + 1 / (math.factorial(k) * math.factorial(k + n))
    return total * half**n


def _i_far(n: int, x: Any) -> Any:
    t = 2 * _NEAR / x - 1
    scale = np.exp(x) / np.sqrt(x)
    below, result = (np.polynomial.chebyshev.chebval(t, c) * scale for c in _I_CHEBYSHEV)
    if n == 0:
        return below
    for k in range(1, n):
        below, result = result, below - 2 * k / x * result
    return result


#: sqrt(x) exp(-x) I_n(x) for n = 0 and 1 as Chebyshev series in 16/x - 1.
_I_CHEBYSHEV = (
    (
        0.4022452055070544, 0.0033691164782556943, 6.889758346916825e-05, 2.8913705208347567e-06,
        2.0489185894690638e-07, 2.266668990498178e-08, 3.3962320257083865e-09, 4.94060238822497e-10,
        1.1889147107846439e-11, -3.1499165279632416e-11, -1.3215811840447713e-11, -1.7941785315068062e-12,
        7.180124451383666e-13, 3.8527783827421426e-13, 1.54008621752141e-14, -4.150569347287222e-14,
        -9.554846698828307e-15, 3.8116806693526224e-15, 1.7725601330565263e-15, -3.425485619677219e-16,
        -2.8276239805165836e-16, 3.461222867697461e-17, 4.46562142029676e-17, -4.830504485944182e-18,
        -7.233180487874754e-18, 9.921475412173699e-19,
    ),
    (
        0.38928811750914005, -0.009761097491361469, -0.00011058893876262371, -3.882564808877691e-06,
        -2.512236237870209e-07, -2.6314688468895196e-08, -3.835380385964237e-09, -5.589743462196584e-10,
        -1.8974958123505413e-11, 3.2526035830154884e-11, 1.4125807436613782e-11, 2.0356285441470896e-12,
        -7.198551776245908e-13, -4.0835511110921974e-13, -2.1015418427726643e-14, 4.272440016711951e-14,
        1.0420276984128802e-14, -3.8144030724370075e-15, -1.8803547755107825e-15, 3.3082023109209285e-16,
        2.96262899764595e-16, -3.209525921993424e-17, -4.6503053684893586e-17, 4.414348323071708e-18,
        7.517296310842105e-18, -9.314178867326884e-19,
    ),
)  # fmt: skip


@_in_double_precision
def polygamma(n: int, x: Any) -> Any:
    """The derivative of order ``n`` of the digamma function.

    Steps of the recurrence up to ``x + 16 + n``, then the asymptotic series (Abramowitz and Stegun,
    6.4.6 and 6.4.11); for x < 1/2 by reflection (6.4.7).
    """
    left = x < 0.5
    with np.errstate(all="ignore"):
        up = _polygamma_right(n, np.where(left, 1 - x, x))
        if np.any(left):
            cotangent = np.where(left & (x != np.floor(x)), 1 / np.tan(math.pi * (x - np.round(x))), np.nan)
            p = np.polynomial.Polynomial([0, 1])
            for _ in range(n):
                p = -np.polynomial.Polynomial([1, 0, 1]) * p.deriv()
            reflected = (-1) ** n * up - math.pi ** (n + 1) * p(cotangent)
            up = np.where(left, reflected, up)
    return up


#: Bernoulli numbers B_2, B_4, ...
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)


def _polygamma_right(n: int, x: Any) -> Any:
    steps = 16 + n
    sign = (-1) ** (n + 1)
    below = sum(sign * math.factorial(n) / (x + k) ** (n + 1) for k in range(steps))
    z = x + steps
    total = np.zeros_like(z)
    for k in range(len(_BERNOULLI), 0, -1):
        ratio = math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        total = (total + _BERNOULLI[k - 1] * ratio) / (z * z)
    first = -np.log(z) if n == 0 else math.factorial(n - 1) / z**n
    return sign * (first + math.factorial(n) / (2 * z ** (n + 1)) + total / z**n) + below
