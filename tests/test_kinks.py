"""docs/kinks.md, row by row, in both modes: the page is the test's data."""

import math
import pathlib
import re

import numpy as np
import pytest
from scipy import special

import dualad
from dualad import compare_modes, jvp, vjp
from dualad.errors import EqualityWarning, RoundingWarning

PAGE = (pathlib.Path(__file__).parents[1] / "docs/kinks.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+)` \| (.+) \| (.+) \|$", PAGE, re.MULTILINE)

#: log(0) and its like warn about their values, and x == 1 about its branch.
pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning"),
    pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning"),
]

SCOPE = {"np": np, "dualad": dualad, "special": special, "inf": np.inf, "nan": np.nan}


def read(cell):
    """``0, 1`` or ``[1, 2]`` as a tuple of floats or arrays, one for each argument."""
    cells = eval(f"({cell},)", SCOPE)
    return tuple(np.array(c, float) if isinstance(c, list) else float(c) for c in cells)


def function(text, arity):
    return eval(f"lambda {', '.join('xy'[:arity])}: {text}", SCOPE)


def forward(f, primals):
    """The derivative with respect to each argument, one direction at a time."""
    found = []
    for i, p in enumerate(primals):
        slopes = []
        for direction in np.eye(np.size(p)):
            tangents = [np.zeros_like(q) if np.ndim(q) else 0.0 for q in primals]
            tangents[i] = direction.reshape(np.shape(p)) if np.ndim(p) else 1.0
            slopes.append(jvp(f, primals, tuple(tangents))[1])
        found.append(np.reshape(slopes, np.shape(p)))
    return found


def reverse(f, primals):
    found = vjp(f, *primals)[1](1.0)
    return list(found) if len(primals) > 1 else [found]


def test_every_row_of_the_page_is_read():
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    heads = [line for line in lines if line.startswith(("| function", "|---"))]
    assert len(ROWS) == len(lines) - len(heads) > 50


def name(row):
    return f"{row[0]} at {row[1]}"


