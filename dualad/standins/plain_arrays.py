"""Stand-ins for the NumPy functions that make arrays and do not dispatch on what they are given."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..dual import SETTLED, Dual, as_one, holds_dual, primal, settled, stacked
from ..dual.array_classes import ArrayOfClass, without_class
from ..dual.array_methods import as_number
from ..dual.callers import UNSEEN
from ..dual.calls import call
from ..dual.comparisons import noting_signs
from ..dual.containers import Container, holding, is_unseen
from ..dual.dual import is_entry, restacked
from ..dual.functions import as_arrays
from ..dual.matrices import as_matrix, holds_duals, matrix, part
from ..dual.methods import refuse_records
from ..dual.nested import exchanged
from ..dual.records import Records, lengths, records
from ..errors import ConversionError
from ..table import Rule
from .array_iterators import ndenumerate, nditer
from .array_sources import from_dlpack, frombuffer, fromiter
from .strided import as_strided, sliding_window_view
from .text import checked_numbers, number_of


def array_stand_ins(array_of: Callable[[Any], Any]) -> dict[Any, Any]:
    """function -> what takes its place; ``array_of`` gives the array that stands for an object."""
    found: dict[Any, Any] = {}
    makers: tuple[Any, ...] = (np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray)
    for make in (np.array, *makers):
        found[make] = _array(make, array_of)
    found[np.require] = _require(found[np.asanyarray])
    found[np.asmatrix] = _asmatrix
    found[matrix.getH] = _conjugate_transpose
    for make in _MAKERS:
        found[make] = _making(make, array_of)
    for test in (np.isnan, np.isinf, np.isfinite, np.signbit):
        found[test] = _test(test)
    found[np.signbit] = noting_signs(found[np.signbit])
    for number in (np.float64, np.float32, np.float16, np.longdouble, np.complex128, np.complex64):
        found[number] = _number(number)
    found[np.asarray_chkfinite] = found[np.asarray]
    found[Dual.__array__] = lambda x, dtype=None, copy=None: found[np.array](x, dtype, copy=bool(copy))
    found[np.fromiter], found[np.from_dlpack] = fromiter, from_dlpack
    found[np.frombuffer] = frombuffer
    for make in (np.rec.array, np.rec.fromarrays, np.rec.fromrecords):
        found[make] = functools.partial(_of_settled, make)
    found[np.full], found[np.full_like] = (_of_arrays(make, array_of) for make in (_full, _full_like))
    found[np.arange] = _arange
    found[np.ndenumerate], found[np.nditer] = ndenumerate, nditer
    found[np.lib.stride_tricks.sliding_window_view] = sliding_window_view
    found[np.lib.stride_tricks.as_strided] = as_strided
    found[np.r_], found[np.c_] = _Joined(np.r_), _Joined(np.c_)
    found[np.mgrid], found[np.ogrid] = _Grid(np.mgrid), _Grid(np.ogrid)
    return found


#: Functions that make arrays of floats.
_MAKERS = (
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.copy,
    np.linspace, np.logspace, np.geomspace, np.eye, np.identity, np.diag, np.diagflat, np.tri, np.meshgrid,
    np.indices, np.tile, np.repeat, np.concatenate, np.stack, np.vstack, np.hstack,
)  # fmt: skip


def _is_already(make: Any, x: Any) -> bool:
    """Whether the function gives back this array as it is."""
    if make is np.ascontiguousarray or make is np.asfortranarray:
        return x.ndim > 0 and (x.flags.c_contiguous if make is np.ascontiguousarray else x.flags.f_contiguous)
    return True


#: Those of them that look for Duals among the arrays in a list, and not in lists in it.
_JOINING = frozenset({np.concatenate, np.stack, np.vstack, np.hstack})


def _rows(x: Any, array_of: Callable[[Any], Any]) -> Any:
    """A list of arrays, with arrays for the lists in it that hold Duals, and for objects."""
    if all(type(e) is Dual or isinstance(e, np.ndarray) for e in x):
        return x
    return [as_one(_settled(e, array_of)) for e in x]


def _is_ours(x: Any) -> bool:
    return type(x) is Dual or (isinstance(x, list | tuple) and holds_dual(x))


def _leaves(x: Any) -> Iterator[Any]:
    """The entries of nested lists, and of the arrays in them."""
    for e in x:
        if isinstance(e, list | tuple):
            yield from _leaves(e)
        elif not np.shape(primal(e)):
            yield e[()] if type(e) is np.ndarray and e.dtype.kind in "biufc" else e


def _of_objects(x: Any, dtype: Any = None) -> Any:
    """Nested lists with others than numbers beside the Duals, as an array of objects.

    If floats are wanted, None is no number, and a Dual of the numbers is made.
    """
    made = np.array(_values(x), object)
    for place in np.ndindex(made.shape):
        made[place] = functools.reduce(operator.getitem, place, x)
    return made if dtype is None or dtype.kind not in "fc" else of_numbers(made)


def of_numbers(x: Any, number: Callable[[Any], Any] | None = None) -> Any:
    """An array of objects as floats with Duals among them, or as it is if there are none.

    ``number`` makes one of another object.
    """
    nothing: Any = None
    found = restacked(np.where(np.equal(x, nothing), np.nan, x))
    if number is None or type(found) is Dual or found.dtype != object:
        return found
    return of_numbers(np.frompyfunc(number, 1, 1)(x))


def _values(x: Any) -> Any:
    return list(map(_values, x)) if isinstance(x, list | tuple) else primal(x)


def _is_uneven(x: Any) -> bool:
    """Whether nested lists are, as an array of objects, one with arrays among its entries."""
    return any(map(np.shape, np.array(_values(x), object).flat))


def _is_text(x: Any) -> bool:
    """Whether the first entry is text."""
    while isinstance(x, list | tuple) and x:
        x = x[0]
    return isinstance(x, str | bytes) or getattr(x, "dtype", np.dtype(float)).kind in "SUT"


#: In place of an argument that is given by its name.
_BY_NAME: Any = object()


def _array(original: Any, array_of: Callable[[Any], Any]) -> Any:
    """A function that makes an array of numbers or sequences, among which there may be Duals."""

    name = "object" if original is np.array else "a"

    @functools.wraps(original)
    def array(x: Any = _BY_NAME, dtype: Any = None, *args: Any, **keywords: Any) -> Any:
        if x is _BY_NAME:
            if name not in keywords:
                return original(dtype=dtype, **keywords)  # which says what is missing
            x = keywords.pop(name)
        if isinstance(x, ArrayOfClass):
            if original is np.asanyarray or keywords.get("subok"):
                copies = _copies(original, x, args, keywords)
                made = x.astype(dtype) if _is_other(dtype, x) else x.copy() if copies else x
                return _at_least(made, keywords.get("ndmin", 0))
            x = without_class(x)
        if isinstance(x, list | tuple):
            if dtype is None and hasattr(type(x), "_now"):  # a row, which may be the array it was made of
                x = settled(x)
            else:
                x = _of_sequence(x, None if dtype is None else np.dtype(dtype), array_of)
            if isinstance(x, np.ndarray) and x.dtype == object:
                return x
        elif type(x) not in SETTLED and not isinstance(x, np.ndarray):
            x = array_of(settled(x))
        if type(x) is Container:
            holds = type(x._now()) is Dual
            changes = args or _is_other(dtype, x) or _copies(original, x, args, keywords)
            if not changes and (holds or _is_already(original, x)):
                return _at_least(x, keywords.get("ndmin", 0))
            x = settled(x) if holds else x  # a copy anyway
        elif (
            isinstance(x, np.ndarray)
            and x.dtype == object
            and dtype is not None
            and np.dtype(dtype).kind in "fc"
        ):
            x = of_numbers(x.view(np.ndarray), lambda e: as_number(array_of(e)))
        if type(x) is list and dtype is not None and np.dtype(dtype).names:
            made = records(np.empty(lengths(x), dtype))
            if type(made) is Records:
                made[...] = x
                return made
        make = _of_duals if _is_ours(x) else _of_plain
        return make(original, x, dtype, args, keywords)

    return array


def _of_sequence(x: Any, dtype: Any, array_of: Callable[[Any], Any]) -> Any:
    """Nested lists without objects that stand for arrays; an array where others than numbers are in them."""
    kind = getattr(dtype, "kind", "")
    x = _settled(_of_no_class(x), (lambda e: as_number(array_of(e))) if kind == "f" else array_of)
    if not _is_ours(x) or (all(map(is_entry, _leaves(x))) and not (kind == "O" and _is_uneven(x))):
        return x
    if dtype is not None:
        refuse_records(dtype)
    return _of_objects(x, dtype)


def _of_plain(original: Any, x: Any, dtype: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """The array of what holds no Duals, as one that may come to hold some."""
    made = original(x, dtype, *args, **keywords)
    if dtype is not None and made is not x and _is_text(x):
        checked_numbers(made)
    return made if made is x else holding(made)


def _of_duals(original: Any, x: Any, dtype: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """The array of a Dual, or of a list that holds some."""
    if isinstance(x, list | tuple):
        made = stacked(x)
        made = np.copy(made, "F") if _order(original, args, keywords) == "F" else made
    elif not x.shape and not isinstance(primal(x), np.ndarray):
        made = _as_array(x)
    else:
        copies = _copies(original, primal(x), args, keywords)
        made = np.copy(x, _order(original, args, keywords) or "K") if copies else x
    if _is_other(dtype, made) and np.dtype(dtype) != object:
        made = made.astype(dtype)
    return _at_least(made, keywords.get("ndmin", 0))


def _is_other(dtype: Any, x: Any) -> bool:
    """Whether the dtype that is asked for, if any, is not that of an array."""
    return dtype is not None and np.dtype(dtype) != x.dtype


def _copies(make: Any, x: Any, args: Any, keywords: dict[str, Any]) -> bool:
    order = _order(make, args, keywords)
    if order is not None and not (x.flags.c_contiguous if order == "C" else x.flags.f_contiguous):
        return True
    return keywords.get("copy", make is np.array) not in _NO_COPY


def _order(make: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """In which order the entries are to lie in the memory: "C", "F", or None where they may stay."""
    if make is np.ascontiguousarray or make is np.asfortranarray:
        return "C" if make is np.ascontiguousarray else "F"
    order = keywords.get("order", args[0] if args else None)
    return order if order in ("C", "F") else None


#: What ``copy=`` may be where none is asked for; libraries of arrays write the latter two.
_NO_COPY = (None, False, np._CopyMode.IF_NEEDED, np._CopyMode.NEVER)


def _require(asanyarray: Callable[..., Any]) -> Callable[..., Any]:
    """``np.require``, which copies what is not laid out as it should be, or is a view."""

    @functools.wraps(np.require)
    def require(a: Any, dtype: Any = None, requirements: Any = None, **keywords: Any) -> Any:
        np.require(0.0, dtype, requirements, **keywords)  # which says what is wrong with them
        wanted = {name[0].upper() for name in requirements or ()}
        order = "F" if "F" in wanted else "C" if "C" in wanted else None
        made = asanyarray(a, dtype, order=order)
        fits = ("O" not in wanted or made.base is None) and ("W" not in wanted or made.flags.writeable)
        return made if fits else made.copy(order or "A")

    return require


@functools.wraps(matrix.getH)
def _conjugate_transpose(self: Any) -> Any:
    return part(self, np.conj).T if holds_duals(self) else matrix.getH(self)


@functools.wraps(np.asmatrix)
def _asmatrix(data: Any, dtype: Any = None) -> Any:
    x = settled(data)
    if type(x) is not Dual or not x.shape:
        return np.asmatrix(data, dtype)
    made = as_matrix(x.astype(dtype) if _is_other(dtype, x) else x)
    made.setflags(write=False)  # what is written to it would not reach x
    return made


def _at_least(x: Any, ndim: int) -> Any:
    missing = ndim - x.ndim
    return x if missing <= 0 else np.reshape(x, (1,) * missing + x.shape)


_AS_ARRAY = Rule(np.asarray, (1,), "asarray", np.asarray)


def _as_array(x: Any) -> Any:
    return call(_AS_ARRAY, _as_array, (x,)) if type(x) is Dual else np.asarray(x)


def _settled(x: Any, array_of: Callable[[Any], Any] | None = None) -> Any:
    """Lists of arrays that hold Duals, of iterators, or of objects with ``__array__``, as lists of these."""
    if type(x) in (list, tuple):
        return type(x)(_settled(e, array_of) for e in x)
    x = settled(x)
    return x if array_of is None or type(x) in SETTLED else settled(array_of(x))


def _of_no_class(x: Any) -> Any:
    """Lists of arrays of users' classes that can hold Duals, without their classes."""
    return exchanged(lambda a: without_class(a) if isinstance(a, ArrayOfClass) else a, x)


