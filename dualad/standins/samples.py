"""What scipy.stats has compiled: statistics of samples, their distributions, and isotonic regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dual import Dual, primal, settled
from ..errors import NoRuleError, UnsupportedError
from .scipy_arrays import (
    Function,
    as_array,
    by_its_text,
    by_slopes,
    by_values,
    holds,
    of_values,
    plain_copy,
    with_value,
)


def _siegel_slopes(values: Any, y: Any, x: Any, method: str) -> Any:
    """Medians of medians of slopes (A. Siegel, Biometrika 69, 242 (1982))."""
    slopes, intercepts = [], []
    for j in range(len(x)):
        others = np.flatnonzero(plain_copy(x) != plain_copy(x)[j])
        gaps = x[others] - x[j]
        slopes.append(np.median((y[others] - y[j]) / gaps))
        intercepts.append(np.median((y[j] * x[others] - y[others] * x[j]) / gaps))
    slope = np.median(np.stack(slopes))
    intercept = np.median(np.stack(intercepts) if method == "separate" else y - slope * x)
    return slope, intercept


# ---------------------------------------------------------------- densities with Bessel functions


def _log_kv(order: Any, x: Any) -> Any:
    """The logarithm of the modified Bessel function of the second kind."""
    import scipy.special

    return np.log(scipy.special.kve(order, x)) - x


def _log_hyperbolic_density(value: Any, x: Any, p: Any, a: Any, b: Any) -> Any:
    """The logarithm of the generalised hyperbolic density (O. Barndorff-Nielsen, 1978)."""
    gamma, root = np.sqrt((a - b) * (a + b)), np.sqrt(1 + x * x)
    norm = p * np.log(gamma) - 0.5 * np.log(2 * np.pi) - (p - 0.5) * np.log(a) - _log_kv(p, gamma)
    return norm + (p - 0.5) * np.log(root) + _log_kv(p - 0.5, a * root) + b * x


def _log_inverse_gaussian_density(value: Any, x: Any, p: Any, b: Any) -> Any:
    """The logarithm of the generalised inverse Gaussian density, for x > 0."""
    return (p - 1) * np.log(x) - b * (x + 1 / x) / 2 - np.log(2.0) - _log_kv(p, b)


# ---------------------------------------------------------------- Shapiro and Wilk's test


def _shapiro_wilk(original: Function, x: Any, a: Any, *more: Any) -> Any:
    """The statistic by its own formula, and its significance (P. Royston, Applied Statistics 44, AS R94)."""
    value, p, fault = original(plain_copy(x), a, *more)  # which finds the weights a
    half = len(a)
    spread = np.sum(a * (x[::-1][:half] - x[:half]))
    w = with_value(value, spread**2 / np.sum((x - np.mean(x)) ** 2))
    return w, with_value(p, _significance(w, len(x))), fault


def _significance(w: Any, n: int) -> Any:
    import scipy.special

    if n == 3:
        return 6 / np.pi * (np.arcsin(np.sqrt(w)) - np.arcsin(np.sqrt(0.75)))
    y, log_n = np.log(1 - w), np.log(n)
    if n <= 11:
        gamma = 0.459 * n - 2.273
        if primal(y) >= gamma:
            return 0 * y
        y = -np.log(gamma - y)
        mean = np.polyval([-6.714e-4, 0.025054, -0.39978, 0.544], n)
        deviation = np.exp(np.polyval([-0.0020322, 0.062767, -0.77857, 1.3822], n))
    else:
        mean = np.polyval([0.0038915, -0.083751, -0.31082, -1.5861], log_n)
        deviation = np.exp(np.polyval([0.0030302, -0.082676, -0.4803], log_n))
    return scipy.special.ndtr(-(y - mean) / deviation)


# ---------------------------------------------------------------- how evenly points fill a cube


def _discrepancy(formula: Function) -> Function:
    """A discrepancy by Hickernell's formula (Mathematics of Computation 67, 299 (1998), and others)."""

    def discrepancy(value: Any, sample: Any, iterative: bool, workers: int) -> Any:
        if iterative:
            raise NoRuleError("scipy.stats.qmc.discrepancy has no derivative with iterative=; leave it out")
        return formula(sample, sample[:, None, :], sample[None, :, :])

    return of_values(discrepancy)


def _mean_of_products(x: Any) -> Any:
    return np.mean(np.prod(x, axis=-1))


