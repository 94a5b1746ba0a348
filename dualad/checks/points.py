"""A function at a point, taken apart: for checks that look at one number after the other.

Arguments and value may be structures; what is seen of both is a list of numbers and arrays. A complex
entry counts as a pair of real ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..boundary import ALREADY, checked, own, taken_apart
from ..costs.tracing import Trace, traced
from ..derivatives import jvp
from ..dual.array_classes import in_class_of, is_array_class, without_class
from ..errors import InputError
from ..gradients import linearize
from ..jacobians import jacobian
from ..linear import is_complex
from ..lists import taking_lists
from ..modes import Forward
from ..shapes import shape_of, size_of
from ..trees import Tree, built, leaves_of, mapped


class Entry(NamedTuple):
    """An entry of an argument or output."""

    #: Which of the arrays.
    number: int
    place: tuple[int, ...]
    imaginary: bool


class Point:
    """A function with the arguments at which it is differentiated.

    Attributes
    ----------
    f : callable
        The function of the arrays of which the arguments are made.
    xs : list of float or array
        These arrays.
    names : list of str
        How each is called: ``x``, ``arg0['W']``.
    """

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], caller: str):
        if not args:
            raise InputError(
                f"{caller} was given no point; pass the arguments of the function: {caller}(f, x)"
            )
        trees = [checked(x, f"argument {i} of {caller}") for i, x in enumerate(args)]
        leaves = [leaf for x in trees for leaf in leaves_of(x)]
        self.xs = [without_class(leaf) for leaf in leaves]
        self.names = [
            (f"arg{i}" if len(trees) > 1 else "x") + path
            for i, x in enumerate(trees)
            for path in (x.paths() if type(x) is Tree else [""])
        ]
        f = taking_lists(f, args)
        plain = all(type(x) is not Tree and not is_array_class(type(x)) for x in trees)
        self.f = f if plain else _of_leaves(f, trees)

    def jvp(self, seeds: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Values and tangents."""
        y, t = jvp(self.f, tuple(self.xs), tuple(seeds), lift=ALREADY)
        return _leaves(y), _leaves(t)

    def recorded(self) -> Recording:
        """The values, with what gives the cotangents."""
        return Recording(*linearize(self.f, *self.xs, lift=ALREADY))

    def jacobian(self, mode: str) -> Any:
        """The Jacobian as a matrix, its directions as lanes of one sweep."""
        columns = jacobian(self.f, tuple(range(len(self.xs))), mode=mode, lift=ALREADY)(*self.xs)
        blocks = [
            np.concatenate([np.reshape(one, (-1, size_of(shape_of(x)))) for one in _leaves(column)])
            for column, x in zip(columns, self.xs, strict=True)
        ]
        return np.concatenate(blocks, axis=1)

    def trace(self) -> Trace:
        """What runs."""
        return traced(self.f, self.xs, {}, range(len(self.xs)), self.xs)

    def seed(self, entry: Entry) -> list[Any]:
        """The unit tangent of one entry: one for each array."""
        return _unit(self.xs, entry)

    def name(self, entry: Entry) -> str:
        """Such as ``x[0]``."""
        return _named(self.names[entry.number], entry)


class Recording:
    """The values at a point, and what gives cotangents.

    Attributes
    ----------
    ys : list of float or array
    names : list of str
        How each is called: ``y``, ``y['loss']``.
    """

    def __init__(self, value: Any, linear: Any):
        self._tree = linear._value
        self._transpose = linear.transpose
        self.ys = leaves_of(self._tree)
        self.names = [f"y{path}" for path in (self._tree.paths() if type(self._tree) is Tree else [""])]

    def pull(self, cts: Sequence[Any]) -> list[Any]:
        """The cotangent of each array of the point for one of each output."""
        found = self._transpose(built(self._tree.hollow(cts)) if type(self._tree) is Tree else cts[0])
        return list(found) if isinstance(found, tuple) else [found]

    def asking_for(self, entry: Entry) -> list[Any]:
        """Cotangents of one entry: ``Re(ct * t)`` is its tangent, of the imaginary part with ``-1j``."""
        units = _unit(self.ys, entry)
        return [-unit for unit in units] if entry.imaginary else units

    def name(self, entry: Entry) -> str:
        """Such as ``y[0]``."""
        return _named(self.names[entry.number], entry)


def _of_leaves(f: Callable[..., Any], trees: Sequence[Any]) -> Callable[..., Any]:
    """The function of the arrays in some structures, or of the arrays of some classes."""

    def function(*leaves: Any) -> Any:
        rest = iter(leaves)
        return f(*[built(mapped(lambda leaf: in_class_of(leaf, next(rest)), x)) for x in trees])

    return function


def _leaves(x: Any) -> list[Any]:
    """The numbers and arrays of a structure of plain values."""
    return leaves_of(taken_apart(x, Forward())[0])


def values_of(f: Callable[..., Any], xs: Sequence[Any]) -> list[Any]:
    """The values of the plain function, each as a float or array."""
    return _leaves(f(*map(own, xs)))


# ---------------------------------------------------------------- entries


def entries_of(xs: Sequence[Any]) -> list[Entry]:
    """All entries of some arrays."""
    return [
        Entry(number, place, imaginary)
        for number, x in enumerate(xs)
        for place in np.ndindex(*shape_of(x))
        for imaginary in ((False, True) if is_complex(x) else (False,))
    ]


def sample(xs: Sequence[Any], limit: int) -> tuple[list[Entry], list[int]]:
    """Entries, of many so many at random, and where each stands among the `real_parts`."""
    entries = entries_of(xs)
    places = list(range(len(entries)))
    if len(entries) > limit:
        places = sorted(np.random.default_rng(11).choice(len(entries), limit, replace=False).tolist())
    return [entries[i] for i in places], places


def _unit(xs: Sequence[Any], entry: Entry) -> list[Any]:
    """The unit vector of one entry: one array for each."""
    units = [np.zeros_like(x) if isinstance(x, np.ndarray) else type(x)(0) for x in xs]
    one = units[entry.number]
    if isinstance(one, np.ndarray):
        one[entry.place] = 1j if entry.imaginary else 1
    else:
        units[entry.number] = type(one)(1j if entry.imaginary else 1)
    return units


def _named(name: str, entry: Entry) -> str:
    index = str([int(i) for i in entry.place]) if entry.place else ""
    return f"{name}{index}{'.imag' * entry.imaginary}"


def real_parts(xs: Sequence[Any]) -> Any:
    """Numbers and arrays as one vector of real numbers."""
    return np.concatenate([_real(np.ravel(x)) for x in xs] or [np.zeros(0)])


def _real(flat: Any) -> Any:
    return np.stack([flat.real, flat.imag], axis=-1).ravel() if is_complex(flat) else flat


def conjugate_parts(xs: Sequence[Any]) -> Any:
    """Cotangents along unit tangents: of a complex one ``Re(ct)``, and ``Re(1j * ct)``."""
    return real_parts([np.conjugate(x) if is_complex(x) else x for x in xs])


def same(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """Whether values are one but for the order in which sums were added up."""
    return len(a) == len(b) and all(
        shape_of(x) == shape_of(y) and np.allclose(x, y, rtol=1e-13, atol=0, equal_nan=True)
        for x, y in zip(a, b, strict=True)
    )
