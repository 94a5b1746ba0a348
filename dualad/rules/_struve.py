"""Struve's functions and their integrals. SciPy's own error is 3e-13 from 20 to 30."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import scipy.special as sp

from ..table import elementwise
from . import _parameters
from ._gamma import rgamma
from ._shapes import of_order
from .elementwise import if_


@cache
def struve_by_order(name: str, n: int = 1) -> Callable[..., Any]:
    """The derivative of order ``n`` of a Struve function by its order, as a function with a rule."""
    mp = {"struve": "struveh", "modstruve": "struvel"}[name]

    def by_x(y: Any, v: Any, x: Any) -> Any:
        below = struve_by_order(name, n - 1) if n > 1 else {"struve": struve, "modstruve": modstruve}[name]
        return struve_by_order(name, n)(v - 1, x) - (v * y + n * below(v, x)) / x

    return elementwise(
        of_order(getattr(_parameters, name), n),
        lambda y, v, x: struve_by_order(name, n + 1)(v, x),
        by_x,
        mp=lambda m, v, x: m.diff(lambda v: getattr(m, mp)(v, x), v, n),
        domain=((0.1, 5.0), (0.1, 20.0)),
        real=True,
    )


def _at_zero(sign: int, v: Any, x: Any) -> Any:
    """The slope of the first two terms of the power series (DLMF 11.2.1)."""
    first = (v + 1) * (x / 2) ** v * rgamma(v + 1.5)
    second = (v + 3) * (x / 2) ** (v + 2) * rgamma(v + 2.5)
    return (first + sign * second / 1.5) / math.sqrt(math.pi)


struve = elementwise(
    sp.struve,
    lambda y, v, x: struve_by_order("struve")(v, x),
    lambda y, v, x: if_(x == 0, lambda: _at_zero(-1, v, x), lambda: struve(v - 1, x) - v / x * y),
    mp="struveh",
    domain=((0.0, 5.0), (0.0, 20.0)),
)
modstruve = elementwise(
    sp.modstruve,
    lambda y, v, x: struve_by_order("modstruve")(v, x),
    lambda y, v, x: if_(x == 0, lambda: _at_zero(1, v, x), lambda: modstruve(v - 1, x) - v / x * y),
    mp="struvel",
    domain=((0.0, 5.0), (0.0, 50.0)),
)
itstruve0 = elementwise(
    sp.itstruve0,
    lambda y, x: struve(0.0, x),
    mp=lambda m, x: x * x / m.pi * m.hyper([1, 1], [1.5, 1.5, 2], -x * x / 4),
    domain=(0.0, 20.0),
)
itmodstruve0 = elementwise(
    sp.itmodstruve0,
    lambda y, x: modstruve(0.0, x),
    mp=lambda m, x: x * x / m.pi * m.hyper([1, 1], [1.5, 1.5, 2], x * x / 4),
    domain=(0.0, 50.0),
)
it2struve0 = elementwise(
    sp.it2struve0,
    lambda y, x: -struve(0.0, x) / x,
    mp=lambda m, x: m.pi / 2 - 2 / m.pi * x * m.hyper([0.5, 1], [1.5, 1.5, 1.5], -x * x / 4),
    domain=(0.01, 20.0),
)
