"""Graphs of functions, and what both modes do on them.

A graph is a list of `Node` in the order of their evaluation. Each edge carries the partial
derivative of its head with respect to its tail. Forward mode passes tangents along the edges,
reverse mode cotangents against them; at each node what arrives is added up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .drawing import GREY

#: Tail and head.
Edge = tuple[str, str]


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
    >>> from dualad.classroom.computational_graph import GRAPH
    >>> from dualad.classroom.graphs import evaluate
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
    >>> from dualad.classroom.computational_graph import GRAPH
    >>> from dualad.classroom.graphs import edges, evaluate
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
    >>> from dualad.classroom.computational_graph import GRAPH
    >>> from dualad.classroom.graphs import edges, evaluate, tangents
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
    >>> from dualad.classroom.computational_graph import GRAPH
    >>> from dualad.classroom.graphs import cotangents, edges, evaluate
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
