"""Matrices of scipy.sparse made inside a differentiated function, against steps into the complex plane."""

import warnings

import numpy as np
import pytest

import dualad
from dualad import derivative, grad
from dualad.errors import ConversionError, DifferencesWarning, UnsupportedError

scipy = pytest.importorskip("scipy")
sparse = pytest.importorskip("scipy.sparse")
linalg = pytest.importorskip("scipy.sparse.linalg")
csgraph = pytest.importorskip("scipy.sparse.csgraph")

N = 5
X = np.array([0.7, 1.3, -0.4, 2.1, 0.9])
B = np.array([1.0, -2.0, 0.5, 3.0, 1.5])
R = np.random.default_rng(5).random((N, N))
PLAIN = sparse.csr_array(np.where(R > 0.6, R, 0.0) + 4 * np.eye(N))
OLD = sparse.csr_matrix(PLAIN)


def band(x, like=sparse.csr_array):
    """A matrix of which every entry depends on x."""
    return like(sparse.diags_array([x[1:], x * x + 4, x[:-1] ** 3], offsets=[-1, 0, 1]))


def assembled(x):
    A = sparse.lil_matrix((N, N))
    for i in range(N):
        A[i, i] += 4 + x[i]
        if i:
            A[i, i - 1] = -x[i] * x[i - 1]
            A[i - 1, i] -= x[i]
    return A


def triplets(x):
    rows, cols, values = [], [], []
    for e in range(N - 1):
        for i in range(2):
            for j in range(2):
                rows.append(e + i)
                cols.append(e + j)
                values.append(x[e] * (2 if i == j else -1))
    return sparse.coo_matrix((values, (rows, cols)), shape=(N, N))


def in_dict(x):
    A = sparse.dok_array((N, N))
    A[0, 1] = x[0]
    A[2, 2] = x[1] * x[2]
    A[0, 1] *= 3.0
    A[-1, -1] = 2.0
    return A


def of_rows(x):
    return sparse.csr_matrix((x * x, np.array([0, 2, 1, 4, 3]), np.array([0, 2, 2, 3, 4, 5])), shape=(N, N))


def assigned_parts(x):
    A = sparse.lil_array((N, N))
    A[0, :] = x
    A[1:3, 1:3] = np.outer(x[:2], x[:2])
    A[:, 4] = x[0]
    return A


def with_diagonal(x):
    A = band(x).tolil()
    A.setdiag(np.sin(x))
    A.setdiag(x[0], 2)
    return A


def with_other_diagonals(x):
    """Of matrices that have been made of plain numbers."""
    A = sparse.diags([np.ones(N - 1), np.ones(N)], [-1, 0], format="csr", dtype=x.dtype)
    B = sparse.csc_matrix((N, N), dtype=x.dtype)
    A.setdiag(np.sin(x))
    A.setdiag([x[0]] * 2, k=1)
    B.setdiag(x[:3], -2)
    return A + B


MADE = [band, assembled, triplets, in_dict, of_rows, assigned_parts, with_diagonal, with_other_diagonals]

