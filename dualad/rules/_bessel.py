"""Bessel, Airy and Kelvin functions, and their integrals."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import scipy.special as sp

from ..corners import note
from ..linear import LinearMap, Scale
from ..linear.complexes import ImaginaryPart, RealPart, ToComplex
from ..shapes import Shape, shape_of
from ..table import FLAT, elementwise
from . import _orders
from ._choices import with_partials
from ._parts import polynomial, root_2pi, root_pi
from ._shapes import of_order
from .elementwise import exp, maximum, sign, sqrt, trunc, where

# SciPy's own error in the oscillating functions grows with the argument, in AMOS with the order too.
REAL = (-300.0, 300.0)
HALF = (0.0, 300.0)
ORDERS = (0.1, 10.0)
INTEGERS = [0, 1, 2, 3, 10]


def _mp_ke(m: Any, v: Any, x: Any) -> Any:
    """exp(x) K_v(x) in mpmath by the trapezoidal rule (DLMF 10.32.9): its own is slow for integers v."""
    h = m.pi**2 / 2 / (abs(x) + (m.prec + 20) * m.ln2)
    total, k = m.mpf(0.5), 1
    while True:
        term = m.exp(-2 * x * m.sinh(k * h / 2) ** 2) * m.cosh(v * k * h)
        total += term
        if abs(term) < m.eps * abs(total):
            return h * total
        k += 1


def _mp_k(m: Any, v: Any, x: Any) -> Any:
    return m.exp(-x) * _mp_ke(m, v, x)


def _mp_ie(m: Any, v: Any, x: Any) -> Any:
    return m.besseli(v, x) * m.exp(-abs(x))


# ---------------------------------------------------------------- by the order

#: Functions of order and argument: in mpmath, and their derivative by the argument.
_KINDS: dict[str, tuple[Any, Any]] = {
    "j": (lambda m, v, x: m.besselj(v, x), lambda f, v, x: (f(v - 1, x) - f(v + 1, x)) / 2),
    "y": (lambda m, v, x: m.bessely(v, x), lambda f, v, x: (f(v - 1, x) - f(v + 1, x)) / 2),
    "i": (lambda m, v, x: m.besseli(v, x), lambda f, v, x: (f(v - 1, x) + f(v + 1, x)) / 2),
    "k": (_mp_k, lambda f, v, x: -(f(v - 1, x) + f(v + 1, x)) / 2),
    "ie": (_mp_ie, lambda f, v, x: (f(v - 1, x) + f(v + 1, x)) / 2 - f(v, x)),
    "ke": (_mp_ke, lambda f, v, x: f(v, x) - (f(v - 1, x) + f(v + 1, x)) / 2),
}


@cache
def by_order(kind: str, n: int = 1) -> Callable[..., Any]:
    """The derivative of order ``n`` by the order ``v``, as a function with a rule."""
    mp, by_x = _KINDS[kind]
    function = elementwise(
        of_order(getattr(_orders, f"{kind}_order"), n),
        lambda y, v, x: by_order(kind, n + 1)(v, x),
        lambda y, v, x: by_x(function, v, x),
        mp=lambda m, v, x: m.diff(lambda v: mp(m, v, x), v, n),
        domain=((0.1, 10.0), (0.1, 10.0)),
        real=True,
    )
    return function


def _scaled(slope: Any, y: Any, x: Any, part: Callable[[Shape], LinearMap], size: Any) -> LinearMap:
    """The map of ``f(x) * exp(-|size|)``, from ``f'(x)`` times that factor; ``size`` is a part of x."""
    shape = shape_of(x)
    by_factor = part(shape) >> ToComplex(shape) >> Scale(-sign(size) * y, shape, shape_of(y))
    return Scale(slope, shape, shape_of(y)) + by_factor


def _of_order(function: Any, kind: str, mp: Any, domain: Any, scaled: bool = False) -> Callable[..., Any]:
    """The function itself, by its order and by its argument; scaled is one by ``exp(-|Im x|)``."""

    def by_argument(y: Any, v: Any, x: Any) -> Any:
        return _KINDS[kind][1](itself, v, x)

    def in_complex(y: Any, v: Any, x: Any) -> Any:
        slope = by_argument(y, v, x)
        return _scaled(slope, y, x, ImaginaryPart, x.imag) if scaled else slope

    itself = elementwise(
        function,
        lambda y, v, x: by_order(kind)(v, x),
        by_argument,
        complex=("order v", in_complex),
        mp=mp,
        domain=(ORDERS, domain),
    )
    return itself


# ---------------------------------------------------------------- J and Y

