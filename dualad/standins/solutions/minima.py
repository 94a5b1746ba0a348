"""Minima that SciPy finds by compiled code or by comparisons, as functions of what they depend on.

SciPy runs on values. At a minimum, constrained or not, the Lagrangian is stationary and the active
constraints are zero; that is a system of equations, whose root depends on the data by the implicit
function theorem (J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed., chapter 12).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...dual import primal, settled, stacked
from ...dual.containers import mode_in
from ...dual.without_rule import by_differences
from ...errors import ConversionError, NoRuleError, UnsupportedError
from ..implicit import root_of, value_and_slope
from ..scipy_arrays import Function, as_array, as_tuple, by_name, plainly, with_value

#: A constraint closer to zero than this is active; a minimum is known to about half of the digits.
_ACTIVE = 1e-6
_NEAR = 1e-2

#: A curvature less than this part of the others may well be none.
_FLAT = 1e-5

#: The options that are derivatives of the function.
_SLOPES = ("jac", "grad", "hess", "hessp")


def _minimize(called: Any, minimize: Function, *given: Any, **named: Any) -> Any:
    """What the methods of `scipy.optimize.minimize`, and what looks for the least of all, are called by."""
    options = by_name(minimize, given, named)
    name = "fun" if "fun" in options else "func"
    f, x0, args = options.pop(name), options.get("x0"), as_tuple(options.get("args", ()))
    gives_slope = type(f).__name__ == "MemoizeJac"  # with jac=True
    f = f.fun if gives_slope else f
    lifted = called(f)
    slope: Any = called(options["jac"]) if callable(options.get("jac")) else None

    def value(x: Any) -> Any:
        y = settled(lifted(x, *args))
        y = as_array(y[0] if gives_slope else y)
        return np.reshape(y, ()) if np.shape(y) else y

    def slope_at(x: Any) -> Any:
        return as_array(lifted(x, *args)[1] if gives_slope else slope(x, *args))

    bounds, constraints = options.get("bounds"), options.get("constraints", ())
    is_global = minimize.__name__ in _GLOBAL
    constraints = [] if is_global else [constraints] if isinstance(constraints, dict) else list(constraints)
    plain = {k: plainly(called, v) if k in _SLOPES else v for k, v in options.items()}
    if gives_slope:
        plain["jac"] = lambda x, *_: primal(slope_at(x))
    if bounds is not None:
        plain["bounds"] = _plain_bounds(bounds)
    if constraints:
        plain["constraints"] = [_plain_constraint(called, c) for c in constraints]
    if x0 is not None:
        plain["x0"] = primal(as_array(x0))
    result = minimize(**{name: _told(lambda x: float(primal(value(x)))), **plain})
    active = [*at_bounds(bounds, result.x), *_at_constraints(called, constraints, result.x)]
    if not any(mode_in(settled(y)) for y in (value(result.x), *(c(result.x) for c in active))):
        if mode_in(settled(x0)) is not None and not active:
            _check_isolated(value, result.x)
        return result
    if is_global and options.get("constraints"):
        raise NoRuleError(
            f"scipy.optimize.{minimize.__name__} has no derivative with constraints=; start "
            'scipy.optimize.minimize(method="SLSQP") from what it finds'
        )
    return _moving(result, value, active, slope_at if slope or gives_slope else None)


def _told(value: Function) -> Function:
    """A function of the search, which may not end it by an exception that takes its numbers along."""

    def told(x: Any, *_: Any) -> Any:
        try:
            return value(x)
        except Exception as error:
            if mode_in(settled([*error.args, *vars(error).values()])) is None:
                raise
            raise ConversionError(
                f"a search for a minimum was ended by {type(error).__name__}, which takes along where the "
                "search was, plain numbers that have lost their derivative; let scipy.optimize.minimize "
                "go on to its end"
            ) from error

    return told


def _moving(result: Any, value: Function, active: list[Function], slope_at: Function | None) -> Any:
    """The result, with all that moves as the minimum does, and without what would be plain numbers."""
    result.x = stationary(value, active, result.x, slope_at)
    result.fun = with_value(result.fun, value(result.x))
    now = slope_at(result.x) if slope_at else value_and_slope(value, result.x)[1]
    for name in ("jac", "grad"):
        given = result.pop(name, None)  # of "trust-constr" jac is a list of those of constraints
        if isinstance(given, np.ndarray) and given.shape == np.shape(now):
            result[name] = with_value(given, now)
    for name in _PLAIN:
        result.pop(name, None)
    return result


def _check_isolated(value: Function, x: Any) -> None:
    """Raise if minima lie all around: the start, which is a Dual, then says which one is found."""
    try:
        curvature = primal(value_and_slope(lambda z: value_and_slope(value, z)[1], x)[1])
    except UnsupportedError:  # an edge, which is where it is
        return
    scale = np.sqrt(np.abs(np.diagonal(curvature)))
    if not (np.isfinite(curvature).all() and scale.all()):
        return
    if np.min(np.abs(np.linalg.eigvalsh(curvature / np.outer(scale, scale)))) < _FLAT:
        raise UnsupportedError(
            "what scipy.optimize has found is one minimum of many that are all as good; which one depends on "
            "where the search starts, in a way that is not known; start from dualad.value(x0)"
        )


#: What else methods tell, which would be plain numbers.
_PLAIN = (
    *("hess_inv", "final_simplex", "multipliers", "direc", "hess"),
    *("lagrangian_grad", "v", "constr", "tr_radius", "barrier_parameter", "constr_penalty"),
    *("population", "population_energies", "xl", "funl", "lowest_optimization_result"),
)

#: What looks for the least of all minima within bounds.
_GLOBAL = ("differential_evolution", "dual_annealing", "shgo", "direct", "basinhopping")


def _scalar_minimum(called: Any, minimize: Function, *given: Any, **named: Any) -> Any:
    """What `minimize_scalar`, `brent`, `fminbound` and `golden` are called by."""
    options = by_name(minimize, given, named)
    f, args = options.pop("func"), as_tuple(options.pop("args", ()))
    lifted = called(f)

    def value(x: Any) -> Any:
        given = x if np.shape(result.x) else x[0]  # as SciPy gives it, which follows its bounds
        return np.reshape(as_array(settled(lifted(given, *args))), ())

    def plain_value(x: Any, *_: Any) -> Any:
        return primal(settled(lifted(x, *args)))

    plain = {k: primal(as_array(v)) if k in ("brack", "bounds") else v for k, v in options.items()}
    result = minimize(plain_value, **{k: v for k, v in plain.items() if v is not None})
    x = np.reshape(result.x, 1)  # which is in an array where the values are
    bounds = settled(options.get("bounds") or ())
    bound = _reached(bounds, value, x)
    if bound is None and mode_in(value(x)) is None:
        return result
    if bound is None and _is_edge(value, x, min([_NEAR, *(abs(x[0] - primal(b)) for b in bounds)])):
        bound = _edge(value, x)
    best = stationary(value, [], x)[0] if bound is None else with_value(x[0], bound)
    result.fun = with_value(result.fun, np.reshape(value([best]), np.shape(result.fun)))
    result.x = np.reshape(best, shape) if (shape := np.shape(result.x)) else best
    return result


def _reached(bounds: Any, value: Function, x: Any) -> Any:
    """The bound beyond which a step of Newton's method would go, from a number close to it."""
    for bound in bounds:
        off = x[0] - primal(bound)
        if abs(off) <= _NEAR / 100 * (1 + abs(x[0])):
            slope = primal(value_and_slope(value, x)[1]).item()
            try:
                curvature = primal(value_and_slope(lambda z: value_and_slope(value, z)[1], x)[1]).item()
            except UnsupportedError:  # of a straight line
                curvature = 0.0
            if slope * off > abs(curvature) * off**2:
                return bound
    return None


