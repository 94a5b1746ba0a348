"""Functions of SciPy that are plain Python or LAPACK: optimize, linalg, integrate, interpolate, stats."""

import math

import numpy as np
import scipy.linalg
from scipy import fft, fftpack, integrate, interpolate, ndimage, optimize, signal, spatial, stats
from scipy.linalg import expm
from scipy.sparse.linalg import spsolve
from scipy.spatial import KDTree, cKDTree, distance
from scipy.special import logsumexp

from . import Group

tried = Group(__name__, "other parts of SciPy")

V = np.array([0.3, -0.8, 1.7, 2.4])
A = np.array([[2.3, -0.8, 0.7], [0.4, 1.9, -1.1], [0.6, 0.5, 3.2]])
b = np.array([0.7, 1.9, -0.4])

tried.at(
    V,
    rosen=lambda x: optimize.rosen(x),
    rosen_der=lambda x: optimize.rosen_der(x),
    rosen_hess_prod=lambda x: optimize.rosen_hess_prod(x, np.ones(4)),
    trapezoid=lambda x: integrate.trapezoid(x**2, dx=0.5),
    cumulative_trapezoid=lambda x: integrate.cumulative_trapezoid(x**2, initial=0),
    simpson=lambda x: integrate.simpson(np.append(x**2, 1.0), dx=0.5),
    euclidean=lambda x: distance.euclidean(x, np.ones(4)),
    toeplitz=lambda x: scipy.linalg.toeplitz(x) @ x,
    circulant=lambda x: scipy.linalg.circulant(x) @ x,
    block_diag=lambda x: scipy.linalg.block_diag(np.outer(x[:2], x[:2]), np.outer(x[2:], x[2:])),
    convolve=lambda x: signal.convolve(x, [1.0, 2.0], method="direct"),
    detrend=lambda x: signal.detrend(x**2, type="constant"),
    zscore=lambda x: stats.zscore(x),
    normal_logpdf=lambda x: stats.norm.logpdf(x),
    normal_pdf_by_parameters=lambda x: stats.norm.pdf(1.0, loc=x[0], scale=x[2]),
    cubic_spline=lambda x: interpolate.CubicSpline(np.arange(4.0), x)(1.3),
    interp1d=lambda x: interpolate.interp1d(np.arange(4.0), x)(1.3),
)
W = np.array([1.0, -0.5, 0.3, 2.0])
DAYS = np.linspace(0.0, 20.0, 60)
SIX = np.array([0.0, 1.0, 2.5, 4.0, 0.5, 1.5])
CORNERS = np.array([[0, 0, 0], [9, 0, 1], [0, 8, 0], [1, 0, 7], [5, 6, 4], [-3, -4, -5]], float)


DAY = np.arange(60) % 4


def _ripple(x):
    return np.sin(x[0] * DAYS) + x[1] * np.cos(2 * DAYS) + 0.01 * x[2] * DAYS


def _hull(points):
    hull = spatial.ConvexHull(points)
    return np.array([hull.volume, hull.area * len(hull.vertices)])


