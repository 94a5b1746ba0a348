"""Matrices of scipy.sparse with Duals among their entries: places that are plain, and one Dual of entries.

What only moves entries about (a transpose, a slice, a block matrix) SciPy does itself, with numbers in the
place of the entries that say where each of them went. The rest is multiplications of entries and sums of
them by a constant matrix.
"""

from __future__ import annotations

import functools
import numbers
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...dual import Dual, primal, settled, stacked
from ...errors import ConversionError, MissingError, NoRuleError
from ..scipy_arrays import as_array, written
from .sparse_arithmetic import Arithmetic, is_sparse, of_scipy, sums_at

#: The names of SciPy's formats.
FORMATS = ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")


def as_sparse(x: Any) -> SparseMatrix:
    """A matrix of SciPy's as one that may hold Duals, with entries at one place added up."""
    if type(x) is SparseMatrix:
        return x
    coo = x.tocoo()
    return SparseMatrix(coo.row, coo.col, coo.data, x.shape, x.format, _is_matrix(x))


#: The attribute of a matrix of SciPy's that lifted code has made.
_OURS = "made by lifted code"


def that_may_open(x: Any) -> Any:
    """A matrix of SciPy's that lifted code has just made."""
    vars(x)[_OURS] = True
    return x


def opens(x: Any, mode: Any) -> bool:
    """Whether a matrix, for all who know it, has come to hold Duals until a derivative call is over."""
    if not (hasattr(x, "__dict__") and vars(x).get(_OURS)):
        return False
    before, made = (type(x), vars(x).copy()), as_sparse(x)
    try:
        _become(x, type(made), vars(made))
    except TypeError:  # the newer classes, ``lil_array`` and its like, cannot become another
        return False
    mode.borrowed.append(lambda mode: _become(x, *before))
    return True


def _become(x: Any, kind: type, attributes: dict[str, Any]) -> None:
    x.__class__ = kind
    vars(x).clear()
    vars(x).update(attributes)


def _is_matrix(x: Any) -> bool:
    """Whether ``*`` is the product of matrices, as for ``csr_matrix``, and not for ``csr_array``."""
    import scipy.sparse

    return isinstance(x, scipy.sparse.spmatrix)


