"""Numbers as text: what a Dual was printed as is no number to compute with.

``float("%.12f" % x)`` rounds by way of text, where a derivative would be lost without a word.
"""

from __future__ import annotations

import ast
import contextlib
import decimal
import fractions
import functools
import json
import numbers
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..corners import is_tidying
from ..dual import Dual, primal, settled
from ..dual.array_classes import without_class
from ..dual.callers import note_steps
from ..dual.containers import mode_in
from ..dual.float_classes import FloatOfClass
from ..dual.nested import exchanged
from ..dual.printed import Text, is_printed, printed, shows_dual
from ..dual.rows import listed
from ..errors import ConversionError
from ..modes import HAND
from ..users import Called, is_users_function


def _modes(*args: Any) -> list[Any]:
    return [settled(a).mode for a in args if isinstance(a, Dual | FloatOfClass)]


def modulo(operate: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """``a % b``: by ``operate``, unless ``a`` is text."""
    if not isinstance(a, str | bytes):
        return operate(a, b)
    if type(b) is dict:
        modes, values = _modes(*b.values()), {k: _primals(v) for k, v in b.items()}
    else:
        b = listed(b)
        modes, values = _modes(*(b if type(b) is tuple else (b,))), _primals(b)
    text = a % values
    if not modes or not isinstance(text, str):
        return text
    (only,) = b if type(b) is tuple and len(b) == 1 else (b,)
    return printed(text, *modes, number=(only, a.__mod__) if type(only) is Dual else None)


def _primals(x: Any) -> Any:
    if type(x) is tuple:
        return tuple(map(_primals, x))
    return x.dualad_plain(primal(x.dualad_number)) if isinstance(x, FloatOfClass) else primal(x)


def text_of(called: Called, function: Callable[..., str]) -> Callable[..., str]:
    """In place of ``str`` or ``repr``: the text of the value; the methods of a user's class are lifted."""

    @functools.wraps(function, updated=())
    def text(*args: Any, **keywords: Any) -> str:
        if len(args) != 1 or keywords:
            return function(*args, **keywords)
        x = listed(args[0])
        if type(x) is Dual:
            return function(x) if x.mode is HAND else printed(text(x.value), x.mode, number=(x, function))
        kind = type(x)
        if kind is Text:
            return x if function is str else Text(function(x), x.mode)
        own = kind.__str__ if function is str and kind.__str__ is not object.__str__ else kind.__repr__
        if is_users_function(own):
            return str(called(own)(x))
        if kind is list or kind is tuple or kind is dict:
            mode = mode_in(x)
            if mode is not None and mode is not HAND:
                return printed(function(exchanged(_primals, x)), mode)
        return function(x)

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
        modes = _modes(*given)
        only = len(args) == len(given) == 1
        return printed(text, *modes, number=(args[0], method) if only else None) if modes else text

    return format_


def joining(method: Callable[..., str]) -> Callable[..., str]:
    """In place of ``"...".join``."""

    def join(parts: Any) -> str:
        parts = list(parts)
        text = method(parts)
        mode = next((p.mode for p in parts if type(p) is Text), None)
        return text if mode is None else Text(text, mode)

    return join


def writing(function: Callable[..., None]) -> Callable[..., None]:
    """In place of a function of a log, which prints what it is given."""

    @functools.wraps(function)
    def write(*args: Any, **keywords: Any) -> None:
        function(*map(_primals, args), **keywords)

    return write


def text_of_array(function: Callable[..., str]) -> Callable[..., str]:
    """In place of ``np.array2string`` and its like."""

    @functools.wraps(function)
    def text(x: Any, *args: Any, **keywords: Any) -> str:
        x = settled(without_class(x))
        made = function(primal(x), *args, **keywords)
        return printed(made, x.mode) if type(x) is Dual else made

    return text


#: A number read from its text is itself, if one that is as much larger comes out larger by as much: to
#: eight digits or more, as in `corners.TIDY`.
_BESIDE, _MANY_DIGITS = 1 + 1e-6, 1e-8

#: That of any rounding: the text may show more, and is tidied up where this is.
_A_DIGIT = 1

#: It is rounded, if it is off by no more than this, relative to itself.
_FEW_DIGITS = 0.05


def number_of(text: Any) -> Any:
    """What a number is to be made of: the Dual, if it has been printed to its digits, or is tidied up."""
    if type(text) is Text:
        x, shown = text.number or (np.nan, str)
        with contextlib.suppress(ValueError):  # what was printed is not only a number
            value, beside = (float(shown(v)) for v in (primal(x), primal(x) * _BESIDE))
            if abs(beside - value * _BESIDE) <= _MANY_DIGITS * abs(value) or is_tidying(_A_DIGIT):
                return x + (value - primal(x))
            if abs(value - primal(x)) <= _FEW_DIGITS * abs(value):
                note_steps(x, f"the text {str(text)!r}, of which a number is made,")
                return value
        raise _refused(str(text))
    if isinstance(text, str | bytes):
        plain = text if isinstance(text, str) else text.decode("latin-1")
        if shows_dual(plain):
            raise _refused(plain)
        with contextlib.suppress(ValueError):
            checked_numbers(float(plain))
    return text


def _refused(text: str) -> ConversionError:
    return ConversionError(
        f"a number made of the text {text!r} would lose the derivative of what was printed; "
        "hand the number itself on, without the text; round(x, n) rounds one"
    )


def checked_numbers(made: Any) -> Any:
    """What was read from text or a file, or an error for one that a Dual was printed as."""
    for x in _numbers_in(made):
        if is_printed(x):
            raise _refused(str(x))
    return made


def _numbers_in(x: Any) -> Iterator[Any]:
    if isinstance(x, np.ndarray):
        x = x.ravel().tolist()
    if isinstance(x, dict):
        x = list(x.values())
    if isinstance(x, list | tuple | set):
        for one in x:
            yield from _numbers_in(one)
    elif isinstance(x, numbers.Number) and not isinstance(x, bool):
        yield x


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """In place of a function that reads numbers."""

    @functools.wraps(function, updated=())
    def read(*args: Any, **keywords: Any) -> Any:
        if args and isinstance(args[0], str) and shows_dual(args[0]):
            raise _refused(args[0])
        made = function(*args, **keywords)
        return made if args and isinstance(args[0], numbers.Number) else checked_numbers(made)

    return read


#: Functions that read numbers, of which somebody may have printed some.
READING = (
    np.loadtxt, np.genfromtxt, np.fromstring, np.fromfile, json.loads, json.load, ast.literal_eval,
    decimal.Decimal, fractions.Fraction, float.fromhex,
)  # fmt: skip


#: Functions of NumPy that make text.
_WRITING = (
    np.array2string, np.array_repr, np.array_str, np.format_float_positional, np.format_float_scientific,
)  # fmt: skip


def text_stand_ins(called: Called) -> dict[Any, Any]:
    """function -> what takes its place."""
    found: dict[Any, Any] = {f: text_of_array(f) for f in _WRITING}
    found.update({f: reading(f) for f in READING})
    found[str], found[repr] = text_of(called, str), text_of(called, repr)
    return found
