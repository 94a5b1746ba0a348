"""Methods that write into a Dual or change its shape, and its entries one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..rules import (  # noqa: F401
    complex_parts,
    filling,
    indexing,
    passed,
    products,
    reductions,
    shaping,
    sorting,
)
from . import functions, ufuncs  # noqa: F401
from .calls import unknown_keyword
from .dual import primal
from .entries import assign_flat

__all__ = ["ATTRIBUTES", "METHODS", "Flat", "set_shape"]


def set_shape(self: Any, shape: Any) -> None:
    """What assigning to ``x.shape`` does."""
    _become(self, lambda x: np.reshape(x, shape))


def _resize(self: Any, *shape: Any, refcheck: bool = True) -> None:
    """Another shape in place, with zeros for entries that are new."""
    target = shape[0] if len(shape) == 1 else shape
    n = int(np.prod(target))

    def resized(x: Any) -> Any:
        flat = np.ravel(x)
        flat = flat[:n].copy() if n <= x.size else np.concatenate([flat, np.zeros(n - x.size, x.dtype)])
        return np.reshape(flat, target)

    _become(self, resized)


def _become(self: Any, change: Callable[[Any], Any]) -> None:
    """Take the value and the tangent that a function makes of this Dual."""
    if self.origin is not None:
        raise UnsupportedError(
            "an array of which there are views cannot change its shape in place; write x = x.reshape(...)"
        )
    other = change(self)
    self.value, self.tangent, self.origin, self._square = other.value, other.tangent, None, None


def _fill(self: Any, value: Any) -> None:
    """Assign to all entries."""
    self[...] = value


def _sort(self: Any, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
    """Sort in place."""
    if order is not None:
        raise unknown_keyword(np.sort, ["order"])
    self[...] = np.sort(self, axis=axis, kind=kind, stable=stable)


def _partition(self: Any, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> None:
    """Partition in place."""
    if order is not None:
        raise unknown_keyword(np.partition, ["order"])
    self[...] = np.partition(self, kth, axis=axis, kind=kind)


def _put(self: Any, indices: Any, values: Any, mode: Any = "raise") -> None:
    """Assign to places counted along the flattened array; ``values`` are repeated as needed."""
    np.put(self, indices, values, mode)


def _setflags(self: Any, write: Any = None, align: Any = None, uic: Any = None) -> None:
    """Pass on to the array of values."""
    primal(self).setflags(write=write, align=align, uic=uic)


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
        #: The Dual, and how many entries `next` has given.
        self.base = base
        self.index = 0

    @property
    def coords(self) -> tuple[Any, ...]:
        """The index of the next entry."""
        return tuple(map(int, np.unravel_index(self.index, self.base.shape)))

    def __len__(self) -> int:
        return int(self.base.size)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.copy())

    def __next__(self) -> Any:
        if self.index >= len(self):
            raise StopIteration
        self.index += 1
        return self[self.index - 1]

    def __getitem__(self, key: Any) -> Any:
        base = self.base if self.base.shape else np.reshape(self.base, (1,))
        taken = base[self._places(key)]
        return taken if type(key) is int or not taken.shape else taken.copy()

    def __setitem__(self, key: Any, new: Any) -> None:
        assign_flat(self.base, key[0] if isinstance(key, tuple) and len(key) == 1 else key, new)

    def _places(self, key: Any) -> tuple[Any, ...]:
        """The index into the array of places counted along the flattened one."""
        if isinstance(key, tuple) and len(key) == 1:
            key = key[0]
        return np.unravel_index(np.arange(len(self))[key], self.base.shape or (1,))

    def copy(self) -> Any:
        """The entries as an array of one axis."""
        return self.base.flatten()

    def __array__(self, *args: Any, **keywords: Any) -> Any:
        return self.base.__array__(*args, **keywords)

    def __eq__(self, other: Any) -> Any:
        return self.copy() == other

    def __ne__(self, other: Any) -> Any:
        return self.copy() != other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<the entries of {self.base!r}>"


def _set_flat(self: Any, new: Any) -> None:
    Flat(self)[:] = new


METHODS: dict[str, Callable[..., Any]] = {
    "fill": _fill,
    "partition": _partition,
    "put": _put,
    "resize": _resize,
    "setflags": _setflags,
    "sort": _sort,
}

#: name -> what reads the attribute, and what assigns to it.
ATTRIBUTES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {"flat": (Flat, _set_flat)}
