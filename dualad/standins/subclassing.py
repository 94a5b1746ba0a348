"""Stand-ins for what classes derived from ndarray call: ``view``, ``__new__``, ``_implementation``."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..dual import Dual, settled
from ..dual.array_classes import (
    ArrayOfClass,
    class_holding,
    contained,
    first_of_class,
    held,
    is_array_class,
)
from ..dual.array_methods import array_function, view
from ..dual.containers import Container, holding, mode_in
from ..errors import ConversionError
from ..users import Called


@functools.wraps(np.ndarray.view)
def view_stand_in(x: Any, *args: Any, **keywords: Any) -> Any:
    """``np.ndarray.view(x, cls)``."""
    original = np.ndarray.view if not isinstance(x, Dual | Container) else view
    return original(x, *args, **keywords)


@functools.wraps(np.ndarray.__new__)
def new_array(
    cls: Any,
    shape: Any,
    dtype: Any = float,
    buffer: Any = None,
    offset: int = 0,
    strides: Any = None,
    order: Any = None,
) -> Any:
    """``np.ndarray.__new__``: what it makes can hold Duals, and shows those of its buffer."""
    if cls is np.ndarray and isinstance(buffer, Container) and np.dtype(dtype) == buffer.dtype:
        return np.ndarray.__new__(Container, shape, dtype, buffer, offset, strides, order)
    if cls is np.ndarray and buffer is None:
        return holding(np.ndarray(shape, dtype, None, offset, strides, order), True)
    buffer = settled(buffer)
    ours = buffer is None or mode_in(buffer) or isinstance(buffer, Container)
    if not is_array_class(cls) or not ours or np.dtype(dtype).kind in "OV":  # which hold anything
        return np.ndarray.__new__(cls, shape, dtype, buffer, offset, strides, order)
    if buffer is None:
        memory: Any = np.empty(shape, dtype, order or "C").view(Container)
        strides = memory.strides
    else:
        memory = contained(buffer)
    if mode_in(memory) is not None and np.dtype(dtype) != memory.dtype:
        raise ConversionError(
            f"an array of {np.dtype(dtype)} cannot share the memory of a Dual of {memory.dtype}; "
            f"give it the dtype of the buffer, or its entries: x.astype({np.dtype(dtype)})"
        )
    return np.ndarray.__new__(class_holding(cls), shape, dtype, memory, offset, strides, order)


def method_of_arrays(f: Any) -> Any:
    """``np.ndarray.sort`` and its like, which classes call by that name past methods of their own."""

    @functools.wraps(f, updated=())
    def method(x: Any, *args: Any, **keywords: Any) -> Any:
        own = next((kind for kind in (Dual, ArrayOfClass, Container) if isinstance(x, kind)), None)
        if own is None and mode_in((args, keywords)) is not None:
            return getattr(x, f.__name__)(*args, **keywords)
        return (f if own is None else getattr(own, f.__name__))(x, *args, **keywords)

    return method


def dispatching() -> Iterator[Any]:
    """NumPy's functions that ask their arguments what to do."""
    for module in (np, np.linalg, np.fft):
        for name in module.__all__:
            function = vars(module).get(name)  # what is not there yet is a module that NumPy loads at need
            if hasattr(function, "_implementation"):
                yield function


def without_dispatch(called: Called, function: Any) -> Any:
    """What stands in for ``np.sum._implementation``, which classes with rules of their own call."""

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        first = first_of_class((args, keywords))
        if mode_in((args, keywords)) is None:
            return function._implementation(*args, **keywords)
        if first is None:
            return called(function)(*args, **keywords)
        return array_function(held(first), function, (), args, keywords)

    return call
