"""What the files of this package share: SciPy, asked for where it is needed, and rows of CSR arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dual import holds_dual
from ..errors import UnsupportedError


def scipy_sparse(caller: str) -> Any:
    """``scipy.sparse``, or an error that says how to get it."""
    try:
        import scipy.sparse
        import scipy.sparse.linalg
    except ImportError as error:
        raise UnsupportedError(f'{caller} needs SciPy; type: pip install "dualad[scipy]"') from error
    return scipy.sparse


def check_outermost(what: str, *values: Any) -> None:
    """Raise where Duals of a derivative around this one would go into arrays of SciPy's."""
    if holds_dual(list(values)):
        raise UnsupportedError(
            f"{what} another derivative, whose Duals scipy.sparse cannot hold; take jacobian(f)(x) there"
        )


def row_numbers(indptr: Any) -> Any:
    """The row of each entry."""
    return np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))


def entries_of(indptr: Any, rows: Any) -> tuple[Any, Any]:
    """The places of all entries of some rows, and for each of them which of ``rows`` it is in."""
    counts = indptr[rows + 1] - indptr[rows]
    which = np.repeat(np.arange(len(rows)), counts)
    ends = np.cumsum(counts)
    return np.arange(len(which)) + np.repeat(indptr[rows] - ends + counts, counts), which