def _centred(x: Any, a: Any, b: Any) -> Any:
    away, of_a, of_b = (abs(z - 0.5) for z in (x, a, b))
    alone = _mean_of_products(1 + 0.5 * away - 0.5 * away**2)
    return (13 / 12) ** x.shape[1] - 2 * alone + _mean_of_products(1 + 0.5 * (of_a + of_b - abs(a - b)))


def _wrapped(x: Any, a: Any, b: Any) -> Any:
    apart = abs(a - b)
    return -((4 / 3) ** x.shape[1]) + _mean_of_products(1.5 - apart * (1 - apart))


def _mixed(x: Any, a: Any, b: Any) -> Any:
    away, of_a, of_b, apart = (abs(z) for z in (x - 0.5, a - 0.5, b - 0.5, a - b))
    alone = _mean_of_products(5 / 3 - 0.25 * away - 0.25 * away**2)
    pairs = 15 / 8 - 0.25 * (of_a + of_b) - 0.75 * apart + 0.5 * apart**2
    return (19 / 12) ** x.shape[1] - 2 * alone + _mean_of_products(pairs)


def _star(x: Any, a: Any, b: Any) -> Any:
    alone = 2 ** (1 - x.shape[1]) * _mean_of_products(1 - x**2)
    return np.sqrt(3.0 ** -x.shape[1] - alone + _mean_of_products(np.minimum(1 - a, 1 - b)))


# ---------------------------------------------------------------- distributions of statistics


def _both_above(original: Function, *bounds: Any) -> Any:
    """What SciPy 1.18 has among the ufuncs: the probability that two normal numbers are above theirs."""
    from ..rules._densities import BOTH_ABOVE

    return by_slopes(original, original, *BOTH_ABOVE)(*bounds)


def _normal_mass(weighted: bool) -> Function:
    """How much of normal numbers is between bounds, averaged over their means: Fortran of older SciPys."""

    def mass(original: Function, *args: Any, **keywords: Any) -> Any:
        args = tuple(map(as_array, args))
        value, fault = original(*map(plain_copy, args), **keywords)
        if not holds(args):
            return value, fault
        lower, upper, means, *weights, covariance = args[: 5 if weighted else 4]
        n = len(lower)
        if n > 2:
            raise UnsupportedError(
                "scipy.stats: how much of more than two normal numbers is between bounds is found by random "
                "points, and has no derivative; pass it dualad.value(x) where none is wanted"
            )
        means = np.transpose(np.reshape(means, (n, -1)))
        shares = weights[0] if weighted else np.full(len(means), 1 / len(means))
        scales = np.sqrt(np.diagonal(covariance))
        alone = ([1.0],) * weighted

        def above(h: Any, k: Any, r: Any) -> Any:
            if np.inf in (h, k):  # of which the Fortran makes NaN
                return 0.0
            return original([h, k], [np.inf, np.inf], [0.0, 0.0], *alone, [[1.0, r], [r, 1.0]])[0]

        between = _between if n == 1 else _both_between(above, covariance[0, 1] / np.prod(scales))
        masses = [between((lower - mean) / scales, (upper - mean) / scales) for mean in means]
        return with_value(value, np.dot(shares, np.stack(masses))), fault

    return mass


def _between(a: Any, b: Any) -> Any:
    import scipy.special

    return scipy.special.ndtr(b[0]) - scipy.special.ndtr(a[0])


def _both_between(above: Function, r: Any) -> Function:
    def between(a: Any, b: Any) -> Any:
        corners = (1, a[0], a[1]), (-1, b[0], a[1]), (-1, a[0], b[1]), (1, b[0], b[1])
        return sum(sign * _both_above(above, h, k, r) for sign, h, k in corners)

    return between


def _von_mises(original: Function, kappa: Any, x: Any) -> Any:
    """Von Mises's distribution on the circle; by kappa it is the sum of its Fourier series."""
    import scipy.special

    def by_kappa(y: Any, k: Any, x: Any) -> Any:
        first, total = scipy.special.ive(1, k) / scipy.special.i0e(k), 0.0
        for j in range(1, 20 + int(9 * np.sqrt(np.max(plain_copy(k), initial=0.0)))):
            below, here, above = (scipy.special.ive(i, k) for i in (j - 1, j, j + 1))
            slope = ((below + above) / 2 - here * first) / scipy.special.i0e(k)
            total = total + slope * np.sin(j * x) / (np.pi * j)
        return total

    def by_x(y: Any, k: Any, x: Any) -> Any:
        return np.exp(k * (np.cos(x) - 1)) / (2 * np.pi * scipy.special.i0e(k))

    return by_slopes(original, original, by_kappa, by_x)(kappa, x)


