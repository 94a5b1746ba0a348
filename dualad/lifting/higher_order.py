"""Functions that take functions, which are lifted; functions with a cache.

``called`` gives what is called in place of a function, as everywhere in this folder.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import operator
import re
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, holds_dual, primal, settled, stacked
from ..dual.calls import values_of
from ..dual.containers import Container, holding, mode_in
from ..dual.functions import calling
from ..dual.nested import NESTED
from ..dual.printed import Text
from ..dual.rows import listed
from ..errors import ConversionError
from ..standins.text import reading, writing
from ..table import RULES
from ..users import Called, is_users
from .classes import array_of


def _with_lifted_functions(called: Called, original: Any, position: int | None) -> Any:
    """``original``, with the function among its arguments lifted: the one at the position, or by name."""

    @functools.wraps(original, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        if position is not None and position < len(args) and callable(args[position]):
            args = (*args[:position], called(args[position]), *args[position + 1 :])
        return original(*args, **{k: called(v) if k in _BY_NAME and v else v for k, v in keywords.items()})

    return function


def _settling(function: Any) -> Callable[..., Any]:
    """A function that may give an array that it has filled with Duals."""
    return lambda *args, **keywords: settled(function(*args, **keywords))


def _along_axes(called: Called, original: Any, name: str) -> Callable[..., Any]:
    """``np.apply_along_axis`` and its like: the function may bring Duals in, in an array that it fills."""

    @functools.wraps(original)
    def function(*args: Any, **keywords: Any) -> Any:
        filled = _settling(called(args[0] if args else keywords.pop(name)))
        args = (*settled(args[1:3]), *settled(listed(args[3:])))
        keywords = {k: settled(v if k == "arr" else listed(v)) for k, v in keywords.items()}
        given = (*args, *keywords.values())
        of_class = any(type(x) is not np.ndarray and isinstance(x, np.ndarray) for x in given)
        if of_class and mode_in(given) is None:
            return original(filled, *args, **keywords)
        importlib.import_module("dualad.rules.ranges")
        rule: Any = RULES[original]
        return holding(rule.body(filled, *args, **keywords))

    return function


def _piecewise(called: Called) -> Callable[..., Any]:
    """``np.piecewise``: where the functions bring Duals in, the places may be plain."""

    original: Any = np.piecewise

    @functools.wraps(original)
    def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **keywords: Any) -> Any:
        importlib.import_module("dualad.rules.ranges")
        functions = [_settling(called(f)) if callable(f) else settled(f) for f in settled(funclist)]
        rule: Any = RULES[original]
        return holding(rule.body(settled(x), settled(condlist), functions, *args, **keywords))

    return piecewise


class Vectorized:
    """``np.vectorize``: by entries, or by the arrays that its signature names, in plain Python."""

    def __init__(self, called: Called, pyfunc: Any = None, *args: Any, **keywords: Any):
        self._called = called
        self._pyfunc = pyfunc
        self._arguments = args, keywords

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        given, named = self._arguments
        if self._pyfunc is None:  # a decorator with options
            return Vectorized(self._called, args[0], *given, **named)
        function = self._called(self._pyfunc)
        plain = np.vectorize(function, *given, **named)
        placed, names = len(args), [k for k in keywords if k not in plain.excluded]
        args += tuple(map(keywords.pop, names))  # which go along with the others
        taken = [i for i in range(len(args)) if i >= placed or i not in plain.excluded]
        args = tuple(_as_array(self._called, a) if i in taken else a for i, a in enumerate(args))
        cores = (
            [len(c.split(",")) if c else 0 for c in _CORES(plain.signature.partition("->")[0])]
            if plain.signature
            else [0] * len(taken)
        )
        outer = [np.shape(args[i])[: np.ndim(args[i]) - n] for i, n in zip(taken, cores, strict=True)]
        shape = np.broadcast_shapes(*outer)

        def by_name(f: Callable[..., Any], given: Any) -> Any:
            return f(*given[:placed], **dict(zip(names, given[placed:], strict=True)), **keywords)

        def at(place: Any) -> Any:
            entries = list(args)
            for i, own in zip(taken, outer, strict=True):
                entries[i] = _at(args[i], place[len(place) - len(own) :], own)
            return settled(by_name(function, entries))

        results: list[Any] = []
        if mode_in((args, keywords)) is None:  # a closure may bring a Dual in, and so may objects
            objects = any(np.asarray(args[i]).dtype.hasobject for i in taken)
            if objects or getattr(function, "__closure__", None) is not None:
                results = [at(place) for place in np.ndindex(shape)]
            if mode_in(results) is None and not (results and isinstance(results[0], float | int)):
                return holding(by_name(plain, args))
        results = results or [at(place) for place in np.ndindex(shape)]
        kinds: list[Any] = list(plain.otypes or "")
        if results and isinstance(results[0], tuple):
            if kinds == ["O"]:  # tuples are its entries
                return _objects(results, shape)
            kinds = kinds or [None] * len(results[0])
            return tuple(
                _reshaped(*one, shape) for one in zip(zip(*results, strict=True), kinds, strict=True)
            )
        return holding(_reshaped(results, kinds[0] if kinds else None, shape))


class _OfObjects(Vectorized):
    """``np.frompyfunc``: what it gives are objects, whatever the first one is."""

    def __init__(self, called: Called, func: Any, nin: int, nout: int, **identity: Any):
        super().__init__(called, func, "O" * nout)
        self._counts, self._identity = (nin, nout), identity

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        y = super().__call__(*args, **keywords)
        return tuple(map(_unwrapped, y)) if type(y) is tuple else _unwrapped(y)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # not there yet, while it is copied
            raise AttributeError(name)
        own = getattr(np.frompyfunc(self._called(self._pyfunc), *self._counts, **self._identity), name)
        if not callable(own):
            return own
        return lambda *args, **keywords: settled(own(*map(_in_objects, settled(args)), **keywords))


def _unwrapped(y: Any) -> Any:
    """The object itself, of an array of no axes."""
    return y[()] if type(y) is np.ndarray else y


def _in_objects(x: Any) -> Any:
    """An array as one of objects, each of which may be a Dual."""
    return _objects(list(np.ravel(x)), np.shape(x)) if type(x) is Dual and x.shape else x


_CORES = re.compile(r"\(([^)]*)\)").findall


def generalized(called: Called, f: Any) -> Any:
    """``numba.guvectorize``: a function that fills the arrays it is given last, one core after the other."""
    inputs, outputs = ([c.split(",") if c else [] for c in _CORES(half)] for half in f.signature.split("->"))

    @functools.wraps(f)
    def function(*args: Any, out: Any = (), **keywords: Any) -> Any:
        given = (*args[len(inputs) :], *(out if isinstance(out, tuple) else (out,)))
        if mode_in((args, given)) is None:
            return f(*args[: len(inputs)], *given, **keywords)
        core, array = called(f.__wrapped__), called(np.array)
        axes = _axes_of_cores(f, len(inputs))
        arrays = [_as_array(called, a) for a in args[: len(inputs)]]
        split = [np.ndim(a) - len(c) for a, c in zip(arrays, inputs, strict=True)]
        outer = [np.shape(a)[:n] for a, n in zip(arrays, split, strict=True)]
        shape = np.broadcast_shapes(*outer)
        sizes: dict[str, int] = {}
        for names, a, n in zip(inputs, arrays, split, strict=True):
            sizes.update(zip(names, np.shape(a)[n:], strict=True))
        made = given or [holding(np.zeros((*shape, *map(sizes.get, names)))) for names in outputs]
        for at in np.ndindex(shape):
            entries = [_at(a, at[len(at) - len(own) :], own) for a, own in zip(arrays, outer, strict=True)]
            entries = [array(x, ndmin=n) if np.ndim(x) < n else x for x, n in zip(entries, axes, strict=True)]
            filled = [
                holding(array(y[at], float, ndmin=1), True) for y in made
            ]  # a number as an array of one
            core(*entries, *filled)
            for y, names, one in zip(made, outputs, filled, strict=True):
                y[at] = settled(one) if names else settled(one)[0]
        results = tuple(y if np.ndim(y) else y[()] for y in made)
        return results if len(results) > 1 else results[0]

    return function


def _axes_of_cores(f: Any, n: int) -> list[int]:
    """How many axes the function takes its inputs to have: a number may come as an array of one."""
    signatures = getattr(getattr(f, "gufunc_builder", None), "_sigs", None)
    kinds = signatures[0].args if signatures else [None] * n
    return [getattr(kind, "ndim", 0) for kind in kinds[:n]]


def _at(x: Any, at: Any, shape: Any) -> Any:
    """The core of an array at a place, of which those along axes of length 1 are repeated."""
    place = tuple(0 if n == 1 else k for k, n in zip(at, shape, strict=True))
    return x[place] if np.ndim(x) else x


def _as_array(called: Called, x: Any) -> Any:
    x = settled(array_of(called, x))
    if isinstance(x, list | tuple) and not holds_dual(x):
        return settled(called(np.asarray)(x))  # of whole numbers it is plain
    return stacked(x)


def _objects(entries: list[Any], shape: Any) -> Any:
    made = np.empty(len(entries), object)
    for i, entry in enumerate(entries):
        made[i] = entry
    return made.reshape(shape)


def _reshaped(entries: Any, kind: str | None, shape: Any) -> Any:
    """Entries of the type asked for, or else of that of the first one, which NumPy takes for all."""
    array = stacked(list(entries))
    dtype = np.dtype(kind) if kind else np.asarray(primal(stacked(entries[0]))).dtype
    if dtype != array.dtype and dtype.kind in "biuf" and array.dtype.kind in "biuf":
        entries = array = array.astype(dtype)
    return np.reshape(array, shape + np.shape(array)[1:]) if shape else entries[0]


def uncached(called: Called, f: Any) -> Any:
    """A function with a cache, which would hash its arguments; for Duals it has a cache of ours."""

    @functools.wraps(f)
    def function(*args: Any, **keywords: Any) -> Any:
        mode = _mode_of((*args, *keywords.values()))
        if mode is None:
            return f(*args, **keywords)
        cache = mode.remembered.setdefault(id(f), {})
        key = (_cleared.get(f, 0), tuple(map(_key, args)), tuple((k, _key(v)) for k, v in keywords.items()))
        try:
            found = cache.get(key)
        except ConversionError:  # an object that hashes its Duals: each call for itself
            return called(f.__wrapped__)(*args, **keywords)
        if found is None:
            found = cache[key] = (called(f.__wrapped__)(*args, **keywords), args, keywords)
        return found[0]

    return function


#: A function with a cache -> how often that has been cleared.
_cleared: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def clearing(method: Any) -> Any:
    """``f.cache_clear``, for the caches of both."""
    f = method.__self__

    def clear() -> None:
        _cleared[f] = _cleared.get(f, 0) + 1
        method()

    return clear


def _mode_of(args: Any) -> Any:
    """The mode of a Dual, or of its text, among arguments or the attributes of an object among them."""
    for a in args:
        if type(a) in (Dual, Text):
            return a.mode
        if NESTED.get(type(a)) is tuple:
            found = _mode_of(a)
        else:
            found = mode_in(list(getattr(a, "__dict__", {}).values())) if _is_object(a) else None
        if found is not None:
            return found
    return None


def _is_object(x: Any) -> bool:
    """Whether it is an object of a user's class."""
    return not isinstance(x, type) and is_users(type(x).__module__)


