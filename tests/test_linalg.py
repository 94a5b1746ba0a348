"""np.linalg against closed forms and mpmath, at hard points above all.

`test_table.py` has checked the laws and differences of ordinary calls; here the truth is exact, or
computed to fifty digits.
"""

import itertools
from functools import partial

import mpmath
import numpy as np
import pytest

from dualad import compare_modes, dual, grad, jacobian, jvp, linalg, modes, vjp
from dualad.errors import UnsupportedError
from dualad.linear.solves import Solve
from dualad.rules._norms import polar_factor

random = np.random.default_rng(7)


def draw(*shape):
    return random.uniform(-1.0, 1.0, shape)


def hilbert(n):
    """Ill-conditioned: 1.5e7 for n = 6, 1.6e13 for n = 10."""
    i = np.arange(n)
    return 1.0 / (i[:, None] + i + 1)


def assert_close(found, right, tolerance=1e-13):
    """Relative to the largest entry."""
    found, right = np.asarray(found, float), np.asarray(right, float)
    assert found.shape == right.shape
    scale = np.max(np.abs(right), initial=0.0)
    assert np.max(np.abs(found - right), initial=0.0) <= tolerance * scale, (found, right)


def gradient_from_rows(f, x):
    """The gradient of a function of a matrix, forward: one direction for each entry."""
    found = [jvp(f, x, unit.reshape(x.shape))[1] for unit in np.eye(x.size)]
    return np.reshape(found, x.shape)


def assert_both_modes(f, x, right, tolerance=1e-13):
    assert_close(grad(f)(x), right, tolerance)
    assert_close(gradient_from_rows(f, x), right, tolerance)


# ------------------------------------------------------------------------------- to fifty digits


def in_mpmath(f, a, e, complex_step=True):
    """The derivative of a function of matrices along ``e``, by a complex step, or by a real one."""
    with mpmath.workdps(60):
        x, t = mpmath.matrix(a.tolist()), mpmath.matrix(e.tolist())
        if complex_step:
            h = mpmath.mpf(10) ** -30
            y = mpmath.matrix(f(x + 1j * h * t)).apply(mpmath.im) / h
        else:
            h = mpmath.mpf(10) ** -20
            y = (mpmath.matrix(f(x + h * t)) - mpmath.matrix(f(x - h * t))) / (2 * h)
        return np.array(y.tolist(), float)


def as_matrix(f):
    return lambda x: mpmath.matrix([[f(x)]])


WELL = draw(4, 4) + 3 * np.eye(4)
DEFINITE = WELL @ WELL.T
RIGHT = draw(4, 2)

#: function of NumPy or ours, the same in mpmath, where, tolerance
BY_COMPLEX_STEP = {
    "inv": (np.linalg.inv, mpmath.inverse, WELL, 1e-14),
    "inv of an ill-conditioned matrix": (np.linalg.inv, mpmath.inverse, hilbert(6), 1e-8),
    "solve": (
        lambda a: np.linalg.solve(a, RIGHT),
        lambda x: mpmath.inverse(x) * mpmath.matrix(RIGHT.tolist()),
        WELL,
        1e-14,
    ),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, -3), lambda x: mpmath.inverse(x) ** 3, WELL, 1e-13),
    "det": (lambda a: np.linalg.det(a)[None, None], as_matrix(mpmath.det), WELL, 1e-14),
    "det of a nearly singular matrix": (
        lambda a: np.linalg.det(a)[None, None],
        as_matrix(mpmath.det),
        np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0 + 1e-13]]),
        1e-14,
    ),
    "slogdet": (
        lambda a: np.linalg.slogdet(a)[1][None, None],
        as_matrix(lambda x: mpmath.log(mpmath.det(x))),
        DEFINITE,
        1e-14,
    ),
    "expm": (linalg.expm, mpmath.expm, WELL, 1e-13),
    "expm of a large matrix": (linalg.expm, mpmath.expm, 10 * draw(3, 3), 1e-12),
    "logm": (linalg.logm, mpmath.logm, DEFINITE, 1e-12),
    "sqrtm": (linalg.sqrtm, mpmath.sqrtm, DEFINITE, 1e-12),
    "cosm": (linalg.cosm, mpmath.cosm, WELL / 3, 1e-13),
    "sinm": (linalg.sinm, mpmath.sinm, WELL / 3, 1e-13),
    "funm": (lambda a: linalg.funm(a, np.exp), mpmath.expm, DEFINITE / 4, 1e-12),
    "funm with equal eigenvalues": (
        lambda a: linalg.funm(a, np.exp),
        mpmath.expm,
        np.diag([1.0, 1.0, 2.0]),
        1e-13,
    ),
    "funm with close eigenvalues": (
        lambda a: linalg.funm(a, np.exp),
        mpmath.expm,
        np.diag([1.0, 1.0 + 1e-9, 1.05]),
        1e-13,
    ),
}


@pytest.mark.parametrize("name", BY_COMPLEX_STEP)
def test_against_mpmath_by_complex_step(name):
    f, in_mp, a, tolerance = BY_COMPLEX_STEP[name]
    e = draw(*a.shape)
    right = in_mpmath(in_mp, a, e)
    assert_close(jvp(f, a, e)[1], right, tolerance)
    c = draw(*right.shape)
    weights = vjp(f, a)[1](c)
    assert abs(np.sum(weights * e) - np.sum(c * right)) <= tolerance * np.sum(np.abs(weights * e)) * 10


def signed(columns, like):
    """The columns of a matrix with the signs of those of another one."""
    return columns * np.sign(np.sum(np.array(columns.tolist(), float) * like, axis=0))


