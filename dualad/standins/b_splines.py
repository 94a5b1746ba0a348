"""B-splines by their own formula: made through points or from data that they are linear in, evaluated."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..errors import UnsupportedError
from .scipy_arrays import as_array, holds, with_value

__all__ = ["B_SPLINES", "column", "de_boor", "knots_through", "part_of", "through_points"]

Function = Callable[..., Any]


def part_of(spline: Any, name: str) -> Any:
    """``spline.c`` and its like: since SciPy 1.16 the array that compiled code takes is ``spline._c``.

    Since 1.18 it is ``spline._delegate_to.c``, and ``spline.c`` a copy for other libraries' arrays.
    """
    spline = getattr(spline, "_delegate_to", spline)
    found = getattr(spline, "_" + name, None)
    return settled(getattr(spline, name) if found is None else found)


def column(x: Any, like: Any, before: int) -> Any:
    """Numbers, one for each place, that multiply the rows of coefficients."""
    return np.reshape(x, np.shape(x) + (1,) * (np.ndim(like) - before))


def de_boor(t: Any, c: Any, k: int, at: Any, nu: int = 0) -> Any:
    """The spline with knots t, coefficients c and degree k, by de Boor's triangle."""
    for _ in range(min(nu, k + 1)):
        if not k:
            return np.zeros_like(primal(c))[np.zeros(np.shape(at), int)]
        n = len(c)
        steps = column(t[k + 1 : n + k] - t[1:n], c, 1)
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
            share = column((at - low) / (high - low), c, 1)
            rows[j] = (1 - share) * rows[j - 1] + share * rows[j]
    return rows[k]


def knots_through(x: Any, k: int) -> Any:
    """The knots of a spline through points at x, none of which is one next to the ends ("not a knot")."""
    cut = (k + 1) // 2 if k % 2 else k // 2
    between = x if k % 2 else (x[1:] + x[:-1]) / 2
    first, last = (np.repeat(end, k + 1) for end in (x[:1], x[-1:]))
    return np.concatenate([first, between[cut : len(primal(between)) - cut], last])


def through_points(x: Any, y: Any, t: Any, c: Any, k: int) -> tuple[Any, Any]:
    """Knots and coefficients of a spline that goes through points, as functions of them."""
    if holds(x):
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
    t, c, k, at = part_of(spline, "t"), part_of(spline, "c"), spline.k, as_array(x)
    if not holds((t, c, at)):
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
        y = np.where(column(outside, c, 1), np.nan, y)
    if spline.axis:
        y = np.moveaxis(y, range(np.ndim(at)), range(spline.axis, spline.axis + np.ndim(at)))
    return with_value(value, y)


def _splrep(called: Any, splrep: Function, x: Any, y: Any, *args: Any, **options: Any) -> Any:
    """The knots, coefficients and degree of the spline through points."""
    x, y, args, options = settled((as_array(x), as_array(y), args, options))
    if not holds((x, y, args, options)):
        return splrep(x, y, *args, **options)
    given = inspect.signature(splrep).bind(x, y, *args, **options).arguments
    if (
        holds({**given, "x": 0.0, "y": 0.0})
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
    return *through_points(x, y, t, c, k), k


def _linear_in_data(called: Any, original: Function, x: Any, y: Any, *args: Any, **options: Any) -> Any:
    """What makes a spline of data: linear in y, whose coefficients are those of unit vectors, combined."""
    x, y, args, options = settled((as_array(x), as_array(y), args, options))
    if not holds((x, y, args, options)):
        return original(x, y, *args, **options)
    given = dict(inspect.signature(original).bind(x, y, *args, **options).arguments)
    if original.__name__ == "make_interp_spline" and given.get("k") == 0:
        given["x"] = x = primal(x)  # a step does not change its height when it moves
    ends = given.get("bc_type")
    automatic = original.__name__ == "make_smoothing_spline" and given.get("lam") is None
    through = original.__name__ == "make_interp_spline" and ends in (None, "not-a-knot")
    others = {**given, "y": 0.0, **({"x": 0.0} if through else {})}
    if holds(others) or not (ends is None or isinstance(ends, str)) or automatic:
        raise UnsupportedError(
            f"{original.__name__} has a derivative with respect to y, where all else is plain numbers"
            f"{' and lam is given' if automatic else ''}; CubicSpline has one with respect to x as well"
        )
    plain = original(**{**given, "x": primal(x), "y": primal(y)})
    axis = given.pop("axis", 0)
    if holds(x):
        t, c = through_points(x, np.moveaxis(y, axis, 0), plain.t, part_of(plain, "c"), plain.k)
        return called(type(plain).construct_fast)(
            with_value(plain.t, t), c, plain.k, plain.extrapolate, plain.axis
        )
    units = original(**{**given, "y": np.eye(len(x))})
    c = np.tensordot(part_of(units, "c"), np.moveaxis(y, axis, 0), (1, 0))
    return called(type(plain).construct_fast)(
        plain.t, with_value(part_of(plain, "c"), c), plain.k, plain.extrapolate, plain.axis
    )


def _splev(called: Any, splev: Function, x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    """A spline by its knots, coefficients and degree."""
    x, parts = as_array(x), settled(tck) if isinstance(tck, list | tuple) else None
    if not holds((x, parts)):
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
    if not holds((a, b, parts)):
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


#: Functions and methods of scipy.interpolate -> what stands in for them.
B_SPLINES: dict[str, Function] = {
    "BSpline.__call__": _bspline_call,
    "make_interp_spline": _linear_in_data,
    "make_lsq_spline": _linear_in_data,
    "make_smoothing_spline": _linear_in_data,
    "splev": _splev,
    "splint": _splint,
    "splrep": _splrep,
}
