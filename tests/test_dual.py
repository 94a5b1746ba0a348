"""The Dual in the hand: what it computes, what type comes out, how it prints, copies, compares and aliases.

The rule throughout: the value of a result is what plain Python or NumPy gives for the values, in
value, type and dtype. So every pairing is asked twice, once with Duals and once without.
"""

import copy
import inspect
import itertools
import math
import operator
import pickle

import numpy as np
import pytest

import dualad
from dualad import Dual, derivative, grad, jacobian, jvp, stop_derivative, tangent, value, vjp
from dualad.dual.typed import GivenLater

# ------------------------------------------------------------------------------- every pairing

#: The values that a Dual may hold: plain, and with a unit tangent of the same kind.
DUALS = {
    "float": 2.5,
    "float64": np.float64(2.5),
    "float32": np.float32(2.5),
    "float64 array": np.array([2.5, 3.25]),
    "float32 array": np.array([2.5, 3.25], np.float32),
    "0-d array": np.array(2.5),
    "column": np.array([[2.5], [1.75]]),
}

#: The other operand: Python numbers, a NumPy scalar of each dtype, arrays.
OTHERS = {
    "int": 3,
    "bool": True,
    "Python float": 1.5,
    **{f"np.{np.dtype(code).name}": np.dtype(code).type(3) for code in "bhilBHILefdg"},
    "np.bool": np.bool_(True),
    "array of float64": np.array([1.5, 4.0]),
    "array of float32": np.array([1.5, 4.0], np.float32),
    "array of int64": np.array([1, 3]),
    "array of uint8": np.array([1, 3], np.uint8),
    "array of bool": np.array([True, True]),
    "0-d array of int": np.array(3),
    "list-like matrix": np.array([[1.5, 4.0], [0.5, 2.0], [3.0, 1.0]])[:2],
}

ARITHMETIC = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]

#: The partial derivatives in the first and the second operand, on NumPy arrays.
PARTIALS = {
    operator.add: (lambda a, b: 1.0, lambda a, b: 1.0),
    operator.sub: (lambda a, b: 1.0, lambda a, b: -1.0),
    operator.mul: (lambda a, b: b, lambda a, b: a),
    operator.truediv: (lambda a, b: 1 / b, lambda a, b: -a / b**2),
    operator.floordiv: (lambda a, b: 0.0, lambda a, b: 0.0),
    operator.mod: (lambda a, b: 1.0, lambda a, b: -np.floor(a / b)),
    operator.pow: (lambda a, b: b * a ** (b - 1), lambda a, b: a**b * np.log(a)),
}

pairs = pytest.mark.parametrize(
    ("number", "other"),
    [
        pytest.param(d, o, id=f"{dn}, {on}")
        for (dn, d), (on, o) in itertools.product(DUALS.items(), OTHERS.items())
    ],
)


def assert_same(got, right):
    """Equal in type, dtype, shape and every bit."""
    assert type(got) is type(right), f"{type(got)} is not {type(right)}"
    if isinstance(right, np.ndarray | np.generic):
        assert got.dtype == right.dtype
        assert got.shape == right.shape
    np.testing.assert_array_equal(got, right)


def ones_like(x):
    return np.ones_like(x) if isinstance(x, np.ndarray | np.generic) else 1.0


def assert_alike(t, y):
    """A tangent has the dtype and the shape of its value (a Python float will do for np.float64)."""
    assert np.asarray(t).dtype == np.asarray(y).dtype
    assert np.shape(t) == np.shape(y)


def assert_right(op, result, right, partial):
    """The value is the plain one; the tangent is like the value, and is the partial times one."""
    if type(result) is not Dual:  # a step may give a plain constant
        assert op is operator.floordiv
        assert_same(result, right)
        return
    assert_same(result.value, right)
    assert_alike(result.tangent, right)
    eps = np.finfo(np.asarray(right).dtype).eps
    partial = np.broadcast_to(partial, np.shape(right))
    np.testing.assert_allclose(result.tangent, partial, rtol=16 * eps, atol=16 * eps)


def exactly(*xs):
    """The operands in the longest precision: what the partials are computed from."""
    return [np.asarray(x, np.longdouble) for x in xs]


