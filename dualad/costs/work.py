"""What a function and its derivatives take, counted from the operations that ran.

For each operation of a trace three things are counted: the function itself, the partial derivatives
that both modes compute, and the products and sums of a sweep, by columns or by rows. The partials
are counted by running the lines of the rule table on numbers that count, so that nothing is written
down twice; an operand or the output, as it stands, is there already and free.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..counts import AS_ITS_MAP, FUNCTIONS, Count, elementwise_count
from ..linear import Chain, LinearMap, Mask, Scale, is_complex, quietly
from ..linear.complexes import Fourier
from ..shapes import shape_of, size_of
from ..table import RULES, LinearRule, Rule
from .tracing import Operation, Trace

__all__ = ["Work", "work_of"]

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


def _metered(function: Callable[..., Any], values: Any) -> tuple[Count, Any] | None:
    """What a line of the table does with these values, and what it gives; None if it cannot be run."""
    counts: list[Count] = []
    meters = [_Meter(np.float64(v) if type(v) in (int, float) else v, counts) for v in values]
    try:
        result = quietly(function, *meters)
    except Exception:  # a function of SciPy's that takes plain arrays only
        return None
    free = any(result is m for m in meters)
    return sum(counts, Count()), None if free or type(result) is not _Meter else result.value


# ---------------------------------------------------------------- one operation


@dataclass(frozen=True, slots=True)
class _Step:
    """What one operation takes: itself, its partials, and the numbers that these are."""

    function: Count
    partials: Count
    computed: int


def _step(op: Operation, unknown: set[str]) -> _Step:
    rule = RULES.get(op.function) if op.function is not None else None
    size = size_of(shape_of(op.value))
    if op.name in ("input", "constant") or op.again:  # one more output of the same call
        return _Step(Count(), Count(), 0)
    if isinstance(rule, Rule):
        return _elementwise_step(op, rule, size, unknown)
    if isinstance(rule, LinearRule):
        return _linear_step(op, rule, unknown)
    if op.function is operator.setitem:
        (_, mask), *_ = op.inputs
        assigned = size_of(shape_of(op.operands[1]))
        written = size - int(np.count_nonzero(mask(np.ones(mask.in_shape)))) if isinstance(mask, Mask) else 0
        return _Step(Count(touched=assigned + written, calls=1), Count(), 0)
    count = sum((m.count() for _, m in op.inputs), Count(calls=1))
    if count.arithmetic:  # it does more than move entries
        unknown.add(op.name)
    return _Step(count, Count(), 0)


def _elementwise_step(op: Operation, rule: Rule, size: int, unknown: set[str]) -> _Step:
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
            unknown.add(op.name)
            metered = Count(transcendental=size), op.value
        partials += metered[0]
        computed += 0 if metered[1] is None else size_of(shape_of(metered[1]))
    return _Step(own + Count(touched=read + size, calls=1), partials, computed)


def _linear_step(op: Operation, rule: LinearRule, unknown: set[str]) -> _Step:
    arrays = [x for x in op.operands if isinstance(x, np.ndarray | np.generic | float | int | complex)]
    read = sum(size_of(shape_of(x)) for x in arrays)
    touched = Count(touched=read + size_of(shape_of(op.value)), calls=1)
    maps = [m for _, m in op.inputs]
    if all(m.looks for m in maps):
        return _Step(Count(calls=1), Count(), 0)
    of_shapes = FUNCTIONS.get(rule.name)
    if of_shapes is not None:
        own = of_shapes(shape_of(op.value), *map(shape_of, arrays))
        if is_complex(op.value):
            own = in_complex(own)
    else:
        if not (rule.linear or rule.name in AS_ITS_MAP):
            unknown.add(op.name)
        counted = [_map_count(m, op) for m in maps]
        own = max((_only_arithmetic(c) for c in counted), key=lambda c: c.arithmetic, default=Count())
    computed = 0
    if of_shapes is not None or not rule.linear:  # coefficients: what the rule has computed
        there = [*arrays, op.value]
        coefficients = [c for m in maps for c in m.stored() if not _is_one_of(c, there)]
        computed = sum(size_of(shape_of(c)) for c in coefficients)
    return _Step(own + touched, Count(multiplications=computed), computed)


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


def _map_count(m: LinearMap, op: Operation, lanes: int = 1) -> Count:
    count = m.count(lanes)
    return in_complex(count) if is_complex(op.value) and not _is_fourier(m) else count


def _is_fourier(m: LinearMap) -> bool:
    return isinstance(m, Fourier) or (isinstance(m, Chain) and (_is_fourier(m.first) or _is_fourier(m.then)))


# ---------------------------------------------------------------- sweeps


def _along(op: Operation, lanes: int, live: list[bool]) -> Count:
    """The tangents of an output: products, and sums of them."""
    maps = [(p, m) for p, m in op.inputs if live[p]]
    if not maps:
        return Count()
    size = lanes * size_of(shape_of(op.value))
    total = Count(calls=1)
    elementwise = all(isinstance(m, Scale) for _, m in maps)
    for _, m in maps:
        count = _map_count(m, op, lanes)
        if elementwise:  # in one pass, the coefficients being at hand
            count = _only_arithmetic(count) + Count(touched=lanes * size_of(m.in_shape))
        total += count
    sums = (len(maps) - 1) * size * (2 if is_complex(op.value) else 1)
    return total + Count(additions=sums, touched=size if elementwise else 3 * size * (len(maps) - 1))


def _against(op: Operation, lanes: int, filled: list[bool]) -> Count:
    """The cotangents of the operands: products, and sums with what these have got already."""
    total = Count(touched=lanes * size_of(shape_of(op.value)))
    for p, m in op.inputs:
        size = lanes * size_of(m.in_shape)
        handed_on = isinstance(m, Scale) and not m.stored() and m.in_shape == m.out_shape
        if isinstance(m, Scale) and m.in_shape == m.out_shape:
            count = _only_arithmetic(_map_count(m, op, lanes))
            if not (handed_on and m.coefficient == 1) or filled[p]:
                count += Count(touched=sum(size_of(shape_of(c)) for c in m.stored()) + size)
        else:
            count = _map_count(m.transpose(), op, lanes)
        if filled[p]:
            count += Count(additions=size * (2 if is_complex(op.value) else 1), touched=size)
        filled[p] = True
        total += count + Count(calls=1)
    return total


def _peak(trace: Trace) -> tuple[int, int]:
    """How many numbers are in memory at most: those of values, and for each lane those of tangents.

    A value and its tangent are there from the operation that makes them to the last that needs them.
    While one runs there are its partials, a product, and what the variable held that it is assigned to; for
    a linear map a copy of what goes in.
    """
    last = list(range(len(trace.operations)))
    for k, op in enumerate(trace.operations):
        for p, _ in op.inputs:
            last[p] = k
    for output in trace.outputs:
        last[output] = len(trace.operations)
    sizes = [size_of(shape_of(op.value)) * (2 if is_complex(op.value) else 1) for op in trace.operations]
    ends: dict[int, list[int]] = {}
    values = tangents = sum(sizes[i] for i in trace.inputs)  # the seeds, of which the function has a copy
    most_values = most_tangents = 0
    for k, op in enumerate(trace.operations):
        ends.setdefault(last[k], []).append(k)
        values += sizes[k]
        tangents += sizes[k] if op.inputs or k in trace.inputs else 0
        scales = all(isinstance(m, Scale) for _, m in op.inputs)
        more = sizes[k] + (sizes[k] if scales else max((2 * sizes[p] for p, _ in op.inputs), default=0))
        more += 0 if scales or len(op.inputs) < 2 else sizes[k]  # the sum
        partials = 2 * sizes[k] * len(op.inputs) if scales else sizes[k]
        most_values = max(most_values, values + partials)
        most_tangents = max(most_tangents, tangents + more)
        for i in ends.pop(k, ()):
            values -= sizes[i]
            tangents -= sizes[i] if trace.operations[i].inputs or i in trace.inputs else 0
    return most_values, most_tangents


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """The counts of a function and of its sweeps; made by `work_of`.

    Attributes
    ----------
    function : Count
        One evaluation.
    partials : Count
        The partial derivatives, once.
    inputs, outputs : int
        How many numbers go in and come out.
    calls : tuple of int
        How many operations are elementwise and give a number, are elementwise and give an array, and
        are any others.
    unknown : tuple of str
        Functions whose operations are not known, and are estimated.
    """

    function: Count
    partials: Count
    inputs: int
    outputs: int
    calls: tuple[int, int, int]
    unknown: tuple[str, ...]
    _trace: Trace
    _recording: Count

    def memory(self, lanes: int = 1) -> int:
        """How many numbers a forward sweep has in memory at most, Jacobian and constants not counted."""
        fixed, each = _peak(self._trace)
        return fixed + lanes * each

    def forward(self, lanes: int = 1) -> Count:
        """The value, and the derivatives along so many directions, in one sweep."""
        return self.function + self.partials + self._sweep(lanes, forward=True)

    def reverse(self, lanes: int = 1) -> Count:
        """The value, and the gradients of so many combinations of the outputs, in one sweep."""
        return self.function + self.partials + self._recording + self._sweep(lanes, forward=False)

    def columns(self, lanes: int) -> Count:
        """The value and the Jacobian by forward mode, so many columns in one sweep."""
        full, rest = divmod(self.inputs, lanes)
        return full * self.forward(lanes) + (self.forward(rest) if rest else Count())

    def rows(self, lanes: int) -> Count:
        """The value and the Jacobian by reverse mode, so many rows in one sweep over one tape."""
        full, rest = divmod(self.outputs, lanes)
        sweeps = full * self._sweep(lanes, forward=False) + self._sweep(rest, forward=False)
        return self.function + self.partials + self._recording + sweeps

    def differences(self) -> Count:
        """A Jacobian by forward differences."""
        n, m = self.inputs, self.outputs
        return (n + 1) * self.function + Count(additions=n * (m + 1), divisions=n * m, touched=3 * n * m)

    def _sweep(self, lanes: int, forward: bool) -> Count:
        trace = self._trace
        if not lanes:
            return Count()
        total = Count()
        live = [False] * len(trace.operations)
        if forward:
            for i in trace.inputs:
                live[i] = True
            for k, op in enumerate(trace.operations):
                if any(live[p] for p, _ in op.inputs):
                    live[k] = True
                    total += _along(op, lanes, live)
            return total
        for i in trace.outputs:
            live[i] = True
        for k in reversed(range(len(trace.operations))):
            if live[k] and trace.operations[k].inputs:
                total += _against(trace.operations[k], lanes, live)
        return total


def work_of(trace: Trace) -> Work:
    """Count what a function and its derivatives take.

    Examples
    --------
    >>> from dualad.costs.tracing import trace
    >>> work = work_of(trace(lambda x: np.sin(x) * x, 2.0))
    >>> work.function
    Count(multiplications=1, transcendental=1, sines=1, touched=5, calls=2)
    >>> work.forward()
    Count(additions=1, multiplications=4, transcendental=2, sines=2, touched=10, calls=4)
    """
    unknown: set[str] = set()
    steps = [_step(op, unknown) for op in trace.operations]
    function, partials = Count(), Count()
    for step in steps:
        function, partials = function + step.function, partials + step.partials
    operations = sum(1 for op in trace.operations if op.inputs)
    recording = Count(touched=sum(step.computed for step in steps), calls=operations)
    inputs = sum(size_of(shape_of(trace.operations[i].value)) for i in trace.inputs)
    outputs = sum(size_of(shape_of(trace.operations[i].value)) for i in trace.outputs)
    elementwise = [op for op in trace.operations if op.inputs and isinstance(RULES.get(op.function), Rule)]
    arrays = sum(1 for op in elementwise if shape_of(op.value))
    calls = (len(elementwise) - arrays, arrays, operations - len(elementwise))
    return Work(function, partials, inputs, outputs, calls, tuple(sorted(unknown)), trace, recording)
