"""Jacobians: by columns in forward mode with lanes, by rows in reverse mode."""

from __future__ import annotations

import functools
from collections.abc import Callable
from textwrap import fill
from typing import Any

import numpy as np

from .arguments import check_mode, checked_argnums, derivative_of, each, extended
from .boundary import (
    ALREADY,
    check_holomorphic,
    checked_argument,
    function_for,
    given_out,
    no_entries,
    ones_like,
    own,
    undefined,
    unit_seeds,
    with_argument,
)
from .costs.choice import FEW, choice_for, found_for
from .dual import checked_number, named, primal
from .errors import InputError, OutputError
from .gradients import jacobian_rows
from .linear import SLAB, is_complex
from .lists import taking_lists
from .parallel.chunks import Joined, changed, lanes_for
from .shapes import shape_of, size_of
from .sweeps import run_forward
from .trees import Tree, built, leaves_of

__all__ = ["jacobian", "jacobian_columns", "value_and_jacobian"]


def _columns(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, places: Any, leaf: int = 0
) -> tuple[Any, list[Any]]:
    """The value, and columns of the Jacobian of each of its leaves, lanes first.

    The columns are those of some places of the flattened argument, or of one leaf of a structure.
    """
    seeds = unit_seeds(leaves_of(x)[leaf], places)
    return along(f, args, keywords, argnum, x, seeds, leaf, len(places))


def along(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, seeds: Any, leaf: int, lanes: int | None = None
) -> tuple[Any, list[Any]]:
    """The value, and the derivative of its leaves along seeds of one leaf of the argument.

    For a complex argument the derivative along ``1j`` times these is looked at as well.
    """
    y, t, mode = run_forward(f, args, keywords, {argnum: (x, _alone(x, leaf, seeds))}, lanes)
    if not mode.holomorphic and is_complex(leaves_of(x)[leaf]):
        _, t2, _ = run_forward(f, args, keywords, {argnum: (x, _alone(x, leaf, 1j * seeds))}, lanes)
        check_holomorphic(t, t2, y, "jacobian")
    return y, leaves_of(undefined(t, y))


def _alone(x: Any, leaf: int, seeds: Any) -> Any:
    """Seeds for one leaf; the others are not differentiated."""
    return x.like([seeds if i == leaf else None for i in range(len(x.leaves))]) if type(x) is Tree else seeds


