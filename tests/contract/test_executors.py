"""Every executor of the catalog keeps the promises of ``Executor``: order, errors, retries, clean ends."""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tunewright import engines
from tunewright.core.errors import DataError, EngineError, NotFoundError
from tunewright.core.frames import joined, parted
from tunewright.core.ports import Executor, Work
from tunewright.engines.executor.local import LocalExecutor
from tunewright.engines.executor.ray import RayExecutor

STORE = 100 << 20
HERE = "tests.fixtures.work"
KINDS = [
    pytest.param(("local", 1), id="local-1"),
    pytest.param(("local", 2), id="local-2"),
    pytest.param(("ray", 2), id="ray-2", marks=pytest.mark.service),
]


def test_the_catalog_names_two_executors() -> None:
    assert engines.names("executor") == ["local", "ray"]
    with pytest.raises(NotFoundError, match="local, ray"):
        engines.load("executor", "spark")


def make(name: str, workers: int) -> Executor:
    more = {"object_store_bytes": STORE} if name == "ray" else {}
    made: Executor = engines.load("executor", name, workers=workers, **more)
    return made


@pytest.fixture(scope="module", params=KINDS)
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    name, workers = request.param
    if engines.missing("executor", name):
        pytest.skip("needs ray: pip install 'tunewright[ray]'")
    made = make(name, workers)
    yield made
    made.close()


def work(name: str, settings: bytes = b"") -> Work:
    return Work(f"{HERE}:{name}", settings)


def test_answers_come_in_order(executor: Executor) -> None:
    parts = [f"part {number}".encode() for number in range(40)]
    found = list(executor.map(work("louder", b"> "), iter(parts)))
    assert found == [b"> " + part.upper() for part in parts]
    assert list(executor.map(work("louder"), [])) == []
    assert list(executor.map(work("louder"), [b""])) == [b""]


def test_the_work_is_done_where_it_says(executor: Executor) -> None:
    found = {int(pid) for pid in executor.map(work("process_id"), [b""] * 12)}
    assert len(found) == executor.workers
    assert (os.getpid() in found) is (executor.workers == 1)


def test_large_parts_and_answers(executor: Executor) -> None:
    parts = [random.Random(number).randbytes(3 << 20) for number in range(3)]
    assert list(executor.map(work("refusing"), parts)) == parts


def test_parts_are_not_taken_all_at_once(executor: Executor) -> None:
    taken = 0

    def parts() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield b"x"

    answers = executor.map(work("louder"), parts())
    next(answers)
    assert taken <= 2 * executor.workers
    answers.close()  # type: ignore[attr-defined]
    # What was given up does not reach the next.
    assert list(executor.map(work("louder"), [b"a"])) == [b"A"]


def test_our_own_errors_arrive_whole(executor: Executor) -> None:
    with pytest.raises(DataError) as caught:
        list(executor.map(work("refusing", b"3"), (str(number).encode() for number in range(6))))
    assert caught.value.as_json() == {
        "error": "DataError",
        "what": "row 7 is no number",
        "hint": "mend it",
        "facts": {"row": 7, "names": ["a", "b"], "share": 0.5},
    }
    assert list(executor.map(work("refusing", b"3"), [b"4"])) == [b"4"]


def test_other_errors_tell_their_place_and_not_the_text(executor: Executor) -> None:
    with pytest.raises(EngineError, match=r"ValueError at work\.py") as caught:
        list(executor.map(work("broken"), [b"Maria Lopez, 4111 1111 1111 1111"]))
    assert "Maria" not in json.dumps(caught.value.as_json())


def test_unknown_work_is_said_so(executor: Executor) -> None:
    for entry in ("no.such.module:f", f"{HERE}:no_such_function"):
        with pytest.raises(EngineError, match="a worker has no"):
            list(executor.map(Work(entry, b""), [b"x"]))


def test_a_group_by(executor: Executor) -> None:
    chance = random.Random(5)
    texts = [" ".join(chance.choices("abcdefghij", k=50)) for _ in range(9)]
    for groups in (1, 3):
        spread, gather = work("words_by_hash", str(groups).encode()), work("word_counts")
        answers = list(executor.group(spread, gather, [text.encode() for text in texts], groups))
        assert len(answers) == groups
        counts: Counter[str] = Counter()
        for answer in answers:
            mine = json.loads(answer)
            assert not set(mine) & set(counts)
            counts.update(mine)
        assert counts == Counter(" ".join(texts).split())
    assert list(executor.group(spread, gather, [], 3)) == [b"{}"] * 3


def test_errors_of_a_group_by(executor: Executor) -> None:
    spread = work("words_by_hash", b"2")
    with pytest.raises(DataError, match="no group is good"):
        list(executor.group(spread, work("refusing_group"), [b"a b c"] * 5, 2))
    with pytest.raises(EngineError, match="ValueError"):
        list(executor.group(work("broken"), work("word_counts"), [b"a b c"], 2))


def test_a_killed_worker_changes_nothing(executor: Executor, tmp_path: Path) -> None:
    if executor.workers == 1:
        pytest.skip("the worker is this process")
    told = json.dumps({"at": "5", "times": 2, "folder": str(tmp_path)}).encode()
    parts = [str(number).encode() for number in range(12)]
    assert list(executor.map(work("dying", told), parts)) == parts
    assert len(list(tmp_path.iterdir())) == 2


