"""Orders in which the vertices of a graph are coloured, each vertex with the first colour that fits.

Largest first, smallest last and by incidence degree [1]_, and by saturation [2]_. A graph is here a function
from a vertex to the array of its neighbours, which may have the vertex itself in it.

.. [1] A. H. Gebremedhin, F. Manne, A. Pothen, SIAM Review 47, 629 (2005), section 5.1.
.. [2] D. Brélaz, Communications of the ACM 22, 251 (1979).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Near = Callable[[int], Any]

#: With more neighbours than this on average, a vertex's are gone through by NumPy and not one by one.
_MANY_NEIGHBOURS = 100

#: Up to how many pairs of neighbours the order by saturation, six times as slow as the others, is tried.
_SOME_PAIRS = 4 * 10**5


def orders(near: Near, degrees: Any) -> Iterator[Any]:
    """The orders of the vertices of a graph; that by saturation of a small one only."""
    yield np.argsort(-degrees, kind="stable")
    pairs, most = int(degrees.sum()), int(degrees.max(initial=0))
    least_first = _by_numpy if pairs > _MANY_NEIGHBOURS * len(degrees) else _by_buckets
    yield least_first(near, degrees, most)[::-1].copy()
    yield least_first(near, np.zeros_like(degrees), most)
    if pairs <= _SOME_PAIRS:
        yield _most_saturated(near, degrees)


# Take the vertex of the least key, which lowers the keys of its neighbours by one, and so on.
#
# With the degrees as keys this is, backwards, "smallest last": each vertex has the least degree among
# those not yet taken. With zeros each has the most neighbours taken: "incidence degree".


def _by_buckets(near: Near, keys: Any, most: int) -> Any:
    """The order of least keys, of which none goes below ``-most``.

    Of equal ones the vertex is taken whose key was lowered last.
    """
    keys = (keys + most).tolist()
    buckets: list[list[int]] = [[] for _ in range(max(keys, default=0) + 1)]
    for v in range(len(keys) - 1, -1, -1):
        buckets[keys[v]].append(v)
    taken = [False] * len(keys)
    order: list[int] = []
    at = 0
    while len(order) < len(keys):
        if not buckets[at]:
            at += 1
            continue
        v = buckets[at].pop()
        if taken[v] or keys[v] != at:  # it has gone to another bucket since
            continue
        taken[v] = True
        order.append(v)
        for w in near(v).tolist():
            if not taken[w]:
                keys[w] = key = keys[w] - 1
                buckets[key].append(w)
        at = max(at - 1, 0)
    return np.array(order, dtype=np.intp)


def _by_numpy(near: Near, keys: Any, _: int) -> Any:
    """The order of least keys; of equal ones the first vertex is taken.

    The least key of each block of the vertices is kept, so that finding the least and lowering those of the
    neighbours are a few calls on arrays as long as the root of the number of vertices.
    """
    n = len(keys)
    side = int(np.ceil(np.sqrt(n)))
    never = np.iinfo(np.int64).max // 2
    padded = np.full(side * side, never)
    padded[:n] = keys
    blocks = padded.reshape(side, side)
    least = blocks.min(axis=1)
    order = np.empty(n, dtype=np.intp)
    for i in range(n):
        block = int(least.argmin())
        v = order[i] = block * side + int(blocks[block].argmin())
        padded[v] = never
        least[block] = blocks[block].min()
        w = near(v)
        w = w[padded[w] < never]
        padded[w] -= 1
        np.minimum.at(least, w // side, padded[w])
    return order


def _most_saturated(near: Near, degrees: Any) -> Any:
    """Next comes the vertex whose neighbours have the most colours; of equal ones that of most neighbours."""
    degrees = degrees.tolist()
    seen = [0] * len(degrees)  # the colours of the neighbours, a bit for each
    waiting = [(0, -degree, v) for v, degree in enumerate(degrees)]
    heapq.heapify(waiting)
    order: dict[int, None] = {}
    while waiting:
        saturation, _, v = heapq.heappop(waiting)
        if v in order or -saturation != seen[v].bit_count():  # it has been put in again since
            continue
        order[v] = None
        colour = ~seen[v] & (seen[v] + 1)  # the lowest bit that is not set
        for w in near(v).tolist():
            if w not in order and not seen[w] & colour:
                seen[w] |= colour
                heapq.heappush(waiting, (-seen[w].bit_count(), -degrees[w], w))
    return np.fromiter(order, dtype=np.intp)
