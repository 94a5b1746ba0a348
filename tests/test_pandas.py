"""pandas: its objects are a user's, whose operators, methods and assignments are lifted."""

import math

import numpy as np
import pytest
from survey.helpers import growth_above, of_rows

from dualad import derivative, grad, jacobian
from dualad.errors import DifferencesWarning, DualadError

pd = pytest.importorskip("pandas")
curve_fit = pytest.importorskip("scipy.optimize").curve_fit

pytestmark = pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")

X = 0.7

WEIGHTS = np.array([0.2, 0.4, 0.1, 0.3])


def series():
    return pd.Series([1.0, 2.0, 3.0, 4.0])


def frame():
    return pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [2.0, 0.5, 1.0, 3.0], "g": [0, 1, 0, 1]})


def in_place(x):
    s = series()
    s *= x
    s += x * x
    return s.sum()


def column(x):
    df = frame()
    df["c"] = df["a"] * x
    df["c"] *= x
    return (df["c"] * df["b"]).sum()


def column_of_an_array(x):
    df = frame()
    df["c"] = df["a"].to_numpy() * x
    return (df["c"] * df["a"]).sum()


def columns_of_rows(x):
    rows = [("u", 2, x), ("v", 4, x * x), ("v", 8, 1.0)]
    df = pd.DataFrame(rows, columns=["name", "n", "a"])
    by_name = pd.DataFrame([{"name": "u", "a": x}, {"name": "v", "a": 1.0}])
    kept = df.select_dtypes("number").columns.tolist() == ["n", "a"]
    means = df.groupby("name").mean(numeric_only=True)["a"]
    return df.mean(numeric_only=True)["a"] * kept + means["v"] + by_name.sum(numeric_only=True)["a"]


def column_of_a_number(x):
    df = frame()
    df["c"] = x
    return (df["c"] ** 2 * df["a"]).sum()


def cell(x):
    df = frame()
    df.loc[1, "a"] = x
    df.iloc[2, 0] = x * x
    df.at[0, "a"] = 2 * x
    return (df["a"] ** 2).sum()


def cells(x):
    df = frame()
    df.loc[df["a"] > 2, "b"] = x
    return (df["b"] * df["a"]).sum()


def cells_by_a_column(x):
    df = frame()
    df["c"] = df["a"] * x
    df.loc[df["a"] > 2, "c"] = df["b"] * x**2
    df.loc[[0, 1], "b"] = df["c"] / x
    return (df["c"] * df["a"] + df["b"]).sum()


def of_one_column(x):
    s = pd.Series([1.0, -2.0, 3.0], index=list("abc"))
    s.iloc[0] = x
    s.loc["c"] = x * x
    s[s < 0] = x**3
    return (s**2).sum()


def one_after_the_other(x):
    s = pd.Series(dtype=float)
    s["a"] = x
    s["b"] = x * x
    return s.sum() * s["b"]


def with_gaps(x):
    s = pd.Series([None, x, x * x], dtype=float)
    return s.sum() + pd.DataFrame([{"n": 1, "v": x}, {"n": 2, "v": x * x}])["v"].max()


def functions_that_are_operators(x):
    s = series() * x
    turned = pd.Series([1.0, 2.0, 3.0, 4.0], index=[3, 2, 1, 0])
    return (np.power(s, 3) + np.multiply(s, turned) + np.divide(1.0, s) + np.subtract(frame()["a"], s)).sum()


def rows_of_rows(df):
    some = df[frame()["a"] > 1]
    return (some["b"][some["g"].to_numpy() == some["g"].to_numpy()] * some["a"]).sum()


GAPS = np.array([1.0, 3.0, 2.0, 0.5])


def gaps(x):
    return pd.Series([1.0, np.nan, 3.0, 2.0, np.nan, 0.5]) * x


def of_numbers(numbers):
    return pd.Series(numbers)


