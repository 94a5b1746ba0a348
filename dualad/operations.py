"""What can be done with a Dual: operators, NumPy's protocols, methods.

An operation takes three steps: strip the active arguments to their values, call the function on
these (which may be ``Dual``s of an outer call, and then the same happens one level further out),
and let the mode combine the terms that the rule gives. Importing this module completes `Dual`.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

from . import fastpath
from .dual import Dual, check_current, make, named, primal, stacked
from .errors import UnsupportedError
from .linear import LinearMap
from .modes import Forward, Mode, Recorded, Term
from .shapes import shape_of
from .table import PASSED, RULES, LinearRule, Rule

__all__ = ["call", "call_linear"]

# ---------------------------------------------------------------- calling a rule

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
    active = [i for i, a in enumerate(args) if type(a) is Dual and a.mode is mode]
    if isinstance(mode, Recorded):
        for i in active:
            check_current(args[i])
    primals = tuple(a.value if i in active else a for i, a in enumerate(args))
    foreign = not all(isinstance(p, _NUMPY_TYPES) for p in primals)
    if foreign and (evaluate is rule.function or any(hasattr(p, "context") for p in primals)):
        evaluate = rule.generic  # which knows mpmath's numbers
    partials = [(i, rule.partials[i]) for i in active]
    for _, argument in partials:
        if isinstance(argument, str):
            raise UnsupportedError(
                f"{full_name(rule.function)} has no derivative with respect to its {argument}; "
                f"pass the {argument} as a plain number: dualad.value(x)"
            )
    y = evaluate(*primals)
    if y is NotImplemented:
        return y
    if not isinstance(y, tuple):
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
    if all(type(p) is int and p == 0 for _, p in partials) and not isinstance(y, np.ndarray | Dual):
        return y  # a step function of a number: a constant
    if getattr(getattr(y, "dtype", None), "kind", "f") == "c" or type(y) is complex:
        raise UnsupportedError(
            f"a complex result ({named(y)}) has no derivative yet; write its two parts as real numbers"
        )
    operands = [
        p if isinstance(q, str) else _like(p, y) for p, q in zip(primals, rule.partials, strict=False)
    ]
    if isinstance(mode, Recorded):
        operands = [
            o if a is not p else mode.kept(o) for o, p, a in zip(operands, primals, args, strict=False)
        ]
    seen = seen if isinstance(seen, tuple) else _like(y, y)
    terms = [
        Term(partial(p, seen, *operands) if callable(p) else p, shape_of(primals[i]), args[i].tangent)
        for i, p in partials
    ]
    return make(mode, y, mode.scaled(y, terms))


def call_linear(rule: LinearRule, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Apply a rule whose derivative is a linear map."""
    function = rule.function
    unknown = [k for k in keywords if k not in rule.keywords]
    if unknown:
        raise unknown_keyword(function, unknown)
    n = len(rule.maps)
    for name in rule.arrays[len(args) :]:  # arrays that are given by name
        if name in keywords:
            keywords = dict(keywords)
            args = (*args, keywords.pop(name))
    if rule.several == "first":
        arrays, options = tuple(args[0]), args[1:]
    elif rule.several == "rest":
        arrays, options = args[1:], args[:1]
    else:
        arrays, options = args[:n], args[n:]
    for a in (*options, *keywords.values()):
        if type(a) is Dual:
            raise UnsupportedError(
                f"{full_name(function)} cannot take a Dual as an option; pass dualad.value(x) there"
            )
    arrays = tuple(stacked(a) if isinstance(a, list | tuple) else a for a in arrays)

    def evaluate(arrays: tuple[Any, ...]) -> Any:
        if rule.several == "first":
            return function(list(arrays), *options, **keywords)
        if rule.several == "rest":
            return function(*options, *arrays, **keywords)
        return function(*arrays, *options, **keywords)

    mode = top_mode(arrays)
    if mode is None:
        return evaluate(arrays)
    active = [i for i, a in enumerate(arrays) if type(a) is Dual and a.mode is mode]
    if isinstance(mode, Recorded):
        for i in active:
            check_current(arrays[i])
        arrays = tuple(a if i in active else mode.kept(a) for i, a in enumerate(arrays))
    primals = tuple(a.value if i in active else a for i, a in enumerate(arrays))
    y = evaluate(primals)
    if rule.several:
        terms = [(rule.maps[0](y, i, primals, *options, **keywords), arrays[i].tangent) for i in active]
    else:
        terms = [(rule.maps[i](y, *primals, *options, **keywords), arrays[i].tangent) for i in active]
    t = mode.combined(y, terms)
    looked_at = arrays[active[0]]
    view = isinstance(y, np.ndarray) and y.base is not None and np.may_share_memory(y, primal(looked_at))
    if view and isinstance(mode, Forward) and not np.may_share_memory(primal(t), primal(looked_at.tangent)):
        y = y.copy()  # the tangent is none, so the value must not be a view either
    result = make(mode, y, t)
    if view and isinstance(mode, Recorded):
        result.origin = (looked_at, looked_at.tangent, None)
    return result


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

_NO_INPUT = object()


def _array_ufunc(
    self: Any, ufunc: Any, method: str, a: Any, b: Any = _NO_INPUT, *more: Any, **keywords: Any
) -> Any:
    # Two named inputs: packing and unpacking them would cost as much as the arithmetic.
    if method == "__call__" and not keywords:
        fast = _fast.get(ufunc)
        if fast is not None:
            return fast(a) if b is _NO_INPUT else fast(a, b, *more)
    return _ufunc(ufunc, method, (a,) if b is _NO_INPUT else (a, b, *more), keywords)


