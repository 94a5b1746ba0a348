"""What stands in for scipy.linalg: SciPy's values to the bit, derivatives against differences."""

import re
import subprocess
import sys
import types

import numpy as np
import pytest
import scipy.linalg

from dualad import compare_modes, dual, jvp, modes, vjp
from dualad.errors import UnsupportedError
from dualad.standins.matrices.scipy_linalg import NO_RULE, QUESTIONS, stand_ins

random = np.random.default_rng(11)

#: scipy.linalg as lifted code sees it.
OURS = types.SimpleNamespace(**{f.__name__: ours for f, ours in stand_ins().items()})


def draw(*shape):
    return random.uniform(-1.0, 1.0, shape)


SQUARE = draw(3, 3) + np.diag([2.0, 4.0, 7.0])
DEFINITE = SQUARE @ SQUARE.T
OTHER = np.eye(3) + 0.1 * np.ones((3, 3))
TURNING = np.array([[1.0, 3.0, 0.2], [-3.0, 2.0, 0.1], [0.3, 0.1, 7.0]])
TALL = draw(4, 3)
WIDE = draw(2, 4)
RIGHT = draw(3, 2)
VECTOR = draw(3)
EFFORT = np.array([[2.0, 0.3], [0.3, 1.0]])
#: Two real eigenvalues, and two pairs of complex ones.
PAIRS = np.array(
    [
        [1.0, 4.0, 0.3, -0.2, 0.5, 0.1],
        [-2.0, 1.5, 0.4, 0.6, -0.3, 0.2],
        [0.2, 0.1, -3.0, 0.7, 0.4, 0.5],
        [0.1, -0.3, 0.2, 5.0, 3.0, 0.4],
        [0.3, 0.2, -0.1, -6.0, 5.5, 0.7],
        [-0.2, 0.4, 0.1, 0.3, 0.2, 8.0],
    ]
)
INDEFINITE = np.array(
    [[0.1, 2.0, 0.3, 0.4], [2.0, 0.2, 1.5, 0.6], [0.3, 1.5, 0.7, 0.8], [0.4, 0.6, 0.8, -3.0]]
)
BANDS = np.array([[0.0, 1.0, 0.5], [4.0, 5.0, 3.0]])


def sign_free(w, v):
    """Eigenvalues, and products of the entries of each vector: LAPACK's signs may change at a step."""
    return w, v * v[0]


