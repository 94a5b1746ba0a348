"""Comparisons that decide more than a branch: bisection, and guards for a single point.

A program that halves a bracket, and asks each time on which side the root lies, looks at its input
through comparisons alone: what it returns has no derivative, or a part of it, though the root moves
with the input. Such a comparison shows a pattern: what is compared gets closer and closer, by a
factor each time, while the *derivatives* of what is compared do not. (In an iteration that converges
by arithmetic they meet as well.) The modes keep what is needed to see that; after a derivative call
a `LoopWarning` names the line. Where the result depends on comparisons alone, as that of a search in steps,
there is no pattern to ask for: differences over a hundredth of the input tell.

A guard such as ``if abs(x - node) < 1e-12`` holds at one point, for all that the derivative can tell.
It warns as ``x == node`` does. Of any other comparison with a bound as small it is noted that it may be
one (`corners`), as in ``angle = norm(r); if angle < 1e-12``.

How fast moves what is compared tells whether it stays within the bound. In reverse mode that shows when
all is on the tape: until then there is a `Doubt`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from functools import partial
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

from ..corners import EQUAL, agree, note_at
from ..corners import note as note_corner
from ..errors import EqualityWarning, LoopWarning
from ..lines import Line, outside, users_line
from ..modes import HAND, Forward, Mode, Recorded, hold_back
from ..tape import place_of
from .dual import Dual, primal, settled

#: So many comparisons of a derivative call are let pass before they are looked at, and then so many are.
FEW, MANY = 4, 10_000

#: What is compared has to get closer by this factor, in so many steps of which each is closer by a third.
_CLOSER = 1e-2
_STEPS = 4

#: How many comparisons are suspicious where the result depends on nothing.
_SEVERAL = 3

#: How small a bound is that holds for one point, as compared with how fast what is bounded moves.
CLOSE = 4e-5

_frame = sys._getframe


class Site:
    """What was compared at one place of a program."""

    __slots__ = (
        "code",
        "compared",
        "farthest",
        "is_above",
        "largest",
        "line",
        "lows",
        "smallest",
        "steers",
        "turns",
    )

    def __init__(self, code: CodeType | None, line: Line) -> None:
        self.code = code  # kept alive, as it is known by its identity
        self.line = line
        self.largest, self.smallest = 0.0, math.inf
        #: How many comparisons there were, and of ever nearer numbers.
        self.compared = self.lows = 0
        #: Whether the first of the two was the larger, and how often that has changed.
        self.is_above: bool | None = None
        self.turns = -1
        self.farthest: Any = None
        #: What was compared last when the pattern was complete.
        self.steers: Any = None

    def draw_near(self, gap: float, a: Any, b: Any) -> None:
        """Note a comparison of numbers with a gap between them that is smaller than those before."""
        self.lows += 1
        self.smallest = gap
        closer = gap <= _CLOSER * self.largest and self.lows >= _STEPS and 5 * self.lows >= self.compared
        if closer and self.turns > 1:  # time that runs up to its end does so from one side
            self.steers = a, b


#: Functions of ours between a comparison and the line in which it stands.
_BETWEEN = frozenset({"operate", "compare", "_within", "_array_ufunc", "__array_ufunc__"})


def note(mode: Mode, a: Any, b: Any, x: Any, y: Any) -> None:
    """Note that two numbers or arrays of a derivative call, with values x and y, are being compared."""
    if type(x) is not float and not isinstance(x, _FLOATS):
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
        if frame.f_code.co_name in _BETWEEN:
            while frame.f_code.co_name in _BETWEEN and not outside(frame.f_globals.get("__name__", "")):
                frame = frame.f_back
            place = id(frame.f_code), frame.f_lasti
        if not isinstance(y, _NUMBERS) or not outside(frame.f_globals.get("__name__", "")):
            return
        site = sites.setdefault(place, Site(frame.f_code, Line.of(frame)))
    if type(x) is np.ndarray or type(y) is np.ndarray:
        gap, is_above = _widest(x, y), not site.is_above  # some of the entries may have turned
    else:
        is_above = x > y
        gap = x - y if is_above else y - x
    site.compared += 1
    if is_above is not site.is_above:
        site.is_above = is_above
        site.turns += 1
    if gap > site.largest:
        if gap < math.inf:
            site.largest, site.farthest = gap, (a, b)
    elif 0 < gap < 0.7 * site.smallest:
        site.draw_near(gap, a, b)


def note_a_place(x: Any) -> None:
    """Note that the place of the least or the largest number was asked for, by which a grid is searched."""
    line = users_line()
    while type(x) is Dual and x.mode is not HAND:
        sites = x.mode.sites = x.mode.sites or {}
        site = sites.setdefault((line.file, line.number), Site(None, line))
        site.compared += 1
        site.farthest = site.farthest or (x, 0.0)
        x = x.value


def outer_pair(mode: Mode, a: Any, b: Any) -> tuple[Mode, Any, Any] | None:
    """What is compared without the tangents of a mode, and the next mode of those that are left."""
    a, b = (x.value if type(x) is Dual and x.mode is mode else x for x in (a, b))
    modes = [x.mode for x in (a, b) if type(x) is Dual]
    return (max(modes, key=lambda mode: mode.level), a, b) if modes else None


_FLOATS = float, np.ndarray
_NUMBERS = float, int, np.ndarray


def _widest(x: Any, y: Any) -> float:
    """The largest gap between the entries of arrays, which are all drawn near if it closes."""
    with np.errstate(all="ignore"):
        return float(np.max(np.abs(np.subtract(x, y)), initial=0.0))


def noting_signs(function: Callable[..., Any], of: int = 0) -> Callable[..., Any]:
    """A function of the sign of an argument, which decides as a comparison with 0 does.

    At 0 it is noted: ``sign(x) * log1p(abs(x))`` is smooth there.
    """

    def of_sign(*args: Any, **options: Any) -> Any:
        x = settled(args[of]) if len(args) > of else None
        if type(x) is Dual:
            n = x.mode.compared = x.mode.compared + 1
            if FEW < n < MANY:
                note(x.mode, x, 0.0, primal(x), 0.0)
            if x.mode is not HAND and not np.all(primal(x)) and not x.mode.is_flat(x.tangent):
                note_corner("the sign of 0")
        return function(*args, **options)

    return of_sign


def warn_of_loops(
    f: Callable[..., Any],
    mode: Mode,
    depends: bool,
    tangent: Callable[[Dual], Any],
    differs: Callable[[], bool],
) -> str:
    """Name the comparisons that stand in for arithmetic. Returned is where a derivative has been lost.

    Parameters
    ----------
    f : callable
        The function, of which it is asked a few times only where nothing has been lost.
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
    sites = (mode.sites or {}).values()
    found = [site for site in sites if (_steers if depends else _moves)(mode, tangent, site)]
    if not depends:  # of which one is enough, by all of them nothing is found
        found.sort(key=lambda site: (site.steers is None, -site.compared))
        found = found[:1]
    if not found or agree(f, [(site.line, "a loop") for site in found], lambda: not differs()):
        return ""
    for site in found:
        site.line.warn(_PART if depends else _ALL, LoopWarning)
    return f"{found[0].line.file}:{found[0].line.number}: this comparison steers a loop"


