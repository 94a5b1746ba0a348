"""Objects of the user's classes derived from ndarray that come to hold Duals.

``np.asarray(x).view(Point)`` is to be a Point whose entries carry derivatives. It is an object of a
class made for it, derived from Point and then from `ArrayOfClass`, which is a `Container`: the methods
of Point come first, and what they leave to ndarray (``super().__array_ufunc__(...)`` included) finds
the Duals. The methods of Point are lifted, whoever calls them.

Which class a result has is asked of NumPy: the function runs a second time on the values, as an array
of a class that has nothing of its own.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .containers import Container, holding, mode_in
from .dual import Dual, primal, settled

__all__ = [
    "ArrayOfClass",
    "all_held",
    "class_holding",
    "contained",
    "first_of_class",
    "held",
    "in_class_of",
    "install",
    "is_array_class",
    "meets_class",
    "view",
    "without_class",
]

ndarray = np.ndarray

_lifting: tuple[Callable[[Any], Any], Callable[[str | None], bool]] | None = None


def install(called: Callable[[Any], Any], is_users: Callable[[str | None], bool]) -> None:
    """Say what is called in place of a method, and whose classes are meant."""
    global _lifting
    _lifting = called, is_users


def is_array_class(kind: Any) -> bool:
    """Whether it is a class of the user's that is derived from ndarray, or one made here of such a class."""
    if _lifting is None or not issubclass(kind, ndarray) or issubclass(kind, np.ma.MaskedArray):
        return False
    return issubclass(kind, ArrayOfClass) or (kind is not Container and _lifting[1](kind.__module__))


# ---------------------------------------------------------------- with and without the class


def contained(x: Any) -> Any:
    """A Dual as an array that holds it, sharing its entries; numbers as arrays."""
    if type(x) is not Dual:
        return holding(np.asarray(x)) if not isinstance(x, ndarray) else x
    value = primal(x)
    array = np.full(np.shape(value), np.nan, x.dtype)
    root: Any = ndarray.view(array, Container)
    root._places = np.arange(array.size)
    root._dual = np.ravel(x) if x.shape else np.reshape(x, (1,))
    if array.size > 1 and not np.may_share_memory(primal(root._dual), value):
        root.flags.writeable = False  # what is assigned to it would not reach x
    x.mode.poisoned = True
    return root


def held(x: Any) -> Any:
    """An array of a user's class as one that can meet Duals; it is only looked at."""
    if isinstance(x, ArrayOfClass):
        return x
    container = ndarray.view(ndarray.view(x, ndarray), Container)
    container.flags.writeable = False
    kind: Any = type(x)
    one = ndarray.view(container, class_holding(kind))
    vars(one).update(vars(x))
    return one


def all_held(x: Any) -> Any:
    """The same with `held` arrays of users' classes; in lists and dicts, too."""
    kind = type(x)
    if kind is list or kind is tuple:
        return kind(map(all_held, x))
    if kind is dict:
        return {k: all_held(v) for k, v in x.items()}
    return held(x) if isinstance(x, ndarray) and is_array_class(kind) else x


def in_class_of(x: Any, dual: Any) -> Any:
    """A Dual of an argument, in the user's class that the argument is of."""
    if type(x) is ndarray or not isinstance(x, ndarray) or not is_array_class(type(x)):
        return dual
    one = view(dual, type(x))
    vars(one).update(vars(x))
    return one


def without_class(x: Any) -> Any:
    """The same with plain arrays in place of those of the user's classes; in lists and dicts, too."""
    kind = type(x)
    if kind is list or kind is tuple:
        return kind(map(without_class, x))
    if kind is dict:
        return {k: without_class(v) for k, v in x.items()}
    if isinstance(x, ArrayOfClass):
        return ndarray.view(x, Container)
    return ndarray.view(x, ndarray) if isinstance(x, ndarray) and is_array_class(kind) else x


class _Probe(ndarray):
    """An array of a class that has nothing of its own."""