#: name -> the function of the module and arrays, and these.
CALLS = {
    "solve": (lambda m, a, b: m.solve(a, b), SQUARE, RIGHT),
    "solve, a vector": (lambda m, a, b: m.solve(a, b), SQUARE, VECTOR),
    "solve, by name": (lambda m, a, b: m.solve(a=a, b=b, overwrite_a=True, overwrite_b=True), SQUARE, RIGHT),
    "solve, transposed": (lambda m, a, b: m.solve(a, b, transposed=True), SQUARE, RIGHT),
    "solve, positive": (lambda m, a, b: m.solve(a, b, assume_a="pos"), DEFINITE, RIGHT),
    "solve, lower": (lambda m, a, b: m.solve(a, b, assume_a="sym", lower=True), DEFINITE, RIGHT),
    "inv": (lambda m, a: m.inv(a, overwrite_a=True), SQUARE),
    "det": (lambda m, a: m.det(a), SQUARE),
    "cholesky_banded": (lambda m, ab: m.cholesky_banded(ab), BANDS),
    "cholesky_banded, lower": (lambda m, ab: m.cholesky_banded(ab, lower=True), BANDS[::-1].copy()),
    "cho_solve_banded": (
        lambda m, ab, b: m.cho_solve_banded((m.cholesky_banded(ab), False), b),
        BANDS,
        RIGHT,
    ),
    "cho_solve_banded, lower": (
        lambda m, ab, b: m.cho_solve_banded((ab, True), b),
        BANDS[::-1].copy(),
        VECTOR,
    ),
    "solve_continuous_are": (
        lambda m, a, b, q, r: m.solve_continuous_are(a, b, q + q.T, r + r.T),
        SQUARE,
        RIGHT,
        SQUARE,
        EFFORT,
    ),
    "solve_continuous_are, general": (
        lambda m, a, b, q, r, e, s: m.solve_continuous_are(a, b, q + q.T, r + r.T, e=e, s=s, balanced=False),
        SQUARE,
        RIGHT,
        SQUARE,
        EFFORT,
        OTHER,
        0.1 * RIGHT,
    ),
    "solve_discrete_are": (
        lambda m, a, b, q, r: m.solve_discrete_are(a, b, q + q.T, r + r.T),
        SQUARE / 5,
        RIGHT,
        SQUARE,
        EFFORT,
    ),
    "solve_discrete_are, general": (
        lambda m, a, b, q, r, s: m.solve_discrete_are(a, b, q + q.T, r + r.T, s=s),
        SQUARE / 5,
        RIGHT,
        DEFINITE,
        EFFORT,
        0.05 * RIGHT,
    ),
    "pinv": (lambda m, a: m.pinv(a), TALL),
    "pinv, rank": (lambda m, a: m.pinv(a, return_rank=True), TALL),
    "lstsq": (lambda m, a, b: m.lstsq(a, b), TALL, draw(4)),
    "lstsq, several": (lambda m, a, b: m.lstsq(a, b), TALL, draw(4, 2)),
    "lstsq, wide": (lambda m, a, b: m.lstsq(a, b), WIDE, draw(2)),
    "lstsq, gelsy": (lambda m, a, b: m.lstsq(a, b, lapack_driver="gelsy"), TALL, draw(4)),
    "norm": (lambda m, a: m.norm(a), TALL),
    "norm, rows": (lambda m, a: m.norm(a, 3, axis=1), TALL),
    "cholesky": (lambda m, a: m.cholesky(a), DEFINITE),
    "cholesky, lower": (lambda m, a: m.cholesky(a, lower=True), DEFINITE),
    "qr": (lambda m, a: m.qr(a), TALL),
    "qr, economic": (lambda m, a: m.qr(a, mode="economic"), draw(5, 2)),
    "qr, wide": (lambda m, a: m.qr(a), WIDE),
    "qr, r": (lambda m, a: m.qr(a, mode="r"), TALL),
    "qr, pivoting": (lambda m, a: m.qr(a, pivoting=True), TALL),
    "qr, r and pivoting": (lambda m, a: m.qr(a, mode="r", pivoting=True), TALL),
    "eigh": (lambda m, a: sign_free(*m.eigh(a)), SQUARE),
    "eigh, upper": (lambda m, a: sign_free(*m.eigh(a, lower=False)), SQUARE),
    "eigh, some": (lambda m, a: sign_free(*m.eigh(a, subset_by_index=[1, 2])), SQUARE),
    "eigh, some of two matrices": (
        lambda m, a, b: sign_free(*m.eigh(a, b, lower=False, subset_by_index=(0, 1))),
        DEFINITE,
        OTHER,
    ),
    "eigvalsh, some": (lambda m, a: m.eigvalsh(a, subset_by_index=(2, 2)), DEFINITE),
    "eigh, two matrices": (lambda m, a, b: sign_free(*m.eigh(a, b)), SQUARE, OTHER),
    "eigh, two matrices, values": (lambda m, a, b: m.eigh(a, b, eigvals_only=True), DEFINITE, OTHER),
    "eigvalsh": (lambda m, a: m.eigvalsh(a), DEFINITE),
    "eigvalsh, two matrices": (lambda m, a, b: m.eigvalsh(a, b), DEFINITE, OTHER),
    "eig": (lambda m, a: m.eig(a), TURNING),
    "eig, real": (lambda m, a: m.eig(a), SQUARE),
    "eig, two matrices": (lambda m, a, b: sign_free(*m.eig(a, b)), SQUARE, OTHER),
    "eig, two matrices, values": (lambda m, a, b: m.eig(a, b, right=False), TURNING, OTHER),
    "eig, values": (lambda m, a: m.eig(a, right=False), TURNING),
    "eigvals": (lambda m, a: m.eigvals(a), TURNING),
    "eigvals, two matrices": (lambda m, a, b: m.eigvals(a, b), TURNING, OTHER),
    "svd": (lambda m, a: m.svd(a), TALL),
    "svd, economic": (lambda m, a: m.svd(a, full_matrices=False), WIDE),
    "svd, values": (lambda m, a: m.svd(a, compute_uv=False), TALL),
    "svdvals": (lambda m, a: m.svdvals(a), TALL),
    "lu_factor": (lambda m, a: m.lu_factor(a), SQUARE[::-1].copy()),
    "lu": (lambda m, a: m.lu(a), SQUARE[::-1].copy()),
    "lu, permuted": (lambda m, a: m.lu(a, permute_l=True), SQUARE[::-1].copy()),
    "lu_factor, tall": (lambda m, a: m.lu_factor(a), TALL),
    "lu_factor, wide": (lambda m, a: m.lu_factor(a), WIDE),
    "lu, tall": (lambda m, a: m.lu(a)[1:], TALL),
    "lu, wide": (lambda m, a: m.lu(a, permute_l=True), WIDE),
    "lu, tall and permuted": (lambda m, a: m.lu(a, permute_l=True), TALL),
    "ldl": (lambda m, a: m.ldl(a)[:2], INDEFINITE),
    "ldl, upper": (lambda m, a: m.ldl(a, lower=False)[:2], INDEFINITE),
    "ldl, definite": (lambda m, a: m.ldl(a, hermitian=False)[:2], DEFINITE),
    "schur": (lambda m, a: m.schur(a), SQUARE),
    "schur, pairs": (lambda m, a: m.schur(a), PAIRS),
    "schur, sorted": (lambda m, a: m.schur(a, sort=lambda x, y: x > 2)[:2], PAIRS),
    "qz": (lambda m, a, b: m.qz(a, b), SQUARE, OTHER),
    "qz, pairs": (lambda m, a, b: m.qz(a, b), PAIRS[:4, :4], np.diag([1.0, 2.0, 1.5, 3.0]) + 0.1),
    "hessenberg": (lambda m, a: m.hessenberg(a), PAIRS),
    "hessenberg, both": (lambda m, a: m.hessenberg(a, calc_q=True), PAIRS[:4, :4]),
    "null_space": (lambda m, a: m.null_space(a), draw(3, 4)),
    "rq": (lambda m, a: m.rq(a), SQUARE),
    "rq, wide": (lambda m, a: m.rq(a), draw(3, 4)),
    "rq, wide and economic": (lambda m, a: m.rq(a, mode="economic"), WIDE),
    "rq, tall": (lambda m, a: m.rq(a), TALL),
    "rq, r": (lambda m, a: m.rq(a, mode="r"), TALL),
    "qr_multiply": (lambda m, a, c: m.qr_multiply(a, c), TALL, draw(2, 4)),
    "qr_multiply, left": (lambda m, a, c: m.qr_multiply(a, c, "left", pivoting=True)[:2], TALL, VECTOR),
    "qr_multiply, wide": (lambda m, a, c: m.qr_multiply(a, c, mode="left"), WIDE, draw(2, 3)),
    "matrix_balance": (lambda m, a: m.matrix_balance(a * [1.0, 100.0, 1e-3])[0], SQUARE),
    "matrix_balance, separate": (lambda m, a: m.matrix_balance(a, separate=True)[0], TURNING),
    "lu_solve": (lambda m, a, b: m.lu_solve(m.lu_factor(a), b), SQUARE[::-1].copy(), RIGHT),
    "lu_solve, transposed": (lambda m, a, b: m.lu_solve(m.lu_factor(a), b, trans=1), SQUARE, RIGHT),
    "cho_solve": (lambda m, a, b: m.cho_solve(m.cho_factor(a), b), DEFINITE, RIGHT),
    "cho_solve, lower": (lambda m, a, b: m.cho_solve(m.cho_factor(a, lower=True), b), DEFINITE, RIGHT),
    "solve_banded": (
        lambda m, a, b: m.solve_banded((1, 2), a, b),
        draw(4, 5) + np.array([[0], [0], [5], [0]]),
        draw(5),
    ),
    "solveh_banded": (lambda m, a, b: m.solveh_banded(a, b), draw(3, 4) + np.array([[0], [0], [5]]), draw(4)),
    "solveh_banded, lower": (
        lambda m, a, b: m.solveh_banded(a, b, lower=True),
        draw(2, 4) + np.array([[5], [0]]),
        draw(4),
    ),
    "solve_sylvester": (lambda m, a, b, q: m.solve_sylvester(a, b, q), SQUARE, draw(2, 2), RIGHT),
    "solve_continuous_lyapunov": (lambda m, a, q: m.solve_continuous_lyapunov(a, q), SQUARE, draw(3, 3)),
    "polar": (lambda m, a: m.polar(a), TALL),
    "polar, left": (lambda m, a: m.polar(a, side="left"), WIDE),
    "toeplitz": (lambda m, c: m.toeplitz(c), VECTOR),
    "toeplitz, two": (lambda m, c, r: m.toeplitz(c, r), VECTOR, draw(4)),
    "hankel": (lambda m, c: m.hankel(c), VECTOR),
    "hankel, two": (lambda m, c, r: m.hankel(c, r), VECTOR, draw(4)),
    "circulant": (lambda m, c: m.circulant(c), VECTOR),
    "block_diag": (lambda m, a, b: m.block_diag(a, b, [[1.0, 2.0]]), TALL, VECTOR),
    "khatri_rao": (lambda m, a, b: m.khatri_rao(a, b), TALL, draw(2, 3)),
    "fractional_matrix_power": (lambda m, a: m.fractional_matrix_power(a, 0.3), DEFINITE),
    "funm": (lambda m, a: m.funm(a, np.exp), DEFINITE / 10),
}
for lower in (True, False):
    for trans in (0, 1):
        CALLS[f"solve_triangular {lower=} {trans=}"] = (
            lambda m, a, b, lower=lower, trans=trans: m.solve_triangular(a, b, trans=trans, lower=lower),
            SQUARE,
            RIGHT,
        )
