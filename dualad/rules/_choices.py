"""What the lines of elementwise functions share: choices by conditions, constants, a decorator."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..corners import STEEP, note
from ..linear import plain
from ..table import elementwise, without_asking


def where(condition: Any, a: Any, b: Any) -> Any:
    """``a`` where the condition holds, else ``b``: for numbers, arrays, ``Dual``s and symbols.

    Parameters
    ----------
    condition : bool or array of bool
        A single ``bool`` gives back one of the two as it is.
    a, b : number, array or Dual
        What to choose from.

    Returns
    -------
    number, array or Dual
        The choice; its derivative is that of the branch taken.

    Examples
    --------
    >>> where(2.0 > 1.0, 5.0, 0.0)
    5.0
    >>> where(np.array([True, False]), 5.0, 0.0)
    array([5., 0.])
    """
    if isinstance(condition, bool | np.bool):
        return a if condition else b
    choose = getattr(condition, "_chosen", None)  # a symbol
    return np.where(condition, a, b) if choose is None else choose(a, b)


_BOOLS = np.dtype(bool)

_where, _count = without_asking(np.where), without_asking(np.count_nonzero)


def indicator(condition: Any, half: Any = None) -> Any:
    """1 where the condition holds, half of it where ``half`` holds, else 0: for numbers, arrays and symbols.

    Examples
    --------
    >>> indicator(2.0 > 1.0), indicator(np.array([True, False, False]), np.array([False, True, False]))
    (1.0, array([1. , 0.5, 0. ]))
    """
    if type(condition) is np.ndarray and condition.dtype is _BOOLS:  # np.where takes seven times as long
        ones = condition.astype(float)
        return ones if half is None or not _count(half) else np.where(half, 0.5, ones)
    written = getattr(condition, "_indicator", None)  # a symbol
    if written is not None:
        return written(half)
    ones = where(condition, 1.0, 0.0)
    return ones if half is None else where(half, 0.5, ones)


def selected(t: Any, condition: Any, half: Any = None) -> Any:
    """``indicator(condition, half) * t`` for arrays: chosen, so that what is left out may be infinite or NaN.

    Examples
    --------
    >>> selected(np.array([2.0, np.inf]), np.array([True, False])).tolist()
    [2.0, 0.0]
    """
    chosen = _where(condition, t, 0.0)
    return chosen if half is None or not _count(half) else _where(half, 0.5 * t, chosen)


def if_(condition: Any, a: Callable[[], Any], b: Callable[[], Any]) -> Any:
    """`where` that leaves out the other branch if it can: it may be dear, or raise for mpmath numbers."""
    if isinstance(condition, bool | np.bool):
        return a() if condition else b()
    choose = getattr(condition, "_if", None)  # a symbol
    return where(condition, a(), b()) if choose is None else choose(a(), b())


def or_one(x: Any) -> Any:
    """What can be divided by: ``x``, and 1 where it is 0."""
    return where(x == 0, 1.0, x)


def maths(x: Any) -> Any:
    """Where the constants for ``x`` come from: mpmath, with all its digits, for mpmath numbers, else math."""
    return getattr(plain(x), "context", math)


def with_partials(*partials: Any, **keywords: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`elementwise` as a decorator, for a function defined here that serves floats and arrays."""
    return lambda function: elementwise(function, *partials, **{"math": function, **keywords})


def _one_at_the_origin() -> float:
    note("the angle of a point at the origin")
    return 1.0


@with_partials(
    lambda y, x: where(x == 0, 0.0, 1.0),
    math=lambda x: x or _one_at_the_origin(),
    mp=lambda m, x: x or m.mpf(1),
)
def off_origin(x: Any) -> Any:
    """A distance from the origin, and 1 where it is 0, which is noted: there are no directions there."""
    zero = x == 0
    return where(zero, _one_at_the_origin(), x) if np.any(zero) else x


def _noted_as_steep(y: Any) -> Any:
    note(STEEP)
    return y


@with_partials(1, math=lambda y: y or _noted_as_steep(y), mp=lambda m, y: y)
def steep(y: Any) -> Any:
    """A root, whose slope is infinite where it is 0, which is noted: it may be that of a power."""
    return y if np.all(y) else _noted_as_steep(y)
