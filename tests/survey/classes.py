"""Classes: methods that call methods, properties, dataclasses, operators, callable objects."""

import abc
import dataclasses
import functools
import itertools
import math
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

import numpy as np

from . import Group
from .helpers import Spring

tried = Group(__name__, "plain Python: classes")

V = np.array([0.3, 0.8, 1.7])


class Circle:
    """A property and methods."""

    count = 0

    def __init__(self, radius):
        self.radius = radius

    @property
    def area(self):
        return math.pi * self.radius**2

    @property
    def diameter(self):
        return 2 * self.radius

    @diameter.setter
    def diameter(self, value):
        self.radius = value / 2

    def circumference(self):
        return math.pi * self.diameter

    def ratio(self):
        return self.area / self.circumference() + math.sin(self.radius)

    @staticmethod
    def sector(radius, angle):
        return 0.5 * radius**2 * math.sin(angle)

    @classmethod
    def unit(cls, factor):
        return cls(factor * 1.0)


class Pendulum:
    """Asks whether properties are there, which are evaluated for that."""

    def __init__(self, length):
        self.length = length

    @property
    def frequency(self):
        return math.sqrt(9.81 / self.length)

    @property
    def damping(self):
        raise AttributeError("damping")

    def period(self):
        assert hasattr(self, "length")
        assert not hasattr(self, "damping")
        return 2 * math.pi / self.frequency if hasattr(self, "frequency") else self.length


class Oscillator:
    def __init__(self, mass, stiffness):
        self.mass, self.stiffness = mass, stiffness

    def frequency(self):
        return math.sqrt(self.stiffness / self.mass)

    def position(self, t):
        return math.cos(self.frequency() * t) * math.exp(-0.1 * t)

    def __call__(self, t):
        return self.position(t) ** 2


class Shape(abc.ABC):
    @abc.abstractmethod
    def area(self):
        """The area."""

    def cost(self, price):
        return price * self.area() + math.log(self.area())


class Ellipse(Shape):
    def __init__(self, a, b):
        self.a, self.b = a, b

    def area(self):
        return math.pi * self.a * self.b


class Ring(Ellipse):
    def __init__(self, a, b, hole):
        super().__init__(a, b)
        self.hole = hole

    def area(self):
        return super().area() - math.pi * self.hole**2


class Vector:
    """Operators of the user's own."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __iter__(self):
        return iter((self.x, self.y))

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __len__(self):
        return 2

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    __hash__ = None


class Polynomial:
    def __init__(self, *coefficients):
        self.coefficients = list(coefficients)

    def __call__(self, x):
        return functools.reduce(lambda total, c: total * x + c, self.coefficients, 0.0)

    def derivative(self):
        n = len(self.coefficients) - 1
        return Polynomial(*[(n - i) * c for i, c in enumerate(self.coefficients[:-1])])


@dataclass
class Particle:
    x: float
    v: float = 1.0
    trail: list = field(default_factory=list)

    def step(self, dt):
        self.v -= math.sin(self.x) * dt
        self.x += self.v * dt
        self.trail.append(self.x)

    @property
    def energy(self):
        return 0.5 * self.v**2 - math.cos(self.x)


@dataclass(frozen=True)
class Gas:
    n: float
    temperature: float

    def pressure(self, volume):
        return self.n * 8.314 * self.temperature / volume


class Point(NamedTuple):
    x: float
    y: float

    def distance(self):
        return math.sqrt(self.x**2 + self.y**2)


Pair = namedtuple("Pair", "a b")


class Unit(Enum):
    METRE = 1.0
    FOOT = 0.3048


class Layer:
    def __init__(self, weights, activation=np.tanh):
        self.weights, self.activation = weights, activation

    def forward(self, x):
        return self.activation(self.weights @ x)


class Network:
    def __init__(self, *layers):
        self.layers = layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x


class Account:
    """State that changes."""

    def __init__(self):
        self.balance = 0.0
        self.history = []

    def deposit(self, amount):
        self.balance += amount
        self.history.append(amount)
        return self

    def interest(self, rate, years):
        for _ in range(years):
            self.balance *= 1 + rate
        return self


class Lazy:
    """A cached property and slots of the user's own."""

    def __init__(self, x):
        self.x = x

    @functools.cached_property
    def exponential(self):
        return math.exp(self.x)

    @functools.cached_property
    def curve(self):
        steepness = math.cosh(self.x)
        return lambda t: math.atan(steepness * t)


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def sine(self):
        return math.sin(self.value)


