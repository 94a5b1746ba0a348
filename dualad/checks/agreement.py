"""compare_modes: forward against reverse mode, entry by entry, and the operation where they part.

Both modes take their derivatives from the same linear maps, so they may differ only where a map does
something else than it says: where its transpose does not belong to it, where lanes or assignments
go astray, or where the function itself is another one at each call. The traces show which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..boundary import checked_function, own
from ..costs.tracing import Operation, Trace, TracedForward
from ..dual import make
from ..linear import LinearMap, is_complex, quietly, strong
from ..shapes import shape_of
from ..table import RULES, LinearRule
from .nonfinite import shown
from .points import Entry, Point, Recording, conjugate_parts, real_parts, same, sample, values_of

#: Up to how many rows and columns of a Jacobian are compared; of larger ones a sample.
_LIMIT = 1000

#: Up to how many entries are looked at more closely, to tell a difference from rounding errors.
_CLOSELY = 100


@dataclass(frozen=True, eq=False)
class Comparison:
    """What `compare_modes` has found; true if the modes agree, and shown as text.

    Attributes
    ----------
    agree : bool
    entries : int
        How many entries of the Jacobian were compared.
    entry : str
        Which entry differs first, as ``dy[0] / dx[1]``.
    forward, reverse : float or None
        The two values there.
    operation : dualad.costs.tracing.Operation or None
        Where the difference began: its name, line and operands.
    reason : str
        What is wrong with it.
    """

    agree: bool
    entries: int
    entry: str = ""
    forward: float | None = None
    reverse: float | None = None
    operation: Operation | None = None
    reason: str = ""

    def __bool__(self) -> bool:
        return self.agree

    def __str__(self) -> str:
        if self.agree:
            return f"forward and reverse agree in {self.entries} entries"
        lines = ["forward and reverse differ" + (f" in {self.entry}" if self.entry else "")]
        if self.entry:
            lines += [f"  forward: {shown(self.forward)}", f"  reverse: {shown(self.reverse)}"]
        if self.operation is not None:
            lines += [
                f"  began at {self.operation.name}, {self.operation.where or 'an argument'}",
                *(f"    operand {shown(x)}" for x in self.operation.operands),
            ]
        return "\n".join([*lines, f"  {self.reason}"])

    __repr__ = __str__


def compare_modes(
    f: Callable[..., Any], *args: Any, rtol: float | None = None, lift: bool = True
) -> Comparison:
    """Compare forward with reverse mode, entry by entry of the Jacobian.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    *args : float, array_like or structure
        Its arguments; all of them are differentiated.
    rtol : float, optional
        How far two entries may be apart, relative to the larger one. Default: ``eps**0.6``, which is
        4e-10 for double precision. A larger difference passes if it is a rounding error of what
        has been added up on the way.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    Comparison
        True if they agree. Printed, it shows the first entry that differs, both values, and the
        operation where the difference began, with its line and its operands.

    Notes
    -----
    It takes a forward sweep for each input and a backward sweep for each output, one by one; of
    more than 1000 inputs or outputs a random 1000.

    Examples
    --------
    >>> compare_modes(lambda x: np.sin(x) * x[0], np.array([1.0, 2.0]))
    forward and reverse agree in 4 entries
    """
    point = Point(checked_function(f, "compare_modes", lift), args, "compare_modes")
    recorded = point.recorded()
    (columns, inputs), (rows, outputs) = sample(point.xs, _LIMIT), sample(recorded.ys, _LIMIT)
    ys, ts = zip(*[point.jvp(point.seed(column)) for column in columns], strict=True) if columns else ((), ())
    if not all(same(y, recorded.ys) for y in (*ys, values_of(point.f, point.xs))):
        return Comparison(
            False,
            0,
            operation=_unlike(point.trace(), point.trace()),
            reason="f does not give the same value twice, so it has no derivative",
        )
    if not columns or not rows:
        return Comparison(True, 0)
    forward = np.stack([real_parts(t)[outputs] for t in ts], axis=1)
    reverse = np.stack([conjugate_parts(recorded.pull(recorded.asking_for(row)))[inputs] for row in rows])
    pairs = [(forward, reverse)]
    if not any(map(is_complex, point.xs + recorded.ys)) and forward.size == sum(
        map(np.size, recorded.ys)
    ) * sum(map(np.size, point.xs)):
        pairs.append((point.jacobian("forward"), point.jacobian("reverse")))  # all directions in one sweep
    eps = float(np.finfo(forward.dtype).eps)
    for one, two in pairs:
        differ = ~_near(one, two, eps**0.6 if rtol is None else rtol)
        for i, j in np.argwhere(differ)[:_CLOSELY]:
            search = _Search(point, recorded, rows[i], columns[j])
            if not search.is_rounding(one[i, j], two[i, j], eps):
                return search.comparison(one[i, j], two[i, j], one.size)
    return Comparison(True, forward.size)


def _near(a: Any, b: Any, rtol: float) -> Any:
    """Whether numbers agree, infinite ones and NaN included."""
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(np.subtract(a, b)) <= rtol * np.maximum(np.abs(a), np.abs(b))
    both = np.isfinite(a) & np.isfinite(b)
    return np.where(both, near, np.equal(a, b) | (np.isnan(a) & np.isnan(b)))


# ---------------------------------------------------------------- where it began


class _Search:
    """The traces along one entry of the Jacobian."""

    def __init__(self, point: Point, recorded: Recording, row: Entry, column: Entry):
        self.point, self.column = point, column
        self.entry = f"d{recorded.name(row)} / d{point.name(column)}"
        self.trace = point.trace()
        self.ts = self.trace.tangents(*point.seed(column))
        self.cts = self.trace.cotangents(*recorded.asking_for(row))

    def is_rounding(self, forward: Any, reverse: Any, eps: float) -> bool:
        """Whether the difference is small beside what was added up, in ``<t, ct>`` at any operation."""
        if not np.isfinite(forward - reverse):
            return False
        sums = [float(np.sum(products)) for products in self._products()]
        return bool(abs(forward - reverse) <= 1e3 * eps * max(sums + self._norms(), default=0.0))

    def _norms(self) -> list[float]:
        """The same for what mixes entries by a method of its own, a decomposition: its largest numbers."""
        norms = []
        for operation, t, ct in zip(self.trace.operations, self.ts, self.cts, strict=True):
            rule = RULES.get(operation.function)
            if t is None or ct is None or not isinstance(rule, LinearRule) or rule.linear:
                continue
            for p, linear in operation.inputs:
                if self.ts[p] is not None:
                    back = quietly(linear.transpose(), ct)
                    norms += [_norm(t) * _norm(ct), _norm(self.ts[p]) * _norm(back)]
        return norms

    def _products(self) -> list[Any]:
        """The tangent times the cotangent at each operation: what the sums of both modes are made of."""
        pairs = zip(self.ts, self.cts, strict=True)
        return [
            np.abs(quietly(strong, t, ct)) for t, ct in pairs if t is not None and shape_of(t) == shape_of(ct)
        ]

    def comparison(self, forward: Any, reverse: Any, entries: int) -> Comparison:
        operation, reason = (
            self._of_runs()
            or self._of_maps()
            or self._of_tangents()
            or self._of_maps(lanes=True)
            or (None, self._rest())
        )
        return Comparison(False, entries, self.entry, float(forward), float(reverse), operation, reason)

    def _of_runs(self) -> tuple[Operation | None, str] | None:
        """The function does something else when it runs again."""
        operation = _unlike(self.trace, self.point.trace())
        if operation is None:
            return None
        return operation, "when f runs again it does something else here, so there is no derivative"

    def _of_maps(self, lanes: bool = False) -> tuple[Operation, str] | None:
        """A transpose that does not belong to its map: from the output back, as the sweep goes."""
        for operation, ct in reversed(list(zip(self.trace.operations, self.cts, strict=True))):
            for p, linear in operation.inputs if ct is not None else ():
                if self.ts[p] is None:
                    continue
                one, two = quietly(_both_sides, linear, self.ts[p], ct, lanes)
                if not _near(one, two, 1e-8) and not max(abs(one), abs(two)) <= 1e-12 * self._size():
                    return operation, (
                        "its linear map and the transpose of that do not belong together"
                        f"{', with several directions at once' * lanes}: <L t, ct> = {shown(one)}, "
                        f"<t, L' ct> = {shown(two)}"
                    )
        return None

    def _size(self) -> float:
        """The largest product of a tangent and its cotangent."""
        return max(
            (float(np.max(p, initial=0.0)) for p in self._products() if np.all(np.isfinite(p))), default=0
        )

    def _of_tangents(self) -> tuple[Operation, str] | None:
        """A tangent that forward mode computes otherwise than the map does."""
        ran = _numbered(_forward(self.point, self.point.seed(self.column)))
        recorded = _numbered(self.trace.operations)
        tangents = {id(operation): t for operation, t in zip(self.trace.operations, self.ts, strict=True)}
        for key, operation in ran.items():
            t = tangents[id(recorded[key])] if key in recorded else None
            if t is None or np.shape(t) != np.shape(operation.tangent):
                continue
            if not np.all(_near(t, operation.tangent, 1e-8)):
                return operation, (
                    f"forward mode makes the tangent {shown(operation.tangent)} here, and reverse mode's "
                    f"map {shown(t)}"
                )
        return None

    def _rest(self) -> str:
        """What is left if each map by itself is right: functions that run on the tangent, without a map."""
        names = {}
        for operation in self.trace.operations:
            rule = RULES.get(operation.function)
            if isinstance(rule, LinearRule) and rule.linear:
                names[operation.name] = operation.where
        if not names:
            return "each operation by itself is right"
        places = ", ".join(f"{name} ({where})" for name, where in names.items())
        return f"each map by itself is right; forward mode runs these on the tangent, without a map: {places}"


def _both_sides(linear: LinearMap, t: Any, ct: Any, lanes: bool) -> tuple[float, float]:
    """``<L t, ct>`` and ``<t, L' ct>``, the real part."""
    if lanes:
        t, ct = np.asarray(t)[None], np.asarray(ct)[None]
    one, two = np.sum(strong(linear(t), ct)), np.sum(strong(t, linear.transpose()(ct)))
    return float(np.real(one)), float(np.real(two))


