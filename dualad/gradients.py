"""Reverse mode for users: vjp, grad, linearize. The function is recorded once, then transposed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .boundary import (
    as_complex_as,
    check_holomorphic,
    check_not_lost,
    checked_argument,
    checked_function,
    differs_from,
    explain,
    lanes_for,
    no_entries,
    ones_like,
    own,
    taken_apart,
    writable,
)
from .comparisons import warn_of_loops
from .dual import Dual, checked_number, make, primal
from .errors import InputError, OutputError, ShapeError
from .linear import has_nan, is_complex, quietly, strong
from .modes import Recorded
from .shapes import Shape, shape_of, size_of
from .tape import Tape, numbers_on, place_of, pull, push

__all__ = ["Linearized", "grad", "jacobian_rows", "linearize", "value_and_grad", "vjp"]


class Linearized:
    """The derivative of a function at a point: a linear map, applied and transposed at will.

    Made by `linearize`. ``linear(t)`` and ``linear.apply(t)`` are the JVP, ``linear.transpose(ct)``
    is the VJP; neither evaluates the function again.

    Attributes
    ----------
    value : float or array
        The value of the function.
    """

    def __init__(
        self,
        tape: Tape,
        value: Any,
        tangent: Any,
        places: Sequence[int],
        primals: Sequence[Any],
        holomorphic: bool = True,
    ):
        self.value = value
        #: Whether no complex number has been conjugated or taken apart on the way.
        self.holomorphic = holomorphic
        self._tape = tape
        self._place = None if tangent is None else place_of(tangent)
        self._places = places
        self._primals = primals

    @property
    def numbers(self) -> int:
        """How many numbers the tape keeps in memory."""
        return numbers_on(self._tape)

    def apply(self, *tangents: Any) -> Any:
        """The tangent of the output for one tangent of each input (the JVP)."""
        if len(tangents) != len(self._primals):
            raise ShapeError(
                f"the function has {len(self._primals)} argument(s); give one tangent for each of them"
            )
        seeds = {}
        for place, x, t in zip(self._places, self._primals, tangents, strict=True):
            seeds[place] = _fitting(t, x, "tangent")
        t = None if self._place is None else push(self._tape, self._place, seeds)
        return _zeros(self.value) if t is None else _like(t, self.value)

    __call__ = apply

    def transpose(self, ct: Any) -> Any:
        """The cotangents of the inputs for a cotangent of the output (the VJP)."""
        cotangents = self._pull(_fitting(ct, self.value, "cotangent"))
        return cotangents[0] if len(cotangents) == 1 else cotangents

    def _pull(self, ct: Any, lanes: Shape = ()) -> tuple[Any, ...]:
        if self._place is None:
            return tuple(_zeros(x, lanes) for x in self._primals)
        raw = pull(self._tape, self._place, ct, self._places)
        bad = _undefined(self.value, ct)
        result = []
        for k, (x, one) in enumerate(zip(self._primals, raw, strict=True)):
            if one is None:
                one = _zeros(x, lanes)
            elif bad is None and type(one) is not Dual and quietly(has_nan, one):
                one = self._by_columns(k, self._place, one, ct, lanes)
            if bad is not None:
                one = np.where(bad.reshape(lanes + (1,) * len(shape_of(x))), np.nan, one)
            result.append(writable(one) if lanes else _like(one, x))
        return tuple(result)

    def _by_columns(self, k: int, place: int, one: Any, ct: Any, lanes: Shape) -> Any:
        """The cotangent of one input, its NaN entries each by a forward sweep of its own.

        Backwards, two infinite slopes may meet before it shows that they belong to what does not
        change, as in ``sqrt(x - x)``. Forwards the zero comes first, and stays.
        """
        if is_complex(one) or is_complex(ct):
            return one
        shape = shape_of(self._primals[k])
        found = np.array(one, dtype=float).reshape(*lanes, -1)
        columns = np.flatnonzero(np.isnan(found).reshape(-1, found.shape[-1]).any(axis=0))
        for column in columns if columns.size <= _COLUMNS else ():
            seed = np.zeros(found.shape[-1])
            seed[column] = 1.0
            t = push(self._tape, place, {self._places[k]: seed.reshape(shape) if shape else 1.0})
            if type(t) is Dual:
                break
            outputs = tuple(range(-np.ndim(t), 0))
            found[..., column] = np.sum(quietly(strong, np.asarray(ct), np.asarray(t)), axis=outputs)
        return one if has_nan(found) else found.reshape((*lanes, *shape))


#: Up to how many NaN entries of a gradient a forward sweep is run for each.
_COLUMNS = 256


def _undefined(y: Any, ct: Any) -> Any:
    """For each lane whether the cotangent asks for an entry that is NaN, None if none does."""
    values = primal(y)
    missing = np.isnan(values) if isinstance(values, float | complex | np.ndarray) else np.False_
    if not np.any(missing):
        return None
    asked = missing & (primal(ct) != 0)
    return np.any(asked, axis=tuple(range(-np.ndim(values), 0)))


def _zeros(x: Any, lanes: Shape = ()) -> Any:
    if lanes:
        return np.zeros(lanes + shape_of(x), complex if is_complex(x) else float)
    return np.zeros_like(primal(x)) if shape_of(x) else type(primal(x))(0)


def _like(t: Any, x: Any) -> Any:
    """A result with the type of what it belongs to: a float for a float, an array of its own for an array."""
    if type(t) is Dual:
        return t
    if isinstance(x, float):
        return float(t)
    if type(x) is complex:
        return complex(t)
    plain = primal(x)
    if isinstance(plain, np.ndarray):
        t = np.asarray(t, dtype=plain.dtype)
        return t.copy() if t.base is not None or not t.flags.writeable else t
    if isinstance(plain, np.generic):
        return plain.dtype.type(t)
    return t


def _fitting(t: Any, x: Any, what: str) -> Any:
    """A tangent or cotangent of the right shape, or an error that says which it is."""
    t = checked_number(t, f"the {what}")
    if shape_of(t) != shape_of(x):
        owner = "output of the function" if what == "cotangent" else "argument"
        raise ShapeError(
            f"the {what} has shape {shape_of(t)} and the {owner} {shape_of(x)}; "
            f"give a {what} of shape {shape_of(x)}, such as np.ones({shape_of(x)})"
        )
    return own(as_complex_as(x, t, what, "the output" if what == "cotangent" else "the argument"))


def _slopes(tape: Tape, places: Sequence[int], xs: Sequence[Any], number: Dual) -> Any:
    """How a number on the tape changes with each entry of the inputs."""
    found = pull(tape, place_of(number.tangent), 1.0, places)
    parts = [np.zeros(size_of(shape_of(x))) if ct is None else ct for x, ct in zip(xs, found, strict=True)]
    return np.concatenate([np.ravel(primal(part)) for part in parts])


def _recorded(
    f: Callable[..., Any],
    args: Sequence[Any],
    keywords: dict[str, Any],
    argnums: Sequence[int],
    xs: Sequence[Any],
) -> Linearized:
    """Run the function once, recording."""
    mode = Recorded()
    try:
        call_args = list(args)
        places = []
        for i, x in zip(argnums, xs, strict=True):
            place = mode.record(x, ())
            places.append(place_of(place))
            call_args[i] = make(mode, own(x), place)
        y, t = taken_apart(f(*call_args, **keywords), mode)
        check_not_lost(f, call_args, keywords, y, mode)
        if mode.sites is not None:
            along = {i: ones_like(x) for i, x in zip(argnums, xs, strict=True)}
            seeds = {place: along[i] for place, i in zip(places, argnums, strict=True)}
            total = push(mode.tape, place_of(t), seeds)
            differs = functools.partial(
                differs_from, 0.0 if total is None else total, f, call_args, keywords, along, mode
            )
            slopes = functools.partial(_slopes, mode.tape, places, xs)
            warn_of_loops(mode, bool(mode.tape[place_of(t)]), slopes, differs)
    except Exception as error:
        explain(error, mode)
        raise
    finally:
        mode.close()
    return Linearized(mode.tape, y, t, places, xs, mode.holomorphic)


def linearize(f: Callable[..., Any], *primals: Any, lift: bool = True) -> tuple[Any, Linearized]:
    """The value and the derivative at a point, as a linear map.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays.
    *primals : float or array_like
        Its arguments.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    value : float or array
    linear : Linearized
        ``linear(t)`` is the JVP, ``linear.transpose(ct)`` the VJP. The function is not run again.

    Examples
    --------
    >>> y, linear = linearize(lambda x: x[0] * x[1], np.array([2.0, 3.0]))
    >>> linear(np.array([1.0, 0.0]))
    3.0
    >>> linear.transpose(1.0)
    array([3., 2.])
    """
    f = checked_function(f, "linearize", lift)
    xs = [own(checked_number(x, f"primal {i} of linearize")) for i, x in enumerate(primals)]
    if not xs:
        raise InputError("linearize was given no point; pass the arguments of the function: linearize(f, x)")
    linear = _recorded(f, primals, {}, range(len(xs)), xs)
    return linear.value, linear


def vjp(f: Callable[..., Any], *primals: Any, lift: bool = True) -> tuple[Any, Callable[[Any], Any]]:
    """The value and the pullback: vector times Jacobian.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays.
    *primals : float or array_like
        Its arguments.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    value : float or array
    pullback : callable
        ``pullback(ct)``, with ``ct`` shaped like the value, gives the cotangent of the primal, or
        a tuple of them for several primals. It can be called again and again.

    Raises
    ------
    ShapeError
        In the pullback: the cotangent's shape is not the value's.

    Examples
    --------
    >>> y, pullback = vjp(lambda x: np.stack([x[0] * x[1], x[1]]), np.array([2.0, 3.0]))
    >>> pullback(np.array([1.0, 0.0]))
    array([3., 2.])
    """
    f = checked_function(f, "vjp", lift)
    value, linear = linearize(f, *primals, lift=False)
    return value, linear.transpose


def value_and_grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, *, lift: bool = True
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``grad(f)(x)``, evaluating ``f`` once.

    Parameters
    ----------
    f, argnums, lift
        See `grad`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, gradient)``.

    Examples
    --------
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    f = checked_function(f, "grad", lift)
    several = isinstance(argnums, tuple)
    numbers = tuple(argnums) if isinstance(argnums, tuple) else (argnums,)
    if not numbers:
        raise InputError("argnums=() names no argument; pass argnums=0, or a tuple such as (0, 1)")

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        xs = [checked_argument(args, i, "grad") for i in numbers]
        linear = _recorded(f, args, keywords, numbers, xs)
        y = linear.value
        if shape_of(y) != ():
            raise ShapeError(
                f"grad is for a function that returns one number, and this one returned an array of shape "
                f"{shape_of(y)}; perhaps you meant jacobian(f)(x)"
            )
        if is_complex(y):
            raise OutputError(
                "grad is for a function that returns a real number, and this one returned a complex one; "
                "take np.real(y) or np.abs(y)**2, or perhaps you meant derivative(f)(x) or jacobian(f)(x)"
            )
        cotangents = linear._pull(ones_like(y))
        return y, cotangents if several else cotangents[0]

    return differentiated


def grad(
    f: Callable[..., Any], argnums: int | tuple[int, ...] = 0, *, lift: bool = True
) -> Callable[..., Any]:
    """The gradient of a function that returns one number, by reverse mode.

    Parameters
    ----------
    f : callable
        A function of numbers or arrays.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate; a tuple gives a tuple of gradients.
    lift : bool, optional
        Whether to run a lifted copy of ``f``, in which ``math``, ``np`` and ``float`` know Duals;
        see `lift`. Default: True.

    Returns
    -------
    callable
        With the arguments of ``f``; returns the gradient, shaped like that argument.

    Raises
    ------
    ShapeError
        ``f`` returned more than one number: perhaps you meant `jacobian`.

    Examples
    --------
    >>> grad(lambda x: np.sum(np.sin(x)))(np.array([0.0, 1.0]))
    array([1.        , 0.54030231])
    """
    both = value_and_grad(f, argnums, lift=lift)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        return both(*args, **keywords)[1]

    return differentiated


def jacobian_rows(f: Any, args: Any, keywords: Any, argnum: int, x: Any, chunk: Any) -> tuple[Any, Any]:
    """The value and the whole Jacobian, by rows: lanes of cotangents through one recording."""
    linear = _recorded(f, args, keywords, (argnum,), (x,))
    y = linear.value
    shape = shape_of(y)
    if not shape:
        return y, _rows(linear, ones_like(y), ())
    m = size_of(shape)
    if not m:
        return y, no_entries(y, x)
    k = lanes_for(chunk, m)
    blocks = []
    for start in range(0, m, k):
        rows = range(start, min(start + k, m))
        cts = np.zeros((len(rows), m), getattr(primal(y), "dtype", float))
        cts[np.arange(len(rows)), rows] = 1
        blocks.append(_rows(linear, cts.reshape(len(rows), *shape), (len(rows),)))
    jacobian = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return y, np.reshape(jacobian, shape + shape_of(x))


def _rows(linear: Linearized, cts: Any, lanes: Shape) -> Any:
    """Rows of the Jacobian, for unit cotangents.

    From a complex output back to a real input, a cotangent gives ``Re(J.T @ ct)``: of a row the
    real part, and with ``-1j`` as the cotangent the imaginary part.
    """
    rows = linear._pull(cts, lanes)[0]
    x, y = linear._primals[0], linear.value
    if is_complex(y) and not is_complex(x):
        return rows + 1j * linear._pull(-1j * cts, lanes)[0]
    if is_complex(x) and not linear.holomorphic:
        turned = linear._pull(1j * cts, lanes)[0] if is_complex(y) else 0 * rows
        check_holomorphic(rows, turned, y, "jacobian")
    return rows
