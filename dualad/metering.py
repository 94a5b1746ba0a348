"""What an operation takes: itself, its partial derivatives, and the products and sums of a sweep.

The partials are counted by running the lines of the rule table on numbers that count, so that nothing
is written down twice; an operand or the output, as it stands, is there already and free.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .counts import AS_ITS_MAP, FUNCTIONS, Count, elementwise_count
from .linear import Chain, LinearMap, Mask, Scale, is_complex, quietly
from .linear.complexes import Fourier
from .shapes import shape_of, size_of
from .table import RULES, LinearRule, Rule

#: Operations that are no functions of NumPy.
NAMES = {operator.getitem: "x[...]", operator.setitem: "x[...] = y"}


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation that ran.

    Attributes
    ----------
    name : str
        Such as ``np.sin``; ``input`` and ``constant`` are operations without operands.
    function : callable or None
        What was called: a key of the table of rules, or ``operator.getitem`` and ``setitem``.
    where : str
        ``file.py:12``, the line of the program.
    value : float or array
        What came out (a copy).
    operands : tuple
        What went in, plain values and constants.
    inputs : tuple of (int, LinearMap)
        Of each active operand the number of the operation that made it, and the map from its tangent.
    tangent : float or array or None
        What came out as tangent, in forward mode.
    active : tuple of int
        Which of the operands depend on the inputs.
    again : bool
        Whether this is one more output of the call before.
    """

    name: str
    function: Callable[..., Any] | None
    where: str
    value: Any
    operands: tuple[Any, ...] = ()
    inputs: tuple[tuple[int, LinearMap], ...] = ()
    tangent: Any = None
    active: tuple[int, ...] = ()
    again: bool = False


# ---------------------------------------------------------------- arrays that count


class _Meter(np.lib.mixins.NDArrayOperatorsMixin):
    """A number or array that counts what is done with it, on a list shared by all."""

    __slots__ = ("counts", "value")

    def __init__(self, value: Any, counts: list[Count]):
        self.value = value
        self.counts = counts

    def _note(self, function: Any, args: tuple[Any, ...]) -> Any:
        values = tuple(a.value if type(a) is _Meter else a for a in args)
        y = function(*values)
        if type(y) is np.bool or type(y) is bool:
            return y
        if isinstance(y, tuple):
            return tuple(_Meter(one, self.counts) for one in y)
        self.counts.append(elementwise_count(function, values, size_of(shape_of(y))))
        return _Meter(y, self.counts)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return NotImplemented if method != "__call__" or keywords else self._note(ufunc, inputs)

    def _elementwise(self, rule: Rule, args: tuple[Any, ...]) -> Any:
        """The functions of the table meet a number that counts; what is made of others runs on it."""
        return self._note(rule.function, args) if _is_ufunc(rule) else rule.function(*args)

    def _where(self, a: Any, b: Any) -> Any:
        return self._note(np.where, (self, a, b))

    def __getattr__(self, name: str) -> Any:
        if name not in ("dtype", "shape", "ndim", "size"):
            raise AttributeError(name)
        return getattr(self.value, name)

    @property
    def real(self) -> Any:
        """The real part: a view."""
        return _Meter(self.value.real, self.counts)

    @property
    def imag(self) -> Any:
        """The imaginary part: a view."""
        return _Meter(self.value.imag, self.counts)


def _is_ufunc(rule: Rule) -> bool:
    return isinstance(rule.function, np.ufunc) or rule.function in (np.where, np.clip, np.copy)


def _metered(function: Callable[..., Any], values: Any) -> tuple[Count, int] | None:
    """What a line of the table does with these values, and how many numbers it gives that were not there.

    None if it cannot be run.
    """
    counts: list[Count] = []
    meters = [_Meter(np.float64(v) if type(v) in (int, float) else v, counts) for v in values]
    try:
        result = quietly(function, *meters)
    except Exception:  # a function of SciPy's that takes plain arrays only
        return None
    there = type(result) is not _Meter or any(result is m for m in meters)
    return sum(counts, Count()), 0 if there else size_of(shape_of(result.value))


# ---------------------------------------------------------------- one operation


@dataclass(frozen=True, slots=True)
class Step:
    """What one operation takes: itself, its partials, and the numbers that these are."""

    function: Count
    partials: Count
    computed: int


