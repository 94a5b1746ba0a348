"""The gamma and beta functions, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import scipy.special as sp
from scipy.special import _ufuncs

from ..table import FLAT, elementwise
from . import _shapes
from ._parts import POSITIVE, UNIT, complement, inverse_of, pi
from .elementwise import cos, if_, log, log1p, rint, sin, where

# ---------------------------------------------------------------- what SciPy lacks
# Stable parts of the derivatives below, each with its own rule, so that they differentiate again.

digamma_difference = elementwise(
    _shapes.digamma_difference,
    lambda y, a, b: _trigamma(a + b) - _trigamma(a),
    lambda y, a, b: _trigamma(a + b),
    mp=lambda m, a, b: m.digamma(a + b) - m.digamma(a),
    domain=((1e-3, 10.0), (1.0, 1e3)),
    real=True,
)
gamma_density = elementwise(
    _shapes.gamma_density,
    lambda y, a, x: y * (log(x) - digamma(a)),
    lambda y, a, x: gamma_density(a - 1, x) - y,
    mp=lambda m, a, x: x ** (a - 1) * m.exp(-x) / m.gamma(a),
    domain=((1e-3, 170.0), (1e-3, 300.0)),
)
beta_density = elementwise(
    _shapes.beta_density,
    lambda y, a, b, x: y * (log(x) + digamma_difference(a, b)),
    lambda y, a, b, x: y * (log1p(-x) + digamma_difference(b, a)),
    lambda y, a, b, x: beta_density_slope(y, a, b, x),
    mp=lambda m, a, b, x: x ** (a - 1) * (1 - x) ** (b - 1) / m.beta(a, b),
    domain=((1.1, 50.0), (1.1, 50.0), UNIT),
    points=((0.5, 0.5, 0.3), (1.0, 0.5, 0.3)),
)


def beta_density_slope(y: Any, a: Any, b: Any, x: Any) -> Any:
    """The derivative of that, y, by x; at the ends of the interval by densities of other shapes."""
    return if_(
        (x > 0) & (x < 1),
        lambda: y * ((a - 1) / x - (b - 1) / (1 - x)),
        lambda: (a + b - 1) * (beta_density(a - 1, b, x) - beta_density(a, b - 1, x)),
    )


@cache
def gamma_shape(n: int) -> Callable[..., Any]:
    """The derivative of order ``n`` of gammainc by its shape, as a function with a rule."""

    def of_density(a: Any, x: Any) -> Any:
        logs = {**_shapes.gamma_logs(n, a), (1, 0): log(x) - digamma(a)}
        return gamma_density(a, x) * _shapes.bell(logs, n)

    return elementwise(
        _shapes.of_order(_shapes.gamma_shape, n),
        lambda y, a, x: gamma_shape(n + 1)(a, x),
        lambda y, a, x: of_density(a, x),
        mp=lambda m, a, x: m.diff(lambda a: m.gammainc(a, 0, x, regularized=True), a, n),
        domain=((0.1, 30.0), (1e-3, 60.0)),
        real=True,
    )


@cache
def beta_shape(i: int, j: int) -> Callable[..., Any]:
    """The derivative of orders ``i`` and ``j`` of betainc by its shapes, as a function with a rule."""

    def of_density(a: Any, b: Any, x: Any) -> Any:
        logs = {(1, 0): log(x) + digamma_difference(a, b), (0, 1): log1p(-x) + digamma_difference(b, a)}
        return beta_density(a, b, x) * _shapes.bell({**logs, **_shapes.beta_logs(a, b, i, j)}, i, j)

    return elementwise(
        _shapes.of_order(_shapes.beta_shape, i, j),
        lambda y, a, b, x: beta_shape(i + 1, j)(a, b, x),
        lambda y, a, b, x: beta_shape(i, j + 1)(a, b, x),
        lambda y, a, b, x: of_density(a, b, x),
        mp=lambda m, a, b, x: m.diff(lambda a, b: m.betainc(a, b, 0, x, regularized=True), (a, b), (i, j)),
        domain=((0.5, 20.0), (0.5, 20.0), (0.0, 0.9)),
        real=True,
    )


_by_shape = gamma_shape(1)
_by_a, _by_b = beta_shape(1, 0), beta_shape(0, 1)

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
loggamma = elementwise(sp.loggamma, lambda y, x: digamma(x), mp="loggamma", domain=POSITIVE)
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


@cache
def zeta_slope(n: int) -> Callable[..., Any]:
    """The derivative of order ``n`` of zeta by its exponent, as a function with a rule."""
    return elementwise(
        _shapes.of_order(_shapes.zeta_slope, n),
        lambda y, x, q: zeta_slope(n + 1)(x, q),
        lambda y, x, q: -x * zeta_slope(n)(x + 1, q) - n * (zeta_slope(n - 1) if n > 1 else zeta)(x + 1, q),
        mp=lambda m, x, q: m.zeta(x, q, n),
        domain=((1.2, 20.0), (0.1, 50.0)),
        real=True,
    )


_by_exponent = zeta_slope(1)
# The ufunc behind sp.zeta(x, q).
zeta = elementwise(
    _ufuncs._zeta,
    lambda y, x, q: _by_exponent(x, q),
    lambda y, x, q: -x * zeta(x + 1, q),
    mp="zeta",
    domain=((1.1, 10.0), (1e-3, 1e8)),
)
for _name in ("_riemann_zeta", "zetac"):  # behind sp.zeta(x), and less 1
    if hasattr(_ufuncs, _name):
        elementwise(
            getattr(_ufuncs, _name),
            lambda y, x: _riemann_slope(x),
            mp=lambda m, x: m.zeta(x) - 1,
            domain=(1.01, 50.0),
            points=(0.4, 0.0, -0.5, -1.0, -2.0, -7.3),
            real=True,
        )


def _riemann_slope(x: Any) -> Any:
    """Without the first term, which is 0; to the left by what zeta is at ``s = 1 - x``."""
    right = x > -0.5
    s = where(right, 2.0, 1 - x)
    angle, by_zeta = pi(s) * s / 2, log(2 * pi(s)) - digamma(s)
    value, slope = zeta(s, 1.0), _by_exponent(s, 2.0)
    turned = cos(angle) * (by_zeta * value - slope) + pi(s) / 2 * sin(angle) * value
    return where(right, _by_exponent(where(right, x, 2.0), 2.0), 2 * gamma(s) * (2 * pi(s)) ** -s * turned)


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
    lambda y, a, x: _by_shape(a, x),
    lambda y, a, x: gamma_density(a, x),
    mp=lambda m, a, x: m.gammainc(a, 0, x, regularized=True),
    domain=((1e-2, 170.0), (0.0, 300.0)),
)
gammaincc = complement(
    sp.gammaincc,
    gammainc,
    lambda m, a, x: (
        m.gammainc(a, x, regularized=True) if x > 1 else 1 - m.gammainc(a, 0, x, regularized=True)
    ),
)
gammaincinv = inverse_of(gammainc, sp.gammaincinv, "ax", "ap", ((0.1, 100.0), UNIT))
gammainccinv = inverse_of(gammaincc, sp.gammainccinv, "ax", "ap", ((0.1, 100.0), UNIT))

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


def _reflected(n: Any, k: Any, by_logarithm: Any, by_angle: int) -> Any:
    """A partial of ``binom(n, k) = beta(n + 1, k - n) sin(z) / pi``, where it may be 0."""
    z = pi(n) * (n - k + 1)
    return beta(n + 1, k - n) * (by_logarithm * sin(z) / pi(n) + by_angle * cos(z))


binom = elementwise(
    sp.binom,
    lambda y, n, k: if_(
        (n > -1) & (n - k < -0.5),
        lambda: _reflected(n, k, digamma(n + 1) - digamma(k - n), 1),
        lambda: y * digamma_difference(n - k + 1, k),
    ),
    lambda y, n, k: if_(
        (n > -1) & (n - k < -0.5),
        lambda: _reflected(n, k, digamma(k - n) - digamma(k + 1), -1),
        lambda: y * digamma_difference(k + 1, n - 2 * k),
    ),
    mp="binomial",
    domain=((20.0, 60.0), (0.0, 20.0)),
    points=((2.0, 3.0), (0.5, 1.5), (2.0, 4.6), (0.0, 1.0)),
)
betainc = elementwise(
    sp.betainc,
    lambda y, a, b, x: _by_a(a, b, x),
    lambda y, a, b, x: _by_b(a, b, x),
    lambda y, a, b, x: beta_density(a, b, x),
    mp=lambda m, a, b, x: m.betainc(a, b, 0, x, regularized=True),
    domain=((1e-2, 100.0), (1e-2, 100.0), UNIT),
)
betaincc = complement(sp.betaincc, betainc, lambda m, a, b, x: m.betainc(a, b, x, 1, regularized=True))
betaincinv = inverse_of(betainc, sp.betaincinv, "abx", "abp", ((0.5, 50.0), (0.5, 50.0), UNIT))
betainccinv = inverse_of(betaincc, sp.betainccinv, "abx", "abp", ((0.5, 50.0), (0.5, 50.0), UNIT))
