"""Integrals by SciPy in lifted code: derivatives against closed forms and mpmath, and what they take."""

import math

import mpmath
import numpy as np
import pytest
from scipy import integrate

import dualad
from dualad.errors import UnsupportedError

X = 1.3


def by_mpmath(f, x=X):
    return float(mpmath.diff(f, mpmath.mpf(x)))


#: The integral, and its derivative at X.
INTEGRALS = {
    "finite": (lambda x: integrate.quad(lambda t: math.exp(-x * t), 0, 1)[0], None),
    "gamma": (lambda x: integrate.quad(lambda t: t**x * math.exp(-t), 0, np.inf)[0], None),
    "gauss": (lambda x: integrate.quad(lambda t: np.exp(-x * t * t), np.inf, -np.inf)[0], None),
    "left": (lambda x: integrate.quad(lambda t: math.exp(x * t), -np.inf, 0.2)[0], None),
    "limits": (lambda x: integrate.quad(lambda t: math.sqrt(x - t) * math.exp(t), 0, x)[0], None),
    "singular at an end": (lambda x: integrate.quad(lambda t: t ** (x - 1), 0, 1)[0], -1 / X**2),
    "a kink": (lambda x: integrate.quad(lambda t: abs(t - x) * math.exp(t), 0, 2)[0], None),
    "a kink near the end": (
        lambda x: integrate.quad(lambda t: max(t - (x - 1.299), 0.0), 0, 1)[0], -(1 - (X - 1.299))
    ),
    "oscillating": (lambda x: integrate.quad(lambda t: math.sin(5 * x * t), 0, 10, limit=200)[0], None),
    "options": (
        lambda x: integrate.quad(lambda t, a, b: a * b * t, 0, 1, (x, 2), 0, 1e-9, 1e-9, points=[0.5])[0], 1.0
    ),
    "complex": (lambda x: integrate.quad(lambda t: np.exp(1j * x * t), 0, 1, complex_func=1)[0].imag, None),
    "weight": (lambda x: integrate.quad(lambda t: x * t, 0, 1, weight="cos", wvar=3 * x)[0], None),
    "a branch": (lambda x: integrate.quad(lambda t: x * t if t > 0.7 else 1.0, 0, 1)[0], (1 - 0.49) / 2),
    "double": (lambda x: integrate.dblquad(lambda u, v: math.exp(-x * u * v), 0, 1, 0, 1)[0], None),
    "triangle": (
        lambda x: integrate.dblquad(lambda u, v: u * v * x, 0, x, 0, lambda v: x - v)[0], 5 * X**4 / 24
    ),
    "double with a kink": (lambda x: integrate.dblquad(lambda u, v: max(u + v - x, 0), 0, 1, 0, 1)[0],
                           -((2 - X) ** 2) / 2),
    "triple": (
        lambda x: integrate.tplquad(lambda u, v, w: u * v * w * x**3, 0, 1, 0, 1, 0, 1)[0], 3 * X**2 / 8
    ),
    "a jump that moves": (
        lambda x: integrate.quad(lambda t: x if t < x else t, 2, 0, points=np.array([x]))[0], -X
    ),
    "a singular end that moves": (lambda x: integrate.quad(lambda t: 1 / math.sqrt(x - t), 0, x)[0], X**-0.5),
    "a logarithm at the end": (lambda x: integrate.quad(lambda t: math.log(x - t), 0, x)[0], math.log(X)),
    "many": (lambda x: integrate.nquad(lambda u, v: math.cos(x * u + v), [[0, 1], [0, 1]])[0], None),
}  # fmt: skip

#: The same by mpmath.
EXACT = {
    "finite": lambda x: (1 - mpmath.exp(-x)) / x,
    "gamma": lambda x: mpmath.gamma(x + 1),
    "gauss": lambda x: -mpmath.sqrt(mpmath.pi / x),
    "left": lambda x: mpmath.exp(x / 5) / x,
    "limits": lambda x: mpmath.quad(lambda u: x * mpmath.sqrt(x * (1 - u)) * mpmath.exp(x * u), [0, 1]),
    "a kink": lambda x: mpmath.quad(lambda t: abs(t - x) * mpmath.exp(t), [0, x, 2]),
    "oscillating": lambda x: (1 - mpmath.cos(50 * x)) / (5 * x),
    "complex": lambda x: (1 - mpmath.cos(x)) / x,
    "weight": lambda x: mpmath.sin(3 * x) / 3 + (mpmath.cos(3 * x) - 1) / (9 * x),
    "double": lambda x: mpmath.quad(lambda v: (1 - mpmath.exp(-x * v)) / (x * v), [0, 1]),
    "many": lambda x: (mpmath.cos(x) - mpmath.cos(x + 1) - 1 + mpmath.cos(1)) / x,
}


@pytest.mark.filterwarnings("ignore:The occurrence of roundoff error")
@pytest.mark.parametrize("name", INTEGRALS)
def test_integrals(name):
    f, expected = INTEGRALS[name]
    expected = by_mpmath(EXACT[name]) if expected is None else expected
    modes = dualad.value_and_derivative, dualad.value_and_grad
    for derivative in modes[:1] if name == "double with a kink" else modes:  # it takes 10^5 evaluations
        y, slope = derivative(f)(X)
        assert y == f(X)
        assert slope == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("derivative", [dualad.derivative, dualad.grad])
