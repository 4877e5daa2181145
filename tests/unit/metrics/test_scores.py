"""Scores carry value, interval, n and how they were computed."""

from __future__ import annotations

import pytest

from tunewright.core.errors import UsageError
from tunewright.metrics.intervals import wilson
from tunewright.metrics.scores import difference_score, mcnemar_score, mean_score


def test_a_proportion_has_wilsons_interval() -> None:
    score = mean_score("exact_match", "exact_match|v:1", [1.0] * 95 + [0.0] * 5, slice_="tag=cards")
    expected = wilson(95, 100)
    assert (score.value, score.low, score.high, score.n) == (0.95, expected.low, expected.high, 100)
    assert score.slice == "tag=cards"
    assert score.signature == "exact_match|v:1|ci:wilson95"


def test_graded_values_are_bootstrapped_reproducibly() -> None:
    values = [0.2, 0.4, 0.9, 0.5] * 10
    score = mean_score("graded", "graded|v:1", values, seed=3)
    assert score == mean_score("graded", "graded|v:1", values, seed=3)
    assert score.low < score.value < score.high
    assert "bootstrap" in score.signature


def test_difference_and_test_agree() -> None:
    tuned, base = [1.0] * 80 + [0.0] * 20, [1.0] * 50 + [0.0] * 30 + [1.0] * 5 + [0.0] * 15
    difference = difference_score("difference.exact_match", "exact_match|v:1", tuned, base)
    p = mcnemar_score("mcnemar_p.exact_match", "exact_match|v:1", tuned, base)
    assert difference.value == pytest.approx(0.25)
    assert difference.low > 0
    assert p.value < 0.001
    assert "discordant:30+5" in p.signature
    assert "ci:tango95" in difference.signature


def test_nothing_measured_is_no_score() -> None:
    with pytest.raises(UsageError):
        mean_score("exact_match", "exact_match|v:1", [])