class Managed:
    def __init__(self, x):
        self.x = x

    def __enter__(self):
        return math.sinh(self.x)

    def __exit__(self, *info):
        return False


class Countdown:
    """An iterator."""

    def __init__(self, x, n):
        self.x, self.n = x, n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return math.pow(self.x, self.n)


class Samples:
    """Entries that are computed when they are read or assigned."""

    def __init__(self, x, n=3):
        self.entries = [k * x for k in range(n)]

    def __getitem__(self, key):
        if isinstance(key, tuple):
            return [self[k] for k in key]
        if isinstance(key, slice):
            return [math.sin(e) for e in self.entries[key]]
        return math.sin(self.entries[key])

    def __setitem__(self, key, new):
        self.entries[key] = math.exp(new)

    def __iter__(self):
        return iter([math.cos(e) for e in self.entries])


class Settings:
    """Attributes given by keyword, some of them properties."""

    def __init__(self, **given):
        for name, value in given.items():
            setattr(self, name, value)

    @property
    def angle(self):
        return self._angle

    @angle.setter
    def angle(self, degrees):
        self._angle = math.radians(degrees)

    @property
    def slope(self):
        return math.tan(self._angle)

    def turned(self, degrees):
        self.angle += degrees
        self.angle *= 2
        return self.slope

    def total(self):
        return sum(getattr(self, name) for name in ("angle", "slope")) + getattr(self, "offset", 1.0)


class Wrapper:
    """An object that NumPy takes for the array that it makes of itself."""

    def __init__(self, a):
        self.a = np.array(a)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.a * math.sqrt(2.0), dtype=dtype)

    def volume(self):
        joined = np.stack([self, np.eye(2)])[0, 1, 1]
        return abs(np.linalg.det(self)) + np.asarray(self)[0, 0] + np.dot(self, np.ones(2))[1] + joined


class Delegating:
    """It asks another object, which it gets in ``__init__``, for what it lacks."""

    def __init__(self, x):
        self.inner = Circle(x)

    def __getattr__(self, name):
        return getattr(self.inner, name)


@dataclass
class Beam:
    height: float
    width: float

    def __post_init__(self):
        self.inertia = math.pow(self.height, 3) * self.width / 12


class Attributes:
    def __getattr__(self, name):
        return {"scale": 2.0}[name]

    def value(self, x):
        return self.scale * math.atan(x)


class Clipped:
    """A descriptor."""

    def __get__(self, owner, kind=None):
        return max(owner.raw, 0.5)


class Descriptor:
    limited = Clipped()

    def __init__(self, raw):
        self.raw = raw


class WithMethodTable:
    def __init__(self):
        self.methods = {"square": self.square, "wave": self.wave}

    def square(self, x):
        return x**2

    def wave(self, x):
        return math.sin(x) + self.square(x)

    def run(self, name, x):
        return self.methods[name](x)


class Quadrature:
    def __init__(self, n):
        self.nodes, self.weights = np.polynomial.legendre.leggauss(n)

    def integrate(self, f, a, b):
        half, mid = (b - a) / 2, (a + b) / 2
        return half * sum(w * f(mid + half * t) for w, t in zip(self.weights, self.nodes, strict=True))


class Tree:
    def __init__(self, value, *children):
        self.value, self.children = value, children

    def total(self):
        return math.tanh(self.value) + sum(child.total() for child in self.children)


class Units(float):
    """A subclass of float."""


METRES = {"m": 1.0, "ft": 0.3048}


