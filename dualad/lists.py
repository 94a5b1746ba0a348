"""Lists given as arguments: the function gets lists, as it would without us, or else arrays.

What is differentiated of a list is one array (`trees`). The function is called with a list of its
entries, since ``x + [1.0]``, ``2 * x``, ``y = x[:]`` and ``x[0], x[1] = x[1], x[0]`` on rows mean
something else there than on an array. Where it fails with the plain list, too, as with ``x**2``, it is
written for arrays, and gets one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .boundary import AsItIs, own
from .dual import Dual, primal
from .dual.methods import item
from .dual.rows import SEQUENCES, kind_of, row_of
from .linear import quietly
from .trees import LEAVES, flattened, has_row, replaced

#: What of NumPy takes a list for an array.
_OF_ARRAYS = np.ufunc, type(np.sum)


def taking_lists(f: Callable[..., Any], args: Sequence[Any], *, at_once: bool = False) -> Callable[..., Any]:
    """The function of arrays in place of those arguments that are lists, or structures with lists in them.

    Whether it takes lists is found out when it is called, or ``at_once``, by a call of its own.
    """
    for x in args:
        if type(x) not in LEAVES:
            break
    else:  # as nearly always
        return f
    given = {i: x for i, x in enumerate(args) if has_row(x)}
    if not given or isinstance(f, _OF_ARRAYS):
        return f
    if at_once and not _takes(f, [replaced(x, _plain) for x in args], {}):
        return f
    if isinstance(f, AsItIs):  # without lifting ``type(x) is list`` is to hold, too
        return AsItIs(_TakingLists(f.func, given, _plain_row))
    return _TakingLists(f, given, row_of)


#: What is said where a function fails that takes the plain list.
_NOTE = "dualad: the function was given a list of Duals, as it takes lists; np.array(x) gives it an array"


class _TakingLists:
    """See `taking_lists`."""

    def __init__(self, f: Callable[..., Any], given: dict[int, Any], row: Callable[..., Any]) -> None:
        self._f = f
        self._given = given
        self._row = row
        self._others: list[int] = []  # lists that are not differentiated, and are arrays, too
        self.__module__ = getattr(f, "__module__", "")  # which warnings name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and not name.startswith("__"):  # not there yet, while it is unpickled
            raise AttributeError(name)
        return getattr(self._f, name)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if not self._given:
            return self._of_arrays(args, keywords)
        again = [x if i in self._given else replaced(x, own) for i, x in enumerate(args)]
        try:
            return self._f(*self._lists(args), **keywords)
        except (ArithmeticError, TimeoutError):  # an array would have inf or nan there; of an alarm
            raise
        except Exception as error:
            plain = [replaced(x, _plain) for x in again]
            if _takes(self._f, self._lists(plain), keywords):
                error.add_note(_NOTE)
                raise
        self._given = {}
        others = [i for i, x in enumerate(again) if has_row(x) and flattened(x) is None]
        self._others = [] if not others or _takes(self._f, plain, keywords) else others
        return self._of_arrays(again, keywords)

    def _lists(self, args: Sequence[Any]) -> list[Any]:
        """The arguments, with lists where these were given."""
        given = self._given
        return [_as_given(given[i], x, self._row) if i in given else x for i, x in enumerate(args)]

    def _of_arrays(self, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """What the function makes of arrays."""
        args = [np.array(x) if i in self._others else _copied(x) for i, x in enumerate(args)]
        return self._f(*args, **keywords)


def _takes(f: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> bool:
    """Whether the function takes these arguments, of plain numbers."""
    try:
        quietly(functools.partial(f, **keywords), *args)
    except Exception:
        return False
    return True


def _copied(x: Any) -> Any:
    """A list of its own for the function, which may write into it each time it is called."""
    return replaced(x, lambda leaf: leaf) if has_row(x) else x


def _plain(x: Any) -> Any:
    """The numbers inside, of which an array is the function's own."""
    return own(primal(x))


def _as_given(given: Any, x: Any, row: Callable[..., Any]) -> Any:
    """An argument with lists where these were given; all else are copies, as it may be called once more."""
    tree = flattened(given)
    if tree is None:
        return _listed(given, x, row)
    leaves = zip(tree.leaves, tree.matched(x, "an argument").leaves, strict=True)
    return tree.like([_listed(one, leaf, row) for one, leaf in leaves]).built()


def _listed(given: Any, x: Any, row: Callable[..., Any]) -> Any:
    """An array as the list, or the rows, that it was given as, of entries of the same kinds."""
    if type(given) in SEQUENCES:
        kind, entries = kind_of(given), [_listed(*both, row) for both in zip(given, x, strict=True)]
        return row(kind, entries, x) if type(x) is Dual else kind(entries)
    if isinstance(primal(given), np.generic) or not isinstance(primal(x), np.generic):
        return own(x)
    return item(x) if type(x) is Dual else x.item()


def _plain_row(kind: Any, entries: Any, whole: Any) -> Any:
    """As `row_of`, of exactly this type."""
    return kind(entries)
