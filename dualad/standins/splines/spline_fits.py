"""Splines made from data: knots and coefficients as functions of places, heights, weights and smoothing.

A spline goes through its data, fits them by least squares, or smooths them. Knots that SciPy has put on
the data's places move with these, others stay. What SciPy chooses in steps (how many knots, and where)
stays what it is; a smoothing parameter that it finds by an equation moves with this.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...dual import primal, settled
from ...dual.calls import values_of
from ...errors import NoRuleError
from ..implicit import root_of, value_and_slope
from ..scipy_arrays import Function, as_array, by_name, check_only, holds, with_value
from .b_splines import basis, column, part_of

# ---------------------------------------------------------------- through the data


def knots_of_data(x: Any, t: Any, k: int, ends: Any = (None, None), inner: bool = True) -> Any:
    """SciPy's knots as functions of the data's places: those on a place, or half way between two.

    Not those at ends that were given, nor the inner ones if these were.
    """
    if not holds(x):
        return t
    plain, between = primal(x), t[k + 1 : len(t) - k - 1]
    if inner and len(between):
        middle = (plain[1:] + plain[:-1]) / 2
        i = np.minimum(np.searchsorted(plain, between), len(plain) - 1)
        j = np.minimum(np.searchsorted(middle, between), len(middle) - 1)
        halves = np.where(middle[j] == between, (x[j] + x[j + 1]) / 2, between)
        between = np.where(plain[i] == between, x[i], halves)
    low, high = (
        np.repeat(edge if end is None else given, k + 1)
        for end, edge, given in zip(ends, (x[:1], x[-1:]), (t[:1], t[-1:]), strict=True)
    )
    return np.concatenate([low, between, high])


def _padded(c: Any, fitted: Any) -> Any:
    """FITPACK's coefficients are followed by zeros."""
    return with_value(c, np.concatenate([fitted, np.zeros((len(c) - np.shape(fitted)[0], *np.shape(c)[1:]))]))


def _interpolated(x: Any, y: Any, t: Any, k: int, left: Any = (), right: Any = ()) -> Any:
    """The coefficients of the spline through points, with conditions ``(order, value)`` at the ends."""
    columns = np.reshape(y, (len(primal(x)), -1))
    rows, heights = [basis(t, k, x)], [columns]
    for place, conditions in ((x[:1], left), (x[-1:], right)):
        for order, value in conditions:
            rows.append(basis(t, k, place, int(order)))
            heights.append(np.reshape(as_array(value), (1, -1)) + np.zeros((1, np.shape(columns)[1])))
    c = np.linalg.solve(np.concatenate(rows), np.concatenate(heights))
    return np.reshape(c, (len(primal(t)) - k - 1, *np.shape(y)[1:]))


def _periodic(x: Any, y: Any, t: Any, k: int) -> tuple[Any, Any]:
    """Knots and coefficients of the periodic spline through points."""
    if holds(x):
        period = x[-1] - x[0]
        moved = np.concatenate([x[-k - 1 : -1] - period, x, x[1 : k + 1] + period])
        if len(primal(moved)) != len(t) or not np.allclose(primal(moved), t):
            raise NoRuleError(
                "a periodic spline of even degree has no derivative with respect to x; make one of degree 3"
            )
        t = with_value(t, moved)
    n = len(primal(x)) - 1
    rows = basis(t, k, x[:-1])
    folded = np.concatenate([rows[:, :k] + rows[:, n:], rows[:, k:n]], axis=1)
    c = np.linalg.solve(folded, np.reshape(y[:-1], (n, -1)))
    return t, np.reshape(np.concatenate([c, c[:k]]), (n + k, *np.shape(y)[1:]))


# ---------------------------------------------------------------- least squares, smoothing


def least_squares(x: Any, y: Any, w: Any, t: Any, c: Any, k: int) -> tuple[Any, Any]:
    """Knots and coefficients of the spline that fits points best, with these knots."""
    w = 1.0 if w is None else np.reshape(as_array(w), (-1, 1))
    columns = np.reshape(y, (len(primal(x)), -1))
    fitted = np.linalg.lstsq(basis(t, k, x) * w, columns * w, rcond=None)[0]
    return t, _padded(c, np.reshape(fitted, (-1, *np.shape(c)[1:])))


