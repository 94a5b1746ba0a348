"""Dual: a value, a tangent, and the mode that the tangent belongs to.

Operators, NumPy's protocols, indexing and assignment. An operation takes three steps: strip the
active arguments to their values, call the function on these (which may be ``Dual``s of an outer
call, and then the same happens one level further out), and let the mode combine the terms that
the rule gives.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NoReturn

import numpy as np

from . import scalars
from .errors import ConversionError, InputError, ShapeError, StaleViewError, UnsupportedError
from .linear import Identity, LinearMap, Mask, Put, Scale, Take, aligned
from .modes import HAND, Mode, Recorded, Term
from .shapes import Shape, full_index, gathered_first, is_basic, shape_of
from .table import PASSED, RULES, LinearRule, Rule

__all__ = ["Dual", "call", "call_linear", "primal"]

_FLOATS = (float, np.float64)


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
        self.value = value.copy() if isinstance(value, np.ndarray) else value
        self.mode = HAND
        self.origin = None
        self.tangent = HAND._fitted(tangent.copy() if isinstance(tangent, np.ndarray) else tangent, value)

    # ------------------------------------------------------------ what it looks like

    def __repr__(self) -> str:
        if isinstance(self.mode, Recorded):
            place = self.tangent if type(self.tangent) is int else self.tangent.place
            return f"Dual({self.value}, recorded #{place})"
        return f"Dual({self.value} + {self.tangent}ε)"

    def __format__(self, spec: str) -> str:
        if not spec or isinstance(self.mode, Recorded):
            return format(self.value, spec) if spec else repr(self)
        if isinstance(self.value, np.ndarray):
            raise TypeError(
                f"the format {spec!r} is for numbers and this Dual has shape {self.shape}; "
                "format its entries, or dualad.value(x) and dualad.tangent(x) as arrays"
            )
        return f"{self.value:{spec}} + {self.tangent:{spec}}ε"

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
        return self * 0

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
            "int(x) would lose the derivative of a Dual; write int(dualad.value(x)) where only the value counts"
        )

    def __index__(self) -> NoReturn:
        raise ConversionError(
            "a Dual cannot be an index or a length: it would lose its derivative; write int(dualad.value(x))"
        )

    def __complex__(self) -> NoReturn:
        raise ConversionError("complex(x) would lose the derivative of a Dual; write x + 0j, or leave out complex()")

    def __array__(self, *args: Any, **keywords: Any) -> NoReturn:
        raise ConversionError(
            "np.asarray(x) and np.array([x, ...]) would lose the derivative of a Dual; "
            "write x as it is, and np.stack([x, ...]) to make an array of several"
        )

    def __hash__(self) -> int:
        raise TypeError("a Dual cannot be a key of a dict or a member of a set; use dualad.value(x) as the key")

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

    # ------------------------------------------------------------ NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        if method == "__call__" and not keywords:
            fast = _fast.get(ufunc)
            if fast is not None:
                return fast(*inputs)
        return _ufunc(ufunc, method, inputs, keywords)

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        rule = RULES.get(function)
        if isinstance(rule, LinearRule):
            return call_linear(rule, args, keywords)
        if isinstance(rule, Rule):
            if keywords:
                raise _unknown_keyword(function, keywords)
            return call(rule, function, args)
        if function in PASSED:
            return function(*_values(args), **{k: _values(v) for k, v in keywords.items()})
        raise UnsupportedError(
            f"{_full_name(function)} has no derivative rule; write it with functions that have one "
            "(dualad.table.RULES lists them), or call it on dualad.value(x) where no derivative is wanted"
        )

    def _elementwise(self, rule: Rule, args: tuple[Any, ...]) -> Any:
        """`dualad.sin` and its like meet a Dual: the value by the same generic function."""
        fast = rule.compiled.get("generic")
        if fast is None:
            value = "call(a0)" if rule.arity == 1 else "call(a0, b0)"
            fast = rule.compiled["generic"] = _compiled(rule, value, rule.generic)
        return fast(*args)

    def _through(self, linear: LinearMap) -> Any:
        """A linear map with constant coefficients meets a Dual of an outer call."""
        y = linear(self.value)
        return make(self.mode, y, self.mode.combined(y, [(linear, self.tangent)]))

    # ------------------------------------------------------------ entries

    def __getitem__(self, key: Any) -> Any:
        check_current(self)
        key = _plain_key(key)
        y = self.value[key]
        mode = self.mode
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
            raise TypeError("a Dual of a single number has no entries; assign to the name itself, as in x = ...")
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
            target = shape_of(np.empty(self.shape, bool)[index]) if not is_basic(index) else shape_of(self.value[index])
            t = aligned(t, new.shape, len(target))
            first = gathered_first(index)
            if first:
                t = np.moveaxis(np.broadcast_to(t, (lanes, *target)), range(1, 1 + first), range(first))
        self.tangent = _room(self.tangent, t)
        self.tangent[at] = t

    def _assign_recorded(self, key: Any, new: Any) -> None:
        """An assignment is a new node, and a new value array: what was recorded keeps the old one."""
        mode = self.mode
        active = isinstance(new, Dual) and new.mode is mode
        entries = new.value if active else new
        value = _room(self.value.copy(), entries)
        value[key] = entries
        index = full_index(key, self.ndim)
        terms: list[tuple[LinearMap, Any]] = [(Mask(index, self.shape), self.tangent)]
        if active:
            terms.append((_placing(index, self.shape, new.shape), new.tangent))
        origin = getattr(self, "origin", None)
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
            return np.ravel(self)[index[0]] if len(index) == 1 and not isinstance(index[0], tuple) else self[index]
        if self.size != 1:
            raise ValueError(f"item() is for one number and this Dual has shape {self.shape}; write item(i)")
        return np.reshape(self, -1)[0] if self.shape else self

    def tolist(self) -> Any:
        """The entries as nested lists of Duals."""
        return [x.tolist() for x in self] if self.shape else self

    def fill(self, new: Any) -> None:
        """Assign to all entries."""
        self[...] = new

    def astype(self, dtype: Any, **keywords: Any) -> Any:
        """The same numbers in another floating-point type."""
        if np.dtype(dtype).kind != "f":
            return primal(self).astype(dtype, **keywords)
        return call(_astype(np.dtype(dtype)), None, (self,))

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """The same entries in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """The axes in another order."""
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)


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


