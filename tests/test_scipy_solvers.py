"""SciPy's solvers with derivatives by dualad: the right answers, and no finite differences."""

import inspect
import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.integrate
import scipy.optimize
from scipy.optimize import rosen, rosen_der, rosen_hess

import dualad
import dualad.scipy as solvers
from dualad.errors import InputError, OutputError, ShapeError, UnsupportedError

START = np.linspace(1.4, 0.7, 6)


class Counted:
    """A function that counts the points at which it is evaluated, whatever they are made of."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args)


@pytest.mark.parametrize("name", solvers.__all__)
def test_arguments_are_scipys(name):
    """The first ones by their names, in SciPy's order; the others go through."""
    theirs = getattr(scipy.optimize, name, None) or getattr(scipy.integrate, name)
    ours = list(inspect.signature(getattr(solvers, name)).parameters)
    named = ours[: ours.index("args")]
    assert named == list(inspect.signature(theirs).parameters)[: len(named)]
    with pytest.raises(TypeError):
        getattr(solvers, name)(np.sin)


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
    def f(x, a, b):
        return ((x - a) ** 2).sum() + b * (x**4).sum()

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


@pytest.mark.parametrize("method", [*GRADIENT_METHODS, *SECOND_ORDER])
def test_minimize_takes_a_number_for_x0(method):
    """As SciPy does: the function is given, and may return, an array of one entry."""
    result = solvers.minimize(lambda x: (x - 1) ** 2, 3, method=method)
    np.testing.assert_allclose(result.x, [1.0], atol=1e-6)


def test_minimize_by_position_and_by_scipys_conventions():
    def both(x):
        return (rosen(x), rosen_der(x))

    for result in (
        solvers.minimize(rosen, [2, 2], (), "BFGS", rosen_der),
        solvers.minimize(fun=rosen, x0=np.array([2.0, 2.0], np.float32), tol=1e-4),
        solvers.minimize(both, [2, 2], jac=True),
        solvers.minimize(both, [2, 2], jac=True, method="trust-exact"),
        solvers.minimize(rosen, [2, 2], jac=rosen_der, method="trust-ncg"),
        solvers.minimize(rosen, [2, 2], jac=None, method="Newton-CG"),
        solvers.minimize(lambda x, a: rosen(x / a), [2.0, 2.0], args=1.0, method="trust-ncg"),
    ):
        np.testing.assert_allclose(result.x, [1.0, 1.0], atol=0.02)


def test_differences_that_are_asked_for_are_scipys():
    f = Counted(rosen)
    ours = solvers.minimize(f, START, method="BFGS", jac="2-point")
    theirs = scipy.optimize.minimize(rosen, START, method="BFGS", jac="2-point")
    assert f.calls == ours.nfev == theirs.nfev
    np.testing.assert_array_equal(ours.x, theirs.x)


def test_a_method_of_ones_own_is_given_everything():
    def method(fun, x0, args=(), jac=None, hess=None, hessp=None, **options):
        v = np.arange(6.0)
        return scipy.optimize.OptimizeResult(g=jac(x0), h=hess(x0), p=hessp(x0, v), v=v, x=x0)

    result = solvers.minimize(rosen, START, method=method)
    np.testing.assert_allclose(result.g, rosen_der(START), rtol=1e-12)
    np.testing.assert_allclose(result.h, rosen_hess(START), rtol=1e-12)
    np.testing.assert_allclose(result.p, rosen_hess(START) @ result.v, rtol=1e-12)


@pytest.mark.parametrize("method", ["L-BFGS-B", "TNC", "SLSQP", "trust-constr"])
def test_bounds(method):
    bounds = scipy.optimize.Bounds([0, 0], [0.7, 2])
    result = solvers.minimize(rosen, [0.5, 0.5], method=method, bounds=bounds)
    np.testing.assert_allclose(result.x, [0.7, 0.49], atol=2e-3)


@pytest.mark.parametrize("method", ["SLSQP", "trust-constr", "COBYLA"])
def test_every_kind_of_constraint(method):
    one = {"type": "ineq", "fun": lambda x, a: a - x[0] ** 2 - x[1] ** 2, "args": (1.0,)}
    other = scipy.optimize.NonlinearConstraint(lambda x: [x[0] ** 2 + x[1] ** 2], -np.inf, 1.0)
    line = scipy.optimize.LinearConstraint([[1, -1]], -0.1, 0.1)
    for constraints in (one, other, [other, line], (other,)):
        result = solvers.minimize(lambda x: x[0] + x[1], [-1.0, -0.5], method=method, constraints=constraints)
        np.testing.assert_allclose(result.x, [-(0.5**0.5)] * 2, atol=1e-2)
    assert other.jac == "2-point"


