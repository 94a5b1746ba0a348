"""Large arrays in blocks: an elementwise function of one needs no other entry than the one it computes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..shapes import along, shape_of
from .chunks import Joined, changed
from .executors import Out, results, shares_memory, spans

#: How many entries a block has at most in threads: what is computed of them stays in the cache.
_BLOCK = 1 << 15

#: How many entries are looked at to see whether a function asks for their places.
_TRIED = 64


def elementwise_in_blocks(
    derivative: Callable[[Sequence[Any], Any], Any],
    args: Sequence[Any],
    argnum: int,
    keywords: Any,
    out: Out,
    together: Callable[..., int],
) -> Any:
    """``derivative(args, keywords)`` of an elementwise function, given out in blocks of one argument.

    Other arrays that are as long along that axis are cut as well, since NumPy would broadcast them.
    ``together(n, piece, args, keywords)`` says how long blocks are, from a piece of the argument.

    Raises
    ------
    ShapeError
        The function depends on where an entry stands, or on how many there are.
    """
    x = args[argnum]
    shape = shape_of(x)
    axis = max(range(-len(shape), 0), key=lambda a: shape[a])
    n = shape[axis]
    if n <= _TRIED:
        return derivative(args, keywords)

    def cut(a: Any, part: slice) -> Any:
        mine = shape_of(a) if type(a) is np.ndarray or a is x else ()
        return a[along(axis, part)] if mine and _along(mine, axis) == n else a

    def cut_all(part: slice) -> tuple[list[Any], dict[str, Any]]:
        return [cut(a, part) for a in args], {name: cut(a, part) for name, a in keywords.items()}

    _check_places(functools.partial(_one, derivative), cut_all, axis)
    length = together(n, _TRIED, *cut_all(slice(0, _TRIED)))
    if shares_memory(out.executor):
        length = min(length, max(1, _BLOCK * n // max(int(np.prod(shape)), 1)))
    blocks = [cut_all(slice(span.start, span.stop)) for span in spans(n, length)]
    name = iter(spans(n, length))
    joined = Joined(n)
    for t in results(functools.partial(_one, derivative), blocks, out, lambda _: _entries(next(name))):
        joined.add([np.moveaxis(_array(t, axis), axis, 0)])
    return np.moveaxis(joined.arrays()[0], 0, axis)


def _one(derivative: Any, block: Any) -> Any:
    args, keywords = block
    return derivative(args, keywords)


def _entries(span: range) -> str:
    return f"entries {span.start} to {span.stop - 1}"


def _along(shape: Any, axis: int) -> int:
    return shape[axis] if len(shape) >= -axis else 1


def _array(t: Any, axis: int) -> Any:
    if len(shape_of(t)) < -axis:
        raise changed("an array", f"one of shape {shape_of(t)}")
    return t


def _check_places(one: Any, cut_all: Any, axis: int) -> None:
    """Two overlapping pieces must agree where they overlap."""
    try:
        pieces = [one(cut_all(slice(start, start + _TRIED))) for start in (0, 1)]
    except (ValueError, IndexError) as error:
        raise ShapeError(
            f"the function does not take a part of its argument ({error}); with executor= it is given blocks "
            "of it: pass the arrays that it uses as arguments, so that they are cut as well, or leave out "
            "executor"
        ) from error
    here, there = (np.moveaxis(_array(t, axis), axis, 0) for t in pieces)
    if here.shape != there.shape or not np.allclose(
        here[1:], there[:-1], rtol=4096 * np.finfo(here.dtype).eps, atol=0, equal_nan=True
    ):
        raise ShapeError(
            "the derivative of an entry depends on where it stands or on how many there are, and with "
            "executor= the function is given blocks of its argument; leave out executor"
        )
