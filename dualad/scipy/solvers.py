"""SciPy's solvers, given what they would otherwise get by finite differences.

Each function has the name, the arguments and the result of SciPy's. It fills in ``jac``, ``hess``,
``hessp`` or ``fprime`` where the method takes it and none was given, and does no more.

>>> import dualad.scipy
>>> from scipy.optimize import rosen
>>> result = dualad.scipy.minimize(rosen, [-1.2, 1.0], method="trust-exact")
>>> result.x.round(6), result.nit
(array([1., 1.]), 25)
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate, optimize

from ..boundary import ALREADY, checked_function, own
from ..curvature import hessian, hvp
from ..errors import InputError
from ..gradients import value_and_grad
from ..jacobians import along, jacobian
from ..sparse.plans import SparsePlan
from ..standins.scipy_arrays import by_name
from ..standins.solutions.quadrature import integral_of
from .calls import (
    as_array,
    as_number,
    call_of,
    check_real,
    jacobian_for,
    values_of,
)

__all__ = [
    "curve_fit",
    "fsolve",
    "least_squares",
    "minimize",
    "quad_vec",
    "root",
    "solve_bvp",
    "solve_ivp",
]

Function = Callable[..., Any]

# ---------------------------------------------------------------- minima

_FIRST = ("cg", "bfgs", "l-bfgs-b", "tnc", "slsqp")
_PRODUCTS = ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
#: What the methods of `scipy.optimize.minimize` take.
_TAKEN = {
    **dict.fromkeys(_FIRST, ("jac",)),
    **dict.fromkeys(_PRODUCTS, ("jac", "hessp")),
    "dogleg": ("jac", "hess"),
    "trust-exact": ("jac", "hess"),
    "custom": ("jac", "hess", "hessp"),
}


def minimize(
    fun: Function, x0: Any, *args: Any, lift: bool = True, **options: Any
) -> optimize.OptimizeResult:
    """`scipy.optimize.minimize` with the gradient, and the Hessian or its products, by dualad.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, returning a number.
    x0 : array_like, shape (n,)
    *args, **options
        As in SciPy. Methods that use no derivatives are given none. What is given by hand (``jac=``,
        ``hess=``, ``hessp=``) is used as it is; ``jac="2-point"`` are SciPy's own differences.
        Constraints get Jacobians, too.
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.

    Returns
    -------
    optimize.OptimizeResult

    Raises
    ------
    InputError
        ``x0`` is complex.
    UnsupportedError
        Called inside another derivative, whose Duals SciPy cannot take.

    Examples
    --------
    >>> result = minimize(lambda x: (x[0] - 1) ** 2 + np.cosh(x[1]), [3.0, 2.0])
    >>> np.round(result.x, 5) + 0.0
    array([1., 0.])
    """
    given, lifted = call_of(optimize.minimize, lift, fun, x0, *args, **options)
    check_real(x0, "minimize")
    method, jac = given.get("method"), given.get("jac")
    taken = _TAKEN.get("custom" if callable(method) else str(method or "bfgs").lower(), ())
    value = as_number((lambda *args: lifted(*args)[0]) if jac is True else lifted)
    if jac is None and taken:
        given["fun"], given["jac"] = values_of(value_and_grad(value, lift=ALREADY), "minimize"), True
    if not isinstance(jac, str) and given.get("hess") is None and given.get("hessp") is None:
        if "hess" in taken:
            given["hess"] = hessian(value, lift=ALREADY)
        if "hessp" in taken:
            given["hessp"] = lambda x, v, *args: hvp(lambda x: value(x, *args), x, v, lift=ALREADY)
    if taken and "constraints" in given:
        given["constraints"] = _constraints(given["constraints"], lift)
    result: optimize.OptimizeResult = optimize.minimize(**given)
    return result


def _constraints(constraints: Any, lift: bool) -> Any:
    """The constraints, with their Jacobians in place of SciPy's default."""
    if isinstance(constraints, list | tuple):
        return [_constraints(one, lift) for one in constraints]
    if isinstance(constraints, dict) and constraints.get("jac") is None and "fun" in constraints:
        return {**constraints, "jac": jacobian_for(checked_function(constraints["fun"], "minimize", lift))}
    if isinstance(constraints, optimize.NonlinearConstraint) and constraints.jac == "2-point":
        constraints = copy.copy(constraints)
        constraints.jac = jacobian_for(checked_function(constraints.fun, "minimize", lift))
    return constraints