def _kolmogorov(called: Any, kolmogn: Function, n: Any, x: Any, cdf: Any = True) -> Any:
    """The exact distribution of Kolmogorov's statistic; its density is SciPy's."""
    x = as_array(x)
    if type(x) is not Dual:
        return kolmogn(n, x, cdf)
    from scipy.stats._ksstats import kolmognp

    n, cdf = plain_copy(settled(n)), plain_copy(settled(cdf))
    sign = np.where(cdf, 1, -1)
    return _by_density(kolmogn, x, lambda x: kolmogn(n, x, cdf), lambda x: sign * kolmognp(n, x))


def _smirnov(sign: int) -> Function:
    """The distribution of the one-sided statistic, or (-1) what is above; its density is SciPy's."""

    def distribution(called: Any, f: Function, self: Any, x: Any, n: Any) -> Any:
        x, n = as_array(x), plain_copy(settled(n))
        if type(x) is not Dual:
            return f(self, x, n)
        return _by_density(f, x, lambda x: f(self, x, n), lambda x: sign * self._pdf(x, n))

    return distribution


def _studentized_range(called: Any, cdf: Function, self: Any, x: Any, k: Any, df: Any) -> Any:
    """The distribution of a range over a deviation, which are integrals of compiled code."""
    x, k, df = (plain_copy(z) if type(z) is not Dual else z for z in map(as_array, (x, k, df)))
    if type(k) is Dual or type(df) is Dual:
        raise NoRuleError(
            "scipy.stats.studentized_range has no derivative by k and df; pass dualad.value of them"
        )
    if type(x) is not Dual:
        return cdf(self, x, k, df)
    return _by_density(cdf, x, lambda x: cdf(self, x, k, df), lambda x: self._pdf(x, k, df))


def _by_density(f: Function, x: Dual, value: Function, density: Function) -> Any:
    def slope(y: Any, x: Any) -> Any:
        if type(x) is Dual:
            raise UnsupportedError(
                f"scipy.stats: {f.__name__} has a first derivative only, as its density is compiled; write "
                "dualad.value(x) where it is differentiated again"
            )
        return density(x)

    return by_slopes(f, value, slope)(x)


def _of_triangle(matrix: Any, lower: bool = True) -> Any:
    """The symmetric matrix of which one triangle is read."""
    half = np.tril(matrix) if lower else np.triu(matrix)
    beside = np.tril(matrix, -1) if lower else np.triu(matrix, 1)
    return half + np.swapaxes(beside, -1, -2)


def _positive(
    called: Any, init: Function, self: Any, M: Any, cond: Any = None, rcond: Any = None, lower: bool = True,
    *more: Any, **options: Any,
) -> None:  # fmt: skip
    """``_PSD``: a square root of the inverse of a covariance, and the logarithm of its determinant.

    SciPy's root has eigenvectors in it, which have no derivative where eigenvalues are equal; that of
    Cholesky has one, and nothing depends on which root it is.
    """
    M = as_array(M)
    if type(M) is not Dual:
        init(self, M, cond, rcond, lower, *more, **options)
        return
    init(self, primal(M), cond, rcond, lower, *more, **options)
    if self.rank < M.shape[0]:
        by_its_text(called, init)(self, M, cond, rcond, lower, *more, **options)
        return
    factor = np.linalg.cholesky(_of_triangle(M, lower))
    self._M = M
    self.U = np.transpose(np.linalg.inv(factor))
    self.log_pdet = with_value(self.log_pdet, 2 * np.sum(np.log(np.diagonal(factor))))


