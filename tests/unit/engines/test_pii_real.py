"""The pattern detector on two labelled data sets: recall and precision of each kind it promises."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

from tunewright.engines.pii.patterns import PatternDetector

REDACT = 0.85
KINDS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "EMAIL_ADDRESS": "email",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
    "PHONE_NUMBER": "phone",
    "SECRET": "secret",
}


def tally(
    rows: list[tuple[str, list[tuple[str, int, int]]]],
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Hits, misses and false alarms by kind; a hit has the same kind and an overlap of half of the union."""
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    for (_, labels), findings in zip(rows, PatternDetector().detect([text for text, _ in rows]), strict=True):
        left = [f for f in findings if f.confidence >= REDACT and f.kind in KINDS.values()]
        for kind, start, end in labels:
            match = next(
                (
                    f
                    for f in left
                    if f.kind == kind
                    and 2 * (min(end, f.end) - max(start, f.start)) >= max(end, f.end) - min(start, f.start)
                ),
                None,
            )
            if match is None:
                misses[kind] += 1
            else:
                hits[kind] += 1
                left.remove(match)
        alarms.update(f.kind for f in left)
    return hits, misses, alarms


def test_a_real_export_with_planted_personal_data(real_data: Path):
    folder = real_data / "raw-bank"
    with (folder / "tickets.csv").open(encoding="utf-8", newline="") as stream:
        texts = {row["ticket_id"]: row["customer_message"] for row in csv.DictReader(stream)}
    rows = []
    for line in (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        if truth["source"] == "tickets":
            labels = [(KINDS[p["type"]], p["start"], p["end"]) for p in truth["pii"] if p["type"] in KINDS]
            rows.append((texts[truth["record"]], labels))
    hits, misses, alarms = tally(rows)
    assert set(hits) == set(KINDS.values())
    for kind in hits:
        assert hits[kind] / (hits[kind] + misses[kind]) >= 0.98, kind
        assert hits[kind] / (hits[kind] + alarms[kind]) >= 0.98, kind


def test_another_labelled_set_of_many_formats(real_data: Path):
    items = json.loads(
        (real_data / "pii" / "presidio-research-generated-large.json").read_text(encoding="utf-8")
    )
    rows = [
        (
            item["full_text"],
            [
                (KINDS[s["entity_type"]], s["start_position"], s["end_position"])
                for s in item["spans"]
                if s["entity_type"] in KINDS
            ],
        )
        for item in items
    ]
    hits, misses, alarms = tally(rows)
    for kind in set(hits) - {"phone"}:
        assert misses[kind] == 0, kind
        assert alarms[kind] == 0, kind
    assert hits["phone"] / (hits["phone"] + misses["phone"]) >= 0.95
    assert hits["phone"] / (hits["phone"] + alarms["phone"]) >= 0.98
