"""What can be done with a Dual: rules called, operators.

An operation takes three steps: strip the active arguments to their values, call the function on
these (which may be ``Dual``s of an outer call, and then the same happens one level further out),
and let the mode combine the terms that the rule gives. Importing this module completes `Dual`.
"""

from __future__ import annotations

import operator
import sys
import warnings
from collections.abc import Callable
from functools import cache, partial, wraps
from typing import Any

import numpy as np

from .. import fastpath
from ..errors import EqualityWarning, UnsupportedError
from ..linear import LinearMap, Scale, is_complex, quiet, quietly
from ..linear.complexes import between
from ..linear.contractions import SparseLeft
from ..modes import Mode, Recorded, Term
from ..shapes import shape_of
from ..table import RULES, LinearRule, Rule
from ..tape import place_of
from . import roots
from .branches import answer, looked, of_numbers
from .comparisons import FEW, MANY, note
from .dual import Dual, holds_dual, is_number, make, outside, primal, settled, stacked
from .entries import derived, share

__all__ = ["call", "call_linear", "fast_function", "is_view", "warn_of_a_branch"]

# ---------------------------------------------------------------- calling a rule

ndarray = np.ndarray

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
    mode = top_mode(args)
    if mode is None:
        return evaluate(*args)
    primals, partials, foreign = list(args), [], False
    for i, a in enumerate(args):
        if type(a) is Dual and a.mode is mode:
            partials.append((i, rule.partials[i]))
            primals[i] = a = a.value
        if type(a) is not ndarray and not isinstance(a, _NUMPY_TYPES):
            foreign = True
            if a is not None and not is_number(a):
                return NotImplemented  # it may be that the other operand knows what to do
        elif isinstance(a, ndarray) and type(a).__array_ufunc__ is not ndarray.__array_ufunc__:
            raise UnsupportedError(
                f"{full_name(rule.function)} of a Dual and a {type(a).__name__}, which is an array with "
                "rules of its own, has no derivative; compute with its plain numbers, as in quantity.value"
            )
    if foreign and (evaluate is rule.function or any(hasattr(p, "context") for p in primals)):
        evaluate = rule.generic  # which knows mpmath's numbers
    if rule.real and rule.complex is None and any(map(is_complex, primals)):
        raise not_complex(rule.function)
    for _, argument in partials:
        if type(argument) is str:
            raise UnsupportedError(
                f"{full_name(rule.function)} has no derivative with respect to its {argument}; "
                f"pass the {argument} as a plain number: dualad.value(x)"
            )
    y = evaluate(*primals)
    if y is NotImplemented:
        return y
    if mode.traced:
        mode.running(rule.function, args)
    if type(y) is not tuple:
        result = _one_output(mode, y, y, partials, args, primals, rule)
        if rule.factors is not None:
            result = roots.product(result, rule.factors, args)
        if rule.squared is not None:
            roots.remember(result, rule.squared, args, {})
        return result
    return tuple(
        _one_output(
            mode, one, y, [(i, p[k] if isinstance(p, tuple) else p) for i, p in partials], args, primals, rule
        )
        for k, one in enumerate(y)
    )


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
    if all(type(p) is int and p == 0 for _, p in partials) and not isinstance(y, ndarray | Dual):
        return y  # a step function of a number: a constant
    operands = [
        p if type(q) is str else _like(p, y, in_complex) for p, q in zip(primals, rule.partials, strict=False)
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


#: Functions that are methods of arrays as well, which NumPy reaches in half the time.
_METHODS: dict[Any, Callable[..., Any]] = {
    function: getattr(ndarray, function.__name__)
    for function in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, np.cumsum, np.cumprod, np.dot)
}

#: Keywords that function and method have in common.
OF_AXES = frozenset({"axis", "keepdims"})


