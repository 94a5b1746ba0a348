"""Complex numbers: every rule of the table is right for them or refuses them, and so does every entry point.

The truth is extrapolated differences along real directions of a complex plane, closed forms, and
mpmath. `docs/complex.md` has the convention.
"""

import cmath
import functools
import itertools
import math

import mpmath
import numpy as np
import pytest
from checking import assert_close_in_size as assert_close
from samples import SAMPLES
from test_table import (
    ELEMENTWISE,
    LINEAR,
    active,
    along,
    called,
    columns,
    extrapolated,
)

import dualad
import dualad.rules.further
from dualad import (
    Dual,
    derivative,
    grad,
    jacobian,
    jacobian_columns,
    jvp,
    linearize,
    tangent,
    value,
    value_and_derivative,
    value_and_grad,
    value_and_jacobian,
    vjp,
)
from dualad.checks.laws import arrays_of, assert_pattern_covers, directions
from dualad.errors import ConversionError, InputError, OutputError, UnsupportedError

Z = np.array([1 + 2j, -0.5 + 0.3j, 2 - 1j])
X = np.array([0.3, -1.2, 2.0])
W = np.array([[0.3 - 1j, -1.2 + 0.2j, 0.7], [1.1j, 0.4, -0.6 + 0.6j]])

MODES = pytest.mark.parametrize("mode", ["forward", "reverse"])


# ------------------------------------------------------------------------------- every rule of the table


def complex_like(x, seed=0):
    """An array with an imaginary part; integers and the like as they are."""
    x = np.asarray(x)
    if x.dtype.kind != "f":
        return x[()]
    random = np.random.default_rng(seed)
    return (x + 1j * random.uniform(0.3, 2.0, x.shape) * random.choice([-1, 1], x.shape))[()]


def numpys(f, *args):
    """What NumPy says, or None if it does not take complex numbers."""
    with np.errstate(all="ignore"):
        try:
            return f(*args)
        except (TypeError, ValueError, NotImplementedError, np.exceptions.ComplexWarning):
            return None


#: What is known to work, so that "refused" cannot hide it.
_NAMES = """
    add subtract multiply divide negative positive reciprocal square power float_power
    sqrt exp expm1 log log2 log10 log1p sin cos tan sinh cosh tanh
    arcsin arccos arctan arcsinh arccosh arctanh
"""
HOLOMORPHIC = set(_NAMES.split())
REAL_LINEAR = {"sign", "absolute", "conjugate"}


def directional(f, x, t):
    """The derivative of a complex function of a complex number along t, and the error, by differences."""
    real, error = extrapolated(lambda s: np.real(f(x + s * t)), 0.0, 0.02)
    imag, more = extrapolated(lambda s: np.imag(f(x + s * t)), 0.0, 0.02)
    return real + 1j * imag, error + more


def elementwise_calls(rule, output):
    """Calls with one complex argument, and with all of them complex."""
    cols = columns(rule)
    for k in range(0, 7, 2):
        row = [c[k] for c in cols]
        all_complex = [
            v if isinstance(d, list) else complex(v, 0.37 + 0.21 * k)
            for v, d in zip(row, rule.domain, strict=True)
        ]
        for i in active(rule, output):
            if not isinstance(rule.domain[i], list):
                yield i, (*row[:i], all_complex[i], *row[i + 1 :])
                yield i, tuple(all_complex)


@pytest.mark.parametrize(
    ("rule", "output"),
    [
        pytest.param(rule, k, id=f"{rule.name}[{k}]")
        for rule in ELEMENTWISE
        for k in range(rule.outputs)
        if active(rule, k)
    ],
)
def test_an_elementwise_rule_is_right_or_refuses(rule, output):
    f = called(rule, output)
    right = 0
    for i, args in elementwise_calls(rule, output):
        y = numpys(f, *args)
        if y is None or not np.isfinite(y):
            continue
        if rule.name in ("hyp1f1", "hyp2f1") and abs(getattr(mpmath, rule.name)(*args) - y) > 1e-12:
            continue  # the values of an older SciPy are off
        g, z = along(f, args, i), args[i]
        try:
            pullback = vjp(g, z)[1]
        except UnsupportedError:
            with pytest.raises(UnsupportedError, match="complex"):
                jvp(g, z, 1.0)
            continue
        for t in (1.0, 1j, 0.6 - 0.8j):
            value, pushed = jvp(g, z, t)
            np.testing.assert_array_equal(value, y)
            assert np.iscomplexobj(pushed) == np.iscomplexobj(y)
            truth, error = directional(g, z, t)
            scale = max(abs(truth), abs(y))
            assert error <= 1e-7 * scale, "the differences themselves have failed here"
            assert abs(pushed - truth) <= 10 * error + 1e-9 * scale
            for ct in (1.0, 1j) if np.iscomplexobj(y) else (1.0,):
                assert abs(np.real(pullback(ct) * t) - np.real(ct * pushed)) <= 1e-13 * scale
            right += 1
    assert right >= 3 or rule.name not in HOLOMORPHIC | REAL_LINEAR


def linear_calls():
    for rule in LINEAR:
        if rule.function is np.empty_like:
            continue  # its value is whatever was in memory
        for k, (args, keywords) in enumerate(SAMPLES.get(rule.function, [])):
            f, xs = arrays_of(rule, args, keywords)
            kinds = ["all"] if len(xs) == 1 else ["all", "first", "others"]
            y = f(*xs)
            for kind, output in itertools.product(kinds, range(len(y)) if isinstance(y, tuple) else [None]):
                if output is None:
                    yield pytest.param(rule, f, xs, kind, id=f"{rule.name}-{k}-{kind}")
                elif np.asarray(y[output]).dtype.kind in "fc":
                    one = arrays_of(rule, args, keywords, output)[0]
                    yield pytest.param(rule, one, xs, kind, id=f"{rule.name}-{k}-{kind}[{output}]")


