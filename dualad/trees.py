"""Structures of numbers and arrays: tuples, lists, dicts, named tuples and dataclasses, nested at will.

A structure is taken apart into its leaves, and any such list of leaves can be put together again. A
list or tuple of numbers alone, or of rows of one length, is no structure but one array, as everywhere
in NumPy. What is no number (None, text, truth values, functions) is a constant of the structure.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from .dual import Dual, is_number, named, primal
from .dual.rows import SEQUENCES, kind_of
from .errors import ShapeError
from .shapes import Shape, shape_of


class Node(NamedTuple):
    """A container taken apart."""

    #: dict for every dict, list and tuple for every list and tuple, else the type itself.
    kind: type
    keys: Sequence[Any]
    entries: Sequence[Any]
    #: Makes a container of the same type of other entries.
    build: Callable[[Sequence[Any]], Any]


class Constant(NamedTuple):
    """What stands in a structure and has no derivative."""

    value: Any


class LEAF:
    """The place of a leaf in a structure: the class itself, which stays the same when it is pickled."""


class Tree(NamedTuple):
    """The leaves of a structure, from left to right, and how they stand in it."""

    leaves: list[Any]
    structure: Any

    def built(self) -> Any:
        """The structure itself, in containers of its own."""
        return _built(self.structure, iter(self.leaves))

    def paths(self) -> Iterator[str]:
        """The way to each leaf, as it is typed: ``['W'][0]``."""
        return _paths(self.structure, "")

    def named(self) -> Iterator[tuple[str, Any]]:
        """Each leaf after the way to it."""
        return zip(self.paths(), self.leaves, strict=True)

    def like(self, leaves: Sequence[Any]) -> Tree:
        """The same structure with other leaves."""
        return Tree(list(leaves), self.structure)

    def hollow(self, leaves: Sequence[Any]) -> Tree:
        """The same with the leaves of a tangent or cotangent, and None for what has no derivative."""
        return Tree(list(leaves), _hollow(self.structure))

    def matched(self, x: Any, what: str) -> Tree:
        """Another structure taken apart, which has to be like this one; ``what`` is for the error."""
        return Tree(list(_matched(self.structure, x, what, "")), self.structure)

    def __str__(self) -> str:
        return _text(self.structure)


def flattened(x: Any) -> Tree | None:
    """A structure taken apart; None for a number, an array, or a list that is one."""
    leaves: list[Any] = []
    structure = _apart(x, leaves)
    if type(structure) is not Node or (not leaves and structure.kind in (list, tuple)):
        return None
    return Tree(leaves, structure)


def mapped(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    """The function of a number or array; of trees that of each leaf, as a tree like the first."""
    if type(x) is not Tree:
        return function(x, *others)
    return x.like([function(*leaves) for leaves in zip(x.leaves, *(o.leaves for o in others), strict=True)])


def leaves_of(x: Any) -> list[Any]:
    """The leaves of a tree; a number or array is its own."""
    return x.leaves if type(x) is Tree else [x]


def built(x: Any) -> Any:
    """The structure that a tree stands for; a number or array is itself."""
    return x.built() if type(x) is Tree else x


#: Types of most leaves.
LEAVES = frozenset({float, int, np.ndarray, np.float64, Dual})


def replaced(x: Any, new: Callable[[Any], Any]) -> Any:
    """The same structure with the function of everything in it that is no container."""
    kind = type(x)
    if kind in LEAVES:
        return new(x)
    if kind is tuple or kind is list:  # as most are
        return kind([new(entry) if type(entry) in LEAVES else replaced(entry, new) for entry in x])
    node = _node(x)
    return new(x) if node is None else node.build([replaced(entry, new) for entry in node.entries])


def has_row(x: Any) -> bool:
    """Whether a list of numbers, or of rows of them, stands for an array there."""
    if type(x) in LEAVES:
        return False
    if type(x) in SEQUENCES and _row(x) is not None:
        return True
    node = _node(x)
    return node is not None and any(map(has_row, node.entries))


def at(path: str) -> str:
    """Where, for an error; nothing for what is no structure."""
    return f" at {path}" if path else ""


# ---------------------------------------------------------------- one container


def _node(x: Any) -> Node | None:
    """A container taken apart by one level, None for anything else."""
    kind = kind_of(x)
    if kind is np.ndarray or kind is float or kind is Dual:
        return None
    if isinstance(x, dict):
        keys = tuple(x)
        return Node(dict, keys, tuple(x.values()), functools.partial(_dict, _emptied(x), keys))
    if kind is list or kind is tuple:
        return Node(kind, range(len(x)), x, kind)
    if isinstance(x, list):
        return Node(list, range(len(x)), x, functools.partial(_list, _emptied(x)))
    if isinstance(x, tuple):
        if hasattr(kind, "_fields"):
            return Node(kind, kind._fields, x, kind._make)
        return Node(tuple, range(len(x)), x, kind)
    if hasattr(kind, "__dataclass_fields__"):
        from dataclasses import fields  # not with this package: who has a dataclass has it already

        keys = tuple(field.name for field in fields(x) if hasattr(x, field.name))
        return Node(kind, keys, [getattr(x, key) for key in keys], functools.partial(_dataclass, kind, keys))
    return None


def _emptied(x: Any) -> Any:
    """An empty container of the same type: a defaultdict keeps its default."""
    if type(x) is dict:
        return {}
    empty = copy.copy(x)
    empty.clear()
    return empty


def _dict(empty: Any, keys: Sequence[Any], entries: Sequence[Any]) -> Any:
    made = copy.copy(empty)
    for key, entry in zip(keys, entries, strict=True):
        made[key] = entry
    return made


def _list(empty: Any, entries: Sequence[Any]) -> Any:
    made = copy.copy(empty)
    made.extend(entries)
    return made


def _dataclass(kind: type, keys: Sequence[str], entries: Sequence[Any]) -> Any:
    """An instance with these fields, past its ``__init__``, which may refuse a gradient as a value.

    It has nothing beside its fields: what was computed from others and kept does not fit these.
    """
    made: Any = object.__new__(kind)
    for key, entry in zip(keys, entries, strict=True):
        object.__setattr__(made, key, entry)
    return made


# ---------------------------------------------------------------- structures


def _apart(x: Any, leaves: list[Any]) -> Any:
    """The structure of anything; its leaves are added to the list."""
    if type(x) not in SEQUENCES or _row(x) is None:
        node = _node(x)
        if node is not None:
            return node._replace(entries=[_apart(entry, leaves) for entry in node.entries])
        if not _is_leaf(x):
            return Constant(x)
    leaves.append(x)
    return LEAF


def _is_leaf(x: Any) -> bool:
    """Whether this is a number or an array."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "fciuO"
    if type(x) is Dual or type(x) is float:
        return True
    if isinstance(x, bool | str | type):
        return False
    return is_number(x) or hasattr(x, "__array__")


