"""Parts of a program that are run again when a derivative reaches them, in place of being recorded.

Three entries of the tape stand for such a part: its inputs together, the part itself, and each of its
outputs::

    x0 ──┐                       ┌── y0
    x1 ──┴── inputs ── part ─────┴── y1

The tangent, or cotangent, of several arrays together is a `Bundle`. When one arrives at the part,
forwards or backwards, the part is run again, now recorded on a tape of its own, and the bundle is
carried through that. So a part is a linear map like any other, and what it is made of, Duals of outer
calls included, is differentiated as ever.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..boundary import check_function, checked_function
from ..corners import NOTED
from ..dual import Dual, make, primal, settled
from ..dual.calls import top_mode
from ..errors import ConversionError, UnsupportedError
from ..linear import LinearMap, quietly
from ..modes import Mode, Recorded
from ..shapes import shape_of, size_of
from ..suspicions import uneven
from ..sweeps import explain, swept
from ..tape import Tape, place_of, pull, push
from ..trees import replaced

# ---------------------------------------------------------------- structures of arrays


def leaves_of(tree: Any) -> list[Any]:
    """What is no container, in tuples, lists, dicts and dataclasses."""
    leaves: list[Any] = []
    replaced(tree, leaves.append)
    return leaves


def numbered(tree: Any, change: Callable[[int, Any], Any]) -> Any:
    """The same structure, with every leaf changed by its number and itself."""
    count = itertools.count().__next__
    return replaced(tree, lambda leaf: change(count(), leaf))


def is_differentiable(x: Any) -> bool:
    """Whether a leaf may depend on others smoothly; whole numbers, texts, masks, ... are constants."""
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "fc"
    return type(x) is Dual or isinstance(x, float | complex | np.inexact) or hasattr(x, "_mpf_")


def numbers_of(tree: Any) -> list[Any]:
    """The leaves that are numbers or arrays of numbers."""
    return [x for x in leaves_of(tree) if isinstance(x, np.ndarray) or is_differentiable(x)]


# ---------------------------------------------------------------- several arrays at one place of the tape


class Bundle:
    """Tangents or cotangents of several arrays, by number; zero for those that are missing."""

    __slots__ = ("parts",)

    def __init__(self, parts: dict[int, Any]):
        self.parts = parts

    def __add__(self, other: Bundle) -> Bundle:
        parts = dict(self.parts)
        for i, part in other.parts.items():
            parts[i] = parts[i] + part if i in parts else part
        return Bundle(parts)


class _Into(LinearMap):
    """One array as a part of a bundle."""

    __slots__ = ("number",)

    def __init__(self, number: int):
        super().__init__((), ())
        self.number = number

    def __call__(self, t: Any) -> Any:
        return Bundle({self.number: t})

    apply = __call__

    def transpose(self) -> LinearMap:
        return pick(self.number)


class _Pick(_Into):
    """A part of a bundle; None if it is missing."""

    __slots__ = ()

    def __call__(self, t: Any) -> Any:
        part = t.parts.get(self.number)
        return part.view() if type(part) is np.ndarray else part  # which says that it is not to be written to

    apply = __call__

    def transpose(self) -> LinearMap:
        return into(self.number)


into = functools.cache(_Into)
pick = functools.cache(_Pick)


class _Replay(LinearMap):
    """A part of a program, from the bundle of its inputs to that of its outputs.

    The part can be run again: it has ``push`` and ``pull``, which take bundles of tangents forwards and
    of cotangents backwards (None if all are zero), and ``stored``, which is what it keeps for that.
    """

    __slots__ = ("backwards", "part")

    def __init__(self, part: Any, backwards: bool = False):
        super().__init__((), ())
        self.part = part
        self.backwards = backwards

    def __call__(self, t: Any) -> Any:
        return self.part.pull(t) if self.backwards else self.part.push(t)

    apply = __call__

    def transpose(self) -> LinearMap:
        return _Replay(self.part, not self.backwards)

    def stored(self) -> Sequence[Any]:
        return self.part.stored()


def on_the_tape(mode: Recorded, inputs: dict[int, Dual], part: Any, out: Any) -> Any:
    """The outputs of a part as Duals."""
    together = mode.next_place()
    mode.tape[together] = tuple([(place_of(x.tangent), into(i)) for i, x in inputs.items()])
    place = mode.next_place()
    mode.tape[place] = ((together, _Replay(part)),)

    def dual(k: int, y: Any) -> Any:
        return make(mode, y, mode.record(y, ((place, pick(k)),))) if is_differentiable(y) else y

    return numbered(out, dual)


# ---------------------------------------------------------------- a call


class Call:
    """A call of a function, to be run again."""

    __slots__ = ("active", "f", "inputs", "seals")

    def __init__(self, f: Function, inputs: Any, active: Any, seals: list[Any] | None = None):
        self.f = f
        #: Positional arguments and keywords.
        self.inputs = inputs
        #: The numbers of the leaves that are differentiated.
        self.active = active
        #: What `seal` gave for each output when the function was run first.
        self.seals = seals

    def stored(self) -> Sequence[Any]:
        return numbers_of(self.inputs)

    def pull(self, cts: Bundle) -> Bundle:
        return Bundle(self.pulled(cts.parts))

    def pulled(self, cts: dict[int, Any], once: bool = True) -> dict[int, Any]:
        """The cotangents of the active inputs for those of the outputs, all by their numbers."""
        tape, outputs, inputs = self._recorded()
        seeds: dict[int, Any] = {}
        for k, place in outputs:
            if k in cts:
                seeds[place] = seeds[place] + cts[k] if place in seeds else cts[k]
        if not seeds:
            return {}
        pulled = pull(tape, seeds, list(inputs.values()), once)
        if pulled is None:  # a NaN: looking closer takes the tape, of which nothing is left
            return self.pulled(cts, once=False)
        return {i: ct for i, ct in zip(inputs, pulled, strict=True) if ct is not None}

    def push(self, ts: Bundle) -> Bundle | None:
        tape, outputs, inputs = self._recorded()
        together = max(*tape, 0) + 1
        tape[together] = tuple([(place, into(k)) for k, place in outputs])
        (pushed,) = push(tape, (together,), {inputs[i]: t for i, t in ts.parts.items()})
        return pushed

    def _recorded(self) -> tuple[Tape, list[tuple[int, int]], dict[int, int]]:
        """The tape of the call, and by their numbers the places of the outputs, and of the active inputs."""
        mode, noted = Recorded(), NOTED[0]
        places: dict[int, int] = {}

        active, count = self.active, itertools.count().__next__

        def dual(x: Any) -> Any:
            i = count()
            if i not in active:
                return x
            tangent = mode.record(x, ())
            places[i] = place_of(tangent)
            return make(mode, x, tangent)

        try:
            args, keywords = self.inputs
            args, keywords = replaced(args, dual), replaced(keywords, dual) if keywords else keywords
            out = leaves_of(settled(self.f.lifted(*args, **keywords)))
            met = NOTED[0] != noted or bool(mode.doubts)
            if met:
                mode.held_back.clear()  # which the sweep that asks holds back itself
        except Exception as error:
            explain(error, mode)
            raise
        finally:
            mode.close()
        if met:
            self._ask_differences()
        if self.seals is not None:
            _check_same(self.seals, [seal(y) for y in out], self.f)
        outputs = [(k, place_of(y.tangent)) for k, y in enumerate(out) if type(y) is Dual and y.mode is mode]
        return mode.tape, outputs, places

    def _ask_differences(self) -> None:
        """Sweep along one direction, by which a corner that has been met is seen, and warned of."""
        leaves = leaves_of(self.inputs)
        active = [i for i in sorted(self.active) if is_differentiable(leaves[i])]

        def f(*xs: Any) -> Any:
            given = dict(zip(active, xs, strict=True))
            args, keywords = numbered(self.inputs, lambda i, x: given.get(i, x))
            return [y for y in leaves_of(settled(self.f.lifted(*args, **keywords))) if is_differentiable(y)]

        xs = [leaves[i] for i in active]
        directions = [uneven(size_of(shape_of(x))).reshape(shape_of(x))[()] for x in xs]
        swept(f, xs, {}, dict(enumerate(zip(xs, directions, strict=True))), None, True)


class Function:
    """A function as it is for plain numbers, and lifted for Duals."""

    def __init__(self, f: Any, caller: str, lift: bool):
        check_function(f, caller)
        self.plain = f
        self.caller = caller
        self.lift = lift

    @functools.cached_property
    def lifted(self) -> Any:
        return checked_function(self.plain, self.caller, self.lift)

    def on(self, inputs: Any) -> Any:
        """What is called with these inputs."""
        return self.plain if top_mode(leaves_of(inputs)) is None else self._settled

    def _settled(self, *args: Any, **keywords: Any) -> Any:
        return settled(self.lifted(*args, **keywords))

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        with self.explained():
            return self.on((args, keywords))(*args, **keywords)

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Say what is behind the errors of a function that is run on plain numbers."""
        try:
            yield
        except ConversionError as error:
            error.add_note(f"dualad: {self.closed_over()}")
            raise
        except ValueError as error:
            if "read-only" in str(error):
                error.add_note(
                    f"dualad: {self.caller} runs the function again, so it must not write into its "
                    "arguments: write x = x.copy() there first"
                )
            raise

    def closed_over(self) -> str:
        return (
            f"the function given to {self.caller} may use numbers that are differentiated only if they are "
            f"its arguments: pass what it takes from around it, as in {self._example()}"
        )

    def _example(self) -> str:
        if self.caller == "checkpoint":
            return "checkpoint(f)(x, a) with def f(x, a)"
        return "checkpointed_loop(step, state, n, a) with def step(state, a)"

    def check_plain(self, out: Any, mode: Mode) -> None:
        """Raise if there are Duals of the mode in what was computed from plain numbers."""
        if any(type(y) is Dual and y.mode.level >= mode.level for y in leaves_of(out)):
            raise UnsupportedError(self.closed_over())


