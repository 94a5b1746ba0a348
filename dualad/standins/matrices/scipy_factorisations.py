"""What the factorisations of scipy.linalg need: the linear maps of their arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...dual import holds_dual, stacked
from ...errors import NoRuleError, UnsupportedError
from ...linear import Identity, LinearMap, Put, Scale, Take, is_complex
from ...linear.contractions import MatLeft, MatRight
from ...linear.moves import Diagonal
from ...linear.solves import Undefined
from ...rules import _decompositions as decompositions
from ...rules import _norms as norms
from ...rules._matrices import (
    adjoining,
    adjoint,
    defined_vectors,
    dependent,
    dtype_of,
    eye_like,
    flipped,
    from_triangle,
    inverse,
    only_real,
    plain,
    swapped,
    triangle,
    without,
)
from ...rules._matrices import reciprocal_gaps as gaps
from ...shapes import Shape, shape_of
from ...table import for_each
from ..scipy_arrays import plain_copy, with_value
from ._stand_ins import ours
from .scipy_equations import of_bands


def _qr(y: Any, a: Any, mode: str = "full", pivoting: bool = False) -> Any:
    modes = {"full": "complete", "economic": "reduced", "r": "r"}
    if mode not in modes:
        raise NoRuleError(
            f'scipy.linalg.qr with mode={mode!r} has no derivative rule; write mode="full", "economic" or "r"'
        )
    shape = shape_of(a)
    chosen: LinearMap = Take((..., y[-1]), shape, shape) if pivoting else Identity(shape)
    if mode == "r":
        of_r = decompositions.qr(None, chosen(a), "r")
        m, n, k = *shape, shape_of(y[0])[0]
        if k > min(m, n):
            of_r = of_r >> Put((slice(None, min(m, n)), slice(None)), (min(m, n), n), (k, n))
        outputs: tuple[Any, ...] = (chosen >> of_r,)
    else:
        outputs = tuple(chosen >> linear for linear in decompositions.qr(y[:2], chosen(a), modes[mode]))
    return (*outputs, None) if pivoting else outputs


def _eigh(
    which: int,
    y: Any,
    a: Any,
    b: Any = None,
    lower: bool = True,
    eigvals_only: bool = False,
    type: int = 1,
    subset_by_index: Any = None,
) -> Any:
    """``A v = w B v`` with ``v^T B v = 1``."""
    if subset_by_index is not None:
        return _some_of_eigh(which, y, a, b, lower, eigvals_only, type, subset_by_index)
    if b is None and is_complex(a):
        triangle_read = "L" if lower else "U"
        if eigvals_only:
            return decompositions.eigvalsh(y, a, triangle_read)
        return decompositions.eigh(y, a, triangle_read)
    only_real("eigh", a, *([] if b is None else [b]))
    if type != 1:
        raise NoRuleError(f"scipy.linalg.eigh with type={type} has no derivative rule; leave out type=")
    shape = shape_of(a)
    w, v = (y, ours("eigh")(a, b, lower=lower)[1]) if eigvals_only else y
    seen = from_triangle(shape, dtype_of(a), upper=not lower)
    x = seen >> MatLeft(swapped(v), shape) >> MatRight(v, shape)
    turned = x if which == 0 else x >> Scale(-w[..., None, :], shape)
    of_w = turned >> decompositions.movement(a, shape, w)
    if eigvals_only:
        return of_w
    turn = turned >> Scale(gaps(w), shape)
    if which == 1:  # what keeps the vectors at their length
        turn = turn + (x >> Scale(eye_like(a) / -2, shape))
    return of_w, turn >> MatLeft(v, shape) >> defined_vectors(w, shape)


def _some_of_eigh(
    which: int, y: Any, a: Any, b: Any, lower: bool, eigvals_only: bool, type: int, subset: Any
) -> Any:
    """From the first to the last of a subset; how its vectors turn depends on all the others."""
    only_real("eigh", a, *([] if b is None else [b]))
    first, last = subset
    w, v = ours("eigh")(a, b, lower=lower)
    if not eigvals_only:  # with SciPy's signs, which may be others for a subset
        v = np.concatenate([v[:, :first], y[1], v[:, last + 1 :]], axis=1)
    of_w, of_v = _eigh(which, (w, v), a, b, lower, type=type)
    (n, _), some, count = shape_of(a), slice(first, last + 1), last + 1 - first
    of_w = of_w >> Take((some,), (n,), (count,))
    return of_w if eigvals_only else (of_w, of_v >> Take((slice(None), some), (n, n), (n, count)))


def _of_pencil(which: int, w: Any, a: Any, b: Any) -> LinearMap:
    """The eigenvalues of two matrices of which B has no inverse, by vectors of both sides.

    ``u^H (dA - w dB) v / (u^H B v)``; those that are infinite stay so.
    """
    if holds_dual((a, b)):
        raise NoRuleError(
            "scipy.linalg.eigvals(a, b) with a singular b has a first derivative only; write "
            "dualad.value(b) where it is differentiated again"
        )
    import scipy.linalg

    values, u, v = scipy.linalg.eig(a, b, left=True)
    finite = np.isfinite(w)
    if not np.allclose(values[finite], w[finite], 1e-6):
        raise NoRuleError(
            "scipy.linalg.eigvals(a, b): eigenvalues so close together that their order is not known have no "
            "derivative rule; move b a little, so that it is not singular"
        )
    shape, left = shape_of(a), adjoint(u)
    size = np.sum(np.swapaxes(left, 0, 1) * (b @ v), axis=0)
    factor = np.where(
        finite, (-np.where(finite, w, 0.0) if which else 1.0) / np.where(finite, size, 1.0), 0.0
    )
    sides = MatLeft(left, shape) >> MatRight(v, shape)
    return sides >> Diagonal(shape, shape[:1], 0, (-2, -1)) >> Scale(factor, shape[:1])


def _eigvalsh(
    which: int, y: Any, a: Any, b: Any = None, lower: bool = True, type: int = 1, subset_by_index: Any = None
) -> Any:
    return _eigh(which, y, a, b, lower, True, type, subset_by_index)


def _eig(which: int, y: Any, a: Any, b: Any = None, right: bool = True, left: bool = False) -> Any:
    """``A v = w B v``, which is ``B^-1 A v = w v``; vectors of the left are those of the adjoint matrix."""
    if left:
        if b is not None:
            raise NoRuleError("scipy.linalg.eig(a, b) with left= has no derivative rule; leave out left=")
        w, u, *v = y
        back = adjoining(shape_of(a), dtype_of(a))
        _, of_u = decompositions.eig((np.conjugate(w), u), adjoint(a))
        of_w, *of_v = _eig(which, (w, *v), a) if right else [decompositions.eigvals(w, a)]
        return of_w, back >> of_u, *of_v
    if b is None:
        return decompositions.eig(y, a) if right else decompositions.eigvals(y, a)
    if not right and np.linalg.matrix_rank(plain(b)) < len(b):
        return _of_pencil(which, y, a, b)
    w, v = y if right else (y, ours("eig")(a, b)[1])
    if right and is_complex(v):
        raise NoRuleError(
            "the complex vectors of scipy.linalg.eig(a, b) are of no phase that is known; write "
            "np.linalg.eig(np.linalg.solve(b, a)), or ask for the eigenvalues only: right=False"
        )
    m, back, shape = np.linalg.solve(b, a), inverse(b), shape_of(a)
    into = MatLeft(back, shape) if which == 0 else MatRight(m, shape) >> MatLeft(-back, shape)
    outputs = tuple(into >> linear for linear in decompositions.eig((w, v), m))
    return outputs if right else outputs[0]


def _svd(y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    return decompositions.svd(y, a, full_matrices, compute_uv)


def _lu_tangent(low: Any, up: Any, order: Any) -> tuple[LinearMap, LinearMap]:
    """``L^-1 dL`` is the lower triangle of ``L^-1 t U^-1``, and ``dU`` what is left.

    So it is of the square in front of a wide matrix, and on top of a tall one; the rest follows.
    """
    (m, k), n, dtype = shape_of(low), shape_of(up)[1], dtype_of(up)
    square, wide = (k, k), (k, n)
    chosen = Take((order, slice(None)), (m, n), (m, n))
    dead = dependent(plain(up[:, :k]), k)
    top, front = slice(None, k), (slice(None), slice(None, k))
    into = chosen if m == k else chosen >> Take((top, slice(None)), (m, n), wide)
    x = into >> MatLeft(inverse(low[:k]), wide)
    first = Identity(wide) if n == k else Take(front, wide, square)
    back = MatRight(inverse(without(up[:, :k], dead)), square)
    below = first >> back >> triangle(square, dtype, -1)
    of_low = x >> below >> MatLeft(low[:k], square)
    of_up = x >> (Identity(wide) + (below >> MatRight(-up, square))) >> triangle(wide, dtype, upper=True)
    if m > k:
        rest, others = slice(k, None), (m - k, k)
        moved = (chosen >> Take((rest, slice(None)), (m, n), others)) + (of_up >> MatLeft(-low[k:], square))
        moved = moved >> MatRight(back.matrix, others) >> Put((rest, slice(None)), others, (m, k))
        of_low = (of_low >> Put((top, slice(None)), square, (m, k))) + moved
    if dead[: k - (m == k)].any():  # below such a pivot there is a column that might be any
        after = np.append(False, dead[:-1])[:, None]
        of_low = of_low + Undefined((np.tri(m, k, -1) > 0) & dead, (m, n), (m, k))
        of_up = of_up + Undefined((np.tri(n, k).T > 0) & after, (m, n), wide)
    return of_low, of_up


def _one_matrix(name: str, a: Any) -> Shape:
    shape = shape_of(a)
    if len(shape) != 2:
        raise NoRuleError(
            f"scipy.linalg.{name} of stacks has no derivative rule; call it for each matrix: "
            f"[{name}(a) for a in stack]"
        )
    return shape


def _lu_factor(y: Any, a: Any) -> Any:
    shape, dtype = _one_matrix("lu_factor", a), dtype_of(a)
    lu, piv = y
    k = min(shape)
    order = _rows(piv, shape[0])
    low = triangle(shape, dtype, -1)(lu)[:, :k] + np.eye(shape[0], k)
    up = triangle(shape, dtype, upper=True)(lu)[:k]
    of_low, of_up = _lu_tangent(low, up, order)
    if shape[0] != shape[1]:
        of_low = of_low >> Put((slice(None), slice(None, k)), (shape[0], k), shape)
        of_up = of_up >> Put((slice(None, k), slice(None)), (k, shape[1]), shape)
    return of_low + of_up, None


def _lu(y: Any, a: Any, permute_l: bool = False) -> Any:
    shape = _one_matrix("lu", a)
    if permute_l:
        permuted, up = y
        order = np.argsort(ours("lu")(plain(a))[0] @ np.arange(shape[0]))
        low = permuted[order]
    else:
        p, low, up = y
        order = np.argsort(p @ np.arange(shape[0]))
    of_low, of_up = _lu_tangent(low, up, order)
    if permute_l:
        return of_low >> Put((order, slice(None)), shape_of(low), shape_of(low)), of_up
    return None, of_low, of_up


def _ldl(y: Any, A: Any, lower: bool = True, hermitian: bool = True) -> Any:
    """``L^-1 dA L^-H = K D + dD + D K^H``: ``dD`` are the blocks of it, and ``K = L^-1 dL`` what is below."""
    permuted, d, order = y
    shape, dtype = _one_matrix("ldl", A), dtype_of(A)
    if hermitian:
        seen, turned = from_triangle(shape, dtype, upper=not lower), adjoint
    else:
        one = triangle(shape, dtype, 0, not lower)
        seen, turned = one + (triangle(shape, dtype, -1, not lower) >> flipped(shape)), swapped
    low, values = permuted[order], plain(d)
    half = np.tri(len(order), dtype=bool)
    within = (values != 0) | np.eye(len(order), dtype=bool)
    below = ~within & (half if lower else half.T)
    zero = ~values.any(axis=0)  # pivots, beside which the column of L might be any
    back = inverse(low)
    x = seen >> Take((order[:, None], order), shape, shape) >> MatLeft(back, shape)
    x = x >> MatRight(turned(back), shape)
    of_low = x >> Scale(below * 1.0, shape) >> MatRight(inverse(d + np.diag(zero * 1.0)), shape)
    of_low = of_low >> MatLeft(low, shape) >> Put((order, slice(None)), shape, shape)
    open_ended = zero & below.any(axis=0)
    if open_ended.any():
        of_low = of_low + Undefined(open_ended[None, :], shape, shape)
    return of_low, x >> Scale(within * 1.0, shape), None


def _rq(a: Any, overwrite_a: bool = False, lwork: Any = None, mode: str = "full", **how: Any) -> Any:
    """That of ``A`` with its rows and columns backwards is ``A' = Q R``, transposed."""
    import scipy.linalg

    a = stacked(a)
    _one_matrix("rq", a)
    only_real("rq", a)
    values = scipy.linalg.rq(plain(a), mode="full" if mode == "r" else mode)
    q, r = np.linalg.qr(np.transpose(a[::-1]), mode="reduced" if mode == "economic" else "complete")
    q, r = np.transpose(q)[::-1], np.transpose(r)[::-1, ::-1]
    signs = np.where(np.sum(plain(q) * values[1], axis=1) < 0, -1.0, 1.0)
    r, q = with_value(values[0], r * signs), q * signs[:, None]
    return r if mode == "r" else (r, with_value(values[1], q))


