"""The boundary of a derivative call: what goes in is checked and seeded, what comes out taken apart."""

from __future__ import annotations

import functools
import math
import re
import struct
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from operator import attrgetter
from typing import Any

import numpy as np

from .beside import Beside, uneven
from .corners import NOTED, warn_of_corners
from .dual import Dual, checked_number, make, outside, primal, settled, stacked
from .dual.array_classes import ArrayOfClass, in_class_of, is_array_class, without_class
from .dual.comparisons import warn_of_loops
from .dual.dual import OF_DATES, refuse_dates
from .dual.matrices import holds_duals, without_matrices
from .errors import (
    ConversionError,
    DualadError,
    InputError,
    MissingError,
    OutputError,
    OverError,
    ShapeError,
    UnsupportedError,
)
from .linear import SLAB, has_nan, is_complex, quietly
from .linear.complexes import ToComplex
from .modes import Forward, Mode
from .parallel.chunks import budget_of, lanes_within
from .shapes import shape_of
from .trees import Tree, at, flattened, leaves_of, mapped, replaced


def checked_function(f: Any, caller: str, lifted: bool = True) -> Callable[..., Any]:
    """The function, lifted unless that is not wanted, or an error for what is not one."""
    if not callable(f):
        raise InputError(
            f"{caller} takes a function and was given {f!r}; pass the function itself: "
            f"{caller}(f)(x), not {caller}(f(x))"
        )
    from .lifting.lift import lift  # with the first derivative: it takes as long as the rest of the import

    function: Callable[..., Any] = lift(f) if lifted else f
    return function


def checked_argument(args: Sequence[Any], argnum: int, caller: str) -> Any:
    """The argument to differentiate, as floats; a structure as a `Tree`.

    An array may be the caller's own: a forward sweep copies it, and recorded mode never writes into one.
    """
    if not isinstance(argnum, int) or not -len(args) <= argnum < len(args):
        raise InputError(
            f"{caller} with argnums={argnum!r} was called with {len(args)} positional argument(s); "
            f"pass the argument by position, as in {caller}(f)(x), and count argnums from 0"
        )
    x = args[argnum]
    if type(x) is float:
        return x
    return checked(x, f"argument {argnum} of the function given to {caller}", copied=False)


def checked(x: Any, what: str, copied: bool = True) -> Any:
    """The same for any number, array or structure, by default as copies; ``what`` is for the error."""
    if type(x) is float:
        return x
    x = _of_outer(x)
    tree = None if isinstance(x, np.ndarray) or type(x) is Dual else flattened(x)
    if tree is None:
        x = checked_number(x, what)
        return own(x) if copied else x
    leaves = [checked_number(_of_outer(leaf), what + at(path)) for path, leaf in tree.named()]
    return tree.like([own(leaf) for leaf in leaves] if copied else leaves)


def _of_outer(x: Any) -> Any:
    """An array of a user's class that holds Duals of an outer derivative: this one is by a plain Dual."""
    return settled(without_class(x)) if isinstance(x, ArrayOfClass) else x


def in_classes_of(given: Any, x: Tree) -> Any:
    """The structure of Duals in place of a structure, of which arrays may be of a class of the user's."""
    tree = flattened(given)
    leaves = x.leaves if tree is None else map(in_class_of, tree.leaves, x.leaves)
    return x.like(list(leaves)).built()


def fitting(t: Any, x: Any, what: str, owner: str, copied: bool = True) -> Any:
    """A tangent or cotangent, as copies; an error if structure or shapes are not those of its owner."""
    if type(x) is not Tree:
        return _fitting(t, x, what, owner, copied)
    places = zip(x.matched(t, what).leaves, x.leaves, x.paths(), strict=True)
    return x.hollow(
        [_fitting(one, leaf, what + at(path), owner + at(path), copied) for one, leaf, path in places]
    )


def _fitting(t: Any, x: Any, what: str, owner: str, copied: bool) -> Any:
    if type(t) is float is type(x):
        return t
    t = checked_number(t, what)
    shape = shape_of(x)
    if shape_of(t) != shape:
        raise ShapeError(
            f"{what} has shape {shape_of(t)} and {owner} {shape}; give it that shape, as np.ones({shape}) has"
        )
    t = as_complex_as(x, t, what, owner)
    return own(t) if copied else t