class Length(float):
    """A float with a unit, by operators of its own: the unit is that of the left operand."""

    def __new__(cls, value, unit="m"):
        self = super().__new__(cls, value)
        self.unit = unit
        return self

    def to(self, unit):
        return type(self)(float(self) * METRES[self.unit] / METRES[unit], unit)

    def __add__(self, other):
        other = other.to(self.unit) if isinstance(other, Length) else other
        return Length(super().__add__(other), self.unit)

    def __mul__(self, other):
        return Length(super().__mul__(other), self.unit)

    def __rmul__(self, other):
        return Length(float.__mul__(self, other), self.unit)

    def __str__(self):
        return f"{float(self):.1f} {self.unit}"


class Turn(float):
    """A float with a slot, properties and methods."""

    __slots__ = ("name",)

    @property
    def radians(self):
        return math.radians(self)

    def wave(self):
        return math.sin(self.radians) * self + np.cos(self)


class Latitude(Turn):
    def __init__(self, x):
        self.name = "north" if self > 0 else "south"
        if not -90.0 <= x <= 90.0:
            raise ValueError(x)


oscillator = Oscillator(2.0, 3.0)
spring = Spring(1.2)

tried.at(
    0.7,
    property_of_argument=lambda r: Circle(r).area,
    method_of_argument=lambda r: Circle(r).ratio(),
    property_setter=lambda d: _with_diameter(d).area,
    hasattr_of_property=lambda x: Pendulum(x).period(),
    staticmethod=lambda x: Circle.sector(2.0, x) + Circle(1.0).sector(x, 0.3),
    classmethod=lambda x: Circle.unit(x).circumference(),
    bound_method=oscillator.position,
    callable_object=oscillator,
    bound_method_in_function=lambda t: oscillator.position(t) + oscillator.frequency() * t,
    parameter_of_a_model=lambda k: Oscillator(2.0, k).position(1.5),
    imported_class=lambda x: Spring(1.2).energy(x) + Spring(x).energy(2.0),
    method_of_imported_class=spring.energy,
    abstract_class=lambda a: Ellipse(a, 2.0).cost(3.0),
    super_call=lambda a: Ring(a + 1, 2.0, a).cost(3.0),
    operators=lambda x: abs(Vector(x, 1.0) * 2 + 0.5 * Vector(x**2, x)),
    matmul_operator=lambda x: Vector(x, 1.0) @ Vector(x**2, 3.0),
    iterable_object=lambda x: sum(v**2 for v in Vector(x, 2 * x)) + Vector(x, 1.0)[0] * len(Vector(x, x)),
    equality_of_objects=lambda x: x**2 if Vector(x, 1.0) == Vector(x, 1.0) else x,
    polynomial_class=lambda x: Polynomial(1.0, -2.0, 3.0)(x) * Polynomial(1.0, x, 0.5).derivative()(2.0),
    dataclass=lambda x: _simulated(x).energy,
    dataclass_trail=lambda x: sum(_simulated(x).trail),
    dataclass_frozen=lambda t: Gas(2.0, t).pressure(1.5),
    dataclass_replace=lambda t: dataclasses.replace(Gas(2.0, 300.0), temperature=t**2).pressure(0.5),
    dataclass_astuple=lambda t: math.prod(dataclasses.astuple(Gas(t, 3.0))),
    named_tuple=lambda x: Point(x, 2.0).distance() * Point(1.0, x)._replace(x=x).x,
    namedtuple=lambda x: Pair(x, x**2).a * Pair(b=x, a=1.0).b,
    enumeration=lambda x: x * Unit.FOOT.value + x**2 * Unit["METRE"].value,
    stateful=lambda x: Account().deposit(x).deposit(2.0).interest(0.05 * x, 3).balance,
    state_in_a_list=lambda x: sum(Account().deposit(x).deposit(x**2).history),
    cached_property=lambda x: (lambda lazy: lazy.exponential * lazy.exponential)(Lazy(x)),
    cached_property_called=lambda x: (lambda lazy: lazy.curve(2.0) * lazy.curve(x))(Lazy(x)),
    slots=lambda x: Slotted(x).sine() * Slotted(x).value,
    context_manager=lambda x: _managed(x),
    iterator=lambda x: sum(Countdown(x, 5)),
    iterator_in_for=lambda x: sum(k * y for k, y in enumerate(Countdown(x, 5))) + max(Countdown(x, 2)),
    iterable_in_builtins=lambda x: sum(Samples(x)) * max(Samples(x)) + math.prod(Samples(x)),
    iterable_zipped=lambda x: sum(a * b for a, b in zip(Samples(x), Samples(2 * x), strict=True)),
    iterable_unpacked=lambda x: _unpacked(Samples(x)),
    subscripts=lambda x: Samples(x)[1] + sum(Samples(x)[1:]) * sum(Samples(x)[0, 2]),
    subscript_assigned=lambda x: _assigned(Samples(x), x),
    setattr_of_property=lambda x: Settings(angle=30 * x).total() + Settings(angle=x, offset=x * x).total(),
    delegation=lambda x: Delegating(x).area + Delegating(x).circumference(),
    property_in_place=lambda x: Settings(angle=30 * x).turned(x * x),
    dataclass_replaced=lambda x: dataclasses.replace(Beam(x, 2.0), width=x * x).inertia,
    array_of_itself_assigned=lambda x: _kept(x),
    array_of_itself=lambda x: Wrapper([[x, 1.0], [2.0, x * x]]).volume(),
    getattr_method=lambda x: Attributes().value(x),
    setattr_builtin=lambda x: _set_attributes(x),
    descriptor=lambda x: Descriptor(x).limited ** 2,
    table_of_bound_methods=lambda x: WithMethodTable().run("wave", x),
    unbound_method=lambda t: Oscillator.position(oscillator, t),
    methods_by_name=lambda t: getattr(oscillator, "position")(t),
    quadrature_class=lambda x: Quadrature(5).integrate(lambda t: math.exp(-x * t), 0.0, 1.0),
    tree_of_objects=lambda x: Tree(x, Tree(x**2, Tree(1.0)), Tree(2 * x)).total(),
    local_class=lambda x: _local(x),
    lambda_attribute=lambda x: _with_lambda(x),
    partialmethod=lambda x: _Powers().cube(x) + _Powers().square(x),
    counter=lambda x: sum(n * x**k for k, n in Counter([1, 1, 2]).items()),
    deque=lambda x: sum(_fifo(x)),
    default_dict=lambda x: _grouped(x),
    ordered_dict=lambda x: sum(OrderedDict(a=x, b=x**2).values()),
    metaclass_call=lambda x: type("Made", (), {"value": lambda self: math.sin(x)})().value(),
    vars_of_an_object=lambda x: sum(Vector(x, x**2).__dict__.values()),
    float_subclass=lambda x: Units(2.0) * x,
    float_subclass_made=lambda x: Units(x) * Units(x * x) + math.hypot(Units(x), 1.0) ** Units(x),
    float_subclass_with_unit=lambda x: _lengths(Length(x * 3), Length(x * x, "ft")),
    float_subclass_with_property=lambda x: Latitude(x).wave() + Turn(x).radians ** Latitude(x),
    float_subclass_meets_another=lambda x: Units(2.0) * Turn(x) - divmod(Turn(5 * x), Units(x * x))[1],
    float_subclass_in_array=lambda x: np.array([Turn(x), Units(x * x)]).sum() * np.mean([Turn(x), 1.0]),
    float_subclass_compared=lambda x: max(Turn(x), Units(0.2)) * (Turn(x) if Units(0.2) < Turn(x) else 1.0),
    exception_with_value=lambda x: _raised(x),
)
tried.at(
    V,
    network=lambda x: Network(Layer(np.outer(V, V)), Layer(np.eye(3), np.exp))(x),
    network_weights=lambda w: Network(Layer(np.outer(w, w)), Layer(np.diag(w)))(np.ones(3)),
    array_in_an_object=lambda x: Slotted(x).value @ x,
    list_of_objects=lambda x: sum(Circle(r).area for r in x),
    objects_sorted=lambda x: sorted((Circle(r) for r in x), key=lambda c: -c.area)[0].area,
    dataclass_of_arrays=lambda x: dataclasses.astuple(Gas(x[0], x[1]))[0] * x[2],
)


