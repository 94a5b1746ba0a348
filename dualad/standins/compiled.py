"""Compiled functions of other packages: what takes their place where a Dual comes along.

Some of SciPy's and pandas' have twins in Python: filters, ranks, interpolation on grids, and others, whose
tables are joined here. Their own Python around them sees to axes, borders and defaults, so only what is at
the bottom is written again. All others are tried with the Duals themselves, with arrays of Duals as
objects, and at last by differences.
"""

from __future__ import annotations

import contextlib
import functools
import re
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..dual.array_classes import keeping, without_class
from ..dual.calls import values_of
from ..dual.containers import holding, mode_in
from ..dual.without_rule import by_differences
from ..errors import ConversionError, DualadError, NoRuleError, UnsupportedError
from ..users import is_users
from .matrices.lapack import LAPACK
from .matrices.sparse_arrays import SparseMatrix
from .matrices.sparse_functions import MATRICES
from .pandas_functions import table_twin
from .points.clusters import CLUSTERS
from .points.hulls import HULLS
from .points.neighbours import TREE_CLASSES, TREES
from .points.rotations import in_python
from .samples import SAMPLES
from .scipy_arrays import Function
from .signals.filters import FILTERS
from .signals.fourier import CONVOLUTIONS
from .signals.images import IMAGES
from .splines.interpolation import GRIDS, POLYNOMIALS
from .splines.scattered import RADIAL_TWINS, SCATTERED_CLASSES

#: Packages whose compiled functions know Duals, or are seen to elsewhere.
_OTHERWISE = frozenset({"", "dualad", "mpmath", "numpy", *sys.stdlib_module_names})


#: How many references there are to what nobody else has: a name, and the argument of the question.
_OURS_ALONE = 2


