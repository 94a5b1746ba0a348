"""Which function is called in place of which.

`lift` makes the copy of a function; `called` is what the copy passes every callee through: a
function of the user's is lifted when it is reached, one that would take a Dual for its value has a
stand-in, everything else is called as it is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import itertools
import re
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..dual import Dual, holds_dual, primal, settled, stacked
from ..dual.comparisons import holds_at_a_point, warn_of_a_bound
from ..dual.containers import Container, holding, mode_in
from ..dual.functions import calling
from ..dual.methods import check_has
from ..dual.ufuncs import rule_of
from ..errors import (
    ConversionError,
)
from ..table import RULES, Rule
from .compiled import in_place_of_compiled
from .exceptions import Suppress, may_swallow, passing
from .interpolation import interpolator
from .magic_methods import MAGIC, magic_methods
from .plain_arrays import array_stand_ins
from .plain_numbers import number_stand_ins, stand_in
from .rewriting import DYNAMIC, Calls, rewritten
from .scipy_functions import scipy_stand_in
from .scipy_linalg import stand_ins as linear_algebra
from .substitution import substituted
from .text import formatting, modulo

__all__ = ["called", "lift"]


def lift(f: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of a plain function that can be differentiated; every entry point makes one by itself.

    Parameters
    ----------
    f : callable
        A function, method, ``functools.partial`` or callable object.

    Returns
    -------
    callable
        ``f`` itself where there is nothing to replace.

    Notes
    -----
    In the copy each call ``g(x)`` passes ``g`` through a table: the functions of ``math`` and those
    of NumPy that make arrays have stand-ins that know Duals, functions of the user's modules are
    lifted in their turn, all others are called as they are. The copy shares globals, closure and
    defaults with the original. A function whose source is not at hand (typed at the prompt of
    Python before 3.13, or made by ``exec``) is run with substituted globals instead; there, methods
    that are called on objects are not lifted.

    Examples
    --------
    >>> import math
    >>> lift(math.exp)(Dual(0.0, 1.0))
    Dual(1.0 + 1.0ε)
    """
    function: Callable[..., Any] = called(f)
    return function


def called(f: Any) -> Any:
    """What is called in place of ``f``."""
    try:
        found = _known.get(f)
    except TypeError:  # an object that cannot be hashed
        found = None
    return _resolved(f) if found is None else found


#: Functions and types that do not change -> what is called in their place.
_known: dict[Any, Any] = {}


def _resolved(f: Any) -> Any:
    if not _known:
        _known.update(_stand_ins())
        return called(f)
    kind = type(f)
    if kind is types.FunctionType:
        return _function(f)
    if kind is types.MethodType:
        inner = called(f.__func__)
        return f if inner is f.__func__ else types.MethodType(inner, f.__self__)
    if kind is _DISPATCHING:
        _known[f] = calling(f, Container, _array_of)  # which may be what is written into
        return _known[f]
    if kind is types.BuiltinFunctionType:
        owner = f.__self__
        if isinstance(owner, np.ndarray):
            return _ArrayMethod(f)
        if type(owner) is str and f.__name__ == "format":
            return formatting(f)
        if owner is None or isinstance(owner, types.ModuleType):
            _known[f] = in_place_of_compiled(called, f)
            return _known[f]
        return f
    if kind is np.ufunc:
        rule = rule_of(f)
        simple = isinstance(rule, Rule) and rule.outputs == 1 and rule.arity <= 2
        if simple:
            _known[f] = stand_in(rule, f)
        return _known.get(f, f)
    if isinstance(f, type):
        return _constructor(f)
    if kind is functools.partial:
        return functools.partial(called(f.func), *f.args, **f.keywords)
    if kind is np.vectorize:
        return _Vectorized(f.pyfunc, f.otypes, f.__doc__, f.excluded, f.cache, f.signature)
    if isinstance(f, functools._lru_cache_wrapper):
        return _uncached(f)
    inner = getattr(f, "py_func", None)  # numba
    if kind.__name__ == "DUFunc":  # numba.vectorize
        return _Vectorized(f._dispatcher.py_func)
    if isinstance(inner, types.FunctionType):
        return called(inner)
    if kind.__module__ == "uarray":  # scipy.fft
        stand_in_of = scipy_stand_in(f)
        return f if stand_in_of is None else functools.partial(stand_in_of, called, f)
    if kind.__name__ in ("cython_function_or_method", "fused_cython_function"):
        return in_place_of_compiled(called, f)
    spline = interpolator(f)
    if spline is not None:
        return spline
    call = getattr(kind, "__call__", None)  # noqa: B004
    if isinstance(call, types.FunctionType) and is_users(call.__globals__.get("__name__")):
        inner = called(call)
        return f if inner is call else types.MethodType(inner, f)
    return f


