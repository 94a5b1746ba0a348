"""For tests of derivatives: check_derivative and check_rule, with compare_modes and trace_nan."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .boundary import ALREADY, check_function, checked_function
from .checks.agreement import Comparison, compare_modes
from .checks.differences import Differences, Step, with_type_of
from .checks.laws import (
    arrays_of,
    assert_adjoint,
    assert_lanes,
    assert_pattern_covers,
    assert_second_order,
    output_of,
)
from .checks.nonfinite import is_finite, shown, trace_nan
from .checks.points import Point, Recording, same, values_of
from .dual import checked_number
from .dual.calls import full_name
from .dual.ufuncs import rule_of
from .errors import InputError
from .linear import is_complex
from .table import RULES, Rule

__all__ = [
    "Comparison",
    "Report",
    "RuleReport",
    "Step",
    "check_derivative",
    "check_rule",
    "compare_modes",
    "trace_nan",
]


@dataclass(frozen=True)
class Report:
    """What `check_derivative` has found; true if the derivative is right, and shown as text.

    Attributes
    ----------
    verdict : str
        "right", "wrong", "kink", "too rough to judge", "modes differ", "not repeatable" or
        "not finite".
    reason : str
        The verdict with its figures.
    steps : tuple of Step
    best : float or None
        The smallest error at any step.
    modes : float or None
        How far forward and reverse mode are apart, relative to what was added up.
    comparison : Comparison or None
        Where they part, if they do.
    """

    verdict: str
    reason: str
    steps: tuple[Step, ...] = ()
    best: float | None = None
    modes: float | None = None
    comparison: Comparison | None = None

    def __bool__(self) -> bool:
        return self.verdict == "right"

    def __str__(self) -> str:
        lines = [self.reason]
        if self.steps:
            lines.append("     step   difference - AD   order")
            for s in self.steps:
                order = "" if s.order is None else f"{round(s.order, 1) + 0.0:.1f}"
                mark = "  best" if s.error == self.best else ""
                lines.append(f"  {s.step:7.0e}   {s.error:15.1e}   {order:>5}{mark}".rstrip())
        if self.modes is not None:
            lines.append(f"forward against reverse: {self.modes:.1e}")
        if self.comparison is not None:
            lines.append(str(self.comparison))
        return "\n".join(lines)

    __repr__ = __str__

    def raise_if_wrong(self) -> None:
        """Raise an AssertionError with the whole report unless the verdict is "right"."""
        if not self:
            raise AssertionError(str(self))


def check_derivative(f: Callable[..., Any], *args: Any, seed: int = 0, lift: bool = True) -> Report:
    """Compare the derivative with differences at several steps, and forward with reverse mode.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    *args : float, array_like or structure
        Its arguments; the derivative is taken along one random direction in all of them.
    seed : int, optional
        Another one gives another direction.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    Report
        True if the derivative is right, so a test may say ``assert check_derivative(f, x)``, or
        ``check_derivative(f, x).raise_if_wrong()`` to see the whole report. At a kink it is false
        even if the derivative is one of its slopes: ``report.verdict == "kink"``.

    Notes
    -----
    The differences are computed in double precision, also where the argument is of single precision.
    An entry of the derivative is wrong if it is further from the differences than ten times the
    uncertainty of these, which follows from how they change from step to step, and from the rounding
    errors of the values. If that is too large to tell, the verdict says so.

    Examples
    --------
    >>> bool(check_derivative(np.sin, 1.0))
    True
    >>> report = check_derivative(lambda x: np.maximum(x, 0), 0.0)
    >>> print(report.reason)
    kink: the one-sided differences are 0 and 1, and AD gives 0.5
    """
    point = Point(checked_function(f, "check_derivative", lift), args, "check_derivative")
    with np.errstate(all="ignore"):
        return _checked(point, np.random.default_rng(seed))


def _checked(point: Point, random: np.random.Generator) -> Report:
    exact = [_in_double(x) for x in point.xs]
    ys, again = (values_of(point.f, point.xs) for _ in range(2))
    if not same(ys, again):
        return Report(
            "not repeatable",
            f"f does not give the same value twice: {_shown(ys)}, then {_shown(again)}; give it its random "
            "numbers and its state as arguments",
        )
    if not all(map(is_finite, ys)):
        return Report("not finite", f"f is not finite at this point: {_shown(ys)}; choose one where it is")
    scales = _scales(exact)
    report = _along(point, exact, scales[0], random)
    if report or report.verdict == "modes differ" or len(scales) == 1:
        return report
    closer = _along(point, exact, scales[1], random)
    return report if closer.verdict in ("too rough to judge", "not finite") else closer


def _shown(ys: list[Any]) -> str:
    return ", ".join(map(shown, ys))


def _along(point: Point, exact: list[Any], scales: list[Any], random: np.random.Generator) -> Report:
    """The report along one direction, with steps in proportion to the scales."""
    if [np.ndim(x) for x in exact] == [0]:
        directions, unit = [1.0], float(scales[0])  # a lone number: what is shown is its derivative
    else:
        directions = [scale * _random_like(x, random) for x, scale in zip(exact, scales, strict=True)]
        unit = 1.0
    ts = [with_type_of(x, t) for x, t in zip(point.xs, directions, strict=True)]
    tangents = point.jvp(ts)[1]
    recorded = point.recorded()
    modes, comparison = _modes(point, recorded, ts, tangents, random)
    if comparison is not None:
        return Report(
            "modes differ", f"forward and reverse differ by {modes:.1e}", modes=modes, comparison=comparison
        )
    d = Differences(point.f, exact, directions, unit, recorded, tangents)
    if not np.all(d.usable()):
        return Report(
            "not finite", "f is not finite around here: no step leads to a finite value", modes=modes
        )
    verdict, reason = d.verdict()
    steps = d.steps()
    best = min((s.error for s in steps if np.isfinite(s.error)), default=None)
    return Report(verdict, reason, steps, best, modes)


def _modes(
    point: Point, recorded: Recording, ts: list[Any], tangents: list[Any], random: np.random.Generator
) -> tuple[float, Comparison | None]:
    """``<ct, J t> == <J' ct, t>`` for a random ``ct``; where it is not, the entry and the operation."""
    cts = [with_type_of(y, _random_like(y, random)) for y in recorded.ys]
    one = _products(cts, tangents)
    two = _products(recorded.pull(cts), ts)
    if not (np.all(np.isfinite(one)) and np.all(np.isfinite(two))):
        comparison = compare_modes(point.f, *point.xs, lift=ALREADY)  # entry by entry: inf and NaN may agree
        return (0.0, None) if comparison else (np.inf, comparison)
    size = np.sum(np.abs(one)) + np.sum(np.abs(two))
    apart = float(abs(np.sum(one) - np.sum(two)) / size) if size else 0.0
    if apart <= float(np.finfo(np.result_type(one, np.float32)).eps) ** 0.6:
        return apart, None
    comparison = compare_modes(point.f, *point.xs, lift=ALREADY)
    if comparison:
        comparison = Comparison(False, 0, reason="each entry by itself agrees: the derivative is not linear")
    return apart, comparison


