"""Plain code made differentiable: a copy of a function that sees stand-ins for math, np and float.

``math.sin`` makes a float of whatever it is given, and a derivative would be lost. So a function is
not run itself, but a copy of it with the same code object and other globals, in which ``math`` and
``np`` are stand-ins whose functions know ``Dual``s, and the functions it calls are lifted likewise
when they are reached. No module is patched. What is not replaced is looked up anew at each call, so
that the copy sees what the original would see.
"""

from __future__ import annotations

import dis
import functools
import math
import sys
import threading
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from .dual import Dual, holds_dual, primal, stacked
from .operations import fast_function
from .table import RULES, Rule

__all__ = ["lift"]

_ABSENT = object()


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

    Examples
    --------
    >>> import math
    >>> lift(math.exp)(Dual(0.0, 1.0))
    Dual(1.0 + 1.0ε)
    """
    if isinstance(f, types.FunctionType):
        return _function(f)
    if isinstance(f, types.MethodType):
        method: Callable[..., Any] = types.MethodType(lift(f.__func__), f.__self__)
        return method
    if isinstance(f, functools.partial):
        return functools.partial(lift(f.func), *f.args, **f.keywords)
    stand_in = _stand_in_of(f)
    if stand_in is not f:
        return stand_in
    inner = f.__wrapped__ if isinstance(f, functools._lru_cache_wrapper) else getattr(f, "py_func", None)
    if isinstance(inner, types.FunctionType):  # a cache, which would hash a Dual, or numba
        return lift(inner)
    call = type(f).__call__ if _is_users(type(f).__module__) else None
    return functools.partial(lift(call), f) if isinstance(call, types.FunctionType) else f


# ---------------------------------------------------------------- functions

#: function -> its lifted copy, which does not hold on to the function.
_lifted: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

#: Modules whose functions do well as they are.
_LEFT_ALONE = frozenset({"dualad", "mpmath", "numpy", *sys.stdlib_module_names}) - {"__main__"}

#: Functions that look at their own globals by name.
_LOOKS_AT_GLOBALS = frozenset({"globals", "eval", "exec", "vars", "_getframe"})

_READS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_WRITES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})

#: One thread at a time makes copies; a function may be reached from itself.
_making = threading.RLock()


def _is_users(module: str | None) -> bool:
    """Whether the code of a module is to be lifted: a user's, or an example of the lectures."""
    module = module or "__main__"
    return module.partition(".")[0] not in _LEFT_ALONE or module.startswith("dualad.classroom")


@functools.lru_cache(maxsize=4096)
def _names(code: types.CodeType) -> tuple[str, ...] | None:
    """The global names that a code object reads; None if it has to run with its own globals."""
    codes = [code]
    names: set[str] = set()
    for one in codes:
        for instruction in dis.get_instructions(one):
            if instruction.opname in _WRITES:
                return None
            if instruction.opname in _READS:
                names.add(instruction.argval)
        codes += [c for c in one.co_consts if isinstance(c, types.CodeType)]
    return None if names & _LOOKS_AT_GLOBALS else tuple(sorted(names))


def _function(f: types.FunctionType) -> Any:
    names = _names(f.__code__) if _is_users(f.__module__) else None
    if names is None:
        return f
    with _making:
        known = _lifted.get(f)
        if known is not None:
            return known
        copy = _Copy(f, names)
        _lifted[f] = copy.entry  # before anything else is looked at: the function may call itself
        if not copy.finish(f):
            del _lifted[f]
            return f
        return copy.entry


class _Copy:
    """A lifted function, and what it takes over from the original at each call.

    ``entry`` is what is called in place of the original.
    """

    def __init__(self, f: types.FunctionType, names: tuple[str, ...]):
        self.theirs = f.__globals__
        self.seen: dict[str, Any] = dict.fromkeys(names, _ABSENT)
        self.globals: dict[str, Any] = {k: f.__globals__[k] for k in _ALWAYS if k in f.__globals__}
        self.cells: list[tuple[types.CellType, types.CellType]] = []
        self.contents: list[Any] = []

        theirs, seen, cells = self.theirs.get, self.seen.items(), self.cells

        def entry(*args: Any, **keywords: Any) -> Any:
            for name, before in seen:
                if theirs(name, _ABSENT) is not before:
                    self.refresh()
                    break
            if cells:
                self.refresh_closure()
            return self.inner(*args, **keywords)

        self.entry = functools.wraps(f)(entry)
        del self.entry.__wrapped__

    def finish(self, f: types.FunctionType) -> bool:
        """Make the copy; False if it would be the same as the original."""
        if "float" in self.seen:
            self.globals["float"] = _Float
        self.refresh()
        replaced = (
            any(self.globals.get(k, v) is not v for k, v in self.seen.items()) or "float" in self.globals
        )
        closure = []
        for cell in f.__closure__ or ():
            content = _content(cell)
            own = _replaced(content)
            if own is content:
                closure.append(cell)
            else:
                closure.append(types.CellType(own))
                self.cells.append((cell, closure[-1]))
                self.contents.append(content)
        defaults = tuple(_replaced(d) for d in f.__defaults__ or ())
        keyword_defaults = {k: _replaced(v) for k, v in (f.__kwdefaults__ or {}).items()}
        given = (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values())
        kept = zip((*defaults, *keyword_defaults.values()), given, strict=True)
        self.inner = types.FunctionType(f.__code__, self.globals, f.__name__, defaults, tuple(closure))
        self.inner.__kwdefaults__ = keyword_defaults
        self.inner.__qualname__ = f.__qualname__
        return replaced or bool(self.cells) or any(new is not old for new, old in kept)

    def refresh(self) -> None:
        """Look at the original's globals again: they may have changed since."""
        for name, before in list(self.seen.items()):
            now = self.theirs.get(name, _ABSENT)
            if now is not before:
                if now is _ABSENT:
                    del self.globals[name]
                else:
                    self.globals[name] = _replaced(now)
                self.seen[name] = now

    def refresh_closure(self) -> None:
        """The same for the variables of the functions around it."""
        for i, (cell, own) in enumerate(self.cells):
            content = _content(cell)
            if content is not self.contents[i]:
                self.contents[i] = content
                own.cell_contents = _replaced(content)


