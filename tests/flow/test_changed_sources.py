"""A changed source shows which rows changed, by name, and an example of any source can be followed back to its bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tunewright.cli.main import main
from tunewright.data.diff import SnapshotDiff
from tunewright.flows.life import life
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import diff
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project

Open = Callable[..., Workspace]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Opens the workspace with these sources, again for each build."""
    root, known = tmp_path / "w", []

    def open_with(*sources: dict[str, Any]) -> Workspace:
        if not root.exists():
            root.mkdir()
            Project.create(root, actor="alice").close()
        told = {"model": {"name": "m"}, "data": {"sources": list(sources), "steps": [{"use": "normalise"}]}}
        (root / "tunewright.yaml").write_text(yaml.safe_dump(told))
        known.append(Workspace.open(root, actor="alice"))
        return known[-1]

    yield open_with
    for ws in known:
        ws.close()


def told(found: SnapshotDiff) -> set[tuple[str, str, str]]:
    """(source, record, what happened to it)"""
    return {(item.source, item.record, item.cause.detail) for item in found.listed}


def test_sections_of_a_folder(opened: Open, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    first = "# Cards\nA card is blocked at once.\n\n# Pins\nA pin has four digits.\n"
    (docs / "a.md").write_text(first)
    (docs / "b.md").write_text("# Fees\nThere are none.\n")
    source = {"path": str(docs), "form": "documents", "documents": {"rule": "headings"}}
    ws = opened(source)
    prepare(ws)
    new = "# Limits\nNo card pays more than 900.\n\n"
    (docs / "a.md").write_text(new + first.replace("four", "six"))
    (docs / "b.md").unlink()
    prepare(ws)
    found = diff(ws, "1", "2", everything=True)
    assert {item.cause.kind for item in found.listed} == {"source"}
    pins = first.index("# Pins")
    moved = [item for item in found.listed if item.cause.detail == "row moved"]
    assert len(moved) == 1, "the section on cards only stands elsewhere"
    assert moved[0].because.startswith("a.md#bytes=0-")
    assert moved[0].record.startswith(f"a.md#bytes={len(new)}-")
    others = {(record.partition("-")[0], what) for _, record, what in told(found) if what != "row moved"}
    assert others == {
        ("a.md#bytes=0", "row new"), (f"a.md#bytes={pins}", "row gone"), (f"a.md#bytes={len(new) + pins}", "row new"),
        ("b.md#bytes=0", "row gone"),
    }  # fmt: skip
    limits = next(item for item in found.listed if item.record.startswith("a.md#bytes=0-"))
    assert "900" in life(ws, f"docs#{limits.record}").turns[-1].after


def test_rows_of_a_query_with_a_key(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "t.db"

    def insert(start: int, count: int) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute("create table if not exists t (id integer primary key, q text, a text)")
            rows = [(n, f"What is number {n}?  ", f"It is {n}.") for n in range(start, start + count)]
            connection.executemany("insert into t values (?, ?, ?)", rows)

    insert(1, 20)
    source = {
        "name": "crm", "form": "columns", "columns": {"prompt": "q", "reply": "a"},
        "sql": {"url": f"sqlite:///{path}", "table": "t", "key": "id"},
    }  # fmt: skip
    ws = opened(source)
    prepare(ws)
    insert(21, 3)
    prepare(ws)
    found = diff(ws, "1", "2", everything=True)
    assert told(found) == {("crm", str(n), "row new") for n in (21, 22, 23)}
    # The second part of the query's rows is a file of its own; white space was trimmed, so the source is read.
    story = life(ws, "crm#22")
    assert (story.original, story.turns[0].before, story.turns[0].after) == (
        "read", "What is number 22?  ", "What is number 22?",
    )  # fmt: skip
    assert (story.birth.file, story.birth.number) == ("rows-00002.jsonl", 2)


def test_a_source_that_goes_and_one_that_comes(
    opened: Open, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("old", "new", "both"):
        (tmp_path / f"{name}.jsonl").write_text(
            "".join(f'{{"prompt": "{name} {n}?", "completion": "It is {n}."}}\n' for n in range(3))
        )

    def source(name: str) -> dict[str, Any]:
        return {"path": str(tmp_path / f"{name}.jsonl"), "form": "prompt_completion"}

    prepare(opened(source("old"), source("both")))
    ws = opened(source("both"), source("new"))
    prepare(ws)
    found = diff(ws, "1", "2", everything=True)
    assert told(found) == {
        *(("old.jsonl", str(n), "row gone") for n in (1, 2, 3)), *(("new.jsonl", str(n), "row new") for n in (1, 2, 3)),
    }  # fmt: skip
    assert dict(found.inputs.sources) == {"old.jsonl": "gone", "new.jsonl": "new"}
    assert main(["data", "diff", "1", "2", "--only", "source", "-C", str(ws.root)]) == 0
    assert "new.jsonl#3" in capsys.readouterr().out
    assert main(["data", "diff", "1", "2", "--only", "review", "-C", str(ws.root)]) == 0
    assert "new.jsonl#3" not in capsys.readouterr().out
