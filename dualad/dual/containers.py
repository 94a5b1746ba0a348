"""Arrays of floats that come to hold Duals when one is assigned to them.

``out = np.zeros(3); out[0] = x`` cannot know, when it makes the array, of what it will be full. In
lifted code such arrays are `Container`s: arrays like any other until a Dual is assigned. From then on
a Dual, kept beside the memory of the array that owns it, has the entries, and all views of that
array, older ones too, look there: an entry is known by its place in the memory.

The memory itself is filled with NaN then, so that compiled code that reads it past our protocols
cannot get a number whose derivative is lost. It is a NaN of its own, by which a copy is known again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..errors import ConversionError
from ..linear import Window
from ..modes import Mode
from .dual import SETTLED, Dual, as_one, make, primal, settled, stacked
from .entries import WRITING, derived, is_whole, raise_level, refuse_complex, share, without_own_class
from .nested import NESTED

_BITS = np.uint64(0x7FF8_0000_000D_0A1D)

#: What is in the memory of an array whose entries are Duals.
UNSEEN_NAN = float(_BITS.view(np.float64))


def is_unseen(x: Any) -> bool:
    """Whether compiled code has copied numbers of a plain array from where Duals are."""
    return x.dtype == np.float64 and mode_in(x) is None and bool(np.any(x.view(np.uint64) == _BITS))


class Container(np.ndarray):
    """An array of floats, or a view of one, that may come to hold Duals."""

    #: Of an array that owns its memory: its entries as a Dual, in the order of the memory.
    _dual: Dual | None = None
    _places: Any = None

    # ------------------------------------------------------------ what it holds

    def _root(self) -> Any:
        root, base = self, _owner(self)
        while isinstance(base, np.ndarray):
            if isinstance(base, Container):
                root = base
            base = _owner(base)
        return root

    def _memory(self, root: Any) -> Any:
        """The Dual that it looks at: that of the root, or a part of it."""
        dual, size = root._dual, root.itemsize
        if self.itemsize == size:
            return dual
        if dual.dtype.kind == "c" and 2 * self.itemsize == size and all(s % size == 0 for s in self.strides):
            return dual.imag if (_address(self) - _address(root)) % size else dual.real
        raise ConversionError(
            "a view of another dtype cannot look at an array that holds derivatives; write x.real, "
            "x.imag or x.astype(...) on the array itself"
        )

    def _window(self, root: Any) -> Window:
        """What it shows of the memory of the root."""
        size = root.itemsize
        first = 0 if self is root or not self.size else (_address(self) - _address(root)) // size
        steps = tuple([s // size for s in self.strides])
        return Window((root.size,), self.shape, first, steps)

    def _entries(self, root: Any) -> Any:
        """The places of the entries in the memory of the root."""
        places = root._places
        return places if self is root and self.ndim == 1 else self._window(root).apply(places)

    def _held(self) -> Any:
        """Its entries at present: a Dual, or a plain array."""
        root = self._root()
        dual = root._dual
        if dual is None:
            return np.ndarray.view(self, np.ndarray)
        if self is root and self.ndim == 1:
            return dual
        memory, window = self._memory(root), self._window(root)
        value, t, mode = memory.value, memory.tangent, memory.mode
        if type(value) is np.ndarray is type(t) and mode.lanes is None:  # quickly, along one direction
            mode.moved = True
            held = share(memory, make(mode, window.apply(value), window.apply(t)), window)
        else:
            held = derived(memory, window(value), window)
        if not self.flags.writeable:
            primal(held).flags.writeable = False
        return held

    _now = _held  # for functions, see `settled`

    def _promote(self, root: Any, mode: Mode) -> None:
        """Make the array hold Duals of a mode, which another thread may have done."""
        with WRITING:
            if root._dual is not None:
                return
            memory = np.ravel(np.ndarray.view(root, np.ndarray), order="K")
            values = memory.copy()
            root._places = np.arange(values.size)
            root._dual = make(mode, values, mode.zero(values))
            values[:] = memory  # again, if another thread has written a plain number
            np.ndarray.fill(root, UNSEEN_NAN)
            mode.poisoned = True

    def _without(self, mode: Mode) -> Mode | None:
        """Give up the derivatives of a call that is over; the mode of those that it still holds."""
        root = self._root()
        dual = root._dual
        if dual is None or dual.mode is not mode:
            return None if dual is None else dual.mode
        if type(dual.value) is Dual:
            root._dual = dual.value
            return root._dual.mode
        root._dual = root._places = None
        np.ravel(np.ndarray.view(root, np.ndarray), order="K")[...] = dual.value
        return None

    def __getitem__(self, key: Any) -> Any:
        root = self._root()
        dual = root._dual
        if dual is None:
            return np.ndarray.__getitem__(self, _plain(key))
        places = self._entries(root)[_plain(key)]
        # A copy has a base, too, where its axes are in another order than they were gathered in.
        is_view = type(places) is np.ndarray and places.base is not None
        if is_view and np.may_share_memory(places, root._places):
            return np.ndarray.__getitem__(self, key)  # a view, which looks at the Dual in its turn
        return self._memory(root)[int(places) if isinstance(places, np.integer) else places]

    def __setitem__(self, key: Any, new: Any) -> None:
        root = self._root()
        while root._dual is not None and root._dual.mode.is_over:  # an object has kept it, and uses it again
            if np.size(self._entries(root)[_plain(key)]) < root.size:
                break  # of what stays nobody knows the derivative
            self._without(root._dual.mode)
        new = new if type(new) in SETTLED else _as_read(new)
        if root._dual is None:
            mode = mode_in(new)
            if mode is None:
                np.ndarray.__setitem__(self, _plain(key), settled(new))
                if root._dual is None:  # by another thread neither
                    return
            elif self.flags.writeable:
                self._promote(root, mode)
        if not self.flags.writeable:
            raise ValueError("assignment destination is read-only")
        places = self._entries(root)[_plain(key)]
        new = without_own_class(settled(new))
        memory = self._memory(root)
        if isinstance(places, np.integer):
            memory[int(places)] = new
        elif self is root and places.ndim == 1 and is_whole(key):
            memory[...] = new
        elif places.ndim == 1:
            memory[places] = new
        else:
            if isinstance(new, list | tuple):
                new = stacked(new) if mode_in(new) else np.asarray(new)
            memory[places] = new

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: Any) -> Any:
        return self._held() == other

    def __ne__(self, other: Any) -> Any:
        return self._held() != other

    # ------------------------------------------------------------ NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, out: Any = None, **keywords: Any) -> Any:
        if method == "__call__" and out is None and not keywords:
            return holding(ufunc(*map(as_one, settled(inputs))))
        operate = getattr(ufunc, method)
        if method == "at":
            target, *rest = inputs
            if type(target) is not Container or (mode_in(rest) is None and target._root()._dual is None):
                return operate(*map(settled, inputs), **keywords)
            return target._changed_at(operate, *map(settled, rest))
        plain = [as_one(settled(a)) for a in inputs]
        keywords = {k: settled(v) for k, v in keywords.items()}
        if out is None:
            return holding(operate(*plain, **keywords))
        if mode_in(plain) is None and all(mode_in(t) is None for t in out):
            operate(*plain, out=tuple(settled(t) for t in out), **keywords)
        elif "where" in keywords:
            (target,) = out
            where = keywords.pop("where")
            target[...] = np.where(where, operate(*plain, **keywords), settled(target))
        else:
            results = operate(*plain, **keywords)
            for target, result in zip(out, results if len(out) > 1 else (results,), strict=True):
                if target is not None:
                    refuse_complex(result, target)
                    target[...] = result
        return out[0] if len(out) == 1 else out

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        views = function in _VIEWS
        if len(args) == 1 and args[0] is self and not keywords and not views:
            return holding(function(self._held()))
        mode = mode_in((args, keywords))
        if function is np.broadcast_to and args[0] is self:
            given = {k: v for k, v in keywords.items() if k == "shape"}
            return self._seen(np.broadcast_to, *args[1:2], **given)
        if function is np.einsum and len(args) == 2 and args[1] is self and not keywords:
            plain = np.ndarray.view(self, np.ndarray)
            if np.may_share_memory(np.einsum(args[0], plain), plain):  # a diagonal, or axes in another order
                return self._seen(lambda x: np.einsum(args[0], x))
        if function is np.broadcast_arrays and all(type(a) is not Dual for a in args):
            shape = np.broadcast_shapes(*map(np.shape, args))
            return tuple(a if getattr(a, "shape", None) == shape else np.broadcast_to(a, shape) for a in args)
        if mode is None and not views:
            result = function(*settled(args), **settled(keywords))  # ``out=`` is written to in its memory
            out = keywords.get("out")
            return _held(result, args) if out is None else out
        if function in _EACH and len(args) > 1:
            return type(function(0.0, 0.0))(map(function, args))
        if views:
            kinds = tuple(t for t in types if t is not Dual)
            result = np.ndarray.__array_function__(self, function, kinds, args, keywords)
            if mode is None:
                return _held(result, args)
            if all_views(result):
                return result
        if function in WRITERS and type(args[0]) is Container:
            target, *rest = args
            return target._changed(lambda now: function(now, *settled(rest), **settled(keywords)), mode)
        return _into_out(function, args, keywords)

    def _seen(self, look: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
        """A view as a function makes it of a plain array, of which it would forget what it looks at."""
        root, plain = self._root(), look(np.ndarray.view(self, np.ndarray), *args, **keywords)
        view = np.ndarray.__new__(
            Container, plain.shape, self.dtype, root, _address(plain) - _address(root), plain.strides
        )
        view.flags.writeable = plain.flags.writeable
        return view

    def _changed_at(self, operate: Callable[..., Any], key: Any, *values: Any) -> Any:
        """``np.add.at`` and its like: an entry that a view shows in several places is changed for each."""
        if not self.flags.writeable:
            raise ValueError("array is read-only")
        root, mode = self._root(), mode_in(values)
        if root._dual is None and mode is not None:
            self._promote(root, mode)
        return operate(self._memory(root), self._entries(root)[_plain(key)], *values)

    def _changed(self, change: Callable[[Any], Any], mode: Mode | None) -> Any:
        """Let a function write into the entries; a single one is given as an array that has it."""
        now: Any = self._held() if self.ndim else np.reshape(self._held(), (1,))
        if mode is not None and not isinstance(now, Dual):
            now = make(mode, now.copy(), mode.zero(now))
        elif mode is not None and now.mode.level < mode.level:
            now = now.copy()
            raise_level(now, mode)
        else:
            now = now.copy()
        result = change(now)
        self[...] = now if self.ndim else now[0]
        return result

    # ------------------------------------------------------------ the rest of an array

    def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> Any:
        """Without a class of the user's, where code calls it by its name; NumPy itself does not."""
        x = np.ndarray.view(self, Container)
        if dtype is not None and np.dtype(dtype) != self.dtype:
            return x.astype(dtype)
        return x.copy() if copy else x

    @property
    def base(self) -> Any:
        """The array whose memory a view shows, None of one that has its own."""
        root = self._root()
        return None if root is self else root

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def __reduce__(self) -> Any:
        return self._held().__reduce__()

    def __repr__(self) -> str:
        return repr(self._held())

    def __str__(self) -> str:
        return str(self._held())

    def __format__(self, spec: str) -> str:
        return format(self._held(), spec)

    def tobytes(self, order: Any = "C") -> bytes:
        """Its bytes, of which keys are made."""
        made: bytes = self._held().tobytes(order)
        return made

    def resize(self, *shape: Any, refcheck: bool = True) -> None:
        """Another shape, in memory of its own; what is new is 0."""
        if self._root() is not self:
            raise ValueError("cannot resize this array: it does not own its data")
        wanted = shape[0] if len(shape) == 1 else shape
        now: Any = np.ravel(self._held()).copy()
        zeros = np.zeros(wanted, self.dtype)
        self.__setstate__((1, zeros.shape, zeros.dtype, False, zeros.tobytes()))
        self._dual = self._places = None
        kept = min(now.size, zeros.size)
        self.flat[:kept] = now[:kept]

    def squeeze(self, axis: Any = None) -> Any:
        """Without axes of length 1; of NumPy's own view one could not tell what it looks at."""
        return self.reshape(np.ndarray.view(self, np.ndarray).squeeze(axis).shape)


