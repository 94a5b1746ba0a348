"""Functions of matrices: expm, logm, sqrtm, ..., with derivatives in every mode.

The values are those of scipy.linalg, which is imported at the first call. np.linalg needs nothing
of this: its functions meet ``Dual``s by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .dual import make
from .errors import NoRuleError, UnsupportedError
from .linear import LinearMap, Scale
from .linear.contractions import MatLeft, MatRight
from .linear.solves import Frechet
from .modes import Forward
from .rules._matrices import inverse, only_real, plain, swapped
from .rules.elementwise import where
from .shapes import shape_of
from .table import linear_map, own_function

__all__ = [
    "coshm",
    "cosm",
    "expm",
    "fractional_matrix_power",
    "funm",
    "logm",
    "signm",
    "sinhm",
    "sinm",
    "sqrtm",
    "tanhm",
    "tanm",
]


def _value(name: str, a: Any, *args: Any) -> Any:
    """What SciPy gives, for stacks too, and real for a real matrix."""
    try:
        import scipy.linalg
    except ImportError as error:
        text = f'dualad.linalg.{name} needs SciPy; type: pip install "dualad[scipy]"'
        raise UnsupportedError(text) from error
    function = getattr(scipy.linalg, name)
    a = np.asarray(a)
    if a.ndim > 2 and name != "expm":
        matrices = a.reshape(-1, *a.shape[-2:])
        return np.array([_value(name, m, *args) for m in matrices]).reshape(a.shape)
    y = function(a, *args)
    if y.dtype.char in "gG" and a.dtype.char not in "gG":  # SciPy 1.13, which cannot go on from there
        y = y.astype(np.complex128 if y.dtype.char == "G" else np.float64)
    if not np.iscomplexobj(y) or np.iscomplexobj(a):
        return y
    if np.max(np.abs(y.imag), initial=0.0) <= 1e3 * np.finfo(y.dtype).eps * np.max(np.abs(y), initial=0.0):
        return y.real.copy()  # complex by rounding errors only
    return y


def _derivative(f: Callable[..., Any], y: Any, a: Any) -> LinearMap:
    return Frechet(f, a + 0j if np.iscomplexobj(plain(y)) and not np.iscomplexobj(plain(a)) else a, y)


def _function_of_matrix(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add a function of a matrix, with further arguments that are plain, to the table."""
    f = own_function(function)
    linear_map(f, lambda y, A: _derivative(f, y, A))
    return f


@_function_of_matrix
def expm(A: Any) -> Any:
    """The exponential of a square matrix, or of each in a stack.

    Parameters
    ----------
    A : array_like or Dual, shape (..., n, n)

    Returns
    -------
    array or Dual
        Of the shape of ``A``; the value is that of ``scipy.linalg.expm``.

    Notes
    -----
    The derivative in a direction ``E`` is the upper right quarter of ``expm([[A, E], [0, A]])``
    (Van Loan, 1978), and its transpose the same at the transposed matrix. This holds for every
    function here, except `funm`.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad
    >>> from dualad.linalg import expm
    >>> rotation = np.array([[0.0, -1.0], [1.0, 0.0]])
    >>> dualad.derivative(lambda t: expm(t * rotation))(0.0)
    array([[ 0., -1.],
           [ 1.,  0.]])
    """
    return _value("expm", A)


@_function_of_matrix
def logm(A: Any) -> Any:
    """The principal logarithm of a square matrix without eigenvalues that are negative or 0.

    Parameters
    ----------
    A : array_like or Dual, shape (..., n, n)

    Returns
    -------
    array or Dual
        Of the shape of ``A``; the value is that of ``scipy.linalg.logm``.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad
    >>> y, t = dualad.jvp(dualad.linalg.logm, np.diag([1.0, 2.0]), np.eye(2))
    >>> t
    array([[1. , 0. ],
           [0. , 0.5]])
    """
    return _value("logm", A)


@_function_of_matrix
def sqrtm(A: Any) -> Any:
    """The principal square root of a square matrix without negative eigenvalues.

    Parameters
    ----------
    A : array_like or Dual, shape (..., n, n)

    Returns
    -------
    array or Dual
        Of the shape of ``A``; the value is that of ``scipy.linalg.sqrtm``.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad
    >>> y, t = dualad.jvp(dualad.linalg.sqrtm, np.diag([1.0, 4.0]), np.eye(2))
    >>> t
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    return _value("sqrtm", A)


def _like_expm(name: str, what: str) -> Callable[..., Any]:
    def function(A: Any) -> Any:
        return _value(name, A)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{what} of a square matrix, or of each in a stack: see `expm`.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad, scipy.linalg
    >>> A = np.diag([0.5, 1.0])
    >>> y, t = dualad.jvp(dualad.linalg.{name}, A, np.eye(2))
    >>> bool(np.allclose(y, scipy.linalg.{name}(A)))
    True
    """
    return _function_of_matrix(function)


cosm = _like_expm("cosm", "The cosine")
sinm = _like_expm("sinm", "The sine")
tanm = _like_expm("tanm", "The tangent")
coshm = _like_expm("coshm", "The hyperbolic cosine")
sinhm = _like_expm("sinhm", "The hyperbolic sine")
tanhm = _like_expm("tanhm", "The hyperbolic tangent")


@own_function
def signm(A: Any) -> Any:
    """The sign function of a square matrix: its eigenvalues replaced by 1 or -1.

    Parameters
    ----------
    A : array_like or Dual, shape (..., n, n)
        With no eigenvalue on the imaginary axis, where the sign changes.

    Returns
    -------
    array or Dual
        Of the shape of ``A``; the value is that of ``scipy.linalg.signm``.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad
    >>> y, t = dualad.jvp(dualad.linalg.signm, np.diag([1.0, -3.0]), np.ones((2, 2)))
    >>> t
    array([[0. , 0.5],
           [0.5, 0. ]])
    """
    return _value("signm", A)


