"""Views and assignments: random programs of them, driven through NumPy and through us.

Truth is NumPy itself, run on an object array of numbers with two infinitesimals, so that views and
assignments are its own. All numbers are small integers and halves, so that nothing is rounded.
"""

from typing import NamedTuple

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import dualad
from dualad import Dual, jacobian, jvp, vjp
from dualad.dual import make
from dualad.modes import Pattern


class Jet:
    """``a + b e + c f + d e f`` with ``e e = f f = 0``: derivatives along two directions, and both."""

    __slots__ = ("terms",)

    def __init__(self, *terms):
        self.terms = terms

    def __add__(self, other):
        other = other.terms if isinstance(other, Jet) else (other, 0, 0, 0)
        return Jet(*(p + q for p, q in zip(self.terms, other, strict=True)))

    def __mul__(self, other):
        a, b, c, d = self.terms
        p, q, r, s = other.terms if isinstance(other, Jet) else (other, 0, 0, 0)
        return Jet(a * p, a * q + b * p, a * r + c * p, a * s + b * r + c * q + d * p)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + other * -1

    def __rsub__(self, other):
        return -self + other

    def __gt__(self, other):
        return self.terms[0] > (other.terms[0] if isinstance(other, Jet) else other)


def jets(x, t, u):
    """An object array of Jets."""
    out = np.empty(x.shape, object)
    for place in np.ndindex(x.shape):
        out[place] = Jet(x[place], t[place], u[place], 0.0)
    return out


def terms(y):
    """What an object array of Jets holds: value, two tangents, second derivative."""
    flat = [e.terms if isinstance(e, Jet) else (e, 0.0, 0.0, 0.0) for e in np.ravel(y)]
    return np.array(flat, float).T.reshape(4, *np.shape(y))


# ------------------------------------------------------------------------------- random programs


class Step(NamedTuple):
    """An operation, the arrays it works on, and numbers that it makes of what it needs."""

    name: str
    on: int
    other: int
    a: int
    b: int


def a_slice(x, step):
    """A slice of the first axis, forwards or backwards, which may be empty."""
    n = len(x)
    start, stop = sorted((step.a % (n + 1), step.b % (n + 1)))
    stride = (1, 2, -1)[(step.a + step.b) % 3]
    return slice(start, stop, stride) if stride > 0 else slice(stop - 1 if stop else None, None, stride)


def axes(x, step):
    return step.a % np.ndim(x), step.b % np.ndim(x)


#: What makes a view in NumPy (reshape and ravel only where they can).
VIEWS = {
    "slice": lambda x, s: x[a_slice(x, s)],
    "row": lambda x, s: x[s.a % len(x)],
    "ellipsis": lambda x, s: x[..., s.a % x.shape[-1]],
    "column": lambda x, s: x[:, s.a % x.shape[1]],
    "one": lambda x, s: x[s.a % len(x), ...],
    "new axis": lambda x, s: x[None] if s.a % 2 else x[..., None],
    "reshape": lambda x, s: x.reshape(-1),
    "fold": lambda x, s: x.reshape(2, -1),
    "unfold": lambda x, s: np.reshape(x, (-1, 2), order="CFA"[s.a % 3]),
    "ravel": lambda x, s: np.ravel(x, "CFAK"[s.a % 4]),
    "T": lambda x, s: x.T,
    "transpose": lambda x, s: np.transpose(x, np.roll(range(np.ndim(x)), s.a)),
    "swapaxes": lambda x, s: x.swapaxes(*axes(x, s)),
    "moveaxis": lambda x, s: np.moveaxis(x, *axes(x, s)),
    "squeeze": lambda x, s: x.squeeze(),
    "expand_dims": lambda x, s: np.expand_dims(x, s.a % (np.ndim(x) + 1)),
    "flip": lambda x, s: np.flip(x, s.a % np.ndim(x)),
    "atleast_2d": lambda x, s: np.atleast_2d(x),
    "diagonal": lambda x, s: np.diagonal(x, s.a % 2),
    "broadcast_to": lambda x, s: np.broadcast_to(x, (2, *np.shape(x))),
}

COPIES = {
    "copy": lambda x, s: x.copy(),
    "np.copy": lambda x, s: np.copy(x),
    "gather": lambda x, s: x[[s.a % len(x), s.b % len(x), 0]],
    "mask": lambda x, s: x[np.arange(len(x)) % 2 == s.a % 2],
    "double": lambda x, s: x * 2.0,
    "product": lambda x, s: x[:1] * x,
    "concatenate": lambda x, s: np.concatenate([x, x[:1]]),
}


def swap(x, y, s):
    i, j = s.a % len(x), s.b % len(x)
    x[i], x[j] = x[j], x[i]


def reverse(x, y, s):
    x[:] = x[::-1]


def shift(x, y, s):
    x[1:] += x[:-1]


def fits(x, key, y):
    """Leave out what an object array would take as one object."""
    if np.ndim(x[key]) < np.ndim(y):
        raise ValueError
    return key


def put(key):
    def write(x, y, s):
        x[fits(x, key(x, s), y)] = y

    return write


def add(key):
    def write(x, y, s):
        x[fits(x, key(x, s), y)] += y

    return write


def constant(key):
    def write(x, y, s):
        x[key(x, s)] = 3.0

    return write


