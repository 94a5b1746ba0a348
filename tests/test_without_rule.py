"""Compiled functions that have no rule: differentiated by extrapolated differences, or an error.

The truth is mpmath's, or a closed form.
"""

import contextlib
import ctypes
import ctypes.util
import math
import warnings

import mpmath
import numpy as np
import pytest
import scipy.special as sp
from scipy.linalg import blas, lapack

from dualad import custom, derivative, grad, hessian, jacobian, jvp, sparsity, supported, vjp
from dualad.dual import without_rule
from dualad.errors import DifferencesWarning, InputError, PlainArrayError, UnsupportedError
from dualad.extrapolation import slope_along
from dualad.standins.compiled import in_place_of_compiled

both = pytest.mark.parametrize("transform", [derivative, grad])
both_modes = pytest.mark.parametrize("mode", ["forward", "reverse"])
by_differences = pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")

X = np.array([0.7, 1.3, 2.9])


# ---------------------------------------------------------------- how it goes


@both
def test_there_is_a_warning_that_names_the_function_and_the_line(transform):
    with pytest.warns(DifferencesWarning, match="elliprj is compiled.*dualad.custom") as caught:
        transform(lambda x: sp.elliprj(x, 1.0, 2.0, 0.5))(1.5)
    assert caught[0].filename == __file__


@both
def test_the_warning_can_be_made_an_error(transform):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DifferencesWarning)
        with pytest.raises(DifferencesWarning, match="elliprj"):
            transform(lambda x: sp.elliprj(x, 1.0, 2.0, 0.5))(1.5)


def test_what_is_supported_says_so():
    assert supported(sp.elliprj).startswith("by differences")


# ---------------------------------------------------------------- ufuncs


@by_differences
@both
@pytest.mark.parametrize("place", range(4))
def test_a_ufunc_by_each_of_its_arguments(transform, place):
    args = [0.4, 1.1, 2.3, 0.9]

    def f(x):
        return sp.elliprj(*args[:place], x, *args[place + 1 :])

    truth = mpmath.diff(mpmath.elliprj, tuple(args), tuple(int(i == place) for i in range(4)))
    assert transform(f)(args[place]) == pytest.approx(float(truth), rel=1e-10)


@by_differences
@both_modes
def test_entries_of_an_array_each_by_a_step_of_its_own(mode):
    x = np.array([1e-6, 0.5, 3e4])
    J = jacobian(lambda x: sp.elliprj(x, 1.0, 2.0, X[:, None]), mode=mode)(x)
    assert J.shape == (3, 3, 3)
    for i, p in enumerate(X):
        truth = [float(mpmath.diff(lambda a, p=p: mpmath.elliprj(a, 1, 2, p), a)) for a in x]
        np.testing.assert_allclose(np.diagonal(J[i]), truth, rtol=1e-7)
        assert np.count_nonzero(J[i]) == 3


@by_differences
@both
def test_several_outputs(transform):
    """The second is the derivative of the first."""
    v = 0.3
    assert transform(lambda x: sp.pbdv(v, x)[0])(1.2) == pytest.approx(sp.pbdv(v, 1.2)[1], rel=1e-11)
    truth = mpmath.diff(lambda v: mpmath.pcfd(v, 1.2), v)
    assert transform(lambda v: sp.pbdv(v, 1.2)[0])(v) == pytest.approx(float(truth), rel=1e-8)


@by_differences
def test_the_array_that_out_names():
    out = np.zeros(3)

    def f(x):
        y = np.zeros(3)
        assert sp.elliprj(x, 1.0, 2.0, 0.5, out=y) is y
        return y * x

    np.testing.assert_array_equal(f(X), sp.elliprj(X, 1.0, 2.0, 0.5) * X)
    slope = [float(mpmath.diff(lambda a: a * mpmath.elliprj(a, 1, 2, 0.5), x)) for x in X]
    np.testing.assert_allclose(np.diagonal(jacobian(f)(X)), slope, rtol=1e-10)
    with pytest.raises(PlainArrayError, match="plain array"):
        jacobian(lambda x: sp.elliprj(x, 1.0, 2.0, 0.5, out=out))(X)
    assert not out.any()


