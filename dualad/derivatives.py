"""Forward mode for users: derivative and jvp; and what is inside a Dual."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .arguments import Auxiliary, checked_argnums, derivative_of, each, extended
from .boundary import (
    ALREADY,
    check_holomorphic,
    checked,
    checked_argument,
    checked_function,
    fitting,
    function_for,
    given_out,
    ones_like,
    own,
    seeded,
    taken_apart,
    undefined,
    watching,
    with_argument,
)
from .corners import NOTED
from .dual import Dual, as_one, named, primal
from .dual.calls import top_mode
from .dual.nested import exchanged
from .errors import InputError, ShapeError, UnsupportedError
from .linear import is_complex
from .lists import taking_lists
from .modes import Forward, Recorded
from .shapes import Shape, shape_of, size_of
from .sweeps import ask_differences, run_forward
from .trees import Tree, built, leaves_of

__all__ = ["converged", "derivative", "jvp", "stop_derivative", "tangent", "value", "value_and_derivative"]


def value(x: Any) -> Any:
    """The plain number or array inside a Dual, however deeply nested.

    Parameters
    ----------
    x : Dual or anything else
        Of a list, tuple or dict the same with plain numbers; what else is not a Dual is returned as it is.

    Examples
    --------
    >>> value(Dual(2.0, 1.0)), value(3.0)
    (2.0, 3.0)
    """
    return exchanged(primal, x)


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
    x = as_one(x)
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
    return exchanged(lambda one: own(primal(one)), x)


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
    f: Callable[..., Any],
    order: int = 1,
    *,
    argnums: int | tuple[int, ...] | None = None,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``derivative(f)(x)``, evaluating ``f`` once.

    Parameters
    ----------
    f, order, argnums, argnames, has_aux, lift
        See `derivative`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, derivative)``, with ``has_aux``
        ``((value, aux), derivative)``.

    Examples
    --------
    >>> value_and_derivative(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    f = checked_function(f, "derivative", lift)
    order = _checked_order(order)
    if argnames is not None or has_aux:
        entry = functools.partial(value_and_derivative, order=order, lift=ALREADY)
        return extended(entry, f, argnums, argnames, has_aux, "derivative")
    numbers = checked_argnums(argnums, "derivative")

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        return each(lambda own, i: _differentiated(f, order, i, own, keywords), args, numbers)

    return differentiated


def _checked_order(order: Any) -> int:
    if not isinstance(order, int) or order < 1:
        raise InputError(
            f"order={named(order)} is no order of a derivative; pass a whole number from 1, as in order=2, "
            "and the point to what comes out: derivative(f)(x)"
        )
    return order


def _differentiated(
    f: Callable[..., Any], order: int, argnum: int, args: Any, keywords: Any
) -> tuple[Any, Any]:
    """The value and the derivative of one order."""
    x = checked_argument(args, argnum, "derivative")
    shape: Shape = ()
    in_complex = False
    if type(x) is not float:
        if type(x) is Tree:
            raise InputError(
                f"derivative is by one number or array, and argument {argnum} is {x}; perhaps you meant "
                "grad(f)(x) or jacobian(f)(x), or jvp(f, x, t) for one direction"
            )
        f, shape, in_complex = taking_lists(f, args), shape_of(x), is_complex(x)
    if order > 1:
        return _higher(functools.partial(_differentiated, f, order - 1, argnum), args, keywords, argnum, x)
    y, t, mode = run_forward(f, args, keywords, {argnum: (x, ones_like(x))})
    if shape and (size_of(shape) != 1 or mode.moved):
        _check_elementwise(f, args, keywords, argnum, x, y, t, mode)
    if in_complex and not mode.holomorphic:
        _, t2, _ = run_forward(f, args, keywords, {argnum: (x, 1j * ones_like(x))})
        check_holomorphic(t, t2, y, "derivative")
    t = undefined(t, y)
    return (y.built(), t.built()) if type(y) is Tree else (y, t)


def _higher(lower: Callable[..., Any], args: Any, keywords: Any, argnum: int, x: Any) -> tuple[Any, Any]:
    """The value, and the derivative of a lower derivative, in one sweep."""

    def sweep(seed: Any) -> tuple[Any, Any, Forward]:
        mode, noted = Forward(), NOTED[0]
        try:
            y, dy = lower(with_argument(args, argnum, seeded(mode, x, seed)), keywords)
            slope, t = taken_apart(dy, mode)
            ask_differences(alone, args, keywords, {argnum: (x, seed)}, slope, t, mode, noted)
            return taken_apart(y, mode)[0], t, mode
        finally:
            mode.close()

    def alone(*args: Any, **keywords: Any) -> Any:
        return lower(args, keywords)[1]

    y, t, mode = sweep(ones_like(x))
    if watching():
        watching().forward(
            alone,
            args,
            keywords,
            {argnum: (x, ones_like(x))},
            leaves_of(y),
            leaves_of(t),
        )
    if not mode.holomorphic and is_complex(x):
        check_holomorphic(t, sweep(1j * ones_like(x))[1], y, "derivative")
    return built(y), built(t)


def _check_elementwise(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, y: Any, t: Any, mode: Forward
) -> None:
    """Say so if entry i of an output depends on another entry of the input than i.

    As long as no entry was moved there is nothing to check. Otherwise a second sweep with powers of
    two as seeds, by which every product is exact, must give the first one's tangent times the seed.
    """
    shape = shape_of(x)
    for out in map(shape_of, leaves_of(y)):
        if out[max(len(out) - len(shape), 0) :] != shape:
            raise _not_elementwise(f"it maps an array of shape {shape} to one of shape {out}", out)
    if not mode.moved:
        return
    seed = _seeds_of_their_own(shape)
    _, t2, _ = run_forward(f, args, keywords, {argnum: (x, seed.astype(getattr(primal(x), "dtype", float)))})
    for one, two, out in zip(leaves_of(t), leaves_of(t2), leaves_of(y), strict=True):
        eps = np.finfo(primal(out).dtype).eps
        rtol = eps**0.25 if mode.approximate else 4096 * eps
        expected = primal(one) * seed
        atol = rtol * np.max(np.abs(expected), initial=0.0) if mode.approximate else 0.0
        if not np.allclose(primal(two), expected, rtol=rtol, atol=atol, equal_nan=True):
            raise _not_elementwise(
                "an entry of its output depends on several entries of its input", shape_of(out)
            )


def _seeds_of_their_own(shape: Shape) -> Any:
    """Powers of two, of which no two within nine entries in a row are the same."""
    random = np.random.default_rng(20)
    rows = random.permuted(np.tile(np.arange(-4.0, 5.0), (size_of(shape) // 9 + 1, 1)), axis=1)
    return 2.0 ** rows.ravel()[: size_of(shape)].reshape(shape)


def _not_elementwise(why: str, out: Any) -> ShapeError:
    meant = "grad(f)(x)" if out == () else "jacobian(f)(x)"
    return ShapeError(
        f"the function is not elementwise: {why}; perhaps you meant {meant}, "
        "or jvp(f, x, t) for one direction"
    )


def derivative(
    f: Callable[..., Any],
    order: int = 1,
    *,
    argnums: int | tuple[int, ...] | None = None,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Callable[..., Any]:
    """The derivative of a function of a number, or of an elementwise function of an array.

    Parameters
    ----------
    f : callable
        A plain function: of a number, returning a number, an array or a structure of them; or of an
        array, of which every entry gives one entry of the result.
    order : int, optional
        The order of the derivative. Default: 1.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate; a tuple gives a tuple of derivatives. Default: the
        first, or none if ``argnames`` is given.
    argnames : str or tuple of str, optional
        Which argument by its name, passed by keyword or by position; a tuple gives a dict of derivatives.
        With ``argnums`` as well the result is the pair ``(by number, by name)``.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.
    executor : concurrent.futures.Executor, optional
        Threads, processes, or the workers of a cluster, which are given blocks of the array; so ``f`` must
        not depend on where an entry stands, and other arrays of its length are passed as arguments. The
        result is the same to the last bit. See docs/parallel.md.
    progress : bool, optional
        Whether to show a bar of ``tqdm``. Default: False.

    Returns
    -------
    callable
        With the arguments of ``f``; returns the derivative, shaped like ``f(x)``, with ``has_aux``
        ``(derivative, aux)``.

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
    out = given_out(executor, progress)
    f = function_for(out, f, "derivative", lift)
    order = _checked_order(order)
    if out is not None:
        return _in_blocks(f, order, argnums, argnames, has_aux, out)
    if isinstance(argnums, tuple | list) or argnames is not None or has_aux:
        both = value_and_derivative(
            f, order, argnums=argnums, argnames=argnames, has_aux=has_aux, lift=ALREADY
        )
        return derivative_of(both, f, has_aux)
    number = checked_argnums(argnums, "derivative")

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        return _differentiated(f, order, number, args, keywords)[1]

    return differentiated


