"""The modes: what a tangent is, and how the terms of a rule combine.

========== ============================================ =================================
mode       a tangent is                                 what comes out
========== ============================================ =================================
Forward    shaped like the value                        a directional derivative (JVP)
Forward(k) the same with k lanes in front               k Jacobian columns
Recorded   a place on a tape of linear maps             VJP, gradient, Jacobian rows
Pattern    bit sets, 64 inputs a word                   which inputs an output depends on
========== ============================================ =================================

Every derivative call makes a mode of its own, with a level from one counter. The mode object is
the tag: of the arguments of an operation only those of the highest level are active, and all
others, ``Dual``s of outer calls included, are values. That is the whole cure for perturbation
confusion, and there is no global state to unwind.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, NamedTuple, NoReturn

import numpy as np

from .corners import NOTED
from .errors import DualadError, OverError, UnsupportedError
from .linear import LinearMap, Scale, aligned, is_complex, plain, quietly, times
from .linear.complexes import ToComplex
from .shapes import Shape, shape_of
from .tape import Entry, Node, SlowNode, Tape, add_into, place_of

_levels = itertools.count()

#: Modes that have been pickled, so that a copy made in the same process finds them again.
_pickled: weakref.WeakValueDictionary[int, Mode] = weakref.WeakValueDictionary()


class Term(NamedTuple):
    """One active argument of an elementwise operation."""

    #: The partial derivative: a function that computes it, or a constant.
    partial: Callable[[], Any] | int
    #: The shape of the argument, which broadcasting may have made larger.
    shape: Shape
    tangent: Any

    def coefficient(self) -> Any:
        """The partial, computed."""
        return self.partial() if callable(self.partial) else self.partial


class Mode:
    """What all modes share: a level, and being over at the end of the derivative call."""

    __slots__ = (
        "__weakref__",
        "approximate",
        "borrowed",
        "careful",
        "compared",
        "doubts",
        "held_back",
        "hidden",
        "holomorphic",
        "keyed",
        "lanes",
        "level",
        "lost",
        "moved",
        "new",
        "poisoned",
        "refused",
        "remembered",
        "roundings",
        "sites",
        "taken_apart",
    )

    #: Whether tangents are numbers, and no bit sets.
    of_numbers = True

    #: Whether it wants to know which operation runs (`tracing`).
    traced = False

    def __init__(self, lanes: int | None = None):
        self.level = next(_levels)
        self.lanes = lanes
        #: Makes a Dual while the derivative call lasts; afterwards it raises.
        self.new: Callable[[type], Any] = object.__new__
        #: Whether each product is looked through for 0 * inf. A sweep may leave that out, and be run
        #: again with care if there is a NaN in what it ends with: none can get lost on the way.
        self.careful = True
        #: Whether entries have been moved or summed: if not, the function is elementwise.
        self.moved = False
        #: Whether there are differences among the slopes, which are not exact.
        self.approximate = False
        #: Whether an array that came to hold Duals was filled with NaN, in case compiled code reads it.
        self.poisoned = False
        #: Whether a float of a user's class has held a Dual, or bytes have stood for one, which compiled
        #: code does not see.
        self.hidden = False
        #: How many errors of ours there had been before.
        self.refused = DualadError.count
        #: Whether a Dual has been a key of a dict, or a member of a set.
        self.keyed = False
        #: Results of functions with a cache, which cannot keep Duals in their own.
        self.remembered: dict[int, Any] = {}
        #: Whether no complex number has been conjugated or taken apart.
        self.holomorphic = True
        #: How many comparisons there were, and what `comparisons` keeps of them: place -> its Site.
        self.compared = 0
        self.sites: dict[Any, Any] | None = None
        #: Where the result has lost a derivative that differences see.
        self.lost = ""
        #: What held at this point and may not hold beside it, which only the whole tape can tell.
        self.doubts: list[Any] = []
        #: Warnings that are held back until differences have been asked whether they are needed.
        self.held_back: list[Callable[[], None]] = []
        #: Where numbers were rounded to digits: file and number of the line -> what warns of it.
        self.roundings: dict[tuple[str, int], Callable[..., None]] = {}
        #: What gives back the arrays that objects hold and that have come to hold Duals.
        self.borrowed: list[Callable[[Mode], None]] = []
        #: Where an array was last taken apart into objects: "file:line".
        self.taken_apart = ""

    def running(self, function: Any, args: Any) -> None:
        """This operation comes next."""

    def close(self, asked: bool = False) -> None:
        """The derivative call is over: its Duals can no longer be computed with.

        ``asked`` is whether it is looked into where numbers were rounded (`suspicions.tidied`).
        """
        self.new = _over
        borrowed, self.borrowed = self.borrowed, []
        for give_back in borrowed:
            give_back(self)
        held_back, self.held_back = self.held_back, []
        for warn in held_back if asked else (*held_back, *self.roundings.values()):
            warn()

    @property
    def is_over(self) -> bool:
        """Whether the derivative call is over."""
        return self.new is _over

    def zero(self, y: Any) -> Any:
        """The tangent of a value that does not depend on the input."""
        raise NotImplementedError

    def scaled(self, y: Any, terms: Sequence[Term]) -> Any:
        """The tangent of the output ``y`` of an elementwise operation."""
        raise NotImplementedError

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        """The tangent of ``y``, given the linear map and the tangent of each active argument."""
        raise NotImplementedError

    def is_flat(self, tangent: Any) -> bool:
        """Whether a tangent is known to be zero, so that nothing is lost where there is no derivative."""
        return type(tangent) in (float, np.ndarray) and not np.any(tangent)

    def __copy__(self) -> Mode:
        return self

    def __deepcopy__(self, memo: object) -> Mode:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        _pickled[self.level] = self
        return _find, (self.level,)


def _over(cls: type) -> NoReturn:
    raise OverError(
        "this Dual was used after its derivative call was over; return what you need from the function, "
        "or keep dualad.value(x) instead of x"
    )


def _find(level: int) -> Mode:
    mode = HAND if level == HAND.level else _pickled.get(level)
    if mode is None:
        raise OverError(
            "this Dual was pickled inside a derivative call that is over or runs in another process; "
            "pickle dualad.value(x) instead of x"
        )
    return mode


# ---------------------------------------------------------------- forward


class Forward(Mode):
    """Tangents computed along with the values: no tape."""

    __slots__ = ()

    def zero(self, y: Any) -> Any:
        lanes = () if self.lanes is None else (self.lanes,)
        if isinstance(y, np.ndarray):
            return np.zeros(lanes + y.shape, y.dtype)
        if lanes:
            return np.zeros(lanes + shape_of(y), getattr(y, "dtype", type(y) if is_complex(y) else float))
        if isinstance(y, complex):
            return self.fitted(0j, y)
        return self.fitted(y * 0 if not isinstance(y, float) else 0.0, y)

    def scaled(self, y: Any, terms: Sequence[Term]) -> Any:
        return self.fitted(quietly(self._products, y, terms), y)

    def _products(self, y: Any, terms: Sequence[Term]) -> Any:
        """The sum of partial times tangent."""
        ndim = len(shape_of(y))
        total: Any = None
        owned = False
        for term in terms:
            c = term.coefficient()
            t = term.tangent if self.lanes is None else aligned(term.tangent, term.shape, ndim)
            if type(c) is int and -1 <= c <= 1:
                if not c:
                    continue
                one, own = (t, False) if c == 1 else (-t, True)
            else:
                one, own = times(c, t), True
            if total is None:
                total, owned = one, own
            else:
                total, owned = add_into(total, owned, one, own), True
        if total is None:
            return self.zero(y)
        # Two Duals never share one tangent array, or an assignment to one would change the other.
        return total.copy() if not owned and _is_array(total) else total

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        self.moved = True
        if len(terms) == 1:  # the commonest
            ((linear, t),) = terms
            return self.fitted(quietly(linear, t), y)
        return self.fitted(quietly(_applied, terms), y)

    def number(self, t: Any) -> Any:
        """The tangent of a number that was taken from an array: no view, as a number is none."""
        if self.lanes is not None:
            return t.copy()
        return float(t) if t.dtype == np.float64 else t

    def fitted(self, t: Any, y: Any) -> Any:
        """The tangent with the value's type, shape and dtype."""
        if type(t) is np.ndarray is type(y) and self.lanes is None and t.dtype is y.dtype:
            return t if t.shape == y.shape else np.broadcast_to(t, y.shape).copy()
        if isinstance(y, float):
            if type(t) is float or (type(t) is np.float64 and self.lanes is None):
                return float(t)
            t = _of_kind(t, False)
            # A float tangent marks what the float path may take: never one with lanes.
            return float(t) if self.lanes is None and not hasattr(t, "_through") else t
        if hasattr(y, "_through"):  # a Dual of an older mode, of which an array may be wider than t
            shape = y.shape if self.lanes is None else (self.lanes, *y.shape)
            if y.shape and shape_of(t) != shape:
                t = np.broadcast_to(t, shape).copy()
        t = _of_kind(t, is_complex(y))
        if hasattr(t, "_through"):
            return t
        if isinstance(y, np.generic) and self.lanes is None:
            return y.dtype.type(t)
        if isinstance(y, np.ndarray | np.generic):
            t = np.asarray(t)
            shape = y.shape if self.lanes is None else (self.lanes, *y.shape)
            if t.shape != shape:
                t = np.broadcast_to(t, shape).copy()
            return t if t.dtype == y.dtype else t.astype(y.dtype)
        if type(y) is complex:
            return complex(t) if self.lanes is None else np.asarray(t)
        return np.float64(t) if type(t) is float and hasattr(y, "_through") else t