def _lengths(a, b):
    total = Length(1.0, "ft") + a * 2 + b
    assert (total.unit, type(total), (0.5 * a).unit) == ("ft", Length, "m")
    return total.to("m") * (0.5 * a)


def _with_diameter(d):
    circle = Circle(1.0)
    circle.diameter = d
    return circle


def _simulated(x):
    particle = Particle(x)
    for _ in range(10):
        particle.step(0.1)
    return particle


def _managed(x):
    with Managed(x) as y:
        return y * x


def _set_attributes(x):
    circle = Circle(1.0)
    setattr(circle, "radius", math.exp(x))
    return circle.area


def _local(x):
    class Local:
        factor = 3.0

        def value(self):
            return self.factor * math.cos(x)

    return Local().value()


def _with_lambda(x):
    class Box:
        pass

    box = Box()
    box.f = lambda v: math.sin(v) * x
    return box.f(x)


class _Powers:
    def power(self, x, k):
        return math.pow(x, k)

    square = functools.partialmethod(power, k=2)
    cube = functools.partialmethod(power, k=3)


def _kept(x):
    samples, table, array = Samples(x), {}, np.zeros((2, 2))
    table["wrapper"] = Wrapper([[x, 1.0], [2.0, x * x]])
    array[:] = table["wrapper"]
    return array.sum() + table["wrapper"].volume() + samples[1]


