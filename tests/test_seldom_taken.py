"""Small programs that take ways through the code which few others take, against differences."""

import copy
import dataclasses
import functools
import statistics

import numpy as np
import pytest
import scipy.integrate
import scipy.interpolate
import scipy.ndimage
import scipy.signal
import scipy.sparse
import scipy.spatial
import scipy.stats
from checking import assert_derivatives

V = np.array([1.0, 2.0, 3.0])
FIELDS = [("a", float), ("b", float)]


class Pressure(np.float64):
    """A number of a class derived from NumPy's."""


class Loads(np.ndarray):
    """A class derived from ndarray."""

    def total(self):
        return self.sum()


def loads(x):
    return np.asarray(x * V).view(Loads)


def sums_into_an_array_of_a_class(x):
    one, other = np.zeros(3).view(Loads), np.zeros(3).view(Loads)
    np.cumsum(loads(x), out=one)
    loads(x).cumsum(out=other)
    return one.total() * other.total()


def real_parts_of_a_class(x):
    made = np.zeros(3, complex).view(Loads)
    made.real = x * V
    return (made * (1 + 2j)).imag.sum()


def an_empty_array_of_a_class(x):
    made = np.ndarray.__new__(Loads, (3,))
    made[:] = x * V
    return made.total()


def products_where_it_holds(x):
    made = np.zeros(3)
    np.multiply(V, x, out=made, where=V > 1.5)
    return made


def products_at_places(x):
    made = V.copy()
    np.multiply.at(made, [0, 0, 1], x)
    return made


def two_results_entry_by_entry(x):
    @np.vectorize(otypes=[float, float])
    def both(a):
        return a * x, a + x

    product, total = both(V)
    return product * total


@dataclasses.dataclass
class Beam:
    length: float
    height: float = 2.0


class Key:
    """An object that hashes its number."""

    def __init__(self, number):
        self.number = number

    def __hash__(self):
        return hash(self.number)

    def __eq__(self, other):
        return self.number == other.number


@functools.lru_cache
def twice(key):
    return 2 * key.number


def blocks_in_an_array_of_objects(x):
    cells = np.array(
        [[scipy.sparse.csr_matrix([[x]]), None], [None, scipy.sparse.csr_matrix([[2.0]])]], object
    )
    return scipy.sparse.bmat(cells).toarray()


def copies_of_an_array(x):
    made = np.zeros(3)
    made[0] = x
    one, other = copy.copy(made), copy.deepcopy(made)
    made[0] = 7.0
    return one[0] * other[0]


def memory_that_is_written_to(x):
    y = x * V
    y.data[0] = 5.0 * x**2
    return y[0] + y.data[1] * len(y.data)


def records_of_records(x):
    table = np.zeros(2, FIELDS)
    table["a"] = x
    table[1] = (x * x, 3.0)
    larger = np.zeros(3, FIELDS)
    larger[:2] = table.copy()
    larger[2] = table[1]
    return larger["a"] * table[["a", "b"]]["a"][1] + len(table) * larger[2][0]


def records_by_attribute(x):
    table = np.zeros(2, FIELDS).view(np.recarray)
    table.a = x
    table.b[0] = x * x
    return table.a[1] * table.b[0]


def an_object_of_objects(x):
    cells = np.array([x, None, x * x], object)
    return np.array([cell for cell in cells if cell is not None], float)


def spline_of_rows(x):
    rows = np.outer(V, np.arange(5.0) ** 2) * x
    return scipy.interpolate.make_interp_spline(np.arange(5.0), rows, axis=1)(1.5 * x)


def spline_that_is_0_beyond(x):
    return scipy.interpolate.splev(
        [0.5 * x, 5.0], scipy.interpolate.splrep(np.arange(5.0), x * np.sin(np.arange(5.0))), ext=1
    )


def stiff_with_a_jacobian_of_its_own(x):
    return scipy.integrate.solve_ivp(
        lambda t, y: -x * y, (0.0, 1.0), [1.0], "LSODA", jac=lambda t, y: [[-x]], rtol=1e-10, atol=1e-12
    ).y[0, -1]


def entries_at_one_place(x):
    A = scipy.sparse.csr_array((np.stack([x, x * x, 1.0]), ([0, 0, 1], [0, 0, 1])), shape=(2, 2))
    A.sum_duplicates()
    return A.data


