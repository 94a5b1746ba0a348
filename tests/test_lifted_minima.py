"""Minima that compiled code of SciPy finds, in lifted code: against the equations that they satisfy."""

import ctypes
import ctypes.util

import numpy as np
import pytest

from dualad import derivative, grad, jacobian
from dualad.errors import DualadError, UnsupportedError

optimize = pytest.importorskip("scipy.optimize")

METHODS = ("L-BFGS-B", "SLSQP", "TNC", "Nelder-Mead", "BFGS")
MODES = ("forward", "reverse")


def quartic(x, a):
    return (x[0] - a) ** 2 + x[0] ** 4 / 4


def quartic_slope(a):
    """``2 (x - a) + x**3 = 0``, of which 1 is the root for a = 1.5."""
    return 2 / (2 + 3)


@pytest.mark.parametrize("method", METHODS)
def test_a_minimum_moves_as_the_root_of_its_gradient(method):
    def at(a):
        return optimize.minimize(quartic, [0.3], args=(a,), method=method, tol=1e-10).x[0]

    assert derivative(at)(1.5) == pytest.approx(quartic_slope(1.5), rel=1e-6)
    assert grad(at)(1.5) == pytest.approx(quartic_slope(1.5), rel=1e-6)
    assert grad(lambda a: at(a) ** 2)(1.5) == pytest.approx(2 * quartic_slope(1.5), rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_function_and_slope_in_one(method):
    def both(x, a):
        return quartic(x, a), np.array([2 * (x[0] - a) + x[0] ** 3])

    if method == "Nelder-Mead":
        pytest.skip("takes no slopes")

    def at(a):
        return optimize.minimize(both, [0.3], args=(a,), jac=True, method=method, tol=1e-10).x[0]

    assert derivative(at)(1.5) == pytest.approx(quartic_slope(1.5), rel=1e-6)


def test_the_value_and_its_slope_at_the_minimum():
    def found(a):
        return optimize.minimize(quartic, [0.3], args=(a,), method="L-BFGS-B", tol=1e-12)

    assert derivative(lambda a: found(a).fun)(1.5) == pytest.approx(-2 * (1 - 1.5), rel=1e-6)
    assert derivative(lambda a: found(a).jac[0])(1.5) == pytest.approx(0.0, abs=1e-6)
    assert derivative(lambda a: found(1.5).x[0] * a)(2.0) == found(1.5).x[0]


def test_the_second_derivative():
    """From ``2 (x - a) + x**3 = 0``: ``x'' = -6 x x'**2 / (2 + 3 x**2)``."""

    def at(a):
        return optimize.minimize(quartic, [0.3], args=(a,), method="L-BFGS-B", tol=1e-12).x[0]

    assert derivative(at, order=2)(1.5) == pytest.approx(-6 * 0.4**2 / 5, rel=1e-6)


@pytest.mark.parametrize("form", ["pairs", "Bounds"])
def test_a_bound_that_is_reached_and_one_that_moves(form):
    def at(a):
        bounds = [(0.0, 0.4), (0.0, a), (0.0, 10.0)]
        if form == "Bounds":
            bounds = optimize.Bounds(np.zeros(3), np.array([0.4, a, 10.0]))
        return optimize.minimize(
            lambda x: (x[0] - 1) ** 2 + (x[1] - 2) ** 2 + (x[2] - a) ** 2 + x[0] * x[2],
            np.zeros(3),
            bounds=bounds,
        ).x

    np.testing.assert_allclose(derivative(at)(0.8), [0.0, 1.0, 1.0], atol=1e-7)


def test_constraints():
    """On the line x + y = a the nearest point to the origin is (a, a) / 2; the circle is not reached."""

    def at(a):
        return optimize.minimize(
            lambda x: x @ x,
            [1.0, 0.0],
            constraints=[
                {"type": "eq", "fun": lambda x: x[0] + x[1] - a},
                {"type": "ineq", "fun": lambda x: 9 - x @ x},
            ],
        ).x

    for mode in MODES:
        np.testing.assert_allclose(jacobian(at, mode=mode)(1.2), [0.5, 0.5], atol=1e-7)


@pytest.mark.filterwarnings("ignore:delta_grad")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("method", "k", "right"),
    [("trust-constr", 1.3, [-0.5, 0.5]), ("SLSQP", 1.3, [-0.5, 0.5]), ("SLSQP", 1.0, [1.0, -1.0])],
)
def test_constraints_as_objects(method, k, right, mode):
    """On the line x + y = 3/2 the nearest point to (2, k), (7/4 - k/2, k/2 - 1/4), up to the bound x = k."""
    line = optimize.LinearConstraint([[1.0, 1.0]], -np.inf, 1.5)
    disc = optimize.NonlinearConstraint(lambda x: x @ x, -np.inf, 9.0)

    def at(k):
        bounds = optimize.Bounds([0.0, 0.0], [k, 5.0])
        options = {"method": method, "bounds": bounds, "constraints": [line, disc], "tol": 1e-10}
        return optimize.minimize(lambda x: (x[0] - 2) ** 2 + (x[1] - k) ** 2, [0.1, 0.1], **options).x

    np.testing.assert_allclose(jacobian(at, mode=mode)(k), right, atol=1e-6)


