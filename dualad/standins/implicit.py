"""Functions that are given by an equation: a root, and how it moves with what the equation holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dual import Dual, make, settled
from ..errors import UnsupportedError
from ..linear import depth_of
from ..modes import Forward
from ..shapes import size_of
from .scipy_arrays import as_array, with_value


def root_of(f: Any, x: Any) -> Any:
    """The root ``x`` of f, found for the values, as a function of what f holds: steps of Newton's method."""
    root = x
    depth = depth_of(as_array(f(x)))
    for _ in range(depth):
        residual, slope = value_and_slope(f, root)
        root = root - (residual / slope if not np.shape(x) else np.linalg.solve(slope, residual))
    return with_value(x, root) if depth else root


def roots_of(f: Any, slope: Any, x: Any) -> Any:
    """The same of an array of roots, each of an elementwise function whose derivative is known."""
    roots = x
    for _ in range(depth_of(settled(f(x)))):
        roots = roots - f(roots) / slope(roots)
    return with_value(x, roots)


def value_and_slope(f: Any, x: Any) -> tuple[Any, Any]:
    """f and its derivative (a matrix, where x is a vector) at x, which may hold Duals."""
    shape = np.shape(x)
    mode = Forward(size_of(shape)) if shape else Forward()
    seed = np.eye(size_of(shape)) if shape else 1.0
    try:
        y = as_array(f(make(mode, x, mode.fitted(seed, x))))
    finally:
        mode.close()
    if not isinstance(y, Dual) or y.mode is not mode:
        raise UnsupportedError("the function whose root is sought does not depend on its argument; check it")
    return y.value, np.transpose(y.tangent) if shape else y.tangent
