"""Differential equations that SciPy's compiled code solves in steps: ``LSODA`` and ``ode``; closed forms."""

import math

import numpy as np
import pytest

from dualad import derivative, grad, jacobian
from dualad.errors import UnsupportedError

integrate = pytest.importorskip("scipy.integrate")

MODES = ("forward", "reverse")
EXACT = {"rtol": 1e-9, "atol": 1e-11}
P = np.array([1.3, 0.4, 0.9])  # frequency, place, velocity


def oscillator(t, p):
    w, a, b = p
    return a * np.cos(w * t) + b * np.sin(w * t) / w


def slopes(t, p):
    """Those of the place by frequency, place and velocity at the start."""
    w, a, b = p
    s, c = np.sin(w * t), np.cos(w * t)
    return np.array([-a * t * s + b * (t * c / w - s / w**2), c, s / w])


@pytest.mark.parametrize("mode", MODES)
def test_lsoda_at_its_end_and_between(mode):
    def solution(p):
        return integrate.solve_ivp(
            lambda t, y: [y[1], -(p[0] ** 2) * y[0]], (0.0, 2.0), [p[1], p[2]], method="LSODA",
            t_eval=[0.0, 0.7, 2.0], dense_output=True, **EXACT,
        )  # fmt: skip

    expected = np.array([slopes(t, P) for t in (0.0, 0.7, 2.0, 1.1)])
    found = jacobian(lambda p: np.append(solution(p).y[0], solution(p).sol(1.1)[0]), mode=mode)(P)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_lsoda_gives_its_own_values():
    def f(p):
        return integrate.solve_ivp(lambda t, y: -p * y, (0.0, 2.0), [1.0], method="LSODA").y[0]

    seen = []
    derivative(lambda p: seen.append(f(p)) or p)(0.8)
    assert seen[0].value.tolist() == f(0.8).tolist()


@pytest.mark.parametrize("d", [derivative, grad])
def test_lsoda_by_the_times(d):
    """Over an interval that ends, and begins, at the argument; until something happens; back in time."""

    def until(x):
        return integrate.solve_ivp(lambda t, y: -y * t, (0.0, x), [1.0], method="LSODA", **EXACT).y[0, -1]

    def since(x):
        return integrate.solve_ivp(lambda t, y: -y * t, (x, 0.2), [1.0], method="LSODA", **EXACT).y[0, -1]

    def half(x):
        def halved(t, y):
            return y[0] - 0.5

        halved.terminal = True
        return integrate.solve_ivp(
            lambda t, y: -x * y, (0.0, 9.0), [1.0], method="LSODA", events=halved, **EXACT
        ).t_events[0][0]

    assert d(until)(1.2) == pytest.approx(-1.2 * math.exp(-0.72), rel=1e-7)
    assert d(since)(1.2) == pytest.approx(1.2 * math.exp(0.72 - 0.02), rel=1e-7)
    assert d(half)(1.2) == pytest.approx(-math.log(2) / 1.44, rel=1e-7)


def test_lsoda_of_a_stiff_equation():
    """``y' = -k (y - cos t)``: the solution that is left is ``(k**2 cos t + k sin t) / (k**2 + 1)``."""

    def f(k):
        solution = integrate.solve_ivp(
            lambda t, y: -k * (y - np.cos(t)), (0.0, 2.0), [1.0], method="LSODA", rtol=1e-8, atol=1e-10
        )
        return solution.y[0, -1]

    k, c, s = 300.0, math.cos(2.0), math.sin(2.0)
    expected = (2 * k * c + (1 - k**2) * s) / (k**2 + 1) ** 2
    assert derivative(f)(k) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("d", [derivative, grad])
@pytest.mark.parametrize(
    ("name", "options"),
    [("dopri5", {}), ("dop853", {}), ("lsoda", {}), ("vode", {}), ("vode", {"method": "bdf"})],
)
def test_ode_in_a_loop(name, options, d):
    def f(x):
        solver = integrate.ode(
            lambda t, y, w: [y[1], -w * w * y[0]], lambda t, y, w: [[0.0, 1.0], [-w * w, 0.0]]
        )
        solver.set_integrator(name, **options, **EXACT).set_initial_value([P[1], x], 0.0)
        solver.set_f_params(x).set_jac_params(x)
        total = 0.0
        while solver.successful() and solver.t < 0.9:
            total += solver.integrate(solver.t + 0.5)[0] * solver.y[0]
        return total

    x = 0.9
    expected = 0.0
    for t in (0.5, 1.0):
        by_frequency, _, by_velocity = slopes(t, (x, P[1], x))
        expected += 2 * oscillator(t, (x, P[1], x)) * (by_frequency + by_velocity)
    assert d(f)(x) == pytest.approx(expected, rel=1e-6)


def test_ode_until_a_time_that_moves():
    def f(x):
        return integrate.ode(lambda t, y: -y * t).set_initial_value(2.0, x).integrate(2 * x)[0]

    assert derivative(f)(0.8) == pytest.approx(-3 * 0.8 * 2 * math.exp(-1.5 * 0.64), rel=1e-5)


def test_ode_with_steps_handed_out_is_refused():
    def f(x):
        seen = []
        solver = integrate.ode(lambda t, y: -x * y).set_integrator("dopri5")
        solver.set_solout(lambda t, y: seen.append(y[0]))
        solver.set_initial_value(1.0, 0.0).integrate(1.0)
        return sum(seen)

    with pytest.raises(UnsupportedError, match="set_solout"):
        derivative(f)(0.8)