def test_the_integrand_is_evaluated_where_scipy_does(derivative):
    """Twice the plain evaluations would already be much for a double integral."""
    count = 0

    def integrand(u, v, x):
        nonlocal count
        count += 1
        return math.exp(-x * u * v)

    def integral(x):
        return integrate.dblquad(integrand, 0, 1, 0, 1, args=(x,))[0]

    integral(X)
    plain, count = count, 0
    derivative(integral)(X)
    assert count < 1.5 * plain


def test_second_derivatives():
    def f(x):
        return integrate.quad(lambda t: math.exp(-x[0] * t) * x[1] ** 2, 0, x[0])[0]

    def exact(a, b):
        return (1 - mpmath.exp(-a * a)) / a * b**2

    x = np.array([X, 0.7])
    expected = [[float(mpmath.diff(exact, tuple(x), n)) for n in row]
                for row in (((2, 0), (1, 1)), ((1, 1), (0, 2)))]  # fmt: skip
    for second in (
        dualad.hessian(f),
        dualad.jacobian(dualad.jacobian(f)),
        dualad.jacobian(dualad.grad(f), mode="reverse"),
    ):
        np.testing.assert_allclose(second(x), expected, rtol=1e-9)


def test_second_derivatives_at_kinks():
    def at_a_point(x):
        return integrate.quad(lambda t: abs(t - x) * t, 0, 2, points=[x])[0]

    def anywhere(x):
        return integrate.quad(lambda t: max(t - x, 0.0) ** 2, 0, 2)[0]

    for f, exact in ((at_a_point, 2 * X), (anywhere, 2 * (2 - X))):
        assert dualad.derivative(f, order=2)(X) == pytest.approx(exact, rel=1e-9)
        assert dualad.hvp(f, X, 1.0) == pytest.approx(exact, rel=1e-9)


def test_the_period_of_a_pendulum():
    """Both ends of the formula move, and the integrand is infinite at one of them."""

    def period(a):
        return integrate.quad(lambda t: 1 / math.sqrt(math.cos(t) - math.cos(a)), 0, a)[0]

    exact = by_mpmath(lambda a: mpmath.sqrt(2) * mpmath.ellipk(mpmath.sin(a / 2) ** 2))
    assert dualad.derivative(period)(X) == pytest.approx(exact, rel=1e-11)
    assert dualad.grad(period)(X) == pytest.approx(exact, rel=1e-11)


def test_the_second_derivative_of_a_double_integral():
    f, _ = INTEGRALS["double"]
    expected = float(mpmath.diff(EXACT["double"], mpmath.mpf(X), 2))
    assert dualad.derivative(f, order=2)(X) == pytest.approx(expected, rel=1e-9)


def test_arrays_that_the_integrand_knows():
    """Fourier coefficients of a polynomial: linear in its coefficients, which are an array on the tape."""

    def f(c):
        return integrate.quad(lambda t: np.polyval(c, t) * math.cos(t), 0, 1)[0]

    expected = [float(mpmath.quad(lambda t, k=k: t**k * mpmath.cos(t), [0, 1])) for k in (2, 1, 0)]
    c = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(dualad.grad(f)(c), expected, rtol=1e-13)
    np.testing.assert_allclose(dualad.jacobian(f, mode="forward")(c), expected, rtol=1e-13)
    assert dualad.sparsity(f, c).nnz == 3


def test_a_derivative_within_an_integrand():
    """An inner derivative call has Duals of its own, younger than those of the outer one."""

    def f(x):
        return integrate.quad(lambda t: dualad.derivative(lambda s: math.sin(s * x))(t), 0, 1)[0]

    assert dualad.derivative(f)(X) == pytest.approx(math.cos(X), rel=1e-12)  # f is sin
    assert dualad.grad(f)(X) == pytest.approx(math.cos(X), rel=1e-12)


def test_what_has_no_derivative_says_what_to_type():
    with pytest.raises(UnsupportedError, match="multiply the integrand"):
        dualad.derivative(lambda x: integrate.quad(lambda t: x * t, 0, 3, weight="cauchy", wvar=x)[0])(X)


def test_what_quad_gives_besides():
    """Its results are those of plain code, warnings too; by position or by name."""

    def f(x, whole):
        out = integrate.quad(lambda t, a: a * x * math.cos(t), 0, 1, (2.0,), whole, 1e-9)
        assert len(out) == (3 if whole else 2)
        assert not whole or out[2]["neval"] == 21
        return out[0]

    for whole in (0, 1):
        assert dualad.derivative(f)(X, whole) == pytest.approx(2 * math.sin(1), rel=1e-14)
    value, _, infos = dualad.lift(
        lambda: integrate.quad(lambda t: t + 1j, 0, 1, complex_func=True, full_output=True)
    )()
    assert value == pytest.approx(0.5 + 1j)
    assert set(infos) == {"real", "imag"}
    with pytest.warns(integrate.IntegrationWarning, match="maximum number of subdivisions"):
        dualad.derivative(lambda x: integrate.quad(lambda t: x * math.cos(t), 0, 99, limit=1)[0])(X)
