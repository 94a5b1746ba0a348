"""Each elementwise derivative against mpmath, on a grid of its domain and on its hard points.

The truth is a central difference of the *function* in as many digits as it takes, so nothing of
our formulas is in it. ``python tests/test_accuracy.py`` prints the table of docs/accuracy.md.
"""

import math
import pathlib
import random
import re
import warnings
from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
import scipy.special

import dualad.rules.special  # noqa: F401  (adds its rules to the table)
from dualad import linear, value_and_derivative
from dualad.rules import elementwise
from dualad.table import RULES, Rule

PAGE = pathlib.Path(__file__).parents[1] / "docs/accuracy.md"

CASES = [rule for rule in RULES.values() if isinstance(rule, Rule) and rule.mp is not None]

#: At most so many units in the last place for NumPy's functions and our own,
ULP = 4.0
#: and this relative error for those of SciPy.
RELATIVE = 1e-13

m = mpmath.mp


@dataclass
class Exemption:
    """A rule that is allowed another limit, or an error relative to something else, and why."""

    limit: float
    reason: str
    #: The size that the error is relative to, where that is not the derivative's own.
    scale: object = None


EXEMPTIONS = {}


#: The rules for NumPy's functions and our own; all others are those of SciPy.
NUMPYS = {id(f.rule) for file in (elementwise, linear) for f in vars(file).values() if hasattr(f, "rule")}


def is_special(rule):
    return id(rule) not in NUMPYS


# ---------------------------------------------------------------- where

MAGNITUDES = (
    5e-324, 1e-310, 1e-300, 1e-200, 1e-100, 1e-20, 1e-8, 1e-3, 0.1, 0.3, 0.5, 0.9, 1.0, 1.1, 1.57, 2.7, 5.0,
    10.0, 20.0, 37.4, 100.0, 300.0, 700.0, 1e3, 1e5, 1e8, 1e16, 1e100, 1e155, 1e200, 1e300,
)  # fmt: skip
FEWER = (1e-300, 1e-100, 1e-8, 0.3, 1.0, 2.5, 40.0, 1e8, 1e100, 1e300)


def numbers(domain, magnitudes, rng):
    """Numbers of a domain: tiny, huge, ordinary, and close to its ends."""
    if isinstance(domain, list):
        return domain
    low, high = domain
    found = [s * x for x in magnitudes for s in (1, -1)]
    found += [rng.uniform(max(low, -10.0), min(high, 10.0)) for _ in range(8)]
    for end, towards in ((low, math.inf), (high, -math.inf)):
        if math.isfinite(end):
            found.append(math.nextafter(end, towards))
            found += [end + math.copysign(d * max(abs(end), 1.0), towards) for d in (1e-12, 1e-6, 1e-3)]
    return [x for x in found if low < x < high]


def grid(rule):
    """The points that the rule itself calls hard, and points of its domain."""
    rng = random.Random(rule.name)
    many = rule.arity == 1 and not is_special(rule)
    axes = [numbers(d, MAGNITUDES if many else FEWER, rng) for d in rule.domain]
    if rule.arity == 1:
        return [*rule.points, *((x,) for x in axes[0])]
    count = 10 if is_special(rule) else 80
    return [*rule.points, *(tuple(rng.choice(axis) for axis in axes) for _ in range(count))]


# ---------------------------------------------------------------- the truth


class NoDerivativeError(Exception):
    """A kink, or a point outside the domain."""


def in_mpmath(rule, args, output):
    f = getattr(m, rule.mp) if isinstance(rule.mp, str) else lambda *x: rule.mp(m, *x)
    y = f(*args)
    y = y[output] if rule.outputs > 1 else y
    if isinstance(y, mpmath.mpc):
        if y.imag:
            raise NoDerivativeError
        y = y.real
    return m.mpf(y)


