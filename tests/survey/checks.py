"""What has to hold for a program: in each mode the value is its own and the derivative is the true one."""

import zlib

import numpy as np

import dualad
from dualad import DualadError

from . import truth


def assert_right(program, mode):
    """Raise what is wrong with a program in one mode; one that is refused has to raise our error."""
    if mode in program.refused:
        for point in program.points:
            try:
                run(program, point, mode)
            except Exception as error:
                if not any(isinstance(e, DualadError) for e in chain(error)):
                    raise
            else:
                raise AssertionError("it works; take the program off the list of what is refused")
        return
    for i, point in enumerate(program.points):
        assert_same(run(program, point, mode), truth.of(program, i), mode, bool(program.rounds))


def chain(error):
    """An error and those behind it: what is raised in a callback may come out of compiled code as another."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def draw(program, mode, shape):
    """A fixed direction."""
    rng = np.random.default_rng(zlib.crc32(f"{program} {mode}".encode()))
    numbers = rng.uniform(0.5, 1.5, size=shape) * rng.choice([-1.0, 1.0], size=shape)
    return float(numbers) if shape == () else numbers


def run(program, point, mode):
    """The value, the direction, and the derivative along it (one for each argument in reverse)."""
    args = tuple(map(truth.fresh, point))
    if mode == "forward":
        directions = tuple(draw(program, mode, np.shape(x)) for x in args)
        y, t = dualad.jvp(program.function, args, directions)
        assert np.shape(t) == np.shape(y)
        result = y, directions, t
    else:
        y, pullback = dualad.vjp(program.function, *args)
        ct = draw(program, mode, np.shape(y))
        cotangents = pullback(ct)
        cotangents = (cotangents,) if len(args) == 1 else cotangents
        assert [np.shape(c) for c in cotangents] == [np.shape(x) for x in point]
        result = y, ct, cotangents
    assert all(map(np.array_equal, args, point)), "the caller's array was written to"
    return result


def assert_same(result, true, mode, rounds=False):
    y, direction, got = result
    np.testing.assert_allclose(
        np.ravel(y), true.value, 1e-14 * rounds, 0, err_msg="the value is not the plain one"
    )
    assert np.shape(y) == true.shape
    assert true.usable, f"no truth: {true.source} is off by {max(np.max(e, initial=0) for e in true.errors)}"
    # What rounding does to sums of terms that cancel is not seen in a small derivative itself.
    slack = 1e-14 * np.max(np.abs(true.value), initial=1e-300)
    bounds = [e + 1e-12 * abs(J) + 1e-14 * np.max(abs(J), initial=0) + slack for J, e in true.pairs]
    if mode == "forward":
        ts = [np.ravel(t) for t in direction]
        want = sum(J @ t for J, t in zip(true.jacobians, ts, strict=True))
        bound = sum(b @ abs(t) for b, t in zip(bounds, ts, strict=True))
        wanted = [(want, bound, np.ravel(got))]
    else:
        ct = np.ravel(direction)
        wanted = [
            (ct @ J, abs(ct) @ b, np.ravel(g)) for J, b, g in zip(true.jacobians, bounds, got, strict=True)
        ]
    for want, bound, have in wanted:
        off = np.abs(have - want)
        assert np.all(off <= bound), (
            f"got {have}, by {true.source} it is {want}; off by {off}, allowed {bound}"
        )
