"""The main job: the derivatives written by hand, the counts, the reference, and the command."""

import json
import math
import os
import pathlib
import re
import subprocess
import sys
from functools import partial

import mpmath
import numpy as np
import pytest

import dualad
from dualad.classroom import comparison, cost_pictures, pictures, recursive_sine
from dualad.classroom.comparison import (
    compare,
    forward_by_dual,
    problem_of,
    recursive_sine_problem,
    reverse_by_recording,
    traced,
)
from dualad.classroom.counting import Tally, count, counted
from dualad.classroom.pictures import crossover, curves, errors_by_step, gradient_costs, iteration_costs
from dualad.classroom.reference import extrapolated, reference
from dualad.cli import main
from dualad.costs import report
from dualad.errors import InputError, OutputError

ALL = [
    "analytic",
    "central_difference",
    "complex_step",
    "forward_by_hand",
    "forward_by_dual",
    "reverse_by_hand",
    "reverse_by_recording",
]
WITHOUT_HANDS = ["central_difference", "complex_step", "forward_by_dual", "reverse_by_recording"]


def sine_in_mpmath(*xs, iterations):
    """The lecture's function once more, so that the truth shares no code with what is tested."""
    z = mpmath.mpf(0)
    for k in range(iterations):
        x = xs[k % len(xs)]
        z = mpmath.sin(z * x) + x
    return z


def true_gradient(xs, iterations):
    def partial_derivative(i):
        return mpmath.diff(lambda t: sine_in_mpmath(*xs[:i], t, *xs[i + 1 :], iterations=iterations), xs[i])

    with mpmath.workdps(40):
        return [float(partial_derivative(i)) for i in range(len(xs))]


# ---------------------------------------------------------------- by hand


@pytest.mark.parametrize("way", [recursive_sine.analytic, recursive_sine.forward, recursive_sine.reverse])
@pytest.mark.parametrize("iterations", [1, 3, 20])
@pytest.mark.parametrize("x", [0.0, 0.3, 0.7, 1.29, -0.5])
def test_derivatives_by_hand(way, iterations, x):
    (truth,) = true_gradient((x,), iterations)
    assert way(x, iterations) == pytest.approx(truth, rel=1e-13, abs=1e-15)


@pytest.mark.parametrize(
    "way",
    [recursive_sine.analytic_gradient, recursive_sine.forward_gradient, recursive_sine.reverse_gradient],
)
@pytest.mark.parametrize("xs", [(0.7,), (0.7, 0.2), (0.1, -0.4, 0.9, 1.2, 0.6)])
def test_gradients_by_hand(way, xs):
    assert way(*xs, iterations=12) == pytest.approx(true_gradient(xs, 12), rel=1e-13)


def test_derivatives_by_hand_take_arrays():
    x = np.linspace(0, 1.5, 7)
    for way in (recursive_sine.analytic, recursive_sine.forward, recursive_sine.reverse):
        np.testing.assert_allclose(way(x), [way(t) for t in x.tolist()], rtol=1e-12)


# ---------------------------------------------------------------- counting

# Per iteration, from the formulas; what involves only constants (z = 0 and seeds of 1) is not counted.
# analytic: u = z x; cos(u) * (dz x + z) + 1; sin(u) + x
# forward:  u = z x; du = dz x + z dx (the first z dx is 0 * 1); sin, cos; cos * du; s + x; ds + dx
# reverse:  z x; sin, cos; + x; then z_bar * cos, u_bar * z, u_bar * x, and two additions to x_bar
#           (the first adds z_bar = 1 to x_bar = 0)
BY_HAND_IN_3_ITERATIONS = {
    recursive_sine.recursive_sine: (3, 3, 3),
    recursive_sine.analytic: (3 * 3, 3 * 3, 3 * 2),
    recursive_sine.forward: (3 * 3, 4 * 3 - 1, 3 * 2),
    recursive_sine.reverse: (3 * 3 - 1, 4 * 3, 3 * 2),
}


@pytest.mark.parametrize("way", BY_HAND_IN_3_ITERATIONS)
def test_counts_agree_with_a_count_by_hand(way):
    tally = count(partial(way, iterations=3), 0.7)
    counted = (tally.additions, tally.multiplications, tally.sines_cosines)
    assert counted == BY_HAND_IN_3_ITERATIONS[way]
    assert tally.divisions == tally.others == 0


