"""Functions of scipy.special, called as they are."""

import numpy as np
import scipy.special
import scipy.special as sp
from scipy.special import erf, expit

from . import Group

tried = Group(__name__, "scipy.special")

V = np.array([0.3, 0.8, 1.7, 2.4])
UNIT = np.array([0.3, 0.85, 0.1, 0.65])


def _of_new_scipy(name, *args):
    """The real part of a function that older versions of SciPy have not."""
    return np.real(getattr(sp, name)(*args)) if hasattr(sp, name) else args[-1]


tried.at(
    V,
    gamma=(lambda x: scipy.special.gamma(x), lambda m, x: m.gamma(x)),
    gammaln=(lambda x: sp.gammaln(x), lambda m, x: m.loggamma(x)),
    digamma=(lambda x: sp.digamma(x), lambda m, x: m.digamma(x)),
    psi=(lambda x: sp.psi(x) * x, lambda m, x: m.digamma(x) * x),
    rgamma=(lambda x: sp.rgamma(x), lambda m, x: m.rgamma(x)),
    polygamma=(lambda x: sp.polygamma(2, x), lambda m, x: m.polygamma(2, x)),
    beta=(lambda x: sp.beta(x, 1.5), lambda m, x: m.beta(x, 1.5)),
    betaln=(lambda x: sp.betaln(2.5, x), lambda m, x: m.log(m.beta(2.5, x))),
    gammainc=(lambda x: sp.gammainc(2.5, x), lambda m, x: m.gammainc(2.5, 0, x, regularized=True)),
    gammaincc=(lambda x: sp.gammaincc(2.5, x), lambda m, x: m.gammainc(2.5, x, m.inf, regularized=True)),
    erf=(lambda x: erf(x), lambda m, x: m.erf(x)),
    erfc=(lambda x: sp.erfc(x), lambda m, x: m.erfc(x)),
    erfcx=(lambda x: sp.erfcx(x), lambda m, x: m.exp(x * x) * m.erfc(x)),
    erfi=(lambda x: sp.erfi(x), lambda m, x: m.erfi(x)),
    dawsn=(lambda x: sp.dawsn(x), lambda m, x: m.sqrt(m.pi) / 2 * m.exp(-x * x) * m.erfi(x)),
    ndtr=(lambda x: sp.ndtr(x), lambda m, x: m.ncdf(x)),
    log_ndtr=(lambda x: sp.log_ndtr(-x), lambda m, x: m.log(m.ncdf(-x))),
    expit=(lambda x: expit(x), lambda m, x: 1 / (1 + m.exp(-x))),
    log_expit=(lambda x: sp.log_expit(x), lambda m, x: -m.log1p(m.exp(-x))),
    exprel=(lambda x: sp.exprel(x), lambda m, x: m.expm1(x) / x),
    j0=(lambda x: sp.j0(x), lambda m, x: m.besselj(0, x)),
    j1=(lambda x: sp.j1(x), lambda m, x: m.besselj(1, x)),
    jv=(lambda x: sp.jv(1.5, x), lambda m, x: m.besselj(1.5, x)),
    y0=(lambda x: sp.y0(x), lambda m, x: m.bessely(0, x)),
    yv=(lambda x: sp.yv(2.5, x), lambda m, x: m.bessely(2.5, x)),
    i0=(lambda x: sp.i0(x), lambda m, x: m.besseli(0, x)),
    iv=(lambda x: sp.iv(0.5, x), lambda m, x: m.besseli(0.5, x)),
    k1=(lambda x: sp.k1(x), lambda m, x: m.besselk(1, x)),
    kv=(lambda x: sp.kv(1.5, x), lambda m, x: m.besselk(1.5, x)),
    spherical_jn=(
        lambda x: sp.spherical_jn(1, x),
        lambda m, x: m.sqrt(m.pi / (2 * x)) * m.besselj(1.5, x),
    ),
    airy=(lambda x: sp.airy(x)[0], lambda m, x: m.airyai(x)),
    exp1=(lambda x: sp.exp1(x), lambda m, x: m.e1(x)),
    expi=(lambda x: sp.expi(x), lambda m, x: m.ei(x)),
    sici=(lambda x: sp.sici(x)[0], lambda m, x: m.si(x)),
    fresnel=(lambda x: sp.fresnel(x)[0], lambda m, x: m.fresnels(x)),
    xlogy=(lambda x: sp.xlogy(x, x), lambda m, x: x * m.log(x)),
    xlog1py=(lambda x: sp.xlog1py(2.0, x), lambda m, x: 2 * m.log1p(x)),
    entr=(lambda x: sp.entr(x), lambda m, x: -x * m.log(x)),
    rel_entr=(lambda x: sp.rel_entr(x, 0.5), lambda m, x: x * m.log(x / 0.5)),
    kl_div=(lambda x: sp.kl_div(0.5, x), lambda m, x: 0.5 * m.log(0.5 / x) - 0.5 + x),
    lambertw=(lambda x: sp.lambertw(x).real, lambda m, x: m.lambertw(x)),
    zeta=(lambda x: sp.zeta(x + 1.5), lambda m, x: m.zeta(x + m.mpf(1.5))),
    poch=(lambda x: sp.poch(x, 2.5), lambda m, x: m.rf(x, 2.5)),
    binom=(lambda x: sp.binom(x, 2), lambda m, x: m.binomial(x, 2)),
    cosm1=(lambda x: sp.cosm1(x), lambda m, x: m.cos(x) - 1),
    log1p=(lambda x: sp.log1p(x), lambda m, x: m.log1p(x)),
    expm1=(lambda x: sp.expm1(x), lambda m, x: m.expm1(x)),
    cbrt=(lambda x: sp.cbrt(x), lambda m, x: m.cbrt(x)),
    exp10=(lambda x: sp.exp10(x), lambda m, x: m.power(10, x)),
    sinc=(lambda x: sp.sinc(x), lambda m, x: m.sincpi(x)),
    hyp1f1=(lambda x: sp.hyp1f1(0.5, 1.5, x), lambda m, x: m.hyp1f1(0.5, 1.5, x)),
    pdtr=(lambda x: sp.pdtr(2, x), lambda m, x: m.gammainc(3, x, m.inf, regularized=True)),
    pdtrik=lambda x: sp.pdtrik(0.4, 3 + x) * sp.pdtr(np.ceil(sp.pdtrik(0.4, 3 + x)) - 1, x),
    chdtr=(lambda x: sp.chdtr(3, x), lambda m, x: m.gammainc(1.5, 0, x / 2, regularized=True)),
    huber=lambda x: sp.huber(1.0, x),
    logsumexp=lambda x: sp.logsumexp(x),
    softmax=lambda x: sp.softmax(x),
    log_softmax=lambda x: sp.log_softmax(x),
    comb=lambda x: x ** sp.comb(4, 2),
    hyp1f1_by_parameter=(lambda x: sp.hyp1f1(x, 1.5, -2.0), lambda m, x: m.hyp1f1(x, 1.5, -2)),
    hyp0f1_by_parameter=(lambda x: sp.hyp0f1(x, -2.5), lambda m, x: m.hyp0f1(x, -2.5)),
    hyperu_by_parameter=(lambda x: sp.hyperu(1.5, x, 2.0), lambda m, x: m.hyperu(1.5, x, 2)),
    struve_by_order=(lambda x: sp.struve(x, 3.5), lambda m, x: m.struveh(x, 3.5)),
    modstruve_by_order=(lambda x: sp.modstruve(x, 3.5), lambda m, x: m.struvel(x, 3.5)),
    hankel1=(lambda x: abs(sp.hankel1(0, x)), lambda m, x: abs(m.hankel1(0, x))),
    wofz=(
        lambda x: sp.wofz(x).imag,
        lambda m, x: 2 / m.sqrt(m.pi) * m.exp(-x * x) * m.erfi(x) * m.sqrt(m.pi) / 2,
    ),
    voigt_profile=lambda x: sp.voigt_profile(x, 0.7, 0.3),
    voigt_profile_by_widths=lambda x: sp.voigt_profile(1.1, x[:2], x[2:]),
    mathieu_a=lambda x: sp.mathieu_a([0, 1, 2, 3], x),
    mathieu_waves=lambda x: sp.mathieu_cem(2, x, 25 * x)[0] + sp.mathieu_sem(1, x, 40.0)[1],
    legendre_p=lambda x: _of_new_scipy("legendre_p", 3, x / 3)[0],
    spherical_harmonic=lambda x: _of_new_scipy("sph_harm_y", 3, 2, x, 2 * x),
)
tried.at(
    UNIT,
    erfinv=(lambda x: sp.erfinv(x), lambda m, x: m.erfinv(x)),
    ndtri=(lambda x: sp.ndtri(x), lambda m, x: m.sqrt(2) * m.erfinv(2 * x - 1)),
    logit=(lambda x: sp.logit(x), lambda m, x: m.log(x / (1 - x))),
    betainc=(lambda x: sp.betainc(2.5, 1.5, x), lambda m, x: m.betainc(2.5, 1.5, 0, x, regularized=True)),
    ellipk=(lambda x: sp.ellipk(x), lambda m, x: m.ellipk(x)),
    ellipe=(lambda x: sp.ellipe(x), lambda m, x: m.ellipe(x)),
    hyp2f1=(lambda x: sp.hyp2f1(0.5, 1.2, 2.1, x), lambda m, x: m.hyp2f1(0.5, 1.2, 2.1, x)),
    eval_legendre=(lambda x: sp.eval_legendre(3, x), lambda m, x: m.legendre(3, x)),
    eval_chebyt=(lambda x: sp.eval_chebyt(4, x), lambda m, x: m.chebyt(4, x)),
    hyp2f1_by_parameters=(
        lambda x: sp.hyp2f1(x, 1.2, 1 + x, -2.5),
        lambda m, x: m.hyp2f1(x, m.mpf(1.2), 1 + x, -2.5),
    ),
    ellipj_by_parameter=(lambda x: sp.ellipj(1.7, x)[1], lambda m, x: m.ellipfun("cn", m.mpf(1.7), x)),
    stdtridf=lambda x: sp.stdtridf(0.8 + x / 10, 1.5),
    spence=(lambda x: sp.spence(x), lambda m, x: m.polylog(2, 1 - x).real),
)
