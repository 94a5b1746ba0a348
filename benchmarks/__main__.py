"""Run every benchmark and print one table."""

from itertools import chain

from . import checkpoints, fallback, functions, import_time, jacobian, lifting, memory, recursive_sine
from .measure import show

MODULES = (recursive_sine, jacobian, functions, lifting, fallback, memory, checkpoints, import_time)

show(chain.from_iterable(module.rows() for module in MODULES))
