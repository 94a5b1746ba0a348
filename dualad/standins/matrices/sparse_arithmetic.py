"""What matrices of entries are computed with: sums, and the operators of sparse matrices."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from ...dual import primal
from ...errors import NoRuleError
from ..scipy_arrays import as_array, written


def of_scipy(x: Any) -> bool:
    """Whether it is a matrix or array of scipy.sparse."""
    return type(x).__module__.startswith("scipy.sparse") and hasattr(x, "tocoo")


def is_sparse(x: Any) -> bool:
    """Whether it is one of SciPy's, or one of those here."""
    return isinstance(x, Arithmetic) or of_scipy(x)


def sums_at(places: Any, data: Any, n: int) -> Any:
    """The sums of the entries at each of ``n`` places."""
    import scipy.sparse

    shape = n, len(places)
    return (
        scipy.sparse.csr_array((np.ones(len(places)), (places, np.arange(len(places)))), shape=shape) @ data
    )


class Arithmetic:
    """A matrix that knows its ``entries()``, and makes others like itself by ``_like`` and ``_with``."""

    shape: tuple[int, int]
    _is_matrix: bool
    _like: Any
    _own: Any  # a matrix of SciPy's as one of these
    _with: Any
    copy: Any
    entries: Any
    toarray: Any
    transpose: Any

    # -------------------------------------------------------- sums

    def sum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        rows, cols, data = self.entries()
        if axis is None:
            return written(out, np.sum(data))
        along = axis % 2
        total = sums_at(rows if along else cols, data, self.shape[1 - along])
        if self._is_matrix:
            total = total[:, None] if along else total[None, :]
        return written(out, total)

    def mean(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        m, n = self.shape
        return written(out, self.sum(axis) / (m * n if axis is None else self.shape[axis % 2]))

    # -------------------------------------------------------- arithmetic

    def __neg__(self) -> Any:
        return self._with(-self.entries()[2])

    def __abs__(self) -> Any:
        return self._with(abs(self.entries()[2]))

    def __add__(self, other: Any) -> Any:
        return self._plus(other, 1)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self._plus(other, -1)

    def __rsub__(self, other: Any) -> Any:
        return -self._plus(other, -1)

    def _plus(self, other: Any, sign: int) -> Any:
        if not is_sparse(other):
            other = as_array(other)
            if np.ndim(other) == 0 and primal(other) != 0:
                raise NoRuleError("a number that is not 0 and a sparse matrix: write A.toarray() + x")
            return self.toarray() + sign * other if np.ndim(other) else self.copy()
        other = self._own(other)
        if other.shape != self.shape:
            raise ValueError(f"inconsistent shapes {self.shape} and {other.shape}")
        rows, cols, data = (
            np.concatenate(pair)
            for pair in zip(self.entries(), other._with(sign * other.entries()[2]).entries(), strict=True)
        )
        return self._like(rows, cols, data)

    def multiply(self, other: Any) -> Any:
        """Entry by entry."""
        rows, cols, data = self.entries()
        if is_sparse(other):
            other = self._own(other)
            if other.shape != self.shape:  # a row or a column
                return self.multiply(other.toarray())
            ours, theirs = (
                (rows * self.shape[1] + cols),
                (other.entries()[0] * self.shape[1] + other.entries()[1]),
            )
            _, here, there = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
            return self._like(rows[here], cols[here], data[here] * other.entries()[2][there])
        other = as_array(other)
        if np.ndim(other) == 0:
            return self._with(data * other)
        return self._with(data * np.broadcast_to(other, self.shape)[rows, cols])

    def _times(self, other: Any, reflected: bool) -> Any:
        if not is_sparse(other):
            other = as_array(other)
        if np.ndim(other) == 0:
            return self._with(self.entries()[2] * other)
        if self._is_matrix:
            return self.__rmatmul__(other) if reflected else self @ other
        return self.multiply(other)

    def __mul__(self, other: Any) -> Any:
        return self._times(other, False)

    def __rmul__(self, other: Any) -> Any:
        return self._times(other, True)

    def __truediv__(self, other: Any) -> Any:
        if is_sparse(other):
            return self.toarray() / other.toarray()
        return self.multiply(1 / as_array(other))

    def power(self, n: Any, dtype: Any = None) -> Any:
        return self._with(self.entries()[2] ** n)

    def __pow__(self, n: Any) -> Any:
        if not self._is_matrix:
            return self.power(n)
        return functools.reduce(operator.matmul, [self] * n)

    def dot(self, other: Any) -> Any:
        return self * other if np.ndim(as_array(other)) == 0 and not is_sparse(other) else self @ other

    def __matmul__(self, other: Any) -> Any:
        rows, cols, data = self.entries()
        if is_sparse(other):
            return self._product(self._own(other))
        other = as_array(other)
        if np.shape(other)[0] != self.shape[1]:
            raise ValueError(f"dimension mismatch: {self.shape} @ {np.shape(other)}")
        each = data if np.ndim(other) == 1 else data[:, None]
        return sums_at(rows, each * other[cols], self.shape[0])

    def __rmatmul__(self, other: Any) -> Any:
        if is_sparse(other):
            return self._own(other) @ self
        return np.transpose(self.transpose() @ np.transpose(as_array(other)))

    def _product(self, other: Any) -> Any:
        if self.shape[1] != other.shape[0]:
            raise ValueError(f"dimension mismatch: {self.shape} @ {other.shape}")
        rows, cols, data = self.entries()
        starts = np.concatenate([[0], np.cumsum(np.bincount(other.entries()[0], minlength=other.shape[0]))])
        counts = np.diff(starts)[cols]
        which = np.repeat(np.arange(len(rows)), counts)
        there = np.arange(len(which)) + np.repeat(starts[cols] - np.cumsum(counts) + counts, counts)
        _, their_cols, their_data = other.entries()
        shape = self.shape[0], other.shape[1]
        return self._like(rows[which], their_cols[there], data[which] * their_data[there], shape)
