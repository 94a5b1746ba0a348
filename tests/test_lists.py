"""Lists given as arguments: what counts is what the plain function does with the plain list."""

import copy
import functools
import operator
import pickle
from array import array
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy import stats

from dualad import (
    check_derivative,
    checkpoint,
    cost,
    custom,
    derivative,
    grad,
    hessian,
    hessian_diagonal,
    hvp,
    jacobian,
    jacobian_columns,
    jvp,
    laplacian,
    linearize,
    sparse_jacobian,
    sparsity,
    stop_derivative,
    tangent,
    value,
    value_and_grad,
    vjp,
)
from dualad.costs.tracing import trace
from dualad.errors import ConversionError, DifferencesWarning, EqualityWarning
from dualad.lists import taking_lists


def rotated(x):
    return sum(a * b for a, b in zip(x[1:] + x[:1], x, strict=True))


def appended(x):
    first, last = [1.0], [2.0]
    y = first + x + last
    y.append(x[0] ** 2)
    y += x[1:]
    return sum(i * a for i, a in enumerate(y))


def repeated(x):
    return sum(i * a**2 for i, a in enumerate(2 * x))


def copied(x):
    y = x[:]
    y[0] = 5.0
    return sum(x) * sum(y)


def asked(x):
    if not x or x == [0.0] or not isinstance(x, list) or type(x) is not list:
        return 0.0
    last = x.pop()
    return last * x.index(max(x)) + len(x) * max(x)


def padded(x):
    c = [0.0] * (5 - len(x)) + x
    return sum(k * a for k, a in zip((1.0, 2.0, 3.0, 4.0, 5.0), c, strict=True))


def determinant(rows):
    """By elimination with rows swapped, as it is written for lists of rows."""
    a, n, det = [row[:] for row in rows], len(rows), 1.0
    for k in range(n):
        p = max(range(k, n), key=lambda i: abs(a[i][k]))
        if p != k:
            a[k], a[p] = a[p], a[k]
            det = -det
        det *= a[k][k]
        for i in range(k + 1, n):
            factor = a[i][k] / a[k][k]
            a[i] = [u - factor * v for u, v in zip(a[i], a[k], strict=True)]
    return det


M = [[1.0, 2.0, 0.5], [4.0, -1.0, 3.0], [2.0, 5.0, 6.0]]
X = [3.0, 1.0, 2.0]

#: Function, point, value and gradient.
PROGRAMS = {
    "rotated": (rotated, X, 11.0, [3.0, 5.0, 4.0]),
    "appended": (appended, X, 84.0, [31.0, 8.0, 10.0]),
    "repeated": (repeated, X, 60.0, [18.0, 10.0, 28.0]),
    "copied": (copied, X, 48.0, [8.0, 14.0, 14.0]),
    "asked": (asked, X, 6.0, [2.0, 0.0, 0.0]),
    "padded": (padded, X, 23.0, [3.0, 4.0, 5.0]),
    "whole numbers": (padded, [3, 1, 2], 23.0, [3.0, 4.0, 5.0]),
    "rows": (determinant, M, -46.0, (np.linalg.inv(M).T * np.linalg.det(M)).tolist()),
}
#: Of the pattern of a function that makes choices by values.
local_patterns = pytest.mark.filterwarnings("ignore::dualad.errors.PatternWarning")
each_program = pytest.mark.parametrize(("f", "x", "y", "g"), PROGRAMS.values(), ids=PROGRAMS)


