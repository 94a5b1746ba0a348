"""Stand-ins for compiled functions of arrays in SciPy: Fourier and cosine transforms, filters, distances.

What is linear along an axis is applied as a matrix, what has a twin in NumPy is that, and filters are
sums of shifted arrays; the values are SciPy's own.
"""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled, stacked
from ..dual.containers import Container, mode_in
from ..errors import UnsupportedError

__all__ = [
    "ARRAY_FUNCTIONS",
    "as_array",
    "by_its_text",
    "distances_of_rows",
    "holds",
    "plain_copy",
    "with_value",
    "written",
]

Function = Callable[..., Any]


def with_value(value: Any, y: Any) -> Any:
    """SciPy's value, with the derivative of ours; the value may have been computed with Duals."""
    return y + (primal(settled(value)) - primal(y))


def written(out: Any, y: Any) -> None:
    """Put a result into an array that compiled code was to fill."""
    if type(out) is np.ndarray and mode_in(y) is not None:
        raise UnsupportedError(
            "SciPy cannot put a derivative into a plain array that was made before; leave out output="
        )
    out[...] = y


def plain_copy(x: Any) -> Any:
    """A copy for compiled code, which may write to it."""
    if type(x) is tuple or type(x) is list:
        return type(x)(map(plain_copy, x))
    x = primal(settled(x))
    return np.array(x, order="C") if isinstance(x, np.ndarray) else x


def holds(x: Any) -> bool:
    """Whether there is a Dual in nested arguments."""
    return mode_in(settled(x)) is not None


def as_array(x: Any) -> Any:
    """A list of numbers as an array; others as they are, settled."""
    x = settled(x)
    return stacked(x) if isinstance(x, list | tuple) else x


def by_its_text(called: Any, f: Any) -> Any:
    """A function of SciPy lifted, where it has a stand-in that calls it with other arguments."""
    copy = types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
    copy.__kwdefaults__ = f.__kwdefaults__
    copy.__qualname__ = f"<locals>.{f.__name__}"  # which has no stand-in
    return called(copy)


def _bound(original: Function, args: Any, options: Any) -> dict[str, Any]:
    """The arguments by name, with the defaults."""
    bound = inspect.signature(original).bind(*args, **options)
    bound.apply_defaults()
    named = dict(bound.arguments)
    named.update(named.pop("kwargs", {}))
    return named


def _for_duals(function: Function) -> Function:
    """``function(original, **arguments)`` where there is a Dual among them, and else the original."""

    def stand_in(called: Any, original: Function, *args: Any, **options: Any) -> Any:
        if mode_in(settled((args, options))) is None:
            return original(*settled(args), **settled(options))
        named = _bound(original, args, options)
        named.pop("overwrite_x", None)  # the values, which are needed as they are
        # What is written to stays the array that it is.
        return function(original, **{k: v if k == "output" else settled(v) for k, v in named.items()})

    return stand_in


# ---------------------------------------------------------------- Fourier


def _fourier(twin: Function) -> Function:
    """A transform that is also NumPy's; those of scipy.fftpack have no norm, and say shape for s."""

    def transform(original: Function, x: Any, **options: Any) -> Any:
        lengths = [options[name] for name in ("n", "s", "shape") if name in options]
        axes = [options[name] for name in ("axis", "axes") if name in options]
        x = as_array(x)
        return with_value(original(primal(x), **options), twin(x, *lengths, *axes, norm=options.get("norm")))

    return _for_duals(transform)


#: What divides there divides here: one of the two transforms of a pair does.
_OTHER_NORM: dict[Any, Any] = {
    None: "forward",
    "backward": "forward",
    "ortho": "ortho",
    "forward": "backward",
}


def _hermitian(x: Any, s: Any, axes: Any, norm: Any = None) -> Any:
    """The real numbers that have a Hermitian spectrum."""
    return np.fft.irfftn(np.conj(x), s, axes, _OTHER_NORM[norm])