def _norm(x: Any) -> float:
    return float(np.sqrt(np.sum(np.abs(x) ** 2)))


def _forward(point: Point, seeds: Sequence[Any]) -> list[Operation]:
    """What forward mode does along one direction, with the tangents."""
    mode = TracedForward()
    try:
        point.f(
            *[
                make(mode, own(x), mode.fitted(np.asarray(t)[None], x))
                for x, t in zip(point.xs, seeds, strict=True)
            ]
        )
    finally:
        mode.close()
    return mode.operations


def _numbered(operations: Sequence[Operation]) -> dict[tuple[str, str, int], Operation]:
    """Operations by name, line, and how often they have run there."""
    found: dict[tuple[str, str, int], Operation] = {}
    count: dict[tuple[str, str], int] = {}
    for operation in operations:
        key = operation.name, operation.where
        found[(*key, count.setdefault(key, 0))] = operation
        count[key] += 1
    return found


def _unlike(one: Trace, two: Trace) -> Operation | None:
    """The first operation that is not the same in another run, None if all are."""
    for a, b in zip(one.operations, two.operations, strict=False):
        alike = a.name == b.name and a.where == b.where
        if (
            not alike
            or [p for p, _ in a.inputs] != [p for p, _ in b.inputs]
            or not same([a.value], [b.value])
        ):
            return a
    n, m = len(one.operations), len(two.operations)
    return None if n == m else max(one.operations, two.operations, key=len)[min(n, m)]
