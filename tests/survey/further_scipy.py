"""Functions of SciPy that fewer people call: forms of matrices, geometry, tests of hypotheses."""

import math

import numpy as np
import scipy.linalg
from scipy import integrate

from . import Group

tried = Group(__name__, "SciPy: matrix forms, geometry, tests")

A = np.array([[2.3, -0.8, 0.7, 0.2], [0.4, 1.9, -1.1, 0.5], [0.6, 0.5, 3.2, -0.4], [0.1, 0.9, -0.3, 5.0]])


def _modal_form(A):
    """Real Schur form of a system with oscillations, and the energy of its first two states."""
    T, Z = scipy.linalg.schur(A - A.T + np.diag([0.1, 0.2, 3.0, 5.0]))
    return np.sum((Z[:, :2] @ T[:2, :2]) ** 2)


def _solved_by_ldl(A):
    lu, d, _ = scipy.linalg.ldl(A + A.T)
    return np.linalg.solve(lu @ d @ lu.T, np.arange(4.0))


def _controllable(A):
    """The staircase that a controller is designed on."""
    H, Q = scipy.linalg.hessenberg(A, calc_q=True)
    return np.append(np.diag(H, -1) ** 2, Q[:, 1] ** 2)


tried.at(
    A,
    schur=lambda A: scipy.linalg.schur(A)[0] ** 2,
    schur_vectors=_modal_form,
    schur_complex=lambda A: abs(scipy.linalg.rsf2csf(*scipy.linalg.schur(A - A.T + np.diag(A[0])))[0]),
    hessenberg=_controllable,
    ldl=_solved_by_ldl,
    ldl_blocks=lambda A: scipy.linalg.ldl(A + A.T, lower=False)[1],
    rq=lambda A: np.stack(scipy.linalg.rq(A)) ** 2,
    rq_of_a_camera=lambda A: scipy.linalg.rq(A[:3], mode="economic")[0] ** 2,
    lu_of_a_wide_matrix=lambda A: scipy.linalg.lu(A[:2])[2],
    lu_of_a_tall_matrix=lambda A: scipy.linalg.lu(A[:, :2], permute_l=True)[0],
    qr_multiply=lambda A: scipy.linalg.qr_multiply(A, A[0])[0] ** 2,
    qz=lambda A: scipy.linalg.qz(A, np.eye(4) + 0.1 * A)[0] ** 2,
    balanced=lambda A: scipy.linalg.matrix_balance(A * [1.0, 100.0, 1e-3, 1.0])[0],
    null_vector=lambda A: scipy.linalg.null_space(A[:3])[:, 0] ** 2,
    null_space=lambda A: scipy.linalg.null_space(A[:2]),
)
tried.refuses("bases of a space of several dimensions: none is singled out", "null_space")


def _centre_of_mass(a):
    """Of a plate whose border and density depend on a."""

    def moment(weight):
        return integrate.dblquad(
            lambda y, x: weight(x, y) * (1 + a * x * y),
            0.0,
            1.0,
            lambda x: 0.0,
            lambda x: a * math.sqrt(1 + x),
        )[0]

    return moment(lambda x, y: y) / moment(lambda x, y: 1.0)


tried.at(
    0.7,
    dblquad=_centre_of_mass,
    tplquad=lambda a: integrate.tplquad(lambda z, y, x: math.sin(a * x + y * z), 0, 1, 0, a, 0, 1)[0],
    quad_complex=lambda a: abs(integrate.quad(lambda t: np.exp(1j * a * t), 0, 1, complex_func=True)[0]),
    quad_vec_complex=lambda a: abs(integrate.quad_vec(lambda t: np.exp(1j * a * t), 0, 1)[0]),
    quad_of_half_a_line=lambda a: integrate.quad(lambda t: t**a * math.exp(-t), 0, math.inf)[0],
)