@functools.cache
def keep_freed_memory() -> None:
    """Ask glibc, once and for all, to keep what large arrays free, for the next large arrays.

    It gives memory back to the system when 16 MB are free at the top of its heap, and takes it
    again for the next array; with two arrays for each operation the page faults then cost as much
    as the arithmetic. A block of just under 32 MB, freed without having been written to, makes
    that 64 MB (mallopt(3), M_MMAP_THRESHOLD). Elsewhere this does nothing.
    """
    np.empty(2**22 - 2**10)


#: From how many entries on an array is large.
_LARGE = 2**17


def own(x: Any) -> Any:
    """A copy of an array: the function may assign to its argument, the caller's stays as it is."""
    if type(x) is float:
        return x
    if isinstance(x, np.ndarray) and x.size >= _LARGE:
        keep_freed_memory()
    if is_array_class(type(x)):
        return x.copy("K")
    if isinstance(x, np.ndarray) or (type(x) is Dual and isinstance(primal(x), np.ndarray)):
        return np.copy(x)  # in the same order in memory, on which hang the last digit of a sum, and views
    return x


def with_argument(args: Sequence[Any], argnum: int, x: Any) -> list[Any]:
    """The arguments with one of them exchanged."""
    exchanged = list(args)
    exchanged[argnum] = x
    return exchanged


def taken_apart(out: Any, mode: Mode) -> tuple[Any, Any]:
    """What a function returned, as value and tangent; the tangent is zero for what is constant.

    Of a structure both are a `Tree`.
    """
    out = settled(without_matrices(out) if holds_duals(out) else out)
    if type(out) is Dual and out.mode is mode:
        refuse_dates(out.value)
        return out.value, writable(out.tangent)
    if isinstance(out, np.ndarray | list | tuple | dict):
        out = settled(without_class(out))
    tree = None if type(out) is Dual or type(out) is np.ndarray else flattened(out)
    if tree is None:
        return _taken_apart(out, mode, "")
    parts = [
        _taken_apart(settled(without_class(without_matrices(leaf))), mode, at(path))
        for path, leaf in tree.named()
    ]
    return tree.like([y for y, _ in parts]), tree.hollow([writable(t) for _, t in parts])


def _taken_apart(out: Any, mode: Mode, place: str) -> tuple[Any, Any]:
    """The same for a number or an array; ``place`` says where it stands in what was returned."""
    out = stacked(out)
    if type(out) is Dual:
        if out.mode is mode:
            refuse_dates(out.value)
            return out.value, out.tangent
        if out.mode.new is not object.__new__ or out.mode.level > mode.level:
            raise OverError(
                "the function returned a Dual that belongs to another derivative call, which is over; "
                "return what this call computed, or dualad.value(x) of the other"
            )
        return out, mode.zero(out)
    out = _checked_output(out, place)
    return out, mode.zero(out)


def _checked_output(out: Any, place: str) -> Any:
    """A number or an array without a tangent, as floats."""
    if out is None:
        raise OutputError("the function returned None; give it a return statement: return y")
    if isinstance(out, str | bytes | set):
        kind = "str" if isinstance(out, str) else type(out).__name__  # a Dual's text is marked
        raise OutputError(f"the function returned {out!r} (a {kind}); return a number or an array")
    if isinstance(out, bool | int | np.bool | np.integer):
        out = float(out)
    if isinstance(out, np.ndarray) and out.dtype.kind in "biu":
        out = out.astype(np.float64)
    if isinstance(out, np.ndarray | np.generic) and out.dtype.kind not in "fc":
        raise OutputError(
            f"the function returned an array of dtype {out.dtype}{place}; return numbers, made with "
            "np.stack([...]) rather than np.array([...], dtype=object)"
        )
    if isinstance(out, np.ndarray | float | complex):
        return out
    try:
        return checked_number(out, "the result of the function")
    except InputError as error:
        raise OutputError(
            f"the function returned {out!r} (a {type(out).__name__}){place}; return a number or an array"
        ) from error