def test_counts_of_a_polynomial():
    tally = count(lambda x: np.exp(x) / (2 * x - 1) + x**3 - np.cos(-x), 0.3)
    assert tally.operations == {
        "additions": 4,  # 2x - 1, the sum, the difference, -x
        "multiplications": 1,
        "divisions": 1,
        "sines_cosines": 1,
        "others": 2,  # exp and the power
    }


def test_complex_operations_count_as_real_ones():
    number = counted()
    tally = number.tally
    a, b = number(1 + 2j), number(3 - 1j)
    assert tally.most_alive == 4
    assert (a * b).value == (1 + 2j) * (3 - 1j)
    assert (tally.multiplications, tally.additions) == (4, 2)
    assert (2.0 * a).value == 2 + 4j
    assert (tally.multiplications, tally.additions) == (6, 2)
    assert a.imag.value == 2.0


def test_comparisons_are_free_and_give_plain_booleans():
    x = counted()(0.5)
    assert (x < 1) is True
    assert (x == 0.5) is True
    assert abs(-x).value == 0.5
    assert sum(x.tally.operations.values()) == 1  # the change of sign


def test_counts_within_arrays():
    tally = count(lambda x: np.sum(np.sin(np.array([x, x * x])) * np.array([1.0, 2.0])), 0.7)
    assert (tally.additions, tally.multiplications, tally.sines_cosines) == (1, 3, 2)


def test_a_counted_number_does_not_turn_into_a_float():
    with pytest.raises(TypeError):
        math.sin(counted()(1.0))


def test_no_number_is_left_alive():
    tally = count(recursive_sine.reverse, 0.7)
    assert tally.alive == 0
    assert tally.most_alive > 20


def kept(way, iterations):
    return count(partial(way, iterations=iterations), 0.7).most_alive


def test_forward_keeps_as_much_however_long():
    for way in (recursive_sine.recursive_sine, recursive_sine.analytic, recursive_sine.forward):
        assert kept(way, 10) == kept(way, 1000)


def test_reverse_by_hand_keeps_two_numbers_for_each_iteration():
    assert kept(recursive_sine.reverse, 110) - kept(recursive_sine.reverse, 10) == 2 * 100


def counts_of_ours(make, iterations, inputs=1):
    problem = recursive_sine_problem(0.7, iterations, inputs)
    return count(make(problem.f, inputs), *problem.xs)


def test_forward_by_dual_keeps_as_much_however_long():
    assert counts_of_ours(forward_by_dual, 10).most_alive == counts_of_ours(forward_by_dual, 500).most_alive


def test_recording_keeps_a_multiple_of_the_iterations():
    few, many, more = (counts_of_ours(reverse_by_recording, k).most_alive for k in (10, 110, 210))
    assert more - many == many - few
    assert (many - few) % 100 == 0
    assert many - few >= 2 * 100


def test_one_reverse_run_serves_all_inputs():
    one, many = (counts_of_ours(reverse_by_recording, 40, n).operations for n in (1, 40))
    assert many["sines_cosines"] == one["sines_cosines"] == 80
    assert counts_of_ours(forward_by_dual, 40, 40).sines_cosines == pytest.approx(40 * 80, rel=0.02)


def rational(x):
    y = x * x + 3.0
    return (y - 1.0 / x) / (y * np.sqrt(x)) - 2.0 * y


@pytest.mark.parametrize("make", [forward_by_dual, reverse_by_recording, lambda f, n: f])
@pytest.mark.parametrize(
    "problem",
    [
        *(recursive_sine_problem(0.7, k) for k in (1, 2, 20)),
        problem_of(rational, 0.7),
        problem_of(lambda x: np.exp(-x * x) * np.cos(x), 0.7),
        problem_of(lambda x: np.tanh(x) / (1.0 + x**2) + np.log(x), 0.7),
    ],
)
def test_a_trace_counts_what_numbers_count(problem, make):
    key = {forward_by_dual: "forward_by_dual", reverse_by_recording: "reverse_by_recording"}.get(make, "")
    way = make(problem.f, 1)
    assert traced(way, problem, key).operations == count(way, *problem.xs).operations


