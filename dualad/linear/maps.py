"""The linear maps that derivatives are made of.

A map knows how to apply itself to a tangent, its transpose (another map), and what it does to the
bit sets of a sparsity pattern. Maps compose by ``>>`` ("then") and add by ``+``, so a rule written
as a composition is linear, and its transpose is right, by construction.

Every map works on the trailing axes: tangents may carry any number of leading axes, the lanes.
Coefficients may be ``Dual``s of an outer derivative call; then so is the result.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..counts import Count, products
from ..shapes import (
    Index,
    Shape,
    broadcast_axes,
    full_index,
    gathered_first,
    is_basic,
    kept,
    shape_of,
    size_of,
    without,
)
from ..table import elementwise

__all__ = [
    "Broadcast",
    "BroadcastView",
    "Chosen",
    "CumSum",
    "Diagonal",
    "Identity",
    "Inner",
    "LinearMap",
    "Mask",
    "Permute",
    "Put",
    "Recurrence",
    "Reshape",
    "Scale",
    "Sum",
    "Take",
    "Zero",
    "is_complex",
    "quietly",
    "strong",
    "sum_to",
]

# ---------------------------------------------------------------- products with strong zeros

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


#: How many entries are worked on at a time in large arrays: what is computed stays in the cache,
#: there are no temporary arrays to be allocated, and a dot product runs on one thread.
BLOCK = 10_000

#: The same for three arrays, which together still fit.
_WIDE_BLOCK = 32_768


def in_blocks(function: Callable[..., Any], *args: Any) -> Any:
    """An elementwise function of large arrays, block by block; None where it gives None for one.

    The last argument is an array; the result has its dtype. Numbers go into every block.
    """
    shape = args[-1].shape
    if any(type(a) is np.ndarray and (a.shape != shape or not a.flags.c_contiguous) for a in args):
        return function(*args)
    if any(is_complex(a) != is_complex(args[-1]) for a in args if type(a) is np.ndarray):
        return function(*args)
    flat = [a.reshape(-1) if type(a) is np.ndarray else a for a in args]
    out = np.empty(args[-1].size, args[-1].dtype)
    for start in range(0, out.size, BLOCK):
        block = slice(start, start + BLOCK)
        part = function(*[a[block] if type(a) is np.ndarray else a for a in flat])
        if part is None:
            return None
        out[block] = part
    return out.reshape(shape)


def product_into(out: Any, c: Any, t: Any, add: bool = False, careful: bool = True) -> Any:
    """``out = c * t`` or ``out += c * t`` by blocks, with strong zeros if careful; ``out`` may be ``t``."""
    if not (out.flags.c_contiguous and c.flags.c_contiguous and t.flags.c_contiguous):
        product = _strong(c, t)
        np.add(out, product, out=out) if add else np.copyto(out, product)
        return out
    flat, c, t = out.reshape(-1), c.reshape(-1), t.reshape(-1)
    buffer = np.empty(min(flat.size, _WIDE_BLOCK), flat.dtype)
    for start in range(0, flat.size, _WIDE_BLOCK):
        block = slice(start, start + _WIDE_BLOCK)
        factor, old, new = c[block], t[block], flat[block]
        product = np.multiply(factor, old, out=buffer[: new.size])
        if careful and has_nan(product):
            product = _strong(factor, old)
        if add:
            np.add(new, product, out=new)
        else:
            new[...] = product
    return out


def has_nan(x: Any) -> bool:
    """Whether a number or array holds a NaN."""
    if isinstance(x, np.ndarray):
        x = some_nan(x)
    return bool(x != x)


def _strong(c: Any, t: Any) -> Any:
    """``c * t``, where a factor that is exactly zero gives zero whatever the other is."""
    product = quietly(np.multiply, c, t) if isinstance(c, np.ndarray) or isinstance(t, np.ndarray) else c * t
    if has_nan(product):
        if isinstance(product, np.ndarray):
            product[np.broadcast_to((np.equal(c, 0)) | (np.equal(t, 0)), product.shape)] = 0
        elif c == 0 or t == 0:
            return type(product)(0)
    return product


#: The product of a partial and a tangent. It is in the table, so that it can be differentiated
#: itself when the factors are ``Dual``s of an outer call.
strong = elementwise(_strong, lambda y, c, t: t, lambda y, c, t: c, mp=lambda m, c, t: _strong(c, t))


def times(c: Any, t: Any) -> Any:
    """``strong(c, t)``, quickly for arrays where NumPy does not warn."""
    if type(c) is np.ndarray and type(t) is np.ndarray:
        product = c * t
        return _strong(c, t) if has_nan(product) else product
    return strong(c, t)


# ---------------------------------------------------------------- lanes

#: How many lanes go into one product of matrices: always as many, since BLAS rounds otherwise for
#: another number of rows. So a column of a Jacobian is the same, to the last bit, in every chunk.
SLAB = 8


def by_slabs(function: Callable[[Any], Any], t: Any, lanes: Shape, size: int = SLAB) -> Any:
    """A function of ``(slabs, size, ...)`` applied to lanes, of which the last slab is filled up by zeros."""
    k, rest = size_of(lanes), shape_of(t)[len(lanes) :]
    rows = np.reshape(t, (k, *rest))
    missing = -k % size
    if missing:
        rows = np.concatenate([rows, np.zeros((missing, *rest), rows.dtype)])
    rows = lane_by_lane(rows, len(rest))
    out = function(np.reshape(rows, ((k + missing) // size, size, *rest)))
    shape = shape_of(out)[2:]
    return np.reshape(np.reshape(out, (k + missing, *shape))[:k], (*lanes, *shape))


def one_by_one(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of one slab, for `by_slabs`."""
    return lambda slabs: np.stack([function(slabs[i]) for i in range(len(slabs))])