def test_a_part_that_always_kills_is_an_error(executor: Executor, tmp_path: Path) -> None:
    if executor.workers == 1:
        pytest.skip("the worker is this process")
    told = json.dumps({"at": "5", "times": 99, "folder": str(tmp_path)}).encode()
    with pytest.raises(EngineError) as caught:
        list(executor.map(work("dying", told), (str(number).encode() for number in range(12))))
    assert caught.value.retryable
    assert list(executor.map(work("louder"), [b"a"])) == [b"A"]


def children() -> set[psutil.Process]:
    return set(psutil.Process().children(recursive=True))


def alive(processes: set[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended a moment later."""
    _, left = psutil.wait_procs(processes, timeout=5)
    return left


def test_closing_in_the_middle_leaves_no_process(tmp_path: Path) -> None:
    made = LocalExecutor(2)
    slow = work("slow", json.dumps({"seconds": 60, "folder": str(tmp_path)}).encode())
    before = children()
    answers = made.map(slow, (str(number).encode() for number in range(3)))
    with pytest.raises(KeyboardInterrupt):
        _interrupted(answers, tmp_path)
    assert made.processes
    began = time.monotonic()
    made.close()
    assert time.monotonic() - began < 10
    assert children() <= before


def _interrupted(answers: Iterator[bytes], folder: Path) -> None:
    """Ctrl-C once a worker has begun."""
    import signal
    import threading

    def press() -> None:
        while not list(folder.iterdir()):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    list(answers)


def test_frames() -> None:
    blocks = [b"", b"a", b"\x00" * 1000]
    assert parted(joined(blocks)) == blocks
    assert parted(b"") == []


@pytest.mark.service
def test_a_cluster_of_our_own_listens_on_loopback_only_and_ends(tmp_path: Path) -> None:
    if engines.missing("executor", "ray"):
        pytest.skip("needs ray: pip install 'tunewright[ray]'")
    before, folders = children(), set(Path(tempfile.gettempdir()).glob("tw-ray-*"))
    made = RayExecutor(1, object_store_bytes=STORE)
    assert list(made.map(work("louder"), [b"a"])) == [b"A"]
    mine = children() - before
    lines = subprocess.check_output(["ss", "-ltnpH"], text=True).splitlines() if _has("ss") else []
    listening = [line for line in lines if any(f"pid={one.pid}," in line for one in mine)]
    assert all("127.0.0.1" in line.split()[3] or "[::1]" in line.split()[3] for line in listening)
    assert len(listening) >= 3 or not _has("ss")
    made.close()
    assert not alive(mine)
    assert set(Path(tempfile.gettempdir()).glob("tw-ray-*")) <= folders


def _has(program: str) -> bool:
    import shutil

    return shutil.which(program) is not None


@pytest.mark.service
def test_a_head_that_is_gone_is_an_error_to_retry(tmp_path: Path) -> None:
    if engines.missing("executor", "ray"):
        pytest.skip("needs ray: pip install 'tunewright[ray]'")
    made = RayExecutor(1, object_store_bytes=STORE)
    try:
        family = psutil.Process(made.driver).children(recursive=True)
        head = [child for child in family if "gcs_server" in child.name()]
        assert head
        slow = work("slow", json.dumps({"seconds": 0.2}).encode())
        answers = made.map(slow, (b"x" for _ in range(10_000)))
        next(answers)
        for process in head:
            process.kill()
        began = time.monotonic()
        with pytest.raises(EngineError, match="Ray") as caught:
            list(answers)
        assert caught.value.retryable
        assert time.monotonic() - began < 90
    finally:
        made.close()
    assert not alive(set(family))


@pytest.mark.service
def test_a_cluster_that_runs_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Joined by address and left running; without its token nobody gets in."""
    if engines.missing("executor", "ray"):
        pytest.skip("needs ray: pip install 'tunewright[ray]'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="head-")
    token = "ab" * 32
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", token)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    paths = os.pathsep.join(dict.fromkeys(path for path in sys.path if path))
    options = ["--num-cpus=2", f"--port={port}", f"--temp-dir={folder}", f"--object-store-memory={STORE}"]
    head = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--head",
            "--block",
            "--include-dashboard=false",
            *options,
        ],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        made = _joined(f"127.0.0.1:{port}")
        try:
            assert list(made.map(work("louder"), [b"a", b"b"])) == [b"A", b"B"]
        finally:
            made.close()
        assert head.poll() is None
        monkeypatch.setenv("RAY_AUTH_TOKEN", "cd" * 32)
        with pytest.raises(EngineError, match=r"cannot be reached|went away") as caught:
            RayExecutor(1, address=f"127.0.0.1:{port}")
        assert caught.value.retryable
        assert token not in repr(caught.value.as_json())
    finally:
        family = psutil.Process(head.pid).children(recursive=True)
        for process in [*family, psutil.Process(head.pid)]:
            process.kill()
        head.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _joined(address: str) -> RayExecutor:
    """Once its head has started."""
    until = time.monotonic() + 90
    while True:
        try:
            return RayExecutor(2, address=address)
        except EngineError:
            if time.monotonic() > until:
                raise
            time.sleep(1)
