"""Functions that give the same numbers in another arrangement."""

import numpy as np

from . import Group

tried = Group(__name__, "np functions: shaping and joining")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3])
W = np.array([1.2, 0.4, -0.6])
A = V.reshape(2, 3)
S = np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1], [0.6, 0.5, -0.2]])
T = np.arange(1.0, 13.0).reshape(2, 3, 2) / 7
TABLE = np.array([[1.0, 0.5], [-2.0, 3.0], [0.25, 2.0]])


def filled(row, power=3):
    out = np.zeros(len(row))
    for i in range(len(row)):
        out[i] = row[i] ** power * row[0]
    return out


tried.at(
    V,
    reshape=lambda x: np.reshape(x, (3, 2)) @ [1.0, 2.0],
    reshape_order=lambda x: np.reshape(x, (3, 2), order="F") ** 2,
    reshape_guess=lambda x: np.reshape(x**2, (2, -1)),
    expand_dims=lambda x: np.expand_dims(x, 0) * np.expand_dims(x, 1),
    roll=lambda x: x * np.roll(x, 1),
    flip=lambda x: x * np.flip(x),
    split=lambda x: np.split(x, 3)[1] * np.split(x, [1, 3])[1],
    array_split=lambda x: np.array_split(x, 4)[0] ** 2,
    hsplit=lambda x: np.hsplit(x, 2)[0] * np.hsplit(x, 2)[1],
    tile=lambda x: np.tile(x, 2) ** 2,
    repeat=lambda x: np.repeat(x, [1, 2, 0, 1, 1, 1]) ** 2,
    pad=lambda x: np.pad(x, 2) * 2,
    pad_edge=lambda x: np.pad(x, (1, 2), mode="edge") ** 2,
    pad_reflect=lambda x: np.pad(x, 2, mode="reflect") ** 2,
    pad_wrap=lambda x: np.pad(x, 2, mode="wrap") ** 2,
    pad_linear_ramp=lambda x: np.pad(x**2, 2, mode="linear_ramp"),
    append=lambda x: np.append(x, x**2),
    insert=lambda x: np.insert(x**2, 2, x[0]),
    delete=lambda x: np.delete(x**2, [1, 3]),
    resize=lambda x: np.resize(x**2, (3, 3)),
    copy=lambda x: np.copy(x) ** 2,
    asarray=lambda x: np.asarray(x) ** 2,
    ascontiguousarray=lambda x: np.ascontiguousarray(x[::2]) ** 2,
    asanyarray=lambda x: np.asanyarray(x) ** 2,
    asarray_chkfinite=lambda x: np.asarray_chkfinite(x) ** 2,
    require=lambda x: np.require(x, float, "C") ** 2,
    astype=lambda x: np.astype(x, float) ** 2 if hasattr(np, "astype") else x**2,
    asfortranarray=lambda x: np.asfortranarray(x.reshape(2, 3)) ** 2,
    atleast_1d=lambda x: np.atleast_1d(x[0]) * x,
    atleast_2d=lambda x: np.atleast_2d(x) ** 2,
    atleast_3d=lambda x: np.atleast_3d(x) ** 2,
    broadcast_to=lambda x: np.broadcast_to(x, (2, 6)) ** 2,
    trim_zeros=lambda x: np.trim_zeros(np.where(x > 2, 0.0, x * x)),
    unwrap=lambda x: np.unwrap(3 * x),
    ravel_list=lambda x: np.ravel([x[0], x[1] * x[2]]),
    ndim=lambda x: x ** np.ndim(x) * np.size(x) + np.shape(x)[0],
)
tried.at(
    A,
    ravel=lambda x: np.ravel(x**2),
    transpose=lambda x: np.transpose(x) ** 2,
    permute_dims=lambda x: np.permute_dims(x**2, (1, 0)),
    matrix_transpose=lambda x: np.matrix_transpose(x) ** 2,
    swapaxes=lambda x: np.swapaxes(x, 0, 1) ** 2,
    squeeze=lambda x: np.squeeze(x[:1, :]) ** 2,
    fliplr=lambda x: x * np.fliplr(x),
    flipud=lambda x: x * np.flipud(x),
    rot90=lambda x: np.rot90(x**2),
    rot90_twice=lambda x: np.rot90(x, 2) * x,
    concatenate=lambda x: np.concatenate([x, x**2], axis=1),
    concatenate_with_constant=lambda x: np.concatenate([np.zeros((1, 3)), x**2]),
    stack=lambda x: np.stack([x, x**2], axis=-1),
    vsplit=lambda x: np.vsplit(x, 2)[0] * np.vsplit(x, 2)[1],
    unstack=lambda x: np.prod(np.stack(np.unstack(x) if hasattr(np, "unstack") else list(x)), axis=0),
    block=lambda x: np.block([[x, x**2], [np.ones((1, 3)), np.zeros((1, 3))]]),
    roll_axis=lambda x: np.roll(x, (1, 2), axis=(0, 1)) * x,
    pad_pairs=lambda x: np.pad(x**2, ((0, 1), (2, 0)), constant_values=1.5),
    tril=lambda x: np.tril(x**2),
    triu=lambda x: np.triu(x**2, 1),
    append_axis=lambda x: np.append(x, x[:1] ** 2, axis=0),
    delete_axis=lambda x: np.delete(x**2, 1, axis=1),
    insert_axis=lambda x: np.insert(x**2, 1, 5.0, axis=1),
)
tried.at(
    T,
    moveaxis=lambda x: np.moveaxis(x, 0, -1) ** 2,
    rollaxis=lambda x: np.rollaxis(x, 2) ** 2,
    dsplit=lambda x: np.dsplit(x, 2)[0] * np.dsplit(x, 2)[1],
    transpose_axes=lambda x: np.transpose(x, (2, 0, 1)) ** 2,
)
tried.at(
    (W, W**2 - 1),
    hstack=lambda a, b: np.hstack((a * b, b)),
    vstack=lambda a, b: np.vstack((a * b, b)),
    dstack=lambda a, b: np.dstack((a * b, b)),
    column_stack=lambda a, b: np.column_stack((a * b, b)),
    broadcast_arrays=lambda a, b: np.multiply(*np.broadcast_arrays(a[:, None], b)),
    meshgrid=lambda a, b: np.subtract(*np.meshgrid(a, b)) ** 2,
    open_mesh=lambda a, b: np.multiply(*np.ix_(a, b)) ** 2,
    open_mesh_beside_a_mask=lambda a, b: np.ix_(a, [True, False, True])[0] ** 2 * b[:1],
    meshgrid_ij=lambda a, b: np.prod(np.stack(np.meshgrid(a, b, indexing="ij")), axis=0),
    kron=lambda a, b: np.kron(a, b),
    diagflat=lambda a, b: np.diagflat(a * b, 1),
    vander=lambda a, b: np.vander(a, 4) * b[:, None],
    vander_increasing=lambda a, b: np.vander(a, 3, increasing=True) @ b,
    in_a_list_of_lists=lambda a, b: np.array([[a[0], b[1]], [2.0, a[2] * b[0]]]),
)
tried.at(
    S,
    diag_of_matrix=lambda x: np.diag(x) ** 2,
    diag_of_vector=lambda x: np.diag(x[0]) @ x,
    diagonal=lambda x: np.diagonal(x, 1) ** 2,
    fill_diagonal=lambda x: (np.fill_diagonal(x, 1.0), x**2)[1],
    triu_indices=lambda x: x[np.triu_indices(3)] ** 2,
    tril_indices_from=lambda x: x[np.tril_indices_from(x)] ** 2,
    triu_indices_from=lambda x: x[np.triu_indices_from(x)] ** 2,
    tri=lambda x: np.tri(3) * x**2,
    indices=lambda x: np.indices((3, 3))[0] * x**2,
    diag_indices_from=lambda x: x[np.diag_indices_from(x)] ** 2,
    apply_along_axis=lambda x: np.apply_along_axis(lambda row: row[0] * row, 1, x),
    apply_along_axis_like_the_first=lambda x: np.apply_along_axis(
        lambda r: r[0] if r[0] > 1 else 2, 1, x + x**2
    ),
    apply_along_axis_of_one_shape=lambda x: np.apply_along_axis(
        lambda r: r * r if r[0] == x[0, 0] else r[0], 1, x
    ),
    apply_along_axis_filling=lambda x: np.apply_along_axis(filled, 1, x, power=2),
    apply_along_axis_of_plain_rows=lambda x: np.apply_along_axis(lambda row: filled(x[0] * row), 0, TABLE),
    apply_over_axes=lambda x: np.apply_over_axes(np.sum, x**2, [0, 1]),
)