OPERATIONS = {
    "dense": lambda A, x: A.toarray(),
    "todense": lambda A, x: np.asarray(A.todense()),
    "times a vector": lambda A, x: A @ x,
    "dot": lambda A, x: A.dot(x),
    "times a plain vector": lambda A, x: A @ B,
    "times a dense matrix": lambda A, x: A @ np.outer(x, B),
    "from the left": lambda A, x: x @ A,
    "a plain vector from the left": lambda A, x: B @ A,
    "transposed": lambda A, x: (A.T @ x) + A.transpose().tocsr()[1, 0],
    "times itself": lambda A, x: (A @ A).toarray(),
    "times a plain matrix": lambda A, x: (A @ PLAIN).toarray(),
    "a plain matrix times it": lambda A, x: (PLAIN @ A).toarray(),
    "sum of matrices": lambda A, x: (A + PLAIN).toarray(),
    "plain plus": lambda A, x: (PLAIN + A).toarray(),
    "differences": lambda A, x: (A - PLAIN).toarray() + (PLAIN - 2 * A).toarray(),
    "scaled": lambda A, x: (x[1] * A * x[0] / x[3]).toarray(),
    "negative": lambda A, x: (-A).toarray(),
    "entry by entry": lambda A, x: A.multiply(A).toarray() + A.multiply(PLAIN).toarray(),
    "rows scaled": lambda A, x: A.multiply(x[:, None]).toarray(),
    "power": lambda A, x: A.power(2).toarray(),
    "sines": lambda A, x: A.tocsr().sin().toarray(),
    "an entry": lambda A, x: A.tocsr()[2, 2] * A.tocsr()[-1, -1],
    "a row": lambda A, x: A.tocsr()[[1], :].toarray(),
    "rows and columns": lambda A, x: A.tocsr()[1:4, 1:].toarray(),
    "chosen rows": lambda A, x: A.tocsc()[[3, 1]].toarray(),
    "diagonal": lambda A, x: A.diagonal(),
    "trace": lambda A, x: A.trace(),
    "sum": lambda A, x: A.sum(),
    "sums of columns": lambda A, x: np.ravel(A.sum(axis=0)),
    "means of rows": lambda A, x: np.ravel(A.mean(axis=1)),
    "entries": lambda A, x: A.tocsr().data * 2,
    "entries by columns": lambda A, x: A.tocsc().data,
    "sorted": lambda A, x: A.tocsc().data[A.tocsc().indptr[:-1].clip(0, 3)],
    "stacked": lambda A, x: sparse.vstack([A, PLAIN, 2 * A]).toarray() @ B,
    "side by side": lambda A, x: sparse.hstack([A, A]).toarray(),
    "blocks": lambda A, x: sparse.block_array([[A, None], [PLAIN, A]]).toarray(),
    "bmat": lambda A, x: sparse.bmat([[A, OLD], [None, A]], format="csr").sum(),
    "block diagonal": lambda A, x: sparse.block_diag([A, PLAIN]).toarray(),
    "kron": lambda A, x: sparse.kron(A, sparse.csr_array([[1.0, 2.0]])).toarray(),
    "kron from the left": lambda A, x: sparse.kron(sparse.eye_array(2), A).toarray(),
    "triangle": lambda A, x: sparse.tril(A).toarray() + sparse.triu(A, 1).toarray() * 2,
    "find": lambda A, x: sparse.find(A)[2].sum(),
    "reshaped": lambda A, x: A.reshape((1, N * N)).toarray(),
    "row by row": lambda A, x: np.stack([i * row.sum() * x[i] for i, row in enumerate(A.tocsr())]),
    "a row by its number": lambda A, x: A.tocsr()[1].sum() * x[0] + len(A.tocsr()[2:4].nonzero()[0]) * x[1],
    "its class": lambda A, x: A.toarray() * (2 if type(A).__name__[:3] == A.format else 0),
    "questions": lambda A, x: A.toarray() * (A.shape[0] + A.ndim if sparse.issparse(A) else 0),
    "another dtype": lambda A, x: A.astype(complex).toarray().real if x.dtype == float else A.toarray(),
    "spsolve": lambda A, x: linalg.spsolve((A + PLAIN).tocsc(), x),
    "spsolve of a dense matrix": lambda A, x: linalg.spsolve((A + PLAIN).toarray(), x),
    "spsolve of a matrix": lambda A, x: linalg.spsolve((A + PLAIN).tocsc(), np.outer(x, B)),
    "splu": lambda A, x: linalg.splu((A + PLAIN).tocsc()).solve(B),
    "splu transposed": lambda A, x: linalg.splu((A + PLAIN).tocsc()).solve(x, "T"),
    "factorized": lambda A, x: linalg.factorized((A + PLAIN).tocsc())(x),
    "norm": lambda A, x: (A.multiply(A)).sum() ** 0.5,
    "expm": lambda A, x: linalg.expm((A / 10).tocsc()).toarray(),
    "inv": lambda A, x: linalg.inv((A + PLAIN).tocsc()).toarray(),
    "formats": lambda A, x: A.tocoo().tolil().todok().tocsc().tobsr().todia().tocsr().toarray(),
}


