"""The lectures' examples: derivatives by hand, and both modes, against truth from elsewhere.

The truth is mpmath, a closed form, or the complex step on code that is written once more.
"""

import importlib
import io
import pathlib
import pkgutil
import re
from functools import partial
from itertools import pairwise

import mpmath
import numpy as np
import pytest

from dualad import classroom, derivative, grad, jvp, vjp
from dualad.classroom import (
    computational_graph,
    differences,
    perceptron,
    recurrent,
    sawtooth,
    several_paths,
    training,
)
from dualad.classroom.computational_graph import GRAPH
from dualad.classroom.graphs import Node, cotangents, edges, evaluate, tangents
from dualad.errors import InputError

assert_close = partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-13)


def complex_step(f, x):
    """The gradient of a function of one array, by code that takes complex numbers."""
    x = np.asarray(x)
    steps = 1e-30j * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([f(x + step).imag for step in steps]).reshape(x.shape) / 1e-30


def assert_both_modes(f, gradient, *args):
    """Reverse mode gives the gradients, forward mode their products with directions."""
    numbers = tuple(range(len(args)))
    for ours, truth in zip(grad(f, argnums=numbers)(*args), gradient, strict=True):
        assert_close(ours, truth)
    random = np.random.default_rng(2)
    directions = tuple(random.standard_normal(np.shape(x))[()] for x in args)
    products = sum(np.sum(g * t) for g, t in zip(gradient, directions, strict=True))
    assert_close(jvp(f, args, directions)[1], products)


# ---------------------------------------------------------------- the graph of seven nodes

POINTS = [(0.5, 1.0), (0.0, 4.0), (-0.3, 2.5), (1.2, 0.1)]


def true_gradient_of_the_graph(theta):
    def function(a, b):
        return b * mpmath.exp(a) * mpmath.sqrt(a + b * mpmath.exp(a))

    with mpmath.workdps(40):
        return [float(mpmath.diff(function, theta, order)) for order in ((1, 0), (0, 1))]


@pytest.mark.parametrize("theta", POINTS)
def test_graph(theta):
    truth = true_gradient_of_the_graph(theta)
    assert_close(computational_graph.analytic_gradient(*theta), truth)
    assert_both_modes(computational_graph.function, truth, *theta)
    values = evaluate(GRAPH, *theta)
    assert len(values) == 7
    assert_close(values["v7"], computational_graph.function(*theta))
    partials = edges(GRAPH, values)
    assert len(partials) == 8
    bars = cotangents(GRAPH, partials, {"v7": 1.0})
    for name, true in zip(("v1", "v2"), truth, strict=True):
        assert_close(tangents(GRAPH, partials, {name: 1.0})["v7"], true)
        assert_close(several_paths.sum_over_paths(GRAPH, partials, name, "v7"), true)
        assert_close(bars[name], true)


def test_cotangents_are_derivatives_with_respect_to_each_node():
    values = evaluate(GRAPH, 0.5, 1.0)
    u, r = values["v4"], values["v6"]  # the output as a function of one node, the others held
    truth = {"v7": 1.0, "v6": u, "v5": u / (2 * r), "v4": r + u / (2 * r), "v3": r + u / (2 * r)}
    for step in computational_graph.reverse_trace(0.5, 1.0)[:5]:
        assert_close(step.derivative, truth[step.node])


def said(text, names):
    """The value of a formula such as ``v6 v7_bar + 1/(2 v6) dv5``."""
    return eval(re.sub(r"(?<=[\w)]) (?=\w)", "*", text), {"exp": np.exp, "sqrt": np.sqrt, **names})


@pytest.mark.parametrize("theta", POINTS)
def test_traces_say_what_they_compute(theta):
    forward = computational_graph.forward_trace(*theta, direction=(0.7, -1.1))
    reverse = computational_graph.reverse_trace(*theta)
    assert (
        [step.node for step in forward]
        == [step.node for step in reverse][::-1]
        == list(evaluate(GRAPH, 1, 1))
    )
    names = {"theta1": theta[0], "theta2": theta[1]}
    for trace, name in ((forward, "d{}"), (reverse, "{}_bar")):
        names |= {step.node: step.value for step in trace}
        names |= {name.format(step.node): step.derivative for step in trace}
        for step in trace:
            assert_close(said(step.formula, names), step.value)
            if step.rule != "seed":
                assert_close(said(step.rule, names), step.derivative)
    assert [step.node for step in forward + reverse if step.rule == "seed"] == ["v1", "v2", "v7"]
    assert_close(forward[-1].derivative, 0.7 * reverse[-1].derivative - 1.1 * reverse[-2].derivative)


