"""Assignments of Duals to plain arrays: ``y = 2 * t`` and then ``y[0] = x``, or ``y += x``.

The arrays that lifted code makes with ``np.zeros`` and its like may come to hold Duals (`Container`).
What an operator makes of plain arrays is a plain array, and an assignment of a Dual to it fails. It is
then done again on a container in the same memory, if the name in the assignment, or the attribute or entry
(``self.y[0] = x``), is the only reference to this memory: nobody else could tell the difference. An object
may outlive the derivative call, and has its array again when that is over. An ``array.array`` becomes a
list. Where an object of a user's class is assigned to (``df.loc[i, "a"] = x``), its own methods are lifted
the second time. Until something fails this costs nothing.
"""

from __future__ import annotations

import ast
import collections
import contextlib
import copy
import functools
import operator
import sys
import types
from array import array
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...dual import SETTLED
from ...dual.array_classes import in_class_of, is_array_class
from ...dual.callers import INTO_PLAIN
from ...dual.containers import Container, holding, mode_in
from ...dual.matrices import matrix
from ...errors import DualadError, PlainArrayError
from ...standins.matrices.sparse_arrays import as_sparse, of_scipy, opens
from ...users import is_users

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.Lambda, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

#: What cannot be evaluated twice, or compiled twice.
_ONCE = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, *_SCOPES)

#: Names that nobody can write: the new value, the old one, and what has the entries.
_NEW, _OLD, _OWNER = "dualad new", "dualad old", "dualad array"

#: Attributes of an array that are views of it.
_VIEWS = frozenset({"T", "flat", "imag", "real"})

#: What others make of our errors, and of operators that do not know what to do.
_FAILURES = (DualadError, TypeError, ValueError, AttributeError)


# ---------------------------------------------------------------- the statements


def locals_of(function: Any) -> frozenset[str]:
    """The names that a function binds itself, parameters among them."""
    found = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    others: set[str] = set()
    for node in _own(function.body):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            others.update(node.names)
    return frozenset(found - others)


def _own(nodes: list[Any]) -> Iterator[ast.AST]:
    """What stands in a function, and not in one inside it."""
    for node in nodes:
        yield node
        if not isinstance(node, _SCOPES):
            yield from _own(list(ast.iter_child_nodes(node)))


def assigned_name(target: ast.expr, names: frozenset[str], augmented: bool = False) -> str:
    """The local name whose array an assignment writes to; "" if it is not one that could be done twice."""
    if not (augmented or isinstance(target, ast.Subscript)):
        return ""
    while isinstance(target, ast.Subscript) or (isinstance(target, ast.Attribute) and target.attr in _VIEWS):
        if isinstance(target, ast.Subscript) and any(isinstance(n, _ONCE) for n in ast.walk(target.slice)):
            return ""
        target = target.value
    return target.id if isinstance(target, ast.Name) and target.id in names else ""


class _Calls(ast.NodeTransformer):
    """Takes the calls out of indices, but for those in a comparison, which may be a guard."""

    def __init__(self) -> None:
        self.found: list[tuple[str, ast.expr]] = []

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.found.append((f"dualad key {len(self.found)}", node))
        return _get(self.found[-1][0])

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        return node


def in_turn(node: Any, names: frozenset[str]) -> list[Any]:
    """``y[f(i)] = x`` as statements that can be done twice: ``new = x``, ``key = f(i)``, ``y[key] = new``.

    The assignment alone if it can be done twice as it is, or cannot at all.
    """
    augmented = isinstance(node, ast.AugAssign)
    again = copy.deepcopy(node)
    target = again.target if augmented else again.targets[0]
    if assigned_name(target, names, augmented) or (not augmented and len(node.targets) > 1):
        return [node]
    taken, inside = _Calls(), target
    while isinstance(inside, ast.Subscript | ast.Attribute):
        if isinstance(inside, ast.Subscript):
            inside.slice = taken.visit(inside.slice)
        inside = inside.value
    if not assigned_name(target, names, augmented):
        return [node]
    before = [_put(name, call) for name, call in taken.found]
    if not augmented and not isinstance(node.value, ast.Constant):
        again.value = _get("dualad value")
        before.insert(0, _put("dualad value", node.value))
    gone = ast.Delete([ast.Name(step.targets[0].id, ast.Del()) for step in before])
    return [ast.copy_location(step, node) for step in (*before, again, gone)]


