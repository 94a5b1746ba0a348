"""Quadrature of SciPy, which is compiled inside: `quad`, with all that calls it, and `quad_vec`.

The value is SciPy's. The derivative of an integral is the integral of the derivative, by the rule of
Gauss and Kronrod on the intervals that SciPy chose, where the values of the integrand are known
already; an interval is halved where the derivative is not yet as good as the value.
"""

from __future__ import annotations

import bisect
import importlib
import itertools
import math
import operator
import warnings
from typing import Any

import numpy as np

from ...corners import NOTED, forget_equal, note_at
from ...dual import Dual, make, primal, settled, stacked
from ...dual.containers import mode_in
from ...dual.without_rule import by_differences
from ...errors import NoRuleError
from ...linear import Inner, Scale, is_complex, quietly
from ...linear.complexes import RealPart
from ...lines import users_line
from ...modes import Forward, Recorded
from ...shapes import shape_of
from ...tape import cotangents, place_of
from ..scipy_arrays import Function, as_tuple, holds, with_value
from .kronrod import EDGE, OF_15, OF_21, VALUE, refined

#: Weights of `quad` that are functions of ``wvar * t``, and its arguments after args.
_WEIGHTS: dict[str, Function] = {"cos": np.cos, "sin": np.sin}
_OF_QUAD = (
    *("full_output", "epsabs", "epsrel", "limit", "points", "weight", "wvar", "wopts"),
    *("maxp1", "limlst", "complex_func"),
)


def _of_c(integrated: Function, *ends_and_args: Any) -> Any:
    """The integral of a function of C, which cannot be lifted; its error estimate has no derivative."""
    found = integrated(*map(primal, ends_and_args))
    if mode_in(ends_and_args) is None:
        return found
    value = by_differences("scipy.integrate.quad", lambda *x: integrated(*x)[0], ends_and_args, {})
    return value, *found[1:]


def _quad(
    called: Any, quad: Function, func: Any, a: Any, b: Any, args: Any = (), *more: Any, **options: Any
) -> Any:
    """The integral of ``func(t, *args)`` for t from a to b; arguments and closure may hold Duals."""
    args = as_tuple(args)
    if not callable(func) or len(getattr(func, "argtypes", None) or ()) > 1:
        return _of_c(lambda a, b, *args: quad(func, a, b, args, *more, **options), a, b, *args)
    lifted = called(func)
    given = {k: settled(v) for k, v in (dict(zip(_OF_QUAD, more, strict=False)) | options).items()}
    if given.pop("complex_func", False):
        return _of_complex(quad, lifted, a, b, args, given)
    a, b, weight, wvar = settled(a), settled(b), given.get("weight"), given.get("wvar")
    low, high = float(primal(a)), float(primal(b))
    wanted = given.pop("full_output", False)
    knots = _knots(a, given.get("points"), b)
    given = {k: primal(stacked(v)) for k, v in given.items()}
    f = _Integrand(lambda t: _number(settled(lifted(t, *args))), mode_in((knots, args, wvar)))
    result = quad(lambda t: float(primal(f.at(t)[0])), low, high, (), full_output=1, **given)
    if not wanted:
        for message in result[3:4]:
            warnings.warn(
                message, importlib.import_module("scipy.integrate").IntegrationWarning, stacklevel=2
            )
    rest = result[1:] if wanted else result[1:2]
    if weight is None:
        n, info = result[2]["last"], result[2]
        cuts = sorted({*info["alist"][:n].tolist(), *info["blist"][:n].tolist()})
        _look_for_jumps(cuts)
    if f.mode is None and weight is None and high - low < math.inf:
        for t in (-EDGE, EDGE):  # a Dual may come in where SciPy has not looked
            f.at(0.5 * (low + high) + 0.5 * (high - low) * t)
    if f.mode is None:
        return (result[0], *rest)
    if weight is None:
        return (_integral(f, result[0], knots, cuts), *rest)
    if weight not in _WEIGHTS or math.isinf(high - low):
        raise NoRuleError(
            f"scipy.integrate.quad with weight={weight!r} has no derivative; multiply the integrand by it"
        )
    weighted = _Integrand(lambda t: f.f(t) * _WEIGHTS[weight](wvar * t), f.mode)
    return (_integral(weighted, result[0], [a, b], sorted({low, high})), *rest)


