"""The graph of a function, and what both modes do on it, node by node.

    theta2 exp(theta1) sqrt(theta1 + theta2 exp(theta1))

has seven nodes: two inputs and five operations. Each edge carries the partial derivative of its
head with respect to its tail. Forward mode passes tangents along the edges, reverse mode
cotangents against them. The functions here take any graph, as a list of `Node` in the order of
their evaluation; ``GRAPH`` is the lecture's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..errors import InputError
from .drawing import BLUE, GREY, RED

__all__ = [
    "GRAPH",
    "Node",
    "Step",
    "analytic_gradient",
    "cotangents",
    "draw",
    "draw_graph",
    "edges",
    "evaluate",
    "forward_trace",
    "function",
    "print_trace",
    "reverse_trace",
    "tangents",
]

Edge = tuple[str, str]


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


# ---------------------------------------------------------------- graphs


@dataclass(frozen=True, slots=True)
class Node:
    """One operation of a graph, or an input.

    Attributes
    ----------
    name : str
        What others call it.
    symbol : str
        What is drawn into its circle.
    parents : tuple of str
        The names of its arguments; none for an input.
    function : callable or None
        Its value, of the values of its arguments.
    partials : tuple of callable
        For each argument the partial derivative, of its own value and those of its arguments.
    formula : str
        Its value, for people.
    rules : tuple of str
        The partials, for people.
    """

    name: str
    symbol: str
    parents: tuple[str, ...] = ()
    function: Callable[..., Any] | None = None
    partials: tuple[Callable[..., Any], ...] = ()
    formula: str = ""
    rules: tuple[str, ...] = ()


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


def evaluate(graph: Sequence[Node], *inputs: Any) -> dict[str, Any]:
    """The value of each node.

    Parameters
    ----------
    graph : sequence of Node
        In the order of their evaluation.
    *inputs : float or array
        The values of the nodes without parents, in their order.

    Examples
    --------
    >>> from dualad.classroom.computational_graph import GRAPH, evaluate
    >>> {name: float(value) for name, value in evaluate(GRAPH, 0.0, 4.0).items()}
    {'v1': 0.0, 'v2': 4.0, 'v3': 1.0, 'v4': 4.0, 'v5': 4.0, 'v6': 2.0, 'v7': 8.0}
    """
    waiting = iter(inputs)
    values: dict[str, Any] = {}
    for node in graph:
        arguments = [values[parent] for parent in node.parents]
        values[node.name] = next(waiting) if node.function is None else node.function(*arguments)
    return values


def edges(graph: Sequence[Node], values: Mapping[str, Any]) -> dict[Edge, Any]:
    """The partial derivative on each edge (tail, head); edges between the same two nodes are added up.

    Examples
    --------
    >>> from dualad.classroom.computational_graph import GRAPH, edges, evaluate
    >>> partials = edges(GRAPH, evaluate(GRAPH, 0.0, 4.0))
    >>> float(partials["v4", "v7"]), float(partials["v5", "v6"])
    (2.0, 0.25)
    """
    found: dict[Edge, Any] = {}
    for node in graph:
        arguments = [values[parent] for parent in node.parents]
        for parent, partial in zip(node.parents, node.partials, strict=True):
            edge = parent, node.name
            found[edge] = found.get(edge, 0.0) + partial(values[node.name], *arguments)
    return found


def tangents(graph: Sequence[Node], partials: Mapping[Edge, Any], seeds: Mapping[str, Any]) -> dict[str, Any]:
    """Forward mode: the tangent of each node, the sum over its incoming edges of partial times tangent.

    Examples
    --------
    >>> from dualad.classroom.computational_graph import GRAPH, edges, evaluate, tangents
    >>> partials = edges(GRAPH, evaluate(GRAPH, 0.0, 4.0))
    >>> float(tangents(GRAPH, partials, {"v1": 1.0})["v7"])
    13.0
    """
    found: dict[str, Any] = {}
    for node in graph:
        parents = dict.fromkeys(node.parents)
        found[node.name] = sum(
            (partials[parent, node.name] * found[parent] for parent in parents), seeds.get(node.name, 0.0)
        )
    return found


def cotangents(
    graph: Sequence[Node], partials: Mapping[Edge, Any], seeds: Mapping[str, Any]
) -> dict[str, Any]:
    """Reverse mode: the cotangent of each node, the sum over its outgoing edges, from the last node on.

    Examples
    --------
    >>> from dualad.classroom.computational_graph import GRAPH, cotangents, edges, evaluate
    >>> partials = edges(GRAPH, evaluate(GRAPH, 0.0, 4.0))
    >>> bars = cotangents(GRAPH, partials, {"v7": 1.0})
    >>> float(bars["v1"]), float(bars["v2"])
    (13.0, 3.0)
    """
    found = {node.name: seeds.get(node.name, 0.0) for node in graph}
    for node in reversed(graph):
        for parent in dict.fromkeys(node.parents):
            found[parent] = found[parent] + partials[parent, node.name] * found[node.name]
    return found


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
    console = Console(file=file, width=None if file.isatty() else 80, highlight=False)
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


def draw_graph(
    axes: Any, graph: Sequence[Node], places: Mapping[str, tuple[float, float]], labels: Mapping[Edge, str]
) -> None:
    """Draw circles with the symbols of the nodes, and arrows with labels.

    Parameters
    ----------
    axes : matplotlib Axes
    graph : sequence of Node
    places : mapping
        For each name of a node where its centre is; 1 is the distance of neighbours.
    labels : mapping
        For each edge (tail, head) what is written at its middle, or "".
    """
    symbols = {node.name: node.symbol for node in graph}
    for (tail, head), label in labels.items():
        axes.annotate(
            "",
            places[head],
            places[tail],
            arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.8, "shrinkA": 22, "shrinkB": 22},
        )
        if not label:
            continue
        (x0, y0), (x1, y1) = places[tail], places[head]
        background = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        middle = (x0 + x1) / 2, (y0 + y1) / 2
        axes.text(*middle, label, ha="center", va="center", color=GREY, fontsize="small", bbox=background)
    for name, (x, y) in places.items():
        axes.plot(x, y, "o", markersize=40, color="white", markeredgecolor="black", markeredgewidth=1.8)
        axes.text(x, y, symbols[name], ha="center", va="center", zorder=5)
    xs, ys = zip(*places.values(), strict=True)
    axes.set(xlim=(min(xs) - 0.7, max(xs) + 0.7), ylim=(min(ys) - 1.0, max(ys) + 1.0))
    axes.set_axis_off()
