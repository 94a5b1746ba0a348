"""Rules of functions that take complex numbers apart, and put them together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..linear import Identity, LinearMap, Scale, Zero, is_complex
from ..linear.complexes import ImaginaryPart, RealPart
from ..shapes import shape_of
from ..table import elementwise, linear_map, passed
from .elementwise import where


def _from_parts(re: Any, im: Any) -> Any:
    """``re + 1j * im``, but that an infinity or NaN in the one is none in the other."""
    z = np.empty(np.broadcast_shapes(np.shape(re), np.shape(im)), np.result_type(re, im, np.complex64))
    z.real, z.imag = re, im
    return z[()]


from_parts = elementwise(_from_parts, 1.0, 1j, real=True, complex_valued=True)


def _real(y: Any, val: Any) -> LinearMap:
    return RealPart(shape_of(val)) if is_complex(val) and not is_complex(y) else Identity(shape_of(val))


def _imag(y: Any, val: Any) -> LinearMap:
    shape = shape_of(val)
    return ImaginaryPart(shape) if is_complex(val) else Zero(shape, shape)


def _angle(y: Any, z: Any, deg: bool = False) -> LinearMap:
    """``Im(t / z)``, and 0 at the origin."""
    shape = shape_of(z)
    if not is_complex(z):
        return Zero(shape, shape)
    unit = 180 / math.pi if deg else 1.0
    zero = z == 0
    return Scale(where(zero, 0.0, unit / where(zero, 1.0, z)), shape) >> ImaginaryPart(shape)


linear_map(np.real, _real)
linear_map(np.imag, _imag)
linear_map(np.angle, _angle)
linear_map(np.real_if_close, lambda y, a, tol=100: _real(y, a))
passed(np.isreal, np.iscomplex)
linear_map(  # what is added is a multiple of the period: a step function
    np.unwrap, lambda y, p, discont=None, axis=-1, *, period=2 * math.pi: Identity(shape_of(p)), real=True
)
