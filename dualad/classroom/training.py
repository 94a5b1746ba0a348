"""Training: a perceptron learns to tell two spirals apart, by four methods.

    gradient descent   v <- v - rate g(v)
    Nesterov           m <- momentum m - rate g(v + momentum m),   v <- v + m
    Newton             v <- v + step d,   (H(v) + damping) d = -g(v)   by conjugate gradients
    stochastic         gradient descent, each step on a few of the examples only

where g is the gradient of the loss by reverse mode. Newton's method never forms the Hessian H:
conjugate gradients ask only for products ``H d``, which `hvp` gives.

A method takes ``loss(v, x, y)``, a vector ``v`` of parameters and the data, and returns what it has come to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..curvature import hvp
from ..errors import InputError
from ..gradients import value_and_grad
from . import perceptron as network
from .drawing import BLUE, GREY, PINK, RED, plain_numbers

Loss = Callable[[Any, Any, Any], Any]

# ---------------------------------------------------------------- the data


def spirals(points: int = 300, turns: float = 1.5, seed: int = 0) -> tuple[Any, Any]:
    """Two spirals, one the other turned by half a turn, with a little noise.

    Parameters
    ----------
    points : int, optional
        Of both together.
    turns : float, optional
    seed : int, optional

    Returns
    -------
    x : array
        Of shape ``(2, points)``: one column for each.
    y : array
        Of shape ``(1, points)``: which spiral, 0 or 1.

    Examples
    --------
    >>> from dualad.classroom.training import spirals
    >>> x, y = spirals(100)
    >>> x.shape, y.shape, float(y.mean())
    ((2, 100), (1, 100), 0.5)
    """
    random = np.random.default_rng(seed)
    y = np.arange(points) % 2.0
    radius = 2.0 * np.sqrt(random.uniform(0.05, 1.0, points))
    angle = np.pi * (turns * radius + y)
    x = radius * np.stack([np.cos(angle), np.sin(angle)])
    return x + 0.04 * random.standard_normal((2, points)), y[np.newaxis]


# ---------------------------------------------------------------- the methods


def gradient_descent(loss: Loss, v: Any, x: Any, y: Any, steps: int = 700, rate: float = 4.0) -> Any:
    """Downhill, always by the same multiple of the gradient."""
    gradient = value_and_grad(loss)
    losses = []
    for _ in range(steps):
        value, g = gradient(v, x, y)
        losses.append(float(value))
        v = v - rate * g
    return v, losses


def nesterov(
    loss: Loss, v: Any, x: Any, y: Any, steps: int = 300, rate: float = 1.5, momentum: float = 0.9
) -> Any:
    """With momentum, and the gradient taken at the point that the momentum leads to."""
    gradient = value_and_grad(loss)
    losses = []
    m = np.zeros(len(v))
    for _ in range(steps):
        value, g = gradient(v + momentum * m, x, y)
        losses.append(float(value))
        m = momentum * m - rate * g
        v = v + m
    return v, losses


def stochastic(
    loss: Loss,
    v: Any,
    x: Any,
    y: Any,
    steps: int = 800,
    rate: float = 4.0,
    batch: int = 20,
    seed: int = 0,
) -> Any:
    """Gradient descent by minibatches: all the examples in a random order, so many for each step."""
    gradient = value_and_grad(loss)
    random = np.random.default_rng(seed)
    losses = []
    order = np.empty(0, int)
    for _ in range(steps):
        if len(order) < batch:
            order = random.permutation(x.shape[1])
        now, order = order[:batch], order[batch:]
        value, g = gradient(v, x[:, now], y[:, now])
        losses.append(float(value))
        v = v - rate * g
    return v, losses


def newton(
    loss: Loss, v: Any, x: Any, y: Any, steps: int = 30, damping: float = 1e-3, products: int = 50
) -> Any:
    """Newton's method: the direction by conjugate gradients, the length by halving it.

    Parameters
    ----------
    loss, v, x, y
        As in the other methods.
    steps : int, optional
    damping : float, optional
        Added to the diagonal of the Hessian.
    products : int, optional
        The most Hessian-vector products for one step.
    """

    def f(v: Any) -> Any:
        return loss(v, x, y)

    gradient = value_and_grad(f)
    losses = []
    for _ in range(steps):
        value, g = gradient(v)
        losses.append(float(value))

        def curved(d: Any, v: Any = v) -> Any:
            return hvp(f, v, d) + damping * d

        direction = conjugate_gradients(curved, -g, products)
        step, descent = 1.0, g @ direction
        while f(v + step * direction) > value + 1e-4 * step * descent and step > 1e-9:
            step /= 2.0
        v = v + step * direction
    return v, losses


def conjugate_gradients(
    product: Callable[[Any], Any], b: Any, products: int = 50, tolerance: float = 1e-2
) -> Any:
    """Solve ``A x = b`` for a symmetric matrix that is known only by its products with vectors.

    Parameters
    ----------
    product : callable
        ``product(d)`` is ``A d``.
    b : array
    products : int, optional
        The most products to take.
    tolerance : float, optional
        Stop as soon as the residual is so small, relative to ``b``.

    Returns
    -------
    array
        The solution so far, where A turns out to have no positive curvature: still a direction downhill,
        if ``-b`` is the gradient.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.training import conjugate_gradients
    >>> A = np.array([[2.0, 1.0], [1.0, 3.0]])
    >>> conjugate_gradients(lambda d: A @ d, np.array([3.0, 4.0])).round(12)
    array([1., 1.])
    """
    x, residual = np.zeros(len(b)), b
    d, size = residual, b @ b
    limit = tolerance**2 * size
    for k in range(products):
        Ad = product(d)
        curvature = d @ Ad
        if curvature <= 0.0:
            return x if k else b
        length = size / curvature
        x = x + length * d
        residual = residual - length * Ad
        size, before = residual @ residual, size
        if size <= limit:
            break
        d = residual + size / before * d
    return x


#: Name -> method.
METHODS: dict[str, Callable[..., Any]] = {
    "gradient descent": gradient_descent,
    "Nesterov": nesterov,
    "Newton": newton,
    "stochastic": stochastic,
}

# ---------------------------------------------------------------- training


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training.

    Attributes
    ----------
    parameters : list of (W, b)
    losses : list of float
        Before each step; for a minibatch, on that batch.
    accuracy : float
        On the examples that it was trained on.
    accuracy_on_others : float
        On others from the same spirals.
    """

    parameters: list[tuple[Any, Any]]
    losses: list[float]
    accuracy: float
    accuracy_on_others: float