def _probing(x: Any) -> Any:
    """The same with `_Probe`s in place of arrays of the user's classes, and values in place of Duals."""
    kind = type(x)
    if kind is list or kind is tuple:
        return kind(map(_probing, x))
    if kind is dict:
        return {k: _probing(v) for k, v in x.items()}
    if isinstance(x, ArrayOfClass):
        return _values(x).view(_Probe)
    if kind is Container:
        return _values(x)
    return x.view(_Probe) if isinstance(x, ndarray) and is_array_class(kind) else primal(x)


def _values(x: Any) -> Any:
    return np.asarray(primal(Container._now(ndarray.view(x, Container))))


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


# ---------------------------------------------------------------- the classes


class ArrayOfClass(Container):
    """An array, of a class of the user's, that may come to hold Duals."""

    #: The class of the user's.
    dualad_class: type = ndarray

    _now: Any = None  # it is no stand-in for its entries: `settled` leaves it as it is

    def _of_class(self, result: Any, context: Any = None, wrapping: bool = True) -> Any:
        """A result in the class, as NumPy makes it: by ``__array_wrap__`` if it is no method's."""
        array, wrap = contained(result), self.__array_wrap__
        if not wrapping or not isinstance(wrap, types.MethodType):
            return ndarray.__array_wrap__(self, array)
        args = array, context, not array.ndim
        return wrap(*args[: _positional(wrap.__func__) - 1])

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **keywords: Any) -> Any:
        keywords = without_class(keywords)
        if out is not None:
            keywords["out"] = without_class(out)
        plain = without_class(inputs)
        result = Container.__array_ufunc__(ndarray.view(self, Container), ufunc, method, *plain, **keywords)
        if out is not None:
            return out[0] if len(out) == 1 else out
        classed = [held(a) for a in inputs if is_array_class(type(a))]
        if not classed or result is None:
            return result
        first = max(classed, key=lambda a: a.__array_priority__)
        if type(result) is tuple:
            return tuple(first._of_class(y, (ufunc, inputs, i)) for i, y in enumerate(result))
        return first._of_class(result, (ufunc, inputs, 0))

    def __array_function__(self, function: Any, types_: Any, args: Any, keywords: Any) -> Any:
        first = first_of_class((args, keywords))
        if first is None:
            return _plainly(function, args, keywords)
        if function in _WRITING or keywords.get("out") is not None:
            result = _plainly(function, without_class(args), without_class(keywords))
            return keywords["out"] if function not in _WRITING else result
        first, code = held(first), function._implementation
        if isinstance(code, types.FunctionType) and first._has_own(
            "__array_ufunc__", "__array_function__", function.__name__
        ):
            return _by_implementation(function, args, keywords)
        template = function(*_probing(args), **_probing(keywords))
        result = _plainly(function, without_class(args), without_class(keywords))
        return _like(template, result, first, not hasattr(ndarray, function.__name__))

    def _has_own(self, *names: str) -> bool:
        """Whether the class has one of these methods in place of NumPy's."""
        return any(isinstance(getattr(self.dualad_class, n, None), types.FunctionType) for n in names)

    def __iter__(self) -> Any:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()


def first_of_class(x: Any) -> Any:
    """The first array of a user's class among arguments."""
    return next(_classed(x), None)


def _classed(x: Any) -> Any:
    if isinstance(x, list | tuple):
        for e in x:
            yield from _classed(e)
    elif isinstance(x, dict):
        yield from _classed(list(x.values()))
    elif is_array_class(type(x)):
        yield x


def _plainly(function: Any, args: Any, keywords: Any) -> Any:
    """The function of arrays of no class; of those in a list NumPy does not ask all what to do."""
    if any(type(a) in (list, tuple) for a in args) and mode_in(args) is not None:
        args, keywords = settled(args), settled(keywords)
        return Dual.__array_function__(None, function, (), args, keywords)  # type: ignore[attr-defined]
    return function(*args, **keywords)


#: Functions that write into an argument.
_WRITING = frozenset({np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal})


