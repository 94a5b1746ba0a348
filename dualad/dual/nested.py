"""Arguments of a call, which may be lists, tuples and dicts of what is meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["exchanged", "leaves"]


def leaves(x: Any) -> Iterator[Any]:
    """What is no list, tuple or dict, one after the other."""
    if isinstance(x, list | tuple):
        for e in x:
            yield from leaves(e)
    elif isinstance(x, dict):
        yield from leaves(list(x.values()))
    else:
        yield x


def exchanged(change: Callable[[Any], Any], x: Any) -> Any:
    """The same with ``change`` done to what is no list, tuple or dict."""
    kind = type(x)
    if kind is list or kind is tuple:
        return kind(exchanged(change, e) for e in x)
    return {k: exchanged(change, v) for k, v in x.items()} if kind is dict else change(x)