class SparseMatrix(Arithmetic):
    """A sparse matrix with a Dual of entries, row by row, no two of them at one place.

    Parameters
    ----------
    rows, cols : array of int, shape (nnz,)
    data : Dual or array, shape (nnz,)
        The entries; those at one place are added up.
    shape : tuple of int
    format : str
        That of SciPy's matrix in whose place it stands.
    is_matrix : bool
        Whether ``*`` is the product of matrices.
    """

    __array_ufunc__ = None  # operators of arrays ask the one below
    ndim = 2

    #: What makes SciPy's matrix of the places as they were given: unsorted maybe, or some of them twice.
    _given: Callable[[], Any] | None = None

    def __init__(
        self, rows: Any, cols: Any, data: Any, shape: Any, format: str = "csr", is_matrix: bool = False
    ):
        self.shape = shape[0], shape[1]
        self.format = format
        self._is_matrix = is_matrix
        #: Entries that were assigned one by one, and are not in their place yet.
        self._new: dict[tuple[int, int], Any] = {}
        self._settle(np.asarray(rows), np.asarray(cols), data)

    def _settle(self, rows: Any, cols: Any, data: Any) -> None:
        keys, first, places = np.unique(
            rows.astype(np.int64) * self.shape[1] + cols, return_index=True, return_inverse=True
        )
        data = data[first] if len(keys) == len(rows) else sums_at(places, data, len(keys))
        self._rows, self._cols = np.divmod(keys, max(self.shape[1], 1))
        self._data = data
        self._at: dict[tuple[int, int], int] | None = None

    def _like(self, rows: Any, cols: Any, data: Any, shape: Any = None, format: str = "") -> SparseMatrix:
        return SparseMatrix(rows, cols, data, shape or self.shape, format or self.format, self._is_matrix)

    def _with(self, data: Any) -> SparseMatrix:
        """The same places with other entries."""
        rows, cols, _ = self.entries()
        made = self._like(rows, cols, data)
        made._given = self._given
        return made

    def entries(self) -> tuple[Any, Any, Any]:
        """The row, the column and the value of each entry."""
        if self._new:
            places = np.array(list(self._new), dtype=np.int64).reshape(-1, 2).T
            values = stacked(list(self._new.values()))
            self._new, self._given = {}, None
            keys = places[0] * self.shape[1] + places[1]
            stay = ~np.isin(self._rows * self.shape[1] + self._cols, keys)
            self._settle(
                np.concatenate([self._rows[stay], places[0]]),
                np.concatenate([self._cols[stay], places[1]]),
                np.concatenate([self._data[stay], values]),
            )
        return self._rows, self._cols, self._data

    def as_given(self) -> SparseMatrix:
        """Itself, if SciPy has the same entries in this order, and not others of which these are the sums."""
        if self._given is not None:
            ours, theirs = self.plain().tocoo(), self._given().tocoo()
            if not (np.array_equal(ours.row, theirs.row) and np.array_equal(ours.col, theirs.col)):
                raise ConversionError(
                    f"the entries of a {self.format} matrix of Duals are kept row by row, and those at one "
                    "place added up, which these were not when they were given; go by A.tocsr()"
                )
        return self

    def plain(self, data: Any = None) -> Any:
        """SciPy's matrix with the values, or with other entries."""
        import scipy.sparse

        rows, cols, own = self.entries()
        kind = getattr(scipy.sparse, f"coo_{'matrix' if self._is_matrix else 'array'}")
        data = primal(own) if data is None else data
        return kind((data, (rows, cols)), shape=self.shape).asformat(self.format)

    # -------------------------------------------------------- what it is

    def __repr__(self) -> str:
        kind = type(self._data).__name__
        return f"<{self.format} of shape {self.shape} with {len(self._data)} entries, {kind}>"

    @property
    def stands_for(self) -> Any:
        """SciPy's class."""
        import scipy.sparse

        return getattr(scipy.sparse, f"{self.format}_{'matrix' if self._is_matrix else 'array'}")

    def __getattr__(self, name: str) -> Any:
        raise MissingError(
            f"a sparse matrix with Duals among its entries has no {name}; write A.toarray() for a dense one"
        )

    @property
    def nnz(self) -> int:
        return len(self.entries()[0]) if self._given is None else self._given().nnz

    size = nnz

    @property
    def dtype(self) -> Any:
        return np.asarray(primal(self._data)).dtype

    def __len__(self) -> int:
        raise TypeError("sparse array length is ambiguous; use getnnz()")

    def _order(self) -> Any:
        """Of the entries as SciPy keeps them in this format."""
        if self.format not in ("csr", "csc", "coo"):
            raise NoRuleError(f"the entries of a {self.format} matrix of Duals: write A.tocsr().data")
        return self.as_given().plain(np.arange(len(self.entries()[0]))).data

    @property
    def data(self) -> Any:
        return self.entries()[2][self._order()]

    @data.setter
    def data(self, new: Any) -> None:
        order = self._order()
        self._data = as_array(new)[np.argsort(order)]

    # -------------------------------------------------------- as something else

    def asformat(self, format: str | None, copy: bool = False) -> Any:
        same = self._like(*self.entries(), format=format or self.format)
        if self._given is not None and self.format != "coo":
            same._given = lambda: self._given().asformat(same.format)
        return same if type(same._data) is Dual else same.plain()

    def astype(self, dtype: Any, *more: Any, **options: Any) -> Any:
        return self._with(self.entries()[2].astype(dtype))

    def copy(self) -> SparseMatrix:
        return self._with(self.entries()[2])

    def toarray(self, order: Any = None, out: Any = None) -> Any:
        rows, cols, data = self.entries()
        flat = sums_at(rows * self.shape[1] + cols, data, self.shape[0] * self.shape[1])
        return written(out, np.reshape(flat, self.shape))

    todense = toarray

    @property
    def A(self) -> Any:
        return self.toarray()

    def transpose(self, axes: Any = None, copy: bool = False) -> SparseMatrix:
        rows, cols, data = self.entries()
        other = {"csr": "csc", "csc": "csr"}.get(self.format, self.format)
        made = self._like(cols, rows, data, self.shape[::-1], other)
        given = self.plain if self.format == "coo" and self._given is None else self._given
        if given is not None:
            made._given = lambda: given().transpose()
        return made

    @property
    def T(self) -> SparseMatrix:
        return self.transpose()

    def conj(self, copy: bool = True) -> SparseMatrix:
        return self._with(np.conjugate(self.entries()[2]))

    conjugate = conj

    @property
    def real(self) -> SparseMatrix:
        return self._with(np.real(self.entries()[2]))

    @property
    def imag(self) -> SparseMatrix:
        return self._with(np.imag(self.entries()[2]))

    def sum_duplicates(self) -> None:
        """There are none here, nor in SciPy's matrix from now on; one by coordinates it sorts by columns."""
        if self.format != "coo":
            self._given = None

    def sort_indices(self) -> None:
        """They are sorted."""

    eliminate_zeros = prune = sort_indices

    # -------------------------------------------------------- entries

    def __getitem__(self, key: Any) -> Any:
        place = self._place(key)
        if place is None:
            return rearranged(lambda x: x.tocsr()[key], self)
        if place in self._new:
            return self._new[place]
        if self._at is None:
            pairs = zip(self._rows.tolist(), self._cols.tolist(), strict=True)
            self._at = {pair: i for i, pair in enumerate(pairs)}
        i = self._at.get(place)
        return 0.0 if i is None else self._data[i]

    def __iter__(self) -> Any:
        """The rows, as this version of SciPy has them: since 1.15 those of an array have one axis."""
        return (
            rearranged(lambda x, i=i: next(iter(x.tocsr()[i : i + 1])), self) for i in range(self.shape[0])
        )

    def __setitem__(self, key: Any, new: Any) -> None:
        place = self._place(key)
        if place is not None:
            self._new[place] = settled(new)
            return
        m, n = self.shape
        every = np.arange(m)[:, None], np.arange(n)
        rows, cols = (np.broadcast_to(line, (m, n))[key] for line in every)
        dense = new.toarray() if is_sparse(new) else as_array(new)
        if np.size(dense) == rows.size:  # also a row of a matrix, which has two axes
            dense = np.reshape(dense, rows.shape)
        values = np.ravel(np.broadcast_to(dense, rows.shape))
        for i, place in enumerate(zip(rows.ravel().tolist(), cols.ravel().tolist(), strict=True)):
            self._new[place] = values[i]

    def _place(self, key: Any) -> tuple[int, int] | None:
        """The row and the column, if it is one entry."""
        if type(key) is tuple and len(key) == 2 and all(isinstance(k, numbers.Integral) for k in key):
            i, j = (operator.index(k) for k in key)
            m, n = self.shape
            if not (-m <= i < m and -n <= j < n):
                raise IndexError(f"index {key} is out of bounds for shape {self.shape}")
            return i % m, j % n
        return None

    def diagonal(self, k: int = 0) -> Any:
        return rearranged(lambda x: x.diagonal(k), self)

    def trace(self, offset: int = 0) -> Any:
        return np.sum(self.diagonal(offset))

    def setdiag(self, values: Any, k: int = 0) -> None:
        values = as_array(values)
        n = min(self.shape[0] + min(k, 0), self.shape[1] - max(k, 0))
        if np.ndim(values):
            n = min(n, len(values))
        for i in range(n):
            self[i - min(k, 0), i + max(k, 0)] = values[i] if np.ndim(values) else values

    def getrow(self, i: int) -> Any:
        return self[[i], :]

    def getcol(self, j: int) -> Any:
        return self[:, [j]]

    def reshape(self, *shape: Any, **options: Any) -> Any:
        return rearranged(lambda x: x.tocoo().reshape(*shape, **options).asformat(self.format), self)

    _own = staticmethod(as_sparse)


