"""np.fft: a real function of real numbers with complex numbers in between."""

import warnings

import numpy as np
from numpy.fft import fft, ifft

from . import Group

tried = Group(__name__, "np.fft and complex numbers in between")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3])
A = np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1]])
FILTER = np.array([1.0, 0.5, 0.25, 0.25])


def parts(z):
    return np.concatenate([np.ravel(z.real), np.ravel(z.imag)])


tried.at(
    V,
    fft=lambda x: np.abs(np.fft.fft(x)),
    fft_parts=lambda x: parts(np.fft.fft(x)),
    fft_padded=lambda x: parts(np.fft.fft(x, 8)),
    fft_ortho=lambda x: parts(np.fft.fft(x, norm="ortho")),
    ifft=lambda x: parts(np.fft.ifft(x)),
    round_trip=lambda x: ifft(fft(x) * 2).real,
    rfft=lambda x: np.abs(np.fft.rfft(x)) ** 2,
    irfft=lambda x: np.fft.irfft(np.fft.rfft(x) * FILTER),
    irfft_of_real=lambda x: np.fft.irfft(x, 7),
    hfft=lambda x: np.fft.hfft(x),
    ihfft=lambda x: parts(np.fft.ihfft(x)),
    fftshift=lambda x: np.fft.fftshift(x) ** 2,
    ifftshift=lambda x: np.fft.ifftshift(x) ** 2,
    power_spectrum=lambda x: np.abs(np.fft.fft(x)) ** 2 / len(x),
    phase=lambda x: np.angle(np.fft.fft(x))[1:3],
    circular_convolution=lambda x: np.real(np.fft.ifft(np.fft.fft(x) * np.fft.fft(x**2))),
    autocorrelation=lambda x: np.fft.irfft(np.abs(np.fft.rfft(x)) ** 2),
    cast_back=lambda x: _cast_back(x),
    spectral_derivative=lambda x: np.fft.ifft(1j * np.fft.fftfreq(6) * np.fft.fft(x)).real,
    low_pass=lambda x: np.fft.irfft(np.where(np.fft.rfftfreq(6) < 0.3, np.fft.rfft(x), 0), 6),
    exp_i=lambda x: np.exp(1j * x).real,
    abs_of_complex=lambda x: np.abs(x + 2j * x**2),
    angle=lambda x: np.angle(1 + 1j * x),
    conjugate_product=lambda x: ((x + 1j) * np.conj(x + 1j)).real,
    complex_division=lambda x: (1 / (x + 1j)).imag,
    impedance=lambda x: np.abs(1 / (1 / (50 + 1j * x) + 1j * 0.01 * x)),
    complex_sqrt=lambda x: np.sqrt(x + 0j).real + np.sqrt(x + 0j).imag,
    complex_array=lambda x: parts(np.array([x[0] + 1j * x[1], 2j * x[2]]) ** 2),
    filled_complex=lambda x: _filled(x),
    transfer_function=lambda x: np.abs(_horner(x, np.exp(2j))),
    hilbert_envelope=lambda x: np.abs(np.fft.ifft(np.fft.fft(x) * np.array([1, 2, 2, 1, 0, 0]))),
    goertzel=lambda x: np.abs(np.sum(x * np.exp(-2j * np.pi * np.arange(6) / 6))),
    autocorrelation_divided_in_place=lambda x: _autocorrelation(x),
    parts_written_through_views=lambda x: _parts_written(x),
    dft_by_matrix=lambda x: np.abs(np.exp(-2j * np.pi * np.outer(np.arange(6), np.arange(6)) / 6) @ x),
)
tried.at(
    A,
    fft2=lambda x: np.abs(np.fft.fft2(x)),
    ifft2=lambda x: parts(np.fft.ifft2(x)),
    rfft2=lambda x: parts(np.fft.rfft2(x)),
    irfft2=lambda x: np.fft.irfft2(x, (2, 4)),
    fftn=lambda x: parts(np.fft.fftn(x)),
    ifftn=lambda x: parts(np.fft.ifftn(x)),
    rfftn=lambda x: parts(np.fft.rfftn(x)),
    irfftn=lambda x: np.fft.irfftn(x, (2, 4), axes=(0, 1)),
    fft_axis=lambda x: parts(np.fft.fft(x, axis=0)),
    fftshift_axes=lambda x: np.fft.fftshift(x, axes=1) ** 2,
)


def _cast_back(x):
    with warnings.catch_warnings():  # of the imaginary part, which is discarded
        warnings.simplefilter("ignore")
        return ifft(fft(x) * np.arange(6)).astype(x.dtype)


def _filled(x):
    z = np.zeros(3, dtype=complex)
    z[0] = x[0]
    z[1] = 1j * x[1]
    z[2] = x[2] * np.exp(1j * x[3])
    return np.abs(np.sum(z))


def _autocorrelation(x):
    of_delay = np.fft.ifft(np.abs(np.fft.fft(x)) ** 2).real
    of_delay /= of_delay[0]
    return of_delay


def _parts_written(x):
    z = x[:4] * np.exp(1j * x[2])
    turned = z.reshape(2, 2).T.imag
    turned[0] = x[:2] ** 2
    turned[1, 1:] *= x[5]
    z.real[[3, 0]] = z.imag[1:3]
    return np.concatenate([parts(z), turned.ravel()])


def _horner(coefficients, z):
    total = 0
    for c in coefficients:
        total = total * z + c
    return total
