"""What Python calls by itself on a user's objects: operators, ``for``, ``with``, setters of properties.

Code whose globals have a class with such methods is rewritten to come here with them; here they are
lifted like any other method. Everything else is handed on to Python.
"""

from __future__ import annotations

import builtins
import math
import operator
import sys
import types
from collections.abc import Callable, Iterator
from functools import cache, cmp_to_key, lru_cache, partial
from typing import Any

import numpy as np

from ..dual import Dual, primal
from ..dual.array_classes import ArrayOfClass, held, is_array_class
from ..dual.branches import decided, pattern_mode
from ..dual.containers import Container
from ..dual.dual import holds_dual, settled, stacked
from ..dual.float_classes import FloatOfClass, float_method
from ..dual.keys import by_key
from ..dual.nested import NESTED
from ..errors import PlainArrayError
from ..standins.matrices.sparse_arrays import of_scipy
from ..users import Called, is_users, is_users_class, takes_object
from .classes import array_of, of_python

#: Object, name -> the lifted method of a user's class; None if there is none.
Method = Callable[[Any, str], Any]

_BINARY = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("lshift", "rshift", "and", "or", "xor"),
)

#: Node of the syntax tree -> the method that Python calls for it.
OPERATORS = {
    **dict(zip(
        ("Add", "Sub", "Mult", "Div", "FloorDiv", "Mod", "Pow", "MatMult", "LShift", "RShift", "BitAnd",
         "BitOr", "BitXor"),
        (f"__{name}__" for name in _BINARY), strict=True)),
    "UAdd": "__pos__", "USub": "__neg__", "Invert": "__invert__",
    "Eq": "__eq__", "NotEq": "__ne__", "Lt": "__lt__", "LtE": "__le__", "Gt": "__gt__", "GtE": "__ge__",
}  # fmt: skip

#: Method -> that of the other operand.
REFLECTED = {
    **{f"__{name}__": f"__r{name}__" for name in (*_BINARY, "divmod")},
    "__eq__": "__eq__",
    "__ne__": "__ne__",
    "__lt__": "__gt__",
    "__gt__": "__lt__",
    "__le__": "__ge__",
    "__ge__": "__le__",
}


def in_place(name: str) -> str:
    """The method for ``+=``, from that for ``+``."""
    return name.replace("__", "__i", 1)


#: All the methods that are looked for.
_MAGIC = frozenset(
    {*OPERATORS.values(), *REFLECTED, *REFLECTED.values(), *(f"__i{name}__" for name in _BINARY)}
    | {f"__{name}__" for name in ("abs", "complex", "enter", "float", "getitem", "iter", "next", "round")}
    | {"__bool__", "__contains__", "__reversed__", "__setitem__"}
    | {"__getattr__", "__getattribute__", "__setattr__"}
)

#: Functions of Python that ask which is less.
ORDERING = {"sorted": "__lt__", "min": "__lt__", "max": "__gt__"}

#: Functions of Python that go through what they are given.
ITERATING = (all, any, enumerate, list, max, min, set, sorted, sum, tuple, math.fsum, math.prod)

#: What has no methods of a user's.
_PLAIN = frozenset({Dual, float, int, complex, bool, str, *NESTED, np.ndarray, np.float64, type(None)})


#: What tables and columns of pandas are asked for in modules that do not name it.
_BROUGHT = frozenset({"__getitem__", *map("__{}__".format, _BINARY)})

#: Of pandas' classes, once code that is lifted names them: their objects go to modules that do not.
_brought: set[str] = set()


def magic_among(names: dict[str, Any], of_any_class: bool = False) -> frozenset[str]:
    """The methods that Python calls by itself, of users' classes and their objects among the globals.

    With ``of_any_class`` they are all of them but the costly ones.
    """
    if of_any_class:
        return _MAGIC - _COSTLY
    found: set[str] = {"__matmul__", *(_OF_FLOATS if _has_float_classes(names) else ())}
    values = list(names.values())
    if any(map(_is_of_pandas, values)):
        _brought.update(_magic_in(sys.modules["pandas"]).intersection(_BROUGHT))
    if any(map(_asks_by_ufunc, values)):
        _brought.update(map("__{}__".format, _BINARY))
    found |= _brought
    for value in values:
        if _brings_sparse(value):
            found.add("__mul__")
        if isinstance(value, types.ModuleType):
            found |= _magic_in(value)
        else:
            found |= _magic_of(value if isinstance(value, type) else type(value))
    return frozenset(found)


def _is_of_pandas(value: Any) -> bool:
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}.".startswith("pandas.")


def _asks_by_ufunc(value: Any) -> bool:
    """Whether NumPy asks a class of arrays of the user's what to do, which would read what another holds."""
    if not isinstance(value, type) or not is_array_class(value):
        return False
    return isinstance(vars(value).get("__array_ufunc__"), types.FunctionType)


