"""Text that is run as code: ``eval``, ``exec`` and ``compile`` of lifted functions.

The text is rewritten as the source of a function is, so that ``eval("math.sin(x)")`` meets the same
stand-ins. Text with a number in it that a Dual was printed as has lost its derivative: an error.
"""

from __future__ import annotations

import ast
import builtins
import functools
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import numpy as np

from ..dual import primal, settled
from ..dual.callers import instructions
from ..dual.containers import mode_in
from ..dual.printed import Text, is_printed, shows_dual
from ..errors import ConversionError
from .rewriting import FUTURES
from .substitution import seen
from .syntax.replacing import replaced
from .syntax.visitor import Calls, with_constants

#: What code does that is no expression.
_BINDING = instructions("STORE_NAME", "STORE_GLOBAL", "DELETE_NAME")


#: Source, file, mode, names and flags -> the code.
_Rewritten = Callable[[str, str, str, dict[str, Any], int], CodeType]


def evaluating(calls: Calls, note: Callable[[CodeType, Any], None]) -> dict[Any, Callable[..., Any]]:
    """function -> what takes its place; ``note`` is told of code and of what comes in its place."""

    def rewritten(text: str, file: str, mode: str, names: dict[str, Any], flags: int) -> CodeType:
        if shows_dual(text):
            raise _refused(text)
        tree: Any = ast.parse(text.lstrip(" \t") if mode == "eval" else text, file, mode)
        _check(text, tree)
        constants = replaced(tree, names, calls)
        code = with_constants(compile(tree, file, mode, flags=flags, dont_inherit=True), constants)
        note(code, code)
        return code

    return {
        compile: _compiling(rewritten),
        eval: _running(calls, rewritten, builtins.eval, "eval"),
        exec: _running(calls, rewritten, builtins.exec, "exec"),
        sys._getframe: _frame,
    }


def _compiling(rewritten: _Rewritten) -> Callable[..., Any]:
    @functools.wraps(compile)
    def compiling(
        source: Any, filename: Any, mode: str, flags: int = 0, dont_inherit: bool = False, **options: Any
    ) -> Any:
        caller = sys._getframe(1)
        if not dont_inherit:
            flags |= _futures(caller)
        if not isinstance(source, str) or options or flags & ~FUTURES:
            return compile(source, filename, mode, flags, True, **options)
        return rewritten(source, filename, mode, caller.f_globals, flags)

    return compiling


def _running(calls: Calls, rewritten: _Rewritten, run: Any, mode: str) -> Callable[..., Any]:
    @functools.wraps(run)
    def function(source: Any, globals: Any = None, locals: Any = None, **options: Any) -> Any:
        caller = sys._getframe(1)
        if globals is None:
            globals, locals = caller.f_globals, caller.f_locals if locals is None else locals
            if type(locals).__name__ == "FrameLocalsProxy":  # from Python 3.13 on they are copied
                locals = dict(locals)
        if isinstance(source, str):
            names = {**globals, **(locals or {})}
            source = rewritten(source, "<string>", mode, names, _futures(caller))
        elif run is eval and isinstance(source, CodeType) and _BINDING.isdisjoint(source.co_code[::2]):
            own = {n: vars(builtins)[n] for n in source.co_names if n in vars(builtins)}
            globals = _seen(calls, source, {"__builtins__": builtins, **own, **globals})
            locals = _seen(calls, source, locals)
        return run(source, globals, locals, **options)

    return function


@functools.wraps(sys._getframe)
def _frame(depth: int = 0) -> FrameType:
    """The frame so many calls of the user's above, as if ours were not between them."""
    frame = sys._getframe(1)
    for _ in range(depth):
        above = frame.f_back
        while above is not None and above.f_globals.get("__name__", "").startswith("dualad."):
            above = above.f_back
        if above is None:
            raise ValueError("call stack is not deep enough")
        frame = above
    return frame


def expression(
    ex: str, local_dict: Any = None, global_dict: Any = None, out: Any = None, *options: Any, **keywords: Any
) -> Any:
    """`numexpr.evaluate`, whose text names functions of NumPy; without Duals it goes on to that."""
    frame = sys._getframe(1)
    names = {**(global_dict or frame.f_globals), **(frame.f_locals if local_dict is None else local_dict)}
    code = compile(ex.strip(), "<string>", "eval")
    given = {n: settled(names[n]) for n in code.co_names if n in names}
    if mode_in(given) is None:
        evaluate = sys.modules["numexpr"].evaluate
        return evaluate(ex, given, {}, settled(out), *options, **keywords)
    functions = {n: getattr(np, n, None) for n in code.co_names if n not in given}
    y = eval(code, {"__builtins__": {}}, {**functions, **{n: _of_numpy(x) for n, x in given.items()}})
    if out is None:
        return y
    out[...] = y
    return out


def _of_numpy(x: Any) -> Any:
    """A float as NumPy has it, which overflows to infinity."""
    return x * np.float64(1.0) if type(primal(x)) is float else x


def _futures(caller: FrameType) -> int:
    """Which statements ``from __future__`` hold in the code of a frame."""
    return caller.f_code.co_flags & FUTURES


def _seen(calls: Calls, code: CodeType, names: Any) -> Any:
    """Names as they are seen by an expression that was compiled elsewhere."""
    if names is None:
        return None
    if type(names) is not dict:  # it may find names in a way of its own
        return _Seen(calls, names)
    return {**names, **{name: seen(calls.called, names[name]) for name in code.co_names if name in names}}


class _Seen:
    """A mapping whose objects are seen so."""

    def __init__(self, calls: Calls, names: Any):
        self._calls, self._names = calls, names

    def __getitem__(self, name: str) -> Any:
        return seen(self._calls.called, self._names[name])


def _check(text: str, tree: ast.AST) -> None:
    """Raise for a number that a Dual was printed as.

    Whole numbers stand in many a text; they are looked at only if this one shows a Dual.
    """
    kinds = (int, float, complex) if type(text) is Text else (float, complex)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in kinds and is_printed(node.value):
            raise _refused(text)


def _refused(text: str) -> ConversionError:
    return ConversionError(
        f"the code {str(text)!r} has numbers in it that were printed, which loses their derivative; name "
        'them in the text and hand them over: eval("a * 2", {"a": a})'
    )