def symmetric(e):
    return np.tril(e) + np.tril(e, -1).T


def eigenvectors(x, like):
    v = mpmath.eigsy(x)[1]
    return mpmath.matrix(signed(np.array(v.tolist()), like).tolist())


def test_decompositions_against_mpmath():
    """What reads one triangle is given a symmetric direction by mpmath, and any by us."""
    a, e = np.diag([1.0, 2.0, 2.0 + 1e-5]) + symmetric(draw(3, 3)) * 1e-6, draw(3, 3)
    s = symmetric(e)
    w = in_mpmath(lambda x: mpmath.eigsy(x, eigvals_only=True), a, s, complex_step=False)
    # A gap of 1e-5 between eigenvalues has cost the vectors five digits, by the condition of the problem.
    assert_close(jvp(np.linalg.eigvalsh, a, e)[1], w[:, 0], 1e-9)
    assert_close(jvp(lambda a: np.linalg.eigh(a).eigenvalues, a, e)[1], w[:, 0], 1e-9)
    v = np.linalg.eigh(a)[1]
    of_v = in_mpmath(lambda x: eigenvectors(x, v), a, s, complex_step=False)
    assert_close(jvp(lambda a: np.linalg.eigh(a).eigenvectors, a, e)[1], of_v, 1e-8)
    low = in_mpmath(mpmath.cholesky, DEFINITE, symmetric(WELL), complex_step=False)
    assert_close(jvp(np.linalg.cholesky, DEFINITE, WELL)[1], low, 1e-13)
    b, t = draw(5, 3), draw(5, 3)
    q, r = np.linalg.qr(b)
    for k, like in ((0, q), (1, r.T)):

        def factor(x, k=k, like=like):
            found = mpmath.qr(x, mode="skinny")[k]
            found = np.array((found.T if k else found).tolist())
            found = signed(found, like)
            return mpmath.matrix((found.T if k else found).tolist())

        right = in_mpmath(factor, b, t, complex_step=False)
        assert_close(jvp(lambda b, k=k: np.linalg.qr(b)[k], b, t)[1], right, 1e-13)
    s = in_mpmath(lambda x: mpmath.svd_r(x, compute_uv=False), b, t, complex_step=False)
    assert_close(jvp(np.linalg.svdvals, b, t)[1], s[:, 0], 1e-13)


# ------------------------------------------------------------------------------- determinants


def cofactors(a):
    """By their definition."""
    n = len(a)
    return np.array(
        [
            [(-1.0) ** (i + j) * np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)]
            for i in range(n)
        ]
    )


SINGULAR = {
    "55": (np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([[4.0, -2.0], [-2.0, 1.0]])),
    "56: one entry": (np.zeros((1, 1)), np.ones((1, 1))),
    "56: zeros": (np.zeros((3, 3)), np.zeros((3, 3))),
    "rank 2": (np.diag([1.0, 2.0, 0.0]), np.diag([0.0, 0.0, 2.0])),
    "a row of zeros": (np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[0.0, 0.0], [-2.0, 1.0]])),
    "underflow": (np.diag([1e-200, 2e-200]), np.diag([2e-200, 1e-200])),
    "overflow": (np.diag([1e200, 1e150]), np.diag([1e150, 1e200])),
}


@pytest.mark.parametrize("name", SINGULAR)
@pytest.mark.filterwarnings("ignore:overflow")
def test_gradient_of_a_singular_determinant(name):
    a, right = SINGULAR[name]
    size = np.max(right)
    for found in (grad(np.linalg.det)(a), gradient_from_rows(np.linalg.det, a)):
        np.testing.assert_allclose(found, right, rtol=1e-14, atol=1e-15 * size)


def test_gradient_of_a_determinant_of_low_rank():
    """From any direction: the singular values are equal, or zero, in all combinations."""
    q = np.linalg.qr(draw(4, 4))[0]
    for s in itertools.product([0.0, 1.0, 2.0], repeat=4):
        a = q @ np.diag(s) @ np.linalg.qr(draw(4, 4))[0]
        np.testing.assert_allclose(grad(np.linalg.det)(a), cofactors(a), atol=1e-14)


def test_hessian_of_det_row_57():
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    right = np.zeros((4, 4))
    right[0, 3] = right[3, 0] = 1
    right[1, 2] = right[2, 1] = -1
    for f in (np.linalg.det, lambda a: np.prod(np.linalg.slogdet(a + 5 * np.eye(2))[0]) * np.linalg.det(a)):
        for mode in ("forward", "reverse"):
            found = jacobian(grad(f), mode=mode)(a).reshape(4, 4)
            np.testing.assert_allclose(found, right, atol=1e-15)
        columns = [jvp(lambda a, f=f, u=u: jvp(f, a, u)[1], a, v)[1] for u in units(2) for v in units(2)]
        np.testing.assert_allclose(np.reshape(columns, (4, 4)), right, atol=1e-15)


def units(n):
    return np.eye(n * n).reshape(-1, n, n)


def signs_of_permutations(n):
    """``det`` as a table: the n-th derivative, whatever the matrix."""
    table = np.zeros((n, n) * n)
    for order in itertools.permutations(range(n)):
        for rows in itertools.permutations(range(n)):
            index = tuple(x for i in rows for x in (i, order[i]))
            table[index] = np.linalg.det(np.eye(n)[list(order)])
    return table


@pytest.mark.parametrize("a", [np.zeros((3, 3)), np.ones((3, 3)), WELL[:3, :3], np.diag([1.0, 1.0, 0.0])])
def test_third_derivative_of_det(a):
    found = jacobian(jacobian(grad(np.linalg.det)), mode="reverse")(a)
    np.testing.assert_allclose(found, signs_of_permutations(3), atol=1e-13)


