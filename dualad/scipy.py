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

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate, optimize

from .boundary import checked_function, own, run_forward
from .curvature import hessian, hvp
from .errors import InputError
from .gradients import value_and_grad
from .jacobians import jacobian
from .lifting.scipy_functions import integral_of
from .sparse.evaluation import sparse_jacobian
from .sparse.plans import SparsePlan, sparse_plan

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

#: The methods of `scipy.optimize.minimize` that take a gradient, a Hessian, and its product with a vector.
_GRADIENT = frozenset(
    [
        "cg",
        "bfgs",
        "newton-cg",
        "l-bfgs-b",
        "tnc",
        "slsqp",
        "dogleg",
        "trust-ncg",
        "trust-krylov",
        "trust-exact",
        "trust-constr",
    ]
)
_HESSIAN = frozenset({"dogleg", "trust-exact"})
_PRODUCT = frozenset({"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"})


def minimize(
    fun: Function, x0: Any, args: Any = (), method: Any = None, *, lift: bool = True, **options: Any
) -> optimize.OptimizeResult:
    """`scipy.optimize.minimize` with the gradient, and the Hessian or its products, by dualad.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, returning a number.
    x0 : array_like, shape (n,)
    args : tuple, optional
    method : str, optional
        As in SciPy. Methods that use no derivatives are given none.
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.
    **options
        Everything else that SciPy takes. What is given by hand (``jac=``, ``hess=``, ``hessp=``) is
        used as it is; the Jacobians of constraints are filled in, too.

    Returns
    -------
    optimize.OptimizeResult

    Examples
    --------
    >>> result = minimize(lambda x: (x[0] - 1) ** 2 + np.cosh(x[1]), [3.0, 2.0])
    >>> np.round(result.x, 5) + 0.0
    array([1., 0.])
    """
    fun = checked_function(fun, "minimize", lift)
    name = "" if method is None else method.lower() if isinstance(method, str) else "trust-ncg"
    if "jac" not in options and (method is None or name in _GRADIENT or not isinstance(method, str)):
        fun, options["jac"] = value_and_grad(fun, lift=False), True
        if "hess" not in options and "hessp" not in options:
            plain = fun.__wrapped__  # type: ignore[attr-defined]
            if name in _HESSIAN:
                options["hess"] = hessian(plain, lift=False)
            elif name in _PRODUCT:
                options["hessp"] = lambda x, v, *more: hvp(lambda x: plain(x, *more), x, v, lift=False)
    if "constraints" in options:
        options["constraints"] = _constraints(options["constraints"], lift)
    return optimize.minimize(fun, x0, args, method, **options)


def _constraints(constraints: Any, lift: bool) -> Any:
    """The constraints, with their Jacobians."""
    if isinstance(constraints, dict):
        if "jac" in constraints:
            return constraints
        return {**constraints, "jac": jacobian(constraints["fun"], lift=lift)}
    if isinstance(constraints, optimize.NonlinearConstraint):
        if callable(constraints.jac):
            return constraints
        return optimize.NonlinearConstraint(
            constraints.fun,
            constraints.lb,
            constraints.ub,
            jac=jacobian(constraints.fun, lift=lift),
            hess=constraints.hess,
            keep_feasible=constraints.keep_feasible,
        )
    if isinstance(constraints, list | tuple):
        return [_constraints(one, lift) for one in constraints]
    return constraints


def _jacobian_of(fun: Function, sparse: bool | SparsePlan, x0: Any, args: Any, keywords: Any) -> Function:
    """The Jacobian by the first argument: dense, or sparse by a plan, or by one made at ``x0``."""
    if not isinstance(sparse, bool | SparsePlan):
        raise InputError(
            f"sparse={sparse!r} is no plan; pass sparse=True, or sparse=dualad.sparse_plan(f, x)"
        )
    if sparse is False:
        return jacobian(fun, lift=False)
    if isinstance(sparse, SparsePlan):
        plan = sparse
    else:
        plan = sparse_plan(lambda x: fun(x, *args, **keywords), _point(x0), lift=False)
    kept: dict[str, Any] = {}

    def jac(x: Any, *args: Any, **keywords: Any) -> Any:
        evaluate = kept.get("evaluate")
        if evaluate is None or kept["given"] != (args, keywords):
            kept["given"] = args, keywords
            evaluate = kept["evaluate"] = sparse_jacobian(
                lambda x: fun(x, *args, **keywords), plan=plan, lift=False
            )
        return evaluate(x)

    return jac


