"""A dense Jacobian, 100 x 100, of ``sin(A@x)*x + exp(-x**2)``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import dualad

from .measure import Row, best_times, show

N = 100
A = np.random.default_rng(1).normal(size=(N, N)) / N**0.5
X = np.linspace(-1.0, 1.0, N)


def f(x: Any) -> Any:
    return np.sin(A @ x) * x + np.exp(-(x**2))


def by_hand(x: np.ndarray) -> np.ndarray:
    """The same operations on 100 directions at once: row k of ``t`` is direction k."""
    t = np.eye(N)
    u, tu = A @ x, t @ A.T
    s, ts = np.sin(u), np.cos(u) * tu
    e, te = np.exp(-(x**2)), -2 * x * t
    return (ts * x + s * t + e * te).T


def rows() -> Iterator[Row]:
    jacobian = dualad.jacobian(f)
    np.testing.assert_allclose(jacobian(X), by_hand(X), rtol=1e-12, atol=1e-14)
    times = best_times({"f": lambda: f(X), "by hand": lambda: by_hand(X), "dualad": lambda: jacobian(X)})
    yield Row("dense Jacobian 100x100, of the same by hand", times["dualad"] / times["by hand"], "x", 4.0)
    yield Row("dense Jacobian 100x100, of the plain function", times["dualad"] / times["f"], "x")


if __name__ == "__main__":
    show(rows())