def _qr_multiply(a: Any, c: Any, mode: str = "right", pivoting: bool = False, *how: Any, **more: Any) -> Any:
    """The product with the factor that `scipy.linalg.qr` finds."""
    import scipy.linalg

    only_real("qr_multiply", a, c)
    q, r, *order = ours("qr")(a, mode="economic", pivoting=pivoting)
    product = q @ c if mode == "left" else c @ q
    values = scipy.linalg.qr_multiply(plain(a), plain(c), mode, pivoting)
    return with_value(values[0], product), with_value(values[1], r), *order


def _null_space(A: Any, rcond: Any = None, **how: Any) -> Any:
    """Of a space of more than one dimension there are many bases, and none is known to be LAPACK's."""
    a = stacked(A)
    shape = _one_matrix("null_space", a)
    _, s, vh = np.linalg.svd(a, full_matrices=True)
    values = plain(s)
    rcond = np.finfo(values.dtype).eps * max(shape) if rcond is None else plain(rcond)
    rank = np.sum(values > np.max(values, initial=0.0) * rcond)
    if shape[1] - rank > 1:
        raise UnsupportedError(
            f"the null space has {shape[1] - rank} dimensions, and none of its bases is singled out to be "
            "differentiated; write the projection Z @ Z.T as np.eye(n) - np.linalg.pinv(A) @ A"
        )
    return _with_value("null_space", adjoint(vh[rank:]), a, rcond)


