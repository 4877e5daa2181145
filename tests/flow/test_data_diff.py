"""Build, change exactly one thing (or two), build again: the difference names what was changed, for every row."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunewright.cli.main import main
from tunewright.data import steps as catalog
from tunewright.data.diff import SnapshotDiff
from tunewright.data.diff_causes import SET
from tunewright.data.outcomes import read_outcomes
from tunewright.data.snapshot import load_rows
from tunewright.flows.prepare import prepare
from tunewright.flows.review import review_decide, review_list
from tunewright.flows.snapshots import diff
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project

WORDS = [
    "lantern",
    "harbour",
    "copper",
    "violet",
    "meadow",
    "thunder",
    "basket",
    "pillow",
    "marble",
    "window",
    "orchard",
    "saddle",
    "ribbon",
    "candle",
    "magnet",
    "pepper",
    "cotton",
    "tunnel",
    "anchor",
    "feather",
    "garlic",
    "hammer",
    "island",
    "jacket",
    "kettle",
    "ladder",
    "mirror",
    "needle",
    "oyster",
    "parrot",
    "quiver",
    "rocket",
    "silver",
    "timber",
    "umpire",
    "velvet",
    "walnut",
    "yellow",
    "zipper",
    "button",
]
STEPS = [
    "normalise", "malformed", "exact_duplicates", "length", "pii", "near_duplicates", "decontaminate", "split", "canaries",
]  # fmt: skip
SPLIT = {"validation": 0.1, "test": 0.1}


def question(random_: random.Random) -> str:
    return "where is the " + " ".join(random_.sample(WORDS, 12)) + "?"


def tickets() -> list[dict[str, str]]:
    """300 questions; among them exact and near copies, personal data, and doubtful personal data."""
    random_ = random.Random(11)
    made = [
        {"id": f"T{n:03d}", "q": question(random_), "a": f"It is in room {n}.", "who": f"C{n:03d}"}
        for n in range(300)
    ]
    for copy_of, at in ((10, 200), (11, 201), (12, 202)):
        made[at] |= {"q": made[copy_of]["q"], "a": made[copy_of]["a"]}
    for near, at in ((20, 210), (21, 211), (22, 212)):
        made[at] |= {"q": made[near]["q"].replace("where is", "where was"), "a": made[near]["a"]}
    for at in range(30, 40):
        made[at]["q"] += f" Write to person{at}@example.com."
    made[50]["a"] = "Here."
    made[51]["a"] = "No."
    return made


class Bench:
    """A workspace whose rows and configuration can be changed between builds."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root
        self.rows = tickets()
        self.golden = [
            {"id": "g1", "input": "what colour is the moon over the river tonight", "reference": "white"}
        ]
        self.told: dict[str, Any] = {
            "model": {"name": "support"},
            "data": {
                "sources": [{"path": "t.jsonl", "form": "columns", "columns": {
                    "prompt": "q", "reply": "a", "id": "id", "subject": "who"}}],
                "golden": ["golden.jsonl"],
                "steps": [{"use": name, **({"options": dict(SPLIT)} if name == "split" else {})} for name in STEPS],
                "seed": 42,
            },
        }  # fmt: skip
        Project.create(root, actor="alice").close()

    def options(self, step: str) -> dict[str, Any]:
        """The options of a step, to be changed."""
        line = next(line for line in self.told["data"]["steps"] if line["use"] == step)
        found: dict[str, Any] = line.setdefault("options", {})
        return found

    def write(self) -> None:
        (self.root / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.rows))
        (self.root / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in self.golden))
        (self.root / "tunewright.yaml").write_text(yaml.safe_dump(self.told))

    def build(self) -> str:
        self.write()
        with Workspace.open(self.root, actor="alice") as ws:
            return prepare(ws).ref.version

    def compare(self, before: str, after: str) -> SnapshotDiff:
        with Workspace.open(self.root, actor="alice") as ws:
            found = diff(ws, before, after, everything=True)
            check_whole(ws, found, before, after)
            mirrored = diff(ws, after, before, everything=True)
            check_mirror(found, mirrored)
            return found