@by_differences
@both_modes
def test_a_generalised_ufunc(mode):
    inner1d = pytest.importorskip("numpy._core._umath_tests").inner1d
    A = np.arange(6.0).reshape(2, 3) - 2.0
    J = jacobian(lambda x: inner1d(A, x), mode=mode)(X)
    np.testing.assert_allclose(J, A, rtol=1e-10, atol=1e-12)


# ---------------------------------------------------------------- other functions


@by_differences
@both
def test_a_function_of_a_shared_library(transform):
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    library.erfc.restype, library.erfc.argtypes = ctypes.c_double, [ctypes.c_double]

    def f(x):
        return x * library.erfc(x)

    truth = math.erfc(0.8) - 0.8 * 2 / math.sqrt(math.pi) * math.exp(-0.64)
    assert transform(f)(0.8) == pytest.approx(truth, rel=1e-11)


@by_differences
@both_modes
def test_a_function_of_fortran(mode):
    """The solution of equations, and two vectors that change places where they are."""
    A = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.5, 0.0, 2.0]])
    J = jacobian(lambda b: lapack.dgesv(A, b)[2], mode=mode)(X)
    np.testing.assert_allclose(J, np.linalg.inv(A), rtol=1e-9, atol=1e-11)

    def swapped(x):
        y, z = x.copy(), x**2
        blas.dswap(y, z)
        return y

    np.testing.assert_allclose(jacobian(swapped, mode=mode)(X), np.diag(2 * X), rtol=1e-9, atol=1e-11)


def box(f):
    return custom(f, differences=True)


def plain(x):
    """Numbers and arrays only: a Dual has no bytes."""
    return np.frombuffer(np.ascontiguousarray(x).tobytes()).reshape(np.shape(x))[()]


@both_modes
def test_a_black_box_of_the_users_own(mode):
    A = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0]])
    f = box(lambda x, scale: np.sin(A @ plain(x)) * plain(scale))
    J = jacobian(lambda x: f(x, 2.5), mode=mode)(X)
    np.testing.assert_allclose(J, 2.5 * np.cos(A @ X)[:, None] * A, rtol=1e-9, atol=1e-11)
    slope = jacobian(lambda s: f(X, scale=s), mode=mode)(2.5)
    np.testing.assert_allclose(slope, np.sin(A @ X), rtol=1e-10)


def test_there_is_no_warning_where_they_were_asked_for(recwarn):
    assert derivative(box(lambda x: float(plain(x)) ** 2))(3.0) == pytest.approx(6.0, rel=1e-12)
    assert not recwarn.list


def test_plain_numbers_meet_the_function_itself():
    given = []
    assert box(given.append)(1.5) is None
    assert given == [1.5]


@both_modes
def test_arrays_keep_their_order_in_memory(mode):
    """As compiled code insists on it, of an argument and of the arrays in a tuple."""

    def products(a, pair):
        assert all(one.flags.f_contiguous for one in (a, *pair))
        return plain(a @ pair[0]) + plain(pair[1])

    A, f = np.asfortranarray([[1.0, 2.0], [0.5, -1.0]]), box(products)
    J = jacobian(lambda x: f(x, (np.asfortranarray(2 * x), A)), mode=mode)(A)
    eye = np.eye(2)
    truth = 2 * (np.einsum("ik,lj->ijkl", eye, A) + np.einsum("ik,lj->ijkl", A, eye))
    np.testing.assert_allclose(J, truth, rtol=1e-9, atol=1e-11)


@both_modes
def test_what_is_returned_keeps_its_form(mode):
    f = box(lambda x: {"pair": (float(x[0] * x[1]), len(x)), "all": [x**2], "none": None})

    def g(x):
        found = f(list(x))
        assert found["pair"][1] == 3
        assert found["none"] is None
        return found["pair"][0] * found["all"][0][2]

    f = box(lambda x: {"pair": (x[0] * x[1], len(x)), "all": [np.array(x) ** 2], "none": None})
    truth = [X[1] * X[2] ** 2, X[0] * X[2] ** 2, 2 * X[0] * X[1] * X[2]]
    np.testing.assert_allclose(jacobian(g, mode=mode)(X), truth, rtol=1e-10)


