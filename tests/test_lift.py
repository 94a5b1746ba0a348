"""Plain code, as somebody wrote it who never heard of us: what `lift` covers so far.

The truth is a closed form, or a complex step through the same formula written with cmath.
"""

import array
import cmath
import contextlib
import dataclasses
import datetime
import decimal
import fractions
import functools
import gc
import importlib
import io
import json
import math
import operator
import re
import struct
import subprocess
import sys
import textwrap
import time
import types
import weakref
from math import exp as plain_exp
from math import sin

import mpmath
import numpy as np
import pytest
from checking import in_threads

import dualad
from dualad import Dual, derivative, grad, jacobian, jvp, lift, linearize, value_and_grad, vjp
from dualad.dual import primal
from dualad.errors import ConversionError, CornerWarning, RoundingWarning, UnsupportedError

RATE = 2.0


class CompiledFunction:
    """Its class has no module, as that of Cython's functions in some versions."""

    __module__ = property(lambda self: "somewhere")

    def __call__(self):
        return 3.0


compiled_function = CompiledFunction()


def helper(x):
    return math.exp(-RATE * x)


def by_helper(x):
    return math.sin(x) * helper(x) + float(x)


def by_helper_prime(x, rate):
    return math.exp(-rate * x) * (math.cos(x) - rate * math.sin(x)) + 1.0


MATH = {
    "sin": 0.7, "cos": 0.7, "tan": 0.7, "asin": 0.3, "acos": 0.3, "atan": 0.7,
    "sinh": 0.7, "cosh": 0.7, "tanh": 0.7, "asinh": 0.7, "acosh": 1.7, "atanh": 0.3,
    "exp": 0.7, "log": 0.7, "log10": 0.7, "sqrt": 0.7,
}  # fmt: skip


@pytest.mark.parametrize("entry", [derivative, grad])
@pytest.mark.parametrize("name", MATH)
def test_functions_of_math(name, entry):
    function, x = getattr(math, name), MATH[name]
    step = getattr(cmath, name)(complex(x, 1e-150)).imag / 1e-150
    assert entry(lambda x: function(x))(x) == pytest.approx(step, rel=1e-15)
    assert entry(function)(x) == pytest.approx(step, rel=1e-15)
    assert dualad.value_and_derivative(lambda x: function(x))(x)[0] == function(x)


OTHERS = [
    (lambda x: math.atan2(x, 2.0), 1.0, 2 / 5),
    (lambda x: math.atan2(2.0, x), 1.0, -2 / 5),
    (lambda x: math.hypot(x, 4.0), 3.0, 0.6),
    (lambda x: math.pow(x, 3), 2.0, 12.0),
    (lambda x: math.pow(2.0, x), 3.0, 8 * math.log(2)),
    (lambda x: math.log(x, 2), 3.0, 1 / (3 * math.log(2))),
    (lambda x: math.log(2.0, x), 3.0, -math.log(2) / (3 * math.log(3) ** 2)),
    (lambda x: math.log1p(x), 1.0, 0.5),
    (lambda x: math.expm1(x), 0.0, 1.0),
    (lambda x: math.exp2(x), 1.0, 2 * math.log(2)),
    (lambda x: math.cbrt(x), 8.0, 1 / 12),
    (lambda x: math.fabs(x), -2.0, -1.0),
    (lambda x: math.copysign(x, -1.0), 2.0, -1.0),
    (lambda x: math.fmod(7.0, x), 3.0, -2.0),
    (lambda x: math.degrees(x), 1.0, 180 / math.pi),
    (lambda x: math.radians(x), 1.0, math.pi / 180),
    (lambda x: math.fsum([x, x * x, 1.0]), 3.0, 7.0),
    (lambda x: math.prod([x, x, 2.0]), 3.0, 12.0),
    (lambda x: x if math.isnan(x) or math.isinf(x) else x * x, 3.0, 6.0),
    (lambda x: x**2 if math.isfinite(x) and not math.isclose(x, 2.0) else x, 3.0, 6.0),
    (lambda x: math.floor(x) * x + math.ceil(x) + math.trunc(x), 2.5, 2.0),
    (lambda x: sin(x) * plain_exp(x), 0.0, 1.0),
    (lambda x: float(x) ** 2 if isinstance(x, float) else None, 3.0, 6.0),
    (lambda x: np.sin(x) + np.add.reduce(np.multiply.outer([1.0, 2.0], [1.0])[:, 0]) * x, 0.0, 4.0),
]


@pytest.mark.parametrize("entry", [derivative, grad])
@pytest.mark.parametrize(("f", "x", "slope"), [pytest.param(*row, id=str(k)) for k, row in enumerate(OTHERS)])
def test_more_of_math_and_float(f, x, slope, entry):
    assert entry(f)(x) == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("make", [np.array, np.asarray, np.ascontiguousarray])
def test_arrays_made_of_numbers(make, mode):
    x = np.array([2.0, 3.0])
    right = [[3.0, 2.0], [4.0, 0.0], [0.0, 0.0]]

    def flat(x):
        return make([x[0] * x[1], x[0] ** 2, 1.0])

    def nested(x):
        return make([[x[0] * x[1]], (x[0] ** 2,), [1]], dtype=float).ravel()

    np.testing.assert_array_equal(jacobian(flat, mode=mode)(x), right)
    np.testing.assert_array_equal(jacobian(nested, mode=mode)(x), right)
    np.testing.assert_array_equal(jacobian(lambda x: make(x) * 1.0, mode=mode)(x), np.eye(2))


