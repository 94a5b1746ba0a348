"""Elliptic integrals and functions, and the arithmetic-geometric mean.

The derivatives by the parameter `m` are Carlson's integral R_D (DLMF 19.18), in which nothing
cancels; E - (1 - m) K does.
"""

from __future__ import annotations

import math
from typing import Any

import scipy.special as sp

from ..table import elementwise
from ._hypergeometric import hyp2f1
from ._parts import pi, polynomial
from .elementwise import cos, if_, rint, sin, sqrt, where

BELOW_ONE = (-1e100, 1.0)

# ---------------------------------------------------------------- Carlson's integrals


def _slope(x: Any, y: Any, z: Any) -> Any:
    """The derivative of elliprd(x, y, z) by x: a difference, and where that cancels, its series."""
    s, d = (x + z) / 2, (z - x) / (z + x)
    near = [c * hyp2f1(0.5, b, b + 1, 1 - y / s) for b, c in _SLOPE_SERIES]
    return if_(
        abs(d) < 0.1,
        lambda: -0.75 * polynomial(near, d * d) / (s * s * sqrt(s)),
        lambda: (elliprd(x, y, z) - elliprd(y, z, x)) / (2 * (z - x)),
    )


# The integral of (t+y)**(-1/2) (t+s)**(-3) (1 - d**2 s**2 / (t+s)**2)**(-3/2) over t, by powers of d**2.
_SLOPE_SERIES = [
    (2.5 + 2 * k, math.prod((j + 1.5) / (j + 1) for j in range(k)) / (2.5 + 2 * k)) for k in range(8)
]


def _last_slope(v: Any, x: Any, y: Any, z: Any) -> Any:
    """The derivative of v = elliprd(x, y, z) by z: it is homogeneous, of degree -3/2."""
    by_x = where(x == 0, 0.0, x * _slope(x, y, z))
    by_y = where(y == 0, 0.0, y * _slope(y, x, z))
    return -(1.5 * v + by_x + by_y) / z


elliprd = elementwise(
    sp.elliprd,
    lambda v, x, y, z: _slope(x, y, z),
    lambda v, x, y, z: _slope(y, x, z),
    _last_slope,
    mp="elliprd",
    domain=(1e-3, 1e3),
    points=((1.0, 1.0, 1.0), (2.0, 1.0, 2.0), (2.0, 1.0, 2.3), (1.0, 1.0001, 1.0)),
)
elliprf = elementwise(
    sp.elliprf,
    lambda v, x, y, z: -elliprd(y, z, x) / 6,
    lambda v, x, y, z: -elliprd(x, z, y) / 6,
    lambda v, x, y, z: -elliprd(x, y, z) / 6,
    mp="elliprf",
    domain=(1e-50, 1e50),
)
elliprc = elementwise(
    sp.elliprc,
    lambda v, x, y: -elliprd(y, y, x) / 6,
    lambda v, x, y: -elliprd(x, y, y) / 3,
    mp="elliprc",
    domain=(1e-50, 1e50),
)


def _mean_slope(x: Any, y: Any, z: Any) -> Any:
    """The derivative of elliprg(x, y, z) by x: the integral of t / (t+x) under that of R_F, over 8."""
    return elliprf(x, y, z) / 4 - where(x == 0, 0.0, x * elliprd(y, z, x)) / 12


elliprg = elementwise(
    sp.elliprg,
    lambda v, x, y, z: _mean_slope(x, y, z),
    lambda v, x, y, z: _mean_slope(y, z, x),
    lambda v, x, y, z: _mean_slope(z, x, y),
    mp="elliprg",
    domain=(1e-3, 1e3),
    points=((1.0, 1.0, 1.0), (2.0, 1.0, 2.0), (0.5, 3.0, 3.0)),
)

# ---------------------------------------------------------------- Legendre's integrals


def _k_slope(m: Any) -> Any:
    """ellipk'(m); near 0 by its series, for the sake of higher derivatives."""
    return where(abs(m) < 0.1, polynomial(_K_SERIES, m), elliprd(0.0, 1.0, 1 - m) / 6)


def _e_slope(m: Any) -> Any:
    """ellipe'(m)."""
    return -where(abs(m) < 0.1, polynomial(_E_SERIES, m), elliprd(0.0, 1 - m, 1.0) / 6)


