"""Chains of Jacobians: what each order of multiplication costs, and the cheapest.

The Jacobian of ``f_k(... f_2(f_1(x)))`` is the product ``J_k ... J_2 J_1``. Matrix products may be
bracketed at will, and the brackets decide what they cost: a matrix of shape ``(m, p)`` times one of
shape ``(p, n)`` takes ``m p n`` multiplications. Forward mode brackets from the input, reverse mode
from the output; the cheapest order may be neither.

A bracketing is written as the formula is, in pairs: ``((4, 3), (2, 1))`` is ``(J4 J3) (J2 J1)``. Inside
this file it is a list of products ``(low, middle, high)``: steps ``middle + 1 ... high`` times
steps ``low + 1 ... middle``. Nothing here recurses, so chains may be long.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import InputError, ShapeError

#: The orders that have a name.
_NAMES = ("forward", "reverse", "best")


class Bracketing(tuple[Any, ...]):
    """A bracketing of a chain: nested pairs of step numbers, the last step first.

    It equals the plain tuple; printed, it is the formula.

    Examples
    --------
    >>> from dualad.costs.chains import Bracketing
    >>> print(Bracketing(((4, 3), (2, 1))))
    (J4 J3) (J2 J1)
    """

    __slots__ = ()

    def __str__(self) -> str:
        texts: list[str] = []
        for node in _from_inside(self):
            if isinstance(node, tuple):
                within = [texts.pop() for _ in node][::-1]
                texts.append(f"({' '.join(within)})")
            else:
                texts.append(f"J{node}")
        return texts[0][1:-1]


def chain_cost(dims: Iterable[int], *orders: Any) -> dict[Any, int]:
    """How many multiplications a chain of Jacobians takes, in each of several orders.

    Parameters
    ----------
    dims : iterable of int
        The numbers of variables ``(n_0, n_1, ..., n_k)``, from the input to the output: the
        Jacobian of step ``i`` has shape ``(n_i, n_(i-1))``.
    *orders : str or nested tuple, optional
        Each ``"forward"``, ``"reverse"``, ``"best"``, or a bracketing such as ``((4, 3), (2, 1))``.
        Default: the three names.

    Returns
    -------
    dict
        For each order the number of multiplications, by schoolbook products of dense matrices.

    Raises
    ------
    InputError
        The dims are no numbers of variables, or an order is none of this chain.

    Examples
    --------
    The three bracketings of a lecture, for a chain with a bottleneck in its middle:

    >>> chain_cost((50, 40, 2, 40, 50), "forward", "reverse", ((4, 3), (2, 1)))
    {'forward': 108000, 'reverse': 108000, ((4, 3), (2, 1)): 13000}

    For a gradient, one number at the end, reverse order is the cheapest:

    >>> chain_cost((1000, 100, 100, 10, 1))
    {'forward': 11010000, 'reverse': 111000, 'best': 111000}
    """
    ns = _checked_dims(dims)
    return {order: _cost(ns, _products(_bracketing(order, ns), len(ns) - 1)) for order in orders or _NAMES}


def best_order(dims: Iterable[int]) -> Bracketing:
    """The bracketing of a chain of Jacobians that takes the fewest multiplications.

    Parameters
    ----------
    dims : iterable of int
        The numbers of variables, from the input to the output; see `chain_cost`.

    Returns
    -------
    Bracketing
        Nested pairs of step numbers; printed, the formula. Of equally cheap bracketings it is the
        one that takes the fewest steps into its left part: forward order, if that is one of them.

    Raises
    ------
    InputError
        The dims are no numbers of variables.

    Notes
    -----
    By dynamic programming [1]_, in ``k**3 / 6`` steps for ``k`` Jacobians: the cheapest way to get
    ``J_j ... J_(i+1)`` ends in the product of two cheapest parts.

    References
    ----------
    .. [1] S. S. Godbole, "On efficient computation of matrix chain products", IEEE Transactions on
       Computers C-22 (1973), 864-866.

    Examples
    --------
    >>> print(best_order((50, 40, 2, 40, 50)))
    (J4 J3) (J2 J1)
    >>> print(best_order((1000, 100, 100, 10, 1)))
    ((J4 J3) J2) J1
    """
    ns = _checked_dims(dims)
    k = len(ns) - 1
    cost = [[0] * (k + 1) for _ in ns]
    split: dict[tuple[int, int], int] = {}
    for length in range(2, k + 1):
        for low in range(k + 1 - length):
            high = low + length
            ends = ns[low] * ns[high]
            cost[low][high], middle = min(
                (cost[low][s] + cost[s][high] + ends * ns[s], -s) for s in range(low + 1, high)
            )
            split[low, high] = -middle
    return _built(split, k)


def _built(split: dict[tuple[int, int], int], k: int) -> Bracketing:
    """The bracketing that splits each span of steps as it is told to."""
    spans = [(0, k)]
    for low, high in spans:  # grows while it is read: the spans within come after those around them
        if high - low > 1:
            spans += [(split[low, high], high), (low, split[low, high])]
    parts: dict[tuple[int, int], Any] = {}
    for low, high in reversed(spans):
        middle = split.get((low, high))
        parts[low, high] = high if middle is None else (parts[middle, high], parts[low, middle])
    return Bracketing(parts[0, k] if k > 1 else (1,))


def chain_product(jacobians: Sequence[Any], order: Any = "best") -> Any:
    """The product ``J_k ... J_2 J_1`` of a chain of Jacobians.

    Parameters
    ----------
    jacobians : sequence of array_like
        ``(J_1, J_2, ..., J_k)``, in the order in which the functions are applied: matrices, arrays
        of ``scipy.sparse`` among them, and Duals.
    order : str or nested tuple, optional
        ``"forward"``, ``"reverse"``, ``"best"``, or a bracketing such as ``((4, 3), (2, 1))``.
        Default: ``"best"``, the fewest multiplications of dense matrices.

    Returns
    -------
    array
        Of shape ``(n_k, n_0)``; sparse if all of the Jacobians are.

    Raises
    ------
    ShapeError
        The Jacobians are no matrices, or do not fit together.
    InputError
        There are none, or the order is none of this chain.

    Examples
    --------
    >>> J1 = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> J2 = np.array([[1.0, 0.0, 1.0]])
    >>> chain_product([J1, J2])
    array([[6., 8.]])
    """
    parts = [J if hasattr(J, "shape") else np.asarray(J) for J in jacobians]
    ns = _dims_of(parts)
    spans = {(i, i + 1): J for i, J in enumerate(parts)}
    for low, middle, high in _products(_bracketing(order, ns), len(parts)):
        spans[low, high] = spans.pop((middle, high)) @ spans.pop((low, middle))
    (product,) = spans.values()
    return product.copy() if len(parts) == 1 else product


# ---------------------------------------------------------------- bracketings


def _bracketing(order: Any, ns: Sequence[int]) -> Any:
    """The bracketing that an order stands for."""
    if not isinstance(order, str):
        return order
    if order not in _NAMES:
        raise InputError(
            f"order={order!r} is no order of a chain; take 'forward', 'reverse', 'best', "
            "or a bracketing such as ((3, 2), 1)"
        )
    k = len(ns) - 1
    if order == "best":
        return best_order(ns)
    if order == "forward":
        return _nested(range(1, k + 1), lambda inner, i: (i, inner))
    return _nested(range(k, 0, -1), lambda inner, i: (inner, i))


def _nested(steps: Sequence[int], around: Callable[[Any, int], Any]) -> Bracketing:
    """The steps one after the other, each around those before."""
    nested: Any = steps[0]
    for i in steps[1:]:
        nested = around(nested, i)
    return Bracketing(nested if len(steps) > 1 else steps)


def _from_inside(bracketing: Any) -> Iterator[Any]:
    """The numbers and tuples of a bracketing: each tuple after what is in it, left before right."""
    found, todo = [], [bracketing]
    while todo:
        found.append(todo.pop())
        if isinstance(found[-1], tuple):
            todo += found[-1]
    return reversed(found)


def _products(bracketing: Any, k: int) -> list[tuple[int, int, int]]:
    """The products of a bracketing, inner ones first; each as (low, middle, high)."""
    products: list[tuple[int, int, int]] = []
    spans: list[tuple[int, int]] = []
    for node in _from_inside(bracketing):
        if not isinstance(node, tuple):
            try:
                spans.append((operator.index(node) - 1, node))
            except TypeError:
                raise _no_bracketing(bracketing, k) from None
        elif len(node) == 2:
            (low, middle), (start, high) = spans.pop(), spans.pop()
            if middle != start:
                raise _no_bracketing(bracketing, k)
            products.append((low, middle, high))
            spans.append((low, high))
        elif node != (1,) or k != 1:
            raise _no_bracketing(bracketing, k)
    if spans != [(0, k)]:
        raise _no_bracketing(bracketing, k)
    return products


def _no_bracketing(bracketing: Any, k: int) -> InputError:
    """The error for what is no bracketing."""
    chain = f"{k} Jacobian{'s' * (k > 1)}"
    return InputError(
        f"{bracketing!r} is no bracketing of a chain of {chain}; write every step once, the last one first, "
        f"in pairs: {_example(k)!r}"
    )


def _example(k: int) -> Any:
    """A bracketing of k steps, or, if that is long, of 4."""
    return ((4, 3), (2, 1)) if k > 6 else _bracketing("reverse", [1] * (k + 1))


def _cost(ns: Sequence[int], products: Iterable[tuple[int, int, int]]) -> int:
    return sum(ns[low] * ns[middle] * ns[high] for low, middle, high in products)


# ---------------------------------------------------------------- what is given


def _checked_dims(dims: Iterable[int]) -> list[int]:
    try:
        ns = [operator.index(n) for n in dims]
    except TypeError:
        ns = []
    if len(ns) < 2 or min(ns) < 0:
        raise InputError(
            f"dims={dims!r} is no chain of Jacobians; give the numbers of variables from the input to the "
            "output, at least two, such as dims=(1000, 100, 10, 1)"
        )
    return ns


def _dims_of(jacobians: Sequence[Any]) -> list[int]:
    """The numbers of variables of a chain of matrices that fit together."""
    if not jacobians:
        raise InputError("chain_product was given no Jacobians; give at least one: chain_product([J1, J2])")
    for i, J in enumerate(jacobians, 1):
        if len(J.shape) != 2:
            raise ShapeError(
                f"J{i} has shape {tuple(J.shape)} and is no matrix; give it one row for each output and one "
                f"column for each input: J{i}.reshape(outputs, inputs)"
            )
    for i, (J, K) in enumerate(pairwise(jacobians), 1):
        if J.shape[0] != K.shape[1]:
            raise ShapeError(
                f"J{i} has {J.shape[0]} rows and J{i + 1} has {K.shape[1]} columns, so J{i + 1} J{i} is no "
                "product; give the Jacobians in the order in which the functions are applied, "
                "chain_product([J1, J2]) for J2 J1"
            )
    return [jacobians[0].shape[1], *(J.shape[0] for J in jacobians)]
