"""NumPy's functions on Duals where the laws of `test_table.py` do not reach.

Ties and other kinks, digits, types, writing into arrays, results of several kinds, lists and options
that hold Duals. What is right comes from closed forms, complex step and mpmath.
"""

import mpmath
import numpy as np
import pytest

from dualad import Dual, derivative, grad, jacobian, jvp, tangent, value, vjp
from dualad.dual import functions
from dualad.errors import PlainArrayError, ShapeError, UnsupportedError

X = np.array([2.0, -1.0, 0.5, 3.0])
MODES = ["forward", "reverse"]


def both(f, x):
    """The Jacobian, in both modes, which have to agree."""
    forward, reverse = (jacobian(f, mode=mode)(x) for mode in MODES)
    np.testing.assert_allclose(forward, reverse, rtol=1e-13, atol=1e-15)
    return forward


def complex_step(f, x):
    """The Jacobian of an analytic function by complex step."""
    columns = []
    for j in range(x.size):
        z = x.astype(complex)
        z.flat[j] += 1e-200j
        columns.append(np.imag(f(z)) / 1e-200)
    return np.stack(columns, axis=-1).reshape(np.shape(columns[0]) + x.shape)


# ------------------------------------------------------------------------------- against complex step


def _spacing(x):
    return np.cumsum(x**2 + 0.5)


ANALYTIC = {
    "trapezoid": lambda x: np.trapezoid(x**2, _spacing(x)),
    "diff": lambda x: np.diff(x**3, n=2, prepend=1.0),
    "diff, by position": lambda x: np.diff(x**2, 1, -1, 3.0),
    "diff of rows": lambda x: np.diff(np.outer(x, x), axis=0),
    "ediff1d": lambda x: np.ediff1d(x**2, to_end=[1.0, 2.0]),
    "gradient": lambda x: np.gradient(x**2, 0.3, edge_order=2),
    "convolve": lambda x: np.convolve(x, x**2, "same"),
    "kron": lambda x: np.kron(x, x**2),
    "cross": lambda x: np.cross(x[:3], x[1:] ** 2),
    "polyval": lambda x: np.polyval(x, x[0]),
    "polyint": lambda x: np.polyint(x**2, 2),
    "vander": lambda x: np.vander(x, 3),
    "mean where": lambda x: np.mean(x**2, where=[True, False, True, True]),
    "prod where": lambda x: np.prod(x, where=[True, False, True, True], initial=3.0),
    "cumulative": lambda x: np.cumsum(np.cumprod(x)),
    "einsum lists": lambda x: np.einsum(x, [0], x**2, [1], [1, 0]),
    "einsum no output": lambda x: np.einsum(np.outer(x, x), [0, 1], x, [1]),
    "trace": lambda x: np.trace(np.outer(x, x**2), offset=1),
    "tril": lambda x: np.tril(np.outer(x, x), -1),
    "pad": lambda x: np.pad(x**2, 2, "reflect", reflect_type="odd"),
    "insert": lambda x: np.insert(x, 1, x[2] ** 2),
    "block": lambda x: np.block([[np.outer(x, x), x[:, None]], [x**2, 1.0]]),
    "average": lambda x: np.average(x, weights=x**2 + 1),
}


@pytest.mark.parametrize("name", ANALYTIC)
def test_agrees_with_complex_step(name):
    f = ANALYTIC[name]
    right = complex_step(f, X)
    np.testing.assert_allclose(both(f, X), right, rtol=1e-13, atol=1e-13)
    t = np.array([0.3, -1.0, 2.0, 0.7])
    np.testing.assert_allclose(jvp(f, X, t)[1], right @ t, rtol=1e-13, atol=1e-13)


def _products_of_deviations(x, y):
    return np.sum((x - np.sum(x) / 4) * (y - np.sum(y) / 4))