#: What NumPy says, to which also an array that has its own memory is a view.
_owner = np.ndarray.base.__get__


def _address(x: Any) -> int:
    address: int = x.__array_interface__["data"][0]
    return address


_MAKING_VIEWS = (
    "reshape ravel transpose squeeze swapaxes moveaxis rollaxis expand_dims atleast_1d atleast_2d atleast_3d "
    "diag diagonal flip flipud fliplr rot90 split array_split hsplit vsplit dsplit matrix_transpose "
    "permute_dims real"
)

#: Functions that make views, or arrays of views.
_VIEWS = frozenset(getattr(np, name) for name in _MAKING_VIEWS.split() if hasattr(np, name))

#: Those of them that are done to each argument.
_EACH = frozenset({np.atleast_1d, np.atleast_2d, np.atleast_3d})

#: Functions that write into their first argument.
WRITERS = frozenset({np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal})


def _held(result: Any, args: Any) -> Any:
    return result if any(result is a for a in args) else holding(result)


def _into_out(function: Any, args: Any, keywords: Any) -> Any:
    """The function called on Duals; an ``out=`` that may hold them is assigned to."""
    out = keywords.pop("out", None) if type(keywords.get("out")) is Container else None
    result = _dispatched(function, settled(args), settled(keywords))
    if out is None:
        return result
    refuse_complex(result, out)
    out[...] = result
    return out


