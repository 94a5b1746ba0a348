"""What SciPy solves: minima, differential equations, integrals."""
