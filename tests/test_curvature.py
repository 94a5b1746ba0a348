"""Second derivatives: closed forms, mpmath, the four nestings, squares of roots, other derivatives around."""

import contextlib
import gc
import itertools
import math
import weakref

import mpmath
import numpy as np
import pytest
import scipy.linalg
from scipy import special

from dualad import (
    Dual,
    derivative,
    grad,
    hessian,
    hessian_diagonal,
    hvp,
    jacobian,
    jvp,
    laplacian,
    value_and_derivative,
    vjp,
)
from dualad.errors import CornerWarning, InputError, OutputError, ShapeError, UnsupportedError

RNG = np.random.default_rng(11)
A = RNG.normal(size=(4, 4))
POINT = RNG.normal(size=4)
SPD = A @ A.T + np.eye(4)

#: To be added to a number.
THREE = np.array([1.0, 2.0, 4.0])


def assert_close(got, right, rtol=1e-12, atol=1e-13):
    assert np.shape(got) == np.shape(right)
    np.testing.assert_allclose(got, right, rtol=rtol, atol=atol)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrocks_hessian(x):
    diagonal = np.zeros(x.size)
    diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    diagonal[1:] += 200
    return np.diag(diagonal) + np.diag(-400 * x[:-1], 1) + np.diag(-400 * x[:-1], -1)


def softmax_curvature(x):
    p = special.softmax(x)
    return np.diag(p) - np.outer(p, p)


def by_lists(x):
    """The Rosenbrock function in code that knows no arrays."""
    total = 0.0
    for i in range(len(x) - 1):
        total += 100 * math.pow(x[i + 1] - x[i] ** 2, 2) + (1 - x[i]) ** 2
    return total


def by_assignment(x):
    out = np.zeros(len(x) - 1)
    for i in range(out.size):
        out[i] = 10 * (x[i + 1] - x[i] ** 2)
    return np.sum(out**2 + (1 - x[:-1]) ** 2)


def of_inverse(v):
    """The Hessian of ``-log det X`` is ``kron(X^-1, X^-1)``, with a transpose between rows and columns."""
    inverse = np.linalg.inv(v)
    return np.einsum("jk,li->ijkl", inverse, inverse)


#: name -> function, point, its Hessian in closed form.
CLOSED = {
    "rosenbrock": (rosenbrock, POINT, rosenbrocks_hessian(POINT)),
    "rosenbrock by lists": (by_lists, POINT, rosenbrocks_hessian(POINT)),
    "rosenbrock by assignment": (by_assignment, POINT, rosenbrocks_hessian(POINT)),
    "quadratic": (lambda x: x @ A @ x, POINT, A + A.T),
    "exp": (lambda x: np.exp(A[0] @ x), POINT, np.exp(A[0] @ POINT) * np.outer(A[0], A[0])),
    "logsumexp": (special.logsumexp, POINT, softmax_curvature(POINT)),
    "elementwise": (lambda x: np.sum(np.sin(x)), POINT, np.diag(-np.sin(POINT))),
    "log det": (lambda X: -np.linalg.slogdet(X)[1], SPD, of_inverse(SPD)),
    "linear": (lambda x: np.sum(x), POINT, np.zeros((4, 4))),
    "constant": (lambda x: 3.0, POINT, np.zeros((4, 4))),
    "matrix": (lambda X: np.sum(X**3), A, np.einsum("ij,ik,jl->ijkl", 6 * A, np.eye(4), np.eye(4))),
    "number": (lambda x: x**3, 2.0, 12.0),
}
closed_forms = pytest.mark.parametrize("name", CLOSED)

NESTINGS = list(itertools.product(["forward", "reverse"], repeat=2))
nestings = pytest.mark.parametrize("nesting", NESTINGS, ids="-over-".join)


def nested(f, nesting):
    outer, inner = nesting
    return jacobian(jacobian(f, mode=inner), mode=outer)


# ---------------------------------------------------------------- closed forms


