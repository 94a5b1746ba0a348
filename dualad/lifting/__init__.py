"""Plain code made differentiable: copies of functions that hand every call to what knows Duals.

============== =============================================================================
`lift`         which function is called in place of which
`syntax`       calls replaced in a syntax tree
`rewriting`    the source of a function, compiled again with each call passed through one function
`substitution` functions whose source is not at hand: the same code with substituted globals
`evaluating`   text that is run as code: ``eval``, ``exec``
`classes`      objects of the user's classes, made by lifted methods
`higher_order` functions that take functions
============== =============================================================================

``math.sin`` makes a float of whatever it is given, and a derivative would be lost. So a function is
not run itself, but a copy of it, compiled from the same source, in which ``f(x)`` reads
``called(f)(x)``. The copy has the globals, the closure and the defaults of the original; no module
is patched. What is called in place of functions that know no Duals is in `dualad.standins`.
"""