tried.at(
    V,
    fft=lambda x: abs(fft.fft(x)),
    irfft=lambda x: fft.irfft(np.sin(x)),
    fft2=lambda x: abs(fft.fft2(np.reshape(x, (2, 2)) + 0.1)),
    dct=lambda x: fft.dct(np.sin(x), norm="ortho"),
    dst=lambda x: fft.dst(np.sin(x), type=1, n=3),
    idctn=lambda x: fft.idctn(np.outer(x, W)),
    dctn_of_one_axis=lambda x: fft.dctn(x, s=np.int64(6)) + fft.dctn(x, s=6, axes=np.int64(0)),
    gaussian_filter=lambda x: ndimage.gaussian_filter(np.outer(x, x), 0.8),
    uniform_filter=lambda x: ndimage.uniform_filter(np.outer(x, x), 2, mode=["wrap", "nearest"]),
    correlate=lambda x: ndimage.correlate(np.outer(x, x), np.arange(4.0).reshape(2, 2), mode="constant"),
    convolve_weights=lambda x: ndimage.convolve(np.outer(W, W), np.outer(x, x), mode="mirror", origin=-1),
    sobel=lambda x: ndimage.sobel(np.outer(x, x)),
    laplace=lambda x: ndimage.laplace(np.outer(x, x)),
    cdist=lambda x: distance.cdist(np.outer(x, x), np.eye(4)),
    pdist=lambda x: distance.squareform(distance.pdist(np.sin(np.outer(x, W)), "cityblock")),
    pdist_cosine=lambda x: distance.pdist(np.sin(np.outer(x, W)), "cosine"),
    pdist_minkowski=lambda x: distance.pdist(np.sin(np.outer(x, W)), "minkowski", p=3),
)
T = np.array([0.0, 1.0, 2.5, 3.0])  # places of data


def line(t, a, b):
    return a * t + b * t**2


