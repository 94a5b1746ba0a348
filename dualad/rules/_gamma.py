"""The gamma and beta functions, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.special import _ufuncs

from ..table import FLAT, elementwise
from ._parts import POSITIVE, UNIT, inverse, pi, polynomial
from .elementwise import cos, if_, log, log1p, rint, sin, where

# ---------------------------------------------------------------- what SciPy lacks
# Stable parts of the derivatives below, each with its own rule, so that they differentiate again.

_ROOT_2PI = math.sqrt(2 * math.pi)


def _quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function without warnings and errors from the branches that `np.where` discards."""

    def quiet(*args: Any) -> Any:
        if all(isinstance(a, float | int) for a in args):
            args = tuple(map(np.float64, args))  # which do not raise
        with np.errstate(all="ignore"):
            return function(*args)[()]

    quiet.__name__ = function.__name__.lstrip("_")
    return quiet


def _digamma_difference(a: Any, b: Any) -> Any:
    """digamma(a + b) - digamma(a): ten steps of the recurrence up, then the asymptotic series."""
    total = sum(b / ((a + k) * (a + b + k)) for k in range(10))
    a, c = a + 10, a + b + 10
    grown = np.log1p(b / a)
    total = total + grown + b / (2 * a * c)
    for k, bernoulli in enumerate(_BERNOULLI, 1):
        total = total - bernoulli / (2 * k) * np.expm1(-2 * k * grown) * a ** (-2.0 * k)
    return np.where((a > 10) & (c > 10), total, sp.digamma(c - 10) - sp.digamma(a - 10))


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)


def _log1pmx(x: Any) -> Any:
    """log1p(x) - x: near 0 by the series of arctanh in s = x / (2 + x)."""
    s = x / (2 + x)
    near = s * (2 * s * s * polynomial(_ARCTANH, s * s) - x)
    return np.where(abs(s) < 0.25, near, np.log1p(x) - x)


_ARCTANH = tuple(1 / (2 * k + 3) for k in range(14))


def _stirling(a: Any) -> Any:
    """What Stirling's formula for the logarithm of gamma leaves, for a > 10."""
    return polynomial((1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360), 1 / (a * a)) / a


def _gamma_density(a: Any, x: Any) -> Any:
    """x**(a-1) exp(-x) / gamma(a); for large a by deviance and Stirling's formula (Loader, 2000)."""
    near = np.minimum(x, 3000)  # all is 0 from there on
    half = near ** ((a - 1) / 2) * np.exp(-near / 2)
    small = half * half * sp.rgamma(a)
    large = np.exp(a * _log1pmx((x - a) / a) - _stirling(a)) * np.sqrt(a) / _ROOT_2PI / x
    none = (a == 0) | (x == math.inf) | ((a > 170) & (x == 0))
    return np.where(none, 0.0 * a, np.where(a > 170, large, small))


def _beta_density(a: Any, b: Any, x: Any) -> Any:
    """x**(a-1) (1-x)**(b-1) / beta(a, b); for large a and b as in `_gamma_density`."""
    beta, c = sp.beta(a, b), 1 - x
    small = x ** (a - 1) * np.where(x < 0.5, np.exp((b - 1) * np.log1p(-x)), c ** (b - 1)) / beta
    n, d = a + b, b * x - a * c
    deviance = a * _log1pmx(d / a) + b * _log1pmx(-d / b)
    large = np.exp(deviance + _stirling(n) - _stirling(a) - _stirling(b))
    large = large * np.sqrt(a) * np.sqrt(b) / np.sqrt(n) / _ROOT_2PI / (x * c)
    none = (a == 0) | (b == 0)
    return np.where(none, 0.0 * x, np.where((abs(beta) < 1e-100) & (x > 0) & (x < 1), large, small))


