"""Numbers as text: what a Dual was printed as is no number to compute with.

``float("%.12f" % x)`` rounds by way of text, where a derivative would be lost without a word.
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, Text, primal
from ..errors import ConversionError
from .users import Called, is_users

__all__ = ["exactly", "formatting", "joining", "modulo", "number_of", "text_of"]


#: A number read from its text is itself, if a number that is as much larger comes out larger by as much.
_BESIDE, _ALL_DIGITS = 1 + 1e-12, 1e-13


def _formatted(x: Any) -> Any:
    """What is printed with ``%``: the values."""
    if type(x) is dict:
        return {k: primal(v) for k, v in x.items()}
    return tuple(map(primal, x)) if type(x) is tuple else primal(x)


def modulo(a: Any, b: Any) -> Any:
    """``a % b``, where ``a`` may be a number or text."""
    if not isinstance(a, str | bytes):
        return a % b
    values = _formatted(b)
    text = a % values
    if isinstance(a, bytes) or isinstance(text, bytes) or not _differ(b, values):
        return text
    (only,) = b if type(b) is tuple and len(b) == 1 else (b,)
    return Text(text, (only, a.__mod__) if type(only) is Dual else None)


def _differ(x: Any, values: Any) -> bool:
    if type(x) is dict:
        x, values = tuple(x.values()), tuple(values.values())
    if type(x) is tuple:
        return any(a is not b for a, b in zip(x, values, strict=True))
    return x is not values


def text_of(called: Called, function: Callable[..., str]) -> Callable[..., str]:
    """In place of ``str`` or ``repr``: the methods of a user's class are lifted."""

    @functools.wraps(function, updated=())
    def text(*args: Any, **keywords: Any) -> str:
        if len(args) != 1 or keywords or type(args[0]) is Dual:
            return function(*args, **keywords)
        kind = type(args[0])
        own = kind.__str__ if function is str and kind.__str__ is not object.__str__ else kind.__repr__
        if isinstance(own, types.FunctionType) and is_users(own.__globals__.get("__name__")):
            return str(called(own)(args[0]))
        return function(args[0])

    return text


def formatting(called: Called, method: Callable[..., str]) -> Callable[..., str]:
    """In place of ``"...".format``."""
    shown = text_of(called, str)

    def format_(*args: Any, **keywords: Any) -> str:
        try:
            text = method(*args, **keywords)
        except ConversionError:  # out of an object of the user's that shows a Dual
            text = method(*map(shown, args), **{k: shown(v) for k, v in keywords.items()})
        given = (*args, *keywords.values())
        if not any(type(a) is Dual for a in given):
            return text
        return Text(text, (given[0], method) if len(args) == len(given) == 1 else None)

    return format_


def joining(method: Callable[..., str]) -> Callable[..., str]:
    """In place of ``"...".join``."""

    def join(parts: Any) -> str:
        parts = list(parts)
        text = method(parts)
        return Text(text) if any(type(p) is Text for p in parts) else text

    return join


def exactly(kind: Any) -> Any:
    """In place of ``Decimal`` and ``Fraction``, which take text for a number."""

    @functools.wraps(kind, updated=())
    def number(*args: Any, **keywords: Any) -> Any:
        for a in args:
            if type(a) is Text:
                raise _lost(a)
        return kind(*args, **keywords)

    return number


def number_of(text: Any) -> Any:
    """What a number is to be made of: the Dual itself, if it has been printed to all its digits."""
    if type(text) is not Text:
        return text
    x, shown = text.number or (np.nan, str)
    with contextlib.suppress(ValueError):  # what was printed is not only a number
        value, beside = (float(shown(v)) for v in (primal(x), primal(x) * _BESIDE))
        if abs(beside - value * _BESIDE) <= _ALL_DIGITS * abs(value):
            return x + (value - primal(x))
    raise _lost(text)


def _lost(text: Text) -> ConversionError:
    return ConversionError(
        f"a number made of the text {str(text)!r} would lose the derivative of what was printed; "
        "leave out the rounding, or write round(x, n) for one with derivative 0"
    )