def _of_kind(t: Any, wanted: bool) -> Any:
    """A tangent, complex if the value is; never made real, which would lose half of it."""
    if is_complex(t) == wanted:
        return t
    if not wanted:
        raise UnsupportedError(
            "a real result with a complex tangent: a function here has no derivative rule for complex "
            "numbers; write it with np.real, np.imag, np.conj and np.abs"
        )
    return ToComplex(shape_of(t))(t)


def _is_array(t: Any) -> bool:
    """Whether this is an array, or a Dual of one: what can be assigned to."""
    return isinstance(plain(t), np.ndarray)


def _applied(terms: Sequence[tuple[LinearMap, Any]]) -> Any:
    total: Any = None
    for linear, t in terms:
        one = linear(t)
        total = one if total is None else total + one  # a view stays a view: aliasing is as in NumPy
    return total


#: The one mode of the Duals that are made by hand.
HAND = Forward()


def hold_back(warn: Callable[[], None], *args: Any) -> None:
    """Warn of a derivative that may be wrong, by these Duals, unless differences confirm it (`sweeps`).

    That is asked of the outermost of the derivative calls that run, whose result it is about: a branch
    for one point may have the right slope and still the wrong second derivative.
    """
    outermost = outermost_mode(*args)
    if outermost is None:
        warn()
    else:
        outermost.held_back.append(warn)
        NOTED[0] += 1


