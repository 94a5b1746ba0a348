"""B-splines by their own formula: evaluated, integrated, and the knots of those through points."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import Dual, primal, settled
from ...errors import NoRuleError
from ..implicit import roots_of
from ..scipy_arrays import Function, as_array, with_value


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


def basis(t: Any, k: int, at: Any, nu: int = 0) -> Any:
    """All B-splines of some knots, at places: a row for each place."""
    return de_boor(t, np.eye(len(primal(t)) - k - 1), k, at, nu)


def knots_through(x: Any, k: int) -> Any:
    """The knots of a spline through points at x, none of which is one next to the ends ("not a knot")."""
    cut = (k + 1) // 2 if k % 2 else k // 2
    between = x if k % 2 else (x[1:] + x[:-1]) / 2
    first, last = (np.repeat(end, k + 1) for end in (x[:1], x[-1:]))
    return np.concatenate([first, between[cut : len(primal(between)) - cut], last])


def _bspline_call(
    called: Any, original: Function, spline: Any, x: Any, nu: int = 0, extrapolate: Any = None
) -> Any:
    t, c, k, at = part_of(spline, "t"), part_of(spline, "c"), spline.k, as_array(x)
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


def _parts(tck: Any) -> Any:
    """Knots, coefficients and degree, also of an object."""
    if isinstance(tck, list | tuple):
        return settled(tck)
    c = part_of(tck, "c")
    if np.ndim(c) > 1:
        raise NoRuleError("splev and its like take one spline; of several call the object: spline(x)")
    return part_of(tck, "t"), c, tck.k


def _splev(called: Any, splev: Function, x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    """A spline by its knots, coefficients and degree."""
    x, (t, c, k) = as_array(x), _parts(tck)
    if np.ndim(c[0]):  # a curve
        return [_splev(called, splev, x, (t, one, k), der, ext) for one in c]
    c = as_array(c)
    value = splev(primal(x), (primal(t), primal(c), k), der, ext)
    low, high = t[k], t[len(t) - k - 1]
    at = np.clip(x, low, high) if ext == 3 else x
    y = de_boor(t, c[: len(t) - k - 1], k, at, der)
    if ext == 1:
        y = np.where((primal(x) < primal(low)) | (primal(x) > primal(high)), 0.0, y)
    return with_value(value, y)


def integral(t: Any, c: Any, k: int, a: Any, b: Any) -> Any:
    """From a to b, by the spline that is the antiderivative; 0 outside of the knots."""
    n = len(primal(t)) - k - 1
    widths = column(t[k + 1 :] - t[: -k - 1], c, 1)
    sums = np.concatenate([np.zeros((1, *np.shape(c)[1:])), np.cumsum(c[:n] * widths, axis=0) / (k + 1)])
    knots = np.concatenate([t[:1], t, t[-1:]])
    ends = [de_boor(knots, sums, k + 1, np.clip(x, t[k], t[n])) for x in (a, b)]
    return ends[1] - ends[0]


def _splint(called: Any, splint: Function, a: Any, b: Any, tck: Any, full_output: Any = 0) -> Any:
    a, b = settled((a, b))
    if full_output:
        raise NoRuleError("splint has a derivative without full_output; leave it out")
    t, c, k = _parts(tck)
    value = splint(primal(a), primal(b), (primal(t), primal(c), k))
    return with_value(value, integral(t, c, k, a, b))


def _bspline_integrate(
    called: Any, original: Function, spline: Any, a: Any, b: Any, extrapolate: Any = None
) -> Any:
    t, c, k, (a, b) = part_of(spline, "t"), part_of(spline, "c"), spline.k, settled((a, b))
    extrapolate = spline.extrapolate if extrapolate is None else extrapolate
    low, high = primal(t[k]), primal(t[len(primal(t)) - k - 1])
    if extrapolate and not (low <= min(primal(a), primal(b)) and max(primal(a), primal(b)) <= high):
        raise NoRuleError(
            "the integral of a spline beyond its knots has no derivative; take spline.antiderivative()"
        )
    plain = type(spline).construct_fast(primal(t), primal(c), k, spline.extrapolate, spline.axis)
    return with_value(plain.integrate(primal(a), primal(b), extrapolate), integral(t, c, k, a, b))


def _sproot(called: Any, sproot: Function, tck: Any, *args: Any, **options: Any) -> Any:
    """The places where a spline is 0."""
    t, c, k = _parts(tck)
    if isinstance(c, list | tuple) and np.ndim(c[0]):  # a curve
        return [_sproot(called, sproot, (t, one, k), *args, **options) for one in c]
    plain = sproot((primal(t), primal(as_array(c)), k), *args, **options)
    c = as_array(c)[: len(primal(t)) - k - 1]
    return roots_of(lambda x: de_boor(t, c, k, x), lambda x: de_boor(t, c, k, x, 1), plain)


#: Functions and methods of scipy.interpolate -> what stands in for them.
B_SPLINES: dict[str, Function] = {
    "BSpline.__call__": _bspline_call,
    "BSpline.integrate": _bspline_integrate,
    "splev": _splev,
    "splint": _splint,
    "sproot": _sproot,
}
