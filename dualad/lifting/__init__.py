"""Plain code made differentiable: copies of functions that hand every call to what knows Duals.

================= =============================================================================
`lift`            which function is called in place of which
`classes`         objects of the user's classes, made by lifted methods
`higher_order`    functions that take functions
`syntax`          calls replaced in a syntax tree
`rewriting`       the source of a function, compiled again with each call passed through one function
`substitution`    functions whose source is not at hand: the same code with substituted globals
`plain_numbers`   stand-ins for the functions of ``math``, ``cmath``, ``statistics``, for ``float``...
`plain_arrays`    stand-ins for the NumPy functions that make arrays and do not dispatch
`scipy_linalg`    stand-ins for the functions of ``scipy.linalg``
`scipy_arrays`    stand-ins for compiled functions of arrays: Fourier transforms, filters, distances
`scipy_functions` stand-ins for compiled functions that call the user's back: quadrature and roots
`rotations`       rotations of SciPy, by its own functions in Python
================= =============================================================================

``math.sin`` makes a float of whatever it is given, and a derivative would be lost. So a function is
not run itself, but a copy of it, compiled from the same source, in which ``f(x)`` reads
``called(f)(x)``. The copy has the globals, the closure and the defaults of the original; no module
is patched.
"""
