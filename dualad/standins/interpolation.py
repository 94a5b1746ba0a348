"""Stand-ins for the parts of SciPy's splines and interpolation on grids that are compiled.

A spline is evaluated by its own formula, in the pieces that SciPy would choose, so that places, data
and knots may all be Duals; the values are SciPy's own.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled, stacked
from ..dual.calls import call
from ..dual.containers import mode_in
from ..errors import UnsupportedError
from ..table import Rule
from .scipy_arrays import with_value

__all__ = ["GRIDS", "SPLINES", "de_boor", "interpolator", "knots_through"]

Function = Callable[..., Any]


def _holds(x: Any) -> bool:
    return mode_in(settled(x)) is not None


def _as_one(x: Any) -> Any:
    x = settled(x)
    return stacked(x) if isinstance(x, list | tuple) else x


# ---------------------------------------------------------------- piecewise polynomials


def _part(spline: Any, name: str) -> Any:
    """``spline.c`` and its like: since SciPy 1.16 the array that compiled code takes is ``spline._c``.

    Since 1.18 it is ``spline._delegate_to.c``, and ``spline.c`` a copy for other libraries' arrays.
    """
    spline = getattr(spline, "_delegate_to", spline)
    found = getattr(spline, "_" + name, None)
    return settled(getattr(spline, name) if found is None else found)


def _column(x: Any, like: Any, before: int) -> Any:
    """Numbers, one for each place, that multiply the rows of coefficients."""
    return np.reshape(x, np.shape(x) + (1,) * (np.ndim(like) - before))


def _ppoly_evaluate(
    called: Any, original: Function, spline: Any, x: Any, nu: int, inside: Any, out: Any
) -> None:
    """``PPoly._evaluate``, which writes the polynomials' values, or those of a derivative, to ``out``."""
    c, breaks, at = _part(spline, "c"), _part(spline, "x"), settled(x)
    if not _holds((c, breaks, at)):
        original(spline, at, nu, inside, out)
        return
    c = np.reshape(c, (*c.shape[:2], -1))
    plain = type(spline).construct_fast(primal(c), primal(breaks))
    y = _pieces(c, breaks, at, nu)
    if not inside:
        low, high = sorted((primal(breaks)[0], primal(breaks)[-1]))
        outside = ~((low <= primal(at)) & (primal(at) <= high))
        y = np.where(outside[:, None], np.nan, y)
    out[...] = with_value(np.reshape(plain(primal(at), nu, inside), y.shape), y)


def _pieces(c: Any, breaks: Any, at: Any, nu: int) -> Any:
    """``sum(c[k, i] * (at - breaks[i])**(K - k))`` by Horner's rule, where i is the piece of the place."""
    piece = _piece(breaks, at)
    ahead = _column(at - breaks[piece], c, 2)
    y: Any = np.zeros_like(primal(c[0][piece]))
    for row, power in zip(c, range(len(c) - 1, nu - 1, -1), strict=False):
        y = y * ahead + row[piece] * math.perm(power, nu)
    return y


def _piece(breaks: Any, at: Any) -> Any:
    breaks, at = primal(breaks), primal(at)
    sign = 1 if breaks[0] <= breaks[-1] else -1
    return np.clip(np.searchsorted(sign * breaks, sign * at, side="right") - 1, 0, len(breaks) - 2)


def _ppoly_integrate(
    called: Any, original: Function, spline: Any, a: Any, b: Any, extrapolate: Any = None
) -> Any:
    c, breaks, (a, b) = _part(spline, "c"), _part(spline, "x"), settled((a, b))
    if not _holds((c, breaks, a, b)):
        return original(spline, a, b, extrapolate)
    if (spline.extrapolate if extrapolate is None else extrapolate) == "periodic":
        raise UnsupportedError(
            "the integral of a periodic spline has no derivative; take spline.antiderivative(), or add the "
            "integrals over its periods"
        )
    plain = type(spline).construct_fast(primal(c), primal(breaks), spline.extrapolate, spline.axis)
    powers = np.arange(len(c), 0, -1.0)
    summed = np.concatenate([c / powers.reshape(-1, *(1,) * (c.ndim - 1)), np.zeros((1, *c.shape[1:]))])
    ends = _pieces(summed, breaks, breaks[1:], 0) if len(breaks) == 2 else None
    if ends is None:
        steps = _column(breaks[1:] - breaks[:-1], c, 2)
        ends = np.zeros_like(primal(c[0]))
        for row in summed:
            ends = ends * steps + row
    before = np.concatenate([np.zeros((1, *c.shape[2:])), np.cumsum(ends, axis=0)])

    def up_to(x: Any) -> Any:
        x = np.reshape(x, (1,))
        return before[_piece(breaks, x)][0] + _pieces(summed, breaks, x, 0)[0]

    return with_value(plain.integrate(primal(a), primal(b), extrapolate), up_to(b) - up_to(a))


