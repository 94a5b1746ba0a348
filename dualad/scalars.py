"""The fast path for floats: one function for each rule, written by the rule itself.

A rule that is run on symbols prints its partials. Around them goes a function that takes ``Dual``s
of floats apart, computes the value as the plain program would and the tangent in plain Python
floats, and hands everything else to the general path. A tangent that is a ``float`` says
"forward mode on floats"; one that is an ``int`` says "recorded mode on floats" (its place).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .symbols import Symbol
from .table import Rule

_TEMPLATE = """\
def {name}({arguments}):
{body}
    return fallback({order})
"""

_FORWARD = """\
try:
    t = {tangent}
except (ArithmeticError, ValueError):
    t = nan
if t == t{check}:
    mode = {one}.mode
    d = mode.new(Dual)
    d.value = y
    d.tangent = t
    d.mode = mode
    return d
"""

_RECORDED = """\
try:
    entry = ({entry})
except (ArithmeticError, ValueError):
    entry = None
if entry is not None{check}:
    mode = {one}.mode
    d = mode.new(Dual)
    d.value = y
    tape = mode.tape
    d.tangent = len(tape)
    d.mode = mode
    tape.append(entry)
    return d
"""

_VALUE = """\
y = {value}
kind = type(y)
if kind is float64:
{floats}
elif kind is not float:
    return fallback({order})
