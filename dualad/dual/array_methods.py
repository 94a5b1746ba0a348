"""NumPy meets arrays of the user's classes that hold Duals: ufuncs, functions, methods, views.

The numbers are computed by what a container of no class would do. Which class a result has is asked
of NumPy: the function runs a second time on the values, as an array of a class that has nothing of
its own. Functions for whose results a class may have rules (units, say) are run as NumPy's own code,
which calls the class again. Importing this module completes `ArrayOfClass`.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import types
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from .array_classes import (
    ArrayOfClass,
    class_holding,
    contained,
    exchanged,
    first_of_class,
    held,
    is_array_class,
    lifted,
    without_class,
)
from .containers import Container, holding, mode_in
from .dual import Dual, primal, settled

__all__ = ["array_function", "as_number", "view"]

ndarray = np.ndarray

#: The classes to be completed.
_class: Any = ArrayOfClass
_container: Any = Container


# ---------------------------------------------------------------- values alone


class _Probe(ndarray):
    """An array of a class that has nothing of its own."""


def _probing(x: Any) -> Any:
    """The same with `_Probe`s in place of arrays of the user's classes, and values in place of Duals."""
    return exchanged(_probe, x)


def _probe(x: Any) -> Any:
    if isinstance(x, Container):
        values = _values(x)
        return values.view(_Probe) if isinstance(x, ArrayOfClass) else values
    return x.view(_Probe) if is_array_class(type(x)) else primal(x)


def _values(x: Any) -> Any:
    return np.asarray(primal(Container._now(ndarray.view(x, Container))))


def _of_values(x: Any) -> Any:
    """The same with arrays that hold values alone."""
    return exchanged(_without_derivative, x)


def _without_derivative(x: Any) -> Any:
    if isinstance(x, ArrayOfClass):
        return ndarray.__array_wrap__(x, holding(_values(x).copy()))
    return _values(x) if isinstance(x, Container) else primal(x)


# ---------------------------------------------------------------- results


def _has_own(cls: type, *names: str) -> bool:
    """Whether a class has one of these methods in place of NumPy's."""
    return any(isinstance(getattr(cls, name, None), types.FunctionType) for name in names)


def _of_class(owner: Any, result: Any, context: Any = None, wrapping: bool = True) -> Any:
    """A result in the class of its owner, as NumPy makes it: by ``__array_wrap__`` if it is no method's."""
    array = contained(result)
    if not wrapping or not _has_own(owner.dualad_class, "__array_wrap__"):
        return ndarray.__array_wrap__(owner, array)
    wrap = owner.__array_wrap__
    args = array, context, not array.ndim
    return wrap(*args[: _positional(wrap.__func__) - 1])