def test_determinants_in_a_stack_singular_and_not():
    a = np.stack([WELL, np.ones((4, 4)), np.diag([1.0, 2.0, 3.0, 0.0])])
    right = np.stack([cofactors(m) for m in a])
    found = grad(lambda a: np.sum(np.linalg.det(a)))(a)
    np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-13)


def test_logdet_to_second_order():
    a = DEFINITE
    inverse = np.linalg.inv(a)

    def logdet(a):
        return np.linalg.slogdet(a).logabsdet

    assert_both_modes(logdet, a, inverse.T, 1e-12)
    right = -np.einsum("li,jk->ijkl", inverse, inverse)
    for outer, inner in itertools.product(("forward", "reverse"), repeat=2):
        assert_close(jacobian(jacobian(logdet, mode=inner), mode=outer)(a), right, 1e-12)


def test_logdet_of_a_singular_matrix_is_infinitely_steep():
    """As log is at 0, and only in the direction in which the determinant changes."""
    a = np.diag([2.0, 0.0])
    _, pullback = vjp(lambda a: np.linalg.slogdet(a)[1], a)
    np.testing.assert_array_equal(pullback(1.0), [[0.0, 0.0], [0.0, np.inf]])
    assert jvp(lambda a: np.linalg.slogdet(a)[1], a, np.diag([1.0, 0.0]))[1] == 0.0


# ------------------------------------------------------------------------------- equal eigenvalues


def test_eigvalsh_of_the_identity_row_87():
    for n in (2, 3):
        e = symmetric(draw(n, n))
        np.testing.assert_allclose(
            jvp(np.linalg.eigvalsh, np.eye(n), e)[1], np.linalg.eigvalsh(e), atol=1e-15
        )
        np.testing.assert_allclose(
            jvp(lambda a: np.linalg.eigh(a)[0], np.eye(n), e)[1], np.linalg.eigvalsh(e), atol=1e-15
        )
        np.testing.assert_allclose(
            jvp(np.linalg.svdvals, np.eye(n), e)[1], np.linalg.eigvalsh(e)[::-1], atol=1e-15
        )


def test_some_eigenvalues_are_equal():
    q = np.linalg.qr(draw(5, 5))[0]
    a = q @ np.diag([1.0, 1.0, 2.0, 3.0, 3.0]) @ q.T
    e = symmetric(draw(5, 5))
    x = q.T @ e @ q
    right = np.concatenate([np.linalg.eigvalsh(x[:2, :2]), x[2:3, 2], np.linalg.eigvalsh(x[3:, 3:])])
    np.testing.assert_allclose(jvp(np.linalg.eigvalsh, a, e)[1], right, atol=1e-14)
    lanes = np.stack([e, -2 * e])
    mode = modes.Forward(2)
    found = np.linalg.eigvalsh(dual.make(mode, np.stack([a, np.eye(5)]), np.stack([lanes, lanes], axis=1)))
    np.testing.assert_allclose(found.tangent[0, 0], right, atol=1e-14)
    np.testing.assert_allclose(found.tangent[1, 1], np.linalg.eigvalsh(-2 * e), atol=1e-14)


def test_equal_eigenvalues_share_equally_in_reverse():
    """So that every function of them that does not depend on their order has its gradient."""
    q = np.linalg.qr(draw(4, 4))[0]
    a = q @ np.diag([1.0, 1.0, 2.0, 2.0]) @ q.T

    def by_entries_below(g):  # of a symmetric matrix of which the lower triangle is read
        return np.tril(g) + np.tril(g, -1)

    assert_both_modes(lambda a: np.sum(np.linalg.eigvalsh(a)), a, np.eye(4), 1e-14)
    assert_both_modes(lambda a: np.sum(np.linalg.eigvalsh(a) ** 2), a, by_entries_below(2 * a), 1e-14)
    one = grad(lambda a: np.linalg.eigvalsh(a)[0])(a)
    np.testing.assert_allclose(one, by_entries_below(q[:, :2] @ q[:, :2].T / 2), atol=1e-14)
    np.testing.assert_allclose(
        grad(lambda a: np.linalg.svdvals(a)[3])(a), q[:, :2] @ q[:, :2].T / 2, atol=1e-14
    )
    b = draw(4, 4) + 3 * np.eye(4)
    a = b @ np.diag([1.0, 2.0, 2.0, 3.0]) @ np.linalg.inv(b)
    squares = grad(lambda a: np.sum(np.linalg.eigvals(a).real ** 2))(a)  # complex always, since NumPy 2.5
    np.testing.assert_allclose(squares, 2 * a.T, atol=1e-12)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_vectors_of_equal_eigenvalues_have_no_derivative():
    a, e = np.diag([1.0, 1.0, 2.0]), symmetric(draw(3, 3))
    t = jvp(lambda a: np.linalg.eigh(a)[1], a, e)[1]
    assert np.isnan(t[:2, :2]).all(axis=0).any()
    alone = np.array([e[0, 2], e[1, 2], 0.0]) * np.linalg.eigh(a)[1][2, 2]
    np.testing.assert_allclose(t[:, 2], alone, atol=1e-15)
    g = grad(lambda a: np.linalg.eigh(a)[1][0, 2])(a)
    np.testing.assert_allclose(g, [[0, 0, 0], [0, 0, 0], [np.linalg.eigh(a)[1][2, 2], 0, 0]], atol=1e-15)
    assert np.isnan(grad(lambda a: np.linalg.eigh(a)[1][1, 0])(a)).any()
    # Nothing turns them where the direction does not mix them.
    np.testing.assert_array_equal(jvp(lambda a: np.linalg.eigh(a)[1], a, np.diag([1.0, 2.0, 3.0]))[1], 0.0)
    u = jvp(lambda a: np.linalg.svd(a)[0], np.diag([2.0, 1.0, 1.0]), e)[1]
    assert np.isnan(u[:, 1:]).any()
    assert np.isfinite(u[:, 0]).all()


