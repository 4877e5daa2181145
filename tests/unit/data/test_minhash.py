"""The near-duplicate index: what it promises, and that look-alikes do not make it quadratic."""

from __future__ import annotations

import time

import pytest

from tunewright.core.errors import UsageError
from tunewright.data.minhash import MISS, NearIndex, banding


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9, 1.0])
def test_banding_keeps_the_promised_recall(threshold):
    bands, rows = banding(threshold)
    assert bands * rows <= 128
    assert (1 - threshold**rows) ** bands <= MISS


def test_banding_at_the_usual_threshold():
    assert banding(0.8) == (25, 5)


@pytest.mark.parametrize("threshold", [0, -1, 1.01])
def test_no_threshold(threshold):
    with pytest.raises(UsageError, match="no Jaccard threshold"):
        banding(threshold)


def test_a_text_finds_only_what_was_added():
    index = NearIndex(["my card is lost today", "my card is lost today!!x", "something else entirely"], 0.8)
    assert index.twins(0) == []
    index.add(1)
    assert [(twin.index, round(twin.similarity, 3)) for twin in index.twins(0)] == [(1, 0.895)]
    assert index.twins(2) == []


def test_case_width_and_space_do_not_hide_a_twin():
    index = NearIndex(["Where is  my\tCARD?", "where is my card?"], 1.0)
    index.add(0)
    assert [twin.similarity for twin in index.twins(1)] == [1.0]


def test_a_pair_across_the_border_of_short_and_long_is_found():
    long = " ".join(f"word{n}" for n in range(130))
    short = long.rsplit(" ", 6)[0]
    index = NearIndex([long, short], 0.8, long_words=128)
    index.add(0)
    assert len(index.twins(1)) == 1


def test_long_texts_are_compared_by_words():
    words = [f"w{n}" for n in range(300)]
    changed = [*words[:100], "changed", *words[101:]]
    index = NearIndex([" ".join(words), " ".join(changed)], 0.8)
    index.add(0)
    # 296 word 5-grams each, 5 of them differ: 291 shared of 301.
    assert index.twins(1)[0].similarity == pytest.approx(291 / 301)


def test_empty_corpora():
    assert NearIndex([], 0.8).may_have_twin.tolist() == []
    assert NearIndex(["one"], 0.8).may_have_twin.tolist() == [False]


def test_look_alikes_take_linear_time():
    """One template, J about 0.7 between any two: every pair is a candidate, nearly none a duplicate."""
    body = "dear customer your parcel is waiting at the branch please bring the code"
    texts = [f"{body} {n * 7919 % 100003:06d} {n * 104729 % 99991:06d}" for n in range(4_000)]
    seconds = []
    for part in (texts[:2_000], texts):
        started = time.process_time()
        index = NearIndex(part, 0.8)
        for at in range(len(part)):
            index.twins(at)
            index.add(at)
        seconds.append(time.process_time() - started)
    assert seconds[1] < 3.2 * seconds[0]
