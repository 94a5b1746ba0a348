"""trace_nan: the operation at which a number stopped being finite, and nothing where nothing did."""

import itertools
import threading

import numpy as np
import pytest

import dualad
from dualad import derivative, grad, jacobian, jvp, linearize, trace_nan, vjp
from dualad.errors import DualadError, NonFiniteError

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

X = np.array([1.0, 0.0, 4.0])


def of_roots(x):
    roots = np.sqrt(x)
    return 2 * roots.sum() + x[0]


ROOTS = of_roots.__code__.co_firstlineno + 1

ENTRY_POINTS = {
    "jvp": lambda f: jvp(f, X, np.ones(3)),
    "jacobian forward": lambda f: jacobian(f, mode="forward")(X),
    "jacobian by single columns": lambda f: jacobian(f, mode="forward", chunk=1)(X),
    "jacobian_columns": lambda f: dualad.jacobian_columns(f, X, [0, 1]),
    "linearize": lambda f: linearize(f, X)[1](np.ones(3)),
    "grad": lambda f: grad(f)(X),
    "vjp": lambda f: vjp(f, X)[1](1.0),
    "jacobian reverse": lambda f: jacobian(f, mode="reverse")(X),
    "rows": lambda f: jacobian(lambda x: np.stack([x[0], f(x)]), mode="reverse")(X),
    "derivative": lambda f: derivative(lambda s: f(X + (s - 1.0)))(1.0),
}


def caught(call):
    with pytest.raises(NonFiniteError) as error, trace_nan():
        call()
    assert isinstance(error.value, FloatingPointError)
    assert isinstance(error.value, DualadError)
    assert "\n" not in str(error.value)
    return error.value


@pytest.mark.parametrize("call", list(ENTRY_POINTS.values()), ids=list(ENTRY_POINTS))
def test_every_entry_point(call):
    error = caught(lambda: call(of_roots))
    assert error.operation.name == "np.sqrt"
    assert error.operation.where == f"test_nonfinite.py:{ROOTS}"
    assert error.what in ("tangent", "cotangent")
    assert "np.sqrt(0) at test_nonfinite.py" in str(error)
    assert "into inf at entry [1]" in str(error)
    assert "np.where(x > 0, np.sqrt(x), 0)" in str(error)


@pytest.mark.parametrize("call", list(ENTRY_POINTS.values()), ids=list(ENTRY_POINTS))
@pytest.mark.parametrize(
    "f",
    [
        pytest.param(lambda x: np.sum(x * x), id="ordinary"),
        pytest.param(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0)), id="guarded"),
        pytest.param(lambda x: np.sum(np.where(x > 0, np.log(x), 0)), id="guarded value"),
        pytest.param(lambda x: np.sum(np.sqrt(x - x)), id="strong zero"),
    ],
)
def test_what_is_finite_passes(f, call):
    plain = call(f)
    with trace_nan():
        watched = call(f)
    np.testing.assert_equal(watched, plain)


def test_the_culprit_is_not_what_is_guarded_before_it():
    def f(x):
        guarded = np.where(x > 0, np.sqrt(x), 0)
        return np.sum(guarded * np.log(x + 1.0) + np.cbrt(x))

    assert caught(lambda: grad(f)(X)).operation.name == "np.cbrt"
    assert caught(lambda: jvp(f, X, np.ones(3))).operation.name == "np.cbrt"


@pytest.mark.parametrize(
    ("f", "name", "words"),
    [
        (lambda x: 1 + np.exp(1000 * x), "np.exp", "np.exp(1000) at"),
        (lambda x: np.log(x - 1.0) ** 2, "np.log", "gave the value -inf"),
        (lambda x: 2 * np.divide(x, x - 1.0), "np.divide", "np.divide(1, 0) at"),
        (lambda x: x + np.log(0.0), "np.add", "constant is not finite already"),
    ],
)
@pytest.mark.parametrize("mode", [derivative, grad])
def test_values(f, name, words, mode):
    error = caught(lambda: mode(f)(1.0))
    assert (error.what, error.operation.name) == ("value", name)
    assert words in str(error)