def test_sum_of_eigenvalues_is_the_trace_to_second_order():
    a = symmetric(draw(4, 4))
    second = jacobian(grad(lambda a: np.sum(np.linalg.eigvalsh(a) ** 2)))(a)
    right = jacobian(grad(lambda a: np.sum((np.tril(np.ones((4, 4))) * a) ** 2 * (2 - np.eye(4)))))(a)
    assert_close(second, right, 1e-12)


# ------------------------------------------------------------------------------- what is not determined


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_the_basis_of_a_null_space_is_not_determined():
    a, e = draw(5, 2), draw(5, 2)
    t = jvp(lambda a: np.linalg.svd(a).U, a, e)[1]
    assert np.isnan(t[:, 2:]).all()
    assert np.isfinite(t[:, :2]).all()
    assert_close(t[:, :2], jvp(lambda a: np.linalg.svd(a, full_matrices=False).U, a, e)[1])
    t = jvp(lambda a: np.linalg.qr(a, "complete").Q, a, e)[1]
    assert np.isnan(t[:, 2:]).all()
    assert_close(t[:, :2], jvp(lambda a: np.linalg.qr(a).Q, a, e)[1])
    assert_close(
        jvp(lambda a: np.linalg.qr(a, "complete").R, a, e)[1],
        np.vstack([jvp(lambda a: np.linalg.qr(a).R, a, e)[1], np.zeros((3, 2))]),
    )
    used = grad(lambda a: np.sum(np.linalg.svd(a).U[:, :2] ** 3))(a)
    assert_close(used, grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False).U ** 3))(a))


def test_a_singular_triangle_gives_nan():
    t = jvp(lambda a: np.linalg.qr(a).Q, np.zeros((3, 2)), np.ones((3, 2)))[1]
    assert np.isnan(t).any()


def test_singular_values_of_zero():
    """A corner, as abs has at 0: the slope 0."""
    a = np.diag([2.0, 0.0])
    np.testing.assert_array_equal(jvp(np.linalg.svdvals, a, np.ones((2, 2)))[1], [1.0, 0.0])
    np.testing.assert_array_equal(grad(lambda a: np.linalg.svdvals(a)[1])(a), np.zeros((2, 2)))


# ------------------------------------------------------------------------------- norms

ORDS = [None, 1, 2, 3, 0.5, np.inf, -np.inf, -1]
MATRIX_ORDS = [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf]


@pytest.mark.parametrize("ord", ORDS)
@pytest.mark.filterwarnings("ignore:divide by zero")
def test_norms_at_the_origin(ord):
    np.testing.assert_array_equal(grad(lambda x: np.linalg.norm(x, ord))(np.zeros(3)), np.zeros(3))
    assert jvp(lambda x: np.linalg.norm(x, ord), np.zeros(3), np.ones(3))[1] == 0.0


@pytest.mark.parametrize("ord", MATRIX_ORDS)
def test_matrix_norms_at_the_origin(ord):
    np.testing.assert_array_equal(grad(lambda a: np.linalg.norm(a, ord))(np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1.5e308])
@pytest.mark.filterwarnings("ignore:overflow")
def test_norms_neither_overflow_nor_underflow(scale):
    x = np.array([scale, scale])
    exact = x[0] == x[1] == scale
    assert exact
    for f in (np.linalg.norm, lambda x: np.linalg.norm(x, 2), np.linalg.vector_norm):
        np.testing.assert_allclose(grad(f)(x), np.sqrt([0.5, 0.5]), rtol=1e-15)
    for p in (3, 2.5):
        right = np.full(2, 0.5 ** ((p - 1) / p))
        np.testing.assert_allclose(grad(lambda x, p=p: np.linalg.norm(x, p))(x), right, rtol=1e-15)
    np.testing.assert_allclose(
        grad(np.linalg.matrix_norm)(np.diag(x)), np.diag(np.sqrt([0.5, 0.5])), rtol=1e-15
    )


def test_ties_of_norms_share_equally():
    x = np.array([2.0, -2.0, 1.0])
    np.testing.assert_array_equal(grad(lambda x: np.linalg.norm(x, np.inf))(x), [0.5, -0.5, 0.0])
    np.testing.assert_array_equal(grad(lambda a: np.linalg.norm(a, 1))(np.ones((2, 2))), np.full((2, 2), 0.5))
    np.testing.assert_allclose(grad(lambda a: np.linalg.norm(a, 2))(np.eye(3)), np.eye(3) / 3, atol=1e-16)
    np.testing.assert_allclose(grad(lambda a: np.linalg.norm(a, -2))(np.eye(3)), np.eye(3) / 3, atol=1e-16)


def test_nuclear_norm_to_second_order_where_singular_values_are_equal():
    e = draw(3, 3)
    np.testing.assert_allclose(grad(lambda a: np.linalg.norm(a, "nuc"))(np.eye(3)), np.eye(3), atol=1e-15)
    t = jvp(grad(lambda a: np.linalg.norm(a, "nuc")), np.eye(3), e)[1]
    np.testing.assert_allclose(t, (e - e.T) / 2, atol=1e-15)


