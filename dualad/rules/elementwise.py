"""The derivatives of NumPy's elementwise functions, one line each; those of all families together.

A partial is run on floats, arrays, ``Dual``s, mpmath numbers and symbols, so it is made of
operators, comparisons, the functions of this table, and `where`. Constants are Python numbers,
which leave float32 what it is. The formulas are chosen to lose no digits anywhere on the domain:
factors instead of differences, two divisions where a square would overflow.
"""

from ._arithmetic import (  # noqa: F401 - the families together
    add,
    cbrt,
    ceil,
    divide,
    divmod,
    exp,
    exp2,
    exp2_weight,
    exp_weight,
    expm1,
    float_power,
    floor,
    floor_divide,
    fmod,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logaddexp2,
    multiply,
    negative,
    positive,
    power,
    reciprocal,
    remainder,
    rint,
    sqrt,
    square,
    subtract,
    trunc,
)
from ._choices import (  # noqa: F401 - the families together
    if_,
    indicator,
    off_origin,
    where,
)
from ._corners import (  # noqa: F401 - the families together
    abs_squared,
    absolute,
    clip,
    clip_of_array,
    conjugate,
    copysign,
    fabs,
    fmax,
    fmin,
    frexp,
    heaviside,
    ldexp,
    maximum,
    minimum,
    modf,
    nextafter,
    relu,
    sign,
    spacing,
)
from ._trigonometric import (  # noqa: F401 - the families together
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    bessel_i,
    cos,
    cosh,
    deg2rad,
    degrees,
    hypot,
    i0,
    one_minus_square,
    rad2deg,
    radians,
    sech2,
    sigmoid,
    sin,
    sinc,
    sinc_derivative,
    sinh,
    tan,
    tanh,
)

for _name, _function in list(globals().items()):
    if getattr(getattr(_function, "rule", None), "name", None) == _name:
        _function.__module__ = __name__  # where pickle finds it
