"""The text of a fast function, with places for what the rule prints."""

from __future__ import annotations

from ..linear import BLOCK


def indent(text: str, by: int = 4) -> str:
    return "\n".join(" " * by + line for line in text.rstrip("\n").split("\n"))


#: How each of the cases below ends: the Dual of ``y`` and ``t``. What a slot holds is called by a name of
#: its own, as Python looks twice for methods.
MADE = """\
new = mode.new
d = new(Dual)
d.value = y
d.tangent = t
d.mode = mode
return d
"""

#: An array may be a view or have some, so it says that it is none and has none.
MADE_ARRAY = MADE.replace("d.value", "d.origin = d._square = None\nd.value", 1)

FLOAT = """\
y = {value}
kind = type(y)
if kind is float64:
{floats}
elif kind is float:
{plain}
else:
{others}
    return fallback({order})
"""

#: A number beside a constant array: the output is an array.
SPREAD = """\
mode = {one}.mode
if kind is ndarray and type({one}0) is float and y.dtype is doubles{fits}:
"""

FORWARD_SPREAD = """\
t = quiet.copy().run({run})
if t is not None and t.dtype is doubles and t.shape == y.shape:
""" + indent(MADE_ARRAY)

RECORDED_SPREAD = """\
cs = {cs}
if cs is not None:
    next_place = mode.next_place
    place = next_place()
    mode.tape[place] = ((t{one}, Scale(cs[0], (), y.shape)),)
    t = Node(place, y.shape)
""" + indent(MADE_ARRAY)

#: For operations of which nothing can go wrong: sums of floats.
FORWARD_SUM = (
    """\
y = {value}
t = {tangent}
mode = {one}.mode
"""
    + MADE
)

FORWARD_FLOAT = """\
try:
    t = {tangent}
except (ArithmeticError, ValueError):
    t = nan
if t == t{is_float}:
    mode = {one}.mode
""" + indent(MADE)

RECORDED_FLOAT = (
    """\
try:
    entry = ({entry})
except (ArithmeticError, ValueError):
    return fallback({order})
{are_floats}
mode = {one}.mode
next_place = mode.next_place
t = next_place()
mode.tape[t] = entry
"""
    + MADE
)

ARRAY = """\
mode = {one}.mode
if type({one}0) is ndarray{fits}:
    y = {value}
"""

#: An array and a number, both active: the partials by the number are summed up at last.
MIXED = """\
mode = {array}.mode
if type({array}0) is ndarray and {array}0.dtype is doubles and type({number}0) in floats{fits}:
    {number}0 = float({number}0)
    y = {value}
"""

RECORDED_MIXED = """\
cs = {cs}
if cs is not None:
    next_place = mode.next_place
    place = next_place()
    mode.tape[place] = ((t{array}.place, cs[{i}]), (t{number}, Scale(cs[{j}], (), y.shape)))
    t = Node(place, y.shape)
""" + indent(MADE_ARRAY)

#: Recorded, the value being a Dual of an outer call: its operators take their own fast path.
NESTED = """\
elif mode.lanes is None and {fits}:
    y = {value}
    if type(y) is Dual and not ({is_root}):
"""

FORWARD_ARRAY = """\
run = {careful} if mode.careful else {quick}
t = quiet.copy().run(run, {inputs})
if t is not None and t.dtype is y.dtype{fits}:
""" + indent(MADE_ARRAY)

LANES = """\
elif mode.of_numbers and {floats}:
{body}
    t = quiet.copy().run({run})
    if t is not None:
""" + indent(MADE_ARRAY, 8)

RECORDED_ARRAY = """\
shape = y.shape
cs = {cs}
if cs is not None:
    next_place = mode.next_place
    place = next_place()
    mode.tape[place] = ({entry}) if {fits} else ({spread})
    t = Node(place, shape)
""" + indent(MADE_ARRAY)

TANGENT_OF_ARRAY = """\
def {function}({inputs}):
    try:
        t = {tangent}
    except (ArithmeticError, ValueError):
        return None
    return {result}
"""

WITHOUT_NAN = f"t if (n := t.dot(t) if t.ndim == 1 and t.size <= {BLOCK} else some_nan(t)) == n else None"

PARTIALS_OF_ARRAY = """\
def {function}({inputs}):
    try:
        return ({partials})
    except ArithmeticError:
        return None
"""


#: A function of the same name as the original may be called as that one: with options.
WITH_OPTIONS = """
def guarded_{name}({order}, /, *more, **keywords):
    if more or keywords:
        return original({order}, *more, **keywords)
    return fast_{name}({order})
"""
