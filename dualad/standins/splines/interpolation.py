"""Stand-ins for the parts of SciPy's splines and interpolation on grids that are compiled.

A spline is evaluated by its own formula, in the pieces that SciPy would choose, so that places, data
and knots may all be Duals; the values are SciPy's own.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any

import numpy as np

from ...dual import Dual, primal, settled
from ...errors import NoRuleError
from ..implicit import roots_of
from ..scipy_arrays import Function, as_array, by_slopes, holds, of_values, with_value
from .b_splines import B_SPLINES, column, part_of
from .fitpack import FITPACK
from .spline_fits import SPLINE_FITS
from .surfaces import SURFACES

# ---------------------------------------------------------------- piecewise polynomials


def _evaluating(pieces: Function) -> Function:
    """``PPoly._evaluate``, which writes the polynomials' values, or those of a derivative, to ``out``."""

    def evaluate(
        called: Any, original: Function, spline: Any, x: Any, nu: int, inside: Any, out: Any
    ) -> None:
        c, breaks, at = part_of(spline, "c"), part_of(spline, "x"), settled(x)
        c = np.reshape(c, (*c.shape[:2], -1))
        plain = type(spline).construct_fast(primal(c), primal(breaks))
        y = pieces(c, breaks, at, nu)
        if not inside:
            low, high = sorted((primal(breaks)[0], primal(breaks)[-1]))
            outside = ~((low <= primal(at)) & (primal(at) <= high))
            y = np.where(outside[:, None], np.nan, y)
        out[...] = with_value(np.reshape(plain(primal(at), nu, inside), y.shape), y)

    return evaluate


def _fix_continuity(original: Function, c: Any, breaks: Any, order: int) -> None:
    """Constants of integration, of some orders: each piece begins with what the one before ends with."""
    value = np.array(primal(settled(c)))
    original(value, primal(settled(breaks)), order)
    lengths = np.diff(settled(breaks))
    for power in range(order, -1, -1):  # the derivative of this order is continuous
        k = len(c) - 1 - power
        for i in range(1, c.shape[1]):
            ahead, y = lengths[i - 1], 0.0
            for row, exponent in zip(settled(c)[:, i - 1], range(len(c) - 1, power - 1, -1), strict=False):
                y = y * ahead + row * math.comb(exponent, power)
            c[k, i] = with_value(value[k, i], y)


def _pieces(c: Any, breaks: Any, at: Any, nu: int) -> Any:
    """``sum(c[k, i] * (at - breaks[i])**(K - k))`` by Horner's rule, where i is the piece of the place."""
    piece = _piece(breaks, at)
    ahead = column(at - breaks[piece], c, 2)
    y: Any = np.zeros_like(primal(c[0][piece]))
    for row, power in zip(c, range(len(c) - 1, nu - 1, -1), strict=False):
        y = y * ahead + row[piece] * math.perm(power, nu)
    return y


def _bernstein(c: Any, breaks: Any, at: Any, nu: int) -> Any:
    """The same in Bernstein's basis, by de Casteljau's triangle."""
    piece = _piece(breaks, at)
    width = column(breaks[piece + 1] - breaks[piece], c, 2)
    share = column(at - breaks[piece], c, 2) / width
    rows = [row[piece] for row in c]
    for _ in range(nu):
        rows = [(len(rows) - 1) * (b - a) / width for a, b in itertools.pairwise(rows)]
    while len(rows) > 1:
        rows = [(1 - share) * a + share * b for a, b in itertools.pairwise(rows)]
    return rows[0] if rows else np.zeros_like(primal(c[0][piece]))


def _piece(breaks: Any, at: Any) -> Any:
    breaks, at = primal(breaks), primal(at)
    sign = 1 if breaks[0] <= breaks[-1] else -1
    return np.clip(np.searchsorted(sign * breaks, sign * at, side="right") - 1, 0, len(breaks) - 2)


def _ppoly_integrate(
    called: Any, original: Function, spline: Any, a: Any, b: Any, extrapolate: Any = None
) -> Any:
    c, breaks, (a, b) = part_of(spline, "c"), part_of(spline, "x"), settled((a, b))
    if (spline.extrapolate if extrapolate is None else extrapolate) == "periodic":
        raise NoRuleError(
            "the integral of a periodic spline has no derivative; take spline.antiderivative(), or add the "
            "integrals over its periods"
        )
    plain = type(spline).construct_fast(primal(c), primal(breaks), spline.extrapolate, spline.axis)
    powers = np.arange(len(c), 0, -1.0)
    summed = np.concatenate([c / powers.reshape(-1, *(1,) * (c.ndim - 1)), np.zeros((1, *c.shape[1:]))])
    ends = _pieces(summed, breaks, breaks[1:], 0) if len(breaks) == 2 else None
    if ends is None:
        steps = column(breaks[1:] - breaks[:-1], c, 2)
        ends = np.zeros_like(primal(c[0]))
        for row in summed:
            ends = ends * steps + row
    before = np.concatenate([np.zeros((1, *c.shape[2:])), np.cumsum(ends, axis=0)])

    def up_to(x: Any) -> Any:
        x = np.reshape(x, (1,))
        return before[_piece(breaks, x)][0] + _pieces(summed, breaks, x, 0)[0]

    return with_value(plain.integrate(primal(a), primal(b), extrapolate), up_to(b) - up_to(a))