@pytest.mark.parametrize("mode", [forward, reverse])
@pytest.mark.parametrize("row", ROWS, ids=name)
def test_numbers_and_small_arrays(row, mode):
    text, at, right = row
    primals = read(at)
    for found, expected in zip(mode(function(text, len(primals)), primals), read(right), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_modes_agree(row):
    """One direction at a time, and all of them at once."""
    text, at, _ = row
    primals = read(at)
    assert compare_modes(function(text, len(primals)), *primals)


ELEMENTWISE = [row for row in ROWS if "[" not in row[1] and " if " not in row[0]]


@pytest.mark.parametrize("row", ELEMENTWISE, ids=name)
def test_elementwise_on_arrays(row):
    """The kink in an array, beside itself: each entry has the derivative that the number has."""
    text, at, right = row
    primals = tuple(np.full((2, 3), p) for p in read(at))
    f = function(text, len(primals))
    cts = vjp(f, *primals)[1](np.ones((2, 3)))
    for i, expected in enumerate(read(right)):
        tangents = tuple(np.full((2, 3), float(i == j)) for j in range(len(primals)))
        np.testing.assert_array_equal(jvp(f, primals, tangents)[1], np.full((2, 3), expected))
        np.testing.assert_array_equal(cts[i] if len(primals) > 1 else cts, np.full((2, 3), expected))


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_a_branch_for_a_single_point_warns(entry):
    def f(x):
        return 1.0 if x == 1 else x**2

    def g(x):
        return x**2 if x != 1 else 1.0

    for h in (f, g):
        with pytest.warns(EqualityWarning, match=r"1\.0 being equal to 1 .* beside it") as caught:
            assert entry(h)(1.0) == pytest.approx(2.0, rel=1e-9)  # by differences, as a second warning says
        assert caught[0].filename == __file__
        assert entry(h)(2.0) == 4.0  # no warning, which would be an error
    assert entry(lambda x: x * x if x == x else 0.0)(2.0) == 4.0


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_a_zero_that_counts_as_false_warns(entry):
    def degrees(minutes):
        return 13.0 + minutes / 60 if minutes else 13.0

    def guarded(x):
        return 1.0 if not np.array([x]) else x

    for f in (degrees, guarded, lambda x: x or 5.0, lambda x: 3.0 if bool(x) else x):
        with pytest.warns(EqualityWarning, match=r"being equal to 0\.0 ") as caught:
            entry(f)(0.0)
        assert caught[0].filename == __file__
    assert entry(degrees)(60.0) == 1 / 60  # no warning, which would be an error
    assert entry(lambda x: 3.0 * x if 0.0 * x or x else x)(2.0) == 3.0  # of a zero that stays
    assert entry(lambda x: np.array([3.0])[0] * (x and x))(0.0) == 3.0  # right, as differences say


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_rounding_to_digits_has_the_slope_across_fine_steps(entry):
    """As a result that is tidied up has; it warns of it."""

    def tidied(x):
        return np.array([x, 1.0]).round(3)[0] * x

    for f in (lambda x: round(x, 3) * x, lambda x: np.round(x, 3) * x, tidied):
        with pytest.warns(RoundingWarning, match="rounding to 3 digits.* see the slope across") as caught:
            assert entry(f)(123456.7) == 2 * 123456.7
        assert caught[0].filename == __file__
    with pytest.warns(RoundingWarning, match="rounding to 7 digits"):
        assert entry(lambda x: round(x, 7) * x)(1.3) == 2.6
    with pytest.warns(RoundingWarning, match="see the slope"):
        assert (
            entry(lambda x: round(1e6 * x, 5) - round(999_999 * x, 5) + 1e3)(200.0) == 1.0
        )  # little of much
    with pytest.warns(RoundingWarning, match="see the slope"):
        assert entry(lambda x: np.sum(np.round(np.array([x**2, 40 * x]), 1)))(3e4) == pytest.approx(60040.0)
    with pytest.warns(RoundingWarning, match="see the slope"):
        assert entry(entry(lambda x: round(x**3, 2)))(2e3) == pytest.approx(12e3, rel=1e-14)


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_rounding_to_some_digits_of_a_result(entry):
    """As of coordinates in a file: steps of a ten-thousandth of the argument are seen across."""

    def turned(a):
        x, y = round(15.0 * math.cos(a), 4), round(15.0 * math.sin(a), 4)
        return y if x > 0.0 else x  # a comparison of what has been rounded

    with pytest.warns(RoundingWarning, match="see the slope") as caught:
        assert entry(turned)(0.7) == pytest.approx(15.0 * math.cos(0.7), rel=1e-14)
    assert [w.category for w in caught] == [RoundingWarning]


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_rounding_is_seen_across_where_the_function_bends(entry):
    """As of the direction to a place nearby, whose coordinates are rounded."""
    with pytest.warns(RoundingWarning, match="see the slope"):
        found = entry(lambda x: math.atan((round(x, 6) - 75.3) / 0.05))(75.343)
    assert found == pytest.approx(20 / (1 + 0.86**2), rel=1e-12)


def test_entries_next_to_rest_do_not_decide_on_rounding():
    slow = np.array([1.0, 1e-7, 0.0])
    with pytest.warns(RoundingWarning, match="see the slope"):
        _, t = dualad.jvp(lambda a: np.round(75.0 + slow * a, 4), 1.3, 1.0)
    np.testing.assert_array_equal(t, slow)


@pytest.mark.filterwarnings("ignore::dualad.errors.RoundingWarning")
def test_rounding_to_digits_in_a_sparse_jacobian():
    x = np.linspace(1e3, 2e3, 6)
    J = dualad.sparse_jacobian(lambda x: np.round(x**2, 3))(x)
    np.testing.assert_allclose(J.toarray(), np.diag(2 * x), rtol=1e-15)


def test_rounding_to_digits_in_what_is_run_again():
    part = dualad.checkpoint(lambda x: round(x * x, 2))
    with pytest.warns(RoundingWarning, match="of derivative 0"):
        assert dualad.grad(part)(3e3) == 0.0
    with pytest.warns(RoundingWarning, match="see the slope across"):
        assert dualad.derivative(part)(3e3) == 6e3


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_rounding_to_digits_has_coarse_steps_of_slope_zero(entry):
    for f in (lambda x: round(x, 3) * x, lambda x: np.round(x, 3) * x):
        with pytest.warns(RoundingWarning, match="rounding to 3 digits is a step function, of derivative 0"):
            assert entry(f)(0.12345) == 0.123
    for f in (lambda x: 3 * x - 3 * round(x, 6), lambda x: round(x, 6) + 3 * x):
        with pytest.warns(RoundingWarning, match="rounding to 6 digits is a step function, of derivative 0"):
            assert entry(f)(0.00034) == 3.0
    with pytest.warns(RoundingWarning, match="of derivative 0"):
        assert entry(lambda x: 3 * x - 3 * round(x, 6))(1.3e3 + 2.5e-7) == 3.0  # all that is left
    with pytest.warns(RoundingWarning, match="of derivative 0"):
        assert entry(lambda x: {0.1: 3.0, 0.2: 4.0}[round(x, 1)] * x)(0.12) == 3.0
    assert entry(lambda x: round(x) * np.round(x, -1) + np.round(2.125, 2) * x)(1.3) == 2.12  # no warning
    assert entry(lambda x: x**2 if round(x, 2) > 1.0 else x)(1.3) == 2.6  # nor of what does not matter
    with pytest.warns(RoundingWarning, match="of derivative 0"):
        assert round(dualad.Dual(2.345, 1.0), 1) == 2.3


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_digits_are_tidied_up(entry):
    """As a conversion to float32, rounding to eight digits or more has slope 1."""
    for f in (lambda x: round(x, 8), lambda x: np.round(x, 10), lambda x: np.array([x, 0.0]).round(9)[0]):
        assert f(0.123456789123) != 0.123456789123
        assert entry(lambda x, f=f: f(x * x) * x)(0.3) == pytest.approx(3 * 0.3**2, rel=1e-15)
        with pytest.warns(RoundingWarning, match="as small as 1e-08 is taken for tidying"):
            assert entry(f)(1e-8) == 1.0
    assert entry(lambda x: entry(lambda x: round(x**3, 9))(x))(2.0) == 12.0


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_steps_warn_that_differences_do_not_see(entry):
    def by_int(x):
        return int(x * 10**8) / 10**8

    def by_floor(x):
        return math.floor(x * 1e7 + 0.5) / 1e7

    def of_array(x):
        return (np.rint(np.array([x, 2 * x]) * 1e9) / 1e9)[1]

    for f in (by_int, by_floor, of_array):
        with pytest.warns(RoundingWarning, match="last digits is a step function") as caught:
            assert entry(lambda x, f=f: f(x) * x)(1.3) == pytest.approx(f(1.3), rel=1e-12)
        assert caught[0].filename == __file__
    assert entry(lambda x: math.floor(x) + 4 * np.ceil(x / 7))(123456.7) == 0.0  # steps, which are meant
    assert entry(lambda day: (day + 0.5 - math.floor(day + 0.5)) * 24)(2459000.7) == 24.0  # right beside them
    assert entry(lambda x: x**2 if int(x * 1e8) > 5 else x)(1.3) == 2.6


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
def test_arrays_that_are_equal_entry_by_entry_warn(entry):
    def settles(x):
        old = np.zeros(3)
        while True:
            new = 0.5 * old + x
            if (new == old).all():
                return new[0]
            old = new

    def filled(x):
        y = np.zeros(2)
        y[0] = x
        return 1.0 if not (y != 0).any() else x

    def compared(x):
        return 0.0 if np.array_equal(np.array([x, 1.0]), [0.0, 1.0]) else x

    for f in (settles, filled, compared):
        with pytest.warns(EqualityWarning, match="being equal to") as caught:
            entry(f)(0.0)
        assert caught[0].filename == __file__
    assert entry(compared)(1.0) == entry(filled)(1.0) == 1.0
    assert entry(lambda x: x if (np.array([x, x]) == np.array([x, x])).all() else 0.0)(2.0) == 1.0