KNOTS = np.array([0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 3.0])
IMAGE = np.outer(np.cos(T), np.array([0.7, 1.9, -0.4, 0.2, 1.1]))
SECTIONS = signal.butter(3, 0.3, output="sos")
tried.at(
    V,
    cubic_spline_slope=lambda x: interpolate.CubicSpline(T, x, bc_type="clamped")(1.3, 1),
    cubic_spline_columns=lambda x: interpolate.CubicSpline(T, np.stack([x, x**2], 1))([0.2, 1.3]),
    cubic_spline_integral=lambda x: interpolate.CubicSpline(T, x).integrate(0.3, x[2]),
    cubic_spline_places=lambda x: interpolate.CubicSpline(T + 0.01 * x, x, bc_type="natural")(1.3),
    spline_of_two_columns_at=lambda x: interpolate.CubicSpline(T, IMAGE)(abs(x)),
    spline_slope_at=lambda x: interpolate.CubicSpline(T, W)(abs(x), 1),
    pchip=lambda x: interpolate.PchipInterpolator(T, np.cumsum(x**2))(1.3),
    b_spline=lambda x: interpolate.BSpline(KNOTS, x, 3)(abs(x)),
    b_spline_slope=lambda x: interpolate.BSpline(KNOTS, x, 3)(1.3, nu=1),
    interpolating_spline=lambda x: interpolate.make_interp_spline(T, x)(x[2]),
    univariate_spline=lambda x: interpolate.UnivariateSpline(T, x, s=0)(x[2]),
    univariate_integral=lambda x: interpolate.InterpolatedUnivariateSpline(T, x).integral(0.2, x[2]),
    splrep=lambda x: interpolate.splev(x[2], interpolate.splrep(T, x)),
    splrep_places=lambda x: interpolate.splev(1.3, interpolate.splrep(T + 0.1 * x, x, k=1)),
    splrep_places_between=lambda x: interpolate.splev(SIX / 2, interpolate.splrep(T + 0.1 * x, W, k=2)),
    spline_places=lambda x: interpolate.make_interp_spline(T + 0.1 * x, np.outer(W, x))([0.4, x[2]], 1),
    univariate_places=lambda x: interpolate.InterpolatedUnivariateSpline(T + 0.1 * x, W).integral(0.2, x[2]),
    smoothing=lambda x: interpolate.UnivariateSpline(DAYS, _ripple(x), s=2.0)([3.3, 7.1]),
    smoothing_by_weights=lambda x: interpolate.splev(3.3, interpolate.splrep(DAYS, _ripple(W), 2 + x[DAY])),
    smoothing_with_penalty=lambda x: interpolate.make_smoothing_spline(
        DAYS + 0.01 * x[DAY], _ripple(W), lam=0.05 * x[3]
    )(3.3),
    least_squares_spline=lambda x: interpolate.LSQUnivariateSpline(
        DAYS, _ripple(x), [5.0, 11.0], w=2 + x[DAY]
    )(3.3),
    natural_places=lambda x: interpolate.make_interp_spline(T + 0.1 * x, W, bc_type="natural")(1.3),
    spline_by_end_slopes=lambda x: interpolate.make_interp_spline(T, x, bc_type=([(1, x[0])], [(2, x[1])]))(
        1.3
    ),
    periodic_spline=lambda x: interpolate.make_interp_spline(
        np.append(T + 0.1 * x, 5.0), np.append(x, x[0]), bc_type="periodic"
    )([0.7, 4.5]),
    b_spline_integral=lambda x: interpolate.BSpline(KNOTS, x, 3).integrate(0.2, abs(x[0])),
    curve=lambda x: interpolate.splev([0.3, 0.8], interpolate.splprep([T, x], s=0)[0])[1],
    curve_of_an_array=lambda x: np.array(interpolate.splev([0.3, x[0]], (KNOTS, np.stack([x, x**2]), 3))),
    curve_nearby=lambda x: interpolate.splprep([DAYS, _ripple(x)], s=0.5)[0][1][1],
    closed_curve=lambda x: interpolate.splev(
        [0.3, 0.8],
        interpolate.splprep([SIX - 1, np.append(x, [0.2, -0.1])[[0, 1, 2, 3, 4, 0]]], s=0, per=True)[0],
    )[1],
    spline_extrema=lambda x: interpolate.CubicSpline(T, x).derivative().roots(extrapolate=False),
    spline_solved=lambda x: interpolate.CubicSpline(T + 0.1 * x, W).solve(0.7 * x[0], extrapolate=False),
    fitpack_roots=lambda x: interpolate.InterpolatedUnivariateSpline(T, x).roots(),
    by_derivatives=lambda x: interpolate.BPoly.from_derivatives(
        [0, 1, 2], np.reshape(np.outer(x, x[:3]), (3, 4))
    )(abs(x), 1),
    splev_of_an_object=lambda x: interpolate.splev(x[2], interpolate.make_interp_spline(T, x)),
    splint_of_an_object=lambda x: interpolate.splint(x[0], 1.3, interpolate.make_interp_spline(T, x)),
    splint=lambda x: interpolate.splint(x[0], x[2], interpolate.splrep(T, W)),
    grid_values=lambda x: interpolate.RegularGridInterpolator((T, T), np.outer(x, x))([[0.3, 1.6]]),
    grid_places_in_lists=lambda x: interpolate.RegularGridInterpolator((T, T), np.outer(x, W))([[x[2], 1.6]]),
    grid_by_axes=lambda x: interpolate.RegularGridInterpolator((T, T), np.outer(x, W))(([x[2]], [1.6])),
    grid_places=lambda x: interpolate.RegularGridInterpolator((T, T), np.outer(W, W))(x[2:]),
    interpn=lambda x: interpolate.interpn((T, T), np.outer(x, W), x[2:]),
    lfilter=lambda x: signal.lfilter([0.3, 0.5], [1.0, -0.4], x),
    lfilter_coefficients=lambda x: signal.lfilter(x[:2], np.array([1.0, *x[:2]]), x),
    lfilter_state=lambda x: signal.lfilter([0.3, 0.5], [1.0, -0.4], x, zi=x[:1])[1],
    lfilter_complex=lambda x: abs(signal.lfilter([0.3, 0.5j], [1.0, -0.4], x, zi=[0.2j * x[1]])[0]),
    filtfilt=lambda x: signal.filtfilt([0.3, 0.5], [1.0, -0.4], np.outer(x, x).ravel()),
    sosfilt=lambda x: signal.sosfilt(SECTIONS, np.outer(x, x)),
    resample_poly=lambda x: signal.resample_poly(x, 3, 2),
    resample_reflected=lambda x: signal.resample_poly(x, 3, 2, padtype="reflect"),
    upfirdn_beyond_the_ends=lambda x: signal.upfirdn(x, x**2, 2, 3, mode="antireflect"),
    hilbert_of_fftpack=lambda x: fftpack.hilbert(x) * fftpack.diff(x),
    upfirdn=lambda x: signal.upfirdn(x[:2], x, 2, 3),
    upfirdn_complex=lambda x: abs(signal.upfirdn(x[:2], (1.0 + W * 1j) * x, 2, 3)),
    convolve2d=lambda x: signal.convolve2d(np.outer(x, x), np.outer(x[:2], x[1:]), mode="same"),
    correlate2d=lambda x: signal.correlate2d(np.outer(x, x), IMAGE[:2, :3], boundary="symm"),
    spectrogram=lambda x: signal.spectrogram(np.outer(x, x).ravel(), nperseg=4)[2],
    find_peaks=lambda x: np.sin(2 * x[0] * DAYS)[signal.find_peaks(np.sin(2 * x[0] * DAYS))[0]],
    peak_prominences=lambda x: signal.find_peaks(_ripple(x), prominence=0.01)[1]["prominences"],
    peak_widths=lambda x: np.stack(signal.peak_widths(_ripple(x), signal.find_peaks(_ripple(x))[0])),
    hull_of_a_quadrangle=lambda x: _hull(np.stack([np.cos(x + SIX[:4]), np.sin(SIX[:4])], axis=1)),
    hull_of_a_body=lambda x: _hull(np.outer(SIX, x[:3]) + CORNERS),
    medfilt=lambda x: signal.medfilt(x, 3),
    map_coordinates=lambda x: ndimage.map_coordinates(np.outer(x, x), np.abs(np.outer(x[:2], x[2:]))),
    bilinear=lambda x: ndimage.map_coordinates(IMAGE, np.abs(np.outer([0.3, 0.4], x)), order=1),
    shift_image=lambda x: ndimage.shift(np.outer(x, x), x[:2], mode="mirror"),
    zoom_image=lambda x: ndimage.zoom(np.outer(x, W), 1.5, mode="nearest"),
    rotate_image=lambda x: ndimage.rotate(np.outer(x, W), 30.0, order=2),
    median_filter=lambda x: ndimage.median_filter(np.outer(x, W), 3),
    maximum_filter=lambda x: ndimage.maximum_filter(np.outer(x, W), (2, 3)),
    gaussian_laplace=lambda x: ndimage.gaussian_laplace(np.outer(x, W), 0.8),
    surface_by_heights=lambda x: interpolate.RectBivariateSpline(T, T, np.outer(x, x))(1.3, T, dx=1),
    surface_by_places=lambda x: interpolate.RectBivariateSpline(T + 0.1 * x, T, np.outer(W, x)).ev(1.3, x[2]),
    surface_integral=lambda x: interpolate.RectBivariateSpline(T, T, np.outer(W, x)).integral(
        0.2, x[2], 0.0, 1.0
    ),
    surface_fitted=lambda x: interpolate.LSQBivariateSpline(
        DAYS, (DAYS * 7) % 5, _ripple(x), [10.0], [2.5], w=1 + x[DAY] ** 2, kx=2, ky=1
    )(x[2], [1.0, 3.0]),
    surface=lambda x: interpolate.RectBivariateSpline(T, T, np.outer(W, W))(abs(x[:1]), T),
    nnls=lambda x: optimize.nnls(np.abs(IMAGE[:, :3]) + 0.1 * np.outer(x, [1, 2, 4]), x)[0],
    curve_fit_covariance=lambda x: optimize.curve_fit(line, T, x, jac=lambda t, a, b: np.stack([t, t**2], 1))[
        1
    ],
    normal_quantile=lambda x: stats.norm.ppf(0.3, x, 1.5),
    one_quantile=lambda x: stats.gumbel_r.ppf(0.3, x[0], x[2]),
    beta_density=lambda x: stats.beta.pdf(0.4, x[2], abs(x)),
    cauchy_quantile=lambda x: stats.cauchy.ppf(0.3, x[0], x[2]),
    skewed_normal=lambda x: stats.skewnorm.cdf(x[0], x),
    chi_square_not_central=lambda x: stats.ncx2.pdf(abs(x), 3.3, abs(x)),
    binomial=lambda x: stats.binom.pmf(3, 7, x[0]),
    kernel_estimate=lambda x: stats.gaussian_kde(x)(x[:2]),
    all_intervals=lambda x: np.stack(stats.norm.interval(0.9, x[0], x[2])),
)


