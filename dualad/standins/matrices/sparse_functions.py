"""Stand-ins for the functions of scipy.sparse: matrices made, put together, and solved with, of Duals."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...dual import Dual, primal, settled, stacked
from ...errors import UnsupportedError
from ...linear import depth_of, plain
from ..scipy_arrays import holds, with_value
from .sparse_arrays import SparseMatrix, as_sparse, is_sparse, of_scipy, rearranged

__all__ = ["SPARSE", "matrix_class", "solving"]

Function = Callable[..., Any]

_FORMATS = ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")


def _holds(x: Any) -> bool:
    """Whether there is a Dual in arguments, or in a matrix among them."""
    if type(x) is SparseMatrix:
        return True
    if isinstance(x, np.ndarray) and x.dtype == object and x.ndim:
        return any(map(_holds, x.flat))
    return any(map(_holds, x)) if isinstance(x, list | tuple) else holds(x)


# ---------------------------------------------------------------- made


def matrix_class(cls: type) -> Function | None:
    """What makes a matrix of a class of scipy.sparse, of entries that may be Duals, or None."""
    format, _, kind = cls.__name__.partition("_")
    if (
        format not in _FORMATS
        or kind not in ("matrix", "array")
        or not cls.__module__.startswith("scipy.sparse")
    ):
        return None

    @functools.wraps(cls, updated=())
    def made(given: Any, shape: Any = None, dtype: Any = None, copy: bool = False, **options: Any) -> Any:
        if not _holds(given):
            return cls(given, shape=shape, dtype=dtype, copy=copy, **options)
        if type(given) is SparseMatrix:
            rows, cols, data = given.entries()
            return SparseMatrix(rows, cols, data, given.shape, format, kind == "matrix")
        if not isinstance(given, tuple):
            return rearranged(lambda entries: cls(entries, shape=shape), stacked(settled(given)))
        data, *where = given
        where = _places(where)
        if not _holds(data):
            return cls((data, *where), shape=shape, dtype=dtype, copy=copy, **options)
        by_coordinates = len(where) == 1 and format in ("csr", "csc", "coo")
        as_given = _class_of("coo", kind) if by_coordinates else cls  # which adds nothing up

        def put(entries: Any) -> Any:
            return as_given((entries, *where), shape=shape).asformat(format)

        if by_coordinates:
            coo = as_given((np.arange(len(data)), *where), shape=shape)
            entries = stacked(settled(data)) if isinstance(data, list | tuple) else settled(data)
            return SparseMatrix(coo.row, coo.col, entries, coo.shape, format, kind == "matrix")
        return rearranged(put, stacked(settled(data)))

    return made


def _places(x: Any) -> Any:
    """Indices, which may come from an array whose other columns are differentiated, by their values."""
    return type(x)(map(_places, x)) if isinstance(x, list | tuple) else primal(settled(x))


def _of_dense(A: Any) -> Any:
    import scipy.sparse

    made = matrix_class(scipy.sparse.csc_array)
    return None if made is None else made(A)


def _class_of(format: str, kind: str) -> Any:
    import scipy.sparse

    return getattr(scipy.sparse, f"{format}_{kind}")


def _moved(called: Any, f: Function, entries: Any, *args: Any, **options: Any) -> Any:
    """For what only moves entries about: those of its first argument."""
    if not _holds(entries):
        return f(entries, *args, **options)
    options.pop("dtype", None)
    if isinstance(entries, np.ndarray):
        entries = entries.tolist()
    return rearranged(lambda numbered: f(numbered, *args, **options), entries)


def _kron(called: Any, kron: Function, A: Any, B: Any, format: Any = None) -> Any:
    if not _holds((A, B)):
        return kron(A, B, format)
    like = A if type(A) is SparseMatrix else B
    (a, b), (m, n) = (tuple(map(_sparse, (A, B)))), np.shape(B) if not is_sparse(B) else B.shape
    rows, cols, data = a.entries()
    their_rows, their_cols, theirs = b.entries()
    made = SparseMatrix(
        np.ravel(rows[:, None] * m + their_rows),
        np.ravel(cols[:, None] * n + their_cols),
        np.ravel(data[:, None] * theirs),
        (a.shape[0] * m, a.shape[1] * n),
        format or like.format,
        like._is_matrix,
    )
    return made


def _sparse(x: Any) -> Any:
    if is_sparse(x):
        return as_sparse(x)
    x = settled(x)
    rows, cols = np.indices(np.shape(x))
    return SparseMatrix(rows.ravel(), cols.ravel(), np.ravel(x), np.shape(x))


def _find(called: Any, find: Function, A: Any) -> Any:
    return as_sparse(A).entries() if _holds(A) else find(A)


def _is_sparse(called: Any, f: Function, x: Any) -> bool:
    return type(x) is SparseMatrix or f(x)


def _method(name: str) -> Function:
    """A method of SciPy's matrices that may be given Duals."""

    def method(called: Any, f: Function, A: Any, *args: Any, **options: Any) -> Any:
        return getattr(as_sparse(A) if of_scipy(A) and _holds(args) else A, name)(*args, **options)

    return method


