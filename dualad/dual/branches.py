"""Questions about values in pattern mode: which of them decide what the function does.

``np.where(x > 0, a, b)`` computes both branches, and its pattern holds everywhere. ``if x > 0:`` takes
one of them, and the pattern is that of this branch. Both ask the same question, so in pattern mode the
answer is an `Answer`: an array of booleans that notes when Python makes a plain ``bool`` of it.
"""

from __future__ import annotations

import functools
import re
import sys
from typing import Any

import numpy as np

from ..lines import outside
from ..modes import Pattern
from .dual import Dual, primal


class Answer(np.ndarray):
    """The answer to a question about traced values: an array of booleans, or of how many are true.

    It has no axes if the question was about a number.
    """

    mode: Pattern | None

    def __array_finalize__(self, made_from: Any) -> None:
        self.mode = getattr(made_from, "mode", None)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        array = np.asarray(array)
        if array.dtype.kind in "biu" and self.mode is not None:  # of integers, too: a count can be compared
            return _answer(array, self.mode)
        return array[()] if return_scalar else array

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if function is np.count_nonzero or (function is np.where and len(args) == 1):
            decided(self.mode)
        if any(kind is not Answer and issubclass(kind, np.ndarray) for kind in types):
            return NotImplemented  # arrays that may hold Duals, whose memory says nothing, come first
        return super().__array_function__(function, types, args, keywords)

    def __getitem__(self, key: Any) -> Any:
        entries = np.asarray(self)[key]
        return entries if self.mode is None else _answer(entries, self.mode)

    def astype(self, *args: Any, **keywords: Any) -> Any:
        return np.asarray(self).astype(*args, **keywords)


def _deciding(name: str) -> Any:
    """A method that makes plain numbers, by which code goes on to choose."""
    method = getattr(np.ndarray, name)

    @functools.wraps(method, assigned=("__name__",))  # whose docs are for arrays
    def decide(self: Answer, *args: Any) -> Any:
        decided(self.mode)
        return method(np.asarray(self), *args)

    return decide


for _name in ("__bool__", "__float__", "__index__", "__int__", "item", "nonzero", "tolist"):
    setattr(Answer, _name, _deciding(_name))


def _answer(y: Any, mode: Pattern) -> Answer:
    new = np.asarray(y).view(Answer)
    new.mode = mode
    return new


def pattern_mode(x: Any) -> Pattern | None:
    """The pattern mode that a value is traced by, however deeply nested it is."""
    while type(x) is Dual:
        if isinstance(x.mode, Pattern):
            return x.mode
        x = x.value
    return None


def of_numbers(x: Any) -> bool:
    """Whether nothing is known to trace ``x``: quickly, for what most comparisons are about."""
    return type(x) is not Dual or (x.mode.of_numbers and type(x.value) is not Dual)


def answer(y: Any, *args: Any) -> Any:
    """What a question about ``args`` is answered by: ``y``, as an `Answer` if one of them is traced."""
    for x in args:
        mode = pattern_mode(x)
        if mode is not None and (isinstance(y, bool) or getattr(y, "dtype", None) == np.bool_):
            return _answer(y, mode)
    return y


def answer_of(test: Any, y: Any, args: Any) -> Any:
    """The same for ``math.isnan(x)`` and ``int(x)``; a plain number that comes of values is a choice."""
    if type(y) is bool and test is not bool:
        return answer(y, *args)
    if type(y) is not float:
        for x in args:
            decided(pattern_mode(x))
    return y


def chosen(y: Any, *args: Any) -> None:
    """Note that positions (of the largest entry, of those that are not zero) were read off values."""
    first = y[0] if type(y) is tuple and y else y
    if isinstance(first, np.ndarray | np.generic) and first.dtype.kind in "iu":
        for x in args:
            decided(pattern_mode(x))


#: Functions of which the rule goes by the order of the values, or by where they are equal.
_BY_ORDER = re.compile(
    r"unique\w*|union1d|intersect1d|set(xor|diff)1d|trim_zeros|histogram\w*|bincount"
    r"|(nan)?(quantile|percentile|median)"
)


def looked(function: Any, args: Any, traced: Any, keywords: Any) -> None:
    """Note that a function goes by the values of what is traced: by their order, or where NaN is."""
    name = function.__name__
    points_only = len(traced) == 1 and args and traced[0] is args[0]
    for x in traced:
        mode = pattern_mode(x)
        if mode is not None and (
            _BY_ORDER.fullmatch(name)
            or (name == "interp" and not points_only)
            or (name == "qr" and keywords.get("pivoting"))
            or (name.startswith("nan") and np.any(np.isnan(primal(x))))
        ):
            decided(mode, by_rules=True)


#: What stands between the user's code and a question. What `dualad.rules` ask is no choice of the user's.
_BETWEEN = (
    "numpy",
    "dualad.dual.branches",
    "dualad.dual.callers",
    "dualad.dual.entries",
    "dualad.dual.functions",
    "dualad.dual.methods",
    "dualad.dual.operations",
    "dualad.lifting",
    "dualad.standins",
)


def decided(mode: Pattern | None, by_rules: bool = False) -> None:
    """Note where the user's code made a choice by a traced value; our own rules count if it is said."""
    if mode is None or mode.local:
        return
    frame: Any = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith(_BETWEEN) or (by_rules and not outside(module)):
            frame = frame.f_back
            continue
        if outside(module):
            mode.local = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        return