def _formats() -> None:
    for name in FORMATS:
        setattr(SparseMatrix, f"to{name}", functools.partialmethod(_to, name))
    for name in ("sin", "tan", "arcsin", "arctan", "sinh", "tanh", "arcsinh", "arctanh", "sqrt", "expm1",
                 "log1p", "deg2rad", "rad2deg"):  # fmt: skip
        setattr(SparseMatrix, name, functools.partialmethod(_entrywise, getattr(np, name)))
    for name in ("getformat", "get_shape", "getnnz", "count_nonzero", "nonzero", "__bool__"):
        setattr(SparseMatrix, name, functools.partialmethod(_asked, name))
    for name in ("row", "col", "coords", "indices", "indptr"):
        setattr(SparseMatrix, name, property(functools.partial(_place_in, name)))
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(SparseMatrix, f"__{name}__", functools.partialmethod(_compared, getattr(operator, name)))


def _to(x: SparseMatrix, name: str, *args: Any, **options: Any) -> Any:
    return x.asformat(name)


#: The questions that are about them one by one.
_OF_PLACES = "getnnz", "nonzero"


def _asked(x: SparseMatrix, name: str, *args: Any, **options: Any) -> Any:
    """A question that the values answer."""
    return getattr((x.as_given() if name in _OF_PLACES else x).plain(), name)(*args, **options)


