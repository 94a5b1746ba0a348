"""Sample calls of NumPy's larger functions, with every keyword that has a meaning: see `samples.py`.

Arrays of floats among the arguments are what is differentiated; whole numbers, truth values and
Python numbers are options.
"""

import inspect

import numpy as np

METHODS = [
    *("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf"),
    *("hazen", "weibull", "linear", "median_unbiased", "normal_unbiased"),
    *("lower", "higher", "midpoint", "nearest"),
]

_random = np.random.default_rng(21)


def apart(*shape):
    """Numbers with some distance between them, in any order: differences do not meet a tie."""
    n = int(np.prod(shape))
    x = np.cumsum(1 + 0.4 * np.sin(np.arange(1.0, n + 1)))
    return _random.permutation(x - x.mean()).reshape(shape)


def some_nan(*shape):
    x = apart(*shape)
    x.reshape(-1)[1::3] = np.nan
    return x


def samples(draw, call):
    """``function -> calls``, made with `samples.draw` and `samples.call`."""

    def positive(*shape):
        return np.abs(draw(*shape))

    mask = np.array([[True, False, True], [False, True, True]])

    def nan_reductions(first=0):
        return [
            call(some_nan(5)),
            call(some_nan(2, 3)),
            call(some_nan(2, 4), axis=0),
            call(some_nan(3, 4), axis=(-2,), keepdims=True),
            call(some_nan(2, 3, 4), axis=(0, 2)),
            call(draw(2, 3), axis=1, where=mask),
        ][first:]

    def quantiles(q, several):
        return [
            call(apart(5), q),
            call(apart(4), several),
            call(apart(2, 5), q, axis=1),
            call(apart(4, 3), several, axis=0, keepdims=True),
            call(apart(2, 3, 4), several, axis=(0, -1)),
            call(apart(2, 3), np.asarray([[q, q], [q, q]]).tolist(), axis=None),
            *(call(apart(3, 7), q, axis=1, method=method) for method in METHODS),
            call(apart(6), several, method="inverted_cdf", weights=[1, 2, 1, 3, 1, 2]),
        ]

    # np.nanquantile fails on weights along an axis.
    weighted = {"method": "inverted_cdf", "weights": [1, 2, 1], "keepdims": True}

    medians = [
        call(apart(5)),
        call(apart(4)),
        call(apart(2, 3)),
        call(apart(2, 3), axis=0),
        call(apart(3, 2), axis=-1, keepdims=True),
        call(apart(2, 3, 4), axis=(0, 1)),
        call(apart(2, 3), overwrite_input=False),
    ]
    knots = np.array([-2.0, -0.7, 0.4, 1.9])
    found = {
        # with options of the reductions
        np.sum: [
            call(draw(2, 3), where=mask),
            call(draw(2, 3), axis=1, where=mask, keepdims=True),
            call(draw(2, 3), 0, None, None, True),
            call(draw(4), initial=3.0),
        ],
        np.mean: [call(draw(2, 3), axis=0, where=mask)],
        np.var: [
            call(draw(2, 3), axis=1, where=mask, keepdims=True),
            call(draw(4), mean=0.3),
            call(draw(2, 3), axis=0, correction=1),
        ],
        np.std: [
            call(draw(2, 3), axis=1, where=mask),
            call(draw(2, 3), axis=-1, correction=1),
            call(draw(4), mean=0.3),
        ],
        np.prod: [
            call(draw(2, 3), where=mask),
            call(draw(2, 3), axis=1, initial=2.0, where=mask),
            call(draw(2, 3, 4), axis=(0, 2), keepdims=True),
        ],
        np.max: [
            call(draw(2, 3), axis=1, where=mask, initial=-9.0),
            call(draw(4), initial=9.0),
            call(np.array([1.0, 3.0, 2.0]), initial=0.5),
        ],
        np.amax: [call(draw(2, 3), axis=1, where=mask, initial=-9.0)],
        np.amin: [call(draw(2, 3), axis=1, where=mask, initial=9.0)],
        np.zeros_like: [call(draw(3), shape=(2, 2))],
        np.ones_like: [call(draw(3), shape=(2, 2))],
        np.empty_like: [call(draw(3), shape=(2, 2))],
        np.min: [call(draw(2, 3), axis=0, where=mask, initial=9.0)],
        np.cumsum: [call(draw(2, 3), 1, None)],
        np.around: [call(np.array([0.31, -1.24]), 0)],
        np.sort: [call(draw(2, 3), axis=-1, order=None)],
        np.partition: [call(apart(5), 2), call(apart(2, 4), (1, 2), axis=1), call(apart(2, 3), 3, axis=None)],
        np.trace: [
            call(draw(3, 4), offset=1),
            call(draw(2, 3, 4), -1, 2, 0),
        ],
        np.take: [
            call(draw(2, 3), [4, -1], axis=1, mode="wrap"),
            call(draw(2, 3), [4, -1], axis=0, mode="clip"),
            call(draw(3), 7, mode="clip"),
        ],
        np.diagonal: [call(draw(3, 4, 2), 1, -1, 0)],
        np.reshape: [call(draw(2, 3), (3, 2), order="A")],
        np.ravel: [call(draw(2, 3), order="K")],
        np.concatenate: [call([draw(3), draw(2)], dtype=float, casting="same_kind")],
        np.stack: [call([draw(3), draw(3)], axis=-1, dtype=float)],
        np.einsum: [
            call("ij,j->i", draw(2, 3), draw(3), dtype=float, casting="same_kind"),
            call("ij,j", draw(2, 3), draw(3), order="C"),
        ],
        # moves
        np.delete: [
            call(draw(5), 2),
            call(draw(2, 3), [0, -1], axis=1),
            call(draw(2, 3), slice(0, 2), None),
            call(draw(3, 2), [True, False, True], axis=0),
        ],
        np.resize: [call(draw(2, 3), (4, 2)), call(draw(3), 2), call(draw(), (2, 2))],
        np.tril: [call(draw(3, 4)), call(draw(3, 3), -1), call(draw(2, 3, 4), k=1), call(draw(3))],
        np.triu: [call(draw(3, 4)), call(draw(4, 3), -1), call(draw(2, 3, 4), k=1), call(draw(3))],
        np.unwrap: [
            call(np.array([0.3, 3.0, 6.5, 13.0, -2.0])),
            call(3 * draw(2, 4), axis=0, period=2.0),
            call(4 * draw(3), discont=4.0),
        ],
        np.rollaxis: [call(draw(2, 3, 4), 2), call(draw(2, 3, 4), 0, -1), call(draw(2, 3, 4), -1, 1)],
        np.matrix_transpose: [call(draw(2, 3)), call(draw(4, 2, 3))],
        np.rot90: [
            *(call(draw(2, 3), k) for k in (-1, 0, 1, 2, 3)),
            call(draw(2, 3, 4), axes=(2, 0)),
        ],
        np.array_split: [
            call(draw(7), 3),
            call(draw(2, 5), [1, 3], axis=1),
            call(draw(5), [3, 1]),
            call(draw(3, 2), 4, axis=-2),
        ],
        np.split: [call(draw(6), 3), call(draw(2, 4), 2, axis=-1), call(draw(5, 2), np.array([2]))],
        np.hsplit: [call(draw(2, 4), 2), call(draw(4), [1])],
        np.vsplit: [call(draw(4, 2), 2)],
        np.dsplit: [call(draw(2, 3, 4), [1, 3])],
        np.broadcast_arrays: [call(draw(3), draw(2, 1)), call(draw(), draw(2, 3)), call(draw(2))],
        np.meshgrid: [
            call(draw(2), draw(3)),
            call(draw(2), draw(3), draw(4), indexing="ij"),
            call(draw(2), draw(3), sparse=True, copy=False),
            call(draw(3)),
            call(draw(), draw(2)),
        ],
        np.atleast_1d: [call(draw()), call(draw(3)), call(draw(2, 3)), call(draw(), draw(2))],
        np.atleast_2d: [call(draw()), call(draw(3)), call(draw(2, 3)), call(draw(), draw(2))],
        np.atleast_3d: [call(draw()), call(draw(3)), call(draw(2, 3)), call(draw(2, 3, 4))],
        np.append: [
            call(draw(3), draw(2)),
            call(draw(2, 3), draw(3)),
            call(draw(2, 3), draw(1, 3), axis=0),
            call(draw(), 2.0),
        ],
        np.insert: [
            call(draw(4), 1, draw()),
            call(draw(4), [0, 4], draw(2)),
            call(draw(2, 3), 1, draw(2), axis=1),
            call(draw(2, 3), [1, 1], draw(2, 3), axis=0),
            call(draw(2, 3), 2, draw()),
            call(draw(4), slice(1, 3), draw()),
        ],
        np.block: [
            call([draw(2), draw(3)]),
            call([[draw(2, 3), draw(2, 1)], [draw(1, 4)]]),
            call([draw(), draw(2)]),
            call([[draw(3)], [draw(3)]]),
        ],
        np.pad: [
            call(apart(3), 2),
            call(apart(2, 3), ((1, 0), (2, 1)), "constant", constant_values=((1, 2), (3, 4))),
            call(apart(3), (2, 3), "edge"),
            call(apart(2, 3), 1, mode="linear_ramp", end_values=(2.0, -1.0)),
            *(
                call(apart(3, 4), ((1, 2), (0, 1)), mode)
                for mode in ("maximum", "minimum", "mean", "median", "edge", "reflect", "symmetric", "wrap")
            ),
            *(call(apart(4), (2, 1), mode, stat_length=3) for mode in ("maximum", "mean", "median")),
            call(apart(3), (5, 4), "reflect"),
            call(apart(3), (5, 4), "reflect", reflect_type="odd"),
            call(apart(2, 3), (1, 4), "symmetric", reflect_type="odd"),
            call(apart(2, 3), 7, "wrap"),
        ],
        np.trim_zeros: [
            call(draw(4)),
            call(draw(3), trim="b"),
        ],
        np.diagflat: [call(draw(3)), call(draw(2, 2), -1)],
        np.compress: [
            call([True, False, True], draw(2, 3), axis=1),
            call([False, True], draw(2, 3)),
            call(np.array([0, 1]), draw(2, 3), axis=-2),
        ],
        np.extract: [call(mask, draw(2, 3)), call([0, 1, 1], draw(3))],
        np.choose: [
            call(np.array([0, 2, 1]), [draw(3), draw(3), draw(3)]),
            call(np.array([[0], [1]]), [draw(2, 3), draw(3)]),
            call(np.array([4, -1]), [draw(2), draw(2)], mode="wrap"),
            call(np.array([4, -1]), [draw(2), draw()], mode="clip"),
        ],
        np.select: [
            call([mask, ~mask], [draw(2, 3), draw(3)]),
            call([mask[0], mask[1]], [draw(3), draw(3)], default=0.5),
        ],
        # orders and sets
        np.unique: [
            call(apart(4)),
            call(apart(2, 3)),
            call(apart(3), return_index=True, return_inverse=True, return_counts=True),
            call(apart(3, 2), axis=0),
            call(apart(2, 3), axis=1),
            call(np.empty(0)),
        ],
        np.unique_values: [call(draw(3))],
        np.unique_counts: [call(draw(3))],
        np.unique_inverse: [call(draw(3))],
        np.unique_all: [call(draw(3))],
        np.union1d: [call(draw(3), draw(2))],
        np.intersect1d: [call(draw(3), draw(3))],
        np.setxor1d: [call(draw(3), draw(2))],
        np.setdiff1d: [call(draw(3), draw(2), assume_unique=True)],
        # what passes over NaN
        np.nansum: [*nan_reductions(), call(some_nan(4), initial=2.0)],
        np.nanprod: [*nan_reductions(), call(some_nan(4), initial=2.0)],
        np.nanmean: nan_reductions(),
        np.nanvar: [
            *nan_reductions(),
            call(some_nan(5), ddof=1),
            call(draw(2, 5), axis=1, correction=1),
            call(some_nan(5), mean=0.2),
        ],
        np.nanstd: [*nan_reductions(1), call(some_nan(5), ddof=1), call(some_nan(5), mean=0.1, correction=1)],
        np.nanmax: [*nan_reductions()[:-1], call(draw(2, 3), axis=1, where=mask, initial=-9.0)],
        np.nanmin: [*nan_reductions()[:-1], call(draw(2, 3), axis=1, where=mask, initial=9.0)],
        np.nancumsum: [call(some_nan(5)), call(some_nan(2, 4), axis=1)],
        np.nancumprod: [call(some_nan(5)), call(some_nan(2, 4), axis=0)],
        np.nan_to_num: [call(draw(4)), call(draw(2, 3), nan=2.0, posinf=3.0, neginf=4.0)],
        # statistics
        np.average: [
            call(draw(4)),
            call(draw(4), weights=positive(4)),
            call(draw(2, 3), axis=1, weights=positive(3), returned=True),
            call(draw(2, 3), axis=(0,), weights=positive(2, 3), keepdims=True),
            call(draw(2, 3), returned=True),
        ],
        np.cov: [
            call(draw(5)),
            call(draw(2, 5)),
            call(draw(4), draw(4)),
            call(draw(5, 2), rowvar=False),
            call(draw(2, 5), bias=True),
            call(draw(2, 5), ddof=0, aweights=positive(5)),
            call(draw(2, 5), aweights=positive(5)),
            call(draw(2, 5), fweights=[1, 2, 1, 3, 1]),
            call(draw(2, 5), fweights=[1, 2, 1, 3, 1], aweights=positive(5)),
            call(draw(5, 2), draw(5, 1), False),
        ],
        np.corrcoef: [call(draw(2, 5)), call(draw(4), draw(4)), call(draw(5, 3), rowvar=False)],
        np.median: medians,
        np.nanmedian: [*medians, call(some_nan(7)), call(some_nan(3, 5), axis=1)],
        np.quantile: [*quantiles(0.3, [0.0, 0.37, 1.0]), call(apart(2, 3), 0.3, axis=1, **weighted)],
        np.percentile: [*quantiles(31.0, [0.0, 37.0, 100.0]), call(apart(2, 3), 31.0, axis=1, **weighted)],
        np.nanquantile: [
            *quantiles(0.3, [0.0, 0.37, 1.0]),
            call(some_nan(3, 5), 0.3, axis=1),
            call(some_nan(3, 5), [0.3, 0.9], axis=0, keepdims=True),
        ],
        np.nanpercentile: [*quantiles(31.0, [0.0, 37.0, 100.0]), call(some_nan(7), [30.0, 77.0])],
        np.bincount: [
            call(np.array([0, 2, 2, 1]), draw(4)),
            call(np.array([0, 2]), weights=draw(2), minlength=5),
        ],
        np.histogram_bin_edges: [
            call(draw(5)),
            call(draw(6), bins=3),
            call(draw(4), "sturges"),
            call(draw(4), 3, (-1.0, 2.0), draw(4)),
        ],
        np.histogram: [
            call(apart(6), weights=apart(6)),
            call(apart(6), bins=[-2, 0, 1, 2], weights=apart(6)),
            call(apart(6), bins=4, density=True),
            call(apart(6), bins=3, range=(-1.5, 1.5), weights=positive(6), density=True),
        ],
        np.histogramdd: [
            call(apart(6, 2), bins=3, weights=apart(6)),
            call(apart(6, 2), bins=(2, 3), density=True, weights=positive(6)),
            call([apart(5), apart(5)], bins=2),
            call(apart(6, 2), 2, [(-2, 2), (-1, 2)], weights=apart(6)),
        ],
        np.histogram2d: [
            call(apart(6), apart(6), bins=3, weights=apart(6)),
            call(apart(6), apart(6), bins=[2, 3], density=True),
            call(apart(6), apart(6), 2, [(-2, 2), (-1, 2)], weights=apart(6)),
        ],
        # neighbours
        np.diff: [
            call(draw(5)),
            call(draw(2, 4), n=2),
            call(draw(4, 2), axis=0),
            call(draw(3), prepend=draw(), append=draw(2)),
            call(draw(2, 3), 1, 1, draw(2, 1)),
            call(draw(3), 0),
        ],
        np.ediff1d: [call(draw(4)), call(draw(2, 3), draw(), draw(2))],
        np.sort_complex: [call(np.cos(np.arange(4.0))), call(np.sin(np.arange(1.0, 7.0)).reshape(2, 3))],
        np.trapezoid: [
            call(draw(5)),
            call(draw(5), draw(5)),
            call(draw(2, 5), dx=draw()),
            call(draw(5, 2), draw(5), axis=0),
            call(draw(2, 5), draw(2, 5), axis=-1),
        ],
        np.gradient: [
            call(draw(5)),
            call(draw(5), draw()),
            call(draw(5), np.cumsum(positive(5))),
            call(draw(3, 4)),
            call(draw(3, 4), draw(), np.cumsum(positive(4)), edge_order=2),
            call(draw(3, 4), axis=1),
            call(draw(5), edge_order=2),
            call(draw(3, 4), 2.0, axis=(0, 1)),
        ],
        np.interp: [
            call(np.array([-1.3, 0.0, 1.1]), knots, draw(4)),
            call(np.float64(0.3), knots, draw(4)),
            call(np.array([[-3.0, 0.1, 2.5]]), knots, draw(4)),
            call(np.array([-3.0, 0.1, 2.5]), knots, draw(4), left=0.5, right=-1.0),
            call(np.array([-3.0, 0.1, 2.5]), knots, draw(4), period=5),
        ],
        np.convolve: [
            call(draw(4), draw(3)),
            call(draw(3), draw(5)),
            *(call(draw(5), draw(m), mode=mode) for m in (2, 3) for mode in ("full", "same", "valid")),
            *(call(draw(m), draw(5), mode) for m in (2, 3) for mode in ("same", "valid")),
            call(draw(1), draw(1)),
        ],
        np.correlate: [
            call(draw(4), draw(3)),
            *(
                call(draw(n), draw(m), mode)
                for n in (4, 5)
                for m in (2, 3)
                for mode in ("full", "same", "valid")
            ),
            *(
                call(draw(n), draw(m), mode)
                for n in (2, 3)
                for m in (4, 5)
                for mode in ("full", "same", "valid")
            ),
        ],
        # products
        np.kron: [
            call(draw(2), draw(3)),
            call(draw(2, 3), draw(2)),
            call(draw(2), draw(2, 1, 3)),
            call(draw(), draw(2)),
        ],
        np.cross: [
            call(draw(3), draw(3)),
            call(draw(2, 3), draw(3)),
            call(draw(3, 2), draw(3, 2), axis=0),
            call(draw(3, 2), draw(2, 3), axisa=0, axisb=1, axisc=0),
        ],
        # polynomials
        np.polyval: [call(draw(4), draw()), call(draw(3), draw(2, 3)), call(draw(1), draw(2))],
        np.polyadd: [call(draw(3), draw(2)), call(draw(2), draw(2))],
        np.polysub: [call(draw(3), draw(2)), call(draw(1), draw(2))],
        np.polymul: [call(draw(3), draw(2)), call(draw(1), draw(2))],
        np.polyder: [call(draw(4)), call(draw(4), 2), call(draw(3), m=0)],
        np.polyint: [call(draw(3)), call(draw(3), 2), call(draw(3), m=2, k=[1.5, 0.5]), call(draw(2), k=2.0)],
        np.polydiv: [call(draw(5), draw(3)), call(draw(2), draw(3))],
        np.poly: [call(draw(4)), call(draw(3, 3)), call(draw(1))],
        np.roots: [call(np.array([1.3, -0.4, -2.2])), call(np.array([1.0, -6.0, 11.0, -6.0])), call(draw(2))],
        np.polyfit: [
            call(draw(5), draw(5), 2),
            call(draw(5), draw(5, 2), 1, w=positive(5)),
            call(draw(6), draw(6), 2, cov=True),
            call(draw(6), draw(6), 1, None, False, positive(6), "unscaled"),
            call([0, 1, 2, 3], draw(4), 1, full=True),
        ],
        np.vander: [call(draw(4)), call(draw(3), 2), call(draw(3), N=4, increasing=True)],
        # made
        np.linspace: [
            call(draw(), draw(), 5),
            call(draw(3), draw(3), num=4, axis=-1),
            call(draw(2), draw(), 4, endpoint=False),
            call(draw(), draw(2, 1), num=1),
            call(draw(), draw(), 5, retstep=True),
        ],
        np.logspace: [
            call(draw(), draw(), 4),
            call(draw(2), draw(2), 3, endpoint=False, base=2.0, axis=1),
            call(draw(), draw(), 4, base=positive()),
        ],
        np.geomspace: [
            call(positive(), positive(), 4),
            call(-positive(), -positive(), 3, endpoint=False),
            call(positive(2), positive(2), num=3, axis=-1),
        ],
        np.full_like: [
            call(draw(2, 3), 2.0),
            call(draw(2, 3), [1, 2, 3]),
            call(draw(2, 3), 2.0, shape=(2, 2)),
            call(draw(2, 3, 4), -1.5, order="F", subok=False),
        ],
        np.piecewise: [
            call(draw(5), [np.array([1, 0, 1, 0, 0], bool)], [np.sin, np.exp]),
            call(draw(2, 3), [mask], [lambda x, k, j=0: k * x**2 + j, 2.0], 3, j=5),
            call(draw(), [True, False], [lambda x: x**2, 1.0, 2.0][:2]),
        ],
        np.apply_along_axis: [
            call(lambda x: np.sum(x**2), 0, draw(3, 2)),
            call(lambda x, k: np.cumsum(x) * k, 1, draw(2, 3), k=3),
            call(lambda x: np.outer(x, x), -1, draw(2, 3)),
        ],
        np.apply_over_axes: [call(np.sum, draw(2, 3, 4), [0, 2]), call(np.mean, draw(2, 3), 1)],
    }
    if "axis" in inspect.signature(np.trim_zeros).parameters:  # NumPy 2.2
        found[np.trim_zeros] += [call(draw(2, 3), axis=1), call(draw(2, 3), "f", (0, 1))]
    if hasattr(np, "unstack"):
        found[np.unstack] = [call(draw(2, 3)), call(draw(2, 3), axis=-1)]
    if hasattr(np, "cumulative_sum"):
        for function in (np.cumulative_sum, np.cumulative_prod):
            found[function] = [
                call(draw(4)),
                call(draw(2, 3), axis=0),
                call(draw(2, 3), axis=-1, include_initial=True),
                call(draw(4), include_initial=True),
            ]
    if hasattr(np, "astype"):
        found[np.astype] = [call(draw(3), np.float64), call(draw(3), float, copy=False)]
    windows = np.lib.stride_tricks.sliding_window_view
    found[windows] = [call(draw(5), 3), call(draw(3, 4), (2, 2)), call(draw(3, 4), 2, axis=1)]
    for function in (np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10):
        found[function] = [call(positive(3)), call(positive())]
    for function in (np.emath.arccos, np.emath.arcsin, np.emath.arctanh):
        found[function] = [call(draw(3) / 3)]
    found[np.emath.logn] = [call(2, positive(3)), call(1 + positive(), positive(2))]
    found[np.emath.power] = [call(positive(3), 3), call(positive(3), draw(3))]
    found[np.ix_] = [call(draw(3), draw(2)), call(draw(2), np.array([True, False])), call(draw(2))]
    return found
