"""Functions that select, sort, search or replace entries."""

import numpy as np

from . import Group

tried = Group(__name__, "np functions: selecting and sorting")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3])
W = np.array([1.2, 0.4, -0.6, 0.2, 2.2, 1.1])
A = V.reshape(2, 3)

tried.at(
    V,
    sort=lambda x: np.sort(x) * np.arange(6),
    argsort=lambda x: x[np.argsort(x)] ** 2,
    argmax=lambda x: x[np.argmax(x)] * x,
    argmin=lambda x: x[np.argmin(x)] * x,
    partition=lambda x: np.sort(np.partition(x, 2)[:2]) ** 2,
    argpartition=lambda x: np.sum(x[np.argpartition(x, 2)[:2]] ** 2),
    lexsort=lambda x: x[np.lexsort((x, x > 0))] ** 2,
    searchsorted=lambda x: x * np.searchsorted([0.0, 1.0, 2.0], x),
    nonzero=lambda x: x[np.nonzero(x > 0)] ** 2,
    flatnonzero=lambda x: x[np.flatnonzero(x > 0)] ** 2,
    argwhere=lambda x: x[np.argwhere(x > 0)[:, 0]] ** 2,
    count_nonzero=lambda x: x * np.count_nonzero(x > 0),
    take=lambda x: np.take(x, [0, 2, 2]) ** 2,
    take_wrap=lambda x: np.take(x, [7, -1], mode="wrap") ** 2,
    take_clip=lambda x: np.take(x, [7, -1], mode="clip") ** 2,
    compress=lambda x: np.compress([True, False, True], x) ** 2,
    extract=lambda x: np.extract(x > 0, x**2),
    where=lambda x: np.where(x > 0, x**2, -x),
    where_indices=lambda x: x[np.where(x > 0)] ** 2,
    select=lambda x: np.select([x < 0, x < 1], [x**2, np.sin(x)], default=1.0),
    piecewise=lambda x: np.piecewise(x, [x < 0, x >= 0], [lambda v: v**2, lambda v: np.exp(v)]),
    choose=lambda x: np.choose([0, 1, 0, 1, 1, 0], [x, x**2]),
    clip=lambda x: np.clip(x, -1.0, 1.0),
    clip_one_side=lambda x: np.clip(x, 0.5, None),
    unique=lambda x: np.unique(x) ** 2,
    digitize=lambda x: x * np.digitize(x, [0.0, 1.0]),
    isclose=lambda x: np.where(np.isclose(x, 0.5), 0.0, x**2),
    isin=lambda x: np.where(np.isin(x, [0.5]), 0.0, x**2),
    allclose=lambda x: x**2 if not np.allclose(x, 0) else x,
    array_equal=lambda x: x**2 if np.array_equal(x, x) else x,
    any_all=lambda x: x**2 if np.any(x > 0) and not np.all(x > 0) else x,
    isreal=lambda x: x**2 if np.isrealobj(x) and np.all(np.isreal(x)) else x,
    nan_to_num=lambda x: np.nan_to_num(x) ** 2,
    sign_of_argmax=lambda x: np.sign(x[np.argmax(np.abs(x))]) * x,
    round=lambda x: x - np.round(x, decimals=0),
    around=lambda x: x * np.around(x),
    fix=lambda x: x - np.fix(x),
    ix=lambda x: x.reshape(2, 3)[np.ix_([0, 1], [0, 2])] ** 2,
    unravel_index=lambda x: x.reshape(2, 3)[np.unravel_index(np.argmax(x), (2, 3))] ** 2,
    histogram_counts=lambda x: x * np.histogram(x, bins=3, range=(-2, 3))[0].sum(),
    bincount_weights=lambda x: np.bincount([0, 1, 1, 2, 0, 2], weights=x**2),
    histogram_weights=lambda x: np.histogram([0, 1, 1, 2, 0, 2], bins=3, weights=x**2)[0],
    nanargmax=lambda x: x[np.nanargmax(x)] ** 2,
    nanargmin=lambda x: x[np.nanargmin(x)] ** 2,
    isposinf=lambda x: np.where(np.isposinf(x) | np.isneginf(x), 0.0, x**2),
    iscomplex=lambda x: np.where(np.iscomplex(x), 0.0, x**2),
    array_equiv=lambda x: x**2 if np.array_equiv(x, x) else x,
    histogram_bins=lambda x: x * len(np.histogram_bin_edges(x, bins=4)),
    histogram2d=lambda x: x * np.histogram2d(x, x**2, bins=2)[0].sum(),
    histogramdd=lambda x: x * np.histogramdd(x.reshape(3, 2), bins=2)[0].sum(),
    ravel_multi_index=lambda x: x[np.ravel_multi_index(([0, 1], [2, 0]), (2, 3))] ** 2,
    text=lambda x: (
        x**2
        if np.array2string(x) in np.array_repr(x) + np.format_float_positional(x[0]) or np.array_str(x)
        else x * len(np.format_float_scientific(x[0]))
    ),
    types=lambda x: x**2 if np.common_type(x) is np.float64 and np.can_cast(x.dtype, complex) else x,
    min_scalar_type=lambda x: x**2 if np.min_scalar_type(x[0]).kind == "f" else x,
    unique_values=lambda x: np.unique_values(np.sort(x)) ** 2,
    unique_counts=lambda x: np.sum(np.unique_counts(x).values ** 2),
    unique_inverse=lambda x: np.sum(np.unique_inverse(x).values ** 2),
    unique_all=lambda x: np.sum(np.unique_all(x).values ** 2),
    shares_memory=lambda x: x**2 if not np.may_share_memory(x, x**2) else x,
    result_type=lambda x: x**2 if np.result_type(x) == np.float64 else x,
    iscomplexobj=lambda x: x if np.iscomplexobj(x) and not np.isrealobj(x) and x.size == 0 else x**2,
)
tried.at(
    A,
    sort_axis=lambda x: np.sort(x, axis=0) ** 2,
    take_axis=lambda x: np.take(x, [0, 2], axis=1) ** 2,
    take_along_axis=lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1) ** 2,
    argmax_axis=lambda x: x[np.arange(2), np.argmax(x, axis=1)] ** 2,
    compress_axis=lambda x: np.compress([True, False, True], x, axis=1) ** 2,
)
tried.at(
    (V, W),
    where_two=lambda a, b: np.where(a > b, a * b, b),
    copyto=lambda a, b: (np.copyto(a, b**2, where=b > 1), a)[1],
    put=lambda a, b: (np.put(a, [0, 2], b[:2] ** 2), a)[1],
    place=lambda a, b: (np.place(a, a > 0, b[:2] ** 2), a)[1],
    putmask=lambda a, b: (np.putmask(a, a > 0, b**2), a)[1],
    put_along_axis=lambda a, b: (np.put_along_axis(a, np.array([1, 3]), b[:2] ** 2, 0), a)[1],
    interp_of_values=lambda a, b: np.interp([0.5, 1.5, 3.2], np.arange(6), a * b),
    clip_by_arrays=lambda a, b: np.clip(a, b - 1, b + 1),
    union1d=lambda a, b: np.union1d(a[:2], b[:2]) ** 2,
    intersect1d=lambda a, b: np.intersect1d(np.append(a, b[0]), b) ** 2,
    setxor1d=lambda a, b: np.setxor1d(a[:2], b[:2]) ** 2,
    setdiff1d=lambda a, b: np.sort(np.setdiff1d(a, b[:2])) ** 2,
)
