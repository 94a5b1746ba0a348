"""How `dualad.scipy` calls SciPy: arguments by name, functions as SciPy sees them, Jacobians."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..boundary import ALREADY, checked_function, with_argument
from ..dual import settled, stacked
from ..dual.containers import mode_in
from ..errors import InputError, OutputError, ShapeError, UnsupportedError
from ..jacobians import jacobian
from ..linear import is_complex
from ..shapes import shape_of, size_of
from ..sparse.evaluation import sparse_jacobian
from ..sparse.plans import SparsePlan, sparse_plan
from ..standins.scipy_arrays import by_name

__all__ = [
    "as_array",
    "as_number",
    "call_of",
    "check_real",
    "jacobian_for",
    "values_of",
]

Function = Callable[..., Any]


def call_of(solver: Function, lift: bool, *args: Any, **options: Any) -> tuple[dict[str, Any], Function]:
    """A call of SciPy's function: its arguments by their names, and the function given, made differentiable.

    Among the arguments the function is the user's own: that is what SciPy calls for values.
    """
    given = by_name(solver, args, options)
    name = next(iter(given))
    lifted = checked_function(given[name], solver.__name__, lift)
    if mode_in(given) is not None:
        raise _nested(solver.__name__)
    given[name] = values_of(given[name], solver.__name__)
    return given, lifted


def _nested(caller: str) -> UnsupportedError:
    return UnsupportedError(
        f"{caller} works on plain numbers and was called inside another derivative; pass dualad.value(x) for "
        "a constant, or find the solution by scipy.optimize.fsolve, root, brentq or newton (of a minimum "
        "fsolve(dualad.grad(f), x)), which carry derivatives"
    )


def values_of(fun: Function, caller: str) -> Function:
    """The function, of which no derivative of an outer call may get lost."""

    @functools.wraps(fun, updated=())
    def evaluated(*args: Any, **keywords: Any) -> Any:
        y = fun(*args, **keywords)
        if mode_in(y) is not None:
            raise _nested(caller)
        return y

    return evaluated


def as_array(fun: Function) -> Function:
    """What it returns as SciPy sees it: lists as arrays, a number as an array of one."""

    @functools.wraps(fun, updated=())
    def evaluated(*args: Any, **keywords: Any) -> Any:
        y = stacked(settled(fun(*args, **keywords)))
        if is_complex(y) and not any(map(is_complex, args)):
            raise OutputError(
                "the function returned complex numbers for real ones; return its real and imaginary parts: "
                "np.concatenate([y.real, y.imag])"
            )
        return y if shape_of(y) else np.reshape(y, 1)

    return evaluated


def as_number(fun: Function) -> Function:
    """What it returns as SciPy sees it: an array of one number as that number."""

    @functools.wraps(fun, updated=())
    def evaluated(*args: Any, **keywords: Any) -> Any:
        y = stacked(settled(fun(*args, **keywords)))
        if size_of(shape_of(y)) != 1:
            raise ShapeError(
                "minimize is for a function that returns one number, and this one returned an array of shape "
                f"{shape_of(y)}; return np.sum(y), or take least_squares(f, x0) for the sum of the squares"
            )
        return np.reshape(y, ()) if shape_of(y) else y

    return evaluated


def check_real(x: Any, caller: str) -> None:
    """An error for complex unknowns, of which SciPy would drop the imaginary part."""
    if np.iscomplexobj(x):
        raise InputError(
            f"{caller} is for real unknowns and was given complex ones; make the function one of the real "
            "and the imaginary parts: np.concatenate([z.real, z.imag])"
        )


def jacobian_for(
    fun: Function, sparse: bool | SparsePlan = False, pattern: Any = None, argnum: int = 0
) -> Any:
    """The Jacobian: dense, or sparse by a plan, or by a plan made where it is first asked for."""
    fun = as_array(fun)
    if sparse is False and pattern is None:
        return jacobian(fun, argnum, lift=ALREADY)
    if not isinstance(sparse, bool | SparsePlan):
        raise InputError(
            f"sparse={sparse!r} is no plan; pass sparse=True, or sparse=dualad.sparse_plan(f, x)"
        )
    evaluate: Any = None
    now: Any = ()

    def jac(*args: Any, **keywords: Any) -> Any:
        nonlocal evaluate, now
        now = args, keywords
        if evaluate is None:
            plan = sparse if isinstance(sparse, SparsePlan) else None
            if plan is None:
                plan = sparse_plan(at_present, args[argnum], pattern=pattern, lift=ALREADY)
            evaluate = sparse_jacobian(at_present, plan, lift=ALREADY)
        return evaluate(args[argnum])

    def at_present(x: Any) -> Any:
        args, keywords = now
        return fun(*with_argument(args, argnum, x), **keywords)

    return jac
