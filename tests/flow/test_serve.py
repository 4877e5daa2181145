"""Serving real weights under real decisions: answers, promotion and rollback live, tampering, the commands."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.fixtures.served_workspace import two_versions
from tunewright.cli.main import main
from tunewright.core.types import Message
from tunewright.flows.keys import create_key
from tunewright.flows.model_files import model_files
from tunewright.flows.promote import promote
from tunewright.flows.rollback import rollback
from tunewright.flows.serve import running_gateway
from tunewright.flows.watch import watch
from tunewright.flows.workspace import Workspace
from tunewright.store.db import aliases, decisions, exchanges

pytest.importorskip("torch")
pytest.importorskip("trl")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, tiny_base: Path) -> Path:
    """A workspace whose production went from 1.0.0 to 1.0.1."""
    root = tmp_path_factory.mktemp("serve") / "bank"
    assert two_versions(root, tiny_base) == ["1.0.0", "1.0.1"]
    return root


@pytest.fixture
def ws(bank: Path) -> Iterator[Workspace]:
    with Workspace.open(bank, actor="tester") as opened:
        yield opened


@pytest.fixture
def key(ws: Workspace, request: pytest.FixtureRequest) -> str:
    return create_key(ws, request.node.name[:40].replace("[", " ").replace("]", "")).key


def ask(url: str, key: str, text: str = "lost card please", **more: Any) -> httpx.Response:
    body = {"model": "support", "messages": [{"role": "user", "content": text}], **more}
    headers = {"authorization": f"Bearer {key}"}
    return httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=60, trust_env=False)


def test_real_weights_answer_as_the_generator_does_and_name_themselves(ws: Workspace, key: str) -> None:
    from openai import OpenAI

    from tunewright import engines

    model = ws.project.records.get("model", "support", "1.0.1")
    files = model_files(ws, model)
    generator = engines.load(
        "generate", "transformers", base_dir=files.base_dir, weights_dir=files.weights_dir, threads=1
    )
    asked = "how can I change address"
    [expected] = generator.generate([(Message("user", asked),)], max_new_tokens=12)
    with (
        running_gateway(ws) as running,
        OpenAI(base_url=f"{running.url}/v1", api_key=key, max_retries=0) as client,
    ):
        answer = client.chat.completions.create(
            model="support", messages=[{"role": "user", "content": asked}]
        )
        assert answer.choices[0].message.content == expected.text
        assert answer.model == "support@1.0.1"
        assert answer.model_extra is not None
        assert (
            answer.model_extra["tunewright"]["adapter"]
            == files.subject_digest
            == model.recipe["subject_digest"]
        )
        assert answer.usage is not None
        assert answer.usage.completion_tokens == expected.completion_tokens
        stream = client.chat.completions.create(
            model="support", messages=[{"role": "user", "content": asked}], stream=True
        )
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == expected.text
        too_long = ask(running.url, key, "card " * 2000)
        assert (too_long.status_code, too_long.json()["error"]["code"]) == (400, "context_length_exceeded")
    with ws.project.reader() as connection:
        row = connection.execute(sa.select(exchanges).where(exchanges.c.id == answer.id)).one()
    assert (row.version, row.body["answer"], row.body["model_digest"]) == (
        "1.0.1",
        expected.text,
        model.ref.digest,
    )


def test_a_rollback_by_another_process_reaches_the_gateway_within_two_seconds(
    ws: Workspace, key: str
) -> None:
    with running_gateway(ws) as running:
        assert ask(running.url, key).json()["model"] == "support@1.0.1"
        with Workspace.open(ws.root, actor="tester") as other:
            rollback(other, "production")
        started = time.perf_counter()
        while ask(running.url, key).json()["model"] != "support@1.0.0":
            assert time.perf_counter() - started < 10
        assert time.perf_counter() - started < 2.0
        with Workspace.open(ws.root, actor="tester") as other:
            promote(other, "support@1.0.1", environment="production")
        started = time.perf_counter()
        while ask(running.url, key).json()["model"] != "support@1.0.1":
            assert time.perf_counter() - started < 10


def refused(ws: Workspace, key: str) -> str:
    """Start a gateway; it must refuse production. Answers why."""
    with running_gateway(ws) as running:
        ready = httpx.get(f"{running.url}/ready", trust_env=False)
        response = ask(running.url, key)
        assert (ready.status_code, response.status_code) == (503, 503)
        return str(response.json()["error"]["message"])


def test_tampered_weights_are_refused(ws: Workspace, key: str) -> None:
    files = model_files(ws, ws.project.records.get("model", "support", "1.0.1"))
    path = files.weights_dir / "adapter_model.safetensors"
    before, mode = path.read_bytes(), path.stat().st_mode
    path.chmod(0o600)
    path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    try:
        assert "adapter_model.safetensors" in refused(ws, key)
    finally:
        path.write_bytes(before)
        path.chmod(mode)
    with running_gateway(ws) as running:
        assert ask(running.url, key).status_code == 200


def test_a_tampered_decision_is_refused(ws: Workspace, key: str) -> None:
    with ws.project.reader() as connection:
        here = sa.select(aliases.c.decision_digest).where(aliases.c.environment == "production")
        digest = connection.execute(here).scalar_one()
        body = connection.execute(
            sa.select(decisions.c.body).where(decisions.c.digest == digest)
        ).scalar_one()

    def write(value: object) -> None:
        with ws.project.transaction() as connection:
            connection.execute(sa.update(decisions).where(decisions.c.digest == digest).values(body=value))

    write({**body, "actor": "mallory"})
    try:
        assert "decision" in refused(ws, key)
    finally:
        write(body)


def test_an_alias_moved_by_hand_is_refused_while_running_and_served_again_when_put_back(
    ws: Workspace, key: str
) -> None:
    old = ws.project.records.get("model", "support", "1.0.0")
    here = (aliases.c.model == "support") & (aliases.c.environment == "production")
    with ws.project.reader() as connection:
        before = dict(connection.execute(sa.select(aliases).where(here)).one()._mapping)

    def write(**values: object) -> None:
        with ws.project.transaction() as connection:
            connection.execute(sa.update(aliases).where(here).values(**values))

    with running_gateway(ws) as running:
        assert ask(running.url, key).status_code == 200
        write(version="1.0.0", digest=old.ref.digest)
        try:
            deadline = time.perf_counter() + 5
            while (response := ask(running.url, key)).status_code == 200:
                assert response.json()["model"] == "support@1.0.1"
                assert time.perf_counter() < deadline
            assert response.status_code == 503
        finally:
            write(**before)
        deadline = time.perf_counter() + 5
        while ask(running.url, key).status_code != 200:
            assert time.perf_counter() < deadline


def test_monitor_sees_versions_feedback_and_drift(ws: Workspace, key: str) -> None:
    headers = {"authorization": f"Bearer {key}"}
    with running_gateway(ws) as running:
        for i in range(30):
            answer = ask(running.url, key, f"ПРИВЕТ 0x{i:040x} !!! {'🙂' * 40}", max_tokens=2)
            assert answer.status_code == 200
        given = {"exchange": answer.json()["id"], "rating": "down"}
        httpx.post(
            f"{running.url}/v1/feedback", json=given, headers=headers, trust_env=False
        ).raise_for_status()
    report = watch(ws)
    version = report.versions[0]
    assert version.version == "1.0.1"
    assert version.usage.feedback.bad == 1
    assert version.usage.latency_p95_ms >= version.usage.latency_p50_ms > 0
    assert version.drift == "drifted"
    assert "character_3grams" in version.because
    assert version.reference_prompts > 100
    assert report.drifted


def test_the_commands(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> Any:
        assert main([*arguments, "-C", str(bank), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    made = run("key", "create", "website", "--scope", "chat")
    assert made["key"].startswith("sk-tw-")
    assert made["name"] in [row["name"] for row in run("key", "list")]
    assert run("key", "revoke", "website")["revoked_at"]
    assert run("monitor")["window"] == 2000
    for command in (("key", "list"), ("monitor",)):
        assert main([*command, "-C", str(bank)]) == 0
        assert capsys.readouterr().out.strip()
    assert main(["key", "revoke", "nobody", "-C", str(bank)]) == 5


@contextmanager
def serving(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, once it is ready; killed when the block fails."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            first = json.loads(running.stdout.readline())
            assert first["keys"] >= 1
            # Importing the engines and loading takes seconds, on a busy machine a minute.
            deadline = time.perf_counter() + 300
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if httpx.get(f"{first['url']}/ready", trust_env=False).status_code == 200:
                        break
                assert time.perf_counter() < deadline
                time.sleep(0.05)
            yield running, first["url"]
        finally:
            if running.poll() is None:
                running.kill()


def test_serve_as_a_command_until_sigterm(bank: Path, key: str) -> None:
    command = [sys.executable, "-m", "tunewright", "serve", "-C", str(bank), "--json", "--port"]
    with serving([*command, "0"]) as (running, url):
        assert ask(url, key).status_code == 200
        port = url.rsplit(":", 1)[1]
        second = subprocess.run([*command[:-2], "--port", port], capture_output=True, text=True, check=False)
        assert second.returncode == 6
        assert f"port {port} on 127.0.0.1 is in use" in second.stderr
        running.send_signal(signal.SIGTERM)
        assert running.stdout is not None
        rest = running.stdout.read()
        assert running.wait(60) == 0
    assert json.loads(rest)["exchanges"] == 1
