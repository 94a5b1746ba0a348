"""Dual: a value, a tangent, and the mode that the tangent belongs to.

What a Dual is: how it is made, shown, copied and taken apart. How its entries are read and assigned to
is in `entries`, what can be done with it (operators, NumPy's functions, methods) in `operations`.
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from ..corners import is_tidying
from ..errors import ConversionError, InputError, PlainArrayError, ShapeError
from ..linear import Put, is_complex
from ..linear.complexes import between
from ..modes import HAND, Forward, Mode, Recorded
from ..rules.complex_parts import from_parts
from ..shapes import Shape, shape_of
from .callers import (
    ASSIGNING,
    INDEXING,
    INTO_PLAIN,
    INTO_WHOLE,
    NO_INDEX,
    assigned_by_caller,
    caller_is,
    is_scipys_product,
    note_rounding,
    real_of,
    warn_slow,
)
from .keys import is_looked_up, is_test
from .printed import printed

if TYPE_CHECKING:
    from .typed import GivenLater
else:
    GivenLater = object


class Dual(GivenLater):
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

    __slots__ = ("__weakref__", "_square", "mode", "origin", "tangent", "value")

    value: Any
    tangent: Any
    mode: Mode
    #: For an array: the `View` of another one that it is, or the `Views` that others are of it, or None.
    origin: Any
    #: Of a square root that is 0 its `square_roots.Root`; else None, or not set for a number.
    _square: Any

    #: The operators of pandas' objects leave it to ours what to do, and these lift theirs.
    __pandas_priority__: ClassVar[int] = 5000
    #: That of an array, which classes derived from it compare with their own.
    __array_priority__: ClassVar[float] = 0.0

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
        self.origin = self._square = None
        self.tangent = HAND.fitted(tangent.copy() if isinstance(tangent, np.ndarray) else tangent, value)

    # ------------------------------------------------------------ what it looks like

    def __repr__(self) -> str:
        if self.mode is not HAND:  # the numbers may be found in the text
            printed(str(primal(self)), self.mode)
        if isinstance(self.mode, Recorded):
            place = self.tangent if type(self.tangent) is int else self.tangent.place
            return f"Dual({self.value}, recorded #{place})"
        return f"Dual({self._text('')})"

    def __format__(self, spec: str) -> str:
        if not spec and self.mode is HAND:
            return repr(self)
        if spec and isinstance(self.value, np.ndarray):
            raise TypeError(
                f"the format {spec!r} is for numbers and this Dual has shape {self.shape}; "
                "format its entries, or dualad.value(x) and dualad.tangent(x) as arrays"
            )
        if self.mode is not HAND:  # in a derivative call: something may be looked up by the text
            return printed(
                format(self.value, spec), self.mode, number=(self, lambda value: format(value, spec))
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
        if is_complex(self.value) and isinstance(self.mode, Recorded):
            self[...] = from_parts(real_of(new), np.imag(self))  # there it is no view
        else:
            self.real[...] = new

    @property
    def imag(self) -> Any:
        """The imaginary part; of a real Dual zero."""
        return np.imag(self)

    @imag.setter
    def imag(self, new: Any) -> None:
        if not is_complex(self.value):
            raise TypeError("a real number has no imaginary part to set; write x = x + 1j * new")
        if isinstance(self.mode, Recorded):
            self[...] = from_parts(np.real(self), real_of(new))
        else:
            self.imag[...] = new

    @property
    def unit(self) -> NoReturn:
        """Code for numbers with units asks for it before it takes ``x.value`` for the number of such."""
        raise ConversionError(
            "a Dual cannot be or meet a quantity with a unit: it would lose its derivative; compute with "
            "plain numbers, as in quantity.value, and give the result its unit"
        )

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("a single number has no entries; use it without a loop")
        return (self[i] for i in range(len(self.value)))

    # ------------------------------------------------------------ conversions that would lose the derivative

    def __float__(self) -> NoReturn:
        if caller_is(ASSIGNING):
            raise PlainArrayError(INTO_PLAIN, assigned_by_caller())
        raise ConversionError(
            "float(x) and the functions of math would lose the derivative of a Dual; "
            "write np.sin(x) or dualad.sin(x) instead of math.sin(x), and leave out float(); "
            "for the plain number write dualad.value(x)"
        )

    def __int__(self) -> NoReturn:
        if caller_is(ASSIGNING):
            raise PlainArrayError(INTO_WHOLE)
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

    @property
    def _data(self) -> Any:
        """What `numpy.ma` computes with, which would else ask for an array of objects."""
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """An array of objects, one Dual for each entry, for code that knows only plain arrays."""
        if dtype is not None and np.dtype(dtype).kind != "O":
            if caller_is(ASSIGNING):
                into = INTO_WHOLE if np.dtype(dtype).kind in "biu" else INTO_PLAIN
                raise PlainArrayError(into, assigned_by_caller())
            raise ConversionError(
                f"an array of {np.dtype(dtype)} would lose the derivative of a Dual; write x as it is for "
                "np.asarray(x, float), and np.stack([x, ...]) to make an array of several"
            )
        if caller_is(INDEXING):
            raise ConversionError(NO_INDEX)
        if is_scipys_product():
            box = np.empty((), object)
            box[()] = self
            return box
        warn_slow(self)
        made = np.fromiter(np.ravel(self), object, self.size).reshape(self.shape)
        made.flags.writeable = copy is not False  # what is written is meant for this Dual, and would be lost
        return made

    def __hash__(self) -> int:
        if self.shape:
            raise ConversionError(
                "a Dual of an array cannot be a key of a dict or a member of a set, nor can an array; use "
                "a tuple of its plain numbers: tuple(dualad.value(x).tolist())"
            )
        if self.mode is HAND or not (is_looked_up(1) or is_test()):
            raise ConversionError(
                "a Dual cannot be a key of a dict or a member of a set here; use dualad.value(x) as the key"
            )
        self.mode.keyed = True
        return hash(primal(self))

    def __round__(self, digits: int | None = None) -> Any:
        if digits is None:
            return round(primal(self))
        note_rounding(self, digits)
        if is_tidying(digits):
            return make(self.mode, round(self.value, digits), self.tangent)
        return round(primal(self), digits)

    def __floor__(self) -> int:
        return math.floor(primal(self))

    def __ceil__(self) -> int:
        return math.ceil(primal(self))

    def __trunc__(self) -> int:
        return math.trunc(primal(self))

    # ------------------------------------------------------------ copies

    def __copy__(self) -> Any:
        if self.mode.is_over:  # in an object that has kept it
            return self
        return np.copy(self) if self.shape else make(self.mode, self.value, self.tangent)

    def __deepcopy__(self, memo: object) -> Any:
        return self.__copy__()

    def __reduce__(self) -> tuple[Any, ...]:
        sender = sys._getframe(1).f_globals.get("__name__", "")
        if self.mode is not HAND and sender.startswith("multiprocessing."):  # where one would wait for ever
            raise ConversionError(
                "a Dual belongs to the process of its derivative call and cannot be sent to another one; use "
                "threads, or take the derivative inside of what is sent, which gives plain numbers"
            )
        return make, (self.mode, self.value, self.tangent)

    # ------------------------------------------------------------ entries

    def __contains__(self, item: Any) -> bool:
        return primal(item) in primal(self)


# ---------------------------------------------------------------- making, stripping, checking


def make(mode: Mode, value: Any, tangent: Any) -> Dual:
    """A Dual of a running derivative call."""
    new = mode.new  # a slot, which Python finds sooner if it is no call of a method
    d: Dual = new(Dual)
    d.value = value
    d.tangent = tangent
    d.mode = mode
    d.origin = d._square = None
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
    if type(x) is Dual:
        return x
    if isinstance(x, list | tuple):
        if holds_dual(x):
            return stacked(x)
        try:
            return checked_number(np.array(x), what)
        except ValueError as error:
            raise InputError(
                f"{what} is a list of lists of different lengths, {named(x)}; pass a list of arrays: "
                "[np.array(row) for row in x]"
            ) from error
    if isinstance(x, np.ndarray | np.generic):
        return _checked_array(x, what)
    if type(x).__name__ == "mpc":
        raise InputError(f"{what} is the complex mpmath number {x!r}; pass a complex number: complex(x)")
    if is_number(x):
        return x
    if hasattr(x, "__array__") and not isinstance(x, str | bytes):
        return checked_number(np.asarray(x), what)
    if hasattr(x, "toarray"):
        raise InputError(
            f"{what} is {named(x)}; pass the entries, x.data, of x = x.tocsr(), and make the matrix in the "
            "function: csr_matrix((data, x.indices, x.indptr), x.shape)"
        )
    remedy = "a number, a list of numbers or an array, as in 2.0 or [1.0, 2.0]"
    if isinstance(x, Iterable) and not isinstance(x, str | bytes | dict):
        remedy = "list(x)"
    elif hasattr(x, "__dict__"):
        remedy = f"its numbers, and make it in the function: lambda x: f({type(x).__name__}(x))"
    raise InputError(f"{what} is {named(x)}; pass {remedy}")


def _checked_array(x: Any, what: str) -> Any:
    code = x.dtype.kind
    if type(x) is not np.ndarray and isinstance(x, np.ma.MaskedArray):
        if np.ma.is_masked(x):
            raise InputError(
                f"{what} is a masked array, and what is masked has no derivative; pass the numbers that "
                "count, x.compressed() or x.filled(0.0), and mask in the function: np.where(mask, 0.0, x)"
            )
        x = x.data
    if code in "fc":
        return x
    if code in "biu":
        return x.astype(np.float64)
    if code == "O" and type(restacked(x)) is Dual:
        return restacked(x)
    raise InputError(f"{what} is an array of dtype {x.dtype}; convert it first: np.asarray(x, dtype=float)")


def is_number(x: Any) -> bool:
    """Foreign number types: Fraction, Decimal, mpf and whatever calculates like a number."""
    return isinstance(x, numbers.Number) or hasattr(x, "_mpf_")


def is_entry(x: Any) -> bool:
    """Whether an object can stand in an array of numbers."""
    return type(x) is Dual or isinstance(x, np.generic) or is_number(x)


def named(x: Any) -> str:
    """What was received, for a message."""
    text, kind = repr(x), type(x).__name__
    article = "an" if kind[0] in "aeioAEIO" or kind == "ndarray" else "a"
    return "None" if x is None else f"{text if len(text) < 40 else text[:37] + '...'} ({article} {kind})"


def settled(x: Any) -> Any:
    """Duals for arrays of objects that are Duals, and for containers that hold some; inside lists, too."""
    kind = type(x)
    if kind is Dual or kind is float:
        return x
    if kind is np.ndarray:
        return restacked(x) if x.dtype.hasobject else x
    if kind is list or kind is tuple:
        return _settled_entries(x, kind)
    if kind is dict:
        return {k: settled(v) for k, v in x.items()}
    now = getattr(kind, "_now", None)
    return x if now is None else now(x)


#: Types that are settled as they are: most of what stands among arguments.
SETTLED = frozenset({Dual, float, int, bool, str, complex, np.float64, type(None)})


def _settled_entries(x: Any, kind: type) -> Any:
    """The sequence itself where no entry changes."""
    now: list[Any] | None = None
    for i, e in enumerate(x):
        of = type(e)
        if of in SETTLED or (of is np.ndarray and not e.dtype.hasobject):
            continue
        new = settled(e)
        if new is not e:
            if now is None:
                now = list(x)
            now[i] = new
    return x if now is None else kind(now)


def holds_dual(x: Any) -> bool:
    return any(holds_dual(e) if isinstance(e, list | tuple) else type(e) is Dual for e in x)


def stacked(x: Any) -> Any:
    """Nested sequences as one array, with Duals among the entries."""
    if not isinstance(x, list | tuple):
        return restacked(x)
    if not holds_dual(x):
        return restacked(np.array(x))
    parts = [stacked(e) for e in x]
    return _row(parts) if not any(shape_of(e) for e in parts) else np.stack(parts)


def as_one(x: Any) -> Any:
    """A list that holds Duals as one array, all else as it is."""
    if type(x) in SETTLED or type(x) is np.ndarray:
        return x
    return stacked(x) if isinstance(x, list | tuple) and holds_dual(x) else x


def restacked(x: Any) -> Any:
    """An array of objects as one Dual, or of plain numbers if there are no Duals; the rest as it is.

    Where arrays, lists or None are among the entries, NumPy's functions go on with each of them.
    """
    if type(x) is not np.ndarray or x.dtype != object:
        return x
    entries = x.ravel().tolist()
    if any(shape_of(e) or not is_entry(e) for e in entries):
        return x
    if not holds_dual(entries):
        plain = np.array(x.tolist())
        return plain if plain.dtype.kind in "biuf" else x
    return np.reshape(_row(entries), x.shape) if x.shape else entries[0]


def _row(numbers: list[Any]) -> Any:
    """Numbers side by side, with Duals among them."""
    modes = [e.mode for e in numbers if type(e) is Dual]
    if not modes:
        return np.array(numbers)
    mode: Any = max(modes, key=lambda mode: mode.level)
    active = [type(e) is Dual and e.mode is mode for e in numbers]
    y = _row([e.value if ours else e for e, ours in zip(numbers, active, strict=True)])
    if isinstance(mode, Recorded):
        n = len(numbers)
        terms = [
            (between(Put((i,), (), (n,)), e.value, y), e.tangent) for i, e in enumerate(numbers) if active[i]
        ]
        if mode.traced:
            mode.running(np.stack, numbers)
        return make(mode, y, mode.combined(y, terms))
    mode.moved = True
    ts = [e.tangent if ours else mode.zero(e) for e, ours in zip(numbers, active, strict=True)]
    t = _row(ts) if mode.lanes is None else np.stack(ts, axis=-1)
    return make(mode, y, mode.fitted(t, y) if isinstance(mode, Forward) else t)