def _values(x: Any) -> Any:
    if type(x) is Dual:
        check_current(x)
        return primal(x)
    if type(x) in (list, tuple):
        return type(x)(_values(e) for e in x)
    return x


def check_current(x: Dual) -> None:
    """Raise if this is a view that an assignment to its base left behind."""
    origin = getattr(x, "origin", None)
    if origin is not None:
        base, tangent, _ = origin
        check_current(base)
        if base.tangent is not tangent:
            raise StaleViewError(
                "this view was taken before its array was assigned to, and in recorded (reverse) mode it would "
                "show the old entries; take the view again after the assignment, as in v = x[1:3]"
            )


def checked_number(x: Any, what: str) -> Any:
    """A real number or array that can be differentiated: integers as floats, lists as arrays."""
    kind = type(x)
    if kind is float or kind is Dual or kind is np.float64:
        return x
    if isinstance(x, bool | int):
        return float(x)
    if isinstance(x, list | tuple):
        return stacked(x) if _holds_dual(x) else checked_number(np.array(x), what)
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
        raise InputError(f"{what} is an array of dtype {x.dtype}; convert it first: np.asarray(x, dtype=float)")
    if isinstance(x, complex) or type(x).__name__ == "mpc":
        raise InputError(
            f"{what} is the complex number {x!r}, for which derivative has no meaning yet; "
            "pass the real and the imaginary part as two real arguments"
        )
    if _is_number(x):
        return x
    if hasattr(x, "__array__") and not isinstance(x, str | bytes):
        return checked_number(np.asarray(x), what)
    raise InputError(f"{what} is {_named(x)}; pass a number, a list of numbers or an array, as in 2.0 or [1.0, 2.0]")


def _is_number(x: Any) -> bool:
    """Foreign number types: Fraction, Decimal, mpf and whatever calculates like a number."""
    import numbers

    return isinstance(x, numbers.Number) or hasattr(x, "_mpf_")


def _named(x: Any) -> str:
    text = repr(x)
    return f"{text if len(text) < 40 else text[:37] + '...'} (a {type(x).__name__})"


def _holds_dual(x: Any) -> bool:
    return any(_holds_dual(e) if isinstance(e, list | tuple) else type(e) is Dual for e in x)


