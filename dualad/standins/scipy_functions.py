"""Stand-ins for functions of SciPy that are compiled inside: quadrature, roots, Lambert's W.

They run SciPy's own function on values. The derivative of an integral is the integral of the
derivative, by Gauss's rule on the intervals that SciPy chose; that of a root comes from a
step of Newton's method on Duals (the implicit function theorem).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled, stacked
from ..dual.calls import call
from ..errors import UnsupportedError
from ..table import Rule
from .differential import EQUATIONS, SOLVERS
from .implicit import root_of
from .interpolation import SPLINES
from .least_squares import LEAST_SQUARES
from .legendre import LEGENDRE
from .minima import MINIMIZERS
from .scattered import SCATTERED
from .scipy_arrays import ARRAY_FUNCTIONS, as_array, holds, with_value
from .scipy_solutions import SOLUTIONS
from .sparse_functions import SPARSE
from .tensor_splines import TENSOR_SPLINES

__all__ = ["integral_of", "scipy_stand_in"]

Function = Callable[..., Any]


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
    return ARRAY_FUNCTIONS.get(place) or _BY_QUALIFIED_NAME.get(name)


# ---------------------------------------------------------------- quadrature


def _quad(
    called: Any, quad: Function, func: Any, a: Any, b: Any, args: Any = (), *more: Any, **options: Any
) -> Any:
    """The integral of ``func(t, *args)`` for t from a to b; arguments and closure may hold Duals."""
    args = args if isinstance(args, tuple) else (args,)
    lifted = called(func)

    def integrand(t: Any) -> Any:
        return settled(lifted(t, *args))

    def plain(t: float) -> Any:
        return primal(integrand(t))

    a, b = settled(a), settled(b)
    low, high = float(primal(a)), float(primal(b))
    if not holds((a, b, args)) and not holds(integrand(_between(low, high))):
        return quad(lambda t: float(integrand(t)), low, high, (), *more, **options)
    if options.get("weight") is not None:
        raise UnsupportedError(
            "scipy.integrate.quad with weight= has no derivative; multiply the integrand by it"
        )
    wanted = bool(more[0] if more else options.pop("full_output", 0))
    result = quad(plain, low, high, (), 1, *more[1:], **options)
    info = result[2]
    n = info["last"]
    cuts = sorted({*info["alist"][:n].tolist(), *info["blist"][:n].tolist()})
    total = _gauss(_on_unit(integrand, a, b, low, high), _graded(cuts))
    exact = with_value(result[0], total)
    return (exact, *result[1:]) if wanted else (exact, result[1])


def _quad_vec(called: Any, quad_vec: Function, f: Any, a: Any, b: Any, *more: Any, **options: Any) -> Any:
    """The same for `quad_vec`, whose integrand may give arrays."""
    args = options.pop("args", ())
    args = args if isinstance(args, tuple) else (args,)
    lifted = called(f)
    processes = isinstance(options.get("workers", 1), int) and options.get("workers", 1) != 1

    def integrand(t: Any) -> Any:
        return stacked(settled(lifted(t, *args)))

    a, b = settled(a), settled(b)
    low, high = float(primal(a)), float(primal(b))
    if not holds((a, b)) and not holds(integrand(_between(low, high))):
        plain = {"f": f, "args": args} if processes else {"f": integrand}
        return quad_vec(plain.pop("f"), low, high, *more, **plain, **options)
    if processes:
        raise UnsupportedError(
            "workers= starts processes, and a Dual belongs to the one that made it; pass workers=pool.map of "
            "a concurrent.futures.ThreadPoolExecutor, or leave it out"
        )
    wanted = options.pop("full_output", False)
    value, *rest, info = quad_vec(
        lambda t: primal(integrand(t)), low, high, *more, full_output=True, **options
    )
    # On the whole line SciPy's intervals lie in (-1, 1), and ours, folded, in (0, 1).
    folded = np.abs(info.intervals) if math.isinf(low) and math.isinf(high) else info.intervals
    total = _gauss(_on_unit(integrand, a, b, low, high), _graded(sorted({*folded.ravel().tolist()})))
    return (with_value(value, total), *rest, *([info] if wanted else []))


def integral_of(quadrature: Function, f: Any, a: Any, b: Any, /, *more: Any, **options: Any) -> Any:
    """SciPy's quadrature of an integrand that may give Duals."""
    stand_in: Any = scipy_stand_in(quadrature)
    return stand_in(lambda f: f, quadrature, f, a, b, *more, **options)


def _between(low: float, high: float) -> float:
    """A place between the limits, to see there what the integrand gives."""
    low, high = min(low, high), max(low, high)
    return 0.5 * (max(low, min(high, 0.0) - 1e3) + min(high, max(low, 0.0) + 1e3))


def _on_unit(f: Any, a: Any, b: Any, low: float, high: float) -> Any:
    """The integrand, over an interval that does not move with a and b, or is infinite (as in QUADPACK)."""
    if low > high:
        forwards = _on_unit(f, b, a, high, low)
        return lambda s: -forwards(s)
    if math.isinf(low) and math.isinf(high):
        return lambda s: (f((1 - s) / s) + f(-(1 - s) / s)) / s**2
    if math.isinf(high):
        return lambda s: f(a + (1 - s) / s) / s**2
    if math.isinf(low):
        return lambda s: f(b - (1 - s) / s) / s**2
    length = high - low
    if not length:
        return lambda s: f(a + (b - a) * s) * (b - a)
    return lambda t: f(a + (b - a) * ((t - low) / length)) * ((b - a) / length)


