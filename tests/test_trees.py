"""Structures of arrays as arguments and results of every entry point; arguments by name; auxiliary results.

What is right is told by closed forms, by the same function on one flat array, by differences along the
imaginary axis, and by laws: the adjoint, and that forward and reverse agree.
"""

import collections
import copy
import dataclasses
import functools
import types
import typing

import numpy as np
import pytest
from checking import assert_close

import dualad
from dualad import (
    derivative,
    grad,
    jacobian,
    jacobian_columns,
    jvp,
    linearize,
    value_and_derivative,
    value_and_grad,
    value_and_jacobian,
    vjp,
)
from dualad.errors import DualadError, InputError, OutputError, ShapeError

RNG = np.random.default_rng(4)


class Layer(typing.NamedTuple):
    W: typing.Any
    b: typing.Any


@dataclasses.dataclass
class Plain:
    W: typing.Any
    b: typing.Any


@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    W: typing.Any
    b: typing.Any

    def __post_init__(self):
        if not np.all(np.abs(dualad.value(self.W)) < 1e3):
            raise ValueError("no value of a W")  # what a gradient must not be asked


#: How a matrix and a vector may be held together, and taken out again.
HOLDERS = {
    "tuple": (lambda W, b: (W, b), lambda p: p),
    "list": (lambda W, b: [W, b], lambda p: p),
    "dict": (lambda W, b: {"W": W, "b": b}, lambda p: (p["W"], p["b"])),
    "OrderedDict": (
        lambda W, b: collections.OrderedDict([("b", b), ("W", W)]),
        lambda p: (p["W"], p["b"]),
    ),
    "named tuple": (Layer, lambda p: (p.W, p.b)),
    "dataclass": (Plain, lambda p: (p.W, p.b)),
    "frozen dataclass": (Frozen, lambda p: (p.W, p.b)),
    "nested": (
        lambda W, b: {"first": [Layer(W, None)], "then": (Plain("text", b), True)},
        lambda p: (p["first"][0].W, p["then"][0].b),
    ),
}
every_holder = pytest.mark.parametrize(("hold", "take"), HOLDERS.values(), ids=HOLDERS)

W, B, X = RNG.normal(size=(2, 3)), RNG.normal(size=2), RNG.normal(size=3)
TW, TB = RNG.normal(size=(2, 3)), RNG.normal(size=2)


def layer(W, b):
    return np.tanh(W @ X + b)


def loss(W, b):
    return np.sum(layer(W, b) ** 2) * np.exp(b[0])


def flat(W, b):
    return np.concatenate([np.ravel(W), np.ravel(b)])


def unflat(v):
    return np.reshape(v[:6], (2, 3)), v[6:]


def gradient_by_complex_step(f, v):
    return np.array([f(*unflat(v + 1e-30j * e)).imag / 1e-30 for e in np.eye(v.size)])


GRADIENT = gradient_by_complex_step(loss, flat(W, B))


def hessian_by_differences(f, v):
    """Central ones of the gradient by the complex step: right to about ten digits."""
    return np.array(
        [
            (gradient_by_complex_step(f, v + 1e-5 * e) - gradient_by_complex_step(f, v - 1e-5 * e)) / 2e-5
            for e in np.eye(v.size)
        ]
    )


HESSIAN = hessian_by_differences(loss, flat(W, B))


pairs = functools.partial(zip, strict=True)


# ---------------------------------------------------------------- every entry point, every kind of structure


@every_holder
def test_grad(hold, take):
    p = hold(W, B)
    y, g = value_and_grad(lambda p: loss(*take(p)))(p)
    assert_close(y, loss(W, B))
    assert type(g) is type(p)
    assert_close(flat(*take(g)), GRADIENT)
    assert take(g)[0].shape == (2, 3)
    assert_close(flat(*take(grad(lambda p: loss(*take(p)))(p))), GRADIENT)


@every_holder
def test_jvp(hold, take):
    def f(p):
        W, b = take(p)
        return hold(2 * W, 2 * W @ X + b)

    y, t = jvp(f, (hold(W, B),), (hold(TW, TB),))
    assert type(y) is type(t) is type(hold(W, B))
    assert_close(take(y)[1], 2 * W @ X + B)
    assert_close(flat(*take(t)), flat(2 * TW, 2 * TW @ X + TB))


