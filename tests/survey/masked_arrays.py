"""np.ma: arrays in which some entries do not count."""

import numpy as np
import numpy.ma as ma

from . import Group

tried = Group(__name__, "np.ma: masked arrays")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3])
A = np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1]])
MASK = [False, True, False, False, True, False]


def positive(x):
    return ma.masked_array(x, mask=np.real(x) < 0)


tried.at(
    V,
    without_a_mask=lambda x: ma.asarray(x, dtype=x.dtype).filled(np.nan),
    filled=lambda x: ma.array(x**2, mask=MASK).filled(7.0),
    data=lambda x: positive(x).data * 2,
    compressed=lambda x: positive(x).compressed() ** 2,
    sum=lambda x: positive(x).sum(),
    mean=lambda x: positive(x).mean(),
    var=lambda x: positive(x).var(ddof=1),
    average=lambda x: ma.average(positive(x), weights=np.arange(6.0)),
    anomalies=lambda x: positive(x).anom().filled(0.0),
    prod=lambda x: positive(x).prod(),
    cumsum=lambda x: positive(x).cumsum().filled(0.0),
    operators=lambda x: (2 * positive(x) ** 2 - x / 3 + 1).filled(0.0),
    ufunc=lambda x: np.sqrt(positive(x)).filled(0.0),
    logarithm=lambda x: ma.log(x).filled(0.0),
    quotient=lambda x: (np.ones(6) / positive(x)).filled(0.0),
    mask_of_a_constant=lambda x: (ma.array(np.arange(6.0), mask=MASK) * x).filled(-1.0),
    where=lambda x: ma.where(np.real(x) > 1, positive(x), x**2).filled(0.0),
    maximum=lambda x: ma.maximum(positive(x), 1.0).filled(0.0),
    masked_where=lambda x: ma.masked_where(np.real(x) > 2, x**3).sum(),
    masked_invalid=lambda x: ma.masked_invalid(x / (np.real(x) > 0)).sum(),
    dot=lambda x: ma.dot(positive(x), np.arange(6.0)),
    diff=lambda x: ma.diff(positive(x)).filled(0.0),
    concatenated=lambda x: ma.concatenate([positive(x), ma.array(x[:2] ** 2)]).filled(0.0),
    indexed=lambda x: positive(x)[1:4].sum() + positive(x)[3] ** 2,
    is_masked=lambda x: x * 2 if ma.isMaskedArray(x) else positive(x).filled(0.5) * 3,
    clipped=lambda x: positive(x).clip(0.5, 2.0).filled(0.0),
)
tried.at(
    A,
    sum_axis=lambda x: positive(x).sum(axis=0).filled(0.0),
    mean_axis=lambda x: positive(x).mean(axis=1),
    std_axis=lambda x: positive(x).std(axis=0).filled(0.0)[:1],
    transposed=lambda x: positive(x).T.reshape(2, 3).filled(0.0),
    compressed_rows=lambda x: ma.compress_cols(positive(x)),
    median_axis=lambda x: ma.median(positive(x), axis=1),
)


@tried.at(V)
def median(x):
    return ma.median(positive(x)) * 2


@tried.at(V)
def extremes(x):
    m = positive(x)
    return m.max() - m.min() + m.ptp()


@tried.at(V)
def masked_later(x):
    m = ma.array(x)
    m[0] = ma.masked
    m[3] = x[1] ** 2
    m.mask[2] = True
    m[m > 0.8] *= 2
    return m.filled(0.0)


@tried.at(V)
def sorted_entries(x):
    m = positive(x)
    m.sort()
    return m.filled(0.0)


@tried.at(V)
def standardised(x):
    m = ma.masked_invalid(np.where(np.real(x) > 0, x, np.nan))
    return ((m - m.mean()) / m.std()).filled(0.0)


@tried.at(V)
def one_by_one(x):
    total = 0.0
    for entry in positive(x):
        if entry is not ma.masked:
            total = total + entry**2
    return total


@tried.at(V)
def made_empty(x):
    a, b = ma.zeros((3,), dtype=x.dtype), ma.masked_all(3, x.dtype)
    a[0], a[1], a[2] = x[1], ma.masked, positive(x)[1:].mean()
    b[0] = x[0] ** 2
    return np.concatenate([a.filled(0.0), b.filled(2.0)])


@tried.at(V)
def solved(x):
    m = ma.array(x**2, mask=False)
    A = np.diag(np.exp(x)) + 1.0
    return np.linalg.solve(A, m - x[0]) * np.linalg.norm(m) + np.linalg.det(ma.array(A))