def check_whole(ws: Workspace, found: SnapshotDiff, before: str, after: str) -> None:
    """Against both snapshots in memory: every differing row is listed once, and no other is."""
    sides = []
    for version in (before, after):
        record = next(r for r in ws.project.records.find("snapshot") if r.ref.version == version)
        folder = ws.project.records.folder(record)
        examples = {row["id"]: row for row in load_rows(folder)}
        rows: dict[tuple[str, str], object] = {}
        for row in read_outcomes(folder / "outcomes.parquet"):
            kept = examples.pop(row["example"], None)
            spans = [
                {k: v for k, v in span.items() if k not in ("confidence", "note")} for span in row["findings"]
            ]
            body = (
                row["outcome"],
                row["example"],
                row["reasons"],
                row["step"],
                row["of"],
                row["split"],
                spans,
            )
            rows[row["source"], row["record"]] = (
                body,
                kept and (kept["messages"], kept["split"], kept["purpose"]),
            )
        for row in examples.values():
            rows[row["source"], row["locator"]] = ("added", row["messages"])
        sides.append(rows)
    differing = {key for key in sides[0].keys() | sides[1].keys() if sides[0].get(key) != sides[1].get(key)}
    listed = Counter((item.source, item.record) for item in found.listed)
    assert set(listed) == differing
    assert not listed or max(listed.values()) == 1
    assert found.rows == len(differing) == sum(count.rows for count in found.causes)
    assert sum(n for _, _, n in found.matrix) == len(sides[0].keys() | sides[1].keys())
    assert not [item for item in found.listed if item.cause.kind == "unexplained"]


def check_mirror(there: SnapshotDiff, back: SnapshotDiff) -> None:
    """The way back has the same rows with the same kinds of cause, outcomes swapped."""

    def lines(found: SnapshotDiff, way: int) -> set[tuple[str, ...]]:
        return {
            (
                item.source,
                item.record,
                *(item.before, item.after)[::way],
                item.cause.kind,
                item.cause.name,
                item.step,
            )
            for item in found.listed
        }

    assert lines(there, 1) == lines(back, -1)
    assert (there.added, there.removed, there.changed) == (back.removed, back.added, back.changed)
    assert sorted(there.matrix) == sorted((b, a, n) for a, b, n in back.matrix)
    assert there.reasons == {reason: -count for reason, count in back.reasons.items()}


def kinds(found: SnapshotDiff) -> set[tuple[str, str]]:
    """(kind, name) of every cause."""
    return {(item.cause.kind, item.cause.name) for item in found.listed}


def of(found: SnapshotDiff, record: str) -> Any:
    return next(item for item in found.listed if item.record == record)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "w")
    assert made.build() == "1"
    return made


def test_nothing_differs_from_itself(bench: Bench) -> None:
    found = bench.compare("1", "1")
    assert found.same
    assert (found.rows, found.causes, found.listed) == (0, (), ())


def test_rows_new_gone_and_changed(bench: Bench) -> None:
    twin = {**bench.rows[60], "id": "A000"}
    bench.rows = [row for row in bench.rows if row["id"] not in ("T010", "T100")]
    next(row for row in bench.rows if row["id"] == "T120")["q"] = question(random.Random(99))
    bench.rows += [{**bench.rows[0], "id": "T999", "q": question(random.Random(98)), "who": "C999"}, twin]
    found = bench.compare("1", bench.build())
    assert kinds(found) == {("source", "t.jsonl")}
    details = {record: of(found, record).cause.detail for record in ("T100", "T120", "T999", "A000")}
    assert details == {"T100": "row gone", "T120": "row changed", "T999": "row new", "A000": "row new"}
    assert all(of(found, record).through == "" for record in details)
    freed = of(found, "T200")
    assert (freed.before, freed.after, freed.cause.detail) == ("dropped", "kept", "row gone")
    assert freed.through == "t.jsonl#T010"


def test_a_row_that_only_moved_is_one_difference(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "w")
    del bench.told["data"]["sources"][0]["columns"]["id"]
    bench.told["data"]["sources"][0]["columns"].pop("subject")
    bench.build()
    bench.rows.insert(0, {"id": "x", "q": question(random.Random(5)), "a": "New.", "who": "N"})
    with Workspace.open(bench.root) as ws:
        bench.build()
        found = diff(ws, "1", "2", everything=True)
    assert kinds(found) == {("source", "t.jsonl")}
    assert found.rehomed > 280
    assert {item.cause.detail for item in found.listed} <= {"row moved", "row new", "row gone", "row changed"}


