"""The laws of the design, for every rule of the table in every mode.

Nothing here names a function: a line added to the table adds its tests. An elementwise rule is
tried at points of its own domain, a linear one on the calls in `samples.py`.
"""

import itertools
import math

import numpy as np
import pytest
import scipy
from samples import SAMPLES, TESTED_ELSEWHERE

import dualad.rules._boost
import dualad.rules.further
import dualad.rules.special
from dualad import grad, jacobian, jvp, symbols, vjp
from dualad.checks.laws import (
    arrays_of,
    assert_adjoint,
    assert_close,
    assert_lanes,
    assert_pattern_covers,
    assert_second_order,
    directions,
    pattern,
)
from dualad.errors import UnsupportedError
from dualad.table import PASSED, REFUSED, RULES, Composed, LinearRule, Rule

assert dualad.rules.special  # importing it has added SciPy's functions to the table

#: Those with complex values are tested in test_special.py.
ELEMENTWISE = [rule for rule in RULES.values() if isinstance(rule, Rule) and not rule.complex_valued]
LINEAR = [rule for rule in RULES.values() if isinstance(rule, LinearRule | Composed)]


# ------------------------------------------------------------------------------- points of a domain

#: Where the domain has room for them: away from integers, halves and zero.
ANYWHERE = (-2.37, -1.28, -0.73, 0.31, 0.62, 1.43, 2.18)


def points_in(domain):
    """Seven numbers of a domain: an interval (low, high), or the list of the values that make sense."""
    if isinstance(domain, list):
        return [domain[i % len(domain)] for i in range(len(ANYWHERE))]
    low, high = domain
    inside = [x for x in ANYWHERE if low < x - 0.2 and x + 0.2 < high]
    if len(inside) >= 4:
        return [inside[i % len(inside)] for i in range(len(ANYWHERE))]
    if math.isinf(high):
        return [low + abs(x) for x in ANYWHERE]
    if math.isinf(low):
        return [high - abs(x) for x in ANYWHERE]
    return [low + (high - low) * (x + 3) / 6 for x in ANYWHERE]


def columns(rule):
    """For each argument its seven numbers, each argument's in another order."""
    return [np.roll(np.array(points_in(domain)), 2 * k) for k, domain in enumerate(rule.domain)]


def defined(rule):
    """The points at which the function has a finite value, as rows."""
    rows = np.array(list(zip(*columns(rule), strict=True)), dtype=object)
    keep = [all(np.isfinite(float(v)) for v in outputs_at(rule, row)) for row in rows]
    assert sum(keep) >= 3, f"the domain of {rule.name} has hardly a point with a value: {rule.domain}"
    return rows[keep]


def outputs_at(rule, row):
    with np.errstate(all="ignore"):
        y = rule.generic(*row)
    return y if isinstance(y, tuple) else (y,)


def called(rule, output=0):
    """The function of a rule, as a user calls it, with one of its outputs."""
    function = rule.function if isinstance(rule.function, np.ufunc) else rule.generic
    return (lambda *args: function(*args)[output]) if rule.outputs > 1 else function


def active(rule, output=0):
    """The arguments that have a derivative."""
    return [i for i in range(rule.arity) if not isinstance(part(rule, i, output), str)]


def part(rule, i, output):
    partial = rule.partials[i]
    return partial[output] if isinstance(partial, tuple) else partial


def elementwise_cases():
    for rule in ELEMENTWISE:
        for output in range(rule.outputs):
            if active(rule, output):
                yield pytest.param(rule, output, id=rule.name + (f"[{output}]" if rule.outputs > 1 else ""))


elementwise_rules = pytest.mark.parametrize(("rule", "output"), list(elementwise_cases()))


def along(f, args, i):
    """The function of its argument ``i`` alone."""
    return lambda x: f(*args[:i], x, *args[i + 1 :])


@pytest.fixture(autouse=True)
def _quiet():
    with np.errstate(all="ignore"):
        yield


# ------------------------------------------------------------------------------- differences


