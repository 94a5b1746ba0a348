"""What Python does by itself: sets properties in any statement, chooses by types, wraps, matches, keeps."""

import concurrent.futures
import contextlib
import copy
import dataclasses
import enum
import functools
import math
import operator
import threading
import typing

import numpy as np
from scipy import integrate

from . import Group, helpers

tried = Group(__name__, "plain Python: what Python calls by itself")

V = np.array([0.3, 0.8, 1.7])


class Wave:
    """Its setter and its getter compute."""

    def __init__(self, phase=0.0):
        self._phase = phase

    @property
    def phase(self):
        return math.sin(self._phase)

    @phase.setter
    def phase(self, new):
        self._phase = math.exp(new)


class Keyed(dict):
    """A dict whose entries are computed."""

    def __setitem__(self, key, new):
        super().__setitem__(key, math.sin(new))

    def __getitem__(self, key):
        return math.exp(super().__getitem__(key))


class Cleaned:
    """Every attribute is a sine."""

    def __setattr__(self, name, new):
        object.__setattr__(self, name, math.sin(new))


class Computed:
    """Attributes that it has not are computed."""

    def __init__(self, x):
        self.x = x

    def __getattr__(self, name):
        if not name.startswith("cos_of_"):
            raise AttributeError(name)
        return math.cos(getattr(self, name.removeprefix("cos_of_")))


class Watched:
    """Every attribute is read by its own method."""

    def __init__(self, x):
        self.x = x

    def __getattribute__(self, name):
        found = object.__getattribute__(self, name)
        return math.tan(found) if name == "x" else found


