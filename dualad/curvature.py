"""Second derivatives: hessian, hvp, hessian_diagonal, laplacian.

All of them are forward over reverse: the gradient, by reverse mode, is differentiated by forward mode
along the directions that are wanted, which travel together as lanes. The function runs once for each
chunk of directions, and one backward sweep gives what the Hessian makes of all of them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .arguments import as_tuple, checked_argnums
from .boundary import (
    ALREADY,
    as_complex_as,
    checked,
    checked_argument,
    checked_function,
    function_for,
    given_out,
    made_there,
    own,
    undefined,
    with_argument,
)
from .derivatives import jvp
from .dual import checked_number
from .errors import ShapeError, UnsupportedError
from .gradients import gradient_of
from .jacobians import jacobian, jacobian_columns
from .linear import SLAB, is_complex
from .lists import taking_lists
from .parallel.chunks import lanes_for
from .shapes import shape_of, size_of
from .sweeps import run_forward
from .trees import Tree, built, leaves_of

__all__ = ["hessian", "hessian_diagonal", "hvp", "laplacian"]


def _check_real(x: Any, caller: str) -> None:
    if any(map(is_complex, leaves_of(x))):
        raise UnsupportedError(
            f"{caller} is for a function of real numbers, and the argument is complex; make the function one "
            "of the real and the imaginary part: lambda p: f(p[0] + 1j * p[1]), at np.stack([z.real, z.imag])"
        )


def hessian(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] = 0,
    chunk: int | str = "auto",
    *,
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Callable[..., Any]:
    """The matrix of second derivatives of a function that returns one number.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays that returns one real number.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate, a number, an array or a structure of them. A tuple
        gives a tuple of tuples: ``H[i][j]`` is the derivative by argument ``argnums[j]`` of the gradient
        by argument ``argnums[i]``.
    chunk : int or str, optional
        How many columns to compute in one sweep, or its memory; see `jacobian`.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.
    executor, progress
        Where blocks of columns are computed; see `jacobian`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns an array of shape ``np.shape(x) + np.shape(x)``, a number
        for a number. For a structure a structure of structures, ``H["W"]["b"]`` for a dict.

    Raises
    ------
    ShapeError
        ``f`` returned more than one number: take ``jacobian(jacobian(f))``.
    UnsupportedError
        The argument is complex.

    Notes
    -----
    Each column is computed by itself, so the result is symmetric to rounding and not bit by bit.
    Where it must be that, take ``(H + H.T) / 2``. It is not done here, since a difference that is
    larger than rounding says something: the second derivatives are not continuous at this point.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    >>> hessian(np.sin)(0.5 * np.pi)
    -1.0
    """
    out = given_out(executor, progress)
    argnums = checked_argnums(argnums, "hessian")
    gradient = (_gradient if out is None else made_there(_gradient))(f, argnums, lift)
    matrix = jacobian(
        gradient, argnums, mode="forward", chunk=chunk, lift=ALREADY, executor=executor, progress=progress
    )

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        for i in as_tuple(argnums):
            _checked_real(args, i, "hessian")
        return matrix(*args, **keywords)

    return differentiated


def _gradient(f: Any, argnums: Any, lifted: bool) -> Callable[..., Any]:
    return gradient_of(checked_function(f, "hessian", lifted), argnums)


def hvp(f: Callable[..., Any], x: Any, v: Any, *, lift: bool = True) -> Any:
    """The Hessian times a vector, without the Hessian, for about the price of three gradients.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays that returns one real number.
    x : float, array_like, structure or tuple
        The argument, or a tuple of all positional arguments.
    v : float, array_like, structure or tuple
        The vector, shaped like ``x``. For one number or array also several of them along a leading axis.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    float, array, structure or tuple
        The product, shaped like ``v``.

    Raises
    ------
    ShapeError
        ``v`` has neither the shape of ``x`` nor one axis more; or ``f`` returned more than one number.
    UnsupportedError
        The argument is complex.

    Notes
    -----
    ``H v = d/dε ∇f(x + ε v)`` at ``ε = 0``, forward over reverse (Pearlmutter, 1994).

    Examples
    --------
    >>> hvp(lambda x: x[0] ** 2 * x[1], np.array([2.0, 3.0]), np.array([1.0, 0.0]))
    array([6., 4.])
    """
    f = checked_function(f, "hvp", lift)
    if isinstance(x, tuple) and not hasattr(x, "_fields"):  # a named tuple is one argument
        for one in x:
            _check_real(checked(one, "a point of hvp"), "hvp")
        return jvp(gradient_of(f, tuple(range(len(x))), "hvp"), x, v, lift=ALREADY)[1]
    gradient = gradient_of(taking_lists(f, (x,)), 0, "hvp")
    x = checked(x, "the point of hvp")
    _check_real(x, "hvp")
    if type(x) is Tree:
        return jvp(gradient, (x.built(),), (v,), lift=ALREADY)[1]
    v = own(checked_number(v, "the vector of hvp"))
    as_complex_as(x, v, "vector", "the point")
    shape, of_v = shape_of(x), shape_of(v)
    if of_v == shape:
        return jvp(gradient, x, v, lift=ALREADY)[1]
    if of_v[1:] != shape or len(of_v) != len(shape) + 1:
        raise ShapeError(
            f"the vector of hvp has shape {of_v} and the point {shape}; give it the shape of the point, "
            "or several of them along a leading axis: np.stack([v, w])"
        )
    products = [np.zeros_like(v)[:0]]
    for chunk in _chunks("auto", of_v[0]):
        y, t, _ = run_forward(gradient, (x,), {}, {0: (x, v[chunk])}, len(v[chunk]))
        products.append(undefined(t, y))
    return np.concatenate(products)


def _chunks(chunk: int | str, n: int, sweep: Callable[[int], Any] | None = None) -> Iterator[slice]:
    """Which of ``n`` directions go together."""
    k = lanes_for(chunk, n, sweep=sweep) if n else 1
    return (slice(start, min(start + k, n)) for start in range(0, n, k))


def _diagonals(
    f: Any, argnum: int, chunk: Any, args: Any, keywords: Any, x: Any, out: Any, caller: str
) -> Iterator[Iterator[Any]]:
    """For each leaf of the argument the diagonal of the Hessian, flattened, piece by piece."""
    for i, leaf in enumerate(leaves_of(x)):
        n = size_of(shape_of(leaf))
        piece = functools.partial(_piece, f, argnum, args, keywords, i, caller)
        first = functools.partial(_first, piece)
        k = lanes_for(chunk, n, sweep=first) if n else 1
        if out is None:
            yield (piece(range(start, min(start + k, n))) for start in range(0, n, k))
            continue
        from .parallel.executors import results, spans

        length = k
        if chunk == "auto" and n:
            from .durations import taken_by

            few = min(SLAB, n)
            gradient = _gradient_of_leaf(f, argnum, args, keywords, i, caller)
            takes = taken_by(gradient, (leaf,), {}, 0, leaf, functools.partial(first, few), few)
            length = min(k, takes.columns_together(n, k, out.executor))
        yield results(piece, spans(n, length), out, lambda places: f"entries {places[0]} to {places[-1]}")


def _first(piece: Callable[..., Any], lanes: int) -> Any:
    """So many entries, from the first."""
    return piece(range(lanes))


def _gradient_of_leaf(
    f: Any, argnum: int, args: Any, keywords: Any, i: int, caller: str
) -> Callable[..., Any]:
    """The gradient by one leaf of the argument, as a function of that leaf."""
    f, x = taking_lists(f, args), checked_argument(args, argnum, caller)

    def of_leaf(one: Any) -> Any:
        whole = x.like([*x.leaves[:i], one, *x.leaves[i + 1 :]]) if type(x) is Tree else one
        return f(*with_argument(args, argnum, built(whole)), **keywords)

    return gradient_of(of_leaf, 0, caller)


def _piece(f: Any, argnum: int, args: Any, keywords: Any, i: int, caller: str, places: range) -> Any:
    """What a worker does: some entries of the diagonal that belongs to one leaf of the argument."""
    leaf = leaves_of(checked_argument(args, argnum, caller))[i]
    gradient = _gradient_of_leaf(f, argnum, args, keywords, i, caller)
    rows, k = np.array(places), max(len(places), 1)
    columns = jacobian_columns(lambda x: np.ravel(gradient(x)), leaf, rows, chunk=k, lift=ALREADY)
    return columns[rows, rows - places.start]


def _checked_real(args: Any, argnum: int, caller: str) -> Any:
    x = checked_argument(args, argnum, caller)
    _check_real(x, caller)
    return x


def hessian_diagonal(
    f: Callable[..., Any],
    argnums: int = 0,
    chunk: int | str = "auto",
    *,
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Callable[..., Any]:
    """The second derivatives by each entry twice: the diagonal of the Hessian, without the rest of it.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays that returns one real number.
    argnums : int, optional
        Which positional argument to differentiate.
    chunk : int or str, optional
        How many directions to compute in one sweep, or its memory: that of so many columns.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.
    executor, progress
        Where pieces of the diagonal are computed; see `jacobian`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns an array, or structure, shaped like that argument.

    Raises
    ------
    ShapeError
        ``f`` returned more than one number.
    UnsupportedError
        The argument is complex.

    Notes
    -----
    It costs as many directions as there are entries, as the whole Hessian does, and less memory.

    Examples
    --------
    >>> hessian_diagonal(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([6., 0.])
    """
    out = given_out(executor, progress)
    f = function_for(out, f, "hessian_diagonal", lift)
    argnums = checked_argnums(argnums, "hessian_diagonal", alone=True)
    lanes_for(chunk, 1)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        x = _checked_real(args, argnums, "hessian_diagonal")
        shaped = []
        diagonals = _diagonals(f, argnums, chunk, args, keywords, x, out, "hessian_diagonal")
        for one, diagonal in zip(leaves_of(x), diagonals, strict=True):
            pieces, shape = list(diagonal), shape_of(one)
            shaped.append(np.reshape(np.concatenate(pieces), shape)[()] if pieces else np.zeros(shape))
        return x.hollow(shaped).built() if type(x) is Tree else shaped[0]

    return differentiated


def laplacian(
    f: Callable[..., Any],
    argnums: int = 0,
    chunk: int | str = "auto",
    *,
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Callable[..., Any]:
    """The sum of the second derivatives by each entry: the trace of the Hessian, without the Hessian.

    Parameters
    ----------
    f, argnums, chunk, lift, executor, progress
        See `hessian_diagonal`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns one number.

    Raises
    ------
    ShapeError, UnsupportedError
        See `hessian_diagonal`.

    Notes
    -----
    ``Δf = Σ ∂²f/∂xᵢ²``. It costs as many directions as ``x`` has entries; of the Hessian only one chunk
    of columns, and the diagonal, are in memory.

    Examples
    --------
    >>> laplacian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    np.float64(18.0)
    """
    out = given_out(executor, progress)
    f = function_for(out, f, "laplacian", lift)
    argnums = checked_argnums(argnums, "laplacian", alone=True)
    lanes_for(chunk, 1)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        x = _checked_real(args, argnums, "laplacian")
        diagonals = map(list, _diagonals(f, argnums, chunk, args, keywords, x, out, "laplacian"))
        # Each diagonal is added up whole, so that the sum is the same to the last bit for every chunk.
        return sum((np.sum(np.concatenate(pieces)) for pieces in diagonals if pieces), 0.0)

    return differentiated
