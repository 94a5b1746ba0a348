"""Kinks that cancel: the function is smooth, a part of it is not, and a warning says what the rules miss."""

import datetime
import math
import warnings

import numpy as np
import pytest
import scipy.stats

import dualad
from dualad import derivative, grad, jacobian, jvp
from dualad.errors import CornerWarning, DifferencesWarning

# What is warned of may be found by differences, which say so, too.
pytestmark = pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")


def polar_and_back(x):
    r, phi = np.hypot(x[0], x[1]), np.arctan2(x[1], x[0])
    return np.array([r * np.cos(phi), r * np.sin(phi)])


def half_angle(x):
    return np.sum(np.copysign(np.sqrt((1 - np.cos(x)) / 2), x))


def by_math(x):
    r, phi = math.hypot(x[0], x[1]), math.atan2(x[1], x[0])
    return r * math.cos(phi)


def within_its_range(x):
    return np.clip((x + 3 * x[::-1]) / 4, np.min(x), np.max(x)) + 0 * x


def signed_logarithm(x):
    return np.sign(x) * np.log1p(np.abs(x))


def signed_sine(x):
    return math.copysign(math.sin(math.fabs(x[0])), x[0]) + x[1]


def largest_and_smallest(x):
    return max(x[0], x[1]) + min(x[0], x[1])


def first_and_last(x):
    return x[np.argmax(x)] + x[np.argmin(x)] + x[np.argsort(x)[0]] + x[np.argsort(-x)[0]]


def by_logical_not(x):
    y = x**2
    y[np.logical_not(x)] = 0.0
    return np.where(np.logical_and(x, True), x, y)


def by_a_mask_of_numbers(x):
    y = 2 * x
    np.putmask(y, x, x)
    return y


def divided_where_it_can_be(x):
    return np.divide(np.expm1(x), x, out=np.ones(2), where=x.astype(bool))


def until_it_cannot_be_divided(x):
    with np.errstate(all="raise"):
        try:
            return np.expm1(x) / x
        except FloatingPointError:
            return np.ones(2) + 0 * x


SMOOTH = [polar_and_back, half_angle, by_math, within_its_range, signed_logarithm, signed_sine]
SMOOTH += [
    largest_and_smallest,
    first_and_last,
    by_logical_not,
    by_a_mask_of_numbers,
    divided_where_it_can_be,
    until_it_cannot_be_divided,
]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", SMOOTH, ids=lambda f: f.__name__)
def test_a_smooth_function_whose_kinks_cancel_warns_at_its_line(f, mode):
    x = np.zeros(2)
    with pytest.warns(CornerWarning, match="beside it") as caught:
        jacobian(f, mode=mode)(x)
    assert caught[0].filename == __file__
    first = f.__code__.co_firstlineno
    assert first < caught[0].lineno <= first + 5
    with pytest.warns(CornerWarning):
        jvp(f, x, np.array([0.3, 0.7]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jacobian(f, mode=mode)(np.array([0.3, 0.7]))  # beside it


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (np.linalg.norm, np.zeros(2)),
        (lambda x: np.arctan2(x[0], x[1]), np.zeros(2)),
        (lambda x: np.arctan2(x[0], x[1]) * 0 + x[0], np.zeros(2)),
        (lambda x: np.sqrt(x[0]), np.zeros(2)),
        (lambda x: np.linalg.norm(x) ** 2, np.zeros(2)),
        (lambda x: np.max(x) + np.min(x), np.ones(2)),
        (lambda x: np.clip(x, 0.0, 1.0), np.array([0.0, 1.0])),
        (lambda x: x * np.max(x), np.ones(2)),
        (lambda x: np.sqrt(np.sum(x**2) + np.hypot(x[0], x[1]) ** 4), np.ones(2)),
    ],
)
def test_kinks_and_what_the_rules_get_right_do_not_warn(f, x):
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for mode in ("forward", "reverse"):
            jacobian(f, mode=mode)(x)
        jvp(f, x, np.array([0.3, 0.7]))
    assert warned == []