# ---------------------------------------------------------------- B-splines


def de_boor(t: Any, c: Any, k: int, at: Any, nu: int = 0) -> Any:
    """The spline with knots t, coefficients c and degree k, by de Boor's triangle."""
    for _ in range(min(nu, k + 1)):
        if not k:
            return np.zeros_like(primal(c))[np.zeros(np.shape(at), int)]
        n = len(c)
        steps = _column(t[k + 1 : n + k] - t[1:n], c, 1)
        c = (
            k
            * (c[1:] - c[:-1])
            * np.where(primal(steps) == 0, 0.0, 1 / np.where(primal(steps) == 0, 1.0, steps))
        )
        t, k = t[1:-1], k - 1
    n = len(c)
    i = np.clip(np.searchsorted(primal(t)[:n], primal(at), side="right") - 1, k, n - 1)
    rows = [c[i - k + j] for j in range(k + 1)]
    for r in range(1, k + 1):
        for j in range(k, r - 1, -1):
            low, high = t[i - k + j], t[i + 1 + j - r]
            share = _column((at - low) / (high - low), c, 1)
            rows[j] = (1 - share) * rows[j - 1] + share * rows[j]
    return rows[k]


def knots_through(x: Any, k: int) -> Any:
    """The knots of a spline through points at x, none of which is one next to the ends ("not a knot")."""
    cut = (k + 1) // 2 if k % 2 else k // 2
    between = x if k % 2 else (x[1:] + x[:-1]) / 2
    first, last = (np.repeat(end, k + 1) for end in (x[:1], x[-1:]))
    return np.concatenate([first, between[cut : len(primal(between)) - cut], last])


def _through_points(x: Any, y: Any, t: Any, c: Any, k: int) -> tuple[Any, Any]:
    """Knots and coefficients of a spline that goes through points, as functions of them."""
    if _holds(x):
        knots = knots_through(x, k)
        if not np.array_equal(primal(knots), t):
            raise UnsupportedError(
                "this spline has knots of its own, so that it has no derivative with respect to x; write "
                "make_interp_spline(x, y), or CubicSpline(x, y)"
            )
        t = knots
    n = len(primal(x))
    rows = np.reshape(y, (n, -1))
    exact = np.linalg.solve(de_boor(t, np.eye(n), k, x), rows)
    exact = np.reshape(exact, np.shape(y))
    return t, with_value(c, np.concatenate([exact, np.zeros((len(c) - n, *np.shape(y)[1:]))]))


def _bspline_call(
    called: Any, original: Function, spline: Any, x: Any, nu: int = 0, extrapolate: Any = None
) -> Any:
    t, c, k, at = _part(spline, "t"), _part(spline, "c"), spline.k, _as_one(x)
    if not _holds((t, c, at)):
        return original(spline, at, nu, extrapolate)
    extrapolate = spline.extrapolate if extrapolate is None else extrapolate
    plain = type(spline).construct_fast(primal(t), primal(c), k, spline.extrapolate, spline.axis)
    at = np.asarray(at) if not isinstance(at, Dual) else at
    value = plain(primal(at), nu, extrapolate)
    low, high = t[k], t[len(t) - k - 1]
    if extrapolate == "periodic":
        at = low + (at - low) % (high - low)
    y = de_boor(t, c, k, at, nu)
    if extrapolate is False:
        outside = ~((primal(low) <= primal(at)) & (primal(at) <= primal(high)))
        y = np.where(_column(outside, c, 1), np.nan, y)
    if spline.axis:
        y = np.moveaxis(y, range(np.ndim(at)), range(spline.axis, spline.axis + np.ndim(at)))
    return with_value(value, y)


