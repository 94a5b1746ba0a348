"""Stand-ins for the functions of scipy.sparse that find some of the eigenvalues or singular values.

SciPy says which ones, the derivative is that of the dense matrix: of all pairs, those that SciPy has found.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal, settled, stacked
from ..scipy_arrays import Function, with_value
from .sparse_arrays import SparseMatrix, is_sparse
from .sparse_functions import holds_in


def _dense(called: Any, A: Any) -> Any:
    """A matrix that holds Duals, or an operator whose function does, as an array; else as it is."""
    if type(A) is SparseMatrix:
        return A.toarray()
    if hasattr(A, "matvec"):
        forth = called(A.matvec)
        if holds_in(forth(np.zeros(A.shape[1]))):
            return np.stack([settled(forth(column)) for column in np.eye(A.shape[1])], axis=1)
    return stacked(settled(A))


def _plain(A: Any, dense: Any) -> Any:
    """What SciPy is given for a matrix."""
    return A.plain() if type(A) is SparseMatrix else primal(dense)


def _as_array(A: Any) -> Any:
    """What stands beside a matrix of Duals, as an array."""
    if hasattr(A, "matvec"):
        return A @ np.eye(A.shape[1])
    return A.toarray() if is_sparse(A) else A


def _found(given: Any, all_of_them: Any) -> tuple[Any, Any]:
    """Which columns are those that SciPy gives, and their factors: a sign, or a phase."""
    given, v = primal(given), primal(all_of_them)
    products = np.conj(np.transpose(given)) @ v / np.linalg.norm(v, axis=0)
    which = np.argmax(np.abs(products), axis=1)
    v = v[:, which]
    return which, np.sum(np.conj(v) * given, axis=0) / np.sum(np.abs(v) ** 2, axis=0)


def _in_order_of(values: Any, others: Any) -> Any:
    """The places among the others of the same values, each once."""
    places = np.argmin(np.abs(np.subtract.outer(values, others)), axis=1)
    if len(set(places.tolist())) < len(places):  # some are repeated
        places[np.argsort(values)] = np.argsort(others)
    return places


def _eigenpairs(dense: str) -> Function:
    """By the function of scipy.linalg of this name."""

    def eigenpairs(
        called: Any, f: Function, A: Any, k: int = 6, M: Any = None, *args: Any, **options: Any
    ) -> Any:
        import scipy.linalg

        matrix, mass = _dense(called, A), _dense(called, M)
        args = tuple(primal(settled(a)) for a in args)
        options = {name: primal(settled(value)) for name, value in options.items()}
        if not holds_in((matrix, mass)):
            return f(A, k, M, *args, **options)
        for name in "Minv", "OPinv":  # made of the same Duals; SciPy has its own
            options.pop(name, None)
        plain = _plain(A, matrix), k, _plain(M, mass), *args
        matrix, mass = _as_array(matrix), _as_array(mass)
        wanted = options.pop("return_eigenvectors", True)
        values, vectors = f(*plain, **options)
        w, v = called(getattr(scipy.linalg, dense))(matrix, mass)
        which, factors = _found(vectors, v)
        if wanted:
            return with_value(values, w[which]), with_value(vectors, v[:, which] * factors)
        alone = f(*plain, **options, return_eigenvectors=False)  # which come in another order
        return with_value(alone, w[which[_in_order_of(alone, values)]])

    return eigenpairs


def _svds(called: Any, svds: Function, A: Any, *args: Any, **options: Any) -> Any:
    matrix = _dense(called, A)
    if not holds_in(matrix):
        return svds(A, *args, **options)
    wanted = options.pop("return_singular_vectors", True)
    given_u, given_s, given_vh = svds(_plain(A, matrix), *args, **options)
    u, s, vh = np.linalg.svd(matrix, full_matrices=False)
    which, factors = _found(given_u, u)
    values = with_value(given_s, s[which])
    if wanted is False:
        return values
    left = with_value(given_u, u[:, which] * factors)
    right = with_value(given_vh, np.conj(factors)[:, None] * vh[which])
    return None if wanted == "vh" else left, values, None if wanted == "u" else right


#: The module and the name of a function of SciPy -> what stands in for it.
SPECTRA: dict[tuple[str, str], Function] = {
    ("sparse", "eigsh"): _eigenpairs("eigh"),
    ("sparse", "eigs"): _eigenpairs("eig"),
    ("sparse", "svds"): _svds,
}
