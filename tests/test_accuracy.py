"""Each elementwise derivative against mpmath, on a grid of its domain and on its hard points.

The truth is a difference quotient of the *function*, in as many digits as it takes, so nothing of
our formulas is in it. ``python -m tests.test_accuracy`` prints the table of docs/accuracy.md.
"""

import math
import pathlib
import random
import re
import warnings
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy
import scipy.special

import dualad.rules._boost
import dualad.rules.further
import dualad.rules.special  # noqa: F401 - these put their rules into the table
from dualad import value_and_derivative
from dualad.linear import strong
from dualad.rules import elementwise
from dualad.table import RULES, Rule

PAGE = pathlib.Path(__file__).parents[1] / "docs/accuracy.md"

#: At most so many units in the last place for NumPy's functions and our own,
ULP = 4.0
#: and for those of SciPy this error relative to the derivative, or to the smallest normal number.
RELATIVE = 1e-13
TINY = 2.3e-308

m = mpmath.mp

#: Derivatives by an order have rules that are made when they are asked for, by whichever test comes first.
ON_DEMAND = re.compile(r"(_order|mathieu_[ab])_\d+$")

#: Every elementwise rule that mpmath can check (`strong` is the product once more).
CASES = [
    rule
    for rule in RULES.values()
    if isinstance(rule, Rule)
    and rule.mp
    and rule is not strong.rule
    and not ON_DEMAND.search(rule.function.__name__)
]

NUMPYS = {id(f.rule) for f in vars(elementwise).values() if hasattr(f, "rule")}


def is_special(rule):
    """A function of SciPy, or one that the derivatives of these need."""
    return id(rule) not in NUMPYS


@dataclass
class Exemption:
    """A rule with another limit, or whose error is relative to another size, and why."""

    limit: float
    reason: str
    #: The least size that the error is relative to, given the arguments.
    scale: Any = None
    #: The arguments by which the derivative is meant; None for all.
    by: tuple[int, ...] | None = None


_NEAR_SUBNORMAL = Exemption(
    ULP,
    "where `a**(b - 1)` is subnormal: of the smallest normal number, times b",
    lambda a, b: abs(b) * TINY,
)

_PHASE = Exemption(
    1e-11,
    "by the order: rounding of the phase up to 300, relative to the amplitude `x**-0.5`",
    lambda v, x: max(x, 0.1) ** -0.5,
    (0,),
)
_SECOND = "terms of these second derivatives cancel"
_F_SHAPE = "by the degrees of freedom, where two terms cancel: of their size"


def _f_term(a, b, x):
    """``x`` times the density of F, over a + b."""
    u = a * x / (a * x + b)
    log_beta = math.lgamma(a / 2) + math.lgamma(b / 2) - math.lgamma((a + b) / 2)
    return math.exp(a / 2 * math.log(u) + b / 2 * math.log1p(-u) - log_beta) / (a + b) if u < 1 else 0.0


EXEMPTIONS = {
    "power": _NEAR_SUBNORMAL,
    "float_power": _NEAR_SUBNORMAL,
    "sinc": Exemption(
        ULP,
        "near the zeros of the derivative, where two terms cancel: of their size `1/x`",
        lambda x: 1 / abs(x) if abs(x) > 0.5 else 0.0,
    ),
    "sinc_derivative": Exemption(
        ULP,
        "near the zeros of the derivative, where terms cancel: of their size `pi**n/x`",
        lambda n, x: math.pi**n / abs(x) if abs(x) > 0.5 else 0.0,
    ),
    "special.fdtr": Exemption(RELATIVE, _F_SHAPE, _f_term, (0, 1)),
    "special.fdtrc": Exemption(RELATIVE, _F_SHAPE, _f_term, (0, 1)),
    "special.fdtri": Exemption(
        RELATIVE, _F_SHAPE, lambda a, b, p: float(scipy.special.fdtri(a, b, p)) / (a + b)
    ),
    "special.beta_shape_1_0": Exemption(1e-10, _SECOND),
    "special.beta_shape_0_1": Exemption(1e-10, _SECOND),
    "special.gamma_shape_1": Exemption(1e-10, _SECOND),
    "special.student_shape_1": Exemption(1e-10, _SECOND),
    **dict.fromkeys(
        ("special.mathieu_cem", "special.mathieu_sem"),
        Exemption(
            RELATIVE, "where waves cancel: of their size", lambda m, q, x: max(abs(q), 1.0) * max(m, 1) / 50
        ),
    ),
    **dict.fromkeys(("special.jv", "special.jve", "special.yv", "special.yve"), _PHASE),
    "special.hyperu": Exemption(
        1e-7,
        "the derivative is `-a hyperu(a + 1, b + 1, x)`, and SciPy's `hyperu` itself is off by this much",
    ),
}

