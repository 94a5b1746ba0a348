"""Splines on grids of SciPy: `NdBSpline`, by which `RegularGridInterpolator` is cubic or quintic.

They are sums of products of B-splines of one variable each; the values are SciPy's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...dual import primal, settled
from ..scipy_arrays import Function, as_array, with_value
from .b_splines import basis, knots_through

__all__ = ["TENSOR_SPLINES"]


def _sum(t: Sequence[Any], c: Any, k: Sequence[int], xi: Any, nu: Sequence[int]) -> Any:
    """The spline at places, which are the rows of ``xi``."""
    y = np.tensordot(basis(t[0], k[0], xi[:, 0], nu[0]), c, (1, 0))
    for d in range(1, len(t)):
        along = basis(t[d], k[d], xi[:, d], nu[d])
        y = np.sum(np.reshape(along, np.shape(along) + (1,) * (np.ndim(primal(y)) - 2)) * y, axis=1)
    return y


def _at(plain: Any, t: Sequence[Any], c: Any, xi: Any, nu: Any, extrapolate: Any) -> Any:
    """The same for places in an array of any shape, with SciPy's values."""
    xi = as_array(xi)
    value = plain(primal(xi), nu=nu, extrapolate=extrapolate)
    rows = np.reshape(xi, (-1, len(t)))
    y = _sum(t, c, plain.k, rows, [0] * len(t) if nu is None else list(nu))
    return with_value(value, np.reshape(y, np.shape(value)))


def _call(
    called: Any, original: Function, spline: Any, xi: Any, *, nu: Any = None, extrapolate: Any = None
) -> Any:
    """``NdBSpline.__call__``."""
    return _at(spline, spline.t, spline.c, settled(xi), nu, extrapolate)


class _OfDuals:
    """A spline with knots or coefficients that are Duals."""

    def __init__(self, plain: Any, t: Sequence[Any], c: Any):
        self.plain, self.t, self.c, self.k = plain, t, c, plain.k

    def __call__(self, xi: Any, *, nu: Any = None, extrapolate: Any = None) -> Any:
        return _at(self.plain, self.t, self.c, settled(xi), nu, extrapolate)


def _through(called: Any, make: Function, points: Any, values: Any, k: Any = 3, **options: Any) -> Any:
    """``make_ndbspl``: the spline through values on a grid, found along one axis after the other."""
    points, values = tuple(map(as_array, points)), as_array(values)
    plain = make(tuple(map(primal, points)), primal(values), k, **options)
    t = [knots_through(x, degree) for x, degree in zip(points, plain.k, strict=True)]
    c = values
    for d, x in enumerate(points):
        rows = np.moveaxis(c, d, 0)
        flat = np.reshape(rows, (len(primal(x)), -1))
        solved = np.linalg.solve(basis(t[d], plain.k[d], x), flat)
        c = np.moveaxis(np.reshape(solved, np.shape(rows)), 0, d)
    return _OfDuals(plain, t, c)


#: The qualified name of a function -> what is called in its place.
TENSOR_SPLINES: dict[str, Function] = {"NdBSpline.__call__": _call, "make_ndbspl": _through}
