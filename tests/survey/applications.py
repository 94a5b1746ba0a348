"""Whole little programs, as they stand in scripts, notebooks and homework."""

import math
from math import cos, erf, exp, log, pi, sin, sqrt

import numpy as np

from . import Group

tried = Group(__name__, "little applications")

V = np.array([0.3, 0.8, 1.7])


@tried.at((100.0, 105.0, 0.5, 0.03, 0.25))
def black_scholes(S, K, T, r, sigma):
    d1 = (log(S / K) + (r + sigma**2 / 2) * T) / (sigma * sqrt(T))
    d2 = d1 - sigma * sqrt(T)

    def N(x):
        return 0.5 * (1.0 + erf(x / sqrt(2.0)))

    return S * N(d1) - K * exp(-r * T) * N(d2)


@tried.at((0.9, 0.3))
def kepler_equation(M, e):
    E = M
    for _ in range(8):
        E = E - (E - e * sin(E) - M) / (1 - e * cos(E))
    return E


@tried.at(np.array([1.0, 0.1, -0.2, 0.9]))
def two_body_orbit(state):
    """Leapfrog around a fixed sun."""
    position, velocity = state[:2].copy(), state[2:].copy()
    dt = 0.05
    for _ in range(20):
        r = np.sqrt(np.sum(position**2))
        velocity = velocity - 0.5 * dt * position / r**3
        position = position + dt * velocity
        r = np.sqrt(np.sum(position**2))
        velocity = velocity - 0.5 * dt * position / r**3
    return np.concatenate([position, velocity])


@tried.at((6778.0, 0.001, 1.1))
def orbital_elements(a, e, nu):
    mu = 398600.4418
    p = a * (1 - e**2)
    r = p / (1 + e * math.cos(nu))
    speed = math.sqrt(mu * (2 / r - 1 / a))
    period = 2 * math.pi * math.sqrt(a**3 / mu)
    return r, speed, period


@tried.at(np.array([1.0, 0.5, -0.3]))
def lorenz_rk4(u):
    def f(u):
        x, y, z = u
        return np.array([10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z])

    dt = 0.01
    for _ in range(10):
        k1 = f(u)
        k2 = f(u + dt / 2 * k1)
        k3 = f(u + dt / 2 * k2)
        k4 = f(u + dt * k3)
        u = u + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return u


@tried.at((0.4, 2.0))
def logistic_growth_euler(rate, capacity):
    p, t, dt = 0.1, 0.0, 0.05
    while t < 2.0:
        p += dt * rate * p * (1 - p / capacity)
        t += dt
    return p


@tried.at((1.1, 0.4, 0.1, 0.4))
def lotka_volterra(a, b, c, d):
    x, y = 10.0, 5.0
    history = []
    for _ in range(30):
        x, y = x + 0.02 * (a * x - b * x * y), y + 0.02 * (c * x * y - d * y)
        history.append((x, y))
    return np.array(history)[::10]


@tried.at((0.3, 0.1))
def epidemic(beta, gamma):
    S, I, R = 0.99, 0.01, 0.0
    peak = I
    for _ in range(40):
        infected, recovered = beta * S * I, gamma * I
        S, I, R = S - infected, I + infected - recovered, R + recovered
        peak = max(peak, I)
    return peak, R


@tried.at((2.0, 0.5))
def damped_oscillator(k, c):
    n = 40
    x, v = np.zeros(n), np.zeros(n)
    x[0] = 1.0
    dt = 0.1
    for i in range(n - 1):
        v[i + 1] = v[i] - dt * (k * x[i] + c * v[i])
        x[i + 1] = x[i] + dt * v[i + 1]
    return x[::8]


@tried.at(2.0)
def newton_square_root(a):
    x = a
    for _ in range(8):
        x = 0.5 * (x + a / x)
    return x


@tried.at(2.0)
def newton_until_converged(a):
    x = 1.0
    for _ in range(50):
        step = (x**3 - a) / (3 * x**2)
        x -= step
        if abs(step) < 1e-14:
            break
    return x