def test_frobenius_norm_squared_to_second_order():
    a = draw(2, 3)
    right = 2 * np.eye(6).reshape(2, 3, 2, 3)
    assert_close(jacobian(grad(lambda a: np.linalg.norm(a) ** 2))(a), right, 1e-15)
    assert_close(jacobian(grad(lambda a: np.linalg.norm(a, "fro") ** 2), mode="reverse")(a), right, 1e-15)


def test_condition_number():
    a = np.diag([4.0, 2.0, 1.0])
    for p in (None, 2):
        assert_both_modes(lambda a, p=p: np.linalg.cond(a, p), a, np.diag([1.0, 0.0, -4.0]), 1e-15)
    assert_both_modes(lambda a: np.linalg.cond(a, -2), a, np.diag([-1 / 16, 0.0, 1 / 4]), 1e-15)
    assert_both_modes(lambda a: np.linalg.cond(a, 1), a, np.diag([1.0, 0.0, -4.0]), 1e-15)


# ------------------------------------------------------------------------------- least squares


def test_lstsq_is_the_solution_of_the_normal_equations():
    a, b = draw(6, 3), draw(6, 2)

    def normal(a, b):
        return np.linalg.solve(a.T @ a, a.T @ b)

    t = (draw(6, 3), draw(6, 2))
    assert_close(jvp(lambda a, b: np.linalg.lstsq(a, b)[0], (a, b), t)[1], jvp(normal, (a, b), t)[1], 1e-13)

    def squares(a, b):
        return np.sum((a @ normal(a, b) - b) ** 2, axis=0)

    assert_close(jvp(lambda a, b: np.linalg.lstsq(a, b)[1], (a, b), t)[1], jvp(squares, (a, b), t)[1], 1e-13)
    _, _, rank, s = np.linalg.lstsq(dual.make(modes.Forward(), a, t[0]), b)
    assert type(rank) is not dual.Dual
    assert rank == 3
    assert_close(s.tangent, jvp(np.linalg.svdvals, a, t[0])[1])


@pytest.mark.parametrize("eps", [0.0, 4e-7, 1e-6])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_least_squares_have_the_rank_that_lapack_gave_them(eps, dtype):
    """The solution is linear in the right-hand side: its derivative along b is itself."""
    a, b = np.array([[1, 1], [1, 1 + eps], [1, 1 - eps]], dtype), np.array([1, 2, 3], dtype)
    plain, _, rank, _ = np.linalg.lstsq(a, b)
    assert rank == 1 + (eps > 0)  # in double precision, whatever the dtype is
    np.testing.assert_allclose(jvp(lambda b: np.linalg.lstsq(a, b)[0], b, b)[1], plain, rtol=1e-5)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4), (2, 3, 3)])
