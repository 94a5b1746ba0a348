"""Rules of functions that make arrays: between two ends, like another one, or piece by piece."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..linear import is_complex, plain
from ..shapes import shape_of, size_of
from ..table import composed
from ._arrays import as_array


def _shares(start: Any, stop: Any, num: int, endpoint: bool) -> tuple[Any, Any]:
    """The shares of both ends in each place, with axes for the ends' own shape."""
    steps = max(num - 1 if endpoint else num, 1)
    ends = np.broadcast_shapes(shape_of(as_array(start)), shape_of(as_array(stop)))
    places = np.reshape(np.arange(num), (-1, *(1,) * len(ends)))
    return (steps - places) / steps, places / steps  # the first is exact where 1 less the second is not


def _between(start: Any, stop: Any, num: int, endpoint: bool) -> Any:
    of_start, of_stop = _shares(start, stop, num, endpoint)
    return start * of_start + stop * of_stop


@composed(np.linspace)
def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    device: Any = None,
) -> Any:
    start, stop = as_array(start), as_array(stop)
    y = np.moveaxis(_between(start, stop, num, endpoint), 0, axis)
    return (y, (stop - start) / (num - 1 if endpoint else num or math.nan)) if retstep else y


@composed(np.logspace)
def _logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    start, stop, base = as_array(start), as_array(stop), as_array(base)
    n = len(np.broadcast_shapes(shape_of(start), shape_of(stop), shape_of(base)))
    start, stop = (np.reshape(x, (1,) * (n - len(shape_of(x))) + shape_of(x)) for x in (start, stop))
    return np.moveaxis(base ** _between(start, stop, num, endpoint), 0, axis)


@composed(np.geomspace)
def _geomspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None, axis: int = 0
) -> Any:
    start, stop = as_array(start), as_array(stop)
    of_start, of_stop = _shares(start, stop, num, endpoint)
    if is_complex(start) or is_complex(stop):
        y = start * (stop / start) ** of_stop
    else:
        y = np.sign(plain(start)) * np.abs(start) ** of_start * np.abs(stop) ** of_stop
    return np.moveaxis(y, 0, axis)


@composed(np.full_like)
def _full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    device: Any = None,
) -> Any:
    """Zeros with the value added: a Dual, that entries may be assigned to, whatever the value is."""
    return np.zeros_like(a, shape=shape) + fill_value


if hasattr(np, "astype"):  # NumPy 2.1

    @composed(np.astype, exact=True)
    def _astype(x: Any, dtype: Any, copy: bool = True, device: Any = None) -> Any:
        return x if not copy and x.dtype == dtype else x.astype(dtype)


# ---------------------------------------------------------------- np.emath: complex where it has to be


def _add_emath(name: str, inside: Callable[[Any], Any]) -> None:
    real = getattr(np, name)

    @composed(getattr(np.emath, name), exact=True)
    def emath(x: Any) -> Any:
        return real(x) if is_complex(x) or np.all(inside(plain(x))) else real(x + 0j)


for _name in ("sqrt", "log", "log2", "log10"):
    _add_emath(_name, lambda x: x >= 0)
for _name in ("arccos", "arcsin", "arctanh"):
    _add_emath(_name, lambda x: np.abs(x) <= 1)


@composed(np.emath.logn, exact=True)
def _logn(n: Any, x: Any) -> Any:
    return np.emath.log(x) / np.emath.log(n)


@composed(np.emath.power, exact=True)
def _emath_power(x: Any, p: Any) -> Any:
    return np.power(x if is_complex(x) or np.all(plain(x) >= 0) else x + 0j, p)


# ---------------------------------------------------------------- by functions of the user


@composed(np.piecewise, exact=True, lists=True)
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x = as_array(x)
    listed = isinstance(condlist, list | tuple | np.ndarray) and np.ndim(condlist[0]) > 0
    conditions = list(condlist) if listed or (np.ndim(condlist) and not shape_of(x)) else [condlist]
    conditions = [np.broadcast_to(np.asarray(plain(c), bool), shape_of(x)) for c in conditions]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    elif len(funclist) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    y = np.zeros_like(x, shape=shape_of(x) or (1,))
    flat = np.reshape(x, shape_of(x) or (1,))
    for condition, function in zip(conditions, funclist, strict=True):
        at = np.reshape(condition, shape_of(y))
        if not callable(function):
            part = function
        elif np.any(at):
            part = function(flat[at], *args, **kw)
        else:
            continue
        if hasattr(part, "tangent") and not hasattr(y, "tangent") and y.dtype.kind in "fc":
            spread = np.take(part, np.maximum(np.cumsum(at) - 1, 0)) if shape_of(part) else part
            y = np.where(at, np.reshape(spread, shape_of(y)) if shape_of(part) else part, y)
        else:
            y[at] = part
    return np.reshape(y, shape_of(x))


@composed(np.apply_along_axis, exact=True)
def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    lines = np.moveaxis(as_array(arr), axis, -1)
    rest = shape_of(lines)[:-1]
    if not size_of(rest):
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [as_array(func1d(lines[i], *args, **kwargs)) for i in np.ndindex(rest)]
    first = np.empty(shape_of(results[0]), results[0].dtype)  # of which NumPy makes all the others
    inner = first.shape
    made = np.reshape(np.stack([_like(first, y) for y in results]), (*rest, *inner))
    axis = axis % len(shape_of(lines))
    return np.moveaxis(made, range(len(rest), len(rest) + len(inner)), range(axis, axis + len(inner)))


def _like(x: Any, y: Any) -> Any:
    y = y if y.dtype == x.dtype else y.astype(x.dtype)
    return y if shape_of(y) == x.shape else np.broadcast_to(y, x.shape)


@composed(np.apply_over_axes, exact=True)
def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    result = as_array(a)
    n = len(shape_of(result))
    for axis in np.atleast_1d(axes):
        axis = int(axis) % n
        reduced = func(result, axis)
        result = reduced if len(shape_of(reduced)) == n else np.expand_dims(reduced, axis)
    return result
