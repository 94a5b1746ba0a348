"""Sparse Jacobians and Hessians, against the dense ones and against patterns written by hand."""

import math
import pickle
import subprocess
import sys
import tracemalloc
import warnings
from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualad
from dualad import (
    grad,
    hessian_sparsity,
    jacobian,
    jacobian_operator,
    sparse_hessian,
    sparse_jacobian,
    sparse_plan,
    sparsity,
)
from dualad.errors import DualadError, InputError, PatternError, PatternWarning, ShapeError, UnsupportedError
from dualad.sparse import colouring, orders, patterns
from dualad.sparse.colouring import coloured_columns, number_of_colours, star_coloured

sparse = pytest.importorskip("scipy.sparse")

RANDOM = np.random.default_rng(5)
X = np.array([0.3, -0.7, 1.1, 0.4])


def bits(text):
    """A pattern as it is written: rows of dots and crosses."""
    return np.array([[c == "x" for c in row] for row in text.split()])


def tridiagonal(u):
    """A reaction and diffusion residual."""
    padded = np.concatenate(([0.0], u, [0.0]))
    return 100.0 * (padded[2:] - 2 * padded[1:-1] + padded[:-2]) + u - u**3


def arrow(x):
    """Full in the first and last row and in the first column."""
    y = x * x * x[0]
    return np.concatenate([[np.sum(np.sin(x))], y[1:], [np.sum(x**3)]])


# ------------------------------------------------------------------------------- patterns


def assigned(x):
    out = np.zeros(3)
    out[0] = x[1]
    out[1:] = x[:2] * x[3]
    return out


def looped(x):
    out = [x[0]]
    for k in range(1, 4):
        out.append(math.sin(out[-1]) + x[k])
    return np.array(out)


def overwritten(x):
    y = np.exp(x)
    y[1] = 7.0
    y[[0, 2]] = y[[2, 0]]
    return y


W = np.array([[1.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0]])

PATTERNS = [
    (lambda x: x[1:] * x[:-1], "xx.. .xx. ..xx"),
    (lambda x: np.sum(x), "xxxx"),
    (lambda x: np.cumsum(x), "x... xx.. xxx. xxxx"),
    (lambda x: x[[3, 3, 0]] + x[1], ".x.x .x.x xx.."),
    (lambda x: np.outer(x[:2], x[2:]), "x.x. x..x .xx. .x.x"),
    (lambda x: x.reshape(2, 2).T @ np.ones(2), "x.x. .x.x"),
    (lambda x: np.diff(x, 2), "xxx. .xxx"),
    (lambda x: np.stack([x[0], 0 * x[1], x[2] * 0.0]), "x... .x.. ..x."),
    (lambda x: np.stack([x[0] ** 2, np.ones(4) @ np.floor(X)]), "x... ...."),
    (lambda x: W @ x, "x..x .... .x.."),
    (lambda x: x @ W.T, "x..x .... .x.."),
    (lambda x: np.einsum("ij,j->i", W, x * x), "x..x .... .x.."),
    (lambda x: np.dot(W, np.stack([x, x[::-1]], axis=1)), "x..x x..x .... .... .x.. ..x."),
    (lambda x: x @ (W.T @ x[:3]), "xxxx"),
    (lambda x: np.linalg.solve(np.diag([1.0, 2.0]), x[:2]), "xx.. xx.."),
    (assigned, ".x.. x..x .x.x"),
    (looped, "x... xx.. xxx. xxxx"),
    (overwritten, "..x. .... x... ...x"),
    # Both branches, and all that might be chosen.
    (lambda x: np.where(x > 0, x, x[::-1]), "x..x .xx. .xx. x..x"),
    (lambda x: np.where(x[0] > 0, x[1], x[2]), ".xx."),
    (lambda x: np.maximum(x[:2], x[2:]), "x.x. .x.x"),
    (lambda x: np.clip(x[:1], x[1], x[2]), "xxx."),
    (lambda x: np.max(x), "xxxx"),
    (lambda x: np.min(x.reshape(2, 2), axis=0), "x.x. .x.x"),
    (lambda x: np.sort(x[:3]), "xxx. xxx. xxx."),
    (lambda x: np.maximum.accumulate(x[:3]), "x... xx.. xxx."),
    (lambda x: abs(x[:2] - x[:2]), "x... .x.."),
    (lambda x: dualad.relu(-abs(x[:2])), "x... .x.."),
    (lambda x: (x > 0) * x[::-1], "...x ..x. .x.. x..."),
    (lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2) * 0.0, "xx.."),
]


