"""Objects of the user's classes derived from ndarray that come to hold Duals.

``np.asarray(x).view(Point)`` is to be a Point whose entries carry derivatives. It is an object of a
class made for it, derived from Point and then from `ArrayOfClass`, which is a `Container`: the methods
of Point come first, and what they leave to ndarray (``super().__array_ufunc__(...)`` included) finds
the Duals. The methods of Point are lifted, whoever calls them.

What is done with such arrays is in `array_methods`.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ConversionError
from .containers import UNSEEN_NAN, Container, holding, mode_in
from .dual import Dual, primal
from .nested import exchanged, leaves
from .printed import modes_of, printed

ndarray = np.ndarray


class ArrayOfClass(Container):
    """An array, of a class of the user's, that may come to hold Duals."""

    #: The class of the user's.
    dualad_class: type = ndarray

    _now: Any = None  # it is no stand-in for its entries: `settled` leaves it as it is

    @staticmethod
    def dualad_members(cls: Any, members: dict[str, Any]) -> dict[str, Any]:
        """What else a class made is to have, beside the lifted methods of the user's."""
        if "__array_finalize__" in members:
            return {"__array_finalize__": _finalizing(members["__array_finalize__"])}
        return {}

    def dualad_text(self, show: Callable[[Any], str]) -> str:
        """What an object of the class is shown as, which is no number to compute with."""
        return printed(show(without_derivative(self)), *modes_of(Container._root(self)._dual))


_lifting: tuple[Callable[[Any], Any], Callable[[str | None], bool]] | None = None


def install(called: Callable[[Any], Any], is_users: Callable[[str | None], bool]) -> None:
    """Say what is called in place of a method, and whose classes are meant."""
    global _lifting
    _lifting = called, is_users


def lifted(f: Any) -> Any:
    """What is called in place of a function."""
    return f if _lifting is None else _lifting[0](f)


def is_array_class(kind: Any) -> bool:
    """Whether it is a class of the user's that is derived from ndarray, or one made here of such a class."""
    if _lifting is None or not issubclass(kind, ndarray):
        return False
    return issubclass(kind, ArrayOfClass) or (kind is not Container and _lifting[1](kind.__module__))


# ---------------------------------------------------------------- among arguments


def meets_class(args: Any) -> bool:
    """Whether there is an array of a user's class among arguments, or in a list among them."""
    for a in args:
        kind = type(a)
        if kind is list or kind is tuple:
            if meets_class(a):
                return True
        elif kind is not Dual and kind is not ndarray and is_array_class(kind):
            return True
    return False


def first_of_class(x: Any) -> Any:
    """The first array of a user's class among arguments, None if there is none."""
    return next((a for a in leaves(x) if is_array_class(type(a))), None)


def without_class(x: Any) -> Any:
    """The same with plain arrays in place of those of the user's classes; in lists and dicts, too."""
    return exchanged(_without_class, x)


def _without_class(x: Any) -> Any:
    if isinstance(x, ArrayOfClass):
        return ndarray.view(x, Container)
    return ndarray.view(x, ndarray) if is_array_class(type(x)) else x


def all_held(x: Any) -> Any:
    """The same with `held` arrays of users' classes; in lists and dicts, too."""
    return exchanged(lambda a: held(a) if is_array_class(type(a)) else a, x)


# ---------------------------------------------------------------- made


def contained(x: Any) -> Any:
    """A Dual as an array that holds it, sharing its entries; numbers as arrays."""
    if type(x) is not Dual:
        return x if isinstance(x, ndarray) else holding(np.asarray(x))
    value = primal(x)
    array = np.full(np.shape(value), UNSEEN_NAN, x.dtype)
    root: Any = ndarray.view(array, Container)
    root._places = np.arange(array.size)
    root._dual = np.ravel(x) if x.shape else np.reshape(x, (1,))
    if array.size > 1 and not np.may_share_memory(primal(root._dual), value):
        root.flags.writeable = False  # what is assigned to it would not reach x
    x.mode.poisoned = True
    return root


def keeping(f: Any, *args: Any, **keywords: Any) -> Any:
    """Call what keeps arrays and looks at none of their numbers, with arrays that hold the Duals."""
    args, keywords = exchanged(lambda x: contained(x) if type(x) is Dual and x.shape else x, (args, keywords))
    return f(*args, **keywords)


def held(x: Any, other: Any = None) -> Any:
    """An array of a user's class as one that can meet Duals; it is only looked at, if the other has some."""
    if isinstance(x, ArrayOfClass):
        return x
    container = ndarray.view(ndarray.view(x, ndarray), Container)
    if other is None or mode_in(other) is not None:
        container.flags.writeable = False
    kind: Any = type(x)
    return _with_attributes(x, container, class_holding(kind))


