"""A fast function written: the partials of a rule printed into the templates."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from typing import Any

from ..symbols import ArraySymbol, Symbol
from ..table import Rule
from . import templates
from .templates import indent

#: Roots with an infinite slope at 0, and when they are: the general path sees to it, by `square_roots`.
_STEEP = {"sqrt": "True", "power": "(kind is float or kind is float64) and b == 0.5"}


class _Writer:
    """Writes the fast function of a rule."""

    def __init__(self, rule: Rule, value: str):
        self.rule = rule
        self.value = value
        self.array_value = value.replace("call(", "call_on_array(")
        self.letters = ("a", "b")[: rule.arity]
        self.order = ", ".join(self.letters)
        self.helpers: list[str] = []
        self.uses: dict[str, Rule] = {}
        self.partials = [self._partial(i, Symbol) for i in range(rule.arity)]
        self.array_partials = [self._partial(i, ArraySymbol) for i in range(rule.arity)]

    def _partial(self, i: int, symbol: type[Symbol]) -> Symbol | int | None:
        """A partial as text in ``y_``, ``a_``, ``b_``; None where the general path must act."""
        partial = self.rule.partials[i]
        if isinstance(partial, str | tuple) or self.rule.complex_valued:
            return None
        if not callable(partial):
            return partial if isinstance(partial, int) else symbol(repr(partial))
        text = partial(symbol("y_"), *(symbol(letter + "_") for letter in self.letters))
        if not isinstance(text, Symbol):
            return int(text) if text in (0, 1, -1) else symbol(repr(float(text)))
        self.uses |= text.uses
        return text

    def cases(self, active: str) -> Iterator[tuple[str, str]]:
        """Pairs of the tangents' type and the code, for a choice of active arguments."""
        chosen = self._chosen(self.partials, active)
        if chosen is None:
            return
        if len(active) == 2 and all(isinstance(c, int) for _, c in chosen):
            yield (
                "float",
                templates.FORWARD_SUM.format(value=self.value, tangent=_products(chosen), one=active[0]),
            )
        else:
            spread = self._spread(active, self._forward_spread)
            yield "float", self._float(active, chosen, spread) + self._forward_float(active, chosen)
        spread = self._spread(active, self._recorded_spread)
        yield "int", self._float(active, chosen, spread) + self._recorded_float(active, chosen)
        lanes = self._lanes(active, chosen)
        chosen = self._chosen(self.array_partials, active)
        arrays = self._array(active, chosen, "", self._forward_array(active, chosen), True)
        yield "ndarray", arrays + "\n" + lanes
        # A constant factor that is complex; complex Duals themselves have nodes of another type.
        constants = [v for v in self.letters if v not in active]
        real = "".join(f" and (kind is not ndarray or {v}0.dtype.kind != 'c')" for v in constants)
        recorded = self._recorded_array(active, chosen)
        yield (
            "Node",
            self._array(active, chosen, real, recorded, False) + "\n" + self._nested(active, recorded),
        )

    def mixed(self) -> Iterator[tuple[str, str, str]]:
        """The types of both tangents and the code, for an array and a number that are both active."""
        chosen = self._chosen(self.array_partials, "ab")
        if chosen is None:
            return
        forward = self._forward_array("ab", chosen)
        for i, (array, number) in enumerate((("a", "b"), ("b", "a"))):
            fits = f" and {array}._square is None" if self.rule.factors is not None else ""
            head = templates.MIXED.format(array=array, number=number, value=self.array_value, fits=fits)
            recorded = templates.RECORDED_MIXED.format(
                array=array, number=number, cs=self._coefficients("ab", chosen), i=i, j=1 - i
            )
            for of_array, of_number, body in (("ndarray", "float", forward), ("Node", "int", recorded)):
                kinds = (of_array, of_number) if array == "a" else (of_number, of_array)
                yield (*kinds, head + indent(body))

    def _chosen(self, partials: Any, active: str) -> Any:
        chosen = [(v, c) for v, c in zip(self.letters, partials, strict=True) if v in active]
        return None if any(c is None for _, c in chosen) else chosen

    def _used(self, chosen: Any) -> list[str]:
        """Which of ``y``, ``a``, ``b`` the partials read."""
        text = " ".join(str(c) for _, c in chosen)
        return [v for v in ("y", *self.letters) if f"{v}_" in text]

    def _float(self, active: str, chosen: Any, others: str = "") -> str:
        floats, plain = [], []
        for v in self._used(chosen):
            name = v if v == "y" else f"{v}0"
            known = v == "y" or v in active
            to_float = f"{v}_ = float({name})"
            if self._goes_to_math(chosen, v):  # whose functions make a float of it themselves
                to_float = f"{v}_ = {name}"
            elif not known:
                to_float = f"{v}_ = {name} if type({name}) is int else float({name})"
            elif v != "y" and len(self.letters) == 2:  # of which one may be a float, beside a float64
                to_float = f"{v}_ = {name} if type({name}) is float else float({name})"
            floats.append(to_float)
            plain.append(f"{v}_ = {name}" if known else to_float)
        blocks = {"floats": floats, "plain": plain}
        texts = {name: indent("\n".join(lines) or "pass") for name, lines in blocks.items()}
        return templates.FLOAT.format(value=self.value, order=self.order, others=indent(others), **texts)

    def _spread(self, active: str, write: Callable[[str, Any], str]) -> str:
        """A number beside a constant array."""
        if len(self.letters) == 1 or len(active) == 2:
            return ""
        ((_, c),) = chosen = self._chosen(self.array_partials, active)
        (other,) = (v for v in self.letters if v != active)
        fits = "" if _is_known(c) else f" and {other}0.dtype is doubles"
        return templates.SPREAD.format(one=active, fits=fits) + indent(write(active, chosen))

    def _forward_spread(self, active: str, chosen: Any) -> str:
        text = _products(chosen)
        inputs = {f"{v}_": v if v == "y" else f"{v}0" for v in self._used(chosen)}
        if isinstance(chosen[0][1], int):
            text, inputs = f"full(y_.shape, {text})", {"y_": "y"}
        inputs[f"t{active}"] = f"t{active}"
        run = self._helper(
            "spread", active, templates.TANGENT_OF_ARRAY, inputs, tangent=text, result=templates.WITHOUT_NAN
        )
        return templates.FORWARD_SPREAD.format(run=", ".join([run, *inputs.values()]))

    def _recorded_spread(self, active: str, chosen: Any) -> str:
        return templates.RECORDED_SPREAD.format(one=active, cs=self._coefficients(active, chosen))

    def _goes_to_math(self, chosen: Any, v: str) -> bool:
        """Whether all that is done to an operand is to call a function of math with it."""
        for text in (str(c) for _, c in chosen if f"{v}_" in str(c)):
            call = re.fullmatch(rf"-?(\w+)\({v}_\)", text)
            if call is None or not isinstance(self.uses[call[1]].math, types.BuiltinFunctionType):
                return False
        return True

    def _forward_float(self, active: str, chosen: Any) -> str:
        text = _products(chosen)
        is_float = " and type(t) is float" if "**" in text else ""  # (-2.0) ** 0.5 is complex
        return templates.FORWARD_FLOAT.format(tangent=text, is_float=is_float, one=active[0])

    def _recorded_float(self, active: str, chosen: Any) -> str:
        entry = "".join(f"(t{v}, {c}), " for v, c in chosen)
        tests = [f"type(entry[{i}][1]) is float" for i, (_, c) in enumerate(chosen) if "**" in str(c)]
        are_floats = f"if not ({' and '.join(tests)}):\n    return fallback({self.order})" if tests else ""
        return templates.RECORDED_FLOAT.format(
            entry=entry, one=active[0], order=self.order, are_floats=are_floats
        )

    def _lanes(self, active: str, chosen: Any) -> str:
        """Many directions of a float."""
        floats = " and ".join(f"(type({v}0) is float or type({v}0) is float64)" for v in active)
        inputs = {f"{v}_": f"{v}_" for v in self._used(chosen)} | {f"t{v}": f"t{v}" for v in active}
        text = _products(chosen)
        text = text + ".copy()" if text.isidentifier() else text
        run = self._helper(
            "lanes", active, templates.TANGENT_OF_ARRAY, inputs, tangent=text, result=templates.WITHOUT_NAN
        )
        run = ", ".join([run, *inputs.values()])
        return templates.LANES.format(floats=floats, body=indent(self._float(active, chosen)), run=run)

    def _array(self, active: str, chosen: Any, current: str, body: str, forward: bool) -> str:
        # Partials that are computed are computed in the operands' dtype: it has to be the output's.
        read = [v for v in self._used([(v, c) for v, c in chosen if not _is_known(c)]) if v != "y"]
        fits = [f"(kind is not ndarray or {v}0.dtype is {active[0]}0.dtype)" for v in read if v not in active]
        fits += [f"type({v}0) is ndarray" for v in active[1:]]
        fits += [f"{v}0.dtype is {active[0]}0.dtype" for v in read if v in active[1:]]
        if self.rule.real or self.rule.complex is not None:
            fits += [f"{v}0.dtype.kind != 'c'" for v in active]
        if forward:
            # Lanes stand in front of the axes of the value, so those of another tangent must be as many.
            alike = " and a0.shape == b0.shape" if len(active) == 2 else ""
            fits.append(f"(mode.lanes is None or (mode.of_numbers{alike}))")
        if self.rule.factors is not None:
            fits += [f"{v}._square is None" for v in active]
        conditions = "".join(f" and {condition}" for condition in fits) + current
        if self.rule.name in _STEEP and active == "a":
            is_root = f"{_STEEP[self.rule.name]} and some_zero(y)"
            body = f"if {is_root}:\n    return fallback({self.order})\n" + body
        return templates.ARRAY.format(one=active[0], value=self.array_value, fits=conditions) + indent(body)

    def _nested(self, active: str, body: str) -> str:
        fits = [f"of_doubles({v}0)" for v in active]
        fits += [f"(kind is not ndarray or {v}0.dtype is doubles)" for v in self.letters if v not in active]
        if self.rule.factors is not None:
            fits += [f"{v}._square is None" for v in active]
        is_root = "False"
        if self.rule.squared is not None and (active == "a" or self.rule.name not in _STEEP):
            is_root = f"{_STEEP.get(self.rule.name, 'True')} and some_zero(y.value)"
        conditions = " and ".join(fits)
        return templates.NESTED.format(value=self.value, fits=conditions, is_root=is_root) + indent(body, 8)

    def _helper(self, kind: str, active: str, template: str, inputs: dict[str, str], **parts: str) -> str:
        """Write a function for what is computed without warnings; returns its name."""
        function = f"{kind}_{active}"
        self.helpers.append(template.format(function=function, inputs=", ".join(inputs), **parts))
        return function

    def _forward_array(self, active: str, chosen: Any) -> str:
        inputs = {f"{v}_": v if v == "y" else f"{v}0" for v in self._used(chosen)} | {
            f"t{v}": f"t{v}" for v in active
        }
        text = _products(chosen)
        text = text + ".copy()" if text.isidentifier() else text
        exact = all(isinstance(c, int) or _is_choice(c) for _, c in chosen)  # without 0 * inf
        quick = careful = self._helper(
            "tangent", active, templates.TANGENT_OF_ARRAY, inputs, tangent=text, result="t"
        )
        if not exact:
            careful = self._helper(
                "careful",
                active,
                templates.TANGENT_OF_ARRAY,
                inputs,
                tangent=text,
                result=templates.WITHOUT_NAN,
            )
        # Broadcasting can have made the value larger only by a constant operand.
        shape = "(t.shape if mode.lanes is None else t.shape[1:])"
        fits = f" and (kind is not ndarray or {shape} == y.shape)" if len(active) < len(self.letters) else ""
        return templates.FORWARD_ARRAY.format(
            careful=careful, quick=quick, inputs=", ".join(inputs.values()), fits=fits
        )

    def _coefficients(self, active: str, chosen: Any) -> str:
        """The partials, as the tape may keep them."""
        inputs = {f"{v}_": v if v == "y" else f"{v}0" for v in self._used(chosen)}
        for _, c in chosen:
            for other in self.letters:
                if other not in active and str(c) == f"{other}_":
                    inputs[f"{other}_"] = f"mode.kept({other}0)"
        if all(_is_known(c) for _, c in chosen):
            return "(" + "".join(f"{inputs.get(str(c), c)}, " for _, c in chosen) + ")"
        partials = "".join(f"{c}, " for _, c in chosen)
        run = self._helper("partials", active, templates.PARTIALS_OF_ARRAY, inputs, partials=partials)
        return f"quiet.copy().run({', '.join([run, *inputs.values()])})"

    def _recorded_array(self, active: str, chosen: Any) -> str:
        cs = self._coefficients(active, chosen)
        fits = " and ".join(f"shape == t{v}.shape" for v in active)
        entry = "".join(f"(t{v}.place, cs[{i}]), " for i, v in enumerate(active))
        spread = "".join(f"(t{v}.place, Scale(cs[{i}], t{v}.shape, shape)), " for i, v in enumerate(active))
        return templates.RECORDED_ARRAY.format(cs=cs, entry=entry, fits=fits, spread=spread)


