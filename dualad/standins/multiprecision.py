"""mpmath's functions with Duals of its numbers: by the rule that the table has under their name in mpmath.

mpmath itself does the arithmetic, so derivatives have as many digits as its context asks for. All other
functions it differentiates itself, by differences of numbers with so many digits that these are left.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, holds_dual, primal, settled
from ..errors import NoRuleError, UnsupportedError
from ..rules.elementwise import cos, cosh, log, sin, sinh, tan, tanh
from ..rules.plain import digamma_of, polygamma
from ..table import RULES, Rule, generic


def in_mpmath(f: Any) -> Any:
    """What is called in place of a function or a number type of mpmath's; None for anything else."""
    if not (getattr(f, "__module__", None) or "").startswith("mpmath."):
        return None
    if isinstance(f, type):
        return _conversion(f) if f in (_mpmath().mpf, _mpmath().mpc) else None
    return _guarded(f)


def _mpmath() -> Any:
    return sys.modules["mpmath"]


def _conversion(kind: type) -> Callable[..., Any]:
    @functools.wraps(kind, updated=())
    def convert(*args: Any, **keywords: Any) -> Any:
        return _precise(args[0]) if len(args) == 1 and type(args[0]) is Dual else kind(*args, **keywords)

    return convert


def _precise(x: Any) -> Any:
    """An argument with numbers of mpmath's: a Dual of which the value is one, a list of them."""
    if isinstance(x, list | tuple):
        return [*map(_precise, x)]
    x = settled(x)
    if isinstance(primal(x), _mpmath().mpf | _mpmath().mpc):
        return x  # which may have more digits than a product would
    return x * _mpmath().mpf(1) if type(x) is Dual else _mpmath().mpmathify(x)


def _guarded(f: Any) -> Callable[..., Any]:
    @functools.wraps(f)
    def guarded(*args: Any, **keywords: Any) -> Any:
        return (
            _differentiated(f, args, keywords)
            if holds_dual((*args, *keywords.values()))
            else f(*args, **keywords)
        )

    return guarded


def _differentiated(f: Any, args: Any, keywords: Any) -> Any:
    name = _names().get(getattr(f, "__func__", f), f.__name__)
    if hasattr(args[0], "mpf"):  # a method's context
        args = args[1:]
    key = name, len(args)
    function = None if keywords else _COMPOSED.get(key) or _by_name().get(key) or _with_special().get(key)
    if function is None or (any(map(_is_complex, args)) and _is_of_reals(function)):
        return _by_differences(name, args, keywords)
    return function(*map(_precise, args))


@functools.cache
def _names() -> dict[Any, str]:
    """The functions of mpmath's context, which do not all know their names."""
    contexts = [_mpmath().fp, _mpmath().mp]
    owners = [owner for context in contexts for owner in (*type(context).__mro__[::-1], context)]
    return {f: name for owner in owners for name, f in vars(owner).items() if hasattr(f, "__name__")}


def _is_of_reals(function: Any) -> bool:
    """Whether its rule need not hold for complex numbers, as those of NumPy's functions do."""
    rule = getattr(function, "rule", None)
    return rule is not None and (rule.real or not hasattr(np, rule.name))


def _is_complex(x: Any) -> bool:
    return isinstance(primal(settled(x)), complex | _mpmath().mpc)


# ---------------------------------------------------------------- all other functions, by differences


def _by_differences(name: str, args: Any, keywords: Any) -> Any:
    """A function of no rule: mpmath differentiates it, with as many digits more as differences take away."""
    numbers: list[Any] = []
    given, named = _taken_out(args, numbers), _taken_out(list(keywords.values()), numbers)

    def function(*x: Any) -> Any:
        f = getattr(_mpmath().mp, name)
        y = f(*given(x), **dict(zip(keywords, named(x), strict=True)))
        if not isinstance(y, _mpmath().mpf | _mpmath().mpc):
            raise NoRuleError(
                f"mpmath.{name} returned {type(y).__name__}, and has no derivative rule; write it with "
                "functions that return a number, or call it on dualad.value(x) where no derivative is wanted"
            )
        return y

    if not numbers or not hasattr(_mpmath().mp, name):
        raise NoRuleError(
            f"mpmath.{name} has no derivative rule for such arguments; write it with functions that have one "
            "(sin, exp, log, gamma, ...), or call it on dualad.value(x) where no derivative is wanted"
        )
    return _partial_derivative(name, function, (0,) * len(numbers)).generic(*numbers)


