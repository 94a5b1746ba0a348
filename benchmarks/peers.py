"""Reverse mode next to the packages that do nothing else, those of them that are installed.

A perceptron 784-128-10 on a batch of 64, a scalar program of 1000 operations. All of them run the
same plain code, each with the array module that it brings; JAX compiles it, too.

    $ python -m pip install -e ".[bench]"
    $ python -m benchmarks.peers
"""

from __future__ import annotations

import importlib
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import dualad

from .measure import Row, best_times, show

_rng = np.random.default_rng(0)
INPUTS = _rng.normal(size=(64, 784))
LABELS = np.eye(10)[_rng.integers(0, 10, 64)]
WEIGHTS = (
    _rng.normal(size=(784, 128)) * 0.05,
    np.zeros(128),
    _rng.normal(size=(128, 10)) * 0.1,
    np.zeros(10),
)


def perceptron(np: Any) -> Callable[..., Any]:
    """The loss of the perceptron, as plain code for an array module."""
    inputs, labels = np.asarray(INPUTS), np.asarray(LABELS)

    def loss(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        hidden = np.tanh(np.dot(inputs, W1) + b1)
        scores = np.dot(hidden, W2) + b2
        highest = np.max(scores, axis=1, keepdims=True)
        total = np.log(np.sum(np.exp(scores - highest), axis=1)) + highest[:, 0]
        return np.mean(total - np.sum(scores * labels, axis=1))

    return loss


def scalar_program(np: Any) -> Callable[[Any], Any]:
    """1000 operations on numbers."""

    def f(x: Any) -> Any:
        z = x
        for _ in range(250):
            z = np.sin(z * x) + x * 0.5
        return z

    return f


def gradients(program: Callable[[Any], Any], arguments: int) -> dict[str, Callable[..., Any]]:
    """The gradient of a program by each package that is installed."""
    numbers = tuple(range(arguments)) if arguments > 1 else 0
    found: dict[str, Callable[..., Any]] = {"dualad": dualad.grad(program(np), numbers)}
    if (autograd := _installed("autograd")) is not None:
        found["autograd"] = autograd.grad(program(importlib.import_module("autograd.numpy")), numbers)
    if (jax := _installed("jax")) is not None:
        jax.config.update("jax_enable_x64", True)
        traced = jax.grad(program(importlib.import_module("jax.numpy")), numbers)
        compiled = jax.jit(traced)
        if arguments > 1:  # operation by operation, a thousand of them take it half a second
            found["JAX"] = lambda *args: jax.block_until_ready(traced(*args))
        found["JAX, compiled"] = lambda *args: jax.block_until_ready(compiled(*args))
    if (torch := _installed("torch")) is not None:
        found["torch"] = _by_torch(torch, program)
    if (mygrad := _installed("mygrad")) is not None:
        found["MyGrad"] = _by_mygrad(mygrad, program)
    return found


def _installed(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _by_torch(torch: Any, program: Callable[[Any], Any]) -> Callable[..., Any]:
    class Module:
        """Torch's functions under NumPy's names."""

        tanh, log, exp, sin, mean = torch.tanh, torch.log, torch.exp, torch.sin, torch.mean
        asarray, dot = torch.as_tensor, torch.matmul
        max = staticmethod(lambda a, axis, keepdims: torch.amax(a, dim=axis, keepdim=keepdims))
        sum = staticmethod(lambda a, axis: torch.sum(a, dim=axis))

    f = program(Module)

    def gradient(*args: Any) -> Any:
        inputs = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in args]
        return torch.autograd.grad(f(*inputs), inputs)

    return gradient


def _by_mygrad(mygrad: Any, program: Callable[[Any], Any]) -> Callable[..., Any]:
    class Module:
        """MyGrad's functions under NumPy's names."""

        tanh, log, exp, sin, mean, sum, max = (
            getattr(mygrad, name) for name in ("tanh", "log", "exp", "sin", "mean", "sum", "max")
        )
        asarray, dot = np.asarray, mygrad.matmul

    f = program(Module)

    def gradient(*args: Any) -> Any:
        inputs = [mygrad.tensor(a) for a in args]
        f(*inputs).backward()
        return [x.grad for x in inputs]

    return gradient


def _all(gradients: Any) -> list[np.ndarray]:
    return [np.asarray(g) for g in (gradients if isinstance(gradients, list | tuple) else (gradients,))]


def _peak(f: Callable[[], object]) -> int:
    f()
    tracemalloc.start()
    f()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


#: name -> program, its arguments, the most that its gradient may cost as a multiple of autograd's
PROGRAMS = {
    "perceptron 784-128-10, batch of 64": (perceptron, WEIGHTS, 1.1),
    "scalar program of 1000 operations": (scalar_program, (0.7,), 0.25),
}


def rows() -> Iterator[Row]:
    for name, (program, args, bar) in PROGRAMS.items():
        ways = gradients(program, len(args))
        right = ways["dualad"](*args)
        for way in ways.values():
            for one, other in zip(_all(way(*args)), _all(right), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-12)
        calls = {way: partial(g, *args) for way, g in ways.items()}
        times = best_times({"plain": partial(program(np), *args), **calls}, 6.0)
        yield Row(f"gradient, {name}, of the plain function", times["dualad"] / times["plain"], "x")
        for peer in list(ways)[1:]:
            limit = bar if peer == "autograd" else None
            yield Row(f"gradient, {name}, of {peer}'s", times["dualad"] / times[peer], "x", limit)
        if program is perceptron and "autograd" in ways:
            memory = _peak(calls["dualad"]) / _peak(calls["autograd"])
            yield Row(f"memory, {name}, of autograd's", memory, "x", bar)


if __name__ == "__main__":
    show(rows())
