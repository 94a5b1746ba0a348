"""Rules of factorisations: cholesky, qr, eigh, eig, svd and their values alone.

Each is differentiated in the basis it has found: for ``A = V diag(w) V^T`` the tangent is
``X = V^T t V`` there, its diagonal moves the eigenvalues, and the rest turns the vectors. What LAPACK
reads is what has a derivative: `cholesky` and `eigh` look at one triangle of their argument only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..corners import note
from ..errors import NoRuleError
from ..linear import Identity, LinearMap, Put, Scale, is_complex
from ..linear.complexes import ImaginaryPart, RealPart, ToComplex
from ..linear.contractions import MatLeft, MatRight
from ..linear.solves import Diagonal, Split, Undefined, shared
from ..shapes import Shape, kept, shape_of
from ..table import linear_map
from ._matrices import (
    adjoining,
    adjoint,
    beside,
    defined_columns,
    defined_vectors,
    dependent,
    dtype_of,
    equal,
    from_triangle,
    groups,
    inverse,
    minus,
    per_column,
    plain,
    reciprocal_gaps,
    rounding,
    summed,
    triangle,
    without,
)
from .elementwise import where
from .shaping import moved


def cholesky(y: Any, a: Any, upper: bool = False) -> LinearMap:
    """``L^-1 dL`` is the lower triangle of ``X = L^-1 t L^-H``, with half of its diagonal."""
    shape, dtype = shape_of(a), dtype_of(a)
    lower = adjoint(y) if upper else y
    inv = inverse(lower)
    x = from_triangle(shape, dtype, upper) >> MatLeft(inv, shape) >> MatRight(adjoint(inv), shape)
    linear = x >> triangle(shape, dtype, diagonal=0.5) >> MatLeft(lower, shape)
    return linear >> adjoining(shape, dtype) if upper else linear


# ---------------------------------------------------------------- qr


def qr(y: Any, a: Any, mode: str = "reduced") -> Any:
    """``Q^H dQ`` is antihermitian and ``dR R^-1`` upper triangular; together they are ``Q^H t R^-1``.

    The diagonal of ``R`` is real, as LAPACK makes it.
    """
    if mode not in ("reduced", "complete", "r"):
        raise NoRuleError(
            f'np.linalg.qr with mode={mode!r} has no derivative rule; write mode="reduced", "complete" or "r"'
        )
    shape, dtype = shape_of(a), dtype_of(a)
    m, n = shape[-2:]
    k = min(m, n)
    q, r = np.linalg.qr(a) if mode == "r" else y
    q1, r1 = q[..., :k], r[..., :k, :]
    dead = dependent(plain(r1[..., :k]), m)
    if m == k and dtype.kind != "c":  # of a square matrix the last direction follows from the others
        dead &= np.logical_or.reduce(dead[..., :-1], axis=-1, keepdims=True)
    inv = inverse(without(r1[..., :k], dependent(plain(r1[..., :k]), m)))
    tall, square = (*shape[:-2], m, k), (*shape[:-2], k, k)
    first = Put((..., slice(None, k)), tall, shape).transpose() if k < n else Identity(shape)
    columns = first >> MatRight(inv, tall)
    below = columns >> MatLeft(adjoint(q1), tall) >> triangle(square, dtype, diagonal=0.5)
    turn = below >> (Identity(square) + minus(adjoining(square, dtype)))
    wide = (*shape[:-2], k, n)
    of_r = MatLeft(adjoint(q1), shape) + (turn >> MatRight(-r1, square))
    of_r = of_r >> triangle(wide, dtype, upper=True)
    if dead.any():
        note("a column that depends on those before it")
        of_r = of_r + Undefined(dead[..., :, None] & (np.tri(n, k).T > 0), shape, wide)
    if mode == "r":
        return of_r
    of_q = turn >> MatLeft(q1, square)
    if m > k:
        of_q = of_q + (columns >> beside(q1, tall))
    if mode == "complete" and m > k:
        of_q = _completed(of_q, columns, q1, q[..., k:], dtype)
        of_r = of_r >> Put((..., slice(None, k), slice(None)), wide, shape)
    if dead.any():
        later = np.broadcast_to(dead[..., -1:], (*dead.shape[:-1], shape_of(q)[-1] - k))
        of_q = of_q + Undefined(np.concatenate([dead, later], axis=-1)[..., None, :], shape, shape_of(q))
    return of_q, of_r


def _completed(of_q: LinearMap, columns: LinearMap, q1: Any, rest: Any, dtype: Any) -> LinearMap:
    """The map to all columns of the square ``Q``: the rest stays orthogonal to the first ones."""
    *stack, m, k = shape_of(q1)
    full, others = (*stack, m, m), (*stack, m, m - k)
    turn = columns >> MatLeft(adjoint(rest), (*stack, m, k)) >> adjoining((*stack, m - k, k), dtype)
    of_q = of_q >> Put((..., slice(None, k)), (*stack, m, k), full)
    of_q = of_q + (turn >> MatLeft(-q1, (*stack, k, m - k)) >> Put((..., slice(k, None)), others, full))
    return of_q >> _only_determined(full, k, dtype)


def _only_determined(shape: Shape, k: int, dtype: Any) -> LinearMap:
    """NaN for the columns from ``k`` on if there are several: only the space they span is determined.

    Of a single complex one the phase is not.
    """
    n = shape[-1]
    if n - k <= (dtype.kind != "c"):
        return Identity(shape)
    note("a vector of equal eigenvalues or singular values, or of a null space,")
    return Scale(np.where(np.arange(n) < k, 1.0, np.nan).astype(dtype), shape)


# ---------------------------------------------------------------- eigenvalues


def movement(a: Any, shape: Shape, w: Any, descending: bool = False) -> LinearMap:
    """What moves the eigenvalues of ``a``, which are real, in their own basis."""
    found = groups(plain(w))
    if found is not None:
        note("one of equal eigenvalues or singular values")
    linear = Diagonal(shape) if found is None else Split(found, dtype_of(w), descending)
    return linear >> RealPart(linear.out_shape) if is_complex(a) else linear


def eigh(y: Any, a: Any, UPLO: str = "L") -> Any:
    """Complex vectors turn so that an entry of each stays real, the one that LAPACK makes so."""
    shape = shape_of(a)
    w, v = y
    x = _in_basis(a, UPLO, v)
    of_v = x >> Scale(reciprocal_gaps(w), shape) >> MatLeft(v, shape)
    if is_complex(v):
        of_v = of_v + (of_v >> _phases("eigh", v) >> Scale(v, kept(shape, (-2,)), shape))
    return x >> movement(a, shape, w), of_v >> defined_vectors(w, shape)


def _in_basis(a: Any, UPLO: Any, v: Any) -> LinearMap:
    shape = shape_of(a)
    seen = from_triangle(shape, dtype_of(a), UPLO.upper() == "U")
    return seen >> MatLeft(adjoint(v), shape) >> MatRight(v, shape)


def eigvalsh(y: Any, a: Any, UPLO: Any = "L") -> LinearMap:
    return _in_basis(a, UPLO, np.linalg.eigh(a, UPLO)[1]) >> movement(a, shape_of(a), y)


def _phases(name: str, v: Any) -> LinearMap:
    """From tangents of complex vectors to the imaginary numbers by which they turn to keep an entry real."""
    shape, values = shape_of(v), plain(v)
    real = np.where(values.imag == 0, np.abs(values), 0.0)
    row = np.argmax(real, axis=-2)[..., None, :] if real.size else np.zeros(kept(shape, (-2,)), int)
    if not np.take_along_axis(real, row, -2).all():
        raise NoRuleError(
            f"np.linalg.{name}: vectors none of whose entries is real have phases without a derivative rule; "
            "factorise the adjoint matrix, np.conj(A).T"
        )
    one = kept(shape, (-2,))
    turned = moved(np.take_along_axis, v, row, -2) >> ImaginaryPart(one) >> ToComplex(one)
    return turned >> Scale(-1j / np.take_along_axis(v, row, -2), one)


def eig(y: Any, a: Any) -> Any:
    """As `eigh`, with the inverse of ``v``; and every column of ``v`` keeps the length 1."""
    w, v = y
    shape = shape_of(a)
    x = MatLeft(inverse(v), shape) >> MatRight(v, shape)
    turned = x >> Scale(reciprocal_gaps(w), shape) >> MatLeft(v, shape)
    return x >> _shared_diagonal(shape, w), turned >> _normalised(v) >> defined_vectors(w, shape)


def _normalised(v: Any) -> LinearMap:
    """Columns keep the length 1, and complex ones a real largest entry, as LAPACK makes them."""
    shape = shape_of(v)
    if not is_complex(v):
        return Identity(shape) + minus(per_column(v, shape))
    one = kept(shape, (-2,))
    along = summed(np.conjugate(v), shape, (-2,), one) >> RealPart(one) >> ToComplex(one)
    values = plain(v)
    largest = np.argmax(np.where(values.imag == 0, np.abs(values), 0.0), axis=-2)[..., None, :]
    turned = moved(np.take_along_axis, v, largest, -2) >> ImaginaryPart(one) >> ToComplex(one)
    back = turned >> Scale(-1j * v / np.take_along_axis(v, largest, -2), one, shape)
    return Identity(shape) + (along >> Scale(-v, one, shape)) + back


def eigvals(y: Any, a: Any) -> LinearMap:
    shape = shape_of(a)
    w, v = np.linalg.eig(a)
    return MatLeft(inverse(v), shape) >> MatRight(v, shape) >> _shared_diagonal(shape, w)


def _shared_diagonal(shape: Shape, w: Any) -> LinearMap:
    same = equal(plain(w))
    number = np.argmax(same, axis=-1)  # that of the first one that is equal
    alone = np.array_equal(number, np.broadcast_to(np.arange(shape[-1]), number.shape))
    return Diagonal(shape) if alone else Diagonal(shape) >> shared(number, dtype_of(w))


# ---------------------------------------------------------------- singular values


def svd(y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    """Of complex vectors both turn together, so that an entry stays real, as with `eigh`."""
    seen = from_triangle(shape_of(a), dtype_of(a)) if hermitian else Identity(shape_of(a))
    if not compute_uv:
        u, s, vh = np.linalg.svd(a, full_matrices=False, hermitian=hermitian)
        return seen >> _singular_values(a, u, s, vh)
    u, s, vh = y
    v = adjoint(vh)
    k = shape_of(s)[-1]
    u1, v1 = u[..., :k], v[..., :k]
    of_u = _singular_vectors(shape_of(a), u, u1, s, v1)
    flip = adjoining(shape_of(a), dtype_of(a))
    of_v = flip >> _singular_vectors(flip.out_shape, v, v1, s, u1)
    if is_complex(a):
        of_u, of_v = _turned_together(of_u, u, of_v, v, k)
    of_vh = of_v >> adjoining(of_v.out_shape, dtype_of(a))
    return seen >> of_u, seen >> _singular_values(a, u1, s, adjoint(v1)), seen >> of_vh


def _turned_together(of_u: LinearMap, u: Any, of_v: LinearMap, v: Any, k: int) -> list[LinearMap]:
    """Complex singular vectors, of which those of one side keep a real entry; the others turn with them."""
    pinned = v if np.all(np.any(plain(v)[..., :k].imag == 0, axis=-2)) else u
    first = Put((..., slice(None, k)), (*shape_of(pinned)[:-1], k), shape_of(pinned)).transpose()
    phases = (of_v if pinned is v else of_u) >> first >> _phases("svd", pinned[..., :k])
    turned = []
    for linear, w in ((of_u, u), (of_v, v)):
        shape = shape_of(w)
        tall = (*shape[:-1], k)
        turn = phases >> Scale(w[..., :k], kept(tall, (-2,)), tall)
        turned.append(linear + (turn >> Put((..., slice(None, k)), tall, shape) if tall != shape else turn))
    return turned


def svdvals(y: Any, x: Any) -> LinearMap:
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return _singular_values(x, u, s, vh)


def _singular_values(a: Any, u: Any, s: Any, vh: Any) -> LinearMap:
    """The real diagonal of ``u^H t v``; 0 for a singular value of 0, which has a corner as ``abs`` has."""
    shape = shape_of(a)
    square = (*shape_of(s), shape_of(s)[-1])
    x = MatLeft(adjoint(u), shape) >> MatRight(adjoint(vh), (*shape[:-2], square[-1], shape[-1]))
    values = plain(s)
    zero = values <= rounding(values, shape)
    linear = x >> movement(a, square, s, descending=True)
    if not zero.any():
        return linear
    note("a singular value of 0")
    return linear >> Scale(np.where(zero, 0.0, 1.0).astype(dtype_of(s)), shape_of(s))


def _singular_vectors(shape: Shape, u: Any, u1: Any, s: Any, v1: Any) -> LinearMap:
    """The left ones of a matrix of this shape.

    ``X = U^H t V`` turns them by the antihermitian ``(X + X^H) / (s_j - s_i) + (X - X^H) / (s_j + s_i)``,
    halved, and moves them out of the space that they span by what ``t V / s`` has outside of it.
    """
    m, k = shape[-2], shape_of(s)[-1]
    dtype = dtype_of(s)
    tall, square = (*shape[:-2], m, k), (*shape[:-2], k, k)
    values = plain(s)
    zero = values <= rounding(values, shape)
    sums = s[..., None, :] + s[..., :, None]
    in_complex = is_complex(u1)
    off = np.ones((k, k), dtype) if in_complex else 1 - np.eye(k, dtype=dtype)
    both = zero[..., None, :] & zero[..., :, None]
    sums = where(both, np.where(off == 0, 0.0, np.nan).astype(dtype), off / where(both, 1.0, sums))
    x = MatRight(v1, shape) >> MatLeft(adjoint(u1), tall)
    flip = adjoining(square, dtype_of(u1))
    by_gap = (Identity(square) + flip) >> Scale(reciprocal_gaps(s) / 2, square)
    by_sum = (Identity(square) + minus(flip)) >> Scale(sums / 2, square)
    inside = x >> (by_gap + by_sum) >> MatLeft(u1, square) >> defined_vectors(s, tall)
    if m == k:
        return inside
    by_s = where(zero, np.nan, 1 / where(zero, 1.0, s))[..., None, :]
    columns = MatRight(v1, shape) >> Scale(by_s, tall)
    out = inside + (columns >> beside(u1, tall))
    full = shape_of(u)
    if full[-1] == k:
        return out >> defined_columns(~zero, tall, dtype)
    rest = u[..., k:]
    others = columns >> MatLeft(adjoint(rest), tall) >> adjoining((*shape[:-2], m - k, k), dtype_of(u1))
    others = others >> MatLeft(-u1, (*shape[:-2], k, m - k))
    out = out >> Put((..., slice(None, k)), tall, full)
    out = out + (others >> Put((..., slice(k, None)), (*shape[:-2], m, m - k), full))
    others_too = np.broadcast_to(zero.any(axis=-1, keepdims=True), (*zero.shape[:-1], full[-1] - k))
    known = ~np.concatenate([zero, others_too], axis=-1)
    return out >> defined_columns(known, full, dtype) >> _only_determined(full, k, dtype_of(u1))


linear_map(np.linalg.cholesky, cholesky)
linear_map(np.linalg.qr, qr)
linear_map(np.linalg.eigh, eigh)
linear_map(np.linalg.eigvalsh, eigvalsh)
linear_map(np.linalg.eig, eig)
linear_map(np.linalg.eigvals, eigvals)
linear_map(np.linalg.svd, svd)
linear_map(np.linalg.svdvals, svdvals)
