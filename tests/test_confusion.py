"""Perturbation confusion: programs that go wrong when derivatives of different calls are mixed up.

The tangents of an inner derivative call must never meet those of an outer one. Each program here
names the bug it guards against. Rows 41 to 44 are those of the table of edge cases.

The whole trap in one line, for which published packages return 2::

    derivative(lambda x: x * derivative(lambda y: x + y)(1.0))(1.0) == 1.0
"""

import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dualad import (
    derivative,
    grad,
    jacobian,
    jvp,
    linearize,
    value,
    value_and_derivative,
    value_and_grad,
    vjp,
)

D = {"forward": derivative, "reverse": grad}
two_levels = pytest.mark.parametrize(
    ("outer", "inner"),
    [pytest.param(D[a], D[b], id=f"{a}-over-{b}") for a, b in itertools.product(D, repeat=2)],
)
three_levels = pytest.mark.parametrize(
    "levels",
    [pytest.param([D[n] for n in names], id="-".join(names)) for names in itertools.product(D, repeat=3)],
)


# ------------------------------------------------------------------------------- the classics


@two_levels
def test_row_41_inner_sum(outer, inner):
    """Both tangents kept in one slot: x + y has slope 2 inside, 1 + 1."""

    def f(x):
        return x * inner(lambda y: x + y)(1.0)

    assert f(1.0) == 1.0
    assert outer(f)(1.0) == 1.0


@two_levels
def test_row_42_inner_product(outer, inner):
    """The inner tangent of x taken for the outer one: 4 instead of 8."""

    def f(x):
        return x * inner(lambda y: x * y)(1.0)

    assert f(4.0) == 16.0
    assert outer(f)(4.0) == 8.0


@two_levels
def test_row_43_array_outside_number_inside(outer, inner):
    """Confusion that only shows between an array's gradient and a number's derivative."""

    def f(v):
        return np.sum(v) * inner(lambda y: y * np.linalg.norm(v))(1.0)

    # sum(v) * norm(v) at [1]: 1 + 1
    assert jacobian(f, mode="forward" if outer is derivative else "reverse")(np.array([1.0])).tolist() == [
        2.0
    ]


@two_levels
def test_row_44_mixed_second_derivative(outer, inner):
    """The outer variable is an array that the inner function only captures."""

    def by_p(u):
        return inner(lambda p: u[0] ** 2 * u[1] ** 2 * p**2)(4.0)

    got = jacobian(by_p, mode="forward" if outer is derivative else "reverse")(np.array([2.0, 3.0]))
    assert got.tolist() == [288.0, 192.0]


@two_levels
def test_the_inner_function_ignores_its_argument(outer, inner):
    """Tangent of the captured x leaks out: the inner derivative is 0 whatever x does."""
    assert outer(lambda x: inner(lambda y: x * x)(3.0))(2.0) == 0.0
    assert outer(lambda x: x + inner(lambda y: x)(3.0))(2.0) == 1.0


@two_levels
def test_the_inner_point_depends_on_the_outer_variable(outer, inner):
    """The inner call strips the outer tangent from its own point: 12 x**2 * 2x lost."""
    # inner: 3 y**2 at y = x**2 is 3 x**4; outer: 12 x**3
    assert outer(lambda x: inner(lambda y: y**3)(x * x))(2.0) == 96.0


@two_levels
def test_point_and_capture_together(outer, inner):
    """d/dx of d/dy[x y**2] at y = x is d/dx 2 x**2: both routes of x count, once each."""
    assert outer(lambda x: inner(lambda y: x * y * y)(x))(3.0) == 12.0


@two_levels
def test_shadowed_name(outer, inner):
    """Same name, same point, different variable."""
    assert outer(lambda x: x * inner(lambda x: x * x)(x))(3.0) == 12.0


