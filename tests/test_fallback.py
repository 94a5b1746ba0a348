"""Code that neither NumPy's protocols nor lifting reach: arrays of Duals as objects, and errors."""

import ctypes
import importlib.util
import itertools
import re
import textwrap
import warnings

import numpy as np
import pytest

import dualad
import dualad.rules.further
from dualad import Dual, derivative, grad, jacobian, jvp, vjp
from dualad.errors import ConversionError, DifferencesWarning, DualadError, SlowWarning
from dualad.table import RULES, Rule

rng = np.random.default_rng(7)
W = rng.normal(size=(3, 4))
X = rng.uniform(0.2, 0.8, 4)

slow = pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
both = pytest.mark.parametrize("mode", ["forward", "reverse"])


def asarray_deep_inside(x):
    """A library that takes care of its input."""
    x = np.asarray(x)
    return x * x[::-1] + 1.0


#: name -> (the function as the fallback meets it, the same for complex numbers)
PROGRAMS = {
    "W.dot(x)": (lambda x: W.dot(x), lambda x: W @ x),
    "W.dot(x) and on": (lambda x: np.sin(W.dot(x)) * 2.0, lambda x: np.sin(W @ x) * 2.0),
    "meets a Dual": (lambda x: x[:3] * W.dot(x) - x[1:], lambda x: x[:3] * (W @ x) - x[1:]),
    "from the left": (lambda x: W.dot(x) / (1.0 + x[:3]), lambda x: (W @ x) / (1.0 + x[:3])),
    "in a function": (lambda x: np.concatenate([W.dot(x), x]), lambda x: np.concatenate([W @ x, x])),
    "in a product": (lambda x: x @ W.T.dot(W.dot(x)), lambda x: x @ (W.T @ (W @ x))),
    "asarray": (lambda x: asarray_deep_inside(x), asarray_deep_inside),
    "asarray twice": (lambda x: asarray_deep_inside(asarray_deep_inside(x)) + x,
                      lambda x: asarray_deep_inside(asarray_deep_inside(x)) + x),
    "in a list": (lambda x: [W.dot(x)[0], x[1], 3.0], lambda x: np.stack([(W @ x)[0], x[1], 3.0])),
    "a stack": (lambda x: np.stack([W.dot(x), W.dot(x * x)]), lambda x: np.stack([W @ x, W @ (x * x)])),
    "a matrix": (lambda x: W.T.dot(np.stack([x[:3], x[1:]]).T), lambda x: W.T @ np.stack([x[:3], x[1:]]).T),
    "an entry": (lambda x: W.dot(x)[1], lambda x: (W @ x)[1]),
    "a sum": (lambda x: np.sum(W.dot(x)), lambda x: np.sum(W @ x)),
    "assigned": (lambda x: set_entries(x * 1.0, W.dot(x)), lambda x: set_entries(x * 1.0, W @ x)),
    "a polynomial": (lambda x: np.polynomial.polynomial.polyval(x, [1.0, 2.0, 3.0]),
                     lambda x: 1.0 + x * (2.0 + 3.0 * x)),
    "an object array": (lambda x: np.array([x[0], x[1]], dtype=object) ** 2, lambda x: x[:2] ** 2),
    "a number": (lambda x: np.asarray(x[0]) * np.ones(2), lambda x: x[0] * np.ones(2)),
    "integers": (lambda x: np.arange(12).reshape(3, 4).dot(x), lambda x: np.arange(12).reshape(3, 4) @ x),
}  # fmt: skip


def set_entries(x, new):
    x[1:] = new
    return x


def complex_step(f, x):
    """The Jacobian, to the last digits."""
    columns = [np.imag(f(x + 1e-30j * unit)) / 1e-30 for unit in np.eye(len(x))]
    return np.stack(columns, axis=-1)


@slow
@both
@pytest.mark.parametrize("lift", [True, False])
@pytest.mark.parametrize("name", PROGRAMS)
def test_right(name, lift, mode):
    f, exact = PROGRAMS[name]
    y, found = dualad.value_and_jacobian(f, mode=mode, lift=lift)(X)
    np.testing.assert_allclose(y, exact(X), rtol=1e-14)  # sums in another order than BLAS has
    np.testing.assert_allclose(found, complex_step(exact, X), rtol=1e-13, atol=1e-15)
    assert y.dtype == found.dtype == float