# ---------------------------------------------------------------- fits


def least_squares(
    fun: Function, x0: Any, *args: Any, sparse: bool | SparsePlan = False, lift: bool = True, **options: Any
) -> optimize.OptimizeResult:
    """`scipy.optimize.least_squares` with the Jacobian by dualad.

    Parameters
    ----------
    fun : callable
        The residuals ``fun(x, *args, **kwargs)``, shape (m,).
    x0 : array_like, shape (n,)
    *args, **options
        As in SciPy. A ``jac`` given by hand is used as it is.
    sparse : bool or SparsePlan, optional
        Whether to hand over a sparse Jacobian, its pattern detected at ``x0``, taken from
        ``jac_sparsity=`` or from a plan. Default: only if there is a ``jac_sparsity``.
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.

    Returns
    -------
    optimize.OptimizeResult

    Examples
    --------
    >>> result = least_squares(lambda x: np.stack([x[0] - 1.0, 10 * (x[1] - x[0] ** 2)]), [2.0, 2.0])
    >>> np.round(result.x, 6)
    array([1., 1.])
    """
    given, lifted = call_of(optimize.least_squares, lift, fun, x0, *args, **options)
    if given.get("jac") is None:
        given["jac"] = jacobian_for(lifted, sparse, given.get("jac_sparsity"))
    return optimize.least_squares(**given)


def curve_fit(f: Function, xdata: Any, ydata: Any, *args: Any, lift: bool = True, **options: Any) -> Any:
    """`scipy.optimize.curve_fit` with the Jacobian by dualad.

    Parameters
    ----------
    f : callable
        The model ``f(xdata, *parameters)``.
    xdata, ydata, *args, **options
        As in SciPy. A ``jac`` given by hand is used as it is.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `dualad.lift`. Default: True.

    Returns
    -------
    tuple
        What SciPy returns: the parameters and their covariance.

    Examples
    --------
    >>> x = np.linspace(0.0, 4.0, 50)
    >>> parameters, _ = curve_fit(lambda x, a, b: a * np.exp(-b * x), x, 2.5 * np.exp(-1.3 * x), (1.0, 1.0))
    >>> np.round(parameters, 6)
    array([2.5, 1.3])
    """
    given, lifted = call_of(optimize.curve_fit, lift, f, xdata, ydata, *args, **options)
    if given.get("jac") is None:
        by_parameters = jacobian_for(lambda parameters, xdata: lifted(xdata, *parameters))
        given["jac"] = lambda xdata, *parameters: by_parameters(np.array(parameters), xdata)
    return optimize.curve_fit(**given)


# ---------------------------------------------------------------- roots


def root(fun: Function, x0: Any, *args: Any, lift: bool = True, **options: Any) -> optimize.OptimizeResult:
    """`scipy.optimize.root` with the Jacobian by dualad, for the methods that take one (hybr and lm).

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, as many numbers as ``x`` has.
    x0, *args, **options
        As in SciPy. A ``jac`` given by hand is used as it is.
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.

    Returns
    -------
    optimize.OptimizeResult

    Examples
    --------
    >>> np.round(root(lambda x: [x[0] ** 2 + x[1] - 3, x[0] - x[1] + 1], [1.0, 1.0]).x, 6)
    array([1., 2.])
    """
    given, lifted = call_of(optimize.root, lift, fun, x0, *args, **options)
    check_real(x0, "root")
    if given.get("jac") is None and given.get("method", "hybr").lower() in ("hybr", "lm"):
        given["jac"] = _rows_or_columns(lifted, (given.get("options") or {}).get("col_deriv"))
    return optimize.root(**given)


