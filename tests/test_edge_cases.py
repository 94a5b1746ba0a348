"""The points where derivatives go wrong, in every mode: `edge_cases.py` and the rows with several inputs.

Beside the right answer each row is given to `compare_modes`: forward and reverse mode, one direction
at a time and all at once, agree to rounding there.

The numbers of the rows are those of the table that `edge_cases.py` comes from. A mode here is a
nesting of `derivative` (forward) and `grad` (reverse), the outermost first.
"""

import itertools

import numpy as np
import pytest
import scipy.special as special
from edge_cases import CASES
from numpy import inf, nan

from dualad import compare_modes, derivative, grad, jacobian, jvp, vjp

ONE_LEVEL = {"forward": derivative, "reverse": grad}


def nestings(order):
    """All-forward and all-reverse; the two mixed ones as well where the order is 2."""
    names = list(itertools.product(ONE_LEVEL, repeat=order))
    return names if order == 2 else [n for n in names if len(set(n)) == 1]


def nested(f, names):
    for name in reversed(names):
        f = ONE_LEVEL[name](f)
    return f


def assert_close(got, right, tolerance=1e-12):
    """Relative tolerance, and exact where the right answer is 0, inf or nan."""
    got, right = np.asarray(got), np.asarray(right)
    assert got.shape == right.shape
    exact = (right == 0) | ~np.isfinite(right)
    np.testing.assert_array_equal(got[exact], right[exact])
    np.testing.assert_allclose(got[~exact], right[~exact], rtol=tolerance, atol=0)


@pytest.fixture(autouse=True)
def _quiet():
    """At these points NumPy has every right to warn about the values."""
    with np.errstate(all="ignore"):
        yield


# ------------------------------------------------------------------------------- one input, as data


@pytest.mark.parametrize(
    ("names", "case"),
    [
        pytest.param(names, case, id=f"{case[0]}-{'-over-'.join(names)}")
        for case in CASES
        for names in nestings(case[3])
    ],
)
def test_case(names, case):
    _, expression, point, _, right = case
    f = eval(f"lambda x: {expression}", {"np": np, "expit": special.expit, "inf": inf})
    got = nested(f, names)(point)
    assert np.shape(got) == ()
    assert_close(got, right)
    assert compare_modes(nested(f, names[1:]), point)


