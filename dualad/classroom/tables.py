"""The comparison, and the costs, as tables in the terminal."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from typing import Any

from ..costs.report import HEADINGS, Cost, duration
from .comparison import Comparison, Row
from .counting import Tally

#: The width where there is no terminal to ask.
_WIDTH = 100

_EXPLANATION = (
    "error: {error_is}, against the reference above.  time: in evaluations of the function.",
    "numbers kept: the most that are in memory at once, inputs and results included.",
)


def print_table(comparison: Comparison, file: Any = None) -> None:
    """Print a comparison: a table in 100 columns, in colour on a terminal.

    Parameters
    ----------
    comparison : Comparison
        From `compare`.
    file : file, optional
        Where to; the default is standard output.
    """
    console = _console(file)
    for line in _above(comparison):
        console.print(line, markup=False)
    console.print(_table(comparison))
    _print_remarks(console, _below(comparison))


def print_costs(cost: Cost, file: Any = None) -> None:
    """Print what a function and its derivatives cost, with the two theorems below."""
    from rich import box
    from rich.table import Table

    console = _console(file)
    table = Table(box=box.HORIZONTALS, header_style="bold", padding=(0, 1), collapse_padding=True)
    for k, heading in enumerate(HEADINGS):
        table.add_column(heading.replace(", ", ",\n", 1), justify="right" if k else "left")
    for k, way in enumerate(cost.ways):
        table.add_row(*cost.cells(way), end_section=not k)
    console.print(table)
    _print_remarks(console, cost.sentences())


def _print_remarks(console: Any, lines: Iterable[str]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    for line in lines:
        console.print(Padding(Text(line, style="dim"), (0, 1)))


def _console(file: Any) -> Any:
    from rich.console import Console

    file = file or sys.stdout
    width = None if file.isatty() else _WIDTH
    return Console(file=file, width=width, highlight=False, force_jupyter=False)  # a notebook takes text


def _above(comparison: Comparison) -> list[str]:
    problem, reference = comparison.problem, comparison.reference
    several = len(problem.xs) > 1
    derivative = "sum of the gradient" if several else "derivative"
    digits = reference.text(reference.total)
    doubt = ""
    if reference.uncertainty is not None and reference.exists:
        doubt = f" ± {_short(abs(float(reference.total)) * reference.uncertainty)}"
    return [
        f"{problem.name}, at {'every x_i' if several else 'x'} = {problem.xs[0]!r}",
        "",
        f"value       {comparison.value!r} (one evaluation takes {duration(comparison.seconds)})",
        f"{derivative}  {digits}{doubt} ({reference.method})",
    ]


def _table(comparison: Comparison) -> Any:
    from rich import box
    from rich.table import Table

    everything = [comparison.tally, *(row.tally for row in comparison.rows)]
    others = any(tally and tally.others for tally in everything)
    table = Table(box=box.HORIZONTALS, header_style="bold", padding=(0, 1), collapse_padding=True)
    table.add_column("way")
    table.add_column("sum of gradient" if len(comparison.problem.xs) > 1 else "derivative", min_width=18)
    counts = ("+ -", "* /", "sin\ncos", *(["others"] if others else []), "numbers\nkept")
    for heading in ("error", "time", *counts):
        table.add_column(heading, justify="right")

    table.add_row("the function itself", "", "", "1.0", *_counts(comparison.tally, others), end_section=True)
    for row in comparison.rows:
        table.add_row(
            _name(row),
            "-" if row.derivative is None else repr(math.fsum(row.derivative)),
            _error(row, comparison),
            "-" if row.time is None else f"{row.time:.1f}",
            *_counts(row.tally, others),
        )
    return table


def _below(comparison: Comparison) -> list[str]:
    error_is = "relative" if comparison.reference.size else "absolute"
    lines = [line.format(error_is=error_is) for line in _EXPLANATION]
    if comparison.reference.reason:
        lines.append(f"reference: not by mpmath ({comparison.reference.reason})")
    notes: dict[str, list[str]] = {}
    for row in comparison.rows:
        if row.note:
            notes.setdefault(row.note, []).append(row.name)
    return lines + [f"{', '.join(names)}: {note}" for note, names in notes.items()]


def _name(row: Row) -> str:
    return row.name if row.step is None else f"{row.name}, h={_short(row.step)}"


def _error(row: Row, comparison: Comparison) -> str:
    if row.error is None or not math.isfinite(row.error):
        return "-"
    doubt = comparison.reference.uncertainty
    return f"< {_short(doubt)}" if doubt is not None and row.error < doubt else _short(row.error)


def _counts(tally: Tally | None, others: bool) -> list[str]:
    if tally is None:
        return ["-"] * (5 if others else 4)
    numbers = [tally.additions, tally.multiplications + tally.divisions, tally.sines_cosines]
    kept = "-" if tally.most_alive is None else tally.most_alive
    return [str(n) for n in [*numbers, *([tally.others] if others else []), kept]]


def _short(x: float) -> str:
    return f"{x:.0e}".replace("e-0", "e-") if x else "0"
