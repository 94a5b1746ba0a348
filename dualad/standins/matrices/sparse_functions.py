"""Stand-ins for the functions of scipy.sparse: matrices of Duals made, put together, functions of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal, settled, stacked
from ...dual.containers import mode_in
from ...errors import NoRuleError
from ..scipy_arrays import Function, as_array, by_its_text, holds
from .sparse_arrays import (
    FORMATS,
    SparseMatrix,
    as_sparse,
    is_sparse,
    of_scipy,
    opens,
    rearranged,
    that_may_open,
)


def holds_in(x: Any) -> bool:
    """Whether there is a Dual in arguments, or in a matrix among them."""
    if type(x) is SparseMatrix:
        return True
    if isinstance(x, np.ndarray) and x.dtype == object and x.ndim:
        return any(map(holds_in, x.flat))
    return any(map(holds_in, x)) if isinstance(x, list | tuple) else holds(x)


# ---------------------------------------------------------------- made


def _made(
    cls: Any, given: Any, shape: Any = None, dtype: Any = None, copy: bool = False, **options: Any
) -> Any:
    """A matrix of a class of scipy.sparse, of entries that may be Duals."""
    format, _, kind = cls.__name__.partition("_")
    if _is_whole(dtype):
        given = _values(given)
    if not holds_in(given):
        return that_may_open(cls(given, shape=shape, dtype=dtype, copy=copy, **options))
    if type(given) is SparseMatrix:
        rows, cols, data = given.entries()
        return SparseMatrix(rows, cols, data, given.shape, format, kind == "matrix")
    if not isinstance(given, tuple):
        return rearranged(lambda entries: cls(entries, shape=shape), stacked(settled(given)))
    data, *where = given
    where = _values(where)  # which may come from an array whose other columns are differentiated
    if not holds_in(data):
        return that_may_open(cls((data, *where), shape=shape, dtype=dtype, copy=copy, **options))
    by_coordinates = len(where) == 1 and format in ("csr", "csc", "coo")
    as_given = class_of("coo", kind) if by_coordinates else cls  # which adds nothing up

    def put(entries: Any) -> Any:
        return as_given((entries, *where), shape=shape).asformat(format)

    if by_coordinates:
        coo = as_given((np.arange(len(data)), *where), shape=shape)
        entries = as_array(data)
        of_places = SparseMatrix(coo.row, coo.col, entries, coo.shape, format, kind == "matrix")
        if format == "coo":
            of_places._given = lambda: coo
        return of_places
    entries = stacked(settled(data))
    by_rows = rearranged(put, entries)
    if len(where) == 2:
        by_rows._given = lambda: put(np.ones(len(entries)))
    return by_rows


def _is_whole(dtype: Any) -> bool:
    """Whether it is a type of whole numbers or truth values, which hold no derivative."""
    return dtype is not None and np.dtype(dtype).kind in "biu"


def _values(x: Any) -> Any:
    """What a matrix is made of, without derivatives."""
    if type(x) is SparseMatrix:
        return x.plain()
    return type(x)(map(_values, x)) if isinstance(x, list | tuple) else primal(settled(x))


def of_dense(A: Any) -> Any:
    import scipy.sparse

    return _made(scipy.sparse.csc_array, A)


def class_of(format: str, kind: str) -> Any:
    import scipy.sparse

    return getattr(scipy.sparse, f"{format}_{kind}")


def _moved(called: Any, f: Function, entries: Any, *args: Any, **options: Any) -> Any:
    """For what only moves entries about: those of its first argument."""
    if _is_whole(options.get("dtype")):
        entries = _values(entries)
    if not holds_in(entries):
        return that_may_open(f(entries, *args, **options))
    options.pop("dtype", None)
    if isinstance(entries, np.ndarray):
        entries = entries.tolist()
    return rearranged(lambda numbered: f(numbered, *args, **options), entries)


def _kron(called: Any, kron: Function, A: Any, B: Any, format: Any = None) -> Any:
    if not holds_in((A, B)):
        return kron(A, B, format)
    like = A if type(A) is SparseMatrix else B
    (a, b), (m, n) = (tuple(map(sparse, (A, B)))), np.shape(B) if not is_sparse(B) else B.shape
    rows, cols, data = a.entries()
    their_rows, their_cols, theirs = b.entries()
    return SparseMatrix(
        np.ravel(rows[:, None] * m + their_rows),
        np.ravel(cols[:, None] * n + their_cols),
        np.ravel(data[:, None] * theirs),
        (a.shape[0] * m, a.shape[1] * n),
        format or like.format,
        like._is_matrix,
    )


def sparse(x: Any) -> Any:
    if is_sparse(x):
        return as_sparse(x)
    x = settled(x)
    rows, cols = np.indices(np.shape(x))
    return SparseMatrix(rows.ravel(), cols.ravel(), np.ravel(x), np.shape(x))


def _find(called: Any, find: Function, A: Any) -> Any:
    return as_sparse(A).entries() if holds_in(A) else find(A)


def _is_sparse(called: Any, f: Function, x: Any) -> bool:
    return type(x) is SparseMatrix or f(x)


def _method(name: str) -> Function:
    """A method of SciPy's matrices that may be given Duals."""

    def method(called: Any, f: Function, A: Any, *args: Any, **options: Any) -> Any:
        if not is_sparse(A):  # a linear operator
            return by_its_text(called, f)(A, *args, **options)
        return getattr(as_sparse(A) if of_scipy(A) and holds_in(args) else A, name)(*args, **options)

    return method