def _inverse_wishart(
    called: Any, logpdf: Function, self: Any, x: Any, dim: int, df: Any, log_det_scale: Any, C: Any
) -> Any:
    """``C`` is the Cholesky factor of the scale."""
    args = [as_array(z) for z in (x, df, log_det_scale, C)]
    if not holds(args):
        return logpdf(self, args[0], dim, *args[1:])
    x, df, log_det_scale, C = args
    import scipy.special

    matrices = _of_triangle(np.moveaxis(x, -1, 0))
    traces = np.trace(np.linalg.solve(matrices, C @ np.transpose(C)), axis1=-2, axis2=-1)
    log_dets = np.linalg.slogdet(matrices)[1]
    alone = 0.5 * df * (log_det_scale - dim * np.log(2.0)) - called(scipy.special.multigammaln)(0.5 * df, dim)
    y = alone - 0.5 * traces - 0.5 * (df + dim + 1) * log_dets
    return with_value(logpdf(self, primal(x), dim, *map(primal, (df, log_det_scale, C))), y)


# ---------------------------------------------------------------- isotonic regression


def _pooled(value: Any, x: Any, weights: Any, _: Any) -> Any:
    """Neighbours that are out of order are pooled; a block of them has their mean."""
    _, sizes, blocks, count = value
    which = np.repeat(np.arange(count), np.diff(blocks[: count + 1]))
    belongs = (which == np.arange(count)[:, None]) * 1.0
    totals = belongs @ weights
    fitted = (belongs @ (weights * x) / totals)[which]
    return fitted, np.concatenate([totals, sizes[count:]]), blocks, count


# ---------------------------------------------------------------- densities of points


def _kernel_estimate(logarithm: bool) -> Function:
    """Sums of Gaussians, or their logarithm; ``factor`` is Cholesky's of their covariance."""

    def estimate(value: Any, points: Any, values: Any, at: Any, factor: Any, *dtype: Any) -> Any:
        inverse = np.linalg.inv(np.tril(factor))
        apart = (points[:, None, :] - at[None, :, :]) @ np.transpose(inverse)
        exponents = -np.sum(apart * apart, axis=-1) / 2
        largest = np.max(primal(exponents), axis=0, initial=-np.inf) if logarithm else np.zeros(len(at))
        scale = np.prod(np.diagonal(factor)) * (2 * np.pi) ** (at.shape[-1] / 2)
        y = np.transpose(np.exp(exponents - largest)) @ values / scale
        return np.log(y) + largest[:, None] if logarithm else y

    return of_values(estimate)


# ---------------------------------------------------------------- what stands in for what

#: The last name of a module (f2py has none) and that of a function -> its twin, which is given the function.
SAMPLES: dict[tuple[str, str], Function] = {
    ("_stats", "gaussian_kernel_estimate"): _kernel_estimate(False),
    ("_stats", "gaussian_kernel_estimate_log"): _kernel_estimate(True),
    ("_stats", "genhyperbolic_logpdf"): of_values(_log_hyperbolic_density),
    ("_stats", "genhyperbolic_pdf"): of_values(lambda *args: np.exp(_log_hyperbolic_density(*args))),
    ("_stats", "geninvgauss_logpdf"): of_values(_log_inverse_gaussian_density),
    ("_pava_pybind", "pava"): of_values(_pooled),
    ("_stats", "_weightedrankedtau"): by_values,
    ("_stats_pythran", "siegelslopes"): of_values(_siegel_slopes),
    ("_stats", "von_mises_cdf"): _von_mises,
    ("_stats_pythran", "_bvnu"): _both_above,
    ("f2py", "mvnun"): _normal_mass(weighted=False),
    ("f2py", "mvnun_weighted"): _normal_mass(weighted=True),
    ("_ansari_swilk_statistics", "swilk"): _shapiro_wilk,
    ("_qmc_cy", "_cy_wrapper_centered_discrepancy"): _discrepancy(_centred),
    ("_qmc_cy", "_cy_wrapper_wrap_around_discrepancy"): _discrepancy(_wrapped),
    ("_qmc_cy", "_cy_wrapper_mixture_discrepancy"): _discrepancy(_mixed),
    ("_qmc_cy", "_cy_wrapper_l2_star_discrepancy"): _discrepancy(_star),
}

#: Package and name -> ``(called, f, *arguments)``, and the same by qualified names of methods.
DISTRIBUTIONS: dict[tuple[str, str], Function] = {("stats", "kolmogn"): _kolmogorov}
DISTRIBUTIONS_BY_NAME: dict[str, Function] = {
    "ksone_gen._cdf": _smirnov(1),
    "ksone_gen._sf": _smirnov(-1),
    "studentized_range_gen._cdf": _studentized_range,
    "invwishart_gen._logpdf": _inverse_wishart,
    "_PSD.__init__": _positive,
}
