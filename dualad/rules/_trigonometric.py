"""Trigonometric and hyperbolic functions, sinc and I_0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..linear import is_complex
from ..table import elementwise
from . import _numerics
from ._arithmetic import exp, sqrt
from ._choices import maths, off_origin, or_one, where, with_partials

_UNIT = (-1.0, 1.0)

# ---------------------------------------------------------------- trigonometry


@with_partials(lambda y, x: -2 * x, mp=lambda m, x: (1 - x) * (1 + x))
def one_minus_square(x: Any) -> Any:
    """``1 - x**2`` to the last digit, near 1 too; its own derivative has no difference to cancel near 0."""
    return (1.0 - x) * (1.0 + x)


sin = elementwise(np.sin, lambda y, x: cos(x), math=math.sin, mp="sin")
cos = elementwise(np.cos, lambda y, x: -sin(x), math=math.cos, mp="cos")
tan = elementwise(
    np.tan,
    lambda y, x: 1 + y * y,
    math=math.tan,
    mp="tan",
    points=(math.pi / 2, 1e8),
    complex=lambda y, x: sech2(1j * x),
)


# The root of a product is the product of the roots only on one side of a cut; these stay on the side
# that the argument is on, which on the cut itself is the sign of a zero.
def _root_for_arcsin(x: Any) -> Any:
    """``sqrt(1 - x**2)`` for complex x."""
    return sqrt(-(x - 1)) * sqrt(x + 1)


def _root_for_arcsinh(x: Any) -> Any:
    """``sqrt(1 + x**2)`` for complex x."""
    x = where(np.signbit(np.real(x)), -x, x)
    return sqrt(x - 1j) * sqrt(x + 1j)


arcsin = elementwise(
    np.arcsin,
    lambda y, x: 1 / sqrt(one_minus_square(x)),
    math=math.asin,
    mp="asin",
    domain=_UNIT,
    complex=lambda y, x: 1 / _root_for_arcsin(x),
)
arccos = elementwise(
    np.arccos,
    lambda y, x: -1 / sqrt(one_minus_square(x)),
    math=math.acos,
    mp="acos",
    domain=_UNIT,
    complex=lambda y, x: -1 / _root_for_arcsin(x),
)
# By hypot, squares cannot overflow.
arctan = elementwise(
    np.arctan,
    lambda y, x: 1 / (h := hypot(1.0, x)) / h,
    math=math.atan,
    mp="atan",
    points=(1e155, 1e161, 1e200),
    complex=lambda y, x: 1 / (x - 1j) / (x + 1j),
)
arctan2 = elementwise(
    np.arctan2,
    lambda y, a, b: b / (h := off_origin(hypot(a, b))) / h,
    lambda y, a, b: -a / (h := off_origin(hypot(a, b))) / h,
    math=math.atan2,
    mp="atan2",
    points=((0.0, 1.0), (5.6843e-14, 1e-13), (1e200, 1e200), (1e-200, -1e-200)),
    real=True,
)
hypot = elementwise(
    np.hypot,
    lambda y, a, b: a / or_one(y),
    lambda y, a, b: b / or_one(y),
    math=math.hypot,
    mp="hypot",
    points=((1e200, 1e200), (1e-200, -1e-200), (3.0, 4.0)),
    real=True,
    squared=lambda a, b: a * a + b * b,
)

# ---------------------------------------------------------------- hyperbolic functions

sinh = elementwise(np.sinh, lambda y, x: cosh(x), math=math.sinh, mp="sinh")
cosh = elementwise(np.cosh, lambda y, x: sinh(x), math=math.cosh, mp="cosh")
tanh = elementwise(
    np.tanh, lambda y, x: sech2(x), math=math.tanh, mp="tanh", points=(20.0, -20.0, 1e-300, 360.0)
)
arcsinh = elementwise(
    np.arcsinh,
    lambda y, x: 1 / hypot(1.0, x),
    math=math.asinh,
    mp="asinh",
    points=(1e200,),
    complex=lambda y, x: 1 / _root_for_arcsinh(x),
)
arccosh = elementwise(
    np.arccosh,
    lambda y, x: 1 / (sqrt(x - 1) * sqrt(x + 1)),
    math=math.acosh,
    mp="acosh",
    domain=(1.0, math.inf),
    points=(1e200,),
)
arctanh = elementwise(
    np.arctanh,
    lambda y, x: 1 / one_minus_square(x),
    math=math.atanh,
    mp="atanh",
    domain=_UNIT,
    complex=lambda y, x: 1 / (1 - x) / (1 + x),
)


@with_partials(
    lambda y, x: -2 * y * tanh(x),
    mp=lambda m, x: m.sech(x) ** 2,
)
def sech2(x: Any) -> Any:
    """``1 / cosh(x)**2``, by ``exp(-2|x|)``, which cannot overflow."""
    if is_complex(x):
        # Exact close to the poles, where the exponential is not; 0 long before cosh overflows.
        c = 1 / cosh(where(abs(x.real) > 700, 700.0, x))
        return c * c
    e = exp(-2.0 * abs(x))
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


@with_partials(
    lambda y, x: sech2(x / 2) / 4,
    mp=lambda m, x: 1 / (1 + m.exp(-x)),
    points=(40.0, 37.42994775023705, -90.0, -800.0),
    real=True,
)
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``, the logistic function."""
    e = exp(-abs(x))
    return where(x < 0, e, 1.0) / (1.0 + e)