def given_out(executor: Any, progress: bool) -> Any:
    """Where blocks of work go, None for here and now; what it takes is loaded when it is asked for."""
    if executor is None and not progress:
        return None
    from .parallel.executors import checked_executor

    return checked_executor(executor, progress)


def function_for(out: Any, f: Any, caller: str, lift: bool) -> Callable[..., Any]:
    """As `checked_function`, for here or for where blocks of work go (see `given_out`)."""
    make = checked_function if out is None else made_there(checked_function)
    function: Callable[..., Any] = make(f, caller, lift)
    return function


def made_there(make: Callable[..., Any]) -> Callable[..., Any]:
    """As ``make``, but what it makes of a function can be sent to other processes, and is made anew there."""
    from .parallel.executors import Sent

    return functools.partial(Sent, make)


def writable(t: Any) -> Any:
    """A tangent or cotangent that the caller may write to: a view made by np.broadcast_to may not be."""
    if type(t) is np.float64:  # what a root has, see `roots.remember`
        return float(t)
    return t.copy() if type(t) is np.ndarray and not t.flags.writeable else t


def seeded(mode: Mode, x: Any, tangent: Any) -> Any:
    """The argument as a Dual of this mode, an array of a user's class as one of that class."""
    plain = without_class(x)
    if isinstance(mode, Forward) and not (type(x) is float is type(tangent)):
        tangent = mode._fitted(without_class(tangent), plain)
    return in_class_of(x, make(mode, plain, tangent))


def undefined(t: Any, y: Any, axis: int = 0) -> Any:
    """The tangent, NaN where the value is NaN: what is not defined has no derivative."""
    if isinstance(y, float):
        return t if y == y else t * math.nan
    if type(y) is Tree:
        return mapped(undefined, t, y)
    values = primal(y)
    if isinstance(values, np.ndarray):
        if values.dtype.kind in "fc" and quietly(has_nan, values):
            return np.where(np.isnan(values), complex(math.nan, math.nan) if is_complex(y) else math.nan, t)
        return t
    if isinstance(values, float | complex) and values != values:
        return t * math.nan
    return t


def as_complex_as(x: Any, t: Any, what: str, whose: str) -> Any:
    """A tangent or cotangent, complex if what it belongs to is; an error if it alone is."""
    if is_complex(t) and not is_complex(x):
        raise InputError(
            f"{what} is complex and {whose} is real; give it a real one, such as np.real(t), or make "
            f"{whose} complex: x + 0j"
        )
    return ToComplex(shape_of(t))(t) if is_complex(x) and not is_complex(t) else t


def check_holomorphic(t: Any, t2: Any, y: Any, caller: str) -> None:
    """Say so if the derivative along ``1j``, ``t2``, is not ``1j`` times that along 1, ``t``."""
    if type(y) is Tree:
        for one in zip(t.leaves, t2.leaves, y.leaves, strict=True):
            check_holomorphic(*one, caller)
        return
    t, t2, y = primal(t), primal(t2), primal(y)
    eps = np.finfo(getattr(y, "dtype", float)).eps
    if not np.allclose(t2, 1j * t, rtol=4096 * eps, atol=0, equal_nan=True):
        raise UnsupportedError(
            f"{caller}: the function is not holomorphic here, so it has no complex derivative; take "
            "jvp(f, z, t) for one direction, or grad(f)(z) for the gradient of a real-valued function"
        )


def ones_like(x: Any) -> Any:
    """The seed of an elementwise derivative: a one of the value's own number type for each entry."""
    if isinstance(x, float):
        return 1.0
    x = primal(x)
    if isinstance(x, np.ndarray):
        if x.size >= _LARGE and x.flags.c_contiguous:  # every sweep makes a copy, which then is the first
            return np.broadcast_to(x.dtype.type(1), x.shape)
        return np.ones_like(x)
    return 1.0 if isinstance(x, float) else type(x)(1)


