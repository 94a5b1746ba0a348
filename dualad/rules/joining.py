"""Rules of functions that take an array apart, put several together, or pad one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..corners import note
from ..errors import NoRuleError
from ..linear import LinearMap, View, plain
from ..shapes import Shape, negative_axis, shape_of, size_of
from ..table import composed, linear_map
from ._arrays import as_array, rearranged

# ---------------------------------------------------------------- apart: views, as NumPy's are


@composed(np.array_split, exact=True)
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    axis = negative_axis(axis, len(shape_of(ary)))
    size = shape_of(ary)[axis]
    if np.ndim(indices_or_sections):
        bounds = [0, *indices_or_sections, size]
    else:
        parts = np.array_split(np.empty(size), indices_or_sections)
        bounds = [0, *np.cumsum([len(p) for p in parts])]
    rest = (slice(None),) * (-1 - axis)
    return [ary[(..., slice(*ends), *rest)] for ends in pairwise(bounds)]


@composed(np.split, exact=True)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if not np.ndim(indices_or_sections) and shape_of(ary)[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return _array_split(ary, indices_or_sections, axis)


@composed(np.hsplit, exact=True)
def _hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return _split(ary, indices_or_sections, 1 if len(shape_of(ary)) > 1 else 0)


@composed(np.vsplit, exact=True)
def _vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return _split(ary, indices_or_sections, 0)


@composed(np.dsplit, exact=True)
def _dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    return _split(ary, indices_or_sections, 2)


if hasattr(np, "unstack"):  # NumPy 2.1

    @composed(np.unstack, exact=True)
    def _unstack(x: Any, axis: int = 0) -> tuple[Any, ...]:
        return tuple(np.moveaxis(x, axis, 0))


@composed(np.broadcast_arrays, exact=True)
def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:
    arrays = [as_array(a) for a in args]
    shape = np.broadcast_shapes(*(shape_of(a) for a in arrays))
    return tuple(np.reshape(a, shape) if shape_of(a) == shape else np.broadcast_to(a, shape) for a in arrays)


@composed(np.meshgrid, exact=True)
def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    n = len(xi)
    lines = [np.reshape(as_array(x), [-1 if k == i else 1 for k in range(n)]) for i, x in enumerate(xi)]
    if indexing == "xy" and n > 1:
        lines = [np.swapaxes(x, 0, 1) for x in lines]
    if not sparse:
        lines = list(_broadcast_arrays(*lines))
    return tuple(np.copy(x) for x in lines) if copy else tuple(lines)


@composed(np.ix_)
def _ix(*args: Any) -> tuple[Any, ...]:
    arrays = [as_array(x) for x in args]
    lines = [np.flatnonzero(x) if x.dtype == bool else x for x in arrays]
    return tuple(np.reshape(x, [-1 if k == i else 1 for k in range(len(lines))]) for i, x in enumerate(lines))


def _at_least(function: Any) -> None:
    @composed(function, exact=True)
    def at_least(*arys: Any) -> Any:
        if len(arys) != 1:
            return tuple(at_least(x) for x in arys)
        x = as_array(arys[0])
        return np.reshape(x, shape_of(function(np.empty(shape_of(x)))))


for _function in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    _at_least(_function)


class Windows(View):
    """All windows of a shape along some axes (negative)."""

    __slots__ = ("axes", "window_shape")

    def __init__(self, in_shape: Shape, out_shape: Shape, window_shape: Shape, axes: Shape):
        super().__init__(in_shape, out_shape)
        self.window_shape = window_shape
        self.axes = axes

    def apply(self, t: Any) -> Any:
        return np.lib.stride_tricks.sliding_window_view(t, self.window_shape, self.axes)


def _sliding_window_view(
    y: Any, x: Any, window_shape: Any, axis: Any = None, subok: bool = False, writeable: bool = False
) -> LinearMap:
    if writeable:
        raise NoRuleError(
            "np.lib.stride_tricks.sliding_window_view with writeable=True has no derivative rule; "
            "leave out writeable="
        )
    sizes = (window_shape,) if np.ndim(window_shape) == 0 else tuple(window_shape)
    n = len(shape_of(x))
    axes = range(n) if axis is None else (axis,) if np.ndim(axis) == 0 else axis
    return Windows(shape_of(x), shape_of(y), sizes, tuple(negative_axis(a, n) for a in axes))


linear_map(np.lib.stride_tricks.sliding_window_view, _sliding_window_view)


# ---------------------------------------------------------------- together


@composed(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


@composed(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    return rearranged(lambda a, v: np.insert(a, obj, v, axis), (arr, values))


@composed(np.block, lists=True)
def _block(arrays: Any) -> Any:
    found: list[Any] = []

    def counted(x: Any) -> Any:
        if isinstance(x, list):
            return [counted(e) for e in x]
        found.append(x)
        return len(found) - 1

    nest = counted(arrays)

    def filled(labels: Sequence[Any], nest: Any) -> Any:
        return [filled(labels, e) for e in nest] if isinstance(nest, list) else labels[nest]

    return rearranged(lambda *labels: np.block(filled(labels, nest)), found)


# ---------------------------------------------------------------- padding


@composed(np.pad)
def _pad(
    array: Any,
    pad_width: Any,
    mode: Any = "constant",
    constant_values: Any = 0,
    end_values: Any = 0,
    stat_length: Any = None,
    reflect_type: str = "even",
) -> Any:
    """One axis after the other, as NumPy does it."""
    if callable(mode):
        raise NoRuleError(
            "np.pad with a function as its mode has no derivative rule; give the mode by name, "
            'or pad with np.concatenate: np.pad(x, 1, mode="edge")'
        )
    x = as_array(array)
    n = len(shape_of(x))
    if isinstance(pad_width, dict):  # NumPy 2.3
        given, pad_width = pad_width, [(0, 0)] * n
        for axis, width in given.items():
            pad_width[axis] = (width, width) if np.ndim(width) == 0 else tuple(width)
    widths, constants, ends = (_pairs(v, n) for v in (pad_width, constant_values, end_values))
    lengths = [(None, None)] * n if stat_length is None else _pairs(stat_length, n)
    for axis in range(n):
        before, after = (int(w) for w in widths[axis])
        if not before and not after:
            continue
        lines = x if axis == n - 1 else np.moveaxis(x, axis, -1)
        if mode in _COPIES:
            lines = _reflected(lines, (before, after), mode, reflect_type)
        else:
            options = zip(constants[axis], ends[axis], lengths[axis], strict=True)
            first, last = (
                _side(lines, mode, front, width, *values)
                for front, width, values in zip((True, False), (before, after), options, strict=True)
            )
            lines = np.concatenate([first, lines, last], axis=-1)
        x = lines if axis == n - 1 else np.moveaxis(lines, -1, axis)
    return x


def _pairs(x: Any, n: int) -> list[Any]:
    """(before, after) for each axis, however it was given."""
    if hasattr(x, "tangent") and not shape_of(x):
        return [(x, x)] * n
    pairs = np.broadcast_to(x, (n, 2))
    return [(pairs[i, 0], pairs[i, 1]) for i in range(n)]


#: Modes that repeat entries, or reflect them.
_COPIES = frozenset({"edge", "reflect", "symmetric", "wrap"})

_STATISTICS: dict[str, Any] = {"maximum": np.max, "minimum": np.min, "mean": np.mean, "median": np.median}


def _side(x: Any, mode: Any, front: bool, width: int, constant: Any, end: Any, length: Any) -> Any:
    """What comes in front of the lines, or behind them."""
    *rest, size = shape_of(x)
    if mode in ("constant", "empty"):
        return np.broadcast_to(constant, (*rest, width)) * np.ones((), x.dtype)
    if mode == "linear_ramp":  # from the end value to the edge, which is not repeated
        share = np.arange(width) / max(width, 1)
        share, edge = (share, x[..., :1]) if front else (share[::-1], x[..., -1:])
        return end * (1 - share) + edge * share
    length = size if length is None else min(int(length), size)
    part = x[..., :length] if front else x[..., size - length :]
    return np.repeat(_STATISTICS[mode](part, axis=-1, keepdims=True), width, axis=-1)


def _reflected(x: Any, width: tuple[int, int], mode: Any, reflect_type: str) -> Any:
    size = shape_of(x)[-1]
    if mode in ("edge", "wrap") or reflect_type == "even":
        return x[..., np.pad(np.arange(size), width, mode)]
    # Twice the edge minus the reflection, perhaps again and again: NumPy's own weights, entry by entry.
    weights = np.pad(np.eye(size), (width, (0, 0)), mode, reflect_type="odd")
    return x @ np.transpose(weights).astype(x.dtype)


@composed(np.trim_zeros, exact=True)
def _trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    filt = as_array(filt)
    shape = shape_of(filt)
    axes = (
        [int(a) % len(shape) for a in ((axis,) if np.ndim(axis) == 0 else axis)] if axis is not None else []
    )
    found = np.argwhere(plain(filt))
    index = []
    for i in range(len(shape)):
        if axis is not None and i not in axes:
            index.append(slice(None))
        elif not size_of(np.shape(found)):
            index.append(slice(0, 0))
        else:
            first = found[:, i].min() if "f" in trim.lower() else None
            last = found[:, i].max() + 1 if "b" in trim.lower() else None
            index.append(slice(first, last))
    y = filt[tuple(index)]
    if shape_of(y) != shape:
        note("the end of an array at its zeros")
    return y
