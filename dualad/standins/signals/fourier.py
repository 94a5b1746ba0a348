"""SciPy's Fourier, cosine and sine transforms: what NumPy has as NumPy's, the others by their matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal, settled
from ..scipy_arrays import Function, as_array, for_duals, plain_copy, with_value

__all__ = ["CONVOLUTIONS", "FOURIER"]


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
        axes = range(-len(s) if s is not None else -x.ndim, 0)
    axes = [axes] if isinstance(axes, int) else list(axes)
    lengths = [None] * len(axes) if s is None else [s] if isinstance(s, int) else list(s)
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
