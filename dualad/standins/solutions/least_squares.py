"""Least squares of SciPy: `least_squares`, `leastsq`, `curve_fit`, `nnls`.

SciPy runs on values; what it finds is the minimum of a sum, which depends on the data as minima do.
"""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np

from ...dual import primal, settled
from ...dual.containers import mode_in
from ...errors import NoRuleError
from ...linear import has_nan
from ..implicit import value_and_slope
from ..scipy_arrays import Function, as_array, as_tuple, by_name, plainly, with_value
from .minima import at_bounds, stationary


def _half_of_the_squares(residuals: Function) -> Function:
    def value(x: Any) -> Any:
        r = residuals(x)
        return r @ r / 2

    return value


def _as_bounds(bounds: Any) -> Any:
    """Bounds given as a pair, or as an object of a class that SciPy has for them."""
    low, high = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    return types.SimpleNamespace(lb=as_array(low), ub=as_array(high))


# ---------------------------------------------------------------- least_squares

#: What `least_squares` may add up in place of ``z``, the square of a residual.
_LOSSES: dict[str, Function] = {
    "linear": lambda z: z,
    "soft_l1": lambda z: 2 * (np.sqrt(1 + z) - 1),
    "huber": lambda z: np.where(z <= 1, z, 2 * np.sqrt(np.where(z <= 1, 1.0, z)) - 1),
    "cauchy": lambda z: np.log1p(z),
    "arctan": lambda z: np.arctan(z),
}


def _least_squares(called: Any, original: Function, *args: Any, **options: Any) -> Any:
    given = by_name(original, args, options, defaults=True)
    x0, bounds, loss, scale = (given.pop(name) for name in ("x0", "bounds", "loss", "f_scale"))
    lifted, more, named = called(given.pop("fun")), given.pop("args"), given.pop("kwargs") or {}
    more = as_tuple(more)
    bounds, scale = _as_bounds(bounds), settled(scale)
    given["x_scale"] = primal(given["x_scale"])
    if callable(given["jac"]):
        slope = plainly(called, given["jac"])
        given["jac"] = lambda x: slope(x, *more, **named)
    rho = called(loss) if callable(loss) else None

    def residuals(x: Any) -> Any:
        return np.ravel(as_array(settled(lifted(x, *more, **named))))

    def value(x: Any) -> Any:
        z = (residuals(x) / scale) ** 2
        return scale**2 / 2 * np.sum(_LOSSES[loss](z) if rho is None else settled(rho(z))[0])

    result = original(
        lambda x: primal(residuals(x)), primal(as_array(x0)), bounds=(primal(bounds.lb), primal(bounds.ub)),
        loss=loss if rho is None else plainly(called, loss), f_scale=primal(scale), **given,
    )  # fmt: skip
    active = list(at_bounds(bounds, result.x))
    if mode_in([value(result.x), *(c(result.x) for c in active)]) is None:
        return result
    best = stationary(value, active, result.x)
    r, slope = value_and_slope(residuals, best)
    cost, gradient = value_and_slope(value, best)
    result.update(x=best, fun=with_value(result.fun, r), cost=with_value(result.cost, cost))
    result.grad = with_value(result.grad, gradient)
    if loss == "linear" and isinstance(result.jac, np.ndarray):
        result.jac = with_value(result.jac, slope)
    else:  # which would be plain numbers
        del result["jac"]
    return result


def _leastsq(
    called: Any, leastsq: Function, f: Any, x0: Any, args: Any = (), Dfun: Any = None,
    full_output: Any = False, *more: Any, **options: Any,
) -> Any:  # fmt: skip
    args, lifted = as_tuple(args), called(f)

    def residuals(x: Any) -> Any:
        return np.ravel(as_array(settled(lifted(x, *args))))

    slope = Dfun and plainly(called, Dfun)
    result = leastsq(
        lambda x, *_: primal(residuals(x)), primal(as_array(x0)), tuple(map(primal, args)), slope,
        full_output, *more, **options,
    )  # fmt: skip
    x = np.atleast_1d(result[0])
    if mode_in(residuals(x)) is None:
        return result
    best = stationary(_half_of_the_squares(residuals), [], x)
    if not full_output:
        return best, result[-1]
    r, slope = value_and_slope(residuals, best)
    covariance = result[1] if result[1] is None else with_value(result[1], np.linalg.inv(slope.T @ slope))
    return best, covariance, _report(result[2], r), *result[3:]