def with_complex(xs, kind):
    chosen = {"all": range(len(xs)), "first": range(1), "others": range(1, len(xs))}[kind]
    return tuple(complex_like(x, i) if i in chosen else x for i, x in enumerate(xs))


linear_rules = pytest.mark.parametrize(("rule", "f", "xs", "kind"), list(linear_calls()))

#: What is known to work.
FOR_COMPLEX = {
    *(np.sum, np.mean, np.var, np.std, np.prod, np.cumsum, np.cumprod, np.sort, np.max),
    *(np.reshape, np.ravel, np.transpose, np.concatenate, np.stack, np.flip, np.take, np.diag, np.roll),
    *(np.matmul, np.dot, np.inner, np.vdot, np.outer, np.tensordot, np.einsum, np.trace, np.broadcast_to),
    *(np.real, np.imag, np.angle, np.real_if_close, np.fft.fft, np.fft.ifft, np.fft.irfft, np.fft.hfft),
    *(getattr(np, name) for name in ("vecdot", "matvec", "vecmat") if hasattr(np, name)),
}


@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@linear_rules
def test_a_linear_rule_is_right_or_refuses(rule, f, xs, kind):
    if rule.name == "unique_values":  # which come in the order of a hash table, another one beside the point
        f = functools.partial(lambda f, *z: np.sort(f(*z)), f)
    zs = with_complex(xs, kind)
    y = numpys(f, *zs)
    if y is None:
        return
    t = directions(zs, 1)
    try:
        value, pushed = jvp(f, zs, t)
    except UnsupportedError:
        assert rule.function not in FOR_COMPLEX
        with pytest.raises(UnsupportedError):
            vjp(f, *zs)
        return
    recorded, pullback = vjp(f, *zs)
    for one in (value, recorded):
        assert np.asarray(one).dtype == np.asarray(y).dtype
        np.testing.assert_array_equal(one, y)
    assert np.asarray(pushed).dtype == np.asarray(y).dtype
    (ct,) = directions((np.asarray(y),), 2)
    if rule.name in ("qr", "svd"):  # the phases of columns beyond the range are open
        ct = np.where(np.isnan(pushed), 0.0, ct)
        pushed = np.where(np.isnan(pushed), 0.0, pushed)
    pulled = pullback(ct)
    pulled = pulled if isinstance(pulled, tuple) else (pulled,)
    assert [np.asarray(p).dtype for p in pulled] == [np.asarray(z).dtype for z in zs]
    truth, error = extrapolated(
        lambda s: np.sum(np.real(ct * f(*(z + s * d for z, d in zip(zs, t, strict=True))))), 0.0, 1e-2
    )
    forward = np.sum(np.real(ct * pushed))
    reverse = sum(np.sum(np.real(p * d)) for p, d in zip(pulled, t, strict=True))
    eps = np.finfo(np.asarray(y).dtype).eps
    scale = np.sum(np.abs(ct * pushed)) + np.sum(np.abs(ct * y)) + 1e-300
    assert error <= 1e9 * eps * scale, "the differences themselves have failed here"
    assert abs(forward - truth) <= 10 * error + 1e6 * eps * scale
    assert abs(forward - reverse) <= 1000 * eps * scale
    assert_pattern_of_complex_numbers_covers_the_nonzeros(f, zs)


def assert_pattern_of_complex_numbers_covers_the_nonzeros(f, zs):
    """As real functions of the real parts: the parts of an output depend on what it depends on."""

    def of_real_parts(*parts):
        return f(*(p + 1j * np.imag(z) if np.iscomplexobj(z) else p for p, z in zip(parts, zs, strict=True)))

    assert_pattern_covers(of_real_parts, tuple(np.real(z) for z in zs))


# ------------------------------------------------------------------------------- closed forms and mpmath

#: Functions, and where they are hard: near poles and cuts, and far away.
HARD = [
    ("tanh", [0.5 + 1.5j, 720 + 1j, -720 + 1j, 20 + 0.1j, 1e-300 + 1e-9j, 1e-8 + (math.pi / 2) * 1j]),
    ("tan", [0.5 + 1.5j, 1 + 400j, 1 - 30j, math.pi / 2 + 1e-8j]),
    ("arcsin", [2 + 1e-3j, 2 - 1e-3j, -2 + 1e-3j, -2 - 1e-3j, 1 + 1e-10j, 1e200 + 1e200j, 0.3 + 1e-20j]),
    ("arccos", [2 + 1e-3j, 2 - 1e-3j, -2 + 1e-3j, -2 - 1e-3j, 1 + 1e-10j, 1e200 + 1e200j]),
    ("arctan", [2j + 1e-3, 2j - 1e-3, 1j + 1e-10, 1e160 + 1e160j, 0.3 + 0.4j]),
    ("arcsinh", [2j + 1e-3, 2j - 1e-3, -2j + 1e-3, -2j - 1e-3, 1j + 1e-10, 1e200 + 1e200j]),
    ("arccosh", [0.5 + 1e-3j, 0.5 - 1e-3j, -2 + 1e-3j, -2 - 1e-3j, 1 + 1e-10j, 1e200 + 1e200j]),
    ("arctanh", [2 + 1e-3j, 2 - 1e-3j, 1 + 1e-10j, 1e160 + 1e160j, 0.3 + 0.4j]),
    ("sqrt", [-4 + 1e-3j, -4 - 1e-3j, 1e-300 + 1e-300j, 1e300j]),
    ("log", [-4 + 1e-3j, -4 - 1e-3j, 1e-300 + 1e-300j, 1e300j]),
    ("log1p", [-4 + 1e-3j, 1e-20j, -1 + 1e-10j]),
    ("expm1", [1e-20j, 3 + 4j, -40 + 1j]),
    ("reciprocal", [1e-100 + 1e-100j, 3 - 4j]),
]

_INVERSE = {"arcsin": "asin", "arccos": "acos", "arctan": "atan"}
_INVERSE |= {f"{name}h": f"{mp}h" for name, mp in _INVERSE.items()}


