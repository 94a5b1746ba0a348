"""The boundary of a derivative call: what goes in is checked and seeded, what comes out taken apart."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from .dual import Dual, checked_number, make, named, primal, settled, stacked
from .dual.array_classes import ArrayOfClass, in_class_of, is_array_class, without_class
from .dual.callers import refuse_dates
from .dual.matrices import holds_duals, without_matrices
from .dual.rows import listed
from .errors import (
    InputError,
    OutputError,
    OverError,
    ShapeError,
    UnsupportedError,
)
from .linear import has_nan, is_complex, quietly
from .linear.complexes import ToComplex
from .modes import Forward, Mode
from .shapes import shape_of, size_of
from .trees import Tree, at, flattened, mapped, replaced

#: What the package itself gives for ``lift``, where the function is as it should be.
ALREADY: Any = None

#: What gives a function; others take the point beside the function.
_GIVING_FUNCTIONS = {
    *("derivative", "grad", "jacobian", "hessian", "hessian_diagonal", "laplacian"),
    *("sparse_jacobian", "sparse_hessian", "checkpoint"),
}


class AsItIs(functools.partial[Any]):
    """A function that is differentiated as it is: neither lifted, nor by differences where Duals fail."""

    __slots__ = ()


def check_function(f: Any, caller: str) -> None:
    """Raise for what is no function."""
    if not callable(f):
        raise InputError(
            f"{caller} takes a function and was given {named(f)}; pass the function itself and not what "
            f"it returns: {caller}{'(f)(x)' if caller in _GIVING_FUNCTIONS else '(f, ...)'}"
        )


def checked_function(f: Any, caller: str, lifted: bool = True) -> Callable[..., Any]:
    """The function, lifted unless that is not wanted, or an error for what is not one."""
    check_function(f, caller)
    if lifted is ALREADY:
        return f
    if not lifted:
        return AsItIs(f)
    from .lifting.lift import lift  # with the first derivative: it takes as long as the rest of the import

    return lift(f)


def checked_argument(args: Sequence[Any], argnum: int, caller: str) -> Any:
    """The argument to differentiate, as floats; a structure as a `Tree`.

    An array may be the caller's own: a forward sweep copies it, and recorded mode never writes into one.
    """
    if not -len(args) <= argnum < len(args):
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
    if _holds_masked(out):
        out = replaced(out, _filled)
    out = listed(out)
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


def _holds_masked(out: Any) -> bool:
    """Whether entries are masked in an array that the function returned, or in one of several."""
    if isinstance(out, list | tuple | dict):
        return any(map(_holds_masked, out.values() if isinstance(out, dict) else out))
    return isinstance(out, np.ma.MaskedArray) and bool(np.ma.is_masked(out))


def _filled(out: Any) -> Any:
    """NaN for what is masked: it has no value, and no derivative."""
    if not _holds_masked(out):
        return out
    return (out.astype(float) if out.dtype.kind in "biu" else out).filled(math.nan)


def _taken_apart(out: Any, mode: Mode, place: str) -> tuple[Any, Any]:
    """The same for a number or an array; ``place`` says where it stands in what was returned."""
    out = stacked(out)
    if type(out) is not Dual:
        out = _checked_output(out, place)  # columns of a table come to hold a Dual only here
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


def _checked_output(out: Any, place: str) -> Any:
    """A number or an array without a tangent, as floats."""
    if out is None:
        raise OutputError("the function returned None; give it a return statement: return y")
    if isinstance(out, str | bytes | set):
        out = str(out) if isinstance(out, str) else out  # a Dual's text is marked
        raise OutputError(f"the function returned {named(out)}; return a number or an array")
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
        if hasattr(out, "cr_await"):
            out.close()  # or Python would say that nobody has awaited it
        remedy = next(
            (text for has, text in _REMEDIES.items() if hasattr(out, has)), "return a number or an array"
        )
        raise OutputError(f"the function returned {named(out)}{place}; {remedy}") from error


#: An attribute of what a function may return in place of numbers -> what to write.
_REMEDIES = {
    "toarray": "return y.toarray(), or y.data, its entries",
    "cr_await": "run it in an ordinary function: lambda x: asyncio.run(f(x))",
    "__next__": "return a list of what it yields: list(y)",
    "__call__": "return a number or an array: call it",
    "__dict__": "return its numbers: (y.a, y.b), or a dict of them",
}


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
    if type(t) is np.float64:  # what a root has, see `square_roots.remember`
        return float(t)
    return t.copy() if type(t) is np.ndarray and not t.flags.writeable else t


def seeded(mode: Mode, x: Any, tangent: Any) -> Any:
    """The argument as a Dual of this mode, an array of a user's class as one of that class."""
    plain = without_class(x)
    if isinstance(mode, Forward) and not (type(x) is float is type(tangent)):
        tangent = mode.fitted(without_class(tangent), plain)
    return in_class_of(x, make(mode, plain, tangent))


def undefined(t: Any, y: Any) -> Any:
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


def unit_seeds(x: Any, places: Any) -> Any:
    """For each of some places of a flattened value a seed that is one there, as lanes."""
    shape, k = shape_of(x), len(places)
    seeds = np.zeros((k, size_of(shape)), getattr(primal(x), "dtype", float))
    seeds[np.arange(k), places] = 1
    return seeds.reshape(k, *shape)


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
