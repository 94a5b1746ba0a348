"""Comparisons that decide more than a branch: bisection, and guards for a single point.

A program that halves a bracket, and asks each time on which side the root lies, looks at its input
through comparisons alone: what it returns has no derivative, or a part of it, though the root moves
with the input. Such a comparison shows a pattern: what is compared gets closer and closer, by a
factor each time, while the *derivatives* of what is compared do not. (In an iteration that converges
by arithmetic they meet as well.) The modes keep what is needed to see that; after a derivative call
a `LoopWarning` names the line.

A guard such as ``if abs(x - node) < 1e-12`` holds at one point, for all that the derivative can tell.
It warns as ``x == node`` does.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from copy import copy
from types import CodeType
from typing import Any

import numpy as np

from ..errors import EqualityWarning, LoopWarning
from ..modes import HAND, Forward, Mode, Recorded
from ..tape import place_of
from .dual import Dual, outside, primal

__all__ = ["FEW", "MANY", "meet_at_a_point", "note", "note_guard", "warn_of_guards", "warn_of_loops"]

#: So many comparisons of a derivative call are let pass before they are looked at, and then so many are.
FEW, MANY = 4, 10_000

#: What is compared has to get closer by this factor, the better part of it in steps.
_CLOSER = 1e-4
_NEAR = 1e-2
_STEPS = 6

#: How small a bound is that holds for one point, as compared with how fast what is bounded moves.
_CLOSE = 1e-5

_frame = sys._getframe


class Site:
    """What was compared at one place of a program."""

    __slots__ = ("at", "code", "farthest", "largest", "lows", "near", "smallest", "steers")

    def __init__(self, code: CodeType, at: int) -> None:
        self.code, self.at = code, at
        self.largest, self.smallest = 0.0, math.inf
        #: How many comparisons there were of numbers near to each other, and of ever nearer ones.
        self.near = self.lows = 0
        self.farthest: Any = None
        #: What was compared when the pattern was complete.
        self.steers: Any = None

    def draw_near(self, gap: float, a: Any, b: Any) -> None:
        """Note a comparison of numbers with a gap between them that is small as compared with the first."""
        self.near += 1
        if gap < self.smallest:
            if gap < 0.7 * self.smallest:
                self.lows += 1
            self.smallest = gap
            few = self.lows < _STEPS or 5 * self.lows < self.near
            if self.steers is None and gap <= _CLOSER * self.largest and not few:
                self.steers = a, b


def note(mode: Mode, a: Any, b: Any, x: Any, y: Any) -> None:
    """Note that two numbers of a derivative call, with values x and y, are being compared."""
    if type(x) is not float and not isinstance(x, float):
        return
    frame: Any = _frame(2)
    sites = mode.sites
    if sites is None:
        if mode is HAND:
            return
        sites = mode.sites = {}
    place = id(frame.f_code), frame.f_lasti  # the hash of a code object takes its time
    site = sites.get(place)
    if site is None:
        if frame.f_code.co_name == "operate":  # of magic_methods
            frame = frame.f_back
            place = id(frame.f_code), frame.f_lasti
        if not isinstance(y, float | int) or not outside(frame.f_globals.get("__name__", "")):
            return
        site = sites.setdefault(place, Site(frame.f_code, frame.f_lasti))
    gap = x - y if x > y else y - x
    largest = site.largest
    if gap > largest:
        if gap < math.inf:
            site.largest, site.farthest = gap, (a, b)
    elif 0 < gap < _NEAR * largest:
        site.draw_near(gap, a, b)


def warn_of_loops(
    mode: Mode, depends: bool, tangent: Callable[[Dual], Any], differs: Callable[[], bool]
) -> None:
    """Name the comparisons that stand in for arithmetic.

    Parameters
    ----------
    mode : Mode
        Of a derivative call that has run.
    depends : bool
        Whether the result has a derivative that is not zero.
    tangent : callable
        How a Dual changes with the input: a number or an array.
    differs : callable
        Whether differences of the function say that its derivative is another one; asked where there
        is a suspicion. A step of Newton's method after the loop may have put everything right.
    """
    suspected = None
    for site in (mode.sites or {}).values():
        if site.steers is None:
            continue
        first, last = (_slope(mode, tangent, *pair) for pair in (site.farthest, site.steers))
        if not first > 0 or (depends and not last > 0.05 * first):
            continue
        if suspected is None:
            suspected = differs()
        if not suspected:
            return
        code = site.code
        line = next((n for start, end, n in code.co_lines() if start <= site.at < end), None)
        warnings.warn_explicit(
            "the numbers that this comparison finds to be closer and closer are steered by it, as in "
            f"bisection, and {'a part of the derivative' if depends else 'the derivative'} is lost: what is "
            "halved does not depend on the input by arithmetic; take one step of Newton's method at the end, "
            "or call scipy.optimize.brentq",
            LoopWarning,
            code.co_filename,
            line or code.co_firstlineno,
        )


def _slope(mode: Mode, tangent: Callable[[Dual], Any], a: Any, b: Any) -> float:
    """How fast the gap between two numbers changes."""
    one, other = (tangent(x) if type(x) is Dual and x.mode is mode else 0.0 for x in (a, b))
    return float(np.max(np.abs(np.subtract(primal(one), primal(other)))))


def note_guard(x: Any, bound: Any, mask: bool) -> None:
    """Look at ``abs(x) <= bound`` in a program: it warns if that holds at this point, and only close to it.

    In reverse mode it is known how fast x moves once all is recorded: see `warn_of_guards`.
    """
    if not _holds(x, bound, mask):
        return
    if isinstance(x.mode, Forward):
        if _moves_away(primal(x), x.tangent, bound):
            _warn_of_a_bound(primal(x), bound, *_place(_frame(2)))
    elif isinstance(x.mode, Recorded) and len(x.mode.guards) < MANY:
        x.mode.guards.append((place_of(x.tangent), copy(primal(x)), bound, *_place(_frame(2))))


def warn_of_guards(mode: Recorded, tangents: Callable[[list[int]], list[Any]]) -> None:
    """Name the guards met while recording that hold for this point alone.

    ``tangents`` gives how what stands at these places of the tape changes with the input, or None.
    """
    named = set()
    found = tangents([at for at, *_ in mode.guards])
    for (_, x, bound, file, line, registry), t in zip(mode.guards, found, strict=True):
        if t is not None and (file, line) not in named and _moves_away(x, t, bound):
            named.add((file, line))
            _warn_of_a_bound(x, bound, file, line, registry)


def _place(frame: Any) -> tuple[str, int, Any]:
    """File and line, and where Python notes what it has warned of there."""
    return frame.f_code.co_filename, frame.f_lineno, frame.f_globals.setdefault("__warningregistry__", {})


def _holds(x: Any, bound: Any, mask: bool) -> bool:
    """Whether ``abs(x) <= bound``, for a small bound.

    Of an array all entries have to be as small, unless it is a mask, which picks out some.
    """
    bound = primal(bound)
    if isinstance(bound, np.ndarray):
        if not np.all((bound > 0) & (bound <= _CLOSE)):
            return False
    elif not (isinstance(bound, float | int) and 0 < bound <= _CLOSE):
        return False
    small = np.abs(primal(x)) <= bound
    return bool(np.any(small) if mask else np.all(small))


def _moves_away(x: Any, tangent: Any, bound: Any) -> bool:
    """Whether what is within a bound is so at this point alone.

    The tangent tells how fast x moves; that of an iteration that has converged is small, too.
    """
    bound = primal(bound)
    t = np.abs(primal(tangent)) * (np.abs(x) <= bound)
    return bool(np.any((t >= bound / _CLOSE) & (t * t >= 1e4 * bound)))


def _warn_of_a_bound(x: Any, bound: Any, file: str, line: int, registry: Any) -> None:
    """Say at which line a guard holds for this point alone."""
    warnings.warn_explicit(
        f"abs(x) is within {np.max(primal(bound)):.3g} of zero with x = {_smallest(x)!r}, and the "
        "derivative is that of the branch for this point alone; where the branches join smoothly, "
        "differentiate at a point beside it",
        EqualityWarning,
        file,
        line,
        registry=registry,
    )


def _smallest(x: Any) -> Any:
    return x.flat[np.argmin(np.abs(x))] if isinstance(x, np.ndarray) else x


def meet_at_a_point(a: Any, b: Any, close: Any) -> bool:
    """Whether numbers that ``isclose`` finds to be close are equal here, and move apart beside this point.

    In reverse mode, where there are no tangents to look at, one of them has to be a constant that is not
    zero: an iteration that has converged compares two results, or a residual with zero.
    """
    mode: Mode = max((x.mode for x in (a, b) if type(x) is Dual), key=lambda mode: mode.level)
    x, y = primal(a), primal(b)
    equal = close & (np.abs(x - y) <= 1e-12 * np.maximum(np.abs(x), np.abs(y)))
    if not np.any(equal):
        return False
    one, other = (t.tangent if type(t) is Dual and t.mode is mode else None for t in (a, b))
    if not isinstance(mode, Forward):
        constant = y if other is None else x
        return (one is None or other is None) and bool(np.any(equal & (constant != 0)))
    if mode.lanes is not None and np.shape(x) != np.shape(y):
        return False
    s, t = (primal(0.0 if tangent is None else tangent) for tangent in (one, other))
    return bool(np.any(equal & (np.abs(s - t) > 1e-3 * np.maximum(np.abs(s), np.abs(t)))))
