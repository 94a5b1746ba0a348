"""Functions that Duals cannot follow: differentiated as a whole, by differences, and with a warning."""

import asyncio
import contextlib
import ctypes
import dataclasses
import decimal
import fractions
import importlib
import math
import pickle
import re
import struct
import sys
import threading
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy import integrate, optimize

import dualad
from dualad import last_resort
from dualad.errors import (
    ConversionError,
    DifferencesWarning,
    PlainArrayError,
    ShapeError,
    UnsupportedError,
)
from tests.survey.helpers import put

ENTRIES = {"forward": dualad.derivative, "reverse": dualad.grad}


def kept_in_c(x: Any) -> Any:
    """An object of a compiled class that is given a number and asked for it again."""
    return math.sin(ctypes.c_double(x).value)


def kept_in_bytes(x: Any) -> Any:
    return math.sin(struct.unpack("d", struct.pack("d", x))[0])


def kept_in_text(x: Any) -> Any:
    return eval(f"math.sin({x!r})")


def kept_in_digits(x: Any) -> Any:
    return math.sin(float(decimal.Decimal(x)))


def kept_in_a_fraction(x: Any) -> Any:
    return math.sin(float(fractions.Fraction(x)))


def kept_in_hexadecimal(x: Any) -> Any:
    return math.sin(float.fromhex(x.hex()))


def kept_behind_a_pointer(x: Any) -> Any:
    memory = np.array([x, 2 * x])
    return math.sin(memory.ctypes.data_as(ctypes.POINTER(ctypes.c_double))[1] / 2)


def of_many(x: Any) -> Any:
    """An array of C from the entries of one of NumPy's; x -> sum of sines."""
    return sum(math.sin(number) for number in (ctypes.c_double * len(x))(*x))


class Length(np.ndarray):
    """An array that is printed with its unit."""

    def __str__(self):
        return f"{self.view(np.ndarray)} m"

    def __format__(self, spec):
        return f"{self.item():{spec}} m"


def kept_in_text_of_a_class(x: Any) -> Any:
    return math.sin(float(str(np.asarray(x).view(Length)).split()[0]))


def kept_in_format_of_a_class(x: Any) -> Any:
    return math.sin(float(f"{np.asarray([x]).view(Length):.15e}".split()[0]))


def kept_in_text_by_numpy(x: Any) -> Any:
    return math.sin(float(np.array2string(np.asarray([x]).view(Length), precision=17).strip("[]")))


def kept_in_text_of_a_list(x: Any) -> Any:
    return math.sin(float(re.findall(r"\d+\.\d+", str([x, "x"]))[0]))


@pytest.mark.parametrize(
    "f",
    [
        kept_in_a_fraction,
        kept_in_hexadecimal,
        kept_behind_a_pointer,
        kept_in_text_by_numpy,
        kept_in_text_of_a_list,
        kept_in_c,
        kept_in_bytes,
        kept_in_text,
        kept_in_digits,
        kept_in_text_of_a_class,
        kept_in_format_of_a_class,
    ],
)
@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_a_number_that_leaves_its_dual_on_the_way(entry, f):
    with pytest.warns(DifferencesWarning, match=rf"{f.__name__} cannot be followed by Duals .*{__name__}"):
        slope = entry(f)(1.25)
    assert slope == pytest.approx(math.cos(1.25), rel=1e-9)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_arrays_structures_and_several_results(mode):
    x = np.array([0.5, 1.5, 2.5])
    assert dualad.jacobian(of_many, mode=mode)(x) == pytest.approx(np.cos(x), rel=1e-9)

    def of_structure(p):
        total = of_many(p["x"])
        return {"y": p["w"] * np.array([total, 1.0]), "z": [total**2, 3]}

    J = dualad.jacobian(of_structure, mode=mode)({"x": x, "w": 2.0})
    assert J["y"]["x"] == pytest.approx(np.stack([2 * np.cos(x), 0 * x]), rel=1e-9)
    assert J["y"]["w"] == pytest.approx([np.sum(np.sin(x)), 1.0], rel=1e-9)
    assert J["z"]["x"] == pytest.approx(np.stack([2 * np.sum(np.sin(x)) * np.cos(x), 0 * x]), rel=1e-9)


