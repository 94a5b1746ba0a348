"""Functions whose source is not at hand: the same code, with stand-ins among its globals.

What is typed at the prompt (before Python 3.13), or made by ``exec``, cannot be compiled again. It
runs with globals of its own, in which modules and functions are replaced by what is called in their
place. What the code reads is looked up anew at each call, so that it sees what the original sees. Of
objects and classes, `instructions` tells those that are called from those that are passed on.
"""

from __future__ import annotations

import builtins
import dis
import functools
import sys
import threading
import types
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..dual import Dual, primal
from ..users import Called, is_users_class
from .attributes import attribute, properties, properties_among
from .instructions import asked, attributes_of, when_called, with_look_ups

_ABSENT: Any = object()

#: function -> its copy, which does not hold on to the function.
_copies: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

#: One thread at a time makes copies; a function may be reached from itself.
_making = threading.RLock()

#: Functions that look at their own globals by name.
_LOOKS_AT_GLOBALS = frozenset({"globals", "eval", "exec", "vars", "_getframe"})

_READS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
_WRITES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})


def substituted(f: types.FunctionType, called: Called) -> Any:
    """A copy of a function that reads stand-ins in place of globals; ``f`` itself if it would be the same.

    Parameters
    ----------
    f : function
    called : callable
        Gives what is called in place of a function.
    """
    names = _names(f.__code__)
    if names is None:
        return f
    with _making:
        known = _copies.get(f)
        if known is not None:
            return known
        copy = _Copy(f, names, called)
        entry = _entry(f, copy)
        _copies[f] = entry  # before anything else is looked at: the function may call itself
        if not copy.finish(f):
            del _copies[f]
            return f
        return entry


@functools.lru_cache(maxsize=4096)
def _names(code: types.CodeType) -> tuple[str, ...] | None:
    """The global names that a code object reads; None if it has to run with its own globals."""
    names: set[str] = set()
    for instruction in _instructions(code):
        if instruction.opname in _WRITES:
            return None
        if instruction.opname in _READS:
            names.add(instruction.argval)
    return None if names & _LOOKS_AT_GLOBALS else tuple(sorted(names))


def _instructions(code: types.CodeType) -> Iterator[dis.Instruction]:
    """Those of a code object and of the functions in it."""
    yield from dis.get_instructions(code)
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _instructions(inner)


def _with_imports(f: types.FunctionType, called: Called) -> dict[str, Any]:
    """The builtins of a function, where ``from module import name`` finds what is called in its place."""

    theirs = f.__globals__  # and not the function, which nobody here holds on to

    def imported(name: str, globals: Any, locals: Any, names: Any, level: int) -> Any:
        module = builtins.__import__(name, theirs, locals, names, level)
        return seen(called, module) if names else module

    return {**vars(builtins), "__import__": imported}


def seen(called: Called, x: Any) -> Any:
    """What such code sees in place of what a name stands for: most things as they are."""
    if isinstance(x, types.ModuleType):
        return x if isinstance(x, _Namespace) else _Namespace(x, functools.partial(seen, called))
    if isinstance(x, type):
        return _of_values(x, called) if x in (float, int, complex) else x
    if is_users_class(type(x)):
        return x  # it may be asked for what it has
    return called(x) if callable(x) and x is not _ABSENT else x


def _with_methods(code: types.CodeType, names: dict[str, Any], called: Called) -> types.CodeType:
    """The code, with the methods that it calls and the properties that it reads lifted."""
    members = attributes_of(code)
    imports = {one.argval for one in _instructions(code) if one.opname == "IMPORT_NAME"}
    if members and imports <= sys.modules.keys():  # else it is not known which classes come with the call
        names = {**names, **{name: sys.modules[name] for name in imports}}
        members &= properties(names) | properties_among(names)
    return with_look_ups(code, *_finders(called), members)


@functools.cache
def _finders(called: Called) -> tuple[Any, Any]:
    """What finds an attribute to be called, and any other one."""
    member = functools.partial(attribute, called)
    return (lambda x, name: called(member(x, name))), member


