"""The families of NumPy's functions that are loaded when one of them first meets a Dual."""

from . import convolutions, fft, joining, linalg, nans, plain, polynomials, ranges, running, statistics

#: The families, as the documentation lists them.
FAMILIES = (joining, ranges, nans, statistics, running, convolutions, polynomials, linalg, fft, plain)
