"""The boundary of a derivative call: what goes in is checked and seeded, what comes out taken apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .dual import Dual, check_current, checked_number, make, primal, stacked
from .errors import InputError, OutputError, OverError, UnsupportedError
from .lift import lift
from .linear import has_nan
from .modes import Forward, Mode


def checked_function(f: Any, caller: str, lifted: bool = True) -> Callable[..., Any]:
    """The function, lifted unless that is not wanted, or an error for what is not one."""
    if not callable(f):
        raise InputError(
            f"{caller} takes a function and was given {f!r}; pass the function itself: "
            f"{caller}(f)(x), not {caller}(f(x))"
        )
    function: Callable[..., Any] = lift(f) if lifted else f
    return function


def checked_argument(args: Sequence[Any], argnum: int, caller: str) -> Any:
    """The argument to differentiate, as floats, and never the caller's own array."""
    if not isinstance(argnum, int) or not -len(args) <= argnum < len(args):
        raise InputError(
            f"{caller} with argnums={argnum!r} was called with {len(args)} positional argument(s); "
            f"pass the argument by position, as in {caller}(f)(x), and count argnums from 0"
        )
    x = args[argnum]
    return (
        x
        if type(x) is float
        else own(checked_number(x, f"argument {argnum} of the function given to {caller}"))
    )


def keep_freed_memory() -> None:
    """Ask glibc to keep what large arrays free, for the next large arrays.

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
    if isinstance(x, np.ndarray):
        return x.copy(order="K")  # the layout in memory is part of what order="K" and "A" look at
    return x.copy() if type(x) is Dual and isinstance(primal(x), np.ndarray) else x


def with_argument(args: Sequence[Any], argnum: int, x: Any) -> list[Any]:
    """The arguments with one of them exchanged."""
    exchanged = list(args)
    exchanged[argnum] = x
    return exchanged


def taken_apart(out: Any, mode: Mode) -> tuple[Any, Any]:
    """What a function returned, as value and tangent; the tangent is zero for what is constant."""
    if type(out) is Dual and out.mode is mode:
        check_current(out)
        return out.value, out.tangent
    if isinstance(out, list | tuple):
        out = stacked(list(out))
    elif isinstance(out, np.ndarray) and out.dtype == object:
        out = stacked(out.tolist())
    if type(out) is Dual:
        if out.mode is mode:
            check_current(out)
            return out.value, out.tangent
        if out.mode.new is not object.__new__ or out.mode.level > mode.level:
            raise OverError(
                "the function returned a Dual that belongs to another derivative call, which is over; "
                "return what this call computed, or dualad.value(x) of the other"
            )
        return out, mode.zero(out)
    if out is None:
        raise OutputError("the function returned None; give it a return statement: return y")
    if isinstance(out, str | bytes | dict | set):
        raise OutputError(
            f"the function returned {out!r} (a {type(out).__name__}); return a number or an array"
        )
    if isinstance(out, bool | int | np.bool | np.integer):
        out = float(out)
    if isinstance(out, np.ndarray) and out.dtype.kind in "biu":
        out = out.astype(np.float64)
    if isinstance(out, complex) or getattr(getattr(out, "dtype", None), "kind", "f") == "c":
        raise UnsupportedError(
            "the function returned complex numbers, which have no derivative yet; return real numbers"
        )
    if isinstance(out, np.ndarray | np.generic) and out.dtype.kind != "f":
        raise OutputError(
            f"the function returned an array of dtype {out.dtype}; return numbers, made with np.stack([...]) "
            "rather than np.array([...], dtype=object)"
        )
    if not isinstance(out, np.ndarray | float):
        try:
            out = checked_number(out, "the result of the function")
        except InputError as error:
            raise OutputError(
                f"the function returned {out!r} (a {type(out).__name__}); return a number or an array"
            ) from error
    return out, mode.zero(out)


def seeded(mode: Mode, x: Any, tangent: Any) -> Any:
    """The argument as a Dual of this mode."""
    if isinstance(mode, Forward) and not (type(x) is float is type(tangent)):
        tangent = mode._fitted(tangent, x)
    return make(mode, x, tangent)


def undefined(t: Any, y: Any, axis: int = 0) -> Any:
    """The tangent, NaN where the value is NaN: what is not defined has no derivative."""
    if isinstance(y, float):
        return t if y == y else t * math.nan
    values = primal(y)
    if isinstance(values, np.ndarray):
        if values.dtype.kind == "f" and has_nan(values):
            return np.where(np.isnan(values), math.nan, t)
        return t
    if isinstance(values, float) and values != values:
        return t * math.nan
    return t


def ones_like(x: Any) -> Any:
    """The seed of an elementwise derivative: a one of the value's own number type for each entry."""
    if isinstance(x, float):
        return 1.0
    x = primal(x)
    if isinstance(x, np.ndarray):
        return np.ones_like(x)
    return 1.0 if isinstance(x, float) else type(x)(1)


def run_forward(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    seeds: dict[int, tuple[Any, Any]],
    lanes: int | None = None,
) -> tuple[Any, Any, Forward]:
    """One forward sweep: value, tangent, and the mode it ran in."""
    mode = Forward(lanes)
    args = list(args)
    for i, (x, t) in seeds.items():
        args[i] = seeded(mode, x, t)
    try:
        out = f(*args, **keywords)
        if type(out) is Dual and out.mode is mode and type(out.tangent) is float:
            return out.value, out.tangent, mode  # a number, of which there is nothing to check
        return *taken_apart(out, mode), mode
    finally:
        mode.close()


#: How many numbers the lanes of one array may hold: a megabyte stays in the cache.
_LANE_NUMBERS = 1 << 17


def lanes_for(chunk: Any, n: int) -> int:
    if chunk == "auto":
        return min(n, max(8, _LANE_NUMBERS // n))
    if not isinstance(chunk, int) or isinstance(chunk, bool) or chunk < 1:
        raise InputError(f'chunk={chunk!r} is no number of directions; pass a whole number from 1, or "auto"')
    return min(chunk, n)
