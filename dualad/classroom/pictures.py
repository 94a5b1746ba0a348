"""The picture of the comparison, for a projector: four panels.

The first half measures and returns plain numbers; the second half draws them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..costs.timing import time_together
from ..derivatives import derivative, jvp
from ..gradients import grad
from ..jacobians import jacobian
from ..parallel.chunks import peak_of
from .comparison import (
    Comparison,
    Problem,
    central_difference,
    complex_step,
    each_input,
    forward_by_dual,
    recursive_sine_problem,
    reverse_by_recording,
)
from .drawing import BLUE, COLOURS, GREY, decades, draw_lines, label_ends, picture

Numbers = list[float]

# ---------------------------------------------------------------- the numbers


def curves(problem: Problem, points: int = 301) -> tuple[Any, Any, Any]:
    """The points, values and derivatives on [0, 1.5], or on as much around a point that is not there.

    Several inputs move together. Where the function has no value there is a gap (nan).
    """
    x = problem.xs[0]
    low = 0.0 if 0.0 <= x <= 1.5 else x - 0.75
    grid = np.linspace(low, low + 1.5, points)
    values, slopes = np.transpose([_value_and_slope(problem, t) for t in grid.tolist()])
    return grid, values, slopes


def _value_and_slope(problem: Problem, t: float) -> tuple[float, float]:
    inputs = len(problem.xs)
    try:
        y, dy = jvp(problem.f, (t,) * inputs, (1.0,) * inputs)
        return float(y), float(dy)
    except Exception:  # whatever a user's function raises out of its domain
        return math.nan, math.nan


def errors_by_step(comparison: Comparison, steps: Sequence[float]) -> dict[str, Numbers]:
    """The errors of the central difference and of the complex step (nan where they fail)."""
    f, xs = comparison.problem.f, comparison.problem.xs

    def error(differentiate: Callable[..., Any], h: float) -> float:
        try:
            derivative = each_input(partial(differentiate, h=h), f, len(xs))(*xs)
            return comparison.reference.error(derivative if len(xs) > 1 else [derivative])
        except Exception:  # a step out of the domain; a function that refuses complex numbers
            return math.nan

    ways = {"central difference": central_difference, "complex step": complex_step}
    return {name: [error(way, h) for h in steps] for name, way in ways.items()}


def iteration_costs(
    iterations: Sequence[int], x: float = 0.7, seconds: float = 2.0
) -> dict[str, dict[str, Numbers]]:
    """Time and memory of the recursive sine and of its derivative in both modes.

    Parameters
    ----------
    iterations : sequence of int
        How many iterations to try.
    x : float, optional
        The point.
    seconds : float, optional
        About how long to measure.

    Returns
    -------
    dict
        ``"time"`` in seconds and ``"memory"`` in bytes: each name -> a number for each entry of
        ``iterations``. Memory is the most that was allocated at once.
    """
    fs = [recursive_sine_problem(x, k).f for k in iterations]
    runs = {
        "function": [partial(f, x) for f in fs],
        "forward": [partial(derivative(f), x) for f in fs],
        "reverse": [partial(grad(f), x) for f in fs],
    }
    memory = {name: [float(most_allocated(run)) for run in row] for name, row in runs.items()}
    return {"time": _times(runs, seconds), "memory": memory}


def _times(runs: Mapping[str, Sequence[Callable[[], Any]]], seconds: float) -> dict[str, Numbers]:
    """The time of each run, all of them measured in turns."""
    named = {(name, k): run for name, row in runs.items() for k, run in enumerate(row)}
    times = time_together(named, seconds)
    return {name: [times[name, k] for k in range(len(row))] for name, row in runs.items()}


def most_allocated(run: Callable[[], Any]) -> int:
    """The bytes that a run holds at its peak, above those held before."""
    run()
    return peak_of(run)


def gradient_costs(
    inputs: Sequence[int], x: float = 0.7, iterations: int = 200, seconds: float = 3.0
) -> dict[str, Numbers]:
    """The time of a full gradient, in evaluations of the function.

    Parameters
    ----------
    inputs : sequence of int
        How many inputs to try, each at most ``iterations``.
    x : float, optional
        The value of every input.
    iterations : int, optional
        Of the recursive sine: the same for every number of inputs, and so is its cost.
    seconds : float, optional
        About how long to measure.

    Returns
    -------
    dict
        ``"forward"`` (one run for each input), ``"forward in lanes"`` (one run with all of them) and
        ``"reverse"``: a number for each entry of ``inputs``.
    """
    problems = [recursive_sine_problem(x, iterations, n) for n in inputs]
    cases = [(problem.f, problem.xs, len(problem.xs)) for problem in problems]
    runs = {
        "function": [partial(f, *xs) for f, xs, _ in cases],
        "forward": [partial(forward_by_dual(f, n), *xs) for f, xs, n in cases],
        "forward in lanes": [partial(_in_lanes(f, n), np.array(xs)) for f, xs, n in cases],
        "reverse": [partial(reverse_by_recording(f, n), *xs) for f, xs, n in cases],
    }
    times = _times(runs, seconds)
    function = min(times.pop("function"))  # the inputs take turns: their number makes no difference to it
    return {name: [time / function for time in row] for name, row in times.items()}


def _in_lanes(f: Callable[..., Any], inputs: int) -> Callable[..., Any]:
    return jacobian(lambda xs: f(*xs), mode="forward", chunk=inputs)


def crossover(inputs: Sequence[int], forward: Sequence[float], reverse: Sequence[float]) -> float | None:
    """The number of inputs at which both modes cost the same; None if the lines do not cross.

    Between two measurements the costs are taken as powers of the number of inputs, as they are
    drawn: straight lines between logarithms.

    Examples
    --------
    >>> from dualad.classroom.pictures import crossover
    >>> round(crossover([1, 10, 100], forward=[3, 30, 300], reverse=[12, 12, 12]), 9)
    4.0
    """
    n = np.log(inputs)
    ahead = np.log(forward) - np.log(reverse)
    for k in range(len(n) - 1):
        if ahead[k] <= 0 < ahead[k + 1]:
            return float(np.exp(n[k] + (n[k + 1] - n[k]) * -ahead[k] / (ahead[k + 1] - ahead[k])))
    return None


# ---------------------------------------------------------------- the picture

_STEPS = tuple(10.0 ** (-k / 4) for k in range(4, 65))
_ITERATIONS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_GRADIENT_ITERATIONS = 200
_INPUTS = (1, 2, 3, 5, 10, 20, 50, 100, 200)

#: Where an error of exactly zero is drawn.
_NO_ERROR = 1e-18


def draw(comparison: Comparison, path: Path) -> None:
    """Measure, and draw the four panels into a file.

    Parameters
    ----------
    comparison : Comparison
        From `compare`: the upper panels show its function, the lower ones the recursive sine.
    path : Path
        The file; its ending says which kind of picture.
    """
    with np.errstate(all="ignore"), picture(path, (16, 10), hspace=0.0) as figure:
        grid = figure.add_gridspec(4, 2)
        _draw_curves(figure.add_subplot(grid[:2, 0]), comparison.problem)
        _draw_errors(figure.add_subplot(grid[:2, 1]), comparison)
        above = figure.add_subplot(grid[2, 0])
        _draw_iterations(above, figure.add_subplot(grid[3, 0], sharex=above))
        _draw_gradient(figure.add_subplot(grid[2:, 1]))


def _draw_curves(axes: Any, problem: Problem) -> None:
    x, y, dy = curves(problem)
    at = problem.xs[0]
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.plot(x, y, color=GREY)
    axes.plot(x, dy, color=BLUE)
    axes.plot([at, at], _value_and_slope(problem, at), "o", color="black", markersize=8, zorder=3)
    axes.margins(x=0)
    axes.set(xlabel="x", title=problem.name.replace("<-", "←").rpartition("/")[2])
    label_ends(axes, [("f(x)", GREY, x, y), ("f'(x)", BLUE, x, dy)])


def _draw_errors(axes: Any, comparison: Comparison) -> None:
    errors = errors_by_step(comparison, _STEPS)
    steps = np.array(_STEPS)
    axes.set(xscale="log", yscale="log")
    for name, values in errors.items():
        axes.plot(steps, np.maximum(values, _NO_ERROR), color=COLOURS[name])
    axes.set_ylim(_NO_ERROR / 10, max(100.0, axes.get_ylim()[1]))
    axes.set_xlim(_STEPS[-1], _STEPS[0])
    axes.set(
        xlabel="step h",
        ylabel=f"{'relative' if comparison.reference.size else 'absolute'} error",
        title=f"Error of the derivative at x = {comparison.problem.xs[0]:g}",
    )
    for name, h, above in (("central difference", 1e-12, 30.0), ("complex step", 1e-13, 4.0)):
        y = errors[name][int(np.argmin(np.abs(np.log(steps / h))))]
        if math.isfinite(y):
            axes.text(h, max(y, _NO_ERROR) * above, name, color=COLOURS[name])
    ours = next(row.error for row in comparison.rows if row.key == "forward_by_dual")
    if ours is not None and math.isfinite(ours):
        line = max(ours, _NO_ERROR)
        axes.axhline(line, color=BLUE, linewidth=5, zorder=1)
        axes.text(1e-13, line / 4, "automatic differentiation (no step)", color=BLUE, va="top")
    decades(axes.xaxis, 4)
    decades(axes.yaxis, 4)


def _draw_iterations(above: Any, below: Any) -> None:
    costs = iteration_costs(_ITERATIONS)
    for axes, kind, unit, size in ((above, "time", "ms", 1e-3), (below, "memory", "kB", 1e3)):
        axes.set(xscale="log", yscale="log", ylabel=f"{kind} ({unit})")
        numbers = costs[kind].items()
        draw_lines(axes, [(name, COLOURS[name], _ITERATIONS, np.array(y) / size) for name, y in numbers])
    above.set_title("Recursive sine: time and memory")
    above.tick_params(labelbottom=False)
    below.set_xlabel("iterations")


def _draw_gradient(axes: Any) -> None:
    costs = gradient_costs(_INPUTS, iterations=_GRADIENT_ITERATIONS)
    axes.set(
        xscale="log",
        yscale="log",
        xlabel=f"inputs ({_GRADIENT_ITERATIONS} iterations)",
        ylabel="time (evaluations of the function)",
        title="Recursive sine: cost of a full gradient",
    )
    meeting = crossover(_INPUTS, costs["forward"], costs["reverse"])
    if meeting:
        axes.axvline(meeting, color="black", linewidth=1.2, linestyle=(0, (4, 3)))
        place = axes.get_xaxis_transform()
        axes.text(meeting * 1.1, 0.93, f"equal at {meeting:.1f} inputs", transform=place, va="top")
    draw_lines(axes, [(name, COLOURS[name], _INPUTS, numbers) for name, numbers in costs.items()])