def _report(info: dict[str, Any], r: Any) -> dict[str, Any]:
    """What is said beside the result, but for what would be plain numbers."""
    return {"nfev": info["nfev"], "fvec": with_value(info["fvec"], r)}


# ---------------------------------------------------------------- curve_fit


def _curve_fit(called: Any, curve_fit: Function, *args: Any, **options: Any) -> Any:
    """The parameters make the sum of squares least; their covariance follows from them."""
    given = by_name(curve_fit, args, options, defaults=True)
    f, sigma, bounds = given.pop("f"), given.pop("sigma"), _as_bounds(given.pop("bounds"))
    lifted = called(f)
    xdata, ydata, p0, sigma = (
        as_array(a) for a in (given.pop("xdata"), given.pop("ydata"), given.pop("p0"), sigma)
    )
    if callable(given["jac"]):
        given["jac"] = plainly(called, given["jac"])

    @functools.wraps(f, updated=())
    def plain(x: Any, *p: Any) -> Any:
        return primal(settled(lifted(x, *p)))

    def residuals(p: Any) -> Any:
        r = np.ravel(settled(lifted(xdata, *(p[i] for i in range(np.size(p)))))) - np.ravel(ydata)
        if sigma is None:
            return r
        return r / sigma if np.ndim(primal(sigma)) < 2 else np.linalg.solve(np.linalg.cholesky(sigma), r)

    fit = curve_fit(
        plain, primal(xdata), primal(ydata), primal(p0), primal(sigma),
        bounds=(primal(bounds.lb), primal(bounds.ub)), **given,
    )  # fmt: skip
    active = list(at_bounds(bounds, fit[0]))
    if mode_in([residuals(fit[0]), *(c(fit[0]) for c in active)]) is None:
        return fit
    estimated = np.all(np.isfinite(fit[1]))  # SciPy warns if it is not
    if not estimated and not active:
        _check_determined(residuals, fit[0])
    best = stationary(_half_of_the_squares(residuals), active, fit[0])
    r, slope = value_and_slope(residuals, best)
    more = (_report(fit[2], r), *fit[3:]) if len(fit) > 2 else ()
    if not estimated:
        return best, fit[1], *more
    covariance = np.linalg.inv(slope.T @ slope)
    if not given["absolute_sigma"]:
        covariance = covariance * (r @ r / (len(r) - len(fit[0])))
    return best, with_value(fit[1], covariance), *more


def _check_determined(residuals: Function, best: Any) -> None:
    slope = primal(value_and_slope(residuals, best)[1])
    if has_nan(slope) or np.linalg.matrix_rank(slope) < len(best):
        raise NoRuleError(
            "scipy.optimize.curve_fit: the data do not determine all parameters, so that these have no "
            "derivative; give more data, or a function of fewer parameters"
        )


# ---------------------------------------------------------------- nnls


def _nnls(called: Any, nnls: Function, A: Any, b: Any, *more: Any, **options: Any) -> Any:
    """Coefficients that are not negative: those that are not zero solve a least-squares problem."""
    A, b = as_array(A), as_array(b)
    x, norm = nnls(primal(A), primal(b), *more, **options)
    if mode_in((A, b)) is None:
        return x, norm
    chosen = np.flatnonzero(x > 0)
    part = A[:, chosen]
    found = np.linalg.solve(part.T @ part, part.T @ b)
    y = np.zeros(len(x)) + np.transpose(np.eye(len(x))[chosen]) @ found
    return with_value(x, y), with_value(norm, np.linalg.norm(part @ found - b))


#: name -> what is called in its place.
LEAST_SQUARES: dict[tuple[str, str], Function] = {
    ("optimize", "least_squares"): _least_squares,
    ("optimize", "leastsq"): _leastsq,
    ("optimize", "curve_fit"): _curve_fit,
    ("optimize", "nnls"): _nnls,
}
