"""Every error: its class, what it says was received, what it says to type instead, and what it leaves behind.

Each message is checked for its key words only, so that it can be worded better.
"""

import decimal
import json
import math
import operator
import pathlib
import re

import numpy as np
import pytest
import scipy.sparse

import dualad
from dualad import (
    Dual,
    derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    jacobian_columns,
    jvp,
    laplacian,
    linearize,
    value_and_derivative,
    value_and_grad,
    vjp,
)
from dualad.errors import (
    ConversionError,
    DualadError,
    InputError,
    OutputError,
    OverError,
    ShapeError,
    UnsupportedError,
)

X = np.array([1.0, 2.0, 3.0])


def raises(call, error, *words):
    """Assert that the call raises exactly this class of error, and that the message has these words."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert isinstance(caught.value, DualadError)
    for word in words:
        assert word in message, f"{word!r} is not in: {message}"
    assert "\n" not in message.strip()


def outcome(call):
    """What the call returns, and None; or None, and the message with which it is refused."""
    try:
        return call(), None
    except DualadError as error:
        return None, str(error)


# ------------------------------------------------------------------------------- the tree of exceptions


@pytest.mark.parametrize(
    ("error", "builtin"),
    [
        (UnsupportedError, TypeError),
        (ConversionError, TypeError),
        (InputError, TypeError),
        (OutputError, TypeError),
        (ShapeError, ValueError),
        (OverError, RuntimeError),
    ],
)
def test_errors_are_also_the_builtin_ones(error, builtin):
    assert issubclass(error, DualadError)
    assert issubclass(error, builtin)


# ------------------------------------------------------------------------------- shapes


@pytest.mark.parametrize("entry", [grad, value_and_grad])
def test_grad_of_a_vector_function(entry):
    raises(lambda: entry(lambda x: x**2)(X), ShapeError, "(3,)", "jacobian(f)(x)")


def test_grad_of_a_vector_function_of_a_number():
    raises(lambda: grad(lambda x: x * X)(2.0), ShapeError, "(3,)", "jacobian(f)(x)")


def test_grad_of_one_element_in_an_array():
    """Shape (1,) is not a number: say so rather than guess."""
    raises(lambda: grad(lambda x: x[:1])(X), ShapeError, "(1,)", "jacobian(f)(x)")


@pytest.mark.parametrize("entry", [derivative, value_and_derivative])
def test_derivative_of_a_function_that_changes_the_shape(entry):
    raises(lambda: entry(np.sum)(X), ShapeError, "(3,)", "grad(f)(x)")
    raises(lambda: entry(lambda x: x[1:])(X), ShapeError, "(3,)", "(2,)", "jacobian(f)(x)")


@pytest.mark.parametrize(
    "f",
    [
        pytest.param(np.cumsum, id="cumsum"),
        pytest.param(lambda x: x[::-1], id="reversed"),
        pytest.param(lambda x: x * np.sum(x), id="times its sum"),
    ],
)
def test_derivative_of_a_function_that_is_not_elementwise(f):
    """The shape fits, but each element depends on others: a silent answer would be wrong."""
    raises(lambda: derivative(f)(X), ShapeError, "elementwise", "jacobian(f)(x)")


@pytest.mark.parametrize("n", [3, 8, 40])
def test_derivative_of_a_function_that_changes_two_places(n):
    """Along the direction of all ones it looks elementwise, and so it may along another one."""
    for i in range(n - 1):
        order = np.arange(n)
        order[[i, i + 1]] = i + 1, i
        raises(lambda order=order: derivative(lambda x: x[order])(np.arange(1.0, n + 1)), ShapeError)
    raises(lambda: derivative(np.sort)(np.cos(np.arange(float(n)))), ShapeError, "elementwise")


def _reversed_by_slice(x):
    y = np.zeros(3)
    y[::-1] = x
    return y


def _reversed_by_places(x):
    y = np.zeros(3)
    y[np.array([2, 1, 0])] = x
    return y


def _reversed_by_view(x):
    y = np.zeros(3)
    np.copyto(y[::-1], x)
    return y


def _reversed_by_out(x):
    y = np.empty(3)
    np.multiply(x, 2, out=y[::-1])
    return y


def _reversed_in_its_own_place(x):
    y = x * 0
    y[::-1] = x
    return y


@pytest.mark.parametrize(
    "f",
    [
        _reversed_by_slice,
        _reversed_by_places,
        _reversed_by_view,
        _reversed_by_out,
        _reversed_in_its_own_place,
    ],
)
def test_derivative_of_a_function_that_assigns_to_other_places(f):
    raises(lambda: derivative(f)(X), ShapeError, "elementwise", "jacobian(f)(x)")


def test_tangent_of_the_wrong_shape():
    raises(lambda: jvp(np.sin, X, np.ones(2)), ShapeError, "(2,)", "(3,)")
    raises(lambda: jvp(np.sin, X, 1.0), ShapeError, "()", "(3,)")
    raises(lambda: jvp(np.sin, X, np.ones((1, 3))), ShapeError, "(1, 3)", "(3,)")
    raises(lambda: Dual(X, np.ones(2)), ShapeError, "(2,)", "(3,)")


def test_number_of_tangents():
    raises(lambda: jvp(np.multiply, (1.0, 2.0), (1.0,)), DualadError, "1", "2")


def test_cotangent_of_the_wrong_shape():
    _, pullback = vjp(lambda x: x[:2], X)
    raises(lambda: pullback(np.ones(3)), ShapeError, "(3,)", "(2,)")
    raises(lambda: pullback(1.0), ShapeError, "()", "(2,)")


def test_linear_map_given_the_wrong_shape():
    _, linear = linearize(lambda x: x[:2], X)
    raises(lambda: linear.apply(np.ones(2)), ShapeError, "(2,)", "(3,)")
    raises(lambda: linear(np.ones(2)), ShapeError, "(2,)", "(3,)")
    raises(lambda: linear.transpose(np.ones(3)), ShapeError, "(3,)", "(2,)")


def test_second_derivatives_of_a_vector_function():
    raises(
        lambda: hessian(lambda x: x**2)(X), ShapeError, "hessian is for", "(3,)", "jacobian(jacobian(f))(x)"
    )
    raises(lambda: hvp(lambda x: x**2, X, X), ShapeError, "hvp is for", "(3,)")
    raises(lambda: laplacian(lambda x: x**2)(X), ShapeError, "(3,)")


# ------------------------------------------------------------------------------- outputs and inputs

ENTRIES = {
    "derivative": lambda f: derivative(f)(2.0),
    "value_and_derivative": lambda f: value_and_derivative(f)(2.0),
    "grad": lambda f: grad(f)(2.0),
    "value_and_grad": lambda f: value_and_grad(f)(2.0),
    "jvp": lambda f: jvp(f, 2.0, 1.0),
    "vjp": lambda f: vjp(f, 2.0),
    "linearize": lambda f: linearize(f, 2.0),
    "jacobian forward": lambda f: jacobian(f, mode="forward")(2.0),
    "jacobian reverse": lambda f: jacobian(f, mode="reverse")(2.0),
    "jacobian_columns": lambda f: jacobian_columns(f, 2.0, [0]),
}
every_entry = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)


@every_entry
def test_a_function_that_returns_none(entry):
    def forgot(x):
        x * x

    raises(lambda: entry(forgot), OutputError, "None", "return")


@every_entry
def test_a_function_that_returns_text(entry):
    raises(lambda: entry(lambda x: f"{x}"), OutputError, "str")


@every_entry
def test_a_function_that_returns_objects(entry):
    raises(lambda: entry(lambda x: np.array([1.0, None])), OutputError, "object")


@every_entry
@pytest.mark.parametrize(
    ("given", "word"),
    [
        pytest.param("2.0", "str", id="text"),
        pytest.param(None, "None", id="None"),
        pytest.param(np.array([1.0, None]), "object", id="object array"),
        pytest.param(np.array(["a"]), "<U1", id="text array"),
    ],
)
def test_an_input_that_cannot_be_differentiated(entry, given, word):
    """Every entry point looks at its input in the same way."""
    name = next(n for n, e in ENTRIES.items() if e is entry)
    calls = {
        "derivative": lambda: derivative(np.sin)(given),
        "value_and_derivative": lambda: value_and_derivative(np.sin)(given),
        "grad": lambda: grad(np.sin)(given),
        "value_and_grad": lambda: value_and_grad(np.sin)(given),
        "jvp": lambda: jvp(np.sin, given, 1.0),
        "vjp": lambda: vjp(np.sin, given),
        "linearize": lambda: linearize(np.sin, given),
        "jacobian forward": lambda: jacobian(np.sin, mode="forward")(given),
        "jacobian reverse": lambda: jacobian(np.sin, mode="reverse")(given),
        "jacobian_columns": lambda: jacobian_columns(np.sin, given, [0]),
    }
    raises(calls[name], InputError, word)


def test_the_wrong_way_round():
    """derivative(f, x) and grad(f(x)) are the first mistakes a newcomer makes."""
    raises(lambda: derivative(np.sin(2.0)), InputError, "float", "derivative(f)(x)")
    raises(lambda: grad(np.sin(X)), InputError, "array", "grad(f)(x)")


@pytest.mark.parametrize("order", [-1, 1.5, "2"])
def test_an_order_that_makes_no_sense(order):
    raises(lambda: derivative(np.sin, order=order)(1.0), DualadError, str(order), "order")


def test_a_mode_that_does_not_exist():
    raises(lambda: jacobian(np.sin, mode="sideways")(X), DualadError, "sideways", "forward", "reverse")


def test_an_argument_that_is_not_there():
    raises(lambda: grad(lambda x: x, argnums=1)(2.0), DualadError, "argnums", "1")


@pytest.mark.parametrize("entry", [grad, jacobian])
def test_an_argument_that_is_named_otherwise_than_by_its_number(entry):
    def f(x, y):
        return x * y

    raises(lambda: entry(f, argnums="y")(1.0, 2.0), InputError, "argnums='y'", "argnames='y'")
    raises(lambda: entry(f, argnums={0, 1})(1.0, 2.0), InputError, "{0, 1}", "a tuple such as (0, 1)")


@pytest.mark.parametrize("entry", [derivative, value_and_derivative, grad, jacobian, hessian, laplacian])
@pytest.mark.parametrize("point", [2.0, X])
def test_the_point_given_together_with_the_function(entry, point):
    """At once: what came out would be a function, and would be taken for the derivative."""
    raises(lambda: entry(lambda x: x**2, point), InputError, f"{entry.__name__.split('_')[-1]}(f)(x)")


@pytest.mark.parametrize("argnums", [(0, 0), (1, -1)])
def test_an_argument_that_is_named_twice(argnums):
    raises(lambda: grad(lambda x, y: x * y, argnums)(1.0, 2.0), InputError, str(argnums), "name each once")


class _Pair:
    def __init__(self, a):
        self.a = self.b = a


async def _later(x):
    return x


@pytest.mark.parametrize(
    ("f", "remedy"),
    [
        (lambda x: scipy.sparse.diags_array([x, x]), "y.toarray()"),
        (lambda x: (x * k for k in range(3)), "list(y)"),
        (lambda x: lambda y: x * y, "call it"),
        (_Pair, "(y.a, y.b)"),
    ],
)
def test_what_is_returned_in_place_of_numbers(f, remedy):
    for entry in (derivative, grad, jacobian):
        raises(lambda entry=entry: entry(f)(1.0), OutputError, "the function returned", remedy)


def test_an_async_function():
    made = []

    def f(x):
        made.append(_later(x))
        return made[-1]

    raises(lambda: grad(f)(1.0), OutputError, "a coroutine", "asyncio.run")
    for coroutine in made:
        coroutine.close()  # or it warns, whenever it is collected, that nobody has awaited it


@pytest.mark.parametrize("format", ["csr", "coo", "dia", "lil"])
def test_a_sparse_matrix_as_input(format):
    x = scipy.sparse.eye_array(3).asformat(format)
    raises(lambda: grad(lambda a: a.sum())(x), InputError, "x.data", "x = x.tocsr()", "x.indices")
    x = x.tocsr()
    by_entries = grad(lambda data: scipy.sparse.csr_matrix((data, x.indices, x.indptr), x.shape).sum())
    assert by_entries(x.data).tolist() == [1.0, 1.0, 1.0]


def test_a_column_that_is_not_there():
    with pytest.raises((DualadError, IndexError), match="3"):
        jacobian_columns(np.sin, X, [3])


# ------------------------------------------------------------------------------- conversions


def test_math_functions():
    """The derivative would be lost; the message names a function that keeps it."""
    raises(lambda: math.sin(Dual(1.0, 1.0)), ConversionError, "dualad.sin")
    raises(lambda: math.hypot(Dual(1.0, 1.0), 2.0), ConversionError, "dualad")


@pytest.mark.parametrize(
    ("convert", "instead"),
    [(float, "value("), (int, "value("), (operator.index, "value("), (complex, "x + 0j")],
    ids=["float", "int", "index", "complex"],
)
@pytest.mark.parametrize(
    "number", [Dual(1.0, 1.0), Dual(np.float64(1.0), 1.0), Dual(np.ones(1), np.ones(1))], ids=repr
)
def test_conversions(convert, instead, number):
    raises(lambda: convert(number), ConversionError, instead)


def test_conversions_while_recording():
    for entry in (derivative, grad):
        raises(lambda entry=entry: entry(lambda x: float(x), lift=False)(2.0), ConversionError, "value(")


def test_a_list_index():
    raises(lambda: [1, 2, 3][Dual(1.0, 1.0)], ConversionError, "value(")


class _MadeArray:
    """NumPy takes it for the array that it makes of itself."""

    def __init__(self, x):
        self.entries = np.array([x, 1.0])

    def __array__(self, dtype=None, copy=None):
        return self.entries


def test_an_object_that_numpy_makes_an_array_of():
    with pytest.raises(ConversionError, match="plain numbers only"):
        derivative(lambda x: np.sin(_MadeArray(x)))(2.0)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
def test_an_operator_with_an_object_that_numpy_makes_an_array_of():
    np.testing.assert_allclose(
        derivative(lambda x: np.full(2, 3.0) * _MadeArray(x))(2.0), [3.0, 0.0], atol=1e-9
    )


def test_assigning_into_a_plain_array():
    """The plain array cannot hold the tangent: the number must not be stored silently."""
    out = np.zeros(3)

    def f(x):
        out[0] = x
        return np.sum(out)

    for entry in (derivative, grad):
        with pytest.raises((DualadError, ValueError)) as caught:
            entry(f)(2.0)
        assert isinstance(caught.value, DualadError) or isinstance(caught.value.__cause__, DualadError)
    assert not out.any()


def test_records_with_text_hold_no_dual():
    kind = [("name", "U4"), ("mass", float), ("n", int)]
    for entry in (derivative, grad):
        with pytest.raises(ConversionError, match=r"cannot hold a Dual; keep one array for each field"):
            entry(lambda x: np.array([("a", x, 3), ("b", 2.0, 4)], dtype=kind)["mass"].sum())(2.0)


def test_hash_is_refused():
    with pytest.raises(TypeError, match=re.escape("value(")):
        hash(Dual(1.0, 1.0))
    with pytest.raises(TypeError):
        {Dual(1.0, 1.0)}
    for entry in (derivative, grad):
        with pytest.raises(ConversionError, match="the hash of one"):
            entry(lambda x: x * hash((x, 1)))(1.0)
        with pytest.raises(TypeError, match=re.escape("value(")):
            entry(lambda x: hash((x, x * np.ones(2))))(1.0)


REMEMBERED = {}


def remembered(x):
    if x not in REMEMBERED:
        REMEMBERED[x] = x * x
    return REMEMBERED[x]


@pytest.mark.filterwarnings("ignore::dualad.errors.EqualityWarning")
@pytest.mark.parametrize("entry", [derivative, grad])
def test_a_key_is_found_for_its_own_derivative_alone(entry):
    for _ in range(2):  # what an earlier call has put there is not found
        assert entry(remembered)(3.0) == 6.0
        assert remembered(3.0) == 9.0
        REMEMBERED.clear()
    for equal in (lambda x: 0.7, lambda x: 1.4 - x):
        with pytest.raises(ConversionError, match="put there with another derivative"):
            entry(lambda x, equal=equal: {x: x, equal(x): 1.0}[x])(0.7)
    # NumPy's numbers, which ask a ufunc whether they are equal, in a key made of several
    with pytest.raises(ConversionError, match="put there with another derivative"):
        entry(lambda x: {(np.float64(0.7), 1): 1.0}[x, 1])(0.7)


# ------------------------------------------------------------------------------- unsupported

#: A ufunc that nobody has a rule for.
nameless = np.frompyfunc(lambda x: x, 1, 1)


def test_a_ufunc_without_a_rule():
    for x in (Dual(1.0, 1.0), Dual(X, X)):
        raises(lambda x=x: nameless(x, where=True), UnsupportedError, nameless.__name__)


def test_a_function_without_a_rule():
    for entry in (lambda f: jvp(f, X, X), lambda f: vjp(f, X)):
        raises(lambda entry=entry: entry(np.packbits), UnsupportedError, "packbits")


def test_a_ufunc_argument_without_a_rule():
    """The parameter of Wright's Bessel function has no derivative here: name the argument."""
    special = pytest.importorskip("scipy.special")
    raises(
        lambda: derivative(lambda a: special.wright_bessel(a, 1.0, 2.0))(1.5),
        UnsupportedError,
        "wright_bessel",
    )
    assert derivative(lambda x: special.struve(1.5, x))(1.0) > 0