def test_printed_traces():
    out = io.StringIO()
    computational_graph.print_trace(0.0, 4.0, out)
    rows = [line.split() for line in out.getvalue().splitlines()]
    assert ["v7", "v4", "v6", "8", "v6", "dv4", "+", "v4", "dv6", "13"] in rows
    assert ["v1", "theta1", "0", "v5_bar", "+", "v3", "v3_bar", "13"] in rows
    assert sum(row[:1] == ["v4"] for row in rows) == 3


def test_edges_between_the_same_nodes_are_added():
    x = Node("x", "x")
    by_each = (lambda y, a, b: b, lambda y, a, b: a)
    square = Node("y", "*", ("x", "x"), np.multiply, by_each)
    partials = edges([x, square], evaluate([x, square], 3.0))
    assert partials == {("x", "y"): 6.0}
    assert tangents([x, square], partials, {"x": 1.0})["y"] == 6.0
    assert cotangents([x, square], partials, {"y": 1.0})["x"] == 6.0


# ---------------------------------------------------------------- several paths


def test_paths_of_the_ladder_are_counted():
    for rungs in range(1, 11):
        graph, end = several_paths.ladder(rungs), f"b{rungs}"
        found = list(several_paths.paths(graph, "x", end))
        assert len(set(found)) == len(found) == several_paths.count_paths(graph, "x", end) == 2 ** (rungs - 1)
        assert all(path[0] == "x" and path[-1] == end and len(path) == rungs + 1 for path in found)


@pytest.mark.parametrize("rungs", [2, 3, 8])
def test_operations_along_paths(rungs):
    counts = several_paths.operations(rungs)
    many, edge_count = 2 ** (rungs - 1), 2 + 4 * (rungs - 1)
    assert counts["sum over paths"] == {"multiplications": many * (rungs - 1), "additions": many}
    for mode in ("forward", "reverse"):
        assert counts[mode] == {"multiplications": edge_count, "additions": edge_count}


@pytest.mark.parametrize("x", [0.3, 1.0, 4.0])
def test_arithmetic_geometric_mean(x):
    with mpmath.workdps(40):
        truth = float(mpmath.diff(lambda t: mpmath.agm(1, t), x))
    assert_close(several_paths.function(x), float(mpmath.agm(1, x)))
    assert_close(several_paths.analytic(x), truth)
    assert_both_modes(several_paths.function, [truth], x)
    graph = several_paths.ladder(6)
    partials = edges(graph, evaluate(graph, x))
    assert_close(several_paths.sum_over_paths(graph, partials, "x", "a6"), truth)
    assert_close(tangents(graph, partials, {"x": 1.0})["a6"], truth)
    assert_close(cotangents(graph, partials, {"a6": 1.0})["x"], truth)


def test_no_path_and_the_path_of_no_edges():
    assert several_paths.sum_over_paths(GRAPH, {}, "v7", "v1") == 0.0
    assert several_paths.sum_over_paths(GRAPH, {}, "v3", "v3") == 1.0


# ---------------------------------------------------------------- perceptron

SIZES = (3, 5, 4, 2)


def network_once_more(vector, x, y, name):
    """The loss, for complex numbers too, with the layers and units written out."""
    at = 0
    for layer, (n, m) in enumerate(pairwise(SIZES)):
        W, b = vector[at : at + n * m].reshape(m, n), vector[at + n * m : at + n * m + m]
        at += n * m + m
        x = 1 / (1 + np.exp(-x)) if layer else x
        x = np.einsum("ij,jk->ik", W, x) + b[:, None]
    each = (x - y) ** 2 / 2 if name == "squared" else np.log(1 + np.exp(x)) - y * x
    return each.sum() / y.shape[1]


@pytest.fixture
def examples():
    random = np.random.default_rng(4)
    parameters = [(W, random.standard_normal(len(b))) for W, b in perceptron.initial(SIZES, seed=3)]
    return parameters, random.standard_normal((3, 6)), random.integers(0, 2, (2, 6)).astype(float)


@pytest.mark.parametrize("name", ["squared", "logistic"])
def test_perceptron(name, examples):
    parameters, x, y = examples
    vector = perceptron.flat(parameters)
    truth = complex_step(lambda v: network_once_more(v, x, y, name), vector)
    true_dx = complex_step(lambda x: network_once_more(vector, x, y, name), x)
    assert_close(perceptron.loss(parameters, x, y, name), network_once_more(vector, x, y, name))

    by_hand, dx = perceptron.gradients(parameters, x, y, name)
    assert [(dW.shape, db.shape) for dW, db in by_hand] == [(W.shape, b.shape) for W, b in parameters]
    assert_close(perceptron.flat(by_hand), truth)
    assert_close(dx, true_dx)

    def loss(vector, x):
        return perceptron.loss(perceptron.unflat(vector, SIZES), x, y, name)

    assert_both_modes(loss, (truth, true_dx), vector, x)