def _in_blocks(
    f: Any, order: int, argnums: Any, argnames: Any, has_aux: bool, out: Any
) -> Callable[..., Any]:
    """`derivative` of a large array, given out; of a number or a structure there is nothing to give out."""
    if isinstance(argnums, tuple | list) or argnames is not None or has_aux:
        raise InputError(
            "derivative with executor= is by one argument, given by its number; leave out argnames and "
            "has_aux, and pass argnums=0"
        )
    from .durations import taken_by
    from .parallel.blocks import elementwise_in_blocks

    number = checked_argnums(argnums, "derivative")
    task = functools.partial(_of_block, f, order, number)
    before = functools.partial(_of_block, f, order - 1, number)
    lower = f if order == 1 else lambda *args, **keywords: before(args, keywords)

    def together(n: int, piece: int, args: Any, keywords: Any) -> int:
        takes = taken_by(lower, args, keywords, number, args[number], lambda: task(args, keywords))
        return takes.entries_together(n, piece, out.executor)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        x = checked_argument(args, number, "derivative")
        if type(x) is not np.ndarray:
            return task(args, keywords)
        return elementwise_in_blocks(task, with_argument(args, number, x), number, keywords, out, together)

    return differentiated


def _of_block(f: Any, order: int, argnum: int, args: Any, keywords: Any) -> Any:
    return _differentiated(f, order, argnum, args, keywords)[1]


