"""Forward mode for users: derivative, jvp, jacobian and its columns."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .dual import Dual, check_current, checked_number, make, primal, stacked
from .errors import InputError, OutputError, OverError, ShapeError, UnsupportedError
from .linear import has_nan
from .modes import Forward, Mode, Recorded
from .shapes import Shape, shape_of, size_of

__all__ = [
    "derivative",
    "jacobian",
    "jacobian_columns",
    "jvp",
    "stop_derivative",
    "tangent",
    "value",
    "value_and_derivative",
    "value_and_jacobian",
]

# ---------------------------------------------------------------- at the boundary of a derivative call


def checked_function(f: Any, caller: str) -> Callable[..., Any]:
    """The function, or an error for what is not one."""
    if not callable(f):
        raise InputError(
            f"{caller} takes a function and was given {f!r}; pass the function itself: {caller}(f)(x), not {caller}(f(x))"
        )
    function: Callable[..., Any] = f
    return function


def checked_argument(args: Sequence[Any], argnum: int, caller: str) -> Any:
    """The argument to differentiate, as floats, and never the caller's own array."""
    if not isinstance(argnum, int) or not -len(args) <= argnum < len(args):
        raise InputError(
            f"{caller} with argnums={argnum!r} was called with {len(args)} positional argument(s); "
            f"pass the argument by position, as in {caller}(f)(x), and count argnums from 0"
        )
    return own(checked_number(args[argnum], f"argument {argnum} of the function given to {caller}"))


def own(x: Any) -> Any:
    """A copy of an array: the function may assign to its argument, the caller's stays as it is."""
    return x.copy() if isinstance(x, np.ndarray) or (type(x) is Dual and isinstance(primal(x), np.ndarray)) else x


def with_argument(args: Sequence[Any], argnum: int, x: Any) -> list[Any]:
    """The arguments with one of them exchanged."""
    exchanged = list(args)
    exchanged[argnum] = x
    return exchanged


def taken_apart(out: Any, mode: Mode) -> tuple[Any, Any]:
    """What a function returned, as value and tangent; the tangent is zero for what is constant."""
    if isinstance(out, list | tuple):
        out = stacked(list(out))
    if isinstance(out, np.ndarray) and out.dtype == object:
        out = stacked(out.tolist())
    if type(out) is Dual:
        if out.mode is mode:
            check_current(out)
            return out.value, out.tangent
        if out.mode.new is not object.__new__ or out.mode.level > mode.level:
            raise OverError(
                "the function returned a Dual that belongs to another derivative call, which is over; "
                "return what this call computed, or dualad.value(x) of the other"
            )
        return out, mode.zero(out)
    if out is None:
        raise OutputError("the function returned None; give it a return statement: return y")
    if isinstance(out, str | bytes | dict | set):
        raise OutputError(f"the function returned {out!r} (a {type(out).__name__}); return a number or an array")
    if isinstance(out, bool | int | np.bool | np.integer):
        out = float(out)
    if isinstance(out, np.ndarray) and out.dtype.kind in "biu":
        out = out.astype(np.float64)
    if isinstance(out, complex) or getattr(getattr(out, "dtype", None), "kind", "f") == "c":
        raise UnsupportedError(
            "the function returned complex numbers, which have no derivative yet; return np.abs(z) or its parts"
        )
    if isinstance(out, np.ndarray | np.generic) and out.dtype.kind != "f":
        raise OutputError(
            f"the function returned an array of dtype {out.dtype}; return numbers, made with np.stack([...]) "
            "rather than np.array([...], dtype=object)"
        )
    if not isinstance(out, np.ndarray | float):
        try:
            out = checked_number(out, "the result of the function")
        except InputError as error:
            raise OutputError(
                f"the function returned {out!r} (a {type(out).__name__}); return a number or an array"
            ) from error
    return out, mode.zero(out)


def seeded(mode: Mode, x: Any, tangent: Any) -> Any:
    """The argument as a Dual of this mode."""
    if isinstance(mode, Forward):
        tangent = mode._fitted(tangent, x)
    return make(mode, x, tangent)


def undefined(t: Any, y: Any, axis: int = 0) -> Any:
    """The tangent, NaN where the value is NaN: what is not defined has no derivative."""
    values = primal(y)
    if isinstance(values, np.ndarray):
        if values.dtype.kind == "f" and has_nan(values):
            return np.where(np.isnan(values), math.nan, t)
        return t
    if isinstance(values, float) and values != values:
        return t * math.nan
    return t


