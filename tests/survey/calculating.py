"""Functions that compute with arrays: products, polynomials, interpolation, windows."""

import warnings

import numpy as np

from . import Group

tried = Group(__name__, "np functions: products, polynomials, interpolation")

V = np.array([0.3, -0.8, 1.7, 2.4])
W = np.array([1.2, 0.4, -0.6])
A = np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1]])
B = np.array([[1.3, 0.2], [0.4, -0.9], [0.7, 1.6]])
GRID = np.linspace(-2, 3, 6)

tried.at(
    (A, B),
    dot=lambda a, b: np.dot(a, b),
    matmul=lambda a, b: np.matmul(a, b),
    matmul_in_another_dtype=lambda a, b: np.abs(np.matmul(a, b, dtype=complex) + 1j * b[:2]),
    inner=lambda a, b: np.inner(a, b.T),
    outer=lambda a, b: np.outer(a, b)[::2],
    tensordot=lambda a, b: np.tensordot(a, b, axes=1),
    tensordot_axes=lambda a, b: np.tensordot(a, b, axes=([0, 1], [1, 0])),
    einsum=lambda a, b: np.einsum("ij,jk->ik", a, b),
    einsum_diagonal=lambda a, b: np.einsum("ij,ji->i", a, b),
    einsum_scalar=lambda a, b: np.einsum("ij,ji", a, b),
    einsum_optimized=lambda a, b: np.einsum("ij,jk,kl->il", a, b, a, optimize=True),
    einsum_path=lambda a, b: np.einsum("ij,jk", a, b, optimize=np.einsum_path("ij,jk", a, b)[0]),
    einsum_lists=lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [0, 2]),
    vdot=lambda a, b: np.vdot(a, b.T),
    trace=lambda a, b: np.trace(a @ b),
    kron=lambda a, b: np.kron(a, b),
    constant_dot=lambda a, b: np.dot(np.ones((2, 2)), a) @ b,
    matrix_polynomial=lambda a, b: a @ b @ a @ b + 2 * a @ b,
)
tried.at(
    (V, W),
    convolve=lambda a, b: np.convolve(a, b),
    convolve_same=lambda a, b: np.convolve(a, b, mode="same"),
    convolve_valid=lambda a, b: np.convolve(a, b, "valid"),
    correlate=lambda a, b: np.correlate(a, b),
    correlate_full=lambda a, b: np.correlate(a, b, mode="full"),
    polyval=lambda a, b: np.polyval(a, b),
    polyadd=lambda a, b: np.polyadd(a, b) ** 2,
    polysub=lambda a, b: np.polysub(a, b) ** 2,
    polymul=lambda a, b: np.polymul(a, b),
    polydiv=lambda a, b: np.polydiv(a, b)[0],
    dot_of_slices=lambda a, b: np.dot(a[:3], b) * np.dot(a[1:], b),
)
tried.at(
    (W, W[::-1] + 0.3),
    cross=lambda a, b: np.cross(a, b),
    inner_of_vectors=lambda a, b: np.inner(a, b) * np.outer(a, b),
)
tried.at(
    V,
    polyder=lambda x: np.polyder(x) ** 2,
    polyint=lambda x: np.polyint(x) ** 2,
    polyfit=lambda x: np.polyfit([0.0, 1.0, 2.0, 4.0], x**2, 2),
    poly=lambda x: np.poly(x),
    poly_of_conjugates=lambda x: np.poly(np.roots([1.0, x[0], 2.0 + x[1]])),
    roots_of_a_gas=lambda x: (lambda r: r[abs(r.imag) < 1e-9].real)(
        np.roots([1.0, -1.2, x[0] / 3, -x[0] / 20])
    ),
    complex_roots=lambda x: abs(np.roots([1.0, x[0], 2.0 + x[1]]) - 1.0),
    roots=lambda x: np.sort(np.roots([1.0, x[0], -2.0 + x[1]]).real),
    interp=lambda x: np.interp(x, GRID, GRID**2),
    interp_left_right=lambda x: np.interp(3 * x, GRID, np.sin(GRID), left=-1.0, right=2.0),
    interp_of_all=lambda x: np.interp(0.7 * x, np.sort(x), x**2),
    sinc=(lambda x: np.sinc(x), lambda m, x: m.sincpi(x)),
    i0=(lambda x: np.i0(x), lambda m, x: m.besseli(0, x)),
    angle=lambda x: np.angle(x + 0j) + x,
    real=lambda x: np.real(x) ** 2,
    imag=lambda x: np.imag(x) + x,
    real_if_close=lambda x: np.real_if_close(x) ** 2,
    emath_of_complex=lambda x: np.abs(np.emath.sqrt(x * (2 - 1j)) + np.emath.power(x + 1j, 3)) ** 2,
    emath=lambda x: np.emath.sqrt(np.abs(x)) * np.emath.log(x**2),
    sliding_windows=lambda x: np.lib.stride_tricks.sliding_window_view(x, 2).prod(axis=1),
    sort_complex=lambda x: np.sort_complex(x).real ** 2,
    sorted_roots=lambda x: np.abs(np.sort_complex(np.roots([1.0, x[0], 2.0 + x[1]])) - 1.0),
    nan_to_num=lambda x: np.nan_to_num(np.log(x), nan=1.0),
    linspace_to=lambda x: np.linspace(0.0, x[2], 5) ** 2,
    linspace_of_arrays=lambda x: np.linspace(x, 2 * x, 3) ** 2,
    logspace=lambda x: np.logspace(x[0], x[1], 4),
    geomspace=lambda x: np.geomspace(x[0], x[2], 4),
    full_like=lambda x: np.full_like(x, 2.0) * x,
    zeros_like=lambda x: np.zeros_like(x) + x**2,
    ones_like=lambda x: np.ones_like(x) * x**2,
    hamming_window=lambda x: np.hamming(4) * x**2,
    kaiser_window=lambda x: np.kaiser(4, 3.0) * x**2,
    vectorize=lambda x: np.vectorize(lambda v: v**2 if v > 0 else -v)(x),
    vectorize_of_whole_numbers=lambda x: np.vectorize(lambda v: 1.5 * v if v > 1 else 2)(x) + x,
    vectorize_to_whole_numbers=lambda x: np.vectorize(lambda v: 1.3 * v, otypes=[int])(x) * x,
    vectorize_pairs_of_types=lambda x: (
        np.subtract(*np.vectorize(lambda v: (v, 2) if v < 0 else (2, v))(x)) * x
    ),
    vectorize_of_a_closure=lambda x: np.vectorize(lambda v: v * x[0] if v > 1 else 0.0)([0.0, 2.0]) ** 2,
    frompyfunc_of_any_type=lambda x: (
        np.frompyfunc(lambda v: 1.5 * v if v > 1 else 2, 1, 1)(x).astype(float) * x
    ),
    frompyfunc_of_plain_numbers=lambda x: (
        np.frompyfunc(lambda v: v / 2 or 3, 1, 1)([0, 1]).astype(float) * x[0]
    ),
    frompyfunc_accumulate=lambda x: np.frompyfunc(lambda a, b: a * b + 1, 2, 1).accumulate(x).astype(float),
    frompyfunc_outer=lambda x: np.frompyfunc(lambda a, b: a * b + 1, 2, 1).outer(x, x).astype(float),
    ufunc_to_whole_numbers=lambda x: np.multiply(x, 2.7, dtype=int, casting="unsafe") * x,
    frompyfunc_sum=lambda x: np.frompyfunc(lambda a, b: a * b + 1, 2, 1)(x, x).astype(float),
    digitised_mean=lambda x: np.array([x[np.digitize(x, [0.0, 1.0]) == k].mean() for k in range(3)]),
    distance_matrix=lambda x: np.sqrt((x[:, None] - x) ** 2 + 1.0),
    quadratic_form=lambda x: x @ np.diag(np.arange(4.0)) @ x,
    normalised=lambda x: x / np.sqrt(np.dot(x, x)),
    rosenbrock=lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2),
    laplacian=lambda x: x[:-2] - 2 * x[1:-1] ** 2 + x[2:],
    polynomial_class=lambda x: np.polynomial.Polynomial([1.0, 2.0, 3.0])(x),
    polynomial_polyval=lambda x: np.polynomial.polynomial.polyval(x, [1.0, 2.0, 3.0]),
    chebval=lambda x: np.polynomial.chebyshev.chebval(x, [1.0, 2.0, 3.0]),
    legval=lambda x: np.polynomial.legendre.legval(x, [1.0, 2.0, 3.0]),
    hermval=lambda x: np.polynomial.hermite.hermval(x, [1.0, 2.0, 3.0]),
    polyder_of_poly1d=lambda x: np.polyder(np.poly1d(x))(2.0) * np.polyint(np.poly1d(x**2))(1.5),
    polynomials_added=lambda x: (
        np.polyadd(np.poly1d(x), [1.0, 2.0])(x[0]) * np.polymul(x, np.poly1d([1, 2]))(1)
    ),
    polynomials_divided=lambda x: np.polydiv(np.poly1d(x), np.poly1d(x[:2]))[1](3.0),
    poly1d=lambda x: np.poly1d([1.0, 2.0, 3.0])(x),
)


@tried.at(V[1:])
def polyfit_through_too_few_points(x):
    """The shortest coefficients, each in units of the length of its column."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the rank
        return np.polyfit(x, np.sin(x), 4)
