"""Arrays of floats that come to hold Duals: they alias as NumPy's arrays do, and nothing is lost in them."""

import copy
import math

import numpy as np
import pytest
from hypothesis import given
from test_assignment import draw, examples, jets, moderate, numbers, programs, run, shapes, terms

from dualad import Dual, derivative, grad, jacobian, jvp, value, vjp
from dualad.dual.containers import Container, holding
from dualad.errors import ConversionError, DifferencesWarning


def filled(x, empty):
    """An array, a view that is older than its first Dual, and one that is younger."""
    out = empty(x.shape)
    older = out[::-1]
    out[0] = x[0]
    older[0] = x[-1] * 2.0
    return [x, out, older, out.T]


@examples(300)
@given(programs, shapes, numbers)
def test_random_programs(steps, shape, random):
    """The same program on numbers that carry their derivatives along, in NumPy's arrays of objects."""
    # With a mask NumPy writes while it reads, should the two overlap; we read first.
    steps = [step for step in steps if step.name not in ("mask = y", "positive = y")]
    x, t = draw(random, shape), draw(random, shape)
    right = terms(run(steps, jets(x, t, t), lambda x: filled(x, lambda s: np.full(s, 0.0, object)))[0])
    if not moderate(right):
        return

    def f(x):
        return run(steps, x, lambda x: filled(x, lambda s: holding(np.zeros(s))))[0]

    y, by_t = jvp(f, x, t, lift=False)
    np.testing.assert_array_equal(y, right[0])
    np.testing.assert_array_equal(by_t, right[1])
    y, pullback = vjp(f, x, lift=False)
    np.testing.assert_array_equal(y, right[0])
    c = draw(random, right[0].shape)
    assert np.sum(pullback(c) * t) == np.sum(c * by_t)


def test_an_array_without_duals_is_an_array():
    x = holding(np.arange(6.0).reshape(2, 3))
    assert isinstance(x, np.ndarray)
    assert x.sum() == 15.0
    assert x[1].tolist() == [3.0, 4.0, 5.0]
    assert math.sin(x[0, 1]) == math.sin(1.0)
    np.testing.assert_array_equal(np.linalg.inv(x[:, :2]), np.linalg.inv(np.array([[0.0, 1.0], [3.0, 4.0]])))
    x[x > 2] = -1
    x += 1
    assert x.tolist() == [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]
    assert copy.deepcopy(x).tolist() == x.tolist()


def test_what_results_may_hold_duals_too():
    def f(x):
        a = (np.eye(2) * 3.0 + np.ones(2)).T
        a[0, 1] = x
        b = np.linspace(0.0, 1.0, 3).reshape(1, 3).copy()
        b[0] *= x
        return a[0, 1] * np.sum(b)

    assert derivative(f)(2.0) == grad(f)(2.0) == 2 * 2.0 * 1.5


def test_the_callers_array_is_not_written_to():
    table = np.arange(3.0)

    def f(x):
        y = np.asarray(table)
        y[0] = x
        return y.sum()

    with pytest.raises(ConversionError, match=r"np\.array\(array, float\)"):
        derivative(f)(2.0)
    assert table.tolist() == [0.0, 1.0, 2.0]
    own = derivative(lambda x: _with_first(table.copy(), x).sum())
    assert own(2.0) == 1.0
    assert table.tolist() == [0.0, 1.0, 2.0]


def _with_first(y, x):
    y[0] = x
    return y


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_compiled_code_does_not_read_the_memory(mode):
    """It would say which of two points is the nearest to NaN; what has no twin sees numbers."""
    from scipy.cluster.vq import _vq

    path = pytest.importorskip("matplotlib._path")

    def filled(x):
        points = np.zeros((2, 1))
        points[:, 0] = x
        return points

    def f(x):
        return np.sum(x) * (1 + _vq.vq(filled(x), np.array([[0.0], [1.0]]))[0][1])

    x = np.array([0.1, 0.9])
    assert f(x) == 2.0
    assert jacobian(f, mode=mode)(x).tolist() == [2.0, 2.0]
    turn = np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    with pytest.warns(DifferencesWarning, match="affine_transform is compiled"):
        turned = jacobian(lambda x: path.affine_transform(np.hstack([filled(x)] * 2), turn), mode=mode)(x)
    np.testing.assert_allclose(turned[0, :, 0], [0.6 - 0.8, 0.8 + 0.6], rtol=1e-12)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_compiled_code_that_reads_past_us_is_found_out(entry):
    """It sees NaN, and what comes out of that is an error, not a number without its derivative."""

    def f(x):
        y = np.zeros(2)
        y[0] = x
        return y.data[0] * x

    with pytest.raises(ConversionError, match=r"np\.stack"):
        entry(f)(2.0)


