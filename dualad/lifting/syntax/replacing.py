"""Calls replaced in a syntax tree: ``f(x)`` by ``called(f)(x)``, what Python calls by itself likewise."""

from __future__ import annotations

import ast
from typing import Any

from .callees import Callees
from .operators import Operators
from .setters import Setters
from .visitor import Calls, Named, imported_in, named_in


class _Rewriter(Callees, Operators, Setters):
    """All visits."""


def replaced(tree: ast.Module, names: dict[str, Any], calls: Calls, around: Named | None = None) -> list[Any]:
    """Change a tree in place, and give the constants for `with_constants`.

    ``names`` are its globals; it may be a part of what is named ``around`` it.
    """
    rewriter = _Rewriter(around or named_in(tree), names, calls, imported_in(tree, names))
    rewriter.visit(tree)
    ast.fix_missing_locations(tree)
    return rewriter.constants
