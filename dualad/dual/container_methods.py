"""The methods of arrays that may hold Duals: by the Dual where there is one, else by NumPy's own."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from ..rules.complex_parts import from_parts
from . import in_place
from .callers import real_of
from .containers import Container, all_views, holding, mode_in
from .dual import primal, settled, stacked

#: Methods that read: by the Dual if there is one.
_READING = (
    "all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy "
    "cumprod cumsum dot flatten item max mean min nonzero prod repeat round searchsorted std sum take "
    "tolist trace var __bool__ __float__ __int__ __complex__ __contains__"
)


#: Where the methods that have one take ``out``, which is written into.
_OUT = {
    **dict.fromkeys(("all", "any", "argmax", "argmin", "choose", "dot", "max", "min", "round"), 1),
    **dict.fromkeys(("clip", "compress", "cumprod", "cumsum", "mean", "prod", "std", "sum"), 2),
    **dict.fromkeys(("take", "var"), 2),
    "trace": 4,
}


def _reading(name: str) -> Any:
    own = getattr(np.ndarray, name)
    place = _OUT.get(name)

    def call(self: Any, *args: Any, **keywords: Any) -> Any:
        if place is not None and len(args) == place + 1:
            args, keywords["out"] = args[:place], args[place]
        out = keywords.get("out")
        if out is not None and mode_in((self, args, keywords)) is not None:
            del keywords["out"]
            y = call(self, *args, **keywords)
            if np.shape(out) != np.shape(y):
                raise ShapeError(
                    f"out has shape {np.shape(out)} and the result of {name} has shape {np.shape(y)}; give "
                    "it the shape of the result, as in out=np.zeros_like(y)"
                )
            out[...] = y
            return out
        if self._root()._dual is not None:
            return getattr(self._held(), name)(*settled(args), **settled(keywords))
        if not (args or keywords) or mode_in((args, keywords)) is None:
            return holding(own(np.ndarray.view(self, np.ndarray), *settled(args), **settled(keywords)))
        if name == "__contains__":
            return own(np.ndarray.view(self, np.ndarray), primal(args[0]))
        return getattr(np, name)(settled(self), *settled(args), **settled(keywords))

    return _documented(call, name)


def _viewing(name: str) -> Any:
    own = getattr(np.ndarray, name)

    def call(self: Any, *args: Any, **keywords: Any) -> Any:
        result = own(self, *args, **keywords)
        if self._root()._dual is None or all_views(result):
            return result
        return getattr(self._held(), name)(*args, **keywords)

    return _documented(call, name)


#: Operators, which a class derived from ndarray is asked for first where it stands on the right.
_OPERATORS = "add sub mul truediv floordiv mod divmod pow matmul and or xor lshift rshift"


def _deferring(name: str) -> Any:
    """Python would ask it before an array; that it comes before a container has to be said.

    ``array * matrix`` is a product of matrices, by ``np.matrix.__rmul__``.
    """
    own, reflected = getattr(np.ndarray, f"__{name}__"), f"__r{name}__"

    def operate(self: Any, other: Any, *modulus: None) -> Any:  # as pow(x, y, None) hands it on
        if isinstance(other, np.ndarray):
            here = getattr(self, "dualad_class", np.ndarray)  # what the container stands for
            there = getattr(other, "dualad_class", type(other))
            derived = there is not here and issubclass(there, here)
            if derived and getattr(there, reflected) is not getattr(here, reflected):
                return NotImplemented
        return own(self, other, *modulus)

    return _documented(operate, f"__{name}__")


def _documented(call: Any, name: str) -> Any:
    call.__name__ = name
    call.__doc__ = f"``np.ndarray.{name}``."
    return call


def _part(name: str) -> property:
    """``x.real`` or ``x.imag``."""
    own = getattr(np.ndarray, name)

    def read(self: Any) -> Any:
        if self.dtype.kind == "c":
            return own.__get__(self)  # a view, which looks at the part in its turn
        return self if name == "real" else getattr(self._held(), name)

    def write(self: Any, new: Any) -> None:
        if self._root()._dual is None and mode_in(new) is None:
            own.__set__(np.ndarray.view(self, np.ndarray), settled(new))
        else:
            new = real_of(stacked(settled(new)))
            if self.dtype.kind != "c" and name == "real":
                self[...] = new
                return
            other = np.imag(self) if name == "real" else np.real(self)
            self[...] = from_parts(new, other) if name == "real" else from_parts(other, new)

    return property(read, write)


def install_methods() -> None:
    """Give `Container` its methods."""
    for name in _READING.split():
        if name not in Container.__dict__:
            setattr(Container, name, _reading(name))
    for name in ("reshape", "ravel", "swapaxes", "transpose", "diagonal"):
        setattr(Container, name, _viewing(name))
    for name in ("real", "imag"):
        setattr(Container, name, _part(name))
    for name, method in in_place.METHODS.items():
        setattr(Container, name, method)
    for name, (read, write) in in_place.ATTRIBUTES.items():
        setattr(Container, name, property(read, write))
    for name in _OPERATORS.split():
        setattr(Container, f"__{name}__", _deferring(name))