def test_second_derivatives_and_lanes():
    def f(x):
        out = np.empty(3)
        out[:2] = x * x[::-1]
        out[2] = x[0] ** 3
        return out

    right = [[3.0, 2.0], [3.0, 2.0], [12.0, 0.0]]
    for mode in ("forward", "reverse"):
        np.testing.assert_array_equal(jacobian(f, mode=mode)(np.array([2.0, 3.0])), right)
    for outer in (derivative, grad):
        for inner in (derivative, grad):
            assert outer(inner(lambda x: f(np.array([x, 3.0]))[2]))(2.0) == 12.0


def test_views_of_other_types():
    x = holding(np.zeros(2))
    x[0] = Dual(1.0, 1.0)
    assert x.real[0].tangent == 1.0
    assert value(x.imag).tolist() == [0.0, 0.0]
    with pytest.raises(ConversionError, match="astype"):
        x.view(np.int32)[0]
    assert type(x[:1]) is Container


@pytest.mark.parametrize("make", [np.asarray, np.ascontiguousarray, np.asanyarray])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_array_of_the_same_dtype_is_the_same_array(make, mode):
    def f(x):
        c = np.empty((2, 3))
        c[0], c[1] = x, 2 * x
        same, single = make(c, dtype=float), make(c, dtype=np.float32)
        same[1, 0] = 5 * x[0]
        return c[1] + 0 * single[0]

    np.testing.assert_array_equal(jacobian(f, mode=mode)(np.ones(3)), np.diag([5.0, 2.0, 2.0]))


@pytest.mark.parametrize("differentiate", [derivative, grad])
def test_code_that_complains_of_nan_gets_a_note(differentiate):
    """Compiled code reads the memory, which is NaN once the array holds Duals."""

    def f(x):
        y = np.zeros(2)
        y[0] = x
        if any(map(math.isnan, y.data)):
            raise ValueError("Input contains NaN.")
        return y.sum()

    with pytest.raises(ValueError, match="NaN") as caught:
        differentiate(f)(1.0)
    assert any("np.stack" in note for note in caught.value.__notes__)


# ---------------------------------------------------------------- x.flat


def all_at_once(x):
    out = np.zeros(3)
    out.flat = x
    return out.sum()


def repeated(x):
    out = np.zeros((2, 2))
    out[0, 0] = x
    out.flat[:3] = [x * x, 1.0]
    return out.sum()


def the_next(x):
    out = np.zeros(3)
    out[0] = x
    return next(out.flat)


def a_copy(x):
    out = np.zeros((2, 2))
    out[0] = x
    return out.flat.copy().sum()


def compared(x):
    out = np.zeros(3)
    out[0] = x
    return (out.flat == x)[0] * len(out.flat) * out.flat[0]


def changed_ahead(out, x):
    """The entries are read as they are when their turn comes."""
    total = 0.0
    for i, entry in enumerate(out.flat):
        if i < 2:
            out[i + 1] = entry * x
        total = total + entry
    return total


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (all_at_once, 3.0),
        (repeated, 8.0),
        (the_next, 1.0),
        (a_copy, 2.0),
        (compared, 3.0),
        (lambda x: changed_ahead(np.ones(3), x), 5.0),  # 1 + x + x**2
        (lambda x: changed_ahead(np.ones(3) * x, x), 17.0),  # x + x**2 + x**3
    ],
)
def test_entries_one_after_the_other(f, slope, transform):
    assert transform(f)(2.0) == slope
