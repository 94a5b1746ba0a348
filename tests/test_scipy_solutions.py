"""`odeint` and `linprog` of SciPy in lifted code, against closed forms, in both modes."""

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.optimize
import scipy.sparse

from dualad import derivative, grad, jacobian, value
from dualad.errors import UnsupportedError

T = np.array([0.0, 0.5, 1.3])


def decay(k):
    """``y' = -k y``, from 2."""
    return scipy.integrate.odeint(lambda y, t: -k * y, [2.0], T)[:, 0]


def oscillator(p):
    """An undamped one from ``p[1]`` with frequency ``p[0]``, its time first."""

    def slope(t, y, w):
        return [y[1], -(w**2) * y[0]]

    y, info = scipy.integrate.odeint(slope, [p[1], 0.0], T, args=(p[0],), full_output=True, tfirst=True)
    assert "nst" in info
    return y[:, 0]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_odeint_by_parameters_and_initial_values(mode):
    np.testing.assert_allclose(
        jacobian(decay, mode=mode)(0.7), -2 * T * np.exp(-0.7 * T), rtol=1e-8, atol=1e-12
    )
    w, a = 1.5, 0.8
    right = np.stack([-a * T * np.sin(w * T), np.cos(w * T)], axis=1)
    found = jacobian(oscillator, mode=mode)(np.array([w, a]))
    np.testing.assert_allclose(found, right, rtol=1e-8, atol=1e-9)


def test_odeint_by_times_and_twice():
    def last(t):
        return scipy.integrate.odeint(lambda y, t: -0.7 * y * t, [2.0], [0.3, t])[-1, 0]

    exact = 2 * np.exp(-0.35 * (1.3**2 - 0.3**2))
    assert derivative(last)(1.3) == pytest.approx(-0.7 * 1.3 * exact, rel=1e-8)
    assert grad(last)(1.3) == pytest.approx(-0.7 * 1.3 * exact, rel=1e-8)
    twice = derivative(lambda k: decay(k)[-1], order=2)(0.7)
    assert twice == pytest.approx(2 * 1.3**2 * np.exp(-0.7 * 1.3), rel=1e-7)


def test_odeint_of_a_stiff_equation():
    """``y' = -k (y - cos(t))`` runs along ``k (k cos(t) + sin(t)) / (k**2 + 1)``."""

    def f(k):
        return scipy.integrate.odeint(lambda y, t: -k * (y - np.cos(t)), 1.0, [0.0, 2.0])[-1, 0]

    k = 2000.0
    right = ((2 * k * np.cos(2) + np.sin(2)) * (k**2 + 1) - 2 * k * k * (k * np.cos(2) + np.sin(2))) / (
        k**2 + 1
    ) ** 2
    assert derivative(f)(k) == pytest.approx(right, rel=1e-6)


def test_odeint_of_plain_numbers_is_scipys():
    plain = scipy.integrate.odeint(lambda y, t: -0.7 * y, [2.0], T)[:, 0]
    assert derivative(lambda x: x * (decay(0.7) == plain).all())(1.0) == 1.0


# ---------------------------------------------------------------- linear programs


def best(p):
    """Most of ``p[0] x + y`` with ``x + 2 y <= p[1]``, ``3 x + y <= 6``: at the crossing of the two."""
    result = scipy.optimize.linprog([-p[0], -1.0], A_ub=[[1.0, 2.0], [3.0, 1.0]], b_ub=np.stack([p[1], 6.0]))
    return np.stack([result.x[0], result.x[1], result.fun])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_linprog_at_a_vertex(mode):
    # x = (12 - b) / 5, y = (3 b - 6) / 5
    right = [[0.0, -0.2], [0.0, 0.6], [-8 / 5, -(1.0 * -0.2 + 0.6)]]
    found = jacobian(best, mode=mode)(np.array([1.0, 4.0]))
    np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-14)


def test_linprog_on_a_bound_and_with_an_equation():
    def f(s):
        return scipy.optimize.linprog([1.0, 2.0, 0.0], A_eq=s * np.array([[1.0, 1.0, 1.0]]), b_eq=[3.0],
                                      A_ub=[[-1.0, -1.0, 0.0]], b_ub=[-1.0]).x  # fmt: skip

    np.testing.assert_allclose(jacobian(f)(1.5), [0.0, 0.0, -3 / 1.5**2], atol=1e-13)


def test_linprog_with_sparse_matrices():
    def f(s):
        A = scipy.sparse.csr_array(np.stack([np.stack([1.0, 2.0 * s]), np.stack([3.0 * s, 1.0])]))
        return scipy.optimize.linprog([-2.0, -1.5], A_ub=A, b_ub=[4.0, 6.0]).x

    s = 1.1
    A, dA = np.array([[1.0, 2.0 * s], [3.0 * s, 1.0]]), np.array([[0.0, 2.0], [3.0, 0.0]])
    x = np.linalg.solve(A, [4.0, 6.0])
    assert f(s) == pytest.approx(x)
    assert jacobian(f)(s) == pytest.approx(-np.linalg.solve(A, dA @ x))
    assert jacobian(f, mode="reverse")(s) == pytest.approx(-np.linalg.solve(A, dA @ x))