def train(method: str = "Nesterov", units: int = 20, seed: int = 0, **options: Any) -> Trained:
    """Train a perceptron with one sigmoid layer on the two spirals, with the logistic loss.

    Parameters
    ----------
    method : {"gradient descent", "Nesterov", "Newton", "stochastic"}, optional
    units : int, optional
        Of the sigmoid layer.
    seed : int, optional
        Of the data and of the first parameters: everything is the same with the same seed.
    **options
        Of the method: ``steps``, ``rate``, ...

    Returns
    -------
    Trained

    Raises
    ------
    InputError
        There is no such method.

    Examples
    --------
    >>> from dualad.classroom.training import train
    >>> train("Nesterov").accuracy > 0.98
    True
    """
    if method not in METHODS:
        raise InputError(f"{method!r} is no method of training; take one of {', '.join(map(repr, METHODS))}")
    sizes = (2, units, 1)
    x, y = spirals(seed=seed)

    def loss(v: Any, x: Any, y: Any) -> Any:
        return network.loss(network.unflat(v, sizes), x, y, "logistic")

    v, losses = METHODS[method](loss, _initial(sizes, seed), x, y, **options)
    parameters = network.unflat(v, sizes)
    others = spirals(1000, seed=seed + 1000)
    return Trained(parameters, losses, accuracy(parameters, x, y), accuracy(parameters, *others))


def _initial(sizes: tuple[int, ...], seed: int) -> Any:
    """Random parameters; those of the first layer spread the steps of its sigmoids over the data."""
    (W, b), *others = network.initial(sizes, seed)
    random = np.random.default_rng(seed)
    return network.flat([(4.0 * W, random.uniform(-4.0, 4.0, len(b))), *others])


def accuracy(parameters: network.Parameters, x: Any, y: Any) -> float:
    """The fraction of the examples that are on the right side of the line."""
    return float(np.mean((network.perceptron(parameters, x) > 0.0) == (y > 0.5)))


# ---------------------------------------------------------------- pictures


def draw(axes: Any, trained: Trained, seed: int = 0) -> None:
    """Draw the examples, and what the perceptron takes the plane for.

    Parameters
    ----------
    axes : matplotlib Axes
        Square.
    trained : Trained
        From `train`.
    seed : int, optional
        That of the training.
    """
    x, y = spirals(seed=seed)
    line = np.linspace(-2.3, 2.3, 201)
    plane = np.stack(np.meshgrid(line, line)).reshape(2, -1)
    inside = network.sigmoid(network.perceptron(trained.parameters, plane)).reshape(len(line), -1)
    axes.contourf(line, line, inside, levels=[0.0, 0.5, 1.0], colors=[BLUE, RED], alpha=0.25)
    for label, colour in ((0.0, BLUE), (1.0, RED)):
        axes.plot(*x[:, y[0] == label], "o", color=colour, markeredgecolor="white", markersize=7)
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_title(f"{trained.accuracy_on_others:.1%} of new points right")


#: For each method the colour of its line, and where its name stands.
_LINES = {
    "gradient descent": (GREY, "bottom"),
    "Nesterov": (BLUE, "top"),
    "Newton": (RED, "center"),
    "stochastic": (PINK, "top"),
}


def draw_losses(axes: Any, trained: Mapping[str, Trained]) -> None:
    """Draw the losses against the steps; those of minibatches on average over ten.

    A step of Newton's method takes many products with the Hessian, each about three gradients.

    Parameters
    ----------
    axes : matplotlib Axes
    trained : mapping
        Name of a method -> what came of it.
    """
    axes.set(xscale="log", yscale="log")
    for name, one in trained.items():
        colour, align = _LINES[name]
        losses = np.convolve(one.losses, np.ones(10) / 10, "valid") if name == "stochastic" else one.losses
        steps = np.arange(len(one.losses) - len(losses), len(one.losses)) + 1
        axes.plot(steps, losses, color=colour)
        axes.text(steps[-1], losses[-1], f"  {name}", color=colour, va=align)
    axes.set(xlabel="steps", ylabel="loss", title="Two spirals")
    plain_numbers(axes.xaxis)