@pytest.mark.parametrize(("f", "right"), PATTERNS)
def test_pattern(f, right):
    found = sparsity(f, X)
    assert isinstance(found, sparse.csr_array)
    assert found.dtype == bool
    assert found.has_canonical_format
    np.testing.assert_array_equal(found.toarray(), bits(right))


HESSIANS = [
    (lambda x: 3 * x[0] + x[1] - 2, ".... .... .... ...."),
    (lambda x: np.sum(W @ x), ".... .... .... ...."),
    (lambda x: x[0] * x[1] + x[3] ** 2, ".x.. x... .... ...x"),
    (lambda x: np.sum((x[1:] - x[:-1] ** 2) ** 2), "xx.. xxx. .xxx ..xx"),
    (lambda x: np.sum((W @ x) ** 3), "x..x .x.. .... x..x"),
    (lambda x: np.exp(np.sum(x[:2])) + np.prod(x[2:]), "xx.. xx.. ...x ..x."),
    (lambda x: np.max(x) + abs(x[0]), ".... .... .... ...."),
    (lambda x: np.where(x[0] > 0, x[1] ** 2, x[2] ** 3), ".... .x.. ..x. ...."),
    (lambda x: np.log(x[0] ** 2) / x[3], "x..x .... .... x..x"),
]


@pytest.mark.parametrize(("f", "right"), HESSIANS)
def test_hessian_pattern(f, right):
    found = hessian_sparsity(f, X).toarray()
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(found, bits(right))


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 300, 4097])
def test_pattern_of_every_size(n):
    places = RANDOM.integers(0, n, (n + 1, 3))
    right = np.zeros((n + 1, n), bool)
    right[np.arange(n + 1)[:, None], places] = True
    found = sparsity(lambda x: np.prod(np.sin(x[places]), axis=1), RANDOM.normal(size=n))
    assert np.array_equal(found.toarray(), right)


def test_full_pattern_in_blocks(monkeypatch):
    """All ranges meet in every row, and the words go in several runs."""
    monkeypatch.setattr("dualad.sparse.patterns._WORDS", 1000)
    found = sparsity(lambda x: x * np.sum(x), np.ones(300))
    assert found.nnz == 300**2
    assert found.has_canonical_format


def test_single_precision_on_the_way_is_no_missing_entry():
    x = np.array([0.7, 1.3, -0.4])
    J = sparse_jacobian(lambda x: (2 * x.astype(np.float32)).astype(float))(x)
    np.testing.assert_array_equal(J.toarray(), 2 * np.eye(3))


def test_parts_of_complex_numbers_are_assigned():
    def f(x):
        z = x[:2] + 0j
        z.imag[1] = x[2]
        return np.abs(z) ** 2

    assert sparsity(f, np.array([0.7, 1.3, 2.1])).toarray().tolist() == [[1, 0, 0], [0, 1, 1]]


def test_a_large_tridiagonal_pattern_takes_little_memory():
    n = 100_000
    tracemalloc.start()
    try:
        found = sparsity(tridiagonal, np.linspace(0.0, 1.0, n))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.2e9  # one bit for each input of each output would be 1.25 GB
    rows = np.repeat(np.arange(n), np.diff(found.indptr))
    assert found.nnz == 3 * n - 2
    assert np.abs(rows - found.indices).max() == 1


def branches(x):
    return x * 2 if x[0] > 0 else x[::-1]


def any_branch(x):
    if np.any(x > 5.0):
        return x
    return x[::-1] * 3


def stopped(x):
    for _ in range(3):
        if np.max(abs(x)) < 1e-3:
            break
        x = x * x
    return x


def in_a_helper(x):
    return branches(np.sin(x))


LOCAL = [
    branches,
    any_branch,
    stopped,
    in_a_helper,
    lambda x: x[x > 0],
    lambda x: x[np.where(x > 0)],
    lambda x: x[: np.count_nonzero(x > 0)],
    lambda x: x[: np.sum(x > 0)],
    lambda x: max(x[0], x[1]) * x,
    lambda x: x[np.argmax(x)] * x,
    lambda x: x[np.argsort(x)],
    lambda x: np.array([t if t > 0 else 0 * t for t in x]),
    lambda x: x * (1.0 if np.allclose(x, 0.0) else 2.0),
    lambda x: x * (not x[0]),
    lambda x: x if math.isnan(x[0]) else x[::-1],
    lambda x: x[int(x[2])] * x,
    lambda x: np.median(x) * x,
    lambda x: np.unique(x),
]


@pytest.mark.parametrize("f", LOCAL)
def test_a_branch_makes_the_pattern_local(f):
    with pytest.warns(PatternWarning, match="pattern is local: at .*test_sparse.py"):
        sparsity(f, X)