def smoothed(x: Any, y: Any, w: Any, s: Any, t: Any, c: Any, k: int) -> tuple[Any, Any]:
    """Coefficients of a smoothing spline of FITPACK's, and the sum of squares (Dierckx, 1993, ch. 5).

    It minimises ``|W (y - A c)|**2 + |J c|**2 / p**2``, where J are the jumps of the k-th derivative at the
    knots and p is such that the first term is ``s``, but for a thousandth. Without inner knots, or where
    least squares leave as much, there is no p.
    """
    w = 1.0 if w is None else np.reshape(as_array(w), (-1, 1))
    n = len(primal(t)) - k - 1
    rows, heights = basis(t, k, x) * w, np.reshape(y, (len(primal(x)), -1)) * w

    def fit(rows: Any, jumps: Any = None) -> Any:
        if jumps is None:
            return np.linalg.lstsq(rows, heights, rcond=None)[0]
        none = np.zeros((len(primal(jumps)), np.shape(heights)[1]))
        both = np.concatenate([rows, jumps]), np.concatenate([heights, none])
        return np.linalg.lstsq(*both, rcond=None)[0]

    def left(rows: Any, fitted: Any) -> Any:
        return np.sum((heights - rows @ fitted) ** 2)

    fitted = fit(rows)
    excess = left(rows, fitted) - s
    if n > k + 1 and primal(settled(excess)) <= -_NEAR * primal(settled(s)):
        inner = t[k : n + 1]
        jumps = basis(t, k, (inner[1:] + inner[:-1]) / 2, k)
        scale = (n - k) / (inner[-1] - inner[0])
        jumps = (jumps[1:] - jumps[:-1]) / (math.factorial(k) * scale**k)
        ends = np.concatenate([t[: k + 1], t[n:]])
        one_piece = basis(ends, k, x) * w
        start = n / np.trace(np.linalg.cholesky(np.transpose(rows) @ rows))
        p = _by_fitpack(
            lambda p: left(rows, fit(rows, jumps / p)) - s,
            start,
            left(one_piece, fit(one_piece)) - s,
            excess,
            _NEAR * primal(settled(s)),
        )
        fitted = fit(rows, jumps / p)
    fitted, fp = np.reshape(fitted, (n, *np.shape(c)[1:])), left(rows, fitted)
    if not np.allclose(primal(fitted), c[:n], rtol=1e-6, atol=1e-8 * np.max(np.abs(c))):
        raise NoRuleError(
            "the derivative of this smoothing spline cannot be told, as SciPy has not found the smoothing "
            "that was asked for; choose another s"
        )
    return _padded(c, fitted), fp


#: How near FITPACK comes to the s that is asked for.
_NEAR = 1e-3


def fitted(
    name: str, x: Any, y: Any, w: Any, s: Any, tck: Any, ends: Any, knots: bool, per: bool = False
) -> tuple[Any, Any, Any]:
    """Knots, coefficients and, where it smooths, the sum of squares of FITPACK's spline ``tck``.

    It goes through the data if ``s`` is 0, or fits them by least squares with the ``knots`` given.
    """
    t, c, k = tck
    if not per:
        t = knots_of_data(x, t, k, ends, not knots)
    if knots:
        return *least_squares(x, y, w, t, c, k), None
    if not primal(s):
        t, through = _periodic(x, y, t, k) if per else (t, _interpolated(x, y, t, k))
        return t, _padded(c, through), None
    if per:
        raise NoRuleError(
            f"{name} has no derivative where it smooths and is periodic at once; call it with s=0 or without "
            "per"
        )
    return t, *smoothed(x, y, w, s, t, c, k)


def _by_fitpack(f: Function, p: Any, f1: Any, f3: Any, near: float) -> Any:
    """The p that FITPACK takes for the root of a falling function, by its steps of rational interpolation.

    They end while it still tells, so that p moves as these steps do and not as the root.
    """
    p1, p3, below, above = 0.0, None, False, False
    for _ in range(20):
        p2, f2 = p, f(p)
        at = primal(settled(f2))
        if abs(at) < near:
            break
        if not above and at - primal(settled(f3)) <= near:
            p3, f3, p = p2, f2, p * 0.04
            if primal(settled(p)) <= primal(settled(p1)):
                p = p1 * 0.9 + p2 * 0.1
            continue
        above = above or at < 0
        if not below and primal(settled(f1)) - at <= near:
            p1, f1, p = p2, f2, p / 0.04
            if p3 is not None and primal(settled(p)) >= primal(settled(p3)):
                p = p2 * 0.1 + p3 * 0.9
            continue
        below = below or at > 0
        if p3 is None:
            p = (p1 * (f1 - f3) * f2 - p2 * (f2 - f3) * f1) / ((f1 - f2) * f3)
        else:
            h1, h2, h3 = f1 * (f2 - f3), f2 * (f3 - f1), f3 * (f1 - f2)
            p = -(p1 * p2 * h3 + p2 * p3 * h1 + p3 * p1 * h2) / (p1 * h1 + p2 * h2 + p3 * h3)
        if at >= 0:
            p1, f1 = p2, f2
        else:
            p3, f3 = p2, f2
    return p