def test_constraints_use_no_differences():
    f = Counted(lambda x: x @ x - 1.0)
    constraint = scipy.optimize.NonlinearConstraint(f, 0.0, 0.0)
    result = solvers.minimize(lambda x: x.sum(), np.full(20, -0.3), method="SLSQP", constraints=constraint)
    assert f.calls <= 3 * result.nit < 60
    np.testing.assert_allclose(result.x, np.full(20, -(0.05**0.5)), rtol=1e-6)


def test_a_sparse_hessian_of_ones_own():
    x0 = np.full(30, 1.3)
    hess = dualad.sparse_hessian(rosen, dualad.sparse_plan(rosen, x0, of="hessian"))
    result = solvers.minimize(rosen, x0, method="trust-constr", hess=hess)
    np.testing.assert_allclose(result.x, np.ones(30), atol=1e-4)


@pytest.mark.parametrize("solver", [solvers.minimize, solvers.root, solvers.fsolve])
def test_complex_unknowns_are_refused(solver):
    with pytest.raises(InputError, match=r"z\.real, z\.imag"):
        solver(lambda x: x**2 + 1, np.array([1j]))


@pytest.mark.parametrize(
    ("error", "remedy", "solve"),
    [
        (InputError, "not what it returns", lambda: solvers.minimize(3.0, [1.0])),
        (InputError, "not what it returns", lambda: solvers.solve_bvp(np.sin, 0.0, [0, 1], np.zeros((1, 2)))),
        (ShapeError, "least_squares", lambda: solvers.minimize(lambda x: x**2, [1.0, 2.0])),
        (OutputError, "np.real", lambda: solvers.minimize(lambda x: 1j * x[0], [1.0])),
        (OutputError, r"y\.real, y\.imag", lambda: solvers.least_squares(lambda x: 1j * x, [1.0])),
        (OutputError, r"y\.real", lambda: solvers.solve_ivp(lambda t, y: 1j * y, (0, 1), [1.0], "BDF")),
        (TypeError, "args", lambda: solvers.minimize(rosen, START, (), args=())),
        (TypeError, "jacobian", lambda: solvers.minimize(rosen, START, jacobian=rosen_der)),
    ],
)
@pytest.mark.filterwarnings("ignore:Casting complex")
def test_bad_input(error, remedy, solve):
    with pytest.raises(error, match=remedy):
        solve()


@pytest.mark.parametrize(
    "solve",
    [
        lambda a: solvers.minimize(lambda x: (x[0] - a) ** 2, [1.0]),
        lambda a: solvers.minimize(lambda x: (x[0] - 1) ** 2, [a]),
        lambda a: solvers.fsolve(lambda x: x**2 - a, 1.0),
        lambda a: solvers.least_squares(lambda x, b: x**2 - b, 1.0, args=(a,)),
        lambda a: solvers.solve_ivp(lambda t, y: -a * y, (0, 1), [1.0], "BDF"),
    ],
)
def test_inside_another_derivative_they_say_what_to_take(solve):
    with pytest.raises(UnsupportedError, match=r"scipy\.optimize\.fsolve"):
        dualad.derivative(solve)(2.0)


def test_what_they_say_to_take():
    """The minimum of (x - a)**2 + x**4 / 4: a root of the gradient, dx/da = 2 / (2 + 3 x**2)."""

    def minimum(a):
        def f(x):
            return (x[0] - a) ** 2 + x[0] ** 4 / 4

        return scipy.optimize.fsolve(dualad.grad(f), np.ones(1))[0]

    assert dualad.derivative(minimum)(1.5) == pytest.approx(2 / (2 + 3 * minimum(1.5) ** 2), rel=1e-9)


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


@pytest.mark.parametrize("options", [{}, {"options": {"col_deriv": 1}}, {"method": "LM"}])
def test_lists_are_arrays_and_columns_are_columns(options):
    def f(x):
        return [x[0] ** 2 + 3 * x[1] - 4, x[0] - 3 * x[1] ** 2 + 2]

    def by_hand(x):
        rows = np.array([[2 * x[0], 3.0], [1.0, -6 * x[1]]])
        return rows.T if "options" in options else rows

    result = solvers.root(f, [2.0, 0.5], **options)
    np.testing.assert_allclose(result.x, [1.0, 1.0], rtol=1e-8)
    assert result.nfev == scipy.optimize.root(f, [2.0, 0.5], jac=by_hand, **options).nfev