@pytest.mark.parametrize("name", ["squared", "logistic"])
def test_gradient_by_the_list_of_parameters(name, examples):
    """With the structure of the parameters: a list of pairs."""
    parameters, x, y = examples
    by_hand, dx = perceptron.gradients(parameters, x, y, name)
    found, by_input = grad(perceptron.loss, argnums=(0, 1))(parameters, x, y, name)
    for (dW, db), (W, b) in zip(found, by_hand, strict=True):
        assert_close(dW, W)
        assert_close(db, b)
    assert_close(by_input, dx)


@pytest.mark.parametrize("name", ["squared", "logistic"])
def test_perceptron_on_one_example(name, examples):
    parameters, x, y = examples
    x, y = x[:, 0], y[:, 0]
    by_hand, dx = perceptron.gradients(parameters, x, y, name)
    as_batch, dx_of_batch = perceptron.gradients(parameters, x[:, None], y[:, None], name)
    assert_close(perceptron.flat(by_hand), perceptron.flat(as_batch))
    assert_close(dx, dx_of_batch[:, 0])

    def loss(W, b):
        return perceptron.loss([(W, b), *parameters[1:]], x, y, name)

    assert_both_modes(loss, by_hand[0], *parameters[0])


def test_a_batch_averages_its_examples(examples):
    parameters, x, y = examples
    one_by_one = [
        perceptron.flat(perceptron.gradients(parameters, a, b)[0]) for a, b in zip(x.T, y.T, strict=True)
    ]
    assert_close(perceptron.flat(perceptron.gradients(parameters, x, y)[0]), np.mean(one_by_one, axis=0))


def test_logistic_loss_far_out():
    h, y = np.array([[800.0, -800.0, 800.0]]), np.array([[1.0, 0.0, 0.0]])
    assert perceptron.logistic_loss(h, y) == 800.0 / 3
    assert_close(grad(lambda h: perceptron.logistic_loss(h, y))(h), [[0, 0, 1 / 3]])
    assert perceptron.sigmoid(-700.0) == pytest.approx(float(mpmath.exp(-700)), rel=1e-12)


def test_flat_and_back(examples):
    parameters, _, _ = examples
    vector = perceptron.flat(parameters)
    for (W, b), (W2, b2) in zip(perceptron.unflat(vector, SIZES), parameters, strict=True):
        np.testing.assert_array_equal(W, W2)
        np.testing.assert_array_equal(b, b2)


def test_losses_that_are_none(examples):
    with pytest.raises(InputError, match=r"'hinge' is no loss .* take 'squared' or 'logistic'"):
        perceptron.loss(*examples, "hinge")


# ---------------------------------------------------------------- recurrent network


@pytest.mark.parametrize("steps", [1, 2, 7])
def test_recurrent_network(steps):
    random = np.random.default_rng(steps)
    parameters = recurrent.initial(inputs=2, units=4, outputs=3, seed=1)
    parameters = parameters._replace(b=random.standard_normal(4), c=random.standard_normal(3))
    xs, ys = random.standard_normal((steps, 2)), random.standard_normal((steps, 3))

    def once_more(W, U, b, V, c):
        h, total = np.zeros(4), 0.0
        for x, y in zip(xs, ys, strict=True):
            a = np.einsum("ij,j", W, h) + np.einsum("ij,j", U, x) + b
            h = (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))
            total = total + ((np.einsum("ij,j", V, h) + c - y) ** 2).sum() / 2
        return total

    truth = [
        complex_step(lambda p, k=k: once_more(*parameters[:k], p, *parameters[k + 1 :]), part)
        for k, part in enumerate(parameters)
    ]
    for by_hand, true in zip(recurrent.gradients(*parameters, xs, ys), truth, strict=True):
        assert_close(by_hand, true)
    assert_both_modes(lambda *p: recurrent.loss(*p, xs, ys), truth, *parameters)


# ---------------------------------------------------------------- sawtooth


