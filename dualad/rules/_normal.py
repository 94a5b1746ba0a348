"""Error functions and the normal distribution."""

from __future__ import annotations

import math
from typing import Any

import scipy.special as sp

from ..table import elementwise
from ._parts import UNIT, inverse, polynomial, root_2pi, root_half, root_pi
from .elementwise import exp, expm1, where

# Coefficients (2k-1)!! of the asymptotic series of erfcx and dawsn in 1/(2 x**2), without the first.
_ODD_FACTORIALS = tuple(float(math.prod(range(1, 2 * k, 2))) for k in range(1, 20))


def _tail(u: Any) -> Any:
    """sqrt(pi) x erfcx(x) - 1 for u = -1/(2x**2), and 2 x dawsn(x) - 1 for u = 1/(2x**2)."""
    return u * polynomial(_ODD_FACTORIALS, u)


erf = elementwise(sp.erf, lambda y, x: 2 / root_pi(x) * exp(-x * x), mp="erf", domain=(-26.0, 26.0))
erfc = elementwise(sp.erfc, lambda y, x: -2 / root_pi(x) * exp(-x * x), mp="erfc", domain=(-26.0, 26.0))
erfi = elementwise(sp.erfi, lambda y, x: 2 / root_pi(x) * exp(x * x), mp="erfi", domain=(-26.0, 26.0))

# 2xy - 2/sqrt(pi) and 1 - 2xy cancel for large x: the asymptotic series.
erfcx = elementwise(
    sp.erfcx,
    lambda y, x: 2 / root_pi(x) * where(x > 8, _tail(-0.5 / (x * x)), x * y * root_pi(x) - 1),
    mp=lambda m, x: m.hyperu(0.5, 0.5, x * x) / m.sqrt(m.pi) if x > 1 else m.exp(x * x) * m.erfc(x),
    domain=(-26.0, 1e100),
    points=(0.0, 7.99, 8.01, 50.0),
)
dawsn = elementwise(
    sp.dawsn,
    lambda y, x: where(abs(x) > 8, -_tail(0.5 / (x * x)), 1 - 2 * x * y),
    mp=lambda m, x: x * m.hyp1f1(1, 1.5, -x * x),
    domain=(-1e100, 1e100),
    points=(0.0, 7.99, 8.01, -50.0),
)

# Inverses. exp(y*y) enlarges the rounding of y; as erfc(y) = x, it is erfcx(y) / x.
erfinv = elementwise(
    sp.erfinv, lambda y, x: root_pi(x) / 2 * exp(y * y), mp="erfinv", domain=(-1.0, 1.0), points=(0.0, 1e-300)
)
erfcinv = elementwise(
    sp.erfcinv,
    lambda y, x: -root_pi(x) / 2 * erfcx(y) / x,
    mp=lambda m, x: inverse(m, m.erfc, x, sp.erfcinv(float(x))),
    domain=(0.0, 2.0),
    points=(1.0, 1e-300, 1.999),
)

ndtr = elementwise(sp.ndtr, lambda y, x: exp(-x * x / 2) / root_2pi(x), mp="ncdf", domain=(-37.0, 37.0))
ndtri = elementwise(
    sp.ndtri,
    lambda y, x: root_2pi(x) / 2 * erfcx(-root_half(x) * y) / x,
    mp=lambda m, x: inverse(m, m.ncdf, x, sp.ndtri(float(x))),
    domain=UNIT,
    points=(0.5, 1e-300, 0.999),
)
log_ndtr = elementwise(
    sp.log_ndtr,
    lambda y, x: where(
        x > 0, exp(-x * x / 2) / (root_2pi(x) * ndtr(x)), 2 / root_2pi(x) / erfcx(-root_half(x) * x)
    ),
    mp=lambda m, x: m.log(m.erfc(-x / m.sqrt(2)) / 2),
    domain=(-1e100, 37.0),
    points=(0.0, -40.0, 36.0),
)


def _ndtri_exp_slope(y: Any, x: Any) -> Any:
    """ndtr / density at y: above the median by the other tail, 1 - exp(x), for accuracy.

    SciPy's y is off by 7e-13 far below the median, where a Newton step corrects for it.
    """
    low = root_2pi(x) / 2 * erfcx(-root_half(x) * y)
    low = where(y < -10, low * (1 + low * low * (x - log_ndtr(y))), low)
    return where(y > 0, root_2pi(x) / 2 * erfcx(root_half(x) * y) * exp(x) / -expm1(x), low)


ndtri_exp = elementwise(  # the inverse of log_ndtr
    sp.ndtri_exp,
    _ndtri_exp_slope,
    mp=lambda m, x: inverse(m, lambda y: m.log(m.ncdf(y)), x, sp.ndtri_exp(float(x))),
    domain=(-1e100, 0.0),
    points=(-1e-300, -1e-10, -0.7, -800.0, -1e6),
)