def _like(template: Any, result: Any, owner: ArrayOfClass, wrapping: bool) -> Any:
    """The result in the class of ``owner`` where NumPy keeps the class."""
    if isinstance(template, list | tuple) and isinstance(result, list | tuple):
        entries = [_like(t, r, owner, wrapping) for t, r in zip(template, result, strict=True)]
        return type(template)(*entries) if hasattr(template, "_fields") else type(template)(entries)
    return owner._of_class(result, None, wrapping) if type(template) is _Probe else result


def _by_implementation(function: Any, args: Any, keywords: Any) -> Any:
    """NumPy's own code, which calls methods of the class and ufuncs; where it reads past both, refused.

    Whether it did shows in the values: they are to be what it makes of arrays that hold none.
    """
    code = function._implementation
    template = code(*_of_values(args), **_of_values(keywords))
    if first_of_class(template if isinstance(template, list | tuple) else [template]) is None:
        result = _plainly(function, without_class(args), without_class(keywords))
    else:
        result = code(*args, **keywords)
    if not _same(result, template):
        raise UnsupportedError(
            f"np.{function.__name__} reads the entries of an array of a class past its methods, which would "
            "lose their derivative; call it on the plain numbers: np.asarray(x), or quantity.value"
        )
    return result


def _of_values(x: Any) -> Any:
    """The same with arrays that hold values alone."""
    kind = type(x)
    if kind is list or kind is tuple:
        return kind(map(_of_values, x))
    if kind is dict:
        return {k: _of_values(v) for k, v in x.items()}
    if isinstance(x, ArrayOfClass):
        return ndarray.__array_wrap__(x, holding(_values(x).copy()))
    return _values(x) if kind is Container else primal(x)


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if not isinstance(a, ndarray | Dual):
        return a is b or bool(np.all(a == b))
    a, b = (_values(x) if isinstance(x, Container) else np.asarray(primal(x)) for x in (a, b))
    kinds = {a.dtype.kind, b.dtype.kind}
    return a.shape == b.shape and np.allclose(a, b, 1e-9, 0.0, equal_nan=kinds <= {"f", "c"})


@functools.cache
def _positional(function: Any) -> int:
    """How many arguments ``__array_wrap__`` takes: older ones have fewer."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return 4
    return sum(p.kind in kinds for p in parameters)


class _Unannounced:
    """The first base of a class made of a user's, whose ``__init_subclass__`` is not to hear of it."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        pass


@functools.cache
def class_holding(cls: Any) -> Any:
    """The class of objects of a user's class that may come to hold Duals: its methods are lifted."""
    if issubclass(cls, ArrayOfClass):
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
        if is_users(base.__module__):
            for name, member in vars(base).items():
                if name not in members and name not in _OF_CLASSES:
                    members[name] = _lifted_member(called, member)
    members = {name: member for name, member in members.items() if member is not None}
    try:
        return types.new_class(
            cls.__name__, (_Unannounced, cls, ArrayOfClass), {}, lambda space: space.update(members)
        )
    except TypeError as error:
        raise UnsupportedError(
            f"an array of the class {cls.__name__} cannot hold derivatives ({error}); compute with the plain "
            "array, np.asarray(x)"
        ) from error


#: Members that are not methods of the objects.
_OF_CLASSES = frozenset({"__new__", "__init_subclass__", "__class_getitem__", "__dict__", "__weakref__"})


def _lifted_member(called: Callable[[Any], Any], member: Any) -> Any:
    """A method or property that is lifted when it is called; None for what is inherited as it is."""
    if isinstance(member, types.FunctionType):

        @functools.wraps(member)
        def method(*args: Any, **keywords: Any) -> Any:
            return called(member)(*args, **keywords)

        return method
    if type(member) is property:
        fget, fset, fdel = (
            f if f is None else _lifted_member(called, f) for f in (member.fget, member.fset, member.fdel)
        )
        return property(fget, fset, fdel, member.__doc__)
    return None


