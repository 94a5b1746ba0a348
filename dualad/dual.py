"""Dual: a value, a tangent, and the mode that the tangent belongs to.

What a Dual is: how it is made, shown, copied, taken apart, indexed and assigned to. What can be
done with it (operators, NumPy's functions, methods) is in `operations`.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from .errors import ConversionError, InputError, ShapeError, StaleViewError
from .linear import Identity, LinearMap, Mask, Put, Scale, Take, aligned
from .modes import HAND, Forward, Mode, Recorded
from .shapes import Shape, full_index, gathered_first, is_basic, shape_of

__all__ = ["Dual", "check_current", "checked_number", "holds_dual", "make", "named", "primal", "stacked"]


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
        The value or the tangent is not made of real numbers.

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
    #: For a view in recorded mode: the Dual it looks at, that one's tangent at the time, the index.
    origin: Any

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
        self.value = value.copy(order="K") if isinstance(value, np.ndarray) else value
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
        return shape_of(self.value)

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
        return getattr(value, "dtype", None) or np.dtype(float if isinstance(value, float) else object)

    @property
    def T(self) -> Any:
        """The value with its axes reversed."""
        return np.transpose(self)

    @property
    def flat(self) -> Any:
        """The entries one after the other."""
        return iter(np.ravel(self))

    @property
    def real(self) -> Any:
        """The real part: the Dual itself."""
        return self

    @property
    def imag(self) -> Any:
        """The imaginary part: zero."""
        return np.zeros_like(self)

    def __len__(self) -> int:
        return len(self.value)

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

    def copy(self, order: str = "C") -> Any:
        """A copy that shares nothing with this Dual."""
        return np.copy(self)

    def __copy__(self) -> Any:
        return np.copy(self) if self.shape else make(self.mode, self.value, self.tangent)

    def __deepcopy__(self, memo: object) -> Any:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        return make, (self.mode, self.value, self.tangent)

    # ------------------------------------------------------------ entries

    def __getitem__(self, key: Any) -> Any:
        check_current(self)
        mode = self.mode
        if (
            type(key) is int
            and type(self.tangent) is np.ndarray
            and self.ndim == 1
            and isinstance(mode, Forward)
        ):
            mode.moved = True  # one number of a vector: the commonest index, and quickly done
            t = self.tangent[..., key]
            return make(mode, self.value[key], mode.number(t))
        key = _plain_key(key)
        y = self.value[key]
        linear = Take(key, self.shape, shape_of(y))
        tangent = mode.combined(y, [(linear, self.tangent)])
        if mode.lanes is not None and not isinstance(primal(y), np.ndarray):
            tangent = np.copy(tangent)  # a number is no view, its tangent must not be one either
        result = make(mode, y, tangent)
        if isinstance(mode, Recorded) and isinstance(y, np.ndarray) and is_basic(linear.index):
            result.origin = (self, self.tangent, linear.index)
        return result

    def __setitem__(self, key: Any, new: Any) -> None:
        key = _plain_key(key)
        if not self.shape:
            raise TypeError(
                "a Dual of a single number has no entries; assign to the name itself, as in x = ..."
            )
        check_current(self)
        if isinstance(new, list | tuple):
            new = stacked(new)
        if isinstance(new, Dual):
            check_current(new)
            if new.mode.level > self.mode.level:
                raise_level(self, new.mode)
        if isinstance(self.mode, Recorded):
            self._assign_recorded(key, new)
        else:
            self._assign_forward(key, new)

    def _assign_forward(self, key: Any, new: Any) -> None:
        index = full_index(key, self.ndim)
        active = isinstance(new, Dual) and new.mode is self.mode
        entries = new.value if active else new
        self.value = _room(self.value, entries)
        self.value[key] = entries
        lanes = self.mode.lanes
        at = index if lanes is None else (slice(None), *index)
        if not active:
            self.tangent[at] = 0
            return
        t = new.tangent
        if lanes is not None:
            target = (
                shape_of(np.empty(self.shape, bool)[index])
                if not is_basic(index)
                else shape_of(self.value[index])
            )
            t = aligned(t, new.shape, len(target))
            first = gathered_first(index)
            if first:
                t = np.moveaxis(np.broadcast_to(t, (lanes, *target)), range(1, 1 + first), range(first))
        self.tangent = _room(self.tangent, t)
        self.tangent[at] = t

    def _assign_recorded(self, key: Any, new: Any) -> None:
        """An assignment is a new node, and a new value array: what was recorded keeps the old one."""
        mode = self.mode
        origin = getattr(self, "origin", None)
        if origin is not None and origin[2] is None:
            raise StaleViewError(
                "in recorded (reverse) mode this view (made by reshape, transpose or the like) cannot be "
                "assigned to; assign to the array it was made from, or to a copy: v = v.copy()"
            )
        active = isinstance(new, Dual) and new.mode is mode
        entries = new.value if active else new
        value = _room(self.value.copy(), entries)
        value[key] = entries
        index = full_index(key, self.ndim)
        terms: list[tuple[LinearMap, Any]] = [(Mask(index, self.shape), self.tangent)]
        if active:
            terms.append((_placing(index, self.shape, new.shape), new.tangent))
        self.value = value
        self.tangent = mode.combined(value, terms)
        if origin is not None:
            base, _, where = origin
            plain = make(mode, self.value, self.tangent)
            base[where] = plain
            self.value = base.value[where]
            self.origin = (base, base.tangent, where)

    def __contains__(self, item: Any) -> bool:
        return primal(item) in primal(self)

    def item(self, *index: Any) -> Any:
        """The single entry, or the entry at ``index``, as a Dual of a number."""
        if index:
            return (
                np.ravel(self)[index[0]]
                if len(index) == 1 and not isinstance(index[0], tuple)
                else self[index]
            )
        if self.size != 1:
            raise ValueError(f"item() is for one number and this Dual has shape {self.shape}; write item(i)")
        return np.reshape(self, -1)[0] if self.shape else self

    def tolist(self) -> Any:
        """The entries as nested lists of Duals."""
        return [x.tolist() for x in self] if self.shape else self

    def fill(self, new: Any) -> None:
        """Assign to all entries."""
        self[...] = new


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


def check_current(x: Dual) -> None:
    """Raise if this is a view that an assignment to its base left behind."""
    origin = getattr(x, "origin", None)
    if origin is not None:
        base, tangent, _ = origin
        check_current(base)
        if base.tangent is not tangent:
            raise StaleViewError(
                "this view was taken before its array was assigned to, and in recorded (reverse) mode it "
                "would show the old entries; take the view again after the assignment, as in v = x[1:3]"
            )


def checked_number(x: Any, what: str) -> Any:
    """A real number or array that can be differentiated: integers as floats, lists as arrays."""
    kind = type(x)
    if kind is float or kind is Dual or kind is np.float64:
        return x
    if isinstance(x, bool | int):
        return float(x)
    if isinstance(x, list | tuple):
        return stacked(x) if holds_dual(x) else checked_number(np.array(x), what)
    if isinstance(x, np.ndarray | np.generic):
        code = x.dtype.kind
        if code == "f":
            return x
        if code in "biu":
            return x.astype(np.float64)
        if code == "O" and any(type(e) is Dual for e in np.ravel(x)):
            return stacked(x.tolist())
        if code == "c":
            raise InputError(
                f"{what} is complex ({x.dtype}), for which derivative has no meaning yet; "
                "pass the real and the imaginary part as two real arguments"
            )
        raise InputError(
            f"{what} is an array of dtype {x.dtype}; convert it first: np.asarray(x, dtype=float)"
        )
    if isinstance(x, complex) or type(x).__name__ == "mpc":
        raise InputError(
            f"{what} is the complex number {x!r}, for which derivative has no meaning yet; "
            "pass the real and the imaginary part as two real arguments"
        )
    if _is_number(x):
        return x
    if hasattr(x, "__array__") and not isinstance(x, str | bytes):
        return checked_number(np.asarray(x), what)
    raise InputError(
        f"{what} is {named(x)}; pass a number, a list of numbers or an array, as in 2.0 or [1.0, 2.0]"
    )


def _is_number(x: Any) -> bool:
    """Foreign number types: Fraction, Decimal, mpf and whatever calculates like a number."""
    return isinstance(x, numbers.Number) or hasattr(x, "_mpf_")


def named(x: Any) -> str:
    text = repr(x)
    return f"{text if len(text) < 40 else text[:37] + '...'} (a {type(x).__name__})"


def holds_dual(x: Any) -> bool:
    return any(holds_dual(e) if isinstance(e, list | tuple) else type(e) is Dual for e in x)


def stacked(x: Any) -> Any:
    """Nested sequences as one array, with Duals among the entries."""
    if isinstance(x, list | tuple):
        if not holds_dual(x):
            return np.array(x)
        return np.stack([stacked(e) for e in x])
    return x


def _plain_key(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(primal(k) if type(k) is Dual and k.dtype == bool else k for k in key)
    return key


def _room(array: Any, new: Any) -> Any:
    """The array, as a Dual of an outer call where it is to hold one's entries."""
    if isinstance(new, Dual) and not isinstance(array, Dual):
        return make(new.mode, array, new.mode.zero(array))
    return array


def raise_level(x: Dual, mode: Mode) -> None:
    """Make an outer Dual a value of an inner mode, in place, so that it can hold that mode's Duals."""
    x.value = make(x.mode, x.value, x.tangent)
    x.mode = mode
    x.tangent = mode.zero(x.value)


def _placing(index: Any, shape: Shape, new: Shape) -> LinearMap:
    """The map from assigned entries to an array: the last one wins where an index comes twice."""
    if is_basic(index):
        target = shape_of(np.empty(shape, bool)[index])
        spread = Scale(1, new, target) if new != target else Identity(new)
        return spread >> Put(index, target, shape)
    source = np.full(shape, -1)
    target = source[index].shape
    source[index] = np.arange(math.prod(target)).reshape(target)
    places = np.nonzero(source >= 0)
    taken = source[places]
    spread = Scale(1, new, target) if new != target else Identity(new)
    return (
        spread
        >> Take(np.unravel_index(taken, target), target, taken.shape)
        >> Put(places, taken.shape, shape)
    )
