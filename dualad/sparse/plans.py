"""Plans: the pattern, the colours, and where each entry is found in what the sweeps give.

A sweep forward takes one direction for each colour of the columns, a sweep in reverse one for each
colour of the rows. A few full rows would make all columns meet: then these rows are found in reverse
and the rest forward, and likewise for full columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np

from ..arguments import check_mode
from ..boundary import checked_function, own, taken_apart
from ..dual import checked_number, named, primal
from ..errors import InputError, ShapeError
from ..gradients import gradient_of
from ..lists import taking_lists
from ..modes import Recorded
from ..shapes import Shape, shape_of, size_of
from ._arrays import row_numbers, scipy_sparse
from .colouring import coloured_columns, number_of_colours, star_coloured
from .patterns import found_pattern, symmetric

#: What a sweep in reverse costs, in sweeps forward.
_REVERSE = 2


@dataclass(frozen=True, eq=False)
class SparsePlan:
    """How to compute a sparse Jacobian or Hessian; made by `sparse_plan`, can be pickled.

    Attributes
    ----------
    of : str
        "jacobian" or "hessian".
    x_shape, y_shape : tuple of int
        The shapes of the argument and of the result (of a Hessian both are those of the argument).
    dtype : numpy.dtype
        The dtype of the argument.
    indptr, indices : array of int
        The pattern in CSR form.
    column_colours, row_colours : array of int
        The directions in which columns and rows are found, forward and in reverse; -1 for none.
    sources : array of int
        For each entry its place in what the sweeps give: an array of ``forward`` rows of outputs,
        then one of ``reverse`` rows of inputs, both counted through.
    """

    of: str
    x_shape: Shape
    y_shape: Shape
    dtype: Any
    indptr: Any
    indices: Any
    column_colours: Any
    row_colours: Any
    sources: Any

    @cached_property
    def shape(self) -> tuple[int, int]:
        """The shape of the matrix."""
        return size_of(self.y_shape), size_of(self.x_shape)

    @cached_property
    def forward(self) -> int:
        """How many directions forward mode takes."""
        return number_of_colours(self.column_colours)

    @cached_property
    def reverse(self) -> int:
        """How many directions reverse mode takes."""
        return number_of_colours(self.row_colours)

    @property
    def pattern(self) -> Any:
        """The pattern, as a ``csr_array`` of bool."""
        ones = np.ones(len(self.indices), bool)
        sparse = scipy_sparse("a sparse plan")
        return sparse.csr_array((ones, self.indices.copy(), self.indptr.copy()), shape=self.shape)

    def __repr__(self) -> str:
        m, n = self.shape
        return (
            f"<SparsePlan of a {self.of}: {m} x {n}, {len(self.indices)} entries, "
            f"{self.forward} directions forward, {self.reverse} in reverse>"
        )


def sparse_plan(
    f: Callable[..., Any],
    x: Any,
    *,
    of: str = "jacobian",
    pattern: Any = None,
    mode: str = "auto",
    lift: bool = True,
) -> SparsePlan:
    """How to compute the sparse Jacobian or Hessian of a function, to be used again and again.

    Parameters
    ----------
    f : callable
        A function of one array (or number); for a Hessian it returns a number.
    x : float or array_like
        A point; what matters is its shape and dtype.
    of : {"jacobian", "hessian"}, optional
        What the plan is for.
    pattern : sparse array or array_like of bool, optional
        Which entries can be other than zero, if you know: of shape ``(np.size(f(x)), np.size(x))``.
        Default: found by `sparsity` or `hessian_sparsity`.
    mode : {"auto", "forward", "reverse"}, optional
        How a Jacobian is found: by columns, by rows, or as takes the fewest sweeps, full rows in
        reverse and full columns forward.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    SparsePlan
        For ``sparse_jacobian(f, plan)`` and ``sparse_hessian(f, plan)``.

    Raises
    ------
    ShapeError
        The pattern given has another shape than the Jacobian.

    Warns
    -----
    PatternWarning
        See `sparsity`.

    Examples
    --------
    >>> def f(x):
    ...     return x[1:] * x[:-1]
    >>> plan = sparse_plan(f, np.ones(1000))
    >>> plan
    <SparsePlan of a jacobian: 999 x 1000, 1998 entries, 2 directions forward, 0 in reverse>
    """
    if of not in ("jacobian", "hessian"):
        raise InputError(f'of={of!r} is nothing to plan; pass of="jacobian" or of="hessian"')
    check_mode(mode)
    f = checked_function(f, "sparse_plan", lift)
    f, x = taking_lists(f, (x,)), own(checked_number(x, "the argument of sparse_plan"))
    return plan_for(f, x, of, pattern, mode, "sparse_plan")


def plan_for(f: Any, x: Any, of: str, pattern: Any, mode: str, caller: str) -> SparsePlan:
    """The plan of a lifted function."""
    if of == "hessian":
        f = gradient_of(f)
    if pattern is None:
        pattern, y_shape = found_pattern(f, x, caller)
    else:
        y_shape = shape_of(taken_apart(f(own(x)), Recorded())[0])
        pattern = _checked_pattern(pattern, (size_of(y_shape), size_of(shape_of(x))), of)
    dtype = np.dtype(getattr(primal(x), "dtype", complex if isinstance(x, complex) else float))
    if of == "hessian":
        pattern = symmetric(pattern)
        colours = _hessian(pattern)
    else:
        colours = _jacobian(pattern, mode)
    return SparsePlan(of, shape_of(x), y_shape, dtype, pattern.indptr, pattern.indices, *colours)


def _checked_pattern(pattern: Any, shape: tuple[int, int], of: str) -> Any:
    sparse = scipy_sparse("sparse_plan")
    if not sparse.issparse(pattern):
        pattern = np.asarray(pattern)
        if pattern.dtype.kind not in "biuf" or pattern.ndim != 2:
            raise InputError(
                f"the pattern has dtype {pattern.dtype} and {pattern.ndim} axes; give a matrix of bool, such "
                "as sparsity(f, x), or a scipy.sparse array"
            )
    if pattern.shape != shape:
        raise ShapeError(
            f"the pattern has shape {pattern.shape} and the {of} {shape}; give a pattern of shape {shape}, "
            "or leave it out to have it found"
        )
    checked = sparse.csr_array(pattern)
    checked = sparse.csr_array((checked.data != 0, checked.indices.copy(), checked.indptr.copy()), shape)
    checked.sum_duplicates()
    checked.eliminate_zeros()
    checked.sort_indices()
    return checked


# ---------------------------------------------------------------- which way


def _jacobian(pattern: Any, mode: str) -> tuple[Any, Any, Any]:
    """The colours of columns and rows, and the places of the entries."""
    rows, columns = row_numbers(pattern.indptr), pattern.indices
    if mode != "auto":
        return _found(pattern, np.full(len(rows), mode == "reverse"))
    by_row, by_column = np.diff(pattern.indptr), np.bincount(columns, minlength=pattern.shape[1])
    rows_in_reverse, least = _full(by_row, _REVERSE, 1)
    columns_forward, other_least = _full(by_column, 1, _REVERSE)
    choices = [(least, 0, rows_in_reverse[rows]), (other_least, 1, ~columns_forward[columns])]
    (_, _, first), (bound, _, second) = sorted(choices, key=itemgetter(0, 1))
    found = _found(pattern, first)
    return found if _cost(found) <= bound else min(found, _found(pattern, second), key=_cost)


def _cost(found: tuple[Any, Any, Any]) -> int:
    return number_of_colours(found[0]) + _REVERSE * number_of_colours(found[1])


def _full(counts: Any, cost: int, cost_of_rest: int) -> tuple[Any, int]:
    """The lines so full that each is better found by a direction of its own, and the least cost of all."""
    order = np.argsort(-counts, kind="stable")
    rest = np.append(counts[order], 0)  # the fullest line that is left when the first k are taken out
    costs = cost * np.arange(len(rest)) + cost_of_rest * rest
    k = int(np.argmin(costs))
    full = np.zeros(len(counts), bool)
    full[order[:k]] = True
    return full, int(costs[k])


def _found(pattern: Any, in_reverse: Any) -> tuple[Any, Any, Any]:
    """The plan by which some of the entries are found in reverse, the others forward."""
    m, n = pattern.shape
    rows, columns = row_numbers(pattern.indptr), pattern.indices
    column_colours = coloured_columns(_part(pattern, ~in_reverse))
    row_colours = coloured_columns(_part(pattern, in_reverse).T.tocsr())
    reverse = number_of_colours(column_colours) * m + row_colours[rows] * n + columns
    return column_colours, row_colours, np.where(in_reverse, reverse, column_colours[columns] * m + rows)


def _part(pattern: Any, kept: Any) -> Any:
    """Some of the entries of a pattern."""
    at = row_numbers(pattern.indptr)[kept], pattern.indices[kept]
    return scipy_sparse("sparse_plan").csr_array((np.ones(len(at[0]), bool), at), shape=pattern.shape)


def _hessian(pattern: Any) -> tuple[Any, Any, Any]:
    """Each entry from a column that alone has its colour in this row, or from its mirror image."""
    n = pattern.shape[0]
    colours = star_coloured(pattern)
    rows, columns = row_numbers(pattern.indptr), pattern.indices
    keys = rows * (number_of_colours(colours) + 1) + colours[columns]
    _, which, count = np.unique(keys, return_inverse=True, return_counts=True)
    alone = count[which] == 1
    sources = np.where(alone, colours[columns] * n + rows, colours[rows] * n + columns)
    mirror = np.lexsort((rows, columns))  # of each entry; both get the same number
    return colours, np.full(n, -1), np.where(rows > columns, sources[mirror], sources)


# ---------------------------------------------------------------- used


def check_plan(plan: Any, of: str) -> None:
    """Raise for what is no plan, or one of something else."""
    if not isinstance(plan, SparsePlan):
        raise InputError(
            f"the plan is {named(plan)}; pass what sparse_plan(f, x) returns, and the point to what comes "
            f"out: sparse_{of}(f, plan)(x)"
        )
    if plan.of != of:
        raise InputError(f'the plan is of a {plan.of}; make one with sparse_plan(f, x, of="{of}")')


def check_fits(plan: SparsePlan, x: Any) -> None:
    """Raise for a plan that was made for another argument."""
    if shape_of(x) != plan.x_shape:
        raise ShapeError(
            f"the plan was made for an argument of shape {plan.x_shape} and this one has shape "
            f"{shape_of(x)}; make one for it: sparse_plan(f, x)"
        )
    dtype = getattr(x, "dtype", None) or np.dtype(complex if isinstance(x, complex) else float)
    if dtype != plan.dtype:
        converted = np.can_cast(dtype, plan.dtype, "same_kind")  # a complex number would lose a part
        raise InputError(
            f"the plan was made for an argument of dtype {plan.dtype} and this one has dtype {dtype}; "
            + (f"pass x.astype({plan.dtype.name!r}), or " if converted else "")
            + "make a plan for it: sparse_plan(f, x)"
        )