@two_levels
def test_the_inner_result_is_not_a_dual_of_the_inner_call(outer, inner):
    """A value that still carries the inner tangent contaminates the code after the call."""

    def f(x):
        slope = inner(lambda y: y * x)(5.0)
        return slope * slope

    assert outer(f)(3.0) == 6.0


@two_levels
def test_value_and_slope_of_the_inner_call(outer, inner):
    """The value that comes with the slope depends on the outer variable too."""
    both = value_and_derivative if inner is derivative else value_and_grad

    def f(x):
        y, slope = both(lambda y: x * y * y)(3.0)
        return y + 10.0 * slope

    assert f(2.0) == 18.0 + 120.0
    assert outer(f)(2.0) == 9.0 + 60.0


# ------------------------------------------------------------------------------- three levels


@three_levels
def test_three_levels_of_one_product(levels):
    """d³/dxdydz of x y z: 1, where a single slot gives sums of pairs."""
    a, b, c = levels
    assert a(lambda x: b(lambda y: c(lambda z: x * y * z)(5.0))(3.0))(2.0) == 1.0


@three_levels
def test_three_levels_with_captures(levels):
    """Every level multiplies by its own variable again, so that each tangent has a use."""
    a, b, c = levels

    # c: x y² at any z, times z=1; b: d/dy (y * x y²) = 3 x y² at 2 = 12 x; a: d/dx (x * 12 x) = 24 x
    def f(x):
        return x * b(lambda y: y * c(lambda z: x * y * y * z)(1.0))(2.0)

    assert f(3.0) == 108.0
    assert a(f)(3.0) == 72.0


@three_levels
def test_the_third_derivative_is_the_nesting_of_the_first(levels):
    """A level that is reused gives a repeated tangent: x⁴ has 24 x, not 12 x² or 48 x."""

    def f(x):
        return x**4

    for d in levels:
        f = d(f)
    assert f(2.0) == 48.0


@three_levels
def test_three_levels_of_sums(levels):
    """Row 41 one level deeper; a depth counter that is reset too early gives 2 or 3."""
    a, b, c = levels

    def f(x):
        return x * b(lambda y: y * c(lambda z: x + y + z)(1.0))(1.0)

    assert a(f)(1.0) == 1.0


# ------------------------------------------------------------------------------- curried, escaped


@two_levels
def test_curried_function(outer, inner):
    """Siskind and Pearlmutter's trap: derivative of a function that returns a derivative operator."""

    def shift(x):
        return lambda f: lambda y: f(x + y)

    # d/dx of shift(x)(cube)'(y) is cube''(x + y) = 6 (x + y)
    got = outer(lambda x: inner(shift(x)(lambda z: z**3))(2.0))(1.0)
    assert got == 18.0
    # and the same with the derivative operator passed through the curried function
    assert outer(lambda x: shift(x)(inner(lambda z: z**3))(2.0))(1.0) == 18.0


@two_levels
def test_curried_function_applied_twice(outer, inner):
    """The operator applied to its own result: each application needs a tag of its own."""

    def shift(x):
        return lambda f: lambda y: f(x + y)

    # shift(x)(shift(x)(cube)) is y -> (2 x + y)**3; its derivative in y is 3 (2x + y)**2, in x 12 (2x + y)
    assert outer(lambda x: inner(shift(x)(shift(x)(lambda z: z**3)))(2.0))(1.0) == 48.0


@two_levels
def test_one_operator_used_at_both_levels(outer, inner):
    """A tag made when the operator is built, and not when it is called, serves two calls at once."""
    slope = inner(lambda y: y**3)
    assert outer(lambda x: slope(x) * slope(2 * x))(1.0) == 4 * 9 * 4 * 1.0  # d/dx 36 x**4


@two_levels
def test_a_closure_made_inside_and_called_outside(outer, inner):
    """A function returned from the inner call must not remember the inner tangent as live."""

    def f(x):
        made = []
        slope = inner(lambda y: made.append(lambda: x * x) or y * x)(2.0)
        return slope + made[0]()

    assert outer(f)(3.0) == 7.0


