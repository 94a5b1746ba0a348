"""The order of the files, and the names that the package promises.

The order is read from docs/design.md and the names from docs/index.md, so that neither page can
say what the code does not do.
"""

import ast
import graphlib
import inspect
import pathlib
import re
from importlib.util import resolve_name

import pytest

import dualad

ROOT = pathlib.Path(__file__).parents[1]


def module_name(path):
    """``dualad/rules/special.py`` is ``dualad.rules.special``, ``dualad/__init__.py`` is ``dualad``."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_name(path): path for path in sorted((ROOT / "dualad").rglob("*.py"))}


def block(page, language):
    """The one block of a page in a language."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return found


def documented_order():
    """The modules as docs/design.md lists them; a folder comes after the files listed in it."""
    order, folders = [], ["dualad"]
    for line in block("docs/design.md", "text").splitlines():
        indent, entry = re.match(r"( *)([\w./]+(?:, [\w./]+)*)", line).groups()
        while len(folders) > 1 + len(indent) // 2:
            order.append(".".join(folders))
            folders.pop()
        if entry.endswith("/"):
            folders.append(entry.removesuffix("/"))
        else:
            order += [".".join([*folders, name]) for name in entry.replace(".py", "").split(", ")]
    return [name.removesuffix(".__init__") for name in order]


ORDER = documented_order()


def rank(module):
    """The place of a module, or of the folder that it is in; -1 if the page lists neither."""
    if module not in ORDER and module.count(".") > 1:
        module = module.rpartition(".")[0]
    return ORDER.index(module) if module in ORDER else -1


def imports(module):
    """The modules of this package that a module imports, inside its functions too."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            names.update(f"{origin}.{alias.name}" for alias in node.names)
    return {target for name in names if (target := containing(name)) and target != module}


def containing(name):
    """The module of this package that a dotted name is, or is defined in; '' for other packages."""
    while name and name not in MODULES:
        name = name.rpartition(".")[0]
    return name


@pytest.mark.parametrize("module", list(MODULES))
def test_imports_only_from_above(module):
    above = {m for m in MODULES if rank(m) < rank(module) or (rank(m) == rank(module) and m != module)}
    below = imports(module) - above
    assert not below, f"{module} imports {sorted(below)}: move what it needs to a file above it"


def test_no_cycles():
    graph = {module: imports(module) for module in MODULES}
    assert len(tuple(graphlib.TopologicalSorter(graph).static_order())) == len(MODULES)


def test_rules_do_not_know_dual():
    rules = [module for module in MODULES if module.startswith("dualad.rules.")]
    assert rules
    assert not [m for m in rules if any(name.startswith("dualad.dual") for name in imports(m))]


def test_the_page_lists_the_files():
    assert [name for name in ORDER if name not in MODULES] == []
    assert [module for module in MODULES if rank(module) < 0] == []


@pytest.mark.parametrize("module", list(MODULES))
def test_private_names_stay_in_their_file(module):
    nodes = ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
    ours = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]
    private = [alias.name for node in ours for alias in node.names if alias.name.startswith("_")]
    files = {path.stem for path in MODULES.values()}
    assert [name for name in private if name not in files] == []


# ---------------------------------------------------------------- names


def documented_names():
    """The names in the first column of the table in docs/index.md, and in the block below it."""
    page = (ROOT / "docs/index.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) + block("docs/index.md", "text").split()


def test_public_names_are_the_documented_ones():
    assert len(dualad.__all__) == len(set(dualad.__all__))
    assert sorted(documented_names()) == sorted(dualad.__all__)
    assert all(hasattr(dualad, name) for name in dualad.__all__)


def is_for_reading(name):
    """Exceptions say what they are in a line, elementwise functions are documented by the table."""
    public = getattr(dualad, name)
    return not hasattr(public, "rule") and not (inspect.isclass(public) and issubclass(public, Exception))


@pytest.mark.parametrize("name", [name for name in dualad.__all__ if is_for_reading(name)])
def test_public_names_have_examples(name):
    assert re.search(r"^ *Examples\n *-{8}\n", getattr(dualad, name).__doc__, re.MULTILINE)