def lane_by_lane(t: Any, ndim: int) -> Any:
    """The same array, its lanes one after the other in memory, on which hangs the order of a sum."""
    return np.ascontiguousarray(t) if type(t) is np.ndarray and t.ndim > ndim else t


# ---------------------------------------------------------------- the interface


def is_complex(x: Any) -> bool:
    """Whether a number, an array or a Dual is complex."""
    while hasattr(x, "tangent"):
        x = x.value
    if type(x) is np.ndarray:
        return x.dtype.kind == "c"
    return isinstance(x, complex) or getattr(getattr(x, "dtype", None), "kind", "") == "c"


class LinearMap:
    """A linear map from arrays of ``in_shape`` to arrays of ``out_shape``."""

    __slots__ = ("in_shape", "out_shape")

    #: Whether ``L(1j * t) == 1j * L(t)`` for complex tangents.
    holomorphic = True

    #: Whether the result is a view: nothing is read or written.
    looks = False

    def __init__(self, in_shape: Shape, out_shape: Shape):
        self.in_shape = in_shape
        self.out_shape = out_shape

    def __call__(self, t: Any) -> Any:
        """Apply to ``t``, whose trailing shape is ``in_shape``."""
        through = getattr(t, "_through", None)
        return self.apply(t) if through is None else through(self)

    def apply(self, t: Any) -> Any:
        """Apply to a plain array."""
        raise NotImplementedError

    def transpose(self) -> LinearMap:
        """The transposed map: ``<L t, c> == <t, L.transpose() c>``."""
        raise NotImplementedError

    def bits(self, b: Any) -> Any:
        """What becomes of bit sets: apply, with "or" for "plus". Moving entries is the same."""
        return self.apply(b)

    def with_constants(self) -> LinearMap:
        """The same map, of which the bit sets may know that a coefficient of zero is always zero."""
        return self

    def stored(self) -> Sequence[Any]:
        """The coefficients that the map keeps in memory."""
        return ()

    def gives_complex(self, given: bool) -> bool:
        """Whether the result is complex, for a complex tangent (``given``) or for a real one."""
        return given or any(is_complex(c) for c in self.stored())

    def count(self, lanes: int = 1) -> Count:
        """What it takes to apply the map to so many tangents at once."""
        if self.looks:
            return Count()
        touched = lanes * (size_of(self.in_shape) + size_of(self.out_shape))
        read = sum(size_of(shape_of(c)) for c in self.stored())
        return Count(touched=touched + read) + self.arithmetic(lanes)

    def arithmetic(self, lanes: int) -> Count:
        """The same without reading and writing."""
        return Count()

    def lanes(self, t: Any) -> Shape:
        """The leading axes of ``t``."""
        shape = np.shape(t)
        return shape[: len(shape) - len(self.in_shape)]

    def __rshift__(self, then: LinearMap) -> LinearMap:
        if isinstance(self, Identity):
            return then
        return self if isinstance(then, Identity) else Chain(self, then)

    def __add__(self, other: LinearMap) -> LinearMap:
        return Added(self, other)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_shape} -> {self.out_shape})"