CALLS["solve_triangular, unit"] = (
    lambda m, a, b: m.solve_triangular(a, b, lower=True, unit_diagonal=True),
    SQUARE,
    RIGHT,
)
for name in ("expm", "logm", "sqrtm", "cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm", "signm"):
    CALLS[name] = (lambda m, a, name=name: getattr(m, name)(a), DEFINITE / 20)


def outputs(y):
    return y if isinstance(y, tuple) else (y,)


def difference(f, xs, ts):
    """Extrapolated central differences."""

    def central(h):
        ahead, behind = ([x + s * t for x, t in zip(xs, ts, strict=True)] for s in (h, -h))
        return (f(*ahead) - f(*behind)) / (2 * h)

    coarse, fine = central(2e-4), central(1e-4)
    return (4 * fine - coarse) / 3


@pytest.mark.parametrize("name", CALLS)
def test_values_and_derivatives(name):
    f, *xs = CALLS[name]
    before = [x.copy() for x in xs]
    ts = tuple(draw(*x.shape) for x in xs)
    right = outputs(f(scipy.linalg, *[x.copy() for x in xs]))
    checked = 0
    for k, plain in enumerate(right):
        if np.asarray(plain).dtype.kind not in "fc" or (name == "lu" and k == 0):
            continue

        def one(m, *xs, k=k):
            return outputs(f(m, *[x.copy() for x in xs]))[k]

        y, t = jvp(lambda *xs: one(OURS, *xs), tuple(xs), ts, lift=False)
        np.testing.assert_array_equal(y, plain)
        expected = difference(lambda *xs: np.asarray(one(scipy.linalg, *xs)), xs, ts)
        size = 1 + np.max(np.abs(expected), initial=0.0)
        np.testing.assert_allclose(t, expected, rtol=1e-7, atol=1e-8 * size)
        c = draw(*np.shape(plain)) * (1 + 1j if np.iscomplexobj(plain) else 1)
        pulled = outputs(vjp(lambda *xs: one(OURS, *xs), *xs, lift=False)[1](c))
        assert abs(np.sum(c * t).real - sum(np.sum(p * s) for p, s in zip(pulled, ts, strict=True))) <= 1e-11
        checked += 1
    assert checked
    for x, old in zip(xs, before, strict=True):
        np.testing.assert_array_equal(x, old)