@tried.at(0.7)
def bisection_polished(a):
    """The bracket moves by halves of constants; the last Newton step carries the derivative."""
    low, high = 0.0, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        if middle + math.sin(middle) < a:
            low = middle
        else:
            high = middle
    x = (low + high) / 2
    return x - (x + math.sin(x) - a) / (1 + math.cos(x))


@tried.at(0.7)
def secant(a):
    x0, x1 = 0.5, 1.0
    for _ in range(7):
        f0, f1 = x0**2 - a, x1**2 - a
        x0, x1 = x1, x1 - f1 * (x1 - x0) / (f1 - f0)
    return x1


@tried.at(0.7)
def fixed_point(a):
    x = a
    for _ in range(80):
        x = math.cos(a * x)
    return x


@tried.at((0.4, 1.7))
def trapezoid_rule(a, b):
    n = 20
    h = (b - a) / n
    total = 0.5 * (math.exp(-(a**2)) + math.exp(-(b**2)))
    for i in range(1, n):
        total += math.exp(-((a + i * h) ** 2))
    return total * h


@tried.at((0.4, 1.7))
def simpson_rule(a, b):
    x = np.linspace(a, b, 11)
    y = np.sin(x**2)
    return (b - a) / 30 * (y[0] + 4 * y[1:-1:2].sum() + 2 * y[2:-1:2].sum() + y[-1])


@tried.at((0.4, 1.7))
def gauss_legendre(a, b):
    nodes, weights = np.polynomial.legendre.leggauss(6)
    x = 0.5 * (b - a) * nodes + 0.5 * (b + a)
    return 0.5 * (b - a) * np.sum(weights * np.exp(-x) * np.cos(x))


@tried.at(0.9)
def romberg(b):
    R = np.zeros((5, 5))
    for i in range(5):
        n = 2**i
        x = np.array([b * k / n for k in range(n + 1)])
        y = np.exp(-(x**2))
        R[i, 0] = b / n * (0.5 * y[0] + y[1:-1].sum() + 0.5 * y[-1])
        for j in range(1, i + 1):
            R[i, j] = R[i, j - 1] + (R[i, j - 1] - R[i - 1, j - 1]) / (4**j - 1)
    return R[4, 4]


@tried.at((0.5, 2.0))
def adaptive_simpson(a, b):
    def f(x):
        return math.sin(1 / x)

    def simpson(a, b):
        return (b - a) / 6 * (f(a) + 4 * f((a + b) / 2) + f(b))

    def refined(a, b, whole, depth):
        middle = (a + b) / 2
        left, right = simpson(a, middle), simpson(middle, b)
        if depth == 0 or abs(left + right - whole) < 1e-4:
            return left + right
        return refined(a, middle, left, depth - 1) + refined(middle, b, right, depth - 1)

    return refined(a, b, simpson(a, b), 8)


