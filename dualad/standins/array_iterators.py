"""Stand-ins for NumPy's iterators over the entries of arrays that hold Duals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled, stacked
from ..dual.containers import Container, mode_in
from ..errors import UnsupportedError

__all__ = ["ndenumerate", "nditer"]


def ndenumerate(x: Any) -> Iterator[tuple[Any, Any]]:
    """``np.ndenumerate``."""
    x = settled(x)
    return ((i, x[i]) for i in np.ndindex(x.shape)) if type(x) is Dual else iter(np.ndenumerate(x))


def nditer(op: Any, flags: Any = (), op_flags: Any = None, *args: Any, **options: Any) -> Any:
    """``np.nditer``, where an array may hold Duals, or come to hold some."""
    several = isinstance(op, list | tuple)
    operands = list(op) if several else [op]
    if mode_in(operands) is None and not any(type(a) is Container for a in operands):
        return np.nditer(op, flags, op_flags, *args, **options)
    if {"external_loop", "buffered"}.intersection(flags) or args or set(options) - {"order"}:
        raise UnsupportedError(
            "np.nditer of an array that holds Duals takes one entry after the other, in memory's or a given "
            "order; leave out the other flags and arguments, or go through the indices of np.ndindex(x.shape)"
        )
    return _Entries([_array(a) for a in operands], flags, options)


def _array(x: Any) -> Any:
    if type(x) is Container:
        return x
    x = stacked(x)
    return x if isinstance(primal(x), np.ndarray) else np.reshape(x, (1,)).reshape(())


class _Entries:
    """Goes through places, as NumPy does, and gives the entries there as views."""

    def __init__(self, operands: list[Any], flags: Any, options: Any):
        self.operands = tuple(operands)
        places = [_places(a) for a in operands]
        self._places = np.nditer(places, flags, [["readonly"]] * len(places), **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._places, name)

    def __getitem__(self, i: int) -> Any:
        x = self.operands[i]
        return x[(*np.unravel_index(int(self._places[i]), np.shape(x)), ...)]

    @property
    def value(self) -> Any:
        entries = tuple(self[i] for i in range(len(self.operands)))
        return entries if len(entries) > 1 else entries[0]

    def __iter__(self) -> Iterator[Any]:
        while not self._places.finished:
            yield self.value
            self._places.iternext()

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *error: object) -> None:
        self._places.close()


def _places(x: Any) -> Any:
    """The numbers of the entries, in memory that is ordered as theirs is."""
    found = np.empty_like(np.asarray(primal(settled(x))), int)
    found[...] = np.arange(found.size).reshape(found.shape)
    return found
