"""The stand-ins for functions of SciPy that are compiled inside, together; Lambert's W and its like."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..linear import is_complex
from .legendre import LEGENDRE
from .matrices.banded import BANDED
from .matrices.sparse_functions import SPARSE
from .matrices.sparse_solvers import SOLVERS_OF_SPARSE
from .matrices.sparse_spectra import SPECTRA
from .points.clusters import CLUSTERS_ASKED
from .points.distances import DISTANCES
from .points.rotations import ROTATIONS
from .samples import DISTRIBUTIONS, DISTRIBUTIONS_BY_NAME
from .scipy_arrays import Function, as_array, by_its_text, by_slopes, unless_plain, with_value
from .signals.filters import FILTERS_ASKED
from .signals.fourier import FOURIER, HANKEL
from .solutions.differential import EQUATIONS, SOLVERS
from .solutions.least_squares import LEAST_SQUARES
from .solutions.linear_programs import PROGRAMS, TRANSPORT
from .solutions.minima import MINIMIZERS
from .solutions.quadrature import QUADRATURE
from .solutions.roots import ROOTS
from .splines.interpolation import SPLINES
from .splines.scattered import SCATTERED


def _of_numbers(stand_ins: dict[Any, Function]) -> dict[Any, Function]:
    """Stand-ins for functions that call none of the user's: without Duals these run as they are."""
    return {place: unless_plain(f) for place, f in stand_ins.items()}


def _by_position(solver: Function) -> Function:
    """The user's function may be given by name: ``newton(func=f, x0=1.0)``."""

    def called_so(called: Any, original: Function, *args: Any, **options: Any) -> Any:
        for name in ("f", "func", "fun"):
            if name in options:
                args = (options.pop(name), *args)
        return solver(called, original, *args, **options)

    return called_so


def scipy_stand_in(f: Any) -> Function | None:
    """What is called in place of a function of SciPy, as ``(called, f, *arguments)``; None: ``f`` itself."""
    if "<locals>" in getattr(f, "__qualname__", ""):  # which may have any name
        return None
    place = f.__module__.split(".")[1], f.__name__
    solver = _FUNCTIONS.get(place)
    if solver:
        return _by_position(solver)
    name = getattr(f, "__qualname__", "")
    last = f.__module__.rpartition(".")[2]
    return ROTATIONS.get((last, f.__name__)) or _BY_QUALIFIED_NAME.get(name)


# ---------------------------------------------------------------- special functions


def _lambertw(called: Any, lambertw: Function, z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """``W' = exp(-W) / (1 + W)``, on each branch."""
    return by_slopes(lambertw, lambda z: lambertw(z, k, tol), lambda y, z: np.exp(-y) / (1 + y))(as_array(z))


def _logsumexp(called: Any, logsumexp: Function, a: Any, *more: Any, **options: Any) -> Any:
    """Of several largest entries SciPy takes the one and the number: that has no second derivative."""
    x, axis = as_array(a), more[0] if more else options.get("axis")
    y = by_its_text(called, logsumexp)(a, *more, **options)
    if type(x) is not Dual or type(y) is not Dual or is_complex(x) or len(more) > 1 or {*options} - _OF_SUMS:
        return y
    top = np.max(primal(x), axis, keepdims=True)
    if not np.all(np.isfinite(top)) or np.all(np.sum(primal(x) == top, axis) < 2):
        return y
    total = np.sum(np.exp(x - top), axis, keepdims=options.get("keepdims", False))
    return with_value(y, np.log(total))


#: The arguments that do without weights.
_OF_SUMS = frozenset({"axis", "keepdims"})


def _spherical(below: int, above: int) -> Function:
    """Spherical Bessel functions: ``(2 n + 1) f_n' = below n f_(n-1) + above (n+1) f_(n+1)``."""

    def evaluate(called: Any, function: Function, n: Any, z: Any, derivative: bool = False) -> Any:
        def of(n: Any, z: Any, derivative: bool = True) -> Any:
            return evaluate(called, function, n, z, derivative)

        def slope(y: Any, z: Any) -> Any:
            if not derivative:
                return of(n, z)
            first, last = of(np.maximum(n, 1) - 1, z), of(np.add(n, 1), z)
            return (np.multiply(below, n) * first + above * np.add(n, 1) * last) / (np.multiply(2, n) + 1)

        return by_slopes(function, lambda z: function(n, z, derivative), slope)(settled(z))

    return evaluate


# ---------------------------------------------------------------- what stands in for what

_BY_QUALIFIED_NAME: dict[str, Function] = {
    **_of_numbers({**SPLINES, **SCATTERED, **LEGENDRE}),
    **SOLVERS,
    **DISTRIBUTIONS_BY_NAME,
}

_FUNCTIONS: dict[tuple[str, str], Function] = {
    **FOURIER,
    **DISTANCES,
    **MINIMIZERS,
    **LEAST_SQUARES,
    **EQUATIONS,
    **PROGRAMS,
    **_of_numbers({**BANDED, **TRANSPORT, **HANKEL}),
    **SPARSE,
    **SOLVERS_OF_SPARSE,
    **SPECTRA,
    **QUADRATURE,
    **CLUSTERS_ASKED,
    **FILTERS_ASKED,
    **DISTRIBUTIONS,
    **ROOTS,
    ("special", "lambertw"): _lambertw,
    ("special", "logsumexp"): _logsumexp,
    ("special", "spherical_jn"): _spherical(1, -1),
    ("special", "spherical_yn"): _spherical(1, -1),
    ("special", "spherical_in"): _spherical(1, 1),
    ("special", "spherical_kn"): _spherical(-1, -1),
}
