"""Lists and tuples of Duals that were given as such, and that NumPy takes for the array they stand for.

``W @ x`` and ``np.sum(x)`` of a list would take each of its Duals for an object. A list of this class
hands out one Dual instead, that of the array it was made of as long as nobody has changed it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from .dual import SETTLED, Dual, settled, stacked
from .nested import NESTED


class _Row:
    """What lists and tuples have in common."""

    #: What it is for ``type(x)`` in lifted code.
    sequence: type
    _entries: Any  # as they were at first
    _whole: Any  # the array of these

    __class__ = property(lambda self: self.sequence)

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **keywords: Any) -> Any:
        return getattr(ufunc, method)(*_with_arrays(args), **_with_arrays(keywords))

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return function(*_with_arrays(args), **_with_arrays(keywords))

    def __reduce__(self) -> tuple[Any, ...]:
        entries: Any = self
        return self.sequence, (list(entries),)

    def _now(self) -> Any:
        """The array of the entries, one of its own; for functions, see `settled`."""
        entries: Any = self
        return np.copy(self._whole) if self._is_unchanged() else stacked(list(entries))

    def _is_unchanged(self) -> bool:
        """Whether the entries are those of the array, in rows of rows as well."""
        entries: Any = self
        return (
            len(entries) == len(self._entries)
            and all(map(operator.is_, entries, self._entries))
            and all(e._is_unchanged() for e in entries if isinstance(e, _Row))
        )


def _with_arrays(x: Any) -> Any:
    """Arrays for rows, in lists and dicts of arguments, too; what is written into stays what it is."""
    kind = type(x)
    if kind is dict:
        return {k: _with_arrays(v) for k, v in x.items()}
    if kind is list or kind is tuple:
        return kind([e if type(e) in SETTLED else _with_arrays(e) for e in x])
    return settled(x) if isinstance(x, _Row) else x


class _List(_Row, list[Any]):
    sequence = list


class _Tuple(_Row, tuple[Any, ...]):
    sequence = tuple


NESTED.update({_List: list, _Tuple: tuple})
_List.__name__, _Tuple.__name__ = "list", "tuple"  # as errors call them

#: All lists and tuples that may be one array.
SEQUENCES = frozenset({list, tuple, _List, _Tuple})


def kind_of(x: Any) -> Any:
    """The type of an object; of a row what it stands for."""
    kind: Any = type(x)
    return kind.sequence if issubclass(kind, _Row) else kind


def listed(x: Any) -> Any:
    """The same with plain lists and tuples for rows; in lists, tuples and dicts, too."""
    kind = type(x)
    if kind is dict:
        return {k: listed(v) for k, v in x.items()}
    if kind not in SEQUENCES:
        return x
    now = [e if type(e) in SETTLED else listed(e) for e in x]
    same = kind is kind_of(x) and all(map(operator.is_, now, x))
    return x if same else kind_of(x)(now)


def row_of(kind: type, entries: Iterable[Any], whole: Dual) -> Any:
    """A list or tuple of the entries of an array."""
    row: Any = (_List if kind is list else _Tuple)(entries)
    row._entries, row._whole = tuple(row), whole
    return row
