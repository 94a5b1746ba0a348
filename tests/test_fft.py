"""np.fft, against NumPy itself: the functions are linear, so the tangent is the transform of the tangent."""

import numpy as np
import pytest
from checking import assert_close_in_size as assert_close
from samples import SAMPLES

from dualad import derivative, grad, jacobian, jvp, linearize, vjp
from dualad.errors import PlainArrayError, UnsupportedError

RANDOM = np.random.default_rng(3)

#: The functions of arrays, and those of them that take real numbers only.
ALL = [getattr(np.fft, name) for name in np.fft.__all__ if "freq" not in name]
REAL = {np.fft.rfft, np.fft.rfft2, np.fft.rfftn, np.fft.ihfft}

#: More calls: axes named twice, sizes that stay as they are, one number.
MORE = {
    np.fft.fftn: [
        ((np.ones((2, 3)),), {"axes": (0, 0, 1)}),
        ((np.ones((2, 3)),), {"s": (-1, 2), "axes": (0, 1)}),
    ],
    np.fft.irfftn: [
        ((np.ones((2, 3)),), {"s": (4, -1), "axes": (1, 0)}),
        ((np.ones((2, 1)),), {"s": (2, 1), "axes": (0, 1)}),
    ],
    np.fft.irfft: [
        ((np.ones(1),), {"n": 1}),
        ((np.ones(3),), {"n": 5}),
        ((np.ones((3, 2)),), {"n": 2, "axis": 0}),
    ],
    np.fft.hfft: [((np.ones(3),), {"n": 5, "norm": "ortho"}), ((np.ones(4),), {"n": 3})],
    np.fft.rfft: [((np.ones(1),), {})],
}


def drawn(like, kind):
    """A random array of a shape: real, or complex."""
    x = RANDOM.uniform(-2.0, 2.0, np.shape(like))
    return x if kind == "real" else x + 1j * RANDOM.uniform(-2.0, 2.0, np.shape(like))


def cases():
    for function in ALL:
        for k, ((x, *args), keywords) in enumerate([*SAMPLES[function], *MORE.get(function, [])]):
            for kind in ["real"] if function in REAL else ["real", "complex"]:
                name = f"{function.__name__}-{k}-{kind}"
                yield pytest.param(lambda z, f=function, a=args, k=keywords: f(z, *a, **k), x, kind, id=name)


every_case = pytest.mark.parametrize(("f", "like", "kind"), list(cases()))


def test_there_are_sixteen():
    assert len(ALL) == 16


@every_case
def test_the_tangent_is_the_transform_of_the_tangent(f, like, kind):
    x, t = drawn(like, kind), drawn(like, kind)
    y, pushed = jvp(f, x, t)
    np.testing.assert_array_equal(y, f(x))
    assert pushed.dtype == f(x).dtype
    assert_close(pushed, f(t))
    y, linear = linearize(f, x)
    np.testing.assert_array_equal(y, f(x))
    assert_close(linear(t), f(t))


@every_case
def test_adjoint_law(f, like, kind):
    """``Re(sum(f(t) * ct)) == Re(sum(t * pullback(ct)))``, with no derivative on the left."""
    x, t = drawn(like, kind), drawn(like, kind)
    y, pullback = vjp(f, x)
    ct = drawn(y, "complex" if np.iscomplexobj(y) else "real")
    pulled = pullback(ct)
    assert pulled.dtype == x.dtype
    assert pulled.shape == x.shape
    left, right = np.sum(np.real(f(t) * ct)), np.sum(np.real(t * pulled))
    assert abs(left - right) <= 1e-13 * (1 + np.sum(np.abs(f(t) * ct)))


@every_case
def test_the_columns_of_the_jacobian_are_the_transforms_of_unit_vectors(f, like, kind):
    x = drawn(like, kind)
    if x.size and kind == "complex" and not np.iscomplexobj(f(x)):
        with pytest.raises(UnsupportedError, match="holomorphic"):
            jacobian(f)(x + 1)
        return
    right = np.zeros(f(x).shape + x.shape, f(x).dtype)
    for place in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[place] = 1
        right[(..., *place)] = f(unit)
    assert_close(jacobian(f, mode="forward")(x), right)
    assert_close(jacobian(f, mode="reverse")(x), right)


@every_case
def test_nested(f, like, kind):
    """The second derivative of ``sum(|f(x cos s)|**2)`` by s at 0 is ``-2 sum(|f(x)|**2)``."""
    x = drawn(like, kind)

    def power(s):
        return np.sum(np.abs(f(x * np.cos(s))) ** 2)

    right = -2 * np.sum(np.abs(f(x)) ** 2)
    for first in (derivative, grad):
        for second in (derivative, grad):
            assert_close(second(first(power))(0.0), right)


@every_case
def test_single_precision_stays(f, like, kind):
    x = drawn(like, kind).astype(np.complex64 if kind == "complex" else np.float32)
    y, t = jvp(f, x, x)
    assert (y.dtype, t.dtype) == (f(x).dtype, f(x).dtype)
    assert_close(t, f(x), 1e-5)
    assert vjp(f, x)[1](f(x)).dtype == x.dtype


def test_a_closed_form():
    """The power spectrum of a shifted cosine, by its phase: constant, but for the amplitude."""
    n = np.arange(16)

    def spectrum(p):
        amplitude, phase = p[0], p[1]
        return np.abs(np.fft.rfft(amplitude * np.cos(2 * np.pi * 3 * n / 16 + phase))) ** 2

    right = np.zeros((9, 2))
    right[3, 0] = 2 * 1.5 * 8**2
    assert_close(jacobian(spectrum, mode="forward")(np.array([1.5, 0.4])), right)
    assert_close(jacobian(spectrum, mode="reverse")(np.array([1.5, 0.4])), right)


def test_parseval():
    """``sum(|fft(x)|**2) == n sum(x**2)``, so the gradient is ``2 n x``."""
    x = drawn(np.ones(7), "real")
    assert_close(grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x), 2 * 7 * x)


def test_a_convolution_by_fft():
    x, c = drawn(np.ones(6), "real"), drawn(np.ones(6), "real")

    def smoothed(x):
        return np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(c), 6)

    circulant = np.stack([np.roll(c, k) for k in range(6)], axis=1)
    assert_close(jacobian(smoothed, mode="forward")(x), circulant)
    assert_close(jacobian(smoothed, mode="reverse")(x), circulant)


@pytest.mark.parametrize("function", [f for f in ALL if "shift" not in f.__name__], ids=lambda f: f.__name__)
def test_out_is_refused_by_name(function):
    x = np.ones((4, 4))
    with pytest.raises(PlainArrayError, match="out="):
        jvp(lambda x: function(x, out=np.empty((4, 4), complex)), x, x, lift=False)


def test_numpys_own_errors_are_left_alone():
    with pytest.raises(ValueError, match="Invalid number of FFT data points"):
        jvp(np.fft.fft, np.empty(0), np.empty(0))
