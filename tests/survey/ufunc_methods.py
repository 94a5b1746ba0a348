"""``reduce``, ``accumulate``, ``reduceat``, ``outer`` and ``at`` of NumPy's ufuncs."""

import numpy as np

from . import Group

tried = Group(__name__, "methods of ufuncs")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9])
A = np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1]])
W = np.array([1.2, 0.4, -0.6])

tried.at(
    V,
    add_reduce=lambda x: np.add.reduce(x * x),
    multiply_reduce=lambda x: np.multiply.reduce(x),
    maximum_reduce=lambda x: np.maximum.reduce(np.sin(x)),
    minimum_reduce=lambda x: np.minimum.reduce(np.sin(x)),
    logaddexp_reduce=lambda x: np.logaddexp.reduce(x),
    subtract_reduce=lambda x: np.subtract.reduce(x**2),
    hypot_reduce=lambda x: np.hypot.reduce(x),
    add_accumulate=lambda x: np.add.accumulate(x * x),
    multiply_accumulate=lambda x: np.multiply.accumulate(x),
    maximum_accumulate=lambda x: np.maximum.accumulate(x * x),
    minimum_accumulate=lambda x: np.minimum.accumulate(x * x),
    add_reduceat=lambda x: np.add.reduceat(x * x, [0, 2, 3]),
    reduce_where=lambda x: np.add.reduce(x**2, where=[True, False, True, True, False]),
    reduce_initial=lambda x: np.multiply.reduce(x, initial=2.0),
)
tried.at(
    A,
    reduce_axis=lambda x: np.add.reduce(x**2, axis=1, keepdims=True),
    reduce_axes=lambda x: np.multiply.reduce(x, axis=(0, 1)),
    accumulate_axis=lambda x: np.add.accumulate(x**2, axis=1),
)
tried.at(
    (V, W),
    multiply_outer=lambda a, b: np.multiply.outer(a, b),
    add_outer=lambda a, b: np.add.outer(np.sin(a), b**2),
    subtract_outer=lambda a, b: np.subtract.outer(a, b) ** 2,
)


@tried.at(V)
def add_at(x):
    total = np.zeros(3)
    np.add.at(total, [0, 1, 1, 2, 0], x**2)
    return total


@tried.at(1.3)
def add_at_of_lists(x):
    total = np.zeros(3)
    np.add.at(total, [0, 0, 2], [x, x * x, 1])
    np.multiply.at(total, [0, 2], [x, 3.0])
    return total


@tried.at(V)
def subtract_at_of_argument(x):
    np.subtract.at(x, [0, 0, 2], x[:3] ** 2)
    return x
