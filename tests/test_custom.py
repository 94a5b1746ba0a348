"""custom: functions with a derivative of the user's own, in every mode.

The truth is the derivative of the same formula in plain NumPy, or a closed form.
"""

import itertools
import math

import numpy as np
import pytest
import scipy.sparse

from dualad import custom, derivative, grad, jacobian, jvp, linearize, stop_derivative, vjp
from dualad.dual import make
from dualad.errors import InputError, ShapeError, UnsupportedError
from dualad.modes import Pattern

A = np.arange(6.0).reshape(2, 3) - 2.0
X = np.array([0.3, -1.2, 2.0])


def black_box(x, scale):
    """Not differentiable by any means: it insists on plain numbers."""
    assert type(x) is np.ndarray
    assert isinstance(scale, float)
    return np.sin(A @ x) * scale


def formula(x, scale):
    return np.sin(A @ x) * scale


def jacobians(x, scale):
    inner = A @ x
    return np.cos(inner)[:, None] * A * scale, np.sin(inner)


def pushed(primals, tangents):
    (x, scale), (tx, ts) = primals, tangents
    return np.cos(A @ x) * (A @ tx) * scale + np.sin(A @ x) * ts


def plain(x):
    """The number or array by its memory, which a Dual does not show."""
    return np.frombuffer(bytearray(np.ascontiguousarray(x))).reshape(np.shape(x))


def boxed(primals, tangents):
    """The same, and a black box itself."""
    return pushed(map(plain, primals), map(plain, tangents))


GIVEN = {
    "jacobian": custom(black_box, jacobian=jacobians),
    "jvp": custom(black_box, jvp=pushed),
    "black jvp": custom(black_box, jvp=boxed),
}
every = pytest.mark.parametrize("function", list(GIVEN.values()), ids=list(GIVEN))
both_modes = pytest.mark.parametrize("mode", ["forward", "reverse"])


@every
def test_the_value_is_the_functions_own(function):
    np.testing.assert_array_equal(function(X, 2.0), black_box(X, 2.0))
    assert type(function(X, 2.0)) is np.ndarray


@every
@both_modes
@pytest.mark.parametrize("chunk", [1, "auto"])
def test_jacobians(function, mode, chunk):
    found = jacobian(function, (0, 1), mode=mode, chunk=chunk)(X, 2.0)
    for one, right in zip(found, jacobians(X, 2.0), strict=True):
        np.testing.assert_allclose(one, right, rtol=1e-14)


@every
def test_in_a_program(function):
    def program(f, x):
        y = f(x * x, x[0] + 3.0)
        return y[0] * y[1] + x.sum()

    right = grad(lambda x: program(formula, x))(X)
    np.testing.assert_allclose(grad(lambda x: program(function, x))(X), right, rtol=1e-13)
    np.testing.assert_allclose(jacobian(lambda x: program(function, x), mode="forward")(X), right, rtol=1e-13)


@pytest.mark.parametrize("given", ["jacobian", "jvp"])
@pytest.mark.parametrize("modes", [*itertools.product(["forward", "reverse"], repeat=2)])
def test_second_derivatives(given, modes):
    def twice(f):
        return jacobian(jacobian(lambda x: f(x, x[1] ** 2), mode=modes[0]), mode=modes[1])(X)

    np.testing.assert_allclose(twice(GIVEN[given]), twice(formula), rtol=1e-12, atol=1e-14)


@every
def test_lists_of_duals_are_arrays(function):
    found = jacobian(lambda s: function([s, 2 * s, 1.0], 2.0))(0.7)
    right = jacobians(np.array([0.7, 1.4, 1.0]), 2.0)[0] @ [1.0, 2.0, 0.0]
    np.testing.assert_allclose(found, right, rtol=1e-13)


@every
def test_linearize_both_ways(function):
    _, linear = linearize(lambda x: function(x, 2.0), X)
    right = jacobians(X, 2.0)[0]
    np.testing.assert_allclose(linear(np.ones(3)), right @ np.ones(3), rtol=1e-14)
    np.testing.assert_allclose(linear.transpose(np.ones(2)), right.T @ np.ones(2), rtol=1e-14)


def test_numbers():
    sine = custom(lambda x: math.sin(x), jacobian=lambda x: math.cos(x))
    assert derivative(sine)(0.3) == grad(sine)(0.3) == math.cos(0.3)
    for outer, inner in itertools.product([derivative, grad], repeat=2):
        assert outer(inner(sine))(0.3) == pytest.approx(-math.sin(0.3), rel=1e-15)
    assert derivative(lambda x: sine(2.0) * x)(5.0) == math.sin(2.0)