def test_a_constant_and_the_argument():
    assert "does not depend on its argument" in str(caught(lambda: derivative(lambda x: np.inf)(1.0)))
    assert "does not depend on its argument" in str(caught(lambda: grad(lambda x: np.nan)(1.0)))
    assert "the argument itself is nan" in str(caught(lambda: derivative(lambda x: x * 2)(np.nan)))
    assert "the argument itself is inf at entry [1]" in str(
        caught(lambda: grad(np.sum)(np.array([1.0, np.inf])))
    )


@pytest.mark.parametrize("modes", list(itertools.product([derivative, grad], repeat=2)))
def test_second_derivatives(modes):
    def f(x):
        return x**1.5

    error = caught(lambda: modes[0](modes[1](f))(0.0))
    assert error.operation.name == "np.power"
    assert error.operation.where == f"test_nonfinite.py:{f.__code__.co_firstlineno + 1}"
    with trace_nan():
        assert modes[0](f)(0.0) == 0.0


def test_order_2():
    def f(x):
        return x**1.5

    error = caught(lambda: derivative(f, order=2)(0.0))
    assert (error.operation.name, error.what) == ("np.power", "tangent")


def test_complex_numbers():
    error = caught(lambda: derivative(lambda z: np.sqrt(z))(0j))
    assert error.operation.name == "np.sqrt"


def test_the_sum_of_what_is_finite():
    """No operation of its own: two finite cotangents whose sum overflows."""
    error = caught(lambda: grad(lambda x: 1.5e308 * x + 1.5e308 * x)(0.5))
    assert error.what in ("value", "cotangent")


def test_it_ends_with_the_block():
    with pytest.raises(NonFiniteError), trace_nan():
        grad(np.sqrt)(0.0)
    assert grad(np.sqrt)(0.0) == np.inf
    _, pullback = vjp(np.sqrt, 0.0)
    with trace_nan():
        _, watched = vjp(np.sqrt, 0.0)
        assert pullback(1.0) == np.inf  # recorded outside
    assert watched(1.0) == np.inf


def test_blocks_may_be_nested():
    with trace_nan():
        with trace_nan():
            pass
        with pytest.raises(NonFiniteError):
            grad(np.sqrt)(0.0)


def test_other_threads_are_left_alone():
    results = []
    with trace_nan():
        thread = threading.Thread(target=lambda: results.append(grad(np.sqrt)(0.0)))
        thread.start()
        thread.join()
    assert results == [np.inf]


# ------------------------------------------------------------------------------- structures


def roots_of(p):
    return {"roots": 2 * np.sqrt(p["x"]), "rest": [p["y"] * 2, p["x"]], "name": "roots"}


PARAMETERS = {"x": X, "y": 3.0}

OF_STRUCTURES = {
    "jvp": lambda: jvp(roots_of, PARAMETERS, {"x": np.ones(3), "y": 1.0}),
    "vjp": lambda: vjp(roots_of, PARAMETERS)[1](
        {"roots": np.ones(3), "rest": [1.0, np.zeros(3)], "name": None}
    ),
    "linearize": lambda: linearize(roots_of, PARAMETERS)[1]({"x": np.ones(3), "y": 1.0}),
    "grad": lambda: grad(lambda p: roots_of(p)["roots"].sum())(PARAMETERS),
    "jacobian forward": lambda: jacobian(roots_of, mode="forward")(PARAMETERS),
    "jacobian reverse": lambda: jacobian(roots_of, mode="reverse")(PARAMETERS),
}


@pytest.mark.parametrize("call", list(OF_STRUCTURES.values()), ids=list(OF_STRUCTURES))
def test_structures(call):
    error = caught(call)
    assert error.operation.name == "np.sqrt"
    assert error.operation.where == f"test_nonfinite.py:{roots_of.__code__.co_firstlineno + 1}"
    assert "at entry [1]" in str(error)


def test_the_value_of_a_structure():
    error = caught(lambda: vjp(lambda p: {"y": p["y"], "log": np.log(p["x"])}, PARAMETERS))
    assert (error.what, error.operation.name) == ("value", "np.log")
    error = caught(lambda: vjp(lambda p: {"y": p["y"], "constant": np.inf}, PARAMETERS))
    assert "returned inf, which does not depend on its argument" in str(error)
