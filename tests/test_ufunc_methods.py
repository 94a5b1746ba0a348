"""The methods of every ufunc with a rule (``reduce``, ``accumulate``, ``at``, ...), and keywords."""

import numpy as np
import pytest
import scipy.special
from checking import assert_derivatives

import dualad
import dualad.rules.further
from dualad import Dual, grad, jvp, vjp
from dualad.errors import DualadError, PlainArrayError
from dualad.table import RULES, Rule

X = np.array([[1.31, 0.72, 1.83, 1.07], [0.64, 1.55, 0.93, 1.42], [1.21, 0.87, 1.67, 0.58]])
V = X.ravel()

#: Every binary ufunc of NumPy whose rule gives a derivative for both arguments.
BINARY = [
    rule.function
    for rule in RULES.values()
    if isinstance(rule, Rule)
    and isinstance(rule.function, np.ufunc)
    and getattr(np, rule.name, None) is rule.function
    and (rule.arity, rule.outputs) == (2, 1)
    and not any(isinstance(p, str) for p in rule.partials)
] + [scipy.special.xlogy]

every_ufunc = pytest.mark.parametrize("ufunc", BINARY, ids=lambda ufunc: ufunc.__name__)


def test_these_are_most_of_them():
    assert {np.add, np.subtract, np.multiply, np.divide, np.power, np.hypot, np.logaddexp} <= set(BINARY)
    assert {np.maximum, np.minimum, np.fmax, np.arctan2, np.copysign, np.remainder} <= set(BINARY)


# ------------------------------------------------------------------------------- the five methods


def reduced(ufunc, x, axis=0, keepdims=False, **keywords):
    """``ufunc.reduce``, slice by slice for plain arrays: NumPy's is wrong for power on some processors."""
    if isinstance(x, Dual) or ufunc not in (np.power, np.arctan2):
        return ufunc.reduce(x, axis=axis, keepdims=keepdims, **keywords)
    slices = list(np.moveaxis(x, axis, 0))
    where = np.broadcast_to(keywords.get("where", True), len(slices))
    y = keywords.get("initial", slices[0])
    for one, wanted in list(zip(slices, where, strict=True))["initial" not in keywords :]:
        y = ufunc(y, one) if wanted else y
    return np.expand_dims(y, axis) if keepdims else y


@every_ufunc
@pytest.mark.parametrize("keywords", [{}, {"axis": 1}, {"axis": -1, "keepdims": True}], ids=str)
def test_reduce(ufunc, keywords):
    assert_derivatives(lambda x: reduced(ufunc, x, **keywords), X)


@pytest.mark.parametrize(
    "ufunc", [np.add, np.multiply, np.maximum, np.minimum, np.logaddexp, np.hypot, np.fmax]
)
@pytest.mark.parametrize("axis", [None, (0, 1), (-1,), ()], ids=str)
def test_reduce_over_several_axes(ufunc, axis):
    assert_derivatives(lambda x: ufunc.reduce(x, axis=axis), X)
    assert_derivatives(lambda x: ufunc.reduce(x.T.copy().T, axis=axis, keepdims=True), X)


def test_reduce_over_several_axes_needs_an_order():
    with pytest.raises(ValueError, match="not reorderable"):
        jvp(lambda x: np.subtract.reduce(x, axis=(0, 1)), X, X)


@pytest.mark.parametrize(
    "ufunc", [np.logaddexp, np.hypot, np.fmax, np.subtract, np.power], ids=lambda u: u.__name__
)
def test_reduce_with_where_and_initial(ufunc):
    where = np.array([True, False, True, True])
    assert_derivatives(lambda x: reduced(ufunc, x, initial=1.25), X)
    assert_derivatives(lambda x: reduced(ufunc, x, axis=1, initial=1.25, where=where), X)
    assert_derivatives(lambda x: reduced(ufunc, x[0], initial=x[1, 2]), X)
    if ufunc.identity is not None:
        assert_derivatives(lambda x: ufunc.reduce(x, axis=1, where=where), X)
    else:
        with pytest.raises(ValueError, match="identity"):
            jvp(lambda x: ufunc.reduce(x, axis=1, where=where), X, X)


def test_reduce_begins_where_numpy_begins():
    """With the identity: the length of (-3) is 3, and its slope is -1. Without one: with the first entry."""
    x = np.array([-3.0])
    assert jvp(np.hypot.reduce, x, np.ones(1)) == (3.0, -1.0)
    assert type(np.hypot.reduce(Dual(x)[:0])) is np.float64
    assert jvp(lambda x: np.hypot.reduce(x, initial=None), x, np.ones(1)) == (-3.0, 1.0)
    assert jvp(lambda x: np.subtract.reduce(x), x, np.ones(1)) == (-3.0, 1.0)
    with pytest.raises(ValueError, match="no identity"):
        jvp(lambda x: np.subtract.reduce(x[:0]), x, x)
    assert jvp(lambda x: np.hypot.reduce(x[:0]), x, x) == (0.0, 0.0)


