"""Functions of math and NumPy continued to complex numbers, for the complex step of `truth`.

``abs``, ``max`` or ``floor`` look at the real part here; what only real numbers have in the libraries
(``hypot``, ``arctan2``, ``cbrt``, ...) is written with functions that know complex numbers.
"""

import builtins
import cmath
import functools
import importlib
import itertools
import math
import statistics
import sys
import types

import numpy as np

# ---------------------------------------------------------------- the functions


def real(x):
    return np.real(x)


def on_real(f):
    """A function of which only the value counts: a step function, a test."""

    @functools.wraps(f)
    def function(*args, **keywords):
        return f(*map(real, args), **keywords)

    return function


def with_methods(f):
    """A function of two arguments with the methods of a ufunc, along the first axis."""
    f.reduce = lambda x: functools.reduce(f, x)
    f.accumulate = lambda x: np.array(list(itertools.accumulate(x, f)))
    return f


def chosen(test):
    return with_methods(lambda a, b, **keywords: np.where(test(real(a), real(b)), a, b)[()])


def absolute(x):
    if hasattr(type(x), "__abs__") and not isinstance(x, float | int | complex | np.ndarray):
        return type(x).__abs__(x)
    return np.where(real(x) < 0, -x, x)[()] if np.ndim(x) else (-x if real(x) < 0 else x)


def same(x):
    """A conjugate: of a real number, the number itself, and so its continuation."""
    return x


@with_methods
def hypot(*xs):
    return np.sqrt(sum(x * x for x in map(np.asarray, xs)) + 0j)


def arctan2(a, b):
    """The real angle, and what the step adds to it."""
    a, b = np.asarray(a) + 0j, np.asarray(b) + 0j
    at = np.arctan2(a.real, b.real)
    turned = (a * b.real - b * a.real) / (b * b.real + a * a.real)
    return (at + np.arctan(turned))[()]


def cbrt(x):
    return (np.sign(real(x)) * np.exp(np.log(absolute(np.asarray(x) + 0j)) / 3))[()]


def quotient(floor):
    def function(a, b):
        return a - b * floor(real(a) / real(b))

    return function


@with_methods
def logaddexp(a, b, exp=np.exp, log=np.log):
    m = np.maximum(real(a), real(b))
    return m + log(exp(a - m) + exp(b - m))


def norm(x, ord=None, axis=None, keepdims=False):
    if ord is not None:
        return np.linalg.norm(x, ord, axis, keepdims)
    return np.sqrt(np.sum(np.asarray(x) * x, axis=axis, keepdims=keepdims) + 0j)


def var(x, axis=None, ddof=0, keepdims=False):
    away = x - np.mean(x, axis=axis, keepdims=True)
    n = np.size(x) if axis is None else np.shape(x)[axis]
    return np.sum(away * away, axis=axis, keepdims=keepdims) / (n - ddof)


def cov(x, y=None, rowvar=True, bias=False):
    rows = np.atleast_2d(x if y is None else np.stack([x, y]))
    rows = rows if rowvar else rows.T
    away = rows - np.mean(rows, axis=1, keepdims=True)
    return away @ away.T / (rows.shape[1] - (not bias))


def corrcoef(x, y):
    C = cov(x, y)
    return C / np.sqrt(np.outer(np.diag(C), np.diag(C)))


def vecdot(a, b):
    return np.sum(a * b, axis=-1)


def exp2(x):
    return np.exp(np.asarray(x) * math.log(2))[()]


def expm1(x):
    return np.expm1(np.asarray(x) + 0j)[()]


COMMON = {
    "fabs": absolute,
    "hypot": hypot,
    "cbrt": cbrt,
    "exp2": exp2,
    "degrees": lambda x: x * (180 / math.pi),
    "radians": lambda x: x * (math.pi / 180),
    "copysign": lambda a, b: absolute(a) * np.copysign(1.0, real(b)),
    "fmod": quotient(np.trunc),
    "floor": on_real(np.floor),
    "ceil": on_real(np.ceil),
    "trunc": on_real(np.trunc),
}

