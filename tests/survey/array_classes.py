"""Classes derived from ndarray: points, quaternions, quantities with units."""

import math

import numpy as np
from scipy import linalg, special

from . import Group

tried = Group(__name__, "plain Python: classes derived from ndarray")

V = np.array([0.3, 0.8, 1.7])
Q = np.array([0.9, -0.4, 0.3, 1.2])


class Point(np.ndarray):
    """Made by a view, with methods, properties and an attribute that results inherit."""

    def __new__(cls, entries, name=""):
        point = np.asarray(entries).view(cls)
        point.name = name
        return point

    def __array_finalize__(self, other):
        if other is not None:
            self.name = getattr(other, "name", "")

    def length(self):
        return math.sqrt(sum(float(e) ** 2 for e in self))

    def distance(self, other):
        return np.linalg.norm(self - other)

    def __pow__(self, power, modulus=None, /):
        return super().__pow__(power, modulus)

    @property
    def direction(self):
        return self / self.length()

    @classmethod
    def between(cls, a, b):
        return cls((np.asarray(a) + np.asarray(b)) / 2)


class Wrapped(np.ndarray):
    """Results are made by ``__array_wrap__``, as plain numbers where they are single ones."""

    def __new__(cls, entries):
        return np.array(entries).view(cls)

    def __array_wrap__(self, array, context=None, return_scalar=False):
        return array[()] if return_scalar else type(self)(array)


class Marked(np.ndarray):
    """What it is made of must have a mark, except memory."""

    def __new__(cls, entries, mark):
        marked = super().__new__(cls, len(entries), float, np.array(entries, dtype=float))
        marked.mark = mark
        return marked

    def __array_finalize__(self, other):
        if other is not None:
            self.mark = other.mark


class Components(np.ndarray):
    """Of objects: each coordinate is an array of a shape of its own."""

    def __new__(cls, parts):
        components = np.ndarray.__new__(cls, len(parts), dtype=object)
        for i, part in enumerate(parts):
            components[i] = part
        return components


class Quaternion(np.ndarray):
    """Made by ``ndarray.__new__`` on a buffer, with operators of its own."""

    def __new__(cls, entries):
        entries = np.array(entries, dtype=float)
        entries /= np.linalg.norm(entries)
        quaternion = super().__new__(cls, entries.shape, float, entries)
        quaternion.entries = entries
        return quaternion

    @property
    def real_part(self):
        return self.entries[0]

    @property
    def vector(self):
        return self.entries[1:]

    def __mul__(self, other):
        if not isinstance(other, Quaternion):
            return np.asarray(self) * other
        a, b = self.real_part, other.real_part
        u, v = self.vector, other.vector
        return Quaternion([a * b - u @ v, *(a * v + b * u + np.cross(u, v))])

    def conjugate(self):
        return Quaternion([self.real_part, *-self.vector])


class Length(np.ndarray):
    """A quantity: its rules are in ``__array_ufunc__`` and ``__array_function__``."""

    def __new__(cls, numbers, scale=1.0):
        length = np.asarray(numbers, dtype=float).view(cls)
        length.scale = scale
        return length

    def __array_finalize__(self, other):
        self.scale = getattr(other, "scale", 1.0)

    @property
    def value(self):
        numbers = self.view(np.ndarray)
        return numbers if self.shape else numbers[()]

    def __mul__(self, other):
        return Length(self.value, self.scale * 1000.0) if isinstance(other, str) else super().__mul__(other)

    def __rmul__(self, other):
        return self * other

    def to(self, scale):
        return Length(self.value * (self.scale / scale), scale)

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        if ufunc not in (np.add, np.subtract, np.multiply, np.less, np.greater, np.maximum):
            return NotImplemented
        numbers = [a.to(self.scale).value if isinstance(a, Length) else a for a in inputs]
        result = super().__array_ufunc__(ufunc, method, *numbers, **keywords)
        if ufunc in (np.less, np.greater):
            return result
        scale = self.scale
        if ufunc is np.multiply and all(isinstance(a, Length) for a in inputs):
            scale = scale * self.scale
        return Length(result, scale)

    def __array_function__(self, function, types, args, keywords):
        if function is np.concatenate:
            numbers = [a.to(self.scale).value for a in args[0]]
            return Length(np.concatenate(numbers), self.scale)
        return super().__array_function__(function, types, args, keywords)


