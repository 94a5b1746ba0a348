"""Entries of a Dual: read, assigned to, and the views that share them.

In forward mode a Dual array is its value array and its tangent array. Where NumPy makes a view of the
value the linear map makes one of the tangent, so both alias alike and an assignment writes into both.

In recorded mode nothing is written to, since the tape may need it later. An assignment gives the array
that owns the entries, the root, a new value and a new node, and its views are made anew: a view knows
the maps that lead to it from the root. Importing this module completes `Dual`.
"""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Callable, Iterator
from operator import getitem, itemgetter, setitem
from typing import Any, NamedTuple

import numpy as np

from ..errors import ConversionError, UnsupportedError
from ..linear import Identity, LinearMap, Mask, Put, Scale, Take, aligned, is_complex, reshaped
from ..linear.complexes import between
from ..modes import Forward, Mode, Recorded
from ..rules.complex_parts import from_parts
from ..shapes import Shape, full_index, gathered_first, indexed_shape, is_basic, shape_of
from ..tape import Node
from .branches import Answer, decided
from .callers import NO_INDEX, warn_of_real_parts
from .dual import Dual, holds_dual, make, primal, settled, stacked

# ---------------------------------------------------------------- views


class View(NamedTuple):
    """The ``origin`` of a view: the array that owns its entries, and the maps that lead from there to it."""

    root: Dual
    before: View | None
    map: Callable[[Any], Any]

    def of(self, x: Any) -> Any:
        """What is to ``x`` as the view is to its root."""
        maps = []
        view: View | None = self
        while view is not None:
            maps.append(view.map)
            view = view.before
        for one in reversed(maps):
            x = one(x)
        return x

    def places(self) -> Any:
        """For each entry of the view its place in the root, which is counted through."""
        return self.of(self._counted())

    def places_of_parts(self) -> Any:
        """For a view of a part of complex numbers: from 1, and of the imaginary part from -1 down."""
        return self.of((1 - 1j) * (1 + self._counted())).astype(int)

    def _counted(self) -> Any:
        return np.arange(self.root.size).reshape(self.root.shape)


class Views:
    """The ``origin`` of an array that has views: which they are, as long as they live."""

    __slots__ = ("limit", "references")

    def __init__(self) -> None:
        self.references: list[weakref.ref[Dual]] = []
        self.limit = 16

    def __iter__(self) -> Iterator[Dual]:
        return (view for view in [reference() for reference in self.references] if view is not None)

    def add(self, view: Dual) -> None:
        if len(self.references) >= self.limit:  # make room of those that live no more
            self.references = [weakref.ref(view) for view in self]
            self.limit = 2 * len(self.references) + 16
        self.references.append(weakref.ref(view))


def _root(x: Dual) -> Dual:
    """The array that owns the entries."""
    return x.origin.root if type(x.origin) is View else x


def _replace(root: Dual, mode: Mode, value: Any, tangent: Any) -> None:
    """Give a root another mode, value and tangent, and make its views anew."""
    root.mode, root.value, root.tangent = mode, value, tangent
    if type(root.origin) is Views:
        for view in root.origin:
            new = view.origin.of(root)
            if not primal(view).flags.writeable:
                primal(new).flags.writeable = False
            view.mode, view.value, view.tangent = new.mode, new.value, new.tangent


def derived(x: Dual, y: Any, linear: LinearMap) -> Dual:
    """The Dual of ``y``, to which a linear map leads from ``x``: a view if ``y`` is a view of the value."""
    mode = x.mode
    t = mode.combined(y, [(linear, x.tangent)])
    if mode.lanes is None and type(y) is np.float64:  # a number is no view
        return make(mode, y, t)
    is_view = _shares(y, x.value)
    if not isinstance(mode, Recorded) and is_view != _shares(t, x.tangent):
        if not is_view:
            t = t.copy()
        elif _lay_out_alike(_root(x)):
            return derived(x, y, linear)
        else:  # a rule that copies the tangent: what cannot be written to cannot go wrong
            is_view, y = False, y.copy()
            primal(y).flags.writeable = False
    result = make(mode, y, t)
    return share(x, result, linear) if is_view else result


