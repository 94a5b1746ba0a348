"""What a function and its derivatives take, added up over the operations that ran, for both modes."""

from __future__ import annotations

from dataclasses import dataclass

from ..counts import Count
from ..metering import Counter, against, along
from ..shapes import shape_of, size_of
from ..table import RULES, Rule
from .tracing import Trace


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

    def forward(self, lanes: int = 1) -> Count:
        """The value, and the derivatives along so many directions, in one sweep."""
        return self.function + self.partials + self._forwards(lanes)

    def reverse(self, lanes: int = 1) -> Count:
        """The value, and the gradients of so many combinations of the outputs, in one sweep."""
        return self.function + self.partials + self._recording + self._backwards(lanes)

    def columns(self, lanes: int) -> Count:
        """The value and the Jacobian by forward mode, so many columns in one sweep."""
        full, rest = divmod(self.inputs, lanes)
        return full * self.forward(lanes) + (self.forward(rest) if rest else Count())

    def rows(self, lanes: int) -> Count:
        """The value and the Jacobian by reverse mode, so many rows in one sweep over one tape."""
        full, rest = divmod(self.outputs, lanes)
        sweeps = full * self._backwards(lanes) + (self._backwards(rest) if rest else Count())
        return self.function + self.partials + self._recording + sweeps

    def differences(self) -> Count:
        """A Jacobian by forward differences."""
        n, m = self.inputs, self.outputs
        return (n + 1) * self.function + Count(additions=n * (m + 1), divisions=n * m, touched=3 * n * m)

    def _forwards(self, lanes: int) -> Count:
        total, live = Count(), set(self._trace.inputs)
        for k, op in enumerate(self._trace.operations):
            maps = [m for p, m in op.inputs if p in live]
            if maps:
                live.add(k)
                total += along(maps, op.value, lanes)
        return total

    def _backwards(self, lanes: int) -> Count:
        total, live = Count(), set(self._trace.outputs)
        for k, op in reversed(list(enumerate(self._trace.operations))):
            if k in live and op.inputs:
                total += Count(touched=lanes * size_of(shape_of(op.value)))
                for p, m in op.inputs:
                    total += against(m, op.value, lanes, p in live)
                    live.add(p)
        return total


def work_of(trace: Trace) -> Work:
    """Count what a function and its derivatives take.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.costs.tracing import trace
    >>> work = work_of(trace(lambda x: np.sin(x) * x, 2.0))
    >>> work.function
    Count(multiplications=1, transcendental=1, sines=1, touched=5, calls=2)
    >>> work.forward()
    Count(additions=1, multiplications=4, transcendental=2, sines=2, touched=10, calls=4)
    """
    counter = Counter()
    steps = [counter.step(op) for op in trace.operations]
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
    return Work(function, partials, inputs, outputs, calls, tuple(sorted(counter.unknown)), trace, recording)