@pytest.mark.parametrize("transform", [derivative, grad])
def test_arrays_of_no_dimensions_among_the_entries_of_an_array(transform):
    """They are numbers: there is an array of floats, which may be added to one."""
    held = np.array(2.0)

    def f(x):
        total = np.ones((2, 2))
        total[np.ix_([0, 1], [0, 1])] += np.array([[x, held], [np.array(3), x * x]])
        return np.linalg.det(total)

    assert transform(f)(1.5) == pytest.approx(1 + 2 * 1.5 + 3 * 1.5**2, rel=1e-14)


def test_the_dtype_of_an_array_made_of_numbers():
    single = derivative(lambda x: np.array([x, x * x], dtype=np.float32))(3.0)
    assert single.dtype == np.float32
    assert single.tolist() == [1.0, 6.0]
    assert derivative(lambda x: np.array([1, 2], dtype=int) * x)(3.0).tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("make", "copies"),
    [
        (np.array, {}),
        (np.array, {"copy": True}),
        (np.array, {"copy": np.True_}),
        (np.array, {"copy": np._CopyMode.ALWAYS}),  # as SciPy's array_api_compat writes it
        (np.asarray, {"copy": True}),
    ],
)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_array_that_is_copied_is_another(make, copies, mode):
    def f(x):
        y = make(x, **copies)
        y[0] = 0.0
        return x + y

    def of_a_container(x):
        held = np.zeros(2)
        held[:] = x
        return f(held)

    x = np.array([1.0, 2.0])
    for one in (f, of_a_container):
        np.testing.assert_array_equal(jacobian(one, mode=mode)(x), [[1.0, 0.0], [0.0, 2.0]])


def test_every_entry_point_lifts():
    def f(x):
        return math.sin(x) * 2.0

    slope = 2 * math.cos(0.5)
    assert derivative(f)(0.5) == grad(f)(0.5) == jacobian(f)(0.5) == pytest.approx(slope, rel=1e-15)
    assert jvp(f, 0.5, 1.0)[1] == vjp(f, 0.5)[1](1.0) == linearize(f, 0.5)[1](1.0) == derivative(f)(0.5)
    assert value_and_grad(f)(0.5)[1] == derivative(f)(0.5)
    assert (
        derivative(derivative(f))(0.5)
        == derivative(f, order=2)(0.5)
        == pytest.approx(-2 * math.sin(0.5), rel=1e-15)
    )


def test_objects_of_a_class_without_a_module():
    assert not isinstance(CompiledFunction.__module__, str)
    assert derivative(lambda x: math.sin(x) * compiled_function())(0.5) == 3.0 * math.cos(0.5)


def test_without_lifting_it_is_an_error():
    for entry in (derivative, grad, jacobian, value_and_grad):
        with pytest.raises(ConversionError, match=r"dualad\.sin"):
            entry(lambda x: math.sin(x), lift=False)(1.0)
    with pytest.raises(ConversionError):
        jvp(lambda x: math.sin(x), 1.0, 1.0, lift=False)
    with pytest.raises(ConversionError):
        vjp(lambda x: math.sin(x), 1.0, lift=False)


def test_helpers_are_lifted_and_globals_looked_up_anew(monkeypatch):
    assert derivative(by_helper)(0.5) == pytest.approx(by_helper_prime(0.5, 2.0), rel=1e-15)
    monkeypatch.setitem(globals(), "RATE", 3.0)
    assert derivative(by_helper)(0.5) == pytest.approx(by_helper_prime(0.5, 3.0), rel=1e-15)
    monkeypatch.setitem(globals(), "helper", lambda x: math.cos(x))
    assert derivative(by_helper)(0.5) == pytest.approx(math.cos(1.0) + 1.0, rel=1e-15)


def test_closures_follow_their_variables():
    scale, inner = 2.0, math.sin

    def f(x):
        return scale * inner(x)

    d = derivative(f)
    assert d(0.0) == 2.0
    scale, inner = 3.0, math.tan
    assert d(0.0) == 3.0


def test_a_closure_that_counts():
    calls = 0

    def f(x):
        nonlocal calls
        calls += 1
        return math.exp(x)

    assert derivative(f)(0.0) == 1.0
    assert calls == 1


COUNT = 0


def counting(x):
    global COUNT
    COUNT += 1
    return np.exp(x)


def test_a_function_that_writes_globals_writes_its_own(monkeypatch):
    monkeypatch.setitem(globals(), "COUNT", 0)
    assert derivative(counting)(0.0) == 1.0
    assert COUNT == 1


def test_recursion_defaults_lambdas_generators_and_inner_functions():
    def power(x, n, f=math.cos):
        return 1.0 if n == 0 else f(x) * power(x, n - 1)

    assert derivative(power)(0.5, 3) == pytest.approx(-3 * math.cos(0.5) ** 2 * math.sin(0.5), rel=1e-15)

    def summed(x, *, g=math.sin):
        def terms():
            yield from (g(i * x) for i in range(3))

        return sum(terms()) + (lambda t: math.exp(t))(x)

    assert derivative(summed)(0.0) == 4.0


class Model:
    def __init__(self, scale):
        self.scale = scale

    def __call__(self, x):
        return self.scale * math.sqrt(x)

    def method(self, x):
        return self.scale * math.log(x)

    @staticmethod
    def static(x):
        return math.exp(x)


def test_methods_objects_partials_and_wrappers():
    model = Model(4.0)
    assert derivative(model)(4.0) == 1.0
    assert derivative(model.method)(2.0) == 2.0
    assert derivative(Model.static)(0.0) == 1.0
    assert derivative(functools.partial(math.pow, 2.0))(0.0) == math.log(2.0)
    assert derivative(functools.partial(lambda a, x: a * math.sin(x), 3.0))(0.0) == 3.0
    assert derivative(functools.lru_cache(lambda x: math.sin(x)))(0.0) == 1.0

    @functools.wraps(by_helper)
    def decorated(*args):
        return by_helper(*args)

    assert derivative(decorated)(0.5) == derivative(by_helper)(0.5)


