"""Beside the numbers: arguments chosen by their names, and results with something that is not differentiated.

Both are put around an entry point that knows neither: a function with named arguments is turned into
one that takes these by position, and what it returns beside its value is kept until the end.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from .boundary import own
from .dual import Dual, named, settled
from .dual.rows import listed
from .errors import InputError, OutputError
from .trees import replaced


class Auxiliary:
    """A function that returns ``(y, aux)``, as one that returns ``y`` and keeps ``aux``."""

    def __init__(self, f: Callable[..., Any], caller: str):
        self._f = f
        self._caller = caller
        self._aux: Any = None

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        out = self._f(*args, **keywords)
        if type(out) not in (tuple, list) or len(out) != 2:
            raise OutputError(
                f"{self._caller} with has_aux=True is for a function that returns a pair, and this one "
                f"returned {named(out)}; write return y, aux, or leave out has_aux"
            )
        y, self._aux = out
        return y

    @property
    def aux(self) -> Any:
        """What was kept, with plain values in place of the Duals of derivative calls that are over."""
        return replaced(settled(listed(self._aux)), _plain)


def _plain(x: Any) -> Any:
    x = settled(x)
    while type(x) is Dual and x.mode.new is not object.__new__:
        x = x.value
    return x


def extended(
    entry: Callable[..., Callable[..., Any]],
    f: Callable[..., Any],
    argnums: int | tuple[int, ...] | None,
    argnames: str | tuple[str, ...] | None,
    has_aux: bool,
    caller: str,
) -> Callable[..., Any]:
    """``value_and_...(f)`` with ``argnames`` and ``has_aux``, made of the one without.

    Returns
    -------
    callable
        With the arguments of ``f``; returns ``(value, derivative)``, with ``has_aux``
        ``((value, aux), derivative)``.
    """
    names = (argnames,) if isinstance(argnames, str) else tuple(argnames or ())
    if argnames is not None and not (names and all(isinstance(name, str) for name in names)):
        raise InputError(
            f'argnames={argnames!r} names no argument; pass argnames="x", or a tuple such as ("x", "y")'
        )
    if argnums is None and argnames is None:
        argnums = 0
    argnums = argnums if argnums is None else checked_argnums(argnums, caller)
    numbers = () if argnums is None else as_tuple(argnums)

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> tuple[Any, Any]:
        run = Auxiliary(f, caller) if has_aux else f
        given, n = dict(keywords), len(args)
        moved = [name for name in names if name in given]
        places = [i + n if -n <= i < 0 else i for i in numbers]  # from 0, as others follow
        places += [n + moved.index(name) if name in given else _place(f, name, n, caller) for name in names]
        values = [given.pop(name) for name in moved]
        by_place = _by_place(run, n, moved) if moved else run
        y, derivatives = entry(by_place, argnums=tuple(places))(*args, *values, **given)
        if isinstance(run, Auxiliary):
            y = (y, run.aux)
        by_number, by_name = derivatives[: len(numbers)], derivatives[len(numbers) :]
        if not isinstance(argnums, tuple):
            by_number = by_number[0] if by_number else None
        if argnames is None:
            return y, by_number
        by_name = by_name[0] if isinstance(argnames, str) else dict(zip(names, by_name, strict=True))
        return y, by_name if argnums is None else (by_number, by_name)

    return differentiated


def _by_place(f: Callable[..., Any], n: int, names: Sequence[str]) -> Callable[..., Any]:
    """The function with some arguments, those after the first n, in place of keywords."""

    def called(*args: Any, **keywords: Any) -> Any:
        return f(*args[:n], **dict(zip(names, args[n:], strict=True)), **keywords)

    return called


def _place(f: Callable[..., Any], name: str, n: int, caller: str) -> int:
    """Where an argument stands that was passed by position."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # compiled, without a signature
        parameters = []
    by_position = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if name in by_position[:n]:
        return by_position.index(name)
    if name in [p.name for p in parameters] or not parameters:
        raise InputError(
            f"{caller} with argnames={name!r}: the function was called without this argument; pass it, as in "
            f"{caller}(f, argnames={name!r})({name}=...)"
        )
    raise InputError(
        f"{caller} with argnames={name!r}: the function has no parameter of this name; "
        f"take one of {', '.join(p.name for p in parameters)}"
    )


def checked_argnums(argnums: Any, caller: str, alone: bool = False) -> Any:
    """The number of an argument, 0 for None, or a tuple of such numbers; an error for what is none."""
    if argnums is None:
        return 0
    argnums = tuple(argnums) if isinstance(argnums, list) else argnums
    if not as_tuple(argnums):
        raise InputError("argnums=() names no argument; pass argnums=0, or a tuple such as (0, 1)")
    for number in as_tuple(argnums):
        if isinstance(number, str):
            raise InputError(
                f"{caller} with argnums={argnums!r}: that is no number of an argument; "
                f"pass argnames={argnums!r}"
            )
        if not isinstance(number, int):
            raise InputError(
                f"{caller} with argnums={named(argnums)}: that is no number of an argument; pass argnums=0, "
                f"or a tuple such as (0, 1), and the point to what comes out: {caller}(f)(x)"
            )
    if alone and isinstance(argnums, tuple):
        raise InputError(f"{caller} is by one argument and was given argnums={argnums}; pass argnums=0")
    return argnums


def check_mode(mode: Any) -> None:
    """Raise for what is no mode of a derivative."""
    if mode not in ("auto", "forward", "reverse"):
        raise InputError(f'mode={mode!r} is not a mode; pass mode="forward", "reverse" or "auto"')


def as_tuple(argnums: Any) -> tuple[int, ...]:
    """The numbers of the arguments, also of a single one."""
    return argnums if isinstance(argnums, tuple) else (argnums,)


def each(
    by: Callable[[Sequence[Any], int], tuple[Any, Any]],
    args: Sequence[Any],
    argnums: int | tuple[int, ...],
) -> tuple[Any, Any]:
    """The value, and the derivative by an argument, or a tuple of those by each of several.

    The function may write into each of these, and is called for each: the others are copies.
    """
    if not isinstance(argnums, tuple):
        return by(args, argnums)
    n = len(args) or 1  # without any, there is an error for the first
    places = {i % n for i in argnums}
    results = []
    for i in argnums:
        others = places - {i % n}
        results.append(by([replaced(x, own) if k in others else x for k, x in enumerate(args)], i))
    return results[0][0], tuple(derivative for _, derivative in results)


def derivative_of(
    both: Callable[..., tuple[Any, Any]], f: Callable[..., Any], has_aux: bool
) -> Callable[..., Any]:
    """The derivative out of ``(value, derivative)``; with ``has_aux`` together with what stands beside."""

    @functools.wraps(f, updated=())
    def differentiated(*args: Any, **keywords: Any) -> Any:
        y, derivative = both(*args, **keywords)
        return (derivative, y[1]) if has_aux else derivative

    return differentiated
