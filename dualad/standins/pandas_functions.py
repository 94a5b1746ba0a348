"""The compiled parts of pandas: sums and the like over windows and groups, entries moved by their places.

pandas' own Python around them sees to labels, borders and defaults. Each of them runs once on the plain
numbers, and that is the value; the derivative is that of NumPy's functions on the same pieces of the data.
Where the two do not come to the same value, an option was met that is not known here: an error.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..dual.dual import is_entry, stacked
from ..errors import NoRuleError
from .scipy_arrays import Function, by_values, of_values, plain_copy

#: What the names of compiled functions end with, for each type of their arguments.
_OF_TYPES = re.compile(r"(_(float|complex|u?int|bool|object)\d*)+$")


def table_twin(module: str, name: str) -> Function | None:
    """What takes the place of a compiled function of pandas; it is given the function as well."""
    key = module.rpartition(".")[2]
    if key == "index":  # where labels are looked up
        return by_values
    return _TWINS.get((key, name)) or _TWINS.get((key, _OF_TYPES.sub("", name)))


def _twin(name: str, formula: Function) -> Function:
    """What takes the place of a compiled function of this name; see `of_values`."""
    return of_values(formula, functools.partial(_with_value, name))


def _with_value(name: str, value: Any, y: Any) -> Any:
    """The value of the compiled function, with the derivative of ours."""
    scale = np.max(np.abs(value), initial=0.0, where=np.isfinite(value))
    if not np.allclose(primal(y), value, 1e-6, 1e-6 * scale, equal_nan=True):
        raise NoRuleError(
            f"pandas' compiled {name} was called with options of which no derivative is known; write what it "
            "computes with NumPy, or pass it dualad.value(x) where no derivative is wanted"
        )
    return y + (value - np.where(np.isnan(value), value, primal(y)))


# ---------------------------------------------------------------- numbers made of a piece


def _moments(x: Any) -> Any:
    """How many, and the sums of their second, third and fourth powers about the mean."""
    apart = x - np.mean(x)
    return np.size(x), *(np.sum(apart**k) for k in (2, 3, 4))


def _skewness(x: Any) -> Any:
    n, m2, m3, _ = _moments(x)
    return n * np.sqrt(n - 1) / (n - 2) * m3 / m2**1.5


def _kurtosis(x: Any) -> Any:
    n, m2, _, m4 = _moments(x)
    tails = n * (n + 1) * (n - 1) / ((n - 2) * (n - 3)) * m4 / m2**2
    return tails - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


def _spread(x: Any, ddof: int = 1, name: str = "var") -> Any:
    variance = np.var(x, ddof=ddof)
    if name == "var":
        return variance
    return np.sqrt(variance / np.size(x) if name == "sem" else variance)


def _covariance(x: Any, y: Any, ddof: int = 1) -> Any:
    return np.sum((x - np.mean(x)) * (y - np.mean(y))) / (np.size(primal(x)) - ddof)


def _correlation(x: Any, y: Any) -> Any:
    return _covariance(x, y) / np.sqrt(_covariance(x, x) * _covariance(y, y))


def _quantile(x: Any, quantile: float, interpolation: Any = "linear") -> Any:
    return np.quantile(x, quantile, method=interpolation)


#: The last part of a name -> what is made of the numbers of a piece.
_OF_PIECES: dict[str, Function] = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min, "median": np.median,
    "median_c": np.median, "var": _spread, "skew": _skewness, "kurt": _kurtosis, "quantile": _quantile,
    "first": lambda x: x[0], "last": lambda x: x[-1], "nth": lambda x, rank=1: x[rank - 1],
}  # fmt: skip

#: Those that are made of every number of a piece and the ones before.
_RUNNING: dict[str, Function] = {
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "cummax": np.maximum.accumulate,
    "cummin": np.minimum.accumulate,
}

#: The options that are for the number made of a piece; the others say what is missing or where it is put.
_OPTIONS = frozenset({"ddof", "name", "rank", "quantile", "interpolation"})


def _of_piece(number: Function, x: Any, wanted: Any, options: dict[str, Any]) -> Any:
    """The number of those that are not missing; NaN if the compiled function finds them to be too few."""
    if np.isnan(wanted) or not np.size(primal(x)):
        return wanted
    return number(x, **options)


# ---------------------------------------------------------------- windows


def _present(*columns: Any) -> Any:
    return ~np.logical_or.reduce([np.isnan(primal(c)) for c in columns])


def _rolling(name: str, number: Function, columns: int = 1) -> Function:
    """A number of each window, from one column or of two."""

    def roll(value: Any, *args: Any, **keywords: Any) -> Any:
        xs, (starts, ends, _, *more) = args[:columns], args[columns:]
        options = dict(zip(_FURTHER.get(name, ()), more, strict=False)) | keywords
        here = _present(*xs)
        windows = (s + np.flatnonzero(here[s:e]) for s, e in zip(starts, ends, strict=True))
        y = [
            _of_piece(lambda i, **given: number(*(x[i] for x in xs), **given), i, wanted, options)
            for i, wanted in zip(windows, value, strict=True)
        ]
        return stacked(y)

    return _twin(f"roll_{name}", roll)


#: What these take after the least count of numbers, by position.
_FURTHER = {"var": ("ddof",), "cov": ("ddof",), "quantile": ("quantile", "interpolation")}


def _applied(
    original: Function,
    x: Any,
    starts: Any,
    ends: Any,
    least: int,
    *,
    function: Function,
    raw: bool,
    **given: Any,
) -> Any:
    """A user's function of each window."""
    numbers = settled(x if raw else x.to_numpy())
    numbers = settled(np.asarray(x)) if raw and not isinstance(numbers, Dual) else numbers
    here = _present(numbers)
    y = [
        settled(function(numbers[s:e] if raw else x.iloc[s:e], *given["args"], **given["kwargs"]))
        if np.sum(here[s:e]) >= least
        else np.nan
        for s, e in zip(starts, ends, strict=True)
    ]
    return stacked(y)


