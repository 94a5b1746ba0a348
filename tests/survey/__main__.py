"""Run the survey: ``python -m tests.survey [part of a name]``."""

import collections
import sys
import time
import warnings

import numpy as np

from . import MODES, programs, truth
from .checks import check


def main(part=""):
    warnings.simplefilter("error")
    np.seterr(all="ignore")
    failures, sources, right = [], collections.Counter(), collections.Counter()
    for program in programs():
        if part not in repr(program):
            continue
        for mode in MODES:
            try:
                check(program, mode)
                right[mode] += 1
            except Exception as error:
                failures.append((program, mode, error))
        try:
          for i in range(len(program.points)):
            t = truth.of(program, i)
            sources[t.source] += 1
            if t.source == "differences" and "-v" in sys.argv: print("differences", program, t.usable)
            if not t.usable: print("UNUSABLE", program, t)
        except Exception as e:
            print("BROKEN", program, type(e), e)
    print(len(programs()), right, sources)
    return failures


if __name__ == "__main__":
    start = time.perf_counter()
    fails = main(*[a for a in sys.argv[1:2] if a!="-v"])
    for p, mode, e in fails:
        print(p, mode, type(e).__name__, str(e).replace("\n", " ")[:150], sep=" | ")
    print(time.perf_counter() - start)
