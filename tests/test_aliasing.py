"""What looks at the same numbers as an array, and what is a copy: both are written to, as in NumPy.

Truth is the plain program: its value, and differences of it, which are exact for what is a polynomial.
"""

import cmath

import numpy as np
import pytest

from dualad import hessian, jvp, vjp

X, T = np.array([0.4, 1.3, 2.5]), np.array([0.7, -0.4, 0.9])


def filled(y, x):
    y[...] = x
    return y


SOURCES = {
    "computed": lambda x: x * 1.0,
    "made": lambda x: filled(np.zeros(3), x),
    "a row": lambda x: filled(np.zeros((3, 3))[1], x),
    "a column": lambda x: filled(np.zeros((3, 3))[:, 1], x),
    "backwards": lambda x: filled(np.zeros(6)[::-2], x),
    "of a product": lambda x: np.outer(x, x)[:, 1],
}

LOOKS = {
    "itself": lambda y: y,
    "slice": lambda y: y[:],
    "new axis": lambda y: y[:, None][:, 0],
    "real": lambda y: y.real,
    "np.real": lambda y: np.real(y),
    "conj": lambda y: y.conj(),
    "conjugate": lambda y: y.conjugate(),
    "np.conj": lambda y: np.conj(y),
    "view": lambda y: y.view(),
    "view as float": lambda y: y.view(float),
    "reshaped": lambda y: y.reshape(3, 1)[:, 0],
    "ravelled": lambda y: y.ravel(),
    "flattened": lambda y: y.flatten(),
    "squeezed": lambda y: np.squeeze(y[None]),
    "at least 2d": lambda y: np.atleast_2d(y)[0],
    "copied": lambda y: y.copy(),
    "astype": lambda y: y.astype(float),
    "astype, no copy": lambda y: y.astype("d", copy=False),
    "array": lambda y: np.array(y),
    "array, no copy": lambda y: np.array(y, copy=False if np.__version__ < "2" else None),
    "asarray": lambda y: np.asarray(y),
    "asarray in order": lambda y: np.asarray(y, float, "C"),
    "contiguous": lambda y: np.ascontiguousarray(y),
    "float64": lambda y: np.float64(y),
    "real if close": lambda y: np.real_if_close(y),
    "without NaN": lambda y: np.nan_to_num(y, copy=False),
    "without zeros": lambda y: np.trim_zeros(y),
    "meshgrid": lambda y: np.meshgrid(y, [1.0], copy=False)[0][0],
    "no difference": lambda y: np.diff(y, n=0),
    "split": lambda y: np.split(y, 1)[0],
    "iterated": lambda y: next(iter(y[None])),
    "turned": lambda y: np.rot90(y[None], 4)[0],
    "einsum": lambda y: np.einsum("ij->ji", y[None])[:, 0],
    "indexed": lambda y: y[[0, 1, 2]],
    "masked": lambda y: y[y > -9],
    "masked array": lambda y: np.ma.array(y, copy=False).data if y.flags.c_contiguous else y,
    "positive": lambda y: +y,
    "sum": lambda y: np.sum(y[None], axis=0),
    "maximum": lambda y: np.max(y[None], axis=0),
}


@pytest.mark.filterwarnings("ignore:Numpy has detected:DeprecationWarning")  # of meshgrid, by NumPy 2.0
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("look", LOOKS)
def test_what_is_written_is_seen_where_numpy_shows_it(look, source):
    def program(x):
        y = SOURCES[source](x)
        z = LOOKS[look](y)
        z[0] = x[1] * x[2]
        y[1] = x[0] ** 2
        z[2] += x[0]
        y[:2] *= 3
        return np.concatenate([y, z])

    assert_as_plain(program)


def assert_as_plain(program):
    y = program(X.copy())
    step = 1e-3
    near = [program(X + k * step * T) for k in (-2, -1, 1, 2)]
    expected = (8 * (near[2] - near[1]) - (near[3] - near[0])) / (12 * step)
    value, t = jvp(program, X.copy(), T)
    assert np.array_equal(value, y)
    np.testing.assert_allclose(t, expected, atol=1e-9)
    value, pullback = vjp(program, X.copy())
    assert np.array_equal(value, y)
    ct = np.linspace(1.0, 2.0, y.size)
    np.testing.assert_allclose(pullback(ct.reshape(y.shape)) @ T, ct @ np.ravel(expected), atol=1e-9)
    inner, t = jvp(lambda x: jvp(program, x, T)[0], X.copy(), T)
    assert np.array_equal(inner, y)
    np.testing.assert_allclose(t, expected, atol=1e-9)


# ---------------------------------------------------------------- parts of complex numbers


def parts_made_first(x):
    z = np.zeros((2, 3), complex)
    z.real[:] = x
    z.imag[1] = x**2
    z[0].imag[...] = z[1].real * 2
    z.T.real[1] *= x[0]
    return z