class Chain(LinearMap):
    """First one map, then another."""

    __slots__ = ("first", "then")

    def __init__(self, first: LinearMap, then: LinearMap):
        super().__init__(first.in_shape, then.out_shape)
        self.first = first
        self.then = then

    def __call__(self, t: Any) -> Any:
        return self.then(self.first(t))

    apply = __call__

    def transpose(self) -> LinearMap:
        return self.then.transpose() >> self.first.transpose()

    def bits(self, b: Any) -> Any:
        return self.then.bits(self.first.bits(b))

    def with_constants(self) -> LinearMap:
        return Chain(self.first.with_constants(), self.then.with_constants())

    def stored(self) -> Sequence[Any]:
        return (*self.first.stored(), *self.then.stored())

    def count(self, lanes: int = 1) -> Count:
        return self.first.count(lanes) + self.then.count(lanes)

    def gives_complex(self, given: bool) -> bool:
        return self.then.gives_complex(self.first.gives_complex(given))

    @property
    def holomorphic(self) -> bool:  # type: ignore[override]
        return self.first.holomorphic and self.then.holomorphic


class Added(LinearMap):
    """The sum of two maps."""

    __slots__ = ("one", "two")

    def __init__(self, one: LinearMap, two: LinearMap):
        super().__init__(one.in_shape, one.out_shape)
        self.one = one
        self.two = two

    def __call__(self, t: Any) -> Any:
        return self.one(t) + self.two(t)

    apply = __call__

    def transpose(self) -> LinearMap:
        return self.one.transpose() + self.two.transpose()

    def bits(self, b: Any) -> Any:
        return self.one.bits(b) | self.two.bits(b)

    def stored(self) -> Sequence[Any]:
        return (*self.one.stored(), *self.two.stored())

    def count(self, lanes: int = 1) -> Count:
        added = lanes * size_of(self.out_shape)
        return self.one.count(lanes) + self.two.count(lanes) + Count(additions=added, touched=3 * added)

    def gives_complex(self, given: bool) -> bool:
        return self.one.gives_complex(given) or self.two.gives_complex(given)

    @property
    def holomorphic(self) -> bool:  # type: ignore[override]
        return self.one.holomorphic and self.two.holomorphic


class Identity(LinearMap):
    """The map that changes nothing."""

    __slots__ = ()
    looks = True

    def __init__(self, shape: Shape):
        super().__init__(shape, shape)

    def __call__(self, t: Any) -> Any:
        return t

    apply = __call__

    def transpose(self) -> LinearMap:
        return self


class Chosen(LinearMap):
    """A map that the values choose among others, as that of the largest entry.

    ``among`` has entries wherever one of the others has: it is what the pattern knows of them all.
    """

    __slots__ = ("among", "chosen")

    def __init__(self, chosen: LinearMap, among: LinearMap):
        super().__init__(chosen.in_shape, chosen.out_shape)
        self.chosen = chosen
        self.among = among

    def __call__(self, t: Any) -> Any:
        return self.chosen(t)

    apply = __call__

    def transpose(self) -> LinearMap:
        return Chosen(self.chosen.transpose(), self.among.transpose())

    def bits(self, b: Any) -> Any:
        return self.among.bits(b)

    def stored(self) -> Sequence[Any]:
        return self.chosen.stored()


class Zero(LinearMap):
    """The map to zeros."""

    __slots__ = ()

    def apply(self, t: Any) -> Any:
        return np.zeros(self.lanes(t) + self.out_shape, np.result_type(t))

    def transpose(self) -> LinearMap:
        return Zero(self.out_shape, self.in_shape)


# ---------------------------------------------------------------- entry by entry


class Scale(LinearMap):
    """Multiply entry by entry with ``coefficient``, broadcasting as NumPy does."""

    __slots__ = ("coefficient",)

    def __init__(self, coefficient: Any, in_shape: Shape, out_shape: Shape | None = None):
        super().__init__(in_shape, in_shape if out_shape is None else out_shape)
        self.coefficient = coefficient

    def __call__(self, t: Any) -> Any:
        t = aligned(t, self.in_shape, len(self.out_shape))
        c = self.coefficient
        if type(c) is not int or not (c == 1 or c == -1):
            t = times(c, t)
        elif c == -1:
            t = -t
        return spread(t, self.in_shape, self.out_shape)

    apply = __call__

    def transpose(self) -> LinearMap:
        if self.in_shape == self.out_shape:
            return self
        return Scale(self.coefficient, self.out_shape) >> sum_to(self.out_shape, self.in_shape)

    def bits(self, b: Any) -> Any:
        return spread(aligned(b, self.in_shape, len(self.out_shape)), self.in_shape, self.out_shape)

    def stored(self) -> Sequence[Any]:
        return () if type(self.coefficient) is int else (self.coefficient,)

    def arithmetic(self, lanes: int) -> Count:
        n = lanes * size_of(self.out_shape)
        if type(self.coefficient) is int and -1 <= self.coefficient <= 1:
            return Count(additions=n) if self.coefficient == -1 else Count()
        return Count(multiplications=n)


