"""What has a derivative: the answer is read off the rule table and the stand-ins of lifted code."""

from __future__ import annotations

import cmath
import importlib
import math
import statistics
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from .dual import Dual, methods, named
from .dual.ufuncs import rule_of
from .errors import InputError
from .lifting.lift import called
from .rules import further  # noqa: F401 - into the table
from .standins.matrices.scipy_linalg import NO_RULE
from .standins.matrices.scipy_linalg import stand_ins as linear_algebra
from .standins.plain_numbers import TESTS
from .standins.scipy_functions import scipy_stand_in
from .standins.text import READING
from .table import PASSED, REFUSED, RULES, Rule
from .users import is_users

__all__ = ["supported"]

DIFFERENTIATED = "differentiated"
PASSED_THROUGH = "passed through"
LIFTED = "lifted: its own code is differentiated, as far as the functions are that it calls"

BY_DIFFERENCES = "by differences: it has no rule; seven digits or more, with a warning"

_NO_RULE = (
    "refused: it has no derivative rule; write it with functions that have one, or call it on "
    "dualad.value(x) where no derivative is wanted"
)

#: Namespaces, as they are imported; those of SciPy only where it is installed.
_NAMESPACES = (
    *("numpy", "numpy.linalg", "numpy.fft", "numpy.ndarray", "math", "cmath", "statistics"),
    *("scipy.special", "scipy.linalg", "scipy.integrate", "scipy.optimize"),
)

#: What people call them.
_SHORT = {"np": "numpy", "ndarray": "numpy.ndarray", "sp": "scipy.special", "special": "scipy.special"}

#: What takes whole numbers, and a Dual is not one.
_OF_WHOLE_NUMBERS = frozenset({math.comb, math.factorial, math.gcd, math.isqrt, math.lcm, math.perm})


def supported(what: str | Callable[..., Any] | None = None) -> Any:
    """Which functions have a derivative, which are passed through, and which are refused.

    Parameters
    ----------
    what : str or callable, optional
        A function or its name, as in ``supported(np.sort)`` or ``supported("np.sort")``; or the name
        of a namespace, as in ``supported("np.linalg")``. Default: every namespace.

    Returns
    -------
    str or dict
        For a function ``"differentiated"``; ``"passed through"``, if its result carries no
        derivative; ``"by differences: ..."`` for a ufunc without a rule; ``"refused: "`` with what to
        type instead; or ``"lifted: ..."`` for a function that
        is plain Python code, which answers for itself. For a namespace the names of its
        functions, with that for each. For everything, the namespaces, with that for each.

    Raises
    ------
    InputError
        There is no such function.

    Notes
    -----
    What is said of ``math``, ``cmath``, ``statistics`` and of the functions of NumPy that make arrays
    holds for lifted code, which is what every entry point runs; see `lift`.

    Examples
    --------
    >>> import numpy as np
    >>> supported(np.sin), supported("np.argmax")
    ('differentiated', 'passed through')
    >>> supported("math")["gamma"]
    'differentiated'
    >>> sorted(supported())
    ['cmath', 'math', 'numpy', 'numpy.fft', 'numpy.linalg', 'numpy.ndarray', ...]
    """
    if what is None:
        return {name: _listed(name) for name in _NAMESPACES if _namespace(name) is not None}
    if isinstance(what, str):
        name = _full(what)
        if name in _NAMESPACES and _namespace(name) is not None:
            return _listed(name)
        what = _found(what, name)
    if not callable(what):
        raise InputError(
            f"supported was given {named(what)}; pass a function or its name: supported(np.sort)"
        )
    return _status(what)


# ---------------------------------------------------------------- names


def _full(name: str) -> str:
    first, _, rest = name.partition(".")
    first = _SHORT.get(first, first)
    return f"{first}.{rest}" if rest else first


def _namespace(name: str) -> Any:
    """The module or class of a name; None for what is not installed."""
    if name == "numpy.ndarray":
        return np.ndarray
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _found(given: str, name: str) -> Any:
    owner, _, last = name.rpartition(".")
    found = getattr(_namespace(owner) if owner else np, last, None)
    if found is None:
        raise InputError(
            f"there is no function {given!r}; give its full name, as in supported('np.linalg.inv')"
        )
    return found