@pairs
def test_dual_first(number, other):
    for op in ARITHMETIC:
        right = op(number, other)
        result = op(Dual(number, ones_like(number)), other)
        assert_right(op, result, right, PARTIALS[op][0](*exactly(number, other)))


@pairs
def test_dual_second(number, other):
    for op in ARITHMETIC:
        right = op(other, number)
        result = op(other, Dual(number, ones_like(number)))
        assert_right(op, result, right, PARTIALS[op][1](*exactly(other, number)))


@pytest.mark.parametrize(
    ("a", "b"),
    [pytest.param(a, b, id=f"{m}, {n}") for (m, a), (n, b) in itertools.product(DUALS.items(), repeat=2)],
)
def test_two_duals(a, b):
    for op in ARITHMETIC:
        right = op(a, b)
        result = op(Dual(a, ones_like(a)), Dual(b, ones_like(b)))
        by_a, by_b = (partial(*exactly(a, b)) for partial in PARTIALS[op])
        assert_right(op, result, right, by_a + by_b)


@pairs
@pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning")
def test_comparisons_are_those_of_the_values(number, other):
    for op in COMPARISONS:
        assert_same(op(Dual(number, ones_like(number)), other), op(number, other))
        assert_same(op(other, Dual(number, ones_like(number))), op(other, number))
        assert_same(op(Dual(number, ones_like(number)), Dual(number)), op(number, number))


@pairs
def test_divmod(number, other):
    for args, duals in [
        ((number, other), (Dual(number, ones_like(number)), other)),
        ((other, number), (other, Dual(number, ones_like(number)))),
    ]:
        right, result = divmod(*args), divmod(*duals)
        assert type(result) is tuple
        for k, (r, one) in enumerate(zip(result, right, strict=True)):
            assert_same(value(r), one)
            assert_same(value((operator.floordiv, operator.mod)[k](*duals)), value(r))
            np.testing.assert_array_equal(tangent(r), tangent((operator.floordiv, operator.mod)[k](*duals)))


@pytest.mark.parametrize("number", DUALS.values(), ids=DUALS)
@pytest.mark.parametrize("op", [operator.neg, operator.pos, operator.abs], ids=lambda op: op.__name__)
@pytest.mark.parametrize("sign", [1, -1])
def test_unary(op, number, sign):
    x = sign * number
    result = op(Dual(x, ones_like(x)))
    assert_same(result.value, op(x))
    factor = {operator.neg: -1.0, operator.pos: 1.0, operator.abs: float(sign)}[op]
    assert_alike(result.tangent, x)
    np.testing.assert_array_equal(result.tangent, factor * ones_like(x))


@pytest.mark.filterwarnings("ignore::dualad.errors.RoundingWarning")
@pytest.mark.parametrize("x", [2.5, 3.5, -2.5, 0.5, 1234.567], ids=str)
@pytest.mark.parametrize("kind", [float, np.float64, np.float32], ids=lambda k: k.__name__)
def test_rounding(x, kind):
    """Rounded numbers are steps: the value is Python's, and nothing moves."""
    x = kind(x)
    steps = [round, math.floor, math.ceil, *([math.trunc] if hasattr(x, "__trunc__") else [])]
    for step in steps:
        result = step(Dual(x, kind(1.0)))
        assert_same(value(result), step(x))
        assert not tangent(result)
    result = round(Dual(x, kind(1.0)), 1)
    assert_same(value(result), round(x, 1))
    assert not tangent(result)


def test_the_fraction_of_a_number():
    """x - floor(x) has slope one."""
    assert derivative(lambda x: x - math.floor(x))(2.75) == 1.0
    assert derivative(lambda x: x % 1)(2.75) == 1.0
    assert derivative(lambda x: divmod(x, 1)[1])(2.75) == 1.0