@dataclasses.dataclass
class Wave:
    height: float
    phase: complex


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_complex_results_in_a_class_of_the_users():
    def wave(x):
        x = ctypes.c_double(x).value
        return Wave(x**3, math.e ** (1j * x))

    _, tangent = dualad.jvp(wave, 0.75, 2.0)
    assert tangent.height == pytest.approx(6 * 0.75**2, rel=1e-9)
    assert tangent.phase == pytest.approx(2j * np.exp(0.75j), rel=1e-9)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_arrays_of_a_class_of_the_users():
    class Row(np.ndarray):
        def total(self):
            return of_many(np.asarray(self))

    x = np.array([0.5, 1.5]).view(Row)
    assert np.asarray(dualad.grad(lambda row: row.total())(x)) == pytest.approx(np.cos([0.5, 1.5]), rel=1e-9)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_what_the_function_keeps_is_of_the_point_itself():
    seen: list[float] = []

    def keeping(x):
        y = kept_in_c(x)
        seen.append(y)
        return y

    (y, aux), slope = dualad.value_and_derivative(lambda x: (keeping(x), x), has_aux=True)(1.25)
    assert (y, seen[-1], aux) == (math.sin(1.25), math.sin(1.25), 1.25)
    assert slope == pytest.approx(math.cos(1.25), rel=1e-9)


REFUSED = {
    "a kink": lambda x: abs(ctypes.c_double(x).value - 1.25),
    "a step": lambda x: math.floor(ctypes.c_double(4 * x).value),
    "other numbers at each call": lambda x: ctypes.c_double(x).value + 1e-3 * np.random.rand(),
    "a count of random events": lambda x: np.random.default_rng(1).poisson(x),
    "no number": lambda x: str(ctypes.c_double(x)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_differences_do_not_find_is_the_error_that_it_was(case):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises((ConversionError, UnsupportedError)):
            dualad.derivative(REFUSED[case])(1.25)
    assert not caught  # nothing was found by differences


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_what_differences_do_not_find_is_an_error_before_the_sweep_in_reverse():
    with pytest.raises(ConversionError, match="float"):
        dualad.vjp(REFUSED["a kink"], 1.25)


def test_a_second_derivative_is_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DifferencesWarning)
        for second in (
            dualad.derivative(dualad.derivative(kept_in_c)),
            dualad.hessian(kept_in_c),
            dualad.derivative(dualad.grad(kept_in_c)),
        ):
            with pytest.raises(ConversionError, match="float"):
                second(1.25)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_who_wants_no_differences_has_the_error(entry):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DifferencesWarning)
        with pytest.raises(ConversionError, match="float"):
            entry(kept_in_c)(1.25)
    with pytest.raises(ConversionError, match="float"):
        entry(kept_in_c, lift=False)(1.25)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_an_error_of_the_function_itself_stays_as_it_is(entry):
    def checked(x):
        if kept_in_plain(x) > 1.0:
            raise ValueError("x is larger than 1")
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError, match="larger than 1") as caught:
            entry(checked)(1.25)
    assert caught.traceback[-1].name == "checked"
    assert caught.value.__context__ is None


def kept_in_plain(x: Any) -> Any:
    return 1.0 * x


def test_the_warning_says_how_often_the_function_is_called():
    def f(x):
        return kept_in_c(np.sum(x))

    x, slope = np.array([0.25, 0.5, 1.0]), math.cos(1.75)
    with pytest.warns(DifferencesWarning, match="some ten calls for each of 3 numbers"):
        assert dualad.grad(f)(x) == pytest.approx([slope] * 3, rel=1e-7)
    with pytest.warns(DifferencesWarning, match="some ten calls for each direction"):
        assert dualad.jvp(f, x, np.ones(3))[1] == pytest.approx(3 * slope, rel=1e-7)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_numbers_that_pass_through_an_array_of_text(entry):
    with pytest.warns(DifferencesWarning, match=r"astype\(<U"):
        slope = entry(lambda x: np.sin(np.array([x, 0.0]).astype(str).astype(float))[0])(1.25)
    assert slope == pytest.approx(math.cos(1.25), rel=1e-7)


def _added_to(row, x):
    row += x


def _of_rows(x):
    rows = np.cumsum([[0.5, 1.5], [0.25, 2.0]], axis=0)
    for row in rows:
        _added_to(row, x)
    return rows


