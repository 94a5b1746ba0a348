"""Rules of averages, covariances, quantiles and histograms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..linear import Put, plain
from ..shapes import kept, negative_axes, shape_of, size_of, without
from ..table import composed
from ._arrays import as_array
from .products import conjugated


@composed(np.average)
def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, keepdims: bool = False
) -> Any:
    a = as_array(a)
    if weights is None:
        mean = np.mean(a, axis=axis, keepdims=keepdims)
        return (mean, None) if returned else mean
    shape = shape_of(a)
    weights = as_array(weights)
    # The derivative in a weight is (a - mean) / total: no digits are lost if the mean is taken off first.
    mean = np.average(plain(a), axis=axis, weights=plain(weights), keepdims=True)
    if shape_of(weights) != shape:  # one weight for each place along the axes
        axes = [int(i) % len(shape) for i in ((axis,) if np.ndim(axis) == 0 else axis)]
        weights = np.transpose(weights, np.argsort(axes))
        weights = np.reshape(weights, tuple(d if i in axes else 1 for i, d in enumerate(shape)))
    weights = np.broadcast_to(weights, shape)
    total = np.sum(weights, axis=axis, keepdims=keepdims)
    mean = np.sum(weights * (a - mean), axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


# ---------------------------------------------------------------- covariances


def _as_rows(x: Any, rowvar: bool) -> Any:
    x = np.atleast_2d(as_array(x))
    return x if rowvar or shape_of(x)[0] == 1 else np.transpose(x)


@composed(np.cov)
def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    dtype: Any = None,
) -> Any:
    m = as_array(m)
    x = np.atleast_2d(m) if rowvar or len(shape_of(m)) <= 1 else np.transpose(m)
    if y is not None:
        x = np.concatenate((x, _as_rows(y, rowvar)), axis=0)
    if ddof is None:
        ddof = 0 if bias else 1
    weights = None
    for given in (fweights, aweights):
        if given is not None:
            weights = given if weights is None else weights * as_array(given)
    if weights is None:
        deviations = x - np.mean(x, axis=1, keepdims=True)
        return np.squeeze(
            np.matmul(deviations, np.transpose(conjugated(deviations))) / (shape_of(x)[1] - ddof)
        )
    weights = as_array(weights)
    mean, total = _average(x, 1, weights, returned=True, keepdims=True)
    # _average leaves out what does not change the derivative: its own plain mean.
    mean = mean + np.average(plain(x), axis=1, weights=plain(weights), keepdims=True)
    total = total[0, 0]
    if ddof == 0:
        free = total
    elif aweights is None:
        free = total - ddof
    else:
        free = total - ddof * np.sum(weights * aweights) / total
    deviations = x - mean
    return np.squeeze(np.matmul(deviations * weights, np.transpose(conjugated(deviations))) / free)


@composed(np.corrcoef)
def _corrcoef(
    x: Any, y: Any = None, rowvar: bool = True, bias: Any = None, ddof: Any = None, dtype: Any = None
) -> Any:
    c = np.cov(x, y, rowvar)
    if not shape_of(c):
        return c / c
    deviation = np.sqrt(np.real(np.diag(c)))
    r = c / (np.reshape(deviation, (-1, 1)) * deviation)
    return np.where(np.eye(len(r), dtype=bool), 1.0, r)  # what is 1 stays 1


# ---------------------------------------------------------------- quantiles


def _places(counts: Any, q: Any, method: Any) -> Any:
    """Where a quantile of n sorted entries stands, for each n: NumPy's own quantile of 0, 1, ..., n - 1."""
    if method == "median":
        return np.maximum(counts - 1, 0) / 2
    found = np.zeros((*np.shape(counts), *np.shape(q)))
    for n in np.unique(counts):
        if n:
            found[counts == n] = np.quantile(np.arange(float(n)), q, method=method)
    return found


