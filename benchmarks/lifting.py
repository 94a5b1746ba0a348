"""What lifting adds to a call of a function: of the plain function, and of its copy on plain numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from dualad import lift

from .measure import Row, best_times, show


def plain(x: float) -> float:
    return x * x + 1.0


def with_math(x: float) -> float:
    return math.sin(x) * math.exp(-x)


def helper(x: float) -> float:
    return x * x


def with_helper(x: float) -> float:
    return helper(x) + 1.0


class Model:
    """An object whose methods call each other."""

    def inner(self, x: float) -> float:
        return x * x

    def outer(self, x: float) -> float:
        return self.inner(x) + 1.0


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "nothing to replace": plain,
    "two functions of math": with_math,
    "a helper": with_helper,
    "a method that calls another": Model().outer,
}


def rows() -> Iterator[Row]:
    for name, f in FUNCTIONS.items():
        lifted = lift(f)
        assert lifted(0.7) == f(0.7)
        times = best_times({"plain": lambda f=f: f(0.7), "lifted": lambda lifted=lifted: lifted(0.7)}, 1.0)
        yield Row(f"lifting adds to a call: {name}", (times["lifted"] - times["plain"]) * 1e6, "µs", 3.0)


if __name__ == "__main__":
    show(rows())
