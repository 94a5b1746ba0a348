"""Reading and writing entries: slices, views, masks, lists of indices."""

import array
import datetime

import numpy as np

from . import Group

tried = Group(__name__, "indexing and assignment")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3])
A = V.reshape(2, 3)
MASK = np.array([True, False, True, True, False, False])

tried.at(
    V,
    entry=lambda x: x[0] * x[-1],
    slice=lambda x: x[1:4] ** 2,
    slice_step=lambda x: x[::2] * x[1::2],
    slice_backwards=lambda x: x[::-1] * x,
    list_index=lambda x: x[[0, 0, 3]] ** 2,
    array_index=lambda x: x[np.array([[0, 1], [5, 0]])] ** 2,
    boolean_index=lambda x: x[x > 0] ** 2,
    boolean_constant=lambda x: x[MASK] ** 2,
    newaxis=lambda x: x[:, np.newaxis] * x[np.newaxis, :],
    none=lambda x: x[:, None] - x[None],
    ellipsis=lambda x: x[...] ** 2,
    empty_slice=lambda x: x[3:3].sum() + x[0],
    slice_object=lambda x: x[slice(1, None, 2)] ** 2,
    numpy_integer=lambda x: x[np.int64(2)] ** 2,
    index_by_argmax=lambda x: x[int(np.argmax(x))] ** 2,
    index_by_int_of_argument=lambda x: x[int(x[2])] ** 2,
    chained=lambda x: x[1:][1:][0] ** 2,
    unpacked=lambda x: (lambda a, b, *c: a * b + c[0])(*x[:4]),
)
tried.at(
    A,
    two_indices=lambda x: x[0, 1] * x[1, -1],
    row=lambda x: x[0] * x[1],
    column=lambda x: x[:, 1] ** 2,
    block=lambda x: x[:, :2] @ x[:, 1:].T,
    mixed=lambda x: x[1, [0, 2]] ** 2,
    slice_and_list=lambda x: x[:, [2, 0]] ** 2,
    pairs=lambda x: x[[0, 1], [2, 0]] ** 2,
    boolean_matrix=lambda x: x[x > 0] ** 2,
    boolean_rows=lambda x: x[np.array([True, False])] ** 2,
    chained_indices=lambda x: x[1][2] * x[0][1],
    ellipsis_last=lambda x: x[..., 0] ** 2,
    ellipsis_newaxis=lambda x: x[..., None, 1] ** 2,
    tuple_index=lambda x: x[(1, 2)] ** 2,
    upper_triangle=lambda x: x[np.triu_indices(2)] ** 2,
    flat_index=lambda x: x.flat[4] ** 2,
    flat_of_one=lambda x: np.reshape(np.sum(x**2), ()).flat[0] ** 2,
    flat_in_functions=lambda x: np.interp(x.flat, [-2, 0, 3], [1, 2, 7]) + np.cumsum(np.sin(x.T.flat)),
    flat_slice=lambda x: x.flat[1:4] ** 2,
    transposed_view=lambda x: x.T[2] ** 2,
)


@tried.at(V)
def assign_entry(x):
    x[0] = x[1] * x[2]
    return x**2


@tried.at(V)
def assign_constant(x):
    x[0] = 3.0
    return x**2


@tried.at(V)
def assign_slice(x):
    x[1:3] = x[3:5] ** 2
    return x * 2


@tried.at(V)
def assign_scalar_to_slice(x):
    x[1:4] = x[0]
    return x**2


@tried.at(V)
def assign_mask(x):
    x[x < 0] = 0
    return x**2


@tried.at(V)
def assign_mask_scaled(x):
    x[x < 0] *= -0.1
    return x**2


@tried.at(V)
def assign_list_of_indices(x):
    x[[0, 2]] = x[[1, 3]] ** 2
    return x


@tried.at(V)
def add_to_entry(x):
    x[0] += x[1] ** 2
    x[2] -= 1
    x[3] /= x[0]
    return x


@tried.at(V)
def swap(x):
    x[0], x[1] = x[1], x[0]
    return x * np.arange(6)


@tried.at(V)
def swap_by_list(x):
    x[[0, 1]] = x[[1, 0]]
    return x * np.arange(6)


@tried.at(V)
def bubble_sort(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return x * np.arange(6)


@tried.at(V)
def write_through_a_view(x):
    y = x.copy()
    head = y[:3]
    head *= 2
    return y**2


@tried.at(V)
def write_through_a_view_of_a_view(x):
    y = x * 1.0
    inner = y[1:][1:3]
    inner[0] = x[0] ** 2
    return y * x


@tried.at(V)
def write_through_reshape(x):
    y = x.copy()
    y.reshape(2, 3)[1, 0] = x[0]
    return y**2


@tried.at(V)
def write_through_transpose(x):
    y = np.zeros((3, 2))
    y.T[:] = x.reshape(2, 3)
    return y**2


@tried.at(V)
def write_rows(x):
    out = np.zeros((2, 3))
    out[0] = x[:3]
    out[1, :] = x[3:] ** 2
    return out


@tried.at(V)
def write_columns(x):
    out = np.zeros((3, 2))
    out[:, 0] = x[:3]
    out[:, 1] = x[3:] ** 2
    return out


@tried.at(V)
def write_flat(x):
    out = np.zeros((2, 3))
    out.flat[:] = x**2
    out.flat[0] = x[1]
    return out


@tried.at(V)
def an_iterator_over_entries_goes_on_where_it_was(x):
    out = np.outer(x, x)
    entries = out.flat
    first = next(entries) * next(entries)
    rest = list(entries)
    entries[0] = first  # which starts it anew
    return np.array([*rest, *list(entries), entries.index * x[0]])


@tried.at(V)
def write_diagonal(x):
    out = np.zeros((3, 3))
    out[np.diag_indices(3)] = x[:3] ** 2
    out[np.arange(2), np.arange(1, 3)] = x[3:5]
    return out


@tried.at(V)
def add_at_repeated(x):
    out = np.zeros(3)
    for i, k in enumerate([0, 1, 1, 2, 0, 2]):
        out[k] += x[i] ** 2
    return out


@tried.at(V)
def running_sum_in_place(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1]
    return x**2


@tried.at(V)
def stencil_in_place(x):
    new = x.copy()
    for _ in range(3):
        new[1:-1] = x[1:-1] + 0.1 * (x[2:] - 2 * x[1:-1] + x[:-2])
        x = new.copy()
    return x


@tried.at(V)
def gauss_seidel(x):
    u = np.zeros(6)
    for _ in range(4):
        for i in range(1, 5):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] - x[i])
    return u


