"""Splines of two variables of SciPy that FITPACK stands behind, and `NdBSpline`, of any number of variables.

By the latter `RegularGridInterpolator` is cubic or quintic. They are made from data, evaluated, integrated.

They are sums of products of B-splines of one variable each, by the formula of which they are evaluated; the
values are SciPy's own.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...dual import primal, settled
from ...errors import NoRuleError
from ..scipy_arrays import Function, as_array, by_name, check_only, holds, with_value
from .b_splines import basis, integral, knots_through
from .spline_fits import knots_of_data


def _basis(t: Any, k: int, at: Any, nu: int) -> Any:
    """All B-splines at places: beyond the ends those at the ends, as FITPACK has it."""
    return basis(t, k, np.clip(np.reshape(at, (-1,)), t[k], t[len(primal(t)) - k - 1]), nu)


def _at(tck: Any, x: Any, y: Any, dx: int, dy: int, grid: bool) -> Any:
    """The spline, or a derivative of it, on the grid of places or at pairs of them; flat."""
    tx, ty, c, kx, ky = tck
    if not grid:
        x, y = np.broadcast_arrays(x, y)
    along_x, along_y = _basis(tx, kx, x, dx), _basis(ty, ky, y, dy)
    c = np.reshape(c, (np.shape(along_x)[1], np.shape(along_y)[1]))
    if grid:
        return along_x @ c @ np.transpose(along_y)
    return np.sum((along_x @ c) * along_y, axis=1)


def _bisplev(called: Any, bisplev: Function, x: Any, y: Any, tck: Any, dx: int = 0, dy: int = 0) -> Any:
    x, y, tck = as_array(x), as_array(y), settled(tuple(tck))
    value = bisplev(primal(x), primal(y), list(map(primal, tck)), dx, dy)
    return with_value(value, np.reshape(_at(tck, x, y, dx, dy, True), np.shape(value)))


def _called(
    called: Any, original: Function, spline: Any, x: Any, y: Any, dx: int = 0, dy: int = 0, grid: bool = True
) -> Any:
    """``spline(x, y)``: on the grid of x and y, or for pairs."""
    x, y, tck = as_array(x), as_array(y), settled(spline.tck[:3])
    value = original(_plain(spline), primal(x), primal(y), dx, dy, grid)
    return with_value(value, np.reshape(_at((*tck, *spline.degrees), x, y, dx, dy, grid), np.shape(value)))


def _plain(spline: Any) -> Any:
    plain = copy.copy(spline)
    plain.tck = tuple(map(primal, settled(spline.tck)))
    return plain


def _integral(called: Any, original: Function, spline: Any, xa: Any, xb: Any, ya: Any, yb: Any) -> Any:
    """``BivariateSpline.integral``."""
    limits, (tx, ty, c) = settled((xa, xb, ya, yb)), settled(spline.tck[:3])
    parts = [
        integral(t, np.eye(len(primal(t)) - k - 1), k, a, b)
        for t, k, a, b in zip((tx, ty), spline.degrees, limits[::2], limits[1::2], strict=True)
    ]
    value = original(_plain(spline), *map(primal, limits))
    return with_value(value, parts[0] @ np.reshape(c, (len(parts[0]), len(parts[1]))) @ parts[1])


# ---------------------------------------------------------------- made from data


def _coefficients(points: Any, values: Any, t: Any, k: Any) -> Any:
    """Those of the spline through values on a grid, found along one axis after the other."""
    for d, x in enumerate(points):
        rows = np.moveaxis(values, d, 0)
        solved = np.linalg.solve(basis(t[d], k[d], x), np.reshape(rows, (len(primal(x)), -1)))
        values = np.moveaxis(np.reshape(solved, np.shape(rows)), 0, d)
    return values


def _through_grid(called: Any, original: Function, spline: Any, *args: Any, **options: Any) -> None:
    """``RectBivariateSpline.__init__``: through values on a grid."""
    given = by_name(original, (spline, *map(as_array, args)), settled(options))
    data = {name: given.pop(name) for name in ("x", "y", "z")}
    if holds({**given, "self": 0.0}) or given.get("s", 0):
        raise NoRuleError(
            "RectBivariateSpline has a derivative with respect to its data, where it goes through them (s=0)"
        )
    original(**given, **{name: primal(a) for name, a in data.items()})
    tx, ty, c = spline.tck
    kx, ky = spline.degrees
    ends = np.reshape(np.array(given.get("bbox", [None] * 4), object), (2, 2))
    tx, ty = knots_of_data(data["x"], tx, kx, ends[0]), knots_of_data(data["y"], ty, ky, ends[1])
    fitted = _coefficients((data["x"], data["y"]), data["z"], (tx, ty), (kx, ky))
    spline.tck = tx, ty, with_value(c, np.reshape(fitted, (-1,)))


def _least_squares(called: Any, original: Function, spline: Any, *args: Any, **options: Any) -> None:
    """``LSQBivariateSpline.__init__``."""
    given = by_name(original, (spline, *map(as_array, args)), settled(options))
    z, w = given["z"], given.get("w")
    check_only("LSQBivariateSpline", given, "z", "w")
    original(**{name: a if name == "self" else primal(a) for name, a in given.items()})
    (tx, ty, c), (kx, ky) = spline.tck, spline.degrees
    along_x, along_y = _basis(tx, kx, given["x"], 0), _basis(ty, ky, given["y"], 0)
    rows = np.reshape(along_x[:, :, None] * along_y[:, None, :], (len(along_x), -1))
    w = np.ones(len(rows)) if w is None else w
    fitted = np.linalg.lstsq(rows * w[:, None], z * w, rcond=None)[0]
    if not np.allclose(primal(fitted), c, rtol=1e-6, atol=1e-6 * np.max(np.abs(c))):
        raise NoRuleError(
            "LSQBivariateSpline has too few data between some knots for a derivative; give it fewer knots"
        )
    spline.tck = tx, ty, with_value(c, fitted)


# ---------------------------------------------------------------- of several variables


def _sum(t: Sequence[Any], c: Any, k: Sequence[int], xi: Any, nu: Sequence[int]) -> Any:
    """The spline at places, which are the rows of ``xi``."""
    y = np.tensordot(basis(t[0], k[0], xi[:, 0], nu[0]), c, (1, 0))
    for d in range(1, len(t)):
        along = basis(t[d], k[d], xi[:, d], nu[d])
        y = np.sum(np.reshape(along, np.shape(along) + (1,) * (np.ndim(primal(y)) - 2)) * y, axis=1)
    return y


def _at_places(plain: Any, t: Sequence[Any], c: Any, xi: Any, nu: Any, extrapolate: Any) -> Any:
    """The same for places in an array of any shape, with SciPy's values."""
    xi = as_array(xi)
    value = plain(primal(xi), nu=nu, extrapolate=extrapolate)
    rows = np.reshape(xi, (-1, len(t)))
    y = _sum(t, c, plain.k, rows, [0] * len(t) if nu is None else list(nu))
    return with_value(value, np.reshape(y, np.shape(value)))


