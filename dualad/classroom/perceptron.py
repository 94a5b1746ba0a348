"""A multilayer perceptron, and its gradient by the formulas of the lecture.

A linear layer computes ``h = W x + b``, a sigmoid layer ``x = sigmoid(h)`` entry by entry. Linear and
sigmoid layers take turns, and the last one is linear. Backwards:

    linear   dL/dW = dL/dh xᵀ,   dL/db = dL/dh,   dL/dx = Wᵀ dL/dh
    sigmoid  dL/dh = sigmoid(h) (1 - sigmoid(h)) dL/dx

A batch is a matrix with one column for each example, and the formulas stay as they are; only
``dL/db`` is the sum over the columns. The parameters are a list of pairs ``(W, b)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..errors import InputError

Parameters = Sequence[tuple[Any, Any]]


def initial(sizes: Sequence[int], seed: int = 0) -> list[tuple[Any, Any]]:
    """Random parameters: weights of variance 1 / inputs, and no biases.

    Parameters
    ----------
    sizes : sequence of int
        The numbers of units, from the inputs to the outputs.
    seed : int, optional

    Examples
    --------
    >>> from dualad.classroom.perceptron import initial
    >>> [(W.shape, b.shape) for W, b in initial((784, 128, 10))]
    [((128, 784), (128,)), ((10, 128), (10,))]
    """
    random = np.random.default_rng(seed)
    return [(random.standard_normal((m, n)) / np.sqrt(n), np.zeros(m)) for n, m in pairwise(sizes)]


def sigmoid(h: Any) -> Any:
    """``1 / (1 + exp(-h))``, which overflows nowhere."""
    return np.exp(-np.logaddexp(0.0, -h))


def linear(W: Any, b: Any, x: Any) -> Any:
    """``W x + b``, for one x or for the columns of a batch."""
    return ((W @ x).T + b).T


def perceptron(parameters: Parameters, x: Any) -> Any:
    """The output of the last linear layer.

    Parameters
    ----------
    parameters : list of (W, b)
        ``W`` of shape ``(outputs, inputs)``, ``b`` of shape ``(outputs,)``.
    x : array
        Of shape ``(inputs,)``, or ``(inputs, batch)``.

    Returns
    -------
    array
        Of shape ``(outputs,)`` or ``(outputs, batch)``.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.perceptron import perceptron
    >>> layers = [(np.zeros((3, 2)), np.zeros(3)), (np.ones((1, 3)), np.ones(1))]
    >>> perceptron(layers, np.array([0.3, 0.7]))
    array([2.5])
    """
    (W, b), *others = parameters
    h = linear(W, b, x)
    for W, b in others:
        h = linear(W, b, sigmoid(h))
    return h


def squared_loss(h: Any, y: Any) -> Any:
    """Half the squared distance from the targets, on average over the batch."""
    return np.sum((h - y) ** 2) / (2 * _batch(h))


def logistic_loss(h: Any, y: Any) -> Any:
    """``-log`` of the probability of the labels 0 and 1, on average: ``log(1 + exp(h)) - y h``."""
    return np.sum(np.logaddexp(0.0, h) - y * h) / _batch(h)


def _batch(h: Any) -> int:
    return h.shape[1] if h.ndim == 2 else 1


#: Name -> the loss, and what the outputs predict; for both, ``dL/dh = (prediction - y) / batch``.
LOSSES = {"squared": (squared_loss, lambda h: h), "logistic": (logistic_loss, sigmoid)}


def _loss(name: str) -> Any:
    if name not in LOSSES:
        raise InputError(f"{name!r} is no loss of the perceptron; take 'squared' or 'logistic'")
    return LOSSES[name]


def loss(parameters: Parameters, x: Any, y: Any, name: str = "squared") -> Any:
    """The loss of a perceptron.

    Parameters
    ----------
    parameters, x
        See `perceptron`.
    y : array
        The targets, shaped like the output; for the logistic loss labels 0 and 1.
    name : {"squared", "logistic"}, optional

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.perceptron import loss
    >>> float(loss([(np.ones((1, 2)), np.zeros(1))], np.array([1.0, 2.0]), np.array([1.0])))
    2.0
    """
    return _loss(name)[0](perceptron(parameters, x), y)


def gradients(
    parameters: Parameters, x: Any, y: Any, name: str = "squared"
) -> tuple[list[tuple[Any, Any]], Any]:
    """The gradient of the loss by hand: forwards keeping each x, then the formulas backwards.

    Parameters
    ----------
    parameters, x, y, name
        See `loss`.

    Returns
    -------
    dparameters : list of (dL/dW, dL/db)
    dx : array
        ``dL/dx``, shaped like ``x``.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.perceptron import gradients
    >>> ((dW, db),), dx = gradients([(np.ones((1, 2)), np.zeros(1))], np.array([1.0, 2.0]), np.array([1.0]))
    >>> dW, db, dx
    (array([[2., 4.]]), array([2.]), array([2., 2.]))
    """
    xs = [x]
    for W, b in parameters[:-1]:
        xs.append(sigmoid(linear(W, b, xs[-1])))
    h = linear(*parameters[-1], xs[-1])

    _, predict = _loss(name)
    dh = (predict(h) - y) / _batch(h)
    dparameters = []
    while True:
        W, _ = parameters[len(xs) - 1]
        x = xs.pop()
        columns = dh.reshape(len(dh), -1)
        dparameters.append((columns @ x.reshape(len(x), -1).T, columns.sum(axis=1)))
        dx = W.T @ dh
        if not xs:
            return dparameters[::-1], dx
        dh = x * (1.0 - x) * dx  # x = sigmoid(h)


# ---------------------------------------------------------------- one vector


def flat(parameters: Parameters) -> Any:
    """All parameters, or their gradients, in one vector.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.perceptron import flat
    >>> flat([(np.array([[1.0, 2.0]]), np.array([3.0]))])
    array([1., 2., 3.])
    """
    return np.concatenate([part.ravel() for W, b in parameters for part in (W, b)])


def unflat(vector: Any, sizes: Sequence[int]) -> list[tuple[Any, Any]]:
    """The pairs ``(W, b)`` of a vector, for the given numbers of units.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.perceptron import unflat
    >>> unflat(np.array([1.0, 2.0, 3.0]), (2, 1))
    [(array([[1., 2.]]), array([3.]))]
    """
    parameters = []
    for n, m in pairwise(sizes):
        W, b, vector = vector[: m * n], vector[m * n : m * n + m], vector[m * n + m :]
        parameters.append((W.reshape(m, n), b))
    return parameters