@pytest.mark.parametrize("form", sawtooth.FORMS.values(), ids=sawtooth.FORMS)
def test_forms_of_the_sawtooth(form):
    for depth in range(8):
        f = partial(form, depth=depth)
        assert sawtooth.count_kinks(depth, form) == len(sawtooth.kinks(depth)) == 2**depth - 1
        pieces = 2**depth
        ends = 4.0 * np.arange(pieces + 1) / pieces - 2.0
        middles = (ends[1:] + ends[:-1]) / 2
        slopes = 2.0**depth * (-1.0) ** np.arange(pieces - 1, -1, -1)  # the last piece rises
        np.testing.assert_array_equal(f(ends), 2.0 * (-1.0) ** np.arange(pieces, -1, -1) if depth else ends)
        np.testing.assert_array_equal(derivative(f)(middles), slopes if depth else [1.0])
        np.testing.assert_array_equal(grad(lambda x, f=f: np.sum(f(x)))(middles), derivative(f)(middles))
        np.testing.assert_array_equal(sawtooth.analytic(middles, depth), derivative(f)(middles))
        for x in (-2.75, 2.5):
            assert derivative(f)(x) == vjp(f, x)[1](1.0) == (np.sign(x) * 2.0**depth if depth else 1.0)


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_what_is_returned_at_the_kinks(depth):
    for name, form in sawtooth.FORMS.items():
        forward = sawtooth.at_kinks(depth)[name]
        f = partial(form, depth=depth)
        np.testing.assert_array_equal(forward, [derivative(f)(x) for x in sawtooth.kinks(depth).tolist()])
        np.testing.assert_array_equal(forward, [grad(f)(x) for x in sawtooth.kinks(depth).tolist()])
        symmetric = not name.startswith("4")
        assert set(np.abs(forward)) == {0.0 if symmetric else 2.0**depth}
    np.testing.assert_array_equal(sawtooth.analytic(sawtooth.kinks(depth), depth), 0.0)


# ---------------------------------------------------------------- training


@pytest.mark.parametrize("method", training.METHODS)
def test_training(method):
    trained = training.train(method)
    assert trained.accuracy > 0.98
    assert trained.accuracy_on_others > 0.98
    assert np.mean(trained.losses[-10:]) < 0.1 < trained.losses[0]
    x, y = training.spirals()
    h = perceptron.perceptron(trained.parameters, x)
    assert trained.accuracy == np.mean((h[0] > 0) == (y[0] == 1))


@pytest.mark.parametrize("method", training.METHODS)
def test_training_is_the_same_again(method):
    one, two = (training.train(method, seed=5, steps=3) for _ in range(2))
    assert one.losses == two.losses
    assert one.losses != training.train(method, seed=6, steps=3).losses


def test_methods_on_a_quadratic():
    # Around its minimum every method is a recurrence in closed form: here v <- c v for each coordinate.
    d = np.array([0.5, 1.0, 2.0])

    def loss(v, x, y):
        return np.sum(d * v * v) / 2

    data = np.zeros((1, 4)), np.zeros((1, 4))
    v = np.array([1.0, -2.0, 3.0])
    for descend in (training.gradient_descent, training.stochastic):
        options = {"batch": 2} if descend is training.stochastic else {}
        assert_close(descend(loss, v, *data, steps=5, rate=0.3, **options)[0], (1 - 0.3 * d) ** 5 * v)
    now, before = v, v
    for _ in range(5):  # v_(k+1) = w - rate g(w) at w = v_k + momentum (v_k - v_(k-1))
        ahead = now + 0.8 * (now - before)
        now, before = ahead - 0.3 * d * ahead, now
    assert_close(training.nesterov(loss, v, *data, steps=5, rate=0.3, momentum=0.8)[0], now)
    found, losses = training.newton(loss, v, *data, steps=4, damping=0.0)
    assert losses[0] == 11.25
    np.testing.assert_allclose(found, 0.0, atol=1e-9)


def test_newton_never_climbs():
    losses = training.train("Newton", steps=12).losses
    assert np.all(np.diff(losses) < 0)


def test_conjugate_gradients():
    random = np.random.default_rng(0)
    root = random.standard_normal((6, 6))
    A, b = root @ root.T + np.eye(6), random.standard_normal(6)
    found = training.conjugate_gradients(lambda d: A @ d, b, tolerance=1e-13)
    np.testing.assert_allclose(found, np.linalg.solve(A, b), rtol=1e-9)
    np.testing.assert_array_equal(training.conjugate_gradients(lambda d: -d, b), b)
    saddle = np.diag([2.0, 1.0, -1.0])
    downhill = training.conjugate_gradients(lambda d: saddle @ d, np.array([1.0, 1.0, 0.1]))
    assert downhill @ [1.0, 1.0, 0.1] > 0