def test_functions_of_math_are_counted():
    def f(x):
        return math.sin(x) * math.exp(-x)

    result = compare(problem_of(f, 0.5), seconds=0.01)
    assert result.tally.operations == count(lambda x: np.sin(x) * np.exp(-x), 0.5).operations
    tallies = {row.key: row.tally.operations for row in result.rows if row.tally}
    assert tallies["forward_by_dual"] == {
        "additions": 3,  # -x, its tangent, the sum of two products
        "multiplications": 5,
        "divisions": 0,
        "sines_cosines": 2,
        "others": 1,
    }
    assert tallies["central_difference"]["others"] == 2
    assert not any("counted" in row.note for row in result.rows)


# ---------------------------------------------------------------- the reference


@pytest.mark.parametrize(
    ("f", "x", "closed_form"),
    [
        (np.exp, 1.0, lambda x: mpmath.exp(x)),
        (lambda x: np.sin(x) / x, 2.0, lambda x: (x * mpmath.cos(x) - mpmath.sin(x)) / x**2),
        (lambda x: np.float64(0.5) * np.sqrt(x) if x > 1 else -x, 4.0, lambda x: mpmath.mpf(1) / 8),
        (lambda x: x**3, 0.0, lambda x: mpmath.mpf(0)),
        (lambda x: 7, 2.0, lambda x: mpmath.mpf(0)),
    ],
)
def test_reference_has_50_digits(f, x, closed_form):
    found = reference(f, x)
    assert found.uncertainty is None
    with mpmath.workdps(70):
        assert mpmath.almosteq(found.gradient[0], closed_form(mpmath.mpf(x)), mpmath.mpf(10) ** -50)


def test_reference_leaves_the_digits_of_mpmath_alone():
    before = mpmath.mp.dps
    reference(np.sin, 0.5)
    assert mpmath.mp.dps == before


def test_reference_of_a_chaotic_function():
    # The derivative of 1000 steps has grown to 1e100 and more: 50 digits would not be enough to start with.
    (found,) = reference(partial(recursive_sine.recursive_sine, iterations=300), 2.9).gradient
    with mpmath.workdps(400):
        x = mpmath.mpf(2.9)
        z, dz = mpmath.mpf(0), mpmath.mpf(0)
        for _ in range(300):
            z, dz = mpmath.sin(z * x) + x, mpmath.cos(z * x) * (dz * x + z) + 1
        assert abs(dz) > 1e20
        assert mpmath.almosteq(found, dz, mpmath.mpf(10) ** -49)


def test_reference_of_a_function_that_wants_floats():
    found = reference(math.sin, 2.0)
    assert "extrapolation" in found.method
    assert "TypeError" in found.reason
    assert 0 < found.uncertainty < 1e-9
    assert found.error([math.cos(2.0)]) <= found.uncertainty


@pytest.mark.parametrize(
    ("f", "x", "truth"),
    [
        (math.exp, 1.0, math.e),
        (math.log, 0.05, 20.0),  # the first steps leave the domain
        (lambda x: math.sin(30 * x), 1.0, 30 * math.cos(30.0)),
    ],
)
def test_extrapolation_knows_its_error(f, x, truth):
    found, error = extrapolated(f, x)
    assert abs(found - truth) <= error < 1e-7 * abs(truth)


# ---------------------------------------------------------------- the rows


def test_rows_of_the_recursive_sine():
    result = compare(recursive_sine_problem(), seconds=0.01)
    assert [row.key for row in result.rows] == ALL
    errors = {row.key: row.error for row in result.rows}
    difference = errors.pop("central_difference")
    assert max(errors.values()) < 1e-14
    assert 1e-14 < difference < 1e-8
    (truth,) = true_gradient((0.7,), 20)
    assert all(row.derivative == pytest.approx([truth], rel=1e-8) for row in result.rows)
    assert all(row.time > 0 for row in result.rows)
    assert all(row.tally.sines_cosines >= 20 for row in result.rows)


def test_the_step_is_the_best_of_those_tried():
    result = compare(recursive_sine_problem(), seconds=0.01)
    row = next(row for row in result.rows if row.key == "central_difference")
    steps = [10.0**-k for k in range(1, 17)]
    errors = errors_by_step(result, steps)["central difference"]
    assert row.step == steps[int(np.argmin(errors))]
    assert row.error == min(errors)


def test_rows_of_several_inputs():
    result = compare(recursive_sine_problem(0.9, iterations=11, inputs=4), seconds=0.01)
    truth = true_gradient((0.9,) * 4, 11)
    for row in result.rows:
        assert row.derivative == pytest.approx(truth, rel=1e-8, abs=1e-9)
        assert row.key == "central_difference" or row.error < 1e-14
    assert [row.key for row in result.rows] == ALL


