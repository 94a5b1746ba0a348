"""Correlations and convolutions of images with weights, by scipy.ndimage: sums of shifted arrays."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...dual import Dual, primal
from ...dual.containers import Container
from ...errors import UnsupportedError
from ..scipy_arrays import as_array, for_duals, with_value

__all__ = ["CORRELATIONS"]

Function = Callable[..., Any]

#: The names of SciPy for what lies beyond the border -> those of `np.pad`.
_BORDERS: dict[str, Any] = {
    "reflect": "symmetric",
    "grid-mirror": "symmetric",
    "mirror": "reflect",
    "nearest": "edge",
    "constant": "constant",
    "grid-constant": "constant",
    "wrap": "wrap",
    "grid-wrap": "wrap",
}


def _into(output: Any, y: Any) -> Any:
    """What a filter returns: it may be given the array to write to, or a dtype."""
    if output is None:
        return y
    if not isinstance(output, np.ndarray | Dual):
        return y.astype(output)
    if not isinstance(output, Container | Dual):
        raise UnsupportedError(
            "a filter of scipy.ndimage cannot put a derivative into a plain array; leave out output="
        )
    output[...] = y
    return output


def _shifted(x: Any, weights: Any, axes: tuple[int, ...], modes: Any, cval: float, origins: Any) -> Any:
    """``sum(weights[k] * x[i + k - centre])``, with x continued beyond its borders."""
    padded = x
    for axis, size, mode, origin in zip(axes, weights.shape, modes, origins, strict=True):
        before = size // 2 + origin
        widths = [(0, 0)] * x.ndim
        widths[axis] = (before, size - 1 - before)
        fill: dict[str, Any] = {"constant_values": cval} if _BORDERS[mode] == "constant" else {}
        padded = np.pad(padded, widths, _BORDERS[mode], **fill)
    y: Any = 0.0
    for place in itertools.product(*map(range, weights.shape)):
        if type(weights) is Dual or weights[place]:
            cut = [slice(None)] * x.ndim
            for axis, k in zip(axes, place, strict=True):
                cut[axis] = slice(k, k + x.shape[axis])
            y = y + weights[place] * padded[tuple(cut)]
    return y


def _listed(x: Any, n: int) -> list[Any]:
    return list(x) if isinstance(x, list | tuple | np.ndarray) else [x] * n


def _correlate(sign: int) -> Function:
    """A correlation with weights, or (-1) a convolution; along one axis, or along several."""

    def correlate(
        original: Function, input: Any, weights: Any, output: Any, mode: Any, cval: Any, origin: Any,
        axis: int | None = None, axes: Any = None,
    ) -> Any:  # fmt: skip
        x, w = as_array(input), as_array(weights)
        w = w if type(w) is Dual else np.asarray(w, float)
        if axis is not None:
            axes = (axis % x.ndim,)
        elif axes is None:
            axes = tuple(range(x.ndim))
        else:
            axes = tuple(a % x.ndim for a in ([axes] if isinstance(axes, int) else axes))
        modes, origins = _listed(mode, len(axes)), _listed(origin, len(axes))
        given = {"mode": mode, "cval": cval, "origin": origin}
        if axis is not None:
            given["axis"] = axis
        elif len(axes) < x.ndim:
            given["axes"] = axes
        value = original(primal(x), primal(w), **given)
        if sign < 0:
            w = w[(slice(None, None, -1),) * w.ndim]
            origins = [-o - (n % 2 == 0) for o, n in zip(origins, w.shape, strict=True)]
        return _into(output, with_value(value, _shifted(x, w, axes, modes, cval, origins)))

    return for_duals(correlate)


def _uniform(
    original: Function, input: Any, size: int, axis: int, output: Any, mode: str, cval: Any, origin: int
) -> Any:
    x = as_array(input)
    value = original(primal(x), size, axis, None, mode, cval, origin)
    y = _shifted(x, np.full(size, 1 / size), (axis % x.ndim,), [mode], cval, [origin])
    return _into(output, with_value(value, y))


#: Package and name -> what is called in its place.
CORRELATIONS: dict[tuple[str, str], Function] = {
    ("ndimage", "correlate"): _correlate(1),
    ("ndimage", "correlate1d"): _correlate(1),
    ("ndimage", "convolve"): _correlate(-1),
    ("ndimage", "convolve1d"): _correlate(-1),
    ("ndimage", "uniform_filter1d"): for_duals(_uniform),
}
