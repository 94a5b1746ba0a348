"""The names of other packages: each is answered with what to write here, and that works."""

import pathlib
import re

import numpy as np
import pytest

import dualad
from dualad import grad
from dualad.errors import MissingError
from dualad.vocabulary import METHODS_OF_TENSORS, NAMES

PAGE = (pathlib.Path(__file__).parents[1] / "docs" / "coming-from.md").read_text(encoding="utf-8")

#: What the calls of the table are made with: a function of one number that every entry point takes.
ROOM = {"dualad": dualad, "f": np.sin, "x": 0.5, "t": 2.0, "v": 2.0, "points": np.array([0.5, 1.0])}


def test_the_page_shows_the_table():
    rows = re.findall(r"^\|[^|`]*\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == list(NAMES.items())
    assert re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE) == list(METHODS_OF_TENSORS.items())


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_name_is_answered(name):
    assert not hasattr(dualad, name)
    with pytest.raises(AttributeError) as caught:
        getattr(dualad, name)
    assert str(caught.value) == f"module 'dualad' has no attribute '{name}'; write {NAMES[name]}"


def test_a_name_that_nobody_has():
    with pytest.raises(ImportError, match="cannot import name 'no_such_name'"):
        exec("from dualad import no_such_name")


CALLS = sorted({call for text in NAMES.values() for call in re.findall(r"dualad\.\w+\([^.)]*\)", text)})


SINE, COSINE = np.sin(0.5), np.cos(0.5)

#: What is called -> the numbers that it gives, or that what it gives returns at ``x``, of the sine.
RIGHT = {
    "check_derivative": [True],
    "checkpoint": [SINE],
    "derivative": [COSINE],
    "grad": [COSINE],
    "hessian": [-SINE],
    "hessian_diagonal": [-SINE],
    "hvp": [-2 * SINE],
    "jacobian": [COSINE],
    "jvp": [SINE, 2 * COSINE],
    "linearize": [SINE, 2 * COSINE],
    "map_derivative": np.cos([0.5, 1.0]),
    "sparse_jacobian": [COSINE],
    "sparsity": [True],
    "stop_derivative": [0.5],
    "value": [0.5],
    "vjp": [SINE, 2 * COSINE],
}


def numbers(found):
    """All numbers in what a call gives; a linear map as what it makes of 2."""
    if isinstance(found, tuple):
        return [found[0], found[1](2.0) if callable(found[1]) else found[1]]
    if hasattr(found, "toarray"):
        return found.toarray().ravel()
    return np.ravel(bool(found) if type(found).__module__.startswith("dualad") else found)


@pytest.mark.parametrize("call", CALLS)
def test_the_answers_can_be_typed(call):
    found = eval(call, dict(ROOM))
    found = found(ROOM["x"]) if callable(found) else found
    assert numbers(found) == pytest.approx(RIGHT[re.match(r"dualad\.(\w+)", call)[1]], rel=1e-12)


@pytest.mark.parametrize("x", [1.5, np.array([1.5, 2.0])], ids=["number", "array"])
@pytest.mark.parametrize("name", METHODS_OF_TENSORS)
def test_a_method_of_a_tensor(name, x):
    program = eval(f"lambda x: x.{name}")
    with pytest.raises(MissingError) as caught:
        grad(program)(x)
    assert str(caught.value).endswith(METHODS_OF_TENSORS[name])
