"""The sawtooth network: a deep network with exponentially many kinks.

    f <- 2 |f| - 2,    starting from f = x

folds the interval [-2, 2] onto itself. With ``|f| = relu(f) + relu(-f)`` it is a network with two
ReLU units in each layer. Each layer doubles the number of linear pieces: at depth d there are 2^d of
them, with slopes ±2^d in turn, and 2^d - 1 kinks between them. A network with one hidden layer needs
as many units for that.

The points and values are multiples of powers of two, so floats hold them exactly, and the count is exact.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import derivatives
from ..rules import elementwise
from .drawing import BLUE, GREY, RED, label_ends, plain_numbers


def sawtooth(x: Any, depth: int = 3) -> Any:
    """``f <- 2 |f| - 2``, so many times.

    Examples
    --------
    >>> from dualad.classroom.sawtooth import sawtooth
    >>> float(sawtooth(0.75, depth=2))
    -1.0
    """
    f = x
    for _ in range(depth):
        f = 2.0 * np.abs(f) - 2.0
    return f


def by_maximum(f: Any) -> Any:
    """``relu`` in plain NumPy."""
    return np.maximum(f, 0.0)


def relu_form(x: Any, depth: int = 3, relu: Callable[[Any], Any] = by_maximum) -> Any:
    """The same as a network with two ReLU units in each layer: ``f <- 2 relu(f) + 2 relu(-f) - 2``.

    Examples
    --------
    >>> from dualad.classroom.sawtooth import relu_form
    >>> float(relu_form(0.75, depth=2))
    -1.0
    """
    f = x
    for _ in range(depth):
        f = 2.0 * relu(f) + 2.0 * relu(-f) - 2.0
    return f


def lopsided(x: Any, depth: int = 3, relu: Callable[[Any], Any] = by_maximum) -> Any:
    """The same by ``|f| = 2 relu(f) - f``, with one unit less in each layer: ``f <- 4 relu(f) - 2 f - 2``.

    Examples
    --------
    >>> from dualad.classroom.sawtooth import lopsided
    >>> float(lopsided(0.75, depth=2))
    -1.0
    """
    f = x
    for _ in range(depth):
        f = 4.0 * relu(f) - 2.0 * f - 2.0
    return f


#: The same function in several forms: equal everywhere, and so are the derivatives but for the kinks.
FORMS: dict[str, Callable[..., Any]] = {
    "2 |f| - 2": sawtooth,
    "2 np.maximum(f, 0) + 2 np.maximum(-f, 0) - 2": relu_form,
    "2 dualad.relu(f) + 2 dualad.relu(-f) - 2": partial(relu_form, relu=elementwise.relu),
    "4 dualad.relu(f) - 2 f - 2": partial(lopsided, relu=elementwise.relu),
}


def analytic(x: Any, depth: int = 3) -> Any:
    """The derivative between the kinks: the product of the slopes ``2 sign(f)`` of all layers.

    At a kink the sign is 0, which is the mean of the slopes on both sides.
    """
    f, slope = x, 1.0
    for _ in range(depth):
        slope = slope * 2.0 * np.sign(f)
        f = 2.0 * np.abs(f) - 2.0
    return slope


# ---------------------------------------------------------------- kinks


def kinks(depth: int) -> Any:
    """Where the kinks are: the multiples of ``4 / 2^depth`` within (-2, 2).

    Examples
    --------
    >>> from dualad.classroom.sawtooth import kinks
    >>> kinks(2)
    array([-1.,  0.,  1.])
    """
    pieces = 2**depth
    return 4.0 * np.arange(1, pieces) / pieces - 2.0


def count_kinks(depth: int, form: Callable[..., Any] = sawtooth) -> int:
    """The number of kinks, counted: how often the derivative changes along the line.

    It is computed in the middle of intervals twice as many as there are linear pieces, a little
    beyond [-2, 2].

    Parameters
    ----------
    depth : int
        At most 20 or so: the points are a few times ``2^depth``.
    form : callable, optional
        One of ``FORMS``, or another function of ``x`` and ``depth``.

    Examples
    --------
    >>> from dualad.classroom.sawtooth import count_kinks
    >>> [count_kinks(depth) for depth in (0, 1, 2, 3, 10)]
    [0, 1, 3, 7, 1023]
    """
    intervals = 3 * 2**depth
    middles = 6.0 * (np.arange(intervals) + 0.5) / intervals - 3.0
    slopes = derivatives.derivative(partial(form, depth=depth))(middles)
    return int(np.count_nonzero(np.diff(slopes)))


def at_kinks(depth: int = 3) -> dict[str, Any]:
    """What is returned as the derivative at the kinks, where there is none, for each of ``FORMS``.

    All agree on 0, the mean of the slopes on both sides, as long as the form is symmetric. The
    lopsided one gets a slope of one side: what is returned at a kink belongs to the program, and
    not to the function. Both modes return the same.

    Examples
    --------
    >>> from dualad.classroom.sawtooth import at_kinks
    >>> for form, slopes in at_kinks(2).items():
    ...     print(slopes, form)
    [0. 0. 0.] 2 |f| - 2
    [0. 0. 0.] 2 np.maximum(f, 0) + 2 np.maximum(-f, 0) - 2
    [0. 0. 0.] 2 dualad.relu(f) + 2 dualad.relu(-f) - 2
    [ 4.  4. -4.] 4 dualad.relu(f) - 2 f - 2
    """
    where = kinks(depth)
    slopes = {name: derivatives.derivative(partial(form, depth=depth)) for name, form in FORMS.items()}
    return {name: slope(where) + 0.0 for name, slope in slopes.items()}  # -0.0 + 0.0 is 0.0


# ---------------------------------------------------------------- pictures


def draw(axes: Any, depth: int = 4) -> None:
    """Draw the sawtooth and its kinks.

    Parameters
    ----------
    axes : matplotlib Axes
    depth : int, optional
    """
    inside = kinks(depth)
    x = np.concatenate([[-2.0], inside, [2.0]])
    axes.plot(x, sawtooth(x, depth), color=BLUE)
    axes.plot(inside, sawtooth(inside, depth), "o", color=RED)
    axes.margins(x=0.0)
    axes.set(xlabel="x", title=f"Depth {depth}: {len(inside)} kinks, slopes ±{2**depth}")


def draw_kinks(axes: Any, depth: int = 10) -> None:
    """Draw the counted kinks against the depth, and those of one hidden layer with as many units.

    Parameters
    ----------
    axes : matplotlib Axes
    depth : int, optional
        The largest.
    """
    depths = range(1, depth + 1)
    deep = [count_kinks(d) for d in depths]
    wide = [2 * d for d in depths]
    axes.plot(depths, deep, "o-", color=BLUE)
    axes.plot(depths, wide, "o-", color=GREY)
    axes.set(yscale="log", xlabel="layers of two units", ylabel="kinks", title="Kinks against depth")
    plain_numbers(axes.yaxis)
    label_ends(axes, [("deep", BLUE, depths, deep), ("one layer,\nas many units", GREY, depths, wide)])
