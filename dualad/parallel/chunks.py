"""Directions in chunks: how many fit into a budget of memory, and what comes out put together."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import InputError, OutputError
from ..linear import SLAB
from ..shapes import shape_of

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


def budget_of(text: str) -> int | None:
    """The bytes that a text such as "64MB" says; None if it says none.

    Examples
    --------
    >>> budget_of("64MB"), budget_of("1.5 GiB"), budget_of("much")
    (64000000, 1610612736, None)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([kmg]i?)?b\s*", text, re.IGNORECASE)
    return int(float(found[1]) * _UNITS[(found[2] or "").lower()]) if found else None


def size_text(size: float) -> str:
    """Bytes as a text that `budget_of` reads, rounded up.

    Examples
    --------
    >>> size_text(1_234_567)
    '1.3MB'
    """
    unit, name = next(
        (u, n) for u, n in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")) if size >= u or u == 1
    )
    return f"{-(-int(size * 10) // unit) / 10:g}{name}"


def peak_of(run: Callable[[], Any]) -> int:
    """The memory that is taken at most while something runs, in bytes, the result included.

    Measured by ``tracemalloc``, which NumPy tells of its arrays. What other threads take meanwhile is
    counted as well, so it may come out too high.
    """
    import tracemalloc  # not with this package, whose import is to stay short

    mine = not tracemalloc.is_tracing()
    if mine:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        result = run()
        peak = tracemalloc.get_traced_memory()[1] - before
        del result
        return max(peak, 1)
    finally:
        if mine:
            tracemalloc.stop()


#: How much of a budget is used: what a sweep takes is not proportional to the lanes in every detail.
_PART = 0.9


def lanes_within(chunk: str, sweep: Callable[[int], Any], most: int) -> int:
    """How many lanes a sweep may have so that it takes no more memory than ``chunk`` says.

    A sweep along one direction is measured. It has a part that does not grow with the lanes, so that many
    lanes take less than as many times what one takes; a second measurement shows how much less.

    Examples
    --------
    >>> lanes_within("1MB", lambda lanes: bytes(100_000 + 10_000 * lanes), most=1000)
    39
    """
    budget: Any = budget_of(chunk)
    lanes = 1
    for _ in range(2):
        peak = peak_of(functools.partial(sweep, lanes))
        if peak > budget:
            raise InputError(
                f'chunk="{chunk}" is too little: a sweep along {lanes} direction{"s" * (lanes > 1)} takes '
                f'{size_text(peak)}; pass chunk="{size_text(2 * peak)}" or more'
            )
        fitting = max(lanes, int(_PART * lanes * budget / peak))
        lanes, before = min(fitting, most), lanes
        if lanes in (most, before):
            break
    return lanes


class Joined:
    """What sweeps give, lanes in front, put one behind the other as it comes.

    Of several arrays of one sweep each is joined with those of the others. Nothing is held twice but
    one chunk.
    """

    def __init__(self, n: int):
        self._n = n
        self._filled = 0
        self._arrays: list[Any] | None = None

    def add(self, chunk: Sequence[Any]) -> None:
        """The arrays of the next chunk; an error if they have other shapes than those before."""
        lanes = shape_of(chunk[0])[0] if chunk else 0
        if self._arrays is None:
            whole = lanes == self._n
            self._arrays = [part if whole else self._room(part) for part in chunk]
            if whole:
                return
        if len(chunk) != len(self._arrays):
            raise changed(f"{len(self._arrays)} array(s)", f"{len(chunk)}")
        for array, part in zip(self._arrays, chunk, strict=True):
            if isinstance(array, list):
                array.append(part)
                continue
            if array.shape[1:] != part.shape[1:]:
                raise changed(f"an array of shape {array.shape[1:]}", f"one of shape {part.shape[1:]}")
            array[self._filled : self._filled + lanes] = part
        self._filled += lanes

    def _room(self, part: Any) -> Any:
        """An array for all lanes; of Duals a list."""
        if type(part) is not np.ndarray:
            return []
        return np.empty((self._n, *part.shape[1:]), part.dtype)

    def arrays(self) -> list[Any]:
        """All lanes of each array."""
        return [np.concatenate(a) if isinstance(a, list) else a for a in self._arrays or ()]


def changed(before: str, now: str) -> OutputError:
    """The error for a function whose output is another, or of another shape, in another chunk."""
    return OutputError(
        f"the function returned {before} in one chunk of directions and {now} in another; it must not depend "
        "on how often it is called, or in which process: pass everything that it depends on as an argument, "
        "and write into copies: own = list(x), own = np.array(x)"
    )


#: How many numbers the lanes of one array may hold: a megabyte stays in the cache.
LANE_NUMBERS = 1 << 17


def lanes_for(chunk: Any, n: int, size: int = 0, sweep: Callable[[int], Any] | None = None) -> int:
    """How many of ``n`` directions go together.

    ``size`` is that of the arrays; ``sweep`` runs with so many lanes, to be measured if the chunk is given
    as an amount of memory.
    """
    auto = min(n, max(SLAB, LANE_NUMBERS // max(n, size, 1)))
    if isinstance(chunk, str):
        if chunk == "auto":
            return auto
        if budget_of(chunk) is not None:
            return lanes_within(chunk, sweep, auto) if sweep is not None and n else auto
    if not isinstance(chunk, int) or isinstance(chunk, bool) or chunk < 1:
        raise InputError(
            f"chunk={chunk!r} is no number of directions; pass a whole number from 1, the memory that a "
            'sweep may take, as in "64MB", or "auto"'
        )
    return min(chunk, n)
