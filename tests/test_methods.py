"""A Dual has the methods and attributes of what it holds, and they do what NumPy's and Python's do."""

import copy
import math

import numpy as np
import pytest
from checking import assert_derivatives

import dualad
import dualad.rules.further
from dualad import Dual, jvp, vjp
from dualad.dual.methods import REFUSED
from dualad.errors import ConversionError, MissingError, SlowWarning, UnsupportedError
from dualad.table import RULES

A = np.array([[0.3, -1.2, 2.4], [1.7, 0.6, -0.4]])
V = A.ravel()


# ------------------------------------------------------------------------------- names

#: What NumPy's arrays have and a Dual has not, with the reason.
WITHOUT = {
    **dict.fromkeys(
        [f"__{r}{name}__" for name in ("and", "or", "xor", "lshift", "rshift") for r in ("", "r", "i")]
        + ["__invert__"],
        "whole numbers only",
    ),
    **dict.fromkeys(
        ["__array_interface__", "__array_struct__", "__buffer__", "__dlpack__", "__dlpack_device__"],
        "the bytes of one array",
    ),
    **dict.fromkeys(
        ["__array_finalize__", "__array_wrap__", "__class_getitem__", "__setstate__"],
        "for subclasses",
    ),
    **dict.fromkeys(["__getformat__", "__getnewargs__"], "how Python stores a float"),
    **dict.fromkeys(["_set_dtype", "_set_shape"], "private, since NumPy 2.5"),
    "__delitem__": "arrays have it to say that they cannot",
    "__dict__": "",
}

HOLDERS = {
    np.ndarray: Dual([1.0, 2.0], [1.0, 0.0]),
    float: Dual(2.0, 1.0),
    np.float64: Dual(np.float64(2.0), 1.0),
}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (kind, name)
        for kind, x in HOLDERS.items()
        for name in dir(kind)
        if name not in WITHOUT and (name == "mT" or hasattr(x.value, name))
    ],
)
def test_every_name_is_there_or_refused_by_name(kind, name):
    x = HOLDERS[kind]
    if name in REFUSED:
        with pytest.raises(MissingError, match=name):
            getattr(x, name)
        assert not hasattr(x, name)
    elif name == "mT" and kind is np.ndarray:
        assert hasattr(Dual(np.eye(2)), name)
    else:
        assert hasattr(x, name)


@pytest.mark.parametrize("name", [*WITHOUT, "newbyteorder", "ptp", "itemset"])
def test_what_is_without_reason_is_not_there(name):
    """So that the list above holds only what is true."""
    assert not hasattr(HOLDERS[np.ndarray], name)


@pytest.mark.parametrize("kind", HOLDERS)
def test_a_dual_has_no_more_than_what_it_holds(kind):
    own = {"mode", "origin", "tangent", "value", "shape", "ndim", "size", "dtype", "unit"}
    public = {name for name in dir(Dual) if not name.startswith("_")} - own
    assert public >= {"mean", "T", "sort", "is_integer"}
    if kind is not np.ndarray:
        public -= set(dualad.dual.methods._CALLED_ON_OBJECTS.split())  # by NumPy, in arrays of objects
    for name in public - set(dir(kind)):
        assert not hasattr(HOLDERS[kind], name), name


def test_what_is_missing_says_what_to_write():
    with pytest.raises(AttributeError, match=r"holds a float, which has no mean; .*np.mean\(x\)"):
        HOLDERS[float].mean()
    with pytest.raises(TypeError, match="holds a float, which has no __len__"):
        len(HOLDERS[float])
    with pytest.raises(UnsupportedError, match=r"dualad.value\(x\).tobytes"):
        HOLDERS[np.ndarray].tobytes()
    with pytest.raises(UnsupportedError, match="make a new array"):
        HOLDERS[np.ndarray].strides = (4,)


# ------------------------------------------------------------------------------- methods that give a value

