"""Loops that comparisons steer, and guards for one point, are named; all other loops are left in peace."""

import bisect
import itertools
import math
import warnings

import mpmath
import numpy as np
import pytest
import scipy.special
from scipy import stats

import dualad
from dualad import converged, derivative, grad, jacobian, jvp, vjp
from dualad.errors import CornerWarning, DifferencesWarning, EqualityWarning, LoopWarning
from dualad.suspicions import Beside

# What is warned of may be found by differences, which say so, too.
pytestmark = pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")

ENTRIES = [derivative, grad]


def halved(a):
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        if middle * middle < a:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def halved_by_signs(a, tol=1e-7):
    low, high = 0.0, 10.0
    while high - low > tol:
        middle = (low + high) / 2
        if (low * low - a) * (middle * middle - a) <= 0:
            high = middle
        else:
            low = middle
    return low


def halved_to_tolerance(a):
    low, high = 0.0, 10.0
    while True:
        middle = (low + high) / 2
        if abs(middle * middle - a) < 1e-9:
            return middle
        low, high = (middle, high) if middle * middle < a else (low, middle)


def halved_coarsely(a):
    """To a relative tolerance of 1e-5, for which some twenty steps are enough."""
    low, high = 0.0, 1000.0
    middle = (low + high) / 2
    while abs(middle * middle - a) / a > 1e-5:
        if middle * middle > a:
            high = middle
        else:
            low = middle
        middle = (low + high) / 2
    return middle


def halved_in_a_bracket(a):
    low, high = 0.0, a + 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if a > middle * middle else (low, middle)
    return low


def halved_and_used(a):
    return a * halved(a)


def halved_by_numpys_numbers(a):
    """Where the Dual stands on the right, NumPy passes the number as an array."""
    low, high = np.float64(0.0), np.float64(10.0)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if middle * middle >= a else (middle, high)
    return low


def halved_by_numpys_sign(a):
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if np.sign(middle * middle - a) > 0 else (middle, high)
    return low


def halved_by_copysign(a):
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if math.copysign(1.0, middle * middle - a) > 0 else (middle, high)
    return low


def halved_where_slopes_cancel(a):
    """What is compared moves thirty times slower at the root than at the first steps."""
    low, high, k = 0.0, 10.0, 0.99 / 0.02 ** (1 / 3)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if middle**3 > a * (1 - k * middle) else (middle, high)
    return low + a / 1000


def halved_by_a_product(a):
    """Both factors come closer to 0, and so does the derivative of their product."""
    f, low, high = (lambda x: x * x * x - a), 0.0, 5.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if f(low) * f(middle) < 0 else (middle, high)
    return low + a / 1000


def halved_of_a_steep_function(a):
    """At the ends of the bracket the input counts for more than at the root."""
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if a * math.exp(3 * middle) > 5 * a + 3 else (middle, high)
    return low + a / 1000


def halved_to_a_foot(a):
    low, high, height = -100.0, 100.0, 0.0
    while abs(height - 1000 * a) > 1:
        middle = (low + high) / 2
        height = 900 * a + 120 * middle
        low, high = (low, middle) if height > 1000 * a else (middle, high)
    return middle


def golden_section(a):
    ratio, low, high = (math.sqrt(5) - 1) / 2, 0.0, 5.0
    while high - low > 1e-9:
        c, d = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, d) if (c - a) ** 2 < (d - a) ** 2 else (c, high)
    return low


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    ("f", "lost"),
    [
        (halved, "the derivative is lost"),
        (halved_by_signs, "the derivative is lost"),
        (halved_to_tolerance, "the derivative is lost"),
        (halved_by_numpys_numbers, "the derivative is lost"),
        (halved_by_numpys_sign, "the derivative is lost"),
        (halved_by_copysign, "the derivative is lost"),
        (halved_to_a_foot, "the derivative is lost"),
        (golden_section, "the derivative is lost"),
        (halved_in_a_bracket, "a part of the derivative"),
        (halved_and_used, "a part of the derivative"),
        (halved_where_slopes_cancel, "a part of the derivative"),
        (halved_by_a_product, "a part of the derivative"),
        (halved_of_a_steep_function, "a part of the derivative"),
    ],
)
@pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_a_loop_steered_by_comparisons(f, lost, entry):
    with pytest.warns(LoopWarning, match=lost) as caught:
        entry(f)(2.0)
    (warning,) = (w for w in caught if w.category is LoopWarning)
    first = f.__code__.co_firstlineno if f is not halved_and_used else halved.__code__.co_firstlineno
    assert warning.filename == __file__
    assert first < warning.lineno < first + 10


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("a", [2.0, 3.7, 4321.0])
def test_twenty_steps_are_enough_to_see_it(a, entry):
    with pytest.warns(LoopWarning, match="the derivative is lost"):
        entry(halved_coarsely)(a)