def test_what_looks_at_no_value_is_no_branch():
    def f(x):
        if x.shape == (4,) and len(x) and x.ndim == 1 and np.size(x):
            return np.where((x > 0) & ~(x < 0.5) | np.isfinite(x), x, x**2)
        return x

    assert sparsity(f, X).nnz == 4


def test_a_few_full_rows_are_found_backwards(monkeypatch):
    """They would make all ranges of inputs meet; on a tape 64 of them take one word."""
    n = 1000
    found, original = [], patterns._Runs.backwards
    monkeypatch.setattr(patterns._Runs, "backwards", lambda *args: found.append(args) or original(*args))

    def f(u):
        rows = [np.sum(u[::2]) * u[3], np.prod(u[5:900]), (np.ones(n) @ u) ** 2, np.fft.fft(u)[0].real]
        return np.concatenate([tridiagonal(u), np.stack(rows), np.cumsum(u)[-2:]])

    right = np.zeros((n + 6, n), bool)
    i = np.arange(n)
    right[:n] = abs(i[:, None] - i) <= 1
    right[n, ::2] = right[n, 3] = True
    right[n + 1, 5:900] = True
    right[n + 2 :] = True
    right[n + 4, -1] = False
    np.testing.assert_array_equal(sparsity(f, np.linspace(0.9, 1.1, n)).toarray(), right)
    assert len(found) == 1


# ------------------------------------------------------------------------------- colours


def random_pattern(m, n, density, seed=0):
    return sparse.csr_array(np.random.default_rng(seed).random((m, n)) < density)


def greedy_by_hand(dense, order):
    """First fit, column by column."""
    colours = {}
    for j in order:
        taken = {colours[k] for k in colours if np.any(dense[:, j] & dense[:, k])}
        colours[j] = next(c for c in range(len(order)) if c not in taken)
    return 1 + max(colours.values(), default=-1)


def orders_by_hand(dense):
    """Largest first, smallest last, incidence degree, from their definitions."""
    n = dense.shape[1]
    meet = (dense.T.astype(int) @ dense.astype(int)) > 0
    np.fill_diagonal(meet, False)
    yield sorted(range(n), key=lambda j: (-meet[j].sum(), j))
    left, last = list(range(n)), []
    while left:
        j = min(left, key=lambda j: (meet[j, left].sum(), j))
        left.remove(j)
        last.insert(0, j)
    yield last
    done = []
    while len(done) < n:
        done.append(min(set(range(n)) - set(done), key=lambda j: (-meet[j, done].sum(), j)))
    yield done


@pytest.mark.parametrize("seed", range(6))
def test_colours_of_columns(seed):
    pattern = random_pattern(14, 20, 0.12, seed)
    dense = pattern.toarray()
    colours = coloured_columns(pattern)
    for row in dense:
        own = colours[row]
        assert len(set(own)) == len(own)
    assert np.array_equal(colours < 0, ~dense.any(axis=0))
    assert number_of_colours(colours) <= min(greedy_by_hand(dense, order) for order in orders_by_hand(dense))


def is_colouring(pattern, colours):
    """No row has two columns of one colour."""
    rows = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr))
    return len(np.unique(rows * (colours.max() + 1) + colours[pattern.indices])) == pattern.nnz


def neighbours(*sizes):
    """The points of a lattice, each with itself and its neighbours along the axes."""
    whole = sparse.eye_array(1)
    near = sparse.csr_array((1, 1), dtype=bool)
    for n in sizes:
        side = sparse.diags_array([np.ones(n - 1), np.ones(n - 1)], offsets=[-1, 1])
        near = sparse.kron(near, sparse.eye_array(n)) + sparse.kron(whole, side)
        whole = sparse.eye_array(whole.shape[0] * n)
    return sparse.csr_array((near + whole).astype(bool))


@pytest.mark.parametrize("sizes", [(10, 10), (20, 30), (9, 6), (7, 50), (16, 5), (33, 35), (4, 8), (40, 24)])
def test_a_plate_takes_five_colours(sizes):
    """The least: a point and its four neighbours meet in a row."""
    pattern = neighbours(*sizes)
    colours = coloured_columns(pattern)
    assert is_colouring(pattern, colours)
    assert number_of_colours(colours) == 5
    shuffled = np.random.default_rng(4).permutation(pattern.shape[0])
    pattern = sparse.csr_array(pattern[:, shuffled])
    colours = coloured_columns(pattern)
    assert is_colouring(pattern, colours)
    assert number_of_colours(colours) <= 6


