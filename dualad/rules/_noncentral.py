"""Distributions of F and of Student that are not central, Landau's, and the inverse Gaussian one.

That of F is Poisson's mixture of beta distributions, that of Student's t the mean of the normal one over
the deviations that it is divided by, Landau's an integral over an angle (V. Zolotarev's, of a stable law).
Their derivatives are the same sums and integrals of derivatives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import scipy.special as sp

from ..table import elementwise
from ._densities import INNER, add_distribution, add_named, mixture
from ._normal import log_ndtr
from ._orders import integral
from ._parts import inverse_of, pi
from ._shapes import beta_shape, of_order
from .elementwise import exp, log, sqrt


def _parts(part: Callable[..., Any], names: tuple[str, ...], domain: Any) -> Any:
    """The sums of a family, each by its number, as functions with a rule: by their place, up to 9.

    There is that of the density by the same argument, whose number is larger by 10.
    """

    @cache
    def numbered(kind: int) -> Callable[..., Any]:
        by_place: Any = names[0] if kind > 9 else lambda y, *args: numbered(10 + kind)(*args)
        return elementwise(of_order(part, kind), by_place, *names[1:], domain=domain, real=True)

    return numbered


# ---------------------------------------------------------------- F


def _of_f(kind: int, x: Any, a: Any, b: Any, nc: Any) -> Any:
    """A derivative of F by its argument ``kind`` (of x, a, b, nc), from 10 on of its density, which is 9."""
    x, a, b, nc = np.broadcast_arrays(x, a, b, nc)
    total = mixture(nc, x.shape, lambda j, weights: _terms(kind, j, weights, x, a, b))
    return np.where(x > 0, total, 0.0)


def _terms(kind: int, j: Any, weight: Any, x: Any, a: Any, b: Any) -> Any:
    """Those of the sum over Poisson's j."""
    u, v, first, last = a * x / (a * x + b), b / (a * x + b), a / 2 + j, b / 2
    if kind == 1 or kind == 2:
        by_first, by_last = (1, 0) if kind == 1 else (0, 1)
        near, far = (
            beta_shape(by_first, by_last, first, last, u),
            beta_shape(by_last, by_first, last, first, v),
        )
        by_shape = weight * np.where(u < v, near, -far) / 2
    density = weight * np.exp(first * np.log(u) + last * np.log(v) - sp.betaln(first, last)) / x
    grown = first * v - last * u  # how the logarithm of x times the density grows with that of x
    return {
        1: lambda: by_shape + density * x / a,
        2: lambda: by_shape - density * x / b,
        3: lambda: -density * x / first / 2,
        9: lambda: density,
        10: lambda: density * (grown - 1) / x,
        11: lambda: density * ((np.log(u) - sp.psi(first) + sp.psi(first + last)) / 2 + grown / a),
        12: lambda: density * ((np.log(v) - sp.psi(last) + sp.psi(first + last)) / 2 - grown / b),
        13: lambda: density * (u * (first + last) / first - 1) / 2,
    }[kind]()


_F = ((0.3, 4.0), (1.0, 9.0), (2.0, 9.0), (0.5, 5.0))
_f = _parts(_of_f, ("place x", "freedom a", "freedom b", "noncentrality nc"), _F)


def _with_density(part: Any, name: str, density: Callable[..., Any], domain: Any) -> Any:
    """The density as a function of ours and as SciPy's, both by the parts from 10 on."""
    slopes = [lambda y, *args, kind=k: part(kind)(*args) for k in range(10, 10 + len(domain))]
    add_named(name, *slopes, domain=domain)
    return elementwise(density, *slopes, domain=domain, real=True)


def _slopes_of(part: Any, density: Callable[..., Any], domain: Any) -> list[Callable[..., Any]]:
    """The slopes of a distribution, that by the place first."""
    by_parameters = (lambda y, *args, kind=k: part(kind)(*args) for k in range(1, len(domain)))
    return [lambda y, *args: density(*args), *by_parameters]


def _place_last(slopes: Sequence[Callable[..., Any]]) -> list[Callable[..., Any]]:
    """The slopes in the order of scipy.special, where the parameters come before the place."""
    return [
        lambda y, *args, slope=slope: slope(y, args[-1], *args[:-1]) for slope in (*slopes[1:], slopes[0])
    ]


_f_slopes = _slopes_of(_f, _with_density(_f, "_ncf_pdf", of_order(_of_f, 9), _F), _F)
add_distribution("ncf", _f_slopes, _F)
ncfdtr = elementwise(sp.ncfdtr, *_place_last(_f_slopes), domain=(*_F[1:], _F[0]))
inverse_of(ncfdtr, sp.ncfdtri, "abnx", "abnp", (*_F[1:], INNER))

# ---------------------------------------------------------------- Student


