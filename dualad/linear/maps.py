"""What a linear map is, and those that are made of others.

A map knows how to apply itself to a tangent, its transpose (another map), and what it does to the
bit sets of a sparsity pattern. Maps compose by ``>>`` ("then") and add by ``+``, so a rule written
as a composition is linear, and its transpose is right, by construction.

Every map works on the trailing axes: tangents may carry any number of leading axes, the lanes.
Coefficients may be ``Dual``s of an outer derivative call; then so is the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..counts import Count
from ..shapes import Shape, shape_of, size_of
from .products import is_complex


class LinearMap:
    """A linear map from arrays of ``in_shape`` to arrays of ``out_shape``."""

    __slots__ = ("in_shape", "out_shape")

    #: Whether ``L(1j * t) == 1j * L(t)`` for complex tangents.
    holomorphic: Any = True

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
        shape = shape_of(t)
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
    def holomorphic(self) -> bool:
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
    def holomorphic(self) -> bool:
        return self.one.holomorphic and self.two.holomorphic


class Identity(LinearMap):
    """The map that changes nothing."""

    __slots__ = ()
    looks = True

    def __init__(self, shape: Shape):
        self.in_shape = self.out_shape = shape

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
        self.in_shape = chosen.in_shape
        self.out_shape = chosen.out_shape
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
