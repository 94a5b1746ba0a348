"""Functions compiled again from their source, with every call passed through another function.

In the new code ``f(x)`` reads ``called(f)(x)``, where ``called`` is a constant of the code, not a
name that it looks up. Positions are kept, so tracebacks point at the user's lines. The source is
trusted only if compiling it as it stands gives the very code of the function.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import reduce
from types import CodeType
from typing import Any

from .syntax.replacing import replaced
from .syntax.visitor import Calls, Named, named_in, with_constants


def rewritten(code: CodeType, names: dict[str, Any], calls: Calls) -> CodeType | None:
    """The code of a function with its calls replaced; None where there is no source.

    Parameters
    ----------
    code : code object
        The code of a function.
    names : dict
        The globals of the function.
    calls : Calls
        What is put into it.
    """
    with _reading, _deeper():
        pairs = _pairs_at(code, names, calls)
    return next((new for old, new in pairs if _same(old, code) and old.co_freevars == new.co_freevars), None)


#: Sources are parsed by one thread at a time.
_reading = threading.RLock()


@contextmanager
def _deeper() -> Iterator[None]:
    """Room for the visit of long sums, as computer algebra prints them: each ``+`` is a level of the tree."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


#: file name -> its lines, the names it imports, and its pieces.
_files: dict[str, tuple[list[str], str, list[_Piece]]] = {}

Pairs = list[tuple[CodeType, CodeType]]


class _Piece:
    """A statement of a module, or one of a class in it; of a class most others are not needed."""

    __slots__ = ("around", "first", "last", "named", "pairs", "statement")

    def __init__(self, node: ast.stmt, around: str = "", statement: _Piece | None = None):
        self.first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        self.last = node.end_lineno or self.first
        #: What stands above it: the classes that it is in, a line for each.
        self.around = around
        #: That of the module, of which it is a part; or itself.
        self.statement = statement or self
        #: Of a statement of the module, what it names; its code objects, old and new; once they are needed.
        self.named: Named | None = None
        self.pairs: Pairs | None = None

    def tree(self, lines: list[str]) -> ast.Module:
        """Its source, where it stands."""
        blank = "\n" * (self.first - 1 - self.around.count("\n"))
        return ast.parse(blank + self.around + "".join(lines[self.first - 1 : self.last]))


def _pieces(node: ast.stmt, around: str = "", statement: _Piece | None = None) -> Iterator[_Piece]:
    """A statement, after the functions in it if it is a class: they can stand without the rest of it."""
    piece = _Piece(node, around, statement)
    if isinstance(node, ast.ClassDef) and not getattr(node, "type_params", None):
        around += " " * around.count("\n") + f"class {node.name}:\n"
        for inside in node.body:
            if isinstance(inside, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _pieces(inside, around, piece.statement)
    yield piece


def _pairs_at(code: CodeType, names: dict[str, Any], calls: Calls) -> Pairs:
    """The code objects of the piece of the module in which a function stands."""
    file = code.co_filename
    lines = linecache.getlines(file, names)
    known = _files.get(file)
    if known is None or known[0] is not lines:
        try:
            body = ast.parse("".join(lines)).body
        except (SyntaxError, ValueError):
            body = []
        known = _files[file] = (lines, _imports(body), [piece for node in body for piece in _pieces(node)])
    for piece in known[2]:
        if piece.first <= code.co_firstlineno <= piece.last:
            if piece.pairs is None:
                piece.pairs = _both(piece, lines, known[1], code, names, calls)
            return piece.pairs
    return []


def _imports(body: list[ast.stmt]) -> str:
    """An import of the names that a module imports: calls of their attributes compile differently."""
    names: set[str] = set()
    nodes: list[ast.AST] = list(body)
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(a.asname or a.name).partition(".")[0] for a in node.names if a.name != "*"}
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            nodes.extend(ast.iter_child_nodes(node))
    return f"import {', '.join(sorted(names))}" if names else ""


#: The flags of code that ``from __future__ import`` sets.
FUTURES = reduce(
    int.__or__, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)


def _both(
    piece: _Piece, lines: list[str], imports: str, code: CodeType, names: dict[str, Any], calls: Calls
) -> Pairs:
    """A piece of source compiled as it stands and rewritten; their code objects side by side."""
    statement, module = piece.statement, piece.tree(lines)
    if statement.named is None:
        statement.named = named_in(statement.tree(lines))

    def compiled() -> CodeType:
        whole = ast.Module([*ast.parse(imports).body, *module.body], [])
        result: CodeType = compile(
            whole, code.co_filename, "exec", flags=code.co_flags & FUTURES, dont_inherit=True
        )
        return result

    old = compiled()
    constants = replaced(module, names, calls, statement.named)
    return list(_side_by_side(old, with_constants(compiled(), constants)))


def _codes(code: CodeType) -> dict[tuple[str, int], list[CodeType]]:
    """Those of the functions in it, by their names and lines."""
    found: dict[tuple[str, int], list[CodeType]] = {}
    for c in code.co_consts:
        if isinstance(c, CodeType):
            found.setdefault((c.co_name, c.co_firstlineno), []).append(c)
    return found


def _side_by_side(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    others = _codes(new)
    for place, codes in _codes(old).items():
        beside = others.get(place, [])
        if len(codes) == len(beside):  # what stands after ``if False`` Python may keep in one of them
            for one, other in zip(codes, beside, strict=True):
                yield one, other
                yield from _side_by_side(one, other)


_TEXT = ("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_cellvars", "co_firstlineno")


def _same(a: CodeType, b: CodeType) -> bool:
    """Whether two code objects are the same text, compiled.

    Python's own ``==`` takes no notice of positions, nor of a debugger that has marked an instruction.
    """
    return (
        all(getattr(a, name) == getattr(b, name) for name in _TEXT)
        and list(a.co_positions()) == list(b.co_positions())
        and _plain(a.co_consts) == _plain(b.co_consts)
        and all(
            _same(one, other)
            for one, other in zip(a.co_consts, b.co_consts, strict=True)
            if isinstance(one, CodeType)
        )
    )


def _plain(c: Any) -> Any:
    """Constants with their types, since ``1 == 1.0 == True`` and ``0.0 == -0.0``; code objects apart."""
    if isinstance(c, tuple | frozenset):
        return type(c), type(c)(map(_plain, c))
    if isinstance(c, CodeType):
        return CodeType
    return type(c), repr(c) if isinstance(c, float | complex) else c
