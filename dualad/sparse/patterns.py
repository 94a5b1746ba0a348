"""Sparsity patterns: which entries of a Jacobian or Hessian can be other than zero.

The function is run with bit sets for tangents, by the same rules (`modes.Pattern`). One bit for each
of n inputs would make n**2 / 64 words. But inputs can share their bits, as columns share directions:

    Level 1 asks which of 64 ranges of inputs each output depends on: one word.
    Level 2 parts each range in 64, with a word for each colour of the level before: ranges of one
    colour never meet in an output, so it is known whose bits the word of an output holds.
    And so on, down to ranges of one input.

This is right for every pattern, and for a tridiagonal one it takes three words at each of log(n, 64)
levels. If all ranges meet, the words are as many as without sharing, and go in blocks. A few rows that
would make them meet are set aside, and their inputs found backwards, on a tape.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..boundary import checked_function, own, taken_apart
from ..corners import tidying
from ..dual import checked_number, make
from ..dual.array_classes import in_class_of, without_class
from ..errors import DualadError, PatternWarning, ShapeError
from ..gradients import gradient_of
from ..lists import taking_lists
from ..modes import Pattern, RecordedPattern
from ..shapes import Shape, shape_of, size_of
from ..sweeps import explain
from ..tape import Tape, place_of, pull_bits
from ._arrays import scipy_sparse
from .colouring import greedy, number_of_colours

#: Inputs in a word, and parts of a range.
_BITS = 64

#: How many words the bit sets of one array may take in one run: 16 MB.
_WORDS = 1 << 21

#: Up to how many rows are found backwards.
_MOST_ASIDE = 1024

#: How many words are unpacked at a time.
_UNPACKED = 1 << 18


def sparsity(f: Callable[..., Any], x: Any, *, lift: bool = True) -> Any:
    """Which entries of the Jacobian of a function can be other than zero.

    Parameters
    ----------
    f : callable
        A function of one array (or number) that returns an array or a number.
    x : float or array_like
        A point; what matters is its shape.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    scipy.sparse.csr_array of bool
        Shape ``(np.size(f(x)), np.size(x))``: rows and columns are the flattened output and input.

    Warns
    -----
    PatternWarning
        The function took a branch by a value, and the pattern is that of this branch.

    Notes
    -----
    The pattern is global: both branches of ``np.where``, all candidates of a maximum and each product
    with an input count, whatever the values are at ``x``. It costs a few runs of the function for a
    banded or a mostly empty Jacobian, and in time and memory about n/64 directions for a full one.

    Examples
    --------
    >>> sparsity(lambda x: x[1:] * x[:-1], np.ones(4)).toarray().astype(int)
    array([[1, 1, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    f = checked_function(f, "sparsity", lift)
    f, x = taking_lists(f, (x,)), own(checked_number(x, "the argument of sparsity"))
    return found_pattern(f, x, "sparsity")[0]


def hessian_sparsity(f: Callable[..., Any], x: Any, *, lift: bool = True) -> Any:
    """Which entries of the Hessian of a function can be other than zero.

    Parameters
    ----------
    f : callable
        A function of one array that returns a number.
    x, lift
        See `sparsity`.

    Returns
    -------
    scipy.sparse.csr_array of bool
        Symmetric, of shape ``(n, n)`` where ``n`` is ``np.size(x)``.

    Warns
    -----
    PatternWarning
        The function took a branch by a value, and the pattern is that of this branch.

    Notes
    -----
    The pattern of the gradient: the partials of the rules are functions like any other, and are run
    on bit sets as well. What the function is linear in has no entries.

    Examples
    --------
    >>> hessian_sparsity(lambda x: x[0] * x[1] + 3 * x[2], np.ones(3)).toarray().astype(int)
    array([[0, 1, 0],
           [1, 0, 0],
           [0, 0, 0]])
    """
    gradient = gradient_of(taking_lists(checked_function(f, "hessian_sparsity", lift), (x,)))
    x = own(checked_number(x, "the argument of hessian_sparsity"))
    pattern, _ = found_pattern(gradient, x, "hessian_sparsity")
    return symmetric(pattern)


def symmetric(pattern: Any) -> Any:
    """The pattern with the mirror image of each entry."""
    both = scipy_sparse("a Hessian").csr_array(pattern + pattern.T)
    both.sort_indices()
    return both


def found_pattern(f: Any, x: Any, caller: str) -> tuple[Any, Shape]:
    """The pattern of a lifted function as a CSR array, and the shape of its output."""
    sparse = scipy_sparse(caller)
    run = _Runs(f, x)
    n = size_of(shape_of(x))

    def matrix(rows: Any, columns: Any, width: int) -> Any:
        return sparse.csr_array((np.ones(len(rows), bool), (rows, columns)), shape=(run.outputs, width))

    size = 1  # of a range
    while size * _BITS < n:
        size *= _BITS
    colours = np.zeros(1, dtype=np.intp)  # of the ranges
    rows = ranges = full = np.zeros(0, dtype=np.intp)  # that are known to meet; rows set aside
    while True:
        rows, ranges = _parts(run, n, size, colours, rows, ranges)
        if size == 1 or not len(rows):
            break
        aside = _set_aside(np.bincount(rows, minlength=run.outputs))
        if aside.any() and run.records():
            full = np.append(full, np.flatnonzero(aside))
            rows, ranges = rows[~aside[rows]], ranges[~aside[rows]]
        if not len(rows):
            break
        colours = greedy(matrix(rows, ranges, -(-n // size)))
        size //= _BITS
    for start in range(0, len(full), _BITS):
        some, columns = run.backwards(full[start : start + _BITS])
        rows, ranges = np.append(rows, some), np.append(ranges, columns)
    pattern = matrix(rows, ranges, n)
    pattern.sort_indices()
    if run.local:
        warnings.warn(
            f"pattern is local: at {run.local} the function made a choice by a value that depends on its "
            "argument, and the pattern is that of this choice; write np.where(condition, a, b) for the "
            "branch, or give sparse_plan the pattern of all branches",
            PatternWarning,
            stacklevel=3,
        )
    return pattern, run.shape


def _parts(run: _Runs, n: int, size: int, colours: Any, rows: Any, ranges: Any) -> tuple[Any, Any]:
    """Rows and ranges of so many inputs that meet; it is known which rows meet the 64 times larger ones."""
    inputs = np.arange(n)
    of_input = colours[inputs // (size * _BITS)]
    bits = np.uint64(1) << (inputs // size % _BITS).astype(np.uint64)
    last = number_of_colours(colours)
    step = max(1, _WORDS // max(n, run.outputs, 1))
    parts = []
    for k in range(0, last, step):
        words = run((of_input == np.arange(k, min(k + step, last))[:, None]) * bits)
        if size * _BITS >= n:  # the one range of all
            rows, ranges = np.arange(run.outputs), np.zeros(run.outputs, dtype=np.intp)
        here = np.flatnonzero((colours[ranges] >= k) & (colours[ranges] < k + step))
        parts.append(_refined(words, rows[here], ranges[here], colours[ranges[here]] - k))
    rows, ranges = (np.concatenate(each) for each in zip(*parts, strict=True))
    return rows, ranges


def _set_aside(counts: Any) -> Any:
    """Rows that meet so many ranges that it is better to find their inputs backwards, 64 rows in a word.

    Only where that saves most of the work: a tape is recorded for it.
    """
    order = np.argsort(-counts, kind="stable")
    left = np.append(counts[order], 0)[: _MOST_ASIDE + 1]
    costs = left + 2 / _BITS * np.arange(len(left))
    k = int(np.argmin(costs)) if 4 * costs.min() < costs[0] else 0
    aside = np.zeros(len(counts), bool)
    aside[order[:k]] = True
    return aside


def _refined(words: Any, rows: Any, ranges: Any, lanes: Any) -> tuple[Any, Any]:
    """Rows and parts of ranges that meet, from the bits of the rows and ranges that do."""
    found_rows, found_parts = [rows[:0]], [ranges[:0]]
    for start in range(0, len(rows), _UNPACKED):
        piece = slice(start, start + _UNPACKED)
        word = words[lanes[piece], rows[piece]]
        bits = np.unpackbits(word.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1, bitorder="little")
        which, bit = np.nonzero(bits)
        found_rows.append(rows[piece][which])
        found_parts.append(ranges[piece][which] * _BITS + bit)
    return np.concatenate(found_rows), np.concatenate(found_parts)


def changed_length(before: Shape, now: Shape) -> ShapeError:
    """The error for a function whose output has another shape than it had."""
    return ShapeError(
        f"the function returned an output of shape {before} before and now one of shape {now}; a sparse "
        "Jacobian is for functions whose output always has the same shape: make a plan for this one with "
        "sparse_plan(f, x), or take jacobian(f)(x)"
    )


class _Runs:
    """Runs of a function in pattern mode; they must all give an output of the same shape."""

    def __init__(self, f: Any, x: Any):
        self.f = f
        self.x = x
        self.ran = False
        self.shape: Shape = ()
        self.outputs = 0
        #: Where a choice was made by a value.
        self.local = ""
        #: The function recorded, and where its argument and its output stand.
        self.tape: Tape | None = None
        self.source: Any = None
        self.end: Any = None

    def __call__(self, seeds: Any) -> Any:
        """The bit sets of the outputs, one row of words for each row of ``seeds``."""
        bits = np.ascontiguousarray(seeds).reshape(len(seeds), *shape_of(self.x))
        words = self._run(Pattern(len(seeds)), bits)
        return np.asarray(words).reshape(len(seeds), self.outputs)

    def _run(self, mode: Any, tangent: Any) -> Any:
        x = in_class_of(self.x, make(mode, own(without_class(self.x)), tangent))
        try:
            with tidying():  # what is rounded may have a derivative
                y, t = taken_apart(self.f(x), mode)
        except Exception as error:
            explain(error, mode)
            raise
        finally:
            mode.close()
        if self.ran and shape_of(y) != self.shape:
            raise changed_length(self.shape, shape_of(y))
        self.ran, self.shape, self.outputs = True, shape_of(y), size_of(shape_of(y))
        self.local = self.local or mode.local
        return t

    def records(self) -> bool:
        """Record the function, unless that has been done; False if it cannot be differentiated in reverse."""
        if self.tape is None:
            mode = RecordedPattern()
            self.source = mode.record(self.x, ())
            try:
                self.end = self._run(mode, self.source)
            except DualadError:
                return False
            self.tape = mode.tape
        return True

    def backwards(self, rows: Any) -> tuple[Any, Any]:
        """Rows and columns of the entries of at most 64 rows."""
        bits = np.zeros((1, self.outputs), np.uint64)
        bits[0, rows] = np.uint64(1) << np.arange(len(rows), dtype=np.uint64)
        assert self.tape is not None
        source, end = place_of(self.source), place_of(self.end)
        words = pull_bits(self.tape, end, bits.reshape(1, *self.shape), source)
        if words is None:
            return rows[:0], rows[:0]
        which, columns = np.nonzero((words.reshape(1, -1) & bits[0, rows][:, None]) != 0)
        return rows[which], columns
