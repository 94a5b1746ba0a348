"""The derivative of a program from elsewhere: by mpmath, by a complex step, or by differences.

Nothing here knows dualad. For the complex step, ``f(x + ih) = f(x) + ih f'(x)``, a program's file is
run a second time with a ``math`` and a ``numpy`` whose functions are continued to complex numbers
(`complexes`), and the result is believed only where differences confirm it: ``abs`` or a conjugate
would spoil it. Where there is no such continuation, differences are extrapolated by Ridders' method,
which estimates its own error.
"""

import functools
import math
import warnings
from dataclasses import dataclass

import mpmath
import numpy as np

from . import Program, complexes

STEP = 1e-30


@dataclass
class Truth:
    """The Jacobian for each argument, of shape (outputs, inputs), and how far it may be off."""

    value: np.ndarray
    shape: tuple[int, ...]
    jacobians: list[np.ndarray]
    errors: list[np.ndarray]
    source: str

    @property
    def pairs(self):
        return list(zip(self.jacobians, self.errors, strict=True))

    @property
    def usable(self) -> bool:
        """Whether it is known to six digits at least."""
        size = max(np.max(np.abs(J), initial=0.0) for J in self.jacobians)
        return all(np.all(e <= 1e-6 * max(size, 1e-3)) for e in self.errors)


def of(program: Program, point: int) -> Truth:
    """The derivative of a program at one of its points."""
    return _of(program, point)


@functools.cache
def _of(program, point):
    args = program.points[point]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        y = plain_value(program, point)
        y, shape = flat(y), np.shape(y)
        if program.mp is not None:
            jacobians = by_mpmath(program.mp, args, y)
            return Truth(y, shape, jacobians, [1e-14 * abs(J) for J in jacobians], "mpmath")
        pairs = [by_differences(program.function, args, i, len(y)) for i in range(len(args))]
        rough, errors = [J for J, _ in pairs], [e for _, e in pairs]
        try:
            jacobians = by_complex_step(program, args, y)
        except Exception:  # whatever a program does that was never meant for complex numbers
            jacobians = None
        if jacobians is not None and all(map(agree, jacobians, rough, errors)):
            return Truth(y, shape, jacobians, [1e-12 * abs(J) for J in jacobians], "complex step")
        errors = [10 * e + 1e-10 * np.max(abs(J), initial=0) for J, e in pairs]
        return Truth(y, shape, rough, errors, "differences")


def plain_value(program, point):
    """What the program gives without us; the arguments are copies, which it may write to."""
    return program.function(*map(fresh, program.points[point]))


def fresh(x):
    return x.copy() if isinstance(x, np.ndarray) else x


def flat(y):
    """The numbers of a result, as floats, one after the other."""
    return np.ravel(np.asarray(y)).astype(float)


def entries(x):
    return np.size(x)


def nudged(x, i, h):
    """The argument with its i-th entry changed by h."""
    if np.ndim(x) == 0:
        return x + h if isinstance(h, complex) else float(x + h)
    x = x.astype(np.result_type(x, h))
    x.flat[i] += h
    return x


# ---------------------------------------------------------------- mpmath


def by_mpmath(f, args, y):
    """Entry by entry: the program is elementwise."""
    context = mpmath.mp.clone()
    context.dps = 40
    full = np.broadcast_arrays(*args)
    jacobians = []
    for k, arg in enumerate(args):
        places = np.broadcast_to(np.arange(entries(arg)).reshape(np.shape(arg)), full[0].shape)
        J = np.zeros((len(y), entries(arg)))
        for i, row in enumerate(zip(*(a.ravel() for a in full), strict=True)):
            order = tuple(int(j == k) for j in range(len(args)))
            numbers = tuple(context.mpf(float(v)) for v in row)
            J[i, places.flat[i]] = float(context.diff(lambda *v: f(context, *v), numbers, order).real)
        jacobians.append(J)
    return jacobians


# ---------------------------------------------------------------- complex step


def by_complex_step(program, args, y):
    """The Jacobians by steps along the imaginary axis, None where the values are not the program's."""
    f = complexes.continued(program)
    jacobians = []
    for k, arg in enumerate(args):
        J = np.zeros((len(y), entries(arg)))
        for i in range(entries(arg)):
            near = [nudged(x, i, STEP * 1j) if j == k else fresh(x) for j, x in enumerate(args)]
            near = [np.complex128(x) if np.ndim(x) == 0 else x for x in near]
            out = np.ravel(np.asarray(f(*near))).astype(complex)
            if not np.allclose(out.real, y, rtol=1e-9, atol=1e-12, equal_nan=True):
                return None
            J[:, i] = out.imag / STEP
        jacobians.append(J)
    return jacobians


def agree(J, rough, error):
    # A complex step that gives 0 for a function it does not know must not pass as a small number.
    return np.all(
        np.abs(J - rough) <= 1e-6 * np.abs(rough) + 100 * error + 1e-9 * np.max(abs(rough), initial=0)
    )


# ---------------------------------------------------------------- differences


def by_differences(f, args, k, m):
    """Central differences with ever smaller steps, extrapolated to zero; and their error."""
    n = entries(args[k])
    J, errors = np.zeros((m, n)), np.zeros((m, n))
    for i in range(n):

        def along(h, i=i):
            return flat(f(*(nudged(x, i, h) if j == k else fresh(x) for j, x in enumerate(args))))

        J[:, i], errors[:, i] = ridders(along, m, 0.02 * (abs(np.ravel(args[k])[i]) or 1.0))
    return J, errors


def ridders(f, m, h, ratio=1.6, steps=12):
    table, best, error = [], np.full(m, math.nan), np.full(m, math.inf)
    for s in range(steps):
        step = h / ratio**s
        try:
            row = [(f(step) - f(-step)) / (2 * step)]
        except (ArithmeticError, ValueError):  # the step leaves the domain
            table.clear()
            continue
        for j, above in enumerate(table[-1] if table else []):
            factor = ratio ** (2 * (j + 1))
            row.append((factor * row[j] - above) / (factor - 1))
            guess = np.maximum(np.abs(row[-1] - row[-2]), np.abs(row[-1] - above))
            better = guess < error
            best, error = np.where(better, row[-1], best), np.where(better, guess, error)
        table.append(row)
    return best, error