def may_be_object(target: ast.expr, augmented: bool = False) -> bool:
    """Whether it is an entry of something that has a name and can be looked up twice."""
    owner = target.value if isinstance(target, ast.Subscript) else target if augmented else None
    while isinstance(owner, ast.Attribute | ast.Subscript):
        owner = owner.value
    return isinstance(owner, ast.Name) and not any(isinstance(n, _ONCE) for n in ast.walk(target))


def retried(
    node: Any,
    name: str,
    visit: Callable[[Any], Any],
    constant: Callable[[Any], Any],
    lifted: Callable[[Any, str], Any],
    attribute: Callable[[ast.Attribute], str],
) -> list[Any]:
    """The assignment, followed by what is done if it fails.

    Of ``y[0] = VALUE`` it makes, with names that nobody can write::

        new = VALUE
        try:
            if type(new) not in SEEN:
                check_seen(new, y, False)
            y[0] = new
        except FAILURES:
            if is_object(new, y):
                y.__setitem__(0, new)  # lifted
            elif is_borrowed(z, "y", True, new):  # of z.y[0] = VALUE
                z.y[0] = new
            else:
                if is_shared(y, new):
                    raise
                y = opened(y)
                y[0] = new
        del new

    Parameters
    ----------
    node : ast.Assign or ast.AugAssign
    name : str
        That of the array, "" if only an object's methods can be lifted.
    visit : callable
        Rewrites an assignment, and does not come back here.
    constant : callable
        An expression for an object.
    lifted : callable
        The statement, given the name of the new value, with the methods of an object lifted.
    attribute : callable
        The name of an attribute, as it is kept.
    """

    def at(new: Any) -> Any:
        return ast.copy_location(new, node)

    def call(f: Any, *args: Any) -> Any:
        return ast.Call(constant(f), list(args), [])

    def visited(one: Any) -> list[Any]:  # of which there may be made several
        made = visit(copy.deepcopy(one))
        return made if isinstance(made, list) else [made]

    before, tried, again = _in_steps(node)
    kept = [step.targets[0].id for step in before]
    once_more = visited(again)
    new = again.value.id
    guard = []
    if not isinstance(node, ast.AugAssign) and isinstance(node.targets[0], ast.Subscript):
        (subject,) = _subjects(node)
        guard = [at(_guard(constant, _get(new), subject, node.targets[0].slice))]
    handler: list[Any] = [at(ast.Raise(None, None))]
    if name:
        shared = at(ast.If(call(_is_shared, _get(name), _get(new)), handler, []))
        handler = [shared, at(_put(name, call(_opened, _get(name)))), *once_more]
    is_object = call(_is_object, _get(new), *_subjects(node))
    for place in _holders(node, attribute):
        borrowed = call(_is_borrowed, *place, _get(new))
        handler = [at(ast.If(borrowed, visited(again), handler))]
    handler = [at(ast.If(is_object, [lifted(node, new)], handler))]
    if _OLD in kept:
        handler.insert(0, at(_put(_OLD, ast.Constant(None))))  # it may be the array, or a view
    statement = ast.Try(
        [*guard, *(made for one in tried for made in visited(one))],
        [ast.ExceptHandler(constant(_FAILURES), None, handler)],
        [],
        [],
    )
    after = [at(ast.Delete([ast.Name(one, ast.Del())])) for one in kept]
    return [*map(visit, before), at(statement), *after]


def looked_at(node: Any, constant: Callable[[Any], Any]) -> list[Any]:
    """``f(y)[0] = VALUE`` in steps, by which `_check_seen` gets what is assigned, and what to."""
    again = copy.deepcopy(node)
    target = again.targets[0]
    before = [_put(_NEW, node.value), _put(_OWNER, target.value)]
    again.value, target.value = _get(_NEW), _get(_OWNER)
    guard = _guard(constant, _get(_NEW), _get(_OWNER), target.slice)
    after = ast.Delete([ast.Name(name, ast.Del()) for name in (_NEW, _OWNER)])
    return [ast.copy_location(step, node) for step in (*before, guard, again, after)]