@pytest.mark.parametrize("other", [0, 0.0, np.float64(0.0), np.zeros(2)], ids=repr)
@pytest.mark.parametrize("number", [2.5, np.float64(2.5), np.array([2.5, -1.0])], ids=repr)
def test_division_by_zero_is_as_in_plain_code(number, other):
    """Python raises, NumPy gives inf and warns."""
    with np.errstate(all="ignore"):
        try:
            right = number / other
        except ZeroDivisionError:
            with pytest.raises(ZeroDivisionError):
                Dual(number, ones_like(number)) / other
        else:
            assert_same((Dual(number, ones_like(number)) / other).value, right)


@pytest.mark.parametrize("warned", [np.log, np.sqrt, np.arcsin, np.exp])
def test_warnings_are_those_of_the_value(warned):
    """NumPy's warning about a value still comes; a singular partial alone gives none."""
    x = np.array([1e4 if warned is np.exp else -2.0])
    with pytest.warns(RuntimeWarning):
        warned(x)
    with pytest.warns(RuntimeWarning):
        warned(Dual(x, np.ones(1)))
    assert derivative(np.sqrt)(np.array([0.0])).tolist() == [np.inf]  # warnings are errors here


def test_not_implemented_is_left_to_the_other_operand():
    class Meter:
        def __radd__(self, other):
            return "radd"

        __array_ufunc__ = None

    assert Dual(1.0, 1.0) + Meter() == "radd"
    with pytest.raises(TypeError):
        Dual(1.0, 1.0) + "text"
    assert (Dual(1.0, 1.0) == "text") is False
    assert (Dual(1.0, 1.0) != None) is True  # noqa: E711 - the operator is what is tested


def test_python_sums_and_powers():
    d = Dual(2.0, 1.0)
    assert (sum([d, d, 3.0]).value, sum([d, d, 3.0]).tangent) == (7.0, 2.0)
    assert (math.prod([d, d, d]).value, math.prod([d, d, d]).tangent) == (8.0, 12.0)
    assert pow(d, 3).tangent == 12.0
    assert max(d, Dual(3.0, 5.0)).tangent == 5.0
    assert min([d, Dual(3.0, 5.0)]).tangent == 1.0
    assert sorted([Dual(3.0, 1.0), Dual(1.0, 2.0)])[0].tangent == 2.0


# ------------------------------------------------------------------------------- in place

IN_PLACE = [
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.itruediv,
    operator.ifloordiv,
    operator.imod,
    operator.ipow,
]


@pairs
def test_in_place(number, other):
    """Numbers, 0-d arrays too, are rebound; an array stays the same array, or NumPy's error comes."""
    for op in IN_PLACE:
        assert_right_in_place(op, number, other)


def assert_right_in_place(op, number, other):
    number = number if np.ndim(number) or isinstance(number, float) else number[()]
    plain, x = copy.copy(number), Dual(copy.copy(number), ones_like(number))
    view = x[...] if np.ndim(number) else None
    outside = getattr(operator, op.__name__[1:])(x, other)
    try:
        right = op(plain, other)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error)):
            op(x, other)
        assert_same(x.value, number)
        return
    result = op(x, other)
    assert_same(value(result), right)
    np.testing.assert_allclose(tangent(result), tangent(outside), rtol=1e-6)
    if view is not None:
        assert result is x
        assert_same(view.value, right)
        assert_same(view.tangent, result.tangent)


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
@pytest.mark.parametrize(
    ("f", "right"),
    [
        pytest.param(lambda x, y: operator.iadd(y, x), 1.0, id="float += Dual"),
        pytest.param(lambda x, y: operator.imul(y, x), 7.0, id="float *= Dual"),
        pytest.param(lambda x, y: operator.ipow(x, 2), 6.0, id="Dual **= int"),
        pytest.param(lambda x, y: operator.itruediv(x, y), 1 / 7, id="Dual /= float"),
    ],
)
def test_in_place_on_numbers(entry, f, right):
    assert entry(lambda x: f(x, 7.0))(3.0) == pytest.approx(right, rel=1e-15)
    assert entry(lambda x: f(x, np.float64(7.0)))(3.0) == pytest.approx(right, rel=1e-15)


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
def test_a_plain_array_plus_equals_a_dual(entry):
    """A plain array cannot hold a tangent: its name is rebound, or an error says so; its entries stay."""
    total = np.zeros(2)

    def f(x):
        y = total
        y += x
        return np.sum(y)

    try:
        got = entry(f)(3.0)
    except dualad.errors.DualadError:
        pass
    else:
        assert got == 2.0
    assert not total.any()


