"""The derivative to compare with: 50 digits by mpmath, without any derivative rule of ours.

mpmath differentiates numerically, with as many digits as that takes. A function that mpmath cannot
run (it calls ``math.sin``, say) is extrapolated from central differences of floats instead.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ..dual.ufuncs import rule_of
from ..table import Rule
from .wrapped import Wrapped

#: How many digits the reference has.
DIGITS = 50


class Precise(Wrapped):
    """An mpmath number that NumPy's functions understand: ``np.sin(Precise(x))``."""

    __slots__ = ()

    def __init__(self, value: Any) -> None:
        self.value = value

    def wrap(self, value: Any) -> Precise:
        """A number of the same kind, with another value."""
        return Precise(value)

    def compute(self, ufunc: Any, values: tuple[Any, ...]) -> Any:
        """The ufunc in mpmath: by the table of rules, or the operator that NumPy takes for objects."""
        values = tuple(v.item() if isinstance(v, np.generic) else v for v in values)
        rule = rule_of(ufunc)
        return rule.generic(*values) if isinstance(rule, Rule) else ufunc(*values)


@dataclass(frozen=True, slots=True)
class Reference:
    """A gradient to compare with, and how it was found.

    Attributes
    ----------
    gradient : tuple
        An mpmath number for each input.
    method : str
        How it was found.
    uncertainty : float or None
        How far the gradient may be from the truth, relative to it; None if all digits are right.
    reason : str
        Why mpmath could not run the function, where it could not.
    """

    gradient: tuple[Any, ...]
    method: str
    uncertainty: float | None = None
    reason: str = ""

    @property
    def size(self) -> Any:
        """The norm of the gradient."""
        return _mpmath().norm(self.gradient)

    def error(self, gradient: Any) -> float:
        """The error of a gradient, relative to the size of the true one unless that is zero."""
        mp = _mpmath()
        differences = [mp.mpf(float(g)) - r for g, r in zip(gradient, self.gradient, strict=True)]
        return float(mp.norm(differences) / (self.size or 1))

    @property
    def exists(self) -> bool:
        """Whether there is a derivative to compare with."""
        return bool(_mpmath().isfinite(self.size))

    @property
    def total(self) -> Any:
        """The sum of the gradient: with one input the derivative itself."""
        return _mpmath().fsum(self.gradient)

    def text(self, number: Any) -> str:
        """A number of the gradient, with as many digits as make sense."""
        if not self.exists:
            return "none"
        return str(_mpmath().nstr(number, DIGITS if self.uncertainty is None else 15))


def reference(f: Callable[..., Any], *xs: float) -> Reference:
    """The gradient of a function of numbers, as exactly as it can be had.

    Parameters
    ----------
    f : callable
        A function of numbers that returns a number.
    *xs : float
        Its arguments.

    Returns
    -------
    Reference

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.reference import reference
    >>> e = reference(np.exp, 1.0)
    >>> e.text(e.total)
    '2.7182818284590452353602874713526624977572470937'
    """
    functions = [along(f, xs, i) for i in range(len(xs))]
    try:
        gradient = tuple(_by_mpmath(g, x) for g, x in zip(functions, xs, strict=True))
        return Reference(gradient, f"mpmath, {DIGITS} digits")
    except Exception as error:  # whatever a user's function does with a number that is no float
        reason = f"{type(error).__name__}: {error}"
    estimates = [extrapolated(g, x) for g, x in zip(functions, xs, strict=True)]
    gradient = tuple(_mpmath().mpf(d) for d, _ in estimates)
    uncertainty = math.hypot(*(e for _, e in estimates)) / (math.hypot(*(d for d, _ in estimates)) or 1)
    return Reference(gradient, "Richardson extrapolation of central differences", uncertainty, reason)


def along(f: Callable[..., Any], xs: tuple[Any, ...], i: int) -> Callable[[Any], Any]:
    """The function of input i alone, the others as they are."""
    if len(xs) == 1:
        return f
    return lambda x: f(*xs[:i], x, *xs[i + 1 :])


def _by_mpmath(f: Callable[[Any], Any], x: float) -> Any:
    """The derivative to 50 digits: computed with more and more, until two results agree."""
    mp = _mpmath()

    def in_mpmath(t: Any) -> Any:
        y = f(Precise(t))
        return mp.convert(y.value if isinstance(y, Precise) else float(y))

    before, digits = None, DIGITS + 10
    while digits <= 1000:
        with mp.workdps(digits):
            now = mp.diff(in_mpmath, mp.mpf(x))
            if not mp.isfinite(now) or mp.im(now):
                raise ArithmeticError("there the derivative is no real number")
            if before is not None and mp.almosteq(now, before, mp.mpf(10) ** -DIGITS):
                return now
        before, digits = now, 2 * digits
    raise ArithmeticError(f"no {DIGITS} digits from a computation with {digits // 2}")


def extrapolated(f: Callable[[float], Any], x: float) -> tuple[float, float]:
    """The derivative by Ridders' method: central differences, extrapolated to a step of zero.

    Parameters
    ----------
    f : callable
        A function of a float.
    x : float
        Where.

    Returns
    -------
    (float, float)
        The derivative, and an estimate of its error.

    Examples
    --------
    >>> import math
    >>> from dualad.classroom.reference import extrapolated
    >>> derivative, error = extrapolated(math.sin, 0.0)
    >>> abs(derivative - 1.0) <= error < 1e-9
    True
    """
    best, smallest = math.nan, math.inf
    shrink = 1.4
    row: list[float] = []  # the extrapolations from the steps so far, by order
    for k in range(20):
        h = 0.1 * max(1.0, abs(x)) / shrink**k
        try:
            above, below = float(f(x + h)), float(f(x - h))
        except (ArithmeticError, ValueError):  # a step out of the domain: start again with the next
            row = []
            continue
        new = [(above - below) / (2 * h)]
        # of f(x + h), of f(x - h), and of x + h itself
        rounding = 4 * sys.float_info.epsilon * (abs(above) + abs(x * new[0])) / h
        for order, old in enumerate(row, start=1):
            factor = shrink ** (2 * order)
            new.append((factor * new[-1] - old) / (factor - 1))
            error = max(abs(new[-1] - new[-2]), abs(new[-1] - old)) + rounding
            if error < smallest:
                best, smallest = new[-1], error
        row = new
    return best, smallest


@cache
def _mpmath() -> Any:
    """A context of our own: the digits that the user has set stay as they are."""
    import mpmath

    context = mpmath.MPContext()
    context.dps = 2 * DIGITS
    return context
