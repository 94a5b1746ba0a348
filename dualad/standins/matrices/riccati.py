"""Riccati's equations, which `scipy.linalg` solves by Schur forms: how the solution moves with the data.

A step of Newton's method from the solution is a Lyapunov equation (D. Kleinman, IEEE Transactions on
Automatic Control 13, 1968; G. Hewer, the same 16, 1971); it leaves the value and brings the derivative in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...dual import primal
from ...linear import depth_of
from ...rules._matrices import only_real
from ..scipy_arrays import as_array, with_value
from ._stand_ins import ours


def _solver(name: str, step: Callable[..., tuple[Any, Any]]) -> Callable[..., Any]:
    """The solution, given what is left of the equation and the closed loop at a place."""

    def solve(a: Any, b: Any, q: Any, r: Any, e: Any = None, s: Any = None, balanced: bool = True) -> Any:
        import scipy.linalg

        given = [None if m is None else as_array(m) for m in (a, b, q, r, e, s)]
        only_real(name, *(m for m in given if m is not None))
        value = getattr(scipy.linalg, name)(*map(primal, given), balanced)
        a, b, q, r, e, s = given
        e = np.eye(len(value)) if e is None else e
        s = np.zeros(np.shape(b)) if s is None else s
        x, back = value, np.linalg.inv(e)
        for _ in range(depth_of(step(value, a, b, q, r, e, s)[0])):
            left, closed = step(x, a, b, q, r, e, s)
            # closed' dx e + e' dx closed = -left, or closed' dx closed - e' dx e = -left.
            loop, right = np.transpose(closed @ back), np.transpose(back) @ left @ back
            if name == "solve_continuous_are":
                x = x + ours("solve_continuous_lyapunov")(loop, -right)
            else:
                x = x + _discrete_lyapunov(loop, right)
        return with_value(value, x)

    return solve


def _discrete_lyapunov(a: Any, q: Any) -> Any:
    """The root of ``a x a' - x + q``, by Cayley's transform of ``a``."""
    one = np.eye(len(primal(a)))
    back = np.linalg.inv(np.transpose(a) + one)
    transformed = (np.transpose(a) - one) @ back
    right = 2 * np.linalg.inv(a + one) @ q @ back
    return ours("solve_continuous_lyapunov")(np.transpose(transformed), -right)


def _continuous(x: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> tuple[Any, Any]:
    """``a' x e + e' x a - (e' x b + s) r^-1 (b' x e + s') + q``, and ``a`` less ``b`` times the gain."""
    cross = np.transpose(e) @ x @ b + s
    gain = np.linalg.solve(r, np.transpose(cross))
    left = np.transpose(a) @ x @ e + np.transpose(e) @ x @ a - cross @ gain + q
    return left, a - b @ gain


def _discrete(x: Any, a: Any, b: Any, q: Any, r: Any, e: Any, s: Any) -> tuple[Any, Any]:
    """``a' x a - e' x e - (a' x b + s) (r + b' x b)^-1 (b' x a + s') + q``, and the closed loop."""
    cross = np.transpose(a) @ x @ b + s
    gain = np.linalg.solve(r + np.transpose(b) @ x @ b, np.transpose(cross))
    left = np.transpose(a) @ x @ a - np.transpose(e) @ x @ e - cross @ gain + q
    return left, a - b @ gain


#: name -> the function for Duals.
RICCATI: dict[str, Callable[..., Any]] = {
    "solve_continuous_are": _solver("solve_continuous_are", _continuous),
    "solve_discrete_are": _solver("solve_discrete_are", _discrete),
}
