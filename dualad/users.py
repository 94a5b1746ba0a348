"""Whose code is lifted, and what hands out the lifted code."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

#: What gives the function that is called in place of one: `lift.called`, for the files above it.
Called = Callable[[Any], Any]

#: Modules whose functions do well as they are; of the standard library there are some that do not.
_LEFT_ALONE = frozenset({"dualad", "llvmlite", "mpmath", "numba", "numpy", *sys.stdlib_module_names}) - {
    "__main__",
    "colorsys",
    "random",
    "statistics",
}
_LIFTED_PARTS = (
    "dualad.classroom",
    "numpy.ma",
    "numpy.polynomial",
    "numpy.lib._polynomial_impl",
    "numpy.lib.polynomial",
)


def is_users(module: Any) -> bool:
    """Whether the code of a module is to be lifted: that of a user, or of an example of the lectures."""
    module = module or "__main__"
    if not isinstance(module, str):  # of what its objects stand for: proxies, Cython's functions
        return False
    if module.startswith("scipy.sparse._"):  # matrices, which ask a Dual for the product
        return False
    return module.partition(".")[0] not in _LEFT_ALONE or module.startswith(_LIFTED_PARTS)


#: Of a class that was made by running code.
_MADE = 1 << 9


def is_users_class(cls: type) -> bool:
    """The same of a class; one that text made, run among names of its own, counts itself to the builtins."""
    return is_users(cls.__module__) or (cls.__module__ == "builtins" and bool(cls.__flags__ & _MADE))


def is_users_function(f: Any) -> bool:
    """Whether it is a function of Python's whose code is to be lifted."""
    return isinstance(f, types.FunctionType) and is_users(f.__globals__.get("__name__"))


def takes_object(cls: type, name: str) -> bool:
    """Whether Python passes the object to this method: not to a static or a bound one, nor to a class."""
    found = next((vars(base)[name] for base in cls.__mro__ if name in vars(base)), None)
    return not isinstance(found, staticmethod | classmethod | types.MethodType | type)