def aligned(t: Any, in_shape: Shape, ndim: int) -> Any:
    """``t`` with axes of length 1 between its lanes and its value axes, ``ndim`` of the latter."""
    missing = ndim - len(in_shape)
    if not missing:
        return t
    shape = np.shape(t)
    lanes = shape[: len(shape) - len(in_shape)]
    return t.reshape(lanes + (1,) * missing + in_shape) if lanes else t


def spread(t: Any, in_shape: Shape, out_shape: Shape) -> Any:
    """``t`` broadcast, as an array of its own, to the trailing shape ``out_shape``."""
    shape = np.shape(t)
    n = len(out_shape)
    if in_shape == out_shape or shape[max(len(shape) - n, 0) :] == out_shape:
        return t
    lanes = shape[: max(len(shape) - n, 0)]
    return np.broadcast_to(t, lanes + out_shape).copy()


class Broadcast(LinearMap):
    """Repeat along new axes and along axes of length 1."""

    __slots__ = ()

    def view(self, t: Any) -> Any:
        """What NumPy makes of it: an array that cannot be written to and needs no memory."""
        t = np.asarray(t)
        lanes = self.lanes(t)
        missing = len(self.out_shape) - len(self.in_shape)
        return np.broadcast_to(t.reshape(lanes + (1,) * missing + self.in_shape), lanes + self.out_shape)

    def apply(self, t: Any) -> Any:
        return self.view(t).copy()

    def transpose(self) -> LinearMap:
        return sum_to(self.out_shape, self.in_shape)


class BroadcastView(Broadcast):
    """The same as a view of its argument, as ``np.broadcast_to`` gives it."""

    __slots__ = ()
    looks = True

    def apply(self, t: Any) -> Any:
        return self.view(t)


def sum_to(shape: Shape, to: Shape) -> LinearMap:
    """The map that sums what broadcasting from ``to`` to ``shape`` has repeated."""
    axes = broadcast_axes(to, shape)
    if not axes:
        return Identity(shape)
    dropped = Sum(shape, axes)
    return dropped >> reshaped(dropped.out_shape, to)


class Sum(LinearMap):
    """Sum over axes (negative numbers), which disappear."""

    __slots__ = ("axes",)

    def __init__(self, in_shape: Shape, axes: Shape):
        self.in_shape = in_shape
        self.out_shape = without(in_shape, axes)
        self.axes = axes

    def apply(self, t: Any) -> Any:
        return np.add.reduce(lane_by_lane(t, len(self.in_shape)), axis=self.axes)

    def transpose(self) -> LinearMap:
        with_ones = kept(self.in_shape, self.axes)
        return reshaped(self.out_shape, with_ones) >> Broadcast(with_ones, self.in_shape)

    def bits(self, b: Any) -> Any:
        return np.bitwise_or.reduce(b, axis=self.axes)

    def arithmetic(self, lanes: int) -> Count:
        return Count(additions=lanes * max(size_of(self.in_shape) - size_of(self.out_shape), 0))


class Inner(LinearMap):
    """The sum of ``coefficient * t`` over all entries."""

    __slots__ = ("coefficient",)

    def __init__(self, coefficient: Any):
        self.in_shape = coefficient.shape
        self.out_shape = ()
        self.coefficient = coefficient

    def __call__(self, t: Any) -> Any:
        c = self.coefficient
        n = size_of(self.in_shape)
        lanes = self.lanes(t)
        rows, c = t.reshape(*lanes, n), c.reshape(n)
        if not lanes:
            total = np.dot(rows, c)
        elif type(rows) is np.ndarray is type(c) and c.dtype.kind != "c":
            total = np.vecdot(c, rows)  # lane by lane
        else:
            total = by_slabs(lambda slabs: np.matmul(slabs, c), rows, lanes)
        if not hasattr(total, "mode") and has_nan(total):
            return np.where(np.isnan(total), np.sum(strong(c, rows), axis=-1), total)[()]
        return total

    apply = __call__

    def transpose(self) -> LinearMap:
        return Scale(self.coefficient, (), self.in_shape)

    def bits(self, b: Any) -> Any:
        return np.bitwise_or.reduce(b, axis=tuple(range(-len(self.in_shape), 0)))

    def stored(self) -> Sequence[Any]:
        return (self.coefficient,)

    def arithmetic(self, lanes: int) -> Count:
        return products(lanes * size_of(self.in_shape), lanes)


