"""Rules of np.linalg: equations, inverses, determinants, powers; factorisations and norms are beside."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linear import (
    Diagonal,
    Identity,
    LinearMap,
    Scale,
    Zero,
    is_complex,
    plain,
    reshaped,
)
from ..linear.complexes import RealPart, ToComplex
from ..linear.contractions import MatLeft, MatRight
from ..linear.solves import Solve
from ..shapes import shape_of, size_of
from ..table import composed, for_each, linear_map, passed
from . import _decompositions, _determinants, _norms  # noqa: F401 - into the table
from ._arrays import as_array
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
from .elementwise import where
from .products import MATMUL, matmul_left, matmul_right, outer_map, tensordot_map, trace_of

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


@composed(np.linalg.tensorsolve)
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = as_array(a), as_array(b)
    ndim, n = len(shape_of(a)), size_of(shape_of(b))
    last = [int(k) % ndim for k in axes or ()]
    a = np.transpose(a, [k for k in range(ndim) if k not in last] + last)
    x = np.linalg.solve(np.reshape(a, (n, n)), np.ravel(b))
    return np.reshape(x, shape_of(a)[len(shape_of(b)) :])


@composed(np.linalg.tensorinv)
def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = shape_of(a)
    n = size_of(shape[:ind])
    return np.reshape(np.linalg.inv(np.reshape(a, (n, n))), shape[ind:] + shape[:ind])


# ---------------------------------------------------------------- least squares


def pinv(y: Any, a: Any, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> LinearMap:
    """Golub and Pereyra (1973), for matrices whose rank stays the same."""
    shape = shape_of(a)
    seen = from_triangle(shape, dtype_of(a)) if hermitian else Identity(shape)
    a = seen(a)
    if _leaves_out(plain(y), plain(a)):
        return seen >> _truncated(y, a)
    flip = adjoining(shape, dtype_of(a))
    linear = MatLeft(-y, shape) >> MatRight(y, (*shape[:-2], shape[-1], shape[-1]))
    rows = eye_like(swapped(a)) - np.matmul(a, y)
    columns = eye_like(a) - np.matmul(y, a)
    t = flip.out_shape
    linear = linear + (flip >> MatLeft(np.matmul(y, adjoint(y)), t) >> MatRight(rows, t))
    linear = linear + (flip >> MatLeft(columns, t) >> MatRight(np.matmul(adjoint(y), y), t))
    return seen >> linear


def _leaves_out(y: Any, a: Any) -> bool:
    """Whether a pseudo-inverse leaves out more of a matrix than rounding errors."""
    rest = np.abs(a - a @ y @ a)
    return bool(np.any(rest > 100 * max(a.shape[-2:]) * np.finfo(rest.dtype).eps * np.max(np.abs(a))))


def _truncated(y: Any, a: Any) -> LinearMap:
    """Of the pseudo-inverse ``y`` without some of the singular values, which are not 0.

    In the basis of the singular vectors, by the divided differences of the odd function that is ``1/s`` for
    those that are there, and 0 for the others: half of it by their differences, half by their sums.
    """
    shape = shape_of(a)
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    uh, v, yh = adjoint(u), adjoint(vh), adjoint(y)
    rank = np.rint(np.trace(plain(a) @ plain(y), axis1=-2, axis2=-1).real)
    kept = np.arange(shape_of(s)[-1]) < rank[..., None]
    one, other = kept[..., :, None], kept[..., None, :]
    # Of each two singular values the larger one, and the smaller one, which one is left out.
    large, small = where(one, s[..., :, None], s[..., None, :]), where(one, s[..., None, :], s[..., :, None])
    apart = where(one != other, large**2 - small**2, 1.0)
    differ = where(one != other, 1 / apart, 0.0)
    alike = where(one & other, -1.0, differ * small**2) / where(one | other, large * small, 1.0)
    square = shape_of(differ)
    flip = adjoining(shape, dtype_of(a))
    between = Scale(alike, square) + (adjoining(square, dtype_of(a)) >> Scale(differ, square))
    linear = MatLeft(uh, shape) >> MatRight(v, (*square[:-1], shape[-1]))
    linear = linear >> between >> MatLeft(v, square) >> MatRight(uh, (*flip.out_shape[:-1], square[-1]))
    rows, columns = eye_like(swapped(a)) - np.matmul(u, uh), eye_like(a) - np.matmul(v, vh)
    linear = linear + (flip >> MatLeft(np.matmul(y, yh), flip.out_shape) >> MatRight(rows, flip.out_shape))
    return linear + (flip >> MatLeft(columns, flip.out_shape) >> MatRight(np.matmul(yh, y), flip.out_shape))


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
    if _leaves_out(plain(p), plain(a)):
        of_x = _truncated(p, a) >> MatRight(bs, (n, m))
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
linear_map(np.linalg.lstsq, *for_each(lstsq))

# ---------------------------------------------------------------- powers and products


@composed(np.linalg.matrix_power)
def matrix_power(a: Any, n: int) -> Any:
    """By squaring."""
    if n < 0:
        return matrix_power(np.linalg.inv(a), -n)
    if n < 2:
        return a if n else np.zeros_like(a)
    half = matrix_power(a, n // 2)
    return half @ half @ a if n % 2 else half @ half


def _multi_dot(y: Any, i: int, arrays: Any) -> LinearMap:
    """The product before, the array, the product after."""
    linear: LinearMap = Identity(shape_of(arrays[i]))
    after, before = arrays[i + 1 :], arrays[:i]
    if after:
        c = np.linalg.multi_dot(after) if len(after) > 1 else after[0]
        linear = matmul_left(_of_shape(linear.out_shape[:-1]), arrays[i], c)
    if before:
        c = np.linalg.multi_dot(before) if len(before) > 1 else before[0]
        linear = linear >> matmul_right(y, c, _of_shape(linear.out_shape))
    return linear


def _of_shape(shape: Any) -> Any:
    return np.broadcast_to(0.0, shape)


linear_map(np.linalg.multi_dot, _multi_dot, several="first")


@composed(np.linalg.cross)
def _cross(x1: Any, x2: Any, axis: int = -1) -> Any:
    return np.cross(x1, x2, axis=axis)


@composed(np.linalg.vecdot)
def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    return np.vecdot(*(np.moveaxis(as_array(x), axis, -1) for x in (x1, x2)))


linear_map(np.linalg.matmul, *MATMUL)
linear_map(np.linalg.outer, *for_each(outer_map))
linear_map(np.linalg.tensordot, *for_each(tensordot_map))
linear_map(np.linalg.trace, lambda y, x, offset=0, dtype=None: trace_of(x, offset, -2, -1), linear=True)
linear_map(np.linalg.diagonal, lambda y, x, offset=0: Diagonal(shape_of(x), shape_of(y), offset, (-2, -1)))
linear_map(np.matrix_transpose, lambda y, x: flipped(shape_of(x)))
linear_map(np.linalg.matrix_transpose, lambda y, x: flipped(shape_of(x)))
passed(np.linalg.matrix_rank)
