"""Objects of users' classes derived from ndarray that hold Duals; most programs are in ``tests/survey``."""

import copy
import math
import warnings

import numpy as np
import pytest

import dualad
from dualad import derivative, grad, jacobian, jvp
from dualad.costs.tracing import trace
from dualad.errors import ConversionError, DualadError, UnsupportedError
from tests.survey.array_classes import Length, Point, Quaternion

X = np.array([0.3, 0.8, 1.7])
MODES = ["forward", "reverse"]


def slopes(f, x, mode):
    with warnings.catch_warnings():
        warnings.simplefilter("error", dualad.errors.SlowWarning)  # arrays, not objects
        return jacobian(f, mode=mode)(x)


# ---------------------------------------------------------------- what the objects are


@pytest.mark.parametrize("mode", MODES)
def test_they_are_what_plain_code_takes_them_for(mode):
    seen = []

    def f(x):
        p = Point(x, "here")
        for q in (p, p * 2, p[1:], np.sin(p), copy.copy(p), copy.deepcopy(p), p.reshape(3, 1), p.copy()):
            seen.append((type(q) is Point, isinstance(q, Point), q.__class__ is Point, q.name, q.shape))
        seen.append((type(p[0]) is np.float64, isinstance(p, np.ndarray), np.asarray(p).__class__, len(p)))
        seen.append(
            (type(np.linalg.norm(p)), type(p.sum()), type(np.concatenate([p, p])), str(p), list(p)[1])
        )
        return p.length()

    expected = X / np.linalg.norm(X)
    f(X)
    plain, seen = seen, []
    assert slopes(f, X, mode) == pytest.approx(expected, rel=1e-14)
    assert seen[:8] == plain[:8]
    assert seen[8][:2] == plain[8][:2]
    assert seen[8][3] == plain[8][3]


def test_the_class_of_a_result_is_that_of_plain_numpy():
    results = {}

    def f(x):
        p = Point(x)
        m = Point(np.outer(x, x) + np.eye(3))
        made = {
            "sum": p.sum(), "mean": np.mean(p), "max": p.max(), "cumsum": np.cumsum(p), "dot": p.dot(p),
            "product": m @ p, "norm": np.linalg.norm(p), "inv": np.linalg.inv(m),
            "T": m.T, "diag": np.diag(m),
            "stack": np.stack([p, p]), "concatenate": np.concatenate([p, x]), "where": np.where(p > 1, p, x),
            "less": p < 2 * x, "round": p.round(), "argmax": p.argmax(), "sort": np.sort(p),
            "take": p.take([0]),
            "cross": np.cross(p, x), "einsum": np.einsum("i,i", p, p), "clip": np.clip(p, 0, 1),
            "real": p.real, "flat": p.flat[1], "astype": p.astype(float), "split": np.split(p, 3)[0],
        }  # fmt: skip
        for name, y in made.items():
            results.setdefault(name, []).append((isinstance(y, Point), np.shape(y)))
        return p.sum()

    f(X)
    derivative(lambda t: f(X * t))(1.0)
    grad(f)(X)
    assert len(results) == 25
    for name, kinds in results.items():
        assert len(kinds) == 3
        assert kinds[0] == kinds[1] == kinds[2], name


def test_methods_are_lifted_whoever_calls_them():
    """NumPy's own code, and Python's, call the methods past us."""

    class Loud(Point):
        def sum(self, *args, **keywords):
            return 2.0 * math.fsum(float(e) for e in self)

        def __len__(self):
            return math.floor(float(self[0]) + 3)

    def f(x):
        return np.sum(Loud(x)) + sorted([Loud(x)], key=lambda p: p.length())[0].length() * len(Loud(x))

    expected = 2.0 + 3 * X / np.linalg.norm(X)
    for mode in MODES:
        assert jacobian(f, mode=mode)(X) == pytest.approx(expected, rel=1e-14)


def test_making_them_is_not_announced():
    heard = []

    class Base(np.ndarray):
        def __init_subclass__(cls):
            heard.append(cls.__name__)

    class Child(Base):
        pass

    assert derivative(lambda t: (X * t).view(Child).sum())(1.0) == pytest.approx(X.sum())
    assert heard == ["Child"]


