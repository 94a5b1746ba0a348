"""Stand-ins for functions of numbers that would take a Dual for its value: ``math``, ``float``, ...

Where the rule table has the function under the name of ``math``, the rule is the stand-in; what is
written out here is what the table does not have, by what it has.
"""

from __future__ import annotations

import builtins
import cmath
import functools
import math
import statistics
import sys
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from ..dual import SETTLED, Dual, primal, settled
from ..dual.array_classes import ArrayOfClass
from ..dual.array_methods import as_number
from ..dual.branches import answer_of
from ..dual.callers import noting_steps
from ..dual.calls import call
from ..dual.comparisons import meeting, noting_signs
from ..dual.float_classes import FloatOfClass
from ..dual.operations import fast_function, is_left_over, on_lists, warn_of_a_branch
from ..dual.rows import SEQUENCES, kind_of
from ..rules.elementwise import exp, log, sqrt
from ..rules.plain import ERROR_AND_GAMMA, normal_quantile
from ..table import RULES, Rule
from .text import number_of, reading


def number_stand_ins() -> dict[Any, Any]:
    """function -> what takes its place; see `math_stand_in` for what is no more than a rule."""
    found: dict[Any, Any] = {}
    for function, rule in _rules_of_math().items():
        of_complex = getattr(cmath, function.__name__, None)
        if of_complex is not None:
            found[of_complex] = _guarded(of_complex)(functools.partial(_evaluated, rule, of_complex))
    found.update(_STAND_INS)
    for test in TESTS:
        found[test] = _on_values(test)
    ufuncs: Any = (np.floor, np.ceil, np.trunc, np.rint)
    found |= {ufunc: stand_in(cast(Rule, RULES[ufunc]), ufunc) for ufunc in ufuncs}
    for whole in (math.floor, math.ceil, math.trunc, int, *ufuncs):
        found[whole] = noting_steps(found[whole])
    found[math.isclose] = _isclose
    return found


@functools.cache
def _rules_of_math() -> dict[Any, Rule]:
    """A function of math -> its rule."""
    of_math = set(filter(callable, vars(math).values()))
    rules = [rule for rule in RULES.values() if isinstance(rule, Rule) and rule.outputs == 1]
    return {rule.math: rule for rule in (*rules[::-1], *ERROR_AND_GAMMA) if rule.math in of_math}


def math_stand_in(f: Any) -> Any:
    """What takes the place of a function of math with a rule, compiled when it is met; or None."""
    rule = _rules_of_math().get(f)
    return rule and stand_in(rule, f)


def stand_in(rule: Rule, original: Any) -> Any:
    """The rule, to be called in place of a function of the same values."""
    function = fast_function(rule, original, guarded=True)
    of = _OF_SIGNS.get(original)
    return _like_ufunc(function if of is None else noting_signs(function, of), original)


#: Functions by which programs ask on which side of zero a number lies, and which argument they ask.
_OF_SIGNS = {np.sign: 0, np.copysign: 1, math.copysign: 1, np.heaviside: 0}


def ufunc_of_lists(ufunc: Any) -> Any:
    """A ufunc that takes lists with Duals among their entries, of which NumPy would make objects."""
    return _like_ufunc(on_lists(ufunc), ufunc)


def _like_ufunc(function: Any, original: Any) -> Any:
    """A function with what else the original has."""
    functools.update_wrapper(function, original, assigned=("__name__", "__qualname__", "__doc__"), updated=())
    if isinstance(original, np.ufunc):
        for name in ("reduce", "accumulate", "outer", "at", "reduceat", "nin", "nout", "nargs", "types"):
            setattr(function, name, getattr(original, name))
    return function


def _evaluated(rule: Rule, original: Any, *args: Any) -> Any:
    def evaluate(*args: Any) -> Any:
        return call(rule, evaluate, args) if _any_dual(args) else original(*args)

    return evaluate(*args)


_STAND_INS: dict[Any, Callable[..., Any]] = {}


def _any_dual(args: Any) -> bool:
    return any(type(a) is Dual or isinstance(a, FloatOfClass) for a in args)


