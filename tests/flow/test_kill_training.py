"""A training that is stopped or killed goes on to the very weights it would have had."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.slow


def start(base: Path, work: Path, mode: str, hash_seed: str = "0") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.fixtures.training", str(base), str(work), mode],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2000:]
    answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    return answer


def stop_at(process: subprocess.Popen[str], work: Path, step: int, number: signal.Signals) -> None:
    """Send the signal as soon as the checkpoint of this step is there; the run must not be over by then."""
    until = time.monotonic() + 240
    while not (work / f"checkpoint-{step}").is_dir():
        assert process.poll() is None, "the training ended before it could be stopped"
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=120)
    assert not (work / "result.json").exists(), "the training was over before the signal"


@pytest.fixture(scope="module")
def undisturbed(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return finish(start(tiny_base, tmp_path_factory.mktemp("undisturbed"), "new", hash_seed="1"))


def test_killed_twice_and_resumed_gives_the_same_digest(
    undisturbed: dict[str, Any], tiny_base: Path, tmp_path: Path
) -> None:
    first = start(tiny_base, tmp_path, "new", hash_seed="2")
    stop_at(first, tmp_path, 5, signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL
    second = start(tiny_base, tmp_path, "resume", hash_seed="3")
    stop_at(second, tmp_path, 20, signal.SIGKILL)
    # A half-written newer checkpoint, as a kill between two files leaves it.
    torn = tmp_path / "checkpoint-25"
    if not torn.exists():
        torn.mkdir()
        (torn / "trainable.safetensors").write_bytes(b"half")
    answer = finish(start(tiny_base, tmp_path, "resume", hash_seed="4"))
    assert answer["digest"] == undisturbed["digest"]
    assert answer["history"] == undisturbed["history"]


def test_interrupted_and_resumed_gives_the_same_digest(
    undisturbed: dict[str, Any], tiny_base: Path, tmp_path: Path
) -> None:
    process = start(tiny_base, tmp_path, "new")
    stop_at(process, tmp_path, 10, signal.SIGINT)
    assert process.returncode not in (0, -signal.SIGKILL)
    # Ctrl-C writes a checkpoint of its own, later than the last periodic one.
    steps = sorted(int(path.name.split("-")[1]) for path in tmp_path.glob("checkpoint-*"))
    assert steps[-1] > 10
    answer = finish(start(tiny_base, tmp_path, "resume"))
    assert answer["digest"] == undisturbed["digest"]
    assert answer["history"] == undisturbed["history"]
