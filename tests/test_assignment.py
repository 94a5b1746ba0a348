"""Views and assignments: random programs of them, driven through NumPy and through us.

Truth is NumPy itself, run on an object array of numbers with two infinitesimals, so that views and
assignments are its own. All numbers are small integers and halves, so that nothing is rounded.
"""

import functools
from typing import NamedTuple

import checking
import numpy as np
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st
from samples import SAMPLES

import dualad
import dualad.rules.further
from dualad import Dual, derivative, grad, jacobian, jvp, vjp
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


def run(steps, x, start=lambda x: [x, x * 2.0]):
    """All arrays that the program has made as one, and which of its steps were refused."""
    arrays, refused = start(x), []
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


#: Without shrinking, which would take minutes.
examples = functools.partial(checking.examples, phases=[Phase.generate])


def moderate(y):
    """Whether the numbers are small enough to be exact."""
    return np.all(np.abs(y) < 2.0**20)


@examples(500)
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


@examples(200)
@given(programs, shapes, numbers)
def test_random_programs_nested(steps, shape, random):
    """The second derivative along two directions, in all four nestings."""
    x, t, u = (draw(random, shape) for _ in range(3))
    right, refused = run(steps, jets(x, t, u))
    right = terms(right)
    if not moderate(right):
        return
    c = draw(random, right[0].shape)
    along = {
        "forward": lambda f, t: lambda x: jvp(f, x, t, lift=False)[1],
        "reverse": lambda f, t: lambda x: np.sum(vjp(f, x, lift=False)[1](1.0) * t),
    }

    def f(x):
        y, also_refused = run(steps, x)
        assert also_refused == refused
        return np.sum(y * c)

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


# ------------------------------------------------------------------------------- one at a time

X = np.array([1.0, 2.0, 3.0, 4.0])


def chased(x):
    """A view of a view of a view, read and written at every stage."""
    y = x[1:]
    z = y[::2]
    z[0] = x[3] * 10
    y[0] += 1.0
    x[1] *= 2.0
    z *= 3.0
    return np.concatenate([x, y, z])


def through_the_transpose(x):
    m = x.reshape(2, 2)
    m.T[0] = m[1]
    return x


def through_einsum(x):
    np.einsum("ii->i", x.reshape(2, 2))[:] = x[1] * 2
    return x


def through_a_number(x):
    x[..., 0][...] = x[3]
    return x


def rows_of_a_list(x):
    a, b = x.reshape(2, 2)
    a += b
    b -= a
    return x


def constant_array(x):
    x[1:3] = np.array([7, 8])
    return x


def list_of_duals(x):
    x[:2] = [x[3], 5]
    return x


def array_of_duals(x):
    objects = np.empty(2, object)
    objects[0], objects[1] = x[3], x[2]
    x[:2] = objects
    return x


def one_more_axis(x):
    x[:2] = x[None, 2:]
    return x


def last_wins(x):
    x[[0, 1, 0]] = x[[1, 2, 3]]
    return x


def added_once(x):
    """``x[i] += y`` reads, adds and writes: a place that comes twice is added to once."""
    x[[0, 0, 1]] += x[[1, 2, 3]]
    return x


def put_by_number(x):
    np.put(x, [0, -1], x[1:3])
    x.put([1, 7], [x[0] * 2, x[2]], mode="clip")
    np.put(x, 6, 5.0, mode="wrap")
    return x


def put_less(x):
    m = x.reshape(2, 2).T
    np.put(m, [0, 1, 2], x[3])
    return x


def half_of_the_mask(x):
    x[x > 2] = x[:2]
    return x


def whole_in_place(x):
    before, v = x.copy(), x[2:]
    x += before[::-1]
    return np.concatenate([x - before, v])


