"""Programs in which several mechanisms meet: of these the second derivatives are tried, too."""

import asyncio
import collections
import contextlib
import copy
import dataclasses
import enum
import functools
import heapq
import itertools
import math
import operator
import pickle
import threading
import weakref
from typing import ClassVar, NamedTuple

import numpy as np
import scipy
from scipy import special

from . import Group

tried = Group(__name__, "several mechanisms together")

V = np.array([0.4, 1.3, 2.5])


@tried.at(0.7)
def functions_of_math_on_an_array_without_axes(x):
    a = np.asarray(x)
    return math.sin(a) * math.atan2(2.0, a) + math.hypot(a, np.squeeze([x])) * math.pow(a, a) + math.log(a, 3)


@tried.at(0.7)
def system_whose_residual_is_a_number(x):
    return scipy.optimize.fsolve(lambda t: math.exp(t[0]) - 1 - x, 0.5)[0] ** 2


# ---------------------------------------------------------------- views, kept somewhere


class Keeper:
    """An array, views of which are kept under other names."""

    def __init__(self, n):
        self.whole = np.zeros((n, n))
        self.diagonal = self.whole.ravel()[:: n + 1]
        self.rows = {i: self.whole[i] for i in range(n)}


@tried.at(V)
def views_in_an_object(x):
    keeper = Keeper(3)
    for i, v in enumerate(x):
        keeper.rows[i][:] = v * np.arange(3)
        keeper.diagonal[i] += v**2
    return keeper.whole @ keeper.whole


@tried.at(V)
def view_in_a_closure(x):
    out = np.zeros((2, 3))
    columns = out.T

    def put(i, v):
        columns[i] = v
        columns[i, 1] *= v

    for i in range(3):
        put(i, x[i])
    return out


@tried.at(V)
def view_in_a_default(x):
    out = np.zeros(6)

    def put(i, v, to=out[::2]):
        to[i] = v * v

    for i in range(3):
        put(i, x[i])
    out[1::2] = out[::2] * 3
    return out


@tried.at(V)
def view_in_a_class(x):
    class Store:
        room = np.zeros(3)
        head = room[:2]

    Store.head[0] = x[0] * x[1]
    Store.head[1] += Store.head[0] * x[2]
    Store.room[2] = Store.room[:2].sum() ** 2
    return Store.room


@tried.at(V)
def views_of_views(x):
    a = np.zeros((2, 3, 4))
    b = a[0]
    c = b[:, 1:3]
    e = c.T[1]
    e[:] = x
    a *= 2
    c += e[:, None]
    b[0, 1] = c[0, 1] ** 2
    return a


@tried.at(V)
def views_that_a_generator_yields(x):
    a = x.copy()
    for view in (a[i : i + 2] for i in range(3)):
        view *= view[0]
    return a


@tried.at(V)
def overlapping_assignments(x):
    a = x * 1.0
    a[1:] = a[:-1] * a[1:]
    a[1:] += a[:-1]
    a[:] = a[::-1]
    a -= a[::-1] / 3
    return a


@tried.at(V)
def written_where(x):
    squares = np.full(3, 2.0)
    np.multiply(x, x, out=squares, where=x > 1)
    inverse = np.zeros(3)
    np.divide(1.0, x, out=inverse, where=[True, False, True])
    table = np.zeros((2, 3))
    np.sin(x, out=table[1])
    np.add.reduce(table, axis=0, out=table[0])
    return np.concatenate([squares, inverse, table.ravel()])


@tried.at(0.7)
def arrays_without_axes(x):
    a = np.array(x)
    a[...] = 3 * x * x
    b = np.zeros(())
    b[...] = x**3
    b += x
    c = np.array(x)
    c[np.asarray(x < 5)] = x * a
    d = np.array(x).reshape(1)
    d[0] = x**4
    return a * b + c * d[0]


@tried.at(V)
def number_of_an_array_written_into(x):
    total = np.array(np.sum(x * x))
    total[total > 1] = x[0] * total
    row = total.reshape(1)
    row[0] *= x[1]
    return total


