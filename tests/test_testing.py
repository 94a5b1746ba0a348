"""check_derivative and compare_modes: they find what is wrong, and only that.

What is wrong is made so on purpose: derivatives that are off by a known amount, maps with a wrong
transpose, functions that change from call to call.
"""

import dataclasses
import itertools
import math
import random

import numpy as np
import pytest
import scipy.special

import dualad
from dualad import check_derivative, compare_modes, custom, stop_derivative, testing
from dualad.errors import InputError
from dualad.linear import CumSum, LinearMap, Scale, Sum
from dualad.rules.elementwise import where
from dualad.table import elementwise, linear_map, own_function
from dualad.testing import check_rule

X = np.array([0.3, -1.2, 2.0])


# ---------------------------------------------------------------- compare_modes


@pytest.mark.parametrize(
    ("f", "args", "entries"),
    [
        pytest.param(lambda x: np.sin(x) * x[0], (X,), 9, id="array"),
        pytest.param(lambda x, y: x**y + math.sin(x), (2.0, 3.0), 2, id="numbers"),
        pytest.param(
            lambda x, s: np.linalg.solve(np.outer(x, x) + s * np.eye(3), x), (X, 2.0), 12, id="solve"
        ),
        pytest.param(lambda z: z * np.conj(z) * z, (1 + 2j,), 4, id="complex number"),
        pytest.param(lambda z, x: np.fft.fft(z * x).imag, (X * 1j, X), 27, id="complex array"),
        pytest.param(lambda x: np.exp(1j * x), (X,), 18, id="complex output"),
        pytest.param(lambda x: np.sum((x - 1.0) ** 2), (np.ones(4),), 4, id="rounding errors at a minimum"),
        pytest.param(lambda x: np.sum(np.sin(x) - np.sin(x + 1e-13)), (X,), 3, id="cancellation"),
        pytest.param(lambda x: 3.0, (X,), 3, id="constant"),
        pytest.param(lambda x: x, (np.zeros(0),), 0, id="empty"),
        pytest.param(lambda x: np.tanh(x) @ x, (X.astype(np.float32),), 3, id="float32"),
    ],
)
def test_modes_that_agree(f, args, entries):
    found = compare_modes(f, *args)
    assert found
    assert found.agree
    assert found.entries == entries
    assert repr(found) == str(found) == f"forward and reverse agree in {entries} entries"


def with_a_cumsum(x):
    y = np.sin(x)
    z = np.cumsum(y * y)
    return z.sum() * x[:2]


CUMSUM = with_a_cumsum.__code__.co_firstlineno + 2


def test_a_wrong_transpose_is_found(monkeypatch):
    monkeypatch.setattr(CumSum, "transpose", lambda self: Scale(2.0, self.out_shape))
    found = compare_modes(with_a_cumsum, X)
    assert not found
    assert found.entry == "dy[0] / dx[0]"
    assert found.operation.name == "np.cumsum"
    assert found.operation.where == f"test_testing.py:{CUMSUM}"
    np.testing.assert_allclose(found.operation.operands[0], np.sin(X) ** 2)
    assert found.forward == pytest.approx(dualad.jvp(with_a_cumsum, X, np.eye(3)[0])[1][0])
    assert found.reverse == pytest.approx(dualad.vjp(with_a_cumsum, X)[1](np.array([1.0, 0.0]))[0])
    text = str(found)
    for words in ("dy[0] / dx[0]", "forward: ", "reverse: ", "np.cumsum, test_testing.py", "<t, L' ct>"):
        assert words in text


def test_a_wrong_transpose_of_several_directions_at_once(monkeypatch):
    transpose = CumSum.transpose

    class Forgetful(LinearMap):
        """It works on the first lane only."""

        def apply(self, t):
            return transpose(CumSum(X.shape, -1))(t if np.ndim(t) == 1 else t[:1].repeat(len(t), 0) * 2)

    monkeypatch.setattr(CumSum, "transpose", lambda self: Forgetful(self.out_shape, self.in_shape))
    found = compare_modes(with_a_cumsum, X)
    assert found.operation.name == "np.cumsum"
    assert "several directions at once" in found.reason


