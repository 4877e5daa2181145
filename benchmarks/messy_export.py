"""`data build` on a messy export, timed and scored against its TRUTH.jsonl.

    python benchmarks/messy_export.py FOLDER [--name raw_bank] [--set data.engines.pii=[patterns,ner]] [--wrong FILE]

FOLDER holds source files, ``golden.jsonl`` and ``TRUTH.jsonl`` (one line a row: source, record, defects, pii spans, of).
The product never reads the truth. Scores:

* every defect: recall = rows with it that were told so, or that never entered the snapshot for another reason; precision =
  rows told so that have it (a row may be told several things); clean rows that were dropped or held, by reason;
* exact duplicates: rows whose user text and answer (white space outside apart) equal another row's; all but one dropped;
* near-duplicates: planted ones whose character 5-gram Jaccard with their original is at least 0.8 (all-pairs truth
  computed here from sets, not by the product), and all pairs of the export (complete, by a prefix filter);
* personal data: spans by type; found = a finding of a fitting kind that overlaps at least half of it.

``--wrong FILE`` writes every wrong decision with its text, to be read by a person: keep that file out of a repository.
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

import yaml

from tunewright.core.types import Example
from tunewright.data.outcomes import read_outcomes
from tunewright.data.snapshot import OUTCOMES
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.sources import golden_examples, record_goldens, rows_of, sources_of
from tunewright.flows.workspace import Workspace

NEAR = 0.8
DEFECTS: dict[str, tuple[str, ...]] = {
    "exact_duplicate": ("exact_duplicate",),
    "near_duplicate": ("near_duplicate",),
    "conflict": ("conflict",),
    "wrong_language": ("wrong_language", "mixed_language"),
    "empty_reply": ("empty_reply",),
    "truncated_reply": ("cut_off_reply",),
    "mojibake": ("mojibake", "encoding_damage"),
    "gibberish": ("gibberish",),
    "repetition": ("repetition",),
    "bad_label": ("wrong_label", "conflict"),
    "toxic": ("toxic",),
    "prompt_injection": ("prompt_injection",),
    "stale": ("stale",),
    "off_topic": ("off_topic", "no_reply"),
    "boilerplate": ("boilerplate",),
    "contaminates_golden": ("contaminates_golden",),
}
"""defect of the truth -> beginnings of the reasons (or kinds of findings) that tell it"""
REPEATS = ("exact_duplicate", "near_duplicate", "contaminates_golden", "conflict")
"""reasons that are right about a clean row where the export repeats or contradicts itself"""
KINDS: dict[str, tuple[str, ...]] = {
    "CREDIT_CARD": ("card",), "CARD": ("card",), "IBAN_CODE": ("iban",), "IBAN": ("iban",), "EMAIL_ADDRESS": ("email",),
    "EMAIL": ("email",), "US_SSN": ("ssn",), "IP_ADDRESS": ("ip",), "IP": ("ip",), "MAC": ("mac",),
    "PHONE_NUMBER": ("phone",), "PHONE": ("phone",), "SECRET": ("secret",), "DATE_OF_BIRTH": ("date_of_birth", "date"),
    "PASSPORT": ("passport",), "PLATE": ("plate",), "MEDICAL_RECORD": ("medical_record",), "PERSON": ("person", "title"),
    "LOCATION": ("place", "address"), "ADDRESS": ("address", "place"), "NATIONAL_ID": ("national_id", "ssn"),
}  # fmt: skip
"""type of the truth -> kinds of findings that fit; national identity numbers are ``NATIONAL_ID`` or named by country"""
Name = tuple[str, str]


def kinds_of(label: str) -> tuple[str, ...]:
    """Kinds of findings that fit a type of the truth."""
    return KINDS.get(label, KINDS["NATIONAL_ID"])


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


def near_pairs(sets: dict[Name, frozenset[str]]) -> list[tuple[Name, Name]]:
    """All pairs with Jaccard >= NEAR: complete, by prefix filtering on grams ordered from rare to frequent."""
    frequency = Counter(gram for found in sets.values() for gram in found)
    index: dict[str, list[Name]] = defaultdict(list)
    pairs = []
    for name, found in sorted(sets.items(), key=lambda item: (len(item[1]), item[0])):
        ordered = sorted(found, key=lambda gram: (frequency[gram], gram))
        prefix = ordered[: len(ordered) - int(-(-NEAR * len(ordered) // 1)) + 1]
        near = {other for gram in prefix for other in index[gram] if len(sets[other]) >= NEAR * len(found)}
        pairs += [(other, name) for other in sorted(near) if jaccard(found, sets[other]) >= NEAR]
        for gram in prefix:
            index[gram].append(name)
    return pairs


def allowing(path: Path, allow: tuple[str, ...]) -> None:
    """Tell the pii step which texts are the organisation's own."""
    configuration = yaml.safe_load(path.read_text(encoding="utf-8"))
    for step in configuration["data"]["steps"]:
        if step["use"] == "pii" and allow:
            step["options"] = {"allow": list(allow)}
    path.write_text(yaml.safe_dump(configuration, sort_keys=False), encoding="utf-8")


