"""A number that counts: the operations done with it, and how many of it are alive at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ..counts import Count, elementwise_count
from .wrapped import Wrapped


@dataclass(slots=True)
class Tally:
    """What has been counted.

    Attributes
    ----------
    additions : int
        Additions, subtractions and changes of sign.
    multiplications, divisions, sines_cosines : int
    others : int
        Every other function: powers, roots, exponentials, ...
    most_alive : int or None
        The largest number of numbers that were kept at the same time, inputs and results included;
        None if that was not counted.
    """

    additions: int = 0
    multiplications: int = 0
    divisions: int = 0
    sines_cosines: int = 0
    others: int = 0
    alive: int = 0
    most_alive: int | None = 0

    def add(self, n: Count) -> None:
        """Count some more operations."""
        self.additions += n.additions
        self.multiplications += n.multiplications
        self.divisions += n.divisions
        self.sines_cosines += n.sines
        self.others += n.transcendental - n.sines

    @property
    def operations(self) -> dict[str, int]:
        """The operations, by kind."""
        return {kind: getattr(self, kind) for kind in KINDS}


#: The kinds of operation that a tally tells apart.
KINDS = ("additions", "multiplications", "divisions", "sines_cosines", "others")


class Counted(Wrapped):
    """A float, or a complex number, that counts on the tally of its class.

    Make a class with a new tally by `counted`. The tally is not the number's own, so that whoever
    needs a 1 of the same kind, as a seed, makes it by ``type(x)(1)``.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.counting import counted
    >>> number = counted()
    >>> x = number(0.5)
    >>> y = np.sin(x * x) + x
    >>> number.tally.additions, number.tally.multiplications, number.tally.sines_cosines
    (1, 1, 1)
    """

    __slots__ = ()
    tally: ClassVar[Tally] = Tally()

    def __init__(self, value: Any) -> None:
        self.value = value.item() if isinstance(value, np.generic) else value
        tally = self.tally
        tally.alive += self._size
        tally.most_alive = max(tally.most_alive or 0, tally.alive)

    def __del__(self) -> None:
        self.tally.alive -= self._size

    @property
    def _size(self) -> int:
        return 2 if isinstance(self.value, complex) else 1

    @property
    def real(self) -> Counted:
        """The real part."""
        return self.wrap(self.value.real)

    @property
    def imag(self) -> Counted:
        """The imaginary part."""
        return self.wrap(self.value.imag)

    def wrap(self, value: Any) -> Counted:
        """A number that counts on the same tally."""
        return type(self)(value)

    def compute(self, ufunc: Any, values: tuple[Any, ...]) -> Any:
        """The ufunc of the values; a comparison needs no number to be kept."""
        self.tally.add(elementwise_count(ufunc, values))
        return ufunc(*values)


def counted() -> type[Counted]:
    """A kind of number with a new tally.

    Examples
    --------
    >>> from dualad.classroom.counting import counted
    >>> number = counted()
    >>> number(2.0) + 1
    Counted(3.0)
    >>> number.tally.additions
    1
    """
    return type("Counted", (Counted,), {"__slots__": (), "tally": Tally()})


def count(function: Callable[..., Any], *xs: float) -> Tally:
    """What a function does with numbers: its operations, and the numbers that it keeps.

    Parameters
    ----------
    function : callable
        A function of numbers, as plain code or made by ``derivative`` or ``grad``.
    *xs : float
        Its arguments.

    Returns
    -------
    Tally

    Examples
    --------
    >>> from dualad.classroom.counting import count
    >>> count(lambda x: x * x + x, 3.0).operations["multiplications"]
    1
    """
    number = counted()
    function(*[number(x) for x in xs])
    return number.tally