@pytest.mark.parametrize("dtype", [float, complex])
def test_pinv_that_leaves_out_singular_values(shape, dtype):
    """By differences, and that of the half that is kept is what is left of the whole without the rest."""
    rng = np.random.default_rng(5)
    a, t, s = rng.normal(size=(3, *shape)) + (1j * rng.normal(size=(3, *shape)) if dtype is complex else 0)

    def f(a):
        return np.linalg.pinv(a, rcond=0.5)

    np.testing.assert_allclose(jvp(f, a, t)[1], central(f, a, t), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(
        jvp(lambda a: jvp(f, a, t)[1], a, s)[1],
        central(lambda a: jvp(f, a, t)[1], a, s),
        rtol=1e-6,
        atol=1e-7,
    )
    ct = np.swapaxes(s, -1, -2)
    assert np.sum(vjp(f, a)[1](ct) * t).real == pytest.approx(np.sum(ct * jvp(f, a, t)[1]).real, rel=1e-9)
    right = np.ones(shape[-2])
    if len(shape) == 2:
        solution = jvp(lambda a: np.linalg.lstsq(a, right, rcond=0.5)[0], a, t)[1]
        np.testing.assert_allclose(solution, jvp(f, a, t)[1] @ right, rtol=1e-9)


def test_pinv_of_a_matrix_whose_rank_stays():
    """``B C`` of rank 2, with the known pseudoinverse ``C^T (C C^T)^-1 (B^T B)^-1 B^T``."""
    b, c = draw(4, 2), draw(2, 5)

    def factored(b, c):
        return c.T @ np.linalg.inv(c @ c.T) @ np.linalg.inv(b.T @ b) @ b.T

    t = (draw(4, 2), draw(2, 5))
    found = jvp(lambda b, c: np.linalg.pinv(b @ c, rcond=1e-10), (b, c), t)[1]
    assert_close(found, jvp(factored, (b, c), t)[1], 1e-12)
    found = jvp(lambda b, c: np.linalg.lstsq(b @ c, np.eye(4), rcond=1e-10)[0], (b, c), t)[1]
    assert_close(found, jvp(factored, (b, c), t)[1], 1e-12)


# ------------------------------------------------------------------------------- how it is done


def test_named_results_hold_duals():
    d = dual.make(modes.Forward(), DEFINITE, np.eye(4))
    for f, names in (
        (np.linalg.eigh, ("eigenvalues", "eigenvectors")),
        (np.linalg.eig, ("eigenvalues", "eigenvectors")),
        (np.linalg.qr, ("Q", "R")),
        (np.linalg.svd, ("U", "S", "Vh")),
        (np.linalg.slogdet, ("sign", "logabsdet")),
    ):
        y = f(d)
        assert type(y) is type(f(DEFINITE))
        for name in names:
            assert (type(getattr(y, name)) is dual.Dual) == (name != "sign")
            np.testing.assert_array_equal(dual.primal(getattr(y, name)), getattr(f(DEFINITE), name))


def test_one_factorisation_serves_all_lanes(monkeypatch):
    calls = []
    original = np.linalg.solve

    def counted(function):
        def call(a, *b):
            calls.append(np.shape(a))
            return function(a, *b)

        return call

    for matrix, shape in (((3, 3), (3, 2)), ((5, 3, 3), (3, 2)), ((3, 3), (5, 3, 2)), ((5, 3, 3), (5, 3, 2))):
        a = draw(*matrix) + 3 * np.eye(3)
        linear = Solve(a, shape)
        t = draw(7, *shape)
        right = np.stack([original(a, one) for one in t])
        for name in ("solve", "inv"):
            monkeypatch.setattr(np.linalg, name, counted(getattr(np.linalg, name)))
        found = linear(t)
        monkeypatch.undo()
        np.testing.assert_allclose(found, right, atol=1e-15)
        assert calls == [matrix]
        calls.clear()


@pytest.mark.parametrize(
    "f",
    [
        np.linalg.inv,
        np.linalg.det,
        np.linalg.cholesky,
        np.linalg.norm,
        np.linalg.pinv,
        lambda a: np.linalg.norm(a, "nuc"),
        lambda a: np.linalg.eigh(a)[1],
        lambda a: np.linalg.eigh(a)[0],
        lambda a: np.linalg.svd(a)[0],
        lambda a: np.linalg.qr(a)[1],
        lambda a: np.linalg.solve(a, a[0]),
        linalg.expm,
    ],
)
def test_single_precision_stays_single(f):
    a = (DEFINITE[:2, :2] / 4).astype(np.float32)
    y, t = jvp(f, a, a)
    assert y.dtype == t.dtype == np.float32
    assert vjp(f, a)[1](np.ones_like(y)).dtype == np.float32


def test_only_the_triangle_that_is_read_has_a_derivative():
    upper = np.triu(np.ones((4, 4)), 1) == 1
    for f in (np.linalg.cholesky, np.linalg.eigvalsh, lambda a: np.linalg.svd(a, hermitian=True)[1]):
        g = vjp(f, DEFINITE)[1](np.ones_like(f(DEFINITE)))
        np.testing.assert_array_equal(g[upper], 0.0)
    for f in (lambda a: np.linalg.cholesky(a, upper=True), lambda a: np.linalg.eigvalsh(a, "U")):
        g = vjp(f, DEFINITE)[1](np.ones_like(f(DEFINITE)))
        np.testing.assert_array_equal(g.T[upper], 0.0)


def test_all_nestings_of_two_modes_agree():
    def f(a):
        w, v = np.linalg.eigh(a)
        return np.sum(np.linalg.inv(a + 5 * np.eye(3)) ** 2) + w[0] * w[2] + np.sum(v[:, 1] ** 4)

    a = np.diag([1.0, 2.0, 4.0]) + symmetric(draw(3, 3)) / 4
    found = [
        jacobian(jacobian(f, mode=inner), mode=outer)(a)
        for outer, inner in itertools.product(("forward", "reverse"), repeat=2)
    ]
    for one in found[1:]:
        assert_close(one, found[0], 1e-12)
    assert_close(found[0], np.transpose(found[0], (2, 3, 0, 1)), 1e-12)


@pytest.mark.parametrize("a", [DEFINITE / 4, np.diag([1.0, 2.0, 3.0, 5.0]) + np.triu(WELL, 1)])
def test_funm_to_second_order_is_expm(a):
    """At a symmetric matrix, too, of which the directions are not."""
    e, g, c = draw(4, 4), draw(4, 4), draw(4, 4)

    def slope(f):
        return lambda a: jvp(f, a, e)[1]

    def by_numbers(a):
        return linalg.funm(a, np.exp)

    assert_close(jvp(slope(by_numbers), a, g)[1], jvp(slope(linalg.expm), a, g)[1], 1e-11)
    one, other = (grad(lambda a, f=f: np.sum(c * slope(f)(a)))(a) for f in (by_numbers, linalg.expm))
    assert_close(one, other, 1e-11)


def test_funm_to_second_order_with_equal_eigenvalues_is_not_known():
    t = jvp(lambda a: jvp(lambda a: linalg.funm(a, np.exp), a, WELL)[1], np.eye(4), WELL)[1]
    assert np.isnan(t).all()


# ------------------------------------------------------------------------------- complex numbers


def test_eigenvalues_of_a_rotation():
    """``cos(x) ± i sin(x)``, in both modes and to second order."""

    def rotation(x):
        c, s = np.cos(x), np.sin(x)
        return np.stack([np.stack([c, -s]), np.stack([s, c])])

    right = 1j * np.exp(1j * 0.3)
    y, t = jvp(lambda x: np.linalg.eigvals(rotation(x)), 0.3, 1.0)
    np.testing.assert_allclose(sorted(t, key=np.imag), [np.conj(right), right], rtol=1e-14)
    angle = grad(lambda x: np.max(np.angle(np.linalg.eigvals(rotation(x)))))
    np.testing.assert_allclose(angle(0.3), 1.0, rtol=1e-14)
    second = jvp(lambda x: jvp(lambda x: np.linalg.eigvals(rotation(x)), x, 1.0)[1], 0.3, 1.0)[1]
    np.testing.assert_allclose(second, -y, rtol=1e-13)


def complex_draw(*shape):
    return draw(*shape) + 1j * draw(*shape)


OF_COMPLEX = {
    "solve": lambda a: np.linalg.solve(a, RIGHT),
    "solve, right": lambda a: np.linalg.solve(WELL, a),
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "det of a singular matrix": lambda a: np.linalg.det(a @ np.diag([1.0, 1.0, 1.0, 0.0])),
    "sign of the determinant": lambda a: np.linalg.slogdet(a)[0],
    "its logarithm": lambda a: np.linalg.slogdet(a)[1],
    "matrix_power": lambda a: np.linalg.matrix_power(a, -2),
    "eigvals": np.linalg.eigvals,
    "eigenvectors": lambda a: np.linalg.eig(a)[1],
    "norm": np.linalg.norm,
    "norms of rows": lambda a: np.linalg.norm(a, axis=1),
    "expm": linalg.expm,
}


@pytest.mark.parametrize("name", OF_COMPLEX)
def test_functions_of_complex_matrices(name):
    f, a, t = OF_COMPLEX[name], WELL + 1j * np.diag([4.0, 2.0, 1.0, 3.0]), complex_draw(4, 4)
    y, pushed = jvp(f, a, t)
    coarse, fine = ((f(a + h * t) - f(a - h * t)) / (2 * h) for h in (2e-4, 1e-4))
    np.testing.assert_allclose(pushed, (4 * fine - coarse) / 3, rtol=1e-8, atol=1e-9 * np.max(np.abs(pushed)))
    c = complex_draw(*np.shape(y)) if np.iscomplexobj(y) else draw(*np.shape(y))
    pulled = vjp(f, a)[1](c[()])
    np.testing.assert_allclose(np.real(np.sum(pulled * t)), np.real(np.sum(c * pushed)), rtol=1e-10)


def test_invariants_of_complex_eigenvalues():
    a = draw(5, 5)
    assert_close(grad(lambda a: np.real(np.sum(np.linalg.eigvals(a) ** 3)))(a), 3 * (a @ a).T, 1e-12)
    assert_close(grad(lambda a: np.real(np.prod(np.linalg.eigvals(a))))(a), cofactors(a), 1e-12)


def test_eigenvectors_keep_their_norm_and_phase():
    a, e = np.array([[1.0, 3.0, 0.2], [-3.0, 2.0, 0.1], [0.3, 0.1, 7.0]]), draw(3, 3)
    w, dw = jvp(lambda a: np.linalg.eig(a)[0], a, e)
    v, dv = jvp(lambda a: np.linalg.eig(a)[1], a, e)
    np.testing.assert_allclose(e @ v + a @ dv, dv * w + v * dw, atol=1e-14)
    np.testing.assert_allclose(np.sum(np.real(np.conj(v) * dv), axis=0), 0.0, atol=1e-15)
    k = np.argmax(np.abs(v), axis=0)
    np.testing.assert_allclose(np.imag(dv[k, range(3)]), 0.0, atol=1e-15)


# ------------------------------------------------------------------------------- what is refused


def test_refusals_say_what_to_write():
    with pytest.raises(UnsupportedError, match=r'mode="reduced"'):
        jvp(lambda a: np.linalg.qr(a, "raw")[0], WELL, WELL)
    with pytest.raises(UnsupportedError, match=r"expm, logm"):
        jvp(lambda a: linalg.funm(a, np.exp), np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(2))
    with pytest.raises(UnsupportedError, match="as an option"):
        jvp(lambda t: linalg.fractional_matrix_power(dual.make(modes.Forward(), WELL, WELL), t), 0.5, 1.0)


@pytest.mark.parametrize("f", [linalg.logm, linalg.sqrtm, partial(linalg.fractional_matrix_power, t=0.3)])
def test_complex_functions_of_real_matrices(f):
    """Of one with a negative eigenvalue: by eigenvalues, ``A = V w V**-1`` with ``w`` alone that moves."""
    v, slopes = np.array([[1.0, 2.0], [-0.5, 1.0]]), np.array([0.3, -0.7])
    w = np.array([-1.5, 0.8])
    one_by_one = {linalg.logm: 1 / w, linalg.sqrtm: 0.5 / np.sqrt(w + 0j)}
    expected = one_by_one.get(f, 0.3 * (w + 0j) ** -0.7)
    a, t = (v @ np.diag(d) @ np.linalg.inv(v) for d in (w, slopes))
    np.testing.assert_allclose(jvp(f, a, t)[1], v @ np.diag(expected * slopes) @ np.linalg.inv(v), rtol=1e-9)
    ct = np.array([[0.4 + 1j, 0.2], [0.1j, -1.0]])
    product = np.sum(ct * jvp(f, a, t)[1]).real
    assert np.sum(vjp(f, a)[1](ct) * t) == pytest.approx(product, rel=1e-9)


@pytest.mark.filterwarnings("ignore:Matrix is ill-conditioned")
def test_a_function_on_its_cut_is_nan_where_rounding_errors_choose():
    """Of a Hermitian matrix with a negative eigenvalue: its root may be ``i`` or ``-i`` times a number."""
    turn = np.linalg.qr(np.array([[1.0, 2j, 0.3], [0.5, 1.0, 1j], [2.0, 0.1, 1.0]]))[0]
    for w in np.linspace(-3.0, -1.0, 20):
        a = turn @ np.diag([w, 2.0, 5.0]) @ np.conj(turn.T)
        a = (a + np.conj(a.T)) / 2
        y, t = jvp(linalg.sqrtm, a, a)  # of which the root is half as fast
        assert np.isnan(t).all() or np.allclose(t, y / 2, rtol=1e-6)


def test_matrix_rank_carries_no_derivative():
    assert np.linalg.matrix_rank(dual.make(modes.Forward(), WELL, WELL)) == 4


# ------------------------------------------------------------------------------- where a matrix is singular

#: Of rank 3 and 2: the second column is the first.
DEPENDENT = {
    "tall": np.array([[1.0, 1.0, 2.0], [1.0, 1.0, 0.0], [2.0, 2.0, 1.0], [0.0, 0.0, 1.0]]),
    "square": np.array([[2.0, 2.0, 2.0], [1.0, 1.0, 1.0], [1.0, 1.0, 3.0]]),
}


def central(f, a, t, h=1e-6):
    return (np.asarray(f(a + h * t)) - np.asarray(f(a - h * t))) / (2 * h)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.parametrize("a", list(DEPENDENT.values()), ids=list(DEPENDENT))
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_qr_of_dependent_columns(a, mode):
    """From the first dependent column on there are many Q; what stands before has its derivative."""
    t, n = draw(*a.shape), a.shape[1]
    first, upper = np.arange(4) < 1, np.triu(np.ones((n, n), bool))
    for f, known in (
        (lambda a: np.linalg.qr(a, mode).Q, first),
        (lambda a: np.linalg.qr(a, mode).R[:n], first[:n, None] | ~upper),
    ):
        pushed = jvp(f, a, t)[1]
        known = np.broadcast_to(known[..., : pushed.shape[1]], pushed.shape)
        np.testing.assert_array_equal(np.isnan(pushed), ~known)
        np.testing.assert_allclose(pushed[known], central(f, a, t)[known], rtol=1e-8, atol=1e-8)
        assert compare_modes(f, a)


def test_qr_of_a_square_matrix_of_which_the_last_column_depends():
    """Then the last direction follows from the others, and all has a derivative."""
    a = np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 2.5], [0.5, -0.5, 0.25]])
    a[:, 2] = a[:, 0] + a[:, 1]
    t = draw(3, 3)
    for f in (lambda a: np.linalg.qr(a).Q, lambda a: np.linalg.qr(a).R):
        np.testing.assert_allclose(jvp(f, a, t)[1], central(f, a, t), rtol=1e-8, atol=1e-8)
        assert compare_modes(f, a)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_qr_in_a_stack_singular_and_not():
    a = np.stack([DEPENDENT["tall"], draw(4, 3)])
    t = draw(2, 4, 3)
    pushed = jvp(lambda a: np.linalg.qr(a).Q, a, t)[1]
    np.testing.assert_array_equal(pushed[1], jvp(lambda a: np.linalg.qr(a).Q, a[1], t[1])[1])
    np.testing.assert_array_equal(pushed[0], jvp(lambda a: np.linalg.qr(a).Q, a[0], t[0])[1])
    assert compare_modes(lambda a: np.linalg.qr(a).Q, a)


