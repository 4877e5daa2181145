"""kill -9 and a full disk during `data build`: before or after, never between, and the same command finishes the work."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.data.conftest import sound_rows, write_lines
from tunewright.core.types import Ref
from tunewright.data.snapshot import verify_snapshot
from tunewright.flows.init import init
from tunewright.flows.prepare import prepare
from tunewright.flows.snapshots import outcomes
from tunewright.flows.workspace import Workspace

REPOSITORY = Path(__file__).parents[3]

# Has everything imported, then forks one child a line "<workspace> <n>": the child builds and kills itself at the n-th
# call through which a change goes to the disk (n = 0: never; it answers how many there were).
DRIVER = """
import os, signal, sys
from pathlib import Path
import alembic.command, alembic.config, alembic.script, duckdb, jinja2, pyarrow.parquet
import sqlalchemy.event, sqlalchemy.engine
from tunewright.data.steps import catalog
from tunewright.engines import load
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace
from tunewright.store import provenance

catalog(); load("pii", "patterns").detect(["x"])
provenance.code_version(); provenance.lock_digest(); provenance.hardware()
WATCHED = {"os.rename", "os.chmod", "os.mkdir", "os.remove", "os.rmdir", "os.link", "sqlite3.connect"}
root, target, count, armed = "", 0, 0, False

def step():
    global count
    if armed:
        count += 1
        if count == target:
            os.kill(os.getpid(), signal.SIGKILL)

def audited(event, arguments):
    if not armed:
        return
    if event == "open" and str(arguments[0]).startswith(root) and "w" in str(arguments[1] or ""):
        step()
    elif event in WATCHED and str(arguments[0]).startswith(root):
        step()

sys.addaudithook(audited)
sqlalchemy.event.listen(sqlalchemy.engine.Engine, "before_cursor_execute", lambda *rest: step())
sqlalchemy.event.listen(sqlalchemy.engine.Engine, "commit", lambda connection: step())
for line in sys.stdin:
    root, number = line.split()
    if (pid := os.fork()) == 0:
        target, armed = int(number), True
        with Workspace.open(root) as ws:
            prepare(ws)
        armed = False
        print(count, flush=True)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        print(code, flush=True)
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace before its first build."""
    folder = tmp_path_factory.mktemp("template")
    write_lines(folder / "sound.jsonl", sound_rows(40))
    init(folder / "w", sources=[folder / "sound.jsonl"])
    return folder


@pytest.fixture(scope="module")
def wanted(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Ref:
    """The snapshot that an undisturbed build makes."""
    folder = tmp_path_factory.mktemp("wanted") / "x"
    shutil.copytree(template, folder)
    with Workspace.open(folder / "w") as ws:
        return prepare(ws).ref


@pytest.fixture(scope="module")
def driver() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    yield process
    process.kill()
    process.communicate()


def build(driver: subprocess.Popen[str], root: Path, kill_at: int) -> int:
    """Calls made, or the negative signal."""
    assert driver.stdin is not None
    assert driver.stdout is not None
    driver.stdin.write(f"{root} {kill_at}\n")
    driver.stdin.flush()
    return int(driver.stdout.readline())


def check(root: Path, wanted: Ref) -> bool:
    """Whole and verified, either way; answers whether the snapshot was there. Then the same command finishes the work."""
    with Workspace.open(root) as ws:
        ws.project.audit.verify()
        found = ws.project.records.find("snapshot")
        assert [record.ref for record in found] in ([], [wanted])
        assert len(ws.project.audit.events(action="snapshot.build")) == len(found)
        for record in ws.project.records.all():
            ws.project.records.verify(record)
        for leftover in ("staging", "pending"):
            assert not list((ws.project.state / leftover).glob("*")), leftover
        summary = prepare(ws)
        assert summary.ref == wanted
        assert summary.created is not bool(found)
        verify_snapshot(summary.folder)
        assert len(list(outcomes(ws))) == 40
        return bool(found)


def test_killed_at_many_points(
    driver: subprocess.Popen[str], template: Path, wanted: Ref, tmp_path: Path
) -> None:
    shutil.copytree(template, tmp_path / "whole")
    calls = build(driver, tmp_path / "whole" / "w", 0)
    assert calls > 30
    points = sorted(
        {1, calls, *range(calls - 10, calls), *(round(part * calls / 14) for part in range(1, 14))}
    )
    after = 0
    for point in points:
        folder = tmp_path / str(point)
        shutil.copytree(template, folder)
        assert build(driver, folder / "w", point) == -signal.SIGKILL
        after += check(folder / "w", wanted)
        shutil.rmtree(folder, ignore_errors=True)
    assert len(points) >= 20
    assert 0 < after < len(points), "the points must lie on both sides of the commit"


FULL = """
import json, resource, signal, sys
from tunewright.core.errors import TunewrightError
from tunewright.flows.prepare import prepare
from tunewright.flows.workspace import Workspace

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Workspace.open(sys.argv[1]) as ws:
    # The kernel refuses to let any file grow beyond the limit, as it does on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        prepare(ws)
        print(json.dumps({"error": None}))
    except TunewrightError as error:
        print(json.dumps(error.as_json()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""


@pytest.mark.parametrize("limit", [1, 2000, 6000, 12_000])
def test_a_full_disk(template: Path, wanted: Ref, tmp_path: Path, limit: int) -> None:
    shutil.copytree(template, tmp_path / "x")
    root = tmp_path / "x" / "w"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(root), str(limit)],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["error"] == "EngineError", answer
    assert "disk is full" in answer["what"]
    assert check(root, wanted) is False
