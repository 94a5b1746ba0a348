"""SciPy's solvers with SciPy's own differences, with these by a given pattern, and with dualad.

Four problems: Rosenbrock's function of 100 variables, the Brusselator of 2 x 500 cells, Robertson's
kinetics, and two peaks fitted to noisy data. Each way is run several times, in turns; the least time of
the processor counts: run it with one thread, OPENBLAS_NUM_THREADS=1. Evaluations are the calls with
plain numbers, sweeps those that carry derivatives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any, NamedTuple

import numpy as np
import scipy.integrate
import scipy.optimize
import scipy.sparse

import dualad
import dualad.scipy

from .measure import Row, show

Function = Callable[..., Any]


class Counted:
    """A function that counts its calls: with plain numbers, and with Duals."""

    def __init__(self, f: Function) -> None:
        self.f, self.evaluations, self.sweeps = f, 0, 0

    def __call__(self, *args: Any) -> Any:
        if any(isinstance(x, dualad.Dual) for x in args):
            self.sweeps += 1
        else:
            self.evaluations += 1
        return self.f(*args)


class Problem(NamedTuple):
    """A function, ways to solve for it, how many iterations a result took, and the check of a result."""

    name: str
    function: Function
    ways: dict[str, Function]
    iterations: Function
    check: Function
    rounds: int = 3


def measured(problem: Problem) -> Iterator[Row]:
    best = dict.fromkeys(problem.ways, float("inf"))
    for _ in range(problem.rounds):
        for way, solve in problem.ways.items():
            start = process_time()
            solve(problem.function)
            best[way] = min(best[way], process_time() - start)
    for way, solve in problem.ways.items():
        f = Counted(problem.function)
        result = solve(f)
        problem.check(result)
        counts = f"{problem.iterations(result)} it., {f.evaluations} ev." + f" + {f.sweeps} sw." * bool(
            f.sweeps
        )
        yield Row(f"{problem.name}, {way}: {counts}", 1e3 * best[way], "ms")


# ---------------------------------------------------------------- Rosenbrock, 100 variables


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


START = np.tile([-1.2, 1.0], 50)


def _minimum(result: Any) -> None:
    """There is a second minimum near (-1, 1, 1, ...); Newton-CG stops early, by-hand derivatives or not."""
    assert result.success, result.message
    assert min(abs(result.fun), abs(result.fun - 3.98662385)) < 1e-3


def rosenbrocks() -> Iterator[Problem]:
    for method in ("BFGS", "L-BFGS-B", "Newton-CG", "trust-exact"):
        options = {"method": method, "options": {"maxiter": 10_000}}
        if method == "L-BFGS-B":
            options["options"] = {"maxiter": 10_000, "maxfun": 10**7}
        ways = {"dualad": lambda f, o=options: dualad.scipy.minimize(f, START, **o)}
        if method in ("BFGS", "L-BFGS-B"):  # the others need a gradient
            ways = {"SciPy": lambda f, o=options: scipy.optimize.minimize(f, START, **o)} | ways
        yield Problem(f"Rosenbrock {method}", rosenbrock, ways, lambda r: r.nit, _minimum)


# ---------------------------------------------------------------- stiff equations

CELLS = 500


def brusselator(t: float, y: Any) -> Any:
    """Hairer and Wanner, Solving Ordinary Differential Equations II: 2 x 500 cells on a line."""
    u, v = y[:CELLS], y[CELLS:]
    spread = (CELLS + 1) ** 2 / 50
    around_u, around_v = np.concatenate(([1.0], u, [1.0])), np.concatenate(([3.0], v, [3.0]))
    return np.concatenate(
        (
            1 + u**2 * v - 4 * u + spread * (around_u[2:] - 2 * u + around_u[:-2]),
            3 * u - u**2 * v + spread * (around_v[2:] - 2 * v + around_v[:-2]),
        )
    )


def brusselator_pattern() -> Any:
    """By hand: neighbours in the same substance, the same cell in the other."""
    ones = np.ones(CELLS)
    line = scipy.sparse.diags_array([ones[1:], ones, ones[1:]], offsets=[-1, 0, 1])
    here = scipy.sparse.eye_array(CELLS)
    return scipy.sparse.block_array([[line, here], [here, line]])


def robertson(t: float, y: Any) -> Any:
    a, b, c = y
    return [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2]


def _solved(solver: Function, end: float, y0: Any, method: str, **options: Any) -> Function:
    return lambda f: solver(f, (0.0, end), y0, method=method, **options)


def stiff_equations() -> Iterator[Problem]:
    at = np.arange(1, CELLS + 1) / (CELLS + 1)
    y0 = np.concatenate((1 + np.sin(2 * np.pi * at), np.full(CELLS, 3.0)))
    ours, theirs, accuracy = dualad.scipy.solve_ivp, scipy.integrate.solve_ivp, {"rtol": 1e-4, "atol": 1e-6}
    pattern = {"jac_sparsity": brusselator_pattern()}
    reference = theirs(brusselator, (0, 10), y0, "BDF", **pattern, rtol=1e-8, atol=1e-10)

    def check(result: Any) -> None:
        np.testing.assert_allclose(result.y[:, -1], reference.y[:, -1], atol=5e-3)

    yield Problem(
        "Brusselator BDF",
        brusselator,
        {
            "SciPy": _solved(theirs, 10.0, y0, "BDF", **accuracy),
            "SciPy, pattern": _solved(theirs, 10.0, y0, "BDF", **pattern, **accuracy),
            "dualad": _solved(ours, 10.0, y0, "BDF", **accuracy),
            "dualad, sparse": _solved(ours, 10.0, y0, "BDF", sparse=True, **accuracy),
        },
        lambda r: r.t.size - 1,
        check,
        2,
    )
    accuracy = {"rtol": 1e-6, "atol": 1e-10}
    for method in ("BDF", "Radau", "LSODA"):
        yield Problem(
            f"Robertson {method}",
            robertson,
            {
                "SciPy": _solved(theirs, 40.0, [1.0, 0.0, 0.0], method, **accuracy),
                "dualad": _solved(ours, 40.0, [1.0, 0.0, 0.0], method, **accuracy),
            },
            lambda r: r.t.size - 1,
            lambda r: np.testing.assert_allclose(r.y[0, -1], 0.7158270688, rtol=1e-4),
            20,
        )


# ---------------------------------------------------------------- a fit

PEAKS = np.array([3.0, 2.0, 0.3, 1.5, 2.8, 0.4, 1.0, 0.5])
CHANNELS = np.linspace(0.0, 5.0, 1000)


def spectrum(x: Any, a: Any, m: Any, s: Any, b: Any, n: Any, r: Any, c: Any, k: Any) -> Any:
    """Two peaks that overlap, and a background that decays."""
    return a * np.exp(-(((x - m) / s) ** 2)) + b * np.exp(-(((x - n) / r) ** 2)) + c * np.exp(-k * x)


def fits() -> Iterator[Problem]:
    data = spectrum(CHANNELS, *PEAKS) + 0.1 * np.random.default_rng(5).normal(size=CHANNELS.size)
    guess = [2.0, 1.8, 0.5, 2.0, 3.0, 0.5, 0.5, 1.0]
    for method in ("lm", "trf"):

        def fit(solver: Function, method: str = method) -> Function:
            return lambda f: solver(f, CHANNELS, data, guess, method=method, full_output=True)

        def check(result: Any) -> None:
            errors = np.sqrt(np.diag(result[1]))
            assert np.all(abs(result[0] - PEAKS) < 4 * errors)

        ways = {"SciPy": fit(scipy.optimize.curve_fit), "dualad": fit(dualad.scipy.curve_fit)}
        yield Problem(f"two peaks {method}", spectrum, ways, lambda r: r[2]["nfev"], check, 20)


def rows() -> Iterator[Row]:
    for problems in (rosenbrocks, stiff_equations, fits):
        for problem in problems():
            yield from measured(problem)


if __name__ == "__main__":
    show(rows())
