"""Numbers as text: what a Dual was printed as is no number to compute with.

``float("%.12f" % x)`` rounds by way of text, where a derivative would be lost without a word.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from ..dual import Dual, Text, primal
from ..errors import ConversionError
from .users import Called, is_users

__all__ = ["formatting", "modulo", "number_of", "text_of"]


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
    return Text(text) if isinstance(text, str) and _differ(b, values) else text


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
        return Text(text) if any(type(a) is Dual for a in (*args, *keywords.values())) else text

    return format_


def number_of(text: Any) -> Any:
    """Raise, if a number is to be made of the text of a Dual."""
    if type(text) is Text:
        raise ConversionError(
            f"a number made of the text {str(text)!r} would lose the derivative of what was printed; "
            "leave out the rounding, or write round(x, n) for one with derivative 0"
        )
