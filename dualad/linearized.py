"""A function recorded at a point, as a linear map: what reverse mode works with."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .boundary import WATCHES, fitting, in_classes_of, ones_like, taken_apart, watching, writable
from .corners import NOTED, warn_of_corners
from .dual import Dual, make, primal
from .dual.array_classes import in_class_of, without_class
from .dual.comparisons import clear_doubts
from .dual.without_rule import sizes
from .errors import InputError, ShapeError
from .linear import LinearMap, all_finite, has_nan, is_complex, quietly, strong
from .modes import Recorded
from .shapes import Shape, shape_of, size_of
from .suspicions import Beside, LostError, tidied, uneven, warn_of_suspicions
from .sweeps import UNDEFINED, by_values, check_not_lost, explain, is_undefined
from .tape import Tape, numbers_on, place_of, pull, push
from .trees import Tree, leaves_of, mapped

__all__ = ["Linearized", "recorded"]


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

    #: Where a derivative has been lost, if one has; where numbers were rounded (`Mode`).
    _lost = ""
    _roundings: Any = None

    #: Finds the same map by differences where what they see is another (`_found_otherwise`).
    _otherwise: Callable[[Linearized, int, bool], Linearized | None] | None = None

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

    def __repr__(self) -> str:
        shapes = [", ".join(str(shape_of(x)) for x in ends) for ends in (self._inputs, self._outputs)]
        return f"<Linearized: shapes {shapes[0]} -> {shapes[1]}>"

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
        noted = NOTED[0]
        raw = pull(self._tape, seeds, self._places, once)
        if raw is None:
            return None
        result, undefined = [], False
        for k, (x, one) in enumerate(zip(self._inputs, raw, strict=True)):
            if one is None:
                one = _zeros(x, lanes)
            elif type(one) is not Dual and not quietly(all_finite, rest := _where_not(bad, one)):
                if quietly(has_nan, rest):
                    one = self._by_columns(k, one, seeds, lanes)
                undefined = undefined or is_undefined(0.0, _where_not(bad, one))
            if bad is not None:
                one = np.where(bad.reshape(lanes + (1,) * len(shape_of(x))), np.nan, one)
            result.append(writable(one) if lanes else _like(one, x))
        if self._otherwise and (undefined or NOTED[0] != noted):
            if once:
                return None
            otherwise = self._otherwise(self, noted, undefined)
            if otherwise is not None:
                return otherwise._pull(cts, lanes)
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


def _where_not(bad: Any, ct: Any) -> Any:
    """A cotangent but for the lanes that ask for what is NaN."""
    return ct if bad is None else np.asarray(ct)[~bad]


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
    found = pull(tape, {place_of(number.tangent): _direction(number.value)}, places)
    parts = [np.zeros(size_of(shape_of(x))) if ct is None else ct for x, ct in zip(xs, found, strict=True)]
    return np.concatenate([np.ravel(primal(part)) for part in parts])


def recorded(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    argnums: Sequence[int],
    xs: Sequence[Any],
    at_once: bool = False,
) -> Linearized:
    """Run the function once, recording; where Duals cannot follow it, differences may (`last_resort`).

    So they may where a derivative has been lost; they are taken for each number among the arguments.
    What sweeps backwards may lose is asked of differences, too (`_found_otherwise`), for which the
    arguments are kept: those of any size if the sweeps follow ``at_once``.
    """
    try:
        linear = _recorded(f, args, keywords, argnums, xs)
    except Exception as error:
        found: Linearized | None = by_values(error, _recorded, f, args, keywords, argnums, xs)
        if found is None:
            raise
        return found
    numbers = sum(size_of(shape_of(x)) for x in linear._inputs)
    if numbers <= _KEPT or at_once:
        call = f, args, keywords, argnums, xs
        linear._otherwise = functools.partial(_found_otherwise, call, numbers <= _FEW)
    if linear._lost and numbers <= _FEW:
        linear = by_values(LostError(linear._lost), _recorded, f, args, keywords, argnums, xs) or linear
    if linear._roundings:
        linear = tidied(
            linear._roundings,
            linear,
            functools.partial(_recorded, f, args, keywords, argnums, xs),
            lambda found: _beside(
                f, args, keywords, argnums, xs, found._tape, found._places, found._value, found._ends
            ),
        )
    return linear


#: A function, its arguments, and by which of them it is differentiated, as they are without their classes.
_Call = tuple[Callable[..., Any], Sequence[Any], dict[str, Any], Sequence[int], Sequence[Any]]


#: For so many numbers differences are taken where the derivative by some of them has been lost.
_FEW = 100

#: Up to so many numbers the arguments are kept in any case: differences may be asked at any later sweep.
_KEPT = 1000


def _found_otherwise(
    call: _Call, few: bool, linear: Linearized, noted: int, undefined: bool
) -> Linearized | None:
    """What differences find if they see what a sweep backwards did not: where zero met an infinite slope.

    It noted such a thing since ``noted``, or came to something that is not finite.
    """
    f, y = call[0], linear._value

    def differs(steps: bool = False) -> bool:
        return _beside(*call, linear._tape, linear._places, y, linear._ends).differs_smoothly(y, steps)

    lost = warn_of_corners(f, noted, differs) or (UNDEFINED if undefined and differs() else "")
    return by_values(LostError(lost), _recorded, *call) if lost and (few or undefined) else None


def _recorded(f: Any, args: Any, keywords: dict[str, Any], argnums: Sequence[int], xs: Any) -> Linearized:
    if len({i % len(args) for i in argnums}) < len(argnums):
        raise InputError(
            f"argnums={tuple(argnums)} names an argument twice; name each once, as in argnums=(0, 1)"
        )
    mode = Recorded()
    noted = NOTED[0]
    places: list[int] = []
    inputs = [leaf for x in xs for leaf in leaves_of(x)] if any(type(x) is Tree for x in xs) else xs
    try:
        call_args = list(args)
        for i, x in zip(argnums, xs, strict=True):
            call_args[i] = _as_input(args[i], mode, x, places)
        y, t = taken_apart(f(*call_args, **keywords), mode)
        check_not_lost(f, call_args, keywords, y, mode)
        if mode.doubts:
            seeds = {place: _direction(x) for place, x in zip(places, inputs, strict=True)}
            clear_doubts(mode, lambda at: push(mode.tape, at, seeds))
        if mode.sites is not None or NOTED[0] != noted:
            tape, ends = mode.tape, [place_of(leaf) for leaf in leaves_of(t)]
            beside = functools.partial(_beside, f, call_args, keywords, argnums, xs, tape, places, y, ends)
            slopes = functools.partial(_slopes, tape, places, inputs)
            depends = any(not mode.is_flat(leaf) for leaf in leaves_of(t))
            warn_of_suspicions(f, mode, noted, y, depends, slopes, beside)
    except Exception as error:
        mode.held_back.clear()
        explain(error, mode)
        raise
    finally:
        mode.close(asked=True)
    linear = Linearized(mode.tape, y, t, places, xs, inputs, mode.holomorphic)
    linear._lost, linear._roundings = mode.lost, mode.roundings
    if WATCHES and watching():
        linear._call = f, args, keywords, argnums, xs
        watching().recorded(*linear._call, linear._outputs)
    return linear


def _beside(
    f: Callable[..., Any],
    args: Any,
    keywords: Any,
    argnums: Sequence[int],
    xs: Sequence[Any],
    tape: Tape,
    places: Sequence[int],
    y: Any,
    ends: Sequence[int],
) -> Beside:
    """The function beside the point where it was recorded, along a change of all that it depends on."""
    inputs = dict(zip(argnums, xs, strict=True))
    along = {i: mapped(_shares, x) for i, x in inputs.items()}
    changes = [change for i in argnums for change in leaves_of(along[i])]
    backwards = {k: tuple((p, _as_transposed(m)) for p, m in entry) for k, entry in tape.items()}
    pushed = push(backwards, ends, dict(zip(places, changes, strict=True)))
    totals = [
        np.broadcast_to(0.0 if one is None else primal(one), shape_of(v))
        for one, v in zip(pushed, leaves_of(y), strict=True)
    ]
    moved = [inputs.get(i, x) for i, x in enumerate(args)]
    return Beside(f, moved, keywords, along, y.like(totals) if type(y) is Tree else totals[0])


def _as_transposed(m: Any) -> Any:
    """The map whose transposed one a backward sweep applies: equal eigenvalues move otherwise forwards."""
    return m.transpose().transpose() if isinstance(m, LinearMap) else m


def _direction(x: Any) -> Any:
    """A change of an argument in all its entries."""
    one = ones_like(x)
    shape = shape_of(one)
    return (one * uneven(size_of(shape)).reshape(shape)).astype(one.dtype) if shape else one


def _shares(x: Any) -> Any:
    """A change of an argument in all its entries, each by its own size."""
    if not float(np.max(np.abs(primal(x)), initial=0.0)) < np.inf:
        return _direction(x)
    own = sizes(primal(x))
    return _direction(x) * (own if np.ndim(own) else float(own))


def _as_input(given: Any, mode: Recorded, x: Any, places: list[int]) -> Any:
    """An argument with its numbers and arrays as inputs of the tape, in the classes in which it was given."""
    if type(x) is Tree:
        return in_classes_of(given, x.like([_input(mode, leaf, places) for leaf in x.leaves]))
    return in_class_of(given, _input(mode, x, places))


def _input(mode: Recorded, x: Any, places: list[int]) -> Dual:
    """A number or array as an input of the tape; its place is added to the others."""
    x = without_class(x)
    place = mode.record(x, ())
    places.append(place_of(place))
    if type(x) is np.ndarray and not x.flags.writeable:
        x = x.copy()
    return make(mode, x, place)  # whose array is not written to: an assignment makes a copy