def _is_edge(value: Function, x: Any, width: float) -> bool:
    """Whether the slope jumps near x: by as much for a smaller step."""
    jumps = []
    for step in (width / 4, width / 16):
        try:
            right, left = (primal(value_and_slope(value, x + side)[1]).item() for side in (step, -step))
        except (ArithmeticError, ValueError, UnsupportedError):  # beyond where the function is, or compiled
            return False
        jumps.append(abs(right - left) - 1e-9 * (abs(right) + abs(left)))
    return jumps[1] > 0.6 * jumps[0] and jumps[1] > 0


def _edge(value: Function, x: Any) -> Any:
    """Where the two smooth parts of a function meet, as those of ``abs(g(x))`` do where g is 0."""
    for share in (_NEAR / 100, 1e-6, 1e-7):
        step = share * (1 + abs(x))
        (right, up), (left, down) = (value_and_slope(value, x + side) for side in (step, -step))
        jump = primal(up - down)
        x = x - (primal(right - left) - step * primal(up + down)) / jump
    return (x - (value(x + step) - value(x - step)) / jump)[0]


def _plain_bounds(bounds: Any) -> Any:
    if hasattr(bounds, "lb"):
        return type(bounds)(*(primal(as_array(b)) for b in (bounds.lb, bounds.ub)))
    return [tuple(map(primal, pair)) for pair in bounds]


def at_bounds(bounds: Any, x: Any) -> Iterator[Function]:
    """``x[i] - b``, for each bound that is reached."""
    if bounds is None:
        return
    if hasattr(bounds, "lb"):
        bounds = zip(*(np.broadcast_to(as_array(b), x.shape) for b in (bounds.lb, bounds.ub)), strict=True)
    for i, pair in enumerate(bounds):
        for bound in pair:
            if bound is not None and abs(x[i] - primal(bound)) <= _ACTIVE * (1 + abs(x[i])):
                yield lambda z, i=i, bound=bound: z[i] - bound
                break