@own_function
def _newton_sign(a: Any) -> Any:
    """By Newton's method for ``X @ X == 1``, which blocks with equal eigenvalues do not disturb."""
    for _ in range(100):
        inverse = np.linalg.inv(a)
        size = np.exp(-np.linalg.slogdet(a)[1] / a.shape[-1])[..., None, None]
        closer = (size * a + inverse / size) / 2
        if np.max(np.abs(closer - a)) <= 10 * np.finfo(a.dtype).eps * np.max(np.abs(a)):
            return closer
        a = closer
    return np.full_like(a, np.nan)


linear_map(_newton_sign, lambda y, A: Frechet(_newton_sign, A, y))
linear_map(signm, lambda y, A: Frechet(_newton_sign, A, y))


@own_function
def fractional_matrix_power(A: Any, t: float) -> Any:
    """The power of a square matrix, with any real exponent.

    Parameters
    ----------
    A : array_like or Dual, shape (..., n, n)
    t : float
        The exponent, which is no variable: for a derivative by it write ``expm(t * logm(A))``.

    Returns
    -------
    array or Dual
        Of the shape of ``A``; the value is that of ``scipy.linalg.fractional_matrix_power``.

    Raises
    ------
    UnsupportedError
        The exponent is a Dual.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad
    >>> from dualad.linalg import fractional_matrix_power
    >>> y, t = dualad.jvp(lambda A: fractional_matrix_power(A, 0.5), np.diag([1.0, 4.0]), np.eye(2))
    >>> bool(np.allclose(t, [[0.5, 0.0], [0.0, 0.25]]))
    True
    """
    return _value("fractional_matrix_power", A, t)


linear_map(
    fractional_matrix_power,
    lambda y, A, t: _derivative(lambda a: fractional_matrix_power(a, t), y, A),
)

# ---------------------------------------------------------------- any function of numbers


@own_function
def funm(A: Any, func: Callable[[Any], Any]) -> Any:
    """A function of numbers, of a square matrix that has real eigenvalues and their eigenvectors.

    Parameters
    ----------
    A : array_like or Dual, shape (..., n, n)
    func : callable
        The function of an array of numbers, entry by entry: ``np.sin``, or one that is written with
        NumPy's functions.

    Returns
    -------
    array or Dual
        Of the shape of ``A``; the value is that of ``scipy.linalg.funm``.

    Raises
    ------
    UnsupportedError
        An eigenvalue is complex, or the matrix has too few eigenvectors.

    Notes
    -----
    In the basis of the eigenvectors the derivative multiplies entry by entry with the divided
    differences ``(f(w[i]) - f(w[j])) / (w[i] - w[j])`` (Daleckii and Krein, 1965). Where eigenvalues are
    equal, derivatives of derivatives are NaN; those of `expm` and the others are not.

    Examples
    --------
    >>> import numpy as np
    >>> import dualad
    >>> y, t = dualad.jvp(lambda A: dualad.linalg.funm(A, np.square), np.diag([1.0, 2.0]), np.ones((2, 2)))
    >>> t
    array([[2., 3.],
           [3., 4.]])
    """
    return _value("funm", A, func)


def _funm(y: Any, A: Any, func: Callable[[Any], Any]) -> LinearMap:
    only_real("funm", A)
    shape = shape_of(A)
    if isinstance(A, np.ndarray) and np.array_equal(A, swapped(A)):  # not a Dual: its tangent may be any
        w, v = np.linalg.eigh(A)
        back = swapped(v)
    else:
        w, v = np.linalg.eig(A)
        if np.iscomplexobj(plain(w)) and not np.any(plain(w).imag):  # complex always, since NumPy 2.5
            w, v = np.real(w), np.real(v)
        if np.iscomplexobj(plain(w)) or np.max(np.linalg.cond(plain(v)), initial=0.0) > 1e8:
            raise NoRuleError(
                "dualad.linalg.funm needs real eigenvalues and a full set of eigenvectors, which this matrix "
                "does not have; write the function with dualad.linalg.expm, logm, sqrtm, cosm or sinm"
            )
        back = inverse(v)
    into = MatLeft(back, shape) >> MatRight(v, shape)
    return into >> Scale(divided_differences(func, w), shape) >> MatLeft(v, shape) >> MatRight(back, shape)


linear_map(funm, _funm)


def _slope(func: Callable[[Any], Any], x: Any) -> Any:
    mode = Forward()
    t = func(make(mode, x, np.ones_like(plain(x))))
    return t.tangent if getattr(t, "mode", None) is mode else np.zeros_like(plain(x))


def divided_differences(func: Callable[[Any], Any], w: Any) -> Any:
    """``(f(w[i]) - f(w[j])) / (w[i] - w[j])``, and the mean of the slope between close ones."""
    one, two = w[..., :, None], w[..., None, :]
    gaps = one - two
    near = np.abs(plain(gaps)) <= 1e-2 * (np.abs(plain(one)) + np.abs(plain(two)))
    values = func(w)
    quotients = (values[..., :, None] - values[..., None, :]) / where(near, 1.0, gaps)
    points, weights = np.polynomial.legendre.leggauss(6)  # on the interval from -1 to 1
    slopes = _slope(func, one[..., None] - gaps[..., None] * ((points + 1) / 2))
    return where(near, np.sum(slopes * (weights / 2), axis=-1), quotients)