#: Functions that NumPy conjugates complex numbers in, and the same without.
WITHOUT_CONJUGATION = {
    "var": (lambda x: np.var(x**2, ddof=1), lambda x: _products_of_deviations(x**2, x**2) / 3),
    "std": (lambda x: np.std(x**2), lambda x: np.sqrt(_products_of_deviations(x**2, x**2) / 4)),
    "cov": (lambda x: np.cov(x, x**2)[0, 1], lambda x: _products_of_deviations(x, x**2) / 3),
    "corrcoef": (
        lambda x: np.corrcoef(x, x**2)[1, 0],
        lambda x: (
            _products_of_deviations(x, x**2)
            / np.sqrt(_products_of_deviations(x, x) * _products_of_deviations(x**2, x**2))
        ),
    ),
    "correlate": (lambda x: np.correlate(x, x**2), lambda x: np.sum(x**3, keepdims=True)),
    "polyfit": (
        lambda x: np.polyfit(x, x**3, 1)[0],
        lambda x: _products_of_deviations(x, x**3) / _products_of_deviations(x, x),
    ),
}


@pytest.mark.parametrize("name", WITHOUT_CONJUGATION)
def test_agrees_with_complex_step_of_the_same(name):
    f, same = WITHOUT_CONJUGATION[name]
    np.testing.assert_allclose(both(f, X), complex_step(same, X), rtol=1e-12, atol=1e-13)


# ------------------------------------------------------------------------------- ties share equally

TIED = np.array([1.0, 3.0, 1.0, 2.0])