@every_holder
def test_adjoint(hold, take):
    """<J t, c> is <t, J' c>, by `jvp` and `vjp` and by `linearize`."""

    def f(p):
        W, b = take(p)
        return hold(np.sin(W) * b[:, None], layer(W, b))

    def product(a, b):
        return flat(*take(a)) @ flat(*take(b))

    p, t, c = hold(W, B), hold(TW, TB), hold(TB[0] * TW, TB**2)
    _, pushed = jvp(f, (p,), (t,))
    y, pullback = vjp(f, p)
    assert type(y) is type(p)
    assert_close(product(pushed, c), product(t, pullback(c)))
    y, linear = linearize(f, p)
    assert_close(flat(*take(linear(t))), flat(*take(pushed)))
    assert_close(flat(*take(linear.transpose(c))), flat(*take(pullback(c))))
    assert_close(flat(*take(linear.value)), flat(*take(f(p))))


@every_holder
@pytest.mark.parametrize("mode", ["forward", "reverse", "auto"])
def test_jacobian(hold, take, mode):
    """The structure of the output, at each leaf that of the input, at each leaf an array."""

    def f(p):
        W, b = take(p)
        return hold(np.sin(W) * b[:, None], layer(W, b))

    y, J = value_and_jacobian(f, mode=mode, chunk=4)(hold(W, B))
    assert_close(flat(*take(y)), flat(*take(f(hold(W, B)))))
    one = jacobian(lambda v: flat(*take(f(hold(*unflat(v))))), mode="forward")(flat(W, B))
    assert type(J) is type(hold(W, B))
    assert type(take(J)[0]) is type(J)
    shapes = [[take(row)[k].shape for k in (0, 1)] for row in take(J)]
    assert shapes == [[(2, 3, 2, 3), (2, 3, 2)], [(2, 2, 3), (2, 2)]]
    rows = [np.hstack([take(row)[k].reshape(m, -1) for k in (0, 1)]) for row, m in pairs(take(J), (6, 2))]
    assert_close(np.vstack(rows), one)


@every_holder
def test_hessian_in_any_mixture_of_modes(hold, take):
    """Of a function of a structure: Jacobian of the gradient, both ways; along a direction."""

    def f(p):
        return loss(*take(p))

    def f_flat(v):
        return loss(*unflat(v))

    right = jacobian(grad(f_flat))(flat(W, B))
    assert_close(right, HESSIAN, 1e-8)
    for outer in ("forward", "reverse"):
        H = jacobian(grad(f), mode=outer)(hold(W, B))
        rows = [np.hstack([take(r)[k].reshape(m, -1) for k in (0, 1)]) for r, m in pairs(take(H), (6, 2))]
        assert_close(np.vstack(rows), right, 1e-12)
    p, t = hold(W, B), hold(TW, TB)
    forward_over_reverse = jvp(grad(f), (p,), (t,))[1]
    assert_close(flat(*take(forward_over_reverse)), right @ flat(TW, TB), 1e-12)
    reverse_over_forward = grad(lambda p: jvp(f, (p,), (t,))[1])(p)
    assert_close(flat(*take(reverse_over_forward)), right @ flat(TW, TB), 1e-12)
    _, linear = linearize(grad(f), p)
    assert_close(flat(*take(linear.transpose(t))), right @ flat(TW, TB), 1e-12)
    forward_over_forward = jvp(lambda p: jvp(f, (p,), (t,))[1], (p,), (t,))[1]
    assert_close(forward_over_forward, flat(TW, TB) @ right @ flat(TW, TB), 1e-12)


def test_third_derivative_of_a_structure():
    T = jacobian(jacobian(jacobian(lambda p: p["a"] ** 2 * p["b"])))({"a": 3.0, "b": 5.0})
    assert T["a"]["a"] == {"a": 0.0, "b": 2.0}
    assert T["a"]["b"] == {"a": 2.0, "b": 0.0}
    assert T["b"]["b"] == {"a": 0.0, "b": 0.0}


def test_perturbations_are_not_confused_in_structures():
    def inner(x):
        return derivative(lambda y: {"s": x["v"] + y, "p": x["v"] * y})(1.0)

    outer = grad(lambda x: x["v"] * inner(x)["s"] * inner(x)["p"])({"v": 3.0})  # v * 1 * v
    assert outer == {"v": 6.0}


# ---------------------------------------------------------------- derivative


def test_derivative_with_a_structure_as_result():
    y, d = value_and_derivative(lambda t: {"x": np.sin(t), "both": (t, [t**2, X * t])})(0.5)
    assert list(d) == ["x", "both"]
    assert_close([d["x"], d["both"][0], d["both"][1][0]], [np.cos(0.5), 1.0, 1.0])
    assert_close(d["both"][1][1], X)
    assert_close(y["both"][1][1], X * 0.5)
    d = derivative(lambda t: Layer(t**3, t * X), order=2)(2.0)
    assert d.W == 12.0
    assert_close(d.b, 0 * X)