#: What every set of globals has.
_ALWAYS = ("__builtins__", "__name__")


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty so far
        return _ABSENT


# ---------------------------------------------------------------- what is put in place of what


def _stand_in_of(x: Any) -> Any:
    """What takes the place of a function of math or a ufunc; anything else itself."""
    if isinstance(x, np.ufunc | types.BuiltinFunctionType) or x is float:
        return _stand_ins().get(x, x)
    return x


def _replaced(x: Any) -> Any:
    """What a lifted function sees in place of a global: most things as they are."""
    if isinstance(x, types.ModuleType):
        return x if isinstance(x, _Namespace) else _namespace(x)
    if isinstance(x, types.FunctionType):
        return _function(x)
    if isinstance(x, functools.partial):
        return lift(x)
    return _stand_in_of(x)


class _Namespace(types.ModuleType):
    """A user's module seen through `_replaced`, at each look anew."""

    def __init__(self, module: types.ModuleType):
        super().__init__(module.__name__, module.__doc__)
        self.__dict__["_module"] = module

    def __getattr__(self, name: str) -> Any:
        return _replaced(getattr(self._module, name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module, name, value)

    def __dir__(self) -> list[str]:
        return dir(self._module)


@functools.cache
def _namespace(module: types.ModuleType) -> types.ModuleType:
    if module is math or module is np:
        # Their functions do not change: a module with all names in it, which is as fast as theirs.
        seen = types.ModuleType(module.__name__, module.__doc__)
        seen.__dict__.update({name: _replaced(found) for name, found in vars(module).items()})
        seen.__dict__["__getattr__"] = functools.partial(getattr, module)  # what NumPy loads late
        return seen
    return _Namespace(module) if _is_users(module.__name__) else module


class _FloatType(type):
    def __call__(cls, *args: Any) -> Any:
        if len(args) == 1 and type(args[0]) is Dual and args[0].shape == ():
            return args[0]
        return float(*args)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(primal(x), float)

    def __subclasscheck__(cls, c: type) -> bool:
        return issubclass(c, float)


class _Float(float, metaclass=_FloatType):
    """``float`` that leaves a Dual what it is; as a dtype it is float64."""

    dtype = np.dtype(float)


@functools.cache
def _stand_ins() -> dict[Any, Any]:
    """function -> what takes its place: those of math and NumPy's ufuncs, from the rule table."""
    found: dict[Any, Any] = {float: _Float}
    for rule in list(RULES.values()):
        if not isinstance(rule, Rule) or rule.outputs != 1:
            continue
        if isinstance(rule.function, np.ufunc) and rule.arity <= 2:
            found[rule.function] = _stand_in(rule, rule.function)
        if rule.math is getattr(math, getattr(rule.math, "__name__", ""), _ABSENT):
            found.setdefault(rule.math, _stand_in(rule, rule.math))
    for test in (math.isnan, math.isinf, math.isfinite, math.isclose, math.floor, math.ceil, math.trunc):
        found[test] = _on_values(test)
    for make_array in (np.array, np.asarray, np.ascontiguousarray):
        found[make_array] = _array(make_array)
    found[math.log] = _log(found[math.log])
    found[math.fsum] = _fsum
    found[math.prod] = _prod
    return found


def _stand_in(rule: Rule, original: Any) -> Any:
    function = fast_function(rule, original, guarded=True)
    functools.update_wrapper(function, original, assigned=("__name__", "__qualname__", "__doc__"), updated=())
    if isinstance(original, np.ufunc):
        for name in ("reduce", "accumulate", "outer", "at", "reduceat", "nin", "nout", "nargs", "types"):
            setattr(function, name, getattr(original, name))
    return function


def _on_values(test: Any) -> Any:
    @functools.wraps(test)
    def function(*args: Any, **keywords: Any) -> Any:
        return test(*(primal(a) for a in args), **keywords)

    return function


def _array(original: Any) -> Any:
    """A function that makes an array, of numbers among which there may be Duals."""

    @functools.wraps(original)
    def array(x: Any, dtype: Any = None, **keywords: Any) -> Any:
        ours = (type(x) is Dual and x.shape) or (isinstance(x, list | tuple) and holds_dual(x))
        if not ours or keywords or not (dtype is None or np.dtype(dtype).kind == "f"):
            return original(x, dtype, **keywords)
        made: Any = stacked(x)
        if made is x and original is np.array:
            made = made.copy()
        return made if dtype is None else made.astype(dtype)

    return array


def _log(natural: Any) -> Any:
    @functools.wraps(math.log)
    def log(x: Any, *base: Any) -> Any:
        if not base:
            return natural(x)
        if type(x) is Dual or type(base[0]) is Dual:
            return natural(x) / natural(base[0])
        return math.log(x, *base)

    return log


@functools.wraps(math.fsum)
def _fsum(numbers: Any) -> Any:
    terms = list(numbers)
    return sum(terms) if any(type(t) is Dual for t in terms) else math.fsum(terms)


@functools.wraps(math.prod)
def _prod(numbers: Any, *, start: Any = 1) -> Any:
    factors = list(numbers)
    if any(type(t) is Dual for t in factors):
        for factor in factors:
            start = start * factor
        return start
    return math.prod(factors, start=start)
