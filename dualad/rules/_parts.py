"""Parts that stable derivatives of `scipy.special` share: a polynomial, constants, mpmath inverses."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["DEGREE", "POSITIVE", "ROOT_2PI", "ROOT_HALF", "ROOT_PI", "UNIT", "inverse", "polynomial"]

ROOT_PI = math.sqrt(math.pi)
ROOT_2PI = math.sqrt(2 * math.pi)
ROOT_HALF = math.sqrt(0.5)
DEGREE = math.pi / 180

#: Domains.
POSITIVE = (0.0, math.inf)
UNIT = (0.0, 1.0)


def polynomial(coefficients: Sequence[float], x: Any) -> Any:
    """The sum of ``coefficients[k] * x**k``, by Horner's rule."""
    total: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def inverse(m: Any, function: Callable[[Any], Any], p: Any, guess: float) -> Any:
    """In mpmath, the `y` near `guess` at which ``function(y) == p``."""
    return m.findroot(lambda y: function(y) / p - 1, m.mpf(float(guess)))
