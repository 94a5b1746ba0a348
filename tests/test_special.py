"""What the loops over the table leave out for `scipy.special`: calls as people write them.

Accuracy, and the laws for every rule, are tested in test_accuracy.py and test_table.py.
"""

import math
import subprocess
import sys

import mpmath
import numpy as np
import pytest
import scipy.special as sp
from scipy import stats

import dualad.rules.further  # noqa: F401 - puts its rules into the table
import dualad.rules.special as rules
from dualad import derivative, grad, hessian, jacobian, jvp, value_and_derivative, vjp
from dualad.errors import UnsupportedError
from dualad.table import RULES, Rule

UFUNCS = {name: f for name, f in vars(sp).items() if isinstance(f, np.ufunc)}
WITH_RULE = {name: f for name, f in UFUNCS.items() if f in RULES}


# ---------------------------------------------------------------- raw calls in both modes

# A raw call, a point, and the derivative there in closed form or from tables, to 15 digits.
CALLS = [
    pytest.param(lambda x: sp.erf(x), 0.5, 0.878782578935444794, id="erf"),
    pytest.param(lambda x: sp.ndtr(x), 0.0, 0.398942280401432678, id="ndtr"),
    pytest.param(lambda x: sp.erfinv(x), 0.0, 0.886226925452758014, id="erfinv"),
    pytest.param(lambda x: sp.gamma(x), 1.0, -0.577215664901532861, id="gamma"),
    pytest.param(lambda x: sp.gammaln(x), 2.0, 0.422784335098467139, id="gammaln"),
    pytest.param(lambda x: sp.psi(x), 1.0, 1.64493406684822644, id="psi"),
    pytest.param(lambda x: sp.zeta(2.0, x), 1.0, -2.40411380631918857, id="zeta"),
    pytest.param(lambda x: sp.gammainc(3.0, x), 2.0, 2 * np.exp(-2.0), id="gammainc"),
    pytest.param(lambda x: sp.beta(x, 2.0), 1.0, -0.75, id="beta, first"),
    pytest.param(lambda x: sp.beta(2.0, x), 1.0, -0.75, id="beta, second"),
    pytest.param(lambda x: sp.betainc(2.0, 3.0, x), 0.5, 1.5, id="betainc"),
    pytest.param(lambda x: sp.j0(x), 1.0, -0.440050585744933516, id="j0"),
    pytest.param(lambda x: sp.jn(1, x), 0.0, 0.5, id="jn"),
    pytest.param(lambda x: sp.i1(x), 0.0, 0.5, id="i1"),
    pytest.param(lambda x: sp.k0(x), 1.0, -0.601907230197234575, id="k0"),
    pytest.param(lambda x: sp.expit(x), 0.0, 0.25, id="expit"),
    pytest.param(lambda x: sp.xlogy(x, 2.0), 0.0, np.log(2.0), id="xlogy"),
    pytest.param(lambda x: sp.exprel(x), 0.0, 0.5, id="exprel"),
    pytest.param(lambda x: sp.exp1(x), 1.0, -np.exp(-1.0), id="exp1"),
    pytest.param(lambda x: sp.boxcox(2.0, x), 0.0, np.log(2.0) ** 2 / 2, id="boxcox"),
    pytest.param(lambda x: sp.ellipk(x), 0.0, np.pi / 8, id="ellipk"),
    pytest.param(lambda x: sp.ellipkinc(0.5, x), 0.0, (0.5 - np.sin(0.5) * np.cos(0.5)) / 4, id="ellipkinc"),
    pytest.param(lambda x: sp.agm(x, 1.0), 1.0, 0.5, id="agm"),
    pytest.param(lambda x: sp.hyp1f1(1.0, 2.0, x), 0.0, 0.5, id="hyp1f1"),
    pytest.param(lambda x: sp.eval_legendre(2, x), 0.3, 0.9, id="eval_legendre"),
    pytest.param(lambda x: sp.eval_hermite(0, x), 0.3, 0.0, id="eval_hermite, order 0"),
    pytest.param(lambda x: sp.chdtr(2.0, x), 1.0, np.exp(-0.5) / 2, id="chdtr"),
    pytest.param(lambda x: sp.stdtr(1.0, x), 1.0, 0.5 / np.pi, id="stdtr"),
    pytest.param(lambda x: sp.sindg(x), 60.0, np.pi / 360, id="sindg"),
]


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(("f", "x", "slope"), CALLS)
def test_raw_call(transform, f, x, slope):
    assert transform(f)(x) == pytest.approx(slope, rel=2e-14, abs=1e-300)