@pytest.mark.parametrize("f", [lambda x: math.cos(x[0]) - x[0], lambda x: np.cos(x) - x])
def test_one_equation(f):
    for x0 in (1, [1], 1.0):
        np.testing.assert_allclose(solvers.fsolve(f, x0), [0.7390851332151607], rtol=1e-10)
    np.testing.assert_allclose(solvers.least_squares(f, 1).x, [0.7390851332151607], rtol=1e-7)


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares_by_every_method(method):
    def residuals(x):  # plain code: math, and an array that is filled
        out = np.zeros(3)
        out[0], out[1] = x[0] - 1, 10 * (x[1] - x[0] ** 2)
        out[2] = math.sin(x[0]) - math.sin(1.0)
        return out

    f = Counted(residuals)
    result = solvers.least_squares(f, [2, 2], method=method, x_scale="jac")
    np.testing.assert_allclose(result.x, [1.0, 1.0], rtol=1e-7)
    assert f.calls <= result.nfev + result.njev + 4  # each Jacobian is one sweep; differences take two more
    again = solvers.least_squares(residuals, [2, 2], "2-point", (-np.inf, np.inf), method)
    np.testing.assert_allclose(again.x, [1.0, 1.0], rtol=1e-7)
    if method != "lm":
        bounded = solvers.least_squares(residuals, [0.2, 0.2], method=method, bounds=(0, [0.5, 3]))
        assert bounded.x[0] == pytest.approx(0.5)
        robust = solvers.least_squares(residuals, [2, 2], method=method, loss="soft_l1")
        np.testing.assert_allclose(robust.x, [1.0, 1.0], rtol=1e-6)


def test_a_pattern_given_to_scipy_makes_the_jacobian_sparse():
    pattern = scipy.sparse.diags_array(np.ones(50), dtype=int)
    result = solvers.least_squares(lambda x, c: x**3 - c, np.ones(50), jac_sparsity=pattern, args=(8.0,))
    assert scipy.sparse.issparse(result.jac)
    np.testing.assert_allclose(result.x, np.full(50, 2.0), rtol=1e-6)


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


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"p0": [1, 1]},
        {"sigma": np.linspace(0.1, 0.2, 40), "absolute_sigma": True},
        {"sigma": np.eye(40) * 0.01},
        {"bounds": (0, [3, 2])},
        {"method": "dogbox"},
    ],
)
def test_curve_fit_with_every_option(options):
    x = np.linspace(0, 4, 40)
    y = 2.5 * np.exp(-1.3 * x) + 0.01 * np.cos(9 * x)

    def model(x, a, b):
        return [a * math.exp(-b * one) for one in x]

    ours, theirs = (solve(model, x, y, **options) for solve in (solvers.curve_fit, scipy.optimize.curve_fit))
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-3)


def test_curve_fit_of_two_variables():
    x = np.linspace(0, 4, 40)

    def model(X, a, b):
        return a * X[0] + b * X[1] ** 2

    found = solvers.curve_fit(model, np.stack([x, x + 1]), 2 * x + 3 * (x + 1) ** 2, full_output=True)
    assert len(found) == 5
    np.testing.assert_allclose(found[0], [2.0, 3.0], rtol=1e-8)


def test_a_certified_fit():
    """MGH09 of NIST's Statistical Reference Datasets (Kowalik and Osborne), from the far start."""
    x = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])
    y = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]

    def model(x, a, b, c, d):
        return a * (x**2 + x * b) / (x**2 + x * c + d)

    tight = {"ftol": 1e-14, "xtol": 1e-14, "gtol": 1e-14, "maxfev": 10_000}
    found, covariance = solvers.curve_fit(model, x, y, [25, 39, 41.5, 39], **tight)
    certified = [1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01, 1.3606233068e-01]
    errors = [1.1435312227e-02, 1.9633220911e-01, 8.0842031232e-02, 9.0025542308e-02]
    np.testing.assert_allclose(found, certified, rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), errors, rtol=1e-6)


# ---------------------------------------------------------------- differential equations


def robertson(t, y):
    a, b, c = y
    return [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2]


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_robertson(method):
    result = solvers.solve_ivp(robertson, (0, 40), [1.0, 0.0, 0.0], method, rtol=1e-7, atol=1e-11)
    # Hairer and Wanner, Solving Ordinary Differential Equations II
    np.testing.assert_allclose(result.y[:, -1], [0.7158270688, 0.9185534764e-5, 0.2841637458], rtol=2e-5)


def robertson_of_many(t, y):
    """For states as the columns of a matrix, and for these alone."""
    assert y.ndim == 2
    out = np.empty_like(y)
    out[0] = -0.04 * y[0] + 1e4 * y[1] * y[2]
    out[2] = 3e7 * y[1] ** 2
    out[1] = -out[0] - out[2]
    return out