KEYS = {
    "number": lambda x, s: s.a % len(x),
    "slice": a_slice,
    "all": lambda x, s: ...,
    "column": lambda x, s: (slice(None), s.a % x.shape[1]),
    "pairs": lambda x, s: ([0, 1, 0], [s.a % x.shape[1], s.b % x.shape[1], s.a % x.shape[1]]),
    "list": lambda x, s: [s.a % len(x), s.b % len(x), s.a % len(x)],
    "mask": lambda x, s: np.arange(len(x)) % 2 == s.a % 2,
    "positive": lambda x, s: (x > 0).astype(bool),
    "apart": lambda x, s: (s.a % x.shape[0], slice(None), [0, s.b % x.shape[2]]),
}

WRITES = {
    "swap": swap,
    "reverse": reverse,
    "shift": shift,
    "listed": lambda x, y, s: x.__setitem__(slice(0, 2), [np.ravel(y)[0], 5]),
    **{f"{name} = y": put(key) for name, key in KEYS.items()},
    **{f"{name} += y": add(key) for name, key in KEYS.items()},
    **{f"{name} = 3": constant(key) for name, key in KEYS.items()},
}

#: In place, and bound to the name again.
UPDATES = {
    "*= 2": lambda x, y: x.__imul__(2.0),
    "+= y": lambda x, y: x.__iadd__(y),
    "*= y": lambda x, y: x.__imul__(y),
    "-= y": lambda x, y: x.__isub__(y),
}

REFUSALS = (ValueError, IndexError, TypeError, AttributeError, ZeroDivisionError)


def run(steps, x):
    """All arrays that the program has made as one, and which of its steps were refused."""
    arrays, refused = [x, x * 2.0], []
    for k, step in enumerate(steps):
        a, b = arrays[step.on % len(arrays)], arrays[step.other % len(arrays)]
        b = b if np.ndim(b) else b[()] if isinstance(b, np.ndarray | Dual) else b
        try:
            if step.name in WRITES:
                WRITES[step.name](a, b, step)
            elif not np.ndim(a):
                refused.append(k)
            elif step.name in VIEWS or step.name in COPIES:
                arrays.append((VIEWS.get(step.name) or COPIES[step.name])(a, step))
            else:
                arrays[step.on % len(arrays)] = UPDATES[step.name](a, b)
        except REFUSALS:
            refused.append(k)
    return np.concatenate([np.ravel(a) for a in arrays]), refused


names = sorted([*VIEWS, *VIEWS, *COPIES, *WRITES, *UPDATES])
small = st.integers(0, 7)
programs = st.lists(st.builds(Step, st.sampled_from(names), small, small, small, small), max_size=14)
shapes = st.sampled_from([(4,), (2, 3), (3, 2, 2), (1, 4), (3, 3)])
numbers = st.randoms(use_true_random=False)


def draw(random, shape):
    return np.array([random.randint(-3, 3) / 2 for _ in range(int(np.prod(shape)))]).reshape(shape)


def examples(count):
    """The same examples in every run."""
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def moderate(y):
    """Whether the numbers are small enough to be exact."""
    return np.all(np.abs(y) < 2.0**20)


@examples(300)
@given(programs, shapes, numbers)
def test_random_programs(steps, shape, random):
    x, t, u = (draw(random, shape) for _ in range(3))
    right, refused = run(steps, jets(x, t, u))
    value, by_t, by_u, _ = terms(right)
    if not moderate(terms(right)):
        return

    def f(x):
        y, also_refused = run(steps, x)
        assert also_refused == refused
        return y

    y, dy = jvp(f, x, t, lift=False)
    np.testing.assert_array_equal(y, value)
    np.testing.assert_array_equal(dy, by_t)

    mode = dualad.modes.Forward(2)
    y = f(make(mode, x.copy(), np.stack([t, u])))
    np.testing.assert_array_equal(y.value, value)
    np.testing.assert_array_equal(y.tangent, [by_t, by_u])

    y, pullback = vjp(f, x, lift=False)
    np.testing.assert_array_equal(y, value)
    c = draw(random, value.shape)
    assert np.sum(pullback(c) * t) == np.sum(c * by_t)


@examples(400)
@given(programs, shapes, numbers)
def test_random_programs_nested(steps, shape, random):
    """The second derivative along two directions, in all four nestings."""
    x, t, u = (draw(random, shape) for _ in range(3))
    right = terms(run(steps, jets(x, t, u))[0])
    if not moderate(right):
        return
    c = draw(random, right[0].shape)
    along = {
        "forward": lambda f, t: lambda x: jvp(f, x, t, lift=False)[1],
        "reverse": lambda f, t: lambda x: np.sum(vjp(f, x, lift=False)[1](1.0) * t),
    }

    def f(x):
        return np.sum(run(steps, x)[0] * c)

    for outer in along.values():
        for inner in along.values():
            assert outer(inner(f, t), u)(x) == np.sum(right[3] * c)


@examples(200)
@given(programs, shapes, numbers)
def test_the_pattern_covers_the_derivative(steps, shape, random):
    x, t = draw(random, shape), draw(random, shape)
    right, refused = run(steps, jets(x, t, t))
    places = np.uint64(1) << np.arange(x.size, dtype=np.uint64).reshape(1, *shape)
    y, also_refused = run(steps, make(Pattern(), x.copy(), places))
    assert also_refused == refused
    np.testing.assert_array_equal(y.value, terms(right)[0])
    rows = jacobian(lambda x: run(steps, x)[0], mode="forward", lift=False)(x).reshape(y.size, x.size)
    found = (y.tangent[0][:, None] >> np.arange(x.size, dtype=np.uint64)) & np.uint64(1)
    assert np.all((rows == 0) | (found == 1))
