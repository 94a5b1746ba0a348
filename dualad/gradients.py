"""Reverse mode for users: vjp, grad, linearize. The function is recorded once, then transposed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

import numpy as np

from .arguments import Auxiliary, as_tuple, checked_argnums, derivative_of, extended
from .boundary import (
    ALREADY,
    check_holomorphic,
    checked,
    checked_argument,
    checked_function,
    no_entries,
    ones_like,
    own,
    unit_seeds,
)
from .dual import Dual, primal
from .errors import InputError, OutputError, ShapeError
from .linear import SLAB, is_complex
from .linearized import Linearized, recorded
from .lists import taking_lists
from .parallel.chunks import Joined, changed, lanes_for
from .shapes import Shape, shape_of, size_of
from .tape import Tape, stored_on
from .trees import Tree, built, mapped

__all__ = ["grad", "gradient_of", "jacobian_rows", "linearize", "recorded_rows", "value_and_grad", "vjp"]


def linearize(
    f: Callable[..., Any], *primals: Any, has_aux: bool = False, lift: bool = True
) -> tuple[Any, ...]:
    """The value and the derivative at a point, as a linear map.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    *primals : float, array_like or structure
        Its arguments.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated; ``aux``, with plain
        values in place of Duals, is returned as a third result. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    value : float, array or structure
    linear : Linearized
        ``linear(t)`` is the JVP, ``linear.transpose(ct)`` the VJP. The function is not run again.

    Raises
    ------
    InputError
        There is no primal, or one that is not made of numbers.
    ShapeError
        In the linear map: the tangent or cotangent has not the structure and shapes of what it belongs to.

    Examples
    --------
    >>> y, linear = linearize(lambda x: x[0] * x[1], np.array([2.0, 3.0]))
    >>> linear(np.array([1.0, 0.0]))
    3.0
    >>> linear.transpose(1.0)
    array([3., 2.])
    """
    return _linearized(checked_function(f, "linearize", lift), primals, has_aux, "linearize")


def _linearized(f: Callable[..., Any], primals: Sequence[Any], has_aux: bool, caller: str) -> tuple[Any, ...]:
    if has_aux:
        kept = Auxiliary(f, caller)
        return *_linearized(kept, primals, False, caller), kept.aux
    xs = [checked(x, f"primal {i} of {caller}") for i, x in enumerate(primals)]
    if not xs:
        raise InputError(f"{caller} was given no point; pass the arguments of the function: {caller}(f, x)")
    linear = recorded(taking_lists(f, primals), primals, {}, range(len(xs)), xs)
    linear.value = built(mapped(functools.partial(_apart_from, linear._tape), linear._value))
    return linear.value, linear


def _apart_from(tape: Tape, y: Any) -> Any:
    """An output that may be written to: a copy, if the tape keeps it for a derivative such as that of exp."""
    if type(y) is Dual:
        return own(y)
    if type(y) is np.ndarray and any(np.may_share_memory(y, primal(c)) for c in stored_on(tape)):
        return y.copy()
    return y


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False, lift: bool = True) -> tuple[Any, ...]:
    """The value and the pullback: vector times Jacobian.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them.
    *primals : float, array_like or structure
        Its arguments.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated; ``aux``, with plain
        values in place of Duals, is returned as a third result. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    value : float, array or structure
    pullback : callable
        ``pullback(ct)``, with ``ct`` of the value's structure and shapes, gives the cotangent of the
        primal, or a tuple of them for several primals. It can be called again and again.

    Raises
    ------
    ShapeError
        In the pullback: the cotangent's structure or shape is not the value's.

    Examples
    --------
    >>> y, pullback = vjp(lambda x: np.stack([x[0] * x[1], x[1]]), np.array([2.0, 3.0]))
    >>> pullback(np.array([1.0, 0.0]))
    array([3., 2.])
    """
    f = checked_function(f, "vjp", lift)
    value, linear, *aux = _linearized(f, primals, has_aux, "vjp")
    return value, linear.transpose, *aux


def value_and_grad(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] | None = None,
    *,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
) -> Callable[..., Any]:
    """The function that gives ``f(x)`` and ``grad(f)(x)``, evaluating ``f`` once.

    Parameters
    ----------
    f, argnums, argnames, has_aux, lift
        See `grad`.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, gradient)``, with ``has_aux``
        ``((value, aux), gradient)``.

    Examples
    --------
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """
    f = checked_function(f, "grad", lift)
    if argnames is not None or has_aux:
        return extended(
            functools.partial(value_and_grad, lift=ALREADY), f, argnums, argnames, has_aux, "grad"
        )
    instead = "jacobian(f)(x), or has_aux=True for a function that returns (y, aux)"
    return _value_and_gradient(f, checked_argnums(argnums, "grad"), "grad", instead)


def _value_and_gradient(f: Any, argnums: Any, caller: str, instead: str) -> Callable[..., tuple[Any, Any]]:
    """As `value_and_grad`, of a lifted function; errors name the caller, and what to take instead."""
    several = isinstance(argnums, tuple)
    numbers = as_tuple(argnums)

    def refuse(what: str) -> NoReturn:
        raise ShapeError(
            f"{caller} is for a function that returns one number, and this one returned {what}; "
            f"perhaps you meant {instead}"
        )

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        xs = [checked_argument(args, i, caller) for i in numbers]
        function = taking_lists(f, args)
        linear = recorded(function, args, keywords, numbers, xs, at_once=True)
        y = linear.value
        if type(linear._value) is Tree:
            refuse(str(linear._value))
        if shape_of(y) != ():
            refuse(f"an array of shape {shape_of(y)}")
        if is_complex(y):
            raise OutputError(
                f"{caller} is for a function that returns a real number, and this one returned {y!r}; "
                "take np.real(y) or np.abs(y)**2, or perhaps you meant derivative(f)(x) or jacobian(f)(x)"
            )
        leaves = linear._pull({0: ones_like(y)}, once=True)
        if leaves is None:  # a NaN: looking closer takes the tape, of which nothing is left
            again = recorded(function, args, keywords, numbers, xs, at_once=True)
            leaves = again._pull({0: ones_like(y)})
        cotangents = linear._by_argument(leaves)
        return y, cotangents if several else cotangents[0]

    return differentiated


def grad(
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] | None = None,
    *,
    argnames: str | tuple[str, ...] | None = None,
    has_aux: bool = False,
    lift: bool = True,
) -> Callable[..., Any]:
    """The gradient of a function that returns one number, by reverse mode.

    Parameters
    ----------
    f : callable
        A function of numbers, arrays or structures of them, which returns one number.
    argnums : int or tuple of int, optional
        Which positional argument to differentiate; a tuple gives a tuple of gradients. Default: the
        first, or none if ``argnames`` is given.
    argnames : str or tuple of str, optional
        Which argument by its name, passed by keyword or by position; a tuple gives a dict of gradients.
        With ``argnums`` as well the result is the pair ``(by number, by name)``.
    has_aux : bool, optional
        Whether ``f`` returns ``(y, aux)``, of which only ``y`` is differentiated. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    callable
        With the arguments of ``f``; returns the gradient, an array or structure like that argument,
        with ``has_aux`` ``(gradient, aux)``. What is no number in a structure has None for its gradient.

    Raises
    ------
    ShapeError
        ``f`` returned more than one number: perhaps you meant `jacobian`.

    Examples
    --------
    >>> grad(lambda x: np.sum(np.sin(x)))(np.array([0.0, 1.0]))
    array([1.        , 0.54030231])
    >>> grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3.0})
    {'a': 3.0, 'b': 2.0}
    """
    both = value_and_grad(f, argnums, argnames=argnames, has_aux=has_aux, lift=lift)
    return derivative_of(both, f, has_aux)


def gradient_of(f: Any, argnums: int | tuple[int, ...] = 0, caller: str = "hessian") -> Callable[..., Any]:
    """The gradient of a lifted function, to be differentiated again."""
    both = _value_and_gradient(f, argnums, caller, "jacobian(jacobian(f))(x)")
    return derivative_of(both, f, False)


def jacobian_rows(
    f: Any, args: Any, keywords: Any, argnum: int, x: Any, chunk: Any, out: Any = None
) -> tuple[Any, Any]:
    """The value, and for each of its leaves the Jacobian by each leaf of the argument.

    By rows: lanes of cotangents through one recording; ``out`` says where they run, and each block of
    rows then has a recording of its own.
    """
    linear = recorded(f, args, keywords, (argnum,), (x,), at_once=True)

    def given_out(i: int, blocks: Sequence[range], k: int) -> Iterator[list[Any]]:
        if out is None:
            return (_unit_rows(linear, i, rows, k) for rows in blocks)
        from .parallel.executors import results

        task = functools.partial(_block, f, args, keywords, argnum, i, k, shape_of(linear._outputs[i]))
        return results(task, blocks, out, lambda rows: f"rows {rows[0]} to {rows[-1]}")

    length_of = None
    if out is not None and out.executor is not None:
        from .durations import taken_by

        def length_of(m: int, k: int, sweep: Any, few: int) -> int:
            takes = taken_by(f, args, keywords, argnum, x, sweep, few)
            return takes.rows_together(m, k, out.executor)

    outputs = range(len(linear._outputs))
    return linear._value, [_output_rows(linear, i, chunk, given_out, length_of) for i in outputs]


def _output_rows(linear: Linearized, i: int, chunk: Any, given_out: Any, length_of: Any) -> list[Any]:
    """The Jacobian of one output by each input."""
    y = linear._outputs[i]
    shape = shape_of(y)
    if not shape:
        return _rows(linear, i, ones_like(y), ())
    m = size_of(shape)
    if not m:
        return [no_entries(y, x) for x in linear._inputs]
    inputs = max([size_of(shape_of(x)) for x in linear._inputs], default=0)
    k = lanes_for(chunk, m, inputs, lambda k: _unit_rows(linear, i, range(k), k))
    length = k
    if length_of is not None and chunk == "auto":
        few = min(SLAB, m)
        length = length_of(m, k, lambda: _unit_rows(linear, i, range(few), few), few)
    joined = Joined(m)
    for block in given_out(i, [range(s, min(s + length, m)) for s in range(0, m, length)], min(k, length)):
        joined.add(block)
        del block  # not to be there in the next sweep
    return [np.reshape(J, shape + shape_of(x)) for x, J in zip(linear._inputs, joined.arrays(), strict=True)]


def _unit_rows(linear: Linearized, i: int, rows: range, k: int) -> list[Any]:
    """Some rows of the Jacobian of one output by each input, ``k`` in a sweep."""
    joined = Joined(len(rows))
    for start in range(0, len(rows), k):
        some = rows[start : start + k]
        joined.add(_rows(linear, i, unit_seeds(linear._outputs[i], some), (len(some),)))
    return joined.arrays()


def _block(
    f: Any, args: Any, keywords: Any, argnum: int, i: int, k: int, shape: Shape, rows: range
) -> list[Any]:
    """What a worker does: it records the function, and pulls some rows back."""
    linear = recorded(f, args, keywords, (argnum,), (checked_argument(args, argnum, "jacobian"),))
    if i >= len(linear._outputs) or shape_of(linear._outputs[i]) != shape:
        raise changed(f"an array of shape {shape}", "something else")
    return _unit_rows(linear, i, rows, k)


def recorded_rows(f: Any, x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The value, and the function from stacked cotangents of booleans to weighted sums of Jacobian rows."""
    linear = recorded(f, (x,), {}, (0,), (x,))
    y = linear.value

    def rows(cts: Any) -> Any:
        if not shape_of(y):
            return _rows(linear, 0, ones_like(y), ())[0]
        return _rows(linear, 0, cts.astype(getattr(primal(y), "dtype", float)), shape_of(cts)[:1])[0]

    return y, rows


def _rows(linear: Linearized, i: int, cts: Any, lanes: Shape) -> list[Any]:
    """Rows of the Jacobian of one output, for unit cotangents.

    From a complex output back to a real input, a cotangent gives ``Re(J.T @ ct)``: of a row the
    real part, and with ``-1j`` as the cotangent the imaginary part.
    """
    y = linear._outputs[i]
    rows = linear._pull({i: cts}, lanes)
    turned: Any = None
    for k, x in enumerate(linear._inputs):
        to_real = is_complex(y) and not is_complex(x)
        if is_complex(y) and turned is None and (to_real or not linear.holomorphic):
            turned = linear._pull({i: -1j * cts}, lanes)
        if to_real:
            rows[k] = rows[k] + 1j * turned[k]
        elif is_complex(x) and not linear.holomorphic:
            check_holomorphic(rows[k], 0 * rows[k] if turned is None else -turned[k], y, "jacobian")
    return rows
