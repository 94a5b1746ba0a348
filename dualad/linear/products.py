"""Products of coefficients and tangents: strong zeros, large arrays by blocks, lanes by slabs.

A strong zero is a factor that is exactly zero: it makes zero of an infinity and of NaN, too.
"""

from __future__ import annotations

import contextvars
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..corners import STEEP, note
from ..shapes import Shape, shape_of, size_of
from ..table import elementwise

#: A context in which NumPy does not warn. A copy of it costs a tenth of ``np.errstate``, and is as
#: safe with threads.
quiet = contextvars.copy_context()
quiet.run(np.seterr, all="ignore")


def quietly(function: Callable[..., Any], *args: Any) -> Any:
    """Call without NumPy's floating-point warnings: they are about values, not derivatives."""
    return quiet.copy().run(function, *args)


def some_nan(x: Any) -> Any:
    """A number that is NaN if there is a NaN in the array: the fastest pass that shows it.

    A dot product where it runs on one thread, the minimum for large arrays: both keep a NaN. Of the dot
    products this is the one that does not warn if it overflows.
    """
    flat = x if x.ndim == 1 else x.ravel(order="K")
    return np.vdot(flat, flat) if flat.size <= BLOCK else np.minimum.reduce(flat)


def some_zero(x: Any) -> bool:
    """Whether a number or array holds an exact zero: the fastest pass that shows it."""
    if type(x) is not np.ndarray:
        return bool(x == 0)
    return bool(np.count_nonzero(x) < x.size) if x.size <= BLOCK else not x.all()


#: Up to how many entries an array is small: a dot product of it runs on one thread, and is the fastest pass.
BLOCK = 10_000

#: How many entries of large arrays are worked on at a time, so that what is computed stays in the cache.
WIDE_BLOCK = 32_768


def has_nan(x: Any) -> bool:
    """Whether a number or array holds a NaN."""
    if isinstance(x, np.ndarray):
        x = some_nan(x)
    return bool(x != x)


def all_finite(x: Any) -> bool:
    """Whether a number or array is known to be finite by the fastest pass; of a large one, whether no NaN."""
    return bool(abs(some_nan(x) if isinstance(x, np.ndarray) else x) < math.inf)


def _strong(c: Any, t: Any) -> Any:
    """``c * t``, where a factor that is exactly zero gives zero whatever the other is."""
    product = quietly(np.multiply, c, t) if isinstance(c, np.ndarray) or isinstance(t, np.ndarray) else c * t
    if has_nan(product):
        if isinstance(product, np.ndarray):
            zero = np.broadcast_to((np.equal(c, 0)) | (np.equal(t, 0)), product.shape)
            _note_steep(np.any(zero & (np.isinf(c) | np.isinf(t))))
            product[zero] = 0
        elif c == 0 or t == 0:
            _note_steep(abs(c) == math.inf or abs(t) == math.inf)
            return type(product)(0)
    return product


def _note_steep(steep: Any) -> None:
    if steep:
        note(STEEP)


#: The product of a partial and a tangent. It is in the table, so that it can be differentiated
#: itself when the factors are ``Dual``s of an outer call.
strong = elementwise(_strong, lambda y, c, t: t, lambda y, c, t: c, mp=lambda m, c, t: _strong(c, t))


def times(c: Any, t: Any) -> Any:
    """``strong(c, t)``, quickly for arrays where NumPy does not warn."""
    if type(c) is np.ndarray and (type(t) is np.ndarray or type(t) is float):
        product = c * t
        return _strong(c, t) if has_nan(product) else product
    return strong(c, t)


def plain(x: Any) -> Any:
    """The number or array inside, without tangents of any level: for choices, which have no derivative."""
    while hasattr(x, "tangent"):
        x = x.value
    return x


def depth_of(x: Any) -> int:
    """Of how many derivative calls a value holds tangents: so many steps bring all derivatives in."""
    depth = 0
    while hasattr(x, "tangent"):
        x, depth = x.value, depth + 1
    return depth


def is_complex(x: Any) -> bool:
    """Whether a number, an array or a Dual is complex."""
    kind = type(x)
    if kind is np.ndarray:
        return bool(x.dtype.kind == "c")
    if kind is float or kind is np.float64:
        return False
    if hasattr(x, "tangent"):
        return is_complex(x.value)
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", "") == "c"


# ---------------------------------------------------------------- lanes

#: How many lanes go into one product of matrices: always as many, since BLAS rounds otherwise for
#: another number of rows. So a column of a Jacobian is the same, to the last bit, in every chunk.
SLAB = 8


def by_slabs(function: Callable[[Any], Any], t: Any, lanes: Shape) -> Any:
    """A function of ``(slabs, SLAB, ...)`` applied to lanes, of which the last slab is filled up by zeros."""
    k, rest = size_of(lanes), shape_of(t)[len(lanes) :]
    rows = np.reshape(t, (k, *rest))
    missing = -k % SLAB
    if missing:
        rows = np.concatenate([rows, np.zeros((missing, *rest), rows.dtype)])
    rows = lane_by_lane(rows, len(rest))
    out = function(np.reshape(rows, ((k + missing) // SLAB, SLAB, *rest)))
    shape = shape_of(out)[2:]
    return np.reshape(np.reshape(out, (k + missing, *shape))[:k], (*lanes, *shape))


def one_by_one(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of one slab, for `by_slabs`."""
    return lambda slabs: np.stack([function(slabs[i]) for i in range(len(slabs))])


def lane_by_lane(t: Any, ndim: int) -> Any:
    """The same array, its lanes one after the other in memory, on which hangs the order of a sum."""
    return np.ascontiguousarray(t) if type(t) is np.ndarray and t.ndim > ndim else t
