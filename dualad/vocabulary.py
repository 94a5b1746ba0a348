"""What other packages call what is here, or what there is no need for: the table of docs/coming-from.md."""

from __future__ import annotations

#: A name of another package -> what to write here.
NAMES = {
    # JAX
    "jacfwd": 'dualad.jacobian(f, mode="forward")',
    "jacrev": 'dualad.jacobian(f, mode="reverse")',
    "vmap": "dualad.map_derivative(f, points), or f itself on whole arrays",
    "jit": "the function as it is: nothing is compiled",
    "stop_gradient": "dualad.stop_derivative(x)",
    "custom_jvp": "dualad.custom(f, jvp=...)",
    "custom_vjp": "dualad.custom(f, jacobian=...), of which reverse mode takes the transpose",
    "custom_gradient": "dualad.custom(f, jacobian=...)",
    "linear_transpose": "dualad.linearize(f, x)[1].transpose",
    "remat": "dualad.checkpoint(f)",
    "numpy": "import numpy as np: the functions of NumPy are differentiated as they are",
    "random": "np.random: its draws are differentiated by their parameters",
    "lax": "plain Python: loops and branches are differentiated as they are",
    "nn": "plain NumPy, dualad.relu and dualad.sigmoid",
    "tree_util": "dicts, lists and dataclasses as they are: there is nothing to register",
    # autograd
    "elementwise_grad": "dualad.derivative(f)",
    "egrad": "dualad.derivative(f)",
    "holomorphic_grad": "dualad.derivative(f)",
    "make_vjp": "dualad.vjp(f, x)",
    "make_jvp": "dualad.jvp(f, x, t)",
    "make_hvp": "dualad.hvp(f, x, v)",
    "hessian_vector_product": "dualad.hvp(f, x, v)",
    "hessian_tensor_product": "dualad.hvp(f, x, v)",
    "vector_jacobian_product": "dualad.vjp(f, x)",
    "grad_named": "dualad.grad(f, argnames=...)",
    "multigrad_dict": "dualad.grad(f) of a function of a dict",
    "check_grads": "dualad.check_derivative(f, x)",
    # PyTorch
    "autograd": "dualad.grad(f), dualad.jvp(f, x, t), ...: all names are in dualad itself",
    "func": "dualad.grad(f), dualad.jvp(f, x, t), ...: all names are in dualad itself",
    "vhp": "dualad.hvp(f, x, v): the Hessian is symmetric",
    "gradcheck": "dualad.check_derivative(f, x)",
    "no_grad": "dualad.stop_derivative(x), or dualad.value(x)",
    "tensor": "a plain number or array",
    "Tensor": "a plain number or array",
    "Variable": "a plain number or array",
    # numdifftools
    "Derivative": "dualad.derivative(f, order=1)",
    "Gradient": "dualad.grad(f)",
    "Jacobian": "dualad.jacobian(f)",
    "Hessian": "dualad.hessian(f)",
    "Hessdiag": "dualad.hessian_diagonal(f)",
    "directionaldiff": "dualad.jvp(f, x, t)",
    # CasADi
    "gradient": "dualad.grad(f)",
    "jtimes": "dualad.jvp(f, x, t), or dualad.vjp(f, x) for the transpose",
    "jacobian_sparsity": "dualad.sparsity(f, x)",
    "which_depends": "dualad.sparsity(f, x)",
    "SX": "a plain number or array",
    "MX": "a plain number or array",
    # and what else comes to mind
    "diff": "dualad.derivative(f)",
    "hess": "dualad.hessian(f)",
    "jac": "dualad.jacobian(f)",
    "sparse_jac": "dualad.sparse_jacobian(f)",
}

#: A method or attribute of tensors of other packages -> what to write in place of it.
METHODS_OF_TENSORS = {
    "at": "write y = x.copy(); y[i] = new: assignments are differentiated",
    "backward": "leave it out and return y; the gradient is dualad.grad(f)(x)",
    "block_until_ready": "leave it out",
    "clone": "write x.copy()",
    "cpu": "leave it out",
    "detach": "write dualad.stop_derivative(x)",
    "double": "leave it out",
    "grad": "leave it out and return y; the gradient is dualad.grad(f)(x)",
    "numel": "write x.size",
    "numpy": "leave it out: x is used as an array is",
    "pow": "write x ** n",
    "requires_grad": "leave it out",
    "requires_grad_": "leave it out",
    "unsqueeze": "write np.expand_dims(x, axis)",
}
