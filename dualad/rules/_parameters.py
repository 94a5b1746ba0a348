"""Hypergeometric functions: the derivatives by their parameters, those of Struve by their order. For
plain arrays.

A series is summed with *jets* for terms: arrays whose leading axes hold the Taylor coefficients in the
parameters, so that a term follows from the one before by factors ``(a + k + e) / (c + k + e)``. Where
a series would alternate or hardly converge, the function is transformed (Kummer's and Pfaff's
formulas), or continued by its differential equation, in the same jets.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _orders
from ._shapes import bell
from .plain import polygamma

#: A parameter that a jet is multiplied by or divided by: its value, and how it moves with each of those
#: that the jet is in.
Moving = tuple[Any, Sequence[int]]

# ---------------------------------------------------------------- jets


def _first(factor: Any, orders: Sequence[int], x: Any) -> Any:
    """The jet of a constant."""
    jet = np.zeros((*(n + 1 for n in orders), *np.shape(x)))
    jet[(0,) * len(orders)] = factor
    return jet


def _shifted(jet: Any, axis: int) -> Any:
    """The jet times the small quantity of an axis."""
    moved = np.zeros_like(jet)
    np.moveaxis(moved, axis, 0)[1:] = np.moveaxis(jet, axis, 0)[:-1]
    return moved


def _times(jet: Any, by: Moving) -> Any:
    value, moves = by
    return jet * value + sum(m * _shifted(jet, axis) for axis, m in enumerate(moves) if m)


def _over(jet: Any, by: Moving) -> Any:
    """Divided by a parameter that moves along one axis, or is fixed."""
    value, moves = by
    if not any(moves):
        return jet / value
    axis = next(k for k, m in enumerate(moves) if m)
    found = np.array(np.moveaxis(jet, axis, 0))
    found[0] = found[0] / value
    for k in range(1, len(found)):
        found[k] = (found[k] - found[k - 1]) / value
    return np.moveaxis(found, 0, axis)


def _power(jet: Any, log: Any, axis: int) -> Any:
    """Times ``exp(e log)``."""
    total, term = jet, jet
    for k in range(1, jet.shape[axis]):
        term = _shifted(term, axis) * (log / k)
        total = total + term
    return total


def _sum(jet: Any, above: Sequence[Moving], below: Sequence[Moving], x: Any, most: int = 20_000) -> Any:
    """The hypergeometric series that begins with a jet, and that of ``k`` times its terms."""
    total, counted = jet, 0.0 * jet
    small = 0
    for k in range(most):
        for value, moves in above:
            jet = _times(jet, (value + k, moves))
        for value, moves in below:
            jet = _over(jet, (value + k, moves))
        jet = jet * (x / (k + 1))
        total, counted = total + jet, counted + (k + 1) * jet
        small = small + 1 if np.all(~(np.abs(jet) > 1e-17 * np.abs(total))) else 0
        if small == 3:
            break
    return total, counted


def _taken(jet: Any, orders: Sequence[int]) -> Any:
    """The derivative: the last Taylor coefficient times the factorials."""
    return jet[tuple(orders)] * math.prod(map(math.factorial, orders))


# ---------------------------------------------------------------- 0F1, 1F1


def hyp0f1(n: int, b: Any, x: Any) -> Any:
    """The derivative of order ``n`` of ``hyp0f1(b, x)`` by ``b``; far to the left by Bessel functions."""
    b, x = np.broadcast_arrays(b, x)
    series = _taken(_sum(_first(1.0, (n,), x), [], [(b, (1,))], np.maximum(x, -9.0))[0], (n,))
    far = x < -9
    if not np.any(far):
        return series
    s = np.sqrt(np.where(far, -x, 9.0))
    logs = {(1, 0): polygamma(0, b) - np.log(s), **{(k, 0): polygamma(k - 1, b) for k in range(2, n + 1)}}
    turned = sum(math.comb(n, k) * _orders.j_order(k, b - 1, 2 * s) * bell(logs, n - k) for k in range(n + 1))
    return np.where(far, np.where(b > 0, _gamma(b) * s ** (1 - b) * turned, np.nan), series)


def _gamma(b: Any) -> Any:
    return np.vectorize(lambda b: math.gamma(b) if 0 < b < 171 else math.nan, otypes=[float])(b)


def hyp1f1(i: int, j: int, a: Any, b: Any, x: Any) -> Any:
    """The derivative of orders ``i`` and ``j`` of ``hyp1f1(a, b, x)`` by ``a`` and ``b``."""
    a, b, x = np.broadcast_arrays(a, b, x)
    orders, left = (i, j), x < 0
    below = [(b, (0, 1))]
    found = np.full(x.shape, np.nan)
    for side, above, start in ((~left, (a, (1, 0)), 1.0), (left, (b - a, (-1, 1)), np.exp(x))):
        if np.any(side):  # to the left by Kummer's exp(x) hyp1f1(b - a, b, -x)
            total, _ = _sum(_first(start, orders, x), [above], below, np.where(side, np.abs(x), 0.0))
            found = np.where(side, _taken(total, orders), found)
    return np.where(np.abs(x) < 700, found, np.nan)


# ---------------------------------------------------------------- 2F1


def hyp2f1(i: int, j: int, k: int, a: Any, b: Any, c: Any, x: Any) -> Any:
    """The derivative of orders ``i``, ``j`` and ``k`` of ``hyp2f1(a, b, c, x)`` by a, b and c, for x < 1.

    To the left of 0 by Pfaff's ``(1-x)**-a hyp2f1(a, c - b, c, x/(x-1))``.
    """
    a, b, c, x = np.broadcast_arrays(a, b, c, x)
    orders, left = (i, j, k), x < 0
    found = np.full(x.shape, np.nan)
    if not np.all(left):
        jet = _continued(orders, (a, (1, 0, 0)), (b, (0, 1, 0)), c, np.where(left, 0.0, x))
        found = _taken(jet, orders)
    if np.any(left):
        away = np.where(left, x, 0.0)
        jet = _continued(orders, (a, (1, 0, 0)), (c - b, (0, -1, 1)), c, away / (away - 1))
        log = -np.log1p(-away)
        found = np.where(left, np.exp(a * log) * _taken(_power(jet, log, 0), orders), found)
    return np.where(x < 1, found, np.nan)


def _continued(orders: Any, a: Moving, b: Moving, c: Any, x: Any) -> Any:
    """The jet of ``hyp2f1`` for 0 <= x < 1: its series up to 1/2, and from there Taylor's, step by step.

    Each step goes half of the way to the singular point 1, at most.
    """
    at, last = np.minimum(x, 0.5), np.where(x < 1, x, 0.0)
    low = (c, (0, 0, 1))
    y, counted = _sum(_first(1.0, orders, x), [a, b], [low], at)
    slope = counted / np.where(at == 0, 1.0, at)
    both = (a[0] + b[0] + 1, tuple(p + q for p, q in zip(a[1], b[1], strict=True)))
    while np.any(at < last):
        h = np.minimum(last - at, (1 - at) / 2).clip(0.0)
        y, slope = _step(y, slope, a, b, low, both, at, h)
        at = at + h
    return y


def _step(y: Any, slope: Any, a: Moving, b: Moving, c: Moving, both: Moving, at: Any, h: Any) -> Any:
    """The jets of ``hyp2f1`` and its slope at ``at + h``, by Taylor's series of its differential equation.

    ``x (1-x) y'' + (c - (a+b+1) x) y' - a b y = 0``
    """
    value = c[0] - both[0] * at
    before, term = y, slope * h
    total, counted = y + term, term
    small = 0
    for m in range(2000):
        up = _times(_times(before, (a[0] + m, a[1])), (b[0] + m, b[1]))
        middle = term * (value + m * (1 - 2 * at))
        for axis, (p, q) in enumerate(zip(c[1], both[1], strict=True)):
            if p or q:
                middle = middle + (p - q * at) * _shifted(term, axis)
        before, term = term, (up * h * h - (m + 1) * middle * h) / (at * (1 - at) * (m + 2) * (m + 1))
        total, counted = total + term, counted + (m + 2) * term
        small = small + 1 if np.all(~(np.abs(term) > 1e-17 * np.abs(total))) else 0
        if small == 3:
            break
    return total, np.where(h > 0, counted / np.where(h > 0, h, 1.0), slope)


# ---------------------------------------------------------------- U


def hyperu(i: int, j: int, a: Any, b: Any, x: Any) -> Any:
    """The derivative of orders ``i`` and ``j`` of ``hyperu(a, b, x)`` by ``a`` and ``b``, for x > 0.

    By its integral (DLMF 13.4.4) from ``a = 1`` on; smaller ones follow by the recurrence DLMF 13.3.7,
    which is stable downwards.
    """
    a, b, x = np.broadcast_arrays(a, b, x)
    orders = (i, j)
    up = np.maximum(np.ceil(1 - a), 0.0)
    now, above = (_integral(orders, a + up + more, b, x) for more in (0, 1))
    while np.any(up > 0):
        at = a + up
        lower = _times(now, (2 * at + x - b, (2, -1))) - _times(
            _times(above, (at, (1, 0))), (at - b + 1, (1, -1))
        )
        now, above = np.where(up > 0, lower, now), np.where(up > 0, now, above)
        up = up - 1
    return np.where(x > 0, _taken(now, orders), np.nan)


def _integral(orders: Any, a: Any, b: Any, x: Any) -> Any:
    """The jet of ``1/gamma(a)`` times the integral of ``exp(-x t) t**(a-1) (1+t)**(b-a-1)``, for a >= 1.

    By the trapezoidal rule in ``s``, where ``t = scale exp(s - exp(-s))``.
    """
    scale = np.minimum(1.0, 1 / x)
    low, high = -4.7, np.log((80 + 4 * (a + np.abs(b))) / (x * scale))
    count = math.ceil(20 * np.max(high - low, initial=1.0))
    step = (high - low) / count
    jet: Any = 0.0
    for k in range(count + 1):
        s = low + step * k
        t = scale * np.exp(s - np.exp(-s))
        size = np.exp(-x * t + a * np.log(t / (1 + t)) + (b - 1) * np.log1p(t))
        size = size * step * (1 + np.exp(-s))
        jet = jet + _power(_power(_first(size, orders, x), np.log(t / (1 + t)), 0), np.log1p(t), 1)
    return _reciprocal_gamma(jet, a)


def _reciprocal_gamma(jet: Any, a: Any) -> Any:
    """A jet over gamma(a + e), where a > 0 and e is the quantity of the first axis."""
    n = jet.shape[0] - 1
    logs = {(k, 0): -polygamma(k - 1, a) for k in range(1, n + 1)}
    total: Any = 0.0
    for k in range(n + 1):
        total = total + jet * (bell(logs, k) / math.factorial(k))
        jet = _shifted(jet, 0)
    return total / _gamma(a)


# ---------------------------------------------------------------- Struve


def struve(n: int, v: Any, x: Any) -> Any:
    """The derivative of order ``n`` of ``struve(v, x)`` by ``v``, for ``v > -1.5`` and x > 0.

    Near 0 by the series, further out by Y and an integral (DLMF 11.5.2).
    """
    v, x = np.broadcast_arrays(v, x)
    near = x < 8 + np.maximum(v, 0.0)
    found = _struve_series(n, v, np.where(near, x, 1.0), -1)
    if not np.all(near):
        far = np.where(near, 8 + np.maximum(v, 0.0), x)
        found = np.where(near, found, _orders.y_order(n, v, far) + _struve_rest(n, v, far))
    return np.where((v > -1.5) & (x > 0), found, np.nan)


def modstruve(n: int, v: Any, x: Any) -> Any:
    """The derivative of order ``n`` of ``modstruve(v, x)`` by ``v``, for ``v > -1`` and x > 0.

    Near 0 by the series, further out by I and an integral (DLMF 11.5.6), to which orders below 0 are
    raised (DLMF 11.4.25).
    """
    v, x = np.broadcast_arrays(v, x)
    low, far = v < 0, x > 2
    up = np.where(low, v + 1, v)
    found = _struve_series(n, v, np.where(far, 1.0, x), 1)
    if np.any(far):
        away = np.where(far, x, 3.0)
        here = [_modstruve_far(k, up, away) for k in range(max(n - 1, 0), n + 1)]
        further = here[-1]
        if np.any(low):
            start = _power(_first((away / 2) ** up / math.sqrt(math.pi), (n,), x), np.log(away / 2), 0)
            between = _taken(_reciprocal_gamma(start, up + 1.5), (n,))
            lowered = 2 * up / away * here[-1] + (2 * n / away * here[0] if n else 0.0) + between
            further = np.where(low, _modstruve_far(n, up + 1, away) + lowered, further)
        found = np.where(far, further, found)
    return np.where((v > -1) & (x > 0) & (x < 700), found, np.nan)


def _modstruve_far(n: int, v: Any, x: Any) -> Any:
    """By I_v less the integral of ``exp(-x cos(u)) sin(u)**(2v)`` up to a right angle, for v > -1/2.

    That by the double exponential substitution.
    """
    step = 7.7 / 239
    jet: Any = 0.0
    for s in np.linspace(-4.5, 3.2, 240):
        wide = math.pi * math.sinh(s)
        u, left = math.pi / 2 / (1 + math.exp(-wide)), math.pi / 2 / (1 + math.exp(wide))
        log = 2 * math.log(math.sin(u))
        size = step * 2 * math.cosh(s) * u * left * np.exp(v * log - x * math.sin(left))
        jet = jet + _power(_first(size, (n,), x), log, 0)
    return _orders.i_order(n, v, x) - _with_factor(n, jet, v, x)


def _struve_series(n: int, v: Any, x: Any, sign: int) -> Any:
    start = _first((x / 2) ** (v + 1) / math.gamma(1.5), (n,), x)
    start = _reciprocal_gamma(_power(start, np.log(x / 2), 0), v + 1.5)
    below = [(1.5, (0,)), (v + 1.5, (1,))]
    return _taken(_sum(start, [(1.0, (0,))], below, sign * x * x / 4)[0], (n,))


def _struve_rest(n: int, v: Any, x: Any) -> Any:
    """That of H_v - Y_v: of the integral of ``exp(-x t) (1 + t**2)**(v - 1/2)``, and its factor."""
    jet: Any = 0.0
    for node, weight in zip(*np.polynomial.laguerre.laggauss(40), strict=True):
        grown = np.log1p((node / x) ** 2)
        jet = jet + _power(_first(weight / x * np.exp((v - 0.5) * grown), (n,), x), grown, 0)
    return _with_factor(n, jet, v, x)


def _with_factor(n: int, jet: Any, v: Any, x: Any) -> Any:
    """The derivative of an integral times ``2 (x/2)**v / (sqrt(pi) gamma(v + 1/2))``."""
    jet = _power(jet * 2 * (x / 2) ** v / math.sqrt(math.pi), np.log(x / 2), 0)
    raised = _times(jet, (v + 0.5, (1,)))  # gamma(v + 1/2) by gamma(v + 3/2)
    return _taken(_reciprocal_gamma(raised, v + 1.5), (n,))