def test_every_stand_in_is_tried():
    tried = {name.partition(",")[0].partition(" ")[0] for name in CALLS} | {"cho_factor", "kron"}
    assert {f.__name__ for f in stand_ins()} - {*NO_RULE, *QUESTIONS} <= tried


def test_what_has_no_rule_says_what_to_type():
    d = dual.make(modes.Forward(), DEFINITE, DEFINITE)
    for name, instead in NO_RULE.items():
        with pytest.raises(
            UnsupportedError, match=re.escape(f"scipy.linalg.{name} has no derivative rule; write {instead}")
        ):
            getattr(OURS, name)(d)
    assert (OURS.bandwidth(d), OURS.issymmetric(d), OURS.ishermitian(d)) == ((2, 2), True, True)


def test_plain_arguments_go_to_scipy():
    for f, *xs in CALLS.values():
        for one, two in zip(outputs(f(OURS, *xs)), outputs(f(scipy.linalg, *xs)), strict=True):
            np.testing.assert_array_equal(one, two)
    w, _ = OURS.eig(SQUARE)
    assert w.dtype == complex
    assert isinstance(OURS.sqrtm(-np.eye(2))[0, 0], complex)


def test_the_arguments_are_not_overwritten():
    a = np.asfortranarray(DEFINITE)
    d = dual.make(modes.Forward(), a, np.eye(3))
    OURS.cholesky(d, overwrite_a=True)
    OURS.solve(d, RIGHT, overwrite_a=True)
    np.testing.assert_array_equal(a, DEFINITE)