# ------------------------------------------------------------------------------- making and looking


def test_made_by_hand():
    x = Dual(2.0, 1.0)
    assert (x.value, x.tangent) == (2.0, 1.0)
    y = x * x + 3 * x
    assert (y.value, y.tangent) == (10.0, 7.0)
    assert Dual(2.0).tangent == 0.0
    assert x.mode is Dual(5.0, 1.0).mode


def test_several_made_by_hand_share_a_mode():
    a, b = Dual(2.0, 1.0), Dual(3.0, 10.0)
    assert (a * b).tangent == 23.0
    assert np.arctan2(a, b).tangent == pytest.approx((3.0 - 20.0) / 13.0)


def test_made_by_hand_inside_a_derivative_call():
    """The shared mode is below every call: the tangents stay apart."""
    a = Dual(2.0, 1.0)
    y = derivative(lambda x: a * x**2)(3.0)
    assert (y.value, y.tangent) == (12.0, 6.0)


def test_integers_are_converted_once():
    x = Dual(2, 1)
    assert type(x.value) is float
    assert type(x.tangent) is float
    a = Dual(np.array([1, 2]), np.array([1, 0]))
    assert a.value.dtype == a.tangent.dtype == np.float64
    assert Dual([1, 2], [0, 1]).value.dtype == np.float64
    assert Dual(True).value == 1.0

    seen = []
    jacobian(lambda x: seen.append(value(x).dtype) or x, mode="forward")(np.array([1, 2, 3], np.int8))
    assert set(seen) == {np.dtype(np.float64)}


def test_single_precision_stays():
    x = Dual(np.array([1.0, 2.0], np.float32), np.array([1.0, 1.0], np.float32))
    for y in (
        x + 1,
        x * 2.5,
        np.sin(x),
        x**2,
        1 / x,
        np.sum(x),
        x / 3,
        -x,
        x[0] * 2.0,
        np.where(x > 1, x, 0.0),
    ):
        assert y.value.dtype == y.tangent.dtype == np.float32
    assert Dual(np.float32(2.0), 1.0).tangent.dtype == np.float32
    assert Dual(x.value, np.ones(2)).tangent.dtype == np.float32


def test_value_and_tangent_accept_plain_things():
    assert (value(3.0), tangent(3.0)) == (3.0, 0.0)
    assert value(3) == 3
    a = np.array([1.0, 2.0])
    assert value(a) is a
    assert tangent(a).tolist() == [0.0, 0.0]
    x = Dual(2.0, 5.0)
    assert (value(x), tangent(x)) == (2.0, 5.0)
    assert value(Dual(a, a)).tolist() == [1.0, 2.0]


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
def test_stop_derivative(entry):
    assert entry(lambda x: x * stop_derivative(x))(3.0) == 3.0
    assert entry(lambda x: stop_derivative(x) ** 2)(3.0) == 0.0
    assert entry(entry(lambda x: x**2 * stop_derivative(x)))(3.0) == 6.0
    assert stop_derivative(3.0) == 3.0
    got = vjp(lambda x: x * stop_derivative(x), np.array([1.0, 2.0]))[1](np.ones(2))
    assert got.tolist() == [1.0, 2.0]


def test_attributes_of_an_array():
    x = Dual(np.arange(6.0).reshape(2, 3), np.ones((2, 3)))
    assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((2, 3), 2, 6, np.dtype(float), 2)
    assert x.T.shape == (3, 2)
    assert x.T.tangent.shape == (3, 2)
    assert Dual(2.0).shape == ()
    with pytest.raises(TypeError):
        len(Dual(2.0))
    with pytest.raises(TypeError):
        iter(Dual(2.0))


def test_iterating():
    x = Dual(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [0.0, 5.0]]))
    rows = list(x)
    assert [r.value.tolist() for r in rows] == [[1.0, 2.0], [3.0, 4.0]]
    a, b = rows[1]
    assert (float(b.value), float(b.tangent)) == (4.0, 5.0)
    assert_same(a.value, np.float64(3.0))


