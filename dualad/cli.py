"""The command ``dualad``. What cannot be done gets one line on stderr, and exit status 2."""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import json
import math
import operator
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from .errors import DualadError

__all__ = ["main"]

_DEFAULT_PICTURE = "compare.png"

_FORMS = "package.module:function or path/to/file.py:function"


class _Refusal(Exception):
    """Something that the user asked for and that cannot be; the message says what to type."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Refusal(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; the default is those of the process.

    Returns
    -------
    int
        The exit status: 0, or 2 after a line on stderr that says what is wrong.
    """
    try:
        options = _parser().parse_args(argv)
        options.run(options)
    except (_Refusal, DualadError) as error:
        print(f"dualad: {_one_line(error)}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="dualad", description="Derivatives of plain Python functions.")
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {sys.modules[__package__].__version__}"
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    compare = commands.add_parser(
        "compare",
        help="compare the ways to get a derivative: what each gives, and what it costs",
        description="Compare the ways to get a derivative: result, error, time, operations and memory.",
    )
    compare.add_argument(
        "function",
        nargs="?",
        metavar="FUNCTION",
        help="a function of a number, as package.module:function or path/to/file.py:function; "
        "without one, the recursive sine z <- sin(z x) + x",
    )
    compare.add_argument(
        "--at", type=_number, default=0.7, metavar="X", help="the point (default: %(default)s)"
    )
    compare.add_argument("--iterations", type=int, metavar="K", help="of the recursive sine (default: 20)")
    compare.add_argument(
        "--inputs", type=int, metavar="N", help="inputs of the recursive sine, which take turns (default: 1)"
    )
    picture = compare.add_mutually_exclusive_group()
    picture.add_argument(
        "--plot",
        metavar="FILE",
        help=f"where the picture goes (default: {_DEFAULT_PICTURE}, with --json none)",
    )
    picture.add_argument("--no-plot", action="store_true", help="no picture")
    compare.add_argument(
        "--costs",
        action="store_true",
        help="also what it costs, counted, predicted and measured, and a second picture",
    )
    compare.add_argument("--json", action="store_true", help="print JSON instead of the table")
    compare.set_defaults(run=_compare)
    return parser


def _number(text: str) -> float:
    try:
        x = float(text)
    except ValueError:
        x = math.nan
    if not math.isfinite(x):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number; try --at 0.7")
    return x


# ---------------------------------------------------------------- compare


def _compare(options: argparse.Namespace) -> None:
    _require("mpmath", *([] if options.json else ["rich"]), *(["matplotlib"] if options.plot else []))
    picture = _picture(options)

    from .classroom.comparison import compare

    problem = _problem(options)
    comparison = compare(problem)
    costs = _costs(problem) if options.costs else None
    if options.json:
        data = comparison.as_dict() | ({"costs": costs.as_dict()} if costs else {})
        print(json.dumps(data, indent=2, allow_nan=False))
    else:
        from .classroom.tables import print_costs, print_table

        print_table(comparison)
        if costs:
            print()
            print_costs(costs)
        sys.stdout.flush()
    if picture:
        from .classroom.pictures import draw

        if not options.json:
            print(flush=True)

        _draw(partial(draw, comparison), picture, options)
        if costs:
            from .classroom.cost_pictures import draw_costs

            _draw(draw_costs, Path(_name_of_costs(picture)), options)


def _costs(problem: Any) -> Any:
    from .costs.report import cost

    return cost(problem.f, *problem.xs)


def _name_of_costs(picture: Path | str) -> str:
    """The picture of the costs stands beside the other one."""
    path = Path(picture)
    return str(path.with_name(f"{path.stem}-costs{path.suffix}"))


def _problem(options: argparse.Namespace) -> Any:
    from .classroom.comparison import problem_of, recursive_sine_problem

    if options.function is not None:
        for name in ("iterations", "inputs"):
            if getattr(options, name) is not None:
                raise _Refusal(f"--{name} belongs to the recursive sine; leave it out, or leave FUNCTION out")
        return problem_of(_load(options.function), options.at, options.function)
    inputs = 1 if options.inputs is None else options.inputs
    iterations = max(20, inputs) if options.iterations is None else options.iterations
    return recursive_sine_problem(options.at, iterations, inputs)


def _require(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise _Refusal(f'compare needs {" and ".join(missing)}; type: pip install "dualad[classroom]"')


def _picture(options: argparse.Namespace) -> Path | None:
    """Where the picture goes, if there is one to draw; refuses what cannot be written."""
    if options.no_plot or (options.json and not options.plot):
        return None
    if options.plot is None:
        return Path(_DEFAULT_PICTURE) if importlib.util.find_spec("matplotlib") else None

    from matplotlib.backend_bases import FigureCanvasBase

    path = Path(options.plot)
    kinds = FigureCanvasBase.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in kinds:
        raise _Refusal(f"--plot {path}: the name must end in .png, .pdf or .svg")
    place = path if path.exists() else path.parent
    if path.is_dir() or not path.parent.is_dir() or not os.access(place, os.W_OK):
        raise _Refusal(f"--plot {path}: cannot be written; name a file in a folder that exists")
    return path


def _draw(draw: Callable[[Path], None], path: Path, options: argparse.Namespace) -> None:
    try:
        draw(path)
    except OSError as error:
        if options.plot:
            raise _Refusal(f"--plot {path}: {error.strerror or error}; name another file") from error
        print(f"dualad: no picture: {path}: {error.strerror or error}", file=sys.stderr)
        return
    if not options.json:
        print(f"Picture: {path}")


# ---------------------------------------------------------------- the user's function


def _load(text: str) -> Callable[[Any], Any]:
    """The function that ``module:function`` or ``file.py:function`` names."""
    place, colon, name = text.rpartition(":")
    if not colon or not place or not name:
        raise _Refusal(f"{text!r} names no function; write {_FORMS}")
    module = _module_from_file(Path(place)) if place.endswith(".py") else _module_by_name(place)
    try:
        function = operator.attrgetter(name)(module)
    except AttributeError:
        near = difflib.get_close_matches(name, [n for n in vars(module) if callable(getattr(module, n))], n=1)
        hint = f"perhaps {place}:{near[0]}" if near else "write module:function"
        raise _Refusal(f"no function {name!r} in {place}; {hint}") from None
    if not callable(function):
        raise _Refusal(f"{text} is no function but {type(function).__name__}; write module:function")
    return function


def _module_from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise _Refusal(f"no such file: {path}; write {_FORMS}")
    name = f"dualad_compare_{path.stem}"  # its own name might be that of a module in use: random.py
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise _Refusal(f"{path} is no Python file; write {_FORMS}")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))  # as `python file.py` does
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _not_imported(path, error) from error
    return module


def _module_by_name(name: str) -> ModuleType:
    sys.path.insert(0, os.getcwd())  # as `python -m` does
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and f"{name}.".startswith(f"{missing}."):
            raise _Refusal(f"no such module: {missing}; write {_FORMS}") from None
        raise _not_imported(name, error) from error


def _not_imported(place: Any, error: BaseException) -> _Refusal:
    return _Refusal(f"{place} cannot be imported: {type(error).__name__}: {error}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
