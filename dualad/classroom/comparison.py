"""The ways to get a derivative side by side: what each gives, and what each costs.

A `Problem` is a function and a point; a way is a function of the point that returns the derivative
there (for several inputs, the list of partial derivatives); a `Row` is what came of a way.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ..costs.timing import time_together
from ..costs.tracing import trace
from ..costs.work import work_of
from ..derivatives import derivative, jvp
from ..errors import DualadError, InputError, OutputError
from ..gradients import grad
from . import recursive_sine as sine
from .counting import Tally, count
from .reference import Reference, along, reference

#: The steps that are tried for the central difference.
STEPS = tuple(10.0**-k for k in range(1, 17))

#: The step of the complex step: nothing is subtracted, so it may be as small as one likes.
COMPLEX_STEP = 1e-20

#: The rows: key -> name.
NAMES = {
    "analytic": "analytic recurrence",
    "central_difference": "central difference",
    "complex_step": "complex step",
    "forward_by_hand": "forward by hand",
    "forward_by_dual": "forward by Dual",
    "reverse_by_hand": "reverse by hand",
    "reverse_by_recording": "reverse by recording",
}

Way = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """A function, the point at which to compare its derivatives, and those written by hand."""

    name: str
    f: Callable[..., Any]
    xs: tuple[float, ...]
    by_hand: Mapping[str, Way] = field(default_factory=dict)
    iterations: int | None = None


@dataclass(slots=True)
class Row:
    """What came of one way.

    Attributes
    ----------
    key, name : str
        For programs and for people.
    derivative : list of float or None
        One partial derivative for each input; None if the way does not work for this function.
    error : float or None
        Against the reference.
    time : float or None
        As a multiple of one evaluation of the function.
    tally : Tally or None
        Operations and numbers kept; None if they cannot be counted.
    step : float or None
        The step of a difference.
    note : str
        Why something is missing.
    """

    key: str
    name: str
    derivative: list[float] | None = None
    error: float | None = None
    time: float | None = None
    tally: Tally | None = None
    step: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A finished comparison: the function's own value and cost, the reference, and the rows."""

    problem: Problem
    value: float
    seconds: float
    tally: Tally | None
    reference: Reference
    rows: list[Row]

    def as_dict(self) -> dict[str, Any]:
        """All numbers, ready for JSON; what is not finite or not there is None."""
        inputs = len(self.problem.xs)
        return {
            "function": self.problem.name,
            "at": self.problem.xs[0],
            "inputs": inputs,
            "iterations": self.problem.iterations,
            "value": self.value,
            "seconds": self.seconds,
            **_counts(self.tally),
            "reference": {
                "derivative": _one_or_all([self._digits(d) for d in self.reference.gradient]),
                "method": self.reference.method,
                "uncertainty": _finite(self.reference.uncertainty),
            },
            "error_is": "relative" if self.reference.size else "absolute",
            "rows": [
                {
                    "key": row.key,
                    "name": row.name,
                    "derivative": row.derivative and _one_or_all([_finite(d) for d in row.derivative]),
                    "error": _finite(row.error),
                    "time": row.time,
                    **_counts(row.tally),
                    "step": row.step,
                    "note": row.note,
                }
                for row in self.rows
            ],
        }

    def _digits(self, number: Any) -> str | None:
        return self.reference.text(number) if self.reference.exists else None


def _counts(tally: Tally | None) -> dict[str, Any]:
    if tally is None:
        return {"operations": None, "numbers_kept": None}
    return {"operations": tally.operations, "numbers_kept": tally.most_alive}


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _finite(x: float | None) -> float | None:
    return x if x is not None and math.isfinite(x) else None


# ---------------------------------------------------------------- what to differentiate


