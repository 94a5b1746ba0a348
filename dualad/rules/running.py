"""Rules of functions of neighbours along an axis: differences, gradients, trapezoids, interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..linear import plain
from ..shapes import along, negative_axis, shape_of
from ..table import composed
from ._arrays import as_array
from ._choices import with_partials
from .elementwise import where


def _steps(x: Any, axis: int) -> Any:
    return x[along(axis, slice(1, None))] - x[along(axis, slice(None, -1))]


@composed(np.diff, linear=True)
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = as_array(a)
    axis = negative_axis(axis, len(shape_of(a)))
    one = list(shape_of(a))
    one[axis] = 1

    def extra(x: Any) -> Any:
        return x if shape_of(x := as_array(x)) else np.broadcast_to(x, one)

    parts = [extra(x) if x is not a else a for x in (prepend, a, append) if x is not None]
    if n and len(parts) > 1:
        a = np.concatenate(parts, axis=axis)
    for _ in range(n):
        a = _steps(a, axis)
    return a


@composed(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = [to_begin, _steps(np.ravel(ary), -1), to_end]
    return np.concatenate([np.ravel(p) for p in parts if p is not None])


@composed(np.trapezoid, linear=True)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = as_array(y)
    axis = negative_axis(axis, len(shape_of(y)))
    widths = dx
    if x is not None:
        x = as_array(x)
        if len(shape_of(x)) == 1:
            widths = np.reshape(_steps(x, -1), (-1, *(1,) * (-1 - axis)))
        else:
            widths = _steps(x, axis)
    return np.sum(
        widths * (y[along(axis, slice(1, None))] + y[along(axis, slice(None, -1))]) / 2.0, axis=axis
    )


@composed(np.gradient)
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = as_array(f)
    n = len(shape_of(f))
    axes = range(n) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    axes = [negative_axis(a, n) for a in axes]
    spacings: Sequence[Any] = varargs or (1.0,)
    if len(spacings) == 1 and len(axes) > 1:
        spacings = list(spacings) * len(axes)
    slopes = [_slopes(f, as_array(h), a, edge_order) for a, h in zip(axes, spacings, strict=True)]
    return slopes[0] if len(axes) == 1 else tuple(slopes)


def _slopes(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """Second-order differences, with the distances of each point to its neighbours."""
    if axis != -1:
        return np.swapaxes(_slopes(np.swapaxes(f, axis, -1), spacing, -1, edge_order), axis, -1)
    h = _steps(spacing, -1) if shape_of(spacing) else np.broadcast_to(spacing, shape_of(f)[-1] - 1)
    s = _steps(f, -1) / h  # slopes of the pieces
    before, after = h[:-1], h[1:]
    weights = after / (before + after), before / (before + after)
    first, inner, last = s[..., :1], s[..., :-1] * weights[0] + s[..., 1:] * weights[1], s[..., -1:]
    if edge_order == 2:
        first = first + (first - s[..., 1:2]) * (h[0] / (h[0] + h[1]))
        last = last + (last - s[..., -2:-1]) * (h[-1] / (h[-1] + h[-2]))
    return np.concatenate([first, inner, last], axis=-1)


# ---------------------------------------------------------------- interpolation


@with_partials(
    lambda y, x, a, b, f, g: (g - f) / (b - a),
    lambda y, x, a, b, f, g: -((g - f) / (b - a)) * ((b - x) / (b - a)),
    lambda y, x, a, b, f, g: -((g - f) / (b - a)) * ((x - a) / (b - a)),
    lambda y, x, a, b, f, g: (b - x) / (b - a),
    lambda y, x, a, b, f, g: (x - a) / (b - a),
    domain=((0.2, 0.9), (-3.0, 0.0), (1.0, 4.0), (-9.0, 9.0), (-9.0, 9.0)),
    real=True,
)
def line_through(x: Any, a: Any, b: Any, f: Any, g: Any) -> Any:
    """The value at ``x`` of the line through ``(a, f)`` and ``(b, g)``."""
    return f + (g - f) * ((x - a) / (b - a))


@composed(np.interp)
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    """On a knot the slope is the mean of those on its two sides."""
    x, xp, fp = as_array(x), as_array(xp), as_array(fp)
    if period is not None:
        period = abs(period)
        left = right = None
        x, xp = np.remainder(x, period), np.remainder(xp, period)
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = np.concatenate((xp[-1:] - period, xp, xp[:1] + period))
        fp = np.concatenate((fp[-1:], fp, fp[:1]))
    knots, points = plain(xp), plain(x)

    n = len(knots)

    def side(which: Any) -> Any:
        i = np.searchsorted(knots, points, side=which) - 1
        at = np.clip(i, 0, max(n - 2, 0))
        if not any(hasattr(given, "tangent") for given in (xp, fp, left, right)):
            return x * where((i < 0) | (i >= n - 1), 0.0, (np.diff(fp) / np.diff(xp))[at] if n > 1 else 0.0)
        inside = line_through(x, xp[at], xp[at + 1], fp[at], fp[at + 1]) if n > 1 else fp[0]
        low = fp[0] if left is None else where(points == knots[0], fp[0], left)
        high = fp[-1] if right is None else where(points == knots[-1], fp[-1], right)
        return where(i < 0, low, where(i >= n - 1, high, inside))

    right_side = side("right")
    if not np.any(knots[np.searchsorted(knots, points) % n] == points):
        return right_side
    return (side("left") + right_side) / 2