def _place_in(name: str, x: SparseMatrix) -> Any:
    """Where the entries are, as SciPy keeps them."""
    return getattr(x.as_given().plain(), name)


def _compared(x: SparseMatrix, order: Any, other: Any) -> Any:
    """By values, as Duals are: a plain matrix of booleans."""
    return order(x.plain(), other.plain() if isinstance(other, SparseMatrix) else primal(as_array(other)))


def _entrywise(x: SparseMatrix, f: Any) -> SparseMatrix:
    return x._with(f(x.entries()[2]))


_formats()


# ---------------------------------------------------------------- what only moves entries about


def rearranged(f: Callable[..., Any], *args: Any) -> Any:
    """A function of matrices (in lists, too) that moves their entries about, and may leave some out.

    Everything in ``args`` is taken for entries: sparse matrices, arrays and numbers.
    """
    parts: list[Any] = []
    count = 0

    def numbered(x: Any) -> Any:
        nonlocal count
        if isinstance(x, list | tuple):
            if _is_row_of_numbers(x):
                return numbered(stacked(list(x)))
            return type(x)(map(numbered, x))
        if x is None or isinstance(x, str):
            return x
        if is_sparse(x):
            own = as_sparse(x)
            data = own.entries()[2]
            places = np.arange(count + 1.0, count + 1 + len(data))
            parts.append(data)
            count += len(data)
            return own.plain(places)
        x = settled(x)
        shape = np.shape(x)
        parts.append(np.reshape(x, -1))
        n = int(np.prod(shape))
        places = np.arange(count + 1.0, count + 1 + n).reshape(shape)
        count += n
        return places if shape else float(places)

    out = f(*map(numbered, args))
    every = np.concatenate([np.zeros(1), *parts])
    if of_scipy(out) and out.ndim == 1:  # a row of an array
        out = out.toarray()
    if of_scipy(out):
        coo = out.tocoo()
        data = every[coo.data.astype(np.intp)]
        made = SparseMatrix(coo.row, coo.col, data, out.shape, out.format, _is_matrix(out))
        return made if type(data) is Dual else made.plain()
    return every[np.asarray(out).astype(np.intp)]


def _is_row_of_numbers(x: Any) -> bool:
    """Whether a list holds numbers and nothing else."""
    return bool(len(x)) and all(
        not isinstance(e, list | tuple) and not is_sparse(e) and np.shape(e) == () and e is not None
        for e in x
    )
