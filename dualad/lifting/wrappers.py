"""Functions that others have wrapped: what is inside is lifted, and the wrapper as well.

``called`` gives what is called in place of a function, as everywhere in this folder.
"""

from __future__ import annotations

import functools
import types
import weakref
from typing import Any

import numpy as np

from ..dual import settled
from ..dual.containers import holding, mode_in
from ..users import Called


def _kept(f: Any) -> dict[str, Any]:
    """What a function keeps in its closure."""
    return dict(zip(f.__code__.co_freevars, (c.cell_contents for c in f.__closure__ or ()), strict=True))


#: What a compiled function takes as it is: there is no Dual in it, and none can come to be there.
_PLAIN = frozenset({bool, bytes, complex, float, int, str, type(None)})


#: What numba cannot compile, as it is made in lifted code, and so lifted itself.
_NOT_COMPILED: weakref.WeakSet[Any] = weakref.WeakSet()


def compiled_where_plain(called: Called, f: Any) -> Any:
    """What numba has compiled runs so where it meets no Dual: fast, and some of it runs only compiled."""
    lifted = called(f.py_func)
    if f in _NOT_COMPILED or mode_in(_kept_inside(f)) is not None:
        return lifted

    @functools.wraps(lifted)
    def function(*args: Any, **keywords: Any) -> Any:
        given = settled(args), settled(keywords)
        if f in _NOT_COMPILED or not all(map(_is_plain, (*given[0], *given[1].values()))):
            return lifted(*args, **keywords)
        try:
            return holding(f(*given[0], **given[1]))  # which may be filled with Duals in what follows
        except Exception as error:
            if not type(error).__module__.startswith("numba."):
                raise
        _NOT_COMPILED.add(f)
        return lifted(*args, **keywords)

    return function


def _is_plain(x: Any) -> bool:
    kind = type(x)
    if kind is tuple:
        return all(map(_is_plain, x))
    return kind in _PLAIN or isinstance(x, np.generic) or (kind is np.ndarray and x.dtype.kind in "biufcSU")


def _kept_inside(f: Any) -> list[Any]:
    """What a function keeps in its closure, and so do the compiled functions that it keeps there."""
    kept = list(_kept(f.py_func).values())
    return kept + [x for inner in kept if hasattr(inner, "py_func") for x in _kept_inside(inner)]


def around(called: Called, f: Any) -> Any:
    """What a module that is left alone has made of a user's function: the same code around its copy.

    So are contexts as decorators (``@np.errstate(...)``), and what `contextlib.contextmanager` makes.
    """
    inner = called(f.__wrapped__)
    kept = _kept(f)
    if inner is f.__wrapped__ or not any(x is f.__wrapped__ for x in kept.values()):
        return f
    cells = tuple(types.CellType(inner if x is f.__wrapped__ else x) for x in kept.values())
    copy = types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, cells)
    copy.__kwdefaults__ = f.__kwdefaults__
    return functools.wraps(inner)(copy)


def method_by_type(called: Called, f: Any) -> Any:
    """A method chosen by `functools.singledispatchmethod`; None if it is none."""
    chooser = getattr(getattr(f, "register", None), "__self__", None)
    if not isinstance(chooser, functools.singledispatchmethod):
        return None
    kept = _kept(f)

    def method(*args: Any, **keywords: Any) -> Any:
        found = chooser.dispatcher.dispatch(called(type)(args[0]))
        return called(found.__get__(kept["obj"], kept["cls"]))(*args, **keywords)

    return method


def rewrapped(called: Called, f: Any) -> Any:
    """An object that calls ``_self_wrapper(wrapped, instance, args, keywords)``, as `wrapt` makes them."""
    parts = called(f.__wrapped__), called(f._self_wrapper)
    if parts == (f.__wrapped__, f._self_wrapper):
        return f
    wrapped, wrapper = parts
    if f._self_parent is None:
        return type(f)(wrapped, wrapper, f._self_enabled)
    owner = [f._self_owner] if hasattr(f, "_self_owner") else []  # in newer versions
    bound = f._self_instance, wrapper, f._self_enabled, f._self_binding, f._self_parent
    return type(f)(wrapped, *bound, *owner)
