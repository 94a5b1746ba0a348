"""Work given out to threads, processes and a Dask cluster: the same to the last bit, or a clear error."""

import functools
import os
import pathlib
import pickle
import shutil
import subprocess
import sys
import threading
import time
import tracemalloc
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import heavy
import numpy as np
import pytest

import dualad
from dualad import (
    derivative,
    hessian,
    jacobian,
    jacobian_columns,
    map_derivative,
    sparse_jacobian,
    sparse_plan,
)
from dualad.costs.tracing import trace
from dualad.costs.work import work_of
from dualad.durations import taken_by
from dualad.errors import ExecutorError, InputError, OutputError, ShapeError
from dualad.lifting.lift import lift
from dualad.parallel.executors import Out, block_length, results, spans, workers_of

X = np.linspace(0.1, 1.2, 30)
LARGE = np.linspace(0.1, 3.0, 100_003)


@pytest.fixture(scope="module")
def threads():
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(params=["threads", "processes", "cluster"])
def executor(request):
    found = request.getfixturevalue(request.param)
    return found.get_executor() if request.param == "cluster" else found


def same(a, b):
    return type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def same_entries(a, b):
    return all(same(getattr(a, part), getattr(b, part)) for part in ("data", "indices", "indptr"))


# ---------------------------------------------------------------- the same


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
@pytest.mark.parametrize("chunk", ["auto", 3])
def test_jacobian(executor, mode, chunk):
    there = jacobian(heavy.mixed, mode=mode, chunk=chunk, executor=executor)(X)
    assert same(there, jacobian(heavy.mixed, mode=mode)(X))


def test_columns_hessian_and_points(executor):
    columns = [3, 1, 28]
    there = jacobian_columns(heavy.mixed, X, columns, chunk=1, executor=executor)
    assert same(there, jacobian_columns(heavy.mixed, X, columns))
    assert same(hessian(heavy.energy, chunk=7, executor=executor)(X), hessian(heavy.energy)(X))
    points = np.stack([X, X**2, 1 / X])
    there = map_derivative(heavy.energy, points, chunk=1, executor=executor)
    assert same(there, np.stack([dualad.grad(heavy.energy)(p) for p in points]))
    numbers = np.linspace(0.5, 9.0, 50)
    there = map_derivative(heavy.branching, numbers, executor=executor)
    assert same(there, np.array([derivative(heavy.branching)(p) for p in numbers.tolist()]))


def test_sparse_jacobian(executor):
    plan = sparse_plan(heavy.tridiagonal, X)
    there = sparse_jacobian(heavy.tridiagonal, plan, executor=executor)(X)
    assert same_entries(there, sparse_jacobian(heavy.tridiagonal, plan)(X))


def test_sparse_hessian_and_diagonal(executor):
    plan = sparse_plan(heavy.chain, X, of="hessian")
    there = dualad.sparse_hessian(heavy.chain, plan, executor=executor)(X)
    assert same_entries(there, dualad.sparse_hessian(heavy.chain, plan)(X))
    for chunk in ("auto", 7):
        there = dualad.hessian_diagonal(heavy.energy, chunk=chunk, executor=executor)(X)
        assert same(there, dualad.hessian_diagonal(heavy.energy)(X))
        there = dualad.laplacian(heavy.energy, chunk=chunk, executor=executor)(X)
        assert same(there, dualad.laplacian(heavy.energy)(X))


def test_diagonal_of_a_structure(threads):
    def f(p):
        return np.sum(np.sin(p["a"]) * p["b"]) ** 2

    p = {"a": X, "b": 0.5, "c": np.zeros(0)}
    here, there = (dualad.hessian_diagonal(f, executor=pool)(p) for pool in (None, threads))
    assert all(same(np.asarray(there[k]), np.asarray(here[k])) for k in p)


def test_sparse_jacobian_with_rows(threads):
    def arrow(x):
        return np.concatenate([[np.sum(x**2)], x[1:] * x[0]])

    plan = sparse_plan(arrow, X)
    assert plan.reverse
    there = sparse_jacobian(arrow, plan, executor=threads)(X)
    assert same_entries(there, sparse_jacobian(arrow, plan)(X))