@both_modes
def test_arrays_that_are_written_into(mode):
    def fill(out, x, counts):
        out += plain(x) ** 3
        counts += 1

    filling = box(fill)

    def f(x):
        y, counts = np.ones(3), np.zeros(2, int)
        filling(y, x, counts)
        first = y * 1.0
        y[:] = 7.0  # which is too late to matter
        assert counts.tolist() == [1, 1]
        return first

    np.testing.assert_array_equal(f(X), 1 + X**3)
    np.testing.assert_allclose(jacobian(f, mode=mode)(X), np.diag(3 * X**2), rtol=1e-9, atol=1e-12)


@by_differences
@both_modes
@pytest.mark.parametrize("dtype", [complex, [("sum", float), ("count", int)]])
def test_arrays_whose_entries_have_no_slopes_are_written_into(mode, dtype):
    def fill(out, x):
        for i, number in enumerate(plain(x) ** 3):
            out[i] = (number, i) if out.dtype.names else number * 1j

    filling = box(fill)

    def f(x):
        y = np.ndarray(3, dtype, memoryview(np.zeros(3, dtype)))
        filling(y, x)
        return y["sum"] if y.dtype.names else y.imag

    np.testing.assert_array_equal(f(X), X**3)
    np.testing.assert_allclose(jacobian(f, mode=mode)(X), np.diag(3 * X**2), rtol=1e-9, atol=1e-12)


@both_modes
def test_an_empty_array_that_holds_the_result_by_accident(mode):
    filling = box(lambda out, x: np.copyto(out, np.square(plain(x))))

    def f(x):
        y = np.array([0.25, 4.0])
        filling(y, x)
        return y

    assert jacobian(f, mode=mode)(np.array([0.5, 2.0])) == pytest.approx(np.diag([1.0, 4.0]), abs=1e-12)


@both_modes
def test_the_arguments_themselves_are_not_written_to(mode):
    def halve(x):
        x *= 0.5
        return x.sum()

    x = X.copy()
    halving = box(halve)
    assert jacobian(lambda x: halving(1.0 * x) * 2, mode=mode)(x).tolist() == pytest.approx([1.0] * 3)
    assert x.tolist() == X.tolist()
    found = []
    with pytest.raises(UnsupportedError, match="writes into a list"):
        derivative(lambda x: box(lambda found, x: found.append(x) or x)(found, x))(2.0)
    assert found == []
    table = np.arange(3.0)
    with pytest.raises(PlainArrayError, match="writes a derivative into a plain array"):
        jacobian(lambda x: box(lambda out, x: np.copyto(out, x))(table, x), mode=mode)(x)
    assert table.tolist() == [0.0, 1.0, 2.0]


