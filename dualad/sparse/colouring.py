"""Colourings: which columns may share a direction, so that a few sweeps give all entries.

Two columns may have the same colour if no row has entries in both of them: then each entry of the
product with a seed is an entry of one column [1]_. A symmetric matrix needs less: of each pair of
mirrored entries one must be found, and a star colouring of its graph does that [2]_.

Greedy colourings depend on the order of the columns. The columns as they stand come first; if that takes
more colours than the fullest row has entries, of which no colouring takes fewer, a lattice is looked for,
and then other orders are tried (`orders`). What is best is coloured again class by class, which never
takes more colours [3]_.

.. [1] A. R. Curtis, M. J. D. Powell, J. K. Reid, J. Inst. Math. Appl. 13, 117 (1974).
.. [2] A. H. Gebremedhin, F. Manne, A. Pothen, SIAM Review 47, 629 (2005), algorithm 4.1 and section 4.3.
.. [3] J. C. Culberson, Iterated greedy graph coloring and the difficulty landscape, TR 92-07, University of
   Alberta (1992), lemma 4.1.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from ._arrays import entries_of, row_numbers, scipy_sparse
from .orders import Near, orders

#: Up to how many pairs of columns that meet in a row are kept; of more, they are found again at each look.
_MANY_PAIRS = 10**8

#: How often the best colouring is coloured again.
_AGAIN = 6


def number_of_colours(colours: Any) -> int:
    """How many there are; -1 stands for a column without entries, which needs none."""
    return int(colours.max(initial=-1)) + 1


def greedy(pattern: Any, order: Any = None) -> Any:
    """The colours of columns, each the first one that fits, in an order (default: as they stand)."""
    from scipy.optimize._numdiff import group_columns  # compiled; what SciPy's own differences use

    n = pattern.shape[1]
    if not pattern.nnz:
        return np.full(n, -1)
    empty = np.bincount(pattern.indices, minlength=n) == 0
    colours = np.asarray(group_columns(pattern, np.arange(n) if order is None else order), dtype=np.intp)
    colours[empty] = -1
    return colours


def coloured_columns(pattern: Any) -> Any:
    """The best of several greedy colourings of the columns of a CSR array; -1 for empty columns."""
    bound = np.diff(pattern.indptr).max(initial=0)
    best = greedy(pattern)
    for colours in _others(pattern, bound, number_of_colours(best)):
        best = min(best, colours, key=number_of_colours)
        if number_of_colours(best) == bound:
            return best
    for _ in range(_AGAIN if number_of_colours(best) > bound else 0):
        best = greedy(pattern, np.argsort(-best, kind="stable"))  # the last class first
    return best


def _others(pattern: Any, bound: int, most: int) -> Iterator[Any]:
    """Other colourings than that of the columns as they stand, if that takes more colours than ``bound``."""
    if most == bound:
        return
    colours = on_a_lattice(pattern, most)
    if colours is not None:
        yield colours
    for order in orders(*_meeting(pattern)):
        yield greedy(pattern, order)


# ---------------------------------------------------------------- graphs


def _pairs(pattern: Any) -> float:
    """How many pairs of columns meet, each counted as often as it does."""
    counts = np.diff(pattern.indptr).astype(float)
    return float(counts @ counts)


def _meeting(pattern: Any) -> tuple[Near, Any]:
    """The columns that meet a column in some row, and how many they are, with itself."""
    if _pairs(pattern) <= _MANY_PAIRS:
        return _near(pattern.T @ pattern)
    by_columns = pattern.tocsc()

    def near(v: int) -> Any:
        rows = by_columns.indices[by_columns.indptr[v] : by_columns.indptr[v + 1]]
        return np.unique(pattern.indices[entries_of(pattern.indptr, rows)[0]])

    return near, np.array([len(near(v)) for v in range(pattern.shape[1])], dtype=np.intp)


def _near(graph: Any) -> tuple[Near, Any]:
    """The neighbours of each vertex, and how many there are."""
    graph = scipy_sparse("a colouring").csr_array(graph)
    indptr, indices = graph.indptr, graph.indices
    return lambda v: indices[indptr[v] : indptr[v + 1]], np.diff(indptr)


def _without_diagonal(matrix: Any) -> Any:
    sparse = scipy_sparse("a colouring")
    matrix = sparse.coo_array(matrix)
    row, column = matrix.coords
    off = row != column
    ones = np.ones(np.count_nonzero(off), bool)
    return sparse.csr_array((ones, (row[off], column[off])), shape=matrix.shape)


# ---------------------------------------------------------------- lattices

#: How many strides are looked at, and how many rows before all of them.
_STRIDES, _ROWS = 24, 30


def on_a_lattice(pattern: Any, most: int) -> Any:
    """A colouring with less than so many colours, if the columns are the points of a lattice.

    Points that are counted through row by row, and plane by plane, have the coordinates ``j // stride``.
    A stencil is the same everywhere, so a sum of multiples of these, modulo the number of colours, may do,
    as ``x + 2 * y`` modulo 5 does for a point and its four neighbours. None if none is found.
    """
    counts = np.diff(pattern.indptr)
    bound = int(counts.max(initial=0))
    fullest = np.flatnonzero(counts == bound)
    some = fullest[np.linspace(0, len(fullest) - 1, _ROWS).astype(np.intp)]
    rows = [np.sort(pattern.indices[entries_of(pattern.indptr, some[i : i + 1])[0]]) for i in range(_ROWS)]
    middle = rows[_ROWS // 2]
    strides = np.unique(np.abs(middle[:, None] - middle))[1:]  # without 0
    if len(strides) > _STRIDES:
        return None
    numbers = np.arange(pattern.shape[1])
    for k in range(bound, min(most, 2 * bound)):
        every = np.stack(np.divmod(np.arange(k * k), k), axis=1)
        for pair in itertools.combinations(strides, 2):
            factors = every
            for row in [middle, *rows]:
                factors = factors[_apart(_coordinates(row, pair, factors, k))]
                if not len(factors):
                    break
            for factor in factors[:1]:
                (colours,) = _coordinates(numbers, pair, factor[None], k)
                if _is_colouring(pattern, colours):
                    colours[np.bincount(pattern.indices, minlength=len(colours)) == 0] = -1
                    return colours
    return None


def _coordinates(columns: Any, pair: Any, factors: Any, k: int) -> Any:
    """For each two factors the sums modulo ``k`` of multiples of the coordinates."""
    a, b = factors[:, :1], factors[:, 1:]
    return (columns + a * (columns // pair[0]) + b * (columns // pair[1])) % k


def _apart(colours: Any) -> Any:
    """In which lines all colours are different."""
    return (np.diff(np.sort(colours, axis=1), axis=1) > 0).all(axis=1)


def _is_colouring(pattern: Any, colours: Any) -> bool:
    """Whether the columns of each row have different colours: whether bits add up as they join."""
    bits = np.left_shift(1, colours[pattern.indices])
    starts = pattern.indptr[:-1][np.diff(pattern.indptr) > 0]
    return bool(np.array_equal(np.add.reduceat(bits, starts), np.bitwise_or.reduceat(bits, starts)))


# ---------------------------------------------------------------- symmetric matrices


def star_coloured(pattern: Any) -> Any:
    """A star colouring of the rows and columns of a symmetric CSR array; -1 for empty ones.

    A colouring of the columns serves as well, and is kept if it has the fewest colours. With the
    diagonal, vertices of one of its colours are never within two steps of each other: they do not
    see each other's colours and are coloured at once. Vertex by vertex, in the orders of `orders`,
    may take fewer.
    """
    columns = coloured_columns(pattern)
    graph = _without_diagonal(pattern)
    degrees = np.diff(graph.indptr)
    alone = (degrees == 0) & (columns >= 0)
    # An edge between two vertices that both have another one: no star, so two colours do not do.
    both = (degrees[row_numbers(graph.indptr)] > 1) & (degrees[graph.indices] > 1)
    bound = 3 if both.any() else 2 if graph.nnz else 1
    best = columns
    if number_of_colours(best) > bound:
        for batches in _batches(graph, columns if pattern.nnz == graph.nnz + len(degrees) else None):
            colours = _stars(graph, batches)
            colours[alone] = 0
            colours[columns < 0] = -1
            best = min(best, colours, key=number_of_colours)
            if number_of_colours(best) <= bound:
                break
    return best


def _batches(graph: Any, columns: Any) -> Iterator[Iterable[Any]]:
    """Batches of vertices that may be coloured at once, for each order.

    ``columns`` are the colours of the columns of the graph with its diagonal, if they are known.
    """
    sparse = scipy_sparse("a colouring")
    near = sparse.csr_array(graph + sparse.eye_array(graph.shape[0], dtype=bool))
    if columns is None:
        columns = coloured_columns(near)
    yield [np.flatnonzero(columns == c) for c in range(number_of_colours(columns))]
    reach = near @ near if _pairs(near) <= _MANY_PAIRS else None
    for order in orders(*_near(graph)):
        yield order.reshape(-1, 1) if reach is None else _levels(reach, order)


def _levels(reach: Any, order: Any) -> Iterator[Any]:
    """Vertex by vertex in an order, but at once those that wait for none of ``reach`` before them."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    rows = row_numbers(reach.indptr)
    later = rank[rows] < rank[reach.indices]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows[later], minlength=len(order)))])
    after = reach.indices[later]
    waits = np.bincount(after, minlength=len(order))
    batch = np.flatnonzero(waits == 0)
    while len(batch):
        yield batch
        near = after[entries_of(indptr, batch)[0]]
        np.subtract.at(waits, near, 1)
        batch = np.unique(near[waits[near] == 0])