# ------------------------------------------------------------------------------- arrays and lanes


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_jvp_inside_jacobian_lanes(mode):
    """The lanes of the outer Jacobian and the direction of the inner JVP share one array."""
    A = np.arange(6.0).reshape(2, 3) - 2.0
    v = np.array([1.0, -2.0, 0.5])

    def along(x):
        return jvp(lambda z: (A @ z) ** 3 * np.sum(x), x, v)[1]

    x = np.array([0.5, -1.0, 2.0])
    s, w, S = A @ x, A @ v, np.sum(x)
    # along = 3 s² w S: the inner derivative leaves the captured sum(x) alone
    right = 6 * (s * w)[:, None] * A * S + (3 * s**2 * w)[:, None]
    np.testing.assert_allclose(jacobian(along, mode=mode)(x), right, rtol=1e-13)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_vjp_inside_jacobian_lanes(mode):
    """The tape of the inner VJP holds values that are themselves lanes."""
    A = np.arange(6.0).reshape(2, 3) - 2.0
    c = np.array([1.0, -2.0])

    def pulled(x):
        return vjp(lambda z: (A @ z) ** 3 * np.sum(x), x)[1](c)

    x = np.array([0.5, -1.0, 2.0])
    s, S = A @ x, np.sum(x)
    right = A.T @ (6 * (c * s)[:, None] * A) * S + (A.T @ (3 * c * s**2))[:, None]
    np.testing.assert_allclose(jacobian(pulled, mode=mode)(x), right, rtol=1e-13)


@pytest.mark.parametrize(("outer", "inner"), list(itertools.product(["forward", "reverse"], repeat=2)))
def test_jacobian_inside_jacobian_of_as_many_lanes(outer, inner):
    """Inner and outer lanes of the same number: an axis taken for the other one is not noticed by shapes."""
    B = np.array([[1.0, 2.0], [-1.0, 0.5]])

    def f(x):
        return jacobian(lambda y: (B @ y) * x * y, mode=inner)(x)

    x = np.array([0.7, -0.3])
    got = jacobian(f, mode=outer)(x)
    # f_ij = x_i (B_ij y_i + (B y)_i δ_ij) at y = x
    right = np.zeros((2, 2, 2))
    for i, j, k in itertools.product(range(2), repeat=3):
        right[i, j, k] = 2 * x[i] * (i == k) * B[i, j] + (i == j) * ((i == k) * (B @ x)[i] + x[i] * B[i, k])
    np.testing.assert_allclose(got, right, rtol=1e-13)


@two_levels
def test_elementwise_inside_with_a_broadcast_capture(outer, inner):
    """The captured outer array is wider than the inner variable."""
    if inner is derivative:

        def f(x):
            return np.sum(inner(lambda y: x * y**2)(3.0))  # sum of 6 x
    else:

        def f(x):
            return inner(lambda y: np.sum(x * y**2))(3.0)

    mode = "forward" if outer is derivative else "reverse"
    assert jacobian(f, mode=mode)(np.array([1.0, 2.0, 3.0])).tolist() == [6.0, 6.0, 6.0]


@two_levels
def test_linear_map_of_an_inner_call_carries_the_outer_tangent(outer, inner):
    """The coefficients kept by `linearize` depend on the outer variable."""

    def f(x):
        _, linear = linearize(lambda y: x * y**2, 3.0)
        return linear(1.0) if inner is derivative else linear.transpose(1.0)

    assert f(2.0) == 12.0
    assert outer(f)(2.0) == 6.0


def test_pullback_applied_to_an_outer_dual():
    """The cotangent itself may be the variable: the pullback is linear in it."""
    _, pullback = vjp(lambda y: y**3, 2.0)
    assert derivative(lambda ct: ct * pullback(ct))(5.0) == 2 * 12 * 5.0
    assert grad(lambda ct: ct * pullback(ct))(5.0) == 2 * 12 * 5.0