def recursive_sine_problem(x: float = 0.7, iterations: int = 20, inputs: int = 1) -> Problem:
    """The lecture's recursive sine, of one input or of several that take turns.

    Parameters
    ----------
    x : float, optional
        The point; with several inputs, the value of each.
    iterations : int, optional
        How often ``z <- sin(z x) + x``.
    inputs : int, optional
        How many inputs take turns: at most as many as there are iterations.

    Examples
    --------
    >>> from dualad.classroom.comparison import recursive_sine_problem
    >>> recursive_sine_problem(0.7, iterations=3, inputs=2).xs
    (0.7, 0.7)
    """
    if iterations < 1:
        raise InputError(f"{iterations} iterations leave nothing to differentiate; try --iterations 20")
    if inputs < 1:
        raise InputError(f"{inputs} inputs leave nothing to differentiate; try --inputs 10")
    if inputs > iterations:
        raise InputError(
            f"{inputs} inputs need as many iterations to be used; try --inputs {inputs} --iterations {inputs}"
        )
    steps = f"{iterations} iteration" + "s" * (iterations > 1)
    f: Way
    by_hand: tuple[Way, ...]
    if inputs == 1:
        name = f"z <- sin(z x) + x, {steps}"
        f, by_hand = sine.recursive_sine, (sine.analytic, sine.forward, sine.reverse)
    else:
        name = f"z <- sin(z x_i) + x_i, {steps}, {inputs} inputs in turn"
        f = sine.recursive_sine_of
        by_hand = (sine.analytic_gradient, sine.forward_gradient, sine.reverse_gradient)
    keys = ("analytic", "forward_by_hand", "reverse_by_hand")
    ways = {key: partial(way, iterations=iterations) for key, way in zip(keys, by_hand, strict=True)}
    return Problem(name, partial(f, iterations=iterations), (x,) * inputs, ways, iterations)


def problem_of(f: Callable[[Any], Any], x: float, name: str = "") -> Problem:
    """Any function of a number."""
    return Problem(name or getattr(f, "__name__", "f"), f, (x,))


# ---------------------------------------------------------------- the ways


def central_difference(f: Callable[[Any], Any], h: float) -> Way:
    """The derivative by two evaluations: ``(f(x + h) - f(x - h)) / 2h``."""
    return lambda x: (f(x + h) - f(x - h)) / (2 * h)


def complex_step(f: Callable[[Any], Any], h: float = COMPLEX_STEP) -> Way:
    """The derivative of an analytic function by one complex evaluation: ``Im f(x + ih) / h``."""
    return lambda x: f(x + h * 1j).imag / h


def each_input(differentiate: Callable[[Any], Way], f: Callable[..., Any], inputs: int) -> Way:
    """The gradient by one derivative for each input."""
    if inputs == 1:
        return differentiate(f)
    return lambda *xs: [differentiate(along(f, xs, i))(x) for i, x in enumerate(xs)]


def forward_by_dual(f: Callable[..., Any], inputs: int) -> Way:
    """Forward mode: for several inputs, one run for each."""
    if inputs == 1:
        return derivative(f)
    seeds = [tuple(row) for row in np.eye(inputs).tolist()]
    return lambda *xs: [jvp(f, xs, seed)[1] for seed in seeds]


def reverse_by_recording(f: Callable[..., Any], inputs: int) -> Way:
    """Reverse mode: one run for all inputs."""
    return grad(f) if inputs == 1 else grad(f, argnums=tuple(range(inputs)))


# ---------------------------------------------------------------- the comparison


def compare(problem: Problem, seconds: float = 1.0) -> Comparison:
    """Get the derivative of a problem in every way that applies, and measure what each costs.

    Parameters
    ----------
    problem : Problem
        From `recursive_sine_problem` or `problem_of`.
    seconds : float, optional
        About how long to measure times.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        The function raises, or is not finite, at the point.
    OutputError
        The function does not return a number.

    Examples
    --------
    >>> from dualad.classroom.comparison import compare, recursive_sine_problem
    >>> comparison = compare(recursive_sine_problem(iterations=3), seconds=0.01)
    >>> [row.key for row in comparison.rows][:3]
    ['analytic', 'central_difference', 'complex_step']
    """
    with np.errstate(all="ignore"):
        return _compare(problem, seconds)


def _compare(problem: Problem, seconds: float) -> Comparison:
    f, xs = problem.f, problem.xs
    value = _value(problem)
    truth = reference(f, *xs)
    step = _best_step(problem, truth)
    ways = _ways(problem, step)
    rows = [_row(key, ways[key], problem, truth) for key in NAMES if key in ways]

    runs = {row.key: partial(ways[row.key], *xs) for row in rows if row.derivative is not None}
    times = time_together({"f": partial(f, *xs), **runs}, seconds)
    for row in rows:
        row.step = {"central_difference": step, "complex_step": COMPLEX_STEP}.get(row.key)
        row.time = times[row.key] / times["f"] if row.key in times else None
    tally, _ = _count(f, problem)
    return Comparison(problem, value, times["f"], tally, truth, rows)


