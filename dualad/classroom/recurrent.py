"""A recurrent network with shared parameters, and backpropagation through time by hand.

    h_t = tanh(W h_(t-1) + U x_t + b),    o_t = V h_t + c,    t = 1, ..., T

The same W, U, b, V, c serve every step, so the gradient of each is a sum over the steps. With
``L = sum over t of |o_t - y_t|² / 2``, from the last step to the first:

    dL/do_t = o_t - y_t
    dL/dh_t = Vᵀ dL/do_t + Wᵀ dL/da_(t+1)       what the output sees, and what the next step sees
    dL/da_t = (1 - h_t²) dL/dh_t                a_t is what tanh is taken of
    dL/dW = sum of dL/da_t h_(t-1)ᵀ,   dL/dU = sum of dL/da_t x_tᵀ,   dL/db = sum of dL/da_t
    dL/dV = sum of dL/do_t h_tᵀ,       dL/dc = sum of dL/do_t
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Parameters(NamedTuple):
    """The parameters, shared by all steps.

    Attributes
    ----------
    W : array
        Of shape ``(units, units)``, from the state to the next.
    U : array
        Of shape ``(units, inputs)``, from the input to the state.
    b : array
        Of shape ``(units,)``.
    V : array
        Of shape ``(outputs, units)``, from the state to the output.
    c : array
        Of shape ``(outputs,)``.
    """

    W: Any
    U: Any
    b: Any
    V: Any
    c: Any


def initial(inputs: int, units: int, outputs: int, seed: int = 0) -> Parameters:
    """Random parameters.

    Examples
    --------
    >>> from dualad.classroom.recurrent import initial
    >>> initial(inputs=2, units=4, outputs=1).U.shape
    (4, 2)
    """
    random = np.random.default_rng(seed)
    return Parameters(
        W=random.standard_normal((units, units)) / np.sqrt(units),
        U=random.standard_normal((units, inputs)) / np.sqrt(inputs),
        b=np.zeros(units),
        V=random.standard_normal((outputs, units)) / np.sqrt(units),
        c=np.zeros(outputs),
    )


def recurrent(W: Any, U: Any, b: Any, V: Any, c: Any, xs: Any) -> Any:
    """The outputs of all steps, from the state 0.

    Parameters
    ----------
    W, U, b, V, c : array
        See `Parameters`.
    xs : array
        The inputs, of shape ``(steps, inputs)``.

    Returns
    -------
    array
        Of shape ``(steps, outputs)``.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.recurrent import initial, recurrent
    >>> recurrent(*initial(2, 4, 1), np.zeros((3, 2))).shape
    (3, 1)
    """
    h = np.zeros(len(b))
    outputs = []
    for x in xs:
        h = np.tanh(W @ h + U @ x + b)
        outputs.append(V @ h + c)
    return np.stack(outputs)


def loss(W: Any, U: Any, b: Any, V: Any, c: Any, xs: Any, ys: Any) -> Any:
    """Half the squared distance of the outputs from ``ys``, summed over the steps.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.recurrent import initial, loss
    >>> float(loss(*initial(2, 4, 1), np.zeros((3, 2)), np.ones((3, 1))))
    1.5
    """
    return np.sum((recurrent(W, U, b, V, c, xs) - ys) ** 2) / 2


def gradients(W: Any, U: Any, b: Any, V: Any, c: Any, xs: Any, ys: Any) -> Parameters:
    """The gradient of the loss by backpropagation through time.

    Examples
    --------
    >>> import numpy as np
    >>> from dualad.classroom.recurrent import gradients, initial
    >>> gradients(*initial(2, 4, 1), np.zeros((3, 2)), np.ones((3, 1))).c
    array([-3.])
    """
    states, outputs = [np.zeros(len(b))], []
    for x in xs:
        states.append(np.tanh(W @ states[-1] + U @ x + b))
        outputs.append(V @ states[-1] + c)

    dW, dU, db, dV, dc = (np.zeros(p.shape) for p in (W, U, b, V, c))
    from_next = np.zeros(len(b))  # Wᵀ dL/da of the step after
    for x, y in zip(xs[::-1], ys[::-1], strict=True):
        h = states.pop()
        do = outputs.pop() - y
        dV += np.outer(do, h)
        dc += do
        da = (1.0 - h**2) * (V.T @ do + from_next)
        dW += np.outer(da, states[-1])
        dU += np.outer(da, x)
        db += da
        from_next = W.T @ da
    return Parameters(dW, dU, db, dV, dc)
