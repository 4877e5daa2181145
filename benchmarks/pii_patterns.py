"""The pattern detector: texts a CPU second, and recall and precision of each kind on labelled data.

    python benchmarks/pii_patterns.py [FOLDER] [--rounds 5] [--out benchmarks/results]

FOLDER holds ``raw-bank/`` (sources and TRUTH.jsonl) and ``pii/presidio-research-generated-large.json``; default is
the env var TUNEWRIGHT_TEST_DATA, else ../shared/data. A span counts as found when a finding at or above the redaction
threshold (0.85) has its kind and overlaps it by at least half of their union. Kinds that a set does not label
(dates of birth in the second) are not counted as false alarms there; they are listed as ``unlabelled``.
Exit status 1 when recall or precision over all kinds is below 98 % on either set.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunewright.core.types import Finding
from tunewright.engines.pii.patterns import PatternDetector

REDACT, HOLD = 0.85, 0.40
KINDS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "EMAIL_ADDRESS": "email",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
    "PHONE_NUMBER": "phone",
    "SECRET": "secret",
}
Row = tuple[str, list[tuple[str, int, int]]]


def bank(folder: Path) -> list[Row]:
    """Customer messages of all sources with their labelled spans."""
    texts: dict[str, str] = {}
    with (folder / "tickets.csv").open(encoding="utf-8", newline="") as stream:
        texts.update((row["ticket_id"], row["customer_message"]) for row in csv.DictReader(stream))
    for line in (folder / "chats.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts[row["id"]] = row["conversations"][0]["value"]
    for line in (folder / "messages.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts[row["id"]] = row["messages"][0]["content"]
    for row in json.loads((folder / "alpaca.json").read_text(encoding="utf-8")):
        texts[row["id"]] = row["input"]
    rows = []
    for line in (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        if truth["record"] in texts:
            labels = [(KINDS[p["type"]], p["start"], p["end"]) for p in truth["pii"] if p["type"] in KINDS]
            rows.append((texts[truth["record"]], labels))
    return rows


def presidio(path: Path) -> list[Row]:
    """Sentences and addresses of presidio-research."""
    return [
        (
            item["full_text"],
            [
                (KINDS[s["entity_type"]], s["start_position"], s["end_position"])
                for s in item["spans"]
                if s["entity_type"] in KINDS
            ],
        )
        for item in json.loads(path.read_text(encoding="utf-8"))
    ]


def overlap(finding: Finding, start: int, end: int) -> float:
    shared = min(end, finding.end) - max(start, finding.start)
    return shared / (max(end, finding.end) - min(start, finding.start))


def scored(rows: Sequence[Row], answers: Sequence[Sequence[Finding]]) -> dict[str, Any]:
    counts = {kind: Counter[str]() for kind in KINDS.values()}
    unlabelled: Counter[str] = Counter()
    for (_, labels), findings in zip(rows, answers, strict=True):
        left = [f for f in findings if f.confidence >= REDACT]
        for kind, start, end in labels:
            match = next((f for f in left if f.kind == kind and overlap(f, start, end) >= 0.5), None)
            if match is not None:
                left.remove(match)
                counts[kind]["found"] += 1
                counts[kind]["exact"] += (match.start, match.end) == (start, end)
            else:
                counts[kind]["missed"] += 1
        for finding in left:
            if finding.kind in counts:
                counts[finding.kind]["false"] += 1
            else:
                unlabelled[finding.kind] += 1
    total = sum(counts.values(), Counter())
    held = sum(any(HOLD <= f.confidence < REDACT for f in findings) for findings in answers)
    return {
        "all": rates(total),
        **{kind: rates(count) for kind, count in counts.items() if count},
        "unlabelled": dict(unlabelled),
        "texts_held_for_review": held,
    }


def rates(count: Counter[str]) -> dict[str, float]:
    found, missed, false = count["found"], count["missed"], count["false"]
    return {
        "spans": found + missed,
        "recall": round(found / (found + missed), 4) if found + missed else 0.0,
        "precision": round(found / (found + false), 4) if found + false else 0.0,
        "exact": round(count["exact"] / found, 4) if found else 0.0,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("TUNEWRIGHT_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(default))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    if not arguments.folder.is_dir():
        print(f"no data at {arguments.folder}: nothing measured")
        return 0
    sets = {
        "raw-bank": bank(arguments.folder / "raw-bank"),
        "presidio-research generated_large": presidio(
            arguments.folder / "pii" / "presidio-research-generated-large.json"
        ),
    }
    detector = PatternDetector()
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, one core"
    }
    failed = False
    for name, rows in sets.items():
        texts = [text for text, _ in rows]
        seconds = []
        for _ in range(arguments.rounds):
            started = time.process_time()
            answers = detector.detect(texts)
            seconds.append(time.process_time() - started)
        median = statistics.median(seconds)
        scores = scored(rows, answers)
        failed |= min(scores["all"]["recall"], scores["all"]["precision"]) < 0.98
        report[name] = {
            "texts": len(texts),
            "texts_per_cpu_s": round(len(texts) / median),
            "characters_per_cpu_s": round(sum(map(len, texts)) / median),
            **scores,
        }
    text = json.dumps(report, indent=2)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "pii_patterns.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