@pytest.mark.usefixtures("_table_restored")
def test_a_forward_map_that_loses_lanes():
    class Lanes(Scale):
        def __call__(self, t):
            return super().__call__(t) * (1 + (np.ndim(t) > len(self.in_shape)))

        apply = __call__

        def transpose(self):
            return Scale(2.0, self.out_shape)

    @own_function
    def double(x):
        return 2 * x

    linear_map(double, lambda y, x: Lanes(2.0, np.shape(x)))
    found = compare_modes(lambda x: np.sin(double(x)), X)
    assert not found
    assert found.operation.name.endswith("double")
    assert "forward mode makes the tangent" in found.reason


@pytest.mark.usefixtures("_table_restored")
def test_a_function_that_runs_on_the_tangent():
    @own_function
    def triple(x):
        return 3 * x

    linear_map(triple, lambda y, x: Scale(2.0, np.shape(x)), linear=True)
    found = compare_modes(lambda x: triple(x) * x, X)
    assert (found.forward, found.reverse) == pytest.approx((6 * X[0], 5 * X[0]))
    assert found.operation is None
    assert "without a map" in found.reason
    assert "triple" in found.reason


def test_a_value_that_changes():
    count = itertools.count()
    found = compare_modes(lambda x: np.sin(x) * next(count), X)
    assert not found
    assert found.operation.name == "np.multiply"
    assert "does not give the same value twice" in str(found)


def test_a_derivative_that_changes():
    """The value is always the same."""
    constant = itertools.cycle([True, False, False])
    found = compare_modes(lambda x: stop_derivative(x) * x if next(constant) else x * x, 2.0)
    assert not found
    assert found.operation.name == "np.multiply"
    assert "does something else here" in found.reason


def test_a_large_jacobian_is_sampled(monkeypatch):
    monkeypatch.setattr("dualad.checks.agreement._LIMIT", 20)
    assert compare_modes(lambda x: np.sin(x[:30]), np.linspace(0, 1, 40)).entries == 400
    monkeypatch.setattr(CumSum, "transpose", lambda self: Scale(2.0, self.out_shape))
    assert not compare_modes(np.cumsum, np.linspace(0, 1, 40))


def test_no_point():
    with pytest.raises(InputError, match=r"compare_modes\(f, x\)"):
        compare_modes(np.sin)
    with pytest.raises(InputError, match="takes a function"):
        check_derivative(3.0, 1.0)


# ---------------------------------------------------------------- check_derivative


@pytest.mark.parametrize(
    ("f", "args"),
    [
        pytest.param(np.sin, (1.0,), id="sin"),
        pytest.param(lambda x, y: x**y, (2.0, 3.0), id="two numbers"),
        pytest.param(lambda x, s: np.linalg.inv(np.outer(x, x) + s * np.eye(3)), (X, 2.0), id="inv"),
        pytest.param(lambda z: np.exp(z) * np.conj(z), (1 + 2j,), id="complex"),
        pytest.param(lambda x: np.fft.rfft(x), (np.arange(5.0),), id="complex output"),
        pytest.param(lambda x: np.exp(-x * x), (X.astype(np.float32),), id="float32"),
        pytest.param(lambda x: np.exp(-x * x).astype(np.float32), (X,), id="rounded to float32"),
        pytest.param(np.log, (1e-12,), id="log near 0"),
        pytest.param(np.reciprocal, (-1e-9,), id="1/x near 0"),
        pytest.param(np.hypot, (1e200, 1e200), id="large"),
        pytest.param(lambda x: 1e-300 * x, (1.0,), id="small"),
        pytest.param(lambda x: np.array([1e-40, 1.0]) * np.sin(x), (1.0,), id="small beside large"),
        pytest.param(lambda x: (x - 1) ** 2, (1.0,), id="minimum"),
        pytest.param(lambda x: x * x, (0.0,), id="zero"),
        pytest.param(lambda x: 4.0, (1.0,), id="constant"),
        pytest.param(lambda x: x, (np.zeros(0),), id="empty"),
        pytest.param(np.abs, (1e-5,), id="kink nearby"),
        pytest.param(np.abs, (1e-12,), id="kink very near"),
        pytest.param(lambda x: np.where(x > 0, x * x, 0.0), (0.0,), id="kink of the slope"),
        pytest.param(lambda x: np.abs(x) ** 1.5, (0.0,), id="root kink of the slope"),
        pytest.param(np.floor, (1.5,), id="step nearby"),
        pytest.param(np.sqrt, (0.0,), id="one side, infinite"),
        pytest.param(lambda x: x**2.5, (0.0,), id="one side"),
        pytest.param(np.cbrt, (0.0,), id="infinite"),
        pytest.param(lambda x: np.sin(1e6 * x), (0.3,), id="fast oscillation"),
        pytest.param(math.gamma, (3,), id="an int"),
        pytest.param(np.tanh, (20.0,), id="below what differences see"),
    ],
)
def test_right(f, args):
    report = check_derivative(f, *args)
    assert report, str(report)
    assert report.verdict == "right"
    report.raise_if_wrong()