def test_leastsq_with_residuals_left():
    """``p - a`` and ``p**2 - 1``: ``2 p**3 - p = a``, hence ``dp/da = 1 / (6 p**2 - 1)``."""

    def at(a):
        return optimize.leastsq(lambda p: [p[0] - a, p[0] ** 2 - 1], [2.0], ftol=1e-15, xtol=1e-15)[0][0]

    p = at(2.0)
    for d in (derivative, grad):
        assert d(at)(2.0) == pytest.approx(1 / (6 * p**2 - 1), rel=1e-7)


@pytest.mark.parametrize(
    "f", [lambda x, a: abs(x[0] - a) + abs(x[1] - 1.0), lambda x, a: np.exp(-a * x[0]) + x[1] ** 2]
)
def test_where_there_is_no_smooth_minimum(f):
    with pytest.raises(UnsupportedError, match="no smooth minimum"):
        derivative(lambda a: optimize.minimize(f, [0.1, 0.1], args=(a,), method="Nelder-Mead").x[0])(1.0)


@pytest.mark.parametrize("entry", [derivative, grad])
@pytest.mark.parametrize("tol", [1e-5, 1e-9])
def test_the_edge_of_one_number(entry, tol):
    """The root of ``z**3 - a``, looked for as the least of ``abs``."""

    def root(a):
        return optimize.minimize(lambda z: np.abs(z**3 - a), 1.0, method="Nelder-Mead", tol=tol).x[0]

    assert entry(root)(1.7) == pytest.approx(1.7 ** (-2 / 3) / 3, rel=1e-9)


# ------------------------------------------------------------------- least squares with a loss, or bounds

