"""Reverse mode for users: vjp, grad, linearize. The function is recorded once, then transposed."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .arguments import Auxiliary, derivative_of, extended
from .boundary import (
    WATCHES,
    check_holomorphic,
    check_not_lost,
    checked,
    checked_argument,
    checked_function,
    differs_from,
    explain,
    fitting,
    lanes_for,
    no_entries,
    ones_like,
    own,
    taken_apart,
    watching,
    writable,
)
from .chunks import Joined, changed
from .comparisons import warn_of_loops
from .dual import Dual, make, primal
from .errors import InputError, OutputError, ShapeError
from .linear import SLAB, has_nan, is_complex, quietly, strong
from .modes import Recorded
from .shapes import Shape, shape_of, size_of
from .tape import Tape, numbers_on, place_of, pull, push, stored_on
from .trees import Tree, built, leaves_of, mapped

__all__ = ["Linearized", "grad", "jacobian_rows", "linearize", "recorded_rows", "value_and_grad", "vjp"]


class Linearized:
    """The derivative of a function at a point: a linear map, applied and transposed at will.

    Made by `linearize`. ``linear(t)`` and ``linear.apply(t)`` are the JVP, ``linear.transpose(ct)``
    is the VJP; neither evaluates the function again.

    Attributes
    ----------
    value : float, array or structure
        The value of the function.
    """

    #: The call that was recorded, while `trace_nan` is on.
    _call: Any = None

    def __init__(
        self,
        tape: Tape,
        value: Any,
        tangent: Any,
        places: Sequence[int],
        primals: Sequence[Any],
        inputs: Sequence[Any],
        holomorphic: bool = True,
    ):
        #: Whether no complex number has been conjugated or taken apart on the way.
        self.holomorphic = holomorphic
        self._tape = tape
        #: The value and the arguments, structures as trees; their leaves, and the places of these.
        self._value = value
        self._primals = primals
        self._inputs = inputs
        self._places = places
        if type(value) is Tree:
            self.value = value.built()
            self._outputs = value.leaves
            self._ends = [place_of(t) for t in tangent.leaves]
        else:
            self.value = value
            self._outputs = [value]
            self._ends = [place_of(tangent)]
        self._missing = [_missing(y) for y in self._outputs]

    @property
    def numbers(self) -> int:
        """How many numbers the tape keeps in memory."""
        return numbers_on(self._tape)

    def apply(self, *tangents: Any) -> Any:
        """The tangent of the output for one tangent of each argument (the JVP)."""
        if len(tangents) != len(self._primals):
            raise ShapeError(
                f"the function has {len(self._primals)} argument(s); give one tangent for each of them"
            )
        pairs = zip(tangents, self._primals, strict=True)
        seeds = [fitting(t, x, "the tangent", "the argument") for t, x in pairs]
        ts = [leaf for seed in seeds for leaf in leaves_of(seed)]
        pushed = push(self._tape, self._ends, dict(zip(self._places, ts, strict=True)))
        if self._call and watching():
            f, args, keywords, argnums, xs = self._call
            by_number = dict(zip(argnums, zip(xs, seeds, strict=True), strict=True))
            watching().forward(f, args, keywords, by_number, self._outputs, pushed)
        outputs = zip(pushed, self._outputs, strict=True)
        return _shaped(self._value, _distinct([_zeros(y) if t is None else _like(t, y) for t, y in outputs]))

    __call__ = apply

    def transpose(self, ct: Any) -> Any:
        """The cotangents of the arguments for a cotangent of the output (the VJP)."""
        # Not copied: a sweep writes only into arrays of its own.
        cts = leaves_of(fitting(ct, self._value, "the cotangent", "the output of the function", copied=False))
        pulled = self._pull(dict(enumerate(cts)))
        given = [ct for ct in cts if type(ct) is np.ndarray]
        for k, one in enumerate(pulled):
            if type(one) is np.ndarray and any(np.may_share_memory(one, ct) for ct in given):
                pulled[k] = one.copy()
        cotangents = self._by_argument(pulled)
        return cotangents[0] if len(cotangents) == 1 else cotangents

    def apply_lanes(self, ts: Any) -> Any:
        """The tangents of the one output for many of the one input, stacked along the first axis."""
        (t,) = push(self._tape, self._ends, {self._places[0]: ts})
        return _zeros(self.value, shape_of(ts)[:1]) if t is None else t

    def transpose_lanes(self, cts: Any) -> Any:
        """The cotangents of the one input for many of the one output, stacked along the first axis."""
        return self._pull({0: cts}, shape_of(cts)[:1])[0]

    def _by_argument(self, leaves: list[Any]) -> tuple[Any, ...]:
        """Cotangents of all leaves, put together."""
        if self._inputs is self._primals:
            return tuple(leaves)
        rest = iter(leaves)
        return tuple(_shaped(x, [next(rest) for _ in leaves_of(x)]) for x in self._primals)

    def _pull(self, cts: dict[int, Any], lanes: Shape = (), once: bool = False) -> Any:
        """The cotangent of each input for those of some outputs, by their numbers.

        ``once``: the tape is used up, and None comes out where it would be needed again (`tape.pull`).
        """
        seeds: dict[int, Any] = {}
        bad = None
        for i, ct in cts.items():
            end, asked = self._ends[i], _undefined(self._missing[i], ct)
            seeds[end] = seeds[end] + ct if end in seeds else ct
            if asked is not None:
                bad = asked if bad is None else bad | asked
        raw = pull(self._tape, seeds, self._places, once)
        if raw is None:
            return None
        result = []
        for k, (x, one) in enumerate(zip(self._inputs, raw, strict=True)):
            if one is None:
                one = _zeros(x, lanes)
            elif type(one) is not Dual and quietly(has_nan, one if bad is None else np.asarray(one)[~bad]):
                one = self._by_columns(k, one, seeds, lanes)
            if bad is not None:
                one = np.where(bad.reshape(lanes + (1,) * len(shape_of(x))), np.nan, one)
            result.append(writable(one) if lanes else _like(one, x))
        if self._call and watching():
            watching().reverse(*self._call, cts, result, lanes)
        return _distinct(result)

    def _by_columns(self, k: int, one: Any, seeds: dict[int, Any], lanes: Shape) -> Any:
        """The cotangent of one input, its NaN entries each by a forward sweep of its own.

        Backwards, two infinite slopes may meet before it shows that they belong to what does not
        change, as in ``sqrt(x - x)``. Forwards the zero comes first, and stays.
        """
        if is_complex(one) or any(map(is_complex, seeds.values())):
            return one
        shape = shape_of(self._inputs[k])
        size = size_of(shape)
        found = np.array(one, dtype=float).reshape(-1, size)
        pushed: dict[int, list[Any]] = {}
        for lane, row in enumerate(found):  # each for itself: it must not matter which others there are
            columns = np.flatnonzero(np.isnan(row)).tolist()
            for column in columns if len(columns) <= _COLUMNS else ():
                if column not in pushed:
                    seed = np.zeros(size)
                    seed[column] = 1.0
                    along = {self._places[k]: seed.reshape(shape) if shape else 1.0}
                    pushed[column] = push(self._tape, seeds, along)
                ts = pushed[column]
                if any(type(t) is Dual for t in ts):
                    return one
                row[column] = 0.0
                for ct, t in zip(seeds.values(), ts, strict=True):
                    if t is not None:
                        mine = np.asarray(ct)[lane] if lanes else np.asarray(ct)
                        row[column] += np.sum(quietly(strong, mine, np.asarray(t)))
        return found.reshape((*lanes, *shape))


#: Up to how many NaN entries of a gradient a forward sweep is run for each.
_COLUMNS = 256


def _missing(y: Any) -> Any:
    """Where an output is NaN, None if it is nowhere."""
    if type(y) is float and y == y:
        return None
    values = primal(y)
    if type(values) is np.ndarray:
        return np.isnan(values) if quietly(has_nan, values) else None
    return np.True_ if isinstance(values, float | complex) and values != values else None


def _undefined(missing: Any, ct: Any) -> Any:
    """For each lane whether the cotangent asks for an entry that is NaN, None if none does."""
    if missing is None:
        return None
    asked = np.any(missing & (primal(ct) != 0), axis=tuple(range(-np.ndim(missing), 0)))
    return asked if np.any(asked) else None


def _zeros(x: Any, lanes: Shape = ()) -> Any:
    if lanes:
        return np.zeros(lanes + shape_of(x), complex if is_complex(x) else float)
    return np.zeros_like(primal(x)) if shape_of(x) else type(primal(x))(0)


def _distinct(results: list[Any]) -> list[Any]:
    """No two results share their memory: what is done to one in place is not done to the other."""
    if len(results) == 1:
        return results
    seen: set[int] = set()
    for k, t in enumerate(results):
        if type(t) is np.ndarray:
            if id(t) in seen or t.base is not None:
                results[k] = t = t.copy()
            seen.add(id(t))
    return results


def _like(t: Any, x: Any) -> Any:
    """A result with the type of what it belongs to: a float for a float, an array of its own for an array."""
    if type(t) is Dual:
        return t
    if isinstance(x, float):
        return float(t)
    if type(x) is complex:
        return complex(t)
    plain = primal(x)
    if isinstance(plain, np.ndarray):
        t = np.asarray(t, dtype=plain.dtype)
        return t.copy() if t.base is not None or not t.flags.writeable else t
    if isinstance(plain, np.generic):
        return plain.dtype.type(t)
    return t


def _shaped(x: Any, leaves: list[Any]) -> Any:
    """Tangents or cotangents with the structure of what they belong to."""
    return x.hollow(leaves).built() if type(x) is Tree else leaves[0]


def _slopes(tape: Tape, places: Sequence[int], xs: Sequence[Any], number: Dual) -> Any:
    """How a number on the tape changes with each entry of the inputs."""
    found = pull(tape, {place_of(number.tangent): 1.0}, places)
    parts = [np.zeros(size_of(shape_of(x))) if ct is None else ct for x, ct in zip(xs, found, strict=True)]
    return np.concatenate([np.ravel(primal(part)) for part in parts])


def _recorded(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    argnums: Sequence[int],
    xs: Sequence[Any],
) -> Linearized:
    """Run the function once, recording."""
    mode = Recorded()
    places: list[int] = []
    inputs = xs
    try:
        call_args = list(args)
        for i, x in zip(argnums, xs, strict=True):
            if type(x) is Tree:
                inputs = [leaf for x in xs for leaf in leaves_of(x)]
                call_args[i] = x.like([_input(mode, leaf, places) for leaf in x.leaves]).built()
            else:
                call_args[i] = _input(mode, x, places)
        y, t = taken_apart(f(*call_args, **keywords), mode)
        check_not_lost(f, call_args, keywords, y, mode)
        if mode.sites is not None and inputs is xs and type(t) is not Tree:
            along = {i: ones_like(x) for i, x in zip(argnums, xs, strict=True)}
            seeds = {place: along[i] for place, i in zip(places, argnums, strict=True)}
            (total,) = push(mode.tape, (place_of(t),), seeds)
            differs = functools.partial(
                differs_from, 0.0 if total is None else total, f, call_args, keywords, along, mode
            )
            slopes = functools.partial(_slopes, mode.tape, places, xs)
            warn_of_loops(mode, bool(mode.tape[place_of(t)]), slopes, differs)
    except Exception as error:
        explain(error, mode)
        raise
    finally:
        mode.close()
    linear = Linearized(mode.tape, y, t, places, xs, inputs, mode.holomorphic)
    if WATCHES and watching():
        linear._call = f, args, keywords, argnums, xs
        watching().recorded(*linear._call, linear._outputs)
    return linear


def _input(mode: Recorded, x: Any, places: list[int]) -> Dual:
    """A number or array as an input of the tape; its place is added to the others."""
    place = mode.record(x, ())
    places.append(place_of(place))
    if type(x) is np.ndarray and not x.flags.writeable:
        x = x.copy()
    return make(mode, x, place)  # whose array is not written to: an assignment makes a copy


def linearize(
    f: Callable[..., Any], *primals: Any, has_aux: bool = False, lift: bool = True
) -> tuple[Any, ...]:
    """The value and the derivative at a point, as a linear map.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    *primals : float, array_like or structure
        Its arguments.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated; ``aux``, with plain
        values in place of Duals, is returned as a third result. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    value : float, array or structure
    linear : Linearized
        ``linear(t)`` is the JVP, ``linear.transpose(ct)`` the VJP. The function is not run again.

    Examples
    --------
    >>> y, linear = linearize(lambda x: x[0] * x[1], np.array([2.0, 3.0]))
    >>> linear(np.array([1.0, 0.0]))
    3.0
    >>> linear.transpose(1.0)
    array([3., 2.])
    """
    f = checked_function(f, "linearize", lift)
    if has_aux:
        kept = Auxiliary(f, "linearize")
        return *linearize(kept, *primals, lift=False), kept.aux
    xs = [checked(x, f"primal {i} of linearize") for i, x in enumerate(primals)]
    if not xs:
        raise InputError("linearize was given no point; pass the arguments of the function: linearize(f, x)")
    linear = _recorded(f, primals, {}, range(len(xs)), xs)
    linear.value = built(mapped(functools.partial(_apart_from, linear._tape), linear._value))
    return linear.value, linear


def _apart_from(tape: Tape, y: Any) -> Any:
    """An output that may be written to: a copy, if the tape keeps it for a derivative such as that of exp."""
    if type(y) is Dual:
        return own(y)
    if type(y) is np.ndarray and any(np.may_share_memory(y, primal(c)) for c in stored_on(tape)):
        return y.copy()
    return y


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False, lift: bool = True) -> tuple[Any, ...]:
    """The value and the pullback: vector times Jacobian.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    *primals : float, array_like or structure
        Its arguments.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated; ``aux``, with plain
        values in place of Duals, is returned as a third result. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    value : float, array or structure
    pullback : callable
        ``pullback(ct)``, with ``ct`` of the value's structure and shapes, gives the cotangent of the
        primal, or a tuple of them for several primals. It can be called again and again.

    Raises
    ------
    ShapeError
        In the pullback: the cotangent's structure or shape is not the value's.

    Examples
    --------
    >>> y, pullback = vjp(lambda x: np.stack([x[0] * x[1], x[1]]), np.array([2.0, 3.0]))
    >>> pullback(np.array([1.0, 0.0]))
    array([3., 2.])
    """
    f = checked_function(f, "vjp", lift)
    value, linear, *aux = linearize(f, *primals, has_aux=has_aux, lift=False)
    return value, linear.transpose, *aux


def value_and_grad(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] | None = None,
    *,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``grad(f)(x)``, evaluating ``f`` once.

    Parameters
    ----------
    f, argnums, argnames, has_aux, lift
        See `grad`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, gradient)``, with ``has_aux``
        ``((value, aux), gradient)``.

    Examples
    --------
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    f = checked_function(f, "grad", lift)
    if argnames is not None or has_aux:
        return extended(functools.partial(value_and_grad, lift=False), f, argnums, argnames, has_aux, "grad")
    argnums = 0 if argnums is None else argnums
    several = isinstance(argnums, tuple)
    numbers = tuple(argnums) if isinstance(argnums, tuple) else (argnums,)
    if not numbers:
        raise InputError("argnums=() names no argument; pass argnums=0, or a tuple such as (0, 1)")

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        xs = [checked_argument(args, i, "grad") for i in numbers]
        linear = _recorded(f, args, keywords, numbers, xs)
        y = linear.value
        if type(linear._value) is Tree:
            raise ShapeError(
                f"grad is for a function that returns one number, and this one returned {linear._value}; "
                "perhaps you meant has_aux=True, for a function that returns (y, aux), or jacobian(f)(x)"
            )
        if shape_of(y) != ():
            raise ShapeError(
                f"grad is for a function that returns one number, and this one returned an array of shape "
                f"{shape_of(y)}; perhaps you meant jacobian(f)(x), or has_aux=True for a function that "
                "returns (y, aux)"
            )
        if is_complex(y):
            raise OutputError(
                "grad is for a function that returns a real number, and this one returned a complex one; "
                "take np.real(y) or np.abs(y)**2, or perhaps you meant derivative(f)(x) or jacobian(f)(x)"
            )
        leaves = linear._pull({0: ones_like(y)}, once=True)
        if leaves is None:  # a NaN: looking closer takes the tape, of which nothing is left
            leaves = _recorded(f, args, keywords, numbers, xs)._pull({0: ones_like(y)})
        cotangents = linear._by_argument(leaves)
        return y, cotangents if several else cotangents[0]

    return differentiated


def grad(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] | None = None,
    *,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
) -> Callable[..., Any]:
    """The gradient of a function that returns one number, by reverse mode.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them, which returns one number.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate; a tuple gives a tuple of gradients. Default: the
        first, or none if ``argnames`` is given.
    argnames : str or tuple of str, optional
        Which argument by its name, passed by keyword or by position; a tuple gives a dict of gradients.
        With ``argnums`` as well the result is the pair ``(by number, by name)``.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    callable
        With the arguments of ``f``; returns the gradient, an array or structure like that argument,
        with ``has_aux`` ``(gradient, aux)``. What is no number in a structure has None for its gradient.

    Raises
    ------
    ShapeError
        ``f`` returned more than one number: perhaps you meant `jacobian`.

    Examples
    --------
    >>> grad(lambda x: np.sum(np.sin(x)))(np.array([0.0, 1.0]))
    array([1.        , 0.54030231])
    >>> grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0})
    {'a': 3.0, 'b': 2.0}
    """
    both = value_and_grad(f, argnums, argnames=argnames, has_aux=has_aux, lift=lift)
    return derivative_of(both, f, has_aux)


def jacobian_rows(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, chunk: Any, out: Any = None
) -> tuple[Any, Any]:
    """The value, and for each of its leaves the Jacobian by each leaf of the argument.

    By rows: lanes of cotangents through one recording; ``out`` says where they run, and each block of
    rows then has a recording of its own.
    """
    linear = _recorded(f, args, keywords, (argnum,), (x,))

    def given_out(i: int, blocks: Sequence[range], k: int) -> Iterator[list[Any]]:
        if out is None:
            return (_unit_rows(linear, i, rows, k) for rows in blocks)
        from .executors import results

        task = functools.partial(_block, f, args, keywords, argnum, i, k, shape_of(linear._outputs[i]))
        return results(task, blocks, out, lambda rows: f"rows {rows[0]} to {rows[-1]}")

    executor = None if out is None else out.executor
    outputs = range(len(linear._outputs))
    return linear._value, [_output_rows(linear, i, chunk, given_out, executor) for i in outputs]


def _output_rows(linear: Linearized, i: int, chunk: Any, given_out: Any, executor: Any) -> list[Any]:
    """The Jacobian of one output by each input."""
    y = linear._outputs[i]
    shape = shape_of(y)
    if not shape:
        return _rows(linear, i, ones_like(y), ())
    m = size_of(shape)
    if not m:
        return [no_entries(y, x) for x in linear._inputs]
    inputs = max([size_of(shape_of(x)) for x in linear._inputs], default=0)
    k = lanes_for(chunk, m, inputs, lambda k: _unit_rows(linear, i, range(k), k))
    length = k
    if executor is not None and chunk == "auto":
        from .executors import block_length

        start = time.perf_counter()
        _unit_rows(linear, i, range(1), 1)
        length = block_length(m, time.perf_counter() - start, executor, SLAB)
    joined = Joined(m)
    for block in given_out(i, [range(s, min(s + length, m)) for s in range(0, m, length)], min(k, length)):
        joined.add(block)
    return [np.reshape(J, shape + shape_of(x)) for x, J in zip(linear._inputs, joined.arrays(), strict=True)]


def _unit_rows(linear: Linearized, i: int, rows: range, k: int) -> list[Any]:
    """Some rows of the Jacobian of one output by each input, ``k`` in a sweep."""
    y = linear._outputs[i]
    m = size_of(shape_of(y))
    joined = Joined(len(rows))
    for start in range(0, len(rows), k):
        some = rows[start : start + k]
        cts = np.zeros((len(some), m), getattr(primal(y), "dtype", float))
        cts[np.arange(len(some)), some] = 1
        joined.add(_rows(linear, i, cts.reshape(len(some), *shape_of(y)), (len(some),)))
    return joined.arrays()


def _block(
    f: Any, args: Any, keywords: Any, argnum: int, i: int, k: int, shape: Shape, rows: range
) -> list[Any]:
    """What a worker does: it records the function, and pulls some rows back."""
    linear = _recorded(f, args, keywords, (argnum,), (checked_argument(args, argnum, "jacobian"),))
    if i >= len(linear._outputs) or shape_of(linear._outputs[i]) != shape:
        raise changed(f"an array of shape {shape}", "something else")
    return _unit_rows(linear, i, rows, k)


def recorded_rows(f: Any, x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The value, and the function from stacked cotangents of booleans to weighted sums of Jacobian rows."""
    linear = _recorded(f, (x,), {}, (0,), (x,))
    y = linear.value

    def rows(cts: Any) -> Any:
        if not shape_of(y):
            return _rows(linear, 0, ones_like(y), ())[0]
        return _rows(linear, 0, cts.astype(getattr(primal(y), "dtype", float)), shape_of(cts)[:1])[0]

    return y, rows


def _rows(linear: Linearized, i: int, cts: Any, lanes: Shape) -> list[Any]:
    """Rows of the Jacobian of one output, for unit cotangents.

    From a complex output back to a real input, a cotangent gives ``Re(J.T @ ct)``: of a row the
    real part, and with ``-1j`` as the cotangent the imaginary part.
    """
    y = linear._outputs[i]
    rows = linear._pull({i: cts}, lanes)
    turned = None
    for k, x in enumerate(linear._inputs):
        to_real = is_complex(y) and not is_complex(x)
        if is_complex(y) and turned is None and (to_real or not linear.holomorphic):
            turned = linear._pull({i: -1j * cts}, lanes)
        if to_real:
            rows[k] = rows[k] + 1j * turned[k]  # type: ignore[index]
        elif is_complex(x) and not linear.holomorphic:
            check_holomorphic(rows[k], 0 * rows[k] if turned is None else -turned[k], y, "jacobian")
    return rows