NUMPY = COMMON | {
    "conj": same,
    "conjugate": same,
    "real": same,
    "var": var,
    "std": lambda x, **options: np.sqrt(var(x, **options)),
    "cov": cov,
    "corrcoef": corrcoef,
    "vecdot": vecdot,
    "vdot": lambda a, b: np.sum(np.ravel(a) * np.ravel(b)),
    "nextafter": lambda a, b: a + (np.nextafter(real(a), real(b)) - real(a)),
    "ldexp": lambda x, k: x * 2.0**k,
    "frexp": lambda x: (x / 2.0 ** np.frexp(real(x))[1], np.frexp(real(x))[1]),
    "modf": lambda x: (x - np.trunc(real(x)), np.trunc(real(x))),
    "signbit": on_real(np.signbit),
    "spacing": on_real(np.spacing),
    "digitize": on_real(np.digitize),
    "fix": on_real(np.fix),
    "floor_divide": lambda a, b: np.floor_divide(real(a), real(b)),
    "divmod": lambda a, b: (np.floor_divide(real(a), real(b)), quotient(np.floor)(a, b)),
    "abs": absolute,
    "absolute": absolute,
    "arctan2": arctan2,
    "atan2": arctan2,
    "rad2deg": COMMON["degrees"],
    "deg2rad": COMMON["radians"],
    "remainder": quotient(np.floor),
    "mod": quotient(np.floor),
    "logaddexp": logaddexp,
    "logaddexp2": functools.partial(logaddexp, exp=exp2, log=np.log2),
    "maximum": chosen(np.greater_equal),
    "minimum": chosen(np.less_equal),
    "fmax": chosen(np.greater_equal),
    "fmin": chosen(np.less_equal),
    "float_power": lambda a, b: np.power(np.asarray(a) + 0j, b),
    "sign": on_real(np.sign),
    "rint": on_real(np.rint),
    "round": on_real(np.round),
    "heaviside": on_real(np.heaviside),
    "searchsorted": on_real(np.searchsorted),
    "isclose": on_real(np.isclose),
    "allclose": on_real(np.allclose),
}

LINALG = {"norm": norm, "vecdot": vecdot}

STATISTICS = {
    "mean": lambda data: sum(data) / len(data),
    "fmean": lambda data: sum(data) / len(data),
    "variance": lambda data: sum((x - sum(data) / len(data)) ** 2 for x in data) / (len(data) - 1),
    "pvariance": lambda data: sum((x - sum(data) / len(data)) ** 2 for x in data) / len(data),
    "stdev": lambda data: np.sqrt(STATISTICS["variance"](data)),
    "pstdev": lambda data: np.sqrt(STATISTICS["pvariance"](data)),
    "geometric_mean": lambda data: np.exp(sum(np.log(x) for x in data) / len(data)),
    "harmonic_mean": lambda data: len(data) / sum(1 / x for x in data),
}


def of_special(name):
    """A function of scipy.special in place of one of math."""

    def function(x):
        return getattr(importlib.import_module("scipy.special"), name)(np.complex128(x))

    return function


def product(numbers, *, start=1):
    return functools.reduce(lambda a, b: a * b, numbers, start)


MATH = COMMON | {
    "atan2": arctan2,
    "log2": lambda x: np.log2(x + 0j),
    "log1p": lambda x: np.log1p(x + 0j),
    "expm1": expm1,
    "pow": lambda a, b: np.complex128(a) ** b,
    "fsum": lambda numbers: sum(numbers),
    "prod": product,
    "dist": lambda p, q: np.sqrt(sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) + 0j),
    "sumprod": lambda p, q: sum(a * b for a, b in zip(p, q, strict=True)),
    "remainder": quotient(np.rint),
    "modf": lambda x: (x - np.trunc(real(x)), np.trunc(real(x))),
    "nextafter": lambda a, b: a + (math.nextafter(real(a), real(b)) - real(a)),
    "ldexp": lambda x, k: x * 2.0**k,
    "frexp": lambda x: (x / 2.0 ** math.frexp(real(x))[1], math.frexp(real(x))[1]),
    "gamma": of_special("gamma"),
    "lgamma": of_special("loggamma"),
    "erf": of_special("erf"),
    "erfc": of_special("erfc"),
    "isclose": on_real(math.isclose),
    "floor": on_real(math.floor),
    "ceil": on_real(math.ceil),
    "trunc": on_real(math.trunc),
}