@tried.at((np.array([[2.0, -1.0, 0.5], [4.0, 3.0, -1.0], [0.3, 0.5, 2.5]]), V))
def gauss_elimination(A, b):
    A, b = A.copy(), b.copy()
    n = len(b)
    for k in range(n):
        p = k + np.argmax(np.abs(A[k:, k]))
        if p != k:
            A[[k, p]] = A[[p, k]]
            b[[k, p]] = b[[p, k]]
        for i in range(k + 1, n):
            factor = A[i, k] / A[k, k]
            A[i, k:] -= factor * A[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return x


@tried.at((np.array([4.0, 5.0, 6.0, 5.0]), np.array([1.0, -1.0, 0.5]), np.array([1.0, 2.0, 3.0, 4.0])))
def thomas_algorithm(d, off, b):
    n = len(d)
    c, y = [0.0] * n, [0.0] * n
    c[0], y[0] = off[0] / d[0], b[0] / d[0]
    for i in range(1, n):
        m = d[i] - off[i - 1] * c[i - 1]
        if i < n - 1:
            c[i] = off[i] / m
        y[i] = (b[i] - off[i - 1] * y[i - 1]) / m
    x = np.zeros(n)
    x[-1] = y[-1]
    for i in range(n - 2, -1, -1):
        x[i] = y[i] - c[i] * x[i + 1]
    return x


@tried.at(np.array([[2.0, -1.0, 0.5], [4.0, 3.0, -1.0], [0.3, 0.5, 2.5]]))
def cholesky_by_hand(A):
    S = A @ A.T + np.eye(3)
    L = np.zeros_like(S)
    for i in range(3):
        for j in range(i + 1):
            s = S[i, j] - sum(L[i, k] * L[j, k] for k in range(j))
            L[i, j] = math.sqrt(s) if i == j else s / L[j, j]
    return L


@tried.at(np.array([[2.0, -1.0, 0.5], [4.0, 3.0, -1.0], [0.3, 0.5, 2.5]]))
def determinant_by_expansion(A):
    def det(M):
        if len(M) == 1:
            return M[0][0]
        minors = ([row[:j] + row[j + 1 :] for row in M[1:]] for j in range(len(M)))
        return sum((-1) ** j * M[0][j] * det(minor) for j, minor in enumerate(minors))

    return det([list(row) for row in A])


@tried.at((np.array([[0.3, -0.8], [2.4, 0.1]]), np.array([[1.3, 0.2], [0.4, -0.9]])))
def matrix_product_by_loops(A, B):
    n, m, p = len(A), len(B), len(B[0])
    C = np.zeros((n, p))
    for i in range(n):
        for j in range(p):
            for k in range(m):
                C[i, j] += A[i, k] * B[k, j]
    return C


@tried.at(np.array([[4.0, 1.0, 0.3], [1.0, 3.0, 0.2], [0.3, 0.2, 2.0]]))
def jacobi_iteration(A):
    b = np.array([1.0, 2.0, 3.0])
    x = np.zeros(3)
    D = np.diag(A)
    R = A - np.diag(D)
    for _ in range(15):
        x = (b - R @ x) / D
    return x


@tried.at(V)
def conjugate_gradient(b):
    A = np.array([[4.0, 1.0, 0.3], [1.0, 3.0, 0.2], [0.3, 0.2, 2.0]])
    x, r = np.zeros(3), b
    p = r
    for _ in range(2):
        alpha = (r @ r) / (p @ A @ p)
        x = x + alpha * p
        new = r - alpha * (A @ p)
        p = new + (new @ new) / (r @ r) * p
        r = new
    return x


@tried.at((0.7, np.array([1.0, -2.0, 0.5, 3.0])))
def horner(x, coefficients):
    result = 0.0
    for c in coefficients[::-1]:
        result = result * x + c
    return result


@tried.at(0.7)
def continued_fraction(x):
    value = 0.0
    for k in range(12, 0, -1):
        value = k * x / (1.0 + value)
    return 1 / (1 + value)


@tried.at((0.7, 1.1))
def fibonacci_like(a, b):
    for _ in range(10):
        a, b = b, 0.5 * a + 0.4 * b
    return b


@tried.at(0.37)
def logistic_map(r):
    x = 0.3
    for _ in range(15):
        x = 4 * r * x * (1 - x) + 0.1
    return x


@tried.at(0.7)
def recursive_sine(x):
    z = x
    for _ in range(20):
        z = math.sin(z * x) + x
    return z


@tried.at((0.05, 0.2))
def monte_carlo_option(r, sigma):
    rng = np.random.default_rng(42)
    z = rng.standard_normal(200)
    terminal = 100.0 * np.exp((r - 0.5 * sigma**2) + sigma * z)
    return np.exp(-r) * np.mean(np.maximum(terminal - 95.0, 0.0))


@tried.at(0.7)
def monte_carlo_by_loop(x):
    rng = np.random.RandomState(1)
    total = 0.0
    for _ in range(50):
        u = rng.uniform()
        total += math.exp(-x * u) if u < 0.5 else x * u
    return total / 50


@tried.at((1.3, V))
def linear_interpolation(x, y):
    knots = [0.0, 1.0, 2.5]
    for i in range(len(knots) - 1):
        if knots[i] <= x <= knots[i + 1]:
            w = (x - knots[i]) / (knots[i + 1] - knots[i])
            return (1 - w) * y[i] + w * y[i + 1]
    raise ValueError(x)


@tried.at((1.3, np.array([1.0, 0.5, 2.0, -1.0])))
def lagrange_interpolation(x, y):
    nodes = np.array([0.0, 1.0, 2.0, 3.0])
    total = 0
    for i in range(4):
        term = y[i]
        for j in range(4):
            if i != j:
                term = term * (x - nodes[j]) / (nodes[i] - nodes[j])
        total = total + term
    return total


@tried.at(np.array([1.0, 0.5, 2.0, -1.0, 0.3]))
def cubic_spline(y):
    n, h = len(y), 1.0
    A, rhs = np.eye(n), np.zeros(n)
    for i in range(1, n - 1):
        A[i, i - 1 : i + 2] = h / 6, 2 * h / 3, h / 6
        rhs[i] = (y[i + 1] - 2 * y[i] + y[i - 1]) / h
    M = np.linalg.solve(A, rhs)
    t = 0.4
    return M[1] * (1 - t) ** 3 / 6 + M[2] * t**3 / 6 + (y[1] - M[1] / 6) * (1 - t) + (y[2] - M[2] / 6) * t


@tried.at((np.array([0.3, -0.8, 1.7, 2.4]), np.array([1.2, 0.4, -0.6])))
def convolution_by_hand(signal, kernel):
    out = np.zeros(len(signal) + len(kernel) - 1)
    for i in range(len(signal)):
        for j in range(len(kernel)):
            out[i + j] += signal[i] * kernel[j]
    return out


@tried.at((np.linspace(-0.5, 0.8, 8), np.array([0.3, -0.4])))
def neural_network(weights, x):
    W1 = weights[:4].reshape(2, 2)
    b1 = weights[4:6]
    W2 = weights[6:]
    hidden = np.tanh(W1 @ x + b1)
    return 1 / (1 + np.exp(-(W2 @ hidden)))


@tried.at(np.linspace(-0.5, 0.8, 6))
def cross_entropy(weights):
    X = np.array([[0.5, 1.2], [-0.3, 0.8], [1.5, -0.7], [0.2, 0.1]])
    labels = np.array([0, 2, 1, 2])
    scores = X @ weights.reshape(2, 3)
    scores = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -log_probabilities[np.arange(4), labels].mean()


@tried.at((0.5, 1.4))
def gaussian_log_likelihood(mu, sigma):
    data = [0.2, 1.1, -0.4, 0.8, 2.3]
    n = len(data)
    return -n / 2 * log(2 * pi * sigma**2) - sum((x - mu) ** 2 for x in data) / (2 * sigma**2)


@tried.at((0.5, 1.4))
def logistic_regression(a, b):
    x = np.array([0.2, 1.1, -0.4, 0.8, 2.3])
    y = np.array([0, 1, 0, 0, 1])
    p = 1.0 / (1.0 + np.exp(-(a + b * x)))
    return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))


