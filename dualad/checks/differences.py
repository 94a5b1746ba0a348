"""Differences at several steps along one direction, and how far they can be trusted.

Differences alone say so: central ones converge with the square of the step until rounding errors
take over, and at a kink the one-sided ones converge to different slopes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .points import Recording, entries_of, real_parts, values_of

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


def with_type_of(x: Any, t: Any) -> Any:
    """A tangent in the argument's own type."""
    return np.asarray(t).astype(x.dtype) if isinstance(x, np.ndarray) else type(x)(t)


class Differences:
    """One-sided and central differences along a direction: rows are steps, columns entries of the output."""

    def __init__(
        self,
        f: Callable[..., Any],
        xs: list[Any],
        ts: list[Any],
        unit: float,
        recorded: Recording,
        tangents: list[Any],
    ):
        self.recorded = recorded
        self.tangent = real_parts(tangents)
        eps = float(np.finfo(self.tangent.dtype).eps)
        middle = real_parts(values_of(f, xs))
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
        return f" at {self.recorded.name(entries_of(self.recorded.ys)[i])}"

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
        ys = values_of(f, [with_type_of(x, x + h * t) for x, t in zip(xs, ts, strict=True)])
    except (ArithmeticError, ValueError):
        return np.full(middle.shape, np.nan)
    y = real_parts(ys).astype(float)
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
