"""What the stand-ins for SciPy's functions share: arguments taken apart, and SciPy's values kept."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import Dual, primal, settled, stacked
from ..dual.array_classes import without_class
from ..dual.calls import call
from ..dual.containers import UNSEEN_NAN, mode_in
from ..dual.nested import exchanged
from ..errors import NoRuleError, PlainArrayError
from ..table import Rule

Function = Callable[..., Any]


def with_value(value: Any, y: Any) -> Any:
    """SciPy's value, with the derivative of ours; of a tuple each. It may have been computed with Duals."""
    if isinstance(y, tuple):
        return tuple(map(with_value, value, y))
    value = primal(settled(value))
    return value if type(y) is np.ndarray or type(y) is float else y + (value - primal(y))


def written(out: Any, y: Any) -> Any:
    """A result, put into the array that it was asked for in, if there is one."""
    if out is None:
        return y
    if type(out) is np.ndarray and mode_in(y) is not None:
        raise PlainArrayError(
            "SciPy cannot put a derivative into a plain array made before; leave out output= or out=",
            out,
        )
    out[...] = y
    return out


def overwritten(target: Any, y: Any) -> None:
    """What ``overwrite_b=True`` allows, and some rely on: the result is put into the argument.

    Compiled code does so if the memory is as it needs it. A plain array cannot hold the result.
    """
    if not isinstance(target, np.ndarray | Dual) or (type(y) is not Dual and mode_in(target) is None):
        return
    memory = primal(target)
    if memory.flags.f_contiguous and memory.shape == np.shape(y) and memory.dtype == primal(y).dtype:
        if type(target) is np.ndarray:
            target[...] = UNSEEN_NAN
            y.mode.poisoned = True
        else:
            target[...] = y


def plain_copy(x: Any) -> Any:
    """A copy for compiled code, which may write to it."""
    return exchanged(_plain_copy, x)


def _plain_copy(x: Any) -> Any:
    """Arrays of whole numbers are there to be filled."""
    x = primal(settled(x))
    return np.array(x, order="C") if isinstance(x, np.ndarray) and x.dtype.kind in "fc" else x


def by_values(original: Function, *args: Any, **options: Any) -> Any:
    """What goes by the order of numbers, which stays where they move a little: no derivative.

    What is written into an array is written into that of the caller, unless this holds Duals.
    """
    plain = plain_copy(args)
    y = original(*plain, **plain_copy(options))
    for given, one in zip(args, plain, strict=True):
        if isinstance(given, np.ndarray) and mode_in(given) is None and not _alike(given, one):
            given[...] = one
    return y


def _alike(x: Any, y: Any) -> bool:
    return x is y or np.array_equal(x, y, equal_nan=x.dtype.kind in "fc")


def of_values(formula: Function, joined: Function = with_value) -> Function:
    """The twin of a compiled function: its values, with the derivatives of a formula.

    The formula is given what the function returns for the values, and then the arguments; ``joined`` may
    be another `with_value`.
    """

    def twin(original: Function, *args: Any, **options: Any) -> Any:
        value = original(*plain_copy(args), **plain_copy(options))  # the formula is of what there was before
        return joined(value, formula(value, *settled(args), **settled(options)))

    return twin


def into(place: int, formula: Function) -> Function:
    """The same of one that fills the argument at a place; the formula finds the values there."""

    def twin(original: Function, *args: Any) -> None:
        out, given, plain = args[place], list(settled(args)), list(plain_copy(args))
        plain[place] = given[place] = value = np.zeros(out.shape, out.dtype)
        original(*plain)
        written(out, with_value(value, formula(*given)))

    return twin


def holds(x: Any) -> bool:
    """Whether there is a Dual in nested arguments."""
    return mode_in(settled(x)) is not None


def as_array(x: Any) -> Any:
    """A list of numbers as an array; others as they are, settled, and without a user's class."""
    return stacked(settled(without_class(x)))


def check_only(name: str, given: dict[str, Any], *known: str) -> None:
    """Raise where there are Duals in other arguments than those by which there is a derivative."""
    if holds([v for k, v in given.items() if k not in ("self", *known)]):
        by = known[0] if len(known) == 1 else f"{', '.join(known[:-1])} and {known[-1]}"
        raise NoRuleError(f"{name} has a derivative with respect to {by} alone")


def by_slopes(f: Any, value: Function, *slopes: Any) -> Function:
    """A function of Duals, by what it is of plain numbers and by its partial derivatives, as in the table."""
    name = getattr(f, "__name__", type(f).__name__)
    rule = Rule(f, slopes, name, f)

    def function(*args: Any) -> Any:
        return call(rule, function, args) if holds(args) else value(*args)

    return function


def as_tuple(args: Any) -> tuple[Any, ...]:
    """Further arguments of the user's function; one may be given by itself."""
    return args if isinstance(args, tuple) else (args,)


def plainly(called: Any, f: Any, several: bool = False) -> Any:
    """A function given to SciPy, which takes values alone; ``several`` of them if it gives slopes as well."""
    if not callable(f):
        return f
    lifted = called(f)
    if several:
        return lambda *args, **named: tuple(primal(as_array(y)) for y in lifted(*args, **named))
    return lambda *args, **named: primal(as_array(settled(lifted(*args, **named))))


@functools.cache
def by_its_text(called: Any, f: Any) -> Any:
    """A function of SciPy lifted, where it has a stand-in that calls it with other arguments."""
    copy = types.FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
    copy.__kwdefaults__ = f.__kwdefaults__
    copy.__qualname__ = f"<locals>.{f.__name__}"  # which has no stand-in
    return called(copy)


def by_name(f: Function, args: Any, options: Any, defaults: bool = False) -> dict[str, Any]:
    """The arguments of a call by their names, as this version of SciPy has them."""
    bound = inspect.signature(f).bind(*args, **options)
    if defaults:
        bound.apply_defaults()
    named = dict(bound.arguments)
    for name, parameter in bound.signature.parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            named |= named.pop(name, {})
    return named


def unless_plain(function: Function) -> Function:
    """A stand-in for where there are Duals among the arguments, or in an object of SciPy's among them."""

    @functools.wraps(function)
    def stand_in(called: Any, original: Function, *args: Any, **options: Any) -> Any:
        if not any(map(_holds_inside, (*args, *options.values()))):
            return original(*settled(args), **settled(options))
        return function(called, original, *args, **options)

    return stand_in


def _holds_inside(x: Any) -> bool:
    if not any(base.__module__.startswith("scipy.") for base in type(x).__mro__):  # a class derived from one
        return holds(x)
    slots = (name for base in type(x).__mro__ for name in vars(base).get("__slots__", ()))
    parts = (*getattr(x, "__dict__", {}).values(), *(getattr(x, name, None) for name in slots))
    return any(map(_holds_inside, parts))


def for_duals(function: Function) -> Function:
    """``function(original, **arguments)`` where there is a Dual among them, and else the original."""

    def stand_in(called: Any, original: Function, *args: Any, **options: Any) -> Any:
        named = by_name(original, args, options, defaults=True)
        named.pop("overwrite_x", None)  # the values, which are needed as they are
        return written(named.pop("out", None), function(original, **settled(named)))

    return unless_plain(stand_in)