@closed_forms
def test_hessian(name):
    f, x, right = CLOSED[name]
    got = hessian(f)(x)
    assert_close(got, right, atol=1e-12)
    n = np.size(x)
    matrix = np.reshape(got, (n, n))
    assert_close(matrix, matrix.T)
    for chunk in (1, 3):
        assert_close(hessian(f, chunk=chunk)(x), got)


@closed_forms
@nestings
def test_the_four_nestings_agree(name, nesting):
    f, x, right = CLOSED[name]
    assert_close(nested(f, nesting)(x), right, atol=1e-12)


@closed_forms
def test_diagonal_and_trace(name):
    f, x, right = CLOSED[name]
    n = np.size(x)
    diagonal = np.reshape(right, (n, n)).diagonal()
    for chunk in ("auto", 3):
        assert_close(hessian_diagonal(f, chunk=chunk)(x), diagonal.reshape(np.shape(x)), atol=1e-12)
        assert_close(laplacian(f, chunk=chunk)(x), np.sum(diagonal), atol=1e-11)


@closed_forms
def test_products(name):
    f, x, right = CLOSED[name]
    v = RNG.normal(size=(3, *np.shape(x)))
    products = np.array([np.tensordot(right, one, np.ndim(x)) for one in v])
    assert_close(hvp(f, x, v[0]), products[0], atol=1e-11)
    assert_close(hvp(f, x, v), products, atol=1e-11)
    assert hvp(f, x, v[:0]).shape == (0, *np.shape(x))


def test_against_mpmath():
    def f(x, y):
        return mpmath.exp(x * y) * mpmath.sin(x) / (1 + y**2)

    def g(p):
        return np.exp(p[0] * p[1]) * np.sin(p[0]) / (1 + p[1] ** 2)

    with mpmath.workdps(40):
        right = [[mpmath.diff(f, (0.7, 0.4), (2 - i - j, i + j)) for j in range(2)] for i in range(2)]
    assert_close(hessian(g)(np.array([0.7, 0.4])), np.array(right, dtype=float), 1e-13)


def test_harmonic_functions():
    """``1/|x|`` in space and ``log|x|`` in the plane have the Laplacian 0."""
    assert abs(laplacian(lambda x: 1 / np.linalg.norm(x))(np.array([1.0, 2.0, -0.5]))) < 1e-15
    assert abs(laplacian(lambda x: np.log(np.hypot(*x)))(np.array([1.0, 2.0]))) < 1e-15


# ---------------------------------------------------------------- arguments


def test_several_arguments():
    def f(a, b, *, scale):
        return scale * (a @ a) * b**3

    a, b = POINT, 2.0
    H = hessian(f, argnums=(0, 1))(a, b, scale=0.5)
    assert_close(H[0][0], 8 * np.eye(4))
    assert_close(H[0][1], 12 * a)
    assert_close(H[1][0], 12 * a)
    assert_close(H[1][1], 6 * (a @ a))
    assert_close(hessian(f, argnums=1)(a, b, scale=0.5), 6 * (a @ a))
    assert_close(hessian_diagonal(f, argnums=1)(a, b, scale=0.5), 6 * (a @ a))
    assert_close(laplacian(f, argnums=-2)(a, b, scale=0.5), 32.0)


def test_products_of_several_arguments():
    def f(a, b):
        return np.sum(a**2 * b)

    a, b, ta, tb = RNG.normal(size=(4, 3))
    got = hvp(f, (a, b), (ta, tb))
    assert type(got) is tuple
    assert_close(got[0], 2 * b * ta + 2 * a * tb)
    assert_close(got[1], 2 * a * ta)
    (alone,) = hvp(rosenbrock, (POINT,), (POINT,))
    assert_close(alone, rosenbrocks_hessian(POINT) @ POINT)


