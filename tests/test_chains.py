"""Chains of Jacobians: costs against counted products, the best order against all of them."""

from functools import reduce
from itertools import pairwise, product
from math import comb

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

import dualad
from dualad import best_order, chain_cost, chain_product, grad, jvp
from dualad.costs.chains import Bracketing
from dualad.errors import InputError, ShapeError

DIMS = st.lists(st.integers(0, 9), min_size=2, max_size=8)


def all_bracketings(low, high):
    """Every bracketing of steps low + 1 ... high, with its multiplications as a function of the dims."""
    if high - low == 1:
        yield high, lambda ns: 0
    for middle in range(low + 1, high):
        for (left, a), (right, b) in product(all_bracketings(middle, high), all_bracketings(low, middle)):
            yield (
                (left, right),
                lambda ns, a=a, b=b, m=middle: a(ns) + b(ns) + ns[high] * ns[m] * ns[low],
            )


class Matrix:
    """A matrix that counts the multiplications of its products, one entry at a time."""

    count = 0

    def __init__(self, rows, columns):
        self.shape = rows, columns

    def __matmul__(self, other):
        assert self.shape[1] == other.shape[0]
        for _ in product(range(self.shape[0]), range(other.shape[1]), range(self.shape[1])):
            Matrix.count += 1
        return Matrix(self.shape[0], other.shape[1])

    def copy(self):
        return Matrix(*self.shape)


def counted_cost(ns, order):
    Matrix.count = 0
    result = chain_product([Matrix(b, a) for a, b in pairwise(ns)], order)
    assert result.shape == (ns[-1], ns[0])
    return Matrix.count


# ---------------------------------------------------------------- costs


@settings(max_examples=40, deadline=None)
@given(DIMS.filter(lambda ns: len(ns) <= 7))
def test_best_of_all_bracketings(ns):
    k = len(ns) - 1
    costs = {b if k > 1 else (1,): cost(ns) for b, cost in all_bracketings(0, k)}
    assert len(costs) == comb(2 * k - 2, k - 1) // k  # Catalan's number
    assert chain_cost(ns, *costs) == costs
    assert costs[best_order(ns)] == min(costs.values()) == chain_cost(ns)["best"]


@settings(max_examples=30, deadline=None)
@given(DIMS)
def test_costs_are_those_of_the_products(ns):
    for order, cost in chain_cost(ns).items():
        assert counted_cost(ns, order) == cost


@settings(max_examples=50, deadline=None)
@given(DIMS)
def test_forward_and_reverse_in_closed_form(ns):
    costs = chain_cost(ns)
    steps = [a * b for a, b in pairwise(ns)]
    assert costs["forward"] == ns[0] * sum(steps[1:])
    assert costs["reverse"] == ns[-1] * sum(steps[:-1])
    assert costs["best"] <= min(costs["forward"], costs["reverse"])
    assert chain_cost(ns[::-1])["forward"] == costs["reverse"]


def test_best_of_an_example_in_a_textbook():
    # Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms", section on matrix-chain
    # multiplication: ((A1 (A2 A3)) ((A4 A5) A6)) takes 15125; A1 is our last step.
    ns = (30, 35, 15, 5, 10, 20, 25)[::-1]
    best = best_order(ns)
    assert best == ((6, (5, 4)), ((3, 2), 1))
    assert str(best) == "(J6 (J5 J4)) ((J3 J2) J1)"
    assert chain_cost(ns, best) == {best: 15125}


def test_equally_cheap_orders_give_forward():
    assert best_order([3] * 6) == (5, (4, (3, (2, 1))))


def test_gradients_want_reverse_and_curves_forward():
    assert best_order((9, 7, 5, 3, 1)) == (((4, 3), 2), 1)
    assert best_order((1, 3, 5, 7, 9)) == (4, (3, (2, 1)))


def test_long_chains():
    ns = [2 + (7 * i) % 31 for i in range(121)]
    costs = chain_cost(ns)
    assert 0 < costs["best"] < min(costs["forward"], costs["reverse"])
    ones = [1] * 3001  # deeper than Python recurses
    assert chain_cost(ones, "forward", "reverse") == {"forward": 2999, "reverse": 2999}
    assert chain_product([np.eye(1)] * 3000, "reverse") == 1.0
    assert str(Bracketing(reduce(lambda inner, i: (i, inner), range(2, 3001), 1))).endswith(
        "(J2 J1" + ")" * 2998
    )


def test_costs_are_exact_integers():
    n = 10**12
    assert chain_cost((n, n, n), "forward") == {"forward": n**3}
    assert chain_cost(np.array([4, 5, 6])) == dict.fromkeys(["forward", "reverse", "best"], 120)