def _of_complex(quad: Function, f: Any, a: Any, b: Any, args: Any, given: dict[str, Any]) -> Any:
    """The real part and the imaginary part, each for itself."""

    def of(part: Function) -> Any:
        return integral_of(quad, lambda *t: part(f(*t)), a, b, args, **given)

    parts = of(np.real), of(np.imag)
    value, error = (one + 1j * two for one, two in zip(*(p[:2] for p in parts), strict=True))
    infos = {name: p[2:] for name, p in zip(("real", "imag"), parts, strict=True)}
    return (value, error, infos) if given.get("full_output") else (value, error)


def _quad_vec(called: Any, quad_vec: Function, f: Any, a: Any, b: Any, *more: Any, **options: Any) -> Any:
    """The same for `quad_vec`, whose integrand may give arrays."""
    args = as_tuple(options.pop("args", ()))
    lifted = called(f)
    processes = isinstance(options.get("workers", 1), int) and options.get("workers", 1) != 1

    def integrand(t: Any) -> Any:
        return stacked(settled(lifted(t, *args)))

    a, b = settled(a), settled(b)
    low, high = float(primal(a)), float(primal(b))
    if not holds((a, b)) and not holds(integrand(_between(low, high))):
        plain = {"f": f, "args": args} if processes else {"f": integrand}
        wanted = options.pop("full_output", False)
        *result, info = quad_vec(plain.pop("f"), low, high, *more, **plain, **options, full_output=True)
        _look_for_jumps(sorted({*info.intervals.ravel().tolist()}))
        return (*result, info) if wanted else tuple(result)
    if processes:
        raise NoRuleError(
            "workers= starts processes, and a Dual belongs to the one that made it; pass workers=pool.map of "
            "a concurrent.futures.ThreadPoolExecutor, or leave it out"
        )
    wanted = options.pop("full_output", False)
    source = _Integrand(integrand, mode_in((a, b, args)))
    value, *rest, info = quad_vec(
        lambda t: primal(source.at(t)[0]), low, high, *more, full_output=True, **options
    )
    # On the whole line SciPy's intervals lie in (-1, 1), and ours, folded, in (0, 1).
    folded = np.abs(info.intervals) if math.isinf(low) and math.isinf(high) else info.intervals
    cuts = sorted({*folded.ravel().tolist()})
    _look_for_jumps(cuts)
    return (_integral(source, value, [a, b], cuts), *rest, *([info] if wanted else []))


def integral_of(quadrature: Function, f: Any, a: Any, b: Any, /, *more: Any, **options: Any) -> Any:
    """SciPy's quadrature of an integrand that may give Duals."""
    stand_in = QUADRATURE["integrate", quadrature.__name__]
    return stand_in(lambda f: f, quadrature, f, a, b, *more, **options)


def _knots(a: Any, points: Any, b: Any) -> list[Any]:
    """The limits, and between them the points where the integrand may jump; all of them may move."""
    given = [] if points is None else [settled(p) for p in np.ravel(stacked(settled(points)))]
    inside = sorted(given, key=primal)
    first, last = min(primal(a), primal(b)), max(primal(a), primal(b))
    inside = [p for p in inside if first < primal(p) < last]
    return [a, *(inside if primal(a) <= primal(b) else inside[::-1]), b]


def _number(y: Any) -> Any:
    """What an integrand gives; an array of one entry is a number to SciPy."""
    if type(primal(y)) in (float, int, np.float64):
        return y
    return np.reshape(y, ()) if np.ndim(y) and np.size(y) == 1 else y


#: Intervals that are halved so often surround a jump or an end where the integrand is not smooth.
_SHORT = 2.0**-7


def _look_for_jumps(cuts: list[float]) -> None:
    """Note that there may be a jump, of which no derivative of the integrand tells when it moves."""
    if len(cuts) > 8 and min(map(operator.sub, cuts[1:], cuts)) < _SHORT * (cuts[-1] - cuts[0]):
        note_at("an integrand that jumps", users_line("scipy"))


def _between(low: float, high: float) -> float:
    """A place between the limits, to see there what the integrand gives."""
    low, high = min(low, high), max(low, high)
    return 0.5 * (max(low, min(high, 0.0) - 1e3) + min(high, max(low, 0.0) + 1e3))


# ---------------------------------------------------------------- the integrand