def _guarded(original: Any) -> Callable[[Callable[..., Any]], Any]:
    """What is no business of ours goes to the original."""

    def decorate(function: Callable[..., Any]) -> Any:
        @functools.wraps(original, updated=())
        def guarded(*args: Any, **keywords: Any) -> Any:
            if _any_dual(args) or _any_dual(keywords.values()):
                return function(*settled(args), **settled(keywords))
            try:
                return original(*args, **keywords)
            except TypeError:  # an object's own __float__, which may give a Dual
                numbers = [*map(as_number, args)]
                if not _any_dual(numbers):
                    raise
                return function(*numbers, **keywords)

        return guarded

    return decorate


def _values(x: Any) -> Any:
    return list(map(primal, x)) if isinstance(x, list) else primal(x)


def _with_value(value: Any, x: Any) -> Any:
    """A Dual with its innermost value exchanged, for one that was rounded less."""
    if isinstance(x, tuple):
        members = map(_with_value, value, x)
        return type(x)(*members) if hasattr(x, "_fields") else tuple(members)
    if isinstance(value, np.ndarray):
        return x  # added up one by one, as ours were
    return x + (value - primal(x)) if value != primal(x) else x


def _in_place_of(original: Any) -> Callable[[Callable[..., Any]], Any]:
    """Called in place of a function when one of its arguments is a Dual."""

    def decorate(function: Callable[..., Any]) -> Any:
        _STAND_INS[original] = _guarded(original)(function)
        return function

    return decorate


def _of_sequences(original: Any) -> Callable[[Callable[..., Any]], Any]:
    """Called in place of a function when one of its sequences holds a Dual; sequences become lists.

    The value is that of the original, which may have summed more exactly.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        @functools.wraps(original, updated=())
        def guarded(*args: Any, **keywords: Any) -> Any:
            args = tuple(
                settled(list(a)) if hasattr(a, "__iter__") and type(a) not in (str, Dual) else a for a in args
            )
            if not any(_any_dual(a if isinstance(a, list) else (a,)) for a in (*args, *keywords.values())):
                return original(*args, **keywords)
            exact = original(*map(_values, args), **{k: _values(v) for k, v in keywords.items()})
            return _with_value(exact, function(*args, **keywords))

        _STAND_INS[original] = guarded
        return function

    return decorate


# ---------------------------------------------------------------- tests and whole numbers

TESTS = (
    math.isnan, math.isinf, math.isfinite, math.floor, math.ceil, math.trunc,
    math.ulp, cmath.isnan, cmath.isinf, cmath.isfinite, cmath.isclose,
    np.isscalar, np.iterable, int, hasattr, callable,
    *sorted({c for c in np.sctypeDict.values() if np.dtype(c).kind in "iu"}, key=str),
)  # fmt: skip


def _on_values(test: Any) -> Any:
    whole = isinstance(test, type) and issubclass(test, int | np.integer)  # True and False, too
    of_values = whole or getattr(test, "__module__", "") in ("math", "cmath")

    @functools.wraps(test, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        if keywords or not args:
            return test(*map(primal, args), **{k: primal(v) for k, v in keywords.items()})
        x = args[0]
        if of_values and isinstance(x, ArrayOfClass):
            x = as_number(x)
        elif type(x) not in SEQUENCES:
            x = settled(x)
        elif kind_of(x) is not type(x):
            x = kind_of(x)()
        y = test(primal(x), *map(primal, args[1:]))
        return y if not of_values else answer_of(test, y, args)

    return function


def _isinstance(x: Any, kinds: Any) -> bool:
    """A Dual is an instance of what its value is one of, and what stands for a matrix of that's class."""
    if hasattr(type(x), "stands_for"):
        return issubclass(x.stands_for, kinds)
    return isinstance(primal(x), kinds) or (type(x) is Dual and isinstance(x, kinds) and _names_dual(kinds))


def _names_dual(kinds: Any) -> bool:
    return kinds is Dual or (isinstance(kinds, tuple) and any(map(_names_dual, kinds)))


