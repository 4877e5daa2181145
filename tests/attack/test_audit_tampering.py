"""Somebody edits the database or the checkpoints by hand: verification names the first bad event, or the forgery."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.fixtures.recording import note
from tunewright.core import merkle
from tunewright.core.canonical import canonical_json
from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.core.types import Ref
from tunewright.store import db
from tunewright.store.notes import Checkpoint, Signer
from tunewright.store.project import Project
from tunewright.store.proofs import event_leaf

EVENTS = 12
"""One from the creation, the rest notes."""


@pytest.fixture
def project(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Project]:
    with Project.create(tmp_path / "bank", clock=clock, actor="ada") as opened:
        for number in range(2, EVENTS + 1):
            note(opened, number)
        yield opened


def write(project: Project, *statements: sa.Executable) -> None:
    """As an attacker with the file: no project, no seal."""
    with project.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def rows(project: Project) -> list[dict[str, Any]]:
    with project.engine.connect() as connection:
        return [
            dict(r) for r in connection.execute(sa.select(db.events).order_by(db.events.c.seq)).mappings()
        ]


def leaf(row: dict[str, Any]) -> str:
    subject = {
        "kind": row["subject_kind"],
        "name": row["name"],
        "version": row["version"],
        "digest": row["digest"],
    }
    content = {n: row[n] for n in ("seq", "at", "actor", "action", "body")}
    return event_leaf({**content, "subject": subject}).hex()


def rehead(leaves: list[str]) -> sa.Executable:
    """The head that a careful attacker writes over the old one."""
    frontier = merkle.Frontier()
    for h in leaves:
        frontier.append(bytes.fromhex(h))
    return sa.update(db.audit_head).values(size=frontier.size, frontier=[h.hex() for h in frontier.hashes])


def first_bad(project: Project) -> int:
    with pytest.raises(IntegrityError) as caught:
        project.audit.verify()
    assert "backup" in caught.value.hint
    assert "mallory" not in str(caught.value.as_json()), "no content of an event in the message"
    return int(str(caught.value.facts["seq"]))


def test_an_untouched_log_verifies(project: Project) -> None:
    report = project.audit.verify()
    assert (report.events, report.checkpoints, report.outside, report.ok) == (EVENTS, EVENTS, EVENTS, True)
    assert report.root == merkle.root([bytes.fromhex(r["leaf_hash"]) for r in rows(project)]).hex()


EDITS: list[dict[str, Any]] = [
    {"body": {"number": 99}},
    {"actor": "mallory"},
    {"action": "model.promote"},
    {"at": "2025-12-31T23:59:59.000000Z"},
    {"version": "2.0.0"},
    {"digest": "1" * 64},
    {"name": "other"},
    {"subject_kind": "run"},
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: next(iter(e)))
@pytest.mark.parametrize("seq", [1, 5, EVENTS])
def test_an_edited_event_is_named(project: Project, edit: dict[str, Any], seq: int) -> None:
    write(project, sa.update(db.events).where(db.events.c.seq == seq).values(**edit))
    assert first_bad(project) == seq


@pytest.mark.parametrize("seq", [1, 5, EVENTS])
def test_an_edited_event_with_its_leaf_and_head_rewritten_is_named(project: Project, seq: int) -> None:
    all_rows = rows(project)
    row = all_rows[seq - 1]
    row["actor"] = "mallory"
    row["leaf_hash"] = leaf(row)
    write(
        project,
        sa.update(db.events)
        .where(db.events.c.seq == seq)
        .values(actor="mallory", leaf_hash=row["leaf_hash"]),
        rehead([r["leaf_hash"] for r in all_rows]),
    )
    assert first_bad(project) == seq


def test_a_body_that_is_no_json_is_named(project: Project) -> None:
    for text in ("{", "", '{"a": NaN}', "[[["):
        with project.engine.begin() as connection:
            connection.execute(sa.text("UPDATE events SET body = :text WHERE seq = 4"), {"text": text})
        assert first_bad(project) == 4


@pytest.mark.parametrize("seq", [1, 5, EVENTS - 1])
def test_a_removed_event_is_named(project: Project, seq: int) -> None:
    write(project, sa.delete(db.events).where(db.events.c.seq == seq))
    assert first_bad(project) == seq


def test_a_removed_event_with_the_rest_renumbered_is_named(project: Project) -> None:
    """The careful way: seq, leaves and head all made to fit."""
    left = [r for r in rows(project) if r["seq"] != 5]
    for seq, row in enumerate(left, start=1):
        row["seq"] = seq
        row["leaf_hash"] = leaf(row)
    write(
        project,
        sa.delete(db.events),
        sa.insert(db.events).values(left),
        sa.delete(db.checkpoints).where(db.checkpoints.c.size >= EVENTS),
        rehead([r["leaf_hash"] for r in left]),
    )
    assert first_bad(project) == 5


def test_swapped_events_are_named(project: Project) -> None:
    write(
        project,
        sa.update(db.events).where(db.events.c.seq == 5).values(seq=999),
        sa.update(db.events).where(db.events.c.seq == 6).values(seq=5),
        sa.update(db.events).where(db.events.c.seq == 999).values(seq=6),
    )
    assert first_bad(project) == 5


@pytest.mark.parametrize("keep", [0, 1, 7, EVENTS - 1])
def test_a_cut_tail_is_named_by_the_copies_outside(project: Project, keep: int) -> None:
    """Everything inside the database is made to fit; only the folder beside it remembers."""
    leaves = [r["leaf_hash"] for r in rows(project)][:keep]
    write(
        project,
        sa.delete(db.events).where(db.events.c.seq > keep),
        sa.delete(db.checkpoints).where(db.checkpoints.c.size > keep),
        rehead(leaves),
    )
    assert first_bad(project) == keep + 1


def test_a_cut_tail_still_shows_after_the_log_has_grown_again(project: Project) -> None:
    leaves = [r["leaf_hash"] for r in rows(project)][:7]
    write(
        project,
        sa.delete(db.events).where(db.events.c.seq > 7),
        sa.delete(db.checkpoints).where(db.checkpoints.c.size > 7),
        rehead(leaves),
    )
    with Project.open(project.root, actor="mallory") as opened:
        for number in range(20):
            note(opened, number)
        assert first_bad(opened) == 8


@pytest.mark.sqlite
def test_a_whole_older_state_put_back_shows_against_a_checkpoint_kept_elsewhere(
    project: Project, tmp_path: Path
) -> None:
    project.close()
    shutil.copytree(project.state, tmp_path / "older")
    with Project.open(project.root) as grown:
        note(grown, 99)
        kept = grown.audit.checkpoint()
    shutil.rmtree(project.state)
    shutil.copytree(tmp_path / "older", project.state)
    with Project.open(project.root) as restored:
        assert restored.audit.verify().events == EVENTS, "alone it looks whole"
        with pytest.raises(IntegrityError, match="tail of the audit log is cut") as caught:
            restored.audit.verify(against=kept)
    assert caught.value.facts["seq"] == EVENTS + 1


def test_an_event_added_behind_the_logs_back_is_named(project: Project) -> None:
    all_rows = rows(project)
    extra = {**all_rows[-1], "seq": EVENTS + 1}
    extra["leaf_hash"] = leaf(extra)
    write(
        project,
        sa.insert(db.events).values(extra),
        rehead([r["leaf_hash"] for r in [*all_rows, extra]]),
    )
    assert first_bad(project) == EVENTS + 1


def test_a_wrong_head_is_found(project: Project) -> None:
    write(project, rehead([r["leaf_hash"] for r in rows(project)][:-1]))
    assert first_bad(project) == EVENTS
    for text in ("{", '["zz"]', "7"):
        with project.engine.begin() as connection:
            connection.execute(sa.text("UPDATE audit_head SET frontier = :text"), {"text": text})
        assert first_bad(project) == EVENTS


def note_file(project: Project, size: int) -> Path:
    path = project.state / "checkpoints" / f"{size:012d}.note"
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("size", [1, 6, EVENTS])
@pytest.mark.parametrize("where", ["database", "outside"])
@pytest.mark.parametrize("how", ["size", "root", "signature", "stranger", "garbage", "empty"])
def test_a_forged_checkpoint_is_named(project: Project, size: int, where: str, how: str) -> None:
    text = note_file(project, size).read_text("utf-8")
    lines = text.split("\n")
    if how == "size":
        lines[1] = str(size + 1)
    elif how == "root":
        lines[2] = lines[2][::-1][1:] + "="
    elif how == "signature":
        lines[4] = lines[4][:-5] + ("AAAA=" if not lines[4].endswith("AAAA=") else "BBBB=")
    forged = "\n".join(lines)
    if how == "stranger":
        signed = text.partition("\n\n")[0] + "\n"
        forged = Signer.generate(project.audit.verifier().name).sign(signed)
    elif how in {"garbage", "empty"}:
        forged = "garbage\n" if how == "garbage" else ""
    if where == "outside":
        note_file(project, size).write_text(forged, "utf-8")
    else:
        write(project, sa.update(db.checkpoints).where(db.checkpoints.c.size == size).values(note=forged))
    with pytest.raises(IntegrityError) as caught:
        project.audit.verify()
    assert str(size) in str(caught.value.facts["checkpoint"])


def test_a_checkpoint_row_that_says_another_size_is_named(project: Project) -> None:
    with project.engine.connect() as connection:
        kept = connection.scalar(sa.select(db.checkpoints.c.note).where(db.checkpoints.c.size == 5))
    write(project, sa.update(db.checkpoints).where(db.checkpoints.c.size == 6).values(note=kept))
    with pytest.raises(IntegrityError, match="checkpoint 6 in the database"):
        project.audit.verify()


def test_a_checkpoint_of_another_workspace_is_named(project: Project, tmp_path: Path) -> None:
    signer = Signer.parse((project.state / "keys" / "audit.key").read_text())
    strange = signer.sign(Checkpoint("tunewright/other", 3, b"\x00" * 32).text)
    with pytest.raises(IntegrityError, match="belongs to another log"):
        project.audit.verify(against=strange)


def test_a_swapped_key_pair_with_everything_signed_again_is_found(project: Project) -> None:
    """The attacker makes a new key and signs a shortened log with it: event 1 pins the old key."""
    old = project.audit.verifier()
    signer = Signer.generate(old.name)
    keys = project.state / "keys"
    for name, text in (("audit.key", signer.text), ("audit.pub", signer.verifier.text)):
        (keys / name).chmod(0o600)
        (keys / name).write_text(text + "\n")
    leaves = [bytes.fromhex(r["leaf_hash"]) for r in rows(project)][:5]
    shutil.rmtree(project.state / "checkpoints")
    (project.state / "checkpoints").mkdir()
    statements: list[sa.Executable] = [
        sa.delete(db.events).where(db.events.c.seq > 5),
        sa.delete(db.checkpoints),
        rehead([h.hex() for h in leaves]),
    ]
    for size in range(1, 6):
        root = merkle.root(leaves[:size])
        text = signer.sign(Checkpoint(old.name, size, root).text)
        statements.append(
            sa.insert(db.checkpoints).values(
                size=size, root=root.hex(), note=text, at="2026-01-01T00:00:00.000000Z"
            )
        )
    write(project, *statements)
    assert first_bad(project) == 1


def test_a_missing_key_stops_everything(project: Project) -> None:
    (project.state / "keys" / "audit.key").unlink()
    with pytest.raises(IntegrityError, match=r"audit\.key is missing"):
        note(project, 1)
    assert project.audit.verify().events == EVENTS, "the failed append left nothing"
    (project.state / "keys" / "audit.pub").unlink()
    with pytest.raises(IntegrityError, match=r"audit\.pub is missing"):
        project.audit.verify()


def test_deleted_copies_are_written_again_from_the_signed_ones(project: Project) -> None:
    for path in (project.state / "checkpoints").iterdir():
        path.unlink()
    with Project.open(project.root) as opened:
        assert opened.audit.verify().outside == EVENTS


def test_several_events_of_one_transaction_are_named_as_a_span(project: Project) -> None:
    subject = Ref(kind="model", name="bank", version="1.0.0", digest="0" * 64)
    with project.transaction() as connection:
        for number in range(5):
            project.audit.append("model.note", subject, {"number": number}, connection=connection)
    row = rows(project)[EVENTS + 2]
    row["actor"] = "mallory"
    changed = {"actor": "mallory", "leaf_hash": leaf(row)}
    write(project, sa.update(db.events).where(db.events.c.seq == row["seq"]).values(**changed))
    with pytest.raises(IntegrityError, match=f"an event of {EVENTS + 1} to {EVENTS + 5}"):
        project.audit.verify()


def test_proofs_verify_without_the_database_and_fail_when_changed(project: Project) -> None:
    signed = Checkpoint.parse(project.audit.verifier().verify(project.audit.checkpoint()))
    for seq in range(1, EVENTS + 1):
        proof = project.audit.inclusion(seq)
        assert proof.verify()
        assert (proof.size, proof.root) == (signed.size, signed.root.hex())
        consistent = project.audit.consistency(seq)
        assert consistent.verify()
        assert consistent.second_root == signed.root.hex()
    assert json.loads(canonical_json(project.audit.inclusion(3, size=7)))["size"] == 7
    for seq in (0, EVENTS + 1):
        with pytest.raises(NotFoundError):
            project.audit.inclusion(seq)


def test_events_by_action_subject_and_number(project: Project) -> None:
    assert [e.seq for e in project.audit.events(limit=3)] == [EVENTS - 2, EVENTS - 1, EVENTS]
    subject = Ref(kind="model", name="bank", version="1.0.0", digest="0" * 64)
    assert len(project.audit.events(action="model.note", subject=subject)) == EVENTS - 1
    assert project.audit.events(action="model.promote") == []