def test_spirals():
    x, y = training.spirals(50, seed=3)
    again, _ = training.spirals(50, seed=3)
    np.testing.assert_array_equal(x, again)
    assert x.shape == (2, 50)
    assert sorted(y[0]) == [0.0] * 25 + [1.0] * 25
    radius, angle = np.hypot(*x), np.arctan2(x[1], x[0])
    off = (angle - np.pi * (1.5 * radius + y[0]) + np.pi) % (2 * np.pi) - np.pi
    assert np.max(np.abs(off * radius)) < 0.7  # the arms are pi / (1.5 pi) = 0.67 apart, the noise is 0.04


def test_methods_that_are_none():
    with pytest.raises(
        InputError, match=r"'Adam' is no method .* take one of 'gradient descent', 'Nesterov'"
    ):
        training.train("Adam")


# ---------------------------------------------------------------- differences


@pytest.mark.parametrize("n", [2, 3, 20])
def test_gradient_of_rosenbrock(n):
    x = np.random.default_rng(n).uniform(-1, 2, n)
    truth = complex_step(differences.rosenbrock, x)
    assert_close(differences.analytic(x), truth)
    assert_both_modes(differences.rosenbrock, [truth], x)
    by_differences = differences.by_differences(differences.rosenbrock)(x)
    np.testing.assert_allclose(by_differences, truth, rtol=1e-4, atol=1e-4)
    assert np.any(by_differences != truth)


def test_evaluations():
    calls = []

    def f(x):
        calls.append(x)
        return differences.rosenbrock(x)

    differences.by_differences(f)(np.zeros(12))
    assert len(calls) == 12 + 1
    calls.clear()
    grad(f)(np.zeros(12))
    assert len(calls) == 1


def test_operations_for_a_gradient():
    inputs = [2, 10, 40]
    counts = differences.operations(inputs)
    K = [8 * (n - 1) - 1 for n in inputs]  # a coordinate: 4 products, 4 sums; one sum less in all
    assert counts["function"] == K
    assert counts["differences"] == [k * (n + 1) + 3 * n for k, n in zip(K, inputs, strict=True)]
    for k, ours in zip(K, counts["reverse"], strict=True):
        assert k < ours <= 4 * k


def test_times_for_a_gradient():
    times = differences.times([2, 300], seconds=0.2)
    few, many = times["differences"]
    assert many > 10 * few
    assert times["reverse"][1] < many


# ---------------------------------------------------------------- pictures

PICTURES = {
    "graph": lambda axes: computational_graph.draw(axes, 0.5, 1.0),
    "graph, forward": lambda axes: computational_graph.draw(axes, 0.5, 1.0, "forward"),
    "ladder": several_paths.draw,
    "paths": partial(several_paths.draw_operations, rungs=6),
    "sawtooth": sawtooth.draw,
    "kinks": partial(sawtooth.draw_kinks, depth=5),
    "spirals": lambda axes: training.draw(axes, training.train("Newton", steps=2)),
    "losses": lambda axes: training.draw_losses(
        axes, {m: training.train(m, steps=12) for m in training.METHODS}
    ),
    "differences": partial(differences.draw, inputs=(2, 5, 10), seconds=0.1),
}
SHOWN = {
    "graph": {r"$\bar{v}_1 = 3.91$", r"$v_7 = 2.42$", "0.341"},
    "graph, forward": {r"$\dot{v}_7 = 3.91$", r"$\dot{v}_2 = 0$"},
    "ladder": {"1 path", "16 paths", "$a_{5}$"},
    "paths": {"forward", "reverse"},
    "sawtooth": {"Depth 4: 15 kinks, slopes ±16"},
    "kinks": {"deep"},
    "losses": {"  Newton", "  stochastic"},
    "differences": {"reverse", "n + 1 "},
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures(name):
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    figure = Figure(figsize=(8, 4), layout="constrained")
    PICTURES[name](figure.add_subplot())
    figure.savefig(io.BytesIO())  # a warning is an error
    texts = {text.get_text() for text in figure.findobj(Text)}
    assert SHOWN.get(name, set()) <= texts


def test_modes_that_are_not_drawn():
    with pytest.raises(InputError, match="take mode='forward' or mode='reverse'"):
        computational_graph.draw(None, 0.5, 1.0, "sideways")


# ---------------------------------------------------------------- where to find them


def test_the_examples_are_listed():
    listed = re.findall(r"^    (\w+) ", classroom.__doc__.split("The comparison, which")[0], re.MULTILINE)
    page = (pathlib.Path(__file__).parents[1] / "docs/classroom.md").read_text(encoding="utf-8")
    modules = {module.name for module in pkgutil.iter_modules(classroom.__path__)}
    assert modules >= set(listed)
    for name in listed:
        assert importlib.import_module(f"dualad.classroom.{name}").__doc__
        assert f"dualad.classroom.{name} import" in page