class _Copy:
    """A copy of a function, and what it takes over from the original at each call."""

    def __init__(self, f: types.FunctionType, names: tuple[str, ...], called: Called):
        self.called = called
        self.__code__ = f.__code__  # by which the function is known (`corners`)
        self.theirs = f.__globals__
        self.seen: dict[str, Any] = dict.fromkeys(names, _ABSENT)
        self.globals: dict[str, Any] = {
            k: f.__globals__[k] for k in ("__builtins__", "__name__") if k in f.__globals__
        }
        self.imports = any(one.opname == "IMPORT_FROM" for one in _instructions(f.__code__))
        if self.imports:
            self.globals["__builtins__"] = _with_imports(f, called)
        self.asked, self.variables = asked(f.__code__), f.__code__.co_freevars
        self.cells: list[tuple[str, types.CellType, types.CellType]] = []
        self.contents: list[Any] = []

    def replaced(self, x: Any) -> Any:
        return seen(self.called, x)

    def variable(self, name: str, x: Any) -> Any:
        """What a variable of the functions around it holds."""
        only_called = is_users_class(type(x)) and callable(x) and name not in self.asked
        return self.called(x) if only_called else self.replaced(x)

    def finish(self, f: types.FunctionType) -> bool:
        """Make the copy; False if it would be the same as the original."""
        for name in self.seen:
            own = getattr(builtins, name, _ABSENT)
            if own is not _ABSENT:
                self.put(name, own)
        self.refresh()
        same = all(self.globals.get(k, v) is v for k, v in self.seen.items())
        closure = []
        for name, cell in zip(self.variables, f.__closure__ or (), strict=True):
            content = _content(cell)
            own = self.variable(name, content)
            if own is content:
                closure.append(cell)
            else:
                closure.append(types.CellType(own))
                self.cells.append((name, cell, closure[-1]))
                self.contents.append(content)
        defaults = tuple(map(self.replaced, f.__defaults__ or ()))
        keyword_defaults = {k: self.replaced(v) for k, v in (f.__kwdefaults__ or {}).items()}
        given = (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values())
        kept = zip((*defaults, *keyword_defaults.values()), given, strict=True)
        code = _with_methods(f.__code__, f.__globals__, self.called)
        self.inner = types.FunctionType(code, self.globals, f.__name__, defaults, tuple(closure))
        self.inner.__kwdefaults__ = keyword_defaults
        self.inner.__qualname__ = f.__qualname__
        same = same and code is f.__code__ and not self.cells and not self.imports
        return not same or any(new is not old for new, old in kept)

    def refresh(self) -> None:
        """Look at the original's globals again: they may have changed since."""
        for name, before in list(self.seen.items()):
            now = self.theirs.get(name, _ABSENT)
            if now is not before:
                if now is _ABSENT:
                    del self.globals[name], self.globals[when_called(name)]
                else:
                    self.put(name, now)
                self.seen[name] = now

    def put(self, name: str, x: Any) -> None:
        """Let a global name stand for an object."""
        self.globals[name] = self.replaced(x)
        self.globals[when_called(name)] = self.called(x) if callable(x) else x

    def refresh_closure(self) -> None:
        """The same for the variables of the functions around it."""
        for i, (name, cell, own) in enumerate(self.cells):
            content = _content(cell)
            if content is not self.contents[i]:
                self.contents[i] = content
                own.cell_contents = self.variable(name, content)


def _entry(f: types.FunctionType, copy: _Copy) -> Any:
    """What is called in place of a function. Its copy does not hold it, so that both go with the function."""
    theirs, seen, cells = copy.theirs.get, copy.seen.items(), copy.cells

    @functools.wraps(f)
    def entry(*args: Any, **keywords: Any) -> Any:
        for name, before in seen:
            if theirs(name, _ABSENT) is not before:
                copy.refresh()
                break
        if cells:
            copy.refresh_closure()
        return copy.inner(*args, **keywords)

    del entry.__wrapped__
    return entry


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # empty so far
        return _ABSENT


class _Namespace(types.ModuleType):
    """A module seen through what is called in place of its functions, at each look anew."""

    def __init__(self, module: types.ModuleType, replaced: Called):
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(_module=module, _replaced=replaced)

    def __getattr__(self, name: str) -> Any:
        found = self._replaced(getattr(self._module, name))
        if self._module.__name__.startswith(("math", "cmath", "numpy")):
            self.__dict__[name] = found  # their functions do not change
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module, name, value)

    def __dir__(self) -> list[str]:
        return dir(self._module)


class _OfValues(type):
    """A type that a Dual is an instance of if its value is, and that a call leaves a Dual."""

    _kind: Any
    _of_dual: Any

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        if args and type(args[0]) is Dual:
            return cls._of_dual(*args, **keywords)
        return cls._kind(*args, **keywords)

    def __instancecheck__(cls, x: Any) -> bool:
        return isinstance(primal(x), cls._kind)

    def __subclasscheck__(cls, c: type) -> bool:
        return issubclass(c, cls._kind)


@functools.cache
def _of_values(kind: type, called: Called) -> type:
    """What stands in for float, int or complex."""
    members = {"_kind": kind, "_of_dual": staticmethod(called(kind)), "dtype": np.dtype(kind)}
    return _OfValues(kind.__name__, (kind,), members)
