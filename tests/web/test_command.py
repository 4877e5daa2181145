"""``tunewright console`` and ``console user ...`` as commands."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tunewright.cli.main import main


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(root)

    def command(*words: str) -> tuple[int, Any, str]:
        status = main([*words, "--json"])
        shown = capsys.readouterr()
        return status, json.loads(shown.out) if shown.out.strip() else None, shown.err

    return command


def test_people_are_added_changed_and_shut_out_at_the_machine(run: Any) -> None:
    status, made, _ = run(
        "console",
        "user",
        "add",
        "rita",
        "--role",
        "auditor",
        "--role",
        "reviewer",
        "--generate",
        "--as",
        "root",
    )
    assert status == 0
    assert made["roles"] == ["reviewer", "auditor"]
    assert len(made["password"]) == 20
    status, listed, _ = run("console", "user", "list")
    assert next(person for person in listed if person["name"] == "rita")["roles"] == ["reviewer", "auditor"]
    assert made["password"] not in json.dumps(listed)
    assert run("console", "user", "role", "rita", "--role", "expert")[1]["roles"] == ["expert"]
    assert run("console", "user", "password", "rita", "--generate")[1]["password"] != made["password"]
    assert run("console", "user", "disable", "rita")[1]["disabled_at"]
    assert run("console", "user", "enable", "rita")[1]["disabled_at"] is None


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("add", "reviewer", "--role", "expert", "--generate"), 6),
        (("add", "new", "--role", "king", "--generate"), 2),
        (("add", "new", "--generate"), 2),
        (("add", "a\u202eb", "--role", "expert", "--generate"), 2),
        (("password", "nobody", "--generate"), 5),
        (("disable", "nobody"), 5),
    ],
)
def test_what_cannot_be_done_is_refused(run: Any, words: tuple[str, ...], status: int) -> None:
    got, answer, _ = run("console", "user", *words)
    assert got == status
    assert answer["hint"]


def test_options_before_the_inner_command_are_not_lost_in_silence(run: Any) -> None:
    status, answer, _ = run("console", "-C", ".", "user", "list")
    assert status == 2
    assert "after" in answer["what"]


def test_the_command_listens_answers_and_ends(root: Path) -> None:
    command = [sys.executable, "-m", "tunewright", "console", "--port", "0", "--json", "-C", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["people"] == 7
        assert told["url"].startswith("http://127.0.0.1:")
        assert httpx.get(f"{told['url']}/sign-in", trust_env=False).status_code == 200
        port = told["url"].rpartition(":")[2]
        second = [*command[:4], "--port", port, "--json", "-C", str(root)]
        busy = subprocess.run(second, capture_output=True, text=True, check=False)
        assert busy.returncode == 6
        assert "in use" in json.loads(busy.stdout)["what"]
        process.send_signal(signal.SIGTERM)
        ended = json.loads(process.stdout.read())
        assert process.wait(20) == 0
        assert ended["wall_s"] > 0
