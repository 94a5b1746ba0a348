"""Inverses of distributions by one of their parameters: which ``a`` gives ``gdtr(a, b, x) = p``.

Each is a root of the distribution, so that its derivatives are quotients of the distribution's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.special as sp

from ..table import elementwise
from ._distributions import chdtr, gdtr, stdtr
from ._exponential import power_scale
from ._gamma import betainc
from ._normal import ndtri
from ._parts import inverse, root_2pi
from .elementwise import exp, log, log1p

__all__: list[str] = []


def _partial(of: Any, k: int, p: Any, args: Any) -> Any:
    """The partial derivative of a distribution, whose value is ``p``, by its argument ``k``."""
    return of.rule.partials[k](p, *args)


def _root(function: Any, of: Callable[..., Any], order: str, given: str, domain: Any, mp: Any = None) -> None:
    """Add the inverse of a distribution whose arguments are ``order``: it takes ``given``, p its value."""
    (unknown,) = set(order) - set(given)

    def all_of(y: Any, args: Any) -> list[Any]:
        by_name = {**dict(zip(given, args, strict=True)), unknown: y}
        return [by_name[letter] for letter in order]

    def by(letter: str) -> Callable[..., Any]:
        def partial(y: Any, *args: Any) -> Any:
            p, every = args[given.index("p")], all_of(y, args)
            slope = _partial(of, order.index(unknown), p, every)
            return 1 / slope if letter == "p" else -_partial(of, order.index(letter), p, every) / slope

        return partial

    def in_mpmath(m: Any, *args: Any) -> Any:
        p = args[given.index("p")]
        return inverse(m, lambda y: mp(m, *all_of(y, args)), p, function(*map(float, args)))

    elementwise(function, *map(by, given), mp=mp and in_mpmath, domain=domain)


def _mp_gamma(m: Any, a: Any, b: Any, x: Any) -> Any:
    return m.gammainc(b, 0, a * x, regularized=True)


def _mp_beta(m: Any, a: Any, b: Any, x: Any) -> Any:
    return m.betainc(a, b, 0, x, regularized=True)


def _mp_student(m: Any, v: Any, t: Any) -> Any:
    tail = m.betainc(v / 2, 0.5, 0, v / (v + t * t), regularized=True) / 2
    return 1 - tail if t > 0 else tail


SHAPE = (0.5, 20.0)
PART = (0.05, 0.95)
_root(sp.gdtria, gdtr, "abx", "pbx", (PART, SHAPE, (0.1, 10.0)), _mp_gamma)
_root(sp.gdtrib, gdtr, "abx", "apx", ((0.1, 5.0), PART, (1.0, 10.0)), _mp_gamma)
_root(sp.gdtrix, gdtr, "abx", "abp", ((0.1, 10.0), SHAPE, PART), _mp_gamma)
_root(sp.btdtria, betainc, "abx", "pbx", (PART, SHAPE, (0.1, 0.9)), _mp_beta)
_root(sp.btdtrib, betainc, "abx", "apx", (SHAPE, PART, (0.1, 0.9)), _mp_beta)
_root(sp.stdtridf, stdtr, "vt", "pt", ((0.8, 0.9), (1.5, 3.0)), _mp_student)
_root(
    sp.chdtriv,
    chdtr,
    "vx",
    "px",
    (PART, (1.0, 20.0)),
    lambda m, v, x: m.gammainc(v / 2, 0, x / 2, regularized=True),
)

nrdtrimn = elementwise(
    sp.nrdtrimn,
    lambda y, p, std, x: -std * root_2pi(p) * exp(ndtri(p) ** 2 / 2),
    lambda y, p, std, x: -ndtri(p),
    1,
    mp=lambda m, p, std, x: x - std * m.sqrt(2) * m.erfinv(2 * p - 1),
    domain=(PART, SHAPE, (-5.0, 5.0)),
)
nrdtrisd = elementwise(
    sp.nrdtrisd,
    lambda y, mn, p, x: -1 / ndtri(p),
    lambda y, mn, p, x: -y / ndtri(p) * root_2pi(p) * exp(ndtri(p) ** 2 / 2),
    lambda y, mn, p, x: 1 / ndtri(p),
    mp=lambda m, mn, p, x: (x - mn) / (m.sqrt(2) * m.erfinv(2 * p - 1)),
    domain=((-5.0, 5.0), (0.55, 0.95), (5.0, 9.0)),
)

# ---------------------------------------------------------------- Tukey's lambda


def _tukey_slope(y: Any, power: Any) -> Any:
    """The derivative of the inverse of tklmbda by its value."""
    return y ** (power - 1) + (1 - y) ** (power - 1)


tklmbda = elementwise(
    sp.tklmbda,
    lambda y, x, power: 1 / _tukey_slope(y, power),
    lambda y, x, power: (
        -(power_scale(power, log(y)) - power_scale(power, log1p(-y))) / _tukey_slope(y, power)
    ),
    mp=lambda m, x, power: m.findroot(
        lambda p: ((p**power - (1 - p) ** power) / power if power else m.log(p / (1 - p))) - x,
        m.mpf(float(sp.tklmbda(float(x), float(power)))),
    ),
    domain=((0.3, 1.0), (0.01, 0.9)),  # SciPy takes 0 for smaller powers; near x = 0 its rounding tells
)