def _key(x: Any) -> Any:
    if NESTED.get(type(x)) is tuple:
        return tuple(map(_key, x))
    return (Dual, id(x)) if type(x) in (Dual, Text) else x


#: Functions of functions -> where they take one; None: only by name.
_HIGHER_ORDER: dict[Any, int | None] = {
    **dict.fromkeys((map, filter, functools.reduce, functools.partial, itertools.starmap), 0),
    **dict.fromkeys((itertools.takewhile, itertools.dropwhile, itertools.filterfalse), 0),
    **dict.fromkeys((itertools.accumulate, itertools.groupby), 1),
    **dict.fromkeys((sorted, min, max), None),
    functools.cmp_to_key: 0,
    **dict.fromkeys((threading.Thread, threading.Timer), 1),
    np.fromfunction: 0,
    vars(np.lib._function_base_impl)["_ureduce"]: 1,  # what np.ma.median runs its own function by
}

#: The names of such arguments.
_BY_NAME = frozenset({"key", "func", "function", "target"})

#: The same for methods of the standard library in modules that not everybody imports; None: it reads text.
_BY_QUALIFIED_NAME = {
    ("concurrent.futures.thread", "ThreadPoolExecutor.submit"): 1,
    ("concurrent.futures._base", "Executor.map"): 1,
    ("asyncio.threads", "to_thread"): 0,
    ("asyncio.base_events", "BaseEventLoop.run_in_executor"): 2,
    ("configparser", "RawConfigParser.getfloat"): None,
}


