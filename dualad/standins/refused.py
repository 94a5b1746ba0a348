"""Functions whose result holds no derivative: bytes, JSON, decimals, dates. Each says what to type."""

from __future__ import annotations

import array
import datetime
import decimal
import fractions
import functools
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual.callers import OF_DATES, note_a_time
from ..dual.containers import mode_in
from ..errors import ConversionError

_BYTES = (
    "of bytes no derivative can be taken; keep the numbers in a list or an array, or write dualad.value(x)"
)
_JSON = (
    "JSON holds plain numbers; hand the numbers on as they are (copy.deepcopy copies a structure of them), "
    "or write dualad.value(x)"
)
_FRACTIONS = "its digits are those of a float; compute with x itself, or write dualad.value(x)"

#: What is made of whole numbers.
_TIMES = (datetime.timedelta, datetime.datetime, datetime.time)

#: function -> why it takes no Dual, and what to type.
_REASONS: dict[Any, str] = {
    **dict.fromkeys((struct.pack, struct.pack_into, memoryview, array.array), _BYTES),
    **dict.fromkeys((json.dumps, json.dump), _JSON),
    **dict.fromkeys((*_TIMES, datetime.datetime.fromtimestamp, datetime.date.fromtimestamp), OF_DATES),
    **dict.fromkeys((np.datetime64, np.timedelta64), OF_DATES),
    **dict.fromkeys(
        (decimal.Decimal, decimal.Decimal.from_float, fractions.Fraction, fractions.Fraction.from_float),
        _FRACTIONS,
    ),
}


def refusals(otherwise: dict[Any, Callable[..., Any]]) -> dict[Any, Callable[..., Any]]:
    """function -> what takes its place; without Duals it goes on to another stand-in, if there is one."""
    return {f: _refusing(f, otherwise.get(f, f), reason) for f, reason in _REASONS.items()}


def refused_bytes(method: Any) -> Callable[..., Any]:
    """In place of a method that makes bytes: ``Struct("d").pack``."""
    return _refusing(method, method, _BYTES)


def _refusing(original: Any, otherwise: Callable[..., Any], reason: str) -> Callable[..., Any]:
    module = getattr(original, "__module__", None) or type(original.__self__).__module__  # of a method
    name = f"{module}.{original.__qualname__}".removeprefix("builtins.").removeprefix("_")

    @functools.wraps(original, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        if mode_in((args, keywords)) is not None:
            raise ConversionError(f"{name} would lose the derivative of a Dual: {reason}")
        if original in _TIMES:
            note_a_time()
        return otherwise(*args, **keywords)

    return function
