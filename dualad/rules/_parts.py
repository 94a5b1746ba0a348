"""Parts that stable derivatives of `scipy.special` share: constants, a polynomial, mpmath inverses.

The constants are those of the number type of their argument: mpmath's for mpmath numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ._choices import _maths

__all__ = [
    "POSITIVE",
    "UNIT",
    "degree",
    "inverse",
    "pi",
    "polynomial",
    "root_2pi",
    "root_half",
    "root_pi",
]

#: Domains.
POSITIVE = (0.0, math.inf)
UNIT = (0.0, 1.0)


def pi(x: Any) -> Any:
    return _maths(x).pi


def root_pi(x: Any) -> Any:
    return _maths(x).sqrt(pi(x))


def root_2pi(x: Any) -> Any:
    return _maths(x).sqrt(2 * pi(x))


def root_half(x: Any) -> Any:
    return _maths(x).sqrt(0.5)


def degree(x: Any) -> Any:
    return pi(x) / 180


def polynomial(coefficients: Sequence[Any], x: Any) -> Any:
    """The sum of ``coefficients[k] * x**k``, by Horner's rule.

    The series here are cut for floats. For mpmath numbers they are NaN, not a few digits.
    """
    if _maths(x) is not math:
        return _maths(x).nan
    total: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def inverse(m: Any, function: Callable[[Any], Any], p: Any, guess: float) -> Any:
    """In mpmath, the `y` near `guess` at which ``function(y) == p``."""
    return m.findroot(lambda y: function(y) / p - 1, m.mpf(float(guess)))
