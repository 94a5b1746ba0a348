"""Complex matrices: factorisations, pseudoinverses and norms, against differences, in both modes.

The truth is extrapolated from differences of NumPy's own function along a complex direction; vectors
are compared with NumPy's, phases included. Reverse mode is held to forward mode by the adjoint law.
"""

import itertools

import numpy as np
import pytest
import scipy.linalg

import dualad
from dualad import grad, jvp, vjp
from dualad.errors import UnsupportedError

RANDOM = np.random.default_rng(8)


def draw(*shape):
    return RANDOM.normal(size=shape) + 1j * RANDOM.normal(size=shape)


def definite(n):
    a = draw(n, n)
    return a @ np.conj(a.T) + n * np.eye(n)


def adjoint(a):
    return np.conj(np.swapaxes(a, -1, -2))


SQUARE, TALL, WIDE = draw(3, 3), draw(4, 3), draw(3, 4)
HERMITIAN = definite(4)
STACK = np.stack([SQUARE, draw(3, 3)])
DATA = draw(4, 2)

CALLS = {
    "cholesky": (np.linalg.cholesky, HERMITIAN),
    "cholesky, upper": (lambda a: np.linalg.cholesky(a, upper=True), HERMITIAN),
    "cholesky of a stack": (np.linalg.cholesky, np.stack([HERMITIAN, definite(4)])),
    "qr: Q": (lambda a: np.linalg.qr(a)[0], TALL),
    "qr: R": (lambda a: np.linalg.qr(a)[1], TALL),
    "qr of a square: Q": (lambda a: np.linalg.qr(a)[0], SQUARE),
    "qr of a stack: R": (lambda a: np.linalg.qr(a)[1], STACK),
    "qr of a wide one: Q": (lambda a: np.linalg.qr(a)[0], WIDE),
    "qr of a wide one: R": (lambda a: np.linalg.qr(a)[1], WIDE),
    "qr, only R": (lambda a: np.linalg.qr(a, "r"), TALL),
    "qr, complete: R": (lambda a: np.linalg.qr(a, "complete")[1], TALL),
    "eigh: w": (lambda a: np.linalg.eigh(a)[0], HERMITIAN),
    "eigh: V": (lambda a: np.linalg.eigh(a)[1], HERMITIAN),
    "eigh, upper: V": (lambda a: np.linalg.eigh(a, "U")[1], HERMITIAN),
    "eigvalsh": (np.linalg.eigvalsh, HERMITIAN),
    "svd: U": (lambda a: np.linalg.svd(a, full_matrices=False)[0], TALL),
    "svd: s": (lambda a: np.linalg.svd(a, full_matrices=False)[1], TALL),
    "svd: Vh": (lambda a: np.linalg.svd(a, full_matrices=False)[2], TALL),
    "svd of a square: U": (lambda a: np.linalg.svd(a)[0], SQUARE),
    "svd of a square: Vh": (lambda a: np.linalg.svd(a)[2], SQUARE),
    "svd of a wide one: U": (lambda a: np.linalg.svd(a, full_matrices=False)[0], WIDE),
    "svd of a wide one: Vh": (lambda a: np.linalg.svd(a, full_matrices=False)[2], WIDE),
    "svd, full: first of U": (lambda a: np.linalg.svd(a)[0][:, :3], TALL),
    "svd of a stack: U": (lambda a: np.linalg.svd(a)[0], STACK),
    "svdvals": (np.linalg.svdvals, WIDE),
    "pinv": (np.linalg.pinv, TALL),
    "pinv of a wide one": (np.linalg.pinv, WIDE),
    "pinv, Hermitian": (lambda a: np.linalg.pinv((a + adjoint(a)) / 2, hermitian=True), HERMITIAN),
    "lstsq": (lambda a: np.linalg.lstsq(a, DATA)[0], TALL),
    "lstsq of a wide one": (lambda a: np.linalg.lstsq(a, DATA[:3])[0], WIDE),
    "lstsq by the right-hand side": (lambda b: np.linalg.lstsq(TALL, b)[0], draw(4)),
    "lstsq: sums of squares": (lambda a: np.linalg.lstsq(a, DATA)[1], TALL),
    "lstsq: sums of squares by the right-hand side": (lambda b: np.linalg.lstsq(TALL, b)[1], draw(4, 2)),
    "cond": (np.linalg.cond, SQUARE),
    "cond, 1": (lambda a: np.linalg.cond(a, 1), SQUARE),
    **{
        f"norm of a matrix, {p}": (lambda a, p=p: np.linalg.norm(a, p), TALL)
        for p in (1, 2, -2, np.inf, "nuc")
    },
    **{
        f"norm of a vector, {p}": (lambda a, p=p: np.linalg.norm(a, p), draw(5))
        for p in (1, 3, np.inf, -np.inf)
    },
}