def _splrep(called: Any, splrep: Function, x: Any, y: Any, *args: Any, **options: Any) -> Any:
    """The knots, coefficients and degree of the spline through points."""
    x, y, args, options = settled((_as_one(x), _as_one(y), args, options))
    if not _holds((x, y, args, options)):
        return splrep(x, y, *args, **options)
    given = inspect.signature(splrep).bind(x, y, *args, **options).arguments
    if (
        _holds({**given, "x": 0.0, "y": 0.0})
        or given.get("s")
        or given.get("w") is not None
        or given.get("task")
    ):
        raise UnsupportedError(
            "splrep has a derivative with respect to x and y, where the spline goes through the points (s=0, "
            "no weights); for knots of your own call make_lsq_spline"
        )
    t, c, k = splrep(**{**given, "x": primal(x), "y": primal(y)})
    if given.get("per"):
        raise UnsupportedError(
            "splrep(per=True) has no derivative; write make_interp_spline(bc_type='periodic')"
        )
    return *_through_points(x, y, t, c, k), k


def _linear_in_data(called: Any, original: Function, x: Any, y: Any, *args: Any, **options: Any) -> Any:
    """What makes a spline of data: linear in y, whose coefficients are those of unit vectors, combined."""
    x, y, args, options = settled((_as_one(x), _as_one(y), args, options))
    if not _holds((x, y, args, options)):
        return original(x, y, *args, **options)
    given = dict(inspect.signature(original).bind(x, y, *args, **options).arguments)
    if original.__name__ == "make_interp_spline" and given.get("k") == 0:
        given["x"] = x = primal(x)  # a step does not change its height when it moves
    ends = given.get("bc_type")
    automatic = original.__name__ == "make_smoothing_spline" and given.get("lam") is None
    through = original.__name__ == "make_interp_spline" and ends in (None, "not-a-knot")
    others = {**given, "y": 0.0, **({"x": 0.0} if through else {})}
    if _holds(others) or not (ends is None or isinstance(ends, str)) or automatic:
        raise UnsupportedError(
            f"{original.__name__} has a derivative with respect to y, where all else is plain numbers"
            f"{' and lam is given' if automatic else ''}; CubicSpline has one with respect to x as well"
        )
    plain = original(**{**given, "x": primal(x), "y": primal(y)})
    axis = given.pop("axis", 0)
    if _holds(x):
        t, c = _through_points(x, np.moveaxis(y, axis, 0), plain.t, _part(plain, "c"), plain.k)
        return called(type(plain).construct_fast)(
            with_value(plain.t, t), c, plain.k, plain.extrapolate, plain.axis
        )
    units = original(**{**given, "y": np.eye(len(x))})
    c = np.tensordot(_part(units, "c"), np.moveaxis(y, axis, 0), (1, 0))
    return called(type(plain).construct_fast)(
        plain.t, with_value(_part(plain, "c"), c), plain.k, plain.extrapolate, plain.axis
    )