#: loss -> what each residual adds to the gradient, and the slope of that.
PULLS = {
    "linear": (lambda r: r, np.ones_like),
    "soft_l1": (lambda r: r / np.sqrt(1 + r**2), lambda r: (1 + r**2) ** -1.5),
    "huber": (lambda r: np.clip(r, -1, 1), lambda r: np.where(abs(r) <= 1, 1.0, 0.0)),
    "cauchy": (lambda r: r / (1 + r**2), lambda r: (1 - r**2) / (1 + r**2) ** 2),
    "arctan": (lambda r: r / (1 + r**4), lambda r: (1 - 3 * r**4) / (1 + r**4) ** 2),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("loss", PULLS)
def test_the_middle_of_points_by_each_loss(loss, mode):
    y = np.array([0.2, 0.5, 0.7, 2.3])

    def fit(y):
        return optimize.least_squares(lambda p: p[0] - y, [0.4], loss=loss)

    pull, slope = PULLS[loss]
    best = optimize.newton(lambda p: np.sum(pull(p - y)), fit(y).x[0], tol=1e-15)
    moves = slope(best - y) / np.sum(slope(best - y))
    assert jacobian(lambda y: fit(y).x, mode=mode)(y)[0] == pytest.approx(moves, rel=1e-8)
    assert jacobian(lambda y: fit(y).fun, mode=mode)(y) == pytest.approx(moves - np.eye(4), abs=1e-8)


@pytest.mark.parametrize("mode", MODES)
def test_least_squares_at_a_bound(mode):
    def fit(a):
        bounds = ([a[0], -np.inf], [np.inf, 3.0])
        return optimize.least_squares(
            lambda p: [p[0] - 0.5, p[1] - a[1] * p[0], 0.1 * p[1]], [2.0, 1.0], bounds=bounds
        )

    a = np.array([1.0, 0.7])  # p[0] = a[0], and p[1] = a[1] * a[0] / 1.01
    assert fit(a).x == pytest.approx([1.0, 0.7 / 1.01])
    assert jacobian(lambda a: fit(a).x, mode=mode)(a) == pytest.approx(
        np.array([[1.0, 0.0], [0.7 / 1.01, 1 / 1.01]]), rel=1e-6
    )


def test_the_jacobian_of_a_fit_for_its_covariance():
    """Of ``r = exp(p) - a``, at ``p = log(a)``: J = a."""

    def jac(a):
        return optimize.least_squares(lambda p: np.exp(p) - a, [0.1], jac=lambda p: np.exp(p)[:, None]).jac[
            0, 0
        ]

    assert derivative(jac)(1.5) == pytest.approx(1.0, rel=1e-6)


def test_a_loss_of_the_users():
    def loss(z):
        return np.array([z, np.ones_like(z), np.zeros_like(z)])

    found = derivative(lambda a: optimize.least_squares(lambda p: p - a, [0.1], loss=loss).x[0])(1.5)
    assert found == pytest.approx(1.0, rel=1e-10)


GLOBAL = {
    "differential_evolution": lambda f, k: optimize.differential_evolution(
        f, [(-3, 3)], (k,), seed=1, tol=1e-8
    ),
    "dual_annealing": lambda f, k: optimize.dual_annealing(f, [(-3, 3)], (k,), seed=1, maxiter=20),
    "shgo": lambda f, k: optimize.shgo(f, [(-3, 3)], (k,)),
    "direct": lambda f, k: optimize.direct(f, [(-3, 3)], args=(k,), maxiter=300),
    "basinhopping": lambda f, k: optimize.basinhopping(lambda p: f(p, k), [0.3], niter=3, seed=1),
    "trust-constr": lambda f, k: optimize.minimize(f, [0.3], (k,), "trust-constr", options={"gtol": 1e-8}),
    "Powell": lambda f, k: optimize.minimize(f, [0.3], (k,), "Powell", tol=1e-8),
    "COBYLA": lambda f, k: optimize.minimize(f, [0.3], (k,), "COBYLA", tol=1e-6),
    "trust-exact": lambda f, k: optimize.minimize(f, [0.3], (k,), "trust-exact", **_by_slopes()),
    "trust-krylov": lambda f, k: optimize.minimize(f, [0.3], (k,), "trust-krylov", **_by_slopes()),
}
if "COBYQA" in (optimize.minimize.__doc__ or ""):
    GLOBAL["COBYQA"] = lambda f, k: optimize.minimize(f, [0.3], (k,), "COBYQA")


def _by_slopes():
    return {
        "jac": lambda p, k: 2 * (p - k) + 4 * p**3,
        "hess": lambda p, k: np.array([[2 + 12 * p[0] ** 2]]),
    }


@pytest.mark.filterwarnings("ignore:delta_grad")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", GLOBAL)
def test_the_least_of_a_quartic(method, mode):
    """``(p - k)**2 + p**4``: ``2 (p - k) + 4 p**3 = 0``, hence ``p' = 1 / (1 + 6 p**2)``."""

    def least(k):
        return GLOBAL[method](lambda p, k: (p[0] - k) ** 2 + p[0] ** 4, k)

    p = np.roots([4, 0, 2, -2.6])
    p = p[np.isreal(p)].real[0]
    assert least(1.3).x[0] == pytest.approx(p, abs=1e-3)
    assert jacobian(lambda k: least(k).x, mode=mode)(1.3) == pytest.approx(1 / (1 + 6 * p**2), rel=1e-7)
    assert jacobian(lambda k: least(k).fun, mode=mode)(1.3) == pytest.approx(2 * (1.3 - p), rel=1e-7)


def test_what_a_report_tells_is_no_plain_number():
    """Of two unknowns: the gradient of the function, not those of constraints that there are none of."""

    def least(k):
        def f(p):
            return (p[0] - k) ** 2 + (p[1] - p[0]) ** 2

        reports.append(optimize.minimize(f, [1.0, 1.0], method="trust-constr"))
        reports.append(optimize.basinhopping(f, [1.0, 1.0], niter=1, seed=1))
        reports.append(optimize.linprog([1.0, k], A_eq=[[1.0, 1.0]], b_eq=[k]))
        return np.array([reports[-3].x, reports[-2].x, reports[-1].x])

    reports = []
    least(2.0)
    plain, reports = reports, []
    np.testing.assert_allclose(jacobian(least)(2.0), [[1.0, 1.0], [1.0, 1.0], [1.0, 0.0]], atol=1e-6)
    for i, name in enumerate(("jac", "lowest_optimization_result", "lower")):
        assert name in plain[i]
        assert name not in reports[i]
    assert "grad" in reports[0]


@pytest.mark.parametrize("method", ["hybr", "lm", "broyden1"])
def test_the_report_of_a_root_has_no_plain_factors(method):
    """The Jacobian that a solver has gathered is of its steps: its entries would have no derivative."""
    reports = []

    def f(p):
        found = optimize.root(lambda z: [z[0] ** 2 - p, z[1] - z[0]], [1.0, 1.0], method=method)
        _, report, *_ = optimize.fsolve(lambda z: z**2 - p, [1.0], full_output=True)
        reports.extend([found, report])
        return found.x

    factors = {"fjac", "r", "qtf", "cov_x"}
    assert np.shape(f(2.0)) == (2,)
    assert factors & set(reports[1])
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(jacobian(f, mode=mode)(2.0), [0.5 / np.sqrt(2.0)] * 2, rtol=1e-5)
        assert not factors & (set(reports[-1]) | set(reports[-2]))


@pytest.mark.parametrize("solver", ["brentq", "bisect", "ridder", "toms748", "newton"])
def test_the_root_in_the_report_of_a_root(solver):
    def f(p):
        where = (1.0,) if solver == "newton" else (0.0, 5.0)
        root, report = getattr(optimize, solver)(lambda z: z**2 - p, *where, full_output=True)
        return root * report.root

    assert derivative(f)(2.0) == pytest.approx(1.0, rel=1e-9)
    assert grad(f)(2.0) == pytest.approx(1.0, rel=1e-9)


def test_several_roots_at_once():
    def f(p):
        found = optimize.newton(lambda z: z**2 - p, np.array([1.0, 2.0]), full_output=True)
        return found.root * found[0]

    np.testing.assert_allclose(derivative(f)(2.0), [1.0, 1.0], rtol=1e-9)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_which_of_many_minima_is_found_depends_on_the_start(entry):
    """All points of a circle are as good; of an isolated minimum the start makes no difference."""

    def on_a_circle(x):
        found = optimize.minimize(lambda z: (z[0] ** 2 + z[1] ** 2 - 1) ** 2, [x, 1.0], method="L-BFGS-B")
        return found.x[0] + 0 * x

    def isolated(x):
        found = optimize.minimize(
            lambda z: (z[0] - 3) ** 2 + 1e8 * (z[1] - 2) ** 2, [x, 1.0], method="L-BFGS-B"
        )
        return found.x[0] + x

    with pytest.raises(UnsupportedError, match="start from"):
        entry(on_a_circle)(0.5)
    assert entry(isolated)(0.5) == 1.0


ONE_NUMBER = {
    "bounded": lambda f, **options: optimize.minimize_scalar(f, bounds=(-1, 3), method="bounded", **options),
    "brent": lambda f, **options: optimize.minimize_scalar(f, **options),
    "golden": lambda f, **options: optimize.minimize_scalar(f, (0.1, 0.5), method="golden", **options),
}


@pytest.mark.parametrize("entry", [derivative, grad])
@pytest.mark.parametrize("method", ONE_NUMBER)
def test_minima_of_one_number(method, entry):
    """``exp(z) - a z`` is least at ``log(a)``, where it is ``a - a log(a)``."""

    def least(a):
        return ONE_NUMBER[method](lambda z, b: np.exp(z) - b * z, args=(a,))

    assert entry(lambda a: least(a).x)(2.0) == pytest.approx(0.5, rel=1e-13)
    assert entry(lambda a: least(a).fun)(2.0) == pytest.approx(-np.log(2), rel=1e-5)
    # the edge of abs is where z**3 + z = 10, at 2
    found = entry(lambda a: ONE_NUMBER[method](lambda z: abs(z**3 + z - a) + z / 9).x)(10.0)
    assert found == pytest.approx(1 / 13, rel=1e-8)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_minima_of_one_number_whose_values_are_in_arrays(entry):
    """SciPy then has the place in an array as well."""

    def least(a):
        def value(z):
            return np.reshape(np.exp(z) - a * z, (1, 1))

        return optimize.minimize_scalar(value, bounds=(-1, 3), method="bounded")

    assert np.shape(least(2.0).x) == (1, 1)
    assert entry(lambda a: least(a).x[0][0])(2.0) == pytest.approx(0.5, rel=1e-13)
    assert entry(lambda a: least(a).fun[0][0])(2.0) == pytest.approx(-np.log(2), rel=1e-5)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_minima_of_one_number_at_bounds(entry):
    def least(f, low, high):
        return optimize.minimize_scalar(f, bounds=(low, high)).x

    assert entry(lambda a: least(lambda z: a * z, a, 3.0))(2.0) == pytest.approx(1.0)
    assert entry(lambda a: least(lambda z: z, a, 3.0))(2.0) == pytest.approx(1.0)
    assert entry(lambda a: least(lambda z: -(z**2), 0.0, a**2))(2.0) == pytest.approx(4.0)
    assert entry(lambda a: least(lambda z: (z - a) ** 2, 1.99997, 3.0))(2.0) == pytest.approx(1.0)
    assert entry(lambda a: a * least(lambda z: (z - 1) ** 2, 0.0, 3.0))(2.0) == pytest.approx(1.0)
    assert entry(lambda a: least(lambda z: a * z - np.log(z), 1e-9, 3.0))(2.0) == pytest.approx(-0.25)
    assert entry(lambda a: optimize.fminbound(lambda z, b: np.exp(z) - b * z, -1, 3, (a,)))(
        2.0
    ) == pytest.approx(0.5)
    low, high = np.array([0.0]), np.array([3.0])  # bounds that are arrays: the function is given one
    assert entry(lambda a: optimize.fminbound(lambda z: np.exp(z[0]) - a * z[0], low, high).item())(
        2.0
    ) == pytest.approx(0.5)


@pytest.fixture
def libm():
    """Compiled functions that dualad knows by their values alone."""
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    for function in (library.cosh, library.sinh):
        function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double]
    return library


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_compiled_function_with_its_slope(libm, entry):
    """``sinh(x) = a``, and ``sinh(x - a) = 0``, where the compiled function depends on a as well."""

    def beside(x, a):
        return libm.cosh(x[0]) - a * x[0], np.array([libm.sinh(x[0]) - a])

    def inside(x, a):
        return libm.cosh(x[0] - a) + x[0], np.array([libm.sinh(x[0] - a) + 1])

    for f, slope in ((beside, 1 / np.hypot(1, 0.7)), (inside, 1.0)):
        found = entry(
            lambda a, f=f: optimize.minimize(f, [0.3], args=(a,), jac=True, method="L-BFGS-B", tol=1e-10).x[0]
        )(0.7)
        assert found == pytest.approx(slope, rel=1e-6)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_a_compiled_function_without_its_slope(libm):
    """Its curvature is not known."""
    with pytest.raises(UnsupportedError, match="jac="):
        derivative(lambda a: optimize.minimize(lambda x: libm.cosh(x[0] - a), [0.3], method="L-BFGS-B").x[0])(
            0.7
        )


class _Enough(Exception):
    def __init__(self, x, error):
        self.x, self.error = x, error


@pytest.mark.parametrize("transform", [derivative, grad])
def test_a_search_that_an_exception_ends(transform):
    """The exception would bring back plain numbers: where the search was."""

    def f(a):
        def objective(x):
            error = (x[0] - a) ** 2
            if error < 1e-3:
                raise _Enough(x, error)
            return error

        try:
            return optimize.minimize(objective, [0.0], method="L-BFGS-B").x[0]
        except _Enough as enough:
            return enough.x[0] + enough.error

    with pytest.raises(DualadError, match="ended by _Enough"):
        transform(f)(1.3)
