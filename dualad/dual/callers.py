"""Who asks a Dual for a plain number or array, and what they are told."""

from __future__ import annotations

import functools
import itertools
import linecache
import opcode
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..corners import TIDY, is_tidying, note
from ..errors import ConversionError, RoundingWarning, SlowWarning
from ..linear import is_complex, plain
from ..lines import Line, users_line
from ..modes import outermost_mode

__all__ = [
    "ASSIGNING",
    "INDEXING",
    "INTO_PLAIN",
    "INTO_WHOLE",
    "IN_OWN",
    "NO_INDEX",
    "OF_DATES",
    "UNSEEN",
    "assigned_by_caller",
    "caller_is",
    "instructions",
    "is_scipys_product",
    "note_a_time",
    "note_rounding",
    "note_steps",
    "noting_steps",
    "real_of",
    "refuse_dates",
    "warn_of_real_parts",
    "warn_slow",
]

INTO_PLAIN = (
    "a plain array cannot hold a Dual: its derivative would be lost; assign to a copy that is made in the "
    "function, own = np.array(array, float), or make a new one: np.stack([x, ...]); in place of an array of "
    "records keep one for each field: fields = {'a': np.zeros(3), ...}"
)

#: How the note begins on an error in a derivative of the user's own.
IN_OWN = "dualad: raised by the"

INTO_WHOLE = (
    "an array of whole numbers would cut a Dual to one, and its derivative would be lost; make an array of "
    "floats, np.zeros(n) or array.astype(float), or write int(dualad.value(x)) for the whole number"
)

UNSEEN = (
    "an array to which derivatives were assigned was read by compiled code, which cannot see them; "
    "build the array with np.stack([...]) instead of assigning to its entries, and differentiate "
    "what the compiled code does by hand"
)

NO_INDEX = "a Dual cannot be an index: it would lose its derivative; write x[int(dualad.value(i))]"


def instructions(*names: str) -> frozenset[int]:
    """Those of this Python, of these names."""
    return frozenset(opcode.opmap[name] for name in names if name in opcode.opmap)


ASSIGNING = instructions("STORE_SUBSCR", "STORE_SLICE")
INDEXING = instructions("BINARY_SUBSCR", "BINARY_SLICE")


def caller_is(doing: frozenset[int]) -> bool:
    """Whether the line that led here, by NumPy's compiled code, is at one of these instructions."""
    frame = sys._getframe(2)
    return frame.f_code.co_code[frame.f_lasti] in doing


#: The flag of code whose variables are no dict, `inspect.CO_OPTIMIZED`.
_OF_FUNCTIONS = 1


def assigned_by_caller() -> Any:
    """The variable of the line that led here whose entry it assigns; None if it is no variable's."""
    frame = sys._getframe(2)
    place = next(itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None))
    if place[0] is None or place[2] is None:  # Python may be told to keep none
        return None
    line = linecache.getline(frame.f_code.co_filename, place[0], frame.f_globals).encode()
    name = line[place[2] :].decode(errors="replace").partition("[")[0].strip()
    variables = frame.f_locals
    found = variables.get(name)
    if type(variables) is dict and frame.f_code.co_flags & _OF_FUNCTIONS:
        variables.clear()  # copies, which Python before 3.13 keeps, and with them the array
    return found


def is_scipys_product() -> bool:
    """Whether ``matrix @ x`` of scipy.sparse asks, which calls ``x.__rmatmul__`` if there are no entries."""
    frame = sys._getframe(2)
    module = frame.f_globals.get("__name__", "")
    return frame.f_code.co_name == "_matmul_dispatch" and module.startswith("scipy.sparse")


#: Steps of this size, and smaller ones, are so fine that differences see the slope across them.
_FINE = 1e-6


