"""Arrays made first and filled afterwards, and arrays made of numbers that carry a derivative."""

import warnings
from math import exp, sin

import numpy as np
from numpy import array, r_, zeros

from . import Group

tried = Group(__name__, "arrays made and filled")

V = np.array([0.3, -0.8, 1.7])


@tried.at(V)
def fill_zeros(x):
    out = np.zeros(3)
    out[0] = x[0] * x[1]
    out[1] = np.sin(x[2])
    out[2] = 1.0
    return out


@tried.at(V)
def fill_in_a_loop(x):
    n = len(x)
    out = np.zeros(n)
    for i in range(n):
        for j in range(n):
            out[i] += x[i] * x[j] ** 2
    return out


@tried.at(V)
def fill_empty(x):
    out = np.empty(x.shape)
    out[:] = x**2
    out[1:] += x[:-1]
    return out


@tried.at(V)
def fill_empty_like(x):
    out = np.empty_like(x)
    out[0] = x[1]
    out[1:] = x[:2] ** 2
    return out


@tried.at(0.7)
def fill_matrix(x):
    A = np.zeros((2, 2))
    A[0, 0] = np.cos(x)
    A[0, 1] = -np.sin(x)
    A[1, 0] = np.sin(x)
    A[1, 1] = np.cos(x)
    return A @ np.array([1.0, 2.0])


@tried.at(0.7)
def identity_with_one_entry(x):
    A = np.eye(3)
    A[0, 2] = x**2
    return A @ A @ np.ones(3)


@tried.at(0.7)
def full(x):
    return np.full(4, x) * np.arange(4)


@tried.at(0.7)
def full_of_a_shape(x):
    a = np.full((2, 3), 1.5)
    a[1] = x**2
    return a


@tried.at(0.7)
def ones_times(x):
    return np.ones(3) * x + np.ones((2, 3)) * x**2


@tried.at(V)
def columns(x):
    A = np.zeros((3, 3))
    for j in range(3):
        A[:, j] = x**j
    return A


@tried.at(V)
def blocks(x):
    A = np.zeros((4, 4))
    A[:3, :3] = np.outer(x, x)
    A[3, :3] = x
    A[:3, 3] = x
    return A


@tried.at(V)
def array_of_entries(x):
    return np.array([x[0], x[0] * x[1], 1.0])


@tried.at(0.7)
def array_of_numbers(x):
    return np.array([x, x**2, sin(x), 3])


@tried.at(0.7)
def rotation(x):
    return np.array([[np.cos(x), -np.sin(x)], [np.sin(x), np.cos(x)]]) @ np.array([1.0, 2.0])


@tried.at(V)
def array_of_rows(x):
    return np.array([x, 2 * x, x**2])


@tried.at(V)
def array_of_a_comprehension(x):
    return np.array([v**2 + 1 for v in x])


@tried.at(0.7)
def array_with_dtype(x):
    return np.array([x, 1], dtype=float) ** 2


@tried.at(0.7)
def array_of_a_tuple(x):
    return array((x, exp(x))) * zeros(2) + array((exp(x), x))


@tried.at(V)
def asarray_with_dtype(x):
    return np.asarray(x, dtype=float) ** 2


@tried.at(V)
def asarray_of_a_list(x):
    return np.asarray([x[0], x[1] * x[2]]) ** 2


@tried.at(0.7, V)
def asarray_of_anything(x):
    x = np.asarray(x, dtype=np.float64)
    return np.sum(x * x)


@tried.at(0.7)
def atleast_1d_of_a_number(x):
    return np.atleast_1d(x) ** 2


@tried.at(V)
def array_copies(x):
    y = np.array(x)
    y[0] = 5.0
    return x * y


@tried.at(V)
def copy_method(x):
    y = x.copy()
    y[0] *= 2
    return x * y


@tried.at(V)
def fromiter(x):
    return np.fromiter((v * v for v in x), dtype=float)


@tried.at(V)
def fromiter_of_matrices(x):
    return np.fromiter((v * np.eye(2) + v**2 for v in x), np.dtype((float, (2, 2))), count=3)


@tried.at(V)
def results_of_several_shapes(x):
    rows = [(v, np.array([v, v**2]), np.outer(x, [v, 1.0])) for v in x[:2]]
    squares, matrices = np.array(rows, dtype=object).T[np.array([False, True, True])]
    return np.stack(matrices) * np.squeeze(np.stack(squares))[0]


@tried.at(V)
def fromiter_with_count(x):
    return np.fromiter((v * v for v in x), float, count=3)


@tried.at(0.7)
def linspace(x):
    return np.linspace(0, x, 5) ** 2


