"""The gamma, beta and Student distributions: densities, and the derivatives by the shape parameters.

For plain arrays. With ``F(x)`` the integral of the density ``f`` up to ``x``, the derivative of order
``n`` by a parameter is the integral of ``f(t) B_n(t)``, where ``B_n`` is made of the derivatives of
``log(f)`` (`bell`). Over all ``t`` that is 0, so it is taken from the end from which ``B_1`` does not
change its sign: no digits cancel. With its order as an argument each function is closed under
differentiation.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

from ..errors import NoRuleError
from ._parts import polynomial
from .elementwise import log1p, where
from .plain import polygamma


def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function without warnings and errors from the branches that `np.where` discards."""

    def quiet(*args: Any) -> Any:
        if all(isinstance(a, float | int) for a in args):
            args = tuple(map(np.float64, args))  # which do not raise
        with np.errstate(all="ignore"):
            return function(*args)[()]

    quiet.__name__ = function.__name__.lstrip("_")
    return quiet


def of_order(function: Callable[..., Any], *orders: int) -> Callable[..., Any]:
    """One of the functions below for fixed orders of the derivative."""

    def fixed(*args: Any) -> Any:
        args = tuple(map(_real_numbers, args))  # beside a complex result they have been made complex
        if any(map(np.iscomplexobj, args)):
            raise NoRuleError(
                "a special function of complex numbers has no derivative by its order or shape; "
                "pass that as a plain number: dualad.value(v)"
            )
        return function(*orders, *args)

    fixed.__name__ = "_".join([function.__name__, *map(str, orders)])
    return quiet(fixed)


def _real_numbers(x: Any) -> Any:
    return x.real if np.iscomplexobj(x) and not np.any(x.imag) else x


@quiet
def digamma_difference(a: Any, b: Any) -> Any:
    """digamma(a + b) - digamma(a): ten steps of the recurrence up, then the asymptotic series."""
    total = sum(b / ((a + k) * (a + b + k)) for k in range(10))
    a, c = a + 10, a + b + 10
    grown = np.log1p(b / a)
    total = total + grown + b / (2 * a * c)
    for k, bernoulli in enumerate(_BERNOULLI, 1):
        total = total - bernoulli / (2 * k) * np.expm1(-2 * k * grown) * a ** (-2.0 * k)
    return np.where((a > 10) & (c > 10), total, sp.digamma(c - 10) - sp.digamma(a - 10))


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)

# ---------------------------------------------------------------- densities

_ROOT_2PI = math.sqrt(2 * math.pi)


def _log1pmx(x: Any) -> Any:
    """log1p(x) - x: near 0 by the series of arctanh in s = x / (2 + x)."""
    s = x / (2 + x)
    near = s * (2 * s * s * polynomial(_ARCTANH, s * s) - x)
    return where(abs(s) < 0.25, near, log1p(x) - x)


_ARCTANH = tuple(1 / (2 * k + 3) for k in range(14))


def _stirling(a: Any) -> Any:
    """What Stirling's formula for the logarithm of gamma leaves, for a > 10."""
    return polynomial((1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360), 1 / (a * a)) / a


@quiet
def gamma_density(a: Any, x: Any) -> Any:
    """x**(a-1) exp(-x) / gamma(a); for large a by deviance and Stirling's formula (Loader, 2000)."""
    near = np.minimum(x, 3000)  # all is 0 from there on
    half = near ** ((a - 1) / 2) * np.exp(-near / 2)
    small = half * half * sp.rgamma(a)
    large = np.exp(a * _log1pmx((x - a) / a) - _stirling(a)) * np.sqrt(a) / _ROOT_2PI / x
    none = (a == 0) | (x == math.inf) | ((a > 170) & (x == 0))
    return np.where(none, 0.0 * a, np.where(a > 170, large, small))


