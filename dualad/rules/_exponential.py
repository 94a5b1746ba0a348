"""Exponential, logistic, entropy, Box-Cox, exponential integrals, degrees."""

from __future__ import annotations

import math
from typing import Any

import scipy.special as sp

from ..table import ANY, elementwise
from ._choices import maths, steep
from ._parts import POSITIVE, UNIT, degree, pi, polynomial
from .elementwise import cos, cosh, exp, hypot, log, log1p, rint, sign, sin, sinc, sinh, where


def exprel_slope(y: Any, x: Any) -> Any:
    """exprel'(x) = (exp(x) - y) / x, near 0 by its series, beyond 1 without overflow."""
    near = polynomial([1 / (math.factorial(k) * (k + 2)) for k in range(19)], x)
    return where(abs(x) < 1, near, where(x > 0, y - (y - 1) / x, (exp(x) - y) / x))


def _log_ratio(x: Any, y: Any) -> Any:
    """log(x / y), where x - y is exact by log1p."""
    return where((x < 2 * y) & (y < 2 * x), log1p((x - y) / y), log(x / y))


# ---------------------------------------------------------------- exponential and logistic

elementwise(
    sp.exp2, lambda y, x: maths(x).log(2) * y, mp=lambda m, x: m.mpf(2) ** x, domain=(-1000.0, 1000.0)
)
elementwise(
    sp.exp10, lambda y, x: maths(x).log(10) * y, mp=lambda m, x: m.mpf(10) ** x, domain=(-300.0, 300.0)
)
elementwise(sp.expm1, lambda y, x: exp(x), mp="expm1", domain=(-700.0, 700.0), points=(-40.0, 0.0))
elementwise(sp.log1p, lambda y, x: 1 / (1 + x), mp="log1p", domain=(-1.0, math.inf))
elementwise(
    sp.cbrt,
    lambda y, x: 1 / (3 * y * steep(y)),
    mp=lambda m, x: m.sign(x) * m.cbrt(abs(x)),
    points=(-8.0, 1e-300),
)
cosm1 = elementwise(sp.cosm1, lambda y, x: -sin(x), mp=lambda m, x: m.cos(x) - 1)
exprel = elementwise(
    sp.exprel,
    exprel_slope,
    mp=lambda m, x: m.expm1(x) / x if x else m.one,
    domain=(-1e100, 709.0),
    points=(0.0, 1e-300, -1.0, 1.0, 708.0),
)
powm1 = elementwise(
    sp.powm1,
    lambda y, a, b: b * a ** (b - 1),
    lambda y, a, b: xlogy(a**b, a),
    mp=lambda m, a, b: a**b - 1,
    domain=((0.0, 1e3), (-50.0, 50.0)),
)
expit = elementwise(
    sp.expit,
    lambda y, x: y * expit(-x),
    mp=lambda m, x: 1 / (1 + m.exp(-x)),
    domain=(-700.0, 700.0),
    points=(40.0, 37.42994775023705, -90.0),
)
logit = elementwise(
    sp.logit,
    lambda y, x: 1 / (x * (1 - x)),
    mp=lambda m, x: m.log(x / (1 - x)),
    domain=UNIT,
    points=(1 - 2.0**-53,),
)
log_expit = elementwise(
    sp.log_expit, lambda y, x: expit(-x), mp=lambda m, x: -m.log1p(m.exp(-x)), domain=(-700.0, 700.0)
)

# ---------------------------------------------------------------- entropy and loss

