"""Run every benchmark and print one table."""

from itertools import chain

from . import fallback, functions, import_time, jacobian, lifting, memory, recursive_sine, sparse
from .measure import show

MODULES = (recursive_sine, jacobian, sparse, functions, lifting, fallback, memory, import_time)

show(chain.from_iterable(module.rows() for module in MODULES))
