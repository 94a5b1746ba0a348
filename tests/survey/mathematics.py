"""math, cmath and statistics, in the forms in which people import them."""

import cmath
import colorsys
import functools
import math
import math as m
import statistics
import statistics as stats
from math import cos as cosine
from math import erf, exp, gamma, lgamma, log, pi, sin, sqrt

from . import Group

tried = Group(__name__, "math, cmath, statistics")


def kernel_density(data, h):
    """``statistics.kde`` of Python 3.13, or its formula."""
    if hasattr(statistics, "kde"):
        return statistics.kde(data, h)
    return lambda x: sum(math.exp(-(((x - d) / h) ** 2) / 2) for d in data) / len(data) / h / sqrt(2 * pi)


def kernel_sample(data, h):
    return statistics.kde_random(data, h, seed=1)() if hasattr(statistics, "kde_random") else data[0]


tried.at(
    0.7,
    sin=(lambda x: math.sin(x), lambda m, x: m.sin(x)),
    cos=(lambda x: math.cos(x), lambda m, x: m.cos(x)),
    tan=(lambda x: math.tan(x), lambda m, x: m.tan(x)),
    asin=(lambda x: math.asin(x), lambda m, x: m.asin(x)),
    acos=(lambda x: math.acos(x), lambda m, x: m.acos(x)),
    atan=(lambda x: math.atan(x), lambda m, x: m.atan(x)),
    atan2=(lambda x: math.atan2(x, 2.0) + math.atan2(2.0, x), lambda m, x: m.atan2(x, 2) + m.atan2(2, x)),
    sinh=(lambda x: math.sinh(x), lambda m, x: m.sinh(x)),
    cosh=(lambda x: math.cosh(x), lambda m, x: m.cosh(x)),
    tanh=(lambda x: math.tanh(x), lambda m, x: m.tanh(x)),
    asinh=(lambda x: math.asinh(x), lambda m, x: m.asinh(x)),
    acosh=(lambda x: math.acosh(1 + x), lambda m, x: m.acosh(1 + x)),
    atanh=(lambda x: math.atanh(x), lambda m, x: m.atanh(x)),
    exp=(lambda x: math.exp(x), lambda m, x: m.exp(x)),
    exp2=(lambda x: math.exp2(x), lambda m, x: m.power(2, x)),
    expm1=(lambda x: math.expm1(x), lambda m, x: m.expm1(x)),
    log=(lambda x: math.log(x), lambda m, x: m.log(x)),
    log_base=(lambda x: math.log(x, 3) + math.log(3, x), lambda m, x: m.log(x, 3) + m.log(3, x)),
    log2=(lambda x: math.log2(x), lambda m, x: m.log(x, 2)),
    log10=(lambda x: math.log10(x), lambda m, x: m.log10(x)),
    log1p=(lambda x: math.log1p(x), lambda m, x: m.log1p(x)),
    sqrt=(lambda x: math.sqrt(x), lambda m, x: m.sqrt(x)),
    cbrt=(lambda x: math.cbrt(x), lambda m, x: m.cbrt(x)),
    pow=(lambda x: math.pow(x, 2.5) + math.pow(2.5, x), lambda m, x: x**2.5 + m.power(2.5, x)),
    hypot=(lambda x: math.hypot(x, 1.5, 2 * x), lambda m, x: m.sqrt(5 * x * x + 2.25)),
    dist=(lambda x: math.dist((x, 1.0), (2.0, x)), lambda m, x: m.sqrt((x - 2) ** 2 + (x - 1) ** 2)),
    gamma=(lambda x: math.gamma(x), lambda m, x: m.gamma(x)),
    lgamma=(lambda x: math.lgamma(x), lambda m, x: m.loggamma(x)),
    erf=(lambda x: math.erf(x), lambda m, x: m.erf(x)),
    erfc=(lambda x: math.erfc(x), lambda m, x: m.erfc(x)),
    fabs=lambda x: math.fabs(-x) * x,
    floor=lambda x: math.floor(10 * x) * x,
    sign_by_a_power=lambda x: (-1) ** (9 * x // 1) * x,
    ceil=lambda x: math.ceil(10 * x) * x,
    trunc=lambda x: math.trunc(10 * x) * x,
    fmod=lambda x: math.fmod(5.3 * x, 0.6) + math.fmod(5.3, x),
    remainder=lambda x: math.remainder(5.3 * x, 0.6),
    modf=lambda x: math.modf(5.3 * x)[0] * math.modf(5.3 * x)[1],
    frexp=lambda x: math.frexp(5.3 * x)[0] * 2 ** math.frexp(5.3 * x)[1],
    ldexp=lambda x: math.ldexp(x, 3),
    copysign=lambda x: math.copysign(x**2, -1.0) + math.copysign(2.0, x),
    degrees=lambda x: math.degrees(x),
    radians=lambda x: math.radians(x),
    fsum=lambda x: math.fsum([x, x**2, 0.1]),
    fsum_of_generator=lambda x: math.fsum(x**k for k in range(5)),
    prod=lambda x: math.prod([x, x + 1, 2.0]),
    prod_start=lambda x: math.prod([x, x + 1], start=3),
    sumprod=lambda x: math.sumprod([x, 2.0], [x**2, x]) if hasattr(math, "sumprod") else x * x**2 + 2.0 * x,
    fma=lambda x: math.fma(x, x + 1, 2 * x) if hasattr(math, "fma") else x * (x + 1) + 2 * x,
    whole_numbers=lambda x: x * math.gcd(4, 6) + math.lcm(2, 3) * x**2 + math.isqrt(10) + math.perm(4, 2),
    factorial=lambda x: sum(x**k / math.factorial(k) for k in range(10)),
    comb=lambda x: sum(math.comb(4, k) * x**k * (1 - x) ** (4 - k) * k for k in range(5)),
    isclose=lambda x: x**2 if not math.isclose(x, 0.0, abs_tol=1e-9) else x,
    isfinite=lambda x: x**2 if math.isfinite(x) and not math.isnan(x) and not math.isinf(x) else x,
    nextafter=lambda x: math.nextafter(x, 1.0) * x,
    constants=lambda x: math.pi * x + math.e * x**2 + math.tau - math.inf**-1,
    imported_names=lambda x: sin(x) * exp(-x) * cosine(x) + log(x) / sqrt(x) + pi,
    imported_gamma=lambda x: gamma(x) * erf(x) + lgamma(x),
    renamed_module=lambda x: m.sin(m.exp(x)),
    composed=lambda x: functools.reduce(lambda v, f: f(v), [math.sin, math.exp, math.sqrt], x),
    from_a_dict=lambda x: {"sin": math.sin, "cos": math.cos}["cos"](x),
    by_getattr=lambda x: sum(getattr(math, name)(x) for name in ("sin", "exp", "tanh")),
    by_map=lambda x: sum(map(math.sin, [x, 2 * x, 1.0])),
    gauss=lambda x: math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
    normal_cdf=lambda x: 0.5 * (1 + math.erf(x / math.sqrt(2))),
    int_argument=lambda x: math.sqrt(2) * math.sin(1) * x,
    stdlib_mean=lambda x: statistics.mean([x, x**2, 2.0]),
    stdlib_fmean=lambda x: statistics.fmean([x, x**2, 2.0]),
    stdlib_variance=lambda x: statistics.variance([x, x**2, 2.0]),
    stdlib_pvariance=lambda x: statistics.pvariance([x, x**2, 2.0]),
    stdlib_stdev=lambda x: stats.stdev([x, x**2, 2.0]),
    stdlib_pstdev=lambda x: stats.pstdev([x, x**2, 2.0]),
    stdlib_median=lambda x: statistics.median([x, x**2, 2.0]) ** 2,
    stdlib_median_of_even=lambda x: statistics.median([x, x**2, 2.0, 3.0]) ** 2,
    stdlib_median_low=lambda x: statistics.median_low([x, x**2, 2.0, 3.0]) ** 2,
    stdlib_median_high=lambda x: statistics.median_high([x, x**2, 0.1, 2.0]) ** 2,
    stdlib_median_grouped=lambda x: statistics.median_grouped([x, x**2, 0.1, 2.0]) ** 2,
    stdlib_mode=lambda x: statistics.mode([x, x**2, x]) ** 2,
    stdlib_multimode=lambda x: statistics.multimode([x, x**2, x])[0] ** 2,
    stdlib_geometric_mean=lambda x: statistics.geometric_mean([x, x**2, 2.0]),
    stdlib_harmonic_mean=lambda x: statistics.harmonic_mean([x, x**2, 2.0]),
    stdlib_correlation=lambda x: statistics.correlation([x, x**2, 2.0], [1.0, 2.0, 4.0]),
    stdlib_covariance=lambda x: statistics.covariance([x, x**2, 2.0], [1.0, 2.0, 4.0]),
    stdlib_regression=lambda x: statistics.linear_regression([1.0, 2.0, 4.0], [x, x**2, 2.0]).slope,
    stdlib_quantiles=lambda x: statistics.quantiles([x, x**2, 2.0, 3.0])[0],
    stdlib_proportional=lambda x: statistics.linear_regression([1.0, x], [x, 2.0], proportional=True).slope,
    stdlib_normal=lambda x: statistics.NormalDist(0.0, 1.0).pdf(x),
    stdlib_normal_cdf=lambda x: statistics.NormalDist(x, 1.0 + x).cdf(x**2),
    stdlib_normal_quantile=lambda x: statistics.NormalDist(x, 1.0 + x).inv_cdf(x**2),
    stdlib_normal_quantiles=lambda x: sum(statistics.NormalDist(x, 2.0 * x).quantiles(5)[1:]),
    stdlib_normal_of_samples=lambda x: statistics.NormalDist.from_samples([x, x**2, 2.0]).stdev,
    stdlib_normal_overlap=lambda x: statistics.NormalDist(x, 1.0).overlap(statistics.NormalDist(0.1, 2 * x)),
    stdlib_normal_sum=lambda x: (statistics.NormalDist(x, x) + statistics.NormalDist(1.0, 2.0) * x).stdev,
    stdlib_kde=lambda x: kernel_density([x, 1.0, 2.5], 0.9)(x**2) + kernel_sample([x, 1.0], 0.9),
    cmath_trigonometric=lambda x: sum(abs(f(complex(x, 0.3))) for f in (cmath.cos, cmath.tan, cmath.sin)),
    cmath_hyperbolic=lambda x: sum(abs(f(complex(x, 0.3))) for f in (cmath.cosh, cmath.sinh, cmath.tanh)),
    cmath_inverse=lambda x: sum(abs(f(complex(x, 0.3))) for f in (cmath.acos, cmath.asin, cmath.atan)),
    cmath_areas=lambda x: sum(abs(f(complex(x, 0.3))) for f in (cmath.acosh, cmath.asinh, cmath.atanh)),
    cmath_log10=lambda x: cmath.log10(complex(x, 0.3)).imag,
    cmath_exp=lambda x: cmath.exp(1j * x).real,
    cmath_sqrt=lambda x: cmath.sqrt(-x).imag,
    cmath_phase=lambda x: cmath.phase(1 + 1j * x),
    cmath_polar=lambda x: cmath.polar(complex(x, 2.0))[0],
    cmath_rect=lambda x: cmath.rect(x, 2 * x).real,
    cmath_log=lambda x: cmath.log(complex(x, 1.0)).imag,
    cmath_sin=lambda x: abs(cmath.sin(complex(x, 0.5))),
    complex_builtin=lambda x: (complex(x, x**2) * complex(1, 2)).imag,
    complex_abs=lambda x: abs(complex(x, x**2)),
    complex_conjugate=lambda x: (complex(x, 2.0) * complex(x, 2.0).conjugate()).real,
    complex_power=lambda x: ((x + 1j) ** 3).real,
    complex_literal=lambda x: (1 / (1 + 2j * x)).real,
    colours=lambda x: colorsys.hsv_to_rgb(x - 0.3, 0.4, x)[0] * colorsys.rgb_to_hls(0.2, x, 0.1)[0],
    mandelbrot_step=lambda x: abs((complex(x, 0.3) ** 2 + 0.1) ** 2 + 0.1),
)