KEYWORDS = [
    ("where", lambda x: np.sum(x, where=np.array([True, False, True]))),
    ("initial", lambda x: np.sum(x, initial=10.0)),
    ("dtype", lambda x: np.sum(x, dtype=np.float32)),
    ("where", lambda x: np.sin(x, where=np.array([True, True, True]))),
    ("dtype", lambda x: np.multiply(x, 0.1, dtype=np.float32)),
    ("casting", lambda x: np.multiply(x, 0.1, dtype=np.float32, casting="same_kind")),
    ("order", lambda x: np.reshape(np.outer(x, np.arange(2.0)), 6, order="F")),
    ("axis", lambda x: np.prod(np.outer(x, np.arange(1.0, 3.0)), axis=(0, 1))),
    ("kind", lambda x: np.sort(x, kind="stable")),
    ("initial", lambda x: np.max(x, initial=2.5)),
    ("signature", lambda x: np.matmul(np.outer(x, x), x, signature="dd->d")),
    # These take any keyword, and NumPy complains late, or never.
    ("misspelt", lambda x: np.clip(x, 1.5, 2.5, misspelt=1)),
    ("misspelt", lambda x: np.pad(x, 1, misspelt=1)),
    ("misspelt", lambda x: np.einsum("i->", x, misspelt=1)),
]


