"""``import dualad`` in a fresh interpreter that has NumPy loaded."""

from __future__ import annotations

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
    return float(subprocess.run([sys.executable, "-c", CODE], check=True, capture_output=True).stdout)


def rows() -> Iterator[Row]:
    seconds()  # writes the byte code
    yield Row("import dualad after NumPy", 1e3 * statistics.median(seconds() for _ in range(15)), "ms", 40.0)


if __name__ == "__main__":
    show(rows())
