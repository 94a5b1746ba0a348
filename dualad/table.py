"""The table of derivative rules: ``function -> Rule``.

An elementwise function gives one partial derivative for each argument, on one line::

    sin = elementwise(np.sin, lambda y, x: cos(x), mp="sin")
    multiply = elementwise(np.multiply, lambda y, a, b: b, lambda y, a, b: a)

and a function that is linear, or whose derivative is a linear map, gives that map::

    linear_map(np.sum, lambda y, x, axis=None, keepdims=False: Sum(...))

and a function that is made of others says how::

    @composed(np.trapezoid)
    def _trapezoid(y, x=None, dx=1.0, axis=-1): ...

Every mode reads the same line. A partial is ordinary elementwise code, so it runs as well on
floats, arrays, ``Dual``s, mpmath numbers and the symbols that print it.
"""

from __future__ import annotations

import functools
import inspect
import math as _math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .errors import UnsupportedError

__all__ = [
    "ANY",
    "FLAT",
    "PASSED",
    "REFUSED",
    "RULES",
    "Composed",
    "LinearRule",
    "Rule",
    "composed",
    "elementwise",
    "for_each",
    "linear_map",
    "own_function",
    "passed",
    "refused",
]

#: The partial of a step function: zero wherever it exists.
FLAT = 0

#: The domain of an argument that may be any real number.
ANY = (-_math.inf, _math.inf)

#: What a partial may be: code, a constant, a reason why there is none, or one of these per output.
Partial = Any


@dataclass(eq=False, slots=True)
class Rule:
    """The derivative of an elementwise function.

    Attributes
    ----------
    function : callable
        The NumPy or SciPy function, the key of the table.
    partials : tuple
        One for each argument: ``lambda y, *x``, a constant, or a ``str`` that names the argument
        and says that it has no derivative. For a function with several outputs, a tuple of these.
    name : str
        The last part of the function's name.
    generic : callable
        The same function for floats (by ``math``), arrays, ``Dual``s and mpmath numbers.
    math : callable or None
        The function of Python's ``math`` with the same values, where there is one.
    mp : str, callable or None
        The function in mpmath: its name, or ``lambda m, *x`` with ``m`` the mpmath context.
    domain : tuple
        For each argument the open interval ``(low, high)`` on which the rule holds, or a list of
        the values that make sense (an integer order). Tests draw from it.
    points : tuple
        Arguments at which the rule is hard: tests use these too.
    real : bool
        Whether the rule holds for real arguments only.
    complex : tuple or None
        What to take in place of ``partials`` where an argument is complex: code that gives the
        partial or, where multiplication is not the derivative, a linear map.
    """

    function: Callable[..., Any]
    partials: tuple[Partial, ...]
    name: str
    generic: Callable[..., Any] = field(repr=False)
    math: Callable[..., Any] | None = None
    mp: str | Callable[..., Any] | None = None
    domain: tuple[Any, ...] = ()
    points: tuple[Any, ...] = ()
    real: bool = False
    complex: tuple[Partial, ...] | None = None
    outputs: int = 1
    #: For a square root: of what, ``lambda *x``; None where it is none. See `square_roots`.
    squared: Callable[..., Any] | None = None
    #: For a product: its factors, ``lambda *x``.
    factors: Callable[..., Any] | None = None
    #: Whether real arguments give complex numbers.
    complex_valued: bool = False
    #: What `fastpath` has compiled from this rule, by the kind of call.
    compiled: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def arity(self) -> int:
        """How many arguments the function takes."""
        return len(self.partials)


def without_asking(function: Callable[..., Any]) -> Any:
    """What a function of NumPy runs on plain arrays, after asking each argument whose it is.

    Examples
    --------
    >>> import numpy as np
    >>> without_asking(np.where)(np.array([True, False]), 1.0, 2.0)
    array([1., 2.])
    """
    return getattr(function, "_implementation", function)