def ones_like(x: Any) -> Any:
    """The seed of an elementwise derivative: a one of the value's own number type for each entry."""
    x = primal(x) if type(x) is Dual else x
    if isinstance(x, np.ndarray):
        return np.ones_like(x)
    return 1.0 if isinstance(x, float) else type(x)(1)


def value(x: Any) -> Any:
    """The plain number or array inside a Dual, however deeply nested.

    Parameters
    ----------
    x : Dual or anything else
        What is not a Dual is returned as it is.

    Examples
    --------
    >>> value(Dual(2.0, 1.0)), value(3.0)
    (2.0, 3.0)
    """
    return primal(x)


def tangent(x: Any) -> Any:
    """The tangent of a Dual, zero for a plain number.

    Parameters
    ----------
    x : Dual, float or array_like

    Raises
    ------
    UnsupportedError
        ``x`` is recorded for reverse mode, where there are no tangents.

    Examples
    --------
    >>> tangent(Dual(2.0, 1.0)), tangent(3.0)
    (1.0, 0.0)
    """
    if type(x) is not Dual:
        return np.zeros(np.shape(x))[()].item() if np.ndim(x) == 0 else np.zeros(np.shape(x))
    if isinstance(x.mode, Recorded):
        raise UnsupportedError(
            "in recorded (reverse) mode a Dual has no tangent, only a place on the tape; use dualad.jvp for tangents"
        )
    return x.tangent


def stop_derivative(x: Any) -> Any:
    """The value of ``x`` as a constant: its derivative is zero, in every mode and at every order.

    Examples
    --------
    >>> derivative(lambda x: x * stop_derivative(x))(3.0)
    3.0
    """
    return own(primal(x))


# ---------------------------------------------------------------- one direction


def _run(f: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any], seeds: dict[int, tuple[Any, Any]],
         lanes: int | None = None) -> tuple[Any, Any, Forward]:  # fmt: skip
    """One forward sweep: value, tangent, and the mode it ran in."""
    mode = Forward(lanes)
    try:
        args = list(args)
        for i, (x, t) in seeds.items():
            args[i] = seeded(mode, x, t)
        y, t = taken_apart(f(*args, **keywords), mode)
    finally:
        mode.close()
    return y, t, mode


