"""Linear maps: apply them, transpose them, what they do to bit sets, what they cost.

A rule says what a function does to a tangent by such maps; the modes read the rest off them. Those that
all families share are had from here, and each of the larger kinds from the file that it is in.
"""

from .arithmetic import Broadcast, BroadcastView, Inner, Scale, Sum, aligned, sum_to
from .maps import Chain, Chosen, Identity, LinearMap, Zero, memory_of
from .moves import Diagonal, Mask, Permute, Put, Reshape, Take, View, Window, reshaped
from .products import (
    BLOCK,
    SLAB,
    WIDE_BLOCK,
    all_finite,
    depth_of,
    has_nan,
    is_complex,
    plain,
    quiet,
    quietly,
    some_nan,
    some_zero,
    strong,
    times,
)
from .running import CumSum, Recurrence

__all__ = [
    "BLOCK",
    "SLAB",
    "WIDE_BLOCK",
    "Broadcast",
    "BroadcastView",
    "Chain",
    "Chosen",
    "CumSum",
    "Diagonal",
    "Identity",
    "Inner",
    "LinearMap",
    "Mask",
    "Permute",
    "Put",
    "Recurrence",
    "Reshape",
    "Scale",
    "Sum",
    "Take",
    "View",
    "Window",
    "Zero",
    "aligned",
    "all_finite",
    "depth_of",
    "has_nan",
    "is_complex",
    "memory_of",
    "plain",
    "quiet",
    "quietly",
    "reshaped",
    "some_nan",
    "some_zero",
    "strong",
    "sum_to",
    "times",
]