#: More of the table's rows: (name, function, point, order, right answer).
MORE = [
    ("13 expit(-800)", special.expit, -800.0, 1, 0.0),
    ("15 softplus, order 1", lambda x: np.logaddexp(x, 0.0), 0.0, 1, 0.5),
    ("16 log_sigmoid, right", special.log_expit, 37.42994775023705, 2, -5.551115123125775e-17),
    ("16 log_sigmoid, left", special.log_expit, -37.42994775023705, 2, -5.551115123125775e-17),
    ("21 arctan(1e200)", np.arctan, 1e200, 1, 0.0),
    ("25 logit", lambda x: np.log(x / (1 - x)), 1 - 2.0**-53, 1, 2.0**53),
    ("26 x**1, order 2", lambda x: x**1, 0.0, 2, 0.0),
    ("26 x**3, order 4", lambda x: x**3, 0.0, 4, 0.0),
    ("27 x**2", lambda x: x**2, 0.0, 2, 2.0),
    ("27 x**2.0", lambda x: x**2.0, 0.0, 2, 2.0),
    ("28 x**4, order 5", lambda x: x**4, 0.0, 5, 0.0),
    *[
        (f"28 powers, order {n}", lambda x: x + x**2 + x**3 + x**4, 0.0, n, float(r))
        for n, r in ((1, 1), (2, 2), (3, 6), (5, 0))
    ],
    *[
        (f"29 exp(-x**2), order {n}", lambda x: np.exp(-(x**2)), 0.0, n, float(r))
        for n, r in ((1, 0), (2, -2), (3, 0))
    ],
    ("34 constant base and exponent", lambda x: x * (-2.0) ** 2, 1.0, 1, 4.0),
    ("34 negative base", lambda x: x**2, -2.0, 1, -4.0),
    ("64 copysign, second argument", lambda x: np.copysign(5.0, x), -3.0, 1, 0.0),
    ("68 arctan2(x, x), order 1", lambda x: np.arctan2(x, x), 1.0, 1, 0.0),
    ("75 xlogy", lambda x: special.xlogy(x, 2.0), 0.0, 1, 0.6931471805599453),
    ("75 xlog1py", lambda x: special.xlog1py(x, 1.0), 0.0, 1, 0.6931471805599453),
    ("75 xlogy, second argument", lambda y: special.xlogy(0.0, y), 2.0, 1, 0.0),
    ("76 entr", special.entr, 0.0, 1, inf),
    ("77 exprel", special.exprel, 0.0, 1, 0.5),
    ("77 exprel, order 2", special.exprel, 0.0, 2, 1 / 3),
    ("79 abs", np.abs, 0.0, 1, 0.0),
    ("79 abs(x)**2, order 2", lambda x: np.abs(x) ** 2, 0.0, 2, 2.0),
    ("80 sqrt(x)**2", lambda x: np.sqrt(x) ** 2, 0.0, 1, 1.0),
    ("79 abs(x)**3, order 2", lambda x: np.abs(x) ** 3, 0.0, 2, 0.0),
    ("81 relu by difference", lambda x: np.maximum(x, 0.0) - np.maximum(-x, 0.0), 0.0, 1, 1.0),
    ("82 maximum(x, x)", lambda x: np.maximum(x, x), 0.3, 1, 1.0),
    ("83 clip(x, 1, 1)", lambda x: np.clip(x, 1.0, 1.0), 1.0, 1, 0.0),
    ("88 round", np.round, 0.5, 1, 0.0),
    ("88 rint", np.rint, 0.5, 1, 0.0),
    ("88 sign", np.sign, 0.0, 1, 0.0),
    ("93 x**2 at an int", lambda x: x**2, 3, 1, 6.0),
    ("93 reciprocal at an int", np.reciprocal, 2, 1, -0.25),
    ("97 tan", np.tan, np.pi / 2, 1, 2.66709378811357e32),
]


@pytest.mark.parametrize(
    ("names", "case"),
    [
        pytest.param(names, case, id=f"{case[0]}-{'-over-'.join(names)}")
        for case in MORE
        for names in nestings(case[3])
    ],
)
def test_more(names, case):
    _, f, point, _, right = case
    assert_close(nested(f, names)(point), right)
    assert compare_modes(nested(f, names[1:]), point)


@pytest.mark.parametrize("mode", ONE_LEVEL)
def test_row_98_cancellation_of_large_arguments(mode):
    assert abs(ONE_LEVEL[mode](lambda x: np.cos(x) ** 2 + np.sin(x) ** 2)(1e8)) <= 1e-8


@pytest.mark.parametrize(
    ("f", "point", "right"),
    [
        pytest.param(np.tanh, -9.010913848876953, 5.96046e-08, id="10"),
        pytest.param(np.arcsinh, 1e22, 1e-22, id="20"),
        pytest.param(lambda x: np.log(1 / np.maximum(np.float32(1e-20), x)), 0.0, 0.0, id="46"),
    ],
)
@pytest.mark.parametrize("mode", ONE_LEVEL)
def test_float32(f, point, right, mode):
    got = ONE_LEVEL[mode](f)(np.float32(point))
    assert got.dtype == np.float32
    assert_close(got, right, 2e-6)
    assert compare_modes(f, np.float32(point))


# ------------------------------------------------------------------------------- several inputs


def gradients(f, point):
    """The gradient of a function of several numbers, by forward and by reverse mode."""
    directions = np.eye(len(point))
    forward = [jvp(f, point, tuple(map(float, d)))[1] for d in directions]
    reverse = vjp(f, *point)[1](1.0)
    return np.array(forward), np.array(reverse)


