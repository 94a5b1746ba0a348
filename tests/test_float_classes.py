"""Objects of classes derived from float that hold Duals; there are programs in tests/survey/classes.py."""

import copy
import ctypes
import math
import operator

import numpy as np
import pytest

from dualad import derivative, grad, hessian, lift
from dualad.errors import ConversionError
from tests.survey.classes import Latitude, Length, Turn, Units

ENTRIES = [derivative, grad]


def _asked(x):
    one = Latitude(x)
    assert [isinstance(one, kind) for kind in (float, Turn, Latitude, Length)] == [True, True, True, False]
    assert type(one) is Latitude is one.__class__
    assert (one.name, round(one), int(one), math.floor(one)) == ("north", 1, 0, 0)
    assert one.conjugate() >= one >= x
    assert copy.copy(one).name == copy.deepcopy(one).name == "north"
    assert (f"{one:.2f}", str(Length(x, "ft"))) == ("0.70", "0.7 ft")
    return copy.copy(one) * copy.deepcopy(one).real


@pytest.mark.parametrize("entry", ENTRIES)
def test_it_is_what_the_class_says(entry):
    assert entry(_asked)(0.7) == pytest.approx(1.4, rel=1e-15)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("outer", ENTRIES)
def test_second_derivatives(outer, entry):
    def f(x):
        return Units(x) * math.sin(Turn(x)) + Length(x) * x

    exact = 2 * math.cos(0.7) - 0.7 * math.sin(0.7) + 2
    assert outer(entry(f))(0.7) == pytest.approx(exact, rel=1e-14)
    assert derivative(lambda x: entry(lambda y: y * Units(x))(Units(x)))(0.3) == 1.0
    mixed = hessian(lambda v: Units(v[0]) * math.sin(Units(v[1])))(np.array([0.3, 0.4]))
    cosine, sine = math.cos(0.4), math.sin(0.4)
    assert mixed == pytest.approx(np.array([[0.0, cosine], [cosine, -0.3 * sine]]), rel=1e-14)


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "mod", "pow", "floordiv"])
def test_operators_beside_numbers_of_all_classes(name, entry):
    """As of plain floats: with Duals, numbers of the same class and of others, on both sides."""
    operate = getattr(operator, name)

    def on_the_left(x, other):
        return operate(x, other)

    def on_the_right(x, other):
        return operate(other, x)

    for f in (on_the_left, on_the_right):
        plain = entry(f)(0.7, 2.5)
        for other in (Units(2.5), Turn(2.5), 2.5, np.float64(2.5)):
            assert entry(lambda x, o=other, f=f: f(Turn(x), o))(0.7) == pytest.approx(plain, rel=1e-15)
    assert entry(lambda x: operate(x, Turn(x * x)))(0.7) == entry(lambda x: operate(x, x * x))(0.7)
    method = getattr(float, f"__r{name}__")
    assert entry(lambda x: method(Turn(2.0), x))(0.7) == entry(lambda x: operate(x, 2.0))(0.7)


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_left_operand_says_the_unit(entry):
    def f(x):
        plain, ours = Length(1.0, "ft"), Length(x)
        assert ((plain + ours).unit, (ours + plain).unit) == ("ft", "m")
        assert (operator.add(plain, ours).unit, operator.add(ours, plain).unit) == ("ft", "m")
        return operator.add(plain, ours)

    assert entry(f)(0.7) == pytest.approx(1 / 0.3048, rel=1e-15)


def _compiled_comparison(x):
    return 1.0 * x if ctypes.c_double(Turn(x)).value > 0.5 else 2.0 * x


@pytest.mark.parametrize("entry", ENTRIES)
def test_what_compiled_code_reads_is_noticed(entry):
    with pytest.raises(ConversionError, match=r"float\(x\)"):
        entry(_compiled_comparison)(0.7)


def test_without_derivatives_nothing_changes():
    assert type(lift(lambda: Latitude(3.0))()) is Latitude
    with pytest.raises(ValueError, match="91"):
        derivative(Latitude)(91.0)
    with pytest.raises(TypeError):
        derivative(lambda x: Units(x * 1j))(0.7)
