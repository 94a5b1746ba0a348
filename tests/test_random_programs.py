"""Random programs: 3 to 30 operations on two variables, against mpmath at 50 digits.

A program is a list of steps, each an operation on earlier results, so a result may be used many
times. Truth is mpmath's numerical derivative of the whole program. The tolerance is an error
bound that is carried along with the program: how far rounding of the operations, and partials
that are a few ulp off, can move the result of an honest derivative, and no further.
"""

import math
from typing import NamedTuple

import mpmath
import numpy as np
from checking import examples
from hypothesis import given
from hypothesis import strategies as st

import dualad
from dualad import derivative, grad, jvp, vjp

U = 2.0**-53

#: What mpmath calls the functions, on mpmath's numbers.
MP = {
    **{
        n: getattr(mpmath, n)
        for n in ("sin", "cos", "exp", "log", "sqrt", "tanh", "sinh", "log1p", "expm1", "hypot")
    },
    "arctan": mpmath.atan,
    "arcsin": mpmath.asin,
    "arctan2": mpmath.atan2,
    "cbrt": lambda a: mpmath.sign(a) * mpmath.cbrt(abs(a)),
    "maximum": max,
    "minimum": min,
    "square": lambda a: a * a,
    "reciprocal": lambda a: 1 / a,
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "where": lambda condition, a, b: a if condition else b,
}


class Namespace:
    """Functions by their NumPy names: of NumPy, of dualad, of mpmath."""

    def __init__(self, functions):
        self.__dict__.update(functions)


LIBRARIES = {
    "numpy": Namespace({name: getattr(np, name) for name in MP}),
    "dualad": Namespace({name: getattr(dualad, name) for name in MP}),
    "mpmath": Namespace(MP),
}


def positive(a, *_):
    return a > 0.01


def apart(a, b):
    """Away from the kink."""
    return abs(a - b) > 1e-3


#: name -> (how many operands, the operation in a library, where it may be used)
OPERATIONS = {
    "add": (2, lambda m, a, b: a + b, None),
    "sub": (2, lambda m, a, b: a - b, None),
    "mul": (2, lambda m, a, b: a * b, None),
    "div": (2, lambda m, a, b: a / b, lambda a, b: abs(b) > 0.01),
    "pow": (2, lambda m, a, b: a**b, positive),
    "mod": (2, lambda m, a, b: a % b, lambda a, b: b > 0.1 and 1e-3 < a % b < b - 1e-3),
    "neg": (1, lambda m, a: -a, None),
    "abs": (1, lambda m, a: abs(a), lambda a: abs(a) > 1e-3),
    "double": (1, lambda m, a: 2 * a - 1, None),
    "from_one": (1, lambda m, a: 1 - a / 4, None),
    "cube": (1, lambda m, a: a**3, None),
    "inverse": (1, lambda m, a: a**-2, lambda a: abs(a) > 0.01),
    "base": (1, lambda m, a: 1.5**a, None),
    "root": (1, lambda m, a: a**1.5, positive),
    "where": (2, lambda m, a, b: m.where(a > b, a * b, b), apart),
    "maximum": (2, lambda m, a, b: m.maximum(a, b), apart),
    "minimum": (2, lambda m, a, b: m.minimum(a, b), apart),
    "arctan2": (2, lambda m, a, b: m.arctan2(a, b), lambda a, b: abs(a) > 0.01 and abs(b) > 0.01),
    "hypot": (2, lambda m, a, b: m.hypot(a, b), lambda a, b: abs(a) + abs(b) > 0.01),
    "logaddexp": (2, lambda m, a, b: m.logaddexp(a, b), None),
    "log": (1, lambda m, a: m.log(a), positive),
    "sqrt": (1, lambda m, a: m.sqrt(a), positive),
    "log1p": (1, lambda m, a: m.log1p(a), lambda a: a > -0.99),
    "arcsin": (1, lambda m, a: m.arcsin(a), lambda a: abs(a) < 0.99),
    "cbrt": (1, lambda m, a: m.cbrt(a), lambda a: abs(a) > 0.01),
    "reciprocal": (1, lambda m, a: m.reciprocal(a), lambda a: abs(a) > 0.01),
    **{
        name: (1, lambda m, a, name=name: getattr(m, name)(a), None)
        for name in ("sin", "cos", "exp", "expm1", "sinh", "tanh", "arctan", "square")
    },
}

#: Registers 0 and 1 hold the variables, then come these.
CONSTANTS = (0.5, -1.25, 2.0)

#: An operation whose operands, result or derivative are out of bounds gives way to this one.
TAME = "arctan"

