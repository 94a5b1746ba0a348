"""Several paths between two nodes: the derivative as a sum over paths, and why nobody computes it so.

The derivative of one node with respect to another is the sum, over all the paths between them, of
the products of the partial derivatives along the edges. Both modes compute that sum without
listing the paths: they add up at each node what arrives there, once for each edge.

The example is a ladder: the arithmetic-geometric mean of 1 and x,

    a, b <- (a + b) / 2, sqrt(a b)

where each rung crosses over in both directions, so that it doubles the number of paths.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from typing import Any

import numpy as np

from .counting import counted
from .drawing import BLUE, GREY, RED, label_ends, plain_numbers
from .graphs import Edge, Node, cotangents, draw_graph, edges, evaluate, tangents


def function(x: Any, rungs: int = 6) -> Any:
    """The arithmetic-geometric mean of 1 and x: the arithmetic one, after so many rungs.

    Examples
    --------
    >>> from dualad.classroom.several_paths import function
    >>> function(4.0, rungs=1)
    2.5
    """
    a, b = 1.0, x
    for _ in range(rungs):
        a, b = (a + b) / 2.0, np.sqrt(a * b)
    return a


def analytic(x: Any, rungs: int = 6) -> Any:
    """The derivative by the recurrence that one finds on paper.

    a', b' <- (a' + b') / 2, (a' b + a b') / (2 sqrt(a b))
    """
    a, b, da, db = 1.0, x, 0.0, 1.0
    for _ in range(rungs):
        root = np.sqrt(a * b)
        da, db = (da + db) / 2.0, (da * b + a * db) / (2.0 * root)
        a, b = (a + b) / 2.0, root
    return da


def ladder(rungs: int = 6) -> list[Node]:
    """The graph of the function: ``x``, then ``a1, b1, a2, b2, ...``.

    Examples
    --------
    >>> from dualad.classroom.several_paths import ladder
    >>> [node.name for node in ladder(2)]
    ['x', 'a1', 'b1', 'a2', 'b2']
    """
    first = [
        Node("x", "$x$"),
        Node("a1", "$a_1$", ("x",), lambda x: (1.0 + x) / 2.0, (lambda y, x: 0.5,)),
        Node("b1", "$b_1$", ("x",), np.sqrt, (lambda y, x: 0.5 / y,)),
    ]
    return first[: 1 + 2 * rungs] + [node for i in range(2, rungs + 1) for node in _rung(i)]


def _rung(i: int) -> tuple[Node, Node]:
    above = f"a{i - 1}", f"b{i - 1}"
    halves = (lambda y, a, b: 0.5,) * 2
    of_root = (lambda y, a, b: 0.5 * b / y, lambda y, a, b: 0.5 * a / y)
    return (
        Node(f"a{i}", f"$a_{{{i}}}$", above, lambda a, b: (a + b) / 2.0, halves),
        Node(f"b{i}", f"$b_{{{i}}}$", above, lambda a, b: np.sqrt(a * b), of_root),
    )


# ---------------------------------------------------------------- paths


def paths(graph: Sequence[Node], start: str, end: str) -> Iterator[tuple[str, ...]]:
    """All paths from one node to another, each as the names of its nodes.

    Examples
    --------
    >>> from dualad.classroom.computational_graph import GRAPH
    >>> from dualad.classroom.several_paths import paths
    >>> sorted(" ".join(path) for path in paths(GRAPH, "v1", "v7"))
    ['v1 v3 v4 v5 v6 v7', 'v1 v3 v4 v7', 'v1 v5 v6 v7']
    """
    parents = {node.name: dict.fromkeys(node.parents) for node in graph}
    todo: list[tuple[str, ...]] = [(end,)]
    while todo:
        path = todo.pop()
        if path[0] == start:
            yield path
        else:
            todo += [(parent, *path) for parent in parents[path[0]]]


def count_paths(graph: Sequence[Node], start: str, end: str) -> int:
    """The number of paths from one node to another, without listing them.

    It is forward mode with every partial 1.

    Examples
    --------
    >>> from dualad.classroom.several_paths import count_paths, ladder
    >>> count_paths(ladder(100), "x", "a100")
    633825300114114700748351602688
    """
    counts: dict[str, int] = {}
    for node in graph:
        counts[node.name] = (node.name == start) + sum(counts[p] for p in dict.fromkeys(node.parents))
    return counts[end]


def sum_over_paths(graph: Sequence[Node], partials: Mapping[Edge, Any], start: str, end: str) -> Any:
    """The derivative of one node with respect to another: over all paths, the products along the edges.

    Parameters
    ----------
    graph : sequence of Node
        In the order of their evaluation.
    partials : mapping
        The partial derivative on each edge, from `edges`.
    start, end : str
        The names of the nodes.

    Examples
    --------
    >>> from dualad.classroom.computational_graph import GRAPH
    >>> from dualad.classroom.graphs import edges, evaluate
    >>> from dualad.classroom.several_paths import sum_over_paths
    >>> float(sum_over_paths(GRAPH, edges(GRAPH, evaluate(GRAPH, 0.0, 4.0)), "v1", "v7"))
    13.0
    """
    return sum(_along(path, partials) for path in paths(graph, start, end))


def _along(path: tuple[str, ...], partials: Mapping[Edge, Any]) -> Any:
    return reduce(operator.mul, [partials[edge] for edge in pairwise(path)]) if len(path) > 1 else 1.0


def operations(rungs: int) -> dict[str, dict[str, int]]:
    """What the derivative of the ladder takes, counted while it is computed.

    Parameters
    ----------
    rungs : int

    Returns
    -------
    dict
        For ``"sum over paths"``, ``"forward"`` and ``"reverse"`` the numbers of ``"multiplications"``
        and ``"additions"``. The partial derivatives themselves, which all three need, are not counted.

    Examples
    --------
    >>> from dualad.classroom.several_paths import operations
    >>> counts = operations(10)
    >>> counts["sum over paths"]["multiplications"], counts["forward"]["multiplications"]
    (4608, 38)
    """
    graph = ladder(rungs)
    end = f"a{rungs}"
    plain = edges(graph, evaluate(graph, 2.0))
    ways = {
        "sum over paths": lambda partials: sum_over_paths(graph, partials, "x", end),
        "forward": lambda partials: tangents(graph, partials, {"x": 1.0})[end],
        "reverse": lambda partials: cotangents(graph, partials, {end: 1.0})["x"],
    }
    counts = {}
    for name, way in ways.items():
        number = counted()
        way({edge: number(partial) for edge, partial in plain.items()})
        counts[name] = {kind: number.tally.operations[kind] for kind in ("multiplications", "additions")}
    return counts


# ---------------------------------------------------------------- pictures


def draw(axes: Any, rungs: int = 5) -> None:
    """Draw the ladder, with the number of paths that lead from x to each node.

    Parameters
    ----------
    axes : matplotlib Axes
        Wide: for each rung about half of the height.
    rungs : int, optional
    """
    graph = ladder(rungs)
    places = {"x": (0.0, 0.0)}
    for i in range(1, rungs + 1):
        places |= {f"a{i}": (float(i), 0.8), f"b{i}": (float(i), -0.8)}
    draw_graph(axes, graph, places, {(tail, node.name): "" for node in graph for tail in node.parents})
    for name, (x, y) in list(places.items())[1:]:
        many = count_paths(graph, "x", name)
        text = f"{many} path{'s' * (many > 1)}"
        axes.text(x, y + (-0.5 if y < 0 else 0.5), text, color=RED, ha="center", va="center")


def draw_operations(axes: Any, rungs: int = 12) -> None:
    """Draw the counted multiplications against the number of rungs.

    Parameters
    ----------
    axes : matplotlib Axes
    rungs : int, optional
        The largest number of rungs.
    """
    many = range(2, rungs + 1)
    counts = [operations(n) for n in many]
    lines = []
    for name, label, colour in (
        ("sum over paths", "sum over\npaths", GREY),
        ("forward", "forward", BLUE),
        ("reverse", "reverse", RED),
    ):
        numbers = [count[name]["multiplications"] for count in counts]
        axes.plot(many, numbers, "--" if name == "reverse" else "-", color=colour)
        lines.append((label, colour, many, numbers))
    axes.set_yscale("log")
    axes.margins(x=0)
    axes.set(xlabel="rungs", ylabel="multiplications", title="Derivative along a ladder of paths")
    plain_numbers(axes.yaxis)
    label_ends(axes, lines)
