"""The operators of a Dual, and what functions of numbers call: compiled where it can be.

Importing this module completes `Dual`.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from functools import partial, wraps
from types import FunctionType
from typing import Any

import numpy as np

from .. import fastpath
from ..corners import EQUAL
from ..corners import note as note_corner
from ..errors import EqualityWarning, UnsupportedError
from ..linear.contractions import SparseLeft
from ..lines import Line, outside
from ..modes import Recorded, hold_back
from ..shapes import shape_of
from ..table import RULES, LinearRule, Rule
from ..tape import place_of
from .array_classes import lifted, meets_class, without_class
from .array_methods import as_number
from .branches import Answer, answer, decided, of_numbers, pattern_mode
from .calls import call, top_mode
from .comparisons import CLOSE, FEW, MANY, doubt, look_closely, note, note_a_mask, outer_pair
from .dual import SETTLED, Dual, holds_dual, primal, restacked, settled, stacked
from .entries import fill, refuse_complex
from .float_classes import FloatOfClass
from .keys import is_looked_up, is_same_key
from .linear_calls import call_linear

ndarray = np.ndarray

# ---------------------------------------------------------------- the fast path


def _elementwise(self: Any, rule: Rule, args: tuple[Any, ...]) -> Any:
    """`dualad.sin` and its like meet a Dual: the value by the same generic function."""
    return fast_function(rule, rule.generic)(*args)


def fast_function(rule: Rule, original: Callable[..., Any], guarded: bool = False) -> Callable[..., Any]:
    """What is called when a function meets Duals; ``original`` is the ufunc, math's function or ours.

    A guarded one may be called in place of the original: it hands on what is no business of ours.
    """
    fast = rule.compiled.get((original, guarded))
    if fast is None:

        def on_values(*args: Any) -> Any:
            # The values may be Duals of an outer call, which a function of math does not know.
            return fast_function(rule, original)(*args) if top_mode(args) else original(*args)

        evaluate = on_values if original is rule.math else original
        value = "call(a0)" if rule.arity == 1 else "call(a0, b0)"
        guard = (_on_objects if original is rule.math else on_lists)(original) if guarded else None
        fast = rule.compiled[original, guarded] = _compiled(rule, value, evaluate, guard)
    return fast


def on_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function that takes lists of numbers with Duals among them, on which it does not dispatch.

    Examples
    --------
    >>> on_lists(np.isnan)([Dual(1.0, 1.0), float("nan")]).tolist()
    [False, True]
    """

    @wraps(function, updated=())
    def stacking(*args: Any, **keywords: Any) -> Any:
        if any(map(_is_taken_apart, (*args, *keywords.values()))):
            args = tuple(_stacked_lists(a) for a in args)
            keywords = {k: v if k == "out" else _stacked_lists(v) for k, v in keywords.items()}
        if len(args) == 1 and hasattr(type(args[0]), "stands_for"):  # asked for its method, as SciPy's is
            return abs(args[0]) if function is np.absolute else getattr(args[0], function.__name__)()
        own = _protocol_of(args) if isinstance(function, np.ufunc) else None
        return function(*args, **keywords) if own is None else own(function, "__call__", *args, **keywords)

    return stacking


