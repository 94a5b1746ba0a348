"""What can be done with a Dual: rules called, operators, NumPy's functions.

An operation takes three steps: strip the active arguments to their values, call the function on
these (which may be ``Dual``s of an outer call, and then the same happens one level further out),
and let the mode combine the terms that the rule gives. Importing this module completes `Dual`.
"""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from . import fastpath
from .dual import Dual, check_current, make, named, primal, stacked
from .errors import UnsupportedError
from .linear import LinearMap, quiet
from .modes import Forward, Mode, Recorded, Term
from .shapes import shape_of
from .table import PASSED, RULES, LinearRule, Rule

__all__ = ["call", "call_linear"]

# ---------------------------------------------------------------- calling a rule

ndarray = np.ndarray

_NUMPY_TYPES = (np.ndarray, np.generic, float, int, Dual, list, tuple)


def top_mode(args: Any) -> Mode | None:
    """The mode of the highest level among the arguments."""
    mode: Mode | None = None
    for a in args:
        if type(a) is Dual and (mode is None or a.mode.level > mode.level):
            mode = a.mode
    return mode


def call(rule: Rule, evaluate: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Apply an elementwise rule; ``evaluate`` computes the value."""
    mode = top_mode(args)
    if mode is None:
        return evaluate(*args)
    recorded = isinstance(mode, Recorded)
    primals, partials, foreign = list(args), [], False
    for i, a in enumerate(args):
        if type(a) is Dual and a.mode is mode:
            if recorded:
                check_current(a)
            partials.append((i, rule.partials[i]))
            primals[i] = a = a.value
        if type(a) is not ndarray and not isinstance(a, _NUMPY_TYPES):
            foreign = True
    if foreign and (evaluate is rule.function or any(hasattr(p, "context") for p in primals)):
        evaluate = rule.generic  # which knows mpmath's numbers
    for _, argument in partials:
        if type(argument) is str:
            raise UnsupportedError(
                f"{full_name(rule.function)} has no derivative with respect to its {argument}; "
                f"pass the {argument} as a plain number: dualad.value(x)"
            )
    y = evaluate(*primals)
    if y is NotImplemented:
        return y
    if type(y) is not tuple:
        return _one_output(mode, y, y, partials, args, primals, rule)
    return tuple(
        _one_output(
            mode, one, y, [(i, p[k] if isinstance(p, tuple) else p) for i, p in partials], args, primals, rule
        )
        for k, one in enumerate(y)
    )


def _like(x: Any, y: Any) -> Any:
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
        value = _like(x.value, y)
        return x if value is x.value else make(x.mode, value, x.tangent)
    if kind is np.ndarray or kind is np.float64 or isinstance(x, np.generic):
        dtype = getattr(y, "dtype", None)
        if dtype is None or x.dtype == dtype or dtype.kind != "f" or x.dtype.kind not in "fiu":
            return x
        return x.astype(dtype)
    if kind is not float and kind is not int:
        return x
    inner = primal(y)
    if isinstance(inner, np.ndarray | np.generic):
        return inner.dtype.type(x) if inner.dtype.kind == "f" else x
    if isinstance(inner, float | int | tuple):
        return np.float64(x) if kind is float else x
    return type(inner)(x)


def _one_output(mode: Mode, y: Any, seen: Any, partials: Any, args: Any, primals: Any, rule: Rule) -> Any:
    """One output of an elementwise function; the partials see all of them as their ``y``."""
    if not isinstance(y, ndarray | Dual) and all(type(p) is int and p == 0 for _, p in partials):
        return y  # a step function of a number: a constant
    if type(y) is complex or (hasattr(y, "dtype") and y.dtype.kind == "c"):
        raise UnsupportedError(
            f"a complex result ({named(y)}) has no derivative yet; write its two parts as real numbers"
        )
    operands = [p if type(q) is str else _like(p, y) for p, q in zip(primals, rule.partials, strict=False)]
    if isinstance(mode, Recorded):
        operands = [
            o if a is not p else mode.kept(o) for o, p, a in zip(operands, primals, args, strict=False)
        ]
    seen = seen if type(seen) is tuple or type(seen) is ndarray else _like(y, y)
    terms = [
        Term(partial(p, seen, *operands) if callable(p) else p, shape_of(primals[i]), args[i].tangent)
        for i, p in partials
    ]
    return make(mode, y, mode.scaled(y, terms))


def call_linear(
    rule: LinearRule, args: tuple[Any, ...], keywords: dict[str, Any], of_array: Any = None
) -> Any:
    """Apply a rule whose derivative is a linear map; ``of_array`` is the same as a method of arrays."""
    if keywords and not rule.keywords.issuperset(keywords):
        raise unknown_keyword(rule.function, [k for k in keywords if k not in rule.keywords])
    if rule.linear:
        result = along_one_direction(rule, args, keywords, of_array)
        if result is not None:
            return result
    arrays, options, keywords = _arrays_of(rule, args, keywords)
    mode = None
    for i, a in enumerate(arrays):
        if type(a) is not ndarray and isinstance(a, list | tuple):
            arrays[i] = a = stacked(a)
        if type(a) is Dual and (mode is None or a.mode.level > mode.level):
            mode = a.mode
    primals = arrays.copy()
    active = []
    recorded = isinstance(mode, Recorded)
    for i, a in enumerate(arrays):
        if type(a) is Dual and a.mode is mode:
            if recorded:
                check_current(a)
            primals[i] = a.value
            active.append(i)
        elif recorded:
            primals[i] = mode.kept(a)  # type: ignore[union-attr]
    if of_array is not None and type(primals[0]) is ndarray:
        y = of_array(*primals, *options, **keywords)
    elif rule.several == "first":
        y = rule.function(primals, *options, **keywords)
    elif rule.several == "rest":
        y = rule.function(*options, *primals, **keywords)
    else:
        y = rule.function(*primals, *options, **keywords)
    if mode is None:
        return y
    maps = rule.maps
    if rule.several:
        terms = [(maps[0](y, i, primals, *options, **keywords), arrays[i].tangent) for i in active]
    else:
        terms = [(maps[i](y, *primals, *options, **keywords), arrays[i].tangent) for i in active]
    return perhaps_view(mode, y, mode.combined(y, terms), arrays[active[0]])


def _arrays_of(
    rule: LinearRule, args: Any, keywords: dict[str, Any]
) -> tuple[list[Any], Any, dict[str, Any]]:
    """The arrays of a call, its options, and the keywords that are no arrays."""
    if rule.several:
        arrays, options = (args[0], args[1:]) if rule.several == "first" else (args[1:], args[:1])
    else:
        n = len(rule.maps)
        if len(args) < n:  # some are given by name
            keywords = keywords.copy()
            args = (*args, *(keywords.pop(k) for k in rule.arrays[len(args) :] if k in keywords))
        arrays, options = args[:n], args[n:]
    for a in (*options, *keywords.values()) if keywords else options:
        if type(a) is Dual:
            raise UnsupportedError(
                f"{full_name(rule.function)} cannot take a Dual as an option; pass dualad.value(x) there"
            )
    return list(arrays), options, keywords


def _chosen(args: Any) -> Any:
    """Forward mode along one direction for ``where``, which chooses between the tangents as well."""
    mode: Any = None
    values, tangents = [args[0]], [args[0]]
    for a in args[1:]:
        t: Any = 0.0
        if type(a) is Dual:
            if mode is None:
                mode = a.mode
            t, a = a.tangent, a.value
            if mode.lanes is not None or not (type(t) is ndarray is type(a) or type(t) is float):
                return None
        values.append(a)
        tangents.append(t)
    if mode is None or any(type(a) is Dual and a.mode is not mode for a in args):
        return None
    y = np.where(*values)
    return make(mode, y, mode._fitted(np.where(*tangents), y))


#: With these keywords a linear function adds something, or writes into an array.
_NOT_LINEAR = frozenset({"initial", "out", "prepend", "append"})


def along_one_direction(rule: LinearRule, args: Any, keywords: dict[str, Any], of_array: Any) -> Any:
    """Forward mode for a function that is itself linear: run it on the tangents; None where that won't do.

    It is also the function itself that makes a view of the tangent where it makes one of the value.
    """
    first = 1 if rule.several == "rest" else 0
    together = rule.several == "first"
    last = len(args) if first else len(rule.maps)
    if not args or len(args) > last + 2 or (keywords and not _NOT_LINEAR.isdisjoint(keywords)):
        return None
    values = list(args[0] if together else args)
    tangents: list[Any] = []
    active = []
    mode: Any = None
    for i, a in enumerate(values) if together else enumerate(args[first:last], first):
        if type(a) is Dual:
            t = a.tangent
            if mode is None:
                mode = a.mode
                if mode.lanes is not None:
                    return None
            if a.mode is not mode or not (type(t) is ndarray is type(a.value) or type(t) is float):
                return None
            values[i] = a.value
            active.append(i)
            tangents.append(t)
    if mode is None:
        return None
    mode.moved = True
    function = of_array if of_array is not None and type(values[0]) is ndarray else rule.function
    if together:
        y = function(values, *args[1:], **keywords)
        moving = [np.zeros(shape_of(v)) for v in values]
        for i, t in zip(active, tangents, strict=True):
            moving[i] = t
        total = function(moving, *args[1:], **keywords)
    else:
        y = function(*values, **keywords)
        total = None
        for i, t in zip(active, tangents, strict=True):
            value, values[i] = values[i], t
            one = quiet.copy().run(function, *values, **keywords)
            values[i] = value
            total = one if total is None else total + one
    if type(y) is np.float64:
        return make(mode, y, float(total))
    if not (hasattr(y, "dtype") and y.dtype.kind == "f"):
        return None  # dtype=int, say
    if type(y) is not ndarray or type(total) is not ndarray or total.dtype is not y.dtype:
        total = mode._fitted(total, y)
    return perhaps_view(mode, y, total, args[0][active[0]] if together else args[active[0]])


def perhaps_view(mode: Mode, y: Any, t: Any, x: Dual) -> Any:
    """The Dual of ``y`` and ``t``, which are views of those of ``x`` both or neither."""
    if type(y) is not ndarray:
        return make(mode, y, t)
    view = _is_view(y, primal(x))
    if isinstance(mode, Forward):
        tangent_too = type(t) is ndarray and _is_view(t, x.tangent)
        if view and not tangent_too:
            y = y.copy()
        elif tangent_too and not view:
            t = t.copy()
    result = make(mode, y, t)
    if view and isinstance(mode, Recorded):
        result.origin = (x, x.tangent, None)
    return result


def _is_view(y: Any, x: Any) -> bool:
    """Whether ``y``, made from ``x``, shares its memory."""
    return y is x or (y.base is not None and (y.base is x or y.base is getattr(x, "base", None)))


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


# ---------------------------------------------------------------- NumPy's protocols


def _array_function(self: Any, function: Any, types: Any, args: Any, keywords: Any) -> Any:
    rule = RULES.get(function)
    if isinstance(rule, LinearRule):
        return call_linear(rule, args, keywords)
    if isinstance(rule, Rule):
        args = _by_position(rule, args, keywords)
        chosen = _chosen(args) if function is np.where else None
        return call(rule, function, args) if chosen is None else chosen
    if function in PASSED:
        return function(*values_of(args), **{k: values_of(v) for k, v in keywords.items()})
    raise UnsupportedError(
        f"{full_name(function)} has no derivative rule; write it with functions that have one "
        "(dualad.table.RULES lists them), or call it on dualad.value(x) where no derivative is wanted"
    )


def _elementwise(self: Any, rule: Rule, args: tuple[Any, ...]) -> Any:
    """`dualad.sin` and its like meet a Dual: the value by the same generic function."""
    return fast_function(rule, rule.generic)(*args)


def _through(self: Any, linear: LinearMap) -> Any:
    """A linear map with constant coefficients meets a Dual of an outer call."""
    y = linear(self.value)
    return make(self.mode, y, self.mode.combined(y, [(linear, self.tangent)]))


#: The bounds of np.clip have two names each.
_OTHER_NAMES = {"min": "a_min", "max": "a_max"}


def _by_position(rule: Rule, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of an elementwise function, those given by keyword in their places."""
    if len(args) >= rule.arity and not keywords:
        return args
    names = _parameters(rule.function)[: rule.arity]
    named = {_OTHER_NAMES.get(k, k): v for k, v in keywords.items()}
    if not set(named) <= set(names[len(args) :]):
        raise unknown_keyword(rule.function, keywords)
    return (*args, *(named.get(name) for name in names[len(args) :]))


@cache
def _parameters(function: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def values_of(x: Any) -> Any:
    """The same with plain numbers and arrays in place of Duals, in lists too."""
    if type(x) is Dual:
        check_current(x)
        return primal(x)
    if type(x) in (list, tuple):
        return type(x)(values_of(e) for e in x)
    return x


# ---------------------------------------------------------------- the fast path


def fast_function(rule: Rule, original: Callable[..., Any], guarded: bool = False) -> Callable[..., Any]:
    """What is called when a function meets Duals; ``original`` is the ufunc, math's function or ours.

    A guarded one may be called in place of the original: it hands on what is no business of ours.
    """
    fast = rule.compiled.get((original, guarded))
    if fast is None:

        def on_values(*args: Any) -> Any:
            # The values may be Duals of an outer call, which a function of math does not know.
            return fast_function(rule, original)(*args) if top_mode(args) else original(*args)

        evaluate = on_values if original is rule.math else original
        value = "call(a0)" if rule.arity == 1 else "call(a0, b0)"
        fast = rule.compiled[original, guarded] = _compiled(
            rule, value, evaluate, original if guarded else None
        )
    return fast


def _compiled(
    rule: Rule, value: str, evaluate: Callable[..., Any], guard: Any = None, reflected: bool | None = None
) -> Callable[..., Any]:
    def fallback(*args: Any) -> Any:
        return call(rule, evaluate, args)

    return fastpath.compiled(rule, value, evaluate, Dual, fallback, guard, reflected)


# ---------------------------------------------------------------- operators

#: Dual, to be completed.
_class: Any = Dual

_UNARY: dict[str, tuple[str, Any]] = {
    "neg": ("-a0", np.negative),
    "pos": ("+a0", np.positive),
    "abs": ("abs(a0)", np.absolute),
}

_BINARY: dict[str, tuple[str, Any]] = {
    "add": ("+", np.add),
    "sub": ("-", np.subtract),
    "mul": ("*", np.multiply),
    "truediv": ("/", np.divide),
    "floordiv": ("//", np.floor_divide),
    "mod": ("%", np.remainder),
    "pow": ("**", np.power),
    "matmul": ("@", np.matmul),
}

_OPERATION: dict[str, Callable[..., Any]] = {name: getattr(operator, name) for name in (*_UNARY, *_BINARY)}


def _install_operators() -> None:
    def lazily(name: str, text: str, ufunc: Any, reflected: bool | None) -> None:
        """Compile the operator at its first use: importing stays fast."""
        attribute = f"__{'r' if reflected else ''}{name.removeprefix('r')}__"

        def first_use(*args: Any) -> Any:
            rule = RULES[ufunc]
            if isinstance(rule, LinearRule):

                def fast(a: Any, b: Any) -> Any:
                    return call_linear(rule, (b, a) if reflected else (a, b), {})
            else:
                fast = _compiled(rule, text, _OPERATION[name], None, reflected)
            setattr(Dual, attribute, fast)
            return fast(*args)

        setattr(Dual, attribute, first_use)

    def in_place(name: str) -> None:
        def update(self: Any, other: Any) -> Any:
            result = _OPERATION[name](self, other)
            if isinstance(primal(self), np.ndarray):
                self[...] = result
                return self
            return result

        setattr(Dual, f"__i{name}__", update)

    for name, (text, ufunc) in _UNARY.items():
        lazily(name, text, ufunc, None)
    for name, (sign, ufunc) in _BINARY.items():
        lazily(name, f"a0 {sign} b0", ufunc, False)
        lazily(name, f"a0 {sign} b0", ufunc, True)
        in_place(name)
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        compare = getattr(operator, name)
        setattr(Dual, f"__{name}__", lambda a, b, compare=compare: compare(primal(a), primal(b)))
    _class.__divmod__ = lambda a, b: (a // b, a % b)
    _class.__rdivmod__ = lambda a, b: (b // a, b % a)


_install_operators()
_class.__array_function__ = _array_function
_class._elementwise = _elementwise
_class._through = _through