# ------------------------------------------------------------------------------- printing


def test_printing():
    assert repr(Dual(2.0, 1.0)) == str(Dual(2.0, 1.0)) == f"{Dual(2.0, 1.0)}" == "Dual(2.0 + 1.0ε)"
    assert repr(Dual(np.float64(2.0), 1.0)) == "Dual(2.0 + 1.0ε)"
    assert repr(Dual(2.0, -1.5)) == "Dual(2.0 - 1.5ε)"


def test_f_strings():
    assert "2.000 + 1.000ε" in f"{Dual(2.0, 1.0):.3f}"
    assert "2.000e+00" in f"{Dual(2.0, 1.0):.3e}"
    with pytest.raises(ValueError, match="format"):
        f"{Dual(2.0, 1.0):nonsense}"


def test_printing_arrays_and_nested():
    text = repr(Dual(np.array([1.0, 2.5]), np.array([3.0, 4.25])))
    assert text.startswith("Dual(")
    for number in ("2.5", "4.25", "ε"):
        assert number in text
    seen = []
    derivative(derivative(lambda x: seen.append((repr(x), f"{x:.2f}")) or x * x))(2.0)
    assert all("2.0" in r and "2.00" in f for r, f in seen)


def test_printing_while_recording():
    seen = []
    grad(lambda x: seen.append(f"{x} {x!r}") or x * x)(2.0)
    assert "2.0" in seen[0]
    seen = []
    jacobian(lambda x: seen.append(repr(x)) or x, mode="forward")(np.array([1.0, 2.0]))
    assert "2." in seen[0]


# ------------------------------------------------------------------------------- truth, copies


def test_truth_is_that_of_the_value():
    assert not Dual(0.0, 0.0)
    with pytest.warns(dualad.errors.EqualityWarning, match="such as `if x`"):
        assert not Dual(0.0, 1.0)
    assert Dual(2.0, 0.0)
    assert bool(Dual(np.array([3.0]), np.array([0.0])))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Dual(np.ones(2), np.ones(2)))


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
def test_branches_and_loops_follow_the_value(entry):
    def f(x):
        y = x
        while y < 100:
            y = y * x if y > 3 else y + x
        return y

    # 2 → 4 → 8 → ... → 128: 2x · x**5
    assert entry(f)(2.0) == 12 * 2.0**5


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
@pytest.mark.parametrize("number", DUALS.values(), ids=DUALS)
def test_copies_and_pickles(duplicate, number):
    x = Dual(number, 2 * ones_like(number))
    y = duplicate(x)
    assert type(y) is Dual
    assert_same(y.value, x.value)
    assert_same(y.tangent, x.tangent)
    assert y.mode is x.mode
    np.testing.assert_array_equal((x * y).tangent, (x * x).tangent)


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_copies_inside_a_derivative_call(entry, duplicate):
    """A copy of a whole structure with Duals in it keeps the derivative."""
    assert entry(lambda x: duplicate({"x": [x]})["x"][0] * x)(3.0) == 6.0
    assert entry(entry(lambda x: duplicate(x) * x * x))(3.0) == 18.0


def test_copies_are_independent():
    x = Dual(np.ones(2), np.ones(2))
    for y in (copy.copy(x), copy.deepcopy(x), np.copy(x)):
        y[0] = 5.0
        assert x.value.tolist() == x.tangent.tolist() == [1.0, 1.0]


# ------------------------------------------------------------------------------- the caller's arrays


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda f, x, t: jvp(f, x, t), id="jvp"),
        pytest.param(lambda f, x, t: vjp(f, x)[1](t), id="vjp"),
        pytest.param(lambda f, x, t: jacobian(f, mode="forward")(x), id="jacobian forward"),
        pytest.param(lambda f, x, t: jacobian(f, mode="reverse")(x), id="jacobian reverse"),
        pytest.param(lambda f, x, t: dualad.linearize(f, x)[1].apply(t), id="linearize"),
        pytest.param(lambda f, x, t: dualad.jacobian_columns(f, x, [1]), id="jacobian_columns"),
    ],
)
def test_the_callers_arrays_are_untouched(call):
    def overwrites(x):
        x[0] = x[1] * 10
        x[1:] *= 2.0
        return x

    x, t = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.5, -1.0])
    x.flags.writeable = t.flags.writeable = False  # whoever tries gets an error
    call(overwrites, x, t)
    assert x.tolist() == [1.0, 2.0, 3.0]
    assert t.tolist() == [1.0, 0.5, -1.0]