@pytest.mark.parametrize("method", [scipy.integrate.Radau, scipy.integrate.BDF, scipy.integrate.LSODA])
@pytest.mark.parametrize("sparse", [False, True])
def test_options_of_solve_ivp(method, sparse):
    """A class as the method, arguments by position, events, many states at once, a sparse Jacobian."""
    if sparse and method is scipy.integrate.LSODA:
        with pytest.raises(InputError, match="BDF"):
            solvers.solve_ivp(robertson, (0, 40), [1, 0, 0], method, sparse=True)
        return

    def event(t, y, *args):
        return y[0] - 0.8

    at, accuracy = [0, 20, 40], {"rtol": 1e-7, "atol": 1e-11, "sparse": sparse}
    many = solvers.solve_ivp(robertson_of_many, (0, 40), [1, 0, 0], method, at, True, event, True, **accuracy)

    def scaled(t, y, k):
        return robertson(t, k * y)

    args = solvers.solve_ivp(scaled, (0, 40), [1, 0, 0], method, at, args=(1.0,), **accuracy)
    for result in (many, args):
        np.testing.assert_allclose(result.y[:, -1], [0.7158270688, 0.9185534764e-5, 0.2841637458], rtol=2e-5)
    assert many.t_events[0].size == 1
    assert many.sol(many.t_events[0][0])[0] == pytest.approx(0.8, rel=1e-5)


def test_what_solve_ivp_leaves_to_scipy():
    for options in ({"jac": lambda t, y: [[-1.0]]}, {"method": "LSODA", "lband": 0, "uband": 0}):
        options = {"method": "BDF", "rtol": 1e-6, **options}
        ours, theirs = (
            solve(lambda t, y: -y, (0, 1), [1.0], **options)
            for solve in (solvers.solve_ivp, scipy.integrate.solve_ivp)
        )
        np.testing.assert_array_equal(ours.y, theirs.y)
    with pytest.raises(InputError, match="RK45"):
        solvers.solve_ivp(lambda t, y: -y, (0, 1), [1.0], sparse=True)


def test_a_complex_state():
    options = {"method": "BDF", "rtol": 1e-7, "atol": 1e-9}
    for sparse in (False, True):
        result = solvers.solve_ivp(lambda t, y: 1j * y, (0, 1), [1 + 0j, 2], sparse=sparse, **options)
        np.testing.assert_allclose(result.y[:, -1], np.exp(1j) * np.array([1, 2]), rtol=1e-5)
    with pytest.raises(UnsupportedError, match="holomorphic"):
        solvers.solve_ivp(lambda t, y: 1j * np.conj(y), (0, 1), [1 + 0j], **options)


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


@pytest.mark.parametrize("form", [list, tuple, np.array, np.vstack])
def test_boundary_values_of_lists(form):
    result = solvers.solve_bvp(
        lambda x, y, p: form([y[1], -p[0] * np.exp(y[0])]),
        lambda a, b, p: [a[0], b[0], a[1] - 0.5493527],
        np.linspace(0, 1, 7),
        np.zeros((2, 7)),
        [1.5],
        tol=1e-8,
        fun_jac=None,
    )
    assert result.p[0] == pytest.approx(1.0, abs=2e-6)


def test_boundary_values_with_a_singular_term():
    """Emden's equation y'' + 2 y' / x + y**5 = 0: y = 1 / sqrt(1 + x**2 / 3)."""

    def slopes(x, y):
        out = np.zeros((2, x.size))
        out[0], out[1] = y[1], -(y[0] ** 5)
        return out

    singular = np.array([[0, 0], [0, -2]])
    start = np.stack([np.ones(5), np.zeros(5)])

    def ends(a, b):
        return np.array([a[1], b[0] - 0.75**0.5])

    result = solvers.solve_bvp(slopes, ends, np.linspace(0, 1, 5), start, None, singular, tol=1e-6)
    assert result.sol(0.5)[0] == pytest.approx((1 + 0.25 / 3) ** -0.5, rel=1e-6)


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


