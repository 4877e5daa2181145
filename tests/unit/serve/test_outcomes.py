"""Every outcome is recorded: failures, breaks, clients that leave; and what cannot be recorded is not answered."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import sqlalchemy as sa

from tests.fixtures.gateways import MODEL, EchoLoader, Served, point, served
from tunewright.core.errors import EngineError, UsageError
from tunewright.core.ports import Generation
from tunewright.core.types import Message
from tunewright.engines.generate.echo import EchoGenerator
from tunewright.store.project import Project


class Moody(EchoGenerator):
    """Fails, breaks off, refuses or takes its time when the text says so."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = 0
        self.release = threading.Event()

    def generate(self, conversations: Sequence[Sequence[Message]], **more: Any) -> list[Generation]:
        for conversation in conversations:
            self._mood(conversation[-1].content)
        return super().generate(conversations, **more)

    def stream(self, conversation: Sequence[Message], **more: Any) -> Iterator[str | Generation]:
        text = conversation[-1].content
        self._mood(text)
        for piece in super().stream(conversation, **more):
            self.pieces += 1
            if "break" in text and self.pieces > 2:
                raise RuntimeError(f"engine quotes {text}")
            if "slow" in text:
                time.sleep(0.02)
            yield piece

    def _mood(self, text: str) -> None:
        if "crash" in text:
            raise RuntimeError(f"engine quotes {text}")
        if "busy" in text:
            raise EngineError("no memory", hint="retry", retryable=True)
        if "too long" in text:
            raise UsageError("the conversation has 900 tokens", hint="shorten it", context=512)
        if "wait" in text:
            assert self.release.wait(10)


def moody(project: Project, **options: object) -> Any:
    point(project, "production", "1.0.0")
    generator = Moody()
    return generator, served(project, EchoLoader(make=lambda placement: generator), **options)


def settled(gateway: Served, count: int) -> list[dict[str, Any]]:
    deadline = time.perf_counter() + 5
    while len(gateway.rows()) < count and time.perf_counter() < deadline:
        time.sleep(0.01)
    return gateway.rows()


def test_an_engine_failure_is_answered_without_its_text_and_recorded(project: Project) -> None:
    _, running = moody(project)
    with running as gateway:
        for stream in (False, True):
            response = gateway.chat("crash with my card 4111", stream=stream)
            assert response.status_code == 502
            assert "4111" not in response.text
            assert response.json()["error"]["type"] == "server_error"
        assert gateway.chat("busy").status_code == 503
        rows = gateway.rows()
        assert [row["finish_reason"] for row in rows] == ["error"] * 3
        assert [row["body"]["failure"] for row in rows] == ["EngineError"] * 3  # type: ignore[index]
        assert gateway.chat("fine").status_code == 200


def test_a_prompt_the_engine_refuses_is_a_400_and_no_exchange(project: Project) -> None:
    _, running = moody(project)
    with running as gateway:
        for stream in (False, True):
            response = gateway.chat("too long", stream=stream)
            assert response.status_code == 400
            assert response.json()["error"]["code"] == "context_length_exceeded"
        assert gateway.rows() == []


def test_a_stream_that_breaks_ends_in_an_error_without_done(project: Project) -> None:
    _, running = moody(project)
    with running as gateway:
        response = gateway.chat("break me here please now", stream=True)
        assert response.status_code == 200
        assert "[DONE]" not in response.text
        blocks = [json.loads(block[6:]) for block in response.text.split("\n\n") if block]
        assert set(blocks[-1]) == {"error"}
        [row] = gateway.rows()
        assert row["finish_reason"] == "error"
        assert row["body"]["answer"] == "break me"  # type: ignore[index]


def test_a_client_that_leaves_a_stream_stops_the_model_and_is_recorded(project: Project) -> None:
    generator, running = moody(project)
    with running as gateway:
        text = "slow " * 400
        body = {
            "model": MODEL,
            "messages": [{"role": "user", "content": text}],
            "stream": True,
            "max_tokens": 256,
        }
        with gateway.client.stream("POST", "/v1/chat/completions", json=body) as response:
            lines = response.iter_lines()
            for _ in range(8):
                next(lines)
        [row] = settled(gateway, 1)
        assert row["finish_reason"] == "cancelled"
        assert 0 < len(row["body"]["answer"]) < len(text)
        seen = generator.pieces
        time.sleep(0.15)
        assert generator.pieces <= seen + 1
        assert generator.pieces < 200


