"""Stand-ins for NumPy's views with strides of one's own, of arrays that hold Duals."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.lib import stride_tricks

from ..dual import Dual, primal, settled
from ..dual.containers import Container
from ..errors import ConversionError


@functools.wraps(stride_tricks.sliding_window_view)
def sliding_window_view(x: Any, *args: Any, **keywords: Any) -> Any:
    """Of a Dual it is not to be written to, as it hardly is where this is asked for."""
    if type(x) is Container:
        return x._seen(stride_tricks.sliding_window_view, *args, **keywords)
    x = settled(x)
    if type(x) is Dual:
        keywords.pop("writeable", None)
    return stride_tricks.sliding_window_view(x, *args, **keywords)


@functools.wraps(stride_tricks.as_strided)
def as_strided(x: Any, shape: Any = None, strides: Any = None, *args: Any, **keywords: Any) -> Any:
    """The entries that such a view would show, found by their places in the memory; not to be written to."""
    if type(x) is Container:
        return x._seen(stride_tricks.as_strided, shape, strides, *args, **keywords)
    now = settled(x)
    if type(now) is not Dual:
        return stride_tricks.as_strided(x, shape, strides, *args, **keywords)
    layout = primal(now)
    shape = layout.shape if shape is None else shape if isinstance(shape, list | tuple) else (shape,)
    strides = layout.strides if strides is None else strides
    here, wanted = np.ravel(_offsets(layout.shape, layout.strides)), _offsets(shape, strides)
    order = np.argsort(here)
    found = np.searchsorted(here, wanted, sorter=order)
    places = order[np.minimum(found, max(here.size - 1, 0))] if here.size else found
    if wanted.size and not (here.size and np.array_equal(here[places], wanted)):
        raise ConversionError(
            "np.lib.stride_tricks.as_strided reaches for what lies beside the entries of a Dual, which has "
            "no derivative; write x[indices], or np.lib.stride_tricks.sliding_window_view(x, n)"
        )
    y = np.take(np.ravel(now), places)
    y.setflags(write=False)
    return y


def _offsets(shape: Any, strides: Any) -> Any:
    """How many bytes after the first each entry of an array lies."""
    return sum(
        (np.reshape(np.arange(n) * step, (-1,) + (1,) * (len(shape) - 1 - i)))
        for i, (n, step) in enumerate(zip(shape, strides, strict=True))
    ) + np.zeros(shape, int)