def _brings_sparse(value: Any) -> bool:
    """Whether it is scipy.sparse, or a class or a function from there."""
    try:
        name = value.__name__ if isinstance(value, types.ModuleType) else getattr(value, "__module__", "")
    except Exception:  # what stands for a missing module may say so when it is asked for anything
        return False
    return isinstance(name, str) and name.startswith("scipy.sparse")


#: Operators that float answers for a number of one user's class, past the Dual that one of another holds.
_OF_FLOATS = frozenset(name for name in (*OPERATORS.values(), *REFLECTED.values()) if hasattr(float, name))


def _has_float_classes(names: dict[str, Any]) -> bool:
    """Whether there are several classes derived from float among the globals, or objects of some."""
    kinds = {value if isinstance(value, type) else type(value) for value in list(names.values())}
    return sum(issubclass(kind, float) and is_users(kind.__module__) for kind in kinds) > 1


def _magic_of(cls: type) -> set[str]:
    found: set[str] = set()
    if is_users(cls.__module__):
        for base in cls.__mro__:
            if is_users(base.__module__):
                found.update(n for n in _MAGIC.intersection(vars(base)) if not _is_made(vars(base)[n]))
    return found | {"__ne__"} if "__eq__" in found else found


#: What would cost time wherever an entry is set or an attribute is read, or something is decided.
_COSTLY = frozenset(
    {"__setitem__", "__getattr__", "__getattribute__", "__setattr__", "__bool__", "__contains__"}
)


@lru_cache(maxsize=1024)
def _magic_in(module: types.ModuleType) -> frozenset[str]:
    """The operators and the like of the classes in a module, whose functions may make objects of them."""
    if not is_users(module.__name__) or module.__name__.partition(".")[0] == "scipy":
        return frozenset()
    classes = [c for c in list(vars(module).values()) if isinstance(c, type)]
    return frozenset().union(*map(_magic_of, classes)) - _COSTLY


def _is_made(method: Any) -> bool:
    """Whether a method has been made as text, by dataclass and its like, that does nothing but its task."""
    return getattr(getattr(method, "__code__", None), "co_filename", "").startswith(("<string>", "<attrs"))


@cache
def magic_methods(called: Called) -> dict[Any, Callable[..., Any]]:
    """Name of a method, or builtin function -> what is called in its place."""

    def method(x: Any, name: str) -> Any:
        if type(x) in _PLAIN:
            return None
        found = getattr(type(x), name, None)
        if isinstance(x, ArrayOfClass | FloatOfClass):  # of whose class they are lifted
            return found if isinstance(getattr(x.dualad_class, name, None), types.FunctionType) else None
        if isinstance(found, property) and is_users(getattr(found.fget, "__module__", None)):
            return lambda x, *args: called(called(found.fget)(x))(*args)
        own = getattr(found, "__globals__", None)
        if own is None or not is_users(own.get("__name__")):
            return None
        return called(found) if takes_object(type(x), name) else lambda x, *args: called(found)(*args)

    found: dict[Any, Callable[..., Any]] = {
        "assign": partial(_assign, called, method),
        "__setattr__": partial(_store, called, method, object.__setattr__),
        "__enter__": partial(_context, method),
        "__iter__": partial(_iterator, method),
        "__getitem__": partial(_get_item, method),
        "__setitem__": partial(_set_item, method),
    }
    for name in OPERATORS.values():
        if name in REFLECTED:
            found[name] = _binary(called, method, name)
            if name.strip("_") in _BINARY:
                found[in_place(name)] = _binary(called, method, in_place(name), name)
        else:
            found[name] = _unary(method, name, getattr(operator, name))
    for function in (abs, round, next, iter, float, complex, reversed):
        name = function.__name__
        found[function] = _unary(method, f"__{name}__", called(getattr(builtins, name)))
    found[divmod] = _binary(called, method, "__divmod__")
    found[bool] = found["__bool__"] = _unary(method, "__bool__", bool)
    found["__contains__"] = partial(_contains, method)
    found[sorted] = partial(_sorted, called, method, found["__lt__"])
    for extreme in (min, max):
        found[extreme] = partial(_extreme, called, method, extreme, found[ORDERING[extreme.__name__]])
    return found


def _contains(method: Method, item: Any, x: Any) -> bool:
    """``item in x``."""
    own = method(x, "__contains__")
    return item in x if own is None else bool(own(x, item))