def of_cmath(f):
    def function(*args):
        return np.complex128(f(*map(complex, args)))

    return function


for _name in "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log log10 sqrt".split():
    MATH[_name] = of_cmath(getattr(cmath, _name))
for _name in ("isnan", "isinf", "isfinite"):
    MATH[_name] = on_real(getattr(math, _name))


class _Float(type):
    def __call__(cls, x=0.0):
        return x if isinstance(x, complex | np.ndarray) else float(x)

    def __instancecheck__(cls, x):
        return isinstance(x, float | complex)


class _Int(type):
    def __call__(cls, x=0, *base):
        return int(real(x), *base)

    def __instancecheck__(cls, x):
        return isinstance(x, int)


class AnyInt(int, metaclass=_Int):
    """``int`` that takes complex numbers."""


class AnyFloat(float, metaclass=_Float):
    """``float`` that lets complex numbers pass; as a dtype it is complex."""

    dtype = np.dtype(complex)


BUILTINS = {
    "float": AnyFloat,
    "abs": absolute,
    "int": AnyInt,
    "round": lambda x, digits=None: round(float(real(x)), digits),
}


def making(f):
    """A creation function whose arrays can hold complex numbers."""

    @functools.wraps(f)
    def function(*args, **keywords):
        made = f(*args, **keywords)
        if isinstance(made, tuple):  # linspace with its step
            return made
        return made.astype(complex) if made.dtype.kind == "f" else made

    return function


for (
    _name
) in "zeros ones empty full eye identity zeros_like ones_like empty_like full_like diag linspace".split():
    NUMPY[_name] = making(getattr(np, _name))

# ---------------------------------------------------------------- a program's file, run with them


class Continued(types.ModuleType):
    """A library in which some functions are replaced."""

    def __init__(self, module, replaced):
        super().__init__(module.__name__)
        self._module = module
        self.__dict__.update(replaced)

    def __getattr__(self, name):
        return getattr(self._module, name)


def _libraries():
    linalg = Continued(np.linalg, LINALG)
    return {
        "math": Continued(math, MATH),
        "numpy": Continued(np, NUMPY | {"linalg": linalg, "float64": AnyFloat}),
        "numpy.linalg": linalg,
        "statistics": Continued(statistics, STATISTICS),
    }


LIBRARIES = _libraries()


def _import(name, globals=None, locals=None, fromlist=(), level=0):
    if level:
        helpers = {"helpers": namespace(f"{__package__}.helpers")} if "helpers" in fromlist else {}
        return namespace(f"{__package__}.{name}") if name else Continued(sys.modules[__package__], helpers)
    if not level and (fromlist or "." not in name) and name in LIBRARIES:
        return LIBRARIES[name]
    return __import__(name, globals, locals, fromlist, level)


@functools.cache
def namespace(name):
    """The file of a module of the survey, run once more with the continued functions."""
    original = importlib.import_module(name)
    again = types.ModuleType(name)
    again.__dict__.update(
        __builtins__={**vars(builtins), **BUILTINS, "__import__": _import},
        __package__=__package__,
        __file__=original.__file__,
    )
    with open(original.__file__, encoding="utf-8") as file:
        code = compile(file.read(), original.__file__, "exec")
    exec(code, again.__dict__)
    return again


def continued(program):
    """The program in the file that was run again."""
    again = namespace(f"{__package__}.{program.file}")
    return again.tried.programs[program.name].function
