"""Checks that several files of tests share."""

import copy
import threading

import numpy as np
from hypothesis import HealthCheck, settings

from dualad import jvp, vjp

RANDOM = np.random.default_rng(5)


def examples(count, **options):
    """The same examples in every run."""
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
        **options,
    )


def in_threads(work, n):
    """Run it n times at once, and wait for the end."""
    threads = [threading.Thread(target=work) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def assert_close(got, right, tolerance=1e-13):
    """Absolute and relative tolerance of each entry, and the same shape."""
    assert np.shape(got) == np.shape(right)
    np.testing.assert_allclose(got, right, rtol=tolerance, atol=tolerance)


def assert_close_in_size(got, right, tolerance=1e-13):
    """Relative to the largest entry, or to 1; and the same shape."""
    assert np.shape(got) == np.shape(right)
    scale = max(1.0, np.max(np.abs(right), initial=0.0))
    np.testing.assert_allclose(got, right, rtol=0, atol=tolerance * scale)


def assert_derivatives(f, x, tolerance=1e-9):
    """Value, derivative and transposed derivative of a function of one array."""
    x = np.asarray(x)[()] if isinstance(x, np.generic) else x
    t = RANDOM.uniform(0.5, 1.5, np.shape(x))[()]
    right = f(copy.copy(x))
    y, pushed = jvp(f, x, t)
    y2, pullback = vjp(f, x)
    for value in (y, y2):
        np.testing.assert_array_equal(value, right)
        assert np.shape(value) == np.shape(right)
    h = 1e-3
    d1, d2 = ((np.asarray(f(x + s * t)) - np.asarray(f(x - s * t))) / (2 * s) for s in (h, 2 * h))
    np.testing.assert_allclose(pushed, (4 * d1 - d2) / 3, rtol=tolerance, atol=tolerance)
    ct = RANDOM.uniform(0.5, 1.5, np.shape(right))[()]
    pulled = pullback(ct)
    assert np.shape(pulled) == np.shape(x)
    np.testing.assert_allclose(np.sum(pulled * t), np.sum(ct * pushed), rtol=1e-12, atol=1e-12)