def fsolve(func: Function, x0: Any, *args: Any, lift: bool = True, **options: Any) -> Any:
    """`scipy.optimize.fsolve` with ``fprime`` by dualad.

    Parameters
    ----------
    func : callable
        ``func(x, *args)``, as many numbers as ``x`` has.
    x0, *args, **options
        As in SciPy. An ``fprime`` given by hand is used as it is.
    lift : bool, optional
        Whether to run a lifted copy of ``func``; see `dualad.lift`. Default: True.

    Returns
    -------
    ndarray
        The root; with ``full_output=True`` all that SciPy returns.

    Examples
    --------
    >>> fsolve(lambda x: np.cos(x) - x, 1.0)
    array([0.73908513])
    """
    given, lifted = call_of(optimize.fsolve, lift, func, x0, *args, **options)
    check_real(x0, "fsolve")
    if given.get("fprime") is None:
        given["fprime"] = _rows_or_columns(lifted, given.get("col_deriv"))
    return optimize.fsolve(**given)


def _rows_or_columns(fun: Function, by_columns: Any) -> Function:
    """The Jacobian, transposed for who wants the derivatives of an output in a column."""
    jac: Function = jacobian_for(fun)
    return (lambda x, *args: jac(x, *args).T) if by_columns else jac


# ---------------------------------------------------------------- differential equations


def solve_ivp(
    fun: Function,
    t_span: Any,
    y0: Any,
    *args: Any,
    sparse: bool | SparsePlan = False,
    lift: bool = True,
    **options: Any,
) -> Any:
    """`scipy.integrate.solve_ivp`; the implicit methods Radau, BDF and LSODA get the Jacobian by dualad.

    Parameters
    ----------
    fun : callable
        The right-hand side ``fun(t, y, *args)``, shape (n,).
    t_span, y0, *args, **options
        As in SciPy. A ``jac`` given by hand is used as it is. LSODA with ``lband`` or ``uband`` is given
        none: it wants the bands only.
    sparse : bool or SparsePlan, optional
        Whether to hand over a sparse Jacobian (Radau and BDF), its pattern detected at the start, taken
        from ``jac_sparsity=`` or from a plan. Default: only if there is a ``jac_sparsity``.
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.

    Returns
    -------
    OdeResult
        As in SciPy.

    Raises
    ------
    InputError
        ``sparse`` with a method that takes no sparse Jacobian.

    Examples
    --------
    >>> result = solve_ivp(lambda t, y: [-1000 * y[0] + y[1], -y[1]], (0, 1), [1.0, 1.0], "BDF", rtol=1e-6)
    >>> bool(abs(result.y[1, -1] - np.exp(-1)) < 1e-5)
    True
    """
    given, lifted = call_of(integrate.solve_ivp, lift, fun, t_span, y0, *args, **options)
    method = given.get("method", "RK45")
    solver: Any = getattr(integrate, method, None) if isinstance(method, str) else method
    takes_sparse = inspect.isclass(solver) and issubclass(solver, integrate.Radau | integrate.BDF)
    banded = given.get("lband") is not None or given.get("uband") is not None
    takes_dense = inspect.isclass(solver) and issubclass(solver, integrate.LSODA) and not banded
    if sparse is not False and not takes_sparse:
        raise InputError(
            f'method={method!r} takes no sparse Jacobian; pass method="BDF" or "Radau", or leave sparse= out'
        )
    if given.get("jac") is None and (takes_sparse or takes_dense):
        if given.get("vectorized"):
            lifted = _of_one_state(lifted)
        by_state = jacobian_for(lifted, sparse, given.get("jac_sparsity") if takes_sparse else None, argnum=1)
        given["jac"] = lambda t, y, *args: by_state(t, y, *args)  # LSODA counts the parameters
    return integrate.solve_ivp(**given)


def _of_one_state(of_many: Function) -> Function:
    """The right-hand side for one state, of one for many states as the columns of a matrix."""
    return lambda t, y, *args: np.ravel(as_array(of_many)(t, y[:, None], *args))


