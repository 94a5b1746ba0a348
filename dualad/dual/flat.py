"""``x.flat`` of Duals, and of arrays that may come to hold some."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .dual import settled
from .entries import assign_flat


class Flat:
    """``x.flat``: the entries one after the other, to be read, assigned to and iterated over.

    Examples
    --------
    >>> from dualad import Dual
    >>> x = Dual([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 0.0]])
    >>> x.flat[3] = 5.0
    >>> x.flat[2:], len(x.flat)
    (Dual([3. 5.] + [0. 0.]ε), 4)
    """

    __slots__ = ("base", "index")

    def __init__(self, base: Any):
        #: The array, and how many entries `next` has given.
        self.base = base
        self.index = 0

    @property
    def coords(self) -> tuple[Any, ...]:
        """The index of the next entry."""
        return tuple(map(int, np.unravel_index(self.index, self.base.shape)))

    def __len__(self) -> int:
        return int(self.base.size)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self.index >= len(self):
            raise StopIteration
        base = self._in_axes()
        entry = base[np.unravel_index(self.index, base.shape)]
        self.index += 1
        return entry

    def __getitem__(self, key: Any) -> Any:
        self.index = 0  # as in NumPy
        base = self._in_axes()
        taken = base[np.unravel_index(np.arange(len(self))[_lone(key)], base.shape)]
        return taken if type(key) is int or not taken.shape else taken.copy()

    def __setitem__(self, key: Any, new: Any) -> None:
        self.index = 0
        assign_flat(self.base, _lone(key), settled(new))

    def _in_axes(self) -> Any:
        return self.base if self.base.shape else np.reshape(self.base, (1,))

    def copy(self) -> Any:
        """The entries as an array of one axis."""
        return self.base.flatten()

    _now = copy  # what it is for functions, see `settled`

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return getattr(ufunc, method)(*settled(inputs), **settled(keywords))

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return function(*settled(args), **settled(keywords))

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        return np.asarray(self.copy(), *args, **keywords)

    def __eq__(self, other: Any) -> Any:
        return self.copy() == other

    def __ne__(self, other: Any) -> Any:
        return self.copy() != other

    def __repr__(self) -> str:
        return f"<the entries of {self.base!r}>"


def _lone(key: Any) -> Any:
    """``x.flat[key,]`` is ``x.flat[key]``."""
    return key[0] if isinstance(key, tuple) and len(key) == 1 else key