@tried.at(V)
def boundary_conditions(x):
    u = np.zeros(8)
    u[1:-1] = x
    u[0], u[-1] = u[1], u[-2]
    return u[2:] - 2 * u[1:-1] ** 2 + u[:-2]


@tried.at(V)
def masked_assignment_of_array(x):
    out = np.zeros(6)
    positive = x > 0
    out[positive] = np.log(x[positive])
    out[~positive] = x[~positive] ** 2
    return out


@tried.at(V)
def overlapping_slices(x):
    x[1:] = x[:-1]
    return x * np.arange(6)


@tried.at(V)
def reading_before_writing(x):
    first = x[0] * 1.0
    x[0] = 7.0
    return first * x


@tried.at(V)
def alias(x):
    y = x
    y[0] = x[1] ** 2
    return x * y


@tried.at(A)
def swap_rows(x):
    x[[0, 1]] = x[[1, 0]]
    return x * np.arange(3)


@tried.at(A)
def row_operation(x):
    x[1] -= x[1, 0] / x[0, 0] * x[0]
    return x


@tried.at(A)
def assign_broadcast(x):
    x[:] = x[:, :1] * x
    return x


@tried.at(A)
def assign_ellipsis(x):
    x[..., 1] = x[..., 0] ** 2
    return x


@tried.at(V)
def queue_of_values(x):
    window = np.zeros(3)
    out = np.zeros(6)
    for i in range(6):
        window[:-1] = window[1:]
        window[-1] = x[i]
        out[i] = window.sum() ** 2
    return out


@tried.at(V)
def delete_from_a_list(x):
    values = list(x)
    del values[0]
    values.insert(1, x[0] ** 2)
    values.pop()
    return np.array(values) * 2


@tried.at(A)
def nditer_with_indices(x):
    y = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    while not it.finished:
        i, j = it.multi_index
        y[j % 2, i] = it[0] * x[i, j] + i
        it.iternext()
    return y + sum(v**3 for v in np.nditer(x)) + sum(v * w for v, w in np.nditer([x[0, 0], x[1]]))


@tried.at(A)
def nditer_asked_for_the_next_entry_and_copied(x):
    it = np.nditer([x, x**2])
    first, square = next(it)
    after = it.copy()
    rest = [a * b for a, b in after]
    return first * next(it)[1] + square + sum(rest)


@tried.at(A)
def nditer_goes_as_the_memory_does(x):
    """Upwards, whatever way the axes run."""
    turned = x[::-1], x.T[:, ::-1], np.broadcast_to(x[1, ::-1], (2, x.shape[1])), x[0, ::-1]
    rows = np.nditer(x[1, ::-1], flags=["external_loop"])
    places = [float(v) ** (i + 1) for array in turned for i, v in enumerate(np.nditer(array))]
    return np.array(places + [row @ np.arange(len(row)) for row in rows])


@tried.at(A)
def nditer_that_writes(x):
    y = np.empty((2, 3))
    with np.nditer([x, y], op_flags=[["readonly"], ["readwrite"]]) as it:
        for a, b in it:
            b[...] = a**2
    for b in np.nditer(y, op_flags=["readwrite"]):
        b[...] = 2 * b
    return y


@tried.at(V)
def array_of_the_standard_library(x):
    y = array.array("d", [0.0]) * 6
    for i in range(6):
        y[i] = y[i - 1] + x[i] ** 2
    y[0] *= x[1]
    return np.array(y)


@tried.at(V)
def contiguous_if_not_so(x):
    y = x[::2]
    return (y if y.data.c_contiguous else y.copy()) ** 2


@tried.at(A)
def nditer_that_makes_arrays_of_objects(x):
    """What it makes is of the type that it is told, and may hold anything."""
    days = np.nditer([np.arange(2), None], flags=["refs_ok"], op_dtypes=[None, object])
    for day, date in days:
        date[...] = datetime.date(2026, 11, 20 + int(day))
    return x * days.operands[1][1].day


@tried.at(0.7)
def rows_of_numbers_in_blocks(x):
    """The transfer matrices of a stack of layers, in one array."""
    blocks = np.zeros((2, 2, 2), complex)
    wave = np.exp(1j * x)
    for k in range(2):
        blocks[k] = [[0, wave], [wave**k, x]]
    return abs(blocks[0] @ blocks[1]).sum()