def _dispatched(function: Any, args: Any, keywords: Any) -> Any:
    """A call of a function of NumPy's, which asks arrays what to do, and not the Duals in a list."""
    given = (*args, *keywords.values())
    listed: list[Any] = [e for a in given if type(a) in (list, tuple) for e in a if type(e) is Dual]
    if not listed or any(type(a) is Dual for a in given):
        return function(*args, **keywords)
    return listed[0].__array_function__(function, (), args, keywords)


def all_views(x: Any) -> bool:
    """Whether these are views of arrays that hold Duals; a copy has only the NaN of their memory."""
    if isinstance(x, list | tuple):
        return all(map(all_views, x))
    return type(x) is Container and x._root()._dual is not None


def mode_in(x: Any) -> Mode | None:
    """The mode of a Dual in nested arguments, the highest one."""
    kind = type(x)
    if kind is Dual:
        mode: Mode = x.mode
        return mode
    if kind is dict:
        x = x.values()
    elif kind not in NESTED:
        if issubclass(kind, Container):
            held = Container._root(x)._dual
        else:  # of its class, as an object may have attributes of any name
            held = getattr(x, "dualad_number", None) if hasattr(kind, "dualad_number") else None
        return None if held is None else mode_in(held)
    found: Mode | None = None
    for entry in x:
        mode_of_entry = mode_in(entry)
        if mode_of_entry is not None and (found is None or mode_of_entry.level > found.level):
            found = mode_of_entry
    return found


def _as_read(x: Any) -> Any:
    """Objects that NumPy reads as arrays, which may show it memory that holds Duals; others as they are."""
    if isinstance(x, np.ndarray | np.generic | list | tuple) or not hasattr(type(x), "__array__"):
        return x
    array = np.asarray(x)
    return array.view(Container) if array.dtype.kind in "fc" else array


def _plain(key: Any) -> Any:
    """An index without containers and Duals: masks and numbers by their values."""
    if type(key) is tuple:
        return tuple(_plain(k) for k in key)
    if type(key) is Container or type(key) is Dual:
        return primal(settled(key))
    return key


def holding(x: Any, fresh: bool = False) -> Any:
    """A new array of floats as one that may come to hold Duals; everything else as it is.

    Unless it is known to be fresh, an array that is a view may show memory of the caller's.
    """
    if type(x) is np.ndarray and x.dtype.kind in "fc" and (fresh or x.base is None):
        flags = x.flags
        if flags.forc and flags.writeable:
            return x.view(Container)
    return x