def kept_inputs(mode: Recorded, tree: Any) -> tuple[Any, dict[int, Dual]]:
    """The arguments of a part, as they are kept, and those that are active."""
    active: dict[int, Dual] = {}

    def kept(i: int, x: Any) -> Any:
        if type(x) is Dual and x.mode is mode:
            active[i] = x
            return _read_only(x.value)
        return _read_only(mode.kept(x))

    return numbered(tree, kept), active


def _read_only(x: Any) -> Any:
    """An array that the function cannot write to: it will be needed again as it is."""
    if isinstance(x, np.ndarray):
        x = x.view()
        x.flags.writeable = False
    elif type(x) is Dual and x.shape:
        x = np.copy(x)
        primal(x).flags.writeable = False
    return x


def independent(out: Any) -> Any:
    """The outputs; those that share their memory cannot be assigned to, as on the tape they do not."""
    arrays = [y for y in leaves_of(out) if isinstance(y, np.ndarray)]
    for one, other in itertools.combinations(arrays, 2):
        if np.may_share_memory(one, other):
            return replaced(out, lambda y: _read_only(y) if isinstance(y, np.ndarray) else y)
    return out


def seal(y: Any) -> Any:
    """A few numbers that tell an output from another."""
    y = primal(y)
    if isinstance(y, np.ndarray) and y.dtype.kind in "fciub":
        flat = y.ravel(order="K")
        total, square = quietly(lambda: (np.sum(flat), np.vdot(flat, flat)))
        return y.shape, complex(total), complex(square)
    return ((), complex(y), complex(y * y)) if isinstance(y, float | complex | np.inexact) else None


def _check_same(before: list[Any], now: list[Any], f: Function) -> None:
    """Raise if the function did not give the same again."""
    for one, other in itertools.zip_longest(before, now, fillvalue=()):
        if one == other:
            continue
        if one and other and one[0] == other[0]:
            size = math.prod(one[0])
            near = 1e-6 * abs(one[2])
            sums = abs(one[1] - other[1]) <= math.sqrt(1e-6 * size * near)
            if sums and abs(one[2] - other[2]) <= near:
                continue
            if all(math.isnan(abs(number)) for number in (one[1], other[1])):
                continue
        raise UnsupportedError(
            f"the function given to {f.caller} gave other numbers when it was run again; what changes from "
            "call to call (a loop variable, a random generator, a counter) has to be an argument: pass the "
            "loop variable or the random numbers themselves"
        )
