"""Forward mode for users: derivative and jvp; and what is inside a Dual."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .boundary import (
    as_complex_as,
    check_holomorphic,
    checked_argument,
    checked_function,
    ones_like,
    own,
    run_forward,
    seeded,
    taken_apart,
    undefined,
    watching,
    with_argument,
)
from .dual import Dual, checked_number, primal
from .errors import InputError, ShapeError, UnsupportedError
from .linear import is_complex
from .modes import Forward, Recorded
from .operations import top_mode
from .shapes import shape_of, size_of

__all__ = ["converged", "derivative", "jvp", "stop_derivative", "tangent", "value", "value_and_derivative"]


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
            "in recorded (reverse) mode a Dual has no tangent, only a place on the tape; "
            "use dualad.jvp for tangents"
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


def converged(new: Any, old: Any, tol: float = 1e-12) -> bool:
    """Whether an iteration has come to rest: in the values, and in the tangents too.

    A loop that stops as soon as the value is right leaves the tangent short, which is often a step
    behind. On plain numbers this is a comparison like any other, so it may stay in the program.

    Parameters
    ----------
    new, old : float, array or Dual
        Two iterates that follow each other.
    tol : float, optional
        How far they may be apart, relative to ``new`` where that is larger than 1. Default: 1e-12.

    Returns
    -------
    bool

    Notes
    -----
    In recorded (reverse) mode there are no tangents to look at, and the values decide.

    Examples
    --------
    >>> def root(a):
    ...     x = old = a
    ...     while True:
    ...         x, old = (x + a / x) / 2, x
    ...         if converged(x, old):
    ...             return x
    >>> derivative(root)(4.0)
    0.25
    """
    mode = top_mode((new, old))
    if mode is None:
        near = np.abs(np.subtract(new, old)) <= tol * np.maximum(1.0, np.abs(new))
        return bool(np.all(near | np.equal(new, old) | np.isnan(new)))
    one, other = (
        (x.value, x.tangent) if type(x) is Dual and x.mode is mode else (x, None) for x in (new, old)
    )
    if not converged(one[0], other[0], tol):
        return False
    if isinstance(mode, Recorded):
        return True
    t_new, t_old = (mode.zero(x) if t is None else t for x, t in (one, other))
    return converged(t_new, t_old, tol)


# ---------------------------------------------------------------- one direction


def value_and_derivative(
    f: Callable[..., Any], order: int = 1, *, argnums: int = 0, lift: bool = True
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``derivative(f)(x)``, evaluating ``f`` once.

    Parameters
    ----------
    f : callable
        See `derivative`.
    order : int, optional
        The order of the derivative. Default: 1.
    argnums : int, optional
        Which positional argument to differentiate. Default: the first.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, derivative)``.

    Examples
    --------
    >>> value_and_derivative(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    f = checked_function(f, "derivative", lift)
    order = _checked_order(order)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        return _differentiated(f, order, argnums, args, keywords)

    return differentiated


def _checked_order(order: Any) -> int:
    if not isinstance(order, int) or order < 1:
        raise InputError(
            f"order={order!r} is no order of a derivative; pass a whole number from 1, as in order=2"
        )
    return order


def _differentiated(
    f: Callable[..., Any], order: int, argnum: int, args: Any, keywords: Any
) -> tuple[Any, Any]:
    """The value and the derivative of one order."""
    x = checked_argument(args, argnum, "derivative")
    if order > 1:
        return _higher(functools.partial(_differentiated, f, order - 1, argnum), args, keywords, argnum, x)
    in_complex = type(x) is not float and is_complex(x)
    y, t, mode = run_forward(f, args, keywords, {argnum: (x, ones_like(x))})
    shape = () if type(x) is float else shape_of(x)
    if shape and (size_of(shape) != 1 or mode.moved):
        _check_elementwise(f, args, keywords, argnum, x, y, t, mode)
    if in_complex and not mode.holomorphic:
        _, t2, _ = run_forward(f, args, keywords, {argnum: (x, 1j * ones_like(x))})
        check_holomorphic(t, t2, y, "derivative")
    return y, undefined(t, y)


def _higher(lower: Callable[..., Any], args: Any, keywords: Any, argnum: int, x: Any) -> tuple[Any, Any]:
    """The value, and the derivative of a lower derivative, in one sweep."""

    def sweep(seed: Any) -> tuple[Any, Any, Forward]:
        mode = Forward()
        try:
            y, dy = lower(with_argument(args, argnum, seeded(mode, x, seed)), keywords)
            return taken_apart(y, mode)[0], taken_apart(dy, mode)[1], mode
        finally:
            mode.close()

    y, t, mode = sweep(ones_like(x))
    if watching():
        watching().forward(
            lambda *args, **keywords: lower(args, keywords)[1],
            args,
            keywords,
            {argnum: (x, ones_like(x))},
            y,
            t,
        )
    if not mode.holomorphic and is_complex(x):
        check_holomorphic(t, sweep(1j * ones_like(x))[1], y, "derivative")
    return y, t


def _check_elementwise(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, y: Any, t: Any, mode: Forward
) -> None:
    """Say so if entry i of the output depends on another entry of the input than i.

    As long as no entry was moved there is nothing to check. Otherwise a second sweep with powers of
    two as seeds, by which every product is exact, must give the first one's tangent times the seed.
    """
    shape, out = shape_of(x), shape_of(y)
    problem = f"the function is not elementwise: it maps an array of shape {shape} to one of shape {out}"
    fits = out == shape or (len(out) > len(shape) and out[len(out) - len(shape) :] == shape)
    if fits and mode.moved:
        seed = np.random.default_rng(20).choice([0.25, 0.5, 2.0, 4.0], size=shape)
        _, t2, _ = run_forward(
            f, args, keywords, {argnum: (x, seed.astype(getattr(primal(x), "dtype", float)))}
        )
        fits = np.allclose(
            primal(t2),
            primal(t) * seed,
            rtol=4096 * np.finfo(primal(y).dtype).eps,
            atol=0,
            equal_nan=True,
        )
        problem = (
            "the function is not elementwise: an entry of its output depends on several entries of its input"
        )
    if not fits:
        meant = "grad(f)(x)" if out == () else "jacobian(f)(x)"
        raise ShapeError(f"{problem}; perhaps you meant {meant}, or jvp(f, x, t) for one direction")


def derivative(
    f: Callable[..., Any], order: int = 1, *, argnums: int = 0, lift: bool = True
) -> Callable[..., Any]:
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
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

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
    f = checked_function(f, "derivative", lift)
    order = _checked_order(order)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        return _differentiated(f, order, argnums, args, keywords)[1]

    return differentiated


def jvp(f: Callable[..., Any], primals: Any, tangents: Any, *, lift: bool = True) -> tuple[Any, Any]:
    """The value and the directional derivative: Jacobian times vector.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays.
    primals : float, array_like or tuple
        The argument, or a tuple of all positional arguments.
    tangents : float, array_like or tuple
        The direction: the same, with the same shapes.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

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
    (np.float64(6.0), 3.0)
    """
    f = checked_function(f, "jvp", lift)
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
        seeds[i] = (x, as_complex_as(x, t, f"tangent {i}", "its primal"))
    y, t, _ = run_forward(f, xs, {}, seeds)
    return y, undefined(t, y)