@pytest.mark.filterwarnings("ignore:'where' used without 'out'")
@pytest.mark.parametrize(
    ("keyword", "f"), [pytest.param(*row, id=f"{k}-{row[0]}") for k, row in enumerate(KEYWORDS)]
)
@pytest.mark.parametrize("entry", [lambda f: jvp(f, X, X), lambda f: vjp(f, X)], ids=["forward", "reverse"])
def test_a_keyword_is_obeyed_or_refused_by_name(keyword, f, entry):
    """Never ignored: the value is NumPy's, or the message names the keyword."""
    y, refusal = outcome(lambda: entry(f)[0])
    if refusal is not None:
        assert keyword in refusal
    else:
        right = f(X)
        assert np.asarray(y).dtype == np.asarray(right).dtype
        np.testing.assert_array_equal(y, right)


# ------------------------------------------------------------------------------- after the call is over


@pytest.mark.parametrize(
    "entry", [derivative, grad, lambda f: lambda x: jvp(f, x, 1.0), lambda f: lambda x: vjp(f, x)]
)
@pytest.mark.parametrize(
    "use",
    [
        pytest.param(lambda d: d + 1.0, id="operator"),
        pytest.param(lambda d: 2.0 * d, id="reflected"),
        pytest.param(np.sin, id="ufunc"),
        pytest.param(np.sum, id="function"),
    ],
)
def test_a_dual_kept_after_its_call(entry, use):
    kept = []
    entry(lambda x: kept.append(x) or x * x)(2.0)
    raises(lambda: use(kept[0]), OverError, "return")