def test_the_function_is_asked_only_where_there_is_a_corner_and_not_for_ever():
    calls = []

    def f(x):
        calls.append(x)
        return np.linalg.norm(x)

    grad(f)(np.array([3.0, 4.0]))
    assert len(calls) == 1
    for _ in range(100):
        grad(f)(np.zeros(2))
    assert 101 < len(calls) <= 1 + 100 + 4 * 20


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_where_a_corner_does_no_harm_at_some_points_it_may_at_another():
    def f(p):
        return np.hypot(p[0], p[1]) * np.cos(np.arctan2(p[1], p[0])) * p[2]

    for _ in range(4):
        np.testing.assert_array_equal(grad(f)(np.zeros(3)), np.zeros(3))
    np.testing.assert_allclose(grad(f)(np.array([0.0, 0.0, 1.0])), [1.0, 0.0, 0.0], atol=1e-9)


def test_the_callers_array_and_the_nested_derivative():
    x = np.zeros(2)
    with pytest.warns(CornerWarning):
        dualad.hessian(lambda x: np.sum(polar_and_back(x)))(x)
    np.testing.assert_array_equal(x, 0.0)


def by_poly1d(x):
    return np.poly1d([x, 1.0, 2.0])(3.0)


def by_polymul(x):
    return np.polyval(np.polymul([x, 1.0], [1.0, 2.0]), 3.0)


def by_trim_zeros(x):
    return np.sum(np.trim_zeros(np.stack([x, 1.0 + x * x, 2.0 * x])))


def by_polynomials(x):
    return (np.polynomial.Polynomial([1.0, x]) * np.polynomial.Polynomial([1.0, 2.0]))(3.0)


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
@pytest.mark.parametrize(
    ("f", "slope"),
    [(by_poly1d, 9), (by_polymul, 15), (by_trim_zeros, 3), (by_polynomials, 21)],
)
@pytest.mark.parametrize("entry", [derivative, grad])
def test_coefficients_that_are_left_out_as_they_are_zero(f, slope, entry):
    with pytest.warns(CornerWarning):
        entry(f)(0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CornerWarning)
        assert entry(f)(1e-9) == pytest.approx(slope, rel=1e-8)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_parameter_for_which_scipy_has_a_formula_of_its_own(entry):
    kappa4 = pytest.importorskip("scipy.stats").kappa4
    with pytest.warns(CornerWarning, match="SciPy"):
        entry(lambda h: kappa4.pdf(0.3, h, 0.1))(0.0)


def clipped(x):
    return np.clip(x, 0.0, 2.0)


def test_a_hessian_is_asked_along_a_direction_of_no_pattern():
    """Of four weights on a straight line this one would be asked along a direction in which it is 0."""

    def distance(x):
        u, v = x[:2], x[2:]
        return clipped(1 - (u @ v) / np.sqrt((u @ u) * (v @ v)))

    def smooth(x):
        return clipped(x[0] - x[0]) + x @ x

    for _ in range(4):
        dualad.hessian(smooth)(np.ones(4))  # which does not speak for the other one
    with pytest.warns(CornerWarning):
        dualad.hessian(distance)(np.ones(4))


def test_a_double_root_is_noted():
    x = np.array([0.0, 0.0])
    with pytest.warns(CornerWarning, match="more than once"), np.errstate(all="ignore"):
        dualad.jacobian(lambda x: np.roots([1, x[0] - 2, x[1] + 1]).sum().real)(x)


MONOTONE = np.array([1.0, -1.0, -2.0])

#: Functions of the cube, the fourth power: (first derivative, second derivative) at 0.
STEEP = {
    "a cube root of a cube": (lambda x: np.cbrt(x**3) + 2 * x, 3.0, 0.0),
    "of an array": (lambda x: np.sum(np.cbrt(np.array([x, 1.0 + x]) ** 3)), 2.0, 0.0),
    "a logarithm": (lambda x: np.exp(np.log(x * x)), 0.0, 2.0),
    "an arc cosine": (lambda x: np.arccos(np.cos(x)) ** 2, 0.0, 2.0),
    "a copied sign": (lambda x: np.copysign(x, 1.0) * np.sin(np.copysign(x, 2.0)), 0.0, 2.0),
    "a sum of squares in order": (lambda x: np.sum(np.sort(np.array([x, 0.0, -x])) ** 2), 0.0, 4.0),
    "squares of what is the largest so far": (
        lambda x: np.sum(np.maximum.accumulate(x * MONOTONE) ** 2 + np.minimum.accumulate(x * MONOTONE) ** 2),
        0.0,
        18.0,
    ),
    "steps of one": (lambda x: np.heaviside(x, 1) * np.sin(x) + np.heaviside(-x, 1) * np.sin(x), 1.0, 0.0),
    "steps of zero": (lambda x: np.heaviside(x, 0) * np.sin(x) + np.heaviside(-x, 0) * np.sin(x), 1.0, 0.0),
}


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("f", "first", "second"), STEEP.values(), ids=STEEP)
def test_infinite_slopes_and_steps_that_cancel(f, first, second):
    assert derivative(f)(0.0) == pytest.approx(first, abs=1e-9)
    assert grad(f)(0.0) == pytest.approx(first, abs=1e-9)
    for twice in (derivative(derivative(f)), grad(derivative(f)), derivative(grad(f)), grad(grad(f))):
        assert twice(0.0) == pytest.approx(second, abs=1e-7)


