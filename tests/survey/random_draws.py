"""Draws of NumPy's generators with parameters that are differentiated, for a seed that is given."""

import random

import numpy as np

from . import Group

tried = Group(__name__, "draws of random numbers")


def new():
    return np.random.default_rng(3)


def old():
    return np.random.RandomState(3)


def simulated(x):
    """A price at the end of a hundred steps, as one writes it for Monte Carlo."""
    rng = np.random.default_rng(8)
    price = 1.0
    for _ in range(100):
        price = price + price * rng.normal(0.01 * x, 0.02 * x)
    return price


COV = np.array([[2.0, 0.5], [0.5, 1.0]])
W = np.arange(1.0, 4.0)


class Regression:
    """Weights that begin at random numbers and are changed where they are."""

    def __init__(self, rng):
        self.weights = rng.normal(size=3)

    def fit(self, x):
        for _ in range(3):
            self.weights -= 0.1 * (np.dot(W, self.weights) - x) * W
            self.weights[0] += x * x
        return self


tried.at(
    1.3,
    normal=lambda x: new().normal(x, 2 * x),
    normal_of_a_size=lambda x: new().normal(x, scale=x * x, size=(2, 3)) ** 2,
    normal_of_arrays=lambda x: new().normal(np.array([x, 2 * x]), 1.0) ** 2,
    normal_of_lists=lambda x: new().normal([x, 2.0], [1.0, x]),
    normal_old=lambda x: old().normal(x, 2 * x, 3),
    laplace=lambda x: new().laplace(x, x),
    logistic=lambda x: new().logistic(x, x, 4),
    gumbel=lambda x: new().gumbel(scale=x),
    exponential=lambda x: new().exponential(x, size=3),
    rayleigh=lambda x: new().rayleigh(x),
    rayleigh_old=lambda x: old().rayleigh(x, 3),
    uniform=lambda x: new().uniform(high=x * x, low=-x, size=4),
    lognormal=lambda x: new().lognormal(x, 0.3 * x),
    gamma_by_scale=lambda x: new().gamma(2.0, x, size=3),
    weibull=lambda x: new().weibull(x, size=3),
    pareto=lambda x: new().pareto(2 * x, 3),
    power=lambda x: new().power(x),
    power_old=lambda x: old().power(x, 3),
    triangular=lambda x: new().triangular(0.0, x, 2 * x * x, size=5),
    triangular_of_numbers=lambda x: old().triangular(-x, 0.5 * x, 2 * x * x),
    vonmises=lambda x: new().vonmises(2 * x, 2.0, 3),
    multivariate_normal=lambda x: new().multivariate_normal([x, x * x], COV),
    multivariate_normal_by_covariance=lambda x: new().multivariate_normal([x, 0.0], x * COV, (2, 3)),
    multivariate_normal_by_eigenvalues=lambda x: new().multivariate_normal(
        mean=[0.0, 1.0], cov=COV + np.diag([x, 0.0]), method="eigh"
    ),
    multivariate_normal_by_cholesky=lambda x: new().multivariate_normal(
        [0, 1], x * COV, 3, method="cholesky"
    ),
    old_multivariate_normal=lambda x: old().multivariate_normal([x, 0.0], COV + np.diag([x, 0.0]), 3),
    permuted=lambda x: new().permuted(x ** np.arange(6.0).reshape(2, 3), axis=1) * np.arange(3),
    several_of_multivariate_normal=lambda x: new().multivariate_normal(np.array([x, x * x]), COV, size=3),
    choice=lambda x: new().choice(np.array([x, x * x, x**3]), 2, p=[0.2, 0.3, 0.5]),
    permutation=lambda x: new().permutation([x, x * x, x**3]) * W,
    permutation_of_rows=lambda x: new().permutation(np.array([[x, 2.0], [x * x, 3.0]])),
    simulated=simulated,
    changed_where_they_are=lambda x: Regression(new()).fit(x).weights * Regression(old()).fit(x).weights,
)


def one_after_the_other(x):
    """The second draw does not depend on what the first was asked for."""
    rng = new()
    return rng.normal(x) * rng.exponential(2 * x) + rng.uniform(0, x)


tried.at(1.3, one_after_the_other=one_after_the_other)


def library():
    return random.Random(3)


tried.at(
    1.3,
    library_gauss=lambda x: library().gauss(x, x**2),
    library_normal=lambda x: library().normalvariate(x, x**2),
    library_lognormal=lambda x: library().lognormvariate(x, x**2),
    library_uniform=lambda x: library().uniform(x, x**2),
    library_triangular=lambda x: library().triangular(x, 3 * x, 2.0),
    library_exponential=lambda x: library().expovariate(x),
    library_gamma=lambda x: library().gammavariate(x, x**2),
    library_beta=lambda x: library().betavariate(x, x**2),
    library_pareto=lambda x: library().paretovariate(x) + library().weibullvariate(x, 2 * x),
    library_choice=lambda x: library().choice([x, x**2, 2.0]) + sum(library().sample([x, x**2, 2.0], 2)),
)
