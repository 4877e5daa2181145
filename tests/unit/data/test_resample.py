"""Re-sampling: shares as asked, no more left out than allowed, held-out parts untouched, the same whatever the order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.optimize import brentq

from tests.fixtures.embedders import LetterEmbedder
from tests.fixtures.examples import dropped, example, kept
from tunewright.core.errors import DataError
from tunewright.core.types import Example, Keep
from tunewright.data.steps.resample import ResampleOptions, plan_of, resample, with_repeats


def corpus(counts: dict[str, int], split: str = "train") -> list[Example]:
    return [
        replace(example(f"{name} question {n}", f'{{"intent": "{name}"}}', record=f"{name}{n}"), labels=(f"split:{split}",))
        for name, count in counts.items()
        for n in range(count)
    ]  # fmt: skip


def run(examples: list[Example], **options: Any):
    made = ResampleOptions.model_validate(options)
    return resample(made, 42, LetterEmbedder(), None)(examples)


def counted(examples: list[Example]) -> Counter[str]:
    return Counter(e.messages[1].content for e in examples)


def test_excess_is_dropped_to_exact_shares_with_the_group_as_reason() -> None:
    rows = corpus({"a": 60, "b": 20, "c": 20})
    outcomes = run(rows, by="label", field="intent")
    assert sorted(counted(kept(outcomes)).values()) == [20, 20, 20]
    assert {drop.reason for drop in dropped(outcomes).values()} == {"resample:a"}
    assert outcomes.measured["greatest_share_before"] == 0.6
    assert outcomes.measured["greatest_share"] == 0.3333
    evidence = next(iter(dropped(outcomes).values())).evidence[0]
    assert (evidence.value, evidence.threshold) == (60, 20)


def test_named_targets_leave_the_others_their_proportions() -> None:
    rows = corpus({"a": 100, "b": 60, "c": 30, "d": 10})
    found = counted(kept(run(rows, by="label", field="intent", targets={"a": 0.2}, most_left_out=0.9)))
    assert found == {
        '{"intent": "a"}': 25,
        '{"intent": "b"}': 60,
        '{"intent": "c"}': 30,
        '{"intent": "d"}': 10,
    }


def test_no_more_is_left_out_than_allowed_and_scarce_ones_are_read_more_often() -> None:
    rows = corpus({"a": 90, "b": 10})
    limited = kept(run(rows, by="label", field="intent", most_left_out=0.5))
    assert counted(limited) == {'{"intent": "a"}': 40, '{"intent": "b"}': 10}
    weighed = kept(run(rows, by="label", field="intent", most_left_out=0.6, repeat_up_to=3))
    assert counted(weighed) == {'{"intent": "a"}': 30, '{"intent": "b"}': 10}
    assert {e.label("repeat") for e in weighed if "b" in e.messages[1].content} == {"3"}
    assert counted(with_repeats(weighed)) == {'{"intent": "a"}': 30, '{"intent": "b"}': 30}
    assert len({e.id for e in weighed}) == len(weighed)


def test_what_is_held_out_stays_and_what_has_no_group_stays() -> None:
    rows = corpus({"a": 50, "b": 10}) + corpus({"c": 30}, "test") + corpus({"d": 5}, "validation")
    free = [
        example(f"word {n}", "That is a long answer in plain text, isn't it? It is.", record=f"f{n}")
        for n in range(7)
    ]
    found = kept(run([*rows, *free], by="label", field="intent", most_left_out=0.9))
    assert counted(found)['{"intent": "c"}'] == 30
    assert counted(found)['{"intent": "d"}'] == 5
    assert sum("plain text" in e.messages[1].content for e in found) == 7


def test_other_kinds_of_group() -> None:
    rows = [
        replace(
            example(f"q {n}", record=str(n), source="a.csv" if n < 15 else "b.csv"),
            labels=("tag:x" if n < 5 else "tag:y",),
        )
        for n in range(20)
    ]
    assert Counter(e.origin.source for e in kept(run(rows, by="source"))) == {"a.csv": 5, "b.csv": 5}
    assert Counter(e.label("tag") for e in kept(run(rows, by="tag"))) == {"tag:x"[4:]: 5, "tag:y"[4:]: 5}
    texts = [example("aaaa" if n < 30 else "zzzz zz", record=str(n)) for n in range(40)]
    assert len(kept(run(texts, by="cluster", clusters=2))) == 20


def test_bad_targets_are_refused() -> None:
    rows = corpus({"a": 5, "b": 5})
    with pytest.raises(DataError, match="'zebra'"):
        run(rows, by="label", field="intent", targets={"zebra": 0.5})
    with pytest.raises(DataError, match="leaves nothing for 1 other"):
        run(rows, by="label", field="intent", targets={"a": 1.0})
    with pytest.raises(ValidationError, match="more than 1"):
        ResampleOptions(targets={"a": 0.7, "b": 0.7})
    many = [example(f"q{n}", f"label {n}", record=str(n)) for n in range(600)]
    with pytest.raises(DataError, match="too many"):
        run(many, by="label")


counts_ = st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 80), min_size=1)


@given(counts_, st.floats(0, 0.95), st.integers(1, 4), st.data())
@settings(max_examples=200, deadline=None)
def test_laws_of_the_plan(counts: dict[str, int], most: float, repeat: int, data: st.DataObject) -> None:
    named = data.draw(st.lists(st.sampled_from(sorted(counts)), unique=True, max_size=len(counts) - 1))
    targets: Any = {name: 0.9 / len(counts) for name in named} or "even"
    options = ResampleOptions(by="label", targets=targets, most_left_out=most, repeat_up_to=repeat)
    plan = plan_of(counts, options)
    total, groups = sum(counts.values()), len(counts)
    assert set(plan) == set(counts)
    assert all(1 <= kept_ <= counts[name] for name, (kept_, _) in plan.items())
    assert all(kept_ <= read <= repeat * counts[name] for name, (kept_, read) in plan.items())
    # Rounding down may cost one example a group.
    assert sum(kept_ for kept_, _ in plan.values()) >= total * (1 - most) - groups - 1e-6


@given(counts_, st.floats(0.05, 0.9))
@settings(max_examples=100, deadline=None)
def test_the_size_is_the_root_scipy_finds(counts: dict[str, int], most: float) -> None:
    keep, share = sum(counts.values()) * (1 - most), 1 / len(counts)
    exact = min(counts.values()) / share
    size = exact
    if sum(min(count, share * exact) for count in counts.values()) < keep:
        size = brentq(
            lambda s: sum(min(c, share * s) for c in counts.values()) - keep,
            exact,
            max(counts.values()) / share,
        )
    plan = plan_of(counts, ResampleOptions(by="label", most_left_out=most))
    for name, count in counts.items():
        assert abs(plan[name][0] - max(1, min(count, share * size))) <= 1 + 1e-6


@given(st.integers(0, 1000), st.floats(0.1, 0.8))
@settings(max_examples=20, deadline=None)
def test_order_changes_nothing_and_less_is_a_subset(seed: int, most: float) -> None:
    rows = corpus({"a": 40, "b": 11, "c": 3})
    options = {"by": "label", "field": "intent", "most_left_out": most}
    first = {e.id for e in kept(run(rows, **options))}
    assert {e.id for e in kept(run(random.Random(seed).sample(rows, len(rows)), **options))} == first
    more = {e.id for e in kept(run(rows, **{**options, "most_left_out": most / 2}))}
    assert first <= more


def test_a_spoilt_repeat_label_counts_once() -> None:
    made = example("q")
    for label in ("repeat:x", "repeat:-3", "repeat:", "repeat:0", "repeat:²"):
        assert with_repeats([replace(made, labels=(label,))]) == [replace(made, labels=(label,))]
    assert len(with_repeats([replace(made, labels=("repeat:999",))])) == 20
    assert isinstance(run([made])[0], Keep)
