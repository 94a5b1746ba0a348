"""Eight threads that differentiate different functions at once give the same numbers as one."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from dualad import derivative, grad, jacobian, jvp, linearize, value_and_jacobian, vjp

THREADS = 8
ROUNDS = 25

A = np.random.default_rng(0).normal(size=(4, 3))
X = np.array([0.3, -0.7, 1.1])


def recursive_sine(x):
    z = 0.0
    for _ in range(20):
        z = np.sin(z * x) + x
    return z


#: Eight different jobs: forward, reverse and nested, numbers and arrays.
JOBS = [
    lambda: derivative(recursive_sine)(0.7),
    lambda: grad(recursive_sine)(0.7),
    lambda: derivative(grad(recursive_sine))(0.7),
    lambda: grad(derivative(recursive_sine))(0.7),
    lambda: jacobian(lambda x: np.sin(A @ x) * x[0], mode="forward")(X),
    lambda: jacobian(lambda x: np.sin(A @ x) * x[0], mode="reverse")(X),
    lambda: derivative(lambda x: x * derivative(lambda y: x * y)(1.0))(4.0),
    lambda: jvp(lambda x: vjp(lambda z: (A @ z) ** 2 * x[0], x)[1](np.ones(4)), X, X[::-1].copy())[1],
]


@pytest.fixture
def impatient():
    """Switch threads every few microseconds, so that operations interleave."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work):
    """The results of ``work(k)`` for k in 0..7, all started together."""
    gate = Barrier(THREADS)

    def start(k):
        gate.wait(timeout=30)
        return work(k)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(start, range(THREADS)))


def test_different_functions_at_once(impatient):
    alone = [job() for job in JOBS]
    together = in_threads(lambda k: [JOBS[k]() for _ in range(ROUNDS)])
    for right, results in zip(alone, together, strict=True):
        for got in results:
            np.testing.assert_array_equal(got, right)


def test_one_function_at_different_points(impatient):
    points = np.linspace(0.1, 1.4, THREADS)
    alone = [derivative(recursive_sine)(float(x)) for x in points]
    together = in_threads(lambda k: [derivative(recursive_sine)(float(points[k])) for _ in range(ROUNDS)])
    for right, results in zip(alone, together, strict=True):
        assert results == [right] * ROUNDS


def test_one_linear_map_shared_by_all(impatient):
    """A recorded tape is read only: pulling back in one thread leaves nothing for another."""
    _, pullback = vjp(lambda x: np.sin(A @ x) * x[0], X)
    _, linear = linearize(lambda x: np.sin(A @ x) * x[0], X)
    cotangents = np.random.default_rng(1).normal(size=(THREADS, 4))
    tangents = np.random.default_rng(2).normal(size=(THREADS, 3))

    def work(k):
        return [(pullback(cotangents[k]), linear(tangents[k])) for _ in range(ROUNDS)]

    alone = [(pullback(c), linear(t)) for c, t in zip(cotangents, tangents, strict=True)]
    for right, results in zip(alone, in_threads(work), strict=True):
        for got in results:
            np.testing.assert_array_equal(got[0], right[0])
            np.testing.assert_array_equal(got[1], right[1])


@pytest.mark.parametrize("x", [0.7, X], ids=["number", "array"])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_one_function_whose_workers_compute_at_once(impatient, x, mode):
    """Threads inside the function share its mode: no operation may lose its place on the tape."""

    def work(x, k):
        y = x
        for _ in range(200):
            y = y * 1.01 + float(k) * x
        return np.sum(y)

    def together(x):
        return sum(in_threads(lambda k: work(x, k)))

    def alone(x):
        return sum(work(x, k) for k in range(THREADS))

    right = jacobian(alone, mode=mode)(x)
    for _ in range(20):
        np.testing.assert_allclose(jacobian(together, mode=mode)(x), right, rtol=1e-13)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_one_array_whose_entries_workers_assign(impatient, mode):
    """Each thread writes rows of its own; none of them may be lost when another one writes."""

    def table(x):
        out = np.zeros((THREADS, 4))

        def fill(k):
            for i in range(4):
                out[k, i] = np.sin(x) * k if i % 2 else 2.0 * k

        in_threads(fill)
        return out

    values = np.array([[2.0 * k, np.sin(0.7) * k] * 2 for k in range(THREADS)])
    slopes = np.array([[0.0, np.cos(0.7) * k] * 2 for k in range(THREADS)])
    for _ in range(20):
        y, J = value_and_jacobian(table, mode=mode)(0.7)
        np.testing.assert_array_equal(y, values)
        np.testing.assert_allclose(J, slopes, rtol=1e-15)


def test_failures_in_some_threads_do_not_disturb_the_others(impatient):
    def dies(x):
        np.sin(x)
        raise LookupError

    def work(k):
        if k % 2:
            for _ in range(ROUNDS):
                with pytest.raises(LookupError):
                    derivative(lambda x: x * grad(dies)(x))(1.0)
            return None
        return [JOBS[k]() for _ in range(ROUNDS)]

    alone = [job() for job in JOBS]
    for right, results in list(zip(alone, in_threads(work), strict=True))[::2]:
        for got in results:
            np.testing.assert_array_equal(got, right)
