"""Rules that give linear maps, called on Duals: in every mode, and the short way along one direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import NoRuleError
from ..linear import is_complex, quiet
from ..linear.complexes import between
from ..modes import Mode, Recorded
from ..shapes import shape_of
from ..table import LinearRule
from ..tape import Node
from . import square_roots
from .branches import looked
from .calls import full_name, not_complex, unknown_keyword
from .dual import Dual, holds_dual, make, stacked
from .entries import derived, share
from .matrices import as_matrix, matrix, without_matrices

ndarray = np.ndarray

#: Functions that are methods of arrays as well, which NumPy reaches in half the time.
_METHODS: dict[Any, Callable[..., Any]] = {
    function: getattr(ndarray, function.__name__)
    for function in (np.sum, np.mean, np.max, np.min, np.prod, np.var, np.std, np.cumsum, np.cumprod, np.dot)
}

#: What NumPy's functions compute with, without asking whether somebody else will.
_PLAIN = frozenset({ndarray, float, np.float64})

#: Reductions that start from a number, and what they reduce by.
_REDUCED_BY = {np.sum: np.add, np.prod: np.multiply, np.max: np.maximum, np.min: np.minimum}

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
    if rule.linear and not (args and type(args[0]) is Dual and type(args[0].tangent) is Node):
        result = along_one_direction(rule, args, keywords, of_array)
        if result is not None:
            if type(result.value) is matrix:
                return as_matrix(call_linear(rule, without_matrices(args), keywords))
            return result
    if keywords and type(keywords.get("initial")) is Dual:
        along: dict[str, Any] = {"axis": args[1] if len(args) > 1 else None} | keywords
        return _REDUCED_BY[rule.function].reduce(args[0], **along)
    if keywords and type(keywords.get("mean")) is Dual:
        return _about(rule.function, *args, **keywords)
    if len(rule.maps) == 1 and not rule.several and args and type(args[0]) is Dual:
        options = args[1:]
        if not (options or keywords) or not any(type(a) is Dual for a in (*options, *keywords.values())):
            return _of_one(rule, args[0], options, keywords, of_array)
    arrays, options, keywords = _arrays_of(rule, args, keywords)
    primals, active, mode = _stripped(arrays)
    if not _PLAIN.issuperset(map(type, primals)):
        y = rule.function(*_in_order(rule, primals, options), **keywords)
    elif of_array is not None and type(primals[0]) is ndarray:
        y = of_array(*primals, *options, **keywords)
    else:
        y = rule.plain(*_in_order(rule, primals, options), **keywords)
    return y if mode is None else _by_maps(rule, mode, y, arrays, primals, active, options, keywords)


def _of_one(rule: LinearRule, x: Dual, options: Any, keywords: dict[str, Any], of_array: Any) -> Any:
    """The commonest call."""
    value, mode = x.value, x.mode
    if type(value) is not ndarray:
        y = rule.function(value, *options, **keywords)
    else:
        y = (rule.plain if of_array is None else of_array)(value, *options, **keywords)
        real = type(y) is np.float64 or (type(y) is ndarray and y.dtype.kind == "f")
        if real and value.dtype.kind == "f" and mode.of_numbers and not mode.traced:
            result = derived(x, y, rule.maps[0](y, value, *options, **keywords))
            return _known(rule, result, (x, *options), keywords)
    return _by_maps(rule, mode, y, [x], [value], [0], options, keywords)


def _by_maps(
    rule: LinearRule, mode: Any, y: Any, arrays: list[Any], primals: list[Any], active: list[int],
    options: Any, keywords: dict[str, Any],
) -> Any:  # fmt: skip
    """The value with the tangent that the maps of the arrays that change give it."""
    if type(y) is matrix:
        args = _in_order(rule, arrays, options)
        return as_matrix(call_linear(rule, without_matrices(args), keywords))
    if mode.traced:
        mode.running(rule.function, arrays)
    elif not mode.of_numbers:
        looked(rule.function, _in_order(rule, arrays, options), [arrays[i] for i in active], keywords)
    maps = rule.maps
    if rule.several:
        terms = [(maps[0](y, i, primals, *options, **keywords), arrays[i].tangent) for i in active]
    else:
        terms = [(maps[i](y, *primals, *options, **keywords), arrays[i].tangent) for i in active]
    if rule.linear and len(active) == 1 and not (mode.of_numbers or mode.traced):  # the others are constants
        terms = [(linear.with_constants(), t) for linear, t in terms]
    if isinstance(y, tuple):
        return _several_outputs(mode, y, terms, [primals[i] for i in active])
    if is_complex(y) or _some_complex(primals):
        terms = _in_complex(rule, mode, y, terms, [primals[i] for i in active])
    if len(terms) == 1:
        return _known(rule, derived(arrays[active[0]], y, terms[0][0]), (*arrays, *options), keywords)
    return make(mode, y, mode.combined(y, terms))


def _known(rule: LinearRule, y: Dual, args: tuple[Any, ...], keywords: dict[str, Any]) -> Dual:
    """A result that, if it is a root of 0, remembers of what."""
    if rule.squared is not None and not (type(y.value) is np.float64 and y.value):
        square_roots.remember(y, rule.squared, args, keywords)
    return y


def _about(
    function: Any, a: Any, axis: Any = None, dtype: Any = None, ddof: Any = 0, keepdims: bool = False, *,
    mean: Any, where: Any = True, correction: Any = 0,
) -> Any:  # fmt: skip
    """A variance about a mean that is given, or its root."""
    squares, along = np.square(np.abs(a - mean)), {"axis": axis, "keepdims": keepdims}
    count = np.sum(np.broadcast_to(where, squares.shape), **along) - (ddof or correction)
    y = np.sum(squares, dtype=dtype, where=where, **along) / np.maximum(count, 0)
    return y if function is np.var else np.sqrt(y)


def _stripped(arrays: list[Any]) -> tuple[list[Any], list[int], Any]:
    """The arrays with values in place of the Duals of the highest mode; which these are, and the mode.

    Lists that hold Duals become arrays.
    """
    mode: Any = None
    for i, a in enumerate(arrays):
        kind = type(a)
        if kind is list or kind is tuple or (kind is ndarray and a.dtype.hasobject):
            arrays[i] = a = stacked(a)
        if type(a) is Dual and (mode is None or a.mode.level > mode.level):
            mode = a.mode
    primals, active = [], []
    keeps = isinstance(mode, Recorded)
    for i, a in enumerate(arrays):
        if type(a) is Dual and a.mode is mode:
            primals.append(a.value)
            active.append(i)
        else:
            primals.append(mode.kept(a) if keeps else a)
    return primals, active, mode


def _in_order(rule: LinearRule, arrays: list[Any], options: Any) -> tuple[Any, ...]:
    """Arrays and options as the function takes them."""
    if not rule.several:
        return (*arrays, *options)
    return (arrays, *options) if rule.several == "first" else (*options, *arrays)


def _some_complex(arrays: list[Any]) -> bool:
    return any(x.dtype.kind == "c" if type(x) is ndarray else is_complex(x) for x in arrays)


def _in_complex(rule: LinearRule, mode: Mode, y: Any, terms: list[Any], primals: list[Any]) -> list[Any]:
    """The terms where arguments or the result are complex."""
    if rule.real or not all(is_complex(y) or not linear.gives_complex(True) for linear, _ in terms):
        raise not_complex(rule.function)
    terms = [(between(linear, x, y), t) for x, (linear, t) in zip(primals, terms, strict=True)]
    mode.holomorphic &= all(linear.holomorphic for linear, _ in terms)
    return terms


def _arrays_of(
    rule: LinearRule, args: Any, keywords: dict[str, Any]
) -> tuple[list[Any], Any, dict[str, Any]]:
    """The arrays of a call, its options, and the keywords that are no arrays."""
    n = len(rule.maps)
    if rule.several:
        arrays, options = (args[0], args[1:]) if rule.several == "first" else (args[1:], args[:1])
    elif len(args) == n and not keywords:
        return list(args), (), keywords
    else:
        if len(args) < n:  # some are given by name
            keywords = keywords.copy()
            args = (*args, *(keywords.pop(k) for k in rule.arrays[len(args) :] if k in keywords))
        arrays, options = args[:n], args[n:]
    for a in (*options, *keywords.values()) if keywords else options:
        if type(a) is Dual:
            raise NoRuleError(
                f"{full_name(rule.function)} cannot take a Dual as an option; pass dualad.value(x) there"
            )
    return list(arrays), options, keywords


#: With these keywords a linear function adds something, or writes into an array.
_NOT_LINEAR = frozenset({"initial", "out", "prepend", "append"})


def along_one_direction(rule: LinearRule, args: Any, keywords: dict[str, Any], of_array: Any) -> Any:
    """Forward mode for a function that is itself linear: run it on the tangents; None where that won't do.

    It is also the function itself that makes a view of the tangent where it makes one of the value.
    """
    if keywords and not _NOT_LINEAR.isdisjoint(keywords):
        return None
    if rule.several == "first":
        return _of_list(rule, args, keywords)
    first, last = (1, len(args)) if rule.several else (0, len(rule.maps))
    if not args or len(args) > last + 2:
        return None
    values, active = list(args), []
    mode: Any = None
    for i, a in enumerate(args[first:last], first):
        if type(a) is Dual:
            if not _goes_along(a, mode):
                return None
            mode = a.mode
            values[i] = a.value
            active.append(i)
        elif (type(a) is not ndarray or a.dtype.hasobject) and _may_hold_duals(a):
            return None
    if mode is None or ((keywords or len(args) > last) and _goes_by_map(args[last:], keywords)):
        return None
    mode.moved = True
    function = of_array if of_array is not None and type(values[0]) is ndarray else rule.function
    y = function(*values, **keywords)
    total: Any = None
    run = quiet.copy().run
    for i in active:
        value, values[i] = values[i], args[i].tangent
        one = run(function, *values, **keywords)
        values[i] = value
        total = one if total is None else total + one
    if type(y) is np.float64:
        return make(mode, y, float(total))
    result = _with_tangent(mode, y, total)
    if result is None or type(y) is not ndarray:
        return result
    i = active[0]
    shows_value, shows_tangent = is_view(y, args[i].value), is_view(result.tangent, args[i].tangent)
    if not shows_value and not shows_tangent:
        return result
    if not shows_value or not shows_tangent:
        return None  # their layouts in memory differ
    return share(args[i], result, lambda x: rule.function(*args[:i], x, *args[i + 1 :], **keywords))


def _of_list(rule: LinearRule, args: Any, keywords: dict[str, Any]) -> Any:
    """The same of a function of a list of arrays: of the list of values and that of tangents."""
    if not args or len(args) > len(rule.maps) + 2:
        return None
    values, tangents = list(args[0]), []
    mode: Any = None
    for i, a in enumerate(values):
        if type(a) is Dual:
            if not _goes_along(a, mode):
                return None
            mode = a.mode
            values[i] = a.value
            tangents.append(a.tangent)
        elif _may_hold_duals(a):
            return None
        else:
            tangents.append(np.zeros(shape_of(a)))
    if mode is None or ((keywords or len(args) > 1) and _goes_by_map(args[1:], keywords)):
        return None
    mode.moved = True
    y = rule.function(values, *args[1:], **keywords)
    return _with_tangent(mode, y, rule.function(tangents, *args[1:], **keywords))


def _goes_along(x: Dual, mode: Mode | None) -> bool:
    """Whether a Dual, of this mode if there is one, has one direction, and a tangent like the value."""
    t = x.tangent
    if type(t) is ndarray:
        if type(x.value) is not ndarray or t.dtype.kind == "c" or x.mode.lanes is not None:
            return False
    elif type(t) is not float:
        return False
    return mode is None or x.mode is mode


def _may_hold_duals(x: Any) -> bool:
    kind = type(x)
    if kind is ndarray:
        return bool(x.dtype.hasobject)
    return hasattr(kind, "_now") or ((kind is list or kind is tuple) and holds_dual(x))


#: Orders of entries that depend on how they lie in memory, which for the tangent may be another way.
_BY_MEMORY = frozenset({"A", "K", "a", "k"})


def _goes_by_map(options: Any, keywords: dict[str, Any]) -> bool:
    given = (*options, *keywords.values())
    return any(type(a) is Dual or (type(a) is str and a in _BY_MEMORY) for a in given)


def _with_tangent(mode: Any, y: Any, t: Any) -> Any:
    """The result of a linear function on the value and on the tangent; None if it is no array of floats."""
    if not (hasattr(y, "dtype") and y.dtype.kind == "f"):
        return None  # dtype=int, say
    if type(y) is not ndarray or type(t) is not ndarray or t.dtype is not y.dtype:
        t = mode.fitted(t, y)
    return make(mode, y, t)


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