# ---------------------------------------------------------------- solved with


class _Inverse:
    """What a factorisation solves with, as a constant matrix: what `SparseLeft` multiplies by."""

    def __init__(self, factors: Any, transposed: bool = False):
        self._factors, self._transposed = factors, transposed
        self.shape = factors.shape

    @property
    def T(self) -> _Inverse:
        return _Inverse(self._factors, not self._transposed)

    @property
    def data(self) -> Any:
        return np.zeros(self._factors.nnz)

    def tocsr(self) -> Any:
        """The pattern of the inverse: everything depends on everything."""
        return _class_of("csr", "array")(np.ones(self.shape))

    def __matmul__(self, b: Any) -> Any:
        if type(b) is Dual:
            return NotImplemented  # it asks back, with its values
        if np.iscomplexobj(b) and not np.iscomplexobj(self._factors.L.data):
            return self @ b.real + 1j * (self @ b.imag)
        return self._factors.solve(np.ascontiguousarray(b), "T" if self._transposed else "N")


def _factors(A: Any) -> Any:
    from scipy.sparse.linalg import splu

    return splu(as_sparse(A).plain(plain(as_sparse(A).entries()[2])).tocsc())


def _refined(A: Any, b: Any, x: Any, inverse: _Inverse) -> Any:
    """The solution x for the values, as a function of the entries: steps that take up one order each."""
    start = x
    for _ in range(max(depth_of(as_sparse(A).entries()[2]), depth_of(b))):
        x = x + inverse @ (b - A @ x)
    return with_value(start, x)


def _right(b: Any) -> Any:
    return settled(b).toarray() if is_sparse(b) else stacked(settled(b))


def _plain(x: Any) -> Any:
    return x.plain() if type(x) is SparseMatrix else primal(x)


def _spsolve(called: Any, spsolve: Function, A: Any, b: Any, *args: Any, **options: Any) -> Any:
    if not _holds((A, b)):
        return spsolve(A, b, *args, **options)
    A = A if is_sparse(A) else _of_dense(A)
    right, factors = _right(b), _factors(A)
    if np.ndim(right) == 2 and np.shape(right)[1] == 1:
        right = right[:, 0]
    x = _refined(
        A,
        right,
        factors.solve(np.asarray(plain(right), float if factors.L.dtype == float else complex)),
        _Inverse(factors),
    )
    return _sparse(x).asformat("csr") if is_sparse(b) and np.ndim(x) == 2 else x


def solving(factors: Any) -> Function:
    """The method ``solve`` of a factorisation of SciPy's, which is plain, for what may be a Dual."""

    def solve(rhs: Any, trans: str = "N") -> Any:
        return _Solver(None, factors).solve(rhs, trans) if _holds(rhs) else factors.solve(rhs, trans)

    return solve


class _Solver:
    """What `splu` returns, for a matrix that may have Duals, or none where the factors are plain."""

    def __init__(self, A: Any, factors: Any = None):
        self._matrix, self._factors = A, factors or _factors(A)
        self.shape, self.nnz = self._factors.shape, self._factors.nnz

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        A, inverse, b = self._matrix, _Inverse(self._factors), _right(rhs)
        if trans == "H" and np.iscomplexobj(self._factors.L.data):
            raise UnsupportedError(
                'solve(b, "H") of a complex matrix: write np.conj(lu.solve(np.conj(b), "T"))'
            )
        if trans != "N":
            A, inverse = A if A is None else A.T, inverse.T
        return inverse @ b if A is None else _refined(A, b, inverse @ plain(b), inverse)

    __call__ = solve


