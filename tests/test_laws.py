"""The laws that the entry points obey among themselves, on shapes that hide nothing.

Nothing here knows a derivative: only linearity, the chain rule, adjointness, symmetry, and which
call has to agree with which.
"""

import itertools

import numpy as np
import pytest
from checking import assert_close

from dualad import (
    derivative,
    grad,
    jacobian,
    jacobian_columns,
    jvp,
    linearize,
    value_and_derivative,
    value_and_grad,
    vjp,
)

W = np.array([[0.3, -1.2, 0.7], [1.1, 0.4, -0.6]])


def to_vector(x):
    """(3,) to (2,)."""
    return np.sin(W @ x) + np.exp(-x[0]) * x[1:]


def to_matrix(x):
    """(3,) to (3, 2)."""
    return np.tanh(x)[:, None] * (W @ x) ** 2


def from_matrix(x):
    """(2, 3) to (2,)."""
    return np.sum(np.exp(W * x), axis=1) * x[:, 0]


def broadcasting(x):
    """(2, 1) to (2, 3)."""
    return np.sin(W * x) / (1 + x**2)


def from_scalar(x):
    """() to (2, 3)."""
    return np.cos(W * x) * x


def to_scalar(x):
    """(2, 3) to ()."""
    return np.sum(np.sin(x) * W) + np.prod(x[0])


def of_empty(x):
    """(0,) to (0,)."""
    return np.sin(x) * x


def empty_to_scalar(x):
    """(0, 2) to ()."""
    return np.sum(x**2)


def of_zero_dimensional(x):
    """A 0-d array to a 0-d result."""
    return np.exp(x) * x


#: (function, shape of its argument, shape of its result), none of the matrices square.
FUNCTIONS = [
    (to_vector, (3,), (2,)),
    (to_matrix, (3,), (3, 2)),
    (from_matrix, (2, 3), (2,)),
    (broadcasting, (2, 1), (2, 3)),
    (from_scalar, (), (2, 3)),
    (to_scalar, (2, 3), ()),
    (of_empty, (0,), (0,)),
    (empty_to_scalar, (0, 2), ()),
    (of_zero_dimensional, (), ()),
]
functions = pytest.mark.parametrize(
    ("f", "shape", "out"), [pytest.param(*row, id=row[0].__name__) for row in FUNCTIONS]
)
both_modes = pytest.mark.parametrize("mode", ["forward", "reverse"])


def draw(shape, seed):
    return np.random.default_rng(seed).uniform(-1.0, 1.0, shape)


# ------------------------------------------------------------------------------- one derivative, many doors


@functions
def test_the_value_is_the_functions_own(f, shape, out):
    x = draw(shape, 0)
    right = f(x)
    assert np.shape(right) == out
    for y in (jvp(f, x, x)[0], vjp(f, x)[0], linearize(f, x)[0]):
        assert np.shape(y) == out
        np.testing.assert_array_equal(y, right)


@functions
def test_adjoint_law(f, shape, out):
    """<J t, c> == <t, Jᵀ c>."""
    x, t, c = draw(shape, 0), draw(shape, 1), draw(out, 2)
    pushed, pulled = jvp(f, x, t)[1], vjp(f, x)[1](c)
    assert np.shape(pushed) == out
    assert np.shape(pulled) == shape
    assert_close(np.sum(pushed * c), np.sum(t * pulled))


@functions
def test_forward_is_linear_in_the_tangent(f, shape, out):
    x, s, t = draw(shape, 0), draw(shape, 1), draw(shape, 2)
    assert_close(jvp(f, x, 2.0 * s - 3.0 * t)[1], 2.0 * jvp(f, x, s)[1] - 3.0 * jvp(f, x, t)[1])


@functions
def test_reverse_is_linear_in_the_cotangent(f, shape, out):
    b, c = draw(out, 1), draw(out, 2)
    _, pullback = vjp(f, draw(shape, 0))
    assert_close(pullback(2.0 * b - 3.0 * c), 2.0 * pullback(b) - 3.0 * pullback(c))


@functions
def test_zero_goes_to_zero(f, shape, out):
    x = draw(shape, 0)
    assert not np.any(jvp(f, x, np.zeros(shape))[1])
    assert not np.any(vjp(f, x)[1](np.zeros(out)))


@functions
@both_modes
def test_shape_of_the_jacobian(f, shape, out, mode):
    for chunk in ("auto", 1, 2):
        assert np.shape(jacobian(f, mode=mode, chunk=chunk)(draw(shape, 0))) == out + shape


