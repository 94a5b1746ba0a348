"""Plain functions: loops, branches, exceptions, closures, recursion, generators, decorators."""

import collections.abc
import contextlib
import dataclasses
import functools
import hashlib
import io
import itertools
import logging
import math
import numbers
import operator
import random
import re
import zlib
from functools import lru_cache, partial, reduce, wraps
from typing import NamedTuple, TypedDict

import numpy as np

from . import Group, helpers
from .helpers import decay, polynomial, twice, unit_vector

tried = Group(__name__, "plain Python: functions")

RATE = 1.5
TABLE = {"linear": lambda x: 2 * x, "square": lambda x: x**2, "wave": lambda x: math.sin(3 * x)}
WEIGHTS = [0.2, 0.5, 0.3]
V = np.array([0.3, 0.8, 1.7])
calls = 0


def helper(x):
    return math.exp(-RATE * x)


def logged(f):
    @wraps(f)
    def wrapper(*args, **keywords):
        return f(*args, **keywords)

    return wrapper


def _sagging(x):
    cable = helpers.hung(2.0)
    cable.sag = x
    return cable.tension


def scaled(factor):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(x):
            return factor * f(x)

        return wrapper

    return decorate


tried.at(
    0.7,
    polynomial=lambda x: 3 * x**3 - 2 * x + 1,
    conditional=lambda x: x**2 if x > 0.5 else -x,
    chained_comparison=lambda x: x**2 if 0 < x < 1 else x,
    boolean_operators=lambda x: x**2 if x > 0 and not x > 1 or x == 5 else x,
    or_default=lambda x: (x or 1.0) ** 2,
    lambda_in_lambda=lambda x: (lambda y: y * math.sin(y))(x + 1),
    default_argument=lambda x, k=2.0: k * x**2,
    default_function=lambda x, f=math.sin: f(x) ** 2,
    property_of_an_object_of_others=lambda x: helpers.hung(x).sag,
    property_set_by_others=lambda x: helpers.tightened(helpers.hung(2.0), x).tension,
    property_set_of_an_object_of_others=lambda x: _sagging(x),
    helper_function=lambda x: math.sin(x) * helper(x),
    helper_of_a_module=lambda x: helpers.decay(x) * helpers.RATE,
    imported_helper=lambda x: decay(x) + polynomial([1.0, 2.0, 3.0], x),
    decorator_of_a_module=lambda x: twice(lambda v: math.cos(v))(x),
    module_constant=lambda x: RATE * x**2,
    dict_of_functions=lambda x: sum(f(x) for f in TABLE.values()),
    dict_lookup=lambda x: TABLE["wave"](x),
    list_of_functions=lambda x: [math.sin, math.cos, helper][2](x),
    generator_expression=lambda x: sum(w * x**k for k, w in enumerate(WEIGHTS)),
    list_comprehension=lambda x: sum([math.sin(k * x) / k for k in range(1, 6)]),
    dict_comprehension=lambda x: sum({k: x**k for k in range(4)}.values()),
    set_of_constants=lambda x: sum(k * x for k in {1, 2, 3}),
    nested_comprehension=lambda x: sum(x ** (i + j) for i in range(3) for j in range(3) if i != j),
    walrus=lambda x: (y := math.exp(x)) * y + y,
    star_arguments=lambda x: (lambda *a: math.prod(a) + sum(a))(*[x, x**2, 2.0]),
    keyword_arguments=lambda x: (lambda *, a, b=1.0: a**2 * b)(**{"a": x}),
    partial=lambda x: partial(pow, 2.0)(x) + partial(helper)(x),
    partial_with_keyword=lambda x: partial(polynomial, x=x)([1.0, 2.0]),
    reduce=lambda x: reduce(lambda a, b: a * b + 1, [x, 2.0, x**2], 1.0),
    operator_functions=lambda x: operator.mul(operator.add(x, 1), operator.neg(operator.pow(x, 2))),
    map_and_filter=lambda x: sum(filter(lambda v: v > 0.4, map(lambda k: x * k, range(4)))),
    min_and_max=lambda x: max(x, 0.5) * min(x, x**2, 3.0),
    max_of_a_list=lambda x: max([x, x**2, 0.1]) + max((x, 2 * x), key=lambda v: -v),
    max_default=lambda x: max([], default=x) ** 2,
    sorted_values=lambda x: sorted([x, 0.1, x**2])[1] ** 2,
    sum_with_start=lambda x: sum([x, x**2], start=10.0),
    zip_of_lists=lambda x: sum(a * b for a, b in zip(WEIGHTS, [x, x**2, 1.0], strict=True)),
    all_and_any=lambda x: x**2 if all(v > 0 for v in [x, x + 1]) and any([x > 0.5]) else x,
    itertools_accumulate=lambda x: sum(itertools.accumulate([x, x**2, 2.0], operator.mul)),
    itertools_product=lambda x: sum(a * b for a, b in itertools.product([x, 1.0], [x**2, 2.0])),
    itertools_pairwise=lambda x: sum(a * b for a, b in itertools.pairwise([x, x**2, 2.0, x])),
    itertools_chain=lambda x: sum(v**2 for v in itertools.chain([x], [x**2, 1.0])),
    itertools_combinations=lambda x: sum(a * b for a, b in itertools.combinations([x, x**2, 2.0], 2)),
    float_builtin=lambda x: float(x) ** 2,
    int_builtin=lambda x: int(10 * x) * x,
    round_builtin=lambda x: round(x) * x + round(x, -1),
    abs_builtin=lambda x: abs(-x) ** 3,
    pow_builtin=lambda x: pow(x, 3) + pow(2, x),
    divmod_builtin=lambda x: divmod(x, 0.3)[1] * divmod(x, 0.3)[0],
    floor_division=lambda x: (x // 0.3) * x + x % 0.3,
    int_as_index=lambda x: WEIGHTS[int(x * 3)] * x,
    isinstance_float=lambda x: x**2 if isinstance(x, float) else x,
    isinstance_numbers=lambda x: x**2 if isinstance(x, (int, float)) else x,
    isinstance_array=lambda x: x if isinstance(x, np.ndarray) else x**2,
    isscalar=lambda x: x**2 if np.isscalar(x) else x,
    ndim_of_a_number=lambda x: x**2 if np.ndim(x) == 0 else x,
    callable_test=lambda x: x**2 if callable(helper) and not callable(x) else x,
    is_none=lambda x, y=None: x**2 if y is None else x,
    type_name=lambda x: x**2 if type(x).__name__ else x,
    f_string=lambda x: x * len(f"{1.5:.3f}") if f"{x}" else 0.0,
    f_string_spec=lambda x: x * 2 if f"{x:.3f}" else 0.0,
    f_string_length=lambda x: x * len(f"{x:.3f}"),
    percent_format=lambda x: x * 2 if "%.3f" % 1.5 else x,
    string_of_value=lambda x: x**2 if len(str(x)) > 0 and repr(x) else x,
    numpy_on_numbers=lambda x: np.sin(x) * np.exp(x) + np.pi,
    numpy_max_of_numbers=lambda x: np.maximum(x, 0.5) * np.minimum(x, x**2),
    numpy_and_math=lambda x: math.sin(np.exp(x)) * np.cos(math.exp(x)),
    fraction=lambda x: 1 / 3 * x + x / 7,
    integer_powers=lambda x: x**0 + x**1 + x**-1 + x**2,
    as_key_of_int=lambda x: {0: 1.0, 1: 2.0}[int(x > 0.5)] * x,
    hash_by_value=lambda x: x**2 if x not in (0.8, 1.0) else x,
    string_dispatch=lambda x: {"a": x, "b": x**2}.get("b", 0.0),
    unpacking=lambda x: (lambda t: t[0] * t[1])((x, x**2)),
    random_with_seed=lambda x: sum(x * random.Random(3).random() for _ in range(3)) ** 2,
    sorted_by_key=lambda x: sum(
        k * v for k, v in enumerate(sorted([(x, 1), (x**2, 2)], key=lambda p: p[0])[0])
    ),
)


@tried.at(0.7, -0.4, 2.5)
def branches(x):
    if x < 0:
        y = x**2
    elif x < 1:
        y = math.sin(x)
    else:
        y = math.log(x)
    return y * 2


@tried.at(0.7)
def for_loop(x):
    y = 0.0
    for k in range(1, 8):
        y += x**k / math.factorial(k)
    return y


@tried.at(0.7)
def while_loop(x):
    y, k = 1.0, 0
    while y < 50:
        y = y * (1 + x)
        k += 1
    return y * k


@tried.at(0.7)
def break_and_continue(x):
    y = x
    for k in range(20):
        if k % 2:
            continue
        y = y * 1.1 + 0.1 * x
        if y > 2:
            break
    return y


@tried.at(0.7)
def for_else(x):
    for k in range(5):
        if k * x > 100:
            break
    else:
        x = x**2
    return x


@tried.at(0.7, -0.7)
def try_except(x):
    try:
        return math.sqrt(x)
    except ValueError:
        return x**2


@tried.at(0.7)
def try_finally(x):
    state = []
    try:
        state.append(math.log(x))
    finally:
        state.append(x)
    return state[0] * state[1]


@tried.at(0.7)
def raise_and_catch(x):
    try:
        if x > 0:
            raise KeyError("positive")
        y = x
    except KeyError:
        y = x**2
    return y


@tried.at(0.7)
def zero_division(x):
    try:
        return x / 0
    except ZeroDivisionError:
        return x**2


@tried.at(0.7)
def with_statement(x):
    with contextlib.suppress(ValueError), np.errstate(all="ignore"):
        x = x**2
    return x


@np.errstate(divide="ignore")
def _table_without_warnings(x, n=3):
    y = np.zeros(n)
    y[0] = math.exp(x)
    return y


@tried.at(0.7)
def decorated_by_errstate(x):
    return _table_without_warnings(x, n=2) * x


class _Settings(TypedDict):
    rate: float
    steps: int


@tried.at(0.7)
def typed_dict(x):
    settings = _Settings(rate=x**2, steps=3)
    return settings["rate"] ** settings["steps"]


@tried.at(0.7)
def assertion(x):
    assert x > 0, f"{x} must be positive"
    assert isinstance(x, float)
    return math.sqrt(x)


@tried.at(0.7)
def recursion(x, depth=6):
    return x if depth == 0 else math.sin(x * recursion(x, depth - 1)) + x


@tried.at(0.7)
def mutual_recursion(x):
    def even(n):
        return 1.0 if n == 0 else x * odd(n - 1)

    def odd(n):
        return x if n == 0 else math.cos(x) + even(n - 1)

    return even(6)


@tried.at(0.7)
def closure(x):
    a = x**2

    def inner(t):
        return a * t + x

    return inner(2.0) * inner(x)


@tried.at(0.7)
def nonlocal_variable(x):
    total = 0.0

    def add(v):
        nonlocal total
        total += math.sin(v)

    for k in range(4):
        add(k * x)
    return total


@tried.at(0.7)
def global_counter(x):
    global calls
    calls += 1
    return math.sin(x) * 2


@tried.at(0.7)
def generator(x):
    def powers():
        y = 1.0
        while True:
            yield y
            y *= x

    return sum(itertools.islice(powers(), 6))


@tried.at(0.7)
def generator_with_send(x):
    def averager():
        total, n = 0.0, 0
        value = yield
        while True:
            total, n = total + math.sin(value), n + 1
            value = yield total / n

    g = averager()
    next(g)
    g.send(x)
    return g.send(2 * x)


@tried.at(0.7)
def yield_from(x):
    def inner():
        yield math.exp(x)
        yield x**2

    def outer():
        yield from inner()
        yield 1.0

    return math.prod(outer())


@tried.at(0.7)
@logged
def decorated(x):
    return math.sin(x) ** 2


@tried.at(0.7)
@scaled(3.0)
def decorated_with_argument(x):
    return math.exp(x)


@tried.at(0.7)
@logged
@scaled(2.0)
def decorated_twice(x):
    return math.log(x)


@lru_cache(maxsize=None)
def cached(x):
    return math.sin(x) ** 2


@functools.cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.singledispatch
def dispatched(x):
    return math.sin(x)


@dispatched.register
def _(x: list):
    return sum(x)


class StandsForAList:
    """What proxies do: they name the class of what they stand for."""

    __class__ = list

    def __init__(self, entries):
        self.entries = entries

    def __iter__(self):
        return iter(self.entries)


tried.at(
    0.7,
    cached=cached,
    cached_helper=lambda x: cached(x) * x,
    cached_integers=lambda x: sum(fibonacci(k) * x**k for k in range(8)),
    singledispatch=lambda x: dispatched(x) * 2,
    singledispatch_by_proxy=lambda x: dispatched(StandsForAList([x, x * x])) * 2,
    partial_object=partial(polynomial, [1.0, 2.0, 3.0]),
    builtin_function=math.sin,
    ufunc=np.exp,
    module_function=helpers.decay,
    contextmanager=lambda x: _in_context(x),
    match_statement=lambda x: _matched(("scale", x)),
    star_star=lambda x: _keywords(x, k=2.0, f=math.exp),
    default_mutable=lambda x: _mutable(x),
    string_key=lambda x: _shape("circle", x) + _shape("square", x),
    early_return=lambda x: _first_above([x, 2 * x, 3 * x], 1.0),
    composed=lambda x: _compose(math.sin, math.exp, helper)(x),
    curried=lambda x: _adder(x)(2.0)(x**2),
    sum_of_function_values=lambda x: _integrate(lambda t: math.exp(-x * t), 0.0, 1.0),
    derivative_free_callback=lambda x: _apply(math.cos, x) + _apply(lambda v: v**2, x),
)


@contextlib.contextmanager
def _doubling(x):
    yield 2 * math.sin(x)


def _in_context(x):
    with _doubling(x) as y:
        return y * x


def _matched(command):
    match command:
        case ("scale", value) if value > 0:
            return 3 * math.sin(value)
        case _:
            return 0.0


def _keywords(x, **options):
    return options["f"](x) * options.get("k", 1.0)


def _mutable(x, store=None):
    store = [] if store is None else store
    store.append(math.sin(x))
    store.extend([x, x**2])
    return sum(store)


def _shape(name, r):
    areas = {"circle": lambda: math.pi * r**2, "square": lambda: r * r}
    return areas[name]()


def _first_above(values, bound):
    for v in values:
        if v > bound:
            return math.log(v)
    return 0.0


def _compose(*functions):
    return lambda x: reduce(lambda value, f: f(value), functions, x)


def _adder(a):
    def add(b):
        def multiply(c):
            return (a + b) * math.tanh(c)

        return multiply

    return add


def _integrate(f, a, b, n=16):
    h = (b - a) / n
    return h * (0.5 * f(a) + 0.5 * f(b) + sum(f(a + i * h) for i in range(1, n)))


def _apply(f, x):
    return f(x) * x


@tried.at((0.7, 1.3))
def two_arguments(x, y):
    return math.sin(x * y) + math.atan2(y, x) + x**y


@tried.at((0.7, 1.3, 2.0))
def three_arguments(a, b, c):
    return (-b + math.sqrt(b * b + 4 * a * c)) / (2 * a)


@tried.at(V)
def vector_norm(v):
    return math.sqrt(sum(x * x for x in v))


@tried.at(V)
def vector_helper(v):
    return unit_vector(v)


@tried.at(V)
def running_maximum(v):
    best = v[0]
    for x in v[1:]:
        if x > best:
            best = x
    return best**2


@tried.at(V)
def index_loop(v):
    total = 0
    for i in range(len(v)):
        total += (i + 1) * v[i] ** 2
    return total


@tried.at(V)
def stack_machine(v):
    stack = list(v)
    while len(stack) > 1:
        a, b = stack.pop(), stack.pop()
        stack.append(a * b + math.sin(a))
    return stack[0]


@tried.at(V)
def dict_of_values(v):
    state = {"a": v[0], "b": v[1]}
    state["c"] = state["a"] * state["b"]
    state.update(d=state["c"] ** 2 + v[2])
    return [state[k] for k in sorted(state)]


@tried.at(V)
def string_building(v):
    lines = []
    for i, x in enumerate(v):
        lines.append(f"{i}: {x}")
    return sum(v**2) + 0 * len("\n".join(lines))


@tried.at(V)
def tuple_swap(v):
    a, b, c = v
    a, b = b, a
    return a * 2 + b**2 + c**3


@tried.at(V)
def nested_functions(v):
    def f(x):
        def g(y):
            return math.exp(x * y)

        return g(x) + g(1.0)

    return sum(f(x) for x in v)


@tried.at(V)
def scalar_function_over_array(v):
    return np.array([branches(x) for x in v])


@tried.at(V)
def numpy_map(v):
    return np.array(list(map(math.exp, v)))


@tried.at(V)
def matrix_of_lists(v):
    rows = [[a * b for b in v] for a in v]
    return sum(rows[i][i] for i in range(3)) + rows[0][2]


@tried.at(V)
def float_of_entries(v):
    return float(v[0]) * float(v[1]) ** 2


@tried.at(V)
def isinstance_ndarray(v):
    if isinstance(v, np.ndarray) and v.ndim == 1:
        return np.sum(v**2)
    return v * 0


@tried.at(V, 0.7)
def scalar_or_array(x):
    scalar = np.isscalar(x)
    x = np.atleast_1d(np.asarray(x, dtype=float))
    y = np.where(x > 1, np.log(x), x - 1)
    return float(y[0]) if scalar else y


@tried.at(0.7)
def typed(x: float, scale: float = 2.0) -> float:
    """An annotated function with a docstring."""
    result: float = scale * math.sin(x)
    return result


@tried.at(0.7)
def doubled_import(x):
    import math as mathematics
    from math import tanh

    return mathematics.sin(x) * tanh(x)


@tried.at(0.7)
def local_numpy_import(x):
    import numpy

    return numpy.sum(numpy.array([x, x**2]))


@tried.at(0.7)
def complicated_slots(x):
    values = [0.0] * 4
    values[0] = x
    for i in range(1, 4):
        values[i] = values[i - 1] ** 2 + math.sin(values[i - 1])
    values[1:3] = [values[3], values[0]]
    return sum(i * v for i, v in enumerate(values))


@tried.at(0.7)
def patterns_of_classes(x):
    """``case float():`` is for floats, and for what is differentiated as one."""
    total = 0.0
    for value in (x, 1, "a", [x, 2.0], {"k": x}, np.array([x, x])):
        match value:
            case int(n):
                total += n
            case float(n):
                total += n * n
            case str():
                total *= 2
            case np.ndarray(ndim=1):  # before the next one, which it matches since NumPy 2.5
                total += np.sum(value)
            case [float(first), float() as second]:
                total *= first + second
            case {"k": float(entry)}:
                total += entry**3
    return total


@tried.at(0.7)
def patterns_of_abstract_classes(x):
    match x:
        case collections.abc.Iterable():
            return 0.0
        case numbers.Real():
            return x**3


class Labelled:
    """It shows what it holds, with as many digits as it likes."""

    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return "x = %12.6g" % self.x


@tried.at(0.7)
def checked_as_a_list_and_shown(x):
    both = [x, x**2]
    if np.any(np.isnan(both)) or not np.all(np.isfinite(both)):
        raise ValueError("{}: {!r}".format("not a number", Labelled(x)))
    text = "{} of {}".format(Labelled(x), str([x]))
    return both[1] * len(repr(Labelled(x))) + 0 * len(text)


def remembered(key, value, cache):
    """A cache that does without the keys that cannot be hashed, as those of arrays cannot."""
    try:
        if key in cache:
            return cache[key]
    except TypeError:
        return value**3
    cache[key] = value
    return value


@tried.at(np.array([0.3, 0.7]))
def a_number_or_several(x):
    """What is no single number says so by a TypeError, as arrays do."""

    def parts(given):
        try:
            return [float(given)]
        except TypeError:
            return list(given)

    return np.array(parts(x) + parts(x[0] ** 2))


@tried.at(np.array([0.3, 0.7]))
def cache_that_arrays_are_not_for(x):
    cache = {}
    return remembered(x, x, cache) + remembered("x", x[::-1], cache) * remembered("x", 0.0, cache)


@tried.at(0.7)
def called_by_the_name_of_the_method(x):
    return math.sin.__call__(x) + np.multiply.__call__(x, 3.0) + (lambda y: math.exp(y)).__call__(x)


@tried.at(0.7)
def among_the_members_of_a_set(x):
    return 0.0 if x in {0.0, 1.0} else x**2 if x not in {-1, 2.0} else x


@tried.at(0.7)
def remembered_by_hand(x):
    known = {}

    def power(t, n):
        if (t, n) not in known:
            known[t, n] = 1.0 if n == 0 else t * power(t, n - 1)
        return known[t, n]

    def memo(f):
        store = {}

        def inner(t):
            if t in store:
                return store[t]
            return store.setdefault(t, f(t))

        return inner

    sine = memo(math.sin)
    return power(x, 4) * power(2 * x, 3) + sine(x) * sine(x) * sine(x * x)


@tried.at(0.7)
def looked_up(x):
    seen, table = set(), {0.5: 2.0, 1.0: 4.0}
    for y in (x, 3 * x, x, x * x):
        if y not in seen:
            seen.add(y)
    factors = {y: math.exp(y) for y in sorted(seen)}
    return sum(y * f for y, f in factors.items()) * table.get(x, 3.0) * (1 if x in {0.5, 1.5} else x)


class Point(NamedTuple):
    x: float
    y: float


@dataclasses.dataclass(frozen=True)
class Station:
    at: float
    name: str = "here"


class Twice(dict):
    """It keeps what it is given, and gives twice as much."""

    def __getitem__(self, key):
        return 2 * super().__getitem__(key)


@tried.at(0.7)
def looked_up_by_what_is_made_of_numbers(x):
    heights = {Station(x): x**2, Point(x, 1.0): math.exp(x)}
    places = {Station(x), Station(2 * x), Station(x)}
    twice = Twice({x: x**3})
    return heights[Station(x)] * heights[Point(x, 1.0)] + len(places) * twice[x]


@tried.at(0.7)
def dicts_made_of_pairs_and_counts(x):
    pairs = dict(zip([x, 2 * x], [1.0, x], strict=True))
    counts = collections.Counter([x, x * x, x])
    ordered = collections.OrderedDict([(x, 3.0), (x * x, x)])
    once = sum(dict.fromkeys([x, x, 3 * x])) + sum(frozenset([x]).union([x * x]))
    return (
        pairs[2 * x] * once + sum(k * n for k, n in counts.items()) + sum(k * v for k, v in ordered.items())
    )


@tried.at(0.7)
def asked_whether_it_can_be_a_key(x):
    try:
        hash(x)
    except TypeError:
        return 0.0
    return x**2


@tried.at(0.73)
def shown_and_logged(x):
    shown = io.StringIO()
    log = logging.Logger("tried")
    log.addHandler(logging.StreamHandler(shown))
    log.warning("%.3f of %d", x, 10 * x)
    digits = re.findall(r"^\d", f"{x}")
    return x * len(shown.getvalue()) + len(digits) * x**2


@tried.at(0.7)
def names_bound_by_compiled_text(x):
    names = {}
    eval(compile("def f(t): return 3 * t * t", "<text>", "exec", dont_inherit=True), {}, names)
    return names["f"](x)


@tried.at(0.7)
def code_that_never_runs(x):
    if 0:
        shown = [v**2 for v in (x, 2 * x)]
        return max(shown, key=lambda v: -v)
    return math.sin(x)


@tried.at(0.7)
def nones_among_numbers(x):
    prices = np.array([x, None, x * x])
    levels = [None] * 3
    levels[1] = x**3
    known = prices[[p is not None for p in prices]].astype(float)
    return known.sum() * np.nansum(np.array(levels, dtype=float)) + np.array(["n", x], dtype=object)[1]


class Missing:
    """What stands for a module that is not installed says so when it is asked for anything."""

    def __getattribute__(self, name):
        if name == "__class__":
            return type(None)
        raise AttributeError if name == "__wrapped__" else ModuleNotFoundError("not installed")  # pytest asks


missing = Missing()


@tried.at(0.7)
def without_a_module(x):
    return sum(math.sin(k) for k in [x, x * x]) if x is not missing else missing.sine(x)


class Settings:
    """Numbers, and what was computed of them last."""

    last = None

    def __init__(self, **numbers):
        self.numbers = numbers

    def __hash__(self):
        return hash(tuple(sorted(self.numbers.items())))

    def result(self):
        now = hash((tuple(self.numbers.items()), "sum"))
        if now != self.last:
            self.last, self.known = now, sum(self.numbers.values()) ** 2
        return self.known


@tried.at(0.7)
def remembered_by_hash(x):
    one = Settings(a=x, b=0.7)
    results = [one.result(), one.result()]
    one.numbers["b"] = 0.7 * x / 0.7
    return [*results, one.result(), {one: x}[one]]


@tried.at(0.7)
def remembered_by_bytes(x):
    known = {}

    def squared(a):
        key = hash(a.tobytes()), hashlib.sha1(a.data.tobytes(), usedforsecurity=False).hexdigest()
        if key not in known:
            known[key] = np.sum(a) ** 2
        return known[key]

    here, there = np.zeros(2), np.full(2, 0.7)
    here[:] = x
    again = np.frombuffer(here.tobytes()).reshape(2, 1)
    return squared(here) + squared(np.array([x, 0.7])) * squared(there) + squared(here) * np.sum(again)


@tried.at(0.7)
def remembered_by_digest(x):
    known = {}

    def squared(a):
        longer = hashlib.sha256()
        longer.update(a)
        key = hashlib.md5(np.array([a[0], a[1]])).hexdigest(), zlib.crc32(a), longer.digest()
        if key not in known:
            known[key] = np.sum(a) ** 2
        return known[key]

    here = np.zeros(2)
    here[:] = x
    return squared(here) + squared(np.array([x, 0.7])) * squared(np.full(2, 0.7)) + squared(here)


@tried.at(0.7)
def pairs_of_numbers_as_complex_ones(x):
    pairs = np.array([[x, 2.0], [x * x, x]]).view(complex)
    parts = (pairs * (1 + 2j)).view(np.float64)
    return np.abs(pairs[1, 0]) + np.sum(parts * np.arange(4.0).reshape(2, 2))