def no_entries(y: Any, x: Any) -> Any:
    """The Jacobian of an empty output, or by an empty input."""
    return np.zeros(shape_of(y) + shape_of(x), complex if is_complex(y) or is_complex(x) else float)


#: What looks at the results of derivative calls (`trace_nan`), in this thread or task.
watch: ContextVar[Any] = ContextVar("watch", default=None)

#: One entry for each such, in all threads: nearly always empty, which is quicker to see.
WATCHES: list[Any] = []


def watching() -> Any:
    """What looks at results here, None if nothing does."""
    return watch.get() if WATCHES else None


def run_forward(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    seeds: dict[int, tuple[Any, Any]],
    lanes: int | None = None,
) -> tuple[Any, Any, Forward]:
    """One forward sweep: value, tangent, and the mode it ran in.

    Where the tangent holds a NaN the function is run once more, now looking at each product for
    0 * inf, which is 0 (`Mode.careful`). An argument, its seed, the value and the tangent may each be a
    `Tree`; a leaf with None as its seed is not differentiated.
    """
    y, t, mode = _swept(f, args, keywords, seeds, lanes, False)
    if t != t if type(t) is float else _has_nan(t):
        y, t, mode = _swept(f, args, keywords, seeds, lanes, True)
    if WATCHES and watching():
        watching().forward(f, args, keywords, seeds, leaves_of(y), leaves_of(t), lanes)
    return y, t, mode


def _swept(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    seeds: dict[int, tuple[Any, Any]],
    lanes: int | None,
    careful: bool,
) -> tuple[Any, Any, Forward]:
    mode = Forward(lanes)
    mode.careful = careful
    noted = NOTED[0]
    args = list(args)
    for i, (x, t) in seeds.items():
        if type(x) is float is type(t):
            args[i] = make(mode, x, t)
        elif type(x) is Tree:
            args[i] = in_classes_of(args[i], mapped(functools.partial(_seeded_copy, mode), x, t))
        else:
            args[i] = in_class_of(args[i], _seeded_copy(mode, x, t))
    try:
        out = f(*args, **keywords)
        if (
            type(out) is Dual
            and out.mode is mode
            and type(out.tangent) is float
            and out.value == out.value
            and mode.sites is None
            and NOTED[0] == noted
        ):
            return out.value, out.tangent, mode  # a number, of which there is nothing to check
        y, t = taken_apart(out, mode)
        check_not_lost(f, args, keywords, y, mode)
        if (
            (mode.sites is not None or NOTED[0] != noted)
            and type(t) is not Tree
            and not any(type(x) is Tree for x, _ in seeds.values())
        ):
            look = functools.cache(functools.partial(_beside, f, args, keywords, seeds, lanes, t))
            warn_of_loops(mode, bool(np.any(primal(t))), attrgetter("tangent"), lambda: look().differs())
            if NOTED[0] != noted:
                warn_of_corners(f, noted, lambda: look().differs_smoothly(y))
        return y, t, mode
    except Exception as error:
        explain(error, mode)
        raise
    finally:
        mode.close()


def _beside(
    f: Callable[..., Any], args: Any, keywords: Any, seeds: dict[int, Any], lanes: int | None, t: Any
) -> Beside:
    """The function beside the point of a sweep, along one direction, which may stand for several."""
    mixed = (lambda t: t) if lanes is None else functools.partial(np.tensordot, uneven(lanes), axes=1)
    return Beside(f, args, keywords, {i: mixed(seed) for i, (_, seed) in seeds.items()}, mixed(t))


def _seeded_copy(mode: Mode, x: Any, t: Any) -> Any:
    """As `seeded`; the function may be run again, so it is given copies."""
    return own(x) if t is None else seeded(mode, own(x), own(t))


def _has_nan(x: Any) -> bool:
    if type(x) is Tree:
        return any(map(_has_nan, x.leaves))
    return bool(quietly(has_nan, primal(x)))