def put_at_a_label(x):
    column = of_numbers(np.arange(4.0) * x)
    column.loc[7] = 2.0
    return (column.sort_index() * np.arange(5.0)).sum()


def dates_among_numbers(x):
    column = pd.Series({"start": pd.Timestamp("2020-01-01"), "gain": 2 * x, "risk": x**2})
    return column["gain"] * column["risk"]


def remembered(x):
    known = {}

    def total(column):
        key = pd.util.hash_pandas_object(column).sum()
        if key not in known:
            known[key] = column.sum()
        return known[key]

    values = X * series()
    return total(series() * x) * total(series() * x) / 10 + total(values) * 0 + total(series() * (2 * x - X))


def several_columns(x):
    df = frame()
    df["r"] = np.sqrt((df.a * x) ** 2 + (df.b - x) ** 2)
    return np.log(df.r).sum()


def one_by_one(x):
    rows = sum(r.a * x * r.b for r in frame().itertuples())
    return rows + sum(row["a"] * x**2 for _, row in frame().iterrows())


#: Each is its own truth, by complex step.
PROGRAMS = {
    "times": lambda x: (series() * x).sum(),
    "from the left": lambda x: (x / series() - x).sum(),
    "methods": lambda x: series().mul(x).add(x).mean(),
    "power": lambda x: (series() ** x).sum(),
    "ufuncs": lambda x: np.exp(np.sin(series() * x)).sum(),
    "of a list": lambda x: pd.Series([x, x * x, 1.0]).sum(),
    "of an array": lambda x: pd.Series(np.array([x, x * x, 1.0])).sum(),
    "of a dict": lambda x: pd.Series({"a": x, "b": 2 * x})["b"] * x,
    "frame": lambda x: pd.DataFrame({"a": [x, x * x], "b": [1.0, 2.0]})["a"].sum(),
    "frame times": lambda x: (frame() * x).sum().sum(),
    "cumsum": lambda x: (series() * x).cumsum().iloc[-1],
    "cumprod": lambda x: (series() * x).cumprod().iloc[-1],
    "dot": lambda x: (series() * x).dot(series()),
    "picked": lambda x: (series() * x)[series() > 2].sum(),
    "apply": lambda x: series().apply(lambda v: v * x * x).sum(),
    "rows": lambda x: frame().apply(lambda r: r["a"] * x + r["b"] * x * x, axis=1).sum(),
    "pipe": lambda x: series().pipe(lambda s: s * x).sum(),
    "dot of an array": lambda x: (x * np.arange(4.0)).dot(series()) * x,
    "selected": lambda x: np.select([series() > 2], [x * np.arange(4.0)], 0.0).sum(),
    "ufunc with an array": lambda x: np.multiply(np.exp(x * np.arange(4.0)), series()).sum(),
    "ufunc with a number": lambda x: (np.subtract(series() * x, 1.0) * np.add(2.0, series() * x)).sum(),
    "an array before": lambda x: ((np.arange(4.0) - series() * x) * (np.ones(4) * (series() * x))).sum(),
    "ones like": lambda x: (np.ones_like(series() * x) * series() * x).sum(),
    "full of": lambda x: np.full((2, 4), series() * x).sum() + np.vstack([series() * x, series()])[0].sum(),
    "rows where": lambda x: (frame() * x)[frame()["a"] > 1]["b"].sum() * x,
    "rows and rows of these": lambda x: rows_of_rows(frame() * x),
    "rows by places": lambda x: (
        (frame() * x).iloc[[0, 2]]["a"].sum() + (frame() * x).loc[frame().a > 1, "b"].sum()
    ),
    "weights": lambda x: np.average(series(), weights=series() * x + x * x),
    "running, with labels": lambda x: np.cumsum(series() * x).reindex([1, 3]).sum(),
    "arrays in cells": lambda x: pd.DataFrame({"t": x, "ci": [series().to_numpy() * x]})["ci"].iloc[0].sum(),
    "of a dict, other labels": lambda x: pd.DataFrame({"a": {"p": x, "q": 1.0}, "b": {"p": 3.0}})["a"].sum(),
    "array from outside before one": lambda x: (WEIGHTS / (series() * x) - (WEIGHTS - series() * x)).sum(),
    "ufunc of an array from outside": lambda x: np.multiply(WEIGHTS, series() * x).sum(),
    "a series it stays": lambda x: (WEIGHTS * (series() * x)).where(series() > 2, x).rename("p").sum(),
    "array before a frame": lambda x: (np.ones((4, 1)) * (frame()[["a", "b"]] * x)).sum().sum(),
    "interp": lambda x: np.where(series() > 2, series() * x, 0.0).sum(),
    **{
        f.__name__: f
        for f in (in_place, column, column_of_an_array, columns_of_rows, column_of_a_number, several_columns)
    },
    "one_by_one": one_by_one,
}

