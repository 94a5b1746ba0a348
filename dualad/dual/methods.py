"""The methods and attributes of a Dual: those of the number or array that it holds.

A Dual of a Python float has what floats have, a Dual of an array what arrays have, and a Dual of an
``np.float64`` what both have. A method of arrays that is also a function of NumPy takes its
derivative from the table; the rest is written out here. Importing this module completes `Dual`.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from operator import methodcaller
from typing import Any

import numpy as np

from ..errors import ConversionError, MissingError
from ..linear import Identity, Permute, Reshape, is_complex
from ..modes import HAND, Recorded
from ..rules import (  # noqa: F401 - into the table
    complex_parts,
    filling,
    indexing,
    passed,
    products,
    reductions,
    shaping,
    sorting,
)
from ..shapes import negative_axes
from ..table import PASSED, RULES, Rule
from . import array_methods, functions, in_place, ufuncs  # noqa: F401 - NumPy's protocols
from .callers import OF_DATES, refuse_dates, warn_of_real_parts
from .calls import call, converted
from .choices import clipped
from .dual import Dual, make, primal
from .entries import View, derived, set_shape, share
from .flat import Flat
from .functions import usual_rules
from .keys import bytes_of
from .linear_calls import OF_AXES, call_linear, is_view
from .operations import warn_of_a_branch

ndarray = np.ndarray

#: Dual, to be completed.
_class: Any = Dual


class _Method:
    """A method that a Dual has if what it holds has it."""

    def __init__(self, name: str, function: Callable[..., Any]):
        self.name = name
        self.function = function
        self.of_arrays = hasattr(ndarray, name)
        self.__doc__ = function.__doc__

    def __get__(self, x: Any, owner: Any = None) -> Any:
        if x is None:
            return self.function
        if type(x.value) is not ndarray or not self.of_arrays:
            check_has(x, self.name)
        return types.MethodType(self.function, x)


class _Attribute(_Method):
    """An attribute that a Dual has if what it holds has it."""

    def __init__(self, name: str, function: Callable[..., Any], setter: Callable[..., Any] | None = None):
        super().__init__(name, function)
        self.setter = setter

    def __get__(self, x: Any, owner: Any = None) -> Any:
        if x is None:
            return self
        if type(x.value) is not ndarray or not self.of_arrays:
            check_has(x, self.name)
        return self.function(x)

    def __set__(self, x: Any, new: Any) -> None:
        if self.setter is None:
            raise MissingError(f"x.{self.name} of a Dual cannot be assigned to; make a new array instead")
        check_has(x, self.name)
        self.setter(x, new)


def check_has(x: Dual, name: str) -> None:
    """Raise if what a Dual holds has no method or attribute of this name."""
    kind = type(primal(x))
    if not hasattr(kind, name):
        in_numpy = f"np.{name}(x)" if hasattr(np, name) else "np.asarray(x)"
        error = lacking(name)
        if hasattr(ndarray, name):
            error = MissingError(
                f"this Dual holds a {kind.__name__}, which has no {name}; for what numbers and arrays both "
                f"know write {in_numpy}, or pass an array: np.array([2.0]) in place of 2.0"
            )
        error.name, error.obj = name, x
        raise error


def lacking(name: str) -> MissingError:
    """The error for what neither numbers nor arrays have."""
    from ..vocabulary import METHODS_OF_TENSORS

    made = "if it takes an object of a class, make that in the function: derivative(lambda x: f(Class(x)))(x)"
    return MissingError(
        f"the function asks for .{name} of a Dual, which has what numbers and arrays have; "
        f"{METHODS_OF_TENSORS.get(name, made)}"
    )


def has_arrays(x: Dual) -> bool:
    """Forward along one direction: the value and the tangent are arrays alike, and NumPy does the rest."""
    return type(x.tangent) is ndarray and type(x.value) is ndarray and x.mode.lanes is None


# ---------------------------------------------------------------- from the table


#: Types of arguments that nothing else takes care of.
_USUAL = frozenset({Dual, ndarray, int, float, bool, str, tuple, type(None)})


def _usual(given: Any) -> bool:
    return _USUAL.issuperset(map(type, given))


#: Keywords that function and method have in common.
_SAME_OPTIONS = OF_AXES | {"order"}


def _from_table(name: str, function: Any) -> Callable[..., Any]:
    """The method that is the function of NumPy of the same name."""
    of_array = getattr(ndarray, name)

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        usual = usual_rules.get(function)  # a short cut past NumPy's dispatching
        if usual is None or len(args) >= usual[1]:
            return function(self, *args, **keywords)
        if keywords and not (_SAME_OPTIONS.issuperset(keywords) and _usual(keywords.values())):
            return function(self, *args, **keywords)
        if args and (type(args[0]) not in _USUAL or (len(args) > 1 and not _usual(args))):
            return function(self, *args, **keywords)
        return call_linear(usual[0], (self, *args), keywords, of_array)

    method.__name__ = name
    method.__qualname__ = f"Dual.{name}"
    method.__doc__ = f"The same as ``np.{name}(x, ...)``."
    return method


def _rule(function: Any) -> Any:
    return RULES[function]


# ---------------------------------------------------------------- views and copies


def _reshape(self: Any, *shape: Any, order: Any = "C", copy: bool | None = None) -> Any:
    """The same entries in another shape."""
    if order == "C" and copy is None:
        y = self.value.reshape(*shape)
        if has_arrays(self):
            self.mode.moved = True
            t = self.tangent.reshape(y.shape)
            if is_view(y, self.value) and is_view(t, self.tangent):
                return share(self, make(self.mode, y, t), methodcaller("reshape", *shape))
        return derived(self, y, Reshape(self.shape, y.shape))
    keywords = {"order": order} if copy is None else {"order": order, "copy": copy}
    return call_linear(_rule(np.reshape), (self, shape[0] if len(shape) == 1 else shape), keywords)


def _transpose(self: Any, *axes: Any) -> Any:
    """The axes in another order."""
    if has_arrays(self):
        self.mode.moved = True
        view = make(self.mode, self.value.transpose(*axes), self.tangent.transpose(*axes))
        return share(self, view, methodcaller("transpose", *axes))
    if not axes:
        y = self.value.transpose()
        return derived(self, y, Permute(self.shape, negative_axes(None, y.ndim)[::-1]))
    order = axes[0] if len(axes) == 1 else axes or None
    return call_linear(_rule(np.transpose), (self, order), {})


def _matrix_transpose(self: Any) -> Any:
    """The last two axes swapped."""
    if self.ndim < 2:
        raise ValueError(f"x.mT is for matrices and this array has shape {self.shape}; write x.T")
    return self.swapaxes(-1, -2)


def _copy(self: Any, order: Any = "C") -> Any:
    """A copy that shares nothing with this Dual."""
    if has_arrays(self):
        return make(self.mode, self.value.copy(order), self.tangent.copy())
    if isinstance(self.mode, Recorded):
        return derived(self, self.value.copy(order), Identity(self.shape))
    return call(_rule(np.copy), lambda x: x.copy(order), (self,))


def _flatten(self: Any, order: Any = "C") -> Any:
    """A copy with one axis."""
    if order == "C":
        if has_arrays(self):
            self.mode.moved = True
            return make(self.mode, self.value.flatten(), self.tangent.flatten())
        return derived(self, self.value.flatten(), Reshape(self.shape, (self.size,)))
    return self.ravel(order=order).copy()


# ---------------------------------------------------------------- bounds


def _clip(self: Any, min: Any = None, max: Any = None, out: Any = None, **keywords: Any) -> Any:
    """The same as ``np.clip(x, min, max)``."""
    y = clipped(self, min, max) if out is None and not keywords else None
    if y is not None:
        return y
    if out is not None:
        keywords["out"] = out
    return np.clip(self, min, max, **keywords)


# ---------------------------------------------------------------- conversions


def refuse_records(wanted: Any) -> None:
    """An error for a dtype of records, which hold text and whole numbers beside the floats."""
    if wanted.names:
        raise ConversionError(
            f"an array of records, of dtype {wanted}, cannot hold a Dual; keep one array for each field: "
            f"fields = {{{wanted.names[0]!r}: np.array([x, ...]), ...}}"
        )


def _astype(
    self: Any, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
) -> Any:
    """The same numbers in another floating-point type."""
    wanted = np.dtype(dtype)
    refuse_dates(primal(self))
    if wanted.kind == "O":  # of which a Dual is what is made
        return converted(self, self.dtype) if copy else self
    if wanted.kind in "mM":
        raise ConversionError(OF_DATES)
    refuse_records(wanted)
    if wanted.kind == "b":
        return np.logical_and(self, True)  # which notes what is zero
    if wanted.kind in "iu":  # a step function: no derivative to carry
        return primal(self).astype(wanted, order=order, casting=casting)
    if wanted.kind not in "fc":
        raise ConversionError(f"astype({wanted}) would lose the derivative of a Dual; write astype(float)")
    if wanted.kind == "f" and is_complex(self) and np.can_cast(self.dtype, wanted, casting):
        warn_of_real_parts()
        self = self.real
    if not np.can_cast(self.dtype, wanted, casting):
        raise TypeError(f"Cannot cast array data from {self.dtype!r} to {wanted!r} by the rule {casting!r}")
    if not copy and wanted == self.dtype:
        return self
    return converted(self, wanted)


def _to_float(x: Any) -> Any:
    return x.item()


#: A number of NumPy as one of Python.
_TO_FLOAT = Rule(_to_float, (1,), "item", _to_float)


def item(self: Any, *index: Any) -> Any:
    """The only entry, or that at ``index``, as a Dual of a Python float."""
    if not index:
        if self.size != 1:
            raise ValueError(
                f"item() is for one number and this Dual has shape {self.shape}; write x.item(i)"
            )
        entry = np.reshape(self, -1)[0] if self.shape else self
    elif len(index) == 1 and not isinstance(index[0], tuple):
        entry = Flat(self)[int(index[0])]
    else:
        entry = self[index[0] if len(index) == 1 else index]
    if type(entry.value) is np.float64:
        return make(entry.mode, float(entry.value), entry.tangent)
    return call(_TO_FLOAT, _TO_FLOAT.function, (entry,))


def _tolist(self: Any) -> Any:
    """The entries as nested lists of Duals of Python floats."""
    return [_tolist(x) for x in self] if self.shape else item(self)


def _array_namespace(self: Any, *, api_version: Any = None) -> Any:
    """The module that has the functions for such arrays, by the array API: NumPy."""
    return np.empty(0).__array_namespace__(api_version=api_version)


def _to_device(self: Any, device: Any, /, *, stream: Any = None) -> Any:
    """The Dual itself: there is one device, "cpu"."""
    primal(self).to_device(device, stream=stream)  # which raises for any other
    return self


# ---------------------------------------------------------------- about the value


def _of_value(name: str) -> Callable[..., Any]:
    return lambda self: getattr(primal(self), name)


def _len(self: Any) -> int:
    return len(self.value)


def _compress(self: Any, condition: Any, axis: Any = None, out: Any = None) -> Any:
    """The entries along an axis where the condition holds."""
    return np.take(self, np.flatnonzero(primal(condition)), axis=axis, out=out)


def _tobytes(self: Any, order: Any = "C") -> bytes:
    """What stands for its bytes, as a key; with it the function is run once more, on plain numbers."""
    if self.mode is HAND or self.dtype not in (np.float64, np.complex128):
        raise MissingError(
            "x.tobytes() is for keys in a derivative call, of arrays of float64; "
            "write dualad.value(x).tobytes() for the plain numbers"
        )
    return bytes_of(self, order)


#: What is refused, with what to type instead.
REFUSED: dict[str, str] = {
    **{
        name: f"it would lose the derivative; write dualad.value(x).{name} for the plain numbers"
        for name in (
            *("as_integer_ratio", "byteswap", "ctypes", "dump", "dumps", "getfield", "hex"),
            *("tofile", "tostring"),
        )
    },
    "choose": "an index must be a whole number; write np.choose(dualad.value(x).astype(int), choices)",
    "fromhex": "it makes a new number; write float.fromhex(text)",
}


#: What of this leaves the function, so that it should not be called again.
SAVING = frozenset({"dump", "dumps", "tofile"})


class _Memory:
    """``x.data``: what can be asked of it without looking at the numbers; their place takes the Dual."""

    _ASKED = frozenset(
        {"c_contiguous", "contiguous", "f_contiguous", "format", "itemsize", "nbytes", "ndim", "readonly"}
        | {"shape", "strides", "suboffsets"}
    )
    _OF_DUAL = frozenset({"tobytes", "tolist"})

    def __init__(self, memory: memoryview, x: Any):
        self._memory = memory
        self._x = x

    def _now(self) -> Any:
        return self._x

    def __len__(self) -> int:
        return len(self._memory)

    def __getitem__(self, key: Any) -> Any:
        return self._x[key]

    def __setitem__(self, key: Any, new: Any) -> None:
        self._x[key] = new

    def __getattr__(self, name: str) -> Any:
        if name in self._ASKED:
            return getattr(self._memory, name)
        if name in self._OF_DUAL:
            return getattr(self._x, name)
        raise MissingError(
            f"a Dual has no data.{name}: it would lose the derivative; "
            f"write dualad.value(x).data.{name} for the plain numbers"
        )


def _data(self: Any) -> Any:
    return _Memory(primal(self).data, self)


def _base(self: Any) -> Any:
    """Whose memory it shows: something else than None, if it is a view."""
    if type(self.origin) is View:
        return self.origin.root
    base = primal(self).base
    return None if base is None else _Memory(memoryview(base), self)


def _conj(self: Any) -> Any:
    """Of real numbers the array itself."""
    return np.conjugate(self) if is_complex(self) else self


def _is_integer(self: Dual) -> bool:
    x = primal(self)
    whole: bool = x.is_integer()
    if whole:  # as x == round(x) is: here and not beside it
        warn_of_a_branch(self, float(x), asked=True)
    return whole


def _refusing(name: str, remedy: str) -> Callable[..., Any]:
    def refuse(self: Any) -> Any:
        error = MissingError(f"a Dual has no {name}: {remedy}")
        error.name, error.obj = name, self
        raise error

    return refuse


# ---------------------------------------------------------------- all together

_METHODS: dict[str, Callable[..., Any]] = {
    **in_place.METHODS_OF_DUALS,
    "__array_namespace__": _array_namespace,
    "astype": _astype,
    "clip": _clip,
    "compress": _compress,
    "conj": _conj,
    "copy": _copy,
    "flatten": _flatten,
    "item": item,
    "reshape": _reshape,
    "to_device": _to_device,
    "tobytes": _tobytes,
    "tolist": _tolist,
    "transpose": _transpose,
    "view": array_methods.view,
    "__len__": _len,
    "is_integer": _is_integer,
}

_ATTRIBUTES: dict[str, tuple[Callable[..., Any], Callable[..., Any] | None]] = {
    "T": (_transpose, None),
    "data": (_data, None),
    "base": (_base, None),
    "mT": (_matrix_transpose, None),
    **in_place.ATTRIBUTES,
    **{name: (_of_value(name), None) for name in ("device", "flags", "itemsize", "nbytes", "strides")},
    **{name: (_refusing(name, remedy), None) for name, remedy in REFUSED.items()},
}


#: What NumPy calls on the entries of an array of objects, for its functions of these names.
_CALLED_ON_OBJECTS = (
    "arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt cos cosh deg2rad degrees exp exp2 expm1 "
    "fabs fmod hypot log log10 log1p log2 rad2deg radians rint sin sinh sqrt tan tanh"
)


class _OfNumbers(_Method):
    """A method that NumPy calls on numbers in an array of objects; arrays have none of that name."""

    def __init__(self, name: str):
        function = getattr(np, name)
        super().__init__(name, lambda x, *args: function(x, *args))

    def __get__(self, x: Any, owner: Any = None) -> Any:
        if x is not None and x.shape:
            check_has(x, self.name)
        return types.MethodType(self.function, x)


def _install() -> None:
    array = np.empty((0, 0))  # which has not all that dir lists: NumPy 2.0 keeps names that only raise
    for name in filter(partial(hasattr, array), dir(ndarray)):
        if not (name.startswith("_") or name in _METHODS or name in _ATTRIBUTES or hasattr(Dual, name)):
            function = getattr(np, name, None)
            if function in RULES or function in PASSED:
                setattr(Dual, name, _Method(name, _from_table(name, function)))
    for name, method in _METHODS.items():
        method.__name__ = name  # by which others know what it does
        setattr(Dual, name, _Method(name, method))
    for name, (getter, setter) in _ATTRIBUTES.items():
        setattr(Dual, name, _Attribute(name, getter, setter))
    for name in _CALLED_ON_OBJECTS.split():
        setattr(Dual, name, _OfNumbers(name))
    _class.conjugate = _class.conj
    _class.shape = _class.shape.setter(set_shape)


_install()