def check_not_lost(f: Callable[..., Any], args: Any, keywords: Any, y: Any, mode: Mode) -> None:
    """Raise if compiled code has read an array that holds Duals: it saw NaN where f has a number."""
    if not (mode.poisoned and _has_nan(y)):
        return
    plain = f(*[replaced(x, primal) if _holds_dual(x) else x for x in args], **keywords)
    if not _has_nan(taken_apart(plain, mode)[0]):
        raise ConversionError(
            "an array to which derivatives were assigned was read by compiled code, which cannot see them; "
            "build the array with np.stack([...]) instead of assigning to its entries, and differentiate "
            "what the compiled code does by hand"
        )


def _holds_dual(x: Any) -> bool:
    tree = flattened(x)
    return type(x) is Dual or (tree is not None and any(type(leaf) is Dual for leaf in tree.leaves))


def explain(error: Exception, mode: Mode) -> None:
    """Say what NumPy leaves out of its errors: that a Dual is behind them, and what to type."""
    cause = error.__cause__
    if isinstance(cause, ConversionError) and not isinstance(error, DualadError):
        raise ConversionError(f"{_place_of(error)}: {cause}") from error
    if isinstance(error, AttributeError) and type(error.obj) is Dual and not isinstance(error, DualadError):
        raise MissingError(
            f"the function asks for .{error.name} of a Dual, which has what numbers and arrays have; if it "
            "takes an object of a class, make that in the function: derivative(lambda x: f(Class(x)))(x)"
        ) from error
    if mode.poisoned and "nan" in str(error).lower() and not isinstance(error, DualadError):
        error.add_note(
            "dualad: an array to which derivatives were assigned is full of NaN for compiled code, which "
            "cannot see them; build it with np.stack([...]), or pass dualad.value(y) where no derivative is "
            "wanted"
        )
    if mode.taken_apart:
        error.add_note(
            f"dualad: at {mode.taken_apart} a Dual was taken apart into an array of objects, for which NumPy "
            "and SciPy lack many functions; write x for np.asarray(x), W @ x for W.dot(x)"
        )
    if isinstance(error, TypeError | ValueError | struct.error) and not isinstance(error, DualadError):
        if _OF_DUALS.search(str(error)):
            raise ConversionError(
                f"{_place_of(error)}: this code takes plain numbers only ({error}); write what it computes "
                "with floats, math and NumPy, or pass it dualad.value(x) where no derivative is wanted"
            ) from error
        if _WITH_DATES.search(str(error)):
            raise ConversionError(f"{_place_of(error)}: {OF_DATES}") from error


#: What code that knows no Duals says of one; a message with its value in it is a user's.
_OF_DUALS = re.compile(
    r"\bDual\b(?!\()|string to float: .*Dual\(|memoryview: invalid type|required argument is not a float"
)

#: What NumPy says of dates, and of numbers in their place.
_WITH_DATES = re.compile(r"ufunc .*dtype\('<[mM]8\[|to NumPy (datetime|timedelta)|not 'datetime\.")


def _place_of(error: Exception) -> str:
    """The last line outside of NumPy and dualad that an error has come through."""
    place, trace = "", error.__traceback__
    while trace is not None:
        if outside(trace.tb_frame.f_globals.get("__name__", "")):
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


#: How many numbers the lanes of one array may hold: a megabyte stays in the cache.
LANE_NUMBERS = 1 << 17


def lanes_for(chunk: Any, n: int, size: int = 0, sweep: Callable[[int], Any] | None = None) -> int:
    """How many of ``n`` directions go together.

    ``size`` is that of the arrays; ``sweep`` runs with so many lanes, to be measured if the chunk is given
    as an amount of memory.
    """
    auto = min(n, max(SLAB, LANE_NUMBERS // max(n, size, 1)))
    if isinstance(chunk, str):
        if chunk == "auto":
            return auto
        if budget_of(chunk) is not None:
            return lanes_within(chunk, sweep, auto) if sweep is not None and n else auto
    if not isinstance(chunk, int) or isinstance(chunk, bool) or chunk < 1:
        raise InputError(
            f"chunk={chunk!r} is no number of directions; pass a whole number from 1, the memory that a "
            'sweep may take, as in "64MB", or "auto"'
        )
    return min(chunk, n)
