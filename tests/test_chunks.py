"""Jacobians in chunks: the same to the last bit for every chunk, and within a budget of memory."""

import collections
import math
import os
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
from samples import SAMPLES

import dualad
from dualad.boundary import keep_freed_memory
from dualad.errors import InputError
from dualad.parallel.chunks import budget_of, size_text

CHUNKS = (2, 3, 5, 7, 8, 100)


def bits(J):
    return J.shape, J.tobytes()


def assert_same_for_all_chunks(f, x, modes=("forward", "reverse"), chunks=CHUNKS):
    for mode in modes:
        one = dualad.jacobian(f, mode=mode, chunk=1)(x)
        for chunk in chunks:
            assert bits(dualad.jacobian(f, mode=mode, chunk=chunk)(x)) == bits(one), (mode, chunk)
    columns = dualad.jacobian_columns(f, x, slice(None), chunk=1)
    for chunk in chunks:
        assert bits(dualad.jacobian_columns(f, x, slice(None), chunk=chunk)) == bits(columns), chunk


# ---------------------------------------------------------------- every function of the table

#: SciPy estimates norms at random in the first; the others are made of matrix products and take long.
SLOW = {"fractional_matrix_power", "logm", "tanm", "cosm", "sinm", "tanhm", "sinhm", "coshm", "expm"}


def first_array(args):
    for i, a in enumerate(args):
        if isinstance(a, np.ndarray) and a.dtype.kind == "f" and a.size and a.ndim:
            return i
    return None


def cases():
    """One call of each function: that with the most entries."""
    for function, calls in SAMPLES.items():
        found = [(args, keywords) for args, keywords in calls if first_array(args) is not None]
        if found and function.__name__ not in SLOW:
            args, keywords = max(found, key=lambda call: call[0][first_array(call[0])].size)
            yield pytest.param(function, args, keywords, id=function.__name__)


def leaves(y):
    return [leaf for one in y for leaf in leaves(one)] if isinstance(y, tuple | list) else [y]


@pytest.mark.parametrize(("function", "args", "keywords"), list(cases()))
def test_functions_of_the_table(function, args, keywords):
    i = first_array(args)
    M = 1e-3 * np.random.default_rng(3).normal(size=(args[i].size, 11))

    def f(x):
        a = np.reshape(M @ x, args[i].shape) + args[i]
        y = leaves(function(*args[:i], a, *args[i + 1 :], **keywords))
        y = np.concatenate([np.ravel(one) for one in y if one is not None])
        return np.concatenate([y, 2.0 * np.sin(y), [np.sum(y)]])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert_same_for_all_chunks(f, np.zeros(11), chunks=(2, 7, 8, 100))


# ---------------------------------------------------------------- larger programs

R = np.random.default_rng(20)
N = 37
A, B, C = (R.normal(size=(N, N)) / N**0.5 for _ in range(3))
T = R.normal(size=(5, N, 3))
W = np.linspace(0.1, 1.0, N)

PROGRAMS = {
    "products": lambda x: np.sin(A @ x) * x + (x * W) @ B,
    "dot": lambda x: np.stack([W @ np.sin(x), np.dot(x**2, W), np.vdot(x, x), np.inner(W, x)]),
    "matrices": lambda x: (A * x) @ B @ np.diag(x),
    "transposed": lambda x: np.sum((A * x).T @ B, axis=0),
    "gathered": lambda x: np.sum(np.outer(x, x)[:, ::-1][R_PLACES], axis=0),
    "masked": lambda x: np.sum(np.outer(x, W)[:, W > 0.3], axis=1),
    "einsum": lambda x: np.einsum("aib,i,cb->ac", T, np.sin(x), T[:, 0]),
    "tensordot": lambda x: np.tensordot(T, np.outer(np.sin(x), x), axes=([1], [0])),
    "solve": lambda x: np.linalg.solve(A + np.diag(x) + 3 * np.eye(N), B[0] + x),
    "columns": lambda x: np.linalg.solve(A + 3 * np.eye(N), np.outer(x, W[:4])),
    "inverse": lambda x: np.linalg.inv(A + np.diag(x) + 3 * np.eye(N)),
    "eigenvalues": lambda x: np.linalg.eigvalsh(A + A.T + np.diag(x)),
    "fourier": lambda x: np.abs(np.fft.rfft(A @ x)),
    "convolved": lambda x: np.convolve(A @ x, W[:9]),
    "sums": lambda x: np.sum(np.outer(np.sin(x), B[0]) * A, axis=(0,)) + np.mean(x) * np.cumsum(x),
    "complex": lambda x: np.abs((A + 1j * B) @ np.exp(1j * x)),
    "float32": lambda x: np.tanh(A.astype("f4") @ x.astype("f4")),
    "nested": lambda x: dualad.jacobian(lambda z: np.sin(A[:5, :5] @ z) * z, chunk=2)(x[:5] + W[:5]),
    "gradient": dualad.grad(lambda x: np.sum(np.tanh(A @ np.tanh(B @ x)) ** 2)),
    "not a number": lambda x: np.stack([np.sqrt(x[0] - x[0]) * x[1], np.log(x[2] - 1e3), W @ (x * x)]),
    "strong zeros": lambda x: np.concatenate([W @ np.sqrt(np.maximum(x - 0.5, 0.0)) * x, A @ x]),
}
R_PLACES = R.integers(0, N, 20)