@pytest.mark.parametrize(("f", "x", "slope"), CALLS)
def test_raw_call_on_an_array(f, x, slope):
    points = np.array([x, x, x])
    y, dy = value_and_derivative(f)(points)
    np.testing.assert_array_equal(y, f(points))
    np.testing.assert_allclose(dy, slope, rtol=2e-14, atol=1e-300)
    np.testing.assert_array_equal(jacobian(f, mode="reverse")(points), np.diag(dy))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("f", [sp.erfcx, sp.gammaln, sp.i0e, sp.spence, sp.ellipk, sp.log_ndtr, sp.exprel])
def test_dtype_is_kept(f, dtype):
    y, dy = value_and_derivative(f)(np.array([0.25, 0.5], dtype))
    assert y.dtype == dy.dtype == dtype
    np.testing.assert_allclose(dy, derivative(f)(np.array([0.25, 0.5])), rtol=4 * np.finfo(dtype).eps)


# ---------------------------------------------------------------- higher derivatives


@pytest.mark.parametrize(
    ("f", "x", "right"),
    [
        pytest.param(sp.erf, 0.5, -0.878782578935444794, id="erf"),
        pytest.param(sp.gammaln, 1.0, np.pi**2 / 6, id="gammaln"),
        pytest.param(sp.psi, 1.0, -2.40411380631918857, id="psi"),
        pytest.param(sp.j0, 0.0, -0.5, id="j0"),
        pytest.param(sp.i0, 0.0, 0.5, id="i0"),
        pytest.param(sp.ellipk, 0.0, 9 * np.pi / 64, id="ellipk"),
        pytest.param(sp.ellipe, 0.0, -3 * np.pi / 64, id="ellipe"),
        pytest.param(sp.spence, 1.0, 0.5, id="spence"),
        pytest.param(lambda x: sp.sici(x)[0], 0.0, 0.0, id="sici"),
        pytest.param(lambda x: sp.agm(x, 1.0), 1.0, -0.125, id="agm"),
        pytest.param(lambda x: sp.gammainc(2.0, x), 1.0, 0.0, id="gammainc"),
        pytest.param(lambda x: sp.betainc(2.0, 3.0, x), 0.5, -3.0, id="betainc"),
        pytest.param(lambda x: sp.boxcox(2.0, x), 0.0, np.log(2.0) ** 3 / 3, id="boxcox"),
        pytest.param(lambda x: sp.xlogy(x, x), 0.5, 2.0, id="xlogy"),
    ],
)
def test_second_derivative(f, x, right):
    near = {"rel": 1e-13, "abs": 1e-14}
    assert derivative(f, order=2)(x) == pytest.approx(right, **near)
    assert derivative(grad(f))(x) == pytest.approx(right, **near)
    assert grad(grad(f))(x) == pytest.approx(right, **near)


