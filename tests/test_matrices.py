"""`np.matrix` beside Duals: its ``*`` is a product of matrices, and never one of entries."""

import numpy as np
import pytest

from dualad import grad, jacobian
from dualad.errors import SlowWarning

pytestmark = pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")

M = np.array([[1.0, 2.0], [3.0, 5.0]]).view(np.matrix)
X = np.array([[0.7, -0.4], [1.3, 2.1]])
A = np.asarray(M)


def filled(x):
    y = np.zeros((2, 2))
    y[:] = x
    y *= 2
    return y


#: With matrices, and the same with arrays.
PAIRS = {
    "matrix times array": (lambda x: M * x, lambda x: A @ x),
    "array times matrix": (lambda x: x * M, lambda x: x @ A),
    "a sum, and then a product": (lambda x: (M + x) * M, lambda x: (A + x) @ A),
    "made of an array": (lambda x: np.asmatrix(x) * M * np.asmatrix(x), lambda x: x @ A @ x),
    "made of entries": (
        lambda x: np.matrix([[x[0, 0], 1.0], [2.0, x[0, 1]]]) * M,
        lambda x: np.array([[x[0, 0], 1.0], [2.0, x[0, 1]]]) @ A,
    ),
    "of an array that has been filled": (lambda x: np.asmatrix(filled(x)) * M, lambda x: (x * 2) @ A),
    "an array made here times a matrix": (
        lambda x: np.array([[1.0, 2.0], [3.0, 5.0]]) * np.asmatrix(x),
        lambda x: A @ x,
    ),
    "an array filled here times a matrix": (lambda x: filled(x) * M, lambda x: 2 * x @ A),
    "both plain": (lambda x: x @ (np.ones((2, 2)) * M), lambda x: x @ (np.ones((2, 2)) @ A)),
    "a view": (lambda x: x.view(np.matrix) * M, lambda x: x @ A),
    "power": (lambda x: np.asmatrix(x) ** 2, lambda x: x @ x),
    "transposed": (lambda x: np.asmatrix(x).T * x, lambda x: x.T @ x),
    "inverse": (lambda x: np.asmatrix(x).I * M, lambda x: np.linalg.inv(x) @ A),
    "inverse by a function": (
        lambda x: np.linalg.inv(np.asmatrix(x)) * M,
        lambda x: np.linalg.inv(x) @ A,
    ),
    "dot, and then a product": (lambda x: np.dot(M, x) * x, lambda x: A @ x @ x),
    "@, and then a product": (lambda x: (M @ x) * x, lambda x: A @ x @ x),
    "times a number": (lambda x: (M * x[0, 0]) * M, lambda x: (A * x[0, 0]) @ A),
    "times a column": (lambda x: M * x[:, :1], lambda x: A @ x[:, :1]),
    "entry by entry": (lambda x: np.multiply(M, x) * M, lambda x: (A * x) @ A),
    "a function of the entries": (lambda x: np.sin(np.asmatrix(x)) * M, lambda x: np.sin(x) @ A),
    "joined": (lambda x: np.bmat([[x, M]]).T * M, lambda x: np.concatenate([x, A], 1).T @ A),
    "ravelled": (
        lambda x: np.ravel(M * x) * np.ravel(np.asmatrix(x)),
        lambda x: np.ravel(A @ x) * np.ravel(x),
    ),
    "conjugate transposed": (
        lambda x: (np.asmatrix(1j * x + x.T).H * (x + 2j)).real,
        lambda x: ((1j * x + x.T).conj().T @ (x + 2j)).real,
    ),
    "conjugate transposed by a method": (
        lambda x: np.imag(np.asmatrix(1j * x + x.T).getH() * (x + 2j)),
        lambda x: ((1j * x + x.T).conj().T @ (x + 2j)).imag,
    ),
    "real and imaginary part": (
        lambda x: np.asmatrix((1 + 2j) * x).real * np.asmatrix((1 + 2j) * x**2).imag,
        lambda x: 2 * x @ x**2,
    ),
    "inverse of what is not square": (
        lambda x: np.asmatrix(x[:, :1]).I * M,
        lambda x: np.linalg.pinv(x[:, :1]) @ A,
    ),
    "a determinant": (lambda x: np.linalg.det(M * x) * M, lambda x: np.linalg.det(A @ x) * A),
}


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
@pytest.mark.parametrize("pair", PAIRS.values(), ids=list(PAIRS))
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_products_are_those_of_matrices(pair, mode):
    with_matrices, with_arrays = pair
    np.testing.assert_allclose(np.asarray(with_matrices(X)), with_arrays(X), rtol=1e-14)
    np.testing.assert_allclose(jacobian(with_matrices, mode=mode)(X), jacobian(with_arrays)(X), rtol=1e-12)


def number_times_matrix(x):
    return np.asarray(x * M)


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_number_times_a_matrix(mode):
    np.testing.assert_array_equal(jacobian(number_times_matrix, mode=mode, lift=False)(1.5), A)


def test_it_says_that_it_is_slow():
    with pytest.warns(SlowWarning, match="taken apart"):
        grad(lambda x: np.sum(M * x))(X)


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
def test_a_matrix_of_matrices_inside_another_derivative():
    trace = grad(lambda x: np.trace(np.asmatrix(x) * M * np.asmatrix(x)))
    np.testing.assert_allclose(trace(X), (A @ X + X @ A).T, rtol=1e-14)
    np.testing.assert_allclose(jacobian(trace)(X), jacobian(lambda x: (A @ x + x @ A).T)(X), rtol=1e-14)


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("make", [np.positive, filled], ids=["an array", "an array that was filled"])
def test_what_is_assigned_to_a_matrix_is_in_the_array_that_it_shows(make, mode):
    def assigned(x):
        y = make(x)
        shown = np.asmatrix(y)
        shown[1] = 3 * x[0] ** 2
        return y

    def expected(x):
        return np.stack([make(x)[0], 3 * x[0] ** 2])

    np.testing.assert_allclose(jacobian(assigned, mode=mode)(X), jacobian(expected)(X), rtol=1e-8, atol=1e-9)


class Shim:
    """What a package puts in the place of `np.matrix`."""

    def __init__(self, array):
        self.array = np.array(array)

    def __mul__(self, other):
        return Shim(self.array @ other.array)

    def inverse(self):
        return Shim(np.linalg.inv(self.array))


Shim.I = property(Shim.inverse)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_class_in_the_place_of_that_of_numpy(mode, monkeypatch):
    monkeypatch.setattr(np, "matrix", Shim)
    y = jacobian(lambda x: (np.matrix(x) * np.matrix(x + 1.0).I).array, mode=mode)(X)
    monkeypatch.undo()
    np.testing.assert_allclose(y, jacobian(lambda x: x @ np.linalg.inv(x + 1.0))(X), rtol=1e-12)
