"""The pattern detector beside Presidio's patterns: texts a CPU second, and recall and precision of each kind.

    python benchmarks/pii_patterns.py [FOLDER] [--rounds 5] [--part fresh] [--out benchmarks/results]

Same texts, alternating rounds, one core, CPU seconds; medians. FOLDER holds ``raw-bank/`` (sources and TRUTH.jsonl) and
``pii/presidio-research-generated-large.json``; default is the env var TUNEWRIGHT_TEST_DATA, else ../shared/data; a third
set is written by ``pii_corpus`` (needs faker and python-stdnum). A span counts as found when a finding at or above the
redaction threshold (0.85; Presidio: its default use, every score from 0.35) has its kind and overlaps it by at least half
of their union. Kinds that a set does not label are listed as ``unlabelled``. Intervals are Wilson's, 95 %.
Exit status 1 when a target is missed: card, IBAN, SSN, e-mail, IP, secret recall .99 at precision .98, phone .88 at .85,
20 times Presidio's texts a CPU second in the same run.
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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tunewright.core.ports import PiiDetector
from tunewright.core.types import Finding
from tunewright.engines import load, missing
from tunewright.metrics.intervals import wilson

sys.path.insert(0, str(Path(__file__).parent))
from pii_corpus import Row, corpus

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
STRICT = ("card", "iban", "email", "ssn", "ip", "secret")
SLOWER = 20


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


def scored(rows: Sequence[Row], answers: Sequence[Sequence[Finding]], least: float) -> dict[str, Any]:
    kinds = sorted({kind for _, labels in rows for kind, _, _ in labels})
    counts = {kind: Counter[str]() for kind in kinds}
    unlabelled: Counter[str] = Counter()
    for (_, labels), findings in zip(rows, answers, strict=True):
        left = [f for f in findings if f.confidence >= least]
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
    clean = [findings for (_, labels), findings in zip(rows, answers, strict=True) if not labels]
    return {
        "all": rates(sum(counts.values(), Counter())),
        **{kind: rates(count) for kind, count in counts.items() if count},
        "unlabelled": dict(unlabelled),
        "texts_without_labels": len(clean),
        "of_them_redacted": sum(any(f.confidence >= least for f in findings) for findings in clean),
        "texts_held_for_review": sum(
            any(HOLD <= f.confidence < least for f in findings) for findings in answers
        ),
    }


def rates(count: Counter[str]) -> dict[str, Any]:
    found, missed, false = count["found"], count["missed"], count["false"]
    return {
        "spans": found + missed,
        "recall": part(found, found + missed),
        "precision": part(found, found + false),
        "exact": round(count["exact"] / found, 4) if found else 0.0,
    }


def part(hits: int, n: int) -> list[float] | None:
    """Share and the ends of its 95 % interval; None without any."""
    if not n:
        return None
    interval = wilson(hits, n)
    return [round(value, 4) for value in (interval.value, interval.low, interval.high)]


def timed(
    detectors: dict[str, PiiDetector], texts: Sequence[str], rounds: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers of each detector, and its texts a CPU second; the detectors take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in detectors}
    answers: dict[str, Any] = {}
    for turn in range(rounds):
        for name, detector in detectors.items():
            if name != "ours" and turn >= 2:
                continue
            started = time.process_time()
            answers[name] = detector.detect(texts)
            seconds[name].append(time.process_time() - started)
    return answers, {name: round(len(texts) / statistics.median(times)) for name, times in seconds.items()}


def failures(scores: dict[str, Any]) -> list[str]:
    missed = []
    for kind in (*STRICT, "phone"):
        recall, precision = (0.88, 0.85) if kind == "phone" else (0.99, 0.98)
        rate = scores.get(kind)
        if rate and (rate["recall"][0] < recall or (rate["precision"] or [0])[0] < precision):
            missed.append(kind)
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("TUNEWRIGHT_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
    parser.add_argument("folder", type=Path, nargs="?", default=Path(default))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--part", choices=("dev", "held", "fresh"), default="fresh")
    parser.add_argument("--only", choices=("corpus", "all"), default="all")
    parser.add_argument("--misses", action="store_true", help="print the wrong decisions on the dev corpus")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    arguments = parser.parse_args()
    sets: dict[str, Callable[[], list[Row]]] = {
        f"corpus of all families ({arguments.part})": lambda: corpus(arguments.part)
    }
    if arguments.only == "all" and arguments.folder.is_dir():
        sets["raw-bank"] = lambda: bank(arguments.folder / "raw-bank")
        file = arguments.folder / "pii" / "presidio-research-generated-large.json"
        sets["presidio-research generated_large"] = lambda: presidio(file)
    detectors: dict[str, PiiDetector] = {"ours": load("pii", "patterns")}
    if not missing("pii", "presidio") and not arguments.misses:
        detectors["presidio patterns"] = load("pii", "presidio")
    report: dict[str, Any] = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}, one core",
        "detectors": {name: detector.version for name, detector in detectors.items()},
    }
    failed: list[str] = []
    for name, rows_of in sets.items():
        rows = rows_of()
        texts = [text for text, _ in rows]
        answers, speed = timed(detectors, texts, arguments.rounds)
        scores = {d: scored(rows, answers[d], REDACT if d == "ours" else 0.35) for d in detectors}
        report[name] = {"texts": len(texts), "texts_per_cpu_s": speed, **scores}
        failed += [f"{name}: {kind}" for kind in failures(scores["ours"])]
        if "presidio patterns" in speed and speed["ours"] < SLOWER * speed["presidio patterns"]:
            failed.append(f"{name}: only {speed['ours'] / speed['presidio patterns']:.1f} times Presidio")
        if arguments.misses and arguments.part == "dev":
            show(rows, answers["ours"])
    report["missed_targets"] = failed
    text = json.dumps(report, indent=1)
    if not arguments.misses:
        arguments.out.mkdir(parents=True, exist_ok=True)
        (arguments.out / "pii_patterns.json").write_text(text + "\n", encoding="utf-8")
    print(text)
    return int(bool(failed))


def show(rows: Sequence[Row], answers: Sequence[Sequence[Finding]]) -> None:
    """Wrong decisions on texts that this repository writes."""
    for (text, labels), findings in zip(rows, answers, strict=True):
        sure = [(f.kind, f.start, f.end) for f in findings if f.confidence >= REDACT]
        if sorted(sure) != sorted(labels):
            print(
                repr(text), labels, [(f.kind, text[f.start : f.end], f.confidence, f.note) for f in findings]
            )


if __name__ == "__main__":
    sys.exit(main())