class Workspace:
    """Made before the function is called, with arrays to work in."""

    def __init__(self):
        self.work = np.linspace(0.0, 1.0, 3) * 2
        self.parts = {"a": np.ones(3), "b": [np.zeros((2, 3))]}

    def fill(self, x):
        self.work[:] = x**2
        self.work += x[0]
        self.work[1:] *= x[1:]
        self.parts["a"][0] = x[1]
        self.parts["b"][0][1][2] = self.work[0]
        return np.sum(self.work) * self.parts["a"] + self.parts["b"][0][1]


WORKSPACE = Workspace()

tried.at(
    V,
    arrays_of_an_object_made_outside=lambda x: WORKSPACE.fill(x),
    arrays_of_an_object_made_inside=lambda x: Workspace().fill(x),
)


@tried.at(V)
def memory_taken_for_the_array(x):
    return np.concatenate([x.data, x**2]) * np.asarray(x.data)[0] + (x / x.data * x).sum() * x.data[1]


# ---------------------------------------------------------------- control flow


class Carried(Exception):
    """An error with a number."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


@tried.at(0.7)
def errors_that_carry_numbers(x):
    try:
        try:
            raise Carried(x * x)
        except Carried as e:
            raise ValueError("text", e.number * 2) from e
    except ValueError as e:
        return e.args[1] * e.__cause__.number + e.__cause__.args[0]


@tried.at(0.7)
def finally_after_return(x):
    def held():
        numbers = [x]
        try:
            numbers[0] = numbers[0] * 3
            return numbers
        finally:
            numbers[0] = numbers[0] ** 2

    return held()[0]


@tried.at(V)
def numbers_sent_to_a_generator(x):
    def summing():
        total = 0.0
        while True:
            total = total * (v := (yield total)) + v

    it = summing()
    next(it)
    return [it.send(v) for v in x][-1]


@tried.at(0.7)
def counted_by_nonlocal(x):
    n, total = 0, 0.0

    def f(v):
        nonlocal n, total
        n += 1
        total += v**n
        return n * v

    return (f(x) + f(x) * f(x)) * total


@tried.at(0.7, 1.5)
def matched(x):
    def of(v):
        match v:
            case float(q) if q > 1:
                return q**2
            case float(q):
                return math.sin(q)
            case [a, *rest] if rest:
                return a * sum(rest)
            case {"k": k, **others}:
                return k * (1 + len(others))
            case Corner(x=a, y=b):
                return a - b
            case _:
                return 1.0

    return of(x) + of([x, 1.0, x]) + of({"k": x * x, "z": 1}) * of(Corner(x)) * of(None)


@tried.at(V)
def coroutines(x):
    async def sine(v):
        await asyncio.sleep(0)
        return math.sin(v)

    async def squares():
        for v in x:
            await asyncio.sleep(0)
            yield v * v

    async def main():
        found = [v async for v in squares()]
        return sum(a * b for a, b in zip(found, await asyncio.gather(*map(sine, x)), strict=True))

    return asyncio.run(main())


@tried.at(V)
def threads_that_fill_an_array(x):
    out, found = np.zeros(3), {}

    def work(i):
        out[i] = math.sin(x[i]) * i
        found[i] = x[i] ** 2

    workers = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    return out * sum(found.values())


@contextlib.contextmanager
def _squared(v):
    yield v * v


@tried.at(0.7)
def contexts_and_a_raised_number(x):
    with _squared(x) as a, contextlib.suppress(Carried), contextlib.ExitStack() as stack:
        b = stack.enter_context(_squared(a))
        raise Carried(x)
    return a * b


# ---------------------------------------------------------------- classes


@dataclasses.dataclass(frozen=True)
class Corner:
    """Has a field that is computed."""

    x: float
    y: float = 2.0
    area: float = dataclasses.field(init=False, default=0.0)

    def __post_init__(self):
        object.__setattr__(self, "area", self.x * self.y)

    def far(self):
        return math.hypot(self.x, self.y, self.area)


@tried.at(0.7)
def frozen_dataclass_replaced(x):
    corner = Corner(x)
    moved = dataclasses.replace(corner, x=x + x * x)
    return corner.far() * moved.far() + dataclasses.asdict(moved)["area"] * dataclasses.astuple(corner)[2]


class Pair(NamedTuple):
    """Has methods."""

    a: float
    b: float = 1.0

    def __mul__(self, k):
        return self._replace(a=self.a * k)

    @classmethod
    def unit(cls, v):
        return cls(v, 1 / v)


@tried.at(0.7)
def named_tuple_with_methods(x):
    n, m = Pair(x) * x, Pair._make([x, x * x])
    first, *rest = m
    return n.a * n.b + Pair.unit(x).b * first * rest[0] + sum(m._asdict().values())


class Doubled(dict):
    """Gives twice what it holds."""

    def __getitem__(self, key):
        return super().__getitem__(key) * 2


class Squared(list):
    """Gives the square of what it holds."""

    def __getitem__(self, i):
        return super().__getitem__(i) ** 2

    def append(self, v):
        super().append(v * 3)


@tried.at(0.7)
def containers_of_ones_own(x):
    d, numbers = Doubled(a=x, b=x * x), Squared([x])
    numbers.append(x)
    numbers += [x * x]
    return (
        d["a"] * d["b"] + d.get("a") + sum(d.values()) + numbers[0] + numbers[1] * numbers[2] + sum(numbers)
    )


class Shape(enum.Enum):
    """Has methods."""

    SINE = 1
    SQUARE = 2

    def __call__(self, v):
        return math.sin(v) if self is Shape.SINE else v**self.value


@tried.at(0.7)
def members_of_an_enum(x):
    return Shape.SINE(x) * Shape(2)(x) + sum(shape(x) for shape in Shape) * {Shape.SINE: x}[Shape["SINE"]]


class Model:
    """Subclasses say by how much they scale."""

    made: ClassVar = {}

    def __init_subclass__(cls, /, factor=1.0, **options):
        super().__init_subclass__(**options)
        cls.factor = factor
        Model.made[cls.__name__] = cls

    def __call__(self, x):
        return self.f(x) * self.factor


class Growing(Model, factor=2.0):
    """Grows."""

    def f(self, x):
        return math.exp(x)


class GrowingMore(Growing, factor=3.0):
    """Grows more."""

    def f(self, x):
        return super().f(x) + math.log(x)


@tried.at(0.7)
def classes_that_register(x):
    return Growing()(x) * GrowingMore()(x) + sum(made()(x) for made in Model.made.values())


class Positive:
    """A descriptor that squares."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, x, owner=None):
        return getattr(x, self.name) * 2

    def __set__(self, x, value):
        if value < 0:
            raise ValueError
        setattr(x, self.name, float(value) ** 2)