def test_each_array_of_the_result_has_to_be_elementwise():
    d = derivative(lambda x: (np.sin(x), x[::-1][::-1] * 2))(X)
    assert_close(d[0], np.cos(X))
    assert_close(d[1], 0 * X + 2)
    with pytest.raises(ShapeError, match=r"elementwise.*jacobian"):
        derivative(lambda x: (np.sin(x), x[::-1]))(X)
    with pytest.raises(ShapeError, match=r"\(3,\).*\(\).*grad"):
        derivative(lambda x: {"sin": np.sin(x), "sum": np.sum(x)})(X)


def test_derivative_is_not_by_a_structure():
    with pytest.raises(InputError, match=r"\{'a': \*\}.*grad\(f\)\(x\)"):
        derivative(lambda p: p["a"])({"a": 1.0})


# ---------------------------------------------------------------- what is a structure


def test_lists_of_numbers_are_arrays():
    assert type(grad(lambda x: x[0] * x[1])([2.0, 3])) is np.ndarray
    assert jacobian(lambda x: x * 2.0)([[1, 2], (3, 4)]).shape == (2, 2, 2, 2)
    assert type(jacobian(lambda x: [x[0] * x[1], x[0]])(X)) is np.ndarray
    assert type(derivative(lambda t: (t, np.float64(2) * t))(1.0)) is np.ndarray
    assert type(grad(lambda x: np.sum(x))([np.array(2.0), np.float32(3)])) is np.ndarray
    assert grad(lambda p: p["c"][0] * p["c"][1])({"c": [2.0, 3.0]})["c"].tolist() == [3.0, 2.0]
    assert jvp(np.sum, [True, False], [1.0, 2.0]) == (1.0, 3.0)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("given", [list, tuple])
def test_entries_of_lists_of_floats_are_floats_of_python(mode, given):
    """Which raise where those of NumPy are infinite or nan, have complex powers, and no entries."""

    def guarded(x):
        a, b = x
        try:
            return a / (b - 2.0)
        except ZeroDivisionError:
            return a * b + (x[0] ** 0.5).imag

    def first(x):
        try:
            return x[0][0]
        except TypeError:
            return x[0] * x[1]

    x = given([-2.25, 2.0])
    assert jacobian(guarded, mode=mode)(x).tolist() == [2.0 - 1 / 3, -2.25]
    assert jacobian(first, mode=mode)(x).tolist() == [2.0, -2.25]
    assert jacobian(lambda p: guarded(p["x"]), mode=mode)({"x": x})["x"].tolist() == [2.0 - 1 / 3, -2.25]
    kinds = []
    jacobian(lambda x: kinds.append(type(dualad.value(x[0]))) or x[0], mode=mode)(np.array(x))
    assert kinds[0] is np.float64


def test_ragged_lists_are_structures():
    g = grad(lambda p: np.sum(p[0] ** 2) * p[1])([[1.0, 2.0], 3.0])
    assert g[0].tolist() == [6.0, 12.0]
    assert g[1] == 5.0
    d = derivative(lambda t: ([t, t**2], t**3))(2.0)
    assert d[0].tolist() == [1.0, 4.0]
    assert d[1] == 12.0


def test_constants_stay_as_they_are_and_have_none_for_a_derivative():
    seen = []
    mask = np.array([True, False, True])

    def f(p):
        seen.append((p["act"], p["name"], p["bias"], p["none"]))
        return np.sum(p["act"](p["x"][p["mask"]])) * (2 if p["bias"] else 1)

    p = {"act": np.sin, "x": X, "name": "first", "mask": mask, "bias": True, "none": None}
    g = grad(f)(p)
    assert seen == [(np.sin, "first", True, None)]
    assert {k: v for k, v in g.items() if k != "x"} == dict.fromkeys(["act", "name", "mask", "bias", "none"])
    assert_close(g["x"], 2 * np.cos(X) * mask)
    hollow = {**dict.fromkeys(p), "x": X}
    assert_close(jvp(f, p, hollow)[1], g["x"] @ X)
    assert_close(jvp(f, p, {**p, "x": X})[1], g["x"] @ X)  # a copy of the primal with another x will do
    with pytest.raises(ShapeError, match=r"\['bias'\].*None"):
        jvp(f, p, {**hollow, "bias": 1.0})


def test_integers_become_floats():
    g = grad(lambda p: p["n"] ** 2 * np.sum(p["i"]))({"n": 3, "i": np.array([1, 2])})
    assert g["n"] == 18.0
    assert type(g["n"]) is float
    assert g["i"].dtype == float
    assert g["i"].tolist() == [9.0, 9.0]


