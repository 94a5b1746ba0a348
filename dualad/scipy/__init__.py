"""SciPy's solvers, given the derivatives that they would otherwise get by finite differences."""

try:
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
except ModuleNotFoundError as error:
    if error.name != "scipy":
        raise
    text = 'dualad.scipy needs SciPy; type: pip install "dualad[scipy]"'
    raise ModuleNotFoundError(text, name="scipy") from error

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
