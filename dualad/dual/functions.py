"""NumPy's functions meet a Dual: what ``np.sum(x)`` and the like call.

A function is one of four: it has a rule; it is composed of functions that have one; its result
carries no derivative; or it is refused by name. What all functions share is done here, once:
options given by position, ``out=`` and ``dtype=``. Importing this module completes `Dual`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import cache, partial, wraps
from typing import Any

import numpy as np

from ..corners import note
from ..errors import NoRuleError, UnsupportedError
from ..linear import is_complex, quiet, quietly
from ..modes import Forward, Mode
from ..shapes import shape_of
from ..table import PASSED, RULES, Composed, LinearRule, Rule
from .array_classes import all_held, first_of_class, held, is_array_class, meets_class
from .branches import answer, chosen, looked, pattern_mode
from .callers import note_rounding
from .calls import call, converted, full_name, no_rule, not_complex, top_mode, unknown_keyword, values_of
from .choices import SHORT_WAYS
from .comparisons import meeting, note_a_mask, note_a_place
from .containers import mode_in
from .dual import SETTLED, Dual, as_one, make, primal, settled, stacked
from .linear_calls import OF_AXES, call_linear
from .matrices import holds_duals, on_matrices
from .nested import exchanged, leaves
from .operations import is_left_over, warn_of_a_branch
from .ufuncs import put_into

#: To digits after the point.
_ROUNDING = frozenset({np.round, np.around})


#: Functions that give linear maps, of which nothing needs to be seen to before a call without keywords:
#: their rule, and how many arguments it takes.
usual_rules: dict[Any, tuple[LinearRule, int]] = {}

#: Types that are no user's: of nearly all calls no other takes part.
_OURS = frozenset({Dual, np.ndarray})


def _array_function(self: Any, function: Any, types: Any, args: Any, keywords: Any) -> Any:
    args = settled(args)
    if not _OURS.issuperset(types) and any(map(is_array_class, types)):
        return held(first_of_class((args, keywords))).__array_function__(function, types, args, keywords)
    usual = usual_rules.get(function)
    if usual is not None and not keywords and 0 < len(args) <= usual[1]:
        return call_linear(usual[0], args, keywords)
    rule = _rule_of(function)
    if isinstance(rule, LinearRule):
        if function in _ROUNDING:
            _note_rounding(args, keywords)
        if rule.prepared is not None:
            args = rule.prepared(*args)
        elif function not in _ROUNDING:
            usual_rules[function] = rule, _positional(function)[1]
        of_axes = OF_AXES.issuperset(keywords) and keywords.get("keepdims") is not np._NoValue
        if of_axes and 0 < len(args) <= _positional(function)[1]:
            return call_linear(rule, args, keywords)
    if keywords:
        out = keywords.get("out")
        keywords = settled(keywords)
        if out is not None:
            keywords["out"] = out  # itself, to be written to
    if rule is not None:
        if keywords or len(args) > _positional(function)[1]:
            return _with_options(rule, args, dict(keywords))
        return _called(rule, args, keywords)
    if function in PASSED:
        return _of_values(function, args, keywords)
    if function.__name__ in _MADE_LIKE:
        return _made_like(self, function, args, keywords)
    raise no_rule(function)


def _rule_of(function: Any) -> Any:
    """The rule of a function, None if it has none; some families are loaded when they are needed."""
    rule = RULES.get(function)
    if rule is None and function not in PASSED:
        importlib.import_module("dualad.rules.further")
        rule = RULES.get(function)
    return rule


def _note_rounding(args: Any, keywords: dict[str, Any]) -> None:
    decimals = keywords.get("decimals", args[1] if len(args) > 1 else 0)
    x = as_one(args[0] if args else keywords["a"])
    if type(x) is Dual and type(decimals) is not Dual:
        note_rounding(x, decimals)


#: Functions that ask which numbers are zero.
_ZEROS = frozenset({np.any, np.all, np.count_nonzero, np.nonzero, np.flatnonzero, np.argwhere})

#: Functions that say which number comes first.
_PLACES = frozenset({np.argmax, np.argmin, np.argsort})

#: Functions that ask whether numbers are the same.
_SAME = frozenset({np.array_equal, np.array_equiv, np.isclose, np.allclose})


def _of_values(function: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """What carries no derivative; a question that only this very point answers so is warned of."""
    y = function(*values_of(args), **values_of(keywords))
    if function in _SAME and np.any(y) and is_left_over(*settled(args)):
        return y & False
    if y is True and function in (np.array_equal, np.array_equiv):
        warn_of_a_branch(as_one(args[0]), as_one(args[1]), asked=True)
    if function in (np.isclose, np.allclose) and len(args) > 1 and np.any(y):
        a, b = (x if type(x) is Dual else np.asarray(x) for x in map(as_one, args[:2]))
        apart = meeting(a, b, y)
        if apart is not None:
            warn_of_a_branch(a, b, asked=True, moves=apart)
    if function in _ZEROS and pattern_mode(args[0]) is None:
        numbers = primal(settled(args[0]))
        if np.count_nonzero(numbers) < np.size(numbers):
            note("a test whether numbers are zero")
    if function in _PLACES and pattern_mode(args[0]) is None:
        axis = keywords.get("axis", args[1] if len(args) > 1 else -1)
        if _has_ties(primal(settled(args[0])), y, -1 if axis is None else axis):
            note("the place of one of equal numbers")
        if function is not np.argsort:
            note_a_place(settled(args[0]))
    if function is np.isin and np.any(y):
        note("a test whether a number is one of others")
    if not function.__name__.endswith("_indices_from"):  # which look at the shape only
        chosen(y, *args)
    return answer(y, *args)


def _has_ties(x: Any, places: Any, axis: int) -> bool:
    """Whether neighbours in order along an axis, or several that would be the first are equal."""
    if np.shape(places) == np.shape(x):
        return not np.all(np.diff(np.take_along_axis(x, places, axis), axis=axis))
    return np.ndim(places) == 0 and bool(np.count_nonzero(np.ravel(x) == np.ravel(x)[places]) > 1)


def _called(rule: Rule | LinearRule | Composed, args: Any, keywords: dict[str, Any]) -> Any:
    if isinstance(rule, LinearRule):
        return call_linear(rule, args, keywords)
    if isinstance(rule, Composed):
        return _call_composed(rule, args, keywords)
    return _call_elementwise(rule, args, keywords)


# ---------------------------------------------------------------- options


@cache
def _positional(function: Any) -> tuple[tuple[str, ...], int]:
    """NumPy's names of the positional arguments, and how many of them a rule takes as they are."""
    rule = RULES[function]
    own: tuple[str, ...]
    if isinstance(rule, Rule):
        own = ("",) * rule.arity
    else:
        what = rule.maps[0] if isinstance(rule, LinearRule) else rule.body
        skipped = 0 if isinstance(rule, Composed) else 3 if rule.several else 1
        own = tuple(inspect.signature(what).parameters)[skipped:]
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # before NumPy 2.4 functions in C do not say
        return own, len(own)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(p.name for p in parameters if p.kind in kinds)
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return names, 1000
    if isinstance(rule, Rule):
        return names, rule.arity
    arrays = len(rule.maps) if isinstance(rule, LinearRule) else 0
    same = next(
        (i for i, name in enumerate(names) if i >= arrays and (i >= len(own) or name != own[i])), None
    )
    return names, len(names) if same is None else same