def true_derivative(name, z):
    """By central differences with 700 digits."""
    function = getattr(mpmath, _INVERSE.get(name, name), None) or (lambda x: 1 / x)
    with mpmath.workdps(700):
        z = mpmath.mpmathify(z)
        h = abs(z) / mpmath.mpf(10) ** 330
        return complex((function(z + h) - function(z - h)) / (2 * h))


@pytest.mark.parametrize(("name", "z"), [(name, z) for name, zs in HARD for z in zs])
def test_accuracy_in_the_complex_plane(name, z):
    f, truth = getattr(np, name), true_derivative(name, z)
    for got in (
        derivative(f)(z),
        derivative(f)(np.array([z, z]))[1],
        vjp(f, z)[1](1.0),
        vjp(f, np.array([z]))[1](np.ones(1))[0],
    ):
        assert abs(got - truth) <= 1e-14 * abs(truth) + 1e-307


@pytest.mark.parametrize(
    ("f", "above"),
    [
        (np.arcsin, 1j / math.sqrt(3)),
        (np.arccos, -1j / math.sqrt(3)),
        (np.arctanh, -1 / 3),
        (np.arccosh, 1 / math.sqrt(3)),
    ],
)
def test_on_a_cut_the_sign_of_zero_is_the_side(f, above):
    """At 2 (and for arcsinh at 2j); NumPy's values follow the sign, and so do the derivatives."""
    assert_close(derivative(f)(complex(2.0, 0.0)), complex(above))
    assert_close(derivative(f)(complex(2.0, -0.0)), complex(above).conjugate())


def test_on_the_cut_of_arcsinh():
    assert_close(derivative(np.arcsinh)(complex(0.0, 2.0)), -1j / math.sqrt(3))
    assert_close(derivative(np.arcsinh)(complex(-0.0, 2.0)), 1j / math.sqrt(3))
    assert_close(derivative(np.sqrt)(complex(-4.0, 0.0)), -0.25j)
    assert_close(derivative(np.sqrt)(complex(-4.0, -0.0)), 0.25j)


POWERS = [
    (2 + 1j, 3),
    (2 + 1j, 2.5),
    (2 + 1j, 0),
    (0j, 2),
    (0j, 1),
    (-2 + 0j, 1j),
    (2.0, 1 + 1j),
    (-1.5, 2 - 1j),
]


@pytest.mark.parametrize(("a", "b"), POWERS)
def test_powers(a, b):
    by_base = b * complex(a) ** (b - 1) if b != 0 else 0
    assert_close(jvp(lambda a: a**b, complex(a), 1.0)[1], by_base)
    if a != 0:
        by_exponent = complex(a) ** b * cmath.log(a)
        assert_close(jvp(lambda b: np.power(a, b), complex(b), 1.0)[1], by_exponent)
        assert_close(vjp(lambda b: a**b, complex(b))[1](1.0), by_exponent)


def test_at_the_origin():
    """As for real numbers, abs and what is made of it are flat there."""
    for f in (np.abs, np.sign, np.angle):
        for t in (1.0, 1j):
            assert jvp(f, 0j, t)[1] == 0
            assert not np.any(jvp(f, np.zeros(2, complex), np.full(2, t))[1])
        assert vjp(f, 0j)[1](1.0) == 0
    assert derivative(lambda z: z**2)(0j) == 0
    assert derivative(lambda z: z**2, order=2)(0j) == 2


# ------------------------------------------------------------------------------- real, but for the inside


def impedance(p):
    """|Z| of a resistor in series with a coil and a capacitor, and the phase."""
    resistance, inductance, capacitance = p
    z = resistance + 1j * 50 * inductance + 1 / (1j * 50 * capacitance)
    return np.stack([np.abs(z), np.angle(z)])


def test_impedance():
    r, coil, c = p = np.array([3.0, 0.2, 1e-3])
    x = 50 * coil - 1 / (50 * c)
    dx = np.array([0.0, 50.0, 1 / (50 * c**2)])
    dr = np.array([1.0, 0.0, 0.0])
    size = math.hypot(r, x)
    right = np.stack([(r * dr + x * dx) / size, (r * dx - x * dr) / size**2])
    for mode in ("forward", "reverse"):
        assert_close(jacobian(impedance, mode=mode)(p), right)


def wave(x):
    """Re(exp(2i x) + exp(-3i x) / 2), by every way to say so."""
    up, down = np.exp(2j * x), np.exp(-3j * x) / 2
    return (
        (up + down).real
        + np.imag(1j * up)
        + np.real(np.conj(up))
        - up.real
        - np.real(down.conjugate())
        + 0 * x
    )


def test_waves():
    def right(x):
        return -4 * np.sin(2 * x)

    x = np.linspace(-2, 2, 7)
    assert_close(derivative(wave)(x), right(x))
    assert_close(jacobian(wave, mode="reverse")(x), np.diag(right(x)))
    for one in (0.4, np.float64(0.4)):
        assert_close(derivative(wave)(one), right(0.4))
        assert_close(grad(wave)(one), right(0.4))
        assert_close(derivative(derivative(wave))(one), -8 * np.cos(0.8))
        assert_close(grad(derivative(wave))(one), -8 * np.cos(0.8))
        assert_close(derivative(grad(wave))(one), -8 * np.cos(0.8))
        assert_close(grad(grad(wave))(one), -8 * np.cos(0.8))


def circle(x):
    return np.abs(np.exp(1j * x) - 2) ** 2  # 5 - 4 cos x


def test_an_interference():
    for D in (derivative, grad):
        assert_close(D(circle)(0.5), 4 * math.sin(0.5))
        for E in (derivative, grad):
            assert_close(E(D(circle))(0.5), 4 * math.cos(0.5))
    assert_close(derivative(circle, order=5)(0.5), 4 * math.sin(0.5), 1e-12)


@pytest.mark.parametrize("f", [lambda x: np.exp(1j * x), lambda x: dualad.exp(1j * x)])
def test_edge_case_85(f):
    """The second derivative of exp(ix) at 0 is -1."""
    assert derivative(f, order=2)(0.0) == -1
    assert jacobian(jacobian(f, mode="reverse"), mode="reverse")(0.0) == -1
    assert jacobian(derivative(f), mode="reverse")(0.0) == -1
    assert derivative(jacobian(f, mode="reverse"))(0.0) == -1