def test_a_dual_kept_when_the_call_failed():
    kept = []

    def dies(x):
        kept.append(x)
        raise LookupError

    for entry in (derivative, grad):
        with pytest.raises(LookupError):
            entry(dies)(2.0)
        raises(lambda: kept[0] + 1.0, OverError)
        kept.clear()


def test_a_dual_kept_and_used_in_a_later_call():
    """The old tangent must not count as a constant either."""
    kept = []
    derivative(lambda x: kept.append(x) or x)(2.0)
    raises(lambda: derivative(lambda x: x * kept[0])(3.0), OverError)
    raises(lambda: grad(lambda x: x * kept[0])(3.0), OverError)
    raises(lambda: derivative(lambda x: kept[0])(3.0), OverError, "dualad.value(x)")


def test_a_number_on_the_tape_has_no_tangent():
    raises(lambda: grad(dualad.tangent)(2.0), UnsupportedError, "dualad.jvp")


def test_an_array_with_views_keeps_its_size():
    def f(x):
        y, view = 2 * x, []
        view.append(y[1:])
        y.resize(2)
        return y

    raises(lambda: jacobian(f, mode="forward")(X), UnsupportedError, "x[:n].copy()")


def test_a_dual_that_is_kept_can_still_be_looked_at():
    """Printing it is how one finds the mistake."""
    kept = []
    derivative(lambda x: kept.append(x) or x)(2.0)
    assert "2.0" in repr(kept[0])


