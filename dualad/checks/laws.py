"""What holds for every rule of the table, in every mode; for the tests, and for who writes a rule.

A law takes a function of arrays and these arrays, and raises an AssertionError where it does not hold.
`tests/test_table.py` holds every line of the table to them, `check_rule` one call of one function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import modes
from ..derivatives import jvp
from ..dual import Dual, make
from ..errors import UnsupportedError
from ..gradients import grad, vjp
from ..jacobians import jacobian
from ..table import Composed
from ..trees import replaced

# ---------------------------------------------------------------- calls as functions of arrays


def output_of(f: Callable[..., Any], k: int) -> Callable[..., Any]:
    """One output of a function that has several."""
    return lambda *xs: f(*xs)[k]


def arrays_of(
    rule: Any, args: Any, keywords: Any, output: int | None = None
) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A call of the function as a function of its arrays alone, with one of its outputs, and these."""
    if output is not None:
        f, xs = arrays_of(rule, args, keywords)
        return output_of(f, output), xs
    if isinstance(rule, Composed):
        return _floats_of(rule.function, args, keywords)
    if rule.several == "first":
        return (lambda *xs: rule.function(list(xs), *args[1:], **keywords)), tuple(args[0])
    if rule.several == "rest":
        return (lambda *xs: rule.function(args[0], *xs, **keywords)), args[1:]
    n = len(rule.maps)
    return (lambda *xs: rule.function(*xs, *args[n:], **keywords)), args[:n]


