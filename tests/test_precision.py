"""Any number type: 50 digits in give 50 digits out, and fractions stay exact."""

import itertools
import math
from fractions import Fraction

import mpmath
import pytest
from mpmath import mpf

import dualad
from dualad import derivative, grad, jvp, value_and_derivative, value_and_grad, vjp
from dualad.errors import UnsupportedError

D = {"forward": derivative, "reverse": grad}
both_modes = pytest.mark.parametrize("mode", D)
two_levels = pytest.mark.parametrize(("outer", "inner"), list(itertools.product(D, repeat=2)))

DIGITS = 50


@pytest.fixture(autouse=True)
def _digits():
    with mpmath.workdps(DIGITS):
        yield


def truth(f, x, order=1):
    """The derivative by mpmath's differences, with as many digits again."""
    with mpmath.workdps(3 * DIGITS):
        return mpmath.diff(f, x, order)


def assert_right_to_all_digits(got, right):
    """Equal to 50 digits, but for the rounding of a few operations."""
    assert isinstance(got, mpf)
    assert abs(got - right) <= mpf(10) ** (2 - DIGITS) * abs(right)


def recursive_sine(sin, x):
    z = 0 * x
    for _ in range(20):
        z = sin(z * x) + x
    return z


#: (name, function by dualad, the same by mpmath alone)
FUNCTIONS = [
    ("sin", dualad.sin, mpmath.sin),
    ("tan", dualad.tan, mpmath.tan),
    ("exp", dualad.exp, mpmath.exp),
    ("log", dualad.log, mpmath.log),
    ("sqrt", dualad.sqrt, mpmath.sqrt),
    ("tanh", dualad.tanh, mpmath.tanh),
    ("arctan", dualad.arctan, mpmath.atan),
    ("arcsin", dualad.arcsin, mpmath.asin),
    ("arctan2", lambda x: dualad.arctan2(x, 2 - x), lambda x: mpmath.atan2(x, 2 - x)),
    ("hypot", lambda x: dualad.hypot(x, 3 * x + 1), lambda x: mpmath.hypot(x, 3 * x + 1)),
    ("power", lambda x: x**x, lambda x: x**x),
    ("rational", lambda x: (x**3 - 2) / (1 + x * x), lambda x: (x**3 - 2) / (1 + x * x)),
    ("base", lambda x: 2**x - 1 / x, lambda x: 2**x - 1 / x),
    ("recursive sine", lambda x: recursive_sine(dualad.sin, x), lambda x: recursive_sine(mpmath.sin, x)),
    (
        "composed",
        lambda x: dualad.exp(-(x**2)) * dualad.cosh(x) / dualad.log1p(x),
        lambda x: mpmath.exp(-(x**2)) * mpmath.cosh(x) / mpmath.log1p(x),
    ),
]
functions = pytest.mark.parametrize(("f", "plain"), [pytest.param(*row[1:], id=row[0]) for row in FUNCTIONS])

#: Written by people who know mpmath and not dualad.
WRITTEN_WITH_MPMATH = [
    mpmath.exp,
    lambda x: recursive_sine(mpmath.sin, x),
    lambda x: mpmath.log(x, 3) + mpmath.ln(x) * mpmath.log10(x),
    lambda x: mpmath.cbrt(x) * mpmath.root(x, 5) + mpmath.power(x, x),
    lambda x: mpmath.cot(x) + mpmath.sec(x) * mpmath.csc(x),
    lambda x: mpmath.sech(x) + mpmath.csch(x) * mpmath.coth(x),
    lambda x: mpmath.erf(x) + mpmath.mp.gamma(x) * mpmath.loggamma(x),
    lambda x: mpmath.digamma(x) + mpmath.psi(1, x),
    lambda x: mpmath.sinpi(x) * mpmath.cospi(x) + mpmath.pi * x,
    lambda x: mpmath.fsum([x, x**2]) + mpmath.fprod([x, 2, x]),
    lambda x: mpmath.mpf(x) / mpmath.mpmathify(3 * x**2) + mpf("0.1") * mpmath.hypot(x, 2),
]