def test_other_lattices():
    for pattern, best in (
        (neighbours(8, 9, 10), 7),
        (neighbours(300, 301), 5),
        (sparse.csr_array(sparse.kron(neighbours(12, 14), np.ones((2, 2))).astype(bool)), 10),  # two unknowns
        (neighbours(12, 14)[20:120], 5),  # a part of the rows
    ):
        colours = coloured_columns(pattern)
        assert is_colouring(pattern, colours)
        assert number_of_colours(colours) == best
        assert np.array_equal(colours < 0, np.bincount(pattern.indices, minlength=pattern.shape[1]) == 0)


def places(m, n, k, seed=0):
    """So many entries in each row."""
    columns = np.random.default_rng(seed).integers(0, n, (m, k))
    ones = np.ones(m * k, bool)
    return sparse.csr_array((ones, (np.repeat(np.arange(m), k), columns.ravel())), shape=(m, n))


@pytest.mark.parametrize("many_neighbours", [0, 100], ids=["by NumPy", "by buckets"])
@pytest.mark.parametrize("many_pairs", [0, 10**8], ids=["found again", "kept"])
@pytest.mark.parametrize(
    "pattern",
    [places(200, 200, 3), places(60, 300, 4, 1), places(300, 70, 4, 2), random_pattern(90, 90, 0.03)],
)
def test_orders_are_what_their_names_say(pattern, many_pairs, many_neighbours, monkeypatch):
    monkeypatch.setattr(colouring, "_MANY_PAIRS", many_pairs)
    monkeypatch.setattr(orders, "_MANY_NEIGHBOURS", many_neighbours)
    pattern.sum_duplicates()
    n = pattern.shape[1]
    meet = (pattern.T.astype(int) @ pattern.astype(int)).toarray() > 0
    np.fill_diagonal(meet, False)
    largest, smallest, incidence, _ = orders.orders(*colouring._meeting(pattern))
    for order in (largest, smallest, incidence):
        assert np.array_equal(np.sort(order), np.arange(n))
    assert np.all(np.diff(meet[largest].sum(axis=1)) <= 0)
    for i in range(n):
        before, after = smallest[: i + 1], incidence[i:]
        degrees = meet[np.ix_(before, before)].sum(axis=0)
        assert degrees[-1] == degrees.min()
        taken = meet[np.ix_(incidence[:i], after)].sum(axis=0)
        assert taken[0] == taken.max()


@pytest.mark.parametrize(
    "pattern",
    [places(1000, 1000, 5), places(300, 2000, 9, 1), places(3000, 500, 4, 2), random_pattern(200, 200, 0.03)],
)
def test_large_graphs_take_no_more_colours(pattern, monkeypatch):
    """However the neighbours are found, and whether or not saturation is tried."""
    pattern.sum_duplicates()
    near, degrees = colouring._meeting(pattern)
    three = islice(orders.orders(near, degrees), 3)
    best = min(number_of_colours(colouring.greedy(pattern, order)) for order in three)
    for pairs in (10**8, 0):
        monkeypatch.setattr(colouring, "_MANY_PAIRS", pairs)
        monkeypatch.setattr(orders, "_SOME_PAIRS", pairs)
        colours = coloured_columns(pattern)
        assert is_colouring(pattern, colours)
        assert number_of_colours(colours) <= best


@pytest.mark.parametrize("seed", range(4))
def test_star_colours_in_levels_are_those_vertex_by_vertex(seed):
    half = places(150, 150, 2, seed)
    graph = colouring._without_diagonal(half + half.T)
    near = sparse.csr_array(graph + sparse.eye_array(150, dtype=bool))
    for order in orders.orders(*colouring._near(graph)):
        levels = list(colouring._levels(near @ near, order))
        assert np.array_equal(np.sort(np.concatenate(levels)), np.arange(150))
        assert len(levels) < 150
        one_by_one = colouring._stars(graph, order.reshape(-1, 1))
        assert np.array_equal(colouring._stars(graph, levels), one_by_one)


@pytest.mark.parametrize("seed", range(6))
def test_star_colours(seed):
    half = random_pattern(16, 16, 0.1, seed).toarray()
    dense = half | half.T
    colours = star_coloured(sparse.csr_array(dense))
    # What a star colouring is for: of each entry and its mirror image one is alone of its colour in its row.
    for i, j in zip(*np.nonzero(dense), strict=True):
        alone = [
            not any(dense[r, k] and colours[k] == colours[c] for k in range(16) if k != c)
            for r, c in ((i, j), (j, i))
        ]
        assert any(alone)
    assert number_of_colours(colours) <= number_of_colours(coloured_columns(sparse.csr_array(dense)))


