"""Densities and distributions that scipy.stats calls by names that are not public.

SciPy 1.13 has most of them in scipy.stats, which is not loaded for their sake: what is not found here
is kept for `_boost`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from ..table import Partial, elementwise
from ._bessel import by_order, ive
from ._distributions import COUNTS, binomial_density, kolmogorov_slope
from ._gamma import (
    beta_density,
    beta_density_slope,
    beta_shape,
    betainc,
    digamma,
    digamma_difference,
    gamma_density,
)
from ._normal import ndtr
from ._parts import UNIT, inverse_of, negated, pi, root_2pi
from ._shapes import gamma_shape, of_order
from .elementwise import absolute, cos, exp, expm1, if_, log, log1p, sin, sqrt, tan, where

SHAPE = (1.1, 50.0)


#: The name of a function that is not here -> what puts it into the table.
ELSEWHERE: dict[str, Callable[[Any], Any]] = {}


def add_named(name: str, *partials: Partial, mp: Any = None, domain: Any) -> Any:
    """Add a function of scipy.special that is not public, of real numbers."""
    return _added(name, lambda f: elementwise(f, *partials, mp=mp, domain=domain, real=True))


def _added(name: str, add: Callable[[Any], Any]) -> Any:
    """A function put into the table, if it is here."""
    if hasattr(_ufuncs, name):
        return add(getattr(_ufuncs, name))
    ELSEWHERE[name] = add
    return None


#: Probabilities whose quantiles are neither huge nor hardly determined.
INNER = (0.05, 0.95)


def add_distribution(stem: str, slopes: Sequence[Partial], domain: tuple[Any, ...], mp: Any = None) -> None:
    """Add ``_stem_cdf``, ``_sf``, ``_ppf`` and ``_isf`` by the slopes of the first, that by the place first.

    That is the density, or the name of a place that has none; then the quantiles are steps.
    """
    rest = mp and (lambda m, *args: 1 - mp(m, *args))
    add_named(f"_{stem}_cdf", *slopes, mp=mp, domain=domain)
    add_named(f"_{stem}_sf", *negated(slopes), mp=rest, domain=domain)
    density, *others = slopes
    for name, sign in (("ppf", 1), ("isf", -1)) if callable(density) else ():
        add_named(
            f"_{stem}_{name}",
            lambda y, p, *args, sign=sign: sign / density(p, y, *args),
            *(
                lambda y, p, *args, slope=slope: -slope(p, y, *args) / density(p, y, *args)
                for slope in others
            ),
            domain=(INNER, *domain[1:]),
        )


# ---------------------------------------------------------------- the cosine distribution

add_named(
    "_cosine_cdf",
    lambda y, x: where(absolute(x) < pi(x), (1 + cos(x)) / (2 * pi(x)), 0.0),
    mp=lambda m, x: (m.pi + x + m.sin(x)) / (2 * m.pi),
    domain=((-3.0, 3.0),),
)
add_named(
    "_cosine_invcdf",
    lambda y, p: 2 * pi(p) / (1 + cos(y)),
    mp=lambda m, p: m.findroot(lambda x: m.pi + x + m.sin(x) - 2 * m.pi * p, 4 * p - 2),
    domain=((0.05, 0.95),),
)
add_named(
    "_log1mexp", lambda y, x: -1 / expm1(-x), mp=lambda m, x: m.log(-m.expm1(x)), domain=((-30.0, -0.01),)
)

# ---------------------------------------------------------------- Kolmogorov's


def _kolmogorov_curvature(x: Any) -> Any:
    """The second derivative of `kolmogorov`, by the two series of `kolmogorov_slope`."""
    large = 8 * sum(
        (-1) ** k * k * k * (1 - 4 * k * k * x * x) * exp(-2 * k * k * x * x) for k in range(1, 5)
    )
    squares = [(k * pi(x) / 2) ** 2 / (x * x) for k in (1, 3, 5, 7)]
    small = sum((5 * u - u * u - 2) * exp(-u / 2) for u in squares)
    return where(x > 0, where(x > 1, large, root_2pi(x) * small / (x * x * x)), 0.0)


add_named("_kolmogp", lambda y, x: _kolmogorov_curvature(x), domain=((0.3, 2.5),))
add_named("_kolmogc", lambda y, x: -kolmogorov_slope(y, x), domain=((0.3, 2.5),))
add_named("_kolmogci", lambda y, p: -1 / kolmogorov_slope(p, y), domain=(UNIT,))

# ---------------------------------------------------------------- beta, Cauchy, skewed normal

add_named(
    "_beta_pdf",
    lambda y, x, a, b: beta_density_slope(y, a, b, x),
    lambda y, x, a, b: y * (log(x) + digamma_difference(a, b)),
    lambda y, x, a, b: y * (log1p(-x) + digamma_difference(b, a)),
    mp=lambda m, x, a, b: x ** (a - 1) * (1 - x) ** (b - 1) / m.beta(a, b),
    domain=(UNIT, SHAPE, SHAPE),
)
add_distribution(
    "beta",
    (
        lambda y, x, a, b: beta_density(a, b, x),
        lambda y, x, a, b: beta_shape(1, 0)(a, b, x),
        lambda y, x, a, b: beta_shape(0, 1)(a, b, x),
    ),
    domain=(UNIT, SHAPE, SHAPE),
    mp=lambda m, x, a, b: m.betainc(a, b, 0, x, regularized=True),
)
_added(
    "_beta_ppf",
    lambda f: inverse_of(betainc, f, "abx", "pab", ((0.01, 0.9), (1.1, 10.0), (1.1, 10.0))),
)
for _name, _sign in (("_cauchy_ppf", 1), ("_cauchy_isf", -1)):
    add_named(
        _name,
        lambda y, q, loc, scale, sign=_sign: sign * scale * pi(y) / sin(pi(y) * q) ** 2,
        1,
        lambda y, q, loc, scale, sign=_sign: sign * tan(pi(y) * (q - 0.5)),
        mp=lambda m, q, loc, scale, sign=_sign: loc + sign * scale * m.tan(m.pi * (q - 0.5)),
        domain=((0.01, 0.99), (-3.0, 3.0), (0.1, 10.0)),
    )


def _skewed(x: Any, loc: Any, scale: Any, a: Any) -> Any:
    """The density of the skewed normal distribution."""
    z = (x - loc) / scale
    return 2 * exp(-z * z / 2) / root_2pi(z) * ndtr(a * z) / scale


def _skew_slope(y: Any, x: Any, loc: Any, scale: Any, a: Any) -> Any:
    z, c = (x - loc) / scale, 1 + a * a
    return -exp(-z * z * c / 2) / (pi(z) * c)


def _mp_skewed(m: Any, z: Any, a: Any) -> Any:
    """By Owen's T."""
    t = m.quad(lambda t: m.exp(-z * z * (1 + t * t) / 2) / (1 + t * t), [0, a]) / 2 / m.pi
    return m.ncdf(z) - 2 * t


