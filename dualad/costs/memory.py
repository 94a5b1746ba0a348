"""How much memory sweeps take: that of a few small ones is measured, from which follows that of others.

A sweep takes one part for the values (in reverse mode for the tape), whatever the number of directions, and
another for each of them. Which arrays are there at the same time hangs on a thousand details of Python,
NumPy and this package, so a few sweeps are watched by ``tracemalloc`` rather than imitated.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from ..linear import SLAB, WIDE_BLOCK
from ..parallel.chunks import peak_of

#: Up to how many numbers eight lanes may have for larger sweeps to be watched, too.
_MOST = 1 << 20


class Peak(NamedTuple):
    """The most bytes that a sweep takes, by the number of directions.

    Examples
    --------
    >>> Peak(((8, 1400), (16, 1800))).along(100)
    6000
    """

    #: Directions and bytes of the sweeps that were watched.
    seen: tuple[tuple[int, int], ...]

    @property
    def each(self) -> int:
        """What another direction takes in a large sweep."""
        if len(self.seen) == 1:
            return 0
        (few, low), (more, high) = self.seen[-2:]
        return (high - low) // (more - few)

    @property
    def once(self) -> int:
        """What a large sweep takes however many directions it has."""
        lanes, high = self.seen[-1]
        return high - lanes * self.each

    def along(self, lanes: int) -> int:
        """What a sweep along so many directions takes: on the line through the two nearest."""
        beyond = next((k for k, (seen, _) in enumerate(self.seen) if seen >= lanes), len(self.seen))
        line = Peak(self.seen[: max(beyond, 1) + 1])
        return line.once + lanes * line.each


def peaks(sweep: Callable[[int], Any], n: int, size: int) -> Peak:
    """What a sweep along some of ``n`` directions takes, the arrays being of about so many numbers.

    Matrices are multiplied by eight lanes at a time, and what is larger than a block goes block by block,
    so sweeps of that size, of so many blocks and of twice as many are watched.

    Examples
    --------
    >>> peaks(lambda lanes: bytes(100_000 + 10_000 * lanes), n=1000, size=1000).along(100) // 1000
    1100
    """
    large = SLAB * -(-WIDE_BLOCK // (SLAB * max(size, 1)))
    lanes = {SLAB, max(2 * SLAB, large), 2 * large} if SLAB * size <= _MOST else {SLAB // 2, SLAB}
    seen = sorted({min(n, k) for k in lanes})
    sweep(seen[0])  # what is compiled and kept at the first run is not what we count
    return Peak(tuple([(k, peak_of(functools.partial(sweep, k))) for k in seen]))