j0 = elementwise(sp.j0, lambda y, x: -j1(x), mp="j0", domain=REAL)
j1 = elementwise(sp.j1, lambda y, x: (j0(x) - jv(2, x)) / 2, mp="j1", domain=REAL)
jv = _of_order(sp.jv, "j", "besselj", HALF)  # sp.jn is the same ufunc
jve = _of_order(sp.jve, "j", "besselj", HALF, scaled=True)
y0 = elementwise(sp.y0, lambda y, x: -y1(x), mp=lambda m, x: m.bessely(0, x), domain=HALF)
y1 = elementwise(sp.y1, lambda y, x: (y0(x) - yn(2, x)) / 2, mp=lambda m, x: m.bessely(1, x), domain=HALF)
yn = elementwise(
    sp.yn,
    "order n",
    lambda y, n, x: (yn(trunc(n) - 1, x) - yn(n + 1, x)) / 2,  # SciPy cuts n off
    mp="bessely",
    domain=(INTEGERS, HALF),
)
yv = _of_order(sp.yv, "y", "bessely", HALF)
yve = _of_order(sp.yve, "y", "bessely", HALF, scaled=True)

# ---------------------------------------------------------------- Hankel: J + i Y and J - i Y


def _real(v: Any) -> Any:
    """The order, which has been made complex as the result is."""
    return getattr(v, "real", v)


def _hankel(function: Any, sign: int, scaled: bool = False) -> Any:
    """Of a scaled one by the order, its unscaled self; the factor is that of ``exp(-+ i x)``."""

    def by_order_(y: Any, v: Any, x: Any) -> Any:
        slope = by_order("j")(_real(v), x) + sign * 1j * by_order("y")(_real(v), x)
        return slope * exp(-sign * 1j * x) if scaled else slope

    def by_argument(y: Any, v: Any, x: Any) -> Any:
        slope = (itself(_real(v) - 1, x) - itself(_real(v) + 1, x)) / 2
        return slope - sign * 1j * y if scaled else slope

    itself = elementwise(function, by_order_, by_argument, complex_valued=True)
    return itself


hankel1, hankel2 = _hankel(sp.hankel1, 1), _hankel(sp.hankel2, -1)
hankel1e, hankel2e = _hankel(sp.hankel1e, 1, scaled=True), _hankel(sp.hankel2e, -1, scaled=True)

# ---------------------------------------------------------------- I and K

i0 = elementwise(sp.i0, lambda y, x: i1(x), mp=lambda m, x: m.besseli(0, x), domain=(-700.0, 700.0))
i1 = elementwise(
    sp.i1, lambda y, x: (i0(x) + iv(2, x)) / 2, mp=lambda m, x: m.besseli(1, x), domain=(-700.0, 700.0)
)
iv = _of_order(sp.iv, "i", "besseli", (0.0, 700.0))
k0 = elementwise(sp.k0, lambda y, x: -k1(x), mp=lambda m, x: _mp_k(m, 0, x), domain=(0.0, 700.0))
k1 = elementwise(
    sp.k1, lambda y, x: -(k0(x) + kn(2, x)) / 2, mp=lambda m, x: _mp_k(m, 1, x), domain=(0.0, 700.0)
)
kn = elementwise(
    sp.kn,
    "order n",
    lambda y, n, x: -(kn(abs(trunc(n) - 1), x) + kn(n + 1, x)) / 2,
    mp=_mp_k,
    domain=(INTEGERS, (0.0, 690.0)),
)
kv = _of_order(sp.kv, "k", _mp_k, (0.0, 700.0))

# Scaled by exp(-|x|) or exp(x): the derivative is small against its terms for large x, where it is
# taken from the asymptotic series (DLMF 10.40), term by term.


def _series(v: Any, u: Any) -> Any:
    """The sum of (k + 1/2) a_k(v) u**k."""
    a: list[Any] = [1.0]
    for k in range(1, 19):
        a.append(a[-1] * (4 * v * v - (2 * k - 1) ** 2) / (8 * k))
    return polynomial([(k + 0.5) * c for k, c in enumerate(a)], u)


def _ive_slope(v: Any, x: Any, direct: Any) -> Any:
    r = maximum(abs(x), 1.0)
    return where(x > 30 + v * v / 2, -_series(v, -1 / r) / (root_2pi(x) * r * sqrt(r)), direct)


def _kve_slope(v: Any, x: Any, direct: Any) -> Any:
    r = maximum(abs(x), 1.0)
    return where(x > 30 + v * v / 2, -root_2pi(x) / 2 * _series(v, 1 / r) / (r * sqrt(r)), direct)


def _at_the_kink() -> float:
    note("a scaled Bessel function at 0")
    return 1.0