#: With the oldest version of SciPy that we support, besides: its values are off by this much.
OF_OLD_SCIPY = {
    "special.fdtri": 1e-5,
    **{
        f"special.{name}": 1e-10
        for name in ("stdtrit", "chndtrix", "gdtrib", "btdtria", "btdtrib", "chdtriv")
    },
}


# ---------------------------------------------------------------- where

MAGNITUDES = (
    5e-324, 1e-310, 1e-300, 1e-200, 1e-100, 1e-20, 1e-8, 1e-3, 0.1, 0.3, 0.5, 0.9, 1.0, 1.1, 1.57, 2.7, 5.0,
    10.0, 20.0, 37.4, 100.0, 300.0, 700.0, 1e3, 1e5, 1e8, 1e16, 1e100, 1e155, 1e200, 1e300,
)  # fmt: skip
FEWER = (1e-300, 1e-100, 1e-8, 0.3, 1.0, 2.5, 40.0, 1e8, 1e100, 1e300)
#: For SciPy's functions, on which mpmath spends seconds at 1e-300; their rules name such points if need be.
MODERATE = (1e-30, 1e-8, 1e-3, 0.3, 1.0, 2.5, 10.0, 40.0, 300.0, 1e8)


def numbers(domain, magnitudes, rng):
    """Numbers of a domain: tiny, huge, ordinary, and close to its ends."""
    if isinstance(domain, list):
        return domain
    low, high = domain
    found = [s * x for x in magnitudes for s in (1, -1)]
    found += [rng.uniform(max(low, -10.0), min(high, 10.0)) for _ in range(8)]
    for end, towards in ((low, math.inf), (high, -math.inf)):
        if math.isfinite(end):
            if magnitudes is not MODERATE:
                found.append(math.nextafter(end, towards))
            found += [end + math.copysign(d * max(abs(end), 1.0), towards) for d in (1e-12, 1e-6, 1e-3)]
    return [x for x in found if low < x < high]


def grid(rule):
    """The points that the rule itself calls hard, and points of its domain (8 where mpmath is slow)."""
    rng = random.Random(rule.name)
    magnitudes = MODERATE if is_special(rule) else MAGNITUDES if rule.arity == 1 else FEWER
    axes = [numbers(d, magnitudes, rng) for d in rule.domain]
    if magnitudes is MAGNITUDES:
        return [*rule.points, *((x,) for x in axes[0])]
    count = 8 if is_special(rule) else 80
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


def truth(rule, args, i, output=0):
    """The derivative to 20 digits, from more and more of them until two results agree."""
    before = None
    # How many digits a difference of 0 takes to be believed: a slope may be as small as 1e-324. Of
    # SciPy's functions too few would fail the test, not pass it, and 1300 take mpmath half a minute.
    enough = 140 if rule.partials[i] == 0 else 520 if is_special(rule) else 1300
    for digits in (40, 60, 90, 140, 220, 340, 520, 800, 1300):
        try:
            with mpmath.workdps(digits):
                now = difference(rule, args, i, output, digits)
                agree = before is not None and abs(now - before) <= abs(now) * m.mpf(10) ** -20
        except (ArithmeticError, ValueError) as error:
            raise NoDerivativeError from error
        if agree and (now or digits >= enough):
            return now
        before = now
    raise NoDerivativeError


