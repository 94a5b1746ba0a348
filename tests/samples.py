"""Sample calls of the functions whose rule is a linear map: ``function -> [(args, keywords), ...]``.

The laws in `test_table.py` are checked on every one of them, so the shapes are awkward: not square,
0-d, empty, broadcast, with negative axes. A function that joins the table fails a test until it
has a sample here.
"""

import numpy as np
import samples_of_numpy

_random = np.random.default_rng(20)


def draw(*shape):
    """Distinct numbers of both signs, none of them near zero."""
    x = _random.uniform(0.3, 2.0, shape) * _random.choice([-1.0, 1.0], shape)
    return x[()]


def call(*args, **keywords):
    return args, keywords


def reductions():
    """Calls of sum, mean, max, ...: every way to say which axes."""
    return [
        call(draw(5)),
        call(draw(2, 3)),
        call(draw(2, 3), axis=0),
        call(draw(2, 3), axis=-1),
        call(draw(2, 3), 1),
        call(draw(2, 3, 4), axis=(0, -1)),
        call(draw(2, 3, 4), axis=(-2,)),
        call(draw(2, 3), keepdims=True),
        call(draw(2, 3, 4), axis=1, keepdims=True),
        call(draw(1, 3), axis=0),
        call(draw()),
        call(np.float64(1.7)),
    ]


def sums():
    """Reductions that have a value for no entries, too."""
    return [*reductions(), call(np.empty(0)), call(np.empty((0, 3)), axis=0), call(np.empty((2, 0)), axis=-1)]


def extrema():
    return [*reductions(), call(np.empty((0, 3)), axis=1)]


def running():
    return [
        call(draw(5)),
        call(draw(2, 3)),
        call(draw(2, 3), axis=0),
        call(draw(2, 3), axis=-1),
        call(draw(2, 3, 4), axis=-2),
        call(np.empty(0)),
        call(np.empty((0, 3)), axis=1),
        call(draw()),
        call(draw(1)),
    ]


def alike():
    return [call(draw(2, 3)), call(draw()), call(np.empty((0, 3))), call(draw(3).astype(np.float32))]


