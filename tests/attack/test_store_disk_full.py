"""No space left at any point: a typed error that says so, nothing half written, and the same call works afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.recording import commit
from tunewright.core.errors import EngineError
from tunewright.core.types import Record
from tunewright.store.project import Project

REPOSITORY = Path(__file__).parents[2]

# RLIMIT_FSIZE: the kernel refuses to let any file grow beyond the limit (EFBIG), for our writes and for SQLite's.
CHILD = """
import json, resource, signal, sys
from pathlib import Path
from tests.fixtures.recording import commit
from tunewright.core.errors import TunewrightError
from tunewright.store.project import Project
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
root, limit, what = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
with Project.open(root) as project:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        if what == "blob":
            project.blobs.put_bytes(b"x" * 300000)
        else:
            with project.staging() as folder:
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                (folder / "weights").write_text("w" * 1000)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
                project.records.commit(kind="run", name="train", version="1", inputs=[], recipe={}, action="train",
                    files_dir=folder, external_files=())
        print(json.dumps({"error": None}))
    except TunewrightError as error:
        print(json.dumps(error.as_json()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


def run(root: Path, limit: int, what: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(root), str(limit), what],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("limit", [1, 100, 20_000, 250_000])
def test_a_blob_that_does_not_fit(tmp_path: Path, limit: int) -> None:
    Project.create(tmp_path / "bank").close()
    answer = run(tmp_path / "bank", limit, "blob")
    assert answer["error"] == "EngineError"
    assert "disk is full" in str(answer["what"])
    assert "free space" in str(answer["hint"])
    with Project.open(tmp_path / "bank") as project:
        assert not [p for p in (project.state / "blobs").rglob("*") if p.is_file()]
        project.blobs.put_bytes(b"x" * 300_000)


def test_a_record_that_does_not_fit_at_any_limit(tmp_path: Path) -> None:
    """From nothing fits to everything fits, in small steps: the limit strikes in the marker, the WAL or nowhere."""
    refused = 0
    for limit in [0, 150, *range(500, 300_000, 60_000)]:
        root = tmp_path / f"bank{limit}"
        with Project.create(root) as project:
            commit(project, files={"a": "x"})
        answer = run(root, limit, "record")
        refused += answer["error"] is not None
        if answer["error"] is not None:
            assert answer["error"] == "EngineError"
            assert "disk is full" in str(answer["what"])
        with Project.open(root) as project:
            found = project.records.find("run")
            assert len(found) == (answer["error"] is None)
            for record in project.records.all():
                project.records.verify(record)
            assert project.audit.verify().events == 2 + len(found)
            assert len(list((project.state / "records").glob("*/*"))) == 1 + len(found)
            if not found:
                commit(project, "train", version="1", kind="run")
    assert 2 <= refused <= 6


def test_a_real_full_file_system(tmp_path: Path) -> None:
    """A file system of one mebibyte, where the machine lets us mount one."""
    mount = tmp_path / "small"
    mount.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        _fill(mount)
    finally:
        subprocess.run(["umount", str(mount)], check=True)


def _fill(mount: Path) -> None:
    with Project.create(mount / "bank") as project:
        made: list[Record] = []

        def go_on() -> None:
            while len(made) < 1000:
                made.append(commit(project, files={"a": "x" * 20_000}))

        with pytest.raises(EngineError, match="full"):
            go_on()
        assert len(made) >= 3
    # More room, as the hint asks for.
    subprocess.run(["mount", "-o", "remount,size=4m", str(mount)], check=True)
    with Project.open(mount / "bank") as project:
        assert [r.ref for r in project.records.find("snapshot")] == [r.ref for r in made]
        for record in made:
            project.records.verify(record)
        assert project.audit.verify().events == 1 + len(made)
        commit(project, files={"a": "x" * 20_000})