# ---------------------------------------------------------------- moving entries


def reshaped(in_shape: Shape, out_shape: Shape) -> LinearMap:
    """`Reshape`, or nothing where there is nothing to do."""
    return Identity(in_shape) if in_shape == out_shape else Reshape(in_shape, out_shape)


class Reshape(LinearMap):
    """The same entries, in the same order, in another shape."""

    __slots__ = ()
    looks = True

    def apply(self, t: Any) -> Any:
        t = np.asarray(t)
        return t.reshape(self.lanes(t) + self.out_shape)

    def transpose(self) -> LinearMap:
        return Reshape(self.out_shape, self.in_shape)


class Permute(LinearMap):
    """Axes in another order: axis ``i`` of the output is axis ``axes[i]`` (negative) of the input."""

    __slots__ = ("axes",)
    looks = True

    def __init__(self, in_shape: Shape, axes: Shape):
        super().__init__(in_shape, tuple(in_shape[a] for a in axes))
        self.axes = axes

    def apply(self, t: Any) -> Any:
        t = np.asarray(t)
        lanes = t.ndim - len(self.axes)
        return t.transpose(*range(lanes), *(t.ndim + a for a in self.axes))

    def transpose(self) -> LinearMap:
        n = len(self.axes)
        back = [0] * n
        for i, a in enumerate(self.axes):
            back[a] = i - n
        return Permute(self.out_shape, tuple(back))


class Diagonal(LinearMap):
    """``np.diagonal``: a view of the entries along a diagonal of two axes (negative)."""

    __slots__ = ("axes", "offset")
    looks = True

    def __init__(self, in_shape: Shape, out_shape: Shape, offset: int, axes: Shape):
        super().__init__(in_shape, out_shape)
        self.offset = offset
        self.axes = axes

    def apply(self, t: Any) -> Any:
        view = np.diagonal(t, self.offset, *self.axes)
        view.flags.writeable = np.asarray(t).flags.writeable  # np.einsum("ii->i", x) can be assigned to
        return view

    def transpose(self) -> LinearMap:
        places = self.apply(np.arange(size_of(self.in_shape)).reshape(self.in_shape))
        return Put(np.unravel_index(places, self.in_shape), self.out_shape, self.in_shape)


class Take(LinearMap):
    """``x[index]``; entries may be taken several times."""

    __slots__ = ("basic", "first", "index")

    def __init__(self, index: Any, in_shape: Shape, out_shape: Shape):
        self.in_shape = in_shape
        self.out_shape = out_shape
        self.index: Index = full_index(index, len(in_shape))
        kind = type(index)
        self.basic = kind is slice or (kind is not np.ndarray and is_basic(self.index))
        self.first = 0 if self.basic or kind is np.ndarray else gathered_first(self.index)

    def count(self, lanes: int = 1) -> Count:
        return Count(touched=2 * lanes * size_of(self.out_shape))

    def apply(self, t: Any) -> Any:
        t = np.asarray(t)
        lanes = t.ndim - len(self.in_shape)
        if not lanes:
            return t[self.index]
        taken = t[(slice(None),) * lanes + self.index]
        if self.first:
            taken = np.moveaxis(taken, range(self.first), range(lanes, lanes + self.first))
        return taken

    def transpose(self) -> LinearMap:
        return Put(self.index, self.out_shape, self.in_shape)

    def stored(self) -> Sequence[Any]:
        return _arrays_of(self.index)


def _arrays_of(index: Index) -> list[Any]:
    return [i for i in index if isinstance(i, np.ndarray)]


