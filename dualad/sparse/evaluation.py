"""Sparse Jacobians and Hessians at a point: the sweeps of a plan, and the entries picked from them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

import numpy as np

from ..boundary import check_holomorphic, function_for, given_out, made_there, ones_like, own, undefined
from ..dual import checked_number
from ..errors import InputError, PatternError
from ..gradients import gradient_of, recorded_rows
from ..linear import SLAB, is_complex
from ..lists import taking_lists
from ..shapes import shape_of, size_of
from ..sweeps import run_forward
from ._arrays import check_outermost, row_numbers, scipy_sparse
from .patterns import changed_length
from .plans import SparsePlan, check_fits, check_plan, plan_for

#: How many numbers the lanes of one array may hold, if there are more than eight of them: 1 MB.
_LANE_NUMBERS = 1 << 17


def sparse_jacobian(
    f: Callable[..., Any],
    plan: SparsePlan | None = None,
    *,
    format: str = "csr",
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Callable[[Any], Any]:
    """The Jacobian of a function of an array, of which most entries are zero.

    Parameters
    ----------
    f : callable
        A function of one array (or number) that returns an array or a number.
    plan : SparsePlan, optional
        What `sparse_plan` made for this function and this shape of the argument. Default: one is made
        at each call, which takes longer than all the rest.
    format : {"csr", "csc"}, optional
        What is returned. Default: "csr".
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.
    executor, progress
        Where groups of directions are computed; see `jacobian`.

    Returns
    -------
    callable
        Of ``x``; returns a ``scipy.sparse.csr_array`` or ``csc_array`` of shape
        ``(np.size(f(x)), np.size(x))`` with sorted indices, which holds all entries of the pattern.
        It is yours to write to.

    Raises
    ------
    PatternError
        At the first call: along a random direction the product with this Jacobian is not the derivative,
        so the pattern misses something.
    ShapeError, InputError
        The plan was made for another shape or dtype, or the output has another shape than it had then.

    Notes
    -----
    Columns that have no row in common share a direction (Curtis, Powell and Reid, 1974). All directions
    go through the function at once, as lanes.

    Examples
    --------
    >>> from dualad import sparse_plan
    >>> def f(x):
    ...     return x[1:] * x[:-1]
    >>> x = np.arange(1.0, 5.0)
    >>> jacobian = sparse_jacobian(f, sparse_plan(f, x))
    >>> jacobian(x).toarray()
    array([[2., 1., 0., 0.],
           [0., 3., 2., 0.],
           [0., 0., 4., 3.]])
    """
    out = given_out(executor, progress)
    mapped = function_for(out, f, "sparse_jacobian", lift)
    return _evaluation(mapped, "jacobian", plan, format, out)


def sparse_hessian(
    f: Callable[..., Any],
    plan: SparsePlan | None = None,
    *,
    format: str = "csr",
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Callable[[Any], Any]:
    """The Hessian of a function of an array that returns a number, of which most entries are zero.

    Parameters
    ----------
    f : callable
        A function of one array that returns a number.
    plan : SparsePlan, optional
        What ``sparse_plan(f, x, of="hessian")`` made. Default: one is made at each call.
    format, lift, executor, progress
        See `sparse_jacobian`.

    Returns
    -------
    callable
        Of ``x``; returns a symmetric ``scipy.sparse`` array of shape ``(n, n)``, ``n`` being ``np.size(x)``.

    Raises
    ------
    PatternError, ShapeError, InputError
        See `sparse_jacobian`.

    Notes
    -----
    Forward mode over reverse mode, with the directions of a star colouring: of two mirrored entries one
    is computed (Gebremedhin, Manne and Pothen, 2005).

    Examples
    --------
    >>> from dualad import sparse_plan
    >>> def f(x):
    ...     return np.sum(x[1:] * x[:-1] ** 2)
    >>> x = np.arange(1.0, 4.0)
    >>> sparse_hessian(f, sparse_plan(f, x, of="hessian"))(x).toarray()
    array([[4., 2., 0.],
           [2., 6., 4.],
           [0., 4., 0.]])
    """
    out = given_out(executor, progress)
    mapped = function_for(out, f, "sparse_hessian", lift)
    return _evaluation(mapped, "hessian", plan, format, out)


def _evaluation(
    f: Any, of: str, plan: SparsePlan | None, format: str, out: Any = None
) -> Callable[[Any], Any]:
    """The function that evaluates plans; its first result is verified."""
    scipy_sparse(f"sparse_{of}")
    if format not in ("csr", "csc"):
        raise InputError(f'format={format!r} is no format; pass format="csr" or format="csc"')
    if plan is not None:
        check_plan(plan, of)
    mapped = f
    if of == "hessian":
        mapped = (gradient_of if out is None else made_there(gradient_of))(f)
    template: Any = None  # of the results with the plan: SciPy checks what makes an array each time anew

    def evaluated(x: Any) -> Any:
        nonlocal template
        function, entries = taking_lists(f, (x,)), taking_lists(mapped, (x,))
        x = checked_number(x, f"the argument of sparse_{of}")
        check_outermost(f"sparse_{of} was called inside", x)
        if plan is not None:
            check_fits(plan, x)
        use = plan or plan_for(function, own(x), of, None, "auto", f"sparse_{of}")
        data = _data(entries, x, use, out)
        first = template is None or plan is None
        pattern = use.pattern if first else template
        matrix = copy(pattern)
        matrix.data, matrix.indices, matrix.indptr = data, pattern.indices.copy(), pattern.indptr.copy()
        if first:
            _verify(entries, x, matrix)
            template = pattern
        return matrix if format == "csr" else matrix.tocsc()

    return evaluated


# ---------------------------------------------------------------- sweeps


def _data(f: Any, x: Any, plan: SparsePlan, out: Any) -> Any:
    """The entries, in the order of the pattern."""
    data: Any = None
    for start, numbers in _sweeps(f, x, plan) if out is None else _given_out(f, x, plan, out):
        if data is None and len(numbers) == plan.forward * plan.shape[0] + plan.reverse * plan.shape[1]:
            return numbers[plan.sources]  # of one sweep
        here = np.flatnonzero((plan.sources >= start) & (plan.sources < start + len(numbers)))
        if data is None:
            data = np.empty(len(plan.sources), numbers.dtype)
        data[here] = numbers[plan.sources[here] - start]
    return np.zeros(0) if data is None else data


def _given_out(f: Any, x: Any, plan: SparsePlan, out: Any) -> Iterator[tuple[int, Any]]:
    """As `_sweeps`, in groups of directions."""
    from ..durations import taken_by
    from ..parallel.executors import results, spans

    if not plan.forward + plan.reverse:
        yield from _sweeps(f, x, plan)
        return
    none = range(0)
    some = range(min(SLAB, plan.forward or plan.reverse))
    few = (some, none) if plan.forward else (none, some)
    takes = taken_by(f, (x,), {}, 0, x, lambda: list(_sweeps(f, x, plan, *few)), len(some))
    lanes = _lanes(plan)
    length = takes.columns_together(max(plan.forward, 1), lanes, out.executor, 1)
    blocks = [(span, none) for span in spans(plan.forward, length)]
    length = takes.rows_together(max(plan.reverse, 1), lanes, out.executor, 1)
    blocks += [(none, span) for span in spans(plan.reverse, length)]
    for group in results(functools.partial(_group, f, x, plan), blocks, out, _group_name):
        yield from group


def _group(f: Any, x: Any, plan: SparsePlan, block: tuple[range, range]) -> list[tuple[int, Any]]:
    """What a worker does: some of the directions."""
    return list(_sweeps(f, x, plan, *block))


def _group_name(block: tuple[range, range]) -> str:
    by = "column" if block[0] else "row"
    span = block[0] or block[1]
    return f"{by} colours {span[0]} to {span[-1]}"


def _sweeps(
    f: Any, x: Any, plan: SparsePlan, forward: range | None = None, reverse: range | None = None
) -> Iterator[tuple[int, Any]]:
    """What the sweeps give, each with the place of its first number; by default of all colours."""
    m, n = plan.shape
    step = _lanes(plan)
    forward = range(plan.forward) if forward is None else forward
    reverse = range(plan.reverse) if reverse is None else reverse
    for k in forward[::step]:
        lanes = min(step, forward.stop - k)
        yield k * m, _forward(f, x, plan, k, lanes).reshape(-1)
    if reverse:
        start = plan.forward * m
        y, rows = recorded_rows(f, x)
        _check_shape(y, plan)
        for k in reverse[::step]:
            cts = _seeds(plan.row_colours, k, min(step, reverse.stop - k), plan.y_shape)
            yield start + k * n, _plain(rows(cts)).reshape(-1)
    if not plan.forward + plan.reverse:
        _check_shape(run_forward(f, (x,), {}, {0: (x, 0 * x)})[0], plan)


def _lanes(plan: SparsePlan) -> int:
    """How many directions are in a sweep."""
    return max(8, _LANE_NUMBERS // max(*plan.shape, 1))


def _seeds(colours: Any, k: int, lanes: int, shape: Any) -> Any:
    """A direction for each colour from ``k`` on: the ones of a lane are the columns of its colour."""
    return (colours == np.arange(k, k + lanes)[:, None]).reshape(lanes, *shape)


def _forward(f: Any, x: Any, plan: SparsePlan, k: int, lanes: int) -> Any:
    seeds: Any = _seeds(plan.column_colours, k, lanes, plan.x_shape)
    if not plan.x_shape:
        seeds, many = ones_like(x), None  # a number has one direction
    else:
        many = lanes
    y, t, mode = run_forward(f, (x,), {}, {0: (x, seeds)}, many)
    _check_shape(y, plan)
    if not mode.holomorphic and is_complex(x):
        _, turned, _ = run_forward(f, (x,), {}, {0: (x, 1j * seeds)}, many)
        check_holomorphic(t, turned, y, "sparse_jacobian")
    return _plain(undefined(t, y))


def _plain(t: Any) -> Any:
    check_outermost("the function depends on the argument of", t)
    return np.asarray(t)


def _check_shape(y: Any, plan: SparsePlan) -> None:
    if shape_of(y) != plan.y_shape:
        raise changed_length(plan.y_shape, shape_of(y))


# ---------------------------------------------------------------- verified


def _verify(f: Any, x: Any, matrix: Any) -> None:
    """Compare with the derivative along a random direction: it is other if an entry is missing."""
    shape = shape_of(x)
    if not size_of(shape):
        return
    random = np.random.default_rng(1973)
    v = random.uniform(0.5, 1.0, shape) * random.choice([-1.0, 1.0], shape)
    v = v.astype(x.dtype) if shape else float(v)
    y, t, _ = run_forward(f, (x,), {}, {0: (x, v)})
    right = np.ravel(undefined(t, y))
    v = np.ravel(v)
    with np.errstate(all="ignore"):
        got, size = matrix @ v, abs(matrix) @ abs(v)
        eps = np.finfo(right.dtype).eps
        # A row of zeros, where terms cancel, is as good as the others are: it holds their rounding errors.
        rounding = 16 * eps * np.max(size[np.isfinite(size)], initial=0.0)
        # Some of the function may be computed in single precision.
        near = abs(right - got) <= max(np.sqrt(eps), 4 * np.finfo(np.float32).eps) * size + rounding
    unknown = np.isnan(np.ravel(y))  # rows that are not defined, or have an infinite entry
    unknown[row_numbers(matrix.indptr)[~np.isfinite(matrix.data)]] = True
    missing = np.flatnonzero(~near & ~unknown)
    if missing.size:
        rows = ", ".join(map(str, missing[:5])) + (", ..." if missing.size > 5 else "")
        raise PatternError(
            f"the sparsity pattern misses entries in {missing.size} of {len(right)} rows ({rows}): along a "
            "random direction the derivative is not the product with the Jacobian; leave pattern= out of "
            "sparse_plan to have it found at this point, write an if that depends on x as np.where, or take "
            "jacobian(f)(x)"
        )