def _to_hermitian(x: Any, s: Any, axes: Any, norm: Any = None) -> Any:
    return np.conj(np.fft.rfftn(x, s, axes, _OTHER_NORM[norm]))


def _along_an_axis(original: Function, x: Any, axis: int, n: Any, **options: Any) -> Any:
    """A linear function along an axis, by the matrix that it is."""
    x = as_array(x)
    matrix = original(np.eye(x.shape[axis]), axis=0, n=n, **options)
    y = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    return with_value(original(primal(x), axis=axis, n=n, **options), y)


def _along_axes(original: Function, x: Any, axes: Any, **options: Any) -> Any:
    x = as_array(x)
    name = "shape" if "shape" in options else "s"
    s = options.pop(name)
    if axes is None:
        axes = range(-len(s) if s is not None else -x.ndim, 0)
    axes = [axes] if isinstance(axes, int) else list(axes)
    lengths = [None] * len(axes) if s is None else [s] if isinstance(s, int) else list(s)
    value = original(primal(x), **{name: s}, axes=axes, **options)
    for axis, n in zip(axes, lengths, strict=True):
        n = x.shape[axis] if n is None else n
        identity = np.eye(x.shape[axis])
        matrix = original(identity, **{name: [n]}, axes=[0], **options)
        x = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    return with_value(value, x)


# ---------------------------------------------------------------- filters

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

    return _for_duals(correlate)


def _uniform(
    original: Function, input: Any, size: int, axis: int, output: Any, mode: str, cval: Any, origin: int
) -> Any:
    x = as_array(input)
    value = original(primal(x), size, axis, None, mode, cval, origin)
    y = _shifted(x, np.full(size, 1 / size), (axis % x.ndim,), [mode], cval, [origin])
    return _into(output, with_value(value, y))


# ---------------------------------------------------------------- distances


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
        raise UnsupportedError(
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
        return _for_duals(function)(called, original, *args, **options)

    return stand_in


def _cdist(original: Function, XA: Any, XB: Any, metric: Any, out: Any, **options: Any) -> Any:
    a, b = np.atleast_2d(as_array(XA)), np.atleast_2d(as_array(XB))
    return _distances(original, a[:, None, :], b[None, :, :], metric, (a, b), options)


def _pdist(original: Function, X: Any, metric: Any, out: Any, **options: Any) -> Any:
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


# ---------------------------------------------------------------- what stands in for what

ARRAY_FUNCTIONS: dict[tuple[str, str], Function] = {
    **{
        ("fft", name): _fourier(getattr(np.fft, name))
        for name in (
            *("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"),
            *("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"),
        )
    },
    **dict.fromkeys((("fft", "hfft2"), ("fft", "hfftn")), _fourier(_hermitian)),
    **dict.fromkeys((("fft", "ihfft2"), ("fft", "ihfftn")), _fourier(_to_hermitian)),
    **{
        ("fftpack", name): _fourier(getattr(np.fft, name))
        for name in ("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn")
    },
    **{("fftpack", name): _for_duals(_along_an_axis) for name in ("rfft", "irfft")},
    **{
        (package, name): _for_duals(_along_an_axis)
        for package in ("fft", "fftpack")
        for name in ("dct", "idct", "dst", "idst")
    },
    **{
        (package, name): _for_duals(_along_axes)
        for package in ("fft", "fftpack")
        for name in ("dctn", "idctn", "dstn", "idstn")
    },
    ("ndimage", "correlate"): _correlate(1),
    ("ndimage", "correlate1d"): _correlate(1),
    ("ndimage", "convolve"): _correlate(-1),
    ("ndimage", "convolve1d"): _correlate(-1),
    ("ndimage", "uniform_filter1d"): _for_duals(_uniform),
    ("spatial", "cdist"): _lifting_metric(_cdist),
    ("spatial", "pdist"): _lifting_metric(_pdist),
    ("spatial", "squareform"): _for_duals(_squareform),
}
