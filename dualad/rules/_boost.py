"""The densities and distributions that SciPy 1.13 has in `scipy.stats._boost`: the same rules, there.

Importing this file imports scipy.stats, and adds nothing where SciPy is newer.
"""

from __future__ import annotations

import scipy.stats

from . import _moments, _noncentral  # noqa: F401  (add to it)
from ._densities import ELSEWHERE

#: What is called otherwise there.
NAMES = {"_binom_pmf": "_binom_pdf", "_nbinom_pmf": "_nbinom_pdf"}

for _name, _add in ELSEWHERE.items():
    _function = getattr(getattr(scipy.stats, "_boost", None), NAMES.get(_name, _name), None)
    if _function is not None:
        _add(_function)
