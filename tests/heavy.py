"""Functions that the tests of executors send to other processes."""

import os
import pathlib
import signal
import time

import numpy as np

A = np.random.default_rng(5).normal(size=(30, 30)) / 6


def mixed(x):
    """Dense and not linear."""
    return np.tanh(A @ x) * np.sum(np.sin(x))


def energy(x):
    """A number."""
    return np.sum(np.tanh(A @ x) ** 2)


def tridiagonal(x):
    """Three diagonals."""
    y = -2.0 * x * x
    y[1:] += np.sin(x[:-1])
    y[:-1] += np.cos(x[1:])
    return y


def chain(x):
    """A number with three diagonals in its Hessian."""
    return np.sum(np.sin(x[1:] * x[:-1]) + x[1:] ** 3)


def elementwise(x, a=1.0):
    """Entry by entry, with another array of the same length perhaps."""
    return np.sin(a * x) * np.exp(-x)


def branching(x):
    """A function of one number."""
    while x > 1.0:
        x = x / 2.0
    return x**3


class Killer:
    """A function that kills the process it runs in, once: until a file is there."""

    def __init__(self, path, home):
        self.path = str(path)
        self.home = home

    def __call__(self, x):
        if os.getpid() != self.home:
            time.sleep(0.01)
            try:
                pathlib.Path(self.path).touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return mixed(x)


class Failing:
    """A function that raises in other processes and threads."""

    def __init__(self, home):
        self.home = home

    def __call__(self, x):
        import threading

        if (os.getpid(), threading.get_ident()) != self.home:
            raise ZeroDivisionError("seven is missing")
        return mixed(x)


class Stranger(Exception):
    """An exception that cannot be unpickled."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


def strange(x):
    raise Stranger("this", "that")


def growing(x):
    """An output whose length depends on how often it was computed."""
    growing.calls += 1
    return np.repeat(np.sum(x), growing.calls)


growing.calls = 2
