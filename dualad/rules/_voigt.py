"""The Faddeeva function ``w(z) = exp(-z**2) erfc(-i z)``, and what is made of it: Voigt's profile, Fresnel's.

Its derivatives are repeated integrals of erfc, ``w[n] = (2i)**n n! exp(-z**2) i^n erfc(-i z)``. In the
upper half plane they are the smallest solution of their recurrence (DLMF 7.18.7), so that the quotient of
each and the one before is a continued fraction; nothing cancels in it, far out in the wings either.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import scipy.special as sp

from ..table import elementwise
from ._parts import pi, root_half, root_pi
from ._shapes import of_order, quiet
from .elementwise import conjugate, exp, where


def _derivative(n: int, z: Any) -> Any:
    """The derivative of order ``n`` of ``w``, for an array of complex numbers."""
    w, far = sp.wofz(z), (z.imag > 1) | (np.abs(z) > 7) & (z.imag >= 0)
    before, now = np.zeros_like(w), w
    for k in range(1, n + 1):  # w[k] = -2 z w[k-1] - 2 (k-1) w[k-2]
        inhomogeneous = 2j / math.sqrt(math.pi) if k == 1 else 0.0
        before, now = now, inhomogeneous - 2 * z * now - 2 * (k - 1) * before
    if not np.any(far):
        return now
    zeta = np.where(far, -1j * z, 7.0)
    # The error falls as exp(-2.25 sqrt(terms) Re(zeta)), and beyond 7 as exp(-abs(z)**2).
    nearest = np.min(zeta.real, where=np.abs(zeta) <= 7, initial=7.0)
    quotient, product = np.zeros_like(zeta), w
    for k in range(n + 40 + math.ceil((17 / nearest) ** 2), 0, -1):
        quotient = 1 / (2 * (zeta + (k + 1) * quotient))
        if k <= n:
            product = product * (2j * k * quotient)
    product = np.where(z.imag < 1e-20, now.real + 1j * product.imag, product)  # a Gaussian, however small
    return np.where(far, product, now)


@cache
def faddeeva(n: int) -> Callable[..., Any]:
    """The derivative of order ``n`` of wofz, as a function with a rule."""

    def of_complex(z: Any) -> Any:
        return _derivative(n, np.asarray(z, complex))

    of_complex.__name__ = f"faddeeva_{n}"
    return elementwise(quiet(of_complex), lambda y, z: faddeeva(n + 1)(z), complex_valued=True)


def _mp_w(m: Any, n: int, x: Any, y: Any) -> Any:
    return m.diff(lambda z: m.exp(-z * z) * m.erfc(-1j * z), m.mpc(x, y), n)


@cache
def part(name: str, n: int) -> Callable[..., Any]:
    """The real part ("real") of that derivative at ``x + i y``, or the imaginary one ("imag")."""
    other, sign = ("imag", -1) if name == "real" else ("real", 1)

    def derivative(n: int, x: Any, y: Any) -> Any:
        return getattr(_derivative(n, np.asarray(x + 1j * y)), name)

    derivative.__name__ = f"faddeeva_{name}"
    return elementwise(
        of_order(derivative, n),
        lambda w, x, y: part(name, n + 1)(x, y),
        lambda w, x, y: sign * part(other, n + 1)(x, y),
        mp=lambda m, x, y: getattr(_mp_w(m, n, x, y), name),
        domain=((-5.0, 5.0), (0.1, 10.0)),
        real=True,
    )


wofz = elementwise(sp.wofz, lambda y, z: faddeeva(1)(z), complex_valued=True)

# ---------------------------------------------------------------- Voigt's profile


def _scaled(x: Any, sigma: Any, gamma: Any) -> Any:
    """The scale ``1 / (sigma sqrt(2))``, and x and gamma by it; where sigma is 0, any numbers."""
    u = root_half(x) / where(sigma == 0, 1.0, sigma)
    return u, x * u, gamma * u


def _by_place(y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    u, a, b = _scaled(x, sigma, gamma)
    lorentz = -2 * pi(x) * (y / where(gamma == 0, 1.0, gamma)) * (y * x)
    return where(sigma == 0, lorentz, u * u / root_pi(x) * part("real", 1)(a, b))


def _by_sigma(y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    """It solves the heat equation: sigma times the second derivative by x."""
    u, a, b = _scaled(x, sigma, gamma)
    return where(sigma == 0, 0.0 * y, sigma * u * u * (u / root_pi(x)) * part("real", 2)(a, b))


def _by_gamma(y: Any, x: Any, sigma: Any, gamma: Any) -> Any:
    u, a, b = _scaled(x, sigma, gamma)
    lorentz = (x * x - gamma * gamma) * pi(x) * (y / where(gamma == 0, 1.0, gamma)) ** 2
    return where(sigma == 0, lorentz, -u * u / root_pi(x) * part("imag", 1)(a, b))


voigt_profile = elementwise(
    sp.voigt_profile,
    _by_place,
    _by_sigma,
    _by_gamma,
    mp=lambda m, x, sigma, gamma: (
        _mp_w(m, 0, x / sigma / m.sqrt(2), gamma / sigma / m.sqrt(2)).real / sigma / m.sqrt(2 * m.pi)
        if sigma
        else gamma / m.pi / (x * x + gamma * gamma)
    ),
    domain=((-10.0, 10.0), (0.1, 10.0), (0.1, 10.0)),
    points=((40.0, 0.5, 0.25), (1e3, 0.5, 0.25), (1.5, 0.0, 0.5)),
)

# ---------------------------------------------------------------- modified Fresnel integrals
# F(x), the integral of exp(+-i t**2) from x on, and K(x) = w(exp(+-pi i/4) x) / 2.

_TURN = cmath.exp(1j * math.pi / 4)


def _slope(x: Any) -> Any:
    return _TURN / 2 * faddeeva(1)(_TURN * x)


modfresnelp = elementwise(
    sp.modfresnelp, (lambda y, x: -exp(1j * (x * x)), lambda y, x: _slope(x)), complex_valued=True
)
modfresnelm = elementwise(
    sp.modfresnelm, (lambda y, x: -exp(-1j * (x * x)), lambda y, x: conjugate(_slope(x))), complex_valued=True
)