def _is_known(c: Symbol | int) -> bool:
    """Whether a partial is a constant, an operand or the output: nothing to compute."""
    return isinstance(c, int) or str(c).isidentifier()


def _is_choice(c: Symbol | int) -> bool:
    """Whether a partial of arrays is 1 where something holds, and else 0."""
    return isinstance(c, ArraySymbol) and c.is_indicator


def _products(chosen: Any) -> str:
    """The sum of partial times tangent, with the ones left out."""
    terms = []
    for v, c in chosen:
        text = str(c)
        if isinstance(c, int):
            terms.append({1: f"t{v}", -1: f"-t{v}"}.get(c, f"{c} * t{v}"))
        elif _is_choice(c):
            terms.append(text.replace("indicator(", f"selected(t{v}, ", 1))
        else:
            terms.append(f"{text} * t{v}" if text.isidentifier() else f"({text}) * t{v}")
    return " + ".join(terms).replace("+ -", "- ")


def _branches(writer: _Writer, active: str) -> list[str]:
    lines = []
    word = "if"
    cases = [(kind, kind, code) for kind, code in writer.cases(active)]
    if len(active) == 2:
        cases += writer.mixed()
    values = "\n".join(f"{v}0 = {v}.value" if v in active else f"{v}0 = {v}" for v in writer.letters)
    for kind, other, code in cases:
        same = f" and type(tb) is {other} and b.mode is a.mode" if len(active) == 2 else ""
        lines.append(f"    {word} type(t{active[0]}) is {kind}{same}:")
        lines.append(indent(values + "\n" + code, 8))
        word = "elif"
    return lines or ["    pass"]


