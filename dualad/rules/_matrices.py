"""What the rules of linear algebra share: transposes, triangles, inverses, equal eigenvalues."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..corners import note
from ..errors import NoRuleError
from ..linear import Identity, Inner, LinearMap, Permute, Reshape, Scale, Sum, is_complex, plain, reshaped
from ..linear.complexes import Conjugate
from ..linear.contractions import MatLeft, swapped
from ..shapes import Shape, kept, shape_of
from .elementwise import where


def flipped(shape: Shape) -> LinearMap:
    """The map to the transposed matrices."""
    return Permute(shape, (*range(-len(shape), -2), -1, -2))


def adjoint(a: Any) -> Any:
    """The transposed matrices, conjugated if they are complex."""
    return np.conjugate(swapped(a)) if is_complex(a) else swapped(a)


def adjoining(shape: Shape, dtype: Any) -> LinearMap:
    """The map to the adjoint matrices."""
    flip = flipped(shape)
    return flip >> Conjugate(flip.out_shape) if dtype.kind == "c" else flip


def dtype_of(x: Any) -> Any:
    """The dtype of derivatives with respect to ``x``."""
    return np.result_type(getattr(plain(x), "dtype", float), np.float32)


def only_real(name: str, *arrays: Any) -> None:
    """Refuse complex matrices where the rule is one of real ones."""
    if any(np.iscomplexobj(plain(a)) for a in arrays):
        raise NoRuleError(
            f"np.linalg.{name} has no derivative rule for complex matrices yet; write A + iB as the real "
            "matrix np.block([[A, -B], [B, A]])"
        )


def eye_like(a: Any) -> Any:
    """The identity matrix of the size and dtype of ``a``."""
    return np.eye(shape_of(a)[-1], dtype=dtype_of(a))


def minus(linear: LinearMap) -> LinearMap:
    """The map times -1."""
    return linear >> Scale(-1, linear.out_shape)


def summed(weights: Any, shape: Shape, axes: Shape, out_shape: Shape) -> LinearMap:
    """Multiply entry by entry and sum over axes."""
    if len(axes) == len(shape) > 0 and shape_of(weights) == shape:
        return Inner(weights) if not out_shape else Inner(weights) >> Reshape((), out_shape)
    total = Sum(shape, axes)
    return Scale(weights, shape) >> total >> reshaped(total.out_shape, out_shape)


def triangle(shape: Shape, dtype: Any, k: int = 0, upper: bool = False, diagonal: float = 1.0) -> LinearMap:
    """Only the entries on and below (or above) a diagonal, the main one times ``diagonal``."""
    n, m = shape[-2:]
    mask = np.tri(m, n, k, dtype).T if upper else np.tri(n, m, k, dtype)
    if diagonal != 1:
        np.fill_diagonal(mask, diagonal)
    return Scale(mask, shape)


def from_triangle(shape: Shape, dtype: Any, upper: bool = False) -> LinearMap:
    """The symmetric, or Hermitian, matrix that a function sees which reads one triangle only."""
    if dtype.kind == "c":
        half = triangle(shape, dtype, 0, upper, 0.5)
        return half + (half >> adjoining(shape, dtype))  # of the diagonal the real part
    one = triangle(shape, dtype, 0, upper)
    other = triangle(shape, dtype, -1, upper) >> flipped(shape)
    return one + other


def inverse(a: Any) -> Any:
    """The inverse; NaN where there is none, since the value of which this is a derivative exists."""
    try:
        return np.linalg.inv(a)
    except np.linalg.LinAlgError:
        singular = np.equal(np.linalg.slogdet(plain(a))[0], 0)[..., None, None]
        return where(singular, np.nan, np.linalg.inv(where(singular, eye_like(a), a)))


def equal(w: Any) -> Any:
    """Which of the (plain) eigenvalues or singular values are equal to within their rounding errors."""
    size = np.max(np.abs(w), axis=-1, initial=0.0)[..., None, None]
    gap = np.abs(w[..., None, :] - w[..., :, None])
    return gap <= w.shape[-1] * np.finfo(w.dtype).eps * size


def groups(w: Any) -> Any | None:
    """Sorted (plain) eigenvalues numbered, equal ones alike; None if there are no equal ones."""
    n = w.shape[-1]
    i = np.arange(n - 1)
    next_is_equal = equal(w)[..., i, i + 1] if n else np.zeros(w.shape, bool)
    if not next_is_equal.any():
        return None
    first = np.zeros((*w.shape[:-1], 1), int)
    return np.concatenate([first, np.cumsum(~next_is_equal, axis=-1)], axis=-1)


def rounding(s: Any, shape: Shape) -> Any:
    """What singular values (plain) are 0 to within rounding errors."""
    return max(shape[-2:]) * np.finfo(s.dtype).eps * np.max(s, axis=-1, keepdims=True, initial=0.0)


def reciprocal_gaps(w: Any) -> Any:
    """``1 / (w[j] - w[i])``; 0 on the diagonal and NaN where two eigenvalues are equal.

    The vectors of equal eigenvalues have no derivative. The NaN meets a strong zero where nothing
    would have turned them, and does not reach the vectors of other eigenvalues.
    """
    same = equal(plain(w))
    gaps = w[..., None, :] - w[..., :, None]
    undefined = np.where(np.eye(shape_of(w)[-1], dtype=bool), 0.0, np.nan).astype(dtype_of(w))
    return where(same, undefined, 1 / where(same, 1.0, gaps))


def dependent(r: Any, rows: int) -> Any:
    """Which columns of a triangle (plain) depend on those before, or come after such a one."""
    eps = np.finfo(r.dtype).eps
    pivots = np.abs(np.diagonal(r, axis1=-2, axis2=-1))
    sizes = np.max(np.abs(r), axis=-2, initial=0.0)
    return np.logical_or.accumulate(pivots <= max(rows, r.shape[-1]) * eps * sizes, axis=-1)


def without(r: Any, columns: Any) -> Any:
    """A triangle with the identity in place of these last columns: the others of its inverse stay."""
    if not columns.any():
        return r
    return where(columns[..., None, :] | columns[..., :, None], eye_like(r), r)


def defined_vectors(w: Any, shape: Shape) -> LinearMap:
    """NaN for the vectors of equal eigenvalues, in each entry, where there is anything that turns them."""
    tied = equal(plain(w)) & ~np.eye(shape_of(w)[-1], dtype=bool)
    return defined_columns(~tied.any(axis=-2), shape, dtype_of(w))


def defined_columns(known: Any, shape: Shape, dtype: Any) -> LinearMap:
    """NaN for those columns that are not known."""
    if known.all():
        return Identity(shape)
    note("a vector of equal eigenvalues or singular values, or of a null space,")
    return Scale(np.where(known, 1.0, np.nan).astype(dtype)[..., None, :], shape)


def beside(u: Any, shape: Shape) -> LinearMap:
    """The part of the columns of a matrix that is orthogonal to the columns of ``u``."""
    inside = MatLeft(adjoint(u), shape)
    return Identity(shape) + (inside >> MatLeft(-u, inside.out_shape))


def per_column(weights: Any, shape: Shape) -> LinearMap:
    """``t -> weights * sum(weights * t, axis=-2)``: the projection on each column of ``weights``."""
    with_ones = kept(shape, (-2,))
    return summed(weights, shape, (-2,), with_ones) >> Scale(weights, with_ones, shape)
