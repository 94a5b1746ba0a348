"""Inverses of distributions by one of their parameters: which ``a`` gives ``gdtr(a, b, x) = p``."""

from __future__ import annotations

from typing import Any

import scipy.special as sp

from ..table import elementwise
from ._distributions import chdtr, gdtr, stdtr
from ._exponential import power_scale
from ._gamma import betainc
from ._normal import ndtri
from ._parts import inverse_of, root_2pi
from .elementwise import exp, log, log1p

SHAPE = (0.5, 20.0)
PART = (0.05, 0.95)
inverse_of(gdtr, sp.gdtria, "abx", "pbx", (PART, SHAPE, (0.1, 10.0)))
inverse_of(gdtr, sp.gdtrib, "abx", "apx", ((0.1, 5.0), PART, (1.0, 10.0)))
inverse_of(gdtr, sp.gdtrix, "abx", "abp", ((0.1, 10.0), SHAPE, PART))
inverse_of(betainc, sp.btdtria, "abx", "pbx", (PART, SHAPE, (0.1, 0.9)))
inverse_of(betainc, sp.btdtrib, "abx", "apx", (SHAPE, PART, (0.1, 0.9)))
inverse_of(stdtr, sp.stdtridf, "vt", "pt", ((0.8, 0.9), (1.5, 3.0)))
inverse_of(chdtr, sp.chdtriv, "vx", "px", (PART, (1.0, 20.0)))

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
