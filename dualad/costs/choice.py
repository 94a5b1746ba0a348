"""Columns or rows: which mode a Jacobian is computed in, and why.

Along ``n`` directions forward mode costs between ``1 + n`` and ``1 + 1.5 n`` evaluations of the
function, for ``m`` cotangents reverse mode between ``1 + 2 m`` and ``1.5 + 2.5 m`` (Griewank and
Walther, Evaluating Derivatives, 2nd ed. 2008, sections 3.2 and 4.5). Where these do not overlap the
shapes decide; only in between, or if the reason is asked for, are the operations counted. That takes
a run of the function, so what was chosen is remembered for the function and the shape of its input.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..boundary import AsItIs, with_argument
from ..counts import short
from ..dual import primal
from ..parallel.chunks import lanes_for
from ..shapes import shape_of, size_of

if TYPE_CHECKING:
    from .work import Work

#: Up to so many columns are one sweep that costs Python hardly more than one direction.
FEW = 8


#: Up to so many columns counting takes longer than it saves where the bounds overlap.
_MANY = 64

#: What has been chosen for a function, by the number of the argument and its shape.
_found: weakref.WeakKeyDictionary[Any, dict[Any, str]] = weakref.WeakKeyDictionary()


def found_for(f: Callable[..., Any]) -> dict[Any, str]:
    """What has been chosen for a function already, to be written into."""
    try:
        return _found.setdefault(f.func if isinstance(f, AsItIs) else f, {})
    except TypeError:  # an object that cannot be hashed, or referred to weakly
        return {}


@dataclass(frozen=True, slots=True)
class Choice:
    """A mode and the reason for it; its text says both.

    Attributes
    ----------
    mode : str
        ``"forward"`` or ``"reverse"``.
    reason : str
    forward, reverse : int or None
        The counted operations of both (`Count.work`); None where they need not be counted.
    """

    mode: str
    reason: str
    forward: int | None = None
    reverse: int | None = None

    def __str__(self) -> str:
        way = {"forward": "by columns", "reverse": "by rows"}[self.mode]
        return f'{way}, mode="{self.mode}": {self.reason}'

    def overruled(self, mode: str) -> str:
        """The text where the caller has said which mode to take."""
        return f'mode="{mode}" as asked for; "auto" would go {self}'


def choose(n: int, m: int, work: Callable[[], Work], explain: bool = False) -> Choice:
    """The mode for a Jacobian of ``n`` columns and ``m`` rows.

    Parameters
    ----------
    n, m : int
    work : callable
        Traces the function and counts.
    explain : bool, optional
        Whether to count in any case.

    Examples
    --------
    >>> choose(1000, 10, work=lambda: None).mode
    'reverse'
    """
    mode = ""
    if n <= FEW or 3 * n <= 4 * m:
        mode = "forward"
    elif 2 * n >= 5 * m + 1:
        mode = "reverse"
    elif n <= _MANY:
        mode = "forward"
    if mode and not explain:
        return Choice(mode, _shape(n, m))
    counted = work()
    # The same mode for every chunk: both give the same Jacobian, but not to the last bit.
    forward = counted.columns(lanes_for("auto", max(n, 1))).work
    reverse = counted.rows(lanes_for("auto", max(m, 1))).work
    mode = mode or ("forward" if forward <= reverse else "reverse")
    return Choice(mode, _reason(n, m, mode, forward, reverse), forward, reverse)


def choice_for(
    f: Callable[..., Any], args: Any, keywords: Any, argnum: int, y: Any, explain: bool = False
) -> Choice:
    """The mode for the Jacobian of a function whose value is ``y``."""

    def work() -> Work:
        from .tracing import trace
        from .work import work_of

        return work_of(trace(lambda x: f(*with_argument(args, argnum, x), **keywords), primal(args[argnum])))

    n = size_of(shape_of(args[argnum]))
    return choose(n, size_of(shape_of(y)), work, explain)


def _shape(n: int, m: int) -> str:
    return f"{n:,} input{'s' * (n != 1)} and {m:,} output{'s' * (m != 1)}"


def _reason(n: int, m: int, mode: str, forward: int, reverse: int) -> str:
    text = f"{_shape(n, m)}; counted, forward takes {short(forward)} operations and reverse {short(reverse)}"
    mine, other = (forward, reverse) if mode == "forward" else (reverse, forward)
    ratio = max(other, 1) / max(mine, 1)
    if ratio > 1.05:
        return f"{text}, {ratio:.3g} times {'as many' if mode == 'forward' else 'fewer'}"
    if ratio >= 0.95:
        return f"{text}, much the same"
    if n <= FEW:
        return f"{text}, but up to {FEW} columns are one sweep that costs Python hardly more than one of them"
    return f"{text}, but it was chosen by the number of inputs and outputs alone, without counting"
