"""For tests of derivatives: check_derivative, with compare_modes and trace_nan.

A derivative is compared with differences at several steps. Differences alone say how far they can be
trusted: central ones converge with the square of the step until rounding errors take over, and at
a kink the one-sided ones converge to different slopes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .agreement import Comparison, Point, compare_modes, real_parts, same, value_of
from .boundary import checked_function
from .linear import is_complex
from .nonfinite import shown, trace_nan

__all__ = ["Comparison", "Report", "Step", "check_derivative", "compare_modes", "trace_nan"]

#: The steps, relative to the argument.
_STEPS = tuple(10.0**-k for k in range(1, 10))


@dataclass(frozen=True)
class Step:
    """The differences at one step.

    Attributes
    ----------
    step : float
        Relative to the argument, or to 1 if that is larger.
    error : float
        How far the difference is from the derivative, relative to the largest entry of that.
    order : float or None
        With which power of the step the error has fallen since the step before.
    """

    step: float
    error: float
    order: float | None


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
        A function of numbers or arrays.
    *args : float or array_like
        Its arguments; the derivative is taken along one random direction in all of them.
    seed : int, optional
        Another one gives another direction.
    lift : bool, optional
        Whether to run a lifted copy of ``f``. Default: True.

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
        return _checked(f, point, np.random.default_rng(seed))


def _checked(f: Callable[..., Any], point: Point, random: np.random.Generator) -> Report:
    exact = [_in_double(x) for x in point.xs]
    y, again = (value_of(f, point.xs) for _ in range(2))
    if not same(y, again):
        return Report(
            "not repeatable",
            f"f does not give the same value twice: {shown(y)}, then {shown(again)}; give it its random "
            "numbers and its state as arguments",
        )
    if not np.all(np.isfinite(y)):
        return Report("not finite", f"f is not finite at this point: {shown(y)}; choose one where it is")
    scales = _scales(exact)
    report = _along(f, point, exact, scales[0], random)
    if report or report.verdict == "modes differ" or len(scales) == 1:
        return report
    closer = _along(f, point, exact, scales[1], random)
    return report if closer.verdict in ("too rough to judge", "not finite") else closer


def _along(
    f: Callable[..., Any], point: Point, exact: list[Any], scales: list[Any], random: np.random.Generator
) -> Report:
    """The report along one direction, with steps in proportion to the scales."""
    if [np.ndim(x) for x in exact] == [0]:
        directions, unit = [1.0], float(scales[0])  # a lone number: what is shown is its derivative
    else:
        directions = [scale * _random_like(x, random) for x, scale in zip(exact, scales, strict=True)]
        unit = 1.0
    ts = [_with_type_of(x, t) for x, t in zip(point.xs, directions, strict=True)]
    y, tangent = point.jvp(ts)
    modes, comparison = _modes(f, point, y, ts, tangent, random)
    if comparison is not None:
        return Report(
            "modes differ", f"forward and reverse differ by {modes:.1e}", modes=modes, comparison=comparison
        )
    d = _Differences(f, exact, directions, unit, y, tangent)
    if not np.all(d.usable()):
        return Report(
            "not finite", "f is not finite around here: no step leads to a finite value", modes=modes
        )
    verdict, reason = d.verdict()
    steps = d.steps()
    best = min((s.error for s in steps if np.isfinite(s.error)), default=None)
    return Report(verdict, reason, steps, best, modes)


def _modes(
    f: Callable[..., Any], point: Point, y: Any, ts: list[Any], tangent: Any, random: np.random.Generator
) -> tuple[float, Comparison | None]:
    """``<ct, J t> == <J' ct, t>`` for a random ``ct``; where it is not, the entry and the operation."""
    ct = _with_type_of(y, _random_like(y, random))
    pulled = point.vjp()[1](ct)
    one = np.real(np.asarray(ct) * tangent)
    two = np.concatenate([np.ravel(np.real(np.asarray(c) * t)) for c, t in zip(pulled, ts, strict=True)])
    if not (np.all(np.isfinite(one)) and np.all(np.isfinite(two))):
        comparison = compare_modes(point.f, *point.xs, lift=False)  # entry by entry: inf and NaN may agree
        return (0.0, None) if comparison else (np.inf, comparison)
    size = np.sum(np.abs(one)) + np.sum(np.abs(two))
    apart = float(abs(np.sum(one) - np.sum(two)) / size) if size else 0.0
    if apart <= float(np.finfo(np.result_type(one, np.float32)).eps) ** 0.6:
        return apart, None
    comparison = compare_modes(point.f, *point.xs, lift=False)
    if comparison:
        comparison = Comparison(False, 0, reason="each entry by itself agrees: the derivative is not linear")
    return apart, comparison


