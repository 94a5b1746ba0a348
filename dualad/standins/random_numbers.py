"""Stand-ins for NumPy's random generators: draws whose parameters are Duals.

A draw of a family with a location and a scale is ``location + scale * z`` with a draw ``z`` of fixed
parameters, so it has a derivative for the given ``z`` (the pathwise derivative, or reparametrisation:
Glasserman, Monte Carlo Methods in Financial Engineering, 7.2). Generators compute it so themselves: the
numbers are the same, and so is what they draw next. A number of successes has no such derivative.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from ..dual import primal, settled, stacked
from ..dual.containers import holding, mode_in
from ..errors import UnsupportedError
from ..shapes import shape_of

Function = Callable[..., Any]


def _located(loc: Any, scale: Any, draw: Function) -> Any:
    return loc + scale * draw(0.0, 1.0)


def _scaled(scale: Any, draw: Function) -> Any:
    return scale * draw(1.0)


def _triangular(left: Any, mode: Any, right: Any, draw: Any) -> Any:
    u, width = draw.uniform(0.0, 1.0), right - left
    below = u <= primal((mode - left) / width)
    low, high = (
        left + np.sqrt(u * ((mode - left) * width)),
        right - np.sqrt((1 - u) * ((right - mode) * width)),
    )
    return np.where(below, low, high) if shape_of(u) else (low if below else high)


_LOC_SCALE = (("loc", 0.0), ("scale", 1.0))
_REQUIRED = object()

#: Name of a distribution -> its parameters with their defaults, and the draw made of one that has none.
_DISTRIBUTIONS: dict[str, tuple[tuple[tuple[str, Any], ...], Function]] = {
    **dict.fromkeys(("normal", "laplace", "logistic", "gumbel"), (_LOC_SCALE, _located)),
    **dict.fromkeys(("exponential", "rayleigh"), ((("scale", 1.0),), _scaled)),
    "uniform": ((("low", 0.0), ("high", 1.0)), lambda low, high, draw: low + (high - low) * draw(0.0, 1.0)),
    "lognormal": (
        (("mean", 0.0), ("sigma", 1.0)),
        lambda mean, sigma, draw: np.exp(mean + sigma * draw.normal(0.0, 1.0)),
    ),
    "gamma": (
        (("shape", _REQUIRED), ("scale", 1.0)),
        lambda shape, scale, draw: scale * draw(_fixed("gamma", "shape", shape), 1.0),
    ),
    "weibull": ((("a", _REQUIRED),), lambda a, draw: draw(1.0) ** (1 / a)),
    "pareto": ((("a", _REQUIRED),), lambda a, draw: np.expm1(np.log1p(draw(1.0)) / a)),
    "power": ((("a", _REQUIRED),), lambda a, draw: draw(1.0) ** (1 / a)),
    "triangular": ((("left", _REQUIRED), ("mode", _REQUIRED), ("right", _REQUIRED)), _triangular),
    "vonmises": (
        (("mu", _REQUIRED), ("kappa", _REQUIRED)),
        lambda mu, kappa, draw: _turned(mu + draw(0.0, _fixed("vonmises", "kappa", kappa))),
    ),
}

#: What has a derivative by its first argument: entries of an array.
_OF_AN_ARRAY = ("choice", "permutation")


def _turned(angle: Any) -> Any:
    """Between -pi and pi, rounded as NumPy does."""
    size = np.fmod(np.abs(angle) + np.pi, 2 * np.pi) - np.pi
    return np.where(primal(angle) < 0, -1.0, 1.0) * size


def _fixed(name: str, parameter: str, x: Any) -> Any:
    """A parameter by which a draw is not differentiated."""
    if mode_in(x) is not None:
        raise UnsupportedError(
            f"random {name} has no derivative by {parameter}; pass dualad.value(x) there if none is wanted"
        )
    return x


class _Draw:
    """Draws of one size from a generator."""

    def __init__(self, method: Function, generator: Any, size: Any):
        self.method = method
        self.generator = generator
        self.size = size

    def __call__(self, *parameters: Any) -> Any:
        return self.method(self.generator, *parameters, size=self.size)

    def __getattr__(self, name: str) -> Any:
        return lambda *parameters: getattr(self.generator, name)(*parameters, size=self.size)


def drawn(method: Any) -> Any:
    """What is called in place of a method of NumPy's generators, None for another function.

    The generator is the first argument.
    """
    name = method.__name__
    if all(getattr(kind, name, None) is not method for kind in (np.random.Generator, np.random.RandomState)):
        return None

    def function(generator: Any, *args: Any, **keywords: Any) -> Any:
        if mode_in((args, keywords)) is None:
            return holding(method(generator, *args, **keywords), True)
        if name == "shuffle":
            return _shuffle(method, generator, *args, **keywords)
        args, keywords = settled(args), settled(keywords)
        if name == "multivariate_normal":
            return _correlated(method, generator, *args, **keywords)
        if name == "permuted":
            return _permuted(method, generator, *args, **keywords)
        if name in _OF_AN_ARRAY and args:
            x, rest = stacked(args[0]), args[1:]
            for option in (*rest, *keywords.values()):
                _fixed(name, "its other arguments", option)
            axis = keywords.pop("axis", 0)
            return np.take(x, method(generator, shape_of(x)[axis], *rest, **keywords), axis=axis)
        if name not in _DISTRIBUTIONS:
            raise UnsupportedError(
                f"a draw of random {name} has no derivative by its parameters; draw normal, uniform or "
                f"exponential numbers and compute with these, or pass dualad.value(x) if none is wanted"
            )
        names, made = _DISTRIBUTIONS[name]
        given = dict(zip([*(n for n, _ in names), "size"], args, strict=False)) | keywords
        size = given.pop("size", None)
        parameters = [stacked(given.pop(n, default)) for n, default in names]
        if given or any(p is _REQUIRED for p in parameters):
            return method(generator, *args, **keywords)  # which says what is wrong with them
        shape = np.broadcast_shapes(*map(shape_of, parameters))
        getattr(_NOBODYS, name)(*map(primal, parameters), size=(0, *shape))  # raises if one is out of range
        if size is None:
            size = shape or None
        return made(*parameters, _Draw(method, generator, size))

    return function


def _correlated(
    draw: Any, generator: Any, mean: Any, cov: Any, size: Any = None, *more: Any, **options: Any
) -> Any:
    """``mean + factor @ z`` with standard normal ``z``, drawn beforehand and once more by NumPy."""
    mean, cov = stacked(mean), stacked(cov)
    again = copy.deepcopy(generator)
    value = draw(generator, primal(mean), primal(cov), size, *more, **options)
    if mode_in(cov) is None:
        return mean + (value - primal(mean))
    z = again.standard_normal(np.shape(value))
    if options.get("method") == "cholesky":
        factor = np.linalg.cholesky(cov)
    elif options.get("method") == "eigh":
        s, u = np.linalg.eigh(cov)
        factor = u * np.sqrt(s)
    else:
        u, s, v = np.linalg.svd(cov)
        factor = u * np.sqrt(s)
        if isinstance(generator, np.random.RandomState):
            factor = np.transpose(v) * np.sqrt(s)
    y = mean + z @ np.transpose(factor)
    if not np.allclose(primal(y), value):
        raise UnsupportedError(
            "random multivariate_normal was drawn in a way of which no derivative by cov= is known; "
            "write mean + rng.standard_normal(n) @ np.linalg.cholesky(cov).T"
        )
    return y + (value - primal(y))


def _permuted(method: Any, generator: Any, x: Any, **axis: Any) -> Any:
    """The places are shuffled, and the entries follow."""
    x = stacked(x)
    places = np.arange(np.size(x)).reshape(np.shape(x))
    return np.ravel(x)[method(generator, places, **axis)]


def _shuffle(method: Any, generator: Any, x: Any, *axis: Any, **keywords: Any) -> None:
    """The places are shuffled, as the entries would be, and the entries follow."""
    if isinstance(x, list):
        order = list(range(len(x)))
        method(generator, order, *axis, **keywords)
        x[:] = [x[i] for i in order]
        return
    places = np.arange(np.size(x)).reshape(np.shape(x))
    method(generator, places, *axis, **keywords)
    x[...] = np.ravel(settled(x))[places]


#: A generator that draws nothing: it is asked whether it would.
_NOBODYS = np.random.default_rng(0)
