"""What all visits to a syntax tree share: what a name means, what is put in its place."""

from __future__ import annotations

import ast
import builtins
import contextlib
import sys
from collections.abc import Callable
from importlib.util import resolve_name
from types import CodeType
from typing import Any, NamedTuple

from ...users import is_users
from ..magic_methods import OPERATORS, REFLECTED

#: What `Calls.known` answers if the callee has to be looked at anew at each call.
DYNAMIC: Any = object()


class Calls(NamedTuple):
    """What is put into the code."""

    #: Gives what is called in place of a function.
    called: Callable[[Any], Any]
    #: What stands for a class in a pattern, None if it may stay.
    matched: Callable[[type], type | None]
    #: The same for a callee that does not change, or `DYNAMIC`.
    known: Callable[[Any], Any]
    #: Reads an attribute that may be a property: ``attribute(x, name)``.
    attribute: Callable[[Any, str], Any]
    #: The names of the properties of all classes of the packages that globals come from.
    properties: Callable[[dict[str, Any]], frozenset[str]]
    #: Those of the users' classes among the globals themselves.
    properties_among: Callable[[dict[str, Any]], frozenset[str]]
    #: The names of the methods of users' classes, among the globals, that Python calls by itself; and
    #: whether there may be others.
    magic: Callable[[dict[str, Any], bool], frozenset[str]]
    #: What is called in place of these methods, and of the functions of Python that call them.
    operators: Callable[[], dict[Any, Callable[..., Any]]]
    #: Does what ``%`` does where the left one may be text; else, it is given what does it.
    modulo: Callable[[Callable[[Any, Any], Any], Any, Any], Any]
    #: Compares ``abs(x)`` with a bound, given the order, the function, the two, and whether that is a mask:
    #: it may warn.
    within: Callable[[Any, Any, Any, Any, bool], Any]
    #: Reads ``x.__class__``, which of a Dual is the class of its value.
    class_of: Callable[[Any], Any]
    #: The class of the exception being handled, if no handler of the user's is to see it; else ``()``.
    passing: Callable[[], Any]
    #: Whether handlers of these classes are for other exceptions, and could see such a one.
    may_swallow: Callable[[list[Any]], bool]


#: Text that stands for a constant which only a code object can hold.
_MARK = "\0constant "


def with_constants(code: CodeType, constants: list[Any]) -> CodeType:
    """The code compiled from such a tree, with its constants put in."""

    def own(c: Any) -> Any:
        if isinstance(c, CodeType):
            return with_constants(c, constants)
        return constants[int(c[len(_MARK) :])] if isinstance(c, str) and c.startswith(_MARK) else c

    return code.replace(co_consts=tuple(own(c) for c in code.co_consts))


class Named(NamedTuple):
    """The names in a tree."""

    #: Those that are given a meaning somewhere in it; the others are globals.
    bound: set[str]
    #: The attributes that it asks globals for.
    attributes: list[ast.Attribute]


def named_in(tree: ast.AST) -> Named:
    """What a tree names."""
    bound: set[str] = set()
    attributes = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            attributes.append(node)
        elif isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            bound.add(node.name or "")
        elif isinstance(node, ast.MatchMapping):
            bound.add(node.rest or "")
        elif isinstance(node, ast.Global | ast.Nonlocal):
            bound.update(node.names)
    return Named(bound, [node for node in attributes if _is_of_global(node, bound)])


class Imported(NamedTuple):
    """What the imports in a tree name."""

    #: The modules, classes and objects that are loaded.
    known: dict[str, Any]
    #: Whether others come with the call: then it is not known which classes these bring.
    more: bool


def imported_in(tree: ast.AST, names: dict[str, Any]) -> Imported:
    """What functions in a tree import for themselves, with their globals."""
    known: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known.update({one.name: sys.modules.get(one.name) for one in node.names})
        elif isinstance(node, ast.ImportFrom):
            with contextlib.suppress(ImportError):  # of what is in no package
                place = resolve_name("." * node.level + (node.module or ""), names.get("__package__"))
                module = known[place] = sys.modules.get(place)
                for one in node.names:
                    inside = sys.modules.get(f"{place}.{one.name}")
                    known[f"{place}.{one.name}"] = getattr(module, one.name, inside)
    missing = {name for name, value in known.items() if value is None and is_users(name)}
    return Imported({name: value for name, value in known.items() if value is not None}, bool(missing))


def _is_of_global(node: ast.expr, bound: set[str]) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id not in bound