def _holds_dual_somewhere(x: Any) -> bool:
    return type(x) in (list, tuple) and holds_dual(_settled(x))


def _of_arrays(make: Any, array_of: Callable[[Any], Any]) -> Any:
    """The function, given the arrays that stand for objects."""

    @functools.wraps(make)
    def of_arrays(*args: Any, **keywords: Any) -> Any:
        return make(*(as_arrays(array_of, a) for a in args), **keywords)

    return of_arrays


def _making(original: Any, array_of: Callable[[Any], Any]) -> Any:
    joins = original in _JOINING

    @functools.wraps(original)
    def make(*args: Any, **keywords: Any) -> Any:
        if joins and args and type(args[0]) in (list, tuple):
            args = (_rows(args[0], array_of), *args[1:])
        elif not all(type(a) in SETTLED for a in args):
            args = tuple(as_arrays(array_of, a) for a in args)
        if any(type(a) in (list, tuple) for a in args) and not joins:
            args = tuple(stacked(_settled(a)) if _holds_dual_somewhere(a) else a for a in args)
        made = original(*args, **keywords)
        if isinstance(made, list | tuple):
            return type(made)(map(holding, made))
        if getattr(made, "dtype", None) is not None and made.dtype.names:
            return records(made)
        return holding(made, all(made.base is not a for a in args) if type(made) is np.ndarray else False)

    return make


