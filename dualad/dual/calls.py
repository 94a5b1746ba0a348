"""Elementwise rules called on Duals.

A call takes three steps: strip the active arguments to their values, call the function on these
(which may be ``Dual``s of an outer call, and then the same happens one level further out), and let
the mode combine the terms that the rule gives.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from ..errors import NoRuleError, UnsupportedError
from ..linear import LinearMap, Scale, is_complex, quietly
from ..linear.complexes import between
from ..modes import Mode, Recorded, Term
from ..shapes import shape_of
from ..table import REFUSED, RULES, Rule
from . import square_roots
from .array_classes import is_array_class
from .dual import Dual, is_number, make, primal, settled, stacked
from .matrices import computed, matrix
from .nested import exchanged

ndarray = np.ndarray

_ARRAYS = (ndarray, Dual)

_NUMPY_TYPES = (np.ndarray, np.generic, float, int, complex, Dual, list, tuple)


def top_mode(args: Any) -> Mode | None:
    """The mode of the highest level among the arguments."""
    mode: Mode | None = None
    for a in args:
        if type(a) is Dual and (mode is None or a.mode.level > mode.level):
            mode = a.mode
    return mode


def call(rule: Rule, evaluate: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Apply an elementwise rule; ``evaluate`` computes the value."""
    args = settled(args)
    for a in args:
        if type(a) is list or type(a) is tuple:  # partials are of numbers and arrays
            args = tuple(stacked(e) if type(e) in (list, tuple) else e for e in args)
            break
    mode = top_mode(args)
    if mode is None:
        return evaluate(*args)
    primals, partials, foreign = list(args), [], False
    for i, a in enumerate(args):
        if type(a) is Dual and a.mode is mode:
            partials.append((i, rule.partials[i]))
            primals[i] = a = a.value
        kind = type(a)
        if kind is ndarray:
            if a.dtype.hasobject:  # of arrays
                return computed(evaluate, args)
        elif kind is float or kind is np.float64:
            continue
        elif isinstance(a, matrix):
            return computed(evaluate, args)
        elif not isinstance(a, _NUMPY_TYPES):
            foreign = True
            if a is not None and not is_number(a):
                return NotImplemented  # it may be that the other operand knows what to do
        elif is_array_class(kind):
            return NotImplemented
        elif isinstance(a, ndarray) and type(a).__array_ufunc__ is not ndarray.__array_ufunc__:
            raise _with_own_rules(rule.function, a)
    if foreign and (evaluate is rule.function or any(hasattr(p, "context") for p in primals)):
        evaluate = rule.generic  # which knows mpmath's numbers
    partials = _that_exist(rule, mode, partials, primals, args)
    y = evaluate(*primals)
    if mode.traced:
        mode.running(rule.function, args)
    if type(y) is tuple:
        of_each = [[(i, p[k] if isinstance(p, tuple) else p) for i, p in partials] for k in range(len(y))]
        return tuple(
            _one_output(mode, one, y, ps, args, primals, rule) for one, ps in zip(y, of_each, strict=True)
        )
    result = _one_output(mode, y, y, partials, args, primals, rule)
    if rule.factors is not None:
        result = square_roots.product(result, rule.factors, args)
    if rule.squared is not None:
        square_roots.remember(result, rule.squared, args, {})
    return result


def _that_exist(rule: Rule, mode: Mode, partials: list[Any], primals: list[Any], args: Any) -> list[Any]:
    """The partials by the arguments that change; an error where one of them does not exist."""
    if (rule.real or rule.complex is not None) and any(map(is_complex, primals)):
        if rule.complex is None:
            raise not_complex(rule.function)
        partials = [(i, rule.complex[i] if type(rule.complex[i]) is str else p) for i, p in partials]
    for i, argument in partials:
        if type(argument) is str and not mode.is_flat(args[i].tangent):
            raise NoRuleError(
                f"{full_name(rule.function)} has no derivative with respect to its {argument}; "
                f"pass the {argument} as a plain number: dualad.value(x)"
            )
    return [(i, p) for i, p in partials if type(p) is not str]


def _like(x: Any, y: Any, in_complex: bool = False) -> Any:
    """An operand in the number type of the output, in which partials are exact and never raise.

    Python floats become NumPy's, for which 1/0 is inf; arrays of another dtype take the output's;
    beside a foreign number type (mpf, Fraction) Python numbers become that.
    """
    kind = type(x)
    if type(y) is ndarray:  # the commonest cases
        if kind is ndarray and x.dtype is y.dtype:
            return x
        if kind is float and y.dtype.kind == "f":
            return y.dtype.type(x)
    if kind is Dual:
        if in_complex and is_complex(y) and not is_complex(x):
            return converted(x, np.dtype(getattr(y, "dtype", complex)))  # whose tangent becomes complex, too
        value = _like(x.value, y, in_complex)
        return x if value is x.value else make(x.mode, value, x.tangent)
    if kind is np.ndarray or kind is np.float64 or isinstance(x, np.generic):
        dtype = getattr(y, "dtype", None)
        if in_complex and type(primal(y)) is complex:
            dtype = np.dtype(complex)
        if dtype is None or x.dtype == dtype or x.dtype.kind not in _LIKE.get(dtype.kind, ""):
            return x
        return x.astype(dtype)
    if kind is complex:
        return np.complex128(x)
    if kind is not float and kind is not int:
        return x
    inner = primal(y)
    if isinstance(inner, np.ndarray | np.generic):
        return inner.dtype.type(x) if inner.dtype.kind in _LIKE else x
    if isinstance(inner, complex):
        return np.complex128(x)
    if isinstance(inner, float | int | tuple):
        return np.float64(x) if kind is float else x
    return type(inner)(x)