class Build:
    """One build in a scratch workspace, with what it said of every row."""

    def __init__(
        self, folder: Path, overrides: tuple[str, ...], maps: tuple[str, ...], allow: tuple[str, ...] = ()
    ) -> None:
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch) / "work"
            init(root, sources=[folder], golden=[folder / "golden.jsonl"], maps=maps)
            allowing(root / "tunewright.yaml", allow)
            with Workspace.open(root, overrides=overrides) as ws:
                started, cpu = time.perf_counter(), time.process_time()
                summary = prepare(ws)
                self.wall_s, self.cpu_s = time.perf_counter() - started, time.process_time() - cpu
                started = time.perf_counter()
                prepare(ws)
                self.again_s = time.perf_counter() - started
                self.truth: dict[Name, Any] = {}
                for line in (folder / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines():
                    row = json.loads(line)
                    secrets = [{**span, "type": "SECRET"} for span in row.get("secrets", ())]
                    self.truth[row["source"], row["record"]] = {**row, "pii": [*row["pii"], *secrets]}
                self._known = frozenset(self.truth)
                self._stems = {source for source, _ in self.truth}
                read = rows_of(ws.project, sources_of(ws.project, find_snapshot(ws)))
                examples = [row for row in read if isinstance(row, Example)]
                # A truth may call a row by the id of its conversation.
                self._threads = {(e.origin.source, e.origin.locator): e.origin.thread for e in examples}
                self.texts = {self._name(e.origin.source, e.origin.locator): e for e in examples}
                told = read_outcomes(summary.folder / OUTCOMES)
                self.rows = {self._name(line["source"], line["record"]): line for line in told}
                self.unread = sum(name not in self.rows for name in self.truth)
                self.truth = {name: line for name, line in self.truth.items() if name in self.rows}
                self.golden = [prompt_of(item) for item in golden_examples(ws.project, record_goldens(ws))]
                self.summary = summary
                self.steps = [line.use for line in ws.configuration.data.steps]
                self.engines = dict(ws.configuration.data.engines)

    def _name(self, source: str, record: str) -> Name:
        """As the truth calls the row: the file's name without its ending, or the part of it before a hyphen."""
        stem = Path(source).stem
        name = (stem if stem in self._stems else stem.split("-")[0], record)
        thread = self._threads.get((source, record), "")
        return (name[0], thread) if name not in self._known and (name[0], thread) in self._known else name

    def twin(self, line: dict[str, Any]) -> Name:
        source, record = line["of"].split("#", 1)
        return self._name(source, record)

    def told(self, name: Name, reasons: tuple[str, ...]) -> bool:
        """Whether the row was given one of these reasons, or a finding of one of these kinds."""
        line = self.rows[name]
        said = [*line["reasons"], *(f["kind"] for f in line["findings"])]
        return any(what.startswith(reasons) for what in said)

    def out(self, name: Name) -> bool:
        return self.rows[name]["outcome"] not in ("kept", "changed")


def row(name: str, hit: int, of: int, note: str = "") -> dict[str, Any]:
    return {"what": name, "hit": hit, "of": of, "share": round(hit / of, 4) if of else None, "note": note}


def duplicate_scores(build: Build) -> list[dict[str, Any]]:
    by_record = {record: (source, record) for source, record in build.truth}

    def original(line: Any) -> Name:
        own = (line.get("of_source") or line["source"], line["of"])
        return own if own in build.truth else by_record.get(line["of"], own)

    def planted(defect: str) -> list[tuple[Name, Name]]:
        pairs = [(name, original(line)) for name, line in build.truth.items() if defect in line["defects"]]
        return [pair for pair in pairs if pair[1] in build.rows]

    sets = {name: grams(prompt_of(example)) for name, example in build.texts.items()}
    exact, near = planted("exact_duplicate"), planted("near_duplicate")
    alike = [p for p in near if jaccard(sets.get(p[0], frozenset()), sets.get(p[1], frozenset("-"))) >= NEAR]
    every = near_pairs({name: found for name, found in sets.items() if found})
    answers = {name: answer_of(example) for name, example in build.texts.items()}
    same = [pair for pair in every if answers[pair[0]] == answers[pair[1]]]

    def met(pairs: list[tuple[Name, Name]]) -> int:
        return sum(any(map(build.out, pair)) for pair in pairs)

    dropped = [
        name
        for name, line in build.rows.items()
        if line["reasons"] and line["reasons"][-1] == "near_duplicate"
    ]
    right = sum(jaccard(sets[build.twin(build.rows[name])], sets[name]) >= NEAR for name in dropped)
    return [
        row("exact duplicates: planted, not both in the snapshot", met(exact), len(exact)),
        row(
            f"near-duplicates: planted with Jaccard >= {NEAR}, not both in the snapshot",
            met(alike),
            len(alike),
        ),
        row("near-duplicates: all planted, not both in the snapshot", met(near), len(near)),
        row(
            f"all pairs with Jaccard >= {NEAR} and one answer, not both in the snapshot", met(same), len(same)
        ),
        row(
            f"near-duplicate drops whose kept twin has Jaccard >= {NEAR} (original texts)",
            right,
            len(dropped),
        ),
    ]


def pii_scores(build: Build) -> list[dict[str, Any]]:
    """Recall by type of the truth; precision by kind of finding over rows whose spans are known (all of them)."""
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    told: Counter[str] = Counter()
    right: Counter[str] = Counter()
    unseen = 0
    for name, line in build.rows.items():
        spans = build.truth.get(name, {"pii": []})["pii"]
        if build.out(name) and not looked_at(build, line):
            unseen += len(spans)
            continue
        for span in spans:
            wanted[span["type"]] += 1
            found[span["type"]] += any(
                f["kind"] in kinds_of(span["type"]) and overlap(f, span, build, name)
                for f in line["findings"]
            )
        for finding in line["findings"]:
            if not any(finding["kind"].startswith(r) for reasons in DEFECTS.values() for r in reasons):
                told[finding["kind"]] += 1
                right[finding["kind"]] += any(overlap(finding, span, build, name) for span in spans)
    table = [row(f"{label}: recall", found[label], wanted[label]) for label in sorted(wanted)]
    table += [row(f"finding {kind}: on planted data", right[kind], told[kind]) for kind in sorted(told)]
    formed = [label for label in wanted if label not in ("PERSON", "LOCATION", "ADDRESS")]
    note = f"{unseen} in rows dropped before the step"
    table.append(
        row(
            "all types with a form: recall",
            sum(found[k] for k in formed),
            sum(wanted[k] for k in formed),
            note,
        )
    )
    return table


def looked_at(build: Build, line: dict[str, Any]) -> bool:
    """Whether the row was still there when the pii step ran."""
    step = line["step"]
    return step in build.steps and build.steps.index(step) >= build.steps.index("pii")


def overlap(finding: dict[str, Any], span: dict[str, Any], build: Build, name: Name) -> bool:
    """Whether a finding lies on a planted span: the same turn, and at least half of the span."""
    messages = build.texts[name].messages if name in build.texts else ()
    turn = span.get("turn")
    if turn is None:
        turn = next((at for at, message in enumerate(messages) if message.role == "user"), 0)
    if finding["turn"] != turn:
        return False
    shared = min(finding["end"], span["end"]) - max(finding["start"], span["start"])
    return bool(shared * 2 >= span["end"] - span["start"])


def defect_scores(build: Build) -> tuple[list[dict[str, Any]], list[tuple[str, Name]]]:
    """Recall and precision of every defect, what happened to clean rows, and the wrong decisions."""
    table: list[dict[str, Any]] = []
    wrong: list[tuple[str, Name]] = []
    present = {defect for line in build.truth.values() for defect in line["defects"]}
    for defect, reasons in DEFECTS.items():
        if defect not in present:
            continue
        mine = [
            name for name, line in build.truth.items() if defect in line["defects"] and name in build.rows
        ]
        told = [name for name in build.rows if build.told(name, reasons)]
        missed = [name for name in mine if not build.told(name, reasons) and not build.out(name)]
        false = [name for name in told if defect not in build.truth.get(name, {"defects": []})["defects"]]
        as_such = sum(build.told(name, reasons) for name in mine)
        note = f"{as_such} told as such"
        table.append(row(f"{defect}: recall", len(mine) - len(missed), len(mine), note))
        clean = sum(not build.truth.get(name, {"defects": [""]})["defects"] for name in false)
        table.append(
            row(
                f"{defect}: precision",
                len(told) - len(false),
                len(told),
                f"{clean} of the others are clean rows",
            )
        )
        wrong += [(f"missed {defect}", name) for name in missed]
        if defect not in REPEATS:
            wrong += [(f"false {defect}", name) for name in false]
    clean = [name for name, line in build.truth.items() if not line["defects"]]
    lost = [name for name in clean if build.out(name)]
    because = Counter(build.rows[name]["reasons"][-1] for name in lost)
    other = [n for n in lost if not build.rows[n]["reasons"][-1].startswith(REPEATS)]
    wrong += [(f"clean row out: {build.rows[name]['reasons'][-1]}", name) for name in other]
    table.append(row("clean rows dropped or held", len(lost), len(clean), told_as(because)))
    table.append(row("clean rows dropped or held for other reasons than repeats", len(other), len(clean)))
    return table, wrong


def told_as(counts: Counter[str]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.most_common(8))


def measure(
    folder: Path, overrides: tuple[str, ...], maps: tuple[str, ...], allow: tuple[str, ...]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Build in a scratch workspace and score."""
    build = Build(folder, overrides, maps, allow)
    defects, wrong = defect_scores(build)
    result = {
        "rows": len(build.rows),
        "truth_rows": len(build.truth) + build.unread,
        "rows_without_outcome": build.unread,
        "wall_s": round(build.wall_s, 2),
        "cpu_s": round(build.cpu_s, 2),
        "unchanged_build_s": round(build.again_s, 2),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "engines": build.engines,
        "counts": dict(build.summary.counts),
        "splits": dict(build.summary.splits),
        "steps": [dict(step) for step in build.summary.steps],
        "threads": os.environ.get("OMP_NUM_THREADS", "unset"),
        "python": sys.version.split()[0],
        "scores": [*defects, *duplicate_scores(build), *pii_scores(build)],
    }
    read = [
        {
            "what": what,
            "row": list(name),
            "truth": build.truth[name]["defects"] if name in build.truth else None,
            "reasons": build.rows[name]["reasons"],
            "outcome": build.rows[name]["outcome"],
            "messages": [[m.role, m.content] for m in build.texts[name].messages]
            if name in build.texts
            else [],
        }
        for what, name in wrong
    ]
    return result, read


def markdown(result: dict[str, Any], name: str) -> str:
    lines = [
        f"# `data build` on {name}",
        "",
        "Made by `python benchmarks/messy_export.py FOLDER`.",
        "",
        f"{result['rows']:,} rows; {result['wall_s']} s wall, {result['cpu_s']} s CPU; an unchanged build in "
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
    parser.add_argument("--name", default="raw_bank", help="of the result files")
    parser.add_argument("--set", action="append", default=[], dest="overrides", metavar="PATH=VALUE")
    parser.add_argument("--map", action="append", default=[], dest="maps", help="as `tunewright init --map`")
    parser.add_argument("--allow", action="append", default=[], help="a text that is the organisation's own")
    parser.add_argument("--wrong", type=Path, help="where the wrong decisions go, with their texts")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results", help="where the results go"
    )
    arguments = parser.parse_args()
    result, wrong = measure(
        arguments.folder, tuple(arguments.overrides), tuple(arguments.maps), tuple(arguments.allow)
    )
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = markdown(result, arguments.name)
    (arguments.out / f"{arguments.name}_build.json").write_text(
        json.dumps(result, indent=1, default=list) + "\n"
    )
    (arguments.out / f"{arguments.name}_build.md").write_text(text, encoding="utf-8")
    if arguments.wrong:
        lines = (json.dumps(item, ensure_ascii=False) + "\n" for item in wrong)
        arguments.wrong.write_text("".join(lines), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