class _Integrand:
    """An integrand, and what it gave: values, with what each derivative is made of by its key.

    In forward mode that is the tangent, by None; in recorded mode the partial with respect to each array
    that was there before, by its place on the tape. So an integral is one entry there.
    """

    def __init__(self, f: Function, mode: Any):
        self.f = f
        self.mode = mode
        self.noted = NOTED[0]
        self._seen: dict[float, Any] = {}

    @property
    def places(self) -> int:
        """At how many it was evaluated."""
        return len(self._seen)

    def at(self, t: float) -> tuple[Any, dict[Any, Any]]:
        """At a plain place, where it is evaluated once."""
        found = self._seen.get(t)
        if found is None:
            found = self.of(self.f, t)
            self._seen[t] = found
        return found

    def of(self, f: Function, t: Any) -> tuple[Any, dict[Any, Any]]:
        """What a function gives at a place."""
        mode = self.mode
        recorded = isinstance(mode, Recorded)
        start = mode.next_place() if recorded else 0
        y = f(t)
        if type(y) is not Dual or y.mode is mode:
            if type(y) is not Dual:
                return y, {}
            if not recorded:
                return y.value, {None: y.tangent}
            if y.shape or is_complex(y) or not mode.of_numbers:
                return y, {}
            found = quietly(cotangents, mode.tape, {place_of(y.tangent): 1.0}, start)
            return y.value, {place: ct for place, ct in found.items() if place < start}
        if mode is not None and y.mode.level < mode.level:
            return y, {}
        self.mode = y.mode  # of a younger call, of which nothing has been seen before
        self._seen.clear()
        return self.of(f, t)


def _over_places(f: _Integrand, knots: list[Any]) -> tuple[Function, Any]:
    """The integrand over SciPy's intervals, which do not move with the knots, and are finite; its rule."""
    low, high = (float(primal(x)) for x in (knots[0], knots[-1]))
    infinite = [math.isinf(x) for x in (low, high)]
    rule = OF_15 if any(infinite) else OF_21
    if holds(knots) or low == high:
        mapped = _on_unit(f.f, knots)
        return lambda s: f.of(mapped, s), rule
    sign = -1.0 if low > high else 1.0
    low, high = min(low, high), max(low, high)
    if not any(infinite):
        return (f.at, rule) if sign > 0 else (lambda s: _sum([(sign, f.at(s))]), rule)

    def folded(s: float) -> Any:
        out, weight = (1 - s) / s, sign / s**2
        if all(infinite):
            return _sum([(weight, f.at(out)), (weight, f.at(-out))])
        return _sum([(weight, f.at(low + out if math.isinf(high) else high - out))])

    return folded, rule


def _sum(terms: list[tuple[float, tuple[Any, dict[Any, Any]]]]) -> tuple[Any, dict[Any, Any]]:
    value: Any = 0.0
    parts: dict[Any, Any] = {}
    for weight, (y, derivatives) in terms:
        value = value + weight * y
        for key, c in derivatives.items():
            parts[key] = weight * c + parts.get(key, 0.0)
    return value, parts


def _on_unit(f: Any, knots: list[Any]) -> Any:
    """The integrand, over intervals that do not move with the knots, or are infinite (as in QUADPACK)."""
    a, b = knots[0], knots[-1]
    places = [float(primal(x)) for x in knots]
    low, high = places[0], places[-1]
    if low > high:
        forwards = _on_unit(f, knots[::-1])
        return lambda s: -forwards(s)
    if math.isinf(low) and math.isinf(high):
        return lambda s: (f((1 - s) / s) + f(-(1 - s) / s)) / s**2
    if math.isinf(high):
        return lambda s: f(a + (1 - s) / s) / s**2
    if math.isinf(low):
        return lambda s: f(b - (1 - s) / s) / s**2
    if low == high:
        return lambda s: f(a + (b - a) * s) * (b - a)

    def mapped(t: Any) -> Any:
        i = min(bisect.bisect_right(places, t), len(places) - 1) - 1
        start, width, length = knots[i], knots[i + 1] - knots[i], places[i + 1] - places[i]
        return f(start + width * ((t - places[i]) / length)) * (width / length)

    return mapped


#: Where SciPy's intervals at an end are shorter, in parts of all, the integrand is singular there.
_SINGULAR = 2.0**-4


