"""The lecture examples, and the comparison of the ways to get a derivative, for the classroom.

The examples, each with the function in plain NumPy and its derivative by the formulas of the
lecture (docs/classroom.md shows them all)::

    recursive_sine       z <- sin(z x) + x, forward and reverse by hand
    computational_graph  a function of seven nodes, tangents and cotangents node by node
    several_paths        the derivative as a sum over paths, and how many paths there are
    perceptron           linear and sigmoid layers, squared and logistic loss
    recurrent            a recurrent network, backpropagation through time
    sawtooth             a deep network with exponentially many kinks
    training             gradient descent, Nesterov, Newton and minibatches on two spirals
    differences          finite differences against reverse mode, for more and more inputs

The comparison, which the command ``dualad compare`` runs::

    comparison           the ways to get a derivative, side by side
    reference            the derivative to 50 digits
    counting             numbers that count operations
    tables, pictures     what is printed and drawn

``graphs`` and ``drawing`` are what several of them share.
"""
