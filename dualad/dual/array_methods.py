"""NumPy meets arrays of the user's classes that hold Duals: ufuncs, functions, methods, views.

The numbers are computed by what a container of no class would do. Which class a result has, and which
attributes, is asked of NumPy: the function runs a second time on the values alone. Functions for whose
results a class may have rules (units, masks) are run as NumPy's own code, which calls the class again.
Importing this module completes `Container` and `ArrayOfClass`.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import inspect
import types
from typing import Any

import numpy as np

from ..errors import ConversionError, DualadError
from ..modes import HAND
from .array_classes import (
    ArrayOfClass,
    class_holding,
    contained,
    first_of_class,
    held,
    in_class_of,
    is_array_class,
    lifted,
    values_of,
    without_class,
    without_derivative,
)
from .container_methods import install_methods
from .containers import WRITERS, Container, holding, mode_in
from .dual import Dual, primal, settled
from .keys import bytes_of
from .matrices import as_matrix, matrix
from .nested import exchanged

__all__ = ["array_function", "as_number", "view"]

ndarray = np.ndarray

#: The classes to be completed.
_class: Any = ArrayOfClass
_container: Any = Container


# ---------------------------------------------------------------- values alone


def _of_values(x: Any) -> Any:
    """The same with arrays that hold values alone."""
    return exchanged(_without_derivative, x)


def _without_derivative(x: Any) -> Any:
    if isinstance(x, ArrayOfClass):
        return without_derivative(x)
    return values_of(x) if isinstance(x, Container) else primal(x)


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


def _like(template: Any, result: Any) -> Any:
    """The result in the class, and with the attributes, of what NumPy makes of values alone."""
    if isinstance(template, list | tuple) and isinstance(result, list | tuple):
        entries = [_like(t, r) for t, r in zip(template, result, strict=True)]
        return type(template)(*entries) if hasattr(template, "_fields") else type(template)(entries)
    return in_class_of(template, result) if is_array_class(type(template)) else result


# ---------------------------------------------------------------- NumPy's protocols


def _array_ufunc(self: Any, ufunc: Any, method: str, *inputs: Any, out: Any = None, **keywords: Any) -> Any:
    keywords = without_class(keywords)
    if out is not None:
        keywords["out"] = without_class(out)
    plain = without_class(inputs)
    result = Container.__array_ufunc__(ndarray.view(self, Container), ufunc, method, *plain, **keywords)
    if out is not None:
        context = (ufunc, (*inputs, *out)) if method == "__call__" else None
        outs = tuple(_written(y, context and (*context, i)) for i, y in enumerate(out))
        return outs[0] if len(outs) == 1 else outs
    owners = [held(a) for a in inputs if is_array_class(type(a))]
    if not owners or result is None:
        return result
    owner = max(owners, key=lambda a: a.__array_priority__)
    if method in ("reduce", "accumulate", "reduceat"):  # of which NumPy gives no context
        return _of_class(owner, result)
    if type(result) is tuple:
        return tuple(_of_class(owner, y, (ufunc, inputs, i)) for i, y in enumerate(result))
    return _of_class(owner, result, (ufunc, inputs, 0))


def _written(out: Any, context: Any) -> Any:
    """What was written into, as its class wants it."""
    return _of_class(out, out, context) if isinstance(out, ArrayOfClass) else out


def array_function(self: Any, function: Any, types_: Any, args: Any, keywords: Any) -> Any:
    first = first_of_class((args, keywords))
    if first is None:
        return _plainly(function, args, keywords)
    if function in WRITERS:
        return _plainly(function, without_class(args), without_class(keywords))
    owner, code, name = held(first), function._implementation, function.__name__
    if mode_in((args, keywords)) is None:
        return holding(code(*args, **keywords))
    if _has_own(owner.dualad_class, *_RULES, name) and isinstance(code, types.FunctionType):
        return _by_implementation(function, args, keywords)
    if keywords.get("out") is not None:
        _plainly(function, without_class(args), without_class(keywords))
        return keywords["out"]
    template = code(*_of_values(args), **_of_values(keywords))
    return _like(template, _plainly(function, without_class(args), without_class(keywords)))


#: Where a class has one of these, or the method that does the same, its entries are not the whole story.
_RULES = "__array_ufunc__", "__array_function__", "__getitem__"


def _plainly(function: Any, args: Any, keywords: Any) -> Any:
    """The function of arrays of no class; of those in a list NumPy does not ask all what to do."""
    if any(type(a) in (list, tuple) for a in args) and mode_in(args) is not None:
        args, keywords = settled(args), settled(keywords)
        dual: Any = Dual  # which has its protocols from elsewhere
        return dual.__array_function__(None, function, (), args, keywords)
    return function(*args, **keywords)


def _by_implementation(function: Any, args: Any, keywords: Any) -> Any:
    """NumPy's own code, which calls methods of the class and ufuncs; or what it does to plain arrays.

    Whether it reads past both shows in the values: they are to be what it makes of arrays that hold none.
    """
    code = function._implementation
    template = code(*_of_values(args), **_of_values(keywords))
    result = None
    if function.__module__ != "numpy.linalg":  # whose code hands all on to compiled code
        with contextlib.suppress(DualadError, TypeError):
            result = code(*args, **keywords)
    if _same(result, template):
        return result
    if keywords.get("out") is None:
        result = _plainly(function, without_class(args), without_class(keywords))
        if _same(result, template):
            return _like(template, result)
    name = function.__name__
    masked = isinstance(first_of_class((args, keywords)), np.ma.MaskedArray)
    raise ConversionError(
        f"np.{name} reads the entries of an array of a class past its methods, which would lose their "
        "derivative; "
        + (
            f"call what leaves out the masked ones: x.{name.removeprefix('nan')}(), np.ma.median(x)"
            if masked
            else "call it on the plain numbers: np.asarray(x), or quantity.value"
        )
    )


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    if not isinstance(a, ndarray | Dual):
        return a is b or bool(np.all(a == b))
    a, b = (values_of(x) if isinstance(x, Container) else np.asarray(primal(x)) for x in (a, b))
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
        if given == [matrix]:
            of_objects = as_matrix(settled(x))
            of_objects.setflags(write=False)  # what is written to it would not reach x
            return of_objects
        if len(given) == 1 and x.ndim:
            pairs = _in_pairs(settled(x), np.dtype(given[0]))
            if pairs is not None:
                pairs.setflags(write=False)  # what is written to it would not reach x
                return pairs
            if _is_for_hashes(settled(x), np.dtype(given[0])):
                return np.frombuffer(bytes_of(settled(x)), given[0]).reshape(x.shape)
        raise ConversionError(
            "x.view(dtype) reads the bytes of a Dual as other numbers, which has no derivative; "
            "write x.astype(dtype), or x.view() for a view"
        )
    x = ndarray.view(x, *others) if others else x
    if known and known[-1] is not ndarray:
        if isinstance(x, Dual) and not x.shape and not isinstance(primal(x).view(known[-1]), ndarray):
            return x  # of a number NumPy makes a number again
        return ndarray.view(contained(x), class_holding(known[-1]))
    if known and isinstance(x, ArrayOfClass):  # as an array of no class
        return ndarray.view(x, Container)
    return x[...] if isinstance(x, Dual) else ndarray.view(x)


def _in_pairs(x: Any, wanted: Any) -> Any:
    """Pairs of floats as complex numbers, or the other way about; None for another view."""
    if (x.dtype, wanted) == (np.float64, np.complex128) and x.shape[-1] % 2 == 0:
        return x[..., ::2] + 1j * x[..., 1::2]
    if (x.dtype, wanted) == (np.complex128, np.float64):
        return np.reshape(np.stack([x.real, x.imag], axis=-1), (*x.shape[:-1], -1))
    return None


def _is_for_hashes(x: Any, wanted: Any) -> bool:
    """Whether the bits of floats are read as whole numbers, one for each."""
    return wanted.kind in "iu" and x.dtype == np.float64 and wanted.itemsize == 8 and x.mode is not HAND


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
        template = own(_of_values(self), *_of_values(args), **_of_values(keywords))
        return _like(template, plain(*without_class(args), **without_class(keywords)))

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


#: Methods that NumPy itself makes of ufuncs, for which a class may have rules of its own.
_BY_UFUNCS = frozenset({"all", "any", "clip", "max", "mean", "min", "prod", "std", "sum", "var"})

_READING = (
    *_BY_UFUNCS,
    *("__bool__", "__complex__", "__contains__", "__float__", "__getitem__", "__int__"),
    *("argmax", "argmin", "argpartition", "argsort", "astype", "choose", "compress", "conj", "conjugate"),
    *("copy", "cumprod", "cumsum", "diagonal", "dot", "flatten", "item", "nonzero", "ravel", "repeat"),
    *("reshape", "round", "searchsorted", "squeeze", "swapaxes", "take", "tolist", "trace", "transpose"),
)

_OF_NO_CLASS = (
    *("__format__", "__reduce__", "__repr__", "__setitem__", "__str__", "fill", "put", "setfield", "sort"),
)


def _install() -> None:
    install_methods()
    _class.__array_ufunc__, _class.__array_function__ = _array_ufunc, array_function
    for name in _READING:
        setattr(_class, name, _reading(name))
    for name in _OF_NO_CLASS:
        setattr(_class, name, _of_no_class(name))
    _class.__eq__, _class.__ne__ = ndarray.__eq__, ndarray.__ne__  # by their ufuncs
    _class.real, _class.imag = _part("real"), _part("imag")
    _class.flat = property(lambda self: ndarray.view(self, Container).flat, vars(Container)["flat"].fset)
    _class.__copy__ = lambda self: self.copy()
    _class.__deepcopy__ = lambda self, memo: self.copy()
    _container.view = view


_install()