def difference(f, x, t):
    """Central differences, extrapolated twice."""
    rows = [(f(x + h * t) - f(x - h * t)) / (2 * h) for h in (1e-3, 5e-4, 2.5e-4)]
    once = [b + (b - a) / 3 for a, b in itertools.pairwise(rows)]
    return once[1] + (once[1] - once[0]) / 15


@pytest.mark.parametrize("name", CALLS)
def test_forward_agrees_with_differences(name):
    f, x = CALLS[name]
    for _ in range(2):
        t = draw(*x.shape)
        if name.startswith(("cholesky", "eig")):
            t = t + adjoint(t)
        y, found = jvp(f, x, t)
        np.testing.assert_array_equal(y, f(x))
        assert np.asarray(found).dtype == y.dtype
        right = difference(f, x, t)
        np.testing.assert_allclose(found, right, rtol=2e-8, atol=2e-8 * np.max(np.abs(right)))


@pytest.mark.parametrize("name", CALLS)
def test_reverse_is_the_transpose_of_forward(name):
    f, x = CALLS[name]
    y, pullback = vjp(f, x)
    for _ in range(2):
        t = draw(*x.shape)
        ct = draw(*np.shape(y)) if np.iscomplexobj(y) else RANDOM.normal(size=np.shape(y))
        given = np.sum(jvp(f, x, t)[1] * ct).real
        np.testing.assert_allclose(np.sum(t * pullback(ct)).real, given, rtol=1e-11)


def test_what_is_read_of_the_matrix():
    """One triangle, and the real part of the diagonal."""
    t = np.diag([1j, 2j, 0.5j, -1j]) + np.triu(draw(4, 4), 1)
    for f in (np.linalg.cholesky, np.linalg.eigvalsh):
        np.testing.assert_array_equal(jvp(f, HERMITIAN, t)[1], 0)


def test_equal_eigenvalues_part_as_those_of_the_block():
    t = definite(3)
    found = jvp(np.linalg.eigvalsh, np.eye(3) + 0j, t)[1]
    np.testing.assert_allclose(found, np.linalg.eigvalsh(t), rtol=1e-13)


def test_pseudoinverse_of_a_matrix_whose_rank_stays():
    b, c = draw(4, 2), draw(2, 3)
    t = draw(4, 2), draw(2, 3)

    def f(s):
        return np.linalg.pinv((b + s * t[0]) @ (c + s * t[1]), rcond=1e-10)

    right = difference(f, 0.0, 1.0)
    np.testing.assert_allclose(jvp(f, 0.0, 1.0)[1], right, rtol=1e-7, atol=1e-8)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
def test_the_phase_of_columns_beyond_the_range_is_not_determined():
    assert np.isnan(jvp(lambda a: np.linalg.qr(a, "complete")[0][:, 3], TALL, draw(4, 3))[1]).all()
    assert np.isnan(jvp(lambda a: np.linalg.svd(a)[0][:, 3], TALL, draw(4, 3))[1]).all()