@pytest.mark.parametrize(
    ("bracketing", "text"),
    [
        ((1,), "J1"),
        ((2, 1), "J2 J1"),
        (((4, 3), (2, 1)), "(J4 J3) (J2 J1)"),
        ((4, (3, (2, 1))), "J4 (J3 (J2 J1))"),
        ((12, (11, 10)), "J12 (J11 J10)"),
    ],
)
def test_printing(bracketing, text):
    assert str(Bracketing(bracketing)) == text
    assert Bracketing(bracketing) == bracketing
    assert hash(Bracketing(bracketing)) == hash(bracketing)
    assert repr(Bracketing(bracketing)) == repr(bracketing)


# ---------------------------------------------------------------- products


def chain_of(ns, seed=3):
    random = np.random.default_rng(seed)
    return [random.standard_normal((b, a)) for a, b in pairwise(ns)]


@pytest.mark.parametrize("ns", [(3, 4), (3, 2, 5), (4, 1, 3, 2, 6), (2, 0, 3), (5, 4, 3, 2, 1)])
def test_products_in_any_order(ns):
    Js = chain_of(ns)
    whole = np.linalg.multi_dot([np.eye(ns[-1]), *Js[::-1], np.eye(ns[0])])
    k = len(Js)
    for order in ["best", "forward", "reverse", *(b for b, _ in all_bracketings(0, k) if k > 1)]:
        product = chain_product(Js, order)
        assert product.shape == (ns[-1], ns[0])
        np.testing.assert_allclose(product, whole, rtol=1e-13, atol=1e-13)


def test_the_product_is_a_new_array():
    (J,) = Js = chain_of((2, 3))
    product = chain_product(Js)
    product[:] = 0.0
    assert J.all()


def test_lists_and_sparse_arrays():
    np.testing.assert_array_equal(chain_product([[[1, 2]], [[3], [4]]]), [[3, 6], [4, 8]])
    Js = chain_of((4, 3, 5, 2))
    product = chain_product([scipy.sparse.csr_array(J) for J in Js])
    assert scipy.sparse.issparse(product)
    np.testing.assert_allclose(product.toarray(), Js[2] @ Js[1] @ Js[0], rtol=1e-13)


@pytest.mark.parametrize("order", ["best", "forward", "reverse", ((4, 3), (2, 1))])
def test_derivative_of_a_product(order):
    Js = chain_of((3, 4, 2, 3, 2))
    x, t = 0.7, 1.3

    def scaled(s):
        return chain_product([s * Js[0], Js[1], np.sin(s) * Js[2], Js[3]], order)

    whole = Js[3] @ Js[2] @ Js[1] @ Js[0]
    slope = np.sin(x) + x * np.cos(x)
    y, dy = jvp(scaled, x, t)
    np.testing.assert_allclose(y, x * np.sin(x) * whole, rtol=1e-13)
    np.testing.assert_allclose(dy, t * slope * whole, rtol=1e-13)
    assert grad(lambda s: np.sum(scaled(s)))(x) == pytest.approx(slope * whole.sum(), rel=1e-12)


def test_the_jacobian_of_a_composition():
    A, B = chain_of((3, 4, 2))
    x = np.array([0.2, -0.4, 0.9])
    inner, outer = lambda x: np.sin(A @ x), lambda u: np.exp(B @ u)
    steps = [dualad.jacobian(inner)(x), dualad.jacobian(outer)(inner(x))]
    h = 1e-30
    whole = np.stack([outer(inner(x + 1j * h * e)).imag / h for e in np.eye(3)], axis=1)
    np.testing.assert_allclose(chain_product(steps), whole, rtol=1e-13)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("dims", [(), (3,), (3, -1), (3, 2.5), ("a", "b"), 7, None])
def test_dims_that_are_none(dims):
    for call in (chain_cost, best_order):
        with pytest.raises(InputError, match=r"such as dims=\(1000, 100, 10, 1\)$"):
            call(dims)


@pytest.mark.parametrize(
    "order",
    [
        (3, 2),
        (1, (2, 3)),
        ((3, 2), (2, 1)),
        (3, 2, 1),
        ((3, 2), 1.0),
        ((4, 3), (2, 1)),
        (),
        3,
        None,
        ((3,), (2, 1)),
    ],
)
def test_bracketings_that_are_none(order):
    with pytest.raises(InputError, match=r"of 3 Jacobians; write .* in pairs: \(\(3, 2\), 1\)$"):
        chain_cost((2, 3, 4, 5), order)


def test_orders_that_are_none():
    with pytest.raises(InputError, match=r"'backward' is no order .* take 'forward', 'reverse', 'best'"):
        chain_cost((2, 3, 4), "backward")
    with pytest.raises(InputError, match="write every step once"):
        chain_product(chain_of((2, 3, 4)), (1, 2))


def test_jacobians_that_do_not_fit():
    J1, J2 = chain_of((2, 3, 4))
    with pytest.raises(ShapeError, match="order in which the functions are applied"):
        chain_product([J2, J1])
    with pytest.raises(ShapeError, match=r"J2 has shape \(3,\) .* J2.reshape\(outputs, inputs\)$"):
        chain_product([J1, np.ones(3)])
    with pytest.raises(InputError, match=r"at least one: chain_product\(\[J1, J2\]\)$"):
        chain_product([])
