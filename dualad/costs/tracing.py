"""What ran: each operation of a function, with its line, its operands, and its linear maps.

A traced mode is recorded mode that also writes down, beside each entry of the tape, which function
made it and on which line. Its nodes are of a type that the fast path does not know, so that every
operation comes by. From a trace follow the costs of all modes, the tables of a lecture, and the
answer to where two modes part or where a number stopped being finite.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..boundary import checked, checked_function, own, taken_apart
from ..dual import Dual, make, primal
from ..dual.array_classes import in_class_of, without_class
from ..dual.calls import full_name
from ..errors import InputError
from ..linear import LinearMap, Scale, quietly
from ..lines import outside
from ..lists import taking_lists
from ..metering import NAMES, Operation
from ..modes import Forward, Mode, Recorded
from ..shapes import shape_of
from ..sweeps import explain
from ..tape import Entry, Node, Tape, cotangents, place_of, tangents
from ..trees import built, leaves_of, mapped


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """What ran, in order; made by `trace`.

    Attributes
    ----------
    operations : list of Operation
    value : float, array or structure
        The value of the function.
    inputs : tuple of int
        The numbers of the operations that are the inputs, one for each array of a structure.
    outputs : tuple of int
        The numbers of the operations that are the outputs.
    """

    operations: list[Operation]
    value: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    _tape: Tape

    def tangents(self, *seeds: Any) -> list[Any]:
        """The tangent of each operation for one of each input (or None); None where it is a constant."""
        seeded = {k: t for k, t in zip(self.inputs, seeds, strict=True) if t is not None}
        ts: list[Any] = quietly(tangents, self._tape, len(self.operations) - 1, seeded)
        return ts

    def cotangents(self, *cts: Any) -> list[Any]:
        """The cotangent of each operation for one of each output (or None); None where none depends on it."""
        seeds: dict[int, Any] = {}
        for k, ct in zip(self.outputs, cts, strict=True):
            if ct is not None:
                seeds[k] = seeds[k] + ct if k in seeds else ct
        found = quietly(cotangents, self._tape, seeds)
        return [found.get(k) for k in range(len(self.operations))]


class _TracedNode(Node):
    """A node of a type of its own, so that the fast path leaves every operation to the general one."""

    __slots__ = ()


class _Traced(Recorded):
    """Recorded mode that remembers what ran."""

    __slots__ = ("_next", "_noted", "operations")
    traced = True

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[Operation] = []
        self._next: tuple[Any, Any] | None = None
        self._noted: tuple[Any, Any] | None = None

    def running(self, function: Any, args: Any) -> None:
        self._next = function, args

    def record(self, y: Any, entry: Entry) -> Any:
        place = self.next_place()
        shape = shape_of(y)
        entry = tuple([(p, m if isinstance(m, LinearMap) else Scale(m, shape, shape)) for p, m in entry])
        self.tape[place] = entry
        again = bool(entry) and self._next is self._noted
        self.operations.append(_operation(self, self._next, y, bool(entry), entry, again=again))
        self._noted = self._next
        return _TracedNode(place, shape)

    def close(self, asked: bool = False) -> None:
        super().close(asked)
        self._next = None


class TracedForward(Forward):
    """Forward mode, along one direction, that remembers what ran and the tangents."""

    __slots__ = ("_next", "operations")
    traced = True
    of_numbers = False  # so that the fast path leaves every operation to the general one

    def __init__(self) -> None:
        super().__init__(1)
        self.operations: list[Operation] = []
        self._next: tuple[Any, Any] | None = None

    def running(self, function: Any, args: Any) -> None:
        self._next = function, args

    def scaled(self, y: Any, terms: Any) -> Any:
        return self._noted(y, super().scaled(y, terms))

    def combined(self, y: Any, terms: Any) -> Any:
        return self._noted(y, super().combined(y, terms))

    def _noted(self, y: Any, t: Any) -> Any:
        self.operations.append(_operation(self, self._next, y, True, (), np.copy(t[0])))
        return t

    def close(self, asked: bool = False) -> None:
        super().close(asked)
        self._next = None


def _operation(
    mode: Mode, running: Any, y: Any, active: bool, inputs: Any, t: Any = None, again: bool = False
) -> Operation:
    """What is written down of an operation."""
    function, operands = running if running is not None and active else (None, ())
    name = "constant" if not active else "copy" if function is None else NAMES.get(function, "")
    places = tuple(i for i, x in enumerate(operands) if type(x) is Dual and x.mode is mode)
    values = tuple(map(_kept, operands))
    return Operation(
        name or full_name(function), function, _where(), _kept(y), values, inputs, t, places, again
    )


def _kept(x: Any) -> Any:
    """The value, which the program may go on to change."""
    x = primal(x)
    return x.copy() if isinstance(x, np.ndarray) else x


def _where() -> str:
    """The line of the program that is running."""
    frame = sys._getframe(1)
    while frame.f_back is not None and not outside(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"


def trace(f: Callable[..., Any], *primals: Any, lift: bool = True) -> Trace:
    """Run a function and write down every operation that its derivative passes through.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    *primals : float, array_like or structure
        Its arguments.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    Trace

    Examples
    --------
    >>> t = trace(lambda x: np.sin(x) * x, 2.0)
    >>> [operation.name for operation in t.operations]
    ['input', 'np.sin', 'np.multiply']
    >>> t.tangents(1.0)[-1] == t.cotangents(1.0)[0]
    True
    """
    f = checked_function(f, "trace", lift)
    if not primals:
        raise InputError("trace was given no point; pass the arguments of the function: trace(f, x)")
    xs = [checked(x, f"primal {i} of trace", copied=False) for i, x in enumerate(primals)]
    return traced(taking_lists(f, primals, at_once=True), primals, {}, range(len(xs)), xs)


def traced(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    argnums: Sequence[int],
    xs: Sequence[Any],
) -> Trace:
    """The trace of a call, with respect to some of its arguments, ``xs``, of which each may be a `Tree`.

    The function is lifted already.
    """
    mode = _Traced()
    call_args = list(args)
    places = []

    def as_input(x: Any) -> Dual:
        node = mode.record(x, ())
        mode.operations[-1] = Operation("input", None, "", _kept(x))
        places.append(place_of(node))
        return in_class_of(x, make(mode, own(without_class(x)), node))

    try:
        for i, x in zip(argnums, xs, strict=True):
            call_args[i] = in_class_of(args[i], built(mapped(as_input, x)))
        y, t = taken_apart(f(*call_args, **keywords), mode)
    except Exception as error:
        explain(error, mode)
        raise
    finally:
        mode.close()
    return Trace(mode.operations, built(y), tuple(places), tuple(map(place_of, leaves_of(t))), mode.tape)