add_distribution(
    "skewnorm",
    (
        lambda y, x, loc, scale, a: _skewed(x, loc, scale, a),
        lambda y, x, loc, scale, a: -_skewed(x, loc, scale, a),
        lambda y, x, loc, scale, a: -(x - loc) / scale * _skewed(x, loc, scale, a),
        _skew_slope,
    ),
    domain=((0.1, 2.0), (-1.0, 0.0), (0.5, 2.0), (-3.0, 3.0)),
    mp=lambda m, x, loc, scale, a: _mp_skewed(m, (x - loc) / scale, a),
)

# ---------------------------------------------------------------- two normal numbers


def _above_both(x: Any, other: Any, r: Any) -> Any:
    """The derivative by one bound. No density is at infinity, where the other factor may be NaN."""
    finite = abs(x) < 1e300
    x = where(finite, x, 0.0)
    rest = ndtr((r * x - other) / sqrt((1 - r) * (1 + r)))
    return where(finite, -exp(-x * x / 2) / root_2pi(x) * rest, 0.0)


def _at_both(h: Any, k: Any, r: Any) -> Any:
    """The density at the corner."""
    finite = (abs(h) < 1e300) & (abs(k) < 1e300)
    h, k, rest = where(finite, h, 0.0), where(finite, k, 0.0), (1 - r) * (1 + r)
    away = h * h + (k - r * h) ** 2 / rest
    return where(finite, exp(-away / 2) / (2 * pi(r) * sqrt(rest)), 0.0)


