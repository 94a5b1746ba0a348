"""The modes: what a tangent is, and how the terms of a rule combine.

========== ============================================ =================================
mode       a tangent is                                 what comes out
========== ============================================ =================================
Forward    shaped like the value                        a directional derivative (JVP)
Forward(k) the same with k lanes in front               k Jacobian columns
Recorded   a place on a tape of linear maps             VJP, gradient, Jacobian rows
Pattern    bit sets, 64 inputs a lane                   which inputs an output depends on
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
from typing import Any, NamedTuple, NoReturn

import numpy as np

from .errors import OverError
from .linear import LinearMap, Scale, aligned, has_nan, numbers_in, quietly, strong
from .shapes import Shape, shape_of
from .table import Partial

_levels = itertools.count()

#: Modes that have been pickled, so that a copy made in the same process finds them again.
_pickled: weakref.WeakValueDictionary[int, Mode] = weakref.WeakValueDictionary()


class Term(NamedTuple):
    """One active argument of an elementwise operation."""

    partial: Partial
    primal: Any
    tangent: Any


class Mode:
    """What all modes share: a level, and being over at the end of the derivative call."""

    __slots__ = ("__weakref__", "lanes", "level", "moved", "new")

    def __init__(self, lanes: int | None = None):
        self.level = next(_levels)
        self.lanes = lanes
        #: Makes a Dual while the derivative call lasts; afterwards it raises.
        self.new: Callable[[type], Any] = object.__new__
        #: Whether entries have been moved or summed: if not, the function is elementwise.
        self.moved = False

    def close(self) -> None:
        """The derivative call is over: its Duals can no longer be computed with."""
        self.new = _over

    def zero(self, y: Any) -> Any:
        """The tangent of a value that does not depend on the input."""
        raise NotImplementedError

    def scaled(self, y: Any, primals: Sequence[Any], terms: Sequence[Term]) -> Any:
        """The tangent of the output ``y`` of an elementwise operation."""
        raise NotImplementedError

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        """The tangent of ``y``, given the linear map and the tangent of each active argument."""
        raise NotImplementedError

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


def _evaluated(term: Term, y: Any, primals: Sequence[Any]) -> Any:
    partial = term.partial
    return partial(y, *primals) if callable(partial) else partial


def _like_numpy(x: Any) -> Any:
    """Python floats as NumPy's, for which 1/0 is inf and not an exception."""
    return np.float64(x) if type(x) is float else x


# ---------------------------------------------------------------- forward