SAMPLES = {
    # sums, products and extrema
    np.sum: sums(),
    np.mean: reductions(),
    np.var: [*reductions(), call(draw(2, 3), axis=1, ddof=1)],
    np.std: [*reductions()[:-2], call(draw(2, 3), axis=1, ddof=1)],
    np.prod: [
        *sums(),
        call(np.array([0.0, 2.0, 3.0])),
        call(np.array([[0.0, 0.0, 3.0], [1.0, 0.0, 2.0]]), axis=1),
    ],
    np.max: extrema(),
    np.min: extrema(),
    np.amax: extrema(),
    np.amin: extrema(),
    np.ptp: [*reductions()[:-2]],
    np.cumsum: running(),
    np.cumprod: [*running(), call(np.array([2.0, 0.0, 3.0, 0.0]))],
    np.linalg.norm: [
        call(draw(5)),
        call(draw(2, 3)),
        call(draw(2, 3), axis=-1),
        call(draw(2, 3), axis=0, keepdims=True),
        call(draw(2, 3, 4), axis=(0, 2)),
        call(draw(1)),
    ],
    np.sort: [
        call(draw(5)),
        call(draw(2, 3)),
        call(draw(2, 3), axis=0),
        call(draw(2, 3), axis=None),
        call(draw(2, 3, 4), axis=-2),
        call(np.empty(0)),
        call(draw(3), kind="stable"),
    ],
    np.round: [
        call(np.array([0.3, -1.2, 2.7])),
        call(np.array([[0.31, -1.24, 2.77]]), 1),
        call(np.float64(12.3), decimals=-1),
        call(np.empty((0, 3))),
    ],
    # shapes
    np.reshape: [
        call(draw(2, 3), (3, 2)),
        call(draw(2, 3), -1),
        call(draw(2, 3), (3, -1), order="F"),
        call(draw(), (1, 1)),
        call(draw(1, 1), ()),
        call(np.empty((0, 3)), (3, 0)),
    ],
    np.ravel: [call(draw(2, 3)), call(draw(2, 3), order="F"), call(draw()), call(np.empty((0, 3)))],
    np.squeeze: [
        call(draw(1, 3, 1)),
        call(draw(1, 3, 1), axis=-1),
        call(draw(1, 3, 1), axis=(0,)),
        call(draw(1, 1)),
    ],
    np.expand_dims: [call(draw(2, 3), 1), call(draw(2, 3), -1), call(draw(2, 3), (0, -1)), call(draw(), 0)],
    np.transpose: [
        call(draw(2, 3)),
        call(draw(2, 3, 4), (1, 2, 0)),
        call(draw(2, 3, 4), axes=(-1, 0, 1)),
        call(draw(3)),
        call(draw()),
        call(np.empty((0, 3))),
    ],
    np.swapaxes: [call(draw(2, 3, 4), 0, -1), call(draw(2, 3, 4), 1, 0), call(draw(2, 3), -1, -1)],
    np.moveaxis: [
        call(draw(2, 3, 4), 0, -1),
        call(draw(2, 3, 4), -1, 0),
        call(draw(2, 3, 4), [0, 1], [-1, -2]),
        call(draw(2, 3, 4, 5), (2, 0), (0, 3)),
    ],
    np.flip: [
        call(draw(5)),
        call(draw(2, 3)),
        call(draw(2, 3), axis=0),
        call(draw(2, 3, 4), (0, -1)),
        call(draw()),
    ],
    np.flipud: [call(draw(2, 3)), call(draw(3))],
    np.fliplr: [call(draw(2, 3)), call(draw(2, 3, 4))],
    np.broadcast_to: [
        call(draw(3), (2, 3)),
        call(draw(2, 1), (4, 2, 3)),
        call(draw(), (2, 3)),
        call(draw(1), (0,)),
        call(draw(2, 3), (2, 3)),
    ],
    np.roll: [
        call(draw(5), 2),
        call(draw(2, 3), -1),
        call(draw(2, 3), 1, axis=-1),
        call(draw(2, 3), (1, 2), axis=(0, 1)),
    ],
    np.repeat: [
        call(draw(3), 2),
        call(draw(2, 3), 2),
        call(draw(2, 3), 2, axis=0),
        call(draw(2, 3), [0, 1, 3], axis=-1),
        call(draw(), 3),
    ],
    np.tile: [call(draw(3), 2), call(draw(2, 3), (2, 1)), call(draw(3), (2, 1, 2)), call(draw(), 3)],
    np.atleast_1d: [call(draw()), call(draw(3)), call(draw(2, 3))],
    np.atleast_2d: [call(draw()), call(draw(3)), call(draw(2, 3))],
    np.atleast_3d: [call(draw()), call(draw(3)), call(draw(2, 3)), call(draw(2, 3, 4))],
    # several arrays into one
    np.concatenate: [
        call([draw(2), draw(3)]),
        call([draw(2, 3), draw(4, 3)]),
        call([draw(2, 3), draw(2, 1)], axis=-1),
        call([draw(2, 3), draw(2)], axis=None),
        call([draw(2, 3), np.empty((0, 3)), draw(1, 3)], axis=0),
    ],
    np.stack: [
        call([draw(), draw()]),
        call([draw(3), draw(3)]),
        call([draw(2, 3), draw(2, 3)], axis=-1),
        call([draw(2, 3), draw(2, 3), draw(2, 3)], axis=1),
    ],
    np.hstack: [call([draw(2), draw(3)]), call([draw(2, 3), draw(2, 1)]), call([draw(), draw(2)])],
    np.vstack: [call([draw(3), draw(3)]), call([draw(2, 3), draw(3)]), call([draw(), draw()])],
    np.dstack: [call([draw(2, 3), draw(2, 3)]), call([draw(3), draw(3)])],
    np.column_stack: [call([draw(3), draw(3)]), call([draw(3, 2), draw(3)])],
    # picking entries
    np.take: [
        call(draw(5), [0, 3, 3]),
        call(draw(2, 3), 4),
        call(draw(2, 3), [2, -1], axis=1),
        call(draw(2, 3, 4), [[0, 1], [1, 1]], axis=-2),
        call(draw(2, 3), 1, axis=0),
        call(draw(3), np.empty(0, int)),
    ],
    np.take_along_axis: [
        call(draw(2, 3), np.array([[2, 0], [1, 1]]), axis=1),
        call(draw(2, 3), np.array([[1, 0, 1]]), axis=0),
        call(draw(2, 3), np.array([5, 0, 5]), axis=None),
    ],
    np.diag: [
        call(draw(3)),
        call(draw(3), 1),
        call(draw(2), -2),
        call(draw(2, 3)),
        call(draw(2, 3), 1),
        call(draw(3, 2), -1),
    ],
    np.diagonal: [call(draw(2, 3)), call(draw(2, 3), 1), call(draw(2, 3, 4), offset=-1, axis1=0, axis2=2)],
    np.zeros_like: alike(),
    np.ones_like: alike(),
    np.empty_like: alike(),
    # products
    np.matmul: [
        call(draw(3), draw(3)),
        call(draw(2, 3), draw(3)),
        call(draw(2), draw(2, 3)),
        call(draw(2, 3), draw(3, 4)),
        call(draw(5, 2, 3), draw(3, 4)),
        call(draw(2, 3), draw(5, 3, 4)),
        call(draw(5, 2, 3), draw(5, 3, 4)),
        call(draw(5, 1, 2, 3), draw(6, 3, 4)),
        call(draw(5, 2, 3), draw(3)),
        call(draw(3), draw(5, 3, 4)),
        call(np.empty((2, 0)), np.empty((0, 3))),
        call(np.empty((0, 2)), draw(2, 3)),
    ],
    np.dot: [
        call(draw(3), draw(3)),
        call(draw(2, 3), draw(3)),
        call(draw(2), draw(2, 3)),
        call(draw(2, 3), draw(3, 4)),
        call(draw(), draw(2, 3)),
        call(draw(2, 3), draw()),
        call(draw(), draw()),
        call(draw(5, 2, 3), draw(3)),
        call(draw(5, 2, 3), draw(6, 3, 4)),
        call(draw(3), draw(6, 3, 4)),
        call(np.empty(0), np.empty(0)),
    ],
    np.inner: [
        call(draw(3), draw(3)),
        call(draw(2, 3), draw(3)),
        call(draw(2, 3), draw(4, 3)),
        call(draw(5, 2, 3), draw(4, 3)),
        call(draw(), draw(2, 3)),
        call(draw(3), draw()),
    ],
    np.vdot: [
        call(draw(3), draw(3)),
        call(draw(2, 3), draw(2, 3)),
        call(draw(2, 3), draw(6)),
        call(draw(), draw()),
    ],
    np.outer: [
        call(draw(2), draw(3)),
        call(draw(2, 2), draw(3)),
        call(draw(), draw(3)),
        call(np.empty(0), draw(3)),
    ],
    np.tensordot: [
        call(draw(2, 3), draw(2, 3)),
        call(draw(2, 3), draw(3, 4), axes=1),
        call(draw(2), draw(3), axes=0),
        call(draw(2, 3, 4), draw(4, 5, 2), axes=([0, 2], [2, 0])),
        call(draw(2, 3, 4), draw(3, 5), axes=(1, 0)),
        call(draw(2, 3), draw(3, 2), axes=([-1], [-2])),
    ],
    np.einsum: [
        call("ij,jk->ik", draw(2, 3), draw(3, 4)),
        call("ij,j", draw(2, 3), draw(3)),
        call("i,j->ji", draw(2), draw(3)),
        call("ij->", draw(2, 3)),
        call("ij->j", draw(2, 3)),
        call("ii", draw(3, 3)),
        call("ii->i", draw(3, 3)),
        call("iji,j->i", draw(3, 2, 3), draw(2)),
        call("...ij,...jk->...ik", draw(5, 2, 3), draw(3, 4)),
        call("...ij,...j->...i", draw(5, 2, 3), draw(5, 3)),
        call("i...,i->...", draw(3, 2), draw(3)),
        call("ij,jk,kl->il", draw(2, 3), draw(3, 4), draw(4, 2), optimize=True),
        call(",i->i", draw(), draw(3)),
        call("ab,ab,c->c", draw(2, 3), draw(2, 3), draw(4)),
    ],
    np.trace: [call(draw(2, 3)), call(draw(3, 2)), call(draw(2, 3, 4))],
}