def test_structures():
    """A dict of arrays against the same function of one flat array."""
    W, b = RNG.normal(size=(2, 3)), RNG.normal(size=2)

    def of_dict(p):
        return np.sum(np.tanh(p["layers"][0] @ np.arange(3.0) + p["b"]) ** 2) + p["b"][0] ** 3

    def flat(v):
        return of_dict({"layers": [v[:6].reshape(2, 3)], "b": v[6:]})

    p = {"layers": [W], "b": b}
    v = np.concatenate([W.ravel(), b])
    right = hessian(flat)(v)
    H = hessian(of_dict)(p)
    assert_close(H["layers"][0]["layers"][0], right[:6, :6].reshape(2, 3, 2, 3))
    assert_close(H["layers"][0]["b"], right[:6, 6:].reshape(2, 3, 2))
    assert_close(H["b"]["layers"][0], right[6:, :6].reshape(2, 2, 3))
    assert_close(H["b"]["b"], right[6:, 6:])
    product = hvp(of_dict, p, p)
    assert_close(np.concatenate([product["layers"][0].ravel(), product["b"]]), right @ v)
    diagonal = hessian_diagonal(of_dict, chunk=4)(p)
    assert_close(np.concatenate([diagonal["layers"][0].ravel(), diagonal["b"]]), right.diagonal())
    assert_close(laplacian(of_dict)(p), np.trace(right))
    with pytest.raises(UnsupportedError, match="complex"):
        hessian(of_dict)({"layers": [W], "b": 1j * b})


def test_integers_lists_and_empty_arrays():
    assert_close(hessian(lambda x: x[0] ** 3 * x[1])([1, 2]), [[12.0, 3.0], [3.0, 0.0]])
    assert_close(hessian_diagonal(lambda x: x[0] ** 3 * x[1])([1, 2]), [12.0, 0.0])
    assert_close(hvp(lambda x: x[0] ** 3 * x[1], [1, 2], [1, 0]), [12.0, 3.0])
    empty = np.zeros((0, 2))
    assert hessian(np.sum)(empty).shape == (0, 2, 0, 2)
    assert hessian_diagonal(np.sum)(empty).shape == (0, 2)
    assert laplacian(np.sum)(empty) == 0.0


def test_float32_stays_float32():
    x = POINT.astype(np.float32)
    for got in (hessian(rosenbrock)(x), hvp(rosenbrock, x, x), hessian_diagonal(rosenbrock)(x)):
        assert got.dtype == np.float32
    assert_close(hessian(rosenbrock)(x), rosenbrocks_hessian(POINT), 1e-4, 1e-3)


def test_the_callers_arrays_are_not_written_to():
    def overwrites(x):
        x *= 2.0
        return np.sum(x**3)

    x, v = POINT.copy(), POINT.copy()
    assert_close(hessian(overwrites)(x), np.diag(48 * POINT))
    assert_close(hvp(overwrites, x, v), 48 * POINT * POINT)
    assert_close(hvp(overwrites, x, np.stack([v, v]))[1], 48 * POINT * POINT)
    np.testing.assert_array_equal([x, v], [POINT, POINT])


@pytest.mark.parametrize("entry", [hessian, hessian_diagonal, laplacian])
def test_errors_of_the_entry_points(entry):
    with pytest.raises(ShapeError, match="jacobian"):
        entry(lambda x: x)(POINT)
    with pytest.raises(UnsupportedError, match=f"{entry.__name__}.*p\\[0\\] \\+ 1j"):
        entry(lambda z: np.sum(np.abs(z) ** 2))(POINT + 1j)
    with pytest.raises(InputError, match="chunk=0"):
        entry(np.sum, chunk=0)(POINT)
    with pytest.raises(InputError, match="takes a function"):
        entry(3.0)
    with pytest.raises(OutputError, match="return"):
        entry(lambda x: None)(POINT)
    with pytest.raises(InputError, match="argnums=1"):
        entry(np.sum, 1)(POINT)