@dataclass(eq=False, slots=True)
class LinearRule:
    """The derivative of a function as a linear map for each argument.

    Attributes
    ----------
    function : callable
        The NumPy function, the key of the table.
    maps : tuple of callable
        ``lambda y, *args, **keywords`` for each array argument: the linear map from the tangent
        of that argument to the tangent of the output. For several outputs a tuple of maps, None
        for an output that does not depend on the argument.
    several : str
        Where any number of arrays stand: in the "first" argument, a sequence, or as the "rest" of
        the arguments; then there is one map, ``lambda y, i, arrays, *options``, of ``arrays[i]``.
    keywords : frozenset
        The keywords that the rule knows; any other is refused by name.
    arrays : tuple of str
        The names of the array arguments, should they be given by keyword.
    linear : bool
        Whether the function is itself linear in each array: see `linear_map`.
    real : bool
        Whether the rule holds for real arguments only.
    prepared : callable or None
        Puts the arguments in the form that the map knows, where there are several.
    """

    function: Callable[..., Any]
    maps: tuple[Callable[..., Any], ...]
    name: str
    several: str = ""
    keywords: frozenset[str] = frozenset()
    arrays: tuple[str, ...] = ()
    linear: bool = False
    real: bool = False
    prepared: Callable[..., tuple[Any, ...]] | None = None
    #: For a square root: of what, with the function's arguments; None with which it is none.
    squared: Callable[..., Any] | None = None
    #: The function `without_asking`.
    plain: Callable[..., Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.plain = without_asking(self.function)


@dataclass(eq=False, slots=True)
class Composed:
    """A function by what it does, in terms of functions that have rules.

    Attributes
    ----------
    function : callable
        The NumPy function, the key of the table.
    body : callable
        What it does, on Duals; with NumPy's own parameters, in their order, but for ``out``.
    name : str
        The function's name.
    exact : bool
        Whether the value of the body is the function's, bit for bit, views and assignments included.
        If not, NumPy computes the value, and the body the derivative alone.
    lists : bool
        Whether lists that hold Duals are lists of arrays: they reach the body as they are, and are
        not made arrays.
    keywords : frozenset
        The keywords that the body knows; any other is refused by name.
    any_keyword : bool
        Whether any others are handed on, to a function of the user.
    linear : bool
        Whether the function is linear in its first argument.
    """

    function: Callable[..., Any]
    body: Callable[..., Any]
    name: str
    exact: bool = False
    lists: bool = False
    keywords: frozenset[str] = frozenset()
    any_keyword: bool = False
    linear: bool = False


#: function -> its rule: the table.
RULES: dict[Any, Rule | LinearRule | Composed] = {}

#: Functions whose result carries no derivative (comparisons, shapes, positions).
PASSED: set[Any] = set()

#: Functions that cannot be differentiated -> what to type instead.
REFUSED: dict[Any, str] = {}


def elementwise(
    function: Callable[..., Any],
    *partials: Partial,
    math: Callable[..., Any] | None = None,
    mp: str | Callable[..., Any] | None = None,
    domain: tuple[Any, ...] = (),
    points: Sequence[Any] = (),
    real: bool = False,
    complex: Partial | tuple[Partial, ...] | None = None,
    squared: Callable[..., Any] | None = None,
    factors: Callable[..., Any] | None = None,
    complex_valued: bool = False,
) -> Callable[..., Any]:
    """Add an elementwise function to the table.

    Parameters
    ----------
    function : callable
        A ufunc, or a function that works element by element.
    *partials : callable, number or str
        For each argument ``lambda y, *x`` (``y`` is the output), a constant, or a ``str``: the name
        of an argument that has no derivative. For several outputs a tuple of these.
    math : callable, optional
        The function of Python's ``math`` for floats.
    mp : str or callable, optional
        The function in mpmath: its name, or ``lambda m, *x`` with ``m`` the mpmath context.
    domain : tuple, optional
        ``(low, high)``, or one of these (or a list of values) for each argument. Default: any.
    points : sequence, optional
        Hard points, for the tests: numbers, or tuples of them for several arguments.
    real : bool, optional
        The rule holds for real arguments only.
    complex : callable or tuple, optional
        Partials for complex arguments, if they are others: ``lambda y, *x``, which gives a number
        (of a real output the real part is taken) or a linear map. Default: the same.
    squared : callable, optional
        For a square root: of what it is the root, ``lambda *x``.
    factors : callable, optional
        For a product: its factors, ``lambda *x``.
    complex_valued : bool, optional
        Real arguments give complex numbers.

    Returns
    -------
    callable
        The same function for floats, arrays, ``Dual``s and mpmath numbers: what partials call,
        and what users know as ``dualad.sin``.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.table import elementwise, RULES
    >>> cube = np.frompyfunc(lambda x: x**3, 1, 1)
    >>> _ = elementwise(cube, lambda y, x: 3 * x**2)
    >>> RULES.pop(cube).arity
    1
    """
    name = function.__name__.rpartition(".")[2]
    domain = domain or (ANY,)
    if not isinstance(domain[0], tuple | list):
        domain = (domain,)
    if len(domain) < len(partials):
        domain = domain * len(partials)
    points = tuple(p if isinstance(p, tuple) else (p,) * len(partials) for p in points)
    outputs = next((len(p) for p in partials if isinstance(p, tuple)), 1)
    if complex is not None and not isinstance(complex, tuple):
        complex = (complex,)
    rule = Rule(
        function, partials, name, function, math, mp, domain, points, real, complex, outputs, squared, factors
    )
    rule.generic = generic(rule)
    rule.complex_valued = complex_valued
    RULES[function] = rule
    return rule.generic


def linear_map(
    function: Callable[..., Any],
    *maps: Callable[..., Any],
    several: str = "",
    linear: bool = False,
    real: bool = False,
    prepared: Callable[..., tuple[Any, ...]] | None = None,
    squared: Callable[..., Any] | None = None,
) -> None:
    """Add a function to the table by the linear map from each argument's tangent to the output's.

    Parameters
    ----------
    function : callable
        A NumPy function.
    *maps : callable
        ``lambda y, *args, **keywords`` for each array argument, returning a map of `linear`.
    several : {"", "first", "rest"}, optional
        Where any number of arrays stand: the map then takes ``(y, i, arrays, *options)``.
    linear : bool, optional
        The function is linear in each array, or in all of a sequence of them together, as ``sum``,
        ``reshape`` and ``dot`` are. Along one direction it is run on the tangent itself, and no map is made.
    real : bool, optional
        The maps hold for real arrays only.
    prepared : callable, optional
        Given the arguments, returns them in the form that the map knows.
    squared : callable, optional
        For a square root: of what it is the root, with the function's arguments; None where it is none.
    """
    parameters = inspect.signature(maps[0]).parameters
    names = list(parameters)[3 if several else 1 :]
    arrays = () if several else tuple(names[: len(maps)])
    name = function.__name__
    RULES[function] = LinearRule(
        function, maps, name, several, frozenset(names), arrays, linear, real, prepared, squared
    )


def for_each(the_map: Callable[..., Any], count: int = 2) -> tuple[Callable[..., Any], ...]:
    """The maps of several arrays by one function, whose first argument tells which array it is.

    Examples
    --------
    >>> [number_of() for number_of in for_each(lambda which: which)]
    [0, 1]
    """
    return tuple([functools.partial(the_map, which) for which in range(count)])


def own_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of arrays meet ``Dual``s as NumPy's functions do: they look it up in the table.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.table import own_function
    >>> @own_function
    ... def gram(a):
    ...     return a.T @ a
    >>> gram(np.array([[3.0], [4.0]]))
    array([[25.]])
    """

    @functools.wraps(function)
    def meets_duals(*args: Any, **keywords: Any) -> Any:
        for a in (*args, *keywords.values()):
            if hasattr(type(a), "__array_function__") and not isinstance(a, np.ndarray | np.generic):
                return a.__array_function__(meets_duals, (type(a),), args, keywords)
        return function(*args, **keywords)

    return meets_duals


def composed(
    *functions: Callable[..., Any], exact: bool = False, lists: bool = False, linear: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add functions to the table by a body that uses functions which have rules: a decorator.

    Parameters
    ----------
    *functions : callable
        NumPy functions (and other names of the same).
    exact : bool, optional
        The body gives the value too, bit for bit: for views, for assignments, and for bodies that
        call functions of the user. Else the value is computed by NumPy.
    lists : bool, optional
        The function takes lists of arrays; lists that hold Duals are left as they are.
    linear : bool, optional
        The function is linear in its first argument, the others being what they are: along one
        direction it is run on the tangent itself.
    """

    def add(body: Callable[..., Any]) -> Callable[..., Any]:
        parameters = inspect.signature(body).parameters.values()
        keywords = frozenset(p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))
        hands_on = any(p.kind is p.VAR_KEYWORD for p in parameters)
        for function in functions:
            name = function.__name__
            RULES[function] = Composed(function, body, name, exact, lists, keywords, hands_on, linear)
        return body

    return add


