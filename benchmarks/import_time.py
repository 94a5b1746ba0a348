"""``import dualad``, and the first derivative, in a fresh interpreter that has NumPy loaded."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator

from .measure import Row, show

CODE = """
import math, numpy, time
def f(x):
    return math.sin(x) * numpy.exp(x)
times = [time.perf_counter()]
import dualad
times.append(time.perf_counter())
dualad.derivative(f)(1.0)
times.append(time.perf_counter())
print(times[1] - times[0], times[2] - times[1])
"""

NAMES = {"import dualad after NumPy": 40.0, "the first derivative": None}


def seconds() -> list[float]:
    # Python is to read the byte code that the first run wrote, as it does for an installed package.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", CODE]
    printed = subprocess.run(command, check=True, capture_output=True, env=environment).stdout
    return [float(word) for word in printed.split()]


def rows() -> Iterator[Row]:
    seconds()  # writes the byte code
    times = zip(*(seconds() for _ in range(15)), strict=True)
    for (name, bar), measured in zip(NAMES.items(), times, strict=True):
        yield Row(name, 1e3 * statistics.median(measured), "ms", bar)


if __name__ == "__main__":
    show(rows())