def test_errors_of_hvp():
    with pytest.raises(ShapeError, match=r"shape \(3,\) and the point \(4,\)"):
        hvp(rosenbrock, POINT, POINT[:3])
    with pytest.raises(ShapeError, match=r"np.stack"):
        hvp(rosenbrock, POINT, np.ones((2, 2, 4)))
    for v in (1j * POINT, 1j * A):
        with pytest.raises(InputError, match=r"vector.*complex.*np\.real"):
            hvp(rosenbrock, POINT, v)
    with pytest.raises(UnsupportedError, match="complex"):
        hvp(lambda z: np.sum(np.abs(z) ** 2), 1j * POINT, POINT)
    with pytest.raises(InputError, match="argnums="):
        hessian(rosenbrock, argnums=())


# ---------------------------------------------------------------- inside other derivatives


def cubic(x):
    return x[0] ** 3 + x[0] * x[1] ** 2


CUBIC_AT = np.array([2.0, 5.0])
#: Its third derivatives.
CUBIC_3 = np.array([[[6.0, 0.0], [0.0, 2.0]], [[0.0, 2.0], [2.0, 0.0]]])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_third_derivatives(mode):
    v = np.array([1.0, -2.0])
    assert_close(jacobian(hessian(cubic), mode=mode)(CUBIC_AT), CUBIC_3)
    assert_close(jacobian(hessian_diagonal(cubic), mode=mode)(CUBIC_AT), [[6.0, 0.0], [2.0, 0.0]])
    assert_close(jacobian(laplacian(cubic), mode=mode)(CUBIC_AT), [8.0, 0.0])
    assert_close(jacobian(lambda x: hvp(cubic, x, v), mode=mode)(CUBIC_AT), CUBIC_3 @ v)
    assert_close(jacobian(lambda x: hvp(cubic, x, np.stack([v, v]))[1], mode=mode)(CUBIC_AT), CUBIC_3 @ v)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_by_the_vector_and_by_a_parameter(mode):
    assert_close(
        jacobian(lambda v: hvp(cubic, CUBIC_AT, v), mode=mode)(np.zeros(2)), hessian(cubic)(CUBIC_AT)
    )

    def curvature(c):
        return hessian(lambda x: c**2 * cubic(x))(CUBIC_AT)

    assert_close(jacobian(curvature, mode=mode)(3.0), 6 * hessian(cubic)(CUBIC_AT))


def test_perturbations_are_not_confused():
    """The inner Hessian sees the outer x as a constant."""
    assert_close(derivative(lambda x: x * hessian(lambda y: x * y**2)(1.0))(3.0), 12.0)
    assert_close(
        grad(lambda x: x[0] * laplacian(lambda y: x @ (y * y))(x))(np.array([2.0, 5.0])), [18.0, 4.0]
    )


def test_newtons_method():
    x = np.array([-1.2, 1.0])
    for _ in range(8):
        x = x - np.linalg.solve(hessian(rosenbrock)(x), grad(rosenbrock)(x))
    assert_close(x, [1.0, 1.0])


# ---------------------------------------------------------------- squares of roots

TWO = np.zeros(2)
ROWS = np.array([[0.0, 0.0], [3.0, 4.0]])


def in_place(x):
    r = 3 * np.linalg.norm(x.reshape(1, 2), axis=1)
    r **= 2
    return r[0]


