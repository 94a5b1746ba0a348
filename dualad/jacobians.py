"""Jacobians: by columns in forward mode with lanes, by rows in reverse mode."""

from __future__ import annotations

import functools
from collections.abc import Callable
from textwrap import fill
from typing import Any

import numpy as np

from .boundary import (
    check_holomorphic,
    checked_argument,
    checked_function,
    lanes_for,
    no_entries,
    ones_like,
    own,
    run_forward,
    undefined,
)
from .choice import FEW, choice_for, found_for
from .dual import checked_number, primal
from .errors import InputError
from .gradients import jacobian_rows
from .linear import is_complex
from .shapes import shape_of, size_of

__all__ = ["jacobian", "jacobian_columns", "value_and_jacobian"]


def _columns(f: Any, args: Any, keywords: Any, argnum: int, x: Any, places: Any) -> tuple[Any, Any]:
    """The value, and the Jacobian columns at some places of the flattened input, lanes first."""
    shape = shape_of(x)
    k = len(places)
    seeds = np.zeros((k, size_of(shape)), getattr(primal(x), "dtype", float))
    seeds[np.arange(k), places] = 1
    return _along(f, args, keywords, argnum, x, seeds.reshape(k, *shape), k)


def _along(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, seeds: Any, lanes: int | None = None
) -> tuple[Any, Any]:
    """The value, and the derivative along the seeds; of a complex input also along ``1j`` times these."""
    y, t, mode = run_forward(f, args, keywords, {argnum: (x, seeds)}, lanes)
    if not mode.holomorphic and is_complex(x):
        _, t2, _ = run_forward(f, args, keywords, {argnum: (x, 1j * seeds)}, lanes)
        check_holomorphic(t, t2, y, "jacobian")
    return y, undefined(t, y)


def value_and_jacobian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    mode: str = "auto",
    chunk: int | str = "auto",
    *,
    lift: bool = True,
    explain: bool = False,
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``jacobian(f)(x)``.

    Parameters
    ----------
    f, argnums, mode, chunk, lift, explain
        See `jacobian`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, jacobian)``.

    Examples
    --------
    >>> y, J = value_and_jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    >>> J
    array([[2., 0.],
           [0., 4.]])
    """
    f = checked_function(f, "jacobian", lift)
    if mode not in ("auto", "forward", "reverse"):
        raise InputError(f'mode={mode!r} is not a mode; pass mode="forward", "reverse" or "auto"')
    lanes_for(chunk, 1)
    found = found_for(f)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        if isinstance(argnums, tuple):
            results = [one(args, keywords, i) for i in argnums]
            if not results:
                raise InputError("argnums=() names no argument; pass argnums=0, or a tuple such as (0, 1)")
            return results[0][0], tuple(J for _, J in results)
        return one(args, keywords, argnums)

    def one(args: Any, keywords: Any, argnum: int) -> tuple[Any, Any]:
        y, J = _jacobian(f, args, keywords, argnum, mode, chunk, found)
        if explain:
            choice = choice_for(f, args, keywords, argnum, y, chunk, explain=True)
            print(fill(f"jacobian: {choice if mode == 'auto' else choice.overruled(mode)}", 100))
        return y, J

    return differentiated


def _jacobian(
    f: Any, args: Any, keywords: Any, argnum: int, mode: str, chunk: Any, found: dict[Any, str]
) -> tuple[Any, Any]:
    """The value and the Jacobian; ``found`` remembers the mode for each shape of the input."""
    x = checked_argument(args, argnum, "jacobian")
    shape = shape_of(x)
    n = size_of(shape)
    y, blocks = None, []
    if mode == "auto" and n > FEW:
        if (argnum, shape) not in found:  # one column tells how many rows there are
            y, column = _columns(f, args, keywords, argnum, x, range(1))
            blocks = [column]
            found[argnum, shape] = choice_for(f, args, keywords, argnum, y, chunk).mode
        mode = found[argnum, shape]
    if mode == "reverse":
        return jacobian_rows(f, args, keywords, argnum, x, chunk)
    if not shape:
        return _along(f, args, keywords, argnum, x, ones_like(x))
    if not n:
        y, _, _ = run_forward(f, args, keywords, {argnum: (x, np.zeros_like(x))})
        return y, no_entries(y, x)
    k = lanes_for(chunk, n)
    for start in range(len(blocks), n, k):
        y, block = _columns(f, args, keywords, argnum, x, range(start, min(start + k, n)))
        blocks.append(block)
    columns = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return y, np.reshape(np.moveaxis(columns, 0, -1), shape_of(y) + shape)


def jacobian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    mode: str = "auto",
    chunk: int | str = "auto",
    *,
    lift: bool = True,
    explain: bool = False,
) -> Callable[..., Any]:
    """The Jacobian of a function of an array.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays that returns a number, an array, or a list of numbers.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate; a tuple gives a tuple of Jacobians.
    mode : {"auto", "forward", "reverse"}, optional
        Column by column, or row by row. "auto" chooses by what is counted to cost less.
    chunk : int or "auto", optional
        How many columns (or rows) to compute in one sweep.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.
    explain : bool, optional
        Whether to print which mode was chosen, and why. Default: False.

    Returns
    -------
    callable
        With the arguments of ``f``; returns an array of shape ``np.shape(f(x)) + np.shape(x)``.

    Examples
    --------
    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[1] ** 2]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [0., 6.]])

    >>> J = jacobian(lambda x: np.sum(x**2), explain=True)(np.ones(100))
    jacobian: by rows, mode="reverse": 100 inputs and 1 output; counted, forward takes 50,602 operations
    and reverse 1,204, 42 times fewer
    """
    both = value_and_jacobian(f, argnums, mode, chunk, lift=lift, explain=explain)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return differentiated


def jacobian_columns(
    f: Callable[..., Any], x: Any, columns: Any, chunk: int | str = "auto", *, lift: bool = True
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
    chunk : int or "auto", optional
        How many columns to compute in one sweep.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    array
        Shape ``np.shape(f(x)) + (len(columns),)``; for a lone column ``np.shape(f(x))``.

    Raises
    ------
    IndexError
        There is no such column.

    Examples
    --------
    >>> jacobian_columns(lambda x: x**2, np.array([1.0, 2.0, 3.0]), [0, 2])
    array([[2., 0.],
           [0., 0.],
           [0., 6.]])
    """
    f = checked_function(f, "jacobian_columns", lift)
    x = own(checked_number(x, "the argument of jacobian_columns"))
    n = size_of(shape_of(x))
    try:
        places = np.arange(n)[columns if not isinstance(columns, list | tuple) or columns else slice(0)]
    except IndexError as error:
        raise IndexError(
            f"columns={columns!r} asks for entries that x does not have; count them from 0 to {n - 1}"
        ) from error
    wanted = np.atleast_1d(places)
    if not wanted.size:
        y, _, _ = run_forward(f, (x,), {}, {0: (x, np.zeros_like(x))})
        return np.zeros((*shape_of(y), 0))
    k = lanes_for(chunk, wanted.size)
    blocks = [_columns(f, (x,), {}, 0, x, wanted[i : i + k])[1] for i in range(0, wanted.size, k)]
    columns_last = np.moveaxis(blocks[0] if len(blocks) == 1 else np.concatenate(blocks), 0, -1)
    return columns_last[..., 0] if np.ndim(places) == 0 else columns_last