@every_ufunc
@pytest.mark.parametrize("axis", [0, -1])
def test_accumulate(ufunc, axis):
    assert_derivatives(lambda x: ufunc.accumulate(x, axis), X)


@pytest.mark.parametrize(
    ("ufunc", "x", "right"),
    [
        (
            np.maximum,
            [1.0, 3.0, 3.0, 2.0, 3.0],
            [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], *[[0, 0.5, 0.5, 0, 0]] * 2, [0, 1 / 3, 1 / 3, 0, 1 / 3]],
        ),
        (np.minimum, [2.0, 2.0, 1.0], [[1, 0, 0], [0.5, 0.5, 0], [0, 0, 1]]),
    ],
)
def test_the_extremum_so_far_is_shared_equally(ufunc, x, right):
    for mode in ("forward", "reverse"):
        found = dualad.jacobian(ufunc.accumulate, mode=mode)(np.array(x))
        np.testing.assert_allclose(found, right, rtol=1e-15)
        stacked = dualad.jacobian(lambda x: ufunc.accumulate(np.stack([x, x]), axis=1)[1], mode=mode)(
            np.array(x)
        )
        np.testing.assert_allclose(stacked, right, rtol=1e-15)


@every_ufunc
def test_reduceat(ufunc):
    def reduceat(x, indices, axis=0):
        if isinstance(x, Dual) or ufunc not in (np.power, np.arctan2):
            return ufunc.reduceat(x, indices, axis)
        parts = np.split(np.moveaxis(x, axis, 0), indices)[1:]
        for k, part in enumerate(parts):
            parts[k] = reduced(ufunc, part) if len(part) else np.moveaxis(x, axis, 0)[indices[k]]
        return np.stack(parts, axis=axis)

    assert_derivatives(lambda x: reduceat(x, [0, 1, 1]), X)
    assert_derivatives(lambda x: reduceat(x, np.array([0, 3]), axis=1), X)
    assert_derivatives(lambda x: reduceat(x.reshape(-1), [1, 5, 8]), X)
    if ufunc not in (np.power, np.arctan2):
        assert_derivatives(lambda x: reduceat(x, [0, 2, 1, 1]), X)


def test_reduceat_begins_with_the_first_entry():
    for f in (lambda x: np.hypot.reduceat(x, [0, 1]), np.hypot.accumulate):
        y, t = jvp(f, np.array([-3.0, -4.0]), np.ones(2))
        np.testing.assert_array_equal(y, f(np.array([-3.0, -4.0])))
        assert t[0] == 1.0


@every_ufunc
def test_outer(ufunc):
    w = np.array([0.9, 1.6])
    assert_derivatives(lambda x: ufunc.outer(x, w), X)
    assert_derivatives(lambda x: ufunc.outer(w, x), X)
    assert_derivatives(lambda x: ufunc.outer(x[0], x[:, 1]), X)
    assert_derivatives(lambda x: ufunc.outer(2.0, x[0]), X)
    assert_derivatives(lambda x: ufunc.outer(x[0, 0], x[1, 1]), X)


def at(ufunc, *args):
    def f(x):
        target = x * 1.0
        ufunc.at(target, *(a(x) if callable(a) else a for a in args))
        return target

    return f


@every_ufunc
def test_at(ufunc):
    assert_derivatives(at(ufunc, ([0, 2, 0, 0], [1, 1, 1, 3]), np.array([1.1, 0.7, 1.3, 0.8])), X)
    assert_derivatives(at(ufunc, [2, 0, 2], lambda x: x[:, ::-1]), X)
    assert_derivatives(at(ufunc, (slice(None), [3, 3]), 1.2), X)
    assert_derivatives(at(ufunc, (0, 1), lambda x: x[1, 2]), X)
    assert_derivatives(at(ufunc, X > 1.0, lambda x: x[2, 1]), X)


def test_at_of_one_argument():
    assert_derivatives(at(np.sin, ([0, 0, 1], [1, 1, 2])), X)


def test_add_at_into_zeros_is_a_histogram_with_weights():
    bins = np.array([0, 2, 2, 1, 0, 2, 0, 0, 1, 2, 1, 1])

    def histogram(x):
        counts = np.zeros_like(x, shape=3) if isinstance(x, Dual) else np.zeros(3)
        np.add.at(counts, bins, x)
        return counts

    assert_derivatives(histogram, V)
    np.testing.assert_array_equal(dualad.jacobian(histogram)(V), np.equal.outer(np.arange(3), bins))