@tried.at((0.7, 2.1))
def linspace_step(a, b):
    t, dt = np.linspace(a, b, 5, retstep=True)
    return np.sum(np.sin(t)) * dt


@tried.at(0.7)
def arange_scaled(x):
    return np.sin(np.arange(5) * x)


@tried.at(0.7)
def arange_of_argument(x):
    return np.arange(0.0, 5 * x, x) ** 2


@tried.at(0.7)
def arange_from_argument(x):
    return np.arange(3) + x


@tried.at(0.7)
def eye_scaled(x):
    return np.eye(2) * x + np.identity(2) * x**2


@tried.at(V)
def diag_of_a_list(x):
    y = np.diag([x[0], x[1], 2.0])
    y += np.outer(x[:3], x[:3])
    return y


@tried.at(V)
def place_in_a_number(x):
    y = np.full((), np.nan)
    np.place(y, np.array(False), np.atleast_1d(x[0]))
    np.place(y, np.array(True), np.atleast_1d(x[1] ** 2))
    return y[()]


@tried.at(V)
def piecewise_of_plain_places(x):
    t = np.array([0.5, 0.8, 1.3])
    return np.piecewise(t, [t < 0.9], [lambda t: x[0] * np.sin(x[1] * t), x[2]])


def row_of(*entries):
    row = np.zeros(len(entries))
    for i, entry in enumerate(entries):
        row[i] = entry
    return row


@tried.at(V)
def piecewise_of_functions_that_fill(x):
    t = np.array([0.5, 0.8, 1.3])
    return np.piecewise(t, [t < 0.9], [lambda t: row_of(*(x[0] * np.sin(t))), lambda t: row_of(*(t + x[1]))])


@tried.at(V)
def vectorize_of_plain_rows(x):
    return np.vectorize(lambda row: row_of(row[0] * x[0], row[1] ** 2), signature="(n)->(m)")(np.ones((2, 2)))


@tried.at(V)
def windows_to_be_written_to(x):
    return np.lib.stride_tricks.sliding_window_view(x**2, 2, writeable=True).sum(axis=0)


@tried.at(np.array([0.15, 0.7]))
def filled_array_beside_a_list(x):
    table = np.zeros(4)
    table[:] = [0.3, 1.2, 2.9, 4.1]
    return np.quantile(table, [x[0], x[1]]) * np.interp([x[0], x[1]], [0.0, 0.5, 0.9, 1.0], table)


@tried.at(V)
def windows_by_strides(x):
    y = np.sin(x)
    return np.lib.stride_tricks.as_strided(y, (2, 2), 2 * y.strides).prod(axis=1)


@tried.at(V)
def diagonal_by_strides(x):
    A = np.zeros((3, 3))
    A[:, 1:] = np.outer(x, x[1:])
    return np.lib.stride_tricks.as_strided(A, (3,), (4 * A.itemsize,))


@tried.at(V)
def overlap_and_add(x):
    """Each entry is added for each window that shows it."""
    signal = np.ones(7)
    frames = np.lib.stride_tricks.as_strided(signal, (3, 3), (2 * signal.itemsize, signal.itemsize))
    np.add.at(frames, ..., np.outer(x, x**2))
    return signal * np.sum(frames)


@tried.at(V)
def windows_of_what_is_filled_later(x):
    signal = np.zeros(5)
    windows = np.lib.stride_tricks.sliding_window_view(signal, 3, writeable=True)
    signal[1:4] = x
    windows[2] *= x**2
    return windows.mean(axis=1)


@tried.at(V)
def views_of_what_is_filled_later(x):
    y = np.zeros(4)
    pairs = np.lib.stride_tricks.as_strided(y, (3, 2), 2 * y.strides)
    windows = np.lib.stride_tricks.sliding_window_view(y, 2)
    y[: len(x)] = x
    pairs[2] = x[0] ** 2
    return windows.prod(axis=1)


@tried.at(np.array([0.7, 1.3, 2.1, 0.9]))
def copies_in_another_order(x):
    by_columns = np.asfortranarray(x.reshape(2, 2))
    by_columns[0] *= x[3]
    entries = np.ascontiguousarray(x[::2])
    entries[1] = x[0] ** 2
    again = np.asarray(x.reshape(2, 2), order="F")
    again *= 3
    whole = np.ascontiguousarray(x)  # no copy
    whole[0] = x[1] * x[2]
    return np.concatenate([x, by_columns.ravel(), entries, again.ravel()])


@tried.at(V)
def floats_of_objects(x):
    return np.asarray(np.array(list(x**2), dtype=object)[::-1], dtype=float) ** 2


