"""A value that records text: run a partial on symbols and it prints itself.

This is what writes the float path (`fastpath`) and the formulas in the docs, so that the rule
table stays the only place where a derivative is written.

>>> from dualad.rules.elementwise import cos
>>> x, y = Symbol("x"), Symbol("y")
>>> print(2 * cos(x) - (x + 1) ** 2 / y)
2 * cos(x) - (x + 1) ** 2 / y
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .table import RULES, Rule

_ATOM, _POWER, _SIGN, _TIMES, _PLUS, _BITAND, _BITOR, _COMPARE, _CHOICE = range(9)


class Symbol:
    """Text with a precedence (0 binds strongest), and the rules that the text calls by name."""

    __slots__ = ("precedence", "text", "uses")
    _suffix = ""
    __hash__: Any = None

    def __init__(self, text: str, precedence: int = _ATOM, uses: dict[str, Rule] | None = None):
        self.text = text
        self.precedence = precedence
        self.uses = uses or {}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Symbol({self.text!r})"

    def __bool__(self) -> bool:
        raise TypeError("a symbol has no truth value; write where(condition, a, b) in the rule")

    def __neg__(self) -> Symbol:
        return type(self)("-" + _part(self, _SIGN), _SIGN, self.uses)

    def __pos__(self) -> Symbol:
        return self

    def __invert__(self) -> Symbol:
        return type(self)(f"logical_not({self.text})", _ATOM, self.uses)

    def __abs__(self) -> Symbol:
        return type(self)(f"abs({self.text})", _ATOM, self.uses)

    def _chosen(self, a: Any, b: Any) -> Symbol:
        text = f"{_part(a, _COMPARE)} if {self.text} else {_part(b, _CHOICE)}"
        return Symbol(text, _CHOICE, _uses(self, a, b))

    _if = _chosen

    def _indicator(self, half: Any) -> Symbol:
        ones = self._chosen(1.0, 0.0)
        return ones if half is None else half._chosen(0.5, ones)

    def _elementwise(self, rule: Rule, args: tuple[Any, ...]) -> Symbol:
        name = rule.name if rule.function is getattr(np, rule.name, rule.function) else f"special_{rule.name}"
        text = f"{name}{self._suffix}({', '.join(_part(a, _CHOICE) for a in args)})"
        return type(self)(text, _ATOM, _uses(*args) | {name: rule})

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        rule = RULES.get(ufunc)
        if method != "__call__" or keywords or not isinstance(rule, Rule):
            return NotImplemented
        if rule.name in _INFIX:
            return _INFIX[rule.name](*inputs)
        return self._elementwise(rule, inputs)


class ArraySymbol(Symbol):
    """Text for arrays, where a choice is made entry by entry and functions are NumPy's own."""

    __slots__ = ()
    _suffix = "_of_array"

    def _chosen(self, a: Any, b: Any) -> Symbol:
        text = f"where({self.text}, {_part(a, _CHOICE)}, {_part(b, _CHOICE)})"
        return ArraySymbol(text, _ATOM, _uses(self, a, b))

    def _indicator(self, half: Any) -> Symbol:
        text = self.text if half is None else f"{self.text}, {half.text}"
        return ArraySymbol(f"indicator({text})", _ATOM, _uses(self, half))

    @property
    def is_indicator(self) -> bool:
        """Whether this is 1 where something holds and else 0, and nothing has been done to it."""
        return self.precedence == _ATOM and self.text.startswith("indicator(")

    def _if(self, a: Any, b: Any) -> Symbol:
        """One of the two, if an operand that is a number decides it."""
        text = f"if_({self.text}, lambda: {_part(a, _CHOICE)}, lambda: {_part(b, _CHOICE)})"
        return ArraySymbol(text, _ATOM, _uses(self, a, b))


def _part(x: Any, precedence: int) -> str:
    """The text of an operand, in brackets where it binds less strongly than ``precedence``."""
    if isinstance(x, Symbol):
        return f"({x.text})" if x.precedence > precedence else x.text
    text = repr(float(x) if isinstance(x, np.floating) else x)
    return f"({text})" if text.startswith("-") and precedence < _PLUS else text


def _uses(*args: Any) -> dict[str, Rule]:
    uses: dict[str, Rule] = {}
    for a in args:
        if isinstance(a, Symbol):
            uses |= a.uses
    return uses


def _infix(sign: str, precedence: int, left: int, right: int) -> Callable[[Any, Any], Symbol]:
    def write(a: Any, b: Any) -> Symbol:
        kind = type(a) if isinstance(a, Symbol) else type(b)
        return kind(f"{_part(a, left)} {sign} {_part(b, right)}", precedence, _uses(a, b))

    return write


#: operator -> its sign, its precedence, and the weakest operands that need no brackets.
_OPERATORS = {
    "add": ("+", _PLUS, _PLUS, _PLUS),
    "sub": ("-", _PLUS, _PLUS, _TIMES),
    "mul": ("*", _TIMES, _TIMES, _SIGN),
    "truediv": ("/", _TIMES, _TIMES, _SIGN),
    "floordiv": ("//", _TIMES, _TIMES, _SIGN),
    "mod": ("%", _TIMES, _TIMES, _SIGN),
    "pow": ("**", _POWER, _ATOM, _SIGN),
    "and": ("&", _BITAND, _BITAND, _PLUS),
    "or": ("|", _BITOR, _BITOR, _BITAND),
    "lt": ("<", _COMPARE, _BITOR, _BITOR),
    "le": ("<=", _COMPARE, _BITOR, _BITOR),
    "gt": (">", _COMPARE, _BITOR, _BITOR),
    "ge": (">=", _COMPARE, _BITOR, _BITOR),
    "eq": ("==", _COMPARE, _BITOR, _BITOR),
    "ne": ("!=", _COMPARE, _BITOR, _BITOR),
}

_INFIX: dict[str, Callable[[Any, Any], Symbol]] = {}


def _install() -> None:
    names = {"sub": "subtract", "mul": "multiply", "truediv": "divide", "pow": "power", "mod": "remainder"}
    for name, (sign, precedence, left, right) in _OPERATORS.items():
        write = _infix(sign, precedence, left, right)
        _INFIX[names.get(name, name)] = write
        setattr(Symbol, f"__{name}__", write)
        if precedence < _COMPARE:
            setattr(Symbol, f"__r{name}__", lambda self, other, write=write: write(other, self))


_install()


def formula(rule: Rule, argument: int = 0, names: tuple[str, ...] = ("x",)) -> str:
    """The partial derivative with respect to an argument, as text.

    Examples
    --------
    >>> from dualad.table import RULES
    >>> formula(RULES[np.sin])
    'cos(x)'
    """
    partial = rule.partials[argument]
    if not callable(partial):
        return str(partial)
    names = names if len(names) == rule.arity else tuple("abcdefgh"[: rule.arity])
    return str(partial(Symbol("y"), *(Symbol(name) for name in names)))