def _of_a_function(x):
    rows = np.cumsum([[0.5, 1.5], [0.25, 2.0]], axis=0)
    np.copyto(rows, x)
    return rows


def _of_a_part(x):
    rows = np.cumsum([[0.5, 1.5], [0.25, 2.0]], axis=0)
    part = rows.real
    part[0] = x
    np.multiply(rows[0], x, out=rows[1])
    return rows


def _of_records(x):
    table = np.zeros(2, [("id", np.int32), ("at", float, (2,))]).view(np.recarray)
    table.at[:] = x
    return table.at


def _of_records_elsewhere(x):
    table = np.zeros(2, [("id", np.int32), ("at", float, (2,))]).view(np.recarray)
    put(table, x)
    return table.at


def _of_compiled_code(x):
    rows = np.cumsum([[0.5, 1.5], [0.25, 2.0]], axis=0)
    into = dualad.custom(lambda y, x: np.copyto(y, x) or 0.0, differences=True)
    return rows * into(rows, x * np.ones((2, 2))) + rows


OWN = {
    "compiled code": (_of_compiled_code, np.ones((2, 2))),
    "records": (_of_records, np.ones((2, 2))),
    "records elsewhere": (_of_records_elsewhere, np.ones((2, 2))),
    "rows": (_of_rows, np.ones((2, 2))),
    "a function": (_of_a_function, np.ones((2, 2))),
    "a part": (_of_a_part, np.array([[1.0, 1.0], [2.5, 2.5]])),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("case", OWN)
def test_plain_arrays_of_the_functions_own(case, mode):
    f, right = OWN[case]
    with pytest.warns(DifferencesWarning, match="plain array"):
        np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(1.25), right, rtol=1e-7)


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_plain_arrays_of_others_are_not_written_to(entry):
    kept = np.zeros(3)
    views = [kept, kept[1:], kept[::-1].reshape(3, 1)]

    def adding(x, to):
        to += x
        return np.sum(to)

    for view in views:
        with pytest.raises(PlainArrayError, match="plain array") as caught:
            entry(lambda x, view=view: adding(x, view))(1.25)
        assert "adding" in [frame.name for frame in caught.traceback]
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert not kept.any()


def test_gradients_by_very_many_numbers_are_no_matter_of_differences():
    calls = []

    def f(x):
        calls.append(x)
        return kept_in_c(np.sum(x) / x.size)

    with pytest.raises(ConversionError, match="float") as caught:
        dualad.grad(f)(np.ones(1001))
    assert "up to 1,000 numbers in reverse mode, and it has 1,001; dualad.jvp" in caught.value.__notes__[-1]
    assert len(calls) == 1
    with pytest.warns(DifferencesWarning):
        assert dualad.jvp(f, np.ones(1001), np.ones(1001))[1] == pytest.approx(math.cos(1.0), rel=1e-7)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("angle", [2.67, 0.0])
def test_beside_large_numbers_small_ones_keep_their_size(angle):
    """Metres beside an eccentricity, which is less than 1 in all calls."""

    def place(a, e, m):
        return [a * (np.cos(m) - e), a * np.sqrt(1 - e * e) * np.sin(m)]

    def orbit(x):
        a, e, m = (ctypes.c_double(entry).value for entry in x)
        assert 0 <= e < 1
        return np.array(place(a, e, m))

    a, e, m = x = np.array([8.788e6, 0.1712, angle])
    root = math.sqrt(1 - e * e)
    right = [
        [math.cos(m) - e, -a, -a * math.sin(m)],
        [root * math.sin(m), -a * e / root * math.sin(m), a * root * math.cos(m)],
    ]
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(orbit, mode=mode)(x), right, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("mode", ENTRIES)
def test_what_a_solver_leaves_in_an_array_is_followed_as_a_whole(mode):
    """The equation is solved by derivatives of its own, which are over when the array is used again."""

    def root(a):
        work = np.zeros(2)

        def equation(x):
            work[0] = x
            return work[0] ** 3 - a + work[1]

        first = optimize.brentq(equation, 0.0, 3.0, xtol=1e-15)
        work[1] = 1.0
        return first * optimize.brentq(equation, 0.0, 3.0, xtol=1e-15)

    with pytest.warns(DifferencesWarning):
        found = ENTRIES[mode](root)(2.0)
    assert found == pytest.approx(2 ** (1 / 3) / 3 + 2 ** (-2 / 3) / 3, rel=1e-7)


