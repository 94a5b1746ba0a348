"""The binomial schedule: how to go through the steps of a loop backwards when few states can be kept."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator


def reach(memory: int, times: int) -> int:
    """How many steps can be gone back with so much memory if none is run more often than that."""
    return math.comb(memory + times, times) if times >= 0 else 0


@functools.lru_cache(maxsize=4096)
def _next_checkpoint(steps: int, memory: int) -> int:
    """How far from a kept state the next one is best kept, to go back from ``steps`` (2 or more) ahead."""
    times = 1
    while reach(memory, times) < steps:
        times += 1
    return min(reach(memory, times - 1), steps - reach(memory - 1, times - 1))


def schedule(n: int, memory: int) -> Iterator[tuple[str, int]]:
    """How to go through ``n`` steps backwards with room for ``memory`` states, the first one included.

    Yields
    ------
    action : str
    number : int
        ``("advance", k)``: run ``k`` steps from the current state; ``("keep", i)``: keep the current
        state, number ``i``; ``("reverse", i)``: the current state is number ``i``, go back from the next
        one to it; ``("restore", i)``: go on from the kept state ``i``; ``("take", i)``: the same, and
        it is not needed any more.

    Notes
    -----
    The binomial schedule, which runs the fewest steps: ``r*n - comb(memory + r, r - 1)``, with the
    least ``r`` for which ``comb(memory + r, r) >= n`` (Griewank and Walther, Algorithm 799: Revolve,
    ACM Transactions on Mathematical Software 26, 2000).

    Examples
    --------
    >>> list(schedule(3, 2))  # doctest: +NORMALIZE_WHITESPACE
    [('advance', 1), ('keep', 1), ('advance', 1), ('reverse', 2), ('take', 1), ('reverse', 1),
     ('take', 0), ('reverse', 0)]
    """
    kept = [0]
    position, end = 0, n
    while end:
        while position < end - 1:
            steps = _next_checkpoint(end - position, memory - len(kept) + 1)
            yield "advance", steps
            position += steps
            if position < end - 1:
                kept.append(position)
                yield "keep", position
        yield "reverse", position
        end = position
        if end:
            position = kept[-1]
            if position == end - 1:
                kept.pop()
            yield ("take" if position == end - 1 else "restore"), position