#: Functions that come from an infinite slope to a finite one: the slope at 0.
AND_BACK = {
    "a logarithm": (lambda x: np.exp(np.log(x)), 1.0),
    "a logarithm in an array": (lambda x: np.sum(np.exp(np.log(np.array([x, x + 1.0])))), 2.0),
    "logits": (lambda x: 1 / (1 + np.exp(-np.log(x / (1 - x)))), 1.0),
    "an arc cosine": (lambda x: np.cos(np.arccos(1 - x)), -1.0),
    "an arc sine": (lambda x: math.sin(math.asin(1 - x)), -1.0),
    "cosh": (lambda x: np.cosh(np.arccosh(1 + x)), 1.0),
    "tanh": (lambda x: np.tanh(np.arctanh(1 - x)), -1.0),
}


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("entry", [derivative, grad, jacobian])
@pytest.mark.parametrize(("f", "slope"), AND_BACK.values(), ids=AND_BACK)
def test_there_and_back_by_an_infinite_slope(f, slope, entry):
    assert entry(f)(0.0) == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("entry", [grad, lambda f: jacobian(f, mode="reverse")])
def test_many_numbers_are_warned_of(entry):
    with np.errstate(all="ignore"), pytest.warns(CornerWarning, match="an infinite slope"):
        entry(lambda x: np.sum(np.exp(np.log(x))))(np.linspace(0.0, 1.0, 200))


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_nan_for_some_hundred_numbers():
    def f(x):  # of which the columns beyond the range are what NumPy happens to choose
        beyond = np.linalg.svd(x.reshape(40, 5))[0][:, 5:]
        return np.sum((beyond.T @ np.arange(40.0)) ** 2)

    def without_vectors(x):
        y = np.arange(40.0)
        A = x.reshape(40, 5)
        return y @ y - y @ A @ np.linalg.solve(A.T @ A, A.T @ y)

    x = np.random.default_rng(7).normal(size=200)
    np.testing.assert_allclose(grad(f)(x), grad(without_vectors)(x), rtol=1e-6, atol=1e-4)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_one_corner_among_many_entries():
    x = np.append(np.linspace(1.0, 3.0, 50), 0.0)
    np.testing.assert_allclose(grad(lambda x: np.sum(np.cbrt(x**3)))(x), 1.0, rtol=1e-7)
    slope = jvp(lambda x: np.sum(np.cbrt(x**3)), x, np.ones(51))[1]
    assert slope == pytest.approx(51.0, rel=1e-9)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.parametrize("entry", [derivative, grad])
def test_scaled_bessel_functions_of_a_size(entry):
    special = pytest.importorskip("scipy.special")
    assert entry(lambda x: special.i0e(x) * np.exp(np.abs(x)))(0.0) == pytest.approx(0.0, abs=1e-9)
    assert entry(lambda x: special.ive(1, x) * math.exp(abs(x)))(0.0) == pytest.approx(0.5)
    assert entry(lambda x: special.i0e(x) * np.exp(x))(0.0) == 0.0


def test_equal_distances_between_clusters():
    linkage = pytest.importorskip("scipy.cluster.hierarchy").linkage
    with pytest.warns(CornerWarning, match="inside SciPy"):
        jvp(
            lambda x: linkage(x[:, None])[1, 2],
            np.array([0.0, 1, 3, 4, 7, 8]),
            np.array([0.0, 1, 0, 9, 0, 5]),
        )


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_what_is_known_of_one_function_does_not_speak_for_another_in_the_same_wrapper():
    def run(f):
        def wrapped(x):
            return f(np.clip(x, 0.0, 2.0), x)

        return wrapped

    for _ in range(4):
        derivative(run(lambda y, x: y))(0.0)
    assert derivative(run(lambda y, x: y + np.clip(x, -2.0, 0.0) + y * y))(0.0) == pytest.approx(1.0)
    assert derivative(run(lambda y, x: np.abs(x) + y - np.clip(x, 0, 2) + x))(0.0) == 1.0
    assert derivative(run(lambda y, x: 2 * y - np.abs(x)))(0.0) == pytest.approx(1.0)