def halved_twelve_times(a):
    low, high = 0.0, 5.0
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if math.exp(middle) < a else (low, middle)
    return (low + high) / 2


def halved_by_smaller_steps(a):
    t, step = np.full(np.shape(a), 1.0), 1.0
    for _ in range(12):
        step /= 2
        t += np.sign(a - np.exp(t)) * step
    return np.sum(t)


def third_by_third(a):
    low, high = 0.0, 5.0
    for _ in range(20):
        c, d = low + (high - low) / 3, high - (high - low) / 3
        low, high = (low, d) if abs(math.exp(c) - a) < abs(math.exp(d) - a) else (c, high)
    return (low + high) / 2


def time_of_landing(a):
    t, height, speed = 0.0, 0.0, 10 * a
    while height >= 0.0:
        speed -= 9.81 * 0.01
        height += speed * 0.01
        t += 0.01
    return t


def place_in_a_table(a):
    return float(bisect.bisect(list(np.linspace(0, 10, 1000)), a))


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    "f",
    [halved_twelve_times, halved_by_smaller_steps, third_by_third, time_of_landing, place_in_a_table],
)
def test_a_result_that_depends_on_comparisons_alone(f, entry):
    """It is in steps, which are too wide for a derivative by differences."""
    with pytest.warns(LoopWarning, match="by comparisons alone") as caught:
        assert entry(f)(3.3) == 0.0
    assert [w.filename for w in caught] == [__file__]


def halved_to_a_thousandth(a):
    low, high = 0.0, a
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if middle * middle < a else (low, middle)
    return (low + high) / 2


def golden_section_of_a_bracket(a):
    ratio, low, high = (math.sqrt(5) - 1) / 2, 0.0, 2 * a

    def f(t):
        return (t - a) ** 2 + 0.1 * t**3

    while high - low > 1e-3:
        c, d = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, d) if f(c) < f(d) else (c, high)
    return (low + high) / 2


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("f", [halved_to_a_thousandth, golden_section_of_a_bracket])
def test_a_bracket_that_moves_with_the_input_and_is_halved_a_few_times(f, entry):
    with pytest.warns(LoopWarning, match="a part of the derivative is lost"):
        entry(f)(3.3)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_halved_may_bear_little_of_the_derivative(entry):
    with pytest.warns(LoopWarning, match="a part of the derivative is lost"):
        entry(lambda a: math.exp(a) + 1e-4 * halved(a))(3.3)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_a_loop_about_the_small_one_of_two_numbers():
    with pytest.warns(LoopWarning, match="a part of the derivative is lost"):
        slopes = dualad.grad(lambda p: math.sin(p[0]) + math.sin(3 * p[1]) + 1e-3 * halved(p[1]))([7e6, 0.5])
    expected = [math.cos(7e6), 3 * math.cos(1.5) + 1e-3 * 0.5 / math.sqrt(0.5)]
    np.testing.assert_allclose(slopes, expected, rtol=1e-7)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    "f",
    [
        lambda a: float(sum(a > k for k in (1.0, 2.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0))),
        lambda a: next(k for k in (1.0, 2.0, 3.0, 3.1, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0) if k > a),
        lambda a: np.sum(np.linspace(0.0, 5.0, 100) < a) * 0.1,
        lambda a: np.linspace(0.0, 5.0, 100)[np.argmin(abs(np.linspace(0.0, 5.0, 100) - a))],
    ],
)
def test_a_few_wide_steps_are_meant(f, entry):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(f)(3.3) == 0.0


@pytest.mark.parametrize("entry", ENTRIES)
def test_finer_and_finer_grids_are_searched(entry):
    def root(a):
        low, high = 0.0, 5.0
        for _ in range(14):
            t = np.linspace(low, high, 11)
            k = np.argmin(abs(t**2 - a))
            low, high = t[max(k - 1, 0)], t[min(k + 1, 10)]
        return (low + high) / 2

    with pytest.warns(LoopWarning, match="by comparisons alone") as caught, pytest.warns(DifferencesWarning):
        assert entry(root)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-5)
    assert {w.filename for w in caught if w.category is LoopWarning} == {__file__}