def test_results_do_not_share_memory_with_the_arguments():
    x, t = np.ones(3), np.ones(3)
    y, dy = jvp(lambda x: x, x, t)
    y[...], dy[...] = 7.0, 8.0
    assert x.tolist() == t.tolist() == [1.0, 1.0, 1.0]


def test_captured_arrays_are_untouched():
    """Operations in place on a Dual never reach the arrays it was computed with."""
    a = np.ones(3)

    def f(x):
        y = x + a
        y *= 2.0
        z = x * a
        z += y
        return z

    for result in (jvp(f, np.ones(3), np.ones(3))[1], vjp(f, np.ones(3))[1](np.ones(3))):
        assert result.tolist() == [3.0, 3.0, 3.0]
    assert a.tolist() == [1.0, 1.0, 1.0]


def test_tangents_do_not_alias_by_accident():
    """y = x + 1 has the tangent of x, but writing into y must not move x."""

    def f(x):
        y = x + 1.0
        y[0] = 0.0
        y *= 3.0
        return x

    np.testing.assert_array_equal(jacobian(f, mode="forward")(np.ones(2)), np.eye(2))
    np.testing.assert_array_equal(jacobian(f, mode="reverse")(np.ones(2)), np.eye(2))


# ------------------------------------------------------------------------------- indexing and assignment