def complex_step(f, x):
    """The Jacobian; SciPy's sparse matrices may be complex."""
    h = 1e-40
    return np.stack([np.imag(f(x + 1j * h * e)) / h for e in np.eye(len(x))], axis=-1)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_operations(make, operation):
    apply = OPERATIONS[operation]
    if operation == "a row by its number" and scipy.__version__ < "1.15" and not sparse.isspmatrix(make(X)):
        pytest.skip("of an array, since SciPy 1.15")

    def plain(x):
        if x.dtype == complex and make in (assembled, in_dict, assigned_parts):
            return apply(complex_copy(make, x), x)
        return apply(make(x), x)

    def f(x):
        return apply(make(x), x)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sparse.SparseEfficiencyWarning)
        right = complex_step(plain, X)
        value = f(X)
        ours = dualad.jacobian(f, mode="forward")(X)
        in_reverse = dualad.jacobian(f, mode="reverse")(X)
        y, _ = dualad.jvp(f, X, B)
    np.testing.assert_allclose(y, value, rtol=1e-13, atol=1e-14)
    scale = np.max(np.abs(right))
    np.testing.assert_allclose(ours, right, rtol=1e-11, atol=1e-12 * scale)
    np.testing.assert_allclose(in_reverse, right, rtol=1e-11, atol=1e-12 * scale)


def complex_copy(make, x):
    """What assigns to a matrix of floats, done on one of complex numbers."""
    old = {name: getattr(sparse, name) for name in ("lil_matrix", "dok_array", "lil_array")}
    try:
        for name, cls in old.items():
            setattr(sparse, name, lambda shape, cls=cls: cls(shape, dtype=complex))
        return make(x)
    finally:
        for name, cls in old.items():
            setattr(sparse, name, cls)


def symmetric(x):
    A = band(x)
    return (A + A.T + 6 * sparse.eye_array(N)).tocsc()


def dense_symmetric(x):
    A = np.diag(x[1:], -1) + np.diag(x * x + 4) + np.diag(x[:-1] ** 3, 1)
    return A + A.T + 6 * np.eye(N)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("solver", ["cg", "bicgstab", "gmres", "minres"])
def test_iterative_solvers(solver, mode):
    """The derivative is that of the solution, however many steps were made."""

    def f(x):
        y, info = getattr(linalg, solver)(symmetric(x), x, rtol=1e-13)
        assert info == 0
        return y

    right = complex_step(lambda x: np.linalg.solve(dense_symmetric(x), x), X)
    np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(X), right, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_constant_factors(mode):
    factors = linalg.splu(PLAIN.tocsc())
    solve = linalg.factorized(PLAIN.tocsc())
    right = np.linalg.inv(PLAIN.toarray()) * np.cos(X)
    for f in (
        lambda x: linalg.splu(PLAIN.tocsc()).solve(np.sin(x)),
        lambda x: linalg.factorized(PLAIN.tocsc())(np.sin(x)),
        lambda x: linalg.spsolve(PLAIN, np.sin(x)),
        lambda x: factors.solve(np.sin(x)),
        lambda x: solve(np.sin(x)),
    ):
        np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(X), right, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_places_in_the_array_of_the_entries(mode):
    """As in tables of lines, of which each row says where it begins and ends, and what it is."""
    table = np.array([[0.0, 1.0, 0.5], [1.0, 2.0, 0.8], [2.0, 0.0, 1.7], [0.0, 2.0, 0.4]])

    def f(x):
        lines = table.copy()
        lines[:, 2] = x
        starts, ends = lines[:, 0], lines[:, 1]
        A = sparse.csr_matrix((lines[:, 2] ** 2, (starts, ends)), shape=(3, 3))
        C = sparse.csr_matrix((np.ones(4), (range(4), starts)), shape=(4, 3))
        return np.concatenate([A @ np.array([1.0, 2.0, 3.0]), C @ np.array([1.0, 2.0, 3.0])])

    x = table[:, 2]
    right = np.zeros((7, 4))
    right[[0, 1, 2, 0], range(4)] = 2 * x * [2.0, 3.0, 1.0, 3.0]
    np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(x), right, rtol=1e-15)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_complex_entries(mode):
    """The injections of a network, S = V conj(Y V), and the parts of a matrix."""
    Y = PLAIN + 1j * PLAIN.T

    def f(x):
        v = sparse.diags_array(np.exp(1j * x), offsets=0).tocsr()
        S = v @ np.conj(Y @ v) + abs(v)
        return np.concatenate([S.real.sum(axis=0), S.imag.sum(axis=1), (Y @ v).conj().real.diagonal()])

    x, y = np.exp(1j * X), Y.toarray()
    S = x[:, None] * np.conj(y * x)
    columns = 1j * S.T - 1j * np.diag(S.sum(axis=0))
    rows = 1j * np.diag(S.sum(axis=1)) - 1j * S
    right = [columns.real, rows.imag, np.diag((1j * y.diagonal() * x).real)]
    np.testing.assert_allclose(
        dualad.jacobian(f, mode=mode)(X), np.concatenate(right), rtol=1e-13, atol=1e-13
    )


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_eigenvalues(mode):
    def f(x):
        w, v = linalg.eigsh(symmetric(x), k=2, v0=np.ones(N))
        return np.concatenate([np.sort(w), v[:, 0] ** 2])

    def dense(x):
        w, v = np.linalg.eigh(dense_symmetric(x))
        return np.concatenate([w[-2:], v[:, -2] ** 2])

    h = 1e-3
    first, second = (
        np.stack([(dense(X + k * e) - dense(X - k * e)) / (2 * k) for e in np.eye(N)], axis=-1)
        for k in (h, h / 2)
    )
    np.testing.assert_allclose(
        dualad.jacobian(f, mode=mode)(X), (4 * second - first) / 3, rtol=1e-6, atol=1e-9
    )


