"""Schur's and Hessenberg's forms, and balanced matrices, of scipy.linalg: the linear maps of their arguments.

``T = Z' A Z`` moves by ``dT = Z' dA Z + T S - S T`` with the antisymmetric ``S = Z' dZ``. Below the
diagonal ``T`` stays zero, and there ``T S - S T`` depends on the entries of ``S`` below the diagonal
alone, so that these follow: one after the other, or all at once in the basis of the eigenvectors of
``T``, which are a triangle themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...dual import primal
from ...errors import NoRuleError
from ...linear import Identity, LinearMap, Put, Scale, Take
from ...linear.complexes import RealPart, ToComplex
from ...linear.contractions import MatLeft, MatRight
from ...linear.solves import Undefined
from ...rules._matrices import dtype_of, flipped, inverse, minus, only_real, plain, swapped
from ...rules._matrices import reciprocal_gaps as gaps
from ...shapes import Shape, shape_of
from ...table import for_each
from ..scipy_arrays import as_array, with_value


class _Form(NamedTuple):
    """A triangle but for blocks of two rows on its diagonal, each of a complex pair of eigenvalues."""

    shape: Shape
    first: Any  # the first row of each such block
    low: Any  # which entries are below the diagonal and the blocks

    def kept(self) -> Any:
        """Which entries may be other than zero."""
        return ~self.low


def _form(t: Any) -> _Form:
    beside = np.diagonal(plain(t), -1) != 0
    block = np.cumsum(np.append(True, ~beside)[: len(plain(t))])
    return _Form(shape_of(t), np.flatnonzero(beside), block[:, None] > block)


def _eigenvectors(t: Any, form: _Form) -> tuple[Any, Any]:
    """Eigenvalues in the order of the diagonal, and vectors that are a triangle but for the blocks."""
    turn, n = None, form.shape[0]
    if form.first.size:
        turn = _unitary(t, form)
        t = np.conjugate(swapped(turn)) @ t @ turn
    w, one = np.diagonal(t), np.eye(n)
    before = np.tri(n, n, -1, bool)
    shifted = t - w[:, None, None] * one
    inside = before[:, :, None] & before[:, None, :]
    equal = np.equal(plain(w), plain(w)[:, None])  # these get NaN from `reciprocal_gaps`
    shifted = np.where(inside & ~(equal[:, None, :] & (one > 0)), shifted, one)
    right = np.where(before, -np.transpose(t), one)
    v = np.transpose(np.linalg.solve(shifted, right[..., None])[..., 0])
    return w, v if turn is None else turn @ v


def _unitary(t: Any, form: _Form) -> Any:
    """What makes triangles of the blocks: their eigenvectors, and what is orthogonal to these."""
    (n, _), i = form.shape, form.first
    a, b, c, d = t[i, i], t[i, i + 1], t[i + 1, i], t[i + 1, i + 1]
    other = (d - a) / 2 + 1j * np.sqrt(-b * c - ((a - d) / 2) ** 2)
    length = np.sqrt(b**2 + np.abs(other) ** 2)
    one, two = b / length, other / length

    def at(rows: Any, columns: Any, entries: Any) -> Any:
        return Put((rows, columns), i.shape, (n, n))(entries + 0j)

    alone = np.ones(n)
    alone[i] = alone[i + 1] = 0
    on = at(i, i, one) + at(i + 1, i + 1, one)
    return np.diag(alone) + on + at(i + 1, i, two) - at(i, i + 1, np.conjugate(two))


def _in_triangle(x: LinearMap, m: Any, back: Any) -> LinearMap:
    """``x``, with ``back`` on the left and ``m`` on the right; complex if these are."""
    shape = x.out_shape
    start = x >> ToComplex(shape) if dtype_of(m).kind == "c" else x
    return start >> MatLeft(back, shape) >> MatRight(m, shape)


def _out_of(x: LinearMap, m: Any, back: Any, form: _Form) -> LinearMap:
    """The way back, of which what is below the blocks is wanted."""
    out = x >> MatLeft(m, form.shape) >> MatRight(back, form.shape)
    out = out >> RealPart(form.shape) if dtype_of(m).kind == "c" else out
    return out >> Scale(form.low * 1.0, form.shape)


def _antisymmetric(low: LinearMap) -> LinearMap:
    return low >> (Identity(low.out_shape) + minus(flipped(low.out_shape)))


def _entry(form: _Form, row: int, column: int) -> LinearMap:
    """An entry of each block."""
    return Take((form.first + row, form.first + column), form.shape, form.first.shape)


def _turning(form: _Form) -> LinearMap:
    """The antisymmetric matrix with these entries below the diagonal of each block."""
    return _antisymmetric(Put((form.first + 1, form.first), form.first.shape, form.shape))


def _weighted(form: _Form, c: Any, equal: Any) -> LinearMap:
    """Each block has its weight, the quotient of ``c``; NaN where there is none."""
    return Scale(np.where(equal, np.nan, c), form.first.shape)


# ---------------------------------------------------------------- Schur


def _schur(y: Any, a: Any, output: str = "real", sort: Any = None) -> Any:
    """The two diagonal entries of a block stay equal, as LAPACK makes them; this turns its vectors."""
    t, z = y[:2]
    if dtype_of(t).kind == "c":
        raise NoRuleError(
            "the complex Schur form has phases that no rule knows; write scipy.linalg.rsf2csf(*schur(a)) for "
            'a real matrix with output="complex", or np.linalg.eigvals for the eigenvalues'
        )
    form = _form(t)
    shape, i = form.shape, form.first
    w, v = _eigenvectors(t, form)
    back = inverse(v)
    x = MatLeft(swapped(z), shape) >> MatRight(z, shape)
    quotients = _in_triangle(x, v, back) >> Scale(np.where(form.low, gaps(w), 0.0), shape)
    turn = _antisymmetric(_out_of(quotients, v, back, form))
    if i.size:
        b, c = t[i, i + 1], t[i + 1, i]
        moved = x + (turn >> _commutator(t, shape))
        unequal = moved >> (_entry(form, 0, 0) + minus(_entry(form, 1, 1)))
        normal = np.abs(plain(b + c)) <= 16 * np.finfo(float).eps * np.abs(plain(b))  # any turn would do
        half = _weighted(form, -0.5 / np.where(normal, 1.0, b + c), normal)
        turn = turn + (unequal >> half >> _turning(form))
    of_t = (x + (turn >> _commutator(t, shape))) >> Scale(form.kept() * 1.0, shape)
    return (of_t, turn >> MatLeft(z, shape), *[None] * (len(y) - 2))


def _commutator(t: Any, shape: Shape) -> LinearMap:
    return MatLeft(t, shape) + MatRight(-t, shape)


def _qz(which: int, y: Any, A: Any, B: Any, output: str = "real") -> Any:
    """``A = Q S Z'`` and ``B = Q T Z'``: as Schur's form, with two triangles and a turn on each side."""
    s, t, q, z = y
    only_real("qz", A, B)
    if dtype_of(s).kind == "c":
        raise NoRuleError(
            'scipy.linalg.qz with output="complex" has phases without a derivative rule; leave out output='
        )
    form = _form(s)
    shape, i = form.shape, form.first
    w, v = _eigenvectors(np.linalg.solve(t, s), form)
    p, back = t @ v, inverse(v)
    x = MatLeft(swapped(q), shape) >> MatRight(z, shape)
    of_s, of_t = (x, None) if which == 0 else (None, x)
    # Below the blocks, in the basis of the vectors: dA - s w_j + w_i r = 0 and dB - s + r = 0.
    inside = _in_triangle(x, v, inverse(p))
    gap = np.where(form.low, gaps(w), 0.0)
    of_r = Scale(gap if which == 0 else -gap * w, shape)
    of_q = of_r if which == 0 else of_r + Identity(shape)
    right = _antisymmetric(_out_of(inside >> of_r, v, back, form))
    left = _antisymmetric(_out_of(inside >> of_q, p, inverse(p), form))
    if i.size:  # the blocks of T stay diagonal
        moved = _moved(of_t, t, left, right)
        above, below = moved >> _entry(form, 0, 1), moved >> _entry(form, 1, 0)
        one, two = t[i, i], t[i + 1, i + 1]
        difference = (two - one) * (two + one)
        equal = np.abs(plain(two - one)) <= 16 * np.finfo(float).eps * np.abs(plain(one))
        c = [_weighted(form, -d / np.where(equal, 1.0, difference), equal) for d in (one, two)]
        left = left + (((above >> c[1]) + (below >> c[0])) >> _turning(form))
        right = right + (((above >> c[0]) + (below >> c[1])) >> _turning(form))
    kept, upper = Scale(form.kept() * 1.0, shape), Scale(np.tri(len(form.low)).T, shape)
    return (
        _moved(of_s, s, left, right) >> kept,
        _moved(of_t, t, left, right) >> upper,
        left >> MatLeft(q, shape),
        right >> MatLeft(z, shape),
    )