def test_names_of_ours_are_free():
    class Own(Point):
        def _root(self):
            return 5.0

        def _entries(self):
            return self._root() * self

        _places = _dual = 7.0

    assert derivative(lambda t: Own(X * t)._entries().sum() + Own._places)(1.0) == pytest.approx(5 * X.sum())


# ---------------------------------------------------------------- memory


@pytest.mark.parametrize("mode", MODES)
def test_views_share_what_numpy_shares(mode):
    def f(x):
        y = x.copy()
        p = y.view(Point)
        q = p[1:]
        q[0] = x[0] * x[2]
        p.reshape(3, 1)[2, 0] = 5.0 * x[1]
        np.asarray(p)[0] += x[1]
        out = np.zeros(3).view(Point)
        np.multiply(p, 2.0, out=out)
        return np.concatenate([y, out])

    plain = f(X)
    assert plain[:3].tolist() == [X[0] + X[1], X[0] * X[2], 5 * X[1]]
    half = np.array([[1.0, 1.0, 0.0], [X[2], 0.0, X[0]], [0.0, 5.0, 0.0]])
    assert slopes(f, X, mode) == pytest.approx(np.concatenate([half, 2 * half]))


def test_what_would_not_reach_the_array_is_refused():
    def f(t):
        y = (t * np.ones((2, 3))).T
        y.view(Point)[0, 0] = 2.0
        return y

    with pytest.raises(ValueError, match="read-only"):
        jacobian(f)(1.0)
    plain = Point(X)
    with pytest.raises((DualadError, ValueError)):
        derivative(lambda t: plain.__iadd__(t * X))(1.0)
    assert plain.tolist() == X.tolist()


def test_bytes_are_not_read():
    for f in (
        lambda x: x.view(np.int64),
        lambda x: Point(x).view(np.float32),
        lambda x: np.ndarray.__new__(Point, (6,), np.float32, x),
    ):
        with pytest.raises((UnsupportedError, ConversionError)):
            grad(lambda x, f=f: np.sum(f(x)))(X)


# ---------------------------------------------------------------- quantities


def test_rules_of_a_class_are_asked():
    """Units are converted; what a class refuses is refused."""
    assert grad(lambda x: (Length(x, 1000.0) - Length(x)).to(1.0).value.sum())(X) == pytest.approx(
        [999.0] * 3
    )
    with pytest.raises(TypeError):
        Length(X) / Length(X)
    with pytest.raises(TypeError):
        grad(lambda x: np.sum(Length(x) / Length(x)))(X)


def test_values_that_numpys_code_reads_past_the_class():
    """`nan_to_num` copies the memory: what it made of that would be a constant."""

    class Own(Point):
        def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
            return super().__array_ufunc__(ufunc, method, *inputs, **keywords)

    assert grad(lambda x: np.sum(np.nan_to_num(Own(x)) ** 2))(X) == pytest.approx(2 * X)
    assert grad(lambda x: np.sum(np.sin(Own(x))))(X) == pytest.approx(np.cos(X))
    with pytest.raises(ConversionError, match="masked"):  # here the mask counts as well
        grad(lambda x: np.nancumsum(np.ma.masked_less(x, 0.5))[2])(X)


def test_arguments_of_a_class():
    for mode in MODES:
        expected = X / np.linalg.norm(X)
        assert slopes(lambda p: p.length(), Point(X), mode) == pytest.approx(expected)
        assert slopes(lambda q: q.to(1.0).value, Length(X, 1000.0), mode) == pytest.approx(1000 * np.eye(3))
    assert type(grad(lambda p: p.length())(Point(X))) is np.ndarray


class Weighted(np.ndarray):
    """With methods, and an attribute that counts."""

    def __new__(cls, entries, weight=1.0):
        array = np.asarray(entries, float).view(cls)
        array.weight = weight
        return array

    def __array_finalize__(self, other):
        self.weight = getattr(other, "weight", 1.0)

    def size_of_it(self):
        return self.weight * np.sum(np.asarray(self) ** 3)

    def cubed(self):
        return self**3


