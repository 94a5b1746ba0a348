"""What stands in for the functions of scipy.linalg in lifted code: `stand_ins`.

SciPy's functions do not know of ``Dual``s. A stand-in hands plain arguments on to SciPy. Of a ``Dual``
it takes the value from SciPy, too, and the derivative from the rules of np.linalg.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import linalg
from ..counts import Count, factorisation
from ..dual import holds_dual, stacked
from ..errors import UnsupportedError
from ..linear import Identity, LinearMap, Put, Scale, Take, reshaped
from ..linear.contractions import MatLeft, MatRight
from ..linear.solves import Undefined
from ..rules import _decompositions as decompositions
from ..rules import _determinants as determinants
from ..rules import _norms as norms
from ..rules import linalg as rules
from ..rules._matrices import (
    defined_vectors,
    dependent,
    dtype_of,
    eye_like,
    flipped,
    from_triangle,
    inverse,
    only_real,
    plain,
    swapped,
    triangle,
    without,
)
from ..rules._matrices import reciprocal_gaps as gaps
from ..shapes import shape_of, size_of
from ..table import RULES, LinearRule, own_function

__all__ = ["stand_ins"]

#: What SciPy may do to its arguments, or how it is to compute: nothing to a derivative.
_HOW = {"check_finite", "lwork", "lapack_driver", "driver", "disp", "blocksize"}
_HOW |= {"overwrite_a", "overwrite_b", "overwrite_ab"}

_table: dict[Any, Callable[..., Any]] = {}

#: name -> the function that the rule is kept by, once `stand_ins` has been called.
LENT: dict[str, Callable[..., Any]] = {}


@functools.cache
def stand_ins() -> dict[Any, Callable[..., Any]]:
    """The functions of scipy.linalg that have a derivative, and what takes the place of each.

    Returns
    -------
    dict
        A function of scipy.linalg as the key, one that takes ``Dual``s as well as the value.

    Examples
    --------
    >>> import scipy.linalg
    >>> from dualad import Dual
    >>> det = stand_ins()[scipy.linalg.det]
    >>> det(Dual([[2.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 0.0]]))
    Dual(8.0 + 4.0ε)
    """
    import scipy.linalg

    for name, maps in _RULES.items():
        _lend(scipy.linalg, name, maps)
    for name, ours in _COMPOSED.items():
        _put(scipy.linalg, name, ours)
    for name in linalg.__all__:
        _put(scipy.linalg, name, _without_how(getattr(linalg, name)))
    return _table


def _put(module: Any, name: str, ours: Callable[..., Any]) -> None:
    """A stand-in that gives plain arguments to SciPy and others to ``ours``."""
    original = getattr(module, name, None)
    if original is None:
        return  # older and newer versions of SciPy do not have them all

    @functools.wraps(original)
    def stand_in(*args: Any, **keywords: Any) -> Any:
        if not holds_dual((*args, *keywords.values())):
            return original(*args, **keywords)
        args = tuple(stacked(a) if isinstance(a, list) else a for a in args)
        return ours(*args, **keywords)

    _table[original] = stand_in


def _without_how(function: Callable[..., Any]) -> Callable[..., Any]:
    def without(*args: Any, **keywords: Any) -> Any:
        return function(*args, **{k: v for k, v in keywords.items() if k not in _HOW})

    return without


def _lend(module: Any, name: str, maps: Sequence[Callable[..., Any]]) -> None:
    """A stand-in with the value from SciPy and a rule; the maps take SciPy's names of the arguments."""
    original = getattr(module, name, None)
    if original is None:
        return
    signature = inspect.signature(original)
    names = list(signature.parameters)

    def named(args: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        return signature.bind(*args, **keywords).arguments

    @own_function
    @functools.wraps(original)
    def value(*args: Any, **keywords: Any) -> Any:
        # Not into the arguments, which the derivative needs.
        given = named(args, keywords)
        arrays = [given.pop(k) for k in names[: len(maps)] if k in given]
        return original(*arrays, **{k: v for k, v in given.items() if not k.startswith("overwrite")})

    value.__module__ = "scipy.linalg"

    def adapted(the_map: Callable[..., Any]) -> Callable[..., Any]:
        known = inspect.signature(the_map).parameters

        def map_of(y: Any, *args: Any, **keywords: Any) -> Any:
            given = {k: v for k, v in named(args, keywords).items() if k not in _HOW}
            for k in [k for k in given if k not in known]:
                if given.pop(k) is not signature.parameters[k].default:
                    raise UnsupportedError(
                        f"scipy.linalg.{name} with {k}= has no derivative rule; leave out {k}="
                    )
            return the_map(y, **given)

        return map_of

    def squared(a: Any, *args: Any, **keywords: Any) -> Any:
        given = named((a, *args), keywords)
        return _SQUARES[name](**{k: v for k, v in given.items() if k not in _HOW})

    RULES[value] = LinearRule(
        value,
        tuple(adapted(m) for m in maps),
        name,
        "",
        frozenset(names),
        tuple(names[: len(maps)]),
        squared=squared if name in _SQUARES else None,
    )
    LENT[name] = value
    _put(module, name, value)


def _ours(name: str) -> Callable[..., Any]:
    import scipy.linalg

    return stand_ins()[getattr(scipy.linalg, name)]


# ---------------------------------------------------------------- equations


def _seen(a: Any, assume_a: str | None, lower: bool) -> LinearMap:
    """What SciPy looks at of a matrix that is said to be of some form."""
    shape, dtype = shape_of(a), dtype_of(a)
    if assume_a in (None, "gen", "general"):
        return Identity(shape)
    if assume_a in ("sym", "symmetric", "her", "hermitian", "pos", "positive definite"):
        return from_triangle(shape, dtype, upper=not lower)
    if assume_a in ("upper triangular", "lower triangular"):
        return triangle(shape, dtype, upper=assume_a.startswith("upper"))
    raise UnsupportedError(
        f'scipy.linalg.solve and inv with assume_a={assume_a!r} have no derivative rule; write assume_a="gen"'
    )


def _solve(
    which: int, y: Any, a: Any, b: Any, lower: bool = False, assume_a: Any = None, transposed: bool = False
) -> LinearMap:
    only_real("solve", a, b)
    if len(shape_of(a)) != 2:
        raise UnsupportedError("scipy.linalg.solve of stacks has no derivative rule; write np.linalg.solve")
    seen = _seen(a, assume_a, lower)
    seen = seen >> flipped(shape_of(a)) if transposed else seen
    matrix = seen(a)
    return seen >> rules.solve_matrix(y, matrix, b) if which == 0 else rules.solve_right(y, matrix, b)


def _solve_triangular(
    which: int, y: Any, a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False
) -> LinearMap:
    only_real("solve_triangular", a, b)
    if len(shape_of(a)) != 2:
        raise UnsupportedError(
            "scipy.linalg.solve_triangular of stacks has no derivative rule; write np.linalg.solve"
        )
    seen = triangle(shape_of(a), dtype_of(a), -1 if unit_diagonal else 0, upper=not lower)
    matrix = seen(a) + eye_like(a) if unit_diagonal else seen(a)
    if trans not in (0, "N"):
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


LENT["solve_banded"] = _banded_value
RULES[_banded_value] = LinearRule(
    _banded_value,
    (functools.partial(_of_banded, 0), functools.partial(_of_banded, 1)),
    "solve_banded",
    "",
    frozenset({"l_and_u"}),
    ("ab", "b"),
)


def _solveh_banded(which: int, y: Any, ab: Any, b: Any, lower: bool = False) -> LinearMap:
    only_real("solveh_banded", ab, b)
    rows, n = shape_of(ab)
    half = _banded(rows - 1, 0, ab) if lower else _banded(0, rows - 1, ab)
    dense = half >> from_triangle((n, n), dtype_of(ab), upper=not lower)
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
        solve, shape = _ours("solve_sylvester"), shape_of(t)
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


# ---------------------------------------------------------------- factorisations


def _qr(y: Any, a: Any, mode: str = "full", pivoting: bool = False) -> Any:
    modes = {"full": "complete", "economic": "reduced", "r": "r"}
    if mode not in modes:
        raise UnsupportedError(
            f'scipy.linalg.qr with mode={mode!r} has no derivative rule; write mode="full", "economic" or "r"'
        )
    shape = shape_of(a)
    chosen: LinearMap = Take((..., y[-1]), shape, shape) if pivoting else Identity(shape)
    if mode == "r":
        of_r = decompositions.qr(None, chosen(a), "r")
        m, n, k = *shape, shape_of(y[0])[0]
        if k > min(m, n):
            of_r = of_r >> Put((slice(None, min(m, n)), slice(None)), (min(m, n), n), (k, n))
        outputs: tuple[Any, ...] = (chosen >> of_r,)
    else:
        outputs = tuple(chosen >> linear for linear in decompositions.qr(y[:2], chosen(a), modes[mode]))
    return (*outputs, None) if pivoting else outputs


def _eigh(
    which: int, y: Any, a: Any, b: Any = None, lower: bool = True, eigvals_only: bool = False, type: int = 1
) -> Any:
    """``A v = w B v`` with ``v^T B v = 1``."""
    only_real("eigh", a, *([] if b is None else [b]))
    if type != 1:
        raise UnsupportedError(f"scipy.linalg.eigh with type={type} has no derivative rule; leave out type=")
    shape = shape_of(a)
    w, v = (y, _ours("eigh")(a, b, lower=lower)[1]) if eigvals_only else y
    seen = from_triangle(shape, dtype_of(a), upper=not lower)
    x = seen >> MatLeft(swapped(v), shape) >> MatRight(v, shape)
    turned = x if which == 0 else x >> Scale(-w[..., None, :], shape)
    of_w = turned >> decompositions.movement(shape, w)
    if eigvals_only:
        return of_w
    turn = turned >> Scale(gaps(w), shape)
    if which == 1:  # what keeps the vectors at their length
        turn = turn + (x >> Scale(eye_like(a) / -2, shape))
    return of_w, turn >> MatLeft(v, shape) >> defined_vectors(w, shape)


def _eigvalsh(which: int, y: Any, a: Any, b: Any = None, lower: bool = True, type: int = 1) -> Any:
    return _eigh(which, y, a, b, lower, True, type)


def _eig(y: Any, a: Any, right: bool = True) -> Any:
    return decompositions.eig(y, a) if right else decompositions.eigvals(y, a)


def _svd(y: Any, a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    return decompositions.svd(y, a, full_matrices, compute_uv)


def _pinv(y: Any, a: Any, return_rank: bool = False, atol: Any = None, rtol: Any = None) -> Any:
    return (rules.pinv(y[0], a), None) if return_rank else rules.pinv(y, a)


def _lstsq(which: int, y: Any, a: Any, b: Any, cond: Any = None) -> Any:
    *maps, of_s = rules.lstsq(which, (*y[:3], None), a, b, cond)
    if which == 0 and y[3] is not None:
        of_s = decompositions.svdvals(y[3], a)
    return (*maps, of_s)


def _lu_tangent(lu: Any, chosen: LinearMap) -> tuple[LinearMap, LinearMap]:
    """Of a square matrix: ``L^-1 dL`` is the lower triangle of ``L^-1 t U^-1``, and ``dU`` what is left."""
    shape, dtype = shape_of(lu), dtype_of(lu)
    low = triangle(shape, dtype, -1)(lu) + eye_like(lu)
    up = triangle(shape, dtype, upper=True)(lu)
    dead = dependent(plain(up), shape[0])
    x = chosen >> MatLeft(inverse(low), shape)
    below = MatRight(inverse(without(up, dead)), shape) >> triangle(shape, dtype, -1)
    of_low = x >> below >> MatLeft(low, shape)
    of_up = x >> (Identity(shape) + (below >> MatRight(-up, shape))) >> triangle(shape, dtype, upper=True)
    if dead[:-1].any():  # below such a pivot there is a column that might be any
        n, after = shape[0], np.append(False, dead[:-1])[:, None]
        of_low = of_low + Undefined((np.tri(n, n, -1) > 0) & dead, shape, shape)
        of_up = of_up + Undefined((np.tri(n, n).T > 0) & after, shape, shape)
    return of_low, of_up


def _rows(piv: Any) -> Any:
    """The order of rows that a sequence of exchanges makes."""
    order = np.arange(len(piv))
    for i, j in enumerate(piv):
        order[[i, j]] = order[[j, i]]
    return order


def _square(name: str, a: Any) -> None:
    shape = shape_of(a)
    if len(shape) != 2 or shape[0] != shape[1]:
        raise UnsupportedError(
            f"scipy.linalg.{name} has a derivative rule for one square matrix only; write np.linalg.qr"
        )


def _lu_factor(y: Any, a: Any) -> Any:
    only_real("lu_factor", a)
    _square("lu_factor", a)
    lu, piv = y
    shape = shape_of(a)
    of_low, of_up = _lu_tangent(lu, Take((_rows(piv), slice(None)), shape, shape))
    return of_low + of_up, None


def _lu(y: Any, a: Any, permute_l: bool = False) -> Any:
    only_real("lu", a)
    _square("lu", a)
    shape, dtype = shape_of(a), dtype_of(a)
    if permute_l:
        permuted, up = y
        order = np.argsort(_ours("lu")(plain(a))[0] @ np.arange(shape[0]))
        low = permuted[order]
    else:
        p, low, up = y
        order = np.argsort(p @ np.arange(shape[0]))
    lu = triangle(shape, dtype, -1)(low) + up
    of_low, of_up = _lu_tangent(lu, Take((order, slice(None)), shape, shape))
    if permute_l:
        return of_low >> Put((order, slice(None)), shape, shape), of_up
    return None, of_low, of_up


def _lu_solve(lu_and_piv: Any, b: Any, trans: int = 0, **how: Any) -> Any:
    lu, piv = lu_and_piv
    solve, order = _ours("solve_triangular"), _rows(np.asarray(piv))
    low = functools.partial(solve, lu, lower=True, unit_diagonal=True)
    if trans:
        return low(solve(lu, b, trans=1), trans=1)[np.argsort(order)]
    return solve(lu, low(b[order]))


def _cho_factor(a: Any, lower: bool = False, **how: Any) -> Any:
    return _ours("cholesky")(a, lower=lower), lower


def _cho_solve(c_and_lower: Any, b: Any, **how: Any) -> Any:
    c, lower = c_and_lower
    solve = functools.partial(_ours("solve_triangular"), c, lower=lower)
    return solve(solve(b, trans=0 if lower else 1), trans=1 if lower else 0)


def _polar(y: Any, a: Any, side: str = "right") -> Any:
    """``A = U P`` or ``A = P U``."""
    only_real("polar", a)
    u, shape = y[0], shape_of(a)
    of_u = norms.of_polar_factor(u, a)
    if side == "right":
        return of_u, (of_u >> flipped(shape) >> MatRight(a, shape[::-1])) + MatLeft(swapped(u), shape)
    turned = of_u >> flipped(shape) >> MatLeft(a, shape[::-1])
    return of_u, turned + MatRight(swapped(u), shape)


# ---------------------------------------------------------------- matrices of a form


def _placed(function: Callable[..., Any], i: int, y: Any, arrays: Sequence[Any]) -> LinearMap:
    """The map of one of the arrays whose entries a function puts into a matrix."""
    shape = shape_of(arrays[i])
    n = size_of(shape)
    labels = [np.full(shape_of(a), -1) for a in arrays]
    labels[i] = np.arange(n).reshape(shape)
    sources = function(*labels)
    at = np.nonzero(np.asarray(sources) >= 0)
    taken = sources[at]
    return reshaped(shape, (n,)) >> Take(taken, (n,), taken.shape) >> Put(at, taken.shape, shape_of(y))


def _arranged(name: str) -> tuple[Callable[..., Any], ...]:
    """The maps of toeplitz and hankel, whose second argument may be left out."""

    def placed(which: int, y: Any, c: Any, r: Any) -> LinearMap:
        import scipy.linalg

        return _placed(getattr(scipy.linalg, name), which, y, (c,) if r is None else (c, r))

    def zero_but(y: Any, c: Any) -> LinearMap:  # hankel(c) has zeros below, which are no entries of c
        import scipy.linalg

        only_real(name, c)  # toeplitz(c) has conjugates above

        def one_based(labels: Any) -> Any:
            return getattr(scipy.linalg, name)(labels + 1) - 1

        return _placed(one_based, 0, y, (c,))

    return (
        lambda y, c, r=None: zero_but(y, c) if r is None else placed(0, y, c, r),
        lambda y, c, r=None: placed(1, y, c, r),
    )


def _block_diag(*arrays: Any) -> Any:
    """Blocks between zeros, put together in rows."""
    blocks = [np.atleast_2d(stacked(a)) for a in arrays]
    width = sum(shape_of(b)[1] for b in blocks)
    rows, before = [], 0
    for block in blocks:
        n, m = shape_of(block)
        dtype = dtype_of(block)
        left, right = np.zeros((n, before), dtype), np.zeros((n, width - before - m), dtype)
        rows.append(np.concatenate([left, block, right], axis=1))
        before += m
    return np.concatenate(rows, axis=0)


def _kron(a: Any, b: Any) -> Any:
    """All products of an entry with an entry."""
    product = a[:, None, :, None] * b[None, :, None, :]
    n, p, m, q = shape_of(product)
    return np.reshape(product, (n * p, m * q))


def _khatri_rao(a: Any, b: Any) -> Any:
    return np.reshape(a[:, None, :] * b[None, :, :], (-1, shape_of(a)[1]))


def _pair(the_map: Callable[..., Any], count: int = 2) -> tuple[Callable[..., Any], ...]:
    """The maps of several arrays by one function, which is told which array it is."""

    def of(which: int) -> Callable[..., Any]:
        return functools.partial(the_map, which)

    return tuple(of(which) for which in range(count))


#: name -> the maps of its arrays.
_RULES: dict[str, Sequence[Callable[..., Any]]] = {
    "solve": _pair(_solve),
    "solve_triangular": _pair(_solve_triangular),
    "solveh_banded": _pair(_solveh_banded),
    "solve_sylvester": _pair(_solve_sylvester, 3),
    "solve_continuous_lyapunov": _pair(_lyapunov),
    "inv": [lambda y, a, assume_a=None, lower=False: _seen(a, assume_a, lower) >> rules.inv(y, a)],
    "det": [determinants.det],
    "pinv": [_pinv],
    "lstsq": _pair(_lstsq),
    "norm": [lambda y, a, ord=None, axis=None, keepdims=False: norms.norm(y, a, ord, axis, keepdims)],
    "cholesky": [lambda y, a, lower=False: decompositions.cholesky(y, a, upper=not lower)],
    "qr": [_qr],
    "eigh": _pair(_eigh),
    "eigvalsh": _pair(_eigvalsh),
    "eig": [_eig],
    "eigvals": [lambda y, a: decompositions.eigvals(y, a)],
    "svd": [_svd],
    "svdvals": [lambda y, a: decompositions.svdvals(y, a)],
    "lu_factor": [_lu_factor],
    "lu": [_lu],
    "polar": [_polar],
    "toeplitz": _arranged("toeplitz"),
    "hankel": _arranged("hankel"),
    "circulant": _arranged("circulant")[:1],
}

#: name of a root -> of what.
_SQUARES: dict[str, Callable[..., Any]] = {
    "norm": lambda a, ord=None, axis=None, keepdims=False: norms.squared_norm(a, ord, axis, keepdims),
}

#: name -> the function written with others.
_COMPOSED: dict[str, Callable[..., Any]] = {
    "solve_banded": _solve_banded,
    "lu_solve": _lu_solve,
    "cho_factor": _cho_factor,
    "cho_solve": _cho_solve,
    "block_diag": _block_diag,
    "kron": _kron,
    "khatri_rao": _khatri_rao,
}
