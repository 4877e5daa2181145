"""kill -9 under load, a signal under load, and a port in use: with a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from tests.fixtures.gateways import MODEL, point
from tunewright.core.errors import ConflictError, UsageError
from tunewright.serve.keys import create_key
from tunewright.serve.server import bind
from tunewright.store.db import exchanges
from tunewright.store.project import Project

CLIENTS = 8


class Load:
    """Clients that ask until the server is gone, half of them streaming, and remember what was answered to the last byte."""

    def __init__(self, url: str, key: str) -> None:
        self.answered: set[str] = set()
        self.refused = 0
        self.broken = 0
        self._url, self._key = url, key
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(CLIENTS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def wait_for(self, count: int) -> None:
        deadline = time.perf_counter() + 90
        while len(self.answered) < count:
            assert time.perf_counter() < deadline, f"{len(self.answered)} answers only"
            time.sleep(0.005)

    def _ask(self, number: int) -> None:
        with httpx.Client(
            headers={"authorization": f"Bearer {self._key}"}, timeout=20, trust_env=False
        ) as client:
            turn = 0
            while not self._stop.is_set():
                turn += 1
                body = {
                    "model": MODEL,
                    "messages": [{"role": "user", "content": f"client {number} turn {turn}"}],
                    "stream": number % 2 == 0,
                }
                try:
                    response = client.post(f"{self._url}/v1/chat/completions", json=body)
                except httpx.HTTPError:
                    # Broken off: not answered to the last byte, so nothing is promised about it.
                    self.broken += 1
                    return
                if response.status_code != 200:
                    self.refused += 1
                    return
                whole = not body["stream"] or response.text.endswith("data: [DONE]\n\n")
                assert whole, "a stream ended quietly without [DONE]"
                self.answered.add(response.headers["x-tunewright-exchange"])


@contextmanager
def process(root: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "tests.fixtures.gateways", str(root)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as running:
        try:
            assert running.stdout is not None
            url = running.stdout.readline().strip()
            deadline = time.perf_counter() + 30
            while True:
                try:
                    if httpx.get(f"{url}/ready", trust_env=False).status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                assert time.perf_counter() < deadline
                time.sleep(0.02)
            yield running, url
        finally:
            if running.poll() is None:
                running.kill()


@pytest.fixture
def workspace(tmp_path: Path) -> tuple[Path, str]:
    root = tmp_path / "bank"
    with Project.create(root, actor="tester") as project:
        point(project, "production", "1.0.0")
        key = create_key(project, "tests", ("chat",))[1]
    return root, key


def recorded(root: Path) -> dict[str, str]:
    with Project.open(root) as project, project.reader() as connection:
        rows = connection.execute(sa.select(exchanges.c.id, exchanges.c.finish_reason)).all()
    return {row.id: row.finish_reason for row in rows}


@pytest.mark.slow
def test_kill_9_under_load_loses_no_answered_exchange(workspace: tuple[Path, str]) -> None:
    root, key = workspace
    total = 0
    for _ in range(3):
        with process(root) as (running, url):
            load = Load(url, key)
            load.start()
            load.wait_for(120)
            os.kill(running.pid, signal.SIGKILL)
            running.wait(10)
            load.stop()
        found = recorded(root)
        assert load.answered - found.keys() == set()
        assert load.refused == 0
        total += len(load.answered)
    assert total >= 360
    with Project.open(root) as project:
        project.audit.verify()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_under_load_ends_running_answers_and_loses_nothing(
    workspace: tuple[Path, str], number: signal.Signals
) -> None:
    root, key = workspace
    with process(root) as (running, url):
        load = Load(url, key)
        load.start()
        load.wait_for(50)
        running.send_signal(number)
        assert running.wait(30) == 0
        load.stop()
    found = recorded(root)
    assert load.answered - found.keys() == set()
    # Every recorded answer reached its client: nothing was cut off half way.
    assert set(found) - load.answered == set()
    assert set(found.values()) == {"stop"}


def test_a_port_in_use_names_the_port_and_the_remedy() -> None:
    with bind("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
        with pytest.raises(ConflictError, match=f"port {port} on 127.0.0.1 is in use") as caught:
            bind("127.0.0.1", port)
    assert "--port" in caught.value.hint
    assert caught.value.facts["port"] == port


def test_answers_do_not_wait_for_acknowledgements(workspace: tuple[Path, str]) -> None:
    """Head and body are two writes: with Nagle's algorithm every keep-alive request would take 40 ms and more."""
    root, _ = workspace
    with process(root) as (_running, url), httpx.Client(base_url=url, trust_env=False) as client:
        taken = []
        for _ in range(40):
            started = time.perf_counter()
            client.get("/health").raise_for_status()
            taken.append(time.perf_counter() - started)
        # The fastest: other work on the machine only ever adds time.
        assert min(taken[2:]) < 0.03


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 0), ("no such host", 0)])
def test_an_address_that_is_not_ours_is_a_usage_error(host: str, port: int) -> None:
    with pytest.raises(UsageError):
        bind(host, port)