def test_a_decorator():
    @custom(jacobian=lambda x: 3 * x**2)
    def cube(x):
        """x cubed."""
        return float(x) ** 3

    assert (cube.__name__, cube.__doc__) == ("cube", "x cubed.")
    assert derivative(cube)(2.0) == 12.0


def test_keywords_and_options():
    def power(x, kind, n=2):
        assert kind == "power"
        return x**n

    function = custom(power, jvp=lambda p, t, n=2: n * p[0] ** (n - 1) * t[0])
    assert derivative(lambda x: function(x, "power", n=5))(2.0) == 80.0
    assert grad(lambda x: function(x, "power"))(3.0) == 6.0
    with pytest.raises(UnsupportedError, match=r"n=dualad\.value\(n\)"):
        derivative(lambda x: function(2.0, "power", n=x))(2.0)


@pytest.mark.parametrize(
    "given",
    [
        {"jacobian": lambda x: (np.stack([x[1], x[0]]), 2.0 * np.diag(x))},
        {"jvp": lambda p, t: (p[0][1] * t[0][0] + p[0][0] * t[0][1], 2.0 * p[0] * t[0])},
    ],
    ids=["jacobian", "jvp"],
)
@both_modes
def test_several_outputs(given, mode):
    function = custom(lambda x: (float(x[0] * x[1]), x**2), **given)

    def program(x):
        product, squares = function(x)
        return product * squares

    found = jacobian(program, mode=mode)(np.array([2.0, 3.0]))
    np.testing.assert_allclose(found, [[36.0, 8.0], [27.0, 54.0]], rtol=1e-14)


@both_modes
def test_sparse_jacobians(mode):
    def difference(x):
        return scipy.sparse.diags_array([-np.ones(5), np.ones(4)], offsets=[0, 1])

    function = custom(lambda x: np.append(np.diff(x), -x[-1]), jacobian=difference)
    for chunk in (2, "auto"):
        found = jacobian(function, mode=mode, chunk=chunk)(np.arange(5.0))
        np.testing.assert_array_equal(found, difference(None).toarray())


def bits_of(function, n):
    """Which inputs each output depends on."""
    mode = Pattern()
    unit = (np.uint64(1) << np.arange(n, dtype=np.uint64))[None]
    tangent = function(make(mode, np.linspace(0.5, 1.0, n), unit)).tangent[0]
    return np.array([[bool(int(word) >> i & 1) for i in range(n)] for word in tangent])


def test_patterns():
    matrix = scipy.sparse.csr_array(([1.0, 2.0, 3.0], ([0, 1, 1], [2, 0, 1])), shape=(2, 3))
    sparse = custom(lambda x: matrix @ x, jacobian=lambda x: matrix)
    np.testing.assert_array_equal(bits_of(sparse, 3), matrix.toarray() != 0)
    dense = custom(lambda x: matrix @ x, jvp=lambda p, t: matrix @ t[0])
    assert bits_of(dense, 3).all()


def test_what_the_box_does_with_its_arrays_stays_there():
    kept = np.zeros(3)

    def careless(x):
        x *= 2.0
        kept[:] = x
        return kept

    function = custom(careless, jacobian=lambda x: 2 * np.eye(3))
    x = X.copy()
    first, second = vjp(lambda x: function(x) * function(x + 1), x)[1], x
    np.testing.assert_allclose(first(np.ones(3)), 2 * (2 * X + 2) + 2 * (2 * X), rtol=1e-14)
    np.testing.assert_array_equal(second, X)


def test_complex_jacobian():
    square = custom(lambda z: z * z, jacobian=lambda z: 2 * z)
    z = 1.0 + 2.0j
    assert derivative(square)(z) == 2 * z
    assert grad(lambda x: np.abs(square(x + 2.0j)) ** 2)(1.0) == pytest.approx(4 * (1.0**3 + 4.0), rel=1e-14)


def test_complex_jvp_is_refused():
    square = custom(lambda z: z * z, jvp=lambda p, t: 2 * p[0] * t[0])
    with pytest.raises(UnsupportedError, match="complex"):
        derivative(square)(1.0 + 2.0j)


def test_float32_stays():
    function = custom(np.sin, jvp=lambda p, t: np.cos(p[0]) * t[0])
    x = np.float32([0.5, 1.0])
    for mode in ("forward", "reverse"):
        found = jacobian(function, mode=mode)(x)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, np.diag(np.cos(x)), rtol=1e-6)


def test_empty_arrays():
    function = custom(lambda x: 2.0 * x, jvp=lambda p, t: 2.0 * t[0])
    y, pullback = vjp(function, np.zeros(0))
    assert y.shape == pullback(np.zeros(0)).shape == (0,)