def _graded(cuts: list[float]) -> list[float]:
    """The intervals halved, and those at the ends again and again: the derivative may be singular there."""
    if len(cuts) < 2:  # no interval for the values; for the derivatives, that of `_on_unit`
        return [0.0, 1.0]
    halved = [0.5 * (a + b) for a, b in itertools.pairwise(cuts)]
    first, last = halved[0] - cuts[0], cuts[-1] - halved[-1]
    ends = [(cuts[0] + first * 0.5**k, cuts[-1] - last * 0.5**k) for k in range(1, 33)]
    return sorted({*cuts, *halved, *itertools.chain.from_iterable(ends)})


def _gauss(f: Any, cuts: list[float]) -> Any:
    """The integral by Gauss's rule on each interval."""
    total: Any = 0.0
    for a, b in itertools.pairwise(cuts):
        centre, half = 0.5 * (a + b), 0.5 * (b - a)
        for node, weight in _NODES:
            total = total + f(centre + half * node) * (half * weight)
    return total


_x, _w = np.polynomial.legendre.leggauss(15)
_NODES = tuple(zip(_x.tolist(), _w.tolist(), strict=True))


# ---------------------------------------------------------------- roots


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
    if isinstance(result, tuple):
        return (root_of(residual, result[0]), *result[1:])
    return root_of(residual, result)


def _system(
    called: Any, solver: Function, f: Any, x0: Any, args: Any = (), *more: Any, **options: Any
) -> Any:
    """``fsolve`` and ``root``."""
    args = args if isinstance(args, tuple) else (args,)
    lifted = called(f)

    def residual(x: Any) -> Any:
        return as_array(lifted(x, *args))

    jacobian = options.pop("jac", None) or options.pop("fprime", None)
    if callable(jacobian):
        name = "jac" if solver.__name__ == "root" else "fprime"
        own = called(jacobian)
        options[name] = lambda x: primal(as_array(own(x, *args)))
    result = solver(lambda x: primal(residual(x)), primal(as_array(x0)), (), *more, **options)
    if isinstance(result, tuple):
        return (root_of(residual, result[0]), *result[1:])
    if isinstance(result, np.ndarray):
        return root_of(residual, result)
    result.x = root_of(residual, result.x)
    return result


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


# ---------------------------------------------------------------- special functions


def _lambertw(called: Any, lambertw: Function, z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """``W' = exp(-W) / (1 + W)``, on each branch."""
    z = settled(z)
    z = stacked(z) if isinstance(z, list | tuple) else z
    if type(z) is not Dual:
        return lambertw(z, k, tol)
    rule = Rule(lambertw, (lambda y, z: np.exp(-y) / (1 + y),), "lambertw", lambertw)
    return call(rule, lambda z: _lambertw(called, lambertw, z, k, tol), (z,))


def _spherical(sign: int) -> Function:
    """Spherical Bessel functions: ``f'' = -2 f' / z - (sign - n (n+1) / z**2) f``; -1 for modified ones."""

    def evaluate(called: Any, function: Function, n: Any, z: Any, derivative: bool = False) -> Any:
        z = settled(z)
        if type(z) is not Dual:
            return function(n, z, derivative)

        def again(z: Any, derivative: bool) -> Any:
            return evaluate(called, function, n, z, derivative)

        def slope(y: Any, z: Any) -> Any:
            if not derivative:
                return again(z, True)
            return -2 / z * y - (sign - n * (n + 1) / z**2) * again(z, False)

        rule = Rule(function, (slope,), function.__name__, function)
        return call(rule, lambda z: again(z, derivative), (z,))

    return evaluate


# ---------------------------------------------------------------- what stands in for what

_BY_QUALIFIED_NAME: dict[str, Function] = {**SPLINES, **TENSOR_SPLINES, **SOLVERS, **SCATTERED, **LEGENDRE}

_FUNCTIONS: dict[tuple[str, str], Function] = {
    **MINIMIZERS,
    **LEAST_SQUARES,
    **EQUATIONS,
    **SOLUTIONS,
    **SPARSE,
    ("integrate", "quad"): _quad,
    ("integrate", "quad_vec"): _quad_vec,
    ("special", "lambertw"): _lambertw,
    ("special", "spherical_jn"): _spherical(1),
    ("special", "spherical_yn"): _spherical(1),
    ("special", "spherical_in"): _spherical(-1),
    ("special", "spherical_kn"): _spherical(-1),
    ("optimize", "fsolve"): _system,
    ("optimize", "root"): _system,
    ("optimize", "root_scalar"): _root_scalar,
    ("optimize", "fixed_point"): _fixed_point,
    **{
        ("optimize", name): _scalar_root
        for name in ("brentq", "brenth", "bisect", "ridder", "toms748", "newton")
    },
}
