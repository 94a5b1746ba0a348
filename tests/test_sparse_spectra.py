"""Some of the eigenvalues and singular values of scipy.sparse, against differences of the dense matrix."""

import numpy as np
import pytest

import dualad

scipy_linalg = pytest.importorskip("scipy.linalg")
sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")

N = 8
X = np.linspace(0.5, 2.25, N)
G = np.random.default_rng(5).normal(size=(N, N))
UPPER = np.triu(G, 1) / 9
MASS = np.diag(np.linspace(1.0, 2.0, N))
V0 = np.ones(N)


def symmetric(x):
    return (G + G.T) / 4 + np.diag(x**2)


def by_sparse(x):
    return sparse.csr_array((G + G.T) / 4) + sparse.diags_array(x**2)


def truncated(u, s, vh):
    """The matrix of the largest two singular values, whatever the signs of the vectors."""
    two = np.argsort(s)[-2:]
    return (u[:, two] * s[two]) @ vh[two]


def largest(w):
    return np.sort(w[np.argsort(np.abs(w))[-2:]].real)


#: What is asked for, and the same of the dense matrix.
CASES = {
    "eigenvalues": (
        lambda x: np.sort(linalg.eigsh(by_sparse(x), k=2, v0=V0)[0]),
        lambda x: np.linalg.eigvalsh(symmetric(x))[-2:],
    ),
    "eigenvalues alone": (
        lambda x: np.sort(linalg.eigsh(by_sparse(x), k=3, v0=V0, which="SA", return_eigenvectors=False)),
        lambda x: np.linalg.eigvalsh(symmetric(x))[:3],
    ),
    "vectors": (
        lambda x: linalg.eigsh(by_sparse(x), k=1, v0=V0)[1][:, 0] ** 2,
        lambda x: np.linalg.eigh(symmetric(x))[1][:, -1] ** 2,
    ),
    "of a dense matrix": (
        lambda x: linalg.eigsh(symmetric(x), 1, None, None, "SA", V0)[0],
        lambda x: np.linalg.eigvalsh(symmetric(x))[:1],
    ),
    "beside a matrix of masses": (
        lambda x: linalg.eigsh(by_sparse(x), k=1, M=sparse.diags_array(x) @ MASS, v0=V0)[0],
        lambda x: scipy_linalg.eigvalsh(symmetric(x), np.diag(x) @ MASS)[-1:],
    ),
    "next to a shift that moves": (
        lambda x: linalg.eigsh(by_sparse(x), k=1, sigma=np.sum(x) / 8, v0=V0)[0],
        lambda x: (lambda w: w[[np.argmin(np.abs(w - np.sum(x) / 8))]])(np.linalg.eigvalsh(symmetric(x))),
    ),
    "of an operator": (
        lambda x: linalg.eigsh(linalg.LinearOperator((N, N), lambda v: by_sparse(x) @ v), k=1, v0=V0)[0],
        lambda x: np.linalg.eigvalsh(symmetric(x))[-1:],
    ),
    "without symmetry": (
        lambda x: np.sort(linalg.eigs(sparse.csr_array(UPPER.T) + by_sparse(x), k=2, v0=V0)[0].real),
        lambda x: largest(np.linalg.eigvals(UPPER.T + symmetric(x))),
    ),
    "vectors without symmetry": (
        lambda x: np.abs(linalg.eigs(sparse.diags_array(x) + sparse.csr_array(UPPER), k=1, v0=V0)[1][:, 0]),
        lambda x: np.abs(np.linalg.eig(np.diag(x) + UPPER)[1][:, np.argmax(x)]),
    ),
    "singular values": (
        lambda x: np.sort(linalg.svds(sparse.csr_array(G) @ sparse.diags_array(x), k=2, v0=V0)[1]),
        lambda x: np.linalg.svd(G @ np.diag(x), compute_uv=False)[1::-1],
    ),
    "singular values alone": (
        lambda x: np.sort(linalg.svds(G * x, k=2, v0=V0, return_singular_vectors=False)),
        lambda x: np.linalg.svd(G * x, compute_uv=False)[1::-1],
    ),
    "singular vectors": (
        lambda x: truncated(*linalg.svds(sparse.csr_array(G) @ sparse.diags_array(x), k=2, v0=V0)),
        lambda x: truncated(*np.linalg.svd(G * x)),
    ),
}


def slopes(f, h=1e-3):
    """Central differences, extrapolated once."""
    first, second = (
        np.stack([(f(X + k * e) - f(X - k * e)) / (2 * k) for e in np.eye(N)], axis=-1) for k in (h, h / 2)
    )
    return (4 * second - first) / 3


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("case", CASES)
def test_values_and_derivatives(case, mode):
    f, dense = CASES[case]
    columns = dualad.jacobian(f, mode=mode)(X)
    np.testing.assert_allclose(dualad.jvp(f, X, X)[0], f(X), rtol=1e-12)
    np.testing.assert_allclose(columns, slopes(dense), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_inverse_that_is_given_as_an_operator(mode):
    def f(x):
        A = sparse.csc_array(by_sparse(x))
        solve = linalg.splu((A - 0.3 * sparse.eye_array(N)).tocsc()).solve
        return linalg.eigsh(A, 3, sigma=0.3, v0=V0, OPinv=linalg.LinearOperator(A.shape, solve))[0]

    _, vectors = linalg.eigsh(symmetric(X), 3, sigma=0.3, v0=V0)
    np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(X), vectors.T**2 * 2 * X, rtol=1e-8, atol=1e-10)


def test_what_scipy_gives_stays_in_its_order():
    def f(x):
        return linalg.eigsh(by_sparse(x), k=3, v0=V0, return_eigenvectors=False)

    w, columns = np.linalg.eigh(symmetric(X))
    value, tangent = dualad.jvp(f, X, np.ones(N))
    np.testing.assert_array_equal(value, f(X))
    places = [int(np.argmin(np.abs(w - one))) for one in value]
    right = np.einsum("ik,i,ik->k", columns, 2 * X, columns)[places]
    np.testing.assert_allclose(tangent, right, rtol=1e-12)
    second = dualad.hessian(lambda x: np.sum(f(x)))(X)
    dense = dualad.hessian(lambda x: np.sum(np.linalg.eigvalsh(symmetric(x))[-3:]))(X)
    np.testing.assert_allclose(second, dense, rtol=1e-9, atol=1e-9)