def test_a_small_column_is_no_dependent_one():
    a = np.array([[1.0, 1e-20], [2.0, 3e-20]])
    assert np.isfinite(jvp(lambda a: np.linalg.qr(a).Q, a, np.ones((2, 2)))[1]).all()


@pytest.mark.parametrize(
    "f",
    [
        *(lambda a, i=i: np.linalg.svd(a, full_matrices=False)[i] for i in (0, 2)),
        *(lambda a, i=i: np.linalg.svd(a)[i] for i in (0, 2)),
        lambda a: np.linalg.eigh(a @ a.T)[1],
        lambda a: np.linalg.eig(a @ a.T)[1],
    ],
    ids=["u", "vh", "full u", "full vh", "eigh", "eig"],
)
@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.parametrize("a", [np.eye(2), np.ones((3, 3)), np.zeros((2, 2)), DEPENDENT["tall"]], ids=str)
def test_vectors_of_equal_values_are_nan_in_both_modes(f, a, request):
    if np.iscomplexobj(f(a)):  # as np.linalg.eig has them since NumPy 2.5
        reason = "a zero tangent gives 0 where the complex cotangent gives NaN"
        request.applymarker(pytest.mark.xfail(reason=reason, strict=False))
    assert compare_modes(f, a)


def test_polar_factor_where_singular_values_are_equal():
    """At the unit matrix the polar factor of I + H is I plus the skew part of H."""
    h, ct = np.arange(9.0).reshape(3, 3), np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 1.0], [0.0, 2.0, 4.0]])

    def skew(a):
        return (a - a.T) / 2

    np.testing.assert_allclose(jvp(polar_factor, np.eye(3), h)[1], skew(h), atol=1e-15)
    np.testing.assert_allclose(vjp(polar_factor, np.eye(3))[1](ct), skew(ct), atol=1e-15)