def stacked(x: Any) -> Any:
    """Nested sequences as one array, with Duals among the entries."""
    if isinstance(x, list | tuple):
        if not _holds_dual(x):
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
    )  # fmt: skip


# ---------------------------------------------------------------- calling a rule

_NUMPY_TYPES = (np.ndarray, np.generic, float, int, Dual, list, tuple)


def top_mode(args: Any) -> Mode | None:
    """The mode of the highest level among the arguments."""
    mode: Mode | None = None
    for a in args:
        if type(a) is Dual and (mode is None or a.mode.level > mode.level):
            mode = a.mode
    return mode


def call(rule: Rule, evaluate: Callable[..., Any] | None, args: tuple[Any, ...]) -> Any:
    """Apply an elementwise rule; ``evaluate`` computes the value."""
    mode = top_mode(args)
    if mode is None:
        return (evaluate or rule.function)(*args)
    active = [i for i, a in enumerate(args) if type(a) is Dual and a.mode is mode]
    if isinstance(mode, Recorded):
        for i in active:
            check_current(args[i])
    primals = tuple(a.value if i in active else a for i, a in enumerate(args))
    evaluate = evaluate or rule.function
    if evaluate is rule.function and not all(isinstance(p, _NUMPY_TYPES) for p in primals):
        evaluate = rule.generic
    y = evaluate(*primals)
    if y is NotImplemented:
        return y
    partials = [(i, rule.partials[i]) for i in active]
    for _, argument in partials:
        if isinstance(argument, str):
            raise UnsupportedError(
                f"{_full_name(rule.function)} has no derivative with respect to its {argument}; "
                f"pass the {argument} as a plain number: dualad.value(x)"
            )
    if not isinstance(y, tuple):
        return _one_output(mode, y, y, partials, args, primals, rule)
    return tuple(
        _one_output(mode, one, y, [(i, p[k] if isinstance(p, tuple) else p) for i, p in partials], args, primals, rule)
        for k, one in enumerate(y)
    )


def _like(x: Any, y: Any) -> Any:
    """An operand in the number type of the output, in which partials are exact and never raise.

    Python floats become NumPy's, for which 1/0 is inf; arrays of another dtype take the output's;
    beside a foreign number type (mpf, Fraction) Python numbers become that.
    """
    kind = type(x)
    if kind is Dual:
        value = _like(x.value, y)
        return x if value is x.value else make(x.mode, value, x.tangent)
    if kind is np.ndarray or kind is np.float64 or isinstance(x, np.generic):
        dtype = getattr(y, "dtype", None)
        if dtype is None or x.dtype == dtype or dtype.kind != "f" or x.dtype.kind not in "fiu":
            return x
        return x.astype(dtype)
    if kind is not float and kind is not int:
        return x
    inner = primal(y)
    if isinstance(inner, np.ndarray | np.generic):
        return inner.dtype.type(x) if inner.dtype.kind == "f" else x
    if isinstance(inner, float | int | tuple):
        return np.float64(x) if kind is float else x
    return type(inner)(x)


def _one_output(mode: Mode, y: Any, seen: Any, partials: Any, args: Any, primals: Any, rule: Rule) -> Any:
    """One output of an elementwise function; the partials see all of them as their ``y``."""
    if all(type(p) is int and p == 0 for _, p in partials) and not isinstance(y, np.ndarray | Dual):
        return y  # a step function of a number: a constant
    if getattr(getattr(y, "dtype", None), "kind", "f") == "c" or type(y) is complex:
        raise UnsupportedError(
            f"a complex result ({_named(y)}) has no derivative yet; write the real and the imaginary part separately"
        )
    operands = [p if isinstance(q, str) else _like(p, y) for p, q in zip(primals, rule.partials, strict=False)]
    seen = seen if isinstance(seen, tuple) else _like(y, y)
    terms = [
        Term(partial(p, seen, *operands) if callable(p) else p, shape_of(primals[i]), args[i].tangent)
        for i, p in partials
    ]
    return make(mode, y, mode.scaled(y, terms))


