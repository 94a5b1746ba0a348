"""Reverse mode in less memory: what is run again instead of being kept."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..boundary import own
from ..dual import settled
from ..dual.calls import top_mode
from ..dual.rows import listed
from ..errors import InputError
from ..modes import Recorded
from ..trees import replaced
from .replays import (
    Bundle,
    Call,
    Function,
    independent,
    is_differentiable,
    kept_inputs,
    leaves_of,
    numbers_of,
    on_the_tape,
    seal,
)
from .schedules import reach, schedule


def checkpoint(f: Callable[..., Any], *, lift: bool = True) -> Callable[..., Any]:
    """The same function, which reverse mode runs again instead of keeping what happens inside.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays, and tuples, lists and dicts of them, that returns such. What is
        to be differentiated has to be among its arguments, and it must not write into these.
    lift : bool, optional
        Whether to run a lifted copy of ``f`` on Duals; see `lift`. Default: True.

    Returns
    -------
    callable
        With the arguments and results of ``f``. In reverse mode the tape keeps the arguments only; when
        a cotangent arrives, ``f`` is run once more, recorded. Otherwise this is ``f`` itself.

    Raises
    ------
    UnsupportedError
        ``f`` uses a number that is differentiated and is none of its arguments; or it gave other
        numbers when it was run again.

    Notes
    -----
    With the checkpoints evenly spaced, each over ``sqrt(n)`` of ``n`` steps, memory grows with
    ``sqrt(n)`` for the price of one more evaluation; `checkpointed_loop` does better.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import grad
    >>> @checkpoint
    ... def halves(x):
    ...     for _ in range(1000):
    ...         x = x / 2 + np.exp(x - x)
    ...     return x
    >>> grad(lambda x: x * halves(halves(x)))(1.0)
    2.0
    """
    function = Function(f, "checkpoint", lift)

    @functools.wraps(f, updated=())
    def checkpointed(*args: Any, **keywords: Any) -> Any:
        return _checkpointed(function, args, keywords)

    return checkpointed


def _checkpointed(f: Function, args: Any, keywords: Any) -> Any:
    inputs = settled(listed((args, keywords)))
    mode = top_mode(leaves_of(inputs))
    if not isinstance(mode, Recorded):
        return f(*args, **keywords)
    inputs, active = kept_inputs(mode, inputs)
    out = independent(_checkpointed(f, *inputs))
    f.check_plain(out, mode)
    seals = [seal(y) for y in leaves_of(out)]
    mode.holomorphic = False  # which is seen only when it is recorded
    return on_the_tape(mode, active, Call(f, inputs, frozenset(active), seals), out)


def _states_backwards(
    step: Function, state: Any, parameters: Any, n: int, memory: int, kept: dict[int, Any]
) -> Iterator[Any]:
    """The states from the last but one to the first, with few of them in ``kept``."""
    kept[0] = state
    state = replaced(state, own)
    step_on = step.on((state, parameters))
    for action, number in schedule(n, memory):
        if action == "advance":
            for _ in range(number):
                state = step_on(state, *parameters)
        elif action == "keep":
            kept[number] = replaced(state, own)
        elif action == "reverse":
            handed, state = [state], None
            yield handed.pop()
        else:
            state = kept.pop(number) if action == "take" and number else replaced(kept[number], own)


class _Loop:
    """A loop, to be run again step by step, backwards."""

    __slots__ = ("active", "end", "kept", "memory", "n", "parameters", "ready", "size", "start", "step")

    def __init__(self, step: Function, start: Any, parameters: Any, active: Any, n: int, memory: int):
        self.step = step
        self.start = start
        self.size = len(leaves_of(start))
        self.parameters = parameters
        #: The numbers of the leaves that are differentiated, the parameters' counted on from the state's.
        self.active = active
        self.n = n
        self.memory = memory
        #: The states kept for the first sweep back, which begins where the forward one has ended.
        self.kept: dict[int, Any] = {}
        self.ready: list[tuple[Any, Iterator[Any]]] = []
        self.end: list[Any] = []

    def stored(self) -> Sequence[Any]:
        states = [state for state, _ in self.ready]
        return numbers_of((self.start, self.parameters, states, list(self.kept.values())))

    def _states(self, kept: dict[int, Any]) -> Iterator[Any]:
        return _states_backwards(self.step, self.start, self.parameters, self.n, self.memory, kept)

    def run(self) -> Any:
        """The last state."""
        states = self._states(self.kept)
        with self.step.explained():
            state = replaced(next(states), own)  # the step may have but one array for all its results
        out = replaced(self.step(replaced(state, own), *self.parameters), own)
        self.ready.append((state, states))
        self.end = [seal(y) for y in leaves_of(out)]
        return out

    def _recorded(self, state: Any, seals: list[Any] | None = None) -> tuple[Call, int]:
        """One step, and how many leaves its state has."""
        leaves = leaves_of(state)
        n = len(leaves)
        active = {i for i, x in enumerate(leaves) if type(x) is float or is_differentiable(x)}
        active.update([i - self.size + n for i in self.active if i >= self.size])
        return Call(self.step, ((state, *self.parameters), {}), active, seals), n

    def pull(self, cts: Bundle) -> Bundle:
        states = self._states({})
        if self.ready:
            last, rest = self.ready.pop()
            states = itertools.chain([last], rest)
            del last, rest
        parts = cts.parts
        total: dict[int, Any] = {}
        seals: list[Any] | None = self.end
        for gone, state in enumerate(states, 1):
            # Whether a step gives the same again is looked at now and then: after 1, 2, 4, ... steps back.
            before = [seal(y) for y in leaves_of(state)] if gone & (gone - 1) == 0 else None
            step, n = self._recorded(state, seals)
            seals, along = before, {}
            for i, ct in step.pulled(parts).items():
                if i < n:
                    along[i] = ct
                else:
                    i += self.size - n
                    total[i] = total[i] + ct if i in total else ct
            parts = along
        return Bundle({i: ct for i, ct in (parts | total).items() if i in self.active})

    def push(self, ts: Bundle) -> Bundle | None:
        state = replaced(self.start, own)
        constant = {i - self.size: t for i, t in ts.parts.items() if i >= self.size}
        along: dict[int, Any] = {i: t for i, t in ts.parts.items() if i < self.size}
        for _ in range(self.n):
            step, n = self._recorded(replaced(state, own))
            pushed = step.push(Bundle(along | {i + n: t for i, t in constant.items()}))
            along = {} if pushed is None else pushed.parts
            state = self.step(state, *self.parameters)
        return Bundle(along) if along else None


def checkpointed_loop(
    step: Callable[..., Any],
    state: Any,
    n: int,
    *parameters: Any,
    memory: int | None = None,
    lift: bool = True,
) -> Any:
    """``n`` times ``state = step(state, *parameters)``, in little memory in reverse mode.

    Parameters
    ----------
    step : callable
        Gives the next state. It may write into the state that it is given, but not into the parameters.
        What is to be differentiated has to be in the state or among the parameters.
    state : number, array, or tuple, list or dict of them
        The first state. It is copied. What changes from step to step goes into it as well: the time,
        or the number of the step.
    n : int
        How many steps.
    *parameters : number, array, or tuple, list or dict of them
        What all steps have in common.
    memory : int, optional
        How many states may be kept, the first one included. Default: about ``sqrt(2 * n)``, with which
        no step is run more than twice before it is recorded.
    lift : bool, optional
        Whether to run a lifted copy of ``step`` on Duals; see `lift`. Default: True.

    Returns
    -------
    state
        The last state: bit for bit that of the plain loop.

    Raises
    ------
    InputError
        ``n`` is no number of steps, or ``memory`` no number of states.
    UnsupportedError
        ``step`` uses a number that is differentiated and is neither in the state nor a parameter; or it
        gave other numbers when it was run again.

    Notes
    -----
    Reverse mode keeps ``memory`` states and the tape of one step, however long the loop is, and runs the
    steps again by the binomial schedule (`schedule`). In forward mode, which keeps nothing, and for plain
    numbers, this is the plain loop.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import grad
    >>> def step(state, k):
    ...     x, v = state
    ...     v = v - 0.01 * k * np.sin(x)
    ...     return x + 0.01 * v, v
    >>> def end(k):
    ...     return checkpointed_loop(step, (1.0, 0.0), 1000, k, memory=10)[0]
    >>> h = 1e-6
    >>> bool(abs(grad(end)(2.0) - (end(2.0 + h) - end(2.0 - h)) / (2 * h)) < 1e-6)
    True
    """
    n, memory = _checked_counts(n, memory)
    function = Function(step, "checkpointed_loop", lift)
    start, parameters = settled(listed((state, parameters)))
    mode = top_mode(leaves_of((start, parameters)))
    if not isinstance(mode, Recorded) or not n:
        state = replaced(start, own)
        for _ in range(n):
            state = function(state, *parameters)
        return state
    (start, parameters), active = kept_inputs(mode, (start, parameters))
    loop = _Loop(function, start, parameters, frozenset(active), n, memory)
    out = loop.run()
    function.check_plain(out, mode)
    mode.holomorphic = False  # which is seen only when it is recorded
    return on_the_tape(mode, active, loop, out)


def _checked_counts(n: Any, memory: Any) -> tuple[int, int]:
    try:
        n = operator.index(n)
    except TypeError:
        n = -1
    if n < 0:
        raise InputError(
            "checkpointed_loop takes a whole number of steps: checkpointed_loop(step, state, 100)"
        )
    if memory is None:
        memory = next(c for c in itertools.count(1) if reach(c, 2) >= n)
    if not isinstance(memory, int) or isinstance(memory, bool) or memory < 1:
        raise InputError(f"memory={memory!r} is no number of states; pass a whole number from 1: memory=50")
    return n, memory