def test_few_colours_where_few_do():
    n = 60
    band = sparse.csr_array(abs(np.subtract.outer(range(n), range(n))) <= 1)
    star = np.eye(n, dtype=bool)
    star[0] = star[:, 0] = True
    grid = sparse.kron(sparse.eye_array(8), np.ones((8, 8))) > 0
    assert number_of_colours(coloured_columns(band)) == 3
    assert number_of_colours(star_coloured(band)) == 3
    assert number_of_colours(star_coloured(sparse.csr_array(star))) == 2
    assert number_of_colours(coloured_columns(sparse.csr_array(grid))) == 8
    assert number_of_colours(coloured_columns(sparse.csr_array((3, 5), dtype=bool))) == 0
    assert number_of_colours(coloured_columns(sparse.csr_array(np.eye(5, dtype=bool)))) == 1


# ------------------------------------------------------------------------------- Jacobians


def assert_agrees(f, x, **options):
    """The sparse Jacobian is the dense one, to rounding, however it is found."""
    dense = np.reshape(jacobian(f)(x), (np.size(f(x)), np.size(x)))
    for mode in ("auto", "forward", "reverse"):
        plan = sparse_plan(f, x, mode=mode, **options)
        for form, kind in (("csr", sparse.csr_array), ("csc", sparse.csc_array)):
            found = sparse_jacobian(f, plan, format=form)(x)
            assert type(found) is kind
            assert found.has_canonical_format
            assert found.shape == dense.shape
            np.testing.assert_allclose(found.toarray(), dense, rtol=1e-13, atol=1e-13)
        if mode != "auto":
            assert not (plan.reverse if mode == "forward" else plan.forward)


@pytest.mark.parametrize("f", [f for f, _ in PATTERNS])
def test_jacobian(f):
    assert_agrees(f, X)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_random_sparse_functions(m, n, k, seed):
    random = np.random.default_rng(seed)
    places = random.integers(0, max(n, 1), (m, k if n else 0))
    weights = random.normal(size=places.shape)
    full = random.integers(0, 2, 2)

    def f(x):
        y = np.sum(weights * np.sin(x[places]), axis=1) + np.prod(np.cos(x[places]), axis=1)
        if m and full[0]:
            y[random_row] = np.sum(x * x)
        return y * x[0] if n and full[1] else y

    random_row = int(random.integers(0, max(m, 1)))
    assert_agrees(f, random.normal(size=n))


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x * x, 2.0),
        (lambda x: np.array([x, x**2]), 2.0),
        (lambda x: np.sum(x), X),
        (lambda x: np.zeros(0), X),
        (lambda x: np.ones(3), X),
        (lambda x: np.ones(3), np.zeros(0)),
        (lambda x: x, np.zeros(0)),
        (lambda x: np.exp(x[:, :1]) * x.T[:1], np.ones((2, 3))),
        (lambda x: [x[0], x[1] * x[0]], [1, 2]),
        (lambda x: np.stack([x[0], x[2]])[:, None] * x[3], X),
    ],
)
def test_shapes(f, x):
    assert_agrees(f, x)
    found = sparse_jacobian(f)(x)
    np.testing.assert_allclose(found.toarray().ravel(), np.ravel(jacobian(f)(x)))


def test_full_rows_and_columns_go_both_ways():
    x = RANDOM.normal(size=200)
    plan = sparse_plan(arrow, x)
    assert (plan.forward, plan.reverse) == (2, 2)
    np.testing.assert_allclose(sparse_jacobian(arrow, plan)(x).toarray(), jacobian(arrow)(x), rtol=1e-12)

    def turned(x):  # full columns, in a matrix of which the rest is found by rows
        return np.outer(x[:1] + x[:1] ** 2, np.ones(200))[0] + np.repeat(x[1:5], 50) ** 2

    plan = sparse_plan(turned, x[:5])
    assert plan.forward + plan.reverse <= 2
    assert_agrees(turned, x[:5])


def test_in_blocks(monkeypatch):
    """Many directions go in several sweeps, with the same result."""
    x = RANDOM.normal(size=40)
    for mode in ("forward", "reverse"):
        plan = sparse_plan(arrow, x, mode=mode)
        right = sparse_jacobian(arrow, plan)(x)
        monkeypatch.setattr("dualad.sparse.evaluation._LANE_NUMBERS", 100)
        found = sparse_jacobian(arrow, plan)(x)
        monkeypatch.undo()
        np.testing.assert_array_equal(found.toarray(), right.toarray())


