"""Lines of the user's code: which one runs, and warnings that name one."""

from __future__ import annotations

import sys
import warnings
from typing import Any, NamedTuple


class Line(NamedTuple):
    """Where something happened, with what Python asks before it shows a warning from there."""

    file: str
    number: int
    module: str
    #: Where the module keeps what has been shown.
    registry: dict[Any, Any]

    @classmethod
    def of(cls, frame: Any) -> Line:
        """The line that a frame is at."""
        names = frame.f_globals
        registry = names.setdefault("__warningregistry__", {})
        return cls(frame.f_code.co_filename, frame.f_lineno, names.get("__name__", "<string>"), registry)

    def warn(self, text: str, category: type[Warning]) -> None:
        """Warn as ``warnings.warn`` does in this line."""
        warnings.warn_explicit(text, category, self.file, self.number, self.module, self.registry)


def outside(module: str, *others: str) -> bool:
    """Whether a module is neither NumPy's nor ours, nor one of these packages'."""
    return module.partition(".")[0] not in ("numpy", "dualad", *others)


def users_line(*others: str) -> Line:
    """The line that runs of code that is neither ours nor NumPy's, nor of these packages."""
    frame = sys._getframe(1)
    while frame.f_back is not None and not outside(frame.f_globals.get("__name__", ""), *others):
        frame = frame.f_back
    return Line.of(frame)


def place_of_error(error: Exception) -> str:
    """The last line outside of NumPy and dualad that an error has come through, as "file:line"."""
    place, trace = "", error.__traceback__
    while trace is not None:
        if outside(trace.tb_frame.f_globals.get("__name__", "")):
            place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
