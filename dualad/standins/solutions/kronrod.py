"""Integrals of an integrand and of its derivatives, by the rule of Gauss and Kronrod on intervals.

An interval is halved where the derivatives are not yet as good as they can be, or parted where one of
them jumps.
"""

from __future__ import annotations

import heapq
import itertools
from typing import Any, NamedTuple

import numpy as np

from ...dual import Dual, holds_dual, stacked
from ...modes import Forward
from ..scipy_arrays import Function

#: How good a derivative is to be, in parts of the integral of its size; how often an interval is halved at
#: the most, and how often without avail.
_TOLERANCE, _HALVINGS, _IN_VAIN = 1e-12, 60, 8

#: The places close to the ends of an interval from -1 to 1.
EDGE = 1 - 1e-6

#: The key of the integrand itself, where it is a Dual of an outer call.
VALUE = "value"


class _Piece(NamedTuple):
    """An interval, and what its nodes gave."""

    a: float
    b: float
    #: The nodes, and one place close to each end.
    places: list[float]
    #: The integrals by their keys.
    integrals: dict[Any, Any]
    #: What was found there as plain numbers: a row for each place, a column for each derivative.
    numbers: Any
    #: The integrals of these columns and of their sizes, an estimate of how far they are off, and by
    #: which factor the estimate is known to be too large.
    whole: Any
    sizes: Any
    estimate: Any
    less: Any = 1.0

    @property
    def errors(self) -> Any:
        """How far the integrals are off."""
        return self.estimate * self.less


def refined(over: Function, cuts: list[float], rule: Any) -> dict[Any, Any]:
    """The integrals of the derivatives, by key."""
    zeros: dict[Any, Any] = {}
    pieces = [_piece(over, *ends, rule, zeros) for ends in itertools.pairwise(cuts)]
    scale = sum(_as_long(p.sizes, len(pieces[-1].sizes)) for p in pieces)
    least = 1e-4 * np.max(scale, initial=0.0)

    def off(piece: _Piece) -> float:
        """How far off the worst of its columns is, in parts of the integral of the size."""
        if not np.any(piece.errors > 0):
            return 0.0
        n = len(piece.errors)
        return float(np.max(piece.errors / np.maximum(_as_long(scale, n)[:n], least)))

    ordered = [(-off(piece), i, piece) for i, piece in enumerate(pieces)]
    heapq.heapify(ordered)
    count, in_vain, left = itertools.count(len(ordered)), 0, -sum(bad for bad, _, _ in ordered)
    for _ in range(_HALVINGS):
        if not left > _TOLERANCE or in_vain > _IN_VAIN:
            break
        bad, _, worst = heapq.heappop(ordered)
        halves = _parted(over, worst, rule, zeros)
        for half in halves:
            heapq.heappush(ordered, (-off(half), next(count), half))
        still = sum(map(off, halves))
        left += still + bad
        in_vain += still > -0.9 * bad
    total: dict[Any, Any] = {}
    for _, _, piece in ordered:
        for key, integral in piece.integrals.items():
            total[key] = integral + total[key] if key in total else integral
    return total


def _as_long(x: Any, n: int) -> Any:
    """Columns that came up later are zero before."""
    return np.concatenate([x, np.zeros(n - len(x))]) if len(x) < n else x


def _piece(over: Function, a: float, b: float, rule: Any, zeros: dict[Any, Any]) -> _Piece:
    """``zeros`` has the keys that have come up, with a zero of the kind of each."""
    nodes, kronrod, gauss, noise = rule
    centre, half = 0.5 * (a + b), 0.5 * (b - a)
    places = [centre + half * x for x in (-EDGE, *nodes, EDGE)]
    samples = [over(s) for s in places]
    parts = [derivatives for _, derivatives in samples]
    if any(type(y) is Dual for y, _ in samples):
        parts = [derivatives | {VALUE: y} for y, derivatives in samples]
    for derivatives in parts:
        for key, c in derivatives.items():
            if type(zeros.get(key)) is not Dual:
                zeros[key] = 0.0 * c
    integrals, columns = {}, [np.zeros((len(places), 0))]
    for key, zero in zeros.items():
        c = _in_a_column([derivatives.get(key, zero) for derivatives in parts], zero)
        integrals[key] = np.tensordot(half * kronrod, c[1:-1], 1)
        columns += _numbers(c)
    numbers = np.concatenate(columns, axis=1)
    inside = numbers[1:-1]
    whole = half * (kronrod @ inside)
    sizes = half * (kronrod @ np.abs(inside))
    # As QUADPACK estimates them (R. Piessens et al., 1983, 2.2.4.1).
    spread = half * (kronrod @ np.abs(inside - whole / (b - a)))
    ratio = 200 * half * np.abs((kronrod - gauss) @ inside) / np.where(spread > 0, spread, 1.0)
    estimate = np.where(spread > 0, spread * np.minimum(1.0, ratio**1.5), 0.0)
    # And there may be a jump between an end and the first node.
    beside = np.max(np.abs(numbers[[0, -1]] - inside[[0, -1]]), axis=0)
    high = 0.05 * np.ptp(inside, axis=0) + noise * np.max(np.abs(inside), axis=0)
    missed = half * (1 + nodes[0]) * np.where(beside > high, beside, 0.0)
    estimate = np.maximum(estimate, missed)
    return _Piece(a, b, places, integrals, numbers, whole, sizes + missed, estimate)