@pytest.mark.parametrize("dtype", ["float32", "complex128", "longdouble"])
def test_each_leaf_keeps_its_type(dtype):
    p = {"a": np.array([1, 2], dtype), "b": 2.0}
    g = grad(lambda p: np.sum(np.abs(p["a"]) ** 2) * p["b"])(p)
    assert g["a"].dtype == dtype
    assert type(g["b"]) is float
    assert_close(g["a"], [4.0, 8.0], 1e-6)
    assert g["b"] == 5.0


def test_order_and_types_of_containers_are_kept():
    d = collections.defaultdict(list, z=1.0, a=2.0)
    g = grad(lambda p: p["z"] * p["a"])(d)
    assert type(g) is collections.defaultdict
    assert g.default_factory is list
    assert list(g.items()) == [("z", 2.0), ("a", 1.0)]
    assert grad(lambda p: p["z"] * p["a"])(collections.Counter(z=3, a=2)) == {"z": 2.0, "a": 3.0}

    class Stack(list):
        pass

    assert type(grad(lambda p: np.sum(p[0]) * p[1])(Stack([X, 2.0]))) is Stack


@pytest.mark.parametrize("empty", [{}, {"a": {}}, {"a": []}, {"a": ()}, {"a": [{}, ()]}], ids=repr)
def test_empty_containers(empty):
    assert grad(lambda p: 2.0)(empty) == empty
    assert jacobian(lambda p: {"y": 2.0})(empty) == {"y": empty}
    assert jacobian(lambda p: 2.0, mode="reverse")(empty) == empty
    assert jvp(lambda p: p, empty, empty) == (empty, empty)
    y, pullback = vjp(lambda p: p, empty)
    assert (y, pullback(empty)) == (empty, empty)
    assert derivative(lambda t: empty)(1.0) == empty
    together = grad(lambda p: p[1]["x"] ** 2)([empty, {"x": 3.0}])
    assert together == [empty, {"x": 6.0}]


def test_empty_lists_stay_arrays():
    assert grad(np.sum)([]).shape == (0,)
    assert jacobian(lambda x: ())(2.0).shape == (0,)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jacobian_with_empty_arrays(mode):
    J = jacobian(lambda p: {"y": p["x"][:0], "s": p["x"] * 2}, mode=mode)({"x": X, "e": np.zeros((0, 2))})
    shapes = {k: {i: v.shape for i, v in row.items()} for k, row in J.items()}
    assert shapes == {"y": {"x": (0, 3), "e": (0, 0, 2)}, "s": {"x": (3, 3), "e": (3, 0, 2)}}


def test_attributes_beside_the_fields_of_a_dataclass_are_computed_anew():
    """A value kept from the old fields would be a constant, and its derivative lost."""

    @dataclasses.dataclass
    class Gauss:
        mean: float
        sd: float

        @functools.cached_property
        def variance(self):
            return self.sd**2

    p = Gauss(1.0, 3.0)
    assert p.variance == 9.0
    g = grad(lambda p: p.mean * p.variance)(p)
    assert (g.mean, g.sd) == (9.0, 6.0)


# ---------------------------------------------------------------- the caller's own


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(lambda f, p: grad(f)(p), id="grad"),
        pytest.param(lambda f, p: jvp(f, p, copy.deepcopy(p)), id="jvp"),
        pytest.param(lambda f, p: vjp(f, p), id="vjp"),
        pytest.param(lambda f, p: jacobian(f)(p), id="jacobian"),
        pytest.param(lambda f, p: jacobian(f, mode="reverse")(p), id="reverse"),
        pytest.param(lambda f, p: grad(f, argnames="p")(p=p), id="by name"),
    ],
)
def test_the_callers_containers_and_arrays_are_never_written_to(entry):
    def f(p):
        p["x"][0] = 7.0
        p["list"][0] += 1.0
        p["list"].append(p["x"])
        p["new"] = 1.0
        p["plain"].W = 0.0
        return np.sum(p["list"][0]) * p["x"][1]

    held = {"x": X.copy(), "list": [X.copy(), "text"], "plain": Plain(1.0, B)}
    x, entries, plain = held["x"], held["list"], held["plain"]
    entry(f, held)
    assert list(held) == ["x", "list", "plain"]
    assert held["x"] is x
    assert held["list"] is entries
    assert held["plain"] is plain
    assert len(entries) == 2
    assert plain.W == 1.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(entries[0], X)


def test_a_pullback_does_not_look_at_the_callers_arrays_again():
    p = {"x": X.copy()}
    _, pullback = vjp(lambda p: np.sum(p["x"] ** 2), p)
    p["x"][:] = 0.0
    p["new"] = 1.0
    assert_close(pullback(1.0)["x"], 2 * X)
    first = pullback(1.0)
    first["x"][:] = 0.0
    assert_close(pullback(1.0)["x"], 2 * X)


