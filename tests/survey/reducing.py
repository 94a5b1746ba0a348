"""Functions that reduce an array: sums, products, extrema, statistics."""

import numpy as np

from . import Group

tried = Group(__name__, "np functions: reducing")

V = np.array([0.3, -0.8, 1.7, 2.4, 0.9])
A = np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1]])
WITH_NAN = np.array([0.3, np.nan, 1.7, 2.4, 0.9])
WEIGHTS = np.array([0.1, 0.4, 0.2, 0.2, 0.1])

tried.at(
    V,
    sum=lambda x: np.sum(x**2),
    prod=lambda x: np.prod(x),
    mean=lambda x: np.mean(x**2),
    std=lambda x: np.std(x),
    std_ddof=lambda x: np.std(x, ddof=1),
    std_about_a_mean=lambda x: np.std(x, ddof=1, mean=x[:1] * 2, where=x > -0.5),
    var=lambda x: np.var(x),
    var_about_a_mean=lambda x: np.var(np.outer(x, x), axis=1, mean=x[:, None], keepdims=True),
    var_ddof=lambda x: np.var(x, ddof=1),
    max=lambda x: np.max(x) ** 2,
    min=lambda x: np.min(x) ** 2,
    amax=lambda x: np.amax(x) * np.amin(x),
    ptp=lambda x: np.ptp(x) ** 2,
    median=lambda x: np.median(x) ** 2,
    median_of_even=lambda x: np.median(x[:4]) ** 2,
    median_in_place=lambda x: np.median(np.abs(x - 0.2), overwrite_input=True) ** 2,
    median_in_place_by_position=lambda x: np.median(x**2, None, None, True),
    nanmedian_in_place=lambda x: np.nanmedian(np.abs(x - 0.2), overwrite_input=True) ** 2,
    percentile_in_place=lambda x: np.percentile(np.abs(x - 0.2), 30, overwrite_input=True) ** 2,
    percentile=lambda x: np.percentile(x, 30) ** 2,
    quantile=lambda x: np.quantile(x, [0.1, 0.5, 0.9]) ** 2,
    quantile_nearest=lambda x: np.quantile(x, 0.3, method="nearest") ** 2,
    average=lambda x: np.average(x**2),
    average_weights=lambda x: np.average(x**2, weights=WEIGHTS),
    average_by_argument=lambda x: np.average(WEIGHTS, weights=np.exp(x)),
    cumsum=lambda x: np.cumsum(x**2),
    cumprod=lambda x: np.cumprod(x),
    cumulative_sum=lambda x: np.cumulative_sum(x**2) if hasattr(np, "cumulative_sum") else np.cumsum(x**2),
    cumulative_prod=lambda x: np.cumulative_prod(x) if hasattr(np, "cumulative_prod") else np.cumprod(x),
    diff=lambda x: np.diff(x**2),
    diff_twice=lambda x: np.diff(x**2, n=2),
    diff_prepend=lambda x: np.diff(x**2, prepend=0.0),
    ediff1d=lambda x: np.ediff1d(x**2),
    gradient=lambda x: np.gradient(x**2),
    gradient_spacing=lambda x: np.gradient(x**2, 0.5, edge_order=2),
    trapezoid=lambda x: np.trapezoid(x**2, dx=0.5),
    trapezoid_points=lambda x: np.trapezoid(x**2, [0.0, 0.5, 0.6, 1.0, 2.0]),
    trapezoid_moving=lambda x: np.trapezoid(np.sin(x), np.cumsum(np.exp(x))),
    trapezoid_by_names=lambda x: np.trapezoid(x=[0.0, 0.5, 0.6, 1.0, 2.0], y=x**2),
    count_of_true=lambda x: np.sum(x > 0) * np.sum(x),
    mean_of_where=lambda x: np.mean(x, where=x > 0) ** 2,
    sum_of_list=lambda x: np.sum([x[0], x[1] ** 2, 3.0]),
    mean_of_list=lambda x: np.mean([x[0], x[1] ** 2, 3.0]),
    max_of_list=lambda x: np.max([x[0], x[1] ** 2, 1.1]),
    sum_initial=lambda x: np.sum(x**2, initial=3.0),
    max_initial=lambda x: np.max(x**2, initial=1.0),
    histogram_density=lambda x: x**2 * np.histogram(x, bins=3, range=(-2, 3), density=True)[0].sum(),
    corrcoef=lambda x: np.corrcoef(x, WEIGHTS)[0, 1],
    cov=lambda x: np.cov(x, WEIGHTS),
    cov_by_name=lambda x: np.cov(m=x, y=WEIGHTS),
    nancumsum=lambda x: np.nancumsum(x**2),
    nancumprod=lambda x: np.nancumprod(x),
)
tried.at(
    A,
    sum_axis=lambda x: np.sum(x**2, axis=0),
    sum_axes=lambda x: np.sum(x**2, axis=(0, 1)),
    sum_keepdims=lambda x: x / np.sum(x, axis=1, keepdims=True),
    mean_axis=lambda x: np.mean(x**2, axis=-1),
    max_axis=lambda x: np.max(x**2, axis=1),
    min_keepdims=lambda x: x - np.min(x, axis=0, keepdims=True),
    prod_axis=lambda x: np.prod(x, axis=0),
    var_axis=lambda x: np.var(x, axis=1),
    std_keepdims=lambda x: x / np.std(x, axis=1, keepdims=True),
    median_axis=lambda x: np.median(x, axis=1) ** 2,
    quantile_axis=lambda x: np.quantile(x, 0.25, axis=0) ** 2,
    cumsum_axis=lambda x: np.cumsum(x**2, axis=1),
    cumprod_flat=lambda x: np.cumprod(x),
    diff_axis=lambda x: np.diff(x**2, axis=0),
    gradient_axes=lambda x: np.stack(np.gradient(x**2)),
    trapezoid_axis=lambda x: np.trapezoid(x**2, axis=0),
    average_axis=lambda x: np.average(x**2, axis=1, weights=[0.2, 0.5, 0.3]),
    cov_rows=lambda x: np.cov(x),
    cov_of_one_column=lambda x: np.cov(x[0, 0], rowvar=False, ddof=0) + x[0, 1],
    cov_columns=lambda x: np.cov(x, rowvar=False, bias=True),
    softmax=lambda x: np.exp(x) / np.exp(x).sum(axis=1)[:, None],
    logsumexp=lambda x: np.log(np.sum(np.exp(x - np.max(x)))) + np.max(x),
    standardised=lambda x: (x.T - np.mean(x, axis=1)) / np.std(x, axis=1),
)
tried.at(
    V,
    nansum=lambda x: np.nansum(np.where(x > 2, np.nan, x) ** 2),
    nanmean=lambda x: np.nanmean(np.where(x > 2, np.nan, x) ** 2),
    nanmax=lambda x: np.nanmax(np.where(x > 2, np.nan, x)) ** 2,
    nanmin=lambda x: np.nanmin(np.where(x > 2, np.nan, x)) ** 2,
    nanstd=lambda x: np.nanstd(np.where(x > 2, np.nan, x)),
    nanvar=lambda x: np.nanvar(np.where(x > 2, np.nan, x)),
    nanprod=lambda x: np.nanprod(np.where(x > 2, np.nan, x)),
    nanmedian=lambda x: np.nanmedian(np.where(x > 2, np.nan, x)) ** 2,
    nanquantile=lambda x: np.nanquantile(np.where(x > 2, np.nan, x), 0.4) ** 2,
    nanpercentile=lambda x: np.nanpercentile(np.where(x > 2, np.nan, x), 40) ** 2,
)


tried.at(
    np.array([0.2, 0.47, 0.93]),
    quantile_by_q=lambda q: np.quantile([3.0, 1.0, 4.5, 2.2, 9.0], q),
    percentiles_by_q=lambda q: np.percentile(
        np.outer(q, [3.0, 1.0, 4.5, 2.2]), 100 * q, axis=1, method="hazen"
    ),
    nanquantile_by_q=lambda q: np.nanquantile([3.0, np.nan, 4.5, 2.2, 9.0], q[1:], method="weibull"),
    jumping_quantile_by_q=lambda q: q * np.quantile([3.0, 1.0, 4.5, 2.2], q, method="nearest"),
)