@functools.cache
def _positional(function: Any) -> int:
    """How many arguments ``__array_wrap__`` takes: older ones have fewer."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        return 4
    return sum(p.kind in kinds for p in parameters)


def _like(template: Any, result: Any, owner: Any, wrapping: bool) -> Any:
    """The result in the class of ``owner`` where NumPy keeps the class."""
    if isinstance(template, list | tuple) and isinstance(result, list | tuple):
        entries = [_like(t, r, owner, wrapping) for t, r in zip(template, result, strict=True)]
        return type(template)(*entries) if hasattr(template, "_fields") else type(template)(entries)
    return _of_class(owner, result, None, wrapping) if type(template) is _Probe else result


# ---------------------------------------------------------------- NumPy's protocols


def _array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, out: Any = None, **keywords: Any) -> Any:
    keywords = without_class(keywords)
    if out is not None:
        keywords["out"] = without_class(out)
    plain = without_class(inputs)
    result = Container.__array_ufunc__(ndarray.view(self, Container), ufunc, method, *plain, **keywords)
    if out is not None:
        return out[0] if len(out) == 1 else out
    owners = [held(a) for a in inputs if is_array_class(type(a))]
    if not owners or result is None:
        return result
    owner = max(owners, key=lambda a: a.__array_priority__)
    if type(result) is tuple:
        return tuple(_of_class(owner, y, (ufunc, inputs, i)) for i, y in enumerate(result))
    return _of_class(owner, result, (ufunc, inputs, 0))


#: Functions that write into an argument.
_WRITING = frozenset({np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal})


def array_function(self: Any, function: Any, types_: Any, args: Any, keywords: Any) -> Any:
    first = first_of_class((args, keywords))
    if first is None:
        return _plainly(function, args, keywords)
    if function in _WRITING:
        return _plainly(function, without_class(args), without_class(keywords))
    if keywords.get("out") is not None:
        _plainly(function, without_class(args), without_class(keywords))
        return keywords["out"]
    owner, code, name = held(first), function._implementation, function.__name__
    rules = _has_own(owner.dualad_class, "__array_ufunc__", "__array_function__", name)
    if rules and isinstance(code, types.FunctionType):
        return _by_implementation(function, args, keywords)
    template = function(*_probing(args), **_probing(keywords))
    result = _plainly(function, without_class(args), without_class(keywords))
    return _like(template, result, owner, not hasattr(ndarray, name))


def _plainly(function: Any, args: Any, keywords: Any) -> Any:
    """The function of arrays of no class; of those in a list NumPy does not ask all what to do."""
    if any(type(a) in (list, tuple) for a in args) and mode_in(args) is not None:
        args, keywords = settled(args), settled(keywords)
        dual: Any = Dual  # which has its protocols from elsewhere
        return dual.__array_function__(None, function, (), args, keywords)
    return function(*args, **keywords)


def _by_implementation(function: Any, args: Any, keywords: Any) -> Any:
    """NumPy's own code, which calls methods of the class and ufuncs; where it reads past both, refused.

    Whether it did shows in the values: they are to be what it makes of arrays that hold none.
    """
    code = function._implementation
    template = code(*_of_values(args), **_of_values(keywords))
    if first_of_class([template]) is None:
        result = _plainly(function, without_class(args), without_class(keywords))
        if _same(result, template):
            return result
    result = code(*args, **keywords)
    if not _same(result, template):
        raise UnsupportedError(
            f"np.{function.__name__} reads the entries of an array of a class past its methods, which would "
            "lose their derivative; call it on the plain numbers: np.asarray(x), or quantity.value"
        )
    return result


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if not isinstance(a, ndarray | Dual):
        return a is b or bool(np.all(a == b))
    a, b = (_values(x) if isinstance(x, Container) else np.asarray(primal(x)) for x in (a, b))
    kinds = {a.dtype.kind, b.dtype.kind}
    return a.shape == b.shape and np.allclose(a, b, 1e-9, 0.0, equal_nan=kinds <= {"f", "c"})


# ---------------------------------------------------------------- methods


def view(x: Any, dtype: Any = None, type: Any = None) -> Any:
    """``np.ndarray.view`` of a Dual or container; as there, a class may stand in the place of the dtype."""
    given = [kind for kind in (dtype, type) if kind is not None]
    classes = [kind for kind in given if isinstance(kind, builtins.type) and issubclass(kind, ndarray)]
    known: list[Any] = [kind for kind in classes if kind is ndarray or is_array_class(kind)]
    others = [kind for kind in given if kind not in known and kind != x.dtype]
    if others and mode_in(x) is not None:
        raise UnsupportedError(
            "x.view(dtype) reads the bytes of a Dual as other numbers, which has no derivative; "
            "write x.astype(dtype), or x.view() for a view"
        )
    x = ndarray.view(x, *others) if others else x
    if known and known[-1] is not ndarray:
        return ndarray.view(contained(x), class_holding(known[-1]))
    if known and isinstance(x, ArrayOfClass):  # as an array of no class
        return ndarray.view(x, Container)
    return x[...] if isinstance(x, Dual) else ndarray.view(x)


def as_number(x: Any) -> Any:
    """What ``float`` makes of an object by its ``__float__``, lifted: it may be a Dual; else the object."""
    kind = x.dualad_class if isinstance(x, ArrayOfClass) else type(x)
    make = getattr(kind, "__float__", None)
    if isinstance(make, types.FunctionType) and kind is not Dual:
        return lifted(make)(x)
    return settled(without_class(x)).item() if isinstance(x, ArrayOfClass) else x


def _reading(name: str) -> Any:
    """A method that looks at the entries."""
    own = getattr(ndarray, name)

    @functools.wraps(own)
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        plain = getattr(ndarray.view(self, Container), name)
        if keywords.get("out") is not None:
            plain(*without_class(args), **without_class(keywords))
            return keywords["out"]
        if name in _BY_UFUNCS and _has_own(self.dualad_class, "__array_ufunc__"):
            return own(self, *args, **keywords)
        template = own(_probing(self), *_probing(args), **_probing(keywords))
        result = plain(*without_class(args), **without_class(keywords))
        return _like(template, result, self, wrapping=name in _BY_UFUNCS)

    return method


def _of_no_class(name: str) -> Any:
    """A method that has nothing to do with the class."""

    @functools.wraps(getattr(Container, name))
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        plain = getattr(ndarray.view(self, Container), name)
        return plain(*without_class(args), **without_class(keywords))

    return method


def _part(name: str) -> property:
    """``x.real`` and ``x.imag``."""
    own = vars(Container)[name]

    def write(self: Any, new: Any) -> None:
        own.fset(ndarray.view(self, Container), without_class(new))

    return property(
        lambda self: _of_class(self, own.fget(ndarray.view(self, Container)), wrapping=False), write
    )


def _iterate(self: Any) -> Any:
    if not self.ndim:
        raise TypeError("iteration over a 0-d array")
    return (self[i] for i in range(len(self)))


#: Methods that NumPy itself makes of ufuncs, for which a class may have rules of its own.
_BY_UFUNCS = frozenset({"all", "any", "clip", "max", "mean", "min", "prod", "std", "sum", "var"})

_READING = (
    *_BY_UFUNCS,
    *("__bool__", "__complex__", "__contains__", "__float__", "__getitem__", "__int__"),
    *("argmax", "argmin", "argpartition", "argsort", "astype", "choose", "compress", "conj", "conjugate"),
    *("copy", "cumprod", "cumsum", "diagonal", "dot", "flatten", "item", "nonzero", "ravel", "repeat"),
    *("reshape", "round", "searchsorted", "squeeze", "swapaxes", "take", "tolist", "trace", "transpose"),
)

_OF_NO_CLASS = ("__format__", "__reduce__", "__repr__", "__setitem__", "__str__", "fill", "put", "sort")


def _install() -> None:
    _class.__array_ufunc__, _class.__array_function__ = _array_ufunc, array_function
    for name in _READING:
        setattr(_class, name, _reading(name))
    for name in _OF_NO_CLASS:
        setattr(_class, name, _of_no_class(name))
    _class.__eq__, _class.__ne__ = ndarray.__eq__, ndarray.__ne__  # by their ufuncs
    _class.real, _class.imag = _part("real"), _part("imag")
    _class.flat = property(lambda self: ndarray.view(self, Container).flat, vars(Container)["flat"].fset)
    _class.__iter__ = _iterate
    _class.__copy__ = lambda self: self.copy()
    _class.__deepcopy__ = lambda self, memo: self.copy()
    _container.view = view


_install()
