"""Functions with a derivative of the user's own: black boxes, and formulas better than the rules'.

Such a function gets a rule as those of the table have one: a linear map for each argument. From a
Jacobian the map is a product of matrices; from a JVP it is the JVP itself, which is transposed by
recording it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .boundary import check_function, checked_function
from .dual import Dual, as_one, checked_number, primal, settled
from .dual.callers import IN_OWN
from .dual.containers import mode_in
from .dual.linear_calls import call_linear
from .dual.without_rule import by_differences
from .errors import InputError, ShapeError, UnsupportedError
from .gradients import linearize
from .linear import LinearMap, has_nan, quietly, reshaped, strong
from .linear.contractions import MatRight, SparseLeft
from .linear.opaque import Opaque
from .lists import taking_lists
from .shapes import Shape, shape_of, size_of
from .table import LinearRule

__all__ = ["custom"]


def custom(
    f: Callable[..., Any] | None = None,
    *,
    jvp: Callable[..., Any] | None = None,
    jacobian: Callable[..., Any] | None = None,
    differences: bool = False,
) -> Callable[..., Any]:
    """A function with a derivative of your own: the function itself never meets a Dual.

    Parameters
    ----------
    f : callable
        A function of numbers and arrays, in positional arguments; keywords are plain values. It
        returns a number, an array or a tuple of these. Left out, `custom` is a decorator.
    jvp : callable, optional
        ``jvp(primals, tangents)`` gives the tangent of the output. Both are tuples with an entry
        for each positional argument; the tangent of what is not differentiated is zero, and None
        for what is no number. Keywords are passed on.
    jacobian : callable, optional
        ``jacobian(*primals)`` gives an array of shape ``np.shape(f(x)) + np.shape(x)``, for several
        arguments a tuple with one for each, None for one that has no derivative. A ``scipy.sparse``
        array has shape ``(np.size(f(x)), np.size(x))``. Keywords are passed on.
    differences : bool, optional
        Whether the derivative is found by extrapolated differences: for a function of which nothing
        else is known. They cost eight calls or more for each direction, in reverse mode for each entry
        of the arguments, and are right to seven digits or more, or an error. Default: False.

    Returns
    -------
    callable
        With the arguments of ``f``.

    Raises
    ------
    InputError
        Not exactly one of ``jvp``, ``jacobian`` and ``differences`` is given; when transposed, a
        ``jvp`` that is not linear in the tangents.
    ShapeError
        When called: what ``jvp`` or ``jacobian`` gives has the wrong shape.
    UnsupportedError
        When called for a second derivative: ``jvp`` or ``jacobian`` cannot be differentiated itself.
        With ``differences``: at a kink or a jump, for second derivatives, and where the function
        returns something else when it is called again.

    Notes
    -----
    Of a function with several outputs, ``jvp`` gives a tuple of tangents, and ``jacobian`` a tuple
    of what it gives for one output.

    Reverse mode transposes the map ``t -> jvp(primals, t)``. If it is made of operations that can
    be differentiated, it is recorded and the tape read backwards; if it is a black box too, it is
    applied to each unit tangent in turn.

    Examples
    --------
    >>> import math
    >>> import numpy as np
    >>> from dualad import derivative, grad
    >>> area = custom(lambda r: math.pi * r * r, jacobian=lambda r: 2 * math.pi * r)
    >>> derivative(area)(1.0) == 2 * math.pi
    True

    >>> @custom(jvp=lambda primals, tangents: np.cos(primals[0]) * tangents[0])
    ... def sine(x):
    ...     return np.array([math.sin(number) for number in x])
    >>> grad(lambda x: np.sum(sine(x)))(np.zeros(2))
    array([1., 1.])
    """
    if f is None:
        return functools.partial(custom, jvp=jvp, jacobian=jacobian, differences=differences)
    given = {"jvp": jvp is not None, "jacobian": jacobian is not None, "differences": differences}
    if sum(given.values()) != 1:
        named = " and ".join(name for name, is_given in given.items() if is_given) or "none"
        raise InputError(
            f"custom was given {named} of jvp, jacobian and differences; give one of them, as in "
            "custom(f, jacobian=df)"
        )
    check_function(f, "custom")
    if differences:
        return functools.wraps(f, updated=())(functools.partial(_by_differences, f))
    rule: type[_Call] = _JacobianCall if jvp is None else _JvpCall
    derive = checked_function(jacobian if jvp is None else jvp, "custom")

    def called(f: Any, *args: Any, **keywords: Any) -> Any:
        f = taking_lists(f, args)
        numbers = tuple(map(as_one, settled(args)))
        if not any(type(a) is Dual for a in numbers):
            return f(*args, **_plain(f, keywords))
        return rule(f, derive, functools.partial(called, f), numbers, keywords).result()

    @functools.wraps(f, updated=())
    def function(*args: Any, **keywords: Any) -> Any:
        return called(f, *args, **keywords)

    return function


def _by_differences(f: Any, *args: Any, **keywords: Any) -> Any:
    if mode_in((args, keywords)) is None:
        return f(*args, **keywords)
    return by_differences(_name(f), f, args, keywords, why="")


def _plain(f: Any, keywords: dict[str, Any]) -> dict[str, Any]:
    for name, a in keywords.items():
        if type(settled(a)) is Dual:
            raise UnsupportedError(
                f"the custom function {_name(f)} cannot take a Dual as a keyword; pass {name} by position, "
                f"or its plain value: {name}=dualad.value({name})"
            )
    return keywords


def _name(f: Any) -> str:
    return getattr(f, "__name__", None) or type(f).__name__


class _Call:
    """One call with Duals among the arguments; it makes the rule."""

    #: Which derivative the user has given, and whether it holds for real numbers only.
    given = ""
    real = False

    def __init__(self, f: Any, derive: Any, again: Any, args: tuple[Any, ...], keywords: dict[str, Any]):
        self.f, self.derive, self.again = f, derive, again
        self.args = tuple(np.copy(a) if type(a) is np.ndarray else a for a in args)
        self.keywords = _plain(f, keywords)
        self.places = [i for i, a in enumerate(args) if type(a) is Dual]

    def result(self) -> Any:
        """The value with its tangent."""

        def function(*primals: Any) -> Any:
            y = self.again(*self._args(primals, copied=True), **self.keywords)
            return tuple(map(_checked_value, y)) if isinstance(y, tuple) else _checked_value(y)

        module: Any = getattr(self.f, "__module__", None)
        function.__name__, function.__module__ = _name(self.f), module
        maps = tuple(
            lambda y, *primals, k=place: self._maps(y, k, self._args(primals)) for place in self.places
        )
        rule = LinearRule(function, maps, _name(self.f), real=self.real)
        return call_linear(rule, tuple(self.args[place] for place in self.places), {})

    def _args(self, primals: Sequence[Any], copied: bool = False) -> tuple[Any, ...]:
        """All arguments, with these in place of the Duals; copied for a function that may write to them."""
        args = list(self.args)
        for place, x in zip(self.places, primals, strict=True):
            args[place] = x
        return tuple(np.copy(a) if copied and type(a) is np.ndarray else a for a in args)

    def _maps(self, y: Any, k: int, args: tuple[Any, ...]) -> Any:
        """The map from the tangent of argument ``k``; of several outputs a tuple of them."""
        if isinstance(y, tuple):
            return tuple(self._map(one, k, args, o) for o, one in enumerate(y))
        return self._map(y, k, args, None)

    def _map(self, y: Any, k: int, args: tuple[Any, ...], output: int | None) -> LinearMap | None:
        raise NotImplementedError

    def _derived(self, *given: Any) -> Any:
        """What the user's derivative gives; it may meet Duals of an outer call."""
        try:
            return self.derive(*given, **self.keywords)
        except Exception as error:
            if not _some_dual(given):
                error.add_note(f"{IN_OWN} {self.given} of the custom function {_name(self.f)}")
                raise
            raise UnsupportedError(
                f"a second derivative of the custom function {_name(self.f)} takes the derivative of its "
                f"{self.given}, which could not be had ({type(error).__name__}: {error}); write the "
                f"{self.given} with NumPy's functions, or make it a custom function too: "
                f"{self.given}=custom(df, jacobian=ddf)"
            ) from error

    def _of_output(self, found: Any, output: int | None, outputs: str) -> Any:
        """Of what was given for several outputs, that for one."""
        if output is None:
            return found
        if not isinstance(found, tuple | list) or len(found) <= output:
            raise ShapeError(
                f"the custom function {_name(self.f)} has several outputs, and its {self.given} gave "
                f"{_shapes(found)}; return a tuple with {outputs} for each output"
            )
        return found[output]