def _sorted(
    called: Called, method: Method, less: Any, entries: Any, /, *, key: Any = None, **options: Any
) -> Any:
    """``sorted``: entries of a user's class say themselves which is less."""
    entries = list(entries)
    keys = entries if key is None else list(map(called(key), entries))
    if not any(method(k, name) for k in keys for name in ("__lt__", "__gt__")):
        return called(sorted)(entries, key=key, **options)
    rank: Any = cmp_to_key(lambda i, j: -1 if less(keys[i], keys[j]) else bool(less(keys[j], keys[i])))
    return [entries[i] for i in sorted(range(len(entries)), key=rank, **options)]


def _extreme(
    called: Called, method: Method, function: Any, before: Any, /, *args: Any, key: Any = None, **options: Any
) -> Any:
    """``min`` and ``max``, likewise."""
    entries = list(args[0]) if len(args) == 1 else list(args)
    keys = entries if key is None else list(map(called(key), entries))
    if not any(method(k, name) for k in keys for name in ("__lt__", "__gt__")):
        given = {"key": key, **options} if key is not None else options
        return called(function)(*([entries] if len(args) == 1 else args), **given)
    best = 0
    for i in range(1, len(keys)):
        best = i if before(keys[i], keys[best]) else best
    return entries[best]


def _unary(method: Method, name: str, original: Any) -> Any:
    def operate(x: Any, *args: Any) -> Any:
        own = method(x, name)
        return original(x, *args) if own is None else own(x, *args)

    return operate


def _binary(called: Called, method: Method, name: str, *names: str) -> Any:
    """Names of the methods that are tried on the left operand, the last one having a reflected one."""
    original: Any = getattr(operator, name, divmod)
    reflecting = REFLECTED[(name, *names)[-1]]
    compares = not reflecting.startswith("__r")  # which objects of one class are asked, too
    ufunc = None if original is divmod else getattr(operator, (name, *names)[-1])(np.ones(1), _Spy())

    def operate(a: Any, b: Any) -> Any:
        if type(a) in _PLAIN and type(b) in _PLAIN:
            if type(a) is np.ndarray or type(b) is np.ndarray:
                a, b = _whole(a, b), _whole(b, a)
            return original(a, b)
        if type(a) in _PLAIN and isinstance(a, str | dict | None):
            return original(a, b)
        number = primal(a) if type(a) is Dual else a
        if isinstance(number, np.ndarray | np.generic) and not _defers(number, b):
            if type(a) is Dual and isinstance(b, float) and a.shape:
                return original(a, b)  # a number among others for an array, whatever operators it has
            if not hasattr(b, "__array_ufunc__"):
                b = array_of(called, b)  # NumPy makes an array of it
                if not number.shape and is_users_class(type(b)) and not isinstance(b, float):
                    a = of_python(a)  # as an entry of an array of objects is
        a, b = _meeting(a, b), _meeting(b, a)
        asked = partial(_ordering, method) if compares else method
        tries = [(asked(a, n), a, b) for n in (name, *names)]
        if isinstance(a, np.ndarray) and not any(own for own, _, _ in tries) and not _defers(a, b):
            own = None if isinstance(b, np.ndarray) else method(b, "__array_ufunc__")
            return original(a, b) if own is None or ufunc is None else own(b, ufunc, "__call__", a, b)
        one, other = (getattr(type(x), "dualad_class", type(x)) for x in (a, b))
        if one is not other or compares:
            reflected = (asked(b, reflecting), b, a)
            # A class derived from that of ``a`` is asked first, if it answers in its own way.
            first = one is not other and issubclass(other, one)
            own_way = getattr(other, reflecting, None) is not getattr(one, reflecting, None)
            first = first and (compares or own_way)
            tries = [reflected, *tries] if first else [*tries, reflected]
        for own, x, y in tries:
            result = NotImplemented if own is None else _compared(own, x, y) if compares else own(x, y)
            if result is not NotImplemented:
                return result
        if isinstance(b, FloatOfClass) and isinstance(a, float):  # of another class, by which it is only read
            result = float_method((name, *names)[-1])(a, b)
            return original(a, b) if result is NotImplemented else result
        return original(a, b)

    return operate


def _ordering(method: Method, x: Any, name: str) -> Any:
    """A class's comparison; one that it has from ``tuple`` and the like is asked before a reflected one."""
    own = method(x, name)
    if own is not None or type(x) in _PLAIN:
        return own
    found = getattr(type(x), name)
    if name == "__ne__" and found is object.__ne__:  # which Python answers by ``==``
        equal = method(x, "__eq__")
        return None if equal is None else partial(_unequal, equal)
    builtin = isinstance(x, _COMPARED) and type(x) not in _COMPARED and isinstance(found, _SLOT)
    return found if builtin else None


def _unequal(equal: Any, x: Any, y: Any) -> Any:
    answer = equal(x, y)
    return answer if answer is NotImplemented else not answer