@local_patterns
@each_program
def test_functions_of_lists_get_lists(f, x, y, g):
    given = pickle.dumps(x)
    assert f(pickle.loads(given)) == pytest.approx(y, rel=1e-13)
    value, gradient = value_and_grad(f)(x)
    assert value == f(pickle.loads(given))
    assert type(gradient) is np.ndarray
    assert gradient == pytest.approx(np.array(g), rel=1e-12)
    for mode in ("forward", "reverse"):
        assert jacobian(f, mode=mode)(x) == pytest.approx(np.array(g), rel=1e-12)
    t = np.cos(np.arange(np.size(g))).reshape(np.shape(g))
    along = pytest.approx(np.sum(np.array(g) * t), rel=1e-12)
    assert jvp(f, x, t)[1] == along
    assert linearize(f, x)[1](t) == along
    assert vjp(f, x)[1](1.0) == pytest.approx(np.array(g), rel=1e-12)
    assert grad(f, lift=False)(x) == pytest.approx(np.array(g), rel=1e-12)
    assert grad(lambda p: f(p["x"]))({"x": x})["x"] == pytest.approx(np.array(g), rel=1e-12)
    assert jacobian_columns(f, x, [1]) == pytest.approx(np.array(g).ravel()[[1]], rel=1e-12)
    assert sparse_jacobian(f)(x).toarray() == pytest.approx(np.array(g).reshape(1, -1), rel=1e-12)
    assert sparsity(f, x).shape == (1, np.size(g))
    assert check_derivative(f, x)
    assert pickle.dumps(x) == given  # the caller's list stays as it is


@each_program
def test_second_derivatives_by_lists(f, x, y, g):
    n = np.size(g)
    H = hessian(f)(x).reshape(n, n)
    assert pytest.approx(H, rel=1e-9, abs=1e-9) == jacobian(grad(f), mode="forward")(x).reshape(n, n)
    assert pytest.approx(H.T) == H
    assert hessian_diagonal(f)(x).ravel() == pytest.approx(np.diag(H), abs=1e-12)
    assert laplacian(f)(x) == pytest.approx(np.trace(H))
    v = np.ones(np.shape(g))
    assert hvp(f, x, v).ravel() == pytest.approx(H.sum(axis=1), rel=1e-12, abs=1e-12)


def test_second_derivative_of_a_product_of_neighbours():
    assert hessian(rotated)(X).tolist() == [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]


def test_tuples_stay_tuples():
    assert grad(lambda x: sum(x + x[1:]))((1.0, 2.0)).tolist() == [1.0, 2.0]
    seen = []
    grad(lambda a, b: seen.extend([type(a), type(b)]) or a[0] * b[0], argnums=(0, 1))((1.0, 2.0), [3.0])
    assert seen == [tuple, list]


def test_lists_among_several_arguments():
    def f(a, b, c):
        return sum(a + b) * c

    assert [np.asarray(g).tolist() for g in grad(f, argnums=(0, 1, 2))([1.0], [2.0, 3.0], 4.0)] == [
        [4.0],
        [4.0, 4.0],
        6.0,
    ]
    assert grad(f, argnames="b")([1.0], b=[2.0, 3.0], c=4.0).tolist() == [4.0, 4.0]
    assert grad(f, argnums=2)([1.0], [2.0, 3.0], 4.0) == 6.0


#: What fails with lists, and is written for arrays.
OF_ARRAYS = {
    "power": (lambda x: np.sum(x**2), [6.0, 2.0, 4.0]),
    "method": (lambda x: x.sum() * x.size, [3.0, 3.0, 3.0]),
    "product": (lambda x: x @ np.arange(3.0), [0.0, 1.0, 2.0]),
    "mask": (lambda x: np.sum(x[x > 1.5]), [1.0, 0.0, 1.0]),
    "keyword": (lambda x, *, scale=2: np.sum(x * 1.0) * scale, [2.0, 2.0, 2.0]),
    "numpy": (np.sum, [1.0, 1.0, 1.0]),
    "takes both": (lambda x: np.sum(np.asarray(x) ** 2), [6.0, 2.0, 4.0]),
}


@local_patterns
@pytest.mark.parametrize(("f", "g"), OF_ARRAYS.values(), ids=OF_ARRAYS)
def test_functions_that_fail_with_lists_get_arrays(f, g):
    assert grad(f)(X).tolist() == g
    assert jacobian(f, mode="forward")(X).tolist() == g
    assert sparse_jacobian(f)(X).toarray().tolist() == [g]
    assert check_derivative(f, X)
    assert cost(f, X, seconds=0).inputs == 3


def test_views_of_arrays_that_are_given_as_lists_are_written_through():
    def f(x):
        y = x[1:]
        y *= np.array([2.0, 3.0])
        return x @ x

    assert grad(f)(X).tolist() == [6.0, 8.0, 36.0]


