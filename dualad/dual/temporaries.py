"""``y *= x`` where y is a plain array that nothing else refers to: a new Dual does as well.

Python binds what an operator in place returns to the variable, so the array itself need not be
written to if that variable alone refers to it. Whether it does, the number of its references tells,
compared with that of an array of which it is known, on the same way through NumPy. (NumPy finds in
this manner which intermediate results it may overwrite.)
"""

from __future__ import annotations

import dis
import functools
import sys
from typing import Any

import numpy as np

from .dual import Dual

__all__ = ["replaces"]

#: The arrays whose references are counted to know what is usual -> how many there are.
_probes: dict[int, int] = {}


def replaces(target: Any, result: Any) -> bool:
    """Whether ``target *= x`` is running, and ``target`` is one variable of a function, and nothing else."""
    if id(target) in _probes:
        _probes[id(target)] = sys.getrefcount(target)
        return True
    usual = _usual_count()  # before the references of this call are counted
    if sys.getrefcount(target) != usual or target.base is not None:
        return False
    if result.dtype != target.dtype or result.shape != target.shape:
        return False
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    return frame is not None and _stores(frame.f_code, frame.f_lasti)


@functools.cache
def _usual_count() -> int:
    y, x = np.ones(1), Dual(np.ones(1), np.ones(1))
    place = id(y)
    _probes[place] = 0
    try:
        y *= x
    finally:
        count = _probes.pop(place)
    return count if getattr(sys, "_is_gil_enabled", lambda: True)() else 0  # else they do not count


@functools.lru_cache(1024)
def _stores(code: Any, place: int) -> bool:
    """Whether there is an operator in place, whose result goes to a variable of the function."""
    steps = iter(dis.get_instructions(code))
    step = next((s for s in steps if s.offset == place), None)
    if step is None or step.opname != "BINARY_OP" or not step.argrepr.endswith("="):
        return False
    return next(steps).opname.startswith(("STORE_FAST", "STORE_DEREF"))  # or two of them in one