def test_second_derivatives():
    def f(x):
        return B @ linalg.spsolve(symmetric(x), x)

    def dense(x):
        return B @ np.linalg.solve(dense_symmetric(x), x)

    np.testing.assert_allclose(dualad.hessian(f)(X), dualad.hessian(dense)(X), rtol=1e-10, atol=1e-13)
    twice = dualad.derivative(lambda a: f(a * X), order=3)(1.0)
    assert twice == pytest.approx(dualad.derivative(lambda a: dense(a * X), order=3)(1.0), rel=1e-9)


def test_patterns():
    """Which outputs depend on which inputs, through products and through a solution."""
    pattern = dualad.sparsity(lambda x: band(x) @ B, X).toarray()
    assert np.all(pattern[np.nonzero(complex_step(lambda x: band(x) @ B, X))])
    assert not pattern[0, 4]
    assert not pattern[4, 0]
    assert dualad.sparsity(lambda x: linalg.spsolve(symmetric(x), x), X).toarray().all()


def test_a_matrix_of_somebody_else_is_not_written_to():
    shared = sparse.lil_matrix((2, 2))

    def f(x):
        shared[0, 0] = x
        return shared.sum()

    with pytest.warns(DifferencesWarning, match="cannot be followed"):  # it holds no Dual at any time
        assert dualad.derivative(f)(1.0) == pytest.approx(1.0, rel=1e-9)
    assert shared.toarray().tolist() == [[1.0, 0.0], [0.0, 0.0]]  # as the function leaves it


def assemble(A, element, nodes):
    for i in range(2):
        for j in range(2):
            A[nodes[i], nodes[j]] += element[i, j]


class Frame:
    def __init__(self, n):
        self.A = sparse.lil_matrix((n, n))
        self.known = self.A

    def add(self, k, nodes):
        for i in nodes:
            self.A[i, i] += k


def by_a_helper(x):
    A = sparse.lil_matrix((3, 3))
    for i in range(2):
        assemble(A, np.array([[x, -x], [-x, x]]), [i, i + 1])
    A[0, 0] += 1.0
    return linalg.spsolve(A.tocsc(), np.ones(3))[2]


def by_a_method(x):
    frame = Frame(2)
    frame.add(x, [0, 1])
    frame.add(x**2, [1])
    return (frame.known @ np.array([3.0, 5.0])).sum()


@pytest.mark.parametrize("entry", [dualad.derivative, dualad.grad])
@pytest.mark.parametrize(("f", "truth"), [(by_a_helper, -0.75), (by_a_method, 28.0)])
def test_a_matrix_that_several_names_refer_to(f, truth, entry):
    """The free end of a chain of two springs with a load at each node moves by 3 + 2 / x + 1 / x."""
    assert entry(f)(2.0) == pytest.approx(truth, rel=1e-12)


def test_a_matrix_that_is_kept_is_one_of_scipy_again():
    kept = []

    def f(x):
        A = sparse.lil_matrix((2, 2))
        A[1, 1] = 3.0
        kept.append(A)
        A[0, 0] = x
        return A.sum()

    assert dualad.derivative(f)(2.0) == 1.0
    assert type(kept[0]) is sparse.lil_matrix
    assert kept[0].sum() == 3.0