def test_linprog_where_the_solution_is_no_vertex_or_one_of_too_many_constraints():
    with pytest.raises(UnsupportedError, match="change the data"):
        derivative(lambda b: scipy.optimize.linprog([-1.0], A_ub=[[1.0], [2.0]], b_ub=[b, 2.0]).x[0])(1.0)
    with pytest.raises(UnsupportedError, match="rows of A_ub"):
        derivative(lambda b: scipy.optimize.linprog([-1.0], bounds=(0, b)).x[0])(1.0)


# ---------------------------------------------------------------- matrices of a form

D, E = np.array([1.0, 2.0, 4.0, -1.0]), np.array([0.3, 0.2, 0.7])
BANDS = np.array([[0.0, 0.0, 0.1, -0.2], [0.0, 0.3, 0.2, 0.7], [1.0, 2.0, 4.0, -1.0]])
C, R = np.array([3.0, 0.2, 0.4]), np.array([3.0, -0.5, 0.1])


def without_signs(v):
    return v * v[:1]


FORMS = {
    "eigh_tridiagonal: w": (lambda e: scipy.linalg.eigh_tridiagonal(D, e)[0], E),
    "eigh_tridiagonal: v": (lambda d: without_signs(scipy.linalg.eigh_tridiagonal(d, E)[1]), D),
    "eigvalsh_tridiagonal": (lambda d: scipy.linalg.eigvalsh_tridiagonal(d, E), D),
    "eig_banded": (lambda a: scipy.linalg.eig_banded(a)[0], BANDS),
    "eig_banded: v": (
        lambda a: without_signs(scipy.linalg.eig_banded(a, lower=True)[1]),
        np.stack([D, np.append(E, 0.0)]),
    ),
    "eigvals_banded": (lambda a: scipy.linalg.eigvals_banded(a), BANDS),
    "solve_toeplitz": (lambda c: scipy.linalg.solve_toeplitz(c, np.array([1.0, 2.0, 0.5])), C),
    "solve_toeplitz, both": (lambda r: scipy.linalg.solve_toeplitz((C, r), R), R),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", FORMS)
def test_matrices_of_a_form(name, mode):
    f, x = FORMS[name]
    found = jacobian(f, mode=mode)(x)
    rng = np.random.default_rng(3)
    t, h = rng.normal(size=x.shape), 1e-3
    coarse, fine = ((f(x + s * t) - f(x - s * t)) / (2 * s) for s in (h, h / 2))
    right = fine + (fine - coarse) / 3
    np.testing.assert_allclose(np.tensordot(found, t, x.ndim), right, rtol=1e-8, atol=1e-9)
    assert jacobian(lambda s: s * (value(f(x * s)) == f(x)).all())(1.0) == 1.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_some_eigenvalues_of_banded_matrices(mode):
    """By their numbers, and by where they lie; the whole spectrum is the truth."""
    d, e = np.array([1.0, 2.5, 3.0, 4.5]), np.array([0.4, 0.3, 0.6])
    bands = np.stack([d, np.append(e, 0.0)])

    def full(d, e):
        return np.linalg.eigh(np.diag(d) + np.diag(e, 1) + np.diag(e, -1))

    def some(d, e, **options):
        return scipy.linalg.eigh_tridiagonal(d, e, **options)

    for options, place in (
        ({"select": "i", "select_range": (1, 2)}, slice(1, 3)),
        ({"select": "v", "select_range": (2.0, 4.0)}, slice(1, 3)),
    ):
        found = jacobian(lambda d, e, o=options: some(d, e, **o)[0], argnums=(0, 1), mode=mode)(d, e)
        truth = jacobian(lambda d, e: full(d, e)[0], argnums=(0, 1), mode=mode)(d, e)
        for one, two in zip(found, truth, strict=True):
            np.testing.assert_allclose(one, two[place], rtol=1e-10, atol=1e-12)
        found = jacobian(lambda d, o=options: some(d, e, **o)[1] ** 2, mode=mode)(d)
        truth = jacobian(lambda d: full(d, e)[1] ** 2, mode=mode)(d)
        np.testing.assert_allclose(found, truth[:, place], rtol=1e-9, atol=1e-10)
        found = jacobian(lambda b, o=options: scipy.linalg.eigvals_banded(b, lower=True, **o), mode=mode)(
            bands
        )
        truth = jacobian(lambda d: full(d, e)[0], mode=mode)(d)
        np.testing.assert_allclose(found[:, 0], truth[place], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("d", [derivative, grad])
def test_functions_that_give_their_slopes_as_well(d):
    """A cube root, and its slope in closed form."""

    def cube(t, a):
        return t**3 - a, 3 * t**2, 6 * t

    def both(v, a):
        return v**3 - a, np.diag(3 * v**2)

    optimize = scipy.optimize
    roots = [
        lambda a: optimize.root_scalar(lambda t: cube(t, a)[:2], x0=1.0, fprime=True).root,
        lambda a: optimize.root_scalar(cube, args=(a,), x0=1.0, fprime=True, fprime2=True).root,
        lambda a: optimize.root(both, np.ones(1), args=(a,), jac=True, tol=1e-13).x[0],
    ]
    for root in roots:
        assert root(1.3) == pytest.approx(np.cbrt(1.3), rel=1e-12)
        assert d(root)(1.3) == pytest.approx(1.3 ** (-2 / 3) / 3, rel=1e-10)
