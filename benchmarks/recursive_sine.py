"""The recursive sine ``z <- sin(z*x) + x``: one number, 201 points, a million points.

The derivative by dualad stands next to the loops that a lecture writes by hand, as on the
blackboard (those of ``dualad.classroom``) and, here, with every array used again.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import dualad
from dualad.classroom import recursive_sine as lecture

from .measure import Row, best_times, show

STEPS = 20

#: points -> the most that forward and reverse may cost
BARS = {1: (6.0, 20.0), 201: (3.5, 6.0), 10**6: (2.4, 2.6)}


def forward_in_place(x: np.ndarray) -> np.ndarray:
    z, dz, u = np.zeros_like(x), np.zeros_like(x), np.empty_like(x)
    for _ in range(STEPS):
        np.multiply(z, x, out=u)
        dz *= x
        dz += z
        np.sin(u, out=z)
        z += x
        np.cos(u, out=u)
        dz *= u
        dz += 1
    return dz


def reverse_in_place(x: np.ndarray) -> np.ndarray:
    z, u, kept = np.zeros_like(x), np.empty_like(x), []
    for _ in range(STEPS):
        np.multiply(z, x, out=u)
        kept.append((z, np.cos(u)))
        z = np.sin(u)
        z += x
    bar_z, bar_x = np.ones_like(x), np.zeros_like(x)
    while kept:
        z, cos_u = kept.pop()
        bar_x += bar_z
        bar_z *= cos_u
        z *= bar_z
        bar_x += z
        bar_z *= x
    return bar_x


def reverse(x: Any) -> Any:
    """One sweep back for all points: the derivative of each output with respect to its own input."""
    y, pullback = dualad.vjp(lecture.recursive_sine, x)
    return pullback(np.ones_like(y))


def rows() -> Iterator[Row]:
    for points, (forward_bar, reverse_bar) in BARS.items():
        one = points == 1
        x = 0.7 if one else np.linspace(0.0, 1.5, points)
        ways = [
            ("forward", dualad.derivative(lecture.recursive_sine), forward_bar),
            ("forward by hand", lecture.analytic, None),
            *([] if one else [("forward by hand, in place", forward_in_place, None)]),
            ("reverse", dualad.grad(lecture.recursive_sine) if one else reverse, reverse_bar),
            ("reverse by hand", lecture.reverse, None),
            *([] if one else [("reverse by hand, in place", reverse_in_place, None)]),
        ]
        for _, way, _ in ways:
            np.testing.assert_allclose(way(x), lecture.analytic(x), rtol=1e-9)

        plain = ("plain", lecture.recursive_sine, None)
        times = best_times({name: partial(way, x) for name, way, _ in [plain, *ways]})
        label = "recursive sine, one number" if one else f"recursive sine, {points:,} points"
        for name, _, bar in ways:
            yield Row(f"{label}: {name}", times[name] / times["plain"], "x", bar)


if __name__ == "__main__":
    show(rows())