def call_linear(
    rule: LinearRule, args: tuple[Any, ...], keywords: dict[str, Any], of_array: Any = None
) -> Any:
    """Apply a rule whose derivative is a linear map; ``of_array`` is the same as a method of arrays."""
    if keywords and not rule.keywords.issuperset(keywords):
        raise unknown_keyword(rule.function, [k for k in keywords if k not in rule.keywords])
    if of_array is None and len(args) == len(rule.maps) and (not keywords or OF_AXES.issuperset(keywords)):
        of_array = _METHODS.get(rule.function)
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
            primals[i] = a.value
            active.append(i)
        elif recorded:
            primals[i] = mode.kept(a)  # type: ignore[union-attr]
    if of_array is not None and len(primals) == 1 and type(primals[0]) is ndarray:
        y = of_array(*primals, *options, **keywords)
    elif rule.several == "first":
        y = rule.function(primals, *options, **keywords)
    elif rule.several == "rest":
        y = rule.function(*options, *primals, **keywords)
    else:
        y = rule.function(*primals, *options, **keywords)
    if mode is None:
        return y
    if mode.traced:
        mode.running(rule.function, arrays)
    elif not mode.of_numbers:
        looked(rule.function, args, [arrays[i] for i in active], keywords)
    maps = rule.maps
    if rule.several:
        terms = [(maps[0](y, i, primals, *options, **keywords), arrays[i].tangent) for i in active]
    else:
        terms = [(maps[i](y, *primals, *options, **keywords), arrays[i].tangent) for i in active]
    if rule.linear and len(active) == 1 and not (mode.of_numbers or mode.traced):  # the others are constants
        terms = [(linear.with_constants(), t) for linear, t in terms]
    if isinstance(y, tuple):
        return _several_outputs(mode, y, terms, [primals[i] for i in active])
    if is_complex(y) or any(map(is_complex, primals)):
        if rule.real or not all(is_complex(y) or not linear.gives_complex(True) for linear, _ in terms):
            raise not_complex(rule.function)
        terms = [(between(linear, primals[i], y), t) for i, (linear, t) in zip(active, terms, strict=True)]
        mode.holomorphic &= all(linear.holomorphic for linear, _ in terms)
    if len(terms) == 1:
        result = derived(arrays[active[0]], y, terms[0][0])
        if rule.squared is not None:
            roots.remember(result, rule.squared, (*arrays, *options), keywords)
        return result
    return make(mode, y, mode.combined(y, terms))


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
    for i, a in enumerate(values if together else args[first:last], first):
        kind = type(a)
        if kind is Dual:
            t = a.tangent
            if mode is None:
                mode = a.mode
                if mode.lanes is not None:
                    return None
            if a.mode is not mode or not (type(t) is ndarray is type(a.value) or type(t) is float):
                return None
            if type(t) is ndarray and t.dtype.kind == "c":
                return None
            values[i] = a.value
            active.append(i)
            tangents.append(t)
        elif (kind is list or kind is tuple) and holds_dual(a):
            return None
        elif together:
            tangents.append(np.zeros(shape_of(a)))
    if mode is None:
        return None
    if (keywords or len(args) > last) and any(type(a) is Dual for a in (*args[last:], *keywords.values())):
        return None
    mode.moved = True
    if together:
        y = rule.function(values, *args[1:], **keywords)
        total = rule.function(tangents, *args[1:], **keywords)
        if type(y) is ndarray and y.dtype is total.dtype:
            return make(mode, y, total)
    else:
        function = of_array if of_array is not None and type(values[0]) is ndarray else rule.function
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
    if together or type(y) is not ndarray:
        return make(mode, y, total)
    i = active[0]
    x = args[i]
    if not is_view(y, x.value) and not is_view(total, x.tangent):
        return make(mode, y, total)
    if not is_view(y, x.value) or not is_view(total, x.tangent):
        return None  # their layouts in memory differ
    return share(x, make(mode, y, total), lambda x: rule.function(*args[:i], x, *args[i + 1 :], **keywords))


def is_view(y: Any, x: Any) -> bool:
    """Whether ``y``, made from ``x``, shares its memory."""
    return y is x or (y.base is not None and (y.base is x or y.base is getattr(x, "base", None)))


def _several_outputs(mode: Mode, y: Any, terms: Any, primals: Any) -> Any:
    """A tuple of the same type as ``y``; an output for which all maps are None carries no derivative."""
    outputs = []
    for k, one in enumerate(y):
        own = [
            (between(maps[k], x, one), t)
            for (maps, t), x in zip(terms, primals, strict=True)
            if maps[k] is not None
        ]
        mode.holomorphic &= all(linear.holomorphic for linear, _ in own)
        outputs.append(make(mode, one, mode.combined(one, own)) if own else one)
    return type(y)(*outputs) if hasattr(y, "_fields") else tuple(outputs)


