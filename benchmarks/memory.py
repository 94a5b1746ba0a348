"""Forward mode keeps no tape: its peak does not grow with the number of steps."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

import dualad

from .measure import Row, show


def lorenz(state: Any, steps: int) -> Any:
    """Euler steps of the Lorenz system, for many starting points at once."""
    for _ in range(steps):
        x, y, z = state
        state = state + 1e-3 * np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])
    return state


def peak(steps: int) -> float:
    """The most that forward mode holds at a time, in MB."""
    start = np.random.default_rng(1).normal(size=(3, 2000))
    tracemalloc.start()
    dualad.jvp(partial(lorenz, steps=steps), start, np.ones_like(start))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def rows() -> Iterator[Row]:
    peak(1)  # what is made once and kept is not what we count
    few, many = peak(200), peak(2000)
    yield Row("forward over 200 steps of a (3, 2000) state: peak", few, "MB")
    yield Row("forward over 2000 steps: more than that", many - few, "MB", 1.0)


if __name__ == "__main__":
    show(rows())