def test_derivative_of_a_large_array(executor):
    assert same(derivative(heavy.elementwise, executor=executor)(LARGE), derivative(heavy.elementwise)(LARGE))


def test_derivative_of_other_shapes(threads):
    def both(x, *args, **keywords):
        there = derivative(heavy.elementwise, executor=threads)(x, *args, **keywords)
        assert same(there, derivative(heavy.elementwise)(x, *args, **keywords))

    both(LARGE[::-2])
    both(np.asfortranarray(LARGE[:60_000].reshape(300, 200)), np.arange(200.0))
    both(LARGE[:80_000].reshape(2, 40_000), np.ones((2, 1)))
    both(LARGE, LARGE + 1)
    both(LARGE, a=LARGE + 1)
    both(LARGE[:3])
    both(LARGE.astype("f4"))
    assert derivative(np.sin, executor=threads)(0.0) == 1.0
    second = derivative(heavy.elementwise, order=2, executor=threads)(LARGE)
    assert same(second, derivative(heavy.elementwise, order=2)(LARGE))


def test_structures_and_several_arguments(executor):
    def found(**options):
        f = functools.partial(_structured, k=2.0)
        by_p, by_q = jacobian(f, argnums=(0, 1), mode="forward", chunk=4, **options)(
            {"a": X, "b": 0.5}, X[:7]
        )
        return [by_p["y"]["a"], by_p["y"]["b"], by_p["z"]["a"], by_q["z"]]

    assert all(map(same, found(executor=executor), found()))


def _structured(p, q, k):
    return {"y": np.sin(p["a"]) * p["b"], "z": k * np.outer(q, q) * p["a"][0]}


def test_duals_stay_in_this_process(threads):
    def columns(x, **options):
        return jacobian(lambda z: heavy.mixed(z * x[0]), mode="forward", chunk=8, **options)(X)

    there = jacobian(functools.partial(columns, executor=threads))(X[:2])
    assert same(there, jacobian(columns)(X[:2]))


def test_functions_that_pickle_cannot_take(processes):
    pytest.importorskip("cloudpickle")
    scale = 2.0
    there = jacobian(lambda x: scale * heavy.mixed(x), executor=processes)(X)
    assert same(there, jacobian(lambda x: scale * heavy.mixed(x))(X))


def test_errstate_holds_in_the_threads(threads):
    with np.errstate(divide="ignore"):  # a warning is an error in these tests
        there = derivative(lambda x: 1 / x, executor=threads)(np.arange(100_000.0))
    assert there[0] == -np.inf


def test_progress(threads, capsys):
    pytest.importorskip("tqdm")
    assert same(jacobian(heavy.mixed, chunk=10, mode="forward", progress=True)(X), jacobian(heavy.mixed)(X))
    assert "3/3" in capsys.readouterr().err
    jacobian(heavy.mixed, chunk=15, mode="forward", executor=threads, progress=True)(X)
    assert "2/2" in capsys.readouterr().err


# ---------------------------------------------------------------- sizes


def test_blocks_are_sized_by_cost(threads):
    assert [len(span) for span in spans(10, 4)] == [4, 4, 2]
    assert block_length(1000, 1.0, threads) == 125  # dear ones: several for each worker
    assert block_length(1000, 1e-6, threads) == 1000  # cheap ones: together
    assert block_length(1000, 1.0, threads, multiple=8) == 128
    assert workers_of(threads) == 2
    assert workers_of(_Postman()) == os.cpu_count()


@pytest.fixture
def in_no_hurry(monkeypatch):
    """Other programs may slow down this one."""
    monkeypatch.setattr("dualad.durations._FAR", 1e9)


def steps(x, n=30):
    z = x
    for _ in range(n):
        z = np.sin(z * x) + x**2
    return z


