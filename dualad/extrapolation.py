"""The slope of a function that is known by its values alone: central differences, extrapolated.

The steps are halved and the powers of the step removed one by one, as W. Romberg does for integrals
(L. F. Richardson, Phil. Trans. R. Soc. A 226, 1927; C. J. F. Ridders, Adv. Eng. Software 4, 1982). What
neighbouring entries of the scheme differ by says how far each is to be trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

#: Halvings of the step, at most and at least.
_MOST, _LEAST = 24, 4

#: What is as good as the values allow: there is no need of smaller steps.
_GOOD = 1e-12

#: How many times the last step is halved for a second look: a function whose values are rounded has steps.
_FINER = 5, 8

#: How many rounding errors of the value, at the largest step, a slope may be off that is next to nothing.
_SLACK = 1000


def slope_along(
    values: Callable[[float], Any],
    y: Any,
    h: float,
    noise: Any,
    trusted: float,
    rough: Any = 0.0,
    side: int | None = None,
) -> tuple[Any, Any]:
    """The slope at 0 of a function of a number that returns vectors, and in which entries it is known.

    Parameters
    ----------
    values : callable
        The function; NaN where it has no value.
    y : ndarray
        What it returns at 0.
    h : float
        The largest step.
    noise : float or ndarray
        How far the values may be off by rounding.
    trusted : float
        How far a slope may be off, relative to itself.
    rough : ndarray, optional
        How far the values may be off a smooth curve (`roughness`). Default: no farther than by rounding.
    side : {1, -1, 0}, optional
        On which side to look, 0 for both. Default: both, or at the edge of a domain the one inside.

    Notes
    -----
    Where the differences from the left and from the right stay apart, there is a kink, and no slope. At the
    edge of a domain they are those from inside, which have each power of the step, and not the even ones
    alone.
    """
    first = values(h), values(-h)
    side = _inside(values, y, h, first) if side is None else side
    powers = 2.0 if side else 4.0

    def ends(h: float) -> tuple[Any, Any, float]:
        """The values at both ends of a step, and how far these are from each other."""
        return (values(side * h), y, side * h) if side else (values(h), values(-h), 2 * h)

    slope, error = np.full(y.shape, np.nan), np.full(y.shape, np.inf)
    drift = np.zeros(y.shape)  # of what smaller steps give: noise may agree by accident, once
    row: list[Any] = []
    bends: list[Any] = []
    centred: list[Any] = []  # where it goes up on both sides, or down
    slack: Any = None
    for level in range(_MOST):
        ahead, behind, width = ends(h) if level or side else (*first, 2 * h)
        above, row = row, [(ahead - behind) / width]
        rounding = 2 * (noise + rough) / h
        slack = _SLACK * 2 * noise / h if slack is None else slack
        before = error
        for k, coarser in enumerate(above):
            row.append(row[k] + (row[k] - coarser) / (powers ** (k + 1) - 1))
            off = np.maximum(np.abs(row[-1] - row[k]), np.abs(row[-1] - coarser)) + rounding
            better = off < error
            slope, error = np.where(better, row[-1], slope), np.where(better, off, error)
        away = np.fmin(np.abs(row[min(level, 1)] - slope), np.abs(row[-1] - slope)) - 20 * rounding
        drift = np.where(error < before, 0.0, np.fmax(drift, away))
        bends.append(np.zeros(y.shape) if side else np.abs(ahead - 2 * y + behind) / h)
        centred.append(np.where((ahead - y) * (y - behind) > 0, np.abs(row[0]), 0.0))
        if level + 1 >= _LEAST and np.all(error <= _GOOD * np.abs(slope) + 2 * rounding):
            break
        h /= 2
    size = np.abs(slope)
    flat = (slope == 0) & (centred[0] > 0) & (centred[1] > 0.5 * centred[0])
    smaller = [(ends(h / 2**k), np.abs(row[0] - slope) / powers**k) for k in _FINER]
    stepped = flat | _has_steps(smaller, slope, _SLACK * noise + 10 * rough + trusted * size * h)
    least = 10 * trusted * size + slack
    kinked = (bends[-1] > 0.6 * bends[-2] + least + 10 * rough / h) & (np.sort(bends, axis=0)[1] > least)
    settled = np.maximum(error, drift) <= trusted * size + slack
    return slope, (settled & ~kinked & ~stepped) | ~np.isfinite(y)


def slope_where_branches_meet(
    values: Callable[[float], Any], y: Any, h: float, noise: Any, trusted: float
) -> tuple[Any, Any]:
    """The same of a function with a branch on either side, each with a slope of its own: if they are one.

    There differences over both sides come to it too slowly, as they have each power of the step.
    """
    (ahead, is_known), (behind, is_too) = (
        slope_along(values, y, h, noise, trusted, side=side) for side in (1, -1)
    )
    size = np.maximum(np.abs(ahead), np.abs(behind))
    near = np.abs(ahead - behind) <= 10 * (trusted * size + _SLACK * noise / h)
    meet = near & (size > 0)  # a function that takes steps is flat on both sides
    return (ahead + behind) / 2, (is_known & is_too & meet) | ~np.isfinite(y)


def roughness(values: Callable[[float], Any], h: float) -> Any:
    """How far the values of a function near 0 are off a smooth curve, by steps or noise of any width.

    At several distances, from ``h`` on, this is what remains of values at places without symmetry beside
    the cubic that fits them best. A loop that stops by a bound gives such values.
    """
    found = [_BESIDE_CUBICS @ [values(place * h / 8**k) for place in _PLACES] for k in range(1, 7)]
    return np.max(np.abs(found), axis=(0, 1))


#: Places about 0, and what takes the cubic that fits best from values there.
_PLACES = np.array([-1.0, -0.77, -0.43, -0.18, 0.23, 0.51, 0.69, 1.0])
_BESIDE_CUBICS = np.eye(8) - np.vander(_PLACES, 4) @ np.linalg.pinv(np.vander(_PLACES, 4))


def _has_steps(smaller: Sequence[Any], slope: Any, most: Any) -> Any:
    """Where much smaller steps find others than the slope: values are rounded, or have noise.

    Of each step there are its ends, and how far it may be off for being as wide as it is.
    """
    found = [
        np.abs(ahead - behind - slope * width) > most + 2 * np.abs(width) * curved
        for (ahead, behind, width), curved in smaller
    ]
    return np.any(found, axis=0)


def _inside(values: Callable[[float], Any], y: Any, h: float, ends: Sequence[Any]) -> int:
    """On which side (1 or -1) of the edge of a domain there are values; 0 where they are on both."""
    has = [bool(np.all(np.isfinite(end) | ~np.isfinite(y))) for end in ends]
    if has[0] == has[1]:
        return 0
    side = 1 if has[0] else -1
    beyond = values(-side * h / 2**_MOST)  # the edge may be near, and not here
    return side if np.any(np.isnan(beyond) & np.isfinite(y)) else 0
