"""The densities and distributions that SciPy 1.13 has in `scipy.stats._boost`: the same rules, there.

Importing this file imports scipy.stats.
"""

from __future__ import annotations

import scipy.stats._boost as functions

from ._densities import ELSEWHERE

__all__: list[str] = []

#: What is called otherwise there.
NAMES = {"_binom_pmf": "_binom_pdf", "_nbinom_pmf": "_nbinom_pdf"}

for _name, _add in ELSEWHERE.items():
    _function = getattr(functions, NAMES.get(_name, _name), None)
    if _function is not None:
        _add(_function)
