"""The Jacobian as an operator: products with it and its transpose, and no entries."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..boundary import ALREADY, checked_function, own
from ..dual import checked_number
from ..errors import UnsupportedError
from ..gradients import linearize
from ..linear import is_complex
from ..lists import taking_lists
from ..shapes import Shape, shape_of, size_of
from ._arrays import check_outermost, scipy_sparse


def jacobian_operator(f: Callable[..., Any], x: Any, *, lift: bool = True) -> Any:
    """The Jacobian at a point as a ``scipy.sparse.linalg.LinearOperator``, for Krylov solvers.

    Parameters
    ----------
    f : callable
        A function of one array (or number) that returns an array or a number.
    x : float or array_like
        Where.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `lift`. Default: True.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Shape ``(np.size(f(x)), np.size(x))``. ``J @ v`` is the JVP, ``J.T @ w`` the VJP, and with matrices
        all their columns go at once, as lanes. The function is run once, now, and never again.

    Raises
    ------
    UnsupportedError
        The argument or the output is complex.

    Examples
    --------
    >>> J = jacobian_operator(lambda x: x[1:] * x[:-1], np.arange(1.0, 5.0))
    >>> J @ np.array([1.0, 0.0, 0.0, 0.0])
    array([2., 0., 0.])
    >>> J.T @ np.array([1.0, 0.0, 0.0])
    array([2., 1., 0., 0.])
    """
    sparse = scipy_sparse("jacobian_operator")
    f = checked_function(f, "jacobian_operator", lift)
    f, x = taking_lists(f, (x,)), own(checked_number(x, "the argument of jacobian_operator"))
    y, linear = linearize(f, x, lift=ALREADY)
    check_outermost("jacobian_operator was called inside", x, y)
    if is_complex(x) or is_complex(y):
        raise UnsupportedError(
            "jacobian_operator is for real functions of real arrays, and this one takes or returns complex "
            "numbers; take jacobian(f)(x)"
        )
    of_x, of_y = shape_of(x), shape_of(y)
    dtype = np.result_type(y, x)
    return sparse.linalg.LinearOperator(
        (size_of(of_y), size_of(of_x)),
        matvec=functools.partial(_applied, _of_vector, linear.apply, of_x, dtype),
        rmatvec=functools.partial(_applied, _of_vector, linear.transpose, of_y, dtype),
        matmat=functools.partial(_applied, _of_matrix, linear.apply_lanes, of_x, dtype),
        rmatmat=functools.partial(_applied, _of_matrix, linear.transpose_lanes, of_y, dtype),
        dtype=dtype,
    )


def _applied(form: Any, product: Any, shape: Shape, dtype: Any, v: Any) -> Any:
    """Real products for complex vectors, too."""
    v = np.asarray(v)
    if v.dtype.kind == "c":
        return form(product, shape, dtype, v.real) + 1j * form(product, shape, dtype, v.imag)
    return form(product, shape, dtype, v)


def _of_vector(product: Any, shape: Shape, dtype: Any, v: Any) -> Any:
    return np.ravel(product(v.astype(dtype).reshape(shape)[()]))


def _of_matrix(product: Any, shape: Shape, dtype: Any, v: Any) -> Any:
    out = product(np.ascontiguousarray(v.T, dtype).reshape(-1, *shape))
    return out.reshape(v.shape[1], size_of(shape_of(out)[1:])).T