def _on_objects(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of math that takes objects with a ``__float__`` of the user's, which may give a Dual."""

    @wraps(function)
    def converting(*args: Any) -> Any:
        for a in args:
            if type(a) is not float and isinstance(a, FloatOfClass):
                return lifted(function)(*settled(args))
        try:
            return function(*args)
        except TypeError:
            numbers = [*map(as_number, args)]
            if top_mode(numbers) is None:
                raise
            return lifted(function)(*numbers)

    return converting


def _entries(x: Any) -> Any:
    """A list, with what the arrays in it hold, of whichever class."""
    return settled(without_class(x))


def _is_taken_apart(x: Any) -> bool:
    """Whether it is a list with Duals, or the array of objects that NumPy makes of one beside an array."""
    if type(x) is np.ndarray:
        return x.dtype == object and holds_dual(x.ravel().tolist())
    return type(x) in (list, tuple) and holds_dual(_entries(x))


def _stacked_lists(x: Any) -> Any:
    if type(x) in (list, tuple):
        x = _entries(x)
        return stacked(x) if holds_dual(x) else x
    return restacked(x)


def _compiled(
    rule: Rule, value: str, evaluate: Callable[..., Any], guard: Any = None, reflected: bool | None = None
) -> Callable[..., Any]:
    def fallback(*args: Any) -> Any:
        if reflected is False and isinstance(args[1], float) and not args[0].shape:
            y = _by_other(evaluate, *args)  # of a user's class, which is asked first
            if y is not NotImplemented:
                return y
        now = settled(args)
        if now is args:
            if guard is not None and reflected is None:
                own = _protocol_of(args)
                if own is not None:
                    return own(evaluate, "__call__", *args)
            y = call(rule, evaluate, args)
            if y is NotImplemented and reflected is not None:
                return _by_other(evaluate, *args)
            return guard(*args) if y is NotImplemented and guard is not None else y
        return fast(*now[::-1]) if reflected else fast(*now)

    fast = fastpath.compiled(rule, value, evaluate, Dual, fallback, guard, reflected)
    return fast


# ---------------------------------------------------------------- operators


def _by_other(operate: Callable[..., Any], a: Any, b: Any) -> Any:
    """What the operand that is no number makes of an operation, by its method, lifted."""
    name = operate.__name__
    method, *args = (f"__r{name}__", b, a) if type(a) is Dual else (f"__{name}__", a, b)
    own = getattr(type(args[0]), method, None)
    if not isinstance(own, FunctionType) or meets_class(args):
        return NotImplemented
    return lifted(own)(*args)


def _protocol_of(args: Any) -> Any:
    """``__array_ufunc__`` of an object of a user's class among arguments, lifted; None if there is none."""
    for a in args:
        if type(a) not in SETTLED and not isinstance(a, ndarray):
            own = getattr(type(a), "__array_ufunc__", None)
            if isinstance(own, FunctionType) and lifted(own) is not own:
                return partial(lifted(own), a)
    return None


#: Dual, to be completed.
_class: Any = Dual

_UNARY: dict[str, tuple[str, Any]] = {
    "neg": ("-a0", np.negative),
    "pos": ("+a0", np.positive),
    "abs": ("abs(a0)", np.absolute),
}

_BINARY: dict[str, tuple[str, Any]] = {
    "add": ("+", np.add),
    "sub": ("-", np.subtract),
    "mul": ("*", np.multiply),
    "truediv": ("/", np.divide),
    "floordiv": ("//", np.floor_divide),
    "mod": ("%", np.remainder),
    "pow": ("**", np.power),
    "matmul": ("@", np.matmul),
}

_OPERATION: dict[str, Callable[..., Any]] = {name: getattr(operator, name) for name in (*_UNARY, *_BINARY)}


def _equal(a: Any, b: Any) -> Any:
    b = settled(b)
    if meets_class((b,)):
        return NotImplemented
    equal = primal(a) == primal(b)
    if (equal is True or equal is np.True_) and a.mode.keyed and is_looked_up(1):
        same = is_same_key(a, b)
        if same is not None:
            return same
    return _asked(equal, a, b)


def _unequal(a: Any, b: Any) -> Any:
    equal = _equal(a, b)
    if equal is NotImplemented:
        return equal
    return not equal if type(equal) is bool else np.logical_not(equal)


def _asked(equal: Any, a: Any, b: Any) -> Any:
    """The answer to ``a == b``, which is warned of where it holds at this point alone."""
    if not (type(b) is float or of_numbers(b)) or not of_numbers(a):
        equal = answer(equal, a, b)
        if type(equal) is Answer:
            return equal
    if type(equal) is ndarray and not (equal.size and equal.all()):
        note_a_mask(_are_all_but_equal(a, b), EQUAL, a, b)
        return equal
    if not (equal is True or equal is np.True_ or type(equal) is ndarray):
        if equal is not NotImplemented and _are_all_but_equal(a, b):
            note_corner("a comparison of numbers that are equal but for rounding")
        return equal
    if is_left_over(a, b):
        return ~equal if type(equal) is ndarray else False
    warn_of_a_branch(a, b)
    return equal


def _are_all_but_equal(a: Any, b: Any) -> Any:
    """Which numbers are equal to within rounding: a guard for equal ones leaves the limit to what follows."""
    x, y = primal(a), primal(b)
    if isinstance(x, float) and isinstance(y, float | int):
        return abs(x - y) <= _ROUNDING * (1.0 + abs(y))
    y = np.asarray(y)
    return y.dtype.kind in "fciu" and np.abs(x - y) <= _ROUNDING * (1.0 + np.abs(y))


#: How far numbers that should be equal may be off.
_ROUNDING = 1e-15


def is_left_over(*args: Any) -> bool:
    """Whether one of these is a Dual of a derivative call that is over, which is equal to nothing.

    It is what an object keeps of its last argument, to have its last result at hand for the same one:
    the derivative of that result is gone with the call.
    """
    return any(type(x) is Dual and x.mode.is_over for x in args)


def _truth(self: Dual) -> bool:
    """``if x``, which asks whether x is not 0."""
    traced = pattern_mode(self)
    decided(traced)
    true = bool(primal(self))
    if not true and self.size and traced is None:
        warn_of_a_branch(self, 0.0)
    return true


def _comparison(compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def compared(a: Any, b: Any) -> Any:
        value, kind, mode = a.value, type(b), a.mode
        n = mode.compared = mode.compared + 1
        if type(value) is not Dual and mode.of_numbers:  # quickly, what most comparisons are about
            if kind is float or kind is int:
                if FEW < n < MANY:
                    note(mode, a, b, value, b)
                if type(value) is ndarray:
                    note_a_mask(value == b, EQUAL, a)
                if 0.0 < b <= CLOSE or (isinstance(value, float) and value == b):
                    look_closely(a, b, n)
                return compare(value, b)
            other: Any = b.value if kind is Dual else None
            if kind is Dual and type(other) is not Dual and b.mode.of_numbers:
                if FEW < n < MANY:
                    note(mode, a, b, value, other)
                if isinstance(value, float) and isinstance(other, float) and value == other and a is not b:
                    look_closely(a, other, n)
                elif type(value) is ndarray and a is not b:
                    note_a_mask(np.equal(value, other), EQUAL, a, b)
                return compare(value, other)
        b = settled(b[()] if kind is np.ndarray else b)  # NumPy's numbers come as arrays without axes
        if meets_class((b,)):
            return NotImplemented
        x, y = primal(a), primal(b)
        if FEW < n < MANY:
            pair: Any = mode, a, b
            while pair:  # of each derivative call that has to do with it
                of, left, right = pair
                note(of, left, right, x, y)
                pair = outer_pair(of, left, right)
        if not mode.of_numbers:
            return answer(compare(x, y), a, b)
        if isinstance(y, float | int) and (0.0 < y <= CLOSE or (isinstance(x, float) and x == y)):
            look_closely(a, y, n)
        if type(x) is ndarray or type(y) is ndarray:
            note_a_mask(np.equal(x, y), EQUAL, a, b)
        return answer(compare(x, y), a, b)

    return compared


def warn_of_a_branch(
    a: Any, b: Any, asked: bool = False, moves: Callable[[Any, Any], bool] | None = None
) -> None:
    """A comparison holds at this very point and not beside it: say so, if it stands in the user's code.

    Of our own comparisons none says so, unless it is ``asked`` for by a call of the user's. Whether it
    holds beside the point is told by the tangents of the two: ``moves`` of them, if that is given.
    """
    frame = sys._getframe(2)
    while frame.f_back is not None and _is_ours(frame) and (asked or frame.f_code.co_name in _ASKING):
        frame = frame.f_back
    module = frame.f_globals.get("__name__", "")
    package = module.partition(".")[0]
    of_arrays = bool(shape_of(a) + shape_of(b))
    if package == "scipy" and of_arrays:  # mostly masks, of which both sides are computed
        note_corner(EQUAL)
        return
    if package == "numpy" and not of_arrays:  # as where zeros at the end of a polynomial are left out
        note_corner("a comparison of equal numbers inside NumPy")
    if not outside(module):
        return
    if _is_infinite(primal(a)):
        return  # equal to an infinity is what no number beside this one is near
    if moves is None and _stay_equal(a, b):
        if a is not b:  # a square, it may be, which is 0 no more beside this point
            note_corner(EQUAL)
        return
    warn = partial(
        hold_back,
        partial(
            Line.of(frame).warn,
            f"a comparison with == or != (or isclose, or a test such as `if x`) was decided by {primal(a)!r} "
            f"being equal to {primal(b)!r} exactly, and the derivative by the rules is that of the branch "
            "for this point alone; where the branches join smoothly, differentiate at a point beside it",
            EqualityWarning,
        ),
        a,
        b,
    )
    if moves is None:
        warn()
    else:
        mode: Any = top_mode((a, b))
        doubt(mode, (a, b), moves, warn)


def _stay_equal(a: Any, b: Any) -> bool:
    """Whether nothing parts two equal numbers, as far as their tangents tell, on any level."""
    mode = top_mode((a, b))
    if mode is None:
        return bool(np.all(a == b))
    one, two = (x.tangent if type(x) is Dual and x.mode is mode else 0.0 for x in (a, b))
    if not isinstance(mode, Recorded):
        stay = _stay_equal(one, two)
    elif type(one) is type(two) and (one is two or one == two):
        stay = True
    else:
        stay = all(type(t) is float or place_of(t) in mode.flat for t in (one, two))
    return stay and _stay_equal(*(x.value if type(x) is Dual and x.mode is mode else x for x in (a, b)))


#: Of our functions those that stand for a question of the user's.
_ASKING = frozenset(
    {"__eq__", "__ne__", "_array_ufunc", "_asked", "_contains", "_equal", "_unequal", "compare", "operate"}
)


def _is_infinite(x: Any) -> bool:
    return isinstance(x, float | np.ndarray) and bool(np.all(np.isinf(x)))


def _is_ours(frame: Any) -> bool:
    module: str = frame.f_globals.get("__name__", "")
    return module.partition(".")[0] == "dualad"


def _no_derivative(*args: Any) -> Any:
    raise UnsupportedError("a matrix of scipy.sparse cannot hold a Dual")


#: ``matrix @ x`` for a matrix of scipy.sparse.
_SPARSE_PRODUCT = LinearRule(
    operator.matmul,
    (_no_derivative, lambda y, matrix, x: SparseLeft(matrix, shape_of(x))),
    "matmul",
    arrays=("matrix", "x"),
    linear=True,
)


def _install(name: str, text: str, ufunc: Any, reflected: bool | None) -> None:
    """Give Dual an operator, which is compiled at its first use: importing stays fast."""
    attribute = f"__{'r' if reflected else ''}{name.removeprefix('r')}__"

    def first_use(*args: Any) -> Any:
        rule: Any = RULES[ufunc]
        if isinstance(rule, LinearRule):
            fast: Any = _product(rule, reflected)
        else:
            fast = _compiled(rule, text, _OPERATION[name], None, reflected)
        setattr(Dual, attribute, fast)
        return fast(*args)

    setattr(Dual, attribute, first_use)


def _product(rule: LinearRule, reflected: bool | None) -> Callable[..., Any]:
    """``a @ b``, one of which may be a sparse matrix."""

    def product(a: Any, b: Any) -> Any:
        a, b = (b, a) if reflected else (a, b)
        other = a if reflected else b
        if type(other) is Dual or (type(other) is ndarray and not other.dtype.hasobject):
            return call_linear(rule, (a, b), {})
        a, b = settled((a, b))
        if meets_class((a, b)) or hasattr(b if type(a) is Dual else a, "stands_for"):
            return NotImplemented
        if hasattr(a, "tocsr"):
            return call_linear(_SPARSE_PRODUCT, (a, b), {})
        if hasattr(b, "tocsr"):
            return np.transpose(call_linear(_SPARSE_PRODUCT, (b.T, np.transpose(a)), {}))
        return call_linear(rule, (a, b), {})

    return product


def _install_in_place(name: str, sign: str) -> None:
    def update(self: Any, other: Any) -> Any:
        result = _OPERATION[name](self, other)
        if not isinstance(primal(self), np.ndarray):
            return result
        if shape_of(result) != self.shape:
            raise ValueError(
                f"non-broadcastable output operand with shape {self.shape} doesn't match the "
                f"broadcast shape {shape_of(result)}; write x = x {sign} y for x {sign}= y"
            )
        if not fill(self, result):
            refuse_complex(result, self)
            self[...] = result
        return self

    setattr(Dual, f"__i{name}__", update)


def _install_operators() -> None:
    for name, (text, ufunc) in _UNARY.items():
        _install(name, text, ufunc, None)
    for name, (sign, ufunc) in _BINARY.items():
        _install(name, f"a0 {sign} b0", ufunc, False)
        _install(name, f"a0 {sign} b0", ufunc, True)
        _install_in_place(name, sign)
    for name in ("lt", "le", "gt", "ge"):
        setattr(Dual, f"__{name}__", _comparison(getattr(operator, name)))
    _class.__bool__ = _truth
    _class.__eq__ = _equal
    _class.__ne__ = _unequal
    _class.__divmod__ = lambda a, b: (a // b, a % b)
    _class.__rdivmod__ = lambda a, b: (b // a, b % a)


_install_operators()
_class._elementwise = _elementwise