digamma_difference = elementwise(
    _quiet(_digamma_difference),
    lambda y, a, b: _trigamma(a + b) - _trigamma(a),
    lambda y, a, b: _trigamma(a + b),
    mp=lambda m, a, b: m.digamma(a + b) - m.digamma(a),
    domain=((1e-3, 10.0), (1.0, 1e3)),
    real=True,
)
gamma_density = elementwise(
    _quiet(_gamma_density),
    lambda y, a, x: y * (log(x) - digamma(a)),
    lambda y, a, x: gamma_density(a - 1, x) - y,
    mp=lambda m, a, x: x ** (a - 1) * m.exp(-x) / m.gamma(a),
    domain=((1e-3, 170.0), (1e-3, 300.0)),
)
beta_density = elementwise(
    _quiet(_beta_density),
    lambda y, a, b, x: y * (log(x) + digamma_difference(a, b)),
    lambda y, a, b, x: y * (log1p(-x) + digamma_difference(b, a)),
    lambda y, a, b, x: (a + b - 1) * (beta_density(a - 1, b, x) - beta_density(a, b - 1, x)),
    mp=lambda m, a, b, x: x ** (a - 1) * (1 - x) ** (b - 1) / m.beta(a, b),
    domain=((1.1, 50.0), (1.1, 50.0), UNIT),
)

# ---------------------------------------------------------------- gamma

gamma = elementwise(
    sp.gamma,
    lambda y, x: y * digamma(x),
    mp="gamma",
    domain=(0.0, 171.0),
    points=(1.46, -0.5, -1.3, -3.7),
)
gammaln = elementwise(
    sp.gammaln, lambda y, x: digamma(x), mp=lambda m, x: m.log(abs(m.gamma(x))), domain=POSITIVE
)
loggamma = elementwise(sp.loggamma, lambda y, x: digamma(x), mp="loggamma", domain=POSITIVE, real=True)
gammasgn = elementwise(sp.gammasgn, FLAT, mp=lambda m, x: m.sign(m.gamma(x)), domain=POSITIVE)


def _trigamma(x: Any) -> Any:
    """digamma'(x), for x < 0 by reflection; x - rint(x) is exact, so sin is accurate near the poles."""
    z = zeta(2.0, where(x > 0, x, 1 - x))  # zeta of a large negative number would take for ever
    return if_(x > 0, lambda: z, lambda: (pi(x) / sin(pi(x) * (x - rint(x)))) ** 2 - z)


digamma = elementwise(
    sp.digamma,
    lambda y, x: _trigamma(x),
    mp="digamma",
    domain=POSITIVE,
    points=(1e-300, 1.46, -0.5, -1.001, -7.3, 1e10),
    real=True,
)
# The ufunc behind sp.zeta(x, q).
zeta = elementwise(
    _ufuncs._zeta,
    "exponent x",
    lambda y, x, q: -x * zeta(x + 1, q),
    mp="zeta",
    domain=([1.5, 2.0, 3.0, 7.5], (1e-3, 1e8)),
)


def _rgamma_slope(y: Any, x: Any) -> Any:
    """1 / gamma(x) = gamma(1 - x) sin(pi x) / pi has no poles to the left."""
    turned = pi(x) * (x - 2 * rint(x / 2))
    return if_(
        x < 0.5,
        lambda: gamma(1 - x) * (cos(turned) - sin(turned) * digamma(1 - x) / pi(x)),
        lambda: -y * digamma(x),
    )


rgamma = elementwise(
    sp.rgamma, _rgamma_slope, mp="rgamma", domain=(-10.0, 171.0), points=(0.0, -1.0, -5.0, 0.5, 1e-300)
)

poch = elementwise(
    sp.poch,
    lambda y, z, k: y * digamma_difference(z, k),
    lambda y, z, k: y * digamma(z + k),
    mp="rf",
    domain=((1e-2, 50.0), (1e-2, 50.0)),
)