@slow
@pytest.mark.parametrize(("outer", "inner"), list(itertools.product(["forward", "reverse"], repeat=2)))
@pytest.mark.parametrize("name", PROGRAMS)
def test_nested(name, outer, inner):
    """The derivative of the derivative, against the complex step of that of the exact one."""
    f, exact = PROGRAMS[name]
    second = jacobian(jacobian(f, mode=inner, lift=False), mode=outer, lift=False)(X)
    right = jacobian(jacobian(exact))(X)
    np.testing.assert_allclose(second, right, rtol=1e-13, atol=1e-14)


@slow
@both
def test_mean_of_an_array_of_objects(mode):
    def f(x):
        made = np.empty(len(x), object)
        made[:] = x
        return made.mean() * made[0]

    exact = np.mean(X) * np.eye(len(X))[0] + X[0] / len(X)
    np.testing.assert_allclose(jacobian(f, mode=mode)(X), exact, rtol=1e-14)


@slow
def test_one_direction():
    t = rng.normal(size=4)
    y, dy = jvp(lambda x: W.dot(np.sin(x)), X, t)
    np.testing.assert_allclose(dy, W @ (np.cos(X) * t), rtol=1e-14)
    y, pullback = vjp(lambda x: W.dot(np.sin(x)), X)
    np.testing.assert_allclose(pullback(y), np.cos(X) * (W.T @ y), rtol=1e-14)


# ------------------------------------------------------------------------------- ufuncs on objects


def takes_objects(rule):
    """Whether NumPy calls the ufunc on the entries of an array of objects."""
    f = rule.function
    kinds = "O" * rule.arity + "->O"
    return isinstance(f, np.ufunc) and rule.arity <= 2 and rule.outputs == 1 and kinds in f.types


ON_OBJECTS = {r.name: r for r in RULES.values() if isinstance(r, Rule) and takes_objects(r)}


@slow
@both
@pytest.mark.parametrize("name", ON_OBJECTS)
def test_every_ufunc_that_numpy_calls_on_objects(name, mode):
    rule = ON_OBJECTS[name]
    x = np.array([1.25, 1.5]) if name == "arccosh" else np.array([0.25, 0.5])

    def on_objects(x):
        args = [np.asarray(x), np.asarray(x[::-1] * 1.5)][: rule.arity]
        assert all(a.dtype == object for a in args)
        return rule.function(*args)

    def on_duals(x):
        return rule.function(*[x, x[::-1] * 1.5][: rule.arity])

    y, found = dualad.value_and_jacobian(on_objects, mode=mode, lift=False)(x)
    np.testing.assert_array_equal(y, on_duals(x))
    np.testing.assert_allclose(found, jacobian(on_duals)(x), rtol=1e-15)


def test_there_are_such_ufuncs():
    assert len(ON_OBJECTS) > 45
    assert {"sin", "sqrt", "conjugate", "arctan2", "hypot", "power", "maximum"} <= set(ON_OBJECTS)


@slow
@pytest.mark.parametrize("f", [np.isnan, np.signbit, np.spacing, np.logaddexp, np.copysign])
def test_a_ufunc_that_has_no_loop_for_objects(f):
    """NumPy's own error, with a note that says which line is behind it."""
    with pytest.raises(TypeError) as caught:
        jvp(lambda x: f(*[np.asarray(x)] * f.nin), X, X, lift=False)
    assert isinstance(caught.value, DualadError) or "write x for np.asarray(x)" in caught.value.__notes__[0]


# ------------------------------------------------------------------------------- the warning

LIBRARY = """
    import numpy as np

    def one(x):
        return np.asarray(x) * 2

    def two(W, x):
        return W.dot(x)

    def by_numpy(x):
        return np.polynomial.polynomial.polyval([x], [0.0, 1.0])
"""


