"""Matrices given in parts: bands, diagonals, a row and a column. The derivative is that of the whole."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal
from ...errors import NoRuleError
from ..scipy_arrays import Function, as_array, by_name, with_value
from .scipy_equations import of_bands


def _eigen(f: Function, given: Any, matrix: Any, options: dict[str, Any]) -> Any:
    """Eigenvalues, and vectors with SciPy's signs, of the symmetric matrix that SciPy is given in parts."""
    plain = f(*map(primal, given), **options)
    values = np.linalg.eigvalsh(matrix)
    chosen = _chosen(primal(values), options.get("select", "a"), options.get("select_range"))
    if options.get("eigvals_only") or f.__name__.startswith("eigvals"):
        return with_value(plain, values[chosen])
    w, v = np.linalg.eigh(matrix)
    w, v = w[chosen], v[:, chosen]
    return with_value(plain, (w, v * np.sign(np.sum(primal(v) * plain[1], axis=0))))


def _chosen(w: Any, select: Any, limits: Any) -> Any:
    """Which eigenvalues are wanted: all, those of some numbers, or those between two."""
    if select in ("i", "index", 2):
        return slice(limits[0], limits[1] + 1)
    if select in ("v", "value", 1):
        return np.flatnonzero((w > limits[0]) & (w <= limits[1]))
    return slice(None)


def _tridiagonal(called: Any, f: Function, *args: Any, **options: Any) -> Any:
    options = by_name(f, args, options)
    d, e = (as_array(options.pop(name)) for name in "de")
    return _eigen(f, (d, e), np.diag(d) + np.diag(e, 1) + np.diag(e, -1), options)


def _banded(called: Any, f: Function, *args: Any, **options: Any) -> Any:
    options = by_name(f, args, options)
    a = as_array(options.pop("a_band"))
    if np.iscomplexobj(primal(a)):
        raise NoRuleError(
            f"scipy.linalg.{f.__name__} has no derivative rule for complex matrices; write np.linalg.eigh of "
            "the full matrix"
        )
    return _eigen(f, (a,), of_bands(a, options.get("lower", False))(a), options)


def _solve_toeplitz(called: Any, f: Function, c_or_cr: Any, b: Any, **options: Any) -> Any:
    c, r = c_or_cr if isinstance(c_or_cr, tuple) else (c_or_cr, None)
    c, b = as_array(c), as_array(b)
    r = np.conjugate(c) if r is None else as_array(r)
    value = f((primal(c), primal(r)), primal(b), **options)
    n = np.size(primal(c))
    ends = np.concatenate([np.ravel(r)[:0:-1], np.ravel(c)])  # from the upper right to the lower left
    matrix = ends[np.arange(n)[:, None] - np.arange(n) + n - 1]
    return with_value(value, np.linalg.solve(matrix, b))


#: The module and the name of a function of SciPy -> what stands in for it.
BANDED: dict[tuple[str, str], Function] = {
    ("linalg", "eigh_tridiagonal"): _tridiagonal,
    ("linalg", "eigvalsh_tridiagonal"): _tridiagonal,
    ("linalg", "eig_banded"): _banded,
    ("linalg", "eigvals_banded"): _banded,
    ("linalg", "solve_toeplitz"): _solve_toeplitz,
}