class Decibel:
    """A descriptor that stores logarithms."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, x, owner=None):
        return 10 ** (getattr(x, self.name) / 10)

    def __set__(self, x, new):
        setattr(x, self.name, 10 * math.log10(new))


class Amplifier:
    gain = Decibel()
    noise = Decibel()


def _chained(x):
    a, b = Wave(), Wave()
    a.phase = b.phase = x
    return a.phase + 2 * b.phase


def _chained_with_names(x):
    a = Wave()
    kept = a.phase = other = x * x
    return a.phase + kept * other


def _unpacked(x):
    a, b = Wave(), Wave()
    a.phase, b.phase = x, x * x
    [a.phase, (b.phase, *rest)] = 2 * x, (x, a.phase, 2.0)
    return b.phase * sum(rest)


def _swapped(x):
    keyed = Keyed()
    keyed["a"], keyed["b"] = x, 2 * x
    keyed["a"], keyed["b"] = keyed["b"], keyed["a"]
    i = 0
    row = [Keyed(), Keyed()]
    row[i]["a"], i = x, 1
    return keyed["a"] * keyed["b"] ** 2 + row[0]["a"] * i


def _set_by_loop(x):
    a, total = Wave(), 0.0
    for k, a.phase in enumerate([x, x * x, 0.5]):
        total += k * a.phase
    return total


def _set_by_with(x):
    a = Wave()
    with contextlib.nullcontext(x) as a.phase:
        return a.phase


def _set_with_annotation(x):
    a = Wave()
    a.phase: float = 3 * x
    return a.phase


def _changed_deep_inside(x):
    held = {"wave": Wave(0.3)}
    held["wave"].phase += x
    held["wave"].phase *= x
    return held["wave"].phase


def _cleaned(x):
    one = Cleaned()
    one.a = one.b = x
    one.a += x
    return one.a * one.b


def _amplified(x):
    one = Amplifier()
    one.gain = one.noise = x
    one.gain *= 2
    return one.gain / (1 + one.noise)


tried.at(
    0.7,
    property_chained=_chained,
    property_chained_with_names=_chained_with_names,
    property_unpacked=_unpacked,
    property_in_for=_set_by_loop,
    property_in_with=_set_by_with,
    property_annotated=_set_with_annotation,
    property_in_place_deep=_changed_deep_inside,
    entries_swapped=_swapped,
    setattr_of_a_class=_cleaned,
    getattr_of_a_class=lambda x: Computed(x).cos_of_x * Computed(x).x,
    getattribute_of_a_class=lambda x: Watched(x).x,
    descriptor_chained=_amplified,
)


# ---------------------------------------------------------------- chosen by the type


class Area:
    """Methods for numbers, arrays and lists."""

    scale = 2.0

    @functools.singledispatchmethod
    def of(self, shape):
        return math.pi * shape**2

    @of.register
    def _(self, shape: list):
        return sum(self.of(one) for one in shape)

    @of.register(float)
    @of.register(np.floating)
    def _(self, shape):
        return self.scale * math.sin(shape)

    @of.register(np.ndarray)
    def _(self, shape):
        return np.prod(shape)

    @functools.singledispatchmethod
    @classmethod
    def unit(cls, shape):
        return cls.scale

    @unit.register(float)
    @classmethod
    def _(cls, shape):
        return math.exp(shape)


def _by_kept_method(x):
    method = Area().of
    return method(x) * method([x, x])


class Colour(enum.Enum):
    """Members that are called, and hold functions."""

    RED = 1.5
    BLUE = functools.partial(math.pow, 2.0)

    def __call__(self, x):
        return self.value(x) if callable(self.value) else math.sin(self.value * x)

    @property
    def twice(self):
        return 2 * self.value


class Both(typing.NamedTuple):
    """With a method, a property and an operator."""

    a: float
    b: float = 2.0

    def sine(self):
        return math.sin(self.a) * self.b

    @property
    def norm(self):
        return math.hypot(*self)

    def __add__(self, other):
        return Both(math.sin(self.a) + other.a, self.b * other.b)


def _matched(x):
    total = 0.0
    for one in (Both(x), {"kind": Colour.RED, "at": x}, [x, x * x, 3.0], (x, 2), Colour.RED, x):
        match one:
            case Both(a, b):
                total += math.sin(a) * b
            case {"kind": Colour.RED, "at": float(at), **rest}:
                total += math.exp(at) + len(rest)
            case [float() as first, second, 3.0]:
                total += first * math.cos(second)
            case (number, int(n)):
                total += math.tan(number) * n
            case Colour.RED:
                total += 1.0
            case float() | np.floating() if math.sin(one) > 0:
                total += math.log(one)
    return total


class Parameters:
    """Attributes are entries of a dict, which has no others; it can be called, and gone through."""

    def __init__(self, **entries):
        self.__dict__["entries"] = entries

    def __getattr__(self, name):
        return self.entries[name]

    def __call__(self, x):
        return self.a * x

    def __iter__(self):
        return iter(self.entries.values())


tried.at(
    0.7,
    without_other_attributes=lambda x: Parameters(a=x)(x) * sum(Parameters(a=x, b=x * x)),
    without_other_attributes_mapped=lambda x: sum(map(Parameters(a=x), Parameters(a=x, b=x * x))),
    without_other_attributes_handed_on=lambda x: integrate.quad(
        lambda t, p: math.exp(-t * p.a), 0.0, 1.0, args=(Parameters(a=x),)
    )[0],
    singledispatchmethod=lambda x: Area().of(x) * Area().of([x, x * x]) + Area().of(np.array([x, 2.0])),
    singledispatchmethod_kept=_by_kept_method,
    singledispatchmethod_of_class=lambda x: Area.unit(x),
    enum_called=lambda x: Colour.RED(x) * Colour.BLUE(x) * Colour.RED.twice,
    namedtuple_class=lambda x: Both(x).sine() * Both(x, x).norm + (Both(x) + Both(x * x)).a,
    match_everything=_matched,
    attrgetter=lambda x: operator.attrgetter("phase")(Wave(x)) * operator.attrgetter("a", "b")(Both(x))[0],
    attrgetter_as_key=lambda x: max([Wave(x), Wave(0.1)], key=operator.attrgetter("phase")).phase,
    methodcaller=lambda x: operator.methodcaller("of", x)(Area()) * operator.methodcaller("sine")(Both(x)),
)


# ---------------------------------------------------------------- wrapped, kept


class Doubled(contextlib.ContextDecorator):
    """A context that functions may run in."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False


