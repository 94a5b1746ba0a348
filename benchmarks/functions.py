"""One function or method call on an array of 1000 numbers, next to the same call on a plain array."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import dualad
from dualad.dual import Dual, make
from dualad.modes import Recorded

from .measure import Row, best_times, show

N = 1000
X = np.linspace(0.1, 2.0, N)
T = np.cos(3.0 * X)
W = np.cos(X)
MASK = X > 1.0
SHAPE = (20, 50)
A = np.sin(np.arange(100.0 * N)).reshape(100, N)
PLACES = np.arange(0, N, 3)

CALLS: dict[str, Callable[[Any], Any]] = {
    "np.sum(x)": lambda x: np.sum(x),
    "x.sum()": lambda x: x.sum(),
    "np.mean(x)": lambda x: np.mean(x),
    "np.max(x)": lambda x: np.max(x),
    "np.std(x)": lambda x: np.std(x),
    "np.prod(x)": lambda x: np.prod(x),
    "np.linalg.norm(x)": lambda x: np.linalg.norm(x),
    "np.dot(x, w)": lambda x: np.dot(x, W),
    "x @ w": lambda x: x @ W,
    "x.dot(x)": lambda x: x.dot(x),
    "A @ x": lambda x: A @ x,
    "np.sqrt(x)": lambda x: np.sqrt(x),
    "np.abs(x)": lambda x: np.abs(x),
    "np.maximum(x, w)": lambda x: np.maximum(x, W),
    "x.clip(0.5, 1.5)": lambda x: x.clip(0.5, 1.5),
    "np.where(mask, x, 0.0)": lambda x: np.where(MASK, x, 0.0),
    "np.cumsum(x)": lambda x: np.cumsum(x),
    "np.concatenate([x, w])": lambda x: np.concatenate([x, W]),
    "np.stack([x, x])": lambda x: np.stack([x, x]),
    "np.zeros_like(x)": lambda x: np.zeros_like(x),
    "x.reshape(20, 50)": lambda x: x.reshape(SHAPE),
    "x.copy()": lambda x: x.copy(),
    "x.T": lambda x: x.T,
    "x[3]": lambda x: x[3],
    "x[1:]": lambda x: x[1:],
    "x[::2]": lambda x: x[::2],
    "x[mask]": lambda x: x[MASK],
    "x[places]": lambda x: x[PLACES],
}


class Forgetful(dict[Any, Any]):
    """A tape that keeps nothing, so that a million calls can be recorded."""

    def __setitem__(self, place: Any, entry: Any) -> None:
        pass


def checked(name: str, call: Callable[[Any], Any]) -> None:
    """The derivative that is timed is right: it agrees with a central difference."""
    _, t = dualad.jvp(call, X, T)
    h = 1e-6
    difference = (np.asarray(call(X + h * T)) - np.asarray(call(X - h * T))) / (2 * h)
    np.testing.assert_allclose(t, difference, rtol=1e-6, atol=1e-6, err_msg=name)


def rows() -> Iterator[Row]:
    forward = Dual(X, T)
    mode = Recorded()
    mode.tape = Forgetful()
    recorded = make(mode, X.copy(), mode.zero(X))
    arguments = {"plain": X, "forward": forward, "reverse": recorded}
    for name, call in CALLS.items():
        checked(name, call)
    timed = {(name, way): partial(call, x) for name, call in CALLS.items() for way, x in arguments.items()}
    times = best_times(timed, 20.0)
    for name in CALLS:
        plain = 1e6 * times[name, "plain"]
        for way in ("forward", "reverse"):
            yield Row(f"{name}, plain {plain:.2f} µs: {way}", 1e6 * times[name, way], "µs", 3 * plain + 3)


if __name__ == "__main__":
    show(rows())