def _rows(piv: Any, count: int) -> Any:
    """The order of so many rows that a sequence of exchanges makes."""
    order = np.arange(count)
    for i, j in enumerate(piv):
        order[[i, j]] = order[[j, i]]
    return order


def _lu_solve(lu_and_piv: Any, b: Any, trans: int = 0, **how: Any) -> Any:
    lu, piv = lu_and_piv
    solve, order = ours("solve_triangular"), _rows(np.asarray(piv), len(piv))
    if trans == 2:
        return np.conjugate(_lu_solve(lu_and_piv, np.conjugate(b), 1))
    low = functools.partial(solve, lu, lower=True, unit_diagonal=True)
    if trans:
        return low(solve(lu, b, trans=1), trans=1)[np.argsort(order)]
    return solve(lu, low(b[order]))


def _cho_factor(a: Any, lower: bool = False, **how: Any) -> Any:
    a = np.atleast_2d(a)
    rest = np.triu(a, 1) if lower else np.tril(a, -1)  # SciPy leaves it there
    return ours("cholesky")(a, lower=lower) + rest, lower


def _cho_solve(c_and_lower: Any, b: Any, **how: Any) -> Any:
    c, lower = c_and_lower
    solve = functools.partial(ours("solve_triangular"), c, lower=lower)
    return solve(solve(b, trans=0 if lower else 2), trans=2 if lower else 0)