def test_a_users_function_has_no_rows_by_hand():
    result = compare(problem_of(lambda x: x * np.exp(-x), 0.5), seconds=0.01)
    assert [row.key for row in result.rows] == WITHOUT_HANDS
    assert all(row.derivative == pytest.approx([0.5 * math.exp(-0.5)], rel=1e-8) for row in result.rows)


@pytest.mark.parametrize(
    ("f", "note"),
    [
        (lambda x: x**2 if x > 0 else -x, "TypeError"),  # complex numbers have no order
        (lambda x: np.abs(x) ** 3, "not analytic"),
    ],
)
def test_complex_step_says_why_not(f, note):
    rows = {row.key: row for row in compare(problem_of(f, 0.5), seconds=0.01).rows}
    assert note in rows["complex_step"].note
    assert rows["forward_by_dual"].error < 1e-15
    assert not rows["forward_by_dual"].note


@pytest.mark.parametrize(
    ("result", "error", "text"),
    [
        (None, OutputError, "returned None"),
        ("1.0", OutputError, "str '1.0'"),
        ([1.0], OutputError, "list"),
        (np.ones(3), OutputError, r"shape \(3,\)"),
        (True, OutputError, "bool"),
        (1j, OutputError, "complex"),
        (math.nan, InputError, "is nan at 0.5"),
        (math.inf, InputError, "is inf at 0.5"),
    ],
)
def test_what_is_no_number(result, error, text):
    with pytest.raises(error, match=text):
        compare(problem_of(lambda x: result, 0.5))


# ---------------------------------------------------------------- the data of the picture


def test_crossover_of_straight_lines():
    assert crossover([1, 10, 100], [3, 30, 300], [12, 12, 12]) == pytest.approx(4.0)
    assert crossover([1, 2, 4], [5, 6, 7], [1, 1, 1]) is None  # reverse is always cheaper
    assert crossover([1, 2, 4], [1, 2, 4], [9, 9, 9]) is None  # not yet


def test_gradient_costs_cross():
    inputs = (1, 100)
    costs = gradient_costs(inputs, iterations=100, seconds=0.05)
    meeting = crossover(inputs, costs["forward"], costs["reverse"])
    assert costs["forward"][1] > costs["reverse"][1]
    assert 1 < meeting < 100


def test_memory_of_forward_stays_and_of_reverse_grows():
    memory = iteration_costs((10, 1000), seconds=0.02)["memory"]
    assert memory["forward"][1] < memory["forward"][0] + 500
    assert memory["reverse"][1] > 20 * memory["reverse"][0]


def test_curves_leave_gaps_where_there_is_no_value():
    x, y, dy = curves(problem_of(lambda x: 1 / x, 0.5), points=4)
    assert x.tolist() == [0.0, 0.5, 1.0, 1.5]
    np.testing.assert_allclose(dy[1:], [-4.0, -1.0, -1 / 2.25])
    assert np.isnan(y[0]) or np.isinf(y[0])


def test_curves_go_to_the_point():
    x, *_ = curves(problem_of(np.sin, -3.0), points=5)
    assert x.min() < -3.0 < x.max()


# ---------------------------------------------------------------- the command


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """In an empty folder, and without the care that timing takes."""
    measure = comparison.time_together
    for module in (comparison, pictures, cost_pictures, report):
        monkeypatch.setattr(module, "time_together", lambda runs, seconds: measure(runs, 0.01))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    return tmp_path


