"""What holds for every test: no network, fixed seeds, one thread, and small real models made by code."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

# Before anything imports torch or Hugging Face libraries; child processes inherit them.
os.environ.update(
    {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_WAIT_POLICY": "passive",
    }
)
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("TUNEWRIGHT_ACTOR", None)
os.environ.pop("TUNEWRIGHT_DATABASE_URL", None)

pytest_plugins = ["tests.fixtures.postgres"]
REPOSITORY = Path(__file__).resolve().parent.parent
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104


class NetworkBlockedError(RuntimeError):
    """A test tried to leave the machine."""


def _guard(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
            raise NetworkBlockedError(f"tests have no network; something asked for {address[0]}:{address[1]}")
        return original(self, address)

    return connect


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", _guard(socket.socket.connect))
    patch.setattr(socket.socket, "connect_ex", _guard(socket.socket.connect_ex))
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def _patterns_only() -> Iterator[None]:
    """New workspaces look for personal data by patterns: the model is asked for by the tests that are about it."""
    patch = pytest.MonkeyPatch()
    patch.setattr("tunewright.flows.init.detectors", lambda: ("patterns",))
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def _interruptible() -> None:
    """Ctrl-C is one here too when the tests were started in the background of a shell, which ignores SIGINT for them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _fixed_seed() -> None:
    random.seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that starts at 2026-01-02T03:04:05Z and moves one second a call."""
    state = {"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)}

    def now() -> datetime:
        at = state["at"]
        state["at"] = at + timedelta(seconds=1)
        return at

    return now


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real data sets (env var TUNEWRIGHT_TEST_DATA, else ../shared/data); skips where it is absent."""
    folder = Path(os.environ.get("TUNEWRIGHT_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set TUNEWRIGHT_TEST_DATA to the folder that holds raw-bank")
    return folder


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of 0.2 M parameters with tokenizer and marked chat template; read-only, shared by the session."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.fixtures.tiny_base import write_tiny_base

    return write_tiny_base(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(scope="session")
def finished_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``tunewright demo`` made, with what it printed in ``demo.log`` beside it; read-only.

    It takes minutes, so all test processes share one.
    """
    pytest.importorskip("torch")
    from filelock import FileLock

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    root, log = shared / "demo", shared / "demo.log"
    with FileLock(shared / "demo.lock", timeout=1800):
        if not log.exists():
            environment = {**os.environ, "OMP_NUM_THREADS": "2"}
            command = [sys.executable, "-m", "tunewright", "demo", str(root)]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
            log.write_text(f"{done.stdout}\n{done.stderr}\nstatus {done.returncode}\n", encoding="utf-8")
    text = log.read_text(encoding="utf-8")
    if not text.rstrip().endswith("status 0"):
        pytest.fail(f"the demo failed:\n{text[-6000:]}")
    return root