def test_the_function_is_run_once():
    runs = []

    def f(x):
        runs.append(1)
        return tridiagonal(x)

    x = np.linspace(0.0, 1.0, 50)
    evaluate = sparse_jacobian(f, sparse_plan(f, x))
    evaluate(x)  # and once more, to be verified
    runs.clear()
    evaluate(x)
    assert len(runs) == 1


def test_a_plan_is_pickled_and_serves_other_points():
    x = RANDOM.normal(size=30)
    plan = pickle.loads(pickle.dumps(sparse_plan(tridiagonal, x)))
    evaluate = sparse_jacobian(tridiagonal, plan)
    for point in (x, 2 * x, np.zeros(30)):
        np.testing.assert_allclose(evaluate(point).toarray(), jacobian(tridiagonal)(point), rtol=1e-13)
    assert plan.shape == (30, 30)
    assert plan.pattern.nnz == 88
    assert "3 directions forward" in repr(plan)


def test_the_result_is_the_callers():
    x = np.linspace(0.0, 1.0, 20)
    before = x.copy()
    evaluate = sparse_jacobian(tridiagonal, sparse_plan(tridiagonal, x))
    right = evaluate(x).toarray()
    spoilt = evaluate(x)
    spoilt.data[:], spoilt.indices[:], spoilt.indptr[:] = 0.0, 0, 0
    np.testing.assert_array_equal(evaluate(x).toarray(), right)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.coo_array, np.asarray, lambda p: p.tolist()])
def test_a_given_pattern(make):
    x = np.linspace(0.1, 1.0, 6)
    wide = abs(np.subtract.outer(range(6), range(6))) <= 2
    assert_agrees(tridiagonal, x, pattern=make(wide))


def test_dtypes():
    x = np.linspace(0.1, 1.0, 8, dtype=np.float32)
    assert sparse_jacobian(np.diff)(x).dtype == np.float32
    z = x.astype(complex) * (1 + 2j)
    assert_agrees(tridiagonal, z)
    with pytest.raises(UnsupportedError, match="holomorphic"):
        sparse_jacobian(lambda z: np.conj(z) * z)(z)


def test_infinite_and_undefined_slopes():
    def f(x):
        return np.sqrt(x[1:]) * x[:-1]

    x = np.array([1.0, 0.0, 2.0, 0.0])
    np.testing.assert_array_equal(sparse_jacobian(f)(x).toarray(), jacobian(f)(x))
    assert sparse_jacobian(lambda x: np.array([np.nan, x[0]]))(x).nnz == 1
    x[2] = np.nan
    np.testing.assert_array_equal(np.isnan(sparse_jacobian(f)(x).toarray()).any(axis=1), [False, True, True])


# ------------------------------------------------------------------------------- Hessians


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.mark.parametrize(
    "f",
    [
        rosenbrock,
        lambda x: np.sum(np.sin(x)),
        lambda x: x[0] * np.sum(x**2) + np.prod(x[1:3]),
        lambda x: np.sum(x) ** 2,
        lambda x: x[0] * x[-1],
        lambda x: np.sum(x),
        lambda x: np.sum(np.exp(x[:4] * x[4:8])),
        lambda x: sum(math.cos(x[i] * x[(3 * i) % 8]) for i in range(8)),
    ],
)
def test_hessian(f):
    x = np.linspace(0.2, 1.3, 9)
    plan = sparse_plan(f, x, of="hessian")
    found = sparse_hessian(f, plan)(x).toarray()
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found, jacobian(grad(f))(x), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(sparse_hessian(f, format="csc")(x).toarray(), found, rtol=1e-15)


def test_hessian_takes_few_directions():
    x = np.linspace(0.2, 1.3, 100)
    assert sparse_plan(rosenbrock, x, of="hessian").forward == 3
    assert sparse_plan(lambda x: x[0] * np.sum(x**2), x, of="hessian").forward == 2
    assert sparse_hessian(lambda x: x**3)(2.0).toarray() == 12.0


# ------------------------------------------------------------------------------- what goes wrong


def test_a_pattern_that_misses_something_is_found_out():
    x = np.linspace(0.1, 1.0, 9)
    diagonal = sparse_plan(tridiagonal, x, pattern=np.eye(9))
    with pytest.raises(PatternError, match=r"misses entries in 9 of 9 rows \(0, 1, 2, 3, 4, ...\)"):
        sparse_jacobian(tridiagonal, diagonal)(x)
    with pytest.raises(PatternError, match="misses entries in 1 of"):
        sparse_jacobian(
            arrow, sparse_plan(arrow, x, pattern=jacobian(arrow)(x) * (np.arange(10) < 9)[:, None])
        )(x)
    with pytest.raises(PatternError):
        sparse_hessian(rosenbrock, sparse_plan(rosenbrock, x, of="hessian", pattern=np.eye(9)))(x)


