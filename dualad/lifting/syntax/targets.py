"""Assignments to several targets at once, as assignments to one after the other.

``a.p = b.q = x``, ``a.p, c[0] = x, y`` and ``for a.p in xs`` set properties of users' classes, whose
setters are lifted in statements with a single target.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

#: Whether an assignment to an attribute or an entry may run code of a user's.
Special = Callable[[Any], bool]


def _leaves(target: Any) -> Iterator[Any]:
    if isinstance(target, ast.Tuple | ast.List):
        for one in target.elts:
            yield from _leaves(one)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def _is_special(target: Any, special: Special) -> bool:
    return any(isinstance(leaf, ast.Attribute | ast.Subscript) and special(leaf) for leaf in _leaves(target))


class _Names:
    """Names that nobody can write, for what is assigned in between."""

    def __init__(self) -> None:
        self.used: list[str] = []

    def new(self) -> str:
        self.used.append(f"dualad part {len(self.used)}")
        return self.used[-1]


def _assigned(target: Any, name: str, like: Any) -> Any:
    return ast.copy_location(ast.Assign([target], ast.Name(name, ast.Load())), like)


def one_by_one(node: Any, special: Special) -> list[Any]:
    """The statements for an assignment, itself where there is nothing to take apart."""
    if isinstance(node, ast.AnnAssign):
        if node.value is None or not _is_special(node.target, special):
            return [node]
        return [ast.copy_location(ast.Assign([node.target], node.value), node)]
    single = len(node.targets) == 1 and not isinstance(node.targets[0], ast.Tuple | ast.List)
    if single or not any(_is_special(target, special) for target in node.targets):
        return [node]
    names = _Names()
    whole = names.new()
    found = [ast.copy_location(ast.Assign([ast.Name(whole, ast.Store())], node.value), node)]
    for target in node.targets:
        if not isinstance(target, ast.Tuple | ast.List):
            found.append(_assigned(target, whole, node))
            continue
        parts: list[tuple[Any, str]] = []
        found.append(_assigned(_renamed(target, names, parts), whole, node))
        found += [_assigned(leaf, name, node) for leaf, name in parts]
    gone = ast.Delete([ast.Name(name, ast.Del()) for name in names.used])
    return [*found, ast.copy_location(gone, node)]


def _renamed(target: Any, names: _Names, parts: list[tuple[Any, str]]) -> Any:
    """The same with names in place of what is assigned to; these are added to the parts."""
    if isinstance(target, ast.Tuple | ast.List):
        return ast.Tuple([_renamed(one, names, parts) for one in target.elts], ast.Store())
    if isinstance(target, ast.Starred):
        return ast.Starred(_renamed(target.value, names, parts), ast.Store())
    parts.append((target, names.new()))
    return ast.Name(parts[-1][1], ast.Store())


def set_in_body(node: Any, special: Special) -> None:
    """``for a.p in xs`` and ``with f as a.p``: what they assign is assigned first thing in the body."""
    owners = node.items if isinstance(node, ast.With) else [node]
    field = "optional_vars" if isinstance(node, ast.With) else "target"
    first = []
    for i, owner in enumerate(owners):
        target = getattr(owner, field)
        if target is not None and _is_special(target, special):
            name = f"dualad item {i}"
            setattr(owner, field, ast.copy_location(ast.Name(name, ast.Store()), target))
            first.append(_assigned(target, name, target))
    node.body[:0] = first
