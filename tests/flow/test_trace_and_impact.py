"""From an answer back to source rows, and from a row or a person forward, on a snapshot the pipeline built."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fixtures.registered import ROLES, with_evidence
from tunewright.cli.main import main
from tunewright.core.canonical import digest, utc_text
from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.core.types import Record
from tunewright.data.snapshot import load_snapshot
from tunewright.flows.impact import impact
from tunewright.flows.neighbours import HOW, nearest_examples
from tunewright.flows.prepare import prepare
from tunewright.flows.trace import Link, trace
from tunewright.flows.workspace import Workspace
from tunewright.registry.policy_file import default_policy_bytes, parse_policy
from tunewright.registry.promote import promote
from tunewright.registry.versions import register, subject_of
from tunewright.store import db

CONFIGURATION = """\
model: {name: support}
data:
  sources:
  - path: tickets.csv
    form: columns
    columns: {prompt: question, reply: answer, id: id, subject: customer}
    licence: internal
    purpose: support
  steps: [{use: normalise}, {use: malformed}, {use: exact_duplicates}, {use: split}]
"""
SYLLABLES = ("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "zu", "fra", "gle")
DUPLICATE = "T901"


def questions() -> list[str]:
    """160 questions of eight made-up words each, no two alike."""
    random_ = random.Random(3)
    words = ["".join(random_.choices(SYLLABLES, k=3)) for _ in range(300)]
    return [" ".join(random_.sample(words, 8)) for _ in range(160)]


PROMPT = "  ".join(questions()[40].upper().split()[:6]) + " " + " ".join(questions()[41].split()[3:6])


def tickets(path: Path) -> None:
    """Each customer has two questions; one more is an exact duplicate of the first."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(["id", "customer", "question", "answer"])
        for number, question in enumerate(questions()):
            out.writerow([f"T{number:03d}", f"C{number // 2:03d}", question, f"Please see page {number}."])
        out.writerow([DUPLICATE, "C999", questions()[0], "Please see page 0."])


def registered(ws: Workspace, rate: float) -> Record:
    """A model version on the newest snapshot, without a trained model behind it."""
    records = ws.project.records
    base = records.commit(
        kind="base",
        name="tiny",
        version="1",
        inputs=(),
        recipe={"digest": "b"},
        files_dir=None,
        action="base.record",
    )
    snapshot = records.latest("snapshot", "support")
    assert snapshot is not None
    run = records.commit(
        kind="run",
        name="train",
        version=records.next_version("run", "train"),
        inputs=(snapshot.ref, base.ref),
        recipe={"train": {"method": "lora", "learning_rate": rate}},
        files_dir=None,
        action="run.train",
    )
    served = dict.fromkeys(("base", "tokenizer", "chat_template", "quantisation"), "x") | {
        "weights": digest(rate)
    }
    return register(ws.project, name="support", snapshot=snapshot, base=base, run=run, served=served)