@pytest.mark.parametrize("f", PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_programs(f):
    assert_same_for_all_chunks(f, np.linspace(0.2, 1.4, N))


@pytest.mark.parametrize("scipy", [True, False])
def test_large_systems(scipy, monkeypatch):
    """LAPACK rounds by the place among many right-hand sides there."""
    if not scipy:
        monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    assert_large_systems_are_right()


def test_large_systems_in_threads_of_blas():
    """It parts its work among them, while tests that run side by side have one thread each (`conftest`)."""
    code = "import test_chunks; test_chunks.assert_large_systems_are_right()"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def assert_large_systems_are_right():
    G = np.random.default_rng(7).normal(size=(500, 500)) / 22 + 3 * np.eye(500)
    x = np.linspace(0.2, 1.4, 500)

    def columns(chunk):
        return dualad.jacobian_columns(lambda x: np.linalg.solve(G, np.sin(x)), x, range(9), chunk=chunk)

    together = columns(9)
    assert bits(columns(5)) == bits(together)
    np.testing.assert_allclose(together, np.linalg.inv(G)[:, :9] * np.cos(x[:9]), rtol=1e-9, atol=1e-14)


def test_complex_arguments():
    z = np.linspace(0.2, 1.4, N) + 0.3j
    assert_same_for_all_chunks(lambda z: np.exp((A + 1j * B) @ z) * z, z)


def test_hessian():
    def f(x):
        return np.sum(np.tanh(A @ x) ** 2) + np.linalg.norm(B @ x)

    x = np.linspace(0.2, 1.4, N)
    one = dualad.hessian(f, chunk=1)(x)
    assert all(bits(dualad.hessian(f, chunk=chunk)(x)) == bits(one) for chunk in CHUNKS)
    diagonal = dualad.hessian_diagonal(f, chunk="1MB")(x)
    assert diagonal.tobytes() == np.diagonal(one).tobytes()


def test_the_mode_does_not_depend_on_the_chunk():
    def f(x):  # between the bounds where the shapes decide, so the operations are counted
        return np.sin(A[:25] @ x[:N]) * np.sum(x)

    x = np.linspace(0.2, 1.4, 45)
    one = dualad.jacobian(f, chunk=1)(x)
    assert all(bits(dualad.jacobian(f, chunk=chunk)(x)) == bits(one) for chunk in (*CHUNKS, "auto", "10MB"))


# ---------------------------------------------------------------- awkward shapes


def test_structures_and_several_arguments():
    def f(p, q):
        return {"y": np.sin(p["a"] * q) @ A, "z": np.sum(p["b"]) * p["a"][:3]}

    args = {"a": W, "b": np.ones((2, 5))}, W + 1

    def found(chunk):
        by_p, by_q = dualad.jacobian(f, argnums=(0, 1), chunk=chunk)(*args)
        return [bits(J) for y in ("y", "z") for J in (by_p[y]["a"], by_p[y]["b"], by_q[y])]

    one = found(1)
    assert all(found(chunk) == one for chunk in (*CHUNKS, "2MB"))


@pytest.mark.parametrize("chunk", [1, 3, "1MB", "auto"])
@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_empty_and_scalar(mode, chunk):
    def jacobian(f, x):
        return dualad.jacobian(f, mode=mode, chunk=chunk)(x)

    assert jacobian(lambda x: x * 2, np.zeros(0)).shape == (0, 0)
    assert jacobian(lambda x: x[:0], np.ones(3)).shape == (0, 3)
    assert jacobian(lambda x: np.sum(x), np.zeros((2, 0))).shape == (2, 0)
    assert jacobian(lambda x: x**2, 3.0) == 6.0
    assert jacobian(lambda x: np.stack([x, x**2]), 3.0).tolist() == [1.0, 6.0]
    assert jacobian(lambda x: np.sum(x**2), np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
    assert dualad.jacobian_columns(lambda x: x * 2, np.arange(3.0), [], chunk=chunk).shape == (3, 0)
    assert dualad.jacobian_columns(lambda x: x**2, 3.0, 0, chunk=chunk) == 6.0


# ---------------------------------------------------------------- memory


def peak_while(run):
    keep_freed_memory()  # once in a process, without touching any
    tracemalloc.start()
    try:
        result = run()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


MANY = 20_000  # 400 lanes of them are 64 MB


def test_a_budget_is_kept_by_columns():
    def f(x):
        return np.stack([np.sum(np.sin(x)), np.sum(np.tanh(x) * x)])

    x = np.linspace(0.5, 1.0, MANY)
    J, peak = peak_while(lambda: dualad.jacobian_columns(f, x, slice(400), chunk="8MB"))
    np.testing.assert_array_equal(J[0], np.cos(x[:400]))
    assert 1e6 < peak < 8e6


def test_a_budget_is_kept_by_rows():
    t = np.linspace(0.0, 1.0, MANY)

    def f(x):
        return np.sum(np.reshape(np.sin(t * x[0]) * x[1] + x[0], (400, -1)), axis=1)

    x = np.array([0.5, 2.0])
    J, peak = peak_while(lambda: dualad.jacobian(f, mode="reverse", chunk="8MB")(x))
    np.testing.assert_allclose(J[:, 1], np.sum(np.reshape(np.sin(t * x[0]), (400, -1)), axis=1))
    assert 1e6 < peak < 8e6 + 8 * 8 * MANY  # the tape is kept beside the sweeps


def test_a_budget_is_kept_by_a_whole_jacobian():
    M = np.random.default_rng(1).normal(size=(2, 3000))

    def f(x):
        return M @ np.tanh(np.sin(x) * x)

    x = np.linspace(0.5, 1.0, 3000)
    J, peak = peak_while(lambda: dualad.jacobian(f, mode="forward", chunk="2MB")(x))
    assert np.array_equal(J, dualad.jacobian(f, mode="forward", chunk=100)(x))
    assert peak < 2e6 + J.nbytes


def loop(x):
    z = x
    for _ in range(10):
        z = np.sin(z * x) + x
    return z


def in_place(x):
    y = np.zeros(x.size)
    for i in range(0, x.size, 50):
        y[i : i + 50] = x[i : i + 50] ** 2
    return y


M = np.random.default_rng(1).normal(size=(500, 500)) / 22


def layers(x):
    return np.tanh(M[:200, :100] @ np.tanh(M[:100, :200] @ x))


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def plate(x):
    """Heat in a plate, of which a place loses to its four neighbours."""
    u = np.zeros((12, 22))
    u[1:-1, 1:-1] = x.reshape(10, 20)
    return np.ravel(
        u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1] + u[1:-1, 1:-1] ** 3
    )


def fisher(u):
    """Euler steps of a reaction and diffusion."""
    for _ in range(8):
        inside = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2]) + 0.01 * u[1:-1] * (1.0 - u[1:-1])
        u = np.concatenate([u[:1], inside, u[-1:]])
    return u


