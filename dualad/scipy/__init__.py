"""SciPy's solvers, given the derivatives that they would otherwise get by finite differences."""

from .solvers import (
    curve_fit,
    fsolve,
    least_squares,
    minimize,
    quad_vec,
    root,
    solve_bvp,
    solve_ivp,
)

__all__ = [
    "curve_fit",
    "fsolve",
    "least_squares",
    "minimize",
    "quad_vec",
    "root",
    "solve_bvp",
    "solve_ivp",
]