def test_nothing_is_patched():
    before = dict(vars(math)), dict(vars(np)), dict(globals())
    derivative(by_helper)(0.5)
    assert (dict(vars(math)), dict(vars(np))) == before[:2]
    assert globals().keys() == before[2].keys()
    assert math.sin(1.0) == sin(1.0)


def test_nothing_to_replace_is_nothing_to_copy():
    def f(x):
        return x * x

    assert lift(f) is f
    assert lift(len) is len


def test_tracebacks_point_at_the_users_line():
    def f(x):
        return math.sin(x) / 0.0

    derivative(lambda x: x / 2.0)(1.0)  # an operator is compiled at its first use, by one frame more
    with pytest.raises(ZeroDivisionError) as caught:
        derivative(f)(1.0)
    last = caught.traceback[-1] if "fast path" not in str(caught.traceback[-1].path) else caught.traceback[-2]
    assert last.name == "f"
    assert str(last.path) == __file__


def test_lifted_functions_are_let_go():
    def made():
        def f(x):
            return math.sin(x)

        derivative(f)(1.0)
        return weakref.ref(f)

    gone = made()
    gc.collect()
    assert gone() is None


def test_exceptions_and_warnings_are_those_of_math():
    with pytest.raises(ValueError, match=r"math domain error|expected a"):
        derivative(lambda x: math.sqrt(x))(-1.0)
    with pytest.raises(OverflowError):
        derivative(lambda x: math.exp(x))(1e4)
    with pytest.raises(TypeError):
        derivative(lambda x: math.sin("x"))(1.0)


def test_a_dual_by_hand_in_lifted_code():
    assert repr(lift(lambda x: math.exp(x))(Dual(0.0, 2.0))) == "Dual(1.0 + 2.0ε)"