def _ppoly_solve(
    called: Any, original: Function, spline: Any, y: Any = 0.0, *args: Any, **options: Any
) -> Any:
    """``PPoly.solve``: the places where it is y."""
    c, breaks, y, args, options = settled((part_of(spline, "c"), part_of(spline, "x"), y, args, options))
    if c.ndim > 2:
        raise NoRuleError("the roots of several columns have no derivative; make a spline for each column")
    plain = original(
        type(spline).construct_fast(primal(c), primal(breaks), spline.extrapolate),
        primal(y),
        *args,
        **options,
    )
    columns = np.reshape(c, (*c.shape, 1))
    return roots_of(
        lambda x: _pieces(columns, breaks, x, 0)[:, 0] - y,
        lambda x: _pieces(columns, breaks, x, 1)[:, 0],
        plain,
    )


# ---------------------------------------------------------------- grids


def _find_indices(value: Any, grid: Any, xi: Any) -> Any:
    """For each coordinate the cell, and how far along it the place is."""
    cells, shares = [], []
    for axis, x in zip(grid, xi, strict=True):
        i = np.clip(np.searchsorted(primal(axis), primal(x), side="right") - 1, 0, len(axis) - 2)
        cells.append(i)
        shares.append((x - axis[i]) / (axis[i + 1] - axis[i]))
    return np.stack(cells), np.stack(shares)


def _evaluate_linear_2d(value: Any, values: Any, indices: Any, shares: Any, grid: Any, out: Any) -> Any:
    (i, j), (a, b) = indices, shares
    low = values[i, j] * (1 - b) + values[i, j + 1] * b
    high = values[i + 1, j] * (1 - b) + values[i + 1, j + 1] * b
    return low * (1 - a) + high * a


def _coordinates(value: Any, points: Any, ndim: int | None = None) -> Any:
    """``_ndim_coords_from_arrays``: a tuple of coordinates as one array with these along its last axis."""
    if isinstance(points, tuple) and len(points) == 1:
        points = points[0]
    if isinstance(points, tuple):
        return np.stack(np.broadcast_arrays(*map(as_array, points)), axis=-1)
    points = as_array(points)
    if points.ndim == 1:
        return np.reshape(points, (-1, 1) if ndim is None else (-1, ndim))
    return points


#: The last name of a module and that of a function -> its twin, which is given the function as well.
GRIDS: dict[tuple[str, str], Function] = {
    (module, name): of_values(twin)
    for module in ("_rgi_cython", "_interpnd", "interpnd")  # the last until SciPy 1.13
    for name, twin in (
        ("find_indices", _find_indices),
        ("evaluate_linear_2d", _evaluate_linear_2d),
        ("_ndim_coords_from_arrays", _coordinates),
    )
}


# ---------------------------------------------------------------- objects that are called


def interpolator(x: Any) -> Any:
    """A polynomial through points that SciPy has made, to be called with a Dual; None for another object."""
    if type(x).__name__ not in ("BarycentricInterpolator", "KroghInterpolator") or holds(vars(x)):
        return None
    return functools.partial(_evaluated, x, 0)


def _evaluated(x: Any, order: int, at: Any, *args: Any, **keywords: Any) -> Any:
    """The derivative of an order, at a place that may be a Dual."""
    at = as_array(at)
    if type(at) is not Dual:
        return settled(x.derivative(at, order) if order else x(at, *args, **keywords))
    if np.ndim(x.yi) > 1 and x.yi.shape[1:] != (1,):
        raise NoRuleError(
            f"a {type(x).__name__} of several columns has no derivative with respect to the place; make one "
            "for each column"
        )
    value = functools.partial(_evaluated, x, order)
    slope = functools.partial(_evaluated, x, order + 1)
    return by_slopes(x, lambda at: value(at, *args, **keywords), lambda y, at: slope(at))(at)


#: The last name of a module and that of a function -> its twin, which is given the function as well.
POLYNOMIALS: dict[tuple[str, str], Function] = {("_ppoly", "fix_continuity"): _fix_continuity}

#: Functions and methods of scipy.interpolate -> what stands in for them, since SciPy 1.18 by other names.
SPLINES: dict[str, Function] = {
    **dict.fromkeys(("PPoly._evaluate", "_PPoly._evaluate"), _evaluating(_pieces)),
    **dict.fromkeys(("BPoly._evaluate", "_BPoly._evaluate"), _evaluating(_bernstein)),
    **{f"{kind}.integrate": _ppoly_integrate for kind in ("PPoly", "_PPoly")},
    **{f"{kind}.solve": _ppoly_solve for kind in ("PPoly", "_PPoly")},
    **B_SPLINES,
    **SPLINE_FITS,
    **FITPACK,
    **SURFACES,
}