class Measured:
    """Has two of them."""

    __slots__ = ("__weakref__", "_a", "_b")
    a, b = Positive(), Positive()

    def __init__(self, x):
        self.a = x
        self.b = self.a


@tried.at(0.7)
def descriptors_and_slots(x):
    measured = Measured(x)
    measured.a += x
    return measured.a * weakref.ref(measured)().b


class Lazy:
    """Has what was asked for."""

    def __init__(self, x):
        self.__dict__["known"] = {"a": x, "b": x**2}

    def __getattr__(self, name):
        try:
            return math.sin(self.known[name])
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self.known[name] = value * 2


@tried.at(0.7)
def attributes_made_when_asked(x):
    lazy = Lazy(x)
    lazy.c = lazy.a * x
    return lazy.a * lazy.b + lazy.c + getattr(lazy, "d", x)


class Both:
    """An array stands for it."""

    def __init__(self, x):
        self.x = x

    def __array__(self, dtype=None, copy=None):
        return np.array([self.x, self.x**2])


class Amount:
    """Has a ``__float__``."""

    def __init__(self, number):
        self.number = number

    def __float__(self):
        return float(self.number) * 2


tried.at(
    0.7,
    functions_of_math_of_an_object=lambda x: (
        math.hypot(Amount(x), 1) * math.log(Amount(x), 3) + math.fmod(Amount(x), 0.3)
    ),
    numbers_of_objects=lambda x: np.float64(Amount(x)) * complex(Amount(x * x)).real,
    array_of_numbers_of_objects=lambda x: np.array([Amount(x), 1.0, Amount(2.0)], dtype=float) ** 2,
    array_of_objects_and_lists=lambda x: np.array([Both(x), [1.0, x]]),
    objects_joined=lambda x: np.concatenate([Both(x), [x], Both(1.0)]),
    objects_stacked=lambda x: np.stack([Both(x), Both(x * x)]) * np.vstack([Both(x), [x, 1.0]]),
    object_taken_for_an_array=lambda x: np.sin(np.asarray(Both(x))) * np.dot(Both(x), [1.0, 2.0]),
)


