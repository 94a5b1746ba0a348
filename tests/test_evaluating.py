"""Text that is run as code, and functions whose result holds no derivative: right, or an error of ours."""

import array
import ast
import concurrent.futures
import configparser
import contextlib
import datetime
import decimal
import fractions
import io
import json
import math
import multiprocessing
import os
import sqlite3
import struct

import numpy as np
import pytest

from dualad import derivative, grad, value_and_derivative, vjp
from dualad.errors import ConversionError, DualadError

TRANSFORMS = pytest.mark.parametrize("transform", [derivative, grad])

SECOND = np.timedelta64(1, "s")
HOURS = np.array([1, 2, 3], "timedelta64[h]")
DAYS = np.arange("2020-01-01", "2020-01-04", dtype="datetime64[D]")


@TRANSFORMS
@pytest.mark.parametrize(
    "f",
    [
        lambda x: eval(f"{x!r} ** 2"),
        lambda x: eval(f"{x} ** 2 + {x}"),
        lambda x: eval("%r * 2" % x),  # noqa: UP031 - each way to format
        lambda x: eval("%.3f * 2" % x),  # noqa: UP031 - each way to format
        lambda x: eval("{:.17g} * 2".format(x)),  # noqa: UP032 - each way to format
        lambda x: eval(str(x) + " * 2"),
        lambda x: eval(compile("1 + " + repr(x), "<text>", "eval")),
        lambda x: eval("[" + ",".join(map(str, [x, 2 * x])) + "]")[0],
        lambda x: ast.literal_eval(str(x)),
        lambda x: ast.literal_eval(f"[{x}, {2 * x}]")[1],
    ],
)
def test_numbers_in_code_that_is_run(f, transform):
    assert f(0.7) is not None
    with pytest.raises(ConversionError, match="printed"):
        transform(f)(0.7)


@TRANSFORMS
def test_code_that_is_run_sees_what_it_would(transform):
    """Names of the function around it, builtins under another meaning, whole numbers, its own errors."""

    def f(x):
        y = eval("x + 1")
        label = f"{x}"
        exec("z = 2 * y", {}, kept := {"y": y})
        total = eval("sum(x) * 2", {"sum": lambda x: math.sin(x), "x": kept["z"]})
        return total + eval("2 * x", {"x": x}) + 0 * len(label)

    assert transform(f)(0.7) == pytest.approx(4 * math.cos(2 * 1.7) + 2, rel=1e-14)
    with pytest.raises(SyntaxError, match="was never closed"):
        transform(lambda x: eval("(x"))(0.7)
    with pytest.raises(NameError, match="unknown"):
        transform(lambda x: eval("unknown * x"))(0.7)


def test_a_function_made_in_a_derivative_call_can_be_kept():
    names = {"math": math}

    def f(x):
        if "g" not in names:
            exec("def g(x):\n    return math.exp(x) * h(x)\ndef h(x):\n    return math.sin(x)", names)
        return names["g"](x)

    value, slope = value_and_derivative(f)(0.7)
    assert value == f(0.7) == math.exp(0.7) * math.sin(0.7)
    assert slope == derivative(names["g"])(0.7)
    assert slope == pytest.approx(math.exp(0.7) * (math.sin(0.7) + math.cos(0.7)), rel=1e-15)


@TRANSFORMS
@pytest.mark.parametrize(
    ("f", "advice"),
    [
        (lambda x: json.loads(json.dumps({"a": [x]}))["a"][0], "copy.deepcopy"),
        (lambda x: json.dump([x], io.StringIO()), "copy.deepcopy"),
        (lambda x: struct.unpack("d", struct.pack("d", x))[0], "keep the numbers"),
        (lambda x: struct.Struct("d").pack(x), "keep the numbers"),
        (lambda x: array.array("d", [x])[0], "keep the numbers"),
        (lambda x: memoryview(np.array([x]))[0], "keep the numbers"),
        (lambda x: memoryview(array.array("d", [1.0])).__setitem__(0, x), "with floats, math and NumPy"),
        (lambda x: decimal.Decimal(x) * 2, "compute with x itself"),
        (lambda x: fractions.Fraction(x) * 2, "compute with x itself"),
        (lambda x: datetime.timedelta(seconds=x).total_seconds(), "seconds"),
        (lambda x: (datetime.timedelta(1) * x).total_seconds(), "with floats, math and NumPy"),
        (lambda x: datetime.datetime.fromtimestamp(1e5 * x).timestamp(), "seconds"),
    ],
)
def test_what_holds_no_derivative(f, advice, transform):
    f(0.7)
    with pytest.raises(ConversionError, match=advice):
        transform(f)(0.7)