class Visitor(ast.NodeTransformer):
    """What is known of a tree, and the expressions that come in place of others."""

    def __init__(self, named: Named, names: dict[str, Any], calls: Calls, imported: Imported):
        self.bound = named.bound
        self.names = names
        self.calls = calls
        #: Whether objects may be of classes of which nothing is known yet.
        self.of_any_class = imported.more
        known = {**imported.known, **names}
        #: The globals and what is imported, and the classes and objects that the code names in such modules.
        self.classes = {**known, **self._in_modules(named.attributes)}
        self.properties = calls.properties(known)
        self.properties_named = calls.properties_among(self.classes)
        self.magic = calls.magic(self.classes, imported.more)
        self.operators = calls.operators() if self.magic else {}
        self.constants: list[Any] = []
        #: How many ``try`` statements are around.
        self.tries = 0
        #: The expressions that pick out entries, each for itself.
        self.masks: set[ast.expr] = set()
        #: The names that the function around binds.
        self.own: frozenset[str] = frozenset()
        #: The name of the class around.
        self.of_class = ""

    def _constant(self, value: Any) -> ast.expr:
        """An expression whose value is any object at all.

        A choice whose condition is constant compiles to the choice itself; on a bare constant that
        is called the compiler would warn.
        """
        self.constants.append(value)
        mark = ast.Constant(f"{_MARK}{len(self.constants) - 1}")
        return ast.IfExp(ast.Constant(True), mark, ast.Constant(None))

    def _applied(self, function: Callable[..., Any], *args: ast.expr) -> ast.expr:
        return ast.copy_location(ast.Call(self._constant(function), list(args), []), args[0])

    def _static(self, node: ast.expr) -> Any:
        """What a name or a chain of attributes means, if it is a global or lies in a module."""
        if isinstance(node, ast.Name):
            if node.id in self.bound:
                return DYNAMIC
            found = self.names.get(node.id, DYNAMIC)
            return getattr(builtins, node.id, DYNAMIC) if found is DYNAMIC else found
        if isinstance(node, ast.Attribute):
            owner = self._static(node.value)
            if type(owner) is type(ast):
                with contextlib.suppress(Exception):  # what a ``__getattr__`` of the module's may raise
                    return getattr(owner, node.attr)
        return DYNAMIC

    def _in_modules(self, attributes: list[ast.Attribute]) -> dict[str, Any]:
        """The classes, and the objects that are neither modules nor functions."""
        found = [(node, self._static(node)) for node in attributes]
        return {
            ast.unparse(node): value
            for node, value in found
            if (value is not DYNAMIC and type(value).__module__ != "builtins") or isinstance(value, type)
        }

    def _is_module(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name | ast.Attribute) and type(self._static(node)) is type(ast)

    def _name(self, node: ast.Attribute) -> str:
        """The name of an attribute; Python gives private ones, ``self.__x``, that of the class around."""
        private = node.attr.startswith("__") and not node.attr.endswith("__") and self.of_class
        return f"_{self.of_class}{node.attr}" if private else node.attr

    def _is_property(self, node: ast.Attribute) -> bool:
        """Whether an attribute may be a property: of a class that the code names, or that others made."""
        name = self._name(node)
        may_be = name in self.properties or self.of_any_class
        return name in self.properties_named or (may_be and not self._is_module(node.value))

    def _is_set_by_user(self, target: Any) -> bool:
        """Whether an attribute or an entry is set by a method of a user's class."""
        if isinstance(target, ast.Subscript):
            return "__setitem__" in self.magic
        return "__setattr__" in self.magic or self._is_property(target)

    def _magic(self, op: ast.AST) -> str:
        """The method for an operator, if a class of the user's has it, or ""."""
        name = OPERATORS.get(type(op).__name__, "")
        return name if name in self.magic or REFLECTED.get(name) in self.magic else ""

    def _as_index(self, node: ast.expr) -> ast.expr:
        """What stands between brackets, as an argument of a function."""
        if isinstance(node, ast.Tuple):
            node.elts = [self._as_index(e) for e in node.elts]
        elif isinstance(node, ast.Slice):
            none = ast.Constant(None)
            parts = [node.lower or none, node.upper or none, node.step or none]
            return ast.copy_location(ast.Call(self._constant(slice), parts, []), node)
        return node

    def _iterator(self, node: ast.expr) -> ast.expr:
        """What is gone through: a displayed list as it is, an object by its lifted ``__iter__``."""
        if "__iter__" not in self.magic or isinstance(
            node, ast.Tuple | ast.List | ast.Constant | ast.Starred
        ):
            return node
        return self._applied(self.operators["__iter__"], node)
