"""Sample calls of the functions whose rule is a linear map: ``function -> [(args, keywords), ...]``.

The laws in `test_table.py` are checked on every one of them, so the shapes are awkward: not square,
0-d, empty, broadcast, with negative axes. A function that joins the table fails a test until it
has a sample here.
"""

import numpy as np
import samples_of_numpy
import scipy.linalg

import dualad.rules.further  # noqa: F401 - puts its rules into the table
from dualad import linalg as functions
from dualad.rules import _determinants, _norms
from dualad.standins.matrices._stand_ins import WITH_RULE
from dualad.standins.matrices.scipy_linalg import stand_ins
from dualad.standins.signals.filters import _recursion

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


def spectra():
    """Calls of fft, rfft, irfft, ...: even and odd lengths, cut off and filled up, every norm."""
    return [
        call(draw(6)),
        call(draw(5)),
        call(draw(2, 5)),
        call(draw(2, 3), axis=0),
        call(draw(5), 3),
        call(draw(4), 7, norm="ortho"),
        call(draw(2, 3, 2), n=4, axis=-2, norm="forward"),
        call(draw(3), norm="backward"),
        call(np.empty((0, 3))),
    ]


def plane_spectra():
    return [
        call(draw(2, 3)),
        call(draw(3, 4), norm="ortho"),
        call(draw(2, 3), (4, 2), axes=(-1, 0)),
        call(draw(2, 3, 4), s=(3, 3), axes=(0, 2), norm="forward"),
        call(draw(2, 3, 4), axes=(-1, 0)),
    ]


def space_spectra():
    return [
        *plane_spectra(),
        call(draw(4)),
        call(draw(2, 3, 4)),
        call(draw(2, 3, 2), axes=(1,)),
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
    np.maximum.accumulate: [*running()[2:-2], call(draw(5), axis=0), call(draw(1))],
    np.minimum.accumulate: [call(draw(5)), call(draw(2, 3), axis=1), call(np.empty((0, 3)))],
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
        call(np.array([[31.3, -12.4, 27.7]]), -1),
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
    # parts of complex numbers, and spectra
    np.real: [call(draw(2, 3)), call(draw())],
    np.imag: [call(draw(2, 3)), call(draw())],
    np.angle: [call(draw(2, 3)), call(draw(3), deg=True), call(draw())],
    np.real_if_close: [call(draw(2, 3)), call(draw(3), tol=10)],
    np.unwrap: [
        call(np.array([0.3, 1.2, 8.0, 9.1])),
        call(np.array([[0.3, 5.9], [7.1, 1.2], [0.4, 6.0]]), axis=0),
        call(np.array([0.3, 1.2, 1.9, 2.2]), discont=0.4, period=1.0),
    ],
    **{function: spectra() for function in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.ihfft)},
    **{function: spectra() for function in (np.fft.irfft, np.fft.hfft)},
    **{function: plane_spectra() for function in (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2)},
    **{function: space_spectra() for function in (np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn)},
    np.fft.fftshift: [
        call(draw(5)),
        call(draw(2, 3)),
        call(draw(2, 3), axes=-1),
        call(draw(2, 3, 4), (0, 2)),
    ],
    np.fft.ifftshift: [call(draw(5)), call(draw(2, 3)), call(draw(2, 3), axes=(0,))],
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


# ------------------------------------------------------------------------------- linear algebra


def regular(*shape):
    """Square matrices that are far from singular."""
    return draw(*shape) + 4 * np.eye(shape[-1])


def apart(*shape):
    """Matrices with well separated real eigenvalues, and so singular values; not symmetric."""
    return draw(*shape) / 3 + np.diag(3.0 * np.arange(1, shape[-1] + 1))


def definite(*shape):
    """Symmetric positive definite matrices, and other numbers where they are not looked at."""
    a = draw(*shape)
    return a @ np.swapaxes(a, -1, -2) + 2 * np.eye(shape[-1])


def turning(n):
    """A real matrix with complex eigenvalues, well apart."""
    a = np.diag(np.arange(1.0, n + 1)) + draw(n, n) / 10
    i = np.arange(0, n, 2)
    a[i, i + 1], a[i + 1, i] = 3.0, -3.0
    return a


def norms():
    """Every norm of vectors, and of matrices, along all kinds of axes."""
    for ord in (None, 0, 1, 2, 3, 2.5, -1, -2, np.inf, -np.inf):
        yield call(draw(5), ord)
        yield call(draw(2, 3, 4), ord=ord, axis=1, keepdims=True)
    for ord in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        yield call(draw(3, 4), ord)
        yield call(draw(2, 3, 4), ord=ord, axis=(2, 0))
        yield call(draw(2, 3, 4), ord=ord, axis=(-2, -1), keepdims=True)
    yield from [call(draw(2, 3, 4)), call(draw(2, 3), axis=-1), call(draw(1)), call(draw()), call(draw(2, 3))]
    yield from [
        call(np.empty(0)),
        call(np.empty((0, 3)), axis=0),
    ]


