"""Drift: PSI over features, judged against what chance alone reaches."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from tunewright.core.errors import UsageError
from tunewright.monitor.drift import BUCKETS, FALSE_ALARM, Reference, character_buckets, worst

WORDS = [
    *("card", "lost", "stolen", "transfer", "fee", "refund", "late", "please"),
    *("my", "the", "is", "was", "not", "account", "address", "limit"),
]


def prompts(count: int, seed: int, *, words: list[str] = WORDS, low: int = 3, high: int = 15) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(words, random.integers(low, high))) for _ in range(count)]


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(prompts(2000, 1))


def outcomes(reference: Reference, texts: list[str]) -> dict[str, str]:
    found = reference.compare(texts, psi_alert=0.25, min_count=100)
    return {feature.feature: feature.outcome for feature in found}


def test_the_same_population_is_stable(reference: Reference) -> None:
    assert set(outcomes(reference, prompts(500, 2)).values()) == {"stable"}


def test_each_feature_notices_its_own_change(reference: Reference) -> None:
    longer = outcomes(reference, prompts(500, 3, low=20, high=40))
    assert longer["words"] == longer["characters"] == "drifted"
    digits = outcomes(reference, [text.replace("e", "3").replace("a", "4") for text in prompts(500, 4)])
    assert digits["non_letters"] == "drifted"
    assert digits["words"] == "stable"
    other = outcomes(reference, prompts(500, 5, words=["zxq", "vwk", "jjy", "quux", "kzk"]))
    assert other["character_3grams"] == "drifted"


def test_too_few_are_inconclusive_never_stable(reference: Reference) -> None:
    found = reference.compare(prompts(99, 6), psi_alert=0.25, min_count=100)
    assert {feature.outcome for feature in found} == {"inconclusive"}
    assert worst(found) == "inconclusive"
    assert worst(reference.compare(prompts(100, 6), psi_alert=0.25, min_count=100)) == "stable"


def test_false_alarms_stay_near_the_stated_rate_even_in_small_windows(reference: Reference) -> None:
    # A window of 20 with a threshold of (almost) zero: only the noise level protects from crying wolf.
    windows = 300
    alarms = sum(
        worst(reference.compare(prompts(20, 1000 + i), psi_alert=1e-9, min_count=1)) == "drifted"
        for i in range(windows)
    )
    # Binomial around 1 % with 300 windows: 99.9 % of the time below 10. The reference itself is finite, so some slack.
    assert alarms / windows < 5 * FALSE_ALARM


def test_psi_agrees_with_the_textbook_sum(reference: Reference) -> None:
    texts = prompts(400, 7, low=5, high=20)
    [words] = [f for f in reference.compare(texts, psi_alert=0.25, min_count=1) if f.feature == "words"]
    before = [float(len(text.split())) for text in prompts(2000, 1)]
    edges = sorted(set(np.quantile(before, np.linspace(0, 1, 11)[1:-1]).tolist()))

    def cut(values: list[float]) -> list[int]:
        counts = Counter(sum(value > edge for edge in edges) for value in values)
        return [counts[i] for i in range(len(edges) + 1)]

    p, q = cut(before), cut([float(len(text.split())) for text in texts])
    p_total, q_total = sum(p) + len(p) / 2, sum(q) + len(q) / 2
    expected = sum(
        ((b + 0.5) / q_total - (a + 0.5) / p_total) * math.log(((b + 0.5) / q_total) / ((a + 0.5) / p_total))
        for a, b in zip(p, q, strict=True)
    )
    assert words.psi == pytest.approx(expected, abs=1e-6)


def test_buckets_count_every_3gram_and_spread_them() -> None:
    assert character_buckets("ab").sum() == 0
    assert character_buckets("").sum() == 0
    text = " ".join(prompts(50, 8, words=[f"{a}{b}{c}" for a in "abcdef" for b in "ghijk" for c in "lmnop"]))
    counts = character_buckets(text)
    assert len(counts) == BUCKETS
    assert counts.sum() == len(text) - 2
    assert (counts > 0).sum() > BUCKETS * 0.8
    assert (character_buckets("ABC 🙂 d\ud800") == character_buckets("abc 🙂 d\ud800")).all()


def test_the_same_texts_give_the_same_answer(reference: Reference) -> None:
    texts = prompts(300, 9)
    again = Reference(prompts(2000, 1))
    assert reference.compare(texts, psi_alert=0.25, min_count=1) == again.compare(
        texts, psi_alert=0.25, min_count=1
    )


def test_odd_texts_do_not_break_it(reference: Reference) -> None:
    odd = ["", " ", "\n", "🙂", "a", "x" * 100_000, "\u202e", "١٢٣"] * 20
    assert worst(reference.compare(odd, psi_alert=0.25, min_count=1)) == "drifted"


def test_no_prompts_is_an_error_and_many_are_thinned_evenly() -> None:
    with pytest.raises(UsageError):
        Reference([])
    assert Reference([f"text {i}" for i in range(50_000)]).size == 16_667
