"""Rotations of SciPy, which are compiled: against the formula of Rodrigues and laws."""

import numpy as np
import pytest

import dualad
from dualad import jacobian, jvp

transform = pytest.importorskip("scipy.spatial.transform")
if not hasattr(transform, "_rotation") or not hasattr(transform._rotation, "xp_backend"):
    pytest.skip("before SciPy 1.17 rotations are compiled classes", allow_module_level=True)
Rotation = transform.Rotation


def _rodrigues(r, v):
    """The rotation of a vector by a rotation vector."""
    angle = np.sqrt(r @ r)
    k = r / angle
    across = np.stack([k[1] * v[2] - k[2] * v[1], k[2] * v[0] - k[0] * v[2], k[0] * v[1] - k[1] * v[0]])
    return v * np.cos(angle) + across * np.sin(angle) + k * (k @ v) * (1 - np.cos(angle))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rotations(mode):
    v, r = np.array([0.4, -1.3, 0.8]), np.array([0.3, 0.5, -0.2])
    truth = jacobian(lambda r: _rodrigues(r, v), mode=mode)(r)

    def close(f, expected):
        assert jacobian(f, mode=mode)(r) == pytest.approx(expected, rel=1e-12, abs=1e-13)

    close(lambda r: Rotation.from_rotvec(r).apply(v), truth)
    close(lambda r: Rotation.from_quat(Rotation.from_rotvec(r).as_quat()).as_matrix() @ v, truth)
    close(lambda r: Rotation.from_matrix(Rotation.from_rotvec(r).as_matrix()).inv().as_rotvec(), -np.eye(3))
    close(lambda r: Rotation.from_euler("xyz", r).as_euler("xyz"), np.eye(3))
    close(
        lambda r: (Rotation.from_rotvec(r) * Rotation.from_rotvec([r, r])[1]).as_rotvec(),
        2 * np.eye(3),
    )
    matrix = Rotation.from_rotvec(r).as_matrix()
    # the nearest rotation does not change where a matrix is stretched: M (1 + t S) with S = S'
    close(
        lambda r: Rotation.from_matrix(matrix @ np.diag(1 + r - dualad.value(r))).as_quat(), np.zeros((4, 3))
    )
    assert np.array_equal(
        jvp(lambda r: Rotation.from_rotvec(r).apply(v), (r,), (r,))[0], Rotation.from_rotvec(r).apply(v)
    )


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_stack_of_which_one_matrix_is_orthogonal(mode):
    """Each is the rotation nearest to its own matrix, which stretching along its axes does not change."""
    turn = Rotation.from_rotvec([[0.3, 0.5, -0.2], [-0.4, 0.1, 0.7]]).as_matrix()

    def stretched(s):
        return Rotation.from_matrix(
            np.stack([turn[0] @ np.diag(s[:3]), turn[1] @ np.diag(s[3:])])
        ).as_matrix()

    at = np.array([1.0, 1.0, 1.0, 1.2, 0.9, 1.5])
    assert stretched(at) == pytest.approx(turn)
    assert jacobian(stretched, mode=mode)(at) == pytest.approx(np.zeros((2, 3, 3, 6)), abs=1e-13)


@pytest.mark.parametrize("shape", [(4,), (2, 2), (1, 2, 2)])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_stacks_of_which_some_are_no_rotations(mode, shape):
    """The angle of ``c * R(angle)`` is that of ``R(angle)``."""
    times = np.array([1.0, 2.0, 3.0, 4.0])
    sizes = np.array([1.0, 1.2, 0.9, 1.0])

    def quaternions(k):
        c, s, o, i = np.cos(k * times), np.sin(k * times), np.zeros(4), np.ones(4)
        matrices = np.stack([np.stack(row, -1) for row in ([c, -s, o], [s, c, o], [o, o, i])], -2)
        stack = np.reshape(matrices * sizes[:, None, None], (*shape, 3, 3))
        return np.reshape(Rotation.from_matrix(stack).as_quat(), (4, 4))

    half = times / 2
    right = np.stack([0 * half, 0 * half, half * np.cos(0.3 * half), -half * np.sin(0.3 * half)], -1)
    np.testing.assert_allclose(jacobian(quaternions, mode=mode)(0.3), right, atol=1e-14)
    twice = dualad.derivative(lambda k: quaternions(k)[2, 2], order=2)(0.3)
    assert twice == pytest.approx(-(1.5**2) * np.sin(0.3 * 1.5), rel=1e-12)