def share(x: Dual, view: Dual, again: Callable[[Any], Any]) -> Dual:
    """Note that a Dual is a view of ``x``, which ``again(x)`` makes anew."""
    if x.origin is None:
        x.origin = Views()
    root = _root(x)
    view.origin = View(root, x.origin if root is not x else None, again)
    root.origin.add(view)
    return view


def set_shape(x: Dual, shape: Any) -> None:
    """What assigning to ``x.shape`` does: the views of its entries stay what they are."""
    new: Any = np.reshape(x, shape)
    if type(new.origin) is not View:
        raise UnsupportedError("the entries are not in order for this shape; write x = x.reshape(...)")
    if type(x.origin) is View:  # of the same root
        x.origin = new.origin
    elif all(view is new for view in x.origin):
        x.origin = None
    else:
        root = make(x.mode, x.value, x.tangent)
        root.origin = x.origin
        for view in root.origin:
            view.origin = view.origin._replace(root=root)
        x.origin = new.origin
        root.origin.add(x)
    x.value, x.tangent, x._square = new.value, new.tangent, None


def _shares(a: Any, b: Any) -> bool:
    """Whether ``a`` is a view of ``b``."""
    a, b = primal(a), primal(b)
    if type(a) is not np.ndarray:
        return False
    return a is b or (a.base is not None and (a.base is b or np.may_share_memory(a, b)))