def outermost_mode(*args: Any) -> Mode | None:
    """That of the outermost derivative call to which these Duals belong; None of those made by hand."""
    outermost: Mode | None = None
    for x in args:
        while isinstance(mode := getattr(x, "mode", None), Mode):
            if outermost is None or mode.level < outermost.level:
                outermost = mode
            x = x.value
    return None if outermost is HAND else outermost


# ---------------------------------------------------------------- recorded


#: Arrays below this size are copied without further ado.
_SMALL = 4096

#: How many places of the tape are looked at for a single question.
_FAR = 1000


class Recorded(Mode):
    """Every operation leaves an entry on the tape, to be transposed backwards."""

    __slots__ = ("_copies", "flat", "next_place", "tape")

    def __init__(self) -> None:
        super().__init__()
        self.tape: Tape = {}
        #: The places of results whose derivative is zero: signs, numbers rounded down.
        self.flat: set[int] = set()
        self.next_place = itertools.count().__next__
        self._copies: dict[int, tuple[Any, Any]] = {}

    def kept(self, x: Any) -> Any:
        """A constant operand as the tape may keep it: the program may go on to write into an array."""
        if type(x) is not np.ndarray:
            if hasattr(x, "_through"):
                return copy(x)
            return np.array(x) if hasattr(x, "to_numpy") else x  # a Series is no array to the maps
        if x.size < _SMALL:
            return x.copy(order="K")  # BLAS rounds otherwise for another order of the entries
        # One copy serves all entries for as long as the array stays the same.
        before = self._copies.get(id(x), (x, None))[1]
        if before is None or x.shape != before.shape or not (x == before).all():
            before = x.copy(order="K")
            self._copies[id(x)] = (x, before)
        return before

    def record(self, y: Any, entry: Entry) -> Any:
        """Append an entry; the tangent of ``y`` is its place."""
        place = self.next_place()
        self.tape[place] = entry
        kind = type(y)
        if kind is float or kind is np.float64:
            return place
        if kind is np.ndarray and y.dtype.kind == "f":
            return Node(place, y.shape)
        return (SlowNode if is_complex(y) else Node)(place, shape_of(y))

    def zero(self, y: Any) -> Any:
        return self._result(y, ())

    def scaled(self, y: Any, terms: Sequence[Term]) -> Any:
        return self._result(y, quietly(self._entry, y, terms))

    def _result(self, y: Any, entry: Entry) -> Any:
        t = self.record(y, entry)
        if not entry:
            self.flat.add(place_of(t))
        return t

    def _entry(self, y: Any, terms: Sequence[Term]) -> Entry:
        shape = shape_of(y)
        entry: list[tuple[int, Any]] = []
        for term in terms:
            c = term.coefficient()
            if type(c) is int and not c:
                continue
            if type(term.tangent) is int and isinstance(y, float) and isinstance(c, float | int):
                entry.append((term.tangent, c if type(c) is int else float(c)))
            elif type(c) is np.ndarray and c.shape == shape == term.shape:
                entry.append((place_of(term.tangent), c))
            else:
                entry.append((place_of(term.tangent), Scale(c, term.shape, shape)))
        return tuple(entry)

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        if len(terms) == 1:  # the commonest
            ((linear, t),) = terms
            return self.record(y, ((place_of(t), linear),))
        return self.record(y, tuple([(place_of(t), linear) for linear, t in terms]))

    def is_flat(self, tangent: Any) -> bool:
        """Whether all that the tape has before it begins with such results; "no" if that would take long."""
        before = [place_of(tangent)]
        for place in before:
            if place not in self.flat:
                entry = self.tape.get(place)
                if not entry or len(before) > _FAR:
                    return False
                before += [source for source, _ in entry]
        self.flat.update(before)
        return True


# ---------------------------------------------------------------- pattern


class Pattern(Mode):
    """Which inputs does this depend on? Bit sets of 64 inputs in ``lanes`` words."""

    __slots__ = ("local",)
    of_numbers = False

    def __init__(self, lanes: int = 1):
        super().__init__(lanes)
        #: Where the function made a choice by a traced value, so that the pattern is that of this point.
        self.local = ""

    def zero(self, y: Any) -> Any:
        return np.zeros((self.lanes or 1, *shape_of(y)), np.uint64)

    def scaled(self, y: Any, terms: Sequence[Term]) -> Any:
        shape = shape_of(y)
        maps = [(Scale(1, term.shape, shape), term.tangent) for term in terms if term.partial != 0]
        return self.combined(y, maps).copy() if maps else self.zero(y)  # no two Duals share an array

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        total: Any = None
        for linear, b in terms:
            one = linear.bits(b)
            total = one if total is None else total | one
        return total


class RecordedPattern(Recorded):
    """A tape for bit sets, to be pulled backwards."""

    __slots__ = ("local",)
    of_numbers = False

    def __init__(self) -> None:
        super().__init__()
        self.local = ""