INDICES = [
    0,
    -1,
    slice(None),
    slice(1, None),
    slice(None, None, -1),
    slice(None, None, 2),
    slice(5, 2),
    Ellipsis,
    None,
    (0, 1),
    (slice(None), 1),
    (slice(None), -1, None),
    (Ellipsis, 0),
    (None, Ellipsis, None),
    (1, slice(None, None, -1)),
    (slice(1), slice(1, 3), slice(None, None, -2)),
    (0, 1, 2),
    (0, Ellipsis, np.int64(1)),
    (),
    [1, 0, 1],
    (slice(None), [2, 0]),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_reading(index):
    x = np.arange(24.0).reshape(2, 3, 4)
    t = np.random.default_rng(0).normal(size=x.shape)
    result = Dual(x, t)[index]
    assert_same(result.value, x[index])
    assert_alike(result.tangent, x[index])
    np.testing.assert_array_equal(result.tangent, t[index])
    columns = np.stack([unit.reshape(2, 3, 4)[index] for unit in np.eye(24)], axis=-1)
    right = columns.reshape(*x[index].shape, 2, 3, 4)
    np.testing.assert_array_equal(jacobian(lambda x: x[index], mode="forward")(x), right)
    np.testing.assert_array_equal(jacobian(lambda x: x[index], mode="reverse")(x), right)


@pytest.mark.parametrize("index", INDICES, ids=str)
@pytest.mark.parametrize("kind", ["number", "dual number", "array", "dual array"])
def test_writing(index, kind):
    """Value and tangent are written alike: a plain right-hand side writes a zero tangent."""
    x, t = np.arange(24.0).reshape(2, 3, 4), np.random.default_rng(0).normal(size=(2, 3, 4))
    shape = x[index].shape
    given = 7.0 if "number" in kind else np.full(shape, 7.0)
    moved = 5.0 if "number" in kind else np.full(shape, 5.0)
    d = Dual(x.copy(), t.copy())
    d[index] = Dual(given, moved) if "dual" in kind else given
    x[index], t[index] = given, moved if "dual" in kind else 0.0
    assert_same(d.value, x)
    assert_same(d.tangent, t)


@pytest.mark.parametrize(
    "index", [0, slice(1, None), (slice(None), 1), Ellipsis, (slice(None), slice(None, None, 2))]
)
@pytest.mark.parametrize("op", [operator.iadd, operator.imul])
def test_writing_in_place(index, op):
    x, t = np.arange(1.0, 25.0).reshape(2, 3, 4), np.random.default_rng(0).normal(size=(2, 3, 4))
    d = Dual(x.copy(), t.copy())
    d[index] = op(d[index], 3.0)
    x[index] = op(x[index], 3.0)
    assert_same(d.value, x)
    t[index] *= 1.0 if op is operator.iadd else 3.0
    np.testing.assert_allclose(d.tangent, t, rtol=1e-15)


#: Programs that assign, with their Jacobian at [1, 2, 3]: what NumPy's aliasing makes of them.


def first_from_second(x):
    x[0] = x[1] * 2
    return x


def through_a_view(x):
    y = x[1:]
    y *= 2.0
    return x


def seen_by_a_view(x):
    y = x[1:]
    x[1] = 0.0
    return y


def view_of_a_view(x):
    y = x[::-1][:2]
    y[0] = x[0] * 5
    return x


def swapped(x):
    x[0], x[2] = x[2], x[0]
    return x


def swapped_views(x):
    """The tuple trick fails with views, as it does in NumPy: both end up the same."""
    x[:1], x[2:] = x[2:], x[:1]
    return x


def accumulated(x):
    for k in range(1, 3):
        x[k] += x[k - 1]
    return x


def overlapping(x):
    x[1:] += x[:-1]
    return x


def constant_written(x):
    x[1:] = [8.0, 9.0]
    return x


def filled_twice(x):
    y = x * 0.0
    y[:] = x[0]
    y[1] = x[1] * x[1]
    return y


def reshaped_view(x):
    y = x[None, :]
    y[0, 0] = x[2]
    return x


def copied_first(x):
    y = x.copy()
    y[0] = 0.0
    return x


ASSIGNMENTS = [
    (first_from_second, [[0, 2, 0], [0, 1, 0], [0, 0, 1]]),
    (through_a_view, [[1, 0, 0], [0, 2, 0], [0, 0, 2]]),
    (seen_by_a_view, [[0, 0, 0], [0, 0, 1]]),
    (view_of_a_view, [[1, 0, 0], [0, 1, 0], [5, 0, 0]]),
    (swapped, [[0, 0, 1], [0, 1, 0], [1, 0, 0]]),
    (swapped_views, [[0, 0, 1], [0, 1, 0], [0, 0, 1]]),
    (accumulated, [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
    (overlapping, [[1, 0, 0], [1, 1, 0], [0, 1, 1]]),
    (constant_written, [[1, 0, 0], [0, 0, 0], [0, 0, 0]]),
    (filled_twice, [[1, 0, 0], [0, 4, 0], [1, 0, 0]]),
    (reshaped_view, [[0, 0, 1], [0, 1, 0], [0, 0, 1]]),
    (copied_first, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
]
assignments = pytest.mark.parametrize(
    ("f", "right"), [pytest.param(*row, id=row[0].__name__) for row in ASSIGNMENTS]
)


@assignments
def test_forward_aliases_as_numpy_does(f, right):
    x = np.array([1.0, 2.0, 3.0])
    right = np.array(right, float)
    np.testing.assert_array_equal(jacobian(f, mode="forward")(x), right)
    y, t = jvp(f, x, np.array([1.0, 10.0, 100.0]))
    np.testing.assert_array_equal(y, f(x.copy()))
    np.testing.assert_array_equal(t, right @ [1.0, 10.0, 100.0])


@assignments
def test_recorded_aliases_as_numpy_does(f, right):
    x = np.array([1.0, 2.0, 3.0])
    y, pullback = vjp(f, x)
    np.testing.assert_array_equal(y, f(x.copy()))
    c = np.array([1.0, 10.0, 100.0])[: len(right)]
    np.testing.assert_array_equal(pullback(c), c @ np.array(right, float))


@pytest.mark.parametrize(("outer", "inner"), list(itertools.product(["forward", "reverse"], repeat=2)))
def test_assignment_in_nested_modes(outer, inner):
    def f(x):
        y = x * 1.0
        y[1] = x[0] * x[2]
        y[2] *= y[1]
        return np.sum(y)

    # x0 + x0 x2 + x0 x2²
    x = np.array([2.0, 1.0, 3.0])
    right = [[0.0, 0.0, 1 + 2 * 3.0], [0.0, 0.0, 0.0], [1 + 2 * 3.0, 0.0, 2 * 2.0]]
    np.testing.assert_allclose(jacobian(jacobian(f, mode=inner), mode=outer)(x), right, rtol=1e-15)


def test_writing_an_outer_dual_into_an_inner_array():
    """The array belongs to the inner call, the number to the outer: neither tangent is lost."""

    def f(x):
        def g(y):
            y[0] = x * y[1]
            return y

        return np.sum(jvp(g, np.array([1.0, 2.0]), np.array([0.0, 1.0]))[1])  # x + 1

    assert derivative(f)(3.0) == grad(f)(3.0) == 1.0


def test_writing_an_inner_dual_into_an_outer_array():
    """The other way round: the outer array cannot hold the inner tangent. Right, or an error."""

    def f(x):
        def g(y):
            x[0] = y * x[1]
            return x[0] * y

        return derivative(g)(3.0)  # 2 y x1

    for entry in (lambda f: jacobian(f, mode="forward"), lambda f: jacobian(f, mode="reverse")):
        try:
            got = entry(f)(np.array([1.0, 2.0]))
        except dualad.errors.DualadError:
            continue
        assert got.tolist() == [0.0, 6.0]


def test_type_checkers_know_the_operators():
    declared = {name for name, f in vars(GivenLater).items() if inspect.isfunction(f)} - {"__getattr__"}
    assert declared <= set(vars(Dual))
    given = {
        name for name, f in vars(Dual).items() if inspect.isfunction(f) and f.__module__ != Dual.__module__
    }
    known_of_every_object = {"__eq__", "__ne__"}
    asked_by_numpy = {"__array_function__", "__array_namespace__", "__array_ufunc__"}
    operators = {name for name in given if name.startswith("__")}
    assert operators - known_of_every_object - asked_by_numpy <= declared


def test_elementwise_functions_are_documented_and_can_be_pickled():
    functions = [getattr(dualad, name) for name in dualad.__all__ if hasattr(getattr(dualad, name), "rule")]
    assert len(functions) > 40
    for function in functions:
        assert "derivative" in function.__doc__
        assert pickle.loads(pickle.dumps(function)) is function
    assert dualad.sin.__doc__.startswith("``np.sin``")
    assert dualad.relu.__doc__.startswith("``x`` where it is positive")


#: A function of two numbers -> its partial derivatives.
OF_TWO = {
    np.add: lambda a, b: (1.0, 1.0),
    np.subtract: lambda a, b: (1.0, -1.0),
    np.multiply: lambda a, b: (b, a),
    np.divide: lambda a, b: (1 / b, -a / b**2),
    np.power: lambda a, b: (b * a ** (b - 1), a**b * math.log(a)),
    np.maximum: lambda a, b: (float(a > b), float(b > a)),
    np.hypot: lambda a, b: (a / math.hypot(a, b), b / math.hypot(a, b)),
    np.arctan2: lambda a, b: (b / (a * a + b * b), -a / (a * a + b * b)),
}


@pytest.mark.parametrize("f", OF_TWO, ids=lambda f: f.__name__)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_array_and_a_number(f, mode):
    x = np.array([0.7, 2.5, 1.3])
    (p, q), (r, s) = (OF_TWO[f](a, x[2]) for a in x[:2])
    right = [[[p, 0.0, q], [0.0, r, s]]]
    (p, q), (r, s) = (OF_TWO[f](x[2], a) for a in x[:2])
    right += [[[q, 0.0, p], [0.0, s, r]]]
    got = dualad.jacobian(lambda x: np.stack([f(x[:2], x[2]), f(x[2], x[:2])]), mode=mode)(x)
    np.testing.assert_allclose(got, right, rtol=1e-14)
    directions = [dualad.jvp(lambda x: f(x[:2], x[2]), x, e)[1] for e in np.eye(3)]
    np.testing.assert_allclose(np.stack(directions, axis=-1), right[0], rtol=1e-14)