def substitutions(k):
    """Chances after a while that one letter of four has become another, by rates of two eigenvalues alike."""
    rates = np.array([[0, 1, k, 1], [1, 0, 1, k], [k, 1, 0, 1], [1, k, 1, 0]])
    w, V = np.linalg.eigh(rates - np.diag(rates.sum(axis=0)))
    return ((V * np.exp(0.2 * w)) @ V.T)[0]


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rounding_in_entries_without_a_slope_is_no_kink(mode):
    for k in 2.5, *np.linspace(0.2, 3.0, 29):
        slope = 0.2 * math.exp(-0.4 * (k + 1))
        found = jacobian(substitutions, mode=mode)(k)
        np.testing.assert_allclose(found, [-slope, 0.0, slope, 0.0], rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_kink_that_cancels_beside_much_that_is_smooth(entry):
    def f(x):
        return 1e4 * math.exp(x) + math.sqrt(x * x) * math.copysign(1.0, x)

    with pytest.warns(CornerWarning):
        assert entry(f)(0.0) == pytest.approx(10001.0, rel=1e-9)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_at_the_edge_of_a_domain_one_side_is_asked(entry):
    """SciPy has a branch for no noncentrality; the slope is half the step to two more degrees of freedom."""
    chi2 = scipy.stats.chi2
    slope = (chi2.cdf(3.0, 4.5) - chi2.cdf(3.0, 2.5)) / 2
    ahead = scipy.stats.ncx2.cdf(3.0, 2.5, 1e-6) - scipy.stats.ncx2.cdf(3.0, 2.5, 0.0)
    assert ahead == pytest.approx(1e-6 * slope, rel=1e-4)
    with pytest.warns(CornerWarning, match="differences beside this point agree"):
        assert entry(lambda nc: scipy.stats.ncx2.cdf(3.0, 2.5, nc))(0.0) == pytest.approx(slope, rel=1e-8)


def of_a_matrix(x):
    """``M : exp(A)``, whose eigenvalues are equal; reverse mode shares by their mean."""
    w, V = np.linalg.eigh(np.diag(x))
    return np.sum(np.array([[1.0, 0.2], [0.3, 3.0]]) * ((V * np.exp(w)) @ V.T))


@pytest.mark.parametrize("slope", [grad, jacobian, lambda f: lambda x: dualad.vjp(f, x)[1](1.0)])
def test_what_reverse_mode_shares_is_asked_of_differences(slope):
    with pytest.warns(CornerWarning, match="equal eigenvalues"):
        found = slope(of_a_matrix)(np.array([2.0, 2.0]))
    np.testing.assert_allclose(found, np.exp(2) * np.array([1.0, 3.0]), rtol=1e-7)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_an_infinite_slope_where_differences_settle_is_none():
    def elevation(p):
        return np.sin(np.arctan2(p[2], np.sqrt(p[0] ** 2 + p[1] ** 2)))  # z / |p|

    t = np.array([0.5, 0.7, 0.9])
    found = jvp(lambda p: jvp(elevation, p, t)[1], np.array([0.0, 0.0, 2.0]), t)[1]
    assert found == pytest.approx(-(0.5**2 + 0.7**2) / 4, rel=1e-7)
    for x, f in (0.0, np.cbrt), (0.0, lambda x: np.arctan(np.cbrt(x))), (1.0, np.arcsin):
        assert derivative(f)(x) == grad(f)(x) == np.inf


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_what_is_known_of_one_function_does_not_speak_for_another_in_the_same_line():
    kink, smooth = lambda x: np.sign(x) * np.sqrt(np.abs(x)), lambda x: np.cbrt(x) ** 3
    for _ in range(4):
        derivative(kink)(0.0)
    assert derivative(smooth)(0.0) == pytest.approx(1.0)


NODES = np.cos(np.pi * np.arange(5) / 4)  # the third is 6e-17


def polynomial(x):
    return x**4 + 3 * x**2 - 2 * x


def barycentric(x):
    above = below = 0.0
    for node, weight in zip(NODES, [0.5, -1.0, 1.0, -1.0, 0.5], strict=True):
        if x == node:
            return polynomial(node)
        above += weight / (x - node) * polynomial(node)
        below += weight / (x - node)
    return above / below


def barycentric_array(x):
    gaps = x[:, None] - NODES
    at = gaps == 0
    weights = np.array([0.5, -1.0, 1.0, -1.0, 0.5]) / np.where(at, 1.0, gaps)
    y = weights @ polynomial(NODES) / np.sum(weights, axis=1)
    y[at.any(axis=1)] = polynomial(NODES[at.nonzero()[1]])
    return y[0]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_guard_that_rounding_errors_have_missed(mode):
    x, slope = NODES[1] + 1e-16, 8 * math.sqrt(0.5) - 2
    with pytest.warns(CornerWarning, match="equal"):
        assert jacobian(barycentric, mode=mode)(x) == pytest.approx(slope)
    with pytest.warns(CornerWarning, match="equal"):
        assert jacobian(barycentric_array, mode=mode)(np.array([x])) == pytest.approx(slope)


def clock(hours):
    """A time of day, of which the parts are whole numbers down to microseconds."""
    whole, rest = divmod(hours * 3600, 3600)
    minutes, rest = divmod(rest, 60)
    seconds, microseconds = divmod(rest * 10**6, 10**6)
    parts = (int(part) for part in (whole, minutes, seconds, microseconds))
    return datetime.datetime(2020, 6, 1, *parts, tzinfo=datetime.UTC)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_times_of_whole_numbers_are_asked_about(entry):
    with pytest.warns(CornerWarning, match="a time made of whole numbers"), pytest.warns(DifferencesWarning):
        assert entry(lambda t: clock(t).timestamp())(7.345) == pytest.approx(3600.0, rel=1e-7)
    assert entry(lambda t: math.sin(t) * clock(t).month)(7.345) == pytest.approx(6 * math.cos(7.345))
    assert entry(lambda t: datetime.timedelta(days=int(t)).total_seconds() * t)(3.5) == 3 * 86400.0


def sorted_and_picked(x):
    """What it does is the sum of squares and a sum; what one of equal numbers has lost, the other one has."""
    return x[np.argmax(x)] + x[np.argmin(x)] + np.sort(x)[1] + 10 * np.sum(x**2)


def singular_squares(x):
    return np.sum(np.linalg.svd(np.outer(x, x) + np.diag(x))[1] ** 2)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_what_equal_numbers_take_from_each_other_is_seen():
    x = np.array([2.0, 2.0, 0.0])
    np.testing.assert_allclose(grad(sorted_and_picked)(x), 1 + 20 * x, rtol=1e-7)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_second_derivatives_where_a_singular_value_is_zero():
    x, v = np.array([0.0, 1.0, -1.0]), np.array([0.7, -0.4, 0.9])
    # |x|^4 + 2 sum(x^3) + |x|^2
    expected = 4 * (x @ x) * v + 8 * (x @ v) * x + 12 * x * v + 2 * v
    np.testing.assert_allclose(dualad.hvp(singular_squares, x, v), expected, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_what_is_known_of_one_corner_does_not_speak_for_another_in_the_same_line():
    def f(x):
        return (0.0 if x - x > 0 else 1.0) * (np.cbrt(x) ** 3 + x)

    for x in -1.0, -2.0, -3.0, -4.0:
        assert derivative(f)(x) == pytest.approx(2.0)
    assert derivative(f)(0.0) == pytest.approx(2.0)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning", "ignore::dualad.errors.EqualityWarning")
@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_branch_for_one_point_beside_much_that_is_smooth(entry):
    def f(x):
        return 2e3 * math.exp(x) + (math.expm1(x) / x if x else 1.0)

    assert entry(f)(0.0) == pytest.approx(2000.5, rel=1e-9)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.parametrize("entry", [derivative, grad])
def test_functions_without_a_source_are_known_apart(entry):
    """None speaks for another; at the edge of a domain the product of two roots has the slope of one side."""
    for k in range(1, 30):
        assert entry(eval(f"lambda x: np.sqrt(x * x) * {k}.0", {"np": np}))(0.0) == 0.0
    assert entry(eval("lambda x: np.sqrt(x) * np.sqrt(x)", {"np": np}))(0.0) == pytest.approx(1.0)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_pole_is_no_corner(mode):
    with np.errstate(all="ignore"):
        J = jacobian(lambda x: x[0] / (x[1] - 2.0), mode=mode)(np.array([-2.25, 2.0]))
    np.testing.assert_array_equal(J, [np.inf, np.inf])