def _with_options(rule: Rule | LinearRule | Composed, args: Any, keywords: dict[str, Any]) -> Any:
    """A call with options: those given by position named, ``out`` and ``dtype`` seen to."""
    function = rule.function
    names, taken = _positional(function)
    named = {**keywords, **dict(zip(names[taken:], args[taken:], strict=False))}
    args, keywords = args[:taken], {k: v for k, v in named.items() if v is not np._NoValue}
    if not args and names[0] in keywords and getattr(rule, "several", "") == "first":
        args = (keywords.pop(names[0]),)
    out = keywords.pop("out", None)
    dtype = keywords.get("dtype")
    if isinstance(rule, LinearRule) and "dtype" in rule.keywords:
        y = _with_dtype(rule, dtype, args, keywords)
    else:
        y = _called(rule, args, keywords)
    if out is None:
        return y
    return put_into(function, y, out if isinstance(out, tuple) else (out,), broadcast=False)


def _with_dtype(rule: LinearRule, dtype: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """A linear map in another floating-point type: NumPy's value, and the map of the converted arrays."""
    others = {k: v for k, v in keywords.items() if k != "dtype"}
    if dtype is None:
        return call_linear(rule, args, others)
    given = _duals_in((args, others))
    mode = top_mode(given)
    y = rule.function(*_stripped(args, mode), **_stripped(keywords, mode))
    if mode is None or np.dtype(dtype).kind not in "fc":
        return y
    args = exchanged(partial(_converted, np.dtype(dtype)), args)
    z = quietly(partial(call_linear, rule, args, others))
    return _with_value(rule.function, y, z, mode, given)


def _converted(dtype: Any, x: Any) -> Any:
    """A Dual in a wider type; NumPy takes the real parts of complex ones for a real type."""
    if type(x) is not Dual:
        return x
    if dtype.kind == "f" and x.dtype.kind == "c":
        x = np.real(x)
    return x.astype(dtype) if x.dtype.itemsize < dtype.itemsize else x


# ---------------------------------------------------------------- elementwise functions

#: The bounds of np.clip have two names each.
_OTHER_NAMES = {"min": "a_min", "max": "a_max"}

#: Keywords about the memory of a result: NumPy sees to them.
_OF_MEMORY = frozenset({"casting", "order", "subok"})


def _call_elementwise(rule: Rule, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    function = rule.function
    args = tuple([as_one(a) for a in args])
    if function is np.where and len(args) == 1:
        return np.nonzero(*args)
    if function is np.where and type(args[0]) is Dual:
        note_a_mask(primal(args[0]) == 0, "a test whether numbers are zero", args[0])
    if len(args) == rule.arity and not keywords:
        short_way = SHORT_WAYS.get(function)
        chosen = None if short_way is None else short_way(*args)
        return call(rule, function, args) if chosen is None else chosen
    names = _positional(function)[0][: rule.arity]
    named = {_OTHER_NAMES.get(k, k): v for k, v in keywords.items()}
    of_memory = {k: named.pop(k) for k in keywords if k in _OF_MEMORY}
    unknown = [k for k in keywords if _OTHER_NAMES.get(k, k) in set(named) - set(names[len(args) :])]
    if unknown:
        raise unknown_keyword(function, unknown)
    args = (*args, *(named.get(name) for name in names[len(args) :]))
    return call(rule, partial(function, **of_memory) if of_memory else function, args)


# ---------------------------------------------------------------- functions made of others


#: Keywords with which a linear function adds something.
_ADDED = frozenset({"append", "initial", "prepend", "to_begin", "to_end"})


def _one_direction(x: Dual) -> bool:
    """Whether the tangent is a plain array like the value."""
    mode = x.mode
    return isinstance(mode, Forward) and mode.lanes is None and type(x.tangent) is np.ndarray is type(x.value)


#: Parameters that count or say where: a derivative would be lost in them.
_WHERE = frozenset({"N", "axes", "axis", "deg", "m", "minlength", "n", "num", "shape", "window_shape"})


def _check_composed(rule: Composed, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    unknown = [k for k in keywords if k not in rule.keywords and not rule.any_keyword]
    if unknown:
        raise unknown_keyword(rule.function, unknown)
    names = _positional(rule.function)[0]
    for name, a in (*zip(names[1:], args[1:], strict=False), *keywords.items()):
        if type(a) is Dual and name in _WHERE.difference(names[:1]):
            raise NoRuleError(
                f"{full_name(rule.function)} cannot take a Dual as {name}=; pass dualad.value(x) there"
            )


def _call_composed(rule: Composed, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if keywords or len(args) > 1:
        _check_composed(rule, args, keywords)
    if not rule.lists:
        args = tuple(map(as_one, args))
        keywords = {k: as_one(v) for k, v in keywords.items()} if keywords else keywords
    given = _duals_in((args, keywords) if keywords else args)
    looked(rule.function, args, given, keywords)
    if rule.exact:
        return rule.body(*args, **keywords)
    mode: Any = top_mode(given)
    args, keywords = _kept(rule.function, args, keywords)
    y = rule.function(*_stripped(args, mode), **(_stripped(keywords, mode) if keywords else keywords))
    if mode is None:
        return y
    for x in given:
        if y is x.value:
            return x  # the function returned its argument
    if rule.linear and args and given[0] is args[0] and len(given) == 1 and _one_direction(given[0]):
        named = _positional(rule.function)[0][: len(args)]
        if _ADDED.isdisjoint((*named, *keywords)):
            t = quietly(partial(rule.function, args[0].tangent, *args[1:], **keywords))
            mode.moved = True
            return make(mode, y, mode.fitted(t, y))
    return _with_value(rule.function, y, quiet.copy().run(rule.body, *args, **keywords), mode, given)


def _kept(function: Any, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """The arguments, without leave to sort the input in its own place: the rule needs it as it is."""
    names = _positional(function)[0]
    if "overwrite_input" not in names:
        return args, keywords
    at = names.index("overwrite_input")
    keywords = {k: v for k, v in keywords.items() if k != "overwrite_input"}
    return args if len(args) <= at else (*args[:at], False, *args[at + 1 :]), keywords


def calling(
    function: Any,
    first: type | None = None,
    array_of: Callable[[Any], Any] | None = None,
    by_method: Callable[[Any], Any] | None = None,
) -> Any:
    """The function as lifted code calls it: Duals are met where NumPy does not look for them, too.

    NumPy asks the arrays of a call what to do, but neither the entries of a list nor options such as
    the value of ``np.full_like``. The function returned looks at all of them, unless there is an
    argument of the type ``first``, which NumPy then asks what to do. ``array_of`` gives the array that
    stands for an object, or the object; ``by_method`` one whose method does what the function does.

    Examples
    --------
    >>> calling(np.max)([Dual(1.0, 1.0), 0.5])
    Dual(1.0 + 1.0ε)
    """

    @wraps(function)
    def call_it(*args: Any, **keywords: Any) -> Any:
        found, plain, asked = False, True, False
        for a in (*args, *keywords.values()) if keywords else args:
            kind = type(a)
            if kind is first:
                asked = True
            elif kind is Dual:
                found = True
            elif not (kind in SETTLED or (kind is np.ndarray and not a.dtype.hasobject)):
                plain = False
                asked = asked or (hasattr(kind, "__array_function__") and not isinstance(a, np.ndarray))
        if not plain:
            if meets_class((args, [*keywords.values()])):
                return _of_classes(function, args, keywords)
            if any(map(holds_duals, args)):
                return on_matrices(function, call_it, args, keywords)
            if by_method is not None and args:
                owner = by_method(args[0])
                if owner is not None:
                    return function._implementation(owner, *args[1:], **keywords)
            if array_of is not None:
                args = tuple(as_arrays(array_of, a) for a in args)
                keywords = {k: v if k == "out" else as_arrays(array_of, v) for k, v in keywords.items()}
        if asked:
            return function(*args, **keywords)
        if not found:
            found = not plain and bool(_duals_in((settled(args), settled(keywords))))
        if not found:
            return function(*args, **keywords)
        if not plain:
            args = tuple(map(_array_of_object, args))
        return _array_function(None, function, (), args, keywords)

    return call_it


def as_arrays(array_of: Callable[[Any], Any], x: Any) -> Any:
    """The arrays that stand for an object, or for those in a list, which NumPy would read past us."""
    if type(x) is list or type(x) is tuple:
        made = [a if type(a) in SETTLED else as_arrays(array_of, a) for a in x]
        return x if all(a is b for a, b in zip(made, x, strict=True)) else type(x)(made)
    return x if hasattr(type(x), "__array_function__") else settled(array_of(x))


def _array_of_object(x: Any) -> Any:
    """What a class that NumPy does not ask makes of its object: numbers, beside a Dual."""
    kind = type(x)
    if kind is list or kind is tuple:
        return x if all(type(a) in SETTLED for a in x) else kind(map(_array_of_object, x))
    if kind is Dual or isinstance(x, np.ndarray | np.generic) or hasattr(kind, "__array_function__"):
        return x
    return np.asarray(x) if hasattr(kind, "__array__") else x


def _of_classes(function: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """The function of arrays of users' classes, which are asked what to do, where derivatives meet them."""
    if mode_in((args, keywords)) is None:
        return function(*args, **keywords)
    first = held(first_of_class((args, keywords)))
    y = first.__array_function__(function, (type(first),), all_held(args), all_held(keywords))
    return function(*args, **keywords) if y is NotImplemented else y


def _duals_in(x: Any) -> list[Dual]:
    """The Duals among arguments, and in the lists and dicts among them."""
    return [a for a in leaves(x) if type(a) is Dual]


def _stripped(x: Any, mode: Mode | None) -> Any:
    """The same with values in place of the Duals of a mode."""
    return exchanged(lambda a: a.value if type(a) is Dual and a.mode is mode else a, x)


def _with_value(function: Any, y: Any, z: Any, mode: Mode, given: list[Dual]) -> Any:
    """The value ``y`` with the derivative of ``z``; all of them where there are several."""
    if isinstance(y, list | tuple):
        parts = [_with_value(function, a, b, mode, given) for a, b in zip(y, z, strict=True)]
        return type(y)(*parts) if hasattr(y, "_fields") else type(y)(parts)
    if getattr(getattr(primal(y), "dtype", None), "kind", "f") not in "fc":
        return y  # whole numbers, truth values: nothing to carry
    if type(z) is not Dual or z.mode is not mode:
        return y
    if is_complex(y) != is_complex(z):
        if is_complex(z):
            raise not_complex(function)
        z = converted(z, primal(y).dtype)
    if shape_of(z) != shape_of(y):
        z = np.reshape(z, shape_of(y))
    t = z.tangent
    if isinstance(mode, Forward):
        t = mode.fitted(t, y)
        if isinstance(t, np.ndarray) and any(np.may_share_memory(t, primal(x.tangent)) for x in given):
            t = t.copy()
    return make(mode, y, t)


# ---------------------------------------------------------------- arrays like a Dual

#: Functions with ``like=``: they make an array that can hold what a Dual holds.
_MADE_LIKE = frozenset(
    {
        *("array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray", "require"),
        *("zeros", "ones", "empty", "full", "arange", "eye", "identity", "tri"),
        *("frombuffer", "fromfile", "fromfunction", "fromiter", "fromstring", "genfromtxt", "loadtxt"),
    }
)


def _made_like(like: Dual, function: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """``np.zeros(3, like=x)``: a Dual whose tangent is zero, or of the Duals that it is made of."""
    given = _duals_in((args, keywords))
    make_array = getattr(np, function.__name__)
    y = make_array(*values_of(args), **values_of(keywords))
    if not given:
        return make(like.mode, y, like.mode.zero(y)) if y.dtype.kind in "fc" else y
    if function.__name__ == "full":
        return np.full_like(like, given[0], dtype=y.dtype, shape=y.shape)
    if function.__name__.startswith(("a", "require")) and function.__name__ != "arange":
        return stacked(args[0]).astype(y.dtype)
    raise UnsupportedError(
        f"np.{function.__name__} of Duals has no derivative; make it of dualad.value(x), "
        "or write np.stack([x, ...])"
    )


_class: Any = Dual
_class.__array_function__ = _array_function