@pytest.mark.parametrize(
    ("f", "right"),
    [
        (np.median, [1 / 4, 0, 1 / 4, 1 / 2]),
        (lambda x: np.percentile(x, 0), [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.quantile(x, 1 / 3), [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.quantile(x, 0.3, method="inverted_cdf", weights=np.ones(4)), [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.partition(x, 1)[0], [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.sort(x)[1], [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.unique(x)[0], [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.unique_values(x).min(), [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.union1d(x, [7.0])[0], [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.intersect1d(x, [1.0, 5.0])[0], [1 / 4, 0, 1 / 4, 0]),
        (lambda x: np.intersect1d(x, x)[2], [0, 1, 0, 0]),
        (lambda x: np.setdiff1d(x, [3.0])[1], [0, 0, 0, 1]),
        (lambda x: np.setxor1d(x, [1.0, 3.0, 4.0])[0], [0, 0, 0, 1]),
        (lambda x: np.nanmin(x), [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.max(x, initial=3.0), [0, 1 / 2, 0, 0]),
        (lambda x: np.max(x, initial=4.0), [0, 0, 0, 0]),
        (lambda x: np.ptp(x), [-1 / 2, 1, -1 / 2, 0]),
    ],
)
def test_ties_share_equally(f, right):
    np.testing.assert_array_equal(both(f, TIED), right)


def test_the_slope_on_a_knot_is_the_mean_of_its_sides():
    knots, heights = [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]
    for x, slope in [(0.5, 1.0), (1.0, 2.5), (0.0, 0.5), (2.0, 2.0), (-1.0, 0.0), (3.0, 0.0)]:
        assert both(lambda x: np.interp(x, knots, heights), x) == slope
    assert both(lambda x: np.interp(x, knots, heights, period=3), 3.0) == -2.0  # from 5 to 0 and on to 1
    np.testing.assert_array_equal(both(lambda f: np.interp(1.0, knots, f), np.array(heights)), [0, 1, 0])


def test_groups_of_rows_share_equally():
    rows = np.array([[1.0, 2.0], [0.0, 3.0], [1.0, 2.0]])
    right = np.zeros((2, 2, 3, 2))
    right[0, :, 1] = np.eye(2)
    right[1, :, 0] = right[1, :, 2] = np.eye(2) / 2
    np.testing.assert_array_equal(both(lambda x: np.unique(x, axis=0), rows), right)


@pytest.mark.filterwarnings("ignore:numpy.fix is deprecated")
def test_fix_is_a_step():
    x = np.array([1.0, -0.5, 2.7])
    np.testing.assert_array_equal(jvp(np.fix, x, x)[0], np.fix(x))
    np.testing.assert_array_equal(both(np.fix, x), np.zeros((3, 3)))


def test_std_of_equal_entries():
    for f in (np.std, np.nanstd):
        np.testing.assert_array_equal(both(f, np.array([1.5, 1.5])), [0, 0])


# ------------------------------------------------------------------------------- what is left out is zero

HOLES = np.array([1.0, np.nan, 4.0, np.nan])


@pytest.mark.parametrize(
    ("f", "right"),
    [
        (np.nansum, [1, 0, 1, 0]),
        (np.nanmean, [1 / 2, 0, 1 / 2, 0]),
        (np.nanprod, [4, 0, 1, 0]),
        (np.nanmax, [0, 0, 1, 0]),
        (np.nanmedian, [1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.nanquantile(x, 0.25), [3 / 4, 0, 1 / 4, 0]),
        (np.nanvar, [-1.5, 0, 1.5, 0]),
        (np.nanstd, [-1 / 2, 0, 1 / 2, 0]),
        (lambda x: np.nancumsum(x)[-1], [1, 0, 1, 0]),
        (lambda x: np.nancumprod(x)[-1], [4, 0, 1, 0]),
        (lambda x: np.sum(np.nan_to_num(x) ** 2), [2, 0, 8, 0]),
        (lambda x: np.nanmax(np.sqrt(x) * np.nan_to_num(x * np.nan, nan=1.0)), [0, 0, 1 / 4, 0]),
    ],
)
def test_nan_has_no_part(f, right):
    np.testing.assert_array_equal(both(f, HOLES), right)


def test_an_infinite_slope_that_is_left_out():
    x = np.array([0.0, 4.0])
    for f in (
        lambda x: np.sum(np.sqrt(x), where=[False, True]),
        lambda x: np.max(np.sqrt(x), where=[False, True], initial=0.0),
        lambda x: np.compress([False, True], np.sqrt(x))[0],
        lambda x: np.select([x > 0], [np.sqrt(x)], 0.0)[1],
        lambda x: np.tril(np.outer([1.0, 1.0], np.sqrt(x[::-1])))[0, 0],
    ):
        np.testing.assert_array_equal(both(f, x), [0, 1 / 4])


def test_infinite_entries_of_a_median():
    np.testing.assert_array_equal(both(np.median, np.array([1.0, np.inf, 2.0])), [0, 0, 1])


# ------------------------------------------------------------------------------- digits


def relative(got, right):
    right = np.array([float(r) for r in np.ravel(right)])
    return np.max(np.abs(np.ravel(got) - right) / np.abs(right))


@pytest.mark.parametrize("way", ["forward", "reverse"])
@pytest.mark.parametrize("size", [1.0, 1e-30], ids=["within range", "out of range"])
def test_a_running_product(way, size):
    """Each derivative is the product of the other factors, however small they are."""
    x = size * np.random.default_rng(3).uniform(0.5, 1.9, 9) * np.array([1, -1, 1, 1, -1, 1, -1, 1, 1])
    got = jacobian(np.cumprod, mode=way)(x)
    others = [[np.prod(np.delete(x[: i + 1], j)) if j <= i else 0.0 for j in range(9)] for i in range(9)]
    np.testing.assert_allclose(got, others, rtol=1e-14)


@mpmath.workdps(40)
def test_weights_of_an_average_far_from_zero():
    """(a - mean) / total: the mean is nearly a."""
    a, w = 1e8 + np.array([0.25, 0.5, 1.0]), np.array([1.0, 3.0, 2.0])
    exact = [mpmath.mpf(v) for v in a]
    mean = mpmath.fdot(zip(exact, map(mpmath.mpf, w), strict=True)) / 6
    right = [(v - mean) / 6 for v in exact]
    assert relative(both(lambda w: np.average(a, weights=w), w), right) < 1e-8  # of the rounded mean


@mpmath.workdps(40)
def test_variance_far_from_zero():
    a = 1e8 + np.array([0.25, 0.5, 1.5])
    mean = mpmath.fsum(map(mpmath.mpf, a)) / 3
    right = [2 * (mpmath.mpf(v) - mean) / 3 for v in a]
    for f in (np.var, np.nanvar):
        assert relative(both(f, a), right) < 1e-7  # of the rounded mean


@mpmath.workdps(40)
def test_ends_of_ranges():
    n = 1001
    share = [mpmath.mpf(k) / (n - 1) for k in range(n)]
    first = jvp(lambda a: np.linspace(a, 3.0, n), 2.0, 1.0)[1]
    assert relative(first[:-1], [1 - s for s in share[:-1]]) < 2e-16
    assert first[-1] == 0
    last = jvp(lambda b: np.linspace(2.0, b, n), 3.0, 1.0)[1]
    assert relative(last[1:], share[1:]) < 2e-16
    a, b = mpmath.mpf(1e-5), mpmath.mpf(1e7)
    got = jvp(lambda a: np.geomspace(a, 1e7, n), 1e-5, 1.0)[1]
    right = [(1 - s) * a ** (-s) * b**s for s in share]
    assert relative(got[:-1], right[:-1]) < 1e-14
    got = jvp(lambda b: np.logspace(1e-5, b, n), 2.0, 1.0)[1]
    right = [s * mpmath.log(10) * 10 ** (a + s * (2 - a)) for s in share]
    assert relative(got[1:], right[1:]) < 1e-14


@mpmath.workdps(40)
def test_interpolation_near_a_knot():
    """The weights of both neighbours, one of them tiny."""
    x, knots = 1 - 2.0**-50, np.array([0.0, 1.0, 2.0])
    right = [mpmath.mpf(2) ** -50, 1 - mpmath.mpf(2) ** -50]
    got = both(lambda f: np.interp(x, knots, f), np.array([5.0, 7.0, 9.0]))
    assert relative(got[:2], right) < 2e-16
    assert got[2] == 0


@mpmath.workdps(40)
def test_roots():
    """Wilkinson's example in the small: r' = -r**(n-k) / p'(r)."""
    zeros = [1, 2, 3, 4, 5, 6]
    p = np.poly(zeros)
    got = both(lambda p: np.sort(np.roots(p)), p)
    for i, r in enumerate(zeros):
        slope = mpmath.mpf(np.prod([r - s for s in zeros if s != r]))
        right = [-(mpmath.mpf(r) ** (6 - k)) / slope for k in range(7)]
        assert relative(got[i], right) < 1e-9  # of the rounded roots


# ------------------------------------------------------------------------------- types


def test_complex_roots():
    """``x**2 + b x + c``: ``x = (-b + sqrt(b**2 - 4 c)) / 2``; and the real one among three, as of a gas."""
    b, c = 0.6, 2.0
    s = np.sqrt(b**2 - 4 * c + 0j)
    upper, lower = ([(-1 + sign * b / s) / 2, -sign / s] for sign in (1, -1))
    for mode in ("forward", "reverse"):
        differentiated = jacobian(lambda p: parts(np.roots(np.stack([1.0, p[0], p[1]]))), mode=mode)
        right = np.array([upper, lower])
        np.testing.assert_allclose(
            differentiated(np.array([b, c])), np.concatenate([right.real, right.imag]), rtol=1e-13, atol=1e-15
        )

    def volume(a):
        roots = np.roots([1.0, -1.2, a / 3, -a * 0.05])
        return roots[np.isreal(roots)].real.max()

    v = volume(0.4)
    slope = -(v / 3 - 0.05) / (3 * v**2 - 2.4 * v + 0.4 / 3)
    assert derivative(volume)(0.4) == pytest.approx(slope, rel=1e-12)
    assert grad(volume)(0.4) == pytest.approx(slope, rel=1e-12)


def parts(z):
    return np.concatenate([z.real, z.imag])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x, dtype=np.float64),
        lambda x: np.mean(x, dtype=np.float64),
        lambda x: np.cumsum(x, dtype=np.float64),
        lambda x: np.prod(x, dtype=np.float64),
        lambda x: np.var(x, dtype=np.float64),
        lambda x: np.trace(x.reshape(3, 1), dtype=np.float64),
        lambda x: np.stack([x, x], dtype=np.float64),
        lambda x: np.concatenate([x, x], dtype=np.float64),
        lambda x: np.einsum("i,i", x, x, dtype=np.float64),
    ],
)
def test_dtype_of_the_sum(f):
    """In the wider type, the tangent too: it does not see the rounding of the narrow one."""
    x = np.array([1 / 3, 2 / 7, -5 / 3]).astype(np.float32)
    t = np.array([1 / 3, 1 / 7, 1 / 9]).astype(np.float32)
    y, pushed = jvp(f, x, t)
    np.testing.assert_array_equal(y, f(x))
    assert np.asarray(y).dtype == np.asarray(pushed).dtype == np.float64
    wide = jvp(f, x.astype(float), t.astype(float))[1]
    np.testing.assert_allclose(pushed, wide, rtol=1e-14)
    assert vjp(f, x)[1](np.ones_like(y)).dtype == np.float32


def test_narrow_stays_narrow():
    x = np.array([0.5, 1.5, -2.0], np.float32)
    for f in (np.median, np.gradient, lambda x: np.quantile(x, 0.3), lambda x: np.convolve(x, x), np.nanmean):
        y, t = jvp(f, x, x)
        assert np.asarray(y).dtype == np.asarray(t).dtype == np.float32


def test_whole_numbers_carry_nothing():
    x = Dual(X, X)
    for y in (np.sum(x, dtype=int), np.zeros_like(x, dtype=int), np.full_like(x, 1, dtype=int)):
        assert type(y) is not Dual
    counts, edges = np.histogram(x)
    assert counts.dtype == int
    assert type(edges) is Dual
    np.testing.assert_array_equal(np.argpartition(x, 1), np.argpartition(X, 1))


# ------------------------------------------------------------------------------- several results


def test_results_of_several_kinds():
    x = Dual(X, np.ones(4))
    halves = np.split(x, 2)
    assert type(halves) is list
    assert [type(h) for h in halves] == [Dual, Dual]
    assert type(np.meshgrid(x, x)) is tuple
    assert type(np.broadcast_arrays(x, X)) is type(np.broadcast_arrays(X, X))
    values, index, inverse, counts = np.unique(x, True, True, True)
    np.testing.assert_array_equal(tangent(values), np.ones(4))
    np.testing.assert_array_equal(X[index], value(values))
    np.testing.assert_array_equal(value(values)[inverse], X)
    assert counts.dtype == int
    assert type(np.unique_all(x)) is type(np.unique_all(X))
    mean, total = np.average(x, weights=[1.0, 2.0, 3.0, 4.0], returned=True)
    assert (value(total), tangent(mean)) == (10.0, 1.0)
    samples, step = np.linspace(x[0], 5.0, 4, retstep=True)
    assert (tangent(step), samples.shape) == (-1 / 3, (4,))


def test_parts_are_views_forward():
    """Writing into a part writes into the whole, as in NumPy."""

    def f(x):
        y = x**2
        first, second = np.split(y, 2)
        first[0] = 7.0 * second[0]
        np.rot90(y.reshape(2, 2), 2)[0, 0] = 1.0
        return y

    plain = f(X)
    y, t = jvp(f, X, np.ones(4))
    np.testing.assert_array_equal(y, plain)
    np.testing.assert_array_equal(t, [7 * 2 * X[2], 2 * X[1], 2 * X[2], 0])


# ------------------------------------------------------------------------------- writing


def written(function, *args, **keywords):
    """A function of (target, values) that writes with a NumPy function, and both as arrays."""

    def f(both):
        target, values = both[:6].reshape(2, 3) * 1.0, both[6:] * 1.0
        function(target, values, *args, **keywords)
        return target

    return f


MASK = np.array([[True, False, True], [False, True, True]])
WRITERS = {
    "put": lambda t, v: np.put(t, [0, -1, 0], v),
    "put wrap": lambda t, v: np.put(t, [7, -9], v, mode="wrap"),
    "put clip": lambda t, v: np.put(t, [70, -9], v, "clip"),
    "put repeats": lambda t, v: np.put(t, [0, 1, 2, 3, 4], v),
    "place": lambda t, v: np.place(t, MASK, v),
    "putmask": lambda t, v: np.putmask(t, MASK, v),
    "copyto": lambda t, v: np.copyto(t, v),
    "copyto where": lambda t, v: np.copyto(t, v, where=MASK),
    "copyto where, by name": lambda t, v: np.copyto(t, src=v, casting="unsafe", where=[True, False, False]),
    "put_along_axis": lambda t, v: np.put_along_axis(t, np.array([[1], [2]]), v[:2, None], axis=1),
    "put_along_axis, all": lambda t, v: np.put_along_axis(t, np.array([1, 5]), v[:2], axis=None),
    "fill_diagonal": lambda t, v: np.fill_diagonal(t, v),
    "fill_diagonal, a number": lambda t, v: np.fill_diagonal(t, v[0]),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_written_carries_its_derivative(name):
    """A linear function of what there was and what is written: its matrix is found from NumPy alone."""
    f = written(WRITERS[name])
    x = np.random.default_rng(4).uniform(1, 2, 9)
    np.testing.assert_array_equal(jvp(f, x, x)[0], f(x))
    right = np.stack([f(column) for column in np.eye(9)], axis=-1)
    np.testing.assert_array_equal(both(f, x), right)


@pytest.mark.parametrize("name", WRITERS)
def test_a_plain_target_is_refused_by_name(name):
    if name.startswith("fill_diagonal"):  # NumPy does not look at its values, lifted code does
        WRITERS[name] = lambda t, v: functions.calling(np.fill_diagonal)(t, v)
    with pytest.raises(PlainArrayError) as caught:
        WRITERS[name](np.zeros((2, 3)), Dual(np.ones(3), np.ones(3)))
    assert name.split()[0].strip(",") in str(caught.value)
    assert "np.zeros_like(x)" in str(caught.value)


def test_nan_to_num_in_place():
    def f(x):
        y = x * 1.0
        assert np.nan_to_num(y, copy=False, nan=5.0) is y
        return y

    y, t = jvp(f, HOLES, np.ones(4))
    np.testing.assert_array_equal(y, [1, 5, 4, 5])
    np.testing.assert_array_equal(t, [1, 0, 1, 0])


# ------------------------------------------------------------------------------- out=


@pytest.mark.parametrize(
    ("f", "shape"),
    [
        (lambda x, **k: np.sum(x, **k), ()),
        (lambda x, **k: np.cumsum(x, **k), (4,)),
        (lambda x, **k: np.clip(x, 0, 1, **k), (4,)),
        (lambda x, **k: np.round(x, 0, **k), (4,)),
        (lambda x, **k: np.median(x, **k), ()),
        (lambda x, **k: np.quantile(x, [0.1, 0.6], **k), (2,)),
        (lambda x, **k: np.concatenate([x, x], **k), (8,)),
        (lambda x, **k: np.take(x, [0, 2], **k), (2,)),
        (lambda x, **k: np.dot(np.outer(x, x), x, **k), (4,)),
        (lambda x, **k: np.einsum("i,j->ij", x, x, **k), (4, 4)),
        (lambda x, **k: np.nansum(x, **k), ()),
    ],
)
def test_out(f, shape):
    def into(x):
        out = np.zeros_like(x, shape=shape) if shape else np.zeros_like(x, shape=(1,)).reshape(())
        assert f(x, out=out) is out
        return out

    if shape:
        np.testing.assert_array_equal(both(into, X), both(f, X))
        with pytest.raises(ShapeError, match="out"):
            f(Dual(X, X), out=Dual(np.zeros(7)))
    with pytest.raises(PlainArrayError, match="plain array"):
        f(Dual(X, X), out=np.zeros(shape))


def test_out_by_position():
    def f(x):
        out = np.zeros_like(x)
        np.cumsum(x, 0, None, out)
        np.clip(out, 0.0, 1.5, out)
        np.round(x, 0, out[:4].copy())
        return out

    np.testing.assert_array_equal(both(f, X), both(lambda x: np.clip(np.cumsum(x), 0.0, 1.5), X))


# ------------------------------------------------------------------------------- how arguments are given


def test_options_by_position():
    x = X.reshape(2, 2)
    for f, g in [
        (lambda x: np.sum(x, 0, None, None, True), lambda x: np.sum(x, axis=0, keepdims=True)),
        (lambda x: np.mean(x, 1, float, None, True), lambda x: np.mean(x, axis=1, keepdims=True)),
        (lambda x: np.std(x, 0, None, None, 1), lambda x: np.std(x, axis=0, ddof=1)),
        (lambda x: np.max(x, 0, None, True, 0.7), lambda x: np.max(x, axis=0, keepdims=True, initial=0.7)),
        (
            lambda x: np.quantile(x, 0.3, 1, None, False, "hazen"),
            lambda x: np.quantile(x, 0.3, 1, method="hazen"),
        ),
        (lambda x: np.take(x, [3], 1, None, "wrap"), lambda x: np.take(x, [1], axis=1)),
        (lambda x: np.trace(x, 1, 0, 1, None), lambda x: x[0, 1]),
        (lambda x: np.linspace(x, 1.0, 3, True, False, None, -1), lambda x: np.linspace(x, 1.0, 3, axis=-1)),
    ]:
        np.testing.assert_array_equal(f(x), g(x))
        np.testing.assert_array_equal(both(f, x), both(g, x))


def test_arrays_by_name():
    x = X.reshape(2, 2)
    for f, g in [
        (lambda x: np.stack(arrays=[x, x], axis=1), lambda x: np.stack([x, x], axis=1)),
        (lambda x: np.sum(axis=0, a=x), lambda x: np.sum(x, axis=0)),
        (
            lambda x: np.interp(x=x, xp=[0.0, 1.0], fp=[0.0, 3.0]),
            lambda x: np.interp(x, [0.0, 1.0], [0.0, 3.0]),
        ),
        (lambda x: np.clip(x, a_max=None, a_min=0.0), lambda x: np.maximum(x, 0.0)),
        (lambda x: np.tensordot(x, b=x), lambda x: np.sum(x * x)),
    ]:
        np.testing.assert_array_equal(both(f, x), both(g, x))


def test_lists_that_hold_duals():
    """Where NumPy looks into lists, they are arrays of Duals."""
    for f, g in [
        (lambda x: np.concatenate([[x[0], 2.0], x]), lambda x: np.concatenate([x[:1], [2.0], x])),
        (
            lambda x: np.cross([x[0], 1.0, x[1]], x[:3]),
            lambda x: np.cross(np.stack([x[0], 1.0, x[1]]), x[:3]),
        ),
        (lambda x: np.interp(x, [0.0, 1.0], [x[0], x[1]]), lambda x: np.interp(x, [0.0, 1.0], x[:2])),
        (lambda x: np.where(x > 0, [x[0]] * 4, x), lambda x: np.where(x > 0, x[0], x)),
        (lambda x: np.block([[x[0], x[1]], [x[2], 1.0]]), lambda x: np.append(x[:3], 1.0).reshape(2, 2)),
    ]:
        np.testing.assert_array_equal(both(f, X), both(g, X))


CALLED = [
    (lambda call, x: call(np.max)([x[0], x[1]]), [1, 0, 0, 0]),
    (lambda call, x: call(np.sum)([[x[0], 1.0], [x[1], x[2]]]), [1, 1, 1, 0]),
    (lambda call, x: call(np.full_like)(np.zeros(1), x[1])[0], [0, 1, 0, 0]),
    (lambda call, x: call(np.interp)(9.0, [0.0, 1.0], [2.0, 3.0], right=x[3]), [0, 0, 0, 1]),
    (lambda call, x: call(np.select)([[False]], [[1.0]], default=x[2])[0], [0, 0, 1, 0]),
    (lambda call, x: call(np.polyint)([1.0], k=x[0])[1], [1, 0, 0, 0]),
    (lambda call, x: call(np.isclose)([x[0]], [2.0 + 1e-9])[0] * 1.0 * x[0], [1, 0, 0, 0]),
    (lambda call, x: call(np.stack)([x[0], 1.0])[0], [1, 0, 0, 0]),
]


@pytest.mark.parametrize(("f", "right"), CALLED)
def test_calling_looks_where_numpy_does_not(f, right):
    np.testing.assert_array_equal(both(lambda x: f(functions.calling, x), X), right)


def test_calling_leaves_plain_calls_alone():
    for f, _ in CALLED:
        np.testing.assert_array_equal(f(functions.calling, X), f(lambda function: function, X))


def test_options_that_are_duals():
    x = Dual(X, X)
    for call in (
        lambda: np.roll(x, x[0]),
        lambda: np.sum(x, axis=x[0]),
        lambda: np.linspace(x[0], 1.0, x[1]),
        lambda: np.full_like(x, 1.0, shape=x[0]),
        lambda: np.tile(x, x[0]),
    ):
        with pytest.raises(TypeError, match=r"dualad\.value\("):
            call()


def test_layout_in_memory():
    """order="K" and "A" look at how the entries lie: the derivative goes with the value."""
    x = np.asfortranarray(X.reshape(2, 2))
    for f in (
        lambda x: np.ravel(x, order="K"),
        lambda x: np.reshape(x, 4, order="A"),
        lambda x: np.ravel(x.T, "A"),
    ):
        right = np.stack([f(np.asfortranarray(e.reshape(2, 2))) for e in np.eye(4)], axis=-1).reshape(4, 2, 2)
        np.testing.assert_array_equal(jvp(f, x, x)[0], f(x))
        np.testing.assert_array_equal(both(f, x), right)


def test_trimmed_zeros():
    x = np.array([0.0, 0.0, 1.5, 0.0, -2.0, 0.0])
    for trim, kept in [("fb", slice(2, 5)), ("f", slice(2, None)), ("b", slice(None, 5))]:
        np.testing.assert_array_equal(both(lambda x, trim=trim: np.trim_zeros(x, trim), x), np.eye(6)[kept])
    assert np.trim_zeros(Dual([0.0, 0.0], [1.0, 1.0])).shape == (0,)


def test_polynomials_with_zeros_in_front():
    p = np.array([0.0, 1.5, 2.0])
    np.testing.assert_array_equal(
        both(lambda p: np.polymul(p, [2.0, 1.0]), p), [[0, 2, 0], [0, 1, 2], [0, 0, 1]]
    )
    np.testing.assert_allclose(
        both(np.roots, p), [[0, 2 / 1.5**2, -1 / 1.5]], atol=0, rtol=1e-15, strict=False
    )
    np.testing.assert_array_equal(both(np.roots, np.array([1.0, -3.0, 0.0]))[1], [0, 0, 1 / 3])


def test_arrays_like_a_dual():
    x = Dual(X, X)
    made = np.zeros(3, like=x)
    made[0] = x[1]
    assert tangent(made)[0] == X[1]
    assert type(np.eye(2, like=x)) is Dual
    assert tangent(np.full(2, x[0], like=x))[1] == X[0]
    assert tangent(np.array([x[0], 1.0], like=x))[0] == X[0]
    with pytest.raises(UnsupportedError, match="arange"):
        np.arange(x[0], like=x)


# ------------------------------------------------------------------------------- nested


@pytest.mark.parametrize(
    ("f", "second"),
    [
        (lambda t: np.trapezoid(np.stack([t**2, t**3, t]), np.stack([0.0 * t, t, 3 * t])), None),
        (lambda t: np.median(np.stack([t**3, t, 9.0])), lambda t: 6 * t),
        (lambda t: np.interp(t**2, [0.0, 9.0], [0.0, 18.0]), lambda t: 4.0),
        (lambda t: np.geomspace(t, t**3, 3)[1], lambda t: 2.0),
        (lambda t: np.average(np.stack([t, t**2]), weights=np.stack([t, 1.0])), None),
        (lambda t: np.polyfit([0.0, 1.0, 2.0], np.stack([t, t**3, t]), 1)[1], None),
        (lambda t: np.polyfit(np.stack([0.0, t, t**2]), [1.0, 2.0, 5.0], 1)[0], None),
        (lambda t: np.max(np.roots(np.stack([1.0, 0.0, -(t**2)]))), lambda t: 0.0),
    ],
)
def test_second_derivatives(f, second):
    """Forward over forward, forward over reverse and reverse over forward agree, and with what is known."""
    t = 1.7
    found = [
        derivative(derivative(f))(t),
        derivative(grad(f))(t),
        grad(derivative(f))(t),
    ]
    h = 1e-4
    difference = (derivative(f)(t + h) - derivative(f)(t - h)) / (2 * h)
    np.testing.assert_allclose(found, difference, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found, found[0], rtol=1e-12, atol=1e-12)
    if second is not None:
        np.testing.assert_allclose(found[0], second(t), rtol=1e-12, atol=1e-12)


def test_transpose_by_one_axis():
    x = np.arange(3.0)
    np.testing.assert_array_equal(jacobian(lambda x: np.transpose(x, 0) ** 2)(x), np.diag(2 * x))
    cube = np.zeros((3, 3, 3))
    cube[range(3), range(3), range(3)] = 2.0
    np.testing.assert_array_equal(jacobian(jacobian(lambda x: x.transpose(0) * x))(x), cube)
