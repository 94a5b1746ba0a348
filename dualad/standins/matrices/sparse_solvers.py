"""Stand-ins for what solves equations with the matrices of scipy.sparse, and with linear operators."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import numpy as np

from ...dual import Dual, primal, settled, stacked
from ...errors import MissingError, NoRuleError, UnsupportedError
from ...linear import depth_of, plain
from ..scipy_arrays import Function, with_value
from .sparse_arrays import SparseMatrix, as_sparse, is_sparse
from .sparse_functions import class_of, holds_in, of_dense, sparse


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
        return class_of("csr", "array")(np.ones(self.shape))

    def __matmul__(self, b: Any) -> Any:
        if type(b) is Dual:
            return NotImplemented  # it asks back, with its values
        dtype = self._factors.L.dtype
        if np.iscomplexobj(b) and dtype.kind == "f":
            return self @ np.real(b) + 1j * (self @ np.imag(b))
        return self._factors.solve(np.ascontiguousarray(b, dtype), "T" if self._transposed else "N")


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
    if not holds_in((A, b)):
        return spsolve(A, b, *args, **options)
    A = A if is_sparse(A) else of_dense(A)
    right, inverse = _right(b), _Inverse(_factors(A))
    if np.ndim(right) == 2 and np.shape(right)[1] == 1:
        right = right[:, 0]
    x = _refined(A, right, inverse @ plain(right), inverse)
    return sparse(x).asformat("csr") if is_sparse(b) and np.ndim(x) == 2 else x


def solving(factors: Any) -> Function:
    """The method ``solve`` of a factorisation of SciPy's, which is plain, for what may be a Dual."""

    def solve(rhs: Any, trans: str = "N") -> Any:
        return _Solver(None, factors).solve(rhs, trans) if holds_in(rhs) else factors.solve(rhs, trans)

    return solve


class _Solver:
    """What `splu` returns, for a matrix that may have Duals, or none where the factors are plain."""

    def __init__(self, A: Any, factors: Any = None):
        self._matrix, self._factors = A, factors or _factors(A)
        self.shape, self.nnz = self._factors.shape, self._factors.nnz

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        A, inverse, b = self._matrix, _Inverse(self._factors), _right(rhs)
        if trans == "H" and np.iscomplexobj(self._factors.L.data):
            raise NoRuleError('solve(b, "H") of a complex matrix: write np.conj(lu.solve(np.conj(b), "T"))')
        if trans != "N":
            A, inverse = A if A is None else A.T, inverse.T
        return inverse @ b if A is None else _refined(A, b, inverse @ plain(b), inverse)

    __call__ = solve

    def __getattr__(self, name: str) -> Any:
        raise MissingError(
            f"a factorisation of a sparse matrix with Duals among its entries has no {name}; write "
            "scipy.linalg.lu(A.toarray())"
        )


def _splu(called: Any, f: Function, A: Any, *args: Any, **options: Any) -> Any:
    """`splu` and `factorized`."""
    return _Solver(A) if holds_in(A) else f(A, *args, **options)


def _spsolve_triangular(
    called: Any, f: Function, A: Any, b: Any, lower: bool = True, *more: Any, **options: Any
) -> Any:
    if not holds_in((A, b)):
        return f(A, b, lower, *more, **options)
    options.update(zip(("overwrite_A", "overwrite_b", "unit_diagonal"), more, strict=False))
    matrix = _plain(A)
    if type(A) is SparseMatrix:
        matrix = matrix.tocsr()
        matrix.eliminate_zeros()  # SciPy 1.13 takes none, not even a 0, in the other triangle
    value = f(matrix, plain(_right(b)), lower, unit_diagonal=options.get("unit_diagonal", False))
    rows, cols, data = as_sparse(A).entries()
    if options.get("unit_diagonal"):
        data = np.where(rows == cols, 1.0, data)
    return with_value(value, _spsolve(called, f, SparseMatrix(rows, cols, data, A.shape, "csc"), b))


