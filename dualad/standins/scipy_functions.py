"""The stand-ins for functions of SciPy that are compiled inside, together."""

from __future__ import annotations

from typing import Any

from .matrices.banded import BANDED
from .matrices.sparse_functions import SPARSE
from .matrices.sparse_solvers import SOLVERS_OF_SPARSE
from .matrices.sparse_spectra import SPECTRA
from .points.clusters import CLUSTERS_ASKED
from .points.distances import DISTANCES
from .points.rotations import ROTATIONS
from .samples import DISTRIBUTIONS, DISTRIBUTIONS_BY_NAME
from .scipy_arrays import Function, unless_plain
from .signals.filters import FILTERS_ASKED
from .signals.fourier import FOURIER, HANKEL
from .solutions.differential import EQUATIONS, SOLVERS
from .solutions.least_squares import LEAST_SQUARES
from .solutions.linear_programs import PROGRAMS, TRANSPORT
from .solutions.minima import MINIMIZERS
from .solutions.quadrature import QUADRATURE
from .solutions.roots import ROOTS
from .special_functions import LEGENDRE, SPECIAL
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
    **SPECIAL,
}