gammainc = elementwise(
    sp.gammainc,
    "shape a",
    lambda y, a, x: gamma_density(a, x),
    mp=lambda m, a, x: m.gammainc(a, 0, x, regularized=True),
    domain=((1e-2, 170.0), (0.0, 300.0)),
)
gammaincc = elementwise(
    sp.gammaincc,
    "shape a",
    lambda y, a, x: -gamma_density(a, x),
    mp=lambda m, a, x: m.gammainc(a, x, regularized=True),
    domain=((1e-2, 170.0), (0.0, 300.0)),
)
# 1 / density, times gammainc(a, y) / p = 1: the quotient of the two forgives the rounding of y.
gammaincinv = elementwise(
    sp.gammaincinv,
    "shape a",
    lambda y, a, p: gammainc(a, y) / (p * gamma_density(a, y)),
    mp=lambda m, a, p: inverse(
        m, lambda y: m.gammainc(a, 0, y, regularized=True), p, sp.gammaincinv(float(a), float(p))
    ),
    domain=((0.1, 100.0), UNIT),
)
gammainccinv = elementwise(
    sp.gammainccinv,
    "shape a",
    lambda y, a, p: -gammaincc(a, y) / (p * gamma_density(a, y)),
    mp=lambda m, a, p: inverse(
        m, lambda y: m.gammainc(a, y, regularized=True), p, sp.gammainccinv(float(a), float(p))
    ),
    domain=((0.1, 100.0), UNIT),
)

# ---------------------------------------------------------------- beta

beta = elementwise(
    sp.beta,
    lambda y, a, b: -y * digamma_difference(a, b),
    lambda y, a, b: -y * digamma_difference(b, a),
    mp="beta",
    domain=(1e-3, 80.0),
)
betaln = elementwise(
    sp.betaln,
    lambda y, a, b: -digamma_difference(a, b),
    lambda y, a, b: -digamma_difference(b, a),
    mp=lambda m, a, b: m.log(m.beta(a, b)),
    domain=(1e-10, 1e10),
)
binom = elementwise(
    sp.binom,
    lambda y, n, k: y * digamma_difference(n - k + 1, k),
    lambda y, n, k: y * digamma_difference(k + 1, n - 2 * k),
    mp="binomial",
    domain=((20.0, 60.0), (0.0, 20.0)),
)
betainc = elementwise(
    sp.betainc,
    "shape a",
    "shape b",
    lambda y, a, b, x: beta_density(a, b, x),
    mp=lambda m, a, b, x: m.betainc(a, b, 0, x, regularized=True),
    domain=((1e-2, 100.0), (1e-2, 100.0), UNIT),
)
betaincc = elementwise(
    sp.betaincc,
    "shape a",
    "shape b",
    lambda y, a, b, x: -beta_density(a, b, x),
    mp=lambda m, a, b, x: m.betainc(a, b, x, 1, regularized=True),
    domain=((1e-2, 100.0), (1e-2, 100.0), UNIT),
)
betaincinv = elementwise(
    sp.betaincinv,
    "shape a",
    "shape b",
    lambda y, a, b, p: betainc(a, b, y) / (p * beta_density(a, b, y)),
    mp=lambda m, a, b, p: inverse(
        m,
        lambda y: m.betainc(a, b, 0, y, regularized=True),
        p,
        sp.betaincinv(float(a), float(b), float(p)),
    ),
    domain=((0.5, 50.0), (0.5, 50.0), UNIT),
)
betainccinv = elementwise(
    sp.betainccinv,
    "shape a",
    "shape b",
    lambda y, a, b, p: -betaincc(a, b, y) / (p * beta_density(a, b, y)),
    mp=lambda m, a, b, p: inverse(
        m,
        lambda y: m.betainc(a, b, y, 1, regularized=True),
        p,
        sp.betainccinv(float(a), float(b), float(p)),
    ),
    domain=((0.5, 50.0), (0.5, 50.0), UNIT),
)