# ---------------------------------------------------------------- angles

degrees = elementwise(np.degrees, lambda y, x: 180 / maths(x).pi, math=math.degrees, mp="degrees", real=True)
radians = elementwise(np.radians, lambda y, x: maths(x).pi / 180, math=math.radians, mp="radians", real=True)
rad2deg = elementwise(np.rad2deg, lambda y, x: 180 / maths(x).pi, math=math.degrees, mp="degrees", real=True)
deg2rad = elementwise(np.deg2rad, lambda y, x: maths(x).pi / 180, math=math.radians, mp="radians", real=True)

# ---------------------------------------------------------------- sinc and I_0

sinc = elementwise(
    np.sinc,
    lambda y, x: sinc_derivative(1, x),
    mp="sincpi",
    points=(0.0, 1e-300, 0.4999, 0.5001, 1.0, -2.25, 1e6 + 0.3),
    real=True,
)
sinc_derivative = elementwise(
    _numerics.sinc_derivative,
    "order n",
    lambda y, n, x: sinc_derivative(n + 1, x),
    mp=lambda m, n, x: _sinc_in_mpmath(m, n, x),
    domain=([1, 2, 3], (-1e9, 1e9)),
    real=True,
)
i0 = elementwise(
    np.i0,
    lambda y, x: bessel_i(1, x),
    math=lambda x: float(np.i0(x)),
    mp=lambda m, x: m.besseli(0, x),
    domain=(-700.0, 700.0),
    points=(0.0, 1e-300, 7.999, 8.001),
    real=True,
)
bessel_i = elementwise(
    _numerics.bessel_i,
    "order n",
    lambda y, n, x: (bessel_i(abs(n - 1), x) + bessel_i(n + 1, x)) / 2,
    mp=lambda m, n, x: m.besseli(n, x),
    domain=([0, 1, 2], (-700.0, 700.0)),
    real=True,
)


def _sinc_in_mpmath(m: Any, n: int, x: Any) -> Any:
    """The derivative of order n of ``sinc(x)``, the mean of ``cos(pi x s)`` over s, as a series."""
    odd = n % 2
    first = (-1) ** ((n + odd) // 2) * m.pi ** (n + odd) * x**odd / (n + 1 + odd)
    p = m.mpf(n + 1 + odd) / 2
    return first * m.hyp1f2(p, m.mpf(1) / 2 + odd, p + 1, -((m.pi * x) ** 2) / 4)
