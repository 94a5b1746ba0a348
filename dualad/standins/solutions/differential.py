"""Differential equations that SciPy solves by compiled code: ``odeint``, ``ode``, ``LSODA``.

The values are SciPy's. The derivative is that of a solution by a method that SciPy has in Python, which
runs on Duals.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...corners import note_at
from ...dual import primal, settled, stacked
from ...dual.containers import mode_in
from ...errors import NoRuleError
from ...lines import users_line
from ..scipy_arrays import Function, as_array, as_tuple, by_its_text, plainly, with_value

#: How exactly the solution is followed, by each method: the last costs little more than SciPy's default.
_EXACTLY = {"BDF": {"rtol": 1e-9, "atol": 1e-11}, "DOP853": {"rtol": 1e-11, "atol": 1e-13}}

_OVER_A_STEP = {"Radau": {"rtol": 1e-8, "atol": 1e-10}, "DOP853": {"rtol": 1e-10, "atol": 1e-12}}


def _odeint(
    called: Any, odeint: Function, func: Any, y0: Any, t: Any, args: Any = (), *more: Any, **options: Any
) -> Any:
    """``func(y, t, *args)``, or ``func(t, y, *args)`` with ``tfirst=True``."""
    args = as_tuple(args)
    lifted, tfirst = called(func), options.get("tfirst", False)
    y0, t = as_array(y0), as_array(t)

    def slope(y: Any, t: Any) -> Any:
        return as_array(lifted(t, y, *args) if tfirst else lifted(y, t, *args))

    latest = [-np.inf, 0]

    def plain(a: Any, b: Any, *_: Any) -> Any:
        time = float(a if tfirst else b)
        latest[1] = latest[1] + 1 if time < latest[0] else latest[1] * (time == latest[0])
        latest[0] = time
        if latest[1] == _BACK:
            note_at(_JUMPS, users_line("scipy"))
        return primal(slope(b, a) if tfirst else slope(a, b))

    options["Dfun"] = plainly(called, options.get("Dfun"))
    run = functools.partial(odeint, plain, primal(y0), primal(t), tuple(map(primal, args)), *more, **options)
    result = run()
    start = np.reshape(y0, (-1,))
    if mode_in([start, t, slope(start, t[0])]) is None:
        return result
    values = result[0] if isinstance(result, tuple) else result
    report = result[1] if isinstance(result, tuple) else run(full_output=True)[1]
    method = _method(2 in report["mused"])  # 2: it was stiff
    y = with_value(values, _followed(called, lambda s, y: slope(y, s), start, t, method))
    return (y, *result[1:]) if isinstance(result, tuple) else y


def _followed(called: Any, slope: Function, start: Any, t: Any, method: str) -> Any:
    """The solution at each time, in rows."""
    from scipy.integrate import solve_ivp

    solve = called(solve_ivp)
    if mode_in(t) is None:
        ends = float(t[0]), float(t[-1])
        return np.transpose(settled(solve(slope, ends, start, method=method, t_eval=t, **_EXACTLY[method]).y))
    rows = [start]
    for i in range(1, len(primal(t))):
        rows.append(_advanced(called, slope, t[i - 1], rows[-1], t[i], method))
    return stacked(rows)


def _advanced(called: Any, slope: Function, before: Any, y: Any, t: Any, method: str, **options: Any) -> Any:
    """The solution at ``t``, that was ``y`` before."""
    from scipy.integrate import solve_ivp

    span = t - before
    if primal(span) == 0:
        return y + slope(before, y) * span

    def on_unit(s: Any, y: Any) -> Any:
        return span * slope(before + s * span, y)  # over an interval that does not move

    options = options or _EXACTLY[method]
    return settled(called(solve_ivp)(on_unit, (0.0, 1.0), y, method=method, **options).y)[:, -1]


def _method(stiff: bool) -> str:
    return "BDF" if stiff else "DOP853"


def _over_a_step(called: Any, slope: Function, before: Any, y: Any, t: Any, stiff: bool) -> Any:
    """The same over a step of another solver: by a method that does not start with small ones."""
    method = "Radau" if stiff else "DOP853"
    return _advanced(called, slope, before, y, t, method, first_step=1.0, **_OVER_A_STEP[method])


# ---------------------------------------------------------------- solvers that are stepped

#: What moves a jump of the right-hand side moves the solution, and no derivative of the right-hand side
#: tells of that. A solver feels its way to the jump: it tries shorter and shorter steps.
_JUMPS = "a right-hand side that jumps"
_SHORTER = 0.2

#: So many times in a row it goes back for a shorter one.
_BACK = 2


def _step(called: Any, original: Function, solver: Any) -> Any:
    """``OdeSolver.step``."""
    before = primal(solver.step_size)
    message = by_its_text(called, original)(solver)
    ends = primal(solver.t) == primal(solver.t_bound)
    if before is not None and not ends and primal(solver.step_size) < _SHORTER * before:
        note_at(_JUMPS, users_line("scipy"))
    return message


def _set_initial_value(called: Any, original: Function, solver: Any, y: Any, t: Any = 0.0) -> Any:
    """``ode.set_initial_value``."""
    y, t = as_array(y), settled(t)
    original(solver, primal(y), primal(t))
    if mode_in((y, t)) is not None:
        solver._y, solver.t = with_value(solver._y, np.reshape(y, (-1,))), t
    return solver


def _integrate(
    called: Any, original: Function, solver: Any, t: Any, step: Any = False, relax: Any = False
) -> Any:
    """``ode.integrate``: from where the solver is to t."""
    t, before, y, f, given, jac = settled((t, solver.t, solver._y, solver.f, solver.f_params, solver.jac))
    lifted = called(f)

    def slope(t: Any, y: Any) -> Any:
        return np.reshape(as_array(settled(lifted(t, y, *given))), (-1,))

    if mode_in((t, before, y, slope(before, y))) is None:
        return original(solver, t, step, relax)
    if getattr(solver._integrator, "solout", None) is not None:
        raise NoRuleError(
            "scipy.integrate.ode with set_solout has no derivative; call integrate for each time, or "
            "solve_ivp"
        )
    solver._y, solver.t, solver.f, solver.f_params = np.array(primal(y)), primal(before), _plain(slope), ()
    if jac is not None:
        own, more = called(jac), solver.jac_params
        solver.jac, solver.jac_params = _plain(lambda t, y: as_array(settled(own(t, y, *more)))), ()
    try:
        original(solver, primal(t), step, relax)
    finally:
        solver.f, solver.f_params, solver.jac = f, given, jac
        if jac is not None:
            solver.jac_params = more
    t = t if solver.t == primal(t) else solver.t
    stiff = "adams" not in str(getattr(solver._integrator, "meth", "adams")) and not hasattr(
        solver._integrator, "iout"
    )
    solver._y = with_value(solver._y, _advanced(called, slope, before, y, t, _method(stiff)))
    solver.t = t
    return solver._y


def _plain(f: Function) -> Function:
    return lambda t, y: primal(f(t, y))  # by name: f2py, in SciPy before 1.17, counts the arguments


def _lsoda(
    called: Any, original: Function, solver: Any, fun: Any, t0: Any, y0: Any, t_bound: Any, *more: Any,
    **options: Any,
) -> None:  # fmt: skip
    """``LSODA.__init__``: with Duals it goes along with one of plain numbers."""
    from scipy.integrate import OdeSolver

    lifted = called(fun)
    t0, y0, t_bound = settled(t0), as_array(y0), settled(t_bound)
    if mode_in((t0, y0, t_bound, settled(lifted(t0, y0)))) is None:
        original(solver, fun, t0, y0, t_bound, *more, **options)
        return
    if options.get("jac") is not None:
        own = called(options["jac"])
        options["jac"] = _plain(lambda t, y: as_array(settled(own(t, y))))
    plain = _plain(lambda t, y: as_array(settled(lifted(t, y))))
    beside = type(solver)(plain, primal(t0), primal(y0), primal(t_bound), *more, **options)
    called(OdeSolver.__init__)(solver, fun, t0, y0, t_bound, False)
    solver._beside = beside


def _lsoda_step(called: Any, original: Function, solver: Any) -> Any:
    beside = getattr(solver, "_beside", None)
    if beside is None:
        return original(solver)
    message = beside.step()
    if beside.status == "failed":
        return False, message
    t = solver.t_bound if beside.t == primal(solver.t_bound) else beside.t
    y = _over_a_step(called, _slope_of(solver), solver.t, solver.y, t, beside.njev > 0)
    solver._y_before = solver.y
    solver.t, solver.y, solver.njev, solver.nlu = t, with_value(beside.y, y), beside.njev, beside.nlu
    return True, None


def _slope_of(solver: Any) -> Function:
    return lambda t, y: as_array(settled(solver.fun(t, y)))


def _lsoda_between(called: Any, original: Function, solver: Any) -> Any:
    """``LSODA._dense_output_impl``: the solution at the times of the last step."""
    beside = getattr(solver, "_beside", None)
    if beside is None:
        return original(solver)
    plain, slope, stiff = beside.dense_output(), _slope_of(solver), beside.njev > 0
    start, y = solver.t_old, solver._y_before

    def between(t: Any) -> Any:
        times = np.reshape(as_array(t), (-1,))
        found = stacked([_over_a_step(called, slope, start, y, time, stiff) for time in times])
        return with_value(plain(primal(as_array(t))), np.reshape(found, (*np.shape(t), -1)).T)

    return _Between(between, solver.t_old, solver.t)


class _Between:
    """What SciPy calls a dense output."""

    def __init__(self, solution: Function, t_old: Any, t: Any):
        self._solution = solution
        self.t_old, self.t = t_old, t
        self.t_min, self.t_max = (t_old, t) if t_old < t else (t, t_old)

    def __call__(self, t: Any) -> Any:
        return self._solution(t)


#: name -> what is called in its place.
EQUATIONS: dict[tuple[str, str], Function] = {("integrate", "odeint"): _odeint}

#: The qualified name of a method -> what is called in its place.
SOLVERS: dict[str, Function] = {
    "OdeSolver.step": _step,
    "ode.set_initial_value": _set_initial_value,
    "ode.integrate": _integrate,
    "LSODA.__init__": _lsoda,
    "LSODA._step_impl": _lsoda_step,
    "LSODA._dense_output_impl": _lsoda_between,
}