# ---------------------------------------------------------------- groups


def _by_columns(name: str, out: Any, values: Any, run: Function, column: Function) -> None:
    """Fill an array: the value by ``run(value, plain values)``, ours by ``column(values, wanted, k)``."""
    values, value = settled(values), np.array(primal(settled(out)))
    run(value, plain_copy(values))
    columns = [column(values, value[:, k], k) for k in range(value.shape[1])]
    out[...] = _with_value(f"group_{name}", value, np.stack(columns, axis=1))


def _grouped(name: str, number: Function) -> Function:
    """A number of each group, column by column."""

    def group(original: Function, out: Any, counts: Any, values: Any, labels: Any, **keywords: Any) -> None:
        def run(value: Any, x: Any) -> None:
            original(value, counts, x, labels, **keywords)

        options = {k: v for k, v in keywords.items() if k in _OPTIONS}
        _by_columns(name, out, values, run, lambda x, w, k: _of_groups(x[:, k], labels, w, number, options))

    return group


def _of_groups(x: Any, labels: Any, wanted: Any, number: Function, options: dict[str, Any]) -> Any:
    places = [np.flatnonzero((labels == g) & _present(x)) for g in range(len(wanted))]
    return stacked([_of_piece(number, x[i], w, options) for i, w in zip(places, wanted, strict=True)])


def _quantiles(
    original: Function,
    out: Any,
    values: Any,
    qs: Any,
    interpolation: str,
    starts: Any,
    ends: Any,
    **more: Any,
) -> None:
    """Of groups that stand one after the other."""

    def run(value: Any, x: Any) -> None:
        original(value, x, qs=qs, interpolation=interpolation, starts=starts, ends=ends, **more)

    def column(x: Any, wanted: Any, k: int) -> Any:
        return _of_groups(x, labels, wanted, number, {"quantile": float(qs[k])})

    labels = np.repeat(np.arange(len(starts)), ends - starts)
    number = functools.partial(_quantile, interpolation=interpolation)
    _by_columns("quantile", out, values, run, column)


def _group_running(name: str, running: Function) -> Function:
    """The running sums, and the like, of each group."""

    def group(original: Function, out: Any, values: Any, labels: Any, ngroups: int, **keywords: Any) -> None:
        def run(value: Any, x: Any) -> None:
            original(value, x, labels, ngroups, **keywords)

        def column(values: Any, wanted: Any, k: int) -> Any:
            x, y = values[:, k], values[:, k] * np.nan
            for g in range(ngroups):
                i = np.flatnonzero((labels == g) & _present(x))
                y[i] = running(x[i])
            return y

        _by_columns(name, out, values, run, column)

    return group


# ---------------------------------------------------------------- exponential weights


