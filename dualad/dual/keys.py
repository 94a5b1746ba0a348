"""Duals as keys of dicts and members of sets: a key is found by its value, and by its derivative.

Code that remembers results, ``if x in known: return known[x]``, is right if what it finds was kept for
the same derivative, and silently wrong if it was not: then it is an error. Only what Python does to dicts
and sets asks for the hash of a Dual like that, or the ``__hash__`` of an object that is a key; ``hash(x)``
in lifted code tells Duals apart by their derivatives, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import ConversionError
from ..modes import Recorded
from ..tape import is_same, place_of
from .callers import instructions
from .nested import exchanged

_ASKING = instructions("CONTAINS_OP")
_CALLING, _DISCARDING = instructions("CALL", "CALL_FUNCTION"), instructions("POP_TOP")
_KEYED = _ASKING | instructions(
    *("BINARY_SUBSCR", "DELETE_SUBSCR", "STORE_SUBSCR", "FOR_ITER"),
    *("BUILD_MAP", "BUILD_SET", "BUILD_CONST_KEY_MAP", "MAP_ADD", "SET_ADD", "SET_UPDATE"),
)


#: Methods of an object that is a key, which ask those of what it is made of.
_OF_KEYS = frozenset({"__hash__", "__eq__", "hash_of"})

#: Where what is called looks for keys.
_LOOKING = frozenset({__name__, "collections"})

#: What answers NumPy's numbers when they are compared with a Dual.
_FOR_NUMPY = "dualad.dual.ufuncs"


def by_key(method: Callable[..., Any], /, *args: Any, **keywords: Any) -> Any:
    """A method of a dict or set is called, which may look up a Dual."""
    return method(*args, **keywords)


def is_looked_up(depth: int, doing: frozenset[int] = _KEYED) -> bool:
    """Whether the code that led here, through Python's own, is looking for a key."""
    frame: Any = sys._getframe(depth + 1)
    while frame.f_back is not None and (
        frame.f_code.co_name in _OF_KEYS or frame.f_globals.get("__name__") == _FOR_NUMPY
    ):
        frame = frame.f_back
    if frame.f_code.co_code[frame.f_lasti] in doing:
        return True
    return doing is _KEYED and frame.f_globals.get("__name__") in _LOOKING


def is_test() -> bool:
    """Whether that code leaves the hash alone: ``hash(x)`` to see whether there is one."""
    frame: Any = sys._getframe(2)
    frame = frame.f_back if frame.f_code is hash_of.__code__ else frame
    here, *after = frame.f_code.co_code[frame.f_lasti :: 2]
    return here in _CALLING and next(filter(None, after), None) in _DISCARDING  # 0: room for a cache


def is_same_key(a: Any, b: Any) -> bool | None:
    """Whether a Dual is the key that equals it; None if only the value is asked for, as by ``in``.

    Keys of derivative calls that are over are nobody's.
    """
    modes = [x.mode for x in (a, b) if hasattr(x, "mode")]
    if any(mode.is_over for mode in modes):
        return False
    if len(modes) == 2 and modes[0] is modes[1]:
        t, u = a.tangent, b.tangent
        if t is u or np.array_equal(t, u):
            return True
        if isinstance(a.mode, Recorded) and is_same(a.mode.tape, place_of(t), place_of(u)):
            return True
    elif all(x.mode.is_flat(x.tangent) for x in (a, b) if hasattr(x, "mode")):
        return True
    if is_looked_up(2, _ASKING):
        return None
    raise ConversionError(
        f"a dict or set has a key equal to {getattr(a, 'value', a)!r} that was put there with another "
        "derivative, or with none, so that what it stands for has that of the key; compute it anew, or use "
        "keys that name the case"
    )


def hash_of(x: Any, /) -> int:
    """``hash(x)``, by which results are remembered: another for another derivative or derivative call."""
    try:
        return hash(x)
    except ConversionError as error:
        refused = error

    def told_apart(e: Any) -> Any:
        if not hasattr(e, "mode"):
            return e
        if e.shape:  # NumPy's arrays have no hash either
            raise refused
        e.mode.hidden = True
        return b"".join(_content(e))

    return hash(exchanged(told_apart, x))


class Bytes(bytes):
    """What stands for the bytes of a Dual."""

    #: The Dual, in one row.
    number: Any


def bytes_of(x: Any, order: Any = "C") -> Bytes:
    """``x.tobytes()``, of which keys are made: others for another value, derivative or derivative call.

    Read as numbers they are NaN.
    """
    import hashlib  # which takes a tenth of the time of importing all of dualad

    digest = hashlib.shake_128(b"".join((str(order).encode(), *_content(x)))).digest(x.nbytes)
    made = Bytes(np.frombuffer(digest, np.uint64) | np.uint64(0x7FF8 << 48))
    made.number = np.ravel(x, order)
    x.mode.hidden = True
    return made


def on_bytes(f: Any, *args: Any, **keywords: Any) -> Any:
    """A function of bytes, such as that of a digest, which reads the memory of arrays."""
    given = (a.tobytes() if hasattr(a, "mode") or hasattr(type(a), "_held") else a for a in args)
    return f(*given, **keywords)


def _content(x: Any) -> Iterator[bytes]:
    """All that makes a Dual what it is."""
    if hasattr(x, "mode"):
        yield from (b"%d:" % x.mode.level, *_content(x.value), *_content(x.tangent))
    else:
        yield x.tobytes() if isinstance(x, np.ndarray | np.generic) else repr(x).encode()