# ---------------------------------------------------------------- functions


#: Modules whose functions do well as they are; of the standard library there are some that do not.
_LEFT_ALONE = frozenset({"dualad", "mpmath", "numpy", *sys.stdlib_module_names}) - {"__main__", "statistics"}
_LIFTED_PARTS = ("dualad.classroom", "numpy.polynomial", "numpy.lib._polynomial_impl", "numpy.lib.polynomial")


def is_users(module: str | None) -> bool:
    """Whether the code of a module is to be lifted: that of a user, or of an example of the lectures."""
    module = module or "__main__"
    if module.startswith("scipy.sparse._"):  # matrices, which ask a Dual for the product
        return False
    return module.partition(".")[0] not in _LEFT_ALONE or module.startswith(_LIFTED_PARTS)


#: In place of new code, where there is no source.
_NO_SOURCE: Any = object()

#: The identity of a code object -> a reference to it, and the new code (None: it is not to be replaced).
_codes: dict[int, tuple[weakref.ref[types.CodeType], Any]] = {}

#: The type of NumPy's functions that dispatch on their arguments.
_DISPATCHING: Any = type(np.sum)

#: The identity of a function without a closure -> a reference to it, and its copy.
_copies: dict[int, tuple[weakref.ref[Any], Any]] = {}


