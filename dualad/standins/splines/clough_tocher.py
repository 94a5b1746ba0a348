"""Cubic interpolation between scattered points in the plane: SciPy's `CloughTocher2DInterpolator` in Python.

On each triangle it is three cubic polynomials in Bézier's form (Alfeld, 1984), by heights and slopes at
the corners. SciPy estimates the slopes from all heights, which they are linear in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...dual import primal


def slopes_of(plain: Any, values: Any) -> Any:
    """The slopes at the points that SciPy estimates from heights, which may be Duals."""
    made = type(plain)
    units = made(plain.tri, np.eye(len(plain.values)), tol=1e-12, maxiter=2000).grad
    return np.transpose(np.tensordot(values, units, (0, 1)), (1, 0, 2))


def at_places(plain: Any, places: Any, values: Any, slopes: Any, near: float | None) -> tuple[Any, Any]:
    """The heights at places (rows, in the coordinates of the triangles), and the triangles around these.

    ``values`` has a row for each point, ``slopes`` one more axis for the directions;
    ``near`` is how far outside a triangle a place is still on it.
    """
    tri = plain.tri
    simplex = tri.find_simplex(primal(places), tol=near)
    inside = np.where(simplex < 0, 0, simplex)
    corners = tri.simplices[inside]
    b = _shares(tri, inside, places)
    least = np.argmin(primal(b), axis=1)
    smallest = b[np.arange(len(least)), least]
    b1, b2, b3 = ((b[:, i] - smallest)[:, None] for i in range(3))
    b4 = (3 * smallest)[:, None]
    p1, p2, p3 = (tri.points[corners[:, i]] for i in range(3))
    f1, f2, f3 = (values[corners[:, i]] for i in range(3))
    s1, s2, s3 = (slopes[corners[:, i]] for i in range(3))

    def along(slope: Any, edge: Any) -> Any:
        return np.sum(slope * edge[:, None, :], axis=-1)

    e12, e23, e31 = p2 - p1, p3 - p2, p1 - p3
    c3000, c0300, c0030 = f1, f2, f3
    c2100, c2010 = f1 + along(s1, e12) / 3, f1 - along(s1, e31) / 3
    c1200, c0210 = f2 - along(s2, e12) / 3, f2 + along(s2, e23) / 3
    c1020, c0120 = f3 + along(s3, e31) / 3, f3 - along(s3, e23) / 3
    c2001 = (c2100 + c2010 + c3000) / 3
    c0201 = (c1200 + c0300 + c0210) / 3
    c0021 = (c1020 + c0120 + c0030) / 3
    g1, g2, g3 = (g[:, None] for g in _across(tri, inside))
    c0111 = (g1 * (-c0300 + 3 * c0210 - 3 * c0120 + c0030) + (-c0300 + 2 * c0210 - c0120 + c0021 + c0201)) / 2
    c1011 = (g2 * (-c0030 + 3 * c1020 - 3 * c2010 + c3000) + (-c0030 + 2 * c1020 - c2010 + c2001 + c0021)) / 2
    c1101 = (g3 * (-c3000 + 3 * c2100 - 3 * c1200 + c0300) + (-c3000 + 2 * c2100 - c1200 + c2001 + c0201)) / 2
    c1002 = (c1101 + c1011 + c2001) / 3
    c0102 = (c1101 + c0111 + c0201) / 3
    c0012 = (c1011 + c0111 + c0021) / 3
    c0003 = (c1002 + c0102 + c0012) / 3
    y = b1**3 * c3000 + b2**3 * c0300 + b3**3 * c0030 + b4**3 * c0003
    y = y + 3 * b1**2 * (b2 * c2100 + b3 * c2010 + b4 * c2001)
    y = y + 3 * b2**2 * (b1 * c1200 + b3 * c0210 + b4 * c0201)
    y = y + 3 * b3**2 * (b1 * c1020 + b2 * c0120 + b4 * c0021)
    y = y + 3 * b4**2 * (b1 * c1002 + b2 * c0102 + b3 * c0012)
    y = y + 6 * b4 * (b1 * b2 * c1101 + b1 * b3 * c1011 + b2 * b3 * c0111)
    return y, simplex


def _shares(tri: Any, simplex: Any, places: Any) -> Any:
    """Barycentric coordinates of places in the triangles."""
    last = tri.points[tri.simplices[simplex, 2]]
    sides = tri.points[tri.simplices[simplex, :2]] - last[:, None, :]
    two = np.linalg.solve(np.swapaxes(sides, 1, 2), (places - last)[..., None])[..., 0]
    return np.concatenate([two, (1 - np.sum(two, axis=1))[:, None]], axis=1)


def _across(tri: Any, simplex: Any) -> list[Any]:
    """For each edge where its neighbour lies: along the way there the slope is linear on the edge."""
    found = []
    for k in range(3):
        neighbour = tri.neighbors[simplex, k]
        centre = np.mean(tri.points[tri.simplices[neighbour]], axis=1)
        c = _shares(tri, simplex, centre)
        left, right = c[:, (k + 1) % 3], c[:, (k + 2) % 3]
        found.append(np.where(neighbour < 0, -0.5, (2 * right + left - 1) / (2 - 3 * right - 3 * left)))
    return found
