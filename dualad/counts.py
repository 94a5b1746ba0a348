"""Counts of operations: what a function of NumPy takes, and how counts add up.

A count is in operations on real numbers. Which function is which kind of operation stands here and
nowhere else; what a linear map takes, the map says itself (`LinearMap.count`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from .shapes import Shape, size_of


@dataclass(frozen=True, slots=True)
class Count:
    """How many operations of each kind; counts are added, and multiplied by whole numbers.

    Attributes
    ----------
    additions : int
        Additions, subtractions and changes of sign.
    multiplications, divisions : int
    transcendental : int
        Calls of every other function: sines, exponentials, roots, powers, ...
    sines : int
        The sines and cosines among these.
    touched : int
        Array elements and numbers read and written.
    fused : int
        Pairs of a multiplication and an addition, of those above, that BLAS and LAPACK do at once.
    calls : int
        Operations on whole arrays: how often Python called something.

    Examples
    --------
    >>> 2 * Count(additions=3, touched=9) + Count(divisions=1)
    Count(additions=6, divisions=1, touched=18)
    """

    additions: int = 0
    multiplications: int = 0
    divisions: int = 0
    transcendental: int = 0
    sines: int = 0
    touched: int = 0
    fused: int = 0
    calls: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*[a + b for a, b in zip(self._numbers(), other._numbers(), strict=True)])

    def __mul__(self, times: int) -> Count:
        return self if times == 1 else Count(*[times * a for a in self._numbers()])

    __rmul__ = __mul__

    def __repr__(self) -> str:
        named = zip((f.name for f in fields(self)), self._numbers(), strict=True)
        return f"Count({', '.join(f'{name}={n}' for name, n in named if n)})"

    def _numbers(self) -> tuple[int, ...]:
        return (
            self.additions,
            self.multiplications,
            self.divisions,
            self.transcendental,
            self.sines,
            self.touched,
            self.fused,
            self.calls,
        )

    @property
    def arithmetic(self) -> int:
        """All operations but reading and writing."""
        return self.additions + self.multiplications + self.divisions + self.transcendental

    @property
    def work(self) -> int:
        """One number for all: each operation, and each element read or written, weighted by `WEIGHTS`."""
        return sum(weight * getattr(self, kind) for kind, weight in WEIGHTS.items())


#: What an operation weighs beside an addition: the least for which the two theorems hold (Griewank and
#: Walther, Evaluating Derivatives, 2nd ed. 2008, sections 2.5, 3.2 and 4.5).
WEIGHTS = {"touched": 1, "additions": 1, "multiplications": 1, "divisions": 4, "transcendental": 10}

#: Elementwise functions that are arithmetic. Any other is one transcendental call for each element.
ARITHMETIC: dict[Any, str] = {
    np.add: "additions",
    np.subtract: "additions",
    np.negative: "additions",
    np.multiply: "multiplications",
    np.square: "multiplications",
    np.degrees: "multiplications",
    np.radians: "multiplications",
    np.rad2deg: "multiplications",
    np.deg2rad: "multiplications",
    np.divide: "divisions",
    np.reciprocal: "divisions",
    np.remainder: "divisions",
    np.fmod: "divisions",
    np.floor_divide: "divisions",
}

#: Comparisons, choices and signs are no arithmetic.
FREE = {
    *(np.less, np.less_equal, np.equal, np.not_equal, np.greater, np.greater_equal),
    *(np.isfinite, np.isnan, np.isinf, np.signbit, np.sign, np.absolute, np.fabs, np.positive, np.conjugate),
    *(np.logical_and, np.logical_or, np.logical_not, np.bitwise_and, np.bitwise_or, np.invert, np.copysign),
    *(np.maximum, np.minimum, np.fmax, np.fmin, np.heaviside, np.clip, np.where, np.copy),
    *(np.floor, np.ceil, np.trunc, np.rint, np.frexp, np.modf, np.ldexp, np.nextafter, np.spacing),
}


def kind_of(function: Any, values: tuple[Any, ...] = ()) -> str:
    """The kind of operation that an elementwise function is; "" for what is free.

    A square is a multiplication however it is written.

    Examples
    --------
    >>> kind_of(np.subtract), kind_of(np.exp), kind_of(np.maximum)
    ('additions', 'transcendental', '')
    >>> kind_of(np.power, (3.0, 2))
    'multiplications'
    """
    if function in (np.power, np.float_power) and len(values) == 2 and np.ndim(values[1]) == 0:
        return {2.0: "multiplications", 1.0: "", 0.0: "", -1.0: "divisions"}.get(values[1], "transcendental")
    return "" if function in FREE else ARITHMETIC.get(function, "transcendental")


_SINES = (np.sin, np.cos)
_SINE = Count(transcendental=1, sines=1)
_ONE = {kind: Count(**{kind: 1}) for kind in ("additions", "multiplications", "divisions", "transcendental")}

#: What an operation on complex numbers takes in real ones.
_COMPLEX = {
    "additions": Count(additions=2),
    "multiplications": Count(additions=2, multiplications=4),
    "divisions": Count(additions=3, multiplications=6, divisions=2),
    "transcendental": Count(transcendental=2),
}

#: The same for a complex and a real number.
_COMPLEX_AND_REAL = _COMPLEX | {
    "additions": Count(additions=1),
    "multiplications": Count(multiplications=2),
    "divisions": Count(divisions=2),
}

#: Of a complex number: a sine, a cosine, a hyperbolic sine and cosine, and two products.
_COMPLEX_SINE = Count(multiplications=2, transcendental=4, sines=2)


def elementwise_count(function: Any, values: tuple[Any, ...], size: int = 1) -> Count:
    """What an elementwise function does for an output of so many elements, besides reading and writing.

    Examples
    --------
    >>> elementwise_count(np.multiply, (2.0, 1j))
    Count(multiplications=2)
    """
    kind = kind_of(function, values)
    if not kind:
        return Count()
    are_complex = [type(v) is not float and np.iscomplexobj(v) for v in values]
    if not any(are_complex):
        return size * (_SINE if function in _SINES else _ONE[kind])
    if function in _SINES:
        return size * _COMPLEX_SINE
    both = all(are_complex) or (function is np.divide and are_complex[1])
    return size * (_COMPLEX if both else _COMPLEX_AND_REAL)[kind]


def products(pairs: int, outputs: int) -> Count:
    """Sums of products: so many products in all, added up to so many sums."""
    return Count(additions=max(pairs - outputs, 0), multiplications=pairs, fused=max(pairs - outputs, 0))


def short(n: int) -> str:
    """A count as it is printed: all its digits, or three if there are too many.

    Examples
    --------
    >>> short(1234567), short(123456789)
    ('1,234,567', '1.23e+08')
    """
    return f"{n:,}" if n < 10_000_000 else f"{n:.3g}"


# ---------------------------------------------------------------- linear algebra

#: (a, b) for a m n^2 + b n^3 operations on an m x n matrix, m >= n, half of them multiplications: Golub and
#: Van Loan, Matrix Computations, 4th ed. 2013, 3.2.8, 4.2.5, 5.2.2 (Q written out), 8.3.3, 7.5.6, fig. 8.6.1.
_FACTORISATIONS: dict[str, tuple[float, float]] = {
    "lu": (0, 2 / 3),
    "cholesky": (0, 1 / 3),
    "qr": (4, -4 / 3),
    "eigh": (0, 9),
    "eigvalsh": (0, 4 / 3),
    "eig": (0, 25),
    "eigvals": (0, 10),
    "svd": (14, 8),
    "svdvals": (4, -4 / 3),
    "lstsq": (2, 11),
    "inv": (0, 2),
    "pinv": (16, 8),
}

#: Functions of NumPy and of ours -> the factorisation that they consist of.
_USES = {
    "cholesky": "cholesky",
    "qr": "qr",
    "eigh": "eigh",
    "eigvalsh": "eigvalsh",
    "eig": "eig",
    "eigvals": "eigvals",
    "roots": "eigvals",
    "svd": "svd",
    "svdvals": "svdvals",
    "polar_factor": "svd",
    "both_sides": "eigh",
    "det": "lu",
    "slogdet": "lu",
    "inv": "inv",
    "lu": "lu",
    "lu_factor": "lu",
    "cho_factor": "cholesky",
    "pinv": "pinv",
    "lstsq": "lstsq",
}


def factorisation(name: str, shape: Shape) -> Count:
    """What a factorisation takes for a matrix, or each of a stack of them.

    Examples
    --------
    >>> factorisation("lu", (30, 30))
    Count(additions=9000, multiplications=9000, fused=9000)
    """
    *stack, m, n = shape
    m, n = max(m, n), min(m, n)
    a, b = _FACTORISATIONS[name]
    half = round((a * m * n * n + b * n**3) / 2) * size_of(tuple(stack))
    return Count(additions=half, multiplications=half, fused=half)


def solving(matrix: Shape, right: Shape, lanes: int = 1) -> Count:
    """What it takes to solve equations: one factorisation, and two triangles for each right-hand side."""
    n = matrix[-1]
    pairs = n * size_of(right) * lanes
    return factorisation("lu", matrix) + Count(additions=pairs, multiplications=pairs, fused=pairs)


def _norm(y: Shape, x: Shape, *_: Any) -> Count:
    n = size_of(x)
    return Count(additions=n - size_of(y), multiplications=n, transcendental=size_of(y))


def _variance(y: Shape, x: Shape, *_: Any) -> Count:
    n, k = size_of(x), size_of(y)
    return Count(additions=2 * (n - k) + n, multiplications=n, divisions=2 * k)


def _product(y: Shape, x: Shape, *_: Any) -> Count:
    return Count(multiplications=max(size_of(x) - size_of(y), 0))


def _running_product(y: Shape, x: Shape, *_: Any) -> Count:
    return Count(multiplications=size_of(x))


#: Functions that are not linear in each array -> what they take, given the shapes of output and arrays.
#: Those in `_USES` too; what is linear takes what its map takes.
FUNCTIONS: dict[str, Callable[..., Count]] = {
    "solve": lambda y, a, b, *_: solving(a, b),
    "solve_triangular": lambda y, a, b, *_: products(a[-1] * size_of(b) // 2, size_of(b)),
    "norm": _norm,
    "vector_norm": _norm,
    "var": _variance,
    "std": lambda y, x, *_: _variance(y, x) + Count(transcendental=size_of(y)),
    "prod": _product,
    "mean": lambda y, x, *_: Count(additions=max(size_of(x) - size_of(y), 0), divisions=size_of(y)),
    "cumprod": _running_product,
    "angle": lambda y, *_: Count(transcendental=size_of(y)),
    **{
        name: (lambda y, x, *_, used=used: factorisation(used, x) if len(x) > 1 else Count())
        for name, used in _USES.items()
    },
}

#: Functions that take what their linear map takes: they are linear in each array, or choose entries of
#: it (comparisons are free). The table marks others as linear itself.
AS_ITS_MAP = {
    *("max", "min", "amax", "amin", "sort", "partition", "round", "around"),
    *("maximum.accumulate", "minimum.accumulate", "real", "imag", "real_if_close", "delete", "resize"),
    *("broadcast_to", "sliding_window_view", "diagonal", "matrix_transpose", "trace", "multi_dot"),
    *("convolve", "correlate", "vecdot", "matmul", "outer", "tensordot", "ones_like", "empty_like"),
    *("fft", "ifft", "rfft", "irfft", "fftn", "ifftn", "fft2", "ifft2", "rfftn", "rfft2", "irfftn", "irfft2"),
    *("fftshift", "ifftshift"),
}


def fourier(shape: Shape, axis: int) -> Count:
    """What a Fourier transform takes: ``5 n log2(n)`` operations, two fifths multiplications."""
    n = shape[axis]
    each = n * np.log2(n) if n > 1 else 0
    rows = size_of(shape) // n if n else 0
    return Count(additions=round(3 * each) * rows, multiplications=round(2 * each) * rows)
