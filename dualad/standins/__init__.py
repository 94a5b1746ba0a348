"""Stand-ins: what lifted code calls in place of functions that know no Duals.

==================================== ==========================================================
`plain_numbers`                      the functions of ``math``, ``cmath``, ``statistics``; ``float``
`plain_arrays`                       the NumPy functions that make arrays and do not dispatch
`splines`, `matrices`, `solutions`,  SciPy, by what it is for
`points`, `signals`
`scipy_functions`                    the functions of SciPy that call the user's back, together
`compiled`                           the compiled functions at the bottom of the others, together
==================================== ==========================================================

A stand-in runs the original on values, and knows the derivative by the calculus of what it computes. It
is handed `called`, which gives what is called in place of a function of the user's.
"""