entr = elementwise(sp.entr, lambda y, x: -log(x) - 1, mp=lambda m, x: -x * m.log(x), domain=POSITIVE)
xlogy = elementwise(
    sp.xlogy,
    lambda y, a, b: log(b),
    lambda y, a, b: where((a == 0) & (b == 0), a, a / b),
    mp=lambda m, a, b: a * m.log(b) if a else m.zero,
    domain=(ANY, POSITIVE),
    points=((0.0, 2.0),),
)
xlog1py = elementwise(
    sp.xlog1py,
    lambda y, a, b: log1p(b),
    lambda y, a, b: where((a == 0) & (b == -1), a, a / (1 + b)),
    mp=lambda m, a, b: a * m.log1p(b) if a else m.zero,
    domain=(ANY, (-1.0, math.inf)),
    points=((0.0, 1.0),),
)
rel_entr = elementwise(
    sp.rel_entr,
    lambda y, a, b: _log_ratio(a, b) + 1,
    lambda y, a, b: -a / b,
    mp=lambda m, a, b: a * m.log(a / b),
    domain=(1e-150, 1e150),
)
kl_div = elementwise(
    sp.kl_div,
    lambda y, a, b: _log_ratio(a, b),
    lambda y, a, b: (b - a) / b,
    mp=lambda m, a, b: a * m.log(a / b) - a + b,
    domain=(1e-150, 1e150),
)
huber = elementwise(
    sp.huber,
    lambda y, delta, r: where(abs(r) > delta, abs(r) - delta, 0.0 * r),
    lambda y, delta, r: where(abs(r) > delta, delta * sign(r), r),
    mp=lambda m, delta, r: r * r / 2 if abs(r) <= delta else delta * (abs(r) - delta / 2),
    domain=(POSITIVE, ANY),
)


def _pseudo_huber_scale(y: Any, delta: Any, r: Any) -> Any:
    """delta (h - 1)**2 / h for h = hypot(1, r / delta), where h - 1 = u**2 / (h + 1)."""
    u = r / delta
    h = hypot(1.0, u)
    s = u * (u / (h + 1))
    return delta * s * (s / h)


pseudo_huber = elementwise(
    sp.pseudo_huber,
    _pseudo_huber_scale,
    lambda y, delta, r: r / hypot(1.0, r / delta),
    mp=lambda m, delta, r: r * r / (m.sqrt(1 + (r / delta) ** 2) + 1),
    domain=((1e-50, 1e50), (-1e50, 1e50)),
)

# ---------------------------------------------------------------- Box-Cox


def _inv_boxcox_scale(s: Any) -> Any:
    """(s / (1 + s) - log1p(s)) / s**2, near 0 by its series."""
    near = polynomial([(-1) ** (k + 1) * (k + 1) / (k + 2) for k in range(18)], s)
    return where(abs(s) < 0.1, near, (s / (1 + s) - log1p(s)) / (s * s))


def power_scale(power: Any, log_x: Any) -> Any:
    """The derivative of boxcox, log(x) exprel(power log(x)), by its power."""
    return log_x * log_x * exprel_slope(exprel(power * log_x), power * log_x)


boxcox = elementwise(
    sp.boxcox,
    lambda y, x, power: x ** (power - 1),
    lambda y, x, power: power_scale(power, log(x)),
    mp=lambda m, x, power: (x**power - 1) / power if power else m.log(x),
    domain=((1e-6, 1e6), (-5.0, 5.0)),
    points=((2.0, 0.0), (1.0, 0.5)),
)
boxcox1p = elementwise(
    sp.boxcox1p,
    lambda y, x, power: (1 + x) ** (power - 1),
    lambda y, x, power: power_scale(power, log1p(x)),
    mp=lambda m, x, power: ((1 + x) ** power - 1) / power if power else m.log1p(x),
    domain=((-0.99, 1e6), (-5.0, 5.0)),
    points=((2.0, 0.0), (1e-10, 0.5)),
)
inv_boxcox = elementwise(
    sp.inv_boxcox,
    lambda y, a, power: y / (1 + power * a),
    lambda y, a, power: y * a * a * _inv_boxcox_scale(power * a),
    mp=lambda m, a, power: m.exp(m.log1p(power * a) / power) if power else m.exp(a),
    domain=((0.0, 50.0), (0.0, 5.0)),
    points=((2.0, 0.0), (1.5, -0.5)),
)
inv_boxcox1p = elementwise(
    sp.inv_boxcox1p,
    lambda y, a, power: inv_boxcox(a, power) / (1 + power * a),
    lambda y, a, power: inv_boxcox(a, power) * a * a * _inv_boxcox_scale(power * a),
    mp=lambda m, a, power: m.expm1(m.log1p(power * a) / power) if power else m.expm1(a),
    domain=((0.0, 50.0), (0.0, 5.0)),
    points=((2.0, 0.0), (1.5, -0.5)),
)