def _guard(constant: Callable[[Any], Any], new: Any, subject: Any, key: Any) -> Any:
    sliced = any(isinstance(n, ast.Slice) for n in (key.elts if isinstance(key, ast.Tuple) else [key]))
    unseen = ast.Compare(ast.Call(constant(type), [new], []), [ast.NotIn()], [constant(_SEEN)])
    check = ast.Call(constant(_check_seen), [new, subject, ast.Constant(sliced)], [])
    return ast.If(unseen, [ast.Expr(check)], [])


def _get(name: str) -> Any:
    return ast.Name(name, ast.Load())


def _put(name: str, value: Any) -> Any:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _in_steps(node: Any) -> tuple[list[Any], list[Any], Any]:
    """What cannot fail, or only once; what may fail; and the assignment to be done then."""
    if isinstance(node.value, ast.Name):
        return [], [node], node
    again = copy.copy(node)
    again.value = _get(_NEW)
    before, tried = [_put(_NEW, node.value)], [again]
    if isinstance(node, ast.AugAssign):  # the old value is read before the new one is computed
        before.insert(0, _put(_OLD, _read(node.target)))
        update = ast.AugAssign(ast.Name(_OLD, ast.Store()), node.op, _get(_NEW))
        tried = [update, ast.Assign([copy.deepcopy(node.target)], _get(_OLD))]
    for step in (*before, *tried):
        ast.copy_location(step, node)
    return before, tried, again


def _subjects(node: Any) -> list[Any]:
    """The objects whose methods the assignment calls."""
    if not isinstance(node, ast.AugAssign):
        return [_read(node.targets[0].value)]
    target = node.target
    return [_read(target), _read(target.value)] if isinstance(target, ast.Subscript) else [_read(target)]


def _holders(node: Any, attribute: Callable[[ast.Attribute], str]) -> Iterator[list[Any]]:
    """What may hold the array that is written to: owner, key, and whether that is an attribute."""
    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
    while isinstance(target, ast.Attribute | ast.Subscript):
        if isinstance(target, ast.Attribute):
            yield [_read(target.value), ast.Constant(attribute(target)), ast.Constant(True)]
        elif not isinstance(target.slice, ast.Slice | ast.Tuple):
            yield [_read(target.value), _read(target.slice), ast.Constant(False)]
        target = target.value


def _read(target: Any) -> Any:
    read = copy.deepcopy(target)
    read.ctx = ast.Load()
    return read


# ---------------------------------------------------------------- what they call


#: Types of what NumPy does not read past us when it is assigned.
_SEEN = SETTLED | {np.ndarray}


def _check_seen(new: Any, x: Any, sliced: bool) -> None:
    """Raise where the memory of an array that holds Duals would be read, in which there is NaN.

    An array of objects takes the array itself, unless it is assigned to a slice.
    """
    x = x.base if type(x) is np.flatiter else x
    plain = isinstance(x, np.ndarray) and not isinstance(x, Container)
    if plain and x.dtype.kind in ("fcbiuVO" if sliced else "fcbiuV") and mode_in(new):
        raise PlainArrayError(INTO_PLAIN, x)


def _may_hold(kind: Any) -> bool:
    """Whether arrays of this type can be opened for Duals: plain ones, and those of a user's class."""
    return kind is np.ndarray or (is_array_class(kind) and not issubclass(kind, Container))


def _is_object(new: Any, *subjects: Any) -> bool:
    """Whether an object of a user's class could not be given what is new, for a derivative in it or there."""
    for x in subjects:
        _written_to(x)
    if not any(is_users(type(x).__module__) and not isinstance(x, np.ndarray) for x in subjects):
        return False
    return any(map(_is_ours, _passing())) or mode_in(new) is not None


def _passing() -> Iterator[BaseException]:
    """The error that is being handled, and those from which it came."""
    error = sys.exc_info()[1]
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _written_to(x: Any) -> None:
    """Tell the errors that are being handled which array it is about."""
    for error in _passing():
        if isinstance(error, PlainArrayError):
            error.into(x)


