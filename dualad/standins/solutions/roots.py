"""Roots: SciPy finds them of the values, and a step of Newton's method on Duals gives the derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...dual import Dual, primal, settled
from ..implicit import root_of
from ..scipy_arrays import as_array

__all__ = ["ROOTS"]

Function = Callable[..., Any]


def _scalar_root(called: Any, solver: Function, f: Any, *args: Any, **options: Any) -> Any:
    """``brentq(f, a, b, args=...)`` and its like, and ``newton(f, x0, ...)``."""
    newton = solver.__name__ == "newton"
    names = ("x0", "fprime", "args") if newton else ("a", "b", "args")
    given = dict(zip(names, args, strict=False)) | options
    extra = given.pop("args", ())
    extra = tuple(extra) if isinstance(extra, tuple | list) else (extra,)
    lifted = called(f)

    def residual(x: Any) -> Any:
        return settled(lifted(x, *extra))

    for slope in ("fprime", "fprime2"):
        if given.get(slope) is not None:
            derivative = called(given[slope])
            given[slope] = lambda x, derivative=derivative: primal(settled(derivative(x, *extra)))
    plain = {k: primal(settled(v)) for k, v in given.items()}
    start = [plain.pop(name) for name in names[:2] if name in plain and name != "fprime"]
    result = solver(lambda x: primal(residual(x)), *start, *args[3:], **plain)
    if not isinstance(result, tuple):
        return root_of(residual, result)
    root, *report = root_of(residual, result[0]), *result[1:]
    if hasattr(result, "_replace"):  # of several roots at once
        return result._replace(root=root)
    for one in report:
        one.root = root
    return (root, *report)


def _system(
    called: Any, solver: Function, f: Any, x0: Any, args: Any = (), *more: Any, **options: Any
) -> Any:
    """``fsolve`` and ``root``."""
    args = args if isinstance(args, tuple) else (args,)
    lifted = called(f)

    def residual(x: Any) -> Any:
        return as_array(lifted(x, *args))

    jacobian = options.pop("jac", None) or options.pop("fprime", None)
    options = {k: primal(settled(v)) for k, v in options.items()}
    if callable(jacobian):
        name = "jac" if solver.__name__ == "root" else "fprime"
        own = called(jacobian)
        options[name] = lambda x: primal(as_array(own(x, *args)))
    result = solver(lambda x: primal(residual(x)), primal(as_array(x0)), (), *more, **options)
    if isinstance(result, np.ndarray):
        return root_of(residual, result)
    found, report = (result[0], result[1]) if isinstance(result, tuple) else (result.x, result)
    x = root_of(residual, found)
    if type(x) is Dual:
        for name in _FACTORS.intersection(report):
            del report[name]
    if isinstance(result, tuple):
        return (x, *result[1:])
    result.x = x
    return result


#: What MINPACK tells of its approximate Jacobian, which would be plain numbers.
_FACTORS = frozenset({"fjac", "r", "qtf", "cov_x"})


def _root_scalar(called: Any, solver: Function, f: Any, args: Any = (), **options: Any) -> Any:
    """``root_scalar``."""
    args = args if isinstance(args, tuple) else (args,)
    lifted = called(f)

    def residual(x: Any) -> Any:
        return settled(lifted(x, *args))

    for slope in ("fprime", "fprime2"):
        if callable(options.get(slope)):
            own = called(options[slope])
            options[slope] = lambda x, own=own: primal(settled(own(x, *args)))
    plain = {
        k: tuple(map(primal, v)) if k == "bracket" and v else primal(settled(v)) for k, v in options.items()
    }
    result = solver(lambda x: primal(residual(x)), **plain)
    result.root = root_of(residual, result.root)
    return result


def _fixed_point(called: Any, solver: Function, f: Any, x0: Any, args: Any = (), **options: Any) -> Any:
    """``fixed_point``: a root of ``f(x) - x``."""
    lifted = called(f)

    def residual(x: Any) -> Any:
        return as_array(lifted(x, *args)) - x

    result = solver(lambda x: primal(settled(lifted(x, *args))), primal(settled(x0)), (), **options)
    return root_of(residual, result if np.shape(result) else float(result))


#: Package and name -> what is called in its place.
ROOTS: dict[tuple[str, str], Function] = {
    ("optimize", "fsolve"): _system,
    ("optimize", "root"): _system,
    ("optimize", "root_scalar"): _root_scalar,
    ("optimize", "fixed_point"): _fixed_point,
    **{
        ("optimize", name): _scalar_root
        for name in ("brentq", "brenth", "bisect", "ridder", "toms748", "newton")
    },
}
