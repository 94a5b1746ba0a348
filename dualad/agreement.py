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

from .boundary import checked_function, own, taken_apart
from .derivatives import jvp
from .dual import checked_number, make
from .errors import InputError
from .gradients import vjp
from .jacobians import jacobian
from .linear import LinearMap, is_complex, quietly, strong
from .modes import Forward
from .nonfinite import shown
from .shapes import shape_of
from .table import RULES, LinearRule
from .tracing import Operation, Trace, TracedForward, traced

__all__ = ["Comparison", "Point", "compare_modes", "real_parts", "same", "value_of"]

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
    operation : dualad.tracing.Operation or None
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
        A function of numbers or arrays.
    *args : float or array_like
        Its arguments; all of them are differentiated.
    rtol : float, optional
        How far two entries may be apart, relative to the larger one. Default: ``eps**0.6``, which is
        4e-10 for double precision. A larger difference passes if it is a rounding error of what
        has been added up on the way.
    lift : bool, optional
        Whether to run a lifted copy of ``f``. Default: True.

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
    value, pullback = point.vjp()
    columns, rows = point.inputs(), _sample(_parts(value))
    ys, ts = zip(*[point.jvp(point.seed(column)) for column in columns], strict=True) if columns else ((), ())
    if not all(same(y, value) for y in (*ys, value_of(f, point.xs))):
        return Comparison(
            False,
            0,
            operation=_unlike(point.trace(), point.trace()),
            reason="f does not give the same value twice, so it has no derivative",
        )
    if not columns or not rows:
        return Comparison(True, 0)
    places = [_place(value, row) for row in rows]
    forward = np.stack([real_parts(t)[places] for t in ts], axis=1)
    reverse = np.array([point.entries(pullback(_asking_for(value, row)), columns) for row in rows])
    pairs = [(forward, reverse)]
    if (
        not is_complex(value)
        and not any(map(is_complex, point.xs))
        and forward.size == np.size(value) * sum(map(np.size, point.xs))
    ):
        pairs.append((point.jacobian("forward"), point.jacobian("reverse")))  # all directions in one sweep
    eps = float(np.finfo(forward.dtype).eps)
    for one, two in pairs:
        differ = ~_near(one, two, eps**0.6 if rtol is None else rtol)
        for i, j in np.argwhere(differ)[:_CLOSELY]:
            search = _Search(point, value, rows[i], columns[j])
            if not search.is_rounding(one[i, j], two[i, j], eps):
                return search.comparison(one[i, j], two[i, j], one.size)
    return Comparison(True, forward.size)


#: An entry of an argument or output: its number, its index, and whether the imaginary part is meant.
_Part = tuple[int, tuple[int, ...], bool]


