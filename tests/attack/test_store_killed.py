"""kill -9 at many instructions while a child records: afterwards everything is before or after, never between."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.recording import commit, note
from tunewright.store.project import Project

REPOSITORY = Path(__file__).parents[2]

COMMIT_LOOP = """
import sys
from pathlib import Path
from tests.fixtures.recording import commit, note
from tunewright.store import provenance
from tunewright.store.project import Project
provenance.code_version(); provenance.lock_digest(); provenance.hardware()
with Project.open(Path(sys.argv[1])) as project:
    print("ready", flush=True)
    parent = None
    for number in range(100000):
        files = {"a.txt": str(number) * 5000, "deep/b.txt": "b" * 70000}
        made = commit(project, files=files, inputs=[parent] if parent else [])
        parent = made.ref
        project.blobs.put_bytes(str(number).encode() * 50000)
        note(project, number)
        print(made.ref.digest, flush=True)
"""

# A driver that has everything imported forks one child a line of its input: "<root> <n>". The child kills itself at the
# n-th of the audited calls through which every change goes to the disk; the driver answers how it ended.
DRIVER = """
import os, signal, sys
from pathlib import Path
import alembic.command, alembic.config, alembic.script
from tests.fixtures.recording import commit
from tunewright.store import provenance
from tunewright.store.project import Project
WATCHED = {"os.rename", "os.chmod", "os.mkdir", "os.remove", "os.rmdir", "open", "sqlite3.connect"}
target, count, armed = 0, 0, False
def crash(event, arguments):
    global count
    if armed and event in WATCHED and str(arguments[0]).startswith(root):
        count += 1
        if count == target:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(crash)
provenance.code_version(); provenance.lock_digest(); provenance.hardware()
for line in sys.stdin:
    root, number = line.split()
    if (pid := os.fork()) == 0:
        target = int(number)
        if sys.argv[1] == "create":
            armed = True
            Project.create(Path(root)).close()
        else:
            with Project.open(Path(root)) as project:
                commit(project, "warm-up", files={"a": "x"})
                armed = True
                commit(project, files={"a.txt": "a" * 5000, "deep/b.txt": "b"})
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


def check(root: Path, promised: list[str]) -> int:
    """Everything recorded is whole, everything promised is recorded, nothing else is left."""
    with Project.open(root) as project:
        report = project.audit.verify()
        records = project.records.all()
        for record in records:
            project.records.verify(record)
        assert set(promised) <= {r.ref.digest for r in records}
        built = [e.subject.digest for e in project.audit.events() if e.action.endswith(".build")]
        assert sorted(built) == sorted(r.ref.digest for r in records)
        folders = {p.name for p in (project.state / "records").glob("*/*")}
        assert folders == {r.ref.digest for r in records if any(r.files)}
        for leftover in ("staging", "pending", "blobs/incoming"):
            folder = project.state / leftover
            assert not folder.exists() or not list(folder.iterdir()), f"{leftover} was not cleaned"
        assert not list(project.state.rglob("*.tmp"))
        for path in (project.state / "blobs" / "sha256").glob("*/*"):
            project.blobs.open(path.parent.name + path.name).close()
        note(project, 0)
        assert project.audit.verify().events == report.events + 1
        return len(records)


def spawn(code: str, *arguments: str, stdin: int | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )


@pytest.mark.slow
def test_killed_at_twenty_five_random_moments(tmp_path: Path) -> None:
    root = tmp_path / "bank"
    Project.create(root).close()
    generator, promised = random.Random(20260102), []
    for _ in range(25):
        child = spawn(COMMIT_LOOP, str(root))
        assert child.stdout is not None
        # After a random number of commits, at a random moment within about the time of another one.
        for _ in range(generator.randrange(3) + 1):
            last, since = child.stdout.readline(), time.perf_counter()
            promised += [last.strip()] if last != "ready\n" else []
        time.sleep(
            generator.uniform(0.0, 0.15 if last == "ready\n" else 2 * (time.perf_counter() - since) + 0.1)
        )
        child.send_signal(signal.SIGKILL)
        out, err = child.communicate()
        assert child.returncode == -signal.SIGKILL, err
        promised += [line for line in out.split() if len(line) == 64]
        check(root, promised)
    assert len(promised) >= 10, "the kills were all too early to show anything"


class Driver:
    """The forking process above; ``kill_at`` answers whether the child was killed."""

    def __init__(self, what: str) -> None:
        self.process = spawn(DRIVER, what, stdin=subprocess.PIPE)

    def kill_at(self, root: Path, number: int) -> bool:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{root} {number}\n")
        self.process.stdin.flush()
        code = self.process.stdout.readline().strip()
        assert code in {"0", str(-signal.SIGKILL)}, code or self.process.communicate()[1]
        return code != "0"

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.process.communicate()


@pytest.mark.sqlite
@pytest.mark.slow
def test_killed_at_every_change_of_the_file_system(tmp_path: Path) -> None:
    """Enumerated, not random: the child dies at the n-th rename, chmod, mkdir, unlink or open, for every n."""
    outcomes: list[int] = []
    with Driver("commit") as driver:
        for target in range(1, 200):
            root = tmp_path / f"bank{target}"
            Project.create(root).close()
            if not driver.kill_at(root, target):
                break
            outcomes.append(check(root, []))
        else:
            pytest.fail("the child never reached its end")
    assert len(outcomes) >= 25
    assert set(outcomes) == {1, 2}, "kills fell on both sides of the commit"


@pytest.mark.sqlite
@pytest.mark.slow
def test_killed_at_every_step_of_creating(tmp_path: Path) -> None:
    """Afterwards there is either no project, and creating works, or one that opens."""
    kills = {"none": 0, "opens": 0}
    with Driver("create") as driver:
        for target in range(1, 200):
            root = tmp_path / f"bank{target}"
            if not driver.kill_at(root, target):
                break
            there = (root / ".tunewright").exists()
            kills["opens" if there else "none"] += 1
            with Project.open(root) if there else Project.create(root) as project:
                commit(project, files={"a": "x"})
                assert project.audit.verify().events == 2
            assert [path.name for path in root.iterdir()] == [".tunewright"]
            assert not list(root.rglob("*.tmp"))
        else:
            pytest.fail("the child never reached its end")
    assert min(kills.values()) >= 5, kills
