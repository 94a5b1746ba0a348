"""Calls, reads of attributes, and what handlers and patterns name: ``f(x)`` becomes ``called(f)(x)``."""

from __future__ import annotations

import ast
import math
from typing import Any

import numpy as np

from ..magic_methods import ITERATING, ORDERING, REFLECTED
from .visitor import DYNAMIC, Visitor

#: What a Dual of a number has and the number has not: ``try: n = x.size`` may be there to find it out.
_OF_ARRAYS = frozenset({"dtype", "ndim", "shape", "size", "value"})


#: What an array or matrix of objects gets wrong: NumPy's imaginary part of objects is 0.
_OF_OBJECTS = frozenset({"H", "I", "imag", "real"})

#: Methods that find an attribute.
_READING = frozenset({"__getattr__", "__getattribute__"})


#: Modules whose functions nobody exchanges: that the name still means the module is enough.
_LASTING = (math, np)


def _for_call(known: Any, node: ast.Call) -> Any:
    """The variant without options, of a function that has one (`fastpath.compiled`), where none are given."""
    positional = getattr(known, "positional", None)
    if positional is None or node.keywords or any(isinstance(a, ast.Starred) for a in node.args):
        return known
    return positional if len(node.args) == positional.__code__.co_argcount else known


class Callees(Visitor):
    """Replaces callees by what is called in their place, and reads of properties likewise."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        callee = self._static(node.func)
        known = DYNAMIC if callee is DYNAMIC else self.calls.known(callee)
        if isinstance(node.func, ast.Attribute) and not self._makes_callee(node.func, callee):
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

    def _makes_callee(self, node: ast.Attribute, callee: Any) -> bool:
        """Whether an attribute that is called may be a property, which makes what is called."""
        return node.attr == "__class__" or (callee is DYNAMIC and self._is_property(node))

    def _gone_through(self, callee: Any, args: list[ast.expr]) -> list[ast.expr]:
        """Arguments of a function of Python's that goes through all, or the first, of them."""
        if callee is zip:
            return [self._iterator(a) for a in args]
        if callee is map:
            return [*args[:1], *map(self._iterator, args[1:])]
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
