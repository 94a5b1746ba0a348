"""The sparse Jacobian of a reaction and diffusion residual in one dimension: a plan, and its evaluation."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np

import dualad

from .measure import Row, best_times, show


def residual(u: Any) -> Any:
    """``D u'' + u - u**3`` on a grid, with zeros beyond its ends: tridiagonal."""
    padded = np.concatenate(([0.0], u, [0.0]))
    return 100.0 * (padded[2:] - 2 * padded[1:-1] + padded[:-2]) + u - u**3


def by_hand(u: np.ndarray) -> list[np.ndarray]:
    """The diagonals below, on and above the main one."""
    side = np.full(len(u) - 1, 100.0)
    return [side, 1 - 200.0 - 3 * u**2, side]


def of_plain(n: int) -> float:
    """The time of an evaluation with a plan, in evaluations of the function."""
    u = np.linspace(0.0, 1.0, n)
    jacobian = dualad.sparse_jacobian(residual, dualad.sparse_plan(residual, u))
    found = jacobian(u)
    for offset, diagonal in zip((-1, 0, 1), by_hand(u), strict=True):
        np.testing.assert_allclose(found.diagonal(offset), diagonal, rtol=1e-13)
    times = best_times({"f": lambda: residual(u), "jacobian": lambda: jacobian(u)}, 2.0)
    return times["jacobian"] / times["f"]


def peak_of_pattern(n: int) -> float:
    """The most that finding the pattern holds at a time, in MB."""
    u = np.linspace(0.0, 1.0, n)
    tracemalloc.start()
    dualad.sparsity(residual, u)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def time_of_plan(n: int) -> float:
    """The time that a plan takes, in seconds."""
    u = np.linspace(0.0, 1.0, n)
    start = perf_counter()
    dualad.sparse_plan(residual, u)
    return perf_counter() - start


def rows() -> Iterator[Row]:
    for n in (1000, 100_000, 1_000_000):
        bar = 15.0 if n == 1000 else None
        yield Row(f"tridiagonal Jacobian with a plan, n = {n:,}: of the function", of_plain(n), "x", bar)
    peak_of_pattern(1000)  # what is made once and kept is not what we count
    yield Row("tridiagonal pattern, n = 100,000: peak", peak_of_pattern(100_000), "MB", 1000.0)
    for n in (100_000, 1_000_000):
        yield Row(f"tridiagonal plan, n = {n:,}", time_of_plan(n), "s")


if __name__ == "__main__":
    show(rows())