def _test(original: Any) -> Any:
    """A question about entries, which NumPy does not ask those of a list of Duals."""

    @functools.wraps(original, updated=())
    def test(x: Any, *args: Any, **keywords: Any) -> Any:
        x = _of_no_class(x) if type(x) in (list, tuple) else x
        found = original(stacked(_settled(x)) if _holds_dual_somewhere(x) else x, *args, **keywords)
        if original is np.isnan and isinstance(x, np.ndarray) and np.any(found) and is_unseen(x):
            raise ConversionError(UNSEEN)  # before it is left out as missing
        return found

    return test


@functools.wraps(np.full)
def _full(shape: Any, fill_value: Any, dtype: Any = None, *args: Any, **keywords: Any) -> Any:
    fill = settled(fill_value)
    if not _is_ours(fill):
        return holding(np.full(shape, fill, dtype, *args, **keywords))
    fill = stacked(fill)
    return _filled(np.empty(shape, dtype or fill.dtype, *args, **keywords), fill)


@functools.wraps(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: Any = None, *args: Any, **keywords: Any) -> Any:
    a, fill = settled(a), settled(fill_value)
    made = np.empty_like(primal(a), dtype, *args, **keywords)
    if not _is_ours(fill) or made.dtype.kind not in "fc":
        return holding(np.full_like(primal(a), fill, dtype, *args, **keywords), True)
    return _filled(made, stacked(fill))


