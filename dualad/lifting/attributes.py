"""Attributes of the user's objects: which of them may be properties, and how these are read.

When code is compiled it is not known what an object will be. A name is looked for among the classes
that the code names, and among all those of the packages that its globals come from: their functions
hand out objects of classes that the code does not name.
"""

from __future__ import annotations

import functools
import sys
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..dual.matrices import holds_duals, part
from ..dual.methods import check_has
from ..users import Called, is_users, is_users_class, is_users_function, takes_object


def properties_among(names: dict[str, Any]) -> frozenset[str]:
    """The names of the properties of the user's classes that are among these globals."""
    classes = {value for value in list(names.values()) if isinstance(value, type) and is_users_class(value)}
    return frozenset[str]().union(*map(_read_in, {base for cls in classes for base in cls.__mro__}))


#: A class -> how many members it had, and which of them are properties.
_members: weakref.WeakKeyDictionary[type, tuple[int, frozenset[str]]] = weakref.WeakKeyDictionary()


def _read_in(cls: type) -> frozenset[str]:
    """The names of the members of a class that are read by a function."""
    found = _members.get(cls)
    if found is None or found[0] != len(vars(cls)):
        names = frozenset(name for name, member in list(vars(cls).items()) if _is_read(member))
        found = _members[cls] = len(vars(cls)), names
    return found[1]


def properties(names: dict[str, Any]) -> frozenset[str]:
    """The names of the properties of all classes in the packages that these globals come from.

    A class comes from the packages of its bases as well.
    """
    modules: set[Any] = {names.get("__name__")}
    for value in list(names.values()):
        if isinstance(value, type):
            modules.update(base.__module__ for base in value.__mro__)
        elif isinstance(value, types.FunctionType):
            modules.add(value.__module__)
        elif isinstance(value, types.ModuleType):
            modules.add(value.__name__)
    rooms = {_room(m) for m in modules if isinstance(m, str) and is_users(m)}
    if "pandas" in rooms:
        pandas = sys.modules["pandas"]
        bases = {*pandas.DataFrame.__mro__, *pandas.Series.__mro__}
        _brought.update(frozenset().union(*map(_read_in, bases)) - _OF_LAYOUTS)
    return frozenset(_brought).union(*(_properties_in(room, len(sys.modules)) for room in rooms))


#: Of tables and columns of pandas, once code that is lifted names it: they go to modules that do not.
_brought: set[str] = set()


def _room(module: str) -> str:
    """What a module's classes are at home in: its package; in SciPy, which is large, itself."""
    package = module.partition(".")[0]
    return module if package == "scipy" else package


@functools.cache
def _properties_in(room: str, loaded: int) -> frozenset[str]:
    """Those of one package, or module, as long as no more modules are loaded.

    What says how an array is laid out is left out: it is mostly arrays that are asked for it.
    """
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        if _room(name) == room and isinstance(module, types.ModuleType):
            for cls in list(vars(module).values()):
                if isinstance(cls, type) and cls.__module__ == name:
                    found |= _read_in(cls)
    return frozenset(found).difference(_OF_LAYOUTS)


#: What every array is asked for, and what hardly has a derivative.
_OF_LAYOUTS = frozenset({"data", "dtype", "flags", "itemsize", "nbytes", "ndim", "shape", "size", "strides"})


def _is_read(found: Any) -> bool:
    """Whether a member of a class is read by a function."""
    if isinstance(found, property | functools.cached_property):
        return True
    return _read_by(found) is not None or _read_past_us(found) is not None


def _read_by(found: Any) -> Any:
    """The method of a user's descriptor that reads an attribute, None if it is none of one."""
    read = getattr(type(found), "__get__", None)
    return read if is_users_function(read) and not isinstance(found, property) else None


def _read_past_us(found: Any) -> Any:
    """The user's function in a descriptor of a compiled class, which would call it as it is; or None."""
    kind = type(found)
    if not hasattr(kind, "__get__") or callable(found) or isinstance(found, functools.cached_property):
        return None  # what can be called is a method
    if str(kind.__module__).partition(".")[0] in _OF_PYTHON:  # a class may have a property of that name
        return None
    inside = getattr(found, "fget", None) or getattr(found, "func", None) or getattr(found, "wrapped", None)
    return inside if is_users_function(inside) else None


#: Whose descriptors are known: functions, properties, slots, ...
_OF_PYTHON = frozenset({"builtins", "functools", "numpy", "types"})


def attribute(called: Called, x: Any, name: str) -> Any:
    """``x.name``, where it may be a property: its function is lifted."""
    if type(x) is Dual:
        if name == "__class__":
            return called(type)(x)
        if name not in Dual.__slots__:
            check_has(x, name)
        return getattr(x, name)
    if type(x) is np.ndarray and name in ("real", "imag"):
        return getattr(settled(x), name)
    if name in ("real", "imag") and holds_duals(x):
        return part(x, getattr(np, name))
    for base in type(x).__mro__:
        found = vars(base).get(name)
        if found is None:
            continue
        if not hasattr(found, "__set__") and name in getattr(x, "__dict__", ()):
            break  # what the object has of its own comes before a descriptor that only reads
        if isinstance(found, property) and found.fget is not None:
            read = called(type(found).__get__)
            return called(found.fget)(x) if read is property.__get__ else read(found, x, type(x))
        read = _read_by(found)
        if read is not None:
            return called(read)(found, x, type(x))
        if isinstance(found, functools.cached_property):
            vars(x)[name] = kept = called(found.func)(x)
            return kept
        inside = _read_past_us(found)
        if inside is not None:
            return type(found)(called(inside)).__get__(x, type(x))  # which may keep it in a place of its own
        break
    return _found_by_user(called, x, name)


def _found_by_user(called: Called, x: Any, name: str) -> Any:
    """``x.name``, by methods of a user's class that find attributes."""
    find, otherwise = (_users_function(type(x), n) for n in ("__getattribute__", "__getattr__"))
    if find is None and otherwise is None:
        return getattr(x, name)
    try:
        return called(find or type(x).__getattribute__)(x, name)
    except AttributeError:
        if otherwise is None:
            raise
        return called(otherwise)(*((x,) if takes_object(type(x), "__getattr__") else ()), name)


def _users_function(cls: Any, name: str) -> Any:
    found = getattr(cls, name, None)
    return found if is_users_function(found) else None


def attribute_stand_ins(
    called: Called, assign: Callable[[Any, Any, str], None], values_have: Callable[..., bool]
) -> dict[Any, Callable[..., Any]]:
    """What is called in place of `getattr`, `hasattr` and `setattr`; ``values_have`` is that of numbers."""

    @functools.wraps(getattr)
    def get(x: Any, name: str, *default: Any) -> Any:
        """A property of the user's is lifted, and a Dual has what its value has."""
        if default and type(x) is Dual and not hasattr(primal(x), name):
            return default[0]
        try:
            return attribute(called, x, name)
        except AttributeError:
            if default:
                return default[0]
            raise

    @functools.wraps(hasattr)
    def has(x: Any, name: str) -> bool:
        """It reads a property to find out whether it is there."""
        if not is_users(type(x).__module__):
            return values_have(x, name)
        try:
            attribute(called, x, name)
        except AttributeError:
            return False
        return True

    @functools.wraps(setattr)
    def set_(x: Any, name: str, new: Any) -> None:
        assign(new, x, name)

    return {getattr: get, hasattr: has, setattr: set_}
