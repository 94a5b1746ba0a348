"""`Dual`, and what can be done with it: entries, operators, NumPy's functions, methods.

`Dual` itself is in ``dual``; the other files complete it, each by one kind of thing that arrays can do.
"""

from .dual import (
    SETTLED,
    Dual,
    as_one,
    checked_number,
    holds_dual,
    is_number,
    make,
    named,
    primal,
    settled,
    stacked,
)
from .methods import REFUSED as _completes_dual  # noqa: F401 - gives Dual its methods

__all__ = [
    "SETTLED",
    "Dual",
    "as_one",
    "checked_number",
    "holds_dual",
    "is_number",
    "make",
    "named",
    "primal",
    "settled",
    "stacked",
]
