"""Functions of scipy.special that are no ufuncs: Legendre's, spherical harmonics, Lambert's W, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..errors import NoRuleError, UnsupportedError
from ..linear import is_complex
from .scipy_arrays import Function, as_array, by_its_text, by_slopes, holds, with_value

# ---------------------------------------------------------------- Legendre functions, spherical harmonics


def _called(called: Any, original: Function, f: Any, *args: Any, **options: Any) -> Any:
    """``MultiUFunc.__call__``, which has derivatives up to the second by the keyword ``diff_n``.

    It is elementwise in its last argument, for harmonics in the last two.
    """
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


# ---------------------------------------------------------------- others


def _lambertw(called: Any, lambertw: Function, z: Any, k: Any = 0, tol: float = 1e-8) -> Any:
    """``W' = exp(-W) / (1 + W)``, on each branch."""
    return by_slopes(lambertw, lambda z: lambertw(z, k, tol), lambda y, z: np.exp(-y) / (1 + y))(as_array(z))


def _logsumexp(called: Any, logsumexp: Function, a: Any, *more: Any, **options: Any) -> Any:
    """Of several largest entries SciPy takes the one and the number: that has no second derivative."""
    x, axis = as_array(a), more[0] if more else options.get("axis")
    y = by_its_text(called, logsumexp)(a, *more, **options)
    if type(x) is not Dual or type(y) is not Dual or is_complex(x) or len(more) > 1 or {*options} - _OF_SUMS:
        return y
    top = np.max(primal(x), axis, keepdims=True)
    if not np.all(np.isfinite(top)) or np.all(np.sum(primal(x) == top, axis) < 2):
        return y
    total = np.sum(np.exp(x - top), axis, keepdims=options.get("keepdims", False))
    return with_value(y, np.log(total))


#: The arguments that do without weights.
_OF_SUMS = frozenset({"axis", "keepdims"})


def _spherical(below: int, above: int) -> Function:
    """Spherical Bessel functions: ``(2 n + 1) f_n' = below n f_(n-1) + above (n+1) f_(n+1)``."""

    def evaluate(called: Any, function: Function, n: Any, z: Any, derivative: bool = False) -> Any:
        def of(n: Any, z: Any, derivative: bool = True) -> Any:
            return evaluate(called, function, n, z, derivative)

        def slope(y: Any, z: Any) -> Any:
            if not derivative:
                return of(n, z)
            first, last = of(np.maximum(n, 1) - 1, z), of(np.add(n, 1), z)
            return (np.multiply(below, n) * first + above * np.add(n, 1) * last) / (np.multiply(2, n) + 1)

        return by_slopes(function, lambda z: function(n, z, derivative), slope)(settled(z))

    return evaluate


#: The qualified name of a function -> what is called in its place.
LEGENDRE: dict[str, Function] = {"MultiUFunc.__call__": _called}

#: Package and name -> what is called in its place.
SPECIAL: dict[tuple[str, str], Function] = {
    ("special", "lambertw"): _lambertw,
    ("special", "logsumexp"): _logsumexp,
    ("special", "spherical_jn"): _spherical(1, -1),
    ("special", "spherical_yn"): _spherical(1, -1),
    ("special", "spherical_in"): _spherical(1, 1),
    ("special", "spherical_kn"): _spherical(-1, -1),
}