def test_the_order_of_convergence():
    report = check_derivative(np.exp, 1.0)
    assert [round(s.order, 1) for s in report.steps[1:4]] == [2.0, 2.0, 2.0]
    assert report.steps[0].error == pytest.approx(0.1**2 / 6, rel=1e-3)  # h² f''' / 6 f'
    assert report.best < 1e-9
    assert report.best == min(s.error for s in report.steps)
    assert report.modes == 0.0


def off_by(relative):
    return custom(lambda x: np.sin(x) * x, jacobian=lambda x: (np.cos(x) * x + np.sin(x)) * (1 + relative))


@pytest.mark.parametrize("relative", [1.0, -2.0, 1e-2, 1e-4, 1e-6])
def test_wrong(relative):
    report = check_derivative(off_by(relative), 0.7)
    assert not report
    assert report.verdict == "wrong"
    assert report.best == pytest.approx(abs(relative / (1 + relative)), rel=0.3)
    with pytest.raises(AssertionError, match="AD gives"):
        report.raise_if_wrong()


def test_wrong_in_one_entry_only():
    """Small beside the others, which are right."""

    def jacobian(x):
        J = np.diag(np.cos(x)) * np.array([1.0, 1e-20, 1.0])[:, None]
        J[1, 1] *= 1.001
        return J

    report = check_derivative(custom(lambda x: np.sin(x) * np.array([1.0, 1e-20, 1.0]), jacobian=jacobian), X)
    assert report.verdict == "wrong"
    assert "wrong at y[1]:" in report.reason


@pytest.mark.parametrize("slope", [math.nan, math.inf, 0.0])
def test_wrong_without_a_number(slope):
    report = check_derivative(custom(lambda x: np.sin(x), jacobian=lambda x: slope), 1.0)
    assert report.verdict == "wrong"
    assert "differences give 0.540302" in report.reason


@pytest.mark.parametrize(
    ("f", "x", "words"),
    [
        (lambda x: np.maximum(x, 0), 0.0, "are 0 and 1, and AD gives 0.5"),
        (dualad.relu, 0.0, "are 0 and 1, and AD gives 0"),
        (np.abs, 0.0, "are -1 and 1, and AD gives 0"),
        (lambda x: 3 * abs(x - 2) + x, 2.0, "are -2 and 4, and AD gives 1"),
        (np.floor, 1.0, "grow without bound"),
        (lambda x: np.sqrt(np.abs(x)), 0.0, "grow without bound"),
        (np.sort, np.array([1.0, 1.0, 2.0]), "kink at y[0]"),
        (lambda x: np.where(x > 0, x, x + 1e-3), 0.0, "grow without bound"),
    ],
)
def test_kinks(f, x, words):
    report = check_derivative(f, x)
    assert not report
    assert report.verdict == "kink"
    assert report.reason.startswith("kink")
    assert words in report.reason


@pytest.mark.parametrize(("f", "x"), [(lambda x: np.sin(1e12 * x), 0.3), (lambda x: x**1.5, 0.0)])
def test_too_rough(f, x):
    report = check_derivative(f, x)
    assert report.verdict == "too rough to judge"
    assert "uncertain by" in report.reason


def test_noise_is_no_reason_to_complain():
    """Values with noise of 1e-9, the same at each call."""

    def noisy(x):
        return np.sin(x) + 1e-9 * np.sin(1e15 * stop_derivative(x))

    for x in np.linspace(0.5, 2.5, 20):
        assert check_derivative(noisy, x).verdict in ("right", "too rough to judge")


