"""trace_nan: the operation at which a number stopped being finite.

Derivative calls run as they always do. Only if what they return is not finite the function is run
once more, now traced, and the way is followed back from the result to the operation whose own
operands were finite. What a branch not taken has computed is never blamed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..boundary import WATCHES, watch
from ..costs.tracing import Operation, Trace, traced
from ..dual import primal
from ..errors import NonFiniteError
from ..linear import quietly
from ..shapes import Shape, shape_of
from ..trees import leaves_of


@contextlib.contextmanager
def trace_nan() -> Iterator[None]:
    """Within the block, a derivative that is infinite or NaN raises an error that says where it began.

    It holds for every derivative call of this thread (or asynchronous task), in forward and in
    reverse mode. It costs nothing but a look at the results until one of them is not finite; then
    the function is run again.

    Raises
    ------
    NonFiniteError
        By the derivative call: with the first operation whose value, tangent or cotangent is not
        finite although its operands are, its line, and what can be written instead. As attributes
        it has ``what`` ("value", "tangent" or "cotangent") and ``operation``.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad import derivative
    >>> try:
    ...     with trace_nan():
    ...         derivative(lambda x: 3 * np.sqrt(x) + 1)(0.0)
    ... except FloatingPointError as error:
    ...     error.operation.name, error.what
    ('np.sqrt', 'tangent')
    """
    WATCHES.append(None)
    token = watch.set(_Watch())
    try:
        yield
    finally:
        watch.reset(token)
        WATCHES.pop()


class _Watch:
    """Looks at what derivative calls return."""

    def forward(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        keywords: dict[str, Any],
        seeds: dict[int, tuple[Any, Any]],
        ys: Sequence[Any],
        ts: Sequence[Any],
        lanes: int | None = None,
    ) -> None:
        """The values and tangents of a forward sweep; ``seeds`` are argument and tangent, by number."""
        bad = [t for t in ts if not is_finite(t)]
        if not bad and all(map(is_finite, ys)):
            return
        trace = _again(f, args, keywords, tuple(seeds), [x for x, _ in seeds.values()])
        along = [t for _, seed in seeds.values() for t in leaves_of(seed)]
        if lanes is not None:
            lane = _first(bad[0])[0] if bad else 0
            along = [None if t is None else t[lane] for t in along]
        _blame_value(trace, trace.tangents(*along))

    def recorded(self, f: Any, args: Any, keywords: Any, argnums: Any, xs: Any, ys: Sequence[Any]) -> None:
        """The values of a recorded sweep."""
        if not all(map(is_finite, ys)):
            trace = _again(f, args, keywords, argnums, xs)
            _blame_value(trace, [None] * len(trace.operations))

    def reverse(
        self,
        f: Any,
        args: Any,
        keywords: Any,
        argnums: Any,
        xs: Any,
        cts: dict[int, Any],
        found: Sequence[Any],
        lanes: Shape,
    ) -> None:
        """The cotangents that a backward sweep has found, for those of the outputs with these numbers."""
        for k, one in enumerate(found):
            if not is_finite(one):
                trace = _again(f, args, keywords, argnums, xs)
                asked = [cts.get(i) for i in range(len(trace.outputs))]
                if lanes:
                    lane = _first(one)[0]
                    asked = [None if ct is None else ct[lane] for ct in asked]
                _blame_cotangent(trace, k, trace.cotangents(*asked))


def _again(f: Any, args: Any, keywords: Any, argnums: Any, xs: Any) -> Trace:
    """The call once more, traced; derivative calls inside it have been looked at already."""
    token = watch.set(None)
    try:
        return traced(f, args, keywords, argnums, xs)
    finally:
        watch.reset(token)


def is_finite(x: Any) -> bool:
    """Whether all numbers are; what NumPy cannot tell counts as finite."""
    if x is None:
        return True
    try:
        return bool(np.all(np.isfinite(primal(x))))
    except TypeError:
        return True


def _first(x: Any) -> tuple[int, ...]:
    """The index of the first entry that is not finite."""
    return tuple(int(i) for i in np.argwhere(~np.isfinite(primal(x)))[0])


# ---------------------------------------------------------------- following the way back


def _blame_value(trace: Trace, ts: list[Any]) -> None:
    """Raise for the value or the tangent of an output, whichever was the first not to be finite."""
    values = [operation.value for operation in trace.operations]
    origins = [
        (_origin(trace, output, numbers), what, numbers)
        for output in trace.outputs
        for what, numbers in (("value", values), ("tangent", ts))
        if not is_finite(numbers[output])
    ]
    if origins:
        k, what, numbers = min(origins, key=lambda origin: origin[0])
        operation = trace.operations[k]
        if operation.name == "constant" and k in trace.outputs:
            raise NonFiniteError(
                f"the function returned {shown(operation.value)}, which does not depend on its argument; "
                "look at the constants that it is made of",
                "value",
            )
        given = [numbers[p] for p, _ in operation.inputs]
        _raise(operation, what, numbers[k], given if what == "tangent" else [])


def _origin(trace: Trace, k: int, numbers: list[Any]) -> int:
    """From an output back, as long as an operand is not finite either."""
    while True:
        above = [p for p, _ in trace.operations[k].inputs if not is_finite(numbers[p])]
        if not above:
            return k
        k = above[0]


def _blame_cotangent(trace: Trace, k: int, cts: list[Any]) -> None:
    """Raise for the cotangent of input ``k``: from there on, as long as what it comes from is not finite."""
    users: list[list[int]] = [[] for _ in trace.operations]
    for number, operation in enumerate(trace.operations):
        for p, _ in operation.inputs:
            users[p].append(number)
    place = trace.inputs[k]
    while not is_finite(cts[place]):
        used = [u for u in users[place] if cts[u] is not None]
        bad = [u for u in used if not is_finite(cts[u])]
        if bad:
            place = bad[0]
            continue
        for u in used:
            for p, linear in trace.operations[u].inputs:
                one = quietly(linear.transpose(), cts[u]) if p == place else None
                if not is_finite(one):
                    _raise(trace.operations[u], "cotangent", one, [cts[u]])
        _raise(trace.operations[place], "cotangent", cts[place], [cts[u] for u in used])


# ---------------------------------------------------------------- the message

#: What to write instead, by operation.
_INSTEAD = {
    "np.sqrt": "its slope at 0 is infinite; np.where(x > 0, np.sqrt(x), 0) has slope 0 there",
    "np.log": "it is defined above 0; np.where(x > 0, np.log(x), 0) takes 0 elsewhere, slope included",
    "np.log1p": "it is defined above -1; np.where(x > -1, np.log1p(x), 0) takes 0 elsewhere, slope included",
    "np.divide": "np.where(b != 0, a / b, 0) takes 0 where the denominator is 0, slope included",
    "np.reciprocal": "np.where(x != 0, 1 / x, 0) takes 0 where x is 0, slope included",
    "np.power": "np.where(x > 0, x**p, 0) takes 0 where x is not positive, slope included",
    "np.exp": "it overflows from 709.8 on (float32: 88.7); subtract the largest exponent first, or use "
    "np.logaddexp, np.log1p, dualad.sigmoid",
    "np.arcsin": "its slope at -1 and 1 is infinite; for an angle take np.arctan2 of its sine and cosine",
    "np.arccos": "its slope at -1 and 1 is infinite; for an angle take np.arctan2 of its sine and cosine",
    "np.arctanh": "it is defined between -1 and 1; keep |x| below 1, as with np.where(np.abs(x) < 1, x, 0)",
}
_INSTEAD["np.log2"] = _INSTEAD["np.log10"] = _INSTEAD["np.log"]

_OTHERWISE = (
    "keep its operands where it is finite; np.where(condition, y, 0) takes nothing from the branch that is "
    "not taken, slope included"
)


def _raise(operation: Operation, what: str, number: Any, given: Sequence[Any]) -> None:
    """Say which operation it was, at which entry, and what to type instead."""
    entry = _first(number)
    if operation.name == "input":
        raise NonFiniteError(
            f"the {what} of the argument itself is {_at(number, entry)}{_where(entry)}; pass finite numbers",
            what,
            operation,
        )
    operands = ", ".join(_at(x, entry, shape_of(number)) for x in operation.operands)
    text = f"{operation.name}({operands}) at {operation.where}"
    numbers = [x for x in operation.operands if isinstance(x, float | complex | np.ndarray | np.number)]
    advice = _INSTEAD.get(operation.name, _OTHERWISE)
    if what == "value":
        text += f" gave the value {_at(number, entry)}{_where(entry)}"
        if not all(map(is_finite, numbers)):
            advice = "an operand that is a constant is not finite already; look where it is made"
    else:
        finite = ", ".join(_at(x, entry, shape_of(number)) for x in given)
        many = "s" * (len(given) > 1)
        text += f" turned the {what}{many} {finite} into {_at(number, entry)}{_where(entry)}"
    raise NonFiniteError(f"{text}: the first {what} that is not finite; {advice}", what, operation)


def _where(entry: tuple[int, ...]) -> str:
    return f" at entry {list(entry)}" if entry else ""


def _at(x: Any, entry: tuple[int, ...], shape: Shape | None = None) -> str:
    """The entry of an array of this shape, shorter text for others."""
    x = primal(x)
    if isinstance(x, np.ndarray) and entry and (shape is None or x.shape == shape):
        return shown(x[entry])
    return shown(x)


def shown(x: Any) -> str:
    """A number or a small array as text on one line."""
    if isinstance(x, np.ndarray):
        if x.size > 6:
            return f"array of shape {x.shape}"
        return " ".join(np.array2string(x, separator=", ", max_line_width=1000, precision=6).split())
    if isinstance(x, np.generic):
        x = x.item()
    if isinstance(x, float | complex):
        return f"{x:.16g}"
    text = " ".join(repr(x).split())
    return text if len(text) <= 40 else text[:37] + "..."
