"""Linear programs: the value is SciPy's, the derivative that of the equations which hold at the solution."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal, settled
from ...dual.containers import mode_in
from ...errors import NoRuleError, UnsupportedError
from ..matrices.sparse_arrays import is_sparse
from ..scipy_arrays import Function, as_array, with_value


def _linprog(
    called: Any, linprog: Function, c: Any, A_ub: Any = None, b_ub: Any = None, A_eq: Any = None,
    b_eq: Any = None, bounds: Any = (0, None), *more: Any, **options: Any,
) -> Any:  # fmt: skip
    """At a vertex as many constraints hold as there are variables, and these equations give it."""
    arrays = (a.toarray() if is_sparse(a) else a for a in (c, A_ub, b_ub, A_eq, b_eq))
    given = [None if a is None else as_array(a) for a in arrays]
    c, A_ub, b_ub, A_eq, b_eq = given
    if mode_in(settled(bounds)) is not None:
        raise NoRuleError(
            "scipy.optimize.linprog has no derivative by bounds=; write them as rows of A_ub and b_ub"
        )
    result = linprog(*map(primal, given), bounds, *more, **options)
    if mode_in(given) is None or not result.success:
        return result
    A, b = _equations(result, A_ub, b_ub, A_eq, b_eq)
    result.x = with_value(result.x, np.linalg.solve(A, b))
    result.fun = with_value(result.fun, c @ result.x)
    for name in ("slack", "con"):
        matrix, side = (A_ub, b_ub) if name == "slack" else (A_eq, b_eq)
        if matrix is not None:
            result[name] = with_value(result[name], np.ravel(side) - matrix @ result.x)
    for name in ("lower", "upper", "eqlin", "ineqlin"):  # which would be plain numbers
        result.pop(name, None)
    return result


def _equations(result: Any, A_ub: Any, b_ub: Any, A_eq: Any, b_eq: Any) -> tuple[Any, Any]:
    """The constraints that hold with equality at the solution, as many as there are variables."""
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
    return A, b


def _milp(
    called: Any, milp: Function, c: Any, *, constraints: Any = None, bounds: Any = None, **options: Any
) -> Any:
    """Where only the objective changes, its corner stays the best one."""
    given = constraints if isinstance(constraints, list | tuple) else [constraints]
    parts = [vars(one) if hasattr(one, "__dict__") else one for one in (*given, bounds) if one is not None]
    if mode_in(settled(parts)) is not None:
        raise NoRuleError(
            "scipy.optimize.milp has no derivative by its constraints; write scipy.optimize.linprog where no "
            "variable is a whole number"
        )
    c = as_array(c)
    result = milp(primal(c), constraints=constraints, bounds=bounds, **options)
    if mode_in(c) is not None and result.x is not None:
        result.fun = with_value(result.fun, c @ result.x)
    return result


def _transport(
    called: Any, distance: Function, u: Any, v: Any, u_weights: Any = None, v_weights: Any = None
) -> Any:
    """The cost of the best plan: it moves with the distances as these are used, and with the weights."""
    given = [None if a is None else as_array(a) for a in (u, v, u_weights, v_weights)]
    from scipy import optimize, stats

    u, v, *weights = given
    if np.ndim(u) == 1:
        return called(stats.wasserstein_distance)(*given)
    value = distance(*map(primal, given))
    if not np.isfinite(value):
        return value
    m, n = len(u), len(v)
    costs = np.linalg.norm(u[:, None] - v[None], axis=-1)
    masses = np.concatenate(
        [np.full(k, 1 / k) if w is None else w / np.sum(w) for k, w in zip((m, n), weights, strict=True)]
    )
    both = np.concatenate([np.repeat(np.eye(m), n, axis=0), np.tile(np.eye(n), (m, 1))], axis=1)
    found = optimize.linprog(-primal(masses), both, primal(costs).ravel(), bounds=(None, None))
    plan = -np.reshape(found.ineqlin.marginals, (m, n))
    return with_value(value, np.sum(plan * costs) + found.x @ (masses - primal(masses)))


#: The module and the name of a function of SciPy -> what stands in for it.
PROGRAMS: dict[tuple[str, str], Function] = {("optimize", "linprog"): _linprog, ("optimize", "milp"): _milp}

#: The same for Duals.
TRANSPORT: dict[tuple[str, str], Function] = {("stats", "wasserstein_distance_nd"): _transport}