CALLS = {
    "sum": [
        lambda x: x.sum(),
        lambda x: x.sum(0),
        lambda x: x.sum(axis=-1, keepdims=True),
        lambda x: x.sum((0, 1)),
    ],
    "mean": [lambda x: x.mean(), lambda x: x.mean(1), lambda x: x.mean(axis=0)],
    "std": [lambda x: x.std(), lambda x: x.std(axis=1), lambda x: x.std(ddof=1)],
    "var": [lambda x: x.var(), lambda x: x.var(axis=0)],
    "prod": [lambda x: x.prod(), lambda x: x.prod(axis=1)],
    "max": [lambda x: x.max(), lambda x: x.max(axis=1), lambda x: x.max(keepdims=True)],
    "min": [lambda x: x.min(), lambda x: x.min(axis=0)],
    "cumsum": [lambda x: x.cumsum(), lambda x: x.cumsum(1), lambda x: x.cumsum(axis=0)],
    "cumprod": [lambda x: x.cumprod(), lambda x: x.cumprod(axis=1)],
    "dot": [lambda x: x.dot(A.T), lambda x: x.dot(x.T), lambda x: x.dot(2.0), lambda x: x[0].dot(x[1])],
    "trace": [lambda x: x.trace()],
    "diagonal": [lambda x: x.diagonal(), lambda x: x.diagonal(1)],
    "clip": [
        lambda x: x.clip(-1.0, 1.0),
        lambda x: x.clip(min=0.0),
        lambda x: x.clip(None, 0.5),
        lambda x: x.clip(max=A + 0.1),
    ],
    "round": [lambda x: x.round(), lambda x: x.round(-1), lambda x: x.round(decimals=0) + x],
    "conj": [lambda x: x.conj()],
    "conjugate": [lambda x: x.conjugate()],
    "real": [lambda x: x.real * 2],
    "imag": [lambda x: x.imag + x],
    "take": [lambda x: x.take([0, 5, 5]), lambda x: x.take(1, axis=1), lambda x: x.take([1, 1], 0)],
    "repeat": [lambda x: x.repeat(2), lambda x: x.repeat([1, 3], axis=0), lambda x: x.repeat(2, 1)],
    "compress": [
        lambda x: x.compress([True, False, True], axis=1),
        lambda x: x.compress([False, True, True, False]),
        lambda x: x.compress([False, True], 0),
    ],
    "reshape": [
        lambda x: x.reshape(3, 2),
        lambda x: x.reshape((3, -1)),
        lambda x: x.reshape(-1),
        lambda x: x.reshape(3, 2, order="F"),
        lambda x: x.T.reshape(6),
    ],
    "ravel": [lambda x: x.ravel(), lambda x: x.ravel("F"), lambda x: x.T.ravel()],
    "flatten": [lambda x: x.flatten(), lambda x: x.flatten("F")],
    "transpose": [
        lambda x: x.transpose(),
        lambda x: x.transpose(1, 0),
        lambda x: x.transpose((1, 0)),
        lambda x: x.transpose(None),
    ],
    "T": [lambda x: x.T, lambda x: x.T @ x],
    "mT": [lambda x: x.mT, lambda x: np.stack([x, x]).mT],
    "swapaxes": [lambda x: x.swapaxes(0, 1)],
    "squeeze": [lambda x: x[:1].squeeze(), lambda x: x[:1].squeeze(axis=0)],
    "copy": [lambda x: x.copy(), lambda x: x.copy("F"), lambda x: x.copy(order="K")],
    "view": [lambda x: x.view(), lambda x: x.view(x.dtype), lambda x: x.view(np.ndarray)],
    "astype": [
        lambda x: x.astype(float),
        lambda x: x.astype("float64", copy=False),
        lambda x: x.astype(float, order="F", casting="safe", subok=False),
    ],
    "item": [
        lambda x: x.item(0),
        lambda x: x.item(-1),
        lambda x: x.item(1, 2),
        lambda x: x.item((0, 1)),
        lambda x: x.sum().item(),
    ],
    "to_device": [lambda x: x.to_device("cpu")],
    "flat": [
        lambda x: x.flat[3],
        lambda x: x.flat[-1] * x.flat[0],
        lambda x: x.flat[1:5:2],
        lambda x: x.flat[[0, 0, 4]],
        lambda x: x.flat[V > 0],
        lambda x: x.flat.copy(),
        lambda x: sum(e**2 for e in x.flat),
        lambda x: next(x.flat),
    ],
    "__getitem__": [
        lambda x: x[1],
        lambda x: x[:, ::2],
        lambda x: x[A > 0],
        lambda x: x[[1, 0, 1], [0, 1, 2]],
    ],
    "__iter__": [lambda x: sum(row.sum() ** 2 for row in x)],
    "__divmod__": [
        lambda x: divmod(x, 0.7)[1],
        lambda x: divmod(x, 0.7)[0] + x,
        lambda x: divmod(5.0, x)[1],
    ],
    "__copy__": [copy.copy, copy.deepcopy],
    "__abs__": [abs],
    "__pos__": [lambda x: +x],
}


