"""The short ways of choices made entry by entry, for ordinary arrays: ``np.where`` and ``np.clip``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..modes import Forward, Recorded, Term
from ..table import RULES
from ..tape import Node
from .dual import Dual, make, primal

#: Tangents of arrays, and what these are.
_ORDINARY = {np.ndarray: np.ndarray, Node: np.ndarray}


def chosen(*args: Any) -> Any:
    """``where`` of ordinary arrays: forward it chooses between the tangents as well; None for others."""
    mode: Any = None
    condition = primal(args[0])
    values, tangents = [condition], [condition]
    for a in args[1:]:
        t: Any = 0.0
        if type(a) is Dual:
            if mode is None:
                mode = a.mode
            elif a.mode is not mode:
                return None
            t, a = a.tangent, a.value
            if mode.lanes is not None or not (_ORDINARY.get(type(t)) is type(a) or type(t) is float):
                return None
        values.append(a)
        tangents.append(t)
    if mode is None or (type(args[0]) is Dual and args[0].mode is not mode):
        return None
    y = np.where(*values)
    if type(mode) is Recorded:
        rule: Any = RULES[np.where]
        terms = [
            Term(rule.partials[i](y, *values), values[i].shape, args[i].tangent)
            for i in (1, 2)
            if type(args[i]) is Dual
        ]
        return make(mode, y, mode.scaled(y, terms)) if y.dtype == np.float64 else None
    t = np.where(*tangents)
    return make(mode, y, t if type(t) is np.ndarray and t.dtype is y.dtype else mode.fitted(t, y))


def clipped(x: Any, lo: Any, hi: Any) -> Any:
    """``clip`` of an ordinary array between two numbers, none of its entries on a bound; None for others."""
    if type(x) is not Dual or not (type(lo) is float is type(hi) and lo < hi):
        return None
    value, mode = x.value, x.mode
    if type(value) is not np.ndarray or value.dtype != np.float64 or type(mode) not in (Forward, Recorded):
        return None
    y = value.clip(lo, hi)
    if np.count_nonzero((value == lo) | (value == hi)):
        return None
    if type(mode) is Forward:
        return make(mode, y, np.where(value == y, x.tangent, 0.0))
    return make(mode, y, mode.scaled(y, [Term((value == y).astype(float), value.shape, x.tangent)]))


#: A function -> its short way, which takes the arguments.
SHORT_WAYS: dict[Any, Callable[..., Any]] = {np.where: chosen, np.clip: clipped}
