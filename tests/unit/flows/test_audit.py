"""``audit verify`` as a flow: the log, every record's bytes, and a checkpoint kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.recording import commit
from tunewright.core.errors import IntegrityError, NotFoundError
from tunewright.flows.audit import verify
from tunewright.flows.config import Configuration
from tunewright.flows.workspace import Workspace
from tunewright.store.project import Project


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Project.create(tmp_path / "bank", actor="ada") as project:
        commit(project, files={"a": "12345"})
        yield Workspace(project.root, Configuration.model_construct(), project)


def test_everything_is_counted(workspace: Workspace) -> None:
    report = verify(workspace)
    assert (report.log.events, report.records, report.size_bytes) == (2, 1, 5)
    assert verify(workspace, files=False).records == 0


def test_a_changed_file_is_named_unless_only_the_log_is_asked_for(workspace: Workspace) -> None:
    project = workspace.project
    path = project.records.folder(project.records.get("snapshot/bank")) / "a"
    path.chmod(0o600)
    path.write_text("12346")
    with pytest.raises(IntegrityError, match="a of snapshot/bank@1 is not what was recorded"):
        verify(workspace)
    assert verify(workspace, files=False).log.ok


def test_a_checkpoint_kept_elsewhere(workspace: Workspace, tmp_path: Path) -> None:
    kept = tmp_path / "kept.note"
    with pytest.raises(NotFoundError, match=r"kept\.note"):
        verify(workspace, against=kept)
    kept.write_text(workspace.project.audit.checkpoint(), encoding="utf-8")
    commit(workspace.project, files={"a": "6"})
    assert verify(workspace, against=kept).log.events == 3
    kept.write_text(kept.read_text("utf-8").replace("\n2\n", "\n9\n"), encoding="utf-8")
    with pytest.raises(IntegrityError, match="the checkpoint given"):
        verify(workspace, against=kept)
