"""``y *= x`` with a plain array y: right where the variable alone refers to it, an error everywhere else."""

import numpy as np
import pytest

import dualad
from dualad.errors import UnsupportedError

T = np.linspace(0.2, 1.0, 4)


def product(x):
    y = np.sin(T)
    y *= x
    y -= x**2
    return y


def in_a_closure(x):
    y = np.sin(T)

    def change():
        nonlocal y
        y *= x
        y -= x**2

    change()
    return y


@pytest.mark.parametrize("lift", [True, False])
@pytest.mark.parametrize("f", [product, in_a_closure])
def test_a_new_array_takes_the_place_of_the_old(f, lift):
    np.testing.assert_allclose(dualad.jvp(f, 0.7, 1.0, lift=lift)[1], np.sin(T) - 1.4, rtol=1e-15)
    y, pull = dualad.vjp(f, 0.7, lift=lift)
    np.testing.assert_array_equal(y, np.sin(T) * 0.7 - 0.7**2)
    np.testing.assert_allclose(pull(np.ones(4)), np.sum(np.sin(T) - 1.4), rtol=1e-15)


def another_name(x):
    y = np.sin(T)
    z = y
    y *= x
    return z


def in_a_list(x):
    y = np.sin(T)
    kept = [y]
    y *= x
    return kept[0]


def looked_at_by_a_view(x):
    y = np.sin(T)
    z = y[1:]
    y *= x
    return z


def a_view(x):
    y = np.sin(T)
    z = y[1:]
    z *= x
    return y


def the_callers(x):
    y = T
    y *= x
    return y


def by_a_call(x):
    y = np.sin(T)
    np.multiply(y, x, out=y)
    return y


def another_type(x):
    y = np.arange(4)
    y *= x
    return y


def in_an_attribute(x):
    holder = type("Holder", (), {})()
    holder.y = np.sin(T)
    holder.y *= x
    return holder.y


@pytest.mark.parametrize("lift", [True, False])
@pytest.mark.parametrize(
    "f",
    [
        another_name, in_a_list, looked_at_by_a_view, a_view, the_callers, by_a_call, another_type,
        in_an_attribute,
    ],
)  # fmt: skip
def test_what_else_would_see_the_change_is_an_error(f, lift):
    before = T.copy()
    for call in (lambda: dualad.jvp(f, 0.7, 1.0, lift=lift), lambda: dualad.vjp(f, 0.7, lift=lift)):
        with pytest.raises(UnsupportedError, match="plain array"):
            call()
    np.testing.assert_array_equal(T, before)