def test_a_local_pattern_is_found_out_on_the_other_branch():
    with pytest.warns(PatternWarning):
        plan = sparse_plan(branches, X)
    with pytest.raises(PatternError):
        sparse_jacobian(branches, plan)(-X)


def test_bad_input():
    x = np.linspace(0.1, 1.0, 5)
    plan = sparse_plan(tridiagonal, x)
    evaluate = sparse_jacobian(tridiagonal, plan)
    with pytest.raises(ShapeError, match=r"shape \(5,\) and this one has shape \(6,\).*sparse_plan"):
        evaluate(np.ones(6))
    with pytest.raises(InputError, match=r"float64 and this one has dtype float32.*astype\('float64'\)"):
        evaluate(x.astype(np.float32))
    with pytest.raises(InputError, match='of="hessian"'):
        sparse_hessian(rosenbrock, plan)(x)
    with pytest.raises(InputError, match="what sparse_plan"):
        sparse_jacobian(tridiagonal, sparsity(tridiagonal, x))(x)
    with pytest.raises(InputError, match='format="csr"'):
        sparse_jacobian(tridiagonal, plan, format="coo")
    with pytest.raises(InputError, match="mode='columns'"):
        sparse_plan(tridiagonal, x, mode="columns")
    with pytest.raises(InputError, match="of='gradient'"):
        sparse_plan(tridiagonal, x, of="gradient")
    with pytest.raises(ShapeError, match=r"shape \(4, 5\) and the jacobian \(5, 5\)"):
        sparse_plan(tridiagonal, x, pattern=np.ones((4, 5)))
    with pytest.raises(InputError, match="matrix of bool"):
        sparse_plan(tridiagonal, x, pattern="tridiagonal")
    with pytest.raises(InputError, match="pass the function itself"):
        sparsity(tridiagonal(x), x)
    with pytest.raises(ShapeError, match="returns one number"):
        hessian_sparsity(tridiagonal, x)


def test_an_output_whose_length_changes():
    lengths = [4]

    def f(x):
        return x[: lengths[0]]

    x = np.ones(5)
    for mode in ("forward", "reverse"):
        plan = sparse_plan(f, x, pattern=np.eye(4, 5), mode=mode)
        lengths[0] = 3
        with pytest.raises(ShapeError, match=r"shape \(4,\) before and now one of shape \(3,\)"):
            sparse_jacobian(f, plan)(x)
        lengths[0] = 4


def test_inside_another_derivative():
    def f(x):
        return sparse_jacobian(tridiagonal)(x).sum()

    with pytest.raises(UnsupportedError, match=r"jacobian\(f\)\(x\)"):
        grad(f)(X)
    with pytest.raises(UnsupportedError, match=r"jacobian\(f\)\(x\)"):
        grad(lambda a: sparse_jacobian(lambda x: a * tridiagonal(x))(X).sum())(1.0)
    with pytest.raises(UnsupportedError, match=r"jacobian\(f\)\(x\)"):
        grad(lambda a: sparse_jacobian(lambda x: a * np.sum(x**2))(X).sum())(1.0)


def test_without_scipy():
    program = (
        "import sys, numpy as np\n"
        "for name in ('scipy', 'scipy.sparse'): sys.modules[name] = None\n"
        "import dualad\n"
        "for name in ('sparsity', 'hessian_sparsity', 'sparse_plan', 'jacobian_operator'):\n"
        "    try: getattr(dualad, name)(np.sum, np.ones(2))\n"
        "    except dualad.DualadError as error: print(error)\n"
        "try: dualad.linalg.expm(np.eye(2))\n"
        "except dualad.DualadError as error: print(error)\n"
        "try: import dualad.scipy\n"
        "except ModuleNotFoundError as error: print(error)\n"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert out.stdout.count('pip install "dualad[scipy]"') == 6


def test_a_complex_argument_is_not_told_to_become_real():
    plan = sparse_plan(tridiagonal, X)
    with pytest.raises(InputError, match=r"dtype complex128; make a plan for it"):
        sparse_jacobian(tridiagonal, plan)(X + 0j)
    with pytest.raises(InputError, match=r"dtype float32; pass x.astype\('float64'\), or make a plan"):
        sparse_jacobian(tridiagonal, plan)(X.astype("f4"))


def test_errors_are_ours():
    assert issubclass(PatternError, DualadError)
    assert issubclass(PatternWarning, UserWarning)


# ------------------------------------------------------------------------------- matrices of scipy.sparse


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_array, sparse.dia_array, sparse.csr_matrix])
@pytest.mark.parametrize("lift", [True, False])
def test_product_with_a_sparse_matrix(make, lift):
    D = make(W)
    for f, g in (
        (lambda x: D @ x, lambda x: W @ x),
        (lambda x: D.dot(np.sin(x)), lambda x: W @ np.sin(x)),
        (lambda x: x[:3] @ D, lambda x: x[:3] @ W),
        (lambda x: D @ np.outer(x, x), lambda x: W @ np.outer(x, x)),
    ):
        for mode in ("forward", "reverse"):
            np.testing.assert_allclose(jacobian(f, mode=mode, lift=lift)(X), jacobian(g)(X), rtol=1e-14)
        np.testing.assert_allclose(dualad.jvp(f, X, X)[1], dualad.jvp(g, X, X)[1], rtol=1e-14)
        np.testing.assert_array_equal(sparsity(f, X).toarray(), sparsity(g, X).toarray())

        def energy(x, f=f):
            return np.sum(f(x) ** 3)

        np.testing.assert_allclose(
            sparse_hessian(energy)(X).toarray(),
            jacobian(grad(lambda x, g=g: np.sum(g(x) ** 3)))(X),
            rtol=1e-13,
        )
    with pytest.raises(ValueError, match="mismatch"):
        jacobian(lambda x: D @ x[:3], lift=lift)(X)