def _lay_out_alike(root: Dual) -> bool:
    """Give the tangent the memory layout of the value, so that they have the same views; False if it has."""
    value, t = primal(root.value), primal(root.tangent)
    if isinstance(t, np.ndarray):  # it is none for an array without axes
        strides = [s // t.itemsize for s in t.strides[t.ndim - value.ndim :]]
        wanted = [s // value.itemsize for s in value.strides]
        if all(s == r or n == 1 for s, r, n in zip(strides, wanted, value.shape, strict=True)):
            return False
    _replace(root, root.mode, root.value, _laid_out(root.tangent, value))
    return True


def _laid_out(t: Any, like: np.ndarray) -> Any:
    if type(t) is Dual:
        tangent = t.tangent if isinstance(t.mode, Recorded) else _laid_out(t.tangent, like)
        return make(t.mode, _laid_out(t.value, like), tangent)
    t = np.asarray(t)
    lanes = t.ndim - like.ndim
    order = sorted(range(like.ndim), key=lambda axis: -abs(like.strides[axis]))
    axes = (*range(lanes), *(lanes + axis for axis in order))
    room = np.empty([t.shape[axis] for axis in axes], t.dtype).transpose(np.argsort(axes))
    room[...] = t
    return room


def _through(self: Dual, linear: LinearMap) -> Dual:
    """A linear map with constant coefficients meets a Dual of an outer call."""
    return derived(self, linear(self.value), linear)


# ---------------------------------------------------------------- reading


def _read(self: Dual, key: Any) -> Any:
    mode, value, t = self.mode, self.value, self.tangent
    if type(t) is np.ndarray and type(value) is np.ndarray and mode.lanes is None and type(key) is not Dual:
        # Forward along one direction: NumPy does with the tangent what it does with the value.
        mode.moved = True
        y, t = value[key], t[key]
        if type(y) is np.float64:
            return make(mode, y, float(t))
        if type(y) is not np.ndarray:
            return make(mode, y, t)
        view = y.base is not None and (y.base is value or y.base is value.base)
        return share(self, make(mode, y, t), itemgetter(key)) if view else make(mode, y, t)
    if type(key) is slice and type(t) is np.ndarray is type(value) and isinstance(mode, Forward):
        mode.moved = True
        return share(self, make(mode, value[key], t[:, key]), itemgetter(key))
    if type(key) is int and type(t) is np.ndarray and self.ndim == 1 and isinstance(mode, Forward):
        mode.moved = True  # one number of a vector: the commonest index, and quickly done
        return make(mode, value[key], mode.number(t[..., key]))
    if type(key) is not slice:
        key = _plain_key(key)
    y = value[key]
    if mode.traced:
        mode.running(getitem, (self,))
    return derived(self, y, Take(key, self.shape, shape_of(y)))


def _plain_key(key: Any) -> Any:
    """The index without Duals: comparisons give plain masks, and other Duals are no index."""
    if isinstance(key, tuple | list):
        changes = holds_dual(key) or any(type(k) is Answer for k in key)
        return type(key)(map(_plain_key, key)) if changes else key
    if type(key) is Dual:
        raise ConversionError(NO_INDEX)
    if type(key) is Answer:
        decided(key.mode)
        return np.asarray(key)
    return key


# ---------------------------------------------------------------- assignment


#: One thread at a time writes, as that may make an array anew.
WRITING = threading.RLock()

_WHOLE = slice(None)


def is_whole(key: Any) -> bool:
    """Whether an index takes all entries, in order."""
    return key is Ellipsis or (type(key) is slice and key == _WHOLE)


def _assign(self: Dual, key: Any, new: Any) -> None:
    if not is_whole(key):
        self.mode.moved = True
    if type(key) is slice and type(new) is Dual and new.mode is self.mode and _assigned(self, key, new):
        return
    if not isinstance(primal(self), np.ndarray):
        raise TypeError("a single number has no entries; assign to the name itself, as in x = ...")
    new = stacked(without_own_class(settled(new)))
    key = _plain_key(key)
    _root(self)._square = None
    if is_complex(new) and not is_complex(self.value):
        if type(primal(new)) is complex:  # for which NumPy has an error, too
            refuse_complex(new, self)
        warn_of_real_parts()
        new = new.real
    with WRITING:
        if type(new) is Dual:
            if new.mode.level > self.mode.level:
                raise_level(self, new.mode)
            extra = new.ndim - len(indexed_shape(self.shape, full_index(key, self.ndim))) if new.shape else 0
            if extra > 0 and new.shape[:extra] == (1,) * extra:  # which NumPy leaves out
                new = np.reshape(new, new.shape[extra:])
        assign = _assign_recorded if isinstance(self.mode, Recorded) else _assign_forward
        assign(self, key, new)


def without_own_class(new: Any) -> Any:
    """What an array of a user's class holds (`array_classes`), which `settled` leaves as it is."""
    if type(new) is list or type(new) is tuple:
        return [*map(without_own_class, new)]
    return new._held() if hasattr(type(new), "dualad_class") else new


def refuse_complex(result: Any, target: Any) -> None:
    """Raise if a complex result is to go into a real array."""
    if is_complex(result) and not is_complex(target):
        raise UnsupportedError(
            "a complex number cannot be assigned to entries of a real array; make the array complex: "
            "x.astype(complex), np.zeros(n, complex)"
        )


def _assigned(x: Dual, key: slice, new: Dual) -> bool:
    """Quickly, where NumPy does with the tangent what it does with the value."""
    value, t, entries, lanes = x.value, x.tangent, new.value, x.mode.lanes
    if not x.mode.of_numbers or not (
        type(value) is np.ndarray is type(entries) and type(t) is np.ndarray is type(new.tangent)
    ):
        return False
    target = value[key]
    if entries.shape != target.shape or entries.dtype is not target.dtype:
        return False
    target[...] = entries
    t[key if lanes is None else (slice(None), key)] = new.tangent
    return True


def fill(x: Dual, new: Any) -> bool:
    """``x[...] = new`` quickly, for a new array of the same shape that nothing else holds."""
    mode, value = x.mode, x.value
    if type(new) is not Dual or new.mode is not mode or type(value) is not np.ndarray or not value.shape:
        return False
    if type(x.tangent) is not Node or type(new.tangent) is not Node:
        return _assigned(x, slice(None), new)
    entries = new.value
    alike = type(entries) is np.ndarray and entries.dtype is value.dtype and entries.strides == value.strides
    if not alike or mode.traced or type(x.origin) is View or not value.flags.writeable:
        return False
    with WRITING:
        x._square = None
        _replace(x, mode, entries, new.tangent)
    return True


def _assign_forward(x: Dual, key: Any, new: Any) -> None:
    active = type(new) is Dual and new.mode is x.mode
    entries, t = (new.value, new.tangent) if active else (new, 0)
    _make_room(x, entries, t)
    x.value[key] = entries
    index = full_index(key, x.ndim)
    lanes = x.mode.lanes
    if lanes is None:
        x.tangent[index] = t
        return
    before = None
    if not x.mode.of_numbers and is_complex(_root(x)) and not is_complex(x):
        before = x.tangent[(slice(None), *index)].copy()  # both parts of a complex number share their bits
    if active:
        target = indexed_shape(x.shape, index)
        t = aligned(t, new.shape, len(target))
        first = gathered_first(index)
        if first:
            t = np.moveaxis(np.broadcast_to(t, (lanes, *target)), range(1, 1 + first), range(first))
    x.tangent[(slice(None), *index)] = t
    if before is not None:
        x.tangent[(slice(None), *index)] |= before


def _assign_recorded(x: Dual, key: Any, new: Any) -> None:
    """An assignment is a new node, and a new value array: what was recorded keeps the old one."""
    if not primal(x).flags.writeable:
        raise ValueError("assignment destination is read-only")
    if type(x.origin) is View:
        root = x.origin.root
        if is_complex(root) and not is_complex(x):
            _assign_part(x.origin, key, new)
            return
        places = x.origin.places()[key]
        if root.shape:
            root[np.unravel_index(places, root.shape)] = new
        elif np.size(places):  # a view of a number has its one entry, or the index takes none
            root[...] = new
        return
    mode: Any = x.mode
    active = type(new) is Dual and new.mode is mode
    entries = new.value if active else new
    value = _room(np.copy(x.value), entries)
    value[key] = entries
    index = full_index(key, x.ndim)
    terms: list[tuple[LinearMap, Any]] = [(Mask(index, x.shape), x.tangent)]
    if active:
        terms.append((between(_placing(index, x.shape, new.shape), new, value), new.tangent))
    if mode.traced:
        mode.running(setitem, (x, new))
    _replace(x, mode, value, mode.combined(value, terms))


def _assign_part(view: View, key: Any, new: Any) -> None:
    """Assign to the real or the imaginary part of a complex root: the other part stays."""
    root = view.root
    places = view.places_of_parts()[key]
    at = np.unravel_index(np.abs(places) - 1, root.shape) if root.shape else ...
    old = root[at]
    root[at] = from_parts(new, old.imag) if np.all(places > 0) else from_parts(old.real, new)


def _make_room(x: Dual, value: Any, tangent: Any) -> None:
    """Let the entries hold Duals of an outer call, if these are to be assigned; there may be a single one."""
    root = _root(x)
    if not isinstance(primal(root.tangent), np.ndarray):
        _lay_out_alike(root)
    roomy = _room(root.value, value), _room(root.tangent, tangent)
    if roomy[0] is not root.value or roomy[1] is not root.tangent:
        _replace(root, root.mode, *roomy)


def _room(array: Any, new: Any) -> Any:
    """The array, as a Dual of an outer call where it is to hold one's entries."""
    if isinstance(new, Dual) and not isinstance(array, Dual):
        return make(new.mode, array, new.mode.zero(array))
    return array


def raise_level(x: Dual, mode: Mode) -> None:
    """Make an outer Dual a value of an inner mode, in place, so that it can hold that mode's Duals."""
    root = _root(x)
    value = make(root.mode, root.value, root.tangent)
    _replace(root, mode, value, mode.zero(value))


def _placing(index: Any, shape: Shape, new: Shape) -> LinearMap:
    """The map from assigned entries to an array: the last one wins where an index comes twice."""
    target = indexed_shape(shape, index)
    spread: LinearMap = Scale(1, new, target) if new != target else Identity(new)
    if is_basic(index) or not target:
        return spread >> Put(index, target, shape)
    source = np.full(shape, -1)
    source[index] = np.arange(math.prod(target)).reshape(target)
    places = np.flatnonzero(source >= 0)
    taken = source.reshape(-1)[places]
    return (
        spread
        >> Take(np.unravel_index(taken, target), target, taken.shape)
        >> Put(places, taken.shape, (source.size,))
        >> reshaped((source.size,), shape)
    )


def assign_flat(x: Dual, key: Any, new: Any) -> None:
    """``x.flat[key] = new``: the entries counted through; ``new`` is repeated until it suffices."""
    places = np.arange(x.size)[key]
    new = stacked(without_own_class(new))
    if type(new) is not Dual:
        new = np.asarray(new)
    if new.shape:
        new = np.ravel(new)[np.arange(places.size) % max(new.size, 1)]
    if x.shape:
        x[np.unravel_index(places.ravel(), x.shape)] = new
    elif places.size:
        x[...] = new


#: Dual, to be completed.
_class: Any = Dual

_class.__getitem__ = _read
_class.__setitem__ = _assign
_class._through = _through
