"""Rules of the functions that pass over NaN: what is left out has no part in the derivative."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..linear import is_complex
from ..table import composed
from ._arrays import as_array
from .elementwise import where as choose


def _present(a: Any, where: Any) -> Any:
    return ~np.isnan(a) & where


def _of_present(name: str, first: float) -> None:
    """The function of the entries that are no NaN; ``first`` is what it gives for none."""

    @composed(getattr(np, f"nan{name}"))
    def body(
        a: Any,
        axis: Any = None,
        dtype: Any = None,
        keepdims: bool = False,
        initial: Any = first,
        where: Any = True,
    ) -> Any:
        a = as_array(a)
        given = {"keepdims": keepdims, "initial": initial} | ({} if dtype is None else {"dtype": dtype})
        return getattr(np, name)(a, axis=axis, where=_present(a, where), **given)


for _name, _first in (("sum", 0.0), ("prod", 1.0), ("max", -math.inf), ("min", math.inf)):
    _of_present(_name, _first)


def _present_count(a: Any, present: Any, axis: Any, keepdims: bool) -> Any:
    """How many entries there are, at least one."""
    return np.maximum(np.sum(np.broadcast_to(present, np.shape(a)), axis=axis, keepdims=keepdims), 1)


def _average(a: Any, axis: Any, dtype: Any, keepdims: bool, present: Any) -> Any:
    total = np.sum(a, axis=axis, dtype=dtype, keepdims=keepdims, where=present)
    return total / _present_count(a, present, axis, keepdims)


@composed(np.nanmean)
def _nanmean(a: Any, axis: Any = None, dtype: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    a = as_array(a)
    return _average(a, axis, dtype, keepdims, _present(a, where))


@composed(np.nanvar)
def _nanvar(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: float = 0,
) -> Any:
    a = as_array(a)
    present = _present(a, where)
    if mean is None:
        mean = _average(a, axis, dtype, True, present)
    deviations = choose(present, a - mean, 0.0)
    squares = np.real(deviations * np.conjugate(deviations)) if is_complex(a) else np.square(deviations)
    count = _present_count(a, present, axis, keepdims) - (ddof or correction)
    return np.sum(squares, axis=axis, keepdims=keepdims) / count


@composed(np.nanstd)
@functools.wraps(_nanvar)
def _nanstd(*args: Any, **options: Any) -> Any:
    variance = _nanvar(*args, **options)
    flat = variance == 0  # a kink, 0 by convention
    return choose(flat, 0.0, np.sqrt(choose(flat, 1.0, variance)))


@composed(np.nancumsum)
def _nancumsum(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    a = as_array(a)
    return np.cumsum(choose(np.isnan(a), 0.0, a), axis=axis, dtype=dtype)


@composed(np.nancumprod)
def _nancumprod(a: Any, axis: int | None = None, dtype: Any = None) -> Any:
    a = as_array(a)
    return np.cumprod(choose(np.isnan(a), 1.0, a), axis=axis, dtype=dtype)


@composed(np.nan_to_num, exact=True)
def _nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    limits = np.finfo(x.dtype if hasattr(x, "dtype") else float)
    posinf = limits.max if posinf is None else posinf
    neginf = limits.min if neginf is None else neginf

    def finite(x: Any) -> Any:
        within = np.where(np.isposinf(x), posinf, np.where(np.isneginf(x), neginf, x))
        return np.where(np.isnan(x), nan, within)

    y = finite(np.real(x)) + 1j * finite(np.imag(x)) if is_complex(x) else finite(x)
    if copy:
        return y
    x[...] = y
    return x