def _point(x0: Any) -> Any:
    return np.atleast_1d(np.asarray(x0, dtype=float))


def least_squares(
    fun: Function,
    x0: Any,
    *,
    sparse: bool | SparsePlan = False,
    args: Any = (),
    kwargs: Any = None,
    lift: bool = True,
    **options: Any,
) -> optimize.OptimizeResult:
    """`scipy.optimize.least_squares` with the Jacobian by dualad.

    Parameters
    ----------
    fun : callable
        The residuals ``fun(x, *args, **kwargs)``, shape (m,).
    x0 : array_like, shape (n,)
    sparse : bool or SparsePlan, optional
        Whether to hand over a sparse Jacobian, its pattern detected at ``x0`` or taken from a plan.
        Default: False.
    args, kwargs : tuple and dict, optional
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.
    **options
        Everything else that SciPy takes.

    Returns
    -------
    optimize.OptimizeResult

    Examples
    --------
    >>> result = least_squares(lambda x: np.stack([x[0] - 1.0, 10 * (x[1] - x[0] ** 2)]), [2.0, 2.0])
    >>> np.round(result.x, 6)
    array([1., 1.])
    """
    fun = checked_function(fun, "least_squares", lift)
    keywords = {} if kwargs is None else kwargs
    if "jac" not in options:
        options["jac"] = _jacobian_of(fun, sparse, x0, args, keywords)
    return optimize.least_squares(fun, x0, args=args, kwargs=keywords, **options)


def curve_fit(f: Function, xdata: Any, ydata: Any, *args: Any, lift: bool = True, **options: Any) -> Any:
    """`scipy.optimize.curve_fit` with the Jacobian by dualad.

    Parameters
    ----------
    f : callable
        The model ``f(xdata, *parameters)``.
    xdata, ydata, *args, **options
        As in SciPy.
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
    lifted = checked_function(f, "curve_fit", lift)
    if "jac" not in options:

        def jac(xdata: Any, *parameters: Any) -> Any:
            return jacobian(lambda p: lifted(xdata, *p), lift=False)(np.array(parameters, dtype=float))

        options["jac"] = jac
    return optimize.curve_fit(f, xdata, ydata, *args, **options)


def root(
    fun: Function, x0: Any, args: Any = (), method: str = "hybr", *, lift: bool = True, **options: Any
) -> optimize.OptimizeResult:
    """`scipy.optimize.root` with the Jacobian by dualad, for the methods that take one (hybr and lm).

    Parameters
    ----------
    fun : callable
        ``fun(x, *args)``, as many numbers as ``x`` has.
    x0, args, method, **options
        As in SciPy.
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.

    Returns
    -------
    optimize.OptimizeResult

    Examples
    --------
    >>> np.round(root(lambda x: np.stack([x[0] ** 2 + x[1] - 3, x[0] - x[1] + 1]), [1.0, 1.0]).x, 6)
    array([1., 2.])
    """
    fun = checked_function(fun, "root", lift)
    if "jac" not in options and method in ("hybr", "lm"):
        options["jac"] = jacobian(fun, lift=False)
    return optimize.root(fun, x0, args, method, **options)


def fsolve(func: Function, x0: Any, args: Any = (), *, lift: bool = True, **options: Any) -> Any:
    """`scipy.optimize.fsolve` with ``fprime`` by dualad.

    Parameters
    ----------
    func : callable
        ``func(x, *args)``, as many numbers as ``x`` has.
    x0, args, **options
        As in SciPy.
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
    func = checked_function(func, "fsolve", lift)
    if "fprime" not in options:
        options["fprime"] = jacobian(func, lift=False)
        if options.get("col_deriv"):
            by_rows = options["fprime"]
            options["fprime"] = lambda x, *args: by_rows(x, *args).T
    return optimize.fsolve(func, x0, args, **options)


