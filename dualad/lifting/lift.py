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
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..dual.array_classes import install, without_class
from ..dual.comparisons import look_at_a_guard
from ..dual.float_classes import new_float
from ..dual.keys import by_key, hash_of
from ..dual.matrices import without_matrices
from ..standins.matrices.scipy_linalg import stand_ins as linear_algebra
from ..standins.multiprecision import in_mpmath
from ..standins.plain_arrays import array_stand_ins
from ..standins.plain_numbers import (
    class_of,
    matched,
    number_stand_ins,
)
from ..standins.refused import refusals
from ..standins.scipy_arrays import overwritten
from ..standins.scipy_functions import scipy_stand_in
from ..standins.subclassing import dispatching, new_array, view_stand_in, without_dispatch
from ..standins.text import modulo, text_stand_ins
from ..users import is_users, is_users_function
from .attributes import attribute, attribute_stand_ins, properties, properties_among
from .callables import DISPATCHING, KEYED, in_place_of, known
from .classes import (
    array_of,
    constructor_of_type,
    copying,
    replacing,
)
from .evaluating import evaluating, expression
from .exceptions import Suppress, may_swallow, passing
from .higher_order import (
    by_qualified_name,
    higher_order,
)
from .magic_methods import OPERATORS, magic_among, magic_methods
from .rewriting import rewritten
from .substitution import substituted
from .syntax.visitor import DYNAMIC, Calls
from .wrappers import around, method_by_type


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
        found = known.get(f)
    except TypeError:  # an object that cannot be hashed
        found = None
    return _resolved(f) if found is None else found


def _resolved(f: Any) -> Any:
    if not known:
        known.update(_stand_ins())
        return called(f)
    return _function(f) if type(f) is types.FunctionType else in_place_of(called, f)


# ---------------------------------------------------------------- functions


#: In place of new code, where there is no source.
_NO_SOURCE: Any = object()

#: The identity of a code object -> a reference to it, and the new code (None: it is not to be replaced).
_codes: dict[int, tuple[weakref.ref[types.CodeType], Any]] = {}

#: The identity of a function without a closure -> a reference to it, its code, and its copy.
_copies: dict[int, tuple[weakref.ref[Any], types.CodeType, Any]] = {}


def _function(f: types.FunctionType) -> Any:
    found, code = _copies.get(id(f)), f.__code__
    if found is not None and found[0]() is f and found[1] is code:  # which a function may exchange
        return found[2]
    replacement = _for_scipy(f)  # which shares its code with others, where a decorator has made it
    if replacement is not None:
        known[f] = replacement
        return replacement
    found_code = _codes.get(id(code))
    if found_code is not None and found_code[0]() is code:
        new = found_code[1]
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
            return functools.partial(_algebra, algebra)
    replacement = scipy_stand_in(f)
    return replacement and functools.partial(_stand_in, replacement, f)


def _stand_in(replacement: Any, f: Any, /, *args: Any, **options: Any) -> Any:
    return replacement(called, f, *map(_array_of, args), **{k: _array_of(v) for k, v in options.items()})


def _algebra(function: Any, *args: Any, **options: Any) -> Any:
    y = function(*_arrays(args), **settled(options))
    if options.get("overwrite_b"):
        overwritten(options["b"] if "b" in options else args[1], y)
    return y


def _arrays(args: Any) -> Any:
    return without_matrices(settled(without_class(args)))


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
    """What the standard library, or NumPy, has made of a user's function."""
    module = f.__globals__.get("__name__")
    if module != "functools":
        wraps = hasattr(f, "__wrapped__") and not str(module).startswith("dualad.")
        return by_qualified_name(called, f) or in_mpmath(f) or (around(called, f) if wraps else f)
    dispatch = getattr(f, "dispatch", None)
    if dispatch is not None:
        return lambda *args, **keywords: called(dispatch(_type_of(args[0])))(*args, **keywords)
    return method_by_type(called, f) or f


def _type_of(x: Any) -> Any:
    """What `functools` chooses by: a proxy names the class of what it stands for."""
    kind = x.__class__
    return called(type)(x) if kind is type(x) else kind


def _new_code(f: types.FunctionType) -> Any:
    """The code of the copy; `_NO_SOURCE`, or None to leave the function alone."""
    code = f.__code__
    if not is_users_function(f):
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
    if isinstance(callee, types.FunctionType) and not is_users_function(callee):
        wraps = hasattr(callee, "__wrapped__") or hasattr(callee, "dispatch")
        return DYNAMIC if wraps else by_qualified_name(called, callee) or _of_others(callee)
    if isinstance(callee, types.BuiltinFunctionType | np.ufunc | DISPATCHING):
        return called(callee)
    if isinstance(callee, type) and not is_users(callee.__module__):
        return _of_others(callee)
    return DYNAMIC


def _of_others(callee: Any) -> Any:
    """What is called in place of a function or class that is not the user's."""
    return (
        called(callee) if callee.__module__.startswith(("scipy.", "mpmath.")) else known.get(callee, callee)
    )


#: ``x.name``, where it may be a property.
_attribute = functools.partial(attribute, called)


def _operate(name: str, *args: Any) -> Any:
    """``operator.add`` and its like, which are made when they are needed."""
    return magic_methods(called)[name](*args)


def _enter_context(stack: Any, context: Any) -> Any:
    return contextlib.ExitStack.enter_context(stack, magic_methods(called)["__enter__"](context))


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
    operators=functools.partial(magic_methods, called),
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
    found.update(
        attribute_stand_ins(called, lambda *args: magic_methods(called)["assign"](*args), found[hasattr])
    )
    found[object.__setattr__] = lambda *args: magic_methods(called)["__setattr__"](*args)
    found[np.ndarray.view], found[np.ndarray.__new__] = view_stand_in, new_array
    found[np.ndarray] = functools.partial(new_array, np.ndarray)
    found[float.__new__] = functools.partial(new_float, found[float])
    for function in dispatching():
        found[function._implementation] = without_dispatch(called, function)
    found[type.__call__] = lambda cls, *args, **keywords: constructor_of_type(called, cls)(*args, **keywords)
    found[dataclasses.replace] = replacing(called)
    found.update(copying(called))
    for name in OPERATORS.values():
        found[getattr(operator, name)] = functools.partial(_operate, name)
    found[contextlib.suppress] = Suppress
    found[hash] = hash_of
    found.update({kind: functools.partial(by_key, kind) for kind in (*KEYED, collections.OrderedDict)})
    found[contextlib.ExitStack.enter_context] = _enter_context
    return found
