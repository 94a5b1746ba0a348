"""Rules of products of arrays: matmul, dot, outer, einsum, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linear import (
    Broadcast,
    Diagonal,
    Identity,
    Inner,
    LinearMap,
    Permute,
    Scale,
    Sum,
    is_complex,
    reshaped,
)
from ..linear.complexes import Conjugate
from ..linear.contractions import Einsum, MatLeft, MatRight, swapped
from ..shapes import shape_of, size_of
from ..table import composed, for_each, linear_map
from ._arrays import as_array
from .shaping import moved


def matmul_left(y: Any, a: Any, b: Any) -> LinearMap:
    """The map of the left factor: ``t @ b``."""
    p, q = shape_of(a), shape_of(b)
    if len(q) == 1:
        if len(p) == 1:
            return Inner(b)
        return MatRight(np.reshape(b, (-1, 1)), p) >> reshaped((*p[:-1], 1), shape_of(y))
    if len(p) == 1 and len(q) > 2:
        row = MatRight(b, (1, *p))
        return reshaped(p, (1, *p)) >> row >> reshaped(row.out_shape, shape_of(y))
    return MatRight(b, p)


def matmul_right(y: Any, a: Any, b: Any) -> LinearMap:
    """The map of the right factor: ``a @ t``."""
    p, q = shape_of(a), shape_of(b)
    if len(p) == 1:
        if len(q) == 1:
            return Inner(a)
        above = MatLeft(np.reshape(a, (1, -1)), q)
        return above >> reshaped(above.out_shape, shape_of(y))
    if len(q) == 1:
        # A vector is a row: with lanes one product of matrices does them all.
        if len(p) == 2:
            return MatRight(swapped(a), q)
        row = MatRight(swapped(a), (1, *q))
        return reshaped(q, (1, *q)) >> row >> reshaped(row.out_shape, shape_of(y))
    return MatLeft(a, q)


#: The maps of both factors.
MATMUL = (lambda y, x1, x2: matmul_left(y, x1, x2), lambda y, x1, x2: matmul_right(y, x1, x2))

linear_map(np.matmul, *MATMUL, linear=True)


def _letters(n: int, start: int = 0) -> str:
    return "".join(chr(ord("a") + start + i) for i in range(n))


def _contraction(p: Any, q: Any, axes_a: Any, axes_b: Any) -> tuple[str, str, str]:
    """The subscripts of a tensordot."""
    a = list(_letters(len(p)))
    b = list(_letters(len(q), len(p)))
    for i, j in zip(axes_a, axes_b, strict=True):
        b[j] = a[i]
    out = [s for i, s in enumerate(a) if i not in axes_a] + [s for j, s in enumerate(b) if j not in axes_b]
    return "".join(a), "".join(b), "".join(out)


def tensordot_map(which: int, y: Any, a: Any, b: Any, axes: Any = 2) -> LinearMap:
    p, q = shape_of(a), shape_of(b)
    if isinstance(axes, int | np.integer):
        axes_a, axes_b = list(range(len(p) - axes, len(p))), list(range(axes))
    else:
        axes_a, axes_b = (
            [int(i) % len(s) for i in np.atleast_1d(x)] for x, s in zip(axes, (p, q), strict=True)
        )
    sa, sb, out = _contraction(p, q, axes_a, axes_b)
    if which == 0:
        return Einsum([sb], [b], sa, out, p, shape_of(y))
    return Einsum([sa], [a], sb, out, q, shape_of(y))


def _dot(which: int, y: Any, a: Any, b: Any) -> LinearMap:
    p, q = shape_of(a), shape_of(b)
    if len(p) == 1 == len(q):
        return Inner((b, a)[which])
    if not p or not q:
        mine = (p, q)[which]
        return Scale((b, a)[which], mine, shape_of(y))
    if len(p) <= 2 and len(q) <= 2:
        return (matmul_left, matmul_right)[which](y, a, b)
    return tensordot_map(which, y, a, b, ([len(p) - 1], [max(len(q) - 2, 0)]))


def _inner_product(which: int, y: Any, a: Any, b: Any) -> LinearMap:
    p, q = shape_of(a), shape_of(b)
    if not p or not q:
        return _dot(which, y, a, b)
    return tensordot_map(which, y, a, b, ([len(p) - 1], [len(q) - 1]))


def _vdot(which: int, y: Any, a: Any, b: Any) -> LinearMap:
    if which == 0:
        flat = (size_of(shape_of(a)),)
        return conjugating(a) >> reshaped(shape_of(a), flat) >> Inner(np.ravel(b))
    flat = (size_of(shape_of(b)),)
    return reshaped(shape_of(b), flat) >> Inner(np.ravel(conjugated(a)))


def conjugated(a: Any) -> Any:
    """A factor of which the function takes the complex conjugate."""
    return np.conjugate(a) if is_complex(a) else a


def conjugating(a: Any) -> LinearMap:
    return Conjugate(shape_of(a)) if is_complex(a) else Identity(shape_of(a))


def outer_map(which: int, y: Any, a: Any, b: Any) -> LinearMap:
    n, m = shape_of(y)
    if which == 0:
        return reshaped(shape_of(a), (n, 1)) >> Scale(np.reshape(b, (1, m)), (n, 1), (n, m))
    return reshaped(shape_of(b), (1, m)) >> Scale(np.reshape(a, (n, 1)), (1, m), (n, m))


linear_map(np.dot, *for_each(_dot), linear=True)
linear_map(np.inner, *for_each(_inner_product), linear=True)
linear_map(np.vdot, *for_each(_vdot), linear=True)
linear_map(np.outer, *for_each(outer_map), linear=True)
linear_map(np.tensordot, *for_each(tensordot_map), linear=True)


def _einsum(
    y: Any,
    i: int,
    arrays: Any,
    subscripts: str,
    optimize: Any = False,
    dtype: Any = None,
    order: str = "K",
    casting: str = "safe",
) -> LinearMap:
    """Linear in each operand, the others are coefficients."""
    ins, outs = _subscripts(subscripts, [len(shape_of(a)) for a in arrays])
    sizes: dict[str, int] = {}
    for letters, a in zip(ins, arrays, strict=True):
        for letter, d in zip(letters, shape_of(a), strict=True):
            sizes[letter] = d if sizes.get(letter, 1) == 1 else sizes[letter]
    mine = shape_of(arrays[i])
    full = tuple(sizes[letter] for letter in ins[i])
    linear: LinearMap = Broadcast(mine, full) if full != mine else Identity(mine)
    letters = ins[i]
    while repeated := [c for c in letters if letters.count(c) > 1]:  # a diagonal, which comes last
        first, second = (k for k, c in enumerate(letters) if c == repeated[0] and letters[:k].count(c) < 2)
        kept = [k for k in range(len(full)) if k not in (first, second)]
        shape = (*(full[k] for k in kept), full[first])
        linear = linear >> Diagonal(full, shape, 0, (first - len(full), second - len(full)))
        letters, full = "".join(letters[k] for k in kept) + repeated[0], shape
    others = [k for k in range(len(arrays)) if k != i]
    if not others and sorted(letters) == sorted(outs):
        return linear >> Permute(full, tuple(letters.index(c) - len(full) for c in outs))
    narrowed = [_narrowed(ins[k], arrays[k], sizes) for k in others]
    terms, coefficients = [term for term, _ in narrowed], [c for _, c in narrowed]
    return linear >> Einsum(terms, coefficients, letters, outs, full, shape_of(y))


def _narrowed(letters: str, a: Any, sizes: dict[str, int]) -> tuple[str, Any]:
    """A coefficient without the axes that are broadcast: they would give the transpose too short a result."""
    ones = [k for k, (c, d) in enumerate(zip(letters, shape_of(a), strict=True)) if d == 1 < sizes[c]]
    if not ones:
        return letters, a
    kept = "".join(c for k, c in enumerate(letters) if k not in ones)
    return kept, np.squeeze(a, tuple(k - len(letters) for k in ones))


def _subscripts(subscripts: str, ndims: list[int]) -> tuple[list[str], str]:
    """The letters of the operands and of the output, with those that an ellipsis stands for."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    ins = left.split(",")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in left]
    counts = [n - len(letters.replace("...", "")) for letters, n in zip(ins, ndims, strict=True)]
    most = max([c for c, letters in zip(counts, ins, strict=True) if "..." in letters], default=0)
    stands_for = "".join(free[:most])
    if not arrow:
        once = sorted(c for c in set(left) - set(",.") if left.count(c) == 1)
        right = ("..." if most else "") + "".join(once)
    ins = [
        letters.replace("...", stands_for[most - c :]) if "..." in letters else letters
        for letters, c in zip(ins, counts, strict=True)
    ]
    return ins, right.replace("...", stands_for)


