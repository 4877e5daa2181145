"""Whoever rewrites files after an erasure, or pretends one, is found out: only what the signed event lists is accepted."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.fixtures.erasable_workspace import MAIL, PERSON, make_workspace
from tunewright.core.canonical import digest, sha256_file
from tunewright.core.errors import ConflictError, IntegrityError
from tunewright.core.types import Record
from tunewright.data.snapshot import load_rows, verify_snapshot
from tunewright.data.tombstones import bury_examples
from tunewright.flows.audit import verify
from tunewright.flows.erase import erase, proof_of
from tunewright.flows.erase_proof import erased_ids, verify_proof
from tunewright.flows.erase_search import Asked
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.workspace import Workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_workspace(tmp_path_factory.mktemp("tamper") / "w")
    with Workspace.open(root, actor="dpo") as ws:
        erase(ws, Asked(subject=PERSON, also=(MAIL,)), copies="erase", files="erase", rebuild=False)
    return root


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(made, tmp_path / "w")
    with Workspace.open(tmp_path / "w", actor="mallory") as opened:
        verify(opened)
        yield opened


def examples_of(ws: Workspace) -> tuple[Record, Path]:
    record = find_snapshot(ws, "1")
    path = ws.project.records.folder(record) / "examples.parquet"
    path.chmod(0o600)
    return record, path


def bury_somebody(ws: Workspace) -> tuple[Record, Path, str, str]:
    """Write a tombstone over another person's example; answers record, file, old and new digest."""
    record, path = examples_of(ws)
    victim = load_rows(path.parent)[0]["id"]
    old, forged = sha256_file(path), path.with_name("forged.parquet")
    assert bury_examples(path, forged, {victim}, "0" * 64, lambda text: text) == 1
    forged.replace(path)
    return record, path, old, sha256_file(path)


def database(ws: Workspace) -> sqlite3.Connection:
    return sqlite3.connect(ws.project.state / "tunewright.db")


def insert_replacement(ws: Workspace, record: Record, old: str, new: str, size: int, erasure: str) -> None:
    with database(ws) as connection:
        connection.execute(
            "insert into replacements (record_digest, path, old_digest, new_digest, size_bytes, erasure) "
            "values (?, 'examples.parquet', ?, ?, ?, ?)",
            (record.ref.digest, old, new, size, erasure),
        )


def erasure_of(ws: Workspace) -> Record:
    return ws.project.records.find("erasure")[0]


def test_a_tombstone_over_somebody_elses_row(ws: Workspace) -> None:
    record, path, _, _ = bury_somebody(ws)
    with pytest.raises(IntegrityError, match=r"examples\.parquet"):
        ws.project.records.verify(record)
    with pytest.raises(IntegrityError, match="tombstone where nothing was erased"):
        verify_snapshot(path.parent, erased_ids(ws)[record.ref.digest])
    with pytest.raises(IntegrityError):
        verify(ws)


@pytest.mark.parametrize("erasure", ["real", "invented"])
def test_a_replacement_row_that_no_event_lists(ws: Workspace, erasure: str) -> None:
    record, path, old, new = bury_somebody(ws)
    named = erasure_of(ws).ref.digest if erasure == "real" else "a" * 64
    insert_replacement(ws, record, old, new, path.stat().st_size, named)
    with pytest.raises(IntegrityError, match="event does not list it"):
        ws.project.records.verify(record)
    with pytest.raises(IntegrityError):
        verify(ws)


def test_an_event_edited_to_list_it(ws: Workspace) -> None:
    record, path, old, new = bury_somebody(ws)
    size, erasure = path.stat().st_size, erasure_of(ws).ref.digest
    insert_replacement(ws, record, old, new, size, erasure)
    with database(ws) as connection:
        seq, body = connection.execute(
            "select seq, body from events where action = 'erasure.execute'"
        ).fetchone()
        told = json.loads(body)
        told["replacements"].append([record.ref.digest, "examples.parquet", old, new, size])
        text = json.dumps(told, sort_keys=True, separators=(",", ":"))
        connection.execute("update events set body = ? where seq = ?", (text, seq))
    with pytest.raises(IntegrityError, match="not in the signed audit log"):
        ws.project.records.verify(record)
    with pytest.raises(IntegrityError, match="was edited"):
        verify(ws)


