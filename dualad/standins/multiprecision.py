"""mpmath's functions with Duals of its numbers: those that the table knows by their name in mpmath.

mpmath itself does the arithmetic, so derivatives have as many digits as its context asks for.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import math
import sys
from collections.abc import Callable
from typing import Any

from ..dual import Dual, holds_dual, settled
from ..errors import UnsupportedError
from ..rules.elementwise import cos, cosh, log, sin, sinh, tan, tanh
from ..rules.plain import digamma_of, polygamma
from ..table import RULES, Rule

__all__ = ["in_mpmath"]


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
    return x * _mpmath().mpf(1) if type(x) is Dual else _mpmath().mpmathify(x)


def _guarded(f: Any) -> Callable[..., Any]:
    @functools.wraps(f)
    def guarded(*args: Any, **keywords: Any) -> Any:
        return _differentiated(f, args, keywords) if holds_dual(args) else f(*args, **keywords)

    return guarded


def _differentiated(f: Any, args: Any, keywords: Any) -> Any:
    name = f.__name__
    if hasattr(args[0], "mpf"):  # a method's context
        args = args[1:]
    key = name, len(args)
    function = None if keywords else _COMPOSED.get(key) or _by_name().get(key) or _with_special().get(key)
    if function is None:
        raise UnsupportedError(
            f"mpmath.{name} has no derivative rule for such arguments; write it with functions that have one "
            "(sin, exp, log, gamma, ...), or call it on dualad.value(x) where no derivative is wanted"
        )
    return function(*map(_precise, args))


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