def _of_t(kind: int, x: Any, v: Any, d: Any) -> Any:
    """As `_of_f` of Student's t, of x, v and d.

    The mean over ``s = exp(r)``, where v s**2 is distributed as chi-square with v degrees of freedom.
    """
    x, v, d = np.broadcast_arrays(x, v, d)
    size = math.log(2.0) + v / 2 * np.log(v / 2) - sp.gammaln(v / 2)

    def integrand(r: Any) -> Any:
        s = np.exp(r)
        weight = np.exp(size + v * (r - s * s / 2))
        away = x * s - d
        normal = np.exp(-away * away / 2) / math.sqrt(2 * math.pi)
        by_v = (np.log(v / 2) + 1 - sp.psi(v / 2)) / 2 + r - s * s / 2
        return (
            weight
            * {
                1: lambda: sp.ndtr(away) * by_v,
                2: lambda: -normal,
                9: lambda: s * normal,
                10: lambda: -s * s * away * normal,
                11: lambda: s * normal * by_v,
                12: lambda: s * away * normal,
            }[kind]()
        )

    wide = np.sqrt(45 / v)
    return integral(
        integrand,
        -45 / v - wide,
        np.minimum(wide, 0.5 * np.log(45 / v + 10)),
        200 + 5 * np.abs(x) + np.abs(d),
    )


_T = ((-2.0, 4.0), (1.5, 9.0), (-1.0, 2.0))
_t = _parts(_of_t, ("place x", "freedom df", "noncentrality nc"), _T)
_t_slopes = _slopes_of(_t, _with_density(_t, "_nct_pdf", of_order(_of_t, 9), _T), _T)
add_distribution("nct", _t_slopes, _T)
nctdtr = elementwise(sp.nctdtr, *_place_last(_t_slopes), domain=(*_T[1:], _T[0]))
inverse_of(nctdtr, sp.nctdtrit, "vdx", "vdp", (*_T[1:], INNER))

# ---------------------------------------------------------------- Landau


def _of_landau(kind: int, x: Any) -> Any:
    """The density of Landau's distribution (9), and its slope (10).

    With ``V = exp(-x - t cot(t)) t / sin(t)`` it is the integral of ``V exp(-V)`` over pi, for t from 0 to
    pi; and ``dV/dx = -V``. Here ``t = pi - pi / s``, so that the range where V is about 1 is about 1 wide.
    """

    def integrand(s: Any) -> Any:
        t = math.pi - math.pi / s
        sine, cosine = np.sin(math.pi / s), -np.cos(math.pi / s)
        inner = np.where(t > 1e-8, t / np.where(t > 1e-8, sine, 1.0), 1.0)
        V = np.exp(np.minimum(-x - inner * cosine, 700.0)) * inner
        return V * np.exp(-V) * ((V - 1) if kind == 10 else 1.0) / s**2

    x = np.asarray(x, float)
    return integral(integrand, 1.0 + 0.0 * x, np.maximum(x, 1.0) + 9.0, 100.0)


_landau_slope = elementwise(of_order(_of_landau, 10), "place x", domain=(-1.0, 6.0), real=True)
_landau_density = elementwise(
    of_order(_of_landau, 9), lambda y, x: _landau_slope(x), domain=(-1.0, 6.0), real=True
)
_LANDAU = ((0.0, 3.0), (-1.0, 1.0), (0.8, 2.0))


def _standard(x: Any, loc: Any, scale: Any) -> Any:
    """Where SciPy's distribution, of a scale other than that of Landau's, has what his has."""
    return pi(x) / 2 * (x - loc) / scale + log(pi(x) / (2 * scale))


def _placed(density: Callable[..., Any], power: int = 0) -> list[Callable[..., Any]]:
    """The slopes of a function of Landau's place, times a power of what this grows with x."""

    def slope(x: Any, loc: Any, scale: Any) -> Any:
        return density(_standard(x, loc, scale)) * (pi(x) / (2 * scale)) ** (1 + power)

    return [
        lambda y, *args: slope(*args),
        lambda y, *args: -slope(*args),
        lambda y, x, loc, scale: -slope(x, loc, scale) * ((x - loc) / scale + 2 / pi(x)) - power * y / scale,
    ]


add_named("_landau_pdf", *_placed(_landau_slope, 1), domain=_LANDAU)
add_distribution("landau", _placed(_landau_density), _LANDAU)

# ---------------------------------------------------------------- the inverse Gaussian distribution


def _gauss_density(y: Any, x: Any, mu: Any, c: Any) -> Any:
    """Of mean mu and scale c; it is homogeneous."""
    return sqrt(c / (2 * pi(x) * x**3)) * exp(-c * (x - mu) ** 2 / (2 * mu**2 * x))


def _gauss_by_mean(y: Any, x: Any, mu: Any, c: Any) -> Any:
    return -2 * c / mu**2 * exp(2 * c / mu + log_ndtr(-sqrt(c / x) * (x / mu + 1)))


def _gauss_by_scale(y: Any, x: Any, mu: Any, c: Any) -> Any:
    return -(x * _gauss_density(y, x, mu, c) + mu * _gauss_by_mean(y, x, mu, c)) / c


add_distribution(
    "invgauss", (_gauss_density, _gauss_by_mean, _gauss_by_scale), ((0.3, 3.0), (0.3, 3.0), (0.5, 2.0))
)
