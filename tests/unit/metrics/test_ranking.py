"""AUC, DeLong and TPR at FPR against scikit-learn, a direct double loop, and the two-normals case."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tunewright.core.errors import UsageError
from tunewright.metrics.ranking import auc, delong, roc_points, true_positive_rate

sklearn_metrics = pytest.importorskip("sklearn.metrics")

scores = st.lists(st.integers(0, 12).map(float), min_size=2, max_size=40)


@settings(max_examples=150, deadline=None)
@given(positives=scores, negatives=scores, alpha=st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0]))
def test_against_scikit_learn(positives: list[float], negatives: list[float], alpha: float) -> None:
    truth = [1] * len(positives) + [0] * len(negatives)
    values = positives + negatives
    assert auc(positives, negatives) == pytest.approx(sklearn_metrics.roc_auc_score(truth, values))
    fpr, tpr, _ = sklearn_metrics.roc_curve(truth, values, drop_intermediate=False)
    found = true_positive_rate(positives, negatives, at=alpha)
    assert found.rate.value == pytest.approx(tpr[np.where(fpr <= alpha)[0][-1]])
    assert found.false_positive_rate <= alpha
    assert np.array(roc_points(positives, negatives)) == pytest.approx(np.column_stack([fpr, tpr]))


def _direct_delong_variance(x: list[float], y: list[float]) -> float:
    """DeLong, DeLong & Clarke-Pearson 1988, equations 4-6, by the definition."""

    def psi(a: float, b: float) -> float:
        return 1.0 if a > b else 0.5 if a == b else 0.0

    theta = sum(psi(a, b) for a in x for b in y) / (len(x) * len(y))
    v10 = [sum(psi(a, b) for b in y) / len(y) for a in x]
    v01 = [sum(psi(a, b) for a in x) / len(x) for b in y]
    s10 = sum((v - theta) ** 2 for v in v10) / (len(x) - 1)
    s01 = sum((v - theta) ** 2 for v in v01) / (len(y) - 1)
    return s10 / len(x) + s01 / len(y)


@settings(max_examples=100, deadline=None)
@given(positives=scores, negatives=scores)
def test_delong_equals_its_definition(positives: list[float], negatives: list[float]) -> None:
    found = delong(positives, negatives)
    variance = _direct_delong_variance(positives, negatives)
    assert 0 <= found.low <= found.value <= found.high <= 1
    if variance > 1e-12 and 0 < found.value < 1:
        half = 1.959964 * math.sqrt(variance) / (found.value * (1 - found.value))
        logit = math.log(found.value / (1 - found.value))
        assert found.low == pytest.approx(1 / (1 + math.exp(half - logit)), abs=1e-6)
        assert found.high == pytest.approx(1 / (1 + math.exp(-half - logit)), abs=1e-6)


def test_two_normals_one_apart() -> None:
    """AUC = Phi(1 / sqrt 2) = .76025 and TPR at 1 % FPR = .09236."""
    generator = np.random.default_rng(0)
    members, others = generator.normal(1, 1, 200_000), generator.normal(0, 1, 200_000)
    assert auc(members.tolist(), others.tolist()) == pytest.approx(0.76025, abs=3e-3)
    assert true_positive_rate(members.tolist(), others.tolist(), at=0.01).rate.value == pytest.approx(
        0.09236, abs=5e-3
    )


def test_delong_covers() -> None:
    generator = np.random.default_rng(4)
    held = 0
    for _ in range(600):
        found = delong(generator.normal(1, 1, 60).tolist(), generator.normal(0, 1, 60).tolist())
        held += found.low <= 0.76025 <= found.high
    assert 0.92 <= held / 600 <= 0.975


def test_perfect_separation_is_not_certainty() -> None:
    found = delong([2.0, 3.0, 4.0], [0.0, 1.0])
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.025**0.5)
    assert delong([0.0], [1.0]).high == 1.0


def test_equal_scores_are_chance_with_width() -> None:
    found = delong([1.0] * 30, [1.0] * 30)
    assert found.value == 0.5
    assert found.low < 0.4 < 0.6 < found.high


@settings(max_examples=50, deadline=None)
@given(positives=scores, negatives=scores)
def test_turning_the_scores_round_turns_the_auc_round(positives: list[float], negatives: list[float]) -> None:
    assert auc(positives, negatives) == pytest.approx(1 - auc(negatives, positives))
    doubled = auc([2 * x + 3 for x in positives], [2 * y + 3 for y in negatives])
    assert doubled == pytest.approx(auc(positives, negatives))


def test_bad_groups_are_refused() -> None:
    with pytest.raises(UsageError):
        auc([], [1.0])
    with pytest.raises(UsageError):
        delong([math.nan], [1.0])
    with pytest.raises(UsageError):
        true_positive_rate([1.0], [0.0], at=1.5)