# ---------------------------------------------------------------- points of edge-cases.md, rows 11-17, 75-77


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(
    ("f", "x", "order", "right"),
    [
        pytest.param(sp.expit, 40.0, 1, 4.248354255291589e-18, id="11"),
        pytest.param(sp.expit, 37.42994775023705, 1, 5.551115123125775e-17, id="12"),
        pytest.param(sp.expit, -90.0, 1, 8.194012623990515e-40, id="13"),
        pytest.param(sp.expit, -800.0, 1, 0.0, id="13, underflow"),
        pytest.param(lambda x: np.logaddexp(x, 0.0), 37.42994775023705, 2, 5.551115123125775e-17, id="14"),
        pytest.param(lambda x: np.logaddexp(x, 0.0), 0.0, 1, 0.5, id="15"),
        pytest.param(lambda x: np.logaddexp(x, 0.0), 0.0, 2, 0.25, id="15, order 2"),
        pytest.param(sp.log_expit, 37.42994775023705, 2, -5.551115123125775e-17, id="16, right"),
        pytest.param(sp.log_expit, -37.42994775023705, 2, -5.551115123125775e-17, id="16, left"),
        pytest.param(lambda x: x * sp.expit(x), 40.410841513445845, 2, -1.0820525268131133e-16, id="17"),
        pytest.param(lambda x: sp.xlogy(x, 2.0), 0.0, 1, 0.6931471805599453, id="75, xlogy"),
        pytest.param(lambda x: sp.xlog1py(x, 1.0), 0.0, 1, 0.6931471805599453, id="75, xlog1py"),
        pytest.param(lambda x: sp.xlogy(0.0, x), 2.0, 1, 0.0, id="75, xlogy, second argument"),
        pytest.param(lambda x: sp.xlog1py(0.0, x), 1.0, 1, 0.0, id="75, xlog1py, second argument"),
        pytest.param(lambda x: sp.xlogy(0.0, x), 0.0, 1, 0.0, id="75, xlogy(0, 0), second argument"),
        pytest.param(sp.entr, 0.0, 1, np.inf, id="76"),
        pytest.param(sp.exprel, 0.0, 1, 0.5, id="77"),
        pytest.param(sp.exprel, 0.0, 2, 1 / 3, id="77, order 2"),
        pytest.param(sp.exprel, 0.0, 3, 1 / 4, id="77, order 3"),
        pytest.param(sp.rgamma, 0.0, 1, 1.0, id="rgamma at a pole of gamma"),
        pytest.param(sp.rgamma, -3.0, 1, -6.0, id="rgamma at the fourth pole"),
        pytest.param(sp.i0e, 0.0, 1, -1.0, id="i0e at its kink: the slope to the right"),
        pytest.param(sp.i0e, 0.0, 2, 1.5, id="i0e at its kink, order 2"),
        pytest.param(lambda x: sp.i0e(x) * np.exp(x), 0.0, 2, 0.5, id="i0 by i0e at 0, order 2"),
        pytest.param(lambda k: stats.vonmises.pdf(1.0, k), 0.0, 1, math.cos(1) / math.tau, id="vonmises"),
        pytest.param(lambda b: stats.rice.pdf(1.3, b), 0.0, 1, 0.0, id="rice"),
        pytest.param(lambda x: stats.beta.pdf(x, 0.5, 0.5), 0.2, 1, -0.3 / math.pi / 0.4**3, id="arcsine"),
        pytest.param(lambda x: stats.f.cdf(x, 1.0, 1.0), 1.0, 2, -1 / math.pi / 2, id="f of 1 and 1"),
        pytest.param(lambda n: sp.binom(n, 3.0), 2.0, 1, 1 / 3, id="binom at a root"),
        pytest.param(lambda n: sp.binom(n, 3.0), 2.0, 2, 1.0, id="binom at a root, order 2"),
        pytest.param(lambda b: 2.0**b + sp.powm1(2.0, b), 0.0, 2, 2 * math.log(2) ** 2, id="x**0, order 2"),
        pytest.param(lambda x: (1 + x) ** x, 0.0, 2, 2.0, id="(1 + x)**x at 0, order 2"),
        pytest.param(lambda x: sp.chndtr(x, 4.0, 0.0), 2.0, 2, 0.0, id="chndtr, not central by 0, order 2"),
        pytest.param(lambda k: sp.chndtr(2.0, 4.0, k), 0.0, 1, -0.25 / math.e, id="chndtr by nc at 0"),
        pytest.param(lambda x: sp.logsumexp(np.array([x, 0.0])), 0.0, 2, 0.25, id="logsumexp of equal ones"),
        pytest.param(lambda x: sp.logsumexp([[x, 0.0], [x, 1]], axis=0)[0], 0.0, 1, 1.0, id="of rows"),
        pytest.param(lambda x: sp.struve(0.0, x), 0.0, 1, 2 / math.pi, id="struve at 0"),
        pytest.param(lambda x: sp.modstruve(1.0, x), 0.0, 2, 4 / (3 * math.pi), id="modstruve at 0, order 2"),
        pytest.param(sp.kolmogorov, -0.5, 1, 0.0, id="kolmogorov below 0"),
        pytest.param(sp.kolmogorov, -0.5, 2, 0.0, id="kolmogorov below 0, order 2"),
        pytest.param(lambda p: sp.bdtr(2, 2, p), 0.5, 1, 0.0, id="bdtr of all trials is 1"),
        pytest.param(lambda p: sp.bdtr(1, 2, p), 0.5, 2, -2.0, id="bdtr(1, 2) is 1 - p**2"),
    ],
)
def test_hard_point(transform, f, x, order, right):
    for _ in range(order - 1):
        f = derivative(f)
    assert transform(f)(x) == pytest.approx(right, rel=1e-12, abs=0.0)