def test_what_is_returned_shares_no_memory():
    """A step of gradient descent in place, ``g["a"] *= rate``, is for one leaf."""

    def f(p):
        return {"sum": p["a"] + p["b"], "a": p["a"] + 1, "b": p["a"][:] - 2}

    p = {"a": X, "b": 2 * X}
    linear = linearize(f, p)[1]
    ct = dict.fromkeys(["sum", "a", "b"], X)
    results = [
        linear(p),
        linear.transpose(ct),
        jvp(f, p, p)[1],
        grad(lambda p: np.sum(p["a"] + p["b"]))(p),
        *jacobian(f, mode="reverse")(p).values(),
        *jacobian(f, mode="forward")(p).values(),
    ]
    for result in results:
        arrays = [*result.values(), X]
        for i, one in enumerate(arrays):
            assert not any(np.shares_memory(one, other) for other in arrays[:i])


def test_a_result_may_be_the_argument_twice():
    _, pullback = vjp(lambda p: [p, p, p["x"]], {"x": X})
    assert_close(pullback([{"x": X}, {"x": 2 * X}, TW[0]])["x"], 3 * X + TW[0])
    _, t = jvp(lambda p: [p, {"y": p["x"] * 2}], {"x": X}, {"x": TW[0]})
    assert_close(t[0]["x"], TW[0])
    assert_close(t[1]["y"], 2 * TW[0])


# ---------------------------------------------------------------- mistakes

CALLS = {
    "jvp": lambda t: jvp(lambda p: p, P, t),
    "pullback": lambda t: vjp(lambda p: p, P)[1](t),
    "linear": lambda t: linearize(lambda p: p, P)[1](t),
    "transpose": lambda t: linearize(lambda p: p, P)[1].transpose(t),
}
P = {"W": [W, B], "b": 1.0}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        pytest.param(X, ShapeError, ["array", "{'W': [*, *], 'b': *}"], id="an array"),
        pytest.param({"W": [W, B]}, ShapeError, ["{'W': [*, *]} and", "{'W': [*, *], 'b': *}"], id="key"),
        pytest.param({**P, "c": 1.0}, ShapeError, ["'c': *", "{'W': [*, *], 'b': *};"], id="more"),
        pytest.param({"W": [W], "b": 1.0}, ShapeError, ["at ['W'] is [*] ", "be [*, *]"], id="length"),
        pytest.param({"W": (W, B), "b": 1.0}, ShapeError, ["at ['W'] is (*, *) ", "be [*, *]"], id="type"),
        pytest.param({"W": [W, X], "b": 1.0}, ShapeError, ["at ['W'][1]", "(3,)", "(2,)"], id="shape"),
        pytest.param({"W": [W, B], "b": {}}, InputError, ["at ['b'] is {}", "number"], id="no number"),
        pytest.param({"W": [W, B], "b": 1j}, InputError, ["at ['b'] is complex", "real"], id="complex"),
    ],
)
def test_another_structure(call, given, error, words):
    with pytest.raises(error) as caught:
        call(given)
    assert isinstance(caught.value, DualadError)
    for word in words:
        assert word in str(caught.value), f"{word!r} is not in: {caught.value}"


def test_paths_are_written_as_they_are_typed():
    p = {"layers": [Layer(W, Plain(1.0, B))], 3: X}
    for wrong, path in [
        ({"layers": [Layer(W, Plain(1.0, X))], 3: X}, r"at \['layers'\]\[0\]\.b\.b has shape \(3,\)"),
        ({"layers": [Layer(W, Plain(1.0, B))], 3: B}, r"at \[3\] has shape \(2,\)"),
        ({"layers": [Plain(W, Plain(1.0, B))], 3: X}, r"is Plain\(W=\*, .*has to be Layer\(W=\*"),
    ]:
        with pytest.raises(ShapeError, match=path):
            jvp(lambda p: 1.0, p, wrong)


def test_a_structure_where_one_number_is_due():
    with pytest.raises(ShapeError, match=r"returned \(\*, \{'n': \*\}\).*has_aux=True"):
        grad(lambda x: (np.sum(x), {"n": x}))(X)
    with pytest.raises(OutputError, match=r"jacobian_columns.*\(\*, \*\)"):
        jacobian_columns(lambda x: (x, np.sum(x)), X, [0])
    with pytest.raises(InputError, match=r"at \['x'\] is an array of dtype object"):
        grad(lambda p: 1.0)({"x": np.array([1.0, None])})
    with pytest.raises(OutputError, match=r"dtype object at \['x'\]"):
        jvp(lambda x: {"x": np.array([1.0, None])}, 1.0, 1.0)


