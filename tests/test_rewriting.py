"""Functions compiled again from their source: it is found for every function, and is the same function."""

import functools
import gc
import importlib
import inspect
import linecache
import math
import sys
import threading
import traceback
import types
import warnings
import weakref

import forms
import numpy as np
import pytest
from checking import in_threads

from dualad import derivative, grad, jacobian, lift, value_and_derivative
from dualad.lifting import lift as lifting
from dualad.lifting.rewriting import rewritten

#: Modules of all kinds of style, and how many functions they have at least.
MODULES = {
    "forms": 30,
    "statistics": 50,
    "dataclasses": 40,
    "asyncio.base_events": 80,
    "typing": 150,
    "scipy.optimize._optimize": 50,
    "scipy.special._basic": 50,
    "scipy.stats._stats_py": 90,
    "fluids.friction": 60,
    "pvlib.irradiance": 40,
    "colour.models.cie_lab": 2,
    "iapws.iapws97": 60,
}

X = 0.7
VALUE = math.exp(math.sin(X))
SLOPE = math.cos(X) * VALUE


def functions(module):
    """The functions that stand in a module's file: those of its classes too, and those that are wrapped."""
    found = {}

    def add(f):
        if isinstance(f, staticmethod | classmethod):
            f = f.__func__
        for part in ("fget", "fset", "func", "__wrapped__"):
            if getattr(f, part, None) is not None and not isinstance(f, type):
                add(getattr(f, part))
        if isinstance(f, types.FunctionType) and f.__code__.co_filename == module.__file__:
            found[f.__code__] = f

    for value in list(vars(module).values()):
        add(value)
        if isinstance(value, type) and value.__module__ == module.__name__:
            for method in vars(value).values():
                add(method)
    return list(found.values())


@functools.cache
def pairs(name):
    """The functions of a module, and what their code becomes."""
    with np.printoptions(), warnings.catch_warnings():  # which colour changes
        warnings.simplefilter("ignore")
        module = pytest.importorskip(name)
    return [(f, rewritten(f.__code__, f.__globals__, lifting._CALLS)) for f in functions(module)]


def all_codes(code):
    yield code
    for c in code.co_consts:
        if isinstance(c, types.CodeType):
            yield from all_codes(c)


def lines(code):
    return {line for one in all_codes(code) for _, _, line in one.co_lines() if line is not None}


@pytest.mark.parametrize("name", MODULES)
def test_every_function_is_found_and_keeps_its_place(name):
    found = pairs(name)
    assert len(found) >= MODULES[name]
    assert [f.__qualname__ for f, new in found if new is None] == []
    for f, new in found:
        old = f.__code__
        assert new.co_freevars == old.co_freevars
        assert (new.co_name, new.co_qualname, new.co_filename) == (
            old.co_name,
            old.co_qualname,
            old.co_filename,
        )
        assert (new.co_firstlineno, new.co_flags) == (old.co_firstlineno, old.co_flags)
        count = old.co_argcount + old.co_kwonlyargcount
        assert (new.co_argcount, new.co_posonlyargcount, new.co_kwonlyargcount) == (
            old.co_argcount,
            old.co_posonlyargcount,
            old.co_kwonlyargcount,
        )
        assert new.co_varnames[:count] == old.co_varnames[:count]
        assert lines(new) == lines(old)


def result(f, args):
    """What a call does, in words that can be compared."""
    try:
        return repr(f(*args))
    except Exception as error:
        return type(error), str(error)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["statistics", "scipy.special._basic", "fluids.friction", "iapws.iapws97"])
