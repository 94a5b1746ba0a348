"""Objects of the user's classes, made by lifted methods, and methods of plain arrays that meet Duals.

``called`` gives what is called in place of a function, as everywhere in this folder.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..dual.containers import Container, holding, mode_in
from ..errors import ConversionError
from ..standins.plain_arrays import of_numbers
from ..standins.text import checked_numbers
from ..users import Called, is_users, is_users_class, is_users_function, takes_object


def constructor(called: Called, cls: Any) -> Any:
    """What makes an object of a user's class: its ``__new__`` and ``__init__``, lifted."""
    if type(cls).__call__ is not type.__call__:  # of a metaclass
        make = called(type(cls).__call__)
        if make is type(cls).__call__:
            return cls
        return functools.partial(make, cls) if takes_object(type(cls), "__call__") else make  # of TypedDict
    return constructor_of_type(called, cls)


def is_compiled(cls: Any) -> bool:
    """Whether compiled code of another package makes the objects of a class."""
    makers = getattr(cls.__init__, "__objclass__", object), getattr(cls.__new__, "__self__", object)
    return any(is_users(maker.__module__) for maker in makers)


def constructor_of_type(called: Called, cls: Any) -> Any:
    """The same, whatever its metaclass would do before and after."""
    if not is_users_class(cls):
        return cls
    new, init = cls.__new__, cls.__init__
    if not issubclass(cls, float) and not any(isinstance(f, types.FunctionType) for f in (new, init)):
        return cls
    return functools.partial(_constructed, called, cls)


def _constructed(called: Called, cls: Any, /, *args: Any, **keywords: Any) -> Any:
    if issubclass(cls, np.float64):
        given = [a for a in (*args, *keywords.values()) if type(a) is Dual]
        if given:
            return _number_of_class(cls, given[0], args, keywords)
    new = called(cls.__new__)
    x = new(cls) if cls.__new__ is object.__new__ else new(cls, *args, **keywords)
    if isinstance(x, cls):
        setting = _setting(called, cls) if hasattr(cls, "__dataclass_fields__") else {}
        if setting or (hasattr(cls, "__dataclass_fields__") and hasattr(cls, "__post_init__")):
            _init_dataclass(called, cls, x, args, keywords, setting)
        else:
            called(type(x).__init__)(x, *args, **keywords)
    return x


def _number_of_class(cls: Any, x: Dual, args: Any, keywords: Any) -> Any:
    """A kind of NumPy's float made of a Dual: the class may look at the value, and the Dual goes on."""
    made = float.__float__(cls(*map(primal, args), **{k: primal(v) for k, v in keywords.items()}))
    if made != primal(x):
        raise ConversionError(
            f"{cls.__name__}(x) makes another number of a Dual ({made!r} of {primal(x)!r}); "
            "compute with x itself, and make the object of the result"
        )
    return x


def _init_dataclass(called: Called, cls: Any, x: Any, args: Any, keywords: Any, members: Any) -> None:
    """The ``__init__`` that dataclass writes calls ``__post_init__`` and sets fields, past us."""
    members = {**members, "__slots__": ()}
    if hasattr(cls, "__post_init__"):
        members["__post_init__"] = called(cls.__post_init__)
    lifted = _derived(cls, members)
    object.__setattr__(x, "__class__", lifted)  # past a frozen class
    try:
        cls.__init__(x, *args, **keywords)
    finally:
        object.__setattr__(x, "__class__", cls)


class _Blank:
    pass


def _derived(cls: Any, members: dict[str, Any]) -> Any:
    """A class derived from another one, of which the ``__init_subclass__`` of that one is not to hear."""
    derived: Any = type(cls.__name__, (_Blank,), {k: m for k, m in members.items() if k != "__slots__"})
    try:
        derived.__bases__ = (cls,)
    except TypeError:  # objects with slots
        return type(cls.__name__, (cls,), members)
    return derived


def _setting(called: Called, cls: Any) -> dict[str, Any]:
    """The fields whose assignment runs code of the user's, and such a ``__setattr__``: they are lifted."""
    found = {name: inspect.getattr_static(cls, name, None) for name in cls.__dataclass_fields__}
    own = {name: getattr(type(member), "__set__", None) for name, member in found.items()}
    setting: dict[str, Any] = {
        name: _Setting(called(one), found[name]) for name, one in own.items() if is_users_function(one)
    }
    if is_users_function(cls.__setattr__):
        setting["__setattr__"] = called(cls.__setattr__)
    return setting


class _Setting:
    """A descriptor of the user's, with its ``__set__`` lifted."""

    def __init__(self, assign: Any, descriptor: Any):
        self._assign, self._descriptor = assign, descriptor

    def __get__(self, x: Any, owner: Any = None) -> Any:
        return self._descriptor.__get__(x, owner)

    def __set__(self, x: Any, new: Any) -> None:
        self._assign(self._descriptor, x, new)


