"""Indices of every kind, against NumPy's own: what is read, what is written, and the derivatives of both.

Reading and writing are linear, so each lane of the tangent has to be what NumPy makes of it.
"""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import dualad
from dualad import Dual, jacobian, jvp, vjp
from dualad.dual import make
from dualad.dual.entries import assign_flat
from dualad.errors import ConversionError
from dualad.modes import Forward, Pattern
from dualad.shapes import full_index, gathered_first

rng = np.random.default_rng(3)

SHAPE = (3, 4, 2)
X = np.arange(24.0).reshape(SHAPE) + 1
T = rng.normal(size=(5, *SHAPE))

MASK = X % 3 == 1
INDICES = [
    # basic
    0,
    -1,
    np.int8(2),
    slice(None),
    slice(-1, None, -2),
    slice(5, 1),
    Ellipsis,
    None,
    (),
    (0, 1, 1),
    (0, 1, 1, Ellipsis),
    (Ellipsis, 0),
    (None, 0, None, Ellipsis, None),
    (slice(2, 0, -1), Ellipsis, slice(None, None, -1)),
    # lists and arrays
    [0, 2],
    [[0, 1], [2, 2]],
    [-1, -1, -1],
    [],
    np.array(1),
    np.array([2, 0], np.uint8),
    np.empty((0, 3), int),
    (slice(None), [3, 0, 3]),
    (Ellipsis, [1, 0]),
    ([0, 1], [2, 3]),
    ([0, 1], [2, 3], [1, 0]),
    ([[0], [2]], [1, 3]),
    np.ix_([0, 2], [3, 1]),
    np.ix_([0, 2], [3, 1, 0], [1]),
    (None, [0, 1], Ellipsis),
    ([0, 1], None, [1, 2]),
    # advanced parts that stand apart
    (0, slice(None), [1, 0]),
    ([0, 1], slice(1, 3), [1, 0]),
    ([[0, 1]], slice(None), 1),
    ([0, 1], Ellipsis, [1, 0]),
    ([0, 1], Ellipsis, 1, [1, 0]),
    (0, None, [1, 2]),
    (np.int64(1), slice(None), np.array([0, 1])),
    # masks
    MASK,
    MASK[..., 0],
    MASK[:, 0, 0],
    np.zeros(SHAPE, bool),
    [True, False, True],
    (slice(None), MASK[0]),
    (MASK[..., 0], 1),
    (MASK[:, 0, 0], slice(None), [0]),
    ([0], slice(None), [True, False]),
    (MASK[:, 0, 0], MASK[0, :, 0], [0]),
    True,
    False,
    np.True_,
    np.array(True),
    (True, [0, 1]),
    (True, slice(None), 0),
    (0, True, slice(None), [0, 1]),
    (False, Ellipsis),
]


def label(index):
    return str(index).replace("\n", "")[:60]


def pulled_back(index, ct):
    """What a cotangent of ``X[index]`` makes of X's: each entry goes back to where it was taken from."""
    places = np.arange(X.size).reshape(SHAPE)[index]
    return np.bincount(places.ravel(), ct.ravel(), minlength=X.size).reshape(SHAPE)


indices = pytest.mark.parametrize("index", INDICES, ids=label)


@indices
def test_reading(index):
    d = make(Forward(5), X.copy(), T.copy())
    right = X[index]
    y = d[index]
    np.testing.assert_array_equal(y.value, right, strict=True)
    np.testing.assert_array_equal(y.tangent, np.array([t[index] for t in T]).reshape(5, *right.shape))
    assert isinstance(y.value, np.ndarray) == isinstance(right, np.ndarray)
    assert np.may_share_memory(y.value, d.value) == np.may_share_memory(y.tangent, d.tangent)

    value, t = jvp(lambda x: x[index], X, T[0])
    np.testing.assert_array_equal(value, right)
    np.testing.assert_array_equal(t, T[0][index])

    value, pullback = vjp(lambda x: x[index], X)
    np.testing.assert_array_equal(value, right)
    ct = np.asarray(rng.integers(-5, 5, right.shape), float)
    np.testing.assert_array_equal(pullback(ct), pulled_back(index, ct))