def in_place_of_compiled(called: Callable[[Any], Any], f: Any) -> Any:
    """What is called in place of a compiled function of another package, or one of its objects' methods.

    Or of such an object that can be called.
    """
    kind = type(f)
    name = getattr(f, "__name__", kind.__name__)
    module: Any = getattr(f, "__module__", None) or (
        getattr(f, "__objclass__", kind).__module__
        if hasattr(f, "__objclass__") or not hasattr(f, "__self__")
        else _module_of(f.__self__, name)
    )
    if _is_of_ctypes(kind):
        return functools.partial(_without_module, name, f)
    if module.partition(".")[0] in _OTHERWISE:
        return f
    rotation = in_python(called, f) if module.startswith("scipy.") else None
    if rotation is not None:
        return rotation
    if name == "maybe_dispatch_ufunc_to_dunder_op":
        return functools.partial(_by_operator, called, f)
    name = re.sub(r"^__pyx_fuse_\d+", "", name)
    twin = _twin(module, name)

    @functools.wraps(f, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        if twin is not None:
            args = tuple(_array_of(called, a) for a in args)
        elif any(type(a) is SparseMatrix for a in args):
            return _of_entries(f"{module}.{name}", f, args, keywords)
        mode: Any = mode_in((args, keywords))
        if mode is None and (twin is None or not any(map(_may_hide_duals, args))):
            made = f(*args, **keywords)
            return holding(made) if sys.getrefcount(made) <= _OURS_ALONE else made
        if twin is None:
            return _with_duals(f, module, name, mode, args, keywords)
        args, keywords = without_class((args, keywords))
        args = tuple(called(a) if type(a) is types.FunctionType else a for a in args)
        keywords = {k: called(v) if type(v) is types.FunctionType else v for k, v in keywords.items()}
        return twin(f, *args, **keywords)

    return function


def _with_duals(f: Any, module: str, name: str, mode: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """A compiled function of which nothing is known: Duals as they are, as objects, or differences."""
    given = without_class((args, keywords))
    args, keywords = settled(given)  # their memory would be read
    if name.startswith("is_"):  # a question about what it is given
        return f(*values_of(args), **values_of(keywords))
    if not hasattr(f, "__name__"):  # an object, which nobody checks what it is given
        return by_differences(f"{module}.{name}", f, *given)
    constructor = bool(args) and isinstance(args[0], type)
    try:
        with _watching(mode, (*args, *keywords.values())):
            made = _tried(functools.partial(keeping, f) if constructor else f, mode, args, keywords)
        if not constructor or isinstance(made, args[0]):  # else it has looked at what it should keep
            return made
    except Exception as error:  # whatever code raises that takes no Dual
        if isinstance(error, DualadError) and not isinstance(error, ConversionError | UnsupportedError):
            raise
        if constructor:
            raise _cannot(module, name) from error
    return by_differences(f"{module}.{name}", f, *given)


def _of_entries(name: str, f: Function, args: Any, keywords: Any) -> Any:
    """A function of sparse matrices, as one of their entries."""
    matrices = {i: a for i, a in enumerate(args) if type(a) is SparseMatrix}
    if any(np.any(primal(a.entries()[2]) == 0) for a in matrices.values()):  # kept if made of a dense array
        raise NoRuleError(
            f"{name} tells entries that are 0 from those that are left out, and this sparse matrix has some; "
            "give it an array: A.toarray()"
        )

    def function(*given: Any, **options: Any) -> Any:
        return f(*(matrices[i].plain(a) if i in matrices else a for i, a in enumerate(given)), **options)

    entries = (a.entries()[2] if i in matrices else a for i, a in enumerate(args))
    return by_differences(name, function, tuple(entries), keywords)


def in_place_of_class_of_scipy(cls: Any) -> Function | None:
    """What makes an object of a class of SciPy's of Duals, too; None for another class."""
    make = _CLASSES.get(cls.__name__) if cls.__module__.startswith("scipy.") else None
    return make and functools.wraps(cls, updated=())(functools.partial(make, cls))


def in_place_of_compiled_class(cls: Any) -> Function:
    """What makes an object of a class of another package that is compiled, and may do with Duals."""

    @functools.wraps(cls, updated=())
    def make(*args: Any, **keywords: Any) -> Any:
        twin = _twin(cls.__module__, cls.__name__)
        if twin is not None and mode_in((args, keywords)) is not None:
            return twin(cls, *args, **keywords)
        try:
            return cls(*args, **keywords)
        except (TypeError, ValueError) as error:
            if isinstance(error, DualadError) or mode_in((args, keywords)) is None:
                raise
            raise _cannot(cls.__module__, cls.__name__) from error

    return make


class Lifting:
    """An object as code sees it that nobody lifts: its methods are lifted."""

    def __init__(self, called: Callable[[Any], Any], x: Any):
        self._called, self._x = called, x

    def __getattr__(self, name: str) -> Any:
        return self._called(getattr(self._x, name))


def _by_operator(
    called: Callable[[Any], Any], original: Function, x: Any, *call: Any, **keywords: Any
) -> Any:
    """A ufunc of a column of pandas by its operator, of which compiled code asks the column."""
    ufunc, method, *inputs = call
    first = next(i for i, a in enumerate(inputs) if a is x)
    inputs[first] = asked = Lifting(called, x)
    return original(asked, ufunc, method, *inputs, **keywords)


def _is_of_ctypes(kind: type) -> bool:
    """Whether it is a class of functions of a shared library."""
    return "_ctypes" in sys.modules and issubclass(kind, sys.modules["_ctypes"].CFuncPtr)


def _without_module(name: str, f: Any, *args: Any, **keywords: Any) -> Any:
    """A function of a shared library, or of Fortran, called."""
    if mode_in((args, keywords)) is None:
        return f(*args, **keywords)
    return by_differences(name, f, args, keywords)


@contextlib.contextmanager
def _watching(mode: Any, given: tuple[Any, ...]) -> Iterator[None]:
    """Whether code takes an array apart is seen; what it wrote before it could not go on is undone."""
    before, mode.taken_apart = mode.taken_apart, ""
    contents = [(a, a.copy()) for a in given if type(a) is np.ndarray and a.flags.writeable]
    try:
        yield
    except Exception:
        for array, content in contents:
            array[...] = content
        raise
    finally:
        mode.taken_apart = before or mode.taken_apart


def _tried(f: Function, mode: Any, args: Any, keywords: dict[str, Any]) -> Any:
    """Call compiled code with Duals, or with arrays of them as objects, if it looks what it is given."""
    try:
        y = f(*args, **keywords)
    except (TypeError, ValueError):
        if _looks_at_no_type(f, args, keywords):
            raise
        y = settled(f(*map(_objects, args), **{k: _objects(v) for k, v in keywords.items()}))
    if mode.taken_apart and _is_without(y):
        raise ConversionError("arrays of objects were read as if they were numbers")
    return y


def _may_hide_duals(x: Any) -> bool:
    """Functions in their closures, trees in their points, columns of tables in their arrays."""
    if type(x) is list:
        return any(map(_may_hide_duals, x))
    if type(x) is np.ndarray:
        return x.dtype == object and type(settled(x)) is Dual
    if type(x) is types.FunctionType or hasattr(x, "dualad_points"):
        return True
    return any(mode_in(getattr(x, name, None)) is not None for name in ("_ndarray", "_values"))


def _stands_for_array(x: Any) -> bool:
    """Whether it is an object of the user's that compiled code would read as an array, past us."""
    kind = type(x)
    return (
        hasattr(kind, "__array__") and not issubclass(kind, np.ndarray | Dual) and is_users(kind.__module__)
    )


def _array_of(called: Callable[[Any], Any], x: Any) -> Any:
    if type(x) is list:
        return [_array_of(called, e) for e in x]
    if not _stands_for_array(x):
        return x
    made = settled(called(np.asarray)(x))
    return made if type(made) is Dual else x


def _twin(module: str, name: str) -> Function | None:
    if module.startswith("pandas."):
        return table_twin(module, name)
    return _TWINS.get((module.rpartition(".")[2], name)) if module.startswith("scipy.") else None


def initialising(method: Any) -> Any:
    """``super().__init__`` of a compiled class of another package: it takes arrays, which hold the Duals."""
    if method.__objclass__.__module__.partition(".")[0] in _OTHERWISE:
        return method

    return functools.partial(keeping, method)


def in_place_of_fortran(f: Any) -> Any:
    """The same of what f2py has made, which names no module."""
    name = f.__name__.rpartition(" ")[2]
    twin = _TWINS.get(("f2py", name))
    return functools.partial(_without_module, name, f) if twin is None else functools.partial(twin, f)


def _is_without(y: Any) -> bool:
    """Whether what compiled code has returned should hold a derivative, and has none."""
    parts = y if isinstance(y, tuple) else (y,)
    return mode_in(settled(y)) is None and any(a is None or np.asarray(a).dtype.kind in "fc" for a in parts)


def _objects(x: Any) -> Any:
    """A Dual array as an array of Python's numbers, which some compiled functions take."""
    if type(x) is not Dual or not x.shape:
        return x
    return np.fromiter(np.ravel(x).tolist(), np.dtype(object), x.size).reshape(x.shape)


def _looks_at_no_type(f: Any, args: Any, keywords: dict[str, Any]) -> bool:
    """Whether a compiled function takes an array of whatever type, and would read addresses as numbers.

    Then it takes one of a type without meaning, too, whose entries are as wide as any number.
    """
    if not any(type(x) is Dual and x.shape for x in (*args, *keywords.values())):
        return False
    try:
        f(*map(_without_type, args), **{k: _without_type(v) for k, v in keywords.items()})
    except Exception:  # whatever it raises, it has looked
        return False
    return True


def _without_type(x: Any) -> Any:
    if type(x) is Dual and x.shape:
        return np.zeros(x.shape, "V16")
    return x.copy() if type(x) is np.ndarray else x  # which may be written to


def _module_of(owner: Any, method: str) -> str:
    """Where a method of an object was defined; of a function the owner is the module."""
    if owner is None or isinstance(owner, types.ModuleType):
        return getattr(owner, "__name__", "")
    return next((base.__module__ for base in type(owner).__mro__ if method in vars(base)), "")


def _cannot(module: str, name: str) -> NoRuleError:
    return NoRuleError(
        f"{module}.{name} is compiled and takes no Dual; write what it computes with NumPy, give it a "
        "derivative by dualad.custom, or pass it dualad.value(x) where no derivative is wanted"
    )


# ---------------------------------------------------------------- what stands in for what


#: The last name of a module and that of a function -> its twin, which is given the function as well.
_TWINS: dict[tuple[str, str], Function] = {
    **FILTERS,
    **IMAGES,
    **TREES,
    **CLUSTERS,
    **LAPACK,
    **SAMPLES,
    **RADIAL_TWINS,
    **POLYNOMIALS,
    **GRIDS,
    **CONVOLUTIONS,
}

_CLASSES: dict[str, Function] = {**MATRICES, **TREE_CLASSES, **HULLS, **SCATTERED_CLASSES}