def test_discrete_riccati_with_a_matrix_on_the_left():
    """``e`` is taken to the other matrices; SciPy itself takes few such."""
    e, r, cross = 1.1 * np.eye(3), 2 * EFFORT, 0.05 * RIGHT

    def general(e):
        return OURS.solve_discrete_are(SQUARE / 5, RIGHT, DEFINITE, r, e, cross)

    def without(e):
        back = np.linalg.inv(e)
        q = back.T @ DEFINITE @ back
        return OURS.solve_discrete_are(SQUARE / 5 @ back, RIGHT, (q + q.T) / 2, r, s=back.T @ cross)

    t = draw(3, 3)
    np.testing.assert_allclose(
        jvp(general, e, t, lift=False)[1], jvp(without, e, t, lift=False)[1], rtol=1e-10
    )


def test_second_derivatives():
    """The value may be a Dual of an outer call, which SciPy must not see."""
    a, e = DEFINITE / 20, draw(3, 3)
    for f in (OURS.expm, OURS.logm, OURS.inv, OURS.cholesky, lambda a: OURS.lu_factor(a)[0]):

        def inner(a, f=f):
            return jvp(f, a, e, lift=False)[1]

        t = jvp(inner, a, e, lift=False)[1]
        expected = difference(inner, (a,), (e,))
        np.testing.assert_allclose(t, expected, rtol=1e-7, atol=1e-7 * np.max(np.abs(expected)))


def test_lists_that_hold_duals():
    d = jvp(lambda x: OURS.det([[x, 2.0], [x * x, 3.0]]), 5.0, 1.0, lift=False)
    np.testing.assert_allclose(d, (-35.0, -17.0), rtol=1e-14)


def test_refusals_name_what_to_write():
    stack = np.stack([SQUARE, SQUARE])
    d, right, stack = (dual.make(modes.Forward(), x, x) for x in (SQUARE, RIGHT, stack))
    for f, text in (
        (lambda: OURS.eig(d, np.eye(3), left=True), "leave out left="),
        (lambda: OURS.eig(dual.make(modes.Forward(), TURNING, TURNING), OTHER), "right=False"),
        (lambda: OURS.eigh(d, subset_by_value=[0, 1]), "leave out subset_by_value="),
        (lambda: OURS.lu(stack), "for each matrix"),
        (lambda: OURS.schur(d, output="complex"), "rsf2csf"),
        (lambda: OURS.qr(d, mode="raw"), 'mode="full"'),
    ):
        with pytest.raises(UnsupportedError, match=text):
            f()
    version = np.lib.NumpyVersion(scipy.__version__)
    if version >= "1.15.0":
        with pytest.raises(UnsupportedError, match='assume_a="gen"'):
            OURS.solve(d, RIGHT, assume_a="tridiagonal")
    if version >= "1.16.0":
        with pytest.raises(UnsupportedError, match=r"np\.linalg"):
            OURS.solve(np.stack([SQUARE, SQUARE]), right)


def test_importing_dualad_does_not_import_scipy():
    code = "import sys, dualad, dualad.standins.matrices.scipy_linalg; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ------------------------------------------------------------------------------- where a matrix is singular


def test_lu_of_a_singular_matrix():
    """Of rank 2 with the last pivot 0: all has a derivative."""
    a = np.array([[2.0, 1.0, 3.0], [1.0, 2.0, 2.5], [0.5, -0.5, 0.25]])
    a[:, 2] = a[:, 0] + a[:, 1]
    t = draw(3, 3)
    for k in (1, 2):

        def f(a, k=k):
            return scipy.linalg.lu(a)[k]

        right = (f(a + 1e-6 * t) - f(a - 1e-6 * t)) / 2e-6
        np.testing.assert_allclose(jvp(f, a, t)[1], right, rtol=1e-8, atol=1e-8)
        assert compare_modes(f, a)