# ------------------------------------------------------------------------------- nothing is left half done


def test_a_failed_assignment_changes_nothing():
    x = Dual(X.copy(), np.array([10.0, 20.0, 30.0]))
    for bad in (np.ones(5), Dual(np.ones(5), np.ones(5)), "text"):
        with pytest.raises((DualadError, ValueError, TypeError)):
            x[:] = bad
        assert x.value.tolist() == [1.0, 2.0, 3.0]
        assert x.tangent.tolist() == [10.0, 20.0, 30.0]
    with pytest.raises(IndexError):
        x[3] = 0.0
    assert x.tangent.tolist() == [10.0, 20.0, 30.0]


@pytest.mark.parametrize("op", [operator.iadd, operator.imul, operator.itruediv, operator.ipow])
def test_a_failed_operation_in_place_changes_nothing(op):
    """A result of another shape does not fit into x: neither value nor tangent may have moved."""
    x = Dual(X.copy(), np.array([10.0, 20.0, 30.0]))
    with pytest.raises((DualadError, ValueError)):
        op(x, np.ones((2, 3)))
    assert x.value.tolist() == [1.0, 2.0, 3.0]
    assert x.tangent.tolist() == [10.0, 20.0, 30.0]


def test_everything_works_after_an_error():
    for bad in (lambda: grad(np.sin)(X), lambda: derivative(str)(2.0), lambda: jvp(np.sin, X, 1.0)):
        with pytest.raises(DualadError):
            bad()
        assert derivative(lambda x: x * grad(lambda y: x * y)(1.0))(4.0) == 8.0