DIRECTION = np.array([1.0, -0.5, 0.25])
SLOPE, CURVATURE = 6 * X**2, np.diag(12 * X)  # of `size_of_it` with weight 2


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda f, g, x: dualad.jvp(f, x, DIRECTION)[1], SLOPE @ DIRECTION),
        (lambda f, g, x: dualad.jvp(f, (x,), (x,))[1], SLOPE @ X),
        (lambda f, g, x: dualad.vjp(g, x)[1](DIRECTION), 3 * X**2 * DIRECTION),
        (lambda f, g, x: dualad.vjp(g, x)[1](x), 3 * X**3),
        (lambda f, g, x: dualad.linearize(f, x)[1](x), SLOPE @ X),
        (lambda f, g, x: derivative(g, order=2)(x), 6 * X),
        (lambda f, g, x: dualad.jacobian_columns(g, x, [2]), np.diag(3 * X**2)[:, [2]]),
        (lambda f, g, x: jacobian(lambda x: {"a": f(x)})({"b": x}["b"])["a"], SLOPE),
        (lambda f, g, x: dualad.hessian(f)(x), CURVATURE),
        (lambda f, g, x: dualad.hvp(f, x, DIRECTION), CURVATURE @ DIRECTION),
        (lambda f, g, x: dualad.hvp(f, x, np.eye(3)), CURVATURE),
        (lambda f, g, x: grad(lambda y: np.sum(grad(f)(y)))(x), 12 * X),
        (lambda f, g, x: grad(lambda tree: f(tree["x"]) + tree["y"])({"x": x, "y": 1.0})["x"], SLOPE),
        (lambda f, g, x: dualad.hessian(lambda tree: f(tree[0]))([x])[0][0], CURVATURE),
        (lambda f, g, x: dualad.jvp(lambda xs: f(xs[0]), [x], [DIRECTION])[1], SLOPE @ DIRECTION),
        (lambda f, g, x: dualad.sparse_jacobian(g)(x).toarray(), np.diag(3 * X**2)),
        (lambda f, g, x: dualad.sparse_hessian(f)(x).toarray(), CURVATURE),
        (lambda f, g, x: dualad.sparsity(g, x).toarray(), np.eye(3)),
        (lambda f, g, x: dualad.hessian_diagonal(f)(x), 12 * X),
        (lambda f, g, x: trace(f, x).cotangents(1.0)[0], SLOPE),
        (lambda f, g, x: bool(dualad.check_derivative(f, x)), True),
        (lambda f, g, x: bool(dualad.compare_modes(g, x)), True),
    ],
)  # fmt: skip
def test_every_call_hands_on_the_class_of_its_argument(call, expected):
    x = Weighted(X, 2.0)
    found = call(Weighted.size_of_it, Weighted.cubed, x)
    assert np.asarray(found) == pytest.approx(np.asarray(expected), rel=1e-13)
    assert np.array_equal(x, X)
    assert x.weight == 2.0


def test_objects_that_are_no_arrays_say_what_to_type():
    class Reading:
        def __array__(self, dtype=None, copy=None):
            return X

        def peak(self):
            return 1.0

    for call in (grad, derivative, jacobian, lambda f: lambda x: dualad.jvp(f, x, X)):
        with pytest.raises(DualadError, match=r"\.peak .* make that in the function"):
            call(lambda x: x.peak())(Reading())
    assert jacobian(lambda x: np.asarray(x) ** 2)(Reading()) == pytest.approx(np.diag(2 * X))


def test_masked_arguments():
    def f(x):
        return np.sum(x**2)

    assert grad(f)(np.ma.array(X)) == pytest.approx(2 * X)
    with pytest.raises(DualadError, match=r"x\.compressed\(\)"):
        grad(f)(np.ma.array(X, mask=[True, False, False]))


@pytest.mark.parametrize("mode", MODES)
def test_what_is_masked_in_a_result_has_no_derivative(mode):
    def f(x):
        counted = np.ma.array([1, 2], mask=[True, False])
        return {"squares": np.ma.masked_greater(x**2, X[1] ** 2), "pairs": (counted, np.ma.array(x).sum())}

    J = jacobian(f, mode=mode)(X)
    truth = np.where(X[:, None] > X[1], np.nan, np.diag(2 * X))
    assert np.isnan(truth).any()
    np.testing.assert_allclose(J["squares"], truth, rtol=1e-15)
    np.testing.assert_array_equal(J["pairs"][0], [[np.nan] * 3, [0.0] * 3])
    np.testing.assert_array_equal(J["pairs"][1], np.ones(3))
    y, t = dualad.jvp(lambda x: np.ma.masked_where(x < X[1], np.sin(x)), X, X)
    masked = X[1] > X
    np.testing.assert_allclose(y, np.where(masked, np.nan, np.sin(X)), rtol=1e-15)
    np.testing.assert_allclose(t, np.where(masked, np.nan, np.cos(X) * X), rtol=1e-15)


