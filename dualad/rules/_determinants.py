"""Rules of the determinant and its logarithm, at singular matrices too."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..linear import LinearMap, Scale, Take, is_complex
from ..linear.complexes import ImaginaryPart, RealPart, ToComplex
from ..shapes import shape_of
from ..table import linear_map, own_function
from ._matrices import dtype_of, eye_like, plain, summed, swapped
from .elementwise import where
from .reductions import products_of_others


def det(y: Any, a: Any) -> LinearMap:
    """The sum of all entries of ``t``, each times its cofactor."""
    if shape_of(a)[-1] > 3 and _well_conditioned(plain(a)):
        weights = np.expand_dims(y, (-2, -1)) * swapped(np.linalg.inv(a))
    else:
        weights = cofactors(a)
    return summed(weights, shape_of(a), (-2, -1), shape_of(y))


def slogdet(y: Any, a: Any) -> Any:
    """The inverse holds the cofactors over the determinant; their limit, infinite, where that is 0."""
    singular = np.equal(plain(y[0]), 0)[..., None, None]
    weights = swapped(np.linalg.inv(where(singular, eye_like(a), a) if singular.any() else a))
    if singular.any():
        c = cofactors(a)
        with np.errstate(all="ignore"):
            limit = where(np.equal(plain(c), 0), 0.0, c / 0.0)
        weights = where(singular, limit, weights)
    of_log = summed(weights, shape_of(a), (-2, -1), shape_of(y[1]))
    if not is_complex(a):
        return None, of_log
    turned = of_log >> ImaginaryPart(of_log.out_shape) >> ToComplex(of_log.out_shape)
    return turned >> Scale(1j * y[0], of_log.out_shape), of_log >> RealPart(of_log.out_shape)


def _well_conditioned(a: Any) -> bool:
    """Whether the inverse of a (plain) matrix has nearly all its digits."""
    try:
        inverse = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return False
    log = np.linalg.slogdet(a)[1]
    room = np.log(np.finfo(np.abs(log).dtype).max) - 10
    with np.errstate(all="ignore"):
        cond = np.linalg.norm(a, 1, (-2, -1)) * np.linalg.norm(inverse, 1, (-2, -1))
    return bool(np.all((cond < 1e4) & (np.abs(log) < room)))


def _few(a: Any) -> Any:
    """The cofactors of matrices of up to three rows, by their definition."""
    n = shape_of(a)[-1]
    if n < 2:
        return np.ones_like(a)
    if n == 2:
        return np.flip(a, (-2, -1)) * np.array([[1.0, -1.0], [-1.0, 1.0]], dtype_of(a))
    one, two = np.array([1, 2, 0]), np.array([2, 0, 1])  # the other rows and columns, in a circle
    down, right = a[..., one[:, None], one], a[..., two[:, None], two]
    return down * right - a[..., one[:, None], two] * a[..., two[:, None], one]


@own_function
def cofactors(a: Any) -> Any:
    """The determinant's derivative by each entry.

    In the basis of the singular vectors the matrix is diagonal, and its cofactors are the products of
    the other singular values: nothing is divided by zero.
    """
    if shape_of(a)[-1] <= 3:
        return _few(a)
    u, s, vh = np.linalg.svd(a)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    sign, u, vh = sign / np.abs(sign), np.conjugate(u), np.conjugate(vh)
    with np.errstate(all="ignore"):  # the cofactors may overflow
        return sign[..., None, None] * ((u * products_of_others(s)[..., None, :]) @ vh)


def _of_cofactors(y: Any, a: Any) -> LinearMap:
    """Cofactors are determinants of what is left without a row and a column, with a chessboard's signs."""
    shape, n = shape_of(a), shape_of(a)[-1]
    others = np.array([[j for j in range(n) if j != i] for i in range(n)], int).reshape(n, max(n - 1, 0))
    places = (..., others[:, None, :, None], others[None, :, None, :])
    minors = a[places]
    signs = 1.0 - 2.0 * (np.indices((n, n)).sum(axis=0) % 2)
    of_minors = det(np.linalg.det(minors), minors)
    return Take(places, shape, shape_of(minors)) >> of_minors >> Scale(signs.astype(dtype_of(a)), shape)


linear_map(cofactors, _of_cofactors)
linear_map(np.linalg.det, det)
linear_map(np.linalg.slogdet, slogdet)