def _as_text(*operands: Any) -> tuple[Any, ...]:
    """``einsum(A, [0, 1], x, [1], [0])`` as ``einsum("ab,b->a", A, x)``."""
    if not operands or isinstance(operands[0], str):
        return operands
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

    def text(axes: Any) -> str:
        return "".join("..." if a is Ellipsis else letters[a] for a in axes)

    arrays, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
    out = "->" + text(operands[-1]) if len(operands) % 2 else ""
    return (",".join(text(axes) for axes in lists) + out, *arrays)


linear_map(np.einsum, _einsum, several="rest", linear=True, prepared=_as_text)


def _row_times(c: Any, shape: Any, axis: int) -> LinearMap:
    """Multiply with ``c``, broadcasting, and sum along one of the last axes."""
    full = np.broadcast_shapes(shape, shape_of(c))
    return Scale(c, shape, full) >> Sum(full, (axis,))


def _as_matrix(x: Any, axis: int) -> LinearMap:
    shape = shape_of(np.expand_dims(x, axis))
    return reshaped(shape_of(x), shape)


linear_map(
    np.vecdot,
    lambda y, x1, x2: conjugating(x1) >> _row_times(x2, shape_of(x1), -1),
    lambda y, x1, x2: _row_times(conjugated(x1), shape_of(x2), -1),
    linear=True,
)
if hasattr(np, "matvec"):  # NumPy 2.2
    linear_map(
        np.matvec,
        lambda y, x1, x2: _row_times(np.expand_dims(x2, -2), shape_of(x1), -1),
        lambda y, x1, x2: _as_matrix(x2, -2) >> _row_times(x1, shape_of(np.expand_dims(x2, -2)), -1),
        linear=True,
    )
    linear_map(
        np.vecmat,
        lambda y, x1, x2: (
            conjugating(x1) >> _as_matrix(x1, -1) >> _row_times(x2, shape_of(np.expand_dims(x1, -1)), -2)
        ),
        lambda y, x1, x2: _row_times(np.expand_dims(conjugated(x1), -1), shape_of(x2), -2),
        linear=True,
    )


