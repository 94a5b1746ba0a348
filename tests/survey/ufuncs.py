"""NumPy's elementwise functions, on arrays and on numbers."""

import numpy as np

from . import Group

tried = Group(__name__, "NumPy's ufuncs")

V = np.array([0.3, -0.8, 1.7, 2.4])
W = np.array([1.2, 0.4, -0.6, 2.1])
POSITIVE = np.array([0.3, 0.8, 1.7, 2.4])
UNIT = np.array([0.3, -0.8, 0.1, 0.65])
ABOVE_ONE = np.array([1.1, 2.8, 1.7, 40.0])

tried.at(
    V,
    absolute=lambda x: np.absolute(x),
    negative=lambda x: np.negative(x),
    positive=lambda x: np.positive(x),
    fabs=lambda x: np.fabs(x),
    sign=lambda x: np.sign(x) * x,
    rint=lambda x: np.rint(x) + x,
    floor=lambda x: x - np.floor(x),
    ceil=lambda x: np.ceil(x) - x,
    trunc=lambda x: np.trunc(x) * x,
    square=lambda x: np.square(x),
    cbrt=lambda x: np.cbrt(x),
    reciprocal=lambda x: np.reciprocal(x),
    conjugate=lambda x: np.conjugate(x),
    exp=(lambda x: np.exp(x), lambda m, x: m.exp(x)),
    exp2=(lambda x: np.exp2(x), lambda m, x: m.mpf(2) ** x),
    expm1=(lambda x: np.expm1(x), lambda m, x: m.expm1(x)),
    sin=(lambda x: np.sin(x), lambda m, x: m.sin(x)),
    cos=(lambda x: np.cos(x), lambda m, x: m.cos(x)),
    tan=(lambda x: np.tan(x), lambda m, x: m.tan(x)),
    arctan=(lambda x: np.arctan(x), lambda m, x: m.atan(x)),
    sinh=(lambda x: np.sinh(x), lambda m, x: m.sinh(x)),
    cosh=(lambda x: np.cosh(x), lambda m, x: m.cosh(x)),
    tanh=(lambda x: np.tanh(x), lambda m, x: m.tanh(x)),
    arcsinh=(lambda x: np.arcsinh(x), lambda m, x: m.asinh(x)),
    degrees=lambda x: np.degrees(x),
    radians=lambda x: np.radians(x),
    rad2deg=lambda x: np.rad2deg(x),
    deg2rad=lambda x: np.deg2rad(x),
    modf=lambda x: np.modf(x)[0] ** 2,
    frexp=lambda x: np.frexp(x)[0],
    ldexp=lambda x: np.ldexp(x, np.array([1, 2, 3, -1])),
    isfinite=lambda x: np.where(np.isfinite(x), x * x, 0.0),
    isnan=lambda x: np.where(np.isnan(x), 0.0, x * x),
    isinf=lambda x: np.where(np.isinf(x), 0.0, x * x),
    signbit=lambda x: np.where(np.signbit(x), -x, 2 * x),
    logical_not=lambda x: np.where(np.logical_not(x > 0), x, x**3),
    invert=lambda x: np.where(~(x > 0), x, x**3),
    spacing=lambda x: x * x + np.spacing(x),
    power_of_int=lambda x: np.power(x, 3),
    out=lambda x: np.sin(x, out=np.empty(4)),
    where_keyword=lambda x: np.sqrt(x, out=np.zeros(4), where=x > 0),
    dtype_keyword=lambda x: np.exp(x, dtype=np.float64),
    add_out=lambda x: np.add(x, 1.0, out=x),
)
tried.at(
    POSITIVE,
    sqrt=(lambda x: np.sqrt(x), lambda m, x: m.sqrt(x)),
    log=(lambda x: np.log(x), lambda m, x: m.log(x)),
    log2=(lambda x: np.log2(x), lambda m, x: m.log(x, 2)),
    log10=(lambda x: np.log10(x), lambda m, x: m.log10(x)),
    log1p=(lambda x: np.log1p(x), lambda m, x: m.log1p(x)),
)
tried.at(
    UNIT,
    arcsin=(lambda x: np.arcsin(x), lambda m, x: m.asin(x)),
    arccos=(lambda x: np.arccos(x), lambda m, x: m.acos(x)),
    arctanh=(lambda x: np.arctanh(x), lambda m, x: m.atanh(x)),
)
tried.at(ABOVE_ONE, arccosh=(lambda x: np.arccosh(x), lambda m, x: m.acosh(x)))
tried.at(
    (V, W),
    add=lambda a, b: np.add(a, b),
    subtract=lambda a, b: np.subtract(a, b),
    multiply=lambda a, b: np.multiply(a, b),
    divide=lambda a, b: np.divide(a, b),
    true_divide=lambda a, b: np.true_divide(a, b) * a,
    arctan2=(lambda a, b: np.arctan2(a, b), lambda m, a, b: m.atan2(a, b)),
    hypot=(lambda a, b: np.hypot(a, b), lambda m, a, b: m.hypot(a, b)),
    logaddexp=(lambda a, b: np.logaddexp(a, b), lambda m, a, b: m.log(m.exp(a) + m.exp(b))),
    logaddexp2=(lambda a, b: np.logaddexp2(a, b), lambda m, a, b: m.log(m.power(2, a) + m.power(2, b), 2)),
    maximum=lambda a, b: np.maximum(a, b),
    minimum=lambda a, b: np.minimum(a, b),
    fmax=lambda a, b: np.fmax(a, b),
    fmin=lambda a, b: np.fmin(a, b),
    copysign=lambda a, b: np.copysign(a, b),
    nextafter=lambda a, b: np.nextafter(a, b) ** 2,
    fmod=lambda a, b: np.fmod(a, b),
    remainder=lambda a, b: np.remainder(a, b),
    mod_of_number=lambda a, b: np.mod(a, 0.7) + b,
    floor_divide=lambda a, b: np.floor_divide(a + 0.05, b) * b,
    divmod=lambda a, b: np.divmod(a + 0.05, b)[1] * np.divmod(a + 0.05, b)[0],
    heaviside=lambda a, b: np.heaviside(a, 0.5) * b,
    greater=lambda a, b: np.where(np.greater(a, b), a, b * b),
    less_equal=lambda a, b: np.where(np.less_equal(a, b), a, b * b),
    equal=lambda a, b: np.where(np.equal(a, b), 0.0, a * b),
    logical_and=lambda a, b: np.where(np.logical_and(a > 0, b > 0), a, b * b),
    logical_xor=lambda a, b: np.where(np.logical_xor(a > 0, b > 0), a, b * b),
    bitwise_or=lambda a, b: np.where((a > 0) | (b > 0), a, b * b),
    vecdot=lambda a, b: np.vecdot(a, b),
)
tried.at(
    (POSITIVE, W),
    power=(lambda a, b: np.power(a, b), lambda m, a, b: m.power(a, b)),
    float_power=(lambda a, b: np.float_power(a, b), lambda m, a, b: m.power(a, b)),
    broadcast=lambda a, b: np.multiply(a[:, None], np.exp(b)),
)
tried.at(
    (np.array([[0.3, -0.8, 1.7], [2.4, 0.1, -1.1]]), np.array([0.7, 1.9, -0.4])),
    matmul=lambda A, b: np.matmul(A, b),
    matvec=lambda A, b: (np.matvec if hasattr(np, "matvec") else np.matmul)(A, b),
    vecmat=lambda A, b: (np.vecmat if hasattr(np, "vecmat") else np.matmul)(b, A.T),
)
tried.at(
    0.7,
    of_a_number=(lambda x: np.sin(np.exp(x)) / np.sqrt(x), lambda m, x: m.sin(m.exp(x)) / m.sqrt(x)),
    of_a_list=lambda x: np.exp([x, 2 * x, 1.0]),
)
