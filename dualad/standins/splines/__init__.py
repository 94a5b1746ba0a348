"""Splines and other interpolation of SciPy."""
