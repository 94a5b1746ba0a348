"""The linear maps between real and complex arrays, and the Fourier transform.

Complex numbers are differentiated as pairs of real ones. The product of a tangent and a cotangent
is ``Re(sum(t * ct))``, without conjugation, so the transpose of every other map is what it is for
real numbers: only going from real to complex and back, and conjugation, have to be added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..counts import Count, fourier
from ..shapes import Shape
from .arithmetic import Scale
from .maps import LinearMap
from .products import is_complex


class _EntryByEntry(LinearMap):
    """The shape stays, and so do bit sets."""

    __slots__ = ()

    def __init__(self, shape: Shape):
        super().__init__(shape, shape)

    def bits(self, b: Any) -> Any:
        return b


class ToComplex(_EntryByEntry):
    """Real numbers as complex ones."""

    __slots__ = ()

    def apply(self, t: Any) -> Any:
        if isinstance(t, float | int):
            return complex(t)
        t = np.asarray(t)
        return t.astype(np.result_type(t, np.complex64), copy=False)

    def transpose(self) -> LinearMap:
        return RealPart(self.in_shape)

    def gives_complex(self, given: bool) -> bool:
        return True


class RealPart(_EntryByEntry):
    """The real part: a view, as in NumPy."""

    __slots__ = ()
    holomorphic = False
    looks = True

    def apply(self, t: Any) -> Any:
        return t.real

    def transpose(self) -> LinearMap:
        return ToComplex(self.in_shape)

    def gives_complex(self, given: bool) -> bool:
        return False


class ImaginaryPart(_EntryByEntry):
    """The imaginary part, ``Re(-1j * t)``; a view, as in NumPy."""

    __slots__ = ()
    holomorphic = False
    looks = True

    def apply(self, t: Any) -> Any:
        return t.imag

    def transpose(self) -> LinearMap:
        return ToComplex(self.in_shape) >> Scale(-1j, self.in_shape)

    def gives_complex(self, given: bool) -> bool:
        return False


class Conjugate(_EntryByEntry):
    """Complex conjugation, which is its own transpose: ``Re(conj(t) * ct) == Re(t * conj(ct))``."""

    __slots__ = ()
    holomorphic = False

    def apply(self, t: Any) -> Any:
        return np.conjugate(t)

    def transpose(self) -> LinearMap:
        return self


class Fourier(LinearMap):
    """The discrete Fourier transform along an axis (negative), or its inverse; a symmetric matrix."""

    __slots__ = ("axis", "norm", "transform")

    def __init__(self, shape: Shape, axis: int, transform: Callable[..., Any], norm: str | None):
        super().__init__(shape, shape)
        self.axis = axis
        #: ``np.fft.fft`` or ``np.fft.ifft``.
        self.transform = transform
        self.norm = norm

    def apply(self, t: Any) -> Any:
        return self.transform(t, axis=self.axis, norm=self.norm)

    def transpose(self) -> LinearMap:
        return self

    def arithmetic(self, lanes: int) -> Count:
        return lanes * fourier(self.in_shape, self.axis)

    def bits(self, b: Any) -> Any:
        return np.broadcast_to(np.bitwise_or.reduce(b, axis=self.axis, keepdims=True), b.shape).copy()

    def gives_complex(self, given: bool) -> bool:
        return True


def between(linear: LinearMap, x: Any, y: Any) -> LinearMap:
    """The map from tangents of ``x`` to those of ``y``, complex where ``x`` and ``y`` are."""
    given, wanted = is_complex(x), is_complex(y)
    if not given and (wanted or linear.gives_complex(False)):
        linear = ToComplex(linear.in_shape) >> linear
    if not wanted and linear.gives_complex(given):
        linear = linear >> RealPart(linear.out_shape)
    if wanted and not linear.gives_complex(True):  # a norm, which NumPy 2.0's cond gives as a complex number
        linear = linear >> ToComplex(linear.out_shape)
    return linear