def jvp(
    f: Callable[..., Any], primals: Any, tangents: Any, *, has_aux: bool = False, lift: bool = True
) -> tuple[Any, ...]:
    """The value and the directional derivative: Jacobian times vector.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    primals : float, array_like, structure or tuple
        The argument, or a tuple of all positional arguments.
    tangents : float, array_like, structure or tuple
        The direction: the same, with the same shapes.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated; ``aux``, with plain
        values in place of Duals, is returned as a third result. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    value, tangent
        Both shaped like ``f(*primals)``. What is no number in a structure has None for its tangent.

    Raises
    ------
    ShapeError
        A tangent's structure or shape is not its primal's.

    Examples
    --------
    >>> jvp(lambda x: x[0] * x[1], np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    (np.float64(6.0), 3.0)
    """
    f = checked_function(f, "jvp", lift)
    if has_aux:
        kept = Auxiliary(f, "jvp")
        return *jvp(kept, primals, tangents, lift=ALREADY), kept.aux
    several = isinstance(primals, tuple) and not hasattr(primals, "_fields")  # a named tuple is one argument
    xs = primals if several else (primals,)
    ts = tangents if several and isinstance(tangents, tuple) else (tangents,)
    if len(xs) != len(ts):
        raise ShapeError(
            f"jvp was given {len(xs)} primal(s) and {len(ts)} tangent(s); give one tangent for each, as in "
            "jvp(f, (x, y), (tx, ty))"
        )
    f, seeds = taking_lists(f, xs), {}
    for i, (x, t) in enumerate(zip(xs, ts, strict=True)):
        x = checked(x, f"primal {i} of jvp")
        seeds[i] = (x, fitting(t, x, f"tangent {i} of jvp", "its primal"))
    y, t, _ = run_forward(f, xs, {}, seeds)
    return built(y), built(undefined(t, y))