# ---------------------------------------------------------------- what we say


def plain(rule):
    """The function as a user calls it: NumPy's or SciPy's, or ours where it is not one of theirs."""
    ours = rule.function.__module__ if not isinstance(rule.function, np.ufunc) else ""
    return rule.generic if ours.startswith("dualad") else rule.function


def ours(rule, args, i, output, dtype=np.float64):
    """What the entry point gives for a float (by math) and for an array: (value, derivative) of each."""
    found = []
    inputs = [(plain(rule), np.array([args[i]], dtype))]
    if dtype is np.float64:
        inputs.append((rule.generic, float(args[i])))
    for function, x in inputs:

        def f(x, function=function):
            y = function(*args[:i], x, *args[i + 1 :])
            return y[output] if rule.outputs > 1 else y

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of values that overflow
            try:
                y, dy = value_and_derivative(f)(x)
            except (ArithmeticError, ValueError):
                if isinstance(x, float):
                    continue  # math raises where the value overflows
                raise
        assert dtype is np.float64 or y.dtype.kind == "i" or y.dtype == dy.dtype == dtype
        found.append((float(np.squeeze(y)), float(np.squeeze(dy))))
    return found


def exemption_of(rule, i):
    exemption = EXEMPTIONS.get(name(rule))
    return None if exemption is None or (exemption.by and i not in exemption.by) else exemption


def error(rule, args, i, got, right, ulp):
    """In ulp of the right derivative, or relative to it (``ulp`` is None)."""
    if not math.isfinite(got) or not math.isfinite(right):
        return 0.0 if float(right) == got else math.inf
    size = abs(right)
    exemption = exemption_of(rule, i)
    if exemption and exemption.scale:
        size = max(size, exemption.scale(*args))
    unit = ulp(float(size)) if ulp else max(size, TINY)
    with mpmath.workdps(40):
        return float(abs(m.mpf(got) - right) / m.mpf(unit))


def partials(rule):
    """(argument, output) of every partial derivative that there is."""
    arguments = [i for i, partial in enumerate(rule.partials) if not isinstance(partial, str)]
    return [(i, output) for i in arguments for output in range(rule.outputs)]


def measured(rule):
    """All errors of a rule, the worst first: (error, argument, point, ours, the truth)."""
    errors = []
    for args in grid(rule):
        for i, output in partials(rule):
            try:
                right = truth(rule, args, i, output)
            except NoDerivativeError:
                continue
            for y, got in ours(rule, args, i, output):
                if math.isfinite(y):
                    worst = error(rule, args, i, got, right, None if is_special(rule) else math.ulp)
                    errors.append((worst, i, args, got, float(right)))
    return sorted(errors, key=lambda e: e[0], reverse=True)


def limit(rule, i):
    if scipy.__version__.startswith("1.13.") and name(rule) in OF_OLD_SCIPY:
        return OF_OLD_SCIPY[name(rule)]
    exemption = exemption_of(rule, i)
    return exemption.limit if exemption else RELATIVE if is_special(rule) else ULP


def name(rule):
    return f"special.{rule.name}" if is_special(rule) else rule.name


@pytest.mark.parametrize("rule", CASES, ids=name)
def test_derivative(rule):
    errors = measured(rule)
    assert len(errors) >= 5, "too few points at which mpmath has a derivative"
    assert all(worst <= limit(rule, i) for worst, i, *_ in errors), errors[:5]


# ---------------------------------------------------------------- values, and single precision

OURS = [rule for rule in CASES if not is_special(rule)]


