"""SciPy's solvers with derivatives by dualad: the right answers, and no finite differences."""

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
from scipy.optimize import rosen, rosen_der, rosen_hess

import dualad
import dualad.scipy as solvers
from dualad.errors import InputError

START = np.linspace(1.4, 0.7, 6)


class Counted:
    """A function that counts the points at which it is evaluated, whatever they are made of."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args)


# ---------------------------------------------------------------- minimize

GRADIENT_METHODS = (None, "CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP")
SECOND_ORDER = ("Newton-CG", "dogleg", "trust-ncg", "trust-krylov", "trust-exact", "trust-constr")


@pytest.mark.parametrize("method", [*GRADIENT_METHODS, *SECOND_ORDER])
def test_minimize_finds_the_minimum(method):
    # dogleg needs positive definite Hessians on its way
    start = np.full(4, 1.1) if method == "dogleg" else START
    options = {"tol": 1e-9} if method != "TNC" else {"options": {"maxfun": 2000}}
    result = solvers.minimize(rosen, start, method=method, **options)
    np.testing.assert_allclose(result.x, np.ones(start.size), atol=1e-4)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-exact", "trust-ncg"])
def test_minimize_takes_the_steps_of_exact_derivatives(method):
    """As SciPy with Rosenbrock's gradient and Hessian written by hand."""
    ours = solvers.minimize(rosen, START, method=method)
    theirs = scipy.optimize.minimize(rosen, START, method=method, jac=rosen_der, hess=rosen_hess)
    assert ours.nit == theirs.nit
    np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-9)


def test_minimize_uses_no_differences():
    f = Counted(lambda x: ((x - 3.0) ** 2).sum() + np.cosh(x).sum())
    result = solvers.minimize(f, np.zeros(30), method="BFGS")
    assert f.calls <= result.nfev + 2
    assert result.nfev < 30


@pytest.mark.parametrize("method", ["Nelder-Mead", "Powell", "COBYLA"])
def test_methods_without_derivatives_are_left_alone(method):
    result = solvers.minimize(lambda x: (x[0] - 1) ** 2 + (x[1] + 2) ** 2, [0.0, 0.0], method=method)
    np.testing.assert_allclose(result.x, [1, -2], atol=1e-3)


def test_minimize_passes_arguments_on():
    f = lambda x, a, b: ((x - a) ** 2).sum() + b * (x**4).sum()  # noqa: E731
    for method in ("BFGS", "trust-ncg", "trust-exact"):
        result = solvers.minimize(f, np.zeros(3), (2.0, 0.0), method)
        np.testing.assert_allclose(result.x, [2.0, 2.0, 2.0], atol=1e-6)


def test_minimize_keeps_what_is_given():
    asked = []

    def jac(x):
        asked.append(x)
        return rosen_der(x)

    assert solvers.minimize(rosen, START, method="BFGS", jac=jac).success
    assert asked


def test_constraints_get_jacobians():
    constraint = {"type": "eq", "fun": lambda x: x[0] ** 2 + x[1] ** 2 - 1.0}
    for constraints, method in (
        (constraint, "SLSQP"),
        ([constraint], "SLSQP"),
        (scipy.optimize.NonlinearConstraint(constraint["fun"], 0.0, 0.0), "trust-constr"),
    ):
        result = solvers.minimize(lambda x: x[0] + x[1], [-1.0, -0.5], method=method, constraints=constraints)
        np.testing.assert_allclose(result.x, [-(0.5**0.5)] * 2, atol=1e-5)
    assert "jac" not in constraint


# ---------------------------------------------------------------- roots and fits


def test_root_and_fsolve():
    def f(x, a):
        return np.array([x[0] ** 2 + x[1] ** 2 - a, x[0] - x[1]])

    for method in ("hybr", "lm", "broyden1"):
        np.testing.assert_allclose(solvers.root(f, [1.0, 0.5], (2.0,), method).x, [1.0, 1.0], atol=1e-5)
    np.testing.assert_allclose(solvers.fsolve(f, [1.0, 0.5], (2.0,)), [1.0, 1.0], rtol=1e-9)
    found = solvers.fsolve(f, [1.0, 0.5], (2.0,), col_deriv=True, full_output=True)[0]
    np.testing.assert_allclose(found, [1.0, 1.0], rtol=1e-9)


@pytest.mark.parametrize("sparse", [False, True])
def test_least_squares(sparse):
    def residuals(x, a):
        return np.concatenate([10 * (x[1:] - x[:-1] ** 2), a - x[:-1]])

    result = solvers.least_squares(residuals, START, sparse=sparse, args=(1.0,))
    np.testing.assert_allclose(result.x, np.ones(6), rtol=1e-7)
    jac = result.jac.toarray() if sparse else result.jac
    np.testing.assert_allclose(jac, dualad.jacobian(lambda x: residuals(x, 1.0))(result.x), rtol=1e-12)


def test_least_squares_by_a_plan():
    def residuals(x):
        return np.concatenate([10 * (x[1:] - x[:-1] ** 2), 1.0 - x[:-1]])

    plan = dualad.sparse_plan(residuals, START)
    assert solvers.least_squares(residuals, START, sparse=plan).cost < 1e-20
    with pytest.raises(InputError, match="sparse_plan"):
        solvers.least_squares(residuals, START, sparse="yes")