def test_elementwise_derivatives_of_lists():
    assert derivative(lambda x: [v**2 for v in x])(X).tolist() == [6.0, 2.0, 4.0]
    assert derivative(lambda x: x**2)(X).tolist() == [6.0, 2.0, 4.0]
    assert derivative(np.square, order=2)(X).tolist() == [2.0, 2.0, 2.0]


def test_what_fails_with_a_list_is_called_once_more_with_what_was_there():
    calls = []

    def f(x, state):
        calls.append(type(x))
        state[0] += 1.0
        return np.sum(x**2 * state)

    g = grad(f, argnums=(0, 1))(X, np.array([1.0, 2.0, 3.0]))
    assert [one.tolist() for one in g] == [[12.0, 4.0, 12.0], [9.0, 1.0, 4.0]]
    assert calls == [list, list, np.ndarray]  # with Duals, with numbers; then the array


def test_what_takes_a_list_is_called_once():
    calls = []
    assert grad(lambda x: calls.append(x) or x[0] * x[1])(X[:2]).tolist() == [1.0, 3.0]
    assert len(calls) == 1


def test_lists_have_what_lists_have():
    assert grad(lambda x: x[0] ** 2 if hasattr(x, "append") and not hasattr(x, "shape") else 0.0)(X)[0] == 6.0
    form = "%g %g %g"
    assert grad(lambda t: t[0] * len(form % t))(tuple(X)).tolist() == [5.0, 0.0, 0.0]
    assert grad(lambda x: x[0] * len(str(x)))([1.0, 2.0]).tolist() == [10.0, 0.0]
    last = [[1.0, 2.0]]
    value, t = jvp(lambda rows: rows + last, [[3.0, 4.0]], [[1.0, 0.0]])
    assert (value.tolist(), t.tolist()) == ([[3.0, 4.0], [1.0, 2.0]], [[1.0, 0.0], [0.0, 0.0]])


def test_entries_are_numbers_of_the_kind_that_was_given():
    seen = []
    grad(lambda x: seen.extend(x) or x[0])([1.0, 2, np.float64(3.0)])
    assert [type(x.value) for x in seen] == [float, float, np.float64]


def test_an_array_that_fails_raises_its_own_error():
    with pytest.raises(ValueError, match="three at least"):
        grad(lambda x: _refused(x**2))(X)


def _refused(x):
    raise ValueError(f"three at least, and not {len(x)}")


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
def test_an_error_with_a_list_says_how_to_give_an_array():
    with pytest.raises(ConversionError) as raised:
        grad(lambda x: np.mean(x) * x[0], lift=False)(X)
    assert "np.array(x)" in "".join(raised.value.__notes__)


def test_nothing_is_recorded_of_an_attempt():
    f = OF_ARRAYS["power"][0]
    of_list, of_array = trace(f, X), trace(f, np.array(X))
    assert [one.name for one in of_list.operations] == [one.name for one in of_array.operations]


def test_blocks_of_columns_are_given_out():
    with ThreadPoolExecutor(2) as executor:
        assert jacobian(rotated, mode="forward", executor=executor)(X).tolist() == [3.0, 5.0, 4.0]
        assert hessian_diagonal(repeated, executor=executor)(X).tolist() == [6.0, 10.0, 14.0]


def test_a_function_of_arrays_can_be_sent():
    f = pickle.loads(pickle.dumps(taking_lists(padded, (X,))))
    assert f(np.array(X)) == 23.0


def test_errors_of_arithmetic_are_those_of_numbers():
    for f in (lambda x: 1 / x[0], lambda x: x[0] ** -1, lambda x: sum(x) / sum(x), lambda x: 5.0 % x[0]):
        with pytest.raises(ZeroDivisionError):
            grad(f)([0.0])
    with pytest.raises(OverflowError):
        grad(lambda x: 10.0 ** x[0])([400.0])


W = np.array([[1.0, 2.0, 0.5], [4.0, -1.0, 3.0]])
ONE = np.ones(3)

