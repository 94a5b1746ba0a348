"""Objects of the user's classes derived from float that hold Duals.

``float.__new__(Degrees, x)`` is to be a Degrees that carries a derivative. It is an object of a class
made for it, derived from Degrees and then from `FloatOfClass`: the methods of Degrees come first,
lifted, and what they leave to float (``super().__mul__(other)``) goes by the Dual. For compiled code,
which reads the number past all methods, it is a NaN.
"""

from __future__ import annotations

import copy
import functools
import math
import operator
import types
from collections.abc import Callable
from typing import Any

from ..modes import HAND
from .array_classes import class_holding, lifted
from .dual import Dual, primal, settled
from .printed import modes_of, printed


class FloatOfClass(float):
    """A float, of a class of the user's, that holds a Dual; `_install` gives it the methods of one."""

    __slots__ = ()

    #: The class of the user's.
    dualad_class: type = float

    #: The Dual, in a slot of the class made.
    dualad_number: Any

    def _now(self) -> Any:
        """What it is for functions, see `settled`."""
        return self.dualad_number

    def dualad_plain(self, value: Any) -> Any:
        """A plain object of the class with the same attributes."""
        return _with_attributes(self, float.__new__(self.dualad_class, value))

    def dualad_text(self, show: Callable[[Any], str]) -> str:
        """What an object of the class is shown as, which is no number to compute with."""
        x = self.dualad_number
        if x.mode is HAND:
            return repr(x)

        def shown(number: Any) -> str:
            return show(self.dualad_plain(number))

        return printed(shown(primal(x)), *modes_of(x), number=(x, shown))

    @staticmethod
    def dualad_members(cls: Any, members: dict[str, Any]) -> dict[str, Any]:
        """What else a class made is to have, beside the lifted methods of the user's."""
        reflected = {
            name: _unless_asked_first(cls, name, members.get(name, getattr(FloatOfClass, name)))
            for name in _BINARY_REFLECTED
        }
        return {"__slots__": ("dualad_number",), **reflected}

    def __repr__(self) -> str:
        return self.dualad_text(float.__repr__)

    def __str__(self) -> str:
        return self.dualad_text(str)

    def __format__(self, spec: str) -> str:
        return self.dualad_text(lambda plain: format(plain, spec))

    def __copy__(self) -> Any:
        return _with_attributes(self, float_of_class(type(self), self.dualad_number))

    def __deepcopy__(self, memo: Any) -> Any:
        return _with_attributes(self, self.__copy__(), lambda attribute: copy.deepcopy(attribute, memo))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return getattr(ufunc, method)(*settled(inputs), **settled(keywords))

    def __array_function__(self, function: Any, types_: Any, args: Any, keywords: Any) -> Any:
        return function(*settled(args), **settled(keywords))


# ---------------------------------------------------------------- made


def new_float(number: Callable[..., Any], cls: Any, x: Any = 0.0, /) -> Any:
    """``float.__new__``; ``number`` is what is called in place of ``float``."""
    x = number(x)
    return float_of_class(cls, x) if type(x) is Dual and cls is not float else float.__new__(cls, x)


def float_of_class(cls: Any, x: Any) -> Any:
    """A Dual as an object of a class derived from float."""
    float(primal(x))  # which says what cannot be one
    one = float.__new__(class_holding(cls, FloatOfClass), math.nan)
    object.__setattr__(one, "dualad_number", x)
    x.mode.hidden = True
    return one


def _with_attributes(x: Any, one: Any, taken: Callable[[Any], Any] = lambda attribute: attribute) -> Any:
    """``one``, with the attributes of ``x``."""
    for base in x.dualad_class.__mro__:
        for name, slot in vars(base).items():
            if type(slot) is types.MemberDescriptorType and hasattr(x, name):
                slot.__set__(one, taken(slot.__get__(x)))
    if hasattr(x, "__dict__"):
        vars(one).update({name: taken(value) for name, value in vars(x).items()})
    return one


# ---------------------------------------------------------------- the methods of float


@functools.cache
def float_method(name: str) -> Any:
    """What is called in place of a method of float: numbers of users' classes go by what they hold."""
    original = getattr(float, name)

    @functools.wraps(original)
    def operate(*args: Any) -> Any:
        numbers = [*map(_number, args)]
        if not any(type(a) is Dual for a in numbers):
            return original(*args)
        x, *others = numbers
        if not all(isinstance(a, float | int | None) or (type(a) is Dual and not a.shape) for a in numbers):
            return NotImplemented
        if type(x) is Dual:
            return getattr(x, name)(*others)
        reflected = name.replace("__r", "__", 1) if name.startswith("__r") else _REFLECTED.get(name)
        return getattr(others[0], reflected or name.replace("__", "__r", 1))(x)

    return operate


def _unless_asked_first(cls: Any, name: str, member: Any) -> Any:
    """A reflected method; as the class made is derived from the user's, Python asks it before it should."""
    operation = name.replace("__r", "__", 1)

    @functools.wraps(member)
    def operate(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind is cls or (issubclass(cls, kind) and getattr(kind, name, None) is getattr(cls, name)):
            result = lifted(getattr(kind, operation))(other, self)
            if result is not NotImplemented or kind is cls:
                return result
        return member(self, other)

    return operate


def _number(x: Any) -> Any:
    if isinstance(x, FloatOfClass):
        return x.dualad_number
    return float.__float__(x) if isinstance(x, float) else x


#: Comparisons -> what the other number is asked.
_REFLECTED = {
    "__eq__": "__eq__", "__ne__": "__ne__", "__lt__": "__gt__", "__gt__": "__lt__", "__le__": "__ge__",
    "__ge__": "__le__",
}  # fmt: skip

#: Those that the right operand is asked for.
_BINARY_REFLECTED = [
    name for name in vars(float) if name.replace("__r", "__", 1) in vars(float).keys() - {name}
]

#: Methods that are not those of the Dual.
_OWN = frozenset({"__doc__", "__getattribute__", "__getformat__", "__getnewargs__", "__new__", "fromhex"})


def _install() -> None:
    for name in vars(float):
        if name in ("real", "imag"):
            setattr(FloatOfClass, name, property(operator.attrgetter(f"dualad_number.{name}")))
        elif name not in _OWN and name not in vars(FloatOfClass) | {"__hash__": 0}:
            setattr(FloatOfClass, name, float_method(name))


_install()
