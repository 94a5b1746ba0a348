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

from ...dual import Dual, primal, settled
from ...dual.containers import mode_in
from ...errors import NoRuleError
from ...linear import plain
from ..scipy_arrays import with_value

#: The most steps of an iteration whose convergence is quadratic.
_MOST = 100

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
        if f.__name__ == "reduce":  # of which SciPy's Python has other values
            raise NoRuleError(
                "Rotation.reduce has no derivative; write (left * r * right), with the rotations that "
                "reduce(..., return_indices=True) finds for dualad.value of r's quaternion"
            )
        y = lifted(*args, **keywords)
        if type(y) is not Dual:
            return y
        value = f(*map(primal, args), **{k: primal(v) for k, v in keywords.items()})
        return with_value(value, y)  # rounded as compiled

    return function


def _from_matrix(called: Callable[[Any], Any], f: Any, matrix: Any, assume_valid: bool = False) -> Any:
    """The rotation of a matrix, or those of a stack of them."""
    matrix = settled(matrix)
    if mode_in(matrix) is None:
        return f(matrix, assume_valid)
    quaternion = called(f.__globals__["_from_matrix_orthogonal"])
    y = quaternion(matrix if assume_valid else _nearest_orthogonal(matrix))
    return with_value(f(primal(matrix), assume_valid), y)


def _nearest_orthogonal(a: Any) -> Any:
    """By Newton's method (N. J. Higham, SIAM J. Sci. Stat. Comput. 7, 1160 (1986)).

    Singular vectors, by which SciPy finds it, have no derivative where singular values are equal, as
    those of a rotation are; and a change may lead away from the orthogonal matrices.
    """
    far = np.inf
    for _ in range(_MOST):
        new = (a + np.swapaxes(np.linalg.inv(a), -1, -2)) / 2
        near, far = far, np.max(np.abs(plain(new) - plain(a)), initial=0.0)
        a = new
        if near < 1e-7:  # of the last step but one, so that second derivatives have come to rest, too
            break
    return a


#: The last name of a module and that of a function -> what is called in its place.
ROTATIONS: dict[tuple[str, str], Callable[..., Any]] = {("_rotation_xp", "from_matrix"): _from_matrix}