#: Functions of logging, and methods of a logger, that write.
_OF_LOGS = frozenset({"critical", "debug", "error", "exception", "info", "log", "warning"})

#: The other functions of numpy.testing compare numbers, of which the values do.
_TAKES_FUNCTION = re.compile("raises|warns|warnings|rundocs|run_threaded")


def by_qualified_name(called: Called, f: Any) -> Any:
    """What is called in place of ``executor.submit`` and its like, None for another function."""
    name = f.__module__, f.__qualname__
    if f.__module__ == "logging" and f.__name__ in _OF_LOGS:
        return writing(f)
    if str(f.__module__).startswith("numpy.testing") and not _TAKES_FUNCTION.search(f.__name__):
        return lambda *args, **keywords: f(*values_of(args), **{k: values_of(v) for k, v in keywords.items()})
    if name not in _BY_QUALIFIED_NAME:
        return None
    position = _BY_QUALIFIED_NAME[name]
    return reading(f) if position is None else _with_lifted_functions(called, f, position)


def getter(called: Called, attribute: Callable[[Any, str], Any], f: Any) -> Any:
    """``operator.attrgetter(...)`` and ``methodcaller(...)``: properties and methods are lifted."""
    make, args = f.__reduce__()
    if isinstance(f, operator.attrgetter):

        def get(x: Any) -> Any:
            found = [functools.reduce(attribute, name.split("."), x) for name in args]
            return found[0] if len(found) == 1 else tuple(found)

        return get
    keywords = make.keywords if isinstance(make, functools.partial) else {}
    name, *given = (*make.args, *args) if isinstance(make, functools.partial) else args
    return lambda x: called(getattr(x, name))(*given, **keywords)