class Put(LinearMap):
    """Zeros with the input added at ``index``: the transpose of `Take`."""

    __slots__ = ("first", "index")

    def __init__(self, index: Any, in_shape: Shape, out_shape: Shape):
        super().__init__(in_shape, out_shape)
        self.index = full_index(index, len(out_shape))
        self.first = gathered_first(self.index)

    def _put(self, t: Any, add: Callable[..., Any]) -> Any:
        t = np.asarray(t)
        shape = self.lanes(t)
        lanes = len(shape)
        out = np.zeros(shape + self.out_shape, t.dtype)
        if self.first and lanes:
            t = np.moveaxis(t, range(lanes, lanes + self.first), range(self.first))
        index = (slice(None),) * lanes + self.index
        if is_basic(self.index):
            out[index] = t
        else:
            add(out, index, t)
        return out

    def apply(self, t: Any) -> Any:
        return self._put(t, np.add.at)

    def transpose(self) -> LinearMap:
        return Take(self.index, self.out_shape, self.in_shape)

    def bits(self, b: Any) -> Any:
        return self._put(b, np.bitwise_or.at)

    def stored(self) -> Sequence[Any]:
        return _arrays_of(self.index)


class Mask(LinearMap):
    """Everything but the entries at ``index``, which become zero."""

    __slots__ = ("index",)

    def __init__(self, index: Any, shape: Shape):
        super().__init__(shape, shape)
        self.index = full_index(index, len(shape))

    def apply(self, t: Any) -> Any:
        out = np.array(t)
        out[(slice(None),) * (out.ndim - len(self.in_shape)) + self.index] = 0
        return out

    def transpose(self) -> LinearMap:
        return self

    def stored(self) -> Sequence[Any]:
        return _arrays_of(self.index)


# ---------------------------------------------------------------- running along an axis


class CumSum(LinearMap):
    """Running sums along an axis (negative), from the front or from the back."""

    __slots__ = ("axis", "backwards")

    def __init__(self, shape: Shape, axis: int, backwards: bool = False):
        super().__init__(shape, shape)
        self.axis = axis
        self.backwards = backwards

    def arithmetic(self, lanes: int) -> Count:
        return Count(additions=lanes * size_of(self.in_shape))

    def _run(self, t: Any, accumulate: Callable[..., Any]) -> Any:
        if self.backwards:
            t = np.flip(t, self.axis)
        t = accumulate(t, axis=self.axis)
        return np.flip(t, self.axis) if self.backwards else t

    def apply(self, t: Any) -> Any:
        return self._run(t, np.add.accumulate)

    def transpose(self) -> LinearMap:
        return CumSum(self.in_shape, self.axis, not self.backwards)

    def bits(self, b: Any) -> Any:
        return self._run(b, np.bitwise_or.accumulate)


class Recurrence(LinearMap):
    """``s[i] = t[i] + factor[i] * s[i-1]`` along an axis (negative), or from the back."""

    __slots__ = ("axis", "backwards", "factor")

    def __init__(self, factor: Any, axis: int, backwards: bool = False):
        super().__init__(shape_of(factor), shape_of(factor))
        self.factor = factor
        self.axis = axis
        self.backwards = backwards

    def _at(self, i: int) -> Index:
        return (..., i, *(slice(None),) * (-1 - self.axis))

    def _run(self, t: Any, step: Callable[[Any, Any, Any], Any]) -> Any:
        n = self.in_shape[self.axis]
        if not n:
            return t
        steps = range(n - 1, -1, -1) if self.backwards else range(n)
        parts: list[Any] = [None] * n
        running = None
        for i in steps:
            at = self._at(i)
            if running is None:
                running = t[at]
            else:
                running = step(t[at], self.factor[self._at(i + 1) if self.backwards else at], running)
            parts[i] = running
        return np.stack(parts, axis=self.axis)

    def __call__(self, t: Any) -> Any:
        return self._run(t, lambda t, f, s: t + strong(f, s))

    apply = __call__

    def transpose(self) -> LinearMap:
        return Recurrence(self.factor, self.axis, not self.backwards)

    def bits(self, b: Any) -> Any:
        return self._run(b, lambda t, f, s: t | s)

    def stored(self) -> Sequence[Any]:
        return (self.factor,)

    def arithmetic(self, lanes: int) -> Count:
        n = lanes * size_of(self.in_shape)
        return Count(additions=n, multiplications=n)


def memory_of(x: Any) -> dict[int, int]:
    """How many numbers a coefficient keeps in memory, by the identity of what owns them.

    Of a view that is the array behind it. A complex number is two, a Dual its value and its tangent.
    """
    if hasattr(x, "tangent"):
        return memory_of(x.value) | memory_of(x.tangent)
    if not isinstance(x, np.ndarray):
        return {id(x): 2 if is_complex(x) else 1} if isinstance(x, float | complex | np.number) else {}
    while isinstance(x.base, np.ndarray):
        x = x.base
    return {id(x): 2 * x.size if is_complex(x) else x.size}
