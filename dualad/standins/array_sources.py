"""Stand-ins for functions that make arrays of bytes, of an iterator, or of an array of another library."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np

from ..dual import Dual, holds_dual, settled, stacked
from ..dual.containers import holding
from ..dual.dual import is_entry
from ..dual.keys import Bytes, bytes_of
from ..errors import ConversionError


@functools.wraps(np.from_dlpack)
def from_dlpack(x: Any, **options: Any) -> Any:
    """``np.from_dlpack``, of an array that holds Duals as well."""
    x = settled(x)
    if type(x) is not Dual:
        return np.from_dlpack(x, **options)
    return np.copy(x) if options.get("copy") else x


@functools.wraps(np.frombuffer)
def frombuffer(buffer: Any, dtype: Any = float, *args: Any, **keywords: Any) -> Any:
    """``np.frombuffer``, of the bytes of a Dual or of an array that holds Duals as well."""
    buffer = bytes_of(buffer) if type(buffer := settled(buffer)) is Dual else buffer
    if type(buffer) is not Bytes:
        return np.frombuffer(buffer, dtype, *args, **keywords)
    if args or keywords or np.dtype(dtype) != buffer.number.dtype:
        raise ConversionError(
            f"np.frombuffer takes the bytes of a Dual as a whole, as {buffer.number.dtype}; take the part "
            "that is wanted from np.ravel(x)"
        )
    y = np.copy(buffer.number)
    y.setflags(write=False)
    return y


@functools.wraps(np.fromiter)
def fromiter(iter: Any, dtype: Any, count: int = -1, **keywords: Any) -> Any:
    """``np.fromiter``, of Duals as well."""
    numbers = list(iter) if count < 0 else list(itertools.islice(iter, count))
    kind = np.dtype(dtype)
    if holds_dual(numbers) and all(is_entry(e) and np.shape(e) == kind.shape for e in numbers):
        return stacked(numbers).astype(kind.base)
    return holding(np.fromiter(numbers, dtype, count, **keywords))