@functions
@both_modes
def test_fifty_digits(f, plain, mode):
    x = mpf("0.7")
    assert_right_to_all_digits(D[mode](f)(x), truth(plain, x))


@functions
@two_levels
def test_fifty_digits_nested(f, plain, outer, inner):
    x = mpf("0.7")
    assert_right_to_all_digits(D[outer](D[inner](f))(x), truth(plain, x, 2))


@both_modes
def test_third_derivative(mode):
    x, d = mpf("0.7"), D[mode]
    assert_right_to_all_digits(
        d(d(d(lambda x: dualad.sin(x * x))))(x), truth(lambda x: mpmath.sin(x * x), x, 3)
    )


@functions
def test_the_value_is_mpmaths_own(f, plain):
    x = mpf("0.7")
    assert value_and_derivative(f)(x)[0] == plain(x)
    assert value_and_grad(f)(x)[0] == plain(x)


def test_dualad_functions_of_an_mpf_are_mpmaths():
    x = mpf("0.7")
    assert dualad.sin(x) == mpmath.sin(x)
    assert dualad.sin(mpmath.mpc(x, 1)) == mpmath.sin(mpmath.mpc(x, 1))


def test_directions_in_fifty_digits():
    x, y = mpf("0.7"), mpf("1.3")

    def f(x, y):
        return dualad.sin(x * y) / y

    _, t = jvp(f, (x, y), (mpf(1) / 3, mpf(2)))
    cx, cy = vjp(f, x, y)[1](mpf(1))
    by_x = mpmath.cos(x * y)
    by_y = (x * y * mpmath.cos(x * y) - mpmath.sin(x * y)) / y**2
    assert_right_to_all_digits(cx, by_x)
    assert_right_to_all_digits(cy, by_y)
    assert_right_to_all_digits(t, by_x / 3 + 2 * by_y)


def test_no_float_on_the_way():
    """A single rounding to double would show in the 17th digit of this product of many factors."""

    def f(x):
        p = x
        for k in range(2, 30):
            p = p * (1 + x / k) - 1 / (x + k)
        return p

    x = mpf("0.7")
    assert_right_to_all_digits(derivative(f)(x), truth(f, x))
    assert_right_to_all_digits(grad(f)(x), truth(f, x))


def test_a_thousand_digits():
    with mpmath.workdps(1000):
        x = mpf(7) / 10
        assert abs(derivative(dualad.tanh)(x) - mpmath.sech(x) ** 2) < mpf(10) ** -997


# ------------------------------------------------------------------------------- fractions


@both_modes
def test_fractions_are_exact(mode):
    d = D[mode]

    def p(x):
        return 3 * x**4 - x**3 / 7 + x / 3 - 5

    x = Fraction(2, 3)
    right = 12 * x**3 - 3 * x**2 / 7 + Fraction(1, 3)
    got = d(p)(x)
    assert isinstance(got, Fraction)
    assert got == right
    second = d(d(p))(x)
    assert isinstance(second, Fraction)
    assert second == 36 * x**2 - 6 * x / 7
    assert d(d(d(d(p))))(x) == 72


@both_modes
def test_rational_functions_of_fractions(mode):
    x = Fraction(2, 3)
    got = D[mode](lambda x: (x - 1) / (x**2 + Fraction(1, 5)))(x)
    d = x**2 + Fraction(1, 5)
    assert isinstance(got, Fraction)
    assert got == (d - 2 * x * (x - 1)) / d**2


@two_levels
def test_mixed_nesting_of_fractions(outer, inner):
    assert D[outer](D[inner](lambda x: x**5))(Fraction(1, 3)) == Fraction(20, 27)


