"""Sources end to end: what is recorded about them, what a second reading adds, and what `data build` says changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.attack.data.conftest import sound_rows
from tests.fixtures.documents import letter, mbox_bytes
from tunewright.cli.main import main
from tunewright.core.errors import ConfigError, DataError, EngineMissingError
from tunewright.core.types import Exchange, Message, Ref
from tunewright.data.snapshot import load_snapshot
from tunewright.flows.init import init
from tunewright.flows.life import life
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import outcomes
from tunewright.flows.source_changes import SourceChange
from tunewright.flows.workspace import Workspace
from tunewright.serve.exchange_log import exchange_row
from tunewright.serve.feedback import FeedbackEntry, record_feedback
from tunewright.serve.keys import KeyInfo
from tunewright.store.db import exchanges
from tunewright.store.project import Project

Open = Callable[..., Workspace]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """``opened(source, ...)``: the workspace in ``tmp_path/w`` with these sources and few steps."""
    found: list[Workspace] = []
    root = tmp_path / "w"
    root.mkdir()
    Project.create(root, actor="tester").close()

    def open_with(*sources: dict[str, Any]) -> Workspace:
        steps = [{"use": "normalise"}, {"use": "malformed"}, {"use": "exact_duplicates"}]
        configuration = {"model": {"name": "m"}, "data": {"sources": list(sources), "steps": steps}}
        (root / "tunewright.yaml").write_text(yaml.safe_dump(configuration))
        found.append(Workspace.open(root, actor="tester"))
        return found[-1]

    yield open_with
    for ws in found:
        ws.close()


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def counted(change: SourceChange) -> dict[str, int]:
    names = ("added", "removed", "changed", "moved", "unchanged")
    return {name: count for name in names if (count := getattr(change, name))}


ACCOUNT = {
    "licence": "internal",
    "purpose": "support",
    "legal_basis": "contract",
    "owner": "desk@bank.example",
    "received": "2026-01-05",
    "retention_days": 365,
    "subject": "who",
}


def test_a_record_says_what_is_known_about_its_source(opened: Open, tmp_path: Path) -> None:
    write(tmp_path / "w" / "t.jsonl", [{**row, "who": f"p{at % 3}"} for at, row in enumerate(sound_rows(30))])
    ws = opened({"path": "t.jsonl", "form": "prompt_completion", **ACCOUNT})
    summary = prepare(ws)
    record = ws.project.records.find("source")[0]
    assert {key: record.recipe[key] for key in ACCOUNT} == ACCOUNT
    origins = {example.origin.subject for example in load_snapshot(summary.folder)}
    assert origins == {"p0", "p1", "p2"}
    assert {(e.origin.licence, e.origin.purpose) for e in load_snapshot(summary.folder)} == {
        ("internal", "support")
    }
    other = opened({"path": "t.jsonl", "form": "prompt_completion", **ACCOUNT, "owner": "somebody else"})
    again = prepare(other)
    assert again.created
    assert [counted(change) for change in again.changes] == [{"unchanged": 30}]
    assert again.merkle_root == summary.merkle_root


def test_a_second_reading_adds_nothing_and_a_changed_source_says_what(opened: Open, tmp_path: Path) -> None:
    rows = sound_rows(42)
    path = write(tmp_path / "w" / "t.jsonl", rows[:40])
    ws = opened({"path": "t.jsonl", "form": "prompt_completion"})
    first = prepare(ws)
    assert (first.created, first.changes) == (True, ())
    events = len(ws.project.audit.events())
    path.touch()
    again = prepare(ws)
    assert (again.created, again.changes, again.ref) == (False, (), first.ref)
    assert len(ws.project.records.find("source")) == 1
    assert len(ws.project.audit.events()) == events
    changed = [*rows[3:40], *rows[40:]]
    changed[0] = {**changed[0], "completion": "another"}
    changed[1] = {**changed[1], "id": "R999"}
    write(path, changed)
    third = prepare(ws)
    assert third.created
    (change,) = third.changes
    assert counted(change) == {"added": 2, "removed": 3, "changed": 1, "moved": 1, "unchanged": 35}
    assert change.rows == 39
    assert (change.before, change.after) == tuple(r.ref.version for r in ws.project.records.find("source"))


def test_new_and_gone_sources_are_changes(opened: Open, tmp_path: Path) -> None:
    write(tmp_path / "w" / "a.jsonl", sound_rows(40)[:20])
    write(tmp_path / "w" / "b.jsonl", sound_rows(40)[20:])
    one = {"path": "a.jsonl", "form": "prompt_completion"}
    two = {"path": "b.jsonl", "form": "prompt_completion"}
    prepare(opened(one))
    (new,) = prepare(opened(one, two)).changes
    assert (new.source, new.before, counted(new)) == ("b.jsonl", "", {"added": 20})
    (gone,) = prepare(opened(two)).changes
    assert (gone.source, gone.after, counted(gone)) == ("a.jsonl", "", {"removed": 20})


def test_the_command_says_what_changed(
    opened: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "w" / "t.jsonl", sound_rows(40))
    opened({"path": "t.jsonl", "form": "prompt_completion"})
    root = str(tmp_path / "w")
    assert main(["data", "build", "--workspace", root]) == 0
    assert "is changed" not in capsys.readouterr().out
    write(path, sound_rows(41)[1:])
    assert main(["data", "build", "--workspace", root]) == 0
    assert "source t.jsonl is changed: 1 added, 1 removed, 39 unchanged" in capsys.readouterr().out
    write(path, sound_rows(41))
    assert main(["data", "build", "--workspace", root, "--json"]) == 0
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    assert (change["source"], change["added"], change["unchanged"]) == ("t.jsonl", 1, 40)


# Queries


def tickets(path: Path, start: int, count: int) -> str:
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table if not exists tickets (id integer primary key, question text, answer text, at text)"
        )
        connection.executemany(
            "insert into tickets values (?, ?, ?, ?)",
            [
                (at, row["prompt"], row["completion"], f"2026-01-{at % 28 + 1:02d}")
                for at, row in enumerate(sound_rows(200)[start : start + count], start=start)
            ],
        )
    connection.close()
    return f"sqlite:///{path}"


def test_a_query_with_a_key_reads_only_what_is_new(opened: Open, tmp_path: Path) -> None:
    url = tickets(tmp_path / "t.db", 1, 40)
    source = {
        "name": "tickets",
        "form": "columns",
        "columns": {"prompt": "question", "reply": "answer", "at": "at"},
        "sql": {"url": url, "table": "tickets", "key": "id"},
    }
    ws = opened(source)
    first = prepare(ws)
    assert [row["record"] for row in outcomes(ws)] == [str(at) for at in range(1, 41)]
    assert prepare(ws).ref == first.ref
    tickets(tmp_path / "t.db", 41, 5)
    second = prepare(ws)
    assert [counted(change) for change in second.changes] == [{"added": 5, "unchanged": 40}]
    record = ws.project.records.latest("source", "tickets")
    assert record is not None
    assert [file.path for file in record.files] == ["rows-00001.jsonl", "rows-00002.jsonl"]
    lines = ws.project.blobs.path(record.files[1].digest).read_bytes().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [41, 42, 43, 44, 45]
    assert url not in json.dumps(record.recipe)
    # Another query is read from the beginning.
    other = {**source, "sql": {"url": url, "query": "select * from tickets where id > 10", "key": "id"}}
    third = prepare(opened(other))
    assert [counted(change) for change in third.changes] == [{"removed": 10, "unchanged": 35}]


def test_a_query_without_a_key_is_read_whole_each_time(opened: Open, tmp_path: Path) -> None:
    url = tickets(tmp_path / "t.db", 1, 40)
    source = {
        "name": "tickets",
        "form": "columns",
        "columns": {"prompt": "question", "reply": "answer"},
        "sql": {"url": url, "query": "select question, answer, '12:30' as at from tickets"},
    }
    ws = opened(source)
    assert prepare(ws).counts["kept"] == 40
    with sqlite3.connect(tmp_path / "t.db") as connection:
        connection.execute("update tickets set answer = 'new' where id = 7")
    connection.close()
    assert [counted(change) for change in prepare(ws).changes] == [{"changed": 1, "unchanged": 39}]


# Object stores


def test_a_file_and_a_folder_of_an_object_store(opened: Open, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/t.jsonl", "".join(json.dumps(row) + "\n" for row in sound_rows(40)).encode())
    memory.pipe("/bucket/docs/a.md", b"# A\na text\n")
    memory.pipe("/bucket/docs/sub/b.md", b"# B\nb text\n")
    try:
        ws = opened(
            {"path": "memory://bucket/t.jsonl", "form": "prompt_completion"},
            {"path": "memory://bucket/docs", "form": "documents", "documents": {"rule": "headings"}},
        )
        prepare(ws)
        found = {f"{row['source']}#{row['record']}" for row in outcomes(ws)}
        assert {"t.jsonl#R0", "docs#a.md#bytes=0-10", "docs#sub/b.md#bytes=0-10"} <= found
        assert not prepare(ws).created
        memory.pipe("/bucket/docs/a.md", b"# A\nother text\n")
        assert [(c.source, c.removed + c.changed) for c in prepare(ws).changes] == [("docs", 1)]
    finally:
        memory.rm("/bucket", recursive=True)


def test_an_object_that_changes_while_it_is_read(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")
    from tunewright.data.sources.objects import RemoteFile

    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket2/t.jsonl", b'{"prompt": "a", "completion": "b"}\n')
    pieces = RemoteFile.pieces

    def changed(self: RemoteFile) -> Iterator[bytes]:
        yield from pieces(self)
        memory.pipe("/bucket2/t.jsonl", b'{"prompt": "a", "completion": "c"}\n')

    monkeypatch.setattr(RemoteFile, "pieces", changed)
    ws = opened({"path": "memory://bucket2/t.jsonl", "form": "prompt_completion"})
    with pytest.raises(DataError, match=r"t\.jsonl changed while it was read"):
        prepare(ws)
    assert ws.project.records.find("source") == []
    memory.rm("/bucket2", recursive=True)


def test_a_local_file_through_its_address_is_the_same_source(opened: Open, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    path = write(tmp_path / "t.jsonl", sound_rows(40))
    one = prepare(opened({"path": str(path), "form": "prompt_completion"}))
    two = prepare(opened({"path": f"file://{path}", "form": "prompt_completion"}))
    assert (two.created, two.ref) == (False, one.ref)


@pytest.mark.parametrize(
    "path, error, message",
    [
        ("memory://nowhere/t.jsonl", DataError, "nothing at memory://nowhere"),
        ("nostore://b/t.jsonl", ConfigError, "no store we know"),
        ("zip://x::memory://b", ConfigError, "chain of addresses"),
        ("s3://bucket/t.jsonl", EngineMissingError, "needs s3fs"),
    ],
)
def test_addresses_that_lead_nowhere(opened: Open, path: str, error: type[Exception], message: str) -> None:
    pytest.importorskip("fsspec")
    if path.startswith("s3"):
        import importlib.util

        if importlib.util.find_spec("s3fs"):
            pytest.skip("s3fs is installed")
    ws = opened({"path": path, "form": "prompt_completion"})
    with pytest.raises(error, match=message):
        prepare(ws)


# Exchanges


def served(ws: Workspace, number: int, *, finish: str = "stop", user: str = "u1") -> str:
    row = sound_rows(60)[number]
    exchange = Exchange(
        id=f"x{number:03d}",
        at=datetime(2026, 1, 2, 3, number % 60, tzinfo=UTC),
        key_id="k",
        model=Ref(kind="model", name="m", version="1", digest="0" * 64),
        subject_digest="0" * 64,
        variant="",
        user=user,
        messages=(Message("user", row["prompt"]),),
        answer=row["completion"],
        finish_reason=finish,
        prompt_tokens=1,
        completion_tokens=1,
        latency_ms=1.0,
        flags=(),
    )
    from sqlalchemy import insert

    with ws.project.transaction() as connection:
        connection.execute(insert(exchanges), [exchange_row(exchange, {})])
    return exchange.id


def judge(ws: Workspace, exchange: str, rating: float | None = None, correction: str = "") -> None:
    key = KeyInfo("k", "k", (), "", None)
    record_feedback(ws.project, key, FeedbackEntry(exchange, rating, "", correction))


def test_judged_answers_become_examples(opened: Open) -> None:
    ws = opened({"form": "exchanges", "licence": "ours", "purpose": "support"})
    for number in range(30):
        judge(ws, served(ws, number), 1.0)
    judge(ws, served(ws, 30), 0.0)
    judge(ws, served(ws, 31), 0.0, "the right answer")
    judge(ws, served(ws, 32, finish="length"), 1.0)
    judge(ws, served(ws, 33), None, "only corrected")
    judge(ws, "x033", None, "corrected again")
    for rating in (1.0, 0.0):
        judge(ws, "x005", rating)
    served(ws, 34)  # nobody judged it
    summary = prepare(ws)
    found = {row["record"]: (row["outcome"], *row["reasons"]) for row in outcomes(ws)}
    assert len(found) == 34
    assert {key: what for key, what in found.items() if what != ("kept",)} == {
        "x005": ("dropped", "rated_bad"),
        "x030": ("dropped", "rated_bad"),
        "x032": ("dropped", "answer_not_finished"),
    }
    answers = {e.origin.locator: e.messages[-1].content for e in load_snapshot(summary.folder)}
    assert (answers["x031"], answers["x033"]) == ("the right answer", "corrected again")
    origin = next(iter(load_snapshot(summary.folder))).origin
    assert (origin.source, origin.subject, origin.licence) == ("exchanges", "u1", "ours")
    assert origin.received_at.startswith("2026-01-02T03:")
    assert not prepare(ws).created
    judge(ws, "x034", 1.0)
    assert [counted(change) for change in prepare(ws).changes] == [{"added": 1, "unchanged": 34}]


def test_exchanges_without_corrections_and_of_one_model(opened: Open) -> None:
    ws = opened({"form": "exchanges", "exchanges": {"corrections": False, "model": "m"}})
    for number in range(20):
        judge(ws, served(ws, number), 1.0)
    judge(ws, served(ws, 31), 0.0, "the right answer")
    prepare(ws)
    assert [row["reasons"] for row in outcomes(ws) if row["outcome"] == "dropped"] == [["rated_bad"]]
    other = opened({"form": "exchanges", "exchanges": {"model": "another"}})
    with pytest.raises(DataError, match="nothing is left of 0 rows"):
        prepare(other)


# Detection


def test_init_takes_documents_mail_and_archives(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    (exports / "handbook").mkdir(parents=True)
    (exports / "handbook" / "cards.md").write_text("# How long?\nA day.\n\n# How much?\nFive.\n")
    (exports / "README.md").write_text("# About\nthese exports\n")
    write(exports / "t.jsonl", sound_rows(30))
    people = [letter(1, "a@x", "what?"), letter(2, "b@x", "that", reply_to=1)]
    (exports / "inbox.mbox").write_bytes(mbox_bytes(people))
    found = init(tmp_path / "w", sources=[exports, exports / "handbook"])
    assert {(Path(s.path).name, s.form) for s in found.sources} == {
        ("inbox.mbox", "mail"), ("t.jsonl", "prompt_completion"), ("handbook", "documents"),
    }  # fmt: skip
    assert {Path(s.path).name: s.because for s in found.skipped} == {
        "README.md": "a document; name it with --from",
        "handbook": "a folder; name it with --from to look inside",
    }
    with Workspace.open(tmp_path / "w") as ws:
        prepare(ws)
        kept = {f"{r['source']}#{r['record']}" for r in outcomes(ws) if r["outcome"] in ("kept", "changed")}
        assert life(ws, "handbook#cards.md#bytes=20-37").turns[1].after == "Five."
        found_in = ws.impact("handbook#cards.md#bytes=20-37")
        assert (found_in.examples, len(found_in.snapshots)) == (1, 1)
    assert {"handbook#cards.md#bytes=0-18", "handbook#cards.md#bytes=20-37"} <= kept
    assert any(name.startswith("inbox.mbox#inbox.mbox#bytes=0-") for name in kept)
    assert replace(found, notes=()).root == tmp_path / "w"