@tried.at(V)
def diag(x):
    return np.diag(x**2) + np.diag(x[:2], 1)


@tried.at(V)
def tridiagonal(x):
    n = 3
    A = np.zeros((n, n))
    for i in range(n):
        A[i, i] = 2 + x[i]
        if i > 0:
            A[i, i - 1] = -1
        if i < n - 1:
            A[i, i + 1] = -x[i]
    return np.linalg.solve(A, np.ones(n))


@tried.at(V)
def appended_list(x):
    out = []
    for v in x:
        out.append(v**2)
        out.append(np.exp(v))
    return np.array(out)


@tried.at(V)
def list_of_results(x):
    return [x[0] ** 2, x[1] * x[2], 1.0]


@tried.at(V)
def tuple_of_results(x):
    return x[0] ** 2, x[1] * x[2]


@tried.at(V)
def fromfunction(x):
    return np.fromfunction(lambda i, j: (i + 1) * (j + 2), (3, 3)) @ x


@tried.at(V)
def vectorize_decorator(x):
    @np.vectorize
    def f(v, k):
        return v**2 if k > 0 else sin(v)

    return f(x, [0, 1, 1])


@tried.at(V)
def array_of_one_of_numpys_numbers(x):
    def tripled(angles):
        angles *= 3 * np.ones_like(x[:1])
        angles += x[1:2]
        return np.sin(angles)

    one, other = np.float64(0.3).reshape(-1), np.radians(20.0).astype(complex).ravel()
    return tripled(one) * tripled(other).real * x


@tried.at(V)
def broadcast_and_written_to(x):
    filled = np.ones(3)
    same, two = np.broadcast_arrays(filled, 2.0)
    same[1:] += x[:2] * two[1:]
    return filled * x


@tried.at(V)
def vectorize_by_name(x):
    f = np.vectorize(lambda v, k, power: v**power * sin(k), excluded={"power"})
    return f(x[:, None], k=x**2, power=2) + f(k=x[0], v=[2.0, 3.0, 4.0], power=2)


@tried.at(V)
def vectorize_signature(x):
    return np.vectorize(lambda row: row.sum(), signature="(n)->()")(np.outer(x, x))


@tried.at(V)
def vectorize_tuples(x):
    f = np.vectorize(lambda v, k: (v**k, v * k), excluded=[1], otypes=[np.ndarray])
    return np.array(f(x, 3).tolist()) + np.array(f(x[0], 2).tolist())


@tried.at(V)
def meshgrid_field(x):
    X, Y = np.meshgrid(np.linspace(0, 1, 3), np.linspace(0, 1, 2))
    return x[0] * X + x[1] * Y**2 + x[2]


@tried.at(V)
def mgrid_field(x):
    i, j = np.mgrid[0:2, 0:3]
    return x[0] * i + x[1] * j**2


@tried.at(V)
def mgrid_ends(x):
    i, j = np.mgrid[0 : x[0] : 3j, x[1] : 4 : 2j]
    return i * j**2 + np.mgrid[x[0] : 5.0 : 5j][1]


@tried.at(V)
def whole_numbers_up_to(x):
    return x * np.sum(np.arange(0, 3 * x[2] - x[0], 2, dtype=int))


@tried.at(V)
def arange_by_names(x):
    return np.arange(stop=5.0, step=x[2], start=x[0]) ** 2


@tried.at(V)
def ogrid_ends(x):
    i, j = np.ogrid[0 : x[0] : 3j, x[1] : x[1] + 1.4 : x[2]]
    return i * j**2


@tried.at(V)
def concatenation_object(x):
    return np.r_[x**2, 1.0, x[0]]


@tried.at(V)
def column_object(x):
    return np.c_[x, x**2]


@tried.at(V)
def zeros_like_with_dtype(x):
    out = np.zeros_like(x, dtype=float)
    out += x**2
    return out


@tried.at(V)
def gathered_in_another_order(x):
    out = np.zeros((2, 3, 2))
    out[:, 0, 1] = x[:2]
    out[1] += x[2] ** 2
    cut = np.reshape(out, (2, 3, 2))
    return cut[:, (0, 2)] - cut[:, (2, 1)] + out[:, [True, False, True]]


@tried.at(V)
def history(x):
    states = np.zeros((4, 3))
    states[0] = x
    for k in range(3):
        states[k + 1] = states[k] + 0.1 * np.sin(states[k])
    return states


@tried.at(V)
def accumulated(x):
    total = np.zeros(())
    for v in x:
        total = total + v**3
    return total


