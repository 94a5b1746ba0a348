"""A number inside another: the base of the number that counts and of the one with many digits.

Every operator and every NumPy function arrives in one place, ``compute``, as the ufunc that it is.
"""

from __future__ import annotations

import numbers
from functools import partial
from typing import Any

import numpy as np

_PLAIN = (int, float, complex, np.generic, numbers.Rational)


class Wrapped(np.lib.mixins.NDArrayOperatorsMixin):
    """A number that computes by ``compute(ufunc, values)`` of its class.

    There is no ``__float__``: ``math.sin(x)`` raises, since it would lose what the class is for.
    """

    __slots__ = ("value",)
    value: Any

    def compute(self, ufunc: Any, values: tuple[Any, ...]) -> Any:
        """The result of a ufunc on the values inside: a number, or a tuple of numbers."""
        raise NotImplementedError

    def wrap(self, value: Any) -> Any:
        """A number of the same kind, with another value."""
        raise NotImplementedError

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method != "__call__" or keywords:
            return NotImplemented
        if any(isinstance(a, np.ndarray) for a in inputs):
            boxed = [np.asarray(a, object) for a in inputs]  # entry by entry, and not here again
            return np.frompyfunc(ufunc, ufunc.nin, ufunc.nout)(*boxed)
        kind = type(self)
        if not all(isinstance(a, (kind, *_PLAIN)) for a in inputs):
            return NotImplemented  # a Dual that holds such a number takes over
        result = self.compute(ufunc, tuple(a.value if isinstance(a, kind) else a for a in inputs))
        return tuple(map(self._wrap, result)) if isinstance(result, tuple) else self._wrap(result)

    def _wrap(self, value: Any) -> Any:
        return bool(value) if isinstance(value, bool | np.bool_) else self.wrap(value)

    def __getattr__(self, name: str) -> Any:
        # x.sin(): what NumPy calls for each element of an array of objects
        ufunc = getattr(np, name, None)
        if isinstance(ufunc, np.ufunc):
            return partial(ufunc, self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value})"


numbers.Number.register(Wrapped)