def _floats_of(function: Any, args: Any, keywords: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A call as a function of all arrays of floats among its arguments, in lists too; its results as one."""
    xs: list[Any] = []
    replaced((args, keywords), lambda x: xs.append(x) if _is_of_floats(x) else None)

    def of_floats(*given: Any) -> Any:
        rest = iter(given)
        args_now, named = replaced((args, keywords), lambda x: next(rest) if _is_of_floats(x) else x)
        return _together(function(*args_now, **named))

    return of_floats, tuple(xs)


def _is_of_floats(x: Any) -> bool:
    return isinstance(x, np.ndarray | np.floating) and x.dtype.kind == "f"


def _together(y: Any) -> Any:
    """The results of a function that has several, one after the other."""
    if not isinstance(y, list | tuple):
        return y
    return np.concatenate([np.ravel(_together(part)) for part in y])


# ---------------------------------------------------------------- what the laws share


def directions(primals: Sequence[Any], seed: int) -> tuple[Any, ...]:
    """For each array a random one like it."""
    random = np.random.default_rng(seed)

    def draw(p: Any) -> Any:
        t = random.uniform(0.5, 2.0, np.shape(p)) * random.choice([-1, 1], np.shape(p))
        return t * np.exp(1j * random.uniform(0, 6, np.shape(p))) if np.iscomplexobj(p) else t

    draws = map(draw, primals)
    return tuple(np.asarray(d, np.asarray(p).dtype)[()] for d, p in zip(draws, primals, strict=True))


def assert_close(a: Any, b: Any, tolerance: float = 1e-14) -> None:
    """Both are the same, to an absolute and relative tolerance."""
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def _same_shape(what: str, a: Any, b: Any) -> None:
    if np.shape(a) != np.shape(b):
        raise AssertionError(f"{what} has shape {np.shape(a)} and should have {np.shape(b)}")


def _unit_tangents(primals: Sequence[Any], k: int) -> Iterator[tuple[Any, ...]]:
    """All unit directions of primal ``k``, the others at rest."""
    for j in range(np.size(primals[k])):
        t = [np.zeros(np.shape(p)) for p in primals]
        t[k].flat[j] = 1.0
        yield tuple(t)


# ---------------------------------------------------------------- the laws


def assert_adjoint(f: Callable[..., Any], primals: Sequence[Any]) -> None:
    """``<J t, c> == <t, J' c>``, and the shapes on the way."""
    t = directions(primals, 1)
    y, pushed = jvp(f, tuple(primals), t)
    (c,) = directions((np.asarray(y, np.result_type(y, np.float32)),), 2)
    c = c * np.where(np.isfinite(y), 1.0, 0.0)  # what has no value is not asked for
    y2, pullback = vjp(f, *primals)
    pulled = pullback(c)
    pulled = pulled if isinstance(pulled, tuple) else (pulled,)
    np.testing.assert_array_equal(y, y2)
    _same_shape("the tangent", pushed, y)
    for one, p in zip(pulled, primals, strict=True):
        _same_shape("a cotangent", one, p)
    left = np.real(np.where(c == 0, 0.0, pushed * c))
    right = [np.sum(np.real(one * ti)) for one, ti in zip(pulled, t, strict=True)]
    size = np.sum(np.abs(left)) + sum(np.sum(np.abs(one * ti)) for one, ti in zip(pulled, t, strict=True))
    if not abs(np.sum(left) - sum(right)) <= 1000 * np.finfo(c.dtype).eps * size:
        raise AssertionError(f"<J t, c> = {float(np.sum(left))!r}, <t, J' c> = {float(sum(right))!r}")


def assert_lanes(f: Callable[..., Any], primals: Sequence[Any]) -> None:
    """The lanes of a Jacobian are the stack of its JVPs, and its rows that of the VJPs."""
    _, pullback = vjp(f, *primals)
    for k, p in enumerate(primals):
        y = f(*primals)
        shape = np.shape(y) + np.shape(p)
        pushed = [jvp(f, tuple(primals), t)[1] for t in _unit_tangents(primals, k)]
        stacked = np.stack(pushed, axis=-1).reshape(shape) if pushed else np.zeros(shape)
        forward = jacobian(f, argnums=k, mode="forward")(*primals)
        _same_shape("the Jacobian of forward mode", forward, stacked)
        assert_close(forward, stacked)
        reverse = jacobian(f, argnums=k, mode="reverse")(*primals)
        _same_shape("the Jacobian of reverse mode", reverse, stacked)
        finite = np.isfinite(y).reshape(np.shape(y) + (1,) * np.ndim(p))
        assert_close(np.where(finite, reverse, 0.0), np.where(finite, stacked, 0.0))

        def pull(ct: Any, pullback: Any = pullback, k: int = k) -> Any:
            one = pullback(ct)
            return one[k] if isinstance(one, tuple) else one

        pulled = [pull(unit[0]) for unit in _unit_tangents((y,), 0)]
        if np.iscomplexobj(y):
            pulled = [
                one + 1j * pull(-1j * unit[0])
                for one, unit in zip(pulled, _unit_tangents((y,), 0), strict=True)
            ]
        rows = np.stack(pulled).reshape(shape) if pulled else np.zeros(shape)
        assert_close(np.where(finite, reverse, 0.0), np.where(finite, rows, 0.0))


def pattern(f: Callable[..., Any], primals: Sequence[Any], k: int, mode: Any = None) -> Any:
    """Which entries of primal ``k`` each entry of the result depends on, as a matrix of booleans."""
    x = np.asarray(primals[k], float)
    words = -(-max(x.size, 1) // 64)
    bits = np.zeros((words, x.size), np.uint64)
    for j in range(x.size):
        bits[j // 64, j] = np.uint64(1) << np.uint64(j % 64)
    mode = mode or modes.Pattern(words)
    d = make(mode, x, bits.reshape(words, *x.shape))
    y = f(*primals[:k], d, *primals[k + 1 :])
    if type(y) is not Dual:
        return np.zeros((np.size(y), x.size), bool)
    found = np.asarray(y.tangent).reshape(words, -1)
    if found.dtype != np.uint64 or y.tangent.shape != (words, *np.shape(y.value)):
        raise AssertionError(f"the bits have dtype {found.dtype} and shape {y.tangent.shape}")
    places = np.arange(x.size)
    return (found[places // 64] >> (places % 64).astype(np.uint64)[:, None] & np.uint64(1)).astype(bool).T


def assert_pattern_covers(
    f: Callable[..., Any], primals: Sequence[Any], elsewhere: Sequence[Any] | None = None
) -> None:
    """The nonzeros are in the pattern: those of another point, unless the mode has noted that it is local."""
    for k, p in enumerate(primals):
        mode = modes.Pattern(-(-max(np.size(p), 1) // 64))
        found = pattern(f, primals, k, mode)
        jac = None if elsewhere is None or mode.local else _jacobian_at(f, elsewhere, k)
        if jac is None or np.size(jac) != found.size:
            jac = jacobian(f, argnums=k, mode="forward")(*primals)
        moving = np.nan_to_num(np.reshape(jac, found.shape), nan=1.0) != 0
        missing = np.argwhere(moving & ~found)
        if missing.size:
            i, j = missing[0]
            raise AssertionError(
                f"an entry of the Jacobian is missing from the pattern: that of output {i} by entry {j} of "
                f"argument {k}, both flattened"
            )


def _jacobian_at(f: Callable[..., Any], primals: Sequence[Any], k: int) -> Any:
    """The Jacobian, None where the function or its derivative is not defined."""
    try:
        jac = jacobian(f, argnums=k, mode="forward")(*primals)
    except (UnsupportedError, ValueError, np.linalg.LinAlgError, Warning):
        return None
    return jac if np.all(np.isfinite(jac)) else None


def assert_second_order(f: Callable[..., Any], primals: Sequence[Any], tolerance: float = 1e4) -> None:
    """Forward over reverse is reverse over forward, along one direction, of a weighted sum of squares.

    If there is no derivative of the derivative, then there is none in the other nesting either.
    ``tolerance`` is in units of the rounding error of the largest entry.
    """
    primals = tuple(primals)
    y = f(*primals)
    weights = np.where(np.isfinite(y), directions((y,), 3)[0], 0.0)
    t = directions(primals, 4)

    def g(*args: Any) -> Any:
        return np.real(np.sum(np.where(weights == 0, 0.0, f(*args)) ** 2 * weights))

    for k, x in enumerate(primals):
        first = grad(g, argnums=k)
        one = _or_unsupported(lambda *args, first=first: jvp(first, args, t)[1], primals)
        other = _or_unsupported(grad(lambda *args: jvp(g, args, t)[1], argnums=k), primals)
        if isinstance(one, Exception) or isinstance(other, Exception):
            if not (isinstance(one, Exception) and isinstance(other, Exception)):
                raise AssertionError(f"forward over reverse gives {one!r}, reverse over forward {other!r}")
            continue
        _same_shape("forward over reverse", one, x)
        _same_shape("reverse over forward", other, x)
        eps = float(np.finfo(np.asarray(one).dtype).eps)
        assert_close(one, other, tolerance * eps * max(1.0, np.max(np.abs(one), initial=0.0)))


def _or_unsupported(derivative: Callable[..., Any], primals: tuple[Any, ...]) -> Any:
    try:
        return derivative(*primals)
    except UnsupportedError as error:
        return error
