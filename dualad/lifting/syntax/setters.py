"""Assignments: to properties and entries of users' objects, to arrays that cannot hold what comes."""

from __future__ import annotations

import ast
import copy
import operator
from typing import Any, TypeGuard

from ..magic_methods import OPERATORS, in_place
from .assignments import assigned_name, in_turn, locals_of, looked_at, may_be_object, retried
from .targets import one_by_one
from .visitor import Visitor

#: A name that nobody can write.
_OWNER = "dualad owner"


def _as_list(nodes: Any) -> list[Any]:
    return nodes if isinstance(nodes, list) else [nodes]


class Setters(Visitor):
    """Replaces assignments by calls, where a class of the user's has a method for them."""

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

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        statements = in_turn(node, self.own)
        if len(statements) > 1:
            return self._each(statements)
        return self._again(node, assigned_name(node.target, self.own, augmented=True))

    def _each(self, statements: list[Any]) -> list[Any]:
        return [visited for one in statements for visited in _as_list(self.visit(one))]

    def _again(self, node: Any, name: str) -> Any:
        """An assignment to an array that is done again if the array cannot hold what is assigned."""

        def visit(one: Any) -> Any:
            return self._augmented(one) if isinstance(one, ast.AugAssign) else self._assigned(one)

        targets = [node.target] if isinstance(node, ast.AugAssign) else node.targets
        changed = isinstance(node, ast.AugAssign) and not self._has_setter(targets[0])
        possible = name or (len(targets) == 1 and may_be_object(targets[0], changed))
        fits = isinstance(node.value, ast.Constant) and (name or isinstance(targets[0], ast.Attribute))
        by_call = not possible and len(targets) == 1 and not isinstance(node.value, ast.Constant)
        if by_call and isinstance(node, ast.Assign) and isinstance(targets[0], ast.Subscript):
            *before, guard, again, after = looked_at(node, self._constant)
            return [*map(self.visit, before), guard, *_as_list(visit(again)), after]
        if not possible or fits:
            return visit(node)
        return retried(node, name, visit, self._constant, self._by_methods, self._name)

    def _may_fail(self, target: Any) -> bool:
        """Whether one of several targets is set by a user's method, or may be an array without Duals."""
        return self._is_set_by_user(target) or bool(assigned_name(target, self.own))

    def _has_setter(self, target: Any) -> TypeGuard[ast.Attribute]:
        return isinstance(target, ast.Attribute) and self._is_set_by_user(target)

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
        if self._has_setter(node.target):
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
        for apart in (one_by_one(node, self._may_fail), in_turn(node, self.own)):
            if len(apart) > 1:
                return self._each(apart)
        return self._again(node, "" if len(node.targets) > 1 else assigned_name(node.targets[0], self.own))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        (statement,) = one_by_one(node, self._is_set_by_user)
        return self.generic_visit(node) if statement is node else self.visit(statement)

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
        if not self._has_setter(target):
            return node
        assign = self.calls.operators()["assign"]
        return ast.copy_location(
            ast.Expr(self._applied(assign, node.value, target.value, ast.Constant(self._name(target)))), node
        )