"""


def _indent(text: str, by: int = 4) -> str:
    return "\n".join(" " * by + line for line in text.rstrip("\n").split("\n"))


def _partial(rule: Rule, i: int, letters: tuple[str, ...]) -> Symbol | None:
    """A partial as text over the floats ``y_``, ``a_``, ``b_``; None where the general path must act."""
    partial = rule.partials[i]
    if isinstance(partial, str | tuple):
        return None
    if not callable(partial):
        return Symbol(repr(float(partial)))
    text = partial(Symbol("y_"), *(Symbol(letter + "_") for letter in letters))
    return text if isinstance(text, Symbol) else Symbol(repr(float(text)))


def _products(partials: list[tuple[str, Symbol]]) -> str:
    """The sum of partial times tangent, with the ones left out."""
    terms = []
    for letter, c in partials:
        t = f"t{letter}"
        text = str(c)
        terms.append({"1.0": t, "-1.0": f"-{t}"}.get(text) or (f"{text} * {t}" if text.isidentifier() else f"({text}) * {t}"))  # fmt: skip
    return " + ".join(terms).replace("+ -", "- ")


def _case(rule: Rule, value: str, order: str, letters: tuple[str, ...], active: str, recorded: bool) -> str:
    """The code for one choice of active arguments; nothing where the general path must act."""
    partials = [(letter, _partial(rule, i, letters)) for i, letter in enumerate(letters) if letter in active]
    if any(c is None for _, c in partials):
        return "pass"
    texts = [(letter, c) for letter, c in partials if c is not None]
    names = " ".join(str(c) for _, c in texts)
    floats = [f"{v}_ = float({v}0)" for v in letters if f"{v}_" in names]
    plain = [f"{v}_ = {v}0" if v in active else f"{v}_ = float({v}0)" for v in letters if f"{v}_" in names]
    if "y_" in names:
        floats.append("y_ = float(y)")
        plain.append("y_ = y")
    code = _VALUE.format(value=value, floats=_indent("\n".join(floats) or "pass"), order=order)
    code = code.replace("elif kind is not float:", "elif kind is float:\n" + _indent("\n".join(plain) or "pass") + "\nelse:")
    complex_possible = "**" in names
    if recorded:
        entry = ", ".join(f"t{letter}, {c}" for letter, c in texts)
        check = "".join(f" and type(entry[{2 * i + 1}]) is float" for i in range(len(texts))) if complex_possible else ""
        return code + _RECORDED.format(entry=entry, one=active[0], check=check)
    check = " and type(t) is float" if complex_possible else ""
    return code + _FORWARD.format(tangent=_products(texts), one=active[0], check=check)


def _binary_body(rule: Rule, value: str, order: str, left: bool, right: bool) -> str:
    """The body for arguments a and b, where ``a`` may be a Dual (left), or ``b`` (right)."""
    lines: list[str] = []

    def add(indent: int, text: str) -> None:
        lines.append(_indent(text, indent))

    def cases(indent: int, active: str) -> None:
        one = active[0]
        for kind, recorded in (("float", False), ("int", True)):
            both = f" and type(tb) is {kind} and b.mode is a.mode" if len(active) == 2 else ""
            add(indent, f"{'if' if kind == 'float' else 'elif'} type(t{one}) is {kind}{both}:")
            add(indent + 4, "\n".join(f"{v}0 = {v}.value" if v in active else f"{v}0 = {v}" for v in "ab"))
            add(indent + 4, _case(rule, value, order, ("a", "b"), active, recorded))

    if left:
        add(4, "if type(a) is Dual:")
        add(8, "ta = a.tangent\nkind = type(b)\nif kind is Dual:\n    tb = b.tangent")
        cases(12, "ab")
        add(8, "elif kind is float or kind is int or kind is float64:")
        cases(12, "a")
    if right:
        add(4, f"{'elif' if left else 'if'} type(b) is Dual:")
        add(8, "tb = b.tangent\nkind = type(a)\nif kind is float or kind is int or kind is float64:")
        cases(12, "b")
    return "\n".join(lines)


def _unary_body(rule: Rule, value: str) -> str:
    lines = ["    ta = a.tangent"]
    for kind, recorded in (("float", False), ("int", True)):
        lines.append(f"    {'if' if kind == 'float' else 'elif'} type(ta) is {kind}:")
        lines.append("        a0 = a.value")
        lines.append(_indent(_case(rule, value, "a", ("a",), "a", recorded), 8))
    return "\n".join(lines)


def source(rule: Rule, value: str, reflected: bool | None = None) -> str | None:
    """The source of the fast function of a rule, None where it has none.

    Parameters
    ----------
    rule : Rule
    value : str
        The expression for the value, in ``a0`` and ``b0``.
    reflected : bool, optional
        Given for operators: whether the second argument is the left operand.

    Examples
    --------
    >>> from dualad.table import RULES
    >>> print(source(RULES[np.sin], "call(a0)"))  # doctest: +ELLIPSIS
    def sin(a):
        ta = a.tangent
    ...
    """
    if rule.outputs != 1 or rule.arity > 2 or all(p == 0 for p in rule.partials if not callable(p)) and not any(
        callable(p) for p in rule.partials
    ):  # fmt: skip
        return None
    name = rule.name
    if rule.arity == 1:
        return _TEMPLATE.format(name=name, arguments="a", body=_unary_body(rule, value), order="a")
    arguments = "b, a" if reflected else "a, b"
    left, right = (True, True) if reflected is None else (not reflected, reflected)
    body = _binary_body(rule, value, "a, b", left, right)
    return _TEMPLATE.format(name=name, arguments=arguments, body=body, order="a, b")


def compiled(
    rule: Rule,
    value: str,
    call: Callable[..., Any],
    dual: type,
    fallback: Callable[..., Any],
    reflected: bool | None = None,
) -> Callable[..., Any]:
    """The fast function of a rule, or its fallback where it has none."""
    text = source(rule, value, reflected)
    if text is None:
        return (lambda b, a: fallback(a, b)) if reflected else fallback
    namespace: dict[str, Any] = {"Dual": dual, "fallback": fallback, "call": call, "float64": np.float64}
    namespace["nan"] = float("nan")
    letters = ("a", "b")[: rule.arity]
    for i in range(rule.arity):
        partial = _partial(rule, i, letters)
        if partial is not None:
            namespace |= {name: used.math or used.generic for name, used in partial.uses.items()}
    exec(compile(text, f"<dualad float path of {rule.name}>", "exec"), namespace)
    function: Callable[..., Any] = namespace[rule.name]
    return function
