"""A forward sweep, and what errors and warnings come out of sweeps of either mode."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from .boundary import WATCHES, in_classes_of, own, seeded, taken_apart, watching
from .corners import NOTED
from .dual import Dual, make, primal
from .dual.array_classes import in_class_of
from .dual.callers import OF_DATES, UNSEEN
from .dual.methods import lacking
from .errors import ConversionError, DualadError
from .linear import all_finite, has_nan, quietly
from .lines import place_of_error
from .modes import Forward, Mode
from .shapes import shape_of
from .suspicions import Beside, LostError, tidied, uneven, warn_of_suspicions
from .trees import Tree, flattened, leaves_of, mapped, replaced

__all__ = [
    "UNDEFINED",
    "ask_differences",
    "by_values",
    "check_not_lost",
    "explain",
    "is_undefined",
    "run_forward",
    "swept",
]


def run_forward(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    seeds: dict[int, tuple[Any, Any]],
    lanes: int | None = None,
) -> tuple[Any, Any, Forward]:
    """One forward sweep: value, tangent, and the mode it ran in.

    Where the tangent holds a NaN the function is run once more, now looking at each product for
    0 * inf, which is 0 (`Mode.careful`); where Duals cannot follow it, or a loop has lost a derivative,
    differences may find it (`last_resort`). An argument, its seed, the value and the tangent may each be a
    `Tree`; a leaf with None as its seed is not differentiated.
    """
    try:
        y, t, mode = swept(f, args, keywords, seeds, lanes, False)
        if t != t if type(t) is float else _has_nan(t):
            y, t, mode = swept(f, args, keywords, seeds, lanes, True)
    except Exception as error:
        found: tuple[Any, Any, Forward] | None
        found = by_values(error, swept, f, args, keywords, seeds, lanes, True)
        if found is None:
            raise
        return found
    if mode.lost:
        lost = LostError(mode.lost)
        y, t, mode = by_values(lost, swept, f, args, keywords, seeds, lanes, True) or (y, t, mode)
    if mode.roundings:
        y, t, mode = tidied(
            mode.roundings,
            (y, t, mode),
            lambda: swept(f, args, keywords, seeds, lanes, mode.careful),
            lambda found: _beside(f, args, keywords, seeds, lanes, *found[:2]),
        )
    if WATCHES and watching():
        watching().forward(f, args, keywords, seeds, leaves_of(y), leaves_of(t), lanes)
    return y, t, mode


def by_values(error: Exception, sweep: Callable[..., Any], f: Callable[..., Any], *more: Any) -> Any:
    """The sweep ``sweep(f, *more)`` by what ``f`` returns alone (`last_resort`); None if ``error`` stays."""
    from .last_resort import last_resort  # seldom needed, and not by `import dualad`

    return last_resort(error, f, lambda g: sweep(g, *more))


def swept(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    seeds: dict[int, tuple[Any, Any]],
    lanes: int | None,
    careful: bool,
) -> tuple[Any, Any, Forward]:
    """A sweep, with warnings of what differences do not explain, and without the last resort."""
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
            and out.tangent - out.tangent == 0.0
            and mode.sites is None
            and not mode.hidden
            and DualadError.count == mode.refused
            and NOTED[0] == noted
        ):
            return out.value, out.tangent, mode  # a number, of which there is nothing to check
        y, t = taken_apart(out, mode)
        check_not_lost(f, args, keywords, y, mode)
        ask_differences(f, args, keywords, seeds, y, t, mode, noted)
        return y, t, mode
    except Exception as error:
        mode.held_back.clear()
        explain(error, mode)
        raise
    finally:
        mode.close(asked=True)


def ask_differences(
    f: Callable[..., Any],
    args: Any,
    keywords: Any,
    seeds: dict[int, Any],
    y: Any,
    t: Any,
    mode: Mode,
    noted: int,
) -> None:
    """Warn of what a sweep met since ``noted`` and differences do not explain."""
    undefined = is_undefined(y, t)
    if mode.sites is None and NOTED[0] == noted and not undefined:
        return
    if not mode.careful and _has_nan(t):  # which is looked at in a second sweep
        mode.held_back.clear()
        return
    depends = any(np.any(primal(leaf)) for leaf in leaves_of(t))
    inner = any(type(leaf) is Dual for leaf in leaves_of(t))
    beside = functools.partial(_beside, f, args, keywords, seeds, mode.lanes, y, t)
    warn_of_suspicions(f, mode, noted, y, depends, attrgetter("tangent"), beside, not inner)
    if undefined and not inner and not mode.lost and beside().differs_smoothly(y):
        mode.lost = UNDEFINED


def _beside(
    f: Callable[..., Any],
    args: Any,
    keywords: Any,
    seeds: dict[int, Any],
    lanes: int | None,
    y: Any,
    t: Any,
) -> Beside:
    """The function beside the point of a sweep, along one direction, which may stand for several."""

    def mixed(t: Any) -> Any:
        return t if t is None or lanes is None else quietly(np.tensordot, uneven(lanes), primal(t), 1)

    xs = [seeds[i][0] if i in seeds else x for i, x in enumerate(args)]
    along = {i: mapped(mixed, seed) for i, (_, seed) in seeds.items()}
    return Beside(f, xs, keywords, along, mapped(lambda y, t: np.broadcast_to(mixed(t), shape_of(y)), y, t))


def _seeded_copy(mode: Mode, x: Any, t: Any) -> Any:
    """As `seeded`; the function may be run again, so it is given copies."""
    return own(x) if t is None else seeded(mode, own(x), own(t))


def _has_nan(x: Any) -> bool:
    if type(x) is Tree:
        return any(map(_has_nan, x.leaves))
    return bool(quietly(has_nan, primal(x)))


#: What is said of a derivative that is no finite number, where there is one.
UNDEFINED = "by the rules its derivative is NaN or infinite"


def is_undefined(y: Any, t: Any) -> bool:
    """Whether a tangent is NaN or infinite where the value is finite, and nobody looks for just that."""
    pairs = zip(leaves_of(y), leaves_of(t), strict=True)
    return any(_is_undefined(primal(x), primal(one)) for x, one in pairs) and not (WATCHES and watching())


def _is_undefined(x: Any, t: Any) -> bool:
    if t is None or quietly(all_finite, t):
        return False
    return bool(np.any((np.abs(x) < np.inf) & ~np.isfinite(t)))


def _differs(x: Any, y: Any) -> bool:
    """Whether two values are others by more than rounding."""
    if type(x) is Tree:
        return not isinstance(y, Tree) or any(map(_differs, x.leaves, y.leaves))
    if isinstance(y, Tree) or shape_of(x) != shape_of(y):
        return True
    return not quietly(np.allclose, primal(x), primal(y), 1e-6, 1e-12, True)


def check_not_lost(f: Callable[..., Any], args: Any, keywords: Any, y: Any, mode: Mode) -> None:
    """Raise if compiled code has read what holds Duals: it saw NaN where f has a number.

    Of a float it may have asked whether it is larger, so that another number comes out. So it does where
    an error of ours has been swallowed, as by a thread, by ``finally: return`` or by a ``with``.
    """
    empty = mode.poisoned and not any(map(np.size, leaves_of(y)))  # NaN is larger than no number
    unseen = mode.hidden or (mode.poisoned and _has_nan(y)) or empty
    refused = DualadError.count != mode.refused
    if not (refused or unseen):
        return
    try:
        plain = f(*[replaced(x, primal) if _holds_dual(x) else x for x in args], **keywords)
        value = taken_apart(plain, mode)[0]
    except Exception:
        if unseen:
            raise
        return  # there is no value of plain numbers
    if mode.hidden and _differs(y, value):
        raise ConversionError(
            "an object of a class derived from float that holds a derivative, or the bytes of a Dual, were "
            "read by compiled code, which cannot see it, or the hash of one taken for a number; give that "
            "code float(x), or differentiate what it does by hand"
        )
    if refused and _differs(y, value):
        raise ConversionError(
            "an error that says why Duals cannot follow the function has been swallowed (by a thread, "
            "`finally: return`, a `with`, a callback), and the value is not that of plain numbers; leave out "
            "what swallows it to see what to type instead"
        )
    if (empty and _differs(y, value)) or (_has_nan(y) and not _has_nan(value)):
        raise ConversionError(UNSEEN)


def _holds_dual(x: Any) -> bool:
    tree = flattened(x)
    return type(x) is Dual or (tree is not None and any(type(leaf) is Dual for leaf in tree.leaves))


def explain(error: Exception, mode: Mode) -> None:
    """Say what NumPy leaves out of its errors: that a Dual is behind them, and what to type."""
    cause = error.__cause__
    if isinstance(cause, ConversionError) and not isinstance(error, DualadError):
        placed = type(cause)(f"{place_of_error(error)}: {cause}")
        vars(placed).update(vars(cause))
        raise placed from error
    if isinstance(error, AttributeError) and type(error.obj) is Dual and not isinstance(error, DualadError):
        raise lacking(str(error.name)) from error
    if isinstance(error, IndexError) and str(error).startswith("only integers, slices"):
        error.add_note(
            "dualad: a table is an array in the function; pass a dict of its columns to index them by name, "
            "{name: df[name].to_numpy() for name in df}, or make the table there: f(pd.DataFrame({'a': x}))"
        )
    if _is_of_arguments(error):
        error.add_note(
            "dualad: several arguments are given one by one, or in a tuple: grad(f, argnums=(0, 1))(x, y), "
            "vjp(f, x, y), jvp(f, (x, y), (tx, ty)), hvp(f, (x, y), (vx, vy))"
        )
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
    of_others = isinstance(error, TypeError | ValueError) or type(error).__module__ in sys.stdlib_module_names
    if of_others and not isinstance(error, DualadError):
        if _OF_DUALS.search(str(error)):
            raise ConversionError(
                f"{place_of_error(error)}: this code takes plain numbers only ({error}); write what it "
                "computes with floats, math and NumPy, or pass it dualad.value(x) where no derivative is "
                "wanted"
            ) from error
        if _WITH_DATES.search(str(error)):
            raise ConversionError(f"{place_of_error(error)}: {OF_DATES}") from error


def _is_of_arguments(error: Exception) -> bool:
    """Whether the function itself was called with too many or too few arguments, by us.

    There is a note already where it was in an inner derivative, or in a derivative of the user's own.
    """
    of_a_call = isinstance(error, TypeError) and _OF_ARGUMENTS.search(str(error))
    return bool(of_a_call) and not hasattr(error, "__notes__") and not place_of_error(error)


#: What Python says of a call with too many or too few arguments.
_OF_ARGUMENTS = re.compile(r"missing \d+ required positional argument|takes \d+ positional argument")

#: What code that knows no Duals says of one; a message with its value in it is a user's.
_OF_DUALS = re.compile(
    r"\bDual\b(?!\()|string to float: .*(Dual\(|recorded #)|memoryview: invalid type"
    r"|required argument is not a float|object __array__ method not producing an array"
)

#: What NumPy says of dates, and of numbers in their place.
_WITH_DATES = re.compile(r"ufunc .*dtype\('<[mM]8\[|to NumPy (datetime|timedelta)|not 'datetime\.")