#: The place is ``(n + 1 - alpha - beta) q + alpha - 1``, within 0 and n - 1; by the other methods it jumps.
_ALPHA_BETA = {
    "linear": (1.0, 1.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def _moved(found: Callable[[Any], Any], at: Any, q: Any, counts: Any, method: str) -> Any:
    """What a change of q adds; on an entry the slope is the mean of those on its two sides."""
    alpha, beta = _ALPHA_BETA[method]
    n, here = counts[:, None], plain(q)
    rate = n + 1 - alpha - beta
    last = np.maximum(n - 1, 0)
    at = np.where((at > 0) & (at < last), at, rate * here + alpha - 1)

    def gap(low: Any) -> Any:
        low = low.astype(int)
        return found(np.clip(low + 1, 0, last)) - found(np.clip(low, 0, last))

    above, below = gap(np.floor(at)), gap(np.ceil(at) - 1)
    slope = np.where(here <= 0, above, np.where(here >= 1, below, (above + below) / 2))
    return slope * rate * (q - here)


def _quantiles(a: Any, q: Any, axis: Any, method: str, keepdims: bool, skip_nan: bool) -> Any:
    """Between two neighbours among the sorted entries; the axes of ``q`` come first."""
    lines = as_array(a)
    shape = shape_of(lines)
    axes = negative_axes(axis, len(shape))
    rest = without(shape, axes)
    n = size_of(tuple(shape[i] for i in axes))
    last = np.moveaxis(lines, axes, range(-len(axes), 0)) if len(shape) > 1 else lines
    lines = np.reshape(last, (-1, n)) if len(shape) != 1 else lines[None]
    values = plain(lines)
    order = np.argsort(values, axis=-1)  # NaN comes last
    ordered = np.take_along_axis(values, order, axis=-1)
    if np.any(ordered[:, 1:] == ordered[:, :-1]):  # ties, which np.sort lets share
        lines, order = np.sort(lines, axis=-1), np.broadcast_to(np.arange(n), order.shape)
    counts = np.sum(~np.isnan(values), axis=-1) if skip_nan else np.full(len(values), n)
    at = np.reshape(_places(counts, plain(q), method), (len(values), -1))
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    share = (at - low).astype(values.dtype)
    entries = np.ravel(lines)
    starts = n * np.arange(len(values))[:, None]

    def found(i: Any) -> Any:
        return entries[starts + np.take_along_axis(order, i, axis=-1)]

    y = found(low)
    if np.any(share):
        y = y * (1 - share) + found(high) * share
    if hasattr(q, "tangent") and method in _ALPHA_BETA:
        y = y + _moved(found, at, np.ravel(q), counts, method)
    return np.reshape(np.transpose(y), (*np.shape(q), *(kept(shape, axes) if keepdims else rest)))


def _weighted_quantiles(a: Any, q: Any, axis: Any, weights: Any, keepdims: bool, skip_nan: bool) -> Any:
    """Each is one of the entries; those equal to it share equally."""
    a = as_array(a)
    function = np.nanquantile if skip_nan else np.quantile
    y = function(plain(a), q, axis=axis, method="inverted_cdf", keepdims=True, weights=plain(weights))
    each = [
        np.sum(a, axis=axis, keepdims=keepdims, where=at) / np.sum(at, axis=axis, keepdims=keepdims)
        for at in (plain(a) == one for one in np.reshape(y, (-1, *np.shape(y)[np.ndim(q) :])))
    ]
    return np.reshape(np.stack(each), (*np.shape(q), *shape_of(each[0])))


def _add_quantile(function: Any, scale: float, skip_nan: bool) -> None:
    @composed(function)
    def quantile(
        a: Any,
        q: Any,
        axis: Any = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
        weights: Any = None,
        interpolation: Any = None,
    ) -> Any:
        q = np.true_divide(q, scale)
        if weights is not None:
            return _weighted_quantiles(a, plain(q), axis, weights, keepdims, skip_nan)
        return _quantiles(a, q, axis, interpolation or method, keepdims, skip_nan)


def _add_median(function: Any, skip_nan: bool) -> None:
    @composed(function)
    def median(a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Any:
        return _quantiles(a, np.asarray(0.5), axis, "median", keepdims, skip_nan)


_add_quantile(np.quantile, 1, False)
_add_quantile(np.nanquantile, 1, True)
_add_quantile(np.percentile, 100, False)
_add_quantile(np.nanpercentile, 100, True)
_add_median(np.median, False)
_add_median(np.nanmedian, True)


# ---------------------------------------------------------------- histograms


def _in_bins(bins: Any, weights: Any, count: int) -> Any:
    """The sum of the weights in each bin."""
    shape = shape_of(weights)
    return Put((np.asarray(bins),), shape, (count,))(weights)


@composed(np.bincount)
def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    weights = as_array(weights)
    return _in_bins(plain(x), weights, len(np.bincount(plain(x), minlength=minlength)))


@composed(np.histogram_bin_edges)
def _edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Any:
    if np.ndim(bins):
        return as_array(bins)
    number = len(np.histogram_bin_edges(plain(a), bins, _plain_range(range), plain(weights))) - 1
    return _spread(np.ravel(a), number, range)


def _plain_range(range: Any) -> Any:
    return None if range is None else tuple(plain(end) for end in range)


def _spread(a: Any, number: int, range: Any) -> Any:
    """Edges at equal distances, from the smallest entry to the largest unless the ends are given."""
    if range is None:
        range = (np.min(a), np.max(a)) if size_of(shape_of(a)) else (0.0, 1.0)
    first, last = range
    if plain(first) == plain(last):
        first, last = first - 0.5, last + 0.5
    return np.linspace(first, last, number + 1)


@composed(np.histogram)
def _histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    edges = _edges(a, bins, range, weights)
    given = np.ones(size_of(shape_of(a))) if weights is None else np.ravel(weights)
    heights = _heights([np.ravel(plain(a))], [edges], given, density)
    return heights, edges


def _heights(columns: Any, edges: Any, weights: Any, density: Any) -> Any:
    """The weights in each bin; with density, per volume and of all."""
    inside: Any = True
    bins = []
    for x, edge in zip(columns, edges, strict=True):
        ends = plain(edge)
        at = np.searchsorted(ends, x, side="right") - 1
        at = np.where(x == ends[-1], len(ends) - 2, at)
        inside = inside & (at >= 0) & (at < len(ends) - 1)
        bins.append(at)
    shape = tuple(len(edge) - 1 for edge in edges)
    at = np.ravel_multi_index(tuple(b[inside] for b in bins), shape)
    heights = np.reshape(_in_bins(at, weights[inside], size_of(shape)), shape)
    if not density:
        return heights
    heights = heights / np.sum(heights)
    for i, edge in enumerate(edges):
        heights = heights / np.reshape(np.diff(edge), [-1 if k == i else 1 for k, _ in enumerate(edges)])
    return heights


@composed(np.histogramdd, lists=True)
def _histogramdd(
    sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    if len(getattr(sample, "shape", ())) != 2:
        sample = np.transpose(np.atleast_2d(np.stack([as_array(x) for x in sample])))
    columns = [sample[:, i] for i in np.arange(shape_of(sample)[1])]
    ranges = [None] * len(columns) if range is None else range
    numbers = [bins] * len(columns) if np.ndim(bins) == 0 else bins
    edges = [
        as_array(number) if np.ndim(number) else _spread(x, int(number), ends)
        for x, number, ends in zip(columns, numbers, ranges, strict=True)
    ]
    given = np.ones(len(plain(sample))) if weights is None else as_array(weights)
    return _heights([plain(x) for x in columns], edges, given, density), edges


@composed(np.histogram2d, lists=True)
def _histogram2d(
    x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None
) -> Any:
    if np.ndim(bins) == 1 and len(bins) not in (1, 2):
        bins = [as_array(bins)] * 2
    heights, (first, second) = _histogramdd([x, y], bins, range, density, weights)
    return heights, first, second
