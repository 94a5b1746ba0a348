"""docs/coverage.md: the survey's groups, and what `dualad.supported` says of each namespace."""

import collections
import pathlib
import platform
import textwrap

import numpy
import scipy

import dualad

from . import MODES, groups

PATH = pathlib.Path(__file__).parents[2] / "docs" / "coverage.md"

HEAD = """\
# Coverage

Written by `python -m tests.survey`, which runs the programs and reads the functions off the rule table.

## Programs

Small programs as people write them who never heard of dualad, in [tests/survey](../tests/survey). Right
means: the value is that of the plain call, bit for bit, and the derivative agrees with one found without
us, by mpmath, by a complex step, or where neither can be had by extrapolated differences. What is not
supported raises an error that says what to type instead; `tests/test_survey.py` holds every program to
what this table says of it.
"""

FUNCTIONS = """\
## Functions

`dualad.supported()` has the same as data. What is said of `math`, `cmath` and `statistics`, and of the
functions that make arrays, holds for lifted code, which is what every entry point runs. With NumPy {numpy},
SciPy {scipy} and Python {python}. What has no rule is differentiated by
[differences](plain-code.md#compiled-functions-of-other-packages), with a warning:
"""


def page() -> str:
    """The text of the page."""
    return programs_part() + functions_part()


def programs_part() -> str:
    """How many programs of each group are right, and which are not supported."""
    rows = [["group", "programs", "right in forward mode", "right in reverse mode"]]
    refused = []
    for group in groups():
        right = [sum(mode not in p.refused for p in group.programs.values()) for mode in MODES]
        rows.append([f"[{group.title}](../tests/survey/{group.file}.py)", len(group.programs), *right])
        for program in group.programs.values():
            if program.refused:
                modes = "both" if len(program.refused) == len(MODES) else " ".join(program.refused)
                refused.append([f"`{program}`", modes, next(iter(program.refused.values()))])
    rows.append(["together", *(sum(row[i] for row in rows[1:]) for i in (1, 2, 3))])
    part = f"{HEAD}\n{as_table(rows)}\n"
    rounded = [[f"`{p}`", p.rounds] for group in groups() for p in group.programs.values() if p.rounds]
    if rounded:
        part += (
            f"\n### Right but for the last bits of the value\n\n{as_table([['program', 'why'], *rounded])}\n"
        )
    if refused:
        part += f"\n### Not supported\n\n{as_table([['program', 'mode', 'why'], *refused])}\n"
    return part + "\n"


#: What may be said of a function that is not refused.
KINDS = "differentiated", "by differences", "passed through"


def functions_part() -> str:
    """The functions of each namespace."""
    major_minor = ".".join(platform.python_version_tuple()[:2])
    versions = {"numpy": minor(numpy), "scipy": minor(scipy), "python": major_minor}
    parts, every = [], dualad.supported()
    rows = [["namespace", *KINDS, "refused"]]
    for namespace, statuses in every.items():
        kinds = by_kind(statuses)
        rows.append([f"`{namespace}`", *(len(kinds[kind]) for kind in rows[0][1:])])
        parts.append(f"### {namespace}\n\n" + "\n".join(paragraphs(kinds, statuses)))
    return f"{FUNCTIONS.format(**versions)}\n{as_table(rows)}\n\n" + "\n".join(parts)


def minor(package) -> str:
    return ".".join(package.__version__.split(".")[:2])


def by_kind(statuses):
    """kind -> names."""
    kinds = collections.defaultdict(list)
    for name, status in statuses.items():
        kinds[status.partition(":")[0].partition(",")[0]].append(name)
    return kinds


def paragraphs(kinds, statuses):
    for kind in KINDS:
        if kinds[kind]:
            names = textwrap.fill(" ".join(kinds[kind]), 100, break_on_hyphens=False)
            yield f"{kind.capitalize()}:\n\n```text\n{names}\n```\n"
    reasons = collections.defaultdict(list)
    for name in kinds["refused"]:
        reasons[statuses[name].partition(": ")[2]].append(name)
    for reason, names in reasons.items():
        listed = textwrap.fill(" ".join(names), 100, break_on_hyphens=False)
        yield f"Refused: {reason}.\n\n```text\n{listed}\n```\n"


def as_table(rows) -> str:
    head, *body = ([str(cell).replace("|", r"\|") for cell in row] for row in rows)
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
