"""Handlers of the user's, and exceptions that are not for them.

``except TypeError:`` is not to turn the loss of a derivative into another branch of the program.
"""

from __future__ import annotations

import contextlib
import re
import sys
from typing import Any

from ..corners import note
from ..dual import Dual, primal
from ..errors import ConversionError, DualadError
from .syntax.visitor import DYNAMIC

#: What our errors and those of arithmetic are to a program that does not know us.
_SEEN = (
    *(AttributeError, RuntimeError, TypeError, ValueError),
    *(ZeroDivisionError, OverflowError, FloatingPointError),
)

#: What compiled code says of a Dual that it cannot take.
_NOT_TAKEN = re.compile(r"(not|type|component:|convert|from) '?Dual\b")

#: What is no index is none as a float either, and a plain array can no more be hashed.
_PLAIN_AS_WELL = re.compile(r"an index|nor can an array")


def may_swallow(kinds: list[Any]) -> bool:
    """Whether handlers for these classes would see our errors, without having been written for them."""
    classes = [k for k in kinds if isinstance(k, type)]
    if any(issubclass(k, DualadError) for k in classes):
        return False
    return DYNAMIC in kinds or any(issubclass(e, k) for e in _SEEN for k in classes)


def passing() -> Any:
    """The class of the exception being handled if it says that a derivative would be lost, else ``()``.

    ``except TypeError:`` is not to turn it into another branch of the program. What the plain value
    lacks as well is the user's business.
    """
    error: Any = sys.exc_info()[1]
    if isinstance(error, ArithmeticError):
        note("an error that is caught")
    if isinstance(error, ConversionError) and _PLAIN_AS_WELL.search(str(error)):
        return ()
    if isinstance(error, AttributeError) and type(error.obj) is Dual:
        ours = hasattr(primal(error.obj), error.name or "")
    else:
        ours = isinstance(error, DualadError) or (
            isinstance(error, TypeError | ValueError) and _NOT_TAKEN.search(str(error)) is not None
        )
    return type(error) if ours else ()


class Suppress(contextlib.suppress):
    """``contextlib.suppress``, which lets them pass, too."""

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        if error is None:
            return False
        try:
            raise error
        except passing():
            return False
        except BaseException:
            return bool(super().__exit__(kind, error, traceback))
