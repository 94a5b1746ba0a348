"""The backward sweep over large arrays, which goes block by block, against that over small ones."""

import numpy as np
import pytest

import dualad
from dualad import tape
from dualad.linear import BLOCK

SIZE = 4 * BLOCK
X = np.cos(np.arange(SIZE)) + 1.5
CT = np.sin(np.arange(SIZE))


def chain(x):
    z = 0.0
    for _ in range(5):
        z = np.sin(z * x) + x
    return z


def negated(x):
    return -np.exp(-x) - 3.0 * x + (x - x * x)


def shared(x):
    y = np.cos(x)
    return y * y + y / x + y


def strong_zero(x):
    """Infinite slopes times zero, at every hundredth entry."""
    return np.sqrt(np.where(np.arange(len(x)) % 100, x, 0.0)) * np.where(np.arange(len(x)) % 100, 1.0, 0.0)


def unused(x):
    np.exp(x) * x
    return np.tanh(x) * x


@pytest.mark.parametrize("f", [chain, negated, shared, strong_zero, unused])
def test_elementwise(f):
    """A large array is four small ones, each pulled in one piece."""
    _, pullback = dualad.vjp(f, X)
    parts = [slice(k, k + BLOCK) for k in range(0, SIZE, BLOCK)]
    small = [dualad.vjp(f, X[part])[1](CT[part]) for part in parts]
    np.testing.assert_array_equal(pullback(CT), np.concatenate(small))
    np.testing.assert_allclose(pullback(np.ones(SIZE)), dualad.derivative(f)(X), rtol=1e-10, atol=1e-13)


PROGRAMS = {
    "sums below and above": lambda x: np.sum(np.exp(x - np.mean(x)) * x),
    "rows": lambda x: np.sum(np.sin(x.reshape(4, -1)) * np.cos(x[:BLOCK]), axis=1),
    "broadcast in between": lambda x: np.exp(x * x[0]) * x,
    "views": lambda x: x[::2] * x[1::2] - x[1::2],
    "transposed": lambda x: (np.sin(x.reshape(200, -1)).T * x.reshape(-1, 200)).ravel(),
    "several outputs": lambda x: (np.sin(x) * x, np.sin(x) ** 2, x),
    "an output inside": lambda x: (lambda y: (y * x, y))(np.exp(x)),
    "joined": lambda x: np.concatenate([x, x * 2.0]) * 3.0,
    "single precision": lambda x: np.sin(x.astype(np.float32)) * x,
    "pieces": lambda x: np.where(x > 1.0, x * x, -x) + np.abs(x),
    "a number in between": lambda x: np.sum(x * x) * np.sin(x),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_adjoint(name):
    """``<J t, c> = <t, J' c>``, forward mode against the sweep."""
    f = PROGRAMS[name]
    y, pullback = dualad.vjp(f, X)
    t = np.cos(3.0 * np.arange(SIZE))
    _, tangent = dualad.jvp(f, X, t)
    ys, ts = (y, tangent) if isinstance(y, tuple) else ((y,), (tangent,))
    rng = np.random.default_rng(5)
    cts = [rng.normal(size=one.shape).astype(one.dtype) for one in ys]
    kept = [ct.copy() for ct in cts]
    pulled = pullback(tuple(cts) if isinstance(y, tuple) else cts[0])
    left = sum(float(np.vdot(ct, one)) for ct, one in zip(cts, ts, strict=True))
    size = sum(float(np.vdot(np.abs(ct), np.abs(one))) for ct, one in zip(cts, ts, strict=True))
    tolerance = 1e-6 if name == "single precision" else 1e-13
    assert abs(left - float(np.vdot(t, pulled))) < tolerance * size
    for ct, before in zip(cts, kept, strict=True):
        np.testing.assert_array_equal(ct, before)  # the caller's arrays are not written to
    again = pullback(tuple(cts) if isinstance(y, tuple) else cts[0])
    np.testing.assert_array_equal(pulled, again)  # nor what the tape keeps


def test_long_stretches_are_taken_at_once(monkeypatch):
    """The chain is one stretch, not one for each entry."""
    lengths = []

    def counting(*args):
        steps = original(*args)
        lengths.append(len(steps))
        return steps

    original = tape._stretch
    monkeypatch.setattr(tape, "_stretch", counting)
    dualad.vjp(chain, X)[1](CT)
    assert lengths[0] >= 14  # five times a product, a sine and a sum, the first product a constant
