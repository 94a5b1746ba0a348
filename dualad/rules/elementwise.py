"""The derivatives of NumPy's elementwise functions, one line each.

A partial is run on floats, arrays, ``Dual``s, mpmath numbers and symbols, so it is made of
operators, comparisons, the functions of this table, and `where`. Constants are Python numbers,
which leave float32 what it is. The formulas are chosen to lose no digits anywhere on the domain:
factors instead of differences, two divisions where a square would overflow.
"""

from __future__ import annotations

import importlib
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..linear import LinearMap, Scale, is_complex
from ..linear.complexes import Conjugate, RealPart, ToComplex
from ..shapes import shape_of
from ..table import FLAT, elementwise, passed
from . import _numerics

_POSITIVE = (0.0, math.inf)
_UNIT = (-1.0, 1.0)


def where(condition: Any, a: Any, b: Any) -> Any:
    """``a`` where the condition holds, else ``b``: for numbers, arrays, ``Dual``s and symbols.

    Parameters
    ----------
    condition : bool or array of bool
        A single ``bool`` gives back one of the two as it is.
    a, b : number, array or Dual
        What to choose from.

    Returns
    -------
    number, array or Dual
        The choice; its derivative is that of the branch taken.

    Examples
    --------
    >>> where(2.0 > 1.0, 5.0, 0.0)
    5.0
    >>> where(np.array([True, False]), 5.0, 0.0)
    array([5., 0.])
    """
    if isinstance(condition, bool | np.bool):
        return a if condition else b
    choose = getattr(condition, "_where", None)  # a symbol
    return np.where(condition, a, b) if choose is None else choose(a, b)