def diagonal_through_a_view(x):
    result = np.zeros((4, 4))
    diagonal = np.diag(result)
    diagonal.flags.writeable = True
    diagonal[:] = x**2
    result[0, 1] = x[2]
    return result


tried.at(
    V,
    old_dct=lambda x: fftpack.dct(np.sin(x), norm="ortho"),
    old_fft=lambda x: abs(fftpack.fft(x)),
    old_rfft=lambda x: fftpack.rfft(np.sin(x)),
    old_dstn=lambda x: fftpack.dstn(np.outer(x, W), shape=(3, 3)),
    convolve_images=lambda x: signal.convolve(np.outer(x, x), IMAGE[:3, :2], "same", method="direct"),
    correlate_images=lambda x: signal.correlate(np.outer(x, W), IMAGE[:2, :3], "full", method="direct"),
    correlate_by_the_second=lambda x: signal.correlate(
        IMAGE, np.outer(x, x)[:2, :2], "valid", method="direct"
    ),
    generic_filter=lambda x: ndimage.generic_filter(np.outer(x, W), lambda v: np.sum(v**2) / 9, (3, 2)),
    steps_between=lambda x: interpolate.interp1d(T + 0.01 * x, x, "zero")(1.3),
    minkowski_power=lambda x: distance.cdist(np.outer(x, W), IMAGE[:, :4], "minkowski", p=x[2] + 1.5),
    sum_in_complex=lambda x: np.real(np.sum(np.stack([x, x * W]), axis=0, dtype=complex) ** 2),
    mean_of_complex=lambda x: np.imag(np.mean(np.exp(1j * x), dtype=np.complex128)),
    logsumexp_of_complex=lambda x: np.real(logsumexp([x + 3.0, x / 2 + 1j * np.pi], axis=0)),
    truncated_normal=lambda x: stats.truncnorm.cdf(x / 3, -1.0, x[2], 0.1, 1.2),
    truncated_normal_above=lambda x: stats.truncnorm.logsf(x / 3, -1.0, x[2], 0.1, 1.2),
    is_nan_of_a_list=lambda x: np.where(np.isnan([x[0], x[1], np.nan, x[3]]), x**2, x),
    clip_casting=lambda x: np.clip(x, -0.5, x[2], casting="same_kind"),
    diagonal_through_a_view=diagonal_through_a_view,
    shift_beyond_the_grid=lambda x: ndimage.shift(
        np.outer(x, W), x[:2], order=1, mode="grid-constant", cval=0.7
    ),
    rotate_beyond_the_grid=lambda x: ndimage.rotate(np.outer(x, W), 30.0, order=3, mode="grid-constant"),
    nearest_neighbours=lambda x: KDTree(np.outer(x, W)).query(IMAGE[:, :4], k=2)[0],
    nearest_to_places=lambda x: cKDTree(IMAGE[:, :2]).query(np.outer(W, x[:2]), p=1)[0],
    matched_by_distance=lambda x: _matched(np.abs(np.subtract.outer(x, x[[2, 0, 3, 1]] + 0.1))),
    neighbours_in_a_ball=lambda x: x[KDTree(np.outer(x, W)).query_ball_point([0.1, 0.2, 0.1, 0.3], 2.0)],
)


