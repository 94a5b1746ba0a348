"""Dual: a value, a tangent, and the mode that the tangent belongs to.

What a Dual is: how it is made, shown, copied and taken apart. How its entries are read and assigned to
is in `entries`, what can be done with it (operators, NumPy's functions, methods) in `operations`.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NoReturn

import numpy as np

from .errors import ConversionError, InputError, ShapeError, UnsupportedError
from .linear import is_complex
from .modes import HAND, Mode, Recorded
from .shapes import Shape, shape_of

__all__ = [
    "Dual",
    "checked_number",
    "holds_dual",
    "make",
    "named",
    "primal",
    "settled",
    "stacked",
]


class Dual:
    """A number or array that carries its derivative along.

    Parameters
    ----------
    value : float or array_like
        The value (the primal). Integers become floats.
    tangent : float or array_like, optional
        The tangent, of the value's shape. Default: zero.

    Notes
    -----
    Duals made by hand all belong to one forward mode, so they can be computed with together.

    Raises
    ------
    ShapeError
        The tangent's shape is not the value's.
    InputError
        The value or the tangent is not made of numbers.

    Examples
    --------
    >>> x = Dual(2.0, 1.0)
    >>> x * x + 3
    Dual(7.0 + 4.0ε)
    >>> np.sin(Dual([0.0, 1.0], [1.0, 1.0]))
    Dual([0.         0.84147098] + [1.         0.54030231]ε)
    """

    __slots__ = ("__weakref__", "mode", "origin", "tangent", "value")

    value: Any
    tangent: Any
    mode: Mode
    #: For an array: the `View` of another one that it is, or the `Views` that others are of it, or None.
    origin: Any
    #: Reading and assigning to entries, put here by `entries`.
    __getitem__: ClassVar[Callable[..., Any]]
    __setitem__: ClassVar[Callable[..., None]]

    def __init__(self, value: Any, tangent: Any = 0.0):
        value = checked_number(value, "the value of a Dual")
        tangent = checked_number(tangent, "the tangent of a Dual")
        if shape_of(tangent) != shape_of(value):
            if shape_of(tangent) != () or tangent != 0:
                raise ShapeError(
                    f"the tangent has shape {shape_of(tangent)} and the value {shape_of(value)}; "
                    "give one tangent entry for each entry of the value, as in Dual([1, 2], [1, 0])"
                )
            tangent = HAND.zero(value)
        self.value = value.copy() if isinstance(value, np.ndarray) else value
        self.mode = HAND
        self.origin = None
        self.tangent = HAND._fitted(tangent.copy() if isinstance(tangent, np.ndarray) else tangent, value)

    # ------------------------------------------------------------ what it looks like

    def __repr__(self) -> str:
        if isinstance(self.mode, Recorded):
            place = self.tangent if type(self.tangent) is int else self.tangent.place
            return f"Dual({self.value}, recorded #{place})"
        return f"Dual({self._text('')})"

    def __format__(self, spec: str) -> str:
        if not spec or isinstance(self.mode, Recorded):
            return format(self.value, spec) if spec else repr(self)
        if isinstance(self.value, np.ndarray):
            raise TypeError(
                f"the format {spec!r} is for numbers and this Dual has shape {self.shape}; "
                "format its entries, or dualad.value(x) and dualad.tangent(x) as arrays"
            )
        return self._text(spec)

    def _text(self, spec: str) -> str:
        t = self.tangent
        minus = isinstance(t, float) and math.copysign(1.0, t) < 0
        return f"{self.value:{spec}} {'-' if minus else '+'} {-t if minus else t:{spec}}ε"

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return self.value.shape if type(self.value) is np.ndarray else shape_of(self.value)

    @property
    def ndim(self) -> int:
        """How many axes the value has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many numbers the value holds."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the value."""
        value = primal(self)
        kind = type(value) if isinstance(value, float | complex) else object
        return getattr(value, "dtype", None) or np.dtype(kind)

    @property
    def real(self) -> Any:
        """The real part; of a real Dual the Dual itself."""
        return np.real(self) if is_complex(self.value) else self

    @real.setter
    def real(self, new: Any) -> None:
        raise UnsupportedError(
            "the parts of a complex Dual cannot be assigned to; write z[...] = new + 1j * z.imag"
        )

    @property
    def imag(self) -> Any:
        """The imaginary part; of a real Dual zero."""
        return np.imag(self)

    @imag.setter
    def imag(self, new: Any) -> None:
        raise UnsupportedError(
            "the parts of a complex Dual cannot be assigned to; write z[...] = z.real + 1j * new"
        )

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("a Dual of a single number has no entries; use it without a loop")
        return (self[i] for i in range(len(self.value)))

    def __bool__(self) -> bool:
        return bool(primal(self))

    # ------------------------------------------------------------ conversions that would lose the derivative

    def __float__(self) -> NoReturn:
        raise ConversionError(
            "float(x) and the functions of math would lose the derivative of a Dual; "
            "write np.sin(x) or dualad.sin(x) instead of math.sin(x), and leave out float(); "
            "for the plain number write dualad.value(x)"
        )

    def __int__(self) -> NoReturn:
        raise ConversionError(
            "int(x) would lose the derivative of a Dual; write int(dualad.value(x)) for the plain number"
        )

    def __index__(self) -> NoReturn:
        raise ConversionError(
            "a Dual cannot be an index or a length: it would lose its derivative; write int(dualad.value(x))"
        )

    def __complex__(self) -> NoReturn:
        raise ConversionError(
            "complex(x) would lose the derivative of a Dual; write x + 0j, or leave out complex()"
        )

    def __array__(self, *args: Any, **keywords: Any) -> NoReturn:
        raise ConversionError(
            "np.asarray(x), np.array([x, ...]) and W.dot(x) would lose the derivative of a Dual; "
            "write x as it is, np.stack([x, ...]) to make an array of several, and W @ x for W.dot(x)"
        )

    def __hash__(self) -> int:
        raise TypeError(
            "a Dual cannot be a key of a dict or a member of a set; use dualad.value(x) as the key"
        )

    def __round__(self, digits: int | None = None) -> Any:
        return round(primal(self)) if digits is None else round(primal(self), digits)

    def __floor__(self) -> int:
        return math.floor(primal(self))

    def __ceil__(self) -> int:
        return math.ceil(primal(self))

    def __trunc__(self) -> int:
        return math.trunc(primal(self))

    # ------------------------------------------------------------ copies

    def __copy__(self) -> Any:
        return np.copy(self) if self.shape else make(self.mode, self.value, self.tangent)

    def __deepcopy__(self, memo: object) -> Any:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return make, (self.mode, self.value, self.tangent)

    # ------------------------------------------------------------ entries

    def __contains__(self, item: Any) -> bool:
        return primal(item) in primal(self)