def passed(*functions: Callable[..., Any]) -> None:
    """Add functions whose result carries no derivative: they are given the values."""
    PASSED.update(functions)


def refused(function: Callable[..., Any], instead: str) -> None:
    """Add a function that cannot be differentiated, and what to type instead."""
    REFUSED[function] = instead


# ---------------------------------------------------------------- one function for every number type


def generic(rule: Rule) -> Callable[..., Any]:
    """The function of a rule for floats, arrays, ``Dual``s, symbols and mpmath numbers."""
    function: Any = _of_one(rule) if len(rule.partials) == 1 else _of_several(rule)
    function.__name__ = function.__qualname__ = rule.name
    of_numpy = getattr(np, rule.name, None) is rule.function
    function.__doc__ = (
        f"{f'``np.{rule.name}``.' if of_numpy else rule.function.__doc__}\n\n"
        "For floats, arrays, `Dual`s and mpmath numbers, with its derivative in every mode.\n"
    )
    function.rule = rule
    return function


def _of_one(rule: Rule) -> Callable[..., Any]:
    ufunc, on_floats = rule.function, rule.math

    def function(x: Any) -> Any:
        kind = type(x)
        if kind is float and on_floats is not None:
            return on_floats(x)
        if kind is np.ndarray or kind is np.float64:
            return ufunc(x)
        return _of_any_kind(rule, (x,))

    return function


