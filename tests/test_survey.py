"""The survey of small programs, each in forward and reverse mode, and the page that reports it."""

import ast
import importlib
import pathlib
import re

import numpy as np
import pytest
from survey import FILES, MODES, Program, page, programs
from survey.checks import assert_right, assert_same, run
from survey.truth import of

import dualad

PROGRAMS = programs()

# People's programs call what newer versions of NumPy and SciPy would rather not be called any more.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_program(program, mode):
    assert_right(program, mode)


@pytest.mark.parametrize("inner", MODES)
@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("program", [p for p in PROGRAMS if p.file == "mixed"], ids=str)
def test_second_derivatives(program, outer, inner):
    """Against differences of the first ones, which are tried themselves."""

    def slopes(x):
        if inner == "forward":
            return dualad.jvp(program.function, x, x + 1.0)[1]
        y, pullback = dualad.vjp(program.function, x)
        return pullback(np.ones(np.shape(y)))

    second = Program(program.file, program.name, slopes, program.points)
    for i, point in enumerate(program.points):
        assert_same(run(second, point, outer), of(second, i), outer, rounds=True)


@pytest.mark.parametrize("program", [p for p in PROGRAMS if not p.refused][::40], ids=str)
def test_a_wrong_derivative_is_noticed(program):
    y, direction, t = run(program, program.points[0], "forward")
    if np.any(t):
        wrong = y, direction, np.asarray(t) * (1 + 1e-5)
        with pytest.raises(AssertionError, match="got"):
            assert_same(wrong, of(program, 0), "forward", bool(program.rounds))


# ---------------------------------------------------------------- the page


def test_page_is_up_to_date():
    """Written by ``python -m tests.survey``; of other versions only the functions they share."""
    text = page.PATH.read_text(encoding="utf-8")
    assert text.startswith(page.programs_part())
    now = page.functions_part()
    if versions(text) == versions(now):
        assert text.endswith(now)
    written, found = functions(text), functions(now)
    assert {key: written[key] for key in written.keys() & found.keys()} == {
        key: found[key] for key in written.keys() & found.keys()
    }


def versions(text):
    return re.search(r"With\s(NumPy [^:]*):", text)[1]


def functions(text):
    """(namespace, function) -> what the page says of it."""
    found = {}
    for section in text.partition("## Functions\n")[2].split("### ")[1:]:
        namespace, _, rest = section.partition("\n")
        for status, names in re.findall(r"^(\S.*)\n\n```text\n([^`]*)\n```", rest, re.MULTILINE):
            found.update({(namespace, name): status for name in names.split()})
    return found


# ---------------------------------------------------------------- the survey leaves nothing out


def used():
    """The functions that the programs name, and the names of all attributes."""
    functions, attributes = set(), set()
    for file in (*FILES, "helpers"):
        tree = ast.parse((pathlib.Path(page.__file__).parent / f"{file}.py").read_text(encoding="utf-8"))
        names = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.name if alias.asname else alias.name.partition(".")[0]
                    names[alias.asname or bound] = importlib.import_module(bound)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                module = importlib.import_module(node.module)
                functions |= {id(getattr(module, alias.name)) for alias in node.names}
            elif isinstance(node, ast.Attribute):
                attributes.add(node.attr)
                functions.add(id(named(node, names)))
    return functions, attributes


def named(node, names):
    if isinstance(node, ast.Attribute):
        return getattr(named(node.value, names), node.attr, None)
    return names.get(node.id) if isinstance(node, ast.Name) else None


@pytest.mark.parametrize("namespace", [name for name in dualad.supported() if "scipy" not in name])
def test_every_differentiated_function_is_in_a_program(namespace):
    """SciPy's are in files of their own: tests/test_special.py, ..."""
    functions, attributes = used()
    differentiated = [n for n, s in dualad.supported(namespace).items() if s.startswith("differentiated")]
    if namespace == "numpy.ndarray":
        assert set(differentiated) <= attributes
    else:
        owner = importlib.import_module(namespace)
        assert [n for n in differentiated if id(getattr(owner, n)) not in functions] == []
