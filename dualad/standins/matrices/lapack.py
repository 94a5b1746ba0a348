"""LAPACK's own functions of triangular factors, which some call past scipy.linalg's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...dual import Dual, holds_dual, primal, settled
from ..scipy_arrays import with_value
from .scipy_linalg import stand_ins

__all__ = ["LAPACK"]

Function = Callable[..., Any]


def _of_scipy(name: str) -> Function:
    import scipy.linalg

    return stand_ins()[getattr(scipy.linalg, name)]


def _kept(y: Any, c: Any, lower: Any, strictly: int = 1) -> Any:
    """One triangle of a result, and the other of what the memory held before."""
    return np.tril(y) + np.triu(c, strictly) if lower else np.triu(y) + np.tril(c, -strictly)


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


def _twin(ours: Function, written: str) -> Function:
    """The same as f2py calls it, with the number of an error; ``written`` is what it may write into."""

    def twin(original: Function, *args: Any, **keywords: Any) -> Any:
        if not holds_dual((*args, *keywords.values())):
            return original(*args, **keywords)
        args, keywords = settled(args), settled(keywords)
        overwrite = keywords.pop(f"overwrite_{written}", 0)
        value, info = original(*map(primal, args), **{k: primal(v) for k, v in keywords.items()})
        if info:
            return value, info
        y = with_value(value, ours(*args, **keywords))
        target = args[-1] if written == "b" else args[0]
        if overwrite and type(target) is Dual and primal(target).flags.f_contiguous:
            target[...] = y
        return y, info

    return twin


_OURS: dict[str, tuple[Any, str]] = {"potrf": (_potrf, "a"), "potri": (_potri, "c"), "potrs": (_potrs, "b")}
_OURS |= {"trtrs": (_trtrs, "b"), "trtri": (_trtri, "c")}

#: f2py has no module; the name of a function -> its twin, which is given the function.
LAPACK = {("f2py", kind + name): _twin(*ours) for name, ours in _OURS.items() for kind in "sdcz"}