@quiet
def beta_density(a: Any, b: Any, x: Any) -> Any:
    """x**(a-1) (1-x)**(b-1) / beta(a, b); for large a and b as in `gamma_density`."""
    beta, c = sp.beta(a, b), 1 - x
    small = x ** (a - 1) * np.where(x < 0.5, np.exp((b - 1) * np.log1p(-x)), c ** (b - 1)) / beta
    n, d = a + b, b * x - a * c
    deviance = a * _log1pmx(d / a) + b * _log1pmx(-d / b)
    large = np.exp(deviance + _stirling(n) - _stirling(a) - _stirling(b))
    large = large * np.sqrt(a) * np.sqrt(b) / np.sqrt(n) / _ROOT_2PI / (x * c)
    none = (a == 0) | (b == 0)
    return np.where(none, 0.0 * x, np.where((abs(beta) < 1e-100) & (x > 0) & (x < 1), large, small))


# ---------------------------------------------------------------- integrals


def _half_line() -> tuple[Any, Any]:
    """Nodes and weights for integrals from 0 to infinity of what falls like ``exp(-u)``.

    By the double exponential substitution ``u = exp(s - exp(-s))`` (Takahasi and Mori, 1974).
    """
    s = np.arange(-4.7, 4.7, 1 / 14)
    u = np.exp(s - np.exp(-s))
    return u, 1 / 14 * u * (1 + np.exp(-s))


_NODES, _WEIGHTS = _half_line()