def difference(rule, args, i, output, digits):
    """The central difference quotient in so many digits; NoDerivativeError if its two sides disagree."""
    exact = [a if isinstance(a, int) else m.mpf(float(a)) for a in args]
    h = min(abs(exact[i]) or m.one, m.one) * m.mpf(10) ** (-digits // 3)

    def f(x):
        return in_mpmath(rule, [*exact[:i], x, *exact[i + 1 :]], output)

    below, above = f(exact[i] - h), f(exact[i] + h)
    slope = (above - below) / (2 * h)
    if not is_special(rule) and abs((above - f(exact[i])) / h - slope) > abs(slope) * m.mpf(10) ** -8:
        raise NoDerivativeError
    return slope


def truth(rule, args, i, output):
    """The derivative to 20 digits, from more and more of them until two results agree."""
    before = None
    for digits in (40, 60, 90, 140, 220, 340, 520, 800, 1300):
        try:
            with mpmath.workdps(digits):
                now = difference(rule, args, i, output, digits)
                agree = before is not None and abs(now - before) <= abs(now) * m.mpf(10) ** -20
        except (ArithmeticError, ValueError) as error:
            raise NoDerivativeError from error
        if agree and (now or digits == 1300):
            return now
        before = now
    raise NoDerivativeError


# ---------------------------------------------------------------- what we say


def ours(rule, args, i, output):
    """The derivative by the public entry point, for a float and for an array: (values, derivatives)."""
    on_arrays = rule.function if is_special(rule) or hasattr(np, rule.name) else rule.generic
    found = []
    for function, x in ((rule.generic, float(args[i])), (on_arrays, np.array([args[i]], float))):

        def f(x, function=function):
            y = function(*args[:i], x, *args[i + 1 :])
            return y[output] if rule.outputs > 1 else y

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that overflow
            try:
                y, dy = value_and_derivative(f)(x)
            except (ArithmeticError, ValueError):
                if not isinstance(x, float):
                    raise
                continue  # math has no value here
        found.append((float(np.squeeze(y)), float(np.squeeze(dy))))
    return found


def error(rule, args, got, right):
    """In ulp of the right derivative, for SciPy's functions relative to it."""
    if not math.isfinite(got) or not math.isfinite(right):
        return 0.0 if float(right) == got else math.inf
    size = abs(right)
    if rule.name in EXEMPTIONS and EXEMPTIONS[rule.name].scale:
        size = max(size, EXEMPTIONS[rule.name].scale(*args))
    unit = m.mpf(size if is_special(rule) else math.ulp(float(size)))
    with mpmath.workdps(40):
        return float(abs(m.mpf(got) - right) / unit) if unit else 0.0 if got == right else math.inf


def measured(rule):
    """All errors of a rule, the worst one first: (error, argument, point, ours, the truth)."""
    errors = []
    for args in grid(rule):
        for i, partial in enumerate(rule.partials):
            if isinstance(partial, str):
                continue
            for output in range(rule.outputs):
                try:
                    right = truth(rule, args, i, output)
                except NoDerivativeError:
                    continue
                for y, got in ours(rule, args, i, output):
                    if math.isfinite(y):
                        errors.append((error(rule, args, got, right), i, args, got, float(right)))
    return sorted(errors, key=lambda e: e[0], reverse=True)


def limit(rule):
    if rule.name in EXEMPTIONS:
        return EXEMPTIONS[rule.name].limit
    return RELATIVE if is_special(rule) else ULP


def name(rule):
    return f"special.{rule.name}" if is_special(rule) else rule.name


@pytest.mark.parametrize("rule", CASES, ids=name)
def test_derivative(rule):
    errors = measured(rule)
    assert len(errors) >= 10
    assert errors[0][0] <= limit(rule), errors[:5]


if __name__ == "__main__":
    import sys, time

    for rule in CASES:
        if len(sys.argv) > 1 and sys.argv[1] != "special" and rule.name not in sys.argv[1:]:
            continue
        if is_special(rule) != ("special" in sys.argv):
            continue
        t = time.time()
        try:
            e = measured(rule)
            print(
                rule.name,
                len(e),
                *[(f"{w[0]:.3g}", *w[1:]) for w in e[: (1 if e[0][0] < limit(rule) else 4)]],
                f"{time.time() - t:.1f}s",
                flush=True,
            )
        except Exception as x:
            print(rule.name, "FAIL", type(x), str(x)[:300], flush=True)