class Forward(Mode):
    """Tangents computed along with the values: no tape."""

    __slots__ = ()

    def zero(self, y: Any) -> Any:
        lanes = () if self.lanes is None else (self.lanes,)
        if isinstance(y, np.ndarray):
            return np.zeros(lanes + y.shape, y.dtype)
        if lanes:
            return np.zeros(lanes + shape_of(y), getattr(y, "dtype", float))
        return self._fitted(y * 0 if not isinstance(y, float) else 0.0, y)

    def scaled(self, y: Any, primals: Sequence[Any], terms: Sequence[Term]) -> Any:
        return self._fitted(quietly(self._products, _like_numpy(y), [_like_numpy(p) for p in primals], terms), y)

    def _products(self, y: Any, primals: Sequence[Any], terms: Sequence[Term]) -> Any:
        """The sum of partial times tangent: one pass and one array for each thing computed."""
        ndim = len(shape_of(y))
        total: Any = None
        owned = product = False
        for term in terms:
            c = _evaluated(term, y, primals)
            t = term.tangent if self.lanes is None else aligned(term.tangent, shape_of(term.primal), ndim)
            if type(c) is int:
                if not c:
                    continue
                one, own = (t, False) if c == 1 else (c * t, True)
            elif hasattr(c, "_through") or hasattr(t, "_through"):
                one, own = strong(c, t), False
            else:
                product = own = True
                # A partial that was computed for us alone is room for the product.
                fresh = type(c) is np.ndarray and c.base is None and c is not y and not any(c is p for p in primals)
                out = c if fresh and c.dtype == getattr(t, "dtype", c.dtype) and np.ndim(t) <= c.ndim else None
                if out is not None and t.shape != c.shape:
                    out = None
                one = c * t if out is None else np.multiply(c, t, out=out)
            if total is None:
                total, owned = one, own
            else:
                total, owned = add_into(total, owned, one, own), True
        if total is None:
            return self.zero(y)
        if product and has_nan(total) if not hasattr(total, "_through") else False:
            total = self._strong_products(y, primals, terms, ndim)
        elif not owned and isinstance(total, np.ndarray):
            total = total.copy()
        return total

    def _strong_products(self, y: Any, primals: Sequence[Any], terms: Sequence[Term], ndim: int) -> Any:
        total: Any = None
        for term in terms:
            t = aligned(term.tangent, shape_of(term.primal), ndim)
            one = strong(_evaluated(term, y, primals), t)
            total = one if total is None else total + one
        return total

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        self.moved = True
        return self._fitted(quietly(_applied, terms), y)

    def _fitted(self, t: Any, y: Any) -> Any:
        """The tangent with the value's type, shape and dtype."""
        if isinstance(y, float):
            # A float tangent marks what the float path may take: never one with lanes.
            return float(t) if self.lanes is None and not hasattr(t, "_through") else t
        if hasattr(t, "_through"):
            return t
        if isinstance(y, np.ndarray | np.generic):
            shape = y.shape if self.lanes is None else (self.lanes, *y.shape)
            if np.shape(t) != shape:
                t = np.broadcast_to(t, shape).copy()
            dtype = y.dtype
            if t.dtype != dtype:
                t = t.astype(dtype)
            return t
        return np.float64(t) if type(t) is float and hasattr(y, "_through") else t


def add_into(total: Any, owned: bool, one: Any, own: bool) -> Any:
    """``total + one``, into whichever of the two is ours and large enough."""
    if type(total) is np.ndarray and type(one) is np.ndarray and total.dtype == one.dtype:
        if owned and (total.shape == one.shape or np.broadcast_shapes(total.shape, one.shape) == total.shape):
            return np.add(total, one, out=total)
        if own and total.shape == one.shape:
            return np.add(total, one, out=one)
    return total + one


def _applied(terms: Sequence[tuple[LinearMap, Any]]) -> Any:
    total: Any = None
    for linear, t in terms:
        one = linear(t)
        if total is None:
            # A view or the tangent itself belongs to another Dual: aliasing is NumPy's business.
            total = one
        else:
            total = total + one
    return total


#: The one mode of the Duals that are made by hand.
HAND = Forward()


# ---------------------------------------------------------------- recorded


class Node:
    """A place on the tape. A plain ``int`` is the place of a float."""

    __slots__ = ("place", "shape")

    def __init__(self, place: int, shape: Shape):
        self.place = place
        self.shape = shape

    def __repr__(self) -> str:
        return f"#{self.place}"


#: An entry of the tape: place and map of the first active argument, of the second, ...
#: The map of a float is its partial, a float.
Entry = tuple[Any, ...]


class Recorded(Mode):
    """Every operation leaves an entry on the tape, to be transposed backwards."""

    __slots__ = ("tape",)

    def __init__(self) -> None:
        super().__init__()
        self.tape: list[Entry] = []

    def record(self, y: Any, entry: Entry) -> Any:
        """Append an entry; the tangent of ``y`` is its place."""
        place = len(self.tape)
        self.tape.append(entry)
        kind = type(y)
        return place if kind is float or kind is np.float64 else Node(place, shape_of(y))

    def zero(self, y: Any) -> Any:
        return self.record(y, ())

    def scaled(self, y: Any, primals: Sequence[Any], terms: Sequence[Term]) -> Any:
        return self.record(y, quietly(self._entry, _like_numpy(y), [_like_numpy(p) for p in primals], terms))

    def _entry(self, y: Any, primals: Sequence[Any], terms: Sequence[Term]) -> Entry:
        shape = shape_of(y)
        entry: list[Any] = []
        for term in terms:
            c = _evaluated(term, y, primals)
            if type(c) is int and not c:
                continue
            if type(term.tangent) is int and type(y) is np.float64 and isinstance(c, float | int):
                entry += (term.tangent, float(c))
            else:
                entry += (place_of(term.tangent), Scale(c, shape_of(term.primal), shape))
        return tuple(entry)

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        entry: list[Any] = []
        for linear, t in terms:
            entry += (place_of(t), linear)
        return self.record(y, tuple(entry))

    def numbers(self) -> int:
        """How many numbers the tape keeps; an array that stands in several entries counts once."""
        kept: dict[int, int] = {}
        floats = 0
        for entry in self.tape:
            for m in entry[1::2]:
                if type(m) is float:
                    floats += 1
                else:
                    for c in m.stored():
                        kept[id(c)] = numbers_in(c)
        return floats + sum(kept.values())


