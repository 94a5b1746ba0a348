"""Fixtures that several files of tests share."""

import importlib
import os

import pytest

#: A program, run by test_executors.py over MPI.
collect_ignore = ["over_mpi.py"]

# Tests that run side by side have a core each, and threads of BLAS would wait for each other there. It is
# read when NumPy is imported.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


@pytest.fixture
def _table_restored():
    """A rule may be added for a test, or on a page of the documentation."""
    rules_of_table = importlib.import_module("dualad.table").RULES
    for module in ("rules.further", "linalg"):  # rules that load later would be lost
        importlib.import_module(f"dualad.{module}")
    rules = dict(rules_of_table)
    yield
    rules_of_table.clear()
    rules_of_table.update(rules)


@pytest.fixture(autouse=True)
def nothing_brought(monkeypatch):
    """What one test has lifted that names classes of pandas is nothing to the next."""
    monkeypatch.setattr("dualad.lifting.magic_methods._brought", set())