def solve_bvp(
    fun: Function, bc: Function, x: Any, y: Any, *args: Any, lift: bool = True, **options: Any
) -> Any:
    """`scipy.integrate.solve_bvp` with ``fun_jac`` and ``bc_jac`` by dualad.

    Parameters
    ----------
    fun : callable
        The right-hand side ``fun(x, y)`` or ``fun(x, y, p)`` for all ``m`` nodes at once, shape (n, m).
    bc : callable
        The residuals of the boundary conditions, ``bc(ya, yb)`` or ``bc(ya, yb, p)``.
    x, y, *args, **options
        As in SciPy. What is given by hand (``fun_jac=``, ``bc_jac=``) is used as it is.
    lift : bool, optional
        Whether to run lifted copies of the functions; see `dualad.lift`. Default: True.

    Returns
    -------
    BVPResult
        As in SciPy.

    Examples
    --------
    >>> def slopes(x, y):  # y'' = -exp(y)
    ...     return np.stack([y[1], -np.exp(y[0])])
    >>> def ends(ya, yb):  # y(0) = y(1) = 0
    ...     return np.stack([ya[0], yb[0]])
    >>> result = solve_bvp(slopes, ends, np.linspace(0.0, 1.0, 5), np.zeros((2, 5)))
    >>> bool(abs(result.sol(0.5)[0] - 0.140539) < 1e-4)
    True
    """
    given, lifted = call_of(integrate.solve_bvp, lift, fun, bc, x, y, *args, **options)
    slopes, ends = as_array(lifted), as_array(checked_function(bc, "solve_bvp", lift))
    given["bc"] = values_of(bc, "solve_bvp")

    def fun_jac(x: Any, y: Any, *p: Any) -> Any:
        n, m = y.shape
        # Node k of the output depends on node k of y alone: n directions make all the blocks.
        seeds = np.broadcast_to(np.eye(n)[:, :, None], (n, n, m))
        _, (t,) = along(slopes, (x, y, *p), {}, 1, own(y), seeds, 0, n)
        by_state = np.moveaxis(t, 0, 1)
        if not p:
            return by_state
        return by_state, np.moveaxis(jacobian(slopes, 2, lift=ALREADY)(x, y, *p), 2, 1)

    def bc_jac(*ends_and_p: Any) -> Any:
        return jacobian(ends, tuple(range(len(ends_and_p))), lift=ALREADY)(*ends_and_p)

    for name, jac in (("fun_jac", fun_jac), ("bc_jac", bc_jac)):
        if given.get(name) is None:
            given[name] = jac
    return integrate.solve_bvp(**given)


# ---------------------------------------------------------------- integrals


def quad_vec(f: Function, a: Any, b: Any, *args: Any, lift: bool = True, **options: Any) -> Any:
    """`scipy.integrate.quad_vec` of an integrand that may give ``Dual``s, between limits that may be some.

    The integral of the values is SciPy's own; the derivative is the integral of the derivative, by
    Gauss's rule on the intervals that SciPy has chosen.

    Parameters
    ----------
    f : callable
        ``f(t)``, a number or an array.
    a, b : float or Dual
        The limits; they may be infinite.
    *args, **options
        As in SciPy. To integrate ``Dual``s with several workers, pass the ``map`` of a pool of threads.
    lift : bool, optional
        Whether to run a lifted copy of ``f``; see `dualad.lift`. Default: True.

    Returns
    -------
    tuple
        What SciPy returns: the integral, and an estimate of its error.

    Examples
    --------
    >>> import dualad
    >>> def moments(s):
    ...     return quad_vec(lambda t: np.stack([np.exp(-s * t), t * np.exp(-s * t)]), 0.0, np.inf)[0]
    >>> np.round(dualad.derivative(moments)(2.0), 8)  # of 1/s and 1/s**2
    array([-0.25, -0.25])
    """
    given = by_name(integrate.quad_vec, (f, a, b, *args), options)
    f, a, b = (given.pop(name) for name in ("f", "a", "b"))
    return integral_of(integrate.quad_vec, checked_function(f, "quad_vec", lift), a, b, **given)