@contextlib.contextmanager
def scaled(x):
    yield math.sin(x)


@Doubled()
def in_a_context(x):
    return math.sin(x) * x


@scaled(1.0)
def in_a_made_context(x):
    return math.exp(x)


def _stacked(x):
    with contextlib.ExitStack() as stack:
        a = stack.enter_context(scaled(x))
        b = stack.enter_context(Entered(x))
        return a * b.y


class Entered:
    def __init__(self, x):
        self.x = x

    def __enter__(self):
        self.y = math.exp(self.x)
        return self

    def __exit__(self, *error):
        return False


class Keeping:
    """Methods and properties that compute once."""

    def __init__(self, x):
        self.x = x

    @functools.lru_cache(maxsize=None)  # noqa: B019 - as people write it
    def power(self, k):
        return 1.0 if k == 0 else math.sin(self.x) * self.power(k - 1)

    @property
    @functools.lru_cache  # noqa: B019 - as people write it
    def exponential(self):
        return math.exp(self.x)

    @functools.cached_property
    def tangent(self):
        return math.tan(self.x)

    @staticmethod
    @functools.cache
    def cosine(y):
        return math.cos(y)


def _cleared(x):
    """Its state changes, and the cache is emptied."""
    one = Keeping(x)
    before = one.power(2)
    one.x = x * x
    kept = one.power(2)
    Keeping.power.cache_clear()
    return before + 2 * kept + 3 * one.power(2)


@dataclasses.dataclass(slots=True)
class Slots:
    x: float
    y: float = 0.0

    def __post_init__(self):
        self.y = math.exp(self.x)


@dataclasses.dataclass
class Parent:
    x: float
    scale: dataclasses.InitVar[float] = 2.0
    z: float = dataclasses.field(init=False)

    def __post_init__(self, scale):
        self.z = math.sin(scale * self.x)


@dataclasses.dataclass
class Child(Parent):
    w: float = 1.0

    def __post_init__(self, scale):
        super().__post_init__(scale)
        self.w = math.exp(self.z)


tried.at(
    0.7,
    context_decorator=lambda x: in_a_context(x) * in_a_made_context(x),
    exit_stack=_stacked,
    lru_cache_of_a_method=lambda x: Keeping(x).power(3) * Keeping(x).power(2),
    lru_cache_cleared=_cleared,
    lru_cache_property=lambda x: Keeping(x).exponential * Keeping(x).tangent * Keeping.cosine(x),
    dataclass_slots=lambda x: Slots(x).y * dataclasses.astuple(Slots(2 * x))[1],
    dataclass_parent=lambda x: Child(x, x).w + Child(x=x).z,
)
tried.at(
    V,
    getattr_of_arrays=lambda x: sum(Computed(e).cos_of_x for e in x),
    entry_of_text=lambda x: [Keyed(a=e)["a"] for e in x],
)


@tried.at(0.7)
def objects_made_by_functions_of_a_module(x):
    angle = helpers.right_angle()
    turned = angle * x
    return (turned + x).radians + turned @ angle + (angle + 2 * x) @ turned


@tried.at(0.7)
def entries_of_an_object_made_elsewhere(x):
    kept = helpers.table()
    kept[0] = 3 * x
    kept[1] = x
    return kept[0] * kept[1]


@dataclasses.dataclass(slots=True, frozen=True, order=True)
class Place:
    east: float
    north: float = 2.0

    def distance(self):
        return math.hypot(self.east, self.north)


@tried.at(0.7)
def dataclass_with_slots(x):
    place = Place(x)
    moved = dataclasses.replace(place, north=3 * x)
    return max(place, moved).distance() * moved.distance()


@tried.at(0.7)
def functions_given_to_threads(x):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        both = pool.submit(math.cos, x).result() * pool.submit(lambda y: math.sqrt(y), x).result()
        return both + sum(pool.map(math.exp, [x, 2 * x]))