def quadrature(function: Callable[[Any], Any], nodes: Any, weights: Any, scale: Any) -> Any:
    """The sum of ``weights * function(scale * nodes)``, many nodes at once for small arrays."""
    many = max(1, 20_000 // max(np.size(scale), 1))
    total: Any = 0.0
    for k in range(0, len(nodes), many):
        u = scale * nodes[k : k + many].reshape(-1, *(1,) * np.ndim(scale))
        total = total + np.tensordot(weights[k : k + many], function(u), 1)
    return total * scale


def _integral(function: Callable[[Any], Any], scale: Any) -> Any:
    """The integral of ``function(u)`` from 0 to infinity, where ``scale`` is about the width of it."""
    return quadrature(function, _NODES, _WEIGHTS, scale)


def bell(logs: dict[tuple[int, int], Any], i: int, j: int = 0) -> Any:
    """The derivative of ``f``, of orders i and j by two parameters, over ``f``: from those of ``log(f)``.

    These are complete Bell polynomials: ``f' = f log(f)'``, differentiated by Leibniz's rule.
    """
    if i == j == 0:
        return 1.0
    first, other = (i - 1, j) if i else (i, j - 1)
    return sum(
        math.comb(first, k)
        * math.comb(other, m)
        * bell(logs, first - k, other - m)
        * logs[(k + 1, m) if i else (k, m + 1)]
        for k in range(first + 1)
        for m in range(other + 1)
    )


# ---------------------------------------------------------------- gamma


def gamma_logs(n: int, a: Any) -> dict[tuple[int, int], Any]:
    """The derivatives of ``-log(gamma(a))``, up to the order ``n``."""
    return {(k, 0): -polygamma(k - 1, a) for k in range(1, n + 1)}


def gamma_shape(n: int, a: Any, x: Any) -> Any:
    """The derivative of order ``n`` of ``gammainc(a, x)`` by ``a``.

    Below the mean by the density at ``t = x exp(-u)``, above it at ``t = x (1 + v)``. Below it is that of
    ``gammainc(a + 1, x)``, which is smooth for small ``a``, and of the term that is between the two.
    """
    at_zero = (x == 0) | (x == math.inf)
    log_x, raised, plain = np.log(x), gamma_logs(n, a + 1), gamma_logs(n, a)
    first_raised, first_plain = raised.pop((1, 0)), plain.pop((1, 0))

    def below(u: Any) -> Any:
        logs = {(1, 0): log_x + first_raised - u, **raised}
        return np.exp(-(a + 1) * u - x * np.expm1(-u)) * bell(logs, n)

    def above(v: Any) -> Any:
        grown = np.log1p(v)
        return np.exp((a - 1) * grown - x * v) * bell({(1, 0): log_x + first_plain + grown, **plain}, n)

    scale = 1 / (np.abs(x - a) + 1 + np.sqrt(x))
    between = bell({(1, 0): log_x + first_raised, **raised}, n)
    lower = (between + x * _integral(below, scale)) / a
    part = np.where(log_x + first_raised < 0, lower, -_integral(above, scale))
    return np.where(at_zero, 0.0, part * x * gamma_density(a, x))


# ---------------------------------------------------------------- beta


def beta_logs(a: Any, b: Any, i: int, j: int) -> dict[tuple[int, int], Any]:
    """The derivatives of ``-log(beta(a, b))`` by a and b, from the second on."""
    logs = {}
    for k in range(i + 1):
        for m in range(j + 1):
            if k + m > 1:
                mine = polygamma(k - 1, a) if m == 0 else polygamma(m - 1, b) if k == 0 else 0.0
                logs[k, m] = polygamma(k + m - 1, a + b) - mine
    return logs


def beta_shape(i: int, j: int, a: Any, b: Any, x: Any) -> Any:
    """The derivative of orders ``i`` and ``j`` of ``betainc(a, b, x)`` by ``a`` and ``b``."""
    c = 1 - x
    part = -_beta_part(j, 0, b, a, c, x) if i == 0 else _beta_part(i, j, a, b, x, c)
    return np.where((x == 0) | (c == 0), 0.0, part * x * c * beta_density(a, b, x))


def _beta_part(i: int, j: int, a: Any, b: Any, x: Any, c: Any) -> Any:
    """That over ``density x c``, with ``c = 1 - x``.

    Below the mean by the density at ``t = x exp(-u)``, above it at ``1 - t = c exp(-u)``. Below it is that
    of ``betainc(a + 1, b, x)`` and of ``x**a c**b / (a beta(a, b))``, which is between the two.
    """
    log_x = np.where(x < 0.5, np.log(x), np.log1p(-c))
    log_c = np.where(c < 0.5, np.log(c), np.log1p(-x))
    raised, plain = beta_logs(a + 1, b, i, j), beta_logs(a, b, i, j)
    raised_a, raised_b = log_x + digamma_difference(a + 1, b), log_c + digamma_difference(b, a + 1)
    plain_a, plain_b = log_x + digamma_difference(a, b), log_c + digamma_difference(b, a)

    def below(u: Any) -> Any:
        left = np.log1p(-x / c * np.expm1(-u))  # the logarithm of (1 - t) / (1 - x)
        logs = {(1, 0): raised_a - u, (0, 1): raised_b + left, **raised}
        return np.exp((b - 1) * left - (a + 1) * u) * bell(logs, i, j)

    def above(u: Any) -> Any:
        left = np.log1p(-c / x * np.expm1(-u))  # of t / x
        logs = {(1, 0): plain_a + left, (0, 1): plain_b - u, **plain}
        return np.exp((a - 1) * left - b * u) * bell(logs, i, j)

    n = a + b
    below_scale = np.maximum(1 / (np.abs(a - b * x / c) + np.sqrt(a * n / b)), 0.4 / (a + 1))
    above_scale = np.maximum(1 / (np.abs(b - a * c / x) + np.sqrt(b * n / a)), 0.4 / b)
    logs = {(1, 0): plain_a - 1 / a, (0, 1): plain_b}
    for (k, m), log in plain.items():
        logs[k, m] = log if m else log + polygamma(k - 1, a) - polygamma(k - 1, a + 1)
    lower = (bell(logs, i, j) + n * x / c * _integral(below, below_scale)) / a
    return np.where(raised_a < 0, lower, -_integral(above, above_scale) / x)


# ---------------------------------------------------------------- Student


def student_logs(n: int, v: Any, t: Any) -> dict[tuple[int, int], Any]:
    """The derivatives of the logarithm of Student's density by ``v``, up to the order ``n``."""
    q = t * t / v
    # digamma((v + 1) / 2) / 2 - digamma(v / 2) / 2 - 1 / (2 v): up by its recurrence, then asymptotically
    up = v + 40
    one = sum((-1) ** k / (2 * (v + k) * (v + k + 1)) for k in range(40))
    one = one + polynomial((1 / 4, -1 / 8, 1 / 4, -17 / 16, 31 / 4), 1 / (up * up)) / (up * up)
    direct = (v + 1) / v * q / (1 + q) - log1p(q)
    slope = where(q < 1, (q / v - q * q) / (1 + q) - _log1pmx(q), direct)
    logs = {(1, 0): one + slope / 2}

    def of_log(m: int) -> Any:
        """The derivative of log(v + t**2) - log(v)."""
        return (-1) ** (m - 1) * math.factorial(m - 1) * ((1 + q) ** -m - 1) / v**m

    for k in range(2, n + 1):
        gammas = (polygamma(k - 1, (v + 1) / 2) - polygamma(k - 1, v / 2)) / 2**k
        root = (-1) ** k * math.factorial(k - 1) / (2 * v**k)
        logs[k, 0] = gammas + root - (v + 1) / 2 * of_log(k) - k / 2 * of_log(k - 1)
    return logs


#: On (0, 1).
_GAUSS, _GAUSS_WEIGHTS = np.array([0.5, 0])[:, None] + np.array(np.polynomial.legendre.leggauss(48)) / 2


def student_shape(n: int, v: Any, t: Any) -> Any:
    """The derivative of order ``n`` of ``stdtr(v, t)``, Student's distribution, by ``v``.

    Far out by the integral from ``t`` on, at ``t exp(u)``, else by that from 0 to ``t``: over the half
    line it is 0, too.
    """
    v, size = 1.0 * v, np.abs(t)

    def density(s: Any) -> Any:
        return np.exp(-(v + 1) / 2 * np.log1p(s * s / v)) * bell(student_logs(n, v, s), n)

    def beyond(u: Any) -> Any:
        return density(size * np.exp(u)) * np.exp(u)

    far = size * _integral(beyond, 1 / v + 1 / (size * size))
    near = quadrature(density, _GAUSS, _GAUSS_WEIGHTS, size + 0 * v)
    peak = 1 / (np.sqrt(v) * sp.beta(v / 2, 0.5))
    return np.where(np.isinf(t), 0.0, peak * np.sign(t) * np.where(size > 1.6, -far, near))


# ---------------------------------------------------------------- zeta


def zeta_slope(n: int, x: Any, q: Any) -> Any:
    """The derivative of order ``n`` of the sum of ``(q + k)**-x`` by ``x``, continued to ``x > -1``.

    Twenty terms, and of the rest the integral and the corrections of Euler and Maclaurin.
    """
    total = sum((-np.log(q + k)) ** n * (q + k) ** -x for k in range(20))
    far = q + 20.0
    log, s = np.log(far), x - 1.0
    # far**(1-x) / (x-1) is differentiated by Leibniz's rule, as are the rising factorials below.
    inverse = [(-1) ** j * math.factorial(j) / s ** (j + 1) for j in range(n + 1)]
    integral = sum(math.comb(n, j) * (-log) ** (n - j) * inverse[j] for j in range(n + 1))
    total = total + far**-s * integral + (-log) ** n * far**-x / 2
    rising = [x] + [x * 0.0 + (j == 0) for j in range(n)]  # and its derivatives by x
    for k, bernoulli in enumerate(_BERNOULLI, 1):
        term = sum(math.comb(n, j) * rising[j] * (-log) ** (n - j) for j in range(n + 1))
        total = total + bernoulli / math.factorial(2 * k) * term * far ** (-x - 2 * k + 1)
        for factor in (x + (2 * k - 1), x + 2 * k):
            rising = [r * factor + (j * rising[j - 1] if j else 0.0) for j, r in enumerate(rising)]
    return np.where((x > -1) & (x != 1) & (q > 0), total, np.nan)
