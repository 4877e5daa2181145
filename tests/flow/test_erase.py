"""Erase a person from a workspace that holds them everywhere; then search the bytes of every file, and compare the rest."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from tests.fixtures.erasable_workspace import (
    MAIL,
    PERSON,
    SOURCES,
    WORDS,
    make_workspace,
    registered,
    secrets,
    where_found,
)
from tunewright.cli.main import main
from tunewright.core.errors import ConflictError, GateRefusedError, NotFoundError, UsageError
from tunewright.core.types import Example
from tunewright.data.snapshot import load_rows, load_snapshot, verify_snapshot
from tunewright.flows.audit import verify
from tunewright.flows.erase import EraseReport, erase, plan_erasure, show
from tunewright.flows.erase_proof import erased_ids, verify_proof
from tunewright.flows.erase_search import Asked
from tunewright.flows.prepare import prepare
from tunewright.flows.promote import promote
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.sources import rows_of, sources_of
from tunewright.flows.status import status
from tunewright.flows.workspace import Workspace
from tunewright.registry.erased import tickets
from tunewright.registry.policy_file import default_policy_bytes
from tunewright.store import db
from tunewright.store.review_tables import votes

ASKED = Asked(subject=PERSON, also=(MAIL,))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_workspace(tmp_path_factory.mktemp("erase") / "w")


@pytest.fixture
def root(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "w"))


@pytest.fixture(scope="module")
def erased(made: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, EraseReport]:
    """The workspace before, after, and what the erasure reported."""
    after = Path(shutil.copytree(made, tmp_path_factory.mktemp("erased") / "w"))
    with Workspace.open(after, actor="dpo") as ws:
        report = erase(ws, ASKED, reason="Art. 17, request 4711", copies="erase", files="erase")
    return made, after, report


@pytest.fixture
def ws(erased: tuple[Path, Path, EraseReport]) -> Iterator[Workspace]:
    with Workspace.open(erased[1], actor="dpo") as opened:
        yield opened


def test_the_person_is_everywhere_before(made: Path) -> None:
    found = where_found(made, secrets())
    assert set(found) == set(secrets())
    assert len({name.split("!")[0].split(":")[0] for names in found.values() for name in names}) >= 20


def test_no_file_holds_a_text_or_name_afterwards(erased: tuple[Path, Path, EraseReport]) -> None:
    _, after, report = erased
    assert where_found(after, secrets()) == {}
    assert report.remains == ()
    assert report.searched > 50
    assert not report.rebuild_problem


def snapshot_rows(root: Path, version: str) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    with Workspace.open(root) as ws:
        folder = ws.project.records.folder(find_snapshot(ws, version))
        examples = {row["id"]: row for row in load_rows(folder, tombstones=True)}
        lines = pq.read_table(folder / "outcomes.parquet").to_pylist()
    return examples, {(row["source"], row["example"] or row["record"]): row for row in lines}


@pytest.mark.parametrize("version", ["1", "2"])
def test_every_other_row_of_the_snapshots_is_unchanged(
    erased: tuple[Path, Path, EraseReport], version: str
) -> None:
    before, after, report = erased
    gone = {key for item in report.plan.snapshots for key in item.examples}
    (examples, outcomes), (examples_after, outcomes_after) = (
        snapshot_rows(root, version) for root in (before, after)
    )
    assert list(examples) == list(examples_after)
    assert len(gone & set(examples)) >= 11
    for key, row in examples.items():
        if key in gone:
            left = examples_after[key]
            assert (left["id"], left["split"], left["source"]) == (key, row["split"], row["source"])
            assert left["messages"] == []
            assert left["subject"] == left["thread"] == left["origin_digest"] == ""
        else:
            assert examples_after[key] == row
    rows = {row.row for row in report.plan.rows}
    changed = [k for k, row in outcomes.items() if outcomes_after.get(k) != row]
    assert len(outcomes) == len(outcomes_after)
    for key in changed:
        assert f"{outcomes[key]['source']}#{outcomes[key]['record']}" in rows


def test_every_other_source_row_is_unchanged_and_keeps_its_name(
    erased: tuple[Path, Path, EraseReport],
) -> None:
    before, after, report = erased
    gone = {row.row for row in report.plan.rows}

    def rows(root: Path) -> dict[str, Any]:
        with Workspace.open(root) as ws:
            found = rows_of(ws.project, sources_of(ws.project, find_snapshot(ws, "2")))
            return {f"{row.origin.source}#{row.origin.locator}": row for row in found}

    one, two = rows(before), rows(after)
    same = {name for name in one if name not in gone}
    assert len(same) > 90
    for name in same:
        assert two[name] == one[name], name
    for name in set(two) - same:
        assert not isinstance(two[name], Example), name


def test_the_users_files_keep_every_other_byte(erased: tuple[Path, Path, EraseReport]) -> None:
    before, after, _ = erased
    lines = [
        (root / "data" / "chats.jsonl").read_bytes().splitlines(keepends=True) for root in (before, after)
    ]
    assert len(lines[0]) == len(lines[1])
    assert sum(a != b for a, b in zip(*lines, strict=True)) == 1
    packed = [
        gzip.decompress((root / "data" / "old.jsonl.gz").read_bytes()).splitlines()
        for root in (before, after)
    ]
    assert sum(a != b for a, b in zip(*packed, strict=True)) == 1
    tables = []
    for root in (before, after):
        with (root / "data" / "tickets.csv").open(newline="", encoding="utf-8") as stream:
            tables.append(list(csv.reader(stream)))
    assert [row[0] for row in tables[0]] == [row[0] for row in tables[1]]
    assert sum(a != b for a, b in zip(*tables, strict=True)) == 4
    boxes = [(root / "data" / "box.mbox").read_bytes() for root in (before, after)]
    assert len(boxes[0]) == len(boxes[1])
    with (
        zipfile.ZipFile(before / "data" / "export.zip") as one,
        zipfile.ZipFile(after / "data" / "export.zip") as two,
    ):
        assert one.namelist() == two.namelist()
    parquet = [pq.read_table(root / "data" / "desk.parquet") for root in (before, after)]
    assert parquet[0].schema == parquet[1].schema
    assert sum(a != b for a, b in zip(*(t.to_pylist() for t in parquet), strict=True)) == 1
    notes = (after / "notes.txt").read_text()
    assert notes.splitlines()[1] == "something else"


def test_the_database_keeps_every_other_row(erased: tuple[Path, Path, EraseReport]) -> None:
    def table(root: Path, what: sa.Table) -> list[Any]:
        with Workspace.open(root) as ws, ws.project.reader() as connection:
            return [tuple(row) for row in connection.execute(sa.select(what))]

    before, after, _ = erased
    for what, changed in (
        (db.exchanges, 2),
        (db.feedback, 2),
        (votes, 2),
        (db.decisions, 0),
        (db.aliases, 0),
    ):
        one, two = table(before, what), table(after, what)
        assert sum(a != b for a, b in zip(one, two, strict=True)) == changed, what.name
    one, two = table(before, db.records), table(after, db.records)
    assert two[: len(one)] == one
    one, two = table(before, db.events), table(after, db.events)
    assert two[: len(one)] == one


def test_old_snapshots_and_the_whole_log_verify(ws: Workspace) -> None:
    report = verify(ws)
    assert report.erasures == 1
    erased = erased_ids(ws)
    for version in ("1", "2"):
        record = find_snapshot(ws, version)
        folder = ws.project.records.folder(record)
        verify_snapshot(folder, erased[record.ref.digest])
        assert not {e.id for e in load_snapshot(folder)} & erased[record.ref.digest]
    ws.project.audit.verify()


def test_the_new_snapshot_is_the_old_one_without_the_person(ws: Workspace) -> None:
    old, new = (load_snapshot(ws.project.records.folder(find_snapshot(ws, v))) for v in ("2", "3"))
    assert {e.id for e in new} >= {e.id for e in old}
    kept = {e.id: (e.messages, e.origin) for e in new}
    assert all(kept[e.id] == (e.messages, e.origin) for e in old)
    # Only the answers source, which is read again and holds what it held, may add rows; nobody else.
    assert len(new) == len(old)
    assert not prepare(ws).created


def test_the_proof_holds_and_says_nothing(ws: Workspace, erased: tuple[Path, Path, EraseReport]) -> None:
    report = erased[2]
    record = ws.project.records.get(report.erasure)
    proof = show(ws, record.ref.name)
    check = verify_proof(ws, record, proof)
    assert check.finished
    assert (check.files, check.snapshots) == (sum(map(len, proof["records"].values())), 2)
    text = json.dumps(proof, default=str) + record.model_dump_json()
    assert not [secret for secret in secrets() if secret in text]
    assert proof["reason"] == "Art. 17, request 4711"
    assert any("weights of support@1.0.0" in line for line in proof["not_done"])


def test_nobody_is_left_to_erase(ws: Workspace) -> None:
    with pytest.raises(NotFoundError, match="erased before"):
        erase(ws, ASKED, copies="erase", files="erase")
    with pytest.raises(NotFoundError, match="nobody of that subject"):
        plan_erasure(ws, Asked(subject="cust-0000"))


def test_versions_trained_on_it_are_to_be_retrained_and_are_not_promoted(root: Path) -> None:
    (root / "policy.yaml").write_bytes(default_policy_bytes())
    with Workspace.open(root, actor="dpo") as ws:
        assert tickets(ws.project) == ()
        erase(ws, ASKED, copies="erase", files="erase")
        assert [(t.model.version, t.open) for t in tickets(ws.project)] == [("1.0.0", True), ("1.1.0", True)]
        assert len(status(ws).retrain) == 2
        assert status(ws).next_command == "tunewright train"
        for dry_run in (True, False):
            with pytest.raises(GateRefusedError, match="have been erased since"):
                promote(ws, "support@1.0.0", environment="dev", dry_run=dry_run)
        assert len(ws.project.audit.events(action="erasure.refuse")) == 1
        clean = registered(ws, 0.3)
        assert clean.ref.version == "1.2.0"
        assert [t.open for t in tickets(ws.project)] == [False, False]
        assert status(ws).retrain == ()


def test_a_plan_changes_nothing(root: Path) -> None:
    def state() -> dict[str, bytes]:
        return {
            p.name: p.read_bytes() for p in root.rglob("*") if p.is_file() and "tunewright.db" not in p.name
        }

    with Workspace.open(root, actor="dpo") as ws:
        ws.project.secret_key("erasure")
        before = state()
        plan = plan_erasure(ws, Asked(subject=PERSON))
        assert state() == before
        assert plan.count("certain") == 12
        groups = {row.row: row.group for row in plan.rows}
        assert groups["tickets.csv#X1"] == "copy"
        assert groups["tickets.csv#X2"] == "undecided"
        assert groups["slack#help/1800000000.1"] == "undecided"
        assert sum(row.row.startswith("box.mbox") and row.group == "undecided" for row in plan.rows) == 1


def test_a_person_decides_about_other_persons_rows(root: Path) -> None:
    with Workspace.open(root, actor="dpo") as ws:
        with pytest.raises(ConflictError, match="a person has to decide"):
            erase(ws, Asked(subject=PERSON), files="erase")
        with pytest.raises(ConflictError, match="no source hold"):
            erase(ws, Asked(subject=PERSON), copies="keep")
        with pytest.raises(UsageError, match="names whom"):
            erase(ws, Asked(subject=PERSON), copies="keep", files="keep", reason=f"{PERSON} asked")
        assert ws.project.records.find("erasure") == []
        report = erase(ws, Asked(subject=PERSON), copies="keep", files="keep")
    left = where_found(root, secrets())
    # What other persons said stays, and the loose file that was to be kept; everything else is gone.
    assert WORDS["jsonl"] not in left
    assert PERSON in left
    assert left[PERSON] == ["notes.txt"]
    assert set(left[MAIL]) >= {"data/box.mbox", "data/tickets.csv"}
    assert "the file notes.txt" in report.proof["not_done"]


def test_one_row_and_one_example(root: Path) -> None:
    with Workspace.open(root, actor="dpo") as ws:
        example = plan_erasure(ws, Asked(row="forms.json#P-array")).snapshots[0].examples[0]
        erase(ws, Asked(row="forms.json#P-array"), copies="erase", files="erase")
        erase(
            ws,
            Asked(
                example=plan_erasure(ws, Asked(row="desk.parquet#P-parquet")).snapshots[0].examples[0][:16]
            ),
        )
        assert verify(ws).erasures == 2
        left = where_found(root, [WORDS["array"], WORDS["parquet"], WORDS["jsonl"]])
        assert set(left) == {WORDS["jsonl"]}
        with pytest.raises(NotFoundError):
            plan_erasure(ws, Asked(example=example))


def test_an_unscrubbed_source_outside_does_not_bring_them_back(tmp_path: Path) -> None:
    sources = [{**source} for source in SOURCES]
    root = tmp_path / "w"
    make_workspace(root)
    outside = tmp_path / "outside"
    shutil.copytree(root / "data", outside)
    for source in sources:
        if "path" in source:
            source["path"] = str(outside / Path(source["path"]).name)
            source["name"] = Path(source["path"]).name
    from tests.fixtures.erasable_workspace import configuration

    (root / "tunewright.yaml").write_text(configuration(sources))
    shutil.rmtree(root / "data")
    with Workspace.open(root, actor="dpo") as ws:
        report = erase(ws, ASKED, copies="erase", files="erase")
        assert sum("outside the workspace" in text for text in report.proof["not_done"]) == 8
        assert where_found(root, secrets()) == {}
        with (outside / "tickets.csv").open("a") as stream:
            stream.write(
                f"N1,cust-9,A brand new question about the moon,Yes.\nN2,{PERSON},I am back again here,No.\n"
            )
        built = prepare(ws)
        assert built.created
        assert where_found(root, [*secrets(), "I am back again here"]) == {}
        folder = ws.project.records.folder(find_snapshot(ws))
        assert any(e.origin.locator == "N1" for e in load_snapshot(folder))
        verify(ws)


def test_the_commands_answer_people_and_programs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["audit", *arguments, "-C", str(root)])
        return code, capsys.readouterr().out

    who = ("erase", "--subject", PERSON, "--also", MAIL)
    code, out = run(*who)
    assert code == 0
    assert "nothing was changed" in out
    assert "own row(s)" in out
    code, out = run(*who, "--execute", "--json")
    assert code == 6
    code, out = run(
        *who, "--execute", "--copies", "erase", "--files", "erase", "--reason", "request 7", "--json"
    )
    told = json.loads(out)
    assert (code, told["remains"]) == (0, [])
    name = told["erasure"]["name"]
    code, out = run("erase", "--show", name)
    assert json.loads(out)["reason"] == "request 7"
    code, out = run("erase", "--verify", name)
    assert (code, "holds" in out) == (0, True)
    code, out = run("tickets")
    assert "support@1.0.0" in out
    assert run(*who, "--execute")[0] == 5
    assert run("erase")[0] == 2
    code, out = run("verify")
    assert "1 erasures" in out
    assert run("erase", "--resume")[0] == 0
    assert where_found(root, secrets()) == {}
