"""Gradients of long loops in the memory of 50 states, against those of the plain loop.

"The plain time" is that of the gradient of the plain loop, which keeps every operation; beside it stands
the ratio to the loop alone, without any derivative.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from timeit import timeit
from typing import Any, NamedTuple

import numpy as np

import dualad

from .measure import Row, show

STEPS, MEMORY = 10_000, 50


def pendulum(state: Any, stiffness: Any) -> Any:
    """A semi-implicit Euler step."""
    x, v = state
    v = v - 1e-3 * stiffness * np.sin(x)
    return x + 1e-3 * v, v


def lorenz(state: Any, constants: Any) -> Any:
    """An Euler step of the Lorenz system."""
    x, y, z = state
    sigma, rho, beta = constants
    return state + 1e-3 * np.stack([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])


def heat(u: Any, rate: Any) -> Any:
    """An explicit step of the heat equation, with the ends held at zero."""
    change = np.zeros_like(u)
    change[1:-1] = u[2:] - 2 * u[1:-1] + u[:-2]
    return u + rate * change


class Problem(NamedTuple):
    """A step, the first state, and what is differentiated: both, or all."""

    step: Callable[..., Any]
    start: Any
    parameter: Any


PROBLEMS = {
    "pendulum": Problem(pendulum, np.array([1.0, 0.0]), 2.0),
    "Lorenz, state of 3": Problem(lorenz, np.array([1.0, 2.0, 3.0]), np.array([10.0, 28.0, 8 / 3])),
    "heat equation, 1000 points": Problem(heat, np.sin(np.linspace(0, np.pi, 1000)), 0.2),
}


def last_state(problem: Problem, steps: int, memory: int | None) -> Callable[..., Any]:
    """A number made of the last state, as a function of the first one and the parameter."""

    def run(start: Any, parameter: Any) -> Any:
        state = tuple(start) if problem.step is pendulum else start
        if memory:
            state = dualad.checkpointed_loop(problem.step, state, steps, parameter, memory=memory)
        else:
            for _ in range(steps):
                state = problem.step(state, parameter)
        return state[0] * state[1] if problem.step is pendulum else np.sum(state**2)

    return run


def peak(problem: Problem, steps: int, memory: int | None) -> float:
    """The most that the gradient holds at a time, in MB."""
    gradient = dualad.grad(last_state(problem, steps, memory), (0, 1))
    tracemalloc.start()
    gradient(*problem[1:])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6


def least_times(functions: list[Callable[[], object]]) -> list[float]:
    """The least time of each, of three turns: each takes seconds."""
    turns = [
        [timeit(function, "import gc; gc.enable()", number=1) for function in functions] for _ in range(3)
    ]
    return [min(times) for times in zip(*turns, strict=True)]


def rows() -> Iterator[Row]:
    for name, problem in PROBLEMS.items():
        plain, checkpointed = (last_state(problem, STEPS, memory) for memory in (None, MEMORY))
        gradients = [dualad.grad(f, (0, 1)) for f in (plain, checkpointed)]
        for one, other in zip(*(gradient(*problem[1:]) for gradient in gradients), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9)
        loop, kept, run_again = least_times([partial(f, *problem[1:]) for f in (plain, *gradients)])
        yield Row(f"{name}: to the plain gradient", run_again / kept, "x", 3.5)
        yield Row(f"{name}: to the loop alone", run_again / loop, "x")
        yield Row(f"{name}: the plain gradient to the loop", kept / loop, "x")

    problem = PROBLEMS["heat equation, 1000 points"]
    state = problem.start.nbytes / 1e6
    few, many = (peak(problem, steps, MEMORY) for steps in (STEPS // 10, STEPS))
    yield Row(f"heat, {STEPS} steps in the memory of {MEMORY}: peak", many / state, "states", MEMORY + 20)
    yield Row("more than with a tenth of the steps", (many - few) / state, "states", 5.0)
    yield Row(
        "the plain gradient of a tenth of the steps: peak", peak(problem, STEPS // 10, None) / state, "states"
    )


if __name__ == "__main__":
    show(rows())
