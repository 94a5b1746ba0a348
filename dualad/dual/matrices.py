"""`np.matrix`, whose ``*`` and ``**`` are products of matrices, beside Duals.

A Dual is no matrix, and entry by entry its product with one would be another number, without a word.
So matrices hold Duals as objects, one for each entry, and NumPy's own class computes with them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.matrixlib import matrix  # some packages put a class of their own in the place of np.matrix

from .dual import Dual, primal, restacked
from .nested import exchanged


def computed(evaluate: Callable[..., Any], args: Any) -> Any:
    """An operator or ufunc of numbers, arrays and matrices, or arrays of arrays, entry by entry."""
    if all(not a.shape for a in args if type(a) is Dual):
        boxes = [_box(a) if type(a) is Dual else a for a in args]
        made = np.frompyfunc(evaluate, len(args), 1)(*boxes)
        return np.asmatrix(made) if any(isinstance(a, matrix) for a in args) else made
    return evaluate(*(_objects(a) if type(a) is Dual else a for a in args))


def _box(x: Dual) -> Any:
    box = np.empty((), object)
    box[()] = x
    return box


def _objects(x: Dual) -> Any:
    """A Dual as an array of objects."""
    return np.asarray(x) if x.shape else _box(x)


def as_matrix(x: Any) -> Any:
    """The matrix of the entries of a Dual."""
    return np.asmatrix(np.asarray(x)) if type(x) is Dual and x.shape else x


def on_matrices(function: Callable[..., Any], call: Callable[..., Any], args: Any, keywords: Any) -> Any:
    """``call(*args)`` on arrays in place of matrices that hold Duals; a matrix if NumPy gives one."""
    y = call(*without_matrices(args), **keywords)
    plain = function(*exchanged(_values, args), **exchanged(_values, keywords))
    return as_matrix(y) if isinstance(plain, matrix) else y


def _values(x: Any) -> Any:
    return np.asmatrix(primal(restacked(np.asarray(x)))) if holds_duals(x) else primal(x)


def holds_duals(x: Any) -> bool:
    """Whether it is a matrix of objects."""
    return isinstance(x, matrix) and x.dtype == object


def part(x: Any, function: Callable[[Any], Any]) -> Any:
    """What NumPy would find by the dtype, which says of objects that they are real."""
    return as_matrix(function(without_matrices(x)))


def without_matrices(x: Any) -> Any:
    """Arrays for matrices, and Duals for matrices that hold some; in lists, too."""
    return exchanged(lambda a: restacked(np.asarray(a)) if isinstance(a, matrix) else a, x)