def _setdiag(called: Any, f: Function, A: Any, values: Any, k: int = 0) -> None:
    values = settled(values)
    mode = mode_in(stacked(values))
    if mode is not None and of_scipy(A) and opens(A, mode):
        A.setdiag(values, k)
    else:
        f(A, values, k)


# ---------------------------------------------------------------- functions of matrices


def _by_dense(f: Function) -> Function:
    """By the same function of the dense matrix."""

    def by_dense(called: Any, original: Function, A: Any, *args: Any, **options: Any) -> Any:
        if type(A) is not SparseMatrix:
            return original(A, *args, **options)
        return f(A.toarray(), *args, **options)

    return by_dense


def _exponential(A: Any) -> Any:
    from ...linalg import expm

    return sparse(expm(A)).asformat("csc")


def _inverse(A: Any) -> Any:
    return sparse(np.linalg.inv(A)).asformat("csc")


def _times_exponential(A: Any, B: Any, *args: Any, **options: Any) -> Any:
    from ...linalg import expm

    if args or options:
        raise NoRuleError("expm_multiply at several times: write expm(t * A) @ B for each")
    return expm(A) @ settled(B)


#: The name of a class -> what makes an object of it, given the class.
MATRICES: dict[str, Function] = {
    f"{format}_{kind}": _made for format in FORMATS for kind in ("matrix", "array")
}

#: The module and the name of a function of SciPy -> what stands in for it.
SPARSE: dict[tuple[str, str], Function] = {
    **{
        ("sparse", name): _moved
        for name in ("diags", "diags_array", "spdiags", "bmat", "block_array", "hstack", "vstack",
                     "block_diag", "tril", "triu", "permute_dims", "swapaxes")
    },
    **{
        ("sparse", name): _method(name)
        for name in ("multiply", "dot", "__mul__", "__rmul__", "__truediv__", "__add__", "__radd__",
                     "__sub__", "__rsub__")
    },
    ("sparse", "setdiag"): _setdiag,
    **{("sparse", name): _is_sparse for name in ("issparse", "isspmatrix")},
    ("sparse", "kron"): _kron,
    ("sparse", "find"): _find,
    ("sparse", "norm"): _by_dense(np.linalg.norm),
    ("sparse", "expm"): _by_dense(_exponential),
    ("sparse", "inv"): _by_dense(_inverse),
    ("sparse", "expm_multiply"): _by_dense(_times_exponential),
}  # fmt: skip
