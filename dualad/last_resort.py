"""The last resort: a function that Duals cannot follow is differentiated as a whole, by differences.

Objects of compiled classes that are given numbers and asked for others, numbers that pass through text,
checks that let through floats alone: where the code between argument and result loses a derivative, there
still is the function, known by its values. It is called with plain numbers, as one compiled function is
(`dual.without_rule`), with the same judgement of what it gives, and a warning says why.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from .boundary import AsItIs, taken_apart
from .dual import Dual, primal, settled
from .dual.array_classes import in_class_of, without_class
from .dual.callers import IN_OWN
from .dual.methods import SAVING
from .dual.without_rule import by_differences, in_differences
from .errors import ConversionError, DualadError, MissingError, NoRuleError, OverError, PlainArrayError
from .linear import quietly
from .lines import place_of_error
from .modes import Forward, Recorded
from .shapes import shape_of, size_of
from .suspicions import LostError
from .trees import Tree, replaced

__all__ = ["last_resort"]

Result = TypeVar("Result")

#: For so many numbers differences are taken in reverse mode, where each needs some ten calls.
_MOST = 1000


def last_resort(
    error: Exception, f: Callable[..., Any], sweep: Callable[[Callable[..., Any]], Result]
) -> Result | None:
    """The sweep of the function by its values alone; None if ``error`` should be raised.

    Parameters
    ----------
    error : Exception
        What a sweep with Duals has raised.
    f : callable
        The function, lifted.
    sweep : callable
        The same sweep, of a function that is given to it.
    """
    if isinstance(f, AsItIs) or in_differences.get() or not _is_of_duals(error):
        return None
    before = DualadError.count
    try:
        return sweep(functools.partial(_by_values, f, _reason(error), isinstance(error, LostError)))
    except TimeoutError:  # of an alarm that the user has set
        raise
    except Exception as failed:  # the plain function may raise, too, and differences need not settle
        if isinstance(failed, _TooManyError):
            error.add_note(str(failed))
        return None
    finally:
        DualadError.count = before  # they are none that a program has swallowed


def _is_of_duals(error: Exception) -> bool:
    """Whether it may be raised for Duals alone, and is no refusal of what has no derivative.

    One in a derivative that the user has written is none: nothing should be found in its place. Nor is one
    of a plain array that is not the function's own: it would be written to with each call.
    """
    if any(note.startswith(IN_OWN) for note in getattr(error, "__notes__", ())):
        return False
    if isinstance(error, MissingError):  # of what the plain number may have
        has = type(error.obj) is Dual and hasattr(primal(error.obj), error.name or "")
        return isinstance(error.__cause__, AttributeError) or (has and error.name not in SAVING)
    if isinstance(error, PlainArrayError):
        return _is_gone(error)
    if isinstance(error, DualadError):
        return isinstance(error, ConversionError | NoRuleError | OverError)
    return not isinstance(error, Warning | OSError | MemoryError)


def _is_gone(error: PlainArrayError) -> bool:
    """Whether the array went with the call in which it was made: nobody else has it."""
    if error.target is None:
        return False
    waiting: list[BaseException | None] = [error]
    cleared: set[int] = set()
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in cleared:
            cleared.add(id(one))
            for frame, _ in traceback.walk_tb(one.__traceback__):
                _clear(frame)
            waiting += [one.__cause__, one.__context__]
    if error.target() is not None:
        gc.collect()  # what was recorded refers to itself
    return error.target() is None


def _clear(frame: Any) -> None:
    """Take the variables of a function that is over, and of those that have called it."""
    with contextlib.suppress(RuntimeError):  # which is raised for the first one that still runs
        while frame is not None:
            frame.clear()
            frame = frame.f_back


def _by_values(f: Callable[..., Any], why: str, rough: bool, *args: Any, **keywords: Any) -> Any:
    """What the function returns, with Duals where it depends on those among its arguments.

    A loop that ends by a bound may be ``rough``: its values have steps, and the rules would give 0.
    """
    leaves: list[Any] = []
    replaced(args, leaves.append)
    given = [settled(without_class(x)) for x in leaves]
    places = [i for i, x in enumerate(given) if type(x) is Dual]
    if not places:
        return f(*args, **keywords)
    results: list[Any] = []

    def values(*numbers: Any) -> Any:
        plain = list(leaves)
        for i, x in zip(places, numbers, strict=True):
            plain[i] = in_class_of(leaves[i], x)
        rest = iter(plain)
        y = quietly(_plain_value, f, replaced(args, lambda _: next(rest)), keywords)
        results.append(y)
        return y.leaves if type(y) is Tree else y

    duals = [given[i] for i in places]
    if isinstance(duals[0].mode, Recorded):
        _check_how_many(sum(size_of(shape_of(x)) for x in duals))
    name = f"{getattr(f, '__module__', '')}.{getattr(f, '__qualname__', type(f).__name__)}"
    found = by_differences(name, values, tuple(duals), {}, why, eager=True, rough=rough)
    values(*map(primal, duals))  # what the function keeps is of this point, and not of one beside
    return results[0].like(found).built() if type(results[0]) is Tree else found


class _TooManyError(Exception):
    """Differences for each of so many numbers would take too long."""


def _check_how_many(numbers: int) -> None:
    if numbers > _MOST:
        raise _TooManyError(
            f"dualad: differences of the whole function are taken for up to {_MOST:,} numbers in reverse "
            f"mode, and it has {numbers:,}; dualad.jvp(f, x, t) takes them along one direction t"
        )


def _plain_value(f: Callable[..., Any], args: Any, keywords: dict[str, Any]) -> Any:
    token = in_differences.set(True)
    try:
        return taken_apart(f(*args, **keywords), Forward())[0]
    finally:
        in_differences.reset(token)


def _reason(error: Exception) -> str:
    place, said = place_of_error(error), str(error).split(";")[0].split("\n")[0]
    where = "" if place in said else f"{place}: "
    return f"cannot be followed by Duals ({where}{said[:200]})"
