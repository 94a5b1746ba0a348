"""Look-ups in code that cannot be compiled again, of what it calls and of properties.

In place of ``x.name`` stands ``look_up @ x``, with an object ``look_up`` whose ``@`` finds the attribute. The
interpreter leaves room after the instruction that looks up an attribute, for notes of its own (``CACHE``).
The few instructions that stand for it here find place in that room, so that nothing else in the code
moves (Python 3.11; later ones leave more room, which is filled with ``NOP``)::

    LOAD_FAST  x                      LOAD_FAST   x
    LOAD_ATTR  name                   NOP
    CACHE                             LOAD_CONST  look_up
    CACHE                             SWAP        2
    CACHE                             BINARY_OP   @
    CACHE                             CACHE

A global that is called, as in ``name(x)``, is looked up under a name of its own, ``name()``: what is called
there may be another thing than what is passed on.
"""

from __future__ import annotations

import dis
import functools
import itertools
import sys
import types
from collections.abc import Callable
from typing import Any

#: What finds an attribute of an object by its name.
Find = Callable[[Any, str], Any]

#: The versions of Python whose instructions these are. In others the code stays as it is.
_KNOWN = (3, 11) <= sys.version_info[:2] <= (3, 13)

#: In these an attribute is looked up in order to be called by an instruction of its own.
_OWN_INSTRUCTION = sys.version_info[:2] < (3, 12)

#: In these what is called lies above the place that is empty where it is no method, before it below.
_EMPTY_LAST = sys.version_info[:2] >= (3, 13)

_MATMUL = 4  # the argument of BINARY_OP for ``@``


class _LookUp:
    """``look_up @ x`` is the attribute of ``x``."""

    def __init__(self, find: Find, name: str):
        self.find, self.name = find, name

    def __matmul__(self, x: Any) -> Any:
        return self.find(x, self.name)


def _is_method(one: dis.Instruction) -> bool:
    """Whether an attribute is looked up in order to be called, together with the object."""
    if _OWN_INSTRUCTION:
        return one.opname == "LOAD_METHOD"
    return one.opname == "LOAD_ATTR" and bool((one.arg or 0) & 1)


def _is_called(code: list[dis.Instruction], i: int) -> bool:
    """Whether another attribute is looked up in order to be called: that of a module."""
    if _EMPTY_LAST:
        return code[i + 1].opname == "PUSH_NULL"
    before = code[i - 1]
    if before.opname == "LOAD_GLOBAL":
        return bool((before.arg or 0) & 1)
    return i > 1 and code[i - 2].opname == "PUSH_NULL" and before.opname != "LOAD_ATTR"


def _is_called_itself(code: list[dis.Instruction], i: int) -> bool:
    """Whether a global is looked up in order to be called."""
    one = code[i]
    return one.opname == "LOAD_GLOBAL" and bool((one.arg or 0) & 1) and code[i + 1].opname != "LOAD_ATTR"


def when_called(name: str) -> str:
    """The name under which a global is looked up where it is called."""
    return f"{name}()"


def attributes_of(code: types.CodeType) -> frozenset[str]:
    """The names of the attributes that are looked up and not called, also by functions inside."""
    found = {one.argval for one in dis.get_instructions(code) if one.opname == "LOAD_ATTR"}
    return frozenset(found).union(
        *(attributes_of(c) for c in code.co_consts if isinstance(c, types.CodeType))
    )


@functools.lru_cache(maxsize=4096)
def asked(code: types.CodeType) -> frozenset[str]:
    """The names of what is asked for attributes, also by functions inside."""
    found = {
        one.argval
        for one, after in itertools.pairwise(dis.get_instructions(code))
        if after.opname in ("LOAD_ATTR", "LOAD_METHOD")
    }
    return frozenset(found).union(*(asked(c) for c in code.co_consts if isinstance(c, types.CodeType)))


@functools.lru_cache(maxsize=4096)
def with_look_ups(
    code: types.CodeType, method: Find, member: Find, members: frozenset[str]
) -> types.CodeType:
    """The same code, in which ``method`` finds what is called, and ``member`` attributes of these names."""
    if not _KNOWN:
        return code
    constants = [
        with_look_ups(c, method, member, members) if isinstance(c, types.CodeType) else c
        for c in code.co_consts
    ]
    text, names = bytearray(code.co_code), list(code.co_names)
    instructions = list(dis.get_instructions(code))
    for i, one in enumerate(instructions):
        if _is_method(one):
            find, empty = method, True
        elif one.opname == "LOAD_ATTR" and _is_called(instructions, i):
            find, empty = method, False
        elif one.opname == "LOAD_ATTR" and one.argval in members:
            find, empty = member, False
        else:
            if _is_called_itself(instructions, i) and len(names) < 128:  # there is room for one byte
                text[one.offset + 1] = 2 * len(names) + 1
                names.append(when_called(one.argval))
            continue
        constants.append(_LookUp(find, one.argval))
        _write(text, one.offset, _steps(len(constants) - 1, empty))
    if text == code.co_code and all(new is old for new, old in zip(constants, code.co_consts, strict=True)):
        return code
    return code.replace(
        co_code=bytes(text),
        co_consts=tuple(constants),
        co_names=tuple(names),
        co_stacksize=code.co_stacksize + 2,
    )


def _steps(constant: int, empty: bool) -> list[tuple[str, int]]:
    """What takes ``x`` from the stack and leaves its attribute there, and the place that is empty."""
    steps = [("LOAD_CONST", constant & 255), ("SWAP", 2), ("BINARY_OP", _MATMUL), ("CACHE", 0)]
    if constant > 255:
        steps.insert(0, ("EXTENDED_ARG", constant >> 8))
    if empty:
        steps = [*steps, ("PUSH_NULL", 0)] if _EMPTY_LAST else [("PUSH_NULL", 0), ("SWAP", 2), *steps]
    return [("NOP", 0), *steps]  # the first may get an argument that was for the instruction before


def _write(text: bytearray, start: int, steps: list[tuple[str, int]]) -> None:
    end = start + 2
    while text[end] == dis.opmap["CACHE"]:
        end += 2
    room = (end - start) // 2
    if len(steps) <= room:
        steps = steps + [("NOP", 0)] * (room - len(steps))
        text[start:end] = bytes(part for name, argument in steps for part in (dis.opmap[name], argument))