def output(capsys, *argv):
    assert main(["compare", *argv]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def refusal(capsys, *argv):
    assert main([*argv]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("dualad: ")
    assert captured.err.count("\n") == 1
    return captured.err


def test_table(quick, capsys):
    text = output(capsys, "--no-plot")
    names = ["analytic recurrence", "central difference, h=1e-5", "complex step", "forward by hand"]
    names += ["forward by Dual", "reverse by hand", "reverse by recording"]
    assert all(name in text for name in names)
    assert "2.441437658804625852446" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text
    assert not list(quick.iterdir())


@pytest.mark.parametrize("page", ["README.md", "docs/compare.md"])
def test_the_table_of_the_pages(page, quick, capsys):
    """What is printed there is what is printed here, but for the times and the last digits of errors."""
    shown = (pathlib.Path(__file__).parents[1] / page).read_text(encoding="utf-8")
    printed = output(capsys, "--no-plot")
    for name in ("the function itself", "forward by Dual", "reverse by hand", "reverse by recording"):
        (there,), (here,) = (re.findall(f"^  {name}  (.*)$", text, re.MULTILINE) for text in (shown, printed))
        assert there.split()[-5:] == here.split()[-5:]


def test_json(quick, capsys):
    data = json.loads(output(capsys, "--json", "--at", "0.5", "--iterations", "3"))
    assert list(data) == [
        *("function", "at", "inputs", "iterations", "value", "seconds", "operations", "numbers_kept"),
        *("reference", "error_is", "rows"),
    ]
    assert (data["at"], data["inputs"], data["iterations"]) == (0.5, 1, 3)
    assert data["operations"] == count(partial(recursive_sine.recursive_sine, iterations=3), 0.5).operations
    assert float(data["reference"]["derivative"]) == pytest.approx(true_gradient((0.5,), 3)[0], rel=1e-15)
    assert [row["key"] for row in data["rows"]] == ALL
    for row in data["rows"]:
        assert list(row) == [
            *("key", "name", "derivative", "error", "time", "operations", "numbers_kept", "step", "note")
        ]
        assert set(row["operations"]) == set(Tally().operations)
    assert not list(quick.iterdir())  # a picture only when asked for


def test_json_of_a_gradient(quick, capsys):
    data = json.loads(output(capsys, "--json", "--inputs", "30"))
    assert data["iterations"] == 30
    assert all(len(row["derivative"]) == 30 for row in data["rows"])
    assert len(data["reference"]["derivative"]) == 30


def test_function_in_a_file(quick, capsys):
    (quick / "helper.py").write_text("scale = 3.0\n")
    (quick / "mine.py").write_text("from helper import scale\n\ndef cube(x):\n    return scale * x**3\n")
    data = json.loads(output(capsys, str(quick / "mine.py") + ":cube", "--at", "2", "--json"))
    assert data["value"] == 24.0
    assert [row["key"] for row in data["rows"]] == WITHOUT_HANDS
    assert {row["key"]: row["derivative"] for row in data["rows"]}["forward_by_dual"] == 36.0
    assert data["reference"]["derivative"] == "36.0"


def test_function_in_a_module(quick, capsys):
    (quick / "lesson.py").write_text("import numpy as np\n\nclass Curves:\n    wave = staticmethod(np.sin)\n")
    text = output(capsys, "lesson:Curves.wave", "--at=-1.5", "--no-plot")
    assert "forward by Dual" in text
    assert "forward by hand" not in text


def test_function_of_floats_alone(quick, capsys):
    """The reference comes from differences, and the rows that cannot be say why."""
    (quick / "mine.py").write_text("import math\n\ndef f(x):\n    return math.sin(x) * x\n")
    text = output(capsys, "mine.py:f", "--at", "2", "--no-plot")
    assert f"derivative  {math.sin(2) + 2 * math.cos(2):.13f}"[:-2] in text
    assert "(Richardson extrapolation of central differences)" in text
    assert "reference: not by mpmath (TypeError: " in text
    assert "complex step: raises TypeError" in text


def test_picture(quick, capsys):
    pytest.importorskip("matplotlib")
    assert "compare.png" in output(capsys)
    png = (quick / "compare.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    width, height = (int.from_bytes(png[k : k + 4], "big") for k in (16, 20))
    assert width >= 1600
    assert height >= 900


def test_costs(quick, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(cost_pictures, "_SIZES", (1, 4))
    monkeypatch.setattr(cost_pictures, "_LOOPS", (1, 10))
    monkeypatch.setattr(pictures, "draw", lambda comparison, path: path.write_bytes(b""))
    text = output(capsys, "--costs", "--plot", "mine.png")
    assert "forward, 1 direction" in text
    assert "at most 2.5 evaluations: here 2.14 counted" in text
    assert max(map(len, text.splitlines())) <= 100
    assert text.endswith("\nPicture: mine.png\nPicture: mine-costs.png\n")
    assert (quick / "mine-costs.png").read_bytes().startswith(b"\x89PNG")


def test_costs_in_json(quick, capsys):
    data = json.loads(output(capsys, "--costs", "--json"))
    ways = {way["key"]: way for way in data["costs"]["ways"]}
    assert list(ways) == ["function", "forward", "lanes", "all_inputs", "reverse", "differences"]
    # the rows of the comparison and the costs count the same
    rows = {row["key"]: row["operations"] for row in data["rows"]}
    for row, way in (("forward_by_dual", "forward"), ("reverse_by_recording", "reverse")):
        assert ways[way]["additions"] == rows[row]["additions"]
        assert ways[way]["multiplications"] == rows[row]["multiplications"]
        assert ways[way]["transcendental"] == rows[row]["sines_cosines"]
    assert not list(quick.iterdir())


def test_jacobians_of_many_shapes():
    measured, counted = cost_pictures.jacobian_costs((1, 16), seconds=0.02)
    assert counted[0, 1] > 2.0 > 0.5 > counted[1, 0]  # many inputs, one output: reverse is cheaper
    assert measured.shape == (2, 2)
    assert np.all(measured > 0)
    x = np.linspace(0.5, 1.0, 4)
    assert cost_pictures.shaped_sine(x, outputs=8).shape == (8,)


def test_memory_of_both_modes():
    memory = cost_pictures.memory_costs((2, 100))
    assert memory["forward"][1] < 1.1 * memory["forward"][0]
    assert memory["reverse"][1] > 10 * memory["reverse"][0]


BAD = {
    "no such file": (["nowhere.py:f"], "no such file: nowhere.py"),
    "no such module": (["nowhere.at.all:f"], "no such module: nowhere"),
    "no such function": (["bad.py:raise_"], "perhaps bad.py:raises"),
    "no function": (["bad.py:number"], "is no function but int"),
    "no colon": (["bad.py"], "path/to/file.py:function"),
    "a file that raises": (["broken.py:f"], "SyntaxError"),
    "a module that raises": (["broken:f"], "SyntaxError"),
    "a file that exits": (["exits.py:f"], "SystemExit"),
    "a function that raises": (["bad.py:raises"], "ZeroDivisionError at 0.7: division by zero"),
    "a function of two numbers": (["bad.py:two"], "take a function of one number, or try another point"),
    "no number": (["bad.py:nothing"], "returned None"),
    "several lines": (["bad.py:lines"], "one two"),
    "no iterations": (["--iterations", "0"], "0 iterations"),
    "negative iterations": (["--iterations=-3"], "-3 iterations"),
    "no integer": (["--iterations", "2.5"], "invalid int value"),
    "no inputs": (["--inputs", "0"], "0 inputs"),
    "too many inputs": (["--inputs", "30", "--iterations", "20"], "--inputs 30 --iterations 30"),
    "iterations of a function": (["bad.py:two", "--iterations", "3"], "recursive sine"),
    "inputs of a function": (["bad.py:two", "--inputs", "3"], "recursive sine"),
    "no point": (["--at", "here"], "'here' is not a number"),
    "infinite point": (["--at", "inf"], "'inf' is not a number"),
    "no folder": (["--plot", "nowhere/c.png"], "nowhere"),
    "a folder": (["--plot", "folder.png"], "cannot be written"),
    "no kind of picture": (["--plot", "picture.xyz"], ".png"),
    "no such option": (["--colour"], "--colour"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case, quick, capsys):
    (quick / "folder.png").mkdir()
    (quick / "broken.py").write_text("def f(x:\n")
    (quick / "exits.py").write_text("raise SystemExit\n")
    (quick / "bad.py").write_text(
        "number = 3\n"
        "def raises(x):\n    return 1 / 0\n"
        "def two(x, y):\n    return x * y\n"
        "def nothing(x):\n    pass\n"
        "def lines(x):\n    raise ValueError('one\\ntwo')\n"
    )
    argv, expected = BAD[case]
    assert expected in refusal(capsys, "compare", *argv)


def test_no_command(capsys):
    assert "--help" in refusal(capsys)


def test_help(capsys):
    with pytest.raises(SystemExit) as end:
        main(["compare", "--help"])
    assert end.value.code == 0
    assert "--iterations" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"dualad {dualad.__version__}\n"


@pytest.mark.parametrize("package", ["rich", "mpmath", "matplotlib"])
def test_missing_package(package, quick, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    message = refusal(capsys, "compare", "--plot", "c.png")
    assert f"needs {package}" in message
    assert 'pip install "dualad[classroom]"' in message


def test_no_picture_without_matplotlib(quick, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "forward by Dual" in output(capsys)
    assert not list(quick.iterdir())


def test_as_a_module(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "dualad", "compare", "--no-plot", "--iterations", "2"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(dualad.__file__).parents[1])},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 iterations" in done.stdout
