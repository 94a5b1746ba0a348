"""What is called in place of what can be called and is no function of Python's, by its type.

``called`` gives what is called in place of a function, as everywhere in this folder.
"""

from __future__ import annotations

import functools
import operator
import struct
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual
from ..dual.containers import Container
from ..dual.float_classes import float_method
from ..dual.functions import calling
from ..dual.keys import by_key, on_bytes
from ..dual.ufuncs import rule_of
from ..standins.compiled import (
    Lifting,
    in_place_of_class_of_scipy,
    in_place_of_compiled,
    in_place_of_compiled_class,
    in_place_of_fortran,
    initialising,
)
from ..standins.matrices.sparse_solvers import solving
from ..standins.multiprecision import in_mpmath
from ..standins.plain_numbers import math_stand_in, stand_in, ufunc_of_lists
from ..standins.random_numbers import drawn
from ..standins.refused import refused_bytes
from ..standins.scipy_functions import scipy_stand_in
from ..standins.splines.interpolation import interpolator
from ..standins.splines.scattered import scattered_object
from ..standins.subclassing import method_of_arrays
from ..standins.text import formatting, joining
from ..table import Rule
from ..users import Called, is_users, takes_object
from .attributes import attribute
from .classes import (
    ArrayMethod,
    array_of,
    constructor,
    constructor_of_type,
    is_compiled,
    without_compiling,
)
from .higher_order import Vectorized, clearing, generalized, getter, uncached
from .magic_methods import magic_methods
from .wrappers import compiled_where_plain, rewrapped

#: Functions and types that do not change -> what is called in their place.
known: dict[Any, Any] = {}

#: The type of NumPy's functions that dispatch on their arguments.
DISPATCHING: Any = type(np.sum)

#: Types whose objects find things by their hash.
KEYED = dict, set, frozenset


def in_place_of(called: Called, f: Any) -> Any:
    """What is called in place of an object that is no function of Python's."""
    kind = type(f)
    find = _BY_TYPE.get(kind)
    if find is not None:
        return find(called, f)
    if isinstance(f, type):
        return _class(called, f)
    return _BY_NAME.get(kind.__name__, _object)(called, f)


def _kept(f: Any, replacement: Any) -> Any:
    """Once and for all."""
    known[f] = replacement
    return replacement


# ---------------------------------------------------------------- methods and functions that are compiled


def _method(called: Called, f: Any) -> Any:
    inner = called(f.__func__)
    if inner is not f.__func__:
        return types.MethodType(inner, f.__self__)
    if type(f.__self__) is Container:
        return lambda *args, **keywords: f(*(array_of(called, a) for a in args), **keywords)
    return f


def _dispatching(called: Called, f: Any) -> Any:
    names = f._implementation.__code__.co_names if hasattr(f._implementation, "__code__") else ()
    asks = any(name.startswith("_wrap") for name in names) or f in _ASKING
    by_method = functools.partial(_with_method, called, f.__name__) if asks else None
    # A container may be written into.
    return _kept(f, calling(f, Container, functools.partial(array_of, called), by_method))


#: Functions of NumPy that ask an object for its method, with those that do so by ``_wrapfunc``.
_ASKING = frozenset({np.mean, np.std, np.var, np.squeeze})


def _with_method(called: Called, name: str, x: Any) -> Any:
    """An object of the user's with a method of its own, lifted, which NumPy would call; or None."""
    method: Any = getattr(type(x), name, None)
    own = isinstance(method, types.FunctionType) and not isinstance(x, np.ndarray | np.generic | Dual)
    return Lifting(called, x) if own and is_users(method.__globals__.get("__name__")) else None


#: The type of the owner of a builtin method, and its name -> what is called in its place.
_METHODS: dict[tuple[Any, str], Callable[[Called, Any], Any]] = {
    (functools._lru_cache_wrapper, "cache_clear"): lambda called, f: clearing(f),
    (str, "format"): formatting,
    (str, "join"): lambda called, f: joining(f),
    (struct.Struct, "pack"): lambda called, f: refused_bytes(f),
    (struct.Struct, "pack_into"): lambda called, f: refused_bytes(f),
}


#: Where functions and objects are from that make one number of the bytes of an array.
_OF_DIGESTS = frozenset({"_hashlib", "zlib"})


#: Methods of a single number of NumPy's that make an array of it.
_OF_NUMBERS = frozenset({"flatten", "ravel", "repeat", "reshape"})


def _builtin(called: Called, f: Any) -> Any:
    owner = f.__self__
    find = _METHODS.get((type(owner), f.__name__))
    if find is not None:
        return find(called, f)
    if isinstance(owner, np.ndarray) or (isinstance(owner, np.generic) and f.__name__ in _OF_NUMBERS):
        return ArrayMethod(called, f)
    if isinstance(owner, KEYED) or (isinstance(owner, type) and issubclass(owner, KEYED)):
        return functools.partial(by_key, f)
    if type(owner).__name__ == "SuperLU" and f.__name__ == "solve":
        return solving(owner)
    if (f.__module__ or type(owner).__module__) in _OF_DIGESTS:
        return functools.partial(on_bytes, f)
    if owner is None or isinstance(owner, types.ModuleType):
        return _kept(f, math_stand_in(f) or in_place_of_compiled(called, f))
    return in_place_of_compiled(called, f)


