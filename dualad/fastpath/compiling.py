"""A fast function compiled, with what its text calls by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from ..linear import Scale, quiet, some_nan, some_zero
from ..rules.elementwise import if_, indicator, selected
from ..table import Rule
from ..tape import Node
from .writing import source

_DOUBLES = np.dtype(float)


def _of_doubles(x: Any) -> bool:
    inner = getattr(x, "value", x)
    return type(inner) is np.ndarray and inner.dtype is _DOUBLES


#: What the text of every fast function may call.
_NAMES: dict[str, Any] = {
    "__name__": __name__,
    "of_doubles": _of_doubles,
    "Node": Node,
    "Scale": Scale,
    "float64": np.float64,
    "floats": frozenset({float, np.float64}),
    "if_": if_,
    "indicator": indicator,
    "selected": selected,
    "some_nan": some_nan,
    "some_zero": some_zero,
    "nan": float("nan"),
    "doubles": _DOUBLES,
    "full": np.full,
    "objects": np.dtype(object),
    "ndarray": np.ndarray,
    "quiet": quiet,
    "where": np.where,
    "logical_not": np.logical_not,
}


def _guarded(original: Callable[..., Any], dual: type, fallback: Callable[..., Any]) -> Callable[..., Any]:
    def function(*args: Any, **keywords: Any) -> Any:
        ours = not keywords and any(type(a) is dual for a in args)
        return fallback(*args) if ours else original(*args, **keywords)

    return function


def _on_array(call: Callable[..., Any]) -> Callable[..., Any]:
    """A function of math takes an array of no axes as well; what comes of it is a number of NumPy's."""
    if isinstance(call, np.ufunc):
        return call

    def call_on_array(*args: Any) -> Any:
        y = call(*args)
        return np.float64(y) if type(y) is float else y

    return call_on_array


def compiled(
    rule: Rule,
    value: str,
    call: Callable[..., Any],
    dual: type,
    fallback: Callable[..., Any],
    original: Callable[..., Any] | None = None,
    reflected: bool | None = None,
) -> Callable[..., Any]:
    """The fast function of a rule, or its fallback where it has none.

    One that stands for an original has the attribute ``positional``: the same for calls without options.
    """
    written = source(rule, value, original is not None, reflected)
    if written is None and original is not None:
        return _guarded(original, dual, fallback)
    if written is None:
        return (lambda b, a: fallback(a, b)) if reflected else fallback
    text, uses = written
    namespace = {**_NAMES, "Dual": dual, "call": call, "original": original, "fallback": fallback}
    namespace["call_on_array"] = _on_array(call)
    for name, used in uses.items():
        namespace[name] = used.math or used.generic
        # A function of ours meets Duals of outer calls by its generic form only.
        of_array = used.function if isinstance(used.function, np.ufunc) else used.generic
        namespace[f"{name}_of_array"] = of_array
    exec(compile(text, f"<dualad fast path of {rule.name}>", "exec"), namespace)
    function: Any = namespace[f"fast_{rule.name}"]
    if original is not None:
        function, positional = namespace[f"guarded_{rule.name}"], function
        function.positional = positional
    return cast("Callable[..., Any]", function)