def _cholesky_banded(ab: Any, lower: bool = False, **how: Any) -> Any:
    """The factor of a symmetric matrix, of both of which the rows are diagonals."""
    only_real("cholesky_banded", ab)
    rows, n = shape_of(ab)
    factor = ours("cholesky")(of_bands(ab, lower)(ab), lower=lower)
    diagonals = []
    for k in range(rows):
        d, row = np.diagonal(factor, -k if lower else k), k if lower else rows - 1 - k
        parts = [d, ab[row, n - k :]] if lower else [ab[row, :k], d]  # what SciPy leaves where it was
        diagonals.append(np.concatenate(parts))
    y = np.stack(diagonals if lower else diagonals[::-1])
    return _with_value("cholesky_banded", y, ab, lower=lower)


def _with_value(name: str, y: Any, *args: Any, **keywords: Any) -> Any:
    """SciPy's value, with the derivative of ours."""
    import scipy.linalg

    return with_value(getattr(scipy.linalg, name)(*plain_copy(args), **keywords), y)


def _cho_solve_banded(cb_and_lower: Any, b: Any, **how: Any) -> Any:
    cb, lower = cb_and_lower
    only_real("cho_solve_banded", cb, b)
    cb = stacked(cb)
    y = _cho_solve((of_bands(cb, lower, symmetric=False)(cb), lower), b)
    return _with_value("cho_solve_banded", y, (cb, lower), b)