#: Types of which every instance is a number.
_NUMBERS = frozenset({float, int, complex, bool, np.float64})


def _row(x: Sequence[Any]) -> Shape | None:
    """The shape of a list of numbers, or of rows of one length; None for what is no such thing.

    Truth values alone are no numbers, and an empty list is a container of nothing.
    """
    kinds = set(map(type, x))
    if not kinds or kinds == {bool}:
        return None
    if kinds <= _NUMBERS:
        return (len(x),)
    shapes = {_row(e) if type(e) in SEQUENCES else _shape_of_number(e) for e in x}
    shape = shapes.pop()
    return None if shapes or shape is None else (len(x), *shape)


def _shape_of_number(x: Any) -> Shape | None:
    x = primal(x)
    return () if type(x) in _NUMBERS or (_is_leaf(x) and shape_of(x) == ()) else None


def _built(structure: Any, leaves: Iterator[Any]) -> Any:
    if structure is LEAF:
        return next(leaves)
    if type(structure) is Constant:
        return structure.value
    return structure.build([_built(entry, leaves) for entry in structure.entries])


def _hollow(structure: Any) -> Any:
    if type(structure) is not Node:
        return LEAF if structure is LEAF else Constant(None)
    return structure._replace(entries=[_hollow(entry) for entry in structure.entries])


def _paths(structure: Any, above: str) -> Iterator[str]:
    if structure is LEAF:
        yield above
    elif type(structure) is Node:
        for key, entry in zip(structure.keys, structure.entries, strict=True):
            yield from _paths(entry, above + _step(structure, key))


def _step(node: Node, key: Any) -> str:
    return f"[{key!r}]" if node.kind in (dict, list, tuple) else f".{key}"


def _matched(structure: Any, x: Any, what: str, path: str) -> Iterator[Any]:
    """The leaves of a structure that has to be like this one."""
    if structure is LEAF:
        yield x
        return
    if type(structure) is Constant:
        if type(_apart(x, [])) is Constant:
            return
        raise ShapeError(
            f"{what}{at(path)} is {named(x)}, where there is nothing that has a derivative; give None there"
        )
    node = _node(x)
    if node is None or node.kind is not structure.kind or set(node.keys) != set(structure.keys):
        other = _apart(x, [])
        given = _text(other) if type(other) is Node else named(x)
        raise ShapeError(
            f"{what}{at(path)} is {given} and has to be {_text(structure)}; "
            "give it the same structure, with a number or array for each *"
        )
    entries = dict(zip(node.keys, node.entries, strict=True))
    for key, entry in zip(structure.keys, structure.entries, strict=True):
        yield from _matched(entry, entries[key], what, path + _step(structure, key))


def _text(structure: Any) -> str:
    """How a structure is shown: ``{'W': *, 'b': *}``."""
    if type(structure) is not Node:
        return "*" if structure is LEAF else "None"
    kind, keys, entries, _ = structure
    texts = [_text(entry) for entry in entries]
    if kind is list:
        return f"[{', '.join(texts)}]"
    if kind is tuple:
        return f"({', '.join(texts)}{',' * (len(texts) == 1)})"
    pairs = list(zip(keys, texts, strict=True))
    if kind is dict:
        return f"{{{', '.join(f'{key!r}: {text}' for key, text in pairs)}}}"
    return f"{kind.__name__}({', '.join(f'{key}={text}' for key, text in pairs)})"