@pytest.fixture
def library(tmp_path):
    """A module of somebody else's."""
    path = tmp_path / "library.py"
    path.write_text(textwrap.dedent(LIBRARY))
    spec = importlib.util.spec_from_file_location("library", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@both
def test_it_warns_once_for_each_place(library, mode):
    def f(x):
        return library.one(x)[:3] + library.one(x)[1:] + library.two(W, x)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            jacobian(f, mode=mode, lift=False)(X)
    assert [w.category for w in caught] == [SlowWarning, SlowWarning]
    assert [(w.filename, w.lineno) for w in caught] == [(library.__file__, 5), (library.__file__, 8)]
    for w in caught:
        assert re.search(r"W @ x for W\.dot\(x\)", str(w.message))


def test_the_place_is_outside_numpy(library):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        derivative(library.by_numpy, lift=False)(2.0)
    assert {(w.filename, w.lineno) for w in caught} == {(library.__file__, 11)}


@both
def test_the_warning_can_be_made_an_error(mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SlowWarning, match=r"W\.dot"):
            jacobian(lambda x: W.dot(x), mode=mode, lift=False)(X)


@both
def test_what_the_protocols_reach_does_not_warn(mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        J = jacobian(lambda x: W @ x + np.dot(W, x) + x[:3] * np.array([x[0], x[1], 2.0]), mode=mode)(X)
        twice = jacobian(lambda x: np.asarray(x) * 2.0, mode=mode)(X)
    np.testing.assert_allclose(J, 2 * W + np.eye(3, 4) * [2 * X[0], 2 * X[1], 2.0, 0.0], rtol=1e-14)
    np.testing.assert_array_equal(twice, 2.0 * np.eye(4))


# ------------------------------------------------------------------------------- never silently wrong

REFUSED = {
    "asarray float": (lambda x, a: np.asarray(x, float), "np.stack"),
    "array float": (lambda x, a: np.array([x[0], 1.0], float), "np.stack"),
    "astype": (lambda x, a: np.asarray(x).astype(float), "value("),
    "float": (lambda x, a: float(x[0]), "value("),
    "a number into a plain array": (lambda x, a: a.__setitem__(0, x[0]), "value("),
    "a slice of a plain array": (lambda x, a: a.__setitem__(slice(0, 2), x[:2]), "np.stack"),
    "a fill": (lambda x, a: a.fill(x[0]), "value("),
    "random": (lambda x, a: np.random.default_rng(0).normal(x), "np.stack"),
    "fromiter": (lambda x, a: np.fromiter(x, float), "value("),
    "an index": (lambda x, a: a[x[0]], "value("),
}


@slow
@both
@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_remedy(name, mode):
    f, remedy = REFUSED[name]
    a = np.zeros(4)

    def g(x):
        f(x, a)
        return x

    with pytest.raises(ConversionError, match=re.escape(remedy)):
        jacobian(g, mode=mode, lift=False)(X)
    assert not a.any()


def in_a_loop(x):
    out = np.zeros(4)
    for i in range(4):
        out[i] = x[i] ** 2
    return out


def all_at_once(x):
    out = np.zeros(4)
    out[1:] = x[1:]
    return out


def added(x):
    out = np.zeros(4)
    out[0] += x[0]
    return out


@both
@pytest.mark.parametrize("f", [in_a_loop, all_at_once, added])
def test_assigning_into_a_plain_array_names_the_place(f, mode):
    """NumPy would say "setting an array element with a sequence"."""
    with pytest.raises(ConversionError) as caught:
        jacobian(f, mode=mode, lift=False)(X)
    error = caught.value
    assert "np.array(array, float)" in str(error)
    assert "np.stack" in str(error)
    frame = caught.traceback[-1] if error.__cause__ is None else None
    if frame is None:
        line = int(re.search(r"test_fallback\.py:(\d+)", str(error))[1])
        assert isinstance(error.__cause__, ValueError)
        assert isinstance(error.__cause__.__cause__, ConversionError)
        assert f.__code__.co_firstlineno < line < f.__code__.co_firstlineno + 6


def test_an_error_of_the_users_own_is_left_alone():
    def f(x):
        raise ValueError("mine")

    for entry in (derivative, grad):
        with pytest.raises(ValueError, match="mine") as caught:
            entry(f)(2.0)
        assert type(caught.value) is ValueError
        assert not hasattr(caught.value, "__notes__")


def test_a_dual_by_hand():
    x = Dual([1.0, 2.0], [1.0, 0.0])
    with pytest.warns(SlowWarning):
        objects = np.asarray(x)
    assert objects.dtype == object
    assert [e.tangent for e in objects] == [1.0, 0.0]
    y = objects * x
    assert y.value.tolist() == [1.0, 4.0]
    assert y.tangent.tolist() == [2.0, 0.0]


@slow
@both
def test_the_parts_of_objects_are_those_of_the_duals(mode):
    """NumPy's own imaginary part of an array of objects is 0, its real part the array itself."""
    z = 3.0 + 2.0j

    def area(x):
        p = np.poly1d([3.0 + 1j * x, z])
        swept = (np.poly1d(p.coeffs.real) * np.poly1d(p.coeffs.imag).deriv()).integ()
        return swept(1.0) - swept(0.0)

    np.testing.assert_allclose(area(2.0), 9.0)  # of (3 + 3 t) x
    np.testing.assert_allclose(jacobian(area, mode=mode)(2.0), 4.5, rtol=1e-15)


@slow
@both
def test_arrays_whose_entries_are_arrays(mode):
    """Each entry by itself, as NumPy does it: a Dual is taken apart beside them."""
    grid = np.empty(3, object)
    for i, part in enumerate(np.meshgrid([0.0, 1.0, 2.0], [0.5, 1.5], [0.2], sparse=True)):
        grid[i] = part

    def distances(x):
        return np.linalg.norm(grid - x) * x[0]

    def in_one_array(x):
        return np.linalg.norm(np.stack(np.broadcast_arrays(*grid), axis=-1) - x, axis=-1) * x[0]

    x = np.array([0.3, 0.8, 1.7])
    np.testing.assert_allclose(distances(x), in_one_array(x), rtol=1e-14)
    np.testing.assert_allclose(jacobian(distances, mode=mode)(x), jacobian(in_one_array)(x), rtol=1e-13)


class cython_function_or_method:
    """A compiled function, of a package that is not here, which looks at no type of an array's."""

    __module__, __name__ = "somebody.distances", "doubled"

    def __init__(self):
        self.given = []

    def __call__(self, x, out):
        if type(x) is not np.ndarray:
            raise TypeError("Argument 'x' has incorrect type")
        self.given.append(x.dtype.kind)
        numbers = np.frombuffer(ctypes.string_at(x.ctypes.data, x.size * 8))
        out[...] = 2 * numbers.reshape(x.shape)


@pytest.mark.parametrize("transform", [jacobian, grad])
def test_addresses_are_not_read_as_numbers(transform):
    doubled = cython_function_or_method()

    def f(x):
        y = np.zeros(4)
        doubled(x * x, y)
        return np.sum(y)

    np.testing.assert_array_equal(f(X), np.sum(2 * X * X))
    doubled.given.clear()
    with pytest.warns(DifferencesWarning, match=r"somebody\.distances\.doubled is compiled"):
        np.testing.assert_allclose(transform(f)(X), 4 * X, rtol=1e-10)
    assert "O" not in doubled.given


@pytest.mark.parametrize("transform", [jacobian, grad])
def test_what_was_written_before_a_dual_was_met_is_undone(transform):
    """The function is tried with Duals, and then called with numbers."""

    class cython_function_or_method:
        __module__, __name__ = "somebody.sums", "counted"

        def __call__(self, x, counts):
            counts += 1
            if type(x) is not np.ndarray or x.dtype != float:
                raise TypeError("Argument 'x' has incorrect type")
            return x.sum()

    counted = cython_function_or_method()

    def f(x):
        counts = np.zeros(2)
        return counted(x * x, counts) * counts[0]

    assert f(X) == np.sum(X * X)
    with pytest.warns(DifferencesWarning, match="counted is compiled"):
        np.testing.assert_allclose(transform(f)(X), 2 * X, rtol=1e-10)


@slow
@both
def test_an_array_of_objects_that_numpy_makes_of_a_list(mode):
    """Beside plain numbers: ``np.sin`` of these has no method to be asked for."""

    def f(x):
        beside = [0.5, x[0], 1.0]
        return np.sin(W[:, :3] * beside)

    expected = np.zeros((3, 3, 4))
    expected[:, 1, 0] = np.cos(W[:, 1] * X[0]) * W[:, 1]
    np.testing.assert_allclose(jacobian(f, mode=mode)(X), expected, rtol=1e-14)