@functools.cache
def without_compiling(cls: Any) -> type:
    """The class of Python's that a class compiled by numba has been made of."""
    made = cls.class_type
    members: dict[str, Any] = {"__module__": cls.__module__, **made.methods}
    for name, parts in made.jit_props.items():
        members[name] = property(*(getattr(parts.get(p), "py_func", None) for p in ("get", "set")))
    for name, method in made.jit_static_methods.items():
        members[name] = staticmethod(method.py_func)
    return type(cls.__name__, (), members)


def replacing(called: Called) -> Callable[..., Any]:
    """`dataclasses.replace` for what is in its place: ``__init__`` and ``__post_init__`` are lifted."""

    @functools.wraps(dataclasses.replace)
    def replace(x: Any, /, **changes: Any) -> Any:
        fields = dataclasses.fields(x)
        if not is_users(type(x).__module__) or any(f.name in changes and not f.init for f in fields):
            return dataclasses.replace(x, **changes)
        kept = {f.name: getattr(x, f.name) for f in fields if f.init and f.name not in changes}
        return called(type(x))(**kept | changes)

    return replace


def copying(called: Called) -> dict[Any, Callable[..., Any]]:
    """`copy.copy` and `copy.deepcopy`: what an object's class does itself is lifted."""

    @functools.wraps(copy.copy)
    def one(x: Any) -> Any:
        own = getattr(type(x), "__copy__", None)
        return called(own)(x) if is_users_function(own) else copy.copy(x)

    @functools.wraps(copy.deepcopy)
    def deep(x: Any, memo: Any = None) -> Any:
        own = getattr(type(x), "__deepcopy__", None)
        if not is_users_function(own):
            return copy.deepcopy(x, memo)
        memo = {} if memo is None else memo
        if id(x) not in memo:
            memo[id(x)] = called(own)(x, memo)
            memo.setdefault(id(memo), []).append(x)  # which is to live as long as its number is used
        return memo[id(x)]

    return {copy.copy: one, copy.deepcopy: deep}


def array_of(called: Called, x: Any) -> Any:
    """What an object of the user's makes of itself, a Dual or what may come to hold some; or the object."""
    make = getattr(type(x), "__array__", None)
    if make is None and type(x) is not Dual and _is_sequence(type(x)):
        made = _of_entries(called, x)
    elif is_users_function(make) and type(x) is not Dual:
        made = called(make)(x)
    else:
        return x
    now = made if type(made) is Container else settled(made)  # what may be written to stays itself
    return now if type(now) in (Dual, Container) else x


def _is_sequence(cls: Any) -> bool:
    """Whether NumPy makes an array of the entries of an object of this class of the user's."""
    own = all(is_users_function(getattr(cls, name, None)) for name in ("__len__", "__getitem__"))
    return own and not issubclass(cls, np.ndarray | list | tuple | dict | Mapping)


def _of_entries(called: Called, x: Any) -> Any:
    """An array of the entries of an object; the object, where it does not say how many these are."""
    try:
        called(len)(x)
    except Exception:  # as NumPy does, whatever it is
        return x
    return called(np.asarray)(called(list)(x))


#: Methods that make floats of objects.
_OF_FLOATS = frozenset({"astype", "mean"})


class ArrayMethod:
    """A method of a plain array, which may meet Duals and may make arrays that come to hold some."""

    def __init__(self, called: Called, method: Any):
        self._called = called
        self._method = method

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        method = self._method
        args = tuple(array_of(self._called, a) for a in args)
        if method.__name__ in _OF_FLOATS and method.__self__.dtype == object:
            now = of_numbers(method.__self__)
            if mode_in(now) is not None:
                return getattr(now, method.__name__)(*args, **keywords)
        if mode_in((args, keywords)) is not None:
            function = getattr(np, method.__name__, None)
            if function is np.compress:  # which has the array in another place
                keywords |= zip(("condition", "axis", "out"), args, strict=False)
                return self._called(function)(a=method.__self__, **settled(keywords))
            if function is np.choose and len(args) > 1:  # the choices may stand by themselves
                args = (list(args),)
            if function is not None:
                return self._called(function)(method.__self__, *settled(args), **settled(keywords))
        if method.__name__ == "resize":
            keywords["refcheck"] = False  # as we refer to it, too
        made = method(*args, **keywords)
        if method.__name__ == "astype":
            if method.__self__.dtype.kind in "SUT":
                checked_numbers(made)
            elif made.dtype == object:  # of which the entries are Python's numbers
                return _with_python_numbers(made)
        return made if made is method.__self__ else holding(made, isinstance(method.__self__, np.generic))


def of_python(x: Any) -> Any:
    """A number of NumPy's, or a Dual of one, as a number of Python's."""
    value = primal(x) if type(x) is Dual else x
    return x.item() if isinstance(value, np.generic) else x


#: An array of objects, with Python's numbers for NumPy's.
_with_python_numbers = np.frompyfunc(of_python, 1, 1)