def test_trigamma_of_large_negative_arguments_ends():
    """zeta(2, q) steps up from a negative q one by one."""
    assert derivative(sp.psi)(-1e15 - 0.5) == pytest.approx(np.pi**2)


# ---------------------------------------------------------------- several outputs

SEVERAL = [
    pytest.param(sp.sici, 0.7, [lambda y, x: np.sin(x) / x, lambda y, x: np.cos(x) / x], id="sici"),
    pytest.param(sp.shichi, 0.7, [lambda y, x: np.sinh(x) / x, lambda y, x: np.cosh(x) / x], id="shichi"),
    pytest.param(
        sp.fresnel,
        0.7,
        [lambda y, x: np.sin(np.pi / 2 * x**2), lambda y, x: np.cos(np.pi / 2 * x**2)],
        id="fresnel",
    ),
    pytest.param(
        sp.airy,
        0.7,
        [lambda y, x: y[1], lambda y, x: x * y[0], lambda y, x: y[3], lambda y, x: x * y[2]],
        id="airy",
    ),
    pytest.param(
        lambda u: sp.ellipj(u, 0.3),
        0.7,
        [
            lambda y, u: y[1] * y[2],
            lambda y, u: -y[0] * y[2],
            lambda y, u: -0.3 * y[0] * y[1],
            lambda y, u: y[2],
        ],
        id="ellipj",
    ),
]


@pytest.mark.parametrize(("f", "x", "slopes"), SEVERAL)
def test_several_outputs(f, x, slopes):
    y = f(x)
    right = [slope(y, x) for slope in slopes]
    values, tangents = jvp(lambda x: np.stack(f(x)), x, 2.0)
    np.testing.assert_array_equal(values, np.stack(y))
    np.testing.assert_allclose(tangents, 2 * np.array(right), rtol=1e-14)
    values, pullback = vjp(lambda x: np.stack(f(x)), x)
    np.testing.assert_array_equal(values, np.stack(y))
    for i, seed in enumerate(np.eye(len(right))):
        assert pullback(seed) == pytest.approx(right[i], rel=1e-14)


def test_outputs_are_a_tuple_that_unpacks():
    def wronskian(x):
        ai, aip, bi, bip = sp.airy(x)
        return ai * bip - aip * bi  # 1 / pi everywhere

    assert derivative(wronskian)(0.7) == pytest.approx(0.0, abs=1e-15)
    assert grad(wronskian)(0.7) == pytest.approx(0.0, abs=1e-15)


# ---------------------------------------------------------------- complex values of real arguments


def _w(z):
    return mpmath.exp(-z * z) * mpmath.erfc(-1j * z)


def _fresnel(sign):
    def both(x):
        turn = mpmath.expjpi(mpmath.mpf(sign) / 4)
        return mpmath.sqrt(mpmath.pi) / 2 * turn * mpmath.erfc(x / turn), _w(1j * x / turn) / 2

    return both


def _kelvin(x):
    turn = mpmath.expjpi(mpmath.mpf(1) / 4)
    b, k = mpmath.besseli(0, x * turn), mpmath.besselk(0, x * turn)
    return b, k, turn * mpmath.besseli(1, x * turn), -turn * mpmath.besselk(1, x * turn)


