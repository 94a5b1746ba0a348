"""Derivatives of plain Python and NumPy functions by dual numbers.

>>> import dualad
>>> dualad.derivative(lambda x: x**2)(3.0)
6.0
"""

from importlib import import_module as _import_module
from sys import modules as _modules
from typing import TYPE_CHECKING, Any

from .derivatives import (
    converged,
    derivative,
    jvp,
    stop_derivative,
    tangent,
    value,
    value_and_derivative,
)
from .dual import Dual
from .errors import DualadError
from .gradients import grad, linearize, value_and_grad, vjp
from .jacobians import jacobian, jacobian_columns, value_and_jacobian
from .rules.elementwise import (
    absolute,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    cbrt,
    ceil,
    clip,
    copysign,
    cos,
    cosh,
    deg2rad,
    degrees,
    exp,
    exp2,
    expm1,
    fabs,
    floor,
    fmax,
    fmin,
    fmod,
    heaviside,
    hypot,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    maximum,
    minimum,
    power,
    rad2deg,
    radians,
    reciprocal,
    relu,
    remainder,
    rint,
    sigmoid,
    sign,
    sin,
    sinc,
    sinh,
    sqrt,
    square,
    tan,
    tanh,
    trunc,
    where,
)

if TYPE_CHECKING:
    from . import linalg as linalg
    from .batches import map_derivative
    from .blackboxes import custom
    from .checkpointing.checkpoints import checkpoint, checkpointed_loop
    from .checks.agreement import compare_modes
    from .checks.nonfinite import trace_nan
    from .costs.chains import best_order, chain_cost, chain_product
    from .costs.report import cost
    from .curvature import hessian, hessian_diagonal, hvp, laplacian
    from .lifting.lift import lift
    from .sparse.evaluation import sparse_hessian, sparse_jacobian
    from .sparse.operator import jacobian_operator
    from .sparse.patterns import hessian_sparsity, sparsity
    from .sparse.plans import sparse_plan
    from .supported import supported
    from .testing import check_derivative

__version__ = "0.1.0"

__all__ = [
    "Dual",
    "DualadError",
    "absolute",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "best_order",
    "cbrt",
    "ceil",
    "chain_cost",
    "chain_product",
    "check_derivative",
    "checkpoint",
    "checkpointed_loop",
    "clip",
    "compare_modes",
    "converged",
    "copysign",
    "cos",
    "cosh",
    "cost",
    "custom",
    "deg2rad",
    "degrees",
    "derivative",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "fmax",
    "fmin",
    "fmod",
    "grad",
    "heaviside",
    "hessian",
    "hessian_diagonal",
    "hessian_sparsity",
    "hvp",
    "hypot",
    "jacobian",
    "jacobian_columns",
    "jacobian_operator",
    "jvp",
    "laplacian",
    "lift",
    "linearize",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "map_derivative",
    "maximum",
    "minimum",
    "power",
    "rad2deg",
    "radians",
    "reciprocal",
    "relu",
    "remainder",
    "rint",
    "sigmoid",
    "sign",
    "sin",
    "sinc",
    "sinh",
    "sparse_hessian",
    "sparse_jacobian",
    "sparse_plan",
    "sparsity",
    "sqrt",
    "square",
    "stop_derivative",
    "supported",
    "tan",
    "tangent",
    "tanh",
    "trace_nan",
    "trunc",
    "value",
    "value_and_derivative",
    "value_and_grad",
    "value_and_jacobian",
    "vjp",
    "where",
]

#: What is loaded when it is asked for: the import of the package stays short.
_LATER = {
    name: module
    for module, names in {
        ".checks.agreement": ("compare_modes",),
        ".blackboxes": ("custom",),
        ".batches": ("map_derivative",),
        ".costs.chains": ("best_order", "chain_cost", "chain_product"),
        ".checkpointing.checkpoints": ("checkpoint", "checkpointed_loop"),
        ".costs.report": ("cost",),
        ".curvature": ("hessian", "hessian_diagonal", "hvp", "laplacian"),
        ".lifting.lift": ("lift",),
        ".linalg": ("linalg",),
        ".checks.nonfinite": ("trace_nan",),
        ".sparse.evaluation": ("sparse_hessian", "sparse_jacobian"),
        ".sparse.operator": ("jacobian_operator",),
        ".sparse.patterns": ("hessian_sparsity", "sparsity"),
        ".sparse.plans": ("sparse_plan",),
        ".scipy": ("scipy",),
        ".supported": ("supported",),
        ".testing": ("check_derivative", "testing"),
        ".classroom": ("classroom",),
    }.items()
    for name in names
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        from .vocabulary import NAMES

        remedy = f"; write {NAMES[name]}" if name in NAMES else ""
        text = f"module 'dualad' has no attribute {name!r}{remedy}"
        raise AttributeError(text, name=name, obj=_modules[__name__])
    module = _import_module(_LATER[name], __name__)
    found = globals()[name] = getattr(module, name, module)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
