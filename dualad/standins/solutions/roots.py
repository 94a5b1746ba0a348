"""Roots: SciPy finds them of the values, and a step of Newton's method on Duals gives the derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import Dual, settled
from ..implicit import root_of
from ..scipy_arrays import Function, as_array, as_tuple, by_name, plain_copy, plainly


def _solved(called: Any, solver: Function, *args: Any, **options: Any) -> Any:
    """What SciPy returns, with roots that move with what the function holds."""
    given = by_name(solver, args, options)
    lifted, more = called(next(iter(given.values()))), given.get("args", ())
    more = tuple(more) if solver.__name__ == "newton" else as_tuple(more)  # which may be given a list
    with_slope = any(given.get(name) is True for name in ("jac", "fprime", "fprime2"))

    def residual(x: Any) -> Any:
        y = lifted(x, *more)
        y = as_array(settled(y[0] if with_slope else y))
        y = y - x if solver.__name__ == "fixed_point" else y
        return np.reshape(y, np.shape(x)) if np.ndim(x) != np.ndim(y) else y  # as SciPy flattens it

    plain = {k: plainly(called, v, with_slope) if callable(v) else v for k, v in given.items()}
    result = solver(**{k: v if k == "args" else plain_copy(v) for k, v in plain.items()})
    return _moving(result, lambda x: root_of(residual, x))


def _moving(result: Any, root: Function) -> Any:
    if hasattr(result, "_replace"):  # of several roots at once
        return result._replace(root=root(result.root))
    if isinstance(result, tuple):
        x = root(result[0])
        return x, *(_told(report, x) for report in result[1:])
    name = next((name for name in ("root", "x") if hasattr(result, name)), "")
    if name:
        setattr(result, name, root(getattr(result, name)))
        return _told(result, getattr(result, name))
    return root(result[()] if isinstance(result, np.ndarray) else result)


#: What MINPACK tells of its approximate Jacobian, which would be plain numbers.
_FACTORS = frozenset({"fjac", "r", "qtf", "cov_x"})


def _told(report: Any, x: Any) -> Any:
    """What is told beside the root."""
    if hasattr(report, "root"):
        report.root = x
    if type(x) is Dual and isinstance(report, dict):
        for name in _FACTORS.intersection(report):
            del report[name]
    return report


#: Package and name -> what is called in its place.
ROOTS: dict[tuple[str, str], Function] = {
    ("optimize", name): _solved
    for name in (
        *("fsolve", "root", "root_scalar", "fixed_point", "newton"),
        *("brentq", "brenth", "bisect", "ridder", "toms748"),
        *("anderson", "broyden1", "broyden2", "newton_krylov"),
        *("diagbroyden", "excitingmixing", "linearmixing"),
    )
}
