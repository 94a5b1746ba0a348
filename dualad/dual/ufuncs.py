"""NumPy's ufuncs meet a Dual: called, with keywords, and by their methods.

``np.add.reduce`` and its like are the reductions of the table where NumPy has them by name; any
other ufunc with a rule is folded along the axis, slice by slice. Importing this module completes
`Dual`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..errors import PlainArrayError, ShapeError
from ..linear import Identity, Put, Scale
from ..modes import Forward
from ..shapes import Shape, negative_axes, negative_axis, shape_of
from ..table import PASSED, RULES, LinearRule, Rule
from .array_classes import first_of_class, held, meets_class
from .branches import answer
from .calls import call, full_name, no_rule, unknown_keyword, values_of
from .comparisons import note_a_mask
from .dual import Dual, make, settled, stacked
from .entries import refuse_complex
from .linear_calls import call_linear
from .operations import fast_function

_NO_INPUT = object()

#: ufunc -> what `Dual.__array_ufunc__` calls at once.
_fast: dict[Any, Callable[..., Any]] = {}


def _array_ufunc(
    self: Any, ufunc: Any, method: str, a: Any, b: Any = _NO_INPUT, *more: Any, **keywords: Any
) -> Any:
    # Two named inputs: packing and unpacking them would cost as much as the arithmetic.
    if method == "__call__" and not keywords:
        fast = _fast.get(ufunc)
        if fast is not None:
            y = fast(a) if b is _NO_INPUT else fast(a, b, *more)
            if y is not NotImplemented:
                return y
    return _ufunc(ufunc, method, (a,) if b is _NO_INPUT else (a, b, *more), keywords)


#: A module of SciPy's -> the rules of its ufuncs, which are loaded when they are needed.
_OF_SCIPY = {"scipy.special": "dualad.rules.special", "scipy.stats._boost": "dualad.rules._boost"}


def rule_of(ufunc: Any) -> Any:
    """The rule of a ufunc, None if it has none."""
    rule = RULES.get(ufunc)
    if rule is None and ufunc not in PASSED:
        for module, rules in _OF_SCIPY.items():
            if module in sys.modules:
                importlib.import_module(rules)
        rule = RULES.get(ufunc)
    return rule


#: Questions whether there is a number.
_OF_FINITE = frozenset({np.isnan, np.isfinite, np.isinf})
_WHETHER_FINITE = "a test whether numbers are finite"
_OF_TRUTH = frozenset({np.logical_and, np.logical_or, np.logical_xor, np.logical_not})


def _ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    inputs = settled(inputs)
    if meets_class(inputs):
        return held(first_of_class(inputs)).__array_ufunc__(ufunc, method, *inputs, **keywords)
    rule: Any = rule_of(ufunc)
    if method == "__call__" and not keywords and ufunc not in _fast:
        fast = _fast_way(ufunc, rule)
        if fast is not None:
            _fast[ufunc] = fast
            y = fast(*inputs)
            if y is not NotImplemented:
                return y
    if rule is None and ufunc not in PASSED:
        if method == "__call__" and keywords.keys() <= {"out"}:
            from .without_rule import by_differences  # seldom needed, and not by `import dualad`

            y = by_differences(ufunc.__name__, ufunc, inputs, {})
            return put_into(ufunc, y, keywords.get("out", (None,) * ufunc.nout))
        raise no_rule(ufunc)
    if method == "at":
        return _at(ufunc, *inputs)
    keywords = dict(keywords)
    out = keywords.pop("out", (None,) * ufunc.nout)
    if method == "__call__" and keywords.get("where", True) is not True:
        return _called_where(ufunc, inputs, out, keywords)
    if ufunc in PASSED:
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        if ufunc in _OF_TRUTH and method == "__call__":
            for x in inputs:
                note_a_mask(values_of(x) == 0, "a test whether numbers are zero", x)
        if ufunc in _OF_FINITE and method == "__call__":
            note_a_mask(~np.isfinite(values_of(inputs[0])), _WHETHER_FINITE, inputs[0])
        y = answer(function(*values_of(inputs), **values_of(keywords)), *inputs)
    elif method == "__call__":
        y = _called(ufunc, rule, inputs, keywords)
    else:
        y = _METHODS[method](ufunc, *inputs, **keywords)
    return put_into(ufunc, y, out)


def _fast_way(ufunc: Any, rule: Any) -> Any:
    """What a call without keywords tries first, and None if that is nothing."""
    if isinstance(rule, Rule):
        return fast_function(rule, ufunc)
    if isinstance(rule, LinearRule):
        return partial(_of_arrays, rule)
    return partial(_asked_of_array, ufunc) if ufunc in _OF_FINITE else None


def _of_arrays(rule: LinearRule, *inputs: Any) -> Any:
    for x in inputs:
        if not (type(x) is Dual or (type(x) is np.ndarray and not x.dtype.hasobject)):
            return NotImplemented
    return call_linear(rule, inputs, {})


def _asked_of_array(ufunc: Any, x: Any) -> Any:
    """Whether there are numbers in an array."""
    if type(x) is not Dual or type(x.value) is not np.ndarray or not x.mode.of_numbers:
        return NotImplemented
    finite = np.isfinite(x.value)
    if np.count_nonzero(finite) < finite.size:
        note_a_mask(~finite, _WHETHER_FINITE, x)
    return finite if ufunc is np.isfinite else ufunc(x.value)


def put_into(function: Any, y: Any, out: tuple[Any, ...], broadcast: bool = True) -> Any:
    """What ``out=`` asks for: the results assigned to the arrays given, which ufuncs allow to be larger."""
    if all(target is None for target in out):
        return y
    several = len(out) > 1
    results = []
    for one, target in zip(y if several else (y,), out, strict=True):
        if target is None:
            results.append(one)
            continue
        if not isinstance(target, Dual):
            if type(one) is Dual and not _can_hold(target):
                raise PlainArrayError(
                    f"{full_name(function)} cannot put a derivative into a plain array: write "
                    f"y = {full_name(function)}(...) for out=y, and y = y + x for y += x",
                    target,
                )
        elif not (_fits(shape_of(one), target.shape) if broadcast else shape_of(one) == target.shape):
            raise ShapeError(
                f"out has shape {target.shape} and the result of {full_name(function)} has shape "
                f"{shape_of(one)}; give it the shape of the result, as in out=np.zeros_like(y)"
            )
        refuse_complex(one, target)
        target[...] = one
        results.append(target)
    return tuple(results) if several else results[0]


def _can_hold(target: Any) -> bool:
    """Whether a Dual can be assigned to its entries."""
    return type(target) is Dual or hasattr(type(target), "_now")


def _fits(shape: Shape, target: Shape) -> bool:
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False


# ---------------------------------------------------------------- calls with keywords

#: Keywords about types and memory: NumPy computes the value with them, and the tangent follows it.
_OF_THE_VALUE = frozenset({"casting", "dtype", "order", "sig", "signature", "subok"})

#: Keywords of ufuncs that work on vectors and matrices.
_OF_AXES = frozenset({"axes", "axis", "keepdims"})


def _called(ufunc: Any, rule: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    keywords.pop("where", None)  # True
    if isinstance(rule, LinearRule):
        if not _OF_AXES.isdisjoint(keywords):
            return _along_axes(ufunc, inputs, keywords)
        unknown = [k for k in keywords if k not in _OF_THE_VALUE - {"signature", "sig"}]
        if unknown:
            raise unknown_keyword(ufunc, unknown)
        return call_linear(rule, _in_dtype(inputs, keywords), {})
    if np.dtype(keywords.get("dtype")).kind in "biu":  # steps
        return ufunc(*values_of(inputs), **keywords)
    return call(rule, partial(ufunc, **keywords), inputs)


def _in_dtype(inputs: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
    """The arrays in the dtype that is asked for, in which NumPy computes."""
    dtype, casting = keywords.get("dtype"), keywords.get("casting", "same_kind")
    return inputs if dtype is None else tuple(_as_array(x).astype(dtype, casting=casting) for x in inputs)


def _along_axes(ufunc: Any, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """``axes=``, ``axis=``, ``keepdims=`` of matmul and its like: the axes are brought to the end."""
    ins, _, outs = ufunc.signature.replace("?", "").partition("->")
    counts = [len(core.strip("()").split(",")) if core != "()" else 0 for core in ins.split("),(")]
    kept = outs.strip("()").split(",") if outs != "()" else []
    axes, axis = keywords.pop("axes", None), keywords.pop("axis", None)
    keepdims = keywords.pop("keepdims", False)
    if axis is not None:
        axes = [axis for _ in inputs]
    if axes is None:
        axes = [tuple(range(-n, 0)) for n in counts]
    axes = [(a,) if isinstance(a, int | np.integer) else tuple(a) for a in axes]
    moved = []
    for x, its, n in zip(inputs, axes, counts, strict=False):
        x = _as_array(x)
        moved.append(np.moveaxis(x, its[-min(n, x.ndim) :], range(-min(len(its), x.ndim), 0)) if its else x)
    y = ufunc(*moved, **keywords)
    if keepdims:
        if kept:
            raise unknown_keyword(ufunc, ["keepdims"])
        where = axes[len(inputs)][0] if len(axes) > len(inputs) else axes[0][0]
        return np.expand_dims(y, where)
    if kept and len(axes) > len(inputs):
        its = axes[len(inputs)]  # fewer of a vector
        return np.moveaxis(y, range(-len(its), 0), its)
    return y


def _spread(y: Any, wanted: Any) -> Any:
    """Entries put where they are wanted; beside them, where NumPy leaves anything, is NaN or 0."""
    places = np.where(wanted, np.cumsum(wanted).reshape(wanted.shape) - 1, -1)
    return np.append(y, np.array(np.nan if y.dtype.kind in "fc" else 0, y.dtype))[places]


def _called_where(ufunc: Any, inputs: Any, out: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """``where=``: only the entries that are wanted are computed, and put in their places."""
    wanted = values_of(keywords.pop("where"))
    shape = np.broadcast_shapes(np.shape(wanted), *map(shape_of, inputs))
    if (
        all(target is None for target in out)
        and np.all(wanted)
        and shape == np.broadcast_shapes(*map(shape_of, inputs))
    ):
        return ufunc(*inputs, **keywords)
    given = [shape_of(target) for target in out if target is not None]
    shape = np.broadcast_shapes(shape, *given)
    wanted = np.broadcast_to(wanted, shape)
    y = ufunc(*(x if not shape_of(x) else np.broadcast_to(x, shape)[wanted] for x in inputs), **keywords)
    results = []
    for target, one in zip(out, y if len(out) > 1 else (y,), strict=True):
        results.append(_spread(one, wanted) if target is None else target)
        if target is None:
            continue
        if type(one) is Dual and not _can_hold(target):
            put_into(ufunc, one, (target,))  # which says what to type instead
        target[wanted] = one
    return tuple(results) if len(out) > 1 else results[0]


# ---------------------------------------------------------------- reduce, accumulate, reduceat, outer

_REDUCTIONS: dict[Any, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}

_RUNNING: dict[Any, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}


def _as_array(x: Any, dtype: Any = None) -> Any:
    if isinstance(x, list | tuple):
        x = stacked(x)
    x = x if isinstance(x, Dual) else np.asarray(x)
    return x if dtype is None or np.dtype(dtype) == x.dtype else x.astype(dtype)


def _computed(method: Any, x: Any, z: Any, *args: Any, **keywords: Any) -> Any:
    """``z`` with the value of a method of a ufunc called on ``x``.

    Without an identity there is only one order, that of ``z``, whose value stays: NumPy's own
    ``power.reduce`` and ``arctan2.reduce`` are wrong on processors with AVX-512 (in 2.4).
    """
    if method.__self__.identity is None or not (type(z) is Dual and type(x) is Dual and z.mode is x.mode):
        return z
    y = method(x.value, *args, **keywords)  # which differs by rounding
    return make(z.mode, y, z.mode.fitted(z.tangent, y) if isinstance(z.mode, Forward) else z.tangent)


def _reduce(
    ufunc: Any,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    keepdims: bool = False,
    initial: Any = np._NoValue,
    where: Any = True,
) -> Any:
    x = _as_array(array, dtype)
    given: dict[str, Any] = {"keepdims": keepdims} if keepdims else {}
    if initial is not np._NoValue:
        given["initial"] = initial
    if where is not True:
        given["where"] = values_of(where)
    reduction = None if type(initial) is Dual else _REDUCTIONS.get(ufunc)
    rule: Any = RULES.get(reduction)
    if reduction is not None and rule.keywords.issuperset(given):
        return reduction(x, axis=axis, **given)
    y = ufunc.reduce(values_of(x), axis=axis, **values_of(given))  # which checks the options
    if not isinstance(x, Dual):
        return y
    axes = negative_axes(axis, x.ndim) if x.ndim else ()
    z = _folded(ufunc, x, axes, given)
    if type(z) is not Dual:  # of no entries
        return y
    if keepdims:
        z = np.expand_dims(z, axes)
    return z if type(initial) is Dual else _computed(ufunc.reduce, x, z, axis=axis, **given)


def _folded(ufunc: Any, x: Any, axes: Any, given: dict[str, Any]) -> Any:
    """The fold of the slices along some axes, from the front to the back."""
    rest = tuple(a for a in range(-x.ndim, 0) if a not in axes)
    flat = np.moveaxis(x, axes, range(len(axes)))
    flat = flat.reshape(-1, *flat.shape[len(axes) :])
    wanted = given.get("where")
    if wanted is not None:
        wanted = np.broadcast_to(wanted, x.shape)
        wanted = np.moveaxis(wanted, axes, range(len(axes))).reshape(flat.shape)
    running = given.get("initial", ufunc.identity)
    if running is not None and rest:
        running = np.broadcast_to(running, [x.shape[a] for a in rest]).copy()
    for i in range(len(flat)):
        new = flat[i] if running is None else ufunc(running, flat[i])
        running = new if wanted is None else np.where(wanted[i], new, running)
    return running


def _accumulate(ufunc: Any, array: Any, axis: Any = 0, dtype: Any = None) -> Any:
    x = _as_array(array, dtype)
    at = negative_axis(axis, x.ndim)
    if ufunc in _RUNNING:
        return _RUNNING[ufunc](x, axis=at)
    rule = RULES.get(ufunc.accumulate)
    if isinstance(rule, LinearRule):
        return call_linear(rule, (x,), {"axis": at})
    if not x.size:
        return x.copy()
    slices = np.moveaxis(x, at, 0)
    parts = [slices[0]]
    for i in range(1, len(slices)):
        parts.append(ufunc(parts[-1], slices[i]))
    return _computed(ufunc.accumulate, x, np.stack(parts, axis=at), axis=at)


def _reduceat(ufunc: Any, array: Any, indices: Any, axis: Any = 0, dtype: Any = None) -> Any:
    x = _as_array(array, dtype)
    at = negative_axis(axis, x.ndim)
    starts = np.asarray(indices)
    ends = np.append(starts[1:], x.shape[at])
    after: Any = (slice(None),) * (-1 - at)
    parts = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if start < end:
            # From the first entry, not from the identity as `reduce` does.
            given = {} if ufunc in _REDUCTIONS else {"initial": None}
            parts.append(ufunc.reduce(x[(..., slice(start, end), *after)], axis=at, **given))
        else:
            parts.append(x[(..., start, *after)])
    if not parts:
        return ufunc.reduceat(values_of(x), starts, axis=at)
    return _computed(ufunc.reduceat, x, np.stack(parts, axis=at), starts, axis=at)


def _outer(ufunc: Any, a: Any, b: Any, **keywords: Any) -> Any:
    a, b = _as_array(a), _as_array(b)
    if shape_of(a) and shape_of(b):
        a = a.reshape(*a.shape, *(1,) * len(shape_of(b)))
    return ufunc(a, b, **keywords)


_METHODS: dict[str, Callable[..., Any]] = {
    "reduce": _reduce,
    "accumulate": _accumulate,
    "reduceat": _reduceat,
    "outer": _outer,
}


# ---------------------------------------------------------------- at


def _added_at(x: Any, values: Any, index: Any, sign: int = 1) -> Any:
    """A copy of ``x`` with values added at an index, each of them where one comes several times."""
    y = x.copy()
    if isinstance(values, Dual) and not isinstance(y, Dual):
        y = make(values.mode, y, values.mode.zero(y))  # which has room for them
    (np.add if sign == 1 else np.subtract).at(y, index, values)
    return y


def _added_map(y: Any, x: Any, values: Any, index: Any, sign: int = 1) -> Any:
    target = np.empty(shape_of(x), bool)[index].shape
    return Scale(sign, shape_of(values), target) >> Put(index, target, shape_of(x))


_ADDED = LinearRule(
    _added_at, (lambda y, x, *more: Identity(shape_of(x)), _added_map), "add.at", arrays=("x", "values")
)


def _at(ufunc: Any, target: Any, index: Any, *values: Any) -> None:
    """``np.add.at`` and its like: in place, and again for an entry that comes again."""
    if not isinstance(target, Dual):
        raise PlainArrayError(
            f"{full_name(ufunc)}.at cannot put a derivative into a plain array; make it with "
            "np.zeros_like(x) in place of np.zeros, where x is the argument of your function",
            target,
        )
    index = values_of(index)
    if ufunc in (np.add, np.subtract):
        sign = 1 if ufunc is np.add else -1
        target[...] = call_linear(_ADDED, (target, _as_array(values[0]), index, sign), {})
        return
    places = np.arange(target.size).reshape(target.shape)[index]
    new: list[Any] = [np.broadcast_to(_as_array(v), places.shape).reshape(-1) for v in values]
    places = places.reshape(-1)
    while len(places):  # the first of each place, then the second, ...
        _, first = np.unique(places, return_index=True)
        others = np.ones(len(places), bool)
        others[first] = False
        where = np.unravel_index(places[first], target.shape)
        target[where] = ufunc(target[where], *(v[first] for v in new))
        places, new = places[others], [v[others] for v in new]


_class: Any = Dual
_class.__array_ufunc__ = _array_ufunc


# ---------------------------------------------------------------- comparisons


def _comparison(direct: Any, mirrored: Any) -> Callable[[Any, Any], Any]:
    def compare(a: Any, b: Any, *more: Any) -> Any:
        if more or not (isinstance(a, _COMPARED) and isinstance(b, _COMPARED)):
            return NotImplemented
        return direct(a, b) if type(a) is Dual else mirrored(b, a)

    return compare


#: What a Dual's own operators compare it with as NumPy's functions do.
_COMPARED = Dual, np.ndarray, float, int

# ``plain == x`` asks what ``x == plain`` does, and is warned of as that is.
for _ufunc_of, _direct, _mirrored in (
    (np.equal, "__eq__", "__eq__"),
    (np.not_equal, "__ne__", "__ne__"),
    (np.less, "__lt__", "__gt__"),
    (np.less_equal, "__le__", "__ge__"),
    (np.greater, "__gt__", "__lt__"),
    (np.greater_equal, "__ge__", "__le__"),
):
    _fast[_ufunc_of] = _comparison(getattr(_class, _direct), getattr(_class, _mirrored))
