"""Functions of SciPy that are plain Python or LAPACK: optimize, linalg, integrate, interpolate, stats."""

import math

import numpy as np
import scipy.linalg
from scipy import fft, integrate, interpolate, ndimage, optimize, signal, stats
from scipy.linalg import expm
from scipy.spatial import distance

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
tried.at(
    V,
    fft=lambda x: abs(fft.fft(x)),
    irfft=lambda x: fft.irfft(np.sin(x)),
    fft2=lambda x: abs(fft.fft2(np.reshape(x, (2, 2)) + 0.1)),
    dct=lambda x: fft.dct(np.sin(x), norm="ortho"),
    dst=lambda x: fft.dst(np.sin(x), type=1, n=3),
    idctn=lambda x: fft.idctn(np.outer(x, W)),
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
tried.at(
    A,
    expm=lambda A: expm(A / 3),
    logm=lambda A: scipy.linalg.logm(A),
    sqrtm=lambda A: scipy.linalg.sqrtm(A),
    inv=lambda A: scipy.linalg.inv(A),
    det=lambda A: scipy.linalg.det(A),
    solve=lambda A: scipy.linalg.solve(A, b),
    cholesky=lambda A: scipy.linalg.cholesky(A @ A.T + np.eye(3), lower=True),
    eigvalsh=lambda A: scipy.linalg.eigvalsh(A + A.T),
    norm=lambda A: scipy.linalg.norm(A),
    lu=lambda A: scipy.linalg.lu(A)[2],
    solve_triangular=lambda A: scipy.linalg.solve_triangular(np.triu(A), b),
    cho_solve=lambda A: scipy.linalg.cho_solve(scipy.linalg.cho_factor(A @ A.T + np.eye(3)), b),
)
tried.at(
    0.7,
    quad=lambda x: integrate.quad(lambda t: math.exp(-x * t), 0.0, 1.0)[0],
    fixed_quad=lambda x: integrate.fixed_quad(lambda t: np.exp(-x * t), 0.0, 1.0)[0],
    newton=lambda x: optimize.newton(lambda z: z**2 - x, 0.8, fprime=lambda z: 2 * z, maxiter=50),
    secant=lambda x: optimize.newton(lambda z: z**2 - x, 0.8, tol=1e-14),
    brentq=lambda x: optimize.brentq(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    brenth=lambda x: optimize.brenth(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    bisect=lambda x: optimize.bisect(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    ridder=lambda x: optimize.ridder(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    toms748=lambda x: optimize.toms748(lambda z: z**2 - x, 0.0, 2.0, xtol=1e-14),
    root_scalar=lambda x: optimize.root_scalar(lambda z: z**2 - x, bracket=[0.0, 2.0], xtol=1e-14).root,
    fixed_point=lambda x: optimize.fixed_point(lambda z: np.cos(x * z), 0.5, xtol=1e-14),
    fsolve=lambda x: optimize.fsolve(lambda z: [z[0] ** 2 - x, z[1] - z[0]], [1.0, 1.0]),
    root=lambda x: optimize.root(lambda z: [z[0] ** 2 - x, z[1] - z[0]], [1.0, 1.0]).x,
    quad_limits=lambda x: integrate.quad(lambda t: np.exp(-t * t), 0.0, x)[0],
    minimize_scalar=lambda x: optimize.minimize_scalar(lambda z: (z - x) ** 2).x,
    solve_ivp=lambda x: integrate.solve_ivp(
        lambda t, y: -x * y, (0.0, 1.0), [1.0], t_eval=[1.0], rtol=1e-10, atol=1e-10
    ).y[0],
)

tried.rounds("two triangular systems are solved in place of LAPACK's one call", "cho_solve")