def extrapolated(f, x, h):
    """Ridders' method: central differences with ever smaller steps, extrapolated to zero, and the error."""
    table, best, error = [], math.nan, math.inf
    for k in range(8):
        step = h / 1.6**k
        row = [(float(f(x + step)) - float(f(x - step))) / (2 * step)]
        for j, above in enumerate(table[-1] if table else []):
            factor = 1.6 ** (2 * (j + 1))
            row.append((factor * row[j] - above) / (factor - 1))
            guess = max(abs(row[-1] - row[-2]), abs(row[-1] - above))
            if guess < error:
                best, error = row[-1], guess
        table.append(row)
    return best, error


def room(domain, x):
    """A first step that stays inside the domain, and away from the next integer."""
    return 0.04 * min(1.0, *(abs(x - end) for end in domain if math.isfinite(end)), 1.0)


#: How many digits SciPy's own values have, where it is not sixteen.
ROUGH = {"itairy": 5, "_kolmogp": 8}
if scipy.__version__.startswith("1.13."):
    ROUGH |= {"chndtrix": 8, "btdtria": 8, "btdtrib": 8, "chdtriv": 8}
    ROUGH |= {"ncfdtr": 4, "ncfdtri": 4, "nctdtr": 6, "nctdtrit": 7}  # values off by 2e-5 and 4e-9


def assert_agrees_with_differences(rule, f, derivative_at, x, h):
    right, error = extrapolated(f, x, h)
    got = float(derivative_at(x))
    scale = max(abs(right), abs(float(f(x))), 1e-30)
    assert error <= 1e-6 * scale, "the differences themselves have failed here"
    assert abs(got - right) <= 10 * error + 10.0 ** -ROUGH.get(rule.name, 9) * scale


@elementwise_rules
def test_agrees_with_differences(rule, output):
    f = called(rule, output)
    for row in defined(rule):
        for i in active(rule, output):
            x, g = float(row[i]), along(f, tuple(row), i)
            h = room(rule.domain[i], x)
            assert_agrees_with_differences(rule, g, lambda x, g=g: jvp(g, x, 1.0)[1], x, h)
            assert_agrees_with_differences(rule, g, lambda x, g=g: vjp(g, x)[1](1.0), x, h)


# ------------------------------------------------------------------------------- arrays of awkward shapes

SHAPES = [(3, 1), (4,), (1, 4), (2, 1, 1)]


def arrays(rule):
    """An array for each argument: shapes that broadcast, none of them square."""
    shapes = [(2, 3)] if rule.arity == 1 else SHAPES
    result = []
    for values, domain, shape in zip(columns(rule), rule.domain, itertools.cycle(shapes)):
        takes_arrays = isinstance(rule.function, np.ufunc) or not isinstance(domain, list)
        result.append(np.resize(values, shape) if takes_arrays else domain[0])
    return tuple(result)


def variables(rule, output):
    """The function of its differentiable arguments, and these as arrays."""
    args, moving, f = arrays(rule), active(rule, output), called(rule, output)

    def g(*moved):
        given = list(args)
        for i, x in zip(moving, moved, strict=True):
            given[i] = x
        return f(*given)

    return g, tuple(args[i].astype(float) for i in moving)


@elementwise_rules
def test_adjoint_law(rule, output):
    assert_adjoint(*variables(rule, output))


@elementwise_rules
def test_a_stack_of_tangents_is_the_stack_of_maps(rule, output):
    assert_lanes(*variables(rule, output))


@elementwise_rules
def test_modes_agree_at_the_hard_points(rule, output):
    """Kinks, ends and singular points: whatever comes out, it is the same forward and in reverse."""
    f = called(rule, output)
    for point in rule.points:
        for i in active(rule, output):
            g = along(f, tuple(point), i)
            x = np.float64(point[i])
            y, forward = jvp(g, x, 1.0)
            _, pullback = vjp(g, x)
            np.testing.assert_array_equal(forward, pullback(1.0))
            one, many = jvp(g, np.array([x, x]), np.ones(2))
            assert_close(one, np.array([y, y]))
            assert_close(many, np.array([forward, forward]), 1e-13)


# ------------------------------------------------------------------------------- second order


@elementwise_rules
def test_forward_over_reverse_is_reverse_over_forward(rule, output):
    assert_second_order(*variables(rule, output), tolerance=4500)