# ---------------------------------------------------------------- NaN, zeros, complex numbers: leaf by leaf


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_strong_zero_in_one_leaf(mode):
    """``sqrt`` at 0 has an infinite slope, which meets a zero."""

    def f(p):
        return {"r": np.sqrt(p["x"]) * 0.0, "y": p["x"] * p["k"]}

    J = jacobian(f, mode=mode)({"x": np.array([0.0, 4.0]), "k": 3.0})
    assert J["r"]["x"].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert J["y"]["x"].tolist() == [[3.0, 0.0], [0.0, 3.0]]


def test_columns_of_a_structure_that_end_in_nan():
    """Two infinite slopes that cancel: backwards that is told by forward sweeps, one for each column."""
    p = {"x": np.array([0.0, 1.0]), "k": 2.0}

    def f(p):
        return {"zero": np.sqrt(p["x"] - p["x"]) + p["x"], "y": p["k"] ** 2 * p["x"]}

    _, pullback = vjp(f, p)
    g = pullback({"zero": np.ones(2), "y": np.ones(2)})
    assert g["x"].tolist() == [5.0, 5.0]
    assert g["k"] == 4.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_what_is_not_defined_has_no_derivative(mode):
    with np.errstate(invalid="ignore"):
        J = jacobian(lambda p: (np.log(p["x"]), p["x"] * 2), mode=mode)({"x": np.array([-1.0, 2.0])})
    assert np.isnan(J[0]["x"][0]).all()
    assert_close(J[0]["x"][1], [0.0, 0.5])
    assert_close(J[1]["x"], 2 * np.eye(2))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_complex_and_real_leaves(mode):
    z, r = np.array([1 + 2j, 3 - 1j]), np.array([0.5, 2.0])
    J = jacobian(lambda p: {"zr": p["z"] * p["r"], "r2": p["r"] ** 2}, mode=mode)({"z": z, "r": r})
    assert_close(J["zr"]["z"], np.diag(r))
    assert_close(J["zr"]["r"], np.diag(z))
    assert_close(J["r2"]["r"], np.diag(2 * r))
    assert_close(J["r2"]["z"], np.zeros((2, 2)))
    with pytest.raises(dualad.errors.UnsupportedError, match="holomorphic"):
        jacobian(lambda p: {"c": np.conj(p["z"])}, mode=mode)({"z": z, "r": r})
    p, t, c = {"z": z, "r": r}, {"z": 1j * z, "r": r**2}, {"a": r, "c": 1j * z}

    def f(p):
        return {"a": np.abs(p["z"]) * p["r"], "c": np.conj(p["z"]) * p["r"]}

    pushed, pulled = jvp(f, p, t)[1], vjp(f, p)[1](c)
    assert pulled["r"].dtype == float
    left, right = (sum(np.sum(a[k] * b[k]) for k in a).real for a, b in ((pushed, c), (pulled, t)))
    assert_close(left, right)


def test_a_container_of_numbers_in_a_result():
    """``out = np.zeros(n); out[i] = x`` inside a structure that is returned."""

    def f(p):
        out = np.zeros(3)
        out[0] = p["a"]
        out[1:] = p["b"] * 2
        return {"out": out, "frozen": Frozen(out * 2, None)}

    p, t = {"a": 1.0, "b": B}, {"a": 2.0, "b": TB}
    for y in (jvp(f, p, t)[1], linearize(f, p)[1](t)):
        assert_close(y["out"], [2.0, *(2 * TB)])
        assert_close(y["frozen"].W, 2 * y["out"])
        assert y["frozen"].b is None


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_arrays_of_objects_in_a_result(mode):
    """What compiled code makes of a Dual, ``W.dot(x)`` with a plain W."""
    J = jacobian(lambda p: [W.dot(p["x"]), {"sin": np.sin(p["x"])}], mode=mode, lift=False)({"x": X})
    assert_close(J[0]["x"], W)
    assert_close(J[1]["sin"]["x"], np.diag(np.cos(X)))


def test_an_array_read_by_compiled_code_in_a_structure():
    """It would have seen NaN for an entry that holds a Dual."""

    def f(p):
        out = np.zeros(2)
        out[0] = p["x"][0]
        return {"y": np.frombuffer(out.data.tobytes()) * p["x"][0], "s": p["x"][1]}

    for entry in (lambda: jvp(f, {"x": X}, {"x": X}), lambda: vjp(f, {"x": X})):
        with pytest.raises(dualad.errors.ConversionError, match="compiled code"):
            entry()


def test_auto_takes_rows_where_they_are_fewer():
    calls = []

    def f(p):
        calls.append(1)
        return {"s": np.sum(p["W"] ** 2) * p["k"]}

    p = {"W": RNG.normal(size=(40, 50)), "k": 3.0}
    J = jacobian(f)(p)
    assert len(calls) == 2  # one chunk of columns, one recording
    assert_close(J["s"]["W"], 6 * p["W"])
    assert_close(J["s"]["k"], np.sum(p["W"] ** 2))