def _of_several(rule: Rule) -> Callable[..., Any]:
    ufunc = rule.function

    def function(*args: Any) -> Any:
        for a in args:
            kind = type(a)
            if not (kind is np.ndarray or kind is np.float64):
                return _of_any_kind(rule, args)
        return ufunc(*args)

    return function


def _of_any_kind(rule: Rule, args: tuple[Any, ...]) -> Any:
    for a in args:
        dispatch = getattr(a, "_elementwise", None)  # a Dual, or a symbol
        if dispatch is not None:
            return dispatch(rule, args)
    for a in args:
        context = getattr(a, "context", None)
        if context is not None:
            return _in_mpmath(rule, context, args)
    if not all(isinstance(a, _PLAIN) for a in args):
        return rule.function(*args)
    return _plain(rule.function(*args)) if rule.math is None else rule.math(*args)


_PLAIN = (float, int)


def _plain(result: Any) -> Any:
    """A NumPy scalar as a Python number: floats in, floats out."""
    if isinstance(result, tuple):
        return tuple(_plain(r) for r in result)
    return result.item() if isinstance(result, np.generic) else result


def _in_mpmath(rule: Rule, context: Any, args: tuple[Any, ...]) -> Any:
    if rule.mp is None:
        raise UnsupportedError(
            f"{rule.name} has no counterpart in mpmath; convert the argument: {rule.name}(float(x))"
        )
    if isinstance(rule.mp, str):
        return getattr(context, rule.mp)(*args)
    return rule.mp(context, *args)