def _products(cts: list[Any], ts: list[Any]) -> Any:
    """Cotangent times tangent, entry by entry."""
    products = [np.ravel(np.real(np.asarray(ct) * t)) for ct, t in zip(cts, ts, strict=True)]
    return np.concatenate(products or [np.zeros(0)])


# ---------------------------------------------------------------- points and directions


def _in_double(x: Any) -> Any:
    """The argument in double precision."""
    kind = np.complex128 if is_complex(x) else np.float64
    return x.astype(kind) if isinstance(x, np.ndarray) else kind(x).item()


def _random_like(x: Any, random: np.random.Generator) -> Any:
    """Numbers of both signs that are neither small nor large; complex ones with any phase."""
    shape = np.shape(x)
    size = random.uniform(0.5, 1.5, shape)
    if is_complex(x):
        return size * np.exp(1j * random.uniform(0, 2 * np.pi, shape))
    return size * random.choice([-1.0, 1.0], shape)


def _scales(xs: list[Any]) -> list[list[Any]]:
    """What steps are relative to: 1 or more; then, if that is too coarse, the size of each entry."""
    coarse = [np.maximum(1.0, np.abs(x)) for x in xs]
    fine = [np.where(x == 0, 1.0, np.abs(x)) for x in xs]
    return [coarse] if all(map(np.array_equal, coarse, fine)) else [coarse, fine]


# ---------------------------------------------------------------- rules of the table


def _agrees_with_differences(f: Callable[..., Any], primals: Sequence[Any]) -> None:
    """The derivative along a direction is the limit of differences."""
    if sum(map(np.size, primals)) and np.size(f(*primals)):
        check_derivative(f, *primals).raise_if_wrong()


#: Each raises an AssertionError where it does not hold.
LAWS: dict[str, Callable[[Callable[..., Any], Sequence[Any]], None]] = {
    "it agrees with differences": _agrees_with_differences,
    "the transposed map belongs to the map": assert_adjoint,
    "several directions at once are those one by one": assert_lanes,
    "the pattern covers what is not zero": assert_pattern_covers,
    "forward over reverse is reverse over forward": assert_second_order,
}