def test_at_takes_duals_of_an_inner_call():
    def inner(x, y):
        target = x * 1.0
        np.add.at(target, [0, 0], y * x[:2])
        np.multiply.at(target, [1, 1], y)
        return np.sum(target)

    def outer(x):
        return jvp(lambda y: inner(x, y), 2.0, 1.0)[1]

    # d/dy [x0 + y(x0 + x1) + x1 y^2 + ...] = x0 + x1 + 2 x1 y
    np.testing.assert_allclose(grad(outer)(V[:3]), [1.0, 5.0, 0.0], rtol=1e-15)


def test_at_refuses_a_plain_array():
    for run in (lambda f, x, t: jvp(f, x, t, lift=False), lambda f, x, t: vjp(f, x, lift=False)):
        with pytest.raises(PlainArrayError, match=r"np.add.at cannot put .* np.zeros_like\(x\)"):
            run(lambda x: np.add.at(np.ones(3), [0], x[0]), V, V)


def test_what_carries_no_derivative_is_reduced():
    x = Dual(X, X)
    assert np.logical_and.reduce(x > 0, axis=None)
    np.testing.assert_array_equal(np.logical_or.reduce(x), np.logical_or.reduce(X))
    np.testing.assert_array_equal(np.greater.outer(x[0], x[1]), np.greater.outer(X[0], X[1]))


@pytest.mark.parametrize(
    "call", [np.add.reduce, np.hypot.reduce, np.logaddexp.accumulate, np.maximum.accumulate]
)
def test_dtype_of_methods(call):
    y, t = jvp(lambda x: call(x, dtype=np.float32), X, X)
    right = call(X, dtype=np.float32)
    assert (y.dtype, t.dtype) == (right.dtype, np.float32)
    np.testing.assert_array_equal(y, right)
    assert jvp(lambda x: call(x, dtype=float), X, X)[1].dtype == float


def test_out_of_methods():
    def f(x):
        sums, running = np.zeros_like(x[0]), np.zeros_like(x)
        assert np.hypot.reduce(x, out=sums) is sums
        np.add.accumulate(x, out=running)
        return sums * running

    assert_derivatives(f, X)
    with pytest.raises(PlainArrayError, match="cannot put a derivative into a plain array"):
        jvp(lambda x: np.hypot.reduce(x, out=np.zeros(4)), X, X, lift=False)


@pytest.mark.parametrize(
    "f",
    [lambda x: np.hypot.reduce(x, axis=1), np.logaddexp.accumulate, lambda x: np.divide.reduceat(x, [0, 1])],
)
def test_lanes_and_second_order(f):
    columns = [jvp(f, X, e.reshape(X.shape))[1] for e in np.eye(X.size)]
    right = np.stack(columns, axis=-1).reshape(*f(X).shape, *X.shape)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(X), right, rtol=1e-13, atol=1e-15)
    t = np.sin(X)
    one = jvp(grad(lambda x: np.sum(f(x) ** 2)), X, t)[1]
    other = grad(lambda x: jvp(lambda x: np.sum(f(x) ** 2), x, t)[1])(X)
    np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


# ------------------------------------------------------------------------------- keywords of a call


def into(call):
    """A function that puts its result into an array like its argument."""

    def f(x):
        out = x * 2.0
        given = call(x, out)
        assert given is out or out in given
        return out * x

    return f


@pytest.mark.parametrize(
    "call",
    [
        lambda x, out: np.sin(x, out=out),
        lambda x, out: np.sin(x, out),
        lambda x, out: np.multiply(x, x[0], out=(out,)),
        lambda x, out: np.divide(x, 3.0, out=out, where=x > 1.0),
        lambda x, out: np.log(x, out=out, where=X < 1.5),
        lambda x, out: np.power(2.0, x, out=out, where=True),
        lambda x, out: np.add(1.0, 2.0, out=out),
        lambda x, out: np.add(x[0], x[:, :1], out=out, where=[True, False, False, True]),
        lambda x, out: np.matmul(x, np.cos(np.outer(np.arange(4), np.arange(4))), out=out),
    ],
)
def test_out_and_where(call):
    assert_derivatives(into(call), X)


def test_where_computes_only_what_is_wanted():
    """The commonest use: no warning (an error in these tests), no NaN, and a zero stays a zero."""

    def f(x):
        return np.divide(1.0, x, out=np.zeros_like(x), where=x != 0)

    x = np.array([2.0, 0.0, -4.0])
    y, t = jvp(f, x, np.ones(3))
    np.testing.assert_array_equal(y, [0.5, 0.0, -0.25])
    np.testing.assert_array_equal(t, [-0.25, 0.0, -0.0625])
    np.testing.assert_array_equal(vjp(f, x)[1](np.ones(3)), t)