def test_strong_zeros():
    """A column that is infinite does not reach an output that nobody asks for."""
    function = custom(
        lambda x: np.array([np.sqrt(x[0]), x[1]]),
        jacobian=lambda x: np.array([[np.inf, 0.0], [0.0, 1.0]]),
    )
    boxed = custom(
        lambda x: np.array([np.sqrt(x[0]), x[1]]),
        jvp=lambda p, t: np.array([np.inf * float(t[0][0]) if float(t[0][0]) else 0.0, float(t[0][1])]),
    )
    x = np.array([0.0, 1.0])
    assert jvp(function, x, np.array([0.0, 1.0]))[1].tolist() == [0.0, 1.0]
    for f in (function, boxed):
        assert grad(lambda x, f=f: f(x)[1])(x).tolist() == [0.0, 1.0]


# ---------------------------------------------------------------- mistakes


def test_one_of_the_two():
    for given in ({}, {"jvp": pushed, "jacobian": jacobians}):
        with pytest.raises(InputError, match=r"give one of them"):
            custom(black_box, **given)
    with pytest.raises(InputError, match="takes a function"):
        custom(3.0, jvp=pushed)
    with pytest.raises(InputError, match="takes a function"):
        custom(black_box, jvp=3.0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"jacobian": lambda x: np.ones((3, 2))}, r"shape \(3, 2\).*return one of shape \(2, 3\)"),
        ({"jacobian": lambda x: scipy.sparse.eye_array(3)}, r"shape \(3, 3\).*return one of shape \(2, 3\)"),
        ({"jvp": lambda p, t: np.ones(3)}, r"gave shape \(3,\) for a value of shape \(2,\)"),
        ({"jvp": lambda p, t: (A @ p[0], A @ t[0])}, r"gave a tuple of 2.*return the tangent alone"),
    ],
)
@both_modes
def test_wrong_shapes(given, message, mode):
    with pytest.raises(ShapeError, match=message):
        jacobian(custom(lambda x: A @ x, **given), mode=mode)(X)


def test_wrong_numbers_of_jacobians():
    with pytest.raises(ShapeError, match=r"called with 2 arguments.*gave shape"):
        grad(custom(lambda x, y: x * y, jacobian=lambda x, y: y))(1.0, 2.0)
    with pytest.raises(ShapeError, match="several outputs"):
        derivative(lambda x: custom(lambda x: (x, x), jacobian=lambda x: 1.0)(x)[0])(1.0)
    with pytest.raises(UnsupportedError, match="None for argument 1"):
        grad(custom(lambda x, y: x * y, jacobian=lambda x, y: (y, None)), 1)(1.0, 2.0)


def test_a_jvp_that_is_not_linear():
    function = custom(lambda x: x, jvp=lambda p, t: t[0] + 1.0)
    with pytest.raises(InputError, match="not linear in the tangents"):
        vjp(function, X)[1](np.ones(3))


def test_a_jvp_that_loses_the_recording_is_not_trusted():
    """It gives no error when it is recorded, only a zero: the check of the transpose finds that."""
    function = custom(lambda x: A @ x, jvp=lambda p, t: A @ stop_derivative(t[0]))
    np.testing.assert_allclose(vjp(function, X)[1](np.ones(2)), A.sum(axis=0), rtol=1e-14)


@pytest.mark.parametrize(
    "function",
    [
        GIVEN["black jvp"],
        custom(black_box, jacobian=lambda x, s: jacobians(np.frombuffer(bytearray(x)), s)),
    ],
    ids=["jvp", "jacobian"],
)
def test_a_second_derivative_of_a_black_box(function):
    with pytest.raises(UnsupportedError, match=r"second derivative of the custom function black_box"):
        jacobian(jacobian(lambda x: function(x, 2.0)))(X)


def test_an_error_of_the_users_own_passes():
    def failing(*args):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        derivative(custom(lambda x: x, jvp=failing))(1.0)


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
def test_a_mistake_in_a_derivative_of_ones_own_is_not_made_up_for(entry):
    of_one_argument = custom(lambda x: x * x, jvp=lambda x: 2 * x)
    raising = custom(lambda x: x * x, jacobian=lambda x: {}["slope"])
    with pytest.raises(TypeError, match="positional argument") as caught:
        entry(of_one_argument)(2.0)
    assert caught.value.__notes__ == ["dualad: raised by the jvp of the custom function <lambda>"]
    with pytest.raises(KeyError, match="slope"):
        entry(raising)(2.0)
