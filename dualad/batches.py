"""The derivative at many points."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .boundary import ALREADY, checked, function_for, given_out
from .dual import holds_dual
from .durations import taken_by
from .errors import InputError, OutputError, UnsupportedError
from .jacobians import jacobian
from .parallel.chunks import Joined, changed
from .parallel.executors import Out, results, spans
from .shapes import shape_of, size_of
from .trees import Tree


def map_derivative(
    f: Callable[..., Any],
    points: Any,
    *,
    chunk: int | str = "auto",
    lift: bool = True,
    executor: Any = None,
    progress: bool = False,
) -> Any:
    """The derivative of a function at each of many points.

    Parameters
    ----------
    f : callable
        A function of one number or array that returns a number or an array. It is called with one point
        at a time, so it may branch and loop as it likes.
    points : array_like
        The points, along the first axis.
    chunk : int or "auto", optional
        How many points go out together. Default: as many as are worth it by the operations that are
        counted at the first one.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.
    executor, progress
        Where they are computed; see `jacobian`.

    Returns
    -------
    array
        ``jacobian(f)(p)`` for each point ``p``, stacked along the first axis: of a function of a number
        the derivatives, of an array to a number the gradients, else the Jacobians.

    Raises
    ------
    OutputError
        ``f`` returns a structure, or arrays of several shapes.

    Examples
    --------
    >>> map_derivative(lambda x: x**2, [1.0, 2.0, 3.0])
    array([2., 4., 6.])
    >>> map_derivative(lambda p: p[0] * p[1], np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[2., 1.],
           [4., 3.]])
    """
    given = given_out(executor, progress)
    f = function_for(given, f, "map_derivative", lift)
    out = given or Out()
    xs = checked(points, "the points of map_derivative")
    if type(xs) is Tree or not shape_of(xs):
        raise InputError(
            f"map_derivative takes many points along the first axis, and was given {xs}; pass an array such "
            "as np.stack([p, q]), or take jacobian(f)(x) for a lone point"
        )
    if holds_dual([xs]):
        raise UnsupportedError(
            "map_derivative was called inside another derivative; take "
            "np.stack([jacobian(f)(p) for p in points])"
        )
    n = len(xs)
    if not n:
        return np.zeros(shape_of(xs))
    length = _together(f, xs, out) if chunk == "auto" else chunk
    if not isinstance(length, int) or isinstance(length, bool) or length < 1:
        raise InputError(f'chunk={chunk!r} is no number of points; pass a whole number from 1, or "auto"')
    blocks = [(span.start, xs[span.start : span.stop]) for span in spans(n, length)]
    joined = Joined(n)
    for block in results(functools.partial(_block, f), blocks, out, _name):
        joined.add([block])
    return joined.arrays()[0]


def _together(f: Any, xs: Any, out: Out) -> int:
    """How many points go out together."""
    n = len(xs)
    if out.executor is None:
        return max(1, n // 100) if out.progress else n
    first = _point(xs, 0)
    takes = taken_by(f, (first,), {}, 0, first, lambda: _derivatives(f, xs[:1]))
    return takes.points_together(n, size_of(shape_of(first)), out.executor)


def _block(f: Any, block: Any) -> Any:
    return _derivatives(f, block[1])


def _name(block: Any) -> str:
    start, points = block
    return f"points {start} to {start + len(points) - 1}"


def _point(points: Any, i: int) -> Any:
    p = points[i]
    return p if shape_of(p) else p.item() if p.dtype == np.float64 else p


def _derivatives(f: Any, points: Any) -> Any:
    """What a worker does: some of the points."""
    at = jacobian(f, lift=ALREADY)
    found = [at(_point(points, i)) for i in range(len(points))]
    for one in found:
        if not isinstance(one, np.ndarray | np.generic | float | complex):
            raise OutputError(
                "map_derivative is for a function that returns a number or an array, and this one returned a "
                "structure; return one of its arrays, or take jacobian(f)(p) for each point"
            )
        if shape_of(one) != shape_of(found[0]):
            raise changed(f"a derivative of shape {shape_of(found[0])}", f"one of shape {shape_of(one)}")
    return np.stack(found)