@pytest.mark.parametrize("scale", [1.0, 1.0 + 1e-7])
@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 2)])
def test_second_derivatives_of_the_nuclear_norm_at_equal_singular_values(shape, scale):
    """Against second differences of its gradient, the polar factor; equal singular values or nearly so."""
    a = np.linalg.svd(draw(*shape), full_matrices=False)
    a = np.matmul(a[0] * np.append(scale, np.ones(a[1].shape[-1] - 1)), a[2])
    s, t, w = draw(*shape), draw(*shape), draw(*shape)

    def weighted(a):
        return np.sum(w * grad(lambda a: np.sum(np.linalg.norm(a, "nuc", (-2, -1))))(a))

    def slope(a):
        return jvp(weighted, a, t)[1]

    def differences(h):
        corners = [(i, j) for i in (h, -h) for j in (h, -h)]
        return sum(i * j * np.sum(w * polar(a + i * s + j * t)) for i, j in corners) / (4 * h**4)

    forward, reverse = jvp(slope, a, s)[1], np.sum(grad(slope)(a) * s)
    right = (4 * differences(1e-3) - differences(2e-3)) / 3
    assert forward == pytest.approx(right, rel=1e-6, abs=1e-6)
    assert reverse == pytest.approx(forward, rel=1e-11)


def polar(a):
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    return u @ vh
