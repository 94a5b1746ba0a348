"""The lecture's recursive sine, and its derivative written by hand in three ways.

    z <- sin(z x) + x,    starting from z = 0

The function is plain NumPy code: it takes a number or an array, and knows nothing of derivatives.
The variant with several inputs x_1, ..., x_n uses them in turn, one for each iteration and then
from the first again; with one input it is the same function, and with n equal inputs its
gradient sums up to the derivative with respect to the one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def recursive_sine(x: Any, iterations: int = 20) -> Any:
    """The lecture's function: ``z <- sin(z x) + x``, so many times, from ``z = 0``.

    Examples
    --------
    >>> from dualad.classroom.recursive_sine import recursive_sine
    >>> float(recursive_sine(0.7, iterations=1))
    0.7
    """
    z = 0.0
    for _ in range(iterations):
        z = np.sin(z * x) + x
    return z


def analytic(x: Any, iterations: int = 20) -> Any:
    """The derivative by the recurrence that one finds on paper.

    z' <- cos(z x) (z' x + z) + 1
    """
    z, dz = 0.0, 0.0
    for _ in range(iterations):
        u = z * x
        dz = np.cos(u) * (dz * x + z) + 1.0
        z = np.sin(u) + x
    return dz


def forward(x: Any, iterations: int = 20, dx: Any = 1.0) -> Any:
    """Forward mode by hand: below each operation of the function, the same for the tangents."""
    z, dz = 0.0, 0.0
    for _ in range(iterations):
        u = z * x
        du = dz * x + z * dx
        s = np.sin(u)
        ds = np.cos(u) * du
        z = s + x
        dz = ds + dx
    return dz


def reverse(x: Any, iterations: int = 20) -> Any:
    """Reverse mode by hand: forwards through the function, keeping z and cos(z x), then backwards."""
    z = 0.0
    zs, cosines = [], []
    for _ in range(iterations):
        u = z * x
        zs.append(z)
        cosines.append(np.cos(u))
        z = np.sin(u) + x

    z_bar, x_bar = 1.0, 0.0
    while zs:  # z = sin(u) + x,  u = z x, from the last iteration to the first
        u_bar = z_bar * cosines.pop()
        x_bar = x_bar + z_bar + u_bar * zs.pop()
        z_bar = u_bar * x
    return x_bar


# ---------------------------------------------------------------- several inputs


def recursive_sine_of(*xs: Any, iterations: int = 20) -> Any:
    """The recursive sine of several inputs, which take turns: ``z <- sin(z x_i) + x_i``.

    Examples
    --------
    >>> from dualad.classroom.recursive_sine import recursive_sine, recursive_sine_of
    >>> bool(recursive_sine_of(0.7, 0.7, iterations=20) == recursive_sine(0.7))
    True
    """
    z = 0.0
    for k in range(iterations):
        x = xs[k % len(xs)]
        z = np.sin(z * x) + x
    return z


def analytic_gradient(*xs: Any, iterations: int = 20) -> list[Any]:
    """The gradient by one recurrence for each input, side by side.

    z_j' <- cos(z x_i) (z_j' x_i + z [i = j]) + [i = j]
    """
    z, dz = 0.0, [0.0] * len(xs)
    for k in range(iterations):
        i = k % len(xs)
        x = xs[i]
        u = z * x
        cosine = np.cos(u)
        dz = [cosine * (d * x + z) + 1.0 if j == i else cosine * (d * x) for j, d in enumerate(dz)]
        z = np.sin(u) + x
    return dz


def forward_gradient(*xs: Any, iterations: int = 20) -> list[Any]:
    """The gradient by forward mode by hand: one run for each input, seeded with that input."""
    seeds = np.eye(len(xs)).tolist()
    return [_forward_along(seed, xs, iterations) for seed in seeds]


def _forward_along(dxs: Sequence[Any], xs: Sequence[Any], iterations: int) -> Any:
    z, dz = 0.0, 0.0
    for k in range(iterations):
        x, dx = xs[k % len(xs)], dxs[k % len(xs)]
        u = z * x
        du = dz * x + z * dx
        s = np.sin(u)
        ds = np.cos(u) * du
        z = s + x
        dz = ds + dx
    return dz


def reverse_gradient(*xs: Any, iterations: int = 20) -> list[Any]:
    """The gradient by reverse mode by hand: one run for all inputs."""
    z = 0.0
    zs, cosines = [], []
    for k in range(iterations):
        x = xs[k % len(xs)]
        u = z * x
        zs.append(z)
        cosines.append(np.cos(u))
        z = np.sin(u) + x

    z_bar, x_bars = 1.0, [0.0] * len(xs)
    for k in reversed(range(iterations)):
        i = k % len(xs)
        u_bar = z_bar * cosines.pop()
        x_bars[i] = x_bars[i] + z_bar + u_bar * zs.pop()
        z_bar = u_bar * xs[i]
    return x_bars
