"""Distances of points by scipy.spatial: of every two of them, by each metric that has a derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import Dual, primal, settled, stacked
from ...errors import NoRuleError
from ..scipy_arrays import Function, as_array, for_duals, with_value


def distances_of_rows(u: Any, v: Any, p: Any = 2.0, w: Any = None) -> Any:
    """Minkowski's."""
    d: Any = u - v if w is None else (u - v) * as_array(w) ** (1 / p)
    if isinstance(p, Dual):
        exponent: Any = p  # which has its operators from elsewhere
        return np.sum(abs(d) ** exponent, axis=-1) ** (1.0 / exponent)
    return np.linalg.norm(d, ord=p, axis=-1)


def _cosine(u: Any, v: Any) -> Any:
    return 1 - np.sum(u * v, axis=-1) / np.sqrt(np.sum(u * u, axis=-1) * np.sum(v * v, axis=-1))


def _centred(u: Any) -> Any:
    return u - np.mean(u, axis=-1, keepdims=True)


def _canberra(u: Any, v: Any) -> Any:
    size = abs(u) + abs(v)
    nothing = np.equal(primal(size), 0)
    return np.sum(np.where(nothing, 0.0, abs(u - v) / np.where(nothing, 1.0, size)), axis=-1)


def _jensen_shannon(u: Any, v: Any) -> Any:
    from scipy.special import rel_entr

    p, q = (x / np.sum(x, axis=-1, keepdims=True) for x in (u, v))
    return np.sqrt(np.sum(rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2), axis=-1) / 2)


#: Name -> the distances of rows.
_METRICS: dict[str, Function] = {
    "euclidean": distances_of_rows,
    "sqeuclidean": lambda u, v: np.sum((u - v) ** 2, axis=-1),
    "cityblock": lambda u, v: np.sum(abs(u - v), axis=-1),
    "chebyshev": lambda u, v: np.max(abs(u - v), axis=-1),
    "minkowski": distances_of_rows,
    "cosine": _cosine,
    "correlation": lambda u, v: _cosine(_centred(u), _centred(v)),
    "braycurtis": lambda u, v: np.sum(abs(u - v), axis=-1) / np.sum(abs(u + v), axis=-1),
    "canberra": _canberra,
    "jensenshannon": _jensen_shannon,
    "seuclidean": lambda u, v, V: distances_of_rows(u / np.sqrt(V), v / np.sqrt(V)),
    "mahalanobis": lambda u, v, VI: np.linalg.norm((u - v) @ np.linalg.cholesky((VI + VI.T) / 2), axis=-1),
}

#: What a metric is told of all rows together, where the caller does not say so.
_OF_ALL_ROWS: dict[str, tuple[str, Function]] = {
    "seuclidean": ("V", lambda x: np.var(x, axis=0, ddof=1)),
    "mahalanobis": ("VI", lambda x: np.linalg.inv(np.atleast_2d(np.cov(np.transpose(x))))),
}


def _distances(original: Function, u: Any, v: Any, metric: Any, arrays: tuple[Any, ...], options: Any) -> Any:
    name = metric if isinstance(metric, str) else getattr(metric, "__name__", "")
    rows = _METRICS.get(name)
    told, of_all = _OF_ALL_ROWS.get(name, ("", None))
    if rows is None and callable(metric):
        u, v = np.broadcast_arrays(u, v)
        pairs = [metric(u[i], v[i], **options) for i in np.ndindex(u.shape[:-1])]
        return np.reshape(stacked(settled(pairs)), u.shape[:-1])
    if rows is None or (options and rows is not distances_of_rows and {*options} != {told}):
        raise NoRuleError(
            f"scipy.spatial.distance.{original.__name__}(metric={metric!r}) has no derivative rule with "
            f"these options; write it with NumPy, or take one of {', '.join(sorted(_METRICS))}"
        )
    value = original(*map(primal, arrays), metric, **{k: primal(settled(o)) for k, o in options.items()})
    if of_all is not None:
        options = {told: as_array(options[told]) if told in options else of_all(np.concatenate(arrays))}
    return with_value(value, rows(u, v, **options))


def _lifting_metric(function: Function) -> Function:
    """The metric may be a function of the user's."""

    def stand_in(called: Any, original: Function, *args: Any, **options: Any) -> Any:
        args = tuple(called(a) if callable(a) else a for a in args)
        if callable(options.get("metric")):
            options["metric"] = called(options["metric"])
        return for_duals(function)(called, original, *args, **options)

    return stand_in


def _cdist(original: Function, XA: Any, XB: Any, metric: Any, **options: Any) -> Any:
    a, b = np.atleast_2d(as_array(XA)), np.atleast_2d(as_array(XB))
    return _distances(original, a[:, None, :], b[None, :, :], metric, (a, b), options)


def _pdist(original: Function, X: Any, metric: Any, **options: Any) -> Any:
    x = as_array(X)
    i, j = np.triu_indices(len(x), 1)
    return _distances(original, x[i], x[j], metric, (x,), options)


def _squareform(original: Function, X: Any, force: Any, checks: bool) -> Any:
    """A matrix of distances from the vector of them, or the vector from the matrix."""
    x = np.atleast_1d(as_array(X))
    value = original(primal(x), force, checks)
    i, j = np.triu_indices(len(x) if x.ndim == 2 else len(value), 1)
    if x.ndim == 2:
        return x[i, j]
    places = np.zeros(value.shape, int)
    places[i, j] = places[j, i] = np.arange(1, 1 + x.size)
    return np.concatenate([np.zeros(1), x])[places]


#: Package and name -> what is called in its place.
DISTANCES: dict[tuple[str, str], Function] = {
    ("spatial", "cdist"): _lifting_metric(_cdist),
    ("spatial", "pdist"): _lifting_metric(_pdist),
    ("spatial", "squareform"): for_duals(_squareform),
}
