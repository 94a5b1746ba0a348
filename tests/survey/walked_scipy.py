"""Functions of SciPy that were found refused or wrong when every public one of them was called."""

import warnings

import numpy as np
import scipy
import scipy.linalg
import scipy.sparse.linalg
from scipy import fft, interpolate, ndimage, signal, sparse, stats
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