def _polar(y: Any, a: Any, side: str = "right") -> Any:
    """``A = U P`` or ``A = P U``."""
    only_real("polar", a)
    u, shape = y[0], shape_of(a)
    of_u = norms.of_polar_factor(u, a)
    if side == "right":
        return of_u, (of_u >> flipped(shape) >> MatRight(a, shape[::-1])) + MatLeft(swapped(u), shape)
    turned = of_u >> flipped(shape) >> MatLeft(a, shape[::-1])
    return of_u, turned + MatRight(swapped(u), shape)


#: name -> the maps of its arrays.
MAPS: dict[str, Sequence[Callable[..., Any]]] = {
    "cholesky": [lambda y, a, lower=False: decompositions.cholesky(y, a, upper=not lower)],
    "qr": [_qr],
    "eigh": for_each(_eigh),
    "eigvalsh": for_each(_eigvalsh),
    "eig": for_each(_eig),
    "eigvals": for_each(lambda which, y, a, b=None: _eig(which, y, a, b, False)),
    "svd": [_svd],
    "svdvals": [lambda y, a: decompositions.svdvals(y, a)],
    "lu_factor": [_lu_factor],
    "lu": [_lu],
    "ldl": [_ldl],
    "polar": [_polar],
}

#: name -> the function written with others.
COMPOSED: dict[str, Callable[..., Any]] = {
    "lu_solve": _lu_solve,
    "cho_factor": _cho_factor,
    "cho_solve": _cho_solve,
    "cholesky_banded": _cholesky_banded,
    "cho_solve_banded": _cho_solve_banded,
    "rq": _rq,
    "null_space": _null_space,
    "qr_multiply": _qr_multiply,
}