def test_curve_fit_finds_parameters_and_errors():
    rng = np.random.default_rng(2)
    x = np.linspace(0, 4, 80)

    def model(x, a, b, c):
        return a * np.exp(-b * x) + c

    y = model(x, 2.5, 1.3, 0.5) + 0.05 * rng.normal(size=x.size)
    ours, covariance = solvers.curve_fit(model, x, y, (1.0, 1.0, 0.0))
    by_hand = np.stack([np.exp(-ours[1] * x), -ours[0] * x * np.exp(-ours[1] * x), np.ones_like(x)], axis=1)
    residual = y - model(x, *ours)
    expected = np.linalg.inv(by_hand.T @ by_hand) * (residual @ residual) / (x.size - 3)
    np.testing.assert_allclose(covariance, expected, rtol=1e-5)  # SciPy's last Jacobian is a step back
    np.testing.assert_allclose(ours, [2.5, 1.3, 0.5], atol=4 * np.sqrt(np.diag(covariance)).max())


# ---------------------------------------------------------------- differential equations


def robertson(t, y):
    a, b, c = y
    return [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2]


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_robertson(method):
    result = solvers.solve_ivp(robertson, (0, 40), [1.0, 0.0, 0.0], method, rtol=1e-7, atol=1e-11)
    # Hairer and Wanner, Solving Ordinary Differential Equations II
    np.testing.assert_allclose(result.y[:, -1], [0.7158270688, 0.9185534764e-5, 0.2841637458], rtol=2e-5)


def test_an_explicit_method_needs_no_jacobian():
    result = solvers.solve_ivp(lambda t, y: -y, (0, 1), [1.0], rtol=1e-8, atol=1e-10)
    assert result.y[0, -1] == pytest.approx(np.exp(-1), rel=1e-6)


@pytest.mark.parametrize("method", ["Radau", "BDF"])
def test_a_sparse_jacobian_takes_the_steps_of_the_dense_one(method):
    n = 30

    def heat(t, u, k):
        v = np.concatenate([[0.0], u, [0.0]])
        return k * (v[2:] - 2 * v[1:-1] + v[:-2]) + u - u**3

    start = np.sin(np.linspace(0, 3, n))
    dense, sparse = (
        solvers.solve_ivp(heat, (0, 1), start, method, args=(50.0,), sparse=s) for s in (False, True)
    )
    assert dense.nfev == sparse.nfev
    np.testing.assert_allclose(dense.y[:, -1], sparse.y[:, -1], rtol=1e-8, atol=1e-10)


def test_bratu_boundary_values():
    # y'' = -k exp(y), y(0) = y(1) = 0, for k = 1: y = -2 log(cosh((x - 1/2) c / 2) / cosh(c / 4))
    x = np.linspace(0, 1, 7)
    for p in (None, np.array([1.0])):
        if p is None:
            args = (
                lambda x, y: np.stack([y[1], -np.exp(y[0])]),
                lambda a, b: np.array([a[0], b[0]]),
                x,
                np.zeros((2, 7)),
            )
        else:  # the slope at 0 is known, and k is sought
            args = (
                lambda x, y, p: np.stack([y[1], -p[0] * np.exp(y[0])]),
                lambda a, b, p: np.array([a[0], b[0], a[1] - 0.5493527]),
                x,
                np.zeros((2, 7)),
                p,
            )
        result = solvers.solve_bvp(*args, tol=1e-8)
        assert result.success
        assert result.sol(0.5)[0] == pytest.approx(0.14053921440, abs=2e-7)
        if p is not None:
            assert result.p[0] == pytest.approx(1.0, abs=2e-6)


# ---------------------------------------------------------------- quadrature


def test_quadrature_of_a_dual_valued_integrand():
    def moments(s):
        return scipy.integrate.quad_vec(lambda t: np.stack([np.exp(-s * t), t * np.exp(-s * t)]), 0, np.inf)[
            0
        ]

    expected = [-1 / 4.0, -2 / 8.0]
    np.testing.assert_allclose(dualad.derivative(moments)(2.0), expected, rtol=1e-10)
    np.testing.assert_allclose(dualad.jacobian(moments, mode="reverse")(2.0), expected, rtol=1e-10)
    assert dualad.derivative(lambda s: moments(s)[0], order=2)(2.0) == pytest.approx(0.25, rel=1e-9)


def test_quadrature_with_limits_that_move():
    def f(b):
        return solvers.quad_vec(lambda t: np.stack([dualad.sin(t), dualad.cos(t)]) * b, 0.0, b)[0]

    expected = [1 - np.cos(1.3) + 1.3 * np.sin(1.3), np.sin(1.3) + 1.3 * np.cos(1.3)]
    np.testing.assert_allclose(dualad.derivative(f)(1.3), expected, rtol=1e-12)
    np.testing.assert_allclose(dualad.jacobian(f, mode="reverse")(1.3), expected, rtol=1e-12)


def test_quadrature_on_the_whole_line():
    g = dualad.grad(lambda s: solvers.quad_vec(lambda t: dualad.exp(-s * t * t), -np.inf, np.inf)[0])
    assert g(2.0) == pytest.approx(-0.5 * np.sqrt(np.pi) * 2**-1.5, rel=1e-12)


def test_plain_quadrature_is_scipys():
    assert solvers.quad_vec(np.sin, 0, 1) == scipy.integrate.quad_vec(np.sin, 0, 1)