class Point:
    """A function with the arguments at which it is differentiated; complex ones as pairs of real ones."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], caller: str):
        if not args:
            raise InputError(
                f"{caller} was given no point; pass the arguments of the function: {caller}(f, x)"
            )
        self.f = f
        self.xs = [own(checked_number(x, f"argument {i} of {caller}")) for i, x in enumerate(args)]

    def jvp(self, seeds: Sequence[Any]) -> tuple[Any, Any]:
        """Value and tangent."""
        return jvp(self.f, tuple(self.xs), tuple(seeds), lift=False)

    def vjp(self) -> tuple[Any, Callable[[Any], list[Any]]]:
        """The value, and what gives a list of cotangents."""
        y, pullback = vjp(self.f, *self.xs, lift=False)
        return y, lambda ct: list(found) if isinstance(found := pullback(ct), tuple) else [found]

    def jacobian(self, mode: str) -> Any:
        """The Jacobian as a matrix, its directions as lanes of one sweep."""
        found = jacobian(self.f, tuple(range(len(self.xs))), mode=mode, lift=False)(*self.xs)
        return np.concatenate(
            [np.reshape(part, (-1, np.size(x))) for part, x in zip(found, self.xs, strict=True)], axis=1
        )

    def trace(self) -> Trace:
        """What runs."""
        return traced(self.f, self.xs, {}, range(len(self.xs)), self.xs)

    def inputs(self) -> list[_Part]:
        """All entries of the arguments, or a sample."""
        return _sample([part for k, x in enumerate(self.xs) for part in _parts(x, k)])

    def seed(self, part: _Part) -> list[Any]:
        """The unit tangent of one entry: one for each argument."""
        return [_unit(x, part) if k == part[0] else _zero(x) for k, x in enumerate(self.xs)]

    def entries(self, cotangents: Sequence[Any], columns: Sequence[_Part]) -> Any:
        """What a cotangent is along unit tangents: of a complex one ``Re(ct)``, and ``Re(1j * ct)``."""
        return [
            -np.imag(ct) if imaginary else np.real(ct)
            for k, index, imaginary in columns
            for ct in (np.asarray(cotangents[k])[index],)
        ]

    def name(self, part: _Part) -> str:
        """Such as ``x[0]``."""
        k, index, imaginary = part
        text = ("x" if len(self.xs) == 1 else f"arg{k}") + (str(list(index)) if index else "")
        return f"{text}.imag" if imaginary else text


def value_of(f: Callable[..., Any], xs: Sequence[Any]) -> Any:
    """The value of the plain function, as a float or array."""
    return taken_apart(f(*map(own, xs)), Forward())[0]


def _parts(x: Any, k: int = 0) -> list[_Part]:
    parts = (False, True) if is_complex(x) else (False,)
    return [(k, index, imaginary) for index in np.ndindex(*shape_of(x)) for imaginary in parts]


def _sample(parts: list[_Part]) -> list[_Part]:
    if len(parts) <= _LIMIT:
        return parts
    chosen = np.sort(np.random.default_rng(11).choice(len(parts), _LIMIT, replace=False))
    return [parts[i] for i in chosen]


def _zero(x: Any) -> Any:
    return np.zeros_like(x) if isinstance(x, np.ndarray) else type(x)(0)


def _unit(x: Any, part: _Part) -> Any:
    """The unit tangent of one entry."""
    _, index, imaginary = part
    unit = _zero(x)
    if not isinstance(unit, np.ndarray):
        return type(x)(1j if imaginary else 1)
    unit[index] = 1j if imaginary else 1
    return unit


def _asking_for(y: Any, part: _Part) -> Any:
    """The cotangent of one entry: ``Re(ct * t)`` is its tangent, of the imaginary part with ``-1j``."""
    unit = _unit(y, part)
    return -unit if part[2] else unit


def _place(y: Any, part: _Part) -> int:
    """Where an entry stands among the real numbers of a tangent."""
    _, index, imaginary = part
    number = int(np.ravel_multi_index(index, shape_of(y))) if index else 0
    return 2 * number + imaginary if is_complex(y) else number


def real_parts(x: Any) -> Any:
    """A number or array as a vector of real numbers."""
    flat = np.atleast_1d(np.ravel(x))
    return np.stack([flat.real, flat.imag], axis=-1).ravel() if is_complex(flat) else flat


def same(a: Any, b: Any) -> bool:
    """Whether two values are one but for the order in which sums were added up."""
    return bool(shape_of(a) == shape_of(b) and np.allclose(a, b, rtol=1e-13, atol=0, equal_nan=True))


def _near(a: Any, b: Any, rtol: float) -> Any:
    """Whether numbers agree, infinite ones and NaN included."""
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(np.subtract(a, b)) <= rtol * np.maximum(np.abs(a), np.abs(b))
    both = np.isfinite(a) & np.isfinite(b)
    return np.where(both, near, np.equal(a, b) | (np.isnan(a) & np.isnan(b)))


# ---------------------------------------------------------------- where it began


class _Search:
    """The traces along one entry of the Jacobian."""

    def __init__(self, point: Point, value: Any, row: _Part, column: _Part):
        self.point, self.row, self.column = point, row, column
        self.value = value
        self.trace = point.trace()
        self.ts = self.trace.tangents(*point.seed(column))
        self.cts = self.trace.cotangents(_asking_for(value, row))

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
        output = f"dy{list(self.row[1]) or ''}{'.imag' * self.row[2]}"
        return Comparison(
            False,
            entries,
            f"{output} / d{self.point.name(self.column)}",
            float(forward),
            float(reverse),
            operation,
            reason,
        )

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
                make(mode, own(x), mode._fitted(np.asarray(t)[None], x))
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
        if not alike or [p for p, _ in a.inputs] != [p for p, _ in b.inputs] or not same(a.value, b.value):
            return a
    n, m = len(one.operations), len(two.operations)
    return None if n == m else max(one.operations, two.operations, key=len)[min(n, m)]
