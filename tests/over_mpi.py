"""A program over MPI, for tests/test_executors.py: ``mpiexec -n 3 python -m mpi4py.futures over_mpi.py``."""

import os
import threading

import heavy
import numpy as np
import pytest
from mpi4py.futures import MPIPoolExecutor

import dualad
from dualad.errors import ExecutorError

X = np.linspace(0.1, 1.2, 30)
LARGE = np.linspace(0.1, 3.0, 70_001)


def same(a, b):
    assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


def everything(pool):
    """Each entry point, as without an executor."""
    scale = 2.0
    for f in (heavy.mixed, lambda x: scale * heavy.mixed(x)):
        for mode in ("forward", "reverse"):
            for chunk in ("auto", 3):
                there = dualad.jacobian(f, mode=mode, chunk=chunk, executor=pool)(X)
                same(there, dualad.jacobian(f, mode=mode)(X))
    same(
        dualad.jacobian_columns(heavy.mixed, X, [3, 1], chunk=1, executor=pool),
        dualad.jacobian_columns(heavy.mixed, X, [3, 1]),
    )
    same(dualad.hessian(heavy.energy, chunk=7, executor=pool)(X), dualad.hessian(heavy.energy)(X))
    same(
        dualad.derivative(heavy.elementwise, executor=pool)(LARGE),
        dualad.derivative(heavy.elementwise)(LARGE),
    )
    plan = dualad.sparse_plan(heavy.tridiagonal, X)
    there = dualad.sparse_jacobian(heavy.tridiagonal, plan, executor=pool)(X)
    same(there.toarray(), dualad.sparse_jacobian(heavy.tridiagonal, plan)(X).toarray())
    points = np.stack([X, X**2, 1 / X])
    there = dualad.map_derivative(heavy.energy, points, chunk=1, executor=pool)
    same(there, np.stack([dualad.grad(heavy.energy)(p) for p in points]))


def errors(pool):
    """What goes wrong in a worker arrives here."""
    failing = heavy.Failing((os.getpid(), threading.get_ident()))
    with pytest.raises(ZeroDivisionError, match="seven is missing") as caught:
        dualad.jacobian(failing, mode="forward", chunk=10, executor=pool)(X)
    told = "\n".join(caught.value.__notes__)
    assert "in block 1 of 3 (columns 0 to 9)" in told
    assert "heavy.py" in told


def shut_down(pool):
    """Nothing is computed any more."""
    with pytest.raises(ExecutorError, match="shut down, perhaps: make a new one"):
        dualad.jacobian(heavy.mixed, chunk=3, executor=pool)(X)


if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        workers = pool.num_workers
        processes = {future.result() for future in [pool.submit(os.getpid) for _ in range(100)]}
        assert os.getpid() not in processes
        everything(pool)
        errors(pool)
    shut_down(pool)
    print("workers:", workers)