def _filled(made: Any, fill: Any) -> Any:
    made = made.view(Container)
    made[...] = fill
    return made


@functools.wraps(np.arange)
def _arange(*args: Any, **keywords: Any) -> Any:
    args, keywords = settled(args), settled(keywords)
    values = np.arange(*map(primal, args), **{k: primal(v) for k, v in keywords.items()})
    if not any(type(a) is Dual for a in (*args, *keywords.values())) or values.dtype.kind not in "fc":
        return holding(values)
    names = ("start", "stop", "step", "dtype") if len(args) != 1 else ("stop",)
    given = {"start": 0.0, "step": 1.0} | dict(zip(names, args, strict=False)) | keywords
    y = (given["start"] + given["step"] * np.arange(values.size)).astype(values.dtype)
    return y + (values - primal(y))


def _number(kind: Any) -> Any:
    """``np.float64(x)``."""
    rule = Rule(kind, (1,), kind.__name__, kind)

    @functools.wraps(kind, updated=())
    def number(x: Any = 0, *args: Any) -> Any:
        x = number_of(x)
        x = settled(x) if type(x) in SETTLED or isinstance(x, np.ndarray) else as_number(settled(x))
        if not _is_ours(x):
            return kind(x, *args)
        x = stacked(x)
        return x if x.shape and x.dtype == kind else call(rule, number, (x,))

    return number