@pytest.mark.parametrize(
    "f",
    [
        lambda a: scipy.linalg.lu(a)[1],
        lambda a: scipy.linalg.lu(a)[2],
        lambda a: scipy.linalg.lu(a, permute_l=True)[0],
        lambda a: scipy.linalg.lu_factor(a)[0],
        lambda a: scipy.linalg.qr(a, pivoting=True)[0],
        lambda a: scipy.linalg.qr(a, pivoting=True)[1],
    ],
    ids=["l", "u", "pl", "lu_factor", "q", "r"],
)
@pytest.mark.filterwarnings("ignore::dualad.errors.CornerWarning")
@pytest.mark.filterwarnings("ignore::scipy.linalg.LinAlgWarning")
def test_factors_of_a_matrix_of_low_rank_are_nan_in_both_modes(f):
    a = np.array([[2.0, 2.0, 2.0, 1.0], [1, 1, 1, 0], [1, 1, 1, 3], [0, 0, 0, 1]])
    assert np.isnan(jvp(f, a, draw(4, 4))[1]).any()
    assert compare_modes(f, a)


SIGNS = np.diag([1.0, -1.0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::scipy.linalg.LinAlgWarning")
@pytest.mark.parametrize(
    ("f", "args"),
    [
        (scipy.linalg.solve_sylvester, (SIGNS, SIGNS, np.array([[1.0, 2.0], [3.0, 4.0]]))),
        (scipy.linalg.solve_sylvester, (np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2)))),
        (scipy.linalg.solve_continuous_lyapunov, (SIGNS, np.eye(2))),
        (scipy.linalg.solve_continuous_lyapunov, (np.zeros((2, 2)), np.eye(2))),
    ],
)
def test_equations_without_one_solution_are_nan_in_both_modes(f, args):
    assert np.isnan(jvp(f, args, tuple(map(np.ones_like, args)))[1]).all()
    assert all(np.isnan(ct).all() for ct in vjp(f, *args)[1](np.ones((2, 2))))
    assert compare_modes(f, *args)


# ------------------------------------------------------------------------------- forms


def test_what_a_form_that_is_there_already_turns_into():
    """Hessenberg's of a matrix that is one: the sizes of the entries, as signs may change beside it."""
    a = np.diag([4.0, 5.0, 6.0, 7.0]) + np.diag([1.0, 2.0, 3.0], 1) + np.diag([1.0, -2.0, 3.0], -1)
    t = draw(4, 4)
    t[2, 1] = t[3, 1] = 0.5
    y, moved = jvp(OURS.hessenberg, a, t, lift=False)
    np.testing.assert_array_equal(y, a)
    expected = difference(lambda a: scipy.linalg.hessenberg(a) ** 2, (a,), (t,))
    np.testing.assert_allclose(2 * y * moved, expected, rtol=1e-6, atol=1e-6)


def test_where_a_form_might_be_any():
    """Vectors of equal eigenvalues, and of a block that is a rotation: NaN only where they are moved."""
    turned = np.array([[0.0, -1.0], [1.0, 0.0]])
    for f, a, t, defined in (
        (lambda a: OURS.schur(a)[0], np.eye(2), turned, False),
        (lambda a: OURS.schur(a)[0], turned, np.diag([1.0, 0.0]), False),
        (lambda a: OURS.schur(a)[0], turned, np.eye(2), True),
        (lambda a: OURS.hessenberg(a), np.eye(3), np.ones((3, 3)), False),
        (lambda a: OURS.hessenberg(a), np.eye(3), np.eye(3), True),
        (lambda a: OURS.ldl(a)[0], np.ones((3, 3)), np.diag([1.0, 0.0, 2.0]), False),
    ):
        assert np.isfinite(jvp(f, a, t, lift=False)[1]).all() == defined


def test_second_derivatives_of_forms():
    a, e = PAIRS, draw(6, 6)
    for f in (
        lambda a: OURS.schur(a)[0],
        lambda a: OURS.schur(a)[1],
        lambda a: OURS.hessenberg(a, calc_q=True)[1],
        lambda a: OURS.rq(a)[0],
        lambda a: OURS.ldl(a)[0],
        lambda a: OURS.lu(a[:, :4])[1],
    ):

        def inner(a, f=f):
            return jvp(f, a, e, lift=False)[1]

        t = jvp(inner, a, e, lift=False)[1]
        expected = difference(inner, (a,), (e,))
        np.testing.assert_allclose(t, expected, rtol=1e-6, atol=1e-6 * np.max(np.abs(expected)))