#: Those whose complex values pandas does not take, with their derivatives.
REAL = {
    "mean and std": (lambda x: (series() * x).mean() + (series() * x).std(), 2.5 + math.sqrt(5 / 3)),
    "cell": (cell, 10 * X + 4 * X**3),
    "cells": (cells, 7.0),
    "cells by a column": (cells_by_a_column, 5 + 30 * X),
    "of one column": (of_one_column, 2 * X + 4 * X**3 + 6 * X**5),
    "one after the other": (one_after_the_other, 3 * X**2 + 4 * X**3),
    "with gaps": (with_gaps, 2 + 2 * X),
    "functions that are operators": (
        functions_that_are_operators,
        300 * X**2 + 20 - (1 + 1 / 2 + 1 / 3 + 1 / 4) / X**2 - 10,
    ),
    "gaps left out": (lambda x: np.sum(gaps(x)) + np.max(gaps(x)) + np.std(gaps(1.0) * x), 9.5 + GAPS.std()),
    "labels that are numbers": (lambda x: (x * pd.Series([1.0, 2.0], index=[x, 2 * x])).loc[1.0:].sum(), 2.0),
    "put at a label": (put_at_a_label, 14.0),
    "dates among numbers": (dates_among_numbers, 6 * X**2),
    "remembered": (remembered, 20 * X + 20.0),
    "median": (lambda x: (series() * x).median(), 2.5),
    "max": (lambda x: (series() * x).max(), 4.0),
    "not of numbers": (lambda x: (series() * x).transform(lambda v: v - v.mean()).iloc[0], -1.5),
    "quantile": (lambda x: (series() * x).quantile(0.3), 1.9),
    "sorted": (lambda x: (series() * -x).sort_values().iloc[0], -4.0),
    "math": (
        lambda x: series().map(lambda v: math.exp(-v * x)).sum(),
        -sum(v * math.exp(-v * X) for v in (1.0, 2.0, 3.0, 4.0)),
    ),
    "rows, math": (
        lambda x: frame().apply(lambda r: math.sin(r["a"] * x), axis=1).sum(),
        sum(v * math.cos(v * X) for v in (1.0, 2.0, 3.0, 4.0)),
    ),
}


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("name", PROGRAMS)
def test_right(name, transform):
    f = PROGRAMS[name]
    assert transform(f)(X) == pytest.approx(f(X + 1e-30j).imag / 1e-30, rel=1e-13)


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("name", REAL)
def test_right_of_real_numbers(name, transform):
    f, slope = REAL[name]
    assert transform(f)(X) == pytest.approx(slope, rel=1e-13)


BINS, P = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0, 5.0])


def fitted(c):
    return curve_fit(lambda x, a, b: a * x + b, P, c)[0] @ [1.0, 2.0]


