"""Real packages that know nothing of derivatives, called as anybody calls them.

Each line of ``tests/packages/*.txt`` is a call, in which ``d(...)`` marks what is differentiated. The
truth is extrapolated from differences of the plain call; where the call takes complex numbers and a
complex step agrees with the differences, it is the complex step, which is as good as exact.
"""

import ast
import functools
import importlib
import linecache
import pathlib
import warnings

import numpy as np
import pytest

import dualad

SCIPY = np.lib.NumpyVersion(pytest.importorskip("scipy").__version__)
#: What came with a version of SciPy, or was complex before, by rounding errors that dualad leaves out.
SINCE = {"scipy.special.softplus(": "1.15.0", "scipy.linalg.sqrtm(": "1.16.0"}

#: A line that starts with "!" fails so far, and is freed of the mark once it works.
NOT_YET = [pytest.mark.xfail(strict=SCIPY >= "1.15.0", reason="not there yet")]

FILES = sorted((pathlib.Path(__file__).parent / "packages").glob("*.txt"))

CALLS = [
    pytest.param(
        path.stem, line.removeprefix("! "), id=f"{path.stem}-{number}", marks=NOT_YET * (line[0] == "!")
    )
    for path in FILES
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    if line and not line.startswith("#")
]

#: A derivative may be off by this, relative to the largest entry of the truth, and by rounding in the value,
EXACT, ROUNDING = 1e-10, 1e-13
#: and where the truth is extrapolated, by so many times its estimated error more.
MARGIN = 10.0
#: It is a test only where that error is less than this, relative to the truth and to the value.
GOOD = 1e-6, 1e-9

#: Parts of SciPy that are reached by their names only once they are imported.
PARTS = ("integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "spatial", "special", "stats")


@functools.cache
def package(name):
    with np.printoptions():  # which colour changes
        found = pytest.importorskip(name)
        for part in PARTS if name == "scipy" else ():
            importlib.import_module(f"scipy.{part}")
    return found


class _Marks(ast.NodeTransformer):
    """``f(d(1.0), b=d(2.0))`` as ``f(x0, b=x1)``, and what was marked."""

    def __init__(self):
        self.marked = []

    def visit_Call(self, node):
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "d":
            self.marked.append(node.args[0])
            return ast.Name(f"x{len(self.marked) - 1}", ast.Load())
        return node


def function_of(line, names):
    """The call as a function of what is marked in it, and the values that are."""
    marks = _Marks()
    call = ast.unparse(marks.visit(ast.parse(line, mode="eval")))
    source = f"lambda {', '.join(f'x{k}' for k in range(len(marks.marked)))}: {call}\n"
    file = f"<{line}>"
    linecache.cache[file] = len(source), None, [source], file  # a file of its own, as far as Python knows
    return eval(compile(source, file, "eval"), names), [
        eval(ast.unparse(value), names) for value in marks.marked
    ]


def flat(y):
    return np.concatenate([np.ravel(part) for part in y]) if isinstance(y, list | tuple) else np.ravel(y)


def cotangent_for(y, generator):
    """A random one; of a structure, for each array in it."""
    if not isinstance(y, list | tuple):
        return generator.uniform(0.5, 1.0, np.shape(y))
    make = getattr(type(y), "_make", type(y))
    return make([cotangent_for(part, generator) for part in y])


def direction_for(x, generator):
    """A random direction of the size of the argument."""
    size = np.abs(x) if np.ndim(x) == 0 else np.maximum(np.abs(x), 0.1 * np.max(np.abs(x)))
    return np.where(size == 0, 1.0, size) * generator.uniform(0.5, 1.0, np.shape(x))


def differences(g, steps=14, shrink=2.0, first=0.02):
    """The derivative of ``g`` at 0 by Richardson's extrapolation, per entry, and its estimated error.

    Of all extrapolated values the best are those that agree with what they were made of; how far these
    are from each other shows what rounding in ``g`` does, too.
    """
    values, errors, row = [], [], []
    for k in range(steps):
        h = first / shrink**k
        try:
            above, below = g(h), g(-h)
        except (ValueError, ZeroDivisionError, OverflowError, NotImplementedError):
            row = []  # outside of where the function is defined
            continue
        new = [(above - below) / (2 * h)]
        for j, before in enumerate(row[:6]):
            new.append(new[j] + (new[j] - before) / (shrink ** (2 * j + 2) - 1))
            values.append(new[-1])
            seen = np.maximum(np.abs(new[-1] - new[-2]), np.abs(new[-1] - before))
            rounding = np.finfo(float).eps * np.abs(above) / h
            errors.append(np.where(np.isfinite(seen), seen + rounding, np.inf))
        row = new
    best = np.argsort(errors, axis=0)[:5]
    values = np.take_along_axis(np.array(values), best, axis=0)
    errors = np.take_along_axis(np.array(errors), best, axis=0)
    return values[0], errors[0] + np.max(np.abs(values - values[0]), axis=0)


def truth_of(f, xs, k, direction):
    """The derivative along a direction of one argument, and the estimated error, 0 for a complex step."""

    def along(h):
        return flat(f(*[x + h * direction if i == k else x for i, x in enumerate(xs)]))

    truth, error = differences(along)
    try:
        step = along(1e-100j).imag * 1e100
    except Exception:  # no complex numbers there, which every package says in its own way
        return truth, error
    if np.all(np.abs(step - truth) <= MARGIN * error + 1e-9 * np.max(np.abs(truth))):
        return step, np.zeros_like(step)
    return truth, error


@pytest.mark.filterwarnings("ignore:::^(fluids|iapws|pvlib|colour|scipy|pandas|matplotlib)")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a package, which is its own business
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")  # of the values, as plainly
@pytest.mark.parametrize(("module", "line"), CALLS)
def test_call(module, line):
    if any(line.startswith(name) and since > SCIPY for name, since in SINCE.items()):
        pytest.skip("another result in this version of SciPy, or none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # while it is imported, and while the truth leaves its domain
        names = {module: package(module), "np": np}
        f, xs = function_of(line, names)
        generator = np.random.default_rng(3)
        directions = [direction_for(x, generator) for x in xs]
        truths = [truth_of(f, xs, k, direction) for k, direction in enumerate(directions)]
        plain = flat(f(*xs))
    largest = np.max(np.abs(plain))
    for truth, error in truths:
        assert np.all(error <= GOOD[0] * np.max(np.abs(truth)) + GOOD[1] * largest), "the truth is too rough"

    y, pullback = dualad.vjp(f, *xs)
    np.testing.assert_array_equal(flat(y), plain)
    ct = cotangent_for(y, generator)
    cotangents = pullback(ct)
    cotangents = cotangents if len(xs) > 1 else (cotangents,)

    for k, (direction, (truth, error)) in enumerate(zip(directions, truths, strict=True)):
        tangents = [direction if i == k else np.zeros_like(x) for i, x in enumerate(xs)]
        y, t = dualad.jvp(f, tuple(xs), tuple(tangents))
        np.testing.assert_array_equal(flat(y), plain)
        allowed = MARGIN * error + EXACT * np.max(np.abs(truth)) + ROUNDING * largest
        assert np.all(np.abs(flat(t) - truth) <= allowed), (line, k, flat(t), truth, error)
        terms = flat(ct) * flat(t)
        pulled, pushed = np.sum(cotangents[k] * direction), np.sum(terms)
        assert abs(pulled - pushed) <= EXACT * np.sum(np.abs(terms)) + ROUNDING * largest, (line, k)