def values_of(x: Any) -> Any:
    """The values in a container, of whichever class."""
    return np.asarray(primal(Container._now(ndarray.view(x, Container))))


def without_derivative(x: Any) -> Any:
    """A copy of an array of a class that holds the values alone."""
    return ndarray.__array_wrap__(x, holding(values_of(x).copy()))


def in_class_of(x: Any, new: Any) -> Any:
    """A Dual or an array in place of an argument, in the user's class that the argument is of."""
    if type(x) is ndarray or not is_array_class(type(x)) or is_array_class(type(new)):
        return new
    if type(new) is ndarray and not isinstance(x, ArrayOfClass):
        return _with_attributes(x, new, type(x))
    kind: Any = type(x)
    return _with_attributes(x, contained(new), class_holding(kind))


def _with_attributes(x: Any, array: Any, kind: Any) -> Any:
    """An array as one of this class, with all that ``x`` has."""
    own = {name: value for name, value in vars(x).items() if name not in _OF_CONTAINERS}
    like = ndarray.view(array, Container)
    vars(like).update(own)  # __array_finalize__ may look for them
    one = ndarray.view(like, kind)
    vars(one).update(own)
    return one


# ---------------------------------------------------------------- the classes


@functools.cache
def class_holding(cls: Any, holder: Any = ArrayOfClass) -> Any:
    """The class of objects of a user's class that may come to hold Duals: its methods are lifted."""
    if issubclass(cls, holder):
        return cls
    assert _lifting is not None
    called, is_users = _lifting
    members: dict[str, Any] = {
        "__module__": cls.__module__,
        "__qualname__": cls.__qualname__,
        "__doc__": cls.__doc__,
        "__class__": property(lambda self: cls),
        "dualad_class": cls,
    }
    for base in cls.__mro__:
        users = is_users(base.__module__)
        for name, member in vars(base).items():
            if name not in members and name not in _OF_CLASSES:
                lift = _text if name in _TEXT else functools.partial(_lifted_member, called, is_users)
                members[name] = lift(member) if users else None  # inherited
    members = {name: member for name, member in members.items() if member is not None}
    members.update(holder.dualad_members(cls, members))
    bases = _Unannounced, cls, holder
    try:
        return types.new_class(cls.__name__, bases, {}, lambda space: space.update(members))
    except TypeError as error:
        raise ConversionError(
            f"an object of the class {cls.__name__} cannot hold derivatives ({error}); compute with plain "
            "arrays and numbers, as in np.asarray(x), and make the object of the result"
        ) from error


def _finalizing(method: Callable[..., Any]) -> Callable[..., Any]:
    """``__array_finalize__``, which may copy all that the other array has, but not the Duals it holds."""

    @functools.wraps(method)
    def finalize(self: Any, other: Any) -> None:
        own = vars(other) if isinstance(other, Container) else {}
        held_there = {name: own.pop(name) for name in _OF_CONTAINERS if name in own}
        try:
            method(self, other)
        finally:
            own.update(held_there)

    return finalize


#: What a container keeps on itself.
_OF_CONTAINERS = "_dual", "_places"


class _Unannounced:
    """The first base of a class made of a user's, whose ``__init_subclass__`` is not to hear of it."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        pass


#: Members that are not methods of the objects.
_OF_CLASSES = frozenset({"__new__", "__init_subclass__", "__class_getitem__", "__dict__", "__weakref__"})


#: Methods that give text, which tells of the values.
_TEXT = "__format__", "__repr__", "__str__"


def _text(member: Any) -> Any:
    @functools.wraps(member)
    def text(self: Any, *args: Any) -> Any:
        shown: str = self.dualad_text(lambda plain: member(plain, *args))
        return shown

    return text


def _lifted_member(called: Callable[[Any], Any], users: Callable[[Any], bool], member: Any) -> Any:
    """A method or property that is lifted when it is called; None for what is inherited as it is."""
    if isinstance(member, types.FunctionType):

        @functools.wraps(member)
        def method(*args: Any, **keywords: Any) -> Any:
            return called(member)(*args, **keywords)

        return method
    if type(member) is property:
        parts = member.fget, member.fset, member.fdel
        get, set_, delete = (f if f is None else _lifted_member(called, users, f) for f in parts)
        return property(get, set_, delete, member.__doc__)
    kind = type(member)
    is_method = callable(member) and hasattr(kind, "__get__") and not hasattr(kind, "__set__")
    if is_method and users(kind.__module__):

        def bound(self: Any, *args: Any, **keywords: Any) -> Any:
            return called(member.__get__(self, type(self)))(*args, **keywords)

        return bound
    return None