def _stars(graph: Any, batches: Iterable[Any]) -> Any:
    """Greedy star colouring, the vertices of a batch at once: no two of them are within two steps."""
    indptr, neighbours = graph.indptr, graph.indices
    colours = np.full(graph.shape[0], -1)
    for batch in batches:
        near, of_near = entries_of(indptr, batch)
        w = neighbours[near]
        far, of_far = entries_of(indptr, w)
        x = neighbours[far]
        # Forbidden: the colour of a neighbour w, and that of its neighbour x unless w's is smaller.
        is_coloured = colours[w] >= 0
        smaller = (colours[x] < colours[w][of_far]) | ~is_coloured[of_far]
        bad = (colours[x] >= 0) & smaller & (x != batch[of_near][of_far])
        which = np.concatenate([of_near[is_coloured], of_near[of_far][bad]])
        taken = np.concatenate([colours[w][is_coloured], colours[x][bad]])
        colours[batch] = _least_missing(which, taken, len(batch))
    return colours


def _least_missing(which: Any, taken: Any, count: int) -> Any:
    """For each of ``count`` vertices the least colour that is not among those taken from it."""
    if not len(which):
        return np.zeros(count, dtype=np.intp)
    base = int(taken.max()) + 1
    which, taken = np.divmod(np.unique(which * base + taken), base)
    starts = np.searchsorted(which, np.arange(count))
    in_line = taken == np.arange(len(which)) - starts[which]  # 0, 1, 2, ... up to the first gap
    return np.bincount(which[in_line], minlength=count)