@pytest.mark.parametrize(("name", "f"), [(name, f) for name, calls in CALLS.items() for f in calls])
def test_a_method_is_numpys(name, f):
    assert hasattr(A, name)
    assert_derivatives(f, A)


@pytest.mark.parametrize("name", ["reshape", "T", "ravel", "swapaxes", "view", "diagonal", "squeeze", "flat"])
def test_float32_stays_float32(name):
    for f in CALLS[name]:
        x = A.astype(np.float32)
        y, t = jvp(lambda x, f=f: np.sum(f(x)), x, x)
        assert (y.dtype, np.asarray(t).dtype.kind) == (f(x).dtype if hasattr(f(x), "dtype") else float, "f")


#: Methods of arrays whose result carries no derivative.
PLAIN_CALLS = {
    "argmax": lambda x: x.argmax(axis=1),
    "argmin": lambda x: x.argmin(),
    "argsort": lambda x: x.argsort(axis=0),
    "argpartition": lambda x: x.argpartition(1),
    "nonzero": lambda x: x.nonzero(),
    "searchsorted": lambda x: x.copy().reshape(-1).searchsorted([0.5]),
    "any": lambda x: x.any(axis=0),
    "all": lambda x: x.all(),
    "itemsize": lambda x: x.itemsize,
    "nbytes": lambda x: x.nbytes,
    "strides": lambda x: x.T.strides,
    "shape": lambda x: x.T.shape,
    "size": lambda x: x.size,
    "ndim": lambda x: x.ndim,
    "dtype": lambda x: x.dtype,
    "device": lambda x: x.device,
    "flags": lambda x: (x.flags.writeable, x.T.flags.f_contiguous, x[::2].flags["C"]),
    "astype": lambda x: (x.astype(int), x.astype(bool)),
    "__len__": len,
    "__contains__": lambda x: (-1.2 in x, 7.0 in x),
    "flat": lambda x: (len(x.flat), x.flat.index, x.flat.coords, (x.flat == 0.3).tolist()),
}


@pytest.mark.parametrize("name", PLAIN_CALLS)
@pytest.mark.parametrize("order", ["forward", "reverse"])
def test_what_carries_no_derivative(name, order):
    seen = []

    def f(x):
        seen.append(PLAIN_CALLS[name](x))
        return x

    jvp(f, A, A) if order == "forward" else vjp(f, A)
    right = PLAIN_CALLS[name](A)
    assert type(seen[0]) is type(right)
    np.testing.assert_equal(seen[0], right)


# ------------------------------------------------------------------------------- methods that work in place


def in_place(change):
    """The function whose result is its argument after a change."""

    def f(x):
        x = x.copy()
        change(x)
        return x * x[..., :1]

    return f


def set_flat(x, key, new):
    x.flat[key] = new


def all_flat(x, new):
    x.flat = new


def set_shape(x, shape):
    x.shape = shape


def set_shape_of_viewed(x):
    row = x[1]
    x.shape = (3, 2)
    row *= x[0, 0]
    x[0] = row[:2]


def set_shape_of_view(x):
    view = x[..., None][:1]
    view.shape = -1
    view *= x[1]
    view.shape = (3, 1)
    x[1] = view[:, 0]