def test_questions_about_a_matrix():
    def f(x):
        A = band(x)
        assert isinstance(A, sparse.csr_array)
        assert not isinstance(A, sparse.csc_array)
        assert sparse.issparse(A)
        assert (A.shape, A.format, A.dtype) == ((N, N), "csr", float)
        assert (A.nnz, A.count_nonzero(), len(A.indptr)) == (13, 13, N + 1)
        assert np.array_equal(A.indices, band(X).indices)
        with pytest.raises(ValueError, match="ambiguous"):
            bool(A)
        with pytest.raises(IndexError, match="out of bounds"):
            A[5, 0]
        with pytest.raises(AttributeError, match="toarray"):
            A.asfptype()
        with pytest.raises(ValueError, match="dimension"):
            A @ np.ones(3)
        with pytest.raises(UnsupportedError, match="toarray"):
            A + 1.0
        return A.sum()

    assert dualad.jacobian(f)(X) == pytest.approx(complex_step(lambda x: band(x).sum(), X))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_rows_and_columns_of_a_matrix_are_assigned(mode):
    """They have two axes, and what they are assigned to has one."""

    def f(x):
        A = (sparse.csr_matrix(PLAIN) * x[0]).tolil()
        A[1] = A[0] * x[1]
        A[:, 2] = A[:, 0]
        return A.toarray()

    x = np.array([2.0, 0.7])
    assert dualad.jacobian(f, mode=mode)(x) == pytest.approx(complex_step(f, x))


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_compared(make, mode):
    """By values; what comes out is a plain matrix of booleans, by which others are multiplied."""
    twice = make(PLAIN * 2.0)

    def f(x):
        made = x[0] * make(PLAIN)
        same = [(made != twice).nnz == 0, (made > 1.0).nnz, (twice != made).nnz]
        return np.stack([made.multiply(made >= 4.0).sum() * x[0], *(0.0 * x[0] + k for k in same)])

    x = np.array([2.0])
    dense = 2.0 * PLAIN.toarray()
    assert f(x)[1:] == pytest.approx([1, (dense > 1.0).sum(), 0])
    expected = [2.0 * dense[dense >= 4.0].sum(), 0.0, 0.0, 0.0]
    assert dualad.jacobian(f, mode=mode)(x)[:, 0] == pytest.approx(expected)
    assert dualad.value_and_jacobian(f)(x)[0] == pytest.approx(f(x))


def filled(x):
    """An array whose entries are assigned one by one: SciPy would read its memory."""
    y = np.zeros(N)
    for i in range(N):
        y[i] = x[i] ** 2 * B[i]
    return y


PRODUCTS = {
    "matrix @": lambda x: OLD @ filled(x),
    "array @": lambda x: PLAIN @ filled(x),
    "matrix *": lambda x: OLD * filled(x),
    "@ matrix": lambda x: filled(x) @ OLD,
    "@ array": lambda x: filled(x) @ PLAIN,
    "transposed": lambda x: OLD.T @ filled(x),
    "of columns": lambda x: PLAIN @ filled(x)[:, None],
}


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_plain_matrix_meets_an_array_that_holds_duals(product):
    f = PRODUCTS[product]
    matrix = (PLAIN.T if product in ("@ matrix", "@ array", "transposed") else PLAIN).toarray()
    expected = matrix * (2 * X * B)
    np.testing.assert_allclose(np.reshape(dualad.jacobian(f)(X), (N, N)), expected, rtol=1e-13)
    _, pull = dualad.vjp(f, X)
    ct = np.reshape(B, np.shape(f(X)))
    np.testing.assert_allclose(pull(ct), B @ expected, rtol=1e-13)