#: By h, k and r: the probability that two normal numbers of correlation r are above h and k (R. Plackett,
#: Biometrika 41, 351 (1954)). Compiled in scipy.stats until SciPy 1.17.
BOTH_ABOVE: tuple[Partial, ...] = (
    lambda y, h, k, r: _above_both(h, k, r),
    lambda y, h, k, r: _above_both(k, h, r),
    lambda y, h, k, r: _at_both(h, k, r),
)


def _mp_both_above(m: Any, h: Any, k: Any, r: Any) -> Any:
    """By the integral over correlations, which are sines (Z. Drezner and G. Wesolowsky, 1990)."""

    def at(u: Any) -> Any:
        return m.exp(-(h * h + k * k - 2 * h * k * m.sin(u)) / (2 * m.cos(u) ** 2))

    return m.ncdf(-h) * m.ncdf(-k) + m.quad(at, [0, m.asin(r)], method="gauss-legendre") / (2 * m.pi)


if hasattr(_ufuncs, "_bivariate_normal_cdf"):
    elementwise(
        _ufuncs._bivariate_normal_cdf,
        *BOTH_ABOVE,
        mp=_mp_both_above,
        domain=((-2.0, 2.0), (-2.0, 2.0), (-0.9, 0.9)),
        real=True,
    )

# ---------------------------------------------------------------- counts

add_named(
    "_binom_pmf",
    "count k",
    "trials n",
    lambda y, k, n, p: y * (k - n * p) / (p * (1 - p)),
    mp=lambda m, k, n, p: m.binomial(n, k) * p**k * (1 - p) ** (n - k),
    domain=(COUNTS, [11, 30], (0.01, 0.99)),
)
add_distribution(
    "binom",
    ("count k", "trials n", lambda y, k, n, p: -binomial_density(k, n, p)),
    domain=(COUNTS, [11, 30], (0.01, 0.99)),
    mp=lambda m, k, n, p: m.betainc(n - k, k + 1, 0, 1 - p, regularized=True),
)
add_named(
    "_nbinom_pmf",
    "count k",
    lambda y, k, n, p: y * (digamma(k + n) - digamma(n) + log(p)),
    lambda y, k, n, p: y * (n / p - k / (1 - p)),
    mp=lambda m, k, n, p: m.binomial(k + n - 1, k) * p**n * (1 - p) ** k,
    domain=(COUNTS, (1.0, 20.0), (0.01, 0.99)),
)
add_distribution(
    "nbinom",
    (
        "count k",
        lambda y, k, n, p: beta_shape(1, 0)(n, k + 1, p),
        lambda y, k, n, p: beta_density(n, k + 1, p),
    ),
    domain=(COUNTS, (0.5, 20.0), (0.01, 0.99)),
    mp=lambda m, k, n, p: m.betainc(n, k + 1, 0, p, regularized=True),
)

# ---------------------------------------------------------------- chi-square, not central


def _chi2(x: Any, k: Any, nc: Any) -> Any:
    """``exp(-(x + nc) / 2) / 2 * (x / nc)**(v / 2) * I_v(sqrt(nc x))``, with v = k / 2 - 1."""
    v = k / 2 - 1
    return if_(
        nc == 0,
        lambda: _chi2_at_zero(x, k, nc),
        lambda: exp(-((sqrt(x) - sqrt(nc)) ** 2) / 2) / 2 * (x / nc) ** (v / 2) * ive(v, sqrt(nc * x)),
    )


def _chi2_at_zero(x: Any, k: Any, nc: Any) -> Any:
    """The same for nc = 0, and its first two derivatives by nc: Poisson's mixture, expanded."""
    f, g, h = (gamma_density(k / 2 + j, x / 2) / 2 for j in range(3))
    return f + nc / 2 * (g - f + nc / 4 * (h - 2 * g + f))


def _ratio(x: Any, k: Any, nc: Any) -> Any:
    """``I_{v+1} / I_v``."""
    z = sqrt(nc * x)
    return ive(k / 2, z) / ive(k / 2 - 1, z)


def _mp_chi2(m: Any, x: Any, k: Any, nc: Any) -> Any:
    v = k / 2 - 1
    return m.exp(-(x + nc) / 2) / 2 * (x / nc) ** (v / 2) * m.besseli(v, m.sqrt(nc * x))


