"""What a gradient costs: finite differences against reverse mode, for more and more inputs.

If a function of n inputs takes K operations, the differences

    (f(x + h e_i) - f(x)) / h,    i = 1, ..., n

take n + 1 evaluations, K (n + 1) operations. Reverse mode takes O(K): one evaluation that records,
and one sweep back. The example is Rosenbrock's function of n variables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..costs.timing import time_together
from ..gradients import grad
from .comparison import reverse_by_recording
from .counting import count
from .drawing import GREY, PINK, RED, draw_lines

#: How many inputs to try.
INPUTS = (2, 5, 10, 20, 50, 100, 200, 500, 1000)


def rosenbrock(x: Any) -> Any:
    """Rosenbrock's function: ``sum of 100 (x_(i+1) - x_i²)² + (1 - x_i)²``.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.differences import rosenbrock
    >>> float(rosenbrock(np.array([0.0, 1.0, 2.0])))
    201.0
    """
    u = x[1:] - x[:-1] * x[:-1]
    v = 1.0 - x[:-1]
    return np.sum(100.0 * u * u + v * v)


def analytic(x: Any) -> Any:
    """The gradient as one finds it on paper.

    df/dx_i = 200 (x_i - x_(i-1)²) - 400 x_i (x_(i+1) - x_i²) - 2 (1 - x_i),  without what is not there
    """
    u = x[1:] - x[:-1] * x[:-1]
    v = 1.0 - x[:-1]
    return np.append(-400.0 * x[:-1] * u - 2.0 * v, 0.0) + np.append(0.0, 200.0 * u)


def by_differences(f: Callable[[Any], Any], h: float = 2.0**-26) -> Callable[[Any], Any]:
    """The gradient by forward differences.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.differences import by_differences, rosenbrock
    >>> by_differences(rosenbrock)(np.array([0.5, 0.5])).round(3)
    array([-51.,  50.])
    """

    def gradient(x: Any) -> Any:
        y = f(x)
        partials = []
        for i in range(len(x)):
            moved = x.copy()
            moved[i] = moved[i] + h
            partials.append((f(moved) - y) / h)
        return np.stack(partials)

    return gradient


def operations(inputs: Sequence[int] = (2, 5, 10, 20, 50)) -> dict[str, list[int]]:
    """The operations of the function, and of its gradient in both ways, counted.

    Parameters
    ----------
    inputs : sequence of int, optional
        How many inputs to try.

    Returns
    -------
    dict
        For ``"function"``, ``"differences"`` and ``"reverse"`` a number for each entry of ``inputs``.

    Examples
    --------
    >>> from dualad.classroom.differences import operations
    >>> operations([10, 100])
    {'function': [71, 791], 'differences': [811, 80191], 'reverse': [215, 2375]}
    """

    def on_numbers(*xs: Any) -> Any:
        return rosenbrock(np.array(xs))

    def differences(*xs: Any) -> Any:
        return by_differences(rosenbrock)(np.array(xs))

    ways: dict[str, Callable[[int], Callable[..., Any]]] = {
        "function": lambda n: on_numbers,
        "differences": lambda n: differences,
        "reverse": lambda n: reverse_by_recording(on_numbers, n),
    }
    return {
        name: [sum(count(way(n), *[0.5] * n).operations.values()) for n in inputs]
        for name, way in ways.items()
    }


def times(inputs: Sequence[int] = INPUTS, seconds: float = 3.0) -> dict[str, list[float]]:
    """The time of the gradient in both ways, measured, in evaluations of the function.

    Parameters
    ----------
    inputs : sequence of int, optional
        How many inputs to try.
    seconds : float, optional
        About how long to measure.

    Returns
    -------
    dict
        For ``"differences"`` and ``"reverse"`` a number for each entry of ``inputs``.
    """
    ways = {"function": rosenbrock, "differences": by_differences(rosenbrock), "reverse": grad(rosenbrock)}
    points = {n: np.full(n, 0.5) for n in inputs}
    runs = {(name, n): partial(way, x) for name, way in ways.items() for n, x in points.items()}
    measured = time_together(runs, seconds)
    return {
        name: [measured[name, n] / measured["function", n] for n in inputs]
        for name in ways
        if name != "function"
    }


def draw(axes: Any, inputs: Sequence[int] = INPUTS, seconds: float = 3.0) -> None:
    """Measure, and draw the times in evaluations of the function; dotted, the n + 1 evaluations.

    Parameters
    ----------
    axes : matplotlib Axes
    inputs, seconds
        See `times`.
    """
    measured = times(inputs, seconds)
    axes.set(xscale="log", yscale="log")
    axes.plot(inputs, [n + 1 for n in inputs], ":", color=GREY)
    colours = {"differences": PINK, "reverse": RED}
    lines = [(name, colours[name], inputs, numbers) for name, numbers in measured.items()]
    axes.text(inputs[-1], 0.4 * inputs[-1], "n + 1 ", color=GREY, ha="right", va="top")
    axes.set(xlabel="inputs n", ylabel="time (evaluations)", title="Gradient of Rosenbrock's function")
    draw_lines(axes, lines)