class ByKind:
    """A method that is chosen by the class of its argument."""

    def __init__(self):
        self.methods = {}

    def of(self, kind):
        return lambda f: self.methods.__setitem__(kind, f)

    def __get__(self, x, owner):
        return self if x is None else lambda other: self.methods[type(other)](x, other)

    def __call__(self, x, other):
        return self.__get__(x, type(x))(other)


class Arrow(np.ndarray):
    __mul__ = ByKind()

    @__mul__.of(float)
    def _(self, other):
        return np.array([math.sin(float(e)) for e in self]) * other

    @__mul__.of(np.ndarray)
    def _(self, other):
        return np.array([self[0], other[0], 1.0], dtype=self.dtype).view(Arrow)


@pytest.mark.parametrize("mode", MODES)
def test_a_method_that_is_an_object(mode):
    J = slopes(lambda x: x.view(Arrow) * 2.0, X, mode)
    np.testing.assert_allclose(J, np.diag(2 * np.cos(X)), rtol=1e-15)
    J = slopes(lambda x: np.asarray(x.view(Arrow) * np.asarray(x**2)), X, mode)
    np.testing.assert_allclose(J, [[1, 0, 0], [2 * X[0], 0, 0], [0, 0, 0]], rtol=1e-15)


@pytest.mark.parametrize("lift", [True, False])
@pytest.mark.parametrize("mode", MODES)
def test_masked_arrays_meet_duals(mode, lift):
    """Also where code that is not lifted computes with the two."""
    seen = np.ma.array([1.0, 2.0, 4.0], mask=[False, True, False])

    def f(x):
        return np.dot(np.diag(x), seen - x).compressed()

    J = jacobian(f, mode=mode, lift=lift)(X)
    np.testing.assert_allclose(J, np.diag([1.0, 2.0, 4.0] - 2 * X)[::2], rtol=1e-15)


def test_several_results_of_a_class():
    """Each is in its own unit; they are not converted to that of the first."""
    for mode in MODES:
        slope = slopes(lambda x: [Length(x, 1000.0), Length(x)], X, mode)
        assert np.concatenate(slope) == pytest.approx(np.concatenate([np.eye(3)] * 2))


def test_derivatives_of_derivatives():
    def f(x):
        return Point(np.sin(x)).length()

    def plain(x):
        return np.sqrt(np.sum(np.sin(x) ** 2))

    assert dualad.hessian(f)(X) == pytest.approx(dualad.hessian(plain)(X))
    assert derivative(lambda t: grad(f)(t * X)[0])(1.0) == pytest.approx(
        derivative(lambda t: grad(plain)(t * X)[0])(1.0)
    )
    assert derivative(lambda t: derivative(lambda s: Quaternion([s, t, 1.0, 2.0]).real_part)(0.5))(
        0.7
    ) == pytest.approx(derivative(lambda t: derivative(lambda s: s / np.sqrt(s**2 + t**2 + 5.0))(0.5))(0.7))


# ---------------------------------------------------------------- packages


def check(f, x, factor, tolerance=1e-12):
    """The slopes are ``factor`` times those of the numbers, given as a function of them."""
    for mode in MODES:
        assert jacobian(f, mode=mode)(x) == pytest.approx(factor, rel=tolerance)


def test_astropy():
    u = pytest.importorskip("astropy.units")
    x = X[0]
    check(lambda x: (x * u.km).to_value(u.m), x, 1000.0)
    check(lambda x: (u.km * x).to_value(u.m), x, 1000.0)
    check(lambda x: u.Quantity(x, "km").to("m").value, X, 1000.0 * np.eye(3))
    check(lambda x: (x * u.km + x * u.m).to_value(u.m), x, 1001.0)
    check(lambda x: np.sin(x * u.deg).value, x, math.pi / 180 * math.cos(math.radians(x)))
    check(lambda x: (x * u.um).to_value(u.Hz, u.spectral()), x, -299792458e6 / x**2)
    check(lambda x: np.linalg.norm(x * u.km).to_value(u.m), X, 1000 * X / np.linalg.norm(X))
    check(lambda x: np.var(x * u.km).to_value(u.m**2), X, 2e6 / 3 * (X - X.mean()))
    check(lambda x: np.stack([x * u.km, x * u.m]).to_value(u.m)[0], X, 1000.0 * np.eye(3))
    check(lambda x: x * u.km * (5 * u.s), x, 5.0)
    check(lambda x: math.exp(x * u.m / u.km), x, math.exp(x / 1000) / 1000)