#: name -> function, point at which the root is 0, its second derivative. |x|**2 has 2 I.
SQUARES = {
    "norm": (lambda x: np.linalg.norm(x) ** 2, TWO, 2 * np.eye(2)),
    "norm, 2.0": (lambda x: np.linalg.norm(x) ** 2.0, TWO, 2 * np.eye(2)),
    "norm, square": (lambda x: np.square(np.linalg.norm(x)), TWO, 2 * np.eye(2)),
    "norm, power": (lambda x: np.power(np.linalg.norm(x, 2), 2), TWO, 2 * np.eye(2)),
    "norm, product": (lambda x: (lambda r: r * r)(np.linalg.norm(x)), TWO, 2 * np.eye(2)),
    "norm, two norms": (lambda x: np.linalg.norm(x) * np.linalg.norm(x), TWO, None),
    "vector norm": (lambda x: np.linalg.vector_norm(x) ** 2, TWO, 2 * np.eye(2)),
    "scipy's norm": (lambda x: scipy.linalg.norm(x) ** 2, TWO, 2 * np.eye(2)),
    "matrix norm": (lambda x: np.linalg.norm(np.reshape(x, (2, 1)), "fro") ** 2, TWO, 2 * np.eye(2)),
    "of matrix_norm": (lambda x: np.linalg.matrix_norm(np.reshape(x, (2, 1))) ** 2, TWO, 2 * np.eye(2)),
    "norms of rows": (
        lambda x: np.sum(np.linalg.norm(x, axis=1) ** 2),
        ROWS,
        2 * np.eye(4).reshape(2, 2, 2, 2),
    ),
    "norms of rows, kept": (
        lambda x: np.sum(np.linalg.norm(x, axis=-1, keepdims=True) ** 2),
        ROWS,
        2 * np.eye(4).reshape(2, 2, 2, 2),
    ),
    "fourth power": (lambda x: np.linalg.norm(x) ** 4, TWO, np.zeros((2, 2))),
    "gauss": (lambda x: np.exp(-(np.linalg.norm(x) ** 2)), TWO, -2 * np.eye(2)),
    "gauss of a length": (
        lambda x: np.exp(-0.5 * (np.linalg.norm(x) / 2.0) ** 2),
        TWO,
        -0.25 * np.eye(2),
    ),
    "multiquadric": (lambda x: np.sqrt(1 + (3 * np.linalg.norm(x)) ** 2), TWO, 9 * np.eye(2)),
    "factors": (lambda x: 0.5 * (-np.linalg.norm(x)) * np.linalg.norm(x) / 2, TWO, None),
    "factors of one root": (lambda x: (lambda r: 0.5 * -r * r / 2)(np.linalg.norm(x)), TWO, -0.5 * np.eye(2)),
    "factors of NumPy": (
        lambda x: (np.int64(2) * np.linalg.norm(x) / np.int64(4)) ** 2,
        TWO,
        0.5 * np.eye(2),
    ),
    "in place": (in_place, TWO, 18 * np.eye(2)),
    "abs": (lambda x: np.abs(x) ** 2, 0.0, 2.0),
    "fabs": (lambda x: np.fabs(x) ** 2, 0.0, 2.0),
    "Python's abs": (lambda x: abs(x) ** 2, 0.0, 2.0),
    "abs of some": (
        lambda x: np.sum(np.abs(x) ** 2),
        np.array([0.0, -1.0, -0.0]),
        2 * np.eye(3),
    ),
    "abs of complex": (lambda x: np.abs(x * (1 + 1j)) ** 2, 0.0, 4.0),
    "hypot of arrays": (
        lambda x: np.sum(np.hypot(x, np.zeros(2)) ** 2 + np.hypot(np.zeros(2), x) ** 2),
        np.array([0.0, 3.0]),
        4 * np.eye(2),
    ),
    "power 0.5 of arrays": (
        lambda x: np.sum((x**0.5) ** 4 + (x ** np.float64(0.5)) ** 4),
        np.array([0.0, 3.0]),
        4 * np.eye(2),
    ),
    "hypot": (lambda x: np.hypot(x[0], x[1]) ** 2, TWO, 2 * np.eye(2)),
    "math.hypot": (lambda x: math.hypot(x[0], x[1], 2 * x[0]) ** 2, TWO, np.diag([10.0, 2.0])),
    "math.dist": (lambda x: math.dist(x, [0.0, 0.0]) ** 2, TWO, 2 * np.eye(2)),
    "sqrt": (lambda x: np.sqrt(x @ x) ** 2, TWO, 2 * np.eye(2)),
    "math.sqrt": (lambda x: math.sqrt(x[0] ** 2 + x[1] ** 2) ** 2, TWO, 2 * np.eye(2)),
    "power 0.5": (lambda x: (np.sum(x**2) ** 0.5) ** 2, TWO, 2 * np.eye(2)),
    "distances": (
        lambda x: np.sum(np.exp(-(np.sqrt(np.sum((x[:, None] - x[None]) ** 2, axis=-1)) ** 2))),
        np.zeros((2, 1)),
        np.array([[-4.0, 4.0], [4.0, -4.0]]).reshape(2, 1, 2, 1),
    ),
    "sqrt of a number": (lambda x: np.sqrt(x) ** 4, 0.0, 2.0),
    "std": (lambda x: np.std(x) ** 2, np.ones(2), np.array([[0.5, -0.5], [-0.5, 0.5]])),
    "deep": (lambda x: np.sqrt(np.sqrt(x) ** 2) ** 4, 0.0, 2.0),
}
ROOTS = {name: row for name, row in SQUARES.items() if row[2] is not None}
#: Products of two roots computed apart -> their second derivative, of which the rules see nothing.
APART = {"norm, two norms": 2.0, "factors": -0.5}
by_differences = pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")


