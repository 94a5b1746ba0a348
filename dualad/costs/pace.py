"""How fast this computer is, and how long counted operations will take on it.

A handful of small measurements, made once in a process when they are first needed. They take a
third of a second. A prediction is no better than to a factor of two or three: it knows one time for
all transcendental functions, and one for all small operations.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from ..boundary import ALREADY, checked_function, ones_like
from ..counts import Count
from ..gradients import linearize
from ..shapes import shape_of
from ..sweeps import run_forward
from .timing import time_together
from .work import Work


def predicted(work: Work, count: Count, mode: str, sweeps: int = 1) -> float:
    """The seconds that so many operations take: the arithmetic, and Python's share in each call.

    Parameters
    ----------
    work : Work
        Which operations run in a sweep.
    count : Count
        What they amount to.
    mode : {"plain", "forward", "lanes", "reverse"}
    sweeps : int, optional
    """
    pace = _pace()
    seconds = sweeps * sum(n * pace[mode, kind] for n, kind in zip(work.calls, _PROGRAMS, strict=True))
    fused = count.fused
    in_memory = count.touched > _CACHED * max(count.calls, 1)
    seconds += fused * pace["fused"] + count.touched * pace["touched in memory" if in_memory else "touched"]
    seconds += (count.additions - fused) * pace["additions"]
    seconds += (count.multiplications - fused) * pace["multiplications"]
    return float(
        seconds + count.divisions * pace["divisions"] + count.transcendental * pace["transcendental"]
    )


#: From how many elements for each call on they are taken to be in memory, and no longer in the cache.
_CACHED = 300_000
_HUGE = 500_000


#: Operations on arrays, of which all entries take the same time.
_ENTRYWISE: dict[str, Callable[[Any, Any], Any]] = {
    "touched": lambda a, b: np.copy(a),
    "additions": np.add,
    "multiplications": np.multiply,
    "divisions": np.divide,
    "sin": lambda a, b: np.sin(a),
    "exp": lambda a, b: np.exp(a),
}


def _runs() -> dict[Any, Callable[[], Any]]:
    """What is measured."""
    small, large = ([np.linspace(0.5, 1.5, n), np.linspace(1.5, 0.5, n)] for n in (1_000, 11_000))
    huge = np.linspace(0.5, 1.5, _HUGE)
    square = huge[: 128 * 128].reshape(128, 128)
    runs: dict[Any, Callable[[], Any]] = {}
    for name, operation in _ENTRYWISE.items():
        runs[name, "small"] = functools.partial(operation, *small)
        runs[name, "large"] = functools.partial(operation, *large)
    runs["fused"] = lambda: square @ square
    runs["huge"] = lambda: np.copy(huge)
    for kind, (plain, x) in _PROGRAMS.items():
        # Lifted, as a program of a user would be; what belongs to dualad is not.
        program = checked_function(FunctionType(plain.__code__, {**globals(), "__name__": "program"}), "cost")
        runs["plain", kind] = functools.partial(plain, x)
        runs["forward", kind] = functools.partial(run_forward, program, [x], {}, {0: (x, ones_like(x))})
        seeds = np.ones((8, *shape_of(x)))
        runs["lanes", kind] = functools.partial(run_forward, program, [x], {}, {0: (x, seeds)}, 8)
        runs["reverse", kind] = functools.partial(there_and_back, program, x)
    return runs


@functools.cache
def _pace() -> dict[Any, float]:
    """How fast this computer is: seconds for an operation of each kind, and for each call of Python."""
    times = time_together(_runs(), 0.3)
    each = {name: (times[name, "large"] - times[name, "small"]) / 10_000 for name in _ENTRYWISE}
    touched = max(each["touched"] / 2, 0.0)
    pace: dict[Any, float] = {
        "touched": touched,
        "touched in memory": times["huge"] / 2 / _HUGE,
        "fused": times["fused"] / 128**3,
        "additions": max(each["additions"] - 3 * touched, 0.0),
        "multiplications": max(each["multiplications"] - 3 * touched, 0.0),
        "divisions": max(each["divisions"] - 3 * touched, 0.0),
        "transcendental": max((each["sin"] + each["exp"]) / 2 - 2 * touched, 0.0),
    }
    for mode in ("plain", "forward", "lanes", "reverse"):
        for kind in _PROGRAMS:
            pace[mode, kind] = times[mode, kind] / _OPERATIONS
    return pace


#: How many operations the programs below take.
_OPERATIONS = 60


def _steps(x: Any) -> Any:
    z = x
    for _ in range(_OPERATIONS // 3):
        z = np.sin(z * x) + x
    return z


def _moves(x: Any) -> Any:
    for _ in range(_OPERATIONS // 3):
        x = np.concatenate([x[1:], x[:1]])
    return x


#: Programs of many small operations, whose time is that of Python: as in `Work.calls`.
_PROGRAMS: dict[str, tuple[Any, Any]] = {
    "number": (_steps, 0.7),
    "array": (_steps, np.full(4, 0.7)),
    "other": (_moves, np.full(4, 0.7)),
}


def there_and_back(program: Callable[..., Any], *xs: Any) -> Any:
    """The program recorded, and one sweep back."""
    y, linear = linearize(program, *xs, lift=ALREADY)
    return linear.transpose(ones_like(y))