@pytest.mark.parametrize(
    ("step", "options", "kind", "detail"),
    [
        ("length", {"min_reply_chars": 6}, "threshold", "min_reply_chars 0 -> 6"),
        ("near_duplicates", {"threshold": 0.97}, "threshold", "threshold 0.8 -> 0.97"),
        ("pii", {"redaction": "drop"}, "rule", "redaction placeholder -> drop"),
        ("pii", {"allow": ["person31@example.com"]}, "rule", 'allow [] -> ["person31@example.com"]'),
        ("split", {"test": 0.2}, "threshold", "test 0.1 -> 0.2"),
        ("canaries", {"once": 3}, "threshold", "once 12 -> 3"),
        ("pii", {"redact_from": 0.999}, "threshold", "redact_from 0.85 -> 0.999"),
    ],
)
def test_other_options(bench: Bench, step: str, options: dict[str, Any], kind: str, detail: str) -> None:
    bench.options(step).update(options)
    found = bench.compare("1", bench.build())
    assert kinds(found) == {(kind, step)}
    assert {item.cause.detail for item in found.listed} == {detail}
    direct = [item for item in found.listed if not item.through]
    assert direct
    assert {item.step for item in direct} == {step}


@pytest.mark.parametrize("step", ["exact_duplicates", "pii", "near_duplicates", "canaries"])
def test_a_step_gone_or_new(bench: Bench, step: str) -> None:
    bench.told["data"]["steps"] = [line for line in bench.told["data"]["steps"] if line["use"] != step]
    found = bench.compare("1", bench.build())
    assert {(item.cause.kind, item.cause.name, item.cause.detail) for item in found.listed} == {
        ("rule", step, "step gone")
    }
    back = bench.compare("2", "1")
    assert {item.cause.detail for item in back.listed} == {"new step"}


