"""Text that is run as code, and what holds numbers without knowing them: bytes, dates, JSON."""

import math

import numpy as np

from . import Group

tried = Group(__name__, "plain Python: text that is run as code")

FORMULA = "a * math.sin(x) + np.exp(-b * x)"
COMPILED = compile(FORMULA, "<formula>", "eval")
NAMES = {"math": math, "np": np}


@tried.at(0.7)
def evaluated_formula(x):
    return eval(FORMULA, NAMES, {"a": 1.5, "b": x, "x": x})


@tried.at(0.7)
def evaluated_where_it_stands(x):
    return eval("math.log(x) * float(x)")


@tried.at(0.7)
def formula_compiled_before(x):
    return eval(COMPILED, dict(NAMES), {"a": 1.5, "b": x, "x": x})


@tried.at(0.7)
def formula_compiled_here(x):
    code = compile("math.atan(x) * x", "<formula>", "eval")
    return eval(code, {"math": math, "x": x})


class Names(dict):
    """What is missing is looked for elsewhere."""

    def __missing__(self, name):
        return {**NAMES, "centred": Centred()}[name]


class Centred:
    def of(self, x):
        out = np.zeros(len(x))
        for i in range(len(x)):
            out[i] = math.sin(x[i])
        return out - np.asarray(x, dtype=float).mean()


@tried.at(np.array([0.3, 1.2, -0.4]))
def formula_with_the_flags_of_its_module(x):
    code = compile("np.exp(x) * centred.of(x)", "<formula>", "eval", 0, False)
    return eval(code, {}, Names(x=x))


@tried.at(0.7)
def compiled_before_with_names_found_elsewhere(x):
    return eval(COMPILED, {}, Names(a=1.5, b=x, x=x))


@tried.at(0.7)
def function_made_by_exec(x):
    names = {"math": math}
    exec("def f(t, n=3):\n    return sum(math.sin(k * t) for k in range(n))\n", names)
    return names["f"](x) * names["f"](2 * x)


@tried.at(0.7)
def class_made_by_exec(x):
    text = "class Root:\n    def __init__(self, x):\n        self.x = math.sqrt(x)\n"
    made = {}
    exec(text, {"math": math}, made)
    return made["Root"](x).x ** 3


@tried.at(0.7)
def lambda_made_by_eval(x):
    return eval("lambda t: math.exp(-t) * x", {"math": math, "x": x})(x)


@tried.at(0.7)
def code_with_a_number_in_its_text(x):
    return eval("x ** {:d} + math.sin(x)".format(3), {"math": math, "x": x})
