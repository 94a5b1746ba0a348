"""Linear programs of SciPy, `scipy.optimize.linprog`.

The value is SciPy's. The derivative of a solution is that of the equations which hold at it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import primal, settled
from ..dual.containers import mode_in
from ..errors import UnsupportedError
from .scipy_arrays import as_array, with_value

__all__ = ["LINEAR_PROGRAMS"]

Function = Callable[..., Any]


def _linprog(
    called: Any, linprog: Function, c: Any, A_ub: Any = None, b_ub: Any = None, A_eq: Any = None,
    b_eq: Any = None, bounds: Any = (0, None), *more: Any, **options: Any,
) -> Any:  # fmt: skip
    """At a vertex as many constraints hold as there are variables, and these equations give it."""
    given = [None if a is None else as_array(a) for a in (c, A_ub, b_ub, A_eq, b_eq)]
    c, A_ub, b_ub, A_eq, b_eq = given
    if mode_in(settled(bounds)) is not None:
        raise UnsupportedError(
            "scipy.optimize.linprog has no derivative by bounds=; write them as rows of A_ub and b_ub"
        )
    result = linprog(*map(primal, given), bounds, *more, **options)
    if mode_in(given) is None or not result.success:
        return result
    x, n = result.x, len(result.x)
    small = 1e-9 * (1 + np.max(np.abs(x), initial=0.0))
    rows, right = [], []
    if A_eq is not None:
        rows.append(A_eq)
        right.append(np.ravel(b_eq))
    if A_ub is not None:
        tight = np.flatnonzero(result.slack <= small)
        rows.append(A_ub[tight])
        right.append(np.ravel(b_ub)[tight])
    at_bound = np.flatnonzero((result.lower.residual <= small) | (result.upper.residual <= small))
    rows.append(np.eye(n)[at_bound])
    right.append(x[at_bound])
    A, b = np.concatenate(rows), np.concatenate(right)
    if len(b) != n or np.linalg.matrix_rank(primal(A)) != n:
        raise UnsupportedError(
            f"scipy.optimize.linprog: {len(b)} constraints hold at the solution, of {n} variables, so it has "
            "no derivative there; change the data a little, or pass dualad.value of them"
        )
    result.x = with_value(x, np.linalg.solve(A, b))
    result.fun = with_value(result.fun, c @ result.x)
    for name in ("slack", "con"):
        matrix, side = (A_ub, b_ub) if name == "slack" else (A_eq, b_eq)
        if matrix is not None:
            result[name] = with_value(result[name], np.ravel(side) - matrix @ result.x)
    return result


#: The module and the name of a function of SciPy -> what stands in for it.
LINEAR_PROGRAMS: dict[tuple[str, str], Function] = {
    ("optimize", "linprog"): _linprog,
}
