"""The survey: some hundreds of small programs, written as people write them who never heard of dualad.

Each file beside this one is a group. A program is a plain function with the points at which it is
differentiated; `truth` knows its derivative from elsewhere, ``tests/test_survey.py`` compares the two
in forward and reverse mode, and ``python -m tests.survey`` writes ``docs/coverage.md``.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: The groups, in the order of the page.
FILES = (
    "ufuncs",
    "ufunc_methods",
    "shaping",
    "selecting",
    "reducing",
    "calculating",
    "creating",
    "linalg",
    "fourier",
    "methods",
    "indexing",
    "special",
    "scientific",
    "further_scipy",
    "walked_scipy",
    "random_draws",
    "mathematics",
    "language",
    "classes",
    "protocols",
    "evaluated",
    "array_classes",
    "mixed",
    "masked_arrays",
    "applications",
)

MODES = ("forward", "reverse")


@dataclass(eq=False)
class Program:
    """A function, and where it is differentiated.

    Attributes
    ----------
    points : tuple
        Each a tuple of positional arguments, all of which are differentiated.
    mp : callable or None
        ``lambda m, x``: the same function of mpmath's numbers (``m`` the context), entry by entry.
    refused : dict
        mode -> the reason why it is an error there.
    rounds : str
        Why the value is not the plain one in the last bits; mostly empty.
    """

    file: str
    name: str
    function: Callable[..., Any]
    points: tuple[tuple[Any, ...], ...]
    mp: Callable[..., Any] | None = None
    refused: dict[str, str] = field(default_factory=dict)
    rounds: str = ""

    def __repr__(self) -> str:
        return f"{self.file}:{self.name}"


class Group:
    """The programs of one file."""

    def __init__(self, file: str, title: str):
        self.file = file.rpartition(".")[2]
        self.title = title
        self.programs: dict[str, Program] = {}

    def at(self, *points: Any, **programs: Any) -> Callable[..., Any]:
        """Add programs, given by keyword or by decorating one, at these points.

        A point is an argument, or a tuple of several. A program is a function, or a pair of it and
        its counterpart in mpmath.
        """
        every = tuple(p if isinstance(p, tuple) else (p,) for p in points)
        for name, program in programs.items():
            function, mp = program if isinstance(program, tuple) else (program, None)
            assert name not in self.programs, name
            self.programs[name] = Program(self.file, name, function, every, mp)

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            self.at(*every, **{function.__name__: function})
            return function

        return decorate

    def refuses(self, reason: str, *names: str, modes: tuple[str, ...] = MODES) -> None:
        """Say that programs are not supported, and why: they have to raise an error of ours."""
        for name in names:
            self.programs[name].refused = dict.fromkeys(modes, reason)

    def rounds(self, reason: str, *names: str) -> None:
        """Say that the values of programs are not the plain ones in the last bits, and why."""
        for name in names:
            self.programs[name].rounds = reason


def groups() -> list[Group]:
    """All groups."""
    return [importlib.import_module(f".{name}", __package__).tried for name in FILES]


def programs() -> list[Program]:
    """All programs."""
    return [program for group in groups() for program in group.programs.values()]