@pytest.mark.parametrize("kind", ["numbers", "whole", "lists"])
def test_with_plain_arguments_it_does_the_same(name, kind):
    """Whatever that is, an error included."""
    given = {"numbers": [0.7, 1.5, 0.9], "whole": [3, 2, 4], "lists": [[1.0, 2.5, 4.0], [2.0, 1.0, 3.0]]}[
        kind
    ]
    for f, new in pairs(name):
        if inspect.isgeneratorfunction(f) or f.__qualname__ in ("kde_random", "NormalDist.samples"):
            continue
        takes = [p for p in inspect.signature(f).parameters.values() if p.default is p.empty]
        args = [given[k % len(given)] for k in range(sum(p.kind <= p.POSITIONAL_OR_KEYWORD for p in takes))]
        copy = types.FunctionType(new, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
        copy.__kwdefaults__ = f.__kwdefaults__
        assert result(copy, args) == result(f, args), f.__qualname__


# ---------------------------------------------------------------- forms of code


@pytest.mark.parametrize("name", forms.FORMS)
def test_forms(name):
    f = forms.FORMS[name]
    value, slope = value_and_derivative(f)(X)
    assert value == f(X) == VALUE
    assert slope == pytest.approx(SLOPE, rel=1e-15)
    assert grad(f)(X) == pytest.approx(SLOPE, rel=1e-15)
    second = math.cos(X) * SLOPE - math.sin(X) * VALUE
    assert derivative(derivative(f))(X) == pytest.approx(second, rel=1e-14)


GENERIC = """\
from math import exp, sin
def of_type[T: (int, float)](x: T) -> T:
    def inner[S](y: S) -> S:
        return sin(y)
    return exp(inner(x))
class Box[T]:
    def __init__(self, x: T):
        self.x = x
    def value[S](self: S) -> T:
        return exp(sin(self.x))
type Number[T] = list[T]
def of_box(x):
    return Box[float](x).value()
def text(x):
    return exp(sin(x)) if f"{f"{exp(0.0)}"}" else None
"""


def module_of(folder, name, source):
    """A module imported from a file of this source."""
    file = folder / f"{name}.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12 brought type parameters")
@pytest.mark.parametrize("name", ["of_type", "of_box", "text"])
def test_type_parameters_and_nested_texts(tmp_path, name):
    module = module_of(tmp_path, "generic", GENERIC)
    for f in functions(module):
        assert rewritten(f.__code__, f.__globals__, lifting._CALLS) is not None
    f = getattr(module, name)
    assert derivative(f)(X) == pytest.approx(SLOPE, rel=1e-15)
    assert lift(f).__type_params__ == f.__type_params__


# ---------------------------------------------------------------- source that is not to be trusted

SOURCE = """\
import math
def f(x):
    def inner(y):
        return 2 * math.sin(y)
    return inner(x) + {"a": 0.0}["a"]
"""

