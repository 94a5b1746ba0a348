"""Calls replaced in a syntax tree: ``f(x)`` by ``called(f)(x)``, what Python calls by itself likewise."""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import math
import operator
from collections.abc import Callable
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from .assignments import assigned_name, locals_of, may_be_object, retried
from .magic_methods import ITERATING, OPERATORS, ORDERING, REFLECTED, beside_a_list, in_place
from .targets import one_by_one, set_in_body

__all__ = ["DYNAMIC", "Calls", "replaced", "with_constants"]

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
    #: Whether an attribute of this name may be a property of a user's class.
    is_property: Callable[[str, dict[str, Any]], bool]
    #: The names of the properties of all classes of the packages that globals come from.
    properties: Callable[[dict[str, Any]], frozenset[str]]
    #: The names of the methods of users' classes, among the globals, that Python calls by itself.
    magic: Callable[[dict[str, Any]], frozenset[str]]
    #: What is called in place of these methods, and of the functions of Python that call them.
    operators: Callable[[], dict[Any, Callable[..., Any]]]
    #: Does what ``%`` does, where the left one is text, or may be.
    modulo: Callable[[Any, Any], Any]
    #: Compares ``abs(x)`` with a bound, given the order, the function, the two, and whether that is a mask:
    #: it may warn.
    within: Callable[[Any, Any, Any, Any, bool], Any]
    #: Reads ``x.__class__``, which of a Dual is the class of its value.
    class_of: Callable[[Any], Any]
    #: The class of the exception being handled, if no handler of the user's is to see it; else ``()``.
    passing: Callable[[], Any]
    #: Whether handlers of these classes are for other exceptions, and could see such a one.
    may_swallow: Callable[[list[Any]], bool]


def replaced(tree: ast.Module, names: dict[str, Any], calls: Calls) -> list[Any]:
    """Change a tree in place, and give the constants for `with_constants`; ``names`` are its globals."""
    rewriter = _Rewriter(tree, names, calls)
    rewriter.visit(tree)
    ast.fix_missing_locations(tree)
    return rewriter.constants


#: Text that stands for a constant which only a code object can hold.
_MARK = "\0constant "


def with_constants(code: CodeType, constants: list[Any]) -> CodeType:
    """The code compiled from such a tree, with its constants put in."""

    def own(c: Any) -> Any:
        if isinstance(c, CodeType):
            return with_constants(c, constants)
        return constants[int(c[len(_MARK) :])] if isinstance(c, str) and c.startswith(_MARK) else c

    return code.replace(co_consts=tuple(own(c) for c in code.co_consts))