# ---------------------------------------------------------------- several arguments, by number and by name


def power(a, b, *, c=1.0):
    return a**2 * b**3 * c


def test_structures_beside_other_arguments():
    def f(p, x, scale=1.0):
        return scale * np.sum(p["W"] @ x + p["b"])

    p = {"W": W, "b": B}
    _, pullback = vjp(f, p, X)
    gp, gx = pullback(1.0)
    assert_close(gp["W"], np.tile(X, (2, 1)))
    assert_close(gx, W.sum(axis=0))
    assert_close(jvp(f, (p, X), ({"W": TW, "b": TB}, TW[0]))[1], np.sum(TW @ X + TB + W @ TW[0]))
    gp, gx = grad(f, (0, 1))(p, X, scale=2.0)
    assert_close(gp["b"], [2.0, 2.0])
    assert_close(gx, 2 * W.sum(axis=0))
    Jp, Jx = jacobian(lambda p, x: p["W"] @ x, (0, 1))(p, X)
    assert (Jp["W"].shape, Jp["b"].shape, Jx.shape) == ((2, 2, 3), (2, 2), (2, 3))
    _, linear = linearize(f, p, X)
    assert_close(linear({"W": TW, "b": TB}, TW[0]), np.sum(TW @ X + TB + W @ TW[0]))


def test_a_named_tuple_is_one_argument_of_jvp():
    assert jvp(lambda p: p.W * p.b, Layer(2.0, 3.0), Layer(1.0, 0.0)) == (6.0, 3.0)


@pytest.mark.parametrize("entry", [grad, jacobian, derivative])
def test_arguments_by_name(entry):
    by_a, by_b, by_c = 2 * 2.0 * 27.0 * 5.0, 4.0 * 27.0 * 5.0, 4.0 * 27.0
    assert entry(power, argnames="c")(2.0, 3.0, c=5.0) == by_c
    assert entry(power, argnames="b")(2.0, 3.0, c=5.0) == by_b
    assert entry(power, argnames="b")(2.0, b=3.0, c=5.0) == by_b
    assert entry(power, argnames=("c", "a"))(2.0, b=3.0, c=5.0) == {"c": by_c, "a": by_a}
    assert list(entry(power, argnames=("c", "a"))(a=2.0, b=3.0, c=5.0)) == ["c", "a"]
    assert entry(power, argnums=0, argnames="c")(2.0, 3.0, c=5.0) == (by_a, by_c)
    assert entry(power, argnums=(-1, 0), argnames=("c",))(2.0, 3.0, c=5.0) == ((by_b, by_a), {"c": by_c})
    assert entry(power, argnums=(0, 1))(2.0, 3.0, c=5.0) == (by_a, by_b)


def test_value_with_names():
    assert value_and_grad(power, argnames="c")(2.0, 3.0, c=5.0) == (540.0, 108.0)
    assert value_and_derivative(power, 2, argnames="b")(2.0, 3.0) == (108.0, 72.0)
    assert value_and_jacobian(power, argnames=("b",))(2.0, 3.0) == (108.0, {"b": 108.0})


def test_names_of_methods_partials_and_what_has_no_signature():

    class Model:
        def score(self, x, w):
            return x * w**2

    assert grad(Model().score, argnames="w")(2.0, 3.0) == 12.0
    assert grad(functools.partial(power, 2.0), argnames="b")(3.0) == 108.0
    assert grad(lambda **given: given["x"] ** 2, argnames="x")(x=3.0) == 6.0


@pytest.mark.parametrize("entry", [grad, jacobian, derivative])
def test_names_that_are_none(entry):
    with pytest.raises(InputError, match=r"no parameter.*a, b, c"):
        entry(power, argnames="d")(2.0, 3.0)
    with pytest.raises(InputError, match=r"without this argument.*c="):
        entry(power, argnames="c")(2.0, 3.0)
    with pytest.raises(InputError, match=r"argnames=\(\)"):
        entry(power, argnames=())(2.0, 3.0)
    with pytest.raises(InputError, match=r"argnames=0"):
        entry(power, argnames=0)(2.0, 3.0)
    with pytest.raises(InputError, match=r"argnums=7"):
        entry(power, argnums=7, argnames="c")(2.0, 3.0, c=1.0)


# ---------------------------------------------------------------- what is returned beside the result


def with_aux(x):
    y = x**3
    return y, {"twice": 2 * x, "all": [x, "text", None, 3], "frozen": Frozen(x, 1), "f": np.sin}