#: Whether a solver runs, to which an approximate inverse is a preconditioner.
_solving: ContextVar[bool] = ContextVar("_solving", default=False)


class _Preconditioner:
    """What `spilu` returns: of no influence on what a solver finds, and else without a derivative."""

    def __init__(self, factors: Any):
        self._factors, self.shape, self.nnz = factors, factors.shape, factors.nnz

    def solve(self, rhs: Any, trans: str = "N") -> Any:
        if not _solving.get():
            raise UnsupportedError(
                "spilu(A).solve(b) solves approximately, which has no derivative; write splu(A).solve(b), or "
                "give it to a solver, as in cg(A, b, M=LinearOperator(A.shape, spilu(A).solve))"
            )
        return self._factors.solve(rhs, trans)


def _spilu(called: Any, spilu: Function, A: Any, *args: Any, **options: Any) -> Any:
    factors = spilu(_plain(A), *args, **options)
    return _Preconditioner(factors) if holds_in(A) else factors


def _iterative(called: Any, solver: Function, A: Any, b: Any, x0: Any = None, **options: Any) -> Any:
    """The value is that of the iteration, the derivative that of the solution."""
    token = _solving.set(True)
    try:
        return _iterated(called, solver, A, settled(b), settled(x0), options)
    finally:
        _solving.reset(token)


def _iterated(called: Any, solver: Function, A: Any, b: Any, x0: Any, options: dict[str, Any]) -> Any:
    if hasattr(A, "matvec"):
        return _by_operator(called, solver, A, b, x0, options)
    if not holds_in((A, b, x0)):
        return solver(A, b, x0=x0, **options)  # by its name, for SciPy 1.13
    values = _plain(settled(A))
    A = A if is_sparse(A) else of_dense(settled(A))
    b = _right(b)
    options = {name: _plain(value) for name, value in options.items()}
    x, info = solver(values, primal(b), x0=_plain(x0), **options)
    flat = b[:, 0] if np.ndim(b) == 2 else b
    return _refined(A, flat, x, _Inverse(_factors(A))), info


def _by_operator(called: Any, solver: Function, A: Any, b: Any, x0: Any, options: dict[str, Any]) -> Any:
    """Of an operator, the function of which may hold Duals: it is made a matrix, column by column."""
    from scipy.sparse.linalg import LinearOperator, splu

    forth, back = called(A.matvec), called(A.rmatvec)
    probe = settled(forth(np.zeros(A.shape[1])))
    if not holds_in((probe, b, x0)):
        return solver(A, b, x0=x0, **options)
    values = LinearOperator(
        A.shape,
        lambda v: primal(settled(forth(v))),
        lambda v: primal(settled(back(v))),
        dtype=primal(probe).dtype,
    )
    x, info = solver(values, primal(b), x0=primal(x0), **options)
    columns = [values.matvec(column) for column in np.eye(A.shape[1])]
    inverse = _Inverse(splu(class_of("csc", "array")(np.stack(columns, axis=1))))
    flat, y = np.ravel(b), x
    for _ in range(max(map(depth_of, (probe, b)))):
        y = y + inverse @ (flat - settled(forth(y)))
    return with_value(x, y), info


#: The module and the name of a function of SciPy -> what stands in for it.
SOLVERS_OF_SPARSE: dict[tuple[str, str], Function] = {
    ("sparse", "spsolve"): _spsolve,
    ("sparse", "splu"): _splu,
    ("sparse", "factorized"): _splu,
    ("sparse", "spilu"): _spilu,
    ("sparse", "spsolve_triangular"): _spsolve_triangular,
    **{
        ("sparse", name): _iterative
        for name in ("cg", "cgs", "bicg", "bicgstab", "gmres", "lgmres", "minres", "qmr", "gcrotmk", "tfqmr")
    },
}  # fmt: skip