#: Functions that write into their argument, and one that NumPy 2.5 warns of: in test_numpy_functions.py.
TESTED_ELSEWHERE = (
    np.put,
    np.place,
    np.putmask,
    np.copyto,
    np.put_along_axis,
    np.fill_diagonal,
    np.fix,
)

if hasattr(np, "vecdot"):
    SAMPLES[np.vecdot] = [
        call(draw(3), draw(3)),
        call(draw(2, 3), draw(3)),
        call(draw(5, 1, 3), draw(2, 3)),
        call(np.empty(0), np.empty(0)),
    ]
if hasattr(np, "matvec"):
    SAMPLES[np.matvec] = [
        call(draw(2, 3), draw(3)),
        call(draw(5, 2, 3), draw(3)),
        call(draw(2, 3), draw(5, 3)),
        call(draw(5, 2, 3), draw(5, 3)),
    ]
    SAMPLES[np.vecmat] = [
        call(draw(2), draw(2, 3)),
        call(draw(5, 2), draw(2, 3)),
        call(draw(2), draw(5, 2, 3)),
        call(draw(5, 2), draw(5, 2, 3)),
    ]

for _function, _calls in samples_of_numpy.samples(draw, call).items():
    SAMPLES[_function] = [*SAMPLES.get(_function, []), *_calls]
