"""Every exception of the package; each message ends with what to type instead.

::

    Exception
    └── DualadError                 catch this one to catch them all
        ├── UnsupportedError        a function, keyword or argument that has no rule (also a TypeError)
        │   ├── MissingError        a method or attribute that a Dual lacks (also an AttributeError)
        │   └── NoRuleError         code without a rule, of which differences find nothing either
        ├── ConversionError         float(dual), math.sin(dual): a derivative would be lost (also a TypeError)
        │   └── PlainArrayError     a derivative that is to be written into a plain array
        ├── InputError              an argument that cannot be differentiated (also a TypeError)
        ├── OutputError             a function that returned no numbers (also a TypeError)
        ├── NonFiniteError          a number that stopped being finite (also a FloatingPointError)
        ├── ShapeError              a tangent, cotangent or output of the wrong shape (also a ValueError)
        ├── PatternError            a sparsity pattern that misses entries (also a ValueError)
        ├── ExecutorError           work could not be sent out, or did not come back (also a RuntimeError)
        └── OverError               a Dual used after its derivative call was over (also a RuntimeError)

    UserWarning
    ├── EqualityWarning             a branch for a single point was taken
    ├── PatternWarning              a sparsity pattern is that of one branch only
    ├── CornerWarning               kinks cancel, and the rules do not see it
    ├── LoopWarning                 a loop is steered by comparisons alone, as bisection is
    ├── DifferencesWarning          code that Duals cannot follow was differentiated by differences
    ├── RoundingWarning             a number was rounded to a few digits: is that a step, or tidying up?
    └── SlowWarning                 an array of Duals was taken apart into objects: right, but slow
"""

from __future__ import annotations

import weakref

import numpy as np


class DualadError(Exception):
    """Base of every exception that dualad raises on purpose."""

    #: How many there have been, in all threads, but for those that are mostly caught on purpose.
    count = 0
    _is_counted = True

    def __init__(self, *args: object):
        super().__init__(*args)
        DualadError.count += self._is_counted


class UnsupportedError(DualadError, TypeError):
    """A function, keyword or argument for which there is no derivative rule."""


class MissingError(UnsupportedError, AttributeError):
    """A method or attribute that a Dual does not have, or not a Dual of such a value."""

    _is_counted = False


class NoRuleError(UnsupportedError):
    """Code that has no rule, compiled code for one, and whose derivative differences do not find either."""


class ConversionError(DualadError, TypeError):
    """A conversion to a plain number, which would lose the derivative."""


class PlainArrayError(ConversionError):
    """A derivative that is to be written into an array of plain numbers, which cannot hold it.

    Attributes
    ----------
    target : weakref.ref or None
        The array whose memory it is, where that is known.
    """

    target: weakref.ref[np.ndarray] | None = None
    _is_counted = False

    def __init__(self, message: str, target: np.ndarray | None = None):
        super().__init__(message)
        self.into(target)

    def __reduce__(self) -> tuple[object, ...]:
        """Without the array: who has the error in another process has none."""
        return type(self), self.args

    def into(self, target: object) -> None:
        """Note the array that was to be written to."""
        while isinstance(target, memoryview) or (isinstance(target, np.ndarray) and target.base is not None):
            target = target.obj if isinstance(target, memoryview) else target.base
        if isinstance(target, np.ndarray):
            self.target = weakref.ref(target)


class InputError(DualadError, TypeError):
    """An input that cannot be differentiated: text, objects."""


class OutputError(DualadError, TypeError):
    """A function that returned something that is not a number or an array."""


class ShapeError(DualadError, ValueError):
    """A tangent, cotangent or output whose shape does not fit."""


class PatternError(DualadError, ValueError):
    """A sparsity pattern that misses entries which are not zero."""


class NonFiniteError(DualadError, FloatingPointError):
    """What `trace_nan` raises: where a value, tangent or cotangent became infinite or NaN.

    Attributes
    ----------
    what : str
        "value", "tangent" or "cotangent".
    operation : dualad.costs.tracing.Operation or None
        The operation with its line, value and operands.
    """

    def __init__(self, message: str, what: str = "", operation: object = None):
        super().__init__(message)
        self.what = what
        self.operation = operation


class ExecutorError(DualadError, RuntimeError):
    """An executor that is shut down or has lost a worker, or a function that cannot be sent to one."""


class OverError(DualadError, RuntimeError):
    """A Dual that was kept and used after its derivative call was over."""


class EqualityWarning(UserWarning):
    """``x == c``, or ``abs(x - c) < 1e-12``, was true: the derivative is that of a branch for this point."""


class CornerWarning(UserWarning):
    """A point where a part of the function has no derivative, and the function has one: not this one."""


class LoopWarning(UserWarning):
    """Comparisons steer a loop to where both sides are equal: what it finds lacks a derivative."""


class PatternWarning(UserWarning):
    """The function took a branch by a value: the sparsity pattern is that of this branch alone."""


class RoundingWarning(UserWarning):
    """``round(x, 3)`` is a step function, or tidies digits up: says which derivative was taken."""


class DifferencesWarning(UserWarning):
    """Code that Duals cannot follow, as compiled code: its derivative was found by differences."""


class SlowWarning(UserWarning):
    """Code that knows nothing of Duals made an array of objects of one: the result is right, but slow."""