def solved_where_it_is(A):
    """The rows of a factor, each solved for in its own memory, as least angle regression has them."""
    factor = np.zeros((3, 3))
    for i in range(3):
        factor[i, :i] = A[i, :i]
        if i:
            scipy.linalg.solve_triangular(factor[:i, :i], factor[i, :i], lower=True, overwrite_b=True)
        factor[i, i] = np.sqrt(5 + A[i, i] ** 2 - np.sum(factor[i, :i] ** 2))
    return factor


def inverse_by_lapack(A):
    """Inverse and determinant of a symmetric matrix, as they are written for speed."""
    c, info = scipy.linalg.lapack.dpotrf(A @ A.T + np.eye(3))
    diagonal = c.diagonal()
    log_det = 2 * np.sum(np.log(diagonal))
    scipy.linalg.lapack.dpotri(c, overwrite_c=1)
    return np.append(c + c.T - np.diag(diagonal), log_det + info)


def products_by_blas(A):
    blas, x = scipy.linalg.blas, A.copy()
    swap, nrm2 = scipy.linalg.get_blas_funcs(("swap", "nrm2"), (np.eye(3),))
    x.T[0], x.T[2] = swap(x.T[0], x.T[2])
    row = 2.0 * x[1]
    blas.dscal(0.7, row)
    blas.daxpy(x[0], row, a=0.3)
    x = blas.dgemm(nrm2(row), x, A, beta=2.0, c=A.T, trans_a=1, overwrite_c=1)
    return (
        blas.dger(2.0, row, blas.dgemv(0.5, x, row, trans=1), a=x) * blas.ddot(row, A[0]) * blas.dasum(A[1])
    )


