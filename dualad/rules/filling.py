"""Functions that write into an array: what they write carries its derivative along."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import PlainArrayError
from ..linear import plain
from ..shapes import shape_of, size_of
from ..table import composed
from ._arrays import as_array


def _target(x: Any, name: str) -> Any:
    if not hasattr(x, "tangent"):
        raise PlainArrayError(
            f"np.{name} cannot put a derivative into a plain array; make one that can hold it, as in "
            "y = np.zeros_like(x), or y = np.array([x, 0.0])",
            x,
        )
    return x


def _write(x: Any, places: Any, values: Any) -> None:
    """Assign at flat places, the last one where a place comes twice."""
    shape = shape_of(x)
    x[np.unravel_index(places, shape) if shape else ...] = values if shape else values[-1]


def _repeated(values: Any, n: int) -> Any:
    """The first ``n`` of the values, said again and again if they do not last."""
    return np.resize(np.ravel(as_array(values)), n)


@composed(np.put, exact=True)
def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    n = size_of(shape_of(_target(a, "put")))
    places = np.ravel(ind)
    if mode == "raise":
        if np.any((places < -n) | (places >= n)):
            raise IndexError(f"put: an index is out of bounds for an array of {n} entries")
        places = places % max(n, 1)
    else:
        places = places % n if mode == "wrap" else np.clip(places, 0, n - 1)
    if len(places) and size_of(shape_of(as_array(v))):
        _write(a, places, _repeated(v, len(places)))


@composed(np.place, exact=True)
def _place(arr: Any, mask: Any, vals: Any) -> None:
    places = np.flatnonzero(mask)
    if len(places):
        if not size_of(shape_of(as_array(vals))):
            raise ValueError("Cannot insert from an empty array!")
        _write(_target(arr, "place"), places, _repeated(vals, len(places)))


@composed(np.putmask, exact=True)
def _putmask(a: Any, mask: Any, values: Any) -> None:
    places = np.flatnonzero(mask)
    if len(places):
        _write(_target(a, "putmask"), places, _repeated(values, size_of(shape_of(a)))[places])


@composed(np.copyto, exact=True)
def _copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    if isinstance(dst, np.ndarray) and dst.dtype.kind not in "fc":  # whole numbers carry no derivative
        np.copyto(dst, plain(src), casting, where=plain(where))
        return
    _target(dst, "copyto")
    if where is True:
        dst[...] = src
        return
    where = np.broadcast_to(np.asarray(plain(where), bool), shape_of(dst))
    dst[where] = np.broadcast_to(src, shape_of(dst))[where]


@composed(np.put_along_axis, exact=True)
def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None = -1) -> None:
    shape = shape_of(_target(arr, "put_along_axis"))
    places = np.arange(size_of(shape)).reshape(shape)
    chosen = np.take_along_axis(places, np.asarray(indices), axis)
    _write(arr, chosen, values)


@composed(np.fill_diagonal, exact=True)
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    shape = shape_of(_target(a, "fill_diagonal"))
    mark = np.zeros(shape, bool)
    np.fill_diagonal(mark, True, wrap)
    places = np.flatnonzero(mark)
    _write(a, places, _repeated(val, len(places)))