def _softened(over: Function, cuts: list[float], rule: Any) -> tuple[Function, list[float], Any]:
    """The integrand, its intervals and the rule, with distances from singular ends by their squares.

    ``dt / sqrt(x - t)`` is ``2 dv`` then, for ``x - t = v**2``.
    """
    low, high = cuts[0], cuts[-1]
    least = _SINGULAR * (high - low)
    if rule is OF_15 or len(cuts) < 3:  # infinite, or smooth
        return over, cuts, rule
    ends = [end for end, beside in ((low, cuts[1]), (high, cuts[-2])) if abs(end - beside) < least]
    if not ends:
        return over, cuts, rule
    middle = [c for c in cuts if all(abs(c - end) > 4 * least for end in ends)] or [0.5 * (low + high)]
    kept = sorted({low, high, *middle})
    lengths = {end: kept[1] - low if end == low else kept[-2] - high for end in ends}

    def softened(s: float) -> Any:
        for end, length in lengths.items():
            v = (s - end) / length
            if v < 1:
                try:
                    y, parts = over(end + length * v**2)
                except (ArithmeticError, ValueError):
                    if v > _AT_THE_END:
                        raise
                    return 0.0, {}
                finite = v > _AT_THE_END or np.all(np.isfinite(primal(y)))
                return _sum([(2 * v, (y, parts))]) if finite else (0.0, {})
        return over(s)

    return softened, kept, (*rule[:3], 1e-3)


#: From here on a place is the end, up to rounding, and there the integrand is infinite.
_AT_THE_END = 1e-6


# ---------------------------------------------------------------- the integral


def _integral(f: _Integrand, value: Any, knots: list[Any], cuts: list[float]) -> Any:
    """SciPy's value with the derivative; ``cuts`` are the ends of its intervals, none for no length."""
    cuts = cuts if len(cuts) > 1 else [0.0, 1.0]
    several = np.ndim(value) or is_complex(value)  # of which there is no gradient
    if not isinstance(f.mode, Forward) and (several or not f.mode.of_numbers):
        unit = _on_unit(f.f, knots)
        return with_value(value, _by_gauss(unit, _graded(cuts)))
    while True:
        mode = f.mode
        over, rule = _over_places(f, knots)
        total = quietly(refined, *_softened(over, cuts, rule))
        if f.mode is mode:  # or it has met a Dual of a younger call on the way
            forget_equal(f.noted, f.places // 2)
            return _put_together(mode, value, total)


def _put_together(mode: Any, value: Any, total: dict[Any, Any]) -> Any:
    inner = total.pop(VALUE, None)
    y = value if inner is None else with_value(value, inner)
    if isinstance(mode, Forward):
        return make(mode, y, mode.fitted(total[None], y) if total else mode.zero(y))
    return make(mode, y, mode.record(y, tuple((place, _map_of(c)) for place, c in total.items())))


def _map_of(c: Any) -> Any:
    """The map of an entry on the tape, from what a number depends on to the number."""
    if isinstance(c, float):
        return float(c)
    linear = Inner(c) if shape_of(c) else Scale(c, (), ())
    return linear >> RealPart(()) if is_complex(c) else linear


# ---------------------------------------------------------------- where there is no size to judge by


def _graded(cuts: list[float]) -> list[float]:
    """The intervals halved, and those at the ends again and again: the derivative may be singular there."""
    halved = [0.5 * (a + b) for a, b in itertools.pairwise(cuts)]
    first, last = halved[0] - cuts[0], cuts[-1] - halved[-1]
    ends = [(cuts[0] + first * 0.5**k, cuts[-1] - last * 0.5**k) for k in range(1, 33)]
    return sorted({*cuts, *halved, *itertools.chain.from_iterable(ends)})


def _by_gauss(f: Any, cuts: list[float]) -> Any:
    """The integral by Gauss's rule on each interval."""
    total: Any = 0.0
    nodes = np.polynomial.legendre.leggauss(15)
    for a, b in itertools.pairwise(cuts):
        centre, half = 0.5 * (a + b), 0.5 * (b - a)
        for node, weight in zip(*map(np.ndarray.tolist, nodes), strict=True):
            total = total + f(centre + half * node) * (half * weight)
    return total


#: What stands in for what: package and name -> ``(called, f, *arguments)``.
QUADRATURE: dict[tuple[str, str], Function] = {
    ("integrate", "quad"): _quad,
    ("integrate", "quad_vec"): _quad_vec,
}