def not_complex(function: Any) -> UnsupportedError:
    return UnsupportedError(
        f"{full_name(function)} of complex numbers has no derivative; take the real numbers that you mean: "
        "np.real(z), np.imag(z), np.abs(z) or np.angle(z)"
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


# ---------------------------------------------------------------- NumPy's protocols


def _elementwise(self: Any, rule: Rule, args: tuple[Any, ...]) -> Any:
    """`dualad.sin` and its like meet a Dual: the value by the same generic function."""
    return fast_function(rule, rule.generic)(*args)


def values_of(x: Any) -> Any:
    """The same with plain numbers and arrays in place of Duals, in lists too."""
    if type(x) is Dual:
        return primal(x)
    if type(x) in (list, tuple):
        return type(x)(values_of(e) for e in x)
    return primal(settled(x))


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
            rule, value, evaluate, _on_lists(original) if guarded else None
        )
    return fast


def _on_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function that takes lists of numbers with Duals among them, on which it does not dispatch."""
    if not isinstance(function, np.ufunc | type(np.sum)):
        return function

    @wraps(function, updated=())
    def stacking(*args: Any, **keywords: Any) -> Any:
        if any(type(a) in (list, tuple) and holds_dual(settled(a)) for a in (*args, *keywords.values())):
            args = tuple(_stacked_lists(a) for a in args)
            keywords = {k: v if k == "out" else _stacked_lists(v) for k, v in keywords.items()}
        return function(*args, **keywords)

    return stacking


def _stacked_lists(x: Any) -> Any:
    if type(x) in (list, tuple):
        x = settled(x)
        return stacked(x) if holds_dual(x) else x
    return x


def _compiled(
    rule: Rule, value: str, evaluate: Callable[..., Any], guard: Any = None, reflected: bool | None = None
) -> Callable[..., Any]:
    def fallback(*args: Any) -> Any:
        now = settled(args)
        if now is args:
            return call(rule, evaluate, args)
        return fast(*now[::-1]) if reflected else fast(*now)

    fast = fastpath.compiled(rule, value, evaluate, Dual, fallback, guard, reflected)
    return fast


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


def _equal(a: Any, b: Any) -> Any:
    b = settled(b)
    equal = primal(a) == primal(b)
    if not (type(b) is float or of_numbers(b)) or not of_numbers(a):
        return answer(equal, a, b)
    if equal is True or equal is np.True_ or (type(equal) is ndarray and equal.size and equal.all()):
        warn_of_a_branch(a, b)
    return equal


def _unequal(a: Any, b: Any) -> Any:
    b = settled(b)
    unequal = primal(a) != primal(b)
    if not (type(b) is float or of_numbers(b)) or not of_numbers(a):
        return answer(unequal, a, b)
    if (
        unequal is False
        or unequal is np.False_
        or (type(unequal) is ndarray and unequal.size and not unequal.any())
    ):
        warn_of_a_branch(a, b)
    return unequal


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def compared(a: Any, b: Any) -> Any:
        value, kind, mode = a.value, type(b), a.mode
        n = mode.compared = mode.compared + 1
        if type(value) is not Dual and mode.of_numbers:  # quickly, what most comparisons are about
            if kind is float or kind is int:
                if FEW < n < MANY:
                    note(mode, a, b, value, b)
                return compare(value, b)
            if kind is Dual and type(b.value) is not Dual and b.mode.of_numbers:
                if FEW < n < MANY:
                    note(mode, a, b, value, b.value)
                return compare(value, b.value)
        b = settled(b)
        x, y = primal(a), primal(b)
        if FEW < n < MANY:
            note(mode, a, b, x, y)
        return answer(compare(x, y), a, b)

    return compared


def warn_of_a_branch(a: Any, b: Any, asked: bool = False) -> None:
    """A comparison holds at this very point and not beside it: say so, if it stands in the user's code.

    Of our own comparisons none says so, unless it is ``asked`` for by a call of the user's.
    """
    level = 3
    frame = sys._getframe(2)
    while (
        frame.f_back is not None
        and _is_ours(frame)
        and (asked or frame.f_code.co_name in ("__eq__", "__ne__"))
    ):
        level, frame = level + 1, frame.f_back
    module = frame.f_globals.get("__name__", "")
    if not outside(module) or (shape_of(a) + shape_of(b) and module.partition(".")[0] == "scipy"):
        return  # SciPy's questions about arrays are masks, of which both sides are computed
    if _is_infinite(primal(a)):
        return  # equal to an infinity is what no number beside this one is near
    mode = top_mode((a, b))
    one, two = (x.tangent if type(x) is Dual and x.mode is mode else 0.0 for x in (a, b))
    if isinstance(mode, Recorded):
        if type(one) is type(two) and (one is two or one == two):
            return
        if all(type(t) is float or place_of(t) in mode.flat for t in (one, two)):
            return
    elif np.all(primal(one) == primal(two)):
        return
    warnings.warn(
        f"a comparison with == or != (or isclose) was decided by {primal(a)!r} being equal to "
        f"{primal(b)!r} exactly, and the derivative is that of the branch for this point alone; where the "
        "branches join smoothly, differentiate at a point beside it",
        EqualityWarning,
        stacklevel=level,
    )


def _is_infinite(x: Any) -> bool:
    return isinstance(x, float | np.ndarray) and bool(np.all(np.isinf(x)))


def _is_ours(frame: Any) -> bool:
    module: str = frame.f_globals.get("__name__", "")
    return module.partition(".")[0] == "dualad"


def _no_derivative(*args: Any) -> Any:
    raise UnsupportedError("a matrix of scipy.sparse cannot hold a Dual")


#: ``matrix @ x`` for a matrix of scipy.sparse.
_SPARSE_PRODUCT = LinearRule(
    operator.matmul,
    (_no_derivative, lambda y, matrix, x: SparseLeft(matrix, shape_of(x))),
    "matmul",
    arrays=("matrix", "x"),
    linear=True,
)


def _install_operators() -> None:
    def lazily(name: str, text: str, ufunc: Any, reflected: bool | None) -> None:
        """Compile the operator at its first use: importing stays fast."""
        attribute = f"__{'r' if reflected else ''}{name.removeprefix('r')}__"

        def first_use(*args: Any) -> Any:
            rule: Any = RULES[ufunc]
            if isinstance(rule, LinearRule):

                def fast(a: Any, b: Any) -> Any:
                    a, b = settled((b, a) if reflected else (a, b))
                    if hasattr(a, "tocsr"):
                        return call_linear(_SPARSE_PRODUCT, (a, b), {})
                    if hasattr(b, "tocsr"):
                        return np.transpose(call_linear(_SPARSE_PRODUCT, (b.T, np.transpose(a)), {}))
                    return call_linear(rule, (a, b), {})
            else:
                fast = _compiled(rule, text, _OPERATION[name], None, reflected)
            setattr(Dual, attribute, fast)
            return fast(*args)

        setattr(Dual, attribute, first_use)

    def in_place(name: str, sign: str) -> None:
        def update(self: Any, other: Any) -> Any:
            result = _OPERATION[name](self, other)
            if isinstance(primal(self), np.ndarray):
                if shape_of(result) != self.shape:
                    raise ValueError(
                        f"non-broadcastable output operand with shape {self.shape} doesn't match the "
                        f"broadcast shape {shape_of(result)}; write x = x {sign} y for x {sign}= y"
                    )
                self[...] = result
                return self
            return result

        setattr(Dual, f"__i{name}__", update)

    for name, (text, ufunc) in _UNARY.items():
        lazily(name, text, ufunc, None)
    for name, (sign, ufunc) in _BINARY.items():
        lazily(name, f"a0 {sign} b0", ufunc, False)
        lazily(name, f"a0 {sign} b0", ufunc, True)
        in_place(name, sign)
    for name in ("lt", "le", "gt", "ge"):
        setattr(Dual, f"__{name}__", _comparison(getattr(operator, name)))
    _class.__eq__ = _equal
    _class.__ne__ = _unequal
    _class.__divmod__ = lambda a, b: (a // b, a % b)
    _class.__rdivmod__ = lambda a, b: (b // a, b % a)


_install_operators()
_class._elementwise = _elementwise