_PART = (
    "the numbers that this comparison finds to be closer and closer are steered by it, as in bisection, and "
    "a part of the derivative is lost: what is halved does not depend on the input by arithmetic; take one "
    "step of Newton's method at the end, or call scipy.optimize.brentq"
)
_ALL = (
    "the result depends on the input by comparisons alone, such as this one, as in bisection or a search in "
    "steps, and by the rules the derivative is lost: it is 0, while differences see a slope; take one step "
    "of Newton's method at the end, or call scipy.optimize.brentq"
)


def _steers(mode: Mode, tangent: Callable[[Dual], Any], site: Site) -> bool:
    """Whether the derivatives of what came closer did not.

    Those of a product of two that do, as in ``f(low) * f(high) < 0``, go with the root of the gap.
    """
    if site.steers is None:
        return False
    first, last = (_slope(mode, tangent, *pair) for pair in (site.farthest, site.steers))
    closer = _distance(*site.steers) / _distance(*site.farthest)
    return first > 0 and last > closer**0.8 * first


def _moves(mode: Mode, tangent: Callable[[Dual], Any], site: Site) -> bool:
    """Whether there were several comparisons, and one of the numbers farthest apart has a derivative."""
    pair = site.farthest if site.compared >= _SEVERAL else None
    return any(_slope(mode, tangent, x, 0.0) > 0 for x in pair or ())


def _slope(mode: Mode, tangent: Callable[[Dual], Any], a: Any, b: Any) -> float:
    """How fast the gap between two numbers changes."""
    return _distance(*(tangent(x) if type(x) is Dual and x.mode is mode else 0.0 for x in (a, b)))


def _distance(a: Any, b: Any) -> float:
    return float(np.max(np.abs(np.subtract(primal(a), primal(b)))))


# ---------------------------------------------------------------- guards


class Doubt(NamedTuple):
    """Something that holds at this point and not beside it if what it is about moves."""

    tangents: tuple[Any, ...]
    moves: Callable[..., bool]
    then: Callable[[], None]


def doubt(mode: Mode, duals: tuple[Any, ...], moves: Callable[..., bool], then: Callable[[], None]) -> None:
    """Do ``then()`` if ``moves`` is true of the tangents of these, as soon as they are known."""
    tangents = tuple(x.tangent if type(x) is Dual and x.mode is mode else None for x in duals)
    if isinstance(mode, Forward):
        if moves(*(0.0 if t is None else primal(t) for t in tangents)):
            then()
    elif isinstance(mode, Recorded) and mode.of_numbers and len(mode.doubts) < MANY:
        mode.doubts.append(Doubt(tangents, moves, then))