def _of_settled(original: Any, x: Any, *args: Any, **keywords: Any) -> Any:
    """What would read the memory of arrays that hold Duals, and fails with Duals."""
    return original(_settled(x), *args, **keywords)


class _Joined:
    """``np.r_`` and ``np.c_`` with Duals among the pieces."""

    def __init__(self, original: Any):
        self._original = original

    def __getitem__(self, pieces: Any) -> Any:
        pieces = pieces if isinstance(pieces, tuple) else (pieces,)
        pieces = tuple(map(settled, pieces))
        if not any(_between_duals(p) if isinstance(p, slice) else _is_ours(p) for p in pieces):
            return holding(self._original[pieces])
        how = pieces[:1] if isinstance(pieces[0], str) else ()
        arrays = [_run_of(p) if isinstance(p, slice) else stacked(p) for p in pieces[len(how) :]]
        ends = np.cumsum([np.size(a) for a in arrays])
        numbered = [
            np.arange(end - np.size(a), end).reshape(np.shape(a)) for a, end in zip(arrays, ends, strict=True)
        ]
        places = self._original[*how, *numbered]
        joined = np.concatenate([np.ravel(a) for a in arrays])[np.asarray(places)]
        return as_matrix(joined) if isinstance(places, matrix) else joined


def _run_of(s: slice) -> Any:
    """What a slice stands for in ``np.r_``."""
    if not _between_duals(s):
        return np.r_[s]
    if isinstance(s.step, complex):
        start = 0 if s.start is None else settled(s.start)
        return np.linspace(start, settled(s.stop), int(abs(s.step)))
    return _points(s)


class _Grid:
    """``np.mgrid`` and ``np.ogrid`` with Duals for the ends."""

    def __init__(self, original: Any):
        self._original = original

    def __getitem__(self, key: Any) -> Any:
        slices = tuple(key) if isinstance(key, list | tuple) else (key,)
        if not any(map(_between_duals, slices)):
            return holding(self._original[key])
        axes = list(map(_points, slices))
        if not isinstance(key, list | tuple):
            return axes[0]
        grids = np.meshgrid(*axes, indexing="ij", sparse=self._original.sparse)
        return tuple(grids) if self._original.sparse else np.stack(grids)


def _between_duals(s: slice) -> bool:
    return any(type(settled(end)) is Dual for end in (s.start, s.stop, s.step))


def _points(s: slice) -> Any:
    """What a slice stands for there; an imaginary step is how many points there are."""
    start, stop, step = map(settled, (s.start, s.stop, s.step))
    start, step = 0 if start is None else start, 1 if step is None else step
    if not isinstance(step, complex):
        return _arange(start, stop, step)
    n = int(abs(step))
    return np.arange(n) * ((stop - start) / (n - 1) if n > 1 else 1.0) + start