def test_an_elementwise_function_of_an_array():
    def f(x):
        return np.array([math.sin(ctypes.c_double(number).value) ** 2 for number in x])

    x = np.array([0.7, 1.9, 1.2, 0.3, 2.2])
    with pytest.warns(DifferencesWarning):
        assert dualad.derivative(f)(x) == pytest.approx(np.sin(2 * x), rel=1e-9)
    with pytest.warns(DifferencesWarning), pytest.raises(ShapeError, match="not elementwise"):
        dualad.derivative(lambda x: f(x)[::-1])(x)


# ---------------------------------------------------------------- errors that are swallowed


class Regardless:
    """What is in its block may fail."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True


def by_a_with(found, x):
    with Regardless():
        found.append(kept_in_c(x))


def by_a_with_without_a_rule(found, x):
    with Regardless():
        found.append(integrate.quad(lambda t: math.cos(x + t), 0, 1, weight="alg", wvar=(x, 0))[0])
        found[1] = math.sin(x) + 0 * found[1]


def by_a_stack(found, x):
    with contextlib.ExitStack() as stack:
        stack.push(lambda *error: True)
        found.append(kept_in_c(x))


def by_a_future(found, x):
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(kept_in_c, x)
    if future.exception() is None:
        found.append(future.result())


def by_gathering(found, x):
    async def computed():
        return kept_in_c(x)

    async def main():
        return await asyncio.gather(computed(), return_exceptions=True)

    found.extend(y for y in asyncio.run(main()) if not isinstance(y, Exception))


def by_a_callback(found, x):
    class Kept:
        pass

    kept = Kept()
    weakref.finalize(kept, lambda: found.append(kept_in_c(x)))
    del kept


def by_a_thread(found, x):
    thread = threading.Thread(target=lambda: found.append(kept_in_c(x)))
    thread.start()
    thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize(
    "swallowed",
    [
        by_a_with,
        by_a_with_without_a_rule,
        by_a_stack,
        by_a_future,
        by_gathering,
        by_a_callback,
        by_a_thread,
    ],
)
def test_an_error_that_is_swallowed(swallowed, entry):
    """The sine is missing from the result where the refusal of a Dual does not come out."""

    def f(x):
        found = [x * x]
        swallowed(found, x)
        return sum(found)

    with pytest.warns(DifferencesWarning, match="has been swallowed"):
        assert ENTRIES[entry](f)(0.6) == pytest.approx(1.2 + math.cos(0.6), rel=1e-9)
    with pytest.raises(ConversionError, match="has been swallowed"):
        dualad.derivative(ENTRIES[entry](f))(0.6)


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_errors_of_differences_that_do_not_settle_are_not_swallowed_ones():
    def there_and_back(v):
        r, angle = math.hypot(*v), math.atan2(v[1], v[0])
        return r * math.cos(angle) + (r * math.sin(angle)) ** 2

    second = dualad.hvp(there_and_back, np.zeros(2), np.array([0.3, 0.4]))
    assert second[1] in (0.4, pytest.approx(0.8, rel=1e-6))  # by the conventions, and the truth


def test_an_array_that_callers_alone_have_kept_is_gone_with_the_call():
    """A traceback that was cut short does not name them; a frame of what they called still has theirs."""

    def called():
        raise ValueError(sys._getframe(1).f_lineno)

    def caller():
        work = np.zeros(2)
        try:
            called()
        except ValueError as error:
            return weakref.ref(work), error.with_traceback(error.__traceback__.tb_next)

    target, failed = caller()
    assert target() is not None
    error = PlainArrayError("a plain array")
    error.target, error.__cause__ = target, failed
    assert last_resort._is_gone(error)


@pytest.mark.parametrize("mode", ENTRIES)
def test_an_alarm_of_the_user_is_heard(mode):
    def f(x):
        held = ctypes.c_double(x)
        if held.value != 1.5:
            raise TimeoutError("ten seconds")
        return held.value**2

    with pytest.raises(TimeoutError, match="ten seconds"):
        ENTRIES[mode](f)(1.5)


# ---------------------------------------------------------------- values that are noisier than their rounding


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_noise_of_larger_numbers_on_the_way_is_measured(mode):
    def f(x):
        t = ctypes.c_double(x).value
        return np.array([math.sin(t) + 300.0 - 300.0, 0.001 * math.cos(3 * t) + 300.0 - 300.0, 0.3])

    truth = [math.cos(0.7), -0.003 * math.sin(2.1), 0.0]
    np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(0.7), truth, rtol=2e-7)


def test_a_kink_is_one_among_noise_too():
    def f(x):
        t = ctypes.c_double(x).value
        return math.sin(t) + 300.0 - 300.0 + 1e-4 * abs(t - 0.7)

    with pytest.raises(ConversionError):
        dualad.derivative(f)(0.7)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
@pytest.mark.parametrize(
    ("beyond", "before", "slope"),
    [
        (lambda t: 7.0, lambda t: 7.0 - (t - 2.0) ** 2, 0.0),
        (lambda t: 7.0 + 3 * (t - 2) ** 2, lambda t: 7.0 - (t - 2.0) ** 2, 0.0),
        (math.exp, lambda t: math.exp(2) * (t - 1), math.exp(2)),
    ],
)
def test_branches_that_meet_with_one_slope(beyond, before, slope, entry):
    def f(x):
        t = ctypes.c_double(x).value
        return beyond(t) if t > 2 else before(t)

    assert entry(f)(2.0) == pytest.approx(slope, rel=1e-7, abs=1e-11)


@pytest.mark.parametrize("beyond", [lambda t: 1e-5 * (t - 2), lambda t: (t - 2) ** 1.5, lambda t: 1e-9])
def test_branches_that_do_not(beyond):
    def f(x):
        t = ctypes.c_double(x).value
        return 7.0 + beyond(t) if t > 2 else 7.0

    with pytest.raises(ConversionError):
        dualad.derivative(f)(2.0)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_compiled_code_that_finds_nothing_among_hidden_numbers():
    """It sees NaN, which is larger than nothing: an empty result is compared with that of plain numbers."""

    def larger_than_zero(x):
        own = np.zeros(3)
        for i in range(3):
            own[i] = (i - 1) * x
        held = (ctypes.c_double * 3).from_buffer(own)
        return np.array([2 * number for number in held if number > 0])

    assert dualad.derivative(larger_than_zero)(1.5) == pytest.approx([2.0])
    value, pullback = dualad.vjp(larger_than_zero, 1.5)
    assert value.tolist() == [3.0]
    assert pullback(np.ones(1)) == pytest.approx(2.0)


# ---------------------------------------------------------------- code that is not lifted


OF_OTHERS = """
import numpy as np