def _is_ours(error: BaseException) -> bool:
    """Whether an error is of the package, or of a Dual in whose place something else was expected."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    module = "" if place is None else place.tb_frame.f_globals.get("__name__", "")
    return isinstance(error, DualadError) or module.startswith("dualad.") or "Dual" in str(error)


def _is_shared(x: Any, new: Any) -> bool:
    """Whether an array is to stay what it is: somebody else looks at it, or it is no plain array."""
    _written_to(x)
    kind = type(x)
    if kind is array:
        numbers = x.typecode == "d"
    else:
        numbers = (_may_hold(kind) or kind is matrix or of_scipy(x)) and x.dtype.kind in "fc"
    if not numbers or mode_in(new) is None:
        return True
    for error in _passing():  # their tracebacks look at the array, too, but for the user's line
        error.__traceback__ = _first_line(error.__traceback__)
    counts = _references(x)
    if all(n <= m for n, m in zip(counts, _alone(), strict=False)) and len(counts) <= 2:
        return False
    return not opens(x, mode_in(new))


def _first_line(trace: types.TracebackType | None) -> types.TracebackType | None:
    if trace is None or trace.tb_frame.f_globals.get("__name__", "").startswith("dualad."):
        return None
    return types.TracebackType(None, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


#: What holds its entries, and has no methods of a user's.
_HOLDERS = frozenset({dict, list, collections.OrderedDict, collections.defaultdict, collections.deque})


def _is_borrowed(owner: Any, key: Any, of_attribute: bool, new: Any) -> bool:
    """Whether an array that only this attribute or entry refers to has become one for Duals.

    The owner may have been there before the derivative call: when that is over it has its array again.
    """
    get: Any = operator.getitem
    put: Any = operator.setitem
    if of_attribute:
        member, space = getattr(type(owner), key, None), getattr(owner, "__dict__", None)
        if type(member) is types.MemberDescriptorType:  # of __slots__
            get, put = getattr, object.__setattr__
        elif type(space) is dict and key in space and not hasattr(member, "__set__"):
            owner = space
        else:
            return False
    elif type(owner) not in _HOLDERS:
        return False
    try:
        if opens(get(owner, key), mode_in(new)):
            return True
        if not _may_hold(type(get(owner, key))) or _is_shared(get(owner, key), new):  # without a name here
            return False
    except (LookupError, TypeError, AttributeError):
        return False
    x = get(owner, key)
    made = _opened(x)
    put(owner, key, made)
    mode: Any = mode_in(new)
    mode.borrowed.append(functools.partial(_give_back, get, put, owner, key, x, made))
    return True


def _give_back(get: Any, put: Any, owner: Any, key: Any, x: Any, made: Any, mode: Any) -> None:
    """When a derivative call is over: the array itself, unless it holds Duals of a call around it."""
    other = made._without(mode)
    if other is not None:
        other.borrowed.append(functools.partial(_give_back, get, put, owner, key, x, made))
        return
    with contextlib.suppress(LookupError, AttributeError):  # it may be gone
        if get(owner, key) is made:
            put(owner, key, x)


def _references(x: Any) -> list[int]:
    """How many references there are to an array, and to that whose memory it shows."""
    counts = [sys.getrefcount(x)]
    base = getattr(x, "base", None)
    while base is not None:
        counts.append(sys.getrefcount(base) if type(base) is np.ndarray else sys.maxsize)
        base = getattr(base, "base", None)
    return counts


@functools.cache
def _alone() -> list[int]:
    """The same for an array that one name refers to: how many there are depends on the Python."""

    def asked(x: Any, new: Any) -> list[int]:
        return _references(x)

    x, new = np.empty(4).reshape(2, 2), None
    return asked(x, new)


def _opened(x: Any) -> Any:
    if of_scipy(x):
        return as_sparse(x)
    if type(x) is array:
        return list(x)
    if type(x) is matrix:  # which holds them as objects
        return x.astype(object)
    if not is_array_class(type(x)):
        return holding(x, True)
    return in_class_of(x, holding(x.view(np.ndarray), True))
