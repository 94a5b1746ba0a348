"""The README and the other pages say what is true: their code runs, their links lead somewhere."""

import doctest
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))]


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)


@pytest.mark.usefixtures("_table_restored")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_python_blocks(page):
    """One session for each page, from top to bottom."""
    names, runner = {"__name__": "__main__"}, doctest.DocTestRunner()
    for number, block in enumerate(blocks(page, "python")):
        if ">>>" in block:
            session = doctest.DocTestParser().get_doctest(block, names, f"{page}[{number}]", page, 0)
            runner.run(session, clear_globs=False)
            names = session.globs
        else:
            exec(compile(block, page, "exec"), names)
    assert runner.summarize().failed == 0


def test_console_blocks(tmp_path):
    """A command and what it prints; figures differ from run to run and are left out."""
    (block,) = blocks("README.md", "console")
    command, _, shown = block.removeprefix("$ ").partition("\n")
    assert command.split()[0] == "dualad"
    run = [sys.executable, "-m", *command.split()]
    settings = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    printed = subprocess.run(run, check=True, capture_output=True, encoding="utf-8", **settings).stdout
    assert words(shown) == words(printed)


def words(text):
    return re.findall(r"[A-Za-z]{2,}", text)


def test_sh_blocks_are_what_ci_runs():
    """Two commands, of one line each; ``.ci/run`` takes them from the README and runs them."""
    main_job, tests = "".join(blocks("README.md", "sh")).splitlines()
    assert main_job.endswith(" && dualad compare")
    assert tests.endswith(" && python -m pytest")
    listed = subprocess.run([ROOT / ".ci/run", "--list"], check=True, capture_output=True, text=True)
    assert listed.stdout.splitlines() == [main_job, tests]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page):
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text_of(page), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose)
    assert [t for t in targets if not (ROOT / page).parent.joinpath(t).exists()] == []