def _moved(x: LinearMap | None, t: Any, left: LinearMap, right: LinearMap) -> LinearMap:
    turned = (left >> MatRight(-t, left.out_shape)) + (right >> MatLeft(t, right.out_shape))
    return turned if x is None else x + turned


# ---------------------------------------------------------------- Hessenberg


def _hessenberg(a: Any, calc_q: bool = False, overwrite_a: bool = False, check_finite: bool = True) -> Any:
    """Column by column, by reflections as in LAPACK (Golub and Van Loan, 4th ed. 2013, 7.4.2)."""
    import scipy.linalg

    a = as_array(a)
    only_real("hessenberg", a)
    h, n = a, len(primal(a))
    q: Any = np.eye(n)
    for k in range(1, n - 1):
        p = _reflection(h[k:, k - 1])
        below = np.transpose(p) @ h[k:]
        h = np.concatenate([h[:k], below], axis=0)
        h = np.concatenate([h[:, :k], h[:, k:] @ p], axis=1)
        q = np.concatenate([q[:, :k], q[:, k:] @ p], axis=1)
    values = scipy.linalg.hessenberg(plain(a), True)
    h = with_value(values[0], np.triu(h, -1))
    return (h, with_value(values[1], q)) if calc_q else h


def _reflection(x: Any) -> Any:
    """An orthogonal matrix whose first column is along ``x``; what is along it already is not turned."""
    n, values = len(primal(x)), plain(x)
    if not values.any():  # the column that comes in might be any
        return np.eye(n) + Undefined(np.True_, (n, 1), (n, n))(x[:, None])
    if values[1:].any():
        size = np.sqrt(np.sum(x * x))
        sign = -1.0 if values[0] >= 0 else 1.0
        v = np.concatenate([x[:1] - sign * size, x[1:]])
        return np.eye(n) - np.outer(v, v) * (2 / np.sum(v * v))
    u = x / (np.sign(values[0]) * np.sqrt(np.sum(x * x)))  # the identity, and close to it a rotation
    rest = np.eye(n - 1) - np.outer(u[1:], u[1:]) / (1 + u[0])
    return np.concatenate([u[:, None], np.concatenate([-u[None, 1:], rest], axis=0)], axis=1)


def _matrix_balance(
    A: Any, permute: bool = True, scale: bool = True, separate: bool = False, overwrite_a: bool = False
) -> Any:
    """``T^-1 A T`` with a ``T`` that is a step function of ``A``: powers of two, and exchanges."""
    import scipy.linalg

    a = as_array(A)
    value, t = scipy.linalg.matrix_balance(plain(a), permute, scale)
    y = np.linalg.inv(t) @ a @ t
    about = scipy.linalg.matrix_balance(plain(a), permute, scale, 1)[1] if separate else t
    return with_value(value, y), about


#: name -> the maps of its arrays.
MAPS: dict[str, Sequence[Callable[..., Any]]] = {
    "schur": [_schur],
    "qz": for_each(_qz),
}

#: name -> the function written with others.
COMPOSED: dict[str, Callable[..., Any]] = {
    "hessenberg": _hessenberg,
    "matrix_balance": _matrix_balance,
}