def _splu(called: Any, f: Function, A: Any, *args: Any, **options: Any) -> Any:
    """`splu` and `factorized`."""
    return _Solver(A) if _holds(A) else f(A, *args, **options)


def _spilu(called: Any, spilu: Function, A: Any, *args: Any, **options: Any) -> Any:
    """A preconditioner, which changes nothing of the solution."""
    return spilu(_plain(A), *args, **options)


def _iterative(called: Any, solver: Function, A: Any, b: Any, x0: Any = None, **options: Any) -> Any:
    """The value is that of the iteration, the derivative that of the solution."""
    if not is_sparse(A) or not _holds((A, b, x0)):
        return solver(A, b, x0=x0, **options)  # by its name, for SciPy 1.13
    b = _right(b)
    options = {name: _plain(value) for name, value in options.items()}
    x, info = solver(_plain(A), primal(b), x0=_plain(x0), **options)
    flat = b[:, 0] if np.ndim(b) == 2 else b
    return _refined(A, flat, x, _Inverse(_factors(A))), info


def _by_dense(f: Function) -> Function:
    """By the same function of the dense matrix."""

    def by_dense(called: Any, original: Function, A: Any, *args: Any, **options: Any) -> Any:
        if type(A) is not SparseMatrix:
            return original(A, *args, **options)
        return f(A.toarray(), *args, **options)

    return by_dense


def _eigsh(called: Any, eigsh: Function, A: Any, *args: Any, **options: Any) -> Any:
    """Of all eigenvalues those that SciPy finds; vectors with its signs."""
    if type(A) is not SparseMatrix:
        return eigsh(A, *args, **options)
    if options.get("M") is not None:
        raise UnsupportedError("eigsh with M= of a matrix of Duals: write scipy.linalg.eigh(A.toarray(), M)")
    wanted = options.pop("return_eigenvectors", True)
    values, vectors = eigsh(A.plain(), *args, **options)
    w, v = np.linalg.eigh(A.toarray())
    which = np.argmax(np.abs(np.conj(np.transpose(vectors)) @ primal(v)), axis=1)
    w, v = w[which], v[:, which]
    if not wanted:
        return with_value(values, w)
    signs = np.sum(np.conj(primal(v)) * vectors, axis=0)
    return with_value(values, w), with_value(vectors, v * (signs / np.abs(signs)))


def _exponential(A: Any) -> Any:
    from ...linalg import expm

    return _sparse(expm(A)).asformat("csc")


def _inverse(A: Any) -> Any:
    return _sparse(np.linalg.inv(A)).asformat("csc")


def _times_exponential(A: Any, B: Any, *args: Any, **options: Any) -> Any:
    from ...linalg import expm

    if args or options:
        raise UnsupportedError("expm_multiply at several times: write expm(t * A) @ B for each")
    return expm(A) @ settled(B)


#: The module and the name of a function of SciPy -> what stands in for it.
SPARSE: dict[tuple[str, str], Function] = {
    **{
        ("sparse", name): _moved
        for name in ("diags", "diags_array", "spdiags", "bmat", "block_array", "hstack", "vstack",
                     "block_diag", "tril", "triu")
    },
    **{
        ("sparse", name): _method(name)
        for name in ("multiply", "dot", "__mul__", "__rmul__", "__truediv__", "__add__", "__radd__",
                     "__sub__", "__rsub__")
    },
    **{("sparse", name): _is_sparse for name in ("issparse", "isspmatrix")},
    ("sparse", "kron"): _kron,
    ("sparse", "find"): _find,
    ("sparse", "spsolve"): _spsolve,
    ("sparse", "splu"): _splu,
    ("sparse", "factorized"): _splu,
    ("sparse", "spilu"): _spilu,
    **{
        ("sparse", name): _iterative
        for name in ("cg", "cgs", "bicg", "bicgstab", "gmres", "lgmres", "minres", "qmr", "gcrotmk", "tfqmr")
    },
    ("sparse", "norm"): _by_dense(np.linalg.norm),
    ("sparse", "eigsh"): _eigsh,
    ("sparse", "expm"): _by_dense(_exponential),
    ("sparse", "inv"): _by_dense(_inverse),
    ("sparse", "expm_multiply"): _by_dense(_times_exponential),
}  # fmt: skip
