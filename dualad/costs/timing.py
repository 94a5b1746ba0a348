"""How long things take, measured in turns."""

from __future__ import annotations

import math
import time
import timeit
from collections.abc import Callable, Mapping
from typing import Any

#: The processor's time, which other programs do not slow down, where its clock is fine enough.
_clock = time.process_time if time.get_clock_info("process_time").resolution < 1e-5 else time.perf_counter


def time_together(runs: Mapping[Any, Callable[[], Any]], seconds: float = 1.0) -> dict[Any, float]:
    """The time of one run of each, taken in turns, so that a change of the machine's pace hits all.

    Parameters
    ----------
    runs : mapping
        key -> a function without arguments.
    seconds : float, optional
        About how long to measure in all; a run that takes longer is still run three times.

    Returns
    -------
    dict
        key -> seconds: the shortest of the rounds.
    """
    timers = {key: timeit.Timer(run, timer=_clock) for key, run in runs.items()}
    share = seconds / len(timers) / 10
    loops = dict.fromkeys(timers, 1)
    for _ in range(2):  # the first run of anything is slow
        for key, timer in timers.items():
            each = timer.timeit(loops[key]) / loops[key]
            loops[key] = max(1, int(share / max(each, 1e-7)))
    best = dict.fromkeys(timers, math.inf)
    end = time.perf_counter() + seconds
    rounds = 0
    while rounds < 3 or time.perf_counter() < end:
        for key, timer in timers.items():
            best[key] = min(best[key], timer.timeit(loops[key]) / loops[key])
        rounds += 1
    return best
