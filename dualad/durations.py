"""How long a direction takes, by the operations counted: what sizes the blocks of work that are given out.

One direction is sent through the function in a mode that counts each operation as it runs, and keeps
none of them, so that it takes the memory of any forward sweep. That costs a few sweeps, and what was
counted is remembered for the function and the shapes of its arguments. Where operations are not known,
or the function does much that is no operation on its input, the time is measured instead.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .boundary import own, seeded, taken_apart
from .counts import Count
from .dual import Dual, primal
from .dual.calls import full_name
from .linear import SLAB, LinearMap, Scale, is_complex
from .metering import NAMES, Counter, Operation, against, along
from .modes import Forward
from .parallel.executors import Sent, block_length
from .shapes import shape_of, size_of
from .trees import built, leaves_of, mapped


class Takes(NamedTuple):
    """About how many seconds the derivatives of a function take.

    Attributes
    ----------
    anew : float
        What each sweep takes for the function and its partial derivatives, however many directions it has.
    calls : float
        That part of it which Python takes for calling them.
    column, row : float
        What each direction takes in a sweep forward, and in one backwards.
    entries : float
        What a sweep along one direction takes, but for ``calls``.
    outputs : int
        How many numbers come out.
    """

    anew: float
    calls: float
    column: float
    row: float
    entries: float
    outputs: int

    def columns_together(self, n: int, lanes: int, executor: Any, multiple: int = SLAB) -> int:
        """How many of ``n`` columns make a block, of which so many ``lanes`` go in a sweep."""
        each = self.column + self.anew / lanes
        return block_length(n, each, executor, multiple, min(lanes, self.anew / max(self.column, _LITTLE)))

    def rows_together(self, n: int, lanes: int, executor: Any, multiple: int = SLAB) -> int:
        """The same for rows; each block has a recording of its own."""
        each = self.row + self.calls / lanes
        return block_length(n, each, executor, multiple, self.anew / max(each, _LITTLE))

    def points_together(self, n: int, inputs: int, executor: Any) -> int:
        """How many of ``n`` points make a block, with a Jacobian at each."""
        each = self.anew + min(inputs * self.column, self.outputs * self.row)
        return block_length(n, each, executor)

    def entries_together(self, n: int, piece: int, executor: Any) -> int:
        """How many of ``n`` entries make a block, if this is of a piece of so many."""
        each = self.entries / piece
        return block_length(n, each, executor, SLAB, self.calls / max(each, _LITTLE))


#: Seconds: less than anything takes.
_LITTLE = 1e-12

#: Seconds that an ordinary computer takes for an operation of the weight of an addition
#: (`counts.WEIGHTS`), for a pair that BLAS does at once, and for a call from Python, of numbers alone.
_OPERATION, _FUSED, _CALL, _CALL_OF_NUMBERS = 5e-10, 1e-10, 6e-6, 1e-6

#: If the sweep takes so many times as long as counted, and so many seconds more, the function does
#: something else; each kind of operation takes a while to count.
_FAR, _MORE, _NEW = 20, 0.01, 2e-3

#: What was counted, for each function: by what was made of it, the argument and the shapes.
_found: weakref.WeakKeyDictionary[Any, dict[Any, Takes | None]] = weakref.WeakKeyDictionary()


def taken_by(
    f: Any,
    args: Sequence[Any],
    keywords: dict[str, Any],
    argnum: int,
    x: Any,
    sweep: Callable[[], Any],
    directions: int = 0,
) -> Takes:
    """What the derivatives of a function by one argument take.

    Where that cannot be counted it is measured: ``sweep`` is one along so many directions, or, if there are
    none, the whole of a derivative.

    Examples
    --------
    >>> x = np.ones(1000)
    >>> one, ten = (taken_by(lambda x: sum([np.sin(x)] * k), (x,), {}, 0, x, dict) for k in (1, 10))
    >>> one.column < ten.column
    True
    """
    return _remembered(f, args, keywords, argnum, x) or _measured(sweep, directions)


def _remembered(f: Any, args: Sequence[Any], keywords: dict[str, Any], argnum: int, x: Any) -> Takes | None:
    whose, made = f, ()
    while isinstance(whose, Sent):
        whose, made = whose.origin, (*made, *whose.options)
    shapes = tuple([shape_of(primal(leaf)) for leaf in leaves_of(x)])
    key = made, argnum, shapes, tuple([a.shape if isinstance(a, np.ndarray) else None for a in args])
    try:
        found = _found.setdefault(whose, {})
        if key not in found:
            found[key] = _counted(f, args, keywords, argnum, x)
        return found[key]
    except TypeError:  # what cannot be hashed, or referred to weakly
        return _counted(f, args, keywords, argnum, x)


def _measured(sweep: Callable[[], Any], directions: int) -> Takes:
    start = time.perf_counter()
    sweep()
    seconds = time.perf_counter() - start
    if not directions:
        return Takes(seconds, 0.0, 0.0, 0.0, seconds, 1)
    return Takes(0.0, 0.0, seconds / directions, seconds / directions, seconds, 1)


def _counted(f: Any, args: Sequence[Any], keywords: dict[str, Any], argnum: int, x: Any) -> Takes | None:
    mode = _Counting(_CALL if any(map(shape_of, leaves_of(x))) else _CALL_OF_NUMBERS)
    mode.careful = False
    start = time.perf_counter()
    try:
        args = list(args)
        args[argnum] = built(mapped(lambda one: seeded(mode, own(one), np.zeros((1, *shape_of(one)))), x))
        y, _ = taken_apart(f(*args, **keywords), mode)
    except Exception:  # which the sweep proper will raise, or not
        return None
    finally:
        mode.close()
    takes = mode.takes(sum(map(_size, leaves_of(y))))
    allowed = _FAR * (takes.anew + takes.column) + _MORE + _NEW * len(mode.kinds)
    return None if mode.counter.unknown or time.perf_counter() - start > allowed else takes


#: Functions of which it depends on the value of an exponent what they take.
_POWERS = (np.power, np.float_power)


class _Kind(NamedTuple):
    """What an operation takes in each sweep, along one direction and along several, forward and back."""

    anew: Count
    one: Count
    forward: Count
    back: Count


class _Counting(Forward):
    """Forward mode along one direction that counts the operations of all sweeps.

    Operations of one function and of equal shapes are counted once, and how often they run.
    """

    __slots__ = ("_before", "_call", "_next", "counter", "kinds")
    traced = True
    of_numbers = False  # so that the fast path leaves every operation to the general one

    def __init__(self, call: float) -> None:
        super().__init__(1)
        self._call = call
        self.counter = Counter()
        self.kinds: dict[Any, tuple[_Kind, list[int]]] = {}
        self._next: tuple[Any, Any] = None, ()
        self._before: Any = None

    def running(self, function: Any, args: Any) -> None:
        self._next = function, args

    def scaled(self, y: Any, terms: Any) -> Any:
        def maps() -> list[LinearMap]:
            return [Scale(term.coefficient(), term.shape, shape_of(y)) for term in terms]

        self._count(y, maps, ())
        return super().scaled(y, terms)

    def combined(self, y: Any, terms: Any) -> Any:
        maps = [m for m, _ in terms]
        self._count(y, lambda: maps, tuple([(type(m), m.in_shape, m.out_shape) for m in maps]))
        return super().combined(y, terms)

    def _count(self, y: Any, maps: Callable[[], list[LinearMap]], kinds: Any) -> None:
        function, operands = self._next
        active = tuple([i for i, x in enumerate(operands) if type(x) is Dual and x.mode is self])
        exponent = primal(operands[-1]) if function in _POWERS and not shape_of(operands[-1]) else None
        again = self._next is self._before
        self._before = self._next
        shapes = tuple(map(shape_of, operands))
        key = function, shapes, shape_of(y), is_complex(y), active, exponent, again, kinds
        if key not in self.kinds:
            self.kinds[key] = self._kind(primal(y), maps(), active, again), [0]
        self.kinds[key][1][0] += 1

    def _kind(self, y: Any, maps: list[LinearMap], active: tuple[int, ...], again: bool) -> _Kind:
        function, operands = self._next
        name = NAMES.get(function, "") or ("copy" if function is None else full_name(function))
        values, inputs = tuple(map(primal, operands)), tuple([(0, m) for m in maps])
        step = self.counter.step(Operation(name, function, "", y, values, inputs, None, active, again))
        one, forward = (along(maps, y, lanes) if maps else Count() for lanes in (1, SLAB))
        back = sum((against(m, y, SLAB, True) for m in maps), Count())
        return _Kind(step.function + step.partials, one, forward, back)

    def takes(self, outputs: int) -> Takes:
        """What was counted, in seconds."""
        anew, one, forward, back = (
            sum((times * kind[i] for kind, (times,) in self.kinds.values()), Count()) for i in range(4)
        )
        calls = (anew.calls + forward.calls) * self._call
        return Takes(
            anew=_seconds(anew) + calls,
            calls=calls,
            column=_seconds(forward) / SLAB,
            row=_seconds(back) / SLAB,
            entries=_seconds(anew) + _seconds(one),
            outputs=outputs,
        )


def _size(y: Any) -> int:
    return size_of(shape_of(y))


def _seconds(count: Count) -> float:
    """Without those that Python takes for each call."""
    return _OPERATION * (count.work - 2 * count.fused) + _FUSED * count.fused