def call_linear(rule: LinearRule, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Apply a rule whose derivative is a linear map."""
    function = rule.function
    unknown = [k for k in keywords if k not in rule.keywords]
    if unknown:
        raise _unknown_keyword(function, unknown)
    count = len(args)
    while count < len(rule.maps) and rule.arrays[count] in keywords:
        args = (*args, keywords[rule.arrays[count]])
        keywords = {k: v for k, v in keywords.items() if k != rule.arrays[count]}
        count += 1
    arrays = tuple(args[0]) if rule.sequence else args[: len(rule.maps)]
    rest = args[1:] if rule.sequence else args[len(rule.maps) :]
    for a in (*rest, *keywords.values()):
        if type(a) is Dual:
            raise UnsupportedError(
                f"{_full_name(function)} cannot take a Dual as an option; pass dualad.value(x) there"
            )
    arrays = tuple(stacked(a) if isinstance(a, list | tuple) else a for a in arrays)
    mode = top_mode(arrays)
    if mode is None:
        return function(list(arrays), *rest, **keywords) if rule.sequence else function(*arrays, *rest, **keywords)
    active = [i for i, a in enumerate(arrays) if type(a) is Dual and a.mode is mode]
    if isinstance(mode, Recorded):
        for i in active:
            check_current(arrays[i])
    primals = tuple(a.value if i in active else a for i, a in enumerate(arrays))
    if rule.sequence:
        y = function(list(primals), *rest, **keywords)
        terms = [(rule.maps[0](y, i, primals, *rest, **keywords), arrays[i].tangent) for i in active]
    else:
        y = function(*primals, *rest, **keywords)
        terms = [(rule.maps[i](y, *primals, *rest, **keywords), arrays[i].tangent) for i in active]
    result = make(mode, y, mode.combined(y, terms))
    if isinstance(mode, Recorded) and isinstance(y, np.ndarray) and y.base is not None:
        looked_at = arrays[active[0]]
        if np.may_share_memory(y, primal(looked_at)):
            result.origin = (looked_at, looked_at.tangent, None)
    return result


def _unknown_keyword(function: Any, keywords: Any) -> UnsupportedError:
    names = ", ".join(f"{k}=" for k in keywords)
    return UnsupportedError(f"{_full_name(function)} with {names} has no derivative rule; leave out {names}")


def _full_name(function: Any) -> str:
    module = getattr(function, "__module__", None)
    name = getattr(function, "__name__", repr(function))
    if RULES.get(function) is not None and "." not in name:
        name = RULES[function].name
    if isinstance(function, np.ufunc):
        special = sys.modules.get("scipy.special")
        in_special = special is not None and getattr(special, name, None) is function
        return f"scipy.special.{name}" if in_special else f"np.{name}"
    return name if module is None else f"{module}.{name}".replace("numpy.", "np.")


# ---------------------------------------------------------------- ufuncs

#: ufunc -> what `Dual.__array_ufunc__` calls at once.
_fast: dict[Any, Callable[..., Any]] = {}


def _ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    rule = RULES.get(ufunc)
    if rule is None and ufunc not in PASSED and "scipy.special" in sys.modules:
        import dualad.rules.special  # noqa: F401

        rule = RULES.get(ufunc)
    if method == "__call__" and isinstance(rule, Rule) and not keywords and ufunc not in _fast:
        value = "call(a0)" if rule.arity == 1 else "call(a0, b0)"
        _fast[ufunc] = _compiled(rule, value, ufunc)
        return _fast[ufunc](*inputs)
    if method == "__call__" and ufunc in PASSED:
        return ufunc(*_values(inputs), **keywords)
    if method == "__call__" and rule is not None:
        return _ufunc_with_keywords(ufunc, rule, inputs, dict(keywords))
    if method == "reduce" and ufunc in _REDUCTIONS:
        return _REDUCTIONS[ufunc](*inputs, **{"axis": 0, **{k: v for k, v in keywords.items() if v is not None or k == "axis"}})
    if method == "accumulate" and ufunc is np.add:
        return np.cumsum(*inputs, **{"axis": 0, **{k: v for k, v in keywords.items() if v is not None}})
    if method == "outer" and isinstance(rule, Rule) and not keywords:
        a, b = (x if isinstance(x, Dual) else np.asarray(x) for x in inputs)
        return ufunc(a[(..., *(None,) * b.ndim)] if b.ndim else a, b)
    name = _full_name(ufunc) + ("" if method == "__call__" else f".{method}")
    raise UnsupportedError(
        f"{name} has no derivative rule; write it with functions that have one "
        "(dualad.table.RULES lists them), or call it on dualad.value(x) where no derivative is wanted"
    )


_REDUCTIONS = {np.add: np.sum, np.multiply: np.prod, np.maximum: np.max, np.minimum: np.min}


def _ufunc_with_keywords(ufunc: Any, rule: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    out = keywords.pop("out", None)
    if keywords:
        raise _unknown_keyword(ufunc, keywords)
    y = call(rule, ufunc, inputs) if isinstance(rule, Rule) else call_linear(rule, inputs, {})
    if out is None:
        return y
    (target,) = out
    if not isinstance(target, Dual):
        raise UnsupportedError(
            f"{_full_name(ufunc)} cannot put a derivative into a plain array: write y = {rule.name}(...) for "
            "out=y, and y = y + x for y += x"
        )
    target[...] = y
    return target


def _compiled(rule: Rule, value: str, evaluate: Callable[..., Any], reflected: bool | None = None) -> Callable[..., Any]:
    def fallback(*args: Any) -> Any:
        return call(rule, evaluate, args)

    return scalars.compiled(rule, value, evaluate, Dual, fallback, reflected)


# ---------------------------------------------------------------- operators

_UNARY = {"neg": ("-a0", np.negative), "pos": ("+a0", np.positive), "abs": ("abs(a0)", np.absolute)}

_BINARY = {
    "add": ("+", np.add),
    "sub": ("-", np.subtract),
    "mul": ("*", np.multiply),
    "truediv": ("/", np.divide),
    "floordiv": ("//", np.floor_divide),
    "mod": ("%", np.remainder),
    "pow": ("**", np.power),
    "matmul": ("@", np.matmul),
}

_OPERATION: dict[str, Callable[..., Any]] = {name: getattr(operator, name) for name in (*_UNARY, *_BINARY)}


def _install_operators() -> None:
    def lazily(name: str, text: str, ufunc: Any, reflected: bool | None) -> None:
        """Compile the operator at its first use: importing stays fast."""
        attribute = f"__{'r' if reflected else ''}{name.removeprefix('r')}__"

        def first_use(*args: Any) -> Any:
            rule = RULES[ufunc]
            if isinstance(rule, LinearRule):

                def fast(a: Any, b: Any) -> Any:
                    return call_linear(rule, (b, a) if reflected else (a, b), {})
            else:
                fast = _compiled(rule, text, _OPERATION[name], reflected)
            setattr(Dual, attribute, fast)
            return fast(*args)

        setattr(Dual, attribute, first_use)

    def in_place(name: str) -> None:
        def update(self: Any, other: Any) -> Any:
            result = _OPERATION[name](self, other)
            if isinstance(primal(self), np.ndarray):
                self[...] = result
                return self
            return result

        setattr(Dual, f"__i{name}__", update)

    for name, (text, ufunc) in _UNARY.items():
        lazily(name, text, ufunc, None)
    for name, (sign, ufunc) in _BINARY.items():
        lazily(name, f"a0 {sign} b0", ufunc, False)
        lazily(name, f"a0 {sign} b0", ufunc, True)
        in_place(name)
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        compare = getattr(operator, name)
        setattr(Dual, f"__{name}__", lambda a, b, compare=compare: compare(primal(a), primal(b)))
    Dual.__divmod__ = lambda a, b: (a // b, a % b)  # type: ignore[attr-defined]
    Dual.__rdivmod__ = lambda a, b: (b // a, b % a)  # type: ignore[attr-defined]


_install_operators()


# ---------------------------------------------------------------- methods


def _install_methods() -> None:
    """Every method that an array has and that is a NumPy function of the same name."""
    names = (
        "all any argmax argmin argsort clip conj cumprod cumsum diagonal dot max mean min nonzero prod ravel "
        "repeat round searchsorted sort squeeze std sum swapaxes take trace var"
    )
    for name in names.split():
        function = getattr(np, name)

        def method(self: Any, *args: Any, _function: Any = function, **keywords: Any) -> Any:
            return _function(self, *args, **keywords)

        method.__name__ = name
        method.__doc__ = f"The same as ``np.{name}(x, ...)``."
        setattr(Dual, name, method)
    Dual.conjugate = Dual.conj  # type: ignore[attr-defined]
    Dual.flatten = lambda self, order="C": np.copy(np.ravel(self, order=order))  # type: ignore[attr-defined]


_install_methods()
