"""Source trees changed: what code calls, and what Python calls for it, passes through another function.

=============== ===============================================================
`visitor`       what all visits share: what a name means, what comes in its place
`callees`       calls, attributes, handlers, patterns
`operators`     operators, indices, loops, comparisons, text
`setters`       assignments, by `targets` and `assignments`
`replacing`     all of them, together
=============== ===============================================================
"""