# ---------------------------------------------------------------- methods


def _is_known(kind: type) -> bool:
    return kind is ndarray or is_array_class(kind)


def view(x: Any, dtype: Any = None, type: Any = None) -> Any:
    """``np.ndarray.view`` of a Dual or container; as there, a class may stand in the place of the dtype."""
    given = [kind for kind in (dtype, type) if kind is not None]
    classes: list[Any] = [
        kind for kind in given if isinstance(kind, builtins.type) and issubclass(kind, ndarray)
    ]
    others = [kind for kind in given if not (kind in classes and _is_known(kind)) and kind != x.dtype]
    if others and mode_in(x) is not None:
        raise UnsupportedError(
            "x.view(dtype) reads the bytes of a Dual as other numbers, which has no derivative; "
            "write x.astype(dtype), or x.view() for a view"
        )
    x = ndarray.view(x, *others) if others else x
    if classes and is_array_class(classes[-1]):
        return ndarray.view(contained(x), class_holding(classes[-1]))
    if classes and isinstance(x, ArrayOfClass):  # as an array of no class
        return ndarray.view(x, Container)
    return x[...] if isinstance(x, Dual) else ndarray.view(x)


def _install_methods() -> None:
    """Methods of arrays that look at the entries: by the array of no class."""

    def method(name: str, writes: bool) -> Any:
        own = getattr(ndarray, name)

        @functools.wraps(own)
        def call(self: Any, *args: Any, **keywords: Any) -> Any:
            if writes or keywords.get("out") is not None:
                plain = without_class(args), without_class(keywords)
                result = getattr(ndarray.view(self, Container), name)(*plain[0], **plain[1])
                return keywords["out"] if not writes else result
            if name in _BY_UFUNCS and self._has_own("__array_ufunc__", "__array_wrap__"):
                return own(self, *args, **keywords)
            template = own(_probing(self), *_probing(args), **_probing(keywords))
            function = getattr(ndarray.view(self, Container), name)
            result = function(*without_class(args), **without_class(keywords))
            return _like(template, result, self, wrapping=False)

        return call

    for name in _READING:
        setattr(ArrayOfClass, name, method(name, False))
    for name in ("fill", "put", "sort", "__setitem__"):
        setattr(ArrayOfClass, name, method(name, True))
    for name in ("__eq__", "__ne__"):  # by their ufuncs
        setattr(ArrayOfClass, name, getattr(ndarray, name))
    for name in ("__repr__", "__str__", "__format__", "__reduce__"):
        inner = getattr(Container, name)
        setattr(
            ArrayOfClass,
            name,
            functools.wraps(inner)(
                lambda self, *args, inner=inner: inner(ndarray.view(self, Container), *args)
            ),
        )
    for name in ("real", "imag", "flat"):
        part = vars(Container)[name]

        def read(self: Any, part: Any = part, name: str = name) -> Any:
            y = part.fget(ndarray.view(self, Container))
            return y if name == "flat" else self._of_class(y, wrapping=False)

        def write(self: Any, new: Any, part: Any = part) -> None:
            part.fset(ndarray.view(self, Container), without_class(new))

        setattr(ArrayOfClass, name, property(read, write))


#: Methods that NumPy itself makes of ufuncs, for which a class may have rules of its own.
_BY_UFUNCS = frozenset({"all", "any", "clip", "max", "mean", "min", "prod", "std", "sum", "var"})

_READING = (
    *_BY_UFUNCS,
    *("__bool__", "__complex__", "__contains__", "__float__", "__getitem__", "__int__"),
    *("argmax", "argmin", "argpartition", "argsort", "astype", "choose", "compress", "conj", "conjugate"),
    *("copy", "cumprod", "cumsum", "diagonal", "dot", "flatten", "item", "nonzero", "ravel", "repeat"),
    *("reshape", "round", "searchsorted", "squeeze", "swapaxes", "take", "tolist", "trace", "transpose"),
)

_install_methods()
_container: Any = Container
_container.view = view
