"""The linear maps of products of arrays: matrices from the left and from the right, and einsum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..counts import Count, products
from ..shapes import Shape, shape_of, size_of
from .arithmetic import Broadcast, aligned, sum_to
from .maps import LinearMap
from .moves import reshaped
from .products import by_slabs, lane_by_lane, one_by_one


def swapped(a: Any) -> Any:
    """The transposed matrices."""
    return np.swapaxes(a, -1, -2)


def matmul_shape(a: Shape, b: Shape) -> Shape:
    return (*np.broadcast_shapes(a[:-2], b[:-2]), a[-2], b[-1])


def any_bits(b: Any, axis: int, out_shape: Shape) -> Any:
    """The bit sets of a full contraction: every output sees all entries along the axis."""
    merged = np.bitwise_or.reduce(b, axis=axis, keepdims=True)
    lanes = b.shape[:1]
    return np.broadcast_to(
        merged.reshape(lanes + (1,) * (len(out_shape) + 1 - b.ndim) + merged.shape[1:]), lanes + out_shape
    ).copy()


def _product_bits(b: Any, matrix: Any) -> Any:
    """The bit sets of ``b @ matrix`` for a matrix of constants: its zeros are no entries."""
    j, i = np.nonzero(np.transpose(matrix))
    columns, starts = np.unique(j, return_index=True)
    out = np.zeros((*b.shape[:-1], matrix.shape[-1]), b.dtype)
    for lane in range(len(b) if len(i) else 0):  # one by one: there may be many entries
        out[lane][..., columns] = np.bitwise_or.reduceat(b[lane][..., i], starts, axis=-1)
    return out


class _ByMatrix(LinearMap):
    """A product with a matrix, or with each of a stack."""

    __slots__ = ("constant", "matrix")

    #: The axis of the matrix that is summed over.
    summed: int
    #: The shape of the product, by those of the matrix and of what it is multiplied with.
    product_shape: Callable[[Shape, Shape], Shape]

    def __init__(self, matrix: Any, in_shape: Shape, constant: bool = False):
        super().__init__(in_shape, self.product_shape(shape_of(matrix), in_shape))
        self.matrix = matrix
        self.constant = constant

    def with_constants(self) -> LinearMap:
        return type(self)(self.matrix, self.in_shape, len(shape_of(self.matrix)) == 2)

    def transpose(self) -> LinearMap:
        back = type(self)(swapped(self.matrix), self.out_shape)
        return back >> sum_to(back.out_shape, self.in_shape)

    def stored(self) -> Sequence[Any]:
        return (self.matrix,)

    def arithmetic(self, lanes: int) -> Count:
        outputs = lanes * size_of(self.out_shape)
        return products(outputs * shape_of(self.matrix)[self.summed], outputs)


class MatLeft(_ByMatrix):
    """``matrix @ t``, for stacks too."""

    __slots__ = ()
    summed = -1
    product_shape = staticmethod(matmul_shape)

    def __call__(self, t: Any) -> Any:
        t = lane_by_lane(t, len(self.in_shape))
        return np.matmul(self.matrix, aligned(t, self.in_shape, len(self.out_shape)))

    apply = __call__

    def bits(self, b: Any) -> Any:
        if self.constant:
            return swapped(_product_bits(swapped(b), swapped(self.matrix)))
        return any_bits(b, -2, self.out_shape)


class MatRight(_ByMatrix):
    """``t @ matrix``, for stacks too; a vector ``t`` is a row, and lanes of rows make matrices."""

    __slots__ = ()
    summed = -2

    @staticmethod
    def product_shape(matrix: Shape, t: Shape) -> Shape:
        return (matrix[-1],) if len(t) == 1 else matmul_shape(t, matrix)

    def __call__(self, t: Any) -> Any:
        lanes = self.lanes(t)
        if lanes and len(self.in_shape) == 1:
            return by_slabs(lambda slabs: np.matmul(slabs, self.matrix), t, lanes)
        t = lane_by_lane(t, len(self.in_shape))
        return np.matmul(aligned(t, self.in_shape, len(self.out_shape)), self.matrix)

    apply = __call__

    def bits(self, b: Any) -> Any:
        if self.constant:
            return _product_bits(b, self.matrix)
        return any_bits(b, -1, self.out_shape)


class SparseLeft(LinearMap):
    """``matrix @ t`` for a matrix of ``scipy.sparse``, which is constant: what it does not store is zero."""

    __slots__ = ("matrix",)

    def __init__(self, matrix: Any, in_shape: Shape):
        super().__init__(in_shape, (matrix.shape[0], *in_shape[1:]))
        self.matrix = matrix

    def apply(self, t: Any) -> Any:
        lanes, rest = self.lanes(t), self.in_shape[1:]
        k = size_of(lanes)
        columns = np.moveaxis(np.reshape(t, (k, *self.in_shape)), 0, 1)
        out = self.matrix @ columns.reshape(self.in_shape[0], k * size_of(rest))
        return np.moveaxis(out.reshape(self.out_shape[0], k, *rest), 1, 0).reshape(lanes + self.out_shape)

    def transpose(self) -> LinearMap:
        return SparseLeft(self.matrix.T, self.out_shape)

    def bits(self, b: Any) -> Any:
        matrix = self.matrix.tocsr()
        filled = np.flatnonzero(np.diff(matrix.indptr))
        out = np.zeros((len(b), *self.out_shape), b.dtype)
        for lane in range(len(b) if len(filled) else 0):
            entries = b[lane][matrix.indices]
            out[lane][filled] = np.bitwise_or.reduceat(entries, matrix.indptr[filled], axis=0)
        return out

    def stored(self) -> Sequence[Any]:
        return (getattr(self.matrix, "data", ()),)  # a dok has none


class Einsum(LinearMap):
    """``einsum(f"{coefficients},{ins}->{outs}", *coefficients, t)``."""

    __slots__ = ("coefficients", "constant", "ins", "outs", "terms")

    def __init__(
        self,
        terms: Sequence[str],
        coefficients: Sequence[Any],
        ins: str,
        outs: str,
        in_shape: Shape,
        out_shape: Shape,
    ):
        super().__init__(in_shape, out_shape)
        self.terms = tuple(terms)
        self.coefficients = tuple(coefficients)
        self.ins = ins
        self.outs = outs
        self.constant = False

    def with_constants(self) -> LinearMap:
        same = Einsum(self.terms, self.coefficients, self.ins, self.outs, self.in_shape, self.out_shape)
        same.constant = True
        return same

    def _subscripts(self) -> str:
        return ",".join((*self.terms, "..." + self.ins)) + "->..." + self.outs

    def __call__(self, t: Any) -> Any:
        lanes = self.lanes(t)
        return by_slabs(one_by_one(self._einsum), t, lanes) if lanes else self._einsum(t)

    def _einsum(self, t: Any) -> Any:
        return np.einsum(self._subscripts(), *self.coefficients, t, optimize=True)

    apply = __call__

    def transpose(self) -> LinearMap:
        # A letter that only the input has was summed over: the transpose repeats along it.
        known = set(self.outs).union(*self.terms)
        lost = [i for i, letter in enumerate(self.ins) if letter not in known]
        ins = "".join(letter for letter in self.ins if letter in known)
        shape = tuple(d for i, d in enumerate(self.in_shape) if i not in lost)
        back: LinearMap = Einsum(self.terms, self.coefficients, self.outs, ins, self.out_shape, shape)
        if lost:
            ones = tuple(1 if i in lost else d for i, d in enumerate(self.in_shape))
            back = back >> reshaped(shape, ones) >> Broadcast(ones, self.in_shape)
        return back

    def bits(self, b: Any) -> Any:
        ones = [c != 0 if self.constant else np.ones(shape_of(c), bool) for c in self.coefficients]
        out = np.zeros(b.shape[:1] + self.out_shape, b.dtype)
        for bit in range(b.dtype.itemsize * 8):
            one = b.dtype.type(1) << b.dtype.type(bit)
            on = np.einsum(self._subscripts(), *ones, (b & one) != 0)
            out |= on * one
        return out

    def stored(self) -> Sequence[Any]:
        return self.coefficients

    def arithmetic(self, lanes: int) -> Count:
        lengths = dict(zip(self.ins, self.in_shape, strict=True))
        for term, c in zip(self.terms, self.coefficients, strict=True):
            lengths |= zip(term, shape_of(c), strict=True)
        pairs = lanes * size_of(tuple(lengths.values()))
        several = max(len(self.coefficients) - 1, 0) * pairs
        return products(pairs, lanes * size_of(self.out_shape)) + Count(multiplications=several)
