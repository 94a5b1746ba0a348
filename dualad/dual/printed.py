"""What Duals were printed as: a number that is made of such text has lost its derivative."""

from __future__ import annotations

import math
import re
import weakref
from typing import Any

__all__ = ["Text", "is_printed", "printed"]


class Text(str):
    """What a Dual was printed as, which is no number to compute with."""

    __slots__ = ()


_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")

#: The mode of a derivative call -> the numbers, without their signs, that its Duals were printed as.
_numbers: weakref.WeakKeyDictionary[Any, dict[float, None]] = weakref.WeakKeyDictionary()

#: So many of them are kept, the newest ones.
_MOST = 10_000


def printed(text: str, *modes: Any) -> Text:
    """Text that shows Duals of these modes; its numbers are kept, as text can be cut, joined and written."""
    for mode in modes:
        kept = _numbers.setdefault(mode, {})
        for found in _NUMBER.findall(text):
            kept[float(found)] = None
        while len(kept) > _MOST:
            del kept[next(iter(kept))]
    return Text(text)


def is_printed(x: Any) -> bool:
    """Whether a number just read is one that a Dual was printed as."""
    if not _numbers:
        return False
    if isinstance(x, complex):
        return is_printed(x.real) or is_printed(x.imag)
    x = abs(float(x))
    return math.isfinite(x) and any(x in kept for kept in list(_numbers.values()))
