"""Stand-ins for functions of SciPy that are compiled inside: quadrature, roots, splines, Lambert's W.

They run SciPy's own function on values. The derivative of an integral is the integral of the
derivative, by a Gauss-Kronrod rule on the intervals that SciPy chose; that of a root comes from a
step of Newton's method on Duals (the implicit function theorem).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..containers import mode_in
from ..dual import Dual, make, primal, settled, stacked
from ..errors import UnsupportedError
from ..modes import Forward
from ..operations import call
from ..shapes import size_of
from ..table import Rule

__all__ = ["interpolator", "scipy_stand_in"]

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
    solver = _FUNCTIONS.get((f.__module__.split(".")[1], f.__name__))
    return solver and _by_position(solver)


def _with_value(value: Any, x: Any) -> Any:
    return x + (value - primal(x))


def _holds(x: Any) -> bool:
    return mode_in(settled(x)) is not None


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
    inner = 0.5 * (max(low, -1e3) + min(high, 1e3))
    if not _holds((a, b, args)) and not _holds(integrand(inner)):
        return quad(lambda t: float(integrand(t)), low, high, (), *more, **options)
    if options.get("weight") is not None:
        raise UnsupportedError(
            "scipy.integrate.quad with weight= has no derivative; multiply the integrand by it"
        )
    wanted = bool(more[0] if more else options.pop("full_output", 0))
    result = quad(plain, low, high, (), 1, *more[1:], **options)
    info = result[2]
    total: Any = 0.0
    for left, right in zip(info["alist"][: info["last"]], info["blist"][: info["last"]], strict=True):
        total = total + _gauss_kronrod(_on_unit(integrand, a, b, low, high), left, right, low, high)
    exact = _with_value(result[0], total)
    return (exact, *result[1:]) if wanted else (exact, result[1])


def _on_unit(f: Any, a: Any, b: Any, low: float, high: float) -> Any:
    """The integrand, over an interval that does not move with a and b, or is infinite (as in QUADPACK)."""
    if math.isinf(low) and math.isinf(high):
        return lambda s: (f((1 - s) / s) + f(-(1 - s) / s)) / s**2
    if math.isinf(high):
        return lambda s: f(a + (1 - s) / s) / s**2
    if math.isinf(low):
        return lambda s: f(b - (1 - s) / s) / s**2
    length = high - low
    if not length:
        return lambda s: f(a) * (b - a)
    return lambda t: f(a + (b - a) * ((t - low) / length)) * ((b - a) / length)


def _gauss_kronrod(f: Any, left: float, right: float, low: float, high: float) -> Any:
    middle = 0.5 * (left + right)
    total: Any = 0.0
    for a, b in ((left, middle), (middle, right)):
        centre, half = 0.5 * (a + b), 0.5 * (b - a)
        for node, weight in _NODES:
            total = total + f(centre + half * node) * (half * weight)
    return total


_x, _w = np.polynomial.legendre.leggauss(20)
_NODES = tuple(zip(_x.tolist(), _w.tolist(), strict=True))


# ---------------------------------------------------------------- roots


def _root_of(f: Any, x: Any) -> Any:
    """The root ``x`` of f, found for the values, as a function of what f holds: steps of Newton's method."""
    root = x
    residual = settled(f(x))
    if isinstance(residual, list | tuple):
        residual = stacked(residual)
    depth = 0
    inside = residual
    while type(inside) is Dual:
        inside, depth = inside.value, depth + 1
    for _ in range(depth):
        residual, slope = _value_and_slope(f, root)
        root = root - (residual / slope if not np.shape(x) else np.linalg.solve(slope, residual))
    return _with_value(x, root) if depth else root


def _value_and_slope(f: Any, x: Any) -> tuple[Any, Any]:
    """f and its derivative (a matrix, where x is a vector) at x, which may hold Duals."""
    shape = np.shape(x)
    mode = Forward(size_of(shape)) if shape else Forward()
    seed = np.eye(size_of(shape)) if shape else 1.0
    y = settled(f(make(mode, x, mode._fitted(seed, x))))
    y = stacked(y) if isinstance(y, list | tuple) else y
    if not isinstance(y, Dual) or y.mode is not mode:
        raise UnsupportedError("the function whose root is sought does not depend on its argument; check it")
    return y.value, np.transpose(y.tangent) if shape else y.tangent


def _scalar_root(called: Any, solver: Function, f: Any, *args: Any, **options: Any) -> Any:
    """``brentq(f, a, b, args=...)`` and its like, and ``newton(f, x0, ...)``."""
    newton = solver.__name__ == "newton"
    names = ("x0", "fprime", "args") if newton else ("a", "b", "args")
    given = dict(zip(names, args, strict=False)) | options
    extra = given.pop("args", ())
    extra = extra if isinstance(extra, tuple) else (extra,)
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
        return (_root_of(residual, result[0]), *result[1:])
    return _root_of(residual, result)