def test_threads_lift_the_same_function_at_once():
    def f(x):
        return math.sin(x) * helper(x)

    right = derivative(f)(0.5)
    results = []

    def work():
        for _ in range(50):
            results.append(derivative(f)(0.5))
            time.sleep(0)

    in_threads(work, 8)
    assert results == [right] * 400


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A class whose objects do not let themselves be changed, not even by us."""

    x: float
    sine: float = dataclasses.field(init=False)

    def __post_init__(self):
        object.__setattr__(self, "sine", math.sin(self.x))


@pytest.mark.parametrize("entry", [derivative, grad])
def test_frozen_dataclass_with_a_post_init(entry):
    assert entry(lambda x: Frozen(x).sine * x)(0.7) == pytest.approx(
        math.sin(0.7) + 0.7 * math.cos(0.7), rel=1e-14
    )


# ---------------------------------------------------------------- exceptions


def _by_any(x):
    try:
        return float.fromhex(x.hex())
    except Exception:
        return 0.0


def _by_bare(x):
    try:
        return array.array("d", [x])[0]
    except:  # noqa: E722 - as people write it
        return 0.0


def _by_several(x):
    try:
        return datetime.timedelta(seconds=x).total_seconds()
    except (KeyError, TypeError):
        return 0.0


def _by_suppress(x):
    y = 0.0
    with contextlib.suppress(AttributeError, TypeError):
        y = array.array("d", [x])[0]
    return y


@pytest.mark.parametrize("f", [_by_any, _by_bare, _by_several, _by_suppress])
def test_no_handler_turns_a_lost_derivative_into_another_branch(f):
    for entry in (derivative, grad):
        with pytest.raises(TypeError, match="Dual"):
            entry(f)(1.0)


def _length(x):
    try:
        return len(x) * x
    except TypeError:
        return 2.0 * x


def _rows(x):
    try:
        return x.shape[0] * x
    except AttributeError:
        return 2.0 * x


def _first(x):
    try:
        return x[0] * x
    except:  # noqa: E722 - as people write it
        return 2.0 * x


def _named(x):
    try:
        x.hex()
    except ConversionError:
        return 0.0
    except UnsupportedError:
        return 2.0 * x


def _inner(x):
    with contextlib.suppress(ZeroDivisionError):
        return x / (x - primal(x))
    return 2.0 * x


def _index(x):
    try:
        return operator.index(x)
    except TypeError:
        return 2.0 * x


@pytest.mark.parametrize("f", [_index, _length, _rows, _first, _named, _inner])
def test_handlers_see_the_exceptions_of_plain_numbers(f):
    assert derivative(f)(1.0) == grad(f)(1.0) == 2.0


def test_attributes_with_a_default_are_those_of_the_value():
    def f(x):
        return x * getattr(x, "ndim", 3.0) + getattr(x, "nothing", 1.0)

    assert derivative(f)(1.0) == 3.0
    assert jacobian(f)(np.array([1.0])) == 1.0


# ---------------------------------------------------------------- what Python calls by itself


class Angle:
    """Operators and other methods full of functions of math."""

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        if not isinstance(other, (float, Angle)):
            return NotImplemented
        return Angle(math.sin(self.value) + math.cos(getattr(other, "value", other)))

    __radd__ = __add__

    def __imul__(self, factor):
        self.value = self.value * math.exp(factor)
        return self

    def __neg__(self):
        return Angle(math.exp(self.value))

    def __lt__(self, other):
        return math.exp(self.value) < math.exp(getattr(other, "value", other))

    def __abs__(self):
        return math.fabs(self.value)

    def __float__(self):
        return math.sin(self.value)

    def __iter__(self):
        for i in range(3):
            yield math.sin(i * self.value)

    def __enter__(self):
        return math.exp(self.value)

    def __exit__(self, *error):
        self.value = math.cos(self.value)

    @property
    def squared(self):
        return math.pow(self.value, 2)

    @squared.setter
    def squared(self, new):
        self.value = math.sqrt(new)


class Turn(Angle):
    def __radd__(self, other):
        return Angle(math.sin(self.value) * math.cos(other.value))


def _in_place(x):
    a = Angle(x)
    a *= x
    return a.value


def _by_setter(x):
    a = Angle(0.0)
    a.squared = x
    return a.value


def _by_with(x):
    a = Angle(x)
    with a as e:
        pass
    return e * a.value


MAGIC = [
    (lambda x: (Angle(x) + Angle(2 * x)).value, lambda x: cmath.sin(x) + cmath.cos(2 * x)),
    (lambda x: (Angle(x) + 2 * x).value, lambda x: cmath.sin(x) + cmath.cos(2 * x)),
    (lambda x: (2 * x + Angle(x)).value, lambda x: cmath.sin(x) + cmath.cos(2 * x)),
    (lambda x: (Angle(2 * x) + Turn(x)).value, lambda x: cmath.sin(x) * cmath.cos(2 * x)),
    (_in_place, lambda x: x * cmath.exp(x)),
    (lambda x: (-Angle(x)).value, lambda x: cmath.exp(x)),
    (lambda x: x if Angle(x) < Angle(2 * x) else 0.0, lambda x: x),
    (lambda x: x if x > Angle(0.5 * x) else 0.0, lambda x: x),
    (lambda x: abs(Angle(x)), lambda x: x),
    (lambda x: float(Angle(x)), cmath.sin),
    (lambda x: sum(v for v in Angle(x)), lambda x: cmath.sin(x) + cmath.sin(2 * x)),
    (_by_with, lambda x: cmath.exp(x) * cmath.cos(x)),
    (_by_setter, cmath.sqrt),
]


@pytest.mark.parametrize("entry", [derivative, grad])
@pytest.mark.parametrize(("f", "same"), [pytest.param(*row, id=str(k)) for k, row in enumerate(MAGIC)])
def test_methods_that_python_calls_by_itself(f, same, entry):
    assert entry(f)(0.3) == pytest.approx(same(0.3 + 1e-30j).imag / 1e-30, rel=1e-14)
    assert lift(f)(0.3) == f(0.3)
    with pytest.raises(TypeError):
        lift(lambda: Angle(1.0) + "text")()


class Metres(float):
    def __new__(cls, value=0.0, *, name=""):
        return float.__new__(cls, value)


def test_a_kind_of_float_made_by_name():
    assert derivative(lambda x: Metres(value=x) * math.exp(x))(0.0) == 1.0


# ---------------------------------------------------------------- arrays that are written to, SciPy


def _divided(x):
    out = np.empty(2)
    np.multiply(np.divide(x, np.array([2.0, 4.0]), out=out), 2.0, out=out)
    return out[0] + out[1]


def _summed(x):
    out = np.empty(())
    np.sum(np.array([x, x * x]), out=out)
    return out.item()


def _where(x):
    out = np.zeros(3)
    np.divide(1.0, np.array([x, 0.0, 2 * x]), out=out, where=np.array([True, False, True]))
    return out.sum()


def _flat(x):
    y = np.zeros((2, 2))
    y.flat[np.array([True, False, True, True])] = np.array([[x, 2.0], [x * x, 1.0]]).flat[[0, 2, 3]]
    return sum(y.flat)


def _alike(x):
    return np.full_like([1.0, 2.0], x).sum() + np.full((2,), fill_value=x, dtype=float)[0]


@pytest.mark.parametrize("entry", [derivative, grad])
@pytest.mark.parametrize(
    ("f", "slope"), [(_divided, 1.5), (_summed, 2.0), (_where, -6.0), (_flat, 2.0), (_alike, 3.0)]
)
def test_arrays_are_written_to(f, slope, entry):
    assert entry(f)(0.5) == pytest.approx(slope, rel=1e-15)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_splines_of_two_variables(entry):
    interpolate = pytest.importorskip("scipy.interpolate")
    x, y = np.mgrid[0:1:8j, 0:1:9j]
    tck = interpolate.bisplrep(x, y, np.sin(2 * x) * np.exp(y))

    def spline(*args):
        return interpolate.bisplev(*args, tck)

    def along(x):
        return float(spline(x, 2 * x))

    def plain(x, y, dx, dy):
        return interpolate.bisplev(x, y, tck, dx, dy)

    assert dualad.value(spline(0.3, 0.6)) == plain(0.3, 0.6, 0, 0)
    slope = plain(0.3, 0.6, 1, 0) + 2 * plain(0.3, 0.6, 0, 1)
    assert entry(along)(0.3) == pytest.approx(slope, rel=1e-14)

    def curvature(x):
        return plain(x, 2 * x, 2, 0) + 4 * plain(x, 2 * x, 1, 1) + 4 * plain(x, 2 * x, 0, 2)

    assert entry(entry(along))(0.3) == pytest.approx(curvature(0.3), rel=1e-12)
    third = (curvature(0.3 + 1e-5) - curvature(0.3 - 1e-5)) / 2e-5
    assert entry(entry(entry(along)))(0.3) == pytest.approx(third, rel=1e-7)
    on_grid = entry(lambda x: spline([0.1, 0.2], [x, 0.5]).sum())(0.3)
    assert on_grid == pytest.approx(plain([0.1, 0.2], 0.3, 0, 1).sum(), rel=1e-14)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_lambert_w(entry):
    special = pytest.importorskip("scipy.special")
    mpmath = pytest.importorskip("mpmath")

    def w(x):
        return float(special.lambertw(x).real)

    for x in (0.5, 0.0, -0.3, 1e5):
        assert entry(w)(x) == pytest.approx(float(mpmath.diff(mpmath.lambertw, x).real), rel=1e-13)
        second = float(mpmath.diff(mpmath.lambertw, x, 2).real)
        assert entry(entry(w))(x) == pytest.approx(second, rel=1e-10)
    lower = mpmath.diff(lambda x: mpmath.lambertw(x, -1).real, -0.1)
    assert entry(lambda x: special.lambertw(x, -1).real)(-0.1) == pytest.approx(float(lower), rel=1e-13)


def test_rules_of_scipy_are_found_at_the_first_call():
    """In a fresh process: a list of Duals reaches a ufunc of SciPy whose rules have not been loaded."""
    program = (
        "import scipy.special, dualad\nprint(dualad.grad(lambda x: scipy.special.multigammaln(x, 2))(4.0))\n"
    )
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert float(printed.stdout) == pytest.approx(float(mpmath.digamma(4) + mpmath.digamma(3.5)), rel=1e-14)


# ---------------------------------------------------------------- numbers made of text


def _by_file(x):
    file = io.StringIO()
    print("%.17g" % x, file=file)  # noqa: UP031 - each way to format
    return np.loadtxt(io.StringIO(file.getvalue()))


def _by_array(x):
    return np.fromstring(np.array2string(np.array([x, 2 * x]))[1:-1], sep=" ").sum()


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: float(("%.12f and %s" % (x, x)).split()[0]),  # noqa: UP031 - each way to format
        lambda x: float(f"{x:.3f}"[:3]),
        lambda x: float(f"{x:.16f}".strip()),
        lambda x: float(f"{x:.{3}f}e{2:d}"),
        lambda x: float("1" + "%.3f" % x),  # noqa: UP031 - each way to format
        lambda x: float("".join(["%.3f" % x, "1"])),  # noqa: UP031 - each way to format
        lambda x: float(decimal.Decimal("{:.3f}".format(x))),  # noqa: UP032 - each way to format
        lambda x: float(fractions.Fraction("%.16f" % x)),  # noqa: UP031 - each way to format
        lambda x: float(repr(-x).lstrip("-")),
        lambda x: float(f"{x} m".split()[0]),
        lambda x: float(f"{1e4 * x:,.3f}".replace(",", "")),
        lambda x: sum(float(part) for part in f"{x:.17g};{2 * x:.17g}".split(";")),
        lambda x: sum(map(float, ("%.17g %.17g" % (x, 2 * x)).split())),  # noqa: UP031 - each way
        lambda x: complex("%.17g" % x).real,  # noqa: UP031 - each way to format
        lambda x: json.loads(f"[{x:.17g}]")[0],
        lambda x: float(decimal.Decimal(str(x))),
        lambda x: float(re.match(r"[0-9.]+", f"{x:.17g} m").group()),
        lambda x: np.array([str(x), str(2 * x)]).astype(float).sum(),
        lambda x: np.array(",".join(map(str, [x, 2 * x])).split(","), dtype=float).sum(),
        _by_file,
        _by_array,
    ],
)
def test_text_is_no_number(f, transform):
    assert f(0.7) is not None
    with pytest.raises(ConversionError, match="round"):
        transform(f)(0.7)


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: float(f"{x:.16f}"),
        lambda x: float(f"{x}"),
        lambda x: np.float64("{:.18f}".format(2 * x)) / 2,  # noqa: UP032 - each way to format
        lambda x: float("%.17g" % (x,)),  # noqa: UP031 - each way to format
        lambda x: float(str(x)),
        lambda x: float(repr(x)),
        lambda x: float("%.12f" % x),  # noqa: UP031 - each way to format
        lambda x: float(f"{x:.9f}"),
        lambda x: np.float64("{:.12f}".format(x)),  # noqa: UP032 - each way to format
        lambda x: float(format(x, ".12g")),
    ],
)
def test_text_with_many_digits_is_the_number(f, transform):
    assert transform(f)(0.7) == 1.0
    assert f(0.7) == vjp(f, 0.7)[0]


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: float(f"{x * x:.4f}"),
        lambda x: float("%.7g" % (x * x)),
        lambda x: float("{:.4f}".format(x * x)),  # noqa: UP032 - each way to format
        lambda x: float(format(x * x, ".6e")),
    ],
)
def test_text_with_few_digits_is_rounded(f, transform):
    """It has the slope across the steps of the text, where differences see one."""
    with pytest.warns(
        RoundingWarning, match="text '15.*see the slope across|text '1.5.*see the slope across"
    ):
        assert transform(f)(12.34567) == pytest.approx(24.69134, rel=1e-14)
    with pytest.warns(RoundingWarning, match="text '152.4'.*of derivative 0"):
        assert transform(lambda x: float(f"{x * x:.1f}") + 3 * x)(12.345) == 3.0
    assert transform(lambda x: int(f"{x:.0f}") * x)(12.345) == 12.0


@pytest.mark.parametrize("transform", [derivative, grad])
def test_text_is_that_of_the_value(transform):
    """It may be what something is looked up by; other numbers may be read."""
    factors = {"0.7": 3.0, "0.70": 5.0}
    seen = []

    def f(x):
        keys = f"{x:.1f}", "%.1f" % x, "{:.2f}".format(x), str(x), repr(x)  # noqa: UP031, UP032
        seen.append([factors.get(key) for key in keys])
        seen.append(len(np.array_str(np.array([x, 2 * x]))))
        seen.append([len(str([x, {"a": (x, 2)}])), len(repr((x, "b")))])
        return x * factors[keys[0]] * float("1.5") * np.array(["2.5"]).astype(float)[0] * len(f"{x:.3f}")

    assert transform(f)(0.7) == pytest.approx(3.0 * 1.5 * 2.5 * 5)
    assert seen[:2] == [[3.0, 3.0, 5.0, 3.0, 3.0], len("[0.7 1.4]")]
    assert seen[2] == [len("[0.7, {'a': (0.7, 2)}]"), len("(0.7, 'b')")]
    assert float(f"{0.7:.1f}") == 0.7


@functools.lru_cache
def _square_of_text(text):
    return float(text) ** 2


@functools.lru_cache
def _sum_of_squares(numbers):
    return sum(v * v for v in numbers)


def test_a_function_with_a_cache_takes_texts_and_tuples_of_duals():
    assert _square_of_text("0.7") == _sum_of_squares((0.7,)) == 0.7**2  # both are remembered
    for transform in (derivative, grad):
        assert transform(lambda x: _square_of_text(str(x)))(0.7) == 1.4
        assert transform(lambda x: _sum_of_squares((x, 2.0)) + _sum_of_squares((0.7,)))(0.7) == 1.4
        assert transform(lambda x: _square_of_text(f"{x}") * _square_of_text(f"{0 * x + 0.7}"))(0.7) == (
            pytest.approx(1.4 * 0.49)
        )


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("text", [str, "{:.10f}".format, lambda x: ("sine", f"{x:.12g}")])
def test_what_is_remembered_by_a_text_warns(text, transform):
    """A text finds what was kept without a derivative, unlike what another derivative call has kept."""
    known = {}

    def sine(x):
        key = text(x)
        if key not in known:
            known[key] = math.sin(x)
        return known[key]

    for _ in range(2):
        assert transform(sine)(0.5) == math.cos(0.5)
    assert sine(0.5) == math.sin(0.5)  # the Dual that was kept is nobody's
    with pytest.warns(CornerWarning, match="text that a number was printed as"):
        transform(sine)(0.5)


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("save", [np.save, np.savetxt, np.savez, np.savez_compressed])
def test_files_are_not_written(save, transform, tmp_path):
    def f(x):
        save(tmp_path / "numbers", np.array([x, 2 * x]))
        return 3 * x

    with pytest.raises(UnsupportedError, match=rf"np.{save.__name__}\(file, dualad.value\(x\)\)"):
        transform(f)(0.7)
    assert transform(lambda x: save(tmp_path / "numbers", dualad.value(np.array([x]))) or 3 * x)(0.7) == 3.0


# ---------------------------------------------------------------- SciPy


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_curve_fit_against_the_minimum_of_many_digits(mode):
    optimize = pytest.importorskip("scipy.optimize")
    t, y = np.array([0.0, 1.0, 2.5, 3.0]), np.array([2.03, 1.47, 0.81, 0.67])

    def decay(t, a, b):
        return a * np.exp(-b * t)

    def minimum(y):
        def gradient(a, b):
            powers = [mpmath.exp(-b * s) for s in t]
            r = [a * p - z for p, z in zip(powers, y, strict=True)]
            first = sum(q * p for q, p in zip(r, powers, strict=True))
            return first, sum(q * s * p for q, s, p in zip(r, t, powers, strict=True))

        return list(mpmath.findroot(gradient, (2.0, 0.37)))

    with mpmath.workdps(40):
        h, y_ = mpmath.mpf(10) ** -12, [mpmath.mpf(float(z)) for z in y]
        moved = [[[z + s * h * (i == k) for i, z in enumerate(y_)] for s in (1, -1)] for k in range(4)]
        columns = [[float((p - m) / (2 * h)) for p, m in zip(*map(minimum, pm), strict=True)] for pm in moved]
    found = jacobian(lambda y: optimize.curve_fit(decay, t, y)[0], mode=mode)(y)
    np.testing.assert_allclose(found, np.transpose(columns), rtol=1e-12)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_operators_of_the_other_operand_are_lifted_where_a_dual_asks(entry):
    """Where Python calls the operators, too: `operator.mul` is none of ours."""

    class Price:
        """It is no number, and makes one of its products."""

        def __init__(self, amount):
            self.amount = amount

        def __rmul__(self, k):
            return math.exp(k) * self.amount

        def __rsub__(self, k):
            return math.exp(2 * k) - self.amount

    price = Price(3.0)
    apply = {"f": operator.mul, "g": operator.sub}
    assert entry(lambda x: apply["f"](x, price))(0.5) == pytest.approx(3 * math.exp(0.5))
    assert entry(lambda x: apply["g"](x, price))(0.5) == pytest.approx(2 * math.exp(1.0))
    with pytest.raises(TypeError):
        entry(lambda x: apply["f"](x, object()))(0.5)


# ---------------------------------------------------------------- wrapped by compiled code


class Renamed(staticmethod):
    """It is read by compiled code and can be called, as a method can; it is made of more than a function."""

    def __init__(self, function, names):
        super().__init__(function)
        self.wrapped, self.names = function, names


class Growing:
    def grown(x):
        return math.exp(2 * x)

    grown = Renamed(grown, ["x"])

    @property
    def limit(self):
        return 1.0


@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_method_that_compiled_code_reads(entry):
    growing = Growing()
    assert entry(lambda x: growing.grown(x) * growing.limit)(0.5) == pytest.approx(2 * math.e)


def test_wrapt():
    """Its wrappers are objects of compiled classes, which call what they wrap."""
    wrapt = pytest.importorskip("wrapt")

    @wrapt.decorator
    def scaled(wrapped, instance, args, keywords):
        return (2.0 if instance is None else instance.scale) * math.sin(wrapped(*args, **keywords))

    @scaled
    def function(x):
        return math.exp(x)

    class Scaling:
        scale = 3.0

        @scaled
        def method(self, x, power=1):
            return math.exp(power * x)

        @scaled
        @staticmethod
        def static(x):
            return math.exp(x)

        @classmethod
        @scaled
        def of_class(cls, x):
            return math.exp(x)

    def slope(x, scale, power=1):
        return scale * math.cos(math.exp(power * x)) * math.exp(power * x) * power

    scaling = Scaling()
    for f, scale, power in (
        (function, 2.0, 1),
        (scaling.method, 3.0, 1),
        (lambda x: scaling.method(x, power=2), 3.0, 2),
        (lambda x: Scaling.method(scaling, x), 3.0, 1),
        (lambda x: Scaling.static(x), 2.0, 1),
        (Scaling.of_class, 3.0, 1),
    ):
        for transform in (derivative, grad):
            assert transform(f)(0.3) == pytest.approx(slope(0.3, scale, power), rel=1e-14)


class Compiled:
    """What ``numba.njit`` makes of a function, as far as we look at it."""

    def __init__(self, function):
        self.py_func = function
        self.given = []

    def __call__(self, *args):
        self.given.append(args)
        return 2 * args[0]


@Compiled
def doubled(x):
    return x + x


def test_a_compiled_function_runs_as_compiled_where_it_meets_no_dual():
    def f(x):
        return doubled(3.0) * doubled(x)

    doubled.given.clear()
    assert derivative(f)(0.5) == 12.0
    assert grad(f)(0.5) == 12.0
    assert doubled.given == [(3.0,), (3.0,)]


@Compiled
def before(place, fraction):
    raise NotImplementedError("usable in compiled code alone")


def test_a_compiled_function_runs_as_compiled_where_tuples_and_arrays_hold_no_dual():
    def f(x):
        place, table = before((2, 1), 0.5), before(np.array([3.0, 4.0]), 0.5)
        table[0] = x
        return place[0] * table[0] ** 2 + table[1] * x

    assert derivative(f)(0.5) == 10.0
    assert grad(f)(0.5) == 10.0


def test_a_compiled_function_with_a_dual_in_its_closure_is_lifted():
    def f(x):
        @Compiled
        def scaled(n):
            return n * x**2

        @Compiled
        def twice(n):
            return scaled(n) + scaled(n)

        return scaled(3.0) + twice(1.0)

    assert derivative(f)(0.5) == 5.0
    assert grad(f)(0.5) == 5.0


class TypingError(Exception):
    """What numba raises of code that it cannot compile, such as that of a lifted function."""

    __module__ = "numba.core.errors"


def test_a_function_that_cannot_be_compiled_runs_as_python():
    tried = []

    class Untyped(Compiled):
        def __call__(self, *args):
            tried.append(args)
            raise TypingError

    def f(x):
        @Untyped
        def cubed(n):
            return np.power(n, 3)

        return cubed(2.0) * cubed(x) + cubed(1.0)

    for transform in derivative, grad:
        assert transform(f)(0.5) == 6.0
    assert tried == [(2.0,), (2.0,)]  # once in each call


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __complex__(self):
        return self.x + self.y * 1j


@pytest.mark.parametrize("transform", [derivative, grad])
def test_an_object_that_becomes_a_complex_number(transform):
    assert transform(lambda x: abs(complex(Point(x, 2.0))))(1.5) == pytest.approx(0.6, rel=1e-15)


class Exact:
    """A number of computer algebra: what it is compared with is taken apart first."""

    def __le__(self, other):
        return Truth(struct.unpack("d", struct.pack("d", other))[0] >= 0.0)


class Truth:
    def __init__(self, answer):
        self.answer = answer

    def __bool__(self):
        return self.answer


@pytest.mark.parametrize("transform", [derivative, grad])
def test_a_comparison_that_has_no_place_for_a_dual_looks_at_its_value(transform):
    assert transform(lambda x: x**2 if x >= Exact() else x)(1.5) == 3.0
    assert transform(lambda x: x**2 if x >= Exact() else x)(-1.5) == 1.0


class GUFunc:
    """What ``numba.guvectorize`` makes of a function, as far as we look at it."""

    def __init__(self, function, signature, axes=()):
        self.__wrapped__, self.signature = function, signature
        kinds = [types.SimpleNamespace(ndim=n) for n in axes]
        signatures = [types.SimpleNamespace(args=kinds)] if kinds else []
        self.gufunc_builder = types.SimpleNamespace(_sigs=signatures)

    def __call__(self, *args):
        raise NotImplementedError("the compiled code, which knows no Duals")


def guvectorize(signature, axes=()):
    return functools.partial(GUFunc, signature=signature, axes=axes)


@guvectorize("(n),()->(n),()")
def scaled_and_summed(x, scale, y, total):
    total[0] = 0.0
    for i in range(x.shape[0]):
        y[i] = math.sin(x[i]) * scale
        total[0] += y[i]


@guvectorize("(n),(n)->()")
def added_product(x, z, y):
    for i in range(x.shape[0]):
        y[0] += x[i] * z[i]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_guvectorize(mode):
    x, scales = np.array([[0.3, 0.9, -0.5], [1.4, 0.2, 0.7]]), np.array([2.0, 3.0])

    def both(scales):
        y, total = scaled_and_summed(x, scales)
        return np.concatenate([y.ravel(), total])

    expected = np.zeros((8, 2))
    expected[[0, 1, 2], 0], expected[[3, 4, 5], 1] = np.sin(x)
    expected[[6, 7], [0, 1]] = np.sin(x).sum(axis=1)
    np.testing.assert_allclose(jacobian(both, mode=mode)(scales), expected, rtol=1e-15)

    def into_an_array(z):
        out = np.ones(2)
        added_product(x, z, out)
        return out

    np.testing.assert_allclose(jacobian(into_an_array, mode=mode)(np.ones(3)), x, rtol=1e-15)
    slope = jacobian(lambda z: added_product(x[0], z), mode=mode)(np.ones(3))
    np.testing.assert_allclose(slope, x[0], rtol=1e-15)


@guvectorize("(),(n)->()", axes=[1, 1, 1])
def mean_distance(middle, x, y):
    for a in x:
        y[0] += abs(a - middle[0]) / x.size


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_guvectorize_of_a_number_given_as_an_array(mode):
    x, middles = np.array([0.3, 0.9, -0.5, 1.6]), np.array([0.5, 1.0])
    slopes = jacobian(lambda m: mean_distance(m, x), mode=mode)(middles)
    np.testing.assert_allclose(slopes, np.diag(np.sign(middles[:, None] - x).mean(1)), rtol=1e-15)


class Private:
    """Names that Python changes, in a class with a method that finds attributes."""

    def __init__(self, x):
        self.__x = x
        self.__seen = [0.0]

    @property
    def __twice(self):
        return self.__x * 2

    def __getattr__(self, name):
        if name == "square":
            return math.pow(self.__x, 2)
        raise AttributeError(name)

    def result(self):
        self.__seen[0] += self.__twice
        self.__x *= 3
        return self.square + self.__seen[0]


@pytest.mark.parametrize("transform", [derivative, grad])
def test_private_names(transform):
    assert transform(lambda x: Private(x).result())(0.5) == 18 * 0.5 + 2


def test_a_list_beside_an_array():
    """NumPy would take the numbers in it apart."""
    weights = np.array([1.0, 2.0])

    def f(x):
        return np.sum([x, x * x] * weights) + np.sum(weights @ [[np.sin(k * x)] for k in range(2)])

    assert derivative(f)(0.5) == pytest.approx(1 + 4 * 0.5 + 2 * math.cos(0.5), rel=1e-15)
    assert derivative(lambda x: sum([x] * 3 + [2 * x]))(0.5) == 5.0


MODULES = {
    "parts_of_models": """
        import math

        class Parameter:
            def __init__(self, number):
                self.number = number

            @property
            def amount(self):
                return math.exp(self.number)

        class Model:
            def __init__(self, number):
                self.parameter = Parameter(number)
        """,
    "my_models": """
        import parts_of_models

        class Mine(parts_of_models.Model):
            pass
        """,
    "my_program": """
        from my_models import Mine

        def amount(number):
            return Mine(number).parameter.amount
        """,
}


@pytest.mark.parametrize("transform", [derivative, grad])
def test_properties_of_the_package_that_a_class_is_derived_from(transform, tmp_path, monkeypatch):
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    amount = importlib.import_module("my_program").amount
    assert transform(amount)(0.3) == pytest.approx(math.exp(0.3), rel=1e-15)


def exchanged(x):
    """What decorators of some libraries make: it has its code only when it is called."""
    exchanged.__code__ = _its_code.__code__
    return exchanged(x)


def _its_code(x):
    return math.sin(x)


@pytest.mark.parametrize("transform", [derivative, grad])
def test_function_that_exchanges_its_code(transform):
    before = exchanged.__code__
    assert transform(lambda x: exchanged(x) * x)(0.7) == pytest.approx(math.sin(0.7) + 0.7 * math.cos(0.7))
    exchanged.__code__ = before


def test_property_of_the_package_of_a_base(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "bases_of_models.py").write_text(
        "import math\nclass Quantity:\n    def __init__(self, x): self.x = x\n"
        "    @property\n    def sine(self): return math.sin(self.x)\n"
        "class Model:\n    def __init__(self, x): self.quantity = Quantity(x)\n"
    )
    (tmp_path / "models_of_others.py").write_text(
        "from bases_of_models import Model\nclass Own(Model): pass\ndef f(x): return Own(x).quantity.sine\n"
        "del Model\n"
    )
    f = importlib.import_module("models_of_others").f
    assert derivative(f)(0.7) == grad(f)(0.7) == math.cos(0.7)


class Hidden:
    """An object that does not show what it has, as those of some compiled classes."""

    @property
    def __dict__(self):
        raise AttributeError

    def __call__(self, x):
        return math.sin(x)


def test_an_object_without_a_dict_is_called():
    call = Hidden()
    assert derivative(lambda x: call(x))(0.3) == math.cos(0.3)


class Bearing:
    def __init__(self, value):
        self.value = value

    def __float__(self):
        return float(self.value)


@pytest.mark.parametrize("kind", [np.ndarray, type("Column", (np.ndarray,), {})])
def test_objects_with_numbers_of_their_own_are_made_floats(kind):
    def f(x):
        mixed = np.array([None, None, 1.0], object).view(kind)
        mixed[0], mixed[1] = Bearing(x), Bearing(x**2)
        return np.asarray(mixed, dtype=float) @ np.array([1.0, 2.0, 3.0])

    assert derivative(f)(3.0) == grad(f)(3.0) == 13.0