def _bound_in(tree: ast.AST) -> set[str]:
    """Every name that is given a meaning somewhere in the tree; the others are globals."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
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
    return bound


#: What a Dual of a number has and the number has not: ``try: n = x.size`` may be there to find it out.
_OF_ARRAYS = frozenset({"dtype", "ndim", "shape", "size", "value"})


#: What an array or matrix of objects gets wrong: NumPy's imaginary part of objects is 0.
_OF_OBJECTS = frozenset({"I", "imag", "real"})

#: Methods that find an attribute.
_READING = frozenset({"__getattr__", "__getattribute__"})


#: What a guard for a single point takes the size of a number with, and how it compares it.
_DISTANCES = (abs, math.fabs, np.abs, np.fabs)
_ORDERS = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}
_MIRRORED = {
    operator.lt: operator.gt,
    operator.le: operator.ge,
    operator.gt: operator.lt,
    operator.ge: operator.le,
}


#: What NumPy makes arrays with that is written like an index.
_INDEXED = frozenset({"r_", "c_", "mgrid", "ogrid"})

#: Modules whose functions nobody exchanges: that the name still means the module is enough.
_LASTING = (math, np)


def _for_call(known: Any, node: ast.Call) -> Any:
    """The variant without options, of a function that has one (`fastpath.compiled`), where none are given."""
    positional = getattr(known, "positional", None)
    if positional is None or node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
        return known
    return positional if len(node.args) == positional.__code__.co_argcount else known


#: A name that nobody can write.
_OWNER = "dualad owner"


def _as_list(nodes: Any) -> list[Any]:
    return nodes if isinstance(nodes, list) else [nodes]


def _may_list_duals(node: ast.expr) -> bool:
    """Whether it is a list, of more than constants."""
    constants = all(isinstance(e, ast.Constant) for e in getattr(node, "elts", ()))
    return isinstance(node, ast.ListComp) or (isinstance(node, ast.List) and not constants)


class _Rewriter(ast.NodeTransformer):
    """Replaces callees by what is called in their place, and reads of properties likewise."""

    def __init__(self, tree: ast.AST, names: dict[str, Any], calls: Calls):
        self.bound = _bound_in(tree)
        self.names = names
        self.calls = calls
        #: The globals, and the classes and objects that the code names in the modules among them.
        self.classes = {**names, **self._in_modules(tree)}
        self.properties = calls.properties(names)
        self.magic = calls.magic(self.classes)
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

    def _in_modules(self, tree: ast.AST) -> dict[str, Any]:
        """The classes, and the objects that are neither modules nor functions."""
        found = [(n, self._static(n)) for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
        return {
            ast.unparse(node): value
            for node, value in found
            if (value is not DYNAMIC and type(value).__module__ != "builtins") or isinstance(value, type)
        }

    def visit_Call(self, node: ast.Call) -> ast.AST:
        callee = self._static(node.func)
        known = DYNAMIC if callee is DYNAMIC else self.calls.known(callee)
        if isinstance(node.func, ast.Attribute) and node.func.attr != "__class__":
            node.func.value = self.visit(node.func.value)
        elif not isinstance(node.func, ast.Name):
            node.func = self.visit(node.func)
        if callee is np.where:
            self.masks.update(node.args[:1])
        node.args = [self.visit(a) for a in node.args]
        if "__iter__" in self.magic:
            node.args = self._gone_through(callee, node.args)
        node.keywords = [self.visit(k) for k in node.keywords]
        if self._asks_objects(node.func) and callee in self.operators:
            node.func = ast.copy_location(self._constant(self.operators[callee]), node.func)
        elif known is DYNAMIC:
            node.func = self._applied(self.calls.called, node.func)
        elif known is not callee or not self._is_builtin(node.func):
            node.func = self._if_still(callee, _for_call(known, node), node.func)
        return node

    def _asks_objects(self, node: ast.expr) -> bool:
        """Whether it is a function of Python's that calls a method which a class of the user's has."""
        if not isinstance(node, ast.Name):
            return False
        method = ORDERING.get(node.id, f"__{node.id}__")
        return method in self.magic or REFLECTED.get(method) in self.magic

    def _gone_through(self, callee: Any, args: list[ast.expr]) -> list[ast.expr]:
        """Arguments of a function of Python's that goes through all, or the first, of them."""
        if callee is zip or callee is map:
            return [self._iterator(a) for a in args]
        if len(args) != 1 and (callee is max or callee is min):
            return args
        if any(callee is f for f in ITERATING):
            return [*map(self._iterator, args[:1]), *args[1:]]
        return args

    def _is_builtin(self, node: ast.expr) -> bool:
        """Whether it is one of Python's own names, which few people give another meaning."""
        return isinstance(node, ast.Name) and node.id not in self.names

    def _if_still(self, callee: Any, known: Any, node: ast.expr) -> ast.expr:
        """What comes in place of the callee, as long as the global still means it."""
        if isinstance(node, ast.Attribute) and self._static(node.value) in _LASTING:
            same = ast.Compare(node.value, [ast.Is()], [self._constant(self._static(node.value))])
        else:
            same = ast.Compare(node, [ast.Is()], [self._constant(callee)])
        dynamic = self._applied(self.calls.called, node)
        return ast.copy_location(ast.IfExp(same, self._constant(known), dynamic), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.attr == "__class__":
            return self._applied(self.calls.class_of, node.value)
        looked_at = node.attr in _OF_OBJECTS or (self.tries and node.attr in _OF_ARRAYS)
        found = not looked_at and not self.magic.isdisjoint(_READING) and not self._is_module(node.value)
        if looked_at or found or self._is_property(node):
            return self._applied(self.calls.attribute, node.value, ast.Constant(self._name(node)))
        return node

    def _is_property(self, node: ast.Attribute) -> bool:
        """Whether an attribute may be a property: of a class that the code names, or that others made."""
        name = self._name(node)
        if self.calls.is_property(name, self.classes):
            return True
        return name in self.properties and not self._is_module(node.value)

    def _is_module(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name | ast.Attribute) and type(self._static(node)) is type(ast)

    def visit_Try(self, node: ast.Try) -> ast.AST:
        """``except passing(): raise`` goes first: our errors are not what the user's handlers wait for."""
        caught = [
            BaseException if kind is None else self._static(kind)
            for h in node.handlers
            for kind in (h.type.elts if isinstance(h.type, ast.Tuple) else [h.type])
        ]
        self.tries += 1
        self.generic_visit(node)
        self.tries -= 1
        if self.calls.may_swallow(caught):
            ours = ast.ExceptHandler(
                ast.Call(self._constant(self.calls.passing), [], []), None, [ast.Raise(None, None)]
            )
            for new in ast.walk(ours):
                ast.copy_location(new, node.handlers[0])
            node.handlers.insert(0, ours)
        return node

    def visit_Match(self, node: ast.Match) -> list[ast.stmt]:
        """``case float():``: a pattern takes nothing but a name, so what stands for the class gets one."""
        named: list[ast.stmt] = []
        for pattern in [p for case in node.cases for p in ast.walk(case.pattern)]:
            kind = self._static(pattern.cls) if isinstance(pattern, ast.MatchClass) else None
            stand_in = self.calls.matched(kind) if isinstance(kind, type) else None
            if isinstance(pattern, ast.MatchClass) and stand_in is not None:
                name = f"_dualad_{len(self.constants)}"
                assigned = ast.Assign([ast.Name(name, ast.Store())], self._constant(stand_in))
                named.append(ast.copy_location(assigned, node))
                pattern.cls = ast.copy_location(ast.Name(name, ast.Load()), pattern.cls)
        self.generic_visit(node)
        return [*named, node]

    def visit_match_case(self, node: ast.match_case) -> ast.AST:
        """Patterns stay what they are: they name values, and call nothing."""
        pattern, node.pattern = node.pattern, ast.MatchAs()
        self.generic_visit(node)
        node.pattern = pattern
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.ctx, ast.Store):
            self.masks.add(node.slice)
        self.generic_visit(node)
        if getattr(node.value, "attr", getattr(node.value, "id", "")) in _INDEXED:
            node.value = self._applied(self.calls.called, node.value)
        elif "__getitem__" in self.magic and isinstance(node.ctx, ast.Load):
            return self._applied(self.operators["__getitem__"], node.value, self._as_index(node.slice))
        return node

    def _as_index(self, node: ast.expr) -> ast.expr:
        """What stands between brackets, as an argument of a function."""
        if isinstance(node, ast.Tuple):
            node.elts = [self._as_index(e) for e in node.elts]
        elif isinstance(node, ast.Slice):
            none = ast.Constant(None)
            parts = [node.lower or none, node.upper or none, node.step or none]
            return ast.copy_location(ast.Call(self._constant(slice), parts, []), node)
        return node

    def _magic(self, op: ast.AST) -> str:
        """The method for an operator, if a class of the user's has it, or ""."""
        name = OPERATORS.get(type(op).__name__, "")
        return name if name in self.magic or REFLECTED.get(name) in self.magic else ""

    def _tested(self, node: Any) -> ast.AST:
        """An ``if`` or ``while``, or a choice: objects of the user's say whether they are true."""
        self.generic_visit(node)
        if "__bool__" in self.magic:
            node.test = self._truth(node.test)
        return node

    visit_If = visit_While = visit_IfExp = _tested

    def _truth(self, node: ast.expr) -> ast.expr:
        """An expression of which only the truth matters."""
        if isinstance(node, ast.BoolOp):
            node.values = [self._truth(v) for v in node.values]
        elif isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.BinOp):
            return self._applied(self.operators["__bool__"], node)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not) and "__bool__" in self.magic:
            node.operand = self._truth(node.operand)
            return node
        name = self._magic(node.op)
        if not name or isinstance(node.operand, ast.Constant):
            return node
        return self._applied(self.operators[name], node.operand)

    def _guard(self, node: ast.Compare) -> ast.AST | None:
        """``abs(x) < bound``, or ``bound > abs(x)``, as a call that looks at x."""
        compare = _ORDERS.get(type(node.ops[0]))
        if compare is None or len(node.ops) > 1:
            return None
        for call, bound, order in (
            (node.left, node.comparators[0], compare),
            (node.comparators[0], node.left, _MIRRORED[compare]),
        ):
            if not isinstance(call, ast.Call) or len(call.args) != 1 or call.keywords:
                continue
            if any(self._static(call.func) is f for f in _DISTANCES):
                visited: Any = self.visit(call)
                parts = self._constant(order), visited.func, visited.args[0], self.visit(bound)
                mask = ast.Constant(node in self.masks)
                return ast.copy_location(
                    ast.Call(self._constant(self.calls.within), [*parts, mask], []), node
                )
        return None

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        guard = self._guard(node)
        if guard is not None:
            return guard
        self.generic_visit(node)
        if (
            len(node.ops) == 1
            and isinstance(node.ops[0], ast.In | ast.NotIn)
            and "__contains__" in self.magic
        ):
            found = self._applied(self.operators["__contains__"], node.left, node.comparators[0])
            negated = isinstance(node.ops[0], ast.NotIn)
            return ast.copy_location(ast.UnaryOp(ast.Not(), found), node) if negated else found
        name = self._magic(node.ops[0])
        if not name or len(node.ops) > 1 or isinstance(node.comparators[0], ast.Constant):
            return node
        return self._applied(self.operators[name], node.left, node.comparators[0])

    def visit_FunctionDef(self, node: Any) -> ast.AST:
        around, self.own = self.own, locals_of(node)
        self.generic_visit(node)
        self.own = around
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        around = self.own, self.of_class
        self.own, self.of_class = frozenset(), node.name.lstrip("_")
        self.generic_visit(node)
        self.own, self.of_class = around
        return node

    def _name(self, node: ast.Attribute) -> str:
        """The name of an attribute; Python gives private ones, ``self.__x``, that of the class around."""
        private = node.attr.startswith("__") and not node.attr.endswith("__") and self.of_class
        return f"_{self.of_class}{node.attr}" if private else node.attr

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        return self._again(node, assigned_name(node.target, self.own, augmented=True))

    def _again(self, node: Any, name: str) -> Any:
        """An assignment to an array that is done again if the array cannot hold what is assigned."""

        def visit(one: Any) -> Any:
            return self._augmented(one) if isinstance(one, ast.AugAssign) else self._assigned(one)

        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        possible = name or (len(targets) == 1 and may_be_object(targets[0]))
        if not possible or isinstance(node.value, ast.Constant):
            return visit(node)
        return retried(node, name, visit, self._constant, self._by_methods)

    def _by_methods(self, node: Any, new: str) -> ast.AST:
        """An assignment of what has this name to an object, by its lifted methods."""
        operators = self.calls.operators()
        augmented = isinstance(node, ast.AugAssign)
        target = copy.deepcopy(node.target if augmented else node.targets[0])
        value: ast.expr = ast.copy_location(ast.Name(new, ast.Load()), node)
        if augmented:
            old = copy.deepcopy(target)
            old.ctx = ast.Load()
            operate = operators[in_place(OPERATORS[type(node.op).__name__])]
            value = self._applied(operate, self.visit(old), value)
        if not isinstance(target, ast.Subscript):
            return ast.copy_location(ast.Assign([target], value), node)
        key = self._as_index(self.visit(target.slice))
        assigned = self._applied(operators["__setitem__"], value, self.visit(target.value), key)
        return ast.copy_location(ast.Expr(assigned), node)

    def _augmented(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        name = in_place(OPERATORS[type(node.op).__name__])
        if isinstance(node.target, ast.Attribute) and self._is_set_by_user(node.target):
            return self._attribute_changed(node, name)
        if not (self._magic(node.op) or name in self.magic) or not isinstance(node.target, ast.Name):
            return node
        now = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
        new = self._applied(self.operators[name], now, node.value)
        return ast.copy_location(ast.Assign([node.target], new), node)

    def _attribute_changed(self, node: Any, name: str) -> Any:
        """``x.name += y``, of which there may be a setter."""
        owner, first = node.target.value, []
        if not isinstance(owner, ast.Name):  # which is evaluated once
            first = [ast.copy_location(ast.Assign([ast.Name(_OWNER, ast.Store())], owner), node)]
        owner = ast.copy_location(ast.Name(_OWNER if first else owner.id, ast.Load()), node.target)
        attribute = ast.Constant(self._name(node.target))
        operate = self.operators.get(name) or getattr(operator, name)
        new = self._applied(operate, self._applied(self.calls.attribute, owner, attribute), node.value)
        assigned = self._applied(self.calls.operators()["assign"], new, owner, attribute)
        return [*first, ast.copy_location(ast.Expr(assigned), node)]

    def visit_Assign(self, node: ast.Assign) -> Any:
        statements = one_by_one(node, self._is_set_by_user)
        if len(statements) > 1:
            return [visited for one in statements for visited in _as_list(self.visit(one))]
        return self._again(node, "" if len(node.targets) > 1 else assigned_name(node.targets[0], self.own))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        (statement,) = one_by_one(node, self._is_set_by_user)
        return self.generic_visit(node) if statement is node else self.visit(statement)

    def _is_set_by_user(self, target: Any) -> bool:
        """Whether an attribute or an entry is set by a method of a user's class."""
        if isinstance(target, ast.Subscript):
            return "__setitem__" in self.magic
        return "__setattr__" in self.magic or self._is_property(target)

    def _assigned(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        (target, *more) = node.targets
        if isinstance(target, ast.Tuple | ast.List):
            node.value = self._iterator(node.value)
        if more:
            return node
        if isinstance(target, ast.Subscript) and "__setitem__" in self.magic:
            assigned = self._applied(
                self.operators["__setitem__"], node.value, target.value, self._as_index(target.slice)
            )
            return ast.copy_location(ast.Expr(assigned), node)
        if not isinstance(target, ast.Attribute) or not self._is_set_by_user(target):
            return node
        assign = self.calls.operators()["assign"]
        return ast.copy_location(
            ast.Expr(self._applied(assign, node.value, target.value, ast.Constant(self._name(target)))), node
        )

    def visit_For(self, node: ast.For) -> ast.AST:
        set_in_body(node, self._is_set_by_user)
        self.generic_visit(node)
        return self._iterated(node)

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        return self._iterated(node)

    def _iterated(self, node: Any) -> ast.AST:
        node.iter = self._iterator(node.iter)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            node.value = self._iterator(node.value)
        return node

    def _iterator(self, node: ast.expr) -> ast.expr:
        """What is gone through: a displayed list as it is, an object by its lifted ``__iter__``."""
        if "__iter__" not in self.magic or isinstance(
            node, ast.Tuple | ast.List | ast.Constant | ast.Starred
        ):
            return node
        return self._applied(self.operators["__iter__"], node)

    def visit_With(self, node: ast.With) -> ast.AST:
        set_in_body(node, self._is_set_by_user)
        self.generic_visit(node)
        if "__enter__" in self.magic:
            for item in node.items:
                item.context_expr = self._applied(self.operators["__enter__"], item.context_expr)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Text in several parts, one of which may be marked as that of a Dual: so is the whole."""
        self.generic_visit(node)
        if len(node.values) == 1:
            return node
        parts = [ast.JoinedStr([v]) if isinstance(v, ast.FormattedValue) else v for v in node.values]
        joined = ast.Call(self._constant(self.calls.called("".join)), [ast.List(parts, ast.Load())], [])
        return ast.copy_location(joined, node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        node.value = self.visit(node.value)
        shown = {ord("r"): repr, ord("s"): str}.get(node.conversion)
        if shown is not None:
            node.value, node.conversion = self._applied(self.calls.called(shown), node.value), -1
        for part in getattr(node.format_spec, "values", ()):
            self.generic_visit(part)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Mod):
            name = self._magic(node.op)
            if any(isinstance(x, ast.List | ast.ListComp) for x in (node.left, node.right)):
                operate = (
                    self.operators[name] if name else getattr(operator, OPERATORS[type(node.op).__name__])
                )
                return self._applied(beside_a_list(operate), node.left, node.right)
            if not name or (isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)):
                return node
            return self._applied(self.operators[name], node.left, node.right)
        text = isinstance(node.left, ast.JoinedStr) or isinstance(
            getattr(node.left, "value", None), str | bytes
        )
        number = isinstance(node.left, ast.Constant) or isinstance(node.right, ast.Constant)
        if text or isinstance(node.right, ast.Tuple | ast.Dict) or not number:
            return ast.copy_location(
                ast.Call(self._constant(self.calls.modulo), [node.left, node.right], []), node
            )
        return node