def _plain_constraint(called: Any, constraint: Any) -> Any:
    """A constraint as a dict or an object, for SciPy, which takes values alone."""
    if isinstance(constraint, dict):
        return {k: plainly(called, v) if k in ("fun", "jac") else v for k, v in constraint.items()}
    plain = copy.copy(constraint)
    for name, own in vars(constraint).items():
        setattr(plain, name, plainly(called, own) if callable(own) else primal(own))
    return plain


def _at_constraints(called: Any, constraints: Any, x: Any) -> Iterator[Function]:
    """The entries of each constraint that are zero."""
    for constraint in constraints:
        if isinstance(constraint, dict):
            lifted, more = called(constraint["fun"]), constraint.get("args", ())
            sides = [0.0]
        else:
            lifted = (
                called(constraint.fun) if hasattr(constraint, "fun") else as_array(constraint.A).__matmul__
            )
            sides, more = [constraint.lb, constraint.ub], ()

        def function(z: Any, lifted: Any = lifted, more: Any = more) -> Any:
            return np.atleast_1d(as_array(settled(lifted(z, *more))))

        now = primal(function(x))
        equal = isinstance(constraint, dict) and constraint["type"] == "eq"
        for i, c in enumerate(now):
            for side in sides:
                bound = np.broadcast_to(as_array(side), now.shape)[i]
                if equal or abs(c - primal(bound)) <= _ACTIVE:
                    yield lambda z, i=i, bound=bound, function=function: function(z)[i] - bound
                    break


def stationary(value: Function, active: list[Function], x: Any, slope_given: Function | None = None) -> Any:
    """The stationary point near x, as a function of what ``value`` and the constraints hold.

    Its slope may be given, for a function that has no second derivatives: one that is compiled. Of such a
    slope that depends on other Duals the curvature is found by differences.
    """
    reason: Exception | None = None
    given = ((slope_given, True), (slope_given, False)) if slope_given else ()
    for slope_at, exact in ((lambda z: value_and_slope(value, z)[1], True), *given):
        conditions = _lagranges(slope_at, active, len(x))
        curved = conditions if exact else _by_differences(conditions)
        near = x
        try:
            if active:
                slopes = np.array([primal(value_and_slope(c, x)[1]) for c in active])
                multipliers = np.linalg.lstsq(slopes.T, primal(slope_at(x)), rcond=None)[0]
                near = np.concatenate([x, multipliers])
            for _ in range(3):  # SciPy finds a minimum to half of the digits
                residual, slope = (primal(a) for a in value_and_slope(curved, near))
                near = near - np.linalg.solve(slope, residual)
            if np.all(np.abs(near[: len(x)] - x) <= _NEAR * (1 + np.abs(x))):
                root = root_of(conditions, near) if exact else near - np.linalg.solve(slope, conditions(near))
                return with_value(x, root[: len(x)])
        except (UnsupportedError, np.linalg.LinAlgError) as error:  # flat, or with an edge
            reason = error
    if len(x) == 1 and not active and _is_edge(value, x, _NEAR):
        return with_value(x, np.reshape(_edge(value, x), 1))
    raise NoRuleError(
        "what scipy.optimize has found is no smooth minimum, so that its derivative is not known; "
        "give a smaller tolerance, or jac= where the function calls compiled code, or pass dualad.value(x) "
        "if no derivative is needed"
    ) from reason


def _by_differences(conditions: Function) -> Function:
    def plain(z: Any) -> Any:
        return primal(conditions(z))

    return lambda z: by_differences("jac", plain, (z,), {}, why="")


def _lagranges(slope_at: Function, active: list[Function], n: int) -> Function:
    """The conditions of Lagrange, of n numbers and the multipliers of the active constraints."""

    def conditions(z: Any) -> Any:
        gradient = slope_at(z[:n])
        pairs = [value_and_slope(c, z[:n]) for c in active]
        for (_, slope), multiplier in zip(pairs, [z[n + i] for i in range(len(pairs))], strict=True):
            gradient = gradient - multiplier * slope
        return np.concatenate([gradient, stacked([c for c, _ in pairs])]) if pairs else gradient

    return conditions


#: name -> what is called in its place.
MINIMIZERS: dict[tuple[str, str], Function] = {
    **{
        ("optimize", f"_minimize_{name}"): _minimize
        for name in (
            *("lbfgsb", "slsqp", "tnc", "neldermead", "powell", "cobyla", "cobyqa"),
            *("trustregion_constr", "trustregion_exact", "trust_krylov"),
        )
    },
    **{("optimize", f"_minimize_scalar_{name}"): _scalar_minimum for name in ("bounded", "brent", "golden")},
    **{("optimize", name): _minimize for name in _GLOBAL},
}
