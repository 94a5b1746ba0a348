"""What ran: the operations of a trace, and the sweeps over them."""

import math

import numpy as np
import pytest

import dualad
from dualad.costs.tracing import trace
from dualad.errors import InputError


def program(x):
    out = np.zeros(3)
    out[0] = math.sin(x[1])
    out[1:] = x[:2] * x[2]
    return np.linalg.norm(out) + np.array([x[0], out[1]]).sum()


X = np.array([1.0, 2.0, 3.0])


def test_names_and_lines():
    first = program.__code__.co_firstlineno
    ran = [(o.name, o.where) for o in trace(program, X).operations if o.inputs]
    assert ran[:4] == [
        ("x[...]", f"test_tracing.py:{first + 2}"),
        ("np.sin", f"test_tracing.py:{first + 2}"),
        ("x[...] = y", f"test_tracing.py:{first + 2}"),
        ("x[...]", f"test_tracing.py:{first + 3}"),
    ]
    assert ran[-1] == ("np.add", f"test_tracing.py:{first + 4}")


def test_the_sweeps_agree_with_the_modes():
    t = trace(program, X)
    seed = np.array([0.3, -0.2, 0.5])
    assert t.value == program(X)
    assert t.tangents(seed)[t.outputs[0]] == pytest.approx(dualad.jvp(program, X, seed)[1], rel=1e-14)
    np.testing.assert_allclose(t.cotangents(1.0)[0], dualad.grad(program)(X), rtol=1e-14)


def test_values_are_kept_as_they_were():
    def f(x):
        y = 2.0 * x
        y += 1.0
        return y.sum()

    values = [o.value for o in trace(f, np.ones(2)).operations]
    np.testing.assert_array_equal(values[1], [2.0, 2.0])
    np.testing.assert_array_equal(values[2], [3.0, 3.0])


def test_a_constant_output():
    t = trace(lambda x: 3.0, 1.0)
    assert t.tangents(1.0)[t.outputs[0]] is None
    assert t.cotangents(1.0)[0] is None


def test_no_point():
    with pytest.raises(InputError, match=r"trace\(f, x\)"):
        trace(program)


def test_structures():
    def f(p, x):
        return {"y": p["W"] @ x, "twice": p["b"] * 2, "constant": 3.0}

    W = np.arange(6.0).reshape(2, 3)
    t = trace(f, {"W": W, "b": 5.0, "name": "layer"}, X)
    assert [o.name for o in t.operations] == [
        *("input", "input", "input", "np.matmul", "np.multiply", "constant")
    ]
    assert (t.inputs, t.outputs) == ((0, 1, 2), (3, 4, 5))
    np.testing.assert_array_equal(t.value["y"], W @ X)
    assert (t.value["twice"], t.value["constant"]) == (10.0, 3.0)
    ts = t.tangents(None, 0.5, X)
    np.testing.assert_array_equal(ts[3], W @ X)
    assert (ts[4], ts[5]) == (1.0, None)
    cts = t.cotangents(np.ones(2), None, 1.0)
    np.testing.assert_array_equal(cts[2], W.sum(axis=0))
    assert cts[1] is None


def test_an_output_that_is_there_twice():
    t = trace(lambda x: {"a": x, "b": x}, 2.0)
    assert t.outputs == (0, 0)
    assert t.cotangents(1.0, 2.0) == [3.0]