KILOMETRE = Length(1.0, 1000.0)
ORIGIN = Point([1.0, -1.0, 0.5], "origin")


tried.at(
    V,
    method=lambda x: Point(x).length(),
    from_a_list=lambda x: Point([x[0], x[1] * x[2]]).length(),
    property=lambda x: np.asarray(Point(x).direction),
    class_method=lambda x: Point.between(x, 2 * x**2).length(),
    operators=lambda x: (2 * Point(x) - Point(x**2) / x).length(),
    plain_first=lambda x: (x * Point(x) + x).length(),
    kept_attribute=lambda x: x * len((Point(x, "four") * 2.0)[1:].name),
    from_outside=lambda x: ORIGIN.distance(x) + (x - ORIGIN).length() + Point(x).distance(ORIGIN),
    ufunc=lambda x: np.sin(Point(x)).length(),
    reduction=lambda x: Point(x).sum() * Point(x).mean() + np.sum(Point(x) ** 2),
    function=lambda x: np.cross(Point(x), [1.0, 2.0, 3.0]) + np.cumsum(Point(x)),
    joined=lambda x: np.concatenate([Point(x), Point(x**2)]),
    stacked_points=lambda x: np.linalg.det(np.array([Point(x), Point(x**2), Point([1.0, 2.0, 0.0])])),
    sliced=lambda x: Point(x)[1:].length() * Point(x)[0],
    masked=lambda x: Point(x)[Point(x) > 0.5].length(),
    branch=lambda x: Point(x).length() if isinstance(Point(x), Point) and type(x * Point(x)) is Point else 0,
    result=lambda x: Point(x) ** 2,
    wrapped=lambda x: Wrapped(x).sum() * np.asarray(Wrapped(x) * 2) + Wrapped(x).mean(),
    single_numbers=lambda x: math.sqrt(Point(x).sum()) * float(np.sum(Point(x) ** 2)) + int(Point(x).sum()),
    wrapped_single=lambda x: math.exp(Wrapped(x).max()),
    quantity=lambda x: Length(x, 1000.0).to(1.0).value,
    quantities=lambda x: (Length(x) + Length(x**2, 1000.0) * 2.0).value,
    quantity_from_outside=lambda x: (x * KILOMETRE).to(1.0).value + (KILOMETRE * x).to(10.0).value,
    quantity_product=lambda x: (Length(x, 3.0) * Length(x)).to(1.0).value,
    quantity_sum=lambda x: np.sum(Length(x, 1000.0)).to(1.0).value,
    quantity_joined=lambda x: np.concatenate([Length(x), Length(x, 1000.0)]).value,
    quantity_compared=lambda x: Length(x)[Length(x) < Length([0.0005, 0.001, 0.001], 1000.0)].value ** 2,
    quantity_range=lambda x: np.diff(Length(x, 1000.0)).to(1.0).value,
)


@tried.at(V)
def assigned(x):
    p = Point(np.zeros(3))
    p[0] = x[1]
    p[1:] = x[:2] ** 2
    p *= x
    return p.length()


@tried.at(V)
def shared(x):
    """What is assigned to the view is assigned to the array."""
    y = x * 1.0
    p = y.view(Point)
    p[1] = x[0] ** 2
    return y


@tried.at(V)
def in_a_loop(x):
    p = Point(x)
    for _ in range(4):
        p = p.direction + Point(x) * 0.5
    return p.distance(np.zeros(3))


@tried.at(Q)
def quaternions(q):
    p = Quaternion(q) * Quaternion([1.0, 2.0, 0.5, -1.0]) * Quaternion(q).conjugate()
    return p.vector * 2 + p.real_part


