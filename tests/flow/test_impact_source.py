"""What a whole source touched: against counts made by hand from the outcomes and the examples."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.attack.data.conftest import sound_rows
from tests.fixtures.openlineage_client import as_event
from tests.fixtures.recording import commit
from tests.fixtures.registered import ROLES, with_evidence
from tests.flow.test_trace_and_impact import answered
from tunewright.cli.main import main
from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.core.types import Record
from tunewright.data.outcomes import read_outcomes
from tunewright.data.snapshot import load_snapshot
from tunewright.flows.impact import impact
from tunewright.flows.impact_source import SourceImpact, _counted_tally, _recorded_tally, source_impact
from tunewright.flows.lineage_log import events_of
from tunewright.flows.prepare import SnapshotSummary, prepare
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import default_policy_bytes, parse_policy
from tunewright.registry.promote import promote
from tunewright.registry.versions import register
from tunewright.store.project import Project


def configured(root: Path, **facts: str) -> Workspace:
    """Two sources; ten rows of each stand in the other too."""
    rows = sound_rows(100)
    for name, part in (
        ("a.jsonl", rows[:60]),
        ("b.jsonl", [{**row, "id": f"B{at}"} for at, row in enumerate(rows[40:])]),
    ):
        (root / name).write_text("".join(json.dumps(row) + "\n" for row in part))
    sources = [
        {"path": name, "form": "prompt_completion", "licence": "MIT"} for name in ("a.jsonl", "b.jsonl")
    ]
    sources[0].update(facts)
    steps = [{"use": name} for name in ("normalise", "exact_duplicates", "split")]
    told = {"model": {"name": "support"}, "data": {"sources": sources, "steps": steps}}
    (root / "tunewright.yaml").write_text(yaml.safe_dump(told))
    if not (root / ".tunewright").exists():
        Project.create(root, actor="tester").close()
    return Workspace.open(root, actor="tester")


@pytest.fixture
def built(tmp_path: Path) -> Iterator[tuple[Workspace, SnapshotSummary, Record]]:
    with configured(tmp_path) as ws:
        summary = prepare(ws)
        snapshot = ws.project.records.get(summary.ref)
        base = commit(ws.project, "tiny", kind="base", recipe={"digest": "b"})
        run = commit(
            ws.project,
            "train",
            kind="run",
            inputs=(snapshot.ref, base.ref),
            recipe={"train": {"method": "lora"}},
        )
        served = dict.fromkeys(("base", "weights", "tokenizer", "chat_template", "quantisation"), "x")
        model = register(ws.project, name="support", snapshot=snapshot, base=base, run=run, served=served)
        with_evidence(ws.project, model)
        policy = parse_policy(default_policy_bytes())
        promote(ws.project, policy, model, "staging", primary="exact_match", roles=ROLES)
        answered(ws, model, "E1", "hello")
        answered(ws, model, "E2", "hello")
        yield ws, summary, model


def test_a_source_s_examples_models_environments_and_answers(
    built: tuple[Workspace, SnapshotSummary, Record],
) -> None:
    ws, summary, model = built
    rows = list(read_outcomes(summary.folder / "outcomes.parquet"))
    kept = [example for example in load_snapshot(summary.folder) if example.origin.source == "a.jsonl"]
    report = impact(ws, "a.jsonl")
    assert isinstance(report, SourceImpact)
    assert (report.read_as, report.examples) == ("source", len(kept))
    ((snapshot),) = report.snapshots
    assert dict(snapshot.splits) == Counter(example.label("split") for example in kept)
    (told,) = report.source
    assert dict(told.outcomes) == Counter(row["outcome"] for row in rows if row["source"] == "a.jsonl")
    dropped = [row for row in rows if row["outcome"] == "dropped"]
    assert len(dropped) == 20
    assert told.twins_elsewhere == sum(
        row["source"] == "a.jsonl" and row["of"].startswith("b.jsonl#") for row in dropped
    )
    assert told.stands_for == sum(
        row["source"] == "b.jsonl" and row["of"].startswith("a.jsonl#") for row in dropped
    )
    assert told.twins_elsewhere + told.stands_for == 20
    (touched,) = report.models
    assert touched.model == model.ref
    assert touched.trained_on == sum(example.label("split") == "train" for example in kept)
    assert (touched.serves_in, touched.exchanges, report.exchanges) == (("staging",), 2, 2)
    assert report.objections == ()


def test_a_withdrawn_licence_is_said_and_only_the_named_version_counts(
    built: tuple[Workspace, SnapshotSummary, Record], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    ws, _, _ = built
    (old,) = ws.project.records.find("source", "a.jsonl")
    with configured(tmp_path, licence="CC0-1.0") as again:
        prepare(again)
    with configured(tmp_path, licence="withdrawn") as now:
        whole = impact(now, "source/a.jsonl")
        assert isinstance(whole, SourceImpact)
        assert [item.licence for item in whole.source] == ["MIT", "CC0-1.0"]
        assert whole.objections == (
            "its licence withdrawn allows nothing: nobody gave a licence, or it was withdrawn",
        )
        one = source_impact(now, f"a.jsonl@{old.ref.version}")
        assert one is not None
        assert [item.licence for item in one.source] == ["MIT"]
        assert source_impact(now, "a.jsonl@0000") is None
    monkeypatch.chdir(tmp_path)
    assert main(["audit", "impact", "a.jsonl"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "may not be used today: its licence withdrawn allows nothing" in shown
    assert "staging" in shown
    assert main(["audit", "impact", "a.jsonl", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["read_as"] == "source"


@pytest.mark.parametrize("name", ["nobody.csv", "source/", "@", "a.jsonl' or 1=1 --", "b*.jsonl", ""])
def test_what_is_no_source_is_not_found(built: tuple[Workspace, SnapshotSummary, Record], name: str) -> None:
    ws, _, _ = built
    assert source_impact(ws, name) is None
    with pytest.raises(NotFoundError):
        impact(ws, name)


def test_what_is_recorded_is_what_is_counted(built: tuple[Workspace, SnapshotSummary, Record]) -> None:
    """``sources.json`` against SQL over the Parquet files, which snapshots of before are asked by."""
    ws, summary, _ = built
    snapshot = ws.project.records.get(summary.ref)
    for name in ("a.jsonl", "b.jsonl", "nobody"):
        assert _recorded_tally(ws, snapshot, name) == _counted_tally(ws, snapshot, name)
    before = snapshot.model_copy(update={"files": ()})
    assert _recorded_tally(ws, before, "a.jsonl") is None


@pytest.mark.parametrize("name", ["sources.json", "examples.parquet"])
def test_a_damaged_snapshot_is_said(built: tuple[Workspace, SnapshotSummary, Record], name: str) -> None:
    ws, summary, _ = built
    path = summary.folder / name
    path.parent.chmod(0o700)
    path.chmod(0o600)
    path.write_bytes(b"{}")
    snapshot = ws.project.records.get(summary.ref)
    ask = _recorded_tally if name == "sources.json" else _counted_tally
    with pytest.raises(IntegrityError, match=name):
        ask(ws, snapshot, "a.jsonl")


def test_runs_made_from_a_snapshot_are_openlineage_events_too(
    built: tuple[Workspace, SnapshotSummary, Record],
) -> None:
    ws, summary, model = built
    events = events_of(ws, ws.project.records.get(summary.ref))
    jobs = [(event["job"]["name"], event["eventType"]) for event in events]
    assert sorted(jobs) == sorted(
        (job, kind)
        for job in ("support.build", "run.train", "run.evaluate", "run.redteam")
        for kind in ("START", "COMPLETE")
    )
    for event in events:
        as_event(event)
    told = {event["job"]["name"]: event for event in events if event["eventType"] == "COMPLETE"}
    (made,) = told["run.train"]["outputs"]
    (measured,) = told["run.evaluate"]["inputs"]
    for item in (made, measured):
        assert (item["name"], item["facets"]["version"]["datasetVersion"]) == (
            "model/support",
            model.ref.digest,
        )