def value_and_jacobian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] | None = None,
    mode: str = "auto",
    chunk: int | str = "auto",
    *,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
    explain: bool = False,
    executor: Any = None,
    progress: bool = False,
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``jacobian(f)(x)``.

    Parameters
    ----------
    f, argnums, mode, chunk, argnames, has_aux, lift, explain, executor, progress
        See `jacobian`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, jacobian)``, with ``has_aux``
        ``((value, aux), jacobian)``.

    Examples
    --------
    >>> y, J = value_and_jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    >>> J
    array([[2., 0.],
           [0., 4.]])
    """
    out = given_out(executor, progress)
    f = function_for(out, f, "jacobian", lift)
    _check_options(mode, chunk, has_aux, out)
    if argnames is not None or has_aux:
        options = {"chunk": chunk, "explain": explain, "executor": executor, "progress": progress}
        entry = functools.partial(value_and_jacobian, mode=mode, lift=ALREADY, **options)
        return extended(entry, f, argnums, argnames, has_aux, "jacobian")
    numbers = checked_argnums(argnums, "jacobian")
    found = found_for(f)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        return each(lambda own, i: one(own, keywords, i), args, numbers)

    def one(args: Any, keywords: Any, argnum: int) -> tuple[Any, Any]:
        y, J = _jacobian(f, args, keywords, argnum, mode, chunk, found, out)
        if explain:
            print(fill(f"jacobian: {_explanation(f, args, keywords, argnum, y, mode)}", 100))
        return y, J

    return differentiated


def _check_options(mode: str, chunk: int | str, has_aux: bool, out: Any) -> None:
    if has_aux and out is not None:
        raise InputError(
            "has_aux=True and executor= do not go together: what stands beside the value would have to come "
            "from one worker; take aux from a call of the function itself"
        )
    check_mode(mode)
    lanes_for(chunk, 1)


def _explanation(f: Any, args: Any, keywords: Any, argnum: int, y: Any, mode: str) -> str:
    """Which mode was taken and why."""
    x = checked_argument(args, argnum, "jacobian")
    if not all(type(z) is float or isinstance(primal(z), np.ndarray | np.generic) for z in (x, y)):
        return "of structures: by rows where there are far fewer of them than columns"
    f, args = taking_lists(f, args), with_argument(args, argnum, x)
    choice = choice_for(f, args, keywords, argnum, y, explain=True)
    return str(choice) if mode == "auto" else choice.overruled(mode)


def _jacobian(
    f: Any, args: Any, keywords: Any, argnum: int, mode: str, chunk: Any, found: dict[Any, str], out: Any
) -> tuple[Any, Any]:
    """The value and the Jacobian; of structures the structure of the value, with at each leaf that of x.

    ``found`` remembers the mode for each shape of the input.
    """
    f, x = taking_lists(f, args), checked_argument(args, argnum, "jacobian")
    if mode == "auto" and type(x) is not Tree:
        mode = _chosen(f, args, keywords, argnum, x, found)
    y, blocks = None, None
    if mode != "reverse":
        y, blocks = _by_columns(f, args, keywords, argnum, x, mode, chunk, out)
    if blocks is None:
        y, blocks = jacobian_rows(f, args, keywords, argnum, x, chunk, out)
    rows = [x.hollow(row).built() if type(x) is Tree else row[0] for row in blocks]
    return built(y), y.hollow(rows).built() if type(y) is Tree else rows[0]


def _chosen(f: Any, args: Any, keywords: Any, argnum: int, x: Any, found: dict[Any, str]) -> str:
    """The mode for an array; "auto" if the value is a structure, of which the size of the leaves decides."""
    key = argnum, shape_of(x)
    if size_of(key[1]) <= FEW:
        return "forward"
    if key not in found:  # one column tells how many rows there are
        y, _ = _columns(f, args, keywords, argnum, x, range(1))
        if type(y) is Tree:
            return "auto"
        found[key] = choice_for(f, with_argument(args, argnum, x), keywords, argnum, y).mode
    return found[key]


def _by_columns(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, mode: str, chunk: Any, out: Any
) -> tuple[Any, list[Any] | None]:
    """The value, and for each of its leaves the Jacobian by each leaf of x; None if rows are better."""
    y, by_input = None, []
    for leaf in range(len(leaves_of(x))):
        now, by_leaf = _by_one_leaf(f, args, keywords, argnum, x, leaf, mode, chunk, out)
        if by_leaf is None:
            return now, None
        y = _same(y, now)
        by_input.append(by_leaf)
    if not by_input:  # an empty structure
        y, _, _ = run_forward(f, args, keywords, {argnum: (x, x)})
    return y, [[by_leaf[i] for by_leaf in by_input] for i in range(len(leaves_of(y)))]


def _by_one_leaf(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, leaf: int, mode: str, chunk: Any, out: Any
) -> tuple[Any, list[Any] | None]:
    """The same by one leaf of x alone."""
    one = leaves_of(x)[leaf]
    shape = shape_of(one)
    n = size_of(shape)
    if not shape:
        return along(f, args, keywords, argnum, x, ones_like(one), leaf)
    if not n:
        y, _ = along(f, args, keywords, argnum, x, np.zeros_like(one), leaf)
        return y, [no_entries(z, one) for z in leaves_of(y)]
    if mode == "auto" and n > lanes_for("auto", n):  # one column tells how many rows there are
        y, _ = _columns(f, args, keywords, argnum, x, range(1), leaf)
        if 4 * sum(map(_size, leaves_of(y))) < n:
            return y, None
    y, joined = _chunks(f, args, keywords, argnum, x, range(n), chunk, leaf, out)
    columns = zip(leaves_of(y), joined, strict=True)
    return y, [np.reshape(_lanes_last(part), shape_of(z) + shape) for z, part in columns]


def _chunks(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, places: Any, chunk: Any, leaf: int, out: Any
) -> tuple[Any, list[Any]]:
    """As `_columns`, in several sweeps; ``out`` says where they run."""

    def sweep(k: int) -> Any:
        return _columns(f, args, keywords, argnum, x, places[:k], leaf)

    n = len(places)
    k = lanes_for(chunk, n, _size(leaves_of(x)[leaf]), sweep)
    if out is None:
        return _in_turn(f, args, keywords, argnum, x, places, leaf, k)
    from .parallel.executors import results, spans

    length = k
    if chunk == "auto":
        from .durations import taken_by

        few = min(SLAB, n)
        takes = taken_by(f, args, keywords, argnum, x, lambda: sweep(few), few)
        length = takes.columns_together(n, k, out.executor)
    task = functools.partial(_block, f, args, keywords, argnum, leaf, min(k, length))
    blocks = [(span.start == 0, places[span.start : span.stop]) for span in spans(n, length)]
    y, joined = None, Joined(n)
    for value, block in results(task, blocks, out, _block_name):
        y = value if y is None else y
        joined.add(block)
    return y, joined.arrays()


def _in_turn(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, places: Any, leaf: int, k: int
) -> tuple[Any, list[Any]]:
    y, joined = None, Joined(len(places))
    for start in range(0, len(places), k):
        now, block = _columns(f, args, keywords, argnum, x, places[start : start + k], leaf)
        y = _same(y, now)
        joined.add(block)
        del block  # not to be there in the next sweep
    return y, joined.arrays()


def _same(before: Any, now: Any) -> Any:
    """The value of a sweep, which has to be that of the one before: each gives some of the columns."""
    for x, y in zip(leaves_of(before), leaves_of(now), strict=False) if before is not None else ():
        x, y = primal(x), primal(y)
        if shape_of(x) != shape_of(y) or np.array_equal(x, y, equal_nan=True):
            continue
        if not np.allclose(x, y, rtol=1e-6, atol=1e-9, equal_nan=True):  # what cancels is of rounding errors
            raise changed(named(x), named(y))
    return now


def _block(f: Any, args: Any, keywords: Any, argnum: int, leaf: int, k: int, block: Any) -> Any:
    """What a worker does: some columns, and the value with the first of them."""
    first, places = block
    x = checked_argument(args, argnum, "jacobian")
    y, columns = _in_turn(f, args, keywords, argnum, x, places, leaf, k)
    return y if first else None, columns


def _block_name(block: Any) -> str:
    _, places = block
    return f"columns {places[0]} to {places[-1]}"


def _size(x: Any) -> int:
    return size_of(shape_of(x))


def _lanes_last(columns: Any) -> Any:
    """The lanes as the last axis."""
    return columns.transpose((*range(1, columns.ndim), 0))


def jacobian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] | None = None,
    mode: str = "auto",
    chunk: int | str = "auto",
    *,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
    explain: bool = False,
    executor: Any = None,
    progress: bool = False,
) -> Callable[..., Any]:
    """The Jacobian of a function of an array.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them that returns such.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate; a tuple gives a tuple of Jacobians. Default: the
        first, or none if ``argnames`` is given.
    mode : {"auto", "forward", "reverse"}, optional
        Column by column, or row by row. "auto" chooses by what is counted to cost less.
    chunk : int or str, optional
        How many columns (or rows) to compute in one sweep; or the memory that a sweep may take beside the
        Jacobian itself, as in "64MB". Default: "auto", as many as stay in the cache. The result is the
        same to the last bit.
    argnames : str or tuple of str, optional
        Which argument by its name, passed by keyword or by position; a tuple gives a dict of Jacobians.
        With ``argnums`` as well the result is the pair ``(by number, by name)``.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.
    explain : bool, optional
        Whether to print which mode was chosen, and why. Default: False.
    executor : concurrent.futures.Executor, optional
        Threads, processes, or the workers of a cluster, which compute blocks of columns (or rows); the
        result is the same to the last bit. See docs/parallel.md.
    progress : bool, optional
        Whether to show a bar of ``tqdm``. Default: False.

    Returns
    -------
    callable
        With the arguments of ``f``; returns an array of shape ``np.shape(f(x)) + np.shape(x)``. For
        structures: the structure of ``f(x)``, at each leaf the structure of ``x``, at each leaf of
        that such an array. With ``has_aux`` ``(jacobian, aux)``.

    Raises
    ------
    InputError
        ``mode``, ``chunk`` or ``argnums`` is none; or when called, the argument is not made of numbers.
    OutputError
        When called: ``f`` returned something else than numbers.
    UnsupportedError
        When called: the argument is complex, and ``f`` is not holomorphic there.

    Examples
    --------
    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[1] ** 2]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [0., 6.]])

    >>> J = jacobian(lambda x: np.sum(x**2), explain=True)(np.ones(100))
    jacobian: by rows, mode="reverse": 100 inputs and 1 output; counted, forward takes 50,601 operations
    and reverse 1,203, 42.1 times fewer
    """
    both = value_and_jacobian(
        f,
        argnums,
        mode,
        chunk,
        argnames=argnames,
        has_aux=has_aux,
        lift=lift,
        explain=explain,
        executor=executor,
        progress=progress,
    )
    return derivative_of(both, f, has_aux)


def jacobian_columns(
    f: Callable[..., Any],
    x: Any,
    columns: Any,
    chunk: int | str = "auto",
    *,
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Any:
    """Some columns of the Jacobian, each at the cost of one direction.

    Parameters
    ----------
    f : callable
        A function of one array.
    x : array_like
        Where.
    columns : int, slice or sequence of int
        Which entries of the flattened ``x``.
    chunk : int or str, optional
        How many columns to compute in one sweep, or its memory; see `jacobian`.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.
    executor, progress
        See `jacobian`.

    Returns
    -------
    array
        Shape ``np.shape(f(x)) + (len(columns),)``; for a lone column ``np.shape(f(x))``.

    Raises
    ------
    InputError
        There is no such column.

    Examples
    --------
    >>> jacobian_columns(lambda x: x**2, np.array([1.0, 2.0, 3.0]), [0, 2])
    array([[2., 0.],
           [0., 0.],
           [0., 6.]])
    """
    out = given_out(executor, progress)
    f = function_for(out, f, "jacobian_columns", lift)
    lanes_for(chunk, 1)
    f, x = taking_lists(f, (x,)), own(checked_number(x, "the argument of jacobian_columns"))
    n = size_of(shape_of(x))
    try:
        places = np.arange(n)[columns if not isinstance(columns, list | tuple) or columns else slice(0)]
    except IndexError as error:
        raise InputError(
            f"columns={named(columns)} are no entries of x, which has {n}; pass a whole number, a slice or "
            f"a list of whole numbers from 0 to {n - 1}"
        ) from error
    wanted = np.atleast_1d(places)
    if not wanted.size:
        y, _, _ = run_forward(f, (x,), {}, {0: (x, np.zeros_like(x))})
        return np.zeros((*shape_of(y), 0))
    y, blocks = _chunks(f, (x,), {}, 0, x, wanted, chunk, 0, out)
    if type(y) is Tree:
        raise OutputError(
            f"jacobian_columns is for a function that returns one array, and this one returned {y}; "
            "return one of its arrays, or take jacobian(f)(x)"
        )
    columns_last = _lanes_last(blocks[0])
    return columns_last[..., 0] if np.ndim(places) == 0 else columns_last