ONE_AT_A_TIME = [
    (
        chased,
        np.array([[1, 0, 0, 0], [0, 0, 0, 60], [0, 0, 1, 0], [0, 0, 0, 3]])[[0, 1, 2, 3, 1, 2, 3, 1, 3]],
    ),
    (through_the_transpose, [[0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]]),
    (through_einsum, [[0, 2, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 2, 0, 0]]),
    (through_a_number, [[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (rows_of_a_list, [[1, 0, 1, 0], [0, 1, 0, 1], [-1, 0, 0, 0], [0, -1, 0, 0]]),
    (constant_array, [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]),
    (list_of_duals, [[0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (array_of_duals, [[0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (one_more_axis, [[0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (last_wins, [[0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (added_once, [[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]),
    (put_by_number, [[0, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0]]),
    (put_less, [[0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1]]),
    (
        whole_in_place,
        [*np.eye(4)[::-1], [0, 1, 1, 0], [1, 0, 0, 1]],
    ),
    (half_of_the_mask, [[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]]),
]


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(("f", "right"), [pytest.param(*row, id=row[0].__name__) for row in ONE_AT_A_TIME])
def test_one_at_a_time(f, right, mode):
    y, found = dualad.value_and_jacobian(f, mode=mode)(X)
    np.testing.assert_array_equal(y, f(X.copy()))
    np.testing.assert_array_equal(found, right)


#: What NumPy refuses: ``x`` has four entries, ``v`` is a view of it.
REFUSED = {
    "shape": lambda x: x.__setitem__(slice(0, 3), x[:2]),
    "gathered shape": lambda x: x.__setitem__([0, 1, 2], x[:2]),
    "array for a number": lambda x: x.__setitem__(0, x[:2]),
    "out of bounds": lambda x: x.__setitem__(4, x[0]),
    "too many indices": lambda x: x.__setitem__((0, 0), x[0]),
    "mask of another length": lambda x: x.__setitem__(np.array([True, False]), x[0]),
    "float index": lambda x: x.__setitem__(1.0, x[0]),
    "read-only broadcast": lambda x: np.broadcast_to(x, (2, 4)).__setitem__(0, x),
    "read-only diagonal": lambda x: np.diagonal(x.reshape(2, 2)).__setitem__(0, x[0]),
    "in place, larger": lambda x: x.__imul__(np.ones((2, 4))),
    "view, larger": lambda x: x[:2].__iadd__(x),
    "text": lambda x: x.__setitem__(0, "text"),
    "put out of bounds": lambda x: np.put(x, 4, 1.0),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_refused_as_numpy_does(name, mode):
    """The same exception, and nothing has changed."""
    with pytest.raises((ValueError, IndexError)) as numpys:
        REFUSED[name](X.copy())

    def f(x):
        with pytest.raises(numpys.type):
            REFUSED[name](x)
        return x * x

    np.testing.assert_array_equal(jacobian(f, mode=mode)(X), np.diag(2 * X))


@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_number_has_no_entries(entry):
    def f(x):
        with pytest.raises(TypeError, match="x = "):
            x[0] = 1.0
        return x

    assert entry(f)(2.0) == 1.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_array_without_axes(mode):
    def f(x):
        y = x.copy()
        y[...] = y * y
        y[()] += x
        z = y[None]
        z[0] *= 2.0
        return y

    assert jacobian(f, mode=mode)(np.array(3.0)) == 2 * (2 * 3.0 + 1)


# ------------------------------------------------------------------------------- levels


@pytest.mark.parametrize("entry", [derivative, grad])
def test_an_array_of_constants_is_assigned_to_through_its_views(entry):
    """Whichever view is assigned to first, all of them hold the derivative from then on."""

    def f(x):
        out = Dual(np.zeros((2, 3)))
        column, flat = out[:, 1], out.reshape(-1)
        row = out[0]
        row[1] = x * x
        out.T[2, 1] = 3 * x
        for one in out:
            one += x
        return np.sum(out) + np.sum(column) + flat[5]  # (x² + 3x + 6x) + (x² + 2x) + 4x

    assert entry(f)(2.0) == 4 * 2.0 + 15


@pytest.mark.parametrize("inner", [derivative, grad])
@pytest.mark.parametrize("outer", [derivative, grad])
def test_views_of_an_outer_array_in_an_inner_call(inner, outer):
    """An inner Dual in one view of an array of constants is seen by another, in both derivatives."""

    def f(x):
        def g(y):
            out = Dual(np.zeros(3)) * x
            last = out[1:]
            out[::-1][0] = y * y * x
            last[0] = x * y
            return np.sum(out) + np.sum(last)  # 2 (x y² + x y)

        return inner(g)(3.0)  # 2 x (2 y + 1)

    assert outer(f)(5.0) == 2 * (2 * 3.0 + 1)


@pytest.mark.parametrize("inner", [derivative, grad])
@pytest.mark.parametrize("outer", [derivative, grad])
def test_views_of_an_inner_array_hold_outer_numbers(inner, outer):
    """The array belongs to the inner call, and what is put into it through a view to the outer."""

    def f(x):
        def g(y):
            out = np.zeros(4) * y
            m = out.reshape(2, 2)
            lower = m[1]
            m.T[0] = x
            lower[1] = x * x * y
            return np.sum(out * y) + np.sum(m[0])  # 2 x y + x² y² + x

        return inner(g)(3.0)  # 2 x + 2 x² y

    assert outer(f)(5.0) == 2 + 4 * 5.0 * 3.0


def test_layouts_differ():
    """Where value and tangent do not lie alike in memory they still have the same views."""
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    d = make(dualad.modes.Forward(), x.copy("F"), np.arange(6.0).reshape(2, 3) * 10)
    before = d[1]
    view = d.T.ravel()
    view[1] = 7.0
    assert before.tangent[0] == 0.0
    assert d.value[1, 0] == before.value[0] == 7.0
    copied = np.ravel(d)
    copied[:] = 0.0
    assert d.tangent.tolist() == [[0.0, 10.0, 20.0], [0.0, 40.0, 50.0]]


def test_views_do_not_outlive_their_use():
    """An array forgets the views that nobody holds any more."""

    def f(x):
        for _ in range(1000):
            x[1:] *= 1.0
        assert len(x.origin.references) < 100
        return x

    np.testing.assert_array_equal(jacobian(f, mode="reverse")(X), np.eye(4))


def test_the_callers_array_is_not_written_to():
    x = X.copy()

    def f(x):
        x.reshape(2, 2)[0] = 0.0
        return x

    jvp(f, x, x)
    vjp(f, x)
    jacobian(f)(x)
    np.testing.assert_array_equal(x, X)


# ------------------------------------------------------------------------------- every function of the table

FUNCTIONS = sorted(SAMPLES, key=lambda f: f.__name__)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("lanes", [None, 3])
def test_value_and_tangent_are_views_together(function, lanes):
    """Where NumPy gives a view, both are one, however they lie in memory; elsewhere neither is."""
    for args, keywords in SAMPLES[function]:
        for i, a in enumerate(args):
            if not (isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.size):
                continue
            for value_order, tangent_order in ("CC", "CF", "FC", "FF"):
                x = a.copy(value_order)
                plain = function(*args[:i], x, *args[i + 1 :], **keywords)
                t = np.ones(a.shape if lanes is None else (lanes, *a.shape)).astype(a.dtype)
                d = make(dualad.modes.Forward(lanes), x, t.copy(tangent_order))
                y = function(*args[:i], d, *args[i + 1 :], **keywords)
                if type(y) is not Dual:
                    continue
                right = isinstance(plain, np.ndarray) and np.may_share_memory(plain, x)
                assert np.may_share_memory(y.value, d.value) == right
                assert np.may_share_memory(y.tangent, d.tangent) == right
                if right:
                    assert y.value.flags.writeable == plain.flags.writeable


@pytest.mark.parametrize("entry", [derivative, grad])
def test_an_empty_mask_of_a_view_of_a_number(entry):
    def f(x, again):
        y = np.array(x, dtype=float)
        entries = y.reshape(-1)
        entries[entries > 100.0] = 7.0
        entries.flat[[]] = 7.0
        if again:
            entries[entries < 100.0] = 3.0 * x
        return (entries * y).sum()

    assert entry(lambda x: f(x, False))(1.5) == 3.0
    assert entry(lambda x: f(x, True))(1.5) == 27.0
