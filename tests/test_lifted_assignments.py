"""Duals assigned to plain arrays in lifted code: only where nobody else could see the difference."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
import scipy.optimize

from dualad import derivative, grad, jacobian, jvp, lift
from dualad.errors import ConversionError, DifferencesWarning, DualadError, OverError

GRID = np.arange(6.0).reshape(2, 3)


def test_the_only_reference_may_come_to_hold_duals():
    def f(x):
        out = GRID + 1
        out[0] = x
        out *= x
        return out

    np.testing.assert_array_equal(derivative(f)(3.0), [[6.0] * 3, [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(GRID, np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_arrays_made_over_the_memory_of_another(mode):
    def f(x):
        own = np.zeros(4)
        over = np.ndarray((2,), float, own, 8)
        new = np.ndarray(2)
        own[1], over[1], new[:] = x[0] ** 2, x[0], x
        assert over.base is own
        assert own[1:3].base is over.base
        return np.concatenate([own, over * new])

    J = jacobian(f, mode=mode)(np.array([3.0, 5.0]))
    np.testing.assert_array_equal(J, [[0, 0], [6, 0], [1, 0], [0, 0], [27, 0], [5, 3]])
    assert f(np.array([3.0, 5.0])).tolist() == [0.0, 9.0, 3.0, 0.0, 27.0, 15.0]


def test_by_views_that_nobody_keeps():
    def f(x):
        out = GRID + 1
        out[0][1] = x
        out.T[2] *= x
        out.flat[0] = x * x
        kept = {"a": [GRID * 2]}
        kept["a"][0][1][2] = x
        kept["a"][0].T[0] += x
        return out + kept["a"][0]

    np.testing.assert_array_equal(derivative(f)(3.0), [[6.0 + 1, 1.0, 3.0], [1.0, 0.0, 6.0 + 1]])


def test_it_keeps_its_dtype():
    def f(x):
        out = np.arange(3, dtype=np.float32) * np.float32(2)
        out += x
        return out

    y, t = jvp(f, 0.5, 1.0)
    assert y.dtype == t.dtype == np.float32


class Holder:
    def __init__(self):
        self.array = GRID * 2


def by_another_name(x):
    out = GRID * 2
    other = out
    out[0] = x
    return other


def by_a_view(x):
    out = GRID * 2
    row = out[0]
    out[0] = x
    return row


def through_a_view(x):
    out = GRID * 2
    row = out[0]
    row += x
    return out


def in_an_object(x):
    holder = Holder()
    out = holder.array
    out[0] = x
    return holder.array


def by_default(x, out=GRID):
    out[0] = x
    return out


def of_the_module(x):
    GRID[0] = x
    return GRID


def in_a_list(x):
    rows = [GRID * 2]
    for out in rows:
        out += x
    return rows


def by_a_function_inside(x):
    out = GRID * 2

    def fill():
        out[0] = x

    fill()
    return out


@pytest.mark.parametrize(
    "f",
    [
        by_another_name,
        by_a_view,
        through_a_view,
        in_an_object,
        by_default,
        of_the_module,
        in_a_list,
        by_a_function_inside,
    ],
    ids=lambda f: f.__name__,
)
def test_an_array_that_is_seen_elsewhere_stays_what_it_is(f):
    with pytest.raises(DualadError, match="plain array"):
        derivative(f)(3.0)
    np.testing.assert_array_equal(GRID, np.arange(6.0).reshape(2, 3))


class Solver:
    """Made outside, with arrays to work in."""

    def __init__(self):
        self.work = np.zeros(3)
        self.parts = {"a": np.ones(3)}
        self.__own = [np.ones(2)]

    def of(self, x):
        for i in range(3):
            self.work[i] = x[i] ** 2
        self.parts["a"][1:] *= x[:2]
        self.parts["a"] += x[0]
        self.__own[0][1] = x[2]
        return np.sum(self.work) * self.__own[0][1] + np.prod(self.parts["a"])

    def fails(self, x):
        self.work[0] = x[0]
        raise LookupError

    def fresh(self, x):
        self.parts["a"][:] = 1.0
        return self.of(x)


X = np.array([0.4, 1.3, 2.5])


def _exact(x):
    parts = np.array([1 + x[0], x[0] + x[0], x[1] + x[0]])
    slopes = [1 / parts[0] + 2 / parts[1] + 1 / parts[2], 1 / parts[2], 0.0]
    return 2 * x * x[2] + np.array([0, 0, x @ x]) + np.prod(parts) * np.array(slopes)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_arrays_that_only_an_object_refers_to_are_borrowed(mode):
    solver = Solver()
    arrays = [id(solver.work), id(solver.parts["a"])]
    for _ in range(2):
        np.testing.assert_allclose(jacobian(solver.fresh, mode=mode)(X), _exact(X), rtol=1e-14)
        assert [id(solver.work), id(solver.parts["a"])] == arrays
        assert type(solver.work) is np.ndarray
        np.testing.assert_array_equal(solver.work, X**2)
    hessian = jacobian(jacobian(solver.fresh, mode=mode), mode="forward")(X)
    np.testing.assert_allclose(hessian, jacobian(_exact)(X), rtol=1e-13, atol=1e-14)
    with pytest.raises(LookupError):
        jacobian(solver.fails, mode=mode)(2 * X)
    np.testing.assert_array_equal(solver.work, [0.8, *X[1:] ** 2])


def test_what_is_lent_in_an_inner_call_keeps_the_derivatives_of_the_outer_one():
    solver = Solver()

    def f(x):
        inner = grad(lambda y: solver.fresh(y) * x[0])(x)
        return np.sum(inner) + solver.work[1]

    def exact(x):
        return np.sum(_exact(x)) * x[0] + x[1] ** 2

    np.testing.assert_allclose(grad(f)(X), grad(exact)(X), rtol=1e-13)
    assert type(solver.work) is np.ndarray


class Doubling:
    """A descriptor: what is kept is twice what is set."""

    def __get__(self, owner, kind=None):
        return owner.kept

    def __set__(self, owner, value):
        owner.kept = 2 * value


class Doubled:
    a = Doubling()

    def __init__(self, x):
        self.a = x


def test_what_has_a_setter_is_changed_by_it():
    def f(x):
        doubled = Doubled(x)
        doubled.a += x
        doubled.a *= x * x
        return doubled.a

    assert derivative(f)(3.0) == grad(f)(3.0) == 3 * 12 * 9.0


class OfAll:
    work = GRID * 2.0

    @property
    def double(self):
        return self.kept * 2.0

    kept = GRID


def through_the_class(x):
    OfAll().work[0] = x
    return OfAll.work


def through_a_property(x):
    OfAll().double[0] = x
    return x


@pytest.mark.parametrize("f", [through_the_class, through_a_property])
def test_what_an_attribute_finds_elsewhere_is_not_borrowed(f):
    with pytest.raises(DualadError, match="plain array"):
        derivative(f)(3.0)


def test_the_callers_array_stays_what_it_is():
    def f(x, out):
        out[0] = x
        return out

    given = GRID * 2
    with pytest.raises(ConversionError, match="plain array"):
        derivative(f)(3.0, given)
    np.testing.assert_array_equal(given, GRID * 2)


def test_the_right_side_runs_once_and_after_the_left_one():
    seen = []

    def three(x):
        seen.append("right")
        return 3 * x

    def at(x):
        seen.append("left")
        return x

    def f(x):
        out = GRID[0] * 2
        out[1] = three(x)
        at(out)[0] += 0.0
        out[1] += three(x)
        return out[1]

    assert grad(f)(2.0) == 6.0
    assert seen == ["right", "left", "right"]


def test_what_the_right_side_changes_is_not_read_too_early():
    def bump(out):
        out[0] = 100.0
        return 1.0

    def f(x):
        out = np.array([x, 2.0])
        out[0] += bump(out)
        total = x
        total += bump([0.0]) * x
        return out[0] + total

    assert lift(f)(5.0) == f(5.0)
    assert derivative(f)(5.0) == 3.0


def test_other_errors_are_passed_on():
    def f(x):
        out = GRID * 2
        out[7] = x
        return out

    def g(x):
        out = GRID * 2
        out += np.ones(5) * x
        return out

    def h(x):
        try:
            x[0] = 1.0
        except TypeError as error:
            return x * len(str(error))

    with pytest.raises(IndexError, match="out of bounds"):
        derivative(f)(1.0)
    with pytest.raises((DualadError, ValueError)):
        derivative(g)(1.0)
    assert derivative(h)(1.0) > 0


@dataclass
class Place:
    """A dataclass that looks at what it is given."""

    latitude: float = 50.0
    height: float = 0.0

    def __setattr__(self, name, value):
        super().__setattr__(name, math.radians(value) if name == "latitude" else float(value))


@pytest.mark.parametrize("transform", [derivative, grad])
def test_a_dataclass_with_assignments_of_its_own(transform):
    def f(latitude):
        place = Place(latitude, height=2.0)
        place.height = place.height * latitude
        return math.sin(place.latitude) * place.height

    angle = math.radians(48.0)
    truth = 2 * math.sin(angle) + 2 * angle * math.cos(angle)
    assert transform(f)(48.0) == pytest.approx(truth, rel=1e-14)
    assert type(Place(1.0)) is Place


class Noted(dict):
    """A dict whose entries are attributes."""

    def __getattr__(self, name):
        return self[name]

    def __setattr__(self, name, new):
        self[name] = new


@pytest.mark.parametrize("transform", [derivative, grad])
def test_arrays_of_an_object_with_assignments_of_its_own(transform):
    def f(x):
        noted = Noted(n=np.ones(2) + 1.0)
        noted.n += x
        noted.n[0] *= x
        return noted.n.sum()

    assert transform(f)(3.0) == 2 + 3 + 3 + 1


PLAIN = np.array([[2.0, 1.0], [0.5, 3.0]])


def diagonal(x):
    S = PLAIN @ PLAIN
    S[np.diag_indices(2)] += x
    return S.sum()


def block(x):
    S = PLAIN * 1.0
    S[np.ix_([0], [0, 1])] *= x
    return S.sum()


def in_a_slice(x):
    S = PLAIN + 0.0
    S[int(1.0) :, len(S) - 1] = x * x
    return S.sum()


def two_at_once(x):
    S = PLAIN + 0.0
    S[0], S[:, 1] = x, 2 * x
    return S.sum()


def value_before_index(x):
    numbers = iter([0, 1])
    S = PLAIN[0] + 0.0
    S[next(numbers)] = x * (1 + next(numbers))
    return 10 * S[0] + S[1]


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize(
    ("f", "slope"),
    [(diagonal, 2.0), (block, 3.0), (in_a_slice, 1.4), (two_at_once, 5.0), (value_before_index, 1.0)],
)
def test_calls_in_indices_and_several_targets(f, slope, transform):
    assert transform(f)(0.7) == pytest.approx(slope, rel=1e-14)


class Lazy:
    """Makes the arrays that it works in when it needs them, and keeps them."""

    work = None

    def whole(self, x):
        if self.work is None:
            self.work = np.empty(3)
        self.work[:] = x**2
        return np.sum(self.work)

    def by_ufunc(self, x):
        if self.work is None:
            self.work = np.empty(3)
        np.square(x, out=self.work)
        return np.sum(self.work)

    def by_blas(self, x):
        if self.work is None:
            self.work = np.empty((1, 1), order="F")
        blas = pytest.importorskip("scipy.linalg").blas
        row = np.asfortranarray(np.reshape(x, (3, 1)))
        blas.dgemm(1.0, row, row, c=self.work, trans_a=1, overwrite_c=1)
        return self.work[0, 0]


@pytest.mark.parametrize("name", ["whole", "by_ufunc", "by_blas"])
def test_an_array_kept_since_another_call_is_filled_again(name):
    f, x = getattr(Lazy(), name), np.array([1.0, 2.0, 3.0])
    for z in (x, 2 * x):
        np.testing.assert_allclose(grad(f)(z), 2 * z, rtol=1e-15)
        assert jvp(f, z, np.ones(3))[1] == pytest.approx(2 * z.sum(), rel=1e-15)
    assert name == "by_blas" or f(x) == 14.0
    grad(f)(x)
    with pytest.raises(OverError):  # it is not read before
        derivative(lambda t: t * np.sum(f.__self__.work))(1.0)


@pytest.mark.parametrize("entry", [derivative, grad])
def test_what_stays_in_an_array_since_another_call_has_its_derivative(entry):
    """The root has a derivative; the calls by which it was found are over, and that was theirs."""

    def f(a):
        work = np.zeros(2)

        def equation(x):
            work[0] = x
            return work[0] ** 3 - a

        scipy.optimize.brentq(equation, 0.0, 3.0, xtol=1e-15)
        work[1] = a
        return work[0] * work[1]

    with pytest.warns(DifferencesWarning):
        assert entry(f)(2.0) == pytest.approx(4 / 3 * 2 ** (1 / 3), rel=1e-7)


class Point(np.ndarray):
    def __setitem__(self, key, new):
        np.ndarray.__setitem__(self.view(np.ndarray), key, np.asarray(new))


class Plain(np.ndarray):
    pass


@pytest.mark.parametrize("kind", [np.ndarray, Plain, Point])
@pytest.mark.parametrize("of", [np.ndarray, Plain])
def test_an_array_that_holds_duals_is_no_nan_to_the_plain_one_that_it_is_assigned_to(kind, of):
    grid, square = np.full(3, 2.0).view(kind), np.full((3, 3), 2.0).view(kind)

    def f(x, target):
        own = np.zeros(2)
        own[:] = x
        own = own.view(of)
        if target == "array":
            y = 2 * grid
            y[:2] = own
        elif target == "flat":
            y = 2 * grid
            y.flat[:2] = own
        elif target == "rows":
            y = 2 * square
            y[:2, 1:] = [own, own]
            y = y[0, 1:]
        else:
            kept = {"y": 2 * grid}
            kept["y"][:2] = own
            y = kept["y"]
        return 3.0 * x if y[0] < 3.0 else x

    for target in "array", "flat", "rows", "entry":
        assert f(2.0, target) == 6.0
        assert derivative(lambda x, target=target: f(x, target))(2.0) == 3.0
        assert grad(lambda x, target=target: f(x, target))(2.0) == 3.0


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_comes_to_hold_duals_by_assignment():
    def f(x):
        m = np.matrix(np.zeros((2, 2)))
        m[0, 0] = x
        m[1, 0] = x**2
        m[1, 1] += 1.0
        return (m * m)[1, 0] + m.sum()

    assert derivative(f)(3.0) == grad(f)(3.0) == 3 * 9.0 + 6.0 + 1.0 + 6.0


def held(x):
    own = np.zeros(2)
    own[:] = x
    return own


def to_a_view(x):
    y = 2 * TWO
    y.reshape(-1)[:2] = held(x)
    return y[0]


def to_what_a_function_gives(x):
    y = 2 * TWO
    (lambda array: array)(y)[:2] = held(x)
    return y[0]


def to_objects(x):
    y = np.array([None, None])
    y[:] = held(x)
    return y[0]


def to_a_field(x):
    y = np.zeros(2, [("a", float), ("i", np.int32)])
    y["a"] = held(x)
    return y["a"][0]


def to_short_numbers(x):
    y = np.array([1.0, 2.0, 3.0]).astype(np.float32)
    y[1:] = held(x)
    return float(y[1])


def to_records(x):
    return np.rec.fromarrays([held(x), held(x)], names="a, b").a[0]


TWO = np.ones(2)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning", "ignore::dualad.errors.SlowWarning")
@pytest.mark.parametrize(
    "first", [to_a_view, to_what_a_function_gives, to_objects, to_a_field, to_short_numbers, to_records]
)
def test_no_branch_is_taken_by_the_memory_of_an_array_that_holds_duals(first):
    def f(x):
        return 3.0 * x if first(x) > 1.0 else x

    assert f(2.5) == 7.5
    assert derivative(f)(2.5) == pytest.approx(3.0, 1e-9)
    assert grad(f)(2.5) == pytest.approx(3.0, 1e-9)


def test_the_bytes_of_an_array_that_holds_duals():
    assert derivative(lambda x: np.frombuffer(held(x))[1] ** 2)(3.0) == 6.0
