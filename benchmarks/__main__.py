"""Run every benchmark and print one table."""

from importlib import import_module

from .measure import show

NAMES = (
    "recursive_sine",
    "jacobian",
    "sparse",
    "parallel",
    "curvature",
    "scipy_solvers",
    "peers",
    "checkpoints",
    "functions",
    "lifting",
    "fallback",
    "memory",
    "import_time",
)

show(row for name in NAMES for row in import_module(f".{name}", __package__).rows())