def _unpacked(samples):
    first, *others = samples
    return first + math.hypot(*others) + len([*samples, 1.0])


def _assigned(samples, x):
    samples[0] = x / 2
    return samples.entries[0]


def _fifo(x):
    values = deque([x, x**2], maxlen=3)
    for _ in range(4):
        values.append(math.sin(values[0] + values[-1]))
    return values


def _grouped(x):
    groups = defaultdict(list)
    for k in range(6):
        groups[k % 2].append(x**k)
    return sum(groups[0]) * sum(groups[1])


class _Found(Exception):
    pass


def _raised(x):
    try:
        raise _Found(x**2)
    except _Found as found:
        return found.args[0] * 2


class Logarithmic:
    """A descriptor that keeps the exponential of what it is given."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, owner, kind=None):
        return math.log(getattr(owner, self.name)) if owner is not None else self

    def __set__(self, owner, value):
        setattr(owner, self.name, math.exp(value) + 1)


class Sine:
    """A descriptor that only reads: what the object itself has of that name goes first."""

    def __get__(self, owner, kind=None):
        return math.sin(owner.x)


class Described:
    level = Logarithmic()
    wave = Sine()

    def __init__(self, x):
        self.x = x
        self.level = x


@tried.at(0.7)
def descriptors(x):
    one = Described(x)
    one.level = one.level * x
    return one.level + one.wave


@tried.at(0.7)
def descriptor_passed_over(x):
    one = Described(x)
    one.__dict__["wave"] = x**3
    return one.wave


class Once:
    """A descriptor that keeps what its function gives among the object's own, as `cached_property` does."""

    def __init__(self, func):
        self.func = func

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, owner, kind=None):
        if self.name not in owner.__dict__:
            owner.__dict__[self.name] = self.func(owner)
        return owner.__dict__[self.name]


class Wave:
    def __init__(self, x):
        self.x = x

    @Once
    def height(self):
        return math.sin(self.x)

    @Once
    def speed(self):
        return math.cos(self.x) * self.height

    @functools.cached_property
    def energy(self):
        return self.height**2 + self.speed**2


@tried.at(0.7)
def descriptors_read_again(x):
    one = Wave(x)
    return [one.height, one.speed, one.height, one.speed * one.height, one.energy, one.energy * x]


def _of_the_array(name):
    """What `Cell` takes from an array: properties that Python calls by itself, too."""
    return property(lambda self: getattr(np.asarray(self), name))


class Cell:
    """Nearly an array."""

    def __init__(self, array):
        self.array = np.asarray(array, dtype=float)

    def __array__(self, dtype=None, copy=False):
        return np.array(self.array, dtype=dtype, copy=copy)

    __getitem__ = _of_the_array("__getitem__")
    __setitem__ = _of_the_array("__setitem__")
    __rmatmul__ = _of_the_array("__rmatmul__")


