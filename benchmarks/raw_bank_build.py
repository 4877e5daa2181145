"""`data build` on a raw export, timed and scored against its TRUTH.jsonl.

    python benchmarks/raw_bank_build.py FOLDER [--out benchmarks/results]

FOLDER holds source files, ``golden.jsonl`` and ``TRUTH.jsonl``. Scores:

* exact duplicates: rows whose user text and answer (white space outside apart) equal another row's; all but one dropped;
* near-duplicates: planted ones whose character 5-gram Jaccard with their original is at least 0.8 (all-pairs truth
  computed here from sets, not by the product); recall = at least one of the two was dropped;
* all pairs: among all rows that were neither dropped nor held, how many pairs of Jaccard >= 0.8 are left (complete, by a
  prefix filter);
* personal data: spans of the kinds that patterns can find; found = same kind and overlap of at least half;
* the other defects of this pipeline: empty and cut-off replies, mojibake, off-topic chatter, golden contamination.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from tunewright.core.types import Example
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import find_snapshot, outcomes
from tunewright.flows.sources import golden_examples, record_goldens, rows_of, sources_of
from tunewright.flows.workspace import Workspace

KINDS = {
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "EMAIL_ADDRESS": "email",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
    "PHONE_NUMBER": "phone",
    "SECRET": "secret",
}
"""label of the truth -> kind of finding"""
NEAR = 0.8


def prompt_of(example: Example) -> str:
    return "\n".join(message.content for message in example.messages if message.role == "user")


def normal(text: str) -> str:
    """Lower case, letters and digits, single spaces."""
    return " ".join("".join(char if char.isalnum() else " " for char in text.lower()).split())


def grams(text: str) -> frozenset[str]:
    plain = normal(text)
    return frozenset(plain[at : at + 5] for at in range(max(1, len(plain) - 4)))


def answer_of(example: Example) -> str:
    return "\n".join(message.content.strip() for message in example.messages if message.role == "assistant")


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if one or other else 0.0


def near_pairs(sets: dict[str, frozenset[str]]) -> list[tuple[str, str]]:
    """All pairs with Jaccard >= NEAR: complete, by prefix filtering on grams ordered from rare to frequent."""
    frequency = Counter(gram for found in sets.values() for gram in found)
    index: dict[str, list[str]] = defaultdict(list)
    pairs = []
    for name, found in sorted(sets.items(), key=lambda item: (len(item[1]), item[0])):
        ordered = sorted(found, key=lambda gram: (frequency[gram], gram))
        prefix = ordered[: len(ordered) - int(-(-NEAR * len(ordered) // 1)) + 1]
        near = {other for gram in prefix for other in index[gram] if len(sets[other]) >= NEAR * len(found)}
        pairs += [(other, name) for other in sorted(near) if jaccard(found, sets[other]) >= NEAR]
        for gram in prefix:
            index[gram].append(name)
    return pairs


def row(name: str, hit: int, of: int, note: str = "") -> dict[str, Any]:
    return {"what": name, "hit": hit, "of": of, "share": round(hit / of, 4) if of else None, "note": note}


def measure(folder: Path) -> dict[str, Any]:
    """Build in a scratch workspace and score. Times are wall and CPU seconds of the second, cold-import-free call."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "bank"
        init(root, sources=[folder], golden=[folder / "golden.jsonl"])
        with Workspace.open(root) as ws:
            started, cpu = time.perf_counter(), time.process_time()
            summary = prepare(ws)
            wall_s, cpu_s = time.perf_counter() - started, time.process_time() - cpu
            started = time.perf_counter()
            prepare(ws)
            again_s = time.perf_counter() - started
            rows = {(Path(line["source"]).stem.split("-")[0], line["record"]): line for line in outcomes(ws)}
            with tempfile.TemporaryDirectory() as slack:
                sources = sources_of(ws.project, find_snapshot(ws))
                texts = {
                    (Path(e.origin.source).stem.split("-")[0], e.origin.locator): e
                    for e in rows_of(ws.project, sources, Path(slack))
                    if isinstance(e, Example)
                }
            golden = [prompt_of(item) for item in golden_examples(ws.project, record_goldens(ws))]
            steps = [dict(step) for step in summary.steps]
    truth = [json.loads(line) for line in (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines()]
    result = {
        "rows": len(rows),
        "truth_rows": len(truth),
        "rows_without_outcome": sum((line["source"], line["record"]) not in rows for line in truth),
        "wall_s": round(wall_s, 2),
        "cpu_s": round(cpu_s, 2),
        "unchanged_build_s": round(again_s, 2),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "counts": dict(summary.counts),
        "splits": dict(summary.splits),
        "steps": steps,
        "threads": os.environ.get("OMP_NUM_THREADS", "unset"),
        "python": sys.version.split()[0],
    }
    scores = [
        *duplicate_scores(truth, rows, texts),
        *pii_scores(truth, rows),
        *defect_scores(truth, rows, texts, golden),
    ]
    return {**result, "scores": scores}


def gone(line: dict[str, Any]) -> bool:
    return bool(line["outcome"] == "dropped")


def duplicate_scores(
    truth: list[Any], rows: dict[Any, Any], texts: dict[Any, Example]
) -> list[dict[str, Any]]:
    names = {record: (source, record) for source, record in rows}
    exact = [(names[t["record"]], names[t["of"]]) for t in truth if "exact_duplicate" in t["defects"]]
    near = [(names[t["record"]], names[t["of"]]) for t in truth if "near_duplicate" in t["defects"]]
    sets = {name: grams(prompt_of(example)) for name, example in texts.items()}
    alike = [pair for pair in near if jaccard(sets[pair[0]], sets[pair[1]]) >= NEAR]
    every = near_pairs({"#".join(name): found for name, found in sets.items() if found})
    answers = {"#".join(name): answer_of(example) for name, example in texts.items()}
    same = [pair for pair in every if answers[pair[0]] == answers[pair[1]]]
    other = [pair for pair in every if answers[pair[0]] != answers[pair[1]]]

    def met(pair: tuple[str, str]) -> bool:
        return any(rows[tuple(name.split("#", 1))]["outcome"] not in ("kept", "changed") for name in pair)

    dropped = [line for line in rows.values() if line["reasons"] and line["reasons"][-1] == "near_duplicate"]
    right = 0
    for line in dropped:
        source, record = line["of"].split("#", 1)
        twin, own = (
            (Path(source).stem.split("-")[0], record),
            (Path(line["source"]).stem.split("-")[0], line["record"]),
        )
        right += jaccard(sets[twin], sets[own]) >= NEAR
    return [
        row(
            "exact duplicates: planted, one of the two dropped",
            sum(any(gone(rows[n]) for n in p) for p in exact),
            len(exact),
        ),
        row(
            f"near-duplicates: planted with Jaccard >= {NEAR}, one dropped",
            sum(any(gone(rows[n]) for n in p) for p in alike),
            len(alike),
        ),
        row(
            "near-duplicates: all planted, one dropped",
            sum(any(gone(rows[n]) for n in p) for p in near),
            len(near),
        ),
        row(
            f"all pairs with Jaccard >= {NEAR} and one answer, not both in the snapshot",
            sum(map(met, same)),
            len(same),
            "",
        ),
        row(
            f"all pairs with Jaccard >= {NEAR} and two answers: not both in the snapshot",
            sum(map(met, other)),
            len(other),
            "no duplicates: those that stay carry the label `conflict`",
        ),
        row(
            f"near-duplicate drops whose kept twin has Jaccard >= {NEAR} (original texts)",
            right,
            len(dropped),
        ),
    ]


def pii_scores(truth: list[Any], rows: dict[Any, Any]) -> list[dict[str, Any]]:
    wanted: dict[str, int] = Counter()
    found: dict[str, int] = Counter()
    told: dict[str, int] = Counter()
    correct: dict[str, int] = Counter()
    planted = {(t["source"], t["record"]): t["pii"] for t in truth}
    unseen = 0
    for name, line in rows.items():
        spans = [span for span in planted.get(name, []) if span["type"] in KINDS]
        # A row dropped before the PII step was never looked at.
        if (
            gone(line)
            and not line["findings"]
            and line["reasons"][-1] not in ("near_duplicate", "contaminates_golden")
        ):
            unseen += len(spans)
            continue
        for span in spans:
            kind = KINDS[span["type"]]
            wanted[kind] += 1
            found[kind] += any(f["kind"] == kind and overlap(f, span) for f in line["findings"])
        for finding in line["findings"]:
            if finding["kind"] not in KINDS.values():
                continue  # a doubt about the row, not personal data
            told[finding["kind"]] += 1
            correct[finding["kind"]] += any(
                KINDS[s["type"]] == finding["kind"] and overlap(finding, s) for s in spans
            )
    table = []
    for kind in sorted(wanted):
        table.append(row(f"{kind}: recall", found[kind], wanted[kind]))
        table.append(row(f"{kind}: precision", correct[kind], told[kind]))
    table.append(
        row(
            "pattern PII and secrets: recall",
            sum(found.values()),
            sum(wanted.values()),
            f"{unseen} in rows dropped before",
        )
    )
    table.append(row("pattern PII and secrets: precision", sum(correct.values()), sum(told.values())))
    return table


def overlap(finding: dict[str, Any], span: dict[str, Any]) -> bool:
    shared = min(finding["end"], span["end"]) - max(finding["start"], span["start"])
    return shared * 2 >= max(finding["end"], span["end"]) - min(finding["start"], span["start"])


def defect_scores(
    truth: list[Any], rows: dict[Any, Any], texts: dict[Any, Example], golden: list[str]
) -> list[dict[str, Any]]:
    table = []
    defects = {(t["source"], t["record"]): set(t["defects"]) for t in truth}
    for defect, reasons in (
        ("empty_reply", {"empty_reply"}),
        ("truncated_reply", {"cut_off_reply"}),
        ("mojibake", {"mojibake"}),
        ("off_topic", {"no_reply"}),
    ):
        mine = [name for name, found in defects.items() if defect in found]
        told = [name for name, line in rows.items() if reasons & set(line["reasons"])]
        table.append(
            row(
                f"{defect}: recall",
                sum(bool(reasons & set(rows[name]["reasons"])) for name in mine),
                len(mine),
            )
        )
        table.append(row(f"{defect}: precision", sum(defect in defects[name] for name in told), len(told)))
    mine = [name for name, found in defects.items() if "contaminates_golden" in found]
    table.append(row("contaminates_golden: dropped", sum(gone(rows[name]) for name in mine), len(mine)))
    items = [grams(text) for text in golden]
    told = [
        name
        for name, line in rows.items()
        if line["reasons"] and line["reasons"][-1] == "contaminates_golden"
    ]
    alike = sum(any(jaccard(grams(prompt_of(texts[name])), item) >= NEAR for item in items) for name in told)
    table.append(
        row(
            f"contaminates_golden: drops with Jaccard >= {NEAR} to a golden item",
            alike,
            len(told),
            "the others quote an item whole or by a run of words",
        )
    )
    clean = [name for name, found in defects.items() if not found]
    kept = sum(rows[name]["outcome"] in ("kept", "changed") for name in clean)
    table.append(row("rows without a planted defect that stay", kept, len(clean), "banking77 repeats itself"))
    return table


def markdown(result: dict[str, Any]) -> str:
    lines = [
        "# `data build` on raw-bank",
        "",
        "Made by `python benchmarks/raw_bank_build.py FOLDER`.",
        "",
        f"{result['rows']:,} rows; {result['wall_s']} s wall, {result['cpu_s']} s CPU on one core; an unchanged build in "
        f"{result['unchanged_build_s']} s; peak memory {result['peak_rss_mb']} MB.",
        "",
        "| what | hit | of | share | |",
        "|---|---|---|---|---|",
    ]
    for score in result["scores"]:
        share = "-" if score["share"] is None else f"{score['share']:.4f}"
        lines.append(f"| {score['what']} | {score['hit']} | {score['of']} | {share} | {score['note']} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder with sources, golden.jsonl and TRUTH.jsonl")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results", help="where the results go"
    )
    arguments = parser.parse_args()
    result = measure(arguments.folder)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "raw_bank_build.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (arguments.out / "raw_bank_build.md").write_text(markdown(result), encoding="utf-8")
    print(markdown(result))


if __name__ == "__main__":
    main()
