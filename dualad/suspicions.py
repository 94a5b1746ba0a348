"""Suspicions put to differences: what a function beside the point of a derivative call says.

There is one where comparisons steer a loop (`dual.comparisons`), where a warning was held back
(`modes.hold_back`), and where the function passed a point without a derivative on its way (`corners`).
Each of them may be harmless. So the function is called at points beside, and a warning comes only if its
differences do not agree with the derivative; `Beside` makes these calls, and only when it is asked.

Differences are rough, and each question to them errs on its own side: `differs` for loops, where the
derivative is off by much or not at all, and `differs_widely` for those that end early; `differs_smoothly`
for corners, which says yes only of differences that settle; `confirms` for what was held back, which says
yes only of a smooth function with just this derivative.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from .corners import NOTED, is_tidying, tidying, warn_of_corners
from .dual import Dual, primal, settled, stacked
from .dual.comparisons import warn_of_loops
from .errors import ConversionError
from .linear import quietly
from .modes import Mode
from .trees import Tree, built, flattened, leaves_of, mapped

Result = TypeVar("Result")


class LostError(ConversionError):
    """A derivative that has been lost on the way. Differences are asked for it; nobody sees this error."""

    _is_counted = False


def warn_of_suspicions(
    f: Callable[..., Any],
    mode: Mode,
    noted: int,
    y: Any,
    depends: bool,
    slope: Callable[[Dual], Any],
    beside: Callable[[], Beside],
    confirmable: bool = True,
) -> None:
    """Warn of what a derivative call met since ``noted`` and differences do not explain.

    Where they see a smooth function with another derivative, the mode knows that this has been lost.
    ``depends`` and ``slope`` are for `warn_of_loops`; ``beside`` is called once, if at all.
    ``confirmable`` is whether differences may clear what was held back: not where the derivative is one of
    an outer call as well.
    """
    look = functools.cache(beside)
    if mode.held_back and confirmable:
        if look().confirms(y):
            mode.held_back.clear()
        else:
            mode.lost = "a branch was taken that holds for this very point"
    if mode.roundings and not is_tidying(1):  # what they hide comes out in a second sweep (`tidied`)
        mode.lost = ""
        return
    by_loops = warn_of_loops(f, mode, depends, slope, lambda: look().differs_at_all(y))
    mode.lost = by_loops or mode.lost
    if NOTED[0] != noted:
        mode.lost = warn_of_corners(f, noted, lambda steps: look().differs_smoothly(y, steps)) or mode.lost
    if mode.lost and not (confirmable and (by_loops or look().differs_smoothly(y))):
        mode.lost = ""


def tidied(roundings: dict[Any, Any], result: Result, again: Callable[[], Result], beside: Any) -> Result:
    """What a sweep has found, or what it finds if rounding to digits after the point has slope 1, and not 0.

    That is so if differences across the steps of the rounding see this slope, and a warning says which it is.

    Parameters
    ----------
    roundings : dict
        Those of the mode.
    result, again
        What the sweep has found, and what sweeps once more.
    beside : callable
        The `Beside` of such a result.
    """
    try:
        with tidying():
            other = again()
    except Exception:  # as where a rounded number is the key of a dict
        other = result
    ours = beside(result)
    if other is not result and ours.agrees_with(theirs := beside(other)):
        return result
    is_better = other is not result and theirs.is_nearer_than(ours)
    for warn in roundings.values():
        warn(is_better)
    return other if is_better else result


def uneven(n: int) -> Any:
    """Weights of no symmetry, by which one direction stands for several; nor do they make a straight line.

    They have either sign: what one of equal numbers has lost, another one may have got.
    """
    weights = 2 * ((0.37 + np.arange(n) ** 2 * 0.61803) % 1.0) - 1
    return np.copysign(0.3 + 0.7 * np.abs(weights), weights)


def in_a_row(y: Any) -> Any:
    """What a function returned, as an array; of a structure all entries, one leaf after the other."""
    y = y if type(y) is Tree else settled(y)
    tree = y if type(y) is Tree else flattened(y)
    if tree is None:
        return np.asarray(primal(stacked(y)))
    return np.concatenate([np.ravel(primal(stacked(settled(leaf)))) for leaf in tree.leaves] or [np.zeros(0)])


class Beside:
    """A function at arguments moved along some changes, by a ten-thousandth of the largest, forth and back.

    Parameters
    ----------
    f : callable
    args, keywords : sequence, dict
        What it was called with; structures among what is moved as trees.
    along : dict
        The number of an argument -> its change.
    t : number, array or tree
        The tangent of the function along these changes.
    """

    def __init__(
        self, f: Callable[..., Any], args: Any, keywords: dict[str, Any], along: dict[int, Any], t: Any
    ) -> None:
        self._t = in_a_row(t)
        self._call = functools.partial(quietly, functools.partial(f, **keywords))
        self._xs = [x if type(x) is Tree else primal(x) for x in args]
        self._along = along
        self._size = max(_largest(self._xs[i]) for i in along) or 1.0
        self._ends: dict[int, Any] = {}
        self._step = 1e-4 * self._size / (max(map(_largest, along.values())) or 1.0)

    def _value(self, step: float) -> Any:
        """The value at a distance; None if the function raises there, or has others than here."""
        move = functools.partial(_moved, step)
        moved = [
            built(mapped(move, x, self._along[i])) if i in self._along else x for i, x in enumerate(self._xs)
        ]
        try:
            y = in_a_row(self._call(*moved))
        except TimeoutError:  # of an alarm that the user has set
            raise
        except Exception:  # whatever a function may raise where nobody has called it
            return None
        # A value that depends on nothing may have the number 0 for its tangent.
        return y if np.shape(self._t) in ((), y.shape) else None

    def _values(self, h: float) -> Any:
        """The values forth and back; None if one is missing."""
        return _both(self._value(h), self._value(-h))

    def _sides(self, h: float, y: Any) -> Any:
        """The same around the value ``y``; beyond the edge of a domain by what is on the other side of it."""
        ends = [self._value(h), self._value(-h)]
        for back, step in (1, h), (0, -h):
            forth, there = ends[1 - back], ends[back]
            if forth is None or not (there is None or np.any((there != there) & (forth == forth) & (y == y))):
                continue
            further = self._value(2 * step)
            if further is None or not further.shape == forth.shape == y.shape:
                return None
            parabola = 3 * y - 3 * forth + further
            ends[back] = parabola if there is None else np.where(there == there, there, parabola)
        return _both(*ends)

    def differs_at_all(self, y: Any) -> bool:
        """Whether differences are others, by one of the three ways that follow."""
        return self.differs() or self.differs_widely() or self.differs_smoothly(y)

    def differs(self) -> bool:
        """Whether differences are far from the tangent, or there are none."""
        ends = self._values(self._step)
        if ends is None:
            return True
        difference, t = (ends[0] - ends[1]) / (2 * self._step), self._t
        off = np.abs(difference - t)
        rounding = 1e-12 * np.abs(ends[0]) / self._step
        return bool(np.any(off > 0.02 * np.maximum(np.abs(difference), np.abs(t)) + rounding))

    def differs_widely(self) -> bool:
        """The same of a function in steps, which are as coarse as the bound that ends its loop."""
        wide, narrow = self._values(100 * self._step), self._values(30 * self._step)
        if wide is None or narrow is None:
            return False
        difference = (wide[0] - wide[1]) / (200 * self._step)
        other = (narrow[0] - narrow[1]) / (60 * self._step)
        off = np.abs(difference - self._t)
        far = off > 0.1 * np.maximum(np.abs(difference), np.abs(self._t))
        return bool(np.any(far & (np.abs(difference - other) < 0.5 * off)))

    def agrees_with(self, other: Beside) -> bool:
        """Whether another sweep has found the same tangent, but for rounding errors."""
        return bool(np.all(np.isclose(self._t, other._t, 1e-9, 0.0, equal_nan=True)))

    def is_nearer_than(self, other: Beside) -> bool:
        """Whether differences of two steps say so, wherever the tangents are not next to the same.

        Short ones are taken where the function bends too much for the others. Steps of the function that
        they see for themselves are steps that are meant. And what is off must be little beside the values:
        not all that is left, as of ``x - round(x, 7)``.
        """

        def near(h: float) -> bool:
            ends = self._values(h)
            if ends is None:
                return False
            change, size = (ends[0] - ends[1]) / 2, np.maximum(np.abs(ends[0]), np.abs(ends[1]))
            off, apart = np.abs(change - h * self._t), h * np.abs(self._t - other._t)
            share = np.divide(apart, size, out=np.zeros(size.shape), where=size > 0)
            better = (off < 0.1 * np.abs(change - h * other._t)) & (off < 0.1 * size)
            return bool(np.all(better, where=share > 0.01 * np.max(share)))

        return any(all(near(times * self._step) for times in pair) for pair in _NO_MULTIPLES)

    def differs_smoothly(self, y: Any, steps: bool = False) -> bool:
        """The same, where those of two steps, and of either side of the value ``y``, are alike.

        Of what may have steps: whether they are larger than the tangent, all in all. Where rounding errors
        hide what short steps have to say, as of ``(1 - cos(x)) / x**2``, long ones are taken.
        """
        if steps:
            return self._judged(_steeper, y)
        if self._judged(_smooth_and_far, y):
            return True
        return self._judged(_far, y) and self._judged(_smooth_and_lost, y, 100)

    def confirms(self, y: Any) -> bool:
        """Whether differences on both sides of the value ``y`` say that it is smooth and has this tangent."""
        return self._judged(_smooth_and_near, y)

    def _judged(self, judge: Callable[..., bool], y: Any, times: int = 1) -> bool:
        if not 1e-100 < self._size < np.inf:
            return False
        y, h = in_a_row(y), times * self._step
        if times not in self._ends:
            self._ends[times] = self._sides(h, y), self._sides(h / 8, y)
        wide, narrow = self._ends[times]
        if wide is None or narrow is None:
            return False
        return quietly(judge, wide, narrow, h / 8, self._t, y)


#: Steps of thousandths, or of hundred-thousandths, which are no multiples of the steps of a function.
_NO_MULTIPLES = (10 * np.pi, 4 * np.e), (np.pi / 10, np.e / 25)


def _both(forth: Any, back: Any) -> Any:
    """Two values, if both are there and alike."""
    missing = forth is None or back is None or forth.shape != back.shape
    return None if missing else (forth, back)


def _largest(x: Any) -> float:
    sizes = (np.max(np.abs(primal(leaf)), initial=0.0) for leaf in leaves_of(x) if leaf is not None)
    return float(max(sizes, default=0.0))


def _moved(step: float, x: Any, change: Any) -> Any:
    return primal(x) if change is None else primal(x) + step * primal(change)


def _far(wide: Any, narrow: Any, h: float, t: Any, y: Any) -> bool:
    difference = (wide[0] - wide[1]) / (16 * h)
    return bool(np.any(np.abs(difference - t) > 1e-3 * np.maximum(np.abs(difference), np.abs(t))))


def _smooth_and_lost(wide: Any, narrow: Any, h: float, t: Any, y: Any) -> bool:
    """The next one, of tangents that are not steeper than all that such steps can see."""
    size = np.abs((narrow[0] - narrow[1]) / (2 * h))
    return _smooth_and_far(wide, narrow, h, np.where(np.abs(t) <= 2 * size, t, size), y)


def _smooth_and_far(wide: Any, narrow: Any, h: float, t: Any, y: Any) -> bool:
    difference = (narrow[0] - narrow[1]) / (2 * h)
    drift, size = np.abs((wide[0] - wide[1]) / (16 * h) - difference), np.abs(difference)
    bend, wider = (ends[0] - 2 * y + ends[1] for ends in (narrow, wide))
    kink = (8 * bend - wider / 8) / 7  # without what is as the square of the step
    rounding = 1e-13 * np.abs(y) / h
    off = np.abs(difference - t)
    far = off > 1e-6 * np.maximum(size, np.abs(t))
    steady = drift <= 1e-2 * size + rounding  # as those of a cubic root are not
    lost = ((t != t) | ((np.abs(t) == np.inf) & steady)) & (np.abs(y) < np.inf)
    is_off = far & (off > 10 * (drift + np.abs(kink) / h + rounding))
    return bool(np.any(is_off | lost & _smooth(wide, narrow, h, y, size)))


def _steeper(wide: Any, narrow: Any, h: float, t: Any, y: Any) -> bool:
    difference, other = (wide[0] - wide[1]) / (16 * h), (narrow[0] - narrow[1]) / (2 * h)
    off = np.abs(difference - t)
    lost = (np.abs(t) < np.abs(difference)) & (off > 0.02 * np.abs(difference) + 1e-12 * np.abs(y) / h)
    return bool(np.any(lost & (np.abs(difference - other) < 0.5 * off)))


def _smooth_and_near(wide: Any, narrow: Any, h: float, t: Any, y: Any) -> bool:
    difference = (wide[0] - wide[1]) / (16 * h)  # less noisy than that of the narrow ones
    size = np.maximum(np.abs(difference), np.abs(t))
    drift = np.abs(difference - (narrow[0] - narrow[1]) / (2 * h))
    near = np.abs(difference - t) <= np.minimum(1e-3 * size, 1e-5 * size + 10 * drift) + 1e-13 * np.abs(y) / h
    without_value = (y != y) & (narrow[0] != narrow[0]) & (narrow[1] != narrow[1])
    return bool(np.all(without_value | near & _smooth(wide, narrow, h, y, size)))


def _smooth(wide: Any, narrow: Any, h: float, y: Any, size: Any) -> Any:
    """Where what is left of a bend shrinks with the step, by 8; a kink does not."""
    bend, wider = (np.abs(ends[0] - 2 * y + ends[1]) for ends in (narrow, wide))
    shrinks = bend / h <= 0.3 * wider / (8 * h) + 1e-3 * size + 1e-13 * np.abs(y) / h
    return shrinks | (wider / (8 * h) <= 1e-2 * size)