def unit_diagonal(x):
    A = scipy.sparse.csr_array(np.array([[1.0, 0.0], [x, 1.0]]))
    return scipy.sparse.linalg.spsolve_triangular(A, np.array([1.0, x**2]), unit_diagonal=True)


OF_TWO_LENGTHS = np.array([np.ones(2), np.arange(3.0)], object)

#: Of a number, 1.3.
PROGRAMS = {
    "arrays_of_two_lengths": lambda x: (OF_TWO_LENGTHS * x)[1],
    "variance_of_a_masked_array": lambda x: np.ma.cov(np.ma.array([x, 2.0, x * x])).filled(0.0),
    "whole_and_rest_of_a_class": lambda x: np.modf(loads(x))[0],
    "sums_into_an_array_of_a_class": sums_into_an_array_of_a_class,
    "real_parts_of_a_class": real_parts_of_a_class,
    "an_empty_array_of_a_class": an_empty_array_of_a_class,
    "products_where_it_holds": products_where_it_holds,
    "products_at_places": products_at_places,
    "two_results_entry_by_entry": two_results_entry_by_entry,
    "rows_to_numbers": lambda x: np.vectorize(lambda a: a.sum() * x, signature="(n)->()")(V),
    "another_beam": lambda x: dataclasses.replace(Beam(x), height=x * x).height,
    "an_object_as_a_key": lambda x: twice(Key(x)) * x,
    "blocks_in_an_array_of_objects": blocks_in_an_array_of_objects,
    "steps_of_one_from_x": lambda x: np.r_[x : 3 * x : 1.0],
    "text_of_text": lambda x: float(str(str(x))),
    "entries_by_their_places": lambda x: sum(v * (i + 1) for (i,), v in np.ndenumerate(x * V)),
    "copies_of_an_array": copies_of_an_array,
    "a_class_derived_from_float64": lambda x: Pressure(x) ** 2,
    "entries_where_it_holds": lambda x: (x * V).compress([True, False, True]),
    "entries_that_are_not_0": lambda x: (x * V - np.stack([x, 0.0, 0.0]))[np.where(x * V > 2.0)],
    "places_of_what_is_not_0": lambda x: (x * V)[np.where(x * V)],
    "bounds_into_an_array": lambda x: (x * V).clip(1.5, 3.0, out=np.empty_like(x * V)),
    "repeated_rows_in_a_row": lambda x: np.ravel(np.broadcast_to((x * V)[:, None], (3, 2)).T, "K"),
    "weighted_mean": lambda x: statistics.fmean([x, 2.0, x * x], weights=[1.0, 2.0, 3.0]),
    "bins_of_two": lambda x: np.histogram2d(V, V, bins=[0.0, 1.5, 2.5, 4.0], weights=x * V)[0],
    "one_bin": lambda x: np.histogram(np.ones(3), bins=2, weights=x * V)[0],
    "real_sum_of_complex_numbers": lambda x: np.sum(x * (1.0 + 0j) * V).real,
    "memory_that_is_written_to": memory_that_is_written_to,
    "records_of_records": records_of_records,
    "records_by_attribute": records_by_attribute,
    "an_object_of_objects": an_object_of_objects,
    "spline_of_rows": spline_of_rows,
    "spline_that_is_0_beyond": spline_that_is_0_beyond,
    "spline_of_steps": lambda x: scipy.interpolate.BSpline(np.arange(4.0), x * V, 0)(1.5),
    "interpolation_on_a_line": lambda x: scipy.interpolate.interpn(
        (np.arange(5.0),), V[[0, 1, 2, 0, 1]] * x, [x]
    ),
    "stiff_with_a_jacobian_of_its_own": stiff_with_a_jacobian_of_its_own,
    "integral_without_ends": lambda x: (
        scipy.integrate.quad(lambda t: np.exp(-((t - x) ** 2)), -np.inf, np.inf)[0] * x
    ),
    "three_normal_numbers": lambda x: scipy.stats.shapiro([x, 2.0, 4.0]).pvalue,
    "entries_at_one_place": entries_at_one_place,
    "unit_diagonal": unit_diagonal,
    "peaks": lambda x: scipy.signal.peak_prominences(np.array([0.0, 2.0, 1.0, 3.0, 0.5]) * x, [1, 3])[0],
    "distances_and_places": lambda x: scipy.ndimage.distance_transform_bf(
        [[1, 1, 0], [1, 0, 1]], sampling=[x, 1.0], return_indices=True
    )[0],
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    assert_derivatives(PROGRAMS[name], 1.3, 1e-8)