def value_and_derivative(f: Callable[..., Any], order: int = 1, *, argnums: int = 0) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``derivative(f)(x)``, evaluating ``f`` once.

    Parameters
    ----------
    f : callable
        See `derivative`.
    order : int, optional
        The order of the derivative. Default: 1.
    argnums : int, optional
        Which positional argument to differentiate. Default: the first.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, derivative)``.

    Examples
    --------
    >>> value_and_derivative(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    checked_function(f, "derivative")
    if not isinstance(order, int) or order < 1:
        raise InputError(f"order={order!r} is no order of a derivative; pass a whole number from 1, as in order=2")

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        x = checked_argument(args, argnums, "derivative")
        if order > 1:
            return _higher(value_and_derivative(f, order - 1, argnums=argnums), args, keywords, argnums, x)
        y, t, mode = _run(f, args, keywords, {argnums: (x, ones_like(x))})
        if shape_of(x) and size_of(shape_of(x)) != 1 or shape_of(x) and mode.moved:
            _check_elementwise(f, args, keywords, argnums, x, y, t, mode)
        return y, undefined(t, y)

    return differentiated


def _higher(lower: Callable[..., Any], args: Any, keywords: Any, argnum: int, x: Any) -> tuple[Any, Any]:
    """The value, and the derivative of a lower derivative, in one sweep."""
    mode = Forward()
    try:
        y, dy = lower(*with_argument(args, argnum, seeded(mode, x, ones_like(x))), **keywords)
        return taken_apart(y, mode)[0], taken_apart(dy, mode)[1]
    finally:
        mode.close()


def _check_elementwise(f: Any, args: Any, keywords: Any, argnum: int, x: Any, y: Any, t: Any, mode: Forward) -> None:
    """Say so if entry i of the output depends on another entry of the input than i.

    As long as no entry was moved there is nothing to check. Otherwise a second sweep with powers of
    two as seeds, by which every product is exact, must give the first one's tangent times the seed.
    """
    shape, out = shape_of(x), shape_of(y)
    problem = f"the function is not elementwise: it maps an array of shape {shape} to one of shape {out}"
    fits = out == shape or (len(out) > len(shape) and out[len(out) - len(shape) :] == shape)
    if fits and mode.moved:
        seed = np.random.default_rng(20).choice([0.25, 0.5, 2.0, 4.0], size=shape)
        _, t2, _ = _run(f, args, keywords, {argnum: (own(x), seed.astype(getattr(primal(x), "dtype", float)))})
        fits = np.allclose(primal(t2), primal(t) * seed, rtol=1e-6 if np.dtype(primal(y).dtype).itemsize < 8 else 1e-12,
                           atol=0, equal_nan=True)  # fmt: skip
        problem = "the function is not elementwise: an entry of its output depends on several entries of its input"
    if not fits:
        meant = "grad(f)(x)" if out == () else "jacobian(f)(x)"
        raise ShapeError(f"{problem}; perhaps you meant {meant}, or jvp(f, x, t) for one direction")


def derivative(f: Callable[..., Any], order: int = 1, *, argnums: int = 0) -> Callable[..., Any]:
    """The derivative of a function of a number, or of an elementwise function of an array.

    Parameters
    ----------
    f : callable
        A plain function: of a number, returning a number or array; or of an array, of which every
        entry gives one entry of the result.
    order : int, optional
        The order of the derivative. Default: 1.
    argnums : int, optional
        Which positional argument to differentiate. Default: the first.

    Returns
    -------
    callable
        With the arguments of ``f``; returns the derivative, shaped like ``f(x)``.

    Raises
    ------
    ShapeError
        ``f`` mixes the entries of its input: its derivative is a gradient or Jacobian.

    Notes
    -----
    Forward mode: ``f(x + ε) = f(x) + f'(x) ε`` with ``ε² = 0``.

    Examples
    --------
    >>> derivative(np.sin)(0.0)
    1.0
    >>> derivative(lambda x: x**3, order=2)(2.0)
    12.0
    >>> derivative(lambda x: x * np.exp(-x))(np.array([0.0, 1.0]))
    array([1., 0.])
    """
    both = value_and_derivative(f, order, argnums=argnums)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return differentiated


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value and the directional derivative: Jacobian times vector.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays.
    primals : float, array_like or tuple
        The argument, or a tuple of all positional arguments.
    tangents : float, array_like or tuple
        The direction: the same, with the same shapes.

    Returns
    -------
    value, tangent
        Both shaped like ``f(*primals)``.

    Raises
    ------
    ShapeError
        A tangent's shape is not its primal's.

    Examples
    --------
    >>> jvp(lambda x: x[0] * x[1], np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    (2.0...6.0, 3.0)
    """
    checked_function(f, "jvp")
    several = isinstance(primals, tuple)
    xs = primals if several else (primals,)
    ts = tangents if several and isinstance(tangents, tuple) else (tangents,)
    if len(xs) != len(ts):
        raise ShapeError(
            f"jvp was given {len(xs)} primal(s) and {len(ts)} tangent(s); give one tangent for each, as in "
            "jvp(f, (x, y), (tx, ty))"
        )
    seeds = {}
    for i, (x, t) in enumerate(zip(xs, ts, strict=True)):
        x = own(checked_number(x, f"primal {i} of jvp"))
        t = own(checked_number(t, f"tangent {i} of jvp"))
        if shape_of(t) != shape_of(x):
            raise ShapeError(
                f"tangent {i} has shape {shape_of(t)} and its primal {shape_of(x)}; "
                "give the tangent the shape of the primal: np.broadcast_to(t, np.shape(x))"
            )
        seeds[i] = (x, t)
    y, t, _ = _run(f, xs, {}, seeds)
    return y, undefined(t, y)


# ---------------------------------------------------------------- many directions


#: How many numbers the lanes of one array may hold: a megabyte stays in the cache.
_LANE_NUMBERS = 1 << 17


def _lanes_for(chunk: Any, n: int) -> int:
    if chunk == "auto":
        return min(n, max(8, _LANE_NUMBERS // n))
    if not isinstance(chunk, int) or isinstance(chunk, bool) or chunk < 1:
        raise InputError(f'chunk={chunk!r} is no number of directions; pass a whole number from 1, or "auto"')
    return min(chunk, n)


def _columns(f: Any, args: Any, keywords: Any, argnum: int, x: Any, places: Sequence[int]) -> tuple[Any, Any]:
    """The value, and the Jacobian columns at some places of the flattened input, lanes first."""
    shape = shape_of(x)
    k = len(places)
    seeds = np.zeros((k, size_of(shape)), getattr(primal(x), "dtype", float))
    seeds[np.arange(k), places] = 1
    y, t, _ = _run(f, args, keywords, {argnum: (x, seeds.reshape(k, *shape))}, lanes=k)
    return y, undefined(t, y)


def value_and_jacobian(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, mode: str = "auto", chunk: int | str = "auto"
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``jacobian(f)(x)``.

    Parameters
    ----------
    f, argnums, mode, chunk
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
    checked_function(f, "jacobian")
    if mode not in ("auto", "forward", "reverse"):
        raise InputError(f'mode={mode!r} is not a mode; pass mode="forward", "reverse" or "auto"')
    _lanes_for(chunk, 1)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        if isinstance(argnums, tuple):
            results = [_jacobian(f, args, keywords, i, mode, chunk) for i in argnums]
            if not results:
                raise InputError("argnums=() names no argument; pass argnums=0, or a tuple such as (0, 1)")
            return results[0][0], tuple(J for _, J in results)
        return _jacobian(f, args, keywords, argnums, mode, chunk)

    return differentiated


def _jacobian(f: Any, args: Any, keywords: Any, argnum: int, mode: str, chunk: Any) -> tuple[Any, Any]:
    from .gradients import jacobian_rows

    x = checked_argument(args, argnum, "jacobian")
    shape = shape_of(x)
    n = size_of(shape)
    if mode == "reverse":
        return jacobian_rows(f, args, keywords, argnum, x, chunk)
    if not shape:
        y, t, _ = _run(f, args, keywords, {argnum: (x, ones_like(x))})
        return y, undefined(t, y)
    if not n:
        y, t, _ = _run(f, args, keywords, {argnum: (x, np.zeros_like(x))})
        return y, np.zeros(shape_of(y) + shape)
    k = _lanes_for(chunk, n)
    y = None
    blocks = []
    for start in range(0, n, k):
        y, block = _columns(f, args, keywords, argnum, own(x), range(start, min(start + k, n)))
        if start == 0 and mode == "auto" and n > k and 4 * size_of(shape_of(y)) < n:
            return jacobian_rows(f, args, keywords, argnum, x, chunk)
        blocks.append(block)
    columns = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return y, np.reshape(np.moveaxis(columns, 0, -1), shape_of(y) + shape)


def jacobian(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, mode: str = "auto", chunk: int | str = "auto"
) -> Callable[..., Any]:
    """The Jacobian of a function of an array.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays that returns a number, an array, or a list of numbers.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate; a tuple gives a tuple of Jacobians.
    mode : {"auto", "forward", "reverse"}, optional
        Column by column, or row by row. "auto" takes rows where there are far fewer of them.
    chunk : int or "auto", optional
        How many columns (or rows) to compute in one sweep.

    Returns
    -------
    callable
        With the arguments of ``f``; returns an array of shape ``np.shape(f(x)) + np.shape(x)``.

    Examples
    --------
    >>> jacobian(lambda x: np.stack([x[0] * x[1], x[1] ** 2]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [0., 6.]])
    """
    both = value_and_jacobian(f, argnums, mode, chunk)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return differentiated


def jacobian_columns(f: Callable[..., Any], x: Any, columns: Any, chunk: int | str = "auto") -> Any:
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
    checked_function(f, "jacobian_columns")
    x = own(checked_number(x, "the argument of jacobian_columns"))
    n = size_of(shape_of(x))
    try:
        places = np.arange(n)[columns if not isinstance(columns, list | tuple) or columns else slice(0)]
    except IndexError as error:
        raise IndexError(
            f"columns={columns!r} asks for entries that x does not have; it has {n}, counted from 0 to {n - 1}"
        ) from error
    wanted = np.atleast_1d(places)
    if not wanted.size:
        y, _, _ = _run(f, (x,), {}, {0: (x, np.zeros_like(x))})
        return np.zeros((*shape_of(y), 0))
    k = _lanes_for(chunk, wanted.size)
    blocks = [_columns(f, (x,), {}, 0, own(x), wanted[i : i + k])[1] for i in range(0, wanted.size, k)]
    columns_last = np.moveaxis(blocks[0] if len(blocks) == 1 else np.concatenate(blocks), 0, -1)
    return columns_last[..., 0] if np.ndim(places) == 0 else columns_last


Axes = Shape