def test_whole_numbers_and_answers_have_no_derivative():
    f = box(lambda x: (int(x // 1), bool(x > 1)))
    assert derivative(lambda x: x * f(x)[0] if f(x)[1] else 0.0)(3.5) == 3.0


def test_a_pattern_is_full():
    assert sparsity(box(lambda x: x[:2] * 1.0), X).toarray().all()


@both_modes
def test_entries_that_are_nothing_but_rounding(mode):
    """A part of 1e-16 would be lost in 10."""
    f = box(lambda x: 10 + 0.5 * plain(x))
    x = np.array([1e-16, 3e-16])
    np.testing.assert_allclose(jacobian(f, mode=mode)(x), 0.5 * np.eye(2), rtol=1e-7, atol=1e-7)


@both_modes
def test_results_that_are_nothing_but_rounding(mode):
    f = box(lambda x: np.array([plain(x).sum(), (plain(x) * 0.1).sum() - plain(x).sum() / 10]))
    J = jacobian(f, mode=mode)(X)
    np.testing.assert_allclose(J, [[1.0] * 3, [0.0] * 3], rtol=1e-10, atol=1e-12)


@both_modes
def test_single_precision(mode):
    f = box(lambda x: np.exp(x))
    x = X.astype(np.float32)
    J = jacobian(f, mode=mode)(x)
    assert J.dtype == np.float32
    np.testing.assert_allclose(np.diagonal(J), np.exp(x), rtol=3e-5)


def test_nan_stays_nan():
    f = box(lambda x: np.where(x > 1, np.nan, x**2))
    _, t = jvp(f, X, np.ones(3))
    np.testing.assert_allclose(t, [1.4, np.nan, np.nan], rtol=1e-10)


# ---------------------------------------------------------------- what cannot be had


@both
@pytest.mark.parametrize(
    ("f", "x"),
    [
        pytest.param(abs, 0.0, id="kink"),
        pytest.param(lambda x: float(x >= 1.0), 1.0, id="jump"),
        pytest.param(lambda x: x**0.5 if x >= 0 else math.nan, 0.0, id="end"),
        pytest.param(lambda x: math.sin(x) + 1e-6 * math.sin(1e12 * x), 1.0, id="noise"),
        pytest.param(lambda x: float(np.float16(math.sin(x))), 1.0, id="few digits"),
    ],
)
def test_differences_that_do_not_settle(transform, f, x):
    with pytest.raises(UnsupportedError, match="do not settle here"):
        transform(box(f))(x)


@both
def test_what_is_another_value_the_next_time(transform):
    calls = []

    def counted(x):
        calls.append(x)
        return x * len(calls)

    with pytest.raises(UnsupportedError, match="something else when it was called again"):
        transform(box(counted))(2.0)


def test_what_returns_nothing_that_is_known():
    for found in (None, "1.5", object()):
        with pytest.raises(UnsupportedError, match="it returned"):
            derivative(box(lambda x, found=found: found))(2.0)


@by_differences
@pytest.mark.parametrize("digits", range(3, 10))
def test_values_that_are_rounded(digits):
    """They have steps; where two differences agree by accident, others do not."""
    rounded = box(lambda x: float(f"{x:.{digits}g}"))
    for x in np.random.default_rng(digits).uniform(0.5, 3.0, 40):
        with contextlib.suppress(UnsupportedError):
            assert derivative(lambda x: rounded(x * x))(x) == pytest.approx(2 * x, rel=1e-6)


def test_second_derivatives():
    with pytest.raises(UnsupportedError, match="no second derivative"):
        hessian(box(lambda x: float(np.sum(plain(x) ** 2))))(X)


def test_complex_numbers():
    with pytest.raises(UnsupportedError, match="complex"):
        derivative(lambda x: abs(box(lambda z: z)(x * 1j)))(2.0)


def test_its_own_errors_stay_its_own():
    def refuse(x):
        raise KeyError("no such gas")

    with pytest.raises(KeyError, match="no such gas"):
        derivative(box(refuse))(2.0)


@both
def test_the_end_of_where_it_can_be_called(transform):
    def within(x):
        if not 0 <= x <= 1:
            raise ValueError("out of range")
        return math.sqrt(x)

    assert transform(box(within))(1e-5) == pytest.approx(0.5 / math.sqrt(1e-5), rel=1e-7)
    assert transform(box(within))(1.0 - 1e-6) == pytest.approx(0.5 / math.sqrt(1.0 - 1e-6), rel=1e-7)
    assert transform(box(within))(1.0) == pytest.approx(0.5, rel=1e-9)  # by one side
    with pytest.raises(UnsupportedError, match="do not settle here"):
        transform(box(within))(0.0)
    with pytest.raises(UnsupportedError, match="do not settle here"):
        transform(box(lambda x: round(within(x), 6)))(1.0)


@both
def test_the_edge_of_where_it_has_numbers(transform):
    for f, x, slope in (
        (lambda x: np.nan if x < 0 else math.exp(2 * x), 0.0, 2.0),
        (lambda x: np.where(x > 2, np.nan, x**3 - x), 2.0, 11.0),
        (lambda x: np.where(x < 0, np.nan, 1e3 + np.sin(x)), 0.0, 1.0),
    ):
        assert transform(box(f))(x) == pytest.approx(slope, rel=1e-7)
    with pytest.raises(UnsupportedError, match="do not settle here"):
        transform(box(lambda x: np.where(x < 0, np.nan, x * np.sqrt(abs(x)) + np.sqrt(abs(x)))))(0.0)


def test_differences_beside_a_derivative():
    with pytest.raises(InputError, match="jacobian and differences"):
        custom(np.sin, jacobian=np.cos, differences=True)


# ---------------------------------------------------------------- differences themselves


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.exp, 1.3, math.exp(1.3)),
        (np.sqrt, 1e-9, 0.5e9**0.5 / 0.5**0.5 / 2),
        (np.tan, 1.57, 1 / math.cos(1.57) ** 2),
        (lambda x: np.sin(100 * x), 2.0, 100 * math.cos(200.0)),
        (lambda x: np.maximum(x - 1, 0), 1.0 + 1e-5, 1.0),
        (np.floor, 2.3, 0.0),
        (np.cos, 0.0, 0.0),
    ],
)
def test_slopes(f, x, slope):
    found, known = slope_of(f, x)
    assert known
    assert found == pytest.approx(slope, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("amplitude", [1e-6, 1e-9, 1e-11, 1e-13])
def test_noise_is_never_taken_for_a_slope(amplitude):
    random = np.random.default_rng(5)
    for x in random.uniform(0.5, 3.0, 40):
        found, known = slope_of(lambda x: np.sin(x) + amplitude * random.normal(), x)
        assert not known or abs(found - math.cos(x)) < 1e-6 * abs(math.cos(x)) + 1e-10


@by_differences
@both_modes
def test_rounding_of_larger_numbers_is_no_kink_of_small_ones(mode):
    f = box(lambda x: np.array([3.0 * float(x), 0.05 + (0.0 if x == 1.0 else 3e-16)]))
    np.testing.assert_allclose(jacobian(f, mode=mode)(1.0), [3.0, 0.0], rtol=1e-9, atol=1e-12)


@by_differences
@both
@pytest.mark.parametrize("power", [3, 5])
def test_a_bend_without_a_slope_is_no_step(transform, power):
    f = box(lambda x: 1.5 + (float(x) - 0.75) ** power)
    assert transform(f)(0.75) == pytest.approx(0.0, abs=1e-9)


@by_differences
@both
def test_outputs_that_nobody_uses_need_no_slope(transform):
    f = box(lambda x: (float(x) ** 2, abs(float(x) - 1.5)))
    assert transform(lambda x: f(x)[0])(1.5) == pytest.approx(3.0, rel=1e-9)


@by_differences
def test_an_array_that_was_filled_is_called_with_again_when_the_call_is_over():
    def f(x):
        entries = np.zeros((2, 3))
        entries[1] = x
        return without_rule.by_differences("cubes", lambda x: x**3, (entries[1],), {})

    pullback = vjp(f, X)[1]
    np.testing.assert_allclose(pullback(np.ones(3)), 3 * X**2, rtol=1e-9)


def slope_of(f, x):
    y = np.atleast_1d(f(np.float64(x)))
    eps = np.finfo(float).eps
    slopes, known = slope_along(
        lambda h: np.atleast_1d(f(x + h)), y, 0.02 * (x or 1.0), eps * np.abs(y), 1e-7
    )
    return slopes[0], known[0]


def largest_square(cls, numbers):
    """As a class method in C reads the memory of an array; NaN is larger than nothing."""
    largest = 0.0
    for number in np.array(memoryview(numbers)):
        largest = number * number if number * number > largest else largest
    return largest


@by_differences
@both
def test_a_class_method_that_looks_at_numbers_is_no_constructor(transform):
    largest_square.__module__ = "of.another.package"
    compiled = in_place_of_compiled(lambda f: f, largest_square)
    assert transform(lambda x: compiled(np.ndarray, x * X))(1.5) == pytest.approx(3 * X[2] ** 2, rel=1e-9)


def test_arrays_of_several_lengths_in_one_argument_are_refused():
    black_box = custom(lambda pair: pair[0].sum() * pair[1].sum(), differences=True)
    with pytest.raises(UnsupportedError, match="inside of something"):
        jvp(lambda x: black_box((x[:2], x[2:])), X, X, lift=False)
