"""``import dualad`` in a fresh interpreter that has NumPy loaded."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator

from .measure import Row, show

CODE = """
import numpy, time
start = time.perf_counter()
import dualad
print(time.perf_counter() - start)
"""


def seconds() -> float:
    # Python is to read the byte code that the first run wrote, as it does for an installed package.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", CODE]
    return float(subprocess.run(command, check=True, capture_output=True, env=environment).stdout)


def rows() -> Iterator[Row]:
    seconds()  # writes the byte code
    yield Row("import dualad after NumPy", 1e3 * statistics.median(seconds() for _ in range(15)), "ms", 40.0)


if __name__ == "__main__":
    show(rows())