@pytest.mark.parametrize(
    "f",
    [
        steps,
        heavy.mixed,
        lambda x: np.abs(np.fft.rfft(x)),
        lambda x: np.linalg.inv(np.outer(x, x) + np.eye(30)),
    ],
)
def test_what_is_counted_on_the_way_is_what_the_trace_counts(f, in_no_hurry):
    work = work_of(trace(f, X))
    takes = taken_by(lift(f), (X,), {}, 0, X, lambda: pytest.fail("it was measured"))
    forward = work.forward(8)
    once = work.function + work.partials
    assert takes.anew - takes.calls == pytest.approx(_in_seconds(once))
    assert 8 * takes.column == pytest.approx(_in_seconds(forward) - _in_seconds(once))
    assert takes.entries == pytest.approx(_in_seconds(work.forward(1)))
    back = _in_seconds(work._backwards(8))
    assert 0.9 * back < 8 * takes.row < 1.5 * back  # each operand counts as if it had got a cotangent already


def _in_seconds(count):
    return 5e-10 * (count.work - 2 * count.fused) + 1e-10 * count.fused


def test_counting_keeps_nothing():
    x = np.linspace(0.1, 1.0, 10_000)
    f = lift(functools.partial(steps, n=3))
    taken_by(f, (x,), {}, 0, x, dict)
    tracemalloc.start()
    try:
        taken_by(lift(functools.partial(steps, n=50)), (x,), {}, 0, x, dict)
        assert tracemalloc.get_traced_memory()[1] < 15 * x.nbytes  # a tape would be 200 times
    finally:
        tracemalloc.stop()


def test_what_cannot_be_counted_is_measured():
    def slow(x):
        time.sleep(0.05)
        return x * 2

    custom = dualad.custom(np.sin, jvp=lambda primals, tangents: np.cos(primals[0]) * tangents[0])
    assert np.array_equal(jacobian(custom)(X), np.diag(np.cos(X)))
    found = [
        taken_by(lift(f), (X,), {}, 0, X, functools.partial(time.sleep, 0.02), directions=8)
        for f in (slow, custom, lambda x: np.exp(custom(x)) * x)
    ]
    assert all(0.0025 <= one.column < 0.1 and one.anew == 0.0 for one in found), found


def blocks_of(entry):
    """How many blocks go out."""
    postman = _Postman()
    entry(postman)
    return len(postman.sizes)


def test_chunks_are_sized_by_the_counted_cost(monkeypatch, in_no_hurry):
    monkeypatch.setattr("dualad.parallel.executors.workers_of", lambda executor: 2)
    dear, cheap = functools.partial(steps, n=800), functools.partial(steps, n=2)
    x, points = np.linspace(0.1, 1.0, 64), np.linspace(0.1, 1.0, 128).reshape(64, 2)
    for mode in ("forward", "reverse"):
        assert blocks_of(lambda pool: jacobian(cheap, mode=mode, executor=pool)(x)) == 1  # noqa: B023 - called at once
    assert 2 <= blocks_of(lambda pool: jacobian(dear, mode="forward", executor=pool)(x)) <= 8
    assert 2 <= blocks_of(lambda pool: jacobian(dear, mode="reverse", executor=pool)(x)) <= 8
    assert blocks_of(lambda pool: map_derivative(cheap, points, executor=pool)) == 1
    assert blocks_of(lambda pool: map_derivative(functools.partial(steps, n=200), points, executor=pool)) == 8


def test_it_is_counted_once(in_no_hurry):
    calls = []

    def f(x):
        calls.append(x)
        return np.sin(x)

    with ThreadPoolExecutor(1) as pool:
        first = jacobian(f, mode="forward", executor=pool)
        runs = []
        for run in (first, first, jacobian(f, mode="forward", executor=pool)):
            calls.clear()
            run(X)
            runs.append(len(calls))
        assert runs == [2, 1, 1]
        first(X[:7])
    assert len(calls) == 3


