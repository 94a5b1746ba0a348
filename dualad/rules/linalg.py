"""Rules of np.linalg: equations, inverses, determinants, powers; factorisations and norms are beside."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linear import (
    Diagonal,
    Identity,
    LinearMap,
    Permute,
    Scale,
    Sum,
    Take,
    Zero,
    is_complex,
    plain,
    reshaped,
)
from ..linear.complexes import RealPart, ToComplex
from ..linear.contractions import MatLeft, MatRight
from ..linear.solves import Solve
from ..shapes import negative_axis, shape_of, size_of
from ..table import for_each, linear_map, passed
from . import _decompositions, _determinants, _norms  # noqa: F401 - into the table
from ._matrices import (
    adjoining,
    adjoint,
    dtype_of,
    eye_like,
    flipped,
    from_triangle,
    minus,
    summed,
    swapped,
)
from .products import _matmul_left, _matmul_right, _outer, _tensordot, conjugated, conjugating, trace_of

# ---------------------------------------------------------------- equations


def inv(y: Any, a: Any) -> LinearMap:
    """From ``A Y = 1``: ``t Y + A dY = 0``."""
    shape = shape_of(a)
    return MatLeft(-y, shape) >> MatRight(y, shape)


def _as_columns(y: Any, b: Any) -> tuple[LinearMap, Any]:
    """A right-hand side as columns, and the solution."""
    shape = shape_of(b)
    if len(shape) == 1:
        return reshaped(shape, (*shape, 1)), np.expand_dims(y, -1)
    return Identity(shape), y


def solve_matrix(y: Any, a: Any, b: Any) -> LinearMap:
    """From ``A y = b``: ``t y + A dy = 0``."""
    _, columns = _as_columns(y, b)
    times = MatRight(-columns, shape_of(a))
    solved = times >> Solve(a, times.out_shape)
    return solved >> reshaped(solved.out_shape, shape_of(y))


def solve_right(y: Any, a: Any, b: Any) -> LinearMap:
    to_columns, _ = _as_columns(y, b)
    solved = to_columns >> Solve(a, to_columns.out_shape)
    return solved >> reshaped(solved.out_shape, shape_of(y))


linear_map(np.linalg.inv, inv)
linear_map(np.linalg.solve, solve_matrix, solve_right)


def _tensor_order(a: Any, b: Any, axes: Any) -> LinearMap:
    """The axes that tensorsolve moves to the end, and the tensor as a square matrix."""
    shape = shape_of(a)
    order = list(range(len(shape)))
    for k in axes or ():
        order.remove(int(k) % len(shape))
        order.append(int(k) % len(shape))
    permuted = Permute(shape, tuple(k - len(shape) for k in order))
    n = size_of(shape_of(b))
    return permuted >> reshaped(permuted.out_shape, (n, n))


def _tensorsolve(which: int, y: Any, a: Any, b: Any, axes: Any = None) -> LinearMap:
    to_matrix = _tensor_order(a, b, axes)
    matrix, n = to_matrix(a), size_of(shape_of(b))
    flat = np.reshape(y, n)
    if which == 0:
        return to_matrix >> solve_matrix(flat, matrix, flat) >> reshaped((n,), shape_of(y))
    return reshaped(shape_of(b), (n,)) >> solve_right(flat, matrix, flat) >> reshaped((n,), shape_of(y))


def _tensorinv(y: Any, a: Any, ind: int = 2) -> LinearMap:
    n = size_of(shape_of(a)[:ind])
    square = np.reshape(y, (n, n))
    return reshaped(shape_of(a), (n, n)) >> inv(square, square) >> reshaped((n, n), shape_of(y))


linear_map(np.linalg.tensorsolve, *for_each(_tensorsolve))
linear_map(np.linalg.tensorinv, _tensorinv)

# ---------------------------------------------------------------- least squares


def pinv(y: Any, a: Any, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> LinearMap:
    """Golub and Pereyra (1973), for matrices whose rank stays the same."""
    shape = shape_of(a)
    seen = from_triangle(shape, dtype_of(a)) if hermitian else Identity(shape)
    a = seen(a)
    flip = adjoining(shape, dtype_of(a))
    linear = MatLeft(-y, shape) >> MatRight(y, (*shape[:-2], shape[-1], shape[-1]))
    rows = eye_like(swapped(a)) - np.matmul(a, y)
    columns = eye_like(a) - np.matmul(y, a)
    t = flip.out_shape
    linear = linear + (flip >> MatLeft(np.matmul(y, adjoint(y)), t) >> MatRight(rows, t))
    linear = linear + (flip >> MatLeft(columns, t) >> MatRight(np.matmul(adjoint(y), y), t))
    return seen >> linear


def lstsq(which: int, y: Any, a: Any, b: Any, rcond: Any = None) -> Any:
    x, squares, rank, s = y
    m, n = shape_of(a)
    p = np.linalg.pinv(a, rcond=rcond if s is None else _cut(plain(s), int(rank)))
    vector = len(shape_of(b)) == 1
    xs, bs = (np.expand_dims(v, -1) if vector else v for v in (x, b))
    residual = bs - np.matmul(a, xs)
    column = shape_of(bs)
    if which == 1:
        to_columns = reshaped(shape_of(b), column)
        of_x = to_columns >> MatLeft(p, column) >> reshaped(shape_of(xs), shape_of(x))
        return of_x, to_columns >> _squares(residual, squares), None, None
    back = reshaped(shape_of(xs), shape_of(x))
    flip = adjoining((m, n), dtype_of(a))
    of_x = MatRight(xs, (m, n)) >> MatLeft(-p, column)
    if rank < m:
        normal = MatRight(residual, (n, m)) >> MatLeft(np.matmul(p, adjoint(p)), shape_of(xs))
        of_x = of_x + (flip >> normal)
    if rank < n:
        image = np.matmul(adjoint(p), xs)
        null = MatRight(image, (n, m)) >> MatLeft(eye_like(a) - np.matmul(p, a), shape_of(xs))
        of_x = of_x + (flip >> null)
    of_squares = minus(MatRight(xs, (m, n))) >> _squares(residual, squares)
    return of_x >> back, of_squares, None, None if s is None else _decompositions.svdvals(s, a)


def _cut(s: Any, rank: int) -> float:
    """What part of the largest singular value those that LAPACK has counted exceed, and the others do not."""
    if not 0 < rank < len(s):
        return 0.0 if rank else 1.0
    return float(s[rank - 1] / 2 + s[rank] / 2) / float(s[0])


def _squares(residual: Any, squares: Any) -> LinearMap:
    """The sums of squares of residuals, which NumPy gives or leaves empty."""
    shape = shape_of(residual)
    if shape_of(squares) == (0,) and shape[-1] != 0:
        return Zero(shape, (0,))
    linear = summed(2 * np.conjugate(residual), shape, (-2,), shape_of(squares))
    if is_complex(squares):  # as SciPy 1.18 has them, with rounding for imaginary parts
        linear = linear >> RealPart(linear.out_shape) >> ToComplex(linear.out_shape)
    return linear


linear_map(np.linalg.pinv, pinv)
linear_map(
    np.linalg.lstsq,
    lambda y, a, b, rcond=None: lstsq(0, y, a, b, rcond),
    lambda y, a, b, rcond=None: lstsq(1, y, a, b, rcond),
)

# ---------------------------------------------------------------- powers and products


def matrix_power(y: Any, a: Any, n: int) -> LinearMap:
    """By squaring, as the power itself: ``d(P P) = dP P + P dP``."""
    shape = shape_of(a)
    if n < 0:
        inverse = np.linalg.inv(a)
        return inv(inverse, a) >> matrix_power(y, inverse, -n)
    if n == 0:
        return Zero(shape, shape)
    return _power(a, n)[1]


def _power(a: Any, n: int) -> tuple[Any, LinearMap]:
    """The power and its map."""
    shape = shape_of(a)
    if n == 1:
        return a, Identity(shape)
    half, linear = _power(a, n // 2)
    power = np.matmul(half, half)
    linear = linear >> (MatRight(half, shape) + MatLeft(half, shape))
    if n % 2:
        linear = (linear >> MatRight(a, shape)) + MatLeft(power, shape)
        power = np.matmul(power, a)
    return power, linear


def _multi_dot(y: Any, i: int, arrays: Any) -> LinearMap:
    """The product before, the array, the product after."""
    linear: LinearMap = Identity(shape_of(arrays[i]))
    after, before = arrays[i + 1 :], arrays[:i]
    if after:
        c = np.linalg.multi_dot(after) if len(after) > 1 else after[0]
        linear = _matmul_left(None if len(shape_of(c)) == 2 else _Shaped(linear.out_shape[:-1]), arrays[i], c)
    if before:
        c = np.linalg.multi_dot(before) if len(before) > 1 else before[0]
        linear = linear >> _matmul_right(y, c, _Shaped(linear.out_shape))
    return linear


class _Shaped:
    """What has a shape, and no entries."""

    def __init__(self, shape: Any):
        self.shape = shape


linear_map(np.linalg.matrix_power, matrix_power)
linear_map(np.linalg.multi_dot, _multi_dot, several="first")


def _cross(which: int, y: Any, x1: Any, x2: Any, axis: int = -1) -> LinearMap:
    """``(a x b)[i] = a[i+1] b[i+2] - a[i+2] b[i+1]``, the indices in a circle."""
    mine, other = (x1, x2) if which == 0 else (x2, x1)
    ndim = len(shape_of(y))
    last = np.moveaxis(other, axis, -1)
    here = negative_axis(axis, len(shape_of(mine)))
    shape = shape_of(mine)
    order = (*(k for k in range(-len(shape), 0) if k != here), here)
    ahead = Permute(shape, order)
    full = (*np.broadcast_shapes(ahead.out_shape[:-1], shape_of(last)[:-1]), 3)

    def turned(k: int) -> LinearMap:
        places = (np.arange(3) + k) % 3
        taken = Take((..., places), ahead.out_shape, ahead.out_shape)
        return taken >> Scale(last[..., (np.arange(3) - k) % 3], ahead.out_shape, full)

    product = turned(1) + minus(turned(2))
    if which == 1:
        product = minus(product)
    there = negative_axis(axis, ndim)
    back = list(range(-ndim, -1))
    back.insert(there + ndim, -1)
    return ahead >> product >> Permute(full, tuple(back))


def _vecdot(which: int, y: Any, x1: Any, x2: Any, axis: int = -1) -> LinearMap:
    mine, other = (x1, x2) if which == 0 else (x2, conjugated(x1))
    shape = shape_of(mine)
    here = negative_axis(axis, len(shape))
    ahead = Permute(shape, (*(k for k in range(-len(shape), 0) if k != here), here))
    weights = np.moveaxis(other, axis, -1)
    full = np.broadcast_shapes(ahead.out_shape, shape_of(weights))
    conjugate = conjugating(x1) if which == 0 else Identity(shape)
    return conjugate >> ahead >> Scale(weights, ahead.out_shape, full) >> Sum(full, (-1,))


linear_map(
    np.linalg.cross,
    lambda y, x1, x2, axis=-1: _cross(0, y, x1, x2, axis),
    lambda y, x1, x2, axis=-1: _cross(1, y, x1, x2, axis),
)
linear_map(
    np.linalg.vecdot,
    lambda y, x1, x2, axis=-1: _vecdot(0, y, x1, x2, axis),
    lambda y, x1, x2, axis=-1: _vecdot(1, y, x1, x2, axis),
)
linear_map(
    np.linalg.matmul, lambda y, x1, x2: _matmul_left(y, x1, x2), lambda y, x1, x2: _matmul_right(y, x1, x2)
)
linear_map(np.linalg.outer, lambda y, x1, x2: _outer(0, y, x1, x2), lambda y, x1, x2: _outer(1, y, x1, x2))
linear_map(
    np.linalg.tensordot,
    lambda y, x1, x2, axes=2: _tensordot(0, y, x1, x2, axes),
    lambda y, x1, x2, axes=2: _tensordot(1, y, x1, x2, axes),
)
linear_map(np.linalg.trace, lambda y, x, offset=0, dtype=None: trace_of(x, offset, -2, -1))
linear_map(np.linalg.diagonal, lambda y, x, offset=0: Diagonal(shape_of(x), shape_of(y), offset, (-2, -1)))
linear_map(np.matrix_transpose, lambda y, x: flipped(shape_of(x)))
linear_map(np.linalg.matrix_transpose, lambda y, x: flipped(shape_of(x)))
passed(np.linalg.matrix_rank)