def place_of(t: Any) -> int:
    """The place on the tape."""
    return t if type(t) is int else t.place


def pull(tape: Sequence[Entry], place: int, ct: Any, inputs: Sequence[int]) -> list[Any]:
    """One backward sweep: the cotangents of the inputs (None: nothing depends on it).

    Parameters
    ----------
    tape : sequence of entries
    place : int
        Where the output stands.
    ct : float or array
        The cotangent of the output, lanes in front.
    inputs : sequence of int
        The places of the inputs.
    """
    return quietly(_pull, tape, place, ct, inputs)


def _pull(tape: Sequence[Entry], place: int, ct: Any, inputs: Sequence[int]) -> list[Any]:
    keep = frozenset(inputs)
    cts: list[Any] = [None] * (place + 1)
    owned = bytearray(place + 1)
    cts[place] = ct
    for k in range(place, -1, -1):
        ct = cts[k]
        if ct is None:
            continue
        entry = tape[k]
        for j in range(0, len(entry), 2):
            p, m = entry[j], entry[j + 1]
            if type(m) is float:
                if type(ct) is float:
                    one = m * ct
                    if one != one:
                        one = strong(m, ct)
                else:
                    one = strong(m, ct)
                sofar = cts[p]
                cts[p] = one if sofar is None else sofar + one
                continue
            one = m.transpose()(ct)
            own = one is not ct and type(one) is np.ndarray and one.base is None
            sofar = cts[p]
            if sofar is None:
                cts[p] = one
                owned[p] = own
            else:
                cts[p] = add_into(sofar, bool(owned[p]), one, own)
                owned[p] = True
        if k not in keep:
            cts[k] = None
    return [cts[i] if i <= place else None for i in inputs]


def push(tape: Sequence[Entry], place: int, seeds: dict[int, Any]) -> Any:
    """One forward sweep over a tape: the tangent of the output, None where nothing reaches it."""
    return quietly(_push, tape, place, seeds)


def _push(tape: Sequence[Entry], place: int, seeds: dict[int, Any]) -> Any:
    ts: list[Any] = [None] * (place + 1)
    for k in range(place + 1):
        total = seeds.get(k)
        entry = tape[k]
        for j in range(0, len(entry), 2):
            t = ts[entry[j]]
            if t is not None:
                m = entry[j + 1]
                one = strong(m, t) if type(m) is float else m(t)
                total = one if total is None else total + one
        ts[k] = total
    return ts[place]


# ---------------------------------------------------------------- pattern


class Pattern(Mode):
    """Which inputs does this depend on? Bit sets of 64 inputs in ``lanes`` words."""

    __slots__ = ()

    def __init__(self, lanes: int = 1):
        super().__init__(lanes)

    def zero(self, y: Any) -> Any:
        return np.zeros((self.lanes or 1, *shape_of(y)), np.uint64)

    def scaled(self, y: Any, primals: Sequence[Any], terms: Sequence[Term]) -> Any:
        shape = shape_of(y)
        maps = [(Scale(1, shape_of(m.primal), shape), m.tangent) for m in terms if callable(m.partial) or m.partial]
        return self.combined(y, maps) if maps else self.zero(y)

    def combined(self, y: Any, terms: Sequence[tuple[LinearMap, Any]]) -> Any:
        total: Any = None
        for linear, b in terms:
            one = linear.bits(b)
            total = one if total is None else total | one
        return total