@pytest.mark.parametrize(
    ("f", "point", "right"),
    [
        pytest.param(lambda x, y: x**y, (0.0, 0.5), (inf, 0.0), id="30"),
        pytest.param(lambda x, y: x**y, (0.0, 1.0), (1.0, 0.0), id="31 (0, 1)"),
        pytest.param(lambda x, y: x**y, (0.0, 2.0), (0.0, 0.0), id="31 (0, 2)"),
        pytest.param(lambda x, y: x**y, (-1.0, 2.0), (-2.0, nan), id="32"),
        pytest.param(lambda x, y: np.log(0 * x + y), (1.0, 0.0), (0.0, inf), id="45"),
        pytest.param(lambda a, b: a * np.exp(-b), (1.0, -1e3), (inf, -inf), id="40"),
        pytest.param(np.arctan2, (0.0, 1.0), (1.0, 0.0), id="65"),
        pytest.param(np.arctan2, (5.6843e-14, 1e-13), (7557935363543.508, -4296157198699.0356), id="66"),
        pytest.param(np.hypot, (0.0, 0.0), (0.0, 0.0), id="61 hypot"),
        pytest.param(np.logaddexp, (-inf, -inf), (0.0, 0.0), id="71"),
        pytest.param(np.logaddexp, (0.0, inf), (0.0, 1.0), id="72"),
        pytest.param(
            lambda x, y: np.log(x) + x * y - np.sin(y), (2.0, 5.0), (5.5, 1.7163378145367738), id="92"
        ),
    ],
)
def test_several_arguments(f, point, right):
    for got in gradients(f, point):
        assert_close(got, right)
    assert compare_modes(f, *point)


def test_row_32_has_the_right_partial_when_both_are_seeded():
    """One direction along x alone, the other along both: NaN only where the exponent moves."""

    def power(x, y):
        return x**y

    assert jvp(power, (-1.0, 2.0), (1.0, 0.0)) == (1.0, -2.0)
    assert np.isnan(jvp(power, (-1.0, 2.0), (1.0, 1.0))[1])


@pytest.mark.parametrize(
    ("f", "point"),
    [
        pytest.param(lambda x, y: x**y, (0.0, 0.0), id="33"),
        pytest.param(np.arctan2, (0.0, 0.0), id="67"),
        pytest.param(lambda x, y: np.maximum(x, y), (1.0, 1.0), id="82"),
        pytest.param(lambda x, y: np.clip(x, y, 2.0), (1.0, 1.0), id="83 at the lower bound"),
        pytest.param(lambda x, y: np.clip(x, 0.0, y), (1.0, 1.0), id="83 at the upper bound"),
        pytest.param(lambda x, y: x * x**0.5 + y, (0.0, 0.0), id="38"),
        pytest.param(lambda x, y: np.sqrt(x**2) + y, (0.0, 0.0), id="80 sqrt(x**2)"),
    ],
)
def test_conventions_are_the_same_in_both_modes(f, point):
    forward, reverse = gradients(f, point)
    np.testing.assert_array_equal(forward, reverse)
    assert compare_modes(f, *point)


# ------------------------------------------------------------------------------- arrays

both_modes = pytest.mark.parametrize("mode", ["forward", "reverse"])
hessian_modes = pytest.mark.parametrize("names", list(itertools.product(["forward", "reverse"], repeat=2)))


def logsumexp(x):
    highest = np.max(x)
    return highest + np.log(np.sum(np.exp(x - highest)))


def von_mises(s):
    xx, yy, zz, xy, yz, zx = s
    deviator = (xx - yy) ** 2 + (yy - zz) ** 2 + (zz - xx) ** 2
    return np.sqrt(0.5 * deviator + 3 * (xy**2 + yz**2 + zx**2))


