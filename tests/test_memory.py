"""What reverse mode keeps in memory, when it lets go of it, and that nothing is left behind."""

import functools
import gc
import tracemalloc

import numpy as np
import pytest

import dualad
from dualad import checkpoint, checkpointed_loop, corners, derivative, grad, jacobian, jvp, linearize, vjp

N = 20_000
X = np.linspace(0.1, 1.0, N)
C = np.linspace(1.0, 2.0, N)
PLACES = np.argsort(np.cos(np.arange(N)))
M = np.random.default_rng(1).normal(size=(120, 120)) + 20 * np.eye(120)

#: The size of X in bytes.
ARRAY = X.nbytes


# ---------------------------------------------------------------- nothing is left behind


def mixed(x):
    y = np.sin(x)
    y[2:5] = x[3] * 2
    z = y.reshape(4, -1)[1:].T
    z += 1
    return np.sum(np.exp(z @ np.ones(3) / 10)) + np.linalg.norm(y)


def fails(x):
    y = np.exp(x)[2:]
    raise LookupError(y)


def stepped(x):
    x = checkpoint(lambda x: (np.sin(x), x))(x)[0]
    return np.sum(checkpointed_loop(lambda x, a: x + a * np.sin(x), x, 7, 0.01, memory=2))


def twice_through_zero(x):
    return np.sum(np.sqrt(x - x))


CALLS = {
    "grad": grad(mixed),
    "vjp": lambda x: vjp(mixed, x)[1](1.0),
    "linearize": lambda x: linearize(mixed, x)[1](x),
    "jvp": lambda x: jvp(mixed, x, x),
    "derivative": derivative(np.tanh),
    "rows": jacobian(lambda x: np.sin(x[:5]) * mixed(x), mode="reverse"),
    "columns": lambda x: jacobian(mixed)(x[:20]),
    "second": lambda x: jvp(grad(mixed), x, x),
    "reverse over reverse": lambda x: grad(lambda x: np.sum(grad(mixed)(x) ** 2))(x),
    "checkpoints": grad(stepped),
    "second of checkpoints": lambda x: jvp(grad(stepped), x, x),
    "NaN": grad(twice_through_zero),
    "raises": grad(fails),
    "raises forward": lambda x: jvp(fails, x, x),
    "raises in a checkpoint": grad(checkpoint(fails)),
    "raises in a loop": grad(lambda x: checkpointed_loop(fails, x, 5)),
    "not a number": grad(np.sin),
}


def called(name, x):
    try:
        CALLS[name](x)
    except (LookupError, dualad.errors.ShapeError):
        assert name.startswith(("raises", "not"))
    else:
        assert not name.startswith(("raises", "not"))


@pytest.mark.parametrize("name", CALLS)
def test_no_reference_cycles(name):
    x = np.linspace(0.1, 1.0, 40)
    called(name, x)  # what is made once is kept
    while gc.collect():  # what other tests left: where it has weak references, they set free more of it
        pass
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        called(name, x)
        gc.collect()
        assert gc.garbage == []
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("name", CALLS)
def test_a_hundred_calls_leave_nothing(name):
    x = np.linspace(0.1, 1.0, 1000)
    gc.collect()
    gc.disable()  # what goes, goes at once
    tracemalloc.start()
    try:
        for _ in range(5):  # Python keeps some free objects of its own
            called(name, x)
        before = tracemalloc.get_traced_memory()[0]
        calls = 100 if name in ("grad", "vjp", "linearize", "jvp", "derivative", "raises") else 20
        for _ in range(calls):
            called(name, x)
        growth = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert growth < calls / 4 * x.nbytes


# ---------------------------------------------------------------- what is kept


def measured(f, *primals):
    """The most that recording holds at a time, and what the tape alone keeps, in bytes; and its numbers."""
    linearize(f, *primals)
    gc.collect()
    tracemalloc.start()
    try:
        linear = linearize(f, *primals)[1]
        most = tracemalloc.get_traced_memory()[1]
        linear.value = linear._value = linear._outputs = linear._primals = linear._inputs = None
        with_tape = tracemalloc.get_traced_memory()[0]
        numbers = linear.numbers
        linear._tape.clear()
        linear = None
        return most, with_tape - tracemalloc.get_traced_memory()[0], numbers
    finally:
        tracemalloc.stop()


def assigned(x):
    x[3:10] = 0.0
    x[PLACES[:5000]] *= 2
    return x