@tried.at(V)
def array_like_by_properties(x):
    cell = Cell(np.zeros((3, 3)))
    cell[:] = Cell(np.outer(x, x) + np.eye(3))
    return x @ cell + cell[0]


@tried.at(V)
def array_like_filled_in_steps(x):
    cell = Cell(np.zeros((3, 3)))
    for i in range(3):
        cell[i] = x[i] * x
    return cell[0] + 2 * cell[1] + cell.array[2]


class _Checked(type):
    """Has a say before and after its classes make an object."""

    def __call__(cls, x, *rest):
        made = super().__call__(2 * math.sin(x), *rest)
        made.norm = math.hypot(*made.parts)
        return made


class _Timed(_Checked):
    def __call__(cls, x):
        return super(_Timed, cls).__call__(x, math.exp(x))


class _Plain(type):
    def __call__(cls, *args):
        return type.__call__(cls, *args)


class Parts(metaclass=_Timed):
    def __init__(self, *parts):
        self.parts = [math.sqrt(p) for p in parts]


class Row(metaclass=_Plain):
    def __init__(self, x):
        self.row = np.zeros(3)
        self.row[1] = math.cos(x)


tried.at(
    0.7,
    metaclass_that_makes_objects=lambda x: Parts(x).norm * Row(x).row[1],
)


class Private:
    """Names that Python mangles, in a class that finds attributes itself and sets them by a method."""

    def __init__(self, x):
        self.__x = x
        self.__y: float = 2.0 * x

    def __getattr__(self, name):
        if name == "sine":
            return math.sin(self.__x)
        raise AttributeError(name)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value)

    @property
    def __hidden(self):
        return math.exp(self.__x)

    def value(self):
        self.__y += 1.0
        return self.__x * self.__y + self.sine + self.__hidden


class _Registry:
    """Private names, in a class that finds what it has not got."""

    def __init__(self, x):
        self.__units = {"metre": math.sin(x)}
        self.__scale = x

    def __getattr__(self, name):
        if name not in self.__units:
            raise AttributeError(name)
        return self.__squared * self.__units[name]

    @property
    def __squared(self):
        return math.pow(self.__scale, 2.0)

    @__squared.setter
    def __squared(self, new):
        self.__scale = math.sqrt(new)

    def scaled(self, x):
        self.__squared = math.exp(x)
        self.__squared *= x
        return self.metre


@tried.at(0.7)
def private_names(x):
    return Private(x).value() + _Registry(x).metre + _Registry(x).scaled(x)


class Remembering:
    """Has its last result at hand, for the same argument."""

    def __init__(self):
        self.temperature = self.pressure = None

    def vapour_pressure(self, temperature):
        if temperature != self.temperature:
            self.temperature = temperature
            self.pressure = np.exp(20.0 - 5000.0 / temperature)
        return self.pressure


WATER = Remembering()


@tried.at(300.0)
def last_result(x):
    return WATER.vapour_pressure(x) * (x + WATER.vapour_pressure(x))


class Noticing:
    """Notes what is assigned to, and goes on as any object does."""

    def __init__(self, samples):
        self._samples = None
        self.samples = samples

    def __setattr__(self, name, value):
        self.__dict__.setdefault("noticed", []).append(name)
        super().__setattr__(name, value)

    @property
    def samples(self):
        return self._samples

    @samples.setter
    def samples(self, new):
        object.__setattr__(self, "_samples", np.asarray(new, new.dtype) * np.sin(new[0]))


@tried.at(V)
def assigned_past_a_method(x):
    return Noticing(x).samples.sum()