def if_(condition: Any, a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`where` that leaves out the other branch if it can: it may be dear, or raise for mpmath numbers."""
    if isinstance(condition, bool | np.bool):
        return a() if condition else b()
    choose = getattr(condition, "_if", None)  # a symbol
    return where(condition, a(), b()) if choose is None else choose(a(), b())


def _nonzero(x: Any) -> Any:
    return where(x == 0, 1.0, x)


def _maths(x: Any) -> Any:
    """Where the constants for ``x`` come from: mpmath, with all its digits, for mpmath numbers, else math."""
    while hasattr(x, "tangent"):
        x = x.value
    return getattr(x, "context", math)


def _ours(*partials: Any, **keywords: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`elementwise` as a decorator, for a function defined here that serves floats and arrays."""
    return lambda function: elementwise(function, *partials, math=function, **keywords)


# ---------------------------------------------------------------- arithmetic

add = elementwise(np.add, 1, 1, math=operator.add, mp="fadd")
subtract = elementwise(np.subtract, 1, -1, math=operator.sub, mp="fsub")
multiply = elementwise(
    np.multiply,
    lambda y, a, b: b,
    lambda y, a, b: a,
    math=operator.mul,
    mp="fmul",
    factors=lambda a, b: (a, b),
)
divide = elementwise(
    np.divide,
    lambda y, a, b: 1 / b,
    lambda y, a, b: -y / b,
    math=operator.truediv,
    mp="fdiv",
    factors=lambda a, b: (a, 1 / b) if isinstance(b, float | int | np.floating | np.integer) and b else (),
)
negative = elementwise(np.negative, -1, math=operator.neg, mp="fneg", factors=lambda x: (-1, x))
positive = elementwise(np.positive, 1, math=operator.pos, mp=lambda m, x: x)
reciprocal = elementwise(np.reciprocal, lambda y, x: -y * y, mp=lambda m, x: 1 / x, points=(1e-200, 1e200))
square = elementwise(np.square, lambda y, x: 2 * x, mp=lambda m, x: x * x, factors=lambda x: (x, x))


def _power_by_base(y: Any, a: Any, b: Any) -> Any:
    # b - 1 is exact from 1/2 on; below, a large log(a) would show its rounding, and y/a is near.
    return if_(
        b == 0,
        lambda: 0,
        lambda: if_(
            b < 0.5,
            lambda: if_(a == 0, lambda: b * a ** (b - 1), lambda: b * y / a),
            lambda: b * a ** (b - 1),
        ),
    )


def _power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    return if_((a == 0) & (b > 0), lambda: 0.0, lambda: y * log(a))


def _complex_power_by_base(y: Any, a: Any, b: Any) -> Any:
    return if_(b == 0, lambda: 0, lambda: b * a ** (b - 1))


def _complex_power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    return if_(a == 0, lambda: 0, lambda: y * log(_nonzero(a)))


def _factors_of_power(a: Any, b: Any) -> tuple[Any, ...]:
    return (a,) * int(b) if isinstance(b, float | int | np.integer) and b in range(1, 100) else ()


_POWERS: dict[str, Any] = {
    "squared": lambda a, b: a + 0.0 if isinstance(b, float) and b == 0.5 else None,
    "factors": _factors_of_power,
    "complex": (_complex_power_by_base, _complex_power_by_exponent),
    "mp": "power",
    "domain": (_POSITIVE, (-math.inf, math.inf)),
    "points": ((0.0, 1.0), (0.0, 2.0), (-2.0, 3.0), (1e-200, 2.0), (1e300, 0.1), (1e-300, -0.3)),
}
power = elementwise(np.power, _power_by_base, _power_by_exponent, math=math.pow, **_POWERS)
float_power = elementwise(np.float_power, _power_by_base, _power_by_exponent, math=math.pow, **_POWERS)

# y = a - b floor(a/b); the quotient of fmod is found again from y, which is exact.
_QUOTIENTS: dict[str, Any] = {
    "domain": ((-1e9, 1e9), (1e-3, 1e3)),
    "points": ((-19.0, 3.0), (5.5, 2.0), (5.5, -2.0), (0.3, 0.1), (-1e-300, 1e-3), (1e15, 0.1)),
    "real": True,
}
remainder = elementwise(
    np.remainder,
    1,
    lambda y, a, b: -floor_divide(a, b),
    math=operator.mod,
    mp=lambda m, a, b: a - b * m.floor(a / b),
    **_QUOTIENTS,
)
fmod = elementwise(
    np.fmod,
    1,
    lambda y, a, b: rint((y - a) / b),
    math=math.fmod,
    mp=lambda m, a, b: a - b * (m.floor(a / b) if a * b > 0 else m.ceil(a / b)),
    **_QUOTIENTS,
)
floor_divide = elementwise(
    np.floor_divide,
    FLAT,
    FLAT,
    math=operator.floordiv,
    mp=lambda m, a, b: m.floor(a / b),
    **_QUOTIENTS,
)
divmod = elementwise(
    np.divmod,
    (FLAT, 1),
    (FLAT, lambda y, a, b: -y[0]),
    math=divmod,
    mp=lambda m, a, b: (m.floor(a / b), a - b * m.floor(a / b)),
    **_QUOTIENTS,
)

# ---------------------------------------------------------------- roots, exponentials and logarithms

# y + 0.0 is 0.0 for y = -0.0: the slope at -0.0 is inf, too.
sqrt = elementwise(
    np.sqrt,
    lambda y, x: 0.5 / (y + 0.0),
    math=math.sqrt,
    mp="sqrt",
    domain=_POSITIVE,
    points=(5e-324,),
    squared=lambda x: x + 0.0,
)
cbrt = elementwise(
    np.cbrt,
    lambda y, x: 1 / (3 * y * y),
    math=math.cbrt,
    mp=lambda m, x: m.sign(x) * m.cbrt(abs(x)),
    points=(-8.0, 5e-324),
    real=True,
)
exp = elementwise(np.exp, lambda y, x: y, math=math.exp, mp="exp")
exp2 = elementwise(np.exp2, lambda y, x: y * _maths(x).log(2), math=math.exp2, mp=lambda m, x: m.mpf(2) ** x)
expm1 = elementwise(np.expm1, lambda y, x: exp(x), math=math.expm1, mp="expm1", points=(-40.0,))
log = elementwise(np.log, lambda y, x: 1 / x, math=math.log, mp="log", domain=_POSITIVE)
log2 = elementwise(
    np.log2,
    lambda y, x: 1 / _maths(x).log(2) / x,
    math=math.log2,
    mp=lambda m, x: m.log(x, 2),
    domain=_POSITIVE,
)
log10 = elementwise(
    np.log10, lambda y, x: 1 / _maths(x).log(10) / x, math=math.log10, mp="log10", domain=_POSITIVE
)
log1p = elementwise(np.log1p, lambda y, x: 1 / (1 + x), math=math.log1p, mp="log1p", domain=(-1.0, math.inf))


@_ours(
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


@_ours(
    lambda y, x: sech2(x / 2) / 4,
    mp=lambda m, x: 1 / (1 + m.exp(-x)),
    points=(40.0, 37.42994775023705, -90.0, -800.0),
    real=True,
)
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``, the logistic function."""
    e = exp(-abs(x))
    return where(x < 0, e, 1.0) / (1.0 + e)


def _weight(a: Any, b: Any, power: Callable[[Any], Any], rate: float) -> Any:
    """``power(a) / (power(a) + power(b))``: what a has of the sum. ``rate`` is power'(0)."""
    d = where(a == b, 0.0, a - b)
    # What the rounding of a - b lost (two-sum): at -700 it is 256 ulp of the result.
    b_as_seen = a - d
    lost = (a - (d + b_as_seen)) + (b_as_seen - b)
    lost = where(lost == lost, lost, 0.0)  # NaN if a or b is infinite
    e = power(-abs(d))
    less, more = e / (1.0 + e), 1.0 / (1.0 + e)
    y = where(d < 0, less, more) * (1.0 + rate * lost * where(d < 0, more, less))
    return where(a == -math.inf, 0.0, y)


@_ours(
    lambda y, a, b: y * exp_weight(b, a),
    lambda y, a, b: -y * exp_weight(b, a),
    mp=lambda m, a, b: 1 / (1 + m.exp(b - a)),
    points=((37.42994775023705, 0.0), (0.0, 0.0)),
    domain=(-30.0, 30.0),
    real=True,
)
def exp_weight(a: Any, b: Any) -> Any:
    """``exp(a) / (exp(a) + exp(b))``."""
    return _weight(a, b, exp, 1.0)


@_ours(
    lambda y, a, b: y * exp2_weight(b, a) * _maths(y).log(2),
    lambda y, a, b: -y * exp2_weight(b, a) * _maths(y).log(2),
    mp=lambda m, a, b: 1 / (1 + m.mpf(2) ** (b - a)),
    domain=(-30.0, 30.0),
    real=True,
)
def exp2_weight(a: Any, b: Any) -> Any:
    """``2**a / (2**a + 2**b)``."""
    return _weight(a, b, exp2, math.log(2))


logaddexp = elementwise(
    np.logaddexp,
    lambda y, a, b: exp_weight(a, b),
    lambda y, a, b: exp_weight(b, a),
    mp=lambda m, a, b: m.log(m.exp(a) + m.exp(b)),
    domain=(-1e4, 1e4),
    points=((37.42994775023705, 0.0), (0.0, 0.0), (-700.1, 0.3), (1e3, 1e3)),
    real=True,
)
logaddexp2 = elementwise(
    np.logaddexp2,
    lambda y, a, b: exp2_weight(a, b),
    lambda y, a, b: exp2_weight(b, a),
    mp=lambda m, a, b: m.log(m.mpf(2) ** a + m.mpf(2) ** b, 2),
    domain=(-1e4, 1e4),
    points=((50.1, 0.0), (0.0, 0.0), (-1000.1, 0.3)),
    real=True,
)

# ---------------------------------------------------------------- trigonometry


@_ours(lambda y, x: -2 * x, mp=lambda m, x: (1 - x) * (1 + x))
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
    lambda y, a, b: b / (h := _nonzero(hypot(a, b))) / h,
    lambda y, a, b: -a / (h := _nonzero(hypot(a, b))) / h,
    math=math.atan2,
    mp="atan2",
    points=((0.0, 1.0), (5.6843e-14, 1e-13), (1e200, 1e200), (1e-200, -1e-200)),
    real=True,
)
hypot = elementwise(
    np.hypot,
    lambda y, a, b: a / _nonzero(y),
    lambda y, a, b: b / _nonzero(y),
    math=math.hypot,
    mp="hypot",
    points=((1e200, 1e200), (1e-200, -1e-200), (3.0, 4.0)),
    real=True,
    squared=lambda a, b: a * a + b * b,
)
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
degrees = elementwise(np.degrees, lambda y, x: 180 / _maths(x).pi, math=math.degrees, mp="degrees", real=True)
radians = elementwise(np.radians, lambda y, x: _maths(x).pi / 180, math=math.radians, mp="radians", real=True)
rad2deg = elementwise(np.rad2deg, lambda y, x: 180 / _maths(x).pi, math=math.degrees, mp="degrees", real=True)
deg2rad = elementwise(np.deg2rad, lambda y, x: _maths(x).pi / 180, math=math.radians, mp="radians", real=True)

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


# ---------------------------------------------------------------- corners and steps


def _share(ahead: Any, tied: Any) -> Any:
    """What an argument has of a maximum: all, nothing, or half of it at a tie."""
    if type(tied) is np.ndarray and not np.count_nonzero(tied):
        return ahead
    return where(tied, 0.5, where(ahead, 1.0, 0.0))


def _turned(y: Any, x: Any) -> LinearMap:
    """The map of ``z / |z|``: ``i y Im(conj(y) t) / |z|``, and 0 at the origin."""
    shape = shape_of(x)
    turn = Scale(-1j * conjugate(y), shape) >> RealPart(shape) >> ToComplex(shape)
    return turn >> Scale(1j * y / _nonzero(absolute(x)), shape)


def abs_squared(x: Any) -> Any:
    """``|x|**2``."""
    return np.real(x * np.conjugate(x)) if is_complex(x) else x * x


sign = elementwise(
    np.sign,
    FLAT,
    math=lambda x: float(x > 0) - float(x < 0) if x == x else math.nan,
    mp="sign",
    real=True,
    complex=_turned,
)
absolute = elementwise(
    np.absolute,
    lambda y, x: sign(x),
    math=abs,
    mp="fabs",
    real=True,
    complex=lambda y, x: conjugate(sign(x)),
    squared=abs_squared,
)
fabs = elementwise(
    np.fabs, lambda y, x: sign(x), math=math.fabs, mp="fabs", real=True, squared=lambda x: x * x
)
maximum = elementwise(
    np.maximum,
    lambda y, a, b: _share(a > b, a == b),
    lambda y, a, b: _share(b > a, a == b),
    math=lambda a, b: a if a >= b or a != a else b,
    mp=lambda m, a, b: max(a, b),
    real=True,
)
minimum = elementwise(
    np.minimum,
    lambda y, a, b: _share(a < b, a == b),
    lambda y, a, b: _share(b < a, a == b),
    math=lambda a, b: a if a <= b or a != a else b,
    mp=lambda m, a, b: min(a, b),
    real=True,
)
# A NaN loses: the other argument has it all.
fmax = elementwise(
    np.fmax,
    lambda y, a, b: _share((a > b) | (b != b), a == b),
    lambda y, a, b: _share((b > a) | (a != a), a == b),
    mp=lambda m, a, b: max(a, b),
    real=True,
)
fmin = elementwise(
    np.fmin,
    lambda y, a, b: _share((a < b) | (b != b), a == b),
    lambda y, a, b: _share((b < a) | (a != a), a == b),
    mp=lambda m, a, b: min(a, b),
    real=True,
)


# clip(x, lo, hi) = minimum(maximum(x, lo), hi), with the ties of these. But where lo == hi, x has no part.
def _ends(lo: Any, hi: Any) -> tuple[Any, Any]:
    return -math.inf if lo is None else lo, math.inf if hi is None else hi


def _lo_over_x(x: Any, lo: Any, hi: Any) -> Any:
    lo, hi = _ends(lo, hi)
    return _share((lo > x) | (lo == hi) & (lo == x), (lo == x) & (lo != hi))


def _under_hi(x: Any, lo: Any, hi: Any) -> Any:
    lo, hi = _ends(lo, hi)
    larger = maximum(x, lo)
    return _share(larger < hi, larger == hi)


def _between(x: Any, lo: Any, hi: Any) -> Any:
    if isinstance(lo, float) and isinstance(hi, float) and lo < hi:  # the usual clip, with less to compute
        return _share(x > lo, x == lo) * _share(x < hi, x == hi)
    return (1.0 - _lo_over_x(x, lo, hi)) * _under_hi(x, lo, hi)


#: The ufunc behind np.clip, which ``array.clip(dual)`` calls.
_clip_ufunc = importlib.import_module("numpy._core.umath").clip

_CLIP: dict[str, Any] = {
    "mp": lambda m, x, lo, hi: min(max(x, lo), hi),
    "points": ((0.5, 0.0, 1.0), (-0.5, 0.0, 1.0), (1.5, 0.0, 1.0), (0.5, 1.0, 0.0), (1.5, 1.0, 1.0)),
    "real": True,
}
clip, _ = (
    elementwise(
        function,
        lambda y, x, lo, hi: _between(x, lo, hi),
        lambda y, x, lo, hi: _lo_over_x(x, lo, hi) * _under_hi(x, lo, hi),
        lambda y, x, lo, hi: 1.0 - _under_hi(x, lo, hi),
        **_CLIP,
    )
    for function in (np.clip, _clip_ufunc)
)


@_ours(lambda y, x: where(x > 0, 1.0, 0.0), mp=lambda m, x: max(x, 0), real=True)
def relu(x: Any) -> Any:
    """``x`` where it is positive, else 0; its derivative at 0 is 0."""
    return maximum(x, 0.0)


copysign = elementwise(
    np.copysign,
    lambda y, a, b: sign(a) * copysign(1.0, b),
    FLAT,
    math=math.copysign,
    mp=lambda m, a, b: abs(a) if b >= 0 else -abs(a),
    points=((-5.0, 3.0), (5.0, -3.0)),
    real=True,
)
heaviside = elementwise(
    np.heaviside,
    FLAT,
    lambda y, x, h: where(x == 0, 1.0, 0.0),
    mp=lambda m, x, h: m.mpf(x > 0) if x else h,
    real=True,
)
floor = elementwise(np.floor, FLAT, mp="floor", real=True)
ceil = elementwise(np.ceil, FLAT, mp="ceil", real=True)
trunc = elementwise(np.trunc, FLAT, mp=lambda m, x: m.floor(x) if x > 0 else m.ceil(x), real=True)
rint = elementwise(np.rint, FLAT, mp="nint", complex=FLAT)
conjugate = elementwise(np.conjugate, 1, mp="conj", real=True, complex=lambda y, x: Conjugate(shape_of(x)))

# ---------------------------------------------------------------- parts of a number

modf = elementwise(
    np.modf,
    (1, FLAT),
    math=math.modf,
    mp=lambda m, x: (x - m.sign(x) * m.floor(abs(x)), m.sign(x) * m.floor(abs(x))),
    real=True,
)
# A power of two, exactly; frexp(0) is (0, 0).
frexp = elementwise(
    np.frexp,
    (lambda y, x: where(x == 0, 1.0, y[0] / _nonzero(x)), FLAT),
    math=math.frexp,
    mp="frexp",
    real=True,
)
ldexp = elementwise(
    np.ldexp,
    lambda y, x, n: ldexp(fabs(copysign(1.0, x)), n),  # 2.0**n in the dtype of x
    "exponent n",
    math=math.ldexp,
    mp="ldexp",
    domain=((-math.inf, math.inf), [-30, 0, 5]),
    real=True,
)
nextafter = elementwise(np.nextafter, 1, FLAT, math=math.nextafter, real=True)
spacing = elementwise(np.spacing, FLAT, real=True)

# ---------------------------------------------------------------- no derivative to carry

passed(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)
passed(np.logical_and, np.logical_or, np.logical_xor, np.logical_not)
passed(np.isfinite, np.isinf, np.isnan, np.isnat, np.signbit)
passed(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift)
passed(np.bitwise_count, np.gcd, np.lcm)