def _in_a_column(entries: list[Any], zero: Any) -> Any:
    """What was found for one key at some places: Duals if there is one anywhere, as its zero shows."""
    if not holds_dual([zero]):
        return np.array(entries)
    return stacked([*entries, zero])[:-1]


def _numbers(c: Any) -> list[Any]:
    """What is in an array, and in the tangents of outer calls, as columns."""
    if type(c) is not Dual:
        c = np.reshape(c, (len(c), -1))
        return [c.real, c.imag] if c.dtype.kind == "c" else [c]
    found = _numbers(c.value)
    if isinstance(c.mode, Forward):
        found += _numbers(c.tangent if c.mode.lanes is None else np.moveaxis(c.tangent, 0, -1))
    return found


def _parted(over: Function, piece: _Piece, rule: Any, zeros: dict[Any, Any]) -> list[_Piece]:
    """Two pieces in place of one: at a jump of the derivative, or in the middle."""
    jump = _jump(over, piece, zeros)
    middle = 0.5 * (piece.a + piece.b) if jump is None else jump
    ends = [(a, b) for a, b in ((piece.a, middle), (middle, piece.b)) if a < b]
    parts = [_piece(over, *e, rule, zeros) for e in ends]
    if jump is not None:
        return parts
    # How far off the whole piece was is known now; where that is less than estimated, so are the parts.
    n = len(piece.whole)
    off = np.abs(sum(p.whole[:n] for p in parts) - piece.whole)
    less = np.minimum(1.0, 10 * off / np.where(piece.estimate > 0, piece.estimate, 1.0))
    return [p._replace(less=np.append(less, np.ones(len(p.whole) - n))) for p in parts]


def _jump(over: Function, piece: _Piece, zeros: dict[Any, Any]) -> float | None:
    """Where a derivative jumps, as that of ``abs(t - x)`` does; found by bisection, given up early."""
    column = int(np.argmax(piece.errors))
    found = piece.numbers[:, column]
    i = int(np.argmax(np.abs(np.diff(found))))
    (a, b), (left, right) = piece.places[i : i + 2], found[i : i + 2]
    height = abs(right - left)
    while True:
        middle = 0.5 * (a + b)
        if not a < middle < b:
            return b
        value, parts = over(middle)
        given = parts | {VALUE: value} if VALUE in zeros else parts
        rows = [_numbers(_in_a_column([given.get(k, z)], z)) for k, z in zeros.items()]
        here = np.concatenate(list(itertools.chain.from_iterable(rows)), axis=1)[0, column]
        if abs(here - left) < abs(here - right):
            a, left = middle, here
        else:
            b, right = middle, here
        if not abs(right - left) > 0.4 * height:  # at the very place it may be half as high
            return None


# ---------------------------------------------------------------- rules


def _mirrored(nodes: list[float], kronrod: list[float], gauss: list[float]) -> tuple[Any, Any, Any, float]:
    """Nodes and weights from the outer ones to the middle, with those of the other side; and how noisy
    the integrand is close to an end, where no jump is lower."""
    places = [*(-x for x in nodes), *nodes[-2::-1]]
    weights = [np.array([*w, *w[-2::-1]]) for w in (kronrod, gauss)]
    return places, weights[0], weights[1], 0.0


#: Those of QUADPACK's dqk15 and dqk21, which evaluate at the same places: nodes, Kronrod's weights, Gauss's,
#: and no noise.
OF_15 = _mirrored(
    [
        *(0.991455371120812639206854697526329, 0.949107912342758524526189684047851),
        *(0.864864423359769072789712788640926, 0.741531185599394439863864773280788),
        *(0.586087235467691130294144838258730, 0.405845151377397166906606412076961),
        *(0.207784955007898467600689403773245, 0.0),
    ],
    [
        *(0.022935322010529224963732008058970, 0.063092092629978553290700663189204),
        *(0.104790010322250183839876322541518, 0.140653259715525918745189590510238),
        *(0.169004726639267902826583426598550, 0.190350578064785409913256402421014),
        *(0.204432940075298892414161999234649, 0.209482141084727828012999174891714),
    ],
    [
        *(0.0, 0.129484966168869693270611432679082, 0.0, 0.279705391489276667901467771423780, 0.0),
        *(0.381830050505118944950369775488975, 0.0, 0.417959183673469387755102040816327),
    ],
)
OF_21 = _mirrored(
    [
        *(0.995657163025808080735527280689003, 0.973906528517171720077964012084452),
        *(0.930157491355708226001207180059508, 0.865063366688984510732096688423493),
        *(0.780817726586416897063717578345042, 0.679409568299024406234327365114874),
        *(0.562757134668604683339000099272694, 0.433395394129247190799265943165784),
        *(0.294392862701460198131126603103866, 0.148874338981631210884826001129720, 0.0),
    ],
    [
        *(0.011694638867371874278064396062192, 0.032558162307964727478818972459390),
        *(0.054755896574351996031381300244580, 0.075039674810919952767043140916190),
        *(0.093125454583697605535065465083366, 0.109387158802297641899210590325805),
        *(0.123491976262065851077958109831074, 0.134709217311473325928054001771707),
        *(0.142775938577060080797094273138717, 0.147739104901338491374841515972068),
        0.149445554002916905664936468389821,
    ],
    [
        *(0.0, 0.066671344308688137593568809893332, 0.0, 0.149451349150580593145776339657697, 0.0),
        *(0.219086362515982043995534934228163, 0.0, 0.269266719309996355091226921569469, 0.0),
        *(0.295524224714752870173892994651338, 0.0),
    ],
)
