"""Parts that stable derivatives of `scipy.special` share: constants, a polynomial, inverses and complements.

The constants are those of the number type of their argument: mpmath's for mpmath numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..table import elementwise
from ._choices import maths

#: Domains.
POSITIVE = (0.0, math.inf)
UNIT = (0.0, 1.0)


def pi(x: Any) -> Any:
    return maths(x).pi


def root_pi(x: Any) -> Any:
    return maths(x).sqrt(pi(x))


def root_2pi(x: Any) -> Any:
    return maths(x).sqrt(2 * pi(x))


def root_half(x: Any) -> Any:
    return maths(x).sqrt(0.5)


def degree(x: Any) -> Any:
    return pi(x) / 180


def polynomial(coefficients: Sequence[Any], x: Any) -> Any:
    """The sum of ``coefficients[k] * x**k``, by Horner's rule.

    The series here are cut for floats. For mpmath numbers they are NaN, not a few digits.
    """
    if maths(x) is not math:
        return maths(x).nan
    total: Any = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = total * x + c
    return total


def inverse(m: Any, function: Callable[[Any], Any], p: Any, guess: float) -> Any:
    """In mpmath, the `y` near `guess` at which ``function(y) == p``."""
    return m.findroot(lambda y: function(y) / p - 1, m.mpf(float(guess)))


def complement(function: Any, of: Any, mp: Callable[..., Any]) -> Any:
    """Add what a distribution leaves to 1: its slopes with the other sign."""
    return elementwise(function, *negated(of.rule.partials), mp=mp, domain=of.rule.domain, real=of.rule.real)


def negated(partials: Iterable[Any]) -> list[Any]:
    """Partials with the other sign; the names of arguments that have none stay."""
    return [p if isinstance(p, str) else lambda y, *x, p=p: -p(y, *x) for p in partials]


def inverse_of(of: Any, function: Any, order: str, given: str, domain: Any) -> Any:
    """Add the inverse of a distribution by an argument; ``given`` has p, its value, in place of that.

    Its derivatives are quotients of the distribution's own, whose arguments are ``order``. That by p is
    taken times the distribution over p, which is 1: the quotient of the two forgives the rounding of y.
    """
    (unknown,) = set(order) - set(given)
    rule, place = of.rule, given.index("p")

    def all_of(y: Any, args: Any) -> list[Any]:
        by_name = {**dict(zip(given, args, strict=True)), unknown: y}
        return [by_name[letter] for letter in order]

    def by(letter: str) -> Any:
        own = rule.partials[order.index(letter)] if letter != "p" else None
        if isinstance(own, str):
            return own

        def partial(y: Any, *args: Any) -> Any:
            p, every = args[place], all_of(y, args)
            slope = rule.partials[order.index(unknown)](p, *every)
            return of(*every) / (p * slope) if own is None else -own(p, *every) / slope

        return partial

    def in_mpmath(m: Any, *args: Any) -> Any:
        def value(y: Any) -> Any:
            return rule.mp(m, *all_of(y, args))

        return inverse(m, value, args[place], function(*map(float, args)))

    return elementwise(function, *map(by, given), mp=rule.mp and in_mpmath, domain=domain, real=rule.real)