class Quantity(np.ndarray):
    """Numbers with a unit, that take ``value`` of what they meet, as astropy's do."""

    unit = "m"

    @property
    def value(self):
        return self.view(np.ndarray)

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        try:
            assert {getattr(a, "unit", None) for a in inputs}
            return getattr(ufunc, method)(*(getattr(a, "value", a) for a in inputs), **keywords)
        except TypeError:
            return NotImplemented


@pytest.mark.parametrize("lift", [True, False])
@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda q, x: q * x, 2.0),
        (lambda q, x: x * q, 2.0),
        (lambda q, x: x / q, 0.5),
        (lambda q, x: np.add(q, x), 1.0),
    ],
)
def test_quantities_with_units_do_not_take_the_value_of_a_dual(f, slope, entry, lift):
    q = np.array(2.0).view(Quantity)
    assert f(q, 3.0) == f(np.array(2.0), 3.0)
    assert entry(lambda x: f(q, x), lift=lift)(3.0) == slope
    assert entry(lambda x: q.value * x, lift=lift)(3.0) == 2.0


@pytest.mark.parametrize("lift", [True, False])
@pytest.mark.parametrize("f", [decimal.Decimal, json.JSONEncoder().encode], ids=["Decimal", "json"])
def test_code_for_plain_numbers_only(f, lift):
    """The error is ours, and says where that was, and what the code has to say to it."""
    with pytest.raises(ConversionError, match=r"Dual.*dualad\.value\(x\)") as caught:
        dualad.derivative(lambda x: f(x), lift=lift)(1.5)
    if not lift:
        assert isinstance(caught.value.__cause__, TypeError)