@tried.at(V)
def structured_by_fields(x):
    table = {"a": np.zeros(3), "b": np.ones(3)}
    table["a"] += x
    table["b"] *= x**2
    return table["a"] + table["b"]


@tried.at(V)
def object_array(x):
    return np.array([x[0], x[1]], dtype=object) * 2 + np.array([x[2], 1.0], dtype=object)


@tried.at(V)
def nested_lists(x):
    A = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            A[i][j] = x[i] * x[j]
    return np.array(A)


tried.at(
    V,
    r_by_its_own_name=lambda x: r_[-np.array([x]), np.eye(len(x))],
    ogrid_of_a_list=lambda x: np.ogrid[[slice(0, 3), slice(0, 2)]][0] * x[0],
    r_of_slices=lambda x: np.r_[x[0] : x[1] : 4j, 2.0:3.0, x] * x[1],
    r_along_an_axis=lambda x: np.r_["-1", np.outer(x, x), x[:, None]],
    r_of_more_axes=lambda x: np.r_["1,2", x, x**2] + np.r_["0,2,0", x, 2 * x][:1],
    r_of_numbers=lambda x: np.r_[0, x[0], 1:3, x**2, [1, 2, x[1]]],
    c_of_numbers=lambda x: np.c_[np.array([[1, 2]]), 0, x[0], np.array([[4, 5]])],
    r_of_matrices=lambda x: np.r_[np.outer(x, x), np.eye(len(x))],
    c_of_matrices=lambda x: np.c_[np.outer(x, x), np.eye(len(x)), x],
    concatenate_tuples=lambda x: np.concatenate(((x,), (2 * x,), (x * x,)), axis=0).T,
    contained_in_zeros=lambda x: 2 * x if x[0] in np.ones(3) else 3 * x,
    hstack_tuples=lambda x: np.hstack([(x[0], 1.0), [x[1] * x[2]]]),
)


GRID = np.arange(6.0).reshape(2, 3)


@tried.at(0.7)
def fill_a_product(x):
    out = GRID * 2
    out[0, 0] = np.exp(x)
    out[1] += x * out[0]
    out *= x
    return out


@tried.at(0.7)
def add_to_sines(x):
    out = np.sin(GRID)
    out += np.array([x, x**2, 1.0])
    out[out > 1.5] = x**3
    return out


@tried.at(0.7)
def fill_a_view_of_a_product(x):
    out = (GRID + 1).reshape(3, 2)
    out[0] = [x, 1.0]
    for i in range(1, 3):
        out[i] -= out[i - 1] * np.cos(x)
    return out


@tried.at(0.7)
def scale_a_cross_product(x):
    out = np.cross([1.0, 2.0, 3.0], [2.0, 5.0, 1.0])
    out *= x / np.sqrt(np.sum(out**2))
    return out


@tried.at(0.7)
def divide_a_part_of_a_list(x):
    steps = [1.0, x, 2.0]
    ends = np.array([x, x**2])
    steps[1:] /= ends[1]
    return np.array(steps)


tried.at(
    0.7, sums_of_a_number=lambda x: np.cumsum(x, axis=0), list_by_an_entry=lambda x: [x, 2.0] / np.exp(x)
)


@tried.at(V)
def methods_given_an_array_that_was_filled(x):
    y = np.zeros((3, 3))
    for i in range(3):
        y[i, 2 - i] = x[i]
    return np.diag(x**2).dot(y) + np.outer(x, x).dot(y[1])


