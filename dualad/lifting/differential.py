"""Differential equations that SciPy solves by compiled code: `scipy.integrate.odeint`.

The values are SciPy's. The derivative is that of a solution by a method that SciPy has in Python, which
runs on Duals.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import primal, settled, stacked
from ..dual.containers import mode_in
from .scipy_arrays import with_value

__all__ = ["EQUATIONS"]

Function = Callable[..., Any]

#: How exactly the solution is followed where SciPy's own default is coarser.
_EXACTLY = {"rtol": 1e-9, "atol": 1e-11}


def _array(x: Any) -> Any:
    x = settled(x)
    return stacked(x) if isinstance(x, list | tuple) else x


def _odeint(
    called: Any, odeint: Function, func: Any, y0: Any, t: Any, args: Any = (), *more: Any, **options: Any
) -> Any:
    """``func(y, t, *args)``, or ``func(t, y, *args)`` with ``tfirst=True``."""
    args = args if isinstance(args, tuple) else (args,)
    lifted, tfirst = called(func), options.get("tfirst", False)
    y0, t = _array(y0), _array(t)

    def slope(y: Any, t: Any) -> Any:
        return _array(lifted(t, y, *args) if tfirst else lifted(y, t, *args))

    def plain(a: Any, b: Any, *_: Any) -> Any:
        return primal(slope(b, a) if tfirst else slope(a, b))

    jacobian = options.get("Dfun")
    if jacobian is not None:
        own = called(jacobian)
        options["Dfun"] = lambda *given: primal(_array(own(*given)))
    run = functools.partial(odeint, plain, primal(y0), primal(t), tuple(map(primal, args)), *more, **options)
    result = run()
    start = np.reshape(y0, (-1,))
    if mode_in([start, t, slope(start, t[0])]) is None:
        return result
    values = result[0] if isinstance(result, tuple) else result
    report = result[1] if isinstance(result, tuple) else run(full_output=True)[1]
    method = "BDF" if 2 in report["mused"] else "DOP853"  # 2: it was stiff
    y = with_value(values, _followed(called, lambda s, y: slope(y, s), start, t, method))
    return (y, *result[1:]) if isinstance(result, tuple) else y


def _followed(called: Any, slope: Function, start: Any, t: Any, method: str) -> Any:
    """The solution at each time, in rows."""
    from scipy.integrate import solve_ivp

    solve = called(solve_ivp)
    if mode_in(t) is None:
        ends = float(t[0]), float(t[-1])
        return np.transpose(settled(solve(slope, ends, start, method=method, t_eval=t, **_EXACTLY).y))
    rows = [start]
    for i in range(1, len(primal(t))):

        def on_unit(s: Any, y: Any, span: Any = t[i] - t[i - 1], before: Any = t[i - 1]) -> Any:
            return span * slope(before + s * span, y)  # over an interval that does not move

        rows.append(settled(solve(on_unit, (0.0, 1.0), rows[-1], method=method, **_EXACTLY).y)[:, -1])
    return stacked(rows)


#: name -> what is called in its place.
EQUATIONS: dict[tuple[str, str], Function] = {("integrate", "odeint"): _odeint}