@composed(np.kron)
def _kron(a: Any, b: Any) -> Any:
    """Every entry of ``a`` times the whole of ``b``."""
    a, b = as_array(a), as_array(b)
    p, q = shape_of(a), shape_of(b)
    n = max(len(p), len(q))
    p, q = (1,) * (n - len(p)) + p, (1,) * (n - len(q)) + q
    blocks = np.reshape(a, [d for k in p for d in (k, 1)]) * np.reshape(b, [d for k in q for d in (1, k)])
    return np.reshape(blocks, [i * j for i, j in zip(p, q, strict=True)])


@composed(np.cross)
def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(as_array(a), axisa, -1), np.moveaxis(as_array(b), axisb, -1)
    # NumPy 2 deprecates vectors in the plane: their third entry is zero.
    (a1, a2, *a3), (b1, b2, *b3) = ([x[..., i] for i in range(shape_of(x)[-1])] for x in (a, b))
    third = a1 * b2 - a2 * b1
    if not a3 and not b3:
        return third
    p, q = a3[0] if a3 else 0.0, b3[0] if b3 else 0.0
    parts = np.broadcast_arrays(a2 * q - p * b2, p * b1 - a1 * q, third)
    return np.moveaxis(np.stack(parts, axis=-1), -1, axisc)


def trace_of(x: Any, offset: int, axis1: int, axis2: int) -> LinearMap:
    diagonals = moved(np.diagonal, x, offset, axis1, axis2)
    return diagonals >> Sum(diagonals.out_shape, (-1,))


linear_map(
    np.trace,
    lambda y, a, offset=0, axis1=0, axis2=1, dtype=None: trace_of(a, offset, axis1, axis2),
    linear=True,
)