def _checked_value(y: Any) -> Any:
    """An output as float or array of its own: the function may keep and reuse what it returned."""
    y = checked_number(y, "the result of the custom function")
    return np.copy(y) if type(y) is np.ndarray else y


def _some_dual(x: Any) -> bool:
    return any(map(_some_dual, x)) if isinstance(x, tuple | list) else type(x) is Dual


def _shapes(x: Any) -> str:
    return f"a {type(x).__name__} of {len(x)}" if isinstance(x, tuple | list) else f"shape {shape_of(x)}"


# ---------------------------------------------------------------- from a Jacobian


class _JacobianCall(_Call):
    given = "jacobian"

    def _map(self, y: Any, k: int, args: tuple[Any, ...], output: int | None) -> LinearMap | None:
        found = self._of_output(self._jacobians(args), output, "the Jacobian")
        if len(args) > 1:
            if not isinstance(found, tuple | list) or len(found) != len(args):
                raise ShapeError(
                    f"the custom function {_name(self.f)} was called with {len(args)} arguments, and its "
                    f"jacobian gave {_shapes(found)}; return a tuple with one Jacobian for each argument, "
                    "None for one that has no derivative"
                )
            found = found[k]
        if found is None:
            raise UnsupportedError(
                f"the jacobian of the custom function {_name(self.f)} gives None for argument {k}: it has no "
                f"derivative; pass a plain number there: dualad.value(x)"
            )
        return self._map_of(found, shape_of(y), shape_of(args[k]))

    def _jacobians(self, args: tuple[Any, ...]) -> Any:
        """Computed once for all arguments and outputs."""
        if not hasattr(self, "_found"):
            self._found = self._derived(*args)
        return self._found

    def _map_of(self, matrix: Any, out: Shape, into: Shape) -> LinearMap:
        m, n = size_of(out), size_of(into)
        sparse = hasattr(matrix, "tocsr")
        if not sparse:
            matrix = checked_number(matrix, f"the jacobian of {_name(self.f)}")
        wanted = (m, n) if sparse else out + into
        if tuple(matrix.shape if sparse else shape_of(matrix)) != wanted:
            raise ShapeError(
                f"the jacobian of the custom function {_name(self.f)} has shape {shape_of(matrix)}; for a "
                f"value of shape {out} and an argument of shape {into} return one of shape {wanted}"
            )
        linear = SparseLeft(matrix.tocsr(), (n,)) if sparse else _Matrix(np.reshape(matrix, (m, n)).T, (n,))
        return reshaped(into, (n,)) >> linear >> reshaped((m,), out)