AUX_CALLS = {
    "grad": (lambda f, x: grad(f, has_aux=True)(x), lambda r: (None, r[0], r[1])),
    "value_and_grad": (lambda f, x: value_and_grad(f, has_aux=True)(x), lambda r: (r[0][0], r[1], r[0][1])),
    "derivative": (lambda f, x: derivative(f, has_aux=True)(x), lambda r: (None, r[0], r[1])),
    "value_and_derivative": (
        lambda f, x: value_and_derivative(f, has_aux=True)(x),
        lambda r: (r[0][0], r[1], r[0][1]),
    ),
    "jacobian": (lambda f, x: jacobian(f, has_aux=True)(x), lambda r: (None, r[0], r[1])),
    "value_and_jacobian": (
        lambda f, x: value_and_jacobian(f, has_aux=True, mode="reverse")(x),
        lambda r: (r[0][0], r[1], r[0][1]),
    ),
    "jvp": (lambda f, x: jvp(f, x, 1.0, has_aux=True), lambda r: r),
    "vjp": (lambda f, x: vjp(f, x, has_aux=True), lambda r: (r[0], r[1](1.0), r[2])),
    "linearize": (lambda f, x: linearize(f, x, has_aux=True), lambda r: (r[0], r[1](1.0), r[2])),
}
every_aux = pytest.mark.parametrize(("call", "sort"), AUX_CALLS.values(), ids=AUX_CALLS)


@every_aux
def test_aux(call, sort):
    y, d, aux = sort(call(with_aux, 2.0))
    assert y in (None, 8.0)
    assert d == 12.0
    assert aux == {"twice": 4.0, "all": [2.0, "text", None, 3], "frozen": Frozen(2.0, 1), "f": np.sin}
    assert type(aux["twice"]) is float


@every_aux
def test_aux_carries_the_outer_derivative(call, sort):
    """Only the Duals of the inner call are over."""
    assert derivative(lambda x: sort(call(with_aux, x))[2]["all"][0] ** 2)(3.0) == 6.0
    assert grad(lambda x: sort(call(with_aux, x))[1])(2.0) == 12.0


def test_aux_with_names_orders_and_structures():
    def f(p, k):
        return (p["a"] ** 2 * k, [p, k])

    assert grad(f, argnames="k", has_aux=True)({"a": 3.0}, k=2.0) == (9.0, [{"a": 3.0}, 2.0])
    g, aux = grad(f, (0, 1), has_aux=True)({"a": 3.0}, 2.0)
    assert (g, aux) == (({"a": 12.0}, 9.0), [{"a": 3.0}, 2.0])
    assert derivative(with_aux, order=2, has_aux=True)(2.0)[1]["twice"] == 4.0
    (y, (p, k)), d = value_and_derivative(f, argnums=1, has_aux=True)({"a": 3.0}, 2.0)
    assert (y, d, p, k) == (18.0, 9.0, {"a": 3.0}, 2.0)


def test_aux_of_arrays_and_of_arrays_of_objects():
    def f(x):
        out = np.zeros(2)
        out[0] = x[0]
        return np.sum(x**2), (out, np.array([x[0], x[1]], dtype=object), x, types.SimpleNamespace(n=3))

    g, (out, objects, x, other) = grad(f, has_aux=True)(B)
    assert_close(g, 2 * B)
    np.testing.assert_array_equal(out, [B[0], 0.0])
    np.testing.assert_array_equal(np.asarray(objects, float), B)
    np.testing.assert_array_equal(x, B)
    assert type(x) is type(out) is np.ndarray
    assert other.n == 3


@every_aux
def test_a_function_without_aux(call, sort):
    with pytest.raises(OutputError, match=r"has_aux=True.*return y, aux"):
        call(lambda x: x**2, 2.0)


def test_what_is_returned_may_be_written_to():
    """The pullback keeps what it needs to itself, though the derivative of exp is its value."""
    x = np.array([0.0, 1.0])
    y, pullback = dualad.vjp(np.exp, x)
    (both, w), linear = dualad.linearize(lambda x: (np.exp(x), x), x)
    for array in (y, both, w, x):
        array[...] = 7.0
    np.testing.assert_array_equal(pullback(np.ones(2)), np.exp([0.0, 1.0]))
    np.testing.assert_array_equal(linear(np.ones(2))[0], np.exp([0.0, 1.0]))


def test_a_cotangent_that_comes_back_is_a_copy():
    ct = np.ones(3)
    _, pullback = dualad.vjp(lambda x, w: x + w.reshape(3), np.zeros(3), np.zeros((1, 3)))
    for cotangent in pullback(ct):
        cotangent[...] = 7.0
    np.testing.assert_array_equal(ct, 1.0)