def of_numbers(x):
    return np.stack([math.sin(x[0]) * x[i] for i in range(30)])


PREDICTED = {
    "loop": loop,
    "in place": in_place,
    "layers": layers,
    "softmax": softmax,
    "plate": plate,
    "fisher": fisher,
    "numbers": of_numbers,
    "list": lambda x: sum([np.sin(k * x) for k in range(10)]),
    "Rosenbrock": lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2),
    "joined": lambda x: np.concatenate([np.sin(x), x**2, x[::2]]),
    "outer": lambda x: np.sum(np.outer(x[:30], x), axis=0),
    "Fourier": lambda x: np.abs(np.fft.rfft(x)) ** 2,
    "equations": lambda x: np.linalg.solve(M[:60, :60] + np.diag(x[:60]) + 3 * np.eye(60), x[:60]),
    "sorted": lambda x: np.sort(x * x),
    "float32": lambda x: np.tanh(x.astype("f4")),
}


@pytest.mark.parametrize("f", PREDICTED.values(), ids=PREDICTED)
def test_the_memory_of_a_jacobian_is_predicted(f):
    x = np.linspace(0.5, 1.0, 200)
    found = dualad.cost(f, x, seconds=0)
    for mode in ("forward", "reverse"):
        dualad.jacobian(f, mode=mode)(x)  # what is compiled and cached is not counted
        for chunk in (8, 72, "auto"):
            jacobian = dualad.jacobian(f, mode=mode, chunk=chunk)
            _, peak = peak_while(lambda: jacobian(x))  # noqa: B023 - called at once
            assert 0.8 * peak < found.jacobian_memory(chunk, mode) < 1.25 * peak, (mode, chunk)