def solve_ivp(
    fun: Function,
    t_span: Any,
    y0: Any,
    method: Any = "RK45",
    *,
    sparse: bool | SparsePlan = False,
    args: Any = None,
    lift: bool = True,
    **options: Any,
) -> Any:
    """`scipy.integrate.solve_ivp`; the implicit methods Radau, BDF and LSODA get the Jacobian by dualad.

    Parameters
    ----------
    fun : callable
        The right-hand side ``fun(t, y, *args)``, shape (n,).
    t_span, y0, method, args, **options
        As in SciPy.
    sparse : bool or SparsePlan, optional
        Whether to hand over a sparse Jacobian (Radau and BDF), its pattern detected at the start or
        taken from a plan. Default: False.
    lift : bool, optional
        Whether to run a lifted copy of ``fun``; see `dualad.lift`. Default: True.

    Returns
    -------
    OdeResult
        As in SciPy.

    Examples
    --------
    >>> result = solve_ivp(lambda t, y: [-1000 * y[0] + y[1], -y[1]], (0, 1), [1.0, 1.0], "BDF", rtol=1e-6)
    >>> bool(abs(result.y[1, -1] - np.exp(-1)) < 1e-5)
    True
    """
    lifted = checked_function(fun, "solve_ivp", lift)
    implicit = (method if isinstance(method, str) else method.__name__) in ("Radau", "BDF", "LSODA")
    if "jac" not in options and implicit:
        given = () if args is None else tuple(args)
        if sparse is False:
            options["jac"] = jacobian(lifted, argnums=1, lift=False)
        else:
            by_state = _jacobian_of(
                lambda y, t, *args: lifted(t, y, *args), sparse, y0, (t_span[0], *given), {}
            )
            options["jac"] = lambda t, y, *args: by_state(y, t, *args)
    return integrate.solve_ivp(fun, t_span, y0, method, args=args, **options)


def solve_bvp(
    fun: Function, bc: Function, x: Any, y: Any, p: Any = None, *, lift: bool = True, **options: Any
) -> Any:
    """`scipy.integrate.solve_bvp` with ``fun_jac`` and ``bc_jac`` by dualad.

    Parameters
    ----------
    fun : callable
        The right-hand side ``fun(x, y)`` or ``fun(x, y, p)`` for all ``m`` nodes at once, shape (n, m).
    bc : callable
        The residuals of the boundary conditions, ``bc(ya, yb)`` or ``bc(ya, yb, p)``.
    x, y, p, **options
        As in SciPy.
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
    lifted, lifted_bc = checked_function(fun, "solve_bvp", lift), checked_function(bc, "solve_bvp", lift)

    def fun_jac(x: Any, y: Any, p: Any = None) -> Any:
        n, m = y.shape
        # Node k of the output depends on node k of y alone: n directions make all the blocks.
        seeds = np.broadcast_to(np.eye(n)[:, :, None], (n, n, m)).copy()
        more = () if p is None else (p,)
        _, t, _ = run_forward(lifted, (x, y, *more), {}, {1: (own(y), seeds)}, n)
        by_state = np.moveaxis(t, 0, 1)
        if p is None:
            return by_state
        return by_state, np.moveaxis(jacobian(lifted, argnums=2, lift=False)(x, y, p), 2, 1)

    def bc_jac(ya: Any, yb: Any, p: Any = None) -> Any:
        ends = (ya, yb) if p is None else (ya, yb, p)
        return jacobian(lifted_bc, argnums=tuple(range(len(ends))), lift=False)(*ends)

    options = {"fun_jac": fun_jac, "bc_jac": bc_jac, **options}
    return integrate.solve_bvp(fun, bc, x, y, p, **options)


def quad_vec(f: Function, a: Any, b: Any, *args: Any, **options: Any) -> Any:
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
        As in SciPy.

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
    return integral_of(integrate.quad_vec, f, a, b, *args, **options)