def _smoother(x: Any, w: Any, lam: Any) -> Any:
    """The matrix that takes heights to those of the natural cubic spline which smooths them.

    It minimises ``sum(w (y - f)**2) + lam integral(f''**2)``; by Reinsch's matrices (Green and Silverman,
    1994, 2.1.2).
    """
    n, h = len(primal(x)), x[1:] - x[:-1]
    unit = np.eye(n)
    slopes = (unit[1:] - unit[:-1]) / column(h, unit, 1)
    q = slopes[1:] - slopes[:-1]
    beside = np.eye(n - 2, k=1) * np.concatenate([np.zeros(1), h[1:-1]]) / 6
    r = np.eye(n - 2) * ((h[1:] + h[:-1]) / 3) + beside + np.transpose(beside)
    return np.linalg.solve(np.diag(w) + lam * (np.transpose(q) @ np.linalg.solve(r, q)), np.diag(w))


def _cross_validated(x: Any, y: Any, w: Any, plain: Any) -> Any:
    """The lam that `make_smoothing_spline` has chosen for a column, by generalised cross-validation."""
    from scipy.optimize import brentq

    def score(log: Any) -> Any:
        hat = _smoother(x, w, np.exp(log))
        return np.sum((y - hat @ y) ** 2) / (1 - np.trace(hat) / len(primal(x))) ** 2

    def left(log: float) -> float:
        hat = _smoother(primal(x), primal(w), np.exp(log))
        return float(np.sum((primal(y) - hat @ primal(y)) ** 2))

    def slope(log: Any) -> Any:
        return value_and_slope(score, log)[1]

    target = float(np.sum((primal(y) - plain) ** 2))
    low, high = -20.0, float(np.log(len(primal(x))))
    if left(low) < target < left(high):
        log = float(brentq(lambda log: left(log) - target, low, high, xtol=1e-13))
        found, curvature = value_and_slope(slope, log)
        step = primal(settled(found)) / primal(settled(curvature))
        if abs(step) * np.exp(log) < 5e-5:  # SciPy looks for lam to within 1e-5
            return np.exp(root_of(lambda log: slope(log) - primal(settled(found)), log))
    raise NoRuleError(
        "the smoothing that make_smoothing_spline has chosen is at the end of what it allows, and has no "
        "derivative there; give lam"
    )


# ---------------------------------------------------------------- what SciPy calls


def _splrep(called: Any, splrep: Function, x: Any, y: Any, *args: Any, **options: Any) -> Any:
    """The knots, coefficients and degree of the spline through points, or of one that smooths them."""
    x, y, args, options = settled((as_array(x), as_array(y), args, options))
    given = by_name(splrep, (x, y, *args), options)
    w, s, ends = given.get("w"), given.get("s"), (given.get("xb"), given.get("xe"))
    check_only("splrep", given, "x", "y", "w", "s")
    if given.get("task"):
        raise NoRuleError("splrep(task=...) keeps what it found before; call it with task=0")
    (t, c, k), fp, *told = splrep(**{**values_of(given), "full_output": 1})
    if s is None:
        s = 0.0 if w is None else _usual(len(primal(x)))
    knots, per = given.get("t") is not None, bool(given.get("per"))
    t, c, found = fitted("splrep", x, y, w, s, (t, c, k), ends, knots, per)
    fp = fp if found is None else found
    return ((t, c, k), fp, *told) if given.get("full_output") else (t, c, k)


def _usual(count: int) -> Any:
    """The smoothing that SciPy takes for so many points, if it is not given."""
    return count - np.sqrt(2 * count)


def _splprep(called: Any, splprep: Function, x: Any, *args: Any, **options: Any) -> Any:
    """A curve through points, or near them: its parameter is the length of the chords, if not given."""
    x, args, options = settled((as_array(x), args, options))
    given = by_name(splprep, (x, *args), options)
    w, u, s, per = (given.get(name) for name in ("w", "u", "s", "per"))
    if given.get("task") or given.get("t") is not None or (per and w is not None):
        raise NoRuleError("splprep has a derivative without t and task, and of a closed curve without w")
    check_only("splprep", given, "x", "w", "u", "s")
    ((t, c, k), at), fp, *told = splprep(**{**values_of(given), "full_output": 1})
    points = np.transpose(x)
    if u is None:
        steps = points[1:] - points[:-1]
        lengths = np.concatenate([np.zeros(1), np.cumsum(np.sqrt(np.sum(steps * steps, axis=1)))])
        u = lengths / lengths[-1]
    s, ends = _usual(len(primal(points))) if s is None else s, (given.get("ub"), given.get("ue"))
    t, c, found = fitted("splprep", u, points, w, s, (t, np.transpose(c), k), ends, False, bool(per))
    fp = fp if found is None else found
    curve = [t, list(np.transpose(c)), k], with_value(at, u)
    return (curve, fp, *told) if given.get("full_output") else curve


