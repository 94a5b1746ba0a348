"""How a compiled function of SciPy gets a stand-in: plain arguments go on to it, others get a rule."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ...dual import holds_dual, stacked
from ...errors import NoRuleError
from ...table import RULES, LinearRule, own_function

#: What SciPy may do to its arguments, or how it is to compute: nothing to a derivative.
HOW = {"check_finite", "lwork", "lapack_driver", "driver", "disp", "blocksize"}
HOW |= {"overwrite_a", "overwrite_b", "overwrite_ab"}

#: A function of scipy.linalg -> what takes its place.
STAND_INS: dict[Any, Callable[..., Any]] = {}

#: name -> the function that the rule is kept by, once `stand_ins` has been called.
WITH_RULE: dict[str, Callable[..., Any]] = {}


def put(module: Any, name: str, own: Callable[..., Any]) -> None:
    """A stand-in that gives plain arguments to SciPy and others to ``own``."""
    original = getattr(module, name, None)
    if original is None:
        return  # older and newer versions of SciPy do not have them all

    @functools.wraps(original)
    def stand_in(*args: Any, **keywords: Any) -> Any:
        if not holds_dual((*args, *keywords.values())):
            return original(*args, **keywords)
        args = tuple(stacked(a) if isinstance(a, list) else a for a in args)
        return own(*args, **keywords)

    STAND_INS[original] = stand_in


def put_with_rule(module: Any, name: str, maps: Sequence[Callable[..., Any]], square: Any = None) -> None:
    """A stand-in with the value from SciPy and a rule; the maps take SciPy's names of the arguments.

    For a root ``square`` gives of what.
    """
    original = getattr(module, name, None)
    if original is None:
        return
    signature = inspect.signature(original)
    names = list(signature.parameters)

    @own_function
    @functools.wraps(original)
    def value(*args: Any, **keywords: Any) -> Any:
        # Not into the arguments, which the derivative needs.
        given = signature.bind(*args, **keywords).arguments
        arrays = [given.pop(k) for k in names[: len(maps)] if k in given]
        return original(*arrays, **{k: v for k, v in given.items() if not k.startswith("overwrite")})

    value.__module__ = "scipy.linalg"

    def squared(*args: Any, **keywords: Any) -> Any:
        return square(**_that_matter(signature, args, keywords))

    RULES[value] = LinearRule(
        value,
        tuple(_named(name, signature, m) for m in maps),
        name,
        "",
        frozenset(names),
        tuple(names[: len(maps)]),
        squared=None if square is None else squared,
    )
    WITH_RULE[name] = value
    put(module, name, value)


def _named(name: str, signature: inspect.Signature, the_map: Callable[..., Any]) -> Callable[..., Any]:
    """A map that is given all arguments by SciPy's names, and says which it does not know."""
    known = inspect.signature(the_map).parameters

    def map_of(y: Any, *args: Any, **keywords: Any) -> Any:
        given = _that_matter(signature, args, keywords)
        for k in [k for k in given if k not in known]:
            if given.pop(k) is not signature.parameters[k].default:
                raise NoRuleError(f"scipy.linalg.{name} with {k}= has no derivative rule; leave out {k}=")
        return the_map(y, **given)

    return map_of


def _that_matter(signature: inspect.Signature, args: Any, keywords: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, without those of `HOW`."""
    return {k: v for k, v in signature.bind(*args, **keywords).arguments.items() if k not in HOW}


def ours(name: str) -> Callable[..., Any]:
    """The stand-in for a function of scipy.linalg, once `stand_ins` has been called."""
    import scipy.linalg

    return STAND_INS[getattr(scipy.linalg, name)]
