"""The compiled parts of SciPy, in Python: what takes their place where a Dual comes along.

SciPy's own Python around them sees to axes, borders and defaults, so only what is at the bottom is
written again: filters, ranks, interpolation of images and on grids. Where a function has been
compiled that is not here, the error says so.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..containers import mode_in
from ..dual import Dual, primal, settled
from ..errors import ConversionError, DualadError, UnsupportedError
from ..linear import LinearMap
from ..shapes import shape_of
from ..table import linear_map, own_function
from .interpolation import GRIDS
from .rotations import in_python
from .scipy_arrays import with_value

__all__ = ["in_place_of_compiled"]

Function = Callable[..., Any]


#: Packages whose compiled functions know Duals, or are seen to elsewhere.
_OTHERWISE = frozenset({"", "dualad", "mpmath", "numpy", *sys.stdlib_module_names})


def in_place_of_compiled(called: Callable[[Any], Any], f: Any) -> Any:
    """What is called in place of a compiled function of another package."""
    module: Any = getattr(f, "__module__", None) or getattr(f.__self__, "__name__", "")
    if module.partition(".")[0] in _OTHERWISE:
        return f
    rotation = in_python(called, f)
    if rotation is not None:
        return rotation
    name = re.sub(r"^__pyx_fuse_\d+", "", f.__name__)
    twin = _TWINS.get((module.rpartition(".")[2], name)) if module.startswith("scipy.") else None

    @functools.wraps(f, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        if mode_in((args, keywords)) is None:
            return f(*args, **keywords)
        if twin is not None:
            return twin(f, *args, **keywords)
        try:
            return f(*args, **keywords)
        except DualadError as error:
            if not isinstance(error, ConversionError):
                raise
            raise _cannot(module, f) from error
        except (TypeError, ValueError, NotImplementedError, RuntimeError) as error:
            raise _cannot(module, f) from error

    return function


def _cannot(module: str, f: Any) -> UnsupportedError:
    return UnsupportedError(
        f"{module}.{f.__name__} is compiled and takes no Dual; write what it computes with NumPy, or pass it "
        "dualad.value(x) where no derivative is wanted"
    )


# ---------------------------------------------------------------- filters along an axis


class _Recursion(LinearMap):
    """``y[i] = t[i] - sum(a[k] * y[i-k])`` along the last axis, or from the back; ``a[0]`` is 1."""

    __slots__ = ("a", "backwards")

    def __init__(self, a: Any, shape: Any, backwards: bool = False):
        super().__init__(shape, shape)
        self.a = a
        self.backwards = backwards

    def _run(self, t: Any, run: Function) -> Any:
        if self.backwards:
            t = np.flip(t, -1)
        t = run(t)
        return np.flip(t, -1) if self.backwards else t

    def apply(self, t: Any) -> Any:
        return self._run(t, lambda t: _recursion(t, self.a))

    def transpose(self) -> LinearMap:
        return _Recursion(self.a, self.in_shape, not self.backwards)

    def bits(self, b: Any) -> Any:
        return self._run(b, lambda b: np.bitwise_or.accumulate(b, axis=-1))


@own_function
def _recursion(v: Any, a: Any) -> Any:
    from scipy.signal import lfilter

    return lfilter([1.0], a, v)


linear_map(_recursion, lambda y, v, a: _Recursion(a, shape_of(y)))


def _shifted(x: Any, k: int) -> Any:
    """Later by k along the last axis."""
    ahead = np.zeros((*shape_of(x)[:-1], k))
    return np.concatenate([ahead, x[..., : max(x.shape[-1] - k, 0)]], axis=-1)[..., : x.shape[-1]]


def _feedback(v: Any, a: Any) -> Any:
    """``a * y = v``. Each step takes one order of the derivatives with respect to a along."""
    plain: Any = primal(a)
    y = _recursion(v, plain)
    inside = a
    while type(inside) is Dual:
        change = a - plain
        y = _recursion(v - sum(change[k] * _shifted(y, k) for k in range(1, len(plain))), plain)
        inside = inside.value
    return y


def _filtered(b: Any, a: Any, x: Any, z: Any) -> tuple[Any, Any]:
    """``a * y = b * x`` along the last axis, from a state z; and the state that it leaves."""
    order, n = max(len(a), len(b)) - 1, x.shape[-1]
    b, a = b / a[0], a / a[0]
    room = [(0, 0)] * (x.ndim - 1)
    v: Any = sum(b[k] * np.pad(x, [*room, (k, order - k)]) for k in range(len(b)))
    if z is not None:
        v = v + np.pad(z, [*room, (0, n)])
    y = _feedback(v[..., :n], a)
    left = []
    for j in range(order):
        past = [a[k] * y[..., n + j - k] for k in range(j + 1, len(a)) if n + j - k >= 0]
        left.append(v[..., n + j] - sum(past))
    return y, np.stack(left, axis=-1) if left else np.zeros((*x.shape[:-1], 0))


def _linear_filter(original: Function, b: Any, a: Any, x: Any, axis: int = -1, zi: Any = None) -> Any:
    b, a, x, zi = settled((b, a, x, zi))
    y, left = _filtered(b, a, np.moveaxis(x, axis, -1), None if zi is None else np.moveaxis(zi, axis, -1))
    y = np.moveaxis(y, -1, axis)
    plain = [np.asarray(primal(part), x.dtype) for part in (b, a, x)]
    if zi is None:
        return with_value(original(*plain, axis), y)
    values = original(*plain, axis, np.asarray(primal(zi), x.dtype))
    return with_value(values[0], y), with_value(values[1], np.moveaxis(left, -1, axis))


def _sosfilt(original: Function, sos: Any, x: Any, zi: Any) -> None:
    """Sections one after the other; x and zi are written to."""
    sos, y, z = settled(sos), settled(x), settled(zi)
    states = []
    for i in range(len(sos)):
        y, left = _filtered(sos[i, :3], sos[i, 3:], y, z[:, i])
        states.append(left)
    values = [np.array(primal(part), order="C") for part in (sos, settled(x), z)]
    original(*values)
    _write(x, with_value(values[1], y))
    _write(zi, with_value(values[2], np.stack(states, axis=1)))


def _upfirdn(
    original: Function, x: Any, h: Any, out: Any, up: int, down: int, axis: int, mode: int, cval: Any
) -> None:
    """``y[m] = sum(h[k] * z[m * down - k])``, where z is x with zeros between its entries."""
    from scipy.signal._upfirdn import mode_enum

    if mode != mode_enum("constant") or primal(cval) != 0:
        raise UnsupportedError("scipy.signal.upfirdn has a derivative for mode='constant' and cval=0")
    x, h = settled((x, h))
    value = np.zeros(out.shape)
    original(_plain(x), _plain(h), value, up, down, axis, mode, cval)
    h = np.ravel(np.transpose(np.reshape(h, (up, -1))[:, ::-1]))  # as it was given
    x = np.moveaxis(x, axis, -1)
    n, places = x.shape[-1], np.arange(out.shape[axis]) * down
    padded = np.concatenate([x, np.zeros((*x.shape[:-1], 1))], axis=-1)
    y: Any = 0.0
    for k in range(len(h)):
        at, left = np.divmod(places - k, up)
        y = y + h[k] * padded[..., np.where((left == 0) & (at >= 0) & (at < n), at, n)]
    _write(out, with_value(value, np.moveaxis(y, -1, axis)))


def _convolve2d(original: Function, a: Any, b: Any, flip: int, part: int, border: int, fill: Any = 0) -> Any:
    """Sums of a shifted image; ``part`` is valid, same or full, ``border`` zero, wrapped or mirrored."""
    a, b = settled((a, b))
    if flip:
        b = b[::-1, ::-1]
    (m, n), (rows, columns) = a.shape, b.shape
    mode = {0: "constant", 4: "symmetric", 8: "wrap"}[border]
    options: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
    padded = np.pad(a, ((rows - 1, rows - 1), (columns - 1, columns - 1)), mode, **options)  # type: ignore[call-overload]
    first, shape = {
        0: ((rows - 1, columns - 1), (m - rows + 1, n - columns + 1)),
        1: (((rows - 1) // 2, (columns - 1) // 2), (m, n)) if flip else ((rows // 2, columns // 2), (m, n)),
        2: ((0, 0), (m + rows - 1, n + columns - 1)),
    }[part]
    y: Any = 0.0
    for i, j in itertools.product(range(rows), range(columns)):
        rows_at, columns_at = (
            slice(first[0] + i, first[0] + i + shape[0]),
            slice(first[1] + j, first[1] + j + shape[1]),
        )
        y = y + b[i, j] * padded[rows_at, columns_at]
    value = original(primal(a), primal(b[::-1, ::-1] if flip else b), flip, part, border, fill)
    if not np.allclose(value, primal(y), rtol=1e-9, atol=1e-9 * np.max(abs(value), initial=0.0)):
        raise _cannot("scipy.signal", original)
    return with_value(value, y)


def _write(out: Any, y: Any) -> None:
    """Put a result into an array that compiled code was to fill."""
    if type(out) is np.ndarray and mode_in(y) is not None:
        raise UnsupportedError(
            "SciPy cannot put a derivative into a plain array that was made before; leave out output="
        )
    out[...] = y


# ---------------------------------------------------------------- images


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


def _windows(x: Any, footprint: Any, mode: int, cval: float, origins: Any) -> Any:
    """The entries of a window around each place, along a first axis."""
    name = _PADS.get(_border_names()[mode], "wrap")
    widths = [(n // 2 + o, n - 1 - n // 2 - o) for n, o in zip(footprint.shape, origins, strict=True)]
    fill: dict[str, Any] = {"constant_values": cval} if name == "constant" else {}
    padded = np.pad(x, widths, name, **fill)  # type: ignore[call-overload]
    found = []
    for place in zip(*np.nonzero(footprint), strict=True):
        found.append(padded[tuple(slice(k, k + n) for k, n in zip(place, x.shape, strict=True))])
    return np.stack(found)


def _rank_filter(
    original: Function, x: Any, rank: int, footprint: Any, output: Any, mode: int, cval: Any, origins: Any
) -> None:
    _write(output, np.sort(_windows(settled(x), footprint, mode, cval, origins), axis=0)[rank])


def _rank_filter_1d(
    original: Function, x: Any, rank: int, size: int, output: Any, mode: int, cval: Any, origin: int
) -> None:
    _write(output, np.sort(_windows(settled(x), np.ones(size), mode, cval, [origin]), axis=0)[rank])


def _extreme(windows: Any, minimum: Any) -> Any:
    return (np.min if minimum else np.max)(windows, axis=0)


def _extreme_filter(
    original: Function, x: Any, footprint: Any, structure: Any, output: Any, mode: int, cval: Any,
    origins: Any, minimum: Any,
) -> None:  # fmt: skip
    x, structure = settled((x, structure))
    windows = _windows(x, footprint, mode, cval, origins)
    if structure is not None:
        heights = np.reshape(structure[np.nonzero(footprint)], (-1, *(1,) * x.ndim))
        windows = windows - heights if minimum else windows + heights
    _write(output, _extreme(windows, minimum))


def _extreme_filter_1d(
    original: Function,
    x: Any,
    size: int,
    axis: int,
    output: Any,
    mode: int,
    cval: Any,
    origin: int,
    minimum: Any,
) -> None:
    x = settled(x)
    shape, origins = [1] * x.ndim, [0] * x.ndim
    shape[axis], origins[axis] = size, origin
    _write(output, _extreme(_windows(x, np.ones(shape), mode, cval, origins), minimum))


def _spline_filter(original: Function, x: Any, order: int, axis: int, output: Any, mode: int) -> None:
    """Linear along an axis: by the matrix that it is."""
    x = settled(x)
    matrix = np.zeros((x.shape[axis], x.shape[axis]))
    original(np.eye(x.shape[axis]), order, 0, matrix, mode)
    value = np.zeros(x.shape)
    original(_plain(x), order, axis, value, mode)
    _write(output, with_value(value, np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)))


def _geometric(
    original: Function, x: Any, mapping: Any, coordinates: Any, matrix: Any, offset: Any, output: Any,
    order: int, mode: int, cval: Any, npad: int, *extra: Any,
) -> None:  # fmt: skip
    """The image at coordinates, or at an affine function of the places of the output."""
    x, coordinates, matrix, offset = settled((x, coordinates, matrix, offset))
    if mapping is not None:
        raise UnsupportedError(
            "scipy.ndimage.geometric_transform has no derivative; compute the coordinates with NumPy, and "
            "call map_coordinates"
        )
    at = coordinates
    if at is None:
        places = np.indices(output.shape).reshape(output.ndim, -1)
        at = np.reshape(matrix @ places + np.reshape(offset, (-1, 1)), (len(matrix), *output.shape))
    value = np.zeros(output.shape)
    given = map(primal, (x, coordinates, matrix, offset))
    plain, *where = (a if a is None else np.ascontiguousarray(a, float) for a in given)
    original(plain, None, *where, value, order, mode, cval, npad, *extra)
    _write(output, _image(x, at, order, mode, cval, npad, value))


def _zoom_shift(
    original: Function, x: Any, zoom: Any, shift: Any, output: Any, order: int, mode: int, cval: Any,
    npad: int, on_grid: Any,
) -> None:  # fmt: skip
    x, zoom, shift = settled((x, zoom, shift))
    half = 0.5 if on_grid else 0.0
    at = []
    for axis, n in enumerate(output.shape):
        place: Any = np.arange(float(n))
        if shift is not None:
            place = place + shift[axis]
        if zoom is not None:
            place = (place + half) * zoom[axis] - half
        at.append(np.broadcast_to(np.reshape(place, (-1, *(1,) * (output.ndim - 1 - axis))), output.shape))
    value = np.zeros(output.shape)
    given = map(primal, (x, zoom, shift))
    original(
        *(a if a is None else np.ascontiguousarray(a, float) for a in given), value, order, mode, cval, npad,
        on_grid,
    )  # fmt: skip
    _write(output, _image(x, at, order, mode, cval, npad, value))


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
    y: Any = 0.0
    for taps in itertools.product(
        *(_taps(p, n, order, border) for p, n in zip(places, x.shape, strict=True))
    ):
        weight = functools.reduce(lambda a, b: a * b, (w for w, _ in taps))
        y = y + weight * x[tuple(i for _, i in taps)]
    if name == "constant":
        inside = [(primal(p) >= 0) & (primal(p) <= n - 1) for p, n in zip(places, x.shape, strict=True)]
        y = np.where(functools.reduce(np.logical_and, inside), y, cval)
    if not np.allclose(primal(y), value, rtol=1e-9, atol=1e-9 * np.max(abs(primal(x)), initial=0.0)):
        raise UnsupportedError(
            f"scipy.ndimage has no derivative for mode={name!r} with places beyond the border; take "
            "mode='nearest', 'mirror', 'reflect' or 'constant'"
        )
    return with_value(value, y)


# ---------------------------------------------------------------- densities of points


def _kernel_estimate(original: Function, points: Any, values: Any, at: Any, factor: Any, *dtype: Any) -> Any:
    """Sums of Gaussians; ``factor`` is Cholesky's of their covariance."""
    points, values, at, factor = settled((points, values, at, factor))
    inverse = np.linalg.inv(np.tril(factor))
    apart = (points[:, None, :] - at[None, :, :]) @ np.transpose(inverse)
    heights = np.exp(-np.sum(apart * apart, axis=-1) / 2)
    scale = np.prod(np.diagonal(factor)) * (2 * np.pi) ** (at.shape[-1] / 2)
    plain = [np.ascontiguousarray(primal(a), float) for a in (points, values, at, factor)]
    return with_value(original(*plain, *dtype), np.transpose(heights) @ values / scale)