@functions
def test_lanes_are_a_stack_of_tangents(f, shape, out):
    x = draw(shape, 0)
    columns = [jvp(f, x, unit.reshape(shape))[1] for unit in np.eye(x.size)]
    stacked = np.stack(columns, axis=-1).reshape(out + shape) if columns else np.zeros(out + shape)
    for chunk in ("auto", 1, 2, 100):
        assert_close(jacobian(f, mode="forward", chunk=chunk)(x), stacked)


@functions
def test_rows_are_a_stack_of_cotangents(f, shape, out):
    x = draw(shape, 0)
    _, pullback = vjp(f, x)
    size = int(np.prod(out))
    rows = [pullback(unit.reshape(out)) for unit in np.eye(size)]
    stacked = np.stack(rows).reshape(out + shape) if rows else np.zeros(out + shape)
    for chunk in ("auto", 1, 2, 100):
        assert_close(jacobian(f, mode="reverse", chunk=chunk)(x), stacked)


@functions
def test_auto_is_one_of_the_modes(f, shape, out):
    x = draw(shape, 0)
    assert_close(jacobian(f)(x), jacobian(f, mode="forward")(x))


@functions
def test_linearize_agrees_and_can_be_used_again(f, shape, out):
    x = draw(shape, 0)
    _, linear = linearize(f, x)
    _, pullback = vjp(f, x)
    for seed in range(1, 4):
        t, c = draw(shape, seed), draw(out, seed + 10)
        assert_close(linear.apply(t), jvp(f, x, t)[1])
        assert_close(linear(t), linear.apply(t))
        assert_close(linear.transpose(c), pullback(c))


def test_a_pullback_can_be_used_again():
    _, pullback = vjp(to_vector, draw(3, 0))
    c = draw(2, 1)
    first = pullback(c).copy()
    pullback(draw(2, 2))
    np.testing.assert_array_equal(pullback(c), first)


def test_results_of_a_pullback_do_not_share_memory():
    """Writing into one answer must not change the next, nor the caller's cotangent."""
    _, pullback = vjp(lambda x: x + 0.0, draw(3, 0))
    c = draw(3, 1)
    kept = c.copy()
    first = pullback(c)
    first[...] = 99.0
    np.testing.assert_array_equal(c, kept)
    np.testing.assert_array_equal(pullback(c), kept)


# ------------------------------------------------------------------------------- composition


def test_chain_rule():
    """D(g∘f)(x) t == Dg(f(x)) Df(x) t, and the transpose of it."""
    f, g = to_vector, lambda y: W.T @ np.tanh(y) * y[0]
    x, t, c = draw(3, 0), draw(3, 1), draw(3, 2)
    y, ty = jvp(f, x, t)
    assert_close(jvp(lambda x: g(f(x)), x, t)[1], jvp(g, y, ty)[1])
    _, back_f = vjp(f, x)
    _, back_g = vjp(g, y)
    assert_close(vjp(lambda x: g(f(x)), x)[1](c), back_f(back_g(c)))
    assert_close(jacobian(lambda x: g(f(x)))(x), jacobian(g)(y) @ jacobian(f)(x))


def test_product_and_sum_rules():
    f, g, x = to_vector, lambda x: np.cos(x[:2]), draw(3, 0)
    assert_close(jacobian(lambda x: f(x) + g(x))(x), jacobian(f)(x) + jacobian(g)(x))
    assert_close(
        jacobian(lambda x: f(x) * g(x))(x),
        f(x)[:, None] * jacobian(g)(x) + g(x)[:, None] * jacobian(f)(x),
    )


def test_the_identity_and_a_constant():
    x = draw((2, 3), 0)
    assert_close(jacobian(lambda x: x)(x), np.eye(6).reshape(2, 3, 2, 3))
    for mode in ("forward", "reverse"):
        np.testing.assert_array_equal(jacobian(lambda x: np.ones(4), mode=mode)(x), np.zeros((4, 2, 3)))
    assert grad(lambda x: 3.0)(2.0) == derivative(lambda x: 3.0)(2.0) == 0.0
    np.testing.assert_array_equal(vjp(lambda x: np.ones(4), x)[1](np.ones(4)), np.zeros((2, 3)))


def test_inverse_function():
    x = draw(5, 0)
    assert_close(derivative(lambda x: np.log(np.exp(x)))(x), np.ones(5))
    assert_close(derivative(np.arcsinh)(np.sinh(x)) * derivative(np.sinh)(x), np.ones(5))


# ------------------------------------------------------------------------------- second order

HESSIAN_SHAPES = [(to_scalar, (2, 3)), (empty_to_scalar, (0, 2)), (of_zero_dimensional, ())]