def _means(
    value: Any, x: Any, starts: Any, ends: Any, least: int, com: Any, adjust: bool, ignore_na: bool,
    deltas: Any, normalize: bool = True,
) -> Any:  # fmt: skip
    """Exponentially weighted means, or sums."""
    y = []
    keep, fresh = com / (1.0 + com), 1.0 if adjust else 1.0 / (1.0 + com)
    for s, e in zip(starts, ends, strict=True):
        mean, weight = np.nan, 1.0
        for i in range(s, e):
            here = not np.isnan(primal(x[i]))
            counts = here or not ignore_na
            if np.isnan(primal(mean)):
                mean = x[i]
            elif counts and not normalize:
                mean = keep * mean + (x[i] if here else 0.0)
            elif counts:
                weight = weight * keep ** (1.0 if deltas is None else deltas[i - 1])
                if here:
                    mean = (weight * mean + fresh * x[i]) / (weight + fresh)
                    weight = weight + fresh if adjust else 1.0
            y.append(mean if not np.isnan(value[i]) else np.nan)
    return stacked(y)


def _covariances(
    value: Any, x: Any, starts: Any, ends: Any, least: int, z: Any, com: Any, adjust: bool,
    ignore_na: bool, bias: bool,
) -> Any:  # fmt: skip
    """Exponentially weighted covariances."""
    y: list[Any] = []
    keep, fresh = com / (1.0 + com), 1.0 if adjust else 1.0 / (1.0 + com)
    present = _present(x, z)
    for s, e in zip(starts, ends, strict=True):
        a = b = np.nan  # the means
        cov, weights, squares, weight = 0.0, 1.0, 1.0, 1.0
        for i in range(s, e):
            here = bool(present[i])
            if not np.isnan(primal(a)) and (here or not ignore_na):
                weights, squares, weight = weights * keep, squares * keep**2, weight * keep
                if here:
                    total, before = weight + fresh, (a, b)
                    a, b = (weight * a + fresh * x[i]) / total, (weight * b + fresh * z[i]) / total
                    moved = cov + (before[0] - a) * (before[1] - b)
                    cov = (weight * moved + fresh * (x[i] - a) * (z[i] - b)) / total
                    whole = 1.0 if adjust else total
                    weights, squares = (weights + fresh) / whole, (squares + fresh**2) / whole**2
                    weight = total / whole
            elif here:
                a, b = x[i], z[i]
            known = not np.isnan(value[i])  # not of a lone number
            factor = weights**2 / (weights**2 - squares) if known and not bias else 1.0
            y.append(cov * factor if known else np.nan)
    return stacked(y)


# ---------------------------------------------------------------- whole columns


def _one_column(name: str, number: Function) -> Function:
    def one(value: Any, x: Any, *_: Any, **__: Any) -> Any:
        return _of_piece(number, x[_present(x)], value, {})

    return _twin(name, one)


def _each_column(name: str, number: Function) -> Function:
    def each(value: Any, x: Any, axis: int, *_: Any, **__: Any) -> Any:
        columns = zip(np.moveaxis(x, axis, -1), value, strict=True)
        return stacked([_of_piece(number, c[_present(c)], wanted, {}) for c, wanted in columns])

    return _twin(name, each)


def _pairs(value: Any, matrix: Any, cov: bool = False, minp: Any = None) -> Any:
    """The covariances or correlations of all pairs of columns."""
    number = _covariance if cov else _correlation
    columns = [matrix[:, k] for k in range(matrix.shape[1])]

    def entry(i: int, j: int) -> Any:
        a, b = columns[i], columns[j]
        here = np.isfinite(primal(a)) & np.isfinite(primal(b))
        return number(a[here], b[here]) if not np.isnan(value[i, j]) else np.nan

    return np.stack([stacked([entry(i, j) for j in range(len(columns))]) for i in range(len(columns))])


def _differences(original: Function, x: Any, out: Any, periods: int, axis: int, **options: Any) -> None:
    later, earlier = (slice(max(s * periods, 0), min(s * periods, 0) or None) for s in (1, -1))
    x, out = np.moveaxis(settled(x), axis, 0), np.moveaxis(out, axis, 0)
    out[later] = x[later] - x[earlier]


# ---------------------------------------------------------------- entries moved


def _numbered(x: Any) -> Any:
    """The places of the entries, as numbers of their kind."""
    return np.arange(np.size(x), dtype=x.dtype).reshape(np.shape(x))


def _taken(
    original: Function, x: Any, indexer: Any, out: Any, fill_value: Any = np.nan, **options: Any
) -> None:
    if out.dtype == object:  # and x as well: entries that are taken as they are
        original(x, indexer, out, fill_value, **options)
        return
    x = settled(x)
    places = np.array(primal(settled(out)))
    original(_numbered(x), indexer, places, np.nan, **options)
    filled = np.isnan(places)
    if np.size(x):
        y = np.ravel(x)[np.where(filled, 0, places).astype(int)]
        fill_value = np.where(filled, fill_value, y) if filled.any() else y
    out[...] = fill_value