def clear_doubts(mode: Recorded, pushed: Callable[[list[int]], list[Any]]) -> None:
    """Clear the doubts of a mode, given the tangents at some places of its tape."""
    places = {place_of(t) for one in mode.doubts for t in one.tangents if t is not None}
    found = dict(zip(places, pushed(list(places)), strict=True))
    for tangents, moves, then in mode.doubts:
        ts = [None if t is None else found[place_of(t)] for t in tangents]
        if moves(*(0.0 if t is None else primal(t) for t in ts)):
            then()
    mode.doubts.clear()


def note_a_mask(found: Any, what: str, *args: Any) -> None:
    """Note that some entries were picked out at this very point, if what they are of moves there."""
    if not np.count_nonzero(found):
        return
    for x in args:
        if type(x) is Dual and x.mode is not HAND and x.mode.of_numbers:
            flat = type(x.value) is not Dual and isinstance(x.mode, Forward) and x.shape == np.shape(found)
            if not (flat and not np.any(x.tangent * found)):
                note_corner(what)
                return


def look_at_a_guard(x: Any, bound: Any, mask: bool) -> bool:
    """Warn if ``abs(x) <= bound`` is true of a Dual at this point, and only very close to it.

    Of an array all entries have to be as small, unless it is a mask, which picks out some. Gives whether
    there is such a guard.
    """
    bound = primal(bound)
    if not _is_small(bound):
        return False
    small = np.abs(primal(x)) <= bound
    if not (np.any(small) and (mask or np.all(small))):  # and some there are
        return False
    text = (
        f"abs(x) is within {np.max(bound):.3g} of zero with x = {_smallest(primal(x))!r}, and the "
        "derivative is that of the branch for this point alone; where the branches join smoothly, "
        "differentiate at a point beside it"
    )
    line = users_line()
    warn = partial(hold_back, partial(line.warn, text, EqualityWarning), x)
    doubt(x.mode, (x,), lambda t: bool(np.any(_leaves(np.abs(t) * small, bound))), warn)
    doubt(x.mode, (x,), lambda t: bool(np.any(_rests(t, primal(x)))), partial(note_at, EQUAL, line))
    return True


def look_closely(x: Any, bound: Any, n: int) -> None:
    """Note that a Dual, in the n-th comparison, is equal to a number, or within a small bound of zero.

    It may be a distance, or a square: where it is zero, so is its derivative, and who comes from there
    leaves the bound at once.
    """
    value = primal(x)
    if isinstance(value, float):
        if value == bound and n < MANY:
            note_corner(EQUAL)
        if value == bound or abs(value) > bound:
            return
    small = np.abs(value) <= bound
    if not np.any(small):
        return
    what = f"a distance within {bound:.3g} of zero"
    line = users_line()

    def moves(t: Any) -> bool:
        return bool(np.any(_leaves(np.abs(t) * small, bound) | _rests(t, value)))

    doubt(x.mode, (x,), moves, lambda: note_at(what, line))


def _is_small(bound: Any) -> bool:
    if isinstance(bound, np.ndarray):
        return bool(np.all((bound > 0) & (bound <= CLOSE)))
    return isinstance(bound, float | int) and 0 < bound <= CLOSE


def _leaves(t: Any, bound: Any) -> Any:
    """Whether what moves so fast leaves a bound at once; an iteration that has converged does not."""
    return (t >= bound / CLOSE) & (t * t >= 1e4 * bound)


def _rests(t: Any, value: Any) -> Any:
    """Whether it is zero and so is its derivative, as of a square: who comes from there is zero no more."""
    return (t == 0) & (value == 0)


def _smallest(x: Any) -> Any:
    return x.flat[np.argmin(np.abs(x))] if isinstance(x, np.ndarray) else x


def meeting(a: Any, b: Any, close: Any) -> Callable[[Any, Any], bool] | None:
    """Whether numbers that ``isclose`` finds to be close are equal here, and move apart beside this point.

    None if they are not equal, otherwise what tells by their tangents. Of squares it is noted that they are.
    """
    mode: Mode = max((x.mode for x in (a, b) if type(x) is Dual), key=lambda mode: mode.level)
    x, y = primal(a), primal(b)
    equal = close & (np.abs(x - y) <= 1e-12 * np.maximum(np.abs(x), np.abs(y)))
    if not np.any(equal):
        return None
    if mode.lanes is not None and np.shape(x) != np.shape(y):
        note_corner(EQUAL)
        return None

    def apart(s: Any, t: Any) -> bool:
        return bool(np.any(equal & (np.abs(s - t) > 1e-3 * np.maximum(np.abs(s), np.abs(t)))))

    def rest(s: Any, t: Any) -> bool:
        return bool(np.any(equal & _rests(s - t, x - y)))

    doubt(mode, (a, b), rest, partial(note_at, EQUAL, users_line()))

    return apart
