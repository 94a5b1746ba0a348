"""Methods that write into a Dual or change its size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .calls import unknown_keyword
from .dual import primal
from .flat import Flat

__all__ = ["ATTRIBUTES", "METHODS"]


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
            "an array of which there are views cannot change its size in place; write x = x[:n].copy()"
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
