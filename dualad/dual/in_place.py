"""Methods that write into an array, or change its size: of a Dual, and of a container that may hold one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .dual import primal, settled
from .flat import Flat


def _fill(self: Any, value: Any) -> None:
    """Assign to all entries."""
    self[...] = value


def _sort(self: Any, axis: Any = -1, *options: Any, **keywords: Any) -> None:
    """Sort in place."""
    self[...] = np.sort(settled(self), axis, *options, **keywords)


def _partition(self: Any, kth: Any, axis: Any = -1, *options: Any, **keywords: Any) -> None:
    """Partition in place."""
    self[...] = np.partition(settled(self), kth, axis, *options, **keywords)


def _put(self: Any, indices: Any, values: Any, mode: Any = "raise") -> None:
    """Assign to places counted along the flattened array; ``values`` are repeated as needed."""
    np.put(self, indices, values, mode)


def _setfield(self: Any, val: Any, dtype: Any, offset: int = 0) -> None:
    """Assign to all entries, if the field is all of an entry."""
    if np.dtype(dtype) != self.dtype or offset:
        raise UnsupportedError("x.setfield writes a part of each entry; write x.real = y, or x[...] = y")
    self[...] = val


def _resize(self: Any, *shape: Any, refcheck: bool = True) -> None:
    """Another shape in place, with zeros for entries that are new."""
    if self.origin is not None:
        raise UnsupportedError(
            "an array of which there are views cannot change its size in place; write x = x[:n].copy()"
        )
    target = shape[0] if len(shape) == 1 else shape
    n, flat = int(np.prod(target)), np.ravel(self)
    flat = flat[:n].copy() if n <= self.size else np.concatenate([flat, np.zeros(n - self.size, self.dtype)])
    new: Any = np.reshape(flat, target)
    self.value, self.tangent, self.origin, self._square = new.value, new.tangent, None, None


def _setflags(self: Any, write: Any = None, align: Any = None, uic: Any = None) -> None:
    """Pass on to the array of values."""
    primal(self).setflags(write=write, align=align, uic=uic)


def _set_flat(self: Any, new: Any) -> None:
    Flat(self)[:] = new


METHODS: dict[str, Callable[..., Any]] = {
    "fill": _fill,
    "partition": _partition,
    "put": _put,
    "setfield": _setfield,
    "sort": _sort,
}

METHODS_OF_DUALS: dict[str, Callable[..., Any]] = {**METHODS, "resize": _resize, "setflags": _setflags}

#: name -> what reads the attribute, and what assigns to it.
ATTRIBUTES: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {"flat": (Flat, _set_flat)}
