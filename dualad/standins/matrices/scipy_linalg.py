"""What stands in for the functions of scipy.linalg in lifted code: `stand_ins`.

SciPy's functions do not know of ``Dual``s. A stand-in hands plain arguments on to SciPy. Of a ``Dual``
it takes the value from SciPy, too, and the derivative from the rules of np.linalg.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import linalg
from ...dual import primal, stacked
from ...errors import NoRuleError
from ...linear import LinearMap
from ...rules import _determinants as determinants
from ...rules import _norms as norms
from ...rules._matrices import dtype_of, only_real
from ...rules.shaping import placed
from ...shapes import shape_of
from . import schur_forms
from . import scipy_equations as equations
from . import scipy_factorisations as factorisations
from ._stand_ins import HOW, STAND_INS, put, put_with_rule
from .riccati import RICCATI


@functools.cache
def stand_ins() -> dict[Any, Callable[..., Any]]:
    """The functions of scipy.linalg that have a derivative, and what takes the place of each.

    Returns
    -------
    dict
        A function of scipy.linalg as the key, one that takes ``Dual``s as well as the value.

    Examples
    --------
    >>> import scipy.linalg
    >>> from dualad import Dual
    >>> det = stand_ins()[scipy.linalg.det]
    >>> det(Dual([[2.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 0.0]]))
    Dual(8.0 + 4.0ε)
    """
    import scipy.linalg

    for name, maps in _MAPS.items():
        put_with_rule(scipy.linalg, name, maps, _SQUARES.get(name))
    for name, ours in _COMPOSED.items():
        put(scipy.linalg, name, ours)
    for name, instead in NO_RULE.items():
        put(scipy.linalg, name, _refused(name, instead))
    for name in QUESTIONS:
        put(scipy.linalg, name, _question(scipy.linalg, name))
    for name in linalg.__all__:
        put(scipy.linalg, name, _without_how(getattr(linalg, name)))
    return STAND_INS


def _without_how(function: Callable[..., Any]) -> Callable[..., Any]:
    def without(*args: Any, **keywords: Any) -> Any:
        return function(*args, **{k: v for k, v in keywords.items() if k not in HOW})

    return without


def _refused(name: str, instead: str) -> Callable[..., Any]:
    def refuse(*args: Any, **keywords: Any) -> Any:
        raise NoRuleError(f"scipy.linalg.{name} has no derivative rule; write {instead}")

    return refuse


def _question(module: Any, name: str) -> Callable[..., Any]:
    original: Any = getattr(module, name, None)
    return lambda a, *args, **keywords: original(primal(a), *args, **keywords)


#: name -> what to type instead.
NO_RULE = {
    "ordqz": "np.linalg.eig(np.linalg.solve(b, a))",
    "cossin": "np.linalg.svd of the blocks, as in np.linalg.svd(x[:p, :q])",
}

#: Functions whose results carry no derivative.
QUESTIONS = ("bandwidth", "issymmetric", "ishermitian")


# ---------------------------------------------------------------- matrices of a form


def _arranged(name: str) -> tuple[Callable[..., Any], ...]:
    """The maps of toeplitz and hankel, whose second argument may be left out."""

    def arrange(*arrays: Any) -> Any:
        import scipy.linalg

        return getattr(scipy.linalg, name)(*arrays)

    def by_first(y: Any, c: Any, r: Any = None) -> LinearMap:
        if r is not None:
            return placed(lambda both: arrange(*both), 0, (c, r))
        only_real(name, c)  # toeplitz(c) has conjugates above
        # hankel(c) has zeros below, which are no entries of c
        return placed(lambda alone: arrange(alone[0] + 1) - 1, 0, (c,))

    return by_first, lambda y, c, r: placed(lambda both: arrange(*both), 1, (c, r))


def _block_diag(*arrays: Any) -> Any:
    """Blocks between zeros, put together in rows."""
    blocks = list(enumerate(np.atleast_2d(stacked(a)) for a in arrays))
    rows = [
        [b if i == j else np.zeros((shape_of(a)[0], shape_of(b)[1]), dtype_of(a)) for j, b in blocks]
        for i, a in blocks
    ]
    return np.concatenate([np.concatenate(row, axis=1) for row in rows], axis=0)


def _khatri_rao(a: Any, b: Any) -> Any:
    return np.reshape(a[:, None, :] * b[None, :, :], (-1, shape_of(a)[1]))


#: name -> the maps of its arrays.
_MAPS: dict[str, Sequence[Callable[..., Any]]] = {
    **equations.MAPS,
    **factorisations.MAPS,
    **schur_forms.MAPS,
    "det": [determinants.det],
    "norm": [lambda y, a, ord=None, axis=None, keepdims=False: norms.norm(y, a, ord, axis, keepdims)],
    "toeplitz": _arranged("toeplitz"),
    "hankel": _arranged("hankel"),
    "circulant": _arranged("circulant")[:1],
}

#: name of a root -> of what.
_SQUARES: dict[str, Callable[..., Any]] = {
    "norm": lambda a, ord=None, axis=None, keepdims=False: norms.squared_norm(a, ord, axis, keepdims),
}

#: name -> the function written with others.
_COMPOSED: dict[str, Callable[..., Any]] = {
    **equations.COMPOSED,
    **factorisations.COMPOSED,
    **schur_forms.COMPOSED,
    **RICCATI,
    "block_diag": _block_diag,
    "kron": np.kron,
    "khatri_rao": _khatri_rao,
}