def _called_on_rows(
    called: Any, original: Function, spline: Any, xi: Any, *, nu: Any = None, extrapolate: Any = None
) -> Any:
    """``NdBSpline.__call__``."""
    return _at_places(spline, spline.t, spline.c, settled(xi), nu, extrapolate)


class _OfDuals:
    """A spline with knots or coefficients that are Duals."""

    def __init__(self, plain: Any, t: Sequence[Any], c: Any):
        self.plain, self.t, self.c, self.k = plain, t, c, plain.k

    def __call__(self, xi: Any, *, nu: Any = None, extrapolate: Any = None) -> Any:
        return _at_places(self.plain, self.t, self.c, settled(xi), nu, extrapolate)


def _through(called: Any, make: Function, points: Any, values: Any, k: Any = 3, **options: Any) -> Any:
    """``make_ndbspl``."""
    points, values = tuple(map(as_array, points)), as_array(values)
    plain = make(tuple(map(primal, points)), primal(values), k, **options)
    t = [knots_through(x, degree) for x, degree in zip(points, plain.k, strict=True)]
    return _OfDuals(plain, t, _coefficients(points, values, t, plain.k))


#: Functions and methods of scipy.interpolate -> what stands in for them.
SURFACES: dict[str, Function] = {
    "bisplev": _bisplev,
    "BivariateSpline.integral": _integral,
    "LSQBivariateSpline.__init__": _least_squares,
    "RectBivariateSpline.__init__": _through_grid,
    "_BivariateSplineBase.__call__": _called,
    "NdBSpline.__call__": _called_on_rows,
    "make_ndbspl": _through,
}