@tried.at(V)
def matrices(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a matrix has its entries one by one, which is slow
        A = np.asmatrix(np.outer(x, x))
        return np.asarray(np.bmat([[A + 2 * A.T, np.eye(len(x))]]))


@tried.at(V)
def complex_matrices(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        A = np.asmatrix(np.diag(x + 2.0) + 1j * np.outer(x, x))
        return np.asarray(np.vstack([(A.H + 2 * A).real, A.H.imag, A.getH().imag, A.getI().real, A.I.imag]))


@tried.at(np.array([0.7, 1.3]))
def by_the_protocol_for_arrays_of_others(x):
    options = ({"device": "cpu"}, {"copy": True}) if np.__version__ >= "2.1" else ({}, {})
    first, second = (np.from_dlpack(x, **given) for given in options)
    return first * second[::-1]


@tried.at(V)
def resized(x):
    a = np.zeros(2)
    a[:] = x[:2]
    a.resize(5, refcheck=False)
    a[3] = x[2] ** 2
    return a**2


@tried.at(V)
def entries_that_nditer_makes(x):
    entries = np.nditer([x, None])
    for a, y in entries:
        y[...] = np.sin(a)
    return entries.operands[1] ** 2


@tried.at(V)
def rows_of_nditer(x):
    squares, y = np.outer(x, x), np.zeros((3, 3))
    flags = ["external_loop", "buffered"]
    for a, b in np.nditer([squares, y], flags, [["readonly"], ["writeonly"]], order="F"):
        b[...] = a**2
    return y * sum(chunk.sum() for chunk in np.nditer(x, flags=["external_loop"]))


@tried.at(V)
def rows_of_nditer_as_the_memory_has_them(x):
    """Columns of an array in the order of Fortran, and a row written as one."""
    table = np.zeros((3, 2), order="F")
    table[:, 0], table[:, 1] = x, x**2
    columns = np.nditer(table, flags=["external_loop"], order="F")
    rows = np.nditer(table.T, flags=["external_loop"], order="F")
    powers = [row @ np.arange(1.0, len(row) + 1) ** 2 for it in (columns, rows) for row in it]
    for row in np.nditer(table[::-1], flags=["external_loop"], op_flags=["readwrite"], order="C"):
        row[...] = np.cumsum(row)
    return np.append(powers, table)


@tried.at(V)
def records_of_floats(x):
    bodies = np.zeros(3, dtype=[("mass", float), ("at", float, 2)])
    bodies["mass"] = x**2
    bodies["at"][:, 0] = [1.0, 2.0, 3.0]
    bodies[1]["at"][1] = x[0]
    bodies[2] = (x[0] * x[2], bodies[0]["at"])
    heavy = bodies[bodies["mass"] > 0.1].copy()
    return sum(body["mass"] * np.sum(body["at"] ** 3) for body in bodies) + heavy["mass"].sum()


@tried.at(V)
def a_list_of_records(x):
    points = np.array([(x[0], 2.0), (1.0, x[1] * x[2])], dtype=[("u", "f8"), ("v", "f8")])
    first, second = points
    u, v = first
    points.view(np.recarray).u = points["v"] * u
    return points["u"] ** 2 + second["v"] * v


@tried.at(V)
def chosen_by_a_method(x):
    y = np.zeros(3, x.dtype)
    y.setfield(np.array([0, 1, 1]).choose(x**2, x**3), x.dtype)
    return y + (np.real(x) > 0).choose(-1, x) + np.array([2, 0, 1]).choose(x, x[0] * x, 5.0, mode="clip")


@tried.at(V)
def rows_of_records(x):
    kinds = [("u", float), ("v", float)]
    r = np.array([[(x[0], 2.0), (x[1] * x[0], 1.0)], [(3.0, x[2]), (x[1], x[0])]], dtype=kinds)
    one = np.array([1, x[2]], dtype=[("u", float)])  # a number is for all fields
    both = np.zeros(2, dtype=kinds)
    both[:] = [x[0], 2]
    both[1] = x[1]
    return r["u"].sum() * r["v"][1, 0] + one["u"] * both["u"] * both["v"][1]


@tried.at(V)
def given_by_name(x):
    values = np.array(object=[x[0], 1.0]) + np.asarray(a=x[1:])
    return np.concatenate([np.ascontiguousarray(a=values), np.asanyarray(a=[x[2], 2.0], dtype=float)])


@tried.at(V)
def beside_a_list(x):
    waves = np.array([1.0 + 0.5j, 2.0, 3.0])
    depths = [0.0, x[0], x[1] * x[2]]
    depths[0] = 0
    return np.exp(1j * waves * depths).real + np.cos(depths * np.array([1.0, 2.0, 3.0]))


@tried.at(V)
def einsum_that_shows_a_diagonal(x):
    stacks, plain = np.zeros((2, 3, 3)), np.ones((3, 3))
    np.einsum("ijj->ij", stacks)[...] = x
    np.einsum("ij->ji", stacks[0])[0] = x**2
    return stacks[0] @ stacks[1] @ x + np.einsum("ij->i", plain) * np.einsum("ii", stacks[0])


@tried.at(V)
def required_of_another_layout(x):
    y = np.outer(x, x).T
    own = np.require(y, float, ["C", "O"])
    own[0] = x
    same = np.require(y, float, "F")
    same[1] = 1.0
    return own * y + np.require([[x[0], 1.0], [x[1], x[2]]], float, "F").ravel("K")[1]


@tried.at(V)
def required_to_own_its_memory(x):
    y = np.zeros(4)
    shared, own = np.require(y, None, "O"), np.require(y[:3], None, ["O", "W"])
    shared[0] = x[0]
    own[1:] = x[1:] ** 2
    return np.append(y, own)
