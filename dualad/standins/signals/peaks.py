"""Peaks of scipy.signal: where they are is asked of the values, how high and wide they are is computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..scipy_arrays import Function, by_values, of_values, plain_copy

__all__ = ["PEAKS"]


def _prominences(value: Any, x: Any, peaks: Any, wlen: Any) -> Any:
    """From the peak down to the higher one of the two lowest points beside it."""
    _, left, right = value
    return x[peaks] - np.maximum(x[left], x[right]), left, right


def _widths(
    values: Any, x: Any, peaks: Any, rel_height: float, prominences: Any, left: Any, right: Any
) -> Any:
    """Between the places on both sides where straight lines between points come down to a height."""
    height = x[peaks] - prominences * rel_height
    ends = []
    for place, beside in ((values[2], 1), (values[3], -1)):
        below = np.floor(place).astype(int) if beside == 1 else np.ceil(place).astype(int)
        within = plain_copy(x[below]) < values[1]  # or the peak ends before it is as low
        next_one = np.where(within, below + beside, below)
        gap = np.where(within, x[next_one] - x[below], 1.0)
        ends.append(beside * np.where(within, (height - x[below]) / gap, 0.0))
    return ends[1] - ends[0], height, *ends


#: The last name of a module and that of a function -> its twin, which is given the function as well.
PEAKS: dict[tuple[str, str], Function] = {
    ("_peak_finding_utils", "_local_maxima_1d"): by_values,
    ("_peak_finding_utils", "_select_by_peak_distance"): by_values,
    ("_peak_finding_utils", "_peak_prominences"): of_values(_prominences),
    ("_peak_finding_utils", "_peak_widths"): of_values(_widths),
}
