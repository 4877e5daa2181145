"""Lookups and differences after a person was erased, an expert corrected an answer, and a licence was declared otherwise."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.flow.test_life import COLUMNS, as_csv, rows, workspace
from tunewright.flows.erase import erase
from tunewright.flows.erase_search import Asked
from tunewright.flows.life import life
from tunewright.flows.prepare import prepare
from tunewright.flows.review_examples import judge_example
from tunewright.flows.snapshots import diff
from tunewright.flows.walk import find_key, node
from tunewright.flows.workspace import Workspace
from tunewright.registry.lineage import SnapshotFiles


def test_an_erased_person(tmp_path: Path) -> None:
    """C01 has rows T02 and T03; T20 is an exact copy of T03 and another person's."""
    root = workspace(tmp_path / "w", "tickets.csv", as_csv, form="columns", columns=COLUMNS)
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        before = life(ws, "tickets.csv#T02")
        assert before.birth.subject == "C01"
        # What remains to be found are the words that another person's copy has too.
        erase(ws, Asked(subject="C01"), copies="keep", files="erase")
        snapshots = ws.project.records.find("snapshot")
        assert len(snapshots) == 2
        with SnapshotFiles(ws.project, snapshots) as files:
            assert files.by_subject("C01") == []
            assert files.by_subject("C02") != []
        story = life(ws, before.id)
        assert (story.outcome, story.original, story.turns) == ("erased", "erased", ())
        assert rows()[2]["q"] not in repr(story)
        found = diff(ws, "1", "2", everything=True)
        told = {item.record: (item.cause.kind, item.through) for item in found.listed}
        assert told["T02"] == told["T03"] == ("erasure", "")
        freed = [item for item in found.listed if item.record == "T20"]
        assert [(item.cause.kind, item.through) for item in freed] == [("erasure", "tickets.csv#T03")]
        assert {item.cause.kind for item in found.listed} == {"erasure"}
        assert node(ws, find_key(ws, before.id)).title == before.id[:12]


def test_an_expert_corrects_and_rejects(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", "tickets.csv", as_csv, form="columns", columns=COLUMNS)
    with Workspace.open(root, actor="erin") as ws:
        prepare(ws)
        judge_example(ws, life(ws, "T11").id, "corrected", correction="See page eleven.")
        judge_example(ws, life(ws, "T12").id, "rejected", note="not ours")
        prepare(ws)
        found = diff(ws, "1", "2", everything=True)
        told = {item.record: (item.cause.kind, item.cause.detail, item.through) for item in found.listed}
        assert told["T11"] == told["T12"] == ("review", "an expert's judgement", "")
        assert {item.cause.kind for item in found.listed} == {"review"}
        story = life(ws, "tickets.csv#T11")
        assert [(said.verdict, said.actor) for said in story.judgements] == [("corrected", "erin")]
        assert (story.turns[-1].before, story.turns[-1].after) == (rows()[11]["a"], "See page eleven.")


def test_a_licence_declared_otherwise(tmp_path: Path) -> None:
    root = workspace(tmp_path / "w", "tickets.csv", as_csv, form="columns", columns=COLUMNS)
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
    told = yaml.safe_load((root / "tunewright.yaml").read_text())
    told["data"]["sources"][0]["licence"] = "CC-BY-4.0"
    (root / "tunewright.yaml").write_text(yaml.safe_dump(told))
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        found = diff(ws, "1", "2", everything=True)
        assert {(item.cause.kind, item.cause.name, item.cause.detail) for item in found.listed} == {
            ("source", "tickets.csv", "described otherwise")
        }
