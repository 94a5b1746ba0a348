"""Rules of np.fft: every transform is made of padding, one DFT for each axis, and taking parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..linear import Identity, LinearMap, Put, Scale, Take, is_complex
from ..linear.complexes import Fourier, RealPart, ToComplex
from ..shapes import Shape, along, negative_axis, shape_of
from ..table import composed, linear_map
from .shaping import moves

_Transform = Callable[..., Any]

#: The norm with which a transform becomes its inverse, but for the sign.
_SWAPPED: dict[Any, Any] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def _with_length(shape: Shape, axis: int, n: int) -> Shape:
    return (*shape[:axis], n, *shape[len(shape) + axis + 1 :])


def _resized(shape: Shape, axis: int, n: int) -> LinearMap:
    """An axis cut off, or filled up with zeros, to length ``n``."""
    out = _with_length(shape, axis, n)
    if n == shape[axis]:
        return Identity(shape)
    return (
        Take(along(axis, slice(n)), shape, out)
        if n < shape[axis]
        else Put(along(axis, slice(shape[axis])), shape, out)
    )


def _dft(transform: _Transform, shape: Shape, axis: int, n: int, norm: str | None) -> LinearMap:
    resized = _resized(shape, axis, n)
    return resized >> Fourier(resized.out_shape, axis, transform, norm)


def _half_dft(shape: Shape, axis: int, n: int, norm: str | None) -> LinearMap:
    """rfft: the first half of the transform of real numbers."""
    whole = _resized(shape, axis, n)
    whole = whole >> ToComplex(whole.out_shape) >> Fourier(whole.out_shape, axis, np.fft.fft, norm)
    half = slice(n // 2 + 1)
    return whole >> Take(along(axis, half), whole.out_shape, _with_length(shape, axis, n // 2 + 1))


def _from_half_dft(shape: Shape, axis: int, n: int, norm: str | None) -> LinearMap:
    """irfft: ``Re(sum(w[k] a[k] exp(2 pi i j k / n)))``, with ``w = 2`` for entries with a mirror image."""
    half = _resized(shape, axis, n // 2 + 1)
    weights = np.full(n // 2 + 1, 2.0)
    weights[0] = 1.0
    if n % 2 == 0:
        weights[-1] = 1.0
    doubled = half >> Scale(weights.reshape((-1,) + (1,) * (-1 - axis)), half.out_shape)
    out = _with_length(shape, axis, n)
    placed = doubled >> Put(along(axis, slice(n // 2 + 1)), half.out_shape, out)
    return placed >> Fourier(out, axis, np.fft.ifft, norm) >> RealPart(out)


def _axes(a: Any, s: Any, axes: Any, halved: bool = False) -> list[tuple[int, int]]:
    """The axes (negative) to be transformed, and their lengths; ``halved``: given by half of it."""
    shape = shape_of(a)
    if axes is None:
        axes = range(-len(shape) if s is None else -len(s), 0)
    axes = [negative_axis(axis, len(shape)) for axis in axes]
    if s is None:
        s = [shape[axis] for axis in axes]
        if halved:
            s[-1] = 2 * (s[-1] - 1)
    return [(axis, shape[axis] if n is None or n == -1 else int(n)) for axis, n in zip(axes, s, strict=True)]


def _chain(
    transform: _Transform, shape: Shape, pairs: Sequence[tuple[int, int]], norm: str | None
) -> LinearMap:
    """One transform after the other, the last axis first."""
    linear: LinearMap = Identity(shape)
    for axis, n in reversed(pairs):
        linear = linear >> _dft(transform, linear.out_shape, axis, n, norm)
    return linear


def _of_complex(a: Any) -> LinearMap:
    """Where the transforms of complex numbers begin."""
    return Identity(shape_of(a)) if is_complex(a) else ToComplex(shape_of(a))


def _length(a: Any, n: Any, axis: int) -> tuple[Shape, int, int]:
    shape = shape_of(a)
    axis = negative_axis(axis, len(shape))
    return shape, axis, shape[axis] if n is None else int(n)


def _half_length(a: Any, n: Any, axis: int) -> tuple[Shape, int, int]:
    shape, axis, half = _length(a, None, axis)
    return shape, axis, 2 * (half - 1) if n is None else int(n)


def _complex_transform(function: _Transform) -> None:
    def the_map(y: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> LinearMap:
        return _of_complex(a) >> _dft(function, *_length(a, n, axis), norm)

    linear_map(function, the_map)


@composed(np.fft.hfft)
def _hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return np.fft.irfft(np.conjugate(a), n, axis, _SWAPPED[norm])


@composed(np.fft.ihfft)
def _ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return np.conjugate(np.fft.rfft(a, n, axis, _SWAPPED[norm]))


for _function in (np.fft.fft, np.fft.ifft):
    _complex_transform(_function)
linear_map(np.fft.rfft, lambda y, a, n=None, axis=-1, norm=None: _half_dft(*_length(a, n, axis), norm))
linear_map(
    np.fft.irfft,
    lambda y, a, n=None, axis=-1, norm=None: (
        _of_complex(a) >> _from_half_dft(*_half_length(a, n, axis), norm)
    ),
)
moves(np.fft.fftshift, np.fft.ifftshift)


# ---------------------------------------------------------------- several axes


def _fftn(transform: _Transform, a: Any, s: Any, axes: Any, norm: Any) -> LinearMap:
    return _of_complex(a) >> _chain(transform, shape_of(a), _axes(a, s, axes), norm)


def _rfftn(a: Any, s: Any, axes: Any, norm: Any) -> LinearMap:
    *others, (axis, n) = _axes(a, s, axes)
    half = _half_dft(shape_of(a), axis, n, norm)
    return half >> _chain(np.fft.fft, half.out_shape, others, norm)


def _irfftn(a: Any, s: Any, axes: Any, norm: Any) -> LinearMap:
    *others, (axis, n) = _axes(a, s, axes, halved=True)
    whole = _of_complex(a) >> _chain(np.fft.ifft, shape_of(a), others, norm)
    return whole >> _from_half_dft(whole.out_shape, axis, n, norm)


_LAST_TWO = (-2, -1)

linear_map(np.fft.fftn, lambda y, a, s=None, axes=None, norm=None: _fftn(np.fft.fft, a, s, axes, norm))
linear_map(np.fft.ifftn, lambda y, a, s=None, axes=None, norm=None: _fftn(np.fft.ifft, a, s, axes, norm))
linear_map(np.fft.fft2, lambda y, a, s=None, axes=_LAST_TWO, norm=None: _fftn(np.fft.fft, a, s, axes, norm))
linear_map(np.fft.ifft2, lambda y, a, s=None, axes=_LAST_TWO, norm=None: _fftn(np.fft.ifft, a, s, axes, norm))
linear_map(np.fft.rfftn, lambda y, a, s=None, axes=None, norm=None: _rfftn(a, s, axes, norm))
linear_map(np.fft.rfft2, lambda y, a, s=None, axes=_LAST_TWO, norm=None: _rfftn(a, s, axes, norm))
linear_map(np.fft.irfftn, lambda y, a, s=None, axes=None, norm=None: _irfftn(a, s, axes, norm))
linear_map(np.fft.irfft2, lambda y, a, s=None, axes=_LAST_TWO, norm=None: _irfftn(a, s, axes, norm))
