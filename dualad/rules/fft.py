"""Rules of np.fft: every transform is made of padding, one DFT for each axis, and taking parts."""

from __future__ import annotations

from collections.abc import Callable
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


def _rfft(y: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> LinearMap:
    return _half_dft(*_length(a, n, axis), norm)


def _irfft(y: Any, a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> LinearMap:
    return _of_complex(a) >> _from_half_dft(*_half_length(a, n, axis), norm)


@composed(np.fft.hfft)
def _hfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return np.fft.irfft(np.conjugate(a), n, axis, _SWAPPED[norm])


@composed(np.fft.ihfft)
def _ihfft(a: Any, n: Any = None, axis: int = -1, norm: Any = None) -> Any:
    return np.conjugate(np.fft.rfft(a, n, axis, _SWAPPED[norm]))


for _function in (np.fft.fft, np.fft.ifft):
    _complex_transform(_function)
linear_map(np.fft.rfft, _rfft)
linear_map(np.fft.irfft, _irfft)
moves(np.fft.fftshift, np.fft.ifftshift)


# ---------------------------------------------------------------- several axes


def _over_axes(name: str, each: _Transform, last: _Transform, axes: Any) -> None:
    """One transform after the other, the last axis first; to real numbers that comes at the end."""
    default, back = axes, last is np.fft.irfft

    @composed(getattr(np.fft, name))
    def transform(a: Any, s: Any = None, axes: Any = default, norm: Any = None) -> Any:
        steps = [(each, n, axis) for axis, n in _axes(a, s, axes, back)]
        steps[-1:] = [(last, n, axis) for _, n, axis in steps[-1:]]
        for one, n, axis in steps[-2::-1] + steps[-1:] if back else steps[::-1]:
            a = one(a, n, axis, norm)
        return a


for _name, _each, _last in (
    ("fft", np.fft.fft, np.fft.fft),
    ("ifft", np.fft.ifft, np.fft.ifft),
    ("rfft", np.fft.fft, np.fft.rfft),
    ("irfft", np.fft.ifft, np.fft.irfft),
):
    _over_axes(f"{_name}n", _each, _last, None)
    _over_axes(f"{_name}2", _each, _last, (-2, -1))