class Counter:
    """Counts operations one after the other.

    Attributes
    ----------
    unknown : set of str
        Functions whose operations are not known, and are estimated.
    """

    def __init__(self) -> None:
        self.unknown: set[str] = set()

    def step(self, op: Operation) -> Step:
        """What one operation takes."""
        rule = RULES.get(op.function) if op.function is not None else None
        if op.name in ("input", "constant") or op.again:  # one more output of the same call
            return Step(Count(), Count(), 0)
        if isinstance(rule, Rule):
            return self._elementwise(op, rule)
        if isinstance(rule, LinearRule):
            return self._linear(op, rule)
        if op.function is operator.setitem:
            size = size_of(shape_of(op.value))
            (_, mask), *_ = op.inputs
            assigned = size_of(shape_of(op.operands[1]))
            kept = size - int(np.count_nonzero(mask(np.ones(mask.in_shape)))) if isinstance(mask, Mask) else 0
            return Step(Count(touched=assigned + kept, calls=1), Count(), 0)
        count = sum((m.count() for _, m in op.inputs), Count(calls=1))
        if count.arithmetic or (op.function is not None and op.function not in NAMES):
            self.unknown.add(op.name)  # it does more than move entries, or has a rule of the user's
        return Step(count, Count(), 0)

    def _elementwise(self, op: Operation, rule: Rule) -> Step:
        size = size_of(shape_of(op.value))
        read = sum(size_of(shape_of(x)) for x in op.operands)
        own = elementwise_count(rule.function, op.operands, size)
        if not _is_ufunc(rule):
            metered = _metered(rule.function, op.operands)
            own = metered[0] if metered else Count(transcendental=size)  # one call, of SciPy say
        partials, computed = Count(), 0
        lines = rule.complex if is_complex(op.value) and rule.complex is not None else rule.partials
        for i in op.active:
            if not callable(lines[i]):
                continue
            metered = _metered(lines[i], (op.value, *op.operands))
            if metered is None:
                self.unknown.add(op.name)
                metered = Count(transcendental=size), size
            partials += metered[0]
            computed += metered[1]
        return Step(own + Count(touched=read + size, calls=1), partials, computed)

    def _linear(self, op: Operation, rule: LinearRule) -> Step:
        arrays = [x for x in op.operands if isinstance(x, np.ndarray | np.generic | float | int | complex)]
        read = sum(size_of(shape_of(x)) for x in arrays)
        touched = Count(touched=read + size_of(shape_of(op.value)), calls=1)
        maps = [m for _, m in op.inputs]
        if all(m.looks for m in maps):
            return Step(Count(calls=1), Count(), 0)
        of_shapes = FUNCTIONS.get(rule.name)
        if of_shapes is not None:
            own = of_shapes(shape_of(op.value), *map(shape_of, arrays))
            if is_complex(op.value):
                own = in_complex(own)
        else:
            if not (rule.linear or rule.name in AS_ITS_MAP):
                self.unknown.add(op.name)
            counted = [_map_count(m, op.value) for m in maps]
            own = max((_only_arithmetic(c) for c in counted), key=lambda c: c.arithmetic, default=Count())
        computed = 0
        if of_shapes is not None or not rule.linear:  # coefficients: what the rule has computed
            there = [*arrays, op.value]
            coefficients = [c for m in maps for c in m.stored() if not _is_one_of(c, there)]
            computed = sum(size_of(shape_of(c)) for c in coefficients)
        return Step(own + touched, Count(multiplications=computed), computed)


def _is_one_of(c: Any, arrays: list[Any]) -> bool:
    """Whether a coefficient is an operand or the output, turned around perhaps; places cost nothing."""
    c = np.asarray(c)
    if c.size == 1 or c.dtype.kind not in "fc":
        return True
    for x in arrays:
        x = np.asarray(x)
        turned = x.swapaxes(-1, -2) if x.ndim > 1 else x
        if c.size == x.size and (np.array_equal(c, x) or np.array_equal(c, turned)):
            return True
    return False


def _only_arithmetic(c: Count) -> Count:
    return replace(c, touched=0)


def in_complex(c: Count) -> Count:
    """The same sums and products of complex numbers."""
    sums = 2 * (c.additions + c.multiplications)
    products = {"multiplications": 4 * c.multiplications, "fused": 4 * c.fused}
    return replace(c, additions=sums, **products, touched=2 * c.touched)


def _map_count(m: LinearMap, y: Any, lanes: int = 1) -> Count:
    count = m.count(lanes)
    return in_complex(count) if is_complex(y) and not _is_fourier(m) else count


def _is_fourier(m: LinearMap) -> bool:
    return isinstance(m, Fourier) or (isinstance(m, Chain) and (_is_fourier(m.first) or _is_fourier(m.then)))


# ---------------------------------------------------------------- sweeps


def along(maps: Sequence[LinearMap], y: Any, lanes: int) -> Count:
    """The tangents of an output, by the maps of the operands: products, and sums of them."""
    size = lanes * size_of(shape_of(y))
    total = Count(calls=1)
    elementwise = all(isinstance(m, Scale) for m in maps)
    for m in maps:
        count = _map_count(m, y, lanes)
        if elementwise:  # in one pass, the coefficients being at hand
            count = _only_arithmetic(count) + Count(touched=lanes * size_of(m.in_shape))
        total += count
    sums = (len(maps) - 1) * size * (2 if is_complex(y) else 1)
    return total + Count(additions=sums, touched=size if elementwise else 3 * size * (len(maps) - 1))


def against(m: LinearMap, y: Any, lanes: int, filled: bool) -> Count:
    """The cotangents of an operand: a product, and the sum with what it has got already, if it has."""
    size = lanes * size_of(m.in_shape)
    handed_on = isinstance(m, Scale) and not m.stored() and m.in_shape == m.out_shape
    if isinstance(m, Scale) and m.in_shape == m.out_shape:
        count = _only_arithmetic(_map_count(m, y, lanes))
        if not (handed_on and m.coefficient == 1) or filled:
            count += Count(touched=sum(size_of(shape_of(c)) for c in m.stored()) + size)
    else:
        count = _map_count(m.transpose(), y, lanes)
    if filled:
        count += Count(additions=size * (2 if is_complex(y) else 1), touched=size)
    return count + Count(calls=1)
