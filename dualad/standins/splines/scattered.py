"""Interpolation between scattered points of SciPy: radial basis functions, triangles, the nearest point.

``called`` gives what is called in place of a function, as everywhere in this folder.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal, settled
from ...dual.containers import mode_in
from ...errors import NoRuleError
from ..scipy_arrays import Function, as_array, of_values, with_value
from .clough_tocher import at_places, slopes_of

# ---------------------------------------------------------------- radial basis functions


def _thin_plate(r: Any) -> Any:
    at_centre = primal(r) == 0
    return np.where(at_centre, 0.0, r**2 * np.log(np.where(at_centre, 1.0, r)))


#: The functions of the distance, by SciPy's names.
_KERNELS: dict[str, Function] = {
    "linear": lambda r: -r,
    "thin_plate_spline": _thin_plate,
    "cubic": lambda r: r**3,
    "quintic": lambda r: -(r**5),
    "multiquadric": lambda r: -np.sqrt(r**2 + 1),
    "inverse_multiquadric": lambda r: 1 / np.sqrt(r**2 + 1),
    "inverse_quadratic": lambda r: 1 / (r**2 + 1),
    "gaussian": lambda r: np.exp(-(r**2)),
}


def _terms(x: Any, y: Any, kernel: str, epsilon: Any, powers: Any, shift: Any, scale: Any) -> Any:
    """The functions around the points y, and the monomials, at the places x: a row for each place."""
    apart = (x[:, None, :] - y[None, :, :]) * epsilon
    around = _KERNELS[kernel](np.linalg.norm(apart, axis=-1))
    monomials = np.prod(((x - shift) / scale)[:, None, :] ** powers[None, :, :], axis=-1)
    return np.concatenate([around, monomials], axis=1)


def _solve(
    called: Any, original: Function, y: Any, d: Any, smoothing: Any, kernel: str, epsilon: Any, powers: Any,
    *xp: Any,
) -> Any:  # fmt: skip
    """``_build_and_solve_system``: the shift and scale of the monomials, and all coefficients."""
    y, d, smoothing, epsilon = settled((y, d, smoothing, epsilon))
    plain = map(primal, (y, d, smoothing))
    # The polynomial is the same for any shift and scale.
    shift, scale, coefficients = original(*plain, kernel, primal(epsilon), powers, *xp)
    n, m = len(primal(y)), len(powers)
    upper = _terms(y, y, kernel, epsilon, powers, shift, scale)
    monomials = np.transpose(upper[:, n:])
    upper = upper + np.concatenate([np.diag(smoothing), np.zeros((n, m))], axis=1)
    matrix = np.concatenate([upper, np.concatenate([monomials, np.zeros((m, m))], axis=1)])
    right = np.concatenate([d, np.zeros((m, np.shape(d)[1]))])
    return shift, scale, with_value(coefficients, np.linalg.solve(matrix, right))


#: The same of a compiled function.
RADIAL_TWINS: dict[tuple[str, str], Function] = {
    ("_rbfinterp_pythran", "_build_evaluation_coefficients"): of_values(lambda _, *args: _terms(*args))
}


# ---------------------------------------------------------------- triangles


class _OfDuals:
    """``LinearNDInterpolator`` of points or values that are Duals, the cubic one of such values."""

    def __init__(self, plain: Any, points: Any, values: Any, fill_value: Any):
        self.plain, self.points, self.values, self.fill_value = plain, points, values, fill_value

    def __call__(self, *xi: Any, **options: Any) -> Any:
        return _at(self.plain, self.points, self.values, self.fill_value, *xi, **options)


def _at(plain: Any, points: Any, values: Any, fill_value: Any, *xi: Any, **options: Any) -> Any:
    """The value at places: that of the function on the triangle (simplex) around each."""
    options = _plain_of(options)
    place, value, near = _places(xi), plain(*_numbers(xi), **options), _nearness(**options)
    flat = np.reshape(place, (-1, np.shape(primal(place))[-1]))
    if hasattr(plain, "grad"):
        heights = np.reshape(values, (len(primal(values)), -1))
        slopes = plain.grad if mode_in(heights) is None else slopes_of(plain, heights)
        y, simplex = at_places(plain, _scaled(plain, flat), heights, slopes, near)
        return with_value(value, np.reshape(np.where((simplex < 0)[:, None], fill_value, y), np.shape(value)))
    simplex = plain.tri.find_simplex(_scaled(plain, primal(flat)), tol=near)
    corners = plain.tri.simplices[np.where(simplex < 0, 0, simplex)]
    last = points[corners[:, -1]]
    sides = np.swapaxes(points[corners[:, :-1]] - last[:, None, :], 1, 2)
    shares = np.linalg.solve(sides, (flat - last)[..., None])
    ends = np.reshape(values, (len(primal(values)), -1))
    below = ends[corners[:, -1]]
    y = below + np.sum(shares * (ends[corners[:, :-1]] - below[:, None, :]), axis=1)
    y = np.where((simplex < 0)[:, None], fill_value, y)
    return with_value(value, np.reshape(y, np.shape(value)))


def _nearness(simplex_tolerance: float = 1.0) -> float | None:
    """How far outside a triangle a place is still on it: what SciPy 1.18 multiplies; None for the default."""
    return None if simplex_tolerance == 1 else 100 * np.finfo(float).eps * simplex_tolerance


def _numbers(xi: Any) -> Any:
    """The places as they were given, as plain numbers: on that the shape of the result depends."""
    return tuple(_numbers(x) if isinstance(x, tuple) else primal(as_array(x)) for x in xi)


def _scaled(plain: Any, places: Any) -> Any:
    """Places as the triangulation has them."""
    return places if plain.scale is None else (places - plain.offset) / plain.scale


def _places(xi: Any) -> Any:
    """Coordinates given in one array, in several, or in a tuple of them."""
    xi = xi[0] if len(xi) == 1 else xi
    if not isinstance(xi, tuple):
        return as_array(xi)
    return np.stack(np.broadcast_arrays(*(as_array(x) for x in xi)), axis=-1)


def _made(cls: Any, points: Any, values: Any = None, *args: Any, **options: Any) -> Any:
    """An interpolator of this class, of Duals as well."""
    points, values, args, options = settled((points, values, args, options))
    if mode_in((points, values, args, options)) is None:
        return cls(points, values, *args, **options)
    if cls.__name__ != "LinearNDInterpolator" and mode_in(points) is not None:
        raise _no_derivative(cls.__name__, "the points")
    fill = args[0] if args else options.get("fill_value", np.nan)
    plain = cls(_plain(points), primal(as_array(values)), primal(fill), *args[1:], **_plain_of(options))
    points = _unscaled(plain) if hasattr(points, "simplices") else _places((points,))
    return _OfDuals(plain, points, as_array(values), fill)


def _plain(points: Any) -> Any:
    return points if hasattr(points, "simplices") else primal(_places((points,)))


def _plain_of(options: dict[str, Any]) -> dict[str, Any]:
    return {k: primal(v) for k, v in options.items() if k != "fill_value"}


def _unscaled(plain: Any) -> Any:
    return plain.points if plain.scale is None else plain.points * plain.scale + plain.offset


def _no_derivative(name: str, what: str) -> NoRuleError:
    return NoRuleError(
        f"scipy.interpolate.{name} has no derivative with respect to {what}; write LinearNDInterpolator or "
        "RBFInterpolator"
    )


#: The name of a class -> what makes an object of it, given the class.
SCATTERED_CLASSES: dict[str, Function] = dict.fromkeys(
    ("LinearNDInterpolator", "CloughTocher2DInterpolator"), _made
)


def scattered_object(x: Any) -> Function | None:
    """An interpolator of plain numbers, to be called with Duals; None for another object."""
    kind = type(x)
    if kind.__name__ not in SCATTERED_CLASSES or not kind.__module__.startswith("scipy.interpolate"):
        return None

    def at(*xi: Any, **options: Any) -> Any:
        xi = settled(xi)
        if mode_in(xi) is None:
            return x(*xi, **options)
        values = np.reshape(x.values, (len(x.values), *x.values_shape))
        return _at(x, _unscaled(x), values, x.fill_value, *xi, **options)

    return at


# ---------------------------------------------------------------- the nearest


def _nearest_made(
    called: Any, original: Function, spline: Any, x: Any, y: Any, *args: Any, **options: Any
) -> None:
    """``NearestNDInterpolator.__init__``: which point is nearest is asked of the places' values."""
    values, places = as_array(y), _places((x,))
    original(spline, primal(places), primal(values), *args, **options)
    spline.values = values if mode_in(values) is not None else spline.values
    if mode_in(places) is not None and not options.get("rescale"):
        spline.points = places


def _nearest(called: Any, original: Function, spline: Any, *xi: Any, **options: Any) -> Any:
    """``NearestNDInterpolator.__call__``: which point is nearest does not move with the place."""
    values = settled(spline.values)
    tree, points = spline.tree, settled(spline.points)
    spline.values, spline.values_shape = np.arange(len(primal(values)), dtype=float), ()
    try:
        found = original(spline, *_numbers(xi), **options)
    finally:
        spline.values, spline.tree, spline.points = values, tree, points
        spline.values_shape = np.shape(primal(values))[1:]
    missing = np.isnan(found)
    y = values[np.where(missing, 0, found).astype(int)]
    return np.where(
        np.reshape(missing, missing.shape + (1,) * (np.ndim(primal(y)) - missing.ndim)), np.nan, y
    )


#: The qualified name of a function -> what is called in its place.
SCATTERED: dict[str, Function] = {
    "_build_and_solve_system": _solve,
    "NearestNDInterpolator.__init__": _nearest_made,
    "NearestNDInterpolator.__call__": _nearest,
}