@tried.at(Q)
def quaternion_scaled(q):
    return Quaternion(q) * q[0] + np.asarray(Quaternion(q))


class Asking(np.ndarray):
    """A class that computes with plain arrays."""

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        plain = [np.asarray(a) if isinstance(a, Asking) else a for a in inputs]
        return np.asarray(super().__array_ufunc__(ufunc, method, *plain, **keywords)).view(type(self))


class Derived(Asking):
    """NumPy asks the first of two operands, of which neither is of a class derived from the other's."""


BESIDE = np.array([0.5, 1.0, 2.0]).view(Derived)


@tried.at(V)
def beside_one_without_derivatives(x):
    apart = BESIDE - x.view(Asking)
    near = [BESIDE @ x.view(Asking), BESIDE.T * x.view(Asking)]
    return x * 2 if np.sum(apart) < 3 else np.hstack(near)


@tried.at(V)
def changed_in_place_by_one_without_derivatives(x):
    point = 3.0 * ORIGIN + 2.0
    before = point
    point *= Point(np.array([2.0, 3.0, 4.0]))
    return x * np.asarray(point) + np.asarray(before)


@tried.at(V)
def asked_for_the_plain_array(x):
    point = Point(x)
    plain, row = point.__array__(), (x * 1.0).__array__(float)
    return np.linalg.norm(plain) * plain + row * point.__array__(copy=True)


@tried.at(V)
def given_to_scipy(x):
    A = np.outer(x, x) + np.eye(3)
    p, q = Point(x), np.array([[x[0], 0.2], [x[1], 3.0]]).view(Point)
    blocks = linalg.block_diag(q, q * 2)
    solved = linalg.solve(A.view(Point), p)
    return np.hstack([np.asarray(blocks).ravel(), np.asarray(solved), special.expit(p), linalg.norm(p)])


@tried.at(0.7)
def made_of_numbers(x):
    return Point([x, x**2, 1.0]).distance(ORIGIN)


@tried.at(V)
def components(x):
    grid = Components(np.meshgrid([0.0, 1.0, 2.0], [0.5, 1.5], [0.2], sparse=True))
    distance = np.linalg.norm(grid - np.array([0.1, 2.0, 0.3])) * x[0]
    return Components([distance * e for e in grid])[1] / x[1]


@tried.at(0.7)
def quantity_of_a_number(x):
    return (Length(x, 1000.0) + Length(x**2)).to(1.0).value


@tried.at(V)
def point_assigned_to_plain_arrays(x):
    point = Point(x)
    table, row = np.zeros((2, 3)), x * 1.0
    table[1, ...] = np.sin(point)
    table[:, 0] = (point * point)[1:]
    row[1:] = point[:2] ** 2
    return table * row


@tried.at(V)
def quantities_with_operators_of_their_own(x):
    """The class of both is the same, so that the one on the right is not asked first."""
    return (Length(x) * Length(x**2) + x[0] * Length(np.ones(3))).value


@tried.at(V)
def entries_of_a_quantity(x):
    """The iterator gives plain entries."""
    lengths = [entry * Length(1.0, 10.0) for entry in np.nditer(Length(x))]
    return lengths[0].value * lengths[2].scale + lengths[1].value


@tried.at(0.7)
def plain_array_with_a_mark_meets_a_number(x):
    marked = Marked(V, 3.0)
    return (marked * x)[1:] * (x**2 - marked).mark


class About:
    """What is to be said of an array, which shows it when it is called."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def __get__(self, array, kind):
        return self if array is None else vars(array).setdefault("about", About())

    def __set__(self, array, other):
        vars(array)["about"] = About(other.scale)

    def __call__(self):
        return f"times {self.scale}"


class Column(np.ndarray):
    about = About()


@tried.at(V)
def array_with_an_attribute_that_can_be_called(x):
    column = np.asarray(x).view(Column)
    column.about.scale = 3.0
    other = (2 * column).view(Column)
    other.about = column.about
    return np.asarray(other * column) * other.about.scale
