"""Age and labels of a real export, against what was planted there; truth is only for measuring."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.examples import example
from tunewright.core.types import Drop, Example, Hold, Keep
from tunewright.data.steps.stale import StaleOptions, stale
from tunewright.data.steps.wrong_labels import WrongLabelsOptions, wrong_labels


def rows(folder: Path) -> Iterator[tuple[str, str, str, str, str]]:
    """(source, record, prompt, reply, date)."""
    with (folder / "tickets.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield "tickets", row["ticket_id"], row["customer_message"], row["triage"], row["created_at"]
    for line in (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        yield (
            "messages",
            item["id"],
            item["messages"][-2]["content"],
            item["messages"][-1]["content"],
            item["created_at"],
        )


@pytest.fixture(scope="module")
def bank(real_data: Path) -> tuple[list[Example], list[list[str]]]:
    folder = real_data / "raw-bank"
    lines = (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines()
    truth = {(t["source"], t["record"]): t["defects"] for t in map(json.loads, lines)}
    seen: set[tuple[str, str]] = set()
    examples, defects = [], []
    for source, record, prompt, reply, at in rows(folder):
        if reply.strip().endswith("}") and (prompt, reply) not in seen:
            seen.add((prompt, reply))
            examples.append(example(prompt, reply, record=record, source=source, received_at=at))
            defects.append(truth[source, record])
    assert len(examples) > 5000
    return examples, defects


def test_stale_rows_are_found_and_no_others(bank: tuple[list[Example], list[list[str]]]) -> None:
    outcomes = stale(StaleOptions())(bank[0])
    planted = [outcome for outcome, found in zip(outcomes, bank[1], strict=True) if "stale" in found]
    assert len(planted) > 40
    assert all(isinstance(outcome, Drop) for outcome in planted)
    others = [outcome for outcome, found in zip(outcomes, bank[1], strict=True) if "stale" not in found]
    assert sum(not isinstance(outcome, Keep) for outcome in others) == 0


def test_wrong_labels_are_found_and_few_others(bank: tuple[list[Example], list[list[str]]]) -> None:
    outcomes = wrong_labels(WrongLabelsOptions())(bank[0])
    planted = [outcome for outcome, found in zip(outcomes, bank[1], strict=True) if "bad_label" in found]
    clean = [outcome for outcome, found in zip(outcomes, bank[1], strict=True) if not found]
    assert len(planted) >= 20
    found = sum(not isinstance(outcome, Keep) or bool(outcome.reasons) for outcome in planted)
    assert found >= 0.8 * len(planted)
    assert sum(isinstance(outcome, Hold) for outcome in clean) <= 0.01 * len(clean)
