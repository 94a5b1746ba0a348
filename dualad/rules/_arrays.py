"""What the composed functions share: arrays that may be Duals, and moves written once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..linear import Put, Scale, reshaped
from ..shapes import shape_of, size_of


def as_array(x: Any) -> Any:
    """A list or number as an array; a Dual as it is."""
    return x if hasattr(x, "tangent") else np.asarray(x)


def rearranged(function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
    """A function that only moves the entries of some arrays, found by running it on their places."""
    arrays = [as_array(a) for a in arrays]
    labels, n = [], 0
    for a in arrays:
        size = size_of(shape_of(a))
        labels.append(np.arange(n, n + size).reshape(shape_of(a)))
        n += size
    return np.concatenate([np.ravel(a) for a in arrays])[function(*labels)]


def averaged(x: Any, groups: Any) -> Any:
    """The mean of the entries of each group; ``groups`` gives each entry the number of its group."""
    count = np.bincount(np.ravel(groups))
    n = size_of(shape_of(x))
    flat = reshaped(shape_of(x), (n,))
    into = Put(np.ravel(groups), (n,), count.shape)
    shares = 1.0 / np.maximum(count, 1)
    linear = flat >> into >> Scale(shares.astype(getattr(x, "dtype", float)), count.shape)
    return linear(x)