def _system(
    called: Any, solver: Function, f: Any, x0: Any, args: Any = (), *more: Any, **options: Any
) -> Any:
    """``fsolve`` and ``root``."""
    args = args if isinstance(args, tuple) else (args,)
    lifted = called(f)

    def residual(x: Any) -> Any:
        return _as_one(settled(lifted(x, *args)))

    jacobian = options.pop("jac", None) or options.pop("fprime", None)
    if callable(jacobian):
        name = "jac" if solver.__name__ == "root" else "fprime"
        own = called(jacobian)
        options[name] = lambda x: primal(_as_one(settled(own(x, *args))))
    result = solver(lambda x: primal(residual(x)), primal(_as_one(settled(x0))), (), *more, **options)
    if isinstance(result, tuple):
        return (_root_of(residual, result[0]), *result[1:])
    if isinstance(result, np.ndarray):
        return _root_of(residual, result)
    result.x = _root_of(residual, result.x)
    return result


def _as_one(x: Any) -> Any:
    return stacked(x) if isinstance(x, list | tuple) else x


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
    result.root = _root_of(residual, result.root)
    return result


def _fixed_point(called: Any, solver: Function, f: Any, x0: Any, args: Any = (), **options: Any) -> Any:
    """``fixed_point``: a root of ``f(x) - x``."""
    lifted = called(f)

    def residual(x: Any) -> Any:
        return _as_one(settled(lifted(x, *args))) - x

    result = solver(lambda x: primal(settled(lifted(x, *args))), primal(settled(x0)), (), **options)
    return _root_of(residual, result if np.shape(result) else float(result))


# ---------------------------------------------------------------- interpolation


def _splev(called: Any, splev: Function, x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    """A spline by its knots and coefficients, which are plain."""
    x = settled(x)
    x = stacked(x) if isinstance(x, list | tuple) else x
    if type(x) is not Dual:
        return splev(x, tck, der, ext)
    rule = Rule(splev, (lambda y, x: _splev(called, splev, x, tck, der + 1, ext),), "splev", splev)
    return call(rule, lambda x: _splev(called, splev, x, tck, der, ext), (x,))


def _bisplev(called: Any, bisplev: Function, x: Any, y: Any, tck: Any, dx: int = 0, dy: int = 0) -> Any:
    """A spline of two variables on the grid of ``x`` and ``y``; knots and coefficients are plain."""
    x, y = _as_one(settled(x)), _as_one(settled(y))
    if not _holds((x, y)):
        return bisplev(x, y, tck, dx, dy)
    grid = _on_grid(bisplev, tck, dx, dy)
    z = grid(np.reshape(np.atleast_1d(x), (-1, 1)), np.atleast_1d(y))
    rows, columns = z.shape
    return z if rows > 1 else z[0] if columns > 1 else z[0, 0]


def _on_grid(bisplev: Function, tck: Any, dx: int, dy: int) -> Function:
    """A derivative of the spline as an elementwise function of a column and a row."""

    def slope(along: int) -> Function:
        order, degree = (dx, dy)[along], tck[3 + along]
        if order + 1 >= degree:  # the last derivative is a step function, which FITPACK does not give
            raise UnsupportedError(
                f"derivative {order + 1} of a spline of degree {degree} is not available; "
                f"make the spline of degree {degree + 1} or more"
            )
        return _on_grid(bisplev, tck, dx + (along == 0), dy + (along == 1))

    def evaluate(x: Any, y: Any) -> Any:
        if _holds((x, y)):
            return call(rule, evaluate, (x, y))
        return np.reshape(bisplev(x[:, 0], y, tck, dx, dy), (x.size, y.size))

    rule = Rule(bisplev, (lambda z, x, y: slope(0)(x, y), lambda z, x, y: slope(1)(x, y)), "bisplev", bisplev)
    return evaluate


def _lambertw(called: Any, lambertw: Function, z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """Lambert's W: ``W exp(W) = z``."""

    def evaluate(z: Any) -> Any:
        if not _holds(z):
            return lambertw(z, k, tol)
        return call(rule, evaluate, (z,))

    rule = Rule(lambertw, (lambda w, z: np.exp(-w) / (1 + w),), "lambertw", lambertw)
    return evaluate(_as_one(settled(z)))


def interpolator(x: Any) -> Any:
    """An interpolating object of SciPy, to be called with a Dual; None for another object."""
    if not type(x).__module__.startswith("scipy.interpolate") or not hasattr(x, "derivative"):
        return None

    def evaluate(at: Any, *args: Any, **keywords: Any) -> Any:
        at = settled(at)
        at = stacked(at) if isinstance(at, list | tuple) else at
        if type(at) is not Dual:
            return x(at, *args, **keywords)
        slope = x.derivative(*args) if args else x.derivative()
        rule = Rule(x, (lambda y, at: interpolator(slope)(at),), type(x).__name__, x)
        return call(rule, lambda at: evaluate(at, *args, **keywords), (at,))

    return evaluate


# ---------------------------------------------------------------- what stands in for what

_FUNCTIONS: dict[tuple[str, str], Function] = {
    ("integrate", "quad"): _quad,
    ("interpolate", "bisplev"): _bisplev,
    ("interpolate", "splev"): _splev,
    ("special", "lambertw"): _lambertw,
    ("optimize", "fsolve"): _system,
    ("optimize", "root"): _system,
    ("optimize", "root_scalar"): _root_scalar,
    ("optimize", "fixed_point"): _fixed_point,
    **{
        ("optimize", name): _scalar_root
        for name in ("brentq", "brenth", "bisect", "ridder", "toms748", "newton")
    },
}
