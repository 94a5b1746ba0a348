"""SciPy's transforms: Fourier's as NumPy's, cosine and sine transforms by their matrices, Hankel's."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal, settled
from ..scipy_arrays import Function, as_array, for_duals, holds, plain_copy, with_value


def _fourier(twin: Function) -> Function:
    """A transform that is also NumPy's; those of scipy.fftpack have no norm, and say shape for s."""

    def transform(original: Function, x: Any, **options: Any) -> Any:
        lengths = [options[name] for name in ("n", "s", "shape") if name in options]
        axes = [options[name] for name in ("axis", "axes") if name in options]
        x = as_array(x)
        return with_value(original(primal(x), **options), twin(x, *lengths, *axes, norm=options.get("norm")))

    return for_duals(transform)


#: What divides there divides here: one of the two transforms of a pair does.
_OTHER_NORM: dict[Any, Any] = {
    None: "forward",
    "backward": "forward",
    "ortho": "ortho",
    "forward": "backward",
}


def _hermitian(x: Any, s: Any, axes: Any, norm: Any = None) -> Any:
    """The real numbers that have a Hermitian spectrum."""
    return np.fft.irfftn(np.conj(x), s, axes, _OTHER_NORM[norm])


def _to_hermitian(x: Any, s: Any, axes: Any, norm: Any = None) -> Any:
    return np.conj(np.fft.rfftn(x, s, axes, _OTHER_NORM[norm]))


def _by_matrices(original: Function, x: Any, **options: Any) -> Any:
    """A linear function along one axis after the other, by the matrix that it is along each."""
    x = as_array(x)
    value = original(primal(x), **options)
    of_one = "axis" in options
    name = next(name for name in ("n", "s", "shape") if name in options)
    s, axes = options.pop(name), options.pop("axis" if of_one else "axes")
    if axes is None:
        axes = range(-np.size(s) if s is not None else -x.ndim, 0)
    axes = list(np.atleast_1d(axes))
    lengths = [None] * len(axes) if s is None else list(np.atleast_1d(s))
    for axis, n in zip(axes, lengths, strict=True):
        n = x.shape[axis] if n is None else n
        given = {"axis": 0, name: n} if of_one else {"axes": [0], name: [n]}
        matrix = original(np.eye(x.shape[axis]), **given, **options)
        x = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    return with_value(value, x)


def _circular(original: Function, x: Any, *kernel: Any, overwrite_x: Any = None, **options: Any) -> Any:
    """Of scipy.fftpack: linear in ``x`` and the same from each place on, so that one place tells all."""
    x = settled(x)
    impulse = original(np.eye(1, len(x))[0], *kernel, **options)
    y = np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(impulse), len(x))
    return with_value(original(plain_copy(x), *kernel, **options), y)


# ---------------------------------------------------------------- Hankel's


def _hankel(
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


# ---------------------------------------------------------------- what stands in for what

#: The last name of a module and that of a function -> its twin, which is given the function as well.
CONVOLUTIONS: dict[tuple[str, str], Function] = dict.fromkeys(
    (("convolve", "convolve"), ("convolve", "convolve_z")), _circular
)

#: Package and name -> what is called in its place.
FOURIER: dict[tuple[str, str], Function] = {
    **{
        ("fft", name): _fourier(getattr(np.fft, name))
        for name in (
            *("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"),
            *("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn"),
        )
    },
    **dict.fromkeys((("fft", "hfft2"), ("fft", "hfftn")), _fourier(_hermitian)),
    **dict.fromkeys((("fft", "ihfft2"), ("fft", "ihfftn")), _fourier(_to_hermitian)),
    **{
        ("fftpack", name): _fourier(getattr(np.fft, name))
        for name in ("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn")
    },
    **{("fftpack", name): for_duals(_by_matrices) for name in ("rfft", "irfft")},
    **{
        (package, name): for_duals(_by_matrices)
        for package in ("fft", "fftpack")
        for name in ("dct", "idct", "dst", "idst", "dctn", "idctn", "dstn", "idstn")
    },
}

#: The same of functions that call none of the user's.
HANKEL: dict[tuple[str, str], Function] = {("fft", "fht"): _hankel, ("fft", "ifht"): _hankel}
