"""init, build, report, outcomes, review, diff and export on the example company's export; truth tells what is right."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from tunewright.builtin.example import ExampleFiles, write_example
from tunewright.cli.main import main
from tunewright.core.errors import ConflictError, NotFoundError, UsageError
from tunewright.data.snapshot import load_canaries, load_manifest, load_rows, load_snapshot, verify_snapshot
from tunewright.flows.init import init
from tunewright.flows.prepare import SnapshotSummary, prepare
from tunewright.flows.review import review_decide, review_list
from tunewright.flows.snapshots import diff, export, find_snapshot, outcomes, why_not, write_outcomes_to
from tunewright.flows.workspace import Workspace

ROWS = 900


@pytest.fixture(scope="module")
def export_files(tmp_path_factory: pytest.TempPathFactory) -> ExampleFiles:
    return write_example(tmp_path_factory.mktemp("export"), seed=7, rows=ROWS)


def workspace(root: Path, files: ExampleFiles) -> Path:
    init(root, sources=[files.golden.parent], golden=[files.golden])
    return root


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, export_files: ExampleFiles
) -> Iterator[tuple[Workspace, SnapshotSummary]]:
    root = workspace(tmp_path_factory.mktemp("work") / "kestrel", export_files)
    with Workspace.open(root) as ws:
        yield ws, prepare(ws)


@pytest.fixture
def fresh(tmp_path: Path, export_files: ExampleFiles) -> Iterator[Workspace]:
    with Workspace.open(workspace(tmp_path / "kestrel", export_files)) as ws:
        yield ws


def truth(files: ExampleFiles) -> dict[tuple[str, str], dict[str, Any]]:
    lines = files.truth.read_text(encoding="utf-8").splitlines()
    return {(line["source"], line["record"]): line for line in map(json.loads, lines)}


def test_init_says_what_every_file_is(tmp_path: Path, export_files: ExampleFiles) -> None:
    report = init(tmp_path / "w", sources=[export_files.golden.parent], golden=[export_files.golden])
    forms = {Path(source.path).name: source.form for source in report.sources}
    assert forms == {
        "archive.parquet": "columns", "chats.jsonl": "sharegpt", "messages.jsonl": "messages", "slack": "slack",
        "tickets.csv": "columns", "triage.json": "alpaca",
    }  # fmt: skip
    assert [Path(item.path).name for item in report.skipped] == ["TRUTH.jsonl"]
    assert report.primary == "json_field:intent"
    assert report.metrics == ("json_valid", "json_match", "json_field:intent", "json_field:team")
    raw = yaml.safe_load(report.config.read_text(encoding="utf-8"))
    tickets = next(source for source in raw["data"]["sources"] if source["path"].endswith("tickets.csv"))
    assert tickets["columns"] == {
        "prompt": "customer_message", "reply": "triage", "id": "ticket_id", "at": "opened_at", "subject": "customer_id",
    }  # fmt: skip
    assert (tmp_path / "w" / "policy.yaml").is_file()
    with pytest.raises(ConflictError):
        init(tmp_path / "w", sources=[export_files.golden.parent])


def test_a_golden_set_is_no_source_even_when_not_named(tmp_path: Path, export_files: ExampleFiles) -> None:
    report = init(tmp_path / "w", sources=[export_files.golden.parent])
    assert {Path(item.path).name for item in report.skipped} == {"TRUTH.jsonl", "golden.jsonl"}
    assert report.notes


def test_map_is_written_into_the_configuration(tmp_path: Path, export_files: ExampleFiles) -> None:
    tickets = export_files.golden.parent / "tickets.csv"
    given = "tickets.csv:prompt=customer_message,reply=triage,id=ticket_id"
    report = init(tmp_path / "w", sources=[tickets], maps=[given])
    raw = yaml.safe_load(report.config.read_text(encoding="utf-8"))
    assert raw["data"]["sources"][0]["columns"] == {
        "prompt": "customer_message",
        "reply": "triage",
        "id": "ticket_id",
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "tickets.csv",
        "tickets.csv:prompt",
        "tickets.csv:prompt=a",
        "tickets.csv:question=a,reply=b",
        "x.csv:prompt=a,reply=b",
    ],
)
def test_wrong_maps_are_refused(tmp_path: Path, export_files: ExampleFiles, wrong: str) -> None:
    with pytest.raises(UsageError):
        init(tmp_path / "w", sources=[export_files.golden.parent / "tickets.csv"], maps=[wrong])
    assert not (tmp_path / "w" / "tunewright.yaml").exists()


def test_every_row_has_one_outcome_and_every_defect_is_met(
    built: tuple[Workspace, SnapshotSummary], export_files: ExampleFiles
) -> None:
    ws, _ = built
    rows = {(row["source"], row["record"]): row for row in outcomes(ws)}
    known = truth(export_files)
    assert len(rows) == export_files.rows
    assert rows.keys() == known.keys()
    met: Counter[str] = Counter()
    for key, line in known.items():
        row = rows[key]
        assert row["outcome"] == "kept" or row["reasons"], row
        for defect in line["defects"]:
            met[defect] += 1
            if defect in ("pii", "secret"):
                found = [(span["start"], span["end"]) for span in row["findings"] if span["turn"] in (0, 1)]
                assert all((span["start"], span["end"]) in found for span in line["pii"]), (row, line)
            elif defect == "doubtful":
                assert row["outcome"] == "held", row
            elif defect == "mojibake":
                assert (row["outcome"], row["reasons"]) == ("changed", ["mojibake"])
            elif defect == "exact_duplicate":
                twin = rows[tuple(line["of"].split("#", 1))]  # type: ignore[index]
                assert {row["outcome"], twin["outcome"]} >= {"dropped"}
                assert line["of"] in (row["of"],) or twin["of"] == f"{row['source']}#{row['record']}"
            elif defect == "near_duplicate":
                assert "dropped" in (row["outcome"], rows[tuple(line["of"].split("#", 1))]["outcome"])  # type: ignore[index]
            elif defect == "off_topic":
                assert row["reasons"] == ["no_reply"]
            else:
                assert (row["outcome"], row["reasons"][-1]) == ("dropped", defect), row
    assert len(met) >= 17
    clean = [rows[key] for key, line in known.items() if not line["defects"]]
    assert sum(row["outcome"] == "kept" for row in clean) >= 0.9 * len(clean)


def test_the_snapshot_is_sorted_split_and_verifies(built: tuple[Workspace, SnapshotSummary]) -> None:
    _, summary = built
    examples = load_snapshot(summary.folder)
    assert verify_snapshot(summary.folder).merkle_root == summary.merkle_root
    assert len(examples) == summary.counts["examples"] == sum(summary.splits.values())
    assert set(summary.splits) == {"train", "validation", "test"}
    held_out = (summary.splits["validation"] + summary.splits["test"]) / (len(examples) - summary.canaries)
    assert 0.10 <= held_out <= 0.15
    train = load_snapshot(summary.folder, "train")
    assert len(train) == summary.splits["train"]
    assert {example.label("split") for example in train} == {"train"}
    planted = [example for example in examples if example.label("canary")]
    assert len(planted) == summary.canaries > 0
    assert all(
        any(s.secret in e.messages[-1].content for s in load_canaries(summary.folder)) for e in planted
    )
    changed = [example for example in examples if example.history]
    assert {mark.split("@")[0] for example in changed for mark in example.history} >= {"normalise", "pii"}


def test_nothing_that_was_redacted_is_in_the_files(
    built: tuple[Workspace, SnapshotSummary], export_files: ExampleFiles
) -> None:
    _, summary = built
    values = [
        span["text"]
        for line in truth(export_files).values()
        for span in line["pii"]
        if span["type"] not in ("doubtful",)
    ]
    assert len(values) > 25
    page = (summary.folder / "report.html").read_text(encoding="utf-8") + (
        summary.folder / "report.json"
    ).read_text(encoding="utf-8")
    text = "".join(m.content for example in load_snapshot(summary.folder) for m in example.messages)
    assert [value for value in values if value in page or value in text] == []


def test_an_unchanged_workspace_answers_with_the_same_snapshot(
    built: tuple[Workspace, SnapshotSummary],
) -> None:
    ws, summary = built
    again = prepare(ws)
    assert not again.created
    assert again.ref == summary.ref
    assert len(ws.project.records.find("snapshot")) == 1


def test_the_same_files_elsewhere_give_the_same_digest(
    built: tuple[Workspace, SnapshotSummary], tmp_path: Path
) -> None:
    _, summary = built
    moved = write_example(tmp_path / "elsewhere", seed=7, rows=ROWS)
    with Workspace.open(workspace(tmp_path / "kestrel", moved)) as other:
        assert prepare(other).ref == summary.ref


def test_lineage_and_audit(built: tuple[Workspace, SnapshotSummary]) -> None:
    ws, summary = built
    record = find_snapshot(ws)
    ws.project.records.verify(record)
    kinds = Counter(ref.kind for ref in record.inputs)
    assert kinds == {"source": 6, "golden": 1}
    assert summary.ref in ws.project.records.downstream(record.inputs[0])
    assert [event.action for event in ws.project.audit.events(subject=summary.ref)] == ["snapshot.build"]
    ws.project.audit.verify()


def test_decisions_are_remembered_and_applied(fresh: Workspace) -> None:
    first = prepare(fresh)
    waiting = review_list(fresh)
    held = [row for row in outcomes(fresh) if row["outcome"] == "held"]
    assert sum(len(row["findings"]) for row in held) >= waiting.open >= len(held) >= 2
    assert waiting.open == len(waiting.findings)
    yes, no = [found for found in waiting.findings if found.reason == "pii_doubtful"][:2]
    assert re.fullmatch(r"0\d+ \d{4} \d{4}", yes.text)
    with pytest.raises(NotFoundError):
        review_decide(fresh, "ffffffffffff", "confirmed")
    with pytest.raises(UsageError):
        review_decide(fresh, yes.key, "maybe")
    review_decide(fresh, yes.key[:12], "confirmed")
    assert review_decide(fresh, no.key[:12], "dismissed", note="a meter's number").open == waiting.open - 2
    second = prepare(fresh)
    assert second.created
    assert second.ref.version == "2"
    # Two more rows in the corpus may move a third one over the edge of what is off topic.
    assert first.counts["held"] - 3 <= second.counts["held"] <= first.counts["held"] - 1
    rows = {(row["source"], row["record"]): row for row in outcomes(fresh)}
    assert rows[yes.source, yes.record]["outcome"] == "changed"
    assert rows[no.source, no.record]["outcome"] == "kept"
    said = {
        (row["source"], row["locator"]): row["messages"][-2]["content"]
        for row in load_rows(second.folder)
        if len(row["messages"]) > 1
    }
    assert yes.text not in said[yes.source, yes.record]
    assert no.text in said[no.source, no.record]
    assert prepare(fresh).ref == second.ref
    events = fresh.project.audit.events(action="review.decide")
    assert len(events) == 2
    assert "meter" not in json.dumps([event.body for event in events])
    found = diff(fresh, "1", "2")
    assert (found.added, found.removed, found.same) == (2, 0, False)
    assert {item.because for item in found.listed if item.what == "added"} == {"held: pii_doubtful"}


def test_changed_options_make_another_snapshot(fresh: Workspace) -> None:
    prepare(fresh)
    with Workspace.open(
        fresh.root, overrides=("data.steps=[{use: normalise}, {use: malformed}, {use: split}]",)
    ) as ws:
        second = prepare(ws)
        assert second.ref.version == "2"
        found = diff(ws, "1", "2")
    assert {"pii: step gone", "canaries: step gone"} <= set(found.steps)
    assert found.added > 0
    assert found.reasons["near_duplicate"] < 0


def test_outcomes_and_export_in_files(
    built: tuple[Workspace, SnapshotSummary], tmp_path: Path, export_files: ExampleFiles
) -> None:
    ws, summary = built
    written = write_outcomes_to(ws, tmp_path / "o.jsonl", "jsonl")
    lines = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
    assert written.rows == len(lines) == export_files.rows
    assert set(lines[0]) >= {"source", "record", "outcome", "reasons", "findings", "example", "of"}
    write_outcomes_to(ws, tmp_path / "o.parquet", "parquet")
    assert pq.read_table(tmp_path / "o.parquet").to_pylist() == lines
    export(ws, tmp_path / "train.jsonl", split="train")
    chats = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(chats) == summary.splits["train"]
    assert all(chat["messages"][-1]["role"] == "assistant" for chat in chats)


class _Page(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_self_contained_and_escaped(fresh: Workspace) -> None:
    path = fresh.root / "evil.jsonl"
    evil = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    draw = random.Random(3)
    words = ["".join(draw.choices("abcdefghijklmnop", k=8)) for _ in range(400)]
    rows = [
        {"prompt": f"{' '.join(draw.sample(words, 20))} {evil}", "completion": f"a{n}"} for n in range(60)
    ]
    rows += [{"prompt": evil, "completion": ""}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    override = "data.sources=[{path: evil.jsonl, form: prompt_completion}]"
    with Workspace.open(fresh.root, overrides=(override, "data.golden=[]")) as ws:
        summary = prepare(ws)
    page = _Page()
    html = summary.report_html.read_text(encoding="utf-8")
    page.feed(html)
    assert page.tags["svg"] > 5
    assert not page.tags.keys() & {"script", "img", "link", "iframe", "object", "form"}
    assert not [name for name in page.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert "<script>alert(1)</script>" in page.text
    assert "default-src 'none'" in html


def test_commands_answer_for_people_and_programs(
    built: tuple[Workspace, SnapshotSummary], capsys: pytest.CaptureFixture[str]
) -> None:
    ws, summary = built
    place = ["-C", str(ws.root), "--quiet"]
    for command in (
        ["data", "build"], ["data", "report"], ["data", "show"], ["data", "diff", "1", "1"], ["review", "list"],
    ):  # fmt: skip
        assert main([*command, *place]) == 0
        human = capsys.readouterr().out
        assert len(human.splitlines()) >= 2
        assert main([*command, *place, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)
    assert main(["data", "outcomes", *place]) == 0
    assert len(capsys.readouterr().out.splitlines()) == sum(
        summary.counts[o] for o in ("kept", "changed", "dropped", "held")
    )
    assert main(["data", "outcomes", "--as", "parquet", *place]) == 2
    assert "--to" in capsys.readouterr().err
    assert main(["data", "show", "nothing#1", *place]) == 5
    assert main(["data", "report", "--snapshot", "9", *place]) == 5
    assert load_manifest(summary.folder).canaries == summary.canaries


def test_why_not_says_what_became_of_every_row_and_on_what_evidence(built, capsys, monkeypatch) -> None:
    ws, _ = built
    monkeypatch.chdir(ws.root)
    lines = list(outcomes(ws))
    twin = next(line for line in lines if line["reasons"] == ["exact_duplicate"])
    assert main(["data", "why-not", f"{twin['source']}#{twin['record']}"]) == 0
    shown = capsys.readouterr().out
    assert "dropped by step exact_duplicates" in shown
    assert twin["of"] in shown
    redacted = next(line for line in lines if line["findings"] and line["outcome"] == "changed")
    assert main(["data", "why-not", f"{redacted['source']}#{redacted['record']}", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outcome"] == "changed"
    assert told["findings"][0]["found_by"].startswith("patterns@")
    assert told["snapshot"]["kind"] == "snapshot"


def test_why_not_refuses_a_row_nobody_read(built) -> None:
    ws, _ = built
    with pytest.raises(NotFoundError, match="has read no row"):
        why_not(ws, "tickets.csv#no-such-row")
    with pytest.raises(UsageError, match="names no source row"):
        why_not(ws, "T17")