def test_the_page_lists_every_error_and_warning():
    page = (pathlib.Path(__file__).parents[1] / "docs/warnings.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\b[A-Z]\w+(?:Error|Warning)\b", page)) - {"ZeroDivisionError", "TypeError"}
    assert listed - {"ValueError"} == {name for name in vars(dualad.errors) if name[0].isupper()}


def test_a_number_in_place_of_the_function():
    raises(lambda: jvp(2.0, np.sin, 1.0), InputError, "2.0 (a float)", "jvp(f, ...)")
    raises(
        lambda: dualad.checkpointed_loop(X, np.sin, 3), InputError, "an ndarray", "checkpointed_loop(f, ...)"
    )
    raises(lambda: derivative(4), InputError, "4 (an int)", "derivative(f)(x)")


def test_errors_name_who_was_called():
    raises(lambda: vjp(np.sin), InputError, "vjp was given no point", "vjp(f, x)")
    raises(lambda: vjp(np.sin, "a"), InputError, "primal 0 of vjp")
    raises(lambda: vjp(np.sin, 1.0, has_aux=True), OutputError, "vjp with has_aux")
    raises(lambda: laplacian(np.sin)(X), ShapeError, "laplacian is for")


@pytest.mark.parametrize("columns", [[5], 3, [1.5], "ab"])
def test_columns_that_x_does_not_have(columns):
    raises(lambda: jacobian_columns(np.sin, X, columns), InputError, "which has 3", "from 0 to 2")


@pytest.mark.parametrize("made", [range(3), {1.0, 2.0, 3.0}, {1.0: "a", 2.0: "b", 3.0: "c"}.keys()])
def test_what_is_iterated_over_becomes_a_list(made):
    raises(lambda: grad(np.sum)(made), InputError, "pass list(x)")
    assert grad(np.sum)(list(made)).tolist() == [1.0, 1.0, 1.0]


