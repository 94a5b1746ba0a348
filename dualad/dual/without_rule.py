"""Compiled functions of other packages: they have no rule, and are known by their values alone.

`by_differences` calls such a function with plain numbers, as a function with a rule made for this one call.
The maps of this rule are `Opaque`: asked for the image of a tangent they call the function at points along
it, and extrapolate the slope from differences (`extrapolation`). So it works in all modes, and what nobody
asks for costs nothing. The function works on copies of arrays; a copy that is another one after the call
was written to, and counts as one more output.

A warning says that there are differences. What they cannot find is an error: values that are others at the
second call, differences that do not settle, second derivatives.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..errors import DifferencesWarning, NoRuleError, PlainArrayError, UnsupportedError
from ..extrapolation import roughness, slope_along, slope_where_branches_meet
from ..linear import LinearMap, Scale, is_complex, quietly
from ..linear.opaque import Opaque
from ..lines import Line, users_line
from ..modes import Recorded
from ..shapes import shape_of, size_of
from ..table import LinearRule
from .containers import Container
from .dual import Dual, as_one, primal, settled
from .linear_calls import call_linear

#: The largest step relative to an entry, as a power of the precision: 0.02 for float64, 0.2 for float32.
_STEP = 1 / 9

#: How far a slope may be off, relative to itself; more where numbers have fewer digits.
_TRUSTED = 1e-7

#: The same of values that have steps, and how much larger the largest step is for them.
_ROUGHLY_TRUSTED, _WIDER = 1e-3, 5.0

#: How much more noise than that of rounding alone may be seen in values next to the point; how near that is.
_NOISIER, _NEXT_TO = 1e3, 2.0**-24

#: Whether differences of a whole function are taken, so that others would be of the second order.
in_differences: ContextVar[bool] = ContextVar("in_differences", default=False)

#: What is smaller is moved as if it were as large, lest nothing come of it in rounding.
_LEAST = 1e-4


def by_differences(
    name: str,
    f: Callable[..., Any],
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    why: str = "is compiled",
    eager: bool = False,
    rough: bool = False,
) -> Any:
    """Call a compiled function with Duals among its arguments, or in lists of numbers there.

    Parameters
    ----------
    name : str
        What messages call it.
    f : callable
        It sees plain numbers and copies of arrays. What it writes into an array is written into the
        array that was given.
    args, keywords : tuple, dict
        What it is called with.
    why : str, optional
        What the warning gives as the reason; none if differences were asked for, when nobody is warned.
    eager : bool, optional
        Whether all slopes are found at once in recorded mode, so that those that cannot be are an error of
        this call, and not of the sweep. Default: False.
    rough : bool, optional
        Whether values with fine steps may do, which give fewer digits. Default: False.

    Raises
    ------
    NoRuleError
        Its values cannot be differentiated, at once or when the derivative is asked for.
    """
    call = _Call(name, f, args, keywords, why)
    call.rough = rough
    call.eager = eager and any(type(a) is Dual and isinstance(a.mode, Recorded) for a in call.now)
    return call.result()


class _Call:
    """One call."""

    def __init__(self, name: str, f: Callable[..., Any], args: Any, keywords: dict[str, Any], why: str):
        self.name, self.f, self.why = name, f, why
        self.elementwise = isinstance(f, np.ufunc) and f.signature is None
        self.given = (*args, *keywords.values())
        self.now = [_numbers(a) for a in self.given]
        self.keys = tuple(keywords)
        self.places = [i for i, a in enumerate(self.now) if type(a) is Dual]
        self.forms = {i: _form_of(self.given[i]) for i in self.places}  # in reverse it is called later, too
        self.found: dict[Any, Any] = {}
        #: How what the function returned is put together; and to which arrays it has written.
        self.put_together: Callable[[list[Any]], Any] = tuple
        self.written: list[int] = []
        #: Where it was called, until that has been warned of.
        self.line: Line | None = None
        self.eager = self.rough = False
        #: How many calls each slope takes, and how good it is.
        self.effort, self.digits = "ten", "seven digits or more"

    def result(self) -> Any:
        duals = tuple(self.now[i] for i in self.places)
        if not duals or any(map(is_complex, duals)):
            raise self.cannot("it was given complex numbers, or Duals inside of something")
        maps = tuple(
            lambda y, *primals, k=k: tuple(self.map(y, o, primals, k) for o in range(len(y)))
            for k in range(len(duals))
        )

        def function(*primals: Any) -> Any:
            return self.outputs(primals)

        for x in duals:
            x.mode.approximate = True
        function.__module__, _, function.__name__ = self.name.rpartition(".")
        outputs = list(call_linear(LinearRule(function, maps, self.name, real=True), duals, {}))
        if any(isinstance(x.mode, Recorded) for x in duals):  # the slopes come with the sweep
            self.warn(0 if self.elementwise else sum(size_of(shape_of(x)) for x in duals))
        for i in reversed(self.written):
            self.write(self.given[i], outputs.pop())
        return self.put_together(outputs)

    # ------------------------------------------------------------ values

    def outputs(self, primals: tuple[Any, ...]) -> tuple[Any, ...]:
        """What the function returns and what it has written, one after the other."""
        if in_differences.get() or any(type(x) is Dual for x in primals):
            raise self.cannot("they give no second derivative")
        self.written = self.find_written(primals)
        y = self.called(primals)
        if not _alike(y, self.called(primals)):
            raise self.cannot("it returned something else when it was called again")
        if not y:
            raise self.cannot("it returned nothing")
        if not any(map(_is_float, y)):  # whole numbers, an answer to a question
            return y
        self.line = users_line("scipy") if self.why else None
        return y

    def find_written(self, primals: tuple[Any, ...]) -> list[int]:
        """Which arrays it writes to; an empty one may hold by accident what is written."""
        written = self.run(primals)[2]
        if any(type(a) is np.ndarray and a.dtype.kind == "f" for a in self.now):
            with contextlib.suppress(Exception):  # whatever it raises where it was not called
                written |= self.run(primals, nudged=True)[2]
        return sorted(written)

    def called(self, primals: tuple[Any, ...]) -> tuple[Any, ...]:
        parts, given, written = self.run(primals)
        if not written.issubset(self.written):
            raise self.cannot("it writes into an array now and then", UnsupportedError)
        return (*parts, *(given[i] for i in self.written))

    def run(self, primals: tuple[Any, ...], nudged: bool = False) -> tuple[list[Any], list[Any], set[int]]:
        """What it returns, what it was given, and which arrays among this are others now."""
        given = list(map(_nudged if nudged else _copied, self.now))
        for i, x in zip(self.places, primals, strict=True):
            given[i] = _in_form_of(self.forms[i], x)
        before = {i: a.tobytes() for i, a in enumerate(given) if type(a) is np.ndarray}
        entries = [e for a in given for e in _entries(a)]
        n = len(given) - len(self.keys)
        returned = self.f(*given[:n], **dict(zip(self.keys, given[n:], strict=True)))
        now = [e for a in given for e in _entries(a)]
        if len(now) != len(entries) or any(map(operator.is_not, now, entries)):
            raise self.cannot("it writes into a list or a dict", UnsupportedError)
        parts, self.put_together = _taken_apart(returned)
        if not all(map(_is_known, parts)):
            raise self.cannot(f"it returned {type(returned).__name__}")
        return parts, given, {i for i, memory in before.items() if given[i].tobytes() != memory}

    def write(self, target: Any, new: Any) -> None:
        """Hand on what the function has written into its copy of an array."""
        can = type(target) is Dual or isinstance(target, Container)
        if not (can if type(new) is Dual else _is_known(new)):  # of complex numbers no slopes were found
            raise PlainArrayError(
                f"{self.name} writes a derivative into a plain array, which cannot hold it; make the array "
                "with np.zeros_like(x) in place of np.zeros, where x is the argument of your function",
                target,
            )
        target[...] = new

    # ------------------------------------------------------------ derivatives

    def map(self, y: Any, output: int, primals: tuple[Any, ...], k: int) -> LinearMap | None:
        """The map from the tangent of Dual ``k`` to that of one output."""
        one, x = y[output], primals[k]
        if not _is_float(one):
            return None
        if self.elementwise:  # so that all entries can move at once, each by its own step
            t = sizes(x, True)
            return Scale(self.slopes(y, output, primals, k, t) / t, shape_of(x), shape_of(one))
        linear = Opaque(lambda t: self.slopes(y, output, primals, k, t), shape_of(x), shape_of(one))
        if self.eager:
            line, self.line = self.line, None  # which is not to be warned of before all are found
            quietly(linear.columns)
            self.line = line
        return linear

    def slopes(self, y: Any, output: int, primals: tuple[Any, ...], k: int, t: Any) -> Any:
        """The slopes of one output where Dual ``k`` moves along ``t``; those of all are found at once."""
        t = np.asarray(t)
        key = k, t.tobytes()
        if key not in self.found:
            row = _in_a_row(y)
            found = (
                self.differences(row, y, primals, k, t)
                if np.any(t)
                else (np.zeros(row.shape), np.ones(row.shape))
            )
            self.found[key] = [_like(y, one) for one in found]
        slopes, known = self.found[key]
        if not np.all(known[output]):
            raise self.cannot("they do not settle here: it has a kink or a jump, or too few digits")
        if np.any(t):
            self.warn()
        return slopes[output]

    def differences(self, of: Any, y: Any, primals: tuple[Any, ...], k: int, t: Any) -> tuple[Any, Any]:
        """The slopes of all outputs in a row, and where they are known."""
        x = primals[k]

        def values(h: float, t: Any = t) -> Any:
            moved = np.add(x, h * t, out=np.empty_like(x))[()]  # in the order in memory of x
            try:
                row = _in_a_row(self.called((*primals[:k], moved, *primals[k + 1 :])))
            except TimeoutError:  # of an alarm that the user has set
                raise
            except Exception:  # whatever it raises where nobody has called it: a smaller step may do
                row = None
            return row if row is not None and row.shape == of.shape else np.full(of.shape, np.nan)

        eps = max(float(np.finfo(np.result_type(a)).eps) for a in (x, *y) if _is_float(a))
        own, most = sizes(x, self.elementwise), np.abs(of)
        if not np.all(of) and np.size(x) > 1:  # zeros have the rounding errors of what they may become
            moved = quietly(np.abs, values(eps**_STEP, own))
            most = np.where((of == 0) & np.isfinite(moved), moved, most)
        noise = eps * _of_rounding(most)
        h = eps**_STEP * float(np.min(own / np.abs(t), where=t != 0, initial=np.inf))
        trusted = max(_TRUSTED, eps ** (2 / 3))
        slope, known = quietly(slope_along, values, of, h, noise, trusted)
        if np.all(known):
            return slope, known
        meeting = quietly(slope_where_branches_meet, values, of, h, noise, trusted)
        slope, known = np.where(known, slope, meeting[0]), known | meeting[1]
        if np.all(known):
            return slope, known
        if not self.rough:  # values may be noisier than rounding alone makes them
            noise = noise + np.minimum(quietly(roughness, values, h * _NEXT_TO), _NOISIER * noise)
            return quietly(slope_along, values, of, h, noise, trusted)
        rough, h, self.effort = quietly(roughness, values, h), _WIDER * h, "a hundred"
        for allowed in trusted, _ROUGHLY_TRUSTED:
            slope, known = quietly(slope_along, values, of, h, noise, allowed, rough)
            if np.all(known):
                break
        if allowed == _ROUGHLY_TRUSTED:
            self.digits = "three digits or more, as its values have fine steps"
        return slope, known

    def warn(self, moved: int = 0) -> None:
        """Say once, of the line with the call, that a derivative has been found, or in reverse will be."""
        line, self.line = self.line, None
        if line is not None:
            each = f"each of {moved:,} numbers" if moved > 1 else "each direction"
            line.warn(
                f"{self.name} {self.why}: its derivative is found by differences, some {self.effort} calls "
                f"for {each}, right to {self.digits}; dualad.custom gives it an exact one, and "
                'warnings.simplefilter("error", dualad.errors.DifferencesWarning) refuses it',
                DifferencesWarning,
            )

    def cannot(self, why: str, kind: type[UnsupportedError] = NoRuleError) -> UnsupportedError:
        """The error; no `NoRuleError` where the function should not be called again, as it writes."""
        return kind(
            f"the derivative of {self.name}, which {self.why or 'has no rule'}, cannot be found by "
            f"differences: {why}; write what it computes with NumPy, give it a derivative by dualad.custom, "
            "or pass it dualad.value(x) where no derivative is wanted"
        )


def sizes(x: Any, elementwise: bool = False) -> Any:
    """By what the entries of an array are measured: by themselves; those that are next to nothing by more.

    That is no more than fifty times an entry, whose step stays less than itself then: beside metres
    there may be an angle. Zeros, and what is lost beside the others, have no size of their own.
    """
    x = np.abs(x)
    largest = float(np.max(x, initial=0.0)) or 1.0
    if elementwise:
        return np.where(x == 0, largest, np.maximum(x, _LEAST))
    least = np.where(x > 1e-8 * largest, np.minimum(1e-3 * largest, 50 * x), 1e-3 * largest)
    zero = min(largest, max(1.0, 1e-6 * largest))
    return np.where(x == 0, zero, np.maximum(np.maximum(x, _LEAST), least))


# ---------------------------------------------------------------- what goes in


def _numbers(a: Any) -> Any:
    """An argument as a number or an array where it can be differentiated; what may change as a copy."""
    a = settled(a)
    uneven = isinstance(a, list | tuple) and len({shape_of(as_one(e)) for e in a}) > 1
    one = a if uneven else as_one(a)
    return _copied(a) if one is a else one


def _copied(a: Any) -> Any:
    """What may be written to, as a copy."""
    if type(a) is np.ndarray:
        return a.copy("K")
    return a.copy() if isinstance(a, list | dict) else a


def _entries(a: Any) -> Any:
    """What is in a list or a dict."""
    return a.values() if isinstance(a, dict) else a if isinstance(a, list) else ()


def _nudged(a: Any) -> Any:
    """The same, of floats by next to nothing larger."""
    if type(a) is np.ndarray and a.dtype.kind == "f":
        return np.nextafter(a, a.dtype.type(np.inf))
    return _copied(a)


def _form_of(given: Any) -> Any:
    """What an argument is when it is called, as numbers and plain arrays."""
    return type(given)(map(_form_of, given)) if isinstance(given, list | tuple) else primal(settled(given))


def _in_form_of(like: Any, x: Any) -> Any:
    """A plain argument in the form in which it was given, and its entries in the same order in memory."""
    if isinstance(like, list | tuple):
        return type(like)(map(_in_form_of, like, x))
    if isinstance(like, np.ndarray):
        copy = np.empty_like(like, dtype=np.result_type(x))
        copy[...] = x
        return copy
    return float(x) if type(like) in (float, int) else x


# ---------------------------------------------------------------- what comes out


def _taken_apart(y: Any) -> tuple[list[Any], Callable[[list[Any]], Any]]:
    """The numbers and arrays that a function returned, and how they are put together."""
    if isinstance(y, dict):
        values, put_together = _taken_apart(tuple(y.values()))
        return values, lambda parts: type(y)(zip(y, put_together(parts), strict=True))
    if is_complex(y):
        y = np.asarray(y)
        return [y.real[()].copy(), y.imag[()].copy()], lambda parts: parts.pop(0) + 1j * parts.pop(0)
    if not isinstance(y, list | tuple):
        return ([], lambda parts: None) if y is None else ([_own(y)], lambda parts: parts.pop(0))
    inner = [_taken_apart(one) for one in y]
    make: Any = getattr(type(y), "_make", type(y))  # of a named tuple
    parts = [part for parts, _ in inner for part in parts]
    return parts, lambda parts: make([put_together(parts) for _, put_together in inner])


def _own(y: Any) -> Any:
    """An array that is nobody else's; what Cython has made of one as an array."""
    seen = isinstance(y, np.ndarray) or "memoryview" in type(y).__name__
    return np.array(y) if seen else y


