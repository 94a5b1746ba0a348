"""Properties of the user's classes: which attributes of an object may be read, or set, by a function.

When code is compiled it is not known what an object will be. A name is looked for among the classes
that the code names, and among all those of the packages that its globals come from: their functions
hand out objects of classes that the code does not name.
"""

from __future__ import annotations

import functools
import sys
import types
from typing import Any

import numpy as np

from ..users import is_users

__all__ = ["is_property", "properties", "read_by"]


def is_property(name: str, names: dict[str, Any]) -> bool:
    """Whether a class among the globals has a property of this name that is the user's."""
    for value in list(names.values()):
        if isinstance(value, type) and is_users(value.__module__):
            for base in value.__mro__:
                if _is_read(vars(base).get(name)):
                    return True
    return False


def properties(names: dict[str, Any]) -> frozenset[str]:
    """The names of the properties of all classes in the packages that these globals come from."""
    modules: set[Any] = {names.get("__name__")}
    for value in list(names.values()):
        if isinstance(value, type | types.FunctionType):
            modules.add(value.__module__)
        elif isinstance(value, types.ModuleType):
            modules.add(value.__name__)
    packages = {m.partition(".")[0] for m in modules if isinstance(m, str) and is_users(m)} - {"scipy"}
    return frozenset[str]().union(*(_properties_in(p, len(sys.modules)) for p in packages))


@functools.cache
def _properties_in(package: str, loaded: int) -> frozenset[str]:
    """Those of one package, as long as no more modules are loaded.

    What arrays have too is left out: it is mostly they who are asked for it.
    """
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == package and isinstance(module, types.ModuleType):
            for cls in list(vars(module).values()):
                if isinstance(cls, type) and cls.__module__ == name:
                    found.update(n for n, member in list(vars(cls).items()) if _is_read(member))
    return frozenset(found).difference(dir(np.ndarray))


def _is_read(found: Any) -> bool:
    """Whether a member of a class is read by a function."""
    return isinstance(found, property | functools.cached_property) or read_by(found) is not None


def read_by(found: Any) -> Any:
    """The method of a user's descriptor that reads an attribute, None if it is none of one."""
    read = getattr(type(found), "__get__", None)
    users = isinstance(read, types.FunctionType) and is_users(read.__globals__.get("__name__"))
    return read if users and not isinstance(found, property) else None