def test_value_of_a_fraction():
    y, dy = value_and_derivative(lambda x: x**2)(Fraction(1, 3))
    assert (y, dy) == (Fraction(1, 9), Fraction(2, 3))
    assert isinstance(y, Fraction)


@both_modes
@pytest.mark.parametrize("f", WRITTEN_WITH_MPMATH)
def test_functions_written_with_mpmath(f, mode):
    x = mpf("0.7")
    assert_right_to_all_digits(D[mode](f)(x), truth(f, x))


def test_written_with_mpmath_a_float_gets_all_digits():
    assert_right_to_all_digits(derivative(mpmath.sin)(0.7), mpmath.cos(mpf(0.7)))


#: Functions that the table lacks, with lists, keywords, intervals and complex numbers among their arguments.
WITHOUT_A_RULE = [
    lambda x: mpmath.zeta(x + 2),
    lambda x: x * mpmath.harmonic(x * x),
    lambda x: mpmath.besselk(x, 2 * x + 1),
    lambda x: mpmath.hyper([x, 2], [1.5], x / 3),
    lambda x: mpmath.betainc(1, x, 0, x, regularized=True),
    lambda x: mpmath.polyval([x, 2, 3], x, asc=True),
    lambda x: mpmath.quad(lambda t: mpmath.exp(-t * t), [0, x]),
    lambda x: mpmath.li(x * mpf("1e-20")),
    lambda x: mpmath.sawtoothw(x, 1, 2),
    lambda x: mpmath.sinc(x * mpf("1e-30")),
    lambda x: mpmath.frac(x + 1) ** 2,
]


@both_modes
@pytest.mark.parametrize("f", WITHOUT_A_RULE)
def test_functions_of_mpmath_without_a_rule(f, mode):
    x = mpf("0.7")
    assert_right_to_all_digits(D[mode](f)(x), truth(f, x))


@pytest.mark.parametrize("f", WITHOUT_A_RULE[:2])
def test_second_derivatives_of_functions_of_mpmath_without_a_rule(f):
    x = mpf("0.7")
    assert_right_to_all_digits(derivative(f, order=2)(x), truth(f, x, 2))


def test_functions_of_mpmath_of_complex_numbers():
    for f in (lambda x: mpmath.hermite(2 + 3j, x + 2j), lambda x: mpmath.psi(0, x + 1j)):
        right = truth(f, mpf("0.7"))
        assert abs(derivative(f)(mpf("0.7")) - right) < abs(right) * mpf(10) ** (3 - DIGITS)
    with pytest.raises(UnsupportedError, match="not analytic"):
        derivative(lambda x: mpmath.conj(x + 1j))(0.7)
    with pytest.raises(UnsupportedError, match="not smooth here"):
        derivative(lambda x: mpmath.frac(x))(1.0)


def test_exact_sums_of_mpmath_keep_their_digits():
    y, slope = value_and_derivative(lambda x: mpmath.powm1(mpmath.fadd(-1, x, exact=True), 4))(1e-100)
    assert (float(y), float(slope)) == (pytest.approx(-4e-100, rel=1e-14), pytest.approx(-4, rel=1e-14))


def test_functions_of_mpmath_that_give_no_number_are_refused():
    with pytest.raises(UnsupportedError, match=r"mpmath\.polyroots returned list.*write it with"):
        derivative(lambda x: mpmath.polyroots([x, 1, 2], asc=True)[0])(mpf(3))


@both_modes
def test_a_float_of_an_mpf_is_a_float(mode):
    slope = D[mode](lambda x: float(mpmath.sin(x)))(0.7)
    assert type(slope) is float
    assert slope == pytest.approx(math.cos(0.7), rel=1e-14)


@both_modes
def test_by_the_parameter_of_a_hypergeometric_function(mode):
    def f(a):
        return mpmath.hyp1f1(a, mpf("1.5"), mpf("0.7"))

    assert_right_to_all_digits(D[mode](f)(mpf("0.3")), truth(f, mpf("0.3")))