def test_edge_case_94():
    """What the complex step gets wrong: abs, norm by abs, conj, vdot."""
    for D in (derivative, grad):
        assert D(lambda x: np.abs(x + 0j))(-3.0) == -1
        assert D(lambda x: np.real(x * np.conj(x + 0j)))(3.0) == 6
    v = np.array([3.0, 4.0])
    assert_close(grad(lambda x: np.sqrt(np.sum(np.abs(x + 0j) ** 2)))(v), np.array([0.6, 0.8]))
    assert_close(grad(lambda x: np.vdot(x + 0j, x).real)(v), np.array([6.0, 8.0]))


def test_a_root_of_a_negative_number():
    """Python's ** goes over to complex numbers; the derivative goes with it."""
    assert_close(derivative(lambda x: x**0.5)(-2.0), 0.5 * (-2.0 + 0j) ** -0.5)
    assert_close(grad(lambda x: abs(x**0.5))(-2.0), -0.25 * math.sqrt(2))


@pytest.mark.parametrize("mode", [derivative, grad])
@pytest.mark.parametrize("i", [1j, np.complex128(1j)], ids=repr)
def test_functions_that_turn_complex_of_complex_numbers(i, mode):
    z = 0.3 + 2j
    for slope, f in (
        (0.5 / z**0.5, lambda x: np.real(np.emath.sqrt(x + 2.0 * i))),
        ((1 - z * z) ** -0.5, lambda x: np.real(np.emath.arcsin(x + 2.0 * i))),
        (3 * z**2, lambda x: np.real(np.emath.power(x + 2.0 * i, 3))),
    ):
        assert mode(f)(0.3) == pytest.approx(slope.real, rel=1e-14)


def test_numbers_in_place_of_nan_in_complex_arrays():
    def f(x):
        z = x.astype(complex)
        z.imag = [np.nan, 2.0, np.inf]
        return np.real(np.nan_to_num(z, posinf=3.0) ** 2)

    x = np.array([0.5, 0.7, 0.9])
    np.testing.assert_array_equal(dualad.jacobian(f)(x), np.diag(2 * x))
    np.testing.assert_array_equal(f(x), x**2 - np.array([0.0, 4.0, 9.0]))


@pytest.mark.parametrize("x", [0.3, np.float64(0.3), np.complex128(0.3), complex(0.3)], ids=repr)
@pytest.mark.parametrize("i", [1j, np.complex128(1j)], ids=repr)
def test_scalars_of_every_type(x, i):
    for f in (lambda x: np.exp(i * x), lambda x: np.exp(x * i), lambda x: 1 / np.exp(x / i)):
        assert_close(derivative(f)(x), 1j * np.exp(0.3j))
        assert_close(jacobian(f, mode="reverse")(x), 1j * np.exp(0.3j))


def test_arithmetic_of_a_complex_dual():
    z = Dual(3 + 4j, 1j)
    assert repr(z) == "Dual((3+4j) + 1jε)"
    assert [value(z.real), tangent(z.real), value(z.imag), tangent(z.imag)] == [3.0, 0.0, 4.0, 1.0]
    assert [value(abs(z)), tangent(abs(z))] == [5.0, 0.8]
    assert tangent(z.conjugate()) == tangent(np.conj(z)) == -1j
    assert tangent(z**2) == 2j * (3 + 4j)
    assert tangent(1j * z) == tangent(z * 1j) == -1
    assert tangent(z - (1 + 1j)) == 1j
    assert tangent((2 + 1j) / z) == pytest.approx(-(2 + 1j) * 1j / (3 + 4j) ** 2)
    assert z.dtype == complex
    assert not np.isreal(z)
    assert np.iscomplex(z)
    assert np.iscomplexobj(z)
    assert value(np.rint(Dual(1.4 + 1.6j, 1.0))) == 1 + 2j


# ------------------------------------------------------------------------------- forward, reverse, lanes


def mixed(x):
    """(3,) real to (2,) complex."""
    z = np.exp(1j * x) * x.sum()
    return W @ z + np.conj(W @ x)


def holomorphic(z):
    """(3,) to (2,), complex."""
    return (W @ np.exp(1j * z)) * z[1:] ** 2 / (z[0] + 3)


def taken_apart(z):
    """(3,) complex to (2,) complex, not holomorphic."""
    return W @ (np.conj(z) * np.abs(z) + 1j * z.real * z.imag) + np.angle(z[:2]) * np.sign(z[2])


def as_real(f, to_complex):
    """The same as a function of real parts, and imaginary parts if the input is complex."""

    def g(p):
        y = f(p[:3] + 1j * p[3:]) if to_complex else f(p)
        return np.concatenate([np.real(y), np.imag(y)])

    return g


def by_differences(f, x):
    return np.stack(
        [
            [extrapolated(lambda s, e=e, i=i: f(x + s * e)[i], 0.0, 1e-2)[0] for e in np.eye(len(x))]
            for i in range(len(f(x)))
        ]
    )


@MODES
def test_a_real_jacobian_of_the_parts(mode):
    """Real inputs, complex inside, real outputs: nothing of the convention is left."""
    p = np.concatenate([Z.real, Z.imag])
    for f in (holomorphic, taken_apart):
        g = as_real(f, True)
        assert_close(jacobian(g, mode=mode)(p), by_differences(g, p), 1e-9)
        assert_close(jacobian(g, mode=mode, chunk=2)(p), by_differences(g, p), 1e-9)


@MODES
def test_complex_jacobian_of_a_real_input(mode):
    real = by_differences(as_real(mixed, False), X)
    J = jacobian(mixed, mode=mode)(X)
    assert J.dtype == complex
    assert_close(J, real[:2] + 1j * real[2:], 1e-9)
    assert_close(jacobian(mixed, mode=mode, chunk=1)(X), J)
    assert_close(jacobian_columns(mixed, X, [2, 0]), J[:, [2, 0]])
    assert_close(value_and_jacobian(mixed, mode=mode)(X)[1], J)