def test_where_without_out_leaves_nothing_beside():
    """Where NumPy leaves anything is NaN, which nobody takes for a number; it is in no cotangent."""

    def f(x):
        half = np.divide(x, 2, where=X > 1)
        y, whole = np.modf(x, where=X > 1)
        assert np.all(np.isnan(dualad.value(half)[X <= 1]))
        assert np.all(np.isnan(dualad.value(y)[X <= 1]))
        return np.multiply(half, y + whole, out=np.zeros_like(x), where=X > 1)

    y, t = jvp(f, X, X)
    np.testing.assert_allclose(y, np.where(X > 1, X**2 / 2, 0.0), rtol=1e-15)
    np.testing.assert_allclose(t, np.where(X > 1, X**2, 0.0), rtol=1e-15)
    np.testing.assert_allclose(vjp(f, X)[1](np.ones_like(X)), np.where(X > 1, X, 0.0), rtol=1e-15)


def test_several_results_into_arrays():
    def f(x):
        fraction, whole = np.zeros_like(x), np.zeros_like(x)
        pair = np.modf(x, out=(fraction, whole))
        assert pair == (fraction, whole) or (pair[0] is fraction and pair[1] is whole)
        mantissa, _ = np.frexp(x, out=(np.zeros_like(x), None))
        _, rest = np.divmod(x, 0.4, out=(None, np.zeros_like(x)))
        return fraction * 2 + whole * x + mantissa * x + rest**2

    assert_derivatives(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sin(x, dtype=float),
        lambda x: np.multiply(x, X, dtype="float64", casting="same_kind"),
        lambda x: np.exp(x, order="F", subok=False),
        lambda x: np.add(x, 1.0, signature="dd->d"),
        lambda x: np.matmul(x, x.T, dtype=float),
    ],
)
def test_keywords_about_types_and_memory(f):
    assert_derivatives(f, X)


def test_dtype_of_a_call():
    y, t = jvp(lambda x: np.sin(x, dtype=np.float32, casting="unsafe"), X, X)
    right = np.sin(X, dtype=np.float32, casting="unsafe")
    assert (y.dtype, t.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(y, right)
    np.testing.assert_allclose(t, np.cos(X) * X, atol=2e-7)
    with pytest.raises(TypeError):
        jvp(lambda x: np.sin(x, dtype=np.float32, casting="safe"), X, X)
    assert np.exp(X, order="F").flags.f_contiguous
    assert jvp(lambda x: np.exp(x, order="F"), X, X)[0].flags.f_contiguous


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.matmul(x, x, axes=[(0, 1), (1, 0), (0, 1)]),
        lambda x: np.matmul(x, X, axes=[(1, 0), (0, 1), (1, 0)]),
        lambda x: np.matmul(X, x, axes=[(-1, -2), (-2, -1), (-2, -1)]),
        lambda x: np.vecdot(x, X, axis=0),
        lambda x: np.vecdot(x, x, axis=1, keepdims=True),
        lambda x: np.vecdot(X, x, axis=0, keepdims=True),
        lambda x: np.vecdot(x, X, axes=[0, 0, ()]),
        lambda x: np.vecdot(x, X, keepdims=True),
        *(
            [
                lambda x: np.matvec(x, X[:, 0], axes=[(1, 0), 0, 0]),
                lambda x: np.vecmat(x[:, 0], X, axes=[0, (0, 1), 0]),
            ]
            if hasattr(np, "matvec")
            else []
        ),
    ],
)
def test_axes_of_products(f):
    assert_derivatives(f, X)


def test_a_product_in_another_dtype():
    y, t = jvp(lambda x: np.matmul(x, X.T, dtype=np.float32, casting="unsafe"), X, np.ones(X.shape))
    assert y.dtype == t.dtype == np.float32
    np.testing.assert_allclose(t, np.ones(X.shape) @ X.T, rtol=1e-6)


FROM_OUTSIDE = np.zeros(X.shape)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sin(x, out=FROM_OUTSIDE),
        lambda x: np.sin(x, nonsense=1),
        lambda x: np.matmul(x, X.T, keepdims=True),
        lambda x: np.sin(x[0], out=np.zeros_like(x[0, :2])),
    ],
)
def test_what_cannot_be_is_refused(f):
    with pytest.raises((DualadError, TypeError)):
        jvp(f, X, X)
    with pytest.raises((DualadError, TypeError)):
        vjp(f, X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, where=X > 1, initial=x[0, 1] ** 2),
        lambda x: np.prod(x, 0, initial=x[0, 0]),
        lambda x: np.max(x, axis=1, keepdims=True, initial=x[2, 2] ** 2),
        lambda x: x.min(axis=(0, 1), initial=x[0, 1] * x[1, 0]),
        lambda x: np.nanmax(x, initial=4 * x[0, 0]),
    ],
)
def test_a_reduction_begins_with_what_moves(f):
    assert_derivatives(f, X)
