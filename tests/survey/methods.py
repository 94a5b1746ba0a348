"""Methods, attributes and operators of arrays, and Python's builtins applied to them."""

import copy
import math

import numpy as np

from . import Group

tried = Group(__name__, "methods, operators, builtins")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3])
W = np.array([1.2, 0.4, -0.6, 0.2, 2.2, 1.1])
A = V.reshape(2, 3)
MATRIX = np.array([[1.3, 0.2], [0.4, -0.9], [0.7, 1.6]])

tried.at(
    V,
    sum=lambda x: (x**2).sum(),
    mean=lambda x: (x**2).mean(),
    prod=lambda x: x.prod(),
    std=lambda x: x.std(),
    var=lambda x: x.var(ddof=1),
    max=lambda x: x.max() ** 2,
    min=lambda x: x.min() ** 2,
    argmax=lambda x: x[x.argmax()] ** 2,
    argsort=lambda x: x[x.argsort()] ** 2,
    cumsum=lambda x: (x**2).cumsum(),
    cumprod=lambda x: x.cumprod(),
    clip=lambda x: x.clip(-1, 1),
    clip_keyword=lambda x: x.clip(min=0),
    round=lambda x: x - x.round(-1),
    copy=lambda x: x.copy() ** 2,
    reshape=lambda x: x.reshape(2, 3) ** 2,
    reshape_guess=lambda x: x.reshape(-1, 2).sum(axis=0) ** 2,
    ravel=lambda x: x.reshape(2, 3).ravel() ** 2,
    flatten=lambda x: x.reshape(2, 3).flatten() ** 2,
    squeeze=lambda x: x[None, :].squeeze() ** 2,
    repeat=lambda x: x.repeat(2) ** 2,
    take=lambda x: x.take([0, 0, 5]) ** 2,
    compress=lambda x: x.compress(x > 0) ** 2,
    dot=lambda x: x.dot(x),
    dot_constant=lambda x: MATRIX.T.dot(x[:3]),
    astype=lambda x: x.astype(float) ** 2,
    astype_float32=lambda x: x.astype(np.float64, copy=False) ** 2,
    tolist=lambda x: sum(v**2 for v in x.tolist()),
    item=lambda x: x[2].item() ** 2 + x.item(3),
    conj=lambda x: x * x.conj(),
    real_imag=lambda x: x.real**2 + x.imag,
    size_shape=lambda x: x**x.ndim * x.size / x.shape[0],
    any_all=lambda x: x**2 if (x > 0).any() and not (x > 0).all() else x,
    nonzero=lambda x: x[(x > 0).nonzero()] ** 2,
    dtype=lambda x: np.ones(6, dtype=x.dtype) * x,
    flat=lambda x: np.array([v**2 for v in x.flat]),
    fill=lambda x: _filled(x),
    sort_in_place=lambda x: _sorted(x),
    partition_in_place=lambda x: _partitioned(x),
    put=lambda x: _put(x),
    choose=lambda x: np.array([0, 1]).choose([x[:2], x[2:4] ** 2]),
    searchsorted=lambda x: x * np.array([0.0, 1.0]).searchsorted(x),
    resize_copy=lambda x: np.resize(x, 8) ** 2,
    view=lambda x: x.view() ** 2,
    nbytes=lambda x: x**2 if x.nbytes == 48 and x.itemsize == 8 and x.flags is not None else x,
    strides=lambda x: x**2 if x[::2].strides is not None else x,
    to_device=lambda x: x.to_device("cpu") ** 2 if hasattr(x, "to_device") else x**2,
    base=lambda x: x**2 if x.base is None or x.base is not None else x,
    len=lambda x: x**2 / len(x),
    iteration=lambda x: sum(v * v for v in x),
    enumerate=lambda x: sum(i * v * v for i, v in enumerate(x)),
    zip=lambda x: sum(a * b for a, b in zip(x, x[1:], strict=False)),
    reversed=lambda x: np.array([v**2 for v in reversed(x)]),
    builtin_sum=lambda x: sum(x) ** 2,
    builtin_max=lambda x: max(x) * min(x),
    builtin_max_key=lambda x: max(x, key=abs) ** 2,
    builtin_abs=lambda x: abs(x) + abs(x[1]),
    builtin_sorted=lambda x: np.array(sorted(x)) ** 2,
    builtin_sorted_key=lambda x: np.array(sorted(x, key=lambda v: -abs(v))) ** 2,
    builtin_map=lambda x: np.array(list(map(lambda v: v**2, x))),
    builtin_filter=lambda x: sum(filter(lambda v: v > 0, x)) ** 2,
    builtin_pow=lambda x: pow(x, 2) + pow(x[0], 3),
    builtin_divmod=lambda x: divmod(x, 0.7)[1] + divmod(x[0], 0.7)[1],
    builtin_round=lambda x: x * round(x[0]) + round(x[2], -1),
    builtin_any=lambda x: x**2 if any(v < 0 for v in x) else x,
    builtin_list=lambda x: np.array(list(x)) ** 2,
    unpacking=lambda x: _unpacked(*x),
    starred=lambda x: _head_and_tail(x),
    contains=lambda x: x if 17.0 in x else x**2,
    truth_of_a_number=lambda x: x**2 if x[0] else x,
    math_on_entries=lambda x: sum(math.exp(v) for v in x),
    deepcopy=lambda x: copy.deepcopy(x) ** 2,
    copy_copy=lambda x: copy.copy(x) ** 2,
    negative=lambda x: -x + (+x) ** 2,
    power=lambda x: x**3 + 2.0**x + x**-2,
    reflected=lambda x: 1 - x + 2 / x + 3 * x,
    floor_division=lambda x: (x // 0.7) * x,
    modulo=lambda x: x % 0.7,
    reflected_modulo=lambda x: 5.3 % x,
    comparison=lambda x: (x > 0) * x**2 + (x <= 0) * x,
    boolean_arithmetic=lambda x: x * ((x > -1) & (x < 1)) + x**2 * ~(x > 0),
    list_operand=lambda x: x * [1, 2, 3, 4, 5, 6] + [0.5] * 6,
    numpy_scalar_operand=lambda x: np.float64(2.5) * x + np.int64(3) - x / np.float64(1.5),
    constant_array_first=lambda x: W * x + W / x - W**2,
)
tried.at(
    A,
    T=lambda x: x.T @ x,
    mT=lambda x: x.mT**2,
    transpose=lambda x: x.transpose() ** 2,
    transpose_axes=lambda x: x.transpose(1, 0) ** 2,
    swapaxes=lambda x: x.swapaxes(0, 1) ** 2,
    trace=lambda x: x.trace() ** 2,
    diagonal=lambda x: x.diagonal() ** 2,
    sum_axis=lambda x: x.sum(axis=0) ** 2,
    sum_keepdims=lambda x: x / x.sum(axis=1, keepdims=True),
    mean_axis=lambda x: x.mean(0) ** 2,
    max_axis=lambda x: x.max(axis=1) ** 2,
    matmul=lambda x: x @ MATRIX,
    matmul_reflected=lambda x: MATRIX @ x,
    rows=lambda x: sum(row @ row for row in x),
    nested_iteration=lambda x: sum(v**2 for row in x for v in row),
    unpacked_rows=lambda x: (lambda a, b: a * b)(*x),
    tolist_of_rows=lambda x: sum(row[0] * row[1] for row in x.tolist()),
    cumsum_axis=lambda x: x.cumsum(axis=1) ** 2,
    item_of_two=lambda x: x.item(1, 2) ** 2,
)
tried.at(
    (V, W),
    arithmetic=lambda a, b: (a + b) * (a - b) / (b * b + 1),
    power_of_arrays=lambda a, b: (a * a) ** b,
    matmul_of_vectors=lambda a, b: a @ b,
    comparison_of_two=lambda a, b: np.where(a >= b, a * b, 0.0),
    method_dot=lambda a, b: a.dot(b) * b,
)


def _filled(x):
    y = x * 1.0
    y.fill(2.0)
    return y * x


def _sorted(x):
    x.sort()
    return x * np.arange(6)


def _partitioned(x):
    x.partition(2)
    return np.sum(x[:2] ** 2)


def _put(x):
    x.put([0, 2], [x[1] ** 2, 5.0])
    return x


def _unpacked(a, b, *rest):
    return a * b + sum(rest) ** 2


def _head_and_tail(x):
    head, *tail = x
    return head * sum(tail)


@tried.at(V)
def in_place_add(x):
    y = x * 1
    y += 1
    y -= x**2
    y *= 2
    y /= 3
    y **= 2
    return y


@tried.at(V)
def in_place_on_the_argument(x):
    x += 1
    x *= x
    return x


@tried.at(0.7)
def in_place_on_a_number(x):
    y = x
    y += 1
    y *= x
    y **= 2
    y /= x
    y -= 3
    return y


@tried.at(V)
def in_place_matmul(x):
    y = x[:2]
    y = y.copy()
    y @= np.array([[1.0, 2.0], [3.0, 4.0]])
    return y


@tried.at(V)
def in_place_modulo(x):
    y = x.copy()
    y %= 0.7
    return y


@tried.at(V)
def in_place_on_plain_array(x):
    total = np.zeros(6)
    total += x**2
    total -= x
    return total


@tried.at(0.7)
def in_place_number_on_plain_array(x):
    total = np.zeros(3)
    total += x
    total *= x
    return total


@tried.at(A)
def methods_that_write_into_plain_arrays(x):
    table, total = np.empty((3, 3)), np.zeros(3)
    table[0] = 1.0
    np.add(x, 2, out=table[1:])
    table.cumprod(axis=0, out=table)
    table.sum(0, None, total)
    table.clip(0.1, 3, out=table)
    table.max(axis=1, out=table[0])
    table.take([1, 0], 0, table[1:])
    return table * total


@tried.at(V)
def methods_in_place_of_an_array_filled(x):
    a = np.zeros((2, 6))
    a[0] = x
    a[1].fill(x[1])
    a[0].put([0, -1], [x[1] ** 2, 5.0])
    a.partition(2)
    b = np.zeros(3)
    b.flat = x[:2]
    b.sort()
    return np.concatenate([a[0, :2] * [1.0, 1.0], np.sum(a**2, axis=1), b])