@MODES
def test_holomorphic_jacobian(mode):
    p = np.concatenate([Z.real, Z.imag])
    real = by_differences(as_real(holomorphic, True), p)
    J = jacobian(holomorphic, mode=mode)(Z)
    assert_close(J, real[:2, :3] + 1j * real[2:, :3], 1e-9)
    assert_close(J, real[2:, 3:] - 1j * real[:2, 3:], 1e-9)


def test_products_with_the_real_jacobian():
    """jvp, linearize and vjp of what is not holomorphic, in 2x2 blocks of real numbers."""
    p = np.concatenate([Z.real, Z.imag])
    real = by_differences(as_real(taken_apart, True), p)
    t, ct = np.array([0.3 - 1j, 0.7j, -1.2]), np.array([0.4 + 1.1j, -0.9 + 0.2j])
    pushed = real @ np.concatenate([t.real, t.imag])
    pushed = pushed[:2] + 1j * pushed[2:]
    assert_close(jvp(taken_apart, Z, t)[1], pushed, 1e-9)
    _, linear = linearize(taken_apart, Z)
    assert_close(linear(t), pushed, 1e-9)
    pulled = np.concatenate([ct.real, -ct.imag]) @ real
    assert_close(linear.transpose(ct), pulled[:3] - 1j * pulled[3:], 1e-9)
    assert_close(vjp(taken_apart, Z)[1](ct), pulled[:3] - 1j * pulled[3:], 1e-9)


def test_gradient_of_a_real_function():
    """df/dx - i df/dy."""

    def f(z):
        return np.sum(np.abs(W @ z) ** 2) + np.real(z[0] * z[1])

    p = np.concatenate([Z.real, Z.imag])
    d = by_differences(lambda p: [f(p[:3] + 1j * p[3:])], p)[0]
    assert_close(grad(f)(Z), d[:3] - 1j * d[3:], 1e-9)
    y, g = value_and_grad(f)(Z)
    assert y == f(Z)
    assert_close(g, grad(f)(Z))
    assert_close(grad(abs)(3 + 4j), 0.6 - 0.8j)
    # The direction of steepest ascent is the conjugate.
    assert jvp(abs, 3 + 4j, np.conj(grad(abs)(3 + 4j)))[1] == pytest.approx(1.0)


def test_second_order_both_ways():
    def g(z):
        return np.sum(np.abs(taken_apart(z)) ** 2)

    t = np.array([0.3 - 1j, 0.7j, -1.2])
    one = jvp(grad(g), Z, t)[1]
    other = grad(lambda z: jvp(g, z, t)[1])(Z)
    third = grad(lambda z: np.real(np.sum(grad(g)(z) * t)))(Z)
    assert_close(one, other)
    assert_close(one, third)
    h = 1e-5
    assert_close(one, (grad(g)(Z + h * t) - grad(g)(Z - h * t)) / (2 * h), 1e-8)


def test_forward_over_forward():
    def f(x):
        return np.abs(np.fft.fft(np.exp(1j * x) * x)) ** 2

    h = 1e-5
    right = np.stack(
        [(jacobian(f)(X + h * e) - jacobian(f)(X - h * e)) / (2 * h) for e in np.eye(3)], axis=-1
    )
    for inner, outer in itertools.product(("forward", "reverse"), repeat=2):
        assert_close(jacobian(jacobian(f, mode=inner), mode=outer)(X), right, 1e-7)


#: What random programs are made of: three numbers to three numbers.
STEPS = [
    *(np.exp, np.sin, np.conj, np.sign, np.cumsum),
    lambda z: np.tanh(z * 0.3),
    lambda z: z.real + 0j,
    lambda z: z.imag * 1j,
    lambda z: np.abs(z) * np.exp(1j * np.angle(z)),
    lambda z: np.sqrt(z + 3),
    lambda z: np.log(z + 4),
    lambda z: (z + 2) ** 1.3,
    lambda z: z * np.vdot(z, z) / 4,
    lambda z: np.fft.fft(z) / 2,
    lambda z: np.fft.irfft(z, 5)[:3],
    lambda z: np.fft.rfft(z.real, 4),
    lambda z: np.concatenate([z[:1], z[1:].real]),
    lambda z: np.stack([z[0] * z[1], z[2].conjugate(), abs(z[0])]),
    lambda z: np.where(z.real > 0, z, 1j * z),
    lambda z: z - np.mean(z) + np.var(z) * 0.3,
    lambda z: np.einsum("i,j->j", np.conj(z), z) * 0.2,
    lambda z: np.prod(z) * 0.2 + z,
]
JOINS = [
    np.add,
    np.subtract,
    lambda a, b: a * b * 0.3,
    lambda a, b: a / (b + 3 + 1j),
    lambda a, b: (a + 3) ** (b * 0.1),
    lambda a, b: a.real * b,
]


def random_program(seed):
    """Steps and joins of what came before, real and complex numbers mixed."""
    random = np.random.default_rng(seed)
    lines = [
        (STEPS[random.integers(len(STEPS))], (random.integers(m),))
        if random.random() < 0.65
        else (JOINS[random.integers(len(JOINS))], tuple(random.integers(m, size=2)))
        for m in range(3, 8)
    ]
    w = random.normal(size=3) + 1j * random.normal(size=3)

    def run(x):
        values = [x, x * (1 + 0.5j), w * x]
        for function, at in lines:
            values.append(function(*(values[i] for i in at)))
        return sum(values[3:])

    return run, random.normal(size=3), random.normal(size=3) + 1j * random.normal(size=3)