@pytest.mark.parametrize("name", ROOTS)
@nestings
def test_squares_of_roots(name, nesting):
    f, x, right = ROOTS[name]
    got = nested(f, nesting)(x)
    assert_close(got, right, 1e-14, 1e-14)
    # To the value and to the first derivative it makes no difference.
    assert value_and_derivative(f)(x)[0] == f(x) if np.ndim(x) == 0 else vjp(f, x)[0] == f(x)
    assert_close(jacobian(f, mode="forward")(x), jacobian(f, mode="reverse")(x))


@by_differences
@pytest.mark.parametrize(("name", "right"), APART.items())
@nestings
def test_two_roots_computed_apart_are_not_seen_to_be_one(name, right, nesting):
    """By the rules the second derivative is 0; differences of the first one know better."""
    with pytest.warns(CornerWarning, match="root"):
        second = nested(SQUARES[name][0], nesting)(TWO)
    assert second == pytest.approx(right * np.eye(2), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sqrt(x) ** 2,
        lambda x: np.square(x**0.5),
        lambda x: (2 * np.sqrt(x)) ** 2 / 4,
        lambda x: (lambda r: -r / 2 * r * -2)(np.sqrt(x)),
    ],
)
def test_the_square_of_a_square_root_has_slope_1_at_0(f):
    for x in (0.0, -0.0, np.float64(0.0)):
        y, slope = value_and_derivative(f)(x)
        assert (y, slope, grad(f)(x)) == (0.0, 1.0, 1.0)
        assert np.signbit(y) == np.signbit(f(x))
        assert type(y) is type(f(x))
    for x in (np.array([0.0, 4.0, -0.0]), np.zeros((2, 2), np.float32)):
        y, slope = value_and_derivative(f)(x)
        np.testing.assert_array_equal(y, f(x))
        assert y.dtype == slope.dtype == x.dtype
        np.testing.assert_array_equal(slope, np.ones_like(x))
        np.testing.assert_array_equal(vjp(f, x)[1](np.ones_like(x)), np.ones_like(x))
        np.testing.assert_array_equal(jvp(f, x, 2 * x + 1)[1], 2 * x + 1)
        for mode in ("forward", "reverse"):
            matrix = jacobian(f, mode=mode)(x).reshape(x.size, x.size)
            np.testing.assert_array_equal(matrix, np.eye(x.size))
    assert_close(hessian_diagonal(lambda x: np.sum(f(x) ** 2))(np.zeros(2)), [2.0, 2.0])


def test_row_59_in_mixed_arguments():
    def kernel(a, b):
        return np.exp(-(np.linalg.norm(a - b) ** 2))

    H = hessian(kernel, argnums=(0, 1))(POINT, POINT)
    assert_close(H[0][1], 2 * np.eye(4))
    assert_close(H[1][1], -2 * np.eye(4))