@with_partials(
    FLAT, math=lambda x: -1.0 if x < 0 else 1.0 if x else _at_the_kink(), mp=lambda m, x: -1 if x < 0 else 1
)
def side(x: Any) -> Any:
    """The sign, at 0 that of the side where these functions are used: their slope there is that from it."""
    return where(x < 0, -1.0, 1.0 if np.all(x) else _at_the_kink())


i0e = elementwise(
    sp.i0e,
    lambda y, x: side(x) * _ive_slope(0, side(x) * x, i1e(side(x) * x) - y),
    mp=lambda m, x: _mp_ie(m, 0, x),
    domain=(-1e6, 1e6),
    points=(1e-300, 29.9, 30.1),
)
i1e = elementwise(
    sp.i1e,
    lambda y, x: _ive_slope(1, side(x) * x, (i0e(x) + ive(2, x)) / 2 - side(x) * y),
    mp=lambda m, x: _mp_ie(m, 1, x),
    domain=(-1e6, 1e6),
    points=(1e-300, 29.9, 31.0),
)
ive = elementwise(
    sp.ive,
    lambda y, v, x: by_order("ie")(v, x),
    lambda y, v, x: _ive_slope(v, x, (ive(v - 1, x) + ive(v + 1, x)) / 2 - side(x) * y),
    complex=(
        "order v",
        lambda y, v, x: _scaled((ive(v - 1, x) + ive(v + 1, x)) / 2, y, x, RealPart, x.real),
    ),
    mp=_mp_ie,
    domain=(ORDERS, (0.0, 1e6)),
)
k0e = elementwise(
    sp.k0e,
    lambda y, x: _kve_slope(0, x, y - k1e(x)),
    mp=lambda m, x: _mp_ke(m, 0, x),
    domain=(0.0, 1e6),
    points=(29.9, 30.1),
)
k1e = elementwise(
    sp.k1e,
    lambda y, x: _kve_slope(1, x, y - (k0e(x) + kve(2, x)) / 2),
    mp=lambda m, x: _mp_ke(m, 1, x),
    domain=(0.0, 1e6),
    points=(30.4, 30.6),
)
kve = elementwise(
    sp.kve,
    lambda y, v, x: by_order("ke")(v, x),
    lambda y, v, x: _kve_slope(v, x, y - (kve(v - 1, x) + kve(v + 1, x)) / 2),
    complex=("order v", lambda y, v, x: y - (kve(v - 1, x) + kve(v + 1, x)) / 2),
    mp=_mp_ke,
    domain=(ORDERS, (0.0, 1e6)),
)

# ---------------------------------------------------------------- Airy

airy = elementwise(
    sp.airy,
    (lambda y, x: y[1], lambda y, x: x * y[0], lambda y, x: y[3], lambda y, x: x * y[2]),
    mp=lambda m, x: (m.airyai(x), m.airyai(x, derivative=1), m.airybi(x), m.airybi(x, derivative=1)),
    domain=(-10.0, 50.0),
    points=(0.0,),
)


# Scaled, for large x by the asymptotic series (DLMF 9.7), term by term, in u = 3/2 x**(-3/2).
def _airy_coefficients() -> tuple[list[float], list[float]]:
    u = [1.0]
    for k in range(1, 18):
        u.append(u[-1] * (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216 * k * (2 * k - 1)))
    v = [-(6 * k + 1) / (6 * k - 1) * c for k, c in enumerate(u)]
    return [(1 / 4 + 3 * k / 2) * c for k, c in enumerate(u)], [
        (1 / 4 - 3 * k / 2) * c for k, c in enumerate(v)
    ]


_VALUE, _SLOPE = _airy_coefficients()


def _airy_slope(sign: int, which: int, factor: float, x: Any, direct: Any) -> Any:
    """The derivative of a scaled Airy function (0) or of its scaled slope (1)."""
    r = sqrt(maximum(x, 1.0))
    series = factor * polynomial((_VALUE, _SLOPE)[which], sign * 1.5 / (r * r * r)) / sqrt(r)
    return where(x > 10, series / (r if which else r * r), direct)


def _root(x: Any) -> Any:
    """The slope of the scaled exponent, 2/3 x**(3/2); below 0 the exponent of Bi is 0."""
    return sqrt(maximum(x, 0.0))


airye = elementwise(
    sp.airye,
    (
        lambda y, x: _airy_slope(-1, 0, -0.5 / root_pi(x), x, y[1] + _root(x) * y[0]),
        lambda y, x: _airy_slope(-1, 1, -0.5 / root_pi(x), x, x * y[0] + _root(x) * y[1]),
        lambda y, x: _airy_slope(1, 0, -1 / root_pi(x), x, y[3] - _root(x) * y[2]),
        lambda y, x: _airy_slope(1, 1, 1 / root_pi(x), x, x * y[2] - _root(x) * y[3]),
    ),
    mp=lambda m, x: (
        m.airyai(x) * m.exp(2 * x**1.5 / 3),
        m.airyai(x, derivative=1) * m.exp(2 * x**1.5 / 3),
        m.airybi(x) * m.exp(-2 * x**1.5 / 3),
        m.airybi(x, derivative=1) * m.exp(-2 * x**1.5 / 3),
    ),
    domain=(0.0, 1e4),
    points=(9.99, 10.01),
    real=True,
)