@indices
def test_the_pattern_of_reading(index):
    bits = np.uint64(1) << np.arange(24, dtype=np.uint64).reshape(1, *SHAPE)
    y = make(Pattern(), X.copy(), bits.copy())[index]
    np.testing.assert_array_equal(y.tangent[0], bits[0][index])


def right_sides(shape):
    """What can be assigned to entries of a shape: a number, and arrays that broadcast to it."""
    sides = [(), shape, (1, 1, *shape)]
    if len(shape) > 1:
        sides += [shape[1:], (shape[0],) + (1,) * (len(shape) - 1)]
    return sides


def written(index, x, v):
    x = x.copy()
    x[index] = v
    return x


@indices
def test_writing(index):
    target = X[index].shape
    for shape in right_sides(target):
        v, tv = rng.normal(size=shape)[()], rng.normal(size=(5, *shape))
        try:
            right = written(index, X, v)
        except (TypeError, ValueError):  # a mask takes no array of more axes, a number no array
            continue
        rights = np.stack([written(index, t, one) for t, one in zip(T, tv, strict=True)])

        mode = Forward(5)
        d = make(mode, X.copy(), T.copy())
        d[index] = make(mode, v, tv)
        np.testing.assert_array_equal(d.value, right)
        np.testing.assert_array_equal(d.tangent, rights)

        def f(x, v, index=index):
            x[index] = v
            return x

        y, t = jvp(f, (X, v), (T[0], tv[0]))
        np.testing.assert_array_equal(y, right)
        np.testing.assert_array_equal(t, rights[0])

        y, pullback = vjp(f, X, v)
        np.testing.assert_array_equal(y, right)
        ct = rng.normal(size=SHAPE)
        ct_x, ct_v = pullback(ct)
        np.testing.assert_allclose(
            np.sum(ct_x * T[0]) + np.sum(ct_v * tv[0]), np.sum(ct * rights[0]), rtol=1e-12, atol=1e-13
        )

        _, t = jvp(lambda x, index=index, v=v: f(x, v, index), X, T[0])
        np.testing.assert_array_equal(t, written(index, T[0], 0.0))


# ------------------------------------------------------------------------------- random indices


@st.composite
def mixed(draw, shape=SHAPE):
    """Integers, slices, arrays, masks and new axes in any order, with or without an ellipsis."""
    gathered = draw(st.sampled_from([(2,), (1,), (2, 1), ()]))
    parts, axis = [], 0
    stop = draw(st.integers(0, len(shape)))
    while axis < stop:
        n = shape[axis]
        kind = draw(st.sampled_from(["number", "slice", "slice", "array", "array", "mask", "new axis"]))
        if kind == "new axis" and len(parts) < 6:
            parts.append(None)
            continue
        if kind == "number":
            parts.append(draw(st.integers(-n, n - 1)))
        elif kind == "array":
            size = int(np.prod(gathered))
            taken = draw(st.lists(st.integers(-n, n - 1), min_size=size, max_size=size))
            parts.append(np.array(taken, int).reshape(gathered))
        elif kind == "mask":
            count = min(gathered[-1] if gathered else 1, n)
            parts.append(np.arange(n) < count)
        else:
            parts.append(draw(st.slices(n)))
        axis += 1
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))) if axis == len(shape) else len(parts), Ellipsis)
    return tuple(parts)