@tried.at((2.5, 1.3))
def gamma_log_likelihood(shape, rate):
    data = [0.2, 1.1, 0.4, 0.8, 2.3]
    return sum(
        shape * math.log(rate) - math.lgamma(shape) + (shape - 1) * math.log(x) - rate * x for x in data
    )


@tried.at(np.array([0.1, 0.6, 0.5, 1.8]))
def mixture_log_likelihood(theta):
    data = np.array([0.2, 1.1, -0.4, 0.8, 2.3])
    weight = 1 / (1 + np.exp(-theta[0]))

    def density(x, mu, sigma):
        return np.exp(-0.5 * ((x - mu) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))

    mixture = weight * density(data, theta[1], theta[2]) + (1 - weight) * density(data, 0.0, theta[3])
    return np.sum(np.log(mixture))


@tried.at(np.array([0.3, 1.2]))
def gaussian_process(theta):
    x = np.array([0.0, 0.5, 1.3, 2.0])
    y = np.sin(x)
    K = theta[1] ** 2 * np.exp(-0.5 * (x[:, None] - x[None, :]) ** 2 / theta[0] ** 2) + 0.1 * np.eye(4)
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
    return 0.5 * y @ alpha + np.sum(np.log(np.diag(L)))


@tried.at(np.array([0.7, 0.2, 0.5]))
def hidden_markov_model(p):
    transition = np.array([[p[0], 1 - p[0]], [p[1], 1 - p[1]]])
    emission = np.array([[p[2], 1 - p[2]], [0.3, 0.7]])
    alpha = np.array([0.5, 0.5])
    total = 0.0
    for observed in [0, 1, 1, 0]:
        alpha = (alpha @ transition) * emission[:, observed]
        scale = alpha.sum()
        total += np.log(scale)
        alpha /= scale
    return total