# ---------------------------------------------------------------- integrals

itairy = elementwise(
    sp.itairy,
    (
        lambda y, x: airy(x)[0],
        lambda y, x: airy(x)[2],
        lambda y, x: airy(-x)[0],
        lambda y, x: airy(-x)[2],
    ),
    mp=lambda m, x: (
        m.airyai(x, derivative=-1),
        m.airybi(x, derivative=-1),
        -m.airyai(-x, derivative=-1),
        -m.airybi(-x, derivative=-1),
    ),
    domain=(0.0, 20.0),
)


besselpoly = elementwise(
    sp.besselpoly,
    lambda y, a, p, v: (jv(v, 2 * a) - (p + 1) * y) / a,
    "power lmb",
    "order nu",
    mp=lambda m, a, p, v: (
        a**v / m.gamma(v + 1) / (p + v + 1) * m.hyper([(p + v + 1) / 2], [(p + v + 3) / 2, v + 1], -a * a)
    ),
    domain=((0.5, 3.0), [0.0, 1.0, 2.0], [0.0, 1.0, 2.0]),
)
iti0k0 = elementwise(
    sp.iti0k0,
    (lambda y, x: i0(x), lambda y, x: k0(x)),
    mp=lambda m, x: (
        x * m.hyp1f2(0.5, 1, 1.5, x * x / 4),
        x * _mp_k(m, 0, x) * (1 + m.pi / 2 * m.struvel(1, x))
        + m.pi / 2 * x * _mp_k(m, 1, x) * m.struvel(0, x),
    ),
    domain=(0.0, 50.0),
)
itj0y0 = elementwise(
    sp.itj0y0,
    (lambda y, x: j0(x), lambda y, x: y0(x)),
    mp=lambda m, x: (
        x * m.hyp1f2(0.5, 1, 1.5, -x * x / 4),
        x * m.bessely(0, x) * (1 - m.pi / 2 * m.struveh(1, x))
        + m.pi / 2 * x * m.bessely(1, x) * m.struveh(0, x),
    ),
    domain=(0.0, 50.0),
)

# ---------------------------------------------------------------- Kelvin
# SciPy's own error is 1e-9 above 10, where it changes formula; in ker and kei it grows from 3.


def _over(y: Any, x: Any, at_zero: complex) -> Any:
    """y / x and its limit."""
    return where(x == 0, at_zero, y / x)


def _mp_kelvin(m: Any, growing: bool, v: int, x: Any) -> Any:
    """ber + i bei, or ker + i kei, for v = 0; their slopes for v = 1."""
    turn = m.expjpi(m.mpf(1) / 4)
    return turn**v * m.besseli(v, x * turn) if growing else (-turn) ** v * _mp_k(m, v, x * turn)


def _kelvin(function: Any, slope: Callable[..., Any], part: str) -> Callable[..., Any]:
    name = function.__name__
    growing, order = name.startswith("b"), int(name.endswith("p"))
    return elementwise(
        function,
        slope,
        mp=lambda m, x: getattr(_mp_kelvin(m, growing, order, x), part),
        domain=(0.0, 9.9) if growing else (0.0, 3.0),
    )


ber = _kelvin(sp.ber, lambda y, x: berp(x), "real")
bei = _kelvin(sp.bei, lambda y, x: beip(x), "imag")
berp = _kelvin(sp.berp, lambda y, x: -bei(x) - _over(y, x, 0.0), "real")
beip = _kelvin(sp.beip, lambda y, x: ber(x) - _over(y, x, 0.5), "imag")
ker = _kelvin(sp.ker, lambda y, x: kerp(x), "real")
kei = _kelvin(sp.kei, lambda y, x: keip(x), "imag")
kerp = _kelvin(sp.kerp, lambda y, x: -kei(x) - y / x, "real")
keip = _kelvin(sp.keip, lambda y, x: ker(x) - y / x, "imag")

kelvin = elementwise(
    sp.kelvin,
    (
        lambda y, x: y[2],
        lambda y, x: y[3],
        lambda y, x: 1j * y[0] - _over(y[2], x, 0.5j),
        lambda y, x: 1j * y[1] - y[3] / x,
    ),
    complex_valued=True,
)