def _taken_out(x: Any, numbers: list[Any]) -> Callable[[Any], Any]:
    """An argument as a function of the numbers that stand for its Duals, which are put into a list."""
    x = settled(x)
    if type(x) is Dual:
        k = len(numbers)
        numbers.append(_precise(x))
        return lambda given: given[k]
    if isinstance(x, list | tuple):
        parts = [_taken_out(e, numbers) for e in x]
        return lambda given: type(x)([part(given) for part in parts])
    return lambda given: x


def _partial_derivative(name: str, f: Callable[..., Any], orders: tuple[int, ...]) -> Rule:
    """The partial derivative of these orders, by a rule: the next ones."""

    def value(m: Any, *x: Any, given: tuple[Any, ...] = ()) -> Any:
        k = len(given)
        if k == len(x):
            return f(*given)
        return _slope(m, lambda t: value(m, *x, given=(*given, t)), x[k], orders[k])

    def next_one(k: int) -> Callable[..., Any]:
        further = (*orders[:k], orders[k] + 1, *orders[k + 1 :])
        return lambda y, *x: _partial_derivative(name, f, further).generic(*x)

    rule = Rule(value, tuple(map(next_one, range(len(orders)))), name, value, mp=value)
    rule.generic = generic(rule)
    return rule


def _slope(m: Any, f: Callable[[Any], Any], x: Any, order: int) -> Any:
    """The derivative of a function, which must be analytic in a complex argument.

    Digits are added until more do not change it, or show that it is 0.
    """
    size = x or m.mpf(1)

    def along(step: Any, digits: int) -> Any:
        return m.diff(lambda t: f(x + t * step), 0, order, addprec=digits * m.prec) / step**order

    def is_small(y: Any, scale: Any, share: int = 1) -> bool:
        return bool(abs(y) <= abs(scale) * m.mpf(2) ** (5 - share * m.prec))

    if not order:
        return f(x)
    y = along(size, 0)
    for digits in (1, 3, 9):
        before, y = y, along(size, digits)
        if is_small(y - before, y) or is_small(y * size**order, f(x), digits):
            if isinstance(x, m.mpc) and not is_small(along(m.j * size, digits) - y, y):
                break
            return y
    raise UnsupportedError(
        "a function of mpmath that has no rule is not smooth here, or not analytic, so that differences give "
        "no derivative; take dualad.value(x) where none is wanted, or real numbers: mpmath.re(z)"
    )


@functools.cache
def _by_name() -> dict[tuple[str, int], Callable[..., Any]]:
    """Name in mpmath, number of arguments -> the function of the table."""
    rules = [r for r in RULES.values() if isinstance(r, Rule)]
    return {(r.mp, r.arity): r.generic for r in rules if isinstance(r.mp, str)}


@functools.cache
def _with_special() -> dict[tuple[str, int], Callable[..., Any]]:
    """The same with the rules of scipy.special, where SciPy is installed."""
    with contextlib.suppress(ImportError):
        importlib.import_module("dualad.rules.special")
    return _by_name.__wrapped__()


#: Those made of others.
_COMPOSED: dict[tuple[str, int], Callable[..., Any]] = {
    ("convert", 1): lambda x: x,
    ("ln", 1): log,
    ("log", 2): lambda x, base: log(x) / log(base),
    ("cbrt", 1): lambda x: x ** (_mpmath().mpf(1) / 3),
    ("root", 2): lambda x, n: x ** (1 / n),
    ("sin_pi", 1): lambda x: sin(_mpmath().pi * x),
    ("cos_pi", 1): lambda x: cos(_mpmath().pi * x),
    ("csc", 1): lambda x: 1 / sin(x),
    ("sec", 1): lambda x: 1 / cos(x),
    ("cot", 1): lambda x: 1 / tan(x),
    ("csch", 1): lambda x: 1 / sinh(x),
    ("sech", 1): lambda x: 1 / cosh(x),
    ("coth", 1): lambda x: 1 / tanh(x),
    ("psi0", 1): digamma_of,
    ("psi", 2): polygamma,
    ("fsum", 1): sum,
    ("fprod", 1): math.prod,
}