@tried.at(np.array([0.3, 0.1]))
def kalman_filter(noise):
    q, r = noise
    x, P = 0.0, 1.0
    log_likelihood = 0.0
    for z in [0.4, 0.9, 0.7, 1.2]:
        P = P + q
        S = P + r
        K = P / S
        log_likelihood -= 0.5 * (math.log(2 * math.pi * S) + (z - x) ** 2 / S)
        x = x + K * (z - x)
        P = (1 - K) * P
    return log_likelihood


@tried.at(np.array([-100.0, 30.0, 40.0, 60.0]))
def internal_rate_of_return(flows):
    rate = 0.1
    for _ in range(20):
        value = sum(c / (1 + rate) ** t for t, c in enumerate(flows))
        slope = sum(-t * c / (1 + rate) ** (t + 1) for t, c in enumerate(flows))
        rate = rate - value / slope
    return rate


@tried.at((200000.0, 0.04))
def mortgage_payment(principal, rate):
    monthly = rate / 12
    payment = principal * monthly / (1 - (1 + monthly) ** -360)
    balance = principal
    for _ in range(12):
        balance = balance * (1 + monthly) - payment
    return payment, balance


@tried.at((350.0, 1.2e5))
def arrhenius_rate_law(T, Ea):
    k = 1e13 * math.exp(-Ea / (8.314 * T))
    concentration = 1.0
    for _ in range(20):
        concentration -= 0.01 * k * concentration**2 / (1 + k)
    return k, concentration


@tried.at((0.8, 0.3))
def michaelis_menten(vmax, km):
    s = 2.0
    product = 0.0
    while s > 0.5:
        rate = vmax * s / (km + s)
        s -= 0.1 * rate
        product += 0.1 * rate
    return product * s


@tried.at((0.10, 1.8e-5))
def acid_ph(concentration, ka):
    h = (-ka + math.sqrt(ka**2 + 4 * ka * concentration)) / 2
    return -math.log10(h)


@tried.at((300.0, 0.025))
def van_der_waals(T, V):
    R, a, b = 8.314, 0.364, 4.27e-5
    return R * T / (V - b) - a / V**2


@tried.at((1e5, 1e-4))
def colebrook(reynolds, roughness):
    f = 0.02
    for _ in range(20):
        f = 1 / (-2 * math.log10(roughness / 3.7 + 2.51 / (reynolds * math.sqrt(f)))) ** 2
    return f


@tried.at((0.8, 0.9, 0.1, 1.2))
def haversine(lat1, lon1, lat2, lon2):
    a = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(sqrt(a))


@tried.at(np.array([[0.0, 0.1], [2.0, 0.3], [1.5, 1.8], [0.2, 1.1]]))
def polygon_area(points):
    total = 0.0
    for (x1, y1), (x2, y2) in zip(points, np.roll(points, -1, axis=0), strict=True):
        total += x1 * y2 - x2 * y1
    return abs(total) / 2


@tried.at((3.0, 4.0, 6.0))
def triangle(a, b, c):
    s = (a + b + c) / 2
    area = math.sqrt(s * (s - a) * (s - b) * (s - c))
    angle = math.acos((a * a + b * b - c * c) / (2 * a * b))
    return area, math.degrees(angle)


@tried.at(np.array([0.3, 0.9]))
def robot_arm(angles):
    links = [1.0, 0.7]
    x = y = total = 0.0
    for link, angle in zip(links, angles, strict=True):
        total += angle
        x += link * math.cos(total)
        y += link * math.sin(total)
    return np.array([x, y])


