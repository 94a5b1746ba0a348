"""Second derivatives: the Hessian of a Rosenbrock function of 50 variables, Hessian times vector.

autograd, where it is installed, computes the same Hessian in the same run.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import dualad

from .measure import Row, best_times, show

X = np.linspace(-1.0, 1.0, 50)
LONG = np.linspace(-1.0, 1.0, 1000)
V = np.cos(LONG)

_RNG = np.random.default_rng(3)
INPUTS = _RNG.normal(size=(32, 64))
W = _RNG.normal(size=(64, 100)) / 8
TO_OUTPUTS = _RNG.normal(size=(100, 10)) / 10


def rosenbrock(x: Any, np: Any = np) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def perceptron(w: Any) -> Any:
    """The squares of what a layer of 100 and a layer of 10 make of 32 points."""
    return np.sum((np.tanh(INPUTS @ w) @ TO_OUTPUTS) ** 2)


def by_hand(x: np.ndarray) -> np.ndarray:
    """The Hessian of the Rosenbrock function, which is tridiagonal."""
    diagonal = np.zeros(x.size)
    diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    return np.diag(diagonal) + np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)


def autograds_hessian() -> Callable[[Any], Any] | None:
    """The same by autograd, where it is installed."""
    try:
        import autograd
        import autograd.numpy
    except ImportError:
        return None
    hessian: Callable[[Any], Any] = autograd.hessian(lambda x: rosenbrock(x, autograd.numpy))
    return hessian


def _hessians() -> Iterator[Row]:
    hessian, theirs = dualad.hessian(rosenbrock), autograds_hessian()
    np.testing.assert_allclose(hessian(X), by_hand(X), rtol=1e-12)
    functions = {"f": lambda: rosenbrock(X), "dualad": lambda: hessian(X)}
    if theirs is not None:
        np.testing.assert_allclose(theirs(X), by_hand(X), rtol=1e-12)
        functions["autograd"] = lambda: theirs(X)
    times = best_times(functions)
    yield Row("Hessian of 50 variables, of the plain function", times["dualad"] / times["f"], "x")
    if theirs is not None:
        yield Row(
            "Hessian of 50 variables, of autograd's time", times["dualad"] / times["autograd"], "x", 0.5
        )


def rows() -> Iterator[Row]:
    yield from _hessians()
    for what, f, x, v in (("1000 variables", rosenbrock, LONG, V), ("a perceptron", perceptron, W, W)):
        gradient = dualad.grad(f)
        hvp = functools.partial(dualad.hvp, f, x, v)
        times = best_times({"gradient": functools.partial(gradient, x), "hvp": hvp})
        yield Row(f"Hessian times vector, {what}, of a gradient", times["hvp"] / times["gradient"], "x", 3.0)


if __name__ == "__main__":
    show(rows())
