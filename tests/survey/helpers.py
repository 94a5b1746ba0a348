"""Another module of the user, from which the programs import."""

import math

import numpy as np

RATE = 2.5


def decay(t):
    return math.exp(-RATE * t)


def polynomial(coefficients, x):
    total = 0.0
    for c in reversed(coefficients):
        total = total * x + c
    return total


def unit_vector(v):
    return np.asarray(v) / np.linalg.norm(v)


def twice(f):
    def wrapper(x):
        return f(f(x))

    return wrapper


class Spring:
    stiffness = 3.0

    def __init__(self, length):
        self.length = length

    def energy(self, x):
        return 0.5 * self.stiffness * (x - self.length) ** 2 + math.cosh(x)