#: What NumPy and SciPy make of the columns, which stand for arrays: each is linear in the column.
OF_COLUMNS = {
    "bins": lambda c: c[BINS.searchsorted(c) == 2].sum() + c[np.array(BINS).searchsorted(c) == 1].sum(),
    "np.searchsorted": lambda c: c[np.searchsorted(BINS, c) == 2].sum(),
    "cut": lambda c: c[pd.cut(c, [0.0, 1.0, 2.0], labels=False) == 1].sum(),
    "groups": lambda c: c.groupby(pd.cut(c, [0.0, 1.0, 2.0]), observed=True).sum().iloc[1],
    "dot": lambda c: P.dot(c),
    "array times column": lambda c: (P * c + BINS[:1] - c).sum(),
    "weights": lambda c: np.histogram(P, bins=2, weights=c)[0] @ [1.0, 3.0],
    "bincount": lambda c: np.bincount([0, 1, 1, 0], weights=c) @ [1.0, 3.0],
    "tile": lambda c: np.tile(c, 2) @ np.tile(P, 2),
    "meshgrid": lambda c: np.meshgrid(c, P)[0].sum(),
    "vectorize": lambda c: np.vectorize(lambda v: 2 * v)(c).sum(),
    "curve_fit": fitted,
}


def table_of(c):
    return pd.DataFrame({"n": [1, 2, 3, 4], "c": c, "g": list("abab")})


#: Functions that are handed a table, in a module that names no class of its package.
OF_TABLES = {
    "mask": lambda t: t[t.g == "a"].c.sum(),
    "loc": lambda t: t.loc[[0, 2], "c"].sum() + t.loc[t.n > 2, "c"].sum(),
    "index": lambda t: t.set_index("g").loc["a", "c"].sum() + t.set_index("g").c["b"].sum(),
    "iloc": lambda t: t.iloc[[0, 2]].c.sum(),
}


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("name", OF_TABLES)
def test_parts_of_tables(name, transform):
    numbers = np.array([0.5, 1.5, 2.0, 2.5])
    f = OF_TABLES[name]
    assert transform(lambda x: f(table_of(numbers * x)))(X) == pytest.approx(f(table_of(numbers)), rel=1e-13)


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("table", [True, False])
@pytest.mark.parametrize("name", OF_COLUMNS)
def test_columns_stand_for_arrays(name, table, transform):
    numbers = np.array([0.5, 1.5, 2.0, 2.5])

    def f(x):
        column = pd.DataFrame({"n": [1, 2, 3, 4], "c": numbers * x})["c"] if table else pd.Series(numbers * x)
        return OF_COLUMNS[name](column)

    assert transform(f)(X) == pytest.approx(f(X) / X, rel=1e-7 if name == "curve_fit" else 1e-13)


@pytest.mark.parametrize("transform", [derivative, grad])
def test_objects_of_compiled_classes_are_refused(transform):
    assert pd.Interval(X, 2 * X).length == X
    with pytest.raises(DualadError, match=r"pandas.Interval is compiled .* write what it computes"):
        transform(lambda x: pd.Interval(x, 2 * x).length)(X)


def test_what_compiled_code_could_not_see_is_not_left_out_as_missing():
    def f(x):
        y = np.zeros(2)
        y[0] = x
        lost = np.array(memoryview(y))  # as compiled code copies it
        return np.where(np.isnan(lost), 0.0, lost).sum()

    with pytest.warns(DifferencesWarning, match="test_pandas.py"):
        assert derivative(f)(X) == pytest.approx(1.0, rel=1e-9)


def powers(x):
    return frame()[["a", "b"]] ** x


def groups(x):
    return pd.DataFrame({"a": frame()["a"] * x, "b": frame()["b"] * x * x, "g": [0, 1, 0, 1]})


def sum_of_squares(x):
    return float((x.to_numpy()[np.isfinite(x.to_numpy().astype(float))] ** 2).sum())


def each_group(x):
    return sum((part["a"] * part["b"]).sum() ** 2 for _, part in groups(x).groupby("g"))