@nestings
def test_higher_orders_of_roots(nesting):
    """``|x|**4 = x**4``, ``sqrt(x)**6 = x**3``."""
    assert_close(derivative(nested(lambda x: np.abs(x) ** 4, nesting))(0.0), 0.0)
    assert_close(nested(nested(lambda x: np.abs(x) ** 4, nesting), nesting)(0.0), 24.0)
    assert_close(derivative(nested(lambda x: np.sqrt(x) ** 6, nesting))(0.0), 6.0)


def assigned(x):
    r = np.abs(x)
    r[0] = 0 * x[0]
    return r**2


def assigned_through_a_view(x):
    r = np.abs(x)
    r[:1][0] = 0 * x[0]
    return r**2


def argument_assigned(x):
    r = np.abs(x)
    x[0] = 3.0
    return r**2


@by_differences
@nestings
@pytest.mark.parametrize(
    ("f", "first"), [(assigned, 0.0), (assigned_through_a_view, 0.0), (argument_assigned, 2.0)]
)
def test_assignments(f, first, nesting):
    """What is assigned to is no root any more, which a warning says; an argument makes no difference."""
    warned = contextlib.nullcontext() if first else pytest.warns(CornerWarning)
    with warned:
        assert nested(f, nesting)(np.zeros(2))[0, 0, 0] == first


def test_a_view_is_no_assignment():
    def f(x):
        r = np.abs(x)
        part = r[:1]
        return np.sum(r**2) + 0 * part[0]

    assert_close(hessian(f)(np.zeros(2)), 2 * np.eye(2))


def test_all_else_makes_a_root_forget():
    assert_close(hessian(lambda x: (np.abs(x) + 1.0) ** 2)(0.0), 0.0)
    assert_close(hessian(lambda x: np.abs(x) ** 3)(0.0), 0.0)
    assert_close(hessian(lambda x: (np.abs(x) * x) ** 2)(0.0), 0.0)
    assert_close(hessian(lambda x: (0 * np.abs(x)) ** 2)(0.0), 0.0)
    assert derivative(lambda x: np.sqrt(x) + 1.0)(0.0) == np.inf
    assert type(derivative(np.sqrt)(0.0)) is float


def test_duals_made_by_hand():
    root = np.sqrt(Dual(0.0, 1.0))
    assert (root.tangent, (root * root).tangent, (2 * root * root).tangent) == (np.inf, 1.0, 2.0)
    assert repr(root) == "Dual(0.0 + infε)"


def test_mpmath_numbers():
    assert derivative(lambda x: abs(x) ** 2, order=2)(mpmath.mpf(0)) == 2


@pytest.mark.parametrize("run", [lambda f, x: jvp(f, x, x), vjp, lambda f, x: hvp(f, x, x)])
def test_roots_keep_no_other_duals_alive(run):
    """A loop with a root in it would otherwise keep all its steps."""
    alive = []

    def f(x):
        for _ in range(20):
            x = np.sqrt(np.abs(x))
            alive.append(weakref.ref(x))
        gc.collect()
        assert sum(one() is not None for one in alive) == 1
        alive.clear()
        return np.sum(x)

    with np.errstate(all="ignore"):
        run(f, np.array([0.0, 1.0]))


@pytest.mark.parametrize(
    ("f", "second"),
    [
        (lambda x: np.sum(np.ravel(x * x + THREE) ** 2), 12 * 3 * 0.5**2 + 4 * sum(THREE)),
        (lambda x: np.reshape(x + THREE, (3, 1))[1, 0] * x, 2.0),
        (lambda x: np.sum(np.flip(THREE - x) ** 3), 6 * sum(THREE - 0.5)),
    ],
)
def test_a_number_spread_over_an_array(f, second):
    for one in (derivative, grad):
        for other in (derivative, grad):
            assert one(other(f))(0.5) == pytest.approx(second, rel=1e-13)
    assert hessian(lambda x: f(x[0]))(np.array([0.5])) == pytest.approx(np.array([[second]]), rel=1e-13)
