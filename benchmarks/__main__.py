"""Run every benchmark and print one table."""

from itertools import chain

from . import curvature, fallback, functions, import_time, jacobian, lifting, memory, peers, recursive_sine
from .measure import show

MODULES = (recursive_sine, jacobian, curvature, peers, functions, lifting, fallback, memory, import_time)

show(chain.from_iterable(module.rows() for module in MODULES))