def _type(*args: Any) -> Any:
    if len(args) != 1:
        return type(*args)
    kind = type(primal(args[0]))
    if hasattr(kind, "stands_for"):
        return args[0].stands_for
    if issubclass(kind, ArrayOfClass | FloatOfClass):
        return kind.dualad_class
    if issubclass(kind, np.ndarray) and kind.__module__.startswith("dualad"):
        return np.ndarray
    return kind_of(args[0]) if kind in SEQUENCES else kind


def class_of(x: Any) -> Any:
    """``x.__class__``: of a Dual, or an array that may hold some, that of its value."""
    return _type(x) if type(x) is Dual or isinstance(x, np.ndarray) else x.__class__


class _Matched(type):
    """The type of what stands for a class in ``case float():``."""

    kind: type

    def __instancecheck__(cls, x: Any) -> bool:
        return _isinstance(x, cls.kind)


@functools.cache
def matched(kind: type) -> type | None:
    """What stands for a class in a pattern, so that a Dual is what its value is; None where none has to."""
    if kind.__module__.partition(".")[0] not in ("builtins", "collections", "numbers", "numpy"):
        return None
    # In ``case float(x)`` the one argument is the number itself, which is so for what is derived from float.
    return _Matched(kind.__name__, (kind,) if kind in (float, int, complex) else (), {"kind": kind})


_STAND_INS[builtins.isinstance] = _isinstance
_STAND_INS[type] = _type


@functools.wraps(math.isclose)
def _isclose(a: Any, b: Any, **tolerances: Any) -> bool:
    close = math.isclose(primal(settled(a)), primal(settled(b)), **tolerances)
    if close and is_left_over(settled(a), settled(b)):
        return False
    apart = meeting(a, b, close) if close and _any_dual((a, b)) else None
    if apart is not None:
        warn_of_a_branch(a, b, asked=True, moves=apart)
    return close


# ---------------------------------------------------------------- conversions

_AS_FLOAT = Rule(float, (1,), "float", float)


def _float_of(x: Any) -> Any:
    return call(_AS_FLOAT, _float_of, (x,)) if type(x) is Dual else float(x)


@functools.wraps(float, updated=())
def _float(x: Any = 0.0) -> Any:
    """A Dual stays what it is; one of an array of a single entry, or of a NumPy number, becomes a float's."""
    if type(x) is not Dual:
        x = number_of(x)
        x = x if type(x) in SETTLED else as_number(settled(x))
        if type(x) is not Dual:
            return float(x)
    if type(x.value) is float:
        return x
    entry: Any = x
    if entry.size != 1:
        raise TypeError(f"float() takes a single number, and this Dual has shape {entry.shape}")
    if entry.shape:
        entry = entry.item()
    return entry if type(primal(entry)) is float else _float_of(entry)


_STAND_INS[float] = _float


@_in_place_of(complex)
def _complex(real: Any, imag: Any = 0.0) -> Any:
    return real + 1j * imag if _any_dual((imag,)) or imag else real + 0j


_STAND_INS[complex] = reading(_STAND_INS[complex])


# ---------------------------------------------------------------- math


#: What takes the place of those functions of math that are called here.
_of_math = functools.cache(math_stand_in)


@_in_place_of(math.log)
def _log(x: Any, *base: Any) -> Any:
    natural = _of_math(math.log)
    return natural(x) / natural(base[0]) if base else natural(x)


@_in_place_of(cmath.log)
def _complex_log(z: Any, *base: Any) -> Any:
    natural = _evaluated(_rules_of_math()[math.log], cmath.log, z)
    return natural / _complex_log(*base) if base else natural


@_in_place_of(math.modf)
def _modf(x: Any) -> Any:
    whole = math.modf(primal(x))[1]
    return x - whole, whole


@_in_place_of(math.frexp)
def _frexp(x: Any) -> Any:
    power = math.frexp(primal(x))[1]
    return math.ldexp(1.0, -power) * x, power


@_in_place_of(math.remainder)
def _remainder(x: Any, y: Any) -> Any:
    exact = math.remainder(primal(x), primal(y))
    return _with_value(exact, x - round((primal(x) - exact) / primal(y)) * y)


