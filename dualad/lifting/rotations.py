"""Rotations of SciPy: their compiled functions, and the same in Python, which take Duals.

``scipy.spatial.transform`` (since SciPy 1.17) has each of its functions twice, compiled for plain
arrays and written in Python for the arrays of other libraries.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..containers import mode_in
from ..dual import Dual, primal, settled

__all__ = ["in_python"]

_COMPILED = frozenset(f"scipy.spatial.transform._{what}_cy" for what in ("rotation", "rigid_transform"))


def in_python(called: Callable[[Any], Any], f: Any) -> Any:
    """What is called in place of a compiled function of rotations; None for another function."""
    if f.__module__ not in _COMPILED:
        return None
    twin = getattr(importlib.import_module(f.__module__.removesuffix("cy") + "xp"), f.__name__, None)
    if twin is None:
        return None
    lifted = called(twin)

    @functools.wraps(f, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        args, keywords = settled(args), settled(keywords)
        if mode_in((args, keywords)) is None:
            return f(*args, **keywords)
        if f.__name__ == "from_matrix" and "_rotation_" in f.__module__:
            args = (_orthogonal(args[0]), *args[1:])
        y = lifted(*args, **keywords)
        if type(y) is not Dual:
            return y
        value = f(*map(primal, args), **{k: primal(v) for k, v in keywords.items()})
        return y + (value - primal(y))  # rounded as compiled

    return function


def _orthogonal(a: Any) -> Any:
    """The derivative of the nearest orthogonal matrix, for one that is orthogonal up to rounding.

    SciPy takes such a matrix as it is. The change that leads away from the orthogonal ones is taken
    off by a step of Newton's method for the polar decomposition.
    """
    change = np.eye(3) - np.swapaxes(a, -1, -2) @ a
    return a + a @ change / 2 if np.all(abs(change) < 1e-12) else a