# ------------------------------------------------------------------------------- operators


@pytest.mark.parametrize(("f", "x"), [(arrow, X), (np.sum, X), (lambda x: np.outer(x, x), X), (np.sin, 0.5)])
def test_operator(f, x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        J = jacobian_operator(f, x)
    dense = np.reshape(jacobian(f)(x), (np.size(f(x)), np.size(x)))
    m, n = dense.shape
    assert J.shape == (m, n)
    for k in (0, 1, 3):
        v, w = RANDOM.normal(size=(n, k)), RANDOM.normal(size=(m, k))
        np.testing.assert_allclose(J @ v, dense @ v, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(J.T @ w, dense.T @ w, rtol=1e-13, atol=1e-13)
    v, w = RANDOM.normal(size=n), RANDOM.normal(size=m) * 1j
    np.testing.assert_allclose(J @ v, dense @ v, rtol=1e-13)
    np.testing.assert_allclose(J.H @ w, dense.T @ w, rtol=1e-13)


def test_operator_in_a_krylov_solver():
    from scipy.sparse.linalg import gmres

    x = np.linspace(0.0, 1.0, 30)
    runs = []

    def f(x):
        runs.append(1)
        return tridiagonal(x)

    J = jacobian_operator(f, x)
    b = np.ones(30)
    step, failed = gmres(J, b, rtol=1e-10)
    assert not failed
    assert len(runs) == 1
    np.testing.assert_allclose(jacobian(tridiagonal)(x) @ step, b, rtol=1e-6)


def test_operator_inside_another_derivative_is_refused():
    with pytest.raises(UnsupportedError, match=r"jacobian\(f\)\(x\)"):
        grad(lambda a: (jacobian_operator(lambda x: a * x, X) @ X).sum())(1.0)


def test_operator_of_complex_numbers_is_refused():
    with pytest.raises(UnsupportedError, match="complex"):
        jacobian_operator(lambda x: x * 1j, X)


def test_rows_of_rounding_errors_are_no_missing_entries():
    def f(x):
        q, r = np.linalg.qr(np.outer(x, x[::-1]) + np.diag(x) + np.eye(4))
        return np.concatenate([np.diag(r), np.ravel(q @ r - np.outer(x, x[::-1]) - np.diag(x))])

    x = np.array([1.3, 0.4, 2.1, -0.7])
    np.testing.assert_allclose(sparse_jacobian(f)(x).toarray(), jacobian(f)(x), atol=1e-13)


def test_a_choice_among_arrays_that_are_filled_later():
    """By a question whose answer is traced: what holds derivatives is asked before it."""

    def f(x):
        filled, empty = np.zeros(3), np.zeros(3)
        filled[2] = x[0] + x[1]
        return np.where(x > 9, empty, filled)

    found = dualad.sparsity(f, np.array([0.4, 1.3, 2.5])).toarray()
    assert found.tolist() == [[False] * 3, [False] * 3, [True, True, False]]


def test_a_part_of_complex_numbers_that_is_assigned_to_keeps_the_other():
    def f(x):
        z = x + 1j * x[::-1]
        z.real[:] = x[1] * x
        return z.imag

    assert dualad.sparsity(f, np.array([0.4, 1.3, 2.5])).toarray()[0, 2]