#: Those of a line.
_OF_NUMBERS: dict[Any, Callable[..., Any]] = {
    math.ldexp: lambda x, power: x * 2.0**power,
    cmath.phase: lambda z: np.angle(z),
    cmath.polar: lambda z: (abs(z), np.angle(z)),
    cmath.rect: lambda r, phi: r * (np.cos(phi) + 1j * np.sin(phi)),
}
for _original, _function in _OF_NUMBERS.items():
    _in_place_of(_original)(_function)


if sys.version_info >= (3, 12):  # which adds up floats with a correction

    @_of_sequences(sum)
    def _sum(numbers: list[Any], start: Any = 0) -> Any:
        return sum(numbers, start)


@_of_sequences(math.prod)
def _prod(numbers: list[Any], *, start: Any = 1) -> Any:
    for factor in numbers:
        start = start * factor
    return start


@_in_place_of(math.hypot)
def _hypot(*coordinates: Any) -> Any:
    largest = max((abs(primal(c)) for c in coordinates), default=0.0)
    if not largest or largest == math.inf:
        return functools.reduce(np.hypot, coordinates)
    if len(coordinates) == 2:
        return _of_math(math.hypot)(*coordinates)
    return _with_value(
        math.hypot(*map(primal, coordinates)), largest * sqrt(sum((c / largest) ** 2 for c in coordinates))
    )


if hasattr(math, "fma"):  # Python 3.13

    @_in_place_of(vars(math)["fma"])
    def _fma(x: Any, y: Any, z: Any) -> Any:
        return _with_value(vars(math)["fma"](primal(x), primal(y), primal(z)), x * y + z)


# ---------------------------------------------------------------- statistics


def _mean(data: list[Any], weights: Any = None) -> Any:
    if weights is None:
        return sum(data) / len(data)
    return sum(w * x for w, x in zip(weights, data, strict=True)) / sum(weights)


def _harmonic_mean(data: list[Any], weights: Any = None) -> Any:
    weights = [1.0] * len(data) if weights is None else weights
    return sum(weights) / sum(w / x for w, x in zip(weights, data, strict=True))


def _squares(data: list[Any], centre: Any) -> Any:
    centre = _mean(data) if centre is None else centre
    return sum((x - centre) ** 2 for x in data)


def _variance(data: list[Any], xbar: Any = None) -> Any:
    return _squares(data, xbar) / (len(data) - 1)


def _pvariance(data: list[Any], mu: Any = None) -> Any:
    return _squares(data, mu) / len(data)


#: Functions of sequences, by their names, as not every Python has them all.
_MADE_OF_SEQUENCES: dict[tuple[Any, str], Callable[..., Any]] = {
    (math, "fsum"): sum,
    (math, "dist"): lambda p, q: _hypot(*(a - b for a, b in zip(p, q, strict=True))),
    (math, "sumprod"): lambda p, q: sum(a * b for a, b in zip(p, q, strict=True)),
    (statistics, "mean"): _mean,
    (statistics, "fmean"): _mean,
    (statistics, "geometric_mean"): lambda data: exp(_mean([log(x) for x in data])),
    (statistics, "harmonic_mean"): _harmonic_mean,
    (statistics, "variance"): _variance,
    (statistics, "pvariance"): _pvariance,
    (statistics, "stdev"): lambda data, xbar=None: sqrt(_variance(data, xbar)),
    (statistics, "pstdev"): lambda data, mu=None: sqrt(_pvariance(data, mu)),
    # of Python 3.11 and later, for NormalDist.from_samples
    (statistics, "_mean_stdev"): lambda data: (_mean(data), sqrt(_variance(data))),
}
for (_module, _name), _function in _MADE_OF_SEQUENCES.items():
    if hasattr(_module, _name):
        _of_sequences(getattr(_module, _name))(_function)

_STAND_INS[vars(statistics)["_normal_dist_inv_cdf"]] = lambda p, mu, sigma: mu + sigma * normal_quantile(p)
