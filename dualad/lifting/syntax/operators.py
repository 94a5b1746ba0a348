"""What Python calls by itself: for operators, indices, loops, ``with``, comparisons, text."""

from __future__ import annotations

import ast
import functools
import math
import operator
from typing import Any

import numpy as np

from ..magic_methods import OPERATORS, beside_a_list
from .targets import set_in_body
from .visitor import Visitor

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


class Operators(Visitor):
    """Replaces what is written as an operator by a call, where a class of the user's has a method for it."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.ctx, ast.Store):
            self.masks.add(node.slice)
        self.generic_visit(node)
        if getattr(node.value, "attr", getattr(node.value, "id", "")) in _INDEXED:
            node.value = self._applied(self.calls.called, node.value)
        elif "__getitem__" in self.magic and isinstance(node.ctx, ast.Load):
            return self._applied(self.operators["__getitem__"], node.value, self._as_index(node.slice))
        return node

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

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = self._magic(node.op)
        operate = self.operators[name] if name else getattr(operator, OPERATORS[type(node.op).__name__])
        if isinstance(node.op, ast.Mod) and self._may_be_text(node):
            operate = functools.partial(self.calls.modulo, operate)
        elif any(isinstance(x, ast.List | ast.ListComp) for x in (node.left, node.right)):
            operate = beside_a_list(operate)
        elif not name or (isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant)):
            return node
        return self._applied(operate, node.left, node.right)

    def _may_be_text(self, node: ast.BinOp) -> bool:
        """Whether ``%`` may be what puts numbers into a text."""
        if isinstance(node.left, ast.JoinedStr) or isinstance(node.right, ast.Tuple | ast.Dict):
            return True
        if isinstance(node.left, ast.Constant):
            return isinstance(node.left.value, str | bytes)
        return not isinstance(node.right, ast.Constant)

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
