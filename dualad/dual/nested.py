"""Arguments of a call, which may be lists, tuples and dicts of what is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_KINDS = (list, tuple, dict)

#: Type of what is gone through -> that of what is made of it; `rows` adds its own.
NESTED: dict[type, Any] = {kind: kind for kind in _KINDS}


def leaves(x: Any) -> list[Any]:
    """What is no list, tuple or dict, one after the other."""
    if not isinstance(x, _KINDS):
        return [x]
    found = []
    for e in x.values() if isinstance(x, dict) else x:
        if isinstance(e, _KINDS):
            found += leaves(e)
        else:
            found.append(e)
    return found


def exchanged(change: Callable[[Any], Any], x: Any) -> Any:
    """The same with ``change`` done to what is no list, tuple or dict."""
    kind = NESTED.get(type(x))
    if kind is dict:
        return {k: exchanged(change, v) for k, v in x.items()}
    if kind is None:
        return change(x)
    return kind([exchanged(change, e) if type(e) in NESTED else change(e) for e in x])
