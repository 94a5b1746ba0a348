"""Functions of BLAS, and those of LAPACK for triangular factors, which some call past scipy.linalg."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ...dual import Dual, settled
from ...dual.containers import mode_in
from ..scipy_arrays import Function, overwritten, plain_copy, with_value
from .scipy_linalg import stand_ins


def _of_scipy(name: str) -> Function:
    import scipy.linalg

    return stand_ins()[getattr(scipy.linalg, name)]


def _kept(y: Any, c: Any, lower: Any, strictly: int = 1) -> Any:
    """One triangle of a result, and the other of what the memory held before."""
    return np.tril(y) + np.triu(c, strictly) if lower else np.triu(y) + np.tril(c, -strictly)


# ---------------------------------------------------------------- LAPACK


def _potrf(a: Any, lower: Any = 0, clean: Any = 1) -> Any:
    c = _of_scipy("cholesky")(a, lower=bool(lower))
    return c if clean else _kept(c, a, lower)


def _potri(c: Any, lower: Any = 0) -> Any:
    factor = np.tril(c) if lower else np.triu(c).T
    inverse = _of_scipy("solve_triangular")(factor, np.eye(len(c)), lower=True)
    return _kept(inverse.T @ inverse, c, lower)


def _potrs(c: Any, b: Any, lower: Any = 0) -> Any:
    return _of_scipy("cho_solve")((c, bool(lower)), b)


def _trtrs(a: Any, b: Any, lower: Any = 0, trans: Any = 0, unitdiag: Any = 0) -> Any:
    how = {"lower": bool(lower), "unit_diagonal": bool(unitdiag)}
    return _of_scipy("solve_triangular")(a, b, trans=trans, **how)


def _trtri(c: Any, lower: Any = 0, unitdiag: Any = 0) -> Any:
    inverse = _trtrs(c, np.eye(len(c)), lower, unitdiag=unitdiag)
    return _kept(inverse, c, lower) if not unitdiag else _kept(inverse, c, lower, 0) - np.eye(len(c))


# ---------------------------------------------------------------- BLAS


def _turned(a: Any, how: Any) -> Any:
    return a if not how else np.conjugate(a.T) if how == 2 else a.T


def _gemm(
    alpha: Any, a: Any, b: Any, beta: Any = 0.0, c: Any = 0.0, trans_a: Any = 0, trans_b: Any = 0
) -> Any:
    return alpha * (_turned(a, trans_a) @ _turned(b, trans_b)) + beta * c


def _gemv(alpha: Any, a: Any, x: Any, beta: Any = 0.0, y: Any = 0.0, *, trans: Any = 0) -> Any:
    return alpha * (_turned(a, trans) @ x) + beta * y


def _ger(alpha: Any, x: Any, y: Any, *, a: Any = 0.0) -> Any:
    return a + alpha * np.outer(x, y)


# ---------------------------------------------------------------- as f2py calls them


def _twin(ours: Function, written: str = "", always: bool = False, has_info: bool = False) -> Function:
    """What takes the place of a function; ``written`` is what it may write into, or always does."""
    signature = inspect.signature(ours)

    def twin(original: Function, *args: Any, **keywords: Any) -> Any:
        if mode_in((args, keywords)) is None:
            return original(*args, **keywords)
        overwrite = always or keywords.get(f"overwrite_{written}")
        keywords = {k: v for k, v in keywords.items() if not k.startswith("overwrite")}
        given = signature.bind(*args, **keywords)
        target = given.arguments.get(written)
        beta = given.arguments.get("beta", 0.0)
        if "beta" in signature.parameters and type(beta) is not Dual and beta == 0:
            given.arguments.pop(written, None)  # which is not read
            args, keywords = given.args, given.kwargs
        args, keywords = settled(args), settled(keywords)
        found = original(*map(plain_copy, args), **{k: plain_copy(v) for k, v in keywords.items()})
        value, *info = found if has_info else (found,)
        if any(info):
            return found
        y = with_value(value, ours(*args, **keywords))
        if np.ndim(value) == 2 and value.flags.f_contiguous:
            y = np.copy(y, order="F")  # as Fortran has it, which decides whether it is overwritten later
        if overwrite:
            overwritten(target, y)
        return (y, *info) if has_info else y

    return twin


def _swap(original: Function, x: Any, y: Any) -> Any:
    if mode_in((x, y)) is None:
        return original(x, y)
    first, second = np.atleast_1d(settled(y)).copy(), np.atleast_1d(settled(x)).copy()
    overwritten(x, first)
    overwritten(y, second)
    return first, second


_WITH_INFO: dict[str, tuple[Function, str]] = {"potrf": (_potrf, "a"), "potri": (_potri, "c")}
_WITH_INFO |= {"potrs": (_potrs, "b"), "trtrs": (_trtrs, "b"), "trtri": (_trtri, "c")}

_TWINS = {
    **{name: _twin(*ours, has_info=True) for name, ours in _WITH_INFO.items()},
    "swap": _swap,
    "nrm2": _twin(lambda x: np.linalg.norm(x)),
    "asum": _twin(lambda x: np.sum(np.abs(x))),
    "dot": _twin(lambda x, y: np.dot(x, y)),
    "scal": _twin(lambda a, x: a * x, "x", always=True),
    "axpy": _twin(lambda x, y, *, a=1.0: a * x + y, "y", always=True),
    "gemm": _twin(_gemm, "c"),
    "gemv": _twin(_gemv, "y"),
    "ger": _twin(_ger, "a"),
}

#: f2py has no module; the name of a function -> its twin, which is given the function.
LAPACK = {("f2py", kind + name): twin for name, twin in _TWINS.items() for kind in "sdcz"}