class Wrapped(np.lib.mixins.NDArrayOperatorsMixin):
    """Has all operators by the rule of its own for ufuncs."""

    def __init__(self, v):
        self.v = v

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        return Wrapped(
            getattr(ufunc, method)(*(i.v if isinstance(i, Wrapped) else i for i in inputs), **options)
        )


@tried.at(V)
def operators_by_a_rule_for_ufuncs(x):
    w = np.exp(-Wrapped(x)) * 2 + Wrapped(x) / (1 + Wrapped(x))
    return w.v * np.add.reduce(w).v


# ---------------------------------------------------------------- the standard library


@functools.lru_cache
def _cubes(numbers, scale=1.0):
    return sum(v**3 for v in numbers) * scale


@functools.lru_cache
def _read(text):
    return float(text) ** 2


@functools.singledispatch
def _dispatched(v):
    return v * 1.0


@_dispatched.register(float)
def _(v):
    return v**2


@_dispatched.register(list)
def _(v):
    return sum(map(_dispatched, v))


@_dispatched.register
def _(v: np.ndarray):
    return v.sum() ** 3


tried.at(
    0.7,
    tuples_remembered=lambda x: _cubes((x, 2.0)) * _cubes((x, x), scale=x),
    read_from_text_and_remembered=lambda x: _read(str(x)) * _read(f"{x:.17g}"),
    dispatched_by_type=lambda x: _dispatched(x) + _dispatched([x, 2, x]) + _dispatched(np.array([x, x])),
)

tried.at(
    V,
    accumulated=lambda x: list(itertools.accumulate(x, lambda a, b: a * b + 1)),
    power_of_a_list=lambda x: np.power(x, [2, 3, 2]) + x ** [1, 2, 3] + np.float_power(x, (1, 2, 2)),
    bessel_of_a_sphere_at_its_centre=lambda x: (
        special.spherical_jn(2, x - x[0]) + special.spherical_in(0, x - 0.4)
        if scipy.__version__ >= "1.15"  # before, they were not defined below 0
        else x
    ),
    several_bessel_functions=lambda x: special.spherical_jn([0, 1, 2], x) * special.spherical_kn(2, x[1]),
    got_by_operators=lambda x: operator.itemgetter(0, 2)(x)[1] * operator.methodcaller("sum")(x),
    shuffled=lambda x: _shuffled(np.random.default_rng(3), x * 2),
    shuffled_table=lambda x: _shuffled(np.random.default_rng(4), np.outer(x, [1.0, 2.0])),
    shuffled_list=lambda x: _shuffled(np.random.default_rng(5), [x[0], 1.0, x[2] ** 2]),
    shuffled_as_before=lambda x: _shuffled(np.random.RandomState(6), x**2),
)


def _shuffled(rng, numbers):
    rng.shuffle(numbers)
    return numbers


@tried.at(V)
def copied_and_pickled(x):
    held = {"a": x, "l": [x, x * 2]}
    shallow, deep = copy.copy(held), copy.deepcopy(held)
    deep["l"][0][1] *= 3
    sent = pickle.loads(pickle.dumps({"a": x}))
    sent["a"][1] = x[2] ** 2
    return shallow["a"] * deep["l"][0] + sent["a"]


@tried.at(V)
def heaps_and_queues(x):
    heap, last = [], collections.deque(x, maxlen=2)
    for v in x:
        heapq.heappush(heap, (v * v, v))
    last.appendleft(x[0] * 2)
    return math.prod(heapq.heappop(heap)) * last[0] * last[1]


@tried.at(V)
def asserted_by_numpy(x):
    np.testing.assert_allclose(x / x, 1.0)
    np.testing.assert_array_almost_equal([x, x], [x, x])
    np.testing.assert_equal({"a": x}, {"a": x})
    return x**2
