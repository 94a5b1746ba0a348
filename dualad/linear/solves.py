"""The linear maps of systems of equations, of eigenvalues and of functions of matrices."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..corners import note
from ..counts import Count, factorisation, solving
from ..shapes import Shape, shape_of
from .arithmetic import sum_to
from .contractions import MatRight, any_bits, matmul_shape, swapped
from .maps import LinearMap
from .moves import Take, reshaped
from .products import by_slabs, one_by_one, plain


class Solve(LinearMap):
    """``solve(matrix, t)``, for stacks too: one factorisation for many lanes, which become columns."""

    __slots__ = ("matrix",)

    def __init__(self, matrix: Any, in_shape: Shape):
        super().__init__(in_shape, matmul_shape(shape_of(matrix), in_shape))
        self.matrix = matrix

    def __call__(self, t: Any) -> Any:
        shape = shape_of(t)
        # One matrix serves a whole stack of right-hand sides, so they are columns as well.
        leading = len(shape) - (2 if len(shape_of(self.matrix)) == 2 else len(self.in_shape))
        if not leading:
            return np.linalg.solve(self.matrix, t)
        inverse = np.linalg.inv(self.matrix)
        return by_slabs(one_by_one(partial(self._columns, inverse)), t, shape[:leading])

    def _columns(self, inverse: Any, t: Any) -> Any:
        """The solutions for a slab of lanes, by the inverse and a step that corrects the residual.

        LAPACK would factorise the matrix again for each slab.
        """
        k, *rest, m = shape_of(t)
        b = np.reshape(np.moveaxis(t, 0, -2), (*rest, k * m))
        x = np.matmul(inverse, b)
        x = x + np.matmul(inverse, b - np.matmul(self.matrix, x))
        return np.moveaxis(np.reshape(x, (*shape_of(x)[:-1], k, m)), -2, 0)

    apply = __call__

    def transpose(self) -> LinearMap:
        back = Solve(np.swapaxes(self.matrix, -1, -2), self.out_shape)
        return back >> sum_to(back.out_shape, self.in_shape)

    def bits(self, b: Any) -> Any:
        return any_bits(b, -2, self.out_shape)

    def stored(self) -> Sequence[Any]:
        return (self.matrix,)

    def arithmetic(self, lanes: int) -> Count:
        return solving(shape_of(self.matrix), self.out_shape, lanes)


class Undefined(LinearMap):
    """To be added to a map of matrices some entries of which have no derivative: NaN there, else 0.

    A tangent that is zero stays zero, each matrix of a stack for itself. Transposed it is NaN
    everywhere as soon as one of those entries is asked for.
    """

    __slots__ = ("back", "entries")

    def __init__(self, entries: Any, in_shape: Shape, out_shape: Shape, back: bool = False):
        super().__init__(in_shape, out_shape)
        self.entries = entries
        self.back = back

    def apply(self, t: Any) -> Any:
        moved = np.not_equal(t, 0)
        moved = np.any(moved & self.entries if self.back else moved, axis=(-2, -1), keepdims=True)
        bad = np.broadcast_to(moved if self.back else moved & self.entries, self.lanes(t) + self.out_shape)
        return np.where(bad, np.nan, 0.0).astype(np.result_type(t))

    def transpose(self) -> LinearMap:
        return Undefined(self.entries, self.out_shape, self.in_shape, not self.back)

    def bits(self, b: Any) -> Any:
        return any_bits(any_bits(b, -1, self.in_shape), -2, self.in_shape)[..., :1, :1] | np.zeros(
            (len(b), *self.out_shape), b.dtype
        )


def Diagonal(shape: Shape) -> LinearMap:
    """The diagonal of square matrices."""
    i = np.arange(shape[-1])
    return Take((..., i, i), shape, shape[:-1])


class Split(LinearMap):
    """How eigenvalues move: the diagonal of ``t``, and the eigenvalues of its blocks where some are equal.

    ``group`` numbers the eigenvalues, with the same number for equal ones, which stand together.
    ``dtype`` is that of the coefficients.
    Along one direction equal eigenvalues part, and they do so as the eigenvalues of their block of
    ``t``. This is no linear function of ``t``. So the transposed map is that of their mean, which
    each of them has an equal share in, as ties have in a maximum.
    """

    __slots__ = ("descending", "dtype", "group")

    def __init__(self, group: Any, dtype: Any, descending: bool = False):
        super().__init__((*group.shape, group.shape[-1]), group.shape)
        self.group = group
        self.dtype = dtype
        self.descending = descending

    def _blocks(self, t: Any, group: Any) -> Any:
        edges = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]
        parts = []
        for start, end in itertools.pairwise(edges):
            block = t[..., start:end, start:end]
            if end - start == 1:
                parts.append(block[..., 0])
            else:
                parted = np.linalg.eigvalsh((block + np.conjugate(np.swapaxes(block, -1, -2))) / 2)
                parts.append(np.flip(parted, -1) if self.descending else parted)
        return np.concatenate(parts, axis=-1)

    def apply(self, t: Any) -> Any:
        *stack, n = self.out_shape
        if not stack:
            return self._blocks(t, self.group)
        lanes = shape_of(t)[: -len(self.in_shape)]
        matrices = np.reshape(t, (*lanes, -1, n, n))
        groups = self.group.reshape(-1, n)
        rows = [self._blocks(matrices[..., i, :, :], group) for i, group in enumerate(groups)]
        return np.reshape(np.stack(rows, axis=-2), (*lanes, *self.out_shape))

    __call__ = apply

    def shared(self) -> LinearMap:
        """The mean of the diagonal over equal eigenvalues."""
        return Diagonal(self.in_shape) >> shared(self.group, self.dtype)

    def transpose(self) -> LinearMap:
        return self.shared().transpose()

    def bits(self, b: Any) -> Any:
        return self.shared().bits(any_bits(any_bits(b, -1, self.in_shape), -2, self.in_shape))


def shared(group: Any, dtype: Any) -> LinearMap:
    """Equal eigenvalues share equally: the mean over the entries that have the same number."""
    same = group[..., :, None] == group[..., None, :]
    row = (*group.shape[:-1], 1, group.shape[-1])
    mean = MatRight((same / same.sum(axis=-1, keepdims=True)).astype(dtype), row)
    return reshaped(group.shape, row) >> mean >> reshaped(row, group.shape)


class Frechet(LinearMap):
    """The derivative of a function of a matrix, such as the exponential.

    It stands in the corner of the function of a matrix of twice the size, whatever the function::

        f([[A, t],    = [[f(A), D],
           [0, A]])      [0, f(A)]]

    It is NaN where the same value is not there again, as on the cut of a function.
    """

    __slots__ = ("function", "matrix", "value")

    def __init__(self, function: Callable[[Any], Any], matrix: Any, value: Any):
        super().__init__(shape_of(matrix), shape_of(matrix))
        self.function = function
        self.matrix = matrix
        self.value = value

    def __call__(self, t: Any) -> Any:
        shape, n = shape_of(t), self.in_shape[-1]
        size = _size(t)
        # As large as the matrix, by a power of two, so that neither drowns in the other's rounding errors.
        up = np.ldexp(1.0, np.frexp(_size(self.matrix))[1] - np.frexp(size)[1])
        up = np.where(size == 0, 1.0, up).astype(plain(t).dtype)
        matrix = np.broadcast_to(self.matrix, shape)
        above = np.concatenate([matrix, t * up], axis=-1)
        below = np.concatenate([np.zeros(shape, up.dtype), matrix], axis=-1)
        whole = self.function(np.concatenate([above, below], axis=-2))
        corner = whole[..., :n, n:]
        y, both = plain(self.value), (plain(whole[..., :n, :n]), plain(whole[..., n:, n:]))
        on_a_cut = np.maximum(*(_size(block - y) for block in both)) > 1e-3 * _size(y)
        if np.any(on_a_cut):
            note("a negative eigenvalue, where rounding errors decide which value a function has,")
            corner = np.where(on_a_cut, np.nan, corner)
        if type(corner) is np.ndarray:
            corner = np.where(size == 0, 0.0, corner)  # rounding errors must not make something of nothing
        return corner / up

    apply = __call__

    def transpose(self) -> LinearMap:
        return Frechet(self.function, swapped(self.matrix), swapped(self.value))

    def bits(self, b: Any) -> Any:
        return any_bits(any_bits(b, -1, self.in_shape), -2, self.in_shape)

    def stored(self) -> Sequence[Any]:
        return self.matrix, self.value

    def arithmetic(self, lanes: int) -> Count:
        *stack, n, _ = self.in_shape
        return lanes * factorisation("eig", (*stack, 2 * n, 2 * n))  # a Schur form of twice the size


def _size(a: Any) -> Any:
    """The size of the largest entry of each matrix."""
    return np.max(np.abs(plain(a)), axis=(-2, -1), keepdims=True, initial=0.0)
