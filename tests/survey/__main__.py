"""``python -m tests.survey`` runs the survey and writes docs/coverage.md.

With a part of a name, as in ``python -m tests.survey linalg:``, it only runs the programs of that name.
What is not as the programs' files say is printed, one line for each, and then nothing is written.
"""

import collections
import sys
import warnings

import numpy as np

from . import MODES, page, programs, truth
from .checks import assert_right


def main(part: str = "") -> int:
    """Run the programs whose name has this part; the number of failures."""
    chosen = [p for p in programs() if part in str(p)]
    failures, sources = 0, collections.Counter()
    for program in chosen:
        for mode in MODES:
            try:
                assert_right(program, mode)
            except Exception as error:
                failures += 1
                print(program, mode, type(error).__name__, " ".join(str(error).split())[:900], sep=" | ")
        sources.update(truth.of(program, i).source for i in range(len(program.points)))
    print(
        f"{len(chosen)} programs in {len(MODES)} modes, {failures} not as they should be; points by truth:",
        end=" ",
    )
    print(", ".join(f"{source} {n}" for source, n in sources.most_common()))
    if not failures and not part:
        page.PATH.write_text(page.page(), encoding="utf-8")
        print(f"wrote {page.PATH.name}")
    return failures


if __name__ == "__main__":
    np.seterr(all="ignore")
    warnings.simplefilter("error")
    sys.exit(bool(main(*sys.argv[1:])))