class _Matrix(MatRight):
    """The product with a matrix in which there may be infinite entries: with a zero they give zero."""

    __slots__ = ()

    def __call__(self, t: Any) -> Any:
        product = quietly(super().__call__, t)
        if quietly(has_nan, primal(product)):
            return np.sum(strong(self.matrix, np.expand_dims(t, -1)), axis=-2)
        return product

    apply = __call__

    def transpose(self) -> LinearMap:
        return _Matrix(np.transpose(self.matrix), self.out_shape)


# ---------------------------------------------------------------- from a JVP


class _JvpCall(_Call):
    given = "jvp"
    real = True

    def _map(self, y: Any, k: int, args: tuple[Any, ...], output: int | None) -> LinearMap | None:
        out, several = shape_of(y), output is not None

        def push(t: Any) -> Any:
            tangents = tuple(t if i == k else _no_tangent(a) for i, a in enumerate(args))
            found = self._of_output(self._derived(args, tangents), output, "the tangent")
            if isinstance(found, tuple) or shape_of(found) != out:
                raise ShapeError(
                    f"the jvp of the custom function {_name(self.f)} gave {_shapes(found)} for a value of "
                    f"shape {out}; return the tangent{'s' * several} alone, one number for each of the value"
                )
            return checked_number(found, f"what the jvp of {_name(self.f)} gave")

        return _BlackBox(push, _no_tangent(args[k]), out, _some_dual(args), _name(self.f))


def _no_tangent(x: Any) -> Any:
    """The tangent of an argument that is not differentiated: zero, None for what is no number."""
    try:
        x = primal(checked_number(x, "an argument"))
    except InputError:
        return None
    return np.zeros_like(x) if isinstance(x, np.ndarray) else 0.0


class _BlackBox(Opaque):
    """A function of the user's that should be linear; it is transposed by a recording if there can be one."""

    __slots__ = ("_pull", "name", "zero")

    def __init__(self, push: Callable[[Any], Any], zero: Any, out_shape: Shape, active: bool, name: str):
        super().__init__(push, shape_of(zero), out_shape, active)
        self.zero = zero
        self.name = name
        self._pull: Callable[[Any], Any] | None = None

    def pull(self, ct: Any) -> Any:
        if self._pull is None:
            self._pull = self._recorded() or self._by_columns()
        return self._pull(ct)

    def _recorded(self) -> Callable[[Any], Any] | None:
        try:
            pull = linearize(self.push, self.zero, lift=False)[1].transpose
            return pull if self._fits(pull) else None
        except Exception:  # a black box may raise whatever it likes when it meets a Dual
            return None

    def _by_columns(self) -> Callable[[Any], Any]:
        self.columns(np.result_type(self.zero))
        if self._fits(super().pull) is False:
            raise InputError(
                f"the jvp of the custom function {self.name} is not linear in the tangents: those along unit "
                "directions do not add up to the one along their sum; each term takes one tangent as a "
                "factor, as in jvp=lambda primals, tangents: np.cos(primals[0]) * tangents[0]"
            )
        return super().pull

    def _fits(self, pull: Callable[[Any], Any]) -> bool | None:
        """Whether ``<L t, ct> == <t, L' ct>`` along a random direction; None if that is not finite."""
        random = np.random.default_rng(17)
        t: Any = random.uniform(0.5, 1.5, self.in_shape)
        ct: Any = random.uniform(0.5, 1.5, self.out_shape)
        t = t.astype(np.result_type(self.zero)) if self.in_shape else float(t)
        pushed, pulled = primal(self.push(t)), primal(pull(ct if self.out_shape else float(ct)))
        difference = abs(np.sum(ct * pushed) - np.sum(t * pulled))
        size = np.sum(np.abs(ct * pushed)) + np.sum(np.abs(t * pulled))
        if not np.isfinite(size):
            return None
        eps = float(np.finfo(np.result_type(pushed, np.float32)).eps)
        return bool(difference <= 100 * math.sqrt(eps) * size)
