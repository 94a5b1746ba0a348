"""Functions of SciPy that fewer people call: forms of matrices, geometry, tests of hypotheses."""

import math

import numpy as np
import scipy.linalg
from scipy import fft, integrate, optimize, sparse, spatial, stats
from scipy.cluster import hierarchy, vq

from . import Group

tried = Group(__name__, "SciPy: matrix forms, geometry, tests")

A = np.array([[2.3, -0.8, 0.7, 0.2], [0.4, 1.9, -1.1, 0.5], [0.6, 0.5, 3.2, -0.4], [0.1, 0.9, -0.3, 5.0]])


def _modal_form(A):
    """Real Schur form of a system with oscillations, and the energy of its first two states."""
    T, Z = scipy.linalg.schur(A - A.T + np.diag([0.1, 0.2, 3.0, 5.0]))
    return np.sum((Z[:, :2] @ T[:2, :2]) ** 2)


def _solved_by_ldl(A):
    lu, d, _ = scipy.linalg.ldl(A + A.T)
    return np.linalg.solve(lu @ d @ lu.T, np.arange(4.0))


def _controllable(A):
    """The staircase that a controller is designed on."""
    H, Q = scipy.linalg.hessenberg(A, calc_q=True)
    return np.append(np.diag(H, -1) ** 2, Q[:, 1] ** 2)


tried.at(
    A,
    schur=lambda A: scipy.linalg.schur(A)[0] ** 2,
    schur_vectors=_modal_form,
    schur_complex=lambda A: abs(scipy.linalg.rsf2csf(*scipy.linalg.schur(A - A.T + np.diag(A[0])))[0]),
    hessenberg=_controllable,
    ldl=_solved_by_ldl,
    ldl_blocks=lambda A: scipy.linalg.ldl(A + A.T, lower=False)[1],
    rq=lambda A: np.stack(scipy.linalg.rq(A)) ** 2,
    rq_of_a_camera=lambda A: scipy.linalg.rq(A[:3], mode="economic")[0] ** 2,
    lu_of_a_wide_matrix=lambda A: scipy.linalg.lu(A[:2])[2],
    eigenvectors_of_both_sides=lambda A: np.abs(np.hstack(scipy.linalg.eig(A + 1j * A.T, left=True)[1:])),
    left_eigenvectors=lambda A: np.abs(scipy.linalg.eig(A, left=True, right=False)[1]),
    lu_of_a_tall_matrix=lambda A: scipy.linalg.lu(A[:, :2], permute_l=True)[0],
    qr_multiply=lambda A: scipy.linalg.qr_multiply(A, A[0])[0] ** 2,
    qz=lambda A: scipy.linalg.qz(A, np.eye(4) + 0.1 * A)[0] ** 2,
    balanced=lambda A: scipy.linalg.matrix_balance(A * [1.0, 100.0, 1e-3, 1.0])[0],
    null_vector=lambda A: scipy.linalg.null_space(A[:3])[:, 0] ** 2,
    null_space=lambda A: scipy.linalg.null_space(A[:2]),
)
tried.refuses("bases of a space of several dimensions: none is singled out", "null_space")


def _centre_of_mass(a):
    """Of a plate whose border and density depend on a."""

    def moment(weight):
        return integrate.dblquad(
            lambda y, x: weight(x, y) * (1 + a * x * y),
            0.0,
            1.0,
            lambda x: 0.0,
            lambda x: a * math.sqrt(1 + x),
        )[0]

    return moment(lambda x, y: y) / moment(lambda x, y: 1.0)


tried.at(
    0.7,
    dblquad=_centre_of_mass,
    tplquad=lambda a: integrate.tplquad(lambda z, y, x: math.sin(a * x + y * z), 0, 1, 0, a, 0, 1)[0],
    quad_complex=lambda a: abs(integrate.quad(lambda t: np.exp(1j * a * t), 0, 1, complex_func=True)[0]),
    quad_vec_complex=lambda a: abs(integrate.quad_vec(lambda t: np.exp(1j * a * t), 0, 1)[0]),
    quad_of_half_a_line=lambda a: integrate.quad(lambda t: t**a * math.exp(-t), 0, math.inf)[0],
)