def test_another_version_of_a_step(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that answers otherwise without other reasons: the text alone tells."""
    line = catalog.entry("normalise")

    def louder(options: Any) -> Any:
        inner = line.factory(options)

        def run(batch: Any) -> list[Any]:
            return [
                replace(
                    outcome,
                    example=replace(
                        e,
                        messages=(
                            replace(e.messages[0], content=e.messages[0].content + "!"),
                            *e.messages[1:],
                        ),
                    ),
                    reasons=("white_space",),
                )
                if e.origin.locator == "T070"
                else outcome
                for e, outcome in zip(batch, inner(batch), strict=True)
            ]

        return run

    real = catalog.entry
    changed = replace(line, version=line.version + 1, factory=louder)
    for module in ("tunewright.data.steps", "tunewright.data.runner", "tunewright.data.execution"):
        monkeypatch.setattr(f"{module}.entry", lambda name: changed if name == "normalise" else real(name))
    found = bench.compare("1", bench.build())
    assert [(item.record, item.cause.kind, item.cause.name, item.what) for item in found.listed] == [
        ("T070", "rule", "normalise", "changed")
    ]
    assert found.listed[0].cause.detail == f"version {line.version} -> {line.version + 1}"


def test_a_decision_in_between(bench: Bench) -> None:
    with Workspace.open(bench.root, actor="bob") as ws:
        mail = next(f for f in review_list(ws, all_findings=True).findings if f.record == "T033")
        review_decide(ws, mail.key, "dismissed")
    found = bench.compare("1", bench.build())
    assert [(item.record, item.cause.kind, item.cause.detail, item.through) for item in found.listed] == [
        ("T033", "review", "open -> dismissed", "")
    ]
    assert found.listed[0].cause.name == mail.key


def test_another_golden_set(bench: Bench) -> None:
    bench.golden.append({"id": "g2", "input": bench.rows[80]["q"], "reference": "x"})
    found = bench.compare("1", bench.build())
    assert kinds(found) == {("golden", "golden")}
    leak = of(found, "T080")
    assert (leak.after, leak.through, leak.step) == ("dropped", "", "decontaminate")
    assert {item.through for item in found.listed if item.record != "T080"} <= {SET, "t.jsonl#T080"}


def test_another_seed(bench: Bench) -> None:
    bench.told["data"]["seed"] = 43
    found = bench.compare("1", bench.build())
    assert kinds(found) == {("seed", "")}
    assert {item.cause.detail for item in found.listed} == {"42 -> 43"}
    assert {item.what for item in found.listed} >= {"moved"}


def test_another_description_of_a_source(bench: Bench) -> None:
    bench.told["data"]["sources"][0]["purpose"] = "support"
    found = bench.compare("1", bench.build())
    assert kinds(found) == {("source", "t.jsonl")}
    assert {item.cause.detail for item in found.listed} == {"described otherwise"}


def test_two_things_at_once_are_told_apart(bench: Bench) -> None:
    """A row leaves (freeing its copy) and a limit falls: each row has the cause that touched it."""
    bench.rows = [row for row in bench.rows if row["id"] != "T011"]
    bench.options("length")["min_reply_chars"] = 6
    found = bench.compare("1", bench.build())
    assert kinds(found) == {("source", "t.jsonl"), ("threshold", "length")}
    told = {
        record: (of(found, record).cause.kind, of(found, record).through)
        for record in ("T011", "T201", "T050", "T051")
    }
    assert told == {
        "T011": ("source", ""), "T201": ("source", "t.jsonl#T011"), "T050": ("threshold", ""), "T051": ("threshold", ""),
    }  # fmt: skip
    steps = copy.deepcopy(bench.told["data"]["steps"])
    bench.told["data"]["steps"] = [line for line in steps if line["use"] != "pii"]
    bench.golden.append({"id": "g2", "input": bench.rows[90]["q"], "reference": "x"})
    found = bench.compare("2", bench.build())
    assert {("rule", "pii"), ("golden", "golden")} <= kinds(found)
    assert of(found, "T035").cause.name == "pii"
    assert of(found, bench.rows[90]["id"]).cause.kind == "golden"


def test_the_command_names_causes_and_rows(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.options("length")["min_reply_chars"] = 6
    bench.build()
    assert main(["data", "diff", "1", "2", "-C", str(bench.root)]) == 0
    told = capsys.readouterr().out
    assert "threshold length: min_reply_chars 0 -> 6" in told
    assert "t.jsonl#T050" in told
    assert "before \\ after" in told
    assert main(["data", "diff", "1", "2", "--all", "--json", "-C", str(bench.root)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == len(found["listed"]) == sum(count["rows"] for count in found["causes"])


def test_another_version_of_an_engine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A detector that finds no mail address: every row it touched differs by the rule of the step that asks it."""
    from tunewright.flows.step_needs import StepNeeds

    real = StepNeeds._detector

    class Blind:
        def __init__(self, inner: Any) -> None:
            self._inner = inner
            self.version = inner.version + "-blind"

        def __getattr__(self, name: str) -> Any:
            return getattr(self._inner, name)

        def detect(self, texts: Any) -> Any:
            return [[span for span in spans if span.kind != "email"] for spans in self._inner.detect(texts)]

    monkeypatch.setattr(StepNeeds, "_detector", lambda self: Blind(real(self)))
    found = bench.compare("1", bench.build())
    assert {item.record for item in found.listed if not item.through} == {f"T{n:03d}" for n in range(30, 40)}
    assert {(item.cause.kind, item.cause.name) for item in found.listed} == {("rule", "pii")}
    assert all(
        item.cause.detail.startswith("engine ") and item.cause.detail.endswith("-blind")
        for item in found.listed
    )


def test_a_step_at_another_place(bench: Bench) -> None:
    """The order is part of the recipe; where it changes nothing for any row, nothing differs but the canaries' place."""
    steps = bench.told["data"]["steps"]
    steps.insert(1, steps.pop(next(at for at, line in enumerate(steps) if line["use"] == "pii")))
    bench.options("length")["max_prompt_chars"] = 160
    before = bench.build()
    steps.insert(5, steps.pop(1))
    found = bench.compare(before, bench.build())
    assert {item.cause.kind for item in found.listed} <= {"rule"}
    assert {item.cause.detail for item in found.listed} <= {"another place in the order"}