def parts_kept(x):
    z = np.zeros((3, 3), complex)
    re, im = z.real, z.imag
    np.fill_diagonal(re, x)
    im[0] = x
    im[:, 1] += re[:, 0]
    z *= 1j
    re[2] = im[0] ** 2
    np.add(re, im, out=im)
    np.add.at(re, ([0, 0], [1, 1]), x[:2])
    return z


def parts_of_a_view(x):
    z = np.zeros(3, complex)
    v = z[::-1]
    v.real = x
    v.imag[:2] = x[1:]
    w = v.real[::2]
    w *= z.imag[0]
    np.copyto(z.imag, x, where=[True, False, True])
    z.real.put([0], x[1:2])
    z.imag = z.real
    return z


@pytest.mark.parametrize("program", [parts_made_first, parts_kept, parts_of_a_view])
def test_parts_of_a_complex_array_are_written_to(program):
    def both(x):
        z = program(x)
        return np.concatenate([z.real.ravel(), z.imag.ravel()])

    assert_as_plain(both)


# ---------------------------------------------------------------- the memory that is looked at


def whose(y):
    v, w = y[1:], y.reshape(-1, 1)
    return [
        y.base is None, v.base is y, w[1:].base is y, y.T.base is y, y.copy().base is None,
        (y + 1).base is None, np.array(y).base is None, np.shares_memory(y, v), np.shares_memory(y, y + 0),
        np.shares_memory(y[:1], y[1:]),
    ]  # fmt: skip


@pytest.mark.parametrize("derived", [jvp, lambda f, x, t: vjp(f, x)])
@pytest.mark.parametrize("source", ["computed", "made"])
def test_the_base_of_a_view_is_what_numpy_says(source, derived):
    found = []

    def program(x):
        found.append(whose(SOURCES[source](x)))
        return x

    derived(program, X, T)
    assert found == [whose(SOURCES[source](X))]


@pytest.mark.parametrize("order", ["K", "A", "C", "F"])
def test_order_in_memory_is_that_of_the_values(order):
    def program(x):
        a = np.outer(x, x**2)
        far = np.array(a.T, order="F")
        return np.concatenate([
            far.ravel(order), a.T.copy("K").ravel(order), np.ravel(np.sin(far) * a, order),
            np.reshape(far, 9, order=order if order != "K" else "C"), (a.T + a[::-1]).flatten(order),
        ])  # fmt: skip

    step = 1e-6
    expected = (program(X + step * T) - program(X - step * T)) / (2 * step)
    value, t = jvp(program, X, T)
    assert np.array_equal(value, program(X))
    np.testing.assert_allclose(t, expected, atol=1e-7)
    ct = np.linspace(1.0, 2.0, t.size)
    np.testing.assert_allclose(vjp(program, X)[1](ct) @ T, ct @ expected, atol=1e-6)


# ---------------------------------------------------------------- found beside these


def test_copyto_takes_whole_numbers_for_a_mask():
    def program(x):
        y = np.concatenate([x, x])
        np.copyto(y[:3], x**2, where=[1, 0, 1])
        np.copyto(y[3:], x[0], where=1)
        return y

    assert_as_plain(program)


def test_einsum_of_nothing():
    def program(x):
        none = x[:0]
        return np.einsum("i,i", none, none) + x**2

    assert_as_plain(program)


def test_what_is_broadcast_in_a_product():
    def program(x):
        a = np.outer(x, x)
        return np.concatenate([
            np.einsum("ij,j,k->ik", a, np.ones(1), x).ravel(),
            np.einsum("ij,j->i", x[:, None], x),
            np.matmul(a, x, axes=[(0, 1), (0,), (0,)]),
        ])  # fmt: skip

    assert_as_plain(program)


def test_bounds_that_move_are_compared_with_arrays_in_a_second_derivative():
    def program(x):
        return np.sum(np.clip(x, x[0] * 2, x[2] * 0.7) ** 2)

    np.testing.assert_allclose(hessian(program)(X), np.diag([8.0, 2.0, 0.98]), atol=1e-12)


def test_logarithm_to_a_complex_base():
    def program(t):
        z = cmath.log(complex(t, 1.3), 2 + 1j) * cmath.log(2 + 1j, complex(1, t))
        return np.array([z.real, z.imag])

    step = 1e-5
    expected = (program(0.4 + step) - program(0.4 - step)) / (2 * step)
    value, t = jvp(program, 0.4, 1.0)
    assert np.array_equal(value, program(0.4))
    np.testing.assert_allclose(t, expected, rtol=1e-8)
    np.testing.assert_allclose(vjp(program, 0.4)[1](np.array([1.0, 2.0])), expected @ [1, 2], rtol=1e-8)


def test_a_real_part_that_was_taken_before_derivatives_were_assigned():
    def program(x):
        a = np.zeros((3, 3))
        column = np.real(a[:, -1])
        a[0].fill(x[0] * x[1])
        column[1] += x[2]
        return np.concatenate([column, a[1]])

    assert_as_plain(program)