# ---------------------------------------------------------------- points and directions


def _in_double(x: Any) -> Any:
    """The argument in double precision."""
    kind = np.complex128 if is_complex(x) else np.float64
    return x.astype(kind) if isinstance(x, np.ndarray) else kind(x).item()


def _with_type_of(x: Any, t: Any) -> Any:
    """A tangent in the argument's own type."""
    return np.asarray(t).astype(x.dtype) if isinstance(x, np.ndarray) else type(x)(t)


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


# ---------------------------------------------------------------- differences


class _Differences:
    """One-sided and central differences along a direction: rows are steps, columns entries of the output."""

    def __init__(
        self, f: Callable[..., Any], xs: list[Any], ts: list[Any], unit: float, y: Any, tangent: Any
    ):
        self.shape, self.complex = np.shape(y), is_complex(y)
        self.tangent = real_parts(tangent)
        eps = float(np.finfo(self.tangent.dtype).eps)
        middle = real_parts(value_of(f, xs))
        eps_of_values = float(np.finfo(middle.dtype).eps)
        #: From which relative uncertainty on nothing is said.
        self.rough = max(1e-3, eps_of_values**0.3)
        middle = middle.astype(float)
        steps = [unit * step for step in _STEPS]
        h = np.array(steps)[:, None]
        right, left = (
            np.array([_value_or_nan(f, xs, ts, sign * step, middle) for step in steps]) for sign in (1, -1)
        )
        self.right, self.left = (right - middle) / h, (middle - left) / h
        central = (right - left) / (2 * h)
        #: One-sided where there is only one side.
        self.slope = np.where(
            np.isfinite(central), central, np.where(np.isfinite(self.right), self.right, self.left)
        )
        sizes = np.nanmax(np.abs([right, left, np.broadcast_to(middle, right.shape)]), axis=0)
        #: What rounding errors of the values do to a difference.
        self.floor = 8 * eps_of_values * sizes / h
        #: What is a derivative of ordinary size.
        self.size = np.max(np.where(np.isfinite(sizes), sizes, 0), axis=0, initial=0.0) / unit
        #: What rounding errors of the derivative's own precision may do to it.
        self.slack = 1e3 * eps * np.abs(self.tangent)

    def usable(self) -> Any:
        """Whether a difference is finite at any step, for each entry."""
        return np.any(np.isfinite(self.slope), axis=0)

    def steps(self) -> tuple[Step, ...]:
        """The errors of all entries together, step by step."""
        t = self.tangent[np.isfinite(self.tangent)]
        scale = np.max(np.abs(t), initial=0.0) or 1.0
        rows: list[Step] = []
        for k, step in enumerate(_STEPS):
            off = np.abs(self.slope[k] - self.tangent)
            error = float(np.max(off, initial=0.0) / scale)
            if not np.isfinite(error):
                continue
            before = rows[-1] if rows else None
            order = None
            if before is not None and before.error > 0 and error > 0:
                order = float(np.log(before.error / error) / np.log(before.step / step))
            rows.append(Step(step, error, order))
        return tuple(rows)

    def verdict(self) -> tuple[str, str]:
        """The worst of what holds for the entries."""
        found = [self._of_entry(i) for i in range(self.tangent.size)]
        for worst in ("wrong", "kink", "too rough to judge"):
            for i, (verdict, reason) in enumerate(found):
                if verdict == worst:
                    return verdict, f"{verdict}{self._where(i)}: {reason}"
        vague = [reason for _, reason in found if reason]
        return "right", "right: forward, reverse and differences agree" + (vague or [""])[0]

    def _where(self, i: int) -> str:
        """Which entry of the output."""
        if len(self.tangent) == 1:
            return ""
        number, imaginary = divmod(i, 2) if self.complex else (i, False)
        index = [int(k) for k in np.unravel_index(number, self.shape)]
        return f" at y{index or ''}{'.imag' * imaginary}"

    def _of_entry(self, i: int) -> tuple[str, str]:
        t = float(self.tangent[i])
        if not np.isfinite(t):
            return self._without_bound(i, t)
        kink = self._kink(i)
        if kink is not None:
            return "kink", f"{kink}, and AD gives {_short(t)}"
        slope, uncertain = self._limit(i)
        text = _apart(slope, t)
        if not uncertain <= max(self.rough * abs(slope), 1e-6 * self.size[i]):
            return "too rough to judge", f"{text}, and the differences are uncertain by {uncertain:.1e}"
        if abs(slope - t) > 10 * uncertain + 1e-7 * max(abs(t), abs(slope)) + self.slack[i]:
            return "wrong", text
        if 0 < abs(t) < uncertain:
            return (
                "right",
                f", as far as they can tell: AD gives {t:.1e}, and they see nothing below {uncertain:.1e}",
            )
        return "right", ""

    def _limit(self, i: int) -> tuple[float, float]:
        """The difference that changes least from step to step, and how uncertain that is."""
        slope = self.slope[:, i]
        change = np.abs(np.diff(slope))
        # Beside the change itself a tenth of the next one: noise grows tenfold with the next step.
        uncertain = np.maximum(np.maximum(change, 0.1 * np.append(change[1:], 0)), self.floor[1:, i])
        if not np.any(np.isfinite(uncertain)):
            return float(slope[np.isfinite(slope)][-1]) if np.any(np.isfinite(slope)) else np.nan, np.inf
        slope = slope[1:]
        while True:
            k = int(np.nanargmin(uncertain))
            # What settles at large steps may be the mean of something finer, on which smaller steps settle.
            finer = np.abs(slope - slope[k]) > 10 * (uncertain + uncertain[k])
            finer[: k + 1] = False
            if not np.any(finer):
                return float(slope[k]), float(uncertain[k])
            uncertain[: np.flatnonzero(finer)[0]] = np.inf

    def _kink(self, i: int) -> str | None:
        """What the one-sided differences do if they do not come to the same."""
        jump = self.right[:, i] - self.left[:, i]
        large = np.abs(jump) > 20 * self.floor[:, i]
        last = int(np.sum(np.cumprod(large)))  # up to where it stands out from rounding errors
        if last < 4 or not np.all(np.isfinite(jump[:last])):
            return None
        before, after = jump[last - 4 : last - 1], jump[last - 3 : last]
        slopes = self.left[last - 1, i], self.right[last - 1, i]
        if last < len(_STEPS) and 20 * self.floor[last, i] < np.abs(jump[last - 1]):
            return None  # it ends at a smaller step: there is a kink, but beside this point
        if np.all(np.abs(after - before) <= 0.05 * np.abs(after)):
            if np.abs(jump[last - 1]) <= 1e-5 * np.max(np.abs(slopes)):
                return None
            return f"the one-sided differences are {_short(slopes[0])} and {_short(slopes[1])}"
        growth = jump[1:last] / jump[: last - 1]
        even = np.max(growth) <= 2 * np.min(growth)  # as noise is not
        if last >= 6 and even and np.all(growth >= 1.1):
            ends = f"{_short(slopes[0])} and {_short(slopes[1])}"
            return f"the one-sided differences grow without bound, to {ends}"
        return None

    def _without_bound(self, i: int, t: float) -> tuple[str, str]:
        """A derivative that is infinite or NaN."""
        slope = self.slope[:, i]
        slope = slope[np.isfinite(slope)]
        if np.isnan(t):
            return "wrong", _apart(slope[-1] if slope.size else t, t)
        growing = slope.size >= 4 and np.all(np.abs(slope[1:]) >= 1.05 * np.abs(slope[:-1]))
        if growing and np.sign(slope[-1]) == np.sign(t):
            return "right", ""
        limit, uncertain = self._limit(i)
        if not uncertain <= self.rough * abs(limit):
            return "too rough to judge", _apart(limit, t)
        return "wrong", _apart(limit, t)


def _value_or_nan(f: Callable[..., Any], xs: Sequence[Any], ts: Sequence[Any], h: float, middle: Any) -> Any:
    """The output at a step, NaN where it has none or has another shape."""
    try:
        y = value_of(f, [_with_type_of(x, x + h * t) for x, t in zip(xs, ts, strict=True)])
    except (ArithmeticError, ValueError):
        return np.full(middle.shape, np.nan)
    y = real_parts(y).astype(float)
    return y if y.shape == middle.shape else np.full(middle.shape, np.nan)


def _apart(slope: float, t: float) -> str:
    """Both, to as many digits as it takes to tell them apart."""
    for digits in (6, 10, 17):
        one, two = f"{slope:.{digits}g}", f"{t:.{digits}g}"
        if one != two:
            break
    return f"differences give {one}, AD gives {two}"


def _short(x: float) -> str:
    return f"{x:.6g}"
