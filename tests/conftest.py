"""Fixtures that several files of tests share."""

import importlib

import pytest

from dualad.table import RULES

#: A program, run by test_executors.py over MPI.
collect_ignore = ["over_mpi.py"]


@pytest.fixture
def _table_restored():
    """A rule may be added for a test, or on a page of the documentation."""
    importlib.import_module("dualad.rules.further")  # rules that load later would be lost
    rules = dict(RULES)
    yield
    RULES.clear()
    RULES.update(rules)