LARGEST = 1e3


class Step(NamedTuple):
    """An operation, and the registers of its operands."""

    name: str
    operands: tuple[int, ...]


def run(steps, library, x, y, number=float):
    """The program's result: the sum of all registers that no step has used."""
    m = LIBRARIES[library]
    registers = [x, y, *map(number, CONSTANTS)]
    unused = {0, 1}
    for step in steps:
        unused -= set(step.operands)
        unused.add(len(registers))
        registers.append(OPERATIONS[step.name][1](m, *(registers[i] for i in step.operands)))
    first, *others = sorted(unused)
    total = registers[first]
    for i in others:
        total = total + registers[i]
    return total


# ------------------------------------------------------------------------------- the error bound


class Bound(NamedTuple):
    """What is known about a register at one point; `reach` and `slop` for each of the two variables.

    Attributes
    ----------
    value : mpf
    error : float
        How far the computed value may be off.
    reach : tuple of float
        The sum of the absolute products of partials over all paths from the variable.
    slop : tuple of float
        How far the computed derivative may be off.
    """

    value: mpmath.mpf
    error: float
    reach: tuple[float, float]
    slop: tuple[float, float]


def start(x, y):
    """The bounds of the variables and the constants: they are exact."""
    exact = [
        Bound(mpmath.mpf(x), 0.0, (1.0, 0.0), (0.0, 0.0)),
        Bound(mpmath.mpf(y), 0.0, (0.0, 1.0), (0.0, 0.0)),
    ]
    return exact + [Bound(mpmath.mpf(c), 0.0, (0.0, 0.0), (0.0, 0.0)) for c in CONSTANTS]


def partial(f, values, *by):
    """The size of a partial derivative of ``f``, by mpmath's differences."""
    orders = tuple(by.count(i) for i in range(len(values)))
    return abs(float(mpmath.diff(f, tuple(values), orders)))


def step_bound(name, operands):
    """The bound of an operation's result, or None where the operation should not be used."""
    _, function, allowed = OPERATIONS[name]
    values = [o.value for o in operands]
    if allowed is not None and not allowed(*values):
        return None
    if max(abs(v) for v in values) > LARGEST or (name in ("exp", "sinh", "pow", "base") and max(values) > 6):
        return None

    def f(*args):
        return function(LIBRARIES["mpmath"], *args)

    value = f(*values)
    n = range(len(values))
    first = [partial(f, values, i) for i in n]
    second = [[partial(f, values, i, j) for j in n] for i in n]
    error = 4 * U * abs(float(value)) + sum(first[i] * operands[i].error for i in n)
    #: How far each partial may be off: a few ulp, and what the operands' errors do to it.
    off = [8 * U * first[i] + sum(second[i][j] * operands[j].error for j in n) for i in n]
    reach = tuple(sum(first[i] * operands[i].reach[k] for i in n) for k in (0, 1))
    slop = tuple(
        sum(first[i] * operands[i].slop[k] + off[i] * operands[i].reach[k] for i in n) + 2 * U * reach[k]
        for k in (0, 1)
    )
    if max(abs(float(value)), *reach) > LARGEST:
        return None
    return Bound(value, error, reach, slop)


def tamed(drawn, points):
    """The drawn program with its unfit operations replaced, and the tolerances at each point.

    The tolerances are (of the value, of the derivative by x, of that by y). The additions of the
    cotangents in reverse mode come on top of the bound: as many as there are steps.
    """
    with mpmath.workdps(30):
        states = [start(x, y) for x, y in points]
        steps = []
        for name, *picks in drawn:
            count = len(states[0])
            # Picks count from the newest register backwards, so that small ones make long chains.
            operands = tuple(count - 1 - pick % count for pick in picks[: OPERATIONS[name][0]])
            bounds = [step_bound(name, [state[i] for i in operands]) for state in states]
            if None in bounds:
                name, operands = TAME, operands[:1]
                bounds = [step_bound(name, [state[operands[0]]]) for state in states]
            steps.append(Step(name, operands))
            for state, bound in zip(states, bounds, strict=True):
                state.append(bound)
        used = {i for step in steps for i in step.operands}
        unused = {0, 1} | set(range(2 + len(CONSTANTS), len(states[0])))
        unused -= used
    tolerances = []
    for state in states:
        ends = [state[i] for i in unused]
        n = len(steps) + len(ends)
        size = sum(abs(float(e.value)) for e in ends)
        value = 2 * (sum(e.error for e in ends) + n * U * size)
        slopes = [
            2 * sum(e.slop[k] for e in ends) + 4 * n * U * sum(e.reach[k] for e in ends) for k in (0, 1)
        ]
        tolerances.append((value, *slopes))
    return steps, tolerances


