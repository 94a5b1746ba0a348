"""Legendre functions and spherical harmonics: SciPy has their derivatives, by the keyword ``diff_n``.

They are elementwise in their last argument (harmonics in the last two); the derivatives go up to the
second, as SciPy's do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dual import settled
from ..errors import NoRuleError, UnsupportedError
from .scipy_arrays import Function, as_array, by_slopes, holds


def _called(called: Any, original: Function, f: Any, *args: Any, **options: Any) -> Any:
    """``MultiUFunc.__call__``."""
    args, options = settled((args, options))
    several = 2 if f.__name__.startswith("sph_harm") else 1
    whole, moving = args[:-several], tuple(map(as_array, args[-several:]))
    if holds((whole, options)):
        raise NoRuleError(
            f"scipy.special.{f.__name__} has no derivative by its degree and order; pass them as whole "
            "numbers: dualad.value(n)"
        )
    most = options.pop("diff_n", 0)

    def plain(order: int, *moving: Any) -> Any:
        if order > 2:
            raise UnsupportedError(
                f"SciPy has two derivatives of scipy.special.{f.__name__}, and this asks for number {order}; "
                "take fewer, or write it by its recurrence"
            )
        return original(f, *whole, *moving, diff_n=order, **options)

    if several == 1:
        return np.stack([_legendre(f, plain, k, *moving) for k in range(most + 1)])
    orders = _orders(f, whole)
    y = [_harmonic(f, plain, orders, 0, 0, *moving)]
    if most > 0:
        y.append(np.stack([_harmonic(f, plain, orders, i, 1 - i, *moving) for i in (1, 0)], axis=-1))
    if most > 1:
        second = [_harmonic(f, plain, orders, i, 2 - i, *moving) for i in (2, 1, 1, 0)]
        y.append(np.reshape(np.stack(second, axis=-1), (*np.shape(second[0]), 2, 2)))
    return tuple(y) if most else y[0]


def _legendre(f: Any, plain: Function, k: int, x: Any) -> Any:
    """The derivative of order ``k``."""
    return by_slopes(f, lambda x: plain(k, x)[k], lambda y, x: _legendre(f, plain, k + 1, x))(x)


def _orders(f: Any, whole: Any) -> Any:
    """The orders, shaped as the values are: of ``sph_harm_y_all`` they run along an axis."""
    if not f.__name__.endswith("_all"):
        return np.asarray(whole[1])
    m = int(whole[1])
    return np.concatenate([np.arange(m + 1), np.arange(-m, 0)])


def _harmonic(f: Any, plain: Function, m: Any, i: int, j: int, theta: Any, phi: Any) -> Any:
    """The derivative by theta of order ``i`` and by phi, which is in ``exp(i m phi)`` only, of ``j``."""

    def value(theta: Any, phi: Any) -> Any:
        y = plain(i, np.real(theta), np.real(phi))  # made complex, beside a complex result
        y = y if i == 0 else y[i][(..., *(0,) * i)]
        orders = m.reshape(-1, *(1,) * (y.ndim - 2)) if f.__name__.endswith("_all") else m
        return y * (1j * orders) ** j if j else y

    return by_slopes(
        f,
        value,
        lambda y, theta, phi: _harmonic(f, plain, m, i + 1, j, theta, phi),
        lambda y, theta, phi: _harmonic(f, plain, m, i, j + 1, theta, phi),
    )(theta, phi)


#: The qualified name of a function -> what is called in its place.
LEGENDRE: dict[str, Function] = {"MultiUFunc.__call__": _called}