CHANGES = {
    "sort": [lambda x: x.sort(), lambda x: x.sort(0), lambda x: x.sort(axis=-1, kind="stable")],
    "fill": [lambda x: x.fill(2.0), lambda x: x.fill(x[0, 0])],
    "setfield": [lambda x: x.setfield(2.0, float), lambda x: x.setfield(x[0, 0] * x[:, :1], float)],
    "put": [
        lambda x: x.put([0, 4], [5.0, 6.0]),
        lambda x: x.put([0, 1, 2], [x[1, 0], 2.0]),
        lambda x: x.put(9, x[1, 1], mode="wrap"),
        lambda x: x.put([-3, 9], x[1], mode="clip"),
        lambda x: x.put(-1, x[0, 0]),
    ],
    "resize": [
        lambda x: x.resize((3, 2)),
        lambda x: x.resize(2, 5, refcheck=False),
        lambda x: x.resize((1, 2), refcheck=False),
    ],
    "shape": [
        lambda x: set_shape(x, (3, 2)),
        lambda x: set_shape(x, -1),
        set_shape_of_viewed,
        set_shape_of_view,
    ],
    "flat": [
        lambda x: set_flat(x, 4, 7.0),
        lambda x: set_flat(x, -1, x[0, 0] ** 2),
        lambda x: set_flat(x, slice(None, None, 2), x[1]),
        lambda x: set_flat(x, [0, 5], [x[0, 1], 1.0]),
        lambda x: set_flat(x, V > 0, x[0, 1]),
        lambda x: set_flat(x, slice(None), x[1, :2].copy()),
        lambda x: all_flat(x, x[0]),
        lambda x: all_flat(x, 3.0),
    ],
    "setflags": [lambda x: x.setflags(write=True)],
}


@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")  # of arrays, since NumPy 2.5
@pytest.mark.parametrize(
    ("name", "change"), [(name, c) for name, changes in CHANGES.items() for c in changes]
)
def test_a_method_in_place_is_numpys(name, change):
    before = A.copy()
    assert_derivatives(in_place(change), A)
    np.testing.assert_array_equal(A, before)


@pytest.mark.skipif(np.partition not in RULES, reason="np.partition has no rule")
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_partition(axis):
    assert_derivatives(in_place(lambda x: x.partition(1, axis=axis)), A)


def test_an_order_of_fields_is_refused_by_numpy():
    with pytest.raises(ValueError, match="order"):
        HOLDERS[np.ndarray].sort(order="name")


def test_put_out_of_range_raises_as_in_numpy():
    for x in (A.copy(), Dual(A)):
        with pytest.raises(IndexError):
            x.put([6], 1.0)


@pytest.mark.parametrize(
    "look", [lambda x: x.T, lambda x: x.view(), lambda x: x.reshape(3, 2), lambda x: x.ravel()]
)
def test_views_alias_in_forward_mode_as_in_numpy(look):
    def f(x):
        x = x.copy()
        look(x)[...] *= 2.0
        look(x)[0] = x[0, 0] ** 2
        return x

    y, t = jvp(f, A, A)
    np.testing.assert_array_equal(y, f(A))
    h = 1e-6
    np.testing.assert_allclose(t, (f(A + h * A) - f(A - h * A)) / (2 * h), rtol=1e-8)


@pytest.mark.parametrize(
    "f", [lambda x: x.T.reshape(-1), lambda x: x.T.ravel(), lambda x: x.flatten(), lambda x: x.copy()]
)
def test_copies_do_not_alias(f):
    """Also where the value was copied because of its layout and the tangent need not have been."""
    x = Dual(A, A)
    y = f(x)
    y[...] = 0.0
    np.testing.assert_array_equal(x.value, A)
    np.testing.assert_array_equal(x.tangent, A)
    fortran = dualad.dual.make(x.mode, np.asfortranarray(A), A.copy())
    fortran.reshape(-1)[...] = 0.0
    np.testing.assert_array_equal(fortran.tangent, A)
    np.testing.assert_array_equal(fortran.value, A)


# ------------------------------------------------------------------------------- conversions


def test_item_and_tolist_give_python_floats():
    for entry in (Dual(A, A).item(2), Dual(A, A).tolist()[0][2], *Dual(A[:1], A[:1]).tolist()[0]):
        assert type(entry.value) is float
        assert entry.value == entry.tangent
    with pytest.raises(ValueError, match="item\\(\\) is for one number"):
        Dual(A).item()
    with pytest.raises(IndexError):
        Dual(A).item(6)


