"""Rules of the norms of vectors and matrices, and of the condition number.

Each norm is a weighted sum of the tangent. The weights do not overflow: they are computed from the
entries over a power of two. At the origin they are 0, and ties share equally.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..linear import Identity, Inner, LinearMap, Scale, Zero, is_complex
from ..linear.complexes import RealPart
from ..linear.contractions import MatLeft, MatRight
from ..shapes import Shape, negative_axes, negative_axis, shape_of
from ..table import composed, linear_map, own_function
from ._matrices import (
    beside,
    dtype_of,
    equal,
    flipped,
    inverse,
    minus,
    plain,
    rounding,
    summed,
    swapped,
)
from .elementwise import abs_squared, absolute, power, sign, sqrt, where
from .reductions import tie_shares


def norm(y: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> LinearMap:
    """Which norm it is: NumPy takes a pair of axes, or a matrix, for a matrix norm."""
    plain_numbers = type(y) is np.float64 and type(x) is np.ndarray and x.dtype is y.dtype
    if plain_numbers and ord is axis is None and _SMALL < y < _LARGE:
        return Inner(x, y)  # the usual one
    ndim = len(shape_of(x))
    axes = (
        tuple(range(ndim)) if axis is None else (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    )
    if ord is None or (ord == "fro" and len(axes) == 2):
        return _vector_norm(y, x, 2, axes)
    if len(axes) == 2:
        return _matrix_norm(y, x, ord, axes)
    return _vector_norm(y, x, ord, axes)


def squared_norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The square of the norm, if that is a sum of squares."""
    vectors = axis is None if len(shape_of(x)) == 1 else isinstance(axis, int | np.integer)
    if ord is None or (ord == 2 and vectors) or ord == "fro":
        return np.sum(abs_squared(x), axis=axis, keepdims=keepdims)
    return None


def _weighted(y: Any, x: Any, weights: Any, axes: Shape) -> LinearMap:
    """The real sum of an array with weights along axes."""
    shape = shape_of(x)
    if not is_complex(x):
        return summed(weights, shape, axes, shape_of(y))
    return summed(np.conjugate(weights), shape, axes, shape_of(y)) >> RealPart(shape_of(y))


def _vector_norm(y: Any, x: Any, ord: Any, axis: Any) -> LinearMap:
    shape = shape_of(x)
    axes = negative_axes(axis, len(shape))
    return Zero(shape, shape_of(y)) if ord == 0 else _weighted(y, x, _vector_weights(x, ord, axes), axes)


def _power_of_two(x: Any, axes: Shape) -> Any:
    """About the largest entry along some axes."""
    largest = np.max(np.abs(plain(x)), axis=axes, keepdims=True, initial=0.0)
    return np.ldexp(np.ones_like(largest), np.frexp(largest)[1] - 1)


def _sum(x: Any, axes: Shape) -> Any:
    return np.sum(x, axis=axes, keepdims=True) if shape_of(x) else x


#: A norm between these has lost nothing to overflow or underflow of squares.
_SMALL, _LARGE = 1e-140, 1e150


def _vector_weights(x: Any, ord: Any, axes: Shape) -> Any:
    if ord == 1:
        return sign(x)
    if np.isinf(ord):
        size = absolute(x)
        ends = np.max if ord > 0 else np.min
        return sign(x) * tie_shares(size, ends(size, axis=axes, keepdims=True) if shape_of(x) else size, axes)
    x = x / _power_of_two(x, axes)
    if ord == 2:
        n = sqrt(_sum(abs_squared(x), axes))
        zero = np.equal(plain(n), 0)
        return where(zero, 0.0, x / where(zero, 1.0, n))
    size = absolute(x)
    corner = np.equal(plain(x), 0) & (ord < 1)  # there the slope is infinite on both sides
    safe = where(corner, 1.0, size)
    n = power(_sum(where(corner, 0.0 if ord > 0 else np.inf, power(safe, float(ord))), axes), 1.0 / ord)
    zero = np.equal(plain(n), 0)
    weights = sign(x) * power(safe / where(zero, 1.0, n), ord - 1.0)
    return where(zero | corner, 0.0, weights)


def _matrix_norm(y: Any, x: Any, ord: Any, axis: Any) -> LinearMap:
    row, column = (negative_axis(a, len(shape_of(x))) for a in axis)
    axes = negative_axes((row, column), len(shape_of(x)))
    return _weighted(y, x, _matrix_weights(x, ord, row, column), axes)


def _matrix_weights(x: Any, ord: Any, row: int, column: int) -> Any:
    if ord in (1, -1, np.inf, -np.inf):
        along, across = (row, column) if ord in (1, -1) else (column, row)
        sums = _sum(absolute(x), (along,))
        ends = np.max if ord > 0 else np.min
        return sign(x) * tie_shares(sums, ends(sums, axis=across, keepdims=True), across)
    last = np.moveaxis(x, (row, column), (-2, -1))
    weights = polar_factor(last) if ord == "nuc" else _extreme(last, largest=ord == 2)
    return np.moveaxis(weights, (-2, -1), (row, column))


def _extreme(a: Any, largest: bool) -> Any:
    """``u v^T`` of the largest or smallest singular value, the mean over those that are equal."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    values = plain(s)
    tied = equal(values)[..., 0 if largest else -1, :] & (values > rounding(values, shape_of(a)))
    mask = tied.astype(dtype_of(a))
    shares = mask / np.maximum(mask.sum(axis=-1, keepdims=True), 1)
    # Both factors are masked, so that what other vectors do, or cannot do, does not matter.
    return np.matmul(u * shares[..., None, :], vh * mask[..., :, None])


# ---------------------------------------------------------------- the polar factor


def _range(a: Any) -> tuple[Any, Any, Any, Any]:
    """The singular value decomposition, with zeros for the vectors of singular values that are 0."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    values = plain(s)
    mask = (values > rounding(values, shape_of(a))).astype(dtype_of(a))
    return u * mask[..., None, :], where(mask == 0, 1.0, s), vh * mask[..., :, None], mask