@pytest.mark.parametrize(("f", "shape"), [pytest.param(*row, id=row[0].__name__) for row in HESSIAN_SHAPES])
def test_hessian_is_symmetric_and_the_same_by_every_route(f, shape):
    x = draw(shape, 0)
    n = np.size(x)
    hessians = [
        jacobian(jacobian(f, mode=inner), mode=outer)(x)
        for outer, inner in itertools.product(["forward", "reverse"], repeat=2)
    ]
    for h in hessians:
        assert np.shape(h) == shape + shape
        assert_close(h, hessians[0])
        assert_close(np.reshape(h, (n, n)), np.reshape(h, (n, n)).T)


def test_hessian_vector_products_agree():
    x, v = draw((2, 3), 0), draw((2, 3), 1)
    hessian = jacobian(grad(to_scalar), mode="forward")(x)
    along = np.tensordot(hessian, v, axes=2)
    assert_close(jvp(grad(to_scalar), x, v)[1], along)  # forward over reverse
    assert_close(grad(lambda x: jvp(to_scalar, x, v)[1])(x), along)  # reverse over forward
    assert_close(grad(lambda x: np.sum(grad(to_scalar)(x) * v))(x), along)  # reverse over reverse


def test_mixed_partials_commute():
    def f(a, b):
        return np.sum(np.sin(W * a[:, None]) * np.exp(b))

    a, b = draw(2, 0), draw(3, 1)
    ab = jacobian(grad(f, argnums=0), argnums=1)(a, b)
    ba = jacobian(grad(f, argnums=1), argnums=0)(a, b)
    assert ab.shape == (2, 3)
    assert_close(ab, ba.T)


def test_order_is_a_nesting():
    def f(x):
        return np.sin(x) * np.exp(-x)

    x, nested = draw(4, 0), f
    for order in range(1, 5):
        nested = derivative(nested)
        assert_close(derivative(f, order=order)(x), nested(x))
        assert_close(derivative(f, order=order)(0.3), nested(0.3))


# ------------------------------------------------------------------------------- arguments


def two(a, b, scale=1.0):
    """(2,), (3,) to (2, 3)."""
    return scale * np.sin(a)[:, None] * W * np.exp(b)


@both_modes
def test_argnums(mode):
    a, b = draw(2, 0), draw(3, 1)
    by_a, by_b = (jacobian(two, argnums=n, mode=mode)(a, b) for n in (0, 1))
    assert by_a.shape == (2, 3, 2)
    assert by_b.shape == (2, 3, 3)
    assert_close(by_a, jacobian(lambda a: two(a, b), mode=mode)(a))
    assert_close(by_b, jacobian(lambda b: two(a, b), mode=mode)(b))
    assert_close(jacobian(two, argnums=1, mode=mode)(a, b, scale=2.0), 2 * by_b)  # keywords pass through


def test_several_primals():
    a, b, ta, tb, c = draw(2, 0), draw(3, 1), draw(2, 2), draw(3, 3), draw((2, 3), 4)
    y, t = jvp(two, (a, b), (ta, tb))
    np.testing.assert_array_equal(y, two(a, b))
    assert_close(t, jvp(lambda a: two(a, b), a, ta)[1] + jvp(lambda b: two(a, b), b, tb)[1])
    y, pullback = vjp(two, a, b)
    np.testing.assert_array_equal(y, two(a, b))
    pulled = pullback(c)
    assert isinstance(pulled, tuple)
    ca, cb = pulled
    assert_close(np.sum(t * c), np.sum(ta * ca) + np.sum(tb * cb))


def test_grad_of_each_argument():
    def f(a, b):
        return np.sum(two(a, b))

    a, b = draw(2, 0), draw(3, 1)
    ca, cb = vjp(f, a, b)[1](1.0)
    assert_close(grad(f)(a, b), ca)
    assert_close(grad(f, argnums=1)(a, b), cb)


def test_the_same_array_for_both_arguments():
    """One object given twice is two variables."""
    a = draw(3, 0)

    def f(a, b):
        return np.sum(np.sin(a) * b**2)

    ca, cb = vjp(f, a, a)[1](1.0)
    assert_close(ca, np.cos(a) * a**2)
    assert_close(cb, 2 * np.sin(a) * a)


@pytest.mark.parametrize("columns", [[0], [2, 0], [1, 1], np.array([0, 2]), range(3), []], ids=str)
def test_jacobian_columns(columns):
    x = draw(3, 0)
    got = jacobian_columns(to_matrix, x, columns)
    assert got.shape == (3, 2, len(columns))
    assert_close(got, jacobian(to_matrix)(x)[..., list(columns)])


def test_jacobian_columns_of_a_scalar_function():
    x = draw(3, 0)
    assert_close(jacobian_columns(lambda x: np.sum(x**2), x, [2, 0]), 2 * x[[2, 0]])


# ------------------------------------------------------------------------------- calls