def _filled(original: Function, x: Any, mask: Any, **options: Any) -> None:
    """Gaps filled with what is before or after them."""
    places = _numbered(x)
    original(places, mask, **options)
    x[...] = np.ravel(settled(x))[places.astype(int)]


def _copied(original: Function, x: Any, order: str = "C") -> Any:
    """The numbers of a column, which would be copied past the Duals."""
    return np.copy(settled(x))


def _stored(original: Function, places: dict[Any, Any], keys: Any, default: Any = np.nan) -> Any:
    """What a dict has for each key: numbers, or objects that may be Duals."""
    found = [places.get(key, default) for key in keys]
    return stacked(found) if all(map(is_entry, found)) else np.fromiter(found, object)


def _numbers_of(original: Function, x: Any, **options: Any) -> Any:
    """A column of objects as numbers, if they are."""
    numbers = settled(x)
    return x if np.ndim(numbers) != np.ndim(x) or primal(numbers).dtype == object else numbers


def _joined(original: Function, kind: Any, columns: list[Any], axis: int = 0) -> Any:
    """Columns one after the other, likewise."""
    return np.concatenate([settled(c) for c in columns], axis)


def _as_floats(original: Function, x: Any, *args: Any) -> Any:
    x = settled(x)
    return x if primal(x).dtype == np.float64 else x.astype(float)


def _distinct(original: Function, *args: Any, **keywords: Any) -> Any:
    """The numbers that there are, or the most frequent, each where it comes first; and what comes beside."""
    x = next(a for a in settled(args) if type(a) is Dual)
    found = original(*map(plain_copy, args), **keywords)
    values, *more = found if isinstance(found, tuple) else (found,)
    where: dict[Any, int] = {}
    for i, number in enumerate(_with_one_nan(plain_copy(x))):
        where.setdefault(number, i)
    y = np.take(x, [where[number] for number in _with_one_nan(values)]) if len(values) else values
    return (y, *more) if isinstance(found, tuple) else y


def _with_one_nan(x: Any) -> list[Any]:
    return [number if number == number else None for number in np.ravel(x).tolist()]


#: The last name of a module and that of a function -> its twin.
_TWINS: dict[tuple[str, str], Function] = {
    ("algos", "ensure_float64"): _as_floats,
    ("arrays", "copy"): _copied,
    ("arrays", "_concat_same_type"): _joined,
    **{("aggregations", f"roll_{n}"): _rolling(n, number) for n, number in _OF_PIECES.items()},
    ("aggregations", "roll_apply"): _applied,
    ("aggregations", "roll_cov"): _rolling("cov", _covariance, 2),
    ("aggregations", "roll_corr"): _rolling("corr", _correlation, 2),
    ("aggregations", "ewm"): _twin("ewm", _means),
    ("aggregations", "ewmcov"): _twin("ewmcov", _covariances),
    **{("groupby", f"group_{n}"): _grouped(n, number) for n, number in _OF_PIECES.items()},
    **{("groupby", f"group_{n}"): _group_running(n, run) for n, run in _RUNNING.items()},
    ("groupby", "group_quantile"): _quantiles,
    **{
        ("algos", f"{what}_{name}"): make(name, number)
        for what, make in (("scalar", _one_column), ("axis", _each_column))
        for name, number in (("skew", _skewness), ("kurt", _kurtosis))
    },
    ("algos", "nancorr"): _twin("nancorr", _pairs),
    ("algos", "diff_2d"): _differences,
    **dict.fromkeys((("algos", f"take_{n}") for n in ("1d", "2d_axis0", "2d_axis1", "2d_multi")), _taken),
    **{("algos", f"{way}{of}_inplace"): _filled for way in ("pad", "backfill") for of in ("", "_2d")},
    **dict.fromkeys(
        (("algos", name) for name in ("rank_1d", "rank_2d", "is_monotonic", "kth_smallest")), by_values
    ),
    ("lib", "has_infs"): by_values,
    ("lib", "fast_multiget"): _stored,
    ("lib", "maybe_convert_objects"): _numbers_of,
    ("hashtable", "duplicated"): by_values,
    **dict.fromkeys((("hashtable", name) for name in ("factorize", "unique", "mode")), _distinct),
}
