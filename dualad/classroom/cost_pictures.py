"""The picture of what derivatives cost, for a projector: two panels.

On the left, whether the columns or the rows of a Jacobian are cheaper, for functions of many shapes;
on the right, the memory of each mode for longer and longer loops. The first half measures and
returns plain numbers; the second half draws them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..checkpointing.checkpoints import checkpointed_loop
from ..costs.timing import time_together
from ..costs.tracing import trace
from ..costs.work import work_of
from ..derivatives import jvp
from ..gradients import grad
from ..jacobians import jacobian
from .drawing import COLOURS, draw_lines, picture
from .pictures import most_allocated
from .recursive_sine import recursive_sine

#: How many points the function of the left panel works on, whatever its inputs and outputs.
_POINTS = 4096

_ITERATIONS = 3


def shaped_sine(x: Any, outputs: int, points: int = _POINTS) -> Any:
    """The recursive sine on many points, of any number of inputs and outputs at the same cost.

    The inputs take turns as the points, and each output is the sum of a group of results.

    Examples
    --------
    >>> shaped_sine(np.ones(4), outputs=2, points=8).shape
    (2,)
    """
    z = recursive_sine(np.tile(x, points // np.size(x)), _ITERATIONS)
    return np.sum(np.reshape(z, (outputs, -1)), axis=1)


def jacobian_costs(sizes: Sequence[int], seconds: float = 3.0) -> tuple[Any, Any]:
    """How much dearer forward mode is than reverse mode, for each number of outputs and of inputs.

    Parameters
    ----------
    sizes : sequence of int
        The numbers of inputs and of outputs: divisors of 4096.
    seconds : float, optional
        About how long to measure.

    Returns
    -------
    measured, counted : array
        Forward over reverse, of the times and of the counted operations: a row for each number of
        outputs, a column for each number of inputs.
    """
    runs: dict[Any, Callable[[], Any]] = {}
    counted = np.empty((len(sizes), len(sizes)))
    for i, m in enumerate(sizes):
        f = partial(shaped_sine, outputs=m)
        for j, n in enumerate(sizes):
            x = np.linspace(0.5, 1.0, n)
            work = work_of(trace(f, x))
            counted[i, j] = work.columns(n).work / work.rows(m).work
            runs["forward", i, j] = partial(jacobian(f, mode="forward", chunk=n), x)
            runs["reverse", i, j] = partial(jacobian(f, mode="reverse", chunk=m), x)
    times = time_together(runs, seconds)
    measured = np.empty_like(counted)
    for i, j in np.ndindex(measured.shape):
        measured[i, j] = times["forward", i, j] / times["reverse", i, j]
    return measured, counted


def memory_costs(iterations: Sequence[int], points: int = 1000) -> dict[str, list[float]]:
    """The bytes that the derivative of the recursive sine holds at its peak, on many points at once.

    Parameters
    ----------
    iterations : sequence of int
        How many iterations to try.
    points : int, optional
        How many numbers the state consists of.

    Returns
    -------
    dict
        ``"forward"``, ``"reverse"`` and ``"reverse with checkpoints"``: a number for each entry of
        ``iterations``.
    """
    x = np.linspace(0.1, 0.9, points)
    ways = {
        "forward": lambda k: partial(jvp, partial(recursive_sine, iterations=k), x, np.ones(points)),
        "reverse": lambda k: partial(grad(lambda x: np.sum(recursive_sine(x, k))), x),
        "reverse with checkpoints": lambda k: partial(grad(partial(_checkpointed, k)), x),
    }
    return {name: [float(most_allocated(way(k))) for k in iterations] for name, way in ways.items()}


def _checkpointed(iterations: int, x: Any) -> Any:
    return np.sum(checkpointed_loop(_step, np.zeros(np.shape(x)), iterations, x))


def _step(z: Any, x: Any) -> Any:
    return np.sin(z * x) + x


# ---------------------------------------------------------------- the picture

_SIZES = (1, 2, 4, 8, 16, 32, 64)
_LOOPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


def draw_costs(path: Path) -> None:
    """Measure, and draw the two panels into a file, whose ending says which kind of picture."""
    with picture(path, (17, 7.5)) as figure:
        left, right = figure.subplots(1, 2)
        _draw_jacobians(left, *jacobian_costs(_SIZES))
        _draw_memory(right, memory_costs(_LOOPS))


def _draw_jacobians(axes: Any, measured: Any, counted: Any) -> None:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.lines import Line2D
    from matplotlib.patheffects import withStroke

    shades = LinearSegmentedColormap.from_list("wins", [COLOURS["forward"], "white", COLOURS["reverse"]])
    limit = math.ceil(np.max(np.abs(np.log2(measured))))
    places = np.arange(len(_SIZES))
    image = axes.imshow(
        np.log2(measured), origin="lower", cmap=shades, vmin=-limit, vmax=limit, alpha=0.85, aspect="auto"
    )
    for i in places:
        for j in places:
            number = axes.text(j, i, _times(measured[i, j]), ha="center", va="center", fontsize=14, zorder=5)
            number.set_path_effects([withStroke(linewidth=4, foreground="white", alpha=0.7)])
    equal: dict[str, tuple[Any, float]] = {"measured": ("solid", 3.5), "counted": ("dashed", 2.0)}
    for ratios, (style, width) in zip((measured, counted), equal.values(), strict=True):
        axes.contour(np.log2(ratios), levels=[0.0], colors="black", linewidths=width, linestyles=style)
    axes.grid(visible=False)
    axes.set_xticks(places, _SIZES)
    axes.set_yticks(places, _SIZES)
    axes.set(xlabel="inputs", ylabel="outputs", title="A whole Jacobian: which mode is faster?")
    ends = [-limit, 0, limit]
    bar = axes.figure.colorbar(image, ax=axes, ticks=ends, shrink=0.8, pad=0.03)
    bar.ax.set_yticklabels(
        [f"forward\n{2**limit} times\nfaster", "equal", f"reverse\n{2**limit} times\nfaster"]
    )
    bar.outline.set_visible(False)
    lines = [Line2D([], [], color="black", linestyle=s, linewidth=w) for s, w in equal.values()]
    names = [f"equally fast, {name}" for name in equal]
    axes.legend(lines, names, loc="upper center", bbox_to_anchor=(0.5, -0.11), ncol=2, frameon=False)


def _times(ratio: float) -> str:
    """How many times faster the faster of the two is."""
    faster = max(ratio, 1 / ratio)
    return f"{faster:.1f}" if faster < 9.95 else f"{faster:.0f}"


def _draw_memory(axes: Any, memory: dict[str, list[float]]) -> None:
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="iterations",
        ylabel="memory (MB)",
        title="Recursive sine on 1000 points: memory",
    )
    lines = [
        (name.replace(" with ", "\nwith "), COLOURS[name], _LOOPS, np.array(numbers) / 1e6)
        for name, numbers in memory.items()
    ]
    draw_lines(axes, lines, "o-")
