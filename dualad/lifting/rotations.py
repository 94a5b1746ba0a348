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

from ..dual import Dual, primal, settled
from ..dual.containers import mode_in

__all__ = ["in_python"]

_COMPILED = frozenset(f"scipy.spatial.transform._{what}_cy" for what in ("rotation", "rigid_transform"))


def in_python(called: Callable[[Any], Any], f: Any) -> Any:
    """What is called in place of a compiled function of rotations; None for another function."""
    if f.__module__ not in _COMPILED:
        return None
    twin = getattr(importlib.import_module(f.__module__.removesuffix("cy") + "xp"), f.__name__, None)
    if twin is None:
        return None
    lifted, orthogonal = called(twin), None
    if f.__name__ == "from_matrix" and "_rotation_" in f.__module__:
        orthogonal = functools.partial(_of_orthogonal, called(twin.__globals__["_from_matrix_orthogonal"]))

    @functools.wraps(f, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        args, keywords = settled(args), settled(keywords)
        if mode_in((args, keywords)) is None:
            return f(*args, **keywords)
        y = orthogonal(args[0]) if orthogonal is not None else None
        if y is None:
            y = lifted(*args, **keywords)
        if type(y) is not Dual:
            return y
        value = f(*map(primal, args), **{k: primal(v) for k, v in keywords.items()})
        return y + (value - primal(y))  # rounded as compiled

    return function


def _of_orthogonal(quaternion: Callable[[Any], Any], a: Any) -> Any:
    """The rotation of a matrix that is orthogonal up to rounding, None for any other matrix.

    SciPy takes such a matrix as it is, and the nearest orthogonal one for another. A change that leads
    away from the orthogonal ones is therefore taken off, by a step of Newton's method for the polar
    decomposition.
    """
    change = np.eye(3) - np.swapaxes(a, -1, -2) @ a
    return quaternion(a + a @ change / 2) if np.all(abs(primal(change)) < 1e-12) else None