@pytest.mark.filterwarnings("ignore::dualad.errors.LoopWarning")
@pytest.mark.parametrize("entry", ENTRIES)
def test_what_a_loop_has_lost_is_found_by_differences(entry):
    """Where its results are as fine as numbers are; those in steps have no derivative but 0."""
    with pytest.warns(DifferencesWarning, match="halved cannot be followed .*: this comparison steers"):
        assert entry(halved)(2.0) == pytest.approx(0.5 / math.sqrt(2.0), rel=1e-9)
    with pytest.warns(DifferencesWarning):
        assert entry(lambda a: halved(a) * a + a)(2.0) == pytest.approx(1.5 * math.sqrt(2.0) + 1, rel=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DifferencesWarning)
        assert entry(halved_to_a_foot)(2.0) == 0.0
        assert entry(halved)(2.0) == 0.0


def halved_until(bound):
    def halved(a):
        low, high = 0.0, 10.0
        while high - low > bound:
            middle = (low + high) / 2
            low, high = (middle, high) if middle * middle < a else (low, middle)
        return (low + high) / 2

    return halved


def until_the_residual_is_small(a, bound=1e-7):
    low, high, n = 0.0, 10.0, 0
    middle = 5.0
    while abs(math.exp(0.1 * middle) - a) > bound:
        middle = (low + high) / 2
        low, high, n = (middle, high, n + 1) if math.exp(0.1 * middle) < a else (low, middle, n + 1)
    return middle


@pytest.mark.filterwarnings("ignore::dualad.errors.LoopWarning")
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("a", [0.7, 2.0, 5.3, 17.0])
@pytest.mark.parametrize("bound", [1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12])
def test_fine_steps_are_seen_across(bound, a, entry):
    with pytest.warns(DifferencesWarning, match="three|seven digits or more"):
        found = entry(halved_until(bound))(a)
    assert found == pytest.approx(0.5 / math.sqrt(a), rel=300 * bound + 1e-7)


@pytest.mark.filterwarnings("ignore::dualad.errors.LoopWarning")
@pytest.mark.parametrize("entry", ENTRIES)
def test_fine_steps_of_several_results_and_by_several_numbers(entry):
    halved = halved_until(1e-8)
    found = dualad.jacobian(lambda p: [halved(p[0]) * p[1], math.sin(p[1]), 3.0])(np.array([2.0, 0.6]))
    slope = 0.5 / math.sqrt(2.0)
    exact = np.array([[slope * 0.6, math.sqrt(2.0)], [0.0, math.cos(0.6)], [0.0, 0.0]])
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-12)


@pytest.mark.filterwarnings("ignore::dualad.errors.LoopWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning")
@pytest.mark.parametrize("entry", ENTRIES)
def test_steps_of_uneven_widths_are_seen_across(entry):
    assert entry(until_the_residual_is_small)(1.7) == pytest.approx(10 / 1.7, rel=1e-5)


@pytest.mark.filterwarnings("ignore::dualad.errors.LoopWarning")
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("bound", [1e-3, 1e-4])
def test_coarse_steps_have_derivative_zero(bound, entry):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DifferencesWarning)
        assert entry(halved_until(bound))(2.0) == 0.0


@pytest.mark.filterwarnings("ignore::dualad.errors.LoopWarning")
@pytest.mark.parametrize("entry", ENTRIES)
def test_a_kink_behind_fine_steps_has_no_slope(entry):
    halved = halved_until(1e-7)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DifferencesWarning)
        assert entry(lambda a: abs(halved(a) - math.sqrt(2.0)))(2.0) == 0.0


@pytest.mark.filterwarnings("ignore::dualad.errors.LoopWarning")
def test_differences_for_each_of_many_numbers_are_not_taken():
    many = np.linspace(1.0, 2.0, 200)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DifferencesWarning)
        slopes = dualad.grad(lambda x: halved(np.sum(x)) + x[0])(many)
    assert slopes.tolist() == [1.0] + 199 * [0.0]