def counted(f):
    """The function and the list of its calls."""
    calls = []

    def g(*args):
        calls.append(args)
        return f(*args)

    return g, calls


@pytest.mark.parametrize(
    ("call", "f"),
    [
        pytest.param(lambda f: value_and_derivative(f)(0.5), np.sin, id="value_and_derivative"),
        pytest.param(lambda f: value_and_grad(f)(draw((2, 3), 0)), to_scalar, id="value_and_grad"),
        pytest.param(lambda f: derivative(f)(0.5), np.sin, id="derivative"),
        pytest.param(lambda f: grad(f)(draw((2, 3), 0)), to_scalar, id="grad"),
        pytest.param(lambda f: jvp(f, draw(3, 0), draw(3, 1)), to_vector, id="jvp"),
        pytest.param(lambda f: jacobian(f, mode="reverse")(draw(3, 0)), to_vector, id="jacobian reverse"),
        pytest.param(
            lambda f: jacobian(f, mode="forward", chunk=3)(draw(3, 0)), to_vector, id="jacobian forward"
        ),
    ],
)
def test_the_function_is_called_once(call, f):
    g, calls = counted(f)
    call(g)
    assert len(calls) == 1


def test_applying_a_linear_map_does_not_call_the_function():
    f, calls = counted(to_vector)
    _, pullback = vjp(f, draw(3, 0))
    _, linear = linearize(f, draw(3, 0))
    before = len(calls)
    assert before == 2
    pullback(draw(2, 1))
    linear.apply(draw(3, 1))
    linear.transpose(draw(2, 1))
    assert len(calls) == before


def test_values_that_come_with_derivatives():
    y, dy = value_and_derivative(lambda x: x**3)(2.0)
    assert (y, dy) == (8.0, 12.0)
    y, g = value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    assert y == 5.0
    assert g.tolist() == [2.0, 4.0]


# ------------------------------------------------------------------------------- types of results


def test_plain_numbers_come_out():
    """A float in gives a float out, not an array and not a Dual."""
    assert type(derivative(lambda x: x * x)(3.0)) is float
    assert type(grad(lambda x: x * x)(3.0)) is float
    y, t = jvp(lambda x: x * x, 3.0, 1.0)
    assert type(y) is type(t) is float


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
def test_integers_and_lists_become_floats(entry):
    assert entry(lambda x: x**2)(3) == 6.0
    assert type(entry(lambda x: x**2)(3)) is float
    assert entry(lambda x: x * 2)(True) == 2.0


@both_modes
def test_integer_arrays_and_lists_become_floats(mode):
    for x in ([1, 2, 3], np.array([1, 2, 3]), np.array([1, 2, 3], np.uint8), (1.0, 2.0, 3.0)):
        got = jacobian(lambda x: np.sum(x**2), mode=mode)(x)
        assert got.dtype == np.float64
        assert got.tolist() == [2.0, 4.0, 6.0]


@both_modes
def test_single_precision_stays(mode):
    x = draw((2, 3), 0).astype(np.float32)
    assert jacobian(lambda x: np.sum(np.sin(x) * 2.0, axis=0), mode=mode)(x).dtype == np.float32
    assert jacobian(lambda x: np.exp(x), mode=mode)(x[0]).dtype == np.float32


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.clip(x, 0.0, 1.0),
        lambda x: np.clip(x, a_min=0.0, a_max=1.0),
        lambda x: np.clip(np.clip(x, 0.0, None), None, 1.0),
        lambda x: x.clip(0.0, 1.0),
        lambda x: x.clip(max=1.0).clip(min=0.0),
    ],
    ids=["by position", "by name", "one by one", "method", "method by name"],
)
def test_the_bounds_of_clip_by_position_and_by_name(f):
    x = np.array([-1.0, 0.5, 3.0])
    np.testing.assert_array_equal(derivative(f)(x), [0.0, 1.0, 0.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(f(x)))(x), [0.0, 1.0, 0.0])


def test_a_number_several_times_in_the_result():
    """Its cotangents are 0-d arrays, the sum of two of which is a number."""
    c = np.array([1.0, 2.0, 4.0])
    assert vjp(lambda x: [x, x, x], 2.0)[1](c) == 7.0
    assert vjp(lambda x: np.stack([x, x * x, x]), 3.0)[1](c) == 17.0


@pytest.mark.parametrize("n", [4, 200])
def test_a_transposed_operand_stays_transposed(n):
    """Its product is rounded otherwise than that of a copy in the usual order."""
    v, m = draw(n, 0), draw((n, n), 1)
    np.testing.assert_array_equal(vjp(lambda v: v @ m.T, v)[0], v @ m.T)
    np.testing.assert_array_equal(jvp(lambda v: v @ m.T, v, v)[0], v @ m.T)