GAUSSIAN = -0.25 * np.sqrt(np.pi) * 2**-1.5  # the derivative of its integral from 0 on, by s at 2
QUADRATURES = {
    "quad": lambda f, a, b, **options: scipy.integrate.quad(f, a, b, **options)[0],
    "quad_vec": lambda f, a, b, **options: solvers.quad_vec(f, a, b, **options)[0],
}
RANGES = {  # limits; derivative by s of the integral of exp(-s t**2), or of exp(-s t), at s = 2
    "half a line": (lambda s: (0.0, np.inf), True, GAUSSIAN),
    "the other half": (lambda s: (-np.inf, 0.0), True, GAUSSIAN),
    "the line": (lambda s: (-np.inf, np.inf), True, 2 * GAUSSIAN),
    "half a line, backwards": (lambda s: (np.inf, 0.0), True, -GAUSSIAN),
    "the other half, backwards": (lambda s: (0.0, -np.inf), True, -GAUSSIAN),
    "the line, backwards": (lambda s: (np.inf, -np.inf), True, -2 * GAUSSIAN),
    "backwards": (lambda s: (1.0, 0.0), False, (1 - 3 * np.exp(-2)) / 4),
    "far away": (lambda s: (50 * s, np.inf), False, -(100.5 + 100) * np.exp(-200) / 2),
    "both move": (lambda s: (s, 2 * s), False, None),
    "backwards, to what moves": (lambda s: (s, 0.0), False, None),
    "from infinity to what moves": (lambda s: (np.inf, s), False, None),
    "no length yet": (lambda s: (s, 2.0), False, -np.exp(-4)),
}


@pytest.mark.parametrize("quadrature", QUADRATURES.values(), ids=list(QUADRATURES))
@pytest.mark.parametrize("case", RANGES)
def test_quadrature_over_every_range(quadrature, case):
    limits, squared, expected = RANGES[case]

    def integral(s):
        return quadrature(lambda t: dualad.exp(-s * t * t if squared else -s * t), *limits(s))

    def closed(s):  # of exp(-s t)
        antiderivative = [-dualad.exp(-s * t) / s if np.isfinite(dualad.value(t)) else 0.0 for t in limits(s)]
        return antiderivative[1] - antiderivative[0]

    first = dualad.derivative(integral)(2.0)
    if expected is not None:
        assert first == pytest.approx(expected, rel=1e-9)
    if not squared:
        assert first == pytest.approx(dualad.derivative(closed)(2.0), rel=1e-9)
    if case in ("both move", "the line, backwards"):
        assert dualad.grad(integral)(2.0) == pytest.approx(first, rel=1e-12)
        second = dualad.derivative(integral, order=2)(2.0)
        if squared:  # the integral is a multiple of s**-1/2
            assert second == pytest.approx(-1.5 / 2.0 * first, rel=1e-8)
        else:
            assert second == pytest.approx(dualad.derivative(closed, order=2)(2.0), rel=1e-8)


def test_the_second_derivative_of_an_integral_of_no_length():
    """Of exp(-s t) from s to 2, at s = 2, where only the limits matter."""

    def integral(s):
        return solvers.quad_vec(lambda t: dualad.exp(-s * t), s, 2.0)[0]

    # d/ds of -exp(-s**2) + the integral of -t exp(-s t) from s to 2
    assert dualad.derivative(integral, order=2)(2.0) == pytest.approx((4.0 + 2.0) * np.exp(-4.0), rel=1e-12)
    assert dualad.hessian(integral)(2.0) == pytest.approx((4.0 + 2.0) * np.exp(-4.0), rel=1e-12)


def test_quadrature_of_arrays_along_several_directions():
    """Of p sin(p t) over (0, 1), which is 1 - cos(p), for many p: lanes forward, rows in reverse."""
    p = np.array([0.5, 1.0, 2.0])

    def f(p):
        return solvers.quad_vec(lambda t: p * dualad.sin(p * t), 0.0, 1.0)[0]

    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(p), np.diag(np.sin(p)), rtol=1e-12)


def test_options_of_quad_vec():
    def integrand(t, s):
        return dualad.exp(-s * t)

    with ThreadPoolExecutor(2) as pool:
        for more, options in (
            ((), {"args": 2.0, "workers": pool.map}),
            ((1e-12, 1e-10, "max", 1e8, 1000, 1, [0.3], None, True), {}),
        ):

            def integral(s, more=more, options=options):
                options = options | {"args": (s,)}
                return solvers.quad_vec(integrand, 0.0, 1.0, *more, **options)[0]

            assert integral(2.0) == pytest.approx((1 - np.exp(-2)) / 2, rel=1e-10)
            assert dualad.derivative(integral)(2.0) == pytest.approx((3 * np.exp(-2) - 1) / 4, rel=1e-10)
    with pytest.raises(UnsupportedError, match="ThreadPool"):
        dualad.derivative(lambda s: solvers.quad_vec(lambda t: s * t, 0, 1, workers=2)[0])(1.0)
    assert solvers.quad_vec(lambda t: math.exp(-t), 0, 1)[0] == pytest.approx(1 - np.exp(-1))
