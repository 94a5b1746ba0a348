"""Functions of Python's library that NumPy has not: erf, erfc, gamma, lgamma. They need no SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..table import RULES, elementwise
from ._choices import maths
from ._numerics import polygamma as _polygamma
from .elementwise import exp


def _on_arrays(function: Callable[[float], float]) -> Callable[[Any], Any]:
    by_entries = np.vectorize(function, otypes=[float])

    def on_arrays(x: Any) -> Any:
        return by_entries(x)[()]

    on_arrays.__name__ = on_arrays.__qualname__ = function.__name__
    return on_arrays


def _bell(x: Any) -> Any:
    return 2 / maths(x).sqrt(maths(x).pi) * exp(-x * x)


_BETWEEN = {"domain": (-26.0, 26.0), "real": True}

polygamma = elementwise(
    _polygamma,
    "order n",
    lambda y, n, x: polygamma(n + 1, x),
    mp=lambda m, n, x: m.psi(n, x),
    domain=([0, 1, 2], (0.0, 1e9)),
    real=True,
)


def digamma_of(x: Any) -> Any:
    """The logarithmic derivative of the gamma function."""
    return polygamma(0, x)


_FUNCTIONS = (
    (math.erf, lambda y, x: _bell(x), _BETWEEN),
    (math.erfc, lambda y, x: -_bell(x), _BETWEEN),
    (math.gamma, lambda y, x: y * digamma_of(x), {"domain": (0.0, 170.0), "real": True}),
    (math.lgamma, lambda y, x: digamma_of(x), {"domain": (0.0, math.inf), "real": True}),
)


def _rule(function: Any, partial: Any, keywords: Any) -> Any:
    key = _on_arrays(function)
    name = {"lgamma": "loggamma"}.get(function.__name__, function.__name__)
    elementwise(key, partial, math=function, mp=name, **keywords)
    return RULES[key]


#: Their rules.
ERROR_AND_GAMMA = tuple(_rule(*row) for row in _FUNCTIONS)


@_on_arrays
def _normal_quantile(p: float) -> float:
    from statistics import NormalDist  # which few need, and takes long to load

    return NormalDist().inv_cdf(p)


normal_quantile = elementwise(
    _normal_quantile,
    lambda y, p: maths(p).sqrt(2 * maths(p).pi) * exp(y * y / 2),
    mp=lambda m, p: m.sqrt(2) * m.erfinv(2 * p - 1),
    domain=(0.0, 1.0),
    real=True,
)