@pytest.mark.parametrize("seed", range(24))
def test_random_programs(seed):
    """Against differences, forward against reverse, and the second derivative in three nestings."""
    f, x, t = random_program(seed)
    h = 1e-6
    right = np.stack([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(3)], axis=-1)
    scale = max(1.0, np.max(np.abs(right)))
    assert_close(jacobian(f, mode="forward")(x) / scale, right / scale, 1e-5)
    assert_close(jacobian(f, mode="reverse")(x) / scale, jacobian(f, mode="forward")(x) / scale, 1e-11)

    def size(z):
        return np.sum(np.abs(f(z + 0j)) ** 2)

    z = x + 0.3j * x[::-1]
    g = grad(size)(z)
    scale = max(size(z), np.max(np.abs(g)))
    slope = np.real(np.sum(g * t))
    assert_close(slope / scale, (size(z + h * t) - size(z - h * t)) / (2 * h) / scale, 1e-5)
    assert_close(slope / scale, jvp(size, z, t)[1] / scale, 1e-11)
    second = jvp(grad(size), z, t)[1]
    scale = max(scale, np.max(np.abs(second)))
    assert_close(second / scale, (grad(size)(z + h * t) - grad(size)(z - h * t)) / (2 * h) / scale, 1e-5)
    assert_close(second / scale, grad(lambda z: jvp(size, z, t)[1])(z) / scale, 1e-11)
    assert_close(second / scale, grad(lambda z: np.real(np.sum(grad(size)(z) * t)))(z) / scale, 1e-11)


# ------------------------------------------------------------------------------- holomorphic or not


@pytest.mark.parametrize("z", [1 + 1j, Z], ids=["number", "array"])
@pytest.mark.parametrize(
    "f", [np.conj, np.abs, np.real, np.sign, lambda z: z * z.real, lambda z: np.exp(np.conj(z))]
)
def test_not_holomorphic(f, z):
    for D in (
        derivative(f),
        derivative(f, order=2) if f is not np.conj else derivative(f),
        value_and_derivative(f),
        jacobian(f, mode="forward"),
        jacobian(f, mode="reverse"),
        lambda z: jacobian_columns(f, z, [0]),
    ):
        with pytest.raises(UnsupportedError, match=r"not holomorphic.*jvp\(f, z, t\)"):
            D(z)


@pytest.mark.parametrize("z", [1 + 1j, Z], ids=["number", "array"])
def test_holomorphic_though_taken_apart(z):
    def f(z):
        return np.abs(z) ** 2 / np.conj(z) * (z.real + 1j * np.imag(z))  # z**2

    assert_close(derivative(f)(z), 2 * z)
    assert_close(derivative(f, order=2)(z), 2 + 0 * z)
    for mode in ("forward", "reverse"):
        assert_close(jacobian(f, mode=mode)(z), np.diag(2 * z) if np.ndim(z) else 2 * z)


def test_what_is_not_taken_apart_needs_no_second_sweep():
    calls = []

    def f(z):
        calls.append(1)
        return np.cos(z) ** 2 + np.sin(z) ** 2

    assert abs(derivative(f)(1e3 + 1j)) < 1e-9  # the two terms cancel, which is no reason to refuse
    assert len(calls) == 1


def test_derivative_of_an_array_function_is_elementwise():
    assert_close(derivative(lambda z: np.roll(np.roll(z, 1), -1) ** 2)(Z), 2 * Z)
    with pytest.raises(dualad.errors.ShapeError, match="not elementwise"):
        derivative(lambda z: z * z[0])(Z)


# ------------------------------------------------------------------------------- what is refused


def test_grad_of_a_complex_function():
    for f, z in ((np.exp, 1j), (lambda x: np.exp(1j * x), 1.0)):
        with pytest.raises(OutputError, match=r"np\.real"):
            grad(f)(z)


def test_complex_directions_of_real_numbers():
    with pytest.raises(InputError, match=r"tangent.*complex"):
        jvp(np.sin, 1.0, 1j)
    with pytest.raises(InputError, match=r"cotangent.*complex"):
        vjp(np.abs, 1j)[1](1j)
    with pytest.raises(InputError, match=r"tangent.*complex"):
        linearize(np.sin, X)[1](1j * X)


@pytest.mark.parametrize(("choose", "taken"), [(np.maximum, [0, 1, 0]), (np.minimum, [1, 0, 1])])
def test_the_larger_of_complex_numbers(choose, taken):
    """They are in the order of their real parts; if these are the same, of their imaginary parts."""
    a, b = np.array([2 + 1j, 1 - 1j, 3 + 2j]), np.array([1 + 4j, 2 + 0j, 3 - 5j])
    ta, tb = np.array([1j, 2.0, 3 - 1j]), np.array([4.0, 5j, 6 + 2j])
    t = np.choose(taken, [ta, tb])
    assert_close(jvp(choose, (a, b), (ta, tb))[1], t)
    for x, y, u, v, expected in zip(a, b, ta, tb, t, strict=True):
        assert jvp(choose, (complex(x), complex(y)), (complex(u), complex(v)))[1] == expected
    cts = vjp(lambda a: choose(a, b), a)[1](ta)
    assert_close(cts, np.where(taken, 0, ta))
    assert_close(jvp(choose, (a, a), (ta, tb))[1], (ta + tb) / 2)


@pytest.mark.parametrize(
    "f",
    [np.fmax, np.hypot, np.arctan2, np.remainder, np.floor_divide, np.logaddexp, np.copysign],
)
def test_functions_of_real_numbers(f):
    for z in (1j, Z):
        with pytest.raises(UnsupportedError, match=f.__name__):
            jvp(lambda z: f(z, 2.0), z, z)
        with pytest.raises(UnsupportedError, match=f.__name__):
            vjp(lambda z: f(2.0, z), z)


@pytest.mark.parametrize("f", [np.floor, np.cbrt, np.fabs, np.degrees, np.sinc, dualad.relu, dualad.sigmoid])
def test_more_functions_of_real_numbers(f):
    for z in (1j, Z):
        for entry in (jvp, lambda f, z, t: vjp(f, z)):
            with pytest.raises(UnsupportedError, match="complex"):
                entry(f, z, z)