@tried.at(np.array([0.9, 0.1, 0.3, -0.2]))
def quaternion_rotation(q):
    w, x, y, z = q / np.linalg.norm(q)
    R = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
    return R @ np.array([1.0, 2.0, 3.0])


@tried.at(np.arange(16.0).reshape(4, 4) ** 1.5)
def image_blur(image):
    out = np.zeros_like(image)
    rows, columns = image.shape
    for i in range(rows):
        for j in range(columns):
            out[i, j] = image[max(i - 1, 0) : i + 2, max(j - 1, 0) : j + 2].mean()
    return out


@tried.at(np.arange(16.0).reshape(4, 4) ** 1.5)
def sobel_edges(image):
    gx = image[:-2, 2:] + 2 * image[1:-1, 2:] + image[2:, 2:]
    gx = gx - image[:-2, :-2] - 2 * image[1:-1, :-2] - image[2:, :-2]
    gy = image[2:, :-2] + 2 * image[2:, 1:-1] + image[2:, 2:]
    gy = gy - image[:-2, :-2] - 2 * image[:-2, 1:-1] - image[:-2, 2:]
    return np.hypot(gx, gy)


@tried.at(np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3, 0.2, 0.6]))
def spectral_filter(signal):
    spectrum = np.fft.rfft(signal)
    spectrum[3:] = 0
    return np.fft.irfft(spectrum, n=len(signal))


@tried.at(np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3, 0.2, 0.6]))
def windowed_spectrum(signal):
    windowed = signal * np.hanning(len(signal))
    return 10 * np.log10(np.abs(np.fft.rfft(windowed)) ** 2 + 1e-3)


@tried.at((np.array([0.3, -0.8, 1.7, 2.4, 0.9]), 0.3))
def exponential_smoothing(signal, alpha):
    smoothed = [signal[0]]
    for x in signal[1:]:
        smoothed.append(alpha * x + (1 - alpha) * smoothed[-1])
    return np.array(smoothed)