#: Kinds of dtype, and which kinds an operand is converted from.
_LIKE = {"f": "fiu", "c": "cfiu"}


def _one_output(mode: Mode, y: Any, seen: Any, partials: Any, args: Any, primals: Any, rule: Rule) -> Any:
    """One output of an elementwise function; the partials see all of them as their ``y``."""
    # Without partials of its own a rule for complex numbers is holomorphic, and has complex results.
    in_complex = is_complex(y) or (rule.complex is not None and any(map(is_complex, primals)))
    if in_complex and rule.complex is not None:
        partials = [(i, rule.complex[i]) for i, _ in partials]
    if not isinstance(y, _ARRAYS) and all(type(p) is int and p == 0 for _, p in partials):
        return y  # a step function of a number: a constant
    kinds = rule.complex if in_complex and rule.complex is not None else rule.partials
    operands = [
        p if type(q) is str else _like(p, y, in_complex) for p, q in zip(primals, kinds, strict=False)
    ]
    if isinstance(mode, Recorded):
        operands = [
            o if a is not p else mode.kept(o) for o, p, a in zip(operands, primals, args, strict=False)
        ]
    seen = seen if type(seen) is tuple else _like(y, y, in_complex)
    if in_complex:
        maps = [
            (_complex_map(p, seen, operands, primals[i], y), args[i].tangent)
            for i, p in partials
            if not (type(p) is int and p == 0)
        ]
        return make(mode, y, _complex_tangent(mode, y, maps))
    terms = [
        Term(partial(p, seen, *operands) if callable(p) else p, shape_of(primals[i]), args[i].tangent)
        for i, p in partials
    ]
    return make(mode, y, mode.scaled(y, terms))


def _complex_map(p: Any, y: Any, operands: Any, x: Any, result: Any) -> LinearMap:
    """The map of one argument of an elementwise function of complex numbers."""
    c = quietly(p, y, *operands) if callable(p) else p
    return between(c if isinstance(c, LinearMap) else Scale(c, shape_of(x), shape_of(result)), x, result)


def _complex_tangent(mode: Mode, y: Any, terms: Any) -> Any:
    moved = mode.moved
    mode.holomorphic &= all(linear.holomorphic for linear, _ in terms)
    t = mode.combined(y, terms) if terms else mode.zero(y)
    mode.moved = moved  # entries stay where they are
    if type(t) is np.ndarray and any(type(a) is np.ndarray and np.may_share_memory(t, a) for _, a in terms):
        t = t.copy()  # two Duals never share one tangent array
    return t


def _with_own_rules(function: Any, a: Any) -> UnsupportedError:
    return UnsupportedError(
        f"{full_name(function)} of a Dual and a {type(a).__name__}, which is an array with rules of its own, "
        "has no derivative; compute with its plain numbers, as in quantity.value"
    )


def not_complex(function: Any) -> NoRuleError:
    return NoRuleError(
        f"{full_name(function)} of complex numbers has no derivative; take the real numbers that you mean: "
        "np.real(z), np.imag(z), np.abs(z) or np.angle(z)"
    )


def no_rule(function: Any) -> UnsupportedError:
    instead = REFUSED.get(function)
    return (UnsupportedError if instead else NoRuleError)(
        f"{full_name(function)} has no derivative rule; write "
        + (
            f"{instead} instead"
            if instead
            else "it with functions that have one (dualad.table.RULES lists them), or call it on "
            "dualad.value(x) where no derivative is wanted"
        )
    )


def unknown_keyword(function: Any, keywords: Any) -> UnsupportedError:
    names = ", ".join(f"{k}=" for k in keywords)
    return UnsupportedError(f"{full_name(function)} with {names} has no derivative rule; leave out {names}")


def full_name(function: Any) -> str:
    module = getattr(function, "__module__", None)
    name = getattr(function, "__name__", repr(function))
    if RULES.get(function) is not None and "." not in name:
        name = RULES[function].name
    if isinstance(function, np.ufunc):
        special = sys.modules.get("scipy.special")
        in_special = special is not None and getattr(special, name, None) is function
        return f"scipy.special.{name}" if in_special else f"np.{name}"
    return name if module is None else f"{module}.{name}".replace("numpy.", "np.")


@cache
def _conversion(dtype: Any) -> Rule:
    """The rule of ``astype``: what is rounded in the value is rounded in the tangent."""

    def convert(x: Any) -> Any:
        if type(x) is Dual:
            return converted(x, dtype)
        return x.astype(dtype) if hasattr(x, "astype") else dtype.type(x)

    return Rule(convert, (1,), f"astype({dtype})", convert)


def converted(x: Any, dtype: Any) -> Any:
    """A Dual in another floating-point or complex type."""
    rule = _conversion(dtype)
    return call(rule, rule.function, (x,))


def values_of(x: Any) -> Any:
    """The same with plain numbers and arrays in place of Duals; in lists and dicts, too."""
    return primal(x) if type(x) is Dual else exchanged(_value_of, x)


def _value_of(x: Any) -> Any:
    return primal(settled(x))