def _elementwise(self: Any, rule: Rule, args: tuple[Any, ...]) -> Any:
    """`dualad.sin` and its like meet a Dual: the value by the same generic function."""
    return fast_function(rule, rule.generic)(*args)


def _through(self: Any, linear: LinearMap) -> Any:
    """A linear map with constant coefficients meets a Dual of an outer call."""
    y = linear(self.value)
    return make(self.mode, y, self.mode.combined(y, [(linear, self.tangent)]))


def values_of(x: Any) -> Any:
    """The same with plain numbers and arrays in place of Duals, in lists too."""
    if type(x) is Dual:
        check_current(x)
        return primal(x)
    if type(x) in (list, tuple):
        return type(x)(values_of(e) for e in x)
    return x


# ---------------------------------------------------------------- ufuncs

#: ufunc -> what `Dual.__array_ufunc__` calls at once.
_fast: dict[Any, Callable[..., Any]] = {}


def _ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    rule = RULES.get(ufunc)
    if rule is None and ufunc not in PASSED and "scipy.special" in sys.modules:
        import dualad.rules.special  # noqa: F401

        rule = RULES.get(ufunc)
    if method == "__call__" and isinstance(rule, Rule) and not keywords and ufunc not in _fast:
        _fast[ufunc] = fast_function(rule, ufunc)
        return _fast[ufunc](*inputs)
    if ufunc in PASSED:
        return (ufunc if method == "__call__" else getattr(ufunc, method))(*values_of(inputs), **keywords)
    if method == "__call__" and rule is not None:
        return _ufunc_with_keywords(ufunc, rule, inputs, dict(keywords))
    if method == "reduce" and ufunc in _REDUCTIONS:
        given = {k: v for k, v in keywords.items() if v is not None or k == "axis"}
        return _REDUCTIONS[ufunc](*inputs, **{"axis": 0, **given})
    if method == "accumulate" and ufunc is np.add:
        return np.cumsum(*inputs, **{"axis": 0, **{k: v for k, v in keywords.items() if v is not None}})
    if method == "outer" and isinstance(rule, Rule) and not keywords:
        a, b = (x if isinstance(x, Dual) else np.asarray(x) for x in inputs)
        return ufunc(a[(..., *(None,) * b.ndim)] if b.ndim else a, b)
    name = full_name(ufunc) + ("" if method == "__call__" else f".{method}")
    raise UnsupportedError(
        f"{name} has no derivative rule; write it with functions that have one "
        "(dualad.table.RULES lists them), or call it on dualad.value(x) where no derivative is wanted"
    )


_REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}


def _ufunc_with_keywords(ufunc: Any, rule: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    out = keywords.pop("out", None)
    if keywords:
        raise unknown_keyword(ufunc, keywords)
    y = call(rule, ufunc, inputs) if isinstance(rule, Rule) else call_linear(rule, inputs, {})
    if out is None:
        return y
    return put_into(out, y, ufunc)


def put_into(out: Any, y: Any, function: Any) -> Any:
    """What ``out=`` asks for: the result assigned to an array, which must be able to hold a derivative."""
    (target,) = out if isinstance(out, tuple) else (out,)
    if not isinstance(target, Dual):
        name = getattr(RULES.get(function), "name", function.__name__)
        raise UnsupportedError(
            f"{full_name(function)} cannot put a derivative into a plain array: write y = {name}(...) for "
            "out=y, and y = y + x for y += x"
        )
    target[...] = y
    return target


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
            rule: Any = RULES[ufunc]
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
_class.__array_ufunc__ = _array_ufunc
_class._elementwise = _elementwise
_class._through = _through


# ---------------------------------------------------------------- methods


@cache
def _conversion(dtype: Any) -> Rule:
    """The rule of ``astype``: what is rounded in the value is rounded in the tangent."""

    def convert(x: Any) -> Any:
        return x.astype(dtype) if hasattr(x, "astype") else dtype.type(x)

    return Rule(convert, (1,), f"astype({dtype})", convert)


def _astype(self: Any, dtype: Any, **keywords: Any) -> Any:
    """The same numbers in another floating-point type."""
    wanted = np.dtype(dtype)
    if keywords:
        raise unknown_keyword("astype", keywords)
    if wanted.kind in "biu":
        return primal(self).astype(wanted)  # a step function: no derivative to carry
    if wanted.kind != "f":
        raise UnsupportedError(f"astype({wanted}) has no derivative; write astype(float)")
    rule = _conversion(wanted)
    return call(rule, rule.function, (self,))


def _reshape(self: Any, *shape: Any, order: str = "C") -> Any:
    """The same entries in another shape."""
    target: Any = shape[0] if len(shape) == 1 else shape
    return np.reshape(self, target, order=order)  # type: ignore[call-overload]


def _transpose(self: Any, *axes: Any) -> Any:
    """The axes in another order."""
    return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)


def _install_methods() -> None:
    """Every method that an array has and that is a NumPy function of the same name."""
    names = (
        "all any argmax argmin argsort clip conj cumprod cumsum diagonal dot max mean min nonzero prod ravel "
        "repeat round searchsorted sort squeeze std sum swapaxes take trace var"
    )
    for name in names.split():
        function = getattr(np, name)

        def method(self: Any, *args: Any, _function: Any = function, **keywords: Any) -> Any:
            return _function(self, *args, **keywords)

        method.__name__ = name
        method.__doc__ = f"The same as ``np.{name}(x, ...)``."
        setattr(Dual, name, method)
    _class.conjugate = _class.conj
    _class.astype = _astype
    _class.reshape = _reshape
    _class.transpose = _transpose
    _class.flatten = lambda self, order="C": np.copy(np.ravel(self, order=order))


_install_methods()
