"""Arrays of records whose fields are floats, as containers: each field is a view that may come to hold Duals.

The memory is one array of floats, a `Container`; the records are a view of it that knows the fields. What
reads whole records as one thing, once they hold Duals, is refused as a view of another dtype is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import ConversionError
from .containers import Container
from .dual import settled


def records(made: Any) -> Any:
    """A new array of records as one that may come to hold Duals; everything else as it is."""
    if type(made) is not np.ndarray or not made.dtype.names or not made.flags.c_contiguous:
        return made
    kinds = set(_leaves(made.dtype))
    if len(kinds) != 1:
        return made
    (kind,) = kinds
    if kind.kind not in "fc" or made.dtype.itemsize != kind.itemsize * len(list(_leaves(made.dtype))):
        return made
    memory = np.ndarray.view(np.reshape(made, (-1,)).view(kind), Container)
    view: Any = np.ndarray.__new__(Records, made.shape, made.dtype, memory)
    return view


def _leaves(dtype: Any) -> Iterator[Any]:
    """The types of the numbers of a record, one after the other."""
    for field, *_ in (dtype.fields[name] for name in dtype.names):
        base, shape = field.subdtype or (field, ())
        for _ in range(int(np.prod(shape))):
            yield from _leaves(base) if base.names else (base,)


def lengths(rows: Any) -> tuple[int, ...]:
    """The shape of the array of records that nested lists make: a record is a tuple."""
    found: list[int] = []
    while type(rows) is list:
        found.append(len(rows))
        rows = rows[0] if rows else None
    return tuple(found)


def _of_field(new: Any, i: int, name: str) -> Any:
    """What is given to one field: of a list that of each entry, of a number, which is for all, itself."""
    if type(new) is list:
        return [_of_field(one, i, name) for one in new]
    if isinstance(new, tuple):
        return new[i]
    return new[name] if isinstance(new, np.ndarray | np.void) and new.dtype.names else new


class Records(Container):
    """An array of records, or a single one, of shape (), as ``records[0]`` gives it."""

    @property
    def _names(self) -> Any:
        return np.ndarray.__getattribute__(self, "dtype").names or ()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return self._field(key)
        if not self.ndim and isinstance(key, int | np.integer):
            return self._field(self._names[key])
        if isinstance(key, list) and key and all(isinstance(name, str) for name in key):
            return np.ndarray.__getitem__(self, key)
        key = key if isinstance(key, tuple) else (key,)
        part = np.ndarray.__getitem__(
            self, key if any(k is ... for k in key) else (*key, ...)
        )  # never a copy of one record
        if np.may_share_memory(np.ndarray.view(part, np.ndarray), np.ndarray.view(self, np.ndarray)):
            return part
        copy = records(np.empty(part.shape, part.dtype))
        for name in part.dtype.names or ():
            copy[name] = settled(self[name])[key]
        return copy

    def _held(self) -> Any:
        if self._root()._dual is None:
            return np.ndarray.view(self, np.ndarray)
        raise ConversionError(
            "records that hold derivatives are no single array of numbers; compute with their fields, "
            f"records[{self._names[0]!r}]"
        )

    _now = _held

    def view(self, dtype: Any = None, type: Any = None) -> Any:
        """The same records; those of `numpy.recarray` are these, whose fields are attributes, too."""
        if np.recarray in (dtype, type):
            return np.ndarray.view(self)
        return super().view(dtype) if type is None else super().view(dtype, type)

    def _field(self, name: str) -> Any:
        field = np.ndarray.__getitem__(self, name)
        if not field.dtype.names:
            field = np.ndarray.view(field, Container)
            return field if field.ndim else field[()]
        return field

    def __setitem__(self, key: Any, new: Any) -> None:
        if isinstance(key, str):
            self._whole(key)[...] = new
            return
        for i, name in enumerate(self._names):
            self._whole(name)[key] = _of_field(new, i, name)

    def _whole(self, name: str) -> Any:
        """A field as an array, also of a single record."""
        field = np.ndarray.__getitem__(self, name)
        return field if field.dtype.names else np.ndarray.view(field, Container)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return self.shape[0] if self.ndim else len(self._names)

    def copy(self, order: Any = "C") -> Any:
        """Records of their own."""
        new = records(np.empty(self.shape, self.dtype))
        for name in self._names:
            new[name] = self[name]
        return new

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            return self._field(name)
        raise AttributeError(f"an array of records has no attribute {name!r}")

    def __setattr__(self, name: str, new: Any) -> None:
        if name in self._names:
            self[name] = new
        else:
            np.ndarray.__setattr__(self, name, new)