KEPT = np.zeros(2)

class Lengths:
    def __init__(self, unit):
        self.unit = unit

    @property
    def own(self):
        found = np.zeros((2, 2))
        for i in range(2):
            found[i][0] = (i + 1) * self.unit**2
        return found.sum()

    @property
    def kept(self):
        kept = KEPT
        kept[0] = self.unit
        return kept.sum()
"""


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_arrays_of_a_property_that_nothing_tells_from_an_attribute(entry, tmp_path, monkeypatch):
    name = f"lengths_of_others_{entry.__name__}"
    (tmp_path / f"{name}.py").write_text(OF_OTHERS)
    (tmp_path / f"asks_{name}.py").write_text("def ask(kind, x):\n    return kind(x).own\n")
    (tmp_path / f"keeps_{name}.py").write_text("def ask(kind, x):\n    return kind(x).kept\n")
    monkeypatch.syspath_prepend(tmp_path)
    others = importlib.import_module(name)
    own, kept = (importlib.import_module(f"{does}_{name}").ask for does in ("asks", "keeps"))
    assert entry(lambda x: own(others.Lengths, x))(2.0) == pytest.approx(12.0, rel=1e-9)
    with pytest.raises(PlainArrayError):
        entry(lambda x: kept(others.Lengths, x))(2.0)
    assert not others.KEPT.any()


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("distance", [1e-3, 1e-4])
@pytest.mark.parametrize("entry", [dualad.derivative, lambda f: dualad.jacobian(f, mode="reverse")])
def test_a_kink_near_by_and_little_slope(entry, distance):
    def f(x):
        t = ctypes.c_double(x).value
        return np.array([max(t - 1.5 * (1 + distance), 0) + 0.3 + 1e-5 * t, 5.0 * t])

    np.testing.assert_allclose(entry(f)(1.5), [1e-5, 5.0], rtol=1e-6)