KEPT = {
    "output": np.exp,
    "outputs": lambda x: np.exp(np.exp(-x)),
    "operand": lambda x: x * x,
    "constant": lambda x: x * C,
    "one constant twice": lambda x: x * C * C,
    "partial": lambda x: np.sin(x) ** 3,
    "sum": lambda x: np.sum(x + C),
    "view": lambda x: x[:100] * x[100:200],
    "places": lambda x: x[PLACES],
    "sorted": np.sort,
    "assigned": assigned,
    "tile": lambda x: np.tile(x, 3),
    "outer": lambda x: np.outer(x[:100], x[:200]),
    "broadcast": lambda x: x[:, None] * np.ones((1, 10)),
    "matrix": lambda x: np.ones((50, N)) @ x,
    "complex": lambda x: np.abs(np.exp(1j * x)),
    "fft": lambda x: np.abs(np.fft.fft(x)),
    "norm": np.linalg.norm,
    "cumprod": lambda x: np.cumprod(x[:1000]),
    "checkpoint": checkpoint(lambda x: np.sin(np.exp(x))),
    "loop": lambda x: checkpointed_loop(lambda x, c: x + 0.1 * c * np.sin(x), x, 20, C, memory=4),
    "inv": lambda x: np.linalg.inv(M * x[0]),
    "eigh": lambda x: np.linalg.eigh(x[0] * M + M.T)[0],
    "cholesky": lambda x: np.linalg.cholesky(x[0] * M @ M.T),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_numbers_kept_are_exact(name):
    _, kept, numbers = measured(KEPT[name], X)
    assert abs(kept - 8 * numbers) < 0.02 * kept + 4000


@pytest.mark.parametrize(
    ("f", "primals", "arrays"),
    [
        (np.exp, 1, 2),  # the value, and a copy of it, which the caller may write to
        (lambda x: np.exp(np.exp(x)), 1, 3),
        (lambda x: np.exp(x) + x, 1, 2),  # the sum itself, and the output of exp
        (lambda x: x * x, 1, 1),
        (np.multiply, 2, 1),
        (lambda x, w: x[:, None] * w[:3], 2, 3),
        (np.add, 2, 1),
        (lambda x: -x, 1, 1),
        (lambda x: x @ x, 1, 0),
        (lambda x: x + 1.0, 1, 1),
        (lambda x: np.sum(x * x), 1, 1),
    ],
)
def test_a_partial_that_is_there_already_is_not_computed(f, primals, arrays):
    # beside the copies of the arguments, which the function may assign to, only the values are computed
    large = np.linspace(0.1, 1.0, 6 * N)
    most, _, _ = measured(f, *[large, large + 1][:primals])
    assert abs(most / large.nbytes - (primals + arrays)) < 0.2


def test_the_tape_keeps_the_arrays_themselves():
    seen = []

    def f(x, w):
        y = np.exp(x)
        z = y * w
        seen.extend([y.value, w.value])
        return z

    _, linear = linearize(f, X, C)
    kept = [m for entry in linear._tape.values() for _, m in entry]
    assert [id(m) for m in kept] == [id(seen[0]), id(seen[1]), id(seen[0])]


def test_an_array_written_into_stays_as_it_was_on_the_tape():
    def f(x, c):
        y = x * c
        c *= 2
        x *= 3
        return np.sum(np.exp(y) * x)

    dx = grad(f)(X, C.copy())
    # sum(exp(c x) * 3 x)
    np.testing.assert_allclose(dx, 3 * np.exp(C * X) * (1 + C * X), rtol=1e-14)


# ---------------------------------------------------------------- when it goes


def test_the_backward_sweep_frees_what_it_has_passed():
    held = []

    @functools.partial(checkpoint, lift=False)
    def first(x):
        held.append(tracemalloc.get_traced_memory()[0])  # the second time at the end of the backward sweep
        return 2 * x

    def f(x):
        x = first(x)
        for _ in range(30):
            x = np.sin(x)
        held.append(tracemalloc.get_traced_memory()[0])
        return np.sum(x)

    def run(gradient):
        held.clear()
        tracemalloc.start()
        try:
            gradient(X)
        finally:
            tracemalloc.stop()
        return [(after - held[0]) / ARRAY for after in held[1:]]

    run(grad(f))
    recorded, passed = run(grad(f))
    assert recorded > 30
    assert passed < 5
    recorded, passed = run(lambda x: vjp(f, x)[1](1.0))  # which may be pulled again
    assert recorded > 30
    assert passed > 30


def test_a_gradient_with_a_nan_is_looked_at_closer_once_more(monkeypatch):
    monkeypatch.setattr(corners, "_OFTEN", 0)  # differences, for the root of 0, are not asked
    runs = []

    def f(x):
        runs.append(1)
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0)) + np.sqrt(x - x)[0]

    x = np.array([0.0, 4.0])
    np.testing.assert_array_equal(grad(f)(x), [0.0, 0.25])
    np.testing.assert_array_equal(vjp(f, x)[1](1.0), [0.0, 0.25])
    assert len(runs) == 3
    assert np.isnan(grad(lambda x: x * np.nan)(1.0))