def _configured(x):
    parser = configparser.ConfigParser()
    parser["section"] = {"x": repr(x)}
    return parser.getfloat("section", "x")


def _queried(x):
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        return base.execute("select ? * 2", (x,)).fetchone()[0]


@TRANSFORMS
@pytest.mark.parametrize("f", [_configured, _queried])
def test_numbers_by_way_of_others(f, transform):
    assert f(0.7) > 0
    with pytest.raises(ConversionError, match=r"0\.7|plain numbers only"):
        transform(f)(0.7)


def _by_pool(x):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return sum(pool.map(abs, [x, 2 * x]))


def _by_executor(x):
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(abs, x).result()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of fork beside threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("f", [_by_pool, _by_executor])
def test_a_dual_is_not_sent_to_another_process(f):
    """A pool would start one worker after the other, for ever."""
    with pytest.raises(ConversionError, match="use threads"):
        derivative(f)(0.7)


@TRANSFORMS
@pytest.mark.parametrize(
    "f",
    [
        lambda x: (SECOND * x) / SECOND,
        lambda x: (HOURS * x)[0] / SECOND,
        lambda x: (HOURS * x)[2],
        lambda x: (HOURS * x).astype(float)[0],
        lambda x: (1e9 * np.array([x, 2 * x])).astype("timedelta64[ns]")[1] / SECOND,
        lambda x: ((DAYS - DAYS[0]) * x).sum() / SECOND,
        lambda x: np.trapezoid(x * np.ones(3), DAYS),
    ],
)
def test_dates_hold_no_derivative(f, transform):
    f(0.7)
    with pytest.raises(ConversionError, match="numbers of seconds"):
        transform(f)(0.7)


@TRANSFORMS
def test_dates_beside_numbers(transform):
    def f(x):
        days = (DAYS - DAYS[0]) / np.timedelta64(1, "D")
        return np.trapezoid(np.exp(x * days), days) * float(decimal.Decimal("1.5")) * json.loads("2")

    assert transform(f)(0.7) == pytest.approx(3 * (math.exp(0.7) + math.exp(1.4)), rel=1e-14)


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda x: np.ma.masked_array([x, 2 * x], mask=[True, False]), [math.nan, 2.0]),
        (lambda x: (x, [np.ma.masked_greater(np.array([x, 2 * x]), 1.0)])[1][0], [1.0, math.nan]),
        (lambda x: np.ma.masked_greater(np.array([x, 2 * x]), 0.0).sum(), math.nan),
    ],
)
def test_what_is_masked_has_no_derivative(f, slope):
    assert derivative(f)(0.7) == pytest.approx(np.array(slope), nan_ok=True)
    y, pullback = vjp(lambda x: {"y": [x, f(x)]}, 0.7)
    ones = np.where(np.isnan(slope), 0.0, 1.0)
    assert pullback({"y": [3.0, ones]}) == pytest.approx(3.0 + np.nansum(slope))
    assert np.array_equal(np.isnan(y["y"][1]), np.isnan(slope))


RECORDS = np.dtype([("a", float), ("n", int)])


def _field(x):
    records = np.zeros(3, RECORDS)
    records["a"] = x
    return records["a"].sum()


def _record(x):
    records = np.zeros(3, RECORDS)
    records[1] = (x, 2)
    return records["a"].sum()


@TRANSFORMS
@pytest.mark.parametrize(
    "f",
    [
        _field,
        _record,
        lambda x: np.array([(x, 1), (2 * x, 2)], RECORDS)["a"].sum(),
        lambda x: np.rec.array([(x, 1), (2 * x, 2)], RECORDS).a.sum(),
    ],
)
def test_arrays_of_records_of_several_types_hold_no_derivative(f, transform):
    assert f(0.7) > 0
    with pytest.raises(DualadError, match="for each field"):
        transform(f)(0.7)


@TRANSFORMS
def test_functions_that_look_past_a_mask(transform):
    with pytest.raises(DualadError, match=r"x\.mean\(\)"):
        transform(lambda x: np.nanmean(np.ma.masked_array([x, 2 * x], mask=[True, False])))(0.7)