def test_random_numbers():
    report = check_derivative(lambda x: x * random.random(), 1.0)
    assert report.verdict == "not repeatable"
    assert "same value twice" in report.reason


@pytest.mark.parametrize(
    ("f", "x"), [(np.log, -1.0), (np.log, 0.0), (lambda x: math.log(x) if x == 1 else np.nan, 1.0)]
)
@pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning")
def test_not_finite(f, x):
    report = check_derivative(f, x)
    assert report.verdict == "not finite"
    assert not report


def test_modes_that_differ(monkeypatch):
    monkeypatch.setattr(CumSum, "transpose", lambda self: Scale(2.0, self.out_shape))
    report = check_derivative(with_a_cumsum, X)
    assert report.verdict == "modes differ"
    assert report.modes > 1e-3
    assert report.comparison.operation.name == "np.cumsum"
    assert "np.cumsum, test_testing.py" in str(report)


def test_no_warnings_and_nothing_written():
    x = np.array([0.0, 1.0])
    before = x.copy()

    def f(x):
        x[0] = np.log(x[1])
        return np.sqrt(x)

    check_derivative(f, x)
    compare_modes(f, x)
    np.testing.assert_array_equal(x, before)


def test_the_text():
    text = str(check_derivative(np.exp, 1.0))
    lines = text.splitlines()
    assert lines[0] == "right: forward, reverse and differences agree"
    assert lines[1].split() == ["step", "difference", "-", "AD", "order"]
    assert len({len(line.removesuffix("  best")) for line in lines[3:11]}) == 1
    assert sum(line.endswith("best") for line in lines) == 1


def test_the_names_of_the_module():
    assert testing.trace_nan is dualad.trace_nan
    assert testing.compare_modes is compare_modes


# ------------------------------------------------------------------------------- structures


@dataclasses.dataclass
class Layer:
    W: np.ndarray
    b: np.ndarray
    name: str = "layer"


def of_structures(layer, x):
    h = np.tanh(layer.W @ x["a"] + layer.b)
    return {"h": h, "losses": (np.sum(h**2), x["z"] * h), "name": layer.name, "constant": 2.0}


STRUCTURES = (
    Layer(np.arange(6.0).reshape(2, 3) / 5, np.array([0.1, 0.2])),
    {"a": np.array([0.3, 0.2, 0.1]), "z": 1 + 2j, "k": None},
)


def test_structures():
    comparison = compare_modes(of_structures, *STRUCTURES)
    assert comparison
    assert comparison.entries == (2 + 1 + 4 + 1) * (6 + 2 + 3 + 2)
    check_derivative(of_structures, *STRUCTURES).raise_if_wrong()


def test_a_wrong_derivative_in_a_structure():
    tripled = custom(lambda x: x**2, jvp=lambda primals, tangents: 3 * primals[0] * tangents[0])
    p = {"x": np.array([1.0, 2.0]), "y": 3.0}
    report = check_derivative(lambda p: {"r": [p["y"], tripled(p["x"])]}, p)
    assert report.verdict == "wrong"
    assert report.reason.startswith("wrong at y['r'][1][0]: differences give ")


def test_where_the_modes_part_in_a_structure(monkeypatch):
    monkeypatch.setattr(CumSum, "transpose", lambda self: Scale(2.0, self.out_shape))
    found = compare_modes(lambda p: {"z": 2.0, "r": [np.cumsum(p["x"]), p["y"]]}, {"y": 3.0, "x": X})
    assert not found
    assert found.entry == "dy['r'][0][0] / dx['x'][0]"
    assert found.operation.name == "np.cumsum"


def test_a_kink_in_a_structure():
    report = check_derivative(lambda p: [np.abs(p["x"]), p["x"].sum()], {"x": np.array([1.0, 0.0])})
    assert report.verdict == "kink"
    assert report.reason.startswith("kink at y[0][1]: ")


# ------------------------------------------------------------------------------- check_rule