def root_in_the_middle(v):
    """The second entry has no value at v[0] < 5, so it has no derivative in any direction."""
    x, y = v
    return np.stack([x * y, np.sqrt(x - 5), y])


def by_power(x):
    """x**y with y - 1 = 0 somewhere and a neighbour without a value."""
    return np.power(np.array([2.0, nan]), x)


@pytest.mark.parametrize(
    ("f", "point", "right"),
    [
        pytest.param(np.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0], id="52 one zero"),
        pytest.param(np.prod, [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], id="52 two zeros"),
        pytest.param(np.prod, [4.0, 0.0], [0.0, 4.0], id="52 last zero"),
        pytest.param(
            np.cumprod, [2.0, 0.0, 3.0], [[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 6.0, 0.0]], id="54"
        ),
        pytest.param(np.linalg.det, [[1.0, 2.0], [2.0, 4.0]], [[4.0, -2.0], [-2.0, 1.0]], id="55"),
        pytest.param(np.linalg.det, [[0.0]], [[1.0]], id="56"),
        pytest.param(np.linalg.det, np.zeros((3, 3)), np.zeros((3, 3)), id="56 zeros"),
        pytest.param(lambda x: np.exp(-(np.linalg.norm(x) ** 2)), [0.0, 0.0], [0.0, 0.0], id="60 gauss"),
        pytest.param(
            lambda x: (1 + np.linalg.norm(x) ** 2) ** -0.5, [0.0, 0.0], [0.0, 0.0], id="60 multiquadric"
        ),
        pytest.param(np.linalg.norm, [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], id="61"),
        pytest.param(logsumexp, [-inf, 0.0], [0.0, 1.0], id="73"),
        pytest.param(np.var, [1.0, 1.0], [0.0, 0.0], id="78 var"),
        pytest.param(np.std, [1.0, 1.0], [0.0, 0.0], id="78 std"),
        pytest.param(np.max, [1.0, 1.0, 1.0], [1 / 3, 1 / 3, 1 / 3], id="82"),
        pytest.param(np.min, [1.0, 2.0, 1.0], [0.5, 0.0, 0.5], id="82 min"),
        pytest.param(root_in_the_middle, [1.0, 2.0], [[2.0, 1.0], [nan, nan], [0.0, 1.0]], id="86"),
        pytest.param(lambda x: np.nanmax(np.stack([x[0] * nan, x[0]])), [2.0], [1.0], id="90"),
        pytest.param(np.linalg.norm, [3.0, 4.0], [0.6, 0.8], id="94 norm"),
        pytest.param(lambda x: np.vdot(x, x), [3.0, 4.0], [6.0, 8.0], id="94 vdot"),
        pytest.param(von_mises, [100.0, 0.0, 0.0, 0.0, 0.0, 0.0], [1.0, -0.5, -0.5, 0.0, 0.0, 0.0], id="91"),
    ],
)
@both_modes
def test_arrays(f, point, right, mode):
    assert_close(jacobian(f, mode=mode)(np.array(point)), right)
    assert compare_modes(f, np.array(point))


@both_modes
def test_row_74_integers(mode):
    assert compare_modes(logsumexp, np.array([0, 1, 2, 3]))
    got = jacobian(logsumexp, mode=mode)(np.array([0, 1, 2, 3]))
    assert_close(got, [0.03205860328, 0.08714431874, 0.23688281809, 0.64391425989], 1e-9)


def test_row_61_a_direction_through_the_origin():
    """The directional derivative of the norm at 0 may be 0 or the length: it is 0 in every mode."""
    zero, v = np.zeros(2), np.array([3.0, 4.0])
    assert jvp(np.linalg.norm, zero, v)[1] == vjp(np.linalg.norm, zero)[1](1.0) @ v == 0.0


@both_modes
def test_sort_shares_ties(mode):
    """max and min of a sorted array are its ends, so the conventions have to match."""
    jac = jacobian(np.sort, mode=mode)(np.array([2.0, 1.0, 2.0]))
    assert_close(jac, [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.5, 0.0, 0.5]])
    assert compare_modes(np.sort, np.array([2.0, 1.0, 2.0]))


