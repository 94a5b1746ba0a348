"""Work given out: from one worker to two, measured; and to more, by the counted cost.

A million points of the recursive sine, and the Jacobian of many steps in time.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core for each worker

import numpy as np

import dualad
from dualad.costs.pace import predicted
from dualad.costs.tracing import trace
from dualad.costs.work import work_of
from dualad.parallel.executors import block_length

from .measure import Row, best_times, show

STEPS = 10
POINTS = np.linspace(0.1, 1.0, 1_000_000)


def start(cells: int) -> np.ndarray:
    return np.exp(-(np.linspace(-3.0, 3.0, cells) ** 2))


def recursive_sine(x: Any) -> Any:
    z = x
    for _ in range(STEPS):
        z = np.sin(z * x) + x
    return z


def fisher(u: Any, steps: int = 60) -> Any:
    """Fisher's equation in one dimension, by Euler's method."""
    for _ in range(steps):
        inside = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2]) + 0.01 * u[1:-1] * (1.0 - u[1:-1])
        u = np.concatenate([u[:1], inside, u[-1:]])
    return u


def rows() -> Iterator[Row]:
    with ThreadPoolExecutor(2) as threads, ProcessPoolExecutor(2) as processes:
        alone, two = dualad.derivative(recursive_sine), dualad.derivative(recursive_sine, executor=threads)
        assert np.array_equal(alone(POINTS), two(POINTS))
        times = best_times({
            "plain": lambda: recursive_sine(POINTS),
            "alone": lambda: alone(POINTS),
            "threads": lambda: two(POINTS),
        })  # fmt: skip
        plain = times["plain"]
        yield Row("derivative, 1e6 points, alone, of plain", times["alone"] / plain, "x")
        yield Row("derivative, 1e6 points, 2 threads, of plain", times["threads"] / plain, "x", 1.4)

        def jacobian(executor: Executor | None) -> Any:
            found = dualad.jacobian(fisher, mode="forward", executor=executor)
            return lambda: found(start(800))

        runs = {"alone": jacobian(None), "threads": jacobian(threads), "processes": jacobian(processes)}
        with ThreadPoolExecutor(1) as one:
            runs["one"] = jacobian(one)
            results = [run() for run in runs.values()]
            assert all(np.array_equal(results[0], other) for other in results)
            times = best_times(runs, 5.0)
    for name in ("one", "threads", "processes"):
        workers = "1 thread" if name == "one" else f"2 {name}"
        yield Row(f"dense Jacobian, 800 columns, {workers}: faster", times["alone"] / times[name], "x")
    for workers in (1, 2, 8, 32, 128):
        figure = speed_up(2000, 1000, workers)
        yield Row(f"2000 columns, 1000 steps, PREDICTED for {workers} processes: faster", figure, "x")


#: Seconds to hand a block to a process and to take its answer, and for each byte of that: assumed.
_HANDING, _PER_BYTE = 5e-4, 1e-9


def speed_up(cells: int, steps: int, workers: int) -> float:
    """How much faster it would be with so many workers: counted, not measured.

    The largest share of any worker, and what the one process does that hands out blocks and takes the
    answers.
    """
    work = work_of(trace(functools.partial(fisher, steps=steps), start(cells)))
    column = predicted(work, work.forward(64), "lanes") / 64

    class Pool:
        _max_workers = workers

    block = block_length(cells, column, Pool(), 8)
    blocks = -(-cells // block)
    share = -(-blocks // workers) * block * column
    return cells * column / (share + blocks * _HANDING + 8 * cells * cells * _PER_BYTE)


if __name__ == "__main__":
    show(rows())
