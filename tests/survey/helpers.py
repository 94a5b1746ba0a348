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


class Cable:
    """Of which others get the objects, but not the class."""

    def __init__(self, tension):
        self.tension = tension

    @property
    def sag(self):
        return self.tension * (math.cosh(1 / self.tension) - 1)

    @sag.setter
    def sag(self, sag):
        self.tension = 1 / math.log(1 + sag)


def hung(tension):
    return Cable(tension)


def tightened(cable, sag):
    cable.sag = sag
    return cable


class Angle:
    """An angle, whose arithmetic is in `math`."""

    def __init__(self, radians):
        self.radians = radians

    def __add__(self, other):
        return Angle(math.atan2(math.sin(self.radians + other), math.cos(self.radians + other)))

    def __mul__(self, factor):
        return Angle(math.fmod(self.radians * factor, math.tau))

    def __matmul__(self, other):
        return math.cos(self.radians) * math.cos(other.radians)

    def __abs__(self):
        return math.fabs(math.remainder(self.radians, math.tau))

    def __iter__(self):
        yield math.sin(self.radians)
        yield math.cos(self.radians)

    def __enter__(self):
        return math.tan(self.radians / 4)

    def __exit__(self, *error):
        self.radians = math.exp(self.radians)


class Table:
    """Entries that are kept as logarithms."""

    def __init__(self):
        self.kept = [0.0, 0.0]

    def __setitem__(self, i, new):
        self.kept[i] = math.log(new)

    def __getitem__(self, i):
        return 2 * self.kept[i]


def put(records, new):
    """Assigned where assignments to entries may be those of `Table`."""
    records.at[:] = new


def right_angle():
    return Angle(math.pi / 2)


def table():
    return Table()


def growth_above(returns, others):
    return (1 + returns).prod() * (others - returns**2).sum()


def of_rows(table):
    """Of a table of rows a, b and c, and columns u and v."""
    picked = table.loc[["a", "c"]].values.sum() * table[table["u"] > 0].T.values.sum()
    return picked + table[["v"]].iloc[1:, 0].prod()