@settings(max_examples=1500, derandomize=True, deadline=None, database=None, phases=[Phase.generate])
@given(mixed())
def test_random_indices(index):
    try:
        right = X[index]
    except IndexError:
        with pytest.raises(IndexError):
            make(Forward(5), X, T)[index]
        return
    y = make(Forward(5), X, T)[index]
    np.testing.assert_array_equal(y.value, right)
    np.testing.assert_array_equal(y.tangent, np.array([t[index] for t in T]).reshape(5, *right.shape))
    assert gathered_first(full_index(index, 3)) == 0 or X[index].ndim

    ct = np.asarray(rng.integers(-5, 5, right.shape), float)
    np.testing.assert_array_equal(vjp(lambda x: x[index], X)[1](ct), pulled_back(index, ct))

    v, tv = rng.normal(size=right.shape), rng.normal(size=(5, *right.shape))
    mode = Forward(5)
    d = make(mode, X.copy(), T.copy())
    d[index] = make(mode, v, tv)
    np.testing.assert_array_equal(d.value, written(index, X, v))
    np.testing.assert_array_equal(d.tangent, [written(index, t, one) for t, one in zip(T, tv, strict=True)])

    def f(v):
        x = Dual(X) * 1.0
        x[index] = v
        return x

    ct = rng.normal(size=SHAPE)
    linear = written(index, np.zeros(SHAPE), tv[0])
    np.testing.assert_allclose(np.sum(vjp(f, v)[1](ct) * tv[0]), np.sum(ct * linear), rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------------------------- functions that index


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.take(x, [5, -1, 5]),
        lambda x: x.take([[0, 2]], axis=1),
        lambda x: np.take(x, 1, axis=-1),
        lambda x: np.take_along_axis(x, np.argsort(-x, axis=1), axis=1),
        lambda x: x[np.argmax(x, axis=0), np.arange(4)[:, None], [0, 1]],
        lambda x: x[np.nonzero(x > 7.5)],
        lambda x: x[x > 7.5],
        lambda x: x[..., ::-1][1:, [0, 1]][None],
        lambda x: np.stack(list(x)),
        lambda x: np.stack([b for a in x for b in a]),
        lambda x: np.stack(list(x.flat)),
        lambda x: np.stack([x.item(3), x.item(0, 1, 1)]),
    ],
)
def test_functions_that_index(f, mode):
    """They move entries: run on unit arrays, which are sorted like X, NumPy gives the Jacobian."""
    order = X + 0.0
    columns = []
    for k in range(X.size):
        # The derivative of a function that moves entries: a difference with an exact step.
        step = np.zeros(X.size)
        step[k] = 2.0**-20
        columns.append((f(order + step.reshape(SHAPE)) - f(order)) * 2.0**20)
    right = np.stack(columns, axis=-1)
    np.testing.assert_array_equal(jacobian(f, mode=mode)(X).reshape(right.shape), right)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("index", [3, -1, slice(2, 9, 3), slice(None), [7, 0, 7], MASK.ravel()])
@pytest.mark.parametrize("view", [lambda x: x, lambda x: x.T, lambda x: x[1:, ::2]], ids=["x", "T", "part"])
def test_assigning_by_flat(index, view, mode):
    """``x.flat[index] = v``, which repeats ``v`` until it suffices."""
    if view(X).size <= 8 and isinstance(index, np.ndarray):
        index = index[: view(X).size]
    v = np.array([100.0, 200.0])

    def plain(x, v):
        x = x.copy()
        view(x).flat[index] = v[0] if isinstance(index, int) else v
        return x

    def ours(x):
        w = x.reshape(-1)[:2] * 100.0 - np.array([0.0, 0.0])
        x = x.copy()
        assign_flat(view(x), index, w[0] if isinstance(index, int) else w)
        return x

    t = rng.normal(size=SHAPE)
    y, dy = jvp(ours, X, t)
    np.testing.assert_array_equal(y, plain(X, v))
    np.testing.assert_array_equal(dy, plain(t, t.reshape(-1)[:2] * 100.0))
    ct = rng.normal(size=SHAPE)
    np.testing.assert_allclose(np.sum(vjp(ours, X)[1](ct) * t), np.sum(ct * dy), rtol=1e-12)
    assert jacobian(ours, mode=mode)(X).shape == SHAPE * 2


# ------------------------------------------------------------------------------- refused


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
@pytest.mark.parametrize("index", [lambda i: i, lambda i: (0, i), lambda i: [i], lambda i: ([0, i],)])
def test_a_dual_is_no_index(index, entry):
    """An index has no derivative, and to round one silently would lose what it carries."""
    for x in (Dual(X), X):
        with pytest.raises((ConversionError, IndexError), match=r"dualad\.value|arrays used as indices"):
            entry(lambda i, x=x: np.sum(x[index(i)]))(1.0)


@pytest.mark.parametrize("index", [3, (0, 0, 0, 0), (Ellipsis, Ellipsis), 1.5, "a", [True, False], MASK[:2]])
def test_numpys_own_errors(index):
    with pytest.raises(IndexError) as numpys:
        X[index]
    for entry in (jvp, lambda f, x, t: vjp(f, x)):
        with pytest.raises(IndexError) as ours:
            entry(lambda x: x[index], X, X)
        assert str(ours.value) == str(numpys.value)
