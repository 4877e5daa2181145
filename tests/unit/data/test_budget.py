"""The 10 % rule: what is counted, what refuses, and that the refusal names source and reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fixtures.examples import example
from tunewright.core.errors import DataError
from tunewright.core.types import Example
from tunewright.data.budget import check_budget, quality_table
from tunewright.data.options import QualityBudget
from tunewright.data.outcomes import RowOutcome

STEP = {
    "gibberish": "gibberish",
    "stale": "stale",
    "exact_duplicate": "exact_duplicates",
    "pii_doubtful": "pii",
    "contaminates_golden": "decontaminate",
    "invalid_json": "source",
    "near_duplicate": "near_duplicates",
}


def corpus(spec: dict[str, dict[str, int]]) -> tuple[list[RowOutcome], list[Example]]:
    """source -> fate -> rows. Fates: ``kept``, ``mark:REASON``, ``drop:REASON``, ``hold:REASON``."""
    rows, kept = [], []
    for source, fates in spec.items():
        for fate, count in fates.items():
            kind, _, reason = fate.partition(":")
            for number in range(count):
                made = example(f"{source} {fate} {number}", source=source, record=f"{fate}-{number}")
                if kind in ("kept", "mark"):
                    kept.append(replace(made, labels=(f"doubt:{reason}",)) if reason else made)
                outcome = {"kept": "kept", "mark": "kept", "drop": "dropped", "hold": "held"}[kind]
                step = STEP[reason] if kind in ("drop", "hold") else ""
                rows.append(
                    RowOutcome(
                        source,
                        f"{fate}-{number}",
                        outcome,
                        (reason,) if reason else (),
                        step,
                        (),
                        made.id,
                        "",
                        "",
                    )
                )
    return rows, kept


def table(spec: dict[str, dict[str, int]]):
    return quality_table(*corpus(spec))


MESSY = {
    "clean.csv": {
        "kept": 900,
        "drop:exact_duplicate": 50,
        "hold:pii_doubtful": 20,
        "drop:contaminates_golden": 5,
        "drop:near_duplicate": 7,
    },
    "messy.json": {
        "kept": 80,
        "drop:gibberish": 15,
        "hold:stale": 10,
        "drop:invalid_json": 5,
        "mark:wrong_label": 10,
    },
}


def test_only_quality_counts_and_by_source() -> None:
    found = {source.source: source for source in table(MESSY).sources}
    assert (found["clean.csv"].rows, found["clean.csv"].low, found["clean.csv"].kept) == (982, 0, 900)
    messy = found["messy.json"]
    assert (messy.rows, messy.low, messy.kept, messy.doubted) == (120, 40, 90, 10)
    assert messy.share == pytest.approx(1 / 3)
    assert messy.reasons == (("gibberish", 15), ("stale", 10), ("wrong_label", 10), ("invalid_json", 5))
    assert table(MESSY).remaining == pytest.approx(10 / 990)


def test_a_messy_export_that_was_cleaned_passes_by_default() -> None:
    check_budget(table(MESSY), QualityBudget())
    check_budget(table({"a": {"drop:gibberish": 500, "kept": 100}}), QualityBudget())


def test_too_much_doubt_left_refuses_and_names_the_source() -> None:
    spec = {"good.csv": {"kept": 500}, "bad.csv": {"kept": 30, "mark:wrong_label": 60, "drop:stale": 9}}
    with pytest.raises(DataError) as caught:
        check_budget(table(spec), QualityBudget())
    told = str(caught.value)
    assert "60 of 590" in told
    assert "10.2 %" in told
    assert "bad.csv: 60 of 90 rows (66.7 %; wrong_label 60, stale 9)" in told
    assert "good.csv" not in told
    assert "remaining" in caught.value.hint
    check_budget(table(spec), QualityBudget(remaining=0.11))


def test_the_limit_itself_is_allowed() -> None:
    check_budget(table({"a": {"kept": 90, "mark:stale": 10}}), QualityBudget())
    with pytest.raises(DataError):
        check_budget(table({"a": {"kept": 89, "mark:stale": 10}}), QualityBudget())


def test_a_handful_of_examples_is_no_share() -> None:
    check_budget(table({"a": {"kept": 5, "mark:stale": 5}}), QualityBudget())


def test_incoming_limit_refuses_the_source_that_brings_it() -> None:
    with pytest.raises(DataError) as caught:
        check_budget(table(MESSY), QualityBudget(incoming=0.2))
    assert "1 of 2 sources" in str(caught.value)
    assert "messy.json: 40 of 120 rows (33.3 %" in str(caught.value)
    assert caught.value.facts["sources"] == ["messy.json"]
    told = table(MESSY).as_dict(QualityBudget())
    assert [(source["source"], source["warn"]) for source in told["sources"]] == [
        ("clean.csv", False),
        ("messy.json", True),
    ]