def _mp_chndtr(m: Any, x: Any, k: Any, nc: Any) -> Any:
    """Poisson's mixture of central ones, each of which follows from the next."""
    last = int(nc) + 12 * int(math.sqrt(float(nc)) + 3) + m.dps
    a, x = k / 2 + last, x / 2
    central = m.gammainc(a, 0, x, regularized=True)
    step = x**a * m.exp(-x) / m.gamma(a + 1)
    weight = m.exp(-nc / 2) * (nc / 2) ** last / m.factorial(last)
    total = weight * central
    for j in range(last, 0, -1):
        step, weight = step * a / x, weight * j / (nc / 2)
        a, central = a - 1, central + step
        total += weight * central
    return total


_CHI2 = ((0.5, 20.0), (2.0, 20.0), (0.5, 20.0))


def _log_slope(x: Any, k: Any, nc: Any) -> Any:
    """The derivative of the density's logarithm by k."""
    v, z = k / 2 - 1, sqrt(nc * x)
    return if_(
        nc == 0,
        lambda: (log(x / 2) - digamma(k / 2)) / 2,
        lambda: log(x / nc) / 4 + by_order("ie")(v, z) / ive(v, z) / 2,
    )


def mixture(nc: Any, shape: Any, terms: Callable[[Any, Any], Any]) -> Any:
    """The sum of what ``terms`` gives for Poisson's numbers, of mean nc / 2, and their probabilities."""
    most = np.max(nc, initial=0.0) / 2
    count, block = 30 + int(most + 12 * math.sqrt(most)), max(1, 5000 // max(math.prod(shape), 1))
    total: Any = 0.0
    for first in range(0, count, block):
        j = np.arange(first, min(first + block, count)).reshape(-1, *(1,) * len(shape))
        weights = np.exp(sp.xlogy(j, nc / 2) - nc / 2 - sp.gammaln(j + 1))
        total = total + np.sum(terms(j, weights), axis=0)
    return total


def _freedom(n: int, x: Any, k: Any, nc: Any) -> Any:
    """The derivative of order n of ``chndtr(x, k, nc)`` by k: Poisson's mixture of central ones."""
    shape = np.shape(x + k + nc)
    return mixture(nc, shape, lambda j, weights: weights * gamma_shape(n, k / 2 + j, x / 2)) / 2**n


@cache
def by_freedom(n: int) -> Callable[..., Any]:
    """That as a function with a rule."""

    def by_x(y: Any, x: Any, k: Any, nc: Any) -> Any:
        return _chi2(x, k, nc) * _log_slope(x, k, nc) if n == 1 else (by_freedom(n)(x, k - 2, nc) - y) / 2

    def by_nc(y: Any, x: Any, k: Any, nc: Any) -> Any:
        if n == 1:
            return -_chi2(x, k + 2, nc) * _log_slope(x, k + 2, nc)
        return (by_freedom(n)(x, k + 2, nc) - y) / 2

    return elementwise(
        of_order(_freedom, n),
        by_x,
        lambda y, x, k, nc: by_freedom(n + 1)(x, k, nc),
        by_nc,
        mp=lambda m, x, k, nc: m.diff(lambda k: _mp_chndtr(m, x, k, nc), k, n),
        domain=_CHI2,
        real=True,
    )


add_named(
    "_ncx2_pdf",
    lambda y, x, k, nc: y * ((k / 2 - 1) / x - 0.5 + sqrt(nc / x) / 2 * _ratio(x, k, nc)),
    lambda y, x, k, nc: y * _log_slope(x, k, nc),
    lambda y, x, k, nc: y * (sqrt(x / nc) / 2 * _ratio(x, k, nc) - 0.5),
    mp=_mp_chi2,
    domain=_CHI2,
)
_CHI2_SLOPES: tuple[Partial, ...] = (
    lambda y, x, k, nc: _chi2(x, k, nc),
    lambda y, x, k, nc: by_freedom(1)(x, k, nc),
    lambda y, x, k, nc: -_chi2(x, k + 2, nc),
)
add_distribution("ncx2", _CHI2_SLOPES, _CHI2, mp=_mp_chndtr)
chndtr = elementwise(sp.chndtr, *_CHI2_SLOPES, mp=_mp_chndtr, domain=_CHI2, real=True)
inverse_of(chndtr, sp.chndtrix, "xkn", "pkn", ((0.01, 0.99), *_CHI2[1:]))