class _Postman(Executor):
    """Runs what it is given at once, and counts the bytes."""

    def __init__(self):
        self.sizes = []

    def submit(self, fn, /, *args, **keywords):
        sent = pickle.dumps((fn, args, keywords))
        self.sizes.append(len(sent))
        future = Future()
        fn, args, keywords = pickle.loads(sent)
        future.set_result(fn(*args, **keywords))
        return future


def test_the_function_is_sent_once_to_each_worker(monkeypatch):
    postman = _Postman()
    monkeypatch.setattr("dualad.parallel.executors.workers_of", lambda executor: 1)
    monkeypatch.setattr("dualad.parallel.executors._tasks", type(dualad.parallel.executors._tasks)())
    task = functools.partial(np.add, np.ones(100_000))
    found = list(results(task, range(5), Out(postman), str))
    assert [one[0] for one in found] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert postman.sizes[0] > 800_000
    assert max(postman.sizes[1:]) < 1000


def test_a_worker_that_has_forgotten_asks_again(monkeypatch):
    postman = _Postman()
    monkeypatch.setattr("dualad.parallel.executors.workers_of", lambda executor: 0)
    monkeypatch.setattr("dualad.parallel.executors._tasks", type(dualad.parallel.executors._tasks)())
    assert list(results(abs, [-1, -2], Out(postman), str)) == [1, 2]


# ---------------------------------------------------------------- workers that die


def test_a_worker_of_a_cluster_that_dies(cluster, tmp_path):
    killer = heavy.Killer(tmp_path / "killed", os.getpid())
    there = jacobian(killer, mode="forward", chunk=2, executor=cluster.get_executor())(X)
    assert (tmp_path / "killed").exists()
    assert same(there, jacobian(heavy.mixed, mode="forward")(X))


def test_a_process_that_dies(tmp_path):
    with ProcessPoolExecutor(2) as pool:
        killer = heavy.Killer(tmp_path / "killed", os.getpid())
        with pytest.raises(
            ExecutorError, match=r"a worker of the executor died in block \d+ of 15.*make a new"
        ):
            jacobian(killer, mode="forward", chunk=2, executor=pool)(X)
        with pytest.raises(ExecutorError, match=r"died at an earlier call.*make a new executor"):
            jacobian(heavy.mixed, chunk=2, executor=pool)(X)


# ---------------------------------------------------------------- MPI


