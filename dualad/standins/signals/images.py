"""Images of scipy.ndimage: sums and ranks in windows, splines at places between the pixels, in Python."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...dual import Dual, primal, settled
from ...errors import NoRuleError
from ...shapes import shape_of
from ..scipy_arrays import Function, as_array, by_values, into, of_values, plain_copy, with_value, written


@functools.cache
def _border_names() -> dict[int, str]:
    """What SciPy's numbers for borders mean."""
    from scipy.ndimage import _ni_support

    return {_ni_support._extend_mode_to_code(name): name for name in (*_PADS, "wrap")}


#: The names of borders -> those of `np.pad`.
_PADS = {
    "nearest": "edge",
    "reflect": "symmetric",
    "mirror": "reflect",
    "constant": "constant",
    "grid-constant": "constant",
    "grid-wrap": "wrap",
}


def _shifted(x: Any, footprint: Any, mode: int, cval: float, origins: Any) -> Iterator[Any]:
    """The entry at each place of a window: an image for each place that is not 0 in the footprint."""
    name: Any = _PADS.get(_border_names()[mode], "wrap")
    widths = [(n // 2 + o, n - 1 - n // 2 - o) for n, o in zip(footprint.shape, origins, strict=True)]
    fill: dict[str, Any] = {"constant_values": cval} if name == "constant" else {}
    padded = np.pad(x, widths, name, **fill)
    for place in zip(*np.nonzero(footprint), strict=True):
        yield padded[tuple(slice(k, k + n) for k, n in zip(place, x.shape, strict=True))]


def _windows(*given: Any) -> Any:
    """The entries of a window around each place, along a first axis."""
    return np.stack(list(_shifted(*given)))


def _along(axis: int, size: int, origin: int, ndim: int) -> tuple[list[int], list[int]]:
    """The shape and the origins of a window along one axis."""
    shape, origins = [1] * ndim, [0] * ndim
    shape[axis], origins[axis] = size, origin
    return shape, origins


def _weighted(x: Any, weights: Any, mode: int, cval: Any, origins: Any) -> Any:
    """The sum of weights times the entries in a window around each place."""
    footprint = np.ones(weights.shape) if type(weights) is Dual else weights != 0
    images = _shifted(x, footprint, mode, cval, origins)
    return sum(w * image for w, image in zip(weights[np.nonzero(footprint)], images, strict=True))


def _correlate(x: Any, weights: Any, value: Any, mode: int, cval: Any, origins: Any) -> Any:
    return _weighted(x, weights, mode, cval, origins)


def _correlate_1d(x: Any, weights: Any, axis: int, value: Any, mode: int, cval: Any, origin: int) -> Any:
    shape, origins = _along(axis, len(weights), origin, x.ndim)
    return _weighted(x, np.reshape(weights, shape), mode, cval, origins)


def _uniform_1d(x: Any, size: int, *more: Any) -> Any:
    return _correlate_1d(x, np.full(size, 1 / size), *more)


def _rank_filter(x: Any, rank: int, footprint: Any, value: Any, mode: int, cval: Any, origins: Any) -> Any:
    return np.sort(_windows(x, footprint, mode, cval, origins), axis=0)[rank]


def _rank_filter_1d(x: Any, rank: int, size: int, value: Any, mode: int, cval: Any, origin: int) -> Any:
    return _rank_filter(x, rank, np.ones(size), value, mode, cval, [origin])


def _extreme_filter(
    x: Any, footprint: Any, structure: Any, value: Any, mode: int, cval: Any, origins: Any, minimum: Any
) -> Any:
    windows = _windows(x, footprint, mode, cval, origins)
    if structure is not None:
        heights = np.reshape(structure[np.nonzero(footprint)], (-1, *(1,) * x.ndim))
        windows = windows - heights if minimum else windows + heights
    return (np.min if minimum else np.max)(windows, axis=0)


def _extreme_filter_1d(
    x: Any, size: int, axis: int, value: Any, mode: int, cval: Any, origin: int, minimum: Any
) -> Any:
    shape, origins = _along(axis, size, origin, x.ndim)
    return _extreme_filter(x, np.ones(shape), None, value, mode, cval, origins, minimum)


def _generic_filter(
    original: Function, x: Any, function: Function, footprint: Any, output: Any, mode: int, cval: Any,
    origins: Any, args: Any, keywords: Any,
) -> None:  # fmt: skip
    """A function of the entries in the window around each place."""
    windows = np.moveaxis(_windows(settled(x), footprint, mode, cval, origins), 0, -1)
    for place in np.ndindex(output.shape):
        output[place] = function(windows[place], *args, **keywords)


def _generic_filter_1d(
    original: Function, x: Any, function: Function, size: int, axis: int, output: Any, mode: int, cval: Any,
    origin: int, args: Any, keywords: Any,
) -> None:  # fmt: skip
    """A function that is given each line, continued beyond its ends, and the line that it is to fill."""
    lines, filled = np.moveaxis(settled(x), axis, -1), np.moveaxis(output, axis, -1)
    others = lines.ndim - 1
    windows = _windows(lines, np.ones((1,) * others + (size,)), mode, cval, [0] * others + [origin])
    continued = np.concatenate([np.moveaxis(windows[:, ..., 0], 0, -1), windows[-1, ..., 1:]], axis=-1)
    for place in np.ndindex(lines.shape[:-1]):
        function(continued[place], filled[place], *args, **keywords)


def _median_2d(value: Any, x: Any, sizes: Any) -> Any:
    """Of scipy.signal: beyond the border are zeros."""
    from scipy.ndimage import _ni_support

    border = _ni_support._extend_mode_to_code("constant")
    windows = np.sort(_windows(x, np.ones(sizes), border, 0.0, [0, 0]), axis=0)
    return windows[len(windows) // 2]


def _spline_filter(original: Function, x: Any, order: int, axis: int, output: Any, mode: int) -> None:
    """Linear along an axis: by the matrix that it is."""
    matrix = np.zeros((x.shape[axis], x.shape[axis]))
    original(np.eye(x.shape[axis]), order, 0, matrix, mode)

    def filtered(x: Any, *given: Any) -> Any:
        return np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)

    into(3, filtered)(original, x, order, axis, output, mode)


def _geometric(
    original: Function, x: Any, mapping: Any, coordinates: Any, matrix: Any, offset: Any, output: Any,
    order: int, mode: int, cval: Any, npad: int, *extra: Any,
) -> None:  # fmt: skip
    """The image at coordinates, or at a function of the places of the output, affine or the user's."""
    x, coordinates, matrix, offset = settled((x, coordinates, matrix, offset))
    if mapping is not None:
        args, keywords = extra
        mapped = [as_array(mapping(place, *args, **keywords)) for place in np.ndindex(output.shape)]
        coordinates = np.reshape(np.transpose(np.stack(mapped)), (x.ndim, *output.shape))
    at = coordinates
    if at is None:
        places = np.indices(output.shape).reshape(output.ndim, -1)
        at = np.reshape(matrix @ places + np.reshape(offset, (-1, 1)), (len(matrix), *output.shape))
    value = np.zeros(output.shape)
    given = map(primal, (x, coordinates, matrix, offset))
    plain, *where = (a if a is None else np.ascontiguousarray(a, float) for a in given)
    original(plain, None, *where, value, order, mode, cval, npad, *extra)
    written(output, with_value(value, _image(x, at, order, mode, cval, npad, value)))


def _zoom_shift(
    x: Any, zoom: Any, shift: Any, value: Any, order: int, mode: int, cval: Any, npad: int, on_grid: Any
) -> Any:
    half = 0.5 if on_grid else 0.0
    at = []
    for axis, n in enumerate(value.shape):
        place: Any = np.arange(float(n))
        if shift is not None:
            place = place + shift[axis]
        if zoom is not None:
            place = (place + half) * zoom[axis] - half
        at.append(np.broadcast_to(np.reshape(place, (-1, *(1,) * (value.ndim - 1 - axis))), value.shape))
    return _image(x, at, order, mode, cval, npad, value)


def _basis(share: Any, order: int) -> list[Any]:
    """The B-splines of an order that are not zero between two knots at distance 1."""
    values: list[Any] = [np.ones(shape_of(share))]
    for degree in range(1, order + 1):
        ahead: Any = 0.0
        for r in range(degree):
            part = values[r] / degree
            values[r] = ahead + (r + 1 - share) * part
            ahead = (share + (degree - r - 1)) * part
        values.append(ahead)
    return values


#: The index of an entry beyond the border of an axis with n entries, by the name of the border.
_BEYOND: dict[str, Function] = {
    "nearest": lambda i, n: np.clip(i, 0, n - 1),
    "reflect": lambda i, n: np.minimum(i % (2 * n), 2 * n - 1 - i % (2 * n)),
    "mirror": lambda i, n: np.minimum(i % max(2 * n - 2, 1), (2 * n - 2) - i % max(2 * n - 2, 1)),
    "grid-wrap": lambda i, n: i % n,
    "grid-constant": lambda i, n: np.where((i < 0) | (i >= n), n, i),  # one more entry, which is cval
}


def _taps(at: Any, n: int, order: int, border: str) -> Iterator[tuple[Any, Any]]:
    first = np.floor(primal(at) + (0.0 if order % 2 else 0.5)).astype(int)
    share = at - first + (0.0 if order % 2 else 0.5)
    for k, weight in enumerate(_basis(share, order)):
        yield weight, _BEYOND[border](first - order // 2 + k, n)


def _image(x: Any, at: Any, order: int, mode: int, cval: Any, npad: int, value: Any) -> Any:
    """The spline through the image, at places; the values are SciPy's, and have to be ours as well."""
    name = _border_names()[mode]
    border = name if name in _BEYOND else "mirror"
    places = [at[axis] + npad for axis in range(x.ndim)]
    if name == "nearest":
        places = [np.clip(p, 0, n - 1) for p, n in zip(places, x.shape, strict=True)]
    pixels = np.pad(x, (0, 1), constant_values=cval) if border == "grid-constant" else x
    y: Any = 0.0
    for taps in itertools.product(
        *(_taps(p, n, order, border) for p, n in zip(places, x.shape, strict=True))
    ):
        weight = functools.reduce(lambda a, b: a * b, (w for w, _ in taps))
        y = y + weight * pixels[tuple(i for _, i in taps)]
    if name == "constant":
        inside = [(primal(p) >= 0) & (primal(p) <= n - 1) for p, n in zip(places, x.shape, strict=True)]
        y = np.where(functools.reduce(np.logical_and, inside), y, cval)
    if not np.allclose(primal(y), value, rtol=1e-9, atol=1e-9 * np.max(abs(primal(x)), initial=0.0)):
        raise NoRuleError(
            f"scipy.ndimage has no derivative for mode={name!r} with places beyond the border; take "
            "mode='nearest', 'mirror', 'reflect' or 'constant'"
        )
    return y


# ---------------------------------------------------------------- spectra


def _of_transform(multiplier: Function) -> Function:
    """The Fourier transform of an image times that of a window, or of a shift, of some sizes."""

    def multiplied(x: Any, sizes: Any, n: int, axis: int, value: Any, *kind: int) -> Any:
        turns = [np.fft.fftfreq(length) for length in x.shape]  # how many there are from a pixel to the next
        if n >= 0:  # of a real transform of so many numbers
            turns[axis] = np.arange(x.shape[axis]) / n
        return x * multiplier(*kind, [s * f for s, f in zip(sizes, np.ix_(*turns), strict=True)])

    return into(4, multiplied)


def _spectrum(kind: int, turns: Any) -> Any:
    """Of a Gaussian (0), of a box (1), of an ellipsoid of at most three dimensions (2)."""
    if kind == 0:
        return np.exp(-2 * np.pi**2 * sum(t * t for t in turns))
    if kind == 1 or len(turns) == 1:
        return functools.reduce(lambda a, b: a * b, map(np.sinc, turns))
    from scipy.special import j1

    squares = np.pi**2 * sum(t * t for t in turns)
    middle = primal(squares) == 0
    r = np.sqrt(np.where(middle, 1.0, squares))
    return np.where(middle, 1.0, 2 * j1(r) / r if len(turns) == 2 else 3 * (np.sin(r) / r - np.cos(r)) / r**2)


def _shift_spectrum(turns: Any) -> Any:
    return np.exp(-2j * np.pi * sum(turns))


# ---------------------------------------------------------------- distances


def _distances(original: Function, image: Any, metric: int, sampling: Any, output: Any, places: Any) -> None:
    """How far the nearest background is, and where."""
    where = np.zeros(image.shape, np.int32)
    value = None if output is None else np.zeros(output.shape, output.dtype)
    original(image, metric, plain_copy(sampling), value, where)
    if places is not None:
        places[...] = where
    if output is None:
        return
    y: Any = value
    if metric == 1:  # the others are whole numbers
        apart = np.stack(np.unravel_index(where, image.shape)) - np.indices(image.shape)
        squares = np.tensordot(settled(sampling) ** 2, apart**2, 1)
        nothing = primal(squares) == 0
        y = with_value(value, np.where(nothing, 0.0, np.sqrt(np.where(nothing, 1.0, squares))))
    written(output, y)


#: The last name of a module and that of a function -> its twin, which is given the function as well.
IMAGES: dict[tuple[str, str], Function] = {
    ("_nd_image", "correlate"): into(2, _correlate),
    ("_nd_image", "correlate1d"): into(3, _correlate_1d),
    ("_nd_image", "uniform_filter1d"): into(3, _uniform_1d),
    ("_nd_image", "rank_filter"): into(3, _rank_filter),
    ("_rank_filter_1d", "rank_filter"): into(3, _rank_filter_1d),
    ("_nd_image", "min_or_max_filter"): into(3, _extreme_filter),
    ("_nd_image", "min_or_max_filter1d"): into(3, _extreme_filter_1d),
    ("_nd_image", "generic_filter"): _generic_filter,
    ("_nd_image", "generic_filter1d"): _generic_filter_1d,
    ("_sigtools", "_medfilt2d"): of_values(_median_2d),
    ("_nd_image", "spline_filter1d"): _spline_filter,
    ("_nd_image", "geometric_transform"): _geometric,
    ("_nd_image", "zoom_shift"): into(3, _zoom_shift),
    ("_nd_image", "fourier_filter"): _of_transform(_spectrum),
    ("_nd_image", "fourier_shift"): _of_transform(_shift_spectrum),
    ("_nd_image", "euclidean_feature_transform"): by_values,
    ("_nd_image", "distance_transform_bf"): _distances,
}
