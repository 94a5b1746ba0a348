"""Which function is called in place of which.

`lift` makes the copy of a function; `called` is what the copy passes every callee through: a
function of the user's is lifted when it is reached, one that would take a Dual for its value has a
stand-in, everything else is called as it is.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import functools
import operator
import struct
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..dual.array_classes import install
from ..dual.comparisons import look_at_a_guard
from ..dual.containers import Container
from ..dual.float_classes import float_method, new_float
from ..dual.functions import calling
from ..dual.keys import by_key
from ..dual.matrices import without_matrices
from ..dual.ufuncs import rule_of
from ..standins.compiled import (
    in_place_of_compiled,
    in_place_of_compiled_class,
    in_place_of_fortran,
    initialising,
)
from ..standins.matrices.scipy_linalg import stand_ins as linear_algebra
from ..standins.matrices.sparse_functions import matrix_class
from ..standins.matrices.sparse_solvers import solving
from ..standins.multiprecision import in_mpmath
from ..standins.plain_arrays import array_stand_ins
from ..standins.plain_numbers import (
    class_of,
    matched,
    math_stand_in,
    number_stand_ins,
    stand_in,
    ufunc_of_lists,
)
from ..standins.points.hulls import hull_class
from ..standins.points.neighbours import tree_class
from ..standins.random_numbers import drawn
from ..standins.refused import refusals, refused_bytes
from ..standins.scipy_functions import scipy_stand_in
from ..standins.splines.interpolation import interpolator
from ..standins.splines.scattered import scattered_class, scattered_object
from ..standins.subclassing import dispatching, method_of_arrays, new_array, view_stand_in, without_dispatch
from ..standins.text import formatting, joining, modulo, text_stand_ins
from ..table import Rule
from ..users import is_users
from .attributes import attribute, attribute_stand_ins, properties, properties_among
from .classes import (
    ArrayMethod,
    array_of,
    constructor,
    constructor_of_type,
    is_compiled,
    replacing,
    without_compiling,
)
from .evaluating import evaluating, expression
from .exceptions import Suppress, may_swallow, passing
from .higher_order import (
    Vectorized,
    by_qualified_name,
    clearing,
    generalized,
    getter,
    higher_order,
    uncached,
)
from .magic_methods import OPERATORS, magic_among, magic_methods
from .rewriting import rewritten
from .substitution import substituted
from .syntax.visitor import DYNAMIC, Calls
from .wrappers import in_context, method_by_type, rewrapped

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
    Python before 3.13, or made by ``exec``) is run with substituted globals instead; there, what is
    called by the name of a local variable is not lifted.

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
            return ArrayMethod(called, f)
        if isinstance(owner, functools._lru_cache_wrapper) and f.__name__ == "cache_clear":
            return clearing(f)
        if type(owner) is str and f.__name__ == "format":
            return formatting(called, f)
        if type(owner) is str and f.__name__ == "join":
            return joining(f)
        if isinstance(owner, _KEYED) or (isinstance(owner, type) and issubclass(owner, _KEYED)):
            return functools.partial(by_key, f)
        if type(owner) is struct.Struct and f.__name__ in ("pack", "pack_into"):
            return refused_bytes(f)
        if type(owner).__name__ == "SuperLU" and f.__name__ == "solve":
            return solving(owner)
        if owner is None or isinstance(owner, types.ModuleType):
            _known[f] = math_stand_in(f) or in_place_of_compiled(called, f)
            return _known[f]
        return in_place_of_compiled(called, f)
    if kind is types.MethodWrapperType:  # a metaclass goes on to what it is derived from
        if f.__name__ == "__call__" and not isinstance(f.__self__, type):
            own = type(f.__self__).__call__ == getattr(f.__objclass__, "__call__", None)
            return called(f.__self__) if own else in_place_of_compiled(called, f)  # super().__call__
        if f == object.__setattr__.__get__(f.__self__):
            return functools.partial(_operators()["__setattr__"], f.__self__)
        if isinstance(f.__self__, _KEYED):  # super().__getitem__
            return functools.partial(by_key, f)
        if f.__name__ == "__init__":
            return initialising(f)
        if isinstance(f.__self__, float) and hasattr(float, f.__name__):  # super().__mul__, beside a Dual
            return functools.partial(float_method(f.__name__), f.__self__)
        makes = isinstance(f.__self__, type) and f == type.__call__.__get__(f.__self__)
        return constructor_of_type(called, f.__self__) if makes else f
    if kind is np.ufunc:
        rule = rule_of(f)
        simple = isinstance(rule, Rule) and rule.outputs == 1 and rule.arity <= 2
        _known[f] = stand_in(rule, f) if simple else ufunc_of_lists(f)
        return _known[f]
    if kind in _OF_ARRAYS and f.__objclass__ is np.ndarray:
        _known[f] = method_of_arrays(f)
        return _known[f]
    if kind in _OF_ARRAYS and f.__objclass__ is float:
        _known[f] = float_method(f.__name__)
        return _known[f]
    if kind.__name__ == "JitClassType":  # numba.experimental.jitclass
        return constructor(called, without_compiling(f))
    if isinstance(f, type):
        made = tree_class(f) or hull_class(f) or matrix_class(f) or scattered_class(f) or in_mpmath(f)
        if made is None:
            made = constructor(called, f)
        return in_place_of_compiled_class(f) if made is f and is_compiled(f) else made
    if kind is functools.partial:
        return functools.partial(called(f.func), *f.args, **f.keywords)
    if kind is np.vectorize:
        return Vectorized(called, f.pyfunc, f.otypes, f.__doc__, f.excluded, f.cache, f.signature)
    if isinstance(f, functools._lru_cache_wrapper):
        return uncached(called, f)
    if kind is operator.attrgetter or kind is operator.methodcaller:
        return getter(called, _attribute, f)
    if hasattr(kind, "_self_wrapper"):
        return rewrapped(called, f)
    inner = getattr(f, "py_func", None)  # numba
    if kind.__name__ == "DUFunc":  # numba.vectorize
        return Vectorized(called, f._dispatcher.py_func)
    if kind.__name__ == "GUFunc":  # numba.guvectorize
        return generalized(called, f)
    if isinstance(inner, types.FunctionType):
        return called(inner) if is_users(inner.__module__) else f
    if kind.__module__ == "uarray":  # scipy.fft
        stand_in_of = scipy_stand_in(f)
        return f if stand_in_of is None else functools.partial(stand_in_of, called, f)
    if kind.__name__ in ("cython_function_or_method", "fused_cython_function"):
        if f.__module__.startswith("numpy.random"):
            _known[f] = drawn(f) or f
            return _known[f]
        return in_place_of_compiled(called, f)
    if kind.__name__ == "fortran":
        return in_place_of_fortran(f)
    spline = interpolator(f) or scattered_object(f)
    if spline is not None:
        return spline
    call = getattr(kind, "__call__", None)  # noqa: B004 - the function itself is wanted
    if isinstance(call, types.FunctionType) and is_users(call.__globals__.get("__name__")):
        inner = called(call)
        return f if inner is call else types.MethodType(inner, f)
    if type(call) is types.WrapperDescriptorType:  # an object of a compiled class
        return in_place_of_compiled(called, f)
    return f


# ---------------------------------------------------------------- functions


#: In place of new code, where there is no source.
_NO_SOURCE: Any = object()

#: The identity of a code object -> a reference to it, and the new code (None: it is not to be replaced).
_codes: dict[int, tuple[weakref.ref[types.CodeType], Any]] = {}

#: The types of methods of compiled classes, as these have them.
_OF_ARRAYS = types.MethodDescriptorType, types.WrapperDescriptorType

#: Types whose objects find things by their hash.
_KEYED = dict, set, frozenset

#: The type of NumPy's functions that dispatch on their arguments.
_DISPATCHING: Any = type(np.sum)

#: The identity of a function without a closure -> a reference to it, its code, and its copy.
_copies: dict[int, tuple[weakref.ref[Any], types.CodeType, Any]] = {}


def _function(f: types.FunctionType) -> Any:
    found, code = _copies.get(id(f)), f.__code__
    if found is not None and found[0]() is f and found[1] is code:  # which a function may exchange
        return found[2]
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
    """What is called in place of a function of SciPy, or of the array API; None if there is nothing."""
    module = f.__module__
    if module is None:
        return None
    if module.endswith("array_api_compat.numpy.linalg") and f.__name__ == "solve":
        return np.linalg.solve  # which it calls past NumPy's protocols
    if module == "numexpr.necompiler" and f.__name__ == "evaluate":
        return expression
    if not module.startswith("scipy."):
        return None
    if module.startswith("scipy.linalg"):
        algebra = linear_algebra().get(f)
        if algebra is not None:
            return lambda *args, **options: algebra(*_arrays(args), **settled(options))
    replacement = scipy_stand_in(f)
    return replacement and functools.partial(replacement, called, f)


def _arrays(args: Any) -> Any:
    return without_matrices(settled(args))


def _forget(table: dict[int, Any], place: int, _: Any) -> None:
    """What a reference calls when its object goes: also while Python ends, when globals are gone."""
    table.pop(place, None)


def _remembered(f: Any, copy: Any) -> Any:
    """Keep the copy of a function for as long as the function lives.

    The copy must not keep it alive: by a closure, or by globals that are no module's and may go.
    """
    module = sys.modules.get(f.__globals__.get("__name__", ""))
    if f.__closure__ is None and copy is not f and getattr(module, "__dict__", None) is f.__globals__:
        place = id(f)
        _copies[place] = (weakref.ref(f, functools.partial(_forget, _copies, place)), f.__code__, copy)
    return copy


def _wrapper(f: types.FunctionType) -> Any:
    """What the standard library has made of a user's function."""
    module = f.__globals__.get("__name__")
    if module == "contextlib" and hasattr(f, "__wrapped__"):
        return in_context(called, f)
    if module != "functools":
        return by_qualified_name(called, f) or in_mpmath(f) or f
    dispatch = getattr(f, "dispatch", None)
    if dispatch is not None:
        return lambda *args, **keywords: called(dispatch(_type_of(args[0])))(*args, **keywords)
    return method_by_type(called, f) or f


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
    """Whether constants have changed: to others, or functions inside."""
    return len(old.co_consts) != len(new.co_consts) or any(
        type(a) is not type(b)
        or (isinstance(a, types.CodeType) and (a.co_code != b.co_code or _differs(a, b)))
        for a, b in zip(old.co_consts, new.co_consts, strict=True)
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
        return DYNAMIC if wraps else by_qualified_name(called, callee) or _of_others(callee)
    if isinstance(callee, types.BuiltinFunctionType | np.ufunc | _DISPATCHING):
        return called(callee)
    if isinstance(callee, type) and not is_users(callee.__module__):
        return _of_others(callee)
    return DYNAMIC


def _of_others(callee: Any) -> Any:
    """What is called in place of a function or class that is not the user's."""
    return (
        called(callee) if callee.__module__.startswith(("scipy.", "mpmath.")) else _known.get(callee, callee)
    )


#: ``x.name``, where it may be a property.
_attribute = functools.partial(attribute, called)


@functools.cache
def _operators() -> dict[Any, Callable[..., Any]]:
    return magic_methods(called)


def _operate(name: str, *args: Any) -> Any:
    """``operator.add`` and its like."""
    return _operators()[name](*args)


def _enter_context(stack: Any, context: Any) -> Any:
    return contextlib.ExitStack.enter_context(stack, _operators()["__enter__"](context))


def _within(order: Any, distance: Any, x: Any, bound: Any, mask: bool) -> Any:
    """``distance(x) < bound``, which may hold at this very point and not beside it."""
    if type(x) is Dual and look_at_a_guard(x, bound, mask):
        return order(primal(distance(x)), primal(bound))
    return order(distance(x), bound)


_CALLS = Calls(
    called=called,
    matched=matched,
    known=_known_callee,
    attribute=_attribute,
    properties=properties,
    properties_among=properties_among,
    magic=magic_among,
    operators=_operators,
    modulo=modulo,
    within=_within,
    class_of=class_of,
    passing=passing,
    may_swallow=may_swallow,
)


def _array_of(x: Any) -> Any:
    return array_of(called, x)


def _stand_ins() -> dict[Any, Any]:
    install(called, is_users)
    found = {**number_stand_ins(), **array_stand_ins(_array_of), **higher_order(called)}
    found.update(text_stand_ins(called))
    found.update(refusals(found))
    found.update(evaluating(_CALLS, _note))
    found.update(attribute_stand_ins(called, lambda *args: _operators()["assign"](*args), found[hasattr]))
    found[object.__setattr__] = lambda *args: _operators()["__setattr__"](*args)
    found[np.ndarray.view], found[np.ndarray.__new__] = view_stand_in, new_array
    found[float.__new__] = functools.partial(new_float, found[float])
    for function in dispatching():
        found[function._implementation] = without_dispatch(called, function)
    found[type.__call__] = lambda cls, *args, **keywords: constructor_of_type(called, cls)(*args, **keywords)
    found[dataclasses.replace] = replacing(called)
    for name in OPERATORS.values():
        found[getattr(operator, name)] = functools.partial(_operate, name)
    found[contextlib.suppress] = Suppress
    found.update({kind: functools.partial(by_key, kind) for kind in (*_KEYED, collections.OrderedDict)})
    found[contextlib.ExitStack.enter_context] = _enter_context
    return found