@tried.at(0.7)
def function_that_a_thread_runs(x):
    found = []

    def work(y):
        found.append(math.sin(y) * 2)

    thread = threading.Thread(target=work, args=(x,))
    thread.start()
    thread.join()
    return found[0] * x


@tried.at(0.75)
def whole_numbers_of_numpy(x):
    places = np.array([1.0, 4.0, 9.0])
    return places[np.int64(2 * np.real(x))] * x + np.int32(3.7 * np.real(x)) * x**2


@tried.at(0.7)
def sorted_by_comparing(x):
    order = functools.cmp_to_key(lambda a, b: -1 if math.sin(a) < math.sin(b) else 1)
    return sum(i * v for i, v in enumerate(sorted([3 * x, x, 2 * x], key=order)))


@tried.at(0.7)
def asked_for_its_class(x):
    total = 0.0
    if x.__class__ in (float, complex, np.float64):
        total += x**2
    if getattr(x, "__class__", None).__name__ in ("float", "complex") and total.__class__ is x.__class__:
        total *= x
    array = np.array([x, 2 * x])
    if array.__class__ is np.ndarray and (array * x).__class__ is np.ndarray:
        total += array.__class__(2).size * x
    return total + x.__class__(2) * x


@tried.at(0.7)
def parts_set_from_a_list(x):
    z = np.zeros(2, complex)
    z.real = [x, 1.0]
    z.imag[1] = x**2
    return z.sum().real * z.sum().imag


@tried.at(0.7)
def objects_of_a_module_gone_through(x):
    angle = helpers.right_angle() * x
    sine, cosine = angle
    with angle as tangent:
        total = sine + 2 * cosine + tangent + sum(angle) + max(*angle)
    return total * abs(angle) + [*angle][1]


@tried.at(np.array([0.7, 1.3]))
def asked_for_an_array_of_itself(x):
    return x.__array__().mean() * x.__array__(x.dtype)[1:] + np.prod(x.__array__(copy=True))


class Vector:
    """Has a product of its own for ``%``, which is not that of text."""

    def __init__(self, *parts):
        self.parts = parts

    def __mod__(self, other):
        (a, b), (c, d) = self.parts, other.parts
        return math.exp(a) * d - math.sin(b) * c


@tried.at(0.7)
def products_written_as_remainders(x):
    p, q = np.polynomial.Polynomial([1.0, x, 3.0]), np.polynomial.Polynomial([1.0, 2.0 + x])
    return Vector(x, 2 * x) % Vector(x**2, 3.0) + (p % q).coef[0] * len("%s %d" % (x > 0, 3)) + 5 % x


class Unbound:
    """Python passes the object to none of its special methods: static ones, the class's, bound ones."""

    @staticmethod
    def __call__(*given):
        return math.pow(given[-1], len(given))

    @staticmethod
    def __getattr__(*given):
        return float(len(given))

    @classmethod
    def __getitem__(cls, *given):
        return math.exp(given[-1]) * len(given)

    @staticmethod
    def __add__(*given):
        return math.sin(given[-1]) * len(given)

    __mul__ = [0.5, 2.0].__getitem__

    @staticmethod
    def __enter__(*given):
        return 2.0 + len(given)

    @staticmethod
    def __exit__(*given):
        return None


UNBOUND = Unbound()


@tried.at(0.7)
def methods_that_are_not_given_the_object(x):
    with UNBOUND as two:
        return UNBOUND(x) * two + UNBOUND[x] * UNBOUND.one + (UNBOUND + x) * (UNBOUND * 1) + UNBOUND(x, x)