@elementwise_rules
def test_second_derivative_agrees_with_differences(rule, output):
    f = called(rule, output)
    for row in defined(rule)[:4]:
        for i in active(rule, output):
            x = float(row[i])
            first = grad(along(f, tuple(row), i))
            try:
                jvp(first, x, 1.0)
            except UnsupportedError:
                continue
            assert_agrees_with_differences(
                rule, first, lambda x, g=first: jvp(g, x, 1.0)[1], x, room(rule.domain[i], x)
            )


# ------------------------------------------------------------------------------- patterns


def mixed(x, seed):
    """The entries of an array in another order, and no two of them equal."""
    random = np.random.default_rng(seed)
    x = np.asarray(x)
    return (random.permutation(x.ravel()) * random.uniform(0.8, 1.2, x.size)).reshape(x.shape)[()]


@elementwise_rules
def test_pattern_covers_the_nonzeros(rule, output):
    f, primals = variables(rule, output)
    assert_pattern_covers(f, primals)
    for k, p in enumerate(primals):  # and no more than one entry of each argument per result
        assert np.all(pattern(f, primals, k).sum(axis=1) <= 1), (rule.name, np.shape(p))


# ------------------------------------------------------------------------------- printed text


def text_cases():
    for param in elementwise_cases():
        rule, _ = param.values
        if rule.outputs == 1:
            for i in active(rule):
                yield pytest.param(rule, i, id=f"{param.id}-{i}")


@pytest.mark.parametrize(("rule", "i"), list(text_cases()))
def test_printed_text_evaluates_to_the_same(rule, i):
    partial = rule.partials[i]
    names = ("x",) if rule.arity == 1 else tuple("abcdefgh"[: rule.arity])
    text = symbols.formula(rule, i, names)
    if not callable(partial):
        assert float(eval(text)) == partial
        return
    written = partial(symbols.Symbol("y"), *map(symbols.Symbol, names))
    uses = {name: used.generic for name, used in getattr(written, "uses", {}).items()}
    for row in defined(rule):
        y = np.float64(rule.generic(*row))
        right = partial(y, *row)
        got = eval(
            text, {"__builtins__": {"abs": abs}, **uses}, {"y": y, **dict(zip(names, row, strict=True))}
        )
        np.testing.assert_array_equal(got, right)


# ------------------------------------------------------------------------------- every number type of a rule


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)
def test_the_generic_function_is_the_function(rule):
    """On arrays it is the function itself, on floats it gives floats, near enough the same."""
    args = arrays(rule)
    for many, own in zip(
        np.atleast_1d(rule.generic(*args)), np.atleast_1d(rule.function(*args)), strict=True
    ):
        np.testing.assert_array_equal(many, own)
    for row in defined(rule):
        plain = rule.generic(*(v.item() for v in row))
        y = rule.function(*row)
        for a, b in zip(np.atleast_1d(plain), np.atleast_1d(y), strict=True):
            np.testing.assert_allclose(float(a), float(b), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)
def test_arguments_without_a_derivative_are_refused_by_name(rule):
    for i, partial in enumerate(rule.partials):
        reason = partial[0] if isinstance(partial, tuple) else partial
        if isinstance(reason, str):
            row = tuple(defined(rule)[0])
            g = along(called(rule), row, i)
            with pytest.raises(UnsupportedError) as caught:
                jvp(g, float(row[i]), 1.0)
            assert reason in str(caught.value)
            assert rule.name in str(caught.value)


# ------------------------------------------------------------------------------- linear and composed rules


def linear_cases():
    for rule in LINEAR:
        if rule.function is np.empty_like:
            continue  # its value is whatever was in memory
        for k, (args, keywords) in enumerate(SAMPLES.get(rule.function, [])):
            f, shapes = arrays_of(rule, args, keywords)
            text = ",".join("x".join(map(str, np.shape(a))) or "()" for a in shapes)
            name = f"{rule.name}-{k}-{text}"
            y = f(*shapes)
            if not isinstance(y, tuple):
                yield pytest.param(rule, args, keywords, None, id=name)
                continue
            for output, one in enumerate(y):
                if np.asarray(one).dtype.kind == "f":
                    yield pytest.param(rule, args, keywords, output, id=f"{name}[{output}]")


