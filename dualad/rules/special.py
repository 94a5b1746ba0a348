"""The derivatives of the ufuncs of `scipy.special`, one table for each family.

Importing this file imports SciPy, and adds these rules to the table.
"""

from . import (
    _bessel,  # Bessel, Airy and Kelvin functions, and their integrals
    _densities,  # what scipy.stats calls
    _distributions,  # cumulative distributions and their inverses
    _elliptic,  # elliptic integrals and functions, arithmetic-geometric mean
    _exponential,  # exponential, logistic, entropy, Box-Cox, exponential integrals, degrees
    _gamma,  # gamma, beta, and what is made of them
    _hypergeometric,  # hypergeometric functions and orthogonal polynomials
    _inverses,  # inverses of distributions by their parameters
    _mathieu,  # Mathieu's functions and characteristic values
    _moments,  # means and variances that scipy.stats calls
    _noncentral,  # F and Student's t that are not central, Landau's distribution, the inverse Gaussian one
    _normal,  # error functions and the normal distribution
    _struve,  # Struve's functions and their integrals
    _voigt,  # the Faddeeva function, Voigt's profile, modified Fresnel integrals
)

#: The families, in the order in which the documentation lists them.
FAMILIES = (
    _normal,
    _gamma,
    _bessel,
    _struve,
    _exponential,
    _hypergeometric,
    _elliptic,
    _distributions,
    _densities,
    _inverses,
    _noncentral,
    _moments,
    _mathieu,
    _voigt,
)
