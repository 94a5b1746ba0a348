"""Functions of SciPy that were found refused or wrong when every public one of them was called."""

import warnings

import numpy as np
import scipy
import scipy.linalg
import scipy.sparse.linalg
from scipy import fft, integrate, interpolate, ndimage, optimize, signal, sparse, special, stats
from scipy.spatial import ConvexHull, Delaunay, KDTree, cKDTree, distance

from . import Group

tried = Group(__name__, "SciPy: what a walk through all of it found")

IMAGE = np.array([[0.3, 1.2, -0.4, 0.8], [2.1, 0.5, 1.7, -1.1], [-0.6, 0.9, 0.1, 1.4]])
SPECTRUM = np.fft.fft2(IMAGE)
SIZES = np.array([1.3, 0.7])


def _rational(y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # which says that four terms are not enough
        return interpolate.AAA(np.arange(8.0), y, max_terms=4)


def _steps(line, filled):
    filled[:] = line[:-2] * line[1:-1] + line[2:]


tried.at(
    IMAGE,
    generic_filter1d=lambda x: ndimage.generic_filter1d(x, _steps, 3),
    geometric_transform=lambda x: ndimage.geometric_transform(
        x, lambda p: (p[0] * 0.9 + x[0, 0], p[1] * 0.8)
    ),
    distances_of_near_points=lambda x: (
        KDTree(x).sparse_distance_matrix(KDTree(x[:, ::-1]), 2.0).toarray()
        + cKDTree(IMAGE / 2).sparse_distance_matrix(cKDTree(x), 3.0, p=1, output_type="coo_matrix").sum()
        * sum(KDTree(x).sparse_distance_matrix(KDTree(IMAGE / 2), 3.0, output_type="dict").values())
    ),
    points_of_a_tree=lambda x: (KDTree(x).data ** 2).sum(axis=0) * KDTree(x).maxes - KDTree(x).mins,
    number_of_near_points=lambda x: x * KDTree(x).count_neighbors(KDTree(IMAGE / 2), 2.0),
    bounds_of_points=lambda x: (
        Delaunay(x[:, :2]).min_bound * Delaunay(x[:, :2]).max_bound + ConvexHull(x[:, :2]).max_bound ** 2
    ),
    places_of_the_nearest=lambda x: interpolate.NearestNDInterpolator(x[:, :2], x[:, 2]).points ** 2,
    fourier_gaussian_image=lambda x: np.fft.ifft2(ndimage.fourier_gaussian(np.fft.fft2(x), 0.8)).real,
    fourier_of_real=lambda x: np.fft.irfft2(ndimage.fourier_shift(np.fft.rfft2(x), 0.3, n=4), x.shape),
    hfft2=lambda x: fft.hfft2(x, norm="ortho"),
    ihfftn=lambda x: abs(fft.ihfftn(x)),
    sepfir2d=lambda x: signal.sepfir2d(x, x[0, :3], np.array([0.2, 0.5, 0.1])),
    medfilt2d=lambda x: signal.medfilt2d(x, 3),
    eigvals_of_a_pencil=lambda x: scipy.linalg.eigvals(x[:, :3], np.diag([1.0, 2.0, 0.0]) * x[1, 0]).real[:1],
)

tried.at(
    SIZES,
    fourier_gaussian=lambda s: ndimage.fourier_gaussian(SPECTRUM, s).real,
    fourier_uniform=lambda s: ndimage.fourier_uniform(SPECTRUM, s).imag,
    fourier_ellipsoid=lambda s: abs(ndimage.fourier_ellipsoid(SPECTRUM, s)),
    fourier_shift=lambda s: ndimage.fourier_shift(SPECTRUM, s).real,
    distances_by_sampling=lambda s: ndimage.distance_transform_edt(IMAGE > 0, sampling=s),
    distances_by_force=lambda s: ndimage.distance_transform_bf(IMAGE > 0, sampling=s),
    weights_of_cdist=lambda s: distance.cdist(IMAGE[:, :2], IMAGE[:, 2:], "euclidean", w=s),
)

tried.at(
    np.array([1.0, -0.5, 0.2]),
    lfilter_zi=lambda a: signal.lfilter_zi([0.2, 0.3, 0.25], a),
    lfiltic=lambda a: signal.lfiltic([0.2, 0.3], a, [0.7, -0.4], [1.1]),
    filtfilt=lambda a: signal.filtfilt([0.2, 0.3, 0.25], a, np.sin(np.arange(15.0))),
)

tried.at(
    np.sin(np.arange(8.0) ** 1.3) + 0.2,
    antiderivative=lambda y: interpolate.CubicSpline(np.arange(8.0), y).antiderivative(2)([2.2, 5.7]),
    rational=lambda y: _rational(y)([0.4, 3.3]) if hasattr(interpolate, "AAA") else y,
    poles=lambda y: _rational(y).poles().real if hasattr(interpolate, "AAA") else y,
    symiirorder1=lambda y: (  # compiled as a whole before
        signal.symiirorder1(np.tile(y, 6), 0.7, y[1] / 3) if scipy.__version__ >= "1.15" else y
    ),
)

MATRIX = np.array([[4.0, 0.0, 0.7], [0.3, 5.0, 0.0], [0.0, -0.8, 6.0]])
RIGHT = np.array([0.3, -0.7, 1.1])


def _scaled(A):
    """An operator of a function that holds what it multiplies with."""
    return sparse.linalg.LinearOperator((3, 3), matvec=lambda v: A @ (v * A[0, 0]))


tried.at(
    MATRIX,
    gmres_of_an_operator=lambda A: sparse.linalg.gmres(_scaled(A), RIGHT, rtol=1e-14)[0],
    cg_of_a_dense_matrix=lambda A: sparse.linalg.cg(A @ A.T, A[1], rtol=1e-14)[0],
    spsolve_triangular=lambda A: sparse.linalg.spsolve_triangular(sparse.csr_array(np.tril(A)), A[0]),
    permuted=lambda A: (
        (sparse.swapaxes(sparse.coo_array(A), 0, 1) if hasattr(sparse, "swapaxes") else sparse.coo_array(A.T))
        @ RIGHT
    ),
    operator_times_vector=lambda A: sparse.linalg.aslinearoperator(sparse.csr_array(MATRIX)).dot(A[0]),
    dok_times_vector=lambda A: sparse.dok_array(MATRIX) @ A[0],
    approximate_inverse=lambda A: sparse.linalg.spilu(sparse.csc_array(A)).solve(RIGHT),
    normal_density=lambda A: stats.multivariate_normal.logpdf(RIGHT, np.zeros(3), A * np.eye(3)),
    normal_density_of_equal_variances=lambda A: stats.multivariate_normal.logpdf(
        RIGHT, np.zeros(3), np.eye(3) + 0.1 * (A - MATRIX)
    ),
    inverse_wishart=lambda A: stats.invwishart.logpdf(A, 4.2, np.eye(3) + 0.2),
)
tried.refuses("an incomplete factorisation solves approximately", "approximate_inverse")

tried.at(
    (0.7, 1.3, 3.2),
    ncf=lambda x, nc, v: [
        stats.ncf.pdf(x, v, 5.1, nc),
        stats.ncf.cdf(x, 4.0, v, nc),
        stats.ncf.sf(x, v, v, nc),
    ],
    ncf_quantile=lambda p, nc, v: [stats.ncf.ppf(p, v, 5.1, nc), stats.ncf.isf(p, 4.0, v, nc)],
    nct=lambda x, nc, v: [stats.nct.pdf(x, v, nc), stats.nct.cdf(x, v, nc), stats.nct.logsf(-x, v, nc)],
    nct_quantile=lambda p, nc, v: [stats.nct.ppf(p, v, nc), stats.nct.isf(p, v, nc)],
    spread_not_central=lambda p, nc, v: [
        *stats.nct.stats(v, nc, moments="mv"),
        *stats.ncf.stats(v, 5.1, nc, moments="mv"),
    ],
    counts_of_failures=lambda p, nc, v: [
        *stats.nbinom.stats(v, p, moments="mvsk"),
        stats.nbinom.std(5, p),
        nc * stats.nbinom.ppf(0.4, v, p),
        nc * stats.binom.ppf(0.4, 12, p),
        nc * stats.poisson.ppf(0.4, v),
    ],
    landau=lambda x, s, m: (
        [
            stats.landau.logpdf(x, m, s),
            stats.landau.cdf(x, m, s),
            stats.landau.sf(x, m, s),
        ]
        if hasattr(stats, "landau")
        else [x]
    ),
    landau_quantile=lambda p, s, m: (
        [stats.landau.ppf(p, m, s), stats.landau.isf(p, m, s)] if hasattr(stats, "landau") else [p]
    ),
    skewed_quantile=lambda p, a, m: [stats.skewnorm.ppf(p, a, m), stats.skewnorm.isf(p, a, m)],
    inverse_gauss_quantile=lambda p, mu, m: [stats.invgauss.ppf(p, mu, m), stats.invgauss.isf(p, mu, m)],
    vonmises=lambda x, k, m: [
        stats.vonmises.cdf(x, k),
        stats.vonmises.logsf(x, k, m / 3),
        stats.vonmises.cdf(-x, 9 * k),
    ],
    vonmises_quantile=lambda p, k, m: stats.vonmises.ppf(p, k, m / 3),
    kolmogorov=lambda x, s, m: [
        stats.kstwobign.logpdf(x),
        stats.kstwobign.cdf(x, 0.1, s),
        stats.kstwobign.pdf(m / 2),
    ],
    normal_entropy=lambda x, nc, v: stats.multivariate_normal([x, 0.1], np.eye(2) * v + nc / 9).entropy(),
    ncx2_quantile=lambda p, nc, v: stats.ncx2.isf(p, v, nc),
)

tried.at(
    IMAGE,
    dilated_by_heights=lambda x: ndimage.grey_dilation(x, structure=np.array([[0.1, 0.7], [0.0, -0.2]])),
    least_of_a_cross=lambda x: ndimage.minimum_filter(x, footprint=[[0, 1, 0], [1, 1, 1], [0, 1, 0]]),
    greatest_of_rows=lambda x: ndimage.maximum_filter1d(x, 2, axis=0, mode="nearest"),
    smoothed_along_one_axis=lambda x: (
        ndimage.correlate(x, x[0, :2], axes=[1]) if scipy.__version__ >= "1.16" else x
    ),
    correlation_distances=lambda x: distance.cdist(x, x[::-1] + 0.1, "correlation"),
    distances_in_a_row=lambda x: distance.squareform(distance.squareform(distance.pdist(x))),
    distances_by_a_function=lambda x: distance.cdist(x, IMAGE / 2, metric=lambda u, v: np.sum((u - v) ** 4)),
    regression_of_ranks=lambda x: stats.siegelslopes(x[0] ** 2, x[1])[0],
)

tried.at(
    MATRIX,
    parts_of_a_sparse_matrix=lambda A: (
        sparse.csr_matrix(A).getrow(1).toarray() + sparse.csr_matrix(A).copy().getcol(2).toarray().T ** 2
    ),
    powers_of_a_sparse_matrix=lambda A: (
        (sparse.csr_matrix(A) ** 3).toarray() + (sparse.csr_array(A) ** 3).toarray()
    ),
    product_of_sparse_matrices=lambda A: (
        sparse.csr_matrix(A) * sparse.csr_matrix(MATRIX) * A[0, 0]
    ).toarray(),
    sparse_by_a_row=lambda A: sparse.csr_array(A).multiply(sparse.csr_array(A[:1])).toarray(),
    sparse_over_sparse=lambda A: sparse.csr_array(A + 1) / sparse.csr_array(A + 9.0),
    sparse_plus_a_matrix=lambda A: sparse.csr_array(A) - A.T + 0,
    entries_of_a_sparse_matrix=lambda A: (
        np.array(sparse.coo_array(A + 20.0).data) * sparse.coo_array(A + 20.0).coords[0]
    ),
    assigned_entries=lambda A: _with_data(sparse.csc_array(A)).toarray(),
    exponential_times_vector=lambda A: sparse.linalg.expm_multiply(sparse.csr_array(A / 5), RIGHT),
    kronecker=lambda A: scipy.linalg.khatri_rao(A, A[:2]),
)


tried.rounds(
    "SciPy sums the series of the product, and here it is that of the matrix", "exponential_times_vector"
)


def _with_data(matrix):
    matrix.data = matrix.data**2
    return matrix


tried.at(
    np.sin(np.arange(8.0) ** 1.3) + 0.2,
    least_squares_spline=lambda y: interpolate.make_lsq_spline(
        np.arange(8.0), y, [0.0] * 4 + [3.5] + [7.0] * 4, w=y**2 + 0.3
    )([1.3, 5.2]),
    spline_to_its_ends=lambda y: interpolate.BSpline(
        [0.0] * 4 + [2.0, 3.5, 5.0, 6.0] + [7.0] * 4, y, 3, extrapolate=False
    )([y[0], 6.9]),
    polynomials_to_their_ends=lambda y: interpolate.PPoly(
        np.reshape(y, (2, 4)), np.arange(5.0), extrapolate=False
    )([y[0], 3.3]),
    several_curves=lambda y: interpolate.BSpline([0.0] * 3 + [2.0] + [4.0] * 3, np.reshape(y, (4, 2)), 2)(
        [0.3, y[1], 2.2]
    ),
    shapiro_of_three=lambda y: [*stats.shapiro(y[:3])],
    shapiro_of_many=lambda y: [*stats.shapiro(np.concatenate([y, y[::-1] ** 2]))],
    fit_and_covariance=lambda y: (
        optimize.leastsq(
            lambda p: p[0] + p[1] * np.arange(8.0) - y,
            [0.1, 0.2],
            Dfun=lambda p: np.stack([np.ones(8), np.arange(8.0)], axis=1),
            full_output=True,
        )[1].ravel()
        * y[0]
    ),
)

tried.at(
    (0.7, 1.3),
    root_by_slope=lambda a, b: (
        optimize.root_scalar(
            lambda x: x**3 + a * x - b, x0=1.0, fprime=lambda x: 3 * x * x + a, method="newton"
        ).root
    ),
    system_by_jacobian=lambda a, b: (
        optimize.root(
            lambda x: [x[0] ** 2 + a * x[1] - 2, x[1] ** 2 - b * x[0]],
            [1.0, 1.0],
            jac=lambda x: [[2 * x[0], a], [-b, 2 * x[1]]],
            tol=1e-14,
        ).x
    ),
    system_by_its_slopes=lambda a, b: optimize.fsolve(
        lambda x: np.array([x[0] ** 2 + a * x[1] - 2, x[1] ** 2 - b * x[0]]),
        [1.0, 1.0],
        fprime=lambda x: np.array([[2 * x[0], a], [-b, 2 * x[1]]]),
        xtol=1e-14,
    ),
    slope_of_a_spherical_bessel_function=lambda a, b: special.spherical_jn(2, a * b, derivative=True) * b,
    harmonics_and_slopes=lambda a, b: (
        np.real(special.sph_harm_y(3, 1, a, b, diff_n=1)[1]) if hasattr(special, "sph_harm_y") else [a, b]
    ),
    integral_of_a_line=lambda a, b: integrate.quad(lambda x: np.exp(-a * (x - b) ** 2), -np.inf, np.inf)[0],
    integral_to_a_limit=lambda a, b: integrate.quad_vec(
        lambda x: np.array([a, b]) * np.exp(x * a), -np.inf, b
    )[0],
    equation_with_its_jacobian=lambda a, b: integrate.odeint(
        lambda y, t: [-a * y[0], b * y[0] - y[1]],
        [b, 1.0],
        [0.0, 1.5],
        Dfun=lambda y, t: [[-a, 0.0], [b, -1.0]],
        rtol=1e-11,
        atol=1e-11,
    )[-1],
)