def test_conversions():
    z, x = Dual(Z, Z), Dual(X, X)
    for convert in (complex, float):
        with pytest.raises(ConversionError):
            convert(z[0])
    with pytest.raises(TypeError, match="Cannot cast"):
        z.astype(float, casting="same_kind")
    assert tangent(x.astype(complex)).dtype == complex
    assert tangent(z.astype(np.complex64)).dtype == np.complex64
    assert_close(jacobian(lambda x: x.astype(complex) * 1j, mode="reverse")(X), 1j * np.eye(3))
    with pytest.raises(UnsupportedError, match="real array"):
        x[0] = 1j
    with pytest.raises(UnsupportedError, match="real array"):
        x *= 1j
    with pytest.raises(TypeError, match="no imaginary part"):
        x.imag = X


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_an_imaginary_part_is_discarded_with_the_warning_of_numpy(mode):
    def cast(x):
        return (Z * x).astype(x.dtype)

    def assigned(x):
        y, z = np.zeros(4), 2 * x
        y[1:] = Z * x
        y[0] = (Z * x)[1]
        z.real = y[1:] + 1j * x
        return np.append(y, z)

    def into_the_real_part(x):
        y = np.zeros(3)
        y.real = Z * x
        return y

    D = np.diag(Z.real)
    for f, wanted in ((cast, D), (assigned, np.vstack([D[1], D, D])), (into_the_real_part, D)):
        with pytest.warns(np.exceptions.ComplexWarning) as ours:
            J = jacobian(f, mode=mode)(X)
        with pytest.warns(np.exceptions.ComplexWarning) as theirs:
            f(X)
        assert {(w.filename, w.lineno) for w in ours} == {(w.filename, w.lineno) for w in theirs}
        assert_close(J, wanted)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_what_is_in_one_part_does_not_matter_to_the_other(mode):
    """`np.empty` has anything in it."""

    def filled(x):
        y, z = np.full(3, complex(np.inf, np.nan)), np.full(3, complex(np.nan, np.inf))
        y.real = x
        y.imag = x**2
        z.imag[...] = x**3
        z.real[:2] = x[:2]
        z.real[2] = 1.0
        return np.append(y, z)

    D = np.diag(X)
    ends = np.diag([1.0, 1.0, 0.0])
    assert_close(jacobian(filled, mode=mode)(X), np.vstack([np.eye(3) + 2j * D, ends + 3j * D**2]))


def test_an_imaginary_part_is_not_discarded_in_place():
    def in_a_container(x):
        y = np.zeros(3)
        y *= 1j * x
        return y

    def by_out(x):
        return np.multiply(x, 1j, out=np.zeros(3))

    for f in (in_a_container, by_out):
        with pytest.raises(TypeError):
            f(X)
        with pytest.raises(UnsupportedError, match="real array"):
            jacobian(f)(X)


def test_the_namespace_of_the_array_api_is_numpy():
    assert_close(jacobian(lambda x: x.__array_namespace__().sin(x))(X), np.diag(np.cos(X)))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_parts_are_assigned_to(mode):
    def f(x):
        z = Z * x
        z.real = x**3
        z.imag = z.imag + np.sin(x)
        x = x * 2
        x.real = x * z.imag
        return z * x

    def by_parts(x):
        imag = Z.imag * x + np.sin(x)
        return (x**3 + 1j * imag) * 2 * x * imag

    assert_close(jacobian(f, mode=mode)(X), jacobian(by_parts, mode=mode)(X))


# ------------------------------------------------------------------------------- assignment and views


def written(x):
    out = x + 0j
    out[0] = x[1]
    out[1] = 2j * x[0] ** 2
    out[2] *= 1j
    out[1:] += x[1:] * (1 - 1j)
    return out


@MODES
def test_assignment(mode):
    a, _, _ = X
    right = np.array([[0, 1, 0], [4j * a, 1 - 1j, 0], [0, 0, 1]])
    assert_close(jacobian(written, mode=mode)(X), right)


def through_views(x):
    z = x * (1 + 1j)
    z.real[0] = x[1]
    z.imag[1:] = x[1:] ** 2
    np.real(z)[2] *= 3
    return z


@MODES
def test_views_of_the_parts(mode):
    """They alias as NumPy's do."""
    np.testing.assert_array_equal(jvp(through_views, X, X)[0], through_views(X))
    np.testing.assert_array_equal(vjp(through_views, X)[0], through_views(X))
    _, b, c = X
    right = np.array([[1j, 1, 0], [0, 1 + 2j * b, 0], [0, 0, 3 + 2j * c]])
    assert_close(jacobian(through_views, mode=mode)(X), right)


def test_no_two_duals_share_a_tangent():
    def f(z):
        a, b, c = z + 1j, np.conj(z), +z
        a[0] = b[1] = c[2] = 0
        return z

    assert_close(jvp(f, Z, Z)[1], Z)
    assert_close(vjp(f, Z)[1](Z), Z)


def test_the_callers_arrays_are_left_alone():
    z, before = Z.copy(), Z.copy()

    def f(z):
        z[0] = np.conj(z[1])
        return z * np.abs(z)

    jvp(f, z, z)
    vjp(f, z)[1](z)
    with pytest.raises(UnsupportedError):
        jacobian(f)(z)
    np.testing.assert_array_equal(z, before)


# ------------------------------------------------------------------------------- types and shapes


@pytest.mark.parametrize(("real", "both"), [(np.float32, np.complex64), (np.float64, np.complex128)])
def test_precision_is_kept(real, both):
    x, z = X.astype(real), Z.astype(both)

    def f(x):
        return np.abs(np.exp(1j * x) * np.conj(x) - 2) ** 2

    for x0 in (x, z):
        y, t = jvp(f, x0, x0)
        assert (y.dtype, t.dtype) == (real, real)
        assert vjp(f, x0)[1](y).dtype == x0.dtype
        assert jvp(np.sin, x0, x0)[1].dtype == x0.dtype
    assert jvp(lambda x: 1j * x, x, x)[1].dtype == both
    assert jacobian(lambda x: 1j * x, mode="forward")(x).dtype == both
    assert grad(lambda z: np.sum(np.abs(z)))(z).dtype == both


