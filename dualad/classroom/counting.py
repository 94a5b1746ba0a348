"""A number that counts: the operations done with it, and how many of it are alive at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .wrapped import Wrapped

__all__ = ["Counted", "Tally", "count", "counted"]


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
    most_alive : int
        The largest number of numbers that were kept at the same time, inputs and results included.
    """

    additions: int = 0
    multiplications: int = 0
    divisions: int = 0
    sines_cosines: int = 0
    others: int = 0
    alive: int = 0
    most_alive: int = 0

    @property
    def operations(self) -> dict[str, int]:
        """The operations, by kind."""
        return {kind: getattr(self, kind) for kind in KINDS}


#: The kinds of operation that a tally tells apart.
KINDS = ("additions", "multiplications", "divisions", "sines_cosines", "others")

_KIND = {
    np.add: "additions",
    np.subtract: "additions",
    np.negative: "additions",
    np.multiply: "multiplications",
    np.square: "multiplications",
    np.divide: "divisions",
    np.reciprocal: "divisions",
    np.sin: "sines_cosines",
    np.cos: "sines_cosines",
}

#: Comparisons, choices and signs are no arithmetic.
_FREE = {
    *(np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal),
    *(np.isfinite, np.isnan, np.isinf, np.signbit, np.sign, np.absolute, np.positive, np.conjugate),
    *(np.logical_and, np.logical_or, np.logical_not, np.copysign),
    *(np.maximum, np.minimum, np.fmax, np.fmin),
}

#: What an operation on complex numbers costs in operations on real ones.
_COMPLEX = {
    "additions": {"additions": 2},
    "multiplications": {"multiplications": 4, "additions": 2},
    "divisions": {"divisions": 2, "multiplications": 6, "additions": 3},
    "sines_cosines": {"sines_cosines": 2, "others": 2, "multiplications": 2},  # others: sinh and cosh
    "others": {"others": 2},
}

#: The same for a complex and a real number.
_COMPLEX_AND_REAL = {
    "additions": {"additions": 1},
    "multiplications": {"multiplications": 2},
    "divisions": {"divisions": 2},
    "others": {"others": 2},
}


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
        tally.most_alive = max(tally.most_alive, tally.alive)

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
        if ufunc not in _FREE:
            for kind, times in _cost(ufunc, values).items():
                setattr(self.tally, kind, getattr(self.tally, kind) + times)
        return ufunc(*values)


def _cost(ufunc: Any, values: tuple[Any, ...]) -> dict[str, int]:
    kind = _KIND.get(ufunc, "others")
    are_complex = [isinstance(v, complex) for v in values]
    if not any(are_complex):
        return {kind: 1}
    if all(are_complex) or (ufunc is np.divide and are_complex[1]):
        return _COMPLEX[kind]
    return _COMPLEX_AND_REAL[kind]


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