@dataclass(frozen=True)
class RuleReport:
    """What `check_rule` has found; true if all laws hold, and shown as text.

    Attributes
    ----------
    name : str
        The function.
    broken : dict
        For each law that does not hold what is wrong.
    """

    name: str
    broken: dict[str, str]

    def __bool__(self) -> bool:
        return not self.broken

    def __str__(self) -> str:
        lines = [f"the rule of {self.name}"]
        for law in LAWS:
            lines.append(f"  {'does not hold' if law in self.broken else 'holds':<13}  {law}")
            lines += [f"      {line}" for line in self.broken.get(law, "").splitlines() if line.strip()]
        return "\n".join(lines)

    __repr__ = __str__

    def raise_if_wrong(self) -> None:
        """Raise an AssertionError with the whole report unless all laws hold."""
        if not self:
            raise AssertionError(str(self))


def check_rule(function: Callable[..., Any], *args: Any, **keywords: Any) -> RuleReport:
    """Whether the rule of a function obeys the laws that every rule has to, at one call.

    Parameters
    ----------
    function : callable
        A function of the table, such as ``np.sinh``, or one that you have added to it.
    *args, **keywords
        A call of it. Take arrays whose axes have different lengths, a point with no kink near, and
        several such calls: stacked, empty, zero-dimensional, with each of its options.

    Returns
    -------
    RuleReport
        True if all of these hold, for each of the outputs; printed, it shows which do not, and the
        numbers: the derivative agrees with differences; the transposed map belongs to the map;
        several directions at once give what one after the other gives; the sparsity pattern covers
        what is not zero; forward over reverse mode gives what reverse over forward mode gives.

    Raises
    ------
    InputError
        The function has no rule.

    Examples
    --------
    >>> check_rule(np.cumsum, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), axis=0)
    the rule of np.cumsum
      holds          it agrees with differences
      holds          the transposed map belongs to the map
      holds          several directions at once are those one by one
      holds          the pattern covers what is not zero
      holds          forward over reverse is reverse over forward
    """
    check_function(function, "check_rule")
    rule = _rule_of(function)
    name = full_name(rule.function)
    f, xs = _as_function_of_arrays(rule, args, keywords)
    if not xs:
        raise InputError(
            f"check_rule was given no number to differentiate; call it as {name} is: "
            f"check_rule({name}, np.array([0.3, 1.2]))"
        )
    y = f(*xs)
    functions = [f]
    if isinstance(y, tuple):
        functions = [output_of(f, k) for k, one in enumerate(y) if np.asarray(one).dtype.kind in "fc"]
    broken: dict[str, str] = {}
    with np.errstate(all="ignore"):
        for law, holds in LAWS.items():
            for g in functions:
                try:
                    holds(g, xs)
                except AssertionError as error:
                    broken.setdefault(law, str(error))
                except Exception as error:  # of a map that fits neither argument nor value
                    broken.setdefault(law, f"{type(error).__name__}: {error}")
    return RuleReport(name, broken)


def _rule_of(function: Any) -> Any:
    """The rule of a function, or of what `elementwise` has made for it."""
    importlib.import_module("dualad.rules.further")  # loaded otherwise when it is first met
    rule = rule_of(function)
    if rule is None:
        rule = next((r for r in RULES.values() if isinstance(r, Rule) and r.generic is function), None)
    if rule is None:
        name = full_name(function)
        raise InputError(
            f"{name} has no rule; add one, elementwise({name}, lambda y, x: ...) or linear_map({name}, ...), "
            "or check what is made of functions that have one: check_derivative(f, x)"
        )
    return rule


def _as_function_of_arrays(rule: Any, args: Any, keywords: Any) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A call as a function of those arguments that have a derivative, and these."""
    if not isinstance(rule, Rule):
        f, xs = arrays_of(rule, args, keywords)
        return f, tuple(_floats(x) for x in xs)
    moving = [i for i, _ in enumerate(args) if not _refused(rule.partials[i])]

    def of_moving(*moved: Any) -> Any:
        given = dict(zip(moving, moved, strict=True))
        return rule.function(*[given.get(i, a) for i, a in enumerate(args)], **keywords)

    return of_moving, tuple(_floats(args[i]) for i in moving)


def _refused(partial: Any) -> bool:
    return isinstance(partial[0] if isinstance(partial, tuple) else partial, str)


def _floats(x: Any) -> Any:
    return np.asarray(checked_number(x, "an argument of check_rule"))[()]