class Positive:
    """A descriptor of a dataclass that turns what it is given into a float."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, owner, kind=None):
        return 1.0 if owner is None else getattr(owner, self.name)

    def __set__(self, owner, value):
        object.__setattr__(owner, self.name, math.sqrt(float(value) ** 2 + 1))


@dataclass(frozen=True)
class Sphere:
    radius: float = Positive()
    density: float = Positive()

    def mass(self):
        return self.density * 4 / 3 * math.pi * self.radius**3


@tried.at(1.3)
def dataclass_replaced_by_descriptors(x):
    return dataclasses.replace(Sphere(2.0, 3.0), radius=x * x).mass()


class Rod:
    """Is compared by a length that is computed, has parts, and may be nothing."""

    def __init__(self, *parts):
        self.parts = list(parts)

    def length(self):
        return math.hypot(*self.parts)

    def __lt__(self, other):
        return math.hypot(*self.parts) < math.hypot(*other.parts)

    def __contains__(self, part):
        return any(math.isclose(part, p) for p in self.parts)

    def __bool__(self):
        return math.fsum(self.parts) > 0

    def __divmod__(self, length):
        return math.floor(self.parts[0] / length), Rod(math.fmod(self.parts[0], length))

    def __reversed__(self):
        return (math.sqrt(p) for p in self.parts[::-1])


@tried.at(0.7)
def objects_in_order(x):
    rods = [Rod(2 * x, x), Rod(x, 0.3), Rod(x * x, 3.0)]
    first, *_, last = sorted(rods, key=lambda rod: rod, reverse=True)
    return first.length() * last.length() ** 2 + max(rods).length() ** 3 / min(*rods).length()


@tried.at(0.7)
def objects_asked(x):
    rod, nothing = Rod(x, 2.0), Rod(0.0)
    whole, rest = divmod(Rod(5 * x), 2.0)
    y = x**2 if x in rod and 3.0 not in rod else x
    while rod and not nothing:
        y, nothing = y * sum(reversed(rod)), rod
    return y * rest.parts[0] ** 2 + (whole if nothing else x)


@dataclass
class Derived:
    a: float
    b: float = 1.0
    c: float = field(init=False)

    def __post_init__(self):
        self.c = math.exp(self.a) * self.b


@tried.at(0.7)
def replaced_with_a_derived_field(x):
    return dataclasses.replace(Derived(x, 2 * x), b=x**2).c


class Scaled(functools.partial):
    """Of a class of Python's that can be called."""

    def __call__(self, x):
        return x * super().__call__(x)


class Shifted(Scaled):
    def __call__(self, x):
        return super().__call__(x) + x


@tried.at(0.7)
def derived_from_a_callable_of_python(x):
    return Shifted(math.sin)(x) * Scaled(math.exp)(x)


class Weight(float):
    """Its operators are for single numbers; arrays take it for one."""

    def __rmul__(self, other):
        return Weight(float(other) * float(self))

    def __rsub__(self, other):
        return Weight(float(other) - float(self))


@tried.at(0.7)
def numbers_of_a_class_beside_arrays(x):
    weight = Weight(x)
    return np.array([x, 2.0]) * weight + (np.ones(2) * x - weight) * (2.0 * weight)


class Entries:
    """Numbers of NumPy's on the left make an array of it, as it has entries."""

    def __init__(self, *entries):
        self.entries = entries

    def __len__(self):
        return len(self.entries)

    def __getitem__(self, i):
        return self.entries[i]

    def __mul__(self, factor):
        assert type(factor) in (int, float)
        return type(self)(*(factor * entry for entry in self.entries))

    __rmul__ = __mul__


class Metres:
    """Without entries: it is given numbers of Python's."""

    def __init__(self, number):
        self.number = number

    def __rmul__(self, factor):
        assert type(factor) in (int, float)
        return Metres(factor * self.number)


class Endless(Entries):
    """It has entries and does not say how many: NumPy takes it for a number."""

    def __len__(self):
        raise TypeError("endless")

    def __iter__(self):
        return itertools.cycle(self.entries)


@tried.at(0.7)
def numbers_of_numpy_times_what_has_no_length(x):
    return (np.float64(3.0) * Endless(x, x**2))[1] * (np.exp(x) * Endless(x))[0]


@tried.at(np.array([0.7, 1.3]))
def numbers_of_numpy_times_objects(x):
    lengths = [(k * Metres(x[1])).number for k in np.arange(3)]
    pair = Entries(x[1], x[0] * x[1])
    return np.stack([x[0] * pair, x * pair, np.asarray(pair), [(x[0] * Metres(x[1])).number, sum(lengths)]])