def _conditions(ends: Any) -> list[Any]:
    """``bc_type`` for both ends, as pairs of an order and a value."""
    if ends is None or ends in ("not-a-knot", "periodic"):
        return [[], []]
    both = (ends, ends) if isinstance(ends, str) else ends
    return [_ALIASES[end] if isinstance(end, str) else list(end or ()) for end in both]


_ALIASES: dict[str, list[Any]] = {"clamped": [(1, 0.0)], "natural": [(2, 0.0)], "not-a-knot": []}


def _made(called: Any, spline: Any, t: Any, c: Any) -> Any:
    """The spline of SciPy's kind, with these knots and coefficients."""
    t, c = with_value(part_of(spline, "t"), t), with_value(part_of(spline, "c"), c)
    return called(type(spline).construct_fast)(t, c, spline.k, spline.extrapolate, spline.axis)


def _make_interp_spline(called: Any, original: Function, x: Any, y: Any, *args: Any, **options: Any) -> Any:
    x, y, args, options = settled((as_array(x), as_array(y), args, options))
    given = by_name(original, (x, y, *args), options)
    ends = given.get("bc_type")
    if holds(given.get("t")):
        raise NoRuleError("make_interp_spline has no derivative with respect to t; leave it out")
    left, right = _conditions(ends)
    sides = (
        None
        if isinstance(ends, str) or ends is None
        else [[(o, primal(v)) for o, v in left], [(o, primal(v)) for o, v in right]]
    )
    plain = original(**{**values_of({**given, "bc_type": None}), "bc_type": ends if sides is None else sides})
    k, t = plain.k, part_of(plain, "t")
    y = np.moveaxis(y, given.get("axis", 0), 0)
    if k == 0:  # a step does not change its height when it moves
        return _made(called, plain, t, y)
    if isinstance(ends, str) and ends == "periodic":
        return _made(called, plain, *_periodic(x, y, t, k))
    t = knots_of_data(x, t, k) if given.get("t") is None else t
    return _made(called, plain, t, _interpolated(x, y, t, k, left, right))


def _make_lsq_spline(
    called: Any, original: Function, x: Any, y: Any, t: Any, *args: Any, **options: Any
) -> Any:
    x, y, t, args, options = settled((as_array(x), as_array(y), as_array(t), args, options))
    given = by_name(original, (x, y, t, *args), options)
    plain = original(**values_of(given))
    y = np.moveaxis(y, given.get("axis", 0), 0)
    w = given.get("w")
    w = None if w is None else as_array(w)
    return _made(called, plain, *least_squares(x, y, w, t, part_of(plain, "c"), plain.k))


def _make_smoothing_spline(
    called: Any, original: Function, x: Any, y: Any, *args: Any, **options: Any
) -> Any:
    x, y, args, options = settled((as_array(x), as_array(y), args, options))
    given = by_name(original, (x, y, *args), options)
    plain = original(**values_of(given))
    y = np.moveaxis(y, given.get("axis", 0), 0)
    n, lam = len(primal(x)), given.get("lam")
    w = np.ones(n) if given.get("w") is None else as_array(given["w"])
    columns = np.reshape(y, (n, -1))
    heights = np.reshape(np.moveaxis(plain(primal(x)), plain.axis, 0), (n, -1))
    parts = []
    for i in range(np.shape(columns)[1]):
        own = _cross_validated(x, columns[:, i], w, heights[:, i]) if lam is None else lam
        own = own[i] if np.ndim(own) else own
        parts.append(_smoother(x, w, own) @ columns[:, i])
    fitted = np.reshape(np.stack(parts, axis=1), np.shape(y))
    t = knots_of_data(x, part_of(plain, "t"), 3)
    natural = [(2, 0.0)]
    return _made(called, plain, t, _interpolated(x, fitted, t, 3, natural, natural))


#: Functions of scipy.interpolate -> what stands in for them.
SPLINE_FITS: dict[str, Function] = {
    "make_interp_spline": _make_interp_spline,
    "make_lsq_spline": _make_lsq_spline,
    "make_smoothing_spline": _make_smoothing_spline,
    "splprep": _splprep,
    "splrep": _splrep,
}