# pi/8 hyp2f1(3/2, 3/2, 2, m) and pi/8 hyp2f1(1/2, 3/2, 2, m)
_K_SERIES = [
    math.pi / 8 * math.prod((k + 1.5) ** 2 / ((k + 2) * (k + 1)) for k in range(n)) for n in range(19)
]
_E_SERIES = [
    math.pi / 8 * math.prod((k + 0.5) * (k + 1.5) / ((k + 2) * (k + 1)) for k in range(n)) for n in range(18)
]

ellipk = elementwise(sp.ellipk, lambda y, m: _k_slope(m), mp="ellipk", domain=BELOW_ONE, points=(0.0, 0.1))
ellipe = elementwise(sp.ellipe, lambda y, m: _e_slope(m), mp="ellipe", domain=BELOW_ONE, points=(0.0, -0.1))
ellipkm1 = elementwise(
    sp.ellipkm1,
    lambda y, p: -where(p > 0.5, _k_slope(1 - p), elliprd(0.0, 1.0, p) / 6),
    mp=lambda c, p: c.ellipk(1 - p),
    domain=(0.0, 1e100),
    points=(1.0, 1e-300),
)


def _incomplete(phi: Any, m: Any) -> tuple[Any, ...]:
    """The angle's half turns, sine, squared cosine, and 1 - m sine**2 without cancellation."""
    turns = rint(phi / pi(phi))
    s, c = sin(phi), cos(phi)
    sign = 1 - 2 * (turns % 2)
    return turns, sign * s, c * c, c * c + (1 - m) * s * s


def _kinc_slope(y: Any, phi: Any, m: Any) -> Any:
    turns, s, cc, dd = _incomplete(phi, m)
    return s**3 / 6 * elliprd(cc, 1.0, dd) + 2 * turns * _k_slope(m)


def _einc_slope(y: Any, phi: Any, m: Any) -> Any:
    turns, s, cc, dd = _incomplete(phi, m)
    return -(s**3) / 6 * elliprd(cc, dd, 1.0) + 2 * turns * _e_slope(m)


ellipkinc = elementwise(
    sp.ellipkinc,
    lambda y, phi, m: 1 / sqrt(_incomplete(phi, m)[3]),
    _kinc_slope,
    mp="ellipf",
    domain=((-10.0, 10.0), (-1e3, 1.0)),
)
ellipeinc = elementwise(
    sp.ellipeinc,
    lambda y, phi, m: sqrt(_incomplete(phi, m)[3]),
    _einc_slope,
    mp="ellipe",
    domain=((-10.0, 10.0), (-1e3, 1.0)),
)


def _angle_slope(y: Any, m: Any) -> Any:
    """The derivative of the amplitude by m, from ``u = ellipkinc(amplitude, m)``."""
    turns = rint(y[3] / pi(m))
    s = (1 - 2 * (turns % 2)) * y[0]
    slope = s**3 / 6 * elliprd(y[1] * y[1], 1.0, y[2] * y[2])
    return -y[2] * (slope + where(turns == 0, 0.0, 2 * turns * _k_slope(m)))


ellipj = elementwise(
    sp.ellipj,
    (
        lambda y, u, m: y[1] * y[2],
        lambda y, u, m: -y[0] * y[2],
        lambda y, u, m: -m * y[0] * y[1],
        lambda y, u, m: y[2],
    ),
    (
        lambda y, u, m: y[1] * _angle_slope(y, m),
        lambda y, u, m: -y[0] * _angle_slope(y, m),
        lambda y, u, m: -y[0] * (y[0] / 2 + m * y[1] * _angle_slope(y, m)) / y[2],
        lambda y, u, m: _angle_slope(y, m),
    ),
    mp=lambda c, u, m: (
        c.ellipfun("sn", u, m),
        c.ellipfun("cn", u, m),
        c.ellipfun("dn", u, m),
        c.arg(c.mpc(c.ellipfun("cn", u, m), c.ellipfun("sn", u, m))) + 2 * c.pi * c.nint(u / 4 / c.ellipk(m)),
    ),
    domain=((-10.0, 10.0), (0.0, 1.0)),
)

# ---------------------------------------------------------------- arithmetic-geometric mean

# agm(a, b) = pi / (2 elliprf(0, a**2, b**2)); in ratios, so that nothing overflows.
agm = elementwise(
    sp.agm,
    lambda y, a, b: 2 / (3 * pi(y)) * (y / a) ** 2 * elliprd(0.0, (b / a) ** 2, 1.0),
    lambda y, a, b: 2 / (3 * pi(y)) * (y / b) ** 2 * elliprd(0.0, (a / b) ** 2, 1.0),
    mp="agm",
    domain=(1e-100, 1e100),
    points=((1.0, 1.0), (1.0, 1e-10)),
)
