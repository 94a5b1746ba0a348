"""Hypergeometric functions and orthogonal polynomials: the derivative shifts the parameters.

By the parameters themselves it is a function of its own, with a rule: see `by_parameters`.

SciPy's orthogonal polynomials of order -1 are 0, so that order 0 needs no case of its own; those
that are not (`n - (n > 0)`) carry a factor `n`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from typing import Any

import scipy.special as sp

from ..table import elementwise
from . import _parameters
from ._shapes import of_order

ORDERS = [0, 1, 2, 3, 7, 20]
INSIDE = (-1.0, 1.0)

# ---------------------------------------------------------------- hypergeometric

#: Functions of parameters and an argument -> how many parameters are above the line, and how many below;
#: the domain of the derivatives by them.
_KINDS: dict[str, tuple[int, int, tuple[Any, ...]]] = {
    "hyp0f1": (0, 1, ((0.5, 5.0), (-8.0, 50.0))),
    "hyp1f1": (1, 1, ((0.3, 5.0), (0.3, 5.0), (-20.0, 50.0))),
    "hyp2f1": (2, 1, ((0.3, 3.0), (0.3, 3.0), (0.5, 4.0), (-2.0, 0.9))),
    "hyperu": (1, 1, ((0.3, 5.0), (-1.0, 3.0), (0.1, 50.0))),
}


@cache
def by_parameters(name: str, *orders: int) -> Callable[..., Any]:
    """The derivative of a function by its parameters, so many times by each, as a function with a rule."""
    above, _, domain = _KINDS[name]
    if not any(orders):
        found: Callable[..., Any] = globals()[name]
        return found

    def by_one(k: int) -> Callable[..., Any]:
        more = [n + (i == k) for i, n in enumerate(orders)]
        return lambda y, *args: by_parameters(name, *more)(*args)

    def by_argument(y: Any, *args: Any) -> Any:
        """``a b / c hyp2f1(a+1, b+1, c+1, x)`` and its like, by Leibniz's rule."""
        *parameters, x = args
        total: Any = 0.0
        for taken in product(*(range(min(n, 1 if k < above else n) + 1) for k, n in enumerate(orders))):
            factor: Any = -1.0 if name == "hyperu" else 1.0
            for k, (a, n, r) in enumerate(zip(parameters, orders, taken, strict=True)):
                factor = factor * math.comb(n, r)
                if k < above:
                    factor = factor * (1.0 if r else a)
                elif name != "hyperu":
                    factor = factor * (math.factorial(r) * (-1) ** r / a ** (r + 1))
                elif r:
                    factor = 0.0
            rest = by_parameters(name, *(n - r for n, r in zip(orders, taken, strict=True)))
            total = total + factor * rest(*(a + 1 for a in parameters), x)
        return total

    def in_mpmath(m: Any, *args: Any) -> Any:
        *parameters, x = args
        return m.diff(lambda *p: getattr(m, name)(*p, x), tuple(parameters), orders)

    return elementwise(
        of_order(getattr(_parameters, name), *orders),
        *(by_one(k) for k in range(len(orders))),
        by_argument,
        mp=in_mpmath,
        domain=domain,
        real=True,
    )


def _slope(name: str, k: int) -> Callable[..., Any]:
    """The partial of a function by its parameter ``k``."""
    above, below, _ = _KINDS[name]
    orders = [int(i == k) for i in range(above + below)]
    return lambda y, *args: by_parameters(name, *orders)(*args)


def _family(function: Any, by_argument: Callable[..., Any], **keywords: Any) -> Callable[..., Any]:
    """The rule of a function: by its parameters, which have to be real, and by its argument."""
    name = function.__name__
    above, below, _ = _KINDS[name]
    slopes = (_slope(name, k) for k in range(above + below))
    beside_complex = [f"parameter {letter}" for letter in "abc"[above == 0 : max(above, 1) + below]]
    return elementwise(
        function, *slopes, by_argument, mp=name, complex=(*beside_complex, by_argument), **keywords
    )


hyp0f1 = _family(
    sp.hyp0f1,
    lambda y, b, x: hyp0f1(b + 1, x) / b,
    domain=((0.5, 7.0), (-8.0, 50.0)),
)
hyp1f1 = _family(
    sp.hyp1f1,
    lambda y, a, b, x: a * hyp1f1(a + 1, b + 1, x) / b,
    domain=((0.3, 2.5), (0.5, 4.0), (-5.0, 50.0)),
)
hyp2f1 = _family(
    sp.hyp2f1,
    lambda y, a, b, c, x: a * b * hyp2f1(a + 1, b + 1, c + 1, x) / c,
    domain=((0.5, 1.25), (0.5, 2.0), (1.5, 3.25), (-0.9, 0.9)),
    points=((0.5, 1.25, 1.5, 0.0), (-2.0, 1.25, 1.5, 0.7), (0.5, 0.75, 1.5, -8.0)),
)
hyperu = _family(  # SciPy's own error is up to 4e-9, worst from 10 to 15
    sp.hyperu,
    lambda y, a, b, x: -a * hyperu(a + 1, b + 1, x),
    domain=((0.5, 2.5), (0.5, 3.0), (0.1, 50.0)),
    points=((-1.5, 0.5, 2.0),),
)
wright_bessel = elementwise(
    sp.wright_bessel,
    "parameter a",
    "parameter b",
    lambda y, a, b, x: wright_bessel(a, a + b, x),
    mp=lambda m, a, b, x: m.nsum(lambda k: x**k * m.rgamma(a * k + b) / m.factorial(k), [0, m.inf]),
    domain=([0.5, 1.0, 2.0], [0.5, 1.0, 3.0], (0.0, 20.0)),
)