# ---------------------------------------------------------------- what stands in for what


def _on_grids(twin: Function) -> Function:
    """A function written in Python, with the values of the compiled one."""

    def function(original: Function, *args: Any, **keywords: Any) -> Any:
        args, keywords = settled(args), settled(keywords)
        y = twin(*args, **keywords)
        value = original(*map(_plain, args), **{k: _plain(v) for k, v in keywords.items()})
        if isinstance(y, tuple):
            return tuple(
                with_value(*pair) if type(pair[1]) is Dual else pair[1] for pair in zip(value, y, strict=True)
            )
        return with_value(value, y)

    return function


def _plain(x: Any) -> Any:
    """A copy for compiled code, which may write to it."""
    if isinstance(x, tuple):
        return tuple(map(_plain, x))
    x = primal(x)
    return np.array(x, order="C") if isinstance(x, np.ndarray) else x


#: The last name of a module and that of a function -> its twin, which is given the function as well.
_TWINS: dict[tuple[str, str], Function] = {
    ("_sigtools", "_linear_filter"): _linear_filter,
    ("_sosfilt", "_sosfilt"): _sosfilt,
    ("_upfirdn_apply", "_apply"): _upfirdn,
    ("_sigtools", "_convolve2d"): _convolve2d,
    ("_stats", "gaussian_kernel_estimate"): _kernel_estimate,
    ("_nd_image", "rank_filter"): _rank_filter,
    ("_rank_filter_1d", "rank_filter"): _rank_filter_1d,
    ("_nd_image", "min_or_max_filter"): _extreme_filter,
    ("_nd_image", "min_or_max_filter1d"): _extreme_filter_1d,
    ("_nd_image", "spline_filter1d"): _spline_filter,
    ("_nd_image", "geometric_transform"): _geometric,
    ("_nd_image", "zoom_shift"): _zoom_shift,
    **{
        (module, name): _on_grids(twin)
        for module in ("_rgi_cython", "_interpnd")
        for name, twin in GRIDS.items()
    },
}
