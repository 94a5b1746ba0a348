"""The fast Hankel transform of scipy.fft."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal
from ..scipy_arrays import Function, as_array, holds, with_value

__all__ = ["HANKEL"]


def _transform(
    called: Any, transform: Function, a: Any, dln: Any, mu: Any, offset: Any = 0.0, bias: Any = 0.0
) -> Any:
    """Between two powers of the place a convolution (A. Hamilton, MNRAS 312, 257 (2000))."""
    given = [as_array(x) for x in (a, dln, mu, offset, bias)]
    value = transform(*map(primal, given))
    a, dln, mu, offset, bias = given
    n, inverse = np.shape(a)[-1], transform.__name__ == "ifht"
    places = (np.arange(n) - (n - 1) / 2) * dln
    u = _coefficients(n, dln, mu, offset, bias, inverse)
    if inverse:
        convolved = np.fft.irfft(np.fft.rfft(a * np.exp(bias * (places + offset))) / np.conjugate(u), n)
        return with_value(value, convolved[..., ::-1] * np.exp(bias * places))
    convolved = np.fft.irfft(np.fft.rfft(a * np.exp(-bias * places)) * u, n)
    return with_value(value, convolved[..., ::-1] * np.exp(-bias * (places + offset)))


def _coefficients(n: int, dln: Any, mu: Any, offset: Any, bias: Any, inverse: bool) -> Any:
    """``(k r)**-x U(q + x)``, where ``U(x) = 2**x Gamma((mu + 1 + x) / 2) / Gamma((mu + 1 - x) / 2)``."""
    from scipy.fft._fftlog_backend import fhtcoeff

    value = fhtcoeff(n, *map(primal, (dln, mu, offset, bias)), inverse=inverse)
    if not holds((dln, mu, offset, bias)):
        return value
    import scipy.special

    y = np.linspace(0, np.pi * (n // 2) / n, n // 2 + 1) / dln
    above = scipy.special.loggamma((mu + 1 + bias) / 2 + 1j * y)
    below = scipy.special.loggamma((mu + 1 - bias) / 2 + 1j * y)
    two = np.log(2.0)
    u = np.exp(above - np.conjugate(below) + two * bias + 2j * y * (two - offset))
    if not value[-1].imag:  # the last one is made real: of an even n, and up to SciPy 1.13 of any
        u = np.concatenate([u[:-1], np.real(u[-1:]) + 0j])
    return with_value(value, u)


#: Package and name -> ``(called, f, *arguments)``.
HANKEL: dict[tuple[str, str], Function] = {
    ("fft", "fht"): _transform,
    ("fft", "ifht"): _transform,
}