@pytest.mark.parametrize("lanes", [8, 64, 200])
def test_the_memory_of_a_sweep_is_predicted(lanes):
    x = np.linspace(0.5, 1.0, 500)
    predicted = dualad.cost(loop, x, seconds=0).sweep_memory(lanes)
    dualad.jacobian_columns(loop, x, range(lanes), chunk=lanes)
    _, peak = peak_while(lambda: dualad.jacobian_columns(loop, x, range(lanes), chunk=lanes))
    assert 0.8 * peak < predicted < 1.25 * peak


def test_a_budget_that_is_too_small():
    x = np.ones(100_000)
    with pytest.raises(InputError, match=r'chunk="100kB" is too little.*pass chunk="[\d.]+MB" or more'):
        dualad.jacobian(lambda x: np.sin(x[:5]), mode="forward", chunk="100kB")(x)


@pytest.mark.parametrize("chunk", ["64", "much", 0, -1, True, 2.5, None, "-3MB"])
def test_what_is_no_chunk(chunk):
    with pytest.raises(InputError, match='or "auto"'):
        dualad.jacobian(np.sin, chunk=chunk)
    with pytest.raises(InputError, match='or "auto"'):
        dualad.jacobian_columns(np.sin, np.ones(3), [0], chunk=chunk)


@pytest.mark.parametrize(
    ("text", "size"), [("64MB", 64e6), ("1.5 GiB", 1.5 * 2**30), ("7 kb", 7e3), ("12B", 12)]
)
def test_budgets(text, size):
    assert budget_of(text) == size
    assert size <= budget_of(size_text(size)) <= 1.5 * size


# ---------------------------------------------------------------- what changes


def test_an_output_whose_length_changes():
    lengths = iter(range(3, 1000))

    def f(x):
        return np.repeat(np.sum(x), next(lengths))

    with pytest.raises(dualad.errors.OutputError, match=r"in one chunk of directions and .* in another"):
        dualad.jacobian(f, mode="forward", chunk=2)(np.ones(6))


def doubling(x, w):
    w *= 2.0
    return x * w


#: Functions that give something else with each call.
STATEFUL = [
    (lambda x, w: x * w.popleft(), collections.deque([1.0, 2.0, 3.0, 4.0])),
    (lambda x, rng: x * rng.normal(), np.random.default_rng(1)),
    (doubling, np.ones(3)),
    (lambda x, calls: {"y": x[0] * next(calls), "x": x}, iter(range(9))),
]


@pytest.mark.parametrize(("f", "state"), STATEFUL)
def test_an_output_that_changes(f, state):
    with pytest.raises(dualad.errors.OutputError, match=r"in one chunk of directions and .* in another"):
        dualad.jacobian(f, mode="forward", chunk=1)(np.ones(3), state)