def test_pint():
    pint = pytest.importorskip("pint")
    ureg = pint.UnitRegistry()
    x = X[0]
    check(lambda x: (x * ureg.km).to("m").magnitude, x, 1000.0)
    check(lambda x: math.exp(x * ureg.m / ureg.km), x, math.exp(x / 1000) / 1000)
    check(lambda x: ureg.Quantity(x, "degC").to("degF").m, x, 1.8)
    check(lambda x: np.sum(ureg.Quantity(x, "km") ** 2).to("m**2").m, X, 2e6 * X)
    check(lambda x: np.where(x > 0.5, ureg.Quantity(x, "km"), ureg.Quantity(0.0, "m")).to("m").m[1:],
          X, 1000.0 * np.eye(3)[1:])  # fmt: skip
    check(lambda x: np.concatenate([ureg.Quantity(x, "km"), ureg.Quantity(x, "m")]).m_as("m")[:3],
          X, 1000.0 * np.eye(3))  # fmt: skip


def test_unyt():
    unyt = pytest.importorskip("unyt")
    x = X[0]
    check(lambda x: (x * unyt.km).to_value("m"), x, 1000.0)
    check(lambda x: unyt.unyt_array(x, "km").in_units("m").d, X, 1000.0 * np.eye(3))
    check(lambda x: (unyt.unyt_array(x, "km") * unyt.s).to_value("m*s"), X, 1000.0 * np.eye(3))
    check(lambda x: np.sum((x * unyt.km) ** 2).to_value("m**2"), X, 2e6 * X)
    check(
        lambda x: np.linalg.det(unyt.unyt_array(np.diag(x), "m")).value,
        X,
        [X[1] * X[2], X[0] * X[2], X[0] * X[1]],
    )


class FromTheRight(np.ndarray):
    """Python asks it before an array, of which it is a kind."""

    def __rmul__(self, other):
        return np.asarray(self) @ other


def test_a_class_is_asked_before_an_array():
    turn = np.array([[1.0, 2.0, 0.0], [3.0, 5.0, 1.0], [0.0, 1.0, 1.0]]).view(FromTheRight)

    def f(x):
        y = np.ones(3)
        plain = y * turn
        y[:] = x
        return plain + y * turn

    A = np.asarray(turn)
    np.testing.assert_allclose(f(X), A @ (X + 1))
    value, _ = jvp(f, X, X)
    np.testing.assert_allclose(value, A @ (X + 1))
    np.testing.assert_allclose(jacobian(f)(X), A)
    np.testing.assert_allclose(jacobian(f, mode="reverse")(X), A)


class Tracked(np.ndarray):
    """An array that is known by what is in it."""

    def __hash__(self):
        return hash(self.tobytes())


@pytest.mark.parametrize("mode", MODES)
def test_they_are_told_apart_by_their_bytes(mode):
    def f(x):
        known = {}

        def cubed(a):
            key = hash(a)
            if key not in known:
                known[key] = np.asarray(a) ** 3
            return known[key]

        p, q = x.view(Tracked), np.array(X).view(Tracked)
        return cubed(p) + cubed(q) * cubed(2 * p) + cubed(p)

    np.testing.assert_allclose(slopes(f, X, mode), np.diag(6 * X**2 + 24 * X**5), rtol=1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_trees_of_points(mode):
    spatial = pytest.importorskip("scipy.spatial")

    def f(x):
        points = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 0.0]])
        points[2] = x[:2]
        tree = spatial.cKDTree(points.view(Tracked))
        near = tree.query_ball_point(points.view(Tracked)[2:], 2.5)[0]
        return tree.query(points.view(Tracked)[2] + 0.1)[0] + points[near, 1].sum()

    # 0.1 * sqrt(2) is a constant; the points that are near are the first and the last
    np.testing.assert_allclose(slopes(f, X, mode), [0.0, 1.0, 0.0], atol=1e-9)
