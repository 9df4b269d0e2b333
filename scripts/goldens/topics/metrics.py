"""Writes Tests/TrainingTests/Fixtures/metrics.json: the order of classes, top-k, confusion and recall of logits with many
ties, by PyTorch and scikit-learn.

Equal logits stand in the order of their classes, and NaN above all numbers: torch's stable sort. scikit-learn prefers the
later of equal classes, so it gets the classes in reverse; that both agree is asserted here.
"""

import math

import sklearn.metrics
import torch
import torch.nn.functional as F

from .. import files

INFINITY, NAN = math.inf, math.nan


def number(value):
    """JSON has no number for these."""
    return float(f"{value:.10g}") if math.isfinite(value) else str(value)


def case(name, logits, labels, batches):
    """batches: the pictures of each, which add up to all."""
    count, classes = logits.shape
    assert sum(batches) == count
    order = torch.sort(logits, dim=1, descending=True, stable=True).indices
    predicted = order[:, 0]
    assert torch.equal(predicted, logits.argmax(1))
    top = [(order[:, :k] == labels[:, None]).any(1).double().mean().item() for k in range(1, classes + 1)]
    everything = list(range(classes))
    if logits.isfinite().all() and classes > 2:
        for k in range(1, classes):
            score = sklearn.metrics.top_k_accuracy_score(
                classes - 1 - labels.numpy(), logits.flip(1).numpy(), k=k, labels=everything)
            assert math.isclose(score, top[k - 1], rel_tol=1e-12), (name, k)
    recall = sklearn.metrics.recall_score(labels, predicted, labels=everything, average=None, zero_division=NAN)
    return dict(
        name=name,
        classes=classes,
        labels=labels.tolist(),
        batches=batches,
        logits=[number(v) for v in logits.flatten().tolist()],
        order=order.flatten().tolist(),
        probabilities=[number(v) for v in torch.softmax(logits.double(), 1).flatten().tolist()],
        loss=number(F.cross_entropy(logits.double(), labels).item()),
        accuracy=sklearn.metrics.accuracy_score(labels, predicted),
        top=top,
        recall=[None if math.isnan(v) else v for v in recall.tolist()],
        confusion=sklearn.metrics.confusion_matrix(labels, predicted, labels=everything).tolist(),
    )


def drawn(name, classes, batches, steps, absent=()):
    """Logits of a few values only, highest at the label more often than by chance."""
    count = sum(batches)
    present = torch.tensor([c for c in range(classes) if c not in absent])
    labels = present[torch.randint(len(present), (count,))]
    logits = torch.randint(-steps, steps + 1, (count, classes)) / 4
    logits[torch.arange(count), labels] += torch.randint(0, steps + 1, (count,)) / 4
    return case(name, logits, labels, batches)


def write(arguments):
    torch.manual_seed(4)
    special = torch.tensor([
        [NAN, 1, INFINITY, NAN, -INFINITY, 0], [INFINITY, INFINITY, 3, 3, 3, NAN], [-INFINITY] * 6, [NAN] * 6,
        [0.0, -0.0, 0.0, -0.0, -1, 0], [-INFINITY, -1, -INFINITY, -1, -INFINITY, -INFINITY],
    ])
    cases = [
        drawn("ten", 10, [32, 32, 32, 24], 4),
        drawn("many, two absent", 23, [50, 1, 9], 6, absent=[4, 22]),
        drawn("three", 3, [16, 16, 1], 2),
        drawn("two", 2, [20, 5], 1),
        case("all equal", torch.zeros(12, 6), torch.arange(12) % 6, [12]),
        case("not finite", special, torch.tensor([3, 5, 4, 0, 5, 1]), [4, 2]),
    ]
    files.write_json(files.fixtures("TrainingTests") / "metrics.json", cases)