def test_vectors_without_a_real_entry_are_refused_by_name():
    a = draw(2, 40)
    if np.any(np.linalg.svd(a, full_matrices=False)[0].imag == 0):
        pytest.skip("this LAPACK makes an entry of them real")
    with pytest.raises(UnsupportedError, match=r"np\.conj\(A\)\.T"):
        jvp(lambda a: np.linalg.svd(a, full_matrices=False)[0], a, a)
    assert jvp(np.linalg.svdvals, a, a)[1].shape == (2,)


def test_second_derivatives():
    """Along a line, of the ground state's energy and of a distance."""

    def energy(s):
        return np.linalg.eigvalsh(HERMITIAN + s * np.outer([1, 1j, 0, 1], [1, -1j, 0, 1]))[0]

    def distance(s):
        return np.linalg.norm(np.linalg.lstsq(TALL * np.exp(1j * s), DATA + s)[0])

    for f in (energy, distance):
        h = 1e-3
        right = (f(h) - 2 * f(0.0) + f(-h)) / h**2
        near = (f(2 * h) - 2 * f(0.0) + f(-2 * h)) / (2 * h) ** 2
        right += (right - near) / 3
        assert dualad.derivative(f, order=2)(0.0) == pytest.approx(right, rel=1e-6)
        assert dualad.derivative(grad(f))(0.0) == pytest.approx(right, rel=1e-6)


def free_of_phases(v):
    return v * np.conj(v[:1])


SCIPY = {
    "solve": (lambda a: scipy.linalg.solve(a, DATA[:3]), SQUARE),
    "solve, Hermitian": (lambda a: scipy.linalg.solve(a, DATA, assume_a="her"), HERMITIAN),
    "solve, symmetric": (lambda a: scipy.linalg.solve(a, DATA[:3], assume_a="sym"), SQUARE + SQUARE.T),
    "solve_triangular": (lambda a: scipy.linalg.solve_triangular(a, DATA[:3]), SQUARE),
    "solve_triangular, adjoint": (lambda a: scipy.linalg.solve_triangular(a, DATA[:3], trans=2), SQUARE),
    "lu": (lambda a: scipy.linalg.lu(a)[1] @ (3j * scipy.linalg.lu(a)[2]), SQUARE),
    "lu: L": (lambda a: scipy.linalg.lu(a, permute_l=True)[0], SQUARE),
    "lu_solve": (lambda a: scipy.linalg.lu_solve(scipy.linalg.lu_factor(a), DATA[:3]), SQUARE),
    "lu_solve, adjoint": (lambda a: scipy.linalg.lu_solve(scipy.linalg.lu_factor(a), DATA[:3], 2), SQUARE),
    "cho_solve": (lambda a: scipy.linalg.cho_solve(scipy.linalg.cho_factor(a), DATA), HERMITIAN),
    "eigh: V, up to phases": (lambda a: free_of_phases(scipy.linalg.eigh(a)[1]), HERMITIAN),
    "eigvalsh": (lambda a: scipy.linalg.eigvalsh(a), HERMITIAN),
    "svd: U": (lambda a: scipy.linalg.svd(a, full_matrices=False)[0], TALL),
    "qr: R": (lambda a: scipy.linalg.qr(a, mode="economic")[1], TALL),
}


@pytest.mark.parametrize("name", SCIPY)
def test_of_scipy(name):
    f, x = SCIPY[name]
    t = draw(*x.shape)
    if "ermitian" in name or name.startswith(("cho", "eig")):
        t = t + adjoint(t)
    if "symmetric" in name:
        t = t + t.T
    y, found = jvp(f, x, t)
    right = difference(f, x, t)
    np.testing.assert_allclose(found, right, rtol=2e-8, atol=2e-8 * np.max(np.abs(right)))
    ct = draw(*np.shape(y)) if np.iscomplexobj(y) else RANDOM.normal(size=np.shape(y))
    given = np.sum(found * ct).real
    np.testing.assert_allclose(np.sum(t * vjp(f, x)[1](ct)).real, given, rtol=1e-11)