#: What NumPy takes for arrays by itself, without an error with a list: function and gradient.
BESIDE_ARRAYS = {
    "product": (lambda x: (W @ x) @ (W @ x), 2 * W.T @ (W @ X)),
    "row": (lambda x: x @ W.T @ np.array([1.0, 2.0]), W.T @ [1.0, 2.0]),
    "difference": (lambda x: np.sum((x - W[0]) ** 2), 2 * (X - W[0])),
    "quotient": (lambda x: np.sum(W[0] / x), -W[0] / np.square(X)),
    "ufunc": (lambda x: np.multiply.reduce(x), [2.0, 6.0, 3.0]),
    "order": (lambda x: np.array(x)[np.argsort(x)] @ W[0], [0.5, 1.0, 2.0]),
    "largest": (lambda x: x[np.argmax(x)] ** 2, [6.0, 0.0, 0.0]),
    "class": (lambda x: np.poly1d(x)(2.0), [4.0, 2.0, 1.0]),
}


@pytest.mark.parametrize("name", BESIDE_ARRAYS)
def test_lists_that_numpy_takes_for_arrays_are_arrays(name):
    f, g = BESIDE_ARRAYS[name]
    assert grad(f)(X) == pytest.approx(np.array(g), rel=1e-12)
    assert jacobian(f, mode="forward")(X) == pytest.approx(np.array(g), rel=1e-12)


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
def test_what_makes_something_else_of_arrays_keeps_its_lists():
    assert grad(lambda x: ONE[:2] @ (W[:, :2] @ x[1:]) + sum(2 * x))(X).tolist() == [2.0, 7.0, 3.0]
    assert grad(lambda x: np.sum(x - np.ones((3, 1))) if type(x) is list else 0.0)(X).tolist() == [3.0] * 3


@pytest.mark.filterwarnings("ignore::dualad.errors.SlowWarning")
def test_at_zero_a_list_repeated_is_no_array_doubled():
    def f(x):
        return sum(v**2 for v in 2 * x) + np.sum(ONE[:2] * x)

    assert f([0.0, 0.0]) == f(np.zeros(2))
    assert hessian(f)([0.0, 0.0]).tolist() == [[4.0, 0.0], [0.0, 4.0]]


def test_lists_beside_the_one_that_is_differentiated_are_arrays_as_well():
    both = jacobian(lambda A, x: A.dot(x), argnums=(0, 1))(W.tolist(), X)
    assert both[0].tolist() == [[X, [0.0] * 3], [[0.0] * 3, X]]
    assert both[1].tolist() == W.tolist()
    g = grad(lambda A, x: np.sum(A.dot(x)), argnums=(0, 1))(W.tolist(), X)
    assert g[0].tolist() == [X, X]
    assert g[1].tolist() == W.sum(axis=0).tolist()

    def f(x, history):
        history.append(3.0)
        return np.sum(x**2) * len(history)

    assert grad(f)(X, [1.0, 2.0]).tolist() == [18.0, 6.0, 12.0]


def test_differences_are_said_to_be_of_the_function():
    with pytest.warns(DifferencesWarning, match=f"^{__name__}.test_differences"):
        g = grad(lambda x: array("d", x)[0] * x[1])([2.0, 3.0])
    assert g == pytest.approx([3.0, 2.0], rel=1e-7)


