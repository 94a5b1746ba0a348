"""Shapes, axes and indices: tuples only.

Axes are negative and indices full, so that a linear map written for the trailing axes works
unchanged when directions ("lanes") ride along on leading axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Shape = tuple[int, ...]


def shape_of(x: Any) -> Shape:
    """The shape of a number, an array or a Dual.

    Examples
    --------
    >>> shape_of(2.0), shape_of([[1, 2, 3]])
    ((), (1, 3))
    """
    if type(x) is float:
        return ()
    shape = getattr(x, "shape", None)
    if shape is not None:
        return shape
    return () if isinstance(x, float | int) or not isinstance(x, Sequence) else np.shape(x)


#: All axes of an array, by their number.
_ALL_AXES = tuple(tuple(range(-ndim, 0)) for ndim in range(65))


def negative_axes(axis: int | Sequence[int] | None, ndim: int) -> Shape:
    """The axes as negative numbers, in ascending order; None means all of them.

    Examples
    --------
    >>> negative_axes(None, 2), negative_axes(0, 3), negative_axes((2, -3), 3)
    ((-2, -1), (-3,), (-3, -1))
    """
    if axis is None:
        return _ALL_AXES[ndim]
    if type(axis) is int and -ndim <= axis < ndim:
        return (axis - ndim if axis >= 0 else axis,)
    axes = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    if not ndim and axes in ((0,), (-1,)):  # which NumPy allows for a number
        return ()
    for a in axes:
        if not -ndim <= a < ndim:
            raise np.exceptions.AxisError(a, ndim)
    return tuple(sorted(int(a) - ndim if a >= 0 else int(a) for a in axes))


def negative_axis(axis: int, ndim: int) -> int:
    """One axis as a negative number.

    Examples
    --------
    >>> negative_axis(1, 3)
    -2
    """
    return negative_axes(axis, ndim)[0]


def kept(shape: Shape, axes: Shape) -> Shape:
    """The shape after a reduction over ``axes`` (negative) that keeps them with length 1.

    Examples
    --------
    >>> kept((2, 3, 4), (-2,))
    (2, 1, 4)
    """
    n = len(shape)
    return tuple(1 if i - n in axes else d for i, d in enumerate(shape))


def without(shape: Shape, axes: Shape) -> Shape:
    """The shape after a reduction over ``axes`` (negative) that drops them.

    Examples
    --------
    >>> without((2, 3, 4), (-2,))
    (2, 4)
    """
    n = len(shape)
    if len(axes) == n:
        return ()
    return tuple(d for i, d in enumerate(shape) if i - n not in axes)


def along(axis: int, part: Any) -> tuple[Any, ...]:
    """The index of a part of an axis (negative), a slice or places, and of all of the others.

    Examples
    --------
    >>> along(-2, 0)
    (Ellipsis, 0, slice(None, None, None))
    """
    return (..., part, *(slice(None),) * (-1 - axis))


def broadcast_axes(inner: Shape, outer: Shape) -> Shape:
    """The axes of ``outer`` along which ``inner`` is repeated: what reversing a broadcast sums over.

    Examples
    --------
    >>> broadcast_axes((3, 1), (2, 3, 4)), broadcast_axes((), (2,))
    ((-3, -1), (-1,))
    """
    n, m = len(outer), len(inner)
    return tuple(a for a in range(-n, 0) if -a > m or (inner[a] == 1 and outer[a] != 1))


def size_of(shape: Shape) -> int:
    """How many numbers an array of this shape holds.

    Examples
    --------
    >>> size_of((2, 3)), size_of(())
    (6, 1)
    """
    size = 1
    for d in shape:
        size *= d
    return size


Index = tuple[Any, ...]

_BOOL = (bool, np.bool)
_ONE_AXIS = (int, np.integer, slice)
_WHOLE = (slice(None),)

#: The types in an index that makes a view.
_SIMPLE = frozenset({int, slice})


def full_index(index: Any, ndim: int) -> Index:
    """The index as a tuple that speaks of every axis: no masks, no lists, an ellipsis for no axes at most.

    Examples
    --------
    >>> full_index((0, ...), 3)
    (0, slice(None, None, None), slice(None, None, None))
    >>> full_index(np.array([True, False, True]), 1)
    (array([0, 2]),)
    """
    if type(index) is slice or type(index) is int:  # the commonest
        return (index, *_WHOLE * (ndim - 1))
    if type(index) is tuple and len(index) == ndim and _SIMPLE.issuperset(map(type, index)):
        return index
    if type(index) is np.ndarray:
        arrays = index.nonzero() if index.dtype == bool and index.ndim else (index.copy(),)
        return (*arrays, *_WHOLE * (ndim - len(arrays)))
    parts: list[Any] = []
    used = 0
    for part in index if isinstance(index, tuple) else (index,):
        if part is None or part is Ellipsis or isinstance(part, _BOOL):
            parts.append(part)  # a lone True or False adds an axis and speaks of none, as None does
        elif isinstance(part, _ONE_AXIS):
            parts.append(part)
            used += 1
        else:
            of_part, axes = _index_arrays(part)
            parts += of_part
            used += axes
    rest = _WHOLE * (ndim - used)
    if not rest:  # an ellipsis may stay: x[0, ...] is a view, and the parts of x[[0], ..., [0]] stand apart
        return tuple(parts)
    for i, part in enumerate(parts):
        if part is Ellipsis:
            return (*parts[:i], *rest, *parts[i + 1 :])
    return (*parts, *rest)


def _index_arrays(part: Any) -> tuple[Sequence[Any], int]:
    """The parts for an array or a list in an index, and of how many axes they speak."""
    array = np.array(part)  # a copy: the program may go on to change its own
    if array.dtype == bool:
        return (array.nonzero() if array.ndim else [bool(array)]), array.ndim
    return [array if array.size or isinstance(part, np.ndarray) else array.astype(np.intp)], 1


def indexed_shape(shape: Shape, index: Index) -> Shape:
    """The shape of ``x[index]``.

    Examples
    --------
    >>> indexed_shape((2, 3), (0, slice(1, None)))
    (2,)
    """
    return shape_of(np.broadcast_to(np.False_, shape)[index])


def is_basic(index: Index) -> bool:
    """Whether a full index makes a view: only integers, slices and new axes.

    Examples
    --------
    >>> is_basic((0, slice(None))), is_basic((np.array([0]),))
    (True, False)
    """
    return _SIMPLE.issuperset(map(type, index)) or all(
        p is None or p is Ellipsis or (isinstance(p, _ONE_AXIS) and not isinstance(p, bool)) for p in index
    )


def gathered_first(index: Index) -> int:
    """How many axes NumPy moves to the front for advanced parts that stand apart, else 0.

    In ``x[0, :, [1, 2]]`` the advanced parts (the 0 counts) are separated by a slice, and the
    axis they make comes first. With lanes in front of ``x`` that axis has to be moved back.

    Examples
    --------
    >>> gathered_first((0, slice(None), np.array([1, 2]))), gathered_first((slice(None), np.array([1, 2])))
    (1, 0)
    """
    if is_basic(index):
        return 0
    advanced = [i for i, p in enumerate(index) if not (p is None or p is ... or isinstance(p, slice))]
    if advanced[-1] - advanced[0] + 1 == len(advanced):
        return 0
    parts = (index[i] for i in advanced)
    return np.broadcast(*(np.atleast_1d(p) if isinstance(p, _BOOL) else np.asarray(p) for p in parts)).ndim
