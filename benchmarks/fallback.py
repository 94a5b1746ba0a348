"""What it costs when plain code takes an array apart into objects: ``W.dot(x)`` beside ``W @ x``."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import dualad
from dualad.errors import SlowWarning

from .measure import Row, best_times, show

N = 100
W = np.random.default_rng(1).normal(size=(N, N)) / N**0.5
X = np.linspace(-1.0, 1.0, N)
V = np.linspace(2.0, 1.0, N)


def by_protocol(x: Any) -> Any:
    return np.sin(W @ x)


def by_objects(x: Any) -> Any:
    return np.sin(W.dot(x))


def forward(f: Callable[[Any], Any]) -> Any:
    return dualad.jvp(f, X, V, lift=False)[1]


def reverse(f: Callable[[Any], Any]) -> Any:
    return dualad.vjp(f, X, lift=False)[1](V)


def rows() -> Iterator[Row]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SlowWarning)
        for name, mode in {"forward": forward, "reverse": reverse}.items():
            np.testing.assert_allclose(mode(by_objects), mode(by_protocol), rtol=1e-10, atol=1e-12)
            times = best_times(
                {
                    "protocol": lambda mode=mode: mode(by_protocol),
                    "objects": lambda mode=mode: mode(by_objects),
                },
                seconds=1.0,
            )
            yield Row(
                f"sin(W.dot(x)), 100x100, {name}, of sin(W @ x)", times["objects"] / times["protocol"], "x"
            )
            yield Row(f"sin(W.dot(x)), 100x100, {name}", times["objects"] * 1e3, "ms")


if __name__ == "__main__":
    show(rows())