def test_tolist_in_reverse():
    (row,) = np.eye(1)
    y, pullback = vjp(lambda x: x.tolist()[1][0] ** 2 + sum(x[0].tolist()), A)
    assert y == A[1, 0] ** 2 + sum(A[0].tolist())
    np.testing.assert_allclose(pullback(row[0]), [[1, 1, 1], [2 * A[1, 0], 0, 0]])


def test_astype_rounds_the_tangent_with_the_value():
    x = Dual(A, A / 3)
    y = x.astype(np.float32)
    assert (y.value.dtype, y.tangent.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(y.tangent, (A / 3).astype(np.float32))
    with pytest.raises(TypeError, match="Cannot cast"):
        x.astype(np.float32, casting="safe")
    assert x.astype(float, copy=False) is x
    assert x.astype(float) is not x


def test_view_of_bytes_is_refused():
    with pytest.raises(ConversionError, match=r"x.astype\(dtype\)"):
        Dual(A).view(np.int64)


def test_conversions_to_plain_numbers_are_refused():
    for convert in (float, int, complex, math.sin, lambda x: [1, 2, 3][x]):
        with pytest.raises(ConversionError):
            convert(Dual(1.0, 1.0))
    with pytest.warns(SlowWarning):
        assert np.asarray(Dual(A).flat).dtype == object


# ------------------------------------------------------------------------------- numbers


@pytest.mark.filterwarnings("ignore::dualad.errors.RoundingWarning", "ignore::dualad.errors.EqualityWarning")
@pytest.mark.parametrize("number", [2.5, np.float64(2.5), -0.5, np.float64(-3.0)])
def test_rounding_of_numbers(number):
    x = Dual(number, 1.0)
    for f in (math.floor, math.ceil, math.trunc, round, lambda x: round(x, 1), lambda x: x.is_integer()):
        assert f(x) == f(number)
        assert type(f(x)) is type(f(number))
    assert divmod(x, 2)[0] == divmod(number, 2)[0]
    assert (divmod(x, 2)[1].value, divmod(x, 2)[1].tangent) == (divmod(number, 2)[1], 1.0)
    assert (x.real.value, x.real.tangent, x.conjugate().tangent) == (number, 1.0, 1.0)
    assert bool(x)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.mean() ** 2,
        lambda x: x.sum() + x.max() * x.min(),
        lambda x: x.reshape(1, 1).T[0] ** 2,
        lambda x: x.item() ** 2,
        lambda x: x.T * x.conjugate(),
        lambda x: x.astype(float) * x.copy(),
        lambda x: x.ravel()[0] * x.flatten()[0] * x.squeeze(),
        lambda x: x.clip(0.0, 5.0) * x.round(),
        lambda x: x.cumsum()[0] + x.prod(),
        lambda x: x.tolist() ** 3,
        lambda x: x.repeat(2).sum() ** 2,
        lambda x: x.flat[0] ** 2,
    ],
)
def test_a_number_of_numpy_has_the_methods_of_arrays(f):
    assert_derivatives(f, np.float64(1.3))


def test_lanes_go_through_methods():
    for f in (
        lambda x: x.T.reshape(-1),
        lambda x: x.copy().ravel("F"),
        lambda x: x.flat[::2],
        lambda x: x.mT.sum(0),
    ):
        columns = [jvp(f, A, e.reshape(A.shape))[1] for e in np.eye(6)]
        right = np.stack(columns, axis=-1).reshape(*np.shape(f(A)), *A.shape)
        np.testing.assert_array_equal(dualad.jacobian(f, mode="forward")(A), right)
        np.testing.assert_array_equal(dualad.jacobian(f, mode="reverse")(A), right)


def test_nested_derivatives_go_through_methods():
    def f(x):
        return (x.T.copy().reshape(-1) ** 3).mean() + x.flat[0] ** 4 + x.item(1) ** 3 + x.max() ** 2

    second = dualad.grad(lambda x: np.sum(dualad.grad(f)(x) * A))(A)
    right = A * A
    right[0, 0] += 12 * A[0, 0] ** 3
    right[0, 1] += 6 * A[0, 1] ** 2
    right[0, 2] += 2 * A[0, 2]
    np.testing.assert_allclose(second, right, rtol=1e-12)
