"""Points without a derivative that a function meets on its way: the angle of the origin, a root of 0.

A rule has a convention for them (docs/kinks.md), which suits a function that has a kink there itself.
But kinks can cancel: ``x`` and ``y`` are as smooth as can be, also at the origin, and still

    r, phi = hypot(x, y), arctan2(y, x)
    x, y = r * cos(phi), r * sin(phi)

has no derivative there by the rules. So what is met is noted, and after a derivative call it is asked
whether differences see a smooth function with another derivative; if so, a `CornerWarning` names the line.

So is a number rounded to very fine steps, of which differences are asked whether the slope across them is
lost: then it is a `RoundingWarning`.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from .errors import CornerWarning, RoundingWarning
from .lines import Line, users_line

#: Rounding to as many digits after the point tidies a number up, as float32 would: it has slope 1.
TIDY = 8

#: Whether rounding to fewer digits is taken for that, too (`suspicions.tidied`).
_tidying: ContextVar[bool] = ContextVar("_tidying", default=False)

#: What is noted where zero times an infinite slope was taken for zero.
STEEP = "an infinite slope"

#: What is noted where a comparison finds numbers equal.
EQUAL = "a comparison of equal numbers"

#: How many points have been met, in all threads.
NOTED = [0]

#: So many of them are kept, for the question after the derivative call.
_MOST = 64

#: The latest of them: number, thread, what it is, where, and what warns of it.
_latest: deque[tuple[int, int, str, Line, type[UserWarning]]] = deque(maxlen=_MOST)

#: What warns -> what it says after what was met.
_TEXTS: dict[type[UserWarning], str] = {
    CornerWarning: "has no derivative, and the function with it has one: differences beside this point "
    "agree, and not with the derivative by the rules; differentiate at a point beside it, or "
    "write the function without going by way of this",
    RoundingWarning: "is a step function, of derivative 0, and differences see the slope across its steps; "
    "leave the rounding out where it is there to tidy the digits up, and round dualad.value(x) where no "
    "derivative is wanted",
}

#: A function, file, line and what was met there -> how often differences of this function have been
#: asked about it, and have agreed. A derivative of a derivative is another function.
_trusted: Counter[tuple[Any, str, int, str]] = Counter()
_OFTEN = 20


def is_tidying(digits: int) -> bool:
    """Whether rounding to so many digits after the point has slope 1, and not 0."""
    return digits >= TIDY or (digits > 0 and _tidying.get())


@contextlib.contextmanager
def tidying() -> Iterator[None]:
    """Rounding to digits after the point, however few, has slope 1 within it."""
    token = _tidying.set(True)
    try:
        yield
    finally:
        _tidying.reset(token)


def note(what: str, warning: type[UserWarning] = CornerWarning) -> None:
    """Note that there is no derivative by the rules at the line of the user's code that runs."""
    note_at(what, users_line(), warning)


def note_at(what: str, line: Line, warning: type[UserWarning] = CornerWarning) -> None:
    """The same for a line that has run."""
    NOTED[0] += 1
    inside = " inside SciPy" if line.module.partition(".")[0] == "scipy" else ""
    _latest.append((NOTED[0], threading.get_ident(), what + inside, line, warning))


def forget_equal(before: int, times: int) -> None:
    """Forget lines that since ``before`` found numbers equal fewer times: at single points of an integral."""
    found = [one for one in list(_latest) if one[0] > before and one[2] == EQUAL]
    often = Counter((line.file, line.number) for *_, line, _ in found)
    for one in found:
        if often[one[3].file, one[3].number] < min(times, _MOST):
            with contextlib.suppress(ValueError):  # where another thread has met as many
                _latest.remove(one)


def _named(f: Any) -> tuple[Any, ...]:
    """What a function is known by: its code, and that of the functions that it encloses.

    For a derivative of a function those of the function, and how often it is differentiated.
    """
    times = 0
    while hasattr(f, "__wrapped__"):
        f, times = f.__wrapped__, times + 1
    enclosed = (getattr(_content(cell), "__code__", None) for cell in getattr(f, "__closure__", None) or ())
    return getattr(f, "__code__", type(f)), times, *filter(None, enclosed)


def _content(cell: Any) -> Any:
    """What a closure has in a cell, None if nothing has been assigned."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def agree(f: Callable[..., Any], met: Sequence[tuple[Line, str]], ask: Callable[[], bool]) -> bool:
    """Whether differences agree with what a function met at some lines; not asked if they often have."""
    keys = [(_named(f), line.file, line.number, what) for line, what in met]
    unknown = next((key for key in keys if _trusted[key] < _OFTEN), None)
    if unknown is None:
        return True
    agreed = ask()
    _trusted[unknown] += agreed
    return agreed


def warn_of_corners(f: Callable[..., Any], before: int, differs: Callable[[bool], bool]) -> str:
    """Name the first point noted since ``before`` in this thread, if differences see another derivative.

    They are told whether it is about steps. Returned is where a derivative has been lost, and at what.
    """
    ours = threading.get_ident()
    met = [one[2:] for one in list(_latest) if one[0] > before and one[1] == ours]
    if not met:  # what is held back is counted as well
        return ""
    what, line, warning = met[0]
    if agree(f, [(line, what) for what, line, _ in met], lambda: not differs(warning is RoundingWarning)):
        return ""
    line.warn(f"{what} {_TEXTS[warning]}", warning)
    return "" if warning is RoundingWarning else f"{line.file}:{line.number}: {what} has no derivative"
