"""The index of a snapshot is derived from the recorded bytes only, and can be thrown away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tunewright.core.errors import IntegrityError
from tunewright.core.types import Example, Message, Origin, Record
from tunewright.data.outcomes import RowOutcome
from tunewright.data.runner import PipelineResult
from tunewright.data.snapshot import write_snapshot
from tunewright.registry.lineage import SnapshotFiles
from tunewright.registry.lookup_index import derive_early, lookup_index
from tunewright.store.project import Project

ID = "ab" * 32


@pytest.fixture
def made(tmp_path: Path) -> tuple[Project, Record]:
    project = Project.create(tmp_path, actor="tester")
    with project.staging() as folder:
        kept = (Example(ID, (Message("user", "q"),), Origin("s.csv", "T1", "d", subject="Jane Roe")),)
        rows = (RowOutcome("s.csv", "T1", "kept", (), "", (), ID, "", ""),)
        write_snapshot(PipelineResult(kept, rows, (), (), {}, ()), folder, steps=(), sources=(), goldens=())
        record = project.records.commit(
            kind="snapshot",
            name="s",
            version="1",
            inputs=(),
            recipe={},
            files_dir=folder,
            action="snapshot.build",
        )
    return project, record


def cache(project: Project) -> Path:
    return project.state / "cache" / "lookup"


def test_deleting_the_cache_loses_nothing(made: tuple[Project, Record]) -> None:
    project, record = made
    derive_early(project, record)
    with SnapshotFiles(project, [record]) as files:
        before = files.by_subject("Jane Roe")
    shutil.rmtree(cache(project))
    with SnapshotFiles(project, [record]) as files:
        assert files.by_subject("Jane Roe") == before
        assert [item.id for item in before] == [ID]
    assert cache(project).is_dir()


@pytest.mark.parametrize("damage", ["cut", "meta", "gone"])
def test_a_half_written_index_is_derived_again(made: tuple[Project, Record], damage: str) -> None:
    project, record = made
    place = lookup_index(project, record).folder
    if damage == "cut":
        (place / "row.u64").write_bytes(b"1234")
    elif damage == "meta":
        (place / "meta.json").write_text("[]")
    else:
        (place / "subject.u64").unlink()
    with SnapshotFiles(project, [record]) as files:
        assert [fate.example for fate in files.fates("s.csv", "T1")] == [ID]
        assert [item.id for item in files.by_subject("Jane Roe")] == [ID]


@pytest.mark.parametrize("name", ["examples.parquet", "outcomes.parquet"])
def test_changed_bytes_give_no_index(made: tuple[Project, Record], name: str) -> None:
    project, record = made
    path = project.records.folder(record) / name
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(IntegrityError, match=name):
        lookup_index(project, record)
    assert not cache(project).exists()


def test_the_index_holds_no_text(made: tuple[Project, Record]) -> None:
    project, record = made
    place = lookup_index(project, record).folder
    for path in place.iterdir():
        assert b"Jane" not in path.read_bytes()
    assert json.loads((place / "meta.json").read_text())["sources"] == {"s.csv": [0, 1, 1]}


def test_a_question_to_no_snapshot_is_answered_with_nothing(tmp_path: Path) -> None:
    with Project.create(tmp_path, actor="t") as project, SnapshotFiles(project, []) as files:
        assert files.by_id(ID) == []
        assert files.fates("s.csv", "T1") == []
        assert files.source_counts() == {}