# ---------------------------------------------------------------- making, stripping, checking


def make(mode: Mode, value: Any, tangent: Any) -> Dual:
    """A Dual of a running derivative call."""
    d: Dual = mode.new(Dual)
    d.value = value
    d.tangent = tangent
    d.mode = mode
    d.origin = None
    return d


def primal(x: Any) -> Any:
    """The plain number or array inside, however deeply nested."""
    while type(x) is Dual:
        x = x.value
    return x


def checked_number(x: Any, what: str) -> Any:
    """A number or array that can be differentiated: integers as floats, lists as arrays."""
    kind = type(x)
    if kind is float or kind is Dual or kind is np.float64 or kind is complex:
        return x
    if isinstance(x, bool | int):
        return float(x)
    x = settled(x)
    if isinstance(x, list | tuple):
        return stacked(x) if holds_dual(x) else checked_number(np.array(x), what)
    if isinstance(x, np.ndarray | np.generic):
        code = x.dtype.kind
        if code in "fc":
            return x
        if code in "biu":
            return x.astype(np.float64)
        if code == "O" and any(type(e) is Dual for e in np.ravel(x)):
            return stacked(x.tolist())
        raise InputError(
            f"{what} is an array of dtype {x.dtype}; convert it first: np.asarray(x, dtype=float)"
        )
    if type(x).__name__ == "mpc":
        raise InputError(f"{what} is the complex mpmath number {x!r}; pass a complex number: complex(x)")
    if is_number(x):
        return x
    if hasattr(x, "__array__") and not isinstance(x, str | bytes):
        return checked_number(np.asarray(x), what)
    raise InputError(
        f"{what} is {named(x)}; pass a number, a list of numbers or an array, as in 2.0 or [1.0, 2.0]"
    )


def is_number(x: Any) -> bool:
    """Foreign number types: Fraction, Decimal, mpf and whatever calculates like a number."""
    return isinstance(x, numbers.Number) or hasattr(x, "_mpf_")


def named(x: Any) -> str:
    text = repr(x)
    return f"{text if len(text) < 40 else text[:37] + '...'} (a {type(x).__name__})"


def settled(x: Any) -> Any:
    """What arrays that may come to hold Duals (`containers`) hold, also inside lists, tuples and dicts."""
    kind = type(x)
    if kind is Dual or kind is float or kind is np.ndarray:
        return x
    if kind is list or kind is tuple:
        if not any(_may_hold(e) for e in x):
            return x
        now = kind(map(settled, x))
        return x if all(a is b for a, b in zip(now, x, strict=True)) else now
    if kind is dict:
        return {k: settled(v) for k, v in x.items()}
    now = getattr(kind, "_now", None)
    return x if now is None else now(x)


def _may_hold(x: Any) -> bool:
    kind = type(x)
    return kind is list or kind is tuple or hasattr(kind, "_now")


def holds_dual(x: Any) -> bool:
    return any(holds_dual(e) if isinstance(e, list | tuple) else type(e) is Dual for e in x)


def stacked(x: Any) -> Any:
    """Nested sequences as one array, with Duals among the entries."""
    if isinstance(x, list | tuple):
        if not holds_dual(x):
            return np.array(x)
        return np.stack([stacked(e) for e in x])
    return x
