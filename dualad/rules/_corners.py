"""Corners and steps, parts of a number, and what carries no derivative."""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from ..corners import note
from ..linear import LinearMap, Scale, is_complex
from ..linear.complexes import Conjugate, RealPart, ToComplex
from ..shapes import shape_of
from ..table import FLAT, elementwise, passed
from ._choices import indicator, or_one, where, with_partials

# ---------------------------------------------------------------- corners and steps


def _share(ahead: Any, tied: Any) -> Any:
    """What an argument has of a maximum: all, nothing, or half of it at a tie."""
    if type(tied) is np.ndarray:
        if not np.count_nonzero(tied):
            return indicator(ahead)
        note("a choice between equal numbers")
    return indicator(ahead, tied)


def _turned(y: Any, x: Any) -> LinearMap:
    """The map of ``z / |z|``: ``i y Im(conj(y) t) / |z|``, and 0 at the origin."""
    shape = shape_of(x)
    turn = Scale(-1j * conjugate(y), shape) >> RealPart(shape) >> ToComplex(shape)
    return turn >> Scale(1j * y / or_one(absolute(x)), shape)


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


def _ahead(before: Any, a: Any, b: Any) -> Any:
    """What ``a`` has of complex numbers, whose order is that of the real parts, then the imaginary ones."""
    return _share(before(a, b), np.equal(a, b))


def _by_parts(z: Any) -> Any:
    return z.real, z.imag


def _of_two(function: Any, before: Any, pick: Any, **more: Any) -> Any:
    """The one of two arguments that comes before the other."""
    return elementwise(
        function,
        lambda y, a, b: _share(before(a, b), a == b),
        lambda y, a, b: _share(before(b, a), a == b),
        mp=lambda m, a, b: pick(a, b, key=_by_parts),
        **more,
    )


maximum = _of_two(
    np.maximum,
    lambda a, b: a > b,
    max,
    math=lambda a, b: a if a >= b or a != a else b,
    complex=(lambda y, a, b: _ahead(np.greater, a, b), lambda y, a, b: _ahead(np.greater, b, a)),
)
minimum = _of_two(
    np.minimum,
    lambda a, b: a < b,
    min,
    math=lambda a, b: a if a <= b or a != a else b,
    complex=(lambda y, a, b: _ahead(np.less, a, b), lambda y, a, b: _ahead(np.less, b, a)),
)
# A NaN loses: the other argument has it all.
fmax = _of_two(np.fmax, lambda a, b: (a > b) | (b != b), max, real=True)
fmin = _of_two(np.fmin, lambda a, b: (a < b) | (b != b), min, real=True)


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
clip, clip_of_array = (
    elementwise(
        function,
        lambda y, x, lo, hi: _between(x, lo, hi),
        lambda y, x, lo, hi: _lo_over_x(x, lo, hi) * _under_hi(x, lo, hi),
        lambda y, x, lo, hi: 1.0 - _under_hi(x, lo, hi),
        **_CLIP,
    )
    for function in (np.clip, _clip_ufunc)
)


@with_partials(lambda y, x: indicator(x > 0), mp=lambda m, x: max(x, 0), real=True)
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
    squared=lambda a, b: a * a,
)
heaviside = elementwise(
    np.heaviside,
    FLAT,
    lambda y, x, h: indicator(x == 0),
    mp=lambda m, x, h: m.mpf(x > 0) if x else h,
    real=True,
)
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
    (lambda y, x: where(x == 0, 1.0, y[0] / or_one(x)), FLAT),
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
