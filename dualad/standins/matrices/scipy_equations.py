"""What the functions of scipy.linalg that solve equations need: the linear maps of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...counts import Count, factorisation
from ...dual import stacked
from ...errors import NoRuleError
from ...linear import Identity, LinearMap, Put, Take
from ...linear.contractions import MatLeft, MatRight
from ...linear.solves import Undefined
from ...rules import linalg as rules
from ...rules._matrices import (
    adjoining,
    adjoint,
    dtype_of,
    eye_like,
    flipped,
    from_triangle,
    only_real,
    plain,
    swapped,
    triangle,
)
from ...shapes import shape_of, size_of
from ...table import RULES, LinearRule, for_each, own_function
from ._stand_ins import WITH_RULE, ours


def _seen(a: Any, assume_a: str | None, lower: bool) -> LinearMap:
    """What SciPy looks at of a matrix that is said to be of some form."""
    shape, dtype = shape_of(a), dtype_of(a)
    if assume_a in (None, "gen", "general"):
        return Identity(shape)
    if assume_a in ("sym", "symmetric"):
        one, other = triangle(shape, dtype, 0, not lower), triangle(shape, dtype, -1, not lower)
        return one + (other >> flipped(shape))
    if assume_a in ("her", "hermitian", "pos", "positive definite"):
        return from_triangle(shape, dtype, upper=not lower)
    if assume_a in ("upper triangular", "lower triangular"):
        return triangle(shape, dtype, upper=assume_a.startswith("upper"))
    raise NoRuleError(
        f'scipy.linalg.solve and inv with assume_a={assume_a!r} have no derivative rule; write assume_a="gen"'
    )


def _solve(
    which: int, y: Any, a: Any, b: Any, lower: bool = False, assume_a: Any = None, transposed: bool = False
) -> LinearMap:
    if len(shape_of(a)) != 2:
        raise NoRuleError("scipy.linalg.solve of stacks has no derivative rule; write np.linalg.solve")
    seen = _seen(a, assume_a, lower)
    seen = seen >> flipped(shape_of(a)) if transposed else seen
    matrix = seen(a)
    return seen >> rules.solve_matrix(y, matrix, b) if which == 0 else rules.solve_right(y, matrix, b)


def _solve_triangular(
    which: int, y: Any, a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False
) -> LinearMap:
    if len(shape_of(a)) != 2:
        raise NoRuleError(
            "scipy.linalg.solve_triangular of stacks has no derivative rule; write np.linalg.solve"
        )
    seen = triangle(shape_of(a), dtype_of(a), -1 if unit_diagonal else 0, upper=not lower)
    matrix = seen(a) + eye_like(a) if unit_diagonal else seen(a)
    if trans in (2, "C"):
        seen, matrix = seen >> adjoining(shape_of(a), dtype_of(a)), adjoint(matrix)
    elif trans not in (0, "N"):
        seen, matrix = seen >> flipped(shape_of(a)), swapped(matrix)
    return seen >> rules.solve_matrix(y, matrix, b) if which == 0 else rules.solve_right(y, matrix, b)


def _banded(below: int, above: int, ab: Any) -> LinearMap:
    """The matrix of which the rows of ``ab`` are the diagonals."""
    n = shape_of(ab)[1]
    i, j = np.nonzero(np.tri(n, n, above, bool) & np.tri(n, n, below, bool).T)
    at = (above + i - j, j)
    return Take(at, shape_of(ab), i.shape) >> Put((i, j), i.shape, (n, n))


def _solve_banded(l_and_u: Any, ab: Any, b: Any, **how: Any) -> Any:
    return _banded_value(stacked(ab), stacked(b), l_and_u=tuple(l_and_u))


@own_function
def _banded_value(ab: Any, b: Any, l_and_u: Any) -> Any:
    import scipy.linalg

    return scipy.linalg.solve_banded(l_and_u, ab, b)


def _of_banded(which: int, y: Any, ab: Any, b: Any, l_and_u: Any) -> LinearMap:
    below, above = l_and_u
    dense = _banded(below, above, ab)
    matrix = dense(ab)
    return dense >> rules.solve_matrix(y, matrix, b) if which == 0 else rules.solve_right(y, matrix, b)


WITH_RULE["solve_banded"] = _banded_value
RULES[_banded_value] = LinearRule(
    _banded_value,
    for_each(_of_banded),
    "solve_banded",
    "",
    frozenset({"l_and_u"}),
    ("ab", "b"),
)


def of_bands(ab: Any, lower: bool, symmetric: bool = True) -> LinearMap:
    """The matrix of which the rows of ``ab`` are the lower or the upper diagonals."""
    rows, n = shape_of(ab)
    half = _banded(rows - 1, 0, ab) if lower else _banded(0, rows - 1, ab)
    return half >> from_triangle((n, n), dtype_of(ab), upper=not lower) if symmetric else half


def _solveh_banded(which: int, y: Any, ab: Any, b: Any, lower: bool = False) -> LinearMap:
    only_real("solveh_banded", ab, b)
    dense = of_bands(ab, lower)
    matrix = dense(ab)
    return dense >> rules.solve_matrix(y, matrix, b) if which == 0 else rules.solve_right(y, matrix, b)


class Sylvester(LinearMap):
    """The solution ``X`` of ``a X + X b = t``."""

    __slots__ = ("a", "b")

    def __init__(self, a: Any, b: Any):
        shape = (shape_of(a)[0], shape_of(b)[0])
        super().__init__(shape, shape)
        self.a = a
        self.b = b

    def __call__(self, t: Any) -> Any:
        solve, shape = ours("solve_sylvester"), shape_of(t)
        lanes = np.reshape(t, (size_of(shape[:-2]), *shape[-2:]))
        return np.reshape(np.stack([solve(self.a, self.b, lane) for lane in lanes]), shape)

    apply = __call__

    def transpose(self) -> LinearMap:
        return Sylvester(swapped(self.a), swapped(self.b))

    def bits(self, b: Any) -> Any:
        merged = np.bitwise_or.reduce(b, axis=(-2, -1), keepdims=True)
        return np.broadcast_to(merged, b.shape).copy()

    def stored(self) -> Sequence[Any]:
        return (self.a, self.b)

    def arithmetic(self, lanes: int) -> Count:
        # Schur forms of both (Golub and Van Loan, 4th ed. 2013, 7.6.3), for each tangent anew.
        return lanes * (factorisation("eig", shape_of(self.a)) + factorisation("eig", shape_of(self.b)))


def _solve_sylvester(which: int, y: Any, a: Any, b: Any, q: Any) -> LinearMap:
    only_real("solve_sylvester", a, b, q)
    inner = (MatRight(-y, shape_of(a)), MatLeft(-y, shape_of(b)), Identity(shape_of(q)))[which]
    return _sylvester(inner, a, b)


def _sylvester(inner: LinearMap, a: Any, b: Any) -> LinearMap:
    """What ``inner`` gives, as the right-hand side of the equation.

    NaN where this has no solution or many: an eigenvalue of ``-b`` is one of ``a``.
    """
    linear = Sylvester(a, b)
    of_a, of_b = np.linalg.eigvals(plain(a)), np.linalg.eigvals(plain(b))
    sizes = np.max(np.abs(of_a), initial=0.0) + np.max(np.abs(of_b), initial=0.0)
    eps = np.finfo(np.abs(of_a).dtype).eps
    if np.any(np.abs(of_a[:, None] + of_b) <= max(linear.in_shape) * eps * sizes):
        return Undefined(np.True_, inner.in_shape, linear.out_shape)
    return inner >> linear


def _lyapunov(which: int, y: Any, a: Any, q: Any) -> LinearMap:
    only_real("solve_continuous_lyapunov", a, q)
    shape = shape_of(a)
    inner = MatRight(-y, shape) + (flipped(shape) >> MatLeft(-y, shape)) if which == 0 else Identity(shape)
    return _sylvester(inner, a, swapped(a))


def _pinv(y: Any, a: Any, return_rank: bool = False, atol: Any = None, rtol: Any = None) -> Any:
    return (rules.pinv(y[0], a), None) if return_rank else rules.pinv(y, a)


def _lstsq(which: int, y: Any, a: Any, b: Any, cond: Any = None) -> Any:
    if cond is None:
        cond = np.finfo(np.result_type(dtype_of(a), dtype_of(b))).eps
    return rules.lstsq(which, y, a, b, cond)


#: name -> the maps of its arrays.
MAPS: dict[str, Sequence[Callable[..., Any]]] = {
    "solve": for_each(_solve),
    "solve_triangular": for_each(_solve_triangular),
    "solveh_banded": for_each(_solveh_banded),
    "solve_sylvester": for_each(_solve_sylvester, 3),
    "solve_continuous_lyapunov": for_each(_lyapunov),
    "inv": [lambda y, a, assume_a=None, lower=False: _seen(a, assume_a, lower) >> rules.inv(y, a)],
    "pinv": [_pinv],
    "lstsq": for_each(_lstsq),
}

#: name -> the function written with others.
COMPOSED: dict[str, Callable[..., Any]] = {
    "solve_banded": _solve_banded,
}
