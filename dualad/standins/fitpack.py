"""The classes of splines of SciPy that FITPACK stands behind, of one variable and of two."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..dual.calls import call
from ..errors import UnsupportedError
from ..table import Rule
from .b_splines import B_SPLINES, de_boor
from .scipy_arrays import as_array, holds, with_value
from .spline_fits import interpolated, knots_of_data, least_squares, smoothed

__all__ = ["FITPACK"]

Function = Callable[..., Any]


# ---------------------------------------------------------------- curves


def _fitted(called: Any, original: Function, spline: Any, x: Any, y: Any, *args: Any, **options: Any) -> None:
    """``__init__`` of a class of splines: knots and coefficients as functions of the data."""
    x, y, args, options = settled((as_array(x), as_array(y), args, options))
    if not holds((x, y, args, options)):
        original(spline, x, y, *args, **options)
        return
    given = dict(inspect.signature(original).bind(spline, x, y, *args, **options).arguments)
    w, ends = given.get("w"), given.get("bbox", (None, None))
    if holds({**given, **dict.fromkeys(("self", "x", "y", "w", "s"), 0.0)}):
        raise UnsupportedError(
            f"{type(spline).__name__} has a derivative with respect to its data, weights and s alone"
        )
    original(**{name: a if name == "self" else primal(a) for name, a in given.items()})
    t, c, k = spline._eval_args
    t, fp = knots_of_data(x, t, k, ends, "t" not in given), spline.get_residual()
    smooth = "s" in inspect.signature(original).parameters
    s = given.get("s") if smooth else 0.0
    if "t" in given:
        t, c = least_squares(x, y, w, t, c, k)
    elif smooth and (s is None or primal(s)):
        c, fp = smoothed(x, y, w, len(primal(x)) if s is None else s, t, c, k)
    else:
        c = interpolated(x, y, t, c, k)
    spline._eval_args = t, c, k
    # What it keeps for other smoothing is plain data: let it not be taken for these.
    spline._data = (*spline._data[:10], fp + 0 * y[0], *spline._data[11:])


def _other_smoothing(called: Any, original: Function, spline: Any, s: Any) -> None:
    """``UnivariateSpline.set_smoothing_factor``."""
    if holds((spline._data, s)):
        raise UnsupportedError(
            "set_smoothing_factor has no derivative; make another spline, UnivariateSpline(x, y, s=s)"
        )
    original(spline, s)


def _univariate_part(place: int) -> Function:
    """``get_knots`` and ``get_coeffs``, which SciPy reads elsewhere."""

    def part(called: Any, original: Function, spline: Any) -> Any:
        t, c, k = spline._eval_args
        if not holds((t, c)):
            return original(spline)
        return t[k : len(primal(t)) - k] if place == 0 else c[: len(primal(t)) - k - 1]

    return part


def _derivatives(called: Any, original: Function, spline: Any, x: Any) -> Any:
    """``UnivariateSpline.derivatives``: all of them at one place."""
    t, c, k = spline._eval_args
    x = settled(x)
    if not holds((x, t, c)):
        return original(spline, x)
    from scipy.interpolate import splev

    plain = np.array([splev(primal(x), (primal(t), primal(c), k), nu) for nu in range(k + 1)])
    at = np.reshape(x, (1,))
    return with_value(
        plain, np.concatenate([de_boor(t, c[: len(primal(t)) - k - 1], k, at, nu) for nu in range(k + 1)])
    )


def _univariate_integral(called: Any, original: Function, spline: Any, a: Any, b: Any) -> Any:
    a, b = settled((a, b))
    if not holds((a, b, spline._eval_args)):
        return original(spline, a, b)
    from scipy.interpolate import splint

    return B_SPLINES["splint"](called, splint, a, b, spline._eval_args)


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
    x, y = as_array(settled(x)), as_array(settled(y))
    if holds((x, y)):
        x, y = (_inside(a, knots, degree) for a, knots, degree in zip((x, y), tck[:2], tck[3:], strict=True))
    if holds((x, y)) and (np.shape(x) or np.shape(y)):  # the grid of x and y
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
        if holds((x, y)):
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
    x, y = as_array(x), as_array(y)
    if not holds((x, y)):
        return original(spline, x, y, dx, dy, grid)

    def evaluate(x: Any, y: Any, dx: int, dy: int) -> Any:
        return original(spline, x, y, dx, dy, False)

    if not grid:
        return _surface(x, y, evaluate, dx, dy)
    z = _surface(np.reshape(x, (-1, 1)), np.reshape(y, (1, -1)), evaluate, dx, dy)
    return with_value(original(spline, primal(x), primal(y), dx, dy, True), z)


#: Functions and methods of scipy.interpolate -> what stands in for them.
FITPACK: dict[str, Function] = {
    "bisplev": _bisplev,
    "UnivariateSpline.__init__": _fitted,
    "InterpolatedUnivariateSpline.__init__": _fitted,
    "LSQUnivariateSpline.__init__": _fitted,
    "UnivariateSpline.set_smoothing_factor": _other_smoothing,
    "UnivariateSpline.integral": _univariate_integral,
    "UnivariateSpline.derivatives": _derivatives,
    "UnivariateSpline.get_knots": _univariate_part(0),
    "UnivariateSpline.get_coeffs": _univariate_part(1),
    "SmoothBivariateSpline.ev": _ev,
    "BivariateSpline.ev": _ev,
    "_BivariateSplineBase.__call__": _bivariate,
}
