"""The classes of splines of one variable of SciPy that FITPACK stands behind."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ...dual import primal, settled
from ...errors import NoRuleError
from ..scipy_arrays import Function, as_array, by_name, check_only, with_value
from .b_splines import B_SPLINES, de_boor
from .spline_fits import fitted

# ---------------------------------------------------------------- curves


def _fitted(called: Any, original: Function, spline: Any, x: Any, y: Any, *args: Any, **options: Any) -> None:
    """``__init__`` of a class of splines: knots and coefficients as functions of the data."""
    x, y, args, options = settled((as_array(x), as_array(y), args, options))
    given = by_name(original, (spline, x, y, *args), options)
    check_only(type(spline).__name__, given, "x", "y", "w", "s")
    original(**{name: a if name == "self" else primal(a) for name, a in given.items()})
    smooth = "s" in inspect.signature(original).parameters
    s = given.get("s") if smooth else 0.0
    s = len(primal(x)) if s is None else s
    ends, w, k = given.get("bbox", (None, None)), given.get("w"), spline._eval_args[2]
    t, c, fp = fitted("", x, y, w, s, spline._eval_args, ends, knots="t" in given)
    fp = spline.get_residual() if fp is None else fp
    spline._eval_args = t, c, k
    # What it keeps for other smoothing is plain data: let it not be taken for these.
    spline._data = (*spline._data[:10], fp + 0 * y[0], *spline._data[11:])


def _other_smoothing(called: Any, original: Function, spline: Any, s: Any) -> None:
    """``UnivariateSpline.set_smoothing_factor``."""
    raise NoRuleError(
        "set_smoothing_factor has no derivative; make another spline, UnivariateSpline(x, y, s=s)"
    )


def _univariate_part(place: int) -> Function:
    """``get_knots`` and ``get_coeffs``, which SciPy reads elsewhere."""

    def part(called: Any, original: Function, spline: Any) -> Any:
        t, c, k = spline._eval_args
        return t[k : len(primal(t)) - k] if place == 0 else c[: len(primal(t)) - k - 1]

    return part


def _derivatives(called: Any, original: Function, spline: Any, x: Any) -> Any:
    """``UnivariateSpline.derivatives``: all of them at one place."""
    t, c, k = spline._eval_args
    x = settled(x)
    from scipy.interpolate import splev

    plain = np.array([splev(primal(x), (primal(t), primal(c), k), nu) for nu in range(k + 1)])
    at = np.reshape(x, (1,))
    return with_value(
        plain, np.concatenate([de_boor(t, c[: len(primal(t)) - k - 1], k, at, nu) for nu in range(k + 1)])
    )


def _univariate_integral(called: Any, original: Function, spline: Any, a: Any, b: Any) -> Any:
    from scipy.interpolate import splint

    return B_SPLINES["splint"](called, splint, a, b, spline._eval_args)


#: Functions and methods of scipy.interpolate -> what stands in for them.
FITPACK: dict[str, Function] = {
    "UnivariateSpline.__init__": _fitted,
    "InterpolatedUnivariateSpline.__init__": _fitted,
    "LSQUnivariateSpline.__init__": _fitted,
    "UnivariateSpline.set_smoothing_factor": _other_smoothing,
    "UnivariateSpline.integral": _univariate_integral,
    "UnivariateSpline.derivatives": _derivatives,
    "UnivariateSpline.get_knots": _univariate_part(0),
    "UnivariateSpline.get_coeffs": _univariate_part(1),
}
