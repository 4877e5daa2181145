"""kill -9 and a full disk at many points of an erasure: it happened or it did not, others lose nothing, and it can go on."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.erasable_workspace import MAIL, PERSON, SOURCES, make_workspace, secrets, where_found
from tunewright.core.errors import NotFoundError
from tunewright.data.snapshot import load_snapshot
from tunewright.flows.audit import verify
from tunewright.flows.erase import erase, resume
from tunewright.flows.erase_search import Asked
from tunewright.flows.snapshots import find_snapshot
from tunewright.flows.workspace import Workspace

REPOSITORY = Path(__file__).parents[2]
ASKED = Asked(subject=PERSON, also=(MAIL,))

# Reads "<root> <n> <limit>" lines and forks a child for each: it kills itself at the n-th audited call that changes a file
# below the root (n = 0: never), or meets a limit on the size of any file it writes (limit > 0).
DRIVER = """
import json, os, resource, signal, sys
from pathlib import Path
from tests.fixtures.erasable_workspace import MAIL, PERSON
from tunewright.core.errors import TunewrightError
from tunewright.flows.erase import erase
from tunewright.flows.erase_search import Asked
from tunewright.flows.workspace import Workspace
from tunewright.store import provenance
import tunewright.flows.prepare, tunewright.engines, duckdb, pyarrow.parquet, alembic.command, jinja2
WATCHED = {"os.rename", "os.chmod", "os.mkdir", "os.remove", "os.rmdir", "open", "sqlite3.connect", "shutil.rmtree"}
target, count, armed, root = 0, 0, False, ""
def crash(event, arguments):
    global count
    if armed and event in WATCHED and str(arguments[0]).startswith(root):
        if event == "open" and not (len(arguments) > 2 and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            return
        count += 1
        if count == target:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(crash)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
provenance.code_version(); provenance.lock_digest(); provenance.hardware()
for line in sys.stdin:
    root, number, limit = line.split()
    if (pid := os.fork()) == 0:
        target = int(number)
        with Workspace.open(Path(root), actor="dpo") as ws:
            ws.project.secret_key("erasure")
            if int(limit):
                resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
            armed = True
            try:
                erase(ws, Asked(subject=PERSON, also=(MAIL,)), copies="erase", files="erase", rebuild=False)
            except TunewrightError as error:
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
                armed = False
                os._exit(50 + error.exit_code)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Driver:
    """The forking process above."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )

    def run(self, root: Path, number: int = 0, limit: int = 0) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{root} {number} {limit}\n")
        self.process.stdin.flush()
        code = self.process.stdout.readline().strip()
        assert code, self.process.communicate()[1]
        return int(code)

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.process.communicate()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = [source for source in SOURCES if source.get("path") in ("data/tickets.csv", "data/chats.jsonl")]
    root = make_workspace(tmp_path_factory.mktemp("killed") / "w", sources=kept)
    for path in list((root / "data").iterdir()):
        if path.name not in ("tickets.csv", "chats.jsonl"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return root


def others(root: Path) -> dict[str, object]:
    """Every example of the first snapshot that is not the person's, as it is now."""
    with Workspace.open(root, actor="dpo") as ws:
        folder = ws.project.records.folder(find_snapshot(ws, "1"))
        gone = (PERSON,)
        return {e.id: e for e in load_snapshot(folder) if e.origin.subject not in gone}


def check(root: Path, before: dict[str, object]) -> bool:
    """Whole, for others unchanged, and either before or after; answers whether it had happened. Then it is finished."""
    with Workspace.open(root, actor="dpo") as ws:
        assert resume(ws) == ()
        verify(ws)
        happened = bool(ws.project.records.find("erasure"))
        for leftover in ("staging", "pending", "erasing", "blobs/incoming"):
            folder = ws.project.state / leftover
            assert not folder.exists() or not list(folder.iterdir()), leftover
    if happened:
        assert where_found(root, secrets()) == {}
    else:
        assert len(where_found(root, secrets())) > 5
        after = others(root)
        assert after == before
        with Workspace.open(root, actor="dpo") as ws:
            erase(ws, ASKED, copies="erase", files="erase", rebuild=False)
    with Workspace.open(root, actor="dpo") as ws:
        with pytest.raises(NotFoundError):
            erase(ws, ASKED, copies="erase", files="erase", rebuild=False)
        verify(ws)
        kept = {e.id for e in load_snapshot(ws.project.records.folder(find_snapshot(ws, "1")))}
    # X1 and X2 repeat the person and go with them.
    assert len(set(before) - kept) == 2
    assert where_found(root, secrets()) == {}
    return happened


@pytest.mark.slow
def test_killed_at_every_fifth_change_of_the_file_system(made: Path, tmp_path: Path) -> None:
    before = others(made)
    happened: list[bool] = []
    with Driver() as driver:
        for target in range(1, 2000, 5):
            root = Path(shutil.copytree(made, tmp_path / "w"))
            code = driver.run(root, target)
            if code == 0:
                break
            assert code == -signal.SIGKILL
            happened.append(check(root, before))
            shutil.rmtree(root)
        else:
            pytest.fail("the child never reached its end")
    assert happened.count(False) >= 5, happened
    assert happened.count(True) >= 5, happened
    # Before the decision it has not happened, after it it has.
    assert happened == sorted(happened)


@pytest.mark.slow
def test_killed_at_random_moments(made: Path, tmp_path: Path) -> None:
    """Inside SQLite's own writing too."""
    before, random_ = others(made), random.Random(11)
    code = (
        "import sys; from tests.attack.test_erase_killed import *\n"
        "with Workspace.open(Path(sys.argv[1]), actor='dpo') as ws:\n"
        "    print('ready', flush=True)\n"
        "    erase(ws, ASKED, copies='erase', files='erase', rebuild=False)\n"
    )
    outcomes = []
    for _ in range(8):
        root = Path(shutil.copytree(made, tmp_path / "w"))
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(random_.uniform(0.05, 1.2))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        outcomes.append(check(root, before))
        shutil.rmtree(root)
    assert len(outcomes) == 8


@pytest.mark.slow
def test_no_room_at_any_limit(made: Path, tmp_path: Path) -> None:
    """A limit on every file: the erasure is refused whole, or decided and finished once there is room."""
    before = others(made)
    codes = []
    with Driver() as driver:
        for limit in (1, 300, 3_000, 20_000, 60_000, 150_000, 400_000, 4_000_000):
            root = Path(shutil.copytree(made, tmp_path / "w"))
            code = driver.run(root, limit=limit)
            codes.append(code)
            # 58 is an EngineError (full disk), 56 a ConflictError (the lease could not be written).
            assert code in (0, 58, 56), code
            check(root, before)
            shutil.rmtree(root)
    assert codes[0] != 0
    assert codes[-1] == 0


def test_the_second_of_two_erasures_of_different_persons(made: Path, tmp_path: Path) -> None:
    """A file that was replaced once is replaced again; both proofs hold."""
    root = Path(shutil.copytree(made, tmp_path / "w"))
    with Workspace.open(root, actor="dpo") as ws:
        for who in (ASKED, Asked(subject="cust-1102")):
            erase(ws, who, copies="erase", files="erase", rebuild=False)
        assert verify(ws).erasures == 2
        proofs = [json.dumps(record.recipe) for record in ws.project.records.find("erasure")]
    assert not any("cust-" in text for text in proofs)
    assert where_found(root, ["cust-1102", PERSON]) == {}