def _splev(called: Any, splev: Function, x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    """A spline by its knots, coefficients and degree."""
    x, parts = _as_one(x), settled(tck) if isinstance(tck, list | tuple) else None
    if not _holds((x, parts)):
        return splev(x, tck, der, ext)
    if parts is None or isinstance(parts[1], list):
        raise UnsupportedError("splev has a derivative for one spline (t, c, k); call it once for each curve")
    t, c, k = parts
    value = splev(primal(x), (primal(t), primal(c), k), der, ext)
    low, high = t[k], t[len(t) - k - 1]
    at = np.clip(x, low, high) if ext == 3 else x
    y = de_boor(t, c[: len(t) - k - 1], k, at, der)
    if ext == 1:
        y = np.where((primal(x) < primal(low)) | (primal(x) > primal(high)), 0.0, y)
    return with_value(value, y)


def _splint(called: Any, splint: Function, a: Any, b: Any, tck: Any, full_output: Any = 0) -> Any:
    """The integral from a to b, by the spline that is the antiderivative; 0 outside of the knots."""
    a, b = settled((a, b))
    parts = settled(tck) if isinstance(tck, list | tuple) else None
    if not _holds((a, b, parts)):
        return splint(a, b, tck, full_output)
    if parts is None or full_output:
        raise UnsupportedError("splint has a derivative for (t, c, k); leave out full_output")
    t, c, k = parts
    n = len(t) - k - 1
    widths = t[k + 1 :] - t[: -k - 1]
    sums = np.concatenate([np.zeros(1), np.cumsum(c[:n] * widths) / (k + 1)])
    knots = np.concatenate([t[:1], t, t[-1:]])
    ends = [de_boor(knots, sums, k + 1, np.clip(x, t[k], t[n])) for x in (a, b)]
    value = splint(primal(a), primal(b), (primal(t), primal(c), k))
    return with_value(value, ends[1] - ends[0])


def _univariate(
    called: Any, original: Function, spline: Any, x: Any, y: Any, *args: Any, **options: Any
) -> None:
    """``UnivariateSpline.__init__``, and that of the spline through all points."""
    x, y = _as_one(x), _as_one(y)
    if not _holds((x, y, args, options)):
        original(spline, x, y, *args, **options)
        return
    given = inspect.signature(original).bind(spline, x, y, *args, **options).arguments
    smooth = "s" in inspect.signature(original).parameters and given.get("s") != 0
    if _holds({**given, "x": 0.0, "y": 0.0}) or smooth or given.get("w") is not None:
        raise UnsupportedError(
            f"{type(spline).__name__} has a derivative with respect to x and y, where the spline goes "
            "through the points (s=0, no weights); for knots of your own call make_lsq_spline"
        )
    original(**{**given, "x": primal(x), "y": primal(y)})
    t, c, k = spline._eval_args
    spline._eval_args = *_through_points(x, y, t, c, k), k


def _least_squares(
    called: Any, original: Function, spline: Any, x: Any, y: Any, *args: Any, **options: Any
) -> None:
    """``LSQUnivariateSpline.__init__``: linear in y."""
    x, y = _as_one(x), _as_one(y)
    if not _holds((x, y, args, options)):
        original(spline, x, y, *args, **options)
        return
    given = inspect.signature(original).bind(spline, x, y, *args, **options).arguments
    if _holds({**given, "y": 0.0}):
        raise UnsupportedError(
            "LSQUnivariateSpline has a derivative with respect to y alone; pass dualad.value of the others"
        )
    original(**{**given, "y": primal(y)})
    t, c, k = spline._eval_args
    n, w = len(t) - k - 1, np.ones(len(x)) if given.get("w") is None else np.asarray(given["w"])
    fitted = np.linalg.lstsq(de_boor(t, np.eye(n), k, x) * w[:, None], y * w, rcond=None)[0]
    spline._eval_args = t, with_value(c, np.concatenate([fitted, np.zeros(len(c) - n)])), k


def _univariate_part(place: int) -> Function:
    """``get_knots`` and ``get_coeffs``, which SciPy reads elsewhere."""

    def part(called: Any, original: Function, spline: Any) -> Any:
        t, c, k = spline._eval_args
        if not _holds((t, c)):
            return original(spline)
        return t[k : len(primal(t)) - k] if place == 0 else c[: len(primal(t)) - k - 1]

    return part


def _derivatives(called: Any, original: Function, spline: Any, x: Any) -> Any:
    """``UnivariateSpline.derivatives``: all of them at one place."""
    t, c, k = spline._eval_args
    x = settled(x)
    if not _holds((x, t, c)):
        return original(spline, x)
    from scipy.interpolate import splev

    plain = np.array([splev(primal(x), (primal(t), primal(c), k), nu) for nu in range(k + 1)])
    at = np.reshape(x, (1,))
    return with_value(
        plain, np.concatenate([de_boor(t, c[: len(primal(t)) - k - 1], k, at, nu) for nu in range(k + 1)])
    )


def _univariate_integral(called: Any, original: Function, spline: Any, a: Any, b: Any) -> Any:
    a, b = settled((a, b))
    if not _holds((a, b, spline._eval_args)):
        return original(spline, a, b)
    from scipy.interpolate import splint

    return _splint(called, splint, a, b, spline._eval_args)


# ---------------------------------------------------------------- surfaces


def _surface(x: Any, y: Any, evaluate: Function, dx: int, dy: int) -> Any:
    """A spline of two variables, ``evaluate(x, y, dx, dy)``, one number for each pair."""
    x, y = settled(x), settled(y)
    if type(x) is not Dual and type(y) is not Dual:
        return evaluate(x, y, dx, dy)
    slopes = (
        lambda z, x, y: _surface(x, y, evaluate, dx + 1, dy),
        lambda z, x, y: _surface(x, y, evaluate, dx, dy + 1),
    )
    rule = Rule(evaluate, slopes, "spline", evaluate)
    return call(rule, lambda x, y: _surface(x, y, evaluate, dx, dy), (x, y))


def _bisplev(called: Any, bisplev: Function, x: Any, y: Any, tck: Any, dx: int = 0, dy: int = 0) -> Any:
    x, y = _as_one(settled(x)), _as_one(settled(y))
    if _holds((x, y)):
        x, y = (_inside(a, knots, degree) for a, knots, degree in zip((x, y), tck[:2], tck[3:], strict=True))
    if _holds((x, y)) and (np.shape(x) or np.shape(y)):  # the grid of x and y
        grid = _on_grid(bisplev, tck, dx, dy)
        z = grid(np.reshape(np.atleast_1d(x), (-1, 1)), np.atleast_1d(y))
        rows, columns = z.shape
        return z if rows > 1 else z[0] if columns > 1 else z[0, 0]

    def evaluate(x: Any, y: Any, dx: int, dy: int) -> Any:
        if dy == tck[4] == 1:  # FITPACK stops below the degree: a straight line between two knots
            below, above = _around(y, tck[1])
            return (evaluate(x, above, dx, 0) - evaluate(x, below, dx, 0)) / (above - below)
        if dx == tck[3] == 1:
            below, above = _around(x, tck[0])
            return (evaluate(above, y, 0, dy) - evaluate(below, y, 0, dy)) / (above - below)
        for order, degree in ((dx, tck[3]), (dy, tck[4])):
            if order >= degree:
                raise UnsupportedError(
                    f"derivative {order} of a spline of degree {degree} is not available; "
                    f"make the spline of degree {order + 1} or more"
                )
        return bisplev(x, y, tck, dx, dy)

    return _surface(x, y, evaluate, dx, dy)


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


def _inside(x: Any, knots: Any, degree: int) -> Any:
    """Clipped to where the spline is defined; beyond, its value stays what it is at the edge."""
    return np.clip(x, knots[degree], knots[-degree - 1])


def _around(x: float, knots: Any) -> tuple[float, float]:
    """The knots on both sides of a place; the last two of them at and beyond the end."""
    knots = np.unique(knots)
    i = min(max(int(np.searchsorted(knots, x, side="right")), 1), len(knots) - 1)
    return float(knots[i - 1]), float(knots[i])


def _ev(called: Any, ev: Function, spline: Any, xi: Any, yi: Any, dx: int = 0, dy: int = 0) -> Any:
    return _surface(xi, yi, lambda x, y, dx, dy: ev(spline, x, y, dx, dy), dx, dy)


def _bivariate(
    called: Any, original: Function, spline: Any, x: Any, y: Any, dx: int = 0, dy: int = 0, grid: bool = True
) -> Any:
    """``spline(x, y)``: on the grid of x and y, or for pairs."""
    x, y = _as_one(x), _as_one(y)
    if not _holds((x, y)):
        return original(spline, x, y, dx, dy, grid)

    def evaluate(x: Any, y: Any, dx: int, dy: int) -> Any:
        return original(spline, x, y, dx, dy, False)

    if not grid:
        return _surface(x, y, evaluate, dx, dy)
    z = _surface(np.reshape(x, (-1, 1)), np.reshape(y, (1, -1)), evaluate, dx, dy)
    return with_value(original(spline, primal(x), primal(y), dx, dy, True), z)


# ---------------------------------------------------------------- grids


def _find_indices(grid: Any, xi: Any) -> Any:
    """For each coordinate the cell, and how far along it the place is."""
    cells, shares = [], []
    for axis, x in zip(grid, xi, strict=True):
        axis = settled(axis)
        i = np.clip(np.searchsorted(primal(axis), primal(x), side="right") - 1, 0, len(axis) - 2)
        cells.append(i)
        shares.append((x - axis[i]) / (axis[i + 1] - axis[i]))
    return np.stack(cells), np.stack(shares)


def _evaluate_linear_2d(values: Any, indices: Any, shares: Any, grid: Any, out: Any) -> Any:
    (i, j), (a, b) = indices, shares
    low = values[i, j] * (1 - b) + values[i, j + 1] * b
    high = values[i + 1, j] * (1 - b) + values[i + 1, j + 1] * b
    return low * (1 - a) + high * a


def _coordinates(points: Any, ndim: int | None = None) -> Any:
    """``_ndim_coords_from_arrays``: a tuple of coordinates as one array with these along its last axis."""
    if isinstance(points, tuple) and len(points) == 1:
        points = points[0]
    if isinstance(points, tuple):
        return np.stack(np.broadcast_arrays(*map(_as_one, points)), axis=-1)
    points = _as_one(points)
    if points.ndim == 1:
        return np.reshape(points, (-1, 1) if ndim is None else (-1, ndim))
    return points


#: Compiled functions of SciPy's interpolation -> the same in Python.
GRIDS: dict[str, Function] = {
    "find_indices": _find_indices,
    "evaluate_linear_2d": _evaluate_linear_2d,
    "_ndim_coords_from_arrays": _coordinates,
}


# ---------------------------------------------------------------- objects that are called


def interpolator(x: Any) -> Any:
    """A polynomial through points that SciPy has made, to be called with a Dual; None for another object."""
    if type(x).__name__ not in ("BarycentricInterpolator", "KroghInterpolator") or _holds(vars(x)):
        return None
    return functools.partial(_evaluated, x, 0)


def _evaluated(x: Any, order: int, at: Any, *args: Any, **keywords: Any) -> Any:
    """The derivative of an order, at a place that may be a Dual."""
    at = _as_one(at)
    if type(at) is not Dual:
        return x.derivative(at, order) if order else x(at, *args, **keywords)
    if np.ndim(x.yi) > 1 and x.yi.shape[1:] != (1,):
        raise UnsupportedError(
            f"a {type(x).__name__} of several columns has no derivative with respect to the place; make one "
            "for each column"
        )
    rule = Rule(x, (lambda y, at: _evaluated(x, order + 1, at),), type(x).__name__, x)
    return call(rule, lambda at: _evaluated(x, order, at, *args, **keywords), (at,))


#: What stands in for functions and methods of scipy.interpolate.
SPLINES: dict[str, Function] = {
    **{f"{kind}._evaluate": _ppoly_evaluate for kind in ("PPoly", "_PPoly")},  # the latter since SciPy 1.18
    **{f"{kind}.integrate": _ppoly_integrate for kind in ("PPoly", "_PPoly")},
    "BSpline.__call__": _bspline_call,
    "make_interp_spline": _linear_in_data,
    "make_lsq_spline": _linear_in_data,
    "make_smoothing_spline": _linear_in_data,
    "splev": _splev,
    "splint": _splint,
    "splrep": _splrep,
    "bisplev": _bisplev,
    "UnivariateSpline.__init__": _univariate,
    "InterpolatedUnivariateSpline.__init__": _univariate,
    "UnivariateSpline.integral": _univariate_integral,
    "LSQUnivariateSpline.__init__": _least_squares,
    "UnivariateSpline.derivatives": _derivatives,
    "UnivariateSpline.get_knots": _univariate_part(0),
    "UnivariateSpline.get_coeffs": _univariate_part(1),
    "SmoothBivariateSpline.ev": _ev,
    "BivariateSpline.ev": _ev,
    "_BivariateSplineBase.__call__": _bivariate,
}
