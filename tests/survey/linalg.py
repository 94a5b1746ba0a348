"""np.linalg: every function, and matrix functions that people write with them."""

import numpy as np
from numpy.linalg import inv, norm

from . import Group

tried = Group(__name__, "np.linalg")

A = np.array([[2.3, -0.8, 0.7], [0.4, 1.9, -1.1], [0.6, 0.5, 3.2]])
R = np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1]])
b = np.array([0.7, 1.9, -0.4])
STACK = np.stack([A, A.T + np.eye(3)])


def sym(A):
    return (A + A.T) / 2


def spd(A):
    return A @ A.T + np.eye(len(A))


tried.at(
    A,
    det=lambda A: np.linalg.det(A),
    slogdet=lambda A: np.linalg.slogdet(A)[1],
    slogdet_named=lambda A: np.linalg.slogdet(A).logabsdet * np.linalg.slogdet(A).sign,
    inv=lambda A: np.linalg.inv(A),
    inv_imported=lambda A: inv(A) @ b,
    pinv=lambda A: np.linalg.pinv(A),
    pinv_of_rectangle=lambda A: np.linalg.pinv(A[:, :2]),
    pinv_that_leaves_out=lambda A: np.linalg.pinv(A @ A.T, rcond=0.33),
    pinv_that_leaves_out_of_a_rectangle=lambda A: np.linalg.pinv(A[:, :2], rcond=0.9),
    lstsq_that_leaves_out=lambda A: np.linalg.lstsq(A[:2] ** 2, b[:2], rcond=0.8)[0],
    cholesky=lambda A: np.linalg.cholesky(spd(A)),
    cholesky_logdet=lambda A: 2 * np.sum(np.log(np.diag(np.linalg.cholesky(spd(A))))),
    qr=lambda A: np.linalg.qr(A)[1],
    qr_both=lambda A: np.linalg.qr(A[:, :2])[0] ** 2,
    qr_mode_r=lambda A: np.linalg.qr(A, mode="r"),
    eigh=lambda A: np.linalg.eigh(sym(A))[0],
    eigh_vectors=lambda A: np.linalg.eigh(sym(A)).eigenvectors ** 2,
    eigvalsh=lambda A: np.linalg.eigvalsh(sym(A)),
    eig=lambda A: np.sort(np.linalg.eig(A @ A.T).eigenvalues.real),
    eigvals=lambda A: np.sort(np.linalg.eigvals(spd(A)).real),
    eigvals_complex=lambda A: np.abs(np.linalg.eigvals(A - A.T + 0.1 * A)).max(),
    svd=lambda A: np.linalg.svd(A)[1],
    svd_values=lambda A: np.linalg.svd(A, compute_uv=False),
    svd_low_rank=lambda A: (lambda U, s, Vt: (U[:, :2] * s[:2]) @ Vt[:2])(*np.linalg.svd(A)),
    svd_thin=lambda A: np.linalg.svd(A[:2], full_matrices=False).Vh ** 2,
    svdvals=lambda A: np.linalg.svdvals(A),
    norm=lambda A: np.linalg.norm(A),
    norm_fro=lambda A: np.linalg.norm(A, "fro"),
    norm_nuclear=lambda A: np.linalg.norm(A, "nuc"),
    norm_spectral=lambda A: np.linalg.norm(A, 2),
    norm_columns=lambda A: np.linalg.norm(A, 1),
    norm_inf=lambda A: np.linalg.norm(A, np.inf),
    norm_axis=lambda A: np.linalg.norm(A, axis=1),
    norm_imported=lambda A: A / norm(A, axis=0, keepdims=True),
    vector_norm=lambda A: np.linalg.vector_norm(A, axis=0),
    vector_norm_ord=lambda A: np.linalg.vector_norm(A, ord=3),
    matrix_norm=lambda A: np.linalg.matrix_norm(A),
    cond=lambda A: np.linalg.cond(A),
    cond_fro=lambda A: np.linalg.cond(A, "fro"),
    matrix_power=lambda A: np.linalg.matrix_power(A, 3),
    matrix_power_negative=lambda A: np.linalg.matrix_power(A, -2),
    matrix_rank=lambda A: np.linalg.matrix_rank(A) * A,
    matrix_transpose=lambda A: np.linalg.matrix_transpose(A) ** 2,
    trace=lambda A: np.linalg.trace(A @ A),
    diagonal=lambda A: np.linalg.diagonal(A) ** 2,
    multi_dot=lambda A: np.linalg.multi_dot([A, A.T, A]),
    tensorinv=lambda A: np.linalg.tensorinv(np.kron(A[:2, :2], A[:2, :2]).reshape(2, 2, 2, 2)),
    outer=lambda A: np.linalg.outer(A[0], A[1]),
    least_squares_by_normal_equations=lambda A: np.linalg.solve(A[:, :2].T @ A[:, :2], A[:, :2].T @ b),
    inverse_by_neumann=lambda A: sum(np.linalg.matrix_power(np.eye(3) - 0.2 * A, k) for k in range(8)),
    schur_complement=lambda A: A[0, 0] - A[0, 1:] @ np.linalg.inv(A[1:, 1:]) @ A[1:, 0],
    quadratic_form=lambda A: b @ np.linalg.inv(spd(A)) @ b,
    mahalanobis=lambda A: np.sqrt(b @ np.linalg.solve(spd(A), b)),
    power_iteration=lambda A: _power_iteration(spd(A)),
    gram_schmidt=lambda A: _gram_schmidt(A),
)
tried.at(
    (A, b),
    solve=lambda A, b: np.linalg.solve(A, b),
    solve_matrix=lambda A, b: np.linalg.solve(A, np.outer(b, b) + A),
    lstsq=lambda A, b: np.linalg.lstsq(A[:, :2], b, rcond=None)[0],
    tensorsolve=lambda A, b: np.linalg.tensorsolve(A, b),
    cross=lambda A, b: np.linalg.cross(A, b),
    vecdot=lambda A, b: np.linalg.vecdot(A, b),
    tensordot=lambda A, b: np.linalg.tensordot(A, b, axes=1),
    matmul=lambda A, b: np.linalg.matmul(A, b),
    ridge=lambda A, b: np.linalg.solve(A.T @ A + 0.1 * np.eye(3), A.T @ b),
    residual_norm=lambda A, b: np.linalg.norm(A[:, 0] - b) ** 2,
)
tried.at(
    STACK,
    det_of_stack=lambda A: np.linalg.det(A),
    inv_of_stack=lambda A: np.linalg.inv(A),
    solve_of_stack=lambda A: np.linalg.solve(A, np.broadcast_to(b, (2, 3))[..., None]),
    eigvalsh_of_stack=lambda A: np.linalg.eigvalsh(A + np.swapaxes(A, 1, 2)),
    slogdet_of_stack=lambda A: np.linalg.slogdet(A)[1],
    matrix_norm_of_stack=lambda A: np.linalg.norm(A, axis=(1, 2)),
)


def _power_iteration(A):
    v = np.ones(3)
    for _ in range(60):
        v = A @ v
        v = v / np.linalg.norm(v)
    return v @ A @ v


def _gram_schmidt(A):
    Q = np.zeros((3, 3))
    for j in range(3):
        v = A[:, j]
        for i in range(j):
            v = v - (Q[:, i] @ A[:, j]) * Q[:, i]
        Q[:, j] = v / np.sqrt(np.sum(v**2))
    return Q