def triangles_by_lapack(A):
    (solve,) = scipy.linalg.get_lapack_funcs(("trtrs",), (np.eye(3),))
    lapack, lower = scipy.linalg.lapack, {"lower": 1}
    c = lapack.dpotrf(A @ A.T + np.eye(3), clean=0, **lower)[0]
    inverses = lapack.dtrtri(c, **lower)[0], lapack.dtrtri(A, unitdiag=1)[0], lapack.dpotri(A)[0]
    x = [lapack.dpotrs(c, A, **lower)[0], solve(A, A.T, trans=1)[0], solve(A, c, unitdiag=1)[0]]
    return np.concatenate([*inverses, *x])


tried.at(
    A,
    expm=lambda A: expm(A / 3),
    logm=lambda A: scipy.linalg.logm(A),
    smallest_eigenvalues=lambda A: scipy.linalg.eigh(A @ A.T, subset_by_index=(0, 1))[0],
    eigenvalues_of_two=lambda A: np.sort(scipy.linalg.eigvals(A, np.eye(len(A)) + A @ A.T).real),
    sqrtm=lambda A: scipy.linalg.sqrtm(A),
    inv=lambda A: scipy.linalg.inv(A),
    det=lambda A: scipy.linalg.det(A),
    solve=lambda A: scipy.linalg.solve(A, b),
    cholesky=lambda A: scipy.linalg.cholesky(A @ A.T + np.eye(3), lower=True),
    eigvalsh=lambda A: scipy.linalg.eigvalsh(A + A.T),
    norm=lambda A: scipy.linalg.norm(A),
    lu=lambda A: scipy.linalg.lu(A)[2],
    solve_triangular=lambda A: scipy.linalg.solve_triangular(np.triu(A), b),
    cho_factor_of_a_number=lambda A: scipy.linalg.cho_factor(A[0, 0] ** 2 + 1)[0],
    cho_solve=lambda A: scipy.linalg.cho_solve(scipy.linalg.cho_factor(A @ A.T + np.eye(3)), b),
    solved_where_it_is=solved_where_it_is,
    inverse_by_lapack=inverse_by_lapack,
    triangles_by_lapack=triangles_by_lapack,
    products_by_blas=products_by_blas,
)
tried.at(
    0.7,
    quad=lambda x: integrate.quad(lambda t: math.exp(-x * t), 0.0, 1.0)[0],
    fixed_quad=lambda x: integrate.fixed_quad(lambda t: np.exp(-x * t), 0.0, 1.0)[0],
    newton=lambda x: optimize.newton(lambda z: z**2 - x, 0.8, fprime=lambda z: 2 * z, maxiter=50),
    secant=lambda x: optimize.newton(lambda z: z**2 - x, 0.8, tol=1e-14),
    brentq_by_name=lambda x: optimize.brentq(f=lambda z: z**2 - x, a=0.0, b=2.0, xtol=1e-14),
    quad_vec_by_name=lambda x: integrate.quad_vec(f=lambda t: math.exp(-x * t), a=0.0, b=1.0)[0],
    brentq=lambda x: optimize.brentq(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    brenth=lambda x: optimize.brenth(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    bisect=lambda x: optimize.bisect(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    ridder=lambda x: optimize.ridder(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    toms748=lambda x: optimize.toms748(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    root_scalar=lambda x: optimize.root_scalar(lambda z: z**2 - x, bracket=[0.0, 2.0], xtol=1e-14).root,
    newton_krylov=lambda x: optimize.newton_krylov(
        lambda z: z + x * np.sin(z[::-1]) - 1, [0.5, 1.0], f_tol=1e-13
    ),
    broyden=lambda x: optimize.broyden1(lambda z: z - np.cos(x * z), [0.5, 0.7], f_tol=1e-13),
    diagbroyden=lambda x: optimize.diagbroyden(lambda z: z - np.cos(x * z), [0.5], f_tol=1e-13),
    fixed_point=lambda x: optimize.fixed_point(lambda z: np.cos(x * z), 0.5, xtol=1e-14),
    fsolve=lambda x: optimize.fsolve(lambda z: [z[0] ** 2 - x, z[1] - z[0]], [1.0, 1.0]),
    fsolve_to_a_part_of_it=lambda x: optimize.fsolve(lambda z: z**2 - x, 1.0, xtol=x * 1e-13),
    root=lambda x: optimize.root(lambda z: [z[0] ** 2 - x, z[1] - z[0]], [1.0, 1.0]).x,
    quad_limits=lambda x: integrate.quad(lambda t: np.exp(-t * t), 0.0, x)[0],
    minimize_scalar=lambda x: optimize.minimize_scalar(lambda z: (z - x) ** 2).x,
    solve_ivp=lambda x: integrate.solve_ivp(
        lambda t, y: -x * y, (0.0, 1.0), [1.0], t_eval=[1.0], rtol=1e-10, atol=1e-10
    ).y[0],
)

tried.rounds("two triangular systems are solved in place of LAPACK's one call", "cho_solve")


def bowl(x, a):
    return (x[0] - a) ** 2 + 2 * (x[1] - a**2) ** 2 + 0.1 * x[0] * x[1]


def bowl_slopes(x, a):
    return np.array([2 * (x[0] - a) + 0.1 * x[1], 4 * (x[1] - a**2) + 0.1 * x[0]])


@tried.at(0.7)
def minimum_within_bounds(a):
    found = optimize.minimize(bowl, [0.0, 0.0], args=(a,), jac=bowl_slopes, bounds=[(None, 0.4), (0, a)])
    return np.append(found.x, found.fun)


@tried.at(0.7)
def minimum_under_constraints(a):
    circle = {"type": "ineq", "fun": lambda x, r: r - x[0] ** 2 - x[1] ** 2, "args": (a / 4,)}
    line = {"type": "eq", "fun": lambda x: x[0] - 2 * a * x[1]}
    return optimize.minimize(bowl, [0.1, 0.1], args=(a,), constraints=[circle, line], tol=1e-12).x


@tried.at(0.7)
def minimum_by_a_simplex(a):
    return optimize.fmin(bowl, [0.1, 0.1], args=(a,), xtol=1e-10, ftol=1e-15, disp=False)


@tried.at(0.7)
def leastsq(a):
    return optimize.leastsq(lambda p: [p[0] - a, a * p[1] - 1, p[0] * p[1] - 1], [1.0, 1.0])[0]


def decay(y, t, a):
    return [-a * y[0], y[0] - a * y[1] ** 2]


tried.at(
    0.7,
    odeint=lambda a: integrate.odeint(decay, [1.0, a], T, args=(a,), rtol=1e-11, atol=1e-12)[-1],
    odeint_times=lambda a: integrate.odeint(decay, [1.0, 0.2], a * T, (1.0,), rtol=1e-11, atol=1e-12)[-1],
    odeint_stiff=lambda a: integrate.odeint(
        lambda t, y: [1e4 * (np.cos(a * t) - y[0])], 0.0, T, rtol=1e-11, atol=1e-12, tfirst=True
    )[-1],
)


def _matched(costs):
    rows, columns = optimize.linear_sum_assignment(costs)
    return costs[rows, columns] ** 2


EXACTLY = {"rtol": 1e-12, "atol": 1e-14}
TIGHT = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15}
SPREAD = np.array([[0.1, 0.2], [2.9, 0.3], [0.2, 2.8], [2.7, 2.9], [1.3, 1.1], [0.8, 2.0], [2.1, 1.4]])
LOOP = np.array([[0.3, 1.0, -0.2], [-0.5, 0.1, 0.4], [0.2, -0.3, 0.6]])
INPUT = np.array([[1.0, 0.0], [0.5, 1.0], [-0.3, 2.0]])
AXIS = np.array([0.1, 0.5, 0.8, 1.2, 1.7, 2.0])


def _stepped(a):
    """A loop as it has been written since before there was `solve_ivp`."""
    solver = integrate.ode(lambda t, y, a: [y[1], -a * math.sin(y[0])]).set_integrator("dopri5", **EXACTLY)
    solver.set_initial_value([1.0, a], 0.0).set_f_params(a)
    total = 0.0
    while solver.successful() and solver.t < 1.0:
        solver.integrate(solver.t + 0.5)
        total += solver.y[0]
    return total


def _residuals(p, a):
    return np.array([p[0] - a, a * p[1] - 1, p[0] * p[1] - 1.1])


tried.at(
    0.7,
    least_squares_lm=lambda a: optimize.least_squares(
        _residuals, [1.0, 1.0], args=(a,), method="lm", **TIGHT).x,
    least_squares_robust=lambda a: optimize.least_squares(
        _residuals, [1.0, 1.0], args=(a,), loss="soft_l1", f_scale=0.1, **TIGHT).x,
    lsoda=lambda a: integrate.solve_ivp(
        lambda t, y: [-a * y[0], y[0] - a * y[1] ** 2], (0.0, 1.5), [1.0, a], method="LSODA", **EXACTLY
    ).y[:, -1],
    ode_in_steps=_stepped,
    radial_basis=lambda a: interpolate.RBFInterpolator(SPREAD * a, np.sin(a * SPREAD[:, 0]))([[1.0, 0.9]]),
    griddata_linear=lambda a: interpolate.griddata(SPREAD, np.cos(a * SPREAD[:, 1]), (2 * a, 1.2 * a)),
    griddata_cubic=lambda a: interpolate.griddata(SPREAD, SPREAD[:, 1] ** 2, (2 * a, a), method="cubic"),
    grid_cubic=lambda a: interpolate.RegularGridInterpolator(
        (AXIS, AXIS), np.sin(a * AXIS)[:, None] * np.cos(AXIS), method="cubic", solver=spsolve
    )([[0.4 * a, 0.9]]),
    spline_through_moving_points=lambda a: interpolate.make_interp_spline(AXIS**a, np.sin(AXIS))(1.1),
    riccati=lambda a: scipy.linalg.solve_continuous_are(LOOP * a, INPUT, np.eye(3), a * np.eye(2)),
    riccati_discrete=lambda a: scipy.linalg.solve_discrete_are(LOOP * a, INPUT, np.eye(3) * a, np.eye(2)),
)  # fmt: skip