def test_tangent_that_is_an_outer_dual():
    """The direction of an inner JVP depends on the outer variable."""

    def f(x):
        return jvp(lambda y: y**3, 2.0, x * x)[1]

    assert derivative(f)(5.0) == 12 * 10.0
    assert grad(f)(5.0) == 12 * 10.0


@two_levels
def test_branches_on_the_value_of_the_right_level(outer, inner):
    """`if` looks through all levels at the number."""

    def f(x):
        return inner(lambda y: y * x if x > y else y / x)(2.0)

    assert outer(f)(3.0) == 1.0
    assert outer(f)(1.0) == -1.0


@two_levels
def test_value_looks_at_one_level_only_when_asked(outer, inner):
    """`value` of a variable of the inner call cuts the inner tangent; the product rule says so."""
    assert outer(lambda x: inner(lambda y: value(y) * y * x)(3.0))(2.0) == 3.0


# ------------------------------------------------------------------------------- threads and exceptions


@two_levels
def test_inner_derivatives_in_threads(outer, inner):
    """Tags kept in thread-local storage are lost in the worker, and two workers share one counter."""

    def f(x):
        with ThreadPoolExecutor(4) as pool:
            slopes = list(pool.map(lambda k: inner(lambda y: x * y**k)(2.0), range(1, 5)))
        return sum(slopes)  # x * sum of k 2**(k - 1)

    assert f(3.0) == 3.0 * 49
    assert outer(f)(3.0) == 49.0


@two_levels
def test_outer_derivatives_in_threads(outer, inner):
    """The same nested program in eight threads at once: a global stack interleaves their levels."""

    def slope(x):
        return outer(lambda x: x * inner(lambda y: x * y)(1.0))(x)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(slope, np.arange(64.0).tolist())) == [2.0 * x for x in range(64)]


@two_levels
def test_after_an_exception(outer, inner):
    """A call that dies in the middle leaves nothing behind that the next one could pick up."""

    def dies(y):
        y * y
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        outer(lambda x: x * inner(lambda y: dies(x + y))(1.0))(1.0)
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0


@two_levels
def test_an_exception_caught_inside(outer, inner):
    """The inner call fails and the function goes on: its level is over, the outer one is not."""

    def f(x):
        with contextlib.suppress(ZeroDivisionError):
            inner(lambda y: 1 // 0)(x)
        return x * inner(lambda y: x * y)(1.0)

    assert outer(f)(4.0) == 8.0


@two_levels
def test_generators_that_stop_halfway(outer, inner):
    """Two derivative calls that are both under way, resumed in turn: there is no last-in-first-out."""

    def slopes(x):
        for k in range(3):
            yield inner(lambda y, k=k: x * y**k)(2.0)

    def f(x):
        first, second = slopes(x), slopes(x * x)
        return sum(a * b for a, b in zip(first, second, strict=True))  # x³ (0 + 1 + 16)

    assert outer(f)(2.0) == 17 * 12.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("p", [0.4, np.array([0.4]), np.full((2, 1), 0.4)])
def test_a_narrow_inner_argument_beside_a_wide_outer_one(p, mode):
    """The tangent of ``p + y`` has the shape of the sum, though ``y`` is a constant inside."""
    y = np.arange(1.0, 6.0)
    n = 5 * np.size(p)

    def inner(y):
        along = np.ones_like(p)
        return jvp(lambda p: np.sum((p - y) + (y + p)), p, along)[1] * y[0]

    assert np.array_equal(jacobian(inner, mode=mode)(y), [2.0 * n, 0.0, 0.0, 0.0, 0.0])

    def rows(y):
        return jacobian(lambda p: p - y, mode="forward")(p) * y[0]

    ones = np.sum(jacobian(rows, mode=mode)(y))
    assert ones == n
