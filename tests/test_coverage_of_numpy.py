"""Every function of NumPy that meets a Dual is differentiated, passed through, or refused by name.

The functions are those that NumPy itself lists, so a new release shows up here as a failing line.
"""

import inspect
import io

import numpy as np
import pytest
from numpy.testing import overrides
from samples import SAMPLES, TESTED_ELSEWHERE

import dualad.dual.functions
import dualad.rules.further
from dualad import Dual
from dualad.errors import UnsupportedError
from dualad.table import PASSED, REFUSED, RULES, LinearRule, Rule

NAMESPACES = {
    "np": np,
    "np.linalg": np.linalg,
    "np.fft": np.fft,
    "np.emath": np.emath,
    "np.lib.stride_tricks": np.lib.stride_tricks,
}

DISPATCHED = overrides.get_overridable_numpy_array_functions()


def functions_of(namespace):
    """name -> function, for those that NumPy hands to ``__array_function__``."""
    return {name: f for name, f in sorted(vars(namespace).items()) if callable(f) and f in DISPATCHED}


def all_functions():
    for title, namespace in NAMESPACES.items():
        for name, function in functions_of(namespace).items():
            yield pytest.param(function, id=f"{title}.{name}")


def all_ufuncs():
    for name, f in vars(np).items():
        if isinstance(f, np.ufunc):
            yield pytest.param(f, id=f"np.{name}")


def ways(function):
    """Which of the ways a function is treated in; there should be one."""
    created = function.__name__ in dualad.dual.functions._MADE_LIKE and function not in RULES
    return [function in RULES, function in PASSED, function in REFUSED, created].count(True)


def test_the_namespaces_are_walked():
    assert len(functions_of(np)) > 200
    assert len(list(all_ufuncs())) > 80


@pytest.mark.parametrize("function", [*all_functions(), *all_ufuncs()])
def test_every_function_is_one_of_the_three(function):
    assert ways(function) == 1, (
        f"{function.__name__} has no rule: add it to dualad/rules, differentiated, passed or refused"
    )


def test_few_are_refused():
    assert len(REFUSED) <= 10


@pytest.mark.parametrize(("function", "instead"), REFUSED.items(), ids=lambda x: getattr(x, "__name__", ""))
def test_what_is_refused_says_what_to_type(function, instead):
    file = [io.BytesIO()] if function.__name__.startswith("save") else []
    with pytest.raises(UnsupportedError) as caught:
        function(*file, Dual([1.0, 2.0], [1.0, 0.0]))
    assert function.__name__ in str(caught.value)
    assert instead in str(caught.value)


# ------------------------------------------------------------------------------- keywords

#: Seen to before a rule is asked.
EVERYWHERE = {"out", "like"}

#: Keywords that a rule of an elementwise function has no part in: order and subok are about memory.
ELEMENTWISE = {"order", "subok"}


def keyword_cases():
    for param in all_functions():
        function = param.values[0]
        if function in RULES:
            for name in keywords_of(function):
                yield pytest.param(function, name, id=f"{param.id}-{name}")


def keywords_of(function):
    """What NumPy says can be given by keyword."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # before NumPy 2.4 functions in C do not say
        return []
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in parameters if p.kind in kinds and p.name not in EVERYWHERE]


def is_known(function, name):
    """Whether the rule of a function says something about an argument."""
    rule = RULES[function]
    if isinstance(rule, Rule):
        names = list(inspect.signature(function).parameters)[: rule.arity]
        return name in {*names, *ELEMENTWISE, "min", "max"}
    if isinstance(rule, LinearRule) and rule.several == "first":
        return name in {*rule.keywords, dualad.dual.functions._positional(function)[0][0]}
    return name in rule.keywords


@pytest.mark.parametrize(("function", "name"), list(keyword_cases()))
def test_every_keyword_is_known_or_refused_by_name(function, name):
    """None is ignored: what the rule does not know, it refuses by name."""
    if is_known(function, name):
        return
    x = Dual([1.0, 2.0], [1.0, 0.0])
    arguments = [x] * len([p for p in _required(function) if p != name])
    with pytest.raises(UnsupportedError) as caught:
        function(*arguments, **{name: 1})
    assert f"{name}=" in str(caught.value)


#: Keywords about types, memory and the way to the value: no derivative depends on them.
OF_THE_VALUE = {
    *(
        "casting",
        "copy",
        "device",
        "dtype",
        "kind",
        "order",
        "overwrite_input",
        "stable",
        "subok",
        "descending",
    ),
    *("optimize", "assume_unique", "return_indices", "equal_nan", "sorted", "tol", "rcond", "writeable"),
    "newshape",  # the older name of shape
    "interpolation",  # the older name of method
}


@pytest.mark.parametrize(("function", "name"), list(keyword_cases()))
def test_every_known_keyword_is_used_in_a_sample(function, name):
    """So that `test_table.py` compares the derivative with differences for each of them."""
    rule = RULES[function]
    if isinstance(rule, Rule) or name in OF_THE_VALUE or not is_known(function, name):
        return
    if function in TESTED_ELSEWHERE or (function is np.corrcoef and name in ("bias", "ddof")):
        return  # these have no effect, says NumPy 2.0
    place = _places(function).get(name, 99)
    assert any(name in keywords or len(args) > place for args, keywords in SAMPLES[function])


def _places(function):
    """name -> place among the positional arguments."""
    return {p: i for i, p in enumerate(inspect.signature(function).parameters)}


def _required(function):
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_POSITIONAL]


@pytest.mark.parametrize("function", [p for p in all_functions() if p.values[0] in RULES])
def test_positional_options_stand_where_numpy_has_them(function):
    """An option given by position reaches the rule under NumPy's name for it."""
    rule = RULES[function]
    names, taken = dualad.dual.functions._positional(function)
    if isinstance(rule, Rule) or taken > len(names):
        return
    what = rule.maps[0] if isinstance(rule, LinearRule) else rule.body
    skipped = 0 if not isinstance(rule, LinearRule) else 3 if rule.several else 1
    own = list(inspect.signature(what).parameters)[skipped:]
    arrays = len(rule.maps) if isinstance(rule, LinearRule) else 0
    assert list(names[arrays:taken]) == own[arrays:taken]
