"""Run every benchmark and print one table."""

from importlib import import_module

from .measure import show

NAMES = (
    "recursive_sine",
    "jacobian",
    "sparse",
    "curvature",
    "peers",
    "functions",
    "lifting",
    "fallback",
    "memory",
    "import_time",
)
from . import checkpoints, fallback, functions, import_time, jacobian, lifting, memory, recursive_sine
MODULES = (recursive_sine, jacobian, functions, lifting, fallback, memory, checkpoints, import_time)

show(row for name in NAMES for row in import_module(f".{name}", __package__).rows())