@pytest.mark.parametrize(
    ("function", "args", "keywords"),
    [
        (np.sinh, (0.3,), {}),
        (dualad.sinh, (X,), {}),
        (np.arctan2, (X, np.array([[3.0], [1.0]])), {}),
        (scipy.special.jv, (2.0, np.array([0.3, 1.2])), {}),
        (np.modf, (np.array([1.3, 2.4]),), {}),
        (np.cumsum, (np.arange(6.0).reshape(2, 3),), {"axis": 0}),
        (np.concatenate, ([X, X[:2]],), {}),
        (np.linalg.qr, (np.array([[2.0, 1.0], [0.5, 3.0]]),), {}),
        (np.trapezoid if hasattr(np, "trapezoid") else np.trapz, (X,), {"dx": 0.5}),
        (np.sum, (np.zeros((0, 2)),), {"axis": 0}),
        (np.fft.fft, (X,), {}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_rules_that_obey(function, args, keywords):
    report = check_rule(function, *args, **keywords)
    assert report, str(report)


class Wrong(Scale):
    """Twice the identity, with one thing wrong."""

    __slots__ = ()


class WrongTranspose(Wrong):
    def transpose(self):
        return Scale(3.0, self.out_shape)


class WrongLanes(Wrong):
    def __call__(self, t):
        return 2 * t if np.ndim(t) == len(self.in_shape) else 2 * np.flip(t, 0)

    apply = __call__


class WrongBits(Wrong):
    def bits(self, b):
        return 0 * b


AGAINST_DIFFERENCES, TRANSPOSED, SEVERAL, PATTERN, SECOND = testing.LAWS


@pytest.mark.usefixtures("_table_restored")
@pytest.mark.parametrize(
    ("linear", "broken"),
    [
        (lambda x: Scale(2.5, np.shape(x)), {AGAINST_DIFFERENCES}),
        (lambda x: WrongTranspose(2.0, np.shape(x)), {AGAINST_DIFFERENCES, TRANSPOSED, SEVERAL}),
        (lambda x: WrongLanes(2.0, np.shape(x)), {SEVERAL, PATTERN}),
        (lambda x: WrongBits(2.0, np.shape(x)), {PATTERN}),
        (lambda x: Sum(np.shape(x), (-1,)), set(testing.LAWS)),
    ],
    ids=["map", "transpose", "lanes", "bits", "shape"],
)
def test_rules_that_do_not_obey(linear, broken):
    @own_function
    def double(x):
        return 2.0 * x

    linear_map(double, lambda y, x: linear(x))
    report = check_rule(double, X)
    assert not report
    assert set(report.broken) == broken
    with pytest.raises(AssertionError) as error:
        report.raise_if_wrong()
    for law in testing.LAWS:
        assert f"{'does not hold' if law in broken else 'holds        '}  {law}" in str(error.value)


@pytest.mark.usefixtures("_table_restored")
def test_a_derivative_that_has_another_derivative_in_the_other_nesting():
    """The second partial is wrong: that of the rule written with a function whose own rule is wrong."""

    @own_function
    def double(x):
        return 2.0 * x

    @own_function
    def squared(x):
        return x * x

    linear_map(double, lambda y, x: WrongTranspose(2.0, np.shape(x)))
    linear_map(squared, lambda y, x: Scale(double(x), np.shape(x)))
    assert set(check_rule(squared, X).broken) == {SECOND}


@pytest.mark.usefixtures("_table_restored")
def test_a_rule_written_with_numpys_functions():
    """It is read on symbols, too, which stand for the numbers."""

    def softplus(x):
        return np.log1p(np.exp(x))

    def slope(y, x):
        return where(~(x > 0), np.exp(+x) / (1 + np.exp(x)), 1 / (1 + np.exp(-x)))

    ours = elementwise(softplus, slope)
    right = scipy.special.expit(X)
    np.testing.assert_allclose(dualad.derivative(ours)(X), right, rtol=1e-15)
    np.testing.assert_allclose(dualad.derivative(ours, order=2)(X), right * (1 - right), rtol=1e-14)
    np.testing.assert_allclose(dualad.jacobian(ours, mode="reverse")(X), np.diag(right), rtol=1e-15)


def test_what_has_no_rule():
    with pytest.raises(InputError, match=r"has no rule; add one, elementwise\("):
        check_rule(of_structures, X)
    with pytest.raises(InputError, match="given no number"):
        check_rule(np.sin)