def test_a_list_of_arguments_is_a_tuple_of_them():
    def f(a, b):
        return a * b**2

    for entry in (derivative, grad, jacobian):
        assert entry(f, argnums=[0, 1])(2.0, 3.0) == (9.0, 12.0)
    assert grad(f, argnums=[0], argnames=["b"])(2.0, 3.0) == ((9.0,), {"b": 12.0})
    raises(lambda: laplacian(f, argnums=[0, 1]), InputError, "by one argument", "argnums=0")
    raises(lambda: dualad.hessian_diagonal(f, argnums=(0, 1)), InputError, "by one argument", "argnums=0")


def test_a_table_whose_columns_are_asked_for_by_name():
    with pytest.raises(IndexError) as caught:
        grad(lambda table: table["a"].sum())(np.ones((3, 2)))
    assert "to_numpy()" in caught.value.__notes__[0]
    columns = {"a": np.ones(3), "b": np.ones(3)}
    assert grad(lambda table: table["a"].sum())(columns)["a"].tolist() == [1.0, 1.0, 1.0]


def test_a_point_in_place_of_a_plan():
    raises(lambda: dualad.sparse_jacobian(np.sin, X), InputError, "an ndarray", "sparse_jacobian(f, plan)(x)")


def test_a_function_of_the_users_own_is_lifted():
    def square(x):
        return x**2

    assert dualad.supported(square).startswith("lifted")


def test_a_dual_put_into_an_array_of_whole_numbers():
    def counted(x, dtype):
        kept = np.zeros(3, dtype)
        kept[1] = x
        return kept.sum()

    for entry in (derivative, grad):
        raises(lambda entry=entry: entry(counted, lift=False)(2.5, int), ConversionError, "whole numbers")
        assert entry(counted)(2.5, float) == 1.0


PLAIN = np.zeros(3)


def test_the_copy_of_a_plain_array_that_the_error_asks_for():
    def filled(x):
        PLAIN[0] = x
        return PLAIN.sum()

    def copied(x):
        own = np.array(PLAIN, float)
        own[0] = x
        return own.sum()

    raises(lambda: derivative(filled)(2.0), ConversionError, "own = np.array(array, float)")
    assert derivative(copied)(2.0) == 1.0
    assert PLAIN.tolist() == [0.0, 0.0, 0.0]


class Spring:
    def __init__(self, stiffness):
        self.stiffness = stiffness


def test_an_object_is_made_in_the_function():
    def energy(spring):
        return spring.stiffness**2

    raises(lambda: grad(energy)(Spring(3.0)), InputError, "a Spring", "lambda x: f(Spring(x))")
    assert grad(lambda x: energy(Spring(x)))(3.0) == 6.0


@pytest.mark.parametrize("f", [lambda x: sum(v for v in x), lambda x: [x for x[0] in (1.0,)]])
def test_a_number_taken_for_an_array_is_the_error_that_it_is_of_a_float(f):
    for entry in (derivative, grad):
        with pytest.raises(TypeError, match="a single number has no entries") as caught:
            entry(f)(2.0)
        assert not isinstance(caught.value, DualadError)


def test_arguments_that_are_not_given_one_by_one():
    def f(a, b):
        return a * b

    calls = (
        lambda: jvp(f, [2.0, 3.0], [1.0, 0.0]),
        lambda: vjp(f, (2.0, 3.0)),
        lambda: grad(f)((2.0, 3.0)),
        lambda: hvp(f, 2.0, 1.0),
        lambda: derivative(lambda x: x)(2.0, 3.0),
    )
    for call in calls:
        with pytest.raises(TypeError, match="positional argument") as caught:
            call()
        (note,) = caught.value.__notes__
        assert "jvp(f, (x, y), (tx, ty))" in note
    assert jvp(f, (2.0, 3.0), (1.0, 0.0)) == (6.0, 3.0)
    assert grad(f, argnums=(0, 1))(2.0, 3.0) == vjp(f, 2.0, 3.0)[1](1.0) == (3.0, 2.0)
    with pytest.raises(TypeError) as caught:
        derivative(lambda x: f(x))(2.0)
    assert not hasattr(caught.value, "__notes__")
