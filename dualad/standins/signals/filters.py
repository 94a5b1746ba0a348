"""What scipy.signal has compiled, in Python: filters along an axis, sums of shifted images, peaks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import Dual, primal, settled
from ...errors import NoRuleError
from ...linear import LinearMap
from ...shapes import shape_of
from ...table import linear_map, own_function
from ..scipy_arrays import (
    Function,
    as_array,
    by_its_text,
    by_values,
    holds,
    into,
    of_values,
    plain_copy,
    with_value,
    written,
)


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
    b, a, x, zi = map(as_array, (b, a, x, zi))
    y, left = _filtered(b, a, np.moveaxis(x, axis, -1), None if zi is None else np.moveaxis(zi, axis, -1))
    y = np.moveaxis(y, -1, axis)
    given = [primal(part) for part in ((b, a, x) if zi is None else (b, a, x, zi))]
    kind = np.result_type(*given)  # the filter may be complex, and the signal not
    b, a, x, *states = (np.asarray(part, kind) for part in given)
    values = original(b, a, x, axis, *states)
    if zi is None:
        return with_value(values, y)
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
    written(x, with_value(values[1], y))
    written(zi, with_value(values[2], np.stack(states, axis=1)))


#: What lies beyond the ends, as `np.pad` says it.
_EXTENDED: dict[str, dict[str, Any]] = {
    "constant": {},
    "symmetric": {"mode": "symmetric"},
    "reflect": {"mode": "reflect"},
    "antireflect": {"mode": "reflect", "reflect_type": "odd"},
    "edge": {"mode": "edge"},
    "wrap": {"mode": "wrap"},
}


def _upfirdn(x: Any, h: Any, value: Any, up: int, down: int, axis: int, mode: int, cval: Any) -> Any:
    """``y[m] = sum(h[k] * z[m * down - k])``, where z is x with zeros between its entries."""
    from scipy.signal._upfirdn import mode_enum

    beyond = next((name for name in _EXTENDED if mode == mode_enum(name)), None)
    if beyond is None:
        raise NoRuleError(f"scipy.signal.upfirdn has a derivative for mode= one of {[*_EXTENDED]}")
    h = np.ravel(np.transpose(np.reshape(h, (up, -1))[:, ::-1]))  # as it was given
    x = np.moveaxis(x, axis, -1)
    n, places = x.shape[-1], np.arange(value.shape[axis]) * down
    before, after = (len(h) - 1) // up + 1, max(0, places[-1] // up + 1 - n)
    options = {"constant_values": cval} if beyond == "constant" else _EXTENDED[beyond]
    sides = [(0, 0)] * (x.ndim - 1) + [(before, after)]
    padded = np.concatenate([np.pad(x, sides, **options), np.zeros((*x.shape[:-1], 1))], axis=-1)
    y: Any = 0.0
    for k in range(len(h)):
        at, left = np.divmod(places - k, up)
        y = y + h[k] * padded[..., np.where(left == 0, at + before, -1)]
    return np.moveaxis(y, -1, axis)


def _correlated(padded: Any, weights: Any, first: Any, shape: Any) -> Any:
    """``sum(weights[k] * padded[first + i + k])``."""
    y: Any = 0.0
    for place in np.ndindex(weights.shape):
        at = tuple(slice(f + k, f + k + n) for f, k, n in zip(first, place, shape, strict=True))
        y = y + weights[place] * padded[at]
    return y


def _convolve2d(value: Any, a: Any, b: Any, flip: int, part: int, border: int, fill: Any = 0) -> Any:
    """Sums of a shifted image; ``part`` is valid, same or full, ``border`` zero, wrapped or mirrored."""
    if flip:
        b = b[::-1, ::-1]
    (m, n), (rows, columns) = a.shape, b.shape
    mode: Any = {0: "constant", 4: "symmetric", 8: "wrap"}[border]
    options: dict[str, Any] = {"constant_values": fill} if mode == "constant" else {}
    padded = np.pad(a, ((rows - 1, rows - 1), (columns - 1, columns - 1)), mode, **options)
    first, shape = {
        0: ((rows - 1, columns - 1), (m - rows + 1, n - columns + 1)),
        1: (((rows - 1) // 2, (columns - 1) // 2), (m, n)) if flip else ((rows // 2, columns // 2), (m, n)),
        2: ((0, 0), (m + rows - 1, n + columns - 1)),
    }[part]
    y = _correlated(padded, b, first, shape)
    if not np.allclose(value, primal(y), rtol=1e-9, atol=1e-9 * np.max(abs(value), initial=0.0)):
        raise NoRuleError("this border of scipy.signal.convolve2d has no derivative; take boundary='fill'")
    return y


def _correlate_nd(value: Any, a: Any, b: Any, out: Any, part: int) -> Any:
    """``sum(a[i + k] * conj(b[k]))``; ``part`` is valid, same or full, and beyond its end a has zeros."""
    ahead = {0: [0] * b.ndim, 1: [n // 2 for n in b.shape], 2: [n - 1 for n in b.shape]}[part]
    room = [(n, max(n, k)) for n, k in zip(ahead, b.shape, strict=True)]
    padded = np.pad(a, room if part else 0)
    return _correlated(padded, np.conj(b), [0] * b.ndim, value.shape)


def _not_normalised(called: Any, f: Function, b: Any, a: Any, *args: Any, **options: Any) -> Any:
    """Coefficients are divided by the first of them, but where it is 1: then by twice as much of it.

    `lfiltic`, which takes more than these, divides by none in SciPy 1.13.
    """
    b, a = as_array(b), as_array(a)
    divides = not (args or options) or f([1.0], [2.0, 2.0], [1.0])[0] == -1.0
    if divides and holds(a) and primal(a)[..., 0] == 1:
        b, a = 2 * np.asarray(b), 2 * a
    return by_its_text(called, f)(b, a, *args, **options)


def _separable(value: Any, x: Any, rows: Any, columns: Any) -> Any:
    """Filtered by odd numbers of weights along both axes; beyond its ends an image is mirrored."""
    y = x
    for axis, weights in ((1, rows), (0, columns)):
        n, half = x.shape[axis], len(weights) // 2
        y = np.moveaxis(y, axis, -1)
        padded = np.pad(y, ((0, 0), (half, half)), "symmetric")
        y = sum(weights[::-1][k] * padded[:, k : k + n] for k in range(len(weights)))
        y = np.moveaxis(y, -1, axis)
    return y


def _initial(original: Function, x: Any, z: Any, precision: float) -> Any:
    """What a recursion with one pole has made of all that is mirrored ahead of a signal."""
    x, z = settled((x, z))
    n = x.shape[-1]
    seen = original(np.eye(n), primal(z), precision)[:, 0] != 0
    weights = np.eye(1, n)[0] + np.where(seen, z ** np.arange(1.0, n + 1), 0.0)
    return with_value(original(plain_copy(x), primal(z), precision), (x @ weights)[:, None])


# ---------------------------------------------------------------- peaks, whose places the values say


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
FILTERS: dict[tuple[str, str], Function] = {
    ("_sigtools", "_linear_filter"): _linear_filter,
    ("_sosfilt", "_sosfilt"): _sosfilt,
    ("_upfirdn_apply", "_apply"): into(2, _upfirdn),
    ("_sigtools", "_convolve2d"): of_values(_convolve2d),
    ("_sigtools", "_correlateND"): of_values(_correlate_nd),
    ("_spline", "sepfir2d"): of_values(_separable),
    ("_spline", "symiirorder1_ic"): _initial,
    ("_peak_finding_utils", "_local_maxima_1d"): by_values,
    ("_peak_finding_utils", "_select_by_peak_distance"): by_values,
    ("_peak_finding_utils", "_peak_prominences"): of_values(_prominences),
    ("_peak_finding_utils", "_peak_widths"): of_values(_widths),
}

#: Package and name -> ``(called, f, *arguments)``.
FILTERS_ASKED: dict[tuple[str, str], Function] = {
    ("signal", name): _not_normalised for name in ("lfilter_zi", "lfiltic")
}