# ---------------------------------------------------------------- exponential integrals


def _sinhc(x: Any) -> Any:
    """sinh(x) / x, near 0 by its series."""
    near = polynomial([1 / math.factorial(2 * k + 1) for k in range(10)], x * x)
    return where(abs(x) < 1, near, sinh(x) / x)


exp1 = elementwise(sp.exp1, lambda y, x: -exp(-x) / x, mp="e1", domain=(0.0, 700.0))
expi = elementwise(sp.expi, lambda y, x: exp(x) / x, mp="ei", domain=(0.0, 700.0), points=(-1.0, -50.0))
expn = elementwise(
    sp.expn,
    "order n",
    lambda y, n, x: where(n >= 1, -expn(n - (n >= 1), x), -exp(-x) * (1 + x) / (x * x)),
    mp="expint",
    domain=([0, 1, 2, 3, 5, 20], (0.0, 700.0)),
)
sici = elementwise(
    sp.sici,
    (lambda y, x: where(abs(x) < 1, sinc(x / pi(x)), sin(x) / x), lambda y, x: cos(x) / x),
    mp=lambda m, x: (m.si(x), m.ci(x)),
    domain=(0.0, 1e10),
    points=(1e-300,),
)
shichi = elementwise(
    sp.shichi,
    (lambda y, x: _sinhc(x), lambda y, x: cosh(x) / x),
    mp=lambda m, x: (m.shi(x), m.chi(x)),
    domain=(0.0, 700.0),
    points=(1e-300,),
)
# log(x) / (1 - x), near 1 by its series.
spence = elementwise(
    sp.spence,
    lambda y, x: where(
        abs(x - 1) < 0.1, -polynomial([1 / (k + 1) for k in range(18)], 1 - x), log(x) / (1 - x)
    ),
    mp=lambda m, x: m.polylog(2, 1 - x).real,
    domain=POSITIVE,
    points=(1.0, 1 + 1e-9, 0.9, 1.1),
)
wrightomega = elementwise(
    sp.wrightomega,
    lambda y, x: y / (1 + y),
    mp=lambda m, x: m.lambertw(m.exp(x)),
    domain=(-700.0, 1e10),
    real=True,
)


def _quarter_turns(x: Any) -> Any:
    """pi/2 x**2 modulo a turn: the square of the nearest integer drops out exactly."""
    h = rint(x)
    f = x - h
    t = 2 * h * f
    return pi(x) / 2 * (h * h % 4 + (t - 4 * rint(t / 4)) + f * f)


fresnel = elementwise(
    sp.fresnel,
    (lambda y, x: sin(_quarter_turns(x)), lambda y, x: cos(_quarter_turns(x))),
    mp=lambda m, x: (m.fresnels(x), m.fresnelc(x)),
    domain=(-100.0, 100.0),
    real=True,
)

# ---------------------------------------------------------------- degrees

sindg = elementwise(
    sp.sindg, lambda y, x: degree(x) * cosdg(x), mp=lambda m, x: m.sin(m.radians(x)), domain=(-1e6, 1e6)
)
cosdg = elementwise(
    sp.cosdg, lambda y, x: -degree(x) * sindg(x), mp=lambda m, x: m.cos(m.radians(x)), domain=(-1e6, 1e6)
)
tandg = elementwise(
    sp.tandg, lambda y, x: degree(x) / cosdg(x) ** 2, mp=lambda m, x: m.tan(m.radians(x)), domain=(-1e6, 1e6)
)
cotdg = elementwise(
    sp.cotdg, lambda y, x: -degree(x) / sindg(x) ** 2, mp=lambda m, x: m.cot(m.radians(x)), domain=(-1e6, 1e6)
)
radian = elementwise(
    sp.radian,
    lambda y, d, p, s: degree(y),
    lambda y, d, p, s: degree(y) / 60,
    lambda y, d, p, s: degree(y) / 3600,
    mp=lambda m, d, p, s: m.radians(d + p / 60 + s / 3600),
    domain=(0.0, 360.0),
)
