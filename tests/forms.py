"""Many ways to write ``exp(sin(x))``, one for each form that Python code may take."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import math
from math import exp, sin
from typing import NamedTuple

FORMS = {}
NOTHING = {}


def form(f):
    """A decorator that returns the function."""
    FORMS[f.__name__] = f
    return f


def doubled(*options, **named):
    """A decorator that takes arguments, and wraps the function."""

    def decorate(f):
        @functools.wraps(f)
        def wrapper(*args, **keywords):
            return f(*args, **keywords)

        return wrapper

    return decorate


@form
def plain(x: float) -> float:
    """Docstring."""
    return math.exp(math.sin(x))


@form
@doubled(1, two=2)
@doubled()
def decorated(x, *args, unused: int = 3, **keywords):
    return exp(sin(x))


# fmt: off
def one_line(x): y = sin(x); inner = lambda: exp(y); return inner()  # noqa: E702, E731 - a form


half = lambda x: sin(x); FORMS["other_half"] = lambda x: exp(half(x))  # noqa: E702, E731 - a form
FORMS["one_lambda"], FORMS["other_lambda"] = lambda x: exp(sin(x)), lambda x: math.exp(math.sin(x))
FORMS["equal_lambdas"] = [lambda x: exp(sin(x)), lambda x: exp(sin(x))][1]
# fmt: on
form(one_line)


@form
def closure(x):
    y = sin(x)

    def inner():
        def innermost():
            return exp(y)

        return innermost()

    return inner()


@form
def nonlocal_variable(x):
    y = 0.0

    def change():
        nonlocal y
        y = sin(x)

    change()
    return exp(y)


STATE = 0.0


@form
def global_variable(x):
    global STATE
    STATE = sin(x)
    return exp(STATE)


@form
def defaults(x, f=math.sin, *, g=exp):
    def inner(y, h=lambda y: g(f(y))):
        return h(y)

    return inner(x)


@form
def comprehensions(x):
    numbers = [sin(y) for y in (x, x) for _ in range(1) if y == x]
    table = {k: [exp(v + 0 * x) for v in row] for k, row in enumerate([numbers])}
    kept = {len(str(exp(k))) for k in range(2)}
    return next(v for v in table[0] if kept)


class_level = [(lambda y, k=k: exp(y) if k else y)(0.0) for k in range(2)]


@form
def walrus(x):
    return exp(y) if (y := sin(x)) is not None else [y := x, y][0]


@form
def generator(x):
    def steps():
        received = yield sin(x)
        yield exp(received)

    def delegating():
        yield from steps()

    run = delegating()
    return run.send(next(run))


@form
def asynchronous(x):
    async def sine(y):
        await asyncio.sleep(0)
        return sin(y)

    async def numbers(y):
        for _ in range(2):
            yield await sine(y)

    @contextlib.asynccontextmanager
    async def open_number(y):
        yield exp(y)

    async def main():
        found = [y async for y in numbers(x)]
        async with open_number(found[-1]) as z:
            return z

    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(main())
    finally:
        loop.close()


@form
def contexts(x):
    @contextlib.contextmanager
    def number(y):
        yield sin(y)

    with number(x) as y, contextlib.suppress(KeyError):
        return exp(y)


class Base:
    def run(self, x):
        return sin(x)


class Derived(Base):
    scale = math.exp(0.0)
    table = {name: getattr(math, name) for name in ("exp", "sin")}  # noqa: RUF012 - a form

    def __init__(self, x):
        self.x = x
        self.__hidden = sin(x)

    def run(self, x):
        return exp(super().run(x)) * self.scale

    def explicit(self, x):
        return self.table["exp"](super(__class__, self).run(x))  # noqa: UP008 - a form

    @property
    def number(self):
        return exp(self.__hidden)

    @functools.cached_property
    def cached(self):
        return exp(sin(self.x))

    @staticmethod
    def static(x):
        return exp(sin(x))

    @classmethod
    def of_class(cls, x):
        return cls.static(x)

    def __call__(self, x):
        return (lambda self: exp(self.__hidden))(self)

    class Inner:
        @form
        def of_inner(x):
            return exp(sin(x))


class Named(NamedTuple):
    x: float

    def value(self):
        return exp(sin(self.x))


FORMS["method"] = Derived(1.0).run
FORMS["explicit_super"] = Derived(1.0).explicit
FORMS["static"] = Derived.static
FORMS["of_class"] = Derived.of_class
FORMS["property"] = lambda x: Derived(x).number
FORMS["cached"] = lambda x: Derived(x).cached
FORMS["call"] = lambda x: Derived(x)(x)
FORMS["named"] = lambda x: Named(x).value()


@form
def local_class(x):
    y = sin(x)

    class Local:
        z = y

        def value(self):
            return exp(y + 0 * self.z)

    return Local().value()


@form
def matching(x):
    match {"kind": [sin, exp], "rest": x}:
        case {"kind": [first, *_, last], **rest} if first(0.0) == 0:
            return last(first(rest["rest"]))
        case _:
            return None


@form
def exceptions(x):
    try:
        try:
            raise ValueError(sin(x))
        except ValueError as error:
            y = error.args[0]
        else:
            y = None
        finally:
            y = 1 * y
        raise ExceptionGroup("group", [KeyError(exp(y))])
    except* KeyError as group:
        y = group.exceptions[0].args[0]
    return y


@form
def loops(x):
    y, n = x, 0
    while n < 2:
        for f in (sin, exp)[n : n + 1]:
            y = f(y)
        else:
            n += 1
    else:
        assert n == 2, f"{n!r:>{n}} {exp(n)}"
    del n
    return y


@form
def texts(x):
    text = "%s %d" % ("x", len("ab")) + f"{exp(0.0):.{len('ab')}f}" + "%.3f" % 2.0  # noqa: UP031 - a form
    left, right = 7, 4
    return exp(sin(x)) if text and left % right == 3 else None


@form
def long_call(x, /):
    return exp(
        *[
            sin(
                x,
            )
        ],
        **NOTHING,
    )


@form
def functions_of_functions(x):
    by_key = max([-1.0, x], key=lambda y: exp(y))
    kinds = functools.reduce(lambda a, b: a if issubclass(a, b) else b, [int], int)
    _, group = next(itertools.groupby([by_key], key=lambda y: sin(y) > 0))
    return functools.reduce(lambda y, f: f(y), [sin, exp], next(group)) * kinds(1)


@form
def recursive(x, depth=2):
    return recursive(x, depth - 1) if depth else (lambda f: f(sin(x)))(exp)


if STATE:

    def chosen(x):
        return None

else:

    def chosen(x):
        return exp(sin(x))


form(chosen)
FORMS["partial"] = functools.partial(lambda scale, x: scale * exp(sin(x)), 1.0)
