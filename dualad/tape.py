"""The tape of recorded mode, and its sweeps: backwards for cotangents, forwards for tangents.

A tape holds an entry for each operation, by its place in the order in which they ran; places are
handed out one by one, so that worker threads may record on one tape. An entry holds, for each
active argument, its place on the tape and the map to this entry: a linear map or, short for one
that works entry by entry, its coefficient: a float, an array, or 1 or -1.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from .linear import BLOCK, WIDE_BLOCK, LinearMap, has_nan, memory_of, quietly, strong, times
from .shapes import Shape

#: Place and map of each active argument; empty for an input.
Entry = tuple[tuple[int, Any], ...]

Tape = dict[int, Entry]


class Node:
    """The place of an array on the tape. The place of a float is a plain ``int``."""

    __slots__ = ("place", "shape")

    def __init__(self, place: int, shape: Shape):
        self.place = place
        self.shape = shape

    def __repr__(self) -> str:
        return f"#{self.place}"


class SlowNode(Node):
    """The place of what the fast path must not take, as it does not know the type: complex numbers, roots."""

    __slots__ = ()


def place_of(tangent: Any) -> int:
    """The place on the tape."""
    place: int = tangent if type(tangent) is int else tangent.place
    return place


def is_same(tape: Tape, here: int, there: int) -> bool:
    """Whether two places hold the same number, computed anew from the same ones."""
    pairs, seen = [(here, there)], set()
    while pairs:
        p, q = pair = pairs.pop()
        if p == q or pair in seen:
            continue
        seen.add(pair)
        entry, other = tape[p], tape[q]
        if not entry or len(entry) != len(other):
            return False
        for (i, m), (j, n) in zip(entry, other, strict=True):
            if not (m is n or (type(m) in (float, int) and m == n)):
                return False
            pairs.append((i, j))
    return True


def numbers_on(tape: Tape) -> int:
    """How many numbers a tape keeps in memory, those behind a view and the places of an index included.

    An array that stands in several entries counts once.
    """
    floats = sum(type(m) is float for entry in tape.values() for _, m in entry)
    arrays: dict[int, int] = {}
    for c in stored_on(tape):
        arrays.update(memory_of(c))
    return floats + sum(arrays.values())


def stored_on(tape: Tape) -> Iterator[Any]:
    """The coefficients that a tape keeps, but for single floats."""
    for entry in tape.values():
        for _, m in entry:
            if isinstance(m, LinearMap):
                yield from m.stored()
            elif type(m) is not float and type(m) is not int:
                yield m


def add_into(total: Any, owned: bool, one: Any, own: bool) -> Any:
    """``total + one``, into whichever of the two is ours and large enough."""
    if (
        type(total) is np.ndarray
        and type(one) is np.ndarray
        and total.dtype == one.dtype
        and total.shape == one.shape
    ):
        if owned:
            return np.add(total, one, out=total)
        if own:
            return np.add(total, one, out=one)
    return total + one


def _applied(m: Any, t: Any) -> Any:
    """A map of an entry, transposed if it is not an entry-by-entry one, applied to a cotangent."""
    return m.transpose()(t) if isinstance(m, LinearMap) else _scaled(m, t)


def _scaled(m: Any, t: Any) -> Any:
    """An entry-by-entry map, its own transpose, applied."""
    if type(m) is int and (m == 1 or m == -1):
        return t if m == 1 else -t
    return times(m, t)


def pull(tape: Tape, seeds: dict[int, Any], inputs: Sequence[int], once: bool = False) -> Any:
    """One backward sweep: the cotangents of the inputs (None: nothing depends on it).

    Parameters
    ----------
    tape : dict of entries
    seeds : dict
        Where the outputs stand, and their cotangents, lanes in front.
    inputs : sequence of int
        The places of the inputs.
    once : bool, optional
        Whether the tape is used this once: the sweep frees every entry as it passes, and where it ends
        with a NaN, which may be due to 0 * inf, it gives None, to be run on another recording without
        ``once``. Default: False.
    """
    cts: list[Any] = quietly(_pull, tape, seeds, inputs, False, once)
    if not any(map(_some_nan, cts)):
        return cts
    return None if once else quietly(_pull, tape, seeds, inputs, True)  # looking at each product for 0 * inf


def _some_nan(ct: Any) -> bool:
    """Whether there is a NaN in a cotangent, unless it is a Dual of an outer call."""
    if type(ct) is np.ndarray:
        return bool(quietly(has_nan, ct))
    return isinstance(ct, float | complex | np.inexact) and bool(ct != ct)


def _pull(
    tape: Tape, seeds: dict[int, Any], inputs: Sequence[int], careful: bool, once: bool = False
) -> list[Any]:
    ndarray = np.ndarray
    places = max(seeds) + 1 if seeds else 0
    cts: list[Any] = [None] * places
    owned = bytearray(places)  # whether a cotangent is an array of our own, to be written to
    for k, ct in seeds.items():
        cts[k] = ct
    kept: dict[int, Any] = dict.fromkeys(inputs)
    take = tape.pop if once else tape.__getitem__
    for k in range(places - 1, -1, -1):
        ct = cts[k]
        if ct is None:
            if once:
                tape.pop(k, None)
            continue
        if type(ct) is ndarray and ct.size > BLOCK and ct.flags.c_contiguous:
            steps = _stretch(tape, k, cts, kept)
            if steps:
                _pull_stretch(steps, cts, owned, careful)
                if once:
                    for j, _ in steps:
                        del tape[j]
                continue
        entry = take(k)
        cts[k] = None
        if k in kept:
            kept[k] = ct
        if type(ct) is float:
            for p, m in entry:
                one: Any
                if type(m) is float or type(m) is int:
                    one = m * ct
                    if one != one:
                        one = strong(m, ct)
                else:
                    one = _applied(m, ct)
                sofar = cts[p]
                cts[p] = one if sofar is None else sofar + one
        else:
            _pull_array(entry, ct, cts, owned, careful)
    return list(kept.values())


def _pull_array(entry: Entry, ct: Any, cts: list[Any], owned: bytearray, careful: bool) -> None:
    """The cotangent of an array, or a Dual, to the arguments of one entry."""
    for p, m in entry:
        own = True
        if type(m) is np.ndarray and type(ct) is np.ndarray:
            one: Any = m * ct
            if careful and has_nan(one):
                one = strong(m, ct)
        elif type(m) is int and m == 1:
            one = ct
            own = False
        else:
            one = _applied(m, ct)
            own = one is not ct and type(one) is np.ndarray and one.base is None
        _add_to(cts, owned, p, one, own)


def _stretch(tape: Tape, k: int, cts: list[Any], kept: Collection[int]) -> list[tuple[int, Entry]]:
    """The entries from a place downwards, as long as all that is pulled goes entry by entry.

    They are pulled together, block by block (`_pull_stretch`), so that what is between them stays in
    the cache.
    """
    like = cts[k]
    steps: list[tuple[int, Entry]] = []
    live = {k}
    for j in range(k, -1, -1):
        if j not in live and cts[j] is None:
            continue
        entry = tape[j]
        if j in kept and not entry:
            continue
        if j in kept or not (cts[j] is None or _alike(cts[j], like)) or not _entry_by_entry(entry, like):
            break
        steps.append((j, entry))
        live.update(p for p, _ in entry)
    return steps


def _alike(x: Any, like: Any) -> bool:
    return type(x) is np.ndarray and x.shape == like.shape and x.dtype == like.dtype and x.flags.c_contiguous


def _entry_by_entry(entry: Entry, like: Any) -> bool:
    return all(m in (1, -1) if type(m) is int else type(m) is float or _alike(m, like) for _, m in entry)


def _pull_stretch(steps: list[tuple[int, Entry]], cts: list[Any], owned: bytearray, careful: bool) -> None:
    """Pull a stretch; what arrives below it is added to the cotangents there."""
    like = cts[steps[0][0]]
    inside = {j for j, _ in steps}
    arriving = {j: cts[j].reshape(-1) for j in inside if cts[j] is not None}
    leaving = {p: np.empty_like(like) for _, entry in steps for p, _ in entry if p not in inside}
    ends = [(p, total.reshape(-1)) for p, total in leaving.items()]
    flat = [(j, [(p, m.reshape(-1) if type(m) is np.ndarray else m) for p, m in entry]) for j, entry in steps]
    for start in range(0, like.size, WIDE_BLOCK):
        block = slice(start, start + WIDE_BLOCK)
        part = {j: ct[block] for j, ct in arriving.items()}
        ours: set[int] = set()  # whose cotangents are arrays of our own
        for j, factors in flat:
            ct = part.pop(j)
            for p, m in factors:
                if type(m) is int:
                    one = ct if m == 1 else -ct
                else:
                    c = m[block] if type(m) is np.ndarray else m
                    one = c * ct
                    if careful and has_nan(one):
                        one = strong(c, ct)
                sofar = part.get(p)
                if sofar is None:
                    part[p] = one
                    if one is not ct:
                        ours.add(p)
                elif p in ours:
                    np.add(sofar, one, out=sofar)
                else:
                    part[p] = sofar + one
                    ours.add(p)
        for p, end in ends:
            end[block] = part[p]
    for j in inside:
        cts[j] = None
    for p, total in leaving.items():
        _add_to(cts, owned, p, total, True)


def _add_to(cts: list[Any], owned: bytearray, p: int, one: Any, own: bool) -> None:
    """Add a contribution to the cotangent at a place."""
    sofar = cts[p]
    if sofar is None:
        cts[p] = one
        owned[p] = own
    elif owned[p] and type(one) is np.ndarray is type(sofar) and one.dtype == sofar.dtype:
        np.add(sofar, one, out=sofar)
    else:
        cts[p] = total = sofar + one
        owned[p] = type(total) is np.ndarray  # and no Dual of an outer call


def push(tape: Tape, ends: Collection[int], seeds: dict[int, Any]) -> list[Any]:
    """One forward sweep: the tangents at some places, None where nothing reaches one."""
    ts: list[Any] = quietly(tangents, tape, max(ends, default=-1), seeds)
    return [ts[end] for end in ends]


def tangents(tape: Tape, place: int, seeds: dict[int, Any]) -> list[Any]:
    """The tangents at all places up to one, None where nothing reaches them."""
    ts: list[Any] = [None] * (place + 1)
    for k in range(place + 1):
        total = seeds.get(k)
        for p, m in tape.get(k, ()):
            t = ts[p]
            if t is not None:
                one = m(t) if isinstance(m, LinearMap) else _scaled(m, t)
                total = one if total is None else total if one is None else total + one
        ts[k] = total
    return ts


def cotangents(tape: Tape, seeds: dict[int, Any], start: int = 0) -> dict[int, Any]:
    """The cotangents of all that outputs depend on, by place; what stands before ``start`` is an input.

    `pull` does the same and keeps those of the inputs alone.
    """
    cts = dict(seeds)
    for k in range(max(cts, default=-1), start - 1, -1):
        if k in cts:
            for p, m in tape[k]:
                one = _applied(m, cts[k])
                cts[p] = cts[p] + one if p in cts else one
    return cts


def pull_bits(tape: Tape, place: int, bits: Any, source: int) -> Any:
    """One backward sweep of bit sets, words in front: which outputs depend on the input; None: none do."""
    found = {place: bits}
    for k in range(place, source, -1):
        b = found.pop(k, None)
        if b is None:
            continue
        for p, m in tape[k]:
            one = m.transpose().bits(b) if isinstance(m, LinearMap) else b
            sofar = found.get(p)
            found[p] = one if sofar is None else sofar | one
    return found.get(source)
