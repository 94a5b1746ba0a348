"""Linear algebra of SciPy, dense and sparse."""