def merged(x):
    weights = pd.DataFrame({"g": [0, 1], "w": np.array([1.0, 2.0]) * x})
    return (lambda d: d["a"] * d["w"])(frame().merge(weights, on="g"))


def evaluated(x):
    return groups(x).eval("a * b + @x * a**2")


def resampled(x):
    days = pd.date_range("2020-01-01", periods=6, freq="12h")
    return pd.Series(gaps(x).to_numpy(), index=days).resample("1D").mean()


#: What pandas' compiled functions make: the squares of the numbers are added up. Against differences.
COMPILED = {
    **{
        f"rolling {name}": lambda x, name=name: getattr((series() ** x).rolling(3), name)()
        for name in ("sum", "mean", "var", "std", "max", "min", "median")
    },
    "rolling skew and kurt": lambda x: (
        pd.Series([1.0, 2.5, 3.0, 4.0, 2.0]).pow(x).rolling(4).agg(["skew", "kurt"])
    ),
    "rolling, gaps": lambda x: gaps(x).rolling(3, min_periods=1, center=True).mean(),
    "rolling quantile": lambda x: (series() ** x).rolling(3).quantile(0.3),
    "rolling apply": lambda x: (series() * x).rolling(2).apply(lambda w: math.exp(-w[0] * w[1]), raw=True),
    "rolling corr": lambda x: (series() ** x).rolling(3).corr(series()),
    "expanding": lambda x: (series() ** x).expanding().std(),
    "ewm": lambda x: gaps(x).ewm(span=3).mean(),
    "ewm of what is there": lambda x: gaps(x).ewm(span=3, ignore_na=True).mean(),
    "ewm sum": lambda x: gaps(x).ewm(span=3).sum(),
    "ewm variance": lambda x: gaps(x).ewm(alpha=0.4, adjust=False).var(),
    "ewm alpha": lambda x: series().ewm(alpha=x, adjust=False).mean(),
    "ewm std": lambda x: (series() ** x).ewm(halflife=2).std(),
    **{
        f"group {name}": lambda x, name=name: getattr(groups(x).groupby("g"), name)()
        for name in ("sum", "mean", "var", "std", "max", "prod", "median", "first", "cumsum", "cumprod")
    },
    "group quantile": lambda x: groups(x).groupby("g")["b"].quantile(0.3),
    "group transform": lambda x: groups(x).groupby("g")["a"].transform(lambda s: s - s.mean() ** 2),
    "group diff": lambda x: groups(x).groupby("g")["a"].diff(),
    "each group": each_group,
    "pivot": lambda x: groups(x).pivot_table(index="g", values="a", aggfunc="mean"),
    "transposed": lambda x: groups(x)[["a", "b"]].T.sum(),
    "diff": lambda x: (series() ** x).diff(2),
    "corr": lambda x: powers(x).corr(),
    "cov": lambda x: powers(x).cov(),
    "skew": lambda x: (series() ** x).skew() + (series() ** x).kurt(),
    "merge": merged,
    "filled": lambda x: gaps(x).ffill() + gaps(x).interpolate(),
    "by places": lambda x: (series() * x).reindex([3, 0, 9]),
    "by order": lambda x: groups(x).sort_values("b")["a"] * series(),
    "unique": lambda x: pd.Series((pd.Series([3.0, np.nan, 1.0, 3.0, np.nan]) * x).unique()),
    "groups by numbers": lambda x: (
        (series() // 2 * x).to_frame("k").groupby("k")["k"].sum().reset_index(name="s")
    ),
    "eval": evaluated,
    "query": lambda x: groups(x).query("b > 0.3 and g == 1")["a"],
    "resample": resampled,
    "select": lambda x: pd.Series(np.select([series() > 2], [series() * x], 0.0)),
}


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("name", COMPILED)
def test_compiled_functions(name, transform):
    def f(x):
        y = COMPILED[name](x)
        return sum_of_squares(y) if hasattr(y, "to_numpy") else y**2

    def slope(h):
        return (f(X + h) - f(X - h)) / (2 * h)

    extrapolated = (64 * slope(1e-3) - 20 * slope(2e-3) + slope(4e-3)) / 45
    assert transform(f)(X) == pytest.approx(extrapolated, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize("transform", [derivative, grad])
def test_other_compiled_functions_are_differentiated_by_differences(transform):
    def f(x):
        return (series() * x).groupby(lambda i: i // 2).ohlc()["high"].iloc[-1]

    with pytest.warns(DifferencesWarning, match="group_ohlc is compiled"):
        assert transform(f)(X) == pytest.approx(f(1.0), rel=1e-9)  # it is proportional to x


@pytest.mark.parametrize("transform", [derivative, grad])
def test_operators_in_a_module_that_does_not_import_pandas(transform):
    def f(x):
        return growth_above(pd.Series([x, 2 * x]), pd.Series([1.0, 2.0]))

    slope = (3 + 4 * X) * (3 - 5 * X**2) - 10 * X * (1 + X) * (1 + 2 * X)
    assert transform(f)(X) == pytest.approx(slope, rel=1e-14)


@pytest.mark.parametrize("transform", [derivative, grad])
def test_rows_of_objects_are_taken(transform):
    def f(x):
        table = pd.DataFrame(index=["a", "b", "c"], columns=["u", "v"])
        table.loc["a", "u"], table.loc["c", "v"] = x, x * x
        numbers = table.reindex(["c", "a", "d"]).to_numpy(dtype=float, na_value=0.5)
        return numbers[0, 1] * numbers[1, 0] * numbers[2, 0]

    assert transform(f)(X) == pytest.approx(1.5 * X**2, rel=1e-14)


def second_column(entries):
    table = np.ones((len(entries), 2))
    table[:, 1] = entries
    return table


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_column_put_into_an_array_by_a_function_that_does_not_name_pandas(mode):
    def f(x):
        df = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": x, "c": [0.5, 1.5, 2.5]})
        return second_column(df.set_index("a")["b"])[:, 1] ** 2

    x = np.array([0.3, 0.8, 1.7])
    np.testing.assert_allclose(jacobian(f, mode=mode)(x), np.diag(2 * x), rtol=1e-14)


TABLES = {
    "series": lambda x: pd.Series(x) * x,
    "frame": lambda x: pd.DataFrame({"a": x, "b": 1.0}) * x[0],
    "in a dict": lambda x: {"s": pd.Series([x[0], 2 * x[1]])},
    "modes": lambda x: pd.Series([x[0], np.nan, 3 * x[1], np.nan]).mode(),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", TABLES)
def test_tables_that_are_returned(name, mode):
    def numbers(x):
        y = TABLES[name](x)
        return np.asarray(y["s"] if isinstance(y, dict) else y, float)

    x, h = np.array([1.5, 2.5]), 1e-6
    right = np.stack([(numbers(x + h * e) - numbers(x - h * e)) / (2 * h) for e in np.eye(2)], axis=-1)
    got = jacobian(TABLES[name], mode=mode)(x)
    np.testing.assert_allclose(got["s"] if isinstance(got, dict) else got, right, rtol=1e-7, atol=1e-8)


@pytest.mark.filterwarnings("error::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("by_columns", [True, False])
def test_entries_and_properties_in_a_module_that_does_not_import_pandas(transform, by_columns):
    def f(x):
        u = np.array([1.0, x, x * x])
        data = {"u": u, "v": 2 * u} if by_columns else np.stack([u, 2 * u], axis=1)
        return of_rows(pd.DataFrame(data, index=list("abc"), columns=list("uv")))

    slope = 9 * (2 * X * (1 + X + X**2) + (1 + X**2) * (1 + 2 * X)) + 12 * X**2
    assert transform(f)(X) == pytest.approx(slope, rel=1e-14)
