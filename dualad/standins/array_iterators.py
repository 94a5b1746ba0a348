"""Stand-ins for NumPy's iterators over the entries of arrays that hold Duals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled, stacked
from ..dual.array_classes import without_class
from ..dual.containers import Container, holding, mode_in
from ..errors import NoRuleError


def ndenumerate(arr: Any) -> Iterator[tuple[Any, Any]]:
    """``np.ndenumerate``."""
    x = settled(arr)
    return ((i, x[i]) for i in np.ndindex(x.shape)) if type(x) is Dual else iter(np.ndenumerate(x))


def nditer(op: Any, flags: Any = (), op_flags: Any = None, *args: Any, **options: Any) -> Any:
    """``np.nditer``, where an array may hold Duals, or come to hold some."""
    operands = [
        without_class(a) for a in (op if isinstance(op, list | tuple) else [op])
    ]  # as its entries are
    if mode_in(operands) is None and not any(a is None or type(a) is Container for a in operands):
        return np.nditer(op, flags, op_flags, *args, **options)
    if args or set(options) - {"order", "casting", "op_dtypes", "buffersize"}:
        raise NoRuleError(
            "np.nditer of an array that holds Duals takes one entry after the other, in memory's or a given "
            "order; leave out op_axes and itershape, or go through the indices of np.ndindex(x.shape)"
        )
    arrays = [a if a is None else _array(a) for a in operands]
    shape = np.broadcast_shapes(*(np.shape(a) for a in arrays if a is not None))
    dtypes = options.get("op_dtypes")
    dtypes = dtypes if isinstance(dtypes, list | tuple) else [dtypes] * len(arrays)
    made = [
        holding(np.zeros(shape, dtype)) if a is None else a for a, dtype in zip(arrays, dtypes, strict=True)
    ]
    order = {k: v for k, v in options.items() if k == "order"}
    return _Entries(made, frozenset(flags), order)


def _array(x: Any) -> Any:
    if type(x) is Container:
        return x
    x = stacked(x)
    return x if isinstance(primal(x), np.ndarray) else np.reshape(x, (1,)).reshape(())


class _Entries:
    """Goes through places, as NumPy does, and gives the entries there as views."""

    #: Flags that say how NumPy is to buffer the numbers.
    _BUFFERS = frozenset({"buffered", "copy_if_overlap", "delay_bufalloc", "growinner"})

    def __init__(self, operands: list[Any], flags: frozenset[str], options: Any):
        self.operands = tuple(operands)
        #: Whether several entries at once are asked for: as many as lie in one row.
        self._by_rows = "external_loop" in flags
        places = [_places(a) for a in operands]
        rest: Any = sorted(flags - self._BUFFERS)
        self._places = np.nditer(places, rest, [["readonly"]] * len(places), **options)
        self._asked = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._places, name)

    def copy(self) -> _Entries:
        """Goes through the same entries by itself, from here."""
        new = _Entries.__new__(_Entries)
        vars(new).update(vars(self), _places=self._places.copy())
        return new

    def reset(self) -> None:
        """Back to the first entry."""
        self._places.reset()
        self._asked = False

    def __getitem__(self, i: int) -> Any:
        x = self.operands[i]
        if self._by_rows:
            return _row(x, self._places[i])
        return x[(*np.unravel_index(int(self._places[i]), np.shape(x)), ...)]

    @property
    def value(self) -> Any:
        entries = tuple(self[i] for i in range(len(self.operands)))
        return entries if len(entries) > 1 else entries[0]

    def __iter__(self) -> _Entries:
        return self

    def __next__(self) -> Any:
        """As NumPy's: where it stands, and then one further each time."""
        if (self._asked and not self._places.iternext()) or self._places.finished:
            raise StopIteration
        self._asked = True
        return self.value

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *error: object) -> None:
        self._places.close()


def _places(x: Any) -> Any:
    """The numbers of the entries, in memory that is ordered as theirs is: NumPy goes through it upwards."""
    value = np.asarray(primal(settled(x)))
    numbers = np.arange(value.size).reshape(value.shape)
    if not value.size:
        return numbers
    unit = math.gcd(*value.strides) or 1
    steps = [stride // unit for stride in value.strides]
    ends = [step * (n - 1) for step, n in zip(steps, value.shape, strict=True)]
    first = -sum(min(end, 0) for end in ends)
    memory = np.empty(first + sum(max(end, 0) for end in ends) + 1, int)
    found = np.lib.stride_tricks.as_strided(
        memory[first:], value.shape, [step * memory.itemsize for step in steps]
    )
    found[...] = numbers
    return found


def _row(x: Any, places: Any) -> Any:
    """The entries that NumPy takes as one row, as a view: they fill some axes, or are one many times."""
    x = x if np.ndim(x) else x.reshape(1)
    index = np.unravel_index(places, np.shape(x))
    turns = [int(np.argmax(k != k[0])) for k in index]  # 0 on axes where the row stays
    axes = [axis for axis, turn in enumerate(turns) if turn]
    if math.prod(np.shape(x)[axis] for axis in axes) != len(places):
        return x[index]
    key = [
        slice(None, None, 1 if k[turn] > k[0] else -1) if turn else int(k[0])
        for k, turn in zip(index, turns, strict=True)
    ]
    slow_first = sorted(range(len(axes)), key=lambda i: -turns[axes[i]])
    return x[(*key, ...)].transpose(slow_first).reshape(-1)
