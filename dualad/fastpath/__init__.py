"""The fast path: one function for each rule, written by the rule itself.

A rule that is run on symbols prints its partials. Around them goes a function that takes ``Dual``s
apart, computes the value as the plain program would, then the tangent or the entry of the tape,
and hands everything out of the ordinary to the general path. The type of a tangent says what is
ordinary:

=========== ================================================================
tangent     mode and value
=========== ================================================================
``float``   forward, a float: tangents are plain Python floats
``int``     recorded, a float
``ndarray`` forward: an array of the tangent's shape, or many directions
`Node`      recorded, an array of the node's shape, or a Dual of such an array
=========== ================================================================
"""

from __future__ import annotations

from .compiling import compiled

__all__ = ["compiled"]
