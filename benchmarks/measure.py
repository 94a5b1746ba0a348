"""What every benchmark shares: how to time, and how to print a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import perf_counter
from timeit import Timer
from typing import NamedTuple


class Row(NamedTuple):
    """One measured figure and, where the project has set itself one, the bar: the most it may be."""

    what: str
    figure: float
    unit: str
    bar: float | None = None


def best_times(functions: dict[str, Callable[[], object]], seconds: float = 3.0) -> dict[str, float]:
    """The least time of each function, in seconds.

    They take turns, so that a slow spell of the machine meets all of them: read the ratios.
    """
    timers = {name: Timer(function, "import gc; gc.enable()") for name, function in functions.items()}
    # Of two calls, as the first one may have something to compile.
    repeats = {name: max(1, round(0.005 / min(timer.repeat(2, 1)))) for name, timer in timers.items()}
    best = dict.fromkeys(functions, float("inf"))
    end, rounds = perf_counter() + seconds, 0
    while rounds < 5 or perf_counter() < end:
        for name, timer in timers.items():
            # Twice: the first takes memory that the one before it has given back to the system.
            best[name] = min(best[name], *(t / repeats[name] for t in timer.repeat(2, repeats[name])))
        rounds += 1
    return best


def show(rows: Iterable[Row]) -> None:
    """Print the rows as they come, with the bar beside the figure."""
    print(f"{'':60}{'measured':>12}{'at most':>12}")
    for what, figure, unit, bar in rows:
        limit = "" if bar is None else f"{bar:.3g} {unit}"
        print(f"{what:60}{f'{figure:.3g} {unit}':>12}{limit:>12}", flush=True)