def test_results_beside_may_be_of_another_number():
    """Those of a loop are as many as it took steps; then there is nothing to compare the tangent with."""
    looked = Beside(lambda a: np.ones(20 if a == 2.0 else 21), (2.0,), {}, {0: 1.0}, np.zeros(20))
    assert looked.differs()
    assert not looked.differs_smoothly(np.ones(20))


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("entry", ENTRIES)
def test_loops_of_results_and_arguments_with_a_structure(entry):
    transform = jvp if entry is derivative else vjp
    direction = () if transform is vjp else ({"a": 1.0},)
    with pytest.warns(LoopWarning, match="a part of the derivative"):
        transform(lambda p: (halved(p["a"]), {"twice": 2 * p["a"]}), {"a": 2.0}, *direction)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        transform(lambda p: (newton(p["a"]), {"twice": 2 * p["a"]}), {"a": 2.0}, *direction)


def halved_all(a):
    low, high = np.zeros(3), np.full(3, 10.0)
    for _ in range(50):
        middle = (low + high) / 2
        large = middle**2 > a
        low, high = np.where(large, low, middle), np.where(large, middle, high)
    return low


def newton_all(a):
    x = np.ones(3)
    while np.any(abs(x * x - a) > 1e-13 * a):
        x = (x + a / x) / 2
    return x


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_loops_over_arrays(mode):
    a = np.array([2.0, 3.0, 4.1])
    with pytest.warns(LoopWarning, match="the derivative is lost"):
        jacobian(halved_all, mode=mode)(a)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        J = jacobian(newton_all, mode=mode)(a)
    np.testing.assert_allclose(J, np.diag(0.5 / np.sqrt(a)), rtol=1e-9, atol=1e-12)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_many_directions():
    with pytest.warns(LoopWarning):
        jacobian(lambda x: np.stack([halved(x[0] * x[1]), x[0]]), mode="forward")(np.array([1.0, 2.0]))