def test_empty_and_zero_dimensional():
    for z in (np.empty(0, complex), np.empty((0, 3), complex), np.array(1 + 2j)):
        assert_close(jvp(np.exp, z, np.ones_like(z))[1], np.exp(z))
        assert np.shape(jacobian(np.exp, mode="forward")(z)) == z.shape * 2
        assert jacobian(np.exp, mode="reverse")(z).dtype == complex
        assert np.shape(grad(lambda z: np.sum(np.abs(z)))(z)) == z.shape


def test_broadcasting():
    a, b = Z, X[:, None]

    def f(a, b):
        return a * b + np.conj(a) ** b

    ta, tb = np.array([1j, -0.3, 0.5 + 0.5j]), np.array([[0.2], [0.7], [-1.0]])
    y, pushed = jvp(f, (a, b), (ta, tb))
    truth = [
        [
            directional(lambda s, i=i, j=j: f(a[j] + s * ta[j], b[i, 0] + s * tb[i, 0]), 0.0, 1.0)[0]
            for j in range(3)
        ]
        for i in range(3)
    ]
    assert_close(pushed, np.array(truth), 1e-9)
    ct = np.conj(y)
    ga, gb = vjp(f, a, b)[1](ct)
    assert gb.dtype == float
    left, right = np.sum(np.real(pushed * ct)), np.sum(np.real(ga * ta)) + np.sum(gb * tb)
    assert left == pytest.approx(right, rel=1e-12)


def test_constants_are_outputs_too():
    assert derivative(lambda x: 1j)(2.0) == 0
    assert derivative(lambda z: 3.0)(1j) == 0
    assert grad(lambda z: 3.0)(1j) == 0
    assert not np.any(jacobian(lambda x: np.array([1j, 2]), mode="reverse")(X))


def test_undefined_values_have_undefined_derivatives():
    z = np.array([np.nan + 1j, 1 + 1j])
    _, t = jvp(lambda z: z * 2, z, np.ones_like(z))
    assert np.isnan(t[0].real)
    assert np.isnan(t[0].imag)
    assert t[1] == 2
    assert np.isnan(derivative(lambda z: z * cmath.nan)(1j))
    assert np.isnan(vjp(lambda z: z * 2, z)[1](np.ones(2))).all()


def test_strong_zeros():
    """An entry at rest stays at rest, whatever the partial."""
    with np.errstate(all="ignore"):
        assert jvp(np.log, np.zeros(2, complex), np.zeros(2))[1].tolist() == [0, 0]
        assert vjp(np.log, np.zeros(2, complex))[1](np.zeros(2)).tolist() == [0, 0]


#: Operations of a real variable and a complex constant, and the derivative.
WITH_CONSTANTS = {
    "x * c": (lambda x, c: x * c, lambda x, c: c),
    "c * x": (lambda x, c: c * x, lambda x, c: c),
    "x + c": (lambda x, c: x + c, lambda x, c: 1 + 0 * c),
    "c - x": (lambda x, c: c - x, lambda x, c: -1 + 0 * c),
    "x / c": (lambda x, c: x / c, lambda x, c: 1 / c),
    "c / x": (lambda x, c: c / x, lambda x, c: -c / x**2),
    "x**c": (lambda x, c: x**c, lambda x, c: c * x ** (c - 1)),
    "c**x": (lambda x, c: c**x, lambda x, c: c**x * np.log(c)),
    "multiply": (np.multiply, lambda x, c: c),
    "add": (lambda x, c: np.add(c, x), lambda x, c: 1 + 0 * c),
}

with_constants = pytest.mark.parametrize("name", list(WITH_CONSTANTS))


@with_constants
@pytest.mark.parametrize("n", [3, 20_001])
def test_real_variables_with_complex_constants(name, n):
    """No imaginary part is lost, in any order and size; a lost one would be a warning, hence an error."""
    f, derivative_of = WITH_CONSTANTS[name]
    x, c = np.linspace(1, 2, n), np.linspace(1, 2, n) * (1 + 1j)
    right = derivative_of(x, c)
    assert_close(jvp(lambda x: f(x, c), x, np.ones(n))[1], right)
    _, pullback = vjp(lambda x: f(x, c), x)
    assert_close(pullback(np.ones(n)), right.real)
    assert_close(pullback(np.full(n, -1j)), right.imag)
    one = jvp(lambda x: f(x, c[1]), 1.5, 1.0)[1]
    assert_close(one, derivative_of(1.5, c[1]))
    assert_close(vjp(lambda x: f(x, c[1]), 1.5)[1](-1j), one.imag)

    # Both variable: one real, one complex.
    def g(x):
        return f(x, x * (1 + 1j))

    assert_close(vjp(g, x)[1](np.ones(n)), jvp(g, x, np.ones(n))[1].real)


@with_constants
@pytest.mark.parametrize("c", [2, 2.5, np.float32(2.5), X, X.astype(np.float32), np.arange(1, 4)], ids=repr)
def test_complex_variables_with_real_constants(name, c):
    f, derivative_of = WITH_CONSTANTS[name]
    right = derivative_of(Z, np.asarray(c, complex)) + 0 * Z
    assert_close(jvp(lambda z: f(z, c), Z, np.ones(3))[1], right)
    assert_close(vjp(lambda z: f(z, c), Z)[1](np.ones(3)), right)


def test_large_arrays():
    """Longer than the blocks that large arrays are worked on in."""
    x = np.linspace(1, 2, 40_001)

    def f(x):
        return x * np.exp(1j * x) * np.cos(2j * x)

    _, t = jvp(f, x, np.ones_like(x))
    assert_close(t, np.exp(1j * x) * (np.cos(2j * x) * (1 + 1j * x) - 2j * x * np.sin(2j * x)))
    _, pullback = vjp(f, x)
    for ct in (1.0, 1j):
        assert_close(pullback(np.full(x.shape, ct)), np.real(ct * t))
