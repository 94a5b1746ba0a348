"""What Duals were printed as: a number that is made of such text has lost its derivative."""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Callable
from typing import Any

from ..corners import note
from ..modes import HAND
from .keys import is_looked_up
from .nested import exchanged


class Text(str):
    """What a Dual was printed as, which is no number to compute with; nor is what is made of it.

    As a key it finds results of another derivative, or of none: differences are asked whether it has.
    """

    __slots__ = ("mode", "number")

    #: That of the Dual.
    mode: Any
    #: The Dual, and what prints its value; None if there is more to the text.
    number: tuple[Any, Callable[[Any], str]] | None

    def __new__(cls, text: str, mode: Any, number: tuple[Any, Callable[[Any], str]] | None = None) -> Text:
        new = str.__new__(cls, text)
        new.mode, new.number = mode, number
        return new

    def __radd__(self, other: str) -> Text:
        return Text(str.__add__(other, self), self.mode)

    def __eq__(self, other: object) -> bool:
        equal = str.__eq__(self, other)
        if equal is not True:
            return equal
        if self.mode.is_over:  # as of a Dual, what is kept by it is nobody's
            return not is_looked_up(1)
        note("a text that a number was printed as, and that another text was found to be equal to,")
        return True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _marked(text: Any, mode: Any) -> Any:
    return exchanged(lambda t: Text(t, mode) if type(t) is str else t, text)


def _marking(name: str) -> Any:
    method = getattr(str, name)

    def marking(self: Text, *args: Any, **keywords: Any) -> Any:
        return _marked(method(self, *args, **keywords), self.mode)

    return marking


for _name in dir(str):
    if not _name.startswith("_") or _name in ("__add__", "__format__", "__getitem__", "__mul__", "__rmul__"):
        setattr(Text, _name, _marking(_name))


_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

#: The mode of a derivative call -> the numbers, without their signs, that its Duals were printed as.
_numbers: weakref.WeakKeyDictionary[Any, dict[float, None]] = weakref.WeakKeyDictionary()

#: So many of them are kept, the newest ones.
_MOST = 10_000


def modes_of(x: Any) -> list[Any]:
    """The modes of derivative calls that a Dual belongs to, and the Duals that it may be made of."""
    modes = []
    while mode := getattr(x, "mode", None):
        modes.append(mode)
        x = x.value
    return [mode for mode in modes if mode is not HAND]


def printed(text: str, *modes: Any, number: Any = None) -> str:
    """Text that shows Duals of these modes; its numbers are kept, as text can be cut, joined and written.

    ``number`` is the Dual, and what prints its value, if the text shows one number and nothing else.
    """
    if not modes:
        return text
    text = str.__str__(text)  # not what it was printed as itself: texts are compared here
    for mode in modes:
        kept = _numbers.setdefault(mode, {})
        for shown in {text, text.replace(",", "").replace("_", "")}:  # 1,234.5 is one number or two
            kept.update((float(found), None) for found in _NUMBER.findall(shown))
        while len(kept) > _MOST:
            del kept[next(iter(kept))]
    return Text(text, max(modes, key=lambda mode: mode.level), number)


_SHOWN = re.compile(r"Dual\([^)]*(ε|recorded #)")


def shows_dual(text: str) -> bool:
    """Whether a Dual is shown in a text as it is in a derivative call, with its tangent."""
    return _SHOWN.search(text) is not None


def is_printed(x: Any) -> bool:
    """Whether a number just read is one that a Dual was printed as."""
    if not _numbers:
        return False
    if isinstance(x, complex):
        return is_printed(x.real) or is_printed(x.imag)
    x = abs(float(x))
    return math.isfinite(x) and any(x in kept for mode, kept in list(_numbers.items()) if not mode.is_over)