def test_functions_with_a_derivative_of_their_own_get_lists():
    f = custom(rotated, jacobian=lambda x: np.roll(x, 1) + np.roll(x, -1))
    g = custom(lambda x: x.sum(), jacobian=np.ones_like)
    for x in (X, tuple(X), np.array(X)):
        assert grad(lambda x: 2 * g(x))(x).tolist() == [2.0, 2.0, 2.0]
    assert grad(f)(X).tolist() == grad(lambda x: f(x))(X).tolist() == [3.0, 5.0, 4.0]
    assert grad(lambda x: f([*x, x[0]]))(X).tolist() == [9.0, 5.0, 4.0]
    assert hessian(lambda x: f(x))(X).tolist() == [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    value, slope = jvp(lambda x: f(x), X, [1.0, 0.0, 0.0])
    assert (value, slope) == (11.0, 3.0)


def test_products_of_arrays_and_lists_that_were_made_of_lists():
    assert grad(lambda x: (W @ x[::-1])[0])(X).tolist() == [0.5, 2.0, 1.0]
    assert grad(lambda x: (x[:2] @ W)[0])(X).tolist() == [1.0, 4.0, 0.0]


def test_a_list_that_is_written_to_is_no_longer_the_array():
    def f(x, rows):
        a = np.asarray(x)
        x[0] = 2 * x[1]
        rows[1][0] = x[0] * rows[0][0]
        return a[0] + np.sum(np.square(x)) + np.sum(np.array(rows)[:, 0])

    g = grad(f, argnums=(0, 1))(X, [[1.0, 2.0], [3.0, 4.0]])
    assert g[0].tolist() == [1.0, 2 * 2 * 2.0 + 2.0 + 2.0, 4.0]
    assert g[1].tolist() == [[3.0, 0.0], [0.0, 0.0]]
    assert grad(lambda x: sum(np.reshape(x, (3, 1)).fill(1.0) or x))(X).tolist() == [1.0, 1.0, 1.0]


def test_the_mode_is_chosen_by_how_long_a_list_is(capsys):
    def f(x):
        return sum(v * v for v in x)

    for x in [1.0] * 200, np.ones(200):
        assert jacobian(f, explain=True)(x).tolist() == [2.0] * 200
    of_list, of_array = capsys.readouterr().out.replace("\n", " ").split("jacobian: ")[1:]
    assert of_list.startswith("by rows")
    assert of_list.split("; counted")[0] == of_array.split("; counted")[0]


def test_the_cost_of_a_function_that_returns_a_list():
    assert cost(lambda x: [v * v for v in x], [1.0, 2.0], seconds=0.001).outputs == 2


def test_lists_of_the_caller_are_not_written_to():
    """Nor do those that are not differentiated go from one call of the function to the next."""

    def solved(A, b):
        A[0], A[1] = A[1], A[0]
        b[0], b[1] = b[1], b[0]
        factor = A[1][0] / A[0][0]
        A[1] = [u - factor * v for u, v in zip(A[1], A[0], strict=True)]
        b[1] -= factor * b[0]
        second = b[1] / A[1][1]
        return [(b[0] - A[0][1] * second) / A[0][0], second]

    A, b = [[1.0, 2.0], [4.0, 3.0]], [3.0, 7.0]
    inverse, x = np.linalg.inv(A), np.linalg.solve(A, b)
    for mode in ("forward", "reverse"):
        of_A, of_b = jacobian(solved, argnums=(0, 1), mode=mode)(A, b)
        assert of_b == pytest.approx(inverse, rel=1e-12)
        assert of_A == pytest.approx(-np.multiply.outer(inverse, x), rel=1e-12)
        assert jacobian(solved, argnums=1, mode=mode)(A, np.array(b)) == pytest.approx(inverse, rel=1e-12)
    assert (A, b) == ([[1.0, 2.0], [4.0, 3.0]], [3.0, 7.0])


def filled(x):
    out = np.zeros(5)
    out[1:-1] = x
    return out @ out


@functools.cache
def remembered(t):
    return t[0] * t[1] + len(t + t)


#: What asks a list what it is, in Python and in compiled code: function and gradient.
ASKED = {
    "pickled": (lambda x: sum(pickle.loads(pickle.dumps(x)) + x), [2.0, 2.0, 2.0]),
    "copied": (lambda x: sum(copy.copy(x) + copy.deepcopy(x)) + x[0], [3.0, 2.0, 2.0]),
    "assigned": (filled, [6.0, 2.0, 4.0]),
    "method": (lambda x: W.dot(x)[1], W[1]),
    "statistics": (lambda x: stats.gmean(x) ** 3, [2.0, 6.0, 3.0]),
    "checkpoint": (lambda x: checkpoint(rotated)(x), [3.0, 5.0, 4.0]),
    "attributes": (lambda x: x[0] * (hasattr(x, "sort") - hasattr(x, "__array_ufunc__")), [1.0, 0.0, 0.0]),
    "callback": (lambda x: np.apply_along_axis(lambda row, v: sum(v + v), 0, ONE, x), 2 * ONE),
}


@pytest.mark.parametrize(("f", "g"), ASKED.values(), ids=ASKED)
def test_lists_are_those_of_python(f, g):
    assert grad(f)(X) == pytest.approx(np.array(g), rel=1e-12)
    assert jacobian(f, mode="forward")(X) == pytest.approx(np.array(g), rel=1e-12)


def test_tuples_are_keys():
    assert grad(remembered)((3.0, 1.0)).tolist() == [1.0, 3.0]
    assert grad(lambda t: {t: t[0] ** 2}[t])((3.0, 1.0)).tolist() == [6.0, 0.0]


def test_a_branch_for_one_list_warns():
    for f in (lambda x: x[0] ** 2 if x == X else x[0] ** 3, lambda x: -x[0] if x != X else 2 * x[0] ** 2):
        with pytest.warns(EqualityWarning):
            grad(f)(X)


def test_lists_beside_the_result_hold_plain_numbers():
    y, g = value_and_grad(lambda x: (sum(x + x), {"x": x}), has_aux=True)(X)
    assert (y, g.tolist()) == ((12.0, {"x": X}), [2.0, 2.0, 2.0])


def test_an_attempt_leaves_nothing_in_other_lists():
    def f(x, history, log):
        history.append(x[0])
        log.extend(history)
        return np.sum(x**2) * len(history)

    for g in (f, lambda x, history, log: f(np.array(x), history, log)):
        assert grad(g)(X, [1.0, 2.0], []).tolist() == [18.0, 6.0, 12.0]


def test_what_is_inside_the_duals_of_a_list():
    assert grad(lambda x: sum(a * b for a, b in zip(x, value(x), strict=True)))(X).tolist() == X
    assert grad(lambda x: sum(map(operator.mul, x + x, stop_derivative(2 * x))))(X).tolist() == [
        6.0,
        2.0,
        4.0,
    ]
    along = jvp(lambda x: tangent(x[1:]) @ np.array([1.0, 10.0]) + 0 * x[0], X, [1.0, 2.0, 3.0])
    assert along == (32.0, 0.0)
    assert value((1.0, [2.0])) == (1.0, [2.0])


def swapped(A, b):
    """A system of two equations, by elimination in place."""
    if abs(A[0][0]) < abs(A[1][0]):
        A[0], A[1], b[0], b[1] = A[1], A[0], b[1], b[0]
    m = A[1][0] / A[0][0]
    A[1] = [v - m * u for u, v in zip(*A, strict=True)]
    b[1] -= m * b[0]
    y = b[1] / A[1][1]
    return [(b[0] - A[0][1] * y) / A[0][0], y]


def test_the_function_may_write_into_each_argument_that_is_differentiated():
    A, b = np.array([[1.0, 2.0], [4.0, -1.0]]), np.array([3.0, 5.0])
    given = A.tolist(), b.tolist()
    for mode in ("forward", "reverse"):
        by_A, by_b = jacobian(swapped, argnums=(0, 1), mode=mode)(*given)
        assert by_b == pytest.approx(np.linalg.inv(A))
        assert by_A == pytest.approx(-np.einsum("ij,k->ijk", np.linalg.inv(A), np.linalg.solve(A, b)))
        assert given == (A.tolist(), b.tolist())
    a, c = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    found = derivative(lambda a, c: a * operator.imul(c, c), argnums=(0, -1))(a, c)
    assert [one.tolist() for one in found] == [[9.0, 16.0], [6.0, 16.0]]
    assert c.tolist() == [3.0, 4.0]


@pytest.mark.parametrize("function", [np.multiply, np.outer, np.multiply.outer])
def test_functions_of_lists_write_into_arrays(function):
    def f(x):
        out = np.zeros(np.shape(function(X, X)))
        function(x, x, out=out)
        return out

    for mode in ("forward", "reverse"):
        assert np.array_equal(jacobian(f, mode=mode)(X), jacobian(f, mode=mode)(np.array(X)))
    by_sum = np.full(3, 2 * sum(X)) if f(X).ndim == 2 else 2 * np.array(X)
    assert grad(lambda x: f(x).sum())(X) == pytest.approx(by_sum)


def test_an_alarm_is_no_reason_to_try_arrays():
    calls = []

    def f(x):
        calls.append(len(x))
        raise TimeoutError("ten seconds")

    with pytest.raises(TimeoutError, match="ten seconds"):
        grad(f)(X)
    assert calls == [3]