#: Containers of Python that are compared entry by entry.
_COMPARED = (tuple, list, dict, set, frozenset)
_SLOT = types.WrapperDescriptorType


class _Spy:
    """Beside an array it tells which ufunc an operator is."""

    def __array_ufunc__(self, ufunc: Any, *call: Any) -> Any:
        return ufunc


def _compared(own: Any, x: Any, y: Any) -> Any:
    """A class that has no place for a Dual is asked with its value: yes and no have no derivative."""
    try:
        return own(x, y)
    except (TypeError, ValueError, RecursionError):
        if type(y) is not Dual:
            raise
        decided(pattern_mode(y))
        answer = own(x, primal(y))
        if answer is not NotImplemented:
            bool(answer)  # an expression is neither, and holds the value
        return answer


def beside_a_list(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operator in whose text a list stands: NumPy would take the Duals in it apart beside an array."""
    return lambda a, b: operate(_whole(a, b), _whole(b, a))


def _whole(x: Any, other: Any) -> Any:
    """A list with Duals in it as an array, beside an array."""
    return stacked(x) if type(x) is list and isinstance(other, np.ndarray) and holds_dual(x) else x


def _meeting(x: Any, other: Any) -> Any:
    """An operand, as one that can meet a Dual, or a matrix of scipy.sparse, where the other is one."""
    if type(x) is Container:
        return settled(x) if of_scipy(other) else x  # which reads the memory of arrays
    return held(x, other) if isinstance(other, Dual | ArrayOfClass) and is_array_class(type(x)) else x


def _defers(a: Any, b: Any) -> bool:
    """Whether the operators of an array leave it to the other operand what to do."""
    if hasattr(type(b), "__array_ufunc__"):
        return type(b).__array_ufunc__ is None
    return bool(getattr(b, "__array_priority__", -1e6) > a.__array_priority__)


def _assign(called: Called, method: Method, new: Any, x: Any, name: str) -> None:
    """``x.name = new``."""
    own = method(x, "__setattr__")
    if own is not None:
        own(x, name, new)
    else:
        _store(called, method, setattr, x, name, new)


def _store(
    called: Called, method: Method, otherwise: Callable[..., None], x: Any, name: str, new: Any
) -> None:
    """``x.name = new`` past a ``__setattr__`` of the user's, as ``object.__setattr__`` does it."""
    for base in type(x).__mro__:
        found = vars(base).get(name)
        if isinstance(found, property) and type(found).__set__ is property.__set__ and found.fset:
            called(found.fset)(x, new)
            return
        if found is not None:
            store = method(found, "__set__")  # a descriptor of the user's
            if store is not None:
                store(found, x, new)
                return
            break
    otherwise(x, name, new)


def _get_item(method: Method, x: Any, key: Any) -> Any:
    """``x[key]``."""
    kind, of = type(x), type(key)
    if kind is Dual or kind is list or kind is np.ndarray or (kind in _PLAIN and of in (int, str)):
        return x[key]
    own = method(x, "__getitem__")
    return by_key(operator.getitem, x, key) if own is None else own(x, key)


def _set_item(method: Method, new: Any, x: Any, key: Any) -> None:
    """``x[key] = new``."""
    own = method(x, "__setitem__")
    if isinstance(x, np.ndarray | Dual) or isinstance(getattr(type(x), "__setitem__", None), property):
        array = method(new, "__array__")
        new = new if array is None else array(new)
    if own is not None:
        own(x, key, new)
        return
    try:
        x[key] = new
    except PlainArrayError as error:
        error.into(x)
        raise


def _iterator(method: Method, x: Any) -> Any:
    """What ``for`` goes through."""
    if type(x) in _PLAIN:
        return x
    own = method(x, "__iter__")
    iterator = x if own is None else own(x)
    step = method(iterator, "__next__")
    return iterator if step is None else _steps(iterator, step)


def _steps(iterator: Any, step: Callable[[Any], Any]) -> Iterator[Any]:
    """A user's iterator, by its lifted ``__next__``."""
    while True:
        try:
            entry = step(iterator)
        except StopIteration:
            return
        yield entry


def _context(method: Method, x: Any) -> Any:
    """What ``with`` enters."""
    enter = method(x, "__enter__")
    return x if enter is None else _Context(x, enter, method(x, "__exit__"))


class _Context:
    """An object of the user's in a ``with`` statement."""

    def __init__(self, x: Any, enter: Any, leave: Any):
        self._x, self._enter, self._leave = x, enter, leave

    def __enter__(self) -> Any:
        return self._enter(self._x)

    def __exit__(self, *error: Any) -> Any:
        return self._leave(self._x, *error) if self._leave else type(self._x).__exit__(self._x, *error)