def _function(f: types.FunctionType) -> Any:
    found = _copies.get(id(f))
    if found is not None and found[0]() is f:
        return found[1]
    code = f.__code__
    replacement = _for_scipy(f)  # which shares its code with others, where a decorator has made it
    if replacement is not None:
        _known[f] = replacement
        return replacement
    known = _codes.get(id(code))
    if known is not None and known[0]() is code:
        new = known[1]
    else:
        new = _new_code(f)
        _note(code, new)
    if new is None:
        return _wrapper(f)
    if new is _NO_SOURCE:
        return substituted(f, called)
    copy = types.FunctionType(new, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
    copy.__kwdefaults__ = f.__kwdefaults__
    for name in functools.WRAPPER_ASSIGNMENTS:
        setattr(copy, name, getattr(f, name))
    copy.__dict__ = f.__dict__  # one for both: a function may keep something there
    return _remembered(f, copy)


def _for_scipy(f: types.FunctionType) -> Any:
    """What is called in place of a function of SciPy, None if there is nothing."""
    module = f.__module__
    if module is None or not module.startswith("scipy."):
        return None
    if module.endswith("array_api_compat.numpy.linalg") and f.__name__ == "solve":
        return np.linalg.solve  # which it calls past NumPy's protocols
    if module.startswith("scipy.linalg"):
        algebra = linear_algebra().get(f)
        return algebra and (lambda *args, **keywords: algebra(*settled(args), **settled(keywords)))
    replacement = scipy_stand_in(f)
    return replacement and functools.partial(replacement, called, f)


def _forget(table: dict[int, Any], place: int, _: Any) -> None:
    """What a reference calls when its object goes: also while Python ends, when globals are gone."""
    table.pop(place, None)


def _remembered(f: Any, copy: Any) -> Any:
    """Keep the copy of a function for as long as the function lives; a closure could keep it alive."""
    if f.__closure__ is None and copy is not f:
        place = id(f)
        _copies[place] = (weakref.ref(f, functools.partial(_forget, _copies, place)), copy)
    return copy


def _wrapper(f: types.FunctionType) -> Any:
    """What the standard library has made of a user's function."""
    if f.__globals__.get("__name__") == "contextlib" and hasattr(f, "__wrapped__"):
        inner = called(f.__wrapped__)
        return f if inner is f.__wrapped__ else contextlib.contextmanager(inner)
    dispatch = getattr(f, "dispatch", None)
    if f.__globals__.get("__name__") == "functools" and dispatch is not None:
        return lambda *args, **keywords: called(dispatch(_type_of(args[0])))(*args, **keywords)
    return f


def _type_of(x: Any) -> Any:
    return called(type)(x)


def _new_code(f: types.FunctionType) -> Any:
    """The code of the copy; `_NO_SOURCE`, or None to leave the function alone."""
    code = f.__code__
    if not is_users(f.__globals__.get("__name__")):
        return None
    new = rewritten(code, f.__globals__, _CALLS)
    if new is None:
        return _NO_SOURCE
    return new if new.co_code != code.co_code or _differs(code, new) else None


def _differs(old: types.CodeType, new: types.CodeType) -> bool:
    """Whether functions inside have changed."""
    inside = [(a, b) for a, b in zip(old.co_consts, new.co_consts, strict=False) if hasattr(a, "co_code")]
    return len(old.co_consts) != len(new.co_consts) or any(
        a.co_code != b.co_code or _differs(a, b) for a, b in inside
    )


def _note(code: types.CodeType, new: Any) -> None:
    """What comes in place of code, remembered for as long as the code lives; new code stays as it is."""
    place = id(code)
    _codes[place] = (weakref.ref(code, functools.partial(_forget, _codes, place)), new)
    if isinstance(new, types.CodeType):
        for one in _all_codes(new):
            _note(one, None)


def _all_codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            yield from _all_codes(c)


def _known_callee(callee: Any) -> Any:
    """What is called in place of a callee that is known when code is compiled."""
    if not _known:
        _known.update(_stand_ins())
    if isinstance(callee, types.FunctionType) and not is_users(callee.__globals__.get("__name__")):
        wraps = hasattr(callee, "__wrapped__") or hasattr(callee, "dispatch")
        return DYNAMIC if wraps else _known.get(callee, callee)
    if isinstance(callee, types.BuiltinFunctionType | np.ufunc | _DISPATCHING):
        return called(callee)
    if isinstance(callee, type) and not is_users(callee.__module__):
        return _known.get(callee, callee)
    return DYNAMIC


def _is_property(name: str, names: dict[str, Any]) -> bool:
    """Whether a class among the globals has a property of this name that is the user's."""
    for value in list(names.values()):
        if isinstance(value, type) and is_users(value.__module__):
            for base in value.__mro__:
                found = vars(base).get(name)
                if isinstance(found, property | functools.cached_property):
                    return True
    return False


def _attribute(x: Any, name: str) -> Any:
    """``x.name``, where it may be a property: its function is lifted."""
    if type(x) is Dual:
        check_has(x, name)
        return getattr(x, name)
    for base in type(x).__mro__:
        found = vars(base).get(name)
        if found is None:
            continue
        if isinstance(found, property) and found.fget is not None:
            read = called(type(found).__get__)
            return called(found.fget)(x) if read is property.__get__ else read(found, x, type(x))
        if type(found) is functools.cached_property:
            kept = vars(x)
            if name not in kept:
                kept[name] = called(found.func)(x)
            return kept[name]
        break
    return getattr(x, name)


@functools.wraps(getattr)
def _getattr(x: Any, name: str, *default: Any) -> Any:
    """A property of the user's is lifted, and a Dual has what its value has."""
    if default and type(x) is Dual and not hasattr(primal(x), name):
        return default[0]
    try:
        return _attribute(x, name)
    except AttributeError:
        if default:
            return default[0]
        raise


@functools.wraps(setattr)
def _setattr(x: Any, name: str, new: Any) -> None:
    _operators()["assign"](new, x, name)


def _magic(names: dict[str, Any]) -> frozenset[str]:
    """The methods, of users' classes among the globals, that Python calls by itself."""
    found: set[str] = set()
    for value in list(names.values()):
        if isinstance(value, type) and is_users(value.__module__) and not issubclass(value, np.ndarray):
            for base in value.__mro__:
                if is_users(base.__module__):
                    found.update(MAGIC.intersection(vars(base)))
    return frozenset(found)


@functools.cache
def _operators() -> dict[Any, Callable[..., Any]]:
    return magic_methods(called, is_users)


def _within(order: Any, distance: Any, x: Any, bound: Any) -> Any:
    """``distance(x) < bound``, which may hold at this very point and not beside it."""
    found = order(distance(x), bound)
    if type(x) is Dual and type(x.tangent) is float and holds_at_a_point(x, bound):
        warn_of_a_bound(x, bound)
    return found


_CALLS = Calls(
    called=called,
    known=_known_callee,
    attribute=_attribute,
    is_property=_is_property,
    magic=_magic,
    operators=_operators,
    modulo=modulo,
    within=_within,
    passing=passing,
    may_swallow=may_swallow,
)


# ---------------------------------------------------------------- objects and classes


def _constructor(cls: type) -> Any:
    """What makes an object of a user's class: its ``__new__`` and ``__init__``, lifted."""
    if not is_users(cls.__module__) or type(cls).__call__ is not type.__call__:
        return cls
    new, init = cls.__new__, cls.__init__  # type: ignore[misc]
    if issubclass(cls, float):
        return functools.partial(_constructed, cls)
    if not isinstance(new, types.FunctionType) and not isinstance(init, types.FunctionType):
        return cls
    return functools.partial(_constructed, cls)


def _constructed(cls: Any, *args: Any, **keywords: Any) -> Any:
    if issubclass(cls, float):
        given = [a for a in (*args, *keywords.values()) if type(a) is Dual]
        if given:
            return _number_of_class(cls, given[0], args, keywords)
    new = called(cls.__new__)
    x = new(cls) if cls.__new__ is object.__new__ else new(cls, *args, **keywords)
    if isinstance(x, cls):
        if hasattr(cls, "__dataclass_fields__") and hasattr(cls, "__post_init__"):
            _init_dataclass(cls, x, args, keywords)
        else:
            called(type(x).__init__)(x, *args, **keywords)
    return x


def _number_of_class(cls: Any, x: Dual, args: Any, keywords: Any) -> Any:
    """A user's kind of float made of a Dual: the class may look at the value, and the Dual goes on."""
    made = float.__float__(cls(*map(primal, args), **{k: primal(v) for k, v in keywords.items()}))
    if made != primal(x):
        raise ConversionError(
            f"{cls.__name__}(x) makes another number of a Dual ({made!r} of {primal(x)!r}); "
            "compute with x itself, and make the object of the result"
        )
    return x


def _init_dataclass(cls: Any, x: Any, args: Any, keywords: Any) -> None:
    """The ``__init__`` that dataclass writes calls ``__post_init__`` on the object, past us."""
    post_init = called(cls.__post_init__)
    lifted = type(cls.__name__, (cls,), {"__post_init__": post_init, "__slots__": ()})
    object.__setattr__(x, "__class__", lifted)  # past a frozen class
    try:
        cls.__init__(x, *args, **keywords)
    finally:
        object.__setattr__(x, "__class__", cls)


@functools.wraps(dataclasses.replace)
def _replace(x: Any, /, **changes: Any) -> Any:
    """A copy of an object of a dataclass, made by its lifted ``__init__`` and ``__post_init__``."""
    fields = dataclasses.fields(x)
    if not all(f.init and f.name in vars(x) for f in fields) or not is_users(type(x).__module__):
        return dataclasses.replace(x, **changes)
    return called(type(x))(**{f.name: getattr(x, f.name) for f in fields} | changes)


def _array_of(x: Any) -> Any:
    """The Dual that an object of the user's makes of itself, in its ``__array__``; or the object."""
    make = getattr(type(x), "__array__", None)
    if not isinstance(make, types.FunctionType) or type(x) is Dual:
        return x
    if not is_users(make.__globals__.get("__name__")):
        return x
    made = settled(called(make)(x))
    return made if type(made) is Dual else x


class _ArrayMethod:
    """A method of a plain array, which may meet Duals and may make arrays that come to hold some."""

    def __init__(self, method: Any):
        self._method = method

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        method = self._method
        if mode_in((args, keywords)) is not None:
            function = getattr(np, method.__name__, None)
            if function is not None:
                return called(function)(method.__self__, *settled(args), **settled(keywords))
        made = method(*args, **keywords)
        return made if made is method.__self__ else holding(made)


# ---------------------------------------------------------------- functions that take functions


def _with_lifted_functions(original: Any, position: int | None) -> Any:
    """``original``, with the function among its arguments lifted: the one at the position, or by name."""

    @functools.wraps(original, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        if position is not None and position < len(args) and callable(args[position]):
            args = (*args[:position], called(args[position]), *args[position + 1 :])
        return original(*args, **{k: called(v) if k in _BY_NAME and v else v for k, v in keywords.items()})

    return function


@functools.wraps(np.piecewise)  # type: ignore[arg-type]
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **keywords: Any) -> Any:
    """Where the functions bring Duals in, the places may be plain."""
    importlib.import_module("dualad.rules.ranges")
    functions = [called(f) if callable(f) else settled(f) for f in settled(funclist)]
    rule: Any = RULES[np.piecewise]
    return holding(rule.body(settled(x), settled(condlist), functions, *args, **keywords))


class _Vectorized:
    """``np.vectorize``: by entries, or by the arrays that its signature names, in plain Python."""

    def __init__(self, pyfunc: Any = None, *args: Any, **keywords: Any):
        self._pyfunc = pyfunc
        self._arguments = args, keywords

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        given, named = self._arguments
        if self._pyfunc is None:  # a decorator with options
            return _Vectorized(args[0], *given, **named)
        function = called(self._pyfunc)
        plain = np.vectorize(function, *given, **named)
        taken = [i for i in range(len(args)) if i not in plain.excluded]
        args = tuple(_as_array(a) if i in taken else a for i, a in enumerate(args))
        if mode_in((args, keywords)) is None and not _brings_duals(function, args, keywords, taken):
            return holding(plain(*args, **keywords))
        cores = (
            [len(c.split(",")) if c else 0 for c in _CORES(plain.signature.partition("->")[0])]
            if (plain.signature)
            else [0] * len(taken)
        )
        outer = [np.shape(args[i])[: np.ndim(args[i]) - n] for i, n in zip(taken, cores, strict=True)]
        shape = np.broadcast_shapes(*outer)
        results = []
        for at in np.ndindex(shape):
            entries = list(args)
            for i, own in zip(taken, outer, strict=True):
                place = tuple(0 if d == 1 else k for k, d in zip(at[len(at) - len(own) :], own, strict=True))
                entries[i] = args[i][place] if np.ndim(args[i]) else args[i]
            results.append(settled(function(*entries, **keywords)))
        if results and isinstance(results[0], tuple):
            return tuple(_reshaped(list(one), shape) for one in zip(*results, strict=True))
        return _reshaped(results, shape)


_CORES = re.compile(r"\(([^)]*)\)").findall


def _as_array(x: Any) -> Any:
    x = settled(x)
    if isinstance(x, list | tuple) and not holds_dual(x):
        return settled(called(np.asarray)(x))  # of whole numbers it is plain
    return stacked(x)


def _brings_duals(function: Any, args: Any, keywords: Any, taken: list[int]) -> bool:
    """Whether the function gives a Dual for plain entries: a closure may bring one in."""
    if getattr(function, "__closure__", None) is None or any(not np.size(args[i]) for i in taken):
        return False
    entries = [np.ravel(a)[0] if i in taken and np.ndim(a) else a for i, a in enumerate(args)]
    return mode_in(function(*entries, **keywords)) is not None


def _reshaped(entries: list[Any], shape: Any) -> Any:
    if not shape:
        return entries[0]
    entries = stacked(entries)
    return np.reshape(entries, shape + np.shape(entries)[1:])


def _uncached(f: Any) -> Any:
    """A function with a cache, which would hash its arguments; for Duals it has a cache of ours."""

    @functools.wraps(f)
    def function(*args: Any, **keywords: Any) -> Any:
        if not any(type(a) is Dual for a in (*args, *keywords.values())):
            return f(*args, **keywords)
        mode = next(a.mode for a in (*args, *keywords.values()) if type(a) is Dual)
        cache = mode.remembered.setdefault(id(f), {})
        key = (tuple(map(_key, args)), tuple((k, _key(v)) for k, v in keywords.items()))
        found = cache.get(key)
        if found is None:
            found = cache[key] = (called(f.__wrapped__)(*args, **keywords), args, keywords)
        return found[0]

    return function


def _key(x: Any) -> Any:
    return (Dual, id(x)) if type(x) is Dual else x


#: Functions of functions -> where they take one; None: only by name.
_HIGHER_ORDER: dict[Any, int | None] = {
    **dict.fromkeys((map, filter, functools.reduce, functools.partial, itertools.starmap), 0),
    **dict.fromkeys((itertools.takewhile, itertools.dropwhile, itertools.filterfalse), 0),
    **dict.fromkeys((itertools.accumulate, itertools.groupby), 1),
    **dict.fromkeys((sorted, min, max), None),
    **dict.fromkeys((np.apply_along_axis, np.apply_over_axes, np.fromfunction), 0),
}

#: The names of such arguments.
_BY_NAME = frozenset({"key", "func", "func1d", "function"})


def _stand_ins() -> dict[Any, Any]:
    found = {**number_stand_ins(), **array_stand_ins(_array_of)}
    for function, position in _HIGHER_ORDER.items():
        found[function] = _with_lifted_functions(function, position)
    found[np.vectorize] = _Vectorized
    found[np.piecewise] = _piecewise
    found[getattr], found[setattr] = _getattr, _setattr
    found[dataclasses.replace] = _replace
    found[contextlib.suppress] = Suppress
    return found