def note_rounding(x: Any, digits: Any) -> None:
    """Note that a number is rounded to digits after the point, which may be meant for tidying them up.

    Where that is so for sure, warn of numbers that are not much larger than the steps.
    """
    if digits <= 0 or x.mode.is_flat(x.tangent):
        return
    if not is_tidying(digits):
        note_steps(x, f"rounding to {digits} digit{'s'[: digits > 1]}")
    elif digits >= TIDY and 10.0**-digits > _FINE * (largest := np.max(np.abs(plain(x)), initial=0.0)):
        users_line().warn(
            f"rounding to {digits} digits of numbers as small as {largest:.0e} "
            "is taken for tidying the digits up, of derivative 1; round dualad.value(x) where none is wanted",
            RoundingWarning,
        )


def note_steps(x: Any, what: str) -> None:
    """Note that a number takes steps in which a slope may be hidden, or warn of one made by hand."""
    line, mode = users_line(), outermost_mode(x)
    warn = functools.partial(_warn_of_rounding, line, what)
    if mode is None:
        warn()
    else:
        mode.roundings[line[:2]] = warn


def _warn_of_rounding(line: Line, what: str, is_seen: bool = False) -> None:
    """Say that rounding loses a derivative, or that differences have seen which it would be without."""
    meant = (
        "and differences see the slope across its steps: the derivative is that of the number that is "
        "rounded; leave the rounding out"
        if is_seen
        else "of derivative 0; leave it out where it is there to tidy the digits up"
    )
    line.warn(
        f"{what} is a step function, {meant}, and round dualad.value(x) where no derivative is wanted",
        RoundingWarning,
    )


#: The derivative call in which a number has been made whole last.
_made_whole: list[Callable[[], Any]] = [lambda: None]


def note_a_time() -> None:
    """Note that a time is made, which may be of the whole hours, minutes and microseconds of a number."""
    mode = _made_whole[0]()
    if mode is not None and not mode.is_over:
        note("a time made of whole numbers")


def noting_steps(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes numbers whole, which of large ones may be meant to tidy the digits up.

    ``floor(x * 1e8 + 0.5) / 1e8`` does. It is noted if differences can see the slope across such steps.
    """

    @functools.wraps(function, updated=())
    def whole(*args: Any, **keywords: Any) -> Any:
        x: Any = args[0] if args else None
        t = getattr(x, "tangent", None)  # which text lacks
        if t is not None and x.mode.of_numbers and not x.mode.is_flat(t):
            _made_whole[0] = weakref.ref(x.mode)
            if _FINE * np.max(np.abs(plain(x)), initial=0.0) >= 1:
                note("a number rounded in its last digits", RoundingWarning)
        return function(*args, **keywords)

    return whole


def warn_of_real_parts() -> None:
    """What NumPy says when it casts complex numbers to real ones."""
    text = "Casting complex values to real discards the imaginary part"
    users_line().warn(text, np.exceptions.ComplexWarning)


def warn_slow(x: Any) -> None:
    """Say which line takes an array apart; Python shows a warning once for each line."""
    line = users_line()
    x.mode.taken_apart = f"{line.file}:{line.number}"
    line.warn(
        f"a Dual of shape {x.shape} was taken apart into Python objects, since this line (or what it calls) "
        "asks for a plain array; the derivative is right, but hundreds of times slower; "
        "write x for np.asarray(x), W @ x for W.dot(x), np.stack([a, b]) for np.array([a, b])",
        SlowWarning,
    )


OF_DATES = (
    "dates and spans of time are whole numbers of their units and hold no derivative; compute with numbers "
    "of seconds, as in t / np.timedelta64(1, 's') * x, or write dualad.value(x)"
)


def refuse_dates(x: Any) -> None:
    """Raise for NumPy's dates and spans of time."""
    if isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "mM":
        raise ConversionError(OF_DATES)


def real_of(x: Any) -> Any:
    """The real parts of what is assigned to such, with the warning of NumPy where others are cast away."""
    if not is_complex(x):
        return x
    warn_of_real_parts()
    return np.real(x)