# ---------------------------------------------------------------- orthogonal polynomials


def _polynomial(
    function: Any, slope: Callable[..., Any], mp: Any, domain: Sequence[Any]
) -> Callable[..., Any]:
    """A polynomial of some order, with parameters or none, by its argument."""
    order, *parameters = slope.__code__.co_varnames[1 : len(domain) + 1]
    fixed = [f"order {order}", *(f"parameter {name}" for name in parameters)]
    return elementwise(function, *fixed, slope, mp=mp, domain=(ORDERS, *domain))


eval_jacobi = _polynomial(
    sp.eval_jacobi,
    lambda y, n, a, b, x: (n + a + b + 1) / 2 * eval_jacobi(n - 1, a + 1, b + 1, x),
    "jacobi",
    ([-0.5, 0.0, 2.0], [0.0, 1.5], INSIDE),
)
eval_sh_jacobi = _polynomial(
    sp.eval_sh_jacobi,
    lambda y, n, p, q, x: n * eval_sh_jacobi(n - (n > 0), p + 2, q + 1, x),
    lambda m, n, p, q, x: m.jacobi(n, p - q, q - 1, 2 * x - 1) / m.binomial(2 * n + p - 1, n),
    ([3.0, 4.5], [1.5, 2.0], (0.0, 1.0)),
)
eval_gegenbauer = _polynomial(
    sp.eval_gegenbauer,
    lambda y, n, a, x: 2 * a * eval_gegenbauer(n - 1, a + 1, x),
    "gegenbauer",
    ([0.5, 1.0, 3.5], INSIDE),
)
eval_legendre = _polynomial(
    sp.eval_legendre, lambda y, n, x: eval_gegenbauer(n - 1, 1.5, x), "legendre", (INSIDE,)
)
eval_chebyt = _polynomial(sp.eval_chebyt, lambda y, n, x: n * eval_chebyu(n - 1, x), "chebyt", (INSIDE,))
eval_chebyu = _polynomial(
    sp.eval_chebyu, lambda y, n, x: 2 * eval_gegenbauer(n - 1, 2.0, x), "chebyu", (INSIDE,)
)
eval_genlaguerre = _polynomial(
    sp.eval_genlaguerre,
    lambda y, n, a, x: -eval_genlaguerre(n - 1, a + 1, x),
    "laguerre",
    ([0.0, 0.5, 2.0], (0.0, 50.0)),
)
eval_hermite = _polynomial(
    sp.eval_hermite, lambda y, n, x: 2 * n * eval_hermite(n - (n > 0), x), "hermite", ((-10.0, 10.0),)
)
eval_hermitenorm = _polynomial(
    sp.eval_hermitenorm,
    lambda y, n, x: n * eval_hermitenorm(n - (n > 0), x),
    lambda m, n, x: m.hermite(n, x / m.sqrt(2)) / m.sqrt(2) ** n,
    ((-10.0, 10.0),),
)
eval_laguerre = _polynomial(
    sp.eval_laguerre,
    lambda y, n, x: -eval_genlaguerre(n - 1, 1.0, x),
    lambda m, n, x: m.laguerre(n, 0, x),
    ((0.0, 50.0),),
)


def _scaled(function: Any, of: Any, factor: int, scale: float, shift: int) -> None:
    """A polynomial that is ``factor of(n, scale x + shift)``."""
    _polynomial(
        function,
        lambda y, n, x: factor * scale * of.rule.partials[-1](y, n, scale * x + shift),
        lambda m, n, x: factor * getattr(m, of.rule.mp)(n, scale * x + shift),
        (((-1 - shift) / scale, (1 - shift) / scale),),
    )


_scaled(sp.eval_sh_legendre, eval_legendre, 1, 2, -1)
_scaled(sp.eval_sh_chebyt, eval_chebyt, 1, 2, -1)
_scaled(sp.eval_sh_chebyu, eval_chebyu, 1, 2, -1)
_scaled(sp.eval_chebyc, eval_chebyt, 2, 0.5, 0)
_scaled(sp.eval_chebys, eval_chebyu, 1, 0.5, 0)
lpmv = elementwise(
    sp.lpmv,
    "order m",
    "degree v",
    lambda y, m, v, x: (v * x * y - (v + m) * lpmv(m, v - 1, x)) / (x * x - 1),
    mp=lambda c, m, v, x: (
        c.rf(v - m + 1, 2 * m)
        / c.fac(m)
        * (-c.sqrt(1 - x * x) / 2) ** m
        * c.hyp2f1(m - v, m + v + 1, m + 1, (1 - x) / 2)
    ),
    domain=([0, 1, 2], [2, 3, 7], (-0.9, 0.9)),
)