SAMPLES |= {
    np.linalg.solve: [
        call(regular(3, 3), draw(3)),
        call(regular(3, 3), draw(3, 2)),
        call(regular(2, 3, 3), draw(3)),
        call(regular(2, 3, 3), draw(3, 4)),
        call(regular(3, 3), draw(2, 3, 4)),
        call(regular(5, 1, 3, 3), draw(2, 3, 1)),
        call(regular(1, 1), draw(1)),
        call(np.empty((0, 0)), np.empty((0, 2))),
    ],
    np.linalg.inv: [call(regular(3, 3)), call(regular(2, 3, 3)), call(regular(1, 1)), call(np.empty((0, 0)))],
    np.linalg.tensorsolve: [
        call(regular(6, 6).reshape(2, 3, 6), draw(2, 3)),
        call(regular(6, 6).reshape(2, 3, 3, 2), draw(2, 3)),
        call(regular(6, 6).reshape(2, 3, 6).transpose(0, 2, 1), draw(2, 3), axes=(1,)),
    ],
    np.linalg.tensorinv: [call(regular(6, 6).reshape(2, 3, 6)), call(regular(6, 6).reshape(6, 3, 2), ind=1)],
    np.linalg.det: [
        call(draw(3, 3)),
        call(draw(2, 3, 3)),
        call(draw(1, 1)),
        call(np.empty((0, 0))),
        call(np.array([[1.0, 2.0], [2.0, 4.0]])),
    ],
    np.linalg.slogdet: [call(draw(3, 3)), call(draw(2, 4, 4)), call(draw(1, 1))],
    np.linalg.pinv: [
        call(draw(4, 3)),
        call(draw(2, 4)),
        call(draw(2, 2, 3)),
        call(regular(3, 3)),
        call(definite(3, 3), hermitian=True),
        call(draw(3, 2), rcond=1e-10),
        call(draw(3, 2), rtol=1e-10),
    ],
    np.linalg.lstsq: [
        call(draw(5, 2), draw(5)),
        call(draw(5, 2), draw(5, 3)),
        call(draw(2, 4), draw(2)),
        call(draw(2, 4), draw(2, 3)),
        call(regular(3, 3), draw(3), rcond=1e-10),
    ],
    np.linalg.matrix_power: [call(regular(3, 3) / 4, n) for n in (0, 1, 2, 3, 7, -1, -2)]
    + [call(regular(2, 2, 2), 3)],
    np.linalg.multi_dot: [
        call([draw(2, 3), draw(3, 4)]),
        call([draw(2, 3), draw(3, 4), draw(4, 2)]),
        call([draw(3), draw(3, 4), draw(4, 2)]),
        call([draw(2, 3), draw(3, 4), draw(4)]),
        call([draw(3), draw(3, 4), draw(4)]),
        call([draw(2, 3), draw(3, 4), draw(4, 2), draw(2, 5)]),
    ],
    np.linalg.cholesky: [
        call(definite(3, 3)),
        call(definite(2, 3, 3)),
        call(definite(3, 3), upper=True),
        call(definite(1, 1)),
        call(np.empty((0, 0))),
    ],
    np.linalg.qr: [
        call(draw(4, 2)),
        call(draw(3, 3)),
        call(draw(2, 4)),
        call(draw(2, 4, 3)),
        call(draw(2, 4, 3), mode="r"),
        call(draw(2, 4), "r"),
        call(draw(2, 4), "complete"),
        call(draw(4, 3), "complete"),
        call(draw(2, 3, 2), "complete"),
        call(draw(1, 1)),
    ],
    np.linalg.eigh: [
        call(apart(3, 3)),
        call(apart(3, 3), UPLO="U"),
        call(apart(2, 3, 3), "L"),
        call(draw(1, 1)),
        call(np.empty((0, 0))),
    ],
    np.linalg.eigvalsh: [
        call(apart(3, 3)),
        call(apart(3, 3), UPLO="U"),
        call(apart(2, 3, 3), "L"),
        call(draw(1, 1)),
        call(np.empty((0, 0))),
    ],
    np.linalg.eig: [call(turning(4)), call(apart(3, 3)), call(apart(2, 3, 3)), call(draw(1, 1))],
    np.linalg.eigvals: [call(turning(4)), call(apart(3, 3)), call(apart(2, 3, 3)), call(draw(1, 1))],
    np.linalg.svd: [
        call(apart(3, 3)),
        call(draw(4, 3)),
        call(draw(3, 4)),
        call(draw(5, 2), full_matrices=False),
        call(draw(2, 5), full_matrices=False),
        call(draw(2, 4, 2), full_matrices=False),
        call(draw(2, 3, 2)),
        call(draw(4, 2), compute_uv=False),
        call(draw(2, 3, 4), compute_uv=False),
        call(apart(3, 3), hermitian=True),
        call(apart(3, 3), hermitian=True, compute_uv=False),
        call(draw(1, 1)),
    ],
    np.linalg.svdvals: [call(draw(4, 2)), call(draw(2, 3, 4)), call(draw(1, 1))],
    np.linalg.norm: list(norms()),
    np.linalg.vector_norm: [
        call(draw(5)),
        call(draw(2, 3)),
        call(draw(2, 3, 4), axis=(0, 2)),
        call(draw(2, 3), axis=1, keepdims=True),
        call(draw(2, 3), ord=3),
        call(draw(2, 3), ord=np.inf),
        call(draw(2, 3), keepdims=True),
    ],
    np.linalg.matrix_norm: [
        call(draw(3, 4)),
        call(draw(2, 3, 4), ord="nuc"),
        call(draw(2, 3, 4), ord=2, keepdims=True),
        call(draw(3, 4), ord=1),
    ],
    _norms.polar_factor: [call(draw(3, 3)), call(draw(4, 2)), call(draw(2, 2, 3)), call(np.eye(3))],
    _norms.both_sides: [
        call(np.array([[2.0, 0.3], [-0.1, 1.0]]), np.array([[1.0, 2.0], [-0.5, 0.7]])),
        call(np.eye(2), np.arange(12.0).reshape(3, 2, 2)),
    ],
    np.linalg.cond: [
        call(regular(3, 3)),
        call(draw(4, 3)),
        call(regular(2, 3, 3)),
        *(call(regular(3, 3), p) for p in (1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc")),
    ],
    _determinants.cofactors: [
        call(regular(3, 3)),
        call(draw(2, 2, 2)),
        call(np.ones((3, 3))),
        call(draw(1, 1)),
        call(draw(4, 4) @ np.diag([1.0, 2.0, 3.0, 0.0])),
    ],
    np.linalg.cross: [
        call(draw(3), draw(3)),
        call(draw(2, 3), draw(3)),
        call(draw(3), draw(4, 3)),
        call(draw(3, 2), draw(3, 2), axis=0),
        call(draw(4, 3, 2), draw(1, 3, 2), axis=-2),
    ],
    np.linalg.outer: [call(draw(2), draw(3)), call(np.empty(0), draw(3))],
    np.linalg.matmul: [call(draw(2, 3), draw(3, 4)), call(draw(5, 2, 3), draw(3))],
    np.linalg.tensordot: [
        call(draw(2, 3), draw(2, 3)),
        call(draw(2, 3), draw(3, 4), axes=1),
        call(draw(2, 3, 4), draw(4, 5, 2), axes=([0, 2], [2, 0])),
    ],
    np.linalg.vecdot: [
        call(draw(3), draw(3)),
        call(draw(5, 1, 3), draw(2, 3)),
        call(draw(3, 2), draw(3, 1), axis=0),
    ],
    np.trace: [
        call(draw(2, 3)),
        call(draw(3, 2)),
        call(draw(2, 3, 4)),
        call(draw(2, 3), 1),
        call(draw(2, 3), offset=-1),
        call(draw(2, 3), offset=5),
        call(draw(2, 3, 4), 1, 2, 0),
        call(draw(2, 3, 4), axis1=-1, axis2=1),
    ],
    np.linalg.trace: [call(draw(2, 3)), call(draw(2, 3, 4)), call(draw(2, 3, 4), offset=1)],
    np.linalg.diagonal: [call(draw(2, 3)), call(draw(2, 3, 4)), call(draw(2, 3, 4), offset=-1)],
    np.matrix_transpose: [call(draw(2, 3)), call(draw(2, 3, 4)), call(np.empty((0, 3)))],
    np.linalg.matrix_transpose: [call(draw(2, 3)), call(draw(2, 3, 4))],
    functions.expm: [call(draw(3, 3)), call(draw(2, 2, 2)), call(8 * draw(2, 2)), call(np.zeros((2, 2)))],
    functions.logm: [call(regular(3, 3)), call(regular(2, 2, 2)), call(np.eye(2))],
    functions.sqrtm: [call(regular(3, 3)), call(regular(2, 2, 2)), call(np.eye(2))],
    functions.fractional_matrix_power: [call(regular(3, 3), 0.3), call(regular(2, 2), -1.5)],
    functions.signm: [call(apart(3, 3) - 4 * np.eye(3))],
    functions._newton_sign: [call(apart(3, 3) - 4 * np.eye(3))],
    functions.funm: [
        call(apart(3, 3), np.sin),
        call(definite(3, 3), np.exp),
        call(apart(2, 2, 2), lambda z: z**3 + 1 / z),
    ],
}
for function in ("cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm"):
    SAMPLES[getattr(functions, function)] = [call(draw(3, 3) / 3), call(draw(2, 2, 2) / 3)]


# ------------------------------------------------------------------------------- scipy.linalg

stand_ins()

#: What SciPy 1.15 brought.
TRIANGULAR = ["lower triangular"] if "lower triangular" in scipy.linalg.solve.__doc__ else []

OF_SCIPY = {
    "solve": [
        call(regular(3, 3), draw(3)),
        call(regular(3, 3), draw(3, 2), transposed=True),
        call(definite(3, 3), draw(3, 2), lower=True, assume_a="pos"),
        *(call(np.tril(regular(3, 3)), draw(3, 2), assume_a=form) for form in TRIANGULAR),
    ],
    "solve_triangular": [
        call(regular(3, 3), draw(3)),
        call(regular(3, 3), draw(3, 2), 1),
        call(regular(3, 3), draw(3, 2), trans=0, lower=True, unit_diagonal=True),
    ],
    "solve_banded": [call(draw(4, 5) + np.array([[0], [0], [5], [0]]), draw(5), l_and_u=(1, 2))],
    "solveh_banded": [
        call(draw(3, 4) + np.array([[0], [0], [8]]), draw(4)),
        call(draw(2, 4) + np.array([[8], [0]]), draw(4, 2), lower=True),
    ],
    "solve_sylvester": [call(regular(3, 3), regular(2, 2), draw(3, 2))],
    "solve_continuous_lyapunov": [call(regular(3, 3), draw(3, 3))],
    "inv": [call(regular(3, 3))],
    "det": [call(draw(3, 3)), call(np.ones((2, 2)))],
    "pinv": [call(draw(4, 3)), call(draw(2, 3), return_rank=True)],
    "lstsq": [call(draw(5, 2), draw(5)), call(draw(2, 4), draw(2, 3)), call(draw(3, 2), draw(3, 2))],
    "norm": [call(draw(2, 3)), call(draw(2, 3), 3, axis=1, keepdims=True)],
    "cholesky": [call(definite(3, 3)), call(definite(3, 3), lower=True)],
    "qr": [
        call(draw(4, 3)),
        call(draw(5, 2), mode="economic"),
        call(draw(4, 2), mode="r"),
        call(draw(2, 4), pivoting=True),
    ],
    "eigh": [
        call(apart(3, 3), eigvals_only=True),
        call(apart(3, 3), definite(3, 3), eigvals_only=True),
        call(apart(2, 2)),
        call(apart(2, 2), definite(2, 2), lower=False),
    ],
    "eigvalsh": [call(apart(3, 3)), call(apart(3, 3), definite(3, 3), lower=False)],
    "svd": [
        call(draw(4, 3)),
        call(draw(2, 5), full_matrices=False),
        call(draw(3, 2), compute_uv=False),
    ],
    "eig": [call(turning(4)), call(apart(2, 2)), call(turning(2), right=False)],
    "eigvals": [call(turning(4)), call(apart(3, 3))],
    "svdvals": [call(draw(3, 2))],
    "lu_factor": [call(draw(3, 3))],
    "lu": [call(draw(3, 3)), call(draw(3, 3), permute_l=True)],
    "polar": [call(draw(4, 2)), call(draw(2, 3), side="left")],
    "toeplitz": [call(draw(3)), call(draw(3), draw(4))],
    "hankel": [call(draw(3)), call(draw(3), draw(4))],
    "circulant": [call(draw(3))],
}
SAMPLES |= {WITH_RULE[name]: calls for name, calls in OF_SCIPY.items()}
for _function, _calls in samples_of_numpy.samples(draw, call).items():
    SAMPLES[_function] = [*SAMPLES.get(_function, []), *_calls]

# A filter that feeds back, as scipy.signal.lfilter: later draws stay what they were.
SAMPLES[_recursion] = [
    call(np.array([1.0, -2.0, 0.5, 3.0]), [1.0, -0.5, 0.2]),
    call(np.linspace(-1.0, 1.0, 10).reshape(2, 5), [1.0, 0.3]),
]
SAMPLES |= {
    WITH_RULE[name]: calls
    for name, calls in {
        "schur": [call(turning(4)), call(apart(3, 3))],
        "qz": [call(regular(3, 3), definite(3, 3)), call(turning(2), regular(2, 2))],
        "ldl": [call(apart(3, 3)), call(apart(4, 4), lower=False)],
    }.items()
}
SAMPLES[np.einsum] += [
    call("i,ji->", draw(3), draw(2, 1)),
    call("ij,ij,j->i", draw(2, 1), draw(1, 3), draw(3)),
]
