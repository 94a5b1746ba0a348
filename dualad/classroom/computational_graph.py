"""The graph of a function, node by node.

    theta2 exp(theta1) sqrt(theta1 + theta2 exp(theta1))

has seven nodes: two inputs and five operations. The traces are tables of what forward and reverse
mode compute at each of them; `draw` draws the graph with these numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from .drawing import BLUE, RED
from .graphs import Node, cotangents, draw_graph, edges, evaluate, tangents


def function(theta1: Any, theta2: Any) -> Any:
    """The lecture's function, which computes ``theta2 exp(theta1)`` once.

    Examples
    --------
    >>> from dualad.classroom.computational_graph import function
    >>> function(0.0, 1.0)
    np.float64(1.0)
    """
    u = theta2 * np.exp(theta1)
    return u * np.sqrt(theta1 + u)


def analytic_gradient(theta1: Any, theta2: Any) -> tuple[Any, Any]:
    """The gradient as one finds it on paper, with ``u = theta2 exp(theta1)`` and ``r = sqrt(theta1 + u)``.

    df/dtheta1 = u r + u (1 + u) / (2 r)
    df/dtheta2 = exp(theta1) (r + u / (2 r))
    """
    u = theta2 * np.exp(theta1)
    r = np.sqrt(theta1 + u)
    return u * r + u * (1.0 + u) / (2.0 * r), np.exp(theta1) * (r + u / (2.0 * r))


def _product(name: str, a: str, b: str) -> Node:
    partials = (lambda y, a, b: b, lambda y, a, b: a)
    return Node(name, r"$\times$", (a, b), np.multiply, partials, f"{a} {b}", (b, a))


#: The lecture's graph.
GRAPH = (
    Node("v1", r"$\theta_1$", formula="theta1"),
    Node("v2", r"$\theta_2$", formula="theta2"),
    Node("v3", "exp", ("v1",), np.exp, (lambda y, x: y,), "exp(v1)", ("v3",)),
    _product("v4", "v2", "v3"),
    Node("v5", "$+$", ("v1", "v4"), np.add, (lambda y, a, b: 1.0,) * 2, "v1 + v4", ("1", "1")),
    Node("v6", r"$\sqrt{\,}$", ("v5",), np.sqrt, (lambda y, x: 1.0 / (2.0 * y),), "sqrt(v5)", ("1/(2 v6)",)),
    _product("v7", "v4", "v6"),
)


# ---------------------------------------------------------------- the trace


class Step(NamedTuple):
    """One row of a trace: a node, its value, and its tangent or cotangent with the rule for it."""

    node: str
    formula: str
    value: float
    rule: str
    derivative: float


def forward_trace(theta1: float, theta2: float, direction: tuple[float, float] = (1.0, 0.0)) -> list[Step]:
    """The values and tangents of the lecture's graph, from the inputs to the output.

    Parameters
    ----------
    theta1, theta2 : float
        The point.
    direction : pair of float, optional
        The tangents of the two inputs. Default: the derivative with respect to ``theta1``.

    Returns
    -------
    list of Step

    Examples
    --------
    >>> from dualad.classroom.computational_graph import forward_trace
    >>> forward_trace(0.0, 4.0)[3]
    Step(node='v4', formula='v2 v3', value=4.0, rule='v3 dv2 + v2 dv3', derivative=4.0)
    """
    values = evaluate(GRAPH, theta1, theta2)
    seeds = dict(zip(("v1", "v2"), direction, strict=True))
    found = tangents(GRAPH, edges(GRAPH, values), seeds)
    steps = []
    for node in GRAPH:
        terms = [_term(rule, f"d{p}") for p, rule in zip(node.parents, node.rules, strict=True)]
        steps.append(_step(node, values, " + ".join(terms) or "seed", found))
    return steps


def reverse_trace(theta1: float, theta2: float) -> list[Step]:
    """The values and cotangents of the lecture's graph, from the output to the inputs.

    Parameters
    ----------
    theta1, theta2 : float
        The point.

    Returns
    -------
    list of Step

    Examples
    --------
    >>> from dualad.classroom.computational_graph import reverse_trace
    >>> reverse_trace(0.0, 4.0)[3]
    Step(node='v4', formula='v2 v3', value=4.0, rule='v6 v7_bar + v5_bar', derivative=3.0)
    """
    values = evaluate(GRAPH, theta1, theta2)
    found = cotangents(GRAPH, edges(GRAPH, values), {GRAPH[-1].name: 1.0})
    steps = []
    for node in reversed(GRAPH):
        terms = [
            _term(rule, f"{child.name}_bar")
            for child in reversed(GRAPH)
            for parent, rule in zip(child.parents, child.rules, strict=True)
            if parent == node.name
        ]
        steps.append(_step(node, values, " + ".join(terms) or "seed", found))
    return steps


def _term(rule: str, derivative: str) -> str:
    return derivative if rule == "1" else f"{rule} {derivative}"


def _step(node: Node, values: Mapping[str, Any], rule: str, found: Mapping[str, Any]) -> Step:
    return Step(node.name, node.formula, float(values[node.name]), rule, float(found[node.name]))


def print_trace(theta1: float, theta2: float, file: Any = None) -> None:
    """Print both traces as tables: forward along each input, and reverse.

    Parameters
    ----------
    theta1, theta2 : float
        The point.
    file : file, optional
        Where to; the default is standard output.
    """
    from rich.console import Console

    file = file or sys.stdout
    width = None if file.isatty() else 80
    console = Console(file=file, width=width, highlight=False, force_jupyter=False)  # a notebook takes text
    along = {
        "forward, d/dtheta1": forward_trace(theta1, theta2),
        "forward, d/dtheta2": forward_trace(theta1, theta2, (0.0, 1.0)),
        "reverse": reverse_trace(theta1, theta2),
    }
    for title, steps in along.items():
        console.print(_table(title, steps))


def _table(title: str, steps: Sequence[Step]) -> Any:
    from rich import box
    from rich.table import Table

    kind = "cotangent" if title == "reverse" else "tangent"
    table = Table(title=title, title_justify="left", box=box.HORIZONTALS, header_style="bold", min_width=64)
    for heading in ("node", "formula"):
        table.add_column(heading)
    table.add_column("value", justify="right")
    table.add_column(f"{kind} by")
    table.add_column(kind, justify="right")
    for step in steps:
        table.add_row(step.node, step.formula, f"{step.value:.6g}", step.rule, f"{step.derivative:.6g}")
    return table


# ---------------------------------------------------------------- the drawing

#: Where the nodes of the lecture's graph stand, so that no two edges cross; and where their numbers.
_PLACES = {
    "v1": (0.0, 1.0),
    "v2": (0.0, -1.0),
    "v3": (1.0, 0.0),
    "v4": (2.0, -1.0),
    "v5": (3.0, 1.0),
    "v6": (4.0, 1.0),
    "v7": (5.0, -1.0),
}
_ABOVE, _BELOW, _RIGHT = (0.0, 0.45), (0.0, -0.45), (0.26, 0.2)
_LINE = 0.3  # from a line to the next
_NUMBERS = (
    dict.fromkeys(("v1", "v5", "v6"), _ABOVE) | dict.fromkeys(("v2", "v4", "v7"), _BELOW) | {"v3": _RIGHT}
)


def draw(axes: Any, theta1: float, theta2: float, mode: str = "reverse") -> None:
    """Draw the lecture's graph: values and derivatives beside the nodes, partials on the edges.

    Parameters
    ----------
    axes : matplotlib Axes
        Wide: about two and a half times as wide as high.
    theta1, theta2 : float
        The point.
    mode : {"reverse", "forward"}, optional
        What stands below the values: cotangents, or tangents with respect to ``theta1``.
    """
    values = evaluate(GRAPH, theta1, theta2)
    partials = edges(GRAPH, values)
    if mode == "forward":
        steps, colour, mark = forward_trace(theta1, theta2), BLUE, r"\dot"
    elif mode == "reverse":
        steps, colour, mark = reverse_trace(theta1, theta2), RED, r"\bar"
    else:
        raise InputError(f"mode={mode!r} is neither drawn; take mode='forward' or mode='reverse'")
    draw_graph(axes, GRAPH, _PLACES, {edge: f"{partial:.3g}" for edge, partial in partials.items()})
    for step in steps:
        (x, y), (dx, dy) = _PLACES[step.node], _NUMBERS[step.node]
        number = step.node[1:]
        texts = rf"$v_{number} = {step.value:.3g}$", rf"${mark}{{v}}_{number} = {step.derivative:.3g}$"
        first = y + dy + (_LINE if dy > 0.2 else 0.0)
        align = {"ha": "left" if dx else "center", "va": "center"}
        axes.text(x + dx, first, texts[0], **align)
        axes.text(x + dx, first - _LINE, texts[1], color=colour, **align)
