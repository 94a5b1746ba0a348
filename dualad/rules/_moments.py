"""Means, variances and steps that scipy.stats takes from compiled code, and the inverse of Poisson's."""

from __future__ import annotations

from typing import Any

import scipy.special as sp

from ..table import FLAT, elementwise
from ._densities import add_named
from ._distributions import COUNTS
from ._gamma import digamma, gamma_density, gamma_shape, gammaln
from ._inverses import PART
from ._parts import inverse
from .elementwise import exp, sqrt

# ---------------------------------------------------------------- counts

_TRIALS = ((1.0, 20.0), (0.05, 0.95))
add_named("_nbinom_mean", lambda y, n, p: (1 - p) / p, lambda y, n, p: -n / (p * p), domain=_TRIALS)
add_named(
    "_nbinom_variance",
    lambda y, n, p: (1 - p) / (p * p),
    lambda y, n, p: n * (p - 2) / (p * p * p),
    domain=_TRIALS,
)
add_named(
    "_nbinom_skewness",
    lambda y, n, p: -y / (2 * n),
    lambda y, n, p: p / (2 * (1 - p) * sqrt(n * (1 - p))),
    domain=_TRIALS,
)
add_named(
    "_nbinom_kurtosis_excess",
    lambda y, n, p: -y / n,
    lambda y, n, p: p * (2 - p) / (n * (1 - p) * (1 - p)),
    domain=_TRIALS,
)
for _name in ("_binom_ppf", "_binom_isf"):
    add_named(_name, FLAT, "trials n", FLAT, domain=(PART, COUNTS, PART))
for _name in ("_nbinom_ppf", "_nbinom_isf"):
    add_named(_name, FLAT, FLAT, FLAT, domain=((0.49, 0.51), (5.0, 5.01), (0.4, 0.401)))  # between two steps
pdtrik = elementwise(
    sp.pdtrik,
    lambda y, p, m: -1 / gamma_shape(1)(y + 1, m),
    lambda y, p, m: -gamma_density(y + 1, m) / gamma_shape(1)(y + 1, m),
    mp=lambda mp, p, m: inverse(
        mp,
        lambda k: mp.gammainc(k + 1, m, mp.inf, regularized=True),
        p,
        sp.pdtrik(float(p), float(m)),
    ),
    domain=(PART, (2.0, 20.0)),
)

# ---------------------------------------------------------------- F that is not central

_FREEDOM = ((1.0, 20.0), (9.0, 20.0), (0.1, 10.0))


def _spread(a: Any, b: Any, nc: Any) -> Any:
    """The variance is ``2 (b / a)**2`` times this, divided by ``(b - 2)**2 (b - 4)``."""
    return (a + nc) ** 2 + (a + 2 * nc) * (b - 2)


add_named(
    "_ncf_mean",
    lambda y, a, b, nc: -b * nc / (a * a * (b - 2)),
    lambda y, a, b, nc: -2 * (a + nc) / (a * (b - 2) ** 2),
    lambda y, a, b, nc: b / (a * (b - 2)),
    domain=_FREEDOM,
)
add_named(
    "_ncf_variance",
    lambda y, a, b, nc: y * ((2 * (a + nc) + b - 2) / _spread(a, b, nc) - 2 / a),
    lambda y, a, b, nc: y * (2 / b + (a + 2 * nc) / _spread(a, b, nc) - 2 / (b - 2) - 1 / (b - 4)),
    lambda y, a, b, nc: y * 2 * (a + nc + b - 2) / _spread(a, b, nc),
    domain=_FREEDOM,
)

# ---------------------------------------------------------------- Student's t that is not central


def _centre(v: Any) -> Any:
    """The mean for ``nc`` of 1."""
    return sqrt(v / 2) * exp(gammaln((v - 1) / 2) - gammaln(v / 2))


def _centre_log_slope(v: Any) -> Any:
    return 1 / (2 * v) + (digamma((v - 1) / 2) - digamma(v / 2)) / 2


add_named(
    "_nct_mean",
    lambda y, v, nc: y * _centre_log_slope(v),
    lambda y, v, nc: _centre(v),
    domain=((1.5, 20.0), (-3.0, 3.0)),
)
add_named(
    "_nct_variance",
    lambda y, v, nc: -2 * (1 + nc * nc) / (v - 2) ** 2 - 2 * (nc * _centre(v)) ** 2 * _centre_log_slope(v),
    lambda y, v, nc: 2 * nc * (v / (v - 2) - _centre(v) ** 2),
    domain=((3.0, 20.0), (-3.0, 3.0)),
)
