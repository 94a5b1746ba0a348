"""What the pictures share: colours, a style for a projector, the names of lines."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

#: Colours that the colour-blind can tell apart (Okabe and Ito).
BLUE, SKY, RED = "#0072B2", "#56B4E9", "#D55E00"
GREEN, PINK, ORANGE, GREY = "#009E73", "#AA4499", "#E69F00", "#555555"

#: What is drawn in each.
COLOURS = {
    "function": GREY,
    "forward": BLUE,
    "forward in lanes": SKY,
    "reverse": RED,
    "reverse with checkpoints": ORANGE,
    "central difference": PINK,
    "complex step": GREEN,
}

#: For ``matplotlib.rc_context``.
STYLE: dict[Any, Any] = {
    "font.size": 16,
    "axes.titlesize": 19,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E4E4E4",
    "axes.axisbelow": True,
    "lines.linewidth": 2.5,
    "lines.markersize": 6,
    "lines.solid_capstyle": "round",
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
}


@contextlib.contextmanager
def picture(path: Path, size: tuple[float, float], hspace: float | None = None) -> Iterator[Any]:
    """A figure, saved in the end in a file, whose ending says which kind of picture."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with matplotlib.rc_context(STYLE):
        layout = ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.15, wspace=0.05, hspace=hspace)
        figure = Figure(figsize=size, dpi=120, layout=layout)
        yield figure
        figure.savefig(path)


def draw_lines(axes: Any, lines: Sequence[tuple[str, str, Any, Any]], style: str = "-") -> None:
    """Draw lines, given as name, colour, x and y, and name each at its right end; ticks at plain numbers."""
    for _, colour, x, y in lines:
        axes.plot(x, y, style, color=colour)
    axes.set_xlim(lines[0][2][0], lines[0][2][-1])
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            plain_numbers(axis)
    label_ends(axes, lines)


def label_ends(axes: Any, lines: Sequence[tuple[str, str, Any, Any]]) -> None:
    """Name each line at its right end, in its colour, moved apart where they would overlap."""
    axes.autoscale_view()
    to_fraction = (axes.transData + axes.transAxes.inverted()).transform
    ends = []
    for name, colour, x, y in lines:
        last = np.flatnonzero(np.isfinite(y))[-1:]
        if last.size:
            ends.append([to_fraction((x[last[0]], y[last[0]]))[1], name, colour])
    ends.sort(key=lambda end: end[0])
    height = 1.3 * axes.xaxis.label.get_size() * axes.figure.dpi / 72 / axes.get_window_extent().height
    for lower, upper in itertools.pairwise(ends):
        upper[0] = max(upper[0], lower[0] + height)
    for fraction, name, colour in ends:
        axes.annotate(
            name, (1.02, fraction), xycoords="axes fraction", color=colour, va="center", annotation_clip=False
        )


def decades(axis: Any, every: int) -> None:
    """Ticks at powers of ten, every so many."""
    from matplotlib.ticker import LogLocator

    axis.set_major_locator(LogLocator(base=10.0**every, numticks=20))


def plain_numbers(axis: Any) -> None:
    """Write the numbers at a logarithmic axis as 1, 10, 100."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(numticks=20))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