#: Functions that make an ``np.poly1d``, or two, where they are given one.
_MAKING_POLYNOMIALS = np.polyadd, np.polyder, np.polydiv, np.polyint, np.polymul, np.polysub


def _of_polynomials(called: Called, original: Any) -> Any:
    function = calling(original, Container, functools.partial(array_of, called))

    @functools.wraps(original)
    def by_coefficients(*args: Any, **keywords: Any) -> Any:
        y = function(*args, **keywords)
        if mode_in(y) is None or not any(isinstance(a, np.poly1d) for a in args):
            return y
        make = called(np.poly1d)
        return tuple(map(make, y)) if isinstance(y, tuple) else make(y)

    return by_coefficients


def higher_order(called: Called) -> dict[Any, Callable[..., Any]]:
    """What is called in place of a function of functions."""
    found: dict[Any, Callable[..., Any]] = {
        function: _with_lifted_functions(called, function, position)
        for function, position in _HIGHER_ORDER.items()
    }
    found[np.vectorize] = functools.partial(Vectorized, called)
    found[np.frompyfunc] = functools.partial(_OfObjects, called)
    found.update({f: _of_polynomials(called, f) for f in _MAKING_POLYNOMIALS})
    found[np.piecewise] = _piecewise(called)
    found[np.apply_along_axis] = _along_axes(called, np.apply_along_axis, "func1d")
    found[np.apply_over_axes] = _along_axes(called, np.apply_over_axes, "func")
    return found