@own_function
def polar_factor(a: Any) -> Any:
    """``U V^T`` of ``A = U S V^T``: the gradient of the sum of all singular values.

    It depends smoothly on ``A`` where singular values are equal, as ``U`` and ``V`` do not.
    """
    u, _, vh, _ = _range(a)
    return np.matmul(u, vh)


def of_polar_factor(y: Any, a: Any) -> LinearMap:
    if plain(a) is not a and _is_turned(plain(a)):
        return _of_smooth_factors(a)
    u, s, vh, mask = _range(a)
    v, shape = swapped(vh), shape_of(a)
    *stack, m, n = shape
    k = shape_of(s)[-1]
    square = (*stack, k, k)
    x = MatLeft(swapped(u), shape) >> MatRight(v, (*stack, k, n))
    sums = mask[..., None, :] * mask[..., :, None] / (s[..., None, :] + s[..., :, None])
    inside = (x + minus(x >> flipped(square))) >> Scale(sums, square)
    inside = inside >> MatLeft(u, square) >> MatRight(vh, (*stack, m, k))
    left = MatRight(v / s[..., None, :], shape) >> beside(u, (*stack, m, k)) >> MatRight(vh, (*stack, m, k))
    right = flipped(shape) >> MatRight(u / s[..., None, :], (*stack, n, m)) >> beside(v, (*stack, n, k))
    right = right >> flipped((*stack, n, k)) >> MatLeft(u, (*stack, k, n))
    return inside + left + right


def _is_turned(a: Any) -> bool:
    """Whether singular values, of which none is 0, are so near that their vectors are uncertain."""
    s = np.linalg.svd(a, compute_uv=False)
    near = np.abs(np.diff(s)) <= 1e-4 * s[..., :1]
    return bool(near.any() and np.all(s > rounding(s, a.shape)))


def _of_smooth_factors(a: Any) -> LinearMap:
    """The same from ``P`` and ``H`` of ``A = P H``, for derivatives of it.

    ``dP = P X + (1 - P P^T) t H^-1`` where ``H X + X H = P^T t - t^T P``.
    """
    shape = shape_of(a)
    *stack, m, k = shape
    if m < k:
        return flipped(shape) >> _of_smooth_factors(swapped(a)) >> flipped((*stack, k, m))
    p = polar_factor(a)
    h, square = np.matmul(swapped(p), a), (*stack, k, k)
    x = MatLeft(swapped(p), shape)
    inside = (x + minus(x >> flipped(square))) >> _BothSides(h, square) >> MatLeft(p, square)
    return inside + (MatRight(inverse(h), shape) >> beside(p, shape))


@own_function
def both_sides(h: Any, c: Any) -> Any:
    """The solution of ``H X + X H = C``, for the symmetric part ``H`` of ``h``, with positive eigenvalues."""
    w, v = np.linalg.eigh((h + swapped(h)) / 2)
    inside = np.matmul(np.matmul(swapped(v), c), v) / (w[..., None, :] + w[..., :, None])
    return np.matmul(np.matmul(v, inside), swapped(v))


class _BothSides(LinearMap):
    """``t -> both_sides(h, t)``, its own transpose."""

    __slots__ = ("h",)

    def __init__(self, h: Any, in_shape: Shape):
        super().__init__(in_shape, in_shape)
        self.h = h

    def __call__(self, t: Any) -> Any:
        return both_sides(self.h, t)

    apply = __call__

    def transpose(self) -> LinearMap:
        return self

    def bits(self, b: Any) -> Any:
        return np.broadcast_to(np.bitwise_or.reduce(b, axis=(-2, -1), keepdims=True), b.shape).copy()

    def stored(self) -> Sequence[Any]:
        return (self.h,)


def _of_h(y: Any, h: Any, c: Any) -> LinearMap:
    shape = shape_of(h)
    symmetric = (Identity(shape) + flipped(shape)) >> Scale(0.5, shape)
    return symmetric >> (MatRight(-y, shape) + MatLeft(-y, shape)) >> _BothSides(h, shape_of(y))


linear_map(both_sides, _of_h, lambda y, h, c: _BothSides(h, shape_of(c)), real=True)
linear_map(polar_factor, of_polar_factor, real=True)

# ---------------------------------------------------------------- the condition number


@composed(np.linalg.cond)
def _cond(x: Any, p: Any = None) -> Any:
    if p is None or p in (2, -2):
        largest, smallest = (np.linalg.norm(x, k, (-2, -1)) for k in (2, -2))
        return smallest / largest if p == -2 else largest / smallest
    return np.linalg.norm(x, p, (-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, (-2, -1))


linear_map(np.linalg.norm, norm, squared=squared_norm)
linear_map(
    np.linalg.vector_norm,
    lambda y, x, axis=None, keepdims=False, ord=2: _vector_norm(y, x, ord, axis),
    squared=lambda x, axis=None, keepdims=False, ord=2: (
        squared_norm(x, None, axis, keepdims) if ord == 2 else None
    ),
)
linear_map(
    np.linalg.matrix_norm,
    lambda y, x, keepdims=False, ord="fro": norm(y, x, ord, (-2, -1)),
    squared=lambda x, keepdims=False, ord="fro": squared_norm(x, ord, (-2, -1), keepdims),
)