COMPLEX = [
    pytest.param(sp.wofz, _w, (0.7,), id="wofz"),
    pytest.param(sp.wofz, _w, (40.0,), id="wofz, far"),
    pytest.param(lambda x: sp.wofz(x + 0.5j * x), lambda x: _w(x + 0.5j * x), (12.0,), id="wofz, complex"),
    pytest.param(sp.modfresnelp, _fresnel(1), (0.7,), id="modfresnelp"),
    pytest.param(sp.modfresnelm, _fresnel(-1), (2.5,), id="modfresnelm"),
    pytest.param(sp.kelvin, _kelvin, (1.3,), id="kelvin"),
    pytest.param(sp.hankel1, mpmath.hankel1, (1.5, 2.5), id="hankel1"),
    pytest.param(sp.hankel2, mpmath.hankel2, (1.5, 2.5), id="hankel2"),
    pytest.param(
        sp.hankel1e, lambda v, x: mpmath.hankel1(v, x) * mpmath.exp(-1j * x), (1.5, 2.5), id="hankel1e"
    ),
    pytest.param(
        sp.hankel2e, lambda v, x: mpmath.hankel2(v, x) * mpmath.exp(1j * x), (1.5, 2.5), id="hankel2e"
    ),
]


@pytest.mark.parametrize(("f", "mp", "args"), COMPLEX)
def test_complex_values(f, mp, args):
    """In all arguments, first and second derivatives of real and imaginary parts, both modes."""

    def parts(x):
        y = f(*x)
        y = y if isinstance(y, tuple) else (y,)
        return np.stack([part(one) for one in y for part in (np.real, np.imag)])

    def right(output, *orders):
        with mpmath.workdps(25):
            y = mpmath.diff(
                lambda *x: mp(*x) if output is None else mp(*x)[output], tuple(map(mpmath.mpf, args)), orders
            )
            return [float(y.real), float(y.imag)]

    n = len(args)
    x, units = np.array(args), np.eye(n, dtype=int)
    outputs = range(len(parts(x)) // 2) if isinstance(f(*args), tuple) else [None]
    first = [np.concatenate([right(o, *units[i]) for o in outputs]) for i in range(n)]
    size = np.max(np.abs(first))
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(jacobian(parts, mode=mode)(x), np.transpose(first), 1e-12, 1e-13 * size)
    if n == 1:
        second = np.concatenate([right(o, 2) for o in outputs])
        found = jvp(lambda x: jvp(parts, x, np.ones(1))[1], x, np.ones(1))[1]
        np.testing.assert_allclose(found, second, 1e-11, 1e-12 * np.max(np.abs(second)))


# ---------------------------------------------------------------- shapes and orders, twice

SHAPES = [
    pytest.param(
        sp.gammainc, lambda a, x: mpmath.gammainc(a, 0, x, regularized=True), (2.5, 1.7), id="gammainc"
    ),
    pytest.param(
        sp.betainc,
        lambda a, b, x: mpmath.betainc(a, b, 0, x, regularized=True),
        (2.5, 1.25, 0.3),
        id="betainc",
    ),
    pytest.param(
        sp.stdtr,
        lambda v, t: 1 - mpmath.betainc(v / 2, 0.5, 0, v / (v + t * t), regularized=True) / 2,
        (3.5, 1.2),
        id="stdtr",
    ),
    pytest.param(
        sp.fdtr,
        lambda a, b, x: mpmath.betainc(a / 2, b / 2, 0, a * x / (a * x + b), regularized=True),
        (3.0, 5.5, 1.2),
        id="fdtr",
    ),
    pytest.param(sp.jv, mpmath.besselj, (1.5, 2.5), id="jv"),
    pytest.param(sp.yv, mpmath.bessely, (1.5, 2.5), id="yv"),
    pytest.param(sp.iv, mpmath.besseli, (1.5, 2.5), id="iv"),
    pytest.param(sp.kv, mpmath.besselk, (1.5, 2.5), id="kv"),
    pytest.param(sp.zeta, mpmath.zeta, (2.5, 1.25), id="zeta"),
    pytest.param(sp.kve, lambda v, x: mpmath.exp(x) * mpmath.besselk(v, x), (1.5, 2.5), id="kve"),
    pytest.param(sp.struve, mpmath.struveh, (0.5, 2.5), id="struve"),
    pytest.param(sp.struve, mpmath.struveh, (1.5, 12.5), id="struve, far"),
    pytest.param(sp.modstruve, mpmath.struvel, (0.25, 3.5), id="modstruve"),
    pytest.param(sp.hyp0f1, mpmath.hyp0f1, (1.5, -12.5), id="hyp0f1"),
    pytest.param(sp.hyp1f1, mpmath.hyp1f1, (0.5, 1.25, -2.5), id="hyp1f1"),
    pytest.param(sp.hyp2f1, mpmath.hyp2f1, (0.5, 1.25, 1.75, 0.7), id="hyp2f1"),
    pytest.param(sp.hyperu, mpmath.hyperu, (-0.75, 1.25, 2.5), id="hyperu"),
    pytest.param(
        sp.voigt_profile,
        lambda x, s, g: mpmath.re(_w(mpmath.mpc(x, g) / s / mpmath.sqrt(2))) / s / mpmath.sqrt(2 * mpmath.pi),
        (2.5, 0.75, 0.25),
        id="voigt_profile",
    ),
    pytest.param(
        lambda u, m: sp.ellipj(u, m)[1], lambda u, m: mpmath.ellipfun("cn", u, m), (2.5, 0.3), id="ellipj"
    ),
]


@pytest.mark.parametrize(
    ("f", "mp"), [(sp.jv, mpmath.besselj), (sp.yv, mpmath.bessely), (sp.kv, mpmath.besselk)]
)
def test_derivatives_by_the_order_are_as_accurate_as_the_function(f, mp):
    for v, x in [(2.48, 5.44), (0.3, 2.0), (1.7, 7.0)]:
        with mpmath.workdps(30):
            right, size = mpmath.diff(mp, (v, x), (1, 0)), mp(v, x)
        assert abs(derivative(lambda v, x=x: f(v, x))(v) - right) < 5e-15 * max(abs(right), abs(size))


@pytest.mark.parametrize(("f", "mp", "args"), SHAPES)
def test_second_derivatives_by_shapes_and_orders(f, mp, args):
    """In all arguments, forward over reverse, against mpmath."""
    n = len(args)
    with mpmath.workdps(30):
        orders = [[tuple(int(k == i) + int(k == j) for k in range(n)) for j in range(n)] for i in range(n)]
        right = [[float(mpmath.diff(mp, args, order)) for order in row] for row in orders]
    found = hessian(lambda x: f(*x))(np.array(args))
    np.testing.assert_allclose(found, right, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("transform", [derivative, grad])
def test_the_order_of_a_bessel_function_of_a_complex_number_is_refused(transform):
    with pytest.raises(UnsupportedError, match="plain number"):
        transform(lambda v: np.real(sp.jv(v, 1 + 2j)))(1.5)


#: In mpmath, as functions of the two parts of the argument, by which they are scaled.
SCALED = [
    (sp.jve, lambda re, im: mpmath.besselj(1.5, mpmath.mpc(re, im)) * mpmath.exp(-abs(im))),
    (sp.yve, lambda re, im: mpmath.bessely(1.5, mpmath.mpc(re, im)) * mpmath.exp(-abs(im))),
    (sp.ive, lambda re, im: mpmath.besseli(1.5, mpmath.mpc(re, im)) * mpmath.exp(-abs(re))),
    (sp.kve, lambda re, im: mpmath.besselk(1.5, mpmath.mpc(re, im)) * mpmath.exp(mpmath.mpc(re, im))),
]


@pytest.mark.parametrize("z", [1.3 + 0.7j, 2 - 3j, 20 + 30j])
@pytest.mark.parametrize(("f", "mp"), SCALED)
def test_scaled_bessel_functions_of_complex_numbers(f, mp, z):
    with mpmath.workdps(30):
        by_parts = [complex(mpmath.diff(mp, (z.real, z.imag), order)) for order in ((1, 0), (0, 1))]
    for t, right in zip((1.0, 1j), by_parts, strict=True):
        assert abs(jvp(lambda z: f(1.5, z), z, t)[1] - right) < 1e-13 * abs(f(1.5, z))
    assert abs(vjp(lambda z: f(1.5, z), z)[1](1.0) - (by_parts[0].real - 1j * by_parts[1].real)) < 1e-13


# ---------------------------------------------------------------- arguments without a rule

WITHOUT = [
    pytest.param(lambda m: sp.lpmv(m, 2.0, 0.5), "lpmv", "order m", id="lpmv"),
    pytest.param(lambda k: sp.pdtr(k, 2.0), "pdtr", "count k", id="pdtr"),
    pytest.param(lambda n: sp.eval_legendre(n, 0.5), "eval_legendre", "order n", id="eval_legendre"),
]


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(("f", "name", "argument"), WITHOUT)
def test_argument_without_a_rule_is_named(transform, f, name, argument):
    with pytest.raises(UnsupportedError, match=name) as error:
        transform(f)(1.5)
    assert argument in str(error.value)


# ---------------------------------------------------------------- the table itself


def test_most_functions_have_a_rule():
    assert len(set(WITH_RULE.values())) >= 150


def test_every_family_has_rules():
    for family in rules.FAMILIES:
        assert any(hasattr(f, "rule") for f in vars(family).values())


#: Those whose sums take mpmath minutes: they are compared with differences, as all rules, in test_table.
SLOW_IN_MPMATH = {"ncfdtr", "ncfdtri", "nctdtr", "nctdtrit"}


@pytest.mark.parametrize("name", WITH_RULE)
def test_rule_is_complete(name):
    function = WITH_RULE[name]
    rule = RULES[function]
    assert isinstance(rule, Rule)
    assert rule.arity == function.nin
    assert rule.outputs == function.nout
    assert rule.mp is not None or rule.complex_valued or name in SLOW_IN_MPMATH
    assert len(rule.domain) == function.nin
    assert any(not isinstance(partial, str) for partial in rule.partials)


# ---------------------------------------------------------------- importing


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_importing_dualad_does_not_import_scipy():
    assert run("import dualad, sys; print([m for m in sys.modules if m.startswith('scipy')])") == "[]\n"


@pytest.mark.parametrize("order", ["dualad, scipy.special", "scipy.special, dualad"])
def test_rules_are_found_in_either_order_of_imports(order):
    assert run(f"import {order}; print(dualad.derivative(scipy.special.ndtr)(0.0))") == "0.3989422804014327\n"


@pytest.mark.parametrize("entry", [jacobian, grad])
def test_a_parameter_that_is_rounded_down_is_a_constant(entry):
    """It has no derivative with respect to its count, and none is asked for."""

    def f(x):
        return np.sum(x * sp.bdtr(np.maximum(np.floor(4 * x) - 1, 0), 7, x))

    x = np.array([0.3, 0.61])
    k = np.floor(4 * x) - 1
    slope = -(7 - k) * sp.binom(7, k) * x**k * (1 - x) ** (6 - k)
    np.testing.assert_allclose(entry(f)(x), sp.bdtr(k, 7, x) + x * slope, rtol=1e-13)
    with pytest.raises(UnsupportedError, match="its count k"):
        entry(lambda x: np.sum(sp.bdtr(4 * x, 7, x)))(x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sp.kn(0.6, x),
        lambda x: sp.kn(2.6, x),
        lambda x: sp.yn(0.6, x),
        lambda x: sp.expn(0.6, x),
        lambda x: sp.expn(1.6, x),
        lambda x: sp.bdtr(1, 4.6, x),
        lambda x: sp.bdtrc(1, 4.6, x),
        lambda x: sp.bdtri(1, 4.6, x),
        lambda x: sp.nbdtr(1.6, 4.6, x),
        lambda x: sp.nbdtrc(1.6, 4.6, x),
        lambda x: sp.nbdtri(1.6, 4.6, x),
    ],
)
@pytest.mark.filterwarnings("ignore:floating point number truncated", "ignore:non-integer")
def test_orders_that_are_cut_off(f):
    """What SciPy makes a whole number is one in the derivative, too."""
    h = 1e-5
    expected = (f(0.4 - 2 * h) - 8 * f(0.4 - h) + 8 * f(0.4 + h) - f(0.4 + 2 * h)) / (12 * h)
    assert derivative(f)(0.4) == pytest.approx(expected, rel=1e-8)
    assert grad(f)(0.4) == pytest.approx(expected, rel=1e-8)
