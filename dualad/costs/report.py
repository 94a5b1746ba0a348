"""What a derivative costs: operations counted, numbers kept, time predicted and measured.

`cost` runs a function once, writing down what runs, and counts for each way to its derivative what
that takes (`work`). From the counts, and from a few measurements of this computer, follows a time,
which is compared with the measured one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..boundary import ALREADY, checked_function, ones_like, own, unit_seeds
from ..counts import Count, short
from ..dual import checked_number
from ..errors import InputError
from ..gradients import linearize
from ..lists import taking_lists
from ..parallel.chunks import lanes_for, size_text
from ..parallel.executors import spans
from ..shapes import shape_of, size_of
from ..suspicions import in_a_row
from ..sweeps import run_forward
from ..trees import leaves_of
from .choice import Choice, choose
from .memory import Peak, peaks
from .pace import predicted, there_and_back
from .timing import time_together
from .tracing import trace
from .work import Work, work_of

#: At most so many evaluations, whatever the function: forward along one direction, and a whole
#: gradient in reverse (Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, 3.2 and 4.5).
FORWARD_BOUND, REVERSE_BOUND = 2.5, 4.0


@dataclass(frozen=True, slots=True)
class Way:
    """What one way takes, the value of the function included.

    Attributes
    ----------
    key, name : str
        For programs and for people.
    count : Count
        Additions, multiplications, divisions, transcendental calls, elements touched, ...
    kept : int
        How many numbers it keeps until the end: those on the tape.
    predicted : float
        Seconds, from the counts.
    measured : float or None
        Seconds; None if it would take too long, or was not wanted.
    """

    key: str
    name: str
    count: Count
    kept: int
    predicted: float
    measured: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a function and its derivatives cost; made by `cost`, and printed as a table.

    Attributes
    ----------
    function, forward, lanes, all_inputs, reverse, differences : Way
        The function itself; its derivative along one direction, along several at once, along every
        input; one backward sweep; a Jacobian by forward differences.
    inputs, outputs : int
        How many numbers go in and come out.
    numbers_kept : int
        How many numbers reverse mode keeps in memory. An array of floats takes 8 bytes for each.
    choice : Choice
        What ``jacobian(mode="auto")`` would do, and why.
    memory, reverse_memory : Peak
        How many bytes a sweep takes at most, forward and in reverse: ``once`` for the values or the tape,
        and ``each`` for every lane. From a few small sweeps that were watched; constants come to that.
    entry_bytes : int
        How many bytes an entry of the Jacobian has.
    unknown : tuple of str
        Functions whose operations are not known, and are estimated.
    """

    function: Way
    forward: Way
    lanes: Way
    all_inputs: Way
    reverse: Way
    differences: Way
    inputs: int
    outputs: int
    choice: Choice
    memory: Peak
    reverse_memory: Peak
    entry_bytes: int
    unknown: tuple[str, ...]

    def sweep_memory(self, lanes: int, mode: str = "forward") -> int:
        """How many bytes a sweep along so many directions takes at most, ``mode="reverse"`` with the tape."""
        return (self.memory if mode == "forward" else self.reverse_memory).along(lanes)

    def jacobian_memory(self, chunk: int | str = "auto", mode: str | None = None) -> int:
        """How many bytes ``jacobian(f, mode=mode, chunk=chunk)`` takes at most, its result included.

        By default in the mode that would be chosen. It is for a function of one array.
        """
        mode = mode or self.choice.mode
        n, other = (self.inputs, 1) if mode == "forward" else (self.outputs, self.inputs)
        lanes = lanes_for(chunk, max(n, 1), other)
        first = self.sweep_memory(lanes, mode)
        if lanes >= n:  # a lone sweep gives the Jacobian
            return first
        whole = self.entry_bytes * self.inputs * self.outputs
        return max(first, whole + self.sweep_memory(min(lanes, n - lanes), mode))

    @property
    def ways(self) -> tuple[Way, ...]:
        """All of them, in the order of the table."""
        return self.function, self.forward, self.lanes, self.all_inputs, self.reverse, self.differences

    @property
    def numbers_kept(self) -> int:
        """How many numbers reverse mode keeps in memory."""
        return self.reverse.kept

    def evaluations(self, way: Way) -> float:
        """The counted operations of a way, in evaluations of the function."""
        return way.count.work / max(self.function.count.work, 1)

    def seconds_ratio(self, way: Way) -> float | None:
        """The measured time of a way, in evaluations of the function."""
        if way.measured is None or not self.function.measured:
            return None
        return way.measured / self.function.measured

    def as_dict(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        return {
            "inputs": self.inputs,
            "outputs": self.outputs,
            "ways": [self._numbers(way) for way in self.ways],
            "bounds": {"forward": FORWARD_BOUND, "reverse": REVERSE_BOUND},
            "memory": {"values": self.memory.once, "lane": self.memory.each},
            "choice": {"mode": self.choice.mode, "reason": self.choice.reason},
            "unknown": list(self.unknown),
        }

    def _numbers(self, way: Way) -> dict[str, Any]:
        kinds = ("additions", "multiplications", "divisions", "transcendental", "touched")
        return {
            "key": way.key,
            "name": way.name,
            **{kind: getattr(way.count, kind) for kind in kinds},
            "evaluations": self.evaluations(way),
            "numbers_kept": way.kept,
            "predicted": way.predicted,
            "measured": way.measured,
        }

    def __str__(self) -> str:
        return "\n".join([*_aligned([HEADINGS, *map(self.cells, self.ways)]), "", *self.sentences()])

    def cells(self, way: Way) -> list[str]:
        """A line of the table."""
        c = way.count
        numbers = [c.additions, c.multiplications, c.divisions, c.transcendental, c.touched]
        return [
            way.name,
            *map(short, numbers),
            f"{self.evaluations(way):.4g}",
            short(way.kept),
            duration(way.predicted),
            "-" if way.measured is None else duration(way.measured),
        ]

    def sentences(self) -> list[str]:
        """What stands below the table: the two theorems with the constants found here, and remarks."""
        several = f"The gradient of a combination of {self.outputs:,} outputs"
        of = f"{'A whole gradient' if self.outputs == 1 else several} in reverse"
        whatever = f", whatever the number of inputs ({self.inputs:,})"
        lines = [
            self._theorem("Forward along one direction", FORWARD_BOUND, self.forward, ""),
            self._theorem(of, REVERSE_BOUND, self.reverse, whatever),
            "In time there is also what Python takes for each operation, which large arrays hide."
            if self.function.measured
            else "",
            f"Reverse keeps {self.numbers_kept:,} numbers until the backward sweep; forward keeps none.",
            f"A Jacobian: {self.choice}.",
            self._sweeps() if self.inputs > 1 else "",
        ]
        if self.unknown:
            lines.append(f"Estimated, as their operations are not known: {', '.join(self.unknown)}.")
        return list(filter(None, lines))

    def _sweeps(self) -> str:
        lanes = lanes_for("auto", self.inputs)
        most, each = size_text(self.sweep_memory(lanes)), size_text(self.memory.each)
        return f"By columns, {_several(lanes, 'lane')} in a sweep take up to {most} of memory, each {each}."

    def _theorem(self, what: str, bound: float, way: Way, addition: str) -> str:
        counted = self.evaluations(way)
        ratio = self.seconds_ratio(way)
        in_time = "" if ratio is None else f", {ratio:.3g} in time"
        text = f"{what} costs at most {bound:g} evaluations{addition}: here {counted:.3g} counted{in_time}."
        if counted > bound:
            text += f" {_MORE}"
        return text


#: What is said where a constant is larger than the theorem's.
_MORE = (
    "That is more than the theorem says, which is about sums, products and functions of one number: a "
    "quotient, a product of two matrices, or a partial derivative that is dearer than its function."
)

#: The columns of the table.
HEADINGS = [
    "way", "+ -", "*", "/", "sin, exp, ...", "elements", "evaluations", "kept", "predicted", "measured",
]  # fmt: skip


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def duration(seconds: float) -> str:
    """A time with its unit.

    Examples
    --------
    >>> duration(0.00215)
    '2.15 ms'
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


# ---------------------------------------------------------------- the ways


def cost(f: Callable[..., Any], *args: Any, lanes: int = 8, seconds: float = 0.5, lift: bool = True) -> Cost:
    """Count and measure what a function and its derivatives cost.

    Counted is what depends on the inputs; all work that only constants take part in is left out, as
    it is no different with derivatives.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays.
    *args : float or array_like
        Its arguments, all of which are inputs.
    lanes : int, optional
        How many directions "several at once" are.
    seconds : float, optional
        About how long to measure times; with 0 nothing is measured.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    Cost
        Print it for the table.

    Raises
    ------
    InputError
        No argument was given, or ``lanes`` is no number of directions.

    Examples
    --------
    >>> found = cost(lambda x: np.sum(x * x), np.ones(100), seconds=0)
    >>> found.function.count
    Count(additions=99, multiplications=100, touched=401, calls=2)
    >>> found.reverse.count.multiplications, found.numbers_kept
    (300, 100)
    """
    if not args:
        raise InputError("cost was given no point; pass the arguments of the function: cost(f, x)")
    lanes = lanes_for(lanes, lanes if type(lanes) is int else 1)
    function = taking_lists(checked_function(f, "cost", lift), args)
    xs = [own(checked_number(x, f"argument {i} of cost")) for i, x in enumerate(args)]
    work = work_of(trace(function, *xs, lift=ALREADY))
    value, linear = linearize(function, *xs, lift=ALREADY)
    kept = linear.numbers
    n, m = work.inputs, work.outputs
    all_lanes = lanes_for("auto", max(n, 1))
    found = _counted(work, lanes, all_lanes)
    times = {key: predicted(work, count, mode, sweeps) for key, (_, count, mode, sweeps) in found.items()}
    runs = _runs(taking_lists(f, args), function, xs, lanes, all_lanes)
    short = {key: run for key, run in runs.items() if seconds > 0 and times[key] < 2 * max(seconds, 0.1)}
    measured = time_together(short, seconds) if short else {}
    ways = {
        key: Way(key, name, count, kept if key == "reverse" else 0, times[key], measured.get(key))
        for key, (name, count, _, _) in found.items()
    }
    return Cost(
        **ways,
        inputs=n,
        outputs=m,
        choice=choose(n, m, lambda: work, explain=True),
        memory=peaks(_forward(function, xs), n, max(n, m)),
        reverse_memory=peaks(_backward(function, xs), m, max(n, m)),
        entry_bytes=max(getattr(y, "itemsize", 8) for y in leaves_of(value)),
        unknown=work.unknown,
    )


def _counted(work: Work, lanes: int, all_lanes: int) -> dict[str, tuple[str, Any, str, int]]:
    """Each way by its key: its name, what it takes, the mode whose pace it has, and how many sweeps."""
    n = work.inputs
    all_inputs = f"forward, {_several(n, 'input')}"
    by_lanes = "lanes" if n > 1 else "forward"
    return {
        "function": ("the function", work.function, "plain", 1),
        "forward": ("forward, 1 direction", work.forward(), "forward", 1),
        "lanes": (f"forward, {_several(lanes, 'lane')}", work.forward(lanes), "lanes", 1),
        "all_inputs": (all_inputs, work.columns(all_lanes), by_lanes, -(-n // all_lanes)),
        "reverse": ("reverse, 1 sweep", work.reverse(), "reverse", 1),
        "differences": ("finite differences", work.differences(), "plain", n + 1),
    }


def _pushed(function: Any, xs: list[Any], seeds: Callable[[Any], Any], lanes: int | None = None) -> Any:
    """A sweep forward, along what ``seeds`` makes of each argument."""
    return run_forward(function, xs, {}, {i: (x, seeds(x)) for i, x in enumerate(xs)}, lanes)


def _forward(function: Any, xs: list[Any]) -> Callable[[int], Any]:
    """A sweep along the first directions in the space of all inputs, as `jacobian` makes it."""

    def sweep(lanes: int) -> Any:
        if not any(map(shape_of, xs)):
            return _pushed(function, xs, ones_like)
        return _pushed(function, xs, partial(_first_seeds, lanes=lanes), lanes)

    return sweep


def _backward(function: Any, xs: list[Any]) -> Callable[[int], Any]:
    """The same for the first cotangents of the first output, recording included."""

    def sweep(lanes: int) -> Any:
        _, linear = linearize(function, *xs, lift=ALREADY)
        y = linear._outputs[0]
        if not shape_of(y):
            return linear, linear._pull({0: ones_like(y)})
        return linear, linear._pull({0: _first_seeds(y, lanes)}, (lanes,))

    return sweep


def _first_seeds(x: Any, lanes: int) -> Any:
    """Those of the first places, and then of the first again."""
    return unit_seeds(x, np.arange(lanes) % max(size_of(shape_of(x)), 1))


def _several(n: int, what: str) -> str:
    return f"{n:,} {what}{'s' * (n != 1)}"


#: The step of the finite differences, of which only the time matters here.
_STEP = 1e-7


def _runs(f: Any, function: Any, xs: list[Any], lanes: int, all_lanes: int) -> dict[str, Callable[[], Any]]:
    """What is measured, by the key of the way."""
    one = partial(_pushed, function, xs, ones_like)

    def all_inputs() -> None:
        for i, x in enumerate(xs):
            for span in spans(size_of(shape_of(x)), all_lanes):
                run_forward(function, xs, {}, {i: (x, unit_seeds(x, span))}, len(span))

    return {
        "function": lambda: f(*map(own, xs)),
        "forward": one,
        "lanes": partial(_pushed, function, xs, lambda x: np.ones((lanes, *shape_of(x))), lanes),
        "all_inputs": all_inputs if any(map(shape_of, xs)) or len(xs) > 1 else one,
        "reverse": partial(there_and_back, function, *xs),
        "differences": partial(_by_differences, f, xs),
    }


def _by_differences(f: Any, xs: list[Any]) -> None:
    y = in_a_row(f(*map(own, xs)))
    for i, x in enumerate(xs):
        for k in range(size_of(shape_of(x))):
            moved = list(map(own, xs))
            if shape_of(x):
                moved[i].reshape(-1)[k] += _STEP
            else:
                moved[i] = x + _STEP
            (in_a_row(f(*moved)) - y) / _STEP