class Setting:
    """A number that NumPy makes an array of, and that says how it is copied."""

    def __init__(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        return np.array(float(self.value))

    def __mul__(self, other):
        return float(self.value) * other

    def __sub__(self, other):
        return float(self.value) - other

    def __truediv__(self, other):
        return float(self.value) / other

    def __copy__(self):
        return Setting(2 * float(self.value))

    def __deepcopy__(self, memo):
        return Setting(3 * float(self.value))


@tried.at(0.7)
def objects_that_arrays_make_numbers_of(x):
    setting = Setting(x)
    return (V - setting) ** 2 + np.float64(2.0) / setting + setting * x - (setting - x) / V


@tried.at(0.7)
def objects_that_copy_themselves(x):
    setting = Setting(x)
    memo = {}
    twice = copy.deepcopy(setting, memo), copy.deepcopy(setting, memo)
    return copy.copy(setting).value * twice[0].value + (twice[0] is twice[1]) * x


@tried.at(0.7)
def objects_that_vectorize_looks_into(x):
    both = np.array([Computed(x), Computed(x**2)], dtype=object)
    return np.vectorize(lambda computed: computed.x, otypes=[float])(both) ** 2


@tried.at(0.7)
def methods_by_their_names(x):
    a = np.array([x, x**2, 3.0])
    read = [getattr(a, n) for n in ("clip", "copy", "flatten", "item", "reshape", "transpose")]
    assert [r.__name__ for r in read] == ["clip", "copy", "flatten", "item", "reshape", "transpose"]
    return read[0](0.5, 1.0) + read[4](3)


def of_the_array(name):
    def operator_of(self):
        return getattr(np.asarray(self), name)

    return property(operator_of)


class Frame:
    """It has the operators of an array, which they change."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype=dtype, copy=copy)

    __getitem__, __setitem__ = of_the_array("__getitem__"), of_the_array("__setitem__")
    __matmul__, __rmatmul__ = of_the_array("__matmul__"), of_the_array("__rmatmul__")


@tried.at(0.7)
def arrays_changed_by_operators(x):
    frame = Frame(np.zeros((2, 2)))
    frame[0] = x
    frame[:] = 3 * frame[0] + np.eye(2)
    np.asarray(frame)[1, 0] = x**2
    return (1.0, 2.0) @ frame + np.sum(frame.array**2) + np.array([x, 1.0]) @ frame


class Drum:
    """Its setter tells the sticks to beat."""

    def __init__(self):
        self._skin, self.beats = np.zeros(2), 0

    @property
    def skin(self):
        return self._skin

    @skin.setter
    def skin(self, new):
        self._skin, self.beats = 2 * new, self.beats + 1


@tried.at(0.7)
def setters_of_what_an_attribute_holds(x):
    class Band:
        drum = Drum()

    band = Band()
    band.drum.skin += x
    band.drum.skin[0] *= x
    band.drum.skin -= 1.0
    return band.drum.skin * band.drum.beats


class Turn:
    """A derived class that inherits the reflected operator is not asked before this one."""

    def __init__(self, re, im):
        self.re, self.im = re, im

    def __mul__(self, other):
        if not isinstance(other, Turn):
            return Turn(self.re * other, self.im * other)
        return Turn(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)

    def __rmul__(self, other):
        assert not isinstance(other, Turn)
        return self * other


class UnitTurn(Turn):
    pass


@tried.at(0.7)
def reflected_operators_of_derived_classes(x):
    turned = Turn(x, 1.0) * UnitTurn(math.cos(x), math.sin(x))
    return (2.0 * turned).re * turned.im


class Arrow(typing.NamedTuple):
    """Less by its length; greater, as a tuple is, by its first entry."""

    x: float
    y: float

    def __lt__(self, other):
        return math.hypot(*self) < math.hypot(*other)


@tried.at(0.7)
def comparisons_that_a_class_inherits(x):
    long, right = Arrow(x, -3.0), Arrow(2 * x, 0.5)
    assert max(long, right) is right
    assert sorted([long, right])[1] is long
    return max([long, right]).x * sorted([long, right])[1].y * min(right, long).x


class Mass:
    """Equal if it is close; unequal is the contrary, as Python has it."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Mass) and math.isclose(self.value, other.value)

    __hash__ = None

    def __add__(self, other):
        if other != other:  # of what is not a number
            return other
        return Mass(self.value + other.value)


@tried.at(0.7)
def unequal_by_what_is_equal(x):
    return (Mass(x) + Mass(x**2)).value if Mass(x) != Mass(1.0) else 0.0
