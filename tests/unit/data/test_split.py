"""The split: shares, groups, stability, and what it refuses."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from pydantic import ValidationError

from tests.fixtures.examples import example, kept
from tunewright.core.errors import DataError
from tunewright.data.steps.split import SplitOptions, split


def parts(rows, seed=1, **options):
    return {e.id: e.label("split") for e in kept(split(SplitOptions(**options), seed)(rows))}


def words(seed: int, count: int = 9) -> str:
    rng = random.Random(seed)
    return " ".join("".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(count))


ROWS = [example(words(n), record=str(n)) for n in range(500)]


@pytest.mark.parametrize("count", [14, 20, 37, 100, 500])
@pytest.mark.parametrize("seed", [1, 2, 42])
def test_ten_to_fifteen_percent_are_held_out(count, seed):
    found = Counter(parts(ROWS[:count], seed).values())
    assert 0.10 * count <= found["test"] + found["validation"] <= 0.15 * count
    assert found["test"] >= 1
    assert found["validation"] >= 1


def test_large_groups_do_not_break_the_shares():
    rows = [example(words(n), record=str(n), thread=f"t{n // 40}") for n in range(400)] + ROWS[400:]
    found = Counter(parts(rows).values())
    assert 0.10 * len(rows) <= found["test"] + found["validation"] <= 0.15 * len(rows)


def test_the_order_of_reading_changes_nothing():
    shuffled = list(ROWS)
    random.Random(3).shuffle(shuffled)
    assert parts(shuffled) == parts(ROWS)


def test_another_seed_is_another_split():
    assert parts(ROWS, seed=1) != parts(ROWS, seed=2)


def test_an_example_keeps_its_part_when_others_join():
    before, after = parts(ROWS[:450]), parts(ROWS)
    moved = sum(before[key] != after[key] for key in before)
    assert moved <= 0.05 * len(before)


def test_threads_subjects_and_near_prompts_stay_together():
    rows = []
    for n in range(120):
        text = words(n)
        rows += [
            example(text, "a", record=f"{n}a"),
            example(text + " please", "b", record=f"{n}b"),
            example(words(1000 + n), record=f"{n}c", thread=f"t{n}", subject=f"s{n}"),
            example(words(2000 + n), record=f"{n}d", thread=f"t{n}"),
            example(words(3000 + n), record=f"{n}e", subject=f"s{n}", source="other.csv"),
        ]
    found = parts(rows)
    for n in range(120):
        a, b, c, d, e = (found[row.id] for row in rows[5 * n : 5 * n + 5])
        assert a == b
        assert c == d == e
    assert set(found.values()) == {"train", "validation", "test"}


def test_threads_of_different_sources_are_different():
    rows = [example(words(n), record=str(n), thread="1", source=f"s{n}.csv") for n in range(100)]
    assert len(set(parts(rows).values())) == 3


@pytest.mark.parametrize(
    "rows", [ROWS[:3], [example(words(n), record=str(n), subject="one person") for n in range(200)]]
)
def test_too_little_to_hold_out(rows):
    with pytest.raises(DataError, match="too few to hold out") as caught:
        parts(rows)
    assert "add examples" in caught.value.hint
    assert caught.value.facts["examples"] == len(rows)


def test_one_part_may_be_left_out():
    found = Counter(parts(ROWS, test=0, validation=0.1).values())
    assert found["test"] == 0
    assert found["validation"] == 50


def test_nothing_held_out_is_refused():
    with pytest.raises(ValidationError, match="both 0"):
        SplitOptions(test=0, validation=0)


def test_nothing_in_nothing_out():
    assert split(SplitOptions(), 1)([]) == []


DATED = [
    example(words(n), record=str(n), received_at=f"2026-{1 + n // 28:02d}-{1 + n % 28:02d}T00:00:00Z")
    for n in range(300)
]


def test_by_time_holds_out_the_newest_and_tests_on_the_very_newest():
    found = parts(DATED, by_time=True)
    by_part = {
        name: [e.origin.received_at for e in DATED if found[e.id] == name]
        for name in ("train", "validation", "test")
    }
    assert max(by_part["train"]) < min(by_part["validation"])
    assert max(by_part["validation"]) < min(by_part["test"])
    assert 0.10 * 300 <= len(by_part["validation"]) + len(by_part["test"]) <= 0.15 * 300


def test_by_time_keeps_groups_together_and_counts_what_is_newer():
    thread = [
        example(words(5000 + n), record=f"t{n}", thread="t", received_at="2026-12-31T00:00:00Z")
        for n in range(60)
    ]
    rows = [*DATED, *thread]
    outcomes = split(SplitOptions(by_time=True), 1)(rows)
    found = {e.id: e.label("split") for e in kept(outcomes)}
    assert {found[row.id] for row in thread} == {"train"}
    assert outcomes.measured == {"trained_on_and_newer": 60}


def test_by_time_trains_on_what_has_no_date_and_refuses_when_nothing_has_one():
    undated = ROWS[:100]
    found = parts([*DATED, *undated], by_time=True)
    assert {found[row.id] for row in undated} == {"train"}
    with pytest.raises(DataError, match="too few to hold out") as caught:
        parts(undated, by_time=True)
    assert "only examples with a date" in caught.value.hint