#: What stands beside a Dual: a number, or an array that does not hold Duals as objects.
_NUMBER = "kind is float or kind is int or kind is float64 or (kind is ndarray and {v}.dtype is not objects)"


def _body(writer: _Writer, left: bool, right: bool) -> list[str]:
    """The body of the function; of two arguments the left one may be a Dual, or the right one."""
    if writer.rule.arity == 1:
        return ["    ta = a.tangent", *_branches(writer, "a")]
    lefts = ["ta = a.tangent", "kind = type(b)", "if kind is Dual:", "    tb = b.tangent"]
    lefts += [*_branches(writer, "ab"), f"elif {_NUMBER.format(v='b')}:", *_branches(writer, "a")]
    rights = ["tb = b.tangent", "kind = type(a)", f"if {_NUMBER.format(v='a')}:", *_branches(writer, "b")]
    if not (left and right):  # an operator knows which of the two is a Dual
        return [indent(line) for line in (lefts if left else rights)]
    lines = ["    if type(a) is Dual:", *(indent(line, 8) for line in lefts)]
    return [*lines, "    elif type(b) is Dual:", *(indent(line, 8) for line in rights)]


def source(
    rule: Rule, value: str, guarded: bool = False, reflected: bool | None = None
) -> tuple[str, dict[str, Rule]] | None:
    """The source of the fast function of a rule and the rules it calls; None where it has none.

    Parameters
    ----------
    rule : Rule
    value : str
        The expression for the value, in ``a0`` and ``b0``.
    guarded : bool, optional
        Whether it begins by handing on what is no Dual, or comes with more arguments.
    reflected : bool, optional
        Given for operators: whether the second argument is the left operand.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.table import RULES
    >>> text, uses = source(RULES[np.sin], "call(a0)")
    >>> "t = (cos(a_)) * ta" in text, list(uses)
    (True, ['cos'])
    """
    if rule.outputs != 1 or rule.arity > 2 or not any(callable(p) or p in (1, -1) for p in rule.partials):
        return None
    writer = _Writer(rule, value)
    left, right = (True, True) if reflected is None else (not reflected, reflected)
    body = "\n".join(_body(writer, left, right))
    arguments = "b, a" if reflected else writer.order
    if guarded:
        no_dual = " and ".join(f"type({v}) is not Dual" for v in writer.letters)
        body = f"    if {no_dual}:\n        return original({writer.order})\n{body}"
    main = f"def fast_{rule.name}({arguments}):\n{body}\n    return fallback({writer.order})\n"
    if guarded:
        main += templates.WITH_OPTIONS.format(name=rule.name, order=writer.order)
    return "\n".join([*dict.fromkeys(writer.helpers), main]), writer.uses