def test_an_event_forged_behind_the_log(ws: Workspace) -> None:
    """A whole new event row, leaf hash and all: the tree does not include it."""
    from tunewright.store.proofs import event_leaf

    record, path, old, new = bury_somebody(ws)
    size = path.stat().st_size
    insert_replacement(ws, record, old, new, size, "b" * 64)
    with database(ws) as connection:
        last = connection.execute("select max(seq) from events").fetchone()[0]
        body = {"replacements": [[record.ref.digest, "examples.parquet", old, new, size]], "counts": {}}
        subject = {"kind": "erasure", "name": "forged", "version": "1", "digest": "b" * 64}
        content: dict[str, Any] = {
            "seq": last + 1, "at": "2026-01-02T00:00:00.000000Z", "actor": "x", "action": "erasure.execute",
            "subject": subject, "body": body,
        }  # fmt: skip
        row = (last + 1, content["at"], "x", "erasure.execute", "erasure", "forged", "1", "b" * 64)
        connection.execute(
            "insert into events (seq, at, actor, action, subject_kind, name, version, digest, body, leaf_hash) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, json.dumps(body, sort_keys=True, separators=(",", ":")), event_leaf(content).hex()),
        )
    with pytest.raises(IntegrityError):
        ws.project.records.verify(record)
    with pytest.raises(IntegrityError):
        verify(ws)


def test_a_replacement_that_skips_what_is_there(ws: Workspace) -> None:
    """The real replacement, said to have replaced something else."""
    record, _ = examples_of(ws)
    with database(ws) as connection:
        connection.execute(
            "update replacements set old_digest = ? where record_digest = ? and path = 'examples.parquet'",
            ("c" * 64, record.ref.digest),
        )
    with pytest.raises(IntegrityError, match="was replaced"):
        ws.project.records.verify(record)


def test_a_replacement_taken_away(ws: Workspace) -> None:
    record, _ = examples_of(ws)
    with database(ws) as connection:
        connection.execute("delete from replacements where record_digest = ?", (record.ref.digest,))
    with pytest.raises(IntegrityError, match="not what was recorded"):
        ws.project.records.verify(record)


def test_the_erased_file_put_back(ws: Workspace, made: Path, tmp_path: Path) -> None:
    """A backup's file with the person in it is not accepted any more."""
    fresh = make_workspace(tmp_path / "again")
    record, path = examples_of(ws)
    with Workspace.open(fresh) as other:
        old = other.project.records.folder(find_snapshot(other, "1")) / "examples.parquet"
        shutil.copy(old, path)
    with pytest.raises(IntegrityError, match=r"examples\.parquet"):
        ws.project.records.verify(record)


def test_a_leaf_digest_edited_in_a_tombstone(ws: Workspace) -> None:
    record, path = examples_of(ws)
    table = pq.read_table(path).to_pylist()
    for row in table:
        row["labels"] = [
            "leaf:" + "d" * 64 if label.startswith("leaf:") else label for label in row["labels"]
        ]
    import pyarrow as pa

    pq.write_table(pa.Table.from_pylist(table, schema=pq.read_schema(path)), path)
    with pytest.raises(IntegrityError, match="Merkle root"):
        verify_snapshot(path.parent, erased_ids(ws)[record.ref.digest])


def test_a_proof_that_claims_more_than_its_event(ws: Workspace) -> None:
    record = erasure_of(ws)
    proof = proof_of(ws, record)
    verify_proof(ws, record, proof)
    with pytest.raises(IntegrityError, match="other files or counts"):
        verify_proof(ws, record, {**proof, "counts": {**proof["counts"], "rows": 0}})
    path = ws.project.records.folder(record) / "proof.json"
    path.chmod(0o600)
    told = json.loads(path.read_text())
    told["snapshots"] = {}
    path.write_text(json.dumps(told))
    with pytest.raises(IntegrityError):
        verify(ws)


def test_a_journal_that_leaves_the_workspace(ws: Workspace) -> None:
    folder = ws.project.state / "erasing" / digest("x")[:24]
    folder.mkdir(parents=True)
    record = erasure_of(ws)
    (folder / "1").write_text("x")
    swap = {"target": "../outside", "staged": "1", "old": "", "new": "", "guarded": False}
    journal = {"name": record.ref.name, "version": "1", "swaps": [swap], "removals": []}
    (folder / "journal.json").write_text(json.dumps(journal))
    with pytest.raises(IntegrityError, match="journal"):
        Workspace.open(ws.root)
    assert not (ws.root.parent / "outside").exists()


def test_no_build_beside_an_erasure_and_no_erasure_beside_a_build(ws: Workspace) -> None:
    from tunewright.flows.prepare import prepare

    for lease in ("audit erase", "data build", "train", "evaluate", "redteam"):
        with ws.project.lease(lease), pytest.raises(ConflictError, match=lease):
            erase(ws, Asked(subject="cust-1100"), copies="keep", files="keep")
    with ws.project.lease("data build"), pytest.raises(ConflictError, match="data build"):
        prepare(ws)