@tried.at(np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3, 0.2, 0.6]))
def recursive_fft(signal):
    def transform(x):
        n = len(x)
        if n == 1:
            return [x[0] + 0j]
        even, odd = transform(x[::2]), transform(x[1::2])
        turned = [np.exp(-2j * np.pi * k / n) * odd[k] for k in range(n // 2)]
        return [a + b for a, b in zip(even, turned, strict=True)] + [
            a - b for a, b in zip(even, turned, strict=True)
        ]

    return np.array([abs(z) for z in transform(signal)])


@tried.at(np.sin(np.arange(8.0)))
def heat_equation(u):
    for _ in range(5):
        interior = u[1:-1] + 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        u = np.concatenate(([0.0], interior, [0.0]))
    return u


@tried.at(np.sin(np.arange(8.0)))
def burgers_upwind(u):
    u = u.copy()
    for _ in range(4):
        old = u.copy()
        for i in range(1, len(u)):
            u[i] = old[i] - 0.1 * old[i] * (old[i] - old[i - 1])
    return u


@tried.at((V, 0.5))
def gradient_descent(x, rate):
    for _ in range(10):
        gradient = np.array([2 * (x[0] - 1), 4 * x[1] ** 3, np.cos(x[2])])
        x = x - 0.1 * rate * gradient
    return x


@tried.at(np.array([0.3, -0.8, 1.7, 2.4, 0.9, -1.3]))
def lennard_jones(positions):
    points = positions.reshape(3, 2) * 2
    energy = 0.0
    for i in range(3):
        for j in range(i):
            r2 = np.sum((points[i] - points[j]) ** 2)
            energy += 4 * (1 / r2**6 - 1 / r2**3)
    return energy


@tried.at((0.12, 35.0))
def projectile_with_drag(drag, speed):
    x, y = 0.0, 1.0
    vx, vy = speed * math.cos(0.7), speed * math.sin(0.7)
    for _ in range(30):
        v = math.hypot(vx, vy)
        vx -= 0.05 * drag * v * vx
        vy -= 0.05 * (9.81 + drag * v * vy)
        x += 0.05 * vx
        y += 0.05 * vy
    return x, y


@tried.at((22.0, 0.6))
def dew_point(temperature, humidity):
    a, b = 17.27, 237.7
    gamma = a * temperature / (b + temperature) + math.log(humidity)
    return b * gamma / (a - gamma)


@tried.at(np.array([0.2, 0.5, 0.7]))
def srgb_to_lab_lightness(rgb):
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    Y = np.dot([0.2126, 0.7152, 0.0722], linear)
    return 116 * (Y ** (1 / 3) if Y > (6 / 29) ** 3 else Y / (3 * (6 / 29) ** 2) + 4 / 29) - 16


@tried.at(np.array([1.3, 0.4, 2.1]))
def eigenvalues_by_jacobi_rotations(p):
    A = np.array([[p[0], p[1], 0.2], [p[1], p[2], 0.3 * p[0]], [0.2, 0.3 * p[0], 3.0]])
    for _ in range(30):
        if np.sum(np.tril(A, -1) ** 2) < 1e-22:
            break
        for i, j in ((0, 1), (0, 2), (1, 2)):
            theta = (A[j, j] - A[i, i]) / (2 * A[i, j])
            t = (1 if theta >= 0 else -1) / (abs(theta) + math.sqrt(theta * theta + 1))
            c = 1 / math.sqrt(t * t + 1)
            J = np.eye(3)
            J[i, i] = J[j, j] = c
            J[i, j], J[j, i] = t * c, -t * c
            A = J.T @ A @ J
    return np.sort(np.diag(A))


@tried.at(np.array([0.3, 0.7, 0.2, 0.6]))
def hidden_markov_model_with_logarithms_of_zero(p):
    with np.errstate(divide="ignore"):
        moves = np.log(np.array([[1 - p[0], p[0]], [p[1], 1 - p[1]]]))
        seen = np.log(np.array([[p[2], 1 - p[2], 0], [1 - p[3], p[3], 0]]))
        state = np.log(np.array([1.0, 0.0]))
    for o in (0, 1, 1, 0, 1):
        state = np.logaddexp.reduce(state[:, None] + moves, axis=0) + seen[:, o]
    return np.logaddexp.reduce(state)


@tried.at(np.array([1.0, 2.2, 3.1]))
def soft_dynamic_time_warping(a):
    b = np.array([1.1, 2.0, 2.9, 3.5])
    D = np.full((4, 5), np.inf)
    D[0, 0] = 0
    for i in range(3):
        for j in range(4):
            r = np.array([D[i, j + 1], D[i + 1, j], D[i, j]])
            D[i + 1, j + 1] = (a[i] - b[j]) ** 2 + r.min() - 0.3 * np.log(np.exp(-(r - r.min()) / 0.3).sum())
    return D[-1, -1]


@tried.at((100.0, 0.2, 0.05))
def american_option_on_a_tree(spot, volatility, rate):
    n = 20
    u = math.exp(volatility * math.sqrt(1 / n))
    discount = math.exp(-rate / n)
    q = (1 / discount - 1 / u) / (u - 1 / u)
    values = [max(105 - spot * u ** (2 * j - n), 0.0) for j in range(n + 1)]
    for i in range(n - 1, -1, -1):
        values = [
            max(
                math.exp(-rate / n) * (q * values[j + 1] + (1 - q) * values[j]), 105 - spot * u ** (2 * j - i)
            )
            for j in range(i + 1)
        ]
    return values[0]


@tried.at(2.3)
def bessel_function_by_backward_recurrence(x):
    above, value, norm, wanted = 0.0, 1e-30, 0.0, None
    for k in range(40, 0, -1):
        above, value = value, 2 * k / x * value - above
        if k == 3:
            wanted = value
        if k % 2:
            norm += value * (2 if k > 1 else 1)
    return wanted / norm


@tried.at(np.array([0.3, 1.2, -0.4, 2.0]))
def projection_on_the_simplex(v):
    u = np.sort(v)[::-1]
    excess = np.cumsum(u) - 1
    k = np.arange(1, 5)
    last = k[u - excess / k > 0][-1]
    return np.maximum(v - excess[last - 1] / last, 0)


tried.rounds(
    "a complex NumPy number times a Dual is multiplied as arrays are, which rounds otherwise", "recursive_fft"
)
