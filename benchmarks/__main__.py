"""Run every benchmark and print one table."""

from itertools import chain

from . import functions, import_time, jacobian, memory, recursive_sine
from .measure import show

show(
    chain.from_iterable(
        module.rows() for module in (recursive_sine, jacobian, functions, memory, import_time)
    )
)
