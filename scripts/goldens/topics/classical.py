"""Writes Tests/ModelsTests/Fixtures/classical.json: weights of linear support vector machines by scikit-learn's LinearSVC,
which is LIBLINEAR's dual coordinate descent, run until nothing moves; and of ridge regression by least squares of the
system with the penalty's rows appended, in float64.

Features and labels are drawn by the goldens' generator, so that only the answers are written.
"""

import numpy as np
from sklearn.svm import LinearSVC

from .. import files, generator


def features(label, count, width):
    """Uniform in [−1, 1); every third one is 0."""
    u = generator.uniform(label, count * width)
    x = np.float32(2) * u - np.float32(1)
    x[::3] = 0
    return x.reshape(count, width)


def labels(label, x):
    """By the sum of the first half of the features, with noise."""
    noise = generator.uniform(label + ".noise", len(x)).astype(np.float64) - 0.5
    return x[:, :(x.shape[1] + 1) // 2].astype(np.float64).sum(1) + 1.5 * noise > 0.3


def machine(name, count, width, loss, cost, positive, negative, bias):
    x = features(name, count, width)
    y = labels(name, x)
    model = LinearSVC(
        loss=dict(hinge="hinge", squaredHinge="squared_hinge")[loss], dual=True, C=cost, tol=1e-10, max_iter=2_000_000,
        fit_intercept=bias > 0, intercept_scaling=bias or 1, class_weight={True: positive, False: negative},
        random_state=0)
    model.fit(x.astype(np.float64), y)
    return dict(
        name=name, count=count, width=width, loss=loss, cost=cost, positive=positive, negative=negative, bias=bias,
        positives=int(y.sum()), weights=model.coef_[0].tolist(), intercept=float(np.ravel(model.intercept_)[0]))


def ridge(name, count, width, outputs, penalty):
    x = features(name, count, width).astype(np.float64)
    y = generator.uniform(name + ".targets", count * outputs).reshape(count, outputs).astype(np.float64)
    y += x[:, :outputs] * 2
    mean = y.mean(0)
    extended = np.hstack([x, np.ones((count, 1))])
    system = np.vstack([extended, np.sqrt(penalty) * np.eye(width + 1)])
    solution = np.linalg.lstsq(system, np.vstack([y - mean, np.zeros((width + 1, outputs))]), rcond=None)[0]
    return dict(
        name=name, count=count, width=width, outputs=outputs, penalty=penalty, weights=solution[:width].T.ravel().tolist(),
        bias=(solution[width] + mean).tolist())


def write(arguments):
    machines = [
        machine("square", 120, 6, "squaredHinge", 1, 1, 1, 1),
        machine("hinge", 120, 6, "hinge", 1, 1, 1, 1),
        machine("hinge, few examples", 15, 40, "hinge", 0.1, 1, 1, 1),
        machine("square, few examples", 15, 40, "squaredHinge", 10, 1, 1, 1),
        machine("hinge, weighted, large bias", 200, 9, "hinge", 0.02, 2, 1, 10),
        machine("square, weighted", 200, 9, "squaredHinge", 0.05, 1, 3.5, 1),
        machine("hinge, no bias", 90, 5, "hinge", 0.5, 1, 1, 0),
        machine("square, no bias, one feature", 40, 1, "squaredHinge", 2, 1, 1, 0),
    ]
    regressions = [
        ridge("ridge", 80, 7, 4, 3.0), ridge("ridge, wide", 9, 30, 2, 0.5), ridge("ridge, heavy", 200, 12, 4, 1000.0)]
    files.write_json(
        files.fixtures("ModelsTests") / "classical.json", dict(machines=machines, regressions=regressions))