@pytest.mark.parametrize(
    ("f", "point", "right"),
    [
        pytest.param(np.prod, [0.0, 0.0, 3.0], [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]], id="53"),
        pytest.param(
            lambda x: np.linalg.det(x.reshape(2, 2)),
            [1.0, 2.0, 2.0, 4.0],
            np.fliplr(np.diag([1.0, -1.0, -1.0, 1.0])),
            id="57",
        ),
        pytest.param(lambda x: 0.5 * np.linalg.norm(x) ** 2, [0.0, 0.0, 0.0], np.eye(3), id="58"),
        pytest.param(
            lambda v: v[0] ** 2 * v[1] ** 2 * v[2] ** 2,
            [2.0, 3.0, 4.0],
            [[288.0, 384.0, 288.0], [384.0, 128.0, 192.0], [288.0, 192.0, 72.0]],
            id="44",
        ),
        pytest.param(
            lambda v: np.sum(v) * jacobian(lambda y: y * np.linalg.norm(v))(1.0), [1.0], [[2.0]], id="43"
        ),
    ],
)
@hessian_modes
def test_hessians(f, point, right, names):
    outer, inner = names
    assert_close(jacobian(jacobian(f, mode=inner), mode=outer)(np.array(point)), right, 1e-11)
    assert compare_modes(jacobian(f, mode=inner), np.array(point))


@hessian_modes
def test_row_59_the_mixed_derivative_where_the_arguments_meet(names):
    outer, inner = names
    at = np.array([1.0, 2.0])

    def by_b(a):
        return jacobian(lambda b: np.exp(-(np.linalg.norm(a - b) ** 2)), mode=inner)(at)

    assert_close(jacobian(by_b, mode=outer)(at), 2 * np.eye(2))


@hessian_modes
def test_row_85_through_complex_numbers(names):
    outer, inner = names
    assert_close(jacobian(jacobian(lambda x: np.real(np.exp(1j * x)), mode=inner), mode=outer)(0.0), -1.0)


@hessian_modes
def test_row_89_a_neighbour_without_a_value(names):
    outer, inner = names
    assert_close(jacobian(jacobian(by_power, mode=inner), mode=outer)(1.0), [0.9609060278364028, nan])
    assert compare_modes(jacobian(by_power, mode=inner), 1.0)


@hessian_modes
def test_row_85_the_second_derivative_of_a_rotation(names):
    outer, inner = names
    assert_close(jacobian(jacobian(lambda x: np.exp(1j * x), mode=inner), mode=outer)(0.0), -1.0 + 0j)


@both_modes
def test_row_73_of_scipy(mode):
    assert_close(jacobian(special.logsumexp, mode=mode)(np.array([-inf, 0.0])), [0.0, 1.0])
    assert compare_modes(special.logsumexp, np.array([-inf, 0.0]))


@pytest.mark.parametrize("f", [logsumexp, special.logsumexp], ids=["by hand", "scipy"])
def test_row_71_logsumexp_of_nothing(f):
    """The value is -inf, or NaN where it is -inf - -inf on the way; the modes agree."""
    assert compare_modes(f, np.array([-inf, -inf]))


@pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning")
def test_row_84_the_branch_for_a_point():
    assert compare_modes(lambda x: 1.0 if x == 1 else x**2, 1.0)


def test_row_87_equal_eigenvalues():
    """In forward mode the slopes along a direction; of what does not depend on their order the gradient."""
    E = np.array([[1.0, 2.0], [2.0, -1.0]])
    assert_close(jvp(np.linalg.eigvalsh, np.eye(2), E)[1], [-np.sqrt(5.0), np.sqrt(5.0)])
    assert compare_modes(lambda A: np.sum(np.linalg.eigvalsh(A) ** 3), np.eye(2))