def _ways(problem: Problem, step: float) -> dict[str, Way]:
    """Every way that applies to the problem, by its key."""
    f, inputs = problem.f, len(problem.xs)
    return {
        "central_difference": each_input(partial(central_difference, h=step), f, inputs),
        "complex_step": each_input(complex_step, f, inputs),
        "forward_by_dual": forward_by_dual(f, inputs),
        "reverse_by_recording": reverse_by_recording(f, inputs),
        **problem.by_hand,
    }


def _value(problem: Problem) -> float:
    """The function's value; raises unless it is a finite number."""
    where = f"at {problem.xs[0]:g}"
    try:
        y = problem.f(*problem.xs)
    except Exception as error:
        first = "take a function of one number, or " if isinstance(error, TypeError) else ""
        raised = f"{problem.name} raised {type(error).__name__} {where}: {error}"
        raise InputError(f"{raised}; {first}try another point with --at") from error
    number = y.item() if isinstance(y, np.ndarray | np.generic) and y.shape == () else y
    if not isinstance(number, numbers.Real) or isinstance(number, bool):
        raise OutputError(
            f"{problem.name} returned {_described(y)}; compare a function of a number that returns a number"
        )
    if not math.isfinite(number):
        raise InputError(f"{problem.name} is {number} {where}; try another point with --at")
    return float(number)


def _described(y: Any) -> str:
    if isinstance(y, np.ndarray):
        return f"an array of shape {y.shape} and dtype {y.dtype}"
    return "None" if y is None else f"{type(y).__name__} {y!r:.40}"


def _best_step(problem: Problem, truth: Reference) -> float:
    """The step, of those tried, with which the central difference comes closest to the reference."""

    def error(h: float) -> float:
        way = each_input(partial(central_difference, h=h), problem.f, len(problem.xs))
        try:
            e = truth.error(_as_list(way(*problem.xs)))
        except (ArithmeticError, ValueError):  # a step out of the function's domain
            return math.inf
        return e if math.isfinite(e) else math.inf

    return min(STEPS, key=error)


def _row(key: str, way: Way, problem: Problem, truth: Reference) -> Row:
    row = Row(key, NAMES[key])
    try:
        row.derivative = _as_list(way(*problem.xs))
    except DualadError:
        raise
    except Exception as error:
        if key != "complex_step":  # not every function takes complex numbers
            raise InputError(
                f"{row.name} failed: {type(error).__name__}: {error}; try another point with --at"
            ) from error
        row.note = f"raises {type(error).__name__}: {error}"
        return row
    row.error = truth.error(row.derivative)
    if key == "complex_step" and row.error > 1e-6:
        row.note = "the function is not analytic as it is written (abs, a comparison, a real part)"
    row.tally, reason = _count(way, problem, key)
    if row.tally is None:
        row.note = f"operations cannot be counted ({reason})"
    return row


def _as_list(derivative: Any) -> list[float]:
    return [float(d) for d in (derivative if isinstance(derivative, list | tuple) else [derivative])]


def _count(way: Way, problem: Problem, key: str = "") -> tuple[Tally | None, str]:
    """The tally, or None and why there is none."""
    try:
        return count(way, *problem.xs), ""
    except Exception:  # the user's function wants floats: math.sin, say
        pass
    try:
        return traced(way, problem, key), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def traced(way: Way, problem: Problem, key: str = "") -> Tally:
    """The operations of a way, from those of the function that ran; how many numbers it keeps is left out.

    Examples
    --------
    >>> from dualad.classroom.comparison import problem_of, traced
    >>> traced(math.sin, problem_of(math.sin, 0.5), "forward_by_dual").sines_cosines
    2
    """
    tally = Tally(most_alive=None)
    if key == "forward_by_dual":
        tally.add(len(problem.xs) * work_of(trace(problem.f, *problem.xs)).forward())
    elif key == "reverse_by_recording":
        tally.add(work_of(trace(problem.f, *problem.xs)).reverse())
    else:
        tally.add(work_of(trace(way, *problem.xs)).function)
    return tally
