"""Square roots that are 0 remember what they are the roots of.

At its origin a norm is given the slope 0, for want of a better one, and a square root has the slope
infinity: from such slopes the square cannot have the right derivatives, and ``norm(x)**2`` is as smooth
as any function. So where a root ``y`` is exactly 0, its Dual keeps ``y**2``, computed without the root
(`Rule.squared`), and where an even power of ``y`` is taken, that one is taken of ``y**2``:

>>> from dualad import derivative
>>> derivative(lambda x: np.abs(x) ** 2, order=2)(0.0)
2.0
>>> derivative(lambda x: (3 * np.sqrt(x)) ** 2)(0.0)
9.0

What is multiplied by a constant number stays a root. All else that is done to it, an assignment to its
entries too, makes it forget.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..corners import note
from ..linear import some_zero
from ..tape import Node, SlowNode
from .dual import Dual, make, primal


class Root(NamedTuple):
    """The Dual that keeps it is ``factor * sqrt(square)``."""

    square: Any
    factor: Any


def _root_of(x: Any) -> Root | None:
    return getattr(x, "_square", None) if type(x) is Dual else None


def remember(y: Any, squared: Callable[..., Any], args: Any, keywords: dict[str, Any]) -> None:
    """Let a root that is 0 somewhere keep its square, computed from the arguments of the root."""
    if type(y) is Dual and some_zero(primal(y)):
        note("the square root of 0, or a norm of 0,")
        square = squared(*args, **keywords)
        if square is not None:
            _keep(y, Root(square, 1))


def _keep(y: Dual, root: Root) -> None:
    """From now on ``y`` goes by the general path: the type of its tangent is none that the fast one knows.

    In forward mode arrays have no other type, and the fast path looks at ``y._square``.
    """
    y._square = root
    t = y.tangent
    if type(t) is float:
        y.tangent = np.float64(t)
    elif type(t) is int:
        y.tangent = SlowNode(t, ())
    elif type(t) is Node:
        y.tangent = SlowNode(t.place, t.shape)


def product(y: Any, factors: Callable[..., Any], args: Any) -> Any:
    """``y``, a product; where roots among its factors are 0 with the derivative of their squares."""
    if not any(_root_of(a) for a in args):
        return y
    number = 0
    constant: Any = 1
    root: Any = None
    zero: Any = None
    for x in factors(*args):
        its = _root_of(x)
        if its is not None and (root is None or its.square is root.square):
            root, zero = its, primal(x) == 0
            number, constant = number + 1, constant * its.factor
        elif isinstance(x, float | int | np.floating | np.integer) and x:
            constant = constant * x
        else:
            return y
    if root is None or number % 2:
        if number == 1 and type(y) is Dual:
            _keep(y, Root(root.square, constant))
        return y
    power = root.square if number == 2 else root.square ** (number // 2)
    power = power if constant == 1 else constant * power
    if y.shape:
        return np.where(zero, power, y)
    same = type(power) is Dual and power.mode is y.mode
    return make(y.mode, y.value, power.tangent) if same else power  # y is of the type that NumPy has for it