POINTS = np.array(
    [
        [0.1, 0.3],
        [2.9, 0.2],
        [1.4, 2.7],
        [1.1, 1.2],
        [2.2, 1.3],
        [0.2, 2.1],
        [2.8, 2.4],
        [1.9, 0.4],
        [0.6, 0.9],
    ]
)


def _cells(points):
    """The areas of Voronoi's cells that are closed, by the shoelace formula."""
    diagram = spatial.Voronoi(points)
    areas = []
    for region in diagram.point_region:
        corners = diagram.regions[region]
        if corners and -1 not in corners:
            x, y = diagram.vertices[corners].T
            areas.append(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2)
    return np.array(areas)


def _by_triangles(points):
    """Linear interpolation between the corners of the triangle that a place is in."""
    triangles = spatial.Delaunay(points)
    place = np.array([1.5, 1.0])
    i = triangles.find_simplex(place)
    b = triangles.transform[i, :2] @ (place - triangles.transform[i, 2])
    return np.append(b, 1 - b.sum()) @ np.sin(points[triangles.simplices[i]])


def _sizes(points):
    """The heights of a tree without its sizes, which are found anew."""
    tree = np.column_stack([hierarchy.linkage(points)[:, :2] + 1, hierarchy.linkage(points)[:, 2]])
    found = hierarchy.from_mlab_linkage(tree)
    return found[:, 2] * found[:, 3]


def _corners(points):
    """Where half planes meet: their edges are at these distances from the origin."""
    planes = np.column_stack([[-1.0, 0.0, 2.0, -0.5], [0.0, -1.0, 1.0, 1.0], -points[:4, 1]])
    return spatial.HalfspaceIntersection(planes, np.array([0.0, 0.0])).intersections


tried.at(
    POINTS,
    voronoi=lambda p: spatial.Voronoi(p).vertices,
    voronoi_areas=_cells,
    delaunay=_by_triangles,
    hull_planes=lambda p: spatial.ConvexHull(p).equations,
    half_planes=_corners,
    hausdorff=lambda p: spatial.distance.directed_hausdorff(p[:5], p[5:])[0],
    kmeans=lambda p: vq.kmeans2(p, p[:3], minit="matrix")[0],
    quantised=lambda p: vq.vq(vq.whiten(p), vq.whiten(p)[:3])[1][3:],
    linkage=lambda p: hierarchy.linkage(p)[:, 2],
    linkage_ward=lambda p: hierarchy.linkage(p, "ward")[:, 2],
    linkage_median=lambda p: hierarchy.linkage(p, "median")[:, 2],
    linkage_weighted=lambda p: hierarchy.linkage(p, "weighted")[:, 2],
    cophenetic=lambda p: hierarchy.cophenet(hierarchy.linkage(p, "average", optimal_ordering=True)),
    cluster_sizes=_sizes,
    inconsistent=lambda p: hierarchy.inconsistent(hierarchy.linkage(p, "complete"), 3),
    flat_clusters=lambda p: p * hierarchy.fclusterdata(p, 1.0)[:, None],
    leaves=lambda p: p[hierarchy.leaves_list(hierarchy.linkage(p))],
    mahalanobis=lambda p: spatial.distance.cdist(p, p[:4] + 0.1, "mahalanobis"),
    mahalanobis_of=lambda p: spatial.distance.pdist(p, "mahalanobis", VI=np.diag(p[0])),
    standardised=lambda p: spatial.distance.pdist(p, "seuclidean"),
    canberra=lambda p: spatial.distance.pdist(p, "canberra"),
    jensen_shannon=lambda p: spatial.distance.pdist(p, "jensenshannon"),
    metric_of_the_user=lambda p: spatial.distance.cdist(
        p, p[:3], lambda u, v: math.hypot(u[0] - v[0], 2 * v[1])
    ),
    discrepancy=lambda p: [stats.qmc.discrepancy(p / 3, method=m) for m in ("CD", "WD", "MD", "L2-star")],
)