def same_bits(a, b):
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("rule", [rule for rule in CASES if plain(rule) is rule.function], ids=name)
def test_value_is_bit_for_bit_the_plain_one(rule):
    points = [args for args in grid(rule) if not any(isinstance(a, int) for a in args)][:40]
    (i, _), *_ = partials(rule)
    for args in points:
        for kind in (float, np.array):

            def f(x, args=args):
                y = rule.function(*args[:i], x, *args[i + 1 :])
                return y[0] if rule.outputs > 1 else y

            x = kind(args[i])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                assert same_bits(value_and_derivative(f)(x)[0], f(x)), (args, kind)


SINGLE = (1e-38, 1e-30, 1e-10, 1e-3, 0.1, 0.3, 1.0, 1.57, 2.7, 5.0, 9.010914, 20.0, 40.0, 1e3, 1e10, 1e22)


def ulp32(x):
    return float(np.spacing(np.float32(x))) if x < 3.4e38 else math.inf


@pytest.mark.parametrize(
    "rule", [rule for rule in OURS if rule.arity == 1 and rule.function is not np.float_power], ids=name
)
def test_single_precision(rule):
    """float32 in, float32 out, as accurate as single precision allows."""
    for x in numbers(rule.domain[0], SINGLE, random.Random(rule.name)):
        args = (np.float32(x),)
        if not rule.domain[0][0] < args[0] < rule.domain[0][1]:
            continue
        for i, output in partials(rule):
            try:
                right = truth(rule, args, i, output)
            except NoDerivativeError:
                continue
            for y, got in ours(rule, args, i, output, np.float32):
                if math.isfinite(y) and abs(right) < 3.4e38:
                    assert error(rule, (x,), i, got, right, ulp32) <= ULP, (x, got, float(right))


# ---------------------------------------------------------------- the page


def rows(heading):
    """The rows of the table under a heading, as lists of cells."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [re.split(r" *\| *", line.strip("| ")) for line in lines[1:]]


#: What scipy.stats calls in some versions and not in others, without "special._".
OF_SOME_VERSIONS = {
    *("beta_cdf", "beta_sf", "binom_pdf", "binom_pmf", "cauchy_isf", "cauchy_ppf"),
    *("nbinom_pdf", "nbinom_pmf", "ncx2_cdf", "ncx2_ppf", "log1mexp", "bivariate_normal_cdf", "skewnorm_sf"),
}


def test_page_lists_every_rule():
    listed = re.findall(r"`([\w.]+)`", " ".join(row[1] for row in rows("Measured")))
    assert len(listed) == len(set(listed))
    differing = set(listed) ^ set(map(name, CASES))
    assert {n.removeprefix("special._") for n in differing} <= OF_SOME_VERSIONS, differing


def test_page_lists_the_exemptions():
    documented = {row[0].strip("`"): (float(row[1].split()[0]), row[2]) for row in rows("Exceptions")}
    assert documented == {n: (e.limit, e.reason) for n, e in EXEMPTIONS.items()}


#: The bands of the page: (at most, in words), for NumPy's functions in ulp, for SciPy's relative.
BANDS = {
    False: ((0.001, "exact"), (1.0, "1 ulp"), (2.0, "2 ulp"), (3.0, "3 ulp"), (4.0, "4 ulp")),
    True: ((1e-15, "1e-15"), (1e-14, "1e-14"), (1e-13, "1e-13"), (math.inf, "see below")),
}


def print_table():
    worst = {}
    for rule in CASES:
        worst[name(rule)] = max(measured(rule)[0][0], worst.get(name(rule), 0.0))
    for special, bands in BANDS.items():
        left = [n for n in worst if n.startswith("special.") == special]
        for most, words in bands:
            found = [n for n in left if worst[n] <= most]
            left = [n for n in left if n not in found]
            if found:
                print(f"| {words} | {', '.join(f'`{n}`' for n in found)} |")


if __name__ == "__main__":
    print_table()
