"""Cumulative distributions and their inverses.

A cumulative distribution has its density as derivative, that of `_gamma`; an inverse 1 / density.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import scipy.special as sp

from ..table import elementwise
from . import _shapes
from ._choices import maths
from ._gamma import beta, beta_density, beta_shape, betaincinv, gamma_density, gamma_shape
from ._normal import erf
from ._parts import UNIT, complement, inverse, inverse_of, pi, root_2pi, root_half
from .elementwise import exp, floor, log1p, sqrt, trunc, where

FREEDOM = (0.5, 50.0)
COUNTS = [0, 1, 3, 10]

# ---------------------------------------------------------------- chi-square, gamma, Poisson


def _regularized(m: Any, a: Any, low: Any, high: Any) -> Any:
    return m.gammainc(a, low, high, regularized=True)


chdtr = elementwise(
    sp.chdtr,
    lambda y, v, x: gamma_shape(1)(v / 2, x / 2) / 2,
    lambda y, v, x: gamma_density(v / 2, x / 2) / 2,
    mp=lambda m, v, x: _regularized(m, v / 2, 0, x / 2),
    domain=(FREEDOM, (0.0, 300.0)),
)
chdtrc = complement(sp.chdtrc, chdtr, lambda m, v, x: _regularized(m, v / 2, x / 2, m.inf))
chdtri = inverse_of(chdtrc, sp.chdtri, "vx", "vp", (FREEDOM, UNIT))
gdtr = elementwise(
    sp.gdtr,
    lambda y, a, b, x: x * gamma_density(b, a * x),
    lambda y, a, b, x: gamma_shape(1)(b, a * x),
    lambda y, a, b, x: a * gamma_density(b, a * x),
    mp=lambda m, a, b, x: _regularized(m, b, 0, a * x),
    domain=((0.1, 10.0), FREEDOM, (0.0, 30.0)),
)
gdtrc = complement(sp.gdtrc, gdtr, lambda m, a, b, x: _regularized(m, b, a * x, m.inf))
pdtr = elementwise(
    sp.pdtr,
    "count k",
    lambda y, k, m: -gamma_density(floor(k) + 1, m),
    mp=lambda c, k, m: _regularized(c, k + 1, m, c.inf),
    domain=(COUNTS, (0.0, 100.0)),
)
pdtrc = complement(sp.pdtrc, pdtr, lambda c, k, m: _regularized(c, k + 1, 0, m))
pdtri = inverse_of(pdtr, sp.pdtri, "km", "kp", (COUNTS, UNIT))

# ---------------------------------------------------------------- F, binomial, negative binomial


def _f_density(a: Any, b: Any, x: Any) -> Any:
    """The density of F by that of beta at the smaller of u = a x / (a x + b) and v = 1 - u."""
    total = b + a * x
    u, v = a * x / total, b / total
    density = where(u < v, beta_density(a / 2, b / 2, u), beta_density(b / 2, a / 2, v))
    return density * (a / total) * v


def _f_shape(i: int, a: Any, b: Any, x: Any) -> Any:
    """The derivative of F by ``a`` (1) or ``b`` (0): by the shape of beta, and by its ``u``."""
    total, j = b + a * x, 1 - i
    u, v = a * x / total, b / total
    by_shape = where(u < v, beta_shape(i, j)(a / 2, b / 2, u), -beta_shape(j, i)(b / 2, a / 2, v))
    return by_shape / 2 + (1 if i else -1) * _f_density(a, b, x) * x / (a if i else b)


def binomial_density(k: Any, n: Any, p: Any) -> Any:
    return beta_density(floor(k) + 1, trunc(n) - floor(k), p)


def _mp_beta(m: Any, a: Any, b: Any, low: Any, high: Any) -> Any:
    return m.betainc(a, b, low, high, regularized=True)


fdtr = elementwise(
    sp.fdtr,
    lambda y, a, b, x: _f_shape(1, a, b, x),
    lambda y, a, b, x: _f_shape(0, a, b, x),
    lambda y, a, b, x: _f_density(a, b, x),
    mp=lambda m, a, b, x: _mp_beta(m, a / 2, b / 2, 0, a * x / (b + a * x)),
    domain=(FREEDOM, FREEDOM, (0.0, 100.0)),
)
fdtrc = complement(sp.fdtrc, fdtr, lambda m, a, b, x: _mp_beta(m, a / 2, b / 2, a * x / (b + a * x), 1))
fdtri = inverse_of(fdtr, sp.fdtri, "abx", "abp", (FREEDOM, FREEDOM, (0.0, 0.999)))
bdtr = elementwise(
    sp.bdtr,
    "count k",
    "trials n",
    lambda y, k, n, p: -binomial_density(k, n, p),
    mp=lambda m, k, n, p: _mp_beta(m, n - k, k + 1, 0, 1 - p),
    domain=(COUNTS, [11, 30], UNIT),
)
bdtrc = complement(sp.bdtrc, bdtr, lambda m, k, n, p: _mp_beta(m, k + 1, n - k, 0, p))
# Where y is large it has rounded 1 - y, which is an inverse of the incomplete beta function, too.


def _bdtri_slope(y: Any, k: Any, n: Any, p: Any) -> Any:
    a, b = trunc(n) - floor(k), floor(k) + 1
    return -1 / where(y < 0.5, beta_density(b, a, y), beta_density(a, b, betaincinv(a, b, p)))


bdtri = elementwise(
    sp.bdtri,
    "count k",
    "trials n",
    _bdtri_slope,
    mp=lambda m, k, n, p: (
        1
        - inverse(
            m, lambda c: _mp_beta(m, n - k, k + 1, 0, c), p, sp.betaincinv(float(n - k), k + 1.0, float(p))
        )
    ),
    domain=(COUNTS, [11, 30], UNIT),
)
nbdtr = elementwise(
    sp.nbdtr,
    "count k",
    "successes n",
    lambda y, k, n, p: beta_density(trunc(n), trunc(k) + 1, p),
    mp=lambda m, k, n, p: _mp_beta(m, n, k + 1, 0, p),
    domain=(COUNTS, [1, 5, 20], UNIT),
)
nbdtrc = complement(sp.nbdtrc, nbdtr, lambda m, k, n, p: _mp_beta(m, n, k + 1, p, 1))
nbdtri = inverse_of(nbdtr, sp.nbdtri, "knx", "knp", (COUNTS, [1, 5, 20], UNIT))

# ---------------------------------------------------------------- Student, Owen, Kolmogorov


def _student_density(v: Any, t: Any) -> Any:
    return exp(-(v + 1) / 2 * log1p(t * t / v)) / (sqrt(v) * beta(v / 2, 0.5))


def _mp_student(m: Any, v: Any, t: Any) -> Any:
    tail = _mp_beta(m, v / 2, m.mpf(0.5), 0, v / (v + t * t)) / 2
    return 1 - tail if t > 0 else tail


@cache
def student_shape(n: int) -> Callable[..., Any]:
    """The derivative of order ``n`` of stdtr by its degrees of freedom, as a function with a rule."""
    return elementwise(
        _shapes.of_order(_shapes.student_shape, n),
        lambda y, v, t: student_shape(n + 1)(v, t),
        lambda y, v, t: _student_density(v, t) * _shapes.bell(_shapes.student_logs(n, v, t), n),
        mp=lambda m, v, t: m.diff(lambda v: _mp_student(m, v, t), v, n),
        domain=(FREEDOM, (-20.0, 20.0)),
        real=True,
    )


_by_freedom = student_shape(1)
stdtr = elementwise(
    sp.stdtr,
    lambda y, v, t: _by_freedom(v, t),
    lambda y, v, t: _student_density(v, t),
    mp=_mp_student,
    domain=(FREEDOM, (-100.0, 100.0)),
)
stdtrit = inverse_of(stdtr, sp.stdtrit, "vt", "vp", (FREEDOM, UNIT))
owens_t = elementwise(
    sp.owens_t,
    lambda y, h, a: -exp(-h * h / 2) * erf(a * h * root_half(y)) / (2 * root_2pi(y)),
    lambda y, h, a: exp(-h * h / 2) * exp(-((a * h) ** 2) / 2) / (2 * pi(y) * (1 + a * a)),
    mp=lambda m, h, a: m.quad(lambda t: m.exp(-h * h * (1 + t * t) / 2) / (1 + t * t), [0, a]) / 2 / m.pi,
    domain=((-10.0, 10.0), (-3.0, 3.0)),
)


def kolmogorov_slope(y: Any, x: Any) -> Any:
    """Two theta series: the first converges for large x, the second for small."""
    count = 5 if maths(x) is math else 40
    large = sum((-1) ** k * k * k * exp(-2 * k * k * x * x) for k in range(1, count)) * 8 * x
    small: Any = 0.0
    for k in range(1, 2 * count, 2):
        u = (k * pi(x) / 2) ** 2 / (x * x)
        small = small - (u - 1) * exp(-u / 2)
    return where(x > 0, where(x > 1, large, root_2pi(x) * small / (x * x)), 0.0)


def _mp_kolmogorov(m: Any, x: Any) -> Any:
    terms = int(m.sqrt(m.prec) / x) + 2
    return 2 * m.fsum((-1) ** (k - 1) * m.exp(-2 * k * k * x * x) for k in range(1, terms))


kolmogorov = elementwise(
    sp.kolmogorov, kolmogorov_slope, mp=_mp_kolmogorov, domain=(0.1, 18.0), points=(0.99, 1.01)
)
kolmogi = inverse_of(kolmogorov, sp.kolmogi, "x", "p", UNIT)