SAMPLE = np.array([0.3, 1.9, 0.7, 2.4, 1.1, 3.2, 0.2, 1.6, 2.9, 1.3])
OTHER = np.array([0.9, 2.1, 1.7, 0.4, 2.6, 3.5, 1.2, 0.8, 3.1, 2.2])


tried.at(
    SAMPLE,
    isotonic_regression=lambda x: optimize.isotonic_regression(np.sin(x), weights=1 + x**2).x,
    kolmogorov_smirnov=lambda x: np.array(stats.kstest(x, stats.norm.cdf, args=(1.4, 1.1))[:2]),
    kolmogorov_smirnov_above=lambda x: np.array(
        stats.kstest(x, stats.norm.cdf, (1.4, 1.1), alternative="greater")[:2]
    ),
    kernel_log_density=lambda x: stats.gaussian_kde(x, weights=OTHER).logpdf([0.4, 9.0, x[1]]),
    transport=lambda x: stats.wasserstein_distance_nd(x.reshape(5, 2), OTHER.reshape(5, 2)),
    transport_weights=lambda x: stats.wasserstein_distance_nd(
        x[:6].reshape(3, 2), OTHER[:8].reshape(4, 2), x[:3], x[4:8] ** 2
    ),
    best_choice=lambda x: (
        optimize.milp(
            -x[:4], integrality=[1, 1, 1, 0], constraints=optimize.LinearConstraint([OTHER[:4]], -np.inf, 4.0)
        ).fun
    ),
    shapiro=lambda x: np.array(stats.shapiro(x)),
    shapiro_of_many=lambda x: np.array(stats.shapiro(np.append(x, OTHER**1.1))),
    siegel_slopes=lambda x: np.array(stats.siegelslopes(np.sin(x), OTHER)),
    siegel_hierarchical=lambda x: np.array(stats.siegelslopes(OTHER, x, method="hierarchical")),
    weighted_tau=lambda x: x * stats.weightedtau(x, OTHER).statistic,
    normal_rectangle=lambda x: stats.multivariate_normal.cdf(
        x[:2], x[2:4], [[1.0, x[4] / 3], [x[4] / 3, 2.0]]
    ),
    inverse_wishart=lambda x: stats.invwishart.logpdf(np.diag(x[:2]) + 0.1, 4.5, np.eye(2) * x[2] + 0.2),
    fht=lambda x: fft.fht(x, 0.3, 0.5, offset=0.1, bias=0.2),
    ifht=lambda x: fft.ifht(x[:7], 0.1 * x[0], x[1], offset=0.1 * x[2], bias=0.1 * x[3]),
)
tried.at(0.7, tukey_hsd=lambda a: stats.tukey_hsd(a * SAMPLE, OTHER + 1).pvalue[0, 1])
tried.at(
    0.4,
    hyperbolic_density=lambda x: stats.genhyperbolic.logpdf(x, 0.5 + x, 1.5, -0.5 * x),
    inverse_gaussian_density=lambda x: stats.geninvgauss.pdf(x, 2 + x, 1 + x),
    cosine_distribution=lambda x: stats.cosine.cdf(x) * stats.cosine.ppf(x),
)


@tried.at(0.7)
def distances_into_arrays(x):
    points, out, pairs = np.outer(OTHER[:3], [x, x**2]), np.zeros((3, 3)), np.zeros(3)
    spatial.distance.cdist(points, points + x, out=out)
    spatial.distance.pdist(points, "cityblock", out=pairs)
    return np.sum(out**2) + np.prod(pairs)


@tried.at(0.7)
def sparse_matrices_put_into_arrays(x):
    matrix = sparse.csr_array((OTHER[:3] * x**2, ([0, 1, 1], [2, 0, 1])), shape=(2, 3))
    dense = np.zeros((2, 3))
    matrix.toarray(out=dense)
    return dense**2