def answered(ws: Workspace, model: Record, identity: str, prompt: str) -> str:
    """An exchange as the gateway records it."""
    with ws.project.transaction() as connection:
        connection.execute(
            sa.insert(db.exchanges).values(
                id=identity,
                at=utc_text(ws.project.now()),
                key_id="k1",
                model_name="support",
                version=model.ref.version,
                subject_digest=subject_of(model),
                variant="staging",
                user="u1",
                body={"messages": [{"role": "user", "content": prompt}], "answer": "Please see."},
                finish_reason="stop",
                prompt_tokens=9,
                completion_tokens=3,
                latency_ms=1.5,
                flags=[],
            )
        )
    return identity


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a snapshot, two versions, one of them in staging, and three exchanges."""
    root = tmp_path_factory.mktemp("trace") / "w"
    root.mkdir()
    tickets(root / "tickets.csv")
    (root / "tunewright.yaml").write_text(CONFIGURATION)
    (root / "policy.yaml").write_bytes(default_policy_bytes())
    from tunewright.store.project import Project

    Project.create(root, actor="alice").close()
    with Workspace.open(root, actor="alice") as ws:
        prepare(ws)
        first = with_evidence(ws.project, registered(ws, 0.1))
        registered(ws, 0.2)
        policy = parse_policy(default_policy_bytes())
        promote(ws.project, policy, first, "staging", primary="exact_match", roles=ROLES)
        for identity in ("ex-1", "ex-2", "ex-3"):
            answered(ws, first, identity, PROMPT)
    return root


@pytest.fixture
def ws(made: Path) -> Iterator[Workspace]:
    with Workspace.open(made, actor="alice") as opened:
        yield opened


def find(link: Link, kind: str) -> list[Link]:
    return ([link] if link.kind == kind else []) + [
        found for part in link.made_from for found in find(part, kind)
    ]


def test_an_exchange_leads_back_to_the_source_file(ws: Workspace) -> None:
    report = trace(ws, "ex-2")
    assert [link.kind for link in (report.root, *report.root.made_from)] == ["exchange", "model"]
    (model,) = find(report.root, "model")
    assert model.name == "support@1.0.0"
    (decision,) = find(model, "decision")
    assert decision.name == "staging"
    assert {link.name for link in find(decision, "evidence")} == {"evaluate@1", "redteam@1"}
    assert find(model, "run")[0].name == "train@1"
    (snapshot,) = find(model, "snapshot")
    (source,) = find(snapshot, "source")
    assert source.name == "tickets.csv"
    assert ("examples", "160") in source.facts
    assert ("licence", "internal") in source.facts
    assert report.nearest_how == HOW


def test_the_nearest_examples_are_those_brute_force_finds(ws: Workspace) -> None:
    def grams(text: str) -> set[str]:
        flat = " ".join(text.lower().split())
        return {flat[i : i + 5] for i in range(len(flat) - 4)}

    snapshot = ws.project.records.get("snapshot", "support")
    train = load_snapshot(ws.project.records.folder(snapshot), "train")
    wanted = grams(PROMPT)
    exact = {
        example.id: len(wanted & grams(example.messages[0].content))
        / len(wanted | grams(example.messages[0].content))
        for example in train
    }
    best = sorted(exact.items(), key=lambda pair: (-pair[1], pair[0]))[:8]
    found = nearest_examples(ws.project, snapshot, PROMPT, limit=8)
    assert [(near.id, near.similarity) for near in found] == [(key, round(value, 4)) for key, value in best]
    by_id = {example.id: example for example in train}
    for near in found:
        origin = by_id[near.id].origin
        assert near.row == f"{origin.source}#{origin.locator}"
        assert near.subject == origin.subject
    assert trace(ws, "ex-1").nearest == found[:5]


def test_nothing_near_is_nothing_and_short_prompts_work(ws: Workspace) -> None:
    snapshot = ws.project.records.get("snapshot", "support")
    for prompt in ("", "   ", "ok", "zzzzqqqq", "完全に別の言語"):
        assert nearest_examples(ws.project, snapshot, prompt) == ()


def test_the_index_is_derived_and_is_made_again_when_it_is_damaged(ws: Workspace) -> None:
    snapshot = ws.project.records.get("snapshot", "support")
    before = nearest_examples(ws.project, snapshot, questions()[7])
    cache = ws.project.state / "cache"
    (next(cache.rglob("rows.u32"))).write_bytes(b"")
    shutil.rmtree(cache)
    assert nearest_examples(ws.project, snapshot, questions()[7]) == before
    ws.project.audit.verify()


def test_a_model_is_traced_by_name_number_or_environment(ws: Workspace) -> None:
    for text in ("support@1.0.0", "1.0.0", "support:staging", "model/support@1.0.0"):
        assert trace(ws, text).root.name == "support@1.0.0"
    assert trace(ws, "support").root.name == "support@1.0.1"
    assert trace(ws, "1.0.1").nearest == ()


def test_an_example_is_traced_by_id_and_by_row(ws: Workspace) -> None:
    by_row = trace(ws, "tickets.csv#T003")
    facts = dict(by_row.root.facts)
    assert (facts["row"], facts["person"], facts["licence"]) == ("tickets.csv#T003", "C001", "internal")
    assert by_row.root.made_from[0].name == "support@1"
    assert trace(ws, by_row.root.name).root == by_row.root
    assert trace(ws, by_row.root.name[:16]).root == by_row.root


def test_a_dropped_row_is_traced_to_its_kept_twin(ws: Workspace) -> None:
    facts = dict(trace(ws, f"tickets.csv#{DUPLICATE}").root.facts)
    assert facts["outcome"].startswith("dropped: exact_duplicate")
    assert facts["kept twin"] == "tickets.csv#T000"


def test_impact_of_a_row_names_models_environments_and_answers(ws: Workspace) -> None:
    report = impact(ws, "tickets.csv#T010")
    assert (report.read_as, report.examples) == ("source row", 1)
    assert [model.model.version for model in report.models] == ["1.0.0", "1.0.1"]
    first, second = report.models
    assert first.serves_in == ("staging",)
    assert (first.exchanges, first.newest_exchange) == (3, "ex-3")
    assert (second.serves_in, second.exchanges, second.newest_exchange) == ((), 0, "")
    assert report.exchanges == 3
    (snapshot,) = report.snapshots
    split = snapshot.examples[0].split
    assert (first.trained_on, first.chosen_by) == (int(split == "train"), int(split == "validation"))
    assert impact(ws, snapshot.examples[0].id).models == report.models


def test_impact_of_a_person_covers_all_their_rows(ws: Workspace) -> None:
    report = impact(ws, "C004")
    assert report.read_as == "person"
    assert {example.row for item in report.snapshots for example in item.examples} == {
        "tickets.csv#T008",
        "tickets.csv#T009",
    }


def test_impact_of_a_dropped_duplicate_is_that_of_its_twin(ws: Workspace) -> None:
    report = impact(ws, f"tickets.csv#{DUPLICATE}")
    assert report.outcomes[0].outcome == "dropped"
    ((example,),) = [item.examples for item in report.snapshots]
    assert (example.row, example.through) == ("tickets.csv#T000", "kept twin")
    assert len(report.models) == 2


@pytest.mark.parametrize("text", ["nobody", "tickets.csv#T999", "0" * 64, "' or 1=1 --", "%", "ex-4", ""])
def test_what_nobody_knows_is_not_found(ws: Workspace, text: str) -> None:
    with pytest.raises(NotFoundError):
        impact(ws, text)
    with pytest.raises(NotFoundError):
        trace(ws, text)


def test_a_lost_file_is_said(ws: Workspace, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(ws.root, copy)
    with Workspace.open(copy) as other:
        folder = other.project.records.folder(other.project.records.get("snapshot", "support"))
        folder.chmod(0o700)
        (folder / "outcomes.parquet").unlink()
        with pytest.raises(IntegrityError, match="lost its outcomes"):
            impact(other, "C004")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any, str]:
    code = main(list(arguments))
    out = capsys.readouterr()
    return code, (json.loads(out.out) if "--json" in arguments else out.out), out.err


def test_the_commands_answer_people_and_programs(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ("-C", str(made))
    code, text, _ = run(capsys, "audit", "trace", "ex-1", *where)
    assert code == 0
    assert "exchange ex-1" in text
    assert "tickets.csv#" in text
    code, told, _ = run(capsys, "audit", "impact", "C004", "--json", *where)
    assert (code, told["examples"], told["exchanges"]) == (0, 2, 3)
    code, text, _ = run(capsys, "audit", "impact", "C004", *where)
    assert "support@1.0.0" in text
    code, _, error = run(capsys, "audit", "trace", "nothing", *where)
    assert code == 5
    assert "nothing recorded here is called" in error
    code, text, _ = run(capsys, "audit", "verify", *where)
    assert (code, "the audit log is whole" in text) == (0, True)