def truth(steps, x, y):
    """Value and both derivatives of the whole program, by mpmath alone."""
    with mpmath.workdps(50):

        def f(x, y):
            return run(steps, "mpmath", x, y, mpmath.mpf)

        point = (mpmath.mpf(x), mpmath.mpf(y))
        return f(*point), mpmath.diff(f, point, (1, 0)), mpmath.diff(f, point, (0, 1))


# ------------------------------------------------------------------------------- drawing

picks = st.integers(0, 40)
programs = st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), picks, picks), min_size=3, max_size=30)
numbers = st.floats(-2.0, 2.0, allow_subnormal=False).map(lambda x: round(x, 6))


def assert_near(got, right, tolerance):
    assert math.isfinite(tolerance)
    assert abs(float(mpmath.mpf(float(got)) - right)) <= tolerance


@examples(400)
@given(programs, numbers, numbers, st.sampled_from(["numpy", "dualad"]), st.sampled_from([float, np.float64]))
def test_numbers(drawn, x, y, library, kind):
    steps, [(value_off, x_off, y_off)] = tamed(drawn, [(x, y)])
    right, by_x, by_y = truth(steps, x, y)
    x, y = kind(x), kind(y)

    def f(x, y):
        return run(steps, library, x, y)

    value, forward_x = jvp(f, (x, y), (1.0, 0.0))
    _, forward_y = jvp(f, (x, y), (0.0, 1.0))
    assert_near(value, right, value_off)
    assert_near(forward_x, by_x, x_off)
    assert_near(forward_y, by_y, y_off)

    value, pullback = vjp(f, x, y)
    reverse_x, reverse_y = pullback(1.0)
    assert_near(value, right, value_off)
    assert_near(reverse_x, by_x, x_off)
    assert_near(reverse_y, by_y, y_off)


@examples(80)
@given(programs, st.lists(numbers, min_size=3, max_size=3), st.lists(numbers, min_size=2, max_size=2))
def test_arrays_are_the_numbers_side_by_side(drawn, xs, ys):
    """x of shape (3, 1) and y of shape (2,): each of the six results is that of two numbers."""
    points = [(x, y) for x in xs for y in ys]
    steps, tolerances = tamed(drawn, points)

    def f(x, y):
        return run(steps, "numpy", x, y) + 0.0 * (x + y)  # (3, 2), whatever the program has used

    x, y = np.array(xs)[:, None], np.array(ys)
    directions = ((np.ones((3, 1)), np.zeros(2)), (np.zeros((3, 1)), np.ones(2)))
    forward = [jvp(f, (x, y), direction)[1] for direction in directions]
    scalar = np.array([vjp(f, *point)[1](1.0) for point in points]).astype(float)
    off = np.array(tolerances)
    for k in (0, 1):
        assert forward[k].shape == (3, 2)
        assert np.all(np.abs(forward[k].ravel() - scalar[:, k]) <= 2 * off[:, 1 + k])

    c = np.arange(1.0, 7.0)
    by_x, by_y = vjp(f, x, y)[1](c.reshape(3, 2))
    assert by_x.shape == (3, 1)
    assert by_y.shape == (2,)
    right = (c[:, None] * scalar).reshape(3, 2, 2)
    off = (c[:, None] * (2 * off[:, 1:] + 8 * U * np.abs(scalar))).reshape(3, 2, 2)
    assert np.all(np.abs(by_x[:, 0] - right[:, :, 0].sum(axis=1)) <= off[:, :, 0].sum(axis=1))
    assert np.all(np.abs(by_y - right[:, :, 1].sum(axis=0)) <= off[:, :, 1].sum(axis=0))


@examples(100)
@given(programs.map(lambda drawn: drawn[:12]), numbers, numbers)
def test_second_derivatives_in_fifty_digits(drawn, x, y):
    """All four nestings on mpmath's numbers: with digits to spare, only a wrong rule makes a difference."""
    steps, _ = tamed(drawn, [(x, y)])
    with mpmath.workdps(50):
        x, y = mpmath.mpf(x), mpmath.mpf(y)
        right = mpmath.diff(lambda x: run(steps, "mpmath", x, y, mpmath.mpf), x, 2)
        for outer in (derivative, grad):
            for inner in (derivative, grad):
                got = outer(inner(lambda x: run(steps, "dualad", x, y, mpmath.mpf)))(x)
                assert abs(got - right) <= mpmath.mpf(10) ** -25 * (1 + abs(right))