EDITS = {
    "another inner constant": ("2 *", "3 *"),
    "the type of a constant": ("2 *", "2.*"),
    "the sign of a zero": ("0.0", "-0."),
    "a name": ("math.sin(y)", "math.cos(y)"),
    "a line more": ("import math", "import math\n"),
    "a column more": ("2 * math", "2 *  math"),
    "nothing left": (SOURCE, ""),
    "not Python": ("def f", "deaf"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_file_that_was_changed_since_is_not_trusted(tmp_path, edit):
    module = module_of(tmp_path, "changed", SOURCE)
    (tmp_path / "changed.py").write_text(SOURCE.replace(*EDITS[edit]))
    linecache.checkcache()
    assert rewritten(module.f.__code__, module.f.__globals__, lifting._CALLS) is None
    assert value_and_derivative(module.f)(X) == pytest.approx((2 * math.sin(X), 2 * math.cos(X)), rel=1e-15)


def test_source_that_did_not_change_is_trusted(tmp_path):
    f = module_of(tmp_path, "unchanged", SOURCE).f
    assert rewritten(f.__code__, f.__globals__, lifting._CALLS) is not None


CLASSES = '''
import math
class Short: f = lambda self, x: math.sin(x)
class Deep:
    text = """
class Deep:
"""
    class Inner(Short):
        """Of a page that has tabs, and a second method in the line."""
        @staticmethod
        def g(x,
              y=lambda x: math.exp(x)): return y(x)
        class Innermost:
            h = lambda self, x: math.cos(x); k = lambda self, x: math.tan(x)
            def __hidden(self, x): return math.exp(x)
            def m(self, x): return self.__hidden(x)
            def f(self, x): return __class__.__qualname__.count(".") * math.sin(x)
    def f(self, x): return super().__init__() or Deep.Inner().f(x)
def all_of(x):
    deep, inner, most = Deep(), Deep.Inner(), Deep.Inner.Innermost()
    return [deep.f(x), inner.f(x), inner.g(x), most.h(x), most.k(x), most.m(x), most.f(x)]
'''.replace(" " * 12, " " * 8 + "\t")


def test_a_function_of_a_class_is_compiled_without_the_others(tmp_path):
    file = tmp_path / "classes_of_all_kinds.py"
    file.write_text(CLASSES)
    names = {"__name__": "classes_of_all_kinds"}
    exec(compile(CLASSES, str(file), "exec"), names)
    deep = names["Deep"]
    for f in (names["Short"].f, deep.f, deep.Inner.g, *vars(deep.Inner.Innermost).values()):
        if isinstance(f, types.FunctionType):
            new = rewritten(f.__code__, names, lifting._CALLS)
            assert new is not None, f
            assert new.co_qualname == f.__code__.co_qualname
    s, c = math.sin(X), math.cos(X)
    assert derivative(names["all_of"])(X) == pytest.approx(
        [c, c, math.exp(X), -s, 1 / c**2, math.exp(X), 2 * c]
    )


@pytest.mark.parametrize("file", ["<string>", "<stdin>", __file__, "gone.py"])
def test_without_source_globals_are_substituted(file):
    names = {}
    exec(compile(SOURCE, file, "exec"), names)
    f = names["f"]
    assert rewritten(f.__code__, names, lifting._CALLS) is None
    assert value_and_derivative(f)(X) == pytest.approx((2 * math.sin(X), 2 * math.cos(X)), rel=1e-15)
    assert grad(f)(X) == pytest.approx(2 * math.cos(X), rel=1e-15)


WITH_IMPORTS = """
def of_math(x):
    from math import sin as s, cos
    return s(x) * cos(x)

def of_numpy(x):
    def length(y):
        from numpy import zeros
        from numpy.linalg import norm
        out = zeros(2)
        out[0], out[1] = y, 1.0
        return norm(out)
    return length(x)

def of_others(x):
    from os.path import join
    from collections import namedtuple
    return namedtuple("Pair", "a b")(x * x, join("a", "b")).a
"""


@pytest.mark.parametrize("entry", [derivative, grad], ids=["forward", "reverse"])
def test_imports_of_functions_without_source(entry):
    names = {}
    exec(WITH_IMPORTS, names)
    truth = {"of_math": math.cos(2 * X), "of_numpy": X / math.hypot(X, 1.0), "of_others": 2 * X}
    for name, slope in truth.items():
        assert entry(names[name])(X) == pytest.approx(slope, rel=1e-15), name


def test_a_function_with_imports_and_without_source_is_not_held():
    names = {}
    exec(WITH_IMPORTS, names)
    f = names.pop("of_math")
    derivative(f)(X)
    gone = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None


WITH_CLASSES = """
import math
import numpy as np

class Wave:
    def __init__(self, k):
        self.k = k
        self.root = math.sqrt(k)

    def at(self, x, *, n=1):
        return math.sin(x) * self.k**n + self.helper(x)

    def helper(self, x):
        return math.exp(x) * self.root

    @property
    def area(self):
        return math.pi * math.pow(self.k, 2)

    @staticmethod
    def plain(x):
        return math.tan(x)

    def __call__(self, x):
        return math.log(x)

def method(x):
    return wave.at(x, n=2)

def made(x):
    return Wave(x).at(1.0) + isinstance(wave, Wave)

def read(x):
    return Wave(x).area

def of_a_class(x):
    return Wave.plain(x)

def called_and_asked(x):
    return wave(x) + (wave if x > 0 else None).at(x)

def in_a_loop(x):
    out = np.zeros(3)
    for i in range(3):
        out[i] = wave.at(x * i)
    return out.sum()

def inside(x):
    return sum([wave.at(v) for v in (x, 2 * x)]) + (lambda v: wave.helper(v))(x)

def among_others(x):
    found = {"x": x}
    found.update(y=wave.at(x))
    return sum(sorted(found.values())) + next(wave.at(v) for v in [x])

def around():
    own, other = Wave(3.0), Wave(2.0)
    return lambda x: own(x) + other.at(x)

of_variables = around()

def tried(x):
    try:
        return wave.nothing(x)
    except AttributeError:
        return wave.at(x)

wave = Wave(2.0)
"""
CALLING = ["method", "made", "read", "of_a_class", "called_and_asked", "in_a_loop", "inside"]


@pytest.mark.parametrize("name", [*CALLING, "among_others", "of_variables", "tried"])
@pytest.mark.parametrize("module", [{}, {"__name__": "typed"}])
def test_without_source_methods_and_classes_are_lifted(name, module):
    names = dict(module)
    exec(compile(WITH_CLASSES, "<string>", "exec"), names)
    f = names[name]
    h = 1e-3
    five_points = (8 * (f(X + h) - f(X - h)) - (f(X + 2 * h) - f(X - 2 * h))) / (12 * h)
    y, slope = value_and_derivative(f)(X)
    assert y == f(X)
    assert slope == pytest.approx(five_points, rel=1e-9)
    assert grad(f)(X) == pytest.approx(slope, rel=1e-14)


def test_without_source_many_names():
    """More than one byte can count."""
    text = "\n".join(["import math", *(f"v{i} = {i}.0" for i in range(300)), "def g(x): return math.sin(x)"])
    names = {}
    exec(f"{text}\ndef f(x): return " + " + ".join(f"g(v{i} * x)" for i in range(300)), names)
    assert derivative(names["f"])(X) == pytest.approx(sum(i * math.cos(i * X) for i in range(300)), rel=1e-12)


def test_a_sum_as_long_as_computer_algebra_prints_them(tmp_path):
    """Its tree is deeper than Python lets functions call each other."""
    limit = sys.getrecursionlimit()
    terms = " + ".join(f"{i % 7} * math.sin(x)" for i in range(1200))
    long = module_of(tmp_path, "long_sum", f"import math\n\ndef f(x): return {terms}\n")
    factor = sum(i % 7 for i in range(1200))
    assert derivative(long.f)(X) == pytest.approx(factor * math.cos(X), rel=1e-12)
    assert sys.getrecursionlimit() == limit


# ---------------------------------------------------------------- globals that change their meaning


def test_a_global_may_mean_another_function_later(tmp_path):
    """As in a notebook, where a cell is run again."""
    module = module_of(
        tmp_path, "renamed", "import math\ng = math.sin\ndef f(x):\n    return g(x) + math.cos(0)"
    )
    for g, slope in [
        (math.sin, math.cos(X)),
        (math.exp, math.exp(X)),
        (np.tan, 1 / math.cos(X) ** 2),
        (lambda x: math.log(x), 1 / X),
        (abs, 1.0),
        (functools.partial(math.pow, 2.0), math.log(2) * 2**X),
    ]:
        module.g = g
        assert value_and_derivative(module.f)(X) == pytest.approx((g(X) + 1, slope), rel=1e-14)
    module.g, module.math = math.sin, types.SimpleNamespace(cos=lambda x: 5.0)
    assert value_and_derivative(module.f)(X) == pytest.approx((math.sin(X) + 5, math.cos(X)), rel=1e-14)


@pytest.mark.parametrize("error", [AttributeError, RuntimeError])
def test_a_module_may_refuse_to_say_what_a_name_means(tmp_path, error):
    """Its ``__getattr__`` is asked while code is compiled, also for what the code never comes to."""
    helper = types.ModuleType("helper")
    helper.__getattr__ = lambda name: _refuse(error, name)
    helper.exp = math.exp
    module = module_of(
        tmp_path,
        f"asking{error.__name__}",
        "def f(x):\n    return helper.sine(x) if x < 0 else helper.exp(x)",
    )
    module.helper = helper
    assert value_and_derivative(module.f)(X) == pytest.approx((math.exp(X), math.exp(X)), rel=1e-14)
    with pytest.raises(error, match="sine"):
        derivative(module.f)(-X)


def _refuse(error, name):
    raise error(f"no {name} here")


def test_one_code_with_two_sets_of_globals():
    def made(**names):
        return types.FunctionType(forms.FORMS["one_lambda"].__code__, names)

    assert derivative(made(exp=math.exp, sin=math.sin))(X) == pytest.approx(SLOPE, rel=1e-15)
    assert derivative(made(exp=math.log, sin=math.tan))(X) == pytest.approx(
        1 / math.tan(X) / math.cos(X) ** 2, rel=1e-14
    )


# ---------------------------------------------------------------- what people see of it


def fails(x):
    y = math.sin(x)
    return [
        y,
        math.sqrt("text"),
    ]


def test_tracebacks_show_the_line_and_the_columns():
    def seen(f):
        with pytest.raises(TypeError) as caught:
            f(X)
        return [
            (frame.name, frame.line, frame.lineno, frame.colno, frame.end_colno)
            for frame in traceback.extract_tb(caught.value.__traceback__)
            if frame.name == "fails"
        ]

    assert seen(derivative(fails)) == seen(fails) != []


def annotated(a: float, /, b: "np.ndarray" = 2.0, *more: int, c: bool, d=None, **named: str) -> "complex":
    """A docstring."""
    return math.sin(a)


annotated.note = {"of": "the user"}


@functools.wraps(annotated)
def wrapping(*args):
    return math.cos(annotated(*args, c=True))


@pytest.mark.parametrize(
    "f", [annotated, wrapping, *map(forms.FORMS.get, ("plain", "decorated", "defaults"))]
)
def test_the_copy_looks_like_the_original(f):
    copy = lift(f)
    assert copy is not f
    assert inspect.signature(copy) == inspect.signature(f)
    for name in ("__name__", "__qualname__", "__module__", "__doc__", "__annotations__", "__defaults__"):
        assert getattr(copy, name) == getattr(f, name)
    assert vars(copy) is vars(f)


# ---------------------------------------------------------------- memory and threads


def sizes():
    gc.collect()
    return len(lifting._copies), len(lifting._codes), len(lifting.known)


def test_nothing_grows_with_closures_and_texts_that_come_and_go():
    def closure(scale):
        return lambda x: scale * math.sin(x)

    def no_closure():
        return lambda x: math.sin(x)

    def text(scale):
        return eval(f"lambda x: {scale} * sin(x)", {"sin": math.sin})

    def run():
        for k in range(1, 20):
            assert derivative(closure(k))(0.0) == derivative(text(k))(0.0) == k
            assert derivative(no_closure())(0.0) == 1.0

    run()
    before = sizes()
    run()
    assert sizes() == before


def test_copies_are_let_go_with_their_functions():
    """Also where a copy refers to the function itself."""

    def recursive():
        def f(x, n=3):
            return math.sin(x) if not n else f(x, n - 1)

        return f

    def made():
        functions = recursive(), lambda x: math.sin(x), eval("lambda x: sin(x)", {"sin": math.sin})
        for f in functions:
            assert derivative(f)(0.0) == 1.0
        return [weakref.ref(f) for f in functions]

    gone = made()
    gc.collect()
    assert [reference() for reference in gone] == [None] * 3


def test_a_copy_without_source_goes_at_once_with_its_function():
    """A cycle in it would be garbage that a collection makes when it takes the class of such a method."""
    made = eval("lambda: type('Own', (), {'method': lambda self, x: sin(x)})", {"sin": math.sin})
    while gc.collect():  # what other tests left
        pass
    assert derivative(made()().method)(0.0) == 1.0
    assert gc.collect() > 0  # the class
    assert gc.collect() == 0


def test_references_need_no_globals_when_their_object_goes():
    """It may go while Python ends, when the globals are gone."""
    assert derivative(annotated)(0.0, c=True) == 1.0
    tables = lifting._copies, lifting._codes
    assert all(tables)
    for reference, *_ in [entry for table in tables for entry in list(table.values())]:
        function = reference.__callback__.func
        assert not set(function.__code__.co_names) & set(function.__globals__)


def test_threads_compile_the_same_module_at_once(tmp_path):
    source = "import math\n" + "".join(f"def f{k}(x):\n    return {k} * math.sin(x)\n" for k in range(40))
    module = module_of(tmp_path, "threaded", source)
    start, failures = threading.Barrier(8), []

    def work():
        start.wait()
        for k in range(40):
            slope = derivative(getattr(module, f"f{k}"))(0.0)
            if slope != k:
                failures.append((k, slope))

    in_threads(work, 8)
    assert failures == []


def test_a_namespace_made_by_exec_goes_with_its_functions():
    text = "def g(x):\n    return math.exp(x)\ndef f(x):\n    return g(x) * math.sin(x)\n"
    linecache.cache["<made>"] = len(text), None, text.splitlines(keepends=True), "<made>"
    names = {"math": math, "__name__": "made"}
    exec(compile(text, "<made>", "exec"), names)
    f = names.pop("f")
    assert derivative(f)(0.7) == pytest.approx(math.exp(0.7) * (math.sin(0.7) + math.cos(0.7)))
    gone = weakref.ref(names["g"])
    del names, f
    gc.collect()
    assert gone() is None


LENGTHS = """
import numpy as np

class Lengths:
    def __init__(self, unit):
        self.unit = unit

    def __rmul__(self, times):
        return Lengths(float(times) * self.unit)

    @property
    def squares(self):
        found = np.zeros(2)
        for i in range(2):
            found[i] = (i + 1) * self.unit**2
        return found
"""

USERS = """
def imported_first(x):
    from {0} import Lengths
    return (x * Lengths(2.0)).squares

def module_first(x):
    import {0}
    return (x * {0}.Lengths(2.0)).squares

def made(x):
    from {0} import Lengths as L
    return [(t * L(2.0)).squares for t in (x,)][0]
"""


@pytest.mark.parametrize("name", ["imported_first", "module_first", "made"])
@pytest.mark.parametrize("loaded", [True, False])
def test_classes_that_a_function_imports_for_itself(name, loaded, tmp_path, monkeypatch):
    of_classes = f"lengths_{name}_{loaded}"
    (tmp_path / f"{of_classes}.py").write_text(LENGTHS)
    (tmp_path / f"users_of_{of_classes}.py").write_text(USERS.format(of_classes))
    monkeypatch.syspath_prepend(tmp_path)
    if loaded:
        importlib.import_module(of_classes)
    f = getattr(importlib.import_module(f"users_of_{of_classes}"), name)
    for entry in (derivative, lambda f: jacobian(f, mode="reverse")):
        np.testing.assert_allclose(entry(f)(3.0), [24.0, 48.0], rtol=1e-15)