def test_a_client_that_leaves_a_whole_answer_is_recorded(project: Project) -> None:
    generator, running = moody(project)
    with running as gateway:
        try:
            gateway.client.post(
                "/v1/chat/completions",
                json={"model": MODEL, "messages": [{"role": "user", "content": "wait"}]},
                timeout=0.3,
            )
        except httpx.ReadTimeout:
            pass
        else:
            raise AssertionError("the answer came although the engine waits")
        [row] = settled(gateway, 1)
        generator.release.set()
        assert (row["finish_reason"], row["completion_tokens"]) == ("cancelled", 0)
        assert gateway.chat("fine").status_code == 200
        assert len(settled(gateway, 2)) == 2


def raw_request(gateway: Served, body: bytes, *, buffer: int | None = None) -> socket.socket:
    host, port = gateway.url.removeprefix("http://").split(":")
    sock = socket.socket()
    if buffer is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.settimeout(20)
    sock.connect((host, int(port)))
    sock.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer "
        + gateway.key.encode()
        + b"\r\ncontent-length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )
    return sock


def test_a_reader_that_takes_nothing_is_given_up_and_holds_up_nobody(project: Project) -> None:
    point(project, "production", "1.0.0")

    class Torrent(EchoGenerator):
        """Pieces of 200 kB without end: far more than the socket buffers hold."""

        def stream(self, conversation: Sequence[Message], **more: Any) -> Iterator[str | Generation]:
            if conversation[-1].content != "big":
                yield from super().stream(conversation, **more)
                return
            for _ in range(2000):
                time.sleep(0.005)
                yield "x" * 200_000

    loader = EchoLoader(make=lambda placement: Torrent())
    with contextlib.ExitStack() as held:
        with served(project, loader, send_timeout_s=0.5) as gateway:
            body = {"model": MODEL, "messages": [{"role": "user", "content": "big"}], "stream": True}
            held.enter_context(raw_request(gateway, json.dumps(body).encode(), buffer=4096))
            assert gateway.chat("quick").status_code == 200
            assert gateway.chat("quick", stream=True).text.endswith("[DONE]\n\n")
            rows = settled(gateway, 3)
            assert sorted(str(row["finish_reason"]) for row in rows) == ["cancelled", "stop", "stop"]
            gateway.client.close()
            stopping = time.perf_counter()
        # The reader has still not let go; the shutdown does not wait for it.
        assert time.perf_counter() - stopping < 10


def test_what_cannot_be_recorded_is_not_answered(project: Project) -> None:
    point(project, "production", "1.0.0")
    with served(project) as gateway:
        assert gateway.chat("before").status_code == 200

        def full(connection: sa.Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        sa.event.listen(project.engine, "begin", full)
        text = "private " * 20_000
        whole = gateway.chat(text)
        assert whole.status_code == 503
        assert whole.json()["error"]["code"] == "exchange_not_recorded"
        assert "private" not in whole.text
        streamed = gateway.chat(text, stream=True)
        assert "[DONE]" not in streamed.text
        assert "exchange_not_recorded" in streamed.text
        assert '"finish_reason":"stop"' not in streamed.text
        ready = gateway.client.get("/ready")
        assert ready.status_code == 503
        assert "could not be recorded" in ready.json()["reasons"][0]
        sa.event.remove(project.engine, "begin", full)
        project.engine.dispose()
        assert gateway.chat("after").status_code == 200
        assert gateway.client.get("/ready").status_code == 200
        assert [row["body"]["answer"] for row in gateway.rows()] == ["before", "after"]  # type: ignore[index]


def test_too_many_waiting_get_503_and_retry_after(project: Project) -> None:
    generator, running = moody(project, max_waiting=2, max_batch=1)
    with running as gateway:
        results: list[httpx.Response] = []
        threads = [
            threading.Thread(target=lambda: results.append(gateway.chat("wait", max_tokens=5)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        deadline = time.perf_counter() + 30
        while len(results) < 5 and time.perf_counter() < deadline:
            time.sleep(0.01)
        generator.release.set()
        for thread in threads:
            thread.join(30)
        statuses = sorted(response.status_code for response in results)
        assert statuses == [200] * 3 + [503] * 5
        refused = next(response for response in results if response.status_code == 503)
        assert refused.json()["error"]["code"] == "overloaded"
        assert refused.headers["retry-after"] == "1"
        assert len(gateway.rows()) == 3