@pytest.mark.parametrize("transform", [derivative, grad])
@pytest.mark.parametrize("dtype", [bool, int, np.int8])
def test_matrices_of_whole_numbers_hold_no_derivative(transform, dtype):
    A = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 0.0], [0.5, 0.0, 4.0]])

    def by_place(x):
        return sparse.coo_matrix((x * np.array([0.6, 0.7]), ([0, 0], [1, 1])), dtype=dtype)

    for make in (
        lambda x: sparse.csr_matrix(A * x, dtype=dtype),
        lambda x: sparse.csr_array(sparse.csc_array(A * x), dtype=dtype),
        lambda x: sparse.diags([x * A[0]], [0], dtype=dtype),
        by_place,
    ):
        assert transform(lambda x, make=make: make(x).sum() * x)(1.4) == make(1.4).sum()

    def assigned(x):
        A = sparse.lil_matrix((2, 2), dtype=dtype)
        A[0, 0] = x
        return A.sum()

    with pytest.raises(ConversionError, match="would lose the derivative"):
        transform(assigned)(1.4)


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("transform", [derivative, grad])
def test_graphs(transform):
    rows, cols, lengths = np.array([0, 0, 1, 2]), np.array([1, 2, 2, 0]), np.array([1.0, 5.0, 2.0, 1.5])

    def graph(x):
        return sparse.csr_matrix((lengths * x, (rows, cols)), shape=(3, 3))

    assert transform(lambda x: csgraph.shortest_path(graph(x**2))[0, 2])(1.5) == pytest.approx(9.0, rel=1e-8)
    ring = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [4.0, 0.0, 0.0]])
    parts = csgraph.connected_components(graph(1.0), connection="strong")[0]
    assert (
        transform(lambda x: csgraph.connected_components(graph(x), connection="strong")[0] * x)(1.5) == parts
    )
    with pytest.warns(DifferencesWarning, match="entries that are 0"):  # an edge of length 0, or none
        slope = transform(lambda x: csgraph.shortest_path(sparse.csr_matrix(x * ring))[0, 2])(1.5)
    assert slope == pytest.approx(3.0, rel=1e-8)


AS_GIVEN = {
    "twice at a place": lambda x: sparse.coo_matrix((x, ([0, 1, 0], [0, 1, 0])), shape=(2, 2)).data ** 2,
    "in another order": lambda x: sparse.coo_array((x, ([1, 0, 1], [0, 1, 1])), shape=(2, 2)).data ** 2,
    "the other way about": lambda x: sparse.coo_array((x, ([0, 0, 1], [0, 1, 0])), shape=(2, 2)).T.data ** 2,
    "columns": lambda x: sparse.csr_matrix((x, [1, 0, 1], [0, 2, 3]), shape=(2, 2)).data ** 2,
    "transposed": lambda x: (2 * sparse.csr_matrix((x, [1, 1, 1], [0, 2, 3]), shape=(2, 2))).T.data ** 2,
    "as another": lambda x: sparse.csr_matrix((x, [1, 1, 1], [0, 2, 3]), shape=(2, 2)).tocsc().data ** 2,
    "their number": lambda x: sparse.coo_matrix((x, ([0, 0, 0], [0, 0, 0])), shape=(2, 2)).nnz * x,
    "added up": lambda x: sparse.coo_matrix((x, ([0, 1, 0], [0, 1, 0])), shape=(2, 2)).tocsr().data ** 2,
}


@pytest.mark.filterwarnings("ignore::dualad.errors.DifferencesWarning")
@pytest.mark.parametrize("name", AS_GIVEN)
def test_entries_are_those_that_were_given(name):
    f, x = AS_GIVEN[name], np.array([1.0, 2.0, 3.0])
    expected = np.stack([(f(x + e / 2) - f(x - e / 2)) for e in np.eye(3)], axis=-1)  # of a square exact
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(x), expected, rtol=1e-8)


@pytest.mark.skipif(np.lib.NumpyVersion(scipy.__version__) < "1.15.0", reason="SciPy took no such array")
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_sums_into_arrays(mode):
    def f(x):
        A, total, means = band(x), np.zeros(N), np.zeros(N)
        A.sum(axis=1, out=total)
        A.mean(axis=0, out=means)
        return np.concatenate([total, means]) ** 2

    def dense(x):
        A = np.diag(x[1:], -1) + np.diag(x * x + 4) + np.diag(x[:-1] ** 3, 1)
        return np.concatenate([A.sum(axis=1), A.mean(axis=0)]) ** 2

    steps = [dense(X + 1e-30j * e).imag / 1e-30 for e in np.eye(N)]
    np.testing.assert_allclose(dualad.jacobian(f, mode=mode)(X), np.stack(steps, axis=-1), rtol=1e-14)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_complex_right_side_of_a_real_matrix(mode):
    """``diag(1, 2, 3) x y = (1 + 2j) (1, 2, 3)``: each entry of y is ``(1 + 2j) / x``."""
    b = np.array([1.0, 2.0, 3.0]) * (1 + 2j)

    def solution(x):
        y = linalg.spsolve(sparse.csc_matrix(np.diag(x * b.real)), b)
        return np.stack([y.real, y.imag])

    right = np.outer([1.0, 2.0], np.ones(3))
    np.testing.assert_allclose(dualad.jacobian(solution, mode=mode)(1.3), -right / 1.3**2, rtol=1e-14)