def test_over_mpi():
    """All entry points over processes that MPI has started: the same to the last bit."""
    pytest.importorskip("mpi4py")
    beside = pathlib.Path(sys.executable).parent  # where a wheel of MPI puts it
    mpiexec = shutil.which("mpiexec", path=f"{beside}{os.pathsep}{os.environ['PATH']}")
    if mpiexec is None:
        pytest.skip("there is no mpiexec")
    program = pathlib.Path(__file__).with_name("over_mpi.py")
    ran = subprocess.run(
        [mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures", program],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "workers: 2\n"), ran.stderr


# ---------------------------------------------------------------- errors


def test_an_error_in_a_worker(executor):
    failing = heavy.Failing((os.getpid(), threading.get_ident()))
    with pytest.raises(ZeroDivisionError, match="seven is missing") as caught:
        jacobian(failing, mode="forward", chunk=10, executor=executor)(X)
    told = "\n".join([*caught.value.__notes__, *map(str, caught.traceback)])
    assert "in block 1 of 3 (columns 0 to 9)" in told
    assert "heavy.py" in told
    with pytest.raises(ZeroDivisionError) as caught:
        jacobian(failing, mode="reverse", chunk=10, executor=executor)(X)
    assert "(rows 0 to 9)" in "\n".join(caught.value.__notes__)


def test_an_error_that_cannot_be_pickled(processes):
    with pytest.raises(ExecutorError, match="Stranger: this and that") as caught:
        jacobian_columns(heavy.strange, X, [0, 1], chunk=1, executor=processes)
    assert "heavy.py" in "\n".join(caught.value.__notes__)


def test_the_rest_is_cancelled():
    done = []

    def task(block):
        done.append(block)
        if block:
            time.sleep(0.005)  # all of them would take five seconds
        raise ValueError(block)

    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="0"):
        list(results(task, range(1000), Out(pool), str))
    assert len(done) < 1000


def test_an_executor_that_is_shut_down(cluster):
    threads, processes = ThreadPoolExecutor(1), ProcessPoolExecutor(1)
    dask = cluster.get_executor()
    for pool in (threads, processes, dask):
        pool.shutdown()
        with pytest.raises(ExecutorError, match="shut down, perhaps: make a new one"):
            jacobian(heavy.mixed, chunk=3, executor=pool)(X)
        with pytest.raises(ExecutorError, match="shut down, perhaps: make a new one"):
            derivative(heavy.elementwise, executor=pool)(LARGE)


def test_a_function_that_cannot_be_sent(processes, monkeypatch):
    pytest.importorskip("cloudpickle")
    lock = threading.Lock()

    def locked(x):
        with lock:
            return x * 2

    with pytest.raises(ExecutorError, match=r"cannot be sent.*locks.*or take a ThreadPoolExecutor"):
        jacobian(locked, executor=processes)(X)
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(ExecutorError, match="pip install cloudpickle, or define the function at the top"):
        jacobian(lambda x: x * 2, executor=processes)(X)


def test_a_module_that_the_worker_lacks(processes, tmp_path, monkeypatch):
    pytest.importorskip("cloudpickle")
    assert jacobian(heavy.mixed, executor=processes)(X).shape == (30, 30)  # the workers run already
    (tmp_path / "only_here.py").write_text("def f(x):\n    return x * 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here

    with pytest.raises(
        ExecutorError, match=r"cannot read the function: .*only_here.*register_pickle_by_value"
    ):
        jacobian(only_here.f, chunk=10, executor=processes)(X)


def test_an_output_whose_length_changes(threads):
    with pytest.raises(OutputError, match="must not depend on how often"):
        jacobian(heavy.growing, mode="forward", chunk=5, executor=threads)(X)
    with pytest.raises(OutputError, match="must not depend on how often"):
        jacobian(heavy.growing, mode="reverse", chunk=2, executor=threads)(X)
    with pytest.raises(OutputError, match="must not depend on how often"):
        map_derivative(lambda p: np.repeat(p, int(p)), [1.0, 2.0], executor=threads)


def test_a_function_that_asks_for_places(threads):
    with pytest.raises(ShapeError, match="depends on where it stands"):
        derivative(lambda x: np.arange(x.size) * x, executor=threads)(LARGE)
    with pytest.raises(ShapeError, match="pass the arrays that it uses as arguments"):
        derivative(lambda x: LARGE * x, executor=threads)(LARGE)
    with pytest.raises(ShapeError, match="not elementwise"):
        derivative(lambda x: x[::-1] * x, executor=threads)(LARGE)


@pytest.mark.parametrize("wrong", [2, "threads", ThreadPoolExecutor])
def test_what_is_no_executor(wrong):
    for entry in (derivative, jacobian, hessian, sparse_jacobian):
        with pytest.raises(InputError, match="is no executor; pass one"):
            entry(np.sin, executor=wrong)
    with pytest.raises(InputError, match="is no executor; pass one"):
        map_derivative(np.sin, X, executor=wrong)


def test_options_that_do_not_go_together(threads, monkeypatch):
    with pytest.raises(InputError, match="has_aux=True and executor="):
        jacobian(lambda x: (x, 1), has_aux=True, executor=threads)
    with pytest.raises(InputError, match="by one argument"):
        derivative(np.sin, argnums=(0, 1), executor=threads)
    with pytest.raises(InputError, match="many points"):
        map_derivative(np.sin, 1.0)
    with pytest.raises(InputError, match="no number of points"):
        map_derivative(np.sin, [1.0], chunk=0)
    with pytest.raises(OutputError, match="a structure"):
        map_derivative(lambda x: {"y": x}, [1.0])
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(InputError, match="pip install tqdm"):
        jacobian(np.sin, progress=True)


def test_no_points():
    assert map_derivative(np.sin, np.zeros((0, 3))).shape == (0, 3)
