"""What has no derivative is refused, and the error says what to type instead."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.linalg
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.sparse
import scipy.spatial
import scipy.special
import scipy.stats

from dualad import derivative
from dualad.errors import DualadError

V = np.array([1.0, 2.0, 3.0])
T = np.arange(6.0)
WAVE = np.array([0.0, 1.0, 0.5, -0.3, -1.0, 0.0])
POINTS = scipy.spatial.cKDTree(V[:, None])


def in_a_tree(x):
    return scipy.spatial.cKDTree((x * V)[:, None])


#: What is called of a number -> what to type instead.
REMEDIES = {
    "np.concatenate": lambda x: np.pad(x * V, 1, lambda *line: None),
    "leave out type=": lambda x: scipy.linalg.eigh(x * np.eye(2), np.eye(2), type=2)[0],
    "expm(t * A) @ B": lambda x: scipy.sparse.linalg.expm_multiply(
        scipy.sparse.csr_matrix(np.diag(x * V)), V, start=0.0, stop=1.0, num=3
    ),
    "leave it out": lambda x: scipy.interpolate.splint(0.0, x, scipy.interpolate.splrep(T, x * WAVE), 1),
    "a spline for each column": lambda x: scipy.interpolate.CubicSpline(T, np.outer(WAVE, V) * x).solve(0.5),
    "make one of degree 3": lambda x: scipy.interpolate.splrep(T * x, WAVE, k=4, per=True)[1],
    "task=0": lambda x: scipy.interpolate.splrep(T, WAVE * x, task=1, s=1.0)[1],
    "mode= one of": lambda x: scipy.signal.upfirdn([1.0, x], V * x, 2, 1, mode="smooth"),
    "mode='nearest'": lambda x: scipy.ndimage.shift(V * x, 1.5, order=1, mode="wrap"),
    "output_type='coo_matrix'": lambda x: in_a_tree(x).sparse_distance_matrix(
        POINTS, 3.0, output_type="ndarray"
    ),
    "tree.sparse_distance_matrix": lambda x: POINTS.count_neighbors(POINTS, 1.5, weights=(x * V, V)),
    "iterative=": lambda x: scipy.stats.qmc.discrepancy((0.2 * x * V)[:, None], iterative=True),
    'method="SLSQP"': lambda x: scipy.optimize.differential_evolution(
        lambda p: (p[0] - x) ** 2, [(0.0, 2.0)], seed=1, maxiter=3,
        constraints=scipy.optimize.LinearConstraint([[1.0]], 0.0, 1.0),
    ).x,
}  # fmt: skip


@pytest.mark.parametrize("remedy", REMEDIES)
def test_remedy(remedy):
    with pytest.raises(DualadError) as caught:
        derivative(REMEDIES[remedy])(1.3)
    assert remedy in str(caught.value)
