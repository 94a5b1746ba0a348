"""The notebooks run from top to bottom, and what is stored in them is what comes out.

Where a cell measures times, or shows the rounding errors of differences, its numbers are others each
time; it carries the tag "measured", and only its kinds of output are compared. Pictures are compared
in that they are there.
"""

import math
import os
import pathlib
import re

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

ROOT = pathlib.Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?(?![\w.])")


def read(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def kinds(cell):
    """What the outputs of a cell are; text that comes in several pieces counts once."""
    found = []
    for output in cell.outputs:
        kind = (output.get("name") or output.output_type, *sorted(output.get("data", ())))
        if found[-1:] != [kind]:
            found.append(kind)
    return found


def text(cell):
    """The text of a cell's outputs, but for the names of figures."""
    pieces = []
    for output in cell.outputs:
        shown = output.get("data", {})
        if "image/png" not in shown:
            pieces.append(output.get("text") or shown.get("text/plain", ""))
    return "".join(pieces)


def numbers(text):
    return [float(number) for number in NUMBER.findall(text)]


def same(one, other):
    """The same words, and the same numbers but for their last digits."""
    if NUMBER.sub("#", one).split() != NUMBER.sub("#", other).split():
        return False
    pairs = zip(numbers(one), numbers(other), strict=True)
    return all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in pairs)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def stored_and_executed(request):
    executed = read(request.param)
    for cell in code_cells(executed):
        cell.outputs, cell.execution_count = [], None
    here = {"metadata": {"path": str(request.param.parent)}}
    client = nbclient.NotebookClient(executed, timeout=120, kernel_name="python3", resources=here)
    client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})  # raises if a cell does
    return read(request.param), executed


def test_outputs_are_those_stored(stored_and_executed):
    stored, executed = map(code_cells, stored_and_executed)
    for old, new in zip(stored, executed, strict=True):
        assert kinds(old) == kinds(new), new.source
        if "measured" not in new.metadata.get("tags", ()):
            assert same(text(old), text(new)), (
                f"{new.source}\n\nprints\n\n{text(new)}\nand not\n\n{text(old)}"
            )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_stored_from_top_to_bottom(path):
    cells = code_cells(read(path))
    assert [cell.execution_count for cell in cells] == [*range(1, len(cells) + 1)]
    shown = [kind for cell in cells for kind in kinds(cell)]
    assert any("image/png" in kind for kind in shown)
    assert not any(kind[0] in ("stderr", "error") for kind in shown)
    assert path.stat().st_size < 1e6


def test_every_notebook_is_listed():
    listed = re.findall(r"\]\((.+?\.ipynb)\)", (ROOT / "notebooks/README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("x = 1.0 and y", "x =  1.0000000000001 and y", True),
        ("1.0 2.0", "1.0 2.1", False),
        ("error 1e-16", "error 3e-16", True),
        ("error 1e-10", "error 3e-10", False),
        ("[1. 2.]", "[1. 2.]", True),
        ("[1. 2.]", "[1. 3.]", False),
        ("v1 = 3", "v2 = 3", False),
        ("3 True", "3 False", False),
        ("0.0", "nan", False),
    ],
)
def test_what_counts_as_the_same(one, other, equal):
    assert same(one, other) is equal