def halved_and_polished(a):
    x = halved(a)
    return x - (x * x - a) / (2 * dualad.value(x))


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.parametrize("outer", ENTRIES)
@pytest.mark.parametrize("inner", ENTRIES)
def test_one_step_at_the_end_is_not_enough_for_second_derivatives(outer, inner):
    with pytest.warns(LoopWarning):
        assert outer(inner(halved_and_polished))(2.0) == pytest.approx(-0.25 / 2.0**1.5, rel=1e-8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert outer(inner(lambda a: newton(a) ** 2))(2.0) == pytest.approx(0.0, abs=1e-12)


def newton(a):
    x = 1.0
    for _ in range(50):
        old, x = x, (x + a / x) / 2
        if abs(x - old) < 1e-12:
            break
    return x


def newton_by_residual(a):
    x = 1.0
    while abs(x * x - a) > 1e-13 * a:
        x -= (x * x - a) / (2 * x)
    return x


def newton_until_converged(a):
    x, old = 1.0, math.inf
    while not converged(x, old, 1e-12):
        x, old = (x + a / x) / 2, x
    return x


def secant(a):
    x, y = 1.0, 2.0
    while abs(y * y - a) > 1e-12:
        x, y = y, y - (y * y - a) * (y - x) / (y * y - x * x)
    return y


def false_position(a):
    low, high, middle = 0.0, 3.0, 3.0
    while abs(middle * middle - a) > 1e-12:
        middle = high - (high * high - a) / (high + low)
        low, high = (middle, high) if middle * middle < a else (low, middle)
    return middle


def fixed_point(a):
    x = 0.5
    while abs(math.cos(x * a / 4) - x) > 1e-13:
        x = math.cos(x * a / 4)
    return x


def kepler(a):
    anomaly, step = a, 1.0
    while abs(step) >= 1e-14:
        step = (anomaly - 0.3 * math.sin(anomaly) - a) / (1 - 0.3 * math.cos(anomaly))
        anomaly -= step
    return anomaly


def power_series(a):
    total, term, k = 0.0, 1.0, 0
    while abs(term) > 1e-17:
        total, k = total + term, k + 1
        term *= a / k
    return total


def mean_of_means(a):
    x, y = 1.0, a
    while abs(x - y) > 1e-13:
        x, y = (x + y) / 2, math.sqrt(x * y)
    return x


def looked_up(a):
    nodes = np.linspace(0, 10, 2000)
    for low, high in itertools.pairwise(nodes):
        if low <= a < high:
            return low + (a - low)
    return 0.0


def marched(a):
    t, y = 0.0, 1.0
    while t < a:
        y += 0.05 * y * a
        t += 0.05
    return y


def clipped(a):
    return sum(a * k if a * k < 20 else 20.0 for k in range(100))


def slope_of_root(a):
    return 0.5 / math.sqrt(a)


def slope_of_fixed_point(a):
    """By the implicit function theorem, at x = cos(x a / 4)."""
    x = fixed_point(a)
    return -math.sin(x * a / 4) * x / (4 + math.sin(x * a / 4) * a)


def slope_of_march(a):
    """Of (1 + 0.05 a)**n for n steps."""
    n = sum(t < a for t in itertools.accumulate([0.05] * 100, initial=0.0))
    return n * 0.05 * (1 + 0.05 * a) ** (n - 1)


OTHER_LOOPS = {
    halved_and_polished: slope_of_root,
    newton: slope_of_root,
    newton_by_residual: slope_of_root,
    newton_until_converged: slope_of_root,
    secant: slope_of_root,
    false_position: slope_of_root,
    fixed_point: slope_of_fixed_point,
    kepler: lambda a: 1 / (1 - 0.3 * math.cos(kepler(a))),
    power_series: math.exp,
    mean_of_means: lambda a: float(mpmath.diff(lambda a: mpmath.agm(1, a), a)),
    looked_up: lambda a: 1.0,
    marched: slope_of_march,
    clipped: lambda a: sum(k for k in range(100) if a * k < 20),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("f", OTHER_LOOPS)
@pytest.mark.parametrize("x", [0.7, 1.9, 2.0, 3.3])
def test_other_loops(f, x, entry):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        slope = entry(f)(x)
    assert slope == pytest.approx(OTHER_LOOPS[f](x), rel=1e-9)


def node(x):
    for at, value in ((1.0, 1.0), (2.0, 4.0)):
        if abs(x - at) < 1e-10:
            return value
    return x * x


def small_angle(x):
    flat = 1e-8 >= math.fabs(x)  # noqa: SIM300 - the bound may stand on either side
    return x if flat else math.sin(x)


def small_logarithm(x):
    return 1.0 if abs(x) < 1e-8 else math.log1p(x) / x


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_guard_for_one_point(entry):
    for f, at in ((node, 2.0), (small_logarithm, 0.0)):
        with pytest.warns(EqualityWarning, match="within 1e-(10|08) of zero") as caught:
            entry(f)(at)
        warning = caught[0]
        assert warning.filename == __file__
        assert 0 < warning.lineno - f.__code__.co_firstlineno < 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(node)(2.1) == pytest.approx(4.2, rel=1e-15)
        assert entry(small_angle)(0.1) == pytest.approx(math.cos(0.1), rel=1e-15)
        assert entry(small_angle)(0.0) == 1.0  # right, as differences say
        assert entry(lambda x: x * x if abs(x) < 2 else x)(0.5) == 1.0


@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_guard_over_no_entries(entry):
    def f(x):
        steps = np.array([x, 2 * x])[:0]
        return x * x if np.all(np.abs(steps) < 1e-12) else x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(f)(0.7) == pytest.approx(1.4, rel=1e-15)


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_iteration_that_has_converged_is_no_guard(entry):
    def root(a):
        x = a
        while abs(x * x - a) > 1e-13:
            x = (x + a / x) / 2
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(root)(2.0) == pytest.approx(1 / math.sqrt(8), rel=1e-6)


def turned(angles):
    """A vector turned by the angles about three axes: as smooth as can be, with a guard for no turn."""
    angle = np.sqrt(np.sum(angles**2))
    if angle < 1e-12:
        return np.array([1.0, 2.0, 3.0])
    axis, start = angles / angle, np.array([1.0, 2.0, 3.0])
    across = np.cross(axis, start)
    return start + np.sin(angle) * across + (1 - np.cos(angle)) * np.cross(axis, across)


def by_distance(x):
    distance = abs(x - 2.0)
    return 4.0 if distance < 1e-12 else x * x


def by_square(x):
    return 4.0 if (x - 2.0) ** 2 <= 1e-24 else x * x


def by_both_sides(x):
    return 4.0 if -1e-12 < x - 2.0 < 1e-12 else x * x


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_guard_by_what_is_no_call_of_abs(entry):
    for f in (by_distance, by_square, by_both_sides):
        with pytest.warns(CornerWarning, match="within 1e-(12|24) of zero"):
            entry(f)(2.0)
    with pytest.warns(CornerWarning):
        jacobian(turned, mode="forward" if entry is derivative else "reverse")(np.zeros(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(by_distance)(2.1) == pytest.approx(4.2, rel=1e-15)
        assert entry(lambda x: x if abs(x) ** 2 < 1e-9 else x * (1 + abs(x) / 3))(0.0) == 1.0  # and smooth


def in_minutes(degrees):
    """Degrees as whole ones and minutes, put together again."""
    minutes = 0.0
    if degrees % 1 > 0.0:
        minutes = degrees % 1 * 60
    return float(int(degrees)) + minutes / 60


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_comparison_of_equal_numbers(entry):
    with pytest.warns(CornerWarning, match="a comparison of equal numbers"):
        entry(in_minutes)(77.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(in_minutes)(77.5) == 1.0
        assert entry(lambda x: x * x if x > 0 else 0.0)(0.0) == 0.0
        assert entry(lambda x: x if x >= 0 else 0.0)(0.0) == 1.0  # a kink, of which a side is taken


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("zeros", [np.any, np.count_nonzero, lambda x: x.any()])
def test_a_question_for_zeros(zeros, entry):
    def f(x):
        v = np.stack([x, x * x])
        return np.sum(3 * v + v**2) if zeros(v) else 0.0

    with pytest.warns(CornerWarning, match="numbers are zero"):
        entry(f)(0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(f)(1.0) == pytest.approx(3 + 2 + 6 + 4, rel=1e-15)


def along_a_vector(x):
    return x[:2] / np.sum(x) if any(abs(x[:2]) > 1e-12) else x[2] * np.ones(2)


def test_a_guard_for_one_vector():
    def masked(x):
        return np.where(np.abs(x) < 1e-12, 1.0, x)

    def cleaned(x):
        y = 2 * x
        y[np.abs(y) < 1e-12] = 0
        return y

    def snapped(x):
        nearest = np.round(x)
        close = np.abs(x - nearest) <= 1e-12 * np.maximum(1.0, np.abs(nearest) / 3)
        return np.where(close, nearest, x)

    at, beside = np.array([0.0, 0.0, 3.0]), np.array([0.1, 0.0, 3.0])
    for f, x in ((along_a_vector, at), (masked, beside), (cleaned, beside), (snapped, at)):
        for entry in (lambda f, x: jvp(f, x, np.ones(3)), vjp):
            with pytest.warns(EqualityWarning, match="within 1e-12 of zero with x = .*0.0"):
                entry(f, x)
        with pytest.warns(EqualityWarning, match="within 1e-12 of zero with x = .*0.0"):
            jvp(f, x, np.ones(3))
        with pytest.warns(EqualityWarning, match="within 1e-12 of zero with x = .*0.0"):
            dualad.vjp(f, x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jvp(along_a_vector, beside, np.ones(3))
        dualad.vjp(along_a_vector, beside)
        jvp(along_a_vector, at, np.array([0.0, 0.0, 1.0]))  # along which it stays zero
        jvp(masked, beside, np.array([1.0, 0.0, 1.0]))


def by_isclose(isclose):
    def f(x):
        return 4.0 if isclose(x, 2.0) else x * x

    return f


def newton_until_close(a):
    x, old = 1.0, 0.0
    while not math.isclose(x, old, rel_tol=1e-15):
        x, old = (x + a / x) / 2, x
    return x


def newton_until_all_close(a):
    x = np.ones(2)
    while not np.allclose(x * x, np.array([a, 4 * a]), rtol=1e-14, atol=0.0):
        x = (x + np.array([a, 4 * a]) / x) / 2
    return x.sum()


@pytest.mark.parametrize("entry", ENTRIES)
def test_isclose(entry):
    for isclose in (math.isclose, np.isclose, np.allclose):
        with pytest.warns(EqualityWarning, match="isclose"):
            entry(by_isclose(isclose))(2.0)
    with pytest.warns(EqualityWarning, match="isclose"):
        entry(lambda x: np.where(np.isclose([x, x * x], 4.0), 4.0, x).sum())(2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entry(by_isclose(math.isclose))(2.1) == pytest.approx(4.2, rel=1e-15)
        assert entry(newton_until_close)(2.0) == pytest.approx(1 / math.sqrt(8), rel=1e-14)
        assert entry(newton_until_all_close)(2.0) == pytest.approx(
            1.5 / math.sqrt(2), rel=1e-6
        )  # one step behind


def settled_at_zero(x):
    """A fixed point, reached at once from zero."""
    was, gain = np.zeros(2), np.array([[0.0, 0.5], [0.0, 0.0]])
    while True:
        now = gain @ was + x
        if (was == now).all():
            return now
        was = now


def not_unequal(x):
    return 3 * x if np.any(np.zeros(2) != x) else np.zeros(2)


@pytest.mark.parametrize("f", [settled_at_zero, not_unequal])
def test_a_plain_array_is_equal_to_a_dual(f):
    x = np.zeros(2)
    for derive in (lambda: jvp(f, x, np.ones(2)), lambda: dualad.vjp(f, x)):
        with pytest.warns(EqualityWarning) as caught:
            derive()
        assert {w.filename for w in caught} == {__file__}


# ------------------------------------------------------------------------------- what is no branch


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_branch_for_infinity_does_not_warn(entry):
    assert entry(lambda x: 1.0 if x == math.inf else 1 / x)(math.inf) == 0.0
    assert entry(lambda x: 0.0 if (np.array([x, -x]) == [-np.inf, np.inf]).all() else x)(-math.inf) == 0.0


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_guard_in_scipys_own_code(entry):
    """The skewed distribution is a normal one within 1.6e-5 of no skewness."""
    with pytest.warns(EqualityWarning, match="within 1.6e-05"):
        entry(lambda skew: stats.pearson3.pdf(0.5, skew))(0.0)


def test_masks_in_scipys_own_code_do_not_warn():
    for x in ([0.0, 1.0], [1.0, 1.0], [3.0], [-np.inf, 0.0]):
        right = np.exp(np.array(x)) / np.sum(np.exp(x))
        np.testing.assert_allclose(dualad.grad(scipy.special.logsumexp)(np.array(x)), right, rtol=1e-15)


@pytest.mark.parametrize("mode", [dualad.derivative, dualad.grad])
def test_a_whole_number_is_one_at_a_point(mode):
    """``x.is_integer()`` holds here and not beside: the other branch has the derivative."""

    def f(x):
        return x * x if (10 * x).is_integer() else x

    with pytest.warns(EqualityWarning, match="13.0"):
        assert mode(f)(1.3) == 2.6
    assert mode(f)(1.31) == 1.0


# ------------------------------------------------------------------------------- what is left over


class Remembering:
    """Has its last result at hand, for the same argument."""

    x = y = None

    def of_number(self, x):
        if not (self.x is not None and self.x == x):
            self.x, self.y = x, x**3
        return self.y

    def of_array(self, x):
        if self.x is None or not np.array_equal(self.x, x):
            self.x, self.y = x, np.sum(x**3)
        return self.y

    def near_an_array(self, x):
        if self.x is None or not np.allclose(x, self.x):
            self.x, self.y = x, np.sum(x**3)
        return self.y

    def near_entries(self, x):
        if self.x is None or not np.isclose(x, self.x).all():
            self.x, self.y = x, np.sum(x**3)
        return self.y

    def of_entries(self, x):
        if self.x is None or (self.x != x).any():
            self.x, self.y = x, np.sum(x**3)
        return self.y


def test_the_last_result_of_another_derivative_call_is_not_taken():
    """A Dual that an object kept is equal to nothing: what went with it is computed anew."""
    of_arrays = ("of_array", "of_entries", "near_an_array", "near_entries")
    for method in ("of_number", *of_arrays):
        x = np.array([2.0]) if method in of_arrays else 2.0
        f = getattr(Remembering(), method)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(2):
                assert jvp(f, x, np.ones_like(x))[1] == grad(f)(x) == 12.0
            assert type(f(x)) is not dualad.Dual
            assert f(x) == f(x) == 8.0


def test_nor_is_one_close_to_it():
    kept = []

    def f(x):
        if not (kept and math.isclose(x, kept[0])):
            kept[:] = x, x**3
        return kept[1]

    assert [mode(f)(2.0) for mode in (derivative, dualad.grad, derivative)] == [12.0] * 3