def _bound_slot(called: Called, f: Any) -> Any:
    """A method of a compiled class, as its object has it."""
    owner = f.__self__
    if f.__name__ == "__call__" and not isinstance(owner, type):  # a metaclass goes on to its own base
        if type(owner).__call__ is f.__objclass__.__call__:
            return called(owner)
        of_partial = f.__objclass__ is functools.partial  # super().__call__
        return _partial(called, owner) if of_partial else in_place_of_compiled(called, f)
    if f == object.__setattr__.__get__(owner):
        return functools.partial(magic_methods(called)["__setattr__"], owner)
    if isinstance(owner, KEYED):  # super().__getitem__
        return functools.partial(by_key, f)
    if f.__name__ == "__init__":
        return initialising(f)
    if isinstance(owner, float) and hasattr(float, f.__name__):  # super().__mul__, beside a Dual
        return functools.partial(float_method(f.__name__), owner)
    makes = isinstance(owner, type) and f == type.__call__.__get__(owner)
    return constructor_of_type(called, owner) if makes else f


def _slot(called: Called, f: Any) -> Any:
    """The same, as the class has it."""
    if f.__objclass__ is np.ndarray:
        return _kept(f, method_of_arrays(f))
    return _kept(f, float_method(f.__name__)) if f.__objclass__ is float else _object(called, f)


def _ufunc(called: Called, f: Any) -> Any:
    rule = rule_of(f)
    simple = isinstance(rule, Rule) and rule.outputs == 1 and rule.arity <= 2
    return _kept(f, stand_in(rule, f) if simple else ufunc_of_lists(f))


def _of_cython(called: Called, f: Any) -> Any:
    drawing = f.__module__.startswith("numpy.random")
    return _kept(f, drawn(f) or f) if drawing else in_place_of_compiled(called, f)


# ---------------------------------------------------------------- classes and objects


def _class(called: Called, cls: Any) -> Any:
    if type(cls).__name__ == "JitClassType":  # numba.experimental.jitclass
        return constructor(called, without_compiling(cls))
    made = in_place_of_class_of_scipy(cls) or in_mpmath(cls) or constructor(called, cls)
    return in_place_of_compiled_class(cls) if made is cls and is_compiled(cls) else made


def _partial(called: Called, f: Any) -> Any:
    return functools.partial(called(f.func), *f.args, **f.keywords)


def _getter(called: Called, f: Any) -> Any:
    return getter(called, functools.partial(attribute, called), f)


def _object(called: Called, f: Any) -> Any:
    """An object of any other class."""
    kind = type(f)
    if hasattr(kind, "_self_wrapper"):
        return rewrapped(called, f)
    space = getattr(f, "__dict__", None) if kind.__dictoffset__ else None  # some compiled classes hide it
    inner = space.get("py_func") if type(space) is dict else None  # numba
    if isinstance(inner, types.FunctionType):
        return compiled_where_plain(called, f) if is_users(inner.__module__) else f
    if kind.__module__ == "uarray":  # scipy.fft
        stand_in_of = scipy_stand_in(f)
        return f if stand_in_of is None else functools.partial(stand_in_of, called, f)
    spline = interpolator(f) or scattered_object(f)
    if spline is not None:
        return spline
    call = getattr(kind, "__call__", None)  # noqa: B004 - the function itself is wanted
    globals_of = getattr(call, "__globals__", None)  # of a bound method, too
    if globals_of is not None and is_users(globals_of.get("__name__")):
        inner = called(call)
        if inner is call:
            return f
        return types.MethodType(inner, f) if takes_object(kind, "__call__") else inner
    if type(call) is types.WrapperDescriptorType:  # an object of a compiled class
        return in_place_of_compiled(called, f)
    return f


_BY_TYPE: dict[Any, Callable[[Called, Any], Any]] = {
    types.MethodType: _method,
    DISPATCHING: _dispatching,
    types.BuiltinFunctionType: _builtin,
    types.MethodWrapperType: _bound_slot,
    types.MethodDescriptorType: _slot,
    types.WrapperDescriptorType: _slot,
    np.ufunc: _ufunc,
    np.vectorize: lambda called, f: Vectorized(
        called, f.pyfunc, f.otypes, f.__doc__, f.excluded, f.cache, f.signature
    ),
    functools.partial: _partial,
    functools._lru_cache_wrapper: uncached,
    operator.attrgetter: _getter,
    operator.methodcaller: _getter,
}

#: The same by the names of types, of which there may be several, or whose modules are not at hand.
_BY_NAME: dict[str, Callable[[Called, Any], Any]] = {
    "DUFunc": lambda called, f: Vectorized(called, f._dispatcher.py_func),  # numba.vectorize
    "GUFunc": generalized,  # numba.guvectorize
    "cython_function_or_method": _of_cython,
    "fused_cython_function": _of_cython,
    "fortran": lambda called, f: in_place_of_fortran(f),
}