def _listed(namespace: str) -> dict[str, str]:
    """The functions of a namespace that are called with numbers or arrays."""
    owner = _namespace(namespace)
    names = (name for name in dir(owner) if not name.startswith("_"))
    if namespace == "numpy.ndarray":
        return {name: _of_method(name) for name in names}
    found = ((name, getattr(owner, name)) for name in names)
    return {name: _status(f) for name, f in found if _takes_numbers(f, owner)}


def _takes_numbers(f: Any, owner: Any) -> bool:
    if isinstance(f, types.ModuleType) or not callable(f):
        return False
    if owner in (math, cmath):
        return True
    if owner is statistics:
        return (
            isinstance(f, types.FunctionType)
            and f.__module__ == "statistics"
            and f.__name__ in statistics.__all__
        )
    if isinstance(f, np.ufunc):
        return owner.__name__ in ("numpy", "scipy.special")
    return hasattr(f, "_implementation") or _in_table(f) or _stands_in(f) or _in_place_of_scipy(f)


# ---------------------------------------------------------------- answers


def _in_table(f: Any) -> bool:
    try:
        return f in RULES or f in PASSED or f in REFUSED
    except TypeError:  # cannot be hashed
        return False


def _stands_in(f: Any) -> bool:
    """Whether lifted code calls something else in place of it."""
    return not isinstance(f, type) and called(f) is not f and not is_users(getattr(f, "__module__", None))


def _in_place_of_scipy(f: Any) -> bool:
    """Whether lifted code calls a function of ours in place of one of SciPy."""
    module = getattr(f, "__module__", None) or ""
    if not isinstance(f, types.FunctionType) or not module.startswith("scipy"):
        return False
    return f in linear_algebra() if module.startswith("scipy.linalg") else scipy_stand_in(f) is not None


def _status(f: Any) -> str:
    name = getattr(f, "__name__", "")
    if getattr(np.ndarray, name, None) is f:
        return _of_method(name)
    if isinstance(f, np.ufunc):
        rule_of(f)  # which loads those of SciPy's
    if f in REFUSED:
        return f"refused: write {REFUSED[f]} instead"
    if f in RULES:
        return DIFFERENTIATED + _but(RULES[f])
    if f in PASSED or f in TESTS or f in READING:
        return PASSED_THROUGH
    if f in _OF_WHOLE_NUMBERS:
        return "refused: it takes whole numbers; write int(dualad.value(x)) for its argument"
    if _in_place_of_scipy(f):
        refused = getattr(f, "__module__", "").startswith("scipy.linalg") and NO_RULE.get(name)
        return f"refused: write {refused}" if refused else DIFFERENTIATED
    if isinstance(f, np.ufunc) and vars(np).get(name) is not f:
        return BY_DIFFERENCES
    if isinstance(f, types.FunctionType) and is_users(f.__module__) and f.__module__ != "statistics":
        return LIFTED
    if called(f) is f or isinstance(f, np.ufunc) or hasattr(f, "_implementation"):
        return _NO_RULE
    return DIFFERENTIATED


def _but(rule: Any) -> str:
    """The arguments with respect to which there is no derivative."""
    named = [p for p in rule.partials if isinstance(p, str)] if isinstance(rule, Rule) else []
    return f", not with respect to its {' and '.join(named)}" if named else ""


def _of_method(name: str) -> str:
    if name in methods.REFUSED or not hasattr(Dual, name):
        return f"refused: {methods.REFUSED.get(name, f'write dualad.value(x).{name} for the plain numbers')}"
    function = getattr(np, name, None)
    if function in PASSED or name in _ABOUT_THE_ARRAY:
        return PASSED_THROUGH
    return DIFFERENTIATED


#: Attributes that say something of the array and not of its entries.
_ABOUT_THE_ARRAY = frozenset(
    {
        *("argpartition", "device", "dtype", "flags", "itemsize", "nbytes"),
        *("ndim", "setflags", "shape", "size", "strides"),
    }
)
