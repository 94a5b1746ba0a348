"""Arithmetic, quotients and rounding, powers, roots, exponentials and logarithms."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ..table import FLAT, elementwise
from ._choices import if_, maths, or_one, steep, where, with_partials

_POSITIVE = (0.0, math.inf)

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
        b < 0.5,
        lambda: if_(a == 0, lambda: if_(b == 0, lambda: 0, lambda: b * a ** (b - 1)), lambda: b * y / a),
        lambda: if_(b == 2, lambda: b * a, lambda: b * a ** (b - 1)),  # of which NumPy makes a copy
    )


def _power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    return if_((a == 0) & (b > 0), lambda: 0.0, lambda: if_(a < 0, lambda: math.nan, lambda: y * log(a)))


def _complex_power_by_base(y: Any, a: Any, b: Any) -> Any:
    return if_((a == 0) & (b == 0), lambda: 0, lambda: b * a ** (b - 1))


def _complex_power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    return if_(a == 0, lambda: 0, lambda: y * log(or_one(a)))


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

# ---------------------------------------------------------------- quotients and rounding

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
floor = elementwise(np.floor, FLAT, mp="floor", real=True)
ceil = elementwise(np.ceil, FLAT, mp="ceil", real=True)
trunc = elementwise(np.trunc, FLAT, mp=lambda m, x: m.floor(x) if x > 0 else m.ceil(x), real=True)
rint = elementwise(np.rint, FLAT, mp="nint", complex=FLAT)

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
    lambda y, x: 1 / (3 * y * steep(y)),
    math=math.cbrt,
    mp=lambda m, x: m.sign(x) * m.cbrt(abs(x)),
    points=(-8.0, 5e-324),
    real=True,
)
exp = elementwise(np.exp, lambda y, x: y, math=math.exp, mp="exp")
exp2 = elementwise(np.exp2, lambda y, x: y * maths(x).log(2), math=math.exp2, mp=lambda m, x: m.mpf(2) ** x)
expm1 = elementwise(np.expm1, lambda y, x: exp(x), math=math.expm1, mp="expm1", points=(-40.0,))
log = elementwise(np.log, lambda y, x: 1 / x, math=math.log, mp="log", domain=_POSITIVE)
log2 = elementwise(
    np.log2,
    lambda y, x: 1 / maths(x).log(2) / x,
    math=math.log2,
    mp=lambda m, x: m.log(x, 2),
    domain=_POSITIVE,
)
log10 = elementwise(
    np.log10, lambda y, x: 1 / maths(x).log(10) / x, math=math.log10, mp="log10", domain=_POSITIVE
)
log1p = elementwise(np.log1p, lambda y, x: 1 / (1 + x), math=math.log1p, mp="log1p", domain=(-1.0, math.inf))


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


@with_partials(
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


@with_partials(
    lambda y, a, b: y * exp2_weight(b, a) * maths(y).log(2),
    lambda y, a, b: -y * exp2_weight(b, a) * maths(y).log(2),
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