linear_rules = pytest.mark.parametrize(("rule", "args", "keywords", "output"), list(linear_cases()))


@pytest.mark.parametrize("rule", LINEAR, ids=lambda rule: rule.name)
def test_every_linear_rule_has_a_sample(rule):
    assert SAMPLES.get(rule.function) or rule.function in TESTED_ELSEWHERE, (
        f"add sample calls of {rule.name} to tests/samples.py"
    )


@linear_rules
def test_the_laws_of_a_linear_rule(rule, args, keywords, output):
    """One test for all of them: there are many samples, and a test costs more than a law."""
    f, xs = arrays_of(rule, args, keywords, output)
    assert_the_value_is_numpys(f, xs)
    assert_a_linear_rule_agrees_with_differences(f, xs)
    assert_adjoint(f, xs)
    assert_lanes(f, xs)
    assert_pattern_covers(f, xs, [mixed(x, seed) for seed, x in enumerate(xs)])
    assert_second_order(f, xs)


def assert_the_value_is_numpys(f, xs):
    right = f(*xs)
    for y in (jvp(f, xs, xs)[0], vjp(f, *xs)[0]):
        assert np.shape(y) == np.shape(right)
        assert np.asarray(y).dtype == np.asarray(right).dtype
        np.testing.assert_array_equal(y, right)


def assert_a_linear_rule_agrees_with_differences(f, xs):
    t = directions(xs, 1)
    _, pushed = jvp(f, xs, t)
    if not np.size(pushed):
        return
    (c,) = directions((pushed,), 2)

    def weighted(s):
        return np.real(np.sum(c * f(*(x + s * d for x, d in zip(xs, t, strict=True)))))

    right, error = extrapolated(weighted, 0.0, 1e-2)
    eps = max(np.finfo(np.asarray(x).dtype).eps for x in xs)
    scale = np.sum(np.abs(c * pushed)) + abs(weighted(0.0)) + 1e-300
    assert error <= 1e9 * eps * scale, "the differences themselves have failed here"
    assert abs(np.real(np.sum(c * pushed)) - right) <= 10 * error + 1e6 * eps * scale


@pytest.mark.parametrize(("args", "keywords"), SAMPLES[np.empty_like])
def test_empty_like_carries_nothing(args, keywords):
    (x,) = args
    y, t = jvp(lambda x: np.empty_like(x, **keywords), x, x)
    shape = np.shape(np.empty_like(x, **keywords))
    assert (np.shape(y), np.shape(t)) == (shape, shape)
    assert not np.any(t)


# ------------------------------------------------------------------------------- the table itself


def test_nothing_is_both_a_rule_and_passed_or_refused():
    assert not set(RULES) & PASSED
    assert not (set(RULES) | PASSED) & set(REFUSED)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)
def test_a_rule_is_complete(rule):
    """One partial and one domain for each argument, and as many outputs as the function has."""
    assert len(rule.partials) == len(rule.domain)
    assert rule.complex is None or len(rule.complex) == rule.arity
    if isinstance(rule.function, np.ufunc):
        assert (rule.arity, rule.outputs) == (rule.function.nin, rule.function.nout)
    for point in rule.points:
        assert len(point) == rule.arity
    for low, high in (d for d in rule.domain if not isinstance(d, list)):
        assert low < high


@pytest.mark.parametrize("f", [np.divide, np.power, np.arctan2, np.multiply, np.hypot])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_many_directions_of_an_array_and_of_a_number_made_of_it(f, mode):
    x, h = np.array([0.7, 1.9, 0.4]), 1e-30j

    def g(x):
        return f(x, np.sqrt(x[0] * x[1]) if isinstance(x[0], complex) else math.sqrt(x[0] * x[1]))

    if f in (np.arctan2, np.hypot):  # of no complex numbers
        expected = [(g(x + 1e-6 * e) - g(x - 1e-6 * e)) / 2e-6 for e in np.eye(3)]
    else:
        expected = [g(x + h * e).imag / 1e-30 for e in np.eye(3)]
    np.testing.assert_allclose(jacobian(g, mode=mode)(x), np.transpose(expected), rtol=1e-8, atol=1e-9)