def _is_float(y: Any) -> bool:
    return isinstance(y, float | np.floating) or (type(y) is np.ndarray and y.dtype.kind == "f")


def _is_known(y: Any) -> bool:
    """Whether a derivative is found for it, or it has none: a whole number, a question answered."""
    return _is_float(y) or np.asarray(y).dtype.kind in "biu"


def _of_rounding(y: Any) -> Any:
    """By what rounding is measured: those that are small beside the others may be what is left of these."""
    largest = np.max(y, initial=0.0, where=np.isfinite(y))
    return np.where(y < 1e-12 * largest, largest, np.minimum(100 * y, np.maximum(y, largest)))


def _alike(y: tuple[Any, ...], again: tuple[Any, ...]) -> bool:
    return len(y) == len(again) and all(
        np.array_equal(a, b, equal_nan=_is_float(a) and _is_float(b)) for a, b in zip(y, again, strict=True)
    )


def _in_a_row(y: tuple[Any, ...]) -> Any:
    """All that has slopes."""
    return np.concatenate([np.zeros(0), *(np.ravel(one) for one in y if _is_float(one))])


def _like(y: tuple[Any, ...], row: Any) -> list[Any]:
    """The entries of a row, in the form of the outputs."""
    parts: list[Any] = []
    start = 0
    for one in y:
        if not _is_float(one):
            parts.append(None)
            continue
        end = start + size_of(shape_of(one))
        parts.append(np.reshape(row[start:end], shape_of(one)).astype(np.result_type(one))[()])
        start = end
    return parts
